//! Completion.

use world::{Stop, Stopped};

use crate::{Analysis, Completion, FilePosition};

/// What may be typed at the cursor, best first.
///
/// # Errors
/// [`Stopped`].
pub fn completion(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Completion>, Stopped> {
    stop.check()?;
    let _ = (analysis, at);
    Ok(Vec::new())
}
