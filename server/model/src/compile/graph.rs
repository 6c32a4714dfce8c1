//! The order in which chunks run (`State.order_chunks`, `DependencyGraph` in
//! `salt/utils/requisite.py`).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use indexmap::{IndexMap, IndexSet};
use render::Code;
use render::names::fnmatch;
use serde_json::{Map, Value, json};

use super::Options;
use super::low::Chunk;
use super::plain::text;
use super::refusal::{Refusal, Spot};

/// `RequisiteType`: what orders chunks, by weight.
const WEIGHTS: [&str; 10] = [
    "onfail",
    "onfail_any",
    "onfail_all",
    "require",
    "require_any",
    "onchanges",
    "onchanges_any",
    "watch",
    "watch_any",
    "prereq",
];
/// The order in which they are read (`add_requisites`).
const READ: [&str; 10] = [
    "require",
    "require_any",
    "watch",
    "watch_any",
    "prereq",
    "onfail",
    "onfail_any",
    "onfail_all",
    "onchanges",
    "onchanges_any",
];
const REQUIRE: usize = 3;
const PREREQ: usize = 9;
/// State modules that define `mod_watch`, in the sources of Salt 3008.3 and, for those that have become
/// extensions since, of 3006.9 (by virtual name); `watch` of others is read as `require`
/// (`_reconcile_watch_req`).
const WATCHERS: [&str; 14] = [
    "at",
    "cmd",
    "docker_container",
    "docker_image",
    "etcd",
    "event",
    "kernelpkg",
    "module",
    "mount",
    "pkg",
    "service",
    "supervisord",
    "test",
    "tomcat",
];
/// Behind everything with a number.
const LAST: i64 = 1_000_000;

/// Puts chunks into their order. Cycles and requisites without a target are errors.
pub(super) fn order(mut chunks: Vec<Chunk>, options: &Options, errors: &mut Vec<Refusal>) -> Vec<Chunk> {
    let mut graph = Graph::default();
    for (n, chunk) in chunks.iter().enumerate() {
        graph.add(n, chunk);
    }
    let mut cap = 1;
    for n in 0..chunks.len() {
        let Some(chunk) = chunks.get_mut(n) else { continue };
        watch_without_watcher(chunk);
        if let Err(error) = graph.add_requisites(n, &mut chunks, options) {
            errors.push(*error);
        } else if let Some(order) = chunks.get(n).and_then(|chunk| chunk.get("order")?.as_i64())
            && order > cap - 1
            && order > 0
        {
            cap = order.saturating_add(100);
        }
    }
    match graph.sorted(&mut chunks, cap) {
        Some(sorted) => sorted.into_iter().filter_map(|n| chunks.get(n).cloned()).collect(),
        None => {
            errors.push(graph.circular(&chunks));
            Vec::new()
        }
    }
}

/// Puts chunks into the order of their numbers alone (`order_chunks` before Salt 3008).
pub(super) fn by_number(mut chunks: Vec<Chunk>) -> Vec<Chunk> {
    let numbers = chunks.iter().filter_map(|chunk| chunk.get("order")?.as_i64());
    let cap = numbers
        .filter(|order| *order > 0)
        .fold(1, |cap, order| if order > cap - 1 { order.saturating_add(100) } else { cap });
    for chunk in &mut chunks {
        if !chunk.contains_key("order") {
            chunk.insert("order".to_owned(), json!(cap));
            continue;
        }
        settle(chunk, cap);
    }
    let key = |chunk: &Chunk| {
        let order = number(chunk.get("order"), 0).as_f64().unwrap_or_default();
        (order, format!("{}{}{}", word(chunk, "state"), word(chunk, "name"), word(chunk, "fun")))
    };
    chunks.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
    });
    chunks
}

/// Writes the number that `order` means into the chunk, its place among names included.
fn settle(chunk: &mut Chunk, cap: i64) -> Option<f64> {
    let mut order = number(chunk.get("order"), cap);
    // Python's `True` is a number, and stays what it is.
    let mut written = chunk.get("order").filter(|order| order.is_boolean()).cloned();
    if let Some(place) = chunk.shift_remove("name_order").as_ref().and_then(Value::as_f64) {
        order = json!(order.as_f64()? + place / 10_000.0);
        written = None;
    }
    if order.as_f64()? < 0.0 {
        order = match order.as_i64() {
            Some(order) => json!(order + cap + LAST),
            #[allow(clippy::cast_precision_loss, reason = "orders are small")]
            None => json!(order.as_f64()? + (cap + LAST) as f64),
        };
    }
    let own = order.as_f64()?;
    chunk.insert("order".to_owned(), written.unwrap_or(order));
    Some(own)
}

