//! What templates can call: methods, filters, tests, globals and Salt's pure execution functions,
//! over concrete values. Knows nothing of template syntax, worlds or partial values.

mod args;
mod call;
pub mod convert;
pub mod filters;
mod functions;
mod globals;
pub mod html;
pub mod ip;
mod jmespath;
pub mod matcher;
pub mod mersenne;
pub mod methods;
pub mod modules;
pub mod paths;
pub mod regexp;
mod tests;
mod traverse;
mod versions;
pub mod yaml_dump;
mod yaml_scalar;

pub use call::{Call, Knowledge, Read};
pub use convert::{json_to_value, value_to_json, yaml_to_value};
pub use filters::{call_filter, is_filter};
pub use functions::{call_function, is_function};
pub use globals::{call_global, is_global};
pub use methods::call_method;
pub use regexp::fnmatch;
pub use tests::{call_test, is_test};
