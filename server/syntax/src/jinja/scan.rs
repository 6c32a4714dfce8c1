//! The inside of one tag as tokens: exactly as `jinja2/lexer.py` cuts it, and, once that failed, with
//! guesses where a tag that is still being typed ends.

use text::TextRange;

use super::lexer::{Closing, Lexer, Opens};
use super::literal::{self, Number};
use super::token::{Kind, Op, Tok};
use super::{Token, TokenKind};

/// The tokens of one tag.
#[derive(Debug)]
pub(super) struct Scanned {
    /// Without white space; the last one is an end, `Eof` or (exact scans) `Bad`.
    pub(super) toks: Vec<Tok>,
    /// Every byte from after the opening delimiter to before the closing one.
    pub(super) pieces: Vec<Token>,
    /// The closing delimiter.
    pub(super) close: Option<Closing>,
    /// One past the last byte that belongs to the tag.
    pub(super) end: usize,
    /// The first lexical error.
    pub(super) bad: Option<(String, TextRange)>,
    /// Holds a string over lines or an opening delimiter: a sign that an unclosed tag swallowed text.
    pub(super) suspicious: bool,
}

impl Scanned {
    fn new() -> Self {
        Self {
            toks: Vec::with_capacity(16),
            pieces: Vec::with_capacity(24),
            close: None,
            end: 0,
            bad: None,
            suspicious: false,
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, public: TokenKind) {
        let range = TextRange::of(start, end);
        self.toks.push(Tok { kind, range });
        self.pieces.push(Token { kind: public, range });
    }

    fn blank(&mut self, start: usize, end: usize) {
        if start < end {
            self.pieces.push(Token { kind: TokenKind::Blank, range: TextRange::of(start, end) });
        }
    }

    fn refuse(&mut self, message: String, start: usize, end: usize) {
        let range = TextRange::of(start, end);
        self.bad.get_or_insert((message, range));
    }

    /// Puts the end behind the tokens.
    fn finish(mut self, opens: Opens, end: usize, close: Option<Closing>) -> Self {
        let (kind, range) = match close {
            Some(c) if opens == Opens::Variable => (Kind::VariableEnd, TextRange::of(c.start, c.end)),
            Some(c) => (Kind::BlockEnd, TextRange::of(c.start, c.end)),
            None => (Kind::Eof, TextRange::of(end, end)),
        };
        self.toks.push(Tok { kind, range });
        self.close = close;
        self.end = end;
        self
    }
}

/// Operators that are spelt as words (`if` and `else` of the conditional included).
fn is_word_operator(word: &str) -> bool {
    matches!(word, "and" | "or" | "not" | "in" | "is" | "if" | "else")
}

impl Lexer<'_> {
    /// Reads one name, number or operator at `at` (or a single refused character); gives its end.
    fn scan_plain(&self, out: &mut Scanned, opens: Opens, at: usize) -> usize {
        let rest = self.rest(at);
        let after_dot = at > 0 && self.source.as_bytes().get(at - 1) == Some(&b'.');
        let digit = rest.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if let Some((number, length)) = digit.then(|| literal::number(rest.as_bytes(), after_dot)).flatten() {
            let kind = if number == Number::Int { Kind::Int } else { Kind::Float };
            // Python refuses to read longer decimal integers (sys.get_int_max_str_digits)
            if kind == Kind::Int && length > 4300 && !rest.starts_with('0') {
                out.refuse("Exceeds the limit (4300 digits) for integer string conversion".into(), at, at + length);
                out.push(Kind::Bad, at, at + length, TokenKind::Bad);
            } else {
                out.push(kind, at, at + length, TokenKind::Number);
            }
            return at + length;
        }
        let word = rest.len() - rest.trim_start_matches(literal::is_word).len();
        if word > 0 {
            let text = &rest[..word];
            if !literal::is_identifier(text) {
                out.refuse("Invalid character in identifier".into(), at, at + word);
                out.push(Kind::Bad, at, at + word, TokenKind::Bad);
                return at + word;
            }
            let public = match out.toks.last().map(|t| t.kind) {
                None if opens != Opens::Variable => TokenKind::Keyword,
                Some(Kind::Op(Op::Dot | Op::Pipe)) => TokenKind::Name,
                _ if is_word_operator(text) => TokenKind::Operator,
                _ => TokenKind::Name,
            };
            out.push(Kind::Name, at, at + word, public);
            return at + word;
        }
        if let Some(op) = Op::at(rest.as_bytes()) {
            let end = at + op.text().len();
            out.push(Kind::Op(op), at, end, TokenKind::Operator);
            return end;
        }
        let c = rest.chars().next().unwrap_or(' ');
        self.refuse_char(out, at, c);
        out.push(Kind::Bad, at, at + c.len_utf8(), TokenKind::Bad);
        at + c.len_utf8()
    }

