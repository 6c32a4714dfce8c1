//! Call hierarchy over what Salt runs through one another: SLS by their includes, states by their
//! requisites, macros by their calls.

use model::{At, EntityKind, Facts, Found, Role, Slot, View};
use render::Origin;
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::{Analysis, FilePosition, FileRange};

/// More callers than this are not listed.
const MAX_CALLS: usize = 500;

/// What calls and is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// An SLS, by includes.
    Sls,
    /// A state ID, by requisites.
    StateId,
    /// A macro, by calls.
    Macro,
}

impl CallKind {
    /// A stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sls => "sls",
            Self::StateId => "state-id",
            Self::Macro => "macro",
        }
    }

    /// The kind called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Sls, Self::StateId, Self::Macro].into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that calls and is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallItem {
    /// What it is.
    pub kind: CallKind,
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub place: FileRange,
    /// All of it.
    pub extent: TextRange,
}

/// A call: the other side, and where the calls are written, in the caller's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who calls, or who is called.
    pub item: CallItem,
    /// Where.
    pub ranges: Vec<TextRange>,
}

/// The things at the cursor that have a hierarchy; on nothing that has one, the file's own SLS.
#[must_use]
pub fn prepare_calls(analysis: &Analysis, at: &FilePosition) -> Vec<CallItem> {
    for found in analysis.catalog.entity_at(&at.path, at.offset) {
        let wanted = matches!(
            found.entity.kind,
            EntityKind::StateId | EntityKind::Requisite | EntityKind::Extend | EntityKind::Include | EntityKind::Macro
        ) || (found.entity.kind == EntityKind::TopTarget && found.entity.role == Role::Use);
        let items: Vec<CallItem> = if wanted { targets(analysis, &found) } else { Vec::new() };
        if !items.is_empty() {
            return items;
        }
    }
    let own = analysis.catalog.views.iter().find_map(|view| sls(view, &at.path));
    own.into_iter().collect()
}

