//! JMESPath's functions, with the library's checks of types.

use std::sync::Arc;

use super::parse::Node;
use super::{Argument, visit};
use crate::Call;
use python::concrete::{none, pairs, raise, unknown};
use python::value::{Kind, Value};
use python::{Res, elements, less, sort_by_keys};

/// Name, types of the arguments, whether there may be more.
const SIGNATURES: &[(&str, &[&[&str]], bool)] = &[
    ("abs", &[&["number"]], false),
    ("avg", &[&["array-number"]], false),
    ("ceil", &[&["number"]], false),
    ("contains", &[&["array", "string"], &[]], false),
    ("ends_with", &[&["string"], &["string"]], false),
    ("floor", &[&["number"]], false),
    ("join", &[&["string"], &["array-string"]], false),
    ("keys", &[&["object"]], false),
    ("length", &[&["string", "array", "object"]], false),
    ("map", &[&["expref"], &["array"]], false),
    ("max", &[&["array-number", "array-string"]], false),
    ("max_by", &[&["array"], &["expref"]], false),
    ("merge", &[&["object"]], true),
    ("min", &[&["array-number", "array-string"]], false),
    ("min_by", &[&["array"], &["expref"]], false),
    ("not_null", &[&[]], true),
    ("reverse", &[&["array", "string"]], false),
    ("sort", &[&["array-string", "array-number"]], false),
    ("sort_by", &[&["array"], &["expref"]], false),
    ("starts_with", &[&["string"], &["string"]], false),
    ("sum", &[&["array-number"]], false),
    ("to_array", &[&[]], false),
    ("to_number", &[&[]], false),
    ("to_string", &[&[]], false),
    ("type", &[&[]], false),
    ("values", &[&["object"]], false),
];

fn type_of(value: &Value) -> &'static str {
    match value.kind {
        Kind::None => "null",
        Kind::Bool(_) => "boolean",
        Kind::Int(_) | Kind::Big(_) | Kind::Float(_) => "number",
        Kind::Str(_) => "string",
        Kind::List(_) => "array",
        Kind::Dict(_) => "object",
        _ => "unknown",
    }
}

fn refuse<T>(cx: &Call<'_>, name: &str, value: &Value, types: &[&str], got: &str) -> Res<T> {
    let types: Vec<String> = types.iter().map(|one| format!("'{one}'")).collect();
    let shown = python::to_str(cx.heap, value)?;
    raise(
        "JMESPathTypeError",
        format!(
            "In function {name}(), invalid type for value: {shown}, expected one of: [{}], received: \"{got}\"",
            types.join(", ")
        ),
    )
}

fn check(cx: &mut Call<'_>, name: &str, argument: &Argument, types: &[&str]) -> Res<()> {
    let value = match argument {
        Argument::Expression(_) if types.is_empty() || types.contains(&"expref") => return Ok(()),
        Argument::Expression(_) => return unknown("an expression in place of a value"),
        Argument::Value(value) => value,
    };
    python::concrete::known(value)?;
    if types.is_empty() {
        return Ok(());
    }
    let got = type_of(value);
    let fits = types.iter().any(|one| one.split('-').next() == Some(got));
    if !fits {
        return refuse(cx, name, value, types, got);
    }
    let inner: Vec<&str> = types.iter().filter_map(|one| one.split_once('-').map(|(_, inner)| inner)).collect();
    if inner.is_empty() {
        return Ok(());
    }
    let items = elements(cx.heap, value)?;
    let Some(first) = items.first() else { return Ok(()) };
    let wanted = if inner.len() == 1 { inner[0] } else { type_of(first) };
    for item in &items {
        let got = type_of(item);
        if got != wanted || !inner.contains(&got) {
            let class = python::type_name(item).to_owned();
            return refuse(cx, name, item, types, &class);
        }
    }
    Ok(())
}

/// Calls a function.
///
/// # Errors
/// The library's.
pub(super) fn call(cx: &mut Call<'_>, name: &str, arguments: &[Argument], depth: usize) -> Res<Value> {
    let Some((_, types, variadic)) = SIGNATURES.iter().find(|(known, _, _)| *known == name) else {
        return raise("UnknownFunctionError", format!("Unknown function: {name}()"));
    };
    let plural = if types.len() == 1 { "" } else { "s" };
    if *variadic && arguments.len() < types.len() {
        return raise(
            "VariadictArityError",
            format!(
                "Expected at least {} argument{plural} for function {name}(), received {}",
                types.len(),
                arguments.len()
            ),
        );
    }
    if !*variadic && arguments.len() != types.len() {
        return raise(
            "ArityError",
            format!("Expected {} argument{plural} for function {name}(), received {}", types.len(), arguments.len()),
        );
    }
    for (argument, types) in arguments.iter().zip(*types) {
        check(cx, name, argument, types)?;
    }
    let mut values = Vec::new();
    let mut expression = None;
    for argument in arguments {
        match argument {
            Argument::Value(value) => values.push(value.clone()),
            Argument::Expression(node) => expression = Some(node.clone()),
        }
    }
    run(cx, name, &values, expression.as_ref(), depth)
}

fn with_method(cx: &mut Call<'_>, receiver: &Value, method: &str, args: Vec<Value>) -> Res<Value> {
    cx.with(args, Vec::new(), |cx| crate::call_method(cx, receiver, method))
}

