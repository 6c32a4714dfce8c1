//! Attributes and items by jinja2's sandboxed rules (`jinja2/sandbox.py`, `getattr` and `getitem`).

use std::sync::Arc;

use super::concrete::{count, defined, dict_get, integer, raise, type_error, type_name, type_repr, unknown};
use super::number::{as_index, as_int};
use super::print::repr_str;
use super::strings::{byte_at, substr};
use super::{Fail, Res, key_of, repr};
use crate::value::{Heap, Kind, Object, Slot, Value, ViewKind};

const STR: &str = " capitalize casefold center count encode endswith expandtabs find format format_map index isalnum \
isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust \
lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip \
split splitlines startswith strip swapcase title translate upper zfill ";
const BYTES: &str = " capitalize center count decode endswith expandtabs find fromhex hex index isalnum isalpha \
isascii isdigit islower isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix \
removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title \
translate upper zfill ";
const LIST: &str = " append clear copy count extend index insert pop remove reverse sort ";
const DICT: &str = " clear copy fromkeys get items keys pop popitem setdefault update values ";
const TUPLE: &str = " count index ";
const INT: &str = " as_integer_ratio bit_count bit_length conjugate from_bytes to_bytes ";
const FLOAT: &str = " as_integer_ratio conjugate fromhex hex is_integer ";
const SET: &str = " add clear copy difference difference_update discard intersection intersection_update isdisjoint \
issubset issuperset pop remove symmetric_difference symmetric_difference_update union update ";
const VIEW: &str = " isdisjoint ";
const OBJECT: &str = " __class__ __delattr__ __dir__ __doc__ __eq__ __format__ __ge__ __getattribute__ __gt__ \
__hash__ __init__ __init_subclass__ __le__ __lt__ __ne__ __new__ __reduce__ __reduce_ex__ __repr__ __setattr__ \
__sizeof__ __str__ __subclasshook__ ";
const CONTAINER: &str = " __len__ __getitem__ __contains__ __iter__ __add__ __mul__ __rmul__ __setitem__ __delitem__ ";

const MARKUP: &str = " escape striptags unescape ";

/// Names of the methods of a value's type, each between blanks.
fn methods(value: &Value) -> &'static str {
    match &value.kind {
        Kind::Str(_) => STR,
        Kind::Bytes(_) => BYTES,
        Kind::List(_) => LIST,
        Kind::Dict(_) => DICT,
        Kind::Tuple(_) => TUPLE,
        Kind::Range(..) => TUPLE,
        Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) => INT,
        Kind::Float(_) => FLOAT,
        Kind::Set(_) => SET,
        Kind::Object(object) => match &**object {
            Object::View(_, ViewKind::Keys | ViewKind::Items) => VIEW,
            Object::Global(name) if name == "dict" => DICT,
            _ => "",
        },
        _ => "",
    }
}

fn listed(names: &str, name: &str) -> bool {
    !name.is_empty()
        && !name.contains(' ')
        && memchr::memmem::find_iter(names.as_bytes(), name.as_bytes()).any(|at| {
            let bytes = names.as_bytes();
            at > 0 && bytes[at - 1] == b' ' && bytes.get(at + name.len()) == Some(&b' ')
        })
}

/// A Python attribute; `None`: there is none. Unsafe ones give the sandbox's undefined.
fn attribute(heap: &Heap, value: &Value, name: &str) -> Res<Option<Value>> {
    let of_ordered = matches!(value.kind, Kind::Dict(id) if heap.get_dict(id).ordered) && name == "move_to_end";
    let of_markup = of_ordered || (super::markup::is_markup(value) && listed(MARKUP, name));
    if of_markup || listed(methods(value), name) {
        return Ok(Some(Kind::Object(Arc::new(Object::Method(value.clone(), name.into()))).into()));
    }
    let found = match (&value.kind, name) {
        (Kind::Object(object), "mapping") => match &**object {
            Object::View(id, _) => Some(Kind::Dict(*id).into()),
            _ => None,
        },
        (Kind::Bool(_) | Kind::Int(_) | Kind::Big(_), "real" | "numerator") => as_int(value).map(integer),
        (Kind::Bool(_) | Kind::Int(_) | Kind::Big(_), "imag") => Some(count(0)),
        (Kind::Bool(_) | Kind::Int(_) | Kind::Big(_), "denominator") => Some(count(1)),
        (Kind::Float(_), "real") => Some(value.clone()),
        (Kind::Float(_), "imag") => Some(Kind::Float(0.0).into()),
        // What `groupby` gives are named tuples.
        (Kind::Tuple(parts), "grouper" | "list") if parts.len() == 2 && matches!(parts[1].kind, Kind::List(_)) => {
            parts.get(usize::from(name == "list")).cloned()
        }
        (Kind::Range(start, _, _), "start") => Some(Kind::Int(*start).into()),
        (Kind::Range(_, stop, _), "stop") => Some(Kind::Int(*stop).into()),
        (Kind::Range(_, _, step), "step") => Some(Kind::Int(*step).into()),
        _ => None,
    };
    if found.is_some() {
        return Ok(found);
    }
    let container = matches!(value.kind, Kind::Str(_) | Kind::List(_) | Kind::Dict(_) | Kind::Tuple(_));
    if name.starts_with("__") && (listed(OBJECT, name) || (container && listed(CONTAINER, name))) {
        let shown = repr(heap, &Value::str(name))?;
        let message = format!("access to attribute {shown} of '{}' object is unsafe.", type_name(value));
        return Ok(Some(Kind::Undefined(message.into()).into()));
    }
    Ok(None)
}

