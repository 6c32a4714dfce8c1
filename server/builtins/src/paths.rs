//! POSIX path functions.

use super::Call;
use super::args::text;
use python::Res;
use python::concrete::{raise, type_name};
use python::value::{Kind, Value};

/// `posixpath.normpath`.
pub fn normpath(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let slashes =
        if path.starts_with("//") && !path.starts_with("///") { 2 } else { usize::from(path.starts_with('/')) };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if slashes > 0 => {}
            part => parts.push(part),
        }
    }
    let joined = format!("{}{}", "/".repeat(slashes), parts.join("/"));
    if joined.is_empty() { ".".to_owned() } else { joined }
}

/// `posixpath.join`.
pub fn join(parts: &[String]) -> String {
    let mut out = String::new();
    for (n, part) in parts.iter().enumerate() {
        if part.starts_with('/') || n == 0 {
            part.clone_into(&mut out);
        } else {
            if !out.is_empty() && !out.ends_with('/') {
                out.push('/');
            }
            out.push_str(part);
        }
    }
    out
}

/// `posixpath.split`: head and tail.
pub fn split(path: &str) -> (&str, &str) {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (head, tail) = path.split_at(at);
    let trimmed = head.trim_end_matches('/');
    (if trimmed.is_empty() { head } else { trimmed }, tail)
}

/// Salt's `path_join`.
///
/// # Errors
/// Parts that are no texts.
pub fn path_join(parts: &[Value]) -> Res<Value> {
    let mut texts = Vec::new();
    for part in parts {
        python::concrete::defined(part)?;
        match &part.kind {
            Kind::Str(text) => texts.push(normpath(&text.text)),
            _ => {
                let shown = type_name(part).to_owned();
                return raise("TypeError", format!("expected str, bytes, or bytearray not <class '{shown}'>"));
            }
        }
    }
    let stripped: Vec<String> = texts
        .iter()
        .enumerate()
        .map(|(n, part)| if n == 0 { part.clone() } else { part.trim_start_matches('/').to_owned() })
        .collect();
    Ok(Value::str(if stripped.is_empty() { String::new() } else { normpath(&join(&stripped)) }))
}

/// `file.join`, `file.dirname`, `file.basename`, `file.normpath`.
///
/// # Errors
/// Parts that are no texts.
pub fn file_function(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    let path = |value: &Value, alone: bool| -> Res<String> {
        let wrong = |kind: &str| {
            if alone || cx.args.len() < 2 {
                format!("expected str, bytes or os.PathLike object, not {kind}")
            } else {
                format!("join() argument must be str, bytes, or os.PathLike object, not '{kind}'")
            }
        };
        match &value.kind {
            Kind::Undefined(_) => python::concrete::type_error(wrong("StrictUndefined")),
            _ => Ok(text(value, wrong)?.text.to_string()),
        }
    };
    if name == "join" {
        if let Some((name, _)) = cx.kwargs.first() {
            let name = python::percent::quoted(name);
            return python::concrete::type_error(format!("join() got an unexpected keyword argument {name}"));
        }
        if cx.args.is_empty() {
            return python::concrete::type_error("join() missing 1 required positional argument: 'a'");
        }
        let parts = cx.args.iter().enumerate().map(|(n, part)| path(part, n == 0)).collect::<Res<Vec<_>>>()?;
        return Ok(Value::str(join(&parts)));
    }
    let [given] = cx.bind(name, 0, ["path"], 1)?;
    let given = path(&given.unwrap_or_else(|| Kind::None.into()), true)?;
    Ok(Value::str(match name {
        "dirname" => split(&given).0.to_owned(),
        "basename" => split(&given).1.to_owned(),
        _ => normpath(&given),
    }))
}
