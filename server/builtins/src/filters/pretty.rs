//! `pprint.pformat` at its default width.

use python::concrete::{MAX_DEPTH, defined, dict, items, unknown};
use python::percent::quoted;
use python::strings::{chars, split_lines};
use python::value::{DictId, Heap, Kind, Value};
use python::{Res, repr, sort_by_keys};

const WIDTH: usize = 80;

/// `pprint.pformat(value)`.
///
/// # Errors
/// As `repr`.
pub(super) fn pprint(heap: &Heap, value: &Value) -> Res<String> {
    let mut out = String::new();
    format(heap, value, 0, 0, 0, &mut out)?;
    Ok(out)
}

fn sorted(heap: &Heap, id: DictId) -> Res<Vec<(Value, Value)>> {
    let entries: Vec<(Value, Value)> =
        dict(heap, id)?.entries.values().map(|(key, slot)| (key.clone(), slot.value.clone())).collect();
    let keyed = entries
        .iter()
        .map(|(key, value)| (key.clone(), python::concrete::tuple(vec![key.clone(), value.clone()])))
        .collect();
    let Ok(order) = sort_by_keys(heap, keyed, false) else {
        return unknown("how pprint sorts keys of different types");
    };
    Ok(order
        .into_iter()
        .filter_map(|pair| match &pair.kind {
            Kind::Tuple(pair) => Some((pair.first()?.clone(), pair.get(1)?.clone())),
            _ => None,
        })
        .collect())
}

fn flat(heap: &Heap, value: &Value, depth: usize) -> Res<String> {
    defined(value)?;
    if depth > MAX_DEPTH {
        return python::concrete::beyond("values nest too deep to be printed");
    }
    let join = |values: &[Value]| -> Res<String> {
        Ok(values.iter().map(|v| flat(heap, v, depth + 1)).collect::<Res<Vec<_>>>()?.join(", "))
    };
    match &value.kind {
        Kind::Dict(id) => {
            let mut parts = Vec::new();
            for (key, value) in sorted(heap, *id)? {
                parts.push(format!("{}: {}", flat(heap, &key, depth + 1)?, flat(heap, &value, depth + 1)?));
            }
            Ok(format!("{{{}}}", parts.join(", ")))
        }
        Kind::List(id) => Ok(format!("[{}]", join(&items(heap, *id)?)?)),
        Kind::Tuple(values) if values.len() == 1 => Ok(format!("({},)", join(values)?)),
        Kind::Tuple(values) => Ok(format!("({})", join(values)?)),
        _ => repr(heap, value),
    }
}

fn format(heap: &Heap, value: &Value, indent: usize, allowance: usize, level: usize, out: &mut String) -> Res<()> {
    let text = flat(heap, value, level)?;
    let level = level + 1;
    if chars(&text) <= WIDTH.saturating_sub(indent + allowance) {
        out.push_str(&text);
        return Ok(());
    }
    let line = |out: &mut String, indent: usize| {
        out.push_str(",\n");
        out.push_str(&" ".repeat(indent));
    };
    match &value.kind {
        Kind::Dict(id) => {
            let entries = sorted(heap, *id)?;
            out.push('{');
            for (n, (key, value)) in entries.iter().enumerate() {
                if n > 0 {
                    line(out, indent + 1);
                }
                let key = flat(heap, key, level)?;
                let last = n + 1 == entries.len();
                out.push_str(&key);
                out.push_str(": ");
                format(heap, value, indent + 1 + chars(&key) + 2, if last { allowance + 1 } else { 1 }, level, out)?;
            }
            out.push('}');
        }
        Kind::List(_) | Kind::Tuple(_) => {
            let (values, open, close) = match &value.kind {
                Kind::List(id) => (items(heap, *id)?, "[", "]"),
                Kind::Tuple(values) => (values.to_vec(), "(", if values.len() == 1 { ",)" } else { ")" }),
                _ => (Vec::new(), "", ""),
            };
            out.push_str(open);
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    line(out, indent + 1);
                }
                let last = n + 1 == values.len();
                format(heap, value, indent + 1, if last { allowance + close.len() } else { 1 }, level, out)?;
            }
            out.push_str(close);
        }
        Kind::Str(string) => long_text(&string.text, &text, indent, allowance, level, out),
        _ => out.push_str(&text),
    }
    Ok(())
}

/// Words with the white space after them.
fn words(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut space = false;
    for (at, c) in line.char_indices() {
        if space && !c.is_whitespace() {
            out.push(&line[start..at]);
            start = at;
        }
        space = c.is_whitespace();
    }
    out.push(&line[start..]);
    out
}

fn long_text(text: &str, whole: &str, indent: usize, allowance: usize, level: usize, out: &mut String) {
    let lines = split_lines(text, true);
    let outer = usize::from(level == 1);
    let (indent, allowance) = (indent + outer, allowance + outer);
    let width = WIDTH.saturating_sub(indent);
    let mut pieces: Vec<String> = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let last_line = n + 1 == lines.len();
        let rep = quoted(line);
        if chars(&rep) <= if last_line { width.saturating_sub(allowance) } else { width } {
            pieces.push(rep);
            continue;
        }
        let words = words(line);
        let mut current = String::new();
        for (m, word) in words.iter().enumerate() {
            let candidate = format!("{current}{word}");
            let room = if last_line && m + 1 == words.len() { width.saturating_sub(allowance) } else { width };
            if chars(&quoted(&candidate)) > room {
                if !current.is_empty() {
                    pieces.push(quoted(&current));
                }
                (*word).clone_into(&mut current);
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            pieces.push(quoted(&current));
        }
    }
    if pieces.len() <= 1 {
        out.push_str(whole);
        return;
    }
    let joined = pieces.join(&format!("\n{}", " ".repeat(indent)));
    if level == 1 {
        out.push_str(&format!("({joined})"));
    } else {
        out.push_str(&joined);
    }
}