/// Why there is no item: Python would raise a `TypeError` or `LookupError`.
enum NoItem {
    Missing,
    Other(Fail),
}

fn item(heap: &Heap, value: &Value, key: &Value) -> Result<Value, NoItem> {
    let lift = |result: Res<Value>| result.map_err(NoItem::Other);
    match &value.kind {
        Kind::Dict(id) => match key_of(heap, key) {
            Ok(key) => dict_get(heap, *id, &key).map_err(NoItem::Other)?.ok_or(NoItem::Missing),
            Err(Fail::Raise(raise)) if raise.class == "TypeError" => Err(NoItem::Missing),
            Err(fail) => Err(NoItem::Other(fail)),
        },
        Kind::List(_) | Kind::Tuple(_) | Kind::Str(_) | Kind::Bytes(_) | Kind::Range(..) => {
            let Some(index) = as_index(key) else { return Err(NoItem::Missing) };
            if let Kind::List(id) = value.kind {
                return lift(list_item(heap, id, index)).and_then(|v| v.ok_or_missing());
            }
            let len = super::length(heap, value).map_err(NoItem::Other)?;
            let len = i64::try_from(len).unwrap_or(i64::MAX);
            let index = if index < 0 { index + len } else { index };
            let Some(index) = usize::try_from(index).ok().filter(|n| i64::try_from(*n).is_ok_and(|n| n < len)) else {
                return Err(NoItem::Missing);
            };
            Ok(match &value.kind {
                Kind::Tuple(values) => values.get(index).cloned().ok_or(NoItem::Missing)?,
                Kind::Str(text) => {
                    let (start, end) = (byte_at(&text.text, index), byte_at(&text.text, index + 1));
                    Kind::Str(substr(text, start, end)).into()
                }
                Kind::Bytes(bytes) => Kind::Int(bytes.get(index).copied().map_or(0, i64::from)).into(),
                Kind::Range(start, _, step) => Kind::Int(start + i64::try_from(index).unwrap_or(0) * step).into(),
                _ => return Err(NoItem::Missing),
            })
        }
        _ => Err(NoItem::Missing),
    }
}

trait OrMissing {
    fn ok_or_missing(self) -> Result<Value, NoItem>;
}

impl OrMissing for Value {
    fn ok_or_missing(self) -> Result<Value, NoItem> {
        // `list_item` marks an index out of range by an undefined value without text.
        if matches!(&self.kind, Kind::Undefined(message) if message.is_empty()) {
            Err(NoItem::Missing)
        } else {
            Ok(self)
        }
    }
}

/// An item of a list by index: certain as long as every item up to it (from the end, for negative
/// indexes) is certain.
fn list_item(heap: &Heap, id: crate::value::ListId, index: i64) -> Res<Value> {
    let data = heap.get_list(id);
    let certain = |slot: &Slot| slot.when.is_always() && !slot.repeated;
    let at =
        if index < 0 { index.checked_add(i64::try_from(data.items.len()).unwrap_or(i64::MAX)) } else { Some(index) };
    let Some(at) = at.and_then(|n| usize::try_from(n).ok()) else {
        super::concrete::list_len(heap, id)?;
        return Ok(Kind::Undefined("".into()).into());
    };
    let leading = if index < 0 { data.items.get(at..) } else { data.items.get(..=at) };
    match leading {
        Some(slots) if !data.open && slots.iter().all(certain) => Ok(data.items[at].value.clone()),
        _ => {
            super::concrete::list_len(heap, id)?;
            Ok(Kind::Undefined("".into()).into())
        }
    }
}

