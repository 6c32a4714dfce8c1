//! From what Jinja printed to data: loads the joint text, and where that cannot be read as it stands
//! loads the renderings of the stretch one by one. Knows nothing of files and SLS.

use syntax::yaml::{self, YamlErrorKind};
use text::TextRange;
use world::{Reader, Stopped};

use super::convert::Converter;
use super::fork;
use super::sheet::{Leaf, MAX_RENDERINGS, Places, Sheet};
use super::{json, refusal};
use crate::{Node, NodeKind, Origin, Output, Problem, When};

/// Problems of one file beyond which nobody reads on.
const MAX_PROBLEMS: usize = 200;

/// Key lines that a stretch is followed back over.
const MAX_STEPS_BACK: usize = 100;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Salt's YAML.
    Yaml,
    /// JSON.
    Json,
    /// YAML with tags of its own.
    Yamlex,
}

/// What was loaded.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The data; `None` if there is nothing (Salt takes anything empty for an empty mapping).
    pub(crate) data: Option<Node>,
    /// What Salt refuses.
    pub(crate) problems: Vec<Problem>,
    /// See [`crate::Rendered::shared`].
    pub(crate) shared: Vec<Vec<(String, String)>>,
    /// Whether nothing was lost.
    pub(crate) complete: bool,
}

type Entries = Vec<(yaml::Node, yaml::Node)>;
/// Errors by rendering.
type Leaves = Vec<(When, Vec<Refused>)>;
/// Converted entries.
type Pairs = Vec<(Node, Node)>;

/// What a stretch became.
enum Fork {
    /// It has one rendering: its joint text.
    Single,
    /// It has more renderings than are looked at.
    TooMany,
    /// The stretch, which may have grown, and the entries of all its renderings.
    Merged(TextRange, Pairs),
}

/// Loads what was printed. An empty text gives nothing; what else counts as false in Python is data.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn load(reader: &Reader<'_>, output: &Output, format: Format) -> Result<Loaded, Stopped> {
    reader.tick()?;
    let (sheet, document) = parse(Sheet::joint(output), format);
    let mut loader = Loader {
        reader,
        format,
        places: Places::new(output),
        sheet: &sheet,
        problems: Vec::new(),
        complete: true,
        key_lines: std::cell::OnceCell::new(),
    };
    let shared = document.root.as_ref().map(shared_lists).unwrap_or_default();
    let data = match document.root {
        Some(yaml::Node { value: yaml::Value::Map(entries), range, .. }) => {
            loader.mapping(entries, &document.errors, range)?
        }
        None if document.errors.is_empty() && sheet.lone.is_empty() => None,
        None if document.errors.is_empty() => loader.mapping(Vec::new(), &[], TextRange::empty(0))?,
        root => loader.whole(root.as_ref(), &document.errors)?,
    };
    let Loader { mut problems, complete, .. } = loader;
    problems.truncate(MAX_PROBLEMS);
    let mut seen = Vec::with_capacity(problems.len());
    problems.retain(|problem| {
        !seen.contains(problem) && {
            seen.push(problem.clone());
            true
        }
    });
    Ok(Loaded { data, problems, shared, complete })
}

/// Lists two levels deep that several keys share through aliases.
fn shared_lists(root: &yaml::Node) -> Vec<Vec<(String, String)>> {
    let mut mentions: Vec<(TextRange, bool, (String, String))> = Vec::new();
    let yaml::Value::Map(entries) = &root.value else { return Vec::new() };
    for (id, body) in entries {
        let (yaml::Value::Str(id), yaml::Value::Map(states)) = (&id.value, &body.value) else { continue };
        for (key, list) in states {
            if let (yaml::Value::Str(key), yaml::Value::Seq(_)) = (&key.value, &list.value) {
                mentions.push((list.range, list.alias.is_some(), (id.value.to_string(), key.value.to_string())));
            }
        }
    }
    let mut seen: Vec<TextRange> = Vec::new();
    for (range, ..) in mentions.iter().filter(|(_, alias, _)| *alias) {
        if !seen.contains(range) {
            seen.push(*range);
        }
    }
    let of =
        |range: &TextRange| mentions.iter().filter(|one| one.0 == *range).map(|one| one.2.clone()).collect::<Vec<_>>();
    seen.iter().map(of).filter(|keys| keys.len() > 1).collect()
}

