//! From loaded YAML to data with places and conditions. A node's condition is what its own text
//! asks; where text of one node asks different things, the node becomes a choice, and where the
//! structure itself depends on it, the caller is told to fork. Knows nothing of whole files.

use std::sync::Arc;

use syntax::yaml;
use text::TextRange;

use super::fork;
use super::sheet::{Places, Sheet};
use crate::{Node, NodeKind, Origin, Pattern, PatternPart, PieceKind, When};
use python::output::HOLE;

/// Converts the nodes of one sheet.
pub(crate) struct Converter<'s, 'a> {
    /// What is converted.
    pub(crate) sheet: &'s Sheet<'a>,
    /// Where it was written.
    pub(crate) places: &'s mut Places<'a>,
    /// Set when a node's parts contradict its structure: some rendering has another structure.
    pub(crate) misaligned: bool,
    /// Where that was first seen.
    pub(crate) torn: Option<TextRange>,
}

/// What a node stands in.
#[derive(Clone)]
struct Around<'h> {
    /// The condition that holds already.
    given: When,
    /// Whether what holds it is repeated already.
    repeated: bool,
    /// Whether the node itself may stand any number of times: keys and items may, values not.
    slot: bool,
    /// Holes alone on their lines that belong to the node.
    holes: &'h [u32],
}

impl<'s, 'a> Converter<'s, 'a> {
    /// Over a sheet.
    pub(crate) fn new(sheet: &'s Sheet<'a>, places: &'s mut Places<'a>) -> Self {
        Self { sheet, places, misaligned: false, torn: None }
    }

    /// Converts a document's root, to which all lone holes of `range` belong.
    pub(crate) fn root(&mut self, node: &yaml::Node) -> Node {
        self.root_within(node, false)
    }

    /// The same; `repeated`: in one run of an unknown loop.
    fn root_within(&mut self, node: &yaml::Node, repeated: bool) -> Node {
        let holes = self.sheet.lone.clone();
        self.node(node, &Around { given: When::ALWAYS, repeated, slot: false, holes: &holes })
    }

    /// Converts entry `n` of the root mapping on its own (several entries if its key has variants).
    pub(crate) fn entry(&mut self, entries: &[(yaml::Node, yaml::Node)], n: usize) -> Vec<(Node, Node)> {
        let (Some((key, value)), holes) = (entries.get(n), self.holes_of(entries, n)) else { return Vec::new() };
        let around = Around { given: When::ALWAYS, repeated: false, slot: false, holes: &holes.1 };
        let mut converted = self.pair(key, value, &around);
        converted.extend(self.open_entries(&holes.0, &around));
        converted
    }

    /// The entry that a lone hole at the top stands for.
    pub(crate) fn open_entry(&mut self, hole: u32) -> (Node, Node) {
        let around = Around { given: When::ALWAYS, repeated: false, slot: false, holes: &[] };
        let (key, reason) = self.open(hole, &around);
        let value = Node { kind: NodeKind::Unknown(reason), when: When::ALWAYS, repeated: false, ..key.clone() };
        (key, value)
    }

    /// Which lone holes behind entry `n` open the mapping itself, and which lie in the value.
    fn holes_of(&self, entries: &[(yaml::Node, yaml::Node)], n: usize) -> (Vec<u32>, Vec<u32>) {
        let (Some((key, value)), false) = (entries.get(n), self.sheet.lone.is_empty()) else {
            return Default::default();
        };
        let end = entries.get(n + 1).map_or(u32::MAX, |(next, _)| next.range.start);
        let column = self.sheet.column(key.range.start);
        let behind = self.sheet.lone.iter().copied().filter(|&at| key.range.start < at && at < end);
        behind.partition(|&at| at >= value.range.end && self.sheet.column(at) <= column)
    }

    fn tear(&mut self, range: TextRange) {
        self.misaligned = true;
        self.torn.get_or_insert(range);
    }

    fn origin(&mut self, range: TextRange) -> Arc<Origin> {
        Arc::new(self.places.origin(self.sheet, range))
    }

