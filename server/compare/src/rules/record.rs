//! Macros and files that are no SLS, as each side changed them: on record only.

use std::collections::BTreeMap;

use model::{EntityKind, Slot};
use render::EntryKind;
use smol_str::SmolStr;
use text::TextRange;
use world::{SaltPath, Stopped};

use crate::context::{Comparison, In};
use crate::lineage::Side;
use crate::rules::pillar::text_of;
use crate::{DriftKind, DriftSeverity};

/// A macro's place and its text without blanks.
type Macros = BTreeMap<SmolStr, (TextRange, String)>;

/// What one side and the other did: kind and words, `{}` for the base branch; `None`: nothing.
fn became<T: PartialEq>([base, ours, theirs]: [Option<T>; 3]) -> Option<(DriftKind, &'static str)> {
    let (here, there) = (ours != base, theirs != base);
    let verb = |now: &Option<T>| match (&base, now) {
        (None, _) => 0,
        (_, None) => 1,
        _ => 2,
    };
    let words = |now: &Option<T>, all: [&'static str; 3]| all.get(verb(now)).copied().unwrap_or_default();
    match (here, there) {
        (false, false) => None,
        (true, false) => {
            Some((DriftKind::Outgoing, words(&ours, ["was added here", "was removed here", "was changed here"])))
        }
        (false, true) => {
            Some((DriftKind::Incoming, words(&theirs, ["was added on {}", "was removed on {}", "was changed on {}"])))
        }
        (true, true) if ours == theirs => {
            let all = ["was added here and on {}", "was removed here and on {}", "was changed alike here and on {}"];
            Some((DriftKind::Converged, words(&ours, all)))
        }
        (true, true) => None,
    }
}

impl Comparison<'_> {
    /// All of them.
    pub(crate) fn records(&mut self) -> Result<(), Stopped> {
        let base = &self.sides.base_world.tree;
        let mut keys: Vec<SaltPath> = Vec::new();
        for side in [Side::Ours, Side::Theirs] {
            keys.extend(base.changed(&self.world(side).tree).iter().map(|path| self.lineage.key(side, path).clone()));
        }
        keys.sort();
        keys.dedup();
        for key in keys {
            self.stop.check()?;
            if [Side::Ours, Side::Theirs].iter().any(|side| self.lineage.changed(*side, &key)) {
                self.macros_of(&key);
                self.file_of(&key);
            }
        }
        Ok(())
    }

    fn macros_in(&self, world: In, key: &SaltPath) -> Macros {
        let Some(facts) = self.facts(world, key) else { return Macros::new() };
        let mut macros = facts.exports.iter().filter(|export| export.params.is_some()).peekable();
        if macros.peek().is_none() {
            return Macros::new();
        }
        let text = text_of(self.world_of(world), &facts.path).unwrap_or_default();
        let squeezed = |range: TextRange| range.slice(&text).split_whitespace().collect::<String>();
        macros.map(|export| (export.name.clone(), (export.range, squeezed(export.extent)))).collect()
    }

    fn macros_of(&mut self, key: &SaltPath) {
        let worlds = [In::Base, In::Side(Side::Ours), In::Side(Side::Theirs)].map(|world| self.macros_in(world, key));
        let mut names: Vec<&SmolStr> = worlds.iter().flat_map(BTreeMap::keys).collect();
        names.sort();
        names.dedup();
        let develop = self.sides.base_name;
        for name in names {
            let texts = worlds.each_ref().map(|macros| macros.get(name).map(|(_, text)| text));
            let Some((kind, words)) = became(texts) else { continue };
            let message = format!("macro '{name}' {}", words.replace("{}", develop));
            let range = worlds[1].get(name).map_or(TextRange::empty(0), |(range, _)| *range);
            let place = self.file_place(Side::Ours, key).map(|place| (place.path, range));
            let entity = (EntityKind::Macro, name.to_string());
            let mut fact = Self::fact(kind, DriftSeverity::None, entity, place, message);
            fact.theirs = self.file_place(Side::Theirs, key);
            if let (Some(theirs), Some((range, _))) = (&mut fact.theirs, worlds[2].get(name)) {
                theirs.range = *range;
            }
            self.found.push(fact);
        }
    }

    /// A template without macros, or a file that some state serves.
    fn file_of(&mut self, key: &SaltPath) {
        let worlds = [In::Base, In::Side(Side::Ours), In::Side(Side::Theirs)];
        let facts = worlds.map(|world| self.facts(world, key));
        let told_by_entity = facts.iter().flatten().any(|facts| {
            matches!(facts.kind, EntryKind::State | EntryKind::Pillar)
                || facts.exports.iter().any(|export| export.params.is_some())
        });
        let path = |side: Side| self.lineage.path(side, key).as_str();
        let served = || {
            let in_base = self.base.index().files(Slot::SaltFileOf, key.as_str()).next().is_some();
            let on = |side: Side| self.view(side).index().files(Slot::SaltFileOf, path(side)).next().is_some();
            in_base || on(Side::Ours) || on(Side::Theirs)
        };
        if told_by_entity || (facts.iter().all(Option::is_none) && !served()) {
            return;
        }
        let blobs = worlds.map(|world| self.world_of(world).tree.get(self.path_in(world, key)).map(|entry| entry.blob));
        let Some((kind, words)) = became(blobs) else { return };
        let message = format!("file '{key}' {}", words.replace("{}", self.sides.base_name));
        let place = self.file_place(Side::Ours, key).map(|place| (place.path, place.range));
        let entity = (EntityKind::SaltFile, key.to_string());
        let mut fact = Self::fact(kind, DriftSeverity::None, entity, place, message);
        fact.theirs = self.file_place(Side::Theirs, key);
        self.found.push(fact);
    }
}
