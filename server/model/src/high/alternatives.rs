//! What a node may be: choices taken apart, each alternative under its full condition.

use render::{Node, NodeKind, Pattern, PatternPart, When};

/// One thing that a node may be.
pub(crate) struct Alternative<'a> {
    /// The node, never a choice.
    pub node: &'a Node,
    /// When it is this one, given what holds it.
    pub when: When,
    /// Whether it may be there any number of times.
    pub repeated: bool,
}

/// At most this many alternatives of one node are looked at.
const MAX_ALTERNATIVES: usize = 64;
/// Choices inside choices are followed this deep.
const MAX_DEPTH: usize = 16;

/// All that `node` may be, given that what holds it exists under `outer`.
pub(crate) fn alternatives<'a>(node: &'a Node, outer: &When) -> Vec<Alternative<'a>> {
    let mut found = Vec::new();
    collect(node, outer, false, MAX_DEPTH, &mut found);
    found
}

fn collect<'a>(node: &'a Node, outer: &When, repeated: bool, depth: usize, found: &mut Vec<Alternative<'a>>) {
    if depth == 0 || found.len() >= MAX_ALTERNATIVES {
        return;
    }
    let Some(when) = outer.both(&node.when) else { return };
    let repeated = repeated || node.repeated;
    match &node.kind {
        NodeKind::Choice(nodes) => nodes.iter().for_each(|node| collect(node, &when, repeated, depth - 1, found)),
        _ => found.push(Alternative { node, when, repeated }),
    }
}

/// What `inner` adds to `outer`: nothing if `outer` implies it.
pub(crate) fn beyond(inner: When, outer: &When) -> When {
    if inner.implied_by(outer) { When::ALWAYS } else { inner }
}

/// Any text.
pub(crate) fn hole() -> Pattern {
    Pattern(vec![PatternPart::Hole])
}

/// A scalar as the text that Python's `str()` makes of it; a hole for what is unknown; `None` for
/// collections.
pub(crate) fn scalar_text(node: &Node) -> Option<Pattern> {
    Some(match &node.kind {
        NodeKind::Str(text) => text.clone(),
        NodeKind::Unknown(_) => hole(),
        NodeKind::Null => Pattern::literal("None"),
        NodeKind::Bool(true) => Pattern::literal("True"),
        NodeKind::Bool(false) => Pattern::literal("False"),
        NodeKind::Int(number) => Pattern::literal(&number.to_string()),
        NodeKind::Float(number) => Pattern::literal(&python_float(*number)),
        _ => return None,
    })
}

/// `repr` of a float, close enough for names of keys.
fn python_float(number: f64) -> String {
    if number.is_nan() {
        "nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        format!("{number:?}")
    }
}

/// Python's name for a value's type.
pub(crate) fn type_name(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Null => "NoneType",
        NodeKind::Bool(_) => "bool",
        NodeKind::Int(_) => "int",
        NodeKind::Float(_) => "float",
        NodeKind::Binary(_) => "bytes",
        NodeKind::List(_) => "list",
        NodeKind::Map(_) => "dict",
        NodeKind::Set(_) => "set",
        NodeKind::Str(_) | NodeKind::Choice(_) | NodeKind::Unknown(_) => "str",
    }
}

/// The text before and behind the first `separator` that stands in the known parts of `text`;
/// `None` if there is none. Where a hole stands before it, the hole might hold an earlier one.
pub(crate) fn split_once(text: &Pattern, separator: char) -> Option<(Pattern, Pattern)> {
    let at = text.0.iter().position(|part| matches!(part, PatternPart::Text(t) if t.contains(separator)))?;
    let PatternPart::Text(found) = text.0.get(at)? else { return None };
    let (before, behind) = found.split_once(separator)?;
    let (mut left, mut right) = (Pattern::default(), Pattern::default());
    text.0.iter().take(at).for_each(|part| left.push(part.clone()));
    left.push(PatternPart::Text(before.into()));
    right.push(PatternPart::Text(behind.into()));
    text.0.iter().skip(at + 1).for_each(|part| right.push(part.clone()));
    Some((left, right))
}

/// The text that the pattern starts with, as far as it is known.
pub(crate) fn known_prefix(text: &Pattern) -> &str {
    match text.0.first() {
        Some(PatternPart::Text(text)) => text,
        _ => "",
    }
}