/// Loads a sheet; where it fails with unknown lines as comments, also with unknown lines as scalars.
fn parse(sheet: Sheet<'_>, format: Format) -> (Sheet<'_>, yaml::Document) {
    let read = |text: &str| {
        let mut document = match format {
            Format::Json => json::load(text),
            Format::Yaml | Format::Yamlex => yaml::load(text),
        };
        if format == Format::Yamlex {
            document.errors.retain(|error| error.kind != YamlErrorKind::Tag);
        }
        document
    };
    let document = read(&sheet.text);
    if !document.errors.is_empty()
        && let Some(other) = sheet.with_scalar_holes()
    {
        let second = read(&other.text);
        if second.errors.len() < document.errors.len() {
            return (other, second);
        }
    }
    (sheet, document)
}

/// Python's truth of loaded data, as far as it is known.
pub(super) fn is_truthy(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null | NodeKind::Bool(false) => false,
        NodeKind::Int(value) => *value != 0.into(),
        NodeKind::Float(value) => *value != 0.0,
        NodeKind::Str(text) => text.as_literal() != Some(""),
        NodeKind::Binary(bytes) => !bytes.is_empty(),
        NodeKind::List(items) | NodeKind::Set(items) => !items.is_empty(),
        NodeKind::Map(entries) => !entries.is_empty(),
        _ => true,
    }
}

struct Loader<'l, 'a> {
    reader: &'l Reader<'l>,
    format: Format,
    places: Places<'a>,
    sheet: &'l Sheet<'a>,
    problems: Vec<Problem>,
    complete: bool,
    /// Found once, when the first stretch is cut out.
    key_lines: std::cell::OnceCell<std::rc::Rc<[u32]>>,
}

/// Errors of one rendering, or of all.
struct Refused {
    error: yaml::YamlError,
    origin: Origin,
    context: Option<(Origin, String)>,
    hole: bool,
}

