//! The built server over stdio, as an editor sees it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests write files, start the server and run git"
)]

mod client;
mod diagnostics;
mod disk;
mod drift;
mod fixes;
mod hostile;
mod lifecycle;
mod live;
mod secrets;
mod several;
mod sync;
mod tree;
mod workspaces;
mod written;
