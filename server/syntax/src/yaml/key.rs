//! Python's equality, hashing and printing of dictionary keys.

use std::hash::{Hash, Hasher};

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};
use rustc_hash::FxHasher;

use super::Value;

/// Whether two keys are the same key of a Python dict: `1`, `1.0` and `True` are; `1` and `'1'`
/// are not. All NaNs that PyYAML makes are one object, so they are equal too. Lists, dicts and sets
/// can't be keys and equal nothing.
#[must_use]
pub fn python_key_eq(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a.value == b.value,
        (Value::Null, Value::Null) => true,
        (Value::Binary(a), Value::Binary(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        _ => match (integer(a), integer(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

/// The exact integer that a number equals.
fn integer(value: &Value) -> Option<BigInt> {
    match value {
        Value::Bool(truth) => Some(BigInt::from(u8::from(*truth))),
        Value::Int(int) => Some(int.clone()),
        Value::Float(float) if float.fract() == 0.0 => BigInt::from_f64(*float),
        _ => None,
    }
}

/// A hash that agrees with [`python_key_eq`].
pub(super) fn key_hash(value: &Value) -> u64 {
    let mut hasher = FxHasher::default();
    match value {
        Value::Str(text) => (1_u8, text.value.as_str()).hash(&mut hasher),
        Value::Binary(bytes) => (2_u8, bytes).hash(&mut hasher),
        Value::Null => 3_u8.hash(&mut hasher),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => match (value, integer(value)) {
            (_, Some(int)) => match int.to_i64() {
                Some(small) => (4_u8, small).hash(&mut hasher),
                None => (5_u8, int).hash(&mut hasher),
            },
            (Value::Float(float), None) if !float.is_nan() => (6_u8, float.to_bits()).hash(&mut hasher),
            _ => 7_u8.hash(&mut hasher),
        },
        Value::Seq(_) | Value::Map(_) | Value::Set(_) => 8_u8.hash(&mut hasher),
    }
    hasher.finish()
}

/// `str(key)`.
pub(super) fn python_str(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => python_float(*float),
        Value::Str(text) => text.value.to_string(),
        Value::Binary(bytes) => {
            let latin: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            format!("b{}", quoted(&latin, true))
        }
        Value::Seq(_) | Value::Map(_) | Value::Set(_) => String::new(),
    }
}

/// `repr(float)`: the shortest text that reads back, with an exponent from 1e16 on and below 1e-4.
fn python_float(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = float.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{float:e}");
        let Some((digits, exponent)) = text.split_once('e') else { return text };
        let (sign, number) = match exponent.strip_prefix('-') {
            Some(number) => ('-', number),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{number:0>2}");
    }
    format!("{float:?}")
}

/// `repr(text)`.
pub(super) fn python_repr(text: &str) -> String {
    quoted(text, false)
}

fn quoted(text: &str, bytes: bool) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c if bytes || (c as u32) < 0xA1 => out.push_str(&escaped(c)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// `\xe9`, `\u20ac` or `\U0001f600`.
pub(super) fn escaped(c: char) -> String {
    match c as u32 {
        code @ 0..0x100 => format!("\\x{code:02x}"),
        code @ 0x100..0x1_0000 => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}
