//! The way to the client, which tells when it is closed: the transport would go on writing into
//! nothing. Knows nothing of messages.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tokio::sync::Notify;

/// A stream that tells of its first error.
pub struct Output<W> {
    inner: W,
    closed: Arc<Notify>,
}

impl<W> Output<W> {
    /// The stream, and what is notified once nothing can be written any more.
    pub fn new(inner: W) -> (Self, Arc<Notify>) {
        let closed = Arc::new(Notify::new());
        (Self { inner, closed: closed.clone() }, closed)
    }

    fn noted<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(_)) = &result {
            self.closed.notify_one();
        }
        result
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Output<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.noted(result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_flush(cx);
        self.noted(result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.noted(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn the_first_error_is_told() {
        let (stream, other) = tokio::io::duplex(64);
        let (mut output, closed) = Output::new(stream);
        output.write_all(b"a").await.expect("somebody reads");
        drop(other);
        output.write_all(b"b").await.expect_err("nobody reads");
        closed.notified().await;
    }
}