    /// What a node's own text asks; `None` if it has no text of its own.
    fn own_when(&self, node: &yaml::Node) -> Option<When> {
        if self.sheet.plain {
            return Some(When::ALWAYS);
        }
        if let Some(alias) = node.alias {
            return Some(self.sheet.common_when(alias));
        }
        let mut common: Option<When> = None;
        let mut add = |when: Option<When>| {
            if let Some(when) = when {
                common = Some(common.as_ref().map_or_else(|| when.clone(), |so_far| so_far.common(&when)));
            }
        };
        let inside = |child: &yaml::Node| child.alias.is_some() || node.range.covers(child.range);
        match &node.value {
            yaml::Value::Seq(items) | yaml::Value::Set(items) if !items.is_empty() => {
                items.iter().filter(|item| inside(item)).for_each(|item| add(self.own_when(item)));
            }
            yaml::Value::Map(entries) if !entries.is_empty() => {
                for (key, _) in entries.iter().filter(|(key, _)| inside(key)) {
                    add(self.own_when(key));
                }
            }
            _ if node.range.is_empty() => {}
            _ => add(Some(self.sheet.common_when(node.range))),
        }
        if matches!(node.value, yaml::Value::Seq(_) | yaml::Value::Map(_)) && self.is_flow(node) {
            add(Some(self.sheet.common_when(TextRange::new(node.range.start, node.range.start + 1))));
            add(Some(self.sheet.common_when(TextRange::new(node.range.end.saturating_sub(1), node.range.end))));
        }
        common
    }

    /// Whether a flow collection opens under another condition than it closes.
    fn is_torn(&self, node: &yaml::Node) -> bool {
        let (start, end) = (node.range.start, node.range.end);
        matches!(node.value, yaml::Value::Seq(_) | yaml::Value::Map(_))
            && node.alias.is_none()
            && self.is_flow(node)
            && self.sheet.common_when(TextRange::new(start, start + 1))
                != self.sheet.common_when(TextRange::new(end.saturating_sub(1), end))
    }

    fn is_flow(&self, node: &yaml::Node) -> bool {
        matches!(self.sheet.text.as_bytes().get(node.range.start as usize), Some(b'[' | b'{'))
    }

    fn is_repeated(&self, node: &yaml::Node) -> bool {
        let at = node.alias.unwrap_or(node.range);
        !self.sheet.plain
            && self.sheet.inked_in(TextRange::new(at.start, at.start + 1)).any(|part| self.sheet.piece(part).repeated)
    }

    fn node(&mut self, node: &yaml::Node, around: &Around<'_>) -> Node {
        if self.sheet.plain {
            let kind = self.kind(node, around);
            return Node { kind, origin: self.origin(node.range), when: When::ALWAYS, repeated: false };
        }
        let own = self.own_when(node).unwrap_or_else(|| around.given.clone());
        if !around.given.implied_by(&own) || self.is_torn(node) {
            self.tear(node.alias.unwrap_or(node.range));
        }
        let repeated = around.slot && !around.repeated && self.is_repeated(node);
        // Behind an alias everything is under the anchor's conditions, which hold where it is used.
        let given = if node.alias.is_some() { When::ALWAYS } else { own.clone() };
        let inner = Around { given, repeated: around.repeated || repeated, slot: false, holes: around.holes };
        let when = own.beyond(&around.given);
        if node.alias.is_none() && !is_filled(node) && self.is_stretched(node.range, inner.repeated) {
            return Node { when, repeated, ..self.blurred(node, &own, false) };
        }
        if node.alias.is_none() && self.is_cut_from_choice(node) {
            self.tear(node.range);
        }
        if node.alias.is_none()
            && self.is_varied(node)
            && let Some(varied) = self.variants(node, &own, inner.repeated)
        {
            return Node { when, repeated, ..varied };
        }
        let aligned = self.misaligned;
        let kind = self.kind(node, &inner);
        if node.alias.is_some() {
            self.misaligned = aligned;
        }
        Node { kind, origin: self.origin(node.range), when, repeated }
    }

    fn kind(&mut self, node: &yaml::Node, around: &Around<'_>) -> NodeKind {
        match &node.value {
            yaml::Value::Null if around.holes.is_empty() => NodeKind::Null,
            yaml::Value::Null => {
                let at = around.holes.first().copied().unwrap_or_default();
                NodeKind::Unknown(self.sheet.reason(TextRange::new(at, at + 1)))
            }
            yaml::Value::Bool(value) => NodeKind::Bool(*value),
            yaml::Value::Int(value) => NodeKind::Int(value.clone()),
            yaml::Value::Float(value) => NodeKind::Float(*value),
            yaml::Value::Binary(bytes) => NodeKind::Binary(bytes.clone()),
            yaml::Value::Str(text) => self.string(text, node.range),
            yaml::Value::Set(items) => NodeKind::Set(items.iter().map(|item| self.node(item, around)).collect()),
            yaml::Value::Seq(items) => NodeKind::List(self.items(items, around)),
            yaml::Value::Map(entries) => NodeKind::Map(self.entries(entries, node.range, around)),
        }
    }

