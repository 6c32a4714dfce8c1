//! jinja2's and Salt's tests: `value is name(args…)`.

use num_bigint::BigInt;
use syntax::jinja::{BinaryOp, CompareOp};

use super::Call;
use super::args::{flag, soft_str, text};
use super::filters::is_filter;
use super::regexp::{Flags, compile, is_match};
use python::concrete::{defined, known, none, type_error};
use python::number::{Number, as_int};
use python::value::{EvaluatorObject, Kind, Object, Value};
use python::{Res, binary, compare, contains, equals, is_soft_value, key_of, to_str};

const NAMES: &[&str] = &[
    "odd",
    "even",
    "divisibleby",
    "defined",
    "undefined",
    "filter",
    "test",
    "none",
    "boolean",
    "false",
    "true",
    "integer",
    "float",
    "lower",
    "upper",
    "string",
    "mapping",
    "number",
    "sequence",
    "iterable",
    "callable",
    "sameas",
    "escaped",
    "in",
    "==",
    "eq",
    "equalto",
    "!=",
    "ne",
    ">",
    "gt",
    "greaterthan",
    "ge",
    ">=",
    "<",
    "lt",
    "lessthan",
    "<=",
    "le",
    "match",
    "list",
];

/// Whether jinja2 or Salt has a test of this name.
#[must_use]
pub fn is_test(name: &str) -> bool {
    NAMES.contains(&name)
}

