//! Access to values that are wholly known: lists without conditional items, dicts without unknown
//! keys, and the names of Python's types. Everything else here goes through it, so that nothing
//! partial is ever taken for a fact.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::{Fail, Res};
use crate::value::{DictData, DictId, EvaluatorObject, Heap, Key, Kind, ListId, Object, Raise, Slot, Value, ViewKind};

/// Deeper nesting than this is not followed (Python's own limit is near 1,000 frames).
pub const MAX_DEPTH: usize = 150;

/// A Python exception.
pub fn raise<T>(class: &'static str, message: impl Into<String>) -> Res<T> {
    Err(Fail::Raise(Raise::new(class, message)))
}

/// A `TypeError`.
pub fn type_error<T>(message: impl Into<String>) -> Res<T> {
    raise("TypeError", message)
}

/// A `ValueError`.
pub fn value_error<T>(message: impl Into<String>) -> Res<T> {
    raise("ValueError", message)
}

/// Too large, deep or slow for saltflow, with the reason: told as a finding, and not known.
pub fn beyond<T>(reason: &'static str) -> Res<T> {
    Err(Fail::Limit(reason))
}

/// Not known, with the reason.
pub fn unknown<T>(reason: impl Into<Arc<str>>) -> Res<T> {
    Err(Fail::Unknown(reason.into()))
}

/// The error of anything that is done with jinja2's `StrictUndefined`.
pub fn undefined_error(message: &str) -> Fail {
    let message = message.trim_start_matches(super::SOFT);
    let class = if message.starts_with("access to attribute ") { "SecurityError" } else { "UndefinedError" };
    Fail::Raise(Raise::new(class, message))
}

/// Whether an undefined value is the one of an inline `if` without `else`, which jinja2 never makes
/// strict, or any under `allow_undefined`: it prints nothing, is false, has no items and equals its like only.
pub fn is_soft(message: &str) -> bool {
    message.starts_with("the inline if-expression on line ") || message.starts_with(super::SOFT)
}

/// As [`is_soft`], of a value.
pub fn is_soft_value(value: &Value) -> bool {
    matches!(&value.kind, Kind::Undefined(message) if is_soft(message))
}

/// Refuses values that are not known, and undefined ones as StrictUndefined does.
pub fn defined(value: &Value) -> Res<()> {
    match &value.kind {
        Kind::Undefined(message) => Err(undefined_error(message)),
        Kind::OneOf(_) => unknown("one of several values"),
        Kind::Partial(_) => unknown("text that is partly unknown"),
        Kind::Unknown(reason) => Err(Fail::Unknown(reason.clone())),
        _ => Ok(()),
    }
}

/// Refuses values that are not known, but lets undefined ones pass.
pub fn known(value: &Value) -> Res<()> {
    if matches!(value.kind, Kind::Undefined(_)) { Ok(()) } else { defined(value) }
}

fn certain(slot: &Slot) -> bool {
    slot.when.is_always() && !slot.repeated
}

/// The items of a list that is wholly known.
pub fn items(heap: &Heap, id: ListId) -> Res<Vec<Value>> {
    let data = heap.get_list(id);
    if data.open || !data.items.iter().all(certain) {
        return unknown("a list whose items are not all known");
    }
    heap.meter.touch(data.items.len())?;
    Ok(data.items.iter().map(|slot| slot.value.clone()).collect())
}

/// The number of items of a list that is wholly known.
pub fn list_len(heap: &Heap, id: ListId) -> Res<usize> {
    let data = heap.get_list(id);
    if data.open || !data.items.iter().all(certain) {
        return unknown("a list whose items are not all known");
    }
    heap.meter.touch(data.items.len() / 8)?;
    Ok(data.items.len())
}

/// A dict that is wholly known.
pub fn dict(heap: &Heap, id: DictId) -> Res<&DictData> {
    let data = heap.get_dict(id);
    if let Some(reason) = &data.open {
        return Err(Fail::Unknown(reason.clone()));
    }
    heap.meter.touch(data.entries.len() / 8)?;
    if !data.entries.values().all(|(_, slot)| certain(slot)) {
        return unknown("a dict whose keys are not all known");
    }
    Ok(data)
}

/// Keys and values of a dict that is wholly known, in order.
pub fn pairs(heap: &Heap, id: DictId) -> Res<Vec<(Value, Value)>> {
    let entries = &dict(heap, id)?.entries;
    heap.meter.touch(entries.len())?;
    Ok(entries.values().map(|(key, slot)| (key.clone(), slot.value.clone())).collect())
}

/// A shallow copy of a dict that is wholly known.
pub fn copied(heap: &mut Heap, id: DictId) -> Res<DictId> {
    heap.meter.slots(dict(heap, id)?.entries.len())?;
    let data = dict(heap, id)?.clone();
    let copy = heap.dict();
    *heap.dict_mut(copy) = data;
    Ok(copy)
}

/// The value under a key; other keys need not be known.
pub fn dict_get(heap: &Heap, id: DictId, key: &Key) -> Res<Option<Value>> {
    let data = heap.get_dict(id);
    match (data.entries.get(key), &data.open) {
        (Some((_, slot)), _) if certain(slot) => Ok(Some(slot.value.clone())),
        (Some(_), _) => unknown("a key that may be missing"),
        (None, Some(reason)) => Err(Fail::Unknown(reason.clone())),
        (None, None) => Ok(None),
    }
}

