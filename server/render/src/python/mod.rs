//! Python's semantics over concrete [`Value`]s: truth, printing, comparison, arithmetic, look-up.
//! What is not known (alternatives, patterns, conditional slots) answers [`Fail::Unknown`]; the
//! evaluator lifts that over alternatives. Knows nothing of templates, filters or Salt's functions.

use std::sync::Arc;

use syntax::jinja::{BinaryOp, CompareOp, UnaryOp};

use crate::value::{Heap, Key, Raise, Value};

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fail {
    /// Python raises.
    Raise(Raise),
    /// It depends on what is not known; why.
    Unknown(Arc<str>),
}

/// A result of Python's semantics.
pub type Res<T> = Result<T, Fail>;

impl From<Raise> for Fail {
    fn from(raise: Raise) -> Self {
        Self::Raise(raise)
    }
}

/// `bool(value)`.
///
/// # Errors
/// As Python; undefined values raise.
pub fn truthy(_heap: &Heap, _value: &Value) -> Res<bool> {
    unwritten()
}

/// `str(value)`.
///
/// # Errors
/// As Python.
pub fn to_str(_heap: &Heap, _value: &Value) -> Res<String> {
    unwritten()
}

/// `repr(value)`.
///
/// # Errors
/// As Python.
pub fn repr(_heap: &Heap, _value: &Value) -> Res<String> {
    unwritten()
}

/// What `{{ value }}` prints: `str(finalize(value))` with Salt's finalizer.
///
/// # Errors
/// As Python.
pub fn finalize_str(_heap: &Heap, _value: &Value) -> Res<String> {
    unwritten()
}

/// `a == b`.
///
/// # Errors
/// As Python.
pub fn equals(_heap: &Heap, _a: &Value, _b: &Value) -> Res<bool> {
    unwritten()
}

/// `a OP b` for any of jinja2's comparisons, `in` included.
///
/// # Errors
/// As Python.
pub fn compare(_heap: &mut Heap, _op: CompareOp, _a: &Value, _b: &Value) -> Res<bool> {
    unwritten()
}

/// The value as a dict key.
///
/// # Errors
/// As Python (`unhashable type: 'list'`).
pub fn key_of(_heap: &Heap, _value: &Value) -> Res<Key> {
    unwritten()
}

/// `item in container`.
///
/// # Errors
/// As Python.
pub fn contains(_heap: &mut Heap, _container: &Value, _item: &Value) -> Res<bool> {
    unwritten()
}

/// `len(value)`.
///
/// # Errors
/// As Python.
pub fn length(_heap: &Heap, _value: &Value) -> Res<usize> {
    unwritten()
}

/// All items of an iterable; consumes iterators.
///
/// # Errors
/// As Python.
pub fn iterate(_heap: &mut Heap, _value: &Value) -> Res<Vec<Value>> {
    unwritten()
}

/// `a OP b`; `and` and `or` are the evaluator's (they short-circuit).
///
/// # Errors
/// As Python.
pub fn binary(_heap: &mut Heap, _op: BinaryOp, _a: &Value, _b: &Value) -> Res<Value> {
    unwritten()
}

/// `OP value`.
///
/// # Errors
/// As Python.
pub fn unary(_heap: &mut Heap, _op: UnaryOp, _value: &Value) -> Res<Value> {
    unwritten()
}

/// `a ~ b ~ …`, keeping the segments of texts.
///
/// # Errors
/// As Python.
pub fn concat(_heap: &Heap, _parts: &[Value]) -> Res<Value> {
    unwritten()
}

/// `value.name` by jinja2's sandboxed rules: attribute, then item, else undefined.
///
/// # Errors
/// As jinja2 (anything of an undefined value raises).
pub fn getattr(_heap: &mut Heap, _value: &Value, _name: &str) -> Res<Value> {
    unwritten()
}

/// `value[key]` by jinja2's sandboxed rules: item, then attribute, else undefined.
///
/// # Errors
/// As jinja2.
pub fn getitem(_heap: &mut Heap, _value: &Value, _key: &Value) -> Res<Value> {
    unwritten()
}

/// `value[start:stop:step]`; a missing part is `None`.
///
/// # Errors
/// As jinja2.
pub fn slice(_heap: &mut Heap, _value: &Value, _parts: [Option<&Value>; 3]) -> Res<Value> {
    unwritten()
}

/// `value[key] = item`.
///
/// # Errors
/// As Python.
pub fn setitem(_heap: &mut Heap, _value: &Value, _key: &Value, _item: Value) -> Res<()> {
    unwritten()
}

fn unwritten<T>() -> Res<T> {
    Err(Fail::Unknown("not evaluated".into()))
}
