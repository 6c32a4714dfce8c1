//! The semantic difference of worlds: drift as an entity-level three-way merge of catalogs. Knows
//! nothing of git or LSP: it is handed worlds and what was renamed between them.

mod drift;

pub use drift::{Drift, DriftFact, DriftKind, DriftSeverity, Place};
