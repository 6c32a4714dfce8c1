//! Methods of `set` and of dict views that behave as sets.

use super::super::Call;
use python::When;
use python::concrete::{boolean, items, new_set, none, raise};
use python::value::{Heap, Key, Kind, ListId, Slot, Value};
use python::{Res, elements, key_of, repr};

type Keys = rustc_hash::FxHashSet<Key>;

fn keys(heap: &Heap, values: &[Value]) -> Res<Keys> {
    values.iter().map(|value| key_of(heap, value)).collect()
}

fn kept(heap: &Heap, values: Vec<Value>, among: &Keys, wanted: bool) -> Res<Vec<Value>> {
    let mut out = Vec::new();
    for value in values {
        if among.contains(&key_of(heap, &value)?) == wanted {
            out.push(value);
        }
    }
    Ok(out)
}

/// `view.isdisjoint(other)`.
pub(super) fn isdisjoint(cx: &mut Call<'_>, receiver: &Value) -> Res<Value> {
    let [other] = cx.positional::<1>("isdisjoint", 1)?;
    let mine = elements(cx.heap, receiver)?;
    let other = elements(cx.heap, &other.unwrap_or_else(none))?;
    let other = keys(cx.heap, &other)?;
    Ok(boolean(kept(cx.heap, mine, &other, true)?.is_empty()))
}

fn store(cx: &mut Call<'_>, id: ListId, values: Vec<Value>) {
    cx.heap.list_mut(id).items =
        values.into_iter().map(|value| Slot { value, when: When::ALWAYS, repeated: false }).collect();
}

#[allow(clippy::too_many_lines, reason = "one method after the other")]
/// A method of `set`; `None`: there is none of that name.
pub(super) fn set(cx: &mut Call<'_>, id: ListId, name: &str) -> Option<Res<Value>> {
    let mut run = || -> Res<Option<Value>> {
        let mine = items(cx.heap, id)?;
        Ok(Some(match name {
            "add" | "remove" | "discard" => {
                let [value] = cx.positional::<1>(&format!("set.{name}"), 1)?;
                let value = value.unwrap_or_else(none);
                let key = key_of(cx.heap, &value)?;
                let there = keys(cx.heap, &mine)?.contains(&key);
                match (name, there) {
                    ("add", false) => {
                        let mut all = mine;
                        all.push(value);
                        store(cx, id, all);
                    }
                    ("remove", false) => return raise("KeyError", repr(cx.heap, &value)?),
                    ("remove" | "discard", true) => {
                        let gone = Keys::from_iter([key]);
                        let rest = kept(cx.heap, mine, &gone, false)?;
                        store(cx, id, rest);
                    }
                    _ => {}
                }
                none()
            }
            "copy" => new_set(cx.heap, mine)?,
            "clear" => {
                store(cx, id, Vec::new());
                none()
            }
            "isdisjoint" => isdisjoint(cx, &Kind::Set(id).into())?,
            "union"
            | "update"
            | "difference"
            | "intersection"
            | "difference_update"
            | "intersection_update"
            | "symmetric_difference"
            | "issubset"
            | "issuperset" => {
                let mut all = mine;
                for other in cx.args.clone() {
                    let other = elements(cx.heap, &other)?;
                    let theirs = keys(cx.heap, &other)?;
                    match name.trim_end_matches("_update") {
                        "union" | "update" => all.extend(other),
                        "difference" => all = kept(cx.heap, all, &theirs, false)?,
                        "intersection" => all = kept(cx.heap, all, &theirs, true)?,
                        "issubset" => return Ok(Some(boolean(kept(cx.heap, all, &theirs, false)?.is_empty()))),
                        "issuperset" => {
                            let ours = keys(cx.heap, &all)?;
                            return Ok(Some(boolean(theirs.is_subset(&ours))));
                        }
                        _ => {
                            let ours = keys(cx.heap, &all)?;
                            all = kept(cx.heap, all, &theirs, false)?;
                            all.extend(kept(cx.heap, other, &ours, false)?);
                        }
                    }
                }
                let result = new_set(cx.heap, all)?;
                if !name.ends_with("update") {
                    return Ok(Some(result));
                }
                if let Kind::Set(new) = result.kind {
                    let values = items(cx.heap, new)?;
                    store(cx, id, values);
                }
                none()
            }
            "pop" => return python::concrete::unknown("the order of a set"),
            _ => return Ok(None),
        }))
    };
    run().transpose()
}
