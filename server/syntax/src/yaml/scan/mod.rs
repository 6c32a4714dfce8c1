//! Characters to tokens: block structure by indentation, simple keys and indicators, as libyaml
//! 0.2.5 decides them. Knows nothing of grammar, tags' meanings or Salt.

mod block;
mod chars;
mod props;
mod scalar;
mod token;

use std::borrow::Cow;
use std::collections::VecDeque;

pub(super) use chars::{break_len, is_blank};
pub use token::{Cooked, ScalarValue};
pub(super) use token::{Token, TokenKind};

/// Deepest nesting of collections that is read. PyYAML has no limit of its own, Python's recursion
/// limit stops it between 300 and 1,000 levels.
pub(super) const MAX_DEPTH: usize = 128;

/// Characters that may lie between the start of an implicit key and its colon.
const SIMPLE_KEY_LIMIT: usize = 1024;

/// What the scanner or the parser refuses, with libyaml's wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where the problem stands.
    pub at: usize,
    /// libyaml's problem text.
    pub problem: Cow<'static, str>,
    /// Where the construct began, with libyaml's context text.
    pub context: Option<(usize, &'static str)>,
    /// A limit of saltflow, not of libyaml.
    pub limit: bool,
}

impl SyntaxError {
    pub(super) fn new(at: usize, problem: &'static str) -> Self {
        Self { at, problem: problem.into(), context: None, limit: false }
    }

    pub(super) fn within(mut self, start: usize, context: &'static str) -> Self {
        self.context = Some((start, context));
        self
    }

    pub(super) fn too_deep(at: usize) -> Self {
        Self {
            at,
            problem: format!("collections are nested more than {MAX_DEPTH} levels deep").into(),
            context: None,
            limit: true,
        }
    }
}

/// A place where an implicit key may have begun.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    /// Number of the token that the key would stand before.
    token: usize,
    at: usize,
    line: u32,
    column: i32,
}

/// Reads tokens from `text[start..end]`.
pub(super) struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pos: usize,
    line: u32,
    line_start: usize,
    flow: usize,
    indent: i32,
    indents: Vec<i32>,
    /// One per flow level.
    keys: Vec<SimpleKey>,
    /// All keys below this index are not possible.
    first_key: usize,
    key_allowed: bool,
    tokens: VecDeque<Token<'t>>,
    taken: usize,
    ended: bool,
    /// The first token of the queue is known not to be preceded by a key.
    ready: bool,
}

impl<'t> Scanner<'t> {
    /// A scanner over `text[start..end]`; `start` must begin a line.
    pub(super) fn new(text: &'t str, start: usize, end: usize) -> Self {
        let end = end.min(text.len());
        let mut start = start.min(end);
        if start == 0 && text.as_bytes().starts_with("\u{feff}".as_bytes()) {
            start = 3.min(end);
        }
        Self {
            text,
            bytes: text.as_bytes().get(..end).unwrap_or_default(),
            pos: start,
            line: 0,
            line_start: start,
            flow: 0,
            indent: -1,
            indents: Vec::new(),
            keys: vec![SimpleKey::default()],
            first_key: 0,
            key_allowed: true,
            tokens: VecDeque::new(),
            taken: 0,
            ended: false,
            ready: false,
        }
    }

