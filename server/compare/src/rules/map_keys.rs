//! Keys of mappings that a template defines for others (`map.jinja`), read here and gone there. What such a
//! mapping holds depends on grains and pillar, so it is judged by what its files write: a key that they
//! wrote in the base and write nowhere in the merge.

use model::{EntityKind, Facts, Slot};
use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;
use world::{SaltPath, Stopped, World};

use crate::context::{Comparison, In};
use crate::lineage::Side;
use crate::rules::pillar::text_of;
use crate::{DriftFact, DriftKind, DriftSeverity};

/// How far a map's own imports (`import_yaml 'defaults.yaml'`) are followed.
const MAX_FILES: usize = 50;
/// Methods of mappings and texts, which are no keys.
const METHODS: [&str; 16] = [
    "get",
    "items",
    "keys",
    "values",
    "update",
    "copy",
    "pop",
    "setdefault",
    "iteritems",
    "join",
    "split",
    "format",
    "lower",
    "upper",
    "append",
    "extend",
];

/// A read of a key of an imported mapping.
struct KeyRead {
    key: String,
    range: TextRange,
    /// `.get('key', default)`.
    has_default: bool,
}

impl Comparison<'_> {
    /// Reads that we added of keys that they took out of a map.
    pub(crate) fn map_keys(&mut self) -> Result<(), Stopped> {
        let mut found = Vec::new();
        for pair in &self.diff(Side::Theirs).files {
            self.stop.check()?;
            let (Some(base), true) = (pair.base, self.lineage.changed(Side::Theirs, &pair.key)) else { continue };
            // The file itself defines the mapping, or is read by one that does.
            let mut maps: Vec<SaltPath> = vec![pair.key.clone()];
            maps.extend(self.base.index().files(Slot::ImportOf, base.path.as_str()).cloned());
            for map in maps {
                found.extend(self.keys_of(&map));
            }
        }
        // A pillar key behind it is told by its own name.
        let told = |fact: &DriftFact| {
            self.found.iter().any(|other| match (&fact.place, &other.place) {
                (Some((path, range)), Some((file, wider))) => {
                    path == file && wider.start < range.end && range.start < wider.end && !wider.is_empty()
                }
                _ => false,
            })
        };
        found.retain(|fact| !told(fact));
        self.found.extend(found);
        Ok(())
    }

    fn keys_of(&self, map: &SaltPath) -> Vec<DriftFact> {
        let path = self.lineage.path(Side::Ours, map);
        let view = self.view(Side::Ours);
        let mut found = Vec::new();
        let mut written: Option<[FxHashSet<String>; 3]> = None;
        let users: Vec<&SaltPath> = view.index().files(Slot::MemberOf, path.as_str()).collect();
        for facts in users.into_iter().filter_map(|user| view.facts(user)) {
            let key = self.lineage.key(Side::Ours, &facts.path);
            if !self.lineage.changed(Side::Ours, key) {
                continue;
            }
            let reads = Self::map_reads(self.world(Side::Ours), facts, path);
            if reads.is_empty() {
                continue;
            }
            let [before, there, merged] = written.get_or_insert_with(|| {
                [In::Base, In::Side(Side::Theirs), In::Merged].map(|world| self.words_of_map(world, map))
            });
            let known: FxHashSet<String> = self.facts(In::Base, key).map_or_else(FxHashSet::default, |facts| {
                let reads = Self::map_reads(self.sides.base_world, facts, map);
                reads.into_iter().map(|read| read.key).collect()
            });
            for read in reads {
                let gone = before.contains(&read.key) && !there.contains(&read.key) && !merged.contains(&read.key);
                if gone && !known.contains(&read.key) {
                    found.push(self.lost_map_key(facts, map, &read));
                }
            }
        }
        found
    }

    fn lost_map_key(&self, facts: &Facts, map: &SaltPath, read: &KeyRead) -> DriftFact {
        let develop = self.sides.base_name;
        let wanted = if read.has_default { DriftSeverity::Hint } else { DriftSeverity::Warning };
        let severity = self.severity(wanted, true, &facts.path);
        let path = self.lineage.path(Side::Ours, map);
        let message = format!("key '{}' of the mapping in {path} read here was removed on {develop}", read.key);
        let place = Some((facts.path.clone(), read.range));
        let kind = DriftKind::MapKeyRemovedUpstream;
        let mut fact = Self::fact(kind, severity, (EntityKind::JinjaVariable, read.key.clone()), place, message);
        fact.theirs = self.file_place(Side::Theirs, map);
        fact.ours = self.file_place(Side::Ours, map);
        fact
    }

    /// The keys of mappings of the file `map` that a file reads.
    fn map_reads(world: &World, facts: &Facts, map: &SaltPath) -> Vec<KeyRead> {
        let of_map = |reference: &&model::Reference| {
            !reference.is_macro && reference.target.as_ref().is_some_and(|(path, _)| path == map)
        };
        let mut references = facts.references.iter().filter(of_map).peekable();
        if references.peek().is_none() {
            return Vec::new();
        }
        let Some(text) = text_of(world, &facts.path) else { return Vec::new() };
        references.filter_map(|reference| key_behind(&text, reference.range.end as usize)).collect()
    }

    /// The words that a map's files quote or write as keys.
    fn words_of_map(&self, world: In, map: &SaltPath) -> FxHashSet<String> {
        let mut words = FxHashSet::default();
        let mut work = vec![map.clone()];
        let mut seen: FxHashMap<SaltPath, ()> = FxHashMap::default();
        while let Some(key) = work.pop() {
            if seen.len() >= MAX_FILES || seen.insert(key.clone(), ()).is_some() {
                continue;
            }
            let Some(facts) = self.facts(world, &key) else { continue };
            for target in facts.imports.iter().filter_map(|import| import.target.as_ref()) {
                let key = match world {
                    In::Side(side) => self.lineage.key(side, target),
                    In::Base | In::Merged => target,
                };
                work.push(key.clone());
            }
            if let Some(text) = text_of(self.world_of(world), &facts.path) {
                collect_keys(&text, &mut words);
            }
        }
        words
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// The words of a text that are quoted, or stand before a colon or an equals sign.
fn collect_keys(text: &str, words: &mut FxHashSet<String>) {
    let mut rest = text;
    while let Some(start) = rest.find(is_name) {
        let before = rest[..start].chars().next_back();
        let word = &rest[start..];
        let end = word.find(|c| !is_name(c)).unwrap_or(word.len());
        let after = word[end..].trim_start_matches(' ').chars().next();
        let quoted = matches!(before, Some('\'' | '"')) && matches!(word[end..].chars().next(), Some('\'' | '"'));
        if quoted || matches!(after, Some(':' | '=')) {
            words.insert(word[..end].to_owned());
        }
        rest = &word[end..];
    }
}

/// The key that is read of the value whose expression ends at `at`.
fn key_behind(text: &str, at: usize) -> Option<KeyRead> {
    let rest = text.get(at..)?;
    let word = |rest: &str| rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    if let Some(inner) = rest.strip_prefix('.') {
        let attribute = |rest: &str| rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let end = attribute(inner);
        let name = inner.get(..end)?;
        if name == "get" {
            let call = inner.get(end..)?.strip_prefix('(')?.trim_start();
            let quote = call.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
            let key = call.get(1..)?.split(quote).next()?;
            let start = at + (rest.len() - call.len()) + 1;
            return Some(KeyRead {
                key: key.to_owned(),
                range: TextRange::of(start, start + key.len()),
                has_default: true,
            });
        }
        let called = inner.get(end..)?.trim_start().starts_with('(');
        if name.is_empty() || called || METHODS.contains(&name) {
            return None;
        }
        let start = at + 1;
        return Some(KeyRead { key: name.to_owned(), range: TextRange::of(start, start + end), has_default: false });
    }
    let inner = rest.strip_prefix('[')?;
    let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let key = inner.get(1..)?;
    let end = word(key);
    let name = key.get(..end).filter(|_| key.get(end..).is_some_and(|rest| rest.starts_with(quote)))?;
    let start = at + 2;
    Some(KeyRead { key: name.to_owned(), range: TextRange::of(start, start + end), has_default: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_behind_a_name() {
        let key = |text: &str| key_behind(text, 3).map(|read| (read.key, read.has_default));
        assert_eq!(key("map.dir }}"), Some(("dir".to_owned(), false)));
        assert_eq!(key("map['dir'] }}"), Some(("dir".to_owned(), false)));
        assert_eq!(key("map.get('dir', 'x') }}"), Some(("dir".to_owned(), true)));
        for text in ["map }}", "map.items() }}", "map[name] }}", "map.update({}) }}"] {
            assert_eq!(key(text), None, "{text}");
        }
    }

    #[test]
    fn words_that_may_be_keys() {
        let mut words = FxHashSet::default();
        collect_keys("{% set m = {'a': 1, \"b\": x.y} %}\nc:\n  d-e : 1\n", &mut words);
        let mut words: Vec<String> = words.into_iter().collect();
        words.sort();
        assert_eq!(words, ["a", "b", "c", "d-e", "m"]);
    }
}
