//! Folding ranges: Jinja blocks, comments, and YAML by its indentation. Works on the text as it is
//! written, so that half-written files fold too.

use syntax::jinja::{self, TokenKind};
use text::TextRange;
use world::SaltPath;

use crate::Analysis;
use crate::source::text_of;
use crate::tags::blocks;

/// More in one file would not be shown by any editor.
const MAX_FOLDS: usize = 5_000;

/// What a fold hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// A block of the template or of its data.
    Block,
    /// A comment.
    Comment,
    /// The include list and imports.
    Imports,
}

/// A stretch of lines that can be hidden, its first line excepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The first line, from 0.
    pub first: u32,
    /// The last line that is hidden.
    pub last: u32,
    /// What it hides.
    pub kind: FoldKind,
}

/// The folds of the file at `path`, in order.
#[must_use]
pub fn folds(analysis: &Analysis, path: &SaltPath) -> Vec<Fold> {
    let text = text_of(analysis, path);
    let template = jinja::parse(&text, &jinja::Options::default());
    let starts = line_starts(&text);
    let line =
        |offset: u32| u32::try_from(starts.partition_point(|start| *start <= offset)).unwrap_or(1).saturating_sub(1);
    let mut found: Vec<Fold> = Vec::new();
    let mut add = |first: u32, last: u32, kind: FoldKind| {
        if last > first {
            found.push(Fold { first, last, kind });
        }
    };
    for block in blocks(&template, &text).iter().filter(|block| block.closed) {
        for two in block.tags.windows(2) {
            if let [open, next] = two {
                // the tag that follows stays to be seen
                add(line(open.range.start), line(next.range.start).saturating_sub(1), FoldKind::Block);
            }
        }
    }
    for token in template.tokens.iter().filter(|token| token.kind == TokenKind::Comment) {
        add(line(token.range.start), line(token.range.end.saturating_sub(1)), FoldKind::Comment);
    }
    let rows = rows(&text, &template);
    let comments = |n: usize| rows.get(n).is_some_and(|row| row.is_comment);
    let mut n = 0;
    while n < rows.len() {
        let from = n;
        while comments(n) {
            n += 1;
        }
        if n > from + 1 {
            add(number(from), number(n - 1), FoldKind::Comment);
        }
        n = n.max(from + 1);
    }
    for (n, last) in indented(&rows) {
        let include = rows.get(n).is_some_and(|row| row.indent == Some(0) && row.is_include);
        add(number(n), number(last), if include { FoldKind::Imports } else { FoldKind::Block });
    }
    found.sort_by_key(|fold| (fold.first, std::cmp::Reverse(fold.last)));
    found.dedup_by_key(|fold| (fold.first, fold.last));
    found.truncate(MAX_FOLDS);
    found
}

fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn line_starts(text: &str) -> Vec<u32> {
    std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| number(at + 1))).collect()
}

/// One line of a file as YAML sees it.
struct Row {
    /// How far it is indented; `None`: it is blank, a comment or holds only tags.
    indent: Option<usize>,
    /// A line of `#`.
    is_comment: bool,
    /// `include:`
    is_include: bool,
    /// Items of a list may stand at the column of the key above them.
    is_item: bool,
}

/// The lines of the text; what is inside tags does not count.
fn rows(text: &str, template: &jinja::Template) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = 0_u32;
    for line in text.split_inclusive('\n') {
        let range = TextRange::new(start, start + number(line.len()));
        start = range.end;
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        let first = range.start + number(indent);
        let token = template.tokens.partition_point(|token| token.range.end <= first);
        let kind = template.tokens.get(token).map(|token| token.kind);
        // `{{ name }}:` is data; a line of a `{% %}` tag, or within a tag, is none
        let prints = trimmed.starts_with("{{");
        let data = kind == Some(TokenKind::Data) || (kind == Some(TokenKind::Open) && prints);
        let is_comment = data && trimmed.starts_with('#');
        rows.push(Row {
            indent: (data && !trimmed.is_empty() && !is_comment).then_some(indent),
            is_comment,
            is_include: trimmed.starts_with("include:"),
            is_item: trimmed == "-" || trimmed.starts_with("- "),
        });
    }
    rows
}

/// Lines with the last line that belongs to them.
fn indented(rows: &[Row]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, usize, bool)> = Vec::new();
    let mut last = 0;
    for (n, row) in rows.iter().enumerate() {
        let Some(indent) = row.indent else { continue };
        while let Some(&(line, above, item)) = open.last() {
            let inside = indent > above || (indent == above && row.is_item && !item);
            if inside {
                break;
            }
            open.pop();
            if last > line {
                found.push((line, last));
            }
        }
        open.push((n, indent, row.is_item));
        last = n;
    }
    found.extend(open.into_iter().filter(|(line, _, _)| last > *line).map(|(line, _, _)| (line, last)));
    found
}
