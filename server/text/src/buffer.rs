//! The text of a document open in an editor, changed by incremental edits.

use ropey::Rope;

use crate::{Encoding, Position};

/// An edit that does not fit the buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BufferError {
    /// The end of the edit's range lies before its start.
    Reversed,
}

/// An open document. Cloning is cheap (the rope is shared).
#[derive(Clone, Debug)]
pub struct Buffer {
    rope: Rope,
}

impl Buffer {
    /// A buffer that holds `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { rope: Rope::from_str(text) }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.rope.to_string()
    }

    /// Replaces the text between two positions (clamped to the buffer, LSP 3.17
    /// `TextDocumentContentChangeEvent`).
    ///
    /// # Errors
    /// [`BufferError::Reversed`] when `end` lies before `start`; the buffer is unchanged.
    pub fn edit(&mut self, start: Position, end: Position, encoding: Encoding, new: &str) -> Result<(), BufferError> {
        let (from, to) = (self.char_at(start, encoding), self.char_at(end, encoding));
        if from > to {
            return Err(BufferError::Reversed);
        }
        self.rope.remove(from..to);
        self.rope.insert(from, new);
        Ok(())
    }

    /// Char index of a position. Lines end at `\n`, `\r\n` or a lone `\r`, as in [`crate::LineIndex`].
    fn char_at(&self, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        if line >= self.rope.len_lines() {
            return self.rope.len_chars();
        }
        let start = self.rope.line_to_char(line);
        let mut column = 0;
        let mut at = start;
        for c in self.rope.line(line).chars() {
            if matches!(c, '\n' | '\r') {
                break;
            }
            let width = match encoding {
                Encoding::Utf8 => c.len_utf8(),
                Encoding::Utf16 => c.len_utf16(),
                Encoding::Utf32 => 1,
            };
            if column + width > position.column as usize {
                break;
            }
            column += width;
            at += 1;
        }
        at
    }
}
