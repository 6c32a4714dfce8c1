//! printf-style formatting: `'%s: %05.1f' % (a, b)`.

use num_bigint::BigInt;
use num_traits::Signed;

use super::concrete::{defined, raise, type_error, type_name, value_error};
use super::number::{Number, as_index, as_int, float_to_int};
use super::print::repr_str;
use super::strings::Builder;
use super::{Res, key_of, repr, to_str};
use crate::value::{Heap, Kind, Str, Value};

/// Widths and precisions beyond this are not followed.
const MAX_WIDTH: usize = 100_000;

#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// Hands out the arguments in order.
struct Arguments<'v> {
    value: &'v Value,
    tuple: Option<&'v [Value]>,
    next: usize,
}

impl<'v> Arguments<'v> {
    fn take(&mut self) -> Res<&'v Value> {
        let found = match self.tuple {
            Some(values) => values.get(self.next),
            None => (self.next == 0).then_some(self.value),
        };
        self.next += 1;
        match found {
            Some(value) => Ok(value),
            None => type_error("not enough arguments for format string"),
        }
    }
}

/// `format % arguments`.
///
/// # Errors
/// As Python (`not enough arguments for format string`).
#[allow(clippy::too_many_lines, reason = "one conversion after the other, as the format reads")]
pub fn format(heap: &Heap, format: &Str, arguments: &Value) -> Res<Value> {
    let text = &*format.text;
    let tuple = if let Kind::Tuple(values) = &arguments.kind { Some(&**values) } else { None };
    let mut arguments = Arguments { value: arguments, tuple, next: 0 };
    let mapping = match &arguments.value.kind {
        Kind::Dict(id) => Some(*id),
        _ => None,
    };
    let mut used_mapping = false;
    let mut out = Builder::default();
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'%', rest.as_bytes())) {
        out.push(&super::strings::substr(format, at, at + found));
        at += found + 1;
        let start = at;
        let key = if bytes.get(at) == Some(&b'(') {
            let mut depth = 0;
            let end = text[at..].char_indices().find(|(_, c)| {
                depth += i32::from(*c == '(') - i32::from(*c == ')');
                depth == 0
            });
            let Some((end, _)) = end else { return value_error("incomplete format key") };
            let key = &text[at + 1..at + end];
            at += end + 1;
            Some(key)
        } else {
            None
        };
        let keyed = match (key, mapping) {
            (None, _) => None,
            (Some(_), None) => return type_error("format requires a mapping"),
            (Some(key), Some(id)) => {
                used_mapping = true;
                let key_value = Value::str(key);
                match super::concrete::dict_get(heap, id, &key_of(heap, &key_value)?)? {
                    Some(value) => Some(value),
                    None => return raise("KeyError", repr(heap, &key_value)?),
                }
            }
        };
        let mut spec = Spec::default();
        while let Some(flag) = bytes.get(at) {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'0' => spec.zero = true,
                b'#' => spec.alternate = true,
                _ => break,
            }
            at += 1;
        }
        if let Some(width) = number(bytes, &mut at, &mut arguments)? {
            spec.left |= width < 0;
            spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        }
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            spec.precision = Some(usize::try_from(number(bytes, &mut at, &mut arguments)?.unwrap_or(0)).unwrap_or(0));
        }
        if spec.width > MAX_WIDTH || spec.precision.is_some_and(|p| p > MAX_WIDTH) {
            return super::concrete::beyond("a format is too wide to be printed");
        }
        while matches!(bytes.get(at), Some(b'h' | b'l' | b'L')) {
            at += 1;
        }
        let Some(conversion) = text.get(at..).and_then(|rest| rest.chars().next()) else {
            return value_error("incomplete format");
        };
        if conversion == '%' && at == start {
            out.push_str("%");
            at += 1;
            continue;
        }
        heap.meter.build(spec.width.max(spec.precision.unwrap_or(0)))?;
        heap.meter.read(at)?;
        let index = super::strings::chars(&text[..at]);
        at += conversion.len_utf8();
        let value = match &keyed {
            Some(value) => value,
            None => arguments.take()?,
        };
        heap.meter.build(value.as_str().map_or(8, str::len))?;
        let (conversion, wrapped) = match (format.markup, conversion) {
            (true, 's') => ('s', Some(super::markup::escaped(heap, value)?)),
            (true, 'r') => ('s', Some(Str::plain(super::markup::escape(&repr(heap, value)?)).into_markup())),
            _ => (conversion, None),
        };
        let wrapped = wrapped.map(|text| Value::from(Kind::Str(text)));
        let value = wrapped.as_ref().unwrap_or(value);
        if conversion == 's'
            && spec.width == 0
            && spec.precision.is_none()
            && let Kind::Str(text) = &value.kind
        {
            out.push(text);
            continue;
        }
        out.push_str(&convert(heap, &spec, conversion, value, index)?);
    }
    out.push(&super::strings::substr(format, at, text.len()));
    let left_over = match arguments.tuple {
        Some(values) => arguments.next < values.len(),
        None => {
            arguments.next == 0
                && !used_mapping
                && !matches!(
                    arguments.value.kind,
                    Kind::Dict(_) | Kind::List(_) | Kind::Range(..) | Kind::Bytes(_) | Kind::Undefined(_)
                )
        }
    };
    if left_over {
        super::concrete::known(arguments.value)?;
        return type_error("not all arguments converted during string formatting");
    }
    let out = out.value();
    Ok(if format.markup { super::markup::marked(out) } else { out })
}

