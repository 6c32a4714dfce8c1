//! Texts with the places that their parts were written at: slices and joins that keep them, and
//! Python's indexes (Unicode scalars) over Rust's (bytes).

use crate::str_builder::StrBuilder;
use crate::value::{Kind, Str, Value};

/// The bytes `start..end` of a text, with what is left of its segments. Out of bounds gives "".
pub fn substr(text: &Str, start: usize, end: usize) -> Str {
    if start == 0 && end == text.text.len() { text.clone() } else { text.cut(start, end) }
}

/// The part of `text` that `part` (a subslice of it) names, with its segments.
pub fn subslice(text: &Str, part: &str) -> Str {
    let start = (part.as_ptr() as usize).wrapping_sub(text.text.as_ptr() as usize);
    substr(text, start, start.wrapping_add(part.len()))
}

/// Builds a text of parts, keeping their segments.
#[derive(Default)]
pub struct Builder(StrBuilder);

impl Builder {
    /// Appends computed text.
    pub fn push_str(&mut self, text: &str) {
        self.0.computed(text);
    }

    /// Appends a text with its segments.
    pub fn push(&mut self, part: &Str) {
        self.0.push(part);
    }

    /// The bytes so far.
    #[allow(clippy::len_without_is_empty, reason = "a builder is measured, never asked whether it is empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The whole.
    pub fn finish(self) -> Str {
        self.0.finish()
    }

    /// The whole as a value.
    pub fn value(self) -> Value {
        Kind::Str(self.finish()).into()
    }
}

/// `len(text)`.
pub fn chars(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// The byte offset of the character `index`; the text's length beyond its end.
pub fn byte_at(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

/// Where Python's `start`/`end` arguments point: clamped, negative ones from the end.
pub fn clamp_index(index: i64, len: usize) -> usize {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(len).max(0) } else { index.min(len) };
    usize::try_from(index).unwrap_or(0)
}

/// `text.splitlines(keepends)` as subslices, with Python's line ends.
pub fn split_lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_end =
            matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if !is_end {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
            chars.next();
            end += 1;
        }
        lines.push(&text[start..if keep_ends { end } else { at }]);
        start = end;
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}
