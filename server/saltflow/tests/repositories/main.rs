//! The command line on repositories that the real git makes: several at once, in every situation, and
//! never written to.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests run programs on folders they make")]

mod asked;
mod canary;
mod flow;
mod merged;
mod place;
mod several;
mod situations;
mod written;
