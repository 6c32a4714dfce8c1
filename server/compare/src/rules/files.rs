//! References to files that the other side removed or moved: includes, `sls` requisites, top targets,
//! Jinja imports, `salt://` URLs.

use model::{Block, EntityKind, Facts, Slot};
use render::{EntryKind, Origin, Pattern};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use text::TextRange;
use world::{SaltPath, Stopped, Tree};

use crate::context::{Comparison, In, Presence};
use crate::lineage::{Side, unreadable};
use crate::rules::pillar::text_of;
use crate::rules::upstream::Broken;
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

/// A reference to a file, by name.
struct FileUse {
    entity: EntityKind,
    /// What it says: an SLS name or a path.
    name: String,
    place: (SaltPath, TextRange),
    /// The file that it is written in: a macro's or a map's, where the place is the call or the import.
    written: SaltPath,
    certain: bool,
    /// How it is told from others in its file.
    label: String,
    /// What it does: `included`.
    verb: &'static str,
    /// It is written relative to its own place: it moves with its folder.
    relative: bool,
}

/// Something that is not there any more.
struct Lost {
    /// The old name.
    name: String,
    /// The new one, if it moved.
    new: Option<String>,
    /// The key of the file, in the base.
    key: SaltPath,
}

fn file_use(entity: EntityKind, name: &str, origin: &Origin, path: &SaltPath, certain: bool) -> FileUse {
    let verb = match entity {
        EntityKind::Include => "included",
        EntityKind::Requisite => "required",
        EntityKind::TopTarget => "targeted",
        EntityKind::Import => "imported",
        _ => "used",
    };
    let place = Comparison::place(origin, path);
    let written = origin.path.clone();
    FileUse {
        entity,
        name: name.to_owned(),
        place,
        written,
        certain,
        label: entity.name().to_owned(),
        verb,
        relative: false,
    }
}

/// The includes, `sls` requisites and top targets that name the SLS `name`.
fn sls_uses(facts: &Facts, name: &str) -> Vec<FileUse> {
    let mut found = Vec::new();
    let is_it = |pattern: &Pattern| pattern.as_literal() == Some(name);
    for include in facts.includes.iter().filter(|include| include.sls.as_ref().is_some_and(is_it)) {
        let mut used = file_use(EntityKind::Include, name, &include.origin, &facts.path, include.when.is_always());
        used.relative = include.written.as_literal().is_none_or(|written| written.starts_with('.'));
        found.push(used);
    }
    for declaration in Block::Own.of(facts).iter().chain(Block::Extend.of(facts)) {
        for state in &declaration.states {
            let certain = declaration.when.is_always() && !declaration.repeated && state.when.is_always();
            for requisite in &state.requisites {
                if requisite.module.as_ref().and_then(Pattern::as_literal) == Some("sls") && is_it(&requisite.name) {
                    let certain = certain && requisite.when.is_always();
                    let origin = &requisite.name_origin;
                    let mut used = file_use(EntityKind::Requisite, name, origin, &facts.path, certain);
                    used.label = format!("requisite of {} {}", declaration.id, requisite.kind);
                    found.push(used);
                }
            }
        }
    }
    for target in &facts.targets {
        for (_, origin, when) in target.sls.iter().filter(|(sls, _, _)| is_it(sls)) {
            let certain = target.when.is_always() && when.is_always();
            let mut used = file_use(EntityKind::TopTarget, name, origin, &facts.path, certain);
            // Environments' names differ between branches.
            used.label = format!("top target {}", target.target);
            found.push(used);
        }
    }
    found
}

fn import_uses(facts: &Facts, path: &SaltPath) -> Vec<FileUse> {
    let imports = facts.imports.iter().filter(|import| import.target.as_ref() == Some(path));
    imports
        .map(|import| file_use(EntityKind::Import, path.as_str(), &import.origin, &facts.path, import.when.is_always()))
        .collect()
}

fn salt_file_uses(facts: &Facts, path: &SaltPath) -> Vec<FileUse> {
    // Of several sources Salt takes the first that exists.
    let listed = |range: TextRange| {
        let states = facts.declarations.iter().flat_map(|declaration| &declaration.states);
        states.flat_map(|state| &state.args).any(|arg| match &arg.value.kind {
            render::NodeKind::List(items) => {
                items.len() > 1 && items.iter().any(|item| item.origin.range == range && item.as_str().is_some())
            }
            _ => false,
        })
    };
    let files = facts.salt_files.iter().filter(|file| file.targets.contains(path));
    files
        .map(|file| {
            let certain = file.when.is_always() && !listed(file.origin.range);
            let name = file.url.to_string();
            file_use(EntityKind::SaltFile, &name, &file.origin, &facts.path, certain)
        })
        .collect()
}

