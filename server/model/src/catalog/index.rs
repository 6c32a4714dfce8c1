//! Which files hold which names. Maps a name to files only: what stands there is read from their
//! facts. An update touches the names that changed.

use imbl::OrdSet;
use render::{EntryKind, NodeKind, Origin, Pattern, UseKind};
use smol_str::SmolStr;
use world::SaltPath;

use super::named::{Named, Renamed};
use crate::entity::joined;
use crate::high::alternatives::{alternatives, hole, scalar_text};
use crate::{Declaration, Facts, State};

/// As what a file holds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// It declares the state ID.
    StateId,
    /// It declares a state with this `name` argument.
    StateName,
    /// It is the state SLS.
    Sls,
    /// It is the pillar SLS.
    PillarSls,
    /// It defines the pillar key.
    PillarKey,
    /// It reads the pillar key.
    PillarUse,
    /// It defines the macro.
    Macro,
    /// It defines the top-level variable.
    Variable,
    /// It has a requisite with this ID, name or SLS as its target.
    RequisiteTo,
    /// It includes the SLS.
    IncludeOf,
    /// It is a pillar SLS that puts an included one under this key.
    IncludeKey,
    /// It extends the ID.
    ExtendOf,
    /// It excludes the ID or SLS.
    ExcludeOf,
    /// It is a top file that names the SLS.
    TopOf,
    /// It imports the template at this path.
    ImportOf,
    /// It reads a name that the template at this path defines.
    MemberOf,
    /// It names the file at this path by a `salt://` URL.
    SaltFileOf,
    /// It has a state with this function.
    Function,
    /// Something of it is written in the file at this path (a macro's).
    WrittenIn,
}

type Term = (Slot, SmolStr, SaltPath);
type Wild = (Slot, Pattern, SaltPath);

/// Names, and patterns where a name is not wholly known.
#[derive(Clone, Default)]
pub struct Index {
    terms: OrdSet<Term>,
    patterns: OrdSet<Wild>,
    named: Named,
}

impl Index {
    /// The names of states, with their modules.
    pub(super) fn named(&self) -> &Named {
        &self.named
    }

    /// Whether the file at `path` holds just `name`.
    pub(super) fn has(&self, slot: Slot, name: &str, path: &SaltPath) -> bool {
        self.terms.contains(&(slot, name.into(), path.clone()))
    }

    /// The files that hold just `name`.
    pub fn files<'a>(&'a self, slot: Slot, name: &'a str) -> impl Iterator<Item = &'a SaltPath> {
        self.terms
            .range((slot, SmolStr::from(name), SaltPath::root())..)
            .take_while(move |(s, n, _)| *s == slot && n == name)
            .map(|(_, _, path)| path)
    }

    /// All names that start with `prefix`, with their files, in order.
    pub fn starting_with<'a>(
        &'a self,
        slot: Slot,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a SmolStr, &'a SaltPath)> {
        self.terms
            .range((slot, SmolStr::from(prefix), SaltPath::root())..)
            .take_while(move |(s, n, _)| *s == slot && n.starts_with(prefix))
            .map(|(_, name, path)| (name, path))
    }

    /// Patterns that may stand for something that `name` may stand for, with their files.
    pub fn patterns<'a>(&'a self, slot: Slot, name: &'a Pattern) -> impl Iterator<Item = (&'a Pattern, &'a SaltPath)> {
        self.patterns
            .range((slot, Pattern::default(), SaltPath::root())..)
            .take_while(move |(s, _, _)| *s == slot)
            .filter(move |(_, pattern, _)| quick(pattern, name) && pattern.overlaps(name))
            .map(|(_, pattern, path)| (pattern, path))
    }

    /// Files whose names or patterns may be what `name` stands for.
    #[must_use]
    pub fn candidates(&self, slot: Slot, name: &Pattern) -> Vec<SaltPath> {
        let mut files: Vec<SaltPath> = match name.as_literal() {
            Some(text) => self.files(slot, text).cloned().collect(),
            None => {
                let prefix = crate::high::alternatives::known_prefix(name);
                self.starting_with(slot, prefix)
                    .filter(|(n, _)| name.matches(n))
                    .map(|(_, path)| path.clone())
                    .collect()
            }
        };
        files.extend(self.patterns(slot, name).map(|(_, path)| path.clone()));
        files.sort();
        files.dedup();
        files
    }

    /// Replaces what `old` said by what `new` says.
    pub(super) fn replace(&mut self, old: Option<&Facts>, new: Option<&Facts>, renamed: &mut Renamed) {
        self.named.replace(old, new, renamed);
        let (old_terms, old_patterns) = old.map(names).unwrap_or_default();
        let (new_terms, new_patterns) = new.map(names).unwrap_or_default();
        renamed.others |= exchange(&mut self.terms, &old_terms, &new_terms);
        renamed.others |= exchange(&mut self.patterns, &old_patterns, &new_patterns);
    }
}

