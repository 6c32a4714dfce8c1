//! The whole way from a text to a [`Document`].

use std::borrow::Cow;

use text::TextRange;

use super::chunks;
use super::compose::{Graph, Mention, RawKind};
use super::construct::Builder;
use super::event::SyntaxError;
use super::parser::Parser;
use super::{Document, YamlError, YamlErrorKind};

/// libyaml reads so many bytes at once; a forbidden character is reported before anything that is
/// wrong in its own block.
const READ_BLOCK: usize = 16 * 1024;

/// Loads a YAML text as Salt's YAML renderer does. Never fails: what Salt would refuse is in
/// [`Document::errors`], and `root` holds what could be read. Texts over 4 GiB are cut.
#[must_use]
pub fn load(text: &str) -> Document {
    let forbidden = forbidden_character(text);
    // the scanner may take a NUL for the end of the text
    let clean: Cow<'_, str> =
        if text.contains('\0') { Cow::Owned(text.replace('\0', "?")) } else { Cow::Borrowed(text) };
    let mut graph = Graph::default();
    let composed = graph.read(&mut Parser::new(&clean, 0, clean.len()));
    let mut syntax: Vec<YamlError> = composed.error.iter().map(|error| syntax_error(&clean, error)).collect();
    if let Some((at, c)) = forbidden {
        let block = at / READ_BLOCK * READ_BLOCK;
        if composed.error.as_ref().is_none_or(|error| error.at >= block) {
            syntax = vec![reader_error(at, c)];
        }
    }
    if composed.error.is_some() && recoverable(&graph, composed.root) {
        let pieces = chunks::read_all(&clean);
        syntax.append(&mut graph.errors);
        // the first broken chunk is what the whole parse stumbled over
        syntax.extend(pieces.broken.iter().skip(1).map(|error| syntax_error(&clean, error)));
        return finish(pieces.graph, pieces.root, pieces.another, syntax);
    }
    finish(graph, composed.root, composed.another, syntax)
}

/// Loads a text chunk by chunk: the same as [`load`] for every text that Salt accepts.
#[must_use]
pub fn load_chunked(text: &str) -> Document {
    let clean: Cow<'_, str> =
        if text.contains('\0') { Cow::Owned(text.replace('\0', "?")) } else { Cow::Borrowed(text) };
    let pieces = chunks::read_all(&clean);
    let mut syntax: Vec<YamlError> = pieces.broken.iter().map(|error| syntax_error(&clean, error)).collect();
    syntax.extend(forbidden_character(text).map(|(at, c)| reader_error(at, c)));
    finish(pieces.graph, pieces.root, pieces.another, syntax)
}

/// Whether the text may have keys beyond those that the whole parse reached.
fn recoverable(graph: &Graph<'_>, root: Option<Mention>) -> bool {
    root.is_none_or(|root| !matches!(graph.nodes[root.id as usize].kind, RawKind::Seq(_)))
}

/// Values from nodes, with all that was refused in text order.
fn finish(mut graph: Graph<'_>, root: Option<Mention>, another: Option<TextRange>, syntax: Vec<YamlError>) -> Document {
    graph.errors.extend(syntax);
    if let Some(range) = another {
        let first = root.map_or(TextRange::empty(0), |root| graph.nodes[root.id as usize].mark());
        graph.errors.push(YamlError {
            kind: YamlErrorKind::SeveralDocuments,
            message: "but found another document".to_owned(),
            range,
            context: Some((first, "expected a single document in the stream".to_owned())),
        });
    }
    let root = root.map(|root| Builder::new(&mut graph).node(root));
    let mut errors = graph.errors;
    errors.sort_by(|a, b| (a.range, &a.message).cmp(&(b.range, &b.message)));
    errors.dedup();
    Document { root, errors }
}

/// The first character that libyaml's reader refuses.
fn forbidden_character(text: &str) -> Option<(usize, char)> {
    let suspicious = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte >= 0x7F;
    let mut from = 0;
    while let Some(found) = text.as_bytes()[from..].iter().position(|&byte| suspicious(byte)) {
        let at = from + found;
        let c = text.get(at..)?.chars().next()?;
        let fine = matches!(c, '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
        if !fine {
            return Some((at, c));
        }
        from = at + c.len_utf8();
    }
    None
}

fn reader_error(at: usize, c: char) -> YamlError {
    YamlError {
        kind: YamlErrorKind::Syntax,
        message: format!("unacceptable character #x{:04x}: control characters are not allowed", c as u32),
        range: TextRange::of(at, at + c.len_utf8()),
        context: None,
    }
}

/// A syntax error as users see it: one character wide.
pub(super) fn syntax_error(text: &str, error: &SyntaxError) -> YamlError {
    let width = text.get(error.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    YamlError {
        kind: if error.limit { YamlErrorKind::Limit } else { YamlErrorKind::Syntax },
        message: error.problem.to_string(),
        range: TextRange::of(error.at, error.at + width),
        context: error.context.map(|(at, context)| (TextRange::of(at, error.at.max(at)), context.to_owned())),
    }
}
