//! What one side did to the state IDs of the merge base: removed, added, renamed, moved. Only files
//! whose facts differ are looked at.

use std::cmp::Ordering;
use std::sync::Arc;

use model::{Declaration, Facts, View};
use rustc_hash::{FxHashMap, FxHashSet};
use world::{SaltPath, Stop, Stopped, World};

use crate::body;
use crate::lineage::{Lineage, Side, unreadable};

/// A state ID: its file's key and its name (with `*` for unknown parts).
pub(crate) type Id = (SaltPath, String);

/// Two bodies that have this much in common are one, in percent.
const SIMILAR: usize = 60;
/// Removed and added IDs that are compared by similarity, in one file.
const MAX_PAIRS: usize = 2_000;

/// A file whose facts differ.
pub(crate) struct FilePair<'a> {
    /// Its key.
    pub(crate) key: SaltPath,
    /// What it says in the merge base.
    pub(crate) base: Option<&'a Arc<Facts>>,
    /// What it says on the side.
    pub(crate) other: Option<&'a Arc<Facts>>,
    /// Whether all that it says on the side is known: nothing unreadable, nothing lost in recovery.
    pub(crate) known: bool,
}

/// What one side did.
pub(crate) struct SideDiff<'a> {
    /// Files whose facts differ, by key.
    pub(crate) files: Vec<FilePair<'a>>,
    keys: FxHashMap<SaltPath, usize>,
    /// IDs of the base that have another name or file on the side.
    renamed: FxHashMap<Id, Id>,
    origins: FxHashMap<Id, Id>,
    /// IDs that are gone, renamed ones not included, in order.
    pub(crate) removed: Vec<Id>,
    /// IDs that were not there, renamed ones not included, in order.
    pub(crate) added: Vec<Id>,
}

/// The declarations of an ID in a file.
pub(crate) fn group<'a>(facts: &'a Facts, id: &str) -> Vec<&'a Declaration> {
    facts.declarations.iter().filter(|declaration| matches(declaration, id)).collect()
}

fn matches(declaration: &Declaration, id: &str) -> bool {
    match declaration.id.as_literal() {
        Some(text) => text == id,
        None => declaration.id.to_string() == id,
    }
}

fn ids(facts: Option<&Arc<Facts>>) -> Vec<String> {
    let mut seen = FxHashSet::default();
    let all = facts.into_iter().flat_map(|facts| &facts.declarations).map(|declaration| declaration.id.to_string());
    all.filter(|id| seen.insert(id.clone())).collect()
}

/// Whether the ID is the path that the state is about: another path is another file, however much alike
/// the rest is.
fn is_path(declaration: &Declaration) -> bool {
    let named =
        |state: &model::State| state.args.iter().any(|arg| matches!(arg.name.as_literal(), Some("name" | "names")));
    let path = declaration.id.to_string();
    (path.starts_with('/') || path.get(1..3) == Some(":\\")) && !declaration.states.iter().any(named)
}

type Files<'a> = Vec<(&'a SaltPath, &'a Arc<Facts>)>;

/// The files of each view that the other does not have just so; in step, since nearly all are shared.
fn differing<'a>(base: &'a View, other: &'a View, stop: &Stop) -> Result<(Files<'a>, Files<'a>), Stopped> {
    let (mut one, mut two) = (base.files.iter().peekable(), other.files.iter().peekable());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        stop.check()?;
        let order = match (one.peek(), two.peek()) {
            (None, None) => return Ok((left, right)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((path, _)), Some((other, _))) => path.cmp(other),
        };
        let (before, after) = match order {
            Ordering::Less => (one.next(), None),
            Ordering::Greater => (None, two.next()),
            Ordering::Equal => (one.next(), two.next()),
        };
        if let (Some((_, before)), Some((_, after))) = (before, after)
            && Arc::ptr_eq(before, after)
        {
            continue;
        }
        left.extend(before);
        right.extend(after);
    }
}