fn watch_without_watcher(chunk: &mut Chunk) {
    if chunk.get("state").and_then(Value::as_str).is_some_and(|state| WATCHERS.contains(&state)) {
        return;
    }
    for (watch, require) in [("watch", "require"), ("watch_any", "require_any")] {
        if let Some(Value::Array(targets)) = chunk.shift_remove(watch)
            && let Value::Array(all) = chunk.entry(require).or_insert_with(|| json!([]))
        {
            all.extend(targets);
        }
    }
}

/// Text of a chunk's entry.
fn word(chunk: &Chunk, key: &str) -> String {
    chunk.get(key).map(text).unwrap_or_default()
}

struct Node {
    tag: String,
    chunk: usize,
    /// Requisites by the node at the other end, in the order in which they were added.
    outgoing: IndexMap<usize, IndexSet<usize>>,
    incoming: IndexMap<usize, IndexSet<usize>>,
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    by_tag: IndexMap<String, usize>,
    /// `nodes_lookup_map`
    by_name: IndexMap<(String, String), IndexSet<usize>>,
    by_sls: IndexMap<String, IndexSet<usize>>,
}

impl Graph {
    /// `add_chunk`. A chunk with the same tag as one before takes its place.
    fn add(&mut self, n: usize, chunk: &Chunk) {
        let (state, id, name) = (word(chunk, "state"), word(chunk, "__id__"), word(chunk, "name"));
        let tag = format!("{state}_|-{id}_|-{name}_|-{}", word(chunk, "fun"));
        let node = self.node(tag, n);
        for key in [(state.clone(), name.clone()), (state, id.clone()), ("id".into(), id), ("id".into(), name)] {
            self.by_name.entry(key).or_default().insert(node);
        }
        let from = chunk.get("__sls_included_from__").and_then(Value::as_array);
        for sls in chunk.get("__sls__").into_iter().chain(from.into_iter().flatten()).filter_map(Value::as_str) {
            self.by_sls.entry(sls.to_owned()).or_default().insert(node);
        }
    }

    fn node(&mut self, tag: String, chunk: usize) -> usize {
        let next = self.nodes.len();
        let at = *self.by_tag.entry(tag.clone()).or_insert(next);
        match self.nodes.get_mut(at) {
            Some(node) => node.chunk = chunk,
            None => {
                self.nodes.push(Node { tag, chunk, outgoing: IndexMap::new(), incoming: IndexMap::new() });
            }
        }
        at
    }

    fn edge(&mut self, from: usize, to: usize, kind: usize) {
        if let Some(node) = self.nodes.get_mut(from) {
            node.outgoing.entry(to).or_default().insert(kind);
        }
        if let Some(node) = self.nodes.get_mut(to) {
            node.incoming.entry(from).or_default().insert(kind);
        }
    }

    fn of_chunk(&self, chunk: &Chunk) -> Option<usize> {
        let (state, id, name) = (word(chunk, "state"), word(chunk, "__id__"), word(chunk, "name"));
        self.by_tag.get(&format!("{state}_|-{id}_|-{name}_|-{}", word(chunk, "fun"))).copied()
    }

    /// `add_requisites`
    fn add_requisites(&mut self, n: usize, chunks: &mut [Chunk], options: &Options) -> Result<(), Box<Refusal>> {
        let Some(chunk) = chunks.get(n).cloned() else { return Ok(()) };
        let Some(node) = self.of_chunk(&chunk) else { return Ok(()) };
        for kind in READ {
            if options.disabled.iter().any(|disabled| disabled == kind) {
                continue;
            }
            let weight = WEIGHTS.iter().position(|word| *word == kind).unwrap_or_default();
            for target in chunk.get(kind).and_then(Value::as_array).into_iter().flatten() {
                let (key, name) = match target {
                    Value::String(_) => ("id", target),
                    target => match super::first(target) {
                        Some((key, name)) => (key.split('.').next().unwrap_or(key), name),
                        None => continue,
                    },
                };
                let refusal = |code: Code, what: &str, end: &str, target: &str| {
                    let sls = word(&chunk, "__sls__");
                    let message = format!("{what} in state [{}] in SLS [{sls}]{end}", word(&chunk, "name"));
                    let (id, kind) = (Some(word(&chunk, "__id__")), Some(kind.to_owned()));
                    let spot = Spot::Requisite { id, word: kind, names: vec![target.to_owned()] };
                    Box::new(Refusal::new(code, &sls, spot, message))
                };
                let name = match name {
                    Value::Null => continue,
                    Value::String(name) => name,
                    other => {
                        let (what, end) = (format!("Requisite [{kind}: {key}]"), " must have a string as the value");
                        return Err(refusal(Code::RequisiteMalformed, &what, end, &text(other)));
                    }
                };
                let found = self.targets(key, name);
                // A pattern over SLS always counts as found (`add_dependency`).
                if found.is_empty() && !(key == "sls" && is_glob(name)) {
                    let what = format!("Referenced state does not exist for requisite [{kind}: ({key}: {name})]");
                    return Err(refusal(Code::RequisiteMissing, &what, "", name));
                }
                let tested = chunks.get(n).is_some_and(|chunk| chunk.get("__prereq__") == Some(&Value::Bool(true)));
                for target in found {
                    if weight == PREREQ {
                        self.add_prereq(node, target, chunks);
                        continue;
                    }
                    if tested && let Some(test) = self.test_of(node) {
                        self.edge(target, test, weight);
                    }
                    self.edge(target, node, weight);
                }
            }
        }
        Ok(())
    }

