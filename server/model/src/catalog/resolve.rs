//! What requisites, extends and excludes refer to (`DependencyGraph.add_dependency` in
//! `salt/utils/requisite.py`, `find_name` in `salt/state.py`).

use render::{Pattern, names};
use rustc_hash::FxHashSet;
use world::SaltPath;

use super::index::state_names;
use super::named::Key;
use super::{Slot, View};
use crate::{Declaration, Facts, Requisite, State};

/// By what a target is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// Its ID.
    Id,
    /// Its `name` or one of its `names`.
    Name,
    /// Its SLS.
    Sls,
}

/// How near a target is to who refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// In the same file or one that it includes: there whenever the file is.
    Closure,
    /// In an SLS that is run together with it by a known top file or an including SLS.
    Together,
    /// Elsewhere in the tree.
    Elsewhere,
}

/// One thing that a requisite may mean.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// How near it is.
    pub reach: Reach,
    /// The file whose facts hold it.
    pub path: SaltPath,
    /// The declaration's index; `None`: the whole SLS.
    pub declaration: Option<usize>,
    /// The state's index under it; `None` for a bare ID with an unknown body.
    pub state: Option<usize>,
    /// By what.
    pub how: How,
    /// Whether its names are literal and equal, not just possible.
    pub literal: bool,
}

/// What can be said of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Its target runs with it.
    Found,
    /// Something unknown decides whether its target exists.
    Maybe,
    /// Its target exists, but in no known run together with it.
    Elsewhere,
    /// Nothing in the tree can be its target.
    Missing,
}

/// A resolved reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// All that it may mean, nearest first.
    pub targets: Vec<Target>,
    /// What can be said.
    pub verdict: Verdict,
}

impl Resolved {
    /// The targets of the nearest reach, literal ones only if there are any.
    #[must_use]
    pub fn best(&self) -> Vec<&Target> {
        let literal = self.targets.iter().any(|target| target.literal);
        let fitting = || self.targets.iter().filter(move |target| target.literal || !literal);
        let Some(nearest) = fitting().map(|target| target.reach).min() else { return Vec::new() };
        fitting().filter(|target| target.reach == nearest).collect()
    }
}

/// What is looked for.
struct Wanted<'a> {
    /// `None`: any module.
    module: Option<&'a Pattern>,
    name: &'a Pattern,
    /// The name is an fnmatch pattern.
    wild: Option<&'a str>,
}

impl Wanted<'_> {
    /// Whether `found` is meant: `Some(true)` for sure, `Some(false)` perhaps.
    fn is(&self, found: &Pattern) -> Option<bool> {
        match (self.wild, found.as_literal()) {
            (Some(glob), Some(text)) => names::fnmatch(text, glob).then_some(true),
            // Unknown against a glob: compared by the glob's known start.
            (Some(glob), None) => {
                let start = glob.split(['*', '?', '[', ']']).next().unwrap_or("");
                let known = crate::high::alternatives::known_prefix(found);
                (start.starts_with(known) || known.starts_with(start)).then_some(false)
            }
            (None, Some(text)) => match self.name.as_literal() {
                Some(name) => (name == text).then_some(true),
                None => self.name.matches(text).then_some(false),
            },
            (None, None) => found.overlaps(self.name).then_some(false),
        }
    }

    fn state(&self, declaration: &Declaration, state: &State) -> Option<(How, bool)> {
        let sure = match self.module {
            None => true,
            Some(module) => match (module.as_literal(), state.module.as_literal()) {
                (Some(wanted), Some(module)) if wanted == module => true,
                (Some(_), Some(_)) => return None,
                _ if module.overlaps(&state.module) => false,
                _ => return None,
            },
        };
        let by_id = self.is(&declaration.id);
        if by_id == Some(true) || (by_id.is_some() && self.module.is_none()) {
            return Some((How::Id, by_id == Some(true) && sure));
        }
        let named = state_names(state).iter().filter_map(|name| self.is(name)).max();
        match named {
            Some(named) if named || by_id.is_none() => Some((How::Name, named && sure)),
            _ => by_id.map(|_| (How::Id, false)),
        }
    }
}

impl View {
    /// What `requisite`, standing in the file at `path`, refers to.
    #[must_use]
    pub fn resolve_requisite(&self, path: &SaltPath, requisite: &Requisite) -> Resolved {
        let module = requisite.module.as_ref().filter(|module| module.as_literal() != Some("id"));
        if module.and_then(Pattern::as_literal) == Some("sls") {
            return self.resolve_sls(path, &requisite.name);
        }
        self.resolve_state(path, module, &requisite.name)
    }

    /// What an ID (or name) under `extend` refers to.
    #[must_use]
    pub fn resolve_extend(&self, path: &SaltPath, extend: &Declaration) -> Resolved {
        let module = extend.states.first().map(|state| &state.module);
        let by_id = self.resolve_state(path, None, &extend.id);
        let ids: Vec<Target> = by_id.targets.into_iter().filter(|target| target.how == How::Id).collect();
        if !ids.is_empty() {
            return self.judge(path, ids);
        }
        self.resolve_state(path, module, &extend.id)
    }

