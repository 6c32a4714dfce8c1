//! Where tags begin and end, and white space control: the `root`, comment and raw rules of
//! `jinja2/lexer.py`. Knows nothing of expressions.

use std::cell::Cell;

use smol_str::SmolStr;

use super::Options;
use super::literal::{is_space, newline_len, space_len};

/// What a tag's opening delimiter starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Opens {
    Raw,
    Variable,
    Block,
    Comment,
    LineStatement,
    LineComment,
}

/// An opening delimiter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// What it opens.
    pub(super) opens: Opens,
    /// First byte; blanks before a line statement's or line comment's prefix belong to it.
    pub(super) start: usize,
    /// One past its last byte, the sign included.
    pub(super) end: usize,
    /// `-`, `+` or nothing.
    pub(super) sign: Option<u8>,
}

/// A closing delimiter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing {
    /// First byte, the sign included.
    pub(super) start: usize,
    /// One past the delimiter.
    pub(super) end: usize,
    /// Where text goes on after white space control.
    pub(super) resume: usize,
}

/// The source with the rules of one environment.
pub(super) struct Lexer<'a> {
    /// The template.
    pub(super) source: &'a str,
    /// Where jinja2's view of it ends: before the dropped trailing newline.
    pub(super) limit: usize,
    options: &'a Options,
    /// The delimiters that open something, in the order in which they are tried.
    rules: Vec<(Opens, SmolStr)>,
    block: [&'a str; 2],
    variable: [&'a str; 2],
    comment: [&'a str; 2],
    /// A byte position and how many characters jinja2 counts before it.
    counted: Cell<(usize, usize)>,
    /// Where a search for a comment's end has failed: it fails from there on.
    no_comment_end: Cell<usize>,
}

impl<'a> Lexer<'a> {
    /// A lexer over `source`; an empty delimiter is replaced by Jinja's default.
    pub(super) fn new(source: &'a str, options: &'a Options) -> Self {
        const DEFAULTS: [&str; 6] = ["{%", "%}", "{{", "}}", "{#", "#}"];
        let delimiter = |n: usize| match options.delimiters[n].as_str() {
            "" => DEFAULTS[n],
            given => given,
        };
        let mut limit = source.len();
        if !options.keep_trailing_newline {
            limit -= if source.ends_with("\r\n") { 2 } else { usize::from(source.ends_with(['\n', '\r'])) };
        }
        // jinja2 tries longer ones first, then by the rule's name backwards
        let mut rules = vec![(Opens::Variable, SmolStr::new(delimiter(2)))];
        let prefixes = [
            (Opens::LineStatement, &options.line_statement_prefix),
            (Opens::LineComment, &options.line_comment_prefix),
        ];
        for (opens, prefix) in prefixes {
            rules.extend(prefix.iter().filter(|p| !p.is_empty()).map(|p| (opens, p.clone())));
        }
        rules.push((Opens::Comment, SmolStr::new(delimiter(4))));
        rules.push((Opens::Block, SmolStr::new(delimiter(0))));
        rules.sort_by_key(|(_, text)| std::cmp::Reverse(text.chars().count()));
        Self {
            source,
            limit,
            options,
            rules,
            block: [delimiter(0), delimiter(1)],
            variable: [delimiter(2), delimiter(3)],
            comment: [delimiter(4), delimiter(5)],
            counted: Cell::new((0, 0)),
            no_comment_end: Cell::new(usize::MAX),
        }
    }

    /// The source from `at` to the limit.
    pub(super) fn rest(&self, at: usize) -> &'a str {
        self.source.get(at..self.limit).unwrap_or("")
    }

    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.limit { self.source.as_bytes().get(at).copied() } else { None }
    }

    /// Where the white space that starts at `at` ends.
    pub(super) fn skip_space(&self, at: usize) -> usize {
        at + space_len(self.rest(at))
    }

    /// Whether the byte before `at` ends a line.
    pub(super) fn after_newline(&self, at: usize) -> bool {
        at > 0 && matches!(self.source.as_bytes().get(at - 1), Some(b'\n' | b'\r'))
    }

    fn sign(&self, at: usize) -> Option<u8> {
        self.byte(at).filter(|b| matches!(b, b'-' | b'+'))
    }

    /// Whether one of the three delimiters that open a tag stands at `at`.
    pub(super) fn opens_at(&self, at: usize) -> bool {
        let rest = self.rest(at);
        if rest.as_bytes().first().is_none_or(|b| b.is_ascii_alphanumeric()) {
            return false;
        }
        [self.block[0], self.variable[0], self.comment[0]].iter().any(|d| rest.starts_with(d))
    }

    /// The first opening delimiter at or after `from`.
    pub(super) fn find_open(&self, from: usize) -> Option<Opening> {
        let by_line = self.rules.len() > 3;
        let first = |d: &str| d.as_bytes().first().copied().unwrap_or(b'{');
        let [b, v, c] = [first(self.block[0]), first(self.variable[0]), first(self.comment[0])];
        let mut at = from;
        while at < self.limit {
            if !by_line {
                at += memchr::memchr3(b, v, c, self.source.as_bytes().get(at..self.limit)?)?;
            }
            if self.source.is_char_boundary(at)
                && let Some(opening) = self.open_at(at)
            {
                return Some(opening);
            }
            at += 1;
        }
        None
    }

    fn open_at(&self, at: usize) -> Option<Opening> {
        let rest = self.rest(at);
        if rest.starts_with(self.block[0]) && self.raw_close(at).is_some() {
            let end = at + self.block[0].len();
            let sign = self.sign(end);
            return Some(Opening { opens: Opens::Raw, start: at, end: end + usize::from(sign.is_some()), sign });
        }
        for (opens, text) in &self.rules {
            let blanks = match opens {
                Opens::LineStatement if self.line_start(at) => {
                    rest.len() - rest.trim_start_matches([' ', '\t', '\u{b}']).len()
                }
                Opens::LineComment if self.line_start(at) || self.after_ink(at) => {
                    rest.len() - rest.trim_start_matches(|c| is_space(c) && c != '\n' && c != '\r').len()
                }
                Opens::LineStatement | Opens::LineComment => continue,
                _ => 0,
            };
            if rest[blanks..].starts_with(text.as_str()) {
                let end = at + blanks + text.len();
                let sign = self.sign(end);
                return Some(Opening { opens: *opens, start: at, end: end + usize::from(sign.is_some()), sign });
            }
        }
        None
    }

    fn line_start(&self, at: usize) -> bool {
        at == 0 || self.after_newline(at)
    }

    fn after_ink(&self, at: usize) -> bool {
        self.source.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| !is_space(c))
    }

    /// The end of the `{% raw %}` that starts at `at`: its keyword's start and its closing delimiter.
    pub(super) fn raw_close(&self, at: usize) -> Option<(usize, Closing)> {
        let inner = at + self.block[0].len();
        let word = self.skip_space(inner + usize::from(self.sign(inner).is_some()));
        let after = self.rest(word).strip_prefix("raw")?;
        let start = self.skip_space(self.limit - after.len());
        let (sign, end) = self.delimiter_end(start, self.block[1])?;
        match sign {
            Some(b'-') => Some((word, Closing { start, end, resume: self.skip_space(end) })),
            None => Some((word, Closing { start, end, resume: end })),
            Some(_) => None,
        }
    }

    /// The first `{% endraw %}` at or after `from`: opening, keyword's start, closing.
    pub(super) fn find_endraw(&self, from: usize) -> Option<(Opening, usize, Closing)> {
        let mut at = from;
        loop {
            at += memchr::memmem::find(self.rest(at).as_bytes(), self.block[0].as_bytes())?;
            let inner = at + self.block[0].len();
            let sign = self.sign(inner);
            let end = inner + usize::from(sign.is_some());
            let word = self.skip_space(end);
            if let Some(after) = self.rest(word).strip_prefix("endraw")
                && let Some(closing) = self.block_close(self.skip_space(self.limit - after.len()))
            {
                return Some((Opening { opens: Opens::Raw, start: at, end, sign }, word, closing));
            }
            at += self.block[0].len();
        }
    }

    /// An optional sign and `delimiter` at `at`.
    fn delimiter_end(&self, at: usize, delimiter: &str) -> Option<(Option<u8>, usize)> {
        let rest = self.rest(at);
        if rest.starts_with(delimiter) {
            return Some((None, at + delimiter.len()));
        }
        let sign = self.sign(at)?;
        rest[1..].starts_with(delimiter).then_some((Some(sign), at + 1 + delimiter.len()))
    }

    fn block_close(&self, at: usize) -> Option<Closing> {
        self.trimming_close(at, self.block[1])
    }

    /// `+%}`, `-%}` and the white space behind it, or `%}` and (trim_blocks) a newline.
    fn trimming_close(&self, at: usize, delimiter: &str) -> Option<Closing> {
        let (sign, end) = self.delimiter_end(at, delimiter)?;
        let resume = match sign {
            Some(b'-') => self.skip_space(end),
            None if self.options.trim_blocks => end + newline_len(self.rest(end)),
            _ => end,
        };
        Some(Closing { start: at, end, resume })
    }

    /// The closing delimiter at `at` of a tag that `opens` started.
    pub(super) fn close_at(&self, opens: Opens, at: usize) -> Option<Closing> {
        match opens {
            Opens::Variable => {
                let (sign, end) = self.delimiter_end(at, self.variable[1])?;
                match sign {
                    Some(b'-') => Some(Closing { start: at, end, resume: self.skip_space(end) }),
                    None => Some(Closing { start: at, end, resume: end }),
                    Some(_) => None,
                }
            }
            Opens::LineStatement => {
                // `\s*(\n|$)`: through the last newline of the white space
                let space = self.skip_space(at);
                if space == self.limit {
                    return Some(Closing { start: at, end: space, resume: space });
                }
                let end = at + self.source.get(at..space)?.rfind(['\n', '\r'])? + 1;
                Some(Closing { start: at, end, resume: end })
            }
            _ => self.block_close(at),
        }
    }

    /// The end of a comment whose text starts at `from`.
    pub(super) fn comment_close(&self, from: usize) -> Option<Closing> {
        if from >= self.no_comment_end.get() {
            return None;
        }
        let Some(found) = memchr::memmem::find(self.rest(from).as_bytes(), self.comment[1].as_bytes()) else {
            self.no_comment_end.set(from);
            return None;
        };
        let found = from + found;
        let signed = found > from && self.sign(found - 1).is_some();
        self.trimming_close(found - usize::from(signed), self.comment[1])
    }

    /// Where the line that `at` is on ends (before its newline).
    pub(super) fn line_end(&self, at: usize) -> usize {
        at + self.rest(at).find(['\n', '\r']).unwrap_or(self.limit.saturating_sub(at))
    }

    /// What is left of the text `from..opening.start` after white space control: its end.
    pub(super) fn text_end(&self, from: usize, opening: Opening, line_starting: bool) -> usize {
        let text = self.source.get(from..opening.start).unwrap_or("");
        match opening.sign {
            Some(b'-') => from + text.trim_end_matches(is_space).len(),
            None if self.options.lstrip_blocks && opening.opens != Opens::Variable => {
                let line = text.rfind(['\n', '\r']).map_or(0, |n| n + 1);
                let blank = line < text.len() && text[line..].chars().all(is_space);
                from + if blank && (line > 0 || line_starting) { line } else { text.len() }
            }
            _ => from + text.len(),
        }
    }

    /// The position of byte `at` as jinja2 counts it: characters, `\r\n` being one. Counts from the
    /// position asked for last.
    pub(super) fn character_index(&self, at: usize) -> usize {
        let (from, count) = self.counted.get();
        let bytes = self.source.as_bytes();
        let characters = |from: usize, to: usize| {
            let continues = |n: usize| bytes[n] & 0xc0 == 0x80 || (bytes[n] == b'\n' && n > 0 && bytes[n - 1] == b'\r');
            (from..to.min(bytes.len())).filter(|&n| !continues(n)).count()
        };
        let count = if at >= from { count + characters(from, at) } else { count - characters(at, from) };
        self.counted.set((at, count));
        count
    }
}
