//! Who includes whom: include closures and highstates, as worklists (include cycles are legal).

use std::sync::{Arc, PoisonError};

use indexmap::IndexMap;
use render::{EntryKind, Pattern, names};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smol_str::SmolStr;
use world::SaltPath;

use super::edges::{Edges, Node, Walk};
use super::{Slot, View};
use crate::{Facts, Include};

/// How an SLS got into a closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Whether it is there in every rendering.
    pub certain: bool,
    /// The file that includes it; `None` for the roots.
    pub from: Option<SaltPath>,
}

/// Files that run together, in the order in which they are found.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    /// The files.
    pub files: IndexMap<SaltPath, Reached, FxBuildHasher>,
    /// Whether more may belong to it: an include that is not known, a file that did not render
    /// completely.
    pub open: bool,
}

impl Closure {
    /// Whether `path` may be among the files.
    #[must_use]
    pub fn contains(&self, path: &SaltPath) -> bool {
        self.files.contains_key(path)
    }

    fn put(&mut self, path: SaltPath, certain: bool, from: Option<&SaltPath>) -> bool {
        match self.files.get_mut(&path) {
            // Certain beats uncertain: what it includes must then be looked at again.
            Some(reached) if reached.certain || !certain => false,
            Some(reached) => {
                reached.certain = true;
                true
            }
            None => self.files.insert(path, Reached { certain, from: from.cloned() }).is_none(),
        }
    }
}

/// Closures that were asked for, as long as they are not too many.
#[derive(Default)]
pub(super) struct Closures {
    by_root: FxHashMap<SaltPath, Arc<Closure>>,
    files: usize,
}

/// So many files in kept closures: about 20 MB.
const MAX_KEPT: usize = 200_000;

impl Closures {
    fn keep(&mut self, root: &SaltPath, closure: &Arc<Closure>) {
        if self.files + closure.files.len() > MAX_KEPT {
            *self = Self::default();
        }
        self.files += closure.files.len();
        self.by_root.insert(root.clone(), closure.clone());
    }
}

impl View {
    /// The files of the SLS that `name` (an fnmatch pattern, perhaps with unknown parts) names, and
    /// whether that is certain. `env`: only of this saltenv.
    #[must_use]
    pub fn sls(&self, slot: Slot, env: Option<&str>, name: &Pattern) -> Vec<(SaltPath, bool)> {
        let fits = |path: &SaltPath, name: &str| {
            env.is_none_or(|env| {
                self.facts(path).is_some_and(|facts| facts.names.iter().any(|(e, n)| e == env && n == name))
            })
        };
        match name.as_literal() {
            Some(text) if text.contains(['*', '?', '[']) => {
                let prefix = text.split(['*', '?', '[']).next().unwrap_or("");
                let names = self.index.starting_with(slot, prefix);
                let matching = names.filter(|(n, path)| names::fnmatch(n, text) && fits(path, n));
                matching.map(|(_, path)| (path.clone(), true)).collect()
            }
            Some(text) => {
                let named = self.index.files(slot, text).filter(|path| fits(path, text));
                let found: Vec<_> = named.map(|path| (path.clone(), true)).collect();
                if found.is_empty() { self.sls_by_path(slot, env, text) } else { found }
            }
            None => {
                let prefix = crate::high::alternatives::known_prefix(name);
                let names = self.index.starting_with(slot, prefix);
                let matching = names.filter(|(n, path)| name.matches(n) && fits(path, n));
                matching.map(|(_, path)| (path.clone(), false)).collect()
            }
        }
    }

    /// The file that Salt opens for a name that no list of SLS has: every dot is a slash, and slashes stay
    /// slashes, so `a/b`, `a.init` and `a.` are `a/b.sls` and `a/init.sls`.
    fn sls_by_path(&self, slot: Slot, env: Option<&str>, name: &str) -> Vec<(SaltPath, bool)> {
        let roots = if slot == Slot::PillarSls { &self.minion.pillar_roots } else { &self.minion.file_roots };
        let base = name.replace('.', "/");
        let mut found = Vec::new();
        for (_, folders) in roots.iter().filter(|(known, _)| env.is_none_or(|env| env == known.as_str())) {
            let file = ["", "/init"].iter().find_map(|end| {
                let below = format!("{base}{end}.sls");
                folders.iter().find_map(|root| root.join(&below).ok().filter(|path| self.files.contains_key(path)))
            });
            found.extend(file.map(|path| (path, true)));
        }
        found.dedup();
        found
    }

    /// Whether a top file says what runs: of states, or of the pillar ([`Slot::PillarSls`]).
    #[must_use]
    pub fn has_top(&self, slot: Slot) -> bool {
        let (roots, kind) = match slot {
            Slot::PillarSls => (&self.minion.pillar_roots, EntryKind::PillarTop),
            _ => (&self.minion.file_roots, EntryKind::StateTop),
        };
        let tops = roots.values().flatten().filter_map(|root| root.join("top.sls").ok());
        tops.filter_map(|path| self.facts(&path)).any(|facts| facts.kind == kind)
    }

