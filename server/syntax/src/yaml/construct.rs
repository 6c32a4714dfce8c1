//! The graph to values: Salt's constructors (`salt/utils/yamlloader.py` over PyYAML's
//! `SafeConstructor`), duplicate keys, merges and the bounds on aliases.

use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;

use super::compose::{Graph, Id, Mention, RawKind};
use super::event::ScalarValue;
use super::key::{key_hash, python_key_eq, python_str};
use super::resolve::{Tag, scalar_value, strip_zeros};
use super::{Node, Style, Text, Value, YamlError, YamlErrorKind};

/// Nodes that aliases may bring in by copying. Salt shares them and has no such bound; a text that
/// passes it is an alias bomb.
const MAX_COPIES: usize = 200_000;

/// Nesting that copies through aliases may reach.
const MAX_VALUE_DEPTH: usize = 320;

const MAPPING: &str = "while constructing a mapping";

/// What construction is in the middle of.
pub(super) struct Builder<'g, 't> {
    graph: &'g mut Graph<'t>,
    /// Nodes being built, to find cycles.
    active: Vec<Id>,
    copies: usize,
    /// How many aliases deep.
    through: usize,
    /// Keys that merges brought, in all of the text.
    merged: usize,
    bomb: bool,
}

impl<'g, 't> Builder<'g, 't> {
    pub(super) fn new(graph: &'g mut Graph<'t>) -> Self {
        Self { graph, active: Vec::new(), copies: 0, through: 0, merged: 0, bomb: false }
    }

    fn error(&mut self, kind: YamlErrorKind, message: String, range: TextRange) {
        self.graph.errors.push(YamlError { kind, message, range, context: None });
    }

    fn error_in_mapping(&mut self, kind: YamlErrorKind, message: String, range: TextRange, context: TextRange) {
        let context = Some((context, MAPPING.to_owned()));
        self.graph.errors.push(YamlError { kind, message, range, context });
    }

    /// The value of a node.
    pub(super) fn node(&mut self, mention: Mention) -> Node {
        let raw = &self.graph.nodes[mention.id as usize];
        let (range, mark) = (raw.range, raw.mark());
        let scalar = matches!(raw.kind, RawKind::Scalar(..));
        if self.bomb {
            return Node { value: Value::Null, range, alias: mention.alias };
        }
        self.through += usize::from(mention.alias.is_some());
        if self.through > 0 {
            self.copies += 1;
        }
        let at = mention.alias.unwrap_or(mark);
        let value = if self.copies > MAX_COPIES {
            self.bomb = true;
            self.error(
                YamlErrorKind::Limit,
                format!("aliases expand to more than {MAX_COPIES} nodes; the rest is not read"),
                at,
            );
            Value::Null
        } else if !scalar && self.active.contains(&mention.id) {
            self.error(YamlErrorKind::Limit, "found unconstructable recursive node".to_owned(), at);
            Value::Null
        } else if self.active.len() >= MAX_VALUE_DEPTH {
            self.error(YamlErrorKind::Limit, format!("aliases nest more than {MAX_VALUE_DEPTH} levels deep"), at);
            Value::Null
        } else if scalar {
            self.scalar(mention.id)
        } else {
            self.active.push(mention.id);
            let value = self.collection(mention.id);
            self.active.pop();
            value
        };
        self.through -= usize::from(mention.alias.is_some());
        Node { value, range, alias: mention.alias }
    }

    fn scalar(&mut self, id: Id) -> Value {
        let raw = &self.graph.nodes[id as usize];
        let RawKind::Scalar(style, value) = &raw.kind else { return Value::Null };
        let mark = raw.mark();
        match &raw.tag {
            Tag::Str | Tag::Timestamp | Tag::Unicode => text_value(*style, value, raw.range),
            tag @ (Tag::Null | Tag::Bool | Tag::Int | Tag::Float | Tag::Binary) => {
                match scalar_value(tag, value.as_str()) {
                    Ok(Some(made)) => made,
                    Ok(None) => text_value(*style, value, raw.range),
                    Err(message) => {
                        let fallback = text_value(*style, value, raw.range);
                        self.error(YamlErrorKind::Tag, message, mark);
                        fallback
                    }
                }
            }
            Tag::Seq | Tag::Pairs | Tag::Map | Tag::Set => {
                let message = match raw.tag {
                    Tag::Seq => "expected a sequence node, but found scalar",
                    Tag::Pairs => "expected a sequence, but found scalar",
                    _ => "expected a mapping node, but found scalar",
                };
                self.error(YamlErrorKind::Tag, message.to_owned(), mark);
                Value::Null
            }
            tag @ (Tag::Merge | Tag::Default | Tag::Other(_)) => {
                let message = no_constructor(tag);
                let fallback = text_value(*style, value, raw.range);
                self.error(YamlErrorKind::Tag, message, mark);
                fallback
            }
        }
    }

