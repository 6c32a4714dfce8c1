//! The list of completions as it grows, and which of them are worth an answer.

use std::cmp::Reverse;

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
    /// Each with how often it is used.
    found: Vec<(u32, Completion)>,
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
    /// Of those of one rank, the heavier ones come first.
    pub weight: u32,
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
            weight: 0,
            detail: String::new(),
            documentation: String::new(),
            topic: None,
            text: None,
            snippet: false,
        }
    }

    pub(crate) fn weight(self, weight: u32) -> Self {
        Self { weight, ..self }
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
        if let Some((weight, known)) = self.seen.get(item.label).and_then(|n| self.found.get_mut(*n)) {
            *weight = item.weight.max(*weight);
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
        let completion = Completion {
            label: item.label.to_owned(),
            kind: item.kind,
            detail: item.detail,
            documentation: item.documentation,
            topic: item.topic,
            edit: TextEdit { range, new_text },
            snippet: item.snippet,
            rank: item.rank,
        };
        self.found.push((item.weight, completion));
    }

    /// Offers a word at `block`'s place, with `after` behind it unless something follows already.
    pub(crate) fn word(&mut self, block: &Block, label: &str, kind: SymbolKind, rank: u32, after: &str) {
        let after = if block.followed { "" } else { after };
        self.push(block.word, Item::new(label, kind, rank).text(format!("{label}{after}")));
    }

    /// The best ones for what is typed of `word`, best first: those that fit better, are nearer, stand in
    /// this file already, are used more.
    pub(crate) fn finish(mut self, text: &str, word: TextRange, offset: usize) -> Completions {
        let typed = text.get(word.start as usize..offset).unwrap_or("");
        let here = words(text, word);
        let mut found: Vec<(u32, u32, Reverse<u32>, Completion)> = Vec::with_capacity(self.found.len());
        for (weight, item) in std::mem::take(&mut self.found) {
            if let Some(class) = fit(typed, &item.label) {
                let count = here.get(item.label.as_str()).copied().unwrap_or(0);
                let nearer = 2 * (32 - count.leading_zeros()).min(3);
                found.push((class, item.rank.saturating_sub(nearer), Reverse(weight + count * 8), item));
            }
        }
        found.sort_by(|a, b| (a.0, a.1, a.2, &a.3.label).cmp(&(b.0, b.1, b.2, &b.3.label)));
        let incomplete = self.more || found.len() > MAX_ITEMS;
        found.truncate(MAX_ITEMS);
        Completions { items: found.into_iter().map(|(.., item)| item).collect(), incomplete }
    }

    /// Gives those without a detail one, as far as they are likely to be answered.
    pub(crate) fn describe(&mut self, about: impl Fn(&str) -> String) {
        let mut order: Vec<usize> = (0..self.found.len()).collect();
        order.sort_by_key(|n| self.found.get(*n).map(|(_, item)| item.rank));
        for n in order.into_iter().take(MAX_ITEMS) {
            if let Some((_, item)) = self.found.get_mut(n).filter(|(_, item)| item.detail.is_empty()) {
                item.detail = about(&item.label);
            }
        }
    }
}

/// How often words stand in a text, the one at the cursor left out.
fn words(text: &str, word: TextRange) -> FxHashMap<&str, u32> {
    let mut counts = FxHashMap::default();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
    for part in [text.get(..word.start as usize), text.get(word.end as usize..)].into_iter().flatten() {
        for found in part.split(|c| !is_part(c)).filter(|found| !found.is_empty()) {
            *counts.entry(found).or_default() += 1;
            // a member counts by its own name, too
            if let Some((_, last)) = found.rsplit_once('.') {
                *counts.entry(last).or_default() += 1;
            }
        }
    }
    counts
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
