//! Block scalars: `|` and `>`.

use super::chars::break_text;
use super::{Cooked, ScalarValue, Scanner, SyntaxError, TokenKind, is_blank};
use crate::yaml::Style;

const CONTEXT: &str = "while scanning a block scalar";

#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    #[allow(clippy::too_many_lines, reason = "one pass whose pending breaks are shared by all its steps")]
    pub(super) fn fetch_block_scalar(&mut self) -> Result<(), SyntaxError> {
        self.remove_key()?;
        self.key_allowed = true;
        let start = self.pos;
        let literal = self.at(0) == b'|';
        self.pos += 1;
        let (chomp, increment) = self.block_header(start)?;
        let mut end = self.pos;
        while is_blank(self.at(0)) {
            self.pos += 1;
        }
        if self.at(0) == b'#' {
            self.skip_comment();
        }
        if !self.breakz() {
            return Err(
                SyntaxError::new(self.pos, "did not find expected comment or line break").within(start, CONTEXT)
            );
        }
        if self.breaks() > 0 {
            self.skip_break();
        }
        let mut indent = if increment > 0 { self.indent.max(0) + increment } else { 0 };
        let mut cooked = Cooked::default();
        // line breaks not yet written: the one after a content line, and the empty lines' ones
        let mut leading: Option<usize> = None;
        let mut trailing = Vec::new();
        let mut leading_blank = false;
        self.block_breaks(&mut indent, &mut trailing, start)?;
        while self.column() == indent && !self.at_end() {
            let blank = is_blank(self.at(0));
            if let Some(at) = leading.take() {
                let fold = !literal && break_text(self.bytes, at) == "\n" && !leading_blank && !blank;
                if !fold {
                    self.write_break(&mut cooked, at);
                } else if trailing.is_empty() {
                    cooked.derive(self.text, " ", at, self.pos);
                }
            }
            for at in trailing.drain(..) {
                self.write_break(&mut cooked, at);
            }
            leading_blank = blank;
            let from = self.pos;
            self.skip_comment();
            cooked.copy(self.text, from, self.pos);
            end = self.pos;
            if self.breaks() > 0 {
                leading = Some(self.pos);
                self.skip_break();
            }
            self.block_breaks(&mut indent, &mut trailing, start)?;
        }
        if chomp != Chomp::Strip
            && let Some(at) = leading
        {
            self.write_break(&mut cooked, at);
        }
        if chomp == Chomp::Keep {
            for at in trailing {
                self.write_break(&mut cooked, at);
            }
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        self.push(TokenKind::Scalar(style, ScalarValue::Cooked(Box::new(cooked))), start, end);
        Ok(())
    }

    fn write_break(&self, cooked: &mut Cooked, at: usize) {
        cooked.derive(self.text, break_text(self.bytes, at), at, at + super::break_len(self.bytes, at));
    }

    fn block_header(&mut self, start: usize) -> Result<(Chomp, i32), SyntaxError> {
        let mut chomp = Chomp::Clip;
        let mut increment = 0;
        for _ in 0..2 {
            match self.at(0) {
                b'+' if chomp == Chomp::Clip => chomp = Chomp::Keep,
                b'-' if chomp == Chomp::Clip => chomp = Chomp::Strip,
                b'0' if increment == 0 => {
                    return Err(
                        SyntaxError::new(self.pos, "found an indentation indicator equal to 0").within(start, CONTEXT)
                    );
                }
                digit @ b'1'..=b'9' if increment == 0 => increment = i32::from(digit - b'0'),
                _ => break,
            }
            self.pos += 1;
        }
        Ok((chomp, increment))
    }

    /// Skips indentation and empty lines, noting where their breaks stand; finds the indentation if
    /// it is not known yet.
    fn block_breaks(&mut self, indent: &mut i32, breaks: &mut Vec<usize>, start: usize) -> Result<(), SyntaxError> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.at(0) == b' ' {
                self.pos += 1;
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.at(0) == b'\t' {
                return Err(SyntaxError::new(self.pos, "found a tab character where an indentation space is expected")
                    .within(start, CONTEXT));
            }
            if self.breaks() == 0 {
                break;
            }
            breaks.push(self.pos);
            self.skip_break();
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