fn number(bytes: &[u8], at: &mut usize, arguments: &mut Arguments<'_>) -> Res<Option<i64>> {
    if bytes.get(*at) == Some(&b'*') {
        *at += 1;
        let value = arguments.take()?;
        return match as_index(value) {
            Some(n) => Ok(Some(n)),
            None => type_error("* wants int"),
        };
    }
    let mut n: Option<i64> = None;
    while let Some(digit) = bytes.get(*at).filter(|b| b.is_ascii_digit()) {
        n = Some(n.unwrap_or(0).saturating_mul(10).saturating_add(i64::from(digit - b'0')));
        *at += 1;
    }
    Ok(n)
}

#[allow(clippy::too_many_lines, reason = "one conversion after the other")]
fn convert(heap: &Heap, spec: &Spec, conversion: char, value: &Value, index: usize) -> Res<String> {
    let cut = |text: String| match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text,
    };
    let body = match conversion {
        's' => cut(to_str(heap, value)?),
        'r' => cut(repr(heap, value)?),
        'a' => cut(ascii(&repr(heap, value)?)),
        'c' => {
            defined(value)?;
            match (&value.kind, as_index(value)) {
                (Kind::Str(text), _) if text.text.chars().count() == 1 => text.text.to_string(),
                (_, Some(n)) => match u32::try_from(n).ok().and_then(char::from_u32) {
                    Some(c) => c.to_string(),
                    None => return raise("OverflowError", "%c arg not in range(0x110000)"),
                },
                _ => return type_error("%c requires int or char"),
            }
        }
        'd' | 'i' | 'u' => {
            defined(value)?;
            let n = match (as_int(value), &value.kind) {
                (Some(n), _) => n,
                (None, Kind::Float(n)) => float_to_int(*n)?,
                _ => {
                    return type_error(format!(
                        "%{conversion} format: a real number is required, not {}",
                        type_name(value)
                    ));
                }
            };
            return Ok(pad_number(spec, &n.is_negative(), digits(&n, 10, spec.precision), ""));
        }
        'o' | 'x' | 'X' => {
            defined(value)?;
            let Some(n) = as_int(value) else {
                return type_error(format!("%{conversion} format: an integer is required, not {}", type_name(value)));
            };
            let (radix, prefix) = match conversion {
                'o' => (8, "0o"),
                'x' => (16, "0x"),
                _ => (16, "0X"),
            };
            let mut text = digits(&n, radix, spec.precision);
            if conversion == 'X' {
                text = text.to_uppercase();
            }
            return Ok(pad_number(spec, &n.is_negative(), text, if spec.alternate { prefix } else { "" }));
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            defined(value)?;
            let n = match (Number::of(value), &value.kind) {
                (Some(n), _) => n.float()?,
                _ => return type_error(format!("must be real number, not {}", type_name(value))),
            };
            let text = super::format::float_text(n.abs(), conversion, spec.precision.unwrap_or(6), spec.alternate);
            return Ok(pad_number(spec, &(n.is_sign_negative() && !n.is_nan()), text, ""));
        }
        other => {
            return value_error(format!(
                "unsupported format character '{}' (0x{:x}) at index {index}",
                if (' '..='~').contains(&other) { other } else { '?' },
                u32::from(other)
            ));
        }
    };
    Ok(pad(spec, body, ' '))
}

fn digits(n: &BigInt, radix: u32, precision: Option<usize>) -> String {
    let text = n.magnitude().to_str_radix(radix);
    match precision {
        Some(precision) if text.len() < precision => format!("{}{text}", "0".repeat(precision - text.len())),
        _ => text,
    }
}

fn pad_number(spec: &Spec, negative: &bool, digits: String, prefix: &str) -> String {
    let sign = match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let len = sign.len() + prefix.len() + digits.len();
    if spec.zero && !spec.left && len < spec.width {
        return format!("{sign}{prefix}{}{digits}", "0".repeat(spec.width - len));
    }
    pad(spec, format!("{sign}{prefix}{digits}"), ' ')
}

fn pad(spec: &Spec, body: String, fill: char) -> String {
    let len = super::strings::chars(&body);
    if len >= spec.width {
        return body;
    }
    let fill = String::from(fill).repeat(spec.width - len);
    if spec.left { body + &fill } else { fill + &body }
}

/// `ascii(…)`: every character beyond ASCII escaped.
pub fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        match u32::from(c) {
            n @ 0..=0xff => out.push_str(&format!("\\x{n:02x}")),
            n @ 0x100..=0xffff => out.push_str(&format!("\\u{n:04x}")),
            n => out.push_str(&format!("\\U{n:08x}")),
        }
    }
    out
}

/// `repr(text)`.
pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    repr_str(text, &mut out);
    out
}
