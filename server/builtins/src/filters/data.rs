//! Serialisers: `yaml`, `json`, `tojson`, `python`, `load_yaml`, `load_json`, `yaml_encode`, ….

use super::json;
use crate::args::{absent, flag};
use crate::convert::yaml_to_value;
use crate::{Call, yaml_dump};
use python::concrete::{MAX_DEPTH, defined, items, none, pairs, raise, undefined_error, unknown};
use python::markup::marked;
use python::value::{Heap, Kind, Value};
use python::{Res, to_str};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    if matches!(name, "yaml" | "json" | "tojson" | "python" | "load_yaml" | "load_json" | "load_text") {
        // Salt's `_handle_strict_undefined`: one undefined value anywhere makes all undefined.
        let mut messages = Vec::new();
        if let Err(fail) = undefined_in(cx.heap, input, &mut messages, 0) {
            return Some(Err(fail));
        }
        if !messages.is_empty() {
            return Some(Ok(Kind::Undefined(messages.join("\n").into()).into()));
        }
    }
    Some(match name {
        "yaml" => yaml(cx, input).map(marked),
        "json" => to_json(cx, input).map(marked),
        "tojson" => tojson(cx, input),
        "python" => super::pretty::pprint(cx.heap, input).map(|text| marked(Value::str(text.trim()))),
        "dict_to_sls_yaml_params" => params(cx, input).map(marked),
        "load_yaml" => load_yaml(cx, input),
        "load_json" => load_json(cx, input),
        "load_text" => Ok(input.clone()),
        "yaml_dquote" => to_str(cx.heap, input).map(|text| Value::str(yaml_dump::pyyaml_double_quoted(&text))),
        "yaml_squote" => to_str(cx.heap, input).map(|text| Value::str(yaml_dump::pyyaml_single_quoted(&text))),
        "yaml_encode" => yaml_encode(cx.heap, input),
        _ => return None,
    })
}

