//! Printing that survives a reader that went away (`saltflow index | head`).

use std::io::{ErrorKind, Write};

/// Writes `text` to stdout, without colours where it is no terminal. A closed pipe ends the process
/// quietly, as it does for other command line tools.
pub fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
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
