//! Chunks of a text: the pieces that each hold one key of the top mapping with its value. They
//! serve recovery (a broken chunk leaves the others readable) and incremental loading (a chunk's
//! result depends on its text, the anchors before it and the directives only). Knows nothing of
//! values; which keys are equal and what `<<` brings is a matter of the whole text.
//!
//! Boundaries come from the parser itself, so quotes, flow collections, block scalars and indented
//! documents are understood; where it stops at an error, the next line that looks like a key at the
//! top mapping's own indentation begins a chunk.

use text::TextRange;

use super::compose::{Composed, Graph, RawKind};
use super::event::{Event, EventKind, Events, Props, SyntaxError};
use super::parser::Parser;

/// How often the text may be read again because of errors that show far behind their cause (an
/// unclosed quote); after that, chunks end at lines that look like keys.
const REREADS: usize = 8;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// From the start of the key's line (for the first chunk: of the text) to the next chunk.
    pub range: TextRange,
    /// Why the chunk can't be read, if so.
    pub error: Option<SyntaxError>,
}

/// Splits a text at the keys of its top mapping. A text without a block mapping at the top is one
/// chunk. The chunks cover the text without gaps up to the end of its first document.
#[must_use]
pub fn split(text: &str) -> Vec<Chunk> {
    let mut walker = Walker::new(text);
    let mut graph = Graph::default();
    let mut chunks = Vec::new();
    while let Some((range, composed)) = walker.next_chunk(&mut graph) {
        chunks.push(Chunk { range, error: composed.error });
    }
    chunks
}

/// Reads a text chunk by chunk.
pub(super) struct Walker<'t> {
    text: &'t str,
    pos: usize,
    done: bool,
    /// Column of the top mapping's keys, once known.
    indent: Option<usize>,
    tags: Vec<(String, String)>,
    /// Bytes that may still be read in vain.
    budget: usize,
}

impl<'t> Walker<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let budget = text.len().saturating_mul(REREADS);
        Self { text, pos: 0, done: text.is_empty(), indent: None, tags: Vec::new(), budget }
    }

    /// Composes the next chunk into `graph`.
    pub(super) fn next_chunk(&mut self, graph: &mut Graph<'t>) -> Option<(TextRange, Composed)> {
        if self.done {
            return None;
        }
        let start = self.pos;
        let mut refused = None;
        if self.budget > 0 {
            let before = graph.mark();
            let (mut composed, next) = self.read(graph, self.text.len());
            refused = composed.error.take();
            let Some(error) = &refused else {
                return Some(self.step(start, next.unwrap_or(self.text.len()), composed));
            };
            self.budget = self.budget.saturating_sub(error.at.saturating_sub(start));
            graph.reset(before);
        }
        let end = self.next_key_line(start).unwrap_or(self.text.len());
        let (mut composed, _) = self.read(graph, end);
        // what is fine by itself may still not stand before what follows
        composed.error = composed.error.or(refused);
        Some(self.step(start, end, composed))
    }

    fn step(&mut self, start: usize, end: usize, composed: Composed) -> (TextRange, Composed) {
        self.pos = end;
        // what follows the first document is not read
        self.done = end >= self.text.len() || composed.another.is_some();
        (TextRange::of(start, end), composed)
    }

    /// Reads from the current position up to the next key of the top mapping, and where that is.
    fn read(&mut self, graph: &mut Graph<'t>, end: usize) -> (Composed, Option<usize>) {
        let mut parser = Parser::new(self.text, self.pos, end);
        parser.set_tags(&self.tags);
        let mut events =
            UntilKey { parser, text: self.text, start: self.pos, depth: 0, items: 0, column: None, next: None };
        let composed = graph.read(&mut events);
        self.indent = self.indent.or(events.column);
        if self.pos == 0 {
            self.tags = events.parser.tags().to_vec();
        }
        (composed, events.next)
    }

    /// The next line after the one at `from` that looks like a key of the top mapping.
    fn next_key_line(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let line = self.text.get(at..)?.split_inclusive('\n').next()?;
            if at > from || (self.indent.is_none() && looks_like_key(line)) {
                let column = line.len() - line.trim_start_matches(' ').len();
                if self.indent.is_none_or(|indent| indent == column) && looks_like_key(line) {
                    self.indent = self.indent.or(Some(column));
                    if at > from {
                        return Some(at);
                    }
                }
            }
            at += line.len();
        }
    }
}

