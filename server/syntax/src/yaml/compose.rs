//! Events to a graph of nodes: anchors, aliases and tags (PyYAML's `Composer`, in the C loader's
//! wording). Knows nothing of values.

use rustc_hash::FxHashMap;
use text::TextRange;

use super::event::{Event, EventKind, Events, Props, ScalarValue, SyntaxError};
use super::resolve::{Tag, resolve};
use super::{Style, YamlError, YamlErrorKind};

/// Index of a node in a [`Graph`].
pub(super) type Id = u32;

/// A mention of a node: in place, or through an alias.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mention {
    pub(super) id: Id,
    pub(super) alias: Option<TextRange>,
}

/// A node before its value is made.
#[derive(Debug)]
pub(super) struct Raw<'t> {
    pub(super) tag: Tag,
    /// Where it begins with its anchor and tag.
    pub(super) start: u32,
    pub(super) range: TextRange,
    pub(super) kind: RawKind<'t>,
}

#[derive(Debug)]
pub(super) enum RawKind<'t> {
    Scalar(Style, ScalarValue<'t>),
    Seq(Vec<Mention>),
    Map(Vec<(Mention, Mention)>),
}

impl RawKind<'_> {
    /// PyYAML's word for it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Scalar(..) => "scalar",
            Self::Seq(_) => "sequence",
            Self::Map(_) => "mapping",
        }
    }
}

impl Raw<'_> {
    /// The first byte, for an error that stands at the node.
    pub(super) fn mark(&self) -> TextRange {
        if self.start < self.range.start { TextRange::new(self.start, self.range.end) } else { self.range }
    }
}

/// All nodes of a text, the anchors, and what was refused on the way.
#[derive(Debug, Default)]
pub(super) struct Graph<'t> {
    pub(super) nodes: Vec<Raw<'t>>,
    pub(super) errors: Vec<YamlError>,
    anchors: FxHashMap<&'t str, Id>,
}

/// What one run over events gave.
pub(super) struct Composed {
    /// The root of the first document, as far as it was read.
    pub(super) root: Option<Mention>,
    /// Why it ended early.
    pub(super) error: Option<SyntaxError>,
    /// Where a further document begins.
    pub(super) another: Option<TextRange>,
}

struct Open {
    id: Id,
    /// Where its items begin among those of all open collections.
    items: usize,
    map: bool,
    end: u32,
}

impl<'t> Graph<'t> {
    /// Reads one document. After a syntax error what was open is closed, so that the graph holds
    /// all that came before the error.
    pub(super) fn read(&mut self, events: &mut impl Events<'t>) -> Composed {
        let mut composed = Composed { root: None, error: None, another: None };
        let mut open: Vec<Open> = Vec::new();
        let mut items: Vec<Mention> = Vec::new();
        let mut documents = 0;
        loop {
            let event = match events.next_event() {
                Ok(event) => event,
                Err(error) => {
                    composed.error = Some(error);
                    break;
                }
            };
            let Event { kind, range, start } = event;
            let mention = match kind {
                EventKind::StreamEnd => break,
                EventKind::DocumentStart => {
                    documents += 1;
                    if documents > 1 {
                        composed.another = Some(range);
                        break;
                    }
                    continue;
                }
                EventKind::DocumentEnd => continue,
                EventKind::Alias(name) => self.alias(name, range),
                EventKind::Scalar { props, style, resolves, value } => {
                    let tag = match props.tag.as_deref() {
                        None | Some("!") if resolves => resolve(value.as_str()),
                        None | Some("!") => Tag::Str,
                        Some(uri) => Tag::of(uri),
                    };
                    Mention { id: self.add(tag, start, range, RawKind::Scalar(style, value), &props), alias: None }
                }
                EventKind::SeqStart(props) => {
                    open.push(self.open(&props, start, range, items.len(), false));
                    continue;
                }
                EventKind::MapStart(props) => {
                    open.push(self.open(&props, start, range, items.len(), true));
                    continue;
                }
                EventKind::SeqEnd | EventKind::MapEnd => match open.pop() {
                    Some(done) => self.close(&done, &mut items, range.end),
                    None => continue,
                },
            };
            place(mention, range.end, &mut open, &mut items, &mut composed);
        }
        while let Some(done) = open.pop() {
            let end = done.end;
            let mention = self.close(&done, &mut items, end);
            place(mention, end, &mut open, &mut items, &mut composed);
        }
        composed
    }

