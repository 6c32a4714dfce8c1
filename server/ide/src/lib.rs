//! Editor features as pure functions: a snapshot and a position in, plain data out. One file per
//! feature; features do not import one another. Knows nothing of LSP types, tokio, git or the file
//! system.

mod analysis;
mod answer;
mod catalogue;
mod code_lens;
mod completion;
mod definition;
mod diagnostics;
mod document_symbols;
pub mod fix;
mod hover;
mod lints;
mod markdown;
mod members;
mod observe;
pub mod quick;
mod references;
mod severity;
mod source;
mod suppress;
mod typing;
mod upstream;
mod value;

pub use analysis::Analysis;
pub use answer::*;
pub use catalogue::{OwnModule, documentation};
pub use code_lens::{Lens, code_lenses};
pub use completion::completion;
pub use definition::definition;
pub use diagnostics::{changed_since, diagnostics, drift_severity, files_with_diagnostics, of_drift};
pub use document_symbols::document_symbols;
pub use hover::hover;
pub use markdown::plain;
pub use model::mask::masked;
pub use model::secrets::{HIDDEN, is_secret_key, is_secret_text};
pub use references::references;

pub use severity::{is_refusal, severity};
pub use upstream::{Upstream, Version};
