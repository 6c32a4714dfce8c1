//! `pillar.*` and `grains.*` (`salt/modules/pillar.py`, `salt/modules/grains.py`).

use super::data::{deep_copy, extend_distinct, update};
use crate::args::{flag, soft_str};
use crate::traverse::traverse;
use crate::{Call, Read};
use python::concrete::{boolean, items, none, raise, unknown, value_error};
use python::value::{Kind, Value};
use python::{Res, iterate, key_of, to_str, truthy};

/// A function of these modules; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, module: &str, name: &str) -> Option<Res<Value>> {
    let read = if module == "pillar" { Read::Pillar } else { Read::Grain };
    Some(match (module, name) {
        ("pillar", "get" | "fetch") => pillar_get(cx),
        ("grains", "get" | "fetch") => grains_get(cx),
        (_, "item") => item(cx, read),
        ("pillar", "items" | "data" | "ls" | "obfuscate") => all(cx, name),
        ("grains", "items") => whole(cx, read).and_then(|data| deep_copy(cx.heap, &data)),
        ("grains", "ls") => cx.bind::<0>("ls", 0, [], 0).and_then(|_| {
            let grains = whole(cx, read)?;
            let keyed = iterate(cx.heap, &grains)?.into_iter().map(|key| (key.clone(), key)).collect();
            let sorted = python::sort_by_keys(cx.heap, keyed, false)?;
            Ok(cx.heap.list(sorted))
        }),
        ("grains", "equals") => equals(cx),
        ("pillar", "raw") => raw(cx),
        ("pillar", "keys") => keys(cx),
        ("grains", "has_value") => has_value(cx),
        (_, "filter_by") => filter_by(cx, read),
        _ => unknown(format!("{module}.{name} with these arguments is not evaluated")),
    })
}

/// `pillar.items`, and what is made of it: the named keys, else all.
fn all(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    if cx.kwargs.iter().any(|(name, value)| name != "unmask" && !matches!(value.kind, Kind::None)) {
        return unknown("another pillar than the minion's own");
    }
    let items = if cx.args.is_empty() {
        let data = whole(cx, Read::Pillar)?;
        deep_copy(cx.heap, &data)?
    } else {
        cx.kwargs.clear();
        item(cx, Read::Pillar)?
    };
    match name {
        "ls" => {
            let keys = iterate(cx.heap, &items)?;
            Ok(cx.heap.list(keys))
        }
        "obfuscate" => obfuscated(cx, &items, 0),
        _ => Ok(items),
    }
}

/// The names of the types in place of the values.
fn obfuscated(cx: &mut Call<'_>, value: &Value, depth: usize) -> Res<Value> {
    if depth > python::concrete::MAX_DEPTH {
        return python::concrete::beyond("values nest too deep");
    }
    Ok(match &value.kind {
        Kind::Dict(id) => {
            let result = cx.heap.dict();
            for (key, value) in python::concrete::pairs(cx.heap, *id)? {
                let shown = obfuscated(cx, &value, depth + 1)?;
                let hashed = key_of(cx.heap, &key)?;
                cx.heap.insert(result, hashed, key, shown);
            }
            Kind::Dict(result).into()
        }
        Kind::List(id) => {
            let values = items(cx.heap, *id)?;
            let shown = values.iter().map(|value| obfuscated(cx, value, depth + 1)).collect::<Res<Vec<_>>>()?;
            cx.heap.list(shown)
        }
        _ => {
            python::concrete::defined(value)?;
            Value::str(format!("<{}>", python::type_name(value)))
        }
    })
}

/// `grains.equals`: as texts.
fn equals(cx: &mut Call<'_>) -> Res<Value> {
    let [key, value] = cx.bind("equals", 0, ["key", "value"], 2)?;
    let found = at(cx, Read::Grain, &key.unwrap_or_else(none), ":")?.unwrap_or_else(|| Value::str(""));
    Ok(boolean(to_str(cx.heap, &value.unwrap_or_else(none))? == to_str(cx.heap, &found)?))
}

fn raw(cx: &mut Call<'_>) -> Res<Value> {
    let [key, _unmask] = cx.bind("raw", 0, ["key", "unmask"], 0)?;
    let data = whole(cx, Read::Pillar)?;
    match key {
        Some(key) if truthy(cx.heap, &key)? => {
            let found = direct(cx, &data, &key)?;
            Ok(found.unwrap_or_else(|| Kind::Dict(cx.heap.dict()).into()))
        }
        _ => Ok(data),
    }
}

/// `data.get(key)`, no path.
pub(super) fn direct(cx: &mut Call<'_>, data: &Value, key: &Value) -> Res<Option<Value>> {
    let hashed = key_of(cx.heap, key)?;
    match data.kind {
        Kind::Dict(id) => python::concrete::dict_get(cx.heap, id, &hashed),
        _ => Ok(None),
    }
}

