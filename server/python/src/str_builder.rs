//! Putting texts together so that every byte keeps the place it was written at.

use std::sync::Arc;

use text::TextRange;

use crate::value::{Segment, Str};

/// Builds a [`Str`] out of parts of others and computed text.
#[derive(Clone, Debug, Default)]
pub struct StrBuilder {
    text: String,
    segments: Vec<Segment>,
}

impl StrBuilder {
    /// Appends text that was computed.
    pub fn computed(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends all of `text`.
    pub fn push(&mut self, text: &Str) -> &mut Self {
        self.slice(text, 0, text.text.len())
    }

    /// Appends the bytes `start..end` of `text` (nothing if they are out of bounds or split a
    /// character).
    pub fn slice(&mut self, text: &Str, start: usize, end: usize) -> &mut Self {
        let Some(bytes) = text.text.get(start..end) else { return self };
        let base = self.text.len();
        self.text.push_str(bytes);
        let wanted = TextRange::of(start, end);
        let all = text.segments.as_deref().unwrap_or(&[]);
        let first = all.partition_point(|segment| segment.at.end <= wanted.start);
        for segment in all[first..].iter().take_while(|segment| segment.at.start < wanted.end) {
            let from = segment.at.start.max(wanted.start);
            let to = segment.at.end.min(wanted.end);
            if from >= to {
                continue;
            }
            let at = TextRange::of(base + (from - wanted.start) as usize, base + (to - wanted.start) as usize);
            let range = if segment.exact {
                let start = segment.range.start + (from - segment.at.start);
                TextRange::new(start, start + (to - from))
            } else {
                segment.range
            };
            self.segment(Segment { at, range, ..*segment });
        }
        self
    }

    /// Records the place of bytes that are in the text already; neighbours are joined.
    pub fn segment(&mut self, segment: Segment) {
        if let Some(last) = self.segments.last_mut()
            && last.at.end == segment.at.start
            && (last.file, last.exact, last.chain, last.contributors)
                == (segment.file, segment.exact, segment.chain, segment.contributors)
            && (if segment.exact { last.range.end == segment.range.start } else { last.range == segment.range })
        {
            last.at = last.at.join(segment.at);
            last.range = last.range.join(segment.range);
            return;
        }
        self.segments.push(segment);
    }

    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing was appended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text.
    #[must_use]
    pub fn finish(self) -> Str {
        let segments = if self.segments.is_empty() { None } else { Some(Arc::from(self.segments)) };
        Str { text: self.text.into(), segments, markup: false }
    }
}

impl Str {
    /// The bytes `start..end` with their places.
    #[must_use]
    pub fn cut(&self, start: usize, end: usize) -> Self {
        if self.segments.is_none() {
            let text = self.text.get(start..end).unwrap_or("").into();
            return Self { text, segments: None, markup: self.markup };
        }
        let mut builder = StrBuilder::default();
        builder.slice(self, start, end);
        Self { markup: self.markup, ..builder.finish() }
    }
}
