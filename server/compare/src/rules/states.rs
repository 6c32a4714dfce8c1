//! Requisites and `extend` entries whose state the other side removed or renamed.

use model::{Block, Declaration, EntityKind, Facts, Requisite, Slot, Target, state_names};
use render::Pattern;
use rustc_hash::FxHashSet;
use world::Stopped;

use crate::context::{Comparison, In, Presence, fate};
use crate::diff::Id;
use crate::lineage::Side;
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

/// A reference to a state.
pub(crate) struct Reference<'a> {
    /// The file that it stands in.
    pub(crate) facts: &'a Facts,
    /// The state that refers.
    pub(crate) declaration: &'a Declaration,
    /// `None`: an entry of `extend`.
    pub(crate) requisite: Option<(&'a Pattern, &'a Requisite)>,
    /// Whether it stands in every rendering.
    pub(crate) certain: bool,
}

impl Reference<'_> {
    pub(crate) fn name(&self) -> &Pattern {
        self.requisite.map_or(&self.declaration.id, |(_, requisite)| &requisite.name)
    }

    fn place(&self) -> Place {
        let declared = &self.declaration.origin;
        Comparison::place_of(self.requisite.map_or(declared, |(_, requisite)| &requisite.name_origin))
    }

    pub(crate) fn module(&self) -> Option<&Pattern> {
        match self.requisite {
            Some((_, requisite)) => requisite.module.as_ref().filter(|module| module.as_literal() != Some("id")),
            None => None,
        }
    }
}

/// All references of a file.
pub(crate) fn references(facts: &Facts) -> Vec<Reference<'_>> {
    let mut all = Vec::new();
    for block in [Block::Own, Block::Extend] {
        for declaration in block.of(facts) {
            let certain = declaration.when.is_always() && !declaration.repeated;
            if block == Block::Extend {
                all.push(Reference { facts, declaration, requisite: None, certain });
            }
            for state in &declaration.states {
                for requisite in &state.requisites {
                    if requisite.module.as_ref().and_then(Pattern::as_literal) == Some("sls") {
                        continue;
                    }
                    let certain = certain && state.when.is_always() && requisite.when.is_always();
                    all.push(Reference { facts, declaration, requisite: Some((&state.module, requisite)), certain });
                }
            }
        }
    }
    all
}

