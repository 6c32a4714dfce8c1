//! `str.encode`, `bytes.decode`, `str.translate`, `str.maketrans`.

use super::super::Call;
use super::super::args::text;
use python::concrete::{dict_get, none, raise, type_error, type_name, unknown, value_error};
use python::number::as_index;
use python::value::{Key, Kind, Value};
use python::{Res, iterate};

/// `str.encode`.
pub(super) fn encode(cx: &mut Call<'_>, receiver: &str) -> Res<Value> {
    let [encoding, errors] = cx.bind_native("encode", ["encoding", "errors"], 0)?;
    let option = |value: Option<Value>, name: &str, default: &str| -> Res<String> {
        let Some(value) = value else { return Ok(default.to_owned()) };
        let shown = |kind: &str| {
            let kind = if kind == "NoneType" { "None" } else { kind };
            format!("encode() argument '{name}' must be str, not {kind}")
        };
        Ok(text(&value, shown)?.text.to_string())
    };
    let encoding = option(encoding, "encoding", "utf-8")?;
    let errors = option(errors, "errors", "strict")?;
    let name = encoding.to_lowercase().replace(['_', ' '], "-");
    let limit = match name.as_str() {
        "utf-8" | "utf8" | "u8" => return Ok(Kind::Bytes(receiver.as_bytes().into()).into()),
        "ascii" | "us-ascii" | "646" => 128,
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => 256,
        "utf-16" | "utf16" | "utf-16-le" | "utf-16le" | "utf-16-be" | "utf-16be" => return Ok(utf16(receiver, &name)),
        "utf-32" | "utf32" | "utf-32-le" | "utf-32-be" => {
            let mut bytes = if name.len() < 7 { vec![0xff, 0xfe, 0, 0] } else { Vec::new() };
            for c in receiver.chars() {
                let code = u32::from(c);
                bytes.extend(if name.ends_with("be") { code.to_be_bytes() } else { code.to_le_bytes() });
            }
            return Ok(Kind::Bytes(bytes.into()).into());
        }
        // Python has codecs of these families; other names are none.
        name if name.starts_with(|c: char| c.is_ascii_digit())
            || [
                "cp", "iso", "utf", "mac", "koi", "big", "gb", "euc", "shift", "windows", "idna", "punycode", "hz",
                "l", "ptcp", "tis", "raw", "unicode", "mbcs", "oem", "ibm", "johab", "hp", "s", "u",
            ]
            .iter()
            .any(|family| name.starts_with(family)) =>
        {
            return unknown(format!("the encoding {encoding}"));
        }
        _ => return raise("LookupError", format!("unknown encoding: {encoding}")),
    };
    narrow(receiver, limit, &errors)
}

fn utf16(receiver: &str, name: &str) -> Value {
    let mut bytes = if name.ends_with('e') { Vec::new() } else { vec![0xff, 0xfe] };
    for unit in receiver.encode_utf16() {
        bytes.extend(if name.ends_with("be") { unit.to_be_bytes() } else { unit.to_le_bytes() });
    }
    Kind::Bytes(bytes.into()).into()
}

/// One byte for each character below `limit`, the others as `errors` says.
fn narrow(receiver: &str, limit: u32, errors: &str) -> Res<Value> {
    let chars: Vec<char> = receiver.chars().collect();
    let mut bytes = Vec::new();
    for (at, c) in chars.iter().enumerate() {
        let code = u32::from(*c);
        if code < limit {
            bytes.push(u8::try_from(code).unwrap_or(b'?'));
            continue;
        }
        match errors {
            "ignore" => {}
            "replace" => bytes.push(b'?'),
            "xmlcharrefreplace" => bytes.extend(format!("&#{code};").bytes()),
            "backslashreplace" => bytes.extend(python::percent::ascii(&c.to_string()).bytes()),
            "strict" => {
                let end = at + chars[at..].iter().take_while(|c| u32::from(**c) >= limit).count();
                let codec = if limit == 128 { "ascii" } else { "latin-1" };
                let what = if end - at > 1 {
                    format!("characters in position {at}-{}", end - 1)
                } else {
                    let shown = python::percent::ascii(&c.to_string());
                    format!("character '{shown}' in position {at}")
                };
                let message = format!("'{codec}' codec can't encode {what}: ordinal not in range({limit})");
                return raise("UnicodeEncodeError", message);
            }
            _ => return unknown(format!("the error handler {errors}")),
        }
    }
    Ok(Kind::Bytes(bytes.into()).into())
}