    /// The SLS that a name which none has is most likely a slip for.
    #[must_use]
    pub fn slip(&self, slot: Slot, name: &str) -> Option<SmolStr> {
        if name.contains(['*', '?', '[']) {
            return None;
        }
        let listed = super::index::listed_name(name).unwrap_or_else(|| name.to_owned());
        // A slip in the first letter is rare; all names would be much to look through.
        let start = listed.chars().next().map(String::from).unwrap_or_default();
        let other = if start.chars().all(char::is_lowercase) { start.to_uppercase() } else { start.to_lowercase() };
        let with = |start: &str| {
            let names = self.index.starting_with(slot, start).map(|(name, _)| name.as_str());
            crate::near::nearest(&listed, names).map(SmolStr::from)
        };
        with(&start).or_else(|| with(&other).filter(|_| start != other))
    }

    /// Whether an SLS that is not here may be there where Salt runs: the folder that its name begins with
    /// is no part of this checkout, or git ignores it.
    #[must_use]
    pub fn may_be_elsewhere(&self, slot: Slot, name: &str) -> bool {
        let roots = if slot == Slot::PillarSls { &self.minion.pillar_roots } else { &self.minion.file_roots };
        let roots: Vec<SaltPath> = roots.values().flatten().cloned().collect();
        let path = name.replace('.', "/");
        let holds = |folder: &SaltPath| {
            let near = self.files.range(folder.clone()..).map(|(path, _)| path);
            let mut near = near.take_while(|path| path.as_str().starts_with(folder.as_str()));
            near.any(|path| path.below(folder).is_some())
        };
        let forms = [format!("{path}.sls"), format!("{path}/init.sls")];
        forms.iter().all(|form| names::may_be_elsewhere(&self.minion, &roots, form, &holds))
    }

    /// The files that an include of `facts` names, and whether that is certain (the include's own
    /// condition not counted).
    #[must_use]
    pub fn included(&self, facts: &Facts, include: &Include) -> Vec<(SaltPath, bool)> {
        let Some(sls) = &include.sls else { return Vec::new() };
        let own = facts.names.first().map(|(env, _)| env.clone());
        if facts.kind == EntryKind::Pillar {
            // A relative pillar include is looked up without its dots, too (`render_pstate`).
            let mut found = self.sls(Slot::PillarSls, own.as_deref(), sls);
            if let Some(written) = include.written.as_literal().filter(|written| written.starts_with('.')) {
                let bare = Pattern::literal(&written.trim_start_matches('.').replace('/', "."));
                found.extend(self.sls(Slot::PillarSls, own.as_deref(), &bare));
            }
            return found;
        }
        let env: Option<SmolStr> = match &include.saltenv {
            Some(env) if env == "_xenv" => None,
            Some(env) => Some(env.clone()),
            None => own,
        };
        self.sls(Slot::Sls, env.as_deref(), sls)
    }

    /// All that runs when the SLS at `path` runs alone.
    #[must_use]
    pub fn closure(&self, path: &SaltPath) -> Arc<Closure> {
        let known = || self.derived.closures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(closure) = known().by_root.get(path) {
            return closure.clone();
        }
        let closure = Arc::new(self.closure_of([(path.clone(), true)]));
        known().keep(path, &closure);
        closure
    }

    /// All that runs when these SLS run, each certainly or maybe.
    #[must_use]
    pub fn closure_of(&self, roots: impl IntoIterator<Item = (SaltPath, bool)>) -> Closure {
        let mut closure = Closure::default();
        let mut work: Vec<SaltPath> = Vec::new();
        for (path, certain) in roots {
            if closure.put(path.clone(), certain, None) {
                work.push(path);
            }
        }
        let edges = self.edges();
        // Of includes that name many files: whether what they name was put with certainty.
        let mut shared: FxHashMap<Node, bool> = FxHashMap::default();
        while let Some(path) = work.pop() {
            let certain = closure.files.get(&path).is_some_and(|reached| reached.certain);
            let Some(node) = edges.get(&path) else {
                closure.open = true;
                continue;
            };
            closure.open |= edges.is_unsure(node);
            for edge in edges.out(node) {
                let certain = certain && edge.certain;
                if let Some(target) = edges.file(edge.to) {
                    if closure.put(target.clone(), certain, Some(&path)) {
                        work.push(target.clone());
                    }
                    continue;
                }
                match shared.get(&edge.to) {
                    Some(before) if *before || !certain => continue,
                    _ => shared.insert(edge.to, certain),
                };
                for edge in edges.out(edge.to) {
                    let Some(target) = edges.file(edge.to) else { continue };
                    if closure.put(target.clone(), certain && edge.certain, Some(&path)) {
                        work.push(target.clone());
                    }
                }
            }
        }
        closure
    }

