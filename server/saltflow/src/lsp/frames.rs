//! Incoming messages, checked before the transport sees them: tower-lsp ends the session at the
//! first one that it cannot read. What is malformed reaches it as a request that answers with
//! JSON-RPC's error; the end of the stream as `exit`. Knows nothing of what messages mean.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tower_lsp::jsonrpc::{Request, Response};

/// The method that malformed messages turn into.
pub const MALFORMED: &str = "saltflow/malformed";

/// Longest header that is waited for, in bytes.
const MAX_HEADER: usize = 16 << 10;

/// Longest message, in bytes.
const MAX_BODY: usize = 512 << 20;

/// JSON-RPC 2.0, section 5.1.
const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;

/// Copies messages from `input` to `output` until one of them ends.
pub async fn feed(mut input: impl AsyncRead + Unpin, mut output: impl AsyncWrite + Unpin) {
    let mut frames = Frames::default();
    let mut chunk = vec![0; 64 << 10];
    loop {
        let read = match input.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        frames.buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        while let Some(frame) = frames.next() {
            let sent = match frame {
                Ok(body) => send(&mut output, &body).await,
                Err(code) => {
                    tracing::warn!("a message is malformed ({code})");
                    let request =
                        format!(r#"{{"jsonrpc":"2.0","id":null,"method":"{MALFORMED}","params":{{"code":{code}}}}}"#);
                    send(&mut output, request.as_bytes()).await
                }
            };
            if sent.is_err() {
                return;
            }
        }
    }
    // pending requests are of no use to anybody any more
    let _ = send(&mut output, br#"{"jsonrpc":"2.0","method":"exit"}"#).await;
}

async fn send(output: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> std::io::Result<()> {
    output.write_all(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
    output.write_all(body).await?;
    output.flush().await
}

/// A stream cut into messages.
#[derive(Default)]
struct Frames {
    buffer: Vec<u8>,
    /// The length of the body that is due.
    due: Option<usize>,
}

impl Frames {
    /// The next message's body, or JSON-RPC's code of what is wrong with it; `None`: more is needed.
    fn next(&mut self) -> Option<Result<Vec<u8>, i64>> {
        let length = match self.due {
            Some(length) => length,
            None => match self.header()? {
                Header { length: Some(length), clean: true } => length,
                Header { length, .. } => {
                    self.due = length;
                    return Some(Err(PARSE_ERROR));
                }
            },
        };
        if self.buffer.len() < length {
            self.due = Some(length);
            return None;
        }
        self.due = None;
        let rest = self.buffer.split_off(length);
        let body = std::mem::replace(&mut self.buffer, rest);
        Some(check(&body).map(|instead| instead.unwrap_or(body)))
    }

    /// Takes a header off the buffer. Of garbage, all up to the last `Content-Length` is skipped.
    fn header(&mut self) -> Option<Header> {
        const END: &[u8] = b"\r\n\r\n";
        let Some(end) = self.buffer.windows(END.len()).position(|four| four == END) else {
            if self.buffer.len() <= MAX_HEADER {
                return None;
            }
            // keep what may be the start of a header
            self.buffer.drain(..self.buffer.len() - MAX_HEADER / 2);
            return Some(Header { length: None, clean: false });
        };
        let block: Vec<u8> = self.buffer.drain(..end + END.len()).take(end).collect();
        let block = String::from_utf8_lossy(&block).to_ascii_lowercase();
        let length = block.rsplit_once("content-length:").and_then(|(_, rest)| {
            let value = rest.split("\r\n").next().unwrap_or_default();
            value.trim().parse::<usize>().ok().filter(|length| *length <= MAX_BODY)
        });
        let is_field = |line: &str| {
            line.split_once(':').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
        };
        Some(Header { length, clean: length.is_some() && block.split("\r\n").all(is_field) })
    }
}

struct Header {
    /// The body's length; `None`: unknown, so the next bytes are searched for a header.
    length: Option<usize>,
    /// Nothing but header fields was found.
    clean: bool,
}

/// Whether tower-lsp reads `body` as a message, and what it has to read instead: requests under `$/` that
/// nobody knows must be refused (LSP 3.17, `$ Notifications and Requests`), but it answers nothing.
fn check(body: &[u8]) -> Result<Option<Vec<u8>>, i64> {
    let text = std::str::from_utf8(body).map_err(|_| PARSE_ERROR)?;
    let error = match serde_json::from_str::<Request>(text) {
        Ok(request) if request.method().starts_with("$/") => {
            let refused = request.id().map(|id| {
                let params = serde_json::json!({ "code": METHOD_NOT_FOUND });
                serde_json::json!({ "jsonrpc": "2.0", "id": id, "method": MALFORMED, "params": params })
            });
            return Ok(refused.map(|request| request.to_string().into_bytes()));
        }
        Ok(_) => return Ok(None),
        Err(error) => error,
    };
    if serde_json::from_str::<Response>(text).is_ok() {
        return Ok(None);
    }
    Err(if error.is_data() { INVALID_REQUEST } else { PARSE_ERROR })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of `input`, whatever its pieces: bodies, or codes.
    fn check(input: &str, expected: &[&str]) {
        for size in [1, 7, input.len()] {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for piece in input.as_bytes().chunks(size) {
                frames.buffer.extend_from_slice(piece);
                while let Some(frame) = frames.next() {
                    found.push(frame.map_or_else(|code| code.to_string(), |body| String::from_utf8(body).unwrap()));
                }
            }
            assert_eq!(found, expected, "{input:?} in pieces of {size}");
        }
    }

    const ONE: &str = r#"{"jsonrpc":"2.0","method":"a"}"#;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn messages_pass_and_garbage_is_skipped() {
        let one = framed(ONE);
        check(&format!("{one}{one}"), &[ONE, ONE]);
        check(&format!("content-length: 30\r\nContent-Type: x\r\nX-Y: z\r\n\r\n{ONE}"), &[ONE]);
        check(&framed(r#"{"jsonrpc":"2.0","id":1,"result":null}"#), &[r#"{"jsonrpc":"2.0","id":1,"result":null}"#]);
        check(&format!("{}{one}", framed("{\"jsonrpc")), &["-32700", ONE]);
        check(&format!("{}{one}", framed("[1]")), &["-32600", ONE]);
        check(&format!("{}{one}", framed(r#"{"jsonrpc":"1.0","method":"a"}"#)), &["-32600", ONE]);
        check(&format!("{}{one}", framed("")), &["-32700", ONE]);
        check(&format!("Content-Length: many\r\n\r\n{ONE}{one}"), &["-32700", "-32700", ONE]);
        check(&format!("Content-Length: 99999999999999\r\n\r\n{one}"), &["-32700", ONE]);
        check(&format!("what is this\r\n{one}"), &["-32700", ONE]);
        check(&format!("no length: 1\r\n\r\n{one}"), &["-32700", ONE]);
    }

    #[test]
    fn requests_under_dollar_are_refused_and_notifications_pass() {
        let cancel = r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#;
        let request = r#"{"jsonrpc":"2.0","id":"a","method":"$/what"}"#;
        let mut frames = Frames { buffer: (framed(cancel) + &framed(request)).into_bytes(), due: None };
        assert_eq!(frames.next(), Some(Ok(cancel.as_bytes().to_vec())));
        let refused: serde_json::Value = serde_json::from_slice(&frames.next().unwrap().unwrap()).unwrap();
        assert_eq!((&refused["id"], &refused["method"]), (&"a".into(), &MALFORMED.into()));
        assert_eq!(refused["params"]["code"], -32_601);
    }

    #[test]
    fn a_body_must_be_utf8() {
        let mut frames = Frames { buffer: b"Content-Length: 3\r\n\r\n\"\xff\"".to_vec(), due: None };
        assert_eq!(frames.next(), Some(Err(PARSE_ERROR)));
    }

    #[test]
    fn endless_garbage_does_not_fill_the_memory() {
        let mut frames = Frames::default();
        for _ in 0..100 {
            frames.buffer.extend_from_slice(&[b'x'; 4096]);
            while frames.next().is_some() {}
            assert!(frames.buffer.len() <= 2 * MAX_HEADER);
        }
    }
}
