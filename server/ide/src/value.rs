//! Values as one short line, secrets hidden.

use python::origin::Contributor;
use render::{Node, NodeKind};
use serde_json::Value;

use crate::markdown::{block, code};
use crate::{HIDDEN, is_secret_key, is_secret_text};

/// Longer values are cut.
const MAX_LENGTH: usize = 400;
const MAX_DEPTH: u32 = 12;
/// Values that are longer on one line are shown as a block.
const SHORT: usize = 90;
/// Lines of a block.
const MAX_LINES: usize = 14;
/// How deep blocks nest; what is deeper stands on one line.
const BLOCK_DEPTH: u32 = 4;

/// `node` as people read it: a short one as code on the line, another as a block of YAML of a few lines.
#[must_use]
pub(crate) fn readable(node: &Node, secret: bool) -> String {
    let line = inline(node, secret);
    let nested = matches!(&node.kind, NodeKind::Map(_) | NodeKind::List(_) | NodeKind::Set(_));
    if !nested || line.chars().count() <= SHORT {
        return code(&line);
    }
    let mut lines = Vec::new();
    block_lines(node, secret, BLOCK_DEPTH, &mut lines);
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    if more > 0 {
        lines.push(format!("# and {more} more lines"));
    }
    format!("\n\n{}", block("yaml", &lines.join("\n")))
}

fn block_lines(node: &Node, secret: bool, depth: u32, lines: &mut Vec<String>) {
    let secret = secret || comes_from_secret(node);
    let line = |node: &Node, secret: bool| inline(node, secret).chars().take(SHORT).collect::<String>();
    let nests = |node: &Node| match &node.kind {
        NodeKind::Map(entries) => !entries.is_empty(),
        NodeKind::List(items) => !items.is_empty(),
        _ => false,
    };
    // what is not shown is counted roughly: a bound is enough
    if lines.len() > MAX_LINES * 20 {
        return;
    }
    match &node.kind {
        NodeKind::Map(entries) if depth > 0 => {
            for (key, value) in entries {
                let name = line(key, false);
                let secret = secret || key.as_str().is_some_and(is_secret_key);
                if !nests(value) || depth == 1 {
                    lines.push(format!("{name}: {}", line(value, secret)));
                    continue;
                }
                lines.push(format!("{name}:"));
                let mut inner = Vec::new();
                block_lines(value, secret, depth - 1, &mut inner);
                lines.extend(inner.into_iter().map(|line| format!("  {line}")));
            }
        }
        NodeKind::List(items) if depth > 0 => {
            for item in items {
                let mut inner = Vec::new();
                block_lines(item, secret, depth - 1, &mut inner);
                let indented = |(n, line): (usize, String)| format!("{}{line}", if n == 0 { "- " } else { "  " });
                lines.extend(inner.into_iter().enumerate().map(indented));
            }
        }
        _ => lines.push(line(node, secret)),
    }
}

/// `node` in flow style; `secret`: its key says that it is one.
#[must_use]
pub(crate) fn inline(node: &Node, secret: bool) -> String {
    let mut out = String::new();
    write(node, secret, MAX_DEPTH, &mut out);
    cut(out)
}

/// Whether the key that a value was read from says that it is a secret.
fn comes_from_secret(node: &Node) -> bool {
    node.origin.contributors.iter().any(|source| match source {
        Contributor::Pillar(path) | Contributor::Grain(path) => path.any(is_secret_key),
        _ => false,
    })
}

fn cut(text: String) -> String {
    if text.chars().count() <= MAX_LENGTH {
        return text;
    }
    let mut short: String = text.chars().take(MAX_LENGTH).collect();
    short.push('…');
    short
}

fn write(node: &Node, secret: bool, depth: u32, out: &mut String) {
    let Some(depth) = depth.checked_sub(1).filter(|_| out.len() < MAX_LENGTH * 4) else {
        out.push('…');
        return;
    };
    let secret = secret || comes_from_secret(node);
    match &node.kind {
        NodeKind::List(items) | NodeKind::Set(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                write(item, secret, depth, out);
            }
            out.push(']');
        }
        NodeKind::Map(entries) => {
            out.push('{');
            for (n, (key, value)) in entries.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                write(key, false, depth, out);
                out.push_str(": ");
                write(value, secret || key.as_str().is_some_and(is_secret_key), depth, out);
            }
            out.push('}');
        }
        NodeKind::Choice(choices) => {
            for (n, choice) in choices.iter().enumerate() {
                out.push_str(if n > 0 { " or " } else { "" });
                write(choice, secret, depth, out);
            }
        }
        NodeKind::Unknown(_) => out.push('…'),
        NodeKind::Null => out.push_str("null"),
        _ if secret => out.push_str(HIDDEN),
        NodeKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        NodeKind::Int(number) => out.push_str(&number.to_string()),
        NodeKind::Float(number) => out.push_str(&number.to_string()),
        NodeKind::Str(text) => {
            let text = text.to_string();
            out.push_str(if is_secret_text(&text) { HIDDEN } else { &text });
        }
        NodeKind::Binary(bytes) => out.push_str(&format!("{} bytes", bytes.len())),
    }
}

/// `value` as one line.
#[must_use]
pub(crate) fn inline_json(value: &Value, secret: bool) -> String {
    cut(hidden(value, secret, MAX_DEPTH).to_string())
}

fn hidden(value: &Value, secret: bool, depth: u32) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::String("…".to_owned()) };
    match value {
        Value::Array(items) => items.iter().map(|item| hidden(item, secret, depth)).collect(),
        Value::Object(entries) => {
            let entry =
                |(key, value): (&String, &Value)| (key.clone(), hidden(value, secret || is_secret_key(key), depth));
            Value::Object(entries.iter().map(entry).collect())
        }
        Value::Null => Value::Null,
        _ if secret => Value::String(HIDDEN.to_owned()),
        Value::String(text) if is_secret_text(text) => Value::String(HIDDEN.to_owned()),
        value => value.clone(),
    }
}
