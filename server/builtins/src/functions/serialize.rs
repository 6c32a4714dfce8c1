//! `slsutil.serialize`, `slsutil.deserialize`, `slsutil.banner` (`salt/modules/slsutil.py`,
//! `salt/serializers/`).

use crate::args::{absent, flag, index, text};
use crate::filters::wrap;
use crate::{Call, filters, yaml_dump};
use python::concrete::{none, raise, unknown};
use python::strings::chars;
use python::value::{Kind, Value};
use python::{Fail, Res, truthy, type_name};

/// A function; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "serialize" => serialize(cx),
        "deserialize" => deserialize(cx),
        "banner" => banner(cx),
        _ => return None,
    })
}

/// The serializer, the value, and further keywords.
fn arguments(cx: &mut Call<'_>, function: &str, value: &str) -> Res<(Value, Value)> {
    let options: Vec<_> = cx.kwargs.iter().filter(|(name, _)| name != "serializer" && name != value).cloned().collect();
    cx.kwargs.retain(|(name, _)| name == "serializer" || name == value);
    let bound = cx.bind(function, 0, ["serializer", value], 2);
    cx.kwargs = options;
    let [serializer, value] = bound?;
    Ok((serializer.unwrap_or_else(none), value.unwrap_or_else(none)))
}

/// Serializers wrap whatever goes wrong.
fn wrapped<T>(result: Res<T>, class: &'static str) -> Res<T> {
    match result {
        Err(Fail::Raise(error)) => raise(class, error.message),
        other => other,
    }
}

fn missing<T>(serializer: &Value) -> Res<T> {
    match serializer.as_str() {
        Some(name @ ("python" | "toml" | "tomlmod" | "msgpack" | "configparser" | "plist" | "yamlex" | "keyvalue")) => {
            unknown(format!("the serializer {name} is not evaluated"))
        }
        Some(name) => raise("CommandExecutionError", format!("Serializer '{name}' not found.")),
        None => unknown(format!("a serializer's name that is a {}", type_name(serializer))),
    }
}

fn serialize(cx: &mut Call<'_>) -> Res<Value> {
    let (serializer, value) = arguments(cx, "serialize", "obj")?;
    let result = match serializer.as_str() {
        Some("json") => json(cx, &value),
        Some("yaml") => yaml(cx, &value),
        _ => return missing(&serializer),
    };
    wrapped(result, "SerializationError")
}

fn json(cx: &mut Call<'_>, value: &Value) -> Res<Value> {
    let mut options = filters::json::Options::default();
    if matches!(value.kind, Kind::Undefined(_)) {
        return raise("TypeError", "Object of type StrictUndefined is not JSON serializable");
    }
    for (name, value) in cx.kwargs.clone() {
        match (name.as_str(), python::number::as_index(&value)) {
            ("indent", _) if absent(Some(&value)) => {}
            ("indent", Some(n)) => options.indent = Some(" ".repeat(usize::try_from(n.clamp(0, 1000)).unwrap_or(0))),
            ("indent", None) if value.as_str().is_some() => options.indent = value.as_str().map(str::to_owned),
            ("sort_keys", _) => options.sort_keys = truthy(cx.heap, &value)?,
            ("ensure_ascii", _) => options.ascii = truthy(cx.heap, &value)?,
            ("separators", _) => match &value.kind {
                Kind::Tuple(parts) if parts.len() == 2 => {
                    let part = |n: usize| parts.get(n).and_then(Value::as_str).map(str::to_owned);
                    options.separators = part(0).zip(part(1));
                }
                _ => return unknown("these separators"),
            },
            _ => return unknown(format!("the option {name} of slsutil.serialize")),
        }
    }
    filters::json::dumps(cx.heap, value, &options).map(Value::str)
}

fn yaml(cx: &mut Call<'_>, value: &Value) -> Res<Value> {
    if matches!(value.kind, Kind::Undefined(_)) {
        return raise("RepresenterError", "('cannot represent an object', Undefined)");
    }
    let mut options = yaml_dump::Options { flow: None, unicode: false, ..yaml_dump::Options::default() };
    for (name, value) in cx.kwargs.clone() {
        match name.as_str() {
            "default_flow_style" if matches!(value.kind, Kind::None) => options.flow = None,
            "default_flow_style" => options.flow = Some(truthy(cx.heap, &value)?),
            "sort_keys" => options.sort_keys = truthy(cx.heap, &value)?,
            "allow_unicode" => options.unicode = truthy(cx.heap, &value)?,
            "indent" | "width" if absent(Some(&value)) => {}
            "indent" => {
                options.indent = usize::try_from(index(&value)?).ok().filter(|n| (2..10).contains(n)).unwrap_or(2)
            }
            "width" => options.width = usize::try_from(index(&value)?).unwrap_or(80),
            _ => return unknown(format!("the option {name} of slsutil.serialize")),
        }
    }
    yaml_dump::dump(cx.heap, value, options).map(Value::str)
}