/// The imports and `salt://` URLs of one of these names that lead nowhere.
fn unresolved(facts: &Facts, names: &[&str]) -> Vec<FileUse> {
    let is_it = |name: &Pattern| name.as_literal().is_some_and(|name| names.contains(&name));
    let imports = facts.imports.iter().filter(|import| import.target.is_none() && is_it(&import.name));
    let imports = imports.map(|import| (EntityKind::Import, &import.name, &import.origin, &import.when));
    let files = facts.salt_files.iter().filter(|file| file.targets.is_empty() && is_it(&file.url));
    let files = files.map(|file| (EntityKind::SaltFile, &file.url, file.origin.as_ref(), &file.when));
    imports
        .chain(files)
        .map(|(entity, name, origin, when)| file_use(entity, &name.to_string(), origin, &facts.path, when.is_always()))
        .collect()
}

/// The imports and `salt://` URLs that lead nowhere and may have been written for the file at `path`,
/// relatively or not.
fn unresolved_namesakes(facts: &Facts, path: &SaltPath) -> usize {
    let is_it = |name: &Pattern| name.to_string().trim_end_matches('/').rsplit('/').next() == Some(path.name());
    let imports = facts.imports.iter().filter(|import| import.target.is_none() && is_it(&import.name)).count();
    imports + facts.salt_files.iter().filter(|file| file.targets.is_empty() && is_it(&file.url)).count()
}

