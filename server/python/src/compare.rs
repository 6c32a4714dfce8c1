//! Truth, equality, order, membership and hashing.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::FromPrimitive;
use syntax::jinja::CompareOp;

use super::concrete::{
    MAX_DEPTH, beyond, defined, dict, dict_get, is_soft_value, items, known, list_len, type_error, type_name, unknown,
};
use super::number::Number;
use super::{Fail, Res, iterate, length};
use crate::value::{Heap, Key, Kind, Object, Value, ViewKind};

/// `bool(value)`.
///
/// # Errors
/// Undefined values raise.
pub fn truthy(heap: &Heap, value: &Value) -> Res<bool> {
    if is_soft_value(value) {
        return Ok(false);
    }
    defined(value)?;
    Ok(match &value.kind {
        Kind::None => false,
        Kind::Bool(b) => *b,
        Kind::Int(n) => *n != 0,
        Kind::Float(n) => *n != 0.0,
        Kind::Str(text) => !text.text.is_empty(),
        Kind::Bytes(bytes) => !bytes.is_empty(),
        Kind::Tuple(values) => !values.is_empty(),
        Kind::List(id) | Kind::Set(id) => {
            // One certain item is enough, whatever else may be there.
            heap.get_list(*id).items.iter().any(|slot| slot.when.is_always() && !slot.repeated)
                || list_len(heap, *id)? > 0
        }
        Kind::Dict(id) => {
            heap.get_dict(*id).entries.values().any(|(_, slot)| slot.when.is_always() && !slot.repeated)
                || !dict(heap, *id)?.entries.is_empty()
        }
        Kind::Object(object) => match &**object {
            Object::View(id, _) => !dict(heap, *id)?.entries.is_empty(),
            _ => true,
        },
        Kind::Range(..) => length(heap, value)? > 0,
        _ => true,
    })
}

/// `a == b`.
///
/// # Errors
/// Undefined values raise.
pub fn equals(heap: &Heap, a: &Value, b: &Value) -> Res<bool> {
    equal(heap, a, b, 0)
}