    fn string(&self, text: &yaml::Text, range: TextRange) -> NodeKind {
        if self.sheet.plain {
            return NodeKind::Str(Pattern::literal(&text.value));
        }
        let mut value = text.value.to_string();
        // Inside a block scalar a lone hole was no comment: put it back.
        for &at in self.sheet.lone.iter().filter(|&&at| range.contains(at)) {
            let found = text.map.iter().rev().find(|(_, source)| source.start <= at);
            let Some(offset) = found.map(|(offset, source)| (offset + (at - source.start)) as usize) else { continue };
            let end = offset + HOLE.len_utf8();
            if value.get(offset..end).is_some_and(|slice| slice == "#  ") {
                value.replace_range(offset..end, HOLE.encode_utf8(&mut [0; 4]));
            }
        }
        if value.chars().eq([HOLE]) && text.style == yaml::Style::Plain {
            return NodeKind::Unknown(self.sheet.reason(range));
        }
        NodeKind::Str(pattern(&value))
    }

    fn items(&mut self, items: &[yaml::Node], around: &Around<'_>) -> Vec<Node> {
        let mut converted = Vec::with_capacity(items.len());
        let mut holes = around.holes;
        let column = items.first().map_or(0, |first| {
            let line = self.sheet.line_start(first.range.start);
            let dash =
                self.sheet.text.get(line as usize..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
            u32::try_from(dash).unwrap_or(0)
        });
        for (n, item) in items.iter().enumerate() {
            let before = holes.partition_point(|&at| at < item.range.start);
            let (own, rest) = holes.split_at(before);
            converted.extend(own.iter().map(|&at| self.open_item(at, around)));
            let next = items.get(n + 1).map_or(u32::MAX, |next| next.range.start);
            let inside =
                rest.partition_point(|&at| at < next && (at < item.range.end || self.sheet.column(at) > column));
            let (inner, rest) = rest.split_at(inside);
            let node = self.node(item, &Around { holes: inner, slot: true, ..around.clone() });
            self.check_compact(item);
            converted.push(node);
            holes = rest;
        }
        converted.extend(holes.iter().map(|&at| self.open_item(at, around)));
        converted
    }

    /// The first key of a mapping in a list stands behind the dash: without it the others belong to
    /// the item before.
    fn check_compact(&mut self, item: &yaml::Node) {
        let yaml::Value::Map(entries) = &item.value else { return };
        if self.sheet.plain || item.alias.is_some() || entries.len() < 2 {
            return;
        }
        let whens: Vec<When> = entries
            .iter()
            .filter(|(key, _)| item.range.covers(key.range))
            .filter_map(|(key, _)| self.own_when(key))
            .collect();
        if whens.first().is_some_and(|first| whens.iter().any(|when| !first.implied_by(when))) {
            self.tear(item.range);
        }
    }

    fn entries(
        &mut self,
        entries: &[(yaml::Node, yaml::Node)],
        range: TextRange,
        around: &Around<'_>,
    ) -> Vec<(Node, Node)> {
        let mut converted = Vec::with_capacity(entries.len());
        if around.holes.is_empty() {
            for (key, value) in entries {
                converted.extend(self.pair_in(key, value, range, around));
            }
            return converted;
        }
        let first = entries.first().map_or(u32::MAX, |(key, _)| key.range.start);
        let before: Vec<u32> = around.holes.iter().copied().filter(|&at| at < first).collect();
        converted.extend(self.open_entries(&before, around));
        for (n, (key, value)) in entries.iter().enumerate() {
            let (own, inner) = self.holes_of(entries, n);
            let keep = |holes: Vec<u32>| holes.into_iter().filter(|at| around.holes.contains(at)).collect::<Vec<_>>();
            let (own, inner) = (keep(own), keep(inner));
            converted.extend(self.pair_in(key, value, range, &Around { holes: &inner, ..around.clone() }));
            converted.extend(self.open_entries(&own, around));
        }
        converted
    }

    /// An entry; a merged one (`<<`) stands elsewhere and is under its anchor's conditions.
    fn pair_in(
        &mut self,
        key: &yaml::Node,
        value: &yaml::Node,
        range: TextRange,
        around: &Around<'_>,
    ) -> Vec<(Node, Node)> {
        if self.sheet.plain || key.alias.is_some() || range.covers(key.range) {
            return self.pair(key, value, around);
        }
        let given = self.own_when(key).unwrap_or_default();
        let aligned = self.misaligned;
        let pair = self.pair(key, value, &Around { given, repeated: around.repeated, slot: false, holes: &[] });
        self.misaligned = aligned;
        pair
    }

    fn pair(&mut self, key: &yaml::Node, value: &yaml::Node, around: &Around<'_>) -> Vec<(Node, Node)> {
        if self.sheet.plain {
            let (bare, around) = (Around { holes: &[], ..around.clone() }, around);
            return vec![(self.node(key, &bare), self.node(value, around))];
        }
        let mut key_node = self.node(key, &Around { holes: &[], slot: true, ..around.clone() });
        let given = around.given.both(&key_node.when).unwrap_or_else(|| around.given.clone());
        let inner = Around { given, repeated: around.repeated || key_node.repeated, slot: false, holes: around.holes };
        let value = self.node(value, &inner);
        match std::mem::replace(&mut key_node.kind, NodeKind::Null) {
            NodeKind::Choice(alternatives) => alternatives
                .into_iter()
                .map(|alternative| {
                    let when = key_node.when.both(&alternative.when).unwrap_or_else(|| key_node.when.clone());
                    (Node { when, repeated: key_node.repeated, ..as_key(alternative) }, value.clone())
                })
                .collect(),
            kind => {
                key_node.kind = kind;
                vec![(as_key(key_node), value)]
            }
        }
    }

    fn open(&mut self, hole: u32, around: &Around<'_>) -> (Node, Arc<str>) {
        let at = TextRange::new(hole, hole + 1);
        let when = self.sheet.common_when(at).beyond(&around.given);
        let kind = NodeKind::Str(Pattern(vec![PatternPart::Hole]));
        (Node { kind, origin: self.origin(at), when, repeated: !around.repeated }, self.sheet.reason(at))
    }

    fn open_item(&mut self, hole: u32, around: &Around<'_>) -> Node {
        let (node, reason) = self.open(hole, around);
        Node { kind: NodeKind::Unknown(reason), ..node }
    }

    fn open_entries(&mut self, holes: &[u32], around: &Around<'_>) -> Vec<(Node, Node)> {
        let mut entries = Vec::new();
        for &hole in holes {
            let (key, reason) = self.open(hole, around);
            let value = Node { kind: NodeKind::Unknown(reason), when: When::ALWAYS, repeated: false, ..key.clone() };
            entries.push((key, value));
        }
        entries
    }

    /// Whether an unknown loop prints part of a scalar, or all of it any number of times.
    fn is_stretched(&self, range: TextRange, repeated: bool) -> bool {
        !repeated
            && !range.is_empty()
            && self.sheet.inked_in(range).any(|part| {
                self.sheet.piece(part).repeated && !matches!(self.sheet.piece(part).kind, PieceKind::Hole(_))
            })
    }

    /// Whether a collection is only a part of a text that differs between renderings, such as the mapping
    /// of `- pkg: a`: with the other text the list is another one.
    fn is_cut_from_choice(&self, node: &yaml::Node) -> bool {
        if !is_filled(node) || node.range.is_empty() {
            return false;
        }
        self.sheet.inked_in(node.range).next().is_some_and(|part| {
            let before = TextRange::new(part.at.start, node.range.start.max(part.at.start));
            let behind = TextRange::new(node.range.end.min(part.at.end), part.at.end);
            let ink = |range: TextRange| !range.slice(&self.sheet.text).trim().is_empty();
            part.at.covers(node.range)
                && !part.chosen
                && matches!(self.sheet.piece(part).kind, PieceKind::Choice(_))
                && (ink(before) || ink(behind))
        })
    }

    /// Whether a scalar's text differs between renderings.
    fn is_varied(&self, node: &yaml::Node) -> bool {
        if node.range.is_empty() {
            return false;
        }
        if is_filled(node) {
            // A collection that one piece prints, such as a list as JSON.
            let mut parts = self.sheet.inked_in(node.range);
            return node.alias.is_none()
                && parts.next().is_some_and(|part| {
                    part.at.covers(node.range)
                        && !part.chosen
                        && matches!(self.sheet.piece(part).kind, PieceKind::Choice(_))
                });
        }
        let mut parts = self.sheet.inked_in(node.range);
        let Some(first) = parts.next() else { return false };
        let choice =
            |part: &super::sheet::Part| !part.chosen && matches!(self.sheet.piece(part).kind, PieceKind::Choice(_));
        choice(first) || parts.any(|part| part.when != first.when || choice(part))
    }

    /// A scalar's values by rendering, `base` given; `None`: its text decides about structure, which
    /// the caller is told.
    fn variants(&mut self, node: &yaml::Node, base: &When, repeated: bool) -> Option<Node> {
        let block = matches!(&node.value, yaml::Value::Str(text) if matches!(text.style, yaml::Style::Literal | yaml::Style::Folded));
        // The last line's end decides how a block scalar ends.
        let newline = block && self.sheet.text.as_bytes().get(node.range.end as usize) == Some(&b'\n');
        let range = TextRange::new(node.range.start, node.range.end + u32::from(newline));
        let Some(leaves) = self.sheet.renderings(range, base) else {
            return Some(self.blurred(node, base, repeated));
        };
        let mut values = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let document = yaml::load(&leaf.sheet.text);
            let structured = document.root.as_ref().is_some_and(|root| {
                matches!(root.value, yaml::Value::Seq(_) | yaml::Value::Map(_) | yaml::Value::Set(_))
                    && !matches!(node.value, yaml::Value::Seq(_) | yaml::Value::Map(_))
            });
            if !document.errors.is_empty() || structured {
                self.tear(node.range);
                return None;
            }
            let value = match &document.root {
                Some(root) => Converter::new(&leaf.sheet, self.places).root_within(root, repeated),
                None if leaf.sheet.lone.is_empty() => Node::new(NodeKind::Null, self.origin(node.range)),
                None => {
                    let reason = leaf.sheet.reason(TextRange::new(leaf.sheet.lone[0], leaf.sheet.lone[0] + 1));
                    Node::new(NodeKind::Unknown(reason), self.origin(node.range))
                }
            };
            values.push((leaf.when, value));
        }
        let mut merged = fork::merge(values);
        merged.origin = self.origin(node.range);
        Some(merged)
    }

