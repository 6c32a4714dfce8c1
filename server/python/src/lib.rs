//! Python's semantics over concrete [`Value`](crate::value::Value)s: truth, printing, comparison,
//! arithmetic, look-up. What is not known (alternatives, patterns, conditional slots) answers
//! [`Fail::Unknown`]; the evaluator lifts that over alternatives. Knows nothing of templates, filters
//! or Salt's functions.

mod arithmetic;
mod compare;
pub mod concrete;
pub mod format;
pub mod key_path;
mod lookup;
pub mod markup;
pub mod meter;
pub mod number;
pub mod origin;
pub mod output;
pub mod percent;
mod print;
mod sequence;
pub mod str_builder;
pub mod strings;
pub mod value;
pub mod when;
pub mod yaml_quote;

use std::sync::Arc;

pub use arithmetic::{binary, unary};
pub use compare::{compare, contains, equals, key_of, truthy};
pub use compare::{less, sort_by_keys};
pub use concrete::type_name;
pub use concrete::{is_soft, is_soft_value};
pub use key_path::{KeyPart, KeyPath};
pub use lookup::subscript;
pub use lookup::{getattr, getitem, setitem};
pub use meter::Meter;
pub use origin::{Origin, SourceKind};
pub use output::{FileId, Output, Piece, PieceKind, Site};
pub use print::printable;
pub use print::{finalize_str, repr, to_str};
pub use sequence::{concat, iterate, length, slice};
pub use sequence::{elements, range_len as sequence_len, view_items};

pub use when::{Atom, When};

use crate::value::Raise;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fail {
    /// Python raises.
    Raise(Raise),
    /// It depends on what is not known; why.
    Unknown(Arc<str>),
    /// It is more than saltflow computes (Python may or may not); why.
    Limit(&'static str),
}

/// A result of Python's semantics.
pub type Res<T> = Result<T, Fail>;

impl From<Raise> for Fail {
    fn from(raise: Raise) -> Self {
        Self::Raise(raise)
    }
}

/// What the messages of undefined values begin with that are not strict (`allow_undefined`).
pub const SOFT: char = '\u{1}';
