//! Jinja as Salt configures it (`salt/utils/templates.py`, `salt/utils/jinja.py`).

mod ast;
mod build;
mod cursor;
mod expr;
mod head;
mod lexer;
mod literal;
mod scan;
mod token;

pub use ast::*;
pub use build::parse;

#[cfg(test)]
mod tests;
