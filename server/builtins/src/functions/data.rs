//! Deep copies and Salt's dict updates (`salt/utils/dictupdate.py`).

use rustc_hash::FxHashMap;

use python::concrete::{MAX_DEPTH, dict, items, type_error};
use python::value::{DictId, Heap, Kind, ListId, Value};
use python::{Res, equals};

/// `copy.deepcopy(value)`: aliases within the value stay aliases.
///
/// # Errors
/// Values that are not wholly known.
pub(super) fn deep_copy(heap: &mut Heap, value: &Value) -> Res<Value> {
    copy(heap, value, &mut FxHashMap::default(), 0)
}

fn copy(heap: &mut Heap, value: &Value, seen: &mut FxHashMap<(bool, u32), Value>, depth: usize) -> Res<Value> {
    if depth > MAX_DEPTH {
        return python::concrete::beyond("values nest too deep to be copied");
    }
    let identity = match &value.kind {
        Kind::List(id) | Kind::Set(id) => (false, id.0),
        Kind::Dict(id) => (true, id.0),
        Kind::Tuple(values) => {
            let copies: Vec<Value> =
                values.iter().map(|value| copy(heap, value, seen, depth + 1)).collect::<Res<_>>()?;
            return Ok(Value { kind: Kind::Tuple(copies.into()), source: value.source.clone() });
        }
        _ => return Ok(value.clone()),
    };
    if let Some(copied) = seen.get(&identity) {
        return Ok(copied.clone());
    }
    if let Kind::Dict(id) = value.kind {
        let data = dict(heap, id)?.clone();
        let new = heap.dict();
        heap.dict_mut(new).ordered = data.ordered;
        let result = Value { kind: Kind::Dict(new), source: value.source.clone() };
        seen.insert(identity, result.clone());
        for (key, (key_value, slot)) in data.entries {
            let item = copy(heap, &slot.value, seen, depth + 1)?;
            heap.insert(new, key, key_value, item);
        }
        return Ok(result);
    }
    let values = items(heap, ListId(identity.1))?;
    let new = heap.list([]);
    let (Kind::List(id), set) = (&new.kind, matches!(value.kind, Kind::Set(_))) else { return Ok(new) };
    let id = *id;
    let result = Value { kind: if set { Kind::Set(id) } else { Kind::List(id) }, source: value.source.clone() };
    seen.insert(identity, result.clone());
    for item in values {
        let value = copy(heap, &item, seen, depth + 1)?;
        let slot = python::value::Slot { value, when: python::When::ALWAYS, repeated: false };
        heap.list_mut(id).items.push(slot);
    }
    Ok(result)
}

/// `salt.utils.dictupdate.update(dest, upd)`: changes `dest`.
///
/// # Errors
/// `Cannot update using non-dict types in dictupdate.update()`.
pub(super) fn update(heap: &mut Heap, dest: &Value, upd: &Value, recursive: bool, merge_lists: bool) -> Res<()> {
    update_at(heap, dest, upd, recursive, merge_lists, 0)
}

fn update_at(heap: &mut Heap, dest: &Value, upd: &Value, recursive: bool, lists: bool, depth: usize) -> Res<()> {
    python::concrete::known(dest)?;
    python::concrete::known(upd)?;
    let (Kind::Dict(dest), Kind::Dict(upd)) = (&dest.kind, &upd.kind) else {
        return type_error("Cannot update using non-dict types in dictupdate.update()");
    };
    if depth > MAX_DEPTH {
        return python::concrete::beyond("values nest too deep to be merged");
    }
    let (dest, upd): (DictId, DictId) = (*dest, *upd);
    let news = dict(heap, upd)?.clone();
    heap.meter.slots(1 + news.entries.len())?;
    dict(heap, dest)?;
    for (key, (key_value, slot)) in news.entries {
        let old = heap.get_dict(dest).entries.get(&key).map(|(_, slot)| slot.value.clone());
        match (old, &slot.value.kind) {
            (Some(old), Kind::Dict(_)) if recursive && matches!(old.kind, Kind::Dict(_)) => {
                update_at(heap, &old, &slot.value, true, lists, depth + 1)?;
            }
            (Some(old), Kind::List(new)) if recursive && lists && matches!(old.kind, Kind::List(_)) => {
                let merged = deep_copy(heap, &old)?;
                extend_distinct(heap, &merged, &items(heap, *new)?)?;
                heap.insert(dest, key, key_value, merged);
            }
            _ => heap.insert(dest, key, key_value, slot.value),
        }
    }
    Ok(())
}

/// `list.extend([x for x in values if x not in list])`: compared with the list as it was.
///
/// # Errors
/// Values that are not known.
pub(super) fn extend_distinct(heap: &mut Heap, list: &Value, values: &[Value]) -> Res<()> {
    let Kind::List(id) = list.kind else { return Ok(()) };
    let old = items(heap, id)?;
    for value in values {
        let mut there = false;
        for other in &old {
            there = there || equals(heap, other, value)?;
        }
        if !there {
            let slot = python::value::Slot { value: value.clone(), when: python::When::ALWAYS, repeated: false };
            heap.list_mut(id).items.push(slot);
        }
    }
    Ok(())
}
