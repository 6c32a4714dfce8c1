//! Requisites whose state is still somewhere after the merge, but no longer runs with them: the other
//! side moved it to another file, or cut the includes that led to it.

use model::{EntityKind, Reach, Target};
use render::Pattern;
use rustc_hash::{FxHashMap, FxHashSet};
use world::{SaltPath, Stopped};

use crate::context::{Comparison, Presence};
use crate::lineage::Side;
use crate::rules::states::{Reference, references, verb};
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

impl Comparison<'_> {
    /// References that `side` added and whose targets the other side took out of their reach.
    pub(crate) fn unreachable_targets(&mut self, side: Side) -> Result<(), Stopped> {
        let view = self.view(side);
        let other = self.diff(side.other());
        let (cut, moved) = (other.includes_differ(), other.moved_names());
        let mut found = Vec::new();
        if !cut && moved.is_empty() {
            return Ok(());
        }
        for pair in &self.diff(side).files {
            self.stop.check()?;
            let Some(facts) = pair.other.filter(|facts| facts.rendered.complete) else { continue };
            let all = references(facts);
            let own_ids: FxHashSet<&Pattern> = facts.declarations.iter().map(|declaration| &declaration.id).collect();
            let added = |reference: &&Reference<'_>| {
                let name = reference.name();
                let count = |facts: &model::Facts, world| self.count(facts, world, side, reference);
                reference.certain
                    && name.as_literal().is_some_and(|name| moved.contains(name) || cut)
                    // What stands in the same file is reached, unless it moved.
                    && (!own_ids.contains(name) || name.as_literal().is_some_and(|name| moved.contains(name)))
                    && self.presence(side, &facts.path, count) == Presence::Added
            };
            let all: Vec<&Reference<'_>> = all.iter().filter(added).collect();
            if all.is_empty() || view.closure(&facts.path).open {
                continue;
            }
            let mut merged: Option<Option<FxHashMap<SaltPath, bool>>> = None;
            for reference in all {
                let resolved = match reference.requisite {
                    Some((_, requisite)) => view.resolve_requisite(&facts.path, requisite),
                    None => view.resolve_extend(&facts.path, reference.declaration),
                };
                let near = |target: &&Target| target.reach == Reach::Closure && target.literal;
                let Some(target) = resolved.targets.iter().find(near) else { continue };
                let closure = merged.get_or_insert_with(|| self.known_closure(self.lineage.key(side, &facts.path)));
                let Some(closure) = closure else { break };
                let homes = self.homes(side, reference, target);
                if homes.is_empty() || homes.iter().any(|(home, _)| closure.contains_key(home)) {
                    continue;
                }
                let own = self.lineage.key(side, &facts.path);
                if homes.iter().any(|(_, literal)| !literal) || self.resolves_after_merge(side, reference) {
                    continue;
                }
                // Some minion runs it without the target; else whatever runs both is good enough.
                let without = self.run_without(own, &homes);
                if without.is_none() && homes.iter().any(|(home, _)| self.together(own, home).is_some()) {
                    continue;
                }
                let fact = self.out_of_reach(side, reference, target, &homes);
                found.extend(fact.map(|mut fact| {
                    if let Some(minions) = without {
                        fact.message.push_str(&format!(" on minions of '{minions}'"));
                    }
                    fact
                }));
            }
        }
        self.found.extend(found);
        Ok(())
    }

    /// Where the merge has what `reference` means: keys of files, and whether the name is literal there.
    fn homes(&self, side: Side, reference: &Reference<'_>, target: &Target) -> Vec<(SaltPath, bool)> {
        let other = side.other();
        let theirs = self.view(other).states_named(reference.module(), reference.name());
        // A pattern that stood beside the target already was not meant: two states would have had one name.
        let stood = |found: &Target| {
            !found.literal && self.target_id(other, found).and_then(|id| self.diff(other).was(&id)).is_some()
        };
        let theirs = theirs.iter().filter(|found| !stood(found));
        let mut homes: Vec<(SaltPath, bool)> =
            theirs.map(|found| (self.lineage.key(other, &found.path).clone(), found.literal)).collect();
        // What this side added or moved stays where this side put it.
        let own = self.view(side).states_named(reference.module(), reference.name());
        for found in own.iter().filter(|found| found.literal).chain([target]) {
            let kept = self.target_id(side, found).is_none_or(|id| match self.diff(side).was(&id) {
                Some(base) => base.0 != id.0,
                None => true,
            });
            if kept {
                homes.push((self.lineage.key(side, &found.path).clone(), found.literal));
            }
        }
        homes
    }

    /// The first target whose minions run the file with the key, but nothing of `homes`.
    fn run_without(&self, own: &SaltPath, homes: &[(SaltPath, bool)]) -> Option<&str> {
        let own = self.merged_path(own);
        let lacks = |run: &&model::Run| {
            let homes = homes.iter().all(|(home, _)| run.has(self.merged_path(home)).is_none());
            !run.closure.open && run.has(own) == Some(true) && homes
        };
        self.runs().iter().find(lacks).map(|run| run.target.as_str())
    }

    /// What the file with the key runs after the merge; `None` if something unknown decides that.
    fn known_closure(&self, key: &SaltPath) -> Option<FxHashMap<SaltPath, bool>> {
        let closure = self.merged_closure([(key.clone(), true)]);
        let known = |side: Side, key: &SaltPath| {
            let Some(facts) = self.facts(crate::context::In::Side(side), key) else { return true };
            let view = self.view(side);
            let named = |include: &model::Include| !view.included(facts, include).is_empty();
            facts.rendered.complete
                && facts
                    .includes
                    .iter()
                    .all(|include| include.sls.as_ref().is_some_and(|sls| !sls.is_pattern()) && named(include))
        };
        closure.keys().all(|key| known(Side::Ours, key) && known(Side::Theirs, key)).then_some(closure)
    }

    fn out_of_reach(
        &self,
        side: Side,
        reference: &Reference<'_>,
        target: &Target,
        homes: &[(SaltPath, bool)],
    ) -> Option<DriftFact> {
        let develop = self.sides.base_name;
        let other = side.other();
        let name = reference.name().to_string();
        let home = &homes.first()?.0;
        let file = self.lineage.path(other, home);
        let moved = *self.lineage.key(side, &target.path) != *home;
        let declared = self.target_id(side, target).and_then(|id| {
            let now = self.diff(other).now(&self.diff(side).was(&id)?)?;
            self.declared(other, &now)
        });
        let path = &reference.facts.path;
        if side == Side::Theirs {
            let place = declared.or_else(|| self.file_place(Side::Ours, home))?;
            let what = if moved { format!("was moved to {file} here") } else { "lost its includers here".to_owned() };
            let message = format!("state '{name}' {what}, but {develop} uses it in {path}, which does not run with it");
            let severity = self.severity(DriftSeverity::Warning, true, &place.path);
            let kind = DriftKind::RemovedHereUsedUpstream;
            let place = Some((place.path, place.range));
            let mut fact = Self::fact(kind, severity, (EntityKind::StateId, name), place, message);
            let origin = reference.requisite.map_or(&reference.declaration.origin, |(_, one)| &one.name_origin);
            fact.theirs = Some(Self::place_of(origin));
            return Some(fact);
        }
        let (entity, label, origin, said) = match reference.requisite {
            Some((_, requisite)) => {
                let label = requisite.module.as_ref().map_or_else(|| name.clone(), |module| format!("{module}:{name}"));
                (EntityKind::Requisite, label, &requisite.name_origin, verb(&requisite.kind))
            }
            None => (EntityKind::Extend, name.clone(), &reference.declaration.origin, "extended here".to_owned()),
        };
        let message = if moved {
            format!("state '{name}' {said} was moved to {file} on {develop}, which does not run with this")
        } else {
            format!("state '{name}' {said} stands in {file}, which does not run with this any more on {develop}")
        };
        let severity = self.severity(DriftSeverity::Error, true, path);
        let place = Some(Self::place(origin, path));
        let kind = DriftKind::RequisiteTargetRemovedUpstream;
        let mut fact = Self::fact(kind, severity, (entity, label), place, message);
        fact.theirs = declared.or_else(|| Some(Place { path: file.clone(), range: text::TextRange::empty(0) }));
        fact.origin = Some(origin.clone());
        Some(fact)
    }
}
