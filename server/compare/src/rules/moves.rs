//! Files that they moved, and files that conflict in text.

use model::{EntityKind, Slot};
use render::Pattern;
use rustc_hash::FxHashMap;
use text::TextRange;
use world::SaltPath;

use crate::context::{Comparison, In};
use crate::lineage::Side;
use crate::rules::pillar::text_of;
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

impl Comparison<'_> {
    /// SLS that they gave another name by moving the file.
    pub(crate) fn moved_files(&mut self) {
        let develop = self.sides.base_name;
        let mut folders: FxHashMap<(SaltPath, SaltPath), usize> = FxHashMap::default();
        for (old, new) in self.sides.theirs_renames {
            *folders.entry((old.parent(), new.parent())).or_default() += 1;
        }
        let mut found = Vec::new();
        for (old, new) in self.sides.theirs_renames {
            let (Some(before), Some(after)) = (self.facts(In::Base, old), self.facts(In::Side(Side::Theirs), old))
            else {
                continue;
            };
            // `web.sls` and `web/init.sls` are one SLS.
            let same_names = before.names == after.names || before.names.is_empty() || after.names.is_empty();
            let Some(place) = self.file_place(Side::Ours, old).filter(|_| !same_names) else { continue };
            if self.lineage.renamed(Side::Ours, old) == Some(new) {
                continue;
            }
            let edited = self.lineage.changed(Side::Ours, old);
            let whole_folder = folders.get(&(old.parent(), new.parent())).is_some_and(|count| *count > 1);
            let slots = [Slot::IncludeOf, Slot::TopOf, Slot::RequisiteTo];
            let referred_to = || {
                let mut names = before.names.iter().map(|(_, name)| Pattern::literal(name));
                names.any(|name| self.is_referred_to(&slots, &name))
            };
            let wanted = match edited {
                // Git follows a folder that moved.
                _ if whole_folder && old.parent() != new.parent() => DriftSeverity::None,
                true => DriftSeverity::Warning,
                false if referred_to() => DriftSeverity::Information,
                false => DriftSeverity::None,
            };
            let severity = self.severity(wanted, true, &place.path);
            let name = |facts: &model::Facts| facts.names.first().map(|(_, name)| name.to_string()).unwrap_or_default();
            let (old_name, new_name) = (name(before), name(after));
            let also = if edited { ", and changed here" } else { "" };
            let message = format!("SLS '{old_name}' was moved to '{new_name}' on {develop}{also}");
            let entity = (EntityKind::Sls, old_name);
            let kind = DriftKind::MovedUpstream;
            let mut fact = Self::fact(kind, severity, entity, Some((place.path, place.range)), message);
            fact.theirs = Some(Place { path: new.clone(), range: TextRange::empty(0) });
            fact.renamed_to = Some(new_name);
            found.push(fact);
        }
        self.found.extend(found);
    }

    /// Textual conflicts, at the first line of each file.
    pub(crate) fn textual_conflicts(&self) -> Vec<DriftFact> {
        let mut found = Vec::new();
        for path in self.sides.conflicts {
            let text = text_of(self.sides.ours_world, path);
            let first = text.as_deref().and_then(|text| text.lines().next()).unwrap_or("");
            let range = TextRange::of(0, first.len());
            let here = self.sides.ours_world.tree.get(path).is_some();
            let names = self.view(Side::Ours).facts(path).map(|facts| &facts.names);
            let entity = match names.and_then(|names| names.first()) {
                Some((_, name)) => (EntityKind::Sls, name.to_string()),
                None => (EntityKind::SaltFile, path.to_string()),
            };
            let message = format!("this file conflicts in text with {}: merging will stop here", self.sides.base_name);
            let place = here.then(|| (path.clone(), range));
            let mut fact = Self::fact(DriftKind::TextualConflict, DriftSeverity::Information, entity, place, message);
            fact.theirs = self.file_place(Side::Theirs, self.lineage.key(Side::Ours, path));
            found.push(fact);
        }
        found
    }
}
