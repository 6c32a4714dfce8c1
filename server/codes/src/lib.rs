//! The one table of diagnostic codes: a row says how a code is called, how bad it is, who finds it, at
//! which strictness it is told, and whether there is a fix; its page stands beside it. Outputs, `explain`,
//! the documentation's list and the editors read it. Knows nothing of what is checked.

/// How bad a finding is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Not told.
    Off,
    /// A hint.
    Hint,
    /// Information.
    Information,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

impl Level {
    /// Its name in outputs and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "none",
            Self::Hint => "hint",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Which part of saltflow finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finder {
    /// Rendering: Jinja, YAML, pillar, top.
    Render,
    /// Reading one file's high data.
    HighData,
    /// Across files: what an SLS refers to.
    Tree,
    /// What Salt refuses only when the state runs, or swallows.
    Lint,
    /// What is written about findings: suppressions.
    Comments,
}

/// From which strictness on a code is told (setting `checks`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strictness {
    /// What Salt refuses, and what certainly does not do what it says.
    Basic,
    /// Likely mistakes beside those.
    Recommended,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The code.
    pub code: Code,
    /// Its stable name in outputs, settings and comments.
    pub name: &'static str,
    /// How bad it is where it is certain.
    pub level: Level,
    /// Who finds it.
    pub finder: Finder,
    /// From when on it is told.
    pub strictness: Strictness,
    /// Whether a quick fix is offered where it is clear what was meant.
    pub fixable: bool,
    /// Its page, Markdown.
    pub page: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident $name:literal $level:ident $finder:ident $strictness:ident $fix:literal;)+) => {
        /// The condition that a finding is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        /// All codes, in the order of [`Code`].
        pub static TABLE: &[Row] = &[$(Row {
            code: Code::$code,
            name: $name,
            level: Level::$level,
            finder: Finder::$finder,
            strictness: Strictness::$strictness,
            fixable: $fix,
            page: include_str!(concat!("../../../docs/diagnostics/", $name, ".md")),
        },)+];

        impl Code {
            /// Its row.
            #[must_use]
            pub fn row(self) -> &'static Row {
                // the table is made in the order of the codes
                TABLE.get(self as usize).unwrap_or(&FIRST)
            }
        }
    };
}

/// What stands in for a row that cannot be missing.
static FIRST: Row = Row {
    code: Code::JinjaSyntax,
    name: "jinja-syntax",
    level: Level::Error,
    finder: Finder::Render,
    strictness: Strictness::Basic,
    fixable: false,
    page: "",
};

