//! Hover.

use world::{Stop, Stopped};

use crate::{Analysis, FilePosition, Hover};

/// What the thing under the cursor is.
///
/// # Errors
/// [`Stopped`].
pub fn hover(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Option<Hover>, Stopped> {
    stop.check()?;
    let _ = (analysis, at);
    Ok(None)
}