impl Comparison<'_> {
    /// References of `side` to states that the other side took away.
    pub(crate) fn dangling_states(&mut self, side: Side) -> Result<(), Stopped> {
        let mut found = Vec::new();
        for name in self.names_gone(side.other()) {
            self.stop.check()?;
            let wanted = Pattern::literal(&name);
            let view = self.view(side);
            let mut files = view.index().candidates(Slot::RequisiteTo, &wanted);
            files.extend(view.index().candidates(Slot::ExtendOf, &wanted));
            files.sort();
            files.dedup();
            for facts in files.iter().filter_map(|path| view.facts(path)) {
                for reference in references(facts).iter().filter(|reference| *reference.name() == wanted) {
                    let Some(targets) = self.lost_targets(side, reference) else { continue };
                    match self.presence(side, &facts.path, |facts, world| self.count(facts, world, side, reference)) {
                        Presence::Gone => {}
                        Presence::Added if self.resolves_after_merge(side, reference) => {}
                        Presence::Added => found.push(self.dangling(side, reference, &targets)),
                        Presence::Everywhere if side == Side::Ours => {
                            let theirs = self.facts(In::Side(Side::Theirs), self.lineage.key(side, &facts.path));
                            let theirs = theirs.map(|facts| references(facts)).unwrap_or_default();
                            let same = theirs.iter().find(|other| *other.name() == wanted);
                            let place = same.filter(|other| other.certain).map(Reference::place);
                            self.broken_upstream
                                .extend(place.map(|place| (EntityKind::Requisite, name.clone(), place)));
                        }
                        Presence::Everywhere => {}
                    }
                }
            }
        }
        self.found.extend(found.into_iter().flatten());
        Ok(())
    }

    /// IDs and names of the base's states that `side` does not have any more.
    fn names_gone(&self, side: Side) -> Vec<String> {
        let names = |facts: &Facts| -> FxHashSet<(String, String)> {
            let mut all = FxHashSet::default();
            for declaration in &facts.declarations {
                let id = declaration.id.as_literal().map(ToOwned::to_owned);
                if declaration.states.is_empty() {
                    all.extend(id.clone().map(|id| (String::new(), id)));
                }
                for state in &declaration.states {
                    let module = state.module.to_string();
                    let others = state_names(state);
                    let others = others.iter().filter_map(|name| name.as_literal().map(ToOwned::to_owned));
                    all.extend(id.iter().cloned().chain(others).map(|name| (module.clone(), name)));
                }
            }
            all
        };
        let mut gone: Vec<String> = Vec::new();
        if self.sides.two_way {
            return self.names_gone_two_way(side);
        }
        for pair in self.diff(side).files.iter().filter(|pair| pair.known) {
            let Some(base) = pair.base else { continue };
            let after = pair.other.map_or_else(FxHashSet::default, |facts| names(facts));
            gone.extend(names(base).into_iter().filter(|name| !after.contains(name)).map(|(_, name)| name));
        }
        gone.sort();
        gone.dedup();
        gone
    }

    /// The same without a merge base: what our files name that also stand there, and they don't.
    fn names_gone_two_way(&self, side: Side) -> Vec<String> {
        let (view, other) = (self.view(side), self.view(side.other()));
        let mut gone = Vec::new();
        for (path, facts) in &other.files {
            let Some(there) = view.facts(path).filter(|there| there.rendered.complete) else { continue };
            let kept: FxHashSet<&Pattern> = there.declarations.iter().map(|declaration| &declaration.id).collect();
            let ids = facts.declarations.iter().map(|declaration| &declaration.id);
            gone.extend(ids.filter(|id| !kept.contains(id)).filter_map(Pattern::as_literal).map(ToOwned::to_owned));
        }
        gone.sort();
        gone.dedup();
        gone
    }

    /// The targets of a reference that `side` resolves and the other side lost; `None`: it is no break.
    fn lost_targets(&self, side: Side, reference: &Reference<'_>) -> Option<Vec<Target>> {
        let other = side.other();
        let (module, name) = (reference.module(), reference.name());
        // A pattern that stood beside the target already was not meant: two states would have had one ID.
        let may_be = |target: &Target| {
            let was = self.target_id(other, target).and_then(|id| self.diff(other).was(&id));
            target.literal || self.sides.two_way || was.is_none()
        };
        if self.view(other).states_named(module, name).iter().any(may_be) {
            return None;
        }
        if !self.sides.two_way && !self.base.states_named(module, name).iter().any(|target| target.literal) {
            return None;
        }
        let resolved = match reference.requisite {
            Some((_, requisite)) => self.view(side).resolve_requisite(&reference.facts.path, requisite),
            None => self.view(side).resolve_extend(&reference.facts.path, reference.declaration),
        };
        let targets: Vec<Target> = resolved.targets.into_iter().filter(|target| target.literal).collect();
        if targets.is_empty() {
            return None;
        }
        let lost = targets.iter().all(|target| match self.target_id(side, target) {
            Some(id) if self.sides.two_way => self.view(other).facts(&id.0).is_some(),
            // Added here: it will still be there.
            Some(id) => match self.diff(side).was(&id) {
                // Moved here to another file, which the merge keeps.
                Some(base) if base.0 != id.0 => false,
                Some(base) => match self.diff(other).now(&base) {
                    // Still there under the same ID: its state or its name went.
                    Some(now) => now != base || self.diff(other).file(&base.0).is_some_and(|pair| pair.known),
                    None => true,
                },
                None => false,
            },
            None => false,
        });
        lost.then_some(targets)
    }

    /// The ID of a target on `side`.
    pub(crate) fn target_id(&self, side: Side, target: &Target) -> Option<Id> {
        let facts = self.view(side).facts(&target.path)?;
        let declaration = facts.declarations.get(target.declaration?)?;
        Some((self.lineage.key(side, &target.path).clone(), declaration.id.to_string()))
    }

    /// How often the reference stands in a file of some world.
    pub(crate) fn count(&self, facts: &Facts, world: In, side: Side, reference: &Reference<'_>) -> usize {
        let key_in = |world: In, facts: &Facts| self.key_in(world, &facts.path).clone();
        let owner = |world: In, facts: &Facts, reference: &Reference<'_>| {
            reference.requisite.map(|_| self.canonical(world, &key_in(world, facts), reference.declaration))
        };
        let wanted = owner(In::Side(side), reference.facts, reference);
        let same = |other: &Reference<'_>| {
            let alike = match (reference.requisite, other.requisite) {
                (Some((module, one)), Some((of, two))) => {
                    module == of && (&one.kind, &one.module, &one.name) == (&two.kind, &two.module, &two.name)
                }
                (None, None) => reference.declaration.id == other.declaration.id,
                _ => false,
            };
            alike && owner(world, facts, other) == wanted
        };
        references(facts).iter().filter(|other| same(other)).count()
    }

    fn dangling(&self, side: Side, reference: &Reference<'_>, targets: &[Target]) -> Option<DriftFact> {
        let develop = self.sides.base_name;
        let other = side.other();
        let name = reference.name().to_string();
        let ids: Vec<Id> = targets.iter().filter_map(|target| self.target_id(side, target)).collect();
        let base = ids.first().and_then(|id| self.diff(side).was(id));
        let now = base.as_ref().and_then(|base| self.diff(other).renamed(base)).cloned();
        // A move without a rename cannot be meant: the name would be there.
        let new = now.as_ref().map(|now| now.1.as_str()).filter(|new| *new != name);
        if side == Side::Theirs {
            return self.removed_here(reference, base.as_ref()?, now.as_ref());
        }
        let theirs = match (&now, &base) {
            (Some(now), _) => self.declared(other, now),
            (None, Some(base)) => self.file_place(other, &base.0),
            (None, None) => None,
        };
        let path = &reference.facts.path;
        let (entity, label, origin, said) = match reference.requisite {
            Some((_, requisite)) => {
                let label = requisite.module.as_ref().map_or_else(|| name.clone(), |module| format!("{module}:{name}"));
                (EntityKind::Requisite, label, &requisite.name_origin, verb(&requisite.kind))
            }
            None => (EntityKind::Extend, name.clone(), &reference.declaration.origin, "extended here".to_owned()),
        };
        let severity = self.severity(DriftSeverity::Error, reference.certain, path);
        let place = Some(Self::place(origin, path));
        let message = format!("state '{name}' {said} {} on {develop}", fate(new));
        let kind = DriftKind::RequisiteTargetRemovedUpstream;
        let mut fact = Self::fact(kind, severity, (entity, label), place, message);
        fact.theirs = theirs;
        fact.ours = ids.first().and_then(|id| self.declared(side, id));
        fact.renamed_to = new.map(ToOwned::to_owned);
        fact.origin = Some(origin.clone());
        Some(fact)
    }

    /// We took the state away, and they use it now.
    fn removed_here(&self, reference: &Reference<'_>, base: &Id, now: Option<&Id>) -> Option<DriftFact> {
        let develop = self.sides.base_name;
        let name = reference.name().to_string();
        let path = &reference.facts.path;
        let new = now.map(|now| now.1.as_str()).filter(|new| *new != name);
        let declared = now.and_then(|now| self.declared(Side::Ours, now));
        let place = declared.or_else(|| self.deleted_id(base)).map(|place| (place.path, place.range));
        let home = place.as_ref().map_or(path, |(path, _)| path);
        let severity = self.severity(DriftSeverity::Warning, reference.certain, home);
        let what = new.map_or_else(|| "was removed here".to_owned(), |new| format!("was renamed to '{new}' here"));
        let origin = reference.requisite.map_or(&reference.declaration.origin, |(_, requisite)| &requisite.name_origin);
        let message = format!("state '{name}' {what}, but {develop} uses it in {path}");
        let kind = DriftKind::RemovedHereUsedUpstream;
        let mut fact = Self::fact(kind, severity, (EntityKind::StateId, name), place, message);
        fact.theirs = Some(Self::place_of(origin));
        fact.renamed_to = new.map(ToOwned::to_owned);
        Some(fact)
    }

    /// Where an ID of the base stood that we deleted.
    pub(crate) fn deleted_id(&self, id: &Id) -> Option<Place> {
        let base = self.base.facts(&id.0)?;
        let names = base.declarations.iter().map(|declaration| (declaration.id.to_string(), declaration.extent));
        self.deletion(&id.0, &names.collect::<Vec<_>>(), &id.1)
    }
}

/// What a requisite does with its target.
pub(crate) fn verb(kind: &str) -> String {
    let plain = kind.trim_end_matches("_any").trim_end_matches("_all");
    match plain {
        "require" => "required here".to_owned(),
        "watch" => "watched here".to_owned(),
        "listen" => "listened to here".to_owned(),
        "use" => "used here".to_owned(),
        other => format!("named here under {other}"),
    }
}
