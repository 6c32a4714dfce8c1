//! Which states have which names, over all files: whether `module: name` exists, and whether something
//! with unknown parts may be it, are answered without reading a file. Knows nothing of who runs what.

use std::hash::Hasher as _;
use std::ops::Bound;

use imbl::{OrdMap, OrdSet};
use render::{Pattern, PatternPart};
use rustc_hash::FxHasher;
use smol_str::SmolStr;
use world::SaltPath;

use super::index::state_names;
use crate::Facts;
use crate::high::alternatives::known_prefix;

/// A module and a name (an ID, a `name`, or one of `names`) as one number: an entry costs 32 bytes
/// however long they are, and compares in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    /// `module`: `None` for any.
    pub(super) fn new(module: Option<&str>, name: &str) -> Self {
        let mut hasher = FxHasher::default();
        if let Some(module) = module {
            hasher.write(module.as_bytes());
        }
        hasher.write_u8(u8::from(module.is_some()));
        hasher.write(name.as_bytes());
        Self(hasher.finish())
    }
}

/// Of which states a name with unknown parts is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Module {
    /// Of all: what a reference without a module looks for.
    Any,
    /// Of all, IDs only.
    Id,
    /// Of those whose module is not wholly known.
    Unknown,
    /// Of those of this module.
    Known(SmolStr),
}

/// A name that may be more than one text, or is one of a module that may be more than one. Ordered so
/// that those with the same known start and end stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Loose {
    module: Module,
    start: SmolStr,
    end: SmolStr,
    name: Pattern,
    of: Pattern,
}

/// The names of a view's states.
#[derive(Clone, Default)]
pub(super) struct Named {
    exact: OrdSet<(Key, SaltPath)>,
    /// With in how many files they are.
    loose: OrdMap<Loose, u32>,
}

/// What of the names an update changed.
#[derive(Default)]
pub(super) struct Renamed {
    /// Names that came or went in some file.
    pub(super) keys: Vec<Key>,
    /// Whether a name with unknown parts came or went.
    pub(super) loose: bool,
}

impl Named {
    /// The files with a state of just this module and name.
    pub(super) fn files(&self, key: Key) -> impl Iterator<Item = &SaltPath> {
        let start = (key, SaltPath::root());
        self.exact.range(start..).take_while(move |(other, _)| *other == key).map(|(_, path)| path)
    }

    /// Whether the file at `path` has one.
    pub(super) fn has(&self, key: Key, path: &SaltPath) -> bool {
        self.exact.contains(&(key, path.clone()))
    }

    /// Whether something whose name or module is not wholly known may be `module: name`.
    pub(super) fn may_be(&self, module: Option<&str>, name: &str) -> bool {
        let Some(text) = module else { return self.may_be_in(&Module::Any, name, None) };
        self.may_be_in(&Module::Known(text.into()), name, None)
            || self.may_be_in(&Module::Unknown, name, Some(&Pattern::literal(text)))
    }

    /// Whether an ID that is not wholly known may be `id`.
    pub(super) fn may_be_id(&self, id: &str) -> bool {
        self.may_be_in(&Module::Id, id, None)
    }

    /// Looks at the entries whose known start and end are those of `name`: for each length, so that
    /// the others, however many, cost nothing.
    fn may_be_in(&self, module: &Module, name: &str, of: Option<&Pattern>) -> bool {
        let ends: Vec<usize> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
        for start in ends.iter().filter_map(|at| name.get(..*at)) {
            let first = self.from(module, start, "");
            if first.is_none_or(|first| first.module != *module || !first.start.starts_with(start)) {
                // nor do longer ones
                return false;
            }
            if first.is_none_or(|first| first.start != start) {
                continue;
            }
            for end in ends.iter().filter_map(|at| name.get(*at..)) {
                let from = Bound::Included(bare(module, start, end));
                let alike = self.loose.range((from, Bound::Unbounded)).map(|(loose, _)| loose);
                let mut alike =
                    alike.take_while(|loose| loose.module == *module && loose.start == start && loose.end == end);
                if alike.any(|loose| loose.name.matches(name) && of.is_none_or(|of| loose.of.overlaps(of))) {
                    return true;
                }
            }
        }
        false
    }

    fn from(&self, module: &Module, start: &str, end: &str) -> Option<&Loose> {
        let from = Bound::Included(bare(module, start, end));
        self.loose.range((from, Bound::Unbounded)).next().map(|(loose, _)| loose)
    }

