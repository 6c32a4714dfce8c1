//! What follows from the rest of a view: computed when it is asked for, and handed on to the next view
//! as far as what it rests on is the same there. An edit costs what it reaches.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use render::Problem;
use rustc_hash::FxHashSet;
use world::SaltPath;

use super::edges::Edges;
use super::graph::Closures;
use super::named::{Key, Renamed};
use super::{Closure, Together};
use crate::Facts;

/// Answers about one view.
#[derive(Default)]
pub(super) struct Derived {
    pub(super) edges: OnceLock<Arc<Edges>>,
    pub(super) highstate: OnceLock<Arc<Closure>>,
    pub(super) closures: Arc<Mutex<Closures>>,
    pub(super) orphans: OnceLock<Arc<FxHashSet<SaltPath>>>,
    /// Files with a requisite that nothing surely answers.
    pub(super) unanswered: OnceLock<Arc<FxHashSet<SaltPath>>>,
    pub(super) together: Mutex<Option<(SaltPath, Together)>>,
    checked: Mutex<imbl::HashMap<SaltPath, Checked>>,
}

/// The findings of a file that need other files, and what of them was looked at.
#[derive(Clone)]
pub(super) struct Checked {
    pub(super) facts: Arc<Facts>,
    pub(super) problems: Arc<Vec<Problem>>,
    pub(super) rests_on: Arc<RestsOn>,
}

/// What a file's findings rest on, beside the file, the includes of all files, and the highstate.
#[derive(Default)]
pub(super) struct RestsOn {
    /// Names whose files were looked up, sorted.
    pub(super) keys: Vec<Key>,
    /// Whether it was asked what an unknown name may be.
    pub(super) loose: bool,
    /// Whether names were looked through.
    pub(super) all_names: bool,
    /// Files of which more than names was looked at.
    pub(super) read: Vec<SaltPath>,
}

/// What an update of a view changed.
#[derive(Default)]
pub(super) struct Changes {
    /// The files whose facts are others.
    pub(super) files: FxHashSet<SaltPath>,
    /// What they name.
    pub(super) renamed: Renamed,
    /// Whether who includes whom may be other.
    pub(super) edges: bool,
    /// Whether requisites came or went.
    pub(super) requisites: bool,
    /// Whether the top file's answer is another.
    pub(super) top: bool,
}

impl Changes {
    /// Notes that `old` becomes `new`.
    pub(super) fn note(&mut self, old: Option<&Facts>, new: Option<&Facts>) {
        let Some(path) = old.or(new).map(|facts| &facts.path) else { return };
        self.files.insert(path.clone());
        self.edges |= super::edges::differ(old, new);
        let (before, after) = (old.map(super::uses::wanted), new.map(super::uses::wanted));
        self.requisites |= before.unwrap_or_default() != after.unwrap_or_default();
        // An ID that becomes certain may be in conflict from now on.
        let certain = |facts: Option<&Facts>| -> FxHashSet<Key> {
            let declarations = facts.map_or(&[][..], |facts| &facts.declarations);
            let certain = declarations.iter().filter(|declaration| declaration.is_certain());
            certain.filter_map(|declaration| Some(Key::new(None, declaration.id.as_literal()?))).collect()
        };
        let (old, new) = (certain(old), certain(new));
        self.renamed.keys.extend(old.symmetric_difference(&new));
    }

    /// Whether some name of any kind came or went.
    pub(super) fn is_of_names(&self) -> bool {
        self.renamed.others || self.renamed.loose || !self.renamed.keys.is_empty()
    }

    fn is_none(&self) -> bool {
        self.files.is_empty() && !self.top
    }

    /// Whether they leave alone what rests on `on`.
    fn spare(&self, path: &SaltPath, on: &RestsOn) -> bool {
        let names = self.renamed.keys.is_empty() && !self.renamed.loose;
        !self.files.contains(path)
            && !on.read.iter().any(|path| self.files.contains(path))
            && (names || !(on.all_names || (on.loose && self.renamed.loose)))
            && !self.renamed.keys.iter().any(|key| on.keys.binary_search(key).is_ok())
    }
}

impl Derived {
    /// The answers about the view that `changes` make of the one that `before` is about.
    pub(super) fn after(before: &Arc<Self>, changes: &Changes) -> Arc<Self> {
        if changes.is_none() {
            return before.clone();
        }
        let after = Self::default();
        if !changes.is_of_names() && !changes.requisites {
            hand_on(&before.unanswered, &after.unanswered);
        }
        if changes.edges {
            return Arc::new(after);
        }
        hand_on(&before.edges, &after.edges);
        let closures = before.closures.clone();
        if changes.top {
            return Arc::new(Self { closures, ..after });
        }
        hand_on(&before.highstate, &after.highstate);
        hand_on(&before.orphans, &after.orphans);
        let mut checked = before.checked().clone();
        let stale = checked.iter().filter(|(path, known)| !changes.spare(path, &known.rests_on));
        let stale: Vec<SaltPath> = stale.map(|(path, _)| path.clone()).collect();
        for path in &stale {
            checked.remove(path);
        }
        Arc::new(Self { closures, checked: Mutex::new(checked), ..after })
    }

    fn checked(&self) -> std::sync::MutexGuard<'_, imbl::HashMap<SaltPath, Checked>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The findings about just these facts, if they are known.
    pub(super) fn known(&self, facts: &Facts) -> Option<Arc<Vec<Problem>>> {
        let checked = self.checked();
        let known = checked.get(&facts.path)?;
        std::ptr::eq(&*known.facts, facts).then(|| known.problems.clone())
    }

    /// Keeps the findings about a file.
    pub(super) fn keep(&self, checked: Checked) {
        self.checked().insert(checked.facts.path.clone(), checked);
    }
}

fn hand_on<T: Clone>(from: &OnceLock<T>, to: &OnceLock<T>) {
    if let Some(known) = from.get() {
        // the new one is empty
        let _ = to.set(known.clone());
    }
}
