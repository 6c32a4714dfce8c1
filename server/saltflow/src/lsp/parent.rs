//! The editor's death: a server must not outlive it (LSP 3.17, `InitializeParams.processId`).

use std::time::Duration;

/// How often to look.
const EVERY: Duration = Duration::from_secs(2);

/// Ends this process with status 1 once the process `parent` is gone.
pub fn exit_with(parent: u32) {
    std::thread::spawn(move || {
        while is_alive(parent) {
            std::thread::sleep(EVERY);
        }
        tracing::info!("the editor (process {parent}) has ended");
        std::process::exit(1);
    });
}

/// Whether a process exists. Where there is no `/proc` it counts as alive: the end of stdin says it.
fn is_alive(process: u32) -> bool {
    let proc = std::path::Path::new("/proc");
    if !proc.join("self").exists() {
        return true;
    }
    // a process that ended but was not waited for yet is a zombie
    match std::fs::read_to_string(proc.join(process.to_string()).join("stat")) {
        Ok(stat) => !stat.rsplit(')').next().unwrap_or("").trim_start().starts_with('Z'),
        Err(_) => false,
    }
}
