//! What evaluating a template prints: one joint text of all branches, with every byte's source and
//! path condition.

use std::sync::Arc;

use smol_str::SmolStr;
use text::TextRange;
use world::SaltPath;

use crate::When;
use crate::origin::Contributor;

/// A file that took part in a rendering: an index into [`Output::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub u32);

/// The printed text. Where a test is unknown, all its branches are printed one after the other,
/// each piece under its condition; a rendering is what is left of the text after dropping the
/// pieces whose condition does not hold.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The joint text. Holes stand in it as [`HOLE`].
    pub text: String,
    /// Its pieces in order, without gaps.
    pub pieces: Vec<Piece>,
    /// Files that pieces refer to; the entry's own file is the first.
    pub files: Vec<SaltPath>,
    /// Call chains that pieces refer to: `(file, range of the call, outer chain)`.
    pub chains: Vec<(FileId, TextRange, Option<u32>)>,
}

/// The character that stands for unknown text in [`Output::text`], from Unicode's private use area
/// (a source that holds it already is read as if it held U+FFFD).
pub const HOLE: char = '\u{F8F0}';

/// The tag that printed a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The file that the tag stands in.
    pub file: FileId,
    /// All of the tag, delimiters included.
    pub range: TextRange,
    /// Index into [`Output::chains`]: the calls around the tag.
    pub chain: Option<u32>,
}

/// A stretch of the joint text with one source and one condition.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its bytes in the joint text.
    pub at: TextRange,
    /// What it is.
    pub kind: PieceKind,
    /// The file that its source range is in.
    pub file: FileId,
    /// Exact: the bytes in the file; else the expression that printed it.
    pub range: TextRange,
    /// Index into [`Output::chains`], if it was printed inside a macro or an included template.
    pub chain: Option<u32>,
    /// When it is printed.
    pub when: When,
    /// Whether it is printed any number of times (none included): the body of a loop over an
    /// unknown sequence. The joint text has it once.
    pub repeated: bool,
    /// Where the printed value came from.
    pub contributors: Arc<[Contributor]>,
    /// The outermost tag that printed it; `None` for the template's own text. `range` is where the text
    /// was written, which a variable may carry far away from where it is printed.
    pub site: Option<Site>,
}

/// Kinds of pieces.
#[derive(Clone, Debug, PartialEq)]
pub enum PieceKind {
    /// The source's own bytes.
    Exact,
    /// Known text that an expression computed.
    Derived,
    /// Unknown text, with the reason; its bytes in the joint text are one [`HOLE`].
    Hole(Arc<str>),
    /// Text that is one of several: the joint text has the first. Conditions are relative to the
    /// piece's own. `None` is unknown text; unknown parts of a text are [`HOLE`]s.
    Choice(Arc<[(When, Option<SmolStr>)]>),
}
