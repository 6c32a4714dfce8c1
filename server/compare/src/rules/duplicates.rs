//! IDs that both sides added: in one file, or in two that run together.

use model::{Declaration, EntityKind, Slot};
use render::When;
use rustc_hash::{FxHashMap, FxHashSet};
use world::{SaltPath, Stopped};

use crate::body;
use crate::conditions::cover_all;
use crate::context::{Comparison, In};
use crate::diff::Id;
use crate::lineage::Side;
use crate::{DriftFact, DriftKind, DriftSeverity};

/// Files whose closures are looked into for a common includer.
const MAX_ROOTS: usize = 200;

impl<'a> Comparison<'a> {
    /// Both kinds.
    pub(crate) fn duplicates(&mut self) -> Result<(), Stopped> {
        let mut theirs: FxHashMap<&str, Vec<&Id>> = FxHashMap::default();
        for id in &self.diff(Side::Theirs).added {
            theirs.entry(&id.1).or_default().push(id);
        }
        let mut found = Vec::new();
        for id in &self.diff(Side::Ours).added {
            self.stop.check()?;
            for other in theirs.get(id.1.as_str()).into_iter().flatten() {
                // A cherry-pick is no duplicate.
                let (here, there) = (self.diff(Side::Ours).after(id), self.diff(Side::Theirs).after(other));
                if body::group(here.iter().copied()) == body::group(there.iter().copied()) && id.0 == other.0 {
                    continue;
                }
                // One text on both sides, which only renders differently.
                let blob =
                    |side: Side| self.world(side).tree.get(self.lineage.path(side, &id.0)).map(|entry| entry.blob);
                if id.0 == other.0 && blob(Side::Ours).is_some() && blob(Side::Ours) == blob(Side::Theirs) {
                    continue;
                }
                found.extend(if id.0 == other.0 {
                    self.in_one_file(id, &here, &there)
                } else {
                    self.across_files(id, other, &here, &there)
                });
            }
        }
        self.found.extend(found);
        Ok(())
    }

