//! From a place in a text to what stands there, from that to its definitions and its uses.

use render::{EntryKind, Pattern};
use text::TextRange;
use world::SaltPath;

use super::{Catalog, Slot, View};
use crate::entity::joined;
use crate::{At, Block, Entity, EntityKind, Facts, Requisite, Role, entities};

/// Where an entity was found: view, file whose facts hold it, and place in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the view.
    pub view: usize,
    /// The file whose facts hold it (its text may stand in another file: a macro's).
    pub path: SaltPath,
    /// Where in them.
    pub at: At,
}

/// An entity with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is.
    pub entity: Entity,
    /// Where it was found.
    pub place: Place,
}

impl Catalog {
    /// All entities of the world, in order of path and range, each once: certain if it is in the first
    /// view and certain in each view that has it.
    #[must_use]
    pub fn entities(&self) -> Vec<Entity> {
        let mut all: Vec<(Entity, usize)> = Vec::new();
        for (n, view) in self.views.iter().enumerate() {
            all.extend(view.files.values().flat_map(|facts| entities(facts)).map(|(entity, _)| (entity, n)));
        }
        all.sort_by(|(a, n), (b, m)| order(a).cmp(&order(b)).then(n.cmp(m)));
        let mut merged: Vec<Entity> = Vec::with_capacity(all.len());
        for (entity, view) in all {
            match merged.last_mut() {
                Some(last) if order(last) == order(&entity) => last.certain &= entity.certain,
                _ => merged.push(Entity { certain: entity.certain && view == 0, ..entity }),
            }
        }
        merged
    }

    /// The entities whose text `offset` touches, narrowest first, each once (of the first view that
    /// has it).
    #[must_use]
    pub fn entity_at(&self, path: &SaltPath, offset: u32) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for (n, view) in self.views.iter().enumerate() {
            let foreign = view.index().files(Slot::WrittenIn, path.as_str());
            for file in std::iter::once(path).chain(foreign) {
                let Some(facts) = view.facts(file) else { continue };
                for (entity, at) in entities(facts) {
                    let here = entity.place_at(path, offset).is_some() && entity.kind != EntityKind::Sls;
                    let same = |other: &Found| order(&other.entity) == order(&entity);
                    if here && !found.iter().any(same) {
                        let place = Place { view: n, path: file.clone(), at };
                        found.push(Found { entity, place });
                    }
                }
            }
        }
        // Of equally wide ones, a definition says more than a use.
        let width = |entity: &Entity| entity.place_at(path, offset).map_or(0, TextRange::len);
        found.sort_by_key(|found| (width(&found.entity), found.entity.role));
        found
    }

    /// The definitions called `name`, over all views.
    #[must_use]
    pub fn definitions(&self, kind: EntityKind, name: &str) -> Vec<Entity> {
        let mut found = Vec::new();
        for view in &self.views {
            let slots: &[Slot] = match kind {
                EntityKind::StateId => &[Slot::StateId],
                EntityKind::Sls => &[Slot::Sls, Slot::PillarSls],
                EntityKind::PillarKey => &[Slot::PillarKey],
                EntityKind::Macro => &[Slot::Macro],
                EntityKind::JinjaVariable => &[Slot::Variable],
                _ => &[],
            };
            let pattern = Pattern::literal(name);
            for path in slots.iter().flat_map(|slot| view.index().candidates(*slot, &pattern)) {
                let Some(facts) = view.facts(&path) else { continue };
                found.extend(
                    entities(facts)
                        .into_iter()
                        .map(|(entity, _)| entity)
                        .filter(|entity| entity.kind == kind && entity.role == Role::Definition && entity.name == name),
                );
            }
        }
        once(found)
    }

    /// Where what was found is defined; a definition is its own.
    #[must_use]
    pub fn definitions_of(&self, found: &Found) -> Vec<Entity> {
        let Some((view, facts)) = self.facts_of(&found.place) else { return Vec::new() };
        once(view.definitions_of(facts, found))
    }

    /// Everything that refers to what was found (or to what it refers to), definitions not included.
    #[must_use]
    pub fn uses_of(&self, found: &Found) -> Vec<Entity> {
        let definitions = self.definitions_of(found);
        let mut uses = Vec::new();
        for view in &self.views {
            for definition in &definitions {
                uses.extend(view.uses(definition));
            }
            if definitions.is_empty() {
                uses.extend(view.same_uses(&found.entity));
            }
        }
        once(uses)
    }

    /// The view and the facts of a place.
    #[must_use]
    pub fn facts_of(&self, place: &Place) -> Option<(&View, &Facts)> {
        let view = self.views.get(place.view)?;
        Some((view, view.facts(&place.path)?.as_ref()))
    }
}

