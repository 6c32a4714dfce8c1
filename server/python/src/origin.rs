//! Where a rendered thing was written.

use text::TextRange;
use world::SaltPath;

use crate::key_path::KeyPath;

/// How a rendered range relates to its source range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// The rendered text is the source's slice, byte by byte: it may be edited in place.
    Exact,
    /// The rendered text was computed by the expression at the range.
    Derived,
}

/// A place in a source file, and through which calls rendering got there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The file that holds the text.
    pub path: SaltPath,
    /// Bytes in it.
    pub range: TextRange,
    /// Exact or derived.
    pub kind: SourceKind,
    /// The call sites that led here, innermost first: macro calls, imports, includes.
    pub chain: Vec<(SaltPath, TextRange)>,
    /// For derived ones: where the values came from that the expression printed (literals in other
    /// files, pillar keys), nearest first. At most 8.
    pub contributors: Vec<Contributor>,
    /// The tag that printed it, where that stands elsewhere than `range`: a variable carried the text.
    pub site: Option<(SaltPath, TextRange)>,
}

/// A value's source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Contributor {
    /// A literal or YAML scalar in a file.
    Literal(SaltPath, TextRange),
    /// A pillar key.
    Pillar(KeyPath),
    /// A grain.
    Grain(KeyPath),
    /// A function's result: the call's text.
    Call(String),
}

impl Origin {
    /// The place of what no file holds: the empty path.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::exact(SaltPath::root(), TextRange::empty(0))
    }

    /// An exact place without calls.
    #[must_use]
    pub fn exact(path: SaltPath, range: TextRange) -> Self {
        Self { path, range, kind: SourceKind::Exact, chain: Vec::new(), contributors: Vec::new(), site: None }
    }
}
