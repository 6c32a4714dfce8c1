//! Secrets of a world wherever they have gone to: the texts that are secrets where they are written, by
//! their key, form or source, and what states, IDs and requisites were computed from them. Every text that
//! leaves the program passes here, so that a secret which flows through a template into a message, a name
//! or an encoded form is hidden there, too. Knows nothing of who prints what.
//!
//! Short and plain words (`admin`, `postgres`, `/srv/x`) are left out: hiding them everywhere would hide
//! half of a repository and protect nobody. Where such a word is a secret's own value, its key or its
//! origin hides it.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use python::origin::{Contributor, Origin};
use rayon::prelude::*;
use render::names::fnmatch;
use render::{Node, NodeKind, Pillar};
use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;
use world::{SaltPath, World};

use crate::mask::masked;
use crate::secrets::{HIDDEN, is_secret_key, is_secret_text};
use crate::{Catalog, Declaration};

/// Texts that are known at most, and their bytes; what is beyond is hidden by key and form only.
const MAX_TEXTS: usize = 50_000;
const MAX_BYTES: usize = 8 << 20;
/// Values within values that are looked at.
const MAX_DEPTH: usize = 24;
/// Shorter texts are no secrets that can be told from words.
const MIN_CHARS: usize = 4;
/// Longer texts are known by their lines.
const MAX_CHARS: usize = 4_096;

/// Stands for an argument's name where pillar keys are followed.
const ARGUMENT: &str = "\u{0}";

/// Where files hold secrets: what [`masked`] hides, as ranges.
#[derive(Clone, Debug, Default)]
pub struct HiddenPlaces {
    ranges: FxHashMap<SaltPath, Vec<TextRange>>,
    /// Globs of pillar keys that the user calls secret.
    keys: Vec<String>,
}

impl HiddenPlaces {
    /// The hidden places of `files`, and the texts that stand there.
    fn of(world: &World, files: &[SaltPath]) -> (Self, Vec<String>) {
        let read = |path: &SaltPath| {
            let content = world.source.content(path, world.tree.get(path)?.blob)?;
            let text = String::from_utf8_lossy(&content);
            let (ranges, texts) = hidden_in(&text);
            (!ranges.is_empty()).then(|| (path.clone(), ranges, texts))
        };
        let found: Vec<_> = files.par_iter().filter_map(read).collect();
        let mut places = Self::default();
        let mut all = Vec::new();
        for (path, ranges, mut texts) in found {
            places.ranges.insert(path, ranges);
            all.append(&mut texts);
        }
        (places, all)
    }

    fn covers(&self, path: &SaltPath, range: TextRange) -> bool {
        let touches = |hidden: &TextRange| hidden.start < range.end.max(range.start + 1) && range.start < hidden.end;
        self.ranges.get(path).is_some_and(|ranges| ranges.iter().any(touches))
    }

    /// Whether the settings call a pillar key secret, parts joined by colons.
    fn is_key(&self, key: &str) -> bool {
        self.keys.iter().any(|glob| fnmatch(key, glob))
    }

    /// Whether what is rendered there was written as a secret, or computed from one.
    #[must_use]
    pub fn is_secret(&self, origin: &Origin) -> bool {
        self.covers(&origin.path, origin.range)
            || origin.contributors.iter().any(|from| match from {
                Contributor::Literal(path, range) => self.covers(path, *range),
                Contributor::Pillar(path) => path.any(is_secret_key) || self.is_key(&path.to_string()),
                Contributor::Grain(_) => false,
                Contributor::Call(text) => is_secret_text(text) || is_secret_source(text),
            })
    }
}

/// Whether a call's text is one to a store of secrets.
fn is_secret_source(call: &str) -> bool {
    ["vault.", "sdb.", "gpg.", "nacl.", "pass.", "keystore.", "aws_kms.", "random.get_str", "sdb://"]
        .iter()
        .any(|source| call.contains(source))
}

/// What is hidden in a file, as ranges and texts.
fn hidden_in(text: &str) -> (Vec<TextRange>, Vec<String>) {
    let shown = masked(text);
    let (mut ranges, mut texts) = (Vec::new(), Vec::new());
    let mut at = 0;
    for (line, seen) in text.split_inclusive('\n').zip(shown.split_inclusive('\n')) {
        if line != seen {
            let same = line.bytes().zip(seen.bytes()).take_while(|(one, other)| one == other).count();
            let rest = line.get(same..).unwrap_or(line).trim_end();
            let start = u32::try_from(at + same).unwrap_or(u32::MAX);
            ranges.push(TextRange::new(start, start.saturating_add(u32::try_from(rest.len()).unwrap_or(0))));
            values(rest, line.contains("{{") || line.contains("{%"), &mut texts);
        }
        at += line.len();
    }
    (ranges, texts)
}

