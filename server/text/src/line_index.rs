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

/// Where each line of a text starts. Converts byte offsets to positions and back; positions
/// outside the text are clamped, as LSP asks for.
#[derive(Clone, Debug)]
pub struct LineIndex {
    /// Byte offset of each line's start; never empty.
    starts: Vec<u32>,
    ascii: bool,
    len: u32,
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
        Self { starts, ascii: text.is_ascii(), len: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
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
        let column = if self.ascii || encoding == Encoding::Utf8 {
            offset - start
        } else {
            let end = (start as usize..=offset as usize).rev().find(|&i| text.is_char_boundary(i));
            let slice = end.and_then(|e| text.get(start as usize..e)).unwrap_or("");
            columns(slice, encoding)
        };
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), column }
    }

    /// The byte offset of `position`; past the end of a line it is the end of the line's text, past
    /// the last line the end of the text.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let Some(range) = self.line_range(position.line) else { return self.len };
        let line = range.slice(text).trim_end_matches(['\n', '\r']);
        let mut column = 0;
        for (at, c) in line.char_indices() {
            let width = width(c, encoding);
            // a column inside a character names the character's start
            if column + width > position.column {
                return range.start + u32::try_from(at).unwrap_or(0);
            }
            column += width;
        }
        range.start + u32::try_from(line.len()).unwrap_or(0)
    }
}

fn width(c: char, encoding: Encoding) -> u32 {
    match encoding {
        Encoding::Utf8 => u32::try_from(c.len_utf8()).unwrap_or(1),
        Encoding::Utf16 => u32::try_from(c.len_utf16()).unwrap_or(1),
        Encoding::Utf32 => 1,
    }
}

fn columns(text: &str, encoding: Encoding) -> u32 {
    text.chars().map(|c| width(c, encoding)).sum()
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

    #[test]
    fn positions_outside_are_clamped() {
        let text = "ab\r\ncd";
        let index = LineIndex::new(text);
        let at = |line, column| index.offset(text, Position { line, column }, Encoding::Utf16);
        assert_eq!((at(0, 99), at(9, 0), at(1, 99)), (2, 6, 6));
    }
}
