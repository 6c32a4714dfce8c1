//! Find references.

use world::{Stop, Stopped};

use crate::{Analysis, FilePosition, FileRange};

/// All places that refer to the thing under the cursor; with `declaration` its definitions too.
///
/// # Errors
/// [`Stopped`].
pub fn references(
    analysis: &Analysis,
    at: &FilePosition,
    declaration: bool,
    stop: &Stop,
) -> Result<Vec<FileRange>, Stopped> {
    let found = analysis.catalog.entity_at(&at.path, at.offset);
    // what has a definition first; else the same name elsewhere
    for defined in [true, false] {
        for found in &found {
            stop.check()?;
            let definitions = analysis.catalog.definitions_of(found);
            if definitions.is_empty() == defined {
                continue;
            }
            let mut entities = analysis.catalog.uses_of(found);
            if declaration {
                entities.extend(definitions);
            }
            // a computed ID that nothing refers to: what computes it may be what is meant
            let mut places: Vec<FileRange> =
                entities.into_iter().map(|entity| FileRange { path: entity.path, range: entity.range }).collect();
            places.sort();
            places.dedup();
            let only_itself = places.iter().all(|place| place.path == at.path && place.range == found.entity.range);
            if !places.is_empty() && (!defined || !only_itself) {
                return Ok(places);
            }
        }
    }
    Ok(Vec::new())
}
