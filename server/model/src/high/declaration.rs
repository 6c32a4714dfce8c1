//! One state ID and what stands under it.

use render::{Code, Node, NodeKind, Origin, Pattern, When};
use text::TextRange;

use super::Findings;
use super::alternatives::{alternatives, beyond, hole, scalar_text, split_once, type_name};
use super::state;
use crate::{Declaration, State};

/// A key of the high data (or of `extend`) with its value.
pub(super) struct Entry<'a> {
    pub key: &'a Node,
    pub name: Pattern,
    pub value: &'a Node,
    pub when: When,
    pub repeated: bool,
}

/// Whether a declaration makes an ID or changes another file's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Declared,
    Extended,
}

/// Values deeper than this end where they may.
const MAX_DEPTH: usize = 64;

/// From the key's first byte to the last that is written of the value in the key's file.
pub(crate) fn extent(key: &Node, value: &Node) -> TextRange {
    let mut whole = key.origin.range;
    reach(value, &key.origin, &mut whole, MAX_DEPTH);
    whole
}

/// Joins to `whole` what of the node is written in the key's file behind the key. What an expression
/// printed comes from elsewhere, and so may the start of what holds it.
fn reach(node: &Node, key: &Origin, whole: &mut TextRange, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if node.origin.path == key.path && node.origin.range.end > whole.end {
        let behind = node.origin.range.start >= key.range.start;
        // A scalar from elsewhere ends elsewhere.
        if behind || matches!(node.kind, NodeKind::Str(_)) {
            *whole = TextRange::new(whole.start, node.origin.range.end);
        }
    }
    if let Some((path, tag)) = &node.origin.site
        && *path == key.path
        && tag.start >= key.range.start
        && tag.end > whole.end
    {
        *whole = TextRange::new(whole.start, tag.end);
    }
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).for_each(|inner| {
            reach(inner, key, whole, depth);
        }),
        NodeKind::List(items) | NodeKind::Set(items) | NodeKind::Choice(items) => {
            items.iter().for_each(|inner| reach(inner, key, whole, depth));
        }
        _ => {}
    }
}

pub(super) fn read(entry: &Entry<'_>, role: Role, findings: &mut Findings<'_>) -> Declaration {
    let origin = entry.key.origin.clone();
    if role == Role::Declared && !matches!(entry.key.kind, NodeKind::Str(_) | NodeKind::Unknown(_)) {
        let message = format!(
            "ID '{}' in SLS '{}' is not formed as a string, but is {} {}. It may need to be quoted.",
            entry.name,
            findings.sls,
            if findings.old { "a" } else { "type" },
            type_name(&entry.key.kind)
        );
        findings.refuse(Code::IdNotString, &origin, &entry.when, !entry.repeated, message);
    }
    let mut states = Vec::new();
    for body in alternatives(entry.value, &When::ALWAYS) {
        let Some(when) = entry.when.both(&body.when) else { continue };
        let given = beyond(body.when.clone(), &entry.when);
        match &body.node.kind {
            NodeKind::Map(entries) => {
                let context = state::Context { id: &entry.name, when: &when, given: &given, sure: !entry.repeated };
                let read = state::read_all(entries, role, &context, findings);
                states.extend(read);
            }
            NodeKind::Str(text) => match short_form(text, body.node, &given) {
                Some(state) if role == Role::Declared => states.push(state),
                _ => not_a_dictionary(entry, role, body.node, &when, findings),
            },
            NodeKind::Unknown(_) => states.push(unknown_state(body.node, &given)),
            _ => not_a_dictionary(entry, role, body.node, &when, findings),
        }
    }
    let extent = extent(entry.key, entry.value);
    let when = entry.when.clone();
    Declaration { id: entry.name.clone(), origin, extent, when, repeated: entry.repeated, states }
}

/// `id: pkg.installed`; text that is no state, or not yet, gives `None`.
fn short_form(text: &Pattern, node: &Node, when: &When) -> Option<State> {
    let (module, function) = match split_once(text, '.') {
        Some((module, rest)) => (module, split_once(&rest, '.').map_or(rest, |(function, _)| function)),
        None if text.is_pattern() => (hole(), hole()),
        None => return None,
    };
    let (origin, when) = (node.origin.clone(), when.clone());
    Some(State { module, function: Some(function), origin, when, args: Vec::new(), requisites: Vec::new() })
}

fn unknown_state(node: &Node, when: &When) -> State {
    let (origin, when) = (node.origin.clone(), when.clone());
    State { module: hole(), function: Some(hole()), origin, when, args: Vec::new(), requisites: Vec::new() }
}

fn not_a_dictionary(entry: &Entry<'_>, role: Role, body: &Node, when: &When, findings: &mut Findings<'_>) {
    let sls = findings.sls;
    let certain = !entry.repeated && !body.repeated && scalar_text(body).is_none_or(|text| !text.is_pattern());
    // The key, where the value has no text of its own.
    let origin = if body.origin.range.is_empty() { &entry.key.origin } else { &body.origin };
    let (code, message) = match role {
        Role::Declared => (Code::IdNotDictionary, format!("ID {} in SLS {sls} is not a dictionary", entry.name)),
        Role::Extended => {
            (Code::ExtendMalformed, format!("Extension name '{}' in SLS '{sls}' is not a dictionary", entry.name))
        }
    };
    findings.refuse(code, origin, when, certain, message);
}