type Order<'a> = (&'a SaltPath, text::TextRange, EntityKind, Role, &'a str);

fn order(entity: &Entity) -> Order<'_> {
    (&entity.path, entity.range, entity.kind, entity.role, &entity.name)
}

fn once(mut found: Vec<Entity>) -> Vec<Entity> {
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    found.dedup_by(|a, b| order(a) == order(b));
    found
}

impl View {
    /// The entities of the file at `path` that `keep` keeps.
    fn entities_where(&self, path: &SaltPath, keep: impl Fn(&Facts, &Entity, At) -> bool) -> Vec<Entity> {
        let Some(facts) = self.facts(path) else { return Vec::new() };
        entities(facts).into_iter().filter(|(entity, at)| keep(facts, entity, *at)).map(|(entity, _)| entity).collect()
    }

    fn at(&self, path: &SaltPath, wanted: At) -> Vec<Entity> {
        self.entities_where(path, |_, _, at| at == wanted)
    }

    fn sls_entities(&self, files: Vec<(SaltPath, bool)>) -> Vec<Entity> {
        files.into_iter().flat_map(|(path, _)| self.at(&path, At::Sls(0))).collect()
    }

    fn definitions_of(&self, facts: &Facts, found: &Found) -> Vec<Entity> {
        match found.place.at {
            At::Sls(_) | At::Declaration(_) | At::PillarKey(_) | At::Export(_) | At::Target(_) => {
                vec![found.entity.clone()]
            }
            At::Function(..) | At::SaltFile(_) | At::Import(_) => Vec::new(),
            At::Extend(n) => facts.extends.get(n).map_or_else(Vec::new, |extend| {
                let resolved = self.resolve_extend(&facts.path, extend);
                resolved.best().into_iter().flat_map(|target| self.target(target)).collect()
            }),
            At::Requisite(block, d, s, r) => requisite(facts, block, d, s, r).map_or_else(Vec::new, |requisite| {
                let resolved = self.resolve_requisite(&facts.path, requisite);
                resolved.best().into_iter().flat_map(|target| self.target(target)).collect()
            }),
            At::Include(n) => {
                facts.includes.get(n).map_or_else(Vec::new, |include| self.sls_entities(self.included(facts, include)))
            }
            At::Exclude(n) => facts.excludes.get(n).map_or_else(Vec::new, |exclude| {
                if exclude.sls {
                    return self.sls_entities(self.sls(Slot::Sls, None, &exclude.name));
                }
                let files = self.index().candidates(Slot::StateId, &exclude.name);
                let is_it = |facts: &Facts, at| match at {
                    At::Declaration(d) => facts.declarations.get(d).is_some_and(|d| d.id.overlaps(&exclude.name)),
                    _ => false,
                };
                files.iter().flat_map(|path| self.entities_where(path, |facts, _, at| is_it(facts, at))).collect()
            }),
            At::TargetSls(t, s) => {
                let Some(target) = facts.targets.get(t) else { return Vec::new() };
                let Some((name, _, _)) = target.sls.get(s) else { return Vec::new() };
                let slot = if facts.kind == EntryKind::PillarTop { Slot::PillarSls } else { Slot::Sls };
                self.sls_entities(self.sls(slot, target.saltenv.as_literal(), name))
            }
            At::PillarUse(n) => {
                facts.rendered.uses.get(n).map_or_else(Vec::new, |used| self.pillar_definitions_at(&used.path))
            }
            At::Reference(n) => {
                let target = facts.references.get(n).and_then(|reference| reference.target.as_ref());
                let Some((path, range)) = target else { return Vec::new() };
                let is_it = |_: &Facts, entity: &Entity, at| matches!(at, At::Export(_)) && entity.range == *range;
                let found_there = self.entities_where(path, is_it);
                if !found_there.is_empty() {
                    return found_there;
                }
                // A parameter, a loop's variable, an import's name.
                vec![Entity {
                    path: path.clone(),
                    range: *range,
                    site: None,
                    role: Role::Definition,
                    ..found.entity.clone()
                }]
            }
        }
    }

