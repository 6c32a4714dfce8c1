//! The `saltflow` binary: command line, language server, settings, watching.
#![allow(clippy::disallowed_methods, reason = "one of the two crates that touch the file system")]

mod cli;
mod escape;
mod settings;

fn main() {}
