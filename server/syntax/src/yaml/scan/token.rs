//! What the scanner gives to the parser.

use text::TextRange;

use crate::yaml::Style;

/// A token and its bytes.
#[derive(Debug)]
pub(in crate::yaml) struct Token<'t> {
    pub(in crate::yaml) kind: TokenKind<'t>,
    pub(in crate::yaml) start: usize,
    pub(in crate::yaml) end: usize,
}

/// Kinds of tokens, libyaml's.
#[derive(Debug)]
pub(in crate::yaml) enum TokenKind<'t> {
    StreamEnd,
    VersionDirective(u32, u32),
    TagDirective(Box<(String, String)>),
    DocumentStart,
    DocumentEnd,
    BlockSeqStart,
    BlockMapStart,
    BlockEnd,
    FlowSeqStart,
    FlowSeqEnd,
    FlowMapStart,
    FlowMapEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    /// Handle and suffix.
    Tag(Box<(String, String)>),
    Scalar(Style, ScalarValue<'t>),
}

/// A scalar's value.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalarValue<'t> {
    /// The text's own bytes, at this offset.
    Slice(&'t str, u32),
    /// Put together from several places.
    Cooked(Box<Cooked>),
}

impl ScalarValue<'_> {
    /// The decoded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Slice(text, _) => text,
            Self::Cooked(cooked) => &cooked.value,
        }
    }
}

/// A value put together from several places of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cooked {
    /// The decoded text.
    pub value: String,
    /// Where its pieces come from, as [`crate::yaml::Text::map`].
    pub map: Vec<(u32, TextRange)>,
    /// Whether the last entry of `map` is a copy of its range.
    pub(super) copying: bool,
}

impl Cooked {
    /// Appends the text's own bytes.
    pub(in crate::yaml) fn copy(&mut self, text: &str, start: usize, end: usize) {
        let Some(piece) = text.get(start..end).filter(|piece| !piece.is_empty()) else { return };
        let range = TextRange::of(start, end);
        match self.map.last_mut() {
            Some((_, last)) if self.copying && last.end == range.start => last.end = range.end,
            _ => self.map.push((self.offset(), range)),
        }
        self.value.push_str(piece);
        self.copying = true;
    }

    /// Appends what `text[start..end]` stands for.
    pub(in crate::yaml) fn derive(&mut self, text: &str, piece: &str, start: usize, end: usize) {
        if text.get(start..end) == Some(piece) {
            self.copy(text, start, end);
            return;
        }
        self.map.push((self.offset(), TextRange::of(start, end)));
        self.value.push_str(piece);
        self.copying = false;
    }

    fn offset(&self) -> u32 {
        u32::try_from(self.value.len()).unwrap_or(u32::MAX)
    }
}
