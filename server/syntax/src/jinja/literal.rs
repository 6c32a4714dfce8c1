//! Characters, numbers and string literals by Python's rules, as `jinja2/lexer.py` reads them.
//! Knows nothing of tags or expressions.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether Python's `str.isspace` (and `\s`) holds for the character.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Whether the character can stand in what jinja2's lexer takes for a name; `isidentifier` decides
/// afterwards whether it is one.
pub(super) fn is_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        c.is_alphanumeric() || unicode_ident::is_xid_continue(c)
    }
}

/// Python's `str.isidentifier`.
pub(super) fn is_identifier(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && chars.all(unicode_ident::is_xid_continue)
}

/// Length of the white space at the start of `text`.
pub(super) fn space_len(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_space).len()
}

/// Length of the newline (`\r\n`, `\n` or `\r`) at the start of `text`.
pub(super) fn newline_len(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Kinds of number literals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Number {
    /// `1`, `0x1f`
    Int,
    /// `1.5`, `1e3`
    Float,
}

/// Length of `digits(_digits)*` at the start of `bytes`.
fn digits(bytes: &[u8]) -> usize {
    run(bytes, u8::is_ascii_digit)
}

/// Length of a run of digits, single underscores allowed between two of them.
fn run(bytes: &[u8], is_digit: impl Fn(&u8) -> bool) -> usize {
    let mut length = 0;
    loop {
        match (bytes.get(length), bytes.get(length + 1)) {
            (Some(d), _) if is_digit(d) => length += 1,
            (Some(b'_'), Some(d)) if length > 0 && is_digit(d) => length += 2,
            _ => return length,
        }
    }
}

/// The number literal at the start of `bytes` (`float_re`, then `integer_re`): its kind and length.
pub(super) fn number(bytes: &[u8], after_dot: bool) -> Option<(Number, usize)> {
    let rest = |n: usize| bytes.get(n..).unwrap_or(&[]);
    let whole = digits(bytes);
    if whole == 0 {
        return None;
    }
    if !after_dot {
        let fraction = match rest(whole) {
            [b'.', tail @ ..] => Some(digits(tail)).filter(|&n| n > 0).map_or(0, |n| n + 1),
            _ => 0,
        };
        let mantissa = whole + fraction;
        if let [b'e' | b'E', tail @ ..] = rest(mantissa) {
            let sign = usize::from(matches!(tail, [b'+' | b'-', ..]));
            let exponent = digits(tail.get(sign..).unwrap_or(&[]));
            if exponent > 0 {
                return Some((Number::Float, mantissa + 1 + sign + exponent));
            }
        }
        if fraction > 0 {
            return Some((Number::Float, mantissa));
        }
    }
    let prefixed = |is_digit: fn(&u8) -> bool| {
        let underscore = usize::from(matches!(rest(2), [b'_', ..]));
        Some(run(rest(2 + underscore), is_digit)).filter(|&n| n > 0).map(|n| 2 + underscore + n)
    };
    let length = match bytes {
        [b'0', b'b' | b'B', ..] => prefixed(|d| matches!(d, b'0' | b'1')).unwrap_or(1),
        [b'0', b'o' | b'O', ..] => prefixed(|d| matches!(d, b'0'..=b'7')).unwrap_or(1),
        [b'0', b'x' | b'X', ..] => prefixed(u8::is_ascii_hexdigit).unwrap_or(1),
        [b'0', ..] => run(bytes, |d| *d == b'0'),
        _ => whole,
    };
    Some((Number::Int, length))
}

/// The end of the string literal that starts at `start` (quotes included), over lines.
pub(super) fn string_end(text: &str, start: usize, limit: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(..limit)?;
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(quote, b'\\', bytes.get(at..)?) {
        at += found;
        if bytes[at] == quote {
            return Some(at + 1);
        }
        // an escape takes the whole next character; `\r\n` counts as one
        at += 1;
        let next = text.get(at..limit)?.chars().next()?;
        at += next.len_utf8();
        if next == '\r' && bytes.get(at) == Some(&b'\n') {
            at += 1;
        }
    }
    None
}

/// A decoded string and whether its bytes map one to one onto the source.
pub(super) struct Decoded<'a> {
    /// What the literal means; lone surrogates and `\N{…}` become U+FFFD.
    pub(super) value: Cow<'a, str>,
    /// No escapes and no carriage returns.
    pub(super) plain: bool,
}

