//! Find references.

use model::Role;
use world::{Stop, Stopped};

use crate::occurrences::occurrences;
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
    let found = occurrences(analysis, at, stop)?;
    let kept = found.into_iter().filter(|(_, role)| declaration || *role == Role::Use);
    Ok(kept.map(|(place, _)| place).collect())
}
