//! What one file declares and uses, read from its rendering and its syntax.

use std::sync::Arc;

use render::{EntryKind, Node, Origin, Pattern, Problem, Rendered, When};
use smol_str::SmolStr;
use text::TextRange;
use world::{BlobId, SaltPath};

/// Everything that one file declares and uses, under one minion.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The file.
    pub path: SaltPath,
    /// As what it is read.
    pub kind: EntryKind,
    /// Its content's address, if it is there.
    pub blob: Option<BlobId>,
    /// Its SLS names as `(saltenv, name)`; several when roots overlap, none for templates.
    pub names: Vec<(SmolStr, SmolStr)>,
    /// Its rendering.
    pub rendered: Arc<Rendered>,
    /// The state IDs that it declares, in order, before extend.
    pub declarations: Vec<Declaration>,
    /// Its include list.
    pub includes: Vec<Include>,
    /// Its `extend` block.
    pub extends: Vec<Declaration>,
    /// Its exclude list.
    pub excludes: Vec<Exclude>,
    /// For pillar SLS: every key, also the nested ones.
    pub pillar_keys: Vec<PillarKey>,
    /// For top files: what they target.
    pub targets: Vec<TopTarget>,
    /// Templates that it imports, includes or extends.
    pub imports: Vec<Import>,
    /// Macros and top-level variables that it defines.
    pub exports: Vec<Export>,
    /// Where its template reads variables and macros, its own or imported ones.
    pub references: Vec<Reference>,
    /// `salt://` URLs.
    pub salt_files: Vec<SaltFile>,
    /// Files and folders that its states render as templates (`source` beside `template: jinja`).
    pub managed: Vec<SaltPath>,
    /// What is wrong: rendering's problems and the checks of high data that need this file only.
    pub problems: Vec<Problem>,
}

impl Facts {
    /// Gives back what the lists have allocated beyond their length: facts are kept for every file.
    pub(crate) fn shrink(&mut self) {
        for declaration in self.declarations.iter_mut().chain(&mut self.extends) {
            for state in &mut declaration.states {
                state.args.shrink_to_fit();
                state.requisites.shrink_to_fit();
            }
            declaration.states.shrink_to_fit();
        }
        self.declarations.shrink_to_fit();
        self.pillar_keys.shrink_to_fit();
        self.references.shrink_to_fit();
        self.includes.shrink_to_fit();
        self.imports.shrink_to_fit();
        self.exports.shrink_to_fit();
        self.salt_files.shrink_to_fit();
        self.problems.shrink_to_fit();
    }
}

/// A state ID with its states, or an entry of `extend`.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The ID.
    pub id: Pattern,
    /// Where the ID is written.
    pub origin: Arc<Origin>,
    /// The whole declaration in the file that holds the ID, for outlines and edits.
    pub extent: TextRange,
    /// When it exists.
    pub when: When,
    /// Printed by an unknown loop: any number of times.
    pub repeated: bool,
    /// Its states.
    pub states: Vec<State>,
}

impl Declaration {
    /// Whether it exists, under just this ID, in every rendering.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.when.is_always() && !self.repeated && !self.id.is_pattern()
    }
}

/// One state under an ID.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The state module, such as `pkg`.
    pub module: Pattern,
    /// The function, such as `installed`; `None` if it is missing.
    pub function: Option<Pattern>,
    /// Where `module.function` or `module` is written.
    pub origin: Arc<Origin>,
    /// When it exists, given the ID.
    pub when: When,
    /// Its arguments in order, requisites not included.
    pub args: Vec<Argument>,
    /// Its requisites in order.
    pub requisites: Vec<Requisite>,
}

/// `name: value` under a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The argument's name.
    pub name: Pattern,
    /// Where the name is written.
    pub origin: Arc<Origin>,
    /// Its value.
    pub value: Node,
    /// When it is given, given the state.
    pub when: When,
}

