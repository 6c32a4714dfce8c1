//! The command line: words in, text or JSON out, an exit status.

pub mod args;
mod asked;
mod baseline;
mod check;
pub mod data;
pub mod demo;
mod doctor;
pub(crate) mod drift;
pub(crate) mod explain;
mod findings;
mod formats;
mod index;
mod man;
mod pillar;
mod plan;
mod print;
mod report;
mod sarif;
pub(crate) mod session;
mod show;
mod top;

use std::io::IsTerminal;
use std::time::Instant;

use args::{Cli, Command};
pub use print::hidden;

/// Runs a command. Gives the exit status: 0 nothing found, 1 findings, 2 something was not done that it
/// was asked for.
///
/// # Errors
/// What kept it from running, for exit status 2.
pub fn run(words: Cli) -> anyhow::Result<u8> {
    let common = &words.common;
    let started = Instant::now();
    match words.command {
        Command::Lsp { .. } => Ok(crate::lsp::serve()?),
        Command::Check(words) => check::run(&session::open_whole(common, &words.minion)?, &words, started),
        Command::Drift(words) => drift::run(&session::open(common, &words.minion)?, &words),
        Command::Plan(words) => {
            let session = session::open(common, &words.minion)?;
            Ok(session.status(plan::run(&session, &words)?))
        }
        Command::Show(words) => {
            let session = session::open_as(common, words.minion.as_slice(), &words.sls)?;
            Ok(session.status(show::run(&session, &words)?))
        }
        Command::Pillar(words) => {
            let session = session::open(common, words.minion.as_slice())?;
            Ok(session.status(pillar::run(&session, &words)?))
        }
        Command::Top { minion, format } => {
            let session = session::open(common, minion.as_slice())?;
            Ok(session.status(top::run(&session, format)?))
        }
        Command::Index { format } => {
            let session = session::open(common, &[])?;
            Ok(session.status(index::run(&session, format)?))
        }
        Command::Doctor { base, format } => doctor::run(common, base.as_deref(), format),
        Command::Man { directory } => man::run(&directory),
        Command::Demo { directory } => demo::run(common, directory),
        Command::Explain { code } => explain::run(&code),
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            clap_complete::generate(shell, &mut command, "saltflow", &mut std::io::stdout());
            Ok(0)
        }
    }
}

/// Logs to stderr: warnings, with `-v` what happens, with `-vv` everything. `SALTFLOW_LOG` takes a
/// filter of its own.
pub fn logging(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = std::env::var("SALTFLOW_LOG").ok().and_then(|text| EnvFilter::try_new(text).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(level));
    // the transport traces whole messages, in which texts of documents and edits stand as they are
    let filter = match "tower_lsp_server=warn".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()))
        .init();
}