impl<'a> Loader<'_, 'a> {
    /// A mapping at the top, entry by entry.
    fn mapping(
        &mut self,
        entries: Entries,
        errors: &[yaml::YamlError],
        range: TextRange,
    ) -> Result<Option<Node>, Stopped> {
        let mut converted: Vec<(u32, Vec<(Node, Node)>)> = Vec::with_capacity(entries.len());
        let mut bad: Vec<TextRange> = Vec::new();
        let first = entries.first().map_or(u32::MAX, |(key, _)| key.range.start);
        for &hole in self.sheet.lone.iter().filter(|&&at| at < first) {
            let entry = Converter::new(self.sheet, &mut self.places).open_entry(hole);
            converted.push((hole, vec![entry]));
        }
        for n in 0..entries.len() {
            self.reader.tick()?;
            let mut converter = Converter::new(self.sheet, &mut self.places);
            let pairs = converter.entry(&entries, n);
            let misaligned = converter.misaligned;
            let at = entries[n].0.range;
            if misaligned {
                bad.push(at.join(if entries[n].1.range.start > at.start { entries[n].1.range } else { at }));
            }
            converted.push((at.start, pairs));
        }
        if !self.sheet.plain {
            let structural = errors.iter().filter(|error| error.kind != YamlErrorKind::DuplicateKey);
            bad.extend(structural.map(|error| reach(self.sheet, error)));
        }
        let regions = if bad.is_empty() { Vec::new() } else { self.regions(&bad, &entries) };
        // Stretches whose joint text says nothing about errors.
        let mut forked: Vec<TextRange> = Vec::new();
        for region in regions {
            match self.fork_region(region, &entries)? {
                Fork::Single => {}
                Fork::TooMany => {
                    // What belongs to which state depends on tests that nobody decided.
                    let within = converted.iter_mut().filter(|(at, _)| region.contains(*at));
                    within.flat_map(|(_, pairs)| pairs).for_each(|(_, value)| open_lists(value, 3));
                    forked.push(region);
                }
                Fork::Merged(region, merged) => {
                    converted.retain(|(at, _)| !region.contains(*at));
                    converted.push((region.start, merged));
                    forked.push(region);
                }
            }
        }
        for error in errors {
            if !forked.iter().any(|region| region.touches(error.range.start)) {
                self.joint_error(error);
            }
        }
        converted.sort_by_key(|(at, _)| *at);
        let pairs: Vec<(Node, Node)> = converted.into_iter().flat_map(|(_, pairs)| pairs).collect();
        let origin = self.places.origin(self.sheet, range);
        Ok(Some(Node::new(NodeKind::Map(pairs), origin.into())))
    }

    /// Anything but a mapping at the top.
    fn whole(&mut self, root: Option<&yaml::Node>, errors: &[yaml::YamlError]) -> Result<Option<Node>, Stopped> {
        let mut converter = Converter::new(self.sheet, &mut self.places);
        let joint = root.map(|root| converter.root(root));
        let everything = TextRange::of(0, self.sheet.text.len());
        if converter.misaligned || (!errors.is_empty() && !self.sheet.plain) {
            let base = self.sheet.common_when(everything);
            if let Some(leaves) = self.sheet.renderings(everything, &base).filter(|leaves| leaves.len() > 1) {
                let mut values = Vec::new();
                let mut refused = Vec::new();
                for Leaf { when, sheet } in leaves {
                    self.reader.tick()?;
                    let (sheet, document) = parse(sheet, self.format);
                    let value = document.root.as_ref().map(|root| Converter::new(&sheet, &mut self.places).root(root));
                    let origin = self.places.origin(&sheet, TextRange::empty(0));
                    values.push((
                        when.clone(),
                        value.unwrap_or_else(|| Node::new(NodeKind::Map(Vec::new()), origin.into())),
                    ));
                    let errors = document.errors.into_iter().map(|error| self.refused(&sheet, error));
                    refused.push((when, errors.collect()));
                }
                self.leaf_errors(&base, refused);
                return Ok(Some(fork::merge(values)));
            }
        }
        errors.iter().for_each(|error| self.joint_error(error));
        Ok(joint)
    }

    /// The stretches, from key line to key line, whose structure depends on conditions.
    fn regions(&self, bad: &[TextRange], entries: &Entries) -> Vec<TextRange> {
        let lines = self.key_lines(entries);
        let end_of_text = u32::try_from(self.sheet.text.len()).unwrap_or(u32::MAX);
        let mut bad = bad.to_vec();
        bad.sort_by_key(|range| range.start);
        let mut regions: Vec<TextRange> = Vec::new();
        for range in bad {
            if regions.last().is_some_and(|region: &TextRange| region.covers(range) && range.end < region.end) {
                continue;
            }
            let mut first = lines.partition_point(|&at| at <= range.start);
            let next = lines.partition_point(|&at| at < range.end.max(range.start + 1));
            let end = lines.get(next).copied().unwrap_or(end_of_text);
            // It must begin where all of it begins: a key under a condition that the rest is not
            // under continues what stood before.
            let mut steps = 0;
            let start = loop {
                steps += 1;
                first = first.saturating_sub(1);
                let start = if first == 0 { 0 } else { lines.get(first).copied().unwrap_or(0) };
                let region = TextRange::new(start, end);
                if start == 0 || steps > MAX_STEPS_BACK || self.sheet.is_under_its_head(region) {
                    break start;
                }
            };
            regions.push(TextRange::new(start, end));
        }
        regions.sort_by_key(|region| region.start);
        let mut joined: Vec<TextRange> = Vec::new();
        for region in regions {
            match joined.last_mut() {
                Some(last) if region.start < last.end => *last = last.join(region),
                _ => joined.push(region),
            }
        }
        joined
    }

    /// Starts of the lines that begin an entry of the top mapping, as far as their look tells.
    fn key_lines(&self, entries: &Entries) -> std::rc::Rc<[u32]> {
        self.key_lines.get_or_init(|| self.find_key_lines(entries).into()).clone()
    }

    fn find_key_lines(&self, entries: &Entries) -> Vec<u32> {
        let column = entries.first().map_or(0, |(key, _)| self.sheet.column(key.range.start)) as usize;
        let mut lines = Vec::new();
        let mut start = 0;
        for line in self.sheet.text.split_inclusive('\n') {
            let body = line.trim_start_matches(' ');
            let head = body.chars().next().unwrap_or('#');
            let is_key = line.len() - body.len() == column
                && !matches!(head, '#' | '-' | '}' | ']' | ',' | '|' | '>' | '\t' | '\n' | '\r' | '%')
                && body.trim_end().split(": ").count() + usize::from(body.trim_end().ends_with(':')) > 1;
            if is_key {
                lines.push(u32::try_from(start).unwrap_or(u32::MAX));
            }
            start += line.len();
        }
        lines
    }

    /// Forks a stretch; one that some rendering cannot be read of may have been cut too short.
    fn fork_region(&mut self, region: TextRange, entries: &Entries) -> Result<Fork, Stopped> {
        let base = self.sheet.common_when(region);
        let Some((mut merged, mut refused)) = self.fork(region, &base)? else {
            self.complete = false;
            let whole = self.sheet.restricted(region, &base);
            let single = whole.undecided(TextRange::of(0, whole.text.len())).is_none();
            return Ok(if single { Fork::Single } else { Fork::TooMany });
        };
        let syntax = |refused: &Leaves| {
            refused.iter().flat_map(|(_, errors)| errors).filter(|one| one.error.kind == YamlErrorKind::Syntax).count()
        };
        let mut region = region;
        if syntax(&refused) > 0 {
            let lines = self.key_lines(entries);
            let end = u32::try_from(self.sheet.text.len()).unwrap_or(u32::MAX);
            let behind = lines.iter().copied().filter(|&at| at > region.end).chain([end]);
            for end in behind.take(3) {
                let longer = TextRange::new(region.start, end);
                let Some(second) = self.fork(longer, &base)? else { break };
                if syntax(&second.1) < syntax(&refused) {
                    (region, (merged, refused)) = (longer, second);
                    break;
                }
            }
        }
        self.leaf_errors(&base, refused);
        for (key, _) in &mut merged {
            key.when = base.both(&key.when).unwrap_or_else(|| base.clone());
        }
        Ok(Fork::Merged(region, merged))
    }

    /// The entries and errors of a stretch by rendering, deciding only the tests that its structure
    /// depends on; `None` if that is no test or too many.
    fn fork(&mut self, region: TextRange, base: &When) -> Result<Option<(Pairs, Leaves)>, Stopped> {
        let mut open = vec![base.clone()];
        let (mut values, mut refused) = (Vec::new(), Vec::new());
        while let Some(given) = open.pop() {
            self.reader.tick()?;
            if values.len() + open.len() >= MAX_RENDERINGS {
                return Ok(None);
            }
            let (sheet, document) = parse(self.sheet.restricted(region, &given), self.format);
            let mut converter = Converter::new(&sheet, &mut self.places);
            let mut entries = Vec::new();
            let mut lost = false;
            if let Some(root) = &document.root {
                let Node { kind, when, .. } = converter.root(root);
                match kind {
                    NodeKind::Map(pairs) => entries = pairs,
                    _ => lost = true,
                }
                // What all of it asks stands at the mapping itself.
                for (key, _) in &mut entries {
                    key.when = key.when.both(&when).unwrap_or_else(|| when.clone());
                }
            } else {
                entries.extend(sheet.lone.iter().map(|&hole| converter.open_entry(hole)));
            }
            let everything = TextRange::of(0, sheet.text.len());
            let atom = if converter.misaligned {
                // What stands before it decides to what it belongs, the nearest first.
                let torn = converter.torn.unwrap_or(everything);
                let place = sheet.undecided(torn).or_else(|| sheet.undecided_before(torn.start));
                place.or_else(|| sheet.undecided(everything))
            } else if lost || document.errors.iter().any(|error| !excluded(&sheet, error)) {
                let mut near = document.errors.iter().map(|error| reach(&sheet, error));
                near.find_map(|range| sheet.undecided(range)).or_else(|| sheet.undecided(everything))
            } else {
                None
            };
            if let Some(atom) = atom {
                open.extend([false, true].into_iter().filter_map(|answer| given.and(&atom, answer)));
                continue;
            }
            self.complete &= !lost;
            let when = given.beyond(base);
            let errors = document.errors.into_iter().filter(|error| !excluded(&sheet, error)).collect::<Vec<_>>();
            let errors = errors.into_iter().map(|error| self.refused(&sheet, error)).collect();
            refused.push((when.clone(), errors));
            values.push((when, entries));
        }
        if values.len() < 2 {
            return Ok(None);
        }
        Ok(Some((fork::merge_entries(values), refused)))
    }

    fn refused(&mut self, sheet: &Sheet<'a>, error: yaml::YamlError) -> Refused {
        let context = error.context.as_ref().map(|(range, text)| (self.places.origin(sheet, *range), text.clone()));
        Refused { origin: self.places.origin(sheet, error.range), context, hole: has_hole(sheet, &error), error }
    }

    /// Errors by rendering: what all renderings of the stretch have is certain.
    fn leaf_errors(&mut self, base: &When, leaves: Leaves) {
        let all: Vec<When> = leaves.iter().map(|(when, _)| when.clone()).collect();
        let mut grouped: Vec<(Refused, Vec<When>)> = Vec::new();
        for (when, refused) in leaves {
            for one in refused {
                self.complete = false;
                let known = grouped.iter_mut().find(|(other, _)| {
                    other.error.kind == one.error.kind
                        && other.error.message == one.error.message
                        && other.origin.path == one.origin.path
                        && other.origin.range == one.origin.range
                });
                match known {
                    Some((_, whens)) => whens.push(when.clone()),
                    None => grouped.push((one, vec![when.clone()])),
                }
            }
        }
        for (refused, whens) in grouped {
            if refused.hole {
                continue;
            }
            for when in fork::cover(whens, &all) {
                let when = base.both(&when).unwrap_or(when);
                self.problems.push(refusal::problem(
                    &refused.error,
                    refused.origin.clone(),
                    refused.context.clone(),
                    when,
                    true,
                ));
            }
        }
    }

    /// An error of the joint text, which holds unless a hole or conditions are behind it.
    fn joint_error(&mut self, error: &yaml::YamlError) {
        if has_hole(self.sheet, error) {
            self.complete &= error.kind == YamlErrorKind::DuplicateKey;
            return;
        }
        let mut when = self.sheet.common_when(error.range);
        if let Some((range, _)) = &error.context {
            let Some(both) = when.both(&self.sheet.common_when(*range)) else { return };
            when = both;
        }
        self.complete = false;
        let repeated = self.sheet.parts_in(error.range).iter().any(|part| self.sheet.piece(part).repeated);
        // A syntax error of a joint text that no rendering prints as it is proves nothing.
        let region = TextRange::new(self.sheet.line_start(error.range.start), error.range.end);
        let mixed = error.kind != YamlErrorKind::DuplicateKey
            && !self.sheet.plain
            && self.sheet.inked_in(region).any(|part| !part.when.is_always());
        let refused = self.refused(self.sheet, error.clone());
        self.problems.push(refusal::problem(error, refused.origin, refused.context, when, !repeated && !mixed));
    }
}