fn undefined_attribute(value: &Value, name: &str) -> Value {
    let (mut object, mut shown) = (String::new(), String::new());
    repr_str(&type_repr(value), &mut object);
    repr_str(name, &mut shown);
    Kind::Undefined(format!("{object} has no attribute {shown}").into()).into()
}

/// `value.name` by jinja2's sandboxed rules: attribute, then item, else undefined.
///
/// # Errors
/// Anything of an undefined value raises, as StrictUndefined does.
pub fn getattr(heap: &mut Heap, value: &Value, name: &str) -> Res<Value> {
    defined(value)?;
    if let Some(found) = attribute(heap, value, name)? {
        return Ok(found);
    }
    opaque(value)?;
    match item(heap, value, &Value::str(name)) {
        Ok(found) => Ok(found),
        Err(NoItem::Missing) => Ok(undefined_attribute(value, name)),
        Err(NoItem::Other(fail)) => Err(fail),
    }
}

/// `value[key]` by jinja2's sandboxed rules: item, then attribute, else undefined.
///
/// # Errors
/// As [`getattr`].
pub fn getitem(heap: &mut Heap, value: &Value, key: &Value) -> Res<Value> {
    defined(value)?;
    opaque(value)?;
    match item(heap, value, key) {
        Ok(found) => return Ok(found),
        Err(NoItem::Other(fail)) => return Err(fail),
        Err(NoItem::Missing) => {}
    }
    if let Kind::Str(name) = &key.kind {
        return Ok(match attribute(heap, value, &name.text)? {
            Some(found) => found,
            None => undefined_attribute(value, &name.text),
        });
    }
    let shown = repr(heap, key)?;
    Ok(Kind::Undefined(format!("{} has no element {shown}", type_repr(value)).into()).into())
}

/// Objects that only the evaluator can look into.
fn opaque(value: &Value) -> Res<()> {
    match &value.kind {
        Kind::Object(object) => match &**object {
            Object::Evaluator(..) | Object::Salt | Object::SaltFunction(_) => unknown("a look into an object"),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// `value[key] = item`.
///
/// # Errors
/// As Python (`'str' object does not support item assignment`).
pub fn setitem(heap: &mut Heap, value: &Value, key: &Value, item: Value) -> Res<()> {
    defined(value)?;
    match &value.kind {
        Kind::Dict(id) => {
            let hashed = key_of(heap, key)?;
            heap.insert(*id, hashed, key.clone(), item);
            Ok(())
        }
        Kind::List(id) => {
            let len = i64::try_from(super::concrete::list_len(heap, *id)?).unwrap_or(i64::MAX);
            let Some(index) = as_index(key) else {
                return type_error(format!("list indices must be integers or slices, not {}", type_name(key)));
            };
            let index = if index < 0 { index + len } else { index };
            match usize::try_from(index).ok().and_then(|n| heap.list_mut(*id).items.get_mut(n)) {
                Some(slot) => {
                    slot.value = item;
                    Ok(())
                }
                None => raise("IndexError", "list assignment index out of range"),
            }
        }
        _ => type_error(format!("'{}' object does not support item assignment", type_name(value))),
    }
}

/// `value[key]` as Python code inside Salt does it: errors instead of undefined.
pub fn subscript(heap: &Heap, value: &Value, key: &Value) -> Res<Value> {
    defined(value)?;
    match item(heap, value, key) {
        Ok(found) => Ok(found),
        Err(NoItem::Other(fail)) => Err(fail),
        Err(NoItem::Missing) => match &value.kind {
            Kind::Dict(_) => {
                key_of(heap, key)?;
                raise("KeyError", repr(heap, key)?)
            }
            Kind::List(_) | Kind::Tuple(_) | Kind::Str(_) if as_index(key).is_some() => {
                let name = if matches!(value.kind, Kind::Str(_)) { "string" } else { type_name(value) };
                raise("IndexError", format!("{name} index out of range"))
            }
            Kind::Str(_) => type_error(format!("string indices must be integers, not '{}'", type_name(key))),
            Kind::List(_) | Kind::Tuple(_) => {
                let name = type_name(value);
                type_error(format!("{name} indices must be integers or slices, not {}", type_name(key)))
            }
            _ => type_error(format!("'{}' object is not subscriptable", type_name(value))),
        },
    }
}
