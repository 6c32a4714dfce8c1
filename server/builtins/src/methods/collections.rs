//! Methods of `list`, `dict` and `tuple`. Changes go to the heap, so that aliases see them.

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::Call;
use super::super::args::{flag, index, index_or};
use python::When;
use python::concrete::{
    count, defined, dict_get, items, list_len, none, pairs, raise, tuple as new_tuple, type_error, unknown, value_error,
};
use python::strings::clamp_index;
use python::value::{DictId, Kind, ListId, Object, Slot, Value, ViewKind};
use python::{Res, equals, iterate, key_of, repr, sort_by_keys, type_name};

fn argument(value: Option<Value>) -> Value {
    value.unwrap_or_else(none)
}

/// A method of `list`; `None`: there is none of that name.
#[allow(clippy::too_many_lines, reason = "one method after the other")]
pub(super) fn list(cx: &mut Call<'_>, id: ListId, name: &str) -> Option<Res<Value>> {
    let mut run = || -> Res<Option<Value>> {
        Ok(Some(match name {
            "append" => {
                let [value] = cx.positional::<1>("list.append", 1)?;
                push(cx, id, argument(value));
                none()
            }
            "extend" => {
                let [values] = cx.positional::<1>("list.extend", 1)?;
                for value in iterate(cx.heap, &argument(values))? {
                    push(cx, id, value);
                }
                none()
            }
            "insert" => {
                let [at, value] = cx.positional::<2>("list.insert", 2)?;
                let at = clamp_index(index(&argument(at))?, list_len(cx.heap, id)?);
                let slot = Slot { value: argument(value), when: When::ALWAYS, repeated: false };
                cx.heap.list_mut(id).items.insert(at, slot);
                none()
            }
            "pop" => {
                let [at] = cx.positional::<1>("list.pop", 0)?;
                let len = list_len(cx.heap, id)?;
                let at = index_or(at.as_ref(), -1)?;
                if len == 0 {
                    return raise("IndexError", "pop from empty list");
                }
                let at = if at < 0 { at + i64::try_from(len).unwrap_or(i64::MAX) } else { at };
                match usize::try_from(at).ok().filter(|at| *at < len) {
                    Some(at) => cx.heap.list_mut(id).items.remove(at).value,
                    None => return raise("IndexError", "pop index out of range"),
                }
            }
            "remove" => {
                let [value] = cx.positional::<1>("list.remove", 1)?;
                match position(cx, &items(cx.heap, id)?, &argument(value))? {
                    Some(at) => {
                        cx.heap.list_mut(id).items.remove(at);
                        none()
                    }
                    None => return value_error("list.remove(x): x not in list"),
                }
            }
            "index" | "count" => {
                let values = items(cx.heap, id)?;
                find(cx, &values, name, "list")?
            }
            "sort" => {
                let [key, reverse] = cx.bind_native("sort", ["key", "reverse"], 0)?;
                if !super::super::args::absent(key.as_ref()) {
                    return match key.as_ref().map(|key| &key.kind) {
                        Some(Kind::Object(_)) | None => unknown("a sort by a function"),
                        _ if list_len(cx.heap, id)? == 0 => Ok(Some(none())),
                        _ => type_error(format!("'{}' object is not callable", type_name(&argument(key)))),
                    };
                }
                let reverse = flag(cx.heap, reverse.as_ref(), false)?;
                let keyed = items(cx.heap, id)?.into_iter().map(|value| (value.clone(), value)).collect();
                let sorted = sort_by_keys(cx.heap, keyed, reverse)?;
                let slots = sorted.into_iter().map(|value| Slot { value, when: When::ALWAYS, repeated: false });
                cx.heap.list_mut(id).items = slots.collect();
                none()
            }
            "reverse" => {
                cx.positional::<0>("list.reverse", 0)?;
                cx.heap.list_mut(id).items.reverse();
                none()
            }
            "copy" => {
                cx.positional::<0>("list.copy", 0)?;
                cx.heap.meter.slots(cx.heap.get_list(id).items.len())?;
                let data = cx.heap.get_list(id).clone();
                let copy = cx.heap.list([]);
                if let Kind::List(new) = copy.kind {
                    *cx.heap.list_mut(new) = data;
                }
                copy
            }
            "clear" => {
                cx.positional::<0>("list.clear", 0)?;
                let data = cx.heap.list_mut(id);
                data.items.clear();
                data.open = false;
                none()
            }
            _ => return Ok(None),
        }))
    };
    run().transpose()
}