/// Adds an unknown item to each list in a value, `depth` levels deep.
fn open_lists(node: &mut Node, depth: usize) {
    let rest = |origin: &std::sync::Arc<Origin>| Node {
        kind: NodeKind::Unknown("it depends on too many tests".into()),
        origin: origin.clone(),
        when: When::ALWAYS,
        repeated: true,
    };
    match &mut node.kind {
        NodeKind::List(items) => items.push(rest(&node.origin)),
        NodeKind::Map(entries) if depth > 0 => {
            entries.iter_mut().for_each(|(_, value)| open_lists(value, depth - 1));
        }
        NodeKind::Choice(nodes) if depth > 0 => nodes.iter_mut().for_each(|node| open_lists(node, depth - 1)),
        _ => {}
    }
}

/// From where an error may come: what was being scanned, else the line before, behind which libyaml
/// often notices it.
fn reach(sheet: &Sheet<'_>, error: &yaml::YamlError) -> TextRange {
    let scanned = error.context.as_ref().filter(|(_, text)| text.starts_with("while scanning"));
    let start = scanned.map_or_else(
        || sheet.line_start(sheet.line_start(error.range.start).saturating_sub(1)),
        |(range, _)| range.start,
    );
    error.range.join(TextRange::empty(start.min(error.range.start)))
}

