//! A document as one request sees it, and how positions in it become ours.

use ide::{Analysis, FilePosition};
use text::TextRange;
use tower_lsp::ls_types as lsp;
use world::{SaltPath, Stop};

use crate::lsp::convert::Lines;
use crate::lsp::desk::Snapshot;
use crate::lsp::places::Places;

/// See the module.
pub struct Document<'a> {
    /// The workspace at that moment.
    pub snapshot: &'a Snapshot,
    /// What it means.
    pub analysis: &'a Analysis,
    /// Where things are, for the client.
    pub places: &'a Places<'a>,
    /// The document's path in the workspace.
    pub path: &'a SaltPath,
    /// Its text.
    pub lines: &'a Lines,
    /// Raised when nobody wants the answer any more.
    pub stop: &'a Stop,
}

impl Document<'_> {
    /// A cursor in it.
    #[must_use]
    pub fn position(&self, position: lsp::Position) -> FilePosition {
        FilePosition { path: self.path.clone(), offset: self.lines.offset(position) }
    }

    /// A stretch of it.
    #[must_use]
    pub fn range(&self, range: lsp::Range) -> TextRange {
        let (start, end) = (self.lines.offset(range.start), self.lines.offset(range.end));
        TextRange::new(start, end.max(start))
    }
}
