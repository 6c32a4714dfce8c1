//! Go to definition: requisites, includes, extends, pillar keys, macros, variables, imports, files.

use model::{At, Entity, EntityKind, Found, Role};
use render::{Seen, Thing};
use smol_str::SmolStr;
use syntax::jinja::{self, Expr, ExprKind};
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::catalogue::{self, state_function};
use crate::observe::{Sight, Spot};
use crate::source::text_of;
use crate::{Analysis, FilePosition, FileRange, Target, members};

/// Where the thing under the cursor is defined; of several things there, the narrowest that has a
/// definition.
///
/// # Errors
/// [`Stopped`].
pub fn definition(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Target>, Stopped> {
    let catalog = &analysis.catalog;
    let (mut itself, mut near): (Vec<Target>, Vec<Target>) = (Vec::new(), Vec::new());
    for found in catalog.entity_at(&at.path, at.offset) {
        stop.check()?;
        let origin = found.entity.place_at(&at.path, at.offset).unwrap_or(found.entity.range);
        let mut targets: Vec<Target> = Vec::new();
        for target in
            places(analysis, &found, at).into_iter().map(|(place, extent)| Target { name: place, extent, origin })
        {
            // a definition leads to itself only where nothing else is to be said
            let same = target.name.path == at.path && target.name.range == origin;
            let list = if same { &mut itself } else { &mut targets };
            if !list.contains(&target) {
                list.push(target);
            }
        }
        if targets.is_empty() {
            continue;
        }
        if !is_exact(analysis, &found) {
            // the key above a missing one: good where nothing better is known
            near.append(&mut targets);
            continue;
        }
        // where the value may be the template's own, that is a place, too
        if found.entity.kind == EntityKind::PillarUse {
            targets.extend(
                member(analysis, at, stop)?
                    .into_iter()
                    .filter(|more| !targets.iter().any(|known| known.name == more.name))
                    .collect::<Vec<_>>(),
            );
        }
        if let At::Reference(_) = found.place.at {
            // `- sls: {{ v }}`: the SLS, and the variable that names it
            let mut printed = printed_here(analysis, at);
            printed.retain(|target| !targets.contains(target));
            printed.append(&mut targets);
            return Ok(printed);
        }
        return Ok(targets);
    }
    let found = [member(analysis, at, stop)?, near, itself];
    Ok(found.into_iter().find(|targets| !targets.is_empty()).unwrap_or_default())
}

/// What the things mean that the tag at the cursor prints as a whole: requisites, includes, IDs.
fn printed_here(analysis: &Analysis, at: &FilePosition) -> Vec<Target> {
    let mut found = Vec::new();
    for printed in analysis.catalog.entity_at(&at.path, at.offset) {
        let entity = &printed.entity;
        let Some((path, origin)) = &entity.site else { continue };
        if entity.role == Role::Definition || *path != at.path || !origin.touches(at.offset) {
            continue;
        }
        let places = places(analysis, &printed, at).into_iter();
        found.extend(places.map(|(name, extent)| Target { name, extent, origin: *origin }));
    }
    found.sort_by(|a, b| (&a.name, a.extent).cmp(&(&b.name, b.extent)));
    found.dedup_by(|a, b| a.name == b.name);
    found.truncate(MAX_PRINTED);
    found
}

/// More targets of what a tag prints are no answer: a macro's tag prints many things.
const MAX_PRINTED: usize = 20;

/// Where the value of an attribute or item at the cursor is written, by what the evaluator sees there;
/// of an execution function its Python.
fn member(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Target>, Stopped> {
    let text = text_of(analysis, &at.path);
    let template = jinja::parse(&text, &jinja::Options::default());
    let nodes = jinja::path_at(&template.body, at.offset);
    let Some(spot) = Spot::of(&nodes) else { return Ok(Vec::new()) };
    for node in nodes.iter().rev() {
        let jinja::walk::Node::Expr(expr, _) = node else { continue };
        let Some((base, key, origin)) = looked_up(expr) else { continue };
        if !origin.touches(at.offset) {
            continue;
        }
        let observed = Sight::new(analysis, &at.path, None, stop).look(spot, &[base.range], 2)?;
        let seen = observed.values.into_iter().next().unwrap_or_default();
        let mut places = members::places(analysis, &seen, &key);
        places.extend(seen.iter().filter_map(|value| python(analysis, value, &key)));
        let targets =
            places.into_iter().map(|(path, range)| Target { name: FileRange { path, range }, extent: range, origin });
        return Ok(targets.collect());
    }
    Ok(Vec::new())
}

/// What is looked up in what: `base.key`, `base['key']`, `base.get('key')`, with the key's place.
fn looked_up(expr: &Expr) -> Option<(&Expr, SmolStr, TextRange)> {
    match &*expr.kind {
        ExprKind::Attribute(base, name) => Some((base, name.text.clone(), name.range)),
        ExprKind::Item(base, index) => match &*index.kind {
            ExprKind::Str { value, .. } => Some((base, value.clone(), index.range)),
            _ => None,
        },
        ExprKind::CallExpr(callee, args) => match (&*callee.kind, args.positional.first()) {
            (ExprKind::Attribute(base, method), Some(first)) if method.text == "get" => match &*first.kind {
                ExprKind::Str { value, .. } => Some((base, value.clone(), first.range)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Where the workspace defines the execution function that `key` of `value` is.
fn python(analysis: &Analysis, value: &Seen, key: &str) -> Option<(SaltPath, TextRange)> {
    let name = match value {
        Seen::Thing(Thing::Salt) if key.contains('.') => key.to_owned(),
        Seen::Thing(Thing::SaltFunction(module)) if !module.contains('.') => format!("{module}.{key}"),
        _ => return None,
    };
    catalogue::execution_function(analysis, &name)?.file
}

/// Where `found` is defined.
fn places(analysis: &Analysis, found: &Found, at: &FilePosition) -> Vec<(FileRange, TextRange)> {
    let entity = &found.entity;
    let start = |path: &SaltPath| (FileRange { path: path.clone(), range: TextRange::empty(0) }, TextRange::empty(0));
    let facts = analysis.catalog.facts_of(&found.place).map(|(_, facts)| facts);
    match (found.place.at, facts) {
        (At::SaltFile(n), Some(facts)) => {
            let targets = facts.salt_files.get(n).into_iter().flat_map(|file| &file.targets);
            return targets.filter(|path| analysis.world.tree.get(path).is_some()).map(start).collect();
        }
        (At::Import(n), Some(facts)) => {
            return facts.imports.get(n).and_then(|import| import.target.as_ref()).map(start).into_iter().collect();
        }
        (At::Function(..), _) => {
            let file = state_function(analysis, &entity.name).and_then(|function| function.file);
            return file.map(|(path, range)| (FileRange { path, range }, range)).into_iter().collect();
        }
        _ => {}
    }
    let definitions = analysis.catalog.definitions_of(found);
    let alone = definitions.len() == 1;
    let own = |definition: &Entity| definition.range == entity.range && definition.path == at.path;
    let kept = definitions.iter().filter(|definition| alone || entity.role == Role::Use || !own(definition));
    kept.map(|definition| {
        (FileRange { path: definition.path.clone(), range: definition.range }, extent_of(analysis, definition))
    })
    .collect()
}

/// All of a definition, where the file's facts tell.
fn extent_of(analysis: &Analysis, definition: &Entity) -> TextRange {
    for facts in analysis.catalog.views.iter().filter_map(|view| view.facts(&definition.path)) {
        let mut extents: &mut dyn Iterator<Item = (TextRange, TextRange)> = match definition.kind {
            EntityKind::StateId => {
                &mut facts.declarations.iter().map(|declaration| (declaration.origin.range, declaration.extent))
            }
            EntityKind::PillarKey => &mut facts.pillar_keys.iter().map(|key| (key.origin.range, key.extent)),
            EntityKind::Macro | EntityKind::JinjaVariable => {
                &mut facts.exports.iter().map(|export| (export.range, export.extent))
            }
            _ => return definition.range,
        };
        if let Some((_, extent)) = Iterator::find(&mut extents, |(range, _)| *range == definition.range) {
            return extent.join(definition.range);
        }
    }
    definition.range
}

/// Whether what was found is defined under just its name: of a pillar key that no file defines, the
/// nearest key above it is shown.
fn is_exact(analysis: &Analysis, found: &Found) -> bool {
    if found.entity.kind != EntityKind::PillarUse || found.entity.name.contains('*') {
        return true;
    }
    let name = found.entity.name.as_str();
    let definitions = analysis.catalog.definitions_of(found);
    definitions.iter().any(|definition| definition.name == name || name.ends_with(&format!(":{}", definition.name)))
}
