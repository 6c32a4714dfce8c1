//! Go to definition.

use world::{Stop, Stopped};

use crate::{Analysis, FilePosition, Target};

/// Where the thing under the cursor is defined.
///
/// # Errors
/// [`Stopped`].
pub fn definition(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Target>, Stopped> {
    stop.check()?;
    let _ = (analysis, at);
    Ok(Vec::new())
}