/// What an entity means, as items.
fn targets(analysis: &Analysis, found: &Found) -> Vec<CallItem> {
    let mut items: Vec<CallItem> = Vec::new();
    for entity in analysis.catalog.definitions_of(found) {
        let kind = match entity.kind {
            EntityKind::StateId => CallKind::StateId,
            EntityKind::Sls => CallKind::Sls,
            EntityKind::Macro => CallKind::Macro,
            _ => continue,
        };
        let place = FileRange { path: entity.path, range: entity.range };
        let extent = extent(analysis, kind, &place);
        let item = CallItem { kind, name: entity.name, place, extent };
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

fn extent(analysis: &Analysis, kind: CallKind, place: &FileRange) -> TextRange {
    let facts = analysis.catalog.views.iter().filter_map(|view| view.facts(&place.path));
    let found = facts.into_iter().find_map(|facts| match kind {
        CallKind::Sls => None,
        CallKind::StateId => {
            let is_it = |origin: &Origin| origin.path == place.path && origin.range == place.range;
            facts.declarations.iter().find(|one| is_it(&one.origin)).map(|one| one.extent)
        }
        CallKind::Macro => facts.exports.iter().find(|one| one.range == place.range).map(|one| one.extent),
    });
    found.map_or(place.range, |extent| extent.join(place.range))
}

fn sls(view: &View, path: &SaltPath) -> Option<CallItem> {
    let facts = view.facts(path)?;
    let (_, name) = facts.names.first()?;
    let place = FileRange { path: path.clone(), range: TextRange::empty(0) };
    Some(CallItem { kind: CallKind::Sls, name: name.to_string(), place, extent: TextRange::empty(0) })
}

/// A file as who calls: its SLS, else the template itself.
fn file(view: &View, path: &SaltPath) -> CallItem {
    let place = FileRange { path: path.clone(), range: TextRange::empty(0) };
    let template = || CallItem { kind: CallKind::Sls, name: path.to_string(), place, extent: TextRange::empty(0) };
    sls(view, path).unwrap_or_else(template)
}

/// The entity that an item is.
fn entity(analysis: &Analysis, item: &CallItem) -> Option<Found> {
    let kind = match item.kind {
        CallKind::StateId => EntityKind::StateId,
        CallKind::Macro => EntityKind::Macro,
        CallKind::Sls => return None,
    };
    let found = analysis.catalog.entity_at(&item.place.path, item.place.range.start).into_iter();
    let is_it = |found: &Found| {
        found.entity.kind == kind && found.entity.role == Role::Definition && found.entity.range == item.place.range
    };
    found.filter(is_it).find(|found| found.entity.name == item.name)
}

fn add(calls: &mut Vec<Call>, item: CallItem, range: TextRange) {
    let room = calls.len() < MAX_CALLS;
    match calls.iter_mut().find(|call| call.item == item) {
        Some(call) if !call.ranges.contains(&range) => call.ranges.push(range),
        Some(_) => {}
        None if room => calls.push(Call { item, ranges: vec![range] }),
        None => {}
    }
}

/// Who calls `item`.
///
/// # Errors
/// [`Stopped`].
pub fn incoming_calls(analysis: &Analysis, item: &CallItem, stop: &Stop) -> Result<Vec<Call>, Stopped> {
    let mut calls: Vec<Call> = Vec::new();
    if item.kind == CallKind::Sls {
        for view in &analysis.catalog.views {
            for path in view.direct_includers(&item.place.path) {
                stop.check()?;
                let Some(facts) = view.facts(&path) else { continue };
                for range in includes_of(view, facts, &item.place.path) {
                    add(&mut calls, file(view, &path), range);
                }
            }
        }
        return Ok(calls);
    }
    let Some(found) = entity(analysis, item) else { return Ok(calls) };
    for used in analysis.catalog.uses_of(&found) {
        stop.check()?;
        let there = analysis.catalog.entity_at(&used.path, used.range.start).into_iter();
        for caller in there.filter(|one| one.entity.kind == used.kind && one.entity.range == used.range) {
            let Some((view, facts)) = analysis.catalog.facts_of(&caller.place) else { continue };
            match caller.place.at {
                At::Requisite(block, d, _, _) => {
                    let Some(declaration) = block.of(facts).get(d) else { continue };
                    let place = FileRange { path: declaration.origin.path.clone(), range: declaration.origin.range };
                    let extent = declaration.extent.join(place.range);
                    let name = declaration.id.to_string();
                    add(&mut calls, CallItem { kind: CallKind::StateId, name, place, extent }, used.range);
                }
                At::Reference(_) => add(&mut calls, holder(view, facts, used.range), used.range),
                _ => {}
            }
        }
    }
    Ok(calls)
}

/// The macro that a place of a template stands in, else the file.
fn holder(view: &View, facts: &Facts, range: TextRange) -> CallItem {
    let around = facts.exports.iter().filter(|export| export.params.is_some() && export.extent.covers(range));
    match around.min_by_key(|export| export.extent.len()) {
        Some(export) => CallItem {
            kind: CallKind::Macro,
            name: export.name.to_string(),
            place: FileRange { path: facts.path.clone(), range: export.range },
            extent: export.extent.join(export.range),
        },
        None => file(view, &facts.path),
    }
}

/// Where a file includes another.
fn includes_of(view: &View, facts: &Facts, wanted: &SaltPath) -> Vec<TextRange> {
    let names = facts.includes.iter().filter(|include| view.included(facts, include).iter().any(|(p, _)| p == wanted));
    names.filter(|include| include.origin.path == facts.path).map(|include| include.origin.range).collect()
}

/// Whom `item` calls.
///
/// # Errors
/// [`Stopped`].
pub fn outgoing_calls(analysis: &Analysis, item: &CallItem, stop: &Stop) -> Result<Vec<Call>, Stopped> {
    let mut calls: Vec<Call> = Vec::new();
    let catalog = &analysis.catalog;
    for (n, view) in catalog.views.iter().enumerate() {
        let files =
            std::iter::once(&item.place.path).chain(view.index().files(Slot::WrittenIn, item.place.path.as_str()));
        for facts in files.filter_map(|path| view.facts(path)) {
            stop.check()?;
            for (entity, at) in model::entities(facts) {
                let own = match (item.kind, at) {
                    (CallKind::Sls, At::Include(_)) => facts.path == item.place.path,
                    (CallKind::StateId, At::Requisite(block, d, _, _)) => block
                        .of(facts)
                        .get(d)
                        .is_some_and(|one| one.origin.path == item.place.path && one.origin.range == item.place.range),
                    (CallKind::Macro, At::Reference(_)) => {
                        entity.kind == EntityKind::Macro
                            && facts.path == item.place.path
                            && item.extent.covers(entity.range)
                    }
                    _ => false,
                };
                if own {
                    let range = entity.range;
                    let place = model::Place { view: n, path: facts.path.clone(), at };
                    for target in targets(analysis, &Found { entity, place }) {
                        add(&mut calls, target, range);
                    }
                }
            }
        }
    }
    Ok(calls)
}