/// The whole grains or pillar.
pub(super) fn whole(cx: &mut Call<'_>, what: Read) -> Res<Value> {
    let (found, name) = match what {
        Read::Pillar => (cx.knowledge.pillar(cx.heap), "the pillar is"),
        Read::Grain => (cx.knowledge.grains(cx.heap), "the grains are"),
        Read::Opts => (cx.knowledge.opts(cx.heap), "the minion's options are"),
    };
    match found {
        Some(found) => Ok(found),
        None => unknown(format!("{name} not known")),
    }
}

/// The value at a key path of grains or pillar, told to the evaluator.
pub(super) fn at(cx: &mut Call<'_>, what: Read, key: &Value, delimiter: &str) -> Res<Option<Value>> {
    if let Some(text) = key.as_str() {
        let shown = if delimiter == ":" { text.to_owned() } else { text.replace(delimiter, ":") };
        cx.knowledge.read(what, &shown);
    }
    let data = whole(cx, what)?;
    traverse(cx.heap, &data, key, delimiter)
}

fn delimiter_of(cx: &Call<'_>, value: Option<Value>) -> Res<std::sync::Arc<str>> {
    match value {
        Some(value) if !matches!(value.kind, Kind::None) => Ok(soft_str(cx.heap, &value)?.text),
        _ => Ok(":".into()),
    }
}

fn pillar_get(cx: &mut Call<'_>) -> Res<Value> {
    let parameters = ["key", "default", "merge", "merge_nested_lists", "delimiter", "pillarenv", "saltenv", "unmask"];
    let [key, default, merge, nested, delimiter, pillarenv, saltenv, _unmask] = cx.bind("get", 0, parameters, 1)?;
    let absent = |value: &Option<Value>| crate::args::absent(value.as_ref());
    if !absent(&pillarenv) || !absent(&saltenv) {
        return unknown("the pillar of another environment");
    }
    let key = key.unwrap_or_else(none);
    let default = default.unwrap_or_else(|| Value::str(""));
    // Salt compares it, which what is strictly undefined refuses.
    if matches!(default.kind, Kind::Undefined(_)) && !python::is_soft_value(&default) {
        python::concrete::defined(&default)?;
    }
    let delimiter = delimiter_of(cx, delimiter)?;
    let found = at(cx, Read::Pillar, &key, &delimiter)?;
    if flag(cx.heap, merge.as_ref(), false)? {
        let lists = flag(cx.heap, nested.as_ref(), false)?;
        match (&default.kind, found.as_ref().map(|found| &found.kind)) {
            (Kind::Dict(_), None) => return deep_copy(cx.heap, &default),
            (Kind::Dict(_), Some(Kind::Dict(_))) => {
                let merged = deep_copy(cx.heap, &default)?;
                let found = found.clone().unwrap_or_else(none);
                update(cx.heap, &merged, &found, true, lists)?;
                return Ok(merged);
            }
            (Kind::List(_), None) => return deep_copy(cx.heap, &default),
            (Kind::List(_), Some(Kind::List(id))) => {
                let merged = deep_copy(cx.heap, &default)?;
                let values = items(cx.heap, *id)?;
                extend_distinct(cx.heap, &merged, &values)?;
                return Ok(merged);
            }
            _ => {}
        }
    }
    // `expose` gives a plain copy of what the pillar holds.
    match found {
        Some(found) => deep_copy(cx.heap, &found),
        None => deep_copy(cx.heap, &default),
    }
}

fn grains_get(cx: &mut Call<'_>) -> Res<Value> {
    let [key, default, delimiter, ordered] = cx.bind("get", 0, ["key", "default", "delimiter", "ordered"], 1)?;
    if ordered.is_some_and(|ordered| !matches!(ordered.kind, Kind::Bool(true))) {
        return raise("TypeError", "Object of type NamedLoaderContext is not JSON serializable");
    }
    let delimiter = delimiter_of(cx, delimiter)?;
    let found = at(cx, Read::Grain, &key.unwrap_or_else(none), &delimiter)?;
    Ok(found.unwrap_or_else(|| default.unwrap_or_else(|| Value::str(""))))
}

fn item(cx: &mut Call<'_>, what: Read) -> Res<Value> {
    let option = |cx: &Call<'_>, name: &str| cx.kwargs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let default = option(cx, "default").filter(|d| !matches!(d.kind, Kind::None)).unwrap_or_else(|| Value::str(""));
    let delimiter = option(cx, "delimiter");
    let delimiter = delimiter_of(cx, delimiter)?;
    let result = cx.heap.dict();
    for key in cx.args.clone() {
        let found = at(cx, what, &key, &delimiter)?.unwrap_or_else(|| default.clone());
        let hashed = key_of(cx.heap, &key)?;
        cx.heap.insert(result, hashed, key, found);
    }
    Ok(Kind::Dict(result).into())
}