impl<'a> SideDiff<'a> {
    pub(crate) fn new(
        lineage: &Lineage,
        side: Side,
        base: &'a View,
        other: &'a View,
        world: &World,
        stop: &Stop,
    ) -> Result<Self, Stopped> {
        let mut files = Vec::new();
        let (gone_or_changed, new_or_changed) = differing(base, other, stop)?;
        for (key, before) in gone_or_changed {
            let path = lineage.path(side, key);
            let after = other.facts(path);
            // In the tree, but nothing that Salt reads: moved out of the roots, or not to be had.
            let known = match after {
                Some(after) => after.rendered.complete,
                None => !unreadable(world, path) && world.tree.get(path).is_none(),
            };
            files.push(FilePair { key: key.clone(), base: Some(before), other: after, known });
        }
        for (path, after) in new_or_changed {
            let key = lineage.key(side, path);
            if base.facts(key).is_none() {
                let known = after.rendered.complete;
                files.push(FilePair { key: key.clone(), base: None, other: Some(after), known });
            }
        }
        let keys = files.iter().enumerate().map(|(n, pair)| (pair.key.clone(), n)).collect();
        let mut diff = Self {
            files,
            keys,
            renamed: FxHashMap::default(),
            origins: FxHashMap::default(),
            removed: Vec::new(),
            added: Vec::new(),
        };
        diff.find_ids();
        Ok(diff)
    }

    fn find_ids(&mut self) {
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        for pair in &self.files {
            let (before, after) = (ids(pair.base), ids(pair.other));
            let (old, new): (FxHashSet<&String>, FxHashSet<&String>) =
                (before.iter().collect(), after.iter().collect());
            if pair.known {
                removed.extend(before.iter().filter(|id| !new.contains(id)).map(|id| (pair.key.clone(), id.clone())));
            }
            let complete = pair.base.is_none_or(|base| base.rendered.complete);
            if complete {
                added.extend(after.iter().filter(|id| !old.contains(id)).map(|id| (pair.key.clone(), id.clone())));
            }
        }
        let mut taken: FxHashSet<Id> = FxHashSet::default();
        self.moved(&removed, &added, &mut taken);
        self.same_body(&removed, &added, &mut taken);
        self.similar_body(&removed, &added, &mut taken);
        removed.retain(|id| !self.renamed.contains_key(id));
        added.retain(|id| !taken.contains(id));
        (self.removed, self.added) = (removed, added);
    }

    fn pair_up(&mut self, old: &Id, new: &Id, taken: &mut FxHashSet<Id>) {
        taken.insert(new.clone());
        self.renamed.insert(old.clone(), new.clone());
        self.origins.insert(new.clone(), old.clone());
    }

    /// The same ID in another file, if there is just one.
    fn moved(&mut self, removed: &[Id], added: &[Id], taken: &mut FxHashSet<Id>) {
        let mut by_name: FxHashMap<&str, Vec<&Id>> = FxHashMap::default();
        added.iter().for_each(|id| by_name.entry(&id.1).or_default().push(id));
        for old in removed {
            if let Some([new]) = by_name.get(old.1.as_str()).map(Vec::as_slice)
                && !taken.contains(*new)
                && self.same_kind(old, new)
            {
                self.pair_up(old, new, taken);
            }
        }
    }

    /// An equal body under another ID: in the same file, else anywhere.
    fn same_body(&mut self, removed: &[Id], added: &[Id], taken: &mut FxHashSet<Id>) {
        let mut by_body: FxHashMap<u64, Vec<&Id>> = FxHashMap::default();
        for id in added.iter().filter(|id| !taken.contains(*id)) {
            by_body.entry(body::group(self.after(id))).or_default().push(id);
        }
        for old in removed {
            if self.renamed.contains_key(old) {
                continue;
            }
            let Some(candidates) = by_body.get(&body::group(self.before(old))) else { continue };
            let free: Vec<&&Id> = candidates.iter().filter(|id| !taken.contains(**id)).collect();
            let here = free.iter().find(|id| id.0 == old.0);
            let only = match free.as_slice() {
                [one] => Some(one),
                _ => None,
            };
            if let Some(new) = here.or(only) {
                let new = (**new).clone();
                self.pair_up(old, &new, taken);
            }
        }
    }

