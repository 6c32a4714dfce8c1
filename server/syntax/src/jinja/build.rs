//! From tags to the tree: the stack of open blocks, recovery, and the lossless token stream.

use text::TextRange;

use super::cursor::{Cursor, MAX_DEPTH};
use super::expr::TupleRules;
use super::head::{self, Frame, Head, Pending};
use super::lexer::{Closing, Lexer, Opening, Opens};
use super::scan::Scanned;
use super::{Arm, Expr, Options, Statement, StatementKind, SyntaxError, Template, Token, TokenKind};

/// Parses a template. Never fails: see [`Template`].
///
/// The rules are those of `jinja2/lexer.py` and `jinja2/parser.py` with the extensions that Salt
/// enables (`salt/utils/templates.py`, `render_jinja_tmpl`). Linear in the length of `source`.
#[must_use]
pub fn parse(source: &str, options: &Options) -> Template {
    let mut builder = Builder {
        lexer: Lexer::new(source, options),
        frames: Vec::new(),
        body: Vec::new(),
        tokens: Vec::new(),
        errors: Vec::new(),
        covered: 0,
        line_starting: true,
        fuel: source.len().saturating_mul(8).saturating_add(4096),
        too_deep: 0,
    };
    builder.run();
    builder.finish()
}

/// What a tag gave.
enum Inside {
    Output(Expr),
    Tag(head::ReadTag),
}

struct Builder<'a> {
    lexer: Lexer<'a>,
    frames: Vec<Frame>,
    body: Vec<Statement>,
    tokens: Vec<Token>,
    errors: Vec<SyntaxError>,
    /// Where the tokens end.
    covered: usize,
    /// Whether a line starts here, for lstrip_blocks.
    line_starting: bool,
    /// Bytes that may still be read in vain by exact scans.
    fuel: usize,
    /// Blocks open beyond the depth limit.
    too_deep: u32,
}

