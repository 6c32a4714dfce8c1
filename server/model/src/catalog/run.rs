//! Whether what a file refers to runs with it: asked of names and includes only, the nearest first, and
//! no further than is needed to know. [`super::resolve`] finds all that a reference may mean.

use render::Pattern;
use rustc_hash::FxHashSet;
use std::sync::Arc;
use world::SaltPath;

use super::edges::{Edges, Node, Walk};
use super::named::Key;
use super::{Slot, Verdict, View};
use crate::{Declaration, Facts, Requisite};

/// In a file that leads to more SLS than so many, or that more lead to, nothing is said of references
/// that are not found among them: a thousand such files would be compared with thousands each.
const MAX_WALKED: usize = 2000;

/// What runs together with one file, found out as far as it is asked for.
pub(super) struct Run<'a> {
    view: &'a View,
    facts: &'a Facts,
    edges: Arc<Edges>,
    node: Option<Node>,
    included: Option<Walk>,
    includers: Option<(FxHashSet<Node>, bool)>,
    company: Option<FxHashSet<Node>>,
}

/// What is said of a reference, and the files that have its target under just its name.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) files: Vec<SaltPath>,
}

impl<'a> Run<'a> {
    pub(super) fn new(view: &'a View, facts: &'a Facts) -> Self {
        let edges = view.edges();
        let node = edges.get(&facts.path);
        Self { view, facts, edges, node, included: None, includers: None, company: None }
    }

    /// What can be said of a requisite; `None` where its name or module is not a plain one.
    pub(super) fn requisite(&mut self, requisite: &Requisite) -> Option<Judged> {
        let name = plain(&requisite.name)?;
        let module = match &requisite.module {
            Some(module) => Some(module.as_literal()?),
            None => None,
        };
        if module == Some("sls") {
            let files = self.view.sls(Slot::Sls, None, &requisite.name).into_iter().map(|(path, _)| path).collect();
            return Some(self.judge(files, |_| false));
        }
        Some(self.state(module.filter(|module| *module != "id"), name))
    }

    /// What can be said of an entry of `extend`.
    pub(super) fn extend(&mut self, extend: &Declaration) -> Option<Judged> {
        let id = plain(&extend.id)?;
        let index = self.view.index();
        let files: Vec<SaltPath> = index.files(Slot::StateId, id).cloned().collect();
        if !files.is_empty() || index.named().may_be_id(id) {
            return Some(self.judge(files, |view| view.index().named().may_be_id(id)));
        }
        let module = match extend.states.first() {
            Some(state) => Some(state.module.as_literal()?),
            None => None,
        };
        Some(self.state(module, id))
    }

    fn state(&mut self, module: Option<&str>, name: &str) -> Judged {
        let named = self.view.index().named();
        let key = Key::new(module, name);
        if named.has(key, &self.facts.path) {
            return Judged { verdict: Verdict::Found, files: Vec::new() };
        }
        let files = named.files(key).cloned().collect();
        self.judge(files, |view| view.index().named().may_be(module, name))
    }

    /// What can be said of something that just `files` have for sure. `perhaps`: whether others may
    /// have it.
    fn judge(&mut self, files: Vec<SaltPath>, perhaps: impl FnOnce(&View) -> bool) -> Judged {
        let path = &self.facts.path;
        let verdict = if files.contains(path) {
            Verdict::Found
        } else if self.is_open() || perhaps(self.view) {
            Verdict::Maybe
        } else if files.is_empty() {
            Verdict::Missing
        } else {
            self.reach(&files)
        };
        Judged { verdict, files }
    }

    /// Whether some run of the file may have more in it than is known.
    fn is_open(&self) -> bool {
        let highstate = || {
            let highstate = self.view.highstate();
            highstate.open && highstate.contains(&self.facts.path)
        };
        self.edges.is_open(&self.facts.path) || highstate()
    }

