//! Values as one short line, secrets hidden.

use python::origin::Contributor;
use render::{Node, NodeKind};
use serde_json::Value;

use crate::{HIDDEN, is_secret_key, is_secret_text};

/// Longer values are cut.
const MAX_LENGTH: usize = 400;
const MAX_DEPTH: u32 = 12;

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
