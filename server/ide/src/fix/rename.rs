//! Rename a thing everywhere on this branch, as the base branch did: a state ID, an SLS or another file,
//! a macro. What a template computes is not guessed at: then nothing is renamed.

use compare::{DriftFact, DriftKind};
use model::{Block, EntityKind, Facts, Found, Slot};
use render::{EntryKind, Origin, Pattern};
use syntax::jinja::walk::{NameRole, Visitor, walk_body};
use syntax::jinja::{self, Name};
use text::TextRange;
use world::SaltPath;

use super::Fixer;
use super::edits::{Attempt, FileEdits, refuse};
use super::sections::{Side, What, is_whole, replace, sections};
use crate::upstream::text_in;

/// Where the text says just `name`, perhaps in quotes: the name's own range.
fn name_in(text: &str, range: TextRange, name: &str) -> Option<TextRange> {
    let slice = range.slice(text);
    let bare = slice.trim_matches(['\'', '"']);
    if bare != name {
        return None;
    }
    let start = range.start as usize + slice.find(bare)?;
    Some(TextRange::of(start, start + bare.len()))
}

/// The places of a name that a file imports.
struct Imported<'n> {
    name: &'n str,
    found: Vec<TextRange>,
}

impl<'t> Visitor<'t> for Imported<'_> {
    fn name(&mut self, name: &'t Name, role: NameRole) {
        if matches!(role, NameRole::FromImport | NameRole::Imported) && name.text == self.name {
            self.found.push(name.range);
        }
    }
}

