//! The result of rendering one file on its own.

use std::sync::Arc;

use smol_str::SmolStr;
use world::SaltPath;

use crate::{KeyPath, Node, Origin, Output, Pattern, Problem, When};

/// As what a file is rendered; decides the variables of its context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// A state SLS.
    State,
    /// A pillar SLS.
    Pillar,
    /// `top.sls` of the states.
    StateTop,
    /// `top.sls` of the pillar.
    PillarTop,
    /// An orchestrate SLS, run by the master.
    Orchestrate,
    /// A reactor SLS: `data` and `tag`.
    Reactor,
    /// Cloud maps, providers and profiles.
    Cloud,
    /// A template that a state manages: `context` and `defaults`.
    Managed,
    /// A file that is only imported: macros, `map.jinja`.
    Macros,
    /// Data that no run of states reads, such as the definitions of Windows packages.
    Data,
    /// Data handed over as the pillar (`pillar.example`).
    PillarExample,
}

/// One file, rendered alone: includes are named, not followed.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The file.
    pub path: SaltPath,
    /// As what it was rendered.
    pub kind: EntryKind,
    /// Its renderer pipe, left to right, such as `["jinja", "yaml"]`; empty for a script.
    pub pipe: Vec<SmolStr>,
    /// What Jinja printed; empty for a file that only defines macros is normal.
    pub output: Arc<Output>,
    /// What YAML (or JSON) made of it: the high data, the pillar SLS's data. `None` when nothing
    /// could be loaded or there is nothing.
    pub data: Option<Node>,
    /// Lists under a key of a top-level mapping that are one and the same because of a YAML alias, each
    /// by its two keys; of an SLS: state IDs and functions.
    pub shared: Vec<Vec<(String, String)>>,
    /// Whether the loaded data is all there is: false after recovery from an error and for opaque
    /// renderers (`py`), where IDs may exist that nobody sees.
    pub complete: bool,
    /// Whether something unknown decided anything.
    pub partial: bool,
    /// What Salt refuses, in source order.
    pub problems: Vec<Problem>,
    /// What was read while rendering, in evaluation order, without repetition.
    pub uses: Vec<Use>,
}

impl Rendered {
    /// The rendering of an absent or empty file.
    #[must_use]
    pub fn nothing(path: SaltPath, kind: EntryKind) -> Self {
        Self {
            path,
            kind,
            pipe: Vec::new(),
            output: Arc::default(),
            data: None,
            shared: Vec::new(),
            complete: true,
            partial: false,
            problems: Vec::new(),
            uses: Vec::new(),
        }
    }
}

/// A read of something outside the template.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// What was read.
    pub kind: UseKind,
    /// Its name: a pillar or grain key with colons (holes where computed), a function's name, a
    /// template's path as resolved.
    pub name: Pattern,
    /// Of a pillar key, grain or option its keys: `name` does not tell a colon between two keys from one
    /// inside of a key.
    pub path: KeyPath,
    /// The narrowest expression that names it, such as the `nginx.port` of `{{ nginx.port }}`.
    pub origin: Origin,
    /// Whether the template copes with its absence: a default, `is defined`, `in`, `.get`.
    pub has_default: bool,
    /// When it is read.
    pub when: When,
    /// For templates and SLS: the file found, if any.
    pub target: Option<SaltPath>,
}

/// Kinds of reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UseKind {
    /// A pillar key.
    Pillar,
    /// A grain.
    Grain,
    /// An execution function (`salt['cmd.run']`).
    Function,
    /// A minion option.
    Opts,
    /// A template imported, included or extended.
    Template,
    /// A macro or variable taken from another template: `name` is `member`, `target` its file.
    Member,
}