    fn target(&self, target: &super::Target) -> Vec<Entity> {
        self.at(&target.path, target.declaration.map_or(At::Sls(0), At::Declaration))
    }

    /// Where a pillar key is defined; if nowhere, the nearest key above it that is.
    #[must_use]
    pub fn pillar_definitions(&self, key: &Pattern) -> Vec<Entity> {
        let mut found = self.pillar_keys(key);
        if let Some(text) = key.as_literal() {
            let mut above = text;
            while found.is_empty() {
                let Some((shorter, _)) = above.rsplit_once(':') else { break };
                found = self.pillar_keys(&Pattern::literal(shorter));
                above = shorter;
            }
        }
        found
    }

    /// As [`View::pillar_definitions`], key by key: a colon inside of a key is none between two.
    #[must_use]
    pub fn pillar_definitions_at(&self, path: &render::KeyPath) -> Vec<Entity> {
        let mut found = self.pillar_definitions(&Pattern::of_path(path));
        let asked = path.parts().iter().any(|part| part.texts().iter().flatten().any(|text| text.contains(':')));
        found.retain(|definition| {
            let (mut colon, mut same) = (false, false);
            for keys in self.keys_of(definition) {
                colon |= keys.iter().any(|key| key.to_string().contains(':'));
                same |= are(keys, path);
            }
            same || !(asked || colon)
        });
        found
    }

    /// The key paths that a definition may be of.
    fn keys_of<'v>(&'v self, definition: &'v Entity) -> impl Iterator<Item = &'v [Pattern]> {
        let facts = self.facts(&definition.path).into_iter();
        let keys = facts.flat_map(|facts| &facts.pillar_keys);
        keys.filter(|key| key.origin.range == definition.range).map(|key| key.path.as_slice())
    }