impl Fixer<'_> {
    fn our_text(&self, path: &SaltPath) -> Attempt<String> {
        text_in(&self.analysis.world, path).map_or_else(|| refuse(format!("{path} cannot be read")), Ok)
    }

    fn line(text: &str, range: TextRange) -> usize {
        text.get(..range.start as usize).map_or(0, |before| before.matches('\n').count()) + 1
    }

    /// Replaces `old` at `range`, which must say just that.
    fn put(&self, edits: &mut FileEdits, path: &SaltPath, range: TextRange, old: &str, new: &str) -> Attempt<()> {
        let text = self.our_text(path)?;
        let Some(place) = name_in(&text, range, old) else {
            let line = Self::line(&text, range);
            return refuse(format!("'{old}' is computed by a template in line {line} of {path}: rename it by hand"));
        };
        edits.replace(path, place, new);
        Ok(())
    }

    /// What is found where a definition stands.
    fn definition(&self, path: &SaltPath, range: TextRange, kind: EntityKind) -> Option<Found> {
        let all = self.analysis.catalog.entity_at(path, range.start);
        all.into_iter().find(|found| found.entity.kind == kind && found.entity.range == range)
    }

    /// Edits after which everything is called as on the base branch.
    pub(super) fn rename(&self, fact: &DriftFact) -> Attempt<FileEdits> {
        let Some(new) = &fact.renamed_to else { return refuse("nothing was renamed") };
        let back = fact.kind == DriftKind::RemovedHereUsedUpstream;
        let (old, new) = if back { (new.as_str(), fact.name.as_str()) } else { (fact.name.as_str(), new.as_str()) };
        match fact.entity {
            EntityKind::StateId | EntityKind::Extend => self.rename_state(fact, old, new),
            EntityKind::Requisite if fact.kind == DriftKind::RequisiteTargetRemovedUpstream => {
                let old = old.rsplit_once(':').map_or(old, |(_, name)| name);
                self.rename_state(fact, old, new)
            }
            EntityKind::PillarKey | EntityKind::PillarUse => self.rename_pillar(old, new),
            EntityKind::Macro => self.rename_macro(fact, old, new),
            EntityKind::Sls | EntityKind::Include | EntityKind::TopTarget | EntityKind::Requisite => {
                self.rename_sls(fact, old, new)
            }
            EntityKind::Import | EntityKind::SaltFile => self.rename_file(fact, new),
            _ => refuse("this is not renamed by a fix"),
        }
    }

    fn rename_state(&self, fact: &DriftFact, old: &str, new: &str) -> Attempt<FileEdits> {
        let at = match fact.kind {
            DriftKind::RequisiteTargetRemovedUpstream => fact.ours.as_ref().map(|ours| (&ours.path, ours.range)),
            _ => fact.place.as_ref().map(|(path, range)| (path, *range)),
        };
        let found = at.and_then(|(path, range)| self.definition(path, range, EntityKind::StateId));
        let Some(found) = found else { return refuse(format!("'{old}' is not declared on this branch")) };
        let (path, range) = (&found.entity.path, found.entity.range);
        let mut edits = FileEdits::default();
        // ID and name may go together: what was not edited here becomes what it is there
        if !self.take_renamed(&mut edits, fact, path, old, new)? {
            self.put(&mut edits, path, range, old, new)?;
        }
        for used in self.analysis.catalog.uses_of(&found) {
            let bare = used.name.rsplit_once(':').map_or(used.name.as_str(), |(_, name)| name);
            // named by something else than the ID
            if bare == old {
                self.put(&mut edits, &used.path, used.range, old, new)?;
            }
        }
        Ok(edits)
    }

    /// Whether the state was not edited here, and theirs was put in its place.
    fn take_renamed(
        &self,
        edits: &mut FileEdits,
        fact: &DriftFact,
        path: &SaltPath,
        old: &str,
        new: &str,
    ) -> Attempt<bool> {
        let there = self.upstream.in_theirs(path);
        if fact.kind != DriftKind::RemovedHereUsedUpstream
            && fact.theirs.as_ref().is_some_and(|theirs| theirs.path != there)
        {
            return refuse(format!("it was also moved to another file on {}: take its version", self.upstream.name));
        }
        let Some(base) = &self.upstream.base else { return Ok(false) };
        let before = self.upstream.in_base(path);
        let texts = (self.our_text(path)?, text_in(&base.world, &before), text_in(&self.upstream.theirs.world, &there));
        let (ours, Some(base_text), Some(theirs)) = texts else { return Ok(false) };
        let views = (self.ours(), base.catalog.views.first(), self.theirs());
        let (Some(our_view), Some(base_view), Some(their_view)) = views else { return Ok(false) };
        let (Some(a), Some(b), Some(c)) = (our_view.facts(path), base_view.facts(&before), their_view.facts(&there))
        else {
            return Ok(false);
        };
        let section = |facts: &Facts, text: &str, name: &str| {
            sections(facts, text, What::State, "").into_iter().find(|section| section.name == name)
        };
        let (Some(mine), Some(parted), Some(other)) =
            (section(a, &ours, old), section(b, &base_text, old), section(c, &theirs, new))
        else {
            return Ok(false);
        };
        let whole = is_whole(mine.extent.slice(&ours)) && is_whole(other.extent.slice(&theirs));
        if mine.extent.slice(&ours) != parted.extent.slice(&base_text) || !whole {
            return Ok(false);
        }
        replace(edits, (&Side { facts: a, text: &ours }, &mine), (&Side { facts: c, text: &theirs }, &other))?;
        Ok(true)
    }

    fn rename_macro(&self, fact: &DriftFact, old: &str, new: &str) -> Attempt<FileEdits> {
        let at = match &fact.ours {
            Some(ours) => Some((&ours.path, ours.range)),
            None => fact.place.as_ref().map(|(path, range)| (path, *range)),
        };
        let found = at.and_then(|(path, range)| self.definition(path, range, EntityKind::Macro));
        let Some(found) = found else { return refuse(format!("macro '{old}' is not defined on this branch")) };
        let mut edits = FileEdits::default();
        self.put(&mut edits, &found.entity.path, found.entity.range, old, new)?;
        for used in self.analysis.catalog.uses_of(&found) {
            let text = self.our_text(&used.path)?;
            // called by another name that it was imported under
            if name_in(&text, used.range, old).is_some() {
                edits.replace(&used.path, used.range, new);
            }
        }
        let Some(view) = self.ours() else { return Ok(edits) };
        let home = found.entity.path.as_str();
        for user in view.index().files(Slot::MemberOf, home).chain(view.index().files(Slot::ImportOf, home)) {
            let text = self.our_text(user)?;
            let mut imported = Imported { name: old, found: Vec::new() };
            walk_body(&jinja::parse(&text, &jinja::Options::default()).body, &mut imported);
            imported.found.iter().for_each(|range| edits.replace(user, *range, new));
        }
        Ok(edits)
    }

    /// Moves the file as the base branch did; what was not edited here becomes what it is there.
    fn move_file(&self, edits: &mut FileEdits, old: &SaltPath, new: &SaltPath) -> Attempt<()> {
        let base_path = self.upstream.in_base(old);
        let base = self.upstream.base.as_ref().and_then(|base| text_in(&base.world, &base_path));
        let (ours, theirs) = (self.our_text(old)?, text_in(&self.upstream.theirs.world, new));
        if let (Some(base), Some(theirs)) = (base, theirs)
            && ours == base
            && theirs != ours
        {
            edits.edits.remove(old);
            edits.replace(old, TextRange::of(0, ours.len()), theirs);
        }
        edits.renamed.push((old.clone(), new.clone()));
        Ok(())
    }

    fn rename_sls(&self, fact: &DriftFact, old: &str, new: &str) -> Attempt<FileEdits> {
        let back = fact.kind == DriftKind::RemovedHereUsedUpstream;
        let from = match (&fact.ours, &fact.place) {
            (Some(ours), _) => &ours.path,
            (None, Some((path, _))) => path,
            (None, None) => return refuse("it is not on this branch"),
        };
        let to = if back {
            self.upstream.in_theirs(from)
        } else {
            match &fact.theirs {
                Some(theirs) => theirs.path.clone(),
                None => return refuse(format!("its file on {} is not known", self.upstream.name)),
            }
        };
        if self.upstream.theirs.world.tree.get(&to).is_none() || self.upstream.in_theirs(from) != to {
            return refuse(format!("its states went to another file on {}: take its version", self.upstream.name));
        }
        let mut edits = FileEdits::default();
        self.sls_uses(&mut edits, old, new)?;
        self.move_file(&mut edits, from, &to)?;
        Ok(edits)
    }

    fn sls_uses(&self, edits: &mut FileEdits, old: &str, new: &str) -> Attempt<()> {
        let wanted = Pattern::literal(old);
        for view in &self.analysis.catalog.views {
            let mut users: Vec<SaltPath> = Vec::new();
            for slot in [Slot::IncludeOf, Slot::TopOf, Slot::RequisiteTo, Slot::ExcludeOf] {
                users.extend(view.index().candidates(slot, &wanted));
            }
            users.sort();
            users.dedup();
            for facts in users.iter().filter_map(|path| view.facts(path)) {
                for (origin, written) in sls_places(facts, &wanted) {
                    self.put(edits, &origin.path, origin.range, written.as_deref().unwrap_or(old), new)?;
                }
            }
        }
        Ok(())
    }

    fn rename_file(&self, fact: &DriftFact, new: &str) -> Attempt<FileEdits> {
        let (Some(ours), Some(theirs)) = (&fact.ours, &fact.theirs) else { return refuse("the file is not known") };
        let (from, to) = (&ours.path, &theirs.path);
        let Some(view) = self.ours() else { return refuse("nothing was read") };
        let roots = view.minion.file_roots.values().flatten();
        let Some(old) = roots.filter_map(|root| from.below(root)).next().map(ToOwned::to_owned) else {
            return refuse(format!("{from} lies under no root"));
        };
        let mut edits = FileEdits::default();
        for view in &self.analysis.catalog.views {
            for slot in [Slot::ImportOf, Slot::SaltFileOf] {
                for facts in view.index().files(slot, from.as_str()).filter_map(|user| view.facts(user)) {
                    let imports = facts.imports.iter().filter(|import| import.target.as_ref() == Some(from));
                    let files = facts.salt_files.iter().filter(|file| file.targets.contains(from));
                    let places: Vec<&Origin> =
                        imports.map(|import| &import.origin).chain(files.map(|file| file.origin.as_ref())).collect();
                    for origin in places {
                        self.put_part(&mut edits, origin, &old, new)?;
                    }
                }
            }
        }
        self.move_file(&mut edits, from, to)?;
        Ok(edits)
    }

    /// Replaces `old` within the text at `origin`, which must hold it once.
    fn put_part(&self, edits: &mut FileEdits, origin: &Origin, old: &str, new: &str) -> Attempt<()> {
        let text = self.our_text(&origin.path)?;
        let slice = origin.range.slice(&text);
        match (slice.find(old), slice.matches(old).count()) {
            (Some(at), 1) => {
                let start = origin.range.start as usize + at;
                edits.replace(&origin.path, TextRange::of(start, start + old.len()), new);
                Ok(())
            }
            _ => {
                let line = Self::line(&text, origin.range);
                refuse(format!("'{old}' is computed in line {line} of {}: rename it by hand", origin.path))
            }
        }
    }
}