    fn collection(&mut self, id: Id) -> Value {
        let raw = &self.graph.nodes[id as usize];
        let (mark, name, tag) = (raw.mark(), raw.kind.name(), raw.tag.clone());
        let map = matches!(raw.kind, RawKind::Map(_));
        match tag {
            Tag::Map if map => Value::Map(self.mapping(id)),
            Tag::Set if map => Value::Set(self.mapping(id).into_iter().map(|(key, _)| key).collect()),
            Tag::Seq if !map => Value::Seq(self.children(id)),
            Tag::Pairs if !map => Value::Seq(self.pairs(id)),
            Tag::Str | Tag::Timestamp | Tag::Null | Tag::Bool | Tag::Float | Tag::Binary if map => {
                self.default_scalar(id, &tag)
            }
            _ => {
                let message = match &tag {
                    Tag::Map | Tag::Set => format!("expected a mapping node, but found {name}"),
                    Tag::Seq => format!("expected a sequence node, but found {name}"),
                    Tag::Pairs => format!("expected a sequence, but found {name}"),
                    Tag::Merge | Tag::Default | Tag::Other(_) => no_constructor(&tag),
                    _ => format!("expected a scalar node, but found {name}"),
                };
                self.error(YamlErrorKind::Tag, message, mark);
                // the content still serves navigation
                if map { Value::Map(self.mapping(id)) } else { Value::Seq(self.children(id)) }
            }
        }
    }

    /// A mapping under a scalar's tag stands for the value of its `=` key
    /// (`SafeConstructor.construct_scalar`).
    fn default_scalar(&mut self, id: Id, tag: &Tag) -> Value {
        let mut current = id;
        for _ in 0..MAX_VALUE_DEPTH {
            let RawKind::Map(pairs) = &self.graph.nodes[current as usize].kind else { break };
            let default = pairs.iter().find(|(key, _)| self.graph.nodes[key.id as usize].tag == Tag::Default);
            let Some((_, value)) = default else { break };
            current = value.id;
        }
        let raw = &self.graph.nodes[current as usize];
        let mark = raw.mark();
        let RawKind::Scalar(style, value) = &raw.kind else {
            let message = format!("expected a scalar node, but found {}", raw.kind.name());
            self.error(YamlErrorKind::Tag, message, mark);
            return Value::Null;
        };
        match scalar_value(tag, value.as_str()) {
            Ok(Some(made)) => made,
            // the mapping's range is not the value's, so the map is needed even for plain text
            Ok(None) => match text_value(*style, value, raw.range) {
                Value::Str(text) if text.map.is_empty() && !text.value.is_empty() => {
                    Value::Str(Text { map: vec![(0, raw.range)], ..text })
                }
                made => made,
            },
            Err(message) => {
                self.error(YamlErrorKind::Tag, message, mark);
                Value::Null
            }
        }
    }

    fn children(&mut self, id: Id) -> Vec<Node> {
        let count = match &self.graph.nodes[id as usize].kind {
            RawKind::Seq(items) => items.len(),
            _ => 0,
        };
        let mut nodes = Vec::with_capacity(count);
        for index in 0..count {
            let RawKind::Seq(items) = &self.graph.nodes[id as usize].kind else { break };
            let Some(&item) = items.get(index) else { break };
            nodes.push(self.node(item));
        }
        nodes
    }

    /// `!!pairs`: a list of two-element tuples, given as lists.
    fn pairs(&mut self, id: Id) -> Vec<Node> {
        let RawKind::Seq(items) = &self.graph.nodes[id as usize].kind else { return Vec::new() };
        let items = items.clone();
        let mut nodes = Vec::with_capacity(items.len());
        for item in items {
            let raw = &self.graph.nodes[item.id as usize];
            let (range, mark) = (raw.range, raw.mark());
            let context = self.graph.nodes[id as usize].mark();
            let message = match &raw.kind {
                RawKind::Map(pairs) => {
                    if let [(key, value)] = pairs[..] {
                        let pair = vec![self.node(key), self.node(value)];
                        nodes.push(Node { value: Value::Seq(pair), range, alias: item.alias });
                        continue;
                    }
                    format!("expected a single mapping item, but found {} items", pairs.len())
                }
                other => format!("expected a mapping of length 1, but found {}", other.name()),
            };
            let context = Some((context, "while constructing pairs".to_owned()));
            self.graph.errors.push(YamlError { kind: YamlErrorKind::Tag, message, range: mark, context });
        }
        nodes
    }

