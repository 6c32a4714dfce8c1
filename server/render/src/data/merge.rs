//! Merging pillar data (`salt/utils/dictupdate.py`), under conditions. Knows nothing of where the
//! data comes from.

use crate::{Node, NodeKind, When};

/// How pillar SLS are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Mappings into each other; lists are replaced, or appended to if so configured.
    Recurse {
        /// `pillar_merge_lists`
        lists: bool,
    },
    /// Only the top level's keys; `aggregate` (without tags) and `overwrite` both do that.
    Shallow,
    /// Values of common keys side by side; the second's other keys vanish.
    List,
}

impl Strategy {
    /// The strategy of that name (`pillar_source_merging_strategy`) for a default renderer.
    pub(crate) fn new(name: &str, renderer: &str, lists: bool) -> Self {
        let yamlex = renderer.rsplit('|').next() == Some("yamlex") || renderer.starts_with("yamlex_");
        match name {
            "smart" if yamlex => Self::Shallow,
            "aggregate" | "overwrite" => Self::Shallow,
            "list" => Self::List,
            "none" => Self::Recurse { lists: false },
            "smart" | "recurse" => Self::Recurse { lists },
            // Salt logs a warning and recurses without merging lists.
            _ => Self::Recurse { lists: false },
        }
    }
}

/// Entries of a mapping.
pub(crate) type Entries = Vec<(Node, Node)>;

/// `update` into `entries`.
pub(crate) fn merge(entries: &mut Entries, update: Entries, strategy: Strategy) {
    match strategy {
        Strategy::Recurse { lists } => recurse(entries, update, lists, true, 0),
        Strategy::Shallow => recurse(entries, update, false, false, 0),
        Strategy::List => {
            for (key, value) in entries.iter_mut() {
                if let Some((_, other)) = update.iter().find(|(other, _)| other.kind == key.kind) {
                    let pair = NodeKind::List(vec![value.clone(), other.clone()]);
                    *value = Node::new(pair, value.origin.clone());
                }
            }
        }
    }
}

fn recurse(entries: &mut Entries, update: Entries, lists: bool, deep: bool, depth: usize) {
    for (key, value) in update {
        let fits = |known: &Node| known.kind == key.kind && !is_open(known) && known.when.compatible(&key.when);
        let same: Vec<usize> = (0..entries.len()).filter(|&n| fits(&entries[n].0)).collect();
        let Some((&first, others)) = same.split_first() else {
            entries.push((key, value));
            continue;
        };
        let is_map = |node: &Node| deep && depth < 200 && matches!(node.kind, NodeKind::Map(_));
        if is_map(&value) && same.iter().all(|&n| is_map(&entries[n].1)) {
            for &n in &same {
                let (known, old) = &mut entries[n];
                if let (NodeKind::Map(inner), NodeKind::Map(new)) = (&mut old.kind, value.kind.clone()) {
                    into_mapping(known, inner, &key.when, new, lists, depth);
                }
            }
            continue;
        }
        // Where the key was under several conditions, a value that covers them takes their place.
        for &n in others.iter().rev() {
            if key.when.implied_by(&entries[n].0.when) {
                entries.remove(n);
            }
        }
        let (known, old) = &mut entries[first];
        replace(known, old, key, value, lists && deep);
    }
}

/// Merges `new`, which is there under `guard`, into the mapping `inner` under the key `known`. The
/// mapping is there under either condition; what is in it keeps its own.
fn into_mapping(known: &mut Node, inner: &mut Entries, guard: &When, mut new: Entries, lists: bool, depth: usize) {
    if known.when != *guard {
        let same = known.when.common(guard);
        inner.iter_mut().for_each(|(key, _)| guarded(key, &known.when.beyond(&same)));
        new.iter_mut().for_each(|(key, _)| guarded(key, &guard.beyond(&same)));
        known.when = same;
    }
    recurse(inner, new, lists, true, depth + 1);
}

fn replace(known: &mut Node, old: &mut Node, key: Node, value: Node, lists: bool) {
    let (guard, was) = (key.when.clone(), known.when.clone());
    if let (true, NodeKind::List(items), NodeKind::List(new)) = (lists, &mut old.kind, &value.kind) {
        for item in new {
            if !items.iter().any(|known| known.kind == item.kind) {
                let mut item = item.clone();
                guarded(&mut item, &guard.beyond(&was));
                items.push(item);
            }
        }
    } else if guard.implied_by(&was) {
        // Wherever the old one was, the new one is.
        (*known, *old) = (key, value);
    } else {
        let same = was.common(&guard);
        let rest = negation(&guard.beyond(&same));
        let other = Node { when: was.beyond(&same).both(&rest).unwrap_or(rest), ..old.clone() };
        let new = Node { when: guard.beyond(&same), ..value };
        known.when = same;
        *old = Node::new(NodeKind::Choice(vec![new, other]), old.origin.clone());
    }
}

/// Whether a key stands for unknown further keys.
fn is_open(key: &Node) -> bool {
    key.repeated || matches!(&key.kind, NodeKind::Str(text) if text.is_pattern())
}

fn guarded(node: &mut Node, when: &When) {
    if let Some(both) = node.when.both(when) {
        node.when = both;
    }
}

/// Where a condition does not hold, as far as one conjunction can say it.
fn negation(when: &When) -> When {
    match when.tests() {
        [(atom, answer)] => When::ALWAYS.and(atom, !answer).unwrap_or_default(),
        _ => When::ALWAYS,
    }
}