    fn targets(&self, key: &str, name: &str) -> Vec<usize> {
        let mut found = IndexSet::new();
        if key == "sls" {
            let fits = |sls: &str| if is_glob(name) { fnmatch(sls, name) } else { sls == name };
            found.extend(self.by_sls.iter().filter(|(sls, _)| fits(sls)).flat_map(|(_, nodes)| nodes));
        } else if is_glob(name) {
            let fits = |(state, other): &(String, String)| state == key && fnmatch(other, name);
            found.extend(self.by_name.iter().filter(|(at, _)| fits(at)).flat_map(|(_, nodes)| nodes));
        } else {
            found.extend(self.by_name.get(&(key.to_owned(), name.to_owned())).into_iter().flatten());
        }
        found.into_iter().copied().collect()
    }

    fn test_of(&self, node: usize) -> Option<usize> {
        self.by_tag.get(&test_tag(&self.nodes.get(node)?.tag)).copied()
    }

    /// `_add_prereq`: the target runs before `node` once as a test, and after it in earnest.
    fn add_prereq(&mut self, node: usize, target: usize, chunks: &mut [Chunk]) {
        let at = |node: usize| self.nodes.get(node).map(|node| (node.chunk, node.tag.clone()));
        let (Some((own, _)), Some((other, tag))) = (at(node), at(target)) else { return };
        for (chunk, flag) in [(own, "__prerequiring__"), (other, "__prereq__")] {
            if let Some(chunk) = chunks.get_mut(chunk) {
                chunk.insert(flag.to_owned(), Value::Bool(true));
            }
        }
        let test = self.test_of(target).unwrap_or_else(|| {
            let test = self.node(test_tag(&tag), other);
            let incoming = self.nodes.get(target).map(|node| node.incoming.clone()).unwrap_or_default();
            for (from, kinds) in incoming {
                for kind in kinds.into_iter().filter(|kind| *kind != PREREQ) {
                    self.edge(from, test, kind);
                }
            }
            test
        });
        self.edge(test, node, PREREQ);
        self.edge(node, target, REQUIRE);
        if let Some(own_test) = self.test_of(node) {
            self.edge(test, own_test, PREREQ);
        }
    }

