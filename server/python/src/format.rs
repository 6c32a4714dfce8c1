//! `str.format`: replacement fields and format specifications.

use num_bigint::BigInt;
use num_traits::Signed;

use super::concrete::{defined, raise, type_error, type_name, value_error};
use super::number::{Number, as_int, float_repr};
use super::percent::quoted;
use super::{Res, getattr, getitem, repr, to_str};
use crate::value::{Heap, Kind, Value};

/// Arguments of `str.format`.
pub struct Fields<'v> {
    /// By position.
    pub positional: &'v [Value],
    /// By name.
    pub named: &'v [(smol_str::SmolStr, Value)],
    /// The next automatic number; `None` once fields were numbered by hand.
    automatic: Option<usize>,
}

impl<'v> Fields<'v> {
    /// Fields to be used once.
    pub fn new(positional: &'v [Value], named: &'v [(smol_str::SmolStr, Value)]) -> Self {
        Self { positional, named, automatic: Some(0) }
    }
}

/// `template.format(*positional, **named)`.
///
/// # Errors
/// As Python (`tuple index out of range`).
pub fn str_format(heap: &mut Heap, template: &str, fields: &mut Fields<'_>) -> Res<String> {
    expand(heap, template, fields, 2)
}

fn expand(heap: &mut Heap, template: &str, fields: &mut Fields<'_>, depth: u8) -> Res<String> {
    if depth == 0 {
        return value_error("Max string recursion exceeded");
    }
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return value_error("Single '}' encountered in format string");
        }
        if rest.is_empty() {
            return value_error("Single '{' encountered in format string");
        }
        let mut level = 1;
        let end = rest.char_indices().find(|(_, c)| {
            level += i32::from(*c == '{') - i32::from(*c == '}');
            level == 0
        });
        let Some((end, _)) = end else { return value_error("expected '}' before end of string") };
        let field = &rest[..end];
        rest = &rest[end + 1..];
        out.push_str(&replace(heap, field, fields, depth)?);
    }
    out.push_str(rest);
    Ok(out)
}

fn replace(heap: &mut Heap, field: &str, fields: &mut Fields<'_>, depth: u8) -> Res<String> {
    // The name ends at the first `!` or `:` outside brackets.
    let mut bracket = false;
    let end = field
        .char_indices()
        .find(|(_, c)| {
            bracket = (bracket || *c == '[') && *c != ']';
            !bracket && (*c == '!' || *c == ':')
        })
        .map_or(field.len(), |(at, _)| at);
    let (name, mut rest) = (&field[..end], &field[end..]);
    let mut conversion = None;
    if let Some(after) = rest.strip_prefix('!') {
        let Some(c) = after.chars().next() else {
            return value_error("end of string while looking for conversion specifier");
        };
        conversion = Some(c);
        rest = &after[c.len_utf8()..];
        if !rest.is_empty() && !rest.starts_with(':') {
            return value_error("expected ':' after conversion specifier");
        }
    }
    let value = look_up(heap, name, fields)?;
    let spec = expand_spec(heap, rest.strip_prefix(':').unwrap_or(""), fields, depth)?;
    match conversion {
        None => format_value(heap, &value, &spec),
        Some('s') => format_text(&to_str(heap, &value)?, &spec),
        Some('r') => format_text(&repr(heap, &value)?, &spec),
        Some('a') => format_text(&super::percent::ascii(&repr(heap, &value)?), &spec),
        Some(c) => value_error(format!("Unknown conversion specifier {c}")),
    }
}

fn expand_spec(heap: &mut Heap, spec: &str, fields: &mut Fields<'_>, depth: u8) -> Res<String> {
    if spec.contains(['{', '}']) { expand(heap, spec, fields, depth - 1) } else { Ok(spec.to_owned()) }
}

