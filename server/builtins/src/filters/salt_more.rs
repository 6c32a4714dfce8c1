//! More of Salt's data filters (`salt/utils/data.py`): comparisons of dicts, tables of MySQL, texts
//! encoded.

use crate::Call;
use crate::args::text;
use python::concrete::{
    MAX_DEPTH, boolean, dict_get, iterate_keys, none, pairs, raise, text_dict, type_error, type_name, unknown,
};
use python::number::is_space;
use python::value::{Kind, Value};
use python::{Res, contains, equals, iterate, key_of, subscript, truthy};

pub(super) fn contains_whitespace(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    for item in iterate(cx.heap, input)? {
        python::concrete::defined(&item)?;
        let Kind::Str(text) = &item.kind else {
            return raise("AttributeError", format!("'{}' object has no attribute 'isspace'", type_name(&item)));
        };
        if !text.text.is_empty() && text.text.chars().all(is_space) {
            return Ok(boolean(true));
        }
    }
    Ok(boolean(false))
}

/// `compare_dicts`: Salt goes through a set of keys, so with more than one difference the order is
/// not known.
pub(super) fn compare_dicts(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [new] = cx.bind("compare_dicts", 1, ["new"], 0)?;
    let new = new.unwrap_or_else(none);
    let mut keys = Vec::new();
    for side in [&new, input] {
        if truthy(cx.heap, side)? {
            keys.extend(iterate(cx.heap, side)?);
        }
    }
    let result = cx.heap.dict();
    for key in keys {
        let hashed = key_of(cx.heap, &key)?;
        if dict_get(cx.heap, result, &hashed)?.is_some() {
            continue;
        }
        let empty = || Value::str("");
        let parts = if !contains(cx.heap, input, &key)? {
            [("old", empty()), ("new", subscript(cx.heap, &new, &key)?)]
        } else if !contains(cx.heap, &new, &key)? {
            [("new", empty()), ("old", subscript(cx.heap, input, &key)?)]
        } else {
            let (before, after) = (subscript(cx.heap, input, &key)?, subscript(cx.heap, &new, &key)?);
            if equals(cx.heap, &before, &after)? {
                continue;
            }
            [("old", before), ("new", after)]
        };
        let parts = text_dict(cx.heap, parts);
        cx.heap.insert(result, hashed, key, parts);
    }
    if cx.heap.get_dict(result).entries.len() > 1 {
        return unknown("the order of differences, which is a set's");
    }
    Ok(Kind::Dict(result).into())
}

pub(super) fn mysql_to_dict(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [key] = cx.bind("mysql_to_dict", 1, ["key"], 1)?;
    let key = key.unwrap_or_else(none);
    let result = cx.heap.dict();
    let mut headers: Vec<String> = vec![String::new()];
    for line in iterate(cx.heap, input)? {
        if !truthy(cx.heap, &line)? {
            continue;
        }
        let Kind::Str(line) = &line.kind else {
            return raise("AttributeError", format!("'{}' object has no attribute 'startswith'", type_name(&line)));
        };
        if line.text.starts_with('+') {
            continue;
        }
        let cells: Vec<String> = line.text.split('|').map(|cell| cell.trim_matches(is_space).to_owned()).collect();
        if headers.len() <= 1 {
            headers = cells;
            continue;
        }
        let row = cx.heap.dict();
        for (n, header) in headers.iter().enumerate().take(headers.len() - 1).skip(1) {
            let Some(cell) = cells.get(n) else { return raise("IndexError", "list index out of range") };
            let value = super::salt_data::to_num(&Value::str(cell.as_str()))?;
            let header = Value::str(header.as_str());
            let hashed = key_of(cx.heap, &header)?;
            cx.heap.insert(row, hashed, header, value);
        }
        let row: Value = Kind::Dict(row).into();
        let name = subscript(cx.heap, &row, &key)?;
        let hashed = key_of(cx.heap, &name)?;
        cx.heap.insert(result, hashed, name, row);
    }
    Ok(Kind::Dict(result).into())
}

/// `encode_dict`, `encode_list`, which Salt's four filters all are: new containers, tuples become
/// lists, texts bytes.
pub(super) fn recoded(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    if name.ends_with("_dict") {
        iterate_keys(cx.heap, input)?;
        return recode(cx, input, 0);
    }
    let mut out = Vec::new();
    for item in iterate(cx.heap, input)? {
        out.push(recode(cx, &item, 0)?);
    }
    Ok(cx.heap.list(out))
}

fn recode(cx: &mut Call<'_>, value: &Value, depth: usize) -> Res<Value> {
    if depth > MAX_DEPTH {
        return python::concrete::beyond("values nest too deep");
    }
    Ok(match &value.kind {
        Kind::Dict(id) => {
            let result = cx.heap.dict();
            for (key, value) in pairs(cx.heap, *id)? {
                let key = recode(cx, &key, depth + 1)?;
                if matches!(key.kind, Kind::List(_)) {
                    return type_error("unhashable type: 'list'");
                }
                let value = recode(cx, &value, depth + 1)?;
                let hashed = key_of(cx.heap, &key)?;
                cx.heap.insert(result, hashed, key, value);
            }
            Kind::Dict(result).into()
        }
        Kind::List(_) | Kind::Tuple(_) => {
            let mut out = Vec::new();
            for item in iterate(cx.heap, value)? {
                out.push(recode(cx, &item, depth + 1)?);
            }
            cx.heap.list(out)
        }
        Kind::Str(_) => {
            let bytes = text(value, str::to_owned)?.text.as_bytes().to_vec();
            Kind::Bytes(bytes.into()).into()
        }
        Kind::Unknown(_) | Kind::OneOf(_) | Kind::Partial(_) => return unknown("a value that is not known"),
        _ => value.clone(),
    })
}