    fn refuse_char(&self, out: &mut Scanned, at: usize, c: char) {
        if out.bad.is_none() {
            let message = format!("unexpected char {} at {}", literal::repr(c), self.character_index(at));
            out.refuse(message, at, at + c.len_utf8());
        }
    }

    /// Checks the string literal `start..end` for escapes that Python refuses.
    fn push_string(&self, out: &mut Scanned, start: usize, end: usize) {
        let inner = self.source.get(start + 1..end - 1).unwrap_or("");
        match literal::check(inner) {
            Ok(()) => out.push(Kind::Str, start, end, TokenKind::String),
            Err(message) => {
                out.refuse(message.to_owned(), start, end);
                out.push(Kind::Bad, start, end, TokenKind::String);
            }
        }
    }

    /// The tag whose inside starts at `from`, as jinja2 reads it, up to the first lexical error.
    pub(super) fn scan_exact(&self, opens: Opens, from: usize) -> Scanned {
        let mut out = Scanned::new();
        let mut brackets: Vec<Op> = Vec::new();
        let mut at = from;
        while out.bad.is_none() {
            if brackets.is_empty()
                && let Some(close) = self.close_at(opens, at)
            {
                return out.finish(opens, close.end, Some(close));
            }
            let space = self.skip_space(at);
            out.blank(at, space);
            if space > at {
                at = space;
                continue;
            }
            match self.rest(at).bytes().next() {
                None => return out.finish(opens, at, None),
                Some(b'"' | b'\'') => {
                    let Some(end) = literal::string_end(self.source, at, self.limit) else {
                        self.refuse_char(&mut out, at, char::from(self.source.as_bytes()[at]));
                        out.push(Kind::Bad, at, self.limit, TokenKind::Bad);
                        at = self.limit;
                        break;
                    };
                    out.suspicious |= self.source[at..end].contains(['\n', '\r']);
                    self.push_string(&mut out, at, end);
                    at = end;
                }
                Some(_) => {
                    out.suspicious |= self.opens_at(at);
                    let start = at;
                    at = self.scan_plain(&mut out, opens, at);
                    let Some(Tok { kind: Kind::Op(op), .. }) = out.toks.last().copied() else { continue };
                    if let Some(message) = balance(&mut brackets, op) {
                        out.refuse(message, start, at);
                        out.toks.pop();
                        out.toks.push(Tok { kind: Kind::Bad, range: TextRange::of(start, at) });
                    }
                }
            }
        }
        out.end = at;
        out
    }

