//! The includes of all files of a view, resolved once: who includes whom, and who leads to whom. An
//! include that names many files (`apache.*`, a name with unknown parts) is one node of its own,
//! shared by all who have it. Knows nothing of top files.

use render::{EntryKind, Pattern};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use world::SaltPath;

use super::View;
use crate::{Facts, Include};

/// A file, or an include that names many.
pub(super) type Node = u32;

/// What a file includes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) to: Node,
    /// Whether it is there in every rendering.
    pub(super) certain: bool,
}

/// The includes of a view.
#[derive(Default)]
pub(super) struct Edges {
    nodes: FxHashMap<SaltPath, Node>,
    /// Of a node that is a file.
    files: Vec<Option<SaltPath>>,
    out: Vec<Vec<Edge>>,
    into: Vec<Vec<Edge>>,
    /// Whether more may be included by it, or below it, than is known.
    open: Vec<bool>,
    /// Whether some run that has it may have more than is known.
    runs_open: Vec<bool>,
    /// Files that have an include which names nothing, or what is not known, or did not render whole.
    unsure: Vec<bool>,
}

/// Whether the include edges of a view are others if `old` becomes `new`.
pub(super) fn differ(old: Option<&Facts>, new: Option<&Facts>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return true };
    let same = |(a, b): (&Include, &Include)| {
        a.sls == b.sls && a.saltenv == b.saltenv && a.when == b.when && a.written == b.written
    };
    old.kind != new.kind
        || old.names != new.names
        || old.rendered.complete != new.rendered.complete
        || old.includes.len() != new.includes.len()
        || !old.includes.iter().zip(&new.includes).all(same)
}

impl Edges {
    /// The edges of the view's files.
    pub(super) fn of(view: &View) -> Self {
        let mut edges = Self::default();
        for path in view.files.keys() {
            let node = edges.node(Some(path.clone()));
            edges.nodes.insert(path.clone(), node);
        }
        let mut many: FxHashMap<(bool, Option<SmolStr>, Pattern), Node> = FxHashMap::default();
        for facts in view.files.values() {
            let Some(from) = edges.get(&facts.path) else { continue };
            let mut unsure = !facts.rendered.complete;
            for include in &facts.includes {
                let Some(sls) = &include.sls else {
                    unsure = true;
                    continue;
                };
                unsure |= sls.is_pattern();
                let certain = include.when.is_always();
                if sls.as_literal().is_some_and(|text| !text.contains(['*', '?', '['])) {
                    let found = view.included(facts, include);
                    unsure |= found.is_empty();
                    for (path, sure) in found {
                        edges.connect(from, &path, certain && sure);
                    }
                    continue;
                }
                let pillar = facts.kind == EntryKind::Pillar;
                let env = include.saltenv.clone().or_else(|| facts.names.first().map(|(env, _)| env.clone()));
                let shared = match many.get(&(pillar, env.clone(), sls.clone())) {
                    Some(shared) => *shared,
                    None => {
                        let shared = edges.node(None);
                        many.insert((pillar, env, sls.clone()), shared);
                        for (path, sure) in view.included(facts, include) {
                            edges.connect(shared, &path, sure);
                        }
                        shared
                    }
                };
                unsure |= edges.out(shared).is_empty();
                edges.join(from, shared, certain);
            }
            if let Some(slot) = edges.unsure.get_mut(from as usize) {
                *slot = unsure;
            }
        }
        let unsure: Vec<Node> = (0..).zip(&edges.unsure).filter(|(_, unsure)| **unsure).map(|(node, _)| node).collect();
        edges.open = edges.spread(unsure, &edges.into);
        let open = (0..).zip(&edges.open).filter(|(_, open)| **open).map(|(node, _)| node).collect();
        edges.runs_open = edges.spread(open, &edges.out);
        edges
    }

    fn node(&mut self, path: Option<SaltPath>) -> Node {
        let node = Node::try_from(self.files.len()).unwrap_or(Node::MAX);
        self.files.push(path);
        self.out.push(Vec::new());
        self.into.push(Vec::new());
        self.unsure.push(false);
        node
    }

