//! Methods of `bytes`: those of `str` over ASCII. The bytes go through them as a text in which what
//! is no ASCII stands as private characters that have no case and are no blanks.

use smol_str::SmolStr;

use super::super::Call;
use super::super::args::{absent, index_or};
use python::concrete::{defined, tuple, type_error, type_name, unknown, value_error};
use python::number::as_index;
use python::value::{Kind, Str, Value};
use python::{Res, iterate};

const PRIVATE: u32 = 0xe000;

/// The bytes as such a text. `lines`: only line feeds and carriage returns end lines.
fn text_of(bytes: &[u8], lines: bool) -> Str {
    let hidden = |b: u8| b >= 0x80 || (0x1c..=0x1f).contains(&b) || (lines && matches!(b, 0x0b | 0x0c));
    let chars = bytes.iter().map(|b| {
        let code = if hidden(*b) { PRIVATE + u32::from(*b) } else { u32::from(*b) };
        char::from_u32(code).unwrap_or('\u{fffd}')
    });
    Str::plain(chars.collect::<String>())
}

fn bytes_of(text: &str) -> Value {
    let bytes: Vec<u8> = text
        .chars()
        .filter_map(|c| {
            let code = u32::from(c);
            u8::try_from(if code >= PRIVATE { code - PRIVATE } else { code }).ok()
        })
        .collect();
    Kind::Bytes(bytes.into()).into()
}

/// A method of `bytes`; `None`: none that is known.
pub(super) fn call(cx: &mut Call<'_>, receiver: &[u8], name: &str) -> Option<Res<Value>> {
    Some(match name {
        "decode" => super::scalars::decode(cx, receiver),
        "hex" => hex(cx, receiver),
        "fromhex" => fromhex(cx),
        "translate" | "maketrans" => unknown(format!("bytes.{name} is not evaluated")),
        "capitalize" | "center" | "count" | "endswith" | "expandtabs" | "find" | "index" | "isalnum" | "isalpha"
        | "isascii" | "isdigit" | "islower" | "isspace" | "istitle" | "isupper" | "join" | "ljust" | "lower"
        | "lstrip" | "partition" | "removeprefix" | "removesuffix" | "replace" | "rfind" | "rindex" | "rjust"
        | "rpartition" | "rsplit" | "rstrip" | "split" | "splitlines" | "startswith" | "strip" | "swapcase"
        | "title" | "upper" | "zfill" => through_text(cx, receiver, name),
        _ => return None,
    })
}

fn through_text(cx: &mut Call<'_>, receiver: &[u8], name: &str) -> Res<Value> {
    let args = cx.args.clone();
    for (n, arg) in args.iter().enumerate() {
        cx.args[n] = argument(cx, arg, n, name)?;
    }
    let kwargs: Vec<(SmolStr, Value)> = cx.kwargs.clone();
    for (n, (key, value)) in kwargs.iter().enumerate() {
        cx.kwargs[n].1 = argument(cx, value, usize::from(key != "sep"), name)?;
    }
    let text = text_of(receiver, name == "splitlines");
    if name == "isascii" {
        return cx.positional::<0>("bytes.isascii", 0).map(|_| Kind::Bool(receiver.is_ascii()).into());
    }
    let result = super::text::call(cx, &text, name).unwrap_or_else(|| unknown("not evaluated"));
    let result = match result {
        Err(python::Fail::Raise(error)) => {
            let message =
                error.message.replace("str.", "bytes.").replace("substring not found", "subsection not found");
            return python::concrete::raise(error.class, message);
        }
        other => other?,
    };
    back(cx, &result)
}

/// Texts in a result as bytes.
fn back(cx: &mut Call<'_>, value: &Value) -> Res<Value> {
    Ok(match &value.kind {
        Kind::Str(text) => bytes_of(&text.text),
        Kind::List(_) => {
            let parts = iterate(cx.heap, value)?;
            let parts: Vec<Value> = parts.iter().map(|part| bytes_of(part.as_str().unwrap_or_default())).collect();
            cx.heap.list(parts)
        }
        Kind::Tuple(parts) => tuple(parts.iter().map(|part| bytes_of(part.as_str().unwrap_or_default())).collect()),
        _ => value.clone(),
    })
}

