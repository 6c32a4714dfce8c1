//! Salt's execution functions that are pure.

use super::Call;
use crate::python::Res;
use crate::value::Value;

/// Whether a function of this name is evaluated.
#[must_use]
pub fn is_function(_name: &str) -> bool {
    false
}

/// `salt[name](args…)`; `None`: not a function that is evaluated here.
pub fn call_function(_cx: &mut Call<'_>, _name: &str) -> Option<Res<Value>> {
    None
}
