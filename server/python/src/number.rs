//! Numbers: reading and printing them as Python does, and the tower of int and float.

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use super::Res;
use super::concrete::{integer, raise};
use crate::value::{Kind, Value};

/// A number; booleans are integers.
#[derive(Clone, Debug)]
pub enum Number {
    /// `int` and `bool`, of any size.
    Int(BigInt),
    /// `float`.
    Float(f64),
}

impl Number {
    /// The value as a number, if it is one.
    pub fn of(value: &Value) -> Option<Self> {
        match &value.kind {
            Kind::Bool(b) => Some(Self::Int(BigInt::from(u8::from(*b)))),
            Kind::Int(n) => Some(Self::Int(BigInt::from(*n))),
            Kind::Big(n) => Some(Self::Int((**n).clone())),
            Kind::Float(n) => Some(Self::Float(*n)),
            _ => None,
        }
    }

    /// The number as a float.
    pub fn float(&self) -> Res<f64> {
        match self {
            Self::Float(n) => Ok(*n),
            Self::Int(n) => match n.to_f64() {
                Some(f) if f.is_finite() => Ok(f),
                _ => raise("OverflowError", "int too large to convert to float"),
            },
        }
    }

    /// Back to a value.
    pub fn value(self) -> Value {
        match self {
            Self::Int(n) => integer(n),
            Self::Float(n) => Kind::Float(n).into(),
        }
    }
}

/// The value as an integer, if it is an int or a bool.
pub fn as_int(value: &Value) -> Option<BigInt> {
    match Number::of(value) {
        Some(Number::Int(n)) => Some(n),
        _ => None,
    }
}

/// The value as a small integer, if it is an int or a bool; saturates.
pub fn as_index(value: &Value) -> Option<i64> {
    as_int(value).map(|n| n.to_i64().unwrap_or(if n > BigInt::zero() { i64::MAX } else { i64::MIN }))
}

/// `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16.
pub fn float_repr(n: f64) -> String {
    if n.is_nan() {
        return "nan".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{n:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if n == 0.0 || (-4..16).contains(&exponent) {
        let plain = format!("{n}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// `float(text)`.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = &*ascii_digits(text);
    let trimmed = text.trim_matches(is_space);
    let body = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let lower = body.to_ascii_lowercase();
    let negative = trimmed.starts_with('-');
    let special = match lower.as_str() {
        "inf" | "infinity" => Some(f64::INFINITY),
        "nan" => Some(f64::NAN),
        _ => None,
    };
    if let Some(n) = special {
        return Some(if negative { -n } else { n });
    }
    if !body.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    without_underscores(trimmed)?.parse().ok()
}

/// The value of a decimal digit of any script (Unicode's category Nd).
pub fn decimal(c: char) -> Option<u32> {
    const ZEROS: &[u32] = &[
        0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
        0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
        0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    ];
    let code = u32::from(c);
    ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)).map(|zero| code - zero)
}

/// The text with ASCII digits.
fn ascii_digits(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    text.chars().map(|c| decimal(c).and_then(|n| char::from_digit(n, 10)).unwrap_or(c)).collect::<String>().into()
}

/// `int(text, base)`.
pub fn parse_int(text: &str, base: u32) -> Option<BigInt> {
    let text = &*ascii_digits(text);
    let trimmed = text.trim_matches(is_space);
    let (negative, body) = match trimmed.as_bytes().first()? {
        b'-' => (true, &trimmed[1..]),
        b'+' => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let prefix = body.get(..2).map(str::to_ascii_lowercase);
    let named = match prefix.as_deref() {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    let (digits, base) = match (base, named) {
        (0, Some(named)) => (body[2..].strip_prefix('_').unwrap_or(&body[2..]), named),
        (0, None) => {
            if body.starts_with('0') && body.contains(|c: char| c != '0' && c != '_') {
                return None;
            }
            (body, 10)
        }
        (base, Some(named)) if base == named => (body[2..].strip_prefix('_').unwrap_or(&body[2..]), base),
        (base, _) => (body, base),
    };
    if digits.is_empty() || !(2..=36).contains(&base) {
        return None;
    }
    let digits = without_underscores(digits)?;
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let n = BigInt::parse_bytes(digits.as_bytes(), base)?;
    Some(if negative { -n } else { n })
}

/// Drops underscores between digits; `None` where one stands elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut previous_digit = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '_' {
            if !previous_digit || !chars.peek().is_some_and(|next| next.is_ascii_alphanumeric()) {
                return None;
            }
            previous_digit = false;
            continue;
        }
        previous_digit = c.is_ascii_alphanumeric();
        out.push(c);
    }
    Some(out)
}

/// `str.isspace` for one character: Unicode's white space plus the four separators of ASCII.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `int(float)`.
pub fn float_to_int(n: f64) -> Res<BigInt> {
    if n.is_nan() {
        return super::concrete::value_error("cannot convert float NaN to integer");
    }
    match num_traits::FromPrimitive::from_f64(n.trunc()) {
        Some(n) => Ok(n),
        None => raise("OverflowError", "cannot convert float infinity to integer"),
    }
}

/// What printing a number costs, in bytes: its digits are found in about the square of its size.
pub(crate) fn print_cost(n: &BigInt) -> usize {
    let words = usize::try_from(n.bits() / 64).unwrap_or(usize::MAX);
    words.saturating_mul(20).saturating_add(words.saturating_mul(words) / 4)
}

/// `base ** exponent` for integers; refuses results beyond a hundred thousand bits.
pub fn int_pow(base: &BigInt, exponent: u32) -> Res<BigInt> {
    if base.bits().saturating_mul(u64::from(exponent)) > 100_000 {
        return super::concrete::beyond("a number is too large to be computed");
    }
    Ok(base.pow(exponent))
}