    /// The first pair that some rendering may have both of, and whether every rendering has.
    fn collide<'d>(
        here: &[&'d Declaration],
        there: &[&'d Declaration],
    ) -> Option<(&'d Declaration, &'d Declaration, bool)> {
        let pairs = || here.iter().flat_map(|one| there.iter().map(move |other| (*one, *other)));
        let certain = pairs().find(|(one, other)| one.is_certain() && other.is_certain());
        certain.map(|(one, other)| (one, other, true)).or_else(|| {
            let mut maybe = pairs().filter(|(one, other)| one.when.compatible(&other.when) && !one.id.is_pattern());
            let (one, other) = maybe.next()?;
            // Arms that leave no case out: in every rendering some pair stands.
            let both =
                std::iter::once((one, other)).chain(maybe).filter(|(one, other)| !one.repeated && !other.repeated);
            let cases: Vec<When> = both.filter_map(|(one, other)| one.when.both(&other.when)).collect();
            Some((one, other, cover_all(&cases)))
        })
    }

    fn in_one_file(&self, id: &Id, here: &[&Declaration], there: &[&Declaration]) -> Option<DriftFact> {
        let (one, other, certain) = Self::collide(here, there)?;
        let path = self.lineage.path(Side::Ours, &id.0);
        let develop = self.sides.base_name;
        // Git asks there anyway: it never joins two new files.
        let asked = self.sides.conflicts.contains(path) || self.sides.base_world.tree.get(&id.0).is_none();
        let (wanted, message) = if asked {
            let message = format!(
                "state ID '{}' was added here and, differently, on {develop}: merging will ask which one is meant",
                id.1
            );
            (DriftSeverity::Warning, message)
        } else {
            let message = format!("state ID '{}' was added here and on {develop}: the merge declares it twice", id.1);
            (DriftSeverity::Error, message)
        };
        let severity = self.severity(wanted, certain, path);
        let kind = DriftKind::DuplicateIdAfterMerge;
        let place = Some(Self::place(&one.origin, path));
        let mut fact = Self::fact(kind, severity, (EntityKind::StateId, id.1.clone()), place, message);
        fact.theirs = Some(Self::place_of(&other.origin));
        Some(fact)
    }

    fn across_files(&self, id: &Id, other: &Id, here: &[&Declaration], there: &[&Declaration]) -> Option<DriftFact> {
        let (one, two, certain) = Self::collide(here, there)?;
        let proved = self.together(&id.0, &other.0)?;
        let path = self.lineage.path(Side::Ours, &id.0);
        if self.is_excluded(&id.1, [&id.0, &other.0]) {
            return None;
        }
        let some_arms =
            !certain && proved && !one.repeated && !two.repeated && !one.id.is_pattern() && !two.id.is_pattern();
        let wanted = match (certain && proved, some_arms) {
            (true, _) => DriftSeverity::Error,
            // Where its condition holds, Salt refuses it.
            (false, true) => DriftSeverity::Warning,
            (false, false) => DriftSeverity::Hint,
        };
        let severity = self.severity(wanted, (certain && proved) || some_arms, path);
        let develop = self.sides.base_name;
        let file = self.lineage.path(Side::Theirs, &other.0);
        let on = self.run_of(&id.0, &other.0).map_or_else(String::new, |target| format!(" on minions of '{target}'"));
        let when = one.when.both(&two.when).filter(|when| some_arms && !when.is_always());
        let when = when.map_or_else(String::new, |when| format!(" when {when:?}"));
        let message = format!(
            "state ID '{}' was also added on {develop}, in {file}, which runs together with this{on}{when}",
            id.1
        );
        let kind = DriftKind::DuplicateIdCrossFile;
        let place = Some(Self::place(&one.origin, path));
        let mut fact = Self::fact(kind, severity, (EntityKind::StateId, id.1.clone()), place, message);
        fact.theirs = Some(Self::place_of(&two.origin));
        Some(fact)
    }

    /// Whether the files with these keys run together after the merge: `Some(true)` for sure,
    /// `Some(false)` perhaps; `None`: nothing runs both.
    pub(crate) fn together(&self, one: &SaltPath, other: &SaltPath) -> Option<bool> {
        if self.run_of(one, other).is_some() {
            return Some(true);
        }
        let mut roots: Vec<SaltPath> = Vec::new();
        for (side, key) in [(Side::Ours, one), (Side::Theirs, other)] {
            let includers = self.view(side).includers(self.lineage.path(side, key));
            roots.extend(includers.iter().map(|path| self.lineage.key(side, path).clone()));
        }
        roots.sort();
        roots.dedup();
        let mut best = None;
        for root in roots.iter().take(MAX_ROOTS) {
            let closure = self.merged_closure([(root.clone(), true)]);
            if let (Some(a), Some(b)) = (closure.get(one), closure.get(other)) {
                best = best.max(Some(*a && *b));
            }
        }
        if best == Some(true) {
            return best;
        }
        for roots in self.merged_targets() {
            let closure = self.merged_closure(roots);
            if let (Some(true), Some(true)) = (closure.get(one), closure.get(other)) {
                return Some(true);
            }
        }
        // What either side's top gives.
        let mut tops: Vec<(SaltPath, bool)> = Vec::new();
        for side in [Side::Ours, Side::Theirs] {
            let highstate = self.view(side).highstate();
            let files = highstate.files.iter().filter(|(_, reached)| reached.from.is_none());
            tops.extend(files.map(|(path, reached)| (self.lineage.key(side, path).clone(), reached.certain)));
        }
        let closure = self.merged_closure(tops);
        let both = closure.get(one).zip(closure.get(other)).map(|(a, b)| *a && *b);
        best.max(both)
    }

    /// The first target of the merged top file whose minions certainly run both files.
    fn run_of(&self, one: &SaltPath, other: &SaltPath) -> Option<&str> {
        let (one, other) = (self.merged_path(one), self.merged_path(other));
        let both = |run: &&model::Run| run.has(one) == Some(true) && run.has(other) == Some(true);
        self.runs().iter().find(both).map(|run| run.target.as_str())
    }

    /// Whether something in the merge takes the ID, or one of the files' SLS, out of runs.
    fn is_excluded(&self, id: &str, files: [&SaltPath; 2]) -> bool {
        let Some(merged) = &self.merged else { return false };
        let excluded = |name: &str| merged.view.index().files(Slot::ExcludeOf, name).next().is_some();
        let facts = files.into_iter().filter_map(|key| self.facts(In::Merged, key));
        excluded(id) || facts.flat_map(|facts| &facts.names).any(|(_, name)| excluded(name))
    }

    /// The SLS of each target of the merged top file: who matches it runs them together.
    fn merged_targets(&self) -> Vec<Vec<(SaltPath, bool)>> {
        let by_key = |side: Side| {
            let targets = self.view(side).targets().into_iter();
            let keyed = |files: Vec<(SaltPath, bool)>| -> Vec<(SaltPath, bool)> {
                files.into_iter().map(|(path, sure)| (self.lineage.key(side, &path).clone(), sure)).collect()
            };
            targets.map(|(target, files)| (target, keyed(files))).collect::<FxHashMap<_, _>>()
        };
        let (ours, theirs, base) = (by_key(Side::Ours), by_key(Side::Theirs), self.base.targets());
        let mut names: Vec<_> = ours.keys().chain(theirs.keys()).collect();
        names.sort();
        names.dedup();
        let none = Vec::new();
        let merged = names.into_iter().take(MAX_ROOTS).map(|name| {
            let of = |all: &FxHashMap<_, Vec<_>>| all.get(name).unwrap_or(&none).clone();
            let (ours, theirs, base) = (of(&ours), of(&theirs), of(&base));
            let mut files: Vec<(SaltPath, bool)> = ours.iter().chain(&theirs).cloned().collect();
            files.sort();
            files.dedup();
            files.retain(|file| (ours.contains(file) && theirs.contains(file)) || !base.contains(file));
            files
        });
        merged.collect()
    }

    /// What the SLS with these keys run after the merge, and whether for sure.
    pub(crate) fn merged_closure(
        &self,
        roots: impl IntoIterator<Item = (SaltPath, bool)>,
    ) -> FxHashMap<SaltPath, bool> {
        let mut closure: FxHashMap<SaltPath, bool> = FxHashMap::default();
        let mut work: Vec<(SaltPath, bool)> = roots.into_iter().collect();
        while let Some((key, certain)) = work.pop() {
            if closure.get(&key).is_some_and(|before| *before || !certain) {
                continue;
            }
            closure.insert(key.clone(), certain);
            work.extend(self.merged_includes(&key).into_iter().map(|(key, sure)| (key, certain && sure)));
        }
        closure
    }

    /// Which files the file with the key includes after the merge.
    fn merged_includes(&self, key: &SaltPath) -> Vec<(SaltPath, bool)> {
        let included = |side: Side| -> FxHashSet<(SaltPath, bool)> {
            let view: &'a model::View = self.view(side);
            let mut found = FxHashSet::default();
            let Some(facts) = self.facts(In::Side(side), key) else { return found };
            for include in &facts.includes {
                for (path, sure) in view.included(facts, include) {
                    found.insert((self.lineage.key(side, &path).clone(), sure && include.when.is_always()));
                }
            }
            found
        };
        let (ours, theirs) = (included(Side::Ours), included(Side::Theirs));
        match (self.facts(In::Side(Side::Ours), key), self.facts(In::Side(Side::Theirs), key)) {
            (Some(_), None) => return ours.into_iter().collect(),
            (None, Some(_)) => return theirs.into_iter().collect(),
            _ => {}
        }
        let mut before = FxHashSet::default();
        if let Some(facts) = self.base.facts(key) {
            for include in &facts.includes {
                let found = self.base.included(facts, include).into_iter();
                before.extend(found.map(|(path, sure)| (path, sure && include.when.is_always())));
            }
        }
        let keep = |(key, sure): &(SaltPath, bool)| {
            let edge = (key.clone(), *sure);
            (ours.contains(&edge) && theirs.contains(&edge)) || !before.contains(&edge)
        };
        ours.union(&theirs).filter(|edge| keep(edge)).cloned().collect()
    }
}