    /// States with the module and the ID or name, in all files.
    #[must_use]
    pub fn resolve_state(&self, path: &SaltPath, module: Option<&Pattern>, name: &Pattern) -> Resolved {
        let targets = self.states_named(module, name);
        self.judge(path, targets)
    }

    /// All states of the tree with the module and the ID or name, in no order and as far as possible
    /// from anybody: nothing is said of who reaches them.
    #[must_use]
    pub fn states_named(&self, module: Option<&Pattern>, name: &Pattern) -> Vec<Target> {
        let wild = name.as_literal().filter(|text| text.contains(['*', '?', '[', ']']));
        let wanted = Wanted { module, name, wild };
        let mut files: FxHashSet<SaltPath> = FxHashSet::default();
        let module_text = module.map(Pattern::as_literal);
        if let (None, Some(text), None | Some(Some(_))) = (wild, name.as_literal(), module_text) {
            let named = self.index().named();
            files.extend(named.files(Key::new(module_text.flatten(), text)).cloned());
            files.extend(named.loose_files(module_text.flatten(), text));
            return self.states_in(files, &wanted);
        }
        for slot in [Slot::StateId, Slot::StateName] {
            match wild {
                Some(glob) => {
                    let prefix = glob.split(['*', '?', '[', ']']).next().unwrap_or("");
                    files.extend(self.index().starting_with(slot, prefix).map(|(_, path)| path.clone()));
                    let any = crate::high::alternatives::hole();
                    files.extend(self.index().patterns(slot, &any).map(|(_, path)| path.clone()));
                }
                None => files.extend(self.index().candidates(slot, name)),
            }
        }
        self.states_in(files, &wanted)
    }

    fn states_in(&self, files: FxHashSet<SaltPath>, wanted: &Wanted<'_>) -> Vec<Target> {
        let mut targets = Vec::new();
        for facts in files.iter().filter_map(|file| self.facts(file)) {
            collect(facts, wanted, &mut targets);
        }
        targets
    }

    fn resolve_sls(&self, path: &SaltPath, name: &Pattern) -> Resolved {
        let found = self.sls(Slot::Sls, None, name);
        self.judge(path, found.into_iter().map(|(file, literal)| sls_target(file, literal)).collect())
    }

    /// Puts the targets in order and says what can be said. The closure is needed only where the file
    /// itself has no target, what runs together with it only where the closure has none.
    fn judge(&self, path: &SaltPath, mut targets: Vec<Target>) -> Resolved {
        let near = |targets: &[Target]| targets.iter().any(|target| target.literal && target.reach < Reach::Elsewhere);
        let bring = |targets: &mut [Target], reach: Reach, holds: &dyn Fn(&SaltPath) -> bool| {
            for target in targets.iter_mut().filter(|target| target.reach == Reach::Elsewhere) {
                if holds(&target.path) {
                    target.reach = reach;
                }
            }
        };
        let mut open = false;
        bring(&mut targets, Reach::Closure, &|file| file == path);
        if !near(&targets) {
            let own = self.closure(path);
            open |= own.open;
            bring(&mut targets, Reach::Closure, &|file| own.contains(file));
        }
        if !near(&targets) {
            let together = self.together(path);
            open |= together.open();
            bring(&mut targets, Reach::Together, &|file| together.contains(file));
        }
        targets.sort();
        targets.dedup();
        let verdict = if near(&targets) {
            Verdict::Found
        } else if targets.iter().any(|target| !target.literal) || open {
            Verdict::Maybe
        } else if targets.is_empty() {
            Verdict::Missing
        } else {
            Verdict::Elsewhere
        };
        Resolved { targets, verdict }
    }
}

/// A whole SLS as a target.
pub(super) fn sls_target(path: SaltPath, literal: bool) -> Target {
    Target { reach: Reach::Elsewhere, path, declaration: None, state: None, how: How::Sls, literal }
}

/// The states of one file that have just this name, or may have it.
pub(super) fn targets_in(facts: &Facts, module: Option<&Pattern>, name: &Pattern) -> Vec<Target> {
    let mut targets = Vec::new();
    collect(facts, &Wanted { module, name, wild: None }, &mut targets);
    targets.retain(|target| target.literal);
    targets
}

/// The states of one file that are meant.
fn collect(facts: &Facts, wanted: &Wanted<'_>, targets: &mut Vec<Target>) {
    for (d, declaration) in facts.declarations.iter().enumerate() {
        let mut push = |state, how, literal| {
            let (reach, path, declaration) = (Reach::Elsewhere, facts.path.clone(), Some(d));
            targets.push(Target { reach, path, declaration, state, how, literal });
        };
        if declaration.states.is_empty()
            && let Some(literal) = wanted.is(&declaration.id).filter(|_| wanted.module.is_none())
        {
            push(None, How::Id, literal);
        }
        for (s, state) in declaration.states.iter().enumerate() {
            if let Some((how, literal)) = wanted.state(declaration, state) {
                push(Some(s), how, literal);
            }
        }
    }
}
