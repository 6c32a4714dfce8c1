//! Turns worlds into meaning: one analysis per world, built on the one before, shared by all that
//! ask for the same world.

use std::sync::Arc;

use ide::Analysis;
use parking_lot::Mutex;
use world::{Memo, Stop, Stopped, World};

use crate::workspace::Workspace;

/// Holds the latest analysis of a workspace.
pub struct Analyst {
    memo: Arc<Memo>,
    latest: Mutex<Option<Arc<Analysis>>>,
}

impl Analyst {
    /// An analyst whose derived answers are kept in `memo`.
    #[must_use]
    pub fn new(memo: Arc<Memo>) -> Self {
        Self { memo, latest: Mutex::new(None) }
    }

    /// The meaning of `world`. Waits for a computation that is under way; costs nothing if the
    /// world is the latest one, else in proportion to what changed.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn analysis(&self, workspace: &Workspace, world: &World, stop: &Stop) -> Result<Arc<Analysis>, Stopped> {
        let mut latest = self.latest.lock();
        stop.check()?;
        if let Some(analysis) = latest.as_ref() {
            if analysis.world.tree.id() == world.tree.id() {
                return Ok(analysis.clone());
            }
        }
        let (request, notes) = workspace.request(world, stop)?;
        let analysis = Arc::new(Analysis::build(world, &self.memo, &request, latest.as_deref(), notes, stop)?);
        *latest = Some(analysis.clone());
        Ok(analysis)
    }
}