/// Whether a line begins with what can only be meant as a key.
fn looks_like_key(line: &str) -> bool {
    let line = line.trim();
    let rest = match line.as_bytes().first() {
        None | Some(b'#' | b'-' | b'%' | b'@' | b'`' | b':' | b',' | b']' | b'}' | b'|' | b'>') => return false,
        Some(&quote @ (b'"' | b'\'')) => match line[1..].find(char::from(quote)) {
            Some(close) => &line[close + 2..],
            None => return false,
        },
        Some(_) => line,
    };
    let rest = rest.split(" #").next().unwrap_or(rest);
    rest.ends_with(':') || rest.contains(": ") || rest.contains(":\t")
}

/// Events up to the second key of a top mapping in block style.
struct UntilKey<'t> {
    parser: Parser<'t>,
    text: &'t str,
    start: usize,
    depth: usize,
    /// Keys and values met in the top mapping.
    items: usize,
    /// Column of the top mapping's keys; none if the top is something else.
    column: Option<usize>,
    /// Where the next chunk begins.
    next: Option<usize>,
}

impl<'t> Events<'t> for UntilKey<'t> {
    fn next_event(&mut self) -> Result<Event<'t>, SyntaxError> {
        let event = self.parser.next_event()?;
        let at = event.start as usize;
        match &event.kind {
            EventKind::SeqEnd | EventKind::MapEnd => {
                self.depth = self.depth.saturating_sub(1);
                return Ok(event);
            }
            EventKind::StreamEnd | EventKind::DocumentStart | EventKind::DocumentEnd => return Ok(event),
            EventKind::Alias(_) | EventKind::Scalar { .. } | EventKind::SeqStart(_) | EventKind::MapStart(_) => {}
        }
        if self.depth == 1 && self.column.is_some() {
            self.items += 1;
            if self.items > 1 && self.items % 2 == 1 {
                self.next = self.boundary(at);
                if self.next.is_some() {
                    let end = event.start;
                    return Ok(Event { kind: EventKind::StreamEnd, range: TextRange::empty(end), start: end });
                }
            }
        }
        if let EventKind::MapStart(props) = &event.kind {
            let block = self.text.as_bytes().get(event.range.start as usize) != Some(&b'{') || event.range.is_empty();
            if self.depth == 0 && block && *props == Props::default() {
                self.column = Some(at - self.line_start(at));
            }
        }
        if matches!(event.kind, EventKind::SeqStart(_) | EventKind::MapStart(_)) {
            self.depth += 1;
        }
        Ok(event)
    }
}

impl UntilKey<'_> {
    fn line_start(&self, at: usize) -> usize {
        let head = self.text.as_bytes().get(..at).unwrap_or_default();
        let start = head.iter().rposition(|&byte| byte == b'\n' || byte == b'\r').map_or(0, |found| found + 1);
        if start == 0 && self.text.starts_with('\u{feff}') { at.min(3) } else { start }
    }

    /// The start of the line of the key at `at`, if nothing but the mapping's indentation (and a
    /// `?`) stands before it.
    fn boundary(&self, at: usize) -> Option<usize> {
        let (line, column) = (self.line_start(at), self.column?);
        let before = self.text.get(line..at)?;
        let indentation = before.len() - before.trim_start_matches(' ').len();
        let only = before[indentation..].trim_start_matches('?').trim().is_empty();
        (line > self.start && indentation == column && only).then_some(line)
    }
}

/// The pairs of all chunks of a text as one mapping: the graph, its root, and what was refused.
pub(super) struct Pieces<'t> {
    pub(super) graph: Graph<'t>,
    pub(super) root: Option<super::compose::Mention>,
    /// One per broken chunk.
    pub(super) broken: Vec<SyntaxError>,
    /// Where a further document begins.
    pub(super) another: Option<TextRange>,
}

/// Reads all chunks into one graph.
pub(super) fn read_all(text: &str) -> Pieces<'_> {
    let mut walker = Walker::new(text);
    let mut pieces = Pieces { graph: Graph::default(), root: None, broken: Vec::new(), another: None };
    while let Some((_, composed)) = walker.next_chunk(&mut pieces.graph) {
        pieces.broken.extend(composed.error);
        pieces.another = composed.another;
        let Some(root) = composed.root else { continue };
        match pieces.root {
            None => pieces.root = Some(root),
            Some(first) => pieces.graph.append_pairs(first.id, root.id),
        }
        // junk before the first key does not hide the keys
        let scalar = |id: u32| matches!(pieces.graph.nodes[id as usize].kind, RawKind::Scalar(..));
        if !walker.done && scalar(root.id) {
            pieces.root = pieces.root.filter(|root| !scalar(root.id));
        }
    }
    pieces
}