    /// Salt's `construct_mapping`.
    fn mapping(&mut self, id: Id) -> Vec<(Node, Node)> {
        self.flatten(id, 0);
        let context = self.graph.nodes[id as usize].mark();
        let count = match &self.graph.nodes[id as usize].kind {
            RawKind::Map(pairs) => pairs.len(),
            _ => 0,
        };
        let mut out: Vec<(Node, Node)> = Vec::with_capacity(count);
        let mut seen = Seen::default();
        for index in 0..count {
            let RawKind::Map(pairs) = &self.graph.nodes[id as usize].kind else { break };
            let Some(&(key_mention, value_mention)) = pairs.get(index) else { break };
            let mark = key_mention.alias.unwrap_or(self.graph.nodes[key_mention.id as usize].mark());
            let before = self.graph.errors.len();
            let key = self.node(key_mention);
            let tag = &self.graph.nodes[key_mention.id as usize].tag;
            let hashable = !matches!(tag, Tag::Seq | Tag::Pairs | Tag::Map | Tag::Set);
            if !hashable {
                // one error for `{{ x }}`, not one per brace
                let mut inner = self.graph.errors.split_off(before.min(self.graph.errors.len()));
                inner.retain(|error| error.kind == YamlErrorKind::Limit);
                self.graph.errors.append(&mut inner);
                self.error_in_mapping(YamlErrorKind::UnhashableKey, "found unacceptable key".to_owned(), mark, context);
            }
            let value = self.node(value_mention);
            if hashable && let Some(first) = seen.find_or_add(&key.value, &out) {
                let first = out.get(first).map_or(context, |(first, _)| first.alias.unwrap_or(first.range));
                let message = format!("found conflicting ID '{}'", python_str(&key.value));
                let context = Some((first, MAPPING.to_owned()));
                self.graph.errors.push(YamlError { kind: YamlErrorKind::DuplicateKey, message, range: mark, context });
            }
            out.push((key, value));
        }
        out
    }