/// `input is name(args…)`; `None`: there is no such test.
pub fn call_test(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<bool>> {
    is_test(name).then(|| test(cx, name, input))
}

fn other(cx: &Call<'_>, name: &str) -> Res<Value> {
    let [other] = cx.bind(&format!("test_{name}"), 1, ["other"], 1)?;
    Ok(other.unwrap_or_else(none))
}

#[allow(clippy::too_many_lines, reason = "one test after the other")]
fn test(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<bool> {
    known(input)?;
    let kind = &input.kind;
    if is_soft_value(input) && matches!(name, "sequence" | "iterable" | "callable") {
        return Ok(true);
    }
    let remainder = |cx: &mut Call<'_>, by: Value| -> Res<Value> { binary(cx.heap, BinaryOp::Mod, input, &by) };
    let int = |n: i64| Value::from(Kind::Int(n));
    Ok(match name {
        "defined" | "undefined" | "none" | "boolean" | "integer" | "float" | "string" | "number" | "mapping"
            if !cx.args.is_empty() || !cx.kwargs.is_empty() =>
        {
            let _: [Option<Value>; 0] = cx.bind(&format!("test_{name}"), 1, [], 0)?;
            false
        }
        "defined" => !matches!(kind, Kind::Undefined(_)),
        "undefined" => matches!(kind, Kind::Undefined(_)),
        "none" => matches!(kind, Kind::None),
        "boolean" => matches!(kind, Kind::Bool(_)),
        "true" => matches!(kind, Kind::Bool(true)),
        "false" => matches!(kind, Kind::Bool(false)),
        "integer" => matches!(kind, Kind::Int(_) | Kind::Big(_)),
        "float" => matches!(kind, Kind::Float(_)),
        "string" => matches!(kind, Kind::Str(_)),
        "number" => Number::of(input).is_some(),
        "mapping" => matches!(kind, Kind::Dict(_)),
        "list" => matches!(kind, Kind::List(_)),
        "escaped" => matches!(kind, Kind::Str(text) if text.markup),
        "sequence" => match kind {
            Kind::Str(_) | Kind::Bytes(_) | Kind::List(_) | Kind::Tuple(_) | Kind::Dict(_) | Kind::Range(..) => true,
            // `{}.keys()` has a length but no items; Undefined raises, which the test swallows.
            _ => false,
        },
        "iterable" => {
            defined(input)?;
            super::filters::iterable(input) || matches!(kind, Kind::Object(o) if evaluator_iterable(o))
        }
        // StrictUndefined has a method `__call__`.
        "callable" => {
            matches!(kind, Kind::Undefined(_))
                || matches!(kind, Kind::Object(o) if !matches!(**o,
            Object::View(..) | Object::Iterator(..) | Object::Salt
            | Object::Evaluator(EvaluatorObject::Module | EvaluatorObject::Namespace, _)))
        }
        "odd" | "even" => {
            let rest = remainder(cx, int(2))?;
            equals(cx.heap, &rest, &int(i64::from(name == "odd")))?
        }
        "divisibleby" => {
            let [by] = cx.bind("test_divisibleby", 1, ["num"], 1)?;
            let rest = remainder(cx, by.unwrap_or_else(none))?;
            as_int(&rest) == Some(BigInt::from(0)) || matches!(rest.kind, Kind::Float(0.0))
        }
        "lower" | "upper" => {
            let text = to_str(cx.heap, input)?;
            super::methods::text::is(&text, if name == "lower" { "islower" } else { "isupper" })
        }
        "filter" | "test" => {
            key_of(cx.heap, input)?;
            input.as_str().is_some_and(if name == "filter" { is_filter } else { is_test })
        }
        "sameas" => same(input, &other(cx, name)?),
        "in" => {
            let [sequence] = cx.bind("test_in", 1, ["seq"], 1)?;
            contains(cx.heap, &sequence.unwrap_or_else(none), input)?
        }
        "match" => matches_pattern(cx, input)?,
        _ => {
            let op = match name {
                "==" | "eq" | "equalto" => CompareOp::Eq,
                "!=" | "ne" => CompareOp::Ne,
                ">" | "gt" | "greaterthan" => CompareOp::Gt,
                ">=" | "ge" => CompareOp::Ge,
                "<" | "lt" | "lessthan" => CompareOp::Lt,
                _ => CompareOp::Le,
            };
            let other = if name == "equalto" { other(cx, name)? } else { second(cx, name)? };
            compare(cx.heap, op, input, &other)?
        }
    })
}

/// The operand of an operator's test, which is built in and takes no names.
fn second(cx: &Call<'_>, name: &str) -> Res<Value> {
    match (cx.args.as_slice(), cx.kwargs.is_empty()) {
        ([other], true) => Ok(other.clone()),
        (args, _) => type_error(format!("{name} expected 2 arguments, got {}", args.len() + 1)),
    }
}

fn evaluator_iterable(object: &Object) -> bool {
    matches!(object, Object::Evaluator(EvaluatorObject::Loop, _) | Object::Salt)
}

/// `value is other`: identity, as far as values have one.
fn same(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::None, Kind::None) => true,
        (Kind::Bool(x), Kind::Bool(y)) => x == y,
        (Kind::Int(x), Kind::Int(y)) => x == y && (-5..=256).contains(x),
        (Kind::List(x), Kind::List(y)) | (Kind::Set(x), Kind::Set(y)) => x == y,
        (Kind::Dict(x), Kind::Dict(y)) => x == y,
        (Kind::Str(x), Kind::Str(y)) => x.text == y.text,
        (Kind::Object(x), Kind::Object(y)) => std::sync::Arc::ptr_eq(x, y),
        _ => false,
    }
}

/// Salt's `match`: `re.match`.
fn matches_pattern(cx: &mut Call<'_>, input: &Value) -> Res<bool> {
    let [pattern, ignore_case, multi_line] = cx.bind("test_match", 1, ["rgx", "ignorecase", "multiline"], 1)?;
    let flags = Flags {
        ignore_case: flag(cx.heap, ignore_case.as_ref(), false)?,
        multi_line: flag(cx.heap, multi_line.as_ref(), false)?,
        anchored: true,
    };
    let pattern = soft_str(cx.heap, &pattern.unwrap_or_else(none))?;
    let receiver = text(input, |kind| format!("expected string or bytes-like object, got '{kind}'"))?;
    is_match(&compile(cx.heap, &pattern.text, flags, receiver.text.len())?, &receiver.text)
}
