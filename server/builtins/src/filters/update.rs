//! Salt's filters that change a dict by a key path (`salt/utils/dictupdate.py`), and conversions
//! between dicts and lists of entries.

use crate::args::{soft_str, text};
use crate::{Call, call_method};
use python::concrete::{none, raise, text_dict, type_error, type_name};
use python::value::{Kind, Value};
use python::{Fail, Res, contains, getitem, iterate, key_of, setitem, truthy};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "set_dict_key_value" | "update_dict_key_value" | "append_dict_key_value" | "extend_dict_key_value" => {
            change(cx, name, input)
        }
        "to_entries" => to_entries(cx, input),
        "from_entries" => from_entries(cx, input),
        _ => return None,
    })
}

fn change(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    let [keys, value, delimiter, _ordered] = cx.bind(name, 1, ["keys", "value", "delimiter", "ordered_dict"], 2)?;
    let keys = text(&keys.unwrap_or_else(none), |kind| format!("argument of type '{kind}' is not iterable"))?.text;
    let value = value.unwrap_or_else(none);
    let delimiter = soft_str(cx.heap, &delimiter.unwrap_or_else(|| Value::str(":")))?.text;
    let (path, last) = match keys.rsplit_once(&*delimiter) {
        Some((path, last)) => (path.split(&*delimiter).collect::<Vec<_>>(), last),
        None => (Vec::new(), &*keys),
    };
    let mut pointer = input.clone();
    for key in path {
        let key = Value::str(key);
        let there = contains(cx.heap, &pointer, &key)?;
        let next = if there { Some(getitem(cx.heap, &pointer, &key)?) } else { None };
        pointer = match next {
            Some(next) if matches!(next.kind, Kind::Dict(_)) => next,
            _ => {
                let new: Value = Kind::Dict(cx.heap.dict()).into();
                setitem(cx.heap, &pointer, &key, new.clone())?;
                new
            }
        };
    }
    let last = Value::str(last);
    if name == "set_dict_key_value" {
        setitem(cx.heap, &pointer, &last, value)?;
        return Ok(input.clone());
    }
    let old = if contains(cx.heap, &pointer, &last)? { getitem(cx.heap, &pointer, &last)? } else { none() };
    let target = if matches!(old.kind, Kind::None) {
        let new = if name == "update_dict_key_value" { Kind::Dict(cx.heap.dict()).into() } else { cx.heap.list([]) };
        setitem(cx.heap, &pointer, &last, new.clone())?;
        new
    } else {
        old
    };
    let method = name.split('_').next().unwrap_or("");
    let given = type_name(&value).to_owned();
    match cx.with(vec![value], Vec::new(), |cx| call_method(cx, &target, method)) {
        Ok(_) => Ok(input.clone()),
        Err(Fail::Raise(error)) => {
            let class = type_name(&target);
            raise(
                "SaltInvocationError",
                match error.class {
                    "UndefinedError" => format!("The last key contains a <class '{class}'>, which cannot {method}."),
                    _ if method == "extend" => format!("Cannot extend <class '{class}'> with a <class '{given}'>."),
                    _ => format!("Cannot update <class '{class}'> with a <class '{given}'>."),
                },
            )
        }
        Err(fail) => Err(fail),
    }
}

fn to_entries(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let pairs: Vec<(Value, Value)> = match &input.kind {
        Kind::Dict(id) => python::concrete::pairs(cx.heap, *id)?,
        Kind::List(_) => iterate(cx.heap, input)?
            .into_iter()
            .enumerate()
            .map(|(n, value)| (python::concrete::count(n), value))
            .collect(),
        _ => return raise("SaltException", "Input data must be a dict or list"),
    };
    let entries: Vec<Value> =
        pairs.into_iter().map(|(key, value)| text_dict(cx.heap, [("key", key), ("value", value)])).collect();
    Ok(cx.heap.list(entries))
}

fn from_entries(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let result = cx.heap.dict();
    for entry in iterate(cx.heap, input)? {
        let Kind::Dict(id) = entry.kind else {
            return type_error(format!("'{}' object is not iterable", type_name(&entry)));
        };
        let pairs = python::concrete::pairs(cx.heap, id)?;
        // The last spelling of a key counts, as in Salt's CaseInsensitiveDict.
        let find = |name: &str| {
            pairs
                .iter()
                .rev()
                .find(|(k, _)| k.as_str().is_some_and(|k| k.to_lowercase() == name))
                .map(|(_, v)| v.clone())
        };
        for name in ["key", "name"] {
            if let Some(key) = find(name)
                && truthy(cx.heap, &key)?
            {
                let hashed = key_of(cx.heap, &key)?;
                cx.heap.insert(result, hashed, key, find("value").unwrap_or_else(none));
                break;
            }
        }
    }
    Ok(Kind::Dict(result).into())
}