fn look_up(heap: &mut Heap, name: &str, fields: &mut Fields<'_>) -> Res<Value> {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = (&name[..end], &name[end..]);
    let index = if first.is_empty() {
        let Some(n) = fields.automatic else {
            return value_error("cannot switch from manual field specification to automatic field numbering");
        };
        fields.automatic = Some(n + 1);
        Some(n)
    } else if first.bytes().all(|b| b.is_ascii_digit()) {
        if fields.automatic.is_some_and(|n| n > 0) {
            return value_error("cannot switch from automatic field numbering to manual field specification");
        }
        fields.automatic = None;
        first.parse().ok()
    } else {
        None
    };
    let mut value = match index {
        Some(index) => match fields.positional.get(index) {
            Some(value) => value.clone(),
            // The sandbox formats by `string.Formatter`, whose wording differs from `str.format`'s.
            None => return raise("IndexError", "tuple index out of range"),
        },
        None => match fields.named.iter().find(|(key, _)| key == first) {
            Some((_, value)) => value.clone(),
            None => return raise("KeyError", quoted(first)),
        },
    };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if end == 0 {
                return value_error("Empty attribute in format string");
            }
            value = getattr(heap, &value, &after[..end])?;
            rest = &after[end..];
        } else if let Some(after) = rest.strip_prefix('[') {
            let Some(end) = after.find(']') else { return value_error("Missing ']' in format string") };
            let key = &after[..end];
            let key = match key.parse::<i64>() {
                Ok(n) if key.bytes().all(|b| b.is_ascii_digit()) => Kind::Int(n).into(),
                _ => Value::str(key),
            };
            value = getitem(heap, &value, &key)?;
            rest = &after[end + 1..];
            if !rest.is_empty() && !rest.starts_with(['.', '[']) {
                return value_error("Only '.' or '[' may follow ']' in format field specifier");
            }
        }
    }
    Ok(value)
}

struct Spec {
    fill: char,
    align: Option<char>,
    sign: char,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse_spec(spec: &str, type_name: &str) -> Res<Spec> {
    let chars: Vec<char> = spec.chars().collect();
    let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '=' | '^'));
    let mut at = 0;
    let (mut fill, mut align) = (' ', None);
    if is_align(chars.get(1)) {
        (fill, align, at) = (chars[0], chars.get(1).copied(), 2);
    } else if is_align(chars.first()) {
        (align, at) = (chars.first().copied(), 1);
    }
    let take = |at: &mut usize, accepted: &[char]| -> Option<char> {
        let found = chars.get(*at).copied().filter(|c| accepted.contains(c));
        *at += usize::from(found.is_some());
        found
    };
    let sign = take(&mut at, &['+', '-', ' ']).unwrap_or('-');
    take(&mut at, &['z']);
    let alternate = take(&mut at, &['#']).is_some();
    let zero = take(&mut at, &['0']).is_some();
    if zero && align.is_none() {
        (fill, align) = ('0', if type_name == "str" { Some('<') } else { Some('=') });
    }
    let number = |at: &mut usize| -> Option<usize> {
        let mut n = None;
        while let Some(digit) = chars.get(*at).and_then(|c| c.to_digit(10)) {
            n = Some(n.unwrap_or(0_usize).saturating_mul(10).saturating_add(digit as usize));
            *at += 1;
        }
        n
    };
    let width = number(&mut at).unwrap_or(0);
    let grouping = take(&mut at, &[',', '_']);
    let mut precision = None;
    if take(&mut at, &['.']).is_some() {
        precision = number(&mut at);
        if precision.is_none() {
            return value_error("Format specifier missing precision");
        }
    }
    let kind = chars.get(at).copied();
    if chars.len() > at + 1 {
        return value_error(format!("Invalid format specifier '{spec}' for object of type '{type_name}'"));
    }
    if width > 100_000 || precision.is_some_and(|p| p > 100_000) {
        return super::concrete::beyond("a format is too wide to be printed");
    }
    Ok(Spec { fill, align, sign, alternate, zero, width, grouping, precision, kind })
}

