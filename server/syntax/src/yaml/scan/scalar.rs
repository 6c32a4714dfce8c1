//! Plain and quoted scalars.

use super::chars::break_text;
use super::{Cooked, ScalarValue, Scanner, SyntaxError, TokenKind, break_len, is_blank};
use crate::yaml::Style;

const QUOTED: &str = "while scanning a quoted scalar";
const ESCAPE: &str = "while parsing a quoted scalar";

/// Builds a value that stays a slice of the text for as long as it can.
struct Builder<'t> {
    text: &'t str,
    start: usize,
    end: usize,
    cooked: Option<Box<Cooked>>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, start: usize) -> Self {
        Self { text, start, end: start, cooked: None }
    }

    fn copy(&mut self, start: usize, end: usize) {
        match &mut self.cooked {
            Some(cooked) => cooked.copy(self.text, start, end),
            None if start == self.end => self.end = end,
            None => {
                let text = self.text;
                self.cook().copy(text, start, end);
            }
        }
    }

    fn derive(&mut self, piece: &str, start: usize, end: usize) {
        let text = self.text;
        self.cook().derive(text, piece, start, end);
    }

    fn cook(&mut self) -> &mut Cooked {
        let (text, start, end) = (self.text, self.start, self.end);
        self.cooked.get_or_insert_with(|| {
            let mut cooked = Box::new(Cooked::default());
            cooked.copy(text, start, end);
            cooked
        })
    }

    fn finish(self) -> ScalarValue<'t> {
        match self.cooked {
            Some(cooked) => ScalarValue::Cooked(cooked),
            None => ScalarValue::Slice(
                self.text.get(self.start..self.end).unwrap_or(""),
                u32::try_from(self.start).unwrap_or(u32::MAX),
            ),
        }
    }
}

/// White space between two pieces of a plain or quoted scalar.
#[derive(Default)]
struct Gap {
    /// Blanks of the same line.
    start: usize,
    end: usize,
    /// An escaped break or a real one has been met.
    folded: bool,
    leading: Option<usize>,
    trailing: Vec<usize>,
}

impl Gap {
    fn at(pos: usize) -> Self {
        Self { start: pos, end: pos, ..Self::default() }
    }
}

/// Bytes that a plain scalar goes over without a further look.
const fn plain_table() -> [bool; 256] {
    let mut table = [true; 256];
    let stops = b" \t\n\r:,?[]{}\xC2\xE2";
    let mut i = 0;
    while i < stops.len() {
        table[stops[i] as usize] = false;
        i += 1;
    }
    table
}

static PLAIN: [bool; 256] = plain_table();

