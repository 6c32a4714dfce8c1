//! The list of completions as it grows, and which of them are worth an answer.

use rustc_hash::FxHashMap;
use text::{TextEdit, TextRange};

use super::block::Block;
use crate::{Completion, Completions, SymbolKind, Topic};

/// More are not answered at once: what is near and common comes first, and typing on asks again.
const MAX_ITEMS: usize = 200;
/// More are not even looked at.
const MAX_OFFERED: usize = 50_000;

/// Completions, each label once: the best one offered stays.
#[derive(Default)]
pub(crate) struct Items {
    found: Vec<Completion>,
    /// Where each label is.
    seen: FxHashMap<String, usize>,
    /// Whether there are others that were not offered.
    pub more: bool,
}

/// One completion before it is put in.
pub(crate) struct Item<'a> {
    pub label: &'a str,
    pub kind: SymbolKind,
    pub rank: u32,
    pub detail: String,
    pub documentation: String,
    /// What it is about, where that is long to tell.
    pub topic: Option<Topic>,
    /// What is typed, if it is not the label.
    pub text: Option<String>,
    pub snippet: bool,
}

impl<'a> Item<'a> {
    pub(crate) fn new(label: &'a str, kind: SymbolKind, rank: u32) -> Self {
        Self {
            label,
            kind,
            rank,
            detail: String::new(),
            documentation: String::new(),
            topic: None,
            text: None,
            snippet: false,
        }
    }

    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    pub(crate) fn documentation(self, documentation: impl Into<String>) -> Self {
        Self { documentation: documentation.into(), ..self }
    }

    pub(crate) fn topic(self, topic: Topic) -> Self {
        Self { topic: Some(topic), ..self }
    }

    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }
}

impl Items {
    /// Whether enough is offered.
    pub(crate) fn full(&self) -> bool {
        self.found.len() >= MAX_OFFERED
    }

    /// Offers `item` in place of `range`.
    pub(crate) fn push(&mut self, range: TextRange, item: Item<'_>) {
        if item.label.is_empty() {
            return;
        }
        if let Some(known) = self.seen.get(item.label).and_then(|n| self.found.get_mut(*n)) {
            known.rank = known.rank.min(item.rank);
            if known.detail.is_empty() {
                known.detail = item.detail;
            }
            return;
        }
        if self.full() {
            self.more = true;
            return;
        }
        self.seen.insert(item.label.to_owned(), self.found.len());
        let new_text = item.text.unwrap_or_else(|| item.label.to_owned());
        self.found.push(Completion {
            label: item.label.to_owned(),
            kind: item.kind,
            detail: item.detail,
            documentation: item.documentation,
            topic: item.topic,
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

    /// The best ones for `typed`, best first.
    pub(crate) fn finish(mut self, typed: &str) -> Completions {
        let mut found: Vec<(u32, Completion)> = Vec::with_capacity(self.found.len());
        for item in std::mem::take(&mut self.found) {
            if let Some(class) = fit(typed, &item.label) {
                found.push((class, item));
            }
        }
        found.sort_by(|(x, a), (y, b)| (x, a.rank, &a.label).cmp(&(y, b.rank, &b.label)));
        let incomplete = self.more || found.len() > MAX_ITEMS;
        found.truncate(MAX_ITEMS);
        Completions { items: found.into_iter().map(|(_, item)| item).collect(), incomplete }
    }

    /// Gives those without a detail one, as far as they are likely to be answered.
    pub(crate) fn describe(&mut self, about: impl Fn(&str) -> String) {
        let mut order: Vec<usize> = (0..self.found.len()).collect();
        order.sort_by_key(|n| self.found.get(*n).map(|item| item.rank));
        for n in order.into_iter().take(MAX_ITEMS) {
            if let Some(item) = self.found.get_mut(n).filter(|item| item.detail.is_empty()) {
                item.detail = about(&item.label);
            }
        }
    }
}

/// How well a label fits what is typed, better ones smaller; `None`: not at all.
fn fit(typed: &str, label: &str) -> Option<u32> {
    let typed = typed.trim_start_matches(['\'', '"']);
    if typed.is_empty() || label.starts_with(typed) {
        return Some(0);
    }
    let (typed, label) = (typed.to_lowercase(), label.to_lowercase());
    if label.starts_with(&typed) {
        return Some(0);
    }
    // a later word of the label: `get` in `pillar.get`
    let begins =
        |at: usize| !label.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric);
    if label.match_indices(&typed).any(|(at, _)| begins(at)) {
        return Some(1);
    }
    if label.contains(&typed) {
        return Some(2);
    }
    let mut letters = label.chars();
    typed.chars().all(|wanted| letters.any(|letter| letter == wanted)).then_some(3)
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
