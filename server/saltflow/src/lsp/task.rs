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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_internal_error_and_frees_its_permit() {
        for round in 0..10 {
            let failed = run(Latency::Typing, Stop::new(), |_| -> std::result::Result<(), Stopped> {
                panic!("expected in this test")
            });
            assert_eq!(failed.await.map_err(|error| error.code), Err(ErrorCode::InternalError), "{round}");
        }
        assert_eq!(run(Latency::Typing, Stop::new(), |_| Ok(1)).await, Ok(1));
    }

    #[tokio::test]
    async fn what_the_server_stops_is_told_apart_from_failures() {
        let stop = Stop::new();
        stop.raise();
        let stopped = run(Latency::Background, stop, |stop| stop.check()).await;
        assert_eq!(stopped.map_err(|error| error.code), Err(ErrorCode::ContentModified));
    }

    #[tokio::test]
    async fn a_dropped_request_stops_its_work() {
        let stop = Stop::new();
        let (begun, wait) = tokio::sync::oneshot::channel();
        let request = run(Latency::Typing, stop.clone(), move |stop| {
            let _ = begun.send(());
            while stop.check().is_ok() {
                std::thread::yield_now();
            }
            stop.check()
        });
        let request = tokio::spawn(request);
        wait.await.expect("it begins");
        request.abort();
        assert!(request.await.is_err_and(|error| error.is_cancelled()));
        assert_eq!(stop.check(), Err(Stopped));
    }
}