impl<'t> Scanner<'t> {
    pub(super) fn fetch_plain(&mut self) -> Result<(), SyntaxError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.pos;
        let mut value = Builder::new(self.text, start);
        let mut gap = Gap::at(start);
        let mut end = start;
        let indent = self.indent + 1;
        loop {
            if self.document_indicator(b'-') || self.document_indicator(b'.') || self.at(0) == b'#' {
                break;
            }
            let from = self.pos;
            self.plain_run(start)?;
            if self.pos > from {
                self.write_gap(&mut value, &gap, from);
                value.copy(from, self.pos);
                end = self.pos;
                gap = Gap::at(end);
            }
            if !is_blank(self.at(0)) && self.breaks() == 0 {
                break;
            }
            self.plain_gap(&mut gap, start, indent)?;
            if self.flow == 0 && self.column() < indent {
                break;
            }
        }
        if gap.folded {
            self.key_allowed = true;
        }
        self.push(TokenKind::Scalar(Style::Plain, value.finish()), start, end);
        Ok(())
    }

    /// Moves over the characters of a plain scalar, up to a blank, a break or an indicator.
    fn plain_run(&mut self, start: usize) -> Result<(), SyntaxError> {
        while let Some(&byte) = self.bytes.get(self.pos) {
            if PLAIN[byte as usize] {
                self.pos += 1;
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => break,
                0xC2 | 0xE2 if self.breaks() > 0 => break,
                b':' => {
                    if self.flow > 0 && matches!(self.at(1), b',' | b'?' | b'[' | b']' | b'{' | b'}') {
                        return Err(SyntaxError::new(self.pos, "found unexpected ':'")
                            .within(start, "while scanning a plain scalar"));
                    }
                    if self.blankz(1) {
                        break;
                    }
                }
                b',' | b'[' | b']' | b'{' | b'}' if self.flow > 0 => break,
                _ => {}
            }
            self.pos += 1;
        }
        Ok(())
    }

    fn plain_gap(&mut self, gap: &mut Gap, start: usize, indent: i32) -> Result<(), SyntaxError> {
        loop {
            match self.at(0) {
                b'\t' if gap.folded && self.column() < indent => {
                    return Err(SyntaxError::new(self.pos, "found a tab character that violates indentation")
                        .within(start, "while scanning a plain scalar"));
                }
                b' ' | b'\t' => {
                    self.pos += 1;
                    if !gap.folded {
                        gap.end = self.pos;
                    }
                }
                _ if self.breaks() > 0 => self.gap_break(gap),
                _ => return Ok(()),
            }
        }
    }

    fn gap_break(&mut self, gap: &mut Gap) {
        if gap.folded {
            gap.trailing.push(self.pos);
        } else {
            gap.leading = Some(self.pos);
            gap.folded = true;
        }
        self.skip_break();
    }

    /// Writes the white space that lies before the content at `next`.
    fn write_gap(&self, value: &mut Builder<'t>, gap: &Gap, next: usize) {
        if !gap.folded {
            value.copy(gap.start, gap.end);
            return;
        }
        let break_at = |at: usize| (break_text(self.bytes, at), at, at + break_len(self.bytes, at));
        if let Some(at) = gap.leading {
            let (piece, from, to) = break_at(at);
            if piece != "\n" {
                value.derive(piece, from, to);
            } else if gap.trailing.is_empty() {
                value.derive(" ", at, next);
            }
        } else if gap.trailing.is_empty() {
            // an escaped line break stands for nothing
            value.cook();
        }
        for &at in &gap.trailing {
            let (piece, from, to) = break_at(at);
            value.derive(piece, from, to);
        }
    }

    pub(super) fn fetch_quoted(&mut self) -> Result<(), SyntaxError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.pos;
        let quote = self.at(0);
        self.pos += 1;
        let mut value = Builder::new(self.text, self.pos);
        loop {
            if self.document_indicator(b'-') || self.document_indicator(b'.') {
                return Err(SyntaxError::new(self.pos, "found unexpected document indicator").within(start, QUOTED));
            }
            if self.at_end() {
                return Err(SyntaxError::new(self.pos, "found unexpected end of stream").within(start, QUOTED));
            }
            let escaped_break = self.quoted_run(quote, start, &mut value)?;
            if self.at(0) == quote {
                break;
            }
            let mut gap = Gap::at(self.pos);
            gap.folded = escaped_break;
            loop {
                if is_blank(self.at(0)) {
                    self.pos += 1;
                    if !gap.folded {
                        gap.end = self.pos;
                    }
                } else if self.breaks() > 0 {
                    self.gap_break(&mut gap);
                } else {
                    break;
                }
            }
            self.write_gap(&mut value, &gap, self.pos);
        }
        self.pos += 1;
        let style = if quote == b'\'' { Style::Single } else { Style::Double };
        self.push(TokenKind::Scalar(style, value.finish()), start, self.pos);
        Ok(())
    }

    /// Reads up to a blank, a break or the closing quote; true after an escaped line break.
    fn quoted_run(&mut self, quote: u8, start: usize, value: &mut Builder<'t>) -> Result<bool, SyntaxError> {
        let mut from = self.pos;
        while let Some(&byte) = self.bytes.get(self.pos) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => break,
                0xC2 | 0xE2 if self.breaks() > 0 => break,
                b'\'' if quote == b'\'' => {
                    if self.at(1) != b'\'' {
                        break;
                    }
                    value.copy(from, self.pos);
                    value.derive("'", self.pos, self.pos + 2);
                    self.pos += 2;
                    from = self.pos;
                }
                b'"' if quote == b'"' => break,
                b'\\' if quote == b'"' => {
                    value.copy(from, self.pos);
                    if break_len(self.bytes, self.pos + 1) > 0 {
                        self.pos += 1;
                        self.skip_break();
                        return Ok(true);
                    }
                    self.escape(start, value)?;
                    from = self.pos;
                }
                _ => self.pos += 1,
            }
        }
        value.copy(from, self.pos);
        Ok(false)
    }

    fn escape(&mut self, start: usize, value: &mut Builder<'t>) -> Result<(), SyntaxError> {
        let at = self.pos;
        let digits = match self.at(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                let Some(piece) = simple_escape(other) else {
                    return Err(SyntaxError::new(at, "found unknown escape character").within(start, ESCAPE));
                };
                self.pos += 2;
                value.derive(piece, at, self.pos);
                return Ok(());
            }
        };
        let hex = self.bytes.get(at + 2..at + 2 + digits).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let Some(hex) = hex.and_then(|hex| std::str::from_utf8(hex).ok()) else {
            return Err(SyntaxError::new(at + 2, "did not find expected hexdecimal number").within(start, ESCAPE));
        };
        let Some(c) = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) else {
            return Err(SyntaxError::new(at + 2, "found invalid Unicode character escape code").within(start, ESCAPE));
        };
        self.pos += 2 + digits;
        value.derive(c.encode_utf8(&mut [0; 4]), at, self.pos);
        Ok(())
    }
}

/// What a one-letter escape stands for (YAML 1.1, 5.6, and `\/`).
fn simple_escape(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'0' => "\0",
        b'a' => "\x07",
        b'b' => "\x08",
        b't' | b'\t' => "\t",
        b'n' => "\n",
        b'v' => "\x0B",
        b'f' => "\x0C",
        b'r' => "\r",
        b'e' => "\x1B",
        b' ' => " ",
        b'"' => "\"",
        b'/' => "/",
        b'\\' => "\\",
        b'N' => "\u{85}",
        b'_' => "\u{A0}",
        b'L' => "\u{2028}",
        b'P' => "\u{2029}",
        _ => return None,
    })
}
