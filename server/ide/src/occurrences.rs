//! All places that mean what a cursor means, with their roles: what references and highlights share.

use model::Role;
use world::{Stop, Stopped};

use crate::{Analysis, FilePosition, FileRange};

/// The definitions and uses of the thing under the cursor, in order, each once. Of several things there
/// the narrowest that is defined; else the same name elsewhere.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn occurrences(
    analysis: &Analysis,
    at: &FilePosition,
    stop: &Stop,
) -> Result<Vec<(FileRange, Role)>, Stopped> {
    let found = analysis.catalog.entity_at(&at.path, at.offset);
    for defined in [true, false] {
        for found in &found {
            stop.check()?;
            let definitions = analysis.catalog.definitions_of(found);
            if definitions.is_empty() == defined {
                continue;
            }
            let uses = analysis.catalog.uses_of(found).into_iter().map(|entity| (entity, Role::Use));
            let definitions = definitions.into_iter().map(|entity| (entity, Role::Definition));
            let mut places: Vec<(FileRange, Role)> = definitions
                .chain(uses)
                .map(|(entity, role)| (FileRange { path: entity.path, range: entity.range }, role))
                .collect();
            places.sort();
            places.dedup_by(|a, b| a.0 == b.0);
            // a computed ID that nothing refers to: what computes it may be what is meant
            let only_itself =
                places.iter().all(|(place, _)| place.path == at.path && place.range == found.entity.range);
            if !places.is_empty() && (!defined || !only_itself) {
                return Ok(places);
            }
        }
    }
    Ok(Vec::new())
}