/// `format(value, spec)`.
pub fn format_value(heap: &Heap, value: &Value, spec: &str) -> Res<String> {
    let text = formatted(heap, value, spec)?;
    // a width or precision makes much of little
    heap.meter.build(text.len())?;
    Ok(text)
}

fn formatted(heap: &Heap, value: &Value, spec: &str) -> Res<String> {
    if super::is_soft_value(value) && spec.is_empty() {
        return Ok(String::new());
    }
    defined(value)?;
    heap.meter.build(value.as_str().map_or(8, str::len))?;
    match &value.kind {
        Kind::Str(text) => format_text(&text.text, spec),
        _ if spec.is_empty() => to_str(heap, value),
        Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) | Kind::Float(_) => {
            let parsed = parse_spec(spec, type_name(value))?;
            match (Number::of(value), parsed.kind) {
                (Some(Number::Float(n)), _) => format_float(n, &parsed, "float"),
                (Some(Number::Int(_)), Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => {
                    let n = Number::of(value).map_or(Ok(0.0), |n| n.float())?;
                    format_float(n, &parsed, "int")
                }
                _ => format_int(&as_int(value).unwrap_or_default(), &parsed, type_name(value)),
            }
        }
        _ => type_error(format!("unsupported format string passed to {}.__format__", type_name(value))),
    }
}

fn format_text(text: &str, spec: &str) -> Res<String> {
    if spec.is_empty() {
        return Ok(text.to_owned());
    }
    let spec = parse_spec(spec, "str")?;
    if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
        return value_error(format!("Unknown format code '{kind}' for object of type 'str'"));
    }
    if spec.sign != '-' {
        return value_error("Sign not allowed in string format specifier");
    }
    if spec.align == Some('=') {
        return value_error("'=' alignment not allowed in string format specifier");
    }
    if let Some(comma) = spec.grouping {
        return value_error(format!("Cannot specify '{comma}' with 's'."));
    }
    let text: String = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    Ok(align(&spec, "", &text, '<'))
}

fn align(spec: &Spec, sign: &str, body: &str, default: char) -> String {
    let len = super::strings::chars(sign) + super::strings::chars(body);
    let missing = spec.width.saturating_sub(len);
    let fill = |n: usize| String::from(spec.fill).repeat(n);
    match spec.align.unwrap_or(default) {
        '<' => format!("{sign}{body}{}", fill(missing)),
        '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
        '=' => format!("{sign}{}{body}", fill(missing)),
        _ => format!("{}{sign}{body}", fill(missing)),
    }
}

fn group(digits: &str, separator: char, size: usize) -> String {
    let mut out = String::new();
    for (n, c) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

fn sign_of(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (_, '+') => "+",
        (_, ' ') => " ",
        _ => "",
    }
}

/// Groups digits; with zero padding the zeros are grouped too.
fn grouped(spec: &Spec, sign: &str, digits: &str, tail: &str, size: usize) -> String {
    let Some(separator) = spec.grouping else { return format!("{digits}{tail}") };
    let mut digits = digits.to_owned();
    if spec.zero && spec.align == Some('=') {
        let other = sign.len() + tail.len();
        while group(&digits, separator, size).len() + other < spec.width {
            digits.insert(0, '0');
        }
    }
    group(&digits, separator, size) + tail
}

fn format_int(n: &BigInt, spec: &Spec, type_name: &str) -> Res<String> {
    if spec.precision.is_some() {
        return value_error("Precision not allowed in integer format specifier");
    }
    let (radix, prefix) = match spec.kind {
        None | Some('d' | 'n') => (10, ""),
        Some('b') => (2, "0b"),
        Some('o') => (8, "0o"),
        Some('x') => (16, "0x"),
        Some('X') => (16, "0X"),
        Some('c') => {
            let c = u32::try_from(n).ok().and_then(char::from_u32);
            return match c {
                Some(c) => Ok(align(spec, "", &c.to_string(), '<')),
                None => raise("OverflowError", "%c arg not in range(0x110000)"),
            };
        }
        Some(kind) => return value_error(format!("Unknown format code '{kind}' for object of type '{type_name}'")),
    };
    let mut digits = n.magnitude().to_str_radix(radix);
    if spec.kind == Some('X') {
        digits = digits.to_uppercase();
    }
    let sign = format!("{}{}", sign_of(spec, n.is_negative()), if spec.alternate { prefix } else { "" });
    let body = grouped(spec, &sign, &digits, "", if radix == 10 { 3 } else { 4 });
    Ok(align(spec, &sign, &body, '>'))
}

