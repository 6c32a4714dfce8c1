//! Selection ranges: from the word under the cursor outwards through expressions, tags and blocks, and
//! through the lines of YAML that belong together, to the whole file.

use syntax::jinja::{self, walk::Node};
use text::TextRange;
use world::SaltPath;

use crate::Analysis;
use crate::source::text_of;
use crate::tags::blocks;

/// The ranges around each offset, innermost first; each is part of the next and not equal to it.
#[must_use]
pub fn selections(analysis: &Analysis, path: &SaltPath, offsets: &[u32]) -> Vec<Vec<TextRange>> {
    let text = text_of(analysis, path);
    let template = jinja::parse(&text, &jinja::Options::default());
    let blocks: Vec<TextRange> = blocks(&template, &text).iter().map(crate::tags::Block::range).collect();
    offsets
        .iter()
        .map(|&offset| {
            let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let offset = offset.min(end);
            let mut all: Vec<TextRange> = vec![TextRange::new(0, end)];
            all.extend(blocks.iter().filter(|range| range.touches(offset)));
            for node in jinja::path_at(&template.body, offset) {
                match node {
                    Node::Statement(statement) => {
                        if !matches!(statement.kind, jinja::StatementKind::Data(_)) {
                            all.push(statement.range);
                        }
                    }
                    Node::Expr(expr, _) => all.push(expr.range),
                    Node::Name(name, _) => all.push(name.range),
                }
            }
            all.extend(yaml(&text, offset));
            all.extend(word(&text, offset));
            nested(all, offset)
        })
        .collect()
}

/// Those that hold `offset`, sorted so that each lies in the next; what crosses another is left out.
fn nested(mut all: Vec<TextRange>, offset: u32) -> Vec<TextRange> {
    all.retain(|range| range.touches(offset) && !range.is_empty());
    all.sort_by_key(|range| (range.len(), range.start));
    let mut chain: Vec<TextRange> = Vec::new();
    for range in all {
        if chain.last().is_none_or(|inner| range.covers(*inner) && range != *inner) {
            chain.push(range);
        }
    }
    if chain.is_empty() {
        chain.push(TextRange::empty(offset));
    }
    chain
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn word(text: &str, offset: u32) -> Option<TextRange> {
    let (before, behind) = text.split_at_checked(offset as usize)?;
    let start = before.len() - before.chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    let end = before.len() + behind.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    (end > start).then(|| TextRange::of(start, end))
}

/// The value and the line under the cursor, then each block of lines that is indented less.
fn yaml(text: &str, offset: u32) -> Vec<TextRange> {
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push((start, line));
        start += line.len();
    }
    let here = lines.partition_point(|(start, _)| *start <= offset as usize).saturating_sub(1);
    let Some(&(start, line)) = lines.get(here) else { return Vec::new() };
    let bare = line.trim_end();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    let end = start + bare.len();
    if bare.trim().is_empty() {
        return found;
    }
    let first = start + indent(bare);
    found.push(TextRange::of(first, end));
    let item = bare.trim_start().starts_with("- ");
    if item {
        found.push(TextRange::of(first + 2, end));
    }
    if let Some(colon) = bare.find(": ") {
        let value = start + colon + 2;
        let value = value + indent(bare.get(colon + 2..).unwrap_or(""));
        found.push(TextRange::of(value.min(end), end));
        found.push(TextRange::of((first + if item { 2 } else { 0 }).min(start + colon), start + colon));
    }
    // what belongs to this line, then to each line above that is indented less
    let mut column = indent(bare);
    let mut from = here;
    let mut is_item = item;
    loop {
        let mut last = from;
        for (n, (_, line)) in lines.iter().enumerate().skip(from + 1) {
            if line.trim().is_empty() {
                continue;
            }
            let inner =
                indent(line) > column || (indent(line) == column && !is_item && line.trim_start().starts_with('-'));
            if !inner {
                break;
            }
            last = n;
        }
        let (Some((head, first)), Some((tail, end))) = (lines.get(from), lines.get(last)) else { break };
        found.push(TextRange::of(head + indent(first), tail + end.trim_end().len()));
        let above = lines.get(..from).unwrap_or(&[]).iter().rposition(|(_, line)| {
            let line_item = line.trim_start().starts_with('-');
            !line.trim().is_empty()
                && !line.trim_start().starts_with(['#', '{'])
                && (indent(line) < column || (is_item && !line_item && indent(line) == column))
        });
        let Some(above) = above else { break };
        let Some((_, line)) = lines.get(above) else { break };
        (column, is_item, from) = (indent(line), line.trim_start().starts_with('-'), above);
    }
    found
}