impl Builder<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(opening) = self.lexer.find_open(at) {
            let text_end = self.lexer.text_end(at, opening, self.line_starting);
            self.data(at, text_end);
            self.token(TokenKind::Data, opening.start);
            let resume = match opening.opens {
                Opens::Raw => self.raw(opening),
                Opens::Comment | Opens::LineComment => self.comment(opening),
                Opens::Variable | Opens::Block | Opens::LineStatement => self.tag(opening),
            };
            // progress is certain: an opening delimiter is never empty
            at = resume.max(opening.end);
        }
        self.data(at, self.lexer.limit);
        self.token(TokenKind::Data, self.lexer.source.len());
    }

    fn finish(mut self) -> Template {
        let end = self.lexer.limit;
        while !self.frames.is_empty() {
            let message = head::unknown_tag(None, &self.frames);
            let range = TextRange::of(end, end);
            let related = self.frames.last().map(|f| (f.opening, format!("`{}` starts here", f.word)));
            self.errors.push(SyntaxError { message, range, related });
            self.close_unfinished(u32::try_from(end).unwrap_or(u32::MAX));
        }
        Template { body: self.body, tokens: self.tokens, errors: self.errors }
    }

    /// Adds a token from where the last one ended; white space between tags and data joins.
    fn token(&mut self, kind: TokenKind, end: usize) {
        if end <= self.covered {
            return;
        }
        let range = TextRange::of(self.covered, end);
        self.covered = end;
        match self.tokens.last_mut() {
            Some(last) if last.kind == kind && kind == TokenKind::Data => last.range = last.range.join(range),
            _ => self.tokens.push(Token { kind, range }),
        }
    }

    fn statement(&mut self, kind: StatementKind, range: TextRange) {
        let body = self.frames.last_mut().map_or(&mut self.body, |f| &mut f.body);
        body.push(Statement { kind, range });
    }

    fn error(&mut self, message: impl Into<String>, range: TextRange) {
        self.errors.push(SyntaxError { message: message.into(), range, related: None });
    }

    fn data(&mut self, start: usize, end: usize) {
        if start < end {
            let range = TextRange::of(start, end);
            self.statement(StatementKind::Data(range), range);
        }
    }

    /// Goes on behind a closing delimiter.
    fn resume(&mut self, closing: Closing) -> usize {
        self.line_starting = self.lexer.after_newline(closing.resume) && closing.start < closing.resume;
        closing.resume
    }

    fn comment(&mut self, opening: Opening) -> usize {
        let closing = if opening.opens == Opens::LineComment {
            let end = self.lexer.line_end(opening.end);
            Closing { start: end, end, resume: end }
        } else if let Some(closing) = self.lexer.comment_close(opening.end) {
            closing
        } else {
            // jinja2 overlooks a comment that opens at the very end
            let end = self.lexer.line_end(opening.end);
            if opening.end < self.lexer.limit {
                self.error("Missing end of comment tag", TextRange::of(opening.start, end));
            }
            Closing { start: end, end, resume: end }
        };
        self.token(TokenKind::Comment, closing.end);
        self.statement(StatementKind::Comment, TextRange::of(opening.start, closing.end));
        self.resume(closing)
    }

    fn raw_tag(&mut self, open_end: usize, word: usize, length: usize, closing: Closing) {
        self.token(TokenKind::Open, open_end);
        self.token(TokenKind::Blank, word);
        self.token(TokenKind::Keyword, word + length);
        self.token(TokenKind::Blank, closing.start);
        self.token(TokenKind::Close, closing.end);
    }

    fn raw(&mut self, opening: Opening) -> usize {
        let Some((word, closing)) = self.lexer.raw_close(opening.start) else { return opening.end };
        self.raw_tag(opening.end, word, "raw".len(), closing);
        let from = self.resume(closing);
        let Some((ending, word, end)) = self.lexer.find_endraw(from) else {
            let limit = self.lexer.limit;
            if from < limit {
                self.error("Missing end of raw directive", TextRange::of(opening.start, closing.end));
            }
            self.statement(StatementKind::Raw(TextRange::of(from, limit)), TextRange::of(opening.start, limit));
            self.token(TokenKind::Data, limit);
            return limit;
        };
        let text_end = self.lexer.text_end(from, ending, self.line_starting);
        self.token(TokenKind::Data, ending.start);
        self.raw_tag(ending.end, word, "endraw".len(), end);
        let text = TextRange::of(from, text_end);
        self.statement(StatementKind::Raw(text), TextRange::of(opening.start, end.end));
        self.resume(end)
    }

    /// Reads the inside of a tag.
    fn read(&self, opens: Opens, scanned: &Scanned) -> (Inside, Option<(String, TextRange)>) {
        let mut cursor = Cursor::new(self.lexer.source, &scanned.toks, scanned.bad.as_ref());
        let inside = if opens == Opens::Variable {
            let (expr, _) = cursor.tuple(TupleRules::default());
            if cursor.kind() != super::token::Kind::VariableEnd {
                cursor.missing("end of print statement");
            }
            Inside::Output(expr)
        } else {
            Inside::Tag(head::read(&mut cursor, &self.frames))
        };
        (inside, cursor.error)
    }

    /// Reads a tag exactly and, if it is wrong and may have swallowed what follows, tolerantly.
    fn tag(&mut self, opening: Opening) -> usize {
        let opens = opening.opens;
        let mut error = None;
        let mut read = None;
        if self.fuel > 0 {
            let scanned = self.lexer.scan_exact(opens, opening.end);
            let (inside, failure) = self.read(opens, &scanned);
            if failure.is_none() || (scanned.close.is_some() && !scanned.suspicious) {
                read = Some((scanned, inside));
            } else {
                self.fuel = self.fuel.saturating_sub(scanned.end.saturating_sub(opening.end) + 1);
            }
            error = failure;
        }
        let (scanned, inside) = read.unwrap_or_else(|| {
            let scanned = self.lexer.scan_tolerant(opens, opening.end);
            let (inside, failure) = self.read(opens, &scanned);
            error = error.take().or(failure);
            (scanned, inside)
        });
        let range = TextRange::of(opening.start, scanned.end.max(opening.end));
        if let Some((message, at)) = error {
            let at = if range.covers(at) && !at.is_empty() { at } else { range };
            let stray = matches!(&inside, Inside::Tag(tag) if matches!(tag.head, Head::Error));
            let related = self.frames.last().filter(|_| stray || message.starts_with("Encountered"));
            let related = related.map(|f| (f.opening, format!("`{}` starts here", f.word)));
            self.errors.push(SyntaxError { message, range: at, related });
        }
        self.token(TokenKind::Open, opening.end);
        for piece in &scanned.pieces {
            self.token(TokenKind::Blank, piece.range.start as usize);
            self.token(piece.kind, piece.range.end as usize);
        }
        if let Some(close) = scanned.close {
            self.token(TokenKind::Close, close.end);
        }
        match inside {
            Inside::Output(expr) => self.statement(StatementKind::Output(expr), range),
            Inside::Tag(tag) => self.apply(tag, range),
        }
        let end = range.end as usize;
        self.resume(scanned.close.unwrap_or(Closing { start: end, end, resume: end }))
    }

    /// Changes the stack of open blocks as the tag says.
    fn apply(&mut self, tag: head::ReadTag, range: TextRange) {
        if self.too_deep > 0 && !matches!(tag.head, Head::Open(..) | Head::Simple(_)) {
            self.too_deep -= u32::from(matches!(tag.head, Head::End | Head::Error));
            return self.statement(StatementKind::Error, range);
        }
        if let Head::End | Head::Arm(..) | Head::Otherwise = tag.head {
            while self.frames.len() > tag.frame + 1 {
                self.close_unfinished(range.start);
            }
        }
        match tag.head {
            Head::Simple(kind) => self.statement(kind, range),
            Head::Error => self.statement(StatementKind::Error, range),
            Head::Open(pending, ends) => self.open(pending, ends, range),
            Head::Arm(test, ends) => {
                let Some(frame) = self.frames.last_mut() else { return };
                let body = std::mem::take(&mut frame.body);
                if let Pending::If(arms, current) = &mut frame.pending {
                    arms.push(Arm { test: std::mem::replace(current, test), tag: frame.tag, body });
                }
                (frame.tag, frame.ends) = (range, ends);
            }
            Head::Otherwise => {
                let Some(frame) = self.frames.last_mut() else { return };
                let body = std::mem::take(&mut frame.body);
                if let Pending::For { looped, .. } = &mut frame.pending {
                    *looped = Some(body);
                }
                (frame.tag, frame.ends) = (range, &["endfor"]);
            }
            Head::End => {
                let Some(frame) = self.frames.pop() else { return };
                let whole = frame.opening.join(range);
                self.statement(head::build(frame.pending, frame.tag, frame.body), whole);
            }
        }
    }

    fn open(&mut self, pending: Pending, ends: &'static [&'static str], range: TextRange) {
        if self.frames.len() >= MAX_DEPTH as usize {
            self.too_deep += 1;
            self.error("blocks are nested too deeply", range);
            return self.statement(StatementKind::Error, range);
        }
        // the word is the first one behind the delimiter
        let word = self.tokens.iter().rev().find(|t| t.kind == TokenKind::Keyword);
        let word = word.map_or("", |t| t.range.slice(self.lexer.source)).to_owned();
        self.frames.push(Frame { pending, word, opening: range, tag: range, ends, body: Vec::new() });
    }

    /// Closes the innermost block at `end` though its end tag is missing.
    fn close_unfinished(&mut self, end: u32) {
        let Some(frame) = self.frames.pop() else { return };
        let range = TextRange::new(frame.opening.start, end);
        if let Pending::SetBlock(..) = frame.pending {
            // `{% set x %}` is mostly an assignment being typed: what follows isn't its body
            self.statement(head::build(frame.pending, frame.tag, Vec::new()), frame.opening);
            let body = self.frames.last_mut().map_or(&mut self.body, |f| &mut f.body);
            body.extend(frame.body);
        } else {
            self.statement(head::build(frame.pending, frame.tag, frame.body), range);
        }
    }
}
