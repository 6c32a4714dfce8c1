//! What values are at a place of a template: which renderings lead there, and what the evaluator sees
//! in them. Editor features read values from here and from nowhere else.

use model::{Facts, Slot, View};
use render::{EntryKind, Extra, Node, NodeKind, Observed, Question, Seen, Watch};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use syntax::jinja::walk::Node as Syntax;
use syntax::jinja::{Statement, StatementKind};
use text::TextRange;
use world::{Reader, SaltPath, Stop, Stopped, World};

use crate::Analysis;

/// Renderings of other files that are tried for a place in an imported one.
const MAX_ENTRIES: usize = 4;
/// Files that are looked at for importers.
const MAX_IMPORTERS: usize = 64;
/// Views that values are taken from.
const MAX_VIEWS: usize = 5;
/// Different values that are kept of one expression.
const MAX_VALUES: usize = 64;

/// A statement to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// All bytes of the innermost statement around a place.
    pub statement: TextRange,
    /// Whether it stands in a macro: what calls it decides its values.
    pub in_macro: bool,
}

impl Spot {
    /// The innermost statement of a path from [`syntax::jinja::path_at`].
    pub(crate) fn of(path: &[Syntax<'_>]) -> Option<Self> {
        let mut statements = path.iter().rev().filter_map(|node| match node {
            Syntax::Statement(statement) => Some(*statement),
            _ => None,
        });
        let innermost: &Statement = statements.next()?;
        let is_macro = |outer: &Statement| matches!(outer.kind, StatementKind::Macro(_) | StatementKind::Call { .. });
        Some(Self { statement: innermost.range, in_macro: statements.any(is_macro) })
    }
}

/// Looks at one file, as it is or with another text.
pub(crate) struct Sight<'a> {
    analysis: &'a Analysis,
    path: &'a SaltPath,
    world: World,
    stop: &'a Stop,
}

/// A rendering to look into.
struct Entry {
    path: SaltPath,
    kind: EntryKind,
    extra: Extra,
}

impl<'a> Sight<'a> {
    /// Looks at the file at `path`; `text` stands in for its own.
    pub(crate) fn new(analysis: &'a Analysis, path: &'a SaltPath, text: Option<&str>, stop: &'a Stop) -> Self {
        let world = match text {
            Some(text) => analysis.world.with(path, Some(text.as_bytes())),
            None => analysis.world.clone(),
        };
        Self { analysis, path, world, stop }
    }

    /// What `expressions` of the statement are, over all views: with nothing known, and under each
    /// profile where that alone tells more.
    ///
    /// # Errors
    /// [`Stopped`].
    pub(crate) fn look(&self, spot: Spot, expressions: &[TextRange], depth: u32) -> Result<Observed, Stopped> {
        let mut all = Observed { values: vec![Vec::new(); expressions.len()], ..Observed::default() };
        for view in self.analysis.catalog.views.iter().take(MAX_VIEWS) {
            merge(&mut all, self.look_under(view, spot, expressions, depth)?);
        }
        Ok(all)
    }

    /// What `expressions` are under one view.
    ///
    /// # Errors
    /// [`Stopped`].
    pub(crate) fn look_under(
        &self,
        view: &View,
        spot: Spot,
        expressions: &[TextRange],
        depth: u32,
    ) -> Result<Observed, Stopped> {
        let mut all = Observed { values: vec![Vec::new(); expressions.len()], ..Observed::default() };
        let entries = self.entries(view, spot);
        for entry in &entries {
            merge(&mut all, self.ask(view, entry, spot, expressions, depth, false)?);
        }
        if !all.reached
            && let Some(own) = entries.iter().find(|entry| entry.path == *self.path)
        {
            merge(&mut all, self.ask(view, own, spot, expressions, depth, true)?);
        }
        Ok(all)
    }

    fn ask(
        &self,
        view: &View,
        entry: &Entry,
        spot: Spot,
        expressions: &[TextRange],
        depth: u32,
        forced: bool,
    ) -> Result<Observed, Stopped> {
        self.stop.check()?;
        let reader = Reader::new(&self.world, &self.analysis.memo, self.stop);
        let watch = Watch {
            path: self.path.clone(),
            statement: spot.statement,
            expressions: expressions.to_vec(),
            depth,
            forced,
        };
        let question =
            Question { minion: &view.minion, entry: &entry.path, kind: entry.kind, extra: entry.extra.clone(), watch };
        render::observe(&reader, &question)
    }

