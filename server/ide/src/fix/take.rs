//! Take the base branch's version of the thing that a finding is about: a state, a pillar key, a macro,
//! or the whole file.

use compare::{DriftFact, DriftKind, Place};
use model::{EntityKind, Facts, Slot, View, joined};
use render::Pattern;
use text::TextRange;
use world::SaltPath;

use super::Fixer;
use super::edits::{Attempt, FileEdits, refuse};
use super::sections::{Section, Side, What, insert, remove, replace, sections};
use crate::upstream::text_in;

/// What is taken: the thing here, the thing there; one of them may be missing.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) what: What,
    pub(super) name: String,
    pub(super) here: Option<(SaltPath, Section)>,
    pub(super) there: Option<(SaltPath, Section)>,
}

fn parent(name: &str) -> &str {
    name.rsplit_once(':').map_or("", |(above, _)| above)
}

impl<'a> Fixer<'a> {
    pub(super) fn ours(&self) -> Option<&'a View> {
        self.analysis.catalog.views.first()
    }

    pub(super) fn theirs(&self) -> Option<&'a View> {
        self.upstream.theirs.catalog.views.first()
    }

    fn text(&self, here: bool, path: &SaltPath) -> Attempt<String> {
        let world = if here { &self.analysis.world } else { &self.upstream.theirs.world };
        text_in(world, path).map_or_else(|| refuse(format!("{path} cannot be read")), Ok)
    }

    fn all(&self, here: bool, path: &SaltPath, what: What, parent: &str) -> Attempt<Vec<Section>> {
        let view = if here { self.ours() } else { self.theirs() };
        let Some(facts) = view.and_then(|view| view.facts(path)) else { return Ok(Vec::new()) };
        Ok(sections(facts, &self.text(here, path)?, what, parent))
    }

    /// The thing in a file that has this name, or whose name or text is at the place.
    fn find(&self, here: bool, path: &SaltPath, what: What, wanted: &Wanted<'_>) -> Option<Section> {
        let view = if here { self.ours() } else { self.theirs() }?;
        let facts: &Facts = view.facts(path)?;
        let text = self.text(here, path).ok()?;
        let mut parents: Vec<String> = vec![String::new()];
        if what == What::PillarKey {
            parents.extend(facts.pillar_keys.iter().map(|key| joined(&key.path)));
        }
        let mut found: Option<Section> = None;
        for above in &parents {
            for section in sections(facts, &text, what, above) {
                let is_it = match wanted {
                    Wanted::Name(name) => section.name == *name,
                    Wanted::At(range) => section.range == *range,
                    Wanted::Around(offset) => section.extent.touches(*offset),
                };
                // the innermost
                if is_it && found.as_ref().is_none_or(|best| section.extent.len() < best.extent.len()) {
                    found = Some(section);
                }
            }
        }
        found
    }

    /// The file there that has the thing of this name: the one that ours became, else the only one.
    fn elsewhere(&self, what: What, name: &str, near: &SaltPath) -> Option<(SaltPath, Section)> {
        let path = self.upstream.in_theirs(near);
        if let Some(section) = self.find(false, &path, what, &Wanted::Name(name)) {
            return Some((path, section));
        }
        let view = self.theirs()?;
        let slot = match what {
            What::State => Slot::StateId,
            What::PillarKey => Slot::PillarKey,
            What::Macro => Slot::Macro,
        };
        let files = view.index().candidates(slot, &Pattern::literal(name));
        let mut found = files.into_iter().filter_map(|path| {
            let section = self.find(false, &path, what, &Wanted::Name(name))?;
            Some((path, section))
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// What can be taken at a finding; `None`: nothing smaller than the file.
    #[allow(clippy::too_many_lines, reason = "one arm for each kind of finding")]
    pub(super) fn taken(&self, fact: &DriftFact) -> Option<Taken> {
        use DriftKind as K;
        let (path, range) = fact.place.as_ref()?;
        let what = match fact.entity {
            EntityKind::PillarKey => What::PillarKey,
            EntityKind::Macro if fact.kind != K::MacroCallBroken || fact.ours.is_none() => What::Macro,
            EntityKind::StateId
            | EntityKind::Requisite
            | EntityKind::Extend
            | EntityKind::PillarUse
            | EntityKind::Macro
            | EntityKind::SaltFile => What::State,
            _ => return None,
        };
        let there_at = |place: &Place| {
            let section = self.find(false, &place.path, what, &Wanted::At(place.range))?;
            Some((place.path.clone(), section))
        };
        let mut taken = Taken { what, name: fact.name.clone(), here: None, there: None };
        match fact.kind {
            K::RemovedHereUsedUpstream => {
                let here = self.find(true, path, what, &Wanted::At(*range));
                if fact.renamed_to.as_ref().is_some_and(|new| here.as_ref().is_some_and(|here| here.name == *new)) {
                    taken.here = here.map(|section| (path.clone(), section));
                }
                taken.there = self.elsewhere(what, &fact.name, path);
            }
            K::RemovedHereEditedUpstream | K::RemovalLost => {
                taken.there = fact.theirs.as_ref().and_then(there_at);
            }
            K::EditedHereRemovedUpstream => {
                taken.here = self.find(true, path, what, &Wanted::At(*range)).map(|section| (path.clone(), section));
                taken.here.as_ref()?;
                taken.name = taken.here.as_ref().map(|(_, here)| here.name.clone())?;
                return Some(taken);
            }
            K::ConflictingChange
            | K::BothChangedSameState
            | K::RenamedUpstream
            | K::MovedUpstream
            | K::DuplicateIdAfterMerge
            | K::DuplicateIdCrossFile => {
                let around = || self.find(true, path, what, &Wanted::Around(range.start));
                let here = self.find(true, path, what, &Wanted::At(*range)).or_else(around);
                taken.here = here.map(|section| (path.clone(), section));
                taken.name = taken.here.as_ref().map(|(_, here)| here.name.clone())?;
                let around = |place: &Place| {
                    let section = self.find(false, &place.path, what, &Wanted::Around(place.range.start))?;
                    Some((place.path.clone(), section))
                };
                taken.there = fact.theirs.as_ref().and_then(|place| there_at(place).or_else(|| around(place)));
            }
            K::MacroCallBroken if what == What::Macro => {
                taken.here = self.find(true, path, what, &Wanted::At(*range)).map(|section| (path.clone(), section));
                taken.there = self.elsewhere(what, &fact.name, path);
            }
            // the state that refers to what is gone
            _ => {
                let section = self.find(true, path, What::State, &Wanted::Around(range.start))?;
                taken.name.clone_from(&section.name);
                taken.there = self.elsewhere(What::State, &section.name, path);
                taken.here = Some((path.clone(), section));
            }
        }
        taken.there.is_some().then_some(taken)
    }

    /// Edits after which the thing is as it is there.
    pub(super) fn take(&self, fact: &DriftFact, taken: &Taken) -> Attempt<FileEdits> {
        let mut edits = FileEdits::default();
        let what = taken.what;
        let Some((their_path, other)) = &taken.there else {
            let Some((path, mine)) = &taken.here else { return refuse("there is nothing to take") };
            let text = self.text(true, path)?;
            let Some(facts) = self.ours().and_then(|view| view.facts(path)) else { return refuse("it is not here") };
            remove(&mut edits, &Side { facts, text: &text }, mine)?;
            return Ok(edits);
        };
        let their_text = self.text(false, their_path)?;
        let Some(their_facts) = self.theirs().and_then(|view| view.facts(their_path)) else {
            return refuse(format!("{their_path} cannot be read"));
        };
        let there = Side { facts: their_facts, text: &their_text };
        let home = self.upstream.in_ours(their_path);
        let added_twice = matches!(fact.kind, DriftKind::DuplicateIdAfterMerge | DriftKind::DuplicateIdCrossFile);
        if let Some((path, mine)) = &taken.here {
            let text = self.text(true, path)?;
            let Some(facts) = self.ours().and_then(|view| view.facts(path)) else { return refuse("it is not here") };
            let here = Side { facts, text: &text };
            if *path == home && !added_twice {
                replace(&mut edits, (&here, mine), (&there, other))?;
                return Ok(edits);
            }
            remove(&mut edits, &here, mine)?;
        }
        let Some(facts) = self.ours().and_then(|view| view.facts(&home)) else {
            if self.analysis.world.tree.get(&home).is_some() {
                return refuse(format!("{home} cannot be read"));
            }
            edits.created.insert(home, their_text);
            return Ok(edits);
        };
        let text = self.text(true, &home)?;
        let here = Side { facts, text: &text };
        // of nested keys, the outermost one that is not here
        let (mut name, mut others) = (other.name.clone(), self.all(false, their_path, what, parent(&other.name))?);
        let mut mine = self.all(true, &home, what, parent(&name))?;
        while what == What::PillarKey && mine.is_empty() && name.contains(':') {
            name = parent(&name).to_owned();
            others = self.all(false, their_path, what, parent(&name))?;
            mine = self.all(true, &home, what, parent(&name))?;
        }
        let Some(wanted) = others.iter().find(|section| section.name == name) else {
            return refuse(format!("'{name}' is not written out on {}", self.upstream.name));
        };
        let without = taken.here.as_ref().filter(|(path, _)| *path == home).map(|(_, section)| section);
        insert(&mut edits, &here, &mine, (&there, &others, wanted), without)?;
        Ok(edits)
    }

    /// The files that a finding is about: here, there.
    pub(super) fn files(&self, fact: &DriftFact) -> Option<(SaltPath, SaltPath)> {
        let (path, _) = fact.place.as_ref()?;
        let removed = fact.kind == DriftKind::RemovedHereUsedUpstream && fact.entity == EntityKind::Sls;
        let wanted = if removed { fact.renamed_to.is_none().then_some(path)? } else { path };
        let there = self.upstream.in_theirs(wanted);
        self.upstream.theirs.world.tree.get(&there)?;
        Some((path.clone(), there))
    }

    /// Edits after which the file is as it is there.
    pub(super) fn take_file(&self, fact: &DriftFact) -> Attempt<FileEdits> {
        let Some((path, there)) = self.files(fact) else {
            return refuse(format!("{} does not have this file", self.upstream.name));
        };
        let (mine, theirs) = (self.text(true, &path)?, self.text(false, &there)?);
        let mut edits = FileEdits::default();
        if mine != theirs {
            edits.replace(&path, TextRange::of(0, mine.len()), theirs);
        }
        if there != self.upstream.in_base(&path) && there != path {
            edits.renamed.push((path, there));
        }
        Ok(edits)
    }
}

enum Wanted<'w> {
    Name(&'w str),
    At(TextRange),
    Around(u32),
}
