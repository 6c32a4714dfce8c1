//! `saltflow lsp`: the language server on stdio.

mod actions;
mod background;
mod capabilities;
mod completion;
pub mod convert;
mod desk;
mod document;
mod documents;
mod frames;
mod group;
mod lens;
mod navigation;
mod outgoing;
mod output;
mod parent;
mod places;
mod publish;
mod pull;
mod quick;
mod reading;
mod renaming;
mod search;
mod server;
mod status;
mod task;
mod todo;
mod watch;
mod who;

use std::sync::Arc;

use parking_lot::Mutex;
use tower_lsp::{LspService, Server};

/// How many messages tower-lsp may work on side by side; the permits of [`task`] are the real bound,
/// and `$/cancelRequest` has to get through.
const CONCURRENCY: usize = 16_384;

/// Stack of a working thread: bounds on nesting are made for a main thread's.
const STACK_BYTES: usize = 16 << 20;

/// Serves until the client says `exit` or closes stdin. Returns the exit status: 0 after a
/// `shutdown` request, else 1 (LSP 3.17, `exit`).
///
/// # Errors
/// The runtime cannot be started.
pub fn serve() -> std::io::Result<u8> {
    // there may be a pool already: then its stack has to do
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()?;
    let desk = Arc::new(Mutex::new(desk::Desk::default()));
    let secrets = outgoing::Secrets::default();
    runtime.block_on(async {
        let (events, inbox) = tokio::sync::mpsc::unbounded_channel();
        let (service, socket) = LspService::build(|client| {
            let background = background::Background::new(client, desk.clone(), events.clone(), secrets.clone());
            tokio::spawn(background.run(inbox));
            server::Server::new(desk.clone(), events)
        })
        .custom_method(frames::MALFORMED, server::Server::malformed)
        .custom_method("saltflow/content", server::Server::content)
        .finish();
        let (checked, input) = tokio::io::duplex(64 << 10);
        let feed = tokio::spawn(frames::feed(tokio::io::stdin(), checked));
        let (output, closed) = output::Output::new(tokio::io::stdout());
        let (sent, passed) = tokio::io::duplex(64 << 10);
        let pass = tokio::spawn(outgoing::pass(passed, output, secrets.clone()));
        let serve = Server::new(input, sent, socket).concurrency_level(CONCURRENCY).serve(service);
        // Nobody reads answers any more, or nobody asks: what hangs in a write must not hold the process.
        tokio::select! {
            // what was answered last is still on its way
            () = async { serve.await; let _ = pass.await; } => {}
            () = closed.notified() => tracing::info!("the output was closed"),
            () = ended(feed) => tracing::info!("the input has ended"),
        }
    });
    // a blocked read of stdin must not hold the process
    runtime.shutdown_background();
    Ok(u8::from(!desk.lock().shut_down))
}

/// How long the last messages may take once the input has ended.
const LAST_WORDS: std::time::Duration = std::time::Duration::from_secs(3);

/// Waits for the end of the input, and then for the answers that are under way.
async fn ended(feed: tokio::task::JoinHandle<()>) {
    let _ = feed.await;
    tokio::time::sleep(LAST_WORDS).await;
}
