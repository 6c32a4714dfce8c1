//! What a request sees of a workspace: one world and its meaning.

use std::sync::Arc;

use compare::Drift;
use model::{Catalog, Request};
use world::{Memo, Stop, Stopped, World};

/// One world and its meaning. Cheap to clone; immutable.
#[derive(Clone)]
pub struct Analysis {
    /// The files.
    pub world: World,
    /// Derived answers.
    pub memo: Arc<Memo>,
    /// What the files declare and use, under each minion.
    pub catalog: Catalog,
    /// How the branch has drifted apart from its base; empty where there is no git.
    pub drift: Arc<Drift>,
    /// What a person should know of the settings, ready to print.
    pub notes: Vec<String>,
}

impl Analysis {
    /// The meaning of `world`, building on `before`; without drift.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn build(
        world: &World,
        memo: &Arc<Memo>,
        request: &Request,
        before: Option<&Self>,
        notes: Vec<String>,
        stop: &Stop,
    ) -> Result<Self, Stopped> {
        let catalog = Catalog::build(world, memo, stop, request, before.map(|before| &before.catalog))?;
        Ok(Self { world: world.clone(), memo: memo.clone(), catalog, drift: Arc::default(), notes })
    }

    /// This analysis with `drift`.
    #[must_use]
    pub fn with_drift(self, drift: Arc<Drift>) -> Self {
        Self { drift, ..self }
    }
}
