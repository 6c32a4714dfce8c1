//! Cancellation without unwinding.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that ends a computation early. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    flag: Arc<AtomicBool>,
    /// Raised with it, but not by it.
    parent: Option<Arc<AtomicBool>>,
}

/// The computation was stopped; nothing of it was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Stop {
    /// A flag that is not raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag of its own that counts as raised once `self` is raised, too. A grandchild follows its
    /// own parent only.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { flag: Arc::default(), parent: Some(self.flag.clone()) }
    }

    /// Raises it for every clone and child.
    pub fn raise(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// # Errors
    /// [`Stopped`] once the flag was raised.
    pub fn check(&self) -> Result<(), Stopped> {
        let raised = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        if raised(&self.flag) || self.parent.as_deref().is_some_and(raised) { Err(Stopped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_stops_with_its_parent_and_never_the_other_way_round() {
        let parent = Stop::new();
        let (one, two) = (parent.child(), parent.child());
        one.raise();
        assert_eq!((one.check(), two.check(), parent.check()), (Err(Stopped), Ok(()), Ok(())));
        parent.raise();
        assert_eq!((two.check(), two.clone().check()), (Err(Stopped), Err(Stopped)));
    }
}
