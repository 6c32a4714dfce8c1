//! What Salt would refuse, or a person should know, at its place.

use crate::{Origin, When};

/// A finding of rendering.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which condition it is.
    pub code: Code,
    /// For people: Salt's wording where Salt has one, then what to do.
    pub message: String,
    /// Where.
    pub origin: Origin,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// When it happens.
    pub when: When,
    /// Whether Salt provably refuses the SLS in every rendering compatible with what is known.
    pub certain: bool,
}

/// A place that explains a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// Where.
    pub origin: Origin,
    /// What is there.
    pub message: String,
}

/// Conditions that rendering finds. Their names are the stable diagnostic codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// jinja2's parser refuses the template.
    JinjaSyntax,
    /// An undefined variable is used under StrictUndefined.
    JinjaUndefined,
    /// A filter, test or tag that does not exist.
    JinjaUnknownName,
    /// Any other exception while rendering.
    JinjaRuntime,
    /// A template that cannot be found.
    TemplateNotFound,
    /// Templates that import each other.
    ImportCycle,
    /// PyYAML refuses the rendered text.
    YamlSyntax,
    /// The same key twice in a mapping (`found conflicting ID`).
    YamlDuplicateKey,
    /// Another refusal of Salt's YAML loader: tags, aliases, merge keys, unhashable keys.
    YamlValue,
    /// The rendered data is no mapping.
    NotADictionary,
    /// The file is no text that Salt could decode.
    NotText,
    /// A renderer that Salt does not have: the SLS is silently empty.
    UnknownRenderer,
    /// Conflict markers of an unfinished merge.
    ConflictMarker,
    /// The text was too large, too deep or took too long for saltflow; nothing is known of it.
    Limit,
    /// Pillar compilation failed for this SLS.
    PillarRender,
    /// The top file is malformed.
    TopMalformed,
    /// An SLS that an include or a top file names does not exist.
    SlsMissing,
    /// A state ID that is no string.
    IdNotString,
    /// What stands under a state ID is neither a mapping nor a short form.
    IdNotDictionary,
    /// What stands under a state function is no list.
    StateNotList,
    /// A state function with a colon and nothing behind it.
    TrailingColon,
    /// Two functions of one state module under one ID.
    SameModuleTwice,
    /// A function name with blanks, usually an argument without its colon.
    FunctionWhitespace,
    /// A state module without a function.
    NoFunction,
    /// A state with more than one function.
    TooManyFunctions,
    /// A `names` argument that is no list.
    NamesNotList,
    /// A requisite that shares its mapping with other arguments.
    MultipleDictionaries,
    /// A requisite whose value has the wrong form.
    RequisiteMalformed,
    /// A requisite whose state module is written with its function.
    RequisiteDots,
    /// An include that is no list.
    IncludeMalformed,
    /// A relative include that leads above the root.
    IncludeBeyondRoot,
    /// An extend block that is no mapping of mappings.
    ExtendMalformed,
    /// An exclude that is no list.
    ExcludeMalformed,
    /// A requisite whose target is not part of the run.
    RequisiteMissing,
    /// Requisites that wait for each other.
    RequisiteCycle,
    /// An extended ID that is not part of the run.
    ExtendMissing,
    /// The same state ID in two SLS of one run.
    ConflictingId,
}

impl Code {
    /// The stable name in outputs, such as `jinja-syntax`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JinjaSyntax => "jinja-syntax",
            Self::JinjaUndefined => "jinja-undefined",
            Self::JinjaUnknownName => "jinja-unknown-name",
            Self::JinjaRuntime => "jinja-runtime",
            Self::TemplateNotFound => "template-not-found",
            Self::ImportCycle => "import-cycle",
            Self::YamlSyntax => "yaml-syntax",
            Self::YamlDuplicateKey => "duplicate-key",
            Self::YamlValue => "yaml-value",
            Self::NotADictionary => "not-a-dictionary",
            Self::NotText => "not-text",
            Self::UnknownRenderer => "unknown-renderer",
            Self::ConflictMarker => "conflict-marker",
            Self::Limit => "limit",
            Self::PillarRender => "pillar-render",
            Self::TopMalformed => "top-malformed",
            Self::SlsMissing => "sls-missing",
            Self::IdNotString => "id-not-string",
            Self::IdNotDictionary => "id-not-a-dictionary",
            Self::StateNotList => "state-not-a-list",
            Self::TrailingColon => "trailing-colon",
            Self::SameModuleTwice => "same-module-twice",
            Self::FunctionWhitespace => "function-whitespace",
            Self::NoFunction => "no-function",
            Self::TooManyFunctions => "too-many-functions",
            Self::NamesNotList => "names-not-a-list",
            Self::MultipleDictionaries => "multiple-dictionaries",
            Self::RequisiteMalformed => "requisite-malformed",
            Self::RequisiteDots => "requisite-dots",
            Self::IncludeMalformed => "include-malformed",
            Self::IncludeBeyondRoot => "include-beyond-root",
            Self::ExtendMalformed => "extend-malformed",
            Self::ExcludeMalformed => "exclude-malformed",
            Self::RequisiteMissing => "requisite-missing",
            Self::RequisiteCycle => "requisite-cycle",
            Self::ExtendMissing => "extend-missing",
            Self::ConflictingId => "conflicting-id",
        }
    }
}
