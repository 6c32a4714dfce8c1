//! Low chunks: one for each state and name (`State.compile_high_data`).

use render::names::fnmatch;
use serde_json::{Map, Value, json};

use super::{Options, first, states};

/// One thing that Salt runs.
pub(super) type Chunk = Map<String, Value>;

/// The chunks of `high` in its order. `None` where Salt ends with an exception.
pub(super) fn chunks(high: &Map<String, Value>, options: &Options) -> Option<Vec<Chunk>> {
    let mut chunks = Vec::new();
    for (id, body) in high.iter().filter(|(id, _)| !id.starts_with("__")) {
        for (module, run) in states(body) {
            let mut chunk = Chunk::new();
            chunk.insert("state".to_owned(), json!(module));
            chunk.insert("name".to_owned(), json!(id));
            for key in ["__sls__", "__env__", "__sls_included_from__"] {
                if let Some(value) = body.get(key) {
                    chunk.insert(key.to_owned(), value.clone());
                }
            }
            chunk.insert("__id__".to_owned(), json!(id));
            let (function, names) = arguments(run, id, &mut chunk);
            let Some(function) = function else { continue };
            if names.is_empty() {
                push(chunk, function, options, &mut chunks);
                continue;
            }
            for (n, entry) in names.iter().enumerate() {
                let mut one = chunk.clone();
                if entry.is_object() {
                    let (name, arguments) = first(entry)?;
                    one.insert("name".to_owned(), json!(name));
                    for argument in arguments.as_array()? {
                        one.extend(argument.as_object()?.iter().map(|(key, value)| (key.clone(), value.clone())));
                    }
                } else {
                    one.insert("name".to_owned(), (*entry).clone());
                }
                one.insert("name_order".to_owned(), json!(n + 1));
                push(one, function, options, &mut chunks);
            }
        }
    }
    Some(chunks)
}

/// Reads a state's items into its chunk: the function and the names are given back.
fn arguments<'a>(run: &'a Value, id: &str, chunk: &mut Chunk) -> (Option<&'a str>, Vec<&'a Value>) {
    let mut function = None;
    let mut names: Vec<&Value> = Vec::new();
    for item in run.as_array().into_iter().flatten() {
        if let Value::String(text) = item {
            function.get_or_insert(text.as_str());
        }
        for (key, value) in item.as_object().into_iter().flatten() {
            match key.as_str() {
                "names" => {
                    for name in value.as_array().into_iter().flatten() {
                        if !names.iter().any(|other| same(other, name)) {
                            names.push(name);
                        }
                    }
                }
                "state" => {}
                // A name that is no text falls back on the ID.
                "name" if !value.is_string() => {
                    chunk.insert(key.clone(), json!(id));
                }
                _ => {
                    chunk.insert(key.clone(), value.clone());
                }
            }
        }
    }
    (function, names)
}

/// Python's equality: `1`, `1.0` and `true` are the same.
fn same(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_bool().map(|value| f64::from(u8::from(value))));
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

/// Unless the minion has this function disabled (`_check_disabled`).
fn push(mut chunk: Chunk, function: &str, options: &Options, chunks: &mut Vec<Chunk>) {
    chunk.insert("fun".to_owned(), json!(function));
    let name = format!("{}.{function}", chunk.get("state").and_then(Value::as_str).unwrap_or_default());
    if !options.runs_disabled.iter().any(|pattern| fnmatch(&name, pattern)) {
        chunks.push(chunk);
    }
}
