//! Which type a scalar has: PyYAML's implicit resolvers and Salt's constructors for them
//! (`yaml/resolver.py`, `yaml/constructor.py`, `salt/utils/yamlloader.py`). Pure functions of the
//! scalar's text.

use num_bigint::BigInt;
use num_traits::Zero;

use super::{Style, Text, Value};

/// Tags that have a constructor, and the two that resolve but have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Timestamp,
    Binary,
    /// `python/unicode`, which Salt keeps for old pillars.
    Unicode,
    Seq,
    Map,
    Set,
    Pairs,
    /// `<<`
    Merge,
    /// `=`
    Default,
    Other(Box<str>),
}

impl Tag {
    /// The tag of a full URI.
    pub(super) fn of(uri: &str) -> Self {
        match uri.strip_prefix("tag:yaml.org,2002:") {
            Some("null") => Self::Null,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("str") => Self::Str,
            Some("timestamp") => Self::Timestamp,
            Some("binary") => Self::Binary,
            Some("python/unicode") => Self::Unicode,
            Some("seq") => Self::Seq,
            // with an ordered dict, as Salt's YAML renderer asks for, `!!omap` is a mapping too
            Some("map" | "omap") => Self::Map,
            Some("set") => Self::Set,
            Some("pairs") => Self::Pairs,
            Some("merge") => Self::Merge,
            Some("value") => Self::Default,
            _ => Self::Other(uri.into()),
        }
    }

    /// The full URI.
    pub(super) fn uri(&self) -> String {
        let name = match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::Timestamp => "timestamp",
            Self::Binary => "binary",
            Self::Unicode => "python/unicode",
            Self::Seq => "seq",
            Self::Map => "map",
            Self::Set => "set",
            Self::Pairs => "pairs",
            Self::Merge => "merge",
            Self::Default => "value",
            Self::Other(uri) => return uri.to_string(),
        };
        format!("tag:yaml.org,2002:{name}")
    }
}

/// The value of one plain scalar: what Salt's loader makes of `text` where it stands without quotes
/// and without a tag. Text that no resolver claims, or that its constructor refuses, is a string.
#[must_use]
pub fn resolve_plain(text: &str) -> Value {
    let tag = resolve(text);
    scalar_value(&tag, text)
        .unwrap_or(None)
        .unwrap_or_else(|| Value::Str(Text { value: text.into(), style: Style::Plain, map: Vec::new() }))
}

/// The tag that PyYAML's resolvers give to a plain scalar.
pub(super) fn resolve(text: &str) -> Tag {
    // Python's `$` also matches before a line feed at the end, which `! |` can bring about
    let text = text.strip_suffix('\n').unwrap_or(text);
    let Some(&first) = text.as_bytes().first() else { return Tag::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => match text {
            "null" | "Null" | "NULL" => Tag::Null,
            _ if bool_of(text).is_some() => Tag::Bool,
            _ => Tag::Str,
        },
        b'-' | b'+' | b'.' | b'0'..=b'9' => {
            if is_float(text) {
                Tag::Float
            } else if is_int(text) {
                Tag::Int
            } else {
                // a timestamp is a string to Salt
                Tag::Str
            }
        }
        b'~' if text == "~" => Tag::Null,
        b'<' if text == "<<" => Tag::Merge,
        b'=' if text == "=" => Tag::Default,
        _ => Tag::Str,
    }
}

fn bool_of(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, accept: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(accept)
}

fn digits_(b: u8) -> bool {
    b.is_ascii_digit() || b == b'_'
}

