//! Pillar keys that one side removed or renamed and the other side reads. Never shows a value.

use model::{EntityKind, Facts, PillarKey, Slot, View, joined};
use render::{Node, NodeKind, Pattern, UseKind, When};
use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;
use world::{SaltPath, Stopped, World};

use crate::body;
use crate::context::Comparison;
use crate::lineage::Side;
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

/// Common leaves, in percent, from which on two mappings are one under two names.
const SIMILAR: usize = 50;
/// Leaves of a value that are compared.
const MAX_LEAVES: usize = 1_000;

/// A read of a pillar key.
struct Read {
    path: SaltPath,
    range: TextRange,
    /// The line that it stands in, blanks squeezed: what tells old reads from new ones.
    line: String,
    /// The expression.
    text: String,
    has_default: bool,
    certain: bool,
    /// The file whose rendering reads it.
    reader: SaltPath,
}

/// The literal name of a key.
pub(crate) fn key_name(key: &PillarKey) -> Option<String> {
    key.path.iter().all(|part| !part.is_pattern()).then(|| joined(&key.path))
}

fn keys(facts: &Facts) -> impl Iterator<Item = (String, &PillarKey)> {
    facts.pillar_keys.iter().filter_map(|key| Some((key_name(key)?, key)))
}

fn parent(name: &str) -> &str {
    name.rsplit_once(':').map_or("", |(parent, _)| parent)
}

/// The definitions of `name` in a view.
fn definitions<'a>(view: &'a View, name: &str) -> Vec<(&'a Facts, &'a PillarKey)> {
    let files = view.index().files(Slot::PillarKey, name).filter_map(|path| view.facts(path));
    let mut found = Vec::new();
    for facts in files {
        found.extend(keys(facts).filter(|(key, _)| key == name).map(|(_, key)| (facts.as_ref(), key)));
    }
    found
}

/// The text of a file of a world.
pub(crate) fn text_of(world: &World, path: &SaltPath) -> Option<String> {
    let entry = world.tree.get(path)?;
    let content = world.source.content(path, entry.blob)?;
    String::from_utf8(content.to_vec()).ok()
}

/// The line around a range, without its blanks.
fn line_at(text: &str, range: TextRange) -> String {
    let start = text.get(..range.start as usize).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    let rest = text.get(start..).unwrap_or("");
    rest.lines().next().unwrap_or("").split_whitespace().collect()
}

/// Whether nothing but the key's own presence decides whether it is read: with a default, what the
/// pillar gives is read only where the pillar has it.
fn is_sure(when: &When, name: &str) -> bool {
    when.tests().iter().all(|(atom, answer)| {
        let key = atom.text.strip_prefix("pillar['").and_then(|text| text.strip_suffix("'] is set"));
        let above = |key: &str| name.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
        *answer && key.is_some_and(above)
    })
}

fn leaves(node: &Node, path: &str, found: &mut FxHashSet<(String, u64)>) {
    if found.len() >= MAX_LEAVES || path.len() > 2_000 {
        return;
    }
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                leaves(value, &format!("{path}:{}", key.as_str().unwrap_or("?")), found);
            }
        }
        _ => _ = found.insert((path.to_owned(), body::value(node))),
    }
}

/// How much two values have in common, in percent.
fn similarity(one: &Node, other: &Node) -> usize {
    if body::value(one) == body::value(other) {
        return 100;
    }
    let (mut a, mut b) = (FxHashSet::default(), FxHashSet::default());
    leaves(one, "", &mut a);
    leaves(other, "", &mut b);
    a.intersection(&b).count() * 100 / a.len().max(b.len()).max(1)
}

