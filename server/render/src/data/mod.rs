//! What stands behind the Jinja evaluator: renderer pipes, YAML with origins over the joint text,
//! forks where the joint text cannot be read, pillar compilation and top files. Knows nothing of
//! how templates are evaluated.

pub(crate) mod fingerprint;
pub mod names;
pub(crate) mod pillar;
pub(crate) mod top;

use std::sync::Arc;

use smol_str::SmolStr;
use world::{Minion, Reader, SaltPath, Stopped};

use crate::{EntryKind, Node, Rendered};

/// A file to render.
pub(crate) struct FileJob<'a> {
    /// For whom.
    pub(crate) minion: &'a Arc<Minion>,
    /// The file.
    pub(crate) path: &'a SaltPath,
    /// As what.
    pub(crate) kind: EntryKind,
    /// Its SLS name.
    pub(crate) sls: Option<&'a str>,
    /// Its saltenv.
    pub(crate) saltenv: &'a str,
    /// Further variables.
    pub(crate) extra: &'a [(SmolStr, Node)],
}

/// Renders it.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn render_file(reader: &Reader<'_>, job: &FileJob<'_>) -> Result<Rendered, Stopped> {
    reader.tick()?;
    let _ = (job.minion, job.sls, job.saltenv, job.extra);
    Ok(Rendered::nothing(job.path.clone(), job.kind))
}
