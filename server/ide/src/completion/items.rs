//! The list of completions as it grows.

use rustc_hash::FxHashSet;
use text::{TextEdit, TextRange};

use super::MAX_ITEMS;
use super::block::Block;
use crate::{Completion, SymbolKind};

/// Completions, each label once: the first one offered stays.
#[derive(Default)]
pub(crate) struct Items {
    found: Vec<Completion>,
    seen: FxHashSet<String>,
}

/// One completion before it is put in.
pub(crate) struct Item<'a> {
    pub label: &'a str,
    pub kind: SymbolKind,
    pub rank: u32,
    pub detail: String,
    pub documentation: String,
    /// What is typed, if it is not the label.
    pub text: Option<String>,
    pub snippet: bool,
}

impl<'a> Item<'a> {
    pub(crate) fn new(label: &'a str, kind: SymbolKind, rank: u32) -> Self {
        Self { label, kind, rank, detail: String::new(), documentation: String::new(), text: None, snippet: false }
    }

    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    pub(crate) fn documentation(self, documentation: impl Into<String>) -> Self {
        Self { documentation: documentation.into(), ..self }
    }

    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }
}

impl Items {
    /// Whether enough is offered.
    pub(crate) fn full(&self) -> bool {
        self.found.len() >= MAX_ITEMS
    }

    /// Offers `item` in place of `range`.
    pub(crate) fn push(&mut self, range: TextRange, item: Item<'_>) {
        if item.label.is_empty() || self.full() || !self.seen.insert(item.label.to_owned()) {
            return;
        }
        let new_text = item.text.unwrap_or_else(|| item.label.to_owned());
        self.found.push(Completion {
            label: item.label.to_owned(),
            kind: item.kind,
            detail: item.detail,
            documentation: item.documentation,
            edit: TextEdit { range, new_text },
            snippet: item.snippet,
            rank: item.rank,
        });
    }

    /// Offers a word at `block`'s place, with `after` behind it unless something follows already.
    pub(crate) fn word(&mut self, block: &Block, label: &str, kind: SymbolKind, rank: u32, after: &str) {
        let after = if block.followed { "" } else { after };
        self.push(block.word, Item::new(label, kind, rank).text(format!("{label}{after}")));
    }

    /// All of them, best first.
    pub(crate) fn finish(mut self) -> Vec<Completion> {
        self.found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
        self.found
    }
}

/// `text` as a YAML scalar: quoted where it must be.
pub(crate) fn scalar(text: &str) -> String {
    let special = text.starts_with(['*', '&', '!', '%', '@', '`', '{', '[', '#', '|', '>', '\'', '"', '-', '?', ','])
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.is_empty();
    if special { format!("'{}'", text.replace('\'', "''")) } else { text.to_owned() }
}

/// A pattern's text as an LSP snippet: each unknown part is a place to type in.
pub(crate) fn snippet(pattern: &render::Pattern) -> String {
    let mut out = String::new();
    let mut holes = 0;
    for part in &pattern.0 {
        match part {
            render::PatternPart::Text(text) => {
                for c in text.chars() {
                    if matches!(c, '$' | '}' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            render::PatternPart::Hole => {
                holes += 1;
                out.push_str(&format!("${{{holes}}}"));
            }
        }
    }
    out
}