impl Comparison<'_> {
    /// Reads of `side` of keys that the other side took away.
    pub(crate) fn dangling_pillar(&mut self, side: Side) -> Result<(), Stopped> {
        let other = side.other();
        let gone = self.pillar_gone(other);
        let mut found = Vec::new();
        for (name, home) in &gone {
            self.stop.check()?;
            let reads = self.added_reads(side, name, home);
            if side == Side::Ours && !self.sides.two_way {
                let theirs = Self::reads(self.view(other), self.world(other), name);
                let broken = theirs
                    .into_iter()
                    .filter(|read| read.certain && !read.has_default && !self.apart(&read.path, home));
                let place = |read: Read| Place { path: read.path, range: read.range };
                let broken: Vec<_> = broken.map(|read| (EntityKind::PillarUse, name.clone(), place(read))).collect();
                self.broken_upstream.extend(broken);
            }
            if reads.is_empty() || self.defined_anew(side, name) || (self.is_settled(home) && self.is_merged_key(name))
            {
                continue;
            }
            let sure = self.is_surely_gone(other, name);
            let new = self.renamed_key(other, name, &gone);
            for read in &reads {
                let fact = self.lost_key(side, name, home, new.as_deref(), read);
                // Something unknown beside it may define it, as it may have before: told, one step down.
                found.extend(fact.map(|fact| DriftFact {
                    severity: if sure { fact.severity } else { fact.severity.down() },
                    ..fact
                }));
            }
        }
        // Of nested expressions, the one that names the longest key speaks.
        let all = found;
        let inner = |fact: &DriftFact| {
            all.iter().any(|other| match (&fact.place, &other.place) {
                (Some((path, range)), Some((file, inner))) => {
                    let nested = range.covers(*inner) || inner.covers(*range);
                    path == file && nested && other.name.len() > fact.name.len()
                }
                _ => false,
            })
        };
        let kept: Vec<DriftFact> = all.iter().filter(|fact| !inner(fact)).cloned().collect();
        self.found.extend(kept);
        Ok(())
    }

    /// Keys that the base defines and `side` defines nowhere, with a file of the base (its key).
    pub(crate) fn pillar_gone(&self, side: Side) -> FxHashMap<String, SaltPath> {
        let view = self.view(side);
        let mut gone: FxHashMap<String, SaltPath> = FxHashMap::default();
        if self.sides.two_way {
            return gone;
        }
        for pair in self.diff(side).files.iter().filter(|pair| pair.known) {
            for (name, _) in pair.base.into_iter().flat_map(|facts| keys(facts)) {
                if !self.may_define(side, view, &name) {
                    gone.entry(name).or_insert_with(|| pair.key.clone());
                }
            }
        }
        gone
    }

    /// Whether `side` defines the key, or has a pattern that may be it and was not there in the base: what
    /// was unknown beside the key then says nothing of its being gone.
    fn may_define(&self, side: Side, view: &View, name: &str) -> bool {
        if view.index().files(Slot::PillarKey, name).next().is_some() {
            return true;
        }
        let wanted = Pattern::literal(name);
        let before: FxHashSet<(&Pattern, &SaltPath)> = self.base.index().patterns(Slot::PillarKey, &wanted).collect();
        let mut now = view.index().patterns(Slot::PillarKey, &wanted);
        now.any(|(pattern, path)| !before.contains(&(pattern, self.lineage.key(side, path))))
    }

    /// Whether no pattern of `side` may stand for the key.
    fn is_surely_gone(&self, side: Side, name: &str) -> bool {
        self.view(side).index().patterns(Slot::PillarKey, &Pattern::literal(name)).next().is_none()
    }

    /// Whether `side` defines the key in a file in which the base does not.
    fn defined_anew(&self, side: Side, name: &str) -> bool {
        let files = self.view(side).index().files(Slot::PillarKey, name);
        files.into_iter().any(|path| {
            let before = self.base.facts(self.lineage.key(side, path));
            !before.is_some_and(|facts| keys(facts).any(|(key, _)| key == name))
        })
    }

    /// What a removed key is called now: it, or the mapping that holds it, stands under another name
    /// in the same mapping.
    pub(crate) fn renamed_key(&self, side: Side, name: &str, gone: &FxHashMap<String, SaltPath>) -> Option<String> {
        let mut top = name;
        while gone.contains_key(parent(top)) {
            top = parent(top);
        }
        let above = parent(top);
        let prefix = if above.is_empty() { String::new() } else { format!("{above}:") };
        let (_, before) = definitions(self.base, top).into_iter().next()?;
        let view = self.view(side);
        let mut candidates: Vec<String> = Vec::new();
        for (key, _) in view.index().starting_with(Slot::PillarKey, &prefix) {
            let is_new = self.base.index().files(Slot::PillarKey, key).next().is_none();
            if parent(key) == above && is_new && candidates.last().is_none_or(|last| last != key.as_str()) {
                candidates.push(key.to_string());
            }
        }
        let scored = candidates.into_iter().filter_map(|key| {
            let score = definitions(view, &key).iter().map(|(_, new)| similarity(&before.value, &new.value)).max()?;
            (score >= SIMILAR).then_some((score, key))
        });
        let mut scored: Vec<(usize, String)> = scored.collect();
        scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let new = match scored.as_slice() {
            [(best, _), (next, _), ..] if best == next => return None,
            [(_, best), ..] => best,
            [] => return None,
        };
        let renamed = format!("{new}{}", name.get(top.len()..).unwrap_or(""));
        let exists = view.index().files(Slot::PillarKey, &renamed).next().is_some();
        Some(if exists { renamed } else { new.clone() })
    }

    /// All reads of the key in a view, each place once.
    fn reads(view: &View, world: &World, name: &str) -> Vec<Read> {
        let mut texts: FxHashMap<SaltPath, Option<String>> = FxHashMap::default();
        let mut seen = FxHashSet::default();
        let mut found = Vec::new();
        for facts in view.index().files(Slot::PillarUse, name).filter_map(|path| view.facts(path)) {
            for used in &facts.rendered.uses {
                let is_it = used.kind == UseKind::Pillar && used.name.as_literal() == Some(name);
                if !is_it || !seen.insert((used.origin.path.clone(), used.origin.range)) {
                    continue;
                }
                let (path, range) = (used.origin.path.clone(), used.origin.range);
                let text = texts.entry(path.clone()).or_insert_with(|| text_of(world, &path));
                let line = text.as_deref().map_or_else(String::new, |text| line_at(text, range));
                let text = text.as_deref().map_or_else(String::new, |text| range.slice(text).to_owned());
                let certain = is_sure(&used.when, name);
                let (has_default, reader) = (used.has_default, facts.path.clone());
                found.push(Read { path, range, line, text, has_default, certain, reader });
            }
        }
        found
    }

    /// Reads that `side` added: their lines are not in the base. Of another repository than the key's
    /// file `home`: all that the other side keeps.
    fn added_reads(&self, side: Side, name: &str, home: &SaltPath) -> Vec<Read> {
        let mut reads = Self::reads(self.view(side), self.world(side), name);
        if reads.is_empty() {
            return reads;
        }
        let lines = |reads: Vec<Read>, key: &dyn Fn(&SaltPath) -> SaltPath| {
            let mut lines: FxHashMap<(SaltPath, String), usize> = FxHashMap::default();
            for read in reads {
                *lines.entry((key(&read.path), read.line)).or_default() += 1;
            }
            lines
        };
        let take = |lines: &mut FxHashMap<(SaltPath, String), usize>, read: &(SaltPath, String)| {
            let found = lines.get_mut(read).filter(|count| **count > 0);
            found.map(|count| *count -= 1).is_some()
        };
        let mut before = lines(Self::reads(self.base, self.sides.base_world, name), &Clone::clone);
        let other = side.other();
        let mut kept = if reads.iter().any(|read| self.apart(&read.path, home)) {
            let there = Self::reads(self.view(other), self.world(other), name);
            lines(there, &|path| self.lineage.key(other, path).clone())
        } else {
            FxHashMap::default()
        };
        reads.retain(|read| {
            let key = (self.lineage.key(side, &read.path).clone(), read.line.clone());
            !take(&mut before, &key) || (self.apart(&read.path, home) && take(&mut kept, &key))
        });
        reads
    }

    fn lost_key(&self, side: Side, name: &str, home: &SaltPath, new: Option<&str>, read: &Read) -> Option<DriftFact> {
        let develop = self.sides.base_name;
        let other = side.other();
        let fate = new.map_or_else(|| "was removed".to_owned(), |new| format!("was renamed to '{new}'"));
        let key_place = |side: Side, name: &str| {
            let found = definitions(self.view(side), name);
            found.first().map(|(_, key)| Self::place_of(&key.origin))
        };
        if side == Side::Theirs {
            let place = new.and_then(|new| key_place(other, new)).or_else(|| self.file_place(other, home));
            let place = place.map(|place| (place.path, place.range));
            let path = place.as_ref().map_or(&read.reader, |(path, _)| path);
            let severity = if read.has_default { DriftSeverity::Information } else { DriftSeverity::Warning };
            let severity = self.severity(severity, read.certain, path);
            let message = format!("pillar key '{name}' {fate} here, but {develop} reads it in {}", read.path);
            let kind = DriftKind::RemovedHereUsedUpstream;
            let mut fact = Self::fact(kind, severity, (EntityKind::PillarKey, name), place, message);
            fact.theirs = Some(Place { path: read.path.clone(), range: read.range });
            fact.renamed_to = new.map(ToOwned::to_owned);
            return Some(fact);
        }
        let direct = read.text.starts_with("pillar[")
            || (read.text.starts_with("pillar.") && !read.text.starts_with("pillar.get"));
        let severity = match (read.has_default, direct) {
            (true, _) => DriftSeverity::Information,
            (false, true) => DriftSeverity::Error,
            (false, false) => DriftSeverity::Warning,
        };
        let severity = self.severity(severity, read.certain, &read.reader);
        let place = Some((read.path.clone(), read.range));
        let message = format!("pillar key '{name}' read here {fate} on {develop}");
        let kind = DriftKind::PillarKeyRemovedUpstream;
        let mut fact = Self::fact(kind, severity, (EntityKind::PillarUse, name), place, message);
        fact.theirs = new.and_then(|new| key_place(other, new)).or_else(|| self.file_place(other, home));
        fact.ours = key_place(side, name);
        fact.renamed_to = new.map(ToOwned::to_owned);
        Some(fact)
    }
}