    /// Replaces what `old` said by what `new` says.
    pub(super) fn replace(&mut self, old: Option<&Facts>, new: Option<&Facts>, renamed: &mut Renamed) {
        let Some(path) = old.or(new).map(|facts| &facts.path) else { return };
        let (old, old_loose) = old.map(names).unwrap_or_default();
        let (new, new_loose) = new.map(names).unwrap_or_default();
        for key in old.iter().filter(|key| new.binary_search(key).is_err()) {
            self.exact.remove(&(*key, path.clone()));
            renamed.keys.push(*key);
        }
        for key in new.iter().filter(|key| old.binary_search(key).is_err()) {
            self.exact.insert((*key, path.clone()));
            renamed.keys.push(*key);
        }
        for loose in old_loose.iter().filter(|loose| new_loose.binary_search(loose).is_err()) {
            renamed.loose = true;
            match self.loose.get(loose).copied() {
                Some(count) if count > 1 => drop(self.loose.insert(loose.clone(), count - 1)),
                _ => drop(self.loose.remove(loose)),
            }
        }
        for loose in new_loose.iter().filter(|loose| old_loose.binary_search(loose).is_err()) {
            renamed.loose = true;
            let count = self.loose.get(loose).copied().unwrap_or(0);
            self.loose.insert(loose.clone(), count.saturating_add(1));
        }
    }
}

/// The first entry that there may be with these known ends.
fn bare(module: &Module, start: &str, end: &str) -> Loose {
    let nothing = Pattern::default;
    Loose { module: module.clone(), start: start.into(), end: end.into(), name: nothing(), of: nothing() }
}

fn loose(module: Module, name: &Pattern, of: &Pattern) -> Loose {
    let end = match name.0.last() {
        Some(PatternPart::Text(text)) => text.clone(),
        _ => SmolStr::default(),
    };
    Loose { module, start: known_prefix(name).into(), end, name: name.clone(), of: of.clone() }
}

/// All names of a file's states, sorted.
fn names(facts: &Facts) -> (Vec<Key>, Vec<Loose>) {
    let (mut exact, mut unsure) = (Vec::new(), Vec::new());
    for declaration in &facts.declarations {
        let names: Vec<Vec<Pattern>> = declaration.states.iter().map(state_names).collect();
        for name in std::iter::once(&declaration.id).chain(names.iter().flatten()) {
            match name.as_literal() {
                Some(text) => exact.push(Key::new(None, text)),
                None => unsure.push(loose(Module::Any, name, &Pattern::default())),
            }
        }
        if declaration.id.is_pattern() {
            unsure.push(loose(Module::Id, &declaration.id, &Pattern::default()));
        }
        for (state, names) in declaration.states.iter().zip(&names) {
            for name in std::iter::once(&declaration.id).chain(names) {
                match (state.module.as_literal(), name.as_literal()) {
                    (Some(module), Some(name)) => exact.push(Key::new(Some(module), name)),
                    (Some(module), None) => unsure.push(loose(Module::Known(module.into()), name, &Pattern::default())),
                    (None, _) => unsure.push(loose(Module::Unknown, name, &state.module)),
                }
            }
        }
    }
    exact.sort_unstable();
    exact.dedup();
    unsure.sort();
    unsure.dedup();
    (exact, unsure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        for (n, part) in text.split('*').enumerate() {
            if n > 0 {
                pattern.push(PatternPart::Hole);
            }
            pattern.push(PatternPart::Text(part.into()));
        }
        pattern
    }

    #[test]
    fn a_name_is_found_by_the_ends_that_are_known() {
        let mut named = Named::default();
        let entries = [("pkg", "web-*"), ("pkg", "*-déjà"), ("file", "*"), ("*", "known"), ("c*d", "a*b*c")];
        for (module, name) in entries {
            let (of, name) = (pattern(module), pattern(name));
            let module = of.as_literal().map_or(Module::Unknown, |module| Module::Known(module.into()));
            named.loose.insert(loose(module, &name, &of), 1);
        }
        let cases = [
            ("pkg", "web-1", true),
            ("pkg", "web", false),
            ("pkg", "x-déjà", true),
            ("pkg", "x-déj", false),
            ("file", "", true),
            ("file", "anything", true),
            ("service", "web-1", false),
            ("service", "known", true),
            ("cmd", "a-b-c", true),
            ("cmd", "a-c", false),
            ("cron", "a-b-c", false),
        ];
        for (module, name, expected) in cases {
            assert_eq!(named.may_be(Some(module), name), expected, "{module}: {name}");
        }
    }
}
