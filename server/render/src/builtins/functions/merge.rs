//! `slsutil.*` and `defaults.*` (`salt/modules/slsutil.py`, `salt/modules/defaults.py`).

use super::data::{deep_copy, update};
use crate::builtins::args::{flag, soft_str};
use crate::builtins::traverse::mapping;
use crate::builtins::{Call, yaml_dump};
use crate::python::concrete::{dict_get, iterate_keys, none, raise, type_error, unknown};
use crate::python::{Res, iterate, key_of, truthy};
use crate::value::{Kind, Value};

/// A function of these modules; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, module: &str, name: &str) -> Option<Res<Value>> {
    Some(match (module, name) {
        ("slsutil", "update") => slsutil_update(cx),
        ("slsutil", "merge") => slsutil_merge(cx),
        ("slsutil", "merge_all") => merge_all(cx),
        ("slsutil", "boolstr") => boolstr(cx),
        ("slsutil", "serialize") => serialize(cx),
        ("defaults", "deepcopy") => {
            cx.bind("deepcopy", 0, ["source"], 1).and_then(|[value]| deep_copy(cx.heap, &value.unwrap_or_else(none)))
        }
        ("defaults", "merge") => defaults_merge(cx),
        ("defaults", "update") => defaults_update(cx),
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
    let aggregate = renderer.split('|').next_back() == Some("yamlex") || renderer.starts_with("yamlex_");
    let strategy = match strategy {
        "smart" if aggregate => "aggregate",
        "smart" => "recurse",
        other => other,
    };
    match strategy {
        "aggregate" => unknown("merging by aggregation"),
        "list" => {
            let (Some(pairs), Kind::Dict(other)) = (mapping(cx.heap, a)?, &b.kind) else {
                return raise("AttributeError", "object has no attribute 'items'");
            };
            let other = *other;
            let result = cx.heap.dict();
            for (key, value) in pairs {
                let hashed = key_of(cx.heap, &key)?;
                let value = match dict_get(cx.heap, other, &hashed)? {
                    Some(found) => cx.heap.list([value, found]),
                    None => value,
                };
                cx.heap.insert(result, hashed, key, value);
            }
            Ok(Kind::Dict(result).into())
        }
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

fn serialize(cx: &mut Call<'_>) -> Res<Value> {
    let (Some(kind), Some(value)) = (cx.args.first().cloned(), cx.args.get(1).cloned()) else {
        return unknown("slsutil.serialize with these arguments is not evaluated");
    };
    let option = |cx: &Call<'_>, name: &str| cx.kwargs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    match kind.as_str() {
        Some("json") if cx.kwargs.iter().all(|(name, _)| name == "indent" || name == "sort_keys") => {
            let indent = option(cx, "indent").as_ref().and_then(crate::python::number::as_index);
            let sort_keys = option(cx, "sort_keys");
            let options = crate::builtins::filters::json::Options {
                sort_keys: flag(cx.heap, sort_keys.as_ref(), false)?,
                indent: indent.map(|n| " ".repeat(usize::try_from(n.clamp(0, 1000)).unwrap_or(0))),
                ascii: false,
            };
            crate::builtins::filters::json::dumps(cx.heap, &value, &options).map(Value::str)
        }
        Some("yaml") => {
            let mut options = yaml_dump::Options { flow: None, unicode: false, ..yaml_dump::Options::default() };
            for (name, value) in cx.kwargs.clone() {
                match name.as_str() {
                    "default_flow_style" if matches!(value.kind, Kind::None) => options.flow = None,
                    "default_flow_style" => options.flow = Some(truthy(cx.heap, &value)?),
                    "sort_keys" => options.sort_keys = truthy(cx.heap, &value)?,
                    "allow_unicode" => options.unicode = truthy(cx.heap, &value)?,
                    _ => return unknown(format!("the option {name} of slsutil.serialize")),
                }
            }
            yaml_dump::dump(cx.heap, &value, options).map(Value::str)
        }
        _ => unknown("slsutil.serialize with these arguments is not evaluated"),
    }
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
        crate::python::setitem(cx.heap, &nodes, &key, node)?;
    }
    Ok(nodes)
}
