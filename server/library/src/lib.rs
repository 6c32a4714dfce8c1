//! What Salt offers: state and execution modules with their functions and parameters, requisites,
//! global arguments, grains, Jinja filters and tests. From a generated table of facts and from
//! Python sources given as text. Knows nothing of worlds, LSP or I/O.

mod catalogue;
mod jinja;
mod python;
mod types;
mod words;

pub use catalogue::{Library, Presence, VERSIONS};
pub use jinja::{Callable, filters, globals, tags, tests};
pub use python::{Literal, LiteralValue, module, returned};
pub use types::{Function, Module, ModuleKind, Name, Param};
pub use words::{Grain, Word, common_grains, global_arguments, grain_values, requisites};