/// `(?::[0-5]?[0-9])+`, given what follows the first number.
fn is_sixties(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(':') else { return false };
    rest.split(':').all(|part| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
}

fn is_int(text: &str) -> bool {
    let body = unsigned(text);
    if let Some(bits) = body.strip_prefix("0b") {
        return !bits.is_empty() && all(bits, |b| matches!(b, b'0' | b'1' | b'_'));
    }
    if let Some(hex) = body.strip_prefix("0x") {
        return !hex.is_empty() && all(hex, |b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(octal) = body.strip_prefix('0') {
        return all(octal, |b| matches!(b, b'0'..=b'7' | b'_'));
    }
    if !body.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let end = body.bytes().position(|b| !digits_(b)).unwrap_or(body.len());
    end == body.len() || is_sixties(&body[end..])
}

/// `(?:[eE][-+][0-9]+)?`
fn is_exponent(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let Some(rest) = text.strip_prefix(['e', 'E']).and_then(|rest| rest.strip_prefix(['-', '+'])) else { return false };
    !rest.is_empty() && all(rest, |b| b.is_ascii_digit())
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let Some(dot) = body.find('.') else { return false };
    let (whole, fraction) = (&body[..dot], &body[dot + 1..]);
    let end = fraction.bytes().position(|b| !digits_(b)).unwrap_or(fraction.len());
    let tail = &fraction[end..];
    if whole.is_empty() {
        // no sign may stand before a leading point
        return body.len() == text.len()
            && fraction.as_bytes().first().is_some_and(u8::is_ascii_digit)
            && is_exponent(tail);
    }
    if !whole.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let number = whole.bytes().position(|b| !digits_(b)).unwrap_or(whole.len());
    if number == whole.len() { is_exponent(tail) } else { is_sixties(&whole[number..]) && tail.is_empty() }
}

/// The value of a scalar of that tag; `None` for a string. Errors are Python's own texts.
pub(super) fn scalar_value(tag: &Tag, text: &str) -> Result<Option<Value>, String> {
    Ok(match tag {
        Tag::Null => Some(Value::Null),
        Tag::Bool => {
            let lower = text.to_lowercase();
            match lower.as_str() {
                "yes" | "true" | "on" => Some(Value::Bool(true)),
                "no" | "false" | "off" => Some(Value::Bool(false)),
                _ => return Err(format!("'{lower}' is not a boolean")),
            }
        }
        Tag::Int => Some(Value::Int(int_value(text)?)),
        Tag::Float => Some(Value::Float(float_value(text)?)),
        Tag::Binary => Some(Value::Binary(super::base64::decode(text)?)),
        _ => None,
    })
}

/// Python refuses longer decimal numbers (`sys.int_info.default_max_str_digits`).
const MAX_DIGITS: usize = 4300;

/// Salt drops leading zeros, so that modes like 0644 stay decimal, but only of unsigned numbers
/// (`SaltYamlSafeLoader.construct_scalar`).
pub(super) fn strip_zeros(text: &str) -> &str {
    if text == "0" || !text.starts_with('0') || text.starts_with("0b") || text.starts_with("0x") {
        return text;
    }
    match text.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    }
}

fn int_value(text: &str) -> Result<BigInt, String> {
    let mut text = strip_zeros(text);
    let clean;
    if text.contains('_') {
        clean = text.replace('_', "");
        text = &clean;
    }
    let negative = text.starts_with('-');
    let body = unsigned(text);
    if body.is_empty() {
        return Err("string index out of range".to_owned());
    }
    let value = if let Some(bits) = body.strip_prefix("0b") {
        python_int(bits, 2)?
    } else if let Some(hex) = body.strip_prefix("0x") {
        python_int(hex, 16)?
    } else if body != "0" && body.starts_with('0') {
        python_int(body, 8)?
    } else if body.contains(':') {
        let mut total = BigInt::zero();
        for part in body.split(':') {
            total = total * 60 + python_int(part, 10)?;
        }
        total
    } else {
        python_int(body, 10)?
    };
    Ok(if negative { -value } else { value })
}

/// Python's `int(text, base)` without underscores.
fn python_int(text: &str, base: u32) -> Result<BigInt, String> {
    let refused = || format!("invalid literal for int() with base {base}: '{text}'");
    let body = text.trim();
    let digits = unsigned(body);
    let prefixed = match base {
        2 => digits.strip_prefix("0b").or_else(|| digits.strip_prefix("0B")),
        8 => digits.strip_prefix("0o").or_else(|| digits.strip_prefix("0O")),
        16 => digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")),
        _ => None,
    };
    let digits = prefixed.unwrap_or(digits);
    if base == 10 && digits.len() > MAX_DIGITS {
        return Err(format!(
            "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion: value has {} digits",
            digits.len()
        ));
    }
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return Err(refused());
    }
    let value = match i64::from_str_radix(digits, base) {
        Ok(small) => BigInt::from(small),
        Err(_) => BigInt::parse_bytes(digits.as_bytes(), base).ok_or_else(refused)?,
    };
    Ok(if body.starts_with('-') { -value } else { value })
}

fn float_value(text: &str) -> Result<f64, String> {
    let clean = text.replace('_', "").to_lowercase();
    let body = unsigned(&clean);
    if clean.is_empty() {
        return Err("string index out of range".to_owned());
    }
    let sign = if clean.starts_with('-') { -1.0 } else { 1.0 };
    let value = match body {
        ".inf" => f64::INFINITY,
        ".nan" => return Ok(f64::NAN),
        _ if body.contains(':') => {
            let mut parts = Vec::new();
            for part in body.split(':') {
                parts.push(python_float(part)?);
            }
            let mut base = 1.0;
            let mut total = 0.0;
            for part in parts.iter().rev() {
                total += part * base;
                base *= 60.0;
            }
            total
        }
        _ => python_float(body)?,
    };
    Ok(sign * value)
}

/// Python's `float(text)`.
fn python_float(text: &str) -> Result<f64, String> {
    let body = text.trim();
    let refused = || format!("could not convert string to float: '{text}'");
    match body.parse::<f64>() {
        Ok(value) if !body.is_empty() => Ok(value),
        _ => Err(refused()),
    }
}
