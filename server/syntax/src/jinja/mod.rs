//! Jinja as Salt configures it (`salt/utils/templates.py`, `salt/utils/jinja.py`).

mod ast;
mod build;
mod cursor;
mod expr;
mod head;
mod lexer;
mod literal;
mod scan;
mod target;
mod token;
pub mod walk;

pub use ast::*;
pub use build::parse;
pub use walk::{path_at, token_at};

#[cfg(test)]
mod tests;
