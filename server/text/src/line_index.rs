//! Lines and columns of a text, in the three position encodings of LSP 3.17.

use memchr::memchr2_iter;

use crate::TextRange;

/// The unit of a column (LSP 3.17, `PositionEncodingKind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, the protocol's default.
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

/// A zero-based line and column; the column's unit is an [`Encoding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position {
    /// Zero-based line. Lines end at `\n`, `\r\n` or `\r` (LSP 3.17, text documents).
    pub line: u32,
    /// Zero-based column.
    pub column: u32,
}

/// Where each line of a text starts. Converts byte offsets to positions and back, in a time that does
/// not depend on how long a line is; positions outside the text are clamped, as LSP asks for.
#[derive(Clone, Debug)]
pub struct LineIndex {
    /// Byte offset of each line's start; never empty.
    starts: Vec<u32>,
    /// How much lies before every [`STEP`]th byte; empty where bytes, units and characters are the same.
    marks: Vec<Mark>,
    len: u32,
}

/// Bytes between two marks: what is walked to count within a line.
const STEP: usize = 256;

/// The characters that begin before a byte.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    utf16: u32,
    characters: u32,
}

impl Mark {
    /// Counts what begins at `byte`, the next one.
    fn add(&mut self, byte: u8) {
        if byte & 0xC0 != 0x80 {
            self.characters += 1;
            // only characters outside the basic plane take four bytes, and two units
            self.utf16 += 1 + u32::from(byte >= 0xF0);
        }
    }

    fn units(self, encoding: Encoding) -> u32 {
        if encoding == Encoding::Utf16 { self.utf16 } else { self.characters }
    }
}

impl LineIndex {
    /// Reads the line ends of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
        }
        let mut marks = Vec::new();
        if !text.is_ascii() {
            let mut mark = Mark::default();
            for block in bytes.chunks(STEP) {
                marks.push(mark);
                block.iter().for_each(|byte| mark.add(*byte));
            }
            marks.push(mark);
        }
        Self { starts, marks, len: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
    }

    /// Number of lines; at least 1.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The bytes of `line`, its line end included; `None` past the last line.
    #[must_use]
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        let start = *self.starts.get(line as usize)?;
        let end = self.starts.get(line as usize + 1).copied().unwrap_or(self.len);
        Some(TextRange::new(start, end))
    }

    /// The position of byte `offset` in `text` (the text that this index was made of).
    #[must_use]
    pub fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let offset = offset.min(self.len);
        let line = self.starts.partition_point(|&s| s <= offset) - 1;
        let start = self.starts[line];
        let column = if self.marks.is_empty() || encoding == Encoding::Utf8 {
            offset - start
        } else {
            let end = floor(text, offset as usize).max(start as usize);
            self.before(text, end).units(encoding) - self.before(text, start as usize).units(encoding)
        };
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), column }
    }

    /// The byte offset of `position`; past the end of a line it is the end of the line's text, past
    /// the last line the end of the text. A column inside a character names the character's start.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let Some(range) = self.line_range(position.line) else { return self.len };
        let line = range.slice(text).trim_end_matches(['\n', '\r']);
        let end = range.start + u32::try_from(line.len()).unwrap_or(0);
        if self.marks.is_empty() || encoding == Encoding::Utf8 {
            let at = range.start.saturating_add(position.column).min(end);
            return u32::try_from(floor(text, at as usize)).unwrap_or(at).max(range.start);
        }
        let start = self.before(text, range.start as usize);
        let wanted = start.units(encoding).saturating_add(position.column);
        // the last mark at which the wanted character has not begun yet
        let block = self.marks.partition_point(|mark| mark.units(encoding) <= wanted).saturating_sub(1);
        let (mut at, mut mark) = match self.marks.get(block) {
            Some(mark) if block * STEP > range.start as usize => (block * STEP, *mark),
            _ => (range.start as usize, start),
        };
        while at < end as usize {
            let Some(&byte) = text.as_bytes().get(at) else { break };
            let before = mark.units(encoding);
            mark.add(byte);
            if mark.units(encoding) > wanted && mark.units(encoding) > before {
                return u32::try_from(at).unwrap_or(u32::MAX);
            }
            at += 1;
        }
        end
    }

    /// What begins before byte `at`, a character's first.
    fn before(&self, text: &str, at: usize) -> Mark {
        let block = (at / STEP).min(self.marks.len().saturating_sub(1));
        let mut mark = self.marks.get(block).copied().unwrap_or_default();
        let rest = text.as_bytes().get(block * STEP..at).unwrap_or_default();
        rest.iter().for_each(|byte| mark.add(*byte));
        mark
    }
}

/// `at`, or the start of the character that it lies in.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().take(4).find(|&at| text.is_char_boundary(at)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_in_each_encoding() {
        let text = "a: 1\nkäse: 🧀x\r\nlast";
        let index = LineIndex::new(text);
        let x = u32::try_from(text.find('x').unwrap()).unwrap();
        for (encoding, column) in [(Encoding::Utf8, 11), (Encoding::Utf16, 8), (Encoding::Utf32, 7)] {
            let position = index.position(text, x, encoding);
            assert_eq!(position, Position { line: 1, column }, "{encoding:?}");
            assert_eq!(index.offset(text, position, encoding), x, "{encoding:?}");
        }
    }

    /// Counting character by character, as the protocol puts it.
    fn slow(text: &str, offset: usize) -> [Position; 2] {
        let index = LineIndex::new(text);
        let line = (0..index.line_count()).rfind(|&n| index.line_range(n).unwrap().start as usize <= offset).unwrap();
        let start = index.line_range(line).unwrap().start as usize;
        let end = (start..=offset).rev().find(|&at| text.is_char_boundary(at)).unwrap();
        let head = &text[start..end];
        [head.encode_utf16().count(), head.chars().count()]
            .map(|column| Position { line, column: u32::try_from(column).unwrap() })
    }

    #[test]
    fn long_lines_are_counted_as_short_ones() {
        let piece = "aé🧀\u{fffd}b";
        for repeated in [1, 40, 200] {
            let line = piece.repeat(repeated);
            for text in [line.clone(), format!("{line}\n{line}\r\nx{line}"), format!("{}\n{line}", "a".repeat(300))] {
                let index = LineIndex::new(&text);
                for offset in 0..=text.len() {
                    let [utf16, utf32] = slow(&text, offset);
                    let at = u32::try_from(offset).unwrap();
                    assert_eq!(index.position(&text, at, Encoding::Utf16), utf16, "{offset}");
                    assert_eq!(index.position(&text, at, Encoding::Utf32), utf32, "{offset}");
                    if text.is_char_boundary(offset) && !text[..offset].ends_with('\r') {
                        for (encoding, position) in [(Encoding::Utf16, utf16), (Encoding::Utf32, utf32)] {
                            assert_eq!(index.offset(&text, position, encoding), at, "{position:?} {encoding:?}");
                        }
                        let utf8 = index.position(&text, at, Encoding::Utf8);
                        assert_eq!(index.offset(&text, utf8, Encoding::Utf8), at);
                    }
                }
            }
        }
        // inside the two units of one character
        let text = "🧀x";
        let inside = Position { line: 0, column: 1 };
        assert_eq!(LineIndex::new(text).offset(text, inside, Encoding::Utf16), 0);
    }

    #[test]
    fn positions_outside_are_clamped() {
        let text = "ab\r\ncd";
        let index = LineIndex::new(text);
        let at = |line, column| index.offset(text, Position { line, column }, Encoding::Utf16);
        assert_eq!((at(0, 99), at(9, 0), at(1, 99)), (2, 6, 6));
    }
}