/// Takes out what is only in `old`, puts in what is only in `new`; both are sorted. Whether they differ.
fn exchange<T: Ord + Clone>(set: &mut OrdSet<T>, old: &[T], new: &[T]) -> bool {
    for gone in old.iter().filter(|item| new.binary_search(item).is_err()) {
        set.remove(gone);
    }
    for come in new.iter().filter(|item| old.binary_search(item).is_err()) {
        set.insert(come.clone());
    }
    old != new
}

/// Rejects by the known starts of two patterns, which is enough nearly always.
fn quick(a: &Pattern, b: &Pattern) -> bool {
    use crate::high::alternatives::known_prefix;
    let (a, b) = (known_prefix(a), known_prefix(b));
    let length = a.len().min(b.len());
    a.as_bytes().get(..length) == b.as_bytes().get(..length)
}

/// What a state is called beside its ID: its `name`, or each of its `names`
/// (`compile_high_data` in `salt/state.py`).
#[must_use]
pub fn state_names(state: &State) -> Vec<Pattern> {
    let mut found = Vec::new();
    for argument in &state.args {
        match argument.name.as_literal() {
            Some("name") => {
                for value in alternatives(&argument.value, &render::When::ALWAYS) {
                    // A name that is no string falls back on the ID.
                    if matches!(value.node.kind, NodeKind::Str(_) | NodeKind::Unknown(_)) {
                        found.extend(scalar_text(value.node));
                    }
                }
            }
            Some("names") => {
                for list in alternatives(&argument.value, &render::When::ALWAYS) {
                    match &list.node.kind {
                        NodeKind::List(items) => found.extend(items.iter().flat_map(names_item)),
                        NodeKind::Unknown(_) => found.push(hole()),
                        _ => {}
                    }
                }
            }
            Some(_) => {}
            // The argument's own name is not known: it may be `name`.
            None => found.push(hole()),
        }
    }
    found
}

fn names_item(item: &render::Node) -> Vec<Pattern> {
    let mut found = Vec::new();
    for item in alternatives(item, &render::When::ALWAYS) {
        match &item.node.kind {
            NodeKind::Map(entries) => found.extend(entries.first().and_then(|(name, _)| scalar_text(name))),
            _ => found.extend(scalar_text(item.node)),
        }
    }
    found
}

struct Names<'a> {
    path: &'a SaltPath,
    terms: Vec<Term>,
    patterns: Vec<Wild>,
}

impl Names<'_> {
    fn text(&mut self, slot: Slot, name: &str) {
        self.terms.push((slot, name.into(), self.path.clone()));
    }

    fn pattern(&mut self, slot: Slot, name: &Pattern) {
        match name.as_literal() {
            Some(text) => self.text(slot, text),
            None => self.patterns.push((slot, name.clone(), self.path.clone())),
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        for state in &declaration.states {
            if let Some(function) = &state.function {
                self.text(Slot::Function, &format!("{}.{function}", state.module));
            }
            for requisite in &state.requisites {
                self.pattern(Slot::RequisiteTo, &requisite.name);
            }
        }
    }

    /// What it says of other files.
    fn other_files(&mut self, facts: &Facts) {
        let members = facts.references.iter().filter_map(|reference| reference.target.as_ref());
        members.filter(|(path, _)| *path != facts.path).for_each(|(path, _)| self.text(Slot::MemberOf, path.as_str()));
        for target in facts.imports.iter().filter_map(|import| import.target.as_ref()) {
            self.text(Slot::ImportOf, target.as_str());
        }
        for target in facts.salt_files.iter().flat_map(|file| &file.targets) {
            self.text(Slot::SaltFileOf, target.as_str());
        }
        for (name, _, _) in facts.targets.iter().flat_map(|target| &target.sls) {
            self.pattern(Slot::TopOf, name);
        }
        // Macros of other files print IDs, requisites and keys, and fail.
        for origin in origins(facts).into_iter().filter(|origin| origin.path != facts.path) {
            self.text(Slot::WrittenIn, origin.path.as_str());
        }
    }
}