/// Whether two equal keys never stand in one rendering.
fn excluded(sheet: &Sheet<'_>, error: &yaml::YamlError) -> bool {
    let context = error.context.as_ref().filter(|_| error.kind == YamlErrorKind::DuplicateKey);
    context.is_some_and(|(range, _)| !sheet.common_when(error.range).compatible(&sheet.common_when(*range)))
}

/// Whether unknown text may be behind an error: a hole on its lines or between it and its context.
fn has_hole(sheet: &Sheet<'_>, error: &yaml::YamlError) -> bool {
    if sheet.plain {
        return false;
    }
    if error.kind == YamlErrorKind::DuplicateKey {
        return sheet.has_hole(error.range) || error.context.as_ref().is_some_and(|(range, _)| sheet.has_hole(*range));
    }
    let from = error.context.as_ref().map_or(error.range.start, |(range, _)| range.start.min(error.range.start));
    // The lines around it: PyYAML often notices an error on the line behind it.
    let start = sheet.line_start(sheet.line_start(from).saturating_sub(1));
    let rest = sheet.text.get(error.range.end as usize..).unwrap_or("");
    let end = error.range.end + u32::try_from(rest.find('\n').unwrap_or(rest.len())).unwrap_or(0);
    sheet.has_hole(TextRange::new(start, end))
}