    /// The renderings in which the statement may run, the file's own first.
    fn entries(&self, view: &View, spot: Spot) -> Vec<Entry> {
        let kind = view.facts(self.path).map(|facts| facts.kind);
        let kind = kind.or_else(|| self.analysis.catalog.layout.kind_of(self.path)).unwrap_or(EntryKind::Macros);
        let mut found: Vec<Entry> = Vec::new();
        if kind == EntryKind::Managed {
            for extra in self.contexts(view).into_iter().take(MAX_ENTRIES) {
                found.push(Entry { path: self.path.clone(), kind, extra });
            }
        }
        if found.is_empty() {
            found.push(Entry { path: self.path.clone(), kind, extra: Extra::default() });
        }
        if spot.in_macro || kind == EntryKind::Macros {
            found.extend(self.importers(view));
        }
        found
    }

    /// Files that import this one, over others if need be; those that Salt renders by themselves first.
    fn importers(&self, view: &View) -> Vec<Entry> {
        let mut found: Vec<Entry> = Vec::new();
        let mut seen: FxHashSet<&SaltPath> = FxHashSet::default();
        let mut pending = vec![self.path];
        while let Some(path) = pending.pop() {
            for importer in view.index().files(Slot::ImportOf, path.as_str()) {
                if found.len() >= MAX_ENTRIES || seen.len() >= MAX_IMPORTERS || importer == self.path {
                    break;
                }
                let Some(facts) = view.facts(importer).filter(|_| seen.insert(importer)) else { continue };
                if facts.kind == EntryKind::Macros {
                    pending.push(importer);
                } else {
                    found.push(Entry { path: importer.clone(), kind: facts.kind, extra: Extra::default() });
                }
            }
        }
        found
    }

    /// The variables that states hand to this template.
    fn contexts(&self, view: &View) -> Vec<Extra> {
        let mut found = Vec::new();
        for path in view.index().files(Slot::SaltFileOf, self.path.as_str()).take(MAX_IMPORTERS) {
            let Some(facts) = view.facts(path) else { continue };
            for state in facts.declarations.iter().flat_map(|declaration| &declaration.states) {
                if !names_template(facts, state, self.path) {
                    continue;
                }
                let mut variables: Vec<(SmolStr, Node)> = Vec::new();
                for word in ["context", "defaults"] {
                    let given = state.args.iter().filter(|argument| argument.name.as_literal() == Some(word));
                    given.for_each(|argument| take_variables(&argument.value, &mut variables));
                }
                found.push(Extra::new(variables));
            }
        }
        found
    }
}

/// Whether a state's `source` is the file at `path`.
fn names_template(facts: &Facts, state: &model::State, path: &SaltPath) -> bool {
    let mut sources = state.args.iter().filter(|argument| argument.name.as_literal() == Some("source"));
    sources.any(|source| {
        let here = |node: &Node| {
            facts.salt_files.iter().any(|file| {
                file.origin.range == node.origin.range
                    && file.origin.path == node.origin.path
                    && file.targets.contains(path)
            })
        };
        match &source.value.kind {
            NodeKind::List(items) => items.iter().any(here),
            _ => here(&source.value),
        }
    })
}

/// The entries of a mapping as variables; those that are there already win.
fn take_variables(node: &Node, variables: &mut Vec<(SmolStr, Node)>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                let Some(name) = key.as_str().filter(|name| !variables.iter().any(|(known, _)| known == name)) else {
                    continue;
                };
                variables.push((name.into(), value.clone()));
            }
        }
        // `- context: [{a: 1}]` is taken, too
        NodeKind::List(items) | NodeKind::Choice(items) => {
            items.iter().for_each(|item| take_variables(item, variables));
        }
        _ => {}
    }
}

fn merge(all: &mut Observed, more: Observed) {
    for (values, found) in all.values.iter_mut().zip(more.values) {
        for value in found {
            if values.len() < MAX_VALUES && !values.contains(&value) {
                values.push(value);
            }
        }
    }
    for variable in more.scope {
        match all.scope.iter_mut().find(|known| known.name == variable.name) {
            Some(known) => {
                let new: Vec<Seen> =
                    variable.values.into_iter().filter(|value| !known.values.contains(value)).collect();
                known.values.extend(new);
                known.values.truncate(MAX_VALUES);
            }
            None => all.scope.push(variable),
        }
    }
    all.reached |= more.reached;
}