/// The values that a hidden rest of a line may stand for.
fn values(rest: &str, template: bool, texts: &mut Vec<String>) {
    let rest = rest.trim().trim_start_matches("- ").trim_start_matches('&');
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        texts.extend(rest.get(1..).and_then(|inner| inner.split(quote).next()).map(str::to_owned));
        return;
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ')' | '}' | ']' | '\'' | '"' | '(' | '['));
    let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
    let is_expression = after.starts_with(['(', '[']) || template && word.contains('.');
    if !is_expression {
        texts.push(word.to_owned());
    }
    if !template {
        texts.push(rest.to_owned());
        // `login: x`, `-u user:x`, `https://user:x@host`, `--password=x`
        let split = |c: char| c.is_whitespace() || matches!(c, '=' | '@' | '"' | '\'' | ',');
        texts.extend(rest.split(split).map(str::to_owned));
        let address = rest.split_once("://").and_then(|(_, rest)| rest.split('@').next());
        texts.extend(address.and_then(|user| user.split_once(':')).map(|(_, password)| password.to_owned()));
    }
}

/// Whether a text is told from the words of a repository, so that it may be hidden everywhere.
fn is_distinct(text: &str) -> bool {
    let chars = text.chars().count();
    if !(MIN_CHARS..=MAX_CHARS).contains(&chars) || text.contains("{{") || text.contains("{%") {
        return false;
    }
    if text.starts_with(['/', '<', '%']) || text.starts_with("salt:") {
        return false;
    }
    if text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '-' | '%')) {
        return false;
    }
    // a host, a date, a name with a number at its end
    let plain = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '.' | ' ' | ':');
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if text.contains('.') && text.chars().all(|c| plain(c) || c.is_ascii_digit()) && chars < 24 {
        return false;
    }
    let word = letters.chars().all(plain) && (letters.len() == text.len() || chars < 6);
    // `True`, `Password`
    let capital = text.chars().skip(1).all(|c| c.is_ascii_lowercase()) && chars < 12;
    !(capital || word && chars < 24)
}

/// Hides the secrets of a world in texts.
#[derive(Clone, Debug, Default)]
pub struct Censor {
    known: Option<AhoCorasick>,
    places: HiddenPlaces,
}

impl Censor {
    /// The secrets of `catalog`'s files in `world`, and of the minions' pillars. `keys`: globs of further
    /// pillar keys whose values are secrets (`db:*:dsn`).
    #[must_use]
    pub fn of(world: &World, catalog: &Catalog, pillars: &[std::sync::Arc<Pillar>], keys: &[String]) -> Self {
        let (mut places, texts) = HiddenPlaces::of(world, &catalog.layout.files);
        keys.clone_into(&mut places.keys);
        let files = || catalog.views.iter().flat_map(|view| view.files.values());
        for key in files().filter(|_| !keys.is_empty()).flat_map(|facts| &facts.pillar_keys) {
            let names: Vec<String> = key.path.iter().map(ToString::to_string).collect();
            if places.is_key(&names.join(":")) {
                let origin = &key.value.origin;
                places.ranges.entry(origin.path.clone()).or_default().push(origin.range);
            }
        }
        let mut found = Found { places: &places, texts: FxHashSet::default(), bytes: 0 };
        for text in &texts {
            found.add(text);
        }
        for pillar in pillars {
            found.node(&pillar.data, false, "", MAX_DEPTH);
        }
        for facts in files() {
            for key in &facts.pillar_keys {
                found.node(&key.value, false, "", MAX_DEPTH);
            }
            for declaration in facts.declarations.iter().chain(&facts.extends) {
                found.declaration(declaration);
            }
        }
        let texts: Vec<String> = found.texts.into_iter().collect();
        let known = (!texts.is_empty())
            .then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts).ok())
            .flatten();
        Self { known, places }
    }

    /// Where files hold secrets.
    #[must_use]
    pub fn places(&self) -> &HiddenPlaces {
        &self.places
    }

    /// Whether a known secret is in `bytes`, as it is or as JSON writes it.
    #[must_use]
    pub fn finds(&self, bytes: &[u8]) -> bool {
        self.known.as_ref().is_some_and(|known| known.is_match(bytes))
    }

    /// `text` with every known secret as `***`.
    #[must_use]
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.known {
            Some(known) if known.is_match(text) => {
                let mut out = String::with_capacity(text.len());
                known.replace_all_with(text, &mut out, |_, _, out| {
                    out.push_str(HIDDEN);
                    true
                });
                Cow::Owned(out)
            }
            _ => Cow::Borrowed(text),
        }
    }
}