    fn pillar_keys(&self, key: &Pattern) -> Vec<Entity> {
        let mut found = self.keys_as_written(key);
        // `include: [{x: {key: a:b}}]` puts x's keys below a:b.
        if let Some(text) = key.as_literal() {
            for (prefix, includer) in self.index().starting_with(Slot::IncludeKey, "") {
                let Some(rest) = text.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix(':')) else {
                    continue;
                };
                let paths = self.included_under(includer, prefix);
                let below = self.keys_as_written(&Pattern::literal(rest));
                found.extend(below.into_iter().filter(|entity| paths.contains(&entity.path)));
            }
        }
        found
    }

    fn keys_as_written(&self, key: &Pattern) -> Vec<Entity> {
        let is_it = |facts: &Facts, at| match at {
            At::PillarKey(n) => facts.pillar_keys.get(n).is_some_and(|found| match key.as_literal() {
                Some(text) if !found.path.iter().any(Pattern::is_pattern) => joined(&found.path) == text,
                _ => super::index::colons(&found.path).overlaps(key),
            }),
            _ => false,
        };
        // What is certain stands alone: a file with one unknown key does not define every key.
        if let Some(text) = key.as_literal() {
            let files: Vec<SaltPath> = self.index().files(Slot::PillarKey, text).cloned().collect();
            let literal = |facts: &Facts, at| match at {
                At::PillarKey(n) => facts
                    .pillar_keys
                    .get(n)
                    .is_some_and(|found| !found.path.iter().any(Pattern::is_pattern) && joined(&found.path) == text),
                _ => false,
            };
            let found: Vec<Entity> =
                files.iter().flat_map(|path| self.entities_where(path, |facts, _, at| literal(facts, at))).collect();
            if !found.is_empty() {
                return found;
            }
        }
        if says_nothing(key) {
            return Vec::new();
        }
        let files = self.index().candidates(Slot::PillarKey, key);
        let told = |facts: &Facts, at| match at {
            At::PillarKey(n) => {
                facts.pillar_keys.get(n).is_some_and(|found| !says_nothing(&super::index::colons(&found.path)))
            }
            _ => false,
        };
        let keep = |facts: &Facts, at| told(facts, at) && is_it(facts, at);
        files.iter().flat_map(|path| self.entities_where(path, |facts, _, at| keep(facts, at))).collect()
    }

    /// The files that the pillar SLS at `path` puts under `key`.
    fn included_under(&self, path: &SaltPath, key: &str) -> Vec<SaltPath> {
        let Some(facts) = self.facts(path) else { return Vec::new() };
        let includes = facts.includes.iter().filter(|include| include.key.as_deref() == Some(key));
        let files = includes.flat_map(|include| self.included(facts, include));
        files.flat_map(|(path, _)| self.closure(&path).files.keys().cloned().collect::<Vec<_>>()).collect()
    }

    /// All known paths of pillar keys, in order, without repetition.
    #[must_use]
    pub fn pillar_paths(&self) -> Vec<smol_str::SmolStr> {
        let mut names: Vec<_> = self.index().starting_with(Slot::PillarKey, "").map(|(name, _)| name.clone()).collect();
        names.dedup();
        names
    }

    /// What refers to a definition.
    fn uses(&self, definition: &Entity) -> Vec<Entity> {
        match definition.kind {
            EntityKind::StateId => self.uses_of_state(definition),
            EntityKind::Sls => self.uses_of_sls(definition),
            EntityKind::PillarKey => self.uses_of_pillar(definition),
            EntityKind::Macro | EntityKind::JinjaVariable => {
                let mut files: Vec<SaltPath> =
                    self.index().files(Slot::MemberOf, definition.path.as_str()).cloned().collect();
                files.push(definition.path.clone());
                let target = (definition.path.clone(), definition.range);
                let is_it = |facts: &Facts, at| match at {
                    At::Reference(n) => facts.references.get(n).is_some_and(|r| r.target.as_ref() == Some(&target)),
                    _ => false,
                };
                files.iter().flat_map(|path| self.entities_where(path, |facts, _, at| is_it(facts, at))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn uses_of_sls(&self, definition: &Entity) -> Vec<Entity> {
        let Some(target) = self.facts(&definition.path) else { return Vec::new() };
        let mut files = self.direct_includers(&definition.path);
        for (_, name) in &target.names {
            let name = Pattern::literal(name);
            for slot in [Slot::RequisiteTo, Slot::TopOf, Slot::ExcludeOf] {
                files.extend(self.index().candidates(slot, &name));
            }
        }
        // fnmatch entries of top files: there are few top files.
        files.extend(self.index().starting_with(Slot::TopOf, "").map(|(_, path)| path.clone()));
        files.sort();
        files.dedup();
        let is_it = |found: Vec<Entity>| found.iter().any(|entity| entity.path == definition.path);
        let mut uses = Vec::new();
        for facts in files.iter().filter_map(|path| self.facts(path)) {
            for (entity, at) in entities(facts) {
                let may = match at {
                    At::Include(_) | At::TargetSls(..) => true,
                    At::Exclude(n) => facts.excludes.get(n).is_some_and(|exclude| exclude.sls),
                    At::Requisite(block, d, s, r) => requisite(facts, block, d, s, r)
                        .and_then(|requisite| requisite.module.as_ref())
                        .is_some_and(|module| module.as_literal() == Some("sls")),
                    _ => false,
                };
                let place = Place { view: 0, path: facts.path.clone(), at };
                let found = Found { entity, place };
                if may && is_it(self.definitions_of(facts, &found)) {
                    uses.push(found.entity);
                }
            }
        }
        uses
    }

    /// Reads of the key, of what is below it, and of the mapping that holds it.
    fn uses_of_pillar(&self, definition: &Entity) -> Vec<Entity> {
        let key = definition.name.as_str();
        let below = format!("{key}:");
        let mut files: Vec<SaltPath> = self.index().candidates(Slot::PillarUse, &Pattern::literal(key));
        files.extend(self.index().starting_with(Slot::PillarUse, &below).map(|(_, path)| path.clone()));
        files.sort();
        files.dedup();
        let pattern = Pattern::literal(key);
        let is_it = |facts: &Facts, at| match at {
            At::PillarUse(n) => facts.rendered.uses.get(n).is_some_and(|used| match used.name.as_literal() {
                Some(name) if name == key || name.starts_with(&below) => {
                    let mut keys = self.keys_of(definition);
                    keys.any(|keys| {
                        keys.iter().zip(used.path.parts()).all(|(own, part)| own.overlaps(&Pattern::of_key(part)))
                    }) || self.keys_of(definition).next().is_none()
                }
                Some(_) => false,
                // an unknown key may be any, which tells nothing
                None => !says_nothing(&used.name) && used.name.overlaps(&pattern),
            }),
            _ => false,
        };
        files.iter().flat_map(|path| self.entities_where(path, |facts, _, at| is_it(facts, at))).collect()
    }

    /// Other uses of the same name, where there is no definition in the tree.
    fn same_uses(&self, entity: &Entity) -> Vec<Entity> {
        let name = Pattern::literal(&entity.name);
        let slots: &[Slot] = match entity.kind {
            EntityKind::Function => &[Slot::Function],
            EntityKind::PillarUse => &[Slot::PillarUse],
            EntityKind::Include => &[Slot::IncludeOf],
            EntityKind::Import => &[Slot::ImportOf],
            EntityKind::SaltFile => &[Slot::SaltFileOf],
            _ => &[],
        };
        let mut files: Vec<SaltPath> = slots.iter().flat_map(|slot| self.index().candidates(*slot, &name)).collect();
        if entity.kind == EntityKind::SaltFile {
            // URLs are below a root, the index has paths.
            let targets = self.salt_file_targets(entity);
            files.extend(targets.iter().flat_map(|path| self.index().files(Slot::SaltFileOf, path.as_str()).cloned()));
        }
        files.sort();
        files.dedup();
        let same = |_: &Facts, other: &Entity, _| other.kind == entity.kind && other.name == entity.name;
        files.iter().flat_map(|path| self.entities_where(path, same)).collect()
    }

    fn salt_file_targets(&self, entity: &Entity) -> Vec<SaltPath> {
        let Some(facts) = self.facts(&entity.path) else { return Vec::new() };
        let same = |file: &&crate::SaltFile| file.url.to_string() == entity.name;
        facts.salt_files.iter().filter(same).flat_map(|file| file.targets.clone()).collect()
    }
}

/// A requisite by its place.
pub(super) fn requisite(facts: &Facts, block: Block, d: usize, s: usize, r: usize) -> Option<&Requisite> {
    block.of(facts).get(d)?.states.get(s)?.requisites.get(r)
}

/// Whether keys may be those of `path`, one by one.
fn are(keys: &[Pattern], path: &render::KeyPath) -> bool {
    let parts = path.parts();
    keys.len() == parts.len() && keys.iter().zip(parts).all(|(own, part)| own.overlaps(&Pattern::of_key(part)))
}

/// Whether nothing of the name is known, so that it may be any.
fn says_nothing(name: &Pattern) -> bool {
    name.0.iter().all(|part| match part {
        render::PatternPart::Hole => true,
        render::PatternPart::Text(text) => text.chars().all(|c| c == ':'),
    })
}