    /// A similar body in the same file.
    fn similar_body(&mut self, removed: &[Id], added: &[Id], taken: &mut FxHashSet<Id>) {
        let mut pairs = 0;
        for old in removed {
            if self.renamed.contains_key(old) {
                continue;
            }
            let mut best: Option<(usize, &Id)> = None;
            for new in added.iter().filter(|new| new.0 == old.0 && !taken.contains(*new)) {
                pairs += 1;
                if pairs > MAX_PAIRS {
                    return;
                }
                if let ([one], [other]) = (self.before(old).as_slice(), self.after(new).as_slice())
                    && !(is_path(one) && is_path(other))
                {
                    let score = body::similarity(one, other);
                    if score >= SIMILAR && best.is_none_or(|(least, _)| score > least) {
                        best = Some((score, new));
                    }
                }
            }
            if let Some((_, new)) = best {
                self.pair_up(old, &new.clone(), taken);
            }
        }
    }

    fn same_kind(&self, old: &Id, new: &Id) -> bool {
        let modules = |group: Vec<&Declaration>| -> FxHashSet<String> {
            group.iter().flat_map(|declaration| &declaration.states).map(|state| state.module.to_string()).collect()
        };
        let (old, new) = (modules(self.before(old)), modules(self.after(new)));
        !old.is_disjoint(&new) || (old.is_empty() && new.is_empty())
    }

    /// The file with the key, if its facts differ.
    pub(crate) fn file(&self, key: &SaltPath) -> Option<&FilePair<'a>> {
        self.files.get(*self.keys.get(key)?)
    }

    /// The declarations of an ID of the base, in a file that differs.
    pub(crate) fn before(&self, id: &Id) -> Vec<&'a Declaration> {
        self.file(&id.0).and_then(|pair| pair.base).map_or_else(Vec::new, |facts| group(facts, &id.1))
    }

    /// The declarations of an ID of the side, in a file that differs.
    pub(crate) fn after(&self, id: &Id) -> Vec<&'a Declaration> {
        self.file(&id.0).and_then(|pair| pair.other).map_or_else(Vec::new, |facts| group(facts, &id.1))
    }

    /// What an ID of the base is on the side; `None`: it is gone.
    pub(crate) fn now(&self, id: &Id) -> Option<Id> {
        if let Some(new) = self.renamed.get(id) {
            return Some(new.clone());
        }
        match self.file(&id.0) {
            Some(pair) if pair.known && self.after(id).is_empty() => None,
            _ => Some(id.clone()),
        }
    }

    /// The names of IDs that stand in other files now.
    pub(crate) fn moved_names(&self) -> FxHashSet<&str> {
        self.renamed.iter().filter(|(old, new)| old.0 != new.0).map(|(old, _)| old.1.as_str()).collect()
    }

    /// Whether some file includes something else now.
    pub(crate) fn includes_differ(&self) -> bool {
        let written = |facts: Option<&'a Arc<Facts>>| {
            let includes = facts.into_iter().flat_map(|facts| &facts.includes);
            includes.map(|include| (&include.sls, &include.when)).collect::<Vec<_>>()
        };
        self.files.iter().any(|pair| pair.base.is_some() && written(pair.base) != written(pair.other))
    }

    /// Whether an ID of the base has another name or file now, and which.
    pub(crate) fn renamed(&self, id: &Id) -> Option<&Id> {
        self.renamed.get(id)
    }

    /// What an ID of the side was in the base; `None`: it was added.
    pub(crate) fn was(&self, id: &Id) -> Option<Id> {
        if let Some(old) = self.origins.get(id) {
            return Some(old.clone());
        }
        match self.file(&id.0) {
            Some(_) if self.before(id).is_empty() => None,
            _ => Some(id.clone()),
        }
    }
}
