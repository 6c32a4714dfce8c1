//! What a YAML text loads to, with byte ranges.

use num_bigint::BigInt;
use smol_str::SmolStr;
use text::TextRange;

/// A loaded text: the result of `SaltYamlSafeLoader.get_single_data` with ranges.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Document {
    /// The root; `None` for an empty text, or where nothing could be saved.
    pub root: Option<Node>,
    /// What Salt's loader refuses, in text order. Empty exactly when Salt accepts the text.
    /// After errors `root` holds all top-level keys that could be read (chunk-wise recovery).
    pub errors: Vec<YamlError>,
}

/// A refusal with PyYAML's or Salt's own wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// What kind.
    pub kind: YamlErrorKind,
    /// PyYAML's problem text, or Salt's (`found conflicting ID 'x'`).
    pub message: String,
    /// Where the problem stands; never empty unless at the end of the text.
    pub range: TextRange,
    /// Where the construct began, or the first of two equal keys, with PyYAML's context text.
    pub context: Option<(TextRange, String)>,
}

/// Kinds of refusals, each a stable diagnostic code further up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum YamlErrorKind {
    /// Scanner, parser or reader error.
    Syntax,
    /// The same key twice in one mapping.
    DuplicateKey,
    /// An alias without its anchor.
    UndefinedAlias,
    /// A tag that no constructor is registered for, or a value that its tag cannot take.
    Tag,
    /// A key that Python cannot hash (`{{ x }}` left unrendered).
    UnhashableKey,
    /// A `<<` that merges no mapping.
    Merge,
    /// More than one document.
    SeveralDocuments,
    /// Depth, alias or size limits of saltflow (not of Salt).
    Limit,
}

/// A node with its range. Values of aliases are copied (bounded), with the anchor's ranges.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its bytes in the YAML text: a scalar with its quotes or block header, a block collection
    /// from its first to its last token. Anchors and tags are not included.
    pub range: TextRange,
    /// The alias (`*x`) through which it came here, if any.
    pub alias: Option<TextRange>,
}

/// Values as Python holds them after Salt's constructors.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`
    Null,
    /// `True`, `False`
    Bool(bool),
    /// Any integer.
    Int(BigInt),
    /// A float, `nan` and infinities included.
    Float(f64),
    /// Text.
    Str(Text),
    /// `!!binary`
    Binary(Vec<u8>),
    /// A list.
    Seq(Vec<Node>),
    /// A dict in order, merged keys (`<<`) first as Salt has them. No two keys are equal unless
    /// [`Document::errors`] says so.
    Map(Vec<(Node, Node)>),
    /// `!!set`
    Set(Vec<Node>),
}

/// A string and how it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// The decoded value.
    pub value: SmolStr,
    /// How it was written.
    pub style: Style,
    /// Where each piece of the value comes from: `(offset in value, range in the text)`, in order.
    /// Between two entries bytes map one to one as far as the range goes; folding and escapes
    /// start a new entry, whose piece of the value differs in length or text from its range. Empty
    /// when `value` is the node range's slice itself (or, in a text that Salt refuses, a NUL stands in it).
    pub map: Vec<(u32, TextRange)>,
}

/// Scalar styles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// No quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}
