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
}

/// A place that explains a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// Where.
    pub origin: Origin,
    /// What is there.
    pub message: String,
}
