//! Diagnostics of a file: what Salt refuses, and drift.

use world::{SaltPath, Stop, Stopped};

use crate::{Analysis, Diagnostic};

/// The findings in `path`, in source order.
///
/// # Errors
/// [`Stopped`].
pub fn diagnostics(analysis: &Analysis, path: &SaltPath, stop: &Stop) -> Result<Vec<Diagnostic>, Stopped> {
    stop.check()?;
    let _ = (analysis, path);
    Ok(Vec::new())
}

/// The files that have findings, in order.
///
/// # Errors
/// [`Stopped`].
pub fn files_with_diagnostics(analysis: &Analysis, stop: &Stop) -> Result<Vec<SaltPath>, Stopped> {
    stop.check()?;
    let _ = analysis;
    Ok(Vec::new())
}
