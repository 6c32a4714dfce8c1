//! `slsutil.*` and `defaults.*` (`salt/modules/slsutil.py`, `salt/modules/defaults.py`).

use super::data::{deep_copy, update};
use crate::Call;
use crate::args::{flag, soft_str};
use crate::traverse::mapping;
use python::concrete::{dict_get, iterate_keys, none, raise, type_error};
use python::value::{Kind, Value};
use python::{Res, iterate, key_of, truthy, type_name};

/// A function of these modules; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, module: &str, name: &str) -> Option<Res<Value>> {
    Some(match (module, name) {
        ("slsutil", "update") => slsutil_update(cx),
        ("slsutil", "merge") => slsutil_merge(cx),
        ("slsutil", "merge_all") => merge_all(cx),
        ("slsutil", "boolstr") => boolstr(cx),
        ("defaults", "deepcopy") => {
            cx.bind("deepcopy", 0, ["source"], 1).and_then(|[value]| deep_copy(cx.heap, &value.unwrap_or_else(none)))
        }
        ("defaults", "merge") => defaults_merge(cx),
        ("defaults", "update") => defaults_update(cx),
        ("slsutil", name) => return super::serialize::call(cx, name),
        _ => return None,
    })
}

fn slsutil_update(cx: &mut Call<'_>) -> Res<Value> {
    let [dest, upd, recursive, lists] = cx.bind("update", 0, ["dest", "upd", "recursive_update", "merge_lists"], 2)?;
    let (dest, upd) = (dest.unwrap_or_else(none), upd.unwrap_or_else(none));
    let (recursive, lists) = (flag(cx.heap, recursive.as_ref(), true)?, flag(cx.heap, lists.as_ref(), false)?);
    update(cx.heap, &dest, &upd, recursive, lists)?;
    Ok(dest)
}

/// `salt.utils.dictupdate.merge`.
fn merge(cx: &mut Call<'_>, a: &Value, b: &Value, strategy: &str, renderer: &str, lists: bool) -> Res<Value> {
    let by_renderer = renderer.split('|').next_back() == Some("yamlex") || renderer.starts_with("yamlex_");
    let strategy = match strategy {
        "smart" if by_renderer => "aggregate",
        "smart" => "recurse",
        other => other,
    };
    match strategy {
        "aggregate" => aggregate(cx, a, b),
        "list" => merge_list(cx, a, b),
        _ => {
            if strategy == "overwrite"
                && let (Kind::Dict(into), Some(pairs)) = (&a.kind, mapping(cx.heap, b)?)
            {
                let into = *into;
                for (key, value) in pairs {
                    let hashed = key_of(cx.heap, &key)?;
                    if dict_get(cx.heap, into, &hashed)?.is_some() {
                        cx.heap.insert(into, hashed, key, value);
                    }
                }
            }
            let lists = lists && matches!(strategy, "recurse" | "overwrite");
            let copied = deep_copy(cx.heap, a)?;
            update(cx.heap, &copied, b, true, lists)?;
            Ok(copied)
        }
    }
}

/// `merge_list`: both values of a key that both have.
fn merge_list(cx: &mut Call<'_>, a: &Value, b: &Value) -> Res<Value> {
    let Some(pairs) = mapping(cx.heap, a)? else {
        return raise("AttributeError", format!("'{}' object has no attribute 'items'", type_name(a)));
    };
    let result = cx.heap.dict();
    for (key, value) in pairs {
        let hashed = key_of(cx.heap, &key)?;
        let value = if python::contains(cx.heap, b, &key)? {
            let other = python::subscript(cx.heap, b, &key)?;
            cx.heap.list([value, other])
        } else {
            value
        };
        cx.heap.insert(result, hashed, key, value);
    }
    Ok(Kind::Dict(result).into())
}

/// `merge_recursive(a, b, level=1)` (`salt/utils/aggregation.py`): keys and items are put together
/// at the top only, below it the second one counts.
fn aggregate(cx: &mut Call<'_>, a: &Value, b: &Value) -> Res<Value> {
    python::concrete::known(a)?;
    python::concrete::known(b)?;
    let marked = |cx: &mut Call<'_>, value: &Value| -> Res<Value> {
        match &value.kind {
            Kind::Dict(id) => Ok(Kind::Dict(python::concrete::copied(cx.heap, *id)?).into()),
            Kind::List(_) | Kind::Tuple(_) | Kind::Set(_) => {
                let values = python::elements(cx.heap, value)?;
                Ok(cx.heap.list(values))
            }
            _ => Ok(cx.heap.list([value.clone()])),
        }
    };
    let (first, second) = (marked(cx, a)?, marked(cx, b)?);
    match (&first.kind, &second.kind) {
        (Kind::Dict(into), Kind::Dict(from)) => {
            for (key, value) in python::concrete::pairs(cx.heap, *from)? {
                let hashed = key_of(cx.heap, &key)?;
                cx.heap.insert(*into, hashed, key, value);
            }
            Ok(first)
        }
        (Kind::List(_), Kind::List(from)) => {
            let values = python::concrete::items(cx.heap, *from)?;
            super::data::extend_distinct(cx.heap, &first, &values)?;
            Ok(first)
        }
        _ => Ok(second),
    }
}

