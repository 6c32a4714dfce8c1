//! Filters that escape for HTML or URLs. Autoescape is off in Salt: what they give is text.

use crate::Call;
use crate::args::soft_str;
use crate::html::striptags;
use python::concrete::{defined, pairs, type_error, value_error};
use python::markup::{escape, escaped, escaped_str, marked};
use python::value::{Kind, Value};
use python::{Res, iterate, to_str, type_name};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "e" | "escape" => escaped(cx.heap, input).map(|text| Kind::Str(text).into()),
        "forceescape" => to_str(cx.heap, input).map(|text| marked(Value::str(escape(&text)))),
        "safe" => soft_str(cx.heap, input).map(|text| Kind::Str(text.into_markup()).into()),
        "striptags" => soft_str(cx.heap, input).and_then(|text| striptags(&text.text)).map(Value::str),
        "urlize" => super::urlize::urlize(cx, input),
        "xmlattr" => xmlattr(cx, input),
        "urlencode" => urlencode(cx, input),
        _ => return None,
    })
}

fn xmlattr(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [autospace] = cx.bind("do_xmlattr", 2, ["autospace"], 0)?;
    defined(input)?;
    let Kind::Dict(id) = input.kind else {
        return python::concrete::raise(
            "AttributeError",
            format!("'{}' object has no attribute 'items'", type_name(input)),
        );
    };
    let mut parts = Vec::new();
    for (key, value) in pairs(cx.heap, id)? {
        if matches!(value.kind, Kind::None | Kind::Undefined(_)) {
            continue;
        }
        let Kind::Str(key) = &key.kind else { return type_error("expected string or bytes-like object") };
        if key.text.contains([' ', '\t', '\n', '\r', '\u{b}', '\u{c}', '/', '>', '=']) {
            let shown = python::percent::quoted(&key.text);
            return value_error(format!("Invalid character in attribute name: {shown}"));
        }
        parts.push(format!("{}=\"{}\"", escaped_str(key).text, escaped(cx.heap, &value)?.text));
    }
    let text = parts.join(" ");
    let space = crate::args::flag(cx.heap, autospace.as_ref(), true)? && !text.is_empty();
    Ok(Value::str(if space { format!(" {text}") } else { text }))
}

fn quote(bytes: &[u8], query: bool) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(*byte)),
            b'/' if !query => out.push('/'),
            b' ' if query => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn urlencode(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let _: [Option<Value>; 0] = cx.bind("do_urlencode", 1, [], 0)?;
    let encoded = |cx: &Call<'_>, value: &Value, query: bool| -> Res<String> {
        match &value.kind {
            Kind::Bytes(bytes) => Ok(quote(bytes, query)),
            _ => Ok(quote(to_str(cx.heap, value)?.as_bytes(), query)),
        }
    };
    defined(input)?;
    let pairs = match &input.kind {
        Kind::Dict(id) => pairs(cx.heap, *id)?,
        Kind::List(_) | Kind::Tuple(_) | Kind::Set(_) | Kind::Range(..) | Kind::Object(_) => {
            let mut pairs = Vec::new();
            for item in iterate(cx.heap, input)? {
                match iterate(cx.heap, &item)?.as_slice() {
                    [key, value] => pairs.push((key.clone(), value.clone())),
                    [] | [_] => return value_error("not enough values to unpack (expected 2, got 1)"),
                    _ => return value_error("too many values to unpack (expected 2)"),
                }
            }
            pairs
        }
        _ => return encoded(cx, input, false).map(Value::str),
    };
    let mut parts = Vec::new();
    for (key, value) in &pairs {
        parts.push(format!("{}={}", encoded(cx, key, true)?, encoded(cx, value, true)?));
    }
    Ok(Value::str(parts.join("&")))
}