    /// A scalar with too many variants: what is always printed where `base` holds, with holes between;
    /// `repeated`: what an unknown loop prints stands in each of its runs.
    fn blurred(&mut self, node: &yaml::Node, base: &When, repeated: bool) -> Node {
        let mut text = Pattern::default();
        let style = match &node.value {
            yaml::Value::Str(text) => text.style,
            _ => yaml::Style::Plain,
        };
        let quoted = u32::from(matches!(style, yaml::Style::Single | yaml::Style::Double));
        let range = TextRange::new(node.range.start + quoted, node.range.end.saturating_sub(quoted));
        for part in self.sheet.parts_in(range) {
            let piece = self.sheet.piece(part);
            let clip =
                TextRange::new(part.at.start.max(range.start), part.at.end.min(range.end)).slice(&self.sheet.text);
            let known = part.when.implied_by(base)
                && (repeated || !piece.repeated)
                && matches!(piece.kind, PieceKind::Exact | PieceKind::Derived)
                && !matches!(style, yaml::Style::Literal | yaml::Style::Folded)
                && !clip.contains(['\n', '\\']);
            text.push(if known { PatternPart::Text(clip.into()) } else { PatternPart::Hole });
        }
        Node::new(NodeKind::Str(text), self.origin(node.range))
    }
}

/// Whether a node is a collection that holds something.
fn is_filled(node: &yaml::Node) -> bool {
    match &node.value {
        yaml::Value::Seq(items) | yaml::Value::Set(items) => !items.is_empty(),
        yaml::Value::Map(entries) => !entries.is_empty(),
        _ => false,
    }
}

/// A key that is wholly unknown is a text of which nothing is known.
fn as_key(node: Node) -> Node {
    match node.kind {
        NodeKind::Unknown(_) => Node { kind: NodeKind::Str(Pattern(vec![PatternPart::Hole])), ..node },
        _ => node,
    }
}

/// Text with holes where it has [`HOLE`].
pub(crate) fn pattern(text: &str) -> Pattern {
    if !text.contains(HOLE) {
        return Pattern::literal(text);
    }
    let mut pattern = Pattern::default();
    for (n, part) in text.split(HOLE).enumerate() {
        if n > 0 {
            pattern.push(PatternPart::Hole);
        }
        pattern.push(PatternPart::Text(part.into()));
    }
    pattern
}