    /// Whether one of `files` runs together with the file.
    fn reach(&mut self, files: &[SaltPath]) -> Verdict {
        let Some(node) = self.node else { return Verdict::Maybe };
        let wanted: Vec<Node> = files.iter().filter_map(|path| self.edges.get(path)).collect();
        let included = self.included.get_or_insert_with(|| Walk::forward([node], false));
        match included.finds(&self.edges, &wanted, MAX_WALKED) {
            Some(true) => return Verdict::Found,
            None => return Verdict::Maybe,
            Some(false) => {}
        }
        let highstate = self.view.highstate();
        if highstate.contains(&self.facts.path) && files.iter().any(|path| highstate.contains(path)) {
            return Verdict::Found;
        }
        let edges = &self.edges;
        let (includers, whole) = self.includers.get_or_insert_with(|| {
            let mut walk = Walk::backward(node, false);
            let (found, whole) = walk.all(edges, MAX_WALKED);
            (found.clone(), whole)
        });
        if !*whole {
            return Verdict::Maybe;
        }
        // Who leads to both has both in its run.
        for target in wanted {
            let mut walk = Walk::backward(target, false);
            let (theirs, whole) = walk.all(edges, MAX_WALKED);
            if theirs.iter().any(|node| includers.contains(node)) {
                return Verdict::Found;
            }
            if !whole {
                return Verdict::Maybe;
            }
        }
        Verdict::Elsewhere
    }

    /// The nodes of the files that some SLS which certainly has the file certainly has, too.
    pub(super) fn company(&mut self) -> &FxHashSet<Node> {
        let edges = &self.edges;
        let node = self.node;
        self.company.get_or_insert_with(|| {
            let Some(node) = node else { return FxHashSet::default() };
            let mut leading = Walk::backward(node, true);
            let (roots, _) = leading.all(edges, MAX_WALKED);
            let mut walk = Walk::forward(roots.iter().copied(), true);
            walk.all(edges, MAX_WALKED).0.clone()
        })
    }

    /// The files of the company that declare `id`, and of the highstate if the file is certainly part
    /// of it: at most `most`.
    pub(super) fn namesakes(&mut self, id: &str, most: usize) -> Vec<SaltPath> {
        let (view, own, edges) = (self.view, &self.facts.path, self.edges.clone());
        let highstate = view.highstate();
        let certain = |path: &SaltPath| highstate.files.get(path).is_some_and(|reached| reached.certain);
        let own_certain = certain(own);
        let company = self.company();
        let is_there = |path: &&SaltPath| {
            *path != own
                && (edges.get(path).is_some_and(|node| company.contains(&node)) || (own_certain && certain(path)))
        };
        // As many files may share an ID as there are; few of them run together.
        if own_certain || view.index().files(Slot::StateId, id).nth(company.len()).is_none() {
            return view.index().files(Slot::StateId, id).filter(is_there).take(most).cloned().collect();
        }
        let mut found: Vec<SaltPath> = company.iter().filter_map(|node| edges.file(*node)).cloned().collect();
        found.retain(|path| path != own && view.index().has(Slot::StateId, id, path));
        found.sort();
        found.truncate(most);
        found
    }

    /// The first SLS, by path, that certainly has both the file and `other`.
    pub(super) fn common(&self, other: &SaltPath) -> Option<SaltPath> {
        let leading = |path: &SaltPath| {
            let mut walk = Walk::backward(self.edges.get(path)?, true);
            Some(walk.all(&self.edges, MAX_WALKED).0.clone())
        };
        let (own, theirs) = (leading(&self.facts.path)?, leading(other)?);
        own.intersection(&theirs).filter_map(|node| self.edges.file(*node)).min().cloned()
    }
}

/// A name that is known and no fnmatch pattern.
pub(super) fn plain(name: &Pattern) -> Option<&str> {
    name.as_literal().filter(|text| !text.contains(['*', '?', '[', ']']))
}
