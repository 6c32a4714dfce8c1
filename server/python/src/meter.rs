//! How much work one rendering may do. A template is a program, and a repository is untrusted: what
//! primitives touch, copy and keep is charged here, so that no combination of them runs on, not even
//! inside one operation. Knows nothing of templates; the evaluator says what ran out where.

use std::cell::Cell;

use crate::{Fail, Res};

/// What a rendering may spend: well below a second's work, and about 150 MB that it keeps.
const BUDGET: u64 = 40_000_000;
/// Bytes that are read or compared for one unit.
const READ: usize = 16;
/// Bytes that are built for one unit.
const BUILT: usize = 4;
/// Units for a slot of a list or dict: what is kept is dear, as the heap frees nothing before its end.
const SLOT: usize = 16;
/// Why nothing more is evaluated.
pub const SPENT: &str = "it takes more work than a rendering may do";

/// The work that is left of one rendering. A unit is about what looking at one value takes.
#[derive(Clone, Debug)]
pub struct Meter {
    budget: u64,
    left: Cell<u64>,
}

impl Default for Meter {
    fn default() -> Self {
        Self::of(BUDGET)
    }
}

impl Meter {
    /// A meter with so many units.
    #[must_use]
    pub fn of(budget: u64) -> Self {
        Self { budget, left: Cell::new(budget) }
    }

    /// Whether nothing is left. It stays so: all that is charged then fails.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// What was spent so far, to be charged again by those who take the result over.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.budget - self.left.get()
    }

    /// Charges work that is done already or that cannot be refused here.
    pub fn note(&self, units: usize) {
        self.left.set(self.left.get().saturating_sub(u64::try_from(units).unwrap_or(u64::MAX)));
    }

    /// As [`Meter::note`], of a text or number of so many bytes that was built.
    pub fn note_built(&self, bytes: usize) {
        self.note(bytes / BUILT);
    }

    /// As [`Meter::note`], of so many slots of lists or dicts.
    pub fn note_slots(&self, slots: usize) {
        self.note(slots.saturating_mul(SLOT));
    }

    /// Charges for looking at so many values, before it is done.
    ///
    /// # Errors
    /// [`Fail::Limit`] where it is more than is left.
    pub fn touch(&self, values: usize) -> Res<()> {
        self.note(values);
        if self.is_spent() { Err(Fail::Limit(SPENT)) } else { Ok(()) }
    }

    /// Charges for reading or comparing so many bytes.
    ///
    /// # Errors
    /// As [`Meter::touch`].
    pub fn read(&self, bytes: usize) -> Res<()> {
        self.touch(1 + bytes / READ)
    }

    /// Charges for a text or number of so many bytes, before it is built.
    ///
    /// # Errors
    /// As [`Meter::touch`].
    pub fn build(&self, bytes: usize) -> Res<()> {
        self.touch(1 + bytes / BUILT)
    }

    /// Charges for so many slots, before they are made.
    ///
    /// # Errors
    /// As [`Meter::touch`].
    pub fn slots(&self, slots: usize) -> Res<()> {
        self.touch(slots.saturating_mul(SLOT))
    }
}
