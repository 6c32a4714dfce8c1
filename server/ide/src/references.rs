//! Find references.

use world::{Stop, Stopped};

use crate::{Analysis, FilePosition, FileRange};

/// All places of the thing under the cursor.
///
/// # Errors
/// [`Stopped`].
pub fn references(
    analysis: &Analysis,
    at: &FilePosition,
    declaration: bool,
    stop: &Stop,
) -> Result<Vec<FileRange>, Stopped> {
    stop.check()?;
    let _ = (analysis, at, declaration);
    Ok(Vec::new())
}
