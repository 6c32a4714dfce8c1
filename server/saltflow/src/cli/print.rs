//! Printing that survives a reader that went away (`saltflow index | head`).

use std::borrow::Cow;
use std::io::{BufWriter, ErrorKind, Result, Write};
use std::sync::Arc;

use model::censor::Censor;
use parking_lot::RwLock;

/// What hides secrets in everything that is printed; those of each side of a comparison.
static CENSORS: RwLock<Vec<Arc<Censor>>> = RwLock::new(Vec::new());

/// From now on the secrets that `censor` knows are printed as `***`.
pub fn hide_from_now_on(censor: Arc<Censor>) {
    CENSORS.write().push(censor);
}

/// `text` as it may be printed.
#[must_use]
pub fn hidden(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    for censor in CENSORS.read().iter() {
        if let Cow::Owned(hidden) = censor.hide(&out) {
            out = Cow::Owned(hidden);
        }
    }
    out
}

/// Writes `text` to stdout, without colours where it is no terminal. A closed pipe ends the process
/// quietly, as it does for other command line tools.
pub fn print(text: &str) {
    let text = hidden(text);
    let mut out = anstream::stdout().lock();
    ended(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Hands stdout to `write`, for JSON that is too long to be put together first. What is written has no
/// colours, so nothing looks for them.
pub fn stream(write: impl FnOnce(&mut dyn Write) -> Result<()>) {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    ended(write(&mut out).and_then(|()| out.flush()));
}

/// A list that holds one object a line, as the member `name` of a document with the members `first`
/// before it (`"schema": 1`): line tools can read it too.
///
/// # Errors
/// The reader went away.
pub fn lines<T: serde::Serialize>(
    out: &mut dyn Write,
    first: &str,
    name: &str,
    rows: impl Iterator<Item = T>,
) -> Result<()> {
    write!(out, "{{\n  {first},\n  \"{name}\": [")?;
    let mut line = Vec::with_capacity(1 << 10);
    for (n, row) in rows.enumerate() {
        line.clear();
        line.extend_from_slice(if n == 0 { b"\n    " } else { b",\n    " });
        serde_json::to_writer(&mut line, &row)?;
        out.write_all(hidden(&String::from_utf8_lossy(&line)).as_bytes())?;
    }
    out.write_all(b"\n  ]\n}\n")
}

fn ended(result: Result<()>) {
    if let Err(error) = result {
        if error.kind() != ErrorKind::BrokenPipe {
            anstream::eprintln!("saltflow: cannot write: {error}");
        }
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe) * 2);
    }
}

/// `print` with a line end, formatted.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::cli::print::print(&format!("{}\n", format_args!($($words)*)))
    };
}
pub(crate) use say;
