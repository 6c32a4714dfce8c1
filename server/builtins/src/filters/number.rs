//! `int`, `float`, `abs`, `round`, `filesizeformat`.

use num_traits::{Signed, ToPrimitive};

use crate::Call;
use crate::args::{flag, index_or, rescue};
use python::Res;
use python::concrete::{defined, integer, raise, type_error, type_name, unknown, value_error};
use python::number::{Number, float_to_int, parse_float, parse_int};
use python::percent::quoted;
use python::value::{Kind, Value};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "int" => int(cx, input),
        "float" => float(cx, input),
        "abs" => abs(cx, input),
        "round" => round(cx, input),
        "filesizeformat" => filesizeformat(cx, input),
        _ => return None,
    })
}

/// `float(value)`.
pub(super) fn to_float(value: &Value) -> Res<f64> {
    defined(value)?;
    match (&value.kind, Number::of(value)) {
        (_, Some(n)) => n.float(),
        (Kind::Str(text), _) => match parse_float(&text.text) {
            Some(n) => Ok(n),
            None => value_error(format!("could not convert string to float: {}", quoted(&text.text))),
        },
        _ => type_error(format!("float() argument must be a string or a real number, not '{}'", type_name(value))),
    }
}

/// `int(value, base)`.
pub(super) fn to_int(value: &Value, base: i64) -> Res<Value> {
    defined(value)?;
    match (&value.kind, Number::of(value)) {
        (_, Some(Number::Int(n))) => Ok(integer(n)),
        (_, Some(Number::Float(n))) => float_to_int(n).map(integer),
        (Kind::Str(text), _) => match parse_int(&text.text, u32::try_from(base).unwrap_or(99)) {
            Some(n) => Ok(integer(n)),
            None => value_error(format!("invalid literal for int() with base {base}: {}", quoted(&text.text))),
        },
        _ => type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            type_name(value)
        )),
    }
}

fn int(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [default, base] = cx.bind("do_int", 1, ["default", "base"], 0)?;
    let base = match &base {
        Some(base) => python::number::as_index(base),
        None => Some(10),
    };
    // A base that is no number fails like a text that is no number.
    if (base.is_some() || !matches!(input.kind, Kind::Str(_)))
        && let Some(value) = rescue(to_int(input, base.unwrap_or(10)), &["TypeError", "ValueError"])?
    {
        return Ok(value);
    }
    let through_float = to_float(input).and_then(float_to_int);
    let through_float = rescue(through_float, &["TypeError", "ValueError", "OverflowError"])?;
    Ok(through_float.map_or_else(|| default.unwrap_or_else(|| Kind::Int(0).into()), integer))
}

fn float(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [default] = cx.bind("do_float", 1, ["default"], 0)?;
    let value = rescue(to_float(input), &["TypeError", "ValueError"])?;
    Ok(value.map_or_else(|| default.unwrap_or_else(|| Kind::Float(0.0).into()), |n| Kind::Float(n).into()))
}

fn abs(cx: &Call<'_>, input: &Value) -> Res<Value> {
    if !cx.args.is_empty() || !cx.kwargs.is_empty() {
        return type_error(format!("abs() takes exactly one argument ({} given)", cx.args.len() + 1));
    }
    defined(input)?;
    match Number::of(input) {
        Some(Number::Int(n)) => Ok(integer(n.abs())),
        Some(Number::Float(n)) => Ok(Kind::Float(n.abs()).into()),
        None => type_error(format!("bad operand type for abs(): '{}'", type_name(input))),
    }
}

/// `round(float, places)`: half to even of the exact binary value, as CPython.
fn round_float(n: f64, places: i64) -> f64 {
    if !n.is_finite() || places > 300 {
        return n;
    }
    match usize::try_from(places) {
        Ok(places) => format!("{n:.places$}").parse().unwrap_or(n),
        Err(_) => {
            let scale = 10_f64.powi(i32::try_from(-places).unwrap_or(400));
            (n / scale).round_ties_even() * scale
        }
    }
}

/// `round(int, -places)`: half to even.
fn round_int(n: &num_bigint::BigInt, places: i64) -> num_bigint::BigInt {
    let Some(power) = u32::try_from(-places).ok().filter(|power| *power < 10_000) else { return 0.into() };
    let unit = num_bigint::BigInt::from(10).pow(power);
    let (whole, rest) = num_integer::Integer::div_mod_floor(n, &unit);
    let twice = rest * 2;
    let up = twice > unit || (twice == unit && num_integer::Integer::is_odd(&whole));
    (whole + i32::from(up)) * unit
}

fn round(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [precision, method] = cx.bind("do_round", 1, ["precision", "method"], 0)?;
    let method = method.unwrap_or_else(|| Value::str("common"));
    let method = method.as_str().unwrap_or("").to_owned();
    if !["common", "ceil", "floor"].contains(&method.as_str()) {
        return raise("FilterArgumentError", "method must be common, ceil or floor");
    }
    defined(input)?;
    if method == "common" && precision.as_ref().is_some_and(|precision| matches!(precision.kind, Kind::None)) {
        return match Number::of(input) {
            Some(Number::Int(n)) => Ok(integer(n)),
            Some(Number::Float(n)) => float_to_int(n.round_ties_even()).map(integer),
            None => type_error(format!("type {} doesn't define __round__ method", type_name(input))),
        };
    }
    let places = index_or(precision.as_ref(), 0)?;
    let Some(number) = Number::of(input) else {
        let name = type_name(input);
        if method == "common" {
            return type_error(format!("type {name} doesn't define __round__ method"));
        }
        return type_error(match (&input.kind, places) {
            (Kind::Str(_), 0..) => "must be real number, not str".to_owned(),
            _ => format!("unsupported operand type(s) for *: '{name}' and 'int'"),
        });
    };
    if method == "common" {
        return match number {
            Number::Int(n) if places >= 0 => Ok(integer(n)),
            Number::Int(n) => Ok(integer(round_int(&n, places))),
            Number::Float(n) => Ok(Kind::Float(round_float(n, places)).into()),
        };
    }
    if !(-300..=300).contains(&places) {
        return unknown("a precision beyond floats");
    }
    let scale = 10_f64.powi(i32::try_from(places).unwrap_or(0));
    let scaled = number.float()? * scale;
    let whole = if method == "ceil" { scaled.ceil() } else { scaled.floor() };
    Ok(Kind::Float(whole / scale).into())
}

fn filesizeformat(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [binary] = cx.bind("do_filesizeformat", 1, ["binary"], 0)?;
    let binary = flag(cx.heap, binary.as_ref(), false)?;
    let bytes = to_float(input)?;
    let base: f64 = if binary { 1024.0 } else { 1000.0 };
    if (bytes - 1.0).abs() < f64::EPSILON {
        return Ok(Value::str("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::str(format!("{} Bytes", bytes.trunc().to_i64().unwrap_or(0))));
    }
    let mut unit = base;
    let mut text = String::new();
    for prefix in ["k", "M", "G", "T", "P", "E", "Z", "Y"] {
        unit *= base;
        let name = match (binary, prefix) {
            (true, "k") => "KiB".to_owned(),
            (true, prefix) => format!("{prefix}iB"),
            (false, prefix) => format!("{prefix}B"),
        };
        text = format!("{:.1} {name}", base * bytes / unit);
        if bytes < unit {
            break;
        }
    }
    Ok(Value::str(text))
}
