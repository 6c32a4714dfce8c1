//! `saltflow lsp`: the language server on stdio.

mod background;
mod capabilities;
pub mod convert;
mod desk;
mod parent;
mod server;
mod task;
mod watch;

use std::sync::Arc;

use parking_lot::Mutex;
use tower_lsp::{LspService, Server};

/// How many messages tower-lsp may work on side by side; the permits of [`task`] are the real bound,
/// and `$/cancelRequest` has to get through.
const CONCURRENCY: usize = 256;

/// Serves until the client says `exit` or closes stdin. Returns the exit status: 0 after a
/// `shutdown` request, else 1 (LSP 3.17, `exit`).
///
/// # Errors
/// The runtime cannot be started.
pub fn serve() -> std::io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let desk = Arc::new(Mutex::new(desk::Desk::default()));
    runtime.block_on(async {
        let (events, inbox) = tokio::sync::mpsc::unbounded_channel();
        let for_server = desk.clone();
        let to_server = events.clone();
        let mut client = None;
        let (service, socket) = LspService::new(|connected| {
            client = Some(connected);
            server::Server::new(for_server, to_server)
        });
        if let Some(client) = client {
            tokio::spawn(background::Background::new(client, desk.clone(), events).run(inbox));
        }
        Server::new(tokio::io::stdin(), tokio::io::stdout(), socket)
            .concurrency_level(CONCURRENCY)
            .serve(service)
            .await;
    });
    // a blocked read of stdin must not hold the process
    runtime.shutdown_background();
    Ok(u8::from(!desk.lock().shut_down))
}
