//! What templates can call: methods, filters, tests, globals and Salt's pure execution functions,
//! over concrete values. Knows nothing of template syntax, worlds or partial values.

mod args;
mod call;
pub mod convert;
pub(crate) mod filters;
mod functions;
mod globals;
pub(crate) mod html;
pub(crate) mod ip;
mod jmespath;
pub mod matcher;
pub(crate) mod mersenne;
pub(crate) mod methods;
pub(crate) mod modules;
pub(crate) mod paths;
pub(crate) mod regexp;
mod tests;
mod traverse;
mod versions;
pub(crate) mod yaml_dump;
mod yaml_scalar;

pub use call::{Call, Knowledge, Read};
pub use convert::{json_to_value, value_to_json, yaml_to_value};
pub use filters::{call_filter, is_filter};
pub use functions::{call_function, is_function};
pub use globals::{call_global, is_global};
pub use methods::call_method;
pub use regexp::fnmatch;
pub use tests::{call_test, is_test};
