//! What templates can call: methods, filters, tests, globals and Salt's pure execution functions,
//! over concrete values. Knows nothing of template syntax, worlds or partial values.

mod args;
mod call;
mod methods;
pub(crate) mod yaml_dump;

pub use call::{Call, Knowledge, Read};
pub use methods::call_method;

use crate::python::Res;
use crate::value::Value;

/// Whether jinja2 or Salt has a filter of this name.
#[must_use]
pub fn is_filter(_name: &str) -> bool {
    true
}

/// Whether jinja2 or Salt has a test of this name.
#[must_use]
pub fn is_test(_name: &str) -> bool {
    true
}

/// Whether jinja2 or Salt has a global function of this name (`range`, `dict`, `cycler`, `raise`, …).
#[must_use]
pub fn is_global(_name: &str) -> bool {
    false
}

/// `input|name(args…)`; `None`: there is no such filter.
pub fn call_filter(_cx: &mut Call<'_>, _name: &str, _input: &Value) -> Option<Res<Value>> {
    None
}

/// `input is name(args…)`; `None`: there is no such test.
pub fn call_test(_cx: &mut Call<'_>, _name: &str, _input: &Value) -> Option<Res<bool>> {
    None
}

/// `name(args…)` for global functions; `None`: not one that is evaluated here (`cycler`, `joiner`,
/// `namespace`, `caller`, … hold state, which the evaluator owns).
pub fn call_global(_cx: &mut Call<'_>, _name: &str) -> Option<Res<Value>> {
    None
}

/// `salt[name](args…)`; `None`: not a function that is evaluated here.
pub fn call_function(_cx: &mut Call<'_>, _name: &str) -> Option<Res<Value>> {
    None
}
