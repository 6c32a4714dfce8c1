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
    let mut places = Vec::new();
    for found in analysis.catalog.entity_at(&at.path, at.offset) {
        stop.check()?;
        let mut entities = analysis.catalog.uses_of(&found);
        if declaration {
            entities.extend(analysis.catalog.definitions_of(&found));
        }
        if !entities.is_empty() {
            places.extend(entities.into_iter().map(|entity| FileRange { path: entity.path, range: entity.range }));
            break;
        }
    }
    places.sort();
    places.dedup();
    Ok(places)
}
