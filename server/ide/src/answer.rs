//! The plain data that features answer with; the binary turns it into LSP.

use text::{TextEdit, TextRange};
use world::SaltPath;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileRange {
    /// The file.
    pub path: SaltPath,
    /// Bytes in it.
    pub range: TextRange,
}

/// A cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePosition {
    /// The file.
    pub path: SaltPath,
    /// A byte offset in it.
    pub offset: u32,
}

/// Severities, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Not shown as a diagnostic.
    None,
    /// A hint.
    Hint,
    /// Information.
    Information,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

impl Severity {
    /// The name in outputs and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hint => "hint",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A finding in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The stable code, such as `jinja-syntax` or `drift/include-removed-upstream`.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// For people: what, then what to do.
    pub message: String,
    /// Where; `None`: about the whole repository.
    pub place: Option<FileRange>,
    /// Other places that explain it, with what is there.
    pub related: Vec<(FileRange, String)>,
    /// The names of the profiles under which it happens; empty: under all, or none was used.
    pub profiles: Vec<String>,
    /// What drifted apart, if that is the finding.
    pub drift: Option<Drifted>,
}

/// What a finding of drift is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// The kind's stable name.
    pub kind: &'static str,
    /// The kind of entity.
    pub entity: &'static str,
    /// The entity's name.
    pub name: String,
    /// Its new name, if it was renamed.
    pub renamed_to: Option<String>,
    /// The place in the base branch's version that explains it.
    pub theirs: Option<FileRange>,
}

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name's own place, to put the cursor on.
    pub name: FileRange,
    /// All of the definition.
    pub extent: TextRange,
    /// What was under the cursor, in the file asked about.
    pub origin: TextRange,
}

/// What a hover shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is about, in the file asked about.
    pub range: TextRange,
    /// Markdown, text from the repository escaped.
    pub markdown: String,
    /// What the thing was compared with on the base branch, if the versions differ.
    pub versions: Option<Versions>,
}

/// Whose histories tell who made the versions of a thing differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The file that changed here.
    pub here: Option<SaltPath>,
    /// The file that changed on the base branch.
    pub there: Option<SaltPath>,
}

/// A node of a file's outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, such as a state ID.
    pub name: String,
    /// More about it, such as the state function.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub extent: TextRange,
    /// Its name.
    pub range: TextRange,
    /// What it holds.
    pub children: Vec<Symbol>,
}

/// Kinds of symbols and completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// A state ID.
    StateId,
    /// A state module or function.
    Function,
    /// A state's argument.
    Argument,
    /// A pillar key.
    PillarKey,
    /// A grain.
    Grain,
    /// An SLS.
    Sls,
    /// A file or folder.
    File,
    /// A macro.
    Macro,
    /// A variable.
    Variable,
    /// A keyword: a requisite, `include`, a Jinja tag.
    Keyword,
    /// A filter or test.
    Filter,
    /// A saltenv or a top file's target.
    Target,
}

/// What may be typed at a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// The likeliest first.
    pub items: Vec<Completion>,
    /// Whether there are others: ask again when more is typed.
    pub incomplete: bool,
}

/// Something that is documented at length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A state function.
    StateFunction(String),
    /// An execution function.
    ExecutionFunction(String),
    /// An argument of a state function.
    Argument {
        /// The function.
        function: String,
        /// The argument.
        name: String,
    },
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is listed.
    pub label: String,
    /// What it is.
    pub kind: SymbolKind,
    /// A word beside the label: a signature, the file it comes from.
    pub detail: String,
    /// Markdown shown on demand.
    pub documentation: String,
    /// What [`crate::documentation`] can tell more about.
    pub topic: Option<Topic>,
    /// What is typed: replaces `edit.range` in the file asked about.
    pub edit: TextEdit,
    /// Whether `edit.new_text` is an LSP snippet.
    pub snippet: bool,
    /// Sorts before or after others of the same match quality; smaller first.
    pub rank: u32,
}