codes! {
    /// jinja2's parser refuses the template.
    JinjaSyntax "jinja-syntax" Error Render Basic false;
    /// An undefined variable is used under StrictUndefined.
    JinjaUndefined "jinja-undefined" Error Render Basic true;
    /// A filter, test or tag that does not exist.
    JinjaUnknownName "jinja-unknown-name" Error Render Basic true;
    /// Any other exception while rendering.
    JinjaRuntime "jinja-runtime" Error Render Basic false;
    /// A template that cannot be found.
    TemplateNotFound "template-not-found" Error Render Basic true;
    /// Templates that import each other.
    ImportCycle "import-cycle" Error Render Basic false;
    /// PyYAML refuses the rendered text.
    YamlSyntax "yaml-syntax" Error Render Basic false;
    /// The same key twice in a mapping (`found conflicting ID`).
    YamlDuplicateKey "duplicate-key" Error Render Basic false;
    /// Another refusal of Salt's YAML loader: tags, aliases, merge keys, unhashable keys.
    YamlValue "yaml-value" Error Render Basic false;
    /// The rendered data is no mapping.
    NotADictionary "not-a-dictionary" Error Render Basic false;
    /// The file is no text that Salt could decode.
    NotText "not-text" Error Render Basic false;
    /// A renderer that Salt does not have: the SLS is silently empty.
    UnknownRenderer "unknown-renderer" Warning Render Basic true;
    /// Conflict markers of an unfinished merge.
    ConflictMarker "conflict-marker" Error Render Basic false;
    /// The text was too large, too deep or took too long for saltflow; nothing is known of it.
    Limit "limit" Information Render Basic false;
    /// Pillar compilation failed for this SLS.
    PillarRender "pillar-render" Error Render Basic false;
    /// The top file is malformed.
    TopMalformed "top-malformed" Error Render Basic false;
    /// An SLS that an include or a top file names does not exist.
    SlsMissing "sls-missing" Warning Tree Basic true;
    /// A state ID that is no string.
    IdNotString "id-not-string" Error HighData Basic true;
    /// What stands under a state ID is neither a mapping nor a short form.
    IdNotDictionary "id-not-a-dictionary" Error HighData Basic false;
    /// What stands under a state function is no list.
    StateNotList "state-not-a-list" Error HighData Basic true;
    /// A state function with a colon and nothing behind it.
    TrailingColon "trailing-colon" Error HighData Basic true;
    /// Two functions of one state module under one ID.
    SameModuleTwice "same-module-twice" Error HighData Basic false;
    /// A function name with blanks, usually an argument without its colon.
    FunctionWhitespace "function-whitespace" Error HighData Basic true;
    /// A state module without a function.
    NoFunction "no-function" Error HighData Basic false;
    /// A state with more than one function.
    TooManyFunctions "too-many-functions" Error HighData Basic false;
    /// A `names` argument that is no list.
    NamesNotList "names-not-a-list" Error HighData Basic true;
    /// A requisite that shares its mapping with other arguments.
    MultipleDictionaries "multiple-dictionaries" Error HighData Basic false;
    /// A requisite whose value has the wrong form.
    RequisiteMalformed "requisite-malformed" Error HighData Basic true;
    /// A requisite whose state module is written with its function.
    RequisiteDots "requisite-dots" Error HighData Basic true;
    /// An include that is no list.
    IncludeMalformed "include-malformed" Error HighData Basic true;
    /// A relative include that leads above the root.
    IncludeBeyondRoot "include-beyond-root" Error HighData Basic false;
    /// An extend block that is no mapping of mappings.
    ExtendMalformed "extend-malformed" Error HighData Basic false;
    /// An exclude that is no list.
    ExcludeMalformed "exclude-malformed" Error HighData Basic true;
    /// A requisite whose target is not part of the run.
    RequisiteMissing "requisite-missing" Error Tree Basic true;
    /// Requisites that wait for each other.
    RequisiteCycle "requisite-cycle" Error Tree Basic false;
    /// An extended ID that is not part of the run.
    ExtendMissing "extend-missing" Error Tree Basic true;
    /// The same state ID in two SLS of one run.
    ConflictingId "conflicting-id" Error Tree Basic false;
    /// A function that its state module does not have.
    UnknownFunction "unknown-function" Warning Lint Basic true;
    /// A state module that exists nowhere, under a name close to one that does.
    UnknownModule "unknown-module" Warning Lint Basic true;
    /// A module or function that the newest Salt, or the one of the settings, no longer ships.
    ModuleMoved "module-moved" Hint Lint Recommended false;
    /// An argument that the function refuses.
    InvalidArgument "invalid-argument" Warning Lint Basic true;
    /// An argument that a function with `**kwargs` swallows, close to one that it has.
    MisspeltArgument "misspelt-argument" Warning Lint Basic true;
    /// An argument without which the function cannot be called.
    MissingArgument "missing-argument" Warning Lint Basic false;
    /// The same argument twice in one state: the last one wins.
    ArgumentTwice "argument-twice" Warning Lint Basic false;
    /// A word close to a requisite's, which orders nothing.
    MisspeltRequisite "misspelt-requisite" Warning Lint Basic true;
    /// An `order` that is neither a number nor `first` or `last`.
    OrderWord "order-word" Warning Lint Basic true;
    /// `user` where a command takes `runas`: it runs as root.
    UserNotRunas "user-not-runas" Warning Lint Basic true;
    /// A text where the function walks over a list.
    NotAList "not-a-list" Warning Lint Basic true;
    /// Something else where the function needs a mapping.
    NotAMapping "not-a-mapping" Warning Lint Basic false;
    /// Values that stand beside the argument that they were meant for.
    UnderIndented "under-indented" Warning Lint Basic true;
    /// A requisite or `use` whose target exists nowhere, which Salt passes over.
    RequisiteIgnored "requisite-ignored" Warning Lint Basic true;
    /// An exclude of something that exists nowhere.
    ExcludeMissing "exclude-missing" Hint Lint Recommended true;
    /// An execution function that does not exist.
    UnknownExecutionFunction "unknown-execution-function" Warning Lint Basic true;
    /// A `None` that a template printed as text.
    NonePrinted "none-printed" Warning Lint Recommended false;
    /// A value that YAML 1.1 reads as something else than what is written.
    ValueChanged "value-changed" Warning Lint Recommended true;
    /// Jinja that runs though it stands in a YAML comment.
    JinjaInComment "jinja-in-comment" Hint Lint Recommended true;
    /// A `set` in a loop, of a variable that is read behind the loop.
    SetInLoop "set-in-loop" Warning Lint Recommended false;
    /// An import of something that is never used.
    UnusedImport "unused-import" Hint Lint Recommended true;
    /// A macro that is never called.
    UnusedMacro "unused-macro" Hint Lint Recommended false;
    /// A grain close to one of Salt's.
    MisspeltGrain "misspelt-grain" Hint Lint Recommended true;
    /// A grain compared with a value that it never has, close to one that it has.
    MisspeltGrainValue "misspelt-grain-value" Hint Lint Recommended true;
    /// A pillar key that is read behind a default, and defined nowhere but for one close to it.
    MisspeltPillarKey "misspelt-pillar-key" Warning Lint Recommended true;
    /// A `salt://` file that is not there.
    SourceMissing "source-missing" Warning Lint Basic true;
    /// A source with Jinja tags that no `template` argument renders.
    TemplateArgumentMissing "template-argument-missing" Hint Lint Recommended true;
    /// A `template` that is no engine of Salt's.
    UnknownTemplateEngine "unknown-template-engine" Warning Lint Basic true;
    /// A managed template that uses a variable which no state that renders it hands over.
    ManagedUndefined "managed-undefined" Warning Lint Basic true;
    /// A matcher of a top file that Salt does not have.
    UnknownMatcher "unknown-matcher" Error Lint Basic true;
    /// A target that its matcher cannot read: it matches nobody.
    TargetMalformed "target-malformed" Warning Lint Basic false;
    /// A target with a text instead of a list of SLS.
    TargetNotAList "target-not-a-list" Error Lint Basic true;
    /// A saltenv of a top file that no root serves.
    UnknownSaltenv "unknown-saltenv" Warning Lint Basic false;
    /// A secret in plain text.
    PlainSecret "plain-secret" Hint Lint Recommended false;
    /// An SLS whose file name keeps Salt from ever finding it.
    UnreachableSls "unreachable-sls" Warning Lint Recommended false;
    /// A suppression of a finding that is not there.
    UnusedSuppression "unused-suppression" Hint Comments Recommended true;
}

impl Code {
    /// The stable name in outputs, such as `jinja-syntax`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The code of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_codes() {
        for (n, row) in TABLE.iter().enumerate() {
            assert_eq!(row.code as usize, n);
            assert_eq!(Code::of(row.name), Some(row.code));
        }
    }

    #[test]
    fn every_page_says_what_it_is_and_what_to_do() {
        for row in TABLE {
            assert!(row.page.starts_with(&format!("# {}\n", row.name)), "{}", row.name);
            assert!(row.page.contains("\nSeverity: "), "{}", row.name);
            assert!(row.page.contains("What to do: "), "{}", row.name);
        }
    }
}