/// One target of a requisite.
#[derive(Clone, Debug, PartialEq)]
pub struct Requisite {
    /// `require`, `watch_in`, …
    pub kind: SmolStr,
    /// Which of its state's requisite lists it stands in, counted from 0.
    pub list: usize,
    /// The module; `id` and `sls` are kept as they are; `None` for a bare name.
    pub module: Option<Pattern>,
    /// The ID, name or SLS.
    pub name: Pattern,
    /// Where the whole entry is written.
    pub origin: Arc<Origin>,
    /// Where the name is written.
    pub name_origin: Arc<Origin>,
    /// When it exists, given the state.
    pub when: When,
}

/// One entry of an include list.
#[derive(Clone, Debug, PartialEq)]
pub struct Include {
    /// As written: `.service`, `apache.*`.
    pub written: Pattern,
    /// Made absolute; `None` when it leads above the root or is unknown.
    pub sls: Option<Pattern>,
    /// The saltenv it names, if any.
    pub saltenv: Option<SmolStr>,
    /// Where it is written.
    pub origin: Arc<Origin>,
    /// When it is included.
    pub when: When,
    /// Pillar only: the key under which its data is put, parts joined by colons.
    pub key: Option<String>,
    /// Pillar only: variables handed to it.
    pub defaults: Option<Node>,
}

/// One entry of an exclude list.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclude {
    /// Whether it names an SLS (else an ID).
    pub sls: bool,
    /// The name; an fnmatch pattern for SLS.
    pub name: Pattern,
    /// Where it is written.
    pub origin: Arc<Origin>,
    /// When.
    pub when: When,
}

/// A key of a pillar SLS.
#[derive(Clone, Debug, PartialEq)]
pub struct PillarKey {
    /// Its full path from the pillar's root.
    pub path: Vec<Pattern>,
    /// Where the last key is written.
    pub origin: Arc<Origin>,
    /// The key and its value in the file, for outlines and edits.
    pub extent: TextRange,
    /// Its value.
    pub value: Node,
    /// When it exists.
    pub when: When,
}

/// One target of a top file.
#[derive(Clone, Debug, PartialEq)]
pub struct TopTarget {
    /// The saltenv.
    pub saltenv: Pattern,
    /// The target expression.
    pub target: Pattern,
    /// `compound`, `glob`, `grain`, …
    pub matcher: SmolStr,
    /// Where the expression is written.
    pub origin: Arc<Origin>,
    /// The SLS names with where they are written.
    pub sls: Vec<(Pattern, Arc<Origin>, When)>,
    /// Pillar: whether missing SLS are passed over in silence.
    pub ignore_missing: bool,
    /// When.
    pub when: When,
}

/// A macro or a top-level variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Its name.
    pub name: SmolStr,
    /// Where the name is written.
    pub range: TextRange,
    /// The whole macro or statement.
    pub extent: TextRange,
    /// The macro's parameters as `(name, has a default)`; `None` for variables.
    pub params: Option<Vec<(SmolStr, bool)>>,
    /// Whether it takes `varargs`, `kwargs` (they are read in its body).
    pub variadic: (bool, bool),
}

/// A template that is imported, included or extended.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// As resolved, with `/`; as written where no file was found.
    pub name: Pattern,
    /// The expression that names it.
    pub origin: Origin,
    /// The file, if there is one.
    pub target: Option<SaltPath>,
    /// When.
    pub when: When,
}

/// A place of the template that reads a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name as written: `nginx`, or `member` for `module.member`.
    pub name: SmolStr,
    /// Where it is written.
    pub range: TextRange,
    /// Where it is defined: file and range of the name; `None` for Salt's own or unknown ones.
    pub target: Option<(SaltPath, TextRange)>,
    /// Whether the target is a macro.
    pub is_macro: bool,
    /// For a macro call: numbers of positional and names of keyword arguments; `None` if it is not
    /// called, or called with `*args` or `**kwargs`.
    pub call: Option<(usize, Vec<SmolStr>)>,
}

/// A `salt://` URL.
#[derive(Clone, Debug, PartialEq)]
pub struct SaltFile {
    /// The path behind `salt://`, without a query.
    pub url: Pattern,
    /// Where it is written.
    pub origin: Arc<Origin>,
    /// The files or folders that it names in the roots, if they exist.
    pub targets: Vec<SaltPath>,
    /// When.
    pub when: When,
}