    /// `lexicographical_topological_sort`: chunks; `None` if requisites run in a circle.
    fn sorted(&self, chunks: &mut [Chunk], cap: i64) -> Option<Vec<usize>> {
        let mut waiting: Vec<usize> =
            self.nodes.iter().map(|node| node.incoming.values().map(IndexSet::len).sum()).collect();
        let mut heap = BinaryHeap::new();
        for (n, _) in waiting.iter().enumerate().filter(|(_, count)| **count == 0) {
            heap.push(Reverse((self.key(n, chunks, cap)?, n)));
        }
        let mut sorted = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse((_, n))) = heap.pop() {
            let node = self.nodes.get(n)?;
            sorted.push(node.chunk);
            for (&to, kinds) in &node.outgoing {
                let count = waiting.get_mut(to)?;
                *count = count.saturating_sub(kinds.len());
                if *count == 0 {
                    heap.push(Reverse((self.key(to, chunks, cap)?, to)));
                }
            }
        }
        (sorted.len() == self.nodes.len()).then_some(sorted)
    }

    /// `_get_order` and `_get_chunk_order`: a chunk comes no later than those that wait for it. Writes
    /// the number that `order` means into the chunk.
    fn key(&self, n: usize, chunks: &mut [Chunk], cap: i64) -> Option<Key> {
        let node = self.nodes.get(n)?;
        let own = settle(chunks.get_mut(node.chunk)?, cap)?;
        let (mut least, mut weight) = (f64::INFINITY, None);
        for (&to, kinds) in &node.outgoing {
            for &kind in kinds {
                if weight.is_some_and(|weight| weight > kind) {
                    continue;
                }
                weight = Some(kind);
                let child = chunks.get_mut(self.nodes.get(to)?.chunk)?;
                let order = match child.get("order") {
                    None => continue,
                    order => number(order, cap),
                };
                least = least.min(order.as_f64()?);
                if child.get("order").is_some_and(|order| !order.is_boolean()) {
                    child.insert("order".to_owned(), order);
                }
            }
        }
        let chunk = chunks.get(node.chunk)?;
        let label = format!("{}{}{}", word(chunk, "state"), word(chunk, "name"), word(chunk, "fun"));
        Some(Key { first: own.min(least), then: own, label, tag: node.tag.clone() })
    }

    /// `get_cycles_str`: the first circle, as Salt writes it, at the requisite of its first step.
    fn circular(&self, chunks: &[Chunk]) -> Refusal {
        let circle = self.circle();
        let steps: Vec<(&Chunk, usize, &Chunk)> =
            circle.windows(2).filter_map(|pair| self.step(*pair.first()?, *pair.get(1)?, chunks)).collect();
        let written = steps.iter().map(|(holder, kind, target)| {
            format!("({}, '{}', {})", shown(holder), WEIGHTS.get(*kind).unwrap_or(&""), shown(target))
        });
        let message = format!("Recursive requisites were found: {}", written.collect::<Vec<_>>().join(", "));
        let (sls, spot) = match steps.first() {
            Some((holder, kind, target)) => {
                let (id, kind) = (Some(word(holder, "__id__")), WEIGHTS.get(*kind).map(|kind| (*kind).to_owned()));
                let names = vec![word(target, "__id__"), word(target, "name")];
                (word(holder, "__sls__"), Spot::Requisite { id, word: kind, names })
            }
            None => (String::new(), Spot::File),
        };
        Refusal::new(Code::RequisiteCycle, &sls, spot, message)
    }

    /// Nodes that wait for each other; the last one is the first.
    fn circle(&self) -> Vec<usize> {
        let mut colour = vec![0_u8; self.nodes.len()];
        for start in 0..self.nodes.len() {
            if colour.get(start) != Some(&0) {
                continue;
            }
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            if let Some(colour) = colour.get_mut(start) {
                *colour = 1;
            }
            while let Some((node, next)) = path.last_mut() {
                let (from, n) = (*node, *next);
                *next += 1;
                let Some((&to, _)) = self.nodes.get(from).and_then(|node| node.outgoing.get_index(n)) else {
                    if let Some(colour) = colour.get_mut(from) {
                        *colour = 2;
                    }
                    path.pop();
                    continue;
                };
                match colour.get(to) {
                    Some(1) => {
                        let circle = path.iter().map(|(node, _)| *node).skip_while(|node| *node != to);
                        let mut circle: Vec<usize> = circle.collect();
                        circle.push(to);
                        return circle;
                    }
                    Some(0) => {
                        if let Some(colour) = colour.get_mut(to) {
                            *colour = 1;
                        }
                        path.push((to, 0));
                    }
                    _ => {}
                }
            }
        }
        Vec::new()
    }

    /// Who waits, by which requisite, and for whom.
    fn step<'c>(&self, from: usize, to: usize, chunks: &'c [Chunk]) -> Option<(&'c Chunk, usize, &'c Chunk)> {
        let kind = *self.nodes.get(from)?.outgoing.get(&to)?.first()?;
        let chunk = |node: usize| chunks.get(self.nodes.get(node)?.chunk);
        let (from, to) = (chunk(from)?, chunk(to)?);
        let kind = if kind == REQUIRE && !to.contains_key("require") { PREREQ } else { kind };
        Some((to, kind, from))
    }
}

/// `_chunk_str`
fn shown(chunk: &Map<String, Value>) -> String {
    let (id, name) = (word(chunk, "__id__"), word(chunk, "name"));
    let named = if id == name { String::new() } else { format!(", 'NAME': '{name}'") };
    format!("{{'SLS': '{}', 'ID': '{id}'{named}}}", word(chunk, "__sls__"))
}

fn is_glob(name: &str) -> bool {
    name.contains(['*', '?', '[', ']'])
}

fn test_tag(tag: &str) -> String {
    format!("{tag}_|-__prereq_test__")
}

/// What `order` means as a number.
fn number(order: Option<&Value>, cap: i64) -> Value {
    match order {
        Some(Value::Number(number)) => Value::Number(number.clone()),
        Some(Value::Bool(value)) => json!(i64::from(*value)),
        Some(Value::String(word)) if word == "last" => json!(cap + LAST),
        Some(Value::String(word)) if word == "first" => json!(0),
        _ => json!(cap),
    }
}

/// By what chunks without open requisites are sorted.
struct Key {
    first: f64,
    then: f64,
    label: String,
    tag: String,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let numbers = self.first.total_cmp(&other.first).then(self.then.total_cmp(&other.then));
        numbers.then_with(|| self.label.cmp(&other.label)).then_with(|| self.tag.cmp(&other.tag))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}
