//! Turns worlds into meaning: one analysis per world, built on the one before, shared by all that
//! ask for the same world. Knows nothing of LSP.

use std::sync::Arc;
use std::time::Duration;

use ide::Analysis;
use parking_lot::{Condvar, Mutex};
use world::{Memo, Stop, Stopped, TreeId, World};

use crate::workspace::Workspace;

/// Analyses kept: the latest and the one before, for requests that were asked before the last edit.
const KEPT: usize = 2;

/// How often somebody who waits looks whether their own request was cancelled.
const LOOK_UP: Duration = Duration::from_millis(20);

/// Who waits for an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A person: the computation runs to its end.
    Asked,
    /// Nobody yet: it gives way to persons that ask for another world, with [`Stopped`].
    Background,
}

/// Holds the latest analyses of a workspace; computes one at a time.
pub struct Analyst {
    memo: Arc<Memo>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The latest last.
    kept: Vec<Arc<Analysis>>,
    running: Option<Running>,
    /// How many persons wait.
    waiting: usize,
}

/// A computation under way.
struct Running {
    world: TreeId,
    /// Raised to make it give way, if it may be.
    gives_way: Option<Stop>,
}

impl Analyst {
    /// An analyst whose derived answers are kept in `memo`.
    #[must_use]
    pub fn new(memo: Arc<Memo>) -> Self {
        Self { memo, state: Mutex::default(), changed: Condvar::new() }
    }

    /// The meaning of `world`, for a person who waits for it.
    ///
    /// # Errors
    /// [`Stopped`] when `stop` is raised.
    pub fn analysis(&self, workspace: &Workspace, world: &World, stop: &Stop) -> Result<Arc<Analysis>, Stopped> {
        self.analysis_for(workspace, world, Urgency::Asked, stop)
    }

    /// The meaning of `world`. Costs nothing if it is among the latest, else in proportion to what
    /// changed; waits for a computation under way, as what that one finds is not sought again.
    ///
    /// # Errors
    /// [`Stopped`] when `stop` is raised, which [`Urgency::Background`] has happen to it, too, if a
    /// person asks for another world.
    pub fn analysis_for(
        &self,
        workspace: &Workspace,
        world: &World,
        urgency: Urgency,
        stop: &Stop,
    ) -> Result<Arc<Analysis>, Stopped> {
        let before = match self.turn(world.tree.id(), urgency, stop)? {
            Turn::Known(analysis) => return Ok(analysis),
            Turn::Mine(before) => before,
        };
        let turn = EndOfTurn(self);
        let (request, notes) = workspace.request(world, stop)?;
        let analysis = Arc::new(Analysis::build(world, &self.memo, &request, before.as_deref(), notes, stop)?);
        let mut state = self.state.lock();
        if state.kept.len() >= KEPT {
            state.kept.remove(0);
        }
        state.kept.push(analysis.clone());
        drop(state);
        drop(turn);
        Ok(analysis)
    }

    /// Waits until the analysis of `world` is there or nobody else computes.
    fn turn(&self, world: TreeId, urgency: Urgency, stop: &Stop) -> Result<Turn, Stopped> {
        let mut state = self.state.lock();
        loop {
            stop.check()?;
            if let Some(known) = state.kept.iter().find(|analysis| analysis.world.tree.id() == world) {
                return Ok(Turn::Known(known.clone()));
            }
            match &state.running {
                None if urgency == Urgency::Asked || state.waiting == 0 => break,
                Some(Running { world: other, gives_way: Some(stop) })
                    if urgency == Urgency::Asked && *other != world =>
                {
                    stop.raise();
                }
                _ => {}
            }
            let asked = usize::from(urgency == Urgency::Asked);
            state.waiting += asked;
            self.changed.wait_for(&mut state, LOOK_UP);
            state.waiting -= asked;
        }
        let gives_way = (urgency == Urgency::Background).then(|| stop.clone());
        state.running = Some(Running { world, gives_way });
        Ok(Turn::Mine(state.kept.last().cloned()))
    }
}

/// How a wait for an analysis ended.
enum Turn {
    /// It is there.
    Known(Arc<Analysis>),
    /// It is to be computed, from the latest one.
    Mine(Option<Arc<Analysis>>),
}

/// Lets the next one compute, also after a panic.
struct EndOfTurn<'a>(&'a Analyst);

impl Drop for EndOfTurn<'_> {
    fn drop(&mut self) {
        self.0.state.lock().running = None;
        self.0.changed.notify_all();
    }
}
