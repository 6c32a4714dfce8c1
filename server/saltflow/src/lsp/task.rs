//! How requests run: off the message loop, bounded, cancellable, and without taking the server down.
//!
//! tower-lsp runs a handler's code up to its first `.await` in wire order; nothing after it is
//! ordered. So a handler takes its snapshot first, then hands the work over to [`run`].

use std::sync::{Arc, LazyLock};

use tokio::sync::Semaphore;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use world::{Stop, Stopped};

/// Who waits for an answer: decides which permits the work needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Somebody is typing: completion, hover, definition.
    Typing,
    /// Whole files and repositories: diagnostics, symbols of the workspace.
    Background,
}

static TYPING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(4)));
static BACKGROUND: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

/// Raises the flag when the client's cancellation drops the handler's future.
struct RaiseOnDrop(Option<Stop>);

impl Drop for RaiseOnDrop {
    fn drop(&mut self) {
        if let Some(stop) = self.0.take() {
            stop.raise();
        }
    }
}

/// Runs `work` on a blocking thread.
///
/// # Errors
/// `InternalError` if `work` panicked, `ContentModified` if it was stopped by the server itself.
pub async fn run<T: Send + 'static>(
    latency: Latency,
    stop: Stop,
    work: impl FnOnce(&Stop) -> std::result::Result<T, Stopped> + Send + 'static,
) -> Result<T> {
    let mut guard = RaiseOnDrop(Some(stop.clone()));
    let permits = match latency {
        Latency::Typing => TYPING.clone(),
        Latency::Background => BACKGROUND.clone(),
    };
    let permit = permits.acquire_owned().await.map_err(|_| Error::internal_error())?;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(&stop)
    })
    .await;
    guard.0 = None;
    match done {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(Stopped)) => Err(Error { code: ErrorCode::ContentModified, ..Error::internal_error() }),
        Err(panic) => {
            tracing::error!("a request failed: {panic}");
            let message = "saltflow failed on this request; please report it with the log".into();
            Err(Error { message, ..Error::internal_error() })
        }
    }
}