/// Decodes what stands between the quotes: newlines normalised, then
/// `.encode("ascii", "backslashreplace").decode("unicode-escape")`. The error is Python's.
pub(super) fn decode(inner: &str) -> Result<Decoded<'_>, &'static str> {
    if memchr::memchr2(b'\\', b'\r', inner.as_bytes()).is_none() {
        return Ok(Decoded { value: Cow::Borrowed(inner), plain: true });
    }
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let newline = newline_len(rest);
        if c == '\\' {
            rest = escape(&rest[1..], &mut value)?;
        } else if newline > 0 {
            value.push('\n');
            rest = &rest[newline..];
        } else {
            value.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(Decoded { value: Cow::Owned(value), plain: false })
}

/// Whether Python decodes what stands between the quotes; the error is Python's.
pub(super) fn check(inner: &str) -> Result<(), &'static str> {
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() { Ok(()) } else { decode(inner).map(|_| ()) }
}

/// Decodes one escape, `rest` being what follows the backslash; gives what follows the escape.
fn escape<'a>(rest: &'a str, value: &mut String) -> Result<&'a str, &'static str> {
    let newline = newline_len(rest);
    if newline > 0 {
        return Ok(&rest[newline..]);
    }
    let Some(c) = rest.chars().next() else { return Err("\\ at end of string") };
    let after = &rest[c.len_utf8()..];
    let simple = match c {
        '\\' | '\'' | '"' => c,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0'..='7' => {
            let length = rest.bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
            let code = u32::from_str_radix(&rest[..length], 8).unwrap_or(0);
            value.push(char::from_u32(code).unwrap_or('\u{fffd}'));
            return Ok(&rest[length..]);
        }
        'x' => return hex(after, 2, "truncated \\xXX escape", value),
        'u' => return hex(after, 4, "truncated \\uXXXX escape", value),
        'U' => return hex(after, 8, "truncated \\UXXXXXXXX escape", value),
        'N' => return named(after, value),
        // `backslashreplace` turned the character into an escape whose own backslash this one quotes
        c if !c.is_ascii() => {
            let code = u32::from(c);
            let _ = match code {
                0..=0xff => write!(value, "\\x{code:02x}"),
                0x100..=0xffff => write!(value, "\\u{code:04x}"),
                _ => write!(value, "\\U{code:08x}"),
            };
            return Ok(after);
        }
        _ => {
            value.push('\\');
            c
        }
    };
    value.push(simple);
    Ok(after)
}

/// `\N{NAME}`: checked for its shape only, the table of names being Python's.
fn named<'a>(after: &'a str, value: &mut String) -> Result<&'a str, &'static str> {
    let malformed = "malformed \\N character escape";
    let inner = after.strip_prefix('{').ok_or(malformed)?;
    let end = inner.find('}').filter(|&n| n > 0).ok_or(malformed)?;
    value.push('\u{fffd}');
    Ok(&inner[end + 1..])
}

/// A fixed number of hexadecimal digits.
fn hex<'a>(rest: &'a str, count: usize, truncated: &'static str, value: &mut String) -> Result<&'a str, &'static str> {
    let digits = rest.get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).ok_or(truncated)?;
    let code = u32::from_str_radix(digits, 16).map_err(|_| truncated)?;
    if code > 0x0010_ffff {
        return Err("illegal Unicode character");
    }
    value.push(char::from_u32(code).unwrap_or('\u{fffd}'));
    Ok(&rest[count..])
}

/// Python's `repr` of one character, as it stands in `unexpected char '…'`.
pub(super) fn repr(c: char) -> String {
    match c {
        '\'' => "\"'\"".to_owned(),
        '\\' => "'\\\\'".to_owned(),
        '\n' => "'\\n'".to_owned(),
        '\r' => "'\\r'".to_owned(),
        '\t' => "'\\t'".to_owned(),
        c if u32::from(c) < 0x20 || (0x7f..=0xa0).contains(&u32::from(c)) || c == '\u{ad}' => {
            format!("'\\x{:02x}'", u32::from(c))
        }
        c => format!("'{c}'"),
    }
}
