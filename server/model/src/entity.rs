//! The flat list of definitions and uses (`saltflow index`).

use text::TextRange;
use world::SaltPath;

/// One definition or use.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its name: see the kinds. Patterns have `*` for unknown parts and `\*` for a literal star.
    pub name: String,
    /// The SLS that it belongs to, if any.
    pub sls: Option<String>,
    /// The file that the name is written in.
    pub path: SaltPath,
    /// Where: the name itself where it is written out, else the expression that computes it.
    pub range: TextRange,
    /// Definition or use.
    pub role: Role,
    /// Whether it exists in every rendering.
    pub certain: bool,
}

/// Definition or use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It makes the name.
    Definition,
    /// It refers to the name.
    Use,
}

/// Kinds of entities (design.md, section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    /// A state ID.
    StateId,
    /// An SLS, named with dots.
    Sls,
    /// A requisite's target: `module:name`, or the bare name.
    Requisite,
    /// An include's target.
    Include,
    /// An extended ID.
    Extend,
    /// An excluded ID or SLS.
    Exclude,
    /// A pillar key, parts joined by colons.
    PillarKey,
    /// A read of a pillar key.
    PillarUse,
    /// A macro.
    Macro,
    /// A variable of a template.
    JinjaVariable,
    /// An imported template's path.
    Import,
    /// A file under the file roots that a `salt://` URL names.
    SaltFile,
    /// A target expression of a top file, or an SLS that it names.
    TopTarget,
    /// A state function, `module.function`.
    Function,
}

impl EntityKind {
    /// The name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StateId => "state-id",
            Self::Sls => "sls",
            Self::Requisite => "requisite",
            Self::Include => "include",
            Self::Extend => "extend",
            Self::Exclude => "exclude",
            Self::PillarKey => "pillar-key",
            Self::PillarUse => "pillar-use",
            Self::Macro => "macro",
            Self::JinjaVariable => "jinja-variable",
            Self::Import => "import",
            Self::SaltFile => "salt-file",
            Self::TopTarget => "top-target",
            Self::Function => "function",
        }
    }
}