/// A new dict of pairs whose keys are texts.
pub fn text_dict<'a>(heap: &mut Heap, pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let id = heap.dict();
    for (key, value) in pairs {
        heap.insert(id, Key::Str(key.into()), Value::str(key), value);
    }
    Kind::Dict(id).into()
}

/// A new set of distinct values, in first-seen order.
pub fn new_set(heap: &mut Heap, values: Vec<Value>) -> Res<Value> {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut kept = Vec::new();
    for value in values {
        if seen.insert(super::key_of(heap, &value)?) {
            kept.push(value);
        }
    }
    match heap.list(kept).kind {
        Kind::List(id) => Ok(Kind::Set(id).into()),
        other => Ok(other.into()),
    }
}

/// A new tuple.
pub fn tuple(values: Vec<Value>) -> Value {
    Kind::Tuple(values.into()).into()
}

/// A new boolean.
pub fn boolean(value: bool) -> Value {
    Kind::Bool(value).into()
}

/// `None`.
pub fn none() -> Value {
    Kind::None.into()
}

/// A new integer, small if it fits.
pub fn integer(value: BigInt) -> Value {
    value.to_i64().map_or_else(|| Kind::Big(Arc::new(value)), Kind::Int).into()
}

/// A new integer from a length.
pub fn count(value: usize) -> Value {
    Kind::Int(i64::try_from(value).unwrap_or(i64::MAX)).into()
}

/// An iterator over values that were computed at once (`x|map(…)`); `type_name` is Python's.
pub fn iterator(heap: &mut Heap, type_name: &str, values: Vec<Value>) -> Value {
    match heap.list(values).kind {
        Kind::List(id) => Kind::Object(Arc::new(Object::Iterator(id, type_name.into()))).into(),
        other => other.into(),
    }
}

/// `type(value).__name__`.
#[must_use]
pub fn type_name(value: &Value) -> &str {
    match &value.kind {
        Kind::Undefined(_) => "StrictUndefined",
        Kind::None => "NoneType",
        Kind::Bool(_) => "bool",
        Kind::Int(_) | Kind::Big(_) => "int",
        Kind::Float(_) => "float",
        Kind::Str(text) if text.markup => "Markup",
        Kind::Str(_) | Kind::Partial(_) => "str",
        Kind::Bytes(_) => "bytes",
        Kind::List(_) => "list",
        Kind::Tuple(_) => "tuple",
        Kind::Dict(_) => "dict",
        Kind::Set(_) => "set",
        Kind::Range(..) => "range",
        Kind::Object(object) => object_type(object),
        Kind::OneOf(_) | Kind::Unknown(_) => "object",
    }
}

fn object_type(object: &Object) -> &str {
    match object {
        Object::Method(receiver, _) if matches!(receiver.kind, Kind::Object(_)) => "method",
        Object::Method(..) => "builtin_function_or_method",
        Object::View(_, ViewKind::Keys) => "dict_keys",
        Object::View(_, ViewKind::Values) => "dict_values",
        Object::View(_, ViewKind::Items) => "dict_items",
        Object::Iterator(_, name) => name,
        Object::Global(name) => match name.as_str() {
            "range" | "lipsum" | "raise" | "ifelse" | "show_full_context" => "function",
            _ => "type",
        },
        Object::Salt => "LazyLoader",
        Object::SaltFunction(_) => "LoadedFunc",
        Object::Evaluator(EvaluatorObject::Macro, _) => "Macro",
        Object::Evaluator(EvaluatorObject::Module, _) => "TemplateModule",
        Object::Evaluator(EvaluatorObject::Namespace, _) => "Namespace",
        Object::Evaluator(EvaluatorObject::Loop, _) => "LoopContext",
        Object::Evaluator(EvaluatorObject::Helper, _) => "Cycler",
        Object::Evaluator(EvaluatorObject::Template, _) => "TemplateReference",
        Object::Evaluator(EvaluatorObject::Block, _) => "BlockReference",
    }
}

/// jinja2's `object_type_repr`: how its undefined errors name an object.
pub fn type_repr(value: &Value) -> String {
    match &value.kind {
        Kind::None => "None".to_owned(),
        Kind::Str(text) if text.markup => "markupsafe.Markup object".to_owned(),
        Kind::Object(object) => match &**object {
            Object::Salt => "salt.loader.lazy.LazyLoader object".to_owned(),
            Object::SaltFunction(_) => "salt.loader.lazy.LoadedFunc object".to_owned(),
            Object::Evaluator(EvaluatorObject::Module, _) => "jinja2.environment.TemplateModule object".to_owned(),
            Object::Evaluator(EvaluatorObject::Namespace | EvaluatorObject::Helper, _) => {
                format!("jinja2.utils.{} object", type_name(value))
            }
            Object::Evaluator(..) => format!("jinja2.runtime.{} object", type_name(value)),
            _ => format!("{} object", type_name(value)),
        },
        _ => format!("{} object", type_name(value)),
    }
}

/// `value.items()` as Python code inside Salt calls it.
pub fn iterate_keys(heap: &Heap, value: &Value) -> Res<Vec<(Value, Value)>> {
    defined(value)?;
    match value.kind {
        Kind::Dict(id) => pairs(heap, id),
        _ => raise("AttributeError", format!("'{}' object has no attribute 'items'", type_name(value))),
    }
}
