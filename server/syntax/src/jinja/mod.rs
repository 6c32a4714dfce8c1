//! Jinja as Salt configures it (`salt/utils/templates.py`, `salt/utils/jinja.py`).

mod ast;

pub use ast::*;
