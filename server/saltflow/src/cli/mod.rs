//! The command line: words in, text or JSON out, an exit status.

pub mod args;