    /// Salt's `flatten_mapping`: pairs of `<<` go first unless the mapping has a key of the same
    /// text itself. Later elements of a list of mappings come before earlier ones.
    fn flatten(&mut self, id: Id, depth: usize) {
        let Some(RawKind::Map(pairs)) = self.graph.nodes.get(id as usize).map(|raw| &raw.kind) else { return };
        let merges = |graph: &Graph<'_>, key: &Mention| graph.nodes[key.id as usize].tag == Tag::Merge;
        let special = pairs.iter().any(|(key, _)| {
            let tag = &self.graph.nodes[key.id as usize].tag;
            matches!(tag, Tag::Merge | Tag::Default)
        });
        if !special || depth > MAX_VALUE_DEPTH {
            return;
        }
        let Some(RawKind::Map(pairs)) = self.graph.nodes.get_mut(id as usize).map(|raw| &mut raw.kind) else { return };
        let pairs = std::mem::take(pairs);
        let (sources, own): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(key, _)| merges(self.graph, key));
        for (key, _) in &own {
            let raw = &mut self.graph.nodes[key.id as usize];
            if raw.tag == Tag::Default {
                raw.tag = Tag::Str;
            }
        }
        // as in Salt the mapping holds its own pairs while its sources are flattened
        self.graph.nodes[id as usize].kind = RawKind::Map(own);
        let mut merged = Vec::new();
        for (_, source) in sources {
            self.merge_source(id, source, depth, &mut merged);
        }
        let RawKind::Map(own) = &self.graph.nodes[id as usize].kind else { return };
        let texts: FxHashSet<&str> = own.iter().filter_map(|(key, _)| self.scalar_text(key)).collect();
        let mut all: Vec<_> = merged
            .into_iter()
            .filter(|(key, _)| self.scalar_text(key).is_none_or(|text| !texts.contains(text)))
            .collect();
        all.extend_from_slice(own);
        self.graph.nodes[id as usize].kind = RawKind::Map(all);
    }

    /// The text by which Salt compares a merged key: as written, but an integer that was made
    /// before, which is what comes through an alias, has lost its leading zeros.
    fn scalar_text(&self, key: &Mention) -> Option<&str> {
        let raw = &self.graph.nodes[key.id as usize];
        match &raw.kind {
            RawKind::Scalar(_, value) if key.alias.is_some() && raw.tag == Tag::Int => {
                Some(strip_zeros(value.as_str()))
            }
            RawKind::Scalar(_, value) => Some(value.as_str()),
            _ => None,
        }
    }

    /// The pairs that one `<<` brings.
    fn merge_source(&mut self, id: Id, source: Mention, depth: usize, merged: &mut Vec<(Mention, Mention)>) {
        let context = self.graph.nodes[id as usize].mark();
        let raw = &self.graph.nodes[source.id as usize];
        let mark = source.alias.unwrap_or(raw.mark());
        match &raw.kind {
            RawKind::Map(_) => self.merge_mapping(source, source.alias, depth, merged),
            RawKind::Seq(items) => {
                for item in items.clone().into_iter().rev() {
                    let raw = &self.graph.nodes[item.id as usize];
                    if matches!(raw.kind, RawKind::Map(_)) {
                        self.merge_mapping(item, item.alias.or(source.alias), depth, merged);
                    } else {
                        let message = format!("expected a mapping for merging, but found {}", raw.kind.name());
                        let at = item.alias.unwrap_or(raw.mark());
                        self.error_in_mapping(YamlErrorKind::Merge, message, at, context);
                    }
                }
            }
            RawKind::Scalar(..) => {
                let message = "expected a mapping or list of mappings for merging, but found scalar".to_owned();
                self.error_in_mapping(YamlErrorKind::Merge, message, mark, context);
            }
        }
    }

    fn merge_mapping(
        &mut self,
        source: Mention,
        alias: Option<TextRange>,
        depth: usize,
        merged: &mut Vec<(Mention, Mention)>,
    ) {
        if self.merged > MAX_COPIES {
            return;
        }
        self.flatten(source.id, depth + 1);
        let RawKind::Map(pairs) = &self.graph.nodes[source.id as usize].kind else { return };
        self.merged += pairs.len();
        if self.merged > MAX_COPIES {
            let at = alias.unwrap_or(self.graph.nodes[source.id as usize].mark());
            self.error(YamlErrorKind::Limit, format!("merges bring more than {MAX_COPIES} keys"), at);
            return;
        }
        let through = |mention: Mention| Mention { id: mention.id, alias: mention.alias.or(alias) };
        merged.extend(pairs.iter().map(|&(key, value)| (through(key), through(value))));
    }
}

fn no_constructor(tag: &Tag) -> String {
    format!("could not determine a constructor for the tag {}", super::key::python_repr(&tag.uri()))
}

/// The keys of one mapping, by Python's equality.
#[derive(Default)]
struct Seen {
    index: FxHashMap<u64, Vec<u32>>,
    hashed: usize,
}

/// Up to this many keys a walk is faster than a hash table.
const FEW: usize = 8;

impl Seen {
    /// The index of an equal key among `pairs`, none if `key` is new.
    fn find_or_add(&mut self, key: &Value, pairs: &[(Node, Node)]) -> Option<usize> {
        if pairs.len() <= FEW {
            return pairs.iter().position(|(known, _)| python_key_eq(&known.value, key));
        }
        while self.hashed < pairs.len() {
            let hash = key_hash(&pairs[self.hashed].0.value);
            self.index.entry(hash).or_default().push(u32::try_from(self.hashed).unwrap_or(u32::MAX));
            self.hashed += 1;
        }
        let same = self.index.get(&key_hash(key))?;
        same.iter()
            .map(|&at| at as usize)
            .find(|&at| pairs.get(at).is_some_and(|(known, _)| python_key_eq(&known.value, key)))
    }
}

/// A string value with the places its bytes come from.
fn text_value(style: Style, value: &ScalarValue<'_>, range: TextRange) -> Value {
    let (text, map) = match value {
        ScalarValue::Slice(text, _) if style == Style::Plain => (*text, Vec::new()),
        ScalarValue::Slice(text, at) => {
            let end = at.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
            (*text, vec![(0, TextRange::new(*at, end))])
        }
        ScalarValue::Cooked(cooked) => {
            let whole =
                matches!(cooked.map[..], [(0, only)] if only == range && cooked.value.len() == only.len() as usize);
            (cooked.value.as_str(), if whole { Vec::new() } else { cooked.map.clone() })
        }
    };
    Value::Str(Text { value: text.into(), style, map })
}