fn slsutil_merge(cx: &mut Call<'_>) -> Res<Value> {
    let [a, b, strategy, renderer, lists] =
        cx.bind("merge", 0, ["obj_a", "obj_b", "strategy", "renderer", "merge_lists"], 2)?;
    let strategy = soft_str(cx.heap, &strategy.unwrap_or_else(|| Value::str("smart")))?.text;
    let renderer = soft_str(cx.heap, &renderer.unwrap_or_else(|| Value::str("yaml")))?.text;
    let lists = flag(cx.heap, lists.as_ref(), false)?;
    merge(cx, &a.unwrap_or_else(none), &b.unwrap_or_else(none), &strategy, &renderer, lists)
}

fn merge_all(cx: &mut Call<'_>) -> Res<Value> {
    let [list, strategy, renderer, lists] =
        cx.bind("merge_all", 0, ["lst", "strategy", "renderer", "merge_lists"], 1)?;
    let strategy = soft_str(cx.heap, &strategy.unwrap_or_else(|| Value::str("smart")))?.text;
    let renderer = soft_str(cx.heap, &renderer.unwrap_or_else(|| Value::str("yaml")))?.text;
    let lists = flag(cx.heap, lists.as_ref(), false)?;
    let mut result: Value = Kind::Dict(cx.heap.dict()).into();
    for each in iterate(cx.heap, &list.unwrap_or_else(none))? {
        result = merge(cx, &result, &each, &strategy, &renderer, lists)?;
    }
    Ok(result)
}

fn boolstr(cx: &mut Call<'_>) -> Res<Value> {
    let [value, yes, no] = cx.bind("boolstr", 0, ["value", "true", "false"], 1)?;
    Ok(if truthy(cx.heap, &value.unwrap_or_else(none))? {
        yes.unwrap_or_else(|| Value::str("true"))
    } else {
        no.unwrap_or_else(|| Value::str("false"))
    })
}

fn or_empty(cx: &mut Call<'_>, value: Value, convert: bool) -> Value {
    if convert && matches!(value.kind, Kind::None) { Kind::Dict(cx.heap.dict()).into() } else { value }
}

fn defaults_merge(cx: &mut Call<'_>) -> Res<Value> {
    let [dest, src, lists, in_place, convert] =
        cx.bind("merge", 0, ["dest", "src", "merge_lists", "in_place", "convert_none"], 2)?;
    let lists = flag(cx.heap, lists.as_ref(), false)?;
    let in_place = flag(cx.heap, in_place.as_ref(), true)?;
    let convert = flag(cx.heap, convert.as_ref(), true)?;
    let src = or_empty(cx, src.unwrap_or_else(none), convert);
    let dest = dest.unwrap_or_else(none);
    if in_place && convert && matches!(dest.kind, Kind::None) {
        return type_error("Can't perform in-place merge into NoneType");
    }
    let dest = or_empty(cx, dest, convert);
    let merged = if in_place { dest } else { deep_copy(cx.heap, &dest)? };
    update(cx.heap, &merged, &src, true, lists)?;
    Ok(merged)
}

fn defaults_update(cx: &mut Call<'_>) -> Res<Value> {
    let [dest, defaults, lists, in_place, convert] =
        cx.bind("update", 0, ["dest", "defaults", "merge_lists", "in_place", "convert_none"], 2)?;
    let lists = flag(cx.heap, lists.as_ref(), true)?;
    let in_place = flag(cx.heap, in_place.as_ref(), true)?;
    let convert = flag(cx.heap, convert.as_ref(), true)?;
    let dest = dest.unwrap_or_else(none);
    if in_place && matches!(dest.kind, Kind::None) {
        return type_error("Can't perform in-place update into NoneType");
    }
    let nodes = if in_place {
        dest
    } else {
        let dest = or_empty(cx, dest, convert);
        deep_copy(cx.heap, &dest)?
    };
    let defaults = or_empty(cx, defaults.unwrap_or_else(none), convert);
    for (key, value) in iterate_keys(cx.heap, &nodes)? {
        let node = deep_copy(cx.heap, &defaults)?;
        let value = or_empty(cx, value, convert);
        update(cx.heap, &node, &value, true, lists)?;
        python::setitem(cx.heap, &nodes, &key, node)?;
    }
    Ok(nodes)
}