fn deserialize(cx: &mut Call<'_>) -> Res<Value> {
    let (serializer, value) = arguments(cx, "deserialize", "stream_or_string")?;
    if !cx.kwargs.is_empty() {
        return unknown("slsutil.deserialize with options");
    }
    let result = match (serializer.as_str(), &value.kind) {
        (Some("json"), Kind::Str(text)) => match syntax::yaml::load_json(&text.text) {
            document if document.errors.is_empty() => {
                Ok(document.root.map_or_else(none, |root| crate::yaml_to_value(cx.heap, &root)))
            }
            document => raise("JSONDecodeError", document.errors.first().map_or("", |error| &error.message)),
        },
        (Some("yaml"), Kind::Str(text)) => match plain_yaml(&text.text) {
            true => filters::load_yaml(cx.heap, &text.text),
            false => unknown("YAML that this serializer reads in its own way"),
        },
        (Some("json" | "yaml"), Kind::Undefined(_)) => {
            raise("AttributeError", "'StrictUndefined' object has no attribute 'read'")
        }
        (Some("json" | "yaml"), Kind::Bytes(_)) => unknown("bytes"),
        (Some("json"), _) => raise("AttributeError", format!("'{}' object has no attribute 'read'", type_name(&value))),
        (Some("yaml"), _) => raise("TypeError", "a string or stream input is required"),
        _ => return missing(&serializer),
    };
    wrapped(result, "DeserializationError")
}

/// Whether PyYAML without Salt's changes reads it as Salt does: no octal numbers, dates or tags.
fn plain_yaml(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |n: usize| bytes.get(n).is_some_and(u8::is_ascii_digit);
    let octal = (0..bytes.len()).any(|n| {
        let start = n == 0 || !(bytes[n - 1].is_ascii_alphanumeric() || matches!(bytes[n - 1], b'.' | b'_'));
        start && bytes[n] == b'0' && (digit(n + 1) || bytes.get(n + 1) == Some(&b'_'))
    });
    let date = (0..bytes.len()).any(|n| digit(n) && bytes.get(n + 1) == Some(&b'-') && digit(n + 2));
    !octal && !date && !text.contains('!') && syntax::yaml::load(text).errors.is_empty()
}

/// `textwrap.TextWrapper(width).wrap(text)`.
fn wrapped_lines(text: &str, width: usize) -> Vec<String> {
    let mut expanded = String::new();
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let blanks = 8 - column % 8;
                expanded.push_str(&" ".repeat(blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                expanded.push(' ');
                column = 0;
            }
            '\u{b}' | '\u{c}' => expanded.push(' '),
            c => expanded.push(c),
        }
        column += usize::from(!matches!(c, '\t' | '\n' | '\r'));
    }
    wrap::wrap(&expanded, width, true, true)
}

#[allow(clippy::too_many_lines, reason = "one line of the banner after the other")]
fn banner(cx: &mut Call<'_>) -> Res<Value> {
    let parameters = ["width", "commentchar", "borderchar", "blockstart", "blockend", "title", "text", "newline"];
    let [width, comment, border, start, end, title, body, newline] = cx.bind("banner", 0, parameters, 0)?;
    let string = |value: Option<Value>, default: &str| -> Res<String> {
        match value {
            None => Ok(default.to_owned()),
            Some(value) => {
                Ok(text(&value, |kind| format!("'{kind}' object has no attribute 'rstrip'"))?.text.to_string())
            }
        }
    };
    let given = |value: Option<Value>| value.filter(|value| !absent(Some(value)));
    let width = match &width {
        None => 72,
        Some(value) => match python::number::as_index(value) {
            Some(width) => width,
            None => {
                let kind = type_name(value);
                return python::concrete::type_error(format!("unsupported operand type(s) for -: '{kind}' and 'int'"));
            }
        },
    };
    let (comment, border) = (string(comment, "#")?, string(border, "#")?);
    let title = string(given(title), "THIS FILE IS MANAGED BY SALT - DO NOT EDIT")?;
    let body = string(
        given(body),
        "The contents of this file are managed by Salt. Any changes to this file may be overwritten automatically and \
         without warning.",
    )?;
    let (left, right) = (comment.trim_end(), comment.trim());
    let len = |text: &str| i64::try_from(chars(text)).unwrap_or(i64::MAX);
    let room = width - len(left) - 1 - len(right) - 1;
    if room <= 0 {
        return raise("ArgumentValueError", "Width is too small to render banner");
    }
    let room = usize::try_from(room.min(10_000)).unwrap_or(0);
    let times = |text: &str, n: i64| text.repeat(usize::try_from(n.clamp(0, 10_000)).unwrap_or(0));
    let edge: String = border.chars().take(1).collect();
    let border_line = format!("{comment}{}{right}", times(&edge, width - len(left) - len(right)));
    let spacer = format!("{comment}{}{comment}", times(" ", width - 2 * len(&comment)));
    let mut block: Vec<String> = Vec::new();
    if let Some(start) = given(start) {
        block.push(string(Some(start), "")?);
    }
    block.extend([border_line.clone(), spacer.clone()]);
    for line in wrapped_lines(&title, room) {
        let line = python::value::Str::plain(line);
        let centred = crate::methods::text::justified(&line, i64::try_from(room).unwrap_or(0), ' ', "center")?;
        block.push(format!("{left} {} {right}", centred.as_str().unwrap_or_default()));
    }
    block.push(spacer);
    for line in wrapped_lines(&body, room) {
        let blanks = " ".repeat(room.saturating_sub(chars(&line)));
        block.push(format!("{left} {line}{blanks} {right}"));
    }
    block.push(border_line);
    if let Some(end) = given(end) {
        block.push(string(Some(end), "")?);
    }
    let mut result = block.join("\n");
    if flag(cx.heap, newline.as_ref(), false)? {
        result.push('\n');
    }
    Ok(Value::str(result))
}