    fn connect(&mut self, from: Node, path: &SaltPath, certain: bool) {
        if let Some(to) = self.get(path) {
            self.join(from, to, certain);
        }
    }

    fn join(&mut self, from: Node, to: Node, certain: bool) {
        if let Some(out) = self.out.get_mut(from as usize) {
            out.push(Edge { to, certain });
        }
        if let Some(into) = self.into.get_mut(to as usize) {
            into.push(Edge { to: from, certain });
        }
    }

    /// All nodes that `seeds` lead to by `edges`, themselves among them.
    fn spread(&self, seeds: Vec<Node>, edges: &[Vec<Edge>]) -> Vec<bool> {
        let mut reached = vec![false; self.files.len()];
        let mut work = seeds;
        while let Some(node) = work.pop() {
            let Some(slot) = reached.get_mut(node as usize) else { continue };
            if !std::mem::replace(slot, true) {
                work.extend(edges.get(node as usize).into_iter().flatten().map(|edge| edge.to));
            }
        }
        reached
    }

    /// The node of a file.
    pub(super) fn get(&self, path: &SaltPath) -> Option<Node> {
        self.nodes.get(path).copied()
    }

    /// The file of a node.
    pub(super) fn file(&self, node: Node) -> Option<&SaltPath> {
        self.files.get(node as usize)?.as_ref()
    }

    /// What a node includes.
    pub(super) fn out(&self, node: Node) -> &[Edge] {
        self.out.get(node as usize).map_or(&[], Vec::as_slice)
    }

    /// What includes a node.
    pub(super) fn incoming(&self, node: Node) -> &[Edge] {
        self.into.get(node as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether the file itself says that more may be included.
    pub(super) fn is_unsure(&self, node: Node) -> bool {
        self.unsure.get(node as usize).copied().unwrap_or(true)
    }

    /// Whether a run of the file may have more in it than is known; `false`: not of the file alone,
    /// nor of what leads to it.
    pub(super) fn is_open(&self, path: &SaltPath) -> bool {
        let open = |node: Node| self.runs_open.get(node as usize).copied().unwrap_or(true);
        self.get(path).is_none_or(open)
    }
}

/// A walk over the edges that goes on where it ended: what is near is found at once, and what is
/// asked for later costs what was not yet seen.
pub(super) struct Walk {
    seen: FxHashSet<Node>,
    work: std::collections::VecDeque<Node>,
    forward: bool,
    /// Only what is certain.
    certain: bool,
}

impl Walk {
    /// All that `from` includes.
    pub(super) fn forward(from: impl IntoIterator<Item = Node>, certain: bool) -> Self {
        let work: std::collections::VecDeque<Node> = from.into_iter().collect();
        Self { seen: work.iter().copied().collect(), work, forward: true, certain }
    }

    /// All that leads to `from`.
    pub(super) fn backward(from: Node, certain: bool) -> Self {
        Self { forward: false, ..Self::forward([from], certain) }
    }

    /// The next step; `false` at the end.
    fn step(&mut self, edges: &Edges) -> bool {
        let Some(node) = self.work.pop_front() else { return false };
        let next = if self.forward { edges.out(node) } else { edges.incoming(node) };
        for edge in next.iter().filter(|edge| edge.certain || !self.certain) {
            if self.seen.insert(edge.to) {
                self.work.push_back(edge.to);
            }
        }
        true
    }

    /// Whether it comes by one of `wanted`; `None`: not among the first `most` nodes.
    pub(super) fn finds(&mut self, edges: &Edges, wanted: &[Node], most: usize) -> Option<bool> {
        loop {
            if wanted.iter().any(|node| self.seen.contains(node)) {
                return Some(true);
            }
            if self.seen.len() > most {
                return None;
            }
            if !self.step(edges) {
                return Some(false);
            }
        }
    }

    /// All nodes, or the first `most`; the second: whether it was all.
    pub(super) fn all(&mut self, edges: &Edges, most: usize) -> (&FxHashSet<Node>, bool) {
        while self.seen.len() <= most {
            if !self.step(edges) {
                return (&self.seen, true);
            }
        }
        (&self.seen, false)
    }
}