#[allow(clippy::too_many_lines, reason = "one pair of kinds after the other")]
fn equal(heap: &Heap, a: &Value, b: &Value, depth: usize) -> Res<bool> {
    match (is_soft_value(a), is_soft_value(b)) {
        (true, true) => return Ok(true),
        (true, false) => return defined(b).map(|()| false),
        (false, true) => return defined(a).map(|()| false),
        (false, false) => {}
    }
    defined(a)?;
    defined(b)?;
    heap.meter.read(size(a).min(size(b)))?;
    if depth > MAX_DEPTH {
        return beyond("values nest too deep to be compared");
    }
    let all = |x: &[Value], y: &[Value]| -> Res<bool> {
        if x.len() != y.len() {
            return Ok(false);
        }
        for (x, y) in x.iter().zip(y) {
            if !equal(heap, x, y, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    match (&a.kind, &b.kind) {
        (Kind::Str(x), Kind::Str(y)) => Ok(x.text == y.text),
        (Kind::Int(x), Kind::Int(y)) => Ok(x == y),
        (Kind::None, Kind::None) => Ok(true),
        (Kind::Bytes(x), Kind::Bytes(y)) => Ok(x == y),
        (Kind::List(x), Kind::List(y)) => {
            if x == y {
                return Ok(true);
            }
            all(&items(heap, *x)?, &items(heap, *y)?)
        }
        (Kind::Tuple(x), Kind::Tuple(y)) => all(x, y),
        (Kind::Dict(x), Kind::Dict(y)) => {
            if x == y {
                return Ok(true);
            }
            let (x, y) = (dict(heap, *x)?, dict(heap, *y)?);
            if x.entries.len() != y.entries.len() {
                return Ok(false);
            }
            for (key, (_, slot)) in &x.entries {
                match y.entries.get(key) {
                    Some((_, other)) if equal(heap, &slot.value, &other.value, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Kind::Range(..), Kind::Range(..)) => Ok(super::sequence::range_items(heap, a)?
            .iter()
            .map(|n| n.to_string())
            .eq(super::sequence::range_items(heap, b)?.iter().map(|n| n.to_string()))),
        (Kind::Object(x), Kind::Object(y)) => match (&**x, &**y) {
            (Object::View(_, ViewKind::Values), _) | (_, Object::View(_, ViewKind::Values)) => {
                Ok(std::sync::Arc::ptr_eq(x, y))
            }
            (Object::View(..), Object::View(..)) => same_set(heap, a, b),
            (Object::Evaluator(k, i), Object::Evaluator(l, j)) => Ok(k == l && i == j),
            (Object::Global(x), Object::Global(y)) | (Object::SaltFunction(x), Object::SaltFunction(y)) => Ok(x == y),
            (Object::Salt, Object::Salt) => Ok(true),
            (Object::Iterator(x, _), Object::Iterator(y, _)) => Ok(x == y),
            _ => Ok(std::sync::Arc::ptr_eq(x, y)),
        },
        _ => match (set_like(heap, a)?, set_like(heap, b)?) {
            (Some(_), Some(_)) => same_set(heap, a, b),
            _ => match (Number::of(a), Number::of(b)) {
                (Some(x), Some(y)) => Ok(order_numbers(&x, &y) == Some(Ordering::Equal)),
                _ => Ok(false),
            },
        },
    }
}

/// Bytes that a comparison may look at.
fn size(value: &Value) -> usize {
    match &value.kind {
        Kind::Str(text) => text.text.len(),
        Kind::Bytes(bytes) => bytes.len(),
        Kind::Big(n) => usize::try_from(n.bits() / 8).unwrap_or(usize::MAX),
        _ => 0,
    }
}

fn same_set(heap: &Heap, a: &Value, b: &Value) -> Res<bool> {
    let (Some(x), Some(y)) = (set_like(heap, a)?, set_like(heap, b)?) else { return Ok(false) };
    let keys =
        |values: &[Value]| -> Res<rustc_hash::FxHashSet<Key>> { values.iter().map(|v| key_of(heap, v)).collect() };
    Ok(keys(&x)? == keys(&y)?)
}

/// The elements of a set or of a dict view that behaves as one.
pub fn set_like(heap: &Heap, value: &Value) -> Res<Option<Vec<Value>>> {
    match &value.kind {
        Kind::Set(id) => items(heap, *id).map(Some),
        Kind::Object(object) => match &**object {
            Object::View(id, kind @ (ViewKind::Keys | ViewKind::Items)) => {
                super::sequence::view_items(heap, *id, *kind).map(Some)
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

fn order_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(x), Number::Int(y)) => Some(x.cmp(y)),
        (Number::Float(x), Number::Float(y)) => x.partial_cmp(y),
        (Number::Int(x), Number::Float(y)) => int_float(x, *y),
        (Number::Float(x), Number::Int(y)) => int_float(y, *x).map(Ordering::reverse),
    }
}

fn int_float(x: &BigInt, y: f64) -> Option<Ordering> {
    if y.is_nan() {
        return None;
    }
    let Some(whole) = BigInt::from_f64(y.trunc()) else {
        return Some(if y > 0.0 { Ordering::Less } else { Ordering::Greater });
    };
    Some(x.cmp(&whole).then(if y.fract() > 0.0 {
        Ordering::Less
    } else if y.fract() < 0.0 {
        Ordering::Greater
    } else {
        Ordering::Equal
    }))
}

/// `a OP b` for any of jinja2's comparisons, `in` included.
///
/// # Errors
/// As Python (`'<' not supported between instances of 'str' and 'int'`).
pub fn compare(heap: &mut Heap, op: CompareOp, a: &Value, b: &Value) -> Res<bool> {
    match op {
        CompareOp::Eq => equals(heap, a, b),
        CompareOp::Ne => equals(heap, a, b).map(|equal| !equal),
        CompareOp::In => contains(heap, b, a),
        CompareOp::NotIn => contains(heap, b, a).map(|found| !found),
        CompareOp::Lt => ordered(heap, "<", a, b, 0),
        CompareOp::Le => ordered(heap, "<=", a, b, 0),
        CompareOp::Gt => ordered(heap, ">", a, b, 0),
        CompareOp::Ge => ordered(heap, ">=", a, b, 0),
    }
}

/// `a < b`, for sorting.
pub fn less(heap: &Heap, a: &Value, b: &Value) -> Res<bool> {
    ordered(heap, "<", a, b, 0)
}

fn holds(op: &str, order: Ordering) -> bool {
    match op {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn ordered(heap: &Heap, op: &str, a: &Value, b: &Value, depth: usize) -> Res<bool> {
    defined(a)?;
    defined(b)?;
    heap.meter.read(size(a).min(size(b)))?;
    if depth > MAX_DEPTH {
        return beyond("values nest too deep to be compared");
    }
    if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
        return Ok(order_numbers(&x, &y).is_some_and(|order| holds(op, order)));
    }
    match (&a.kind, &b.kind) {
        (Kind::Str(x), Kind::Str(y)) => return Ok(holds(op, x.text.cmp(&y.text))),
        (Kind::Bytes(x), Kind::Bytes(y)) => return Ok(holds(op, x.cmp(y))),
        (Kind::List(x), Kind::List(y)) => {
            let (x, y) = (items(heap, *x)?, items(heap, *y)?);
            return ordered_items(heap, op, &x, &y, depth);
        }
        (Kind::Tuple(x), Kind::Tuple(y)) => return ordered_items(heap, op, x, y, depth),
        _ => {}
    }
    if let (Some(x), Some(y)) = (set_like(heap, a)?, set_like(heap, b)?) {
        let subset = |x: &[Value], y: &[Value]| -> Res<bool> {
            let keys: rustc_hash::FxHashSet<Key> = y.iter().map(|v| key_of(heap, v)).collect::<Res<_>>()?;
            for value in x {
                if !keys.contains(&key_of(heap, value)?) {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        return match op {
            "<" => Ok(x.len() < y.len() && subset(&x, &y)?),
            "<=" => subset(&x, &y),
            ">" => Ok(x.len() > y.len() && subset(&y, &x)?),
            _ => subset(&y, &x),
        };
    }
    type_error(format!("'{op}' not supported between instances of '{}' and '{}'", type_name(a), type_name(b)))
}

fn ordered_items(heap: &Heap, op: &str, x: &[Value], y: &[Value], depth: usize) -> Res<bool> {
    for (a, b) in x.iter().zip(y) {
        if !equal(heap, a, b, depth + 1)? {
            return ordered(heap, op, a, b, depth + 1);
        }
    }
    Ok(holds(op, x.len().cmp(&y.len())))
}

/// Sorts stably by precomputed keys, as `sorted(key=…, reverse=…)`.
pub fn sort_by_keys(heap: &Heap, mut keyed: Vec<(Value, Value)>, reverse: bool) -> Res<Vec<Value>> {
    let mut failure: Option<Fail> = None;
    // `sorted` compares only by `<`; reversing twice keeps it stable.
    if reverse {
        keyed.reverse();
    }
    let compare = |a: &(Value, Value), b: &(Value, Value), failure: &mut Option<Fail>| -> Ordering {
        if failure.is_some() {
            return Ordering::Equal;
        }
        // Python asks whether the later is less than the earlier one.
        match less(heap, &b.0, &a.0).and_then(|greater| {
            if greater {
                Ok(Ordering::Greater)
            } else {
                less(heap, &a.0, &b.0).map(|l| if l { Ordering::Less } else { Ordering::Equal })
            }
        }) {
            Ok(order) => order,
            Err(fail) => {
                *failure = Some(fail);
                Ordering::Equal
            }
        }
    };
    // A hand-written merge sort: the order may be inconsistent (NaN), which std's sort may refuse.
    let mut width = 1;
    let len = keyed.len();
    while width < len && failure.is_none() {
        let mut next = Vec::with_capacity(len);
        let mut chunks = keyed.into_iter();
        loop {
            let left: Vec<_> = chunks.by_ref().take(width).collect();
            if left.is_empty() {
                break;
            }
            let right: Vec<_> = chunks.by_ref().take(width).collect();
            let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
            while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
                let take_right = compare(a, b, &mut failure).is_gt();
                next.extend(if take_right { right.next() } else { left.next() });
            }
            next.extend(left);
            next.extend(right);
        }
        keyed = next;
        width *= 2;
    }
    if let Some(fail) = failure {
        return Err(fail);
    }
    if reverse {
        keyed.reverse();
    }
    Ok(keyed.into_iter().map(|(_, value)| value).collect())
}

/// The value as a dict key.
///
/// # Errors
/// `unhashable type: 'list'`, as Python; objects have no key that is stable.
pub fn key_of(heap: &Heap, value: &Value) -> Res<Key> {
    key_within(heap, value, 0)
}

fn key_within(heap: &Heap, value: &Value, depth: usize) -> Res<Key> {
    defined(value)?;
    heap.meter.read(size(value))?;
    if depth > MAX_DEPTH {
        return beyond("a key nests too deep");
    }
    Ok(match &value.kind {
        Kind::None => Key::None,
        Kind::Str(text) => Key::Str(text.text.clone()),
        Kind::Bytes(bytes) => Key::Bytes(bytes.clone()),
        Kind::Float(n) if n.fract() != 0.0 || !n.is_finite() => Key::Float(n.to_bits()),
        Kind::Tuple(values) => Key::Tuple({
            heap.meter.slots(values.len())?;
            values.iter().map(|v| key_within(heap, v, depth + 1)).collect::<Res<_>>()?
        }),
        Kind::List(_) | Kind::Dict(_) | Kind::Set(_) => {
            return type_error(format!("unhashable type: '{}'", type_name(value)));
        }
        Kind::Range(start, stop, step) => {
            // Ranges are equal if they hold the same numbers.
            let len = super::sequence_len(*start, *stop, *step);
            let mut parts = vec![Key::Bytes((*b"range").into()), Key::Int(len.into())];
            parts.extend((len > 0).then(|| Key::Int((*start).into())));
            parts.extend((len > 1).then(|| Key::Int((*step).into())));
            Key::Tuple(parts)
        }
        Kind::Object(_) => return unknown(format!("a {} as a key", type_name(value))),
        _ => match Number::of(value) {
            Some(Number::Int(n)) => Key::Int(n),
            Some(Number::Float(n)) => BigInt::from_f64(n).map_or(Key::Float(n.to_bits()), Key::Int),
            None => return unknown("a key that is not known"),
        },
    })
}

/// `item in container`.
///
/// # Errors
/// As Python (`argument of type 'int' is not iterable`).
pub fn contains(heap: &mut Heap, container: &Value, item: &Value) -> Res<bool> {
    if is_soft_value(container) {
        return known(item).map(|()| false);
    }
    defined(container)?;
    match &container.kind {
        Kind::Str(text) => match &item.kind {
            Kind::Str(part) => heap
                .meter
                .read(text.text.len())
                .map(|()| memchr::memmem::find(text.text.as_bytes(), part.text.as_bytes()).is_some()),
            _ => {
                defined(item)?;
                type_error(format!("'in <string>' requires string as left operand, not {}", type_name(item)))
            }
        },
        Kind::Bytes(bytes) => match (&item.kind, super::number::as_index(item)) {
            (Kind::Bytes(part), _) => Ok(memchr::memmem::find(bytes, part).is_some()),
            (_, Some(n)) => match u8::try_from(n) {
                Ok(n) => Ok(bytes.contains(&n)),
                Err(_) => super::concrete::value_error("byte must be in range(0, 256)"),
            },
            _ => {
                defined(item)?;
                type_error(format!("a bytes-like object is required, not '{}'", type_name(item)))
            }
        },
        Kind::Dict(id) => {
            let key = key_of(heap, item)?;
            dict_get(heap, *id, &key).map(|found| found.is_some())
        }
        Kind::Object(object) => match &**object {
            Object::View(id, ViewKind::Keys) => {
                let key = key_of(heap, item)?;
                dict_get(heap, *id, &key).map(|found| found.is_some())
            }
            Object::View(..) | Object::Iterator(..) => member(heap, container, item),
            Object::Salt => unknown("which functions the minion has"),
            Object::Evaluator(..) => unknown("a look into an object"),
            _ => type_error(format!("argument of type '{}' is not iterable", type_name(container))),
        },
        Kind::Set(_) => {
            key_of(heap, item)?;
            member(heap, container, item)
        }
        Kind::List(id) => {
            let item_is = if is_soft_value(item) { Ok(()) } else { defined(item) };
            item_is.or_else(|fail| if heap.get_list(*id).items.is_empty() { Ok(()) } else { Err(fail) })?;
            // A certain item that equals is enough, whatever else the list may hold.
            for slot in &heap.get_list(*id).items {
                heap.meter.touch(1)?;
                if slot.when.is_always() && !slot.repeated && equals(heap, &slot.value, item) == Ok(true) {
                    return Ok(true);
                }
            }
            member(heap, container, item)
        }
        Kind::Tuple(_) | Kind::Range(..) => member(heap, container, item),
        _ => type_error(format!("argument of type '{}' is not iterable", type_name(container))),
    }
}

fn member(heap: &mut Heap, container: &Value, item: &Value) -> Res<bool> {
    for value in iterate(heap, container)? {
        if equals(heap, &value, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