#[allow(clippy::too_many_lines, reason = "one kind of argument after the other")]
fn argument(cx: &mut Call<'_>, value: &Value, n: usize, name: &str) -> Res<Value> {
    let search = matches!(name, "find" | "index" | "rfind" | "rindex" | "count");
    let affix = matches!(name, "startswith" | "endswith");
    match (&value.kind, n) {
        (Kind::Bytes(bytes), _) => Ok(Kind::Str(text_of(bytes, name == "splitlines")).into()),
        (Kind::Tuple(parts), 0) if affix => {
            let mut texts = Vec::new();
            for part in &**parts {
                let Kind::Bytes(bytes) = &part.kind else {
                    return type_error(format!("a bytes-like object is required, not '{}'", type_name(part)));
                };
                texts.push(Kind::Str(text_of(bytes, false)).into());
            }
            Ok(tuple(texts))
        }
        (_, 0) if search => match as_index(value).map(u8::try_from) {
            Some(Ok(byte)) => Ok(Kind::Str(text_of(&[byte], false)).into()),
            Some(Err(_)) => value_error("byte must be in range(0, 256)"),
            None => {
                let kind = shown_type(value);
                type_error(format!("argument should be integer or bytes-like object, not '{kind}'"))
            }
        },
        (_, 0) if affix => {
            type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {}", shown_type(value)))
        }
        (_, 0) if name == "join" => {
            defined(value)?;
            let Ok(parts) = iterate(cx.heap, value) else { return type_error("can only join an iterable") };
            let mut texts = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                let Kind::Bytes(bytes) = &part.kind else {
                    let kind = type_name(part);
                    return type_error(format!("sequence item {at}: expected a bytes-like object, {kind} found"));
                };
                texts.push(Kind::Str(text_of(bytes, false)).into());
            }
            Ok(cx.heap.list(texts))
        }
        (Kind::None, 0) if matches!(name, "split" | "rsplit" | "strip" | "lstrip" | "rstrip") => Ok(value.clone()),
        (_, 0)
            if matches!(
                name,
                "split"
                    | "rsplit"
                    | "strip"
                    | "lstrip"
                    | "rstrip"
                    | "partition"
                    | "rpartition"
                    | "removeprefix"
                    | "removesuffix"
            ) =>
        {
            type_error(format!("a bytes-like object is required, not '{}'", shown_type(value)))
        }
        (_, 0 | 1) if name == "replace" => {
            type_error(format!("a bytes-like object is required, not '{}'", shown_type(value)))
        }
        (_, 1) if matches!(name, "center" | "ljust" | "rjust") => {
            let kind = shown_type(value);
            type_error(format!("{name}() argument 2 must be a byte string of length 1, not {kind}"))
        }
        _ => Ok(value.clone()),
    }
}

fn shown_type(value: &Value) -> &str {
    type_name(value)
}

fn hex(cx: &mut Call<'_>, receiver: &[u8]) -> Res<Value> {
    let [separator, group] = cx.bind("hex", 0, ["sep", "bytes_per_sep"], 0)?;
    let digits: Vec<String> = receiver.iter().map(|b| format!("{b:02x}")).collect();
    let Some(separator) = separator.filter(|separator| !absent(Some(separator))) else {
        return Ok(Value::str(digits.concat()));
    };
    let Some(separator) = separator.as_str().filter(|text| text.chars().count() == 1).map(str::to_owned) else {
        return value_error("sep must be length 1.");
    };
    let group = index_or(group.as_ref(), 1)?;
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    if size == 0 {
        return Ok(Value::str(digits.concat()));
    }
    // Groups are counted from the end, with a negative size from the start.
    let first = if group > 0 { digits.len() % size } else { 0 };
    let (head, tail) = digits.split_at(first.min(digits.len()));
    let mut groups: Vec<String> = if head.is_empty() { Vec::new() } else { vec![head.concat()] };
    groups.extend(tail.chunks(size).map(<[String]>::concat));
    Ok(Value::str(groups.join(&separator)))
}

fn fromhex(cx: &mut Call<'_>) -> Res<Value> {
    let [text] = cx.positional::<1>("bytes.fromhex", 1)?;
    let text = text.unwrap_or_else(|| Kind::None.into());
    let text = super::super::args::text(&text, |kind| format!("fromhex() argument must be str, not {kind}"))?;
    let mut bytes = Vec::new();
    let mut rest = text.text.chars().enumerate().filter(|(_, c)| !c.is_ascii_whitespace()).peekable();
    while let Some((at, c)) = rest.next() {
        let low = rest.next();
        let pair = c.to_digit(16).zip(low.and_then(|(_, c)| c.to_digit(16)));
        let Some((high, low)) = pair else {
            let at = if c.is_ascii_hexdigit() { low.map_or(at + 1, |(at, _)| at) } else { at };
            return value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}"));
        };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or(0));
    }
    Ok(Kind::Bytes(bytes.into()).into())
}