#[allow(clippy::too_many_lines, reason = "one function after the other")]
fn run(cx: &mut Call<'_>, name: &str, values: &[Value], by: Option<&Arc<Node>>, depth: usize) -> Res<Value> {
    let null = none();
    let first = values.first().unwrap_or(&null);
    let filter = |cx: &mut Call<'_>, filter: &str| {
        cx.with(Vec::new(), Vec::new(), |cx| crate::call_filter(cx, filter, first))
            .unwrap_or_else(|| unknown("not evaluated"))
    };
    Ok(match name {
        "abs" | "sum" => filter(cx, name)?,
        "length" => filter(cx, "length")?,
        "avg" if elements(cx.heap, first)?.is_empty() => none(),
        "avg" => filter(cx, "avg")?,
        "ceil" | "floor" => match first.kind {
            Kind::Float(n) => {
                let whole = if name == "ceil" { n.ceil() } else { n.floor() };
                python::concrete::integer(python::number::float_to_int(whole)?)
            }
            _ => first.clone(),
        },
        "contains" => {
            let wanted = values.get(1).unwrap_or(&null);
            Kind::Bool(python::contains(cx.heap, first, wanted)?).into()
        }
        "starts_with" => with_method(cx, first, "startswith", values[1..].to_vec())?,
        "ends_with" => with_method(cx, first, "endswith", values[1..].to_vec())?,
        "join" => with_method(cx, first, "join", values[1..].to_vec())?,
        "keys" | "values" => {
            let Kind::Dict(id) = first.kind else { return Ok(none()) };
            let found: Vec<Value> =
                pairs(cx.heap, id)?.into_iter().map(|(k, v)| if name == "keys" { k } else { v }).collect();
            cx.heap.list(found)
        }
        "map" => {
            let mut out = Vec::new();
            for item in elements(cx.heap, first)? {
                out.push(match by {
                    Some(by) => visit(cx, by, &item, depth)?,
                    None => return unknown("map without an expression"),
                });
            }
            cx.heap.list(out)
        }
        "max" | "min" => {
            let keyed = elements(cx.heap, first)?.into_iter().map(|item| (item.clone(), item)).collect();
            extreme(cx, keyed, name == "max")?
        }
        "max_by" | "min_by" => {
            let keyed = keys_by(cx, name, first, by, &["number", "string"], depth)?;
            extreme(cx, keyed, name == "max_by")?
        }
        "sort" => {
            let keyed = elements(cx.heap, first)?.into_iter().map(|item| (item.clone(), item)).collect();
            let sorted = sort_by_keys(cx.heap, keyed, false)?;
            cx.heap.list(sorted)
        }
        "sort_by" => sort_by(cx, first, by, depth)?,
        "merge" => {
            let result = cx.heap.dict();
            for value in values {
                let Kind::Dict(id) = value.kind else { return unknown("merge of what is no object") };
                for (key, value) in pairs(cx.heap, id)? {
                    let hashed = python::key_of(cx.heap, &key)?;
                    cx.heap.insert(result, hashed, key, value);
                }
            }
            Kind::Dict(result).into()
        }
        "not_null" => values.iter().find(|value| !matches!(value.kind, Kind::None)).cloned().unwrap_or_else(none),
        "reverse" => {
            let step = Kind::Int(-1).into();
            python::slice(cx.heap, first, [None, None, Some(&step)])?
        }
        "to_array" if matches!(first.kind, Kind::List(_)) => first.clone(),
        "to_array" => cx.heap.list([first.clone()]),
        "to_number" => match &first.kind {
            Kind::Int(_) | Kind::Big(_) | Kind::Float(_) => first.clone(),
            Kind::Str(text) => match python::number::parse_int(&text.text, 10) {
                Some(n) => python::concrete::integer(n),
                None => python::number::parse_float(&text.text).map_or_else(none, |n| Kind::Float(n).into()),
            },
            _ => none(),
        },
        "to_string" if matches!(first.kind, Kind::Str(_)) => first.clone(),
        "to_string" => {
            let options = crate::filters::json::Options {
                ascii: true,
                separators: Some((",".to_owned(), ":".to_owned())),
                ..Default::default()
            };
            Value::str(crate::filters::json::dumps(cx.heap, first, &options)?)
        }
        "type" if type_of(first) == "unknown" => none(),
        _ => Value::str(type_of(first)),
    })
}

fn keys_by(
    cx: &mut Call<'_>,
    name: &str,
    list: &Value,
    by: Option<&Arc<Node>>,
    types: &[&str],
    depth: usize,
) -> Res<Vec<(Value, Value)>> {
    let Some(by) = by else { return unknown("a function without its expression") };
    let mut keyed = Vec::new();
    for item in elements(cx.heap, list)? {
        let key = visit(cx, by, &item, depth)?;
        let got = type_of(&key);
        if !types.contains(&got) {
            return refuse(cx, name, &key, types, got);
        }
        keyed.push((key, item));
    }
    Ok(keyed)
}

fn sort_by(cx: &mut Call<'_>, list: &Value, by: Option<&Arc<Node>>, depth: usize) -> Res<Value> {
    let items = elements(cx.heap, list)?;
    let (Some(first), Some(node)) = (items.first(), by) else { return Ok(list.clone()) };
    let key = visit(cx, node, first, depth)?;
    let wanted = type_of(&key);
    if !["number", "string"].contains(&wanted) {
        return refuse(cx, "sort_by", first, &["string", "number"], wanted);
    }
    let keyed = keys_by(cx, "sort_by", list, by, &[wanted], depth)?;
    let sorted = sort_by_keys(cx.heap, keyed, false)?;
    Ok(cx.heap.list(sorted))
}

fn extreme(cx: &mut Call<'_>, keyed: Vec<(Value, Value)>, most: bool) -> Res<Value> {
    let mut best: Option<(Value, Value)> = None;
    for (key, item) in keyed {
        let better = match &best {
            None => true,
            Some((known, _)) if most => less(cx.heap, known, &key)?,
            Some((known, _)) => less(cx.heap, &key, known)?,
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or_else(none, |(_, item)| item))
}