fn keys(cx: &mut Call<'_>) -> Res<Value> {
    let [key, delimiter, _unmask] = cx.bind("keys", 0, ["key", "delimiter", "unmask"], 1)?;
    let delimiter = delimiter_of(cx, delimiter)?;
    let key = key.unwrap_or_else(none);
    let shown = to_str(cx.heap, &key)?;
    match at(cx, Read::Pillar, &key, &delimiter)? {
        None => raise("KeyError", python::percent::quoted(&format!("Pillar key not found: {shown}"))),
        Some(found) => match crate::traverse::mapping(cx.heap, &found)? {
            Some(pairs) => Ok(cx.heap.list(pairs.into_iter().map(|(key, _)| key))),
            None => value_error(format!("Pillar value in key {shown} is not a dict")),
        },
    }
}

fn has_value(cx: &mut Call<'_>) -> Res<Value> {
    let [key] = cx.bind("has_value", 0, ["key"], 1)?;
    at(cx, Read::Grain, &key.unwrap_or_else(none), ":").map(|found| boolean(found.is_some()))
}

/// `salt.utils.data.filter_by`.
fn filter_by(cx: &mut Call<'_>, read: Read) -> Res<Value> {
    let (key, required) = if read == Read::Pillar { ("pillar", 2) } else { ("grain", 1) };
    let parameters = ["lookup_dict", key, "merge", "default", "base"];
    let [table, grain, merge, default, base] = cx.bind("filter_by", 0, parameters, required)?;
    let table = table.unwrap_or_else(none);
    let Kind::Dict(id) = table.kind else {
        let name = python::type_name(&table);
        python::concrete::known(&table)?;
        return match table.kind {
            Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
                raise("TypeError", format!("'{name}' object is not iterable"))
            }
            _ => raise("AttributeError", format!("'{name}' object has no attribute 'get'")),
        };
    };
    let grain = grain.unwrap_or_else(|| Value::str("os_family"));
    let found = at(cx, read, &grain, ":")?;
    let wanted = match found {
        None => Vec::new(),
        Some(found) => match found.kind {
            Kind::List(list) => items(cx.heap, list)?,
            _ => vec![found],
        },
    };
    let pairs = python::concrete::pairs(cx.heap, id)?;
    let mut result = None;
    for each in &wanted {
        let each = to_str(cx.heap, each)?;
        for (key, value) in &pairs {
            if crate::fnmatch(&each, &to_str(cx.heap, key)?) {
                result = Some(value.clone()).filter(|value| !matches!(value.kind, Kind::None));
                break;
            }
        }
        if result.is_some() {
            break;
        }
    }
    let entry = |cx: &Call<'_>, key: &Value| -> Res<Option<Value>> {
        let key = key_of(cx.heap, key)?;
        python::concrete::dict_get(cx.heap, id, &key)
    };
    if result.is_none() {
        result = entry(cx, &default.unwrap_or_else(|| Value::str("default")))?;
        result = result.filter(|value| !matches!(value.kind, Kind::None));
    }
    if let Some(base) = base
        && truthy(cx.heap, &base)?
        && let Some(base) = entry(cx, &base)?
    {
        result = Some(with_base(cx, result, base)?);
    }
    with_merge(cx, result, merge)
}

fn with_base(cx: &mut Call<'_>, result: Option<Value>, base: Value) -> Res<Value> {
    let Some(result) = result else { return Ok(base) };
    if !matches!(base.kind, Kind::Dict(_)) {
        return python::concrete::defined(&base).map(|()| result);
    }
    python::concrete::defined(&result)?;
    if !matches!(result.kind, Kind::Dict(_)) {
        return raise("SaltException", "filter_by default and look-up values must both be dictionaries.");
    }
    let merged = deep_copy(cx.heap, &base)?;
    update(cx.heap, &merged, &result, true, false)?;
    Ok(merged)
}

/// The `merge` argument of both `filter_by`: it changes the found value itself.
pub(super) fn with_merge(cx: &mut Call<'_>, result: Option<Value>, merge: Option<Value>) -> Res<Value> {
    if let Some(merge) = merge {
        python::concrete::known(&merge)?;
        if truthy(cx.heap, &merge)? {
            if !matches!(merge.kind, Kind::Dict(_)) {
                return raise("SaltException", "filter_by merge argument must be a dictionary.");
            }
            let Some(result) = result else { return Ok(merge) };
            let merge = deep_copy(cx.heap, &merge)?;
            update(cx.heap, &result, &merge, true, false)?;
            return Ok(result);
        }
    }
    Ok(result.unwrap_or_else(none))
}
