//! Go to definition: requisites, includes, extends, pillar keys, macros, variables, imports, files.

use model::{Entity, EntityKind, Role};
use render::Pattern;
use text::TextRange;
use world::{Stop, Stopped};

use crate::{Analysis, FilePosition, FileRange, Target};

/// Where the thing under the cursor is defined; of several things there, the narrowest that has a
/// definition.
///
/// # Errors
/// [`Stopped`].
pub fn definition(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Target>, Stopped> {
    stop.check()?;
    let catalog = &analysis.catalog;
    for found in catalog.entity_at(&at.path, at.offset) {
        stop.check()?;
        let origin = found.entity.range;
        let mut targets: Vec<Target> = Vec::new();
        let mut definitions = catalog.definitions_of(&found);
        if definitions.is_empty() && found.entity.kind == EntityKind::PillarUse {
            definitions = nearest_pillar_keys(analysis, &found.entity);
        }
        for definition in &definitions {
            let target = target(definition, origin);
            // a definition leads to itself only where nothing else is left
            let itself =
                found.entity.role == Role::Definition && definition.range == origin && definition.path == at.path;
            if !targets.contains(&target) && (!itself || definitions.len() == 1) {
                targets.push(target);
            }
        }
        if !targets.is_empty() {
            return Ok(targets);
        }
    }
    Ok(Vec::new())
}

/// `nginx:port` may be defined nowhere while `nginx` is: the closest key above says where it belongs.
fn nearest_pillar_keys(analysis: &Analysis, entity: &Entity) -> Vec<Entity> {
    let mut key = entity.name.as_str();
    while let Some((above, _)) = key.rsplit_once(':') {
        key = above;
        let pattern = Pattern::literal(key);
        let found: Vec<Entity> =
            analysis.catalog.views.iter().flat_map(|view| view.pillar_definitions(&pattern)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn target(definition: &Entity, origin: TextRange) -> Target {
    Target {
        name: FileRange { path: definition.path.clone(), range: definition.range },
        extent: definition.range,
        origin,
    }
}