    /// The includes of all files, resolved once.
    pub(super) fn edges(&self) -> Arc<Edges> {
        self.derived.edges.get_or_init(|| Arc::new(Edges::of(self))).clone()
    }

    /// The files whose includes may lead to `path`, itself among them.
    #[must_use]
    pub fn includers(&self, path: &SaltPath) -> FxHashSet<SaltPath> {
        let edges = self.edges();
        let mut found = FxHashSet::from_iter([path.clone()]);
        if let Some(node) = edges.get(path) {
            let mut walk = Walk::backward(node, false);
            let (nodes, _) = walk.all(&edges, usize::MAX);
            found.extend(nodes.iter().filter_map(|node| edges.file(*node)).cloned());
        }
        found
    }

    /// The files with an include that may name `path`.
    #[must_use]
    pub fn direct_includers(&self, path: &SaltPath) -> Vec<SaltPath> {
        let edges = self.edges();
        let Some(node) = edges.get(path) else { return Vec::new() };
        let mut found: Vec<SaltPath> = Vec::new();
        for edge in edges.incoming(node) {
            match edges.file(edge.to) {
                Some(file) => found.push(file.clone()),
                // an include that names many, and who has it
                None => found.extend(edges.incoming(edge.to).iter().filter_map(|edge| edges.file(edge.to)).cloned()),
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// All that the minion's highstate runs; without a profile, all that some minion's may run.
    #[must_use]
    pub fn highstate(&self) -> Arc<Closure> {
        let compute = || {
            let mut roots = Vec::new();
            let mut open = false;
            for env in &self.top.states {
                for entry in &env.sls {
                    let found = self.sls(Slot::Sls, Some(&env.saltenv), &entry.name);
                    open |= found.is_empty() || entry.name.is_pattern();
                    roots.extend(found.into_iter().map(|(path, sure)| (path, sure && entry.is_certain())));
                }
            }
            let mut closure = self.closure_of(roots);
            // Without a profile which targets match is never known: all are taken together then.
            closure.open |= open || !self.top.errors.is_empty() || (self.top.partial && self.profile().is_some());
            Arc::new(closure)
        };
        self.derived.highstate.get_or_init(compute).clone()
    }

    /// The state SLS of each target of the top file, by saltenv and target expression: what whoever
    /// matches it runs together, and whether for sure.
    #[must_use]
    pub fn targets(&self) -> FxHashMap<(SmolStr, String), Vec<(SaltPath, bool)>> {
        let mut targets: FxHashMap<_, Vec<(SaltPath, bool)>> = FxHashMap::default();
        for env in &self.top.states {
            for entry in env.sls.iter().filter(|entry| !entry.target.is_pattern()) {
                let files = targets.entry((env.saltenv.clone(), entry.target.to_string())).or_default();
                let sure = entry.when.is_always() && !entry.name.is_pattern();
                let found = self.sls(Slot::Sls, Some(&env.saltenv), &entry.name);
                files.extend(found.into_iter().map(|(path, exists)| (path, exists && sure)));
            }
        }
        targets
    }

    /// State SLS that no top reaches.
    #[must_use]
    pub fn orphans(&self) -> Arc<FxHashSet<SaltPath>> {
        let compute = || {
            let highstate = self.highstate();
            let states = self.files.values().filter(|facts| facts.kind == EntryKind::State);
            Arc::new(states.map(|facts| facts.path.clone()).filter(|path| !highstate.contains(path)).collect())
        };
        self.derived.orphans.get_or_init(compute).clone()
    }

    /// All files that may run in one run with `path`: what SLS that lead to it include, and the
    /// highstate if it is part of it.
    #[must_use]
    pub fn together(&self, path: &SaltPath) -> Together {
        // Whoever asks for one file's often asks for each of its requisites in turn.
        let last = || self.derived.together.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = last().as_ref().filter(|(known, _)| known == path) {
            return known.clone();
        }
        let including = self.closure_of(self.includers(path).into_iter().map(|path| (path, false)));
        let highstate = Some(self.highstate()).filter(|highstate| highstate.contains(path));
        let found = Together { including: Arc::new(including), highstate };
        *last() = Some((path.clone(), found.clone()));
        found
    }
}

/// The files that may run in one run with a file.
#[derive(Clone, Debug)]
pub struct Together {
    /// The closure of all SLS that lead to it.
    pub including: Arc<Closure>,
    /// The highstate, if the file is part of it.
    pub highstate: Option<Arc<Closure>>,
}

impl Together {
    /// Whether `path` may run with the file.
    #[must_use]
    pub fn contains(&self, path: &SaltPath) -> bool {
        self.including.contains(path) || self.highstate.as_ref().is_some_and(|highstate| highstate.contains(path))
    }

    /// Whether more files may.
    #[must_use]
    pub fn open(&self) -> bool {
        self.including.open || self.highstate.as_ref().is_some_and(|highstate| highstate.open)
    }
}
