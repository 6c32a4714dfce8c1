//! The whole way from a text to a [`Document`].

use std::borrow::Cow;

use text::TextRange;

use super::compose::Graph;
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
    let mut syntax = composed.error.as_ref().map(|error| syntax_error(&clean, error));
    if let Some((at, c)) = forbidden {
        let block = at / READ_BLOCK * READ_BLOCK;
        if composed.error.as_ref().is_none_or(|error| error.at >= block) {
            syntax = Some(reader_error(at, c));
        }
    }
    graph.errors.extend(syntax);
    if let Some(range) = composed.another {
        let first = composed.root.map_or(TextRange::empty(0), |root| graph.nodes[root.id as usize].mark());
        graph.errors.push(YamlError {
            kind: YamlErrorKind::SeveralDocuments,
            message: "but found another document".to_owned(),
            range,
            context: Some((first, "expected a single document in the stream".to_owned())),
        });
    }
    let root = composed.root.map(|root| Builder::new(&mut graph).node(root));
    let mut errors = graph.errors;
    errors.sort_by_key(|error| error.range.start);
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
