//! Lengths, iteration, slices and joins.

use super::concrete::{
    defined, dict, items, known, list_len, pairs, tuple, type_error, type_name, unknown, value_error,
};
use super::number::as_index;
use super::strings::{Builder, byte_at, substr};
use super::{Res, to_str};
use crate::value::{DictId, Heap, Kind, Object, Value, ViewKind};

/// `len(value)`.
///
/// # Errors
/// `object of type 'int' has no len()`, as Python.
pub fn length(heap: &Heap, value: &Value) -> Res<usize> {
    defined(value)?;
    match &value.kind {
        Kind::Str(text) => heap.meter.read(text.text.len()).map(|()| super::strings::chars(&text.text)),
        Kind::Bytes(bytes) => Ok(bytes.len()),
        Kind::Tuple(values) => Ok(values.len()),
        Kind::List(id) | Kind::Set(id) => list_len(heap, *id),
        Kind::Dict(id) => Ok(dict(heap, *id)?.entries.len()),
        Kind::Range(start, stop, step) => Ok(range_len(*start, *stop, *step)),
        Kind::Object(object) => match &**object {
            Object::View(id, _) => Ok(dict(heap, *id)?.entries.len()),
            Object::Evaluator(..) | Object::Salt => unknown("the length of an object"),
            _ => type_error(format!("object of type '{}' has no len()", type_name(value))),
        },
        _ => type_error(format!("object of type '{}' has no len()", type_name(value))),
    }
}

/// `len(range(start, stop, step))`.
pub fn range_len(start: i64, stop: i64, step: i64) -> usize {
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let len = match step {
        0 => 0,
        1.. => (stop - start + step - 1).div_euclid(step),
        _ => (start - stop - step - 1).div_euclid(-step),
    };
    usize::try_from(len.max(0)).unwrap_or(usize::MAX)
}

/// The numbers of a range; bounded.
pub fn range_items(heap: &Heap, value: &Value) -> Res<Vec<i64>> {
    let Kind::Range(start, stop, step) = value.kind else { return Ok(Vec::new()) };
    let len = range_len(start, stop, step);
    heap.meter.touch(len)?;
    Ok((0..len).map(|n| start.wrapping_add(i64::try_from(n).unwrap_or(0).wrapping_mul(step))).collect())
}

/// What a view of a dict holds now.
pub fn view_items(heap: &Heap, id: DictId, kind: ViewKind) -> Res<Vec<Value>> {
    Ok(pairs(heap, id)?
        .into_iter()
        .map(|(key, value)| match kind {
            ViewKind::Keys => key,
            ViewKind::Values => value,
            ViewKind::Items => tuple(vec![key, value]),
        })
        .collect())
}

/// All items of an iterable; consumes iterators.
///
/// # Errors
/// `'int' object is not iterable`, as Python.
pub fn iterate(heap: &mut Heap, value: &Value) -> Res<Vec<Value>> {
    if super::is_soft_value(value) {
        return Ok(Vec::new());
    }
    defined(value)?;
    match &value.kind {
        Kind::List(id) => items(heap, *id),
        Kind::Set(id) => {
            let values = items(heap, *id)?;
            let small = values.iter().all(|v| matches!(v.kind, Kind::Int(n) if (0..8).contains(&n)));
            if values.len() > 1 && !small {
                return unknown("the order of a set");
            }
            let mut values = values;
            values.sort_by_key(|v| if let Kind::Int(n) = v.kind { n } else { 0 });
            Ok(values)
        }
        Kind::Tuple(values) => heap.meter.touch(values.len()).map(|()| values.to_vec()),
        Kind::Dict(id) => view_items(heap, *id, ViewKind::Keys),
        Kind::Str(text) => {
            heap.meter.slots(text.text.len())?;
            Ok(text.text.char_indices().map(|(at, c)| Kind::Str(substr(text, at, at + c.len_utf8())).into()).collect())
        }
        Kind::Bytes(bytes) => {
            heap.meter.slots(bytes.len()).map(|()| bytes.iter().map(|b| Kind::Int(i64::from(*b)).into()).collect())
        }
        Kind::Range(..) => Ok(range_items(heap, value)?.into_iter().map(|n| Kind::Int(n).into()).collect()),
        Kind::Object(object) => match &**object {
            Object::View(id, kind) => view_items(heap, *id, *kind),
            Object::Iterator(id, _) => {
                let values = items(heap, *id)?;
                heap.list_mut(*id).items.clear();
                Ok(values)
            }
            Object::Evaluator(..) | Object::Salt => unknown("the items of an object"),
            _ => type_error(format!("'{}' object is not iterable", type_name(value))),
        },
        _ => type_error(format!("'{}' object is not iterable", type_name(value))),
    }
}

