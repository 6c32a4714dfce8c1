//! Which Jinja tags belong together: the opening tag of a block, its branches and its end. Read from
//! the tokens, so that half-written templates have what they have.

use syntax::jinja::{Template, TokenKind};
use text::TextRange;

/// Blocks deeper than this are not followed.
const MAX_DEPTH: usize = 500;

/// The keyword of one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The keyword itself.
    pub keyword: TextRange,
    /// All of the tag.
    pub range: TextRange,
}

/// A block: its tags in order, the first opens it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// The opening tag, branches (`elif`, `else`) and, if it is there, the end.
    pub tags: Vec<Tag>,
    /// Whether the last tag ends it.
    pub closed: bool,
}

impl Block {
    /// From the opening tag to the last.
    pub(crate) fn range(&self) -> TextRange {
        let ranges = self.tags.iter().map(|tag| tag.range);
        ranges.reduce(TextRange::join).unwrap_or(TextRange::empty(0))
    }
}

/// The tags that open no block.
const ALONE: [&str; 12] = [
    "include",
    "import",
    "from",
    "extends",
    "do",
    "print",
    "break",
    "continue",
    "import_yaml",
    "import_json",
    "import_text",
    "debug",
];

/// The tag that ends a block that `keyword` opens.
pub(crate) fn end_of(keyword: &str) -> String {
    if keyword.starts_with("load_") { "endload".to_owned() } else { format!("end{keyword}") }
}

/// The blocks of a template, inner ones before outer ones. `text` is what it was parsed from.
pub(crate) fn blocks(template: &Template, text: &str) -> Vec<Block> {
    let mut open: Vec<(String, Block)> = Vec::new();
    let mut found = Vec::new();
    let mut start = 0;
    let mut keyword = None;
    let mut assigns = false;
    for token in &template.tokens {
        match token.kind {
            TokenKind::Open => (start, keyword, assigns) = (token.range.start, None, false),
            TokenKind::Keyword if keyword.is_none() => keyword = Some(token.range),
            TokenKind::Operator if token.range.slice(text) == "=" => assigns = true,
            TokenKind::Close => {
                let Some(range) = keyword.take() else { continue };
                let tag = Tag { keyword: range, range: TextRange::new(start, token.range.end) };
                let word = range.slice(text);
                // `set x = 1` is whole; `set x` begins a block
                if ALONE.contains(&word) || (word == "set" && assigns) || open.len() > MAX_DEPTH {
                    continue;
                }
                if matches!(word, "elif" | "else") {
                    if let Some((_, block)) = open.last_mut() {
                        block.tags.push(tag);
                    }
                } else if word.starts_with("end") {
                    // what was left open inside ends with it
                    let Some(n) = open.iter().rposition(|(opener, _)| end_of(opener) == word) else { continue };
                    found.extend(open.drain(n + 1..).map(|(_, block)| block));
                    if let Some((_, mut block)) = open.pop() {
                        block.tags.push(tag);
                        block.closed = true;
                        found.push(block);
                    }
                } else {
                    open.push((word.to_owned(), Block { tags: vec![tag], closed: false }));
                }
            }
            _ => {}
        }
    }
    found.extend(open.into_iter().rev().map(|(_, block)| block));
    found
}

/// The keywords of the block whose tag's keyword `offset` touches; empty elsewhere.
pub(crate) fn keywords_at(template: &Template, text: &str, offset: u32) -> Vec<TextRange> {
    let is_it = |block: &Block| block.tags.iter().any(|tag| tag.keyword.touches(offset));
    let block = blocks(template, text).into_iter().find(is_it);
    block.map(|block| block.tags.iter().map(|tag| tag.keyword).collect()).unwrap_or_default()
}
