//! Salt's look-up by key path: `a:b:0` (`salt/utils/data.py`, `traverse_dict_and_list`).

use num_traits::ToPrimitive;
use python::concrete::{items, pairs};
use python::number::{as_index, parse_int};
use python::value::{Heap, Kind, Value};
use python::{Fail, Res, iterate, key_of, subscript};

/// The value at a key path; `None`: Salt answers its default.
///
/// # Errors
/// What Salt lets through, and what is not known.
pub fn traverse(heap: &mut Heap, data: &Value, key: &Value, delimiter: &str) -> Res<Option<Value>> {
    let keys: Vec<Value> = match &key.kind {
        Kind::Str(text) if !delimiter.is_empty() => text.text.split(delimiter).map(Value::str).collect(),
        Kind::Str(_) => return python::concrete::value_error("empty separator"),
        Kind::Int(_) | Kind::Bool(_) => vec![key.clone()],
        _ => iterate(heap, key)?,
    };
    let mut pointer = data.clone();
    for each in keys {
        pointer = if let Kind::List(id) = pointer.kind {
            match in_list(heap, &items(heap, id)?, &pointer, &each)? {
                Some(found) => found,
                None => return Ok(None),
            }
        } else {
            match subscript(heap, &pointer, &each) {
                Ok(found) => found,
                Err(Fail::Raise(raise)) if raise.class == "KeyError" => {
                    // `yamlify_arg`: a key that reads as YAML is tried as what it reads as.
                    let Some(loaded) = yamlified(&each) else { return Ok(None) };
                    match subscript(heap, &pointer, &loaded) {
                        Ok(found) => found,
                        Err(Fail::Raise(raise)) if matches!(raise.class, "KeyError" | "TypeError") => return Ok(None),
                        Err(fail) => return Err(fail),
                    }
                }
                Err(Fail::Raise(raise)) if raise.class == "TypeError" => return Ok(None),
                Err(fail) => return Err(fail),
            }
        };
    }
    Ok(Some(pointer))
}

/// What a key reads as, if that is a number, a boolean or null.
fn yamlified(key: &Value) -> Option<Value> {
    let text = key.as_str()?;
    if text.contains(['#', '\n', ' ', '_']) || text.starts_with(['{', '[', '!']) {
        return None;
    }
    match syntax::yaml::resolve_plain(text) {
        syntax::yaml::Value::Bool(b) => Some(Kind::Bool(b).into()),
        syntax::yaml::Value::Int(n) => Some(python::concrete::integer(n)),
        syntax::yaml::Value::Float(n) => Some(Kind::Float(n).into()),
        _ => None,
    }
}

fn in_list(heap: &Heap, values: &[Value], list: &Value, each: &Value) -> Res<Option<Value>> {
    let index = match (&each.kind, as_index(each)) {
        (_, Some(n)) => Some(n),
        (Kind::Str(text), _) => parse_int(&text.text, 10).and_then(|n| n.to_i64()),
        (Kind::Float(n), _) => n.to_i64(),
        _ => None,
    };
    let wanted = index.map_or_else(|| each.clone(), |n| Kind::Int(n).into());
    for value in values {
        if let Kind::Dict(id) = value.kind {
            let key = key_of(heap, &wanted)?;
            if let Some(found) = python::concrete::dict_get(heap, id, &key)? {
                return Ok(Some(found));
            }
        }
    }
    match index {
        None => Ok(None),
        Some(_) => match subscript(heap, list, &wanted) {
            Ok(found) => Ok(Some(found)),
            Err(Fail::Raise(raise)) if raise.class == "IndexError" => Ok(None),
            Err(fail) => Err(fail),
        },
    }
}

/// Pairs of a dict value, or `None` if it is none.
///
/// # Errors
/// A dict that is not all known.
pub fn mapping(heap: &Heap, value: &Value) -> Res<Option<Vec<(Value, Value)>>> {
    match value.kind {
        Kind::Dict(id) => pairs(heap, id).map(Some),
        _ => Ok(None),
    }
}