fn push(cx: &mut Call<'_>, id: ListId, value: Value) {
    cx.heap.list_mut(id).items.push(Slot { value, when: When::ALWAYS, repeated: false });
}

fn position(cx: &Call<'_>, values: &[Value], wanted: &Value) -> Res<Option<usize>> {
    for (at, value) in values.iter().enumerate() {
        if equals(cx.heap, value, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// `index` and `count` of sequences.
fn find(cx: &mut Call<'_>, values: &[Value], name: &str, class: &str) -> Res<Value> {
    if name == "count" {
        let [value] = cx.positional::<1>(&format!("{class}.count"), 1)?;
        let value = argument(value);
        let mut n = 0;
        for other in values {
            n += usize::from(equals(cx.heap, other, &value)?);
        }
        return Ok(count(n));
    }
    let [value, start, end] = cx.positional::<3>(&format!("{class}.index"), 1)?;
    let value = argument(value);
    let bound = |value: Option<&Value>, default: i64| match value {
        Some(value) if python::number::as_index(value).is_none() => {
            type_error("slice indices must be integers or have an __index__ method")
        }
        value => index_or(value, default),
    };
    let start = clamp_index(bound(start.as_ref(), 0)?, values.len());
    let end = clamp_index(bound(end.as_ref(), i64::MAX)?, values.len());
    match position(cx, values.get(start..end).unwrap_or(&[]), &value)? {
        Some(at) => Ok(count(start + at)),
        None if class == "tuple" => value_error("tuple.index(x): x not in tuple"),
        None if class == "range" && !matches!(value.kind, Kind::Int(_) | Kind::Bool(_) | Kind::Big(_)) => {
            value_error("sequence.index(x): x not in sequence")
        }
        None => value_error(format!("{} is not in {class}", repr(cx.heap, &value)?)),
    }
}

/// A method of `tuple` or `range`; `None`: there is none of that name.
pub(super) fn tuple(cx: &mut Call<'_>, receiver: &Value, name: &str) -> Option<Res<Value>> {
    if !matches!(name, "index" | "count") {
        return None;
    }
    let class = if matches!(receiver.kind, Kind::Tuple(_)) { "tuple" } else { "range" };
    Some(iterate(cx.heap, receiver).and_then(|values| find(cx, &values, name, class)))
}

/// `OrderedDict.move_to_end`.
fn move_to_end(cx: &mut Call<'_>, id: DictId) -> Res<Value> {
    let [key, last] = cx.bind("move_to_end", 0, ["key", "last"], 1)?;
    let key = argument(key);
    let hashed = key_of(cx.heap, &key)?;
    let last = flag(cx.heap, last.as_ref(), true)?;
    python::concrete::dict(cx.heap, id)?;
    let entries = &mut cx.heap.dict_mut(id).entries;
    let Some(at) = entries.get_index_of(&hashed) else { return raise("KeyError", repr(cx.heap, &key)?) };
    let to = if last { entries.len() - 1 } else { 0 };
    entries.move_index(at, to);
    Ok(none())
}

/// A method of `dict`; `None`: there is none of that name.
#[allow(clippy::too_many_lines, reason = "one method after the other")]
pub(super) fn dict(cx: &mut Call<'_>, id: DictId, name: &str) -> Option<Res<Value>> {
    let mut run = || -> Res<Option<Value>> {
        Ok(Some(match name {
            "get" => {
                let [key, default] = cx.positional::<2>("dict.get", 1)?;
                let key = key_of(cx.heap, &argument(key))?;
                dict_get(cx.heap, id, &key)?.unwrap_or_else(|| argument(default))
            }
            "keys" | "values" | "items" => {
                cx.positional::<0>(&format!("dict.{name}"), 0)?;
                let kind = match name {
                    "keys" => ViewKind::Keys,
                    "values" => ViewKind::Values,
                    _ => ViewKind::Items,
                };
                Kind::Object(Arc::new(Object::View(id, kind))).into()
            }
            "move_to_end" if cx.heap.get_dict(id).ordered => move_to_end(cx, id)?,
            "update" => {
                update(cx, id)?;
                none()
            }
            "setdefault" => {
                let [key, default] = cx.positional::<2>("dict.setdefault", 1)?;
                let (key, default) = (argument(key), argument(default));
                let hashed = key_of(cx.heap, &key)?;
                if let Some(found) = dict_get(cx.heap, id, &hashed)? {
                    found
                } else {
                    cx.heap.insert(id, hashed, key, default.clone());
                    default
                }
            }
            "pop" => {
                let [key, default] = cx.positional::<2>("dict.pop", 1)?;
                let key = argument(key);
                let hashed = key_of(cx.heap, &key)?;
                match (dict_get(cx.heap, id, &hashed)?, default) {
                    (Some(found), _) => {
                        cx.heap.dict_mut(id).entries.shift_remove(&hashed);
                        found
                    }
                    (None, Some(default)) => default,
                    (None, None) => return raise("KeyError", repr(cx.heap, &key)?),
                }
            }
            "popitem" => {
                let last = if cx.heap.get_dict(id).ordered {
                    let [last] = cx.bind("popitem", 0, ["last"], 0)?;
                    flag(cx.heap, last.as_ref(), true)?
                } else {
                    cx.positional::<0>("dict.popitem", 0)?;
                    true
                };
                pairs(cx.heap, id)?;
                let entries = &mut cx.heap.dict_mut(id).entries;
                match if last { entries.pop() } else { entries.shift_remove_index(0) } {
                    Some((_, (key, slot))) => new_tuple(vec![key, slot.value]),
                    None => return raise("KeyError", "'popitem(): dictionary is empty'"),
                }
            }
            "copy" => {
                cx.positional::<0>("dict.copy", 0)?;
                cx.heap.meter.slots(cx.heap.get_dict(id).entries.len())?;
                let data = cx.heap.get_dict(id).clone();
                let copy = cx.heap.dict();
                *cx.heap.dict_mut(copy) = data;
                Kind::Dict(copy).into()
            }
            "clear" => {
                cx.positional::<0>("dict.clear", 0)?;
                let data = cx.heap.dict_mut(id);
                data.entries.clear();
                data.open = None;
                none()
            }
            "fromkeys" => fromkeys(cx)?,
            _ => return Ok(None),
        }))
    };
    run().transpose()
}

/// `dict.fromkeys(keys, value=None)`.
pub(super) fn fromkeys(cx: &mut Call<'_>) -> Res<Value> {
    let [keys, value] = cx.positional::<2>("fromkeys", 1)?;
    let (keys, value) = (iterate(cx.heap, &argument(keys))?, argument(value));
    let id = cx.heap.dict();
    for key in keys {
        let hashed = key_of(cx.heap, &key)?;
        cx.heap.insert(id, hashed, key, value.clone());
    }
    Ok(Kind::Dict(id).into())
}

/// `dict(…)` and `d.update(…)`: a mapping or pairs, then keywords.
pub fn update(cx: &mut Call<'_>, id: DictId) -> Res<()> {
    if cx.args.len() > 1 {
        return type_error(format!("update expected at most 1 argument, got {}", cx.args.len()));
    }
    if let Some(from) = cx.args.first().cloned() {
        defined(&from)?;
        if let Kind::Dict(other) = from.kind {
            // Conditional entries and unknown keys go along.
            cx.heap.meter.slots(cx.heap.get_dict(other).entries.len())?;
            let data = cx.heap.get_dict(other).clone();
            if data.open.is_none() && data.entries.values().all(|(_, slot)| slot.when.is_always() && !slot.repeated) {
                for (key, (key_value, slot)) in data.entries {
                    cx.heap.insert(id, key, key_value, slot.value);
                }
            } else {
                return unknown("an update from a dict that is not all known");
            }
        } else {
            for (n, pair) in iterate(cx.heap, &from)?.into_iter().enumerate() {
                let pair_type = type_name(&pair).to_owned();
                let parts = match iterate(cx.heap, &pair) {
                    Err(python::Fail::Raise(raise)) if raise.class == "TypeError" => {
                        let _ = pair_type;
                        return type_error(format!(
                            "cannot convert dictionary update sequence element #{n} to a sequence"
                        ));
                    }
                    other => other?,
                };
                let [key, value] = parts.as_slice() else {
                    return value_error(format!(
                        "dictionary update sequence element #{n} has length {}; 2 is required",
                        parts.len()
                    ));
                };
                let hashed = key_of(cx.heap, key)?;
                cx.heap.insert(id, hashed, key.clone(), value.clone());
            }
        }
    }
    let kwargs: Vec<(SmolStr, Value)> = cx.kwargs.clone();
    for (name, value) in kwargs {
        let key = Value::str(name.as_str());
        let hashed = key_of(cx.heap, &key)?;
        cx.heap.insert(id, hashed, key, value);
    }
    Ok(())
}
