//! A walk over the tokens of one tag with jinja2's wording for what is missing. The first error
//! counts; after it parsing goes on with whatever is there.

use smol_str::SmolStr;
use text::TextRange;

use super::token::{Kind, Op, Tok};
use super::{Expr, ExprKind, Name};

/// How deep expressions may nest, and blocks likewise.
pub(super) const MAX_DEPTH: u32 = 200;
/// How high a tree that grows without nesting may become (`a.b.c…`, `a + b + …`).
pub(super) const MAX_HEIGHT: u32 = 400;

/// The parser of one tag.
pub(super) struct Cursor<'a> {
    pub(super) source: &'a str,
    toks: &'a [Tok],
    at: usize,
    /// The first error.
    pub(super) error: Option<(String, TextRange)>,
    /// The lexical error behind [`Kind::Bad`].
    bad: Option<&'a (String, TextRange)>,
    depth: u32,
    /// Height of the expression made last.
    pub(super) height: u32,
    /// Whether a search for a closing bracket has failed already (keeps parsing linear).
    lost: bool,
}

impl<'a> Cursor<'a> {
    /// A parser over `toks`, the last of which is an end.
    pub(super) fn new(source: &'a str, toks: &'a [Tok], bad: Option<&'a (String, TextRange)>) -> Self {
        Self { source, toks, at: 0, error: None, bad, depth: 0, height: 0, lost: false }
    }

    fn tok(&self, ahead: usize) -> Tok {
        let index = (self.at + ahead).min(self.toks.len().saturating_sub(1));
        self.toks.get(index).copied().unwrap_or(Tok { kind: Kind::Eof, range: TextRange::default() })
    }

    /// The current token's kind.
    pub(super) fn kind(&self) -> Kind {
        self.tok(0).kind
    }

    /// The current token's bytes.
    pub(super) fn range(&self) -> TextRange {
        self.tok(0).range
    }

    /// Where the current token starts.
    pub(super) fn start(&self) -> u32 {
        self.range().start
    }

    /// The kind of the token after the current one. As jinja2 reads that token to tell, what the
    /// lexer refuses there is the first error.
    pub(super) fn look(&mut self) -> Kind {
        let kind = self.tok(1).kind;
        if kind == Kind::Bad && self.error.is_none() {
            self.error = self.bad.cloned();
        }
        kind
    }

    /// The current token's text.
    pub(super) fn text(&self) -> &'a str {
        self.range().slice(self.source)
    }

    /// Where the token before the current one ends.
    pub(super) fn previous_end(&self) -> u32 {
        match self.at.checked_sub(1).and_then(|n| self.toks.get(n)) {
            Some(tok) => tok.range.end,
            None => self.start(),
        }
    }

    /// Goes one token on; never beyond the end.
    pub(super) fn advance(&mut self) {
        if self.at + 1 < self.toks.len() {
            self.at += 1;
        }
    }

    /// Whether the current token is this operator.
    pub(super) fn is(&self, op: Op) -> bool {
        self.kind() == Kind::Op(op)
    }

    /// Goes over the operator if it is there.
    pub(super) fn skip(&mut self, op: Op) -> bool {
        let found = self.is(op);
        if found {
            self.advance();
        }
        found
    }

    /// Whether the current token is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind() == Kind::Name && self.text() == word
    }

    /// Whether the next but one token is this word.
    pub(super) fn next_is_word(&mut self, word: &str) -> bool {
        self.look() == Kind::Name && self.tok(1).range.slice(self.source) == word
    }

    /// Goes over the word if it is there.
    pub(super) fn skip_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// `describe_token` for the current token.
    pub(super) fn describe(&self) -> &'a str {
        match self.kind() {
            Kind::Name => self.text(),
            Kind::Str | Kind::OpenStr => "string",
            Kind::Int => "integer",
            Kind::Float => "float",
            Kind::Op(op) => op.text(),
            Kind::Bad => "",
            Kind::VariableEnd => "end of print statement",
            Kind::BlockEnd => "end of statement block",
            Kind::Eof => "end of template",
        }
    }

    /// Notes an error at the current token; a token that the lexer refuses gives the lexer's.
    pub(super) fn fail(&mut self, message: impl Into<String>) {
        let range = self.range();
        self.fail_at(range, message);
    }

    /// Notes an error about `range`.
    pub(super) fn fail_at(&mut self, range: TextRange, message: impl Into<String>) {
        if self.error.is_none() {
            self.error = Some(match self.bad {
                Some(bad) if self.kind() == Kind::Bad => bad.clone(),
                _ => (message.into(), range),
            });
        }
    }

    /// Notes that `wanted` is missing here (`TokenStream.expect`).
    pub(super) fn missing(&mut self, wanted: &str) {
        if self.error.is_none() {
            let message = match self.kind() {
                Kind::Eof => format!("unexpected end of template, expected '{wanted}'."),
                _ => format!("expected token '{wanted}', got '{}'", self.describe()),
            };
            self.fail(message);
        }
    }

    /// Goes over the operator, or notes that it is missing.
    pub(super) fn expect(&mut self, op: Op) -> bool {
        let found = self.skip(op);
        if !found {
            self.missing(op.text());
        }
        found
    }

    /// Goes over the word, or notes that it is missing.
    pub(super) fn expect_word(&mut self, word: &str) -> bool {
        let found = self.skip_word(word);
        if !found {
            self.missing(word);
        }
        found
    }

    /// An identifier; where there is none, an empty one right behind the previous token.
    pub(super) fn expect_name(&mut self) -> Name {
        if self.kind() == Kind::Name {
            let name = Name { text: SmolStr::new(self.text()), range: self.range() };
            self.advance();
            return name;
        }
        self.missing("name");
        self.no_name()
    }

    /// The empty name behind the previous token.
    pub(super) fn no_name(&self) -> Name {
        Name { text: SmolStr::default(), range: TextRange::empty(self.previous_end()) }
    }

    /// Goes over a closing bracket; if it is missing, to behind the one that fits, if there is one.
    pub(super) fn expect_closer(&mut self, op: Op) {
        if self.expect(op) || self.lost {
            return;
        }
        let mut open = 0_u32;
        for (n, tok) in self.toks.iter().enumerate().skip(self.at) {
            match tok.kind {
                Kind::Op(o) if o.closer().is_some() => open += 1,
                Kind::Op(o) if o == op && open == 0 => {
                    self.at = n + 1;
                    return;
                }
                Kind::Op(o) if o.is_closer() => {
                    if open == 0 {
                        break;
                    }
                    open -= 1;
                }
                _ => {}
            }
        }
        self.lost = true;
    }

    /// Goes one level deeper; false, with an error, where that is too deep.
    pub(super) fn enter(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            self.fail("this expression is nested too deeply");
            return false;
        }
        self.depth += 1;
        true
    }

    /// Goes one level up.
    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// An expression from `start` to the previous token, over children of height `below`.
    pub(super) fn make(&mut self, kind: ExprKind, start: u32, below: u32) -> Expr {
        self.height = below + 1;
        let range = TextRange::new(start, self.previous_end());
        if self.height > MAX_HEIGHT {
            self.fail_at(range, "this expression is nested too deeply");
            self.height = 1;
            return Expr { kind: Box::new(ExprKind::Error), range };
        }
        Expr { kind: Box::new(kind), range }
    }

    /// The expression that is missing behind the previous token.
    pub(super) fn no_expr(&mut self) -> Expr {
        self.height = 1;
        Expr { kind: Box::new(ExprKind::Error), range: TextRange::empty(self.previous_end()) }
    }
}