    /// The next token without taking it.
    pub(super) fn peek(&mut self) -> Result<&Token<'t>, SyntaxError> {
        self.fill()?;
        match self.tokens.front() {
            Some(token) => Ok(token),
            None => Err(SyntaxError::new(self.pos, "did not find expected token")),
        }
    }

    /// Takes the next token; after the last one the end of the stream is given again and again.
    pub(super) fn take(&mut self) -> Result<Token<'t>, SyntaxError> {
        self.fill()?;
        self.taken += 1;
        self.ready = false;
        Ok(self.tokens.pop_front().unwrap_or(Token { kind: TokenKind::StreamEnd, start: self.pos, end: self.pos }))
    }

    fn fill(&mut self) -> Result<(), SyntaxError> {
        if self.ready {
            return Ok(());
        }
        loop {
            if !self.tokens.is_empty() {
                self.drop_stale_keys()?;
                // a token that may yet turn out to be a key is not given out
                let pending = self.keys.get(self.first_key).is_some_and(|key| key.possible && key.token == self.taken);
                if !pending || self.ended {
                    self.ready = true;
                    return Ok(());
                }
            }
            self.fetch()?;
        }
    }

    fn column(&self) -> i32 {
        i32::try_from(self.pos.saturating_sub(self.line_start)).unwrap_or(i32::MAX)
    }

    fn at(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn at_end(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    fn breaks(&self) -> usize {
        break_len(self.bytes, self.pos)
    }

    /// Blank, line break or end of text, `ahead` bytes further on.
    fn blankz(&self, ahead: usize) -> bool {
        match self.bytes.get(self.pos + ahead) {
            None | Some(b' ' | b'\t' | b'\n' | b'\r') => true,
            Some(0xC2 | 0xE2) => break_len(self.bytes, self.pos + ahead) > 0,
            Some(_) => false,
        }
    }

    fn breakz(&self) -> bool {
        self.at_end() || self.breaks() > 0
    }

    fn skip_break(&mut self) {
        self.pos += self.breaks();
        self.line += 1;
        self.line_start = self.pos;
    }

    fn push(&mut self, kind: TokenKind<'t>, start: usize, end: usize) {
        self.tokens.push_back(Token { kind, start, end });
    }

    /// An indicator of `width` bytes.
    fn indicator(&mut self, kind: TokenKind<'t>, width: usize) {
        let start = self.pos;
        self.pos += width;
        self.push(kind, start, self.pos);
    }

    /// `---` or `...` at the start of a line, `mark` thrice.
    fn document_indicator(&self, mark: u8) -> bool {
        self.at(0) == mark && self.pos == self.line_start && self.at(1) == mark && self.at(2) == mark && self.blankz(3)
    }

    fn fetch(&mut self) -> Result<(), SyntaxError> {
        self.skip_to_token();
        self.drop_stale_keys()?;
        self.unroll(self.column());
        if self.at_end() {
            return self.fetch_end();
        }
        let first = self.at(0);
        if self.pos == self.line_start {
            if first == b'%' {
                self.leave_block()?;
                return self.fetch_directive();
            }
            if self.document_indicator(b'-') {
                self.leave_block()?;
                self.indicator(TokenKind::DocumentStart, 3);
                return Ok(());
            }
            if self.document_indicator(b'.') {
                self.leave_block()?;
                self.indicator(TokenKind::DocumentEnd, 3);
                return Ok(());
            }
        }
        match first {
            b'[' => self.fetch_flow_start(TokenKind::FlowSeqStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMapStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSeqEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMapEnd),
            b',' => {
                self.remove_key()?;
                self.key_allowed = true;
                self.indicator(TokenKind::FlowEntry, 1);
                Ok(())
            }
            b'-' if self.blankz(1) => self.fetch_block_entry(),
            b'?' if self.flow > 0 || self.blankz(1) => self.fetch_key(),
            b':' if self.flow > 0 || self.blankz(1) => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if self.flow == 0 => self.fetch_block_scalar(),
            b'\'' | b'"' => self.fetch_quoted(),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => Err(self.cannot_start()),
            _ => self.fetch_plain(),
        }
    }

    fn cannot_start(&self) -> SyntaxError {
        SyntaxError::new(self.pos, "found character that cannot start any token")
            .within(self.pos, "while scanning for the next token")
    }

    fn skip_to_token(&mut self) {
        loop {
            if self.pos == self.line_start && self.bytes[self.pos.min(self.bytes.len())..].starts_with(b"\xEF\xBB\xBF")
            {
                // a byte order mark counts as one column
                self.pos += 3;
                self.line_start += 2;
            }
            while self.at(0) == b' ' || (self.at(0) == b'\t' && (self.flow > 0 || !self.key_allowed)) {
                self.pos += 1;
            }
            if self.at(0) == b'#' {
                self.skip_comment();
            }
            if self.breaks() == 0 {
                return;
            }
            self.skip_break();
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Moves to the line break or the end of the text.
    fn skip_comment(&mut self) {
        while !self.breakz() {
            self.pos += 1;
        }
    }

    fn drop_stale_keys(&mut self) -> Result<(), SyntaxError> {
        while let Some(key) = self.keys.get(self.first_key).copied() {
            if key.possible {
                let far = self.pos > key.at + SIMPLE_KEY_LIMIT
                    && self.text.get(key.at..self.pos).is_some_and(|s| s.chars().count() > SIMPLE_KEY_LIMIT);
                if key.line == self.line && !far {
                    break;
                }
                if key.required {
                    return Err(self.no_colon(key));
                }
                self.keys[self.first_key].possible = false;
            }
            if self.first_key + 1 >= self.keys.len() {
                break;
            }
            self.first_key += 1;
        }
        Ok(())
    }

    fn no_colon(&self, key: SimpleKey) -> SyntaxError {
        SyntaxError::new(self.pos, "could not find expected ':'").within(key.at, "while scanning a simple key")
    }

    fn save_key(&mut self) -> Result<(), SyntaxError> {
        if !self.key_allowed {
            return Ok(());
        }
        let column = self.column();
        let key = SimpleKey {
            possible: true,
            required: self.flow == 0 && self.indent == column,
            token: self.taken + self.tokens.len(),
            at: self.pos,
            line: self.line,
            column,
        };
        self.remove_key()?;
        if let Some(top) = self.keys.last_mut() {
            *top = key;
        }
        self.first_key = self.first_key.min(self.keys.len() - 1);
        Ok(())
    }

    fn remove_key(&mut self) -> Result<(), SyntaxError> {
        if let Some(key) = self.keys.last().copied()
            && key.possible
            && key.required
        {
            return Err(self.no_colon(key));
        }
        if let Some(top) = self.keys.last_mut() {
            top.possible = false;
        }
        Ok(())
    }

    /// Opens a block collection at `column` if that is deeper; `number` is the token before which
    /// its start belongs, the end of the queue if `None`.
    fn roll(&mut self, column: i32, number: Option<usize>, kind: TokenKind<'t>, at: usize) -> Result<(), SyntaxError> {
        if self.flow > 0 || self.indent >= column {
            return Ok(());
        }
        if self.indents.len() >= MAX_DEPTH {
            return Err(SyntaxError::too_deep(at));
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token { kind, start: at, end: at };
        match number {
            None => self.tokens.push_back(token),
            Some(number) => self.tokens.insert(number.saturating_sub(self.taken).min(self.tokens.len()), token),
        }
        Ok(())
    }

    fn unroll(&mut self, column: i32) {
        if self.flow > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.pos, self.pos);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Closes all block collections, before a directive or document indicator.
    fn leave_block(&mut self) -> Result<(), SyntaxError> {
        self.unroll(-1);
        self.remove_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn fetch_end(&mut self) -> Result<(), SyntaxError> {
        if self.ended {
            self.push(TokenKind::StreamEnd, self.pos, self.pos);
            return Ok(());
        }
        // the end counts as a new line, so that no key stays possible
        if self.pos != self.line_start {
            self.line += 1;
            self.line_start = self.pos;
        }
        self.leave_block()?;
        self.ended = true;
        self.push(TokenKind::StreamEnd, self.pos, self.pos);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'t>) -> Result<(), SyntaxError> {
        self.save_key()?;
        if self.flow + self.indents.len() >= MAX_DEPTH {
            return Err(SyntaxError::too_deep(self.pos));
        }
        self.keys.push(SimpleKey::default());
        self.flow += 1;
        self.key_allowed = true;
        self.indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'t>) -> Result<(), SyntaxError> {
        self.remove_key()?;
        if self.flow > 0 {
            self.flow -= 1;
            self.keys.pop();
            self.first_key = self.first_key.min(self.keys.len().saturating_sub(1));
        }
        self.key_allowed = false;
        self.indicator(kind, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), SyntaxError> {
        self.open_block(TokenKind::BlockSeqStart, "block sequence entries are not allowed in this context")?;
        self.remove_key()?;
        self.key_allowed = true;
        self.indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), SyntaxError> {
        self.open_block(TokenKind::BlockMapStart, "mapping keys are not allowed in this context")?;
        self.remove_key()?;
        self.key_allowed = self.flow == 0;
        self.indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn open_block(&mut self, kind: TokenKind<'t>, refusal: &'static str) -> Result<(), SyntaxError> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(SyntaxError::new(self.pos, refusal));
            }
            self.roll(self.column(), None, kind, self.pos)?;
        }
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), SyntaxError> {
        let key = self.keys.last().copied().unwrap_or_default();
        if key.possible {
            let index = key.token.saturating_sub(self.taken).min(self.tokens.len());
            self.tokens.insert(index, Token { kind: TokenKind::Key, start: key.at, end: key.at });
            self.roll(key.column, Some(key.token), TokenKind::BlockMapStart, key.at)?;
            if let Some(top) = self.keys.last_mut() {
                top.possible = false;
            }
            self.key_allowed = false;
        } else {
            self.open_block(TokenKind::BlockMapStart, "mapping values are not allowed in this context")?;
            self.key_allowed = self.flow == 0;
        }
        self.indicator(TokenKind::Value, 1);
        Ok(())
    }
}
