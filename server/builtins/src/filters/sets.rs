//! Salt's set filters (`salt/utils/jinja.py`): sets for hashable inputs, else lists.

use crate::args::text;
use crate::{Call, call_method};
use python::concrete::{new_set, none, raise, unknown, value_error};
use python::value::{Heap, Kind, Value};
use python::{Res, binary, elements, equals, key_of, length, type_name};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "unique" => unique(cx, input),
        "union" | "intersect" | "difference" | "symmetric_difference" => combine(cx, name, input),
        "avg" => avg(cx, input),
        "method_call" => method(cx, input),
        _ => return None,
    })
}

/// `isinstance(value, Hashable)`: what has `__hash__`, whatever it holds.
fn hashable(value: &Value) -> bool {
    match &value.kind {
        Kind::List(_) | Kind::Dict(_) | Kind::Set(_) => false,
        Kind::Object(object) => {
            !matches!(**object, python::value::Object::View(_, kind) if kind != python::value::ViewKind::Values)
        }
        _ => true,
    }
}

fn member(heap: &Heap, values: &[Value], wanted: &Value) -> Res<bool> {
    for value in values {
        if equals(heap, value, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unique_list(heap: &mut Heap, values: Vec<Value>) -> Res<Vec<Value>> {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !member(heap, &kept, &value)? {
            kept.push(value);
        }
    }
    Ok(kept)
}

fn unique(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let _: [Option<Value>; 0] = cx.bind("unique", 1, [], 0)?;
    unique_of(cx, input)
}

fn unique_of(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let values = elements(cx.heap, input)?;
    if hashable(input) {
        for value in &values {
            key_of(cx.heap, value)?;
        }
        return new_set(cx.heap, values);
    }
    let kept = unique_list(cx.heap, values)?;
    Ok(cx.heap.list(kept))
}

fn combine(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    let [other] = cx.bind(name, 1, ["lst2"], 1)?;
    let other = other.unwrap_or_else(none);
    let sets = hashable(input) && hashable(&other);
    if name == "union" && !sets {
        let sum = binary(cx.heap, syntax::jinja::BinaryOp::Add, input, &other)?;
        return unique_of(cx, &sum);
    }
    if !sets {
        return combine_lists(cx, name, input, &other);
    }
    let (mine, theirs) = (elements(cx.heap, input)?, elements(cx.heap, &other)?);
    let mut kept = Vec::new();
    for value in &mine {
        let shared = member(cx.heap, &theirs, value)?;
        if (name == "intersect") == shared || name == "union" {
            kept.push(value.clone());
        }
    }
    if name == "symmetric_difference" || name == "union" {
        for value in &theirs {
            if !member(cx.heap, &mine, value)? {
                kept.push(value.clone());
            }
        }
    }
    new_set(cx.heap, kept)
}

/// `[ele for ele in lst1 if ele in lst2]` and its kin, as Salt writes them.
fn combine_lists(cx: &mut Call<'_>, name: &str, one: &Value, other: &Value) -> Res<Value> {
    let all = if name == "symmetric_difference" {
        let sum = binary(cx.heap, syntax::jinja::BinaryOp::Add, one, other)?;
        unique_of(cx, &sum)?
    } else {
        one.clone()
    };
    let shared =
        if name == "symmetric_difference" { combine_lists(cx, "intersect", one, other)? } else { other.clone() };
    let mut kept = Vec::new();
    for value in elements(cx.heap, &all)? {
        if python::contains(cx.heap, &shared, &value)? == (name == "intersect") {
            kept.push(value);
        }
    }
    let kept = unique_list(cx.heap, kept)?;
    Ok(cx.heap.list(kept))
}

fn avg(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    if hashable(input) {
        return super::number::to_float(input).map(|n| Kind::Float(n).into());
    }
    let len = length(cx.heap, input)?;
    let mut total: Value = Kind::Int(0).into();
    for value in elements(cx.heap, input)? {
        total = binary(cx.heap, syntax::jinja::BinaryOp::Add, &total, &value)?;
    }
    if len == 0 {
        return raise("ZeroDivisionError", "division by zero");
    }
    binary(cx.heap, syntax::jinja::BinaryOp::Div, &total, &python::concrete::count(len))
}

fn method(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let Some((name, rest)) = cx.args.split_first().map(|(name, rest)| (name.clone(), rest.to_vec())) else {
        return python::concrete::type_error("method_call() missing 1 required positional argument: 'f_name'");
    };
    let name = text(&name, |kind| format!("attribute name must be string, not '{kind}'"))?;
    if name.text.starts_with('_') {
        return unknown(format!("the method {} of {}", name.text, type_name(input)));
    }
    python::concrete::defined(input)?;
    let kwargs = cx.kwargs.clone();
    let result = cx.with(rest, kwargs, |cx| call_method(cx, input, &name.text));
    match result {
        // A method that does not exist answers None.
        Err(python::Fail::Raise(raise)) if raise.class == "UndefinedError" => Ok(none()),
        Err(python::Fail::Raise(raise)) if raise.class == "ValueError" => value_error(raise.message),
        other => other,
    }
}