struct Found<'a> {
    places: &'a HiddenPlaces,
    texts: FxHashSet<String>,
    bytes: usize,
}

impl Found<'_> {
    /// Adds a secret with the forms that templates make of it: encoded, other case, as JSON writes it.
    fn add(&mut self, text: &str) {
        for line in text.lines().map(str::trim) {
            if !is_distinct(line) {
                continue;
            }
            let encoded = base64::engine::general_purpose::STANDARD.encode(line);
            // the last characters depend on what follows
            let stem: String = encoded.trim_end_matches('=').chars().take(line.len() / 3 * 4).collect();
            for form in [line.to_owned(), line.to_uppercase(), line.to_lowercase(), stem] {
                if is_distinct(&form) {
                    let json = serde_json::to_string(&form).unwrap_or_default();
                    self.put(json.trim_matches('"').to_owned());
                    self.put(form);
                }
            }
        }
    }

    fn put(&mut self, text: String) {
        if self.texts.len() < MAX_TEXTS && self.bytes + text.len() <= MAX_BYTES {
            self.bytes += text.len();
            self.texts.insert(text);
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let name = |found: &mut Self, text: Option<&str>, origin: &Origin| {
            if let Some(text) = text.filter(|_| found.places.is_secret(origin)) {
                found.add(text);
            }
        };
        name(self, declaration.id.as_literal(), &declaration.origin);
        for state in &declaration.states {
            for argument in &state.args {
                let secret = argument.name.as_literal().is_some_and(is_secret_key);
                self.node(&argument.value, secret, ARGUMENT, MAX_DEPTH);
            }
            for requisite in &state.requisites {
                name(self, requisite.name.as_literal(), &requisite.name_origin);
            }
        }
    }

    /// `at`: the pillar key whose value it is, parts joined by colons.
    fn node(&mut self, node: &Node, secret: bool, at: &str, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match &node.kind {
            NodeKind::List(items) | NodeKind::Set(items) | NodeKind::Choice(items) => {
                items.iter().for_each(|item| self.node(item, secret, at, depth));
            }
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    let name = key.as_str().unwrap_or("*");
                    let inner = if at.is_empty() { name.to_owned() } else { format!("{at}:{name}") };
                    let set = at != ARGUMENT && self.places.is_key(&inner);
                    self.node(value, secret || set || is_secret_key(name), &inner, depth);
                }
            }
            NodeKind::Str(text) => {
                let Some(text) = text.as_literal() else { return };
                let whole = secret || text.contains("PRIVATE KEY") || text.contains("BEGIN PGP MESSAGE");
                let lines = text.lines().count();
                if whole || (lines == 1 && self.places.is_secret(&node.origin)) {
                    self.add(text);
                } else {
                    // of a file's content only the lines that are secrets
                    text.lines().filter(|line| is_secret_text(line)).for_each(|line| self.add(line));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_secrets() {
        for text in ["hunter2x", "CNRY7", "s3cr3t!", "correct horse battery staple", "x9$kQ", "aGVsbG8gd29ybGQ"] {
            assert!(is_distinct(text), "{text}");
        }
        for text in
            ["admin", "postgres", "web1", "/srv/key", "db1.example.com", "3306", "true", "True", "1.2.3", "{{ x }}"]
        {
            assert!(!is_distinct(text), "{text}");
        }
    }

    #[test]
    fn values_are_found_where_lines_hide_them() {
        let text = "a: {password: Cnry1x, port: 1}\nb:\n  token: 'Cnry 2x'\nurl: https://u:Cnry3x@h/\n{% set c = {'password': 'Cnry4x', 'n': 1} %}\n";
        let (ranges, texts) = hidden_in(text);
        assert_eq!(ranges.len(), 4, "{ranges:?}");
        for secret in ["Cnry1x", "Cnry 2x", "Cnry3x", "Cnry4x"] {
            assert!(texts.iter().any(|text| text == secret), "{secret}: {texts:?}");
        }
    }
}
