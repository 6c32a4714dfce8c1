//! Values anywhere in a file's data: what YAML 1.1 makes of them, and secrets in plain text.

mod changed;
mod secrets;

use render::{EntryKind, Node, NodeKind};

use crate::Check;

/// Data is searched this deep.
const MAX_DEPTH: usize = 64;

/// Looks at every value of the file.
pub(crate) fn values(check: &mut Check<'_>) {
    let rendered = check.facts.rendered.clone();
    if !rendered.complete {
        return;
    }
    let pillar = check.facts.kind == EntryKind::Pillar;
    if let Some(root) = &rendered.data {
        visit(check, "", root, pillar, MAX_DEPTH);
    }
}

fn visit(check: &mut Check<'_>, key: &str, node: &Node, pillar: bool, depth: usize) {
    if depth == 0 {
        return;
    }
    match &node.kind {
        NodeKind::List(items) | NodeKind::Set(items) | NodeKind::Choice(items) => {
            items.iter().for_each(|item| visit(check, key, item, pillar, depth - 1));
        }
        NodeKind::Map(entries) => {
            for (name, value) in entries {
                let inner = name.as_str().unwrap_or("");
                visit(check, inner, value, pillar, depth - 1);
            }
        }
        NodeKind::Int(_) | NodeKind::Float(_) => changed::check(check, key, node),
        NodeKind::Str(text) => {
            if let Some(text) = text.as_literal() {
                secrets::check(check, key, text, node, pillar);
            }
        }
        _ => {}
    }
}
