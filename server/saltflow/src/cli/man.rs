//! `saltflow man`: the manual pages, one for each command.

use std::path::Path;

use anyhow::Context;

use crate::cli::args::Cli;

/// Writes the pages into `folder`, which is made if it is not there. Exit status 0.
///
/// # Errors
/// The folder cannot be written to.
pub fn run(folder: &Path) -> anyhow::Result<u8> {
    let problem = || format!("cannot write manual pages to {}", folder.display());
    std::fs::create_dir_all(folder).with_context(problem)?;
    let command = <Cli as clap::CommandFactory>::command();
    clap_mangen::generate_to(command, folder).with_context(problem)?;
    Ok(0)
}