/// Where a file names the SLS, and what is written there if it is not just the name.
fn sls_places(facts: &Facts, wanted: &Pattern) -> Vec<(Origin, Option<String>)> {
    let mut found = Vec::new();
    let pillar = matches!(facts.kind, EntryKind::Pillar | EntryKind::PillarTop);
    for include in facts.includes.iter().filter(|include| include.sls.as_ref() == Some(wanted)) {
        found.push((include.origin.as_ref().clone(), include.written.as_literal().map(ToOwned::to_owned)));
    }
    for target in &facts.targets {
        let named = target.sls.iter().filter(|(name, _, _)| name == wanted);
        found.extend(named.map(|(_, origin, _)| (origin.as_ref().clone(), None)));
    }
    if pillar {
        return found;
    }
    for exclude in facts.excludes.iter().filter(|exclude| exclude.sls && exclude.name == *wanted) {
        found.push((exclude.origin.as_ref().clone(), None));
    }
    for declaration in Block::Own.of(facts).iter().chain(Block::Extend.of(facts)) {
        for requisite in declaration.states.iter().flat_map(|state| &state.requisites) {
            let sls = requisite.module.as_ref().and_then(Pattern::as_literal) == Some("sls");
            if sls && requisite.name == *wanted {
                found.push((requisite.name_origin.as_ref().clone(), None));
            }
        }
    }
    found
}
