//! One world's meaning: where its roots are, what every file declares and uses, include closures
//! and highstates, and Salt's checks of high data. Knows nothing of LSP, git or other worlds.

pub mod catalog;
pub mod censor;
mod compile;
pub mod entity;
pub mod facts;
mod high;
pub mod layout;
pub mod mask;
pub mod near;
mod pillar;
mod query;
pub mod requisite;
mod salt_files;
pub mod secrets;
pub mod template;

pub use catalog::*;
pub use compile::{Compiled, compile, compile_highstate, plain};
pub use entity::{At, Block, Entity, EntityKind, Role, entities, joined};
pub use facts::*;
pub use high::{BeyondRoot, resolve_pillar_include, resolve_state_include};
pub use layout::{FileKind, Layout, Mount, Note, Overrides, discover};
pub use query::{TemplateSummary, facts, summary};
