//! Which states have which names, over all files: whether `module: name` exists, and whether something
//! with unknown parts may be it, are answered without reading a file. Knows nothing of who runs what.

use std::hash::Hasher as _;

use imbl::OrdSet;
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
    loose: OrdSet<(Loose, SaltPath)>,
}

/// What of the names an update changed.
#[derive(Default)]
pub(super) struct Renamed {
    /// Names that came or went in some file.
    pub(super) keys: Vec<Key>,
    /// Whether a name with unknown parts came or went.
    pub(super) loose: bool,
    /// Whether any name did: a key, a macro, a use.
    pub(super) others: bool,
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
        self.each_loose(module, name, &mut |_| true)
    }

    /// The files with something whose name or module is not wholly known, and that may be `module: name`.
    pub(super) fn loose_files(&self, module: Option<&str>, name: &str) -> Vec<SaltPath> {
        let mut files = Vec::new();
        self.each_loose(module, name, &mut |path| {
            files.push(path.clone());
            false
        });
        files
    }

    /// Whether an ID that is not wholly known may be `id`.
    pub(super) fn may_be_id(&self, id: &str) -> bool {
        self.each_in(&Module::Id, id, None, &mut |_| true)
    }

    fn each_loose(&self, module: Option<&str>, name: &str, ends: &mut dyn FnMut(&SaltPath) -> bool) -> bool {
        let Some(text) = module else { return self.each_in(&Module::Any, name, None, ends) };
        self.each_in(&Module::Known(text.into()), name, None, ends)
            || self.each_in(&Module::Unknown, name, Some(&Pattern::literal(text)), ends)
    }

    /// Looks at the entries whose known start and end are those of `name`, for each length, so that
    /// the others, however many, cost nothing. `true`: `ends` was, for one of them.
    fn each_in(
        &self,
        module: &Module,
        name: &str,
        of: Option<&Pattern>,
        ends: &mut dyn FnMut(&SaltPath) -> bool,
    ) -> bool {
        let cuts: Vec<usize> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
        for start in cuts.iter().filter_map(|at| name.get(..*at)) {
            let first = self.from(module, start, "").next();
            let Some((first, _)) = first.filter(|(loose, _)| loose.module == *module && loose.start.starts_with(start))
            else {
                // nor do longer ones
                return false;
            };
            if first.start != start {
                continue;
            }
            for end in cuts.iter().filter_map(|at| name.get(*at..)) {
                let alike = self.from(module, start, end);
                let mut alike =
                    alike.take_while(|(loose, _)| loose.module == *module && loose.start == start && loose.end == end);
                let fits = |loose: &Loose| loose.name.matches(name) && of.is_none_or(|of| loose.of.overlaps(of));
                if alike.any(|(loose, path)| fits(loose) && ends(path)) {
                    return true;
                }
            }
        }
        false
    }

    /// The entries from the first one on that there may be with these known ends.
    fn from(&self, module: &Module, start: &str, end: &str) -> impl Iterator<Item = &(Loose, SaltPath)> {
        let nothing = Pattern::default;
        let first =
            Loose { module: module.clone(), start: start.into(), end: end.into(), name: nothing(), of: nothing() };
        self.loose.range((first, SaltPath::root())..)
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
            self.loose.remove(&(loose.clone(), path.clone()));
            renamed.loose = true;
        }
        for loose in new_loose.iter().filter(|loose| old_loose.binary_search(loose).is_err()) {
            self.loose.insert((loose.clone(), path.clone()));
            renamed.loose = true;
        }
    }
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
            named.loose.insert((loose(module, &name, &of), SaltPath::root()));
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
