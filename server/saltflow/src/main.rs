//! The `saltflow` binary: command line, language server, settings, watching.
#![allow(clippy::disallowed_methods, reason = "one of the two crates that touch the file system")]

mod analyst;
mod between;
mod carry;
mod cli;
mod companions;
mod drift;
mod escape;
mod flow;
mod lsp;
mod near;
mod parts;
mod planned;
mod preview;
mod secrets;
mod settings;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// A tree of templates is millions of small allocations, most of them on several threads at once
/// (docs/decisions/0025-allocator.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words = cli::args::Cli::parse();
    cli::logging(words.common.verbose);
    match cli::run(words) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            anstream::eprintln!("saltflow: {}", cli::hidden(&format!("{error:#}")));
            ExitCode::from(2)
        }
    }
}