    fn open(&mut self, props: &Props<'t>, start: u32, range: TextRange, items: usize, map: bool) -> Open {
        let tag = match props.tag.as_deref() {
            None | Some("!") if map => Tag::Map,
            None | Some("!") => Tag::Seq,
            Some(uri) => Tag::of(uri),
        };
        let kind = if map { RawKind::Map(Vec::new()) } else { RawKind::Seq(Vec::new()) };
        let id = self.add(tag, start, range, kind, props);
        Open { id, items, map, end: range.end }
    }

    fn close(&mut self, done: &Open, items: &mut Vec<Mention>, end: u32) -> Mention {
        let mention = Mention { id: done.id, alias: None };
        // an odd last key, cut off by an error, gets an empty value
        if done.map && (items.len() - done.items) % 2 == 1 {
            let value = ScalarValue::Slice("", end);
            let range = TextRange::empty(end);
            let id = self.add(Tag::Null, end, range, RawKind::Scalar(Style::Plain, value), &Props::default());
            items.push(Mention { id, alias: None });
        }
        if let Some(raw) = self.nodes.get_mut(done.id as usize) {
            raw.range = TextRange::new(raw.range.start, end.max(done.end));
            raw.kind = if done.map {
                RawKind::Map(items[done.items..].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
            } else {
                RawKind::Seq(items[done.items..].to_vec())
            };
        }
        items.truncate(done.items);
        mention
    }

    /// A node without an anchor.
    pub(super) fn add(&mut self, tag: Tag, start: u32, range: TextRange, kind: RawKind<'t>, props: &Props<'t>) -> Id {
        let id = Id::try_from(self.nodes.len()).unwrap_or(Id::MAX);
        let raw = Raw { tag, start, range, kind };
        if let Some(name) = props.anchor {
            // Salt stops at a second one; after it aliases go on meaning the first
            let first = *self.anchors.entry(name).or_insert(id);
            if let Some(first) = self.nodes.get(first as usize) {
                let context = (first.mark(), "found duplicate anchor; first occurrence".to_owned());
                self.errors.push(YamlError {
                    kind: YamlErrorKind::Syntax,
                    message: "second occurrence".to_owned(),
                    range: raw.mark(),
                    context: Some(context),
                });
            }
        }
        self.nodes.push(raw);
        id
    }

    /// How much there is now, for [`Graph::reset`].
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.nodes.len(), self.errors.len())
    }

    /// Forgets all that came after `mark`.
    pub(super) fn reset(&mut self, (nodes, errors): (usize, usize)) {
        self.nodes.truncate(nodes);
        self.errors.truncate(errors);
        self.anchors.retain(|_, id| (*id as usize) < nodes);
    }

    /// Moves the pairs of mapping `from` behind those of mapping `to`; nothing if either is none.
    pub(super) fn append_pairs(&mut self, to: Id, from: Id) {
        let Some(source) = self.nodes.get_mut(from as usize) else { return };
        let end = source.range.end;
        let RawKind::Map(pairs) = &mut source.kind else { return };
        let mut pairs = std::mem::take(pairs);
        let Some(target) = self.nodes.get_mut(to as usize) else { return };
        if let RawKind::Map(all) = &mut target.kind {
            all.append(&mut pairs);
            target.range = TextRange::new(target.range.start, end);
        }
    }

    fn alias(&mut self, name: &str, range: TextRange) -> Mention {
        if let Some(&id) = self.anchors.get(name) {
            return Mention { id, alias: Some(range) };
        }
        self.errors.push(YamlError {
            kind: YamlErrorKind::UndefinedAlias,
            message: "found undefined alias".to_owned(),
            range,
            context: None,
        });
        let value = ScalarValue::Slice("", range.start);
        let id = self.add(Tag::Null, range.start, range, RawKind::Scalar(Style::Plain, value), &Props::default());
        Mention { id, alias: None }
    }
}

fn place(mention: Mention, end: u32, open: &mut [Open], items: &mut Vec<Mention>, composed: &mut Composed) {
    match open.last_mut() {
        Some(parent) => {
            items.push(mention);
            parent.end = parent.end.max(end);
        }
        None => composed.root = composed.root.or(Some(mention)),
    }
}
