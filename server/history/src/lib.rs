//! git: tips, base branch, merge base, merge in memory, working copies, git-flow configuration. The
//! only crate that knows git2. It reads and never writes: no hook, filter, checkout, fetch or `git`
//! program is ever run. It knows nothing above `world`.
#![allow(clippy::disallowed_methods, reason = "one of the two crates that touch the file system")]

mod attributes;
mod back;
mod base;
mod commits;
mod disk;
mod error;
mod flow;
mod guarded;
mod id;
mod links;
mod merge;
mod odb;
mod recent;
mod repository;
mod reread;
pub mod sample;
mod scope;
mod state;
mod trees;
mod watch;
mod working;

pub use self::merge::Ours;
pub use ::merge::{Merged, renames};
pub use back::Released;
pub use base::{Base, BaseRequest, Role, Target};
pub use commits::CommitInfo;
pub use disk::folder_world;
pub use error::HistoryError;
pub use flow::BranchKind;
pub use guarded::{ReadError, read_given, read_inside, read_named};
pub use id::CommitId;
pub use repository::Repository;
pub use scope::Scope;
pub use state::{Head, Pause, State};
pub use watch::{RefsFingerprint, WatchPath};

/// Files beyond this many bytes have no content for anybody: they are no SLS.
pub const MAX_FILE_BYTES: u64 = 20 * 1024 * 1024;
