//! Numbers that were written as something else: times, addresses and versions that YAML 1.1 computes.

use codes::Code;
use render::{Node, NodeKind, SourceKind};

use crate::{Check, Edit, Fix};

/// Tells of a value whose number is not what its text says.
pub(super) fn check(check: &mut Check<'_>, key: &str, node: &Node) {
    if node.origin.kind != SourceKind::Exact {
        return;
    }
    // only what may be such a text is read again
    let versions = key.to_lowercase().contains("version") || key == "release";
    if matches!(node.kind, NodeKind::Float(_)) && !versions {
        return;
    }
    let Some(text) = check.text(&node.origin.path) else { return };
    let Some(written) = text.get(node.origin.range.start as usize..node.origin.range.end as usize) else { return };
    let value = match &node.kind {
        NodeKind::Int(number) if written.contains(':') => number.to_string(),
        NodeKind::Float(number) if written.contains(':') => format!("{number}"),
        NodeKind::Float(number) if versions && loses(written) => format!("{number:?}"),
        _ => return,
    };
    let message = format!("YAML 1.1 reads `{written}` as the number {value}. Put it in quotes.");
    let edit = Edit {
        path: node.origin.path.clone(),
        range: node.origin.range,
        old: Some(written.to_owned()),
        new: format!("'{written}'"),
    };
    let fix = Fix { title: format!("write `'{written}'`"), edits: vec![edit] };
    check.tell(Code::ValueChanged, &node.origin, &node.when, message).fix = Some(fix);
}

/// Whether a number's text ends in a zero behind its point that the number does not have: `1.10`.
fn loses(written: &str) -> bool {
    written.split_once('.').is_some_and(|(_, digits)| digits.len() > 1 && digits.ends_with('0'))
}
