//! When two declarations say the same: bodies as hashes that don't see places, comments, quoting, the
//! order of keys, arguments and requisites, or how a scalar was written.

use std::hash::{Hash, Hasher};

use model::{Declaration, Requisite, State};
use render::{Node, NodeKind, Pattern, When};
use rustc_hash::{FxHashMap, FxHasher};

/// Values deeper than this are all alike.
const MAX_DEPTH: usize = 64;

fn hash_of(item: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    item.hash(&mut hasher);
    hasher.finish()
}

/// A set's hash: sorted, so that order plays no part.
fn unordered(mut parts: Vec<u64>) -> u64 {
    parts.sort_unstable();
    hash_of(parts)
}

fn condition(when: &When) -> u64 {
    hash_of(when)
}

/// A value's hash: equal for equal values, wherever they were written.
pub(crate) fn value(node: &Node) -> u64 {
    deep(node, MAX_DEPTH)
}

fn deep(node: &Node, depth: usize) -> u64 {
    if depth == 0 {
        return 0;
    }
    let items = |items: &[Node]| items.iter().map(|item| deep(item, depth - 1)).collect::<Vec<u64>>();
    let kind = match &node.kind {
        NodeKind::Null => hash_of(0_u8),
        NodeKind::Bool(value) => hash_of((1_u8, value)),
        NodeKind::Int(value) => hash_of((2_u8, value)),
        NodeKind::Float(value) => hash_of((3_u8, value.to_bits())),
        NodeKind::Str(text) => hash_of((4_u8, text)),
        NodeKind::Binary(bytes) => hash_of((5_u8, bytes)),
        NodeKind::List(list) => hash_of((6_u8, items(list))),
        NodeKind::Map(entries) => {
            let entry = |(key, value): &(Node, Node)| hash_of((deep(key, depth - 1), deep(value, depth - 1)));
            hash_of((7_u8, unordered(entries.iter().map(entry).collect())))
        }
        NodeKind::Set(set) => hash_of((8_u8, unordered(items(set)))),
        NodeKind::Choice(choices) => hash_of((9_u8, items(choices))),
        NodeKind::Unknown(reason) => hash_of((10_u8, reason)),
    };
    hash_of((kind, condition(&node.when), node.repeated))
}

/// Whether nothing of the value is unknown or conditional.
pub(crate) fn is_known(node: &Node) -> bool {
    let all = |items: &[Node]| items.iter().all(is_known);
    node.when.is_always()
        && !node.repeated
        && match &node.kind {
            NodeKind::Str(text) => !text.is_pattern(),
            NodeKind::List(items) | NodeKind::Set(items) => all(items),
            NodeKind::Map(entries) => entries.iter().all(|(key, value)| is_known(key) && is_known(value)),
            NodeKind::Choice(_) | NodeKind::Unknown(_) => false,
            _ => true,
        }
}

/// What a declaration says, part by part; `id` is what stands for its own ID.
pub(crate) fn features(declaration: &Declaration) -> Vec<u64> {
    let mut parts = vec![hash_of((condition(&declaration.when), declaration.repeated))];
    for state in &declaration.states {
        let module = state.module.to_string();
        parts.push(hash_of(("function", &module, &state.function, condition(&state.when))));
        let named = state.args.iter().any(|arg| matches!(arg.name.as_literal(), Some("name" | "names")));
        if !named && !nameless(&module) {
            // Without a name, the ID is the name (`compile_high_data` in `salt/state.py`).
            parts.push(hash_of((&module, "name", hash_of((4_u8, &declaration.id)))));
        }
        for arg in &state.args {
            let given = match arg.when.is_always() {
                true if arg.name.as_literal() == Some("name") => scalar(&arg.value),
                _ => hash_of((value(&arg.value), condition(&arg.when))),
            };
            parts.push(hash_of((&module, arg.name.to_string(), given)));
        }
        parts.extend(state.requisites.iter().map(|requisite| hash_of((&module, self::requisite(requisite)))));
    }
    parts
}

/// A value without its condition, if it has none anyway: the form in which an ID stands for a name.
fn scalar(node: &Node) -> u64 {
    match &node.kind {
        NodeKind::Str(text) if node.when.is_always() && !node.repeated => hash_of((4_u8, text)),
        _ => value(node),
    }
}

/// Modules whose states do nothing with their name.
fn nameless(module: &str) -> bool {
    matches!(module, "test")
}

/// A requisite's hash.
pub(crate) fn requisite(requisite: &Requisite) -> u64 {
    hash_of((&requisite.kind, &requisite.module, &requisite.name, condition(&requisite.when)))
}

/// The declaration's hash, its ID counting only as a name.
pub(crate) fn body(declaration: &Declaration) -> u64 {
    unordered(features(declaration))
}

/// The hash of all that is declared under one ID.
pub(crate) fn group<'a>(declarations: impl IntoIterator<Item = &'a Declaration>) -> u64 {
    unordered(declarations.into_iter().map(body).collect())
}

/// How much two declarations have in common, in percent of all that they say together.
pub(crate) fn similarity(one: &Declaration, other: &Declaration) -> usize {
    let functions = |declaration: &Declaration| {
        let name = |state: &State| (state.module.clone(), state.function.clone());
        let mut all: Vec<(Pattern, Option<Pattern>)> = declaration.states.iter().map(name).collect();
        all.sort();
        all
    };
    if functions(one) != functions(other) || one.states.is_empty() {
        return 0;
    }
    // Conditions are no reason to be alike.
    let said = |declaration| features(declaration).split_off(1);
    let (one, other) = (said(one), said(other));
    let total = one.len().max(other.len());
    let mut left: FxHashMap<u64, usize> = FxHashMap::default();
    one.iter().for_each(|part| *left.entry(*part).or_default() += 1);
    let common = other
        .iter()
        .filter(|part| match left.get_mut(part) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .count();
    common * 100 / total.max(1)
}
