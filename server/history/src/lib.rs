//! git: tips, merge base, merge in memory, working copies, git-flow configuration. The only crate that knows git2.
#![allow(clippy::disallowed_methods, reason = "one of the two crates that touch the file system")]
