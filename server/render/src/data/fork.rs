//! Renderings of one stretch, each loaded on its own, as one tree with conditions.

use super::sheet::decide;
use crate::{Node, NodeKind, When};

/// One tree of the values that a place has in different renderings; the conditions cover everything.
pub(crate) fn merge(mut values: Vec<(When, Node)>) -> Node {
    let Some((_, first)) = values.first() else { return Node::nowhere(NodeKind::Null) };
    if values.iter().all(|(_, value)| value.kind == first.kind && value.when == first.when) {
        return values.swap_remove(0).1;
    }
    let values = settled(values);
    // Nothing below a key is the same as an empty collection there.
    let filled = values.iter().find(|(_, value)| value.kind != NodeKind::Null).unwrap_or(&values[0]);
    let mut head = filled.1.clone();
    let like = |kind: &NodeKind| {
        values.iter().all(|(_, value)| {
            value.kind == NodeKind::Null || std::mem::discriminant(&value.kind) == std::mem::discriminant(kind)
        })
    };
    match &head.kind {
        NodeKind::Map(_) if like(&head.kind) => {
            let maps = values.into_iter().map(|(when, value)| match value.kind {
                NodeKind::Map(entries) => (when, entries),
                _ => (when, Vec::new()),
            });
            head.kind = NodeKind::Map(merge_entries(maps.collect()));
            return head;
        }
        NodeKind::List(_) if like(&head.kind) => {
            let lists = values.into_iter().map(|(when, value)| match value.kind {
                NodeKind::List(items) => (when, items.into_iter().map(|item| (item, ())).collect()),
                _ => (when, Vec::new()),
            });
            head.kind = NodeKind::List(merge_items(lists.collect()));
            return head;
        }
        _ => {}
    }
    let all: Vec<When> = values.iter().map(|(when, _)| when.clone()).collect();
    let mut alternatives: Vec<(Node, Vec<When>)> = Vec::new();
    for (when, value) in values {
        match alternatives.iter_mut().find(|(known, _)| known.kind == value.kind) {
            Some((_, whens)) => whens.push(when),
            None => alternatives.push((value, vec![when])),
        }
    }
    let mut choice = Vec::new();
    for (value, whens) in alternatives {
        choice.extend(cover(whens, &all).into_iter().map(|when| Node { when, ..value.clone() }));
    }
    head.when = When::ALWAYS;
    head.kind = NodeKind::Choice(choice);
    head
}

/// Values that are there in all of their rendering: one under a condition is nothing elsewhere.
fn settled(values: Vec<(When, Node)>) -> Vec<(When, Node)> {
    let mut settled = Vec::with_capacity(values.len());
    for (when, value) in values {
        let (with, without) = decide(&when, &value.when);
        let nothing = Node { kind: NodeKind::Null, when: When::ALWAYS, ..value.clone() };
        settled.extend(without.into_iter().map(|when| (when, nothing.clone())));
        settled.extend(with.map(|when| (when, Node { when: When::ALWAYS, ..value })));
    }
    settled
}

/// What one key, or one item, is in some of the renderings.
struct Group<T> {
    node: Node,
    found: Vec<(usize, Node, T)>,
}

/// Whether two renderings mean the same key or item: the same text, or for collections the same
/// beginning.
fn same(a: &Node, b: &Node, key: bool) -> bool {
    let place = a.origin.path == b.origin.path
        && a.origin.range.start == b.origin.range.start
        && a.origin.chain == b.origin.chain;
    a.when == b.when
        && place
        && (a.kind == b.kind || (!key && std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind)))
}

/// Groups what is the same, in an order that every rendering agrees with where they agree.
fn group<T>(leaves: Vec<Vec<(Node, T)>>, key: bool) -> Vec<Group<T>> {
    let mut groups: Vec<Group<T>> = Vec::new();
    for (leaf, nodes) in leaves.into_iter().enumerate() {
        let mut after = 0;
        for (node, rest) in nodes {
            let taken = |group: &Group<T>| group.found.iter().any(|(other, ..)| *other == leaf);
            let known = groups.iter().position(|group| same(&group.node, &node, key) && !taken(group));
            if let Some(at) = known {
                groups[at].found.push((leaf, node, rest));
                after = after.max(at + 1);
            } else {
                // What other renderings have between stands there in the file, too.
                let before = |other: &Node| {
                    let (other, own) = (&other.origin, &node.origin);
                    other.path == own.path && other.chain == own.chain && other.range.start < own.range.start
                };
                while groups.get(after).is_some_and(|group| before(&group.node)) {
                    after += 1;
                }
                groups.insert(after, Group { node: node.clone(), found: vec![(leaf, node, rest)] });
                after += 1;
            }
        }
    }
    groups
}

/// One list of entries of the mappings that a place has in different renderings.
pub(crate) fn merge_entries(leaves: Vec<(When, Vec<(Node, Node)>)>) -> Vec<(Node, Node)> {
    let (whens, leaves): (Vec<When>, Vec<_>) = leaves.into_iter().unzip();
    let mut merged = Vec::new();
    for Group { node, found } in group(leaves, true) {
        let own: Vec<When> = found.iter().map(|(leaf, ..)| whens[*leaf].clone()).collect();
        for when in cover(own, &whens) {
            let values = found.iter().filter(|(leaf, ..)| when.implied_by(&whens[*leaf]));
            let values = values.map(|(leaf, _, value)| (whens[*leaf].beyond(&when), value.clone()));
            let value = merge(values.collect());
            let when = node.when.both(&when).unwrap_or(when);
            merged.push((Node { when, ..node.clone() }, value));
        }
    }
    merged
}

fn merge_items(leaves: Vec<(When, Vec<(Node, ())>)>) -> Vec<Node> {
    let (whens, leaves): (Vec<When>, Vec<_>) = leaves.into_iter().unzip();
    let mut merged = Vec::new();
    for Group { node, found } in group(leaves, false) {
        let own: Vec<When> = found.iter().map(|(leaf, ..)| whens[*leaf].clone()).collect();
        for when in cover(own, &whens) {
            let values = found.iter().filter(|(leaf, ..)| when.implied_by(&whens[*leaf]));
            let values = values
                .map(|(leaf, item, ())| (whens[*leaf].beyond(&when), Node { when: When::ALWAYS, ..item.clone() }));
            let item = merge(values.collect());
            let when = node.when.both(&when).unwrap_or(when);
            merged.push(Node { when, ..item });
        }
    }
    merged
}

/// The conditions `some` of `all`, in as few conjunctions as joining neighbours gives; `all` of them
/// together are everything.
pub(crate) fn cover(mut some: Vec<When>, all: &[When]) -> Vec<When> {
    some.sort_by_key(|when| all.iter().position(|other| other == when));
    some.dedup();
    if some.len() >= all.len() {
        return vec![When::ALWAYS];
    }
    while let Some((i, j, joined)) = neighbours(&some) {
        some.remove(j);
        some[i] = joined;
    }
    some
}

/// Two conditions that differ in the answer to one test only, and what is left without the test.
fn neighbours(some: &[When]) -> Option<(usize, usize, When)> {
    for (i, a) in some.iter().enumerate() {
        for (j, b) in some.iter().enumerate().skip(i + 1) {
            let common = a.common(b);
            let (of_a, of_b) = (a.beyond(&common), b.beyond(&common));
            if let ([(x, yes)], [(y, no)]) = (of_a.tests(), of_b.tests())
                && x == y
                && yes != no
            {
                return Some((i, j, common));
            }
        }
    }
    None
}
