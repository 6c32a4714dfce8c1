//! Editor features as pure functions: a snapshot and a position in, plain data out. One file per
//! feature; features do not import one another. Knows nothing of LSP types, tokio, git or the file
//! system.

mod analysis;
mod answer;

pub use analysis::Analysis;
pub use answer::*;