fn undefined_in(heap: &Heap, value: &Value, messages: &mut Vec<String>, depth: usize) -> Res<()> {
    if depth > MAX_DEPTH {
        return python::concrete::beyond("values nest too deep");
    }
    match &value.kind {
        Kind::Undefined(message) if !python::is_soft(message) => messages.push(message.to_string()),
        Kind::List(id) => {
            for value in items(heap, *id)? {
                undefined_in(heap, &value, messages, depth + 1)?;
            }
        }
        Kind::Tuple(values) => {
            for value in &**values {
                undefined_in(heap, value, messages, depth + 1)?;
            }
        }
        Kind::Dict(id) => {
            for (_, value) in pairs(heap, *id)? {
                undefined_in(heap, &value, messages, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Salt's `format_yaml`.
///
/// # Errors
/// Values that cannot be printed.
pub fn dump_yaml_filter(heap: &Heap, value: &Value, flow: bool) -> Res<Value> {
    let options = yaml_dump::Options { flow: Some(flow), ..yaml_dump::Options::default() };
    let text = yaml_dump::dump(heap, value, options)?;
    Ok(Value::str(crate::methods::split::trimmed(&text)))
}

fn yaml(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [flow] = cx.bind("format_yaml", 1, ["flow_style"], 0)?;
    let flow = match &flow {
        Some(value) if matches!(value.kind, Kind::None) => None,
        value => Some(flag(cx.heap, value.as_ref(), true)?),
    };
    let options = yaml_dump::Options { flow, ..yaml_dump::Options::default() };
    let text = yaml_dump::dump(cx.heap, input, options)?;
    Ok(Value::str(crate::methods::split::trimmed(&text)))
}

fn params(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [flow] = cx.bind("dict_to_sls_yaml_params", 1, ["flow_style"], 0)?;
    let flow = flag(cx.heap, flow.as_ref(), false)?;
    defined(input)?;
    let Kind::Dict(id) = input.kind else {
        let name = python::type_name(input);
        return raise("AttributeError", format!("'{name}' object has no attribute 'items'"));
    };
    let mut list = Vec::new();
    for (key, value) in pairs(cx.heap, id)? {
        let one = cx.heap.dict();
        let hashed = python::key_of(cx.heap, &key)?;
        cx.heap.insert(one, hashed, key, value);
        list.push(Kind::Dict(one).into());
    }
    let list = cx.heap.list(list);
    dump_yaml_filter(cx.heap, &list, flow)
}

fn indent_of(value: Option<&Value>) -> Res<Option<String>> {
    match value {
        Some(value) if !absent(Some(value)) => match (&value.kind, python::number::as_index(value)) {
            (Kind::Str(text), _) => Ok(Some(text.text.to_string())),
            (_, Some(n)) => Ok(Some(" ".repeat(usize::try_from(n.clamp(0, 100_000)).unwrap_or(0)))),
            _ => unknown("an indent that is no number"),
        },
        _ => Ok(None),
    }
}

fn to_json(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [sort_keys, indent] = cx.bind("format_json", 1, ["sort_keys", "indent"], 0)?;
    let options = json::Options {
        sort_keys: flag(cx.heap, sort_keys.as_ref(), true)?,
        indent: indent_of(indent.as_ref())?,
        ..json::Options::default()
    };
    Ok(Value::str(crate::methods::split::trimmed(&json::dumps(cx.heap, input, &options)?)))
}

fn tojson(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [indent, sort_keys, ascii] = cx.bind("tojson", 1, ["indent", "sort_keys", "ensure_ascii"], 0)?;
    let options = json::Options {
        sort_keys: flag(cx.heap, sort_keys.as_ref(), false)?,
        indent: indent_of(indent.as_ref())?,
        ascii: flag(cx.heap, ascii.as_ref(), true)?,
        separators: None,
    };
    let text = json::dumps(cx.heap, input, &options)?;
    let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
    Ok(Value::str(text))
}

fn yaml_encode(heap: &Heap, input: &Value) -> Res<Value> {
    yaml_dump::encode(heap, input).map(Value::str)
}

/// What a byte costs that is loaded as YAML or JSON, in units of the meter.
const LOADED: usize = 4;

/// `load_yaml` of a text.
///
/// # Errors
/// Salt's `TemplateRuntimeError`.
pub fn load_yaml_text(heap: &mut Heap, text: &str) -> Res<Value> {
    heap.meter.touch(text.len().saturating_mul(LOADED))?;
    let document = syntax::yaml::load(text);
    if let Some(error) = document.errors.first() {
        let message = format!("Encountered error loading yaml: {}", error.message);
        return raise("TemplateRuntimeError", message);
    }
    let loaded = document.root.map_or_else(none, |root| yaml_to_value(heap, &root));
    Ok(match &loaded.kind {
        // `salt.utils.data.decode`.
        Kind::Bytes(bytes) => std::str::from_utf8(bytes).map_or(loaded.clone(), Value::str),
        _ => loaded,
    })
}

fn load_yaml(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    match &input.kind {
        Kind::Str(text) => load_yaml_text(cx.heap, &text.text),
        Kind::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => load_yaml_text(cx.heap, text),
            Err(_) => unknown("bytes that are no text"),
        },
        Kind::Undefined(message) => Err(undefined_error(message)),
        _ => python::concrete::type_error("a string or stream input is required"),
    }
}

/// `load_json` of a text.
///
/// # Errors
/// Salt's `TemplateRuntimeError`.
pub fn load_json_text(heap: &mut Heap, text: &str) -> Res<Value> {
    heap.meter.touch(text.len().saturating_mul(LOADED))?;
    let document = syntax::yaml::load_json(text);
    if document.errors.is_empty() {
        return Ok(document.root.map_or_else(none, |root| yaml_to_value(heap, &root)));
    }
    raise("TemplateRuntimeError", format!("Unable to load json from {text}"))
}

fn load_json(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    match &input.kind {
        Kind::Str(text) => load_json_text(cx.heap, &text.text),
        _ => {
            let shown = to_str(cx.heap, input)?;
            raise("TemplateRuntimeError", format!("Unable to load json from {shown}"))
        }
    }
}