/// Where all that a file says is written: in itself, or in macros of others.
pub(super) fn origins(facts: &Facts) -> Vec<&Origin> {
    let mut origins: Vec<&Origin> = facts.problems.iter().map(|problem| &problem.origin).collect();
    for declaration in facts.declarations.iter().chain(&facts.extends) {
        origins.push(&declaration.origin);
        for state in &declaration.states {
            origins.push(&state.origin);
            origins.extend(state.requisites.iter().map(|requisite| &*requisite.name_origin));
        }
    }
    origins.extend(facts.pillar_keys.iter().map(|key| &*key.origin));
    origins.extend(facts.includes.iter().map(|include| &*include.origin));
    origins.extend(facts.salt_files.iter().map(|file| &*file.origin));
    origins.extend(facts.rendered.uses.iter().map(|used| &used.origin));
    origins
}

/// All that a file puts into the index, sorted.
fn names(facts: &Facts) -> (Vec<Term>, Vec<Wild>) {
    let mut names = Names { path: &facts.path, terms: Vec::new(), patterns: Vec::new() };
    let pillar = matches!(facts.kind, EntryKind::Pillar | EntryKind::PillarTop);
    for (_, name) in &facts.names {
        names.text(if pillar { Slot::PillarSls } else { Slot::Sls }, name);
    }
    for declaration in &facts.declarations {
        names.pattern(Slot::StateId, &declaration.id);
        names.declaration(declaration);
        for name in declaration.states.iter().flat_map(state_names) {
            names.pattern(Slot::StateName, &name);
        }
    }
    for declaration in &facts.extends {
        names.pattern(Slot::ExtendOf, &declaration.id);
        names.declaration(declaration);
    }
    for include in &facts.includes {
        let name = include.sls.as_ref().unwrap_or(&include.written);
        names.pattern(Slot::IncludeOf, name);
        if let Some(listed) = name.as_literal().and_then(listed_name) {
            names.text(Slot::IncludeOf, &listed);
        }
        include.key.iter().for_each(|key| names.text(Slot::IncludeKey, key));
    }
    facts.excludes.iter().for_each(|exclude| names.pattern(Slot::ExcludeOf, &exclude.name));
    for key in &facts.pillar_keys {
        if key.path.iter().any(Pattern::is_pattern) {
            names.patterns.push((Slot::PillarKey, colons(&key.path), facts.path.clone()));
        } else {
            names.text(Slot::PillarKey, &joined(&key.path));
        }
    }
    for used in facts.rendered.uses.iter().filter(|used| used.kind == UseKind::Pillar) {
        names.pattern(Slot::PillarUse, &used.name);
    }
    for export in &facts.exports {
        names.text(if export.params.is_some() { Slot::Macro } else { Slot::Variable }, &export.name);
    }
    names.other_files(facts);
    names.terms.sort();
    names.terms.dedup();
    names.patterns.sort();
    names.patterns.dedup();
    (names.terms, names.patterns)
}

/// The name that Salt lists an SLS under which is written in another way: `a/b` is `a.b`, `a.init` and
/// `a.` are `a`. `None`: it is written so already.
pub(crate) fn listed_name(written: &str) -> Option<String> {
    let dotted = written.replace('/', ".");
    let stem = dotted.trim_end_matches('.');
    let stem = stem.strip_suffix(".init").unwrap_or(stem);
    (stem != written).then(|| stem.to_owned())
}

/// A key's path as one pattern.
pub(crate) fn colons(path: &[Pattern]) -> Pattern {
    let mut all = Pattern::default();
    for (n, key) in path.iter().enumerate() {
        if n > 0 {
            all.push(render::PatternPart::Text(":".into()));
        }
        key.0.iter().for_each(|part| all.push(part.clone()));
    }
    all
}