    /// The same tag once it is known to be wrong: strings end with their line, a closing delimiter
    /// closes in spite of open brackets, and a tag without one ends with its (bracketed) line.
    pub(super) fn scan_tolerant(&self, opens: Opens, from: usize) -> Scanned {
        let mut out = Scanned::new();
        let mut brackets: Vec<Op> = Vec::new();
        let mut at = from;
        // where the tag ends if nothing closes it: the first line end outside brackets, else the first
        let (mut first, mut outside) = (None, None);
        loop {
            if let Some(close) = self.close_at(opens, at)
                && self.closes_here(opens, &brackets, close)
            {
                return out.finish(opens, close.end, Some(close));
            }
            let space = self.skip_space(at);
            if space > at {
                if self.source[at..space].contains(['\n', '\r']) {
                    first.get_or_insert(at);
                    if brackets.is_empty() {
                        outside.get_or_insert(at);
                    }
                    if opens == Opens::LineStatement {
                        break;
                    }
                }
                out.blank(at, space);
                at = space;
                continue;
            }
            if at >= self.limit || self.opens_at(at) {
                break;
            }
            let start = at;
            if matches!(self.source.as_bytes().get(at), Some(b'"' | b'\'')) {
                at = match self.scan_string_of_line(&mut out, opens, at) {
                    (end, true) => end,
                    (end, false) if self.close_at(opens, end).is_some() => {
                        brackets.clear();
                        end
                    }
                    (end, false) => {
                        at = end;
                        first.get_or_insert(at);
                        break;
                    }
                };
                continue;
            }
            at = self.scan_plain(&mut out, opens, at);
            if let Some(Tok { kind: Kind::Op(op), .. }) = out.toks.last().copied()
                && let Some(message) = balance_leniently(&mut brackets, op)
            {
                out.refuse(message, start, at);
                out.toks.pop();
                out.toks.push(Tok { kind: Kind::Bad, range: TextRange::of(start, at) });
            }
        }
        let cut = outside.or(first).unwrap_or(at).min(at);
        out.toks.retain(|t| t.range.end as usize <= cut);
        out.pieces.retain(|t| t.range.end as usize <= cut);
        // white space before the cut is text
        let cut = out.pieces.last().filter(|t| t.kind == TokenKind::Blank).map_or(cut, |t| t.range.start as usize);
        out.pieces.pop_if(|t| t.kind == TokenKind::Blank);
        out.finish(opens, cut, None)
    }

    /// Reads a string that must end on its line; without a closing quote it ends before the tag's
    /// closing delimiter or at the line's end. Gives its end and whether the quote was there.
    fn scan_string_of_line(&self, out: &mut Scanned, opens: Opens, at: usize) -> (usize, bool) {
        let line = self.line_end(at);
        if let Some(end) = literal::string_end(self.source, at, line) {
            self.push_string(out, at, end);
            return (end, true);
        }
        self.refuse_char(out, at, char::from(self.source.as_bytes()[at]));
        let candidates = self.source[at..line].char_indices().map(|(n, _)| at + n);
        let end = if opens == Opens::LineStatement {
            line
        } else {
            candidates.skip(1).find(|&n| self.close_at(opens, n).is_some()).unwrap_or(line)
        };
        // white space in front of a closing delimiter is hardly meant
        let end = at + self.source[at..end].trim_end_matches(literal::is_space).len();
        out.push(Kind::OpenStr, at, end, TokenKind::String);
        (self.skip_space(end).min(line), false)
    }

    /// Whether a closing delimiter inside open brackets ends the tag, rather than closing braces.
    fn closes_here(&self, opens: Opens, brackets: &[Op], close: Closing) -> bool {
        if brackets.is_empty() || opens != Opens::Variable {
            return true;
        }
        let rest = self.rest(close.start).trim_start_matches('-');
        let written = rest.len() - rest.trim_start_matches('}').len();
        let open = brackets.iter().rev().take_while(|b| **b == Op::LBrace).count();
        written > open && (open == 0 || written < open + 2)
    }
}

/// Keeps the stack of open brackets; the message is jinja2's where `op` closes the wrong one.
fn balance(brackets: &mut Vec<Op>, op: Op) -> Option<String> {
    if op.closer().is_some() {
        brackets.push(op);
    } else if op.is_closer() {
        let Some(open) = brackets.pop() else { return Some(format!("unexpected '{}'", op.text())) };
        if let Some(expected) = open.closer().filter(|&e| e != op) {
            return Some(format!("unexpected '{}', expected '{}'", op.text(), expected.text()));
        }
    }
    None
}

/// As [`balance`], but a bracket that closes an outer one closes the inner ones too.
fn balance_leniently(brackets: &mut Vec<Op>, op: Op) -> Option<String> {
    if !op.is_closer() {
        return balance(brackets, op);
    }
    match brackets.iter().rposition(|b| b.closer() == Some(op)) {
        Some(outer) => {
            brackets.truncate(outer);
            None
        }
        None => Some(format!("unexpected '{}'", op.text())),
    }
}