fn format_float(n: f64, spec: &Spec, type_name: &str) -> Res<String> {
    let magnitude = n.abs();
    let text = match spec.kind {
        Some('%') => float_text(magnitude * 100.0, 'f', spec.precision.unwrap_or(6), spec.alternate) + "%",
        Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => {
            float_text(magnitude, kind, spec.precision.unwrap_or(6), spec.alternate)
        }
        Some('n') => float_text(magnitude, 'g', spec.precision.unwrap_or(6), spec.alternate),
        None => match spec.precision {
            None => float_repr(magnitude),
            Some(precision) => {
                // Like `g`, but with at least one digit after the point, and e-notation one earlier.
                let text = float_text(magnitude, 'g', precision.max(1), false);
                let exponent = float_text(magnitude, 'e', precision.max(1) - 1, false);
                let reached = exponent.rsplit_once('e').and_then(|(_, e)| e.parse::<i64>().ok());
                let limit = i64::try_from(precision.max(1)).unwrap_or(i64::MAX) - 1;
                if text.contains(['e', 'n']) || text.contains("inf") {
                    text
                } else if reached.is_some_and(|e| e >= limit) {
                    let (mantissa, e) = exponent.split_once('e').unwrap_or((&exponent, "+00"));
                    let mantissa = if mantissa.contains('.') {
                        mantissa.trim_end_matches('0').trim_end_matches('.')
                    } else {
                        mantissa
                    };
                    format!("{mantissa}e{e}")
                } else if text.contains('.') {
                    text
                } else {
                    text + ".0"
                }
            }
        },
        Some(kind) => return value_error(format!("Unknown format code '{kind}' for object of type '{type_name}'")),
    };
    let sign = sign_of(spec, n.is_sign_negative() && !n.is_nan());
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let body = grouped(spec, sign, &text[..split], &text[split..], 3);
    Ok(align(spec, sign, &body, '>'))
}

/// A non-negative float in C's `e`, `f` or `g` notation.
pub fn float_text(n: f64, kind: char, precision: usize, alternate: bool) -> String {
    let upper = kind.is_ascii_uppercase();
    let text = if n.is_nan() {
        "nan".to_owned()
    } else if n.is_infinite() {
        "inf".to_owned()
    } else {
        match kind.to_ascii_lowercase() {
            'f' => format!("{n:.precision$}") + if alternate && precision == 0 { "." } else { "" },
            'e' => exponent(n, precision),
            _ => {
                let precision = precision.max(1);
                let scientific = exponent(n, precision - 1);
                let e: i64 = scientific.rsplit_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
                let strip = |text: &str| {
                    if alternate || !text.contains('.') {
                        text.to_owned()
                    } else {
                        text.trim_end_matches('0').trim_end_matches('.').to_owned()
                    }
                };
                if e < -4 || e >= i64::try_from(precision).unwrap_or(i64::MAX) {
                    let (mantissa, e) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
                    format!("{}e{e}", strip(mantissa))
                } else {
                    let places = usize::try_from(i64::try_from(precision).unwrap_or(0) - 1 - e).unwrap_or(0);
                    strip(&format!("{n:.places$}"))
                }
            }
        }
    };
    if upper { text.to_uppercase() } else { text }
}

fn exponent(n: f64, precision: usize) -> String {
    let text = format!("{n:.precision$e}");
    let (mantissa, e) = text.split_once('e').unwrap_or((&text, "0"));
    let e: i32 = e.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if e < 0 { '-' } else { '+' }, e.unsigned_abs())
}
