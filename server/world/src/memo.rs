//! Derived answers, shared by all worlds that agree on what they depend on.

use std::any::Any;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use crate::{Fingerprint, Reader, Stopped};

/// A question whose answer is a pure function of a world.
pub trait Query: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// What it gives.
    type Answer: Send + Sync + 'static;
    /// A name for a part of the answer that can be asked for on its own; `()` if there is none.
    type Part: Clone + Eq + Hash + Debug + Send + Sync + 'static;

    /// Computes the answer, seeing the world through `reader` only.
    ///
    /// # Errors
    /// [`Stopped`] when cancelled.
    fn compute(&self, reader: &Reader<'_>) -> Result<Self::Answer, Stopped>;

    /// The answer's fingerprint: equal fingerprints, equal answers.
    fn fingerprint(answer: &Self::Answer) -> Fingerprint;

    /// The fingerprint of one part.
    fn part_fingerprint(answer: &Self::Answer, part: &Self::Part) -> Fingerprint;

    /// The answer for a question that is being computed further up on the same thread (a cycle).
    /// It is not stored.
    fn cycle(&self) -> Self::Answer;
}

/// The store of derived answers.
#[derive(Default)]
pub struct Memo {
    _tables: parking_lot::Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
}

impl Memo {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn ask<Q: Query>(&self, reader: &Reader<'_>, query: &Q) -> Result<Arc<Q::Answer>, Stopped> {
        query.compute(reader).map(Arc::new)
    }
}
