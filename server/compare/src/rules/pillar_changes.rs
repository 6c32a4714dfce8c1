//! What each side did to every pillar key. Never shows a value.

use model::{EntityKind, Facts, PillarKey};
use render::{EntryKind, NodeKind};
use rustc_hash::{FxHashMap, FxHashSet};
use world::{SaltPath, Stopped};

use crate::context::{Comparison, In};
use crate::lineage::Side;
use crate::rules::changes::clash;
use crate::rules::pillar::key_name;
use crate::{DriftFact, DriftKind, DriftSeverity, body};

/// The keys of a file that hold no mapping, those that stand there once.
fn leaves(facts: Option<&Facts>) -> FxHashMap<String, &PillarKey> {
    let mut all: FxHashMap<String, &PillarKey> = FxHashMap::default();
    let mut twice = FxHashSet::default();
    for key in facts.into_iter().flat_map(|facts| &facts.pillar_keys) {
        let Some(name) = key_name(key) else { continue };
        if matches!(key.value.kind, NodeKind::Map(_) | NodeKind::Choice(_)) {
            continue;
        }
        if all.insert(name.clone(), key).is_some() {
            twice.insert(name);
        }
    }
    all.retain(|name, _| !twice.contains(name));
    all
}

/// What became of one key.
enum Became {
    Clash,
    EditedHereRemoved,
    RemovedHereEdited,
    Quiet(DriftKind, &'static str),
}

impl Comparison<'_> {
    /// All keys of pillar files that differ.
    pub(crate) fn pillar_changes(&mut self) -> Result<(), Stopped> {
        let gone = self.pillar_gone(Side::Theirs);
        let mut keys: Vec<SaltPath> = Vec::new();
        for side in [Side::Ours, Side::Theirs] {
            let files = self.diff(side).files.iter().filter(|pair| pair.known);
            keys.extend(files.filter(|pair| self.lineage.changed(side, &pair.key)).map(|pair| pair.key.clone()));
        }
        keys.sort();
        keys.dedup();
        let mut found = Vec::new();
        for key in keys {
            self.stop.check()?;
            let in_world = |world: In| self.facts(world, &key).filter(|facts| facts.kind == EntryKind::Pillar);
            let [base, ours, theirs] = [In::Base, In::Side(Side::Ours), In::Side(Side::Theirs)].map(in_world);
            let [before, here, there] = [base, ours, theirs].map(|facts| leaves(facts.map(AsRef::as_ref)));
            let mut names: Vec<&String> = before.keys().chain(here.keys()).chain(there.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let keys = [before.get(name), here.get(name), there.get(name)].map(|key| key.copied());
                let Some(became) = became(keys) else { continue };
                // A key that only moved to another file of theirs is not removed.
                let removed = gone.contains_key(name);
                if matches!(became, Became::EditedHereRemoved) && !removed {
                    continue;
                }
                let new = if removed { self.renamed_key(Side::Theirs, name, &gone) } else { None };
                found.push(self.key_fact(&key, name, keys, &became, new));
            }
        }
        self.found.extend(found);
        Ok(())
    }

    fn key_fact(
        &self,
        file: &SaltPath,
        name: &str,
        [base, ours, theirs]: [Option<&PillarKey>; 3],
        became: &Became,
        new: Option<String>,
    ) -> DriftFact {
        let develop = self.sides.base_name;
        let (kind, wanted, message) = match (became, &new) {
            (Became::Clash, _) => {
                let did = if base.is_some() { "changed differently" } else { "added with different values" };
                let message = format!("pillar key '{name}' was {did} here and on {develop}");
                (DriftKind::ConflictingChange, DriftSeverity::Warning, message)
            }
            (Became::EditedHereRemoved, Some(new)) => {
                let message = format!("pillar key '{name}' was renamed to '{new}' on {develop}, and changed here");
                (DriftKind::RenamedUpstream, DriftSeverity::Warning, message)
            }
            (Became::EditedHereRemoved, None) => {
                let message = format!("pillar key '{name}' was changed here and removed on {develop}");
                (DriftKind::EditedHereRemovedUpstream, DriftSeverity::Warning, message)
            }
            (Became::RemovedHereEdited, _) => {
                let message = format!("pillar key '{name}' was removed here and changed on {develop}");
                (DriftKind::RemovedHereEditedUpstream, DriftSeverity::Warning, message)
            }
            (Became::Quiet(kind, what), _) => {
                let message = format!("pillar key '{name}' was {}", what.replace("{}", develop));
                (*kind, DriftSeverity::None, message)
            }
        };
        let place = ours.map(|key| (key.origin.path.clone(), key.origin.range));
        let place = place.or_else(|| self.file_place(Side::Ours, file).map(|place| (place.path, place.range)));
        let certain =
            [ours, theirs].into_iter().flatten().all(|key| key.when.is_always() && body::is_known(&key.value));
        let path = place.as_ref().map_or(file, |(path, _)| path);
        let severity = self.severity(wanted, certain, path);
        let mut fact = Self::fact(kind, severity, (EntityKind::PillarKey, name), place, message);
        fact.theirs = theirs.map(|key| Self::place_of(&key.origin)).or_else(|| self.file_place(Side::Theirs, file));
        fact.renamed_to = new;
        fact
    }
}

fn became([before, ours, theirs]: [Option<&PillarKey>; 3]) -> Option<Became> {
    let values = [before, ours, theirs].map(|key| key.map(|key| &key.value));
    let [base, here, there] = values.map(|value| value.map(body::value));
    if here == base && there == base {
        return None;
    }
    let quiet = |kind, what| Some(Became::Quiet(kind, what));
    match (base.is_some(), here.is_some(), there.is_some()) {
        _ if here == there => quiet(DriftKind::Converged, "changed alike here and on {}"),
        (true, true, false) if here != base => Some(Became::EditedHereRemoved),
        (true, true, false) => quiet(DriftKind::Incoming, "removed on {}"),
        (true, false, true) if there != base => Some(Became::RemovedHereEdited),
        (true, false, true) => quiet(DriftKind::Outgoing, "removed here"),
        (false, true, false) => quiet(DriftKind::Outgoing, "added here"),
        (false, false, true) => quiet(DriftKind::Incoming, "added on {}"),
        _ if there == base => quiet(DriftKind::Outgoing, "changed here"),
        _ if here == base => quiet(DriftKind::Incoming, "changed on {}"),
        _ if clash(values[0], values[1], values[2]) => Some(Became::Clash),
        _ => None,
    }
}