impl Comparison<'_> {
    /// References of `side` to files that the other side took away.
    pub(crate) fn dangling_files(&mut self, side: Side) -> Result<(), Stopped> {
        let (mut found, mut broken) = (Vec::new(), Vec::new());
        for (slot, lost) in self.sls_gone(side.other()) {
            self.stop.check()?;
            found.extend(self.lost_sls(side, slot, &lost, &mut broken));
        }
        for lost in self.paths_gone(side.other()) {
            self.stop.check()?;
            found.extend(self.lost_path(side, &lost, &mut broken));
        }
        self.found.extend(found);
        self.broken_upstream.extend(broken);
        Ok(())
    }

    /// SLS names that `side` does not have any more.
    fn sls_gone(&self, side: Side) -> Vec<(Slot, Lost)> {
        let view = self.view(side);
        let mut gone = Vec::new();
        for pair in self.diff(side).files.iter().filter(|pair| pair.known || pair.other.is_some()) {
            if unreadable(self.world(side), self.lineage.path(side, &pair.key)) {
                continue;
            }
            let before = match pair.base {
                Some(base) if !self.sides.two_way => base,
                _ => continue,
            };
            let slot = match before.kind {
                EntryKind::Pillar | EntryKind::PillarTop => Slot::PillarSls,
                _ => Slot::Sls,
            };
            for (_, name) in &before.names {
                if view.index().files(slot, name).next().is_none() {
                    let new = self.new_sls_name(side, &pair.key, name);
                    gone.push((slot, Lost { name: name.to_string(), new, key: pair.key.clone() }));
                }
            }
        }
        gone.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        gone.dedup_by(|a, b| a.0 == b.0 && a.1.name == b.1.name);
        gone
    }

    /// The name of the SLS on `side`, if it lives on under another one: its file was renamed, or most
    /// of its states stand in another file.
    fn new_sls_name(&self, side: Side, key: &SaltPath, old: &str) -> Option<String> {
        let name_of = |key: &SaltPath| -> Option<String> {
            let names = &self.facts(In::Side(side), key)?.names;
            names.iter().map(|(_, name)| name.to_string()).find(|name| name != old)
        };
        if self.lineage.renamed(side, key).is_some() {
            return name_of(key);
        }
        let base = self.facts(In::Base, key)?;
        let mut homes: FxHashMap<SaltPath, usize> = FxHashMap::default();
        for declaration in &base.declarations {
            if let Some((home, _)) = self.diff(side).renamed(&(key.clone(), declaration.id.to_string())) {
                *homes.entry(home.clone()).or_default() += 1;
            }
        }
        let (home, count) = homes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
        if count * 2 < base.declarations.len() {
            return None;
        }
        name_of(&home)
    }

    fn lost_sls(&self, side: Side, slot: Slot, lost: &Lost, broken: &mut Vec<Broken>) -> Vec<DriftFact> {
        let view = self.view(side);
        let wanted = Pattern::literal(&lost.name);
        // It must be there still, and not as a file that we added.
        let files: Vec<&SaltPath> = view.index().files(slot, &lost.name).collect();
        let inherited = |path: &&SaltPath| self.base.facts(self.lineage.key(side, path)).is_some();
        if files.is_empty() || !files.iter().all(inherited) {
            return Vec::new();
        }
        let mut users: Vec<SaltPath> = Vec::new();
        for slot in [Slot::IncludeOf, Slot::TopOf, Slot::RequisiteTo] {
            users.extend(view.index().candidates(slot, &wanted));
        }
        users.sort();
        users.dedup();
        let mut found = Vec::new();
        for facts in users.iter().filter_map(|path| view.facts(path)) {
            if matches!(facts.kind, EntryKind::Pillar | EntryKind::PillarTop) != (slot == Slot::PillarSls) {
                continue;
            }
            for used in sls_uses(facts, &lost.name) {
                let count = |facts: &Facts, _: In| {
                    sls_uses(facts, &lost.name).iter().filter(|other| other.label == used.label).count()
                };
                match self.presence(side, &facts.path, count) {
                    Presence::Gone => {}
                    presence if presence == Presence::Added || self.apart(&facts.path, &lost.key) => {
                        found.extend(self.lost_file(side, DriftKind::IncludeRemovedUpstream, "SLS", &used, lost));
                    }
                    Presence::Everywhere if side == Side::Ours => {
                        let uses = |facts: &Facts| sls_uses(facts, &lost.name);
                        broken.extend(self.also_theirs(&facts.path, uses));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// Paths of the base that `side` does not have, and what stands under the roots by their name
    /// neither.
    fn paths_gone(&self, side: Side) -> Vec<Lost> {
        if self.sides.two_way {
            return Vec::new();
        }
        let (base, tree) = (&self.sides.base_world.tree, &self.world(side).tree);
        let mut gone = Vec::new();
        for key in base.changed(tree) {
            if base.get(&key).is_none() || tree.get(&key).is_some() {
                continue;
            }
            let new = self.lineage.renamed(side, &key).map(|path| path.to_string());
            let mut folder = key.parent();
            while !folder.is_root() && !tree.has_folder(&folder) {
                if !self.found_under_roots(tree, &folder) {
                    gone.push(Lost { name: folder.to_string(), new: None, key: folder.clone() });
                }
                folder = folder.parent();
            }
            if !self.found_under_roots(tree, &key) {
                gone.push(Lost { name: key.to_string(), new, key });
            }
        }
        gone.sort_by(|a, b| a.name.cmp(&b.name));
        gone.dedup_by(|a, b| a.name == b.name);
        gone
    }

    /// Whether another root has a file or folder of that name.
    fn found_under_roots(&self, tree: &Tree, path: &SaltPath) -> bool {
        let roots: Vec<&SaltPath> = self.base.minion.file_roots.values().flatten().collect();
        let names = roots.iter().filter_map(|root| path.below(root)).filter(|name| !name.is_empty());
        names
            .flat_map(|name| roots.iter().filter_map(move |root| root.join(name).ok()))
            .any(|path| tree.get(&path).is_some() || tree.has_folder(&path))
    }

    fn lost_path(&self, side: Side, lost: &Lost, broken: &mut Vec<Broken>) -> Vec<DriftFact> {
        let view = self.view(side);
        let path = &lost.key;
        // The file under this path is what the base had there.
        let here = &self.world(side).tree;
        if here.get(path).is_none() && !here.has_folder(path) {
            return Vec::new();
        }
        let roots = view.minion.file_roots.values().flatten();
        let names: Vec<&str> = roots.filter_map(|root| path.below(root)).collect();
        let mut found = Vec::new();
        for (slot, kind, what, uses) in [
            (
                Slot::ImportOf,
                DriftKind::IncludeRemovedUpstream,
                "template",
                import_uses as fn(&Facts, &SaltPath) -> Vec<FileUse>,
            ),
            (Slot::SaltFileOf, DriftKind::SaltFileRemovedUpstream, "file", salt_file_uses),
        ] {
            for facts in view.index().files(slot, path.as_str()).filter_map(|user| view.facts(user)) {
                let count = |facts: &Facts, world: In| match world {
                    // It leads nowhere there.
                    In::Merged => uses(facts, path).len() + unresolved_namesakes(facts, path),
                    In::Base | In::Side(_) => uses(facts, path).len(),
                };
                let presence = self.presence(side, &facts.path, count);
                let apart = presence != Presence::Gone && self.apart(&facts.path, path);
                if presence == Presence::Added || apart {
                    let all = uses(facts, path);
                    found.extend(all.iter().filter_map(|used| self.lost_file(side, kind, what, used, lost)));
                } else if side == Side::Ours {
                    broken.extend(self.also_theirs(&facts.path, |facts: &Facts| unresolved(facts, &names)));
                }
            }
        }
        found
    }

    /// The uses in their version of our file at `path`.
    fn also_theirs(&self, path: &SaltPath, uses: impl Fn(&Facts) -> Vec<FileUse>) -> Vec<Broken> {
        let theirs = self.facts(In::Side(Side::Theirs), self.lineage.key(Side::Ours, path));
        let uses = theirs.map(|facts| uses(facts)).unwrap_or_default();
        let certain = uses.into_iter().filter(|used| used.certain);
        certain.map(|used| (used.entity, used.name, Place { path: used.place.0, range: used.place.1 })).collect()
    }

    fn lost_file(&self, side: Side, kind: DriftKind, what: &str, used: &FileUse, lost: &Lost) -> Option<DriftFact> {
        if self.moves_along(side, used, lost) || self.is_adapted(side, used) || self.is_there_after(used, lost) {
            return None;
        }
        let develop = self.sides.base_name;
        let name = &used.name;
        let new = lost.new.as_deref();
        let fate = new.map_or_else(|| "was removed".to_owned(), |new| format!("was moved to '{new}'"));
        if side == Side::Theirs {
            // Their reference, our removal: told at the file, wherever it went.
            let place = self.file_place(Side::Ours, &lost.key);
            let home = place.as_ref().map_or(&used.place.0, |place| &place.path);
            let severity = self.severity(DriftSeverity::Warning, used.certain, home);
            let message = format!("{what} '{name}' {fate} here, but {develop} uses it in {}", used.place.0);
            let entity = if what == "SLS" { EntityKind::Sls } else { used.entity };
            let place = place.map(|place| (place.path, place.range));
            let kind = DriftKind::RemovedHereUsedUpstream;
            let mut fact = Self::fact(kind, severity, (entity, name.clone()), place, message);
            fact.theirs = Some(Place { path: used.place.0.clone(), range: used.place.1 });
            fact.renamed_to = lost.new.clone();
            return Some(fact);
        }
        let severity = self.severity(DriftSeverity::Error, used.certain, &used.place.0);
        let message = format!("{what} '{name}' {} here {fate} on {develop}", used.verb);
        let mut fact = Self::fact(kind, severity, (used.entity, name.clone()), Some(used.place.clone()), message);
        fact.theirs = self.new_place(Side::Theirs, lost, what);
        fact.ours = self.file_place(Side::Ours, &lost.key);
        fact.renamed_to = self.new_name(used.entity, lost);
        Some(fact)
    }

    /// Whether the merge has what the reference names.
    fn is_there_after(&self, used: &FileUse, lost: &Lost) -> bool {
        let Some(merged) = &self.merged else { return false };
        match used.entity {
            EntityKind::Import | EntityKind::SaltFile => self.is_settled(&lost.key) && self.is_merged_in(&lost.key),
            _ => {
                let pillar = merged.view.index().files(Slot::PillarSls, &lost.name);
                let mut files = merged.view.index().files(Slot::Sls, &lost.name).chain(pillar);
                self.is_settled(&lost.key) && files.any(|path| merged.conflicts.binary_search(path).is_err())
            }
        }
    }

    /// Whether the reference is written in a file that only the other side changed: what the merge
    /// has there is theirs, and they took the target away knowing it.
    fn is_adapted(&self, side: Side, used: &FileUse) -> bool {
        let key = self.lineage.key(side, &used.written);
        self.lineage.changed(side.other(), key) && !self.lineage.changed(side, key)
    }

    /// Whether the reference is relative and the other side moved both of its ends together.
    fn moves_along(&self, side: Side, used: &FileUse, lost: &Lost) -> bool {
        let user = self.lineage.key(side, &used.place.0);
        let (from, to) = (self.lineage.renamed(side.other(), user), self.lineage.renamed(side.other(), &lost.key));
        let (Some(from), Some(to)) = (from, to) else { return false };
        let relative = used.relative
            || text_of(self.world(side), &used.place.0).is_some_and(|text| {
                let text = used.place.1.slice(&text).trim_start_matches(['\'', '"']).to_owned();
                text.starts_with('.')
                    || ["tpldir", "tpldot", "tplpath", "slspath", "slsdotpath"].iter().any(|name| text.contains(name))
            });
        relative && user.parent() == lost.key.parent() && from.parent() == to.parent()
    }

    /// Where the file is now.
    fn new_place(&self, side: Side, lost: &Lost, what: &str) -> Option<Place> {
        if let Some(place) = self.file_place(side, &lost.key) {
            return Some(place);
        }
        let new = lost.new.as_ref().filter(|_| what == "SLS")?;
        let path = self.view(side).index().files(Slot::Sls, new).next()?;
        Some(Place { path: path.clone(), range: TextRange::empty(0) })
    }

    /// The new name as a reference has to write it.
    fn new_name(&self, entity: EntityKind, lost: &Lost) -> Option<String> {
        let new = lost.new.as_ref()?;
        if !matches!(entity, EntityKind::Import | EntityKind::SaltFile) {
            return Some(new.clone());
        }
        let path = SaltPath::new(new).ok()?;
        let roots = self.view(Side::Theirs).minion.file_roots.values().flatten();
        let below: Option<SmolStr> = roots.filter_map(|root| path.below(root)).next().map(Into::into);
        below.map(|name| name.to_string())
    }
}