/// All elements of a set-like or other iterable where the order does not matter.
pub fn elements(heap: &mut Heap, value: &Value) -> Res<Vec<Value>> {
    if let Kind::Set(id) = value.kind { items(heap, id) } else { iterate(heap, value) }
}

/// `a ~ b ~ …`, keeping the segments of texts.
///
/// # Errors
/// As `str(…)` of each.
pub fn concat(heap: &Heap, parts: &[Value]) -> Res<Value> {
    let mut builder = Builder::default();
    for part in parts {
        match &part.kind {
            Kind::Str(text) => {
                heap.meter.build(text.weight())?;
                builder.push(text);
            }
            _ => builder.push_str(&to_str(heap, part)?),
        }
    }
    Ok(builder.value())
}

/// Python's `slice.indices`.
fn slice_bounds(len: usize, parts: [Option<&Value>; 3]) -> Res<(i64, i64, i64)> {
    let part = |value: Option<&Value>| -> Res<Option<i64>> {
        match value {
            None => Ok(None),
            Some(value) => {
                known(value)?;
                match (&value.kind, as_index(value)) {
                    (Kind::None, _) => Ok(None),
                    (_, Some(n)) => Ok(Some(n)),
                    _ => type_error("slice indices must be integers or None or have an __index__ method"),
                }
            }
        }
    };
    let (start, stop, step) = (part(parts[0])?, part(parts[1])?, part(parts[2])?.unwrap_or(1));
    if step == 0 {
        return value_error("slice step cannot be zero");
    }
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let clamp = |n: i64| if n < 0 { n.saturating_add(len).max(low) } else { n.min(high) };
    let start = start.map_or(if step < 0 { high } else { low }, clamp);
    let stop = stop.map_or(if step < 0 { low } else { high }, clamp);
    Ok((start, stop, step))
}

/// Which indexes a slice takes.
pub fn slice_indexes(heap: &Heap, len: usize, parts: [Option<&Value>; 3]) -> Res<Vec<usize>> {
    let (start, stop, step) = slice_bounds(len, parts)?;
    heap.meter.touch(range_len(start, stop, step))?;
    Ok((0..range_len(start, stop, step))
        .filter_map(|n| usize::try_from(start + i64::try_from(n).ok()?.checked_mul(step)?).ok())
        .collect())
}

/// `value[start:stop:step]`; a missing part is `None`.
///
/// # Errors
/// As Python: jinja2 compiles slices to Python's own.
pub fn slice(heap: &mut Heap, value: &Value, parts: [Option<&Value>; 3]) -> Res<Value> {
    defined(value)?;
    let len = match &value.kind {
        Kind::Str(_) | Kind::Bytes(_) | Kind::List(_) | Kind::Tuple(_) | Kind::Range(..) => length(heap, value)?,
        Kind::Dict(_) => return type_error("unhashable type: 'slice'"),
        _ => return type_error(format!("'{}' object is not subscriptable", type_name(value))),
    };
    if let Kind::Range(start, _, step) = &value.kind {
        let (from, to, by) = slice_bounds(len, parts)?;
        let at = |n: i64| start.saturating_add(n.saturating_mul(*step));
        return Ok(Kind::Range(at(from), at(to), step.saturating_mul(by)).into());
    }
    let indexes = slice_indexes(heap, len, parts)?;
    if let Kind::Str(text) = &value.kind
        && text.markup
    {
        let plain = Kind::Str(crate::value::Str { markup: false, ..text.clone() }).into();
        return slice(heap, &plain, parts).map(super::markup::marked);
    }
    let contiguous = indexes.windows(2).all(|w| w[1] == w[0] + 1);
    Ok(match &value.kind {
        Kind::Str(text) => match (indexes.first(), indexes.last(), contiguous) {
            (Some(first), Some(last), true) => {
                let (start, end) = (byte_at(&text.text, *first), byte_at(&text.text, *last + 1));
                Kind::Str(substr(text, start, end)).into()
            }
            (None, _, _) => Value::str(""),
            _ => {
                heap.meter.touch(text.text.len())?;
                let chars: Vec<(usize, char)> = text.text.char_indices().collect();
                let mut builder = Builder::default();
                for index in indexes {
                    if let Some((at, c)) = chars.get(index) {
                        builder.push(&substr(text, *at, at + c.len_utf8()));
                    }
                }
                builder.value()
            }
        },
        Kind::Bytes(bytes) => {
            let taken: Vec<u8> = indexes.into_iter().filter_map(|n| bytes.get(n).copied()).collect();
            Kind::Bytes(taken.into()).into()
        }
        Kind::Tuple(values) => tuple(indexes.into_iter().filter_map(|n| values.get(n).cloned()).collect()),
        _ => {
            let values = iterate(heap, value)?;
            heap.list(indexes.into_iter().filter_map(|n| values.get(n).cloned()))
        }
    })
}
