//! `json.dumps` as Python prints it.

use python::concrete::{MAX_DEPTH, beyond, defined, dict, items, type_error, type_name, value_error};
use python::number::float_repr;
use python::value::{Heap, Kind, Value};
use python::{Fail, Res, is_soft_value, sort_by_keys};
use rustc_hash::FxHashSet;

/// Options of `json.dumps`.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `sort_keys`
    pub sort_keys: bool,
    /// `indent`, as text
    pub indent: Option<String>,
    /// `ensure_ascii`
    pub ascii: bool,
    /// `separators`: between items, behind keys.
    pub separators: Option<(String, String)>,
}

/// `json.dumps(value)`.
///
/// # Errors
/// As Python (`Object of type set is not JSON serializable`).
pub fn dumps(heap: &Heap, value: &Value, options: &Options) -> Res<String> {
    let mut out = String::new();
    match write(heap, value, options, 0, &mut out) {
        Ok(()) => Ok(out),
        Err(Fail::Limit(DEEP)) if is_circular(heap, value, &mut Vec::new(), &mut FxHashSet::default())? => {
            value_error("Circular reference detected")
        }
        Err(fail) => Err(fail),
    }
}

/// Why data is not followed further; Python goes on, unless it meets itself.
const DEEP: &str = "values nest too deep to be printed";

/// Whether a list or dict holds itself, within the depth that is followed. `done` were looked at.
fn is_circular(
    heap: &Heap,
    value: &Value,
    path: &mut Vec<(bool, u32)>,
    done: &mut FxHashSet<(bool, u32)>,
) -> Res<bool> {
    let (id, inner) = match &value.kind {
        Kind::List(id) => ((false, id.0), items(heap, *id)?),
        Kind::Dict(id) => ((true, id.0), python::concrete::pairs(heap, *id)?.into_iter().map(|(_, v)| v).collect()),
        _ => return Ok(false),
    };
    if path.contains(&id) {
        return Ok(true);
    }
    if path.len() > MAX_DEPTH || !done.insert(id) {
        return Ok(false);
    }
    path.push(id);
    for value in &inner {
        if is_circular(heap, value, path, done)? {
            return Ok(true);
        }
    }
    path.pop();
    Ok(false)
}

fn float(n: f64) -> String {
    if n.is_nan() {
        "NaN".to_owned()
    } else if n.is_infinite() {
        if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        float_repr(n)
    }
}

fn text(value: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{7f}' if ascii => out.push_str("\\u007f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if !c.is_ascii() && ascii => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn newline(options: &Options, depth: usize, out: &mut String) {
    if let Some(indent) = &options.indent {
        out.push('\n');
        out.push_str(&indent.repeat(depth));
    }
}

fn key(value: &Value, options: &Options, out: &mut String) -> Res<()> {
    match &value.kind {
        Kind::Str(key) => text(&key.text, options.ascii, out),
        Kind::Bool(b) => text(if *b { "true" } else { "false" }, false, out),
        Kind::None => text("null", false, out),
        Kind::Int(n) => text(&n.to_string(), false, out),
        Kind::Big(n) => text(&n.to_string(), false, out),
        Kind::Float(n) => text(&float(*n), false, out),
        _ => {
            let name = type_name(value);
            return type_error(format!("keys must be str, int, float, bool or None, not {name}"));
        }
    }
    Ok(())
}

#[allow(clippy::too_many_lines, reason = "one kind of value after the other")]
fn write(heap: &Heap, value: &Value, options: &Options, depth: usize, out: &mut String) -> Res<()> {
    if is_soft_value(value) {
        return type_error("Object of type Undefined is not JSON serializable");
    }
    defined(value)?;
    if depth > MAX_DEPTH {
        return beyond(DEEP);
    }
    let indent = options.indent.as_ref().map_or(0, |indent| indent.len() * depth);
    heap.meter.build(value.as_str().map_or(8, str::len) + indent)?;
    let (comma, colon) = match &options.separators {
        Some((comma, colon)) => (comma.as_str(), colon.as_str()),
        None => (if options.indent.is_some() { "," } else { ", " }, ": "),
    };
    match &value.kind {
        Kind::None => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Int(n) => out.push_str(&n.to_string()),
        Kind::Big(n) => out.push_str(&n.to_string()),
        Kind::Float(n) => out.push_str(&float(*n)),
        Kind::Str(string) => text(&string.text, options.ascii, out),
        Kind::List(_) | Kind::Tuple(_) => {
            let values = match &value.kind {
                Kind::List(id) => items(heap, *id)?,
                Kind::Tuple(values) => values.to_vec(),
                _ => Vec::new(),
            };
            out.push('[');
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    out.push_str(comma);
                }
                newline(options, depth + 1, out);
                write(heap, value, options, depth + 1, out)?;
            }
            if !values.is_empty() {
                newline(options, depth, out);
            }
            out.push(']');
        }
        Kind::Dict(id) => {
            let mut entries: Vec<(Value, Value)> =
                dict(heap, *id)?.entries.values().map(|(key, slot)| (key.clone(), slot.value.clone())).collect();
            if options.sort_keys {
                let keyed = entries
                    .into_iter()
                    .map(|(key, value)| (key.clone(), python::concrete::tuple(vec![key, value])))
                    .collect();
                entries = sort_by_keys(heap, keyed, false)?
                    .into_iter()
                    .filter_map(|pair| match &pair.kind {
                        Kind::Tuple(pair) => Some((pair.first()?.clone(), pair.get(1)?.clone())),
                        _ => None,
                    })
                    .collect();
            }
            out.push('{');
            for (n, (name, value)) in entries.iter().enumerate() {
                if n > 0 {
                    out.push_str(comma);
                }
                newline(options, depth + 1, out);
                key(name, options, out)?;
                out.push_str(colon);
                write(heap, value, options, depth + 1, out)?;
            }
            if !entries.is_empty() {
                newline(options, depth, out);
            }
            out.push('}');
        }
        _ => return type_error(format!("Object of type {} is not JSON serializable", type_name(value))),
    }
    Ok(())
}
