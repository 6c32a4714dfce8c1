//! What Salt would refuse, or a person should know, at its place.

pub use codes::Code;

use crate::{Origin, When};

/// A finding of rendering.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which condition it is.
    pub code: Code,
    /// For people: Salt's wording where Salt has one, then what to do.
    pub message: String,
    /// Where.
    pub origin: Origin,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// When it happens.
    pub when: When,
    /// Whether Salt provably refuses the SLS in every rendering compatible with what is known.
    pub certain: bool,
    /// What, beside `when`, may keep Salt from refusing.
    pub doubt: Doubt,
}

/// Why a problem may be none although its condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Doubt {
    /// Nothing: Salt refuses wherever the condition holds.
    #[default]
    None,
    /// It is no refusal: Salt carries on, though otherwise than meant.
    Carried,
    /// What is missing has no place in this checkout: something else may bring it where Salt runs.
    Absent,
    /// A value that nobody knows decides.
    Value,
}

impl Doubt {
    /// Doubt only where `sure` is false.
    #[must_use]
    pub fn unless(sure: bool) -> Self {
        if sure { Self::None } else { Self::Value }
    }
}

/// A place that explains a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// Where.
    pub origin: Origin,
    /// What is there.
    pub message: String,
}