/// `str.maketrans`.
pub(super) fn maketrans(cx: &mut Call<'_>) -> Res<Value> {
    let [from, to, gone] = cx.positional::<3>("maketrans", 1)?;
    let from = from.unwrap_or_else(none);
    let result = cx.heap.dict();
    let put = |cx: &mut Call<'_>, code: u32, value: Value| {
        cx.heap.insert(result, Key::Int(code.into()), Kind::Int(i64::from(code)).into(), value);
    };
    let Some(to) = to else {
        let Kind::Dict(id) = from.kind else {
            python::concrete::known(&from)?;
            return type_error("if you give only one argument to maketrans it must be a dict");
        };
        for (key, value) in python::concrete::pairs(cx.heap, id)? {
            match (&key.kind, as_index(&key)) {
                (Kind::Str(text), _) => {
                    let mut chars = text.text.chars();
                    match (chars.next(), chars.next()) {
                        (Some(c), None) => put(cx, u32::from(c), value),
                        _ => return value_error("string keys in translate table must be of length 1"),
                    }
                }
                (_, Some(code)) => put(cx, u32::try_from(code).unwrap_or(u32::MAX), value),
                _ => return type_error("keys in translate table must be strings or integers"),
            }
        }
        return Ok(Kind::Dict(result).into());
    };
    let Kind::Str(from) = &from.kind else {
        return type_error("first maketrans argument must be a string if there is a second argument");
    };
    let argument = |n: usize, value: &Value| {
        text(value, |kind| {
            let kind = if kind == "NoneType" { "None" } else { kind };
            format!("maketrans() argument {n} must be str, not {kind}")
        })
    };
    let to = argument(2, &to)?;
    let gone = gone.map(|gone| argument(3, &gone)).transpose()?;
    let (from, to): (Vec<char>, Vec<char>) = (from.text.chars().collect(), to.text.chars().collect());
    if from.len() != to.len() {
        return value_error("the first two maketrans arguments must have equal length");
    }
    for (a, b) in from.iter().zip(&to) {
        put(cx, u32::from(*a), Kind::Int(i64::from(u32::from(*b))).into());
    }
    for c in gone.iter().flat_map(|gone| gone.text.chars()) {
        put(cx, u32::from(c), none());
    }
    Ok(Kind::Dict(result).into())
}

/// `str.translate`.
pub(super) fn translate(cx: &mut Call<'_>, receiver: &str) -> Res<Value> {
    let [table] = cx.positional::<1>("str.translate", 1)?;
    let table = table.unwrap_or_else(none);
    python::concrete::defined(&table)?;
    let list = match &table.kind {
        Kind::List(_) | Kind::Tuple(_) | Kind::Str(_) => Some(iterate(cx.heap, &table)?),
        Kind::Dict(_) => None,
        _ if receiver.is_empty() => return Ok(Value::str("")),
        _ => return type_error(format!("'{}' object is not subscriptable", type_name(&table))),
    };
    let mut out = String::new();
    for c in receiver.chars() {
        let found = match (&table.kind, &list) {
            (Kind::Dict(id), _) => dict_get(cx.heap, *id, &Key::Int(u32::from(c).into()))?,
            (_, Some(list)) => list.get(u32::from(c) as usize).cloned(),
            _ => None,
        };
        match found {
            None => out.push(c),
            Some(Value { kind: Kind::None, .. }) => {}
            Some(value) => match (&value.kind, as_index(&value)) {
                (Kind::Str(text), _) => out.push_str(&text.text),
                (_, Some(code)) => match u32::try_from(code).ok().and_then(char::from_u32) {
                    Some(c) => out.push(c),
                    None => return value_error("character mapping must be in range(0x110000)"),
                },
                _ => return type_error("character mapping must return integer, None or str"),
            },
        }
    }
    Ok(Value::str(out))
}
