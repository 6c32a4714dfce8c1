//! The tokens of YAML between the tags: keys and comments, line by line, text blocks left alone.

use model::requisite::{INVERSE, REQUISITES};
use syntax::jinja::{Template, TokenKind};
use text::TextRange;

use super::{Modifiers, TokenType, Tokens, count};

/// Keys with a meaning of their own at the top of an SLS.
const RESERVED: [&str; 3] = ["include", "exclude", "extend"];

/// Adds the keys and comments of all data.
pub(super) fn read(tokens: &mut Tokens<'_>, template: &Template) {
    tokens.layer();
    let text = tokens.text;
    // the indent of the key whose text block is being passed over
    let mut block: Option<usize> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += count(line);
        let bare = line.trim_end();
        let indent = bare.len() - bare.trim_start().len();
        if bare.trim().is_empty() {
            continue;
        }
        if block.is_some_and(|above| indent > above) {
            continue;
        }
        block = None;
        if let Some(comment) = comment(bare) {
            let range = TextRange::new(at + count(bare.get(..comment).unwrap_or("")), at + count(bare));
            data(template, range).for_each(|part| tokens.add(part, TokenType::Comment, 0));
        }
        let code = bare.get(..comment(bare).unwrap_or(bare.len())).unwrap_or("").trim_end();
        let Some((key, from)) = key(code) else { continue };
        let range = TextRange::new(
            at + count(code.get(..from).unwrap_or("")),
            at + count(code.get(..from).unwrap_or("")) + count(key),
        );
        if is_data(template, range) {
            let (kind, modifiers) = if REQUISITES.contains(&key) || INVERSE.contains(&key) {
                (TokenType::Keyword, Modifiers::LIBRARY)
            } else if indent == 0 && RESERVED.contains(&key) {
                (TokenType::Keyword, 0)
            } else {
                (TokenType::Property, 0)
            };
            tokens.add(range, kind, modifiers);
        }
        let value = code.get(from + key.len()..).unwrap_or("").trim_start_matches(['"', '\'', ':']).trim();
        if value.starts_with(['|', '>']) && value.len() <= 3 {
            // of `- key: |` the text stands further in than the dash
            block = Some(indent);
        }
    }
}

/// Where a comment begins: a `#` at the start or behind a blank, outside of quotes.
fn comment(line: &str) -> Option<usize> {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            // an apostrophe inside a word opens nothing
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None if c == '#' && before.is_whitespace() => return Some(at),
            None => {}
        }
        before = c;
    }
    None
}

/// The key of a line, without quotes, and where it begins.
fn key(code: &str) -> Option<(&str, usize)> {
    let mut from = code.len() - code.trim_start().len();
    while let Some(rest) = code.get(from..).and_then(|rest| rest.strip_prefix("- ")) {
        from += 2 + (rest.len() - rest.trim_start().len());
    }
    let rest = code.get(from..)?;
    if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
        let end = rest.get(1..)?.find(quote)? + 1;
        let behind = rest.get(end + 1..)?.trim_start();
        let is_key = behind == ":" || behind.starts_with(": ");
        return is_key.then(|| rest.get(1..end)).flatten().filter(|key| !key.is_empty()).map(|key| (key, from + 1));
    }
    let end = rest.find(": ").or_else(|| rest.strip_suffix(':').map(str::len))?;
    let key = rest.get(..end)?;
    let plain = !key.is_empty() && !key.starts_with(['[', '{', '&', '*', '!', '|', '>', '%', '@', '`']);
    plain.then_some((key, from))
}

/// Whether no tag stands in `range`.
fn is_data(template: &Template, range: TextRange) -> bool {
    let mut parts = data(template, range);
    parts.next() == Some(range)
}

/// The stretches of `range` outside of tags.
fn data(template: &Template, range: TextRange) -> impl Iterator<Item = TextRange> {
    let first = template.tokens.partition_point(|token| token.range.end <= range.start);
    let tokens = template.tokens.get(first..).unwrap_or(&[]).iter();
    tokens
        .take_while(move |token| token.range.start < range.end)
        .filter(|token| token.kind == TokenKind::Data)
        .map(move |token| TextRange::new(token.range.start.max(range.start), token.range.end.min(range.end)))
}
