//! The changed lines behind what changes: many states may follow from one.

use model::{Facts, Slot, View};
use rustc_hash::{FxHashMap, FxHashSet};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use text::TextRange;
use world::{SaltPath, World};

use crate::secrets::Secrets;
use crate::{Action, Change, Group, Side};

/// Imported files that are followed from one SLS.
const MAX_IMPORTS: usize = 200;

/// A changed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The file, as it is after the merge (before it, if it is gone).
    pub path: SaltPath,
    /// The line, counted from 0.
    pub line: usize,
    /// What stands there now; of what is gone, what stood there.
    pub text: String,
    /// How many states change because of it, each counted once.
    pub states: usize,
    /// It is in another file than the states: they follow from it.
    pub follows: bool,
}

/// Lines of a file that changed: in the new version, and in the old one.
struct Hunk {
    new: std::ops::Range<usize>,
    old: std::ops::Range<usize>,
    text: String,
}

struct Finder<'a> {
    before: Side<'a>,
    after: Side<'a>,
    moved: FxHashMap<SaltPath, SaltPath>,
    hunks: FxHashMap<SaltPath, Vec<Hunk>>,
    secrets: Secrets,
}

/// Fills in the cause of each change; gives them, those of most states first.
pub(crate) fn find(
    before: Side<'_>,
    after: Side<'_>,
    renames: &[(SaltPath, SaltPath)],
    groups: &mut [Group],
) -> Vec<Cause> {
    let moved = renames.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    let secrets = Secrets::of([before, after]);
    let mut finder = Finder { before, after, moved, hunks: FxHashMap::default(), secrets };
    let mut causes: Vec<Cause> = Vec::new();
    let mut known: FxHashMap<(SaltPath, usize), usize> = FxHashMap::default();
    let mut counted: FxHashSet<(usize, String, String)> = FxHashSet::default();
    for change in groups.iter_mut().flat_map(|group| &mut group.changes) {
        let Some((path, line, text)) = finder.cause(change) else { continue };
        let follows = change.place.as_ref().is_none_or(|(home, _)| *home != path);
        let at = *known.entry((path.clone(), line)).or_insert_with(|| {
            causes.push(Cause { path, line, text, states: 0, follows });
            causes.len() - 1
        });
        change.cause = Some(at);
        if counted.insert((at, change.sls.clone(), format!("{} {} {}", change.id, change.function, change.name)))
            && let Some(cause) = causes.get_mut(at)
        {
            cause.states += 1;
        }
    }
    let mut order: Vec<usize> = (0..causes.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(causes.get(*at).map_or(0, |cause| cause.states)));
    for change in groups.iter_mut().flat_map(|group| &mut group.changes) {
        change.cause = change.cause.and_then(|at| order.iter().position(|one| *one == at));
    }
    order.into_iter().filter_map(|at| causes.get(at).cloned()).collect()
}

fn text_of(world: &World, path: &SaltPath) -> Option<String> {
    let entry = world.tree.get(path)?;
    let content = world.source.content(path, entry.blob)?;
    Some(String::from_utf8_lossy(&content).into_owned())
}

fn line_of(text: &str, at: u32) -> usize {
    text.get(..at as usize).map_or(0, |before| before.matches('\n').count())
}

impl Finder<'_> {
    /// The changed lines of a file, by its path after the merge (before it, if it is gone).
    fn hunks(&mut self, path: &SaltPath) -> &[Hunk] {
        if !self.hunks.contains_key(path) {
            let old_path = self.moved.get(path).unwrap_or(path);
            let blob = |world: &World, path: &SaltPath| world.tree.get(path).map(|entry| entry.blob);
            let found = if blob(self.before.world, old_path) == blob(self.after.world, path) {
                Vec::new()
            } else {
                let old = text_of(self.before.world, old_path).unwrap_or_default();
                let new = text_of(self.after.world, path).unwrap_or_default();
                self.compare(&old, &new)
            };
            self.hunks.insert(path.clone(), found);
        }
        self.hunks.get(path).map_or(&[], Vec::as_slice)
    }

    fn compare(&self, old: &str, new: &str) -> Vec<Hunk> {
        let (masked_old, masked_new) = (model::mask::masked(old), model::mask::masked(new));
        let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let (show_old, show_new): (Vec<&str>, Vec<&str>) = (masked_old.lines().collect(), masked_new.lines().collect());
        let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
        let hunk = |op: &DiffOp| {
            let (old, new) = (op.old_range(), op.new_range());
            // A blank line explains nothing.
            let telling = |lines: &[&str], range: std::ops::Range<usize>| {
                let mut lines = lines.get(range).unwrap_or(&[]).iter().map(|line| line.trim());
                lines.find(|line| !line.is_empty()).map(str::to_owned)
            };
            let text = telling(&show_new, new.clone()).or_else(|| telling(&show_old, old.clone()));
            Hunk { new, old, text: self.secrets.hidden(&text.unwrap_or_default()) }
        };
        ops.iter().filter(|op| op.tag() != similar::DiffTag::Equal).map(hunk).collect()
    }

    /// File, line and text of what causes the change.
    fn cause(&mut self, change: &Change) -> Option<(SaltPath, usize, String)> {
        if let Some(content) = change.contents.first().filter(|_| change.arguments.is_empty())
            && let Some(found) = self.first(&content.path)
        {
            return Some(found);
        }
        let (path, range) = change.place.clone()?;
        if let Some(found) = self.inside(change, &path, range) {
            return Some(found);
        }
        let gone = change.action == Action::Remove;
        let views: Vec<&View> = if gone { &self.before } else { &self.after }.catalog.views.iter().collect();
        let users: Vec<&Facts> = views
            .iter()
            .flat_map(|view| view.index().files(Slot::Sls, &change.sls).filter_map(|path| view.facts(path)))
            .map(AsRef::as_ref)
            .collect();
        let mut imports: Vec<SaltPath> = Vec::new();
        let mut pillar: Vec<SaltPath> = Vec::new();
        for facts in users {
            imports.push(facts.path.clone());
            for view in &views {
                imported(view, facts, &mut imports);
                let reads = facts.rendered.uses.iter().filter_map(|used| used.name.as_literal());
                for key in reads {
                    let files = view.index().starting_with(Slot::PillarKey, key);
                    let files = files.filter(|(name, _)| {
                        name.as_str() == key || name.get(key.len()..).is_some_and(|rest| rest.starts_with(':'))
                    });
                    pillar.extend(files.map(|(_, path)| path.clone()).take(MAX_IMPORTS));
                }
            }
        }
        let tops = views.iter().flat_map(|view| view.top.files.iter().cloned()).collect::<Vec<_>>();
        let includers: Vec<SaltPath> = views.iter().flat_map(|view| view.includers(&path)).collect();
        // Imports and pillar before the rest of the own file: what the state says is computed from them.
        let (own, others): (Vec<SaltPath>, Vec<SaltPath>) = imports.into_iter().partition(|file| *file == path);
        let all = others.into_iter().chain(pillar).chain(own).chain(includers).chain(tops);
        for file in all.collect::<Vec<_>>() {
            if let Some(found) = self.first(&file) {
                return Some(found);
            }
        }
        None
    }

    fn first(&mut self, path: &SaltPath) -> Option<(SaltPath, usize, String)> {
        let hunk = self.hunks(path).first()?;
        Some((path.clone(), hunk.new.start, hunk.text.clone()))
    }

    /// A changed line within the declaration.
    fn inside(&mut self, change: &Change, path: &SaltPath, range: TextRange) -> Option<(SaltPath, usize, String)> {
        let gone = change.action == Action::Remove;
        let side = if gone { self.before } else { self.after };
        let text = text_of(side.world, path)?;
        let facts = side.catalog.views.iter().find_map(|view| view.facts(path))?;
        let declared = facts.declarations.iter().chain(&facts.extends).find(|one| one.origin.range == range);
        let extent = declared.map_or(range, |declaration| declaration.extent);
        let lines = line_of(&text, extent.start)..line_of(&text, extent.end.max(extent.start + 1) - 1) + 1;
        let new_path = match gone {
            // By its new name, if it has one.
            true => self.moved.iter().find(|(_, old)| *old == path).map_or(path, |(new, _)| new).clone(),
            false => path.clone(),
        };
        let overlaps = |hunk: &&Hunk| {
            let at = if gone { &hunk.old } else { &hunk.new };
            at.start < lines.end && (lines.start < at.end || (at.is_empty() && lines.start < at.start))
        };
        let hunk = self.hunks(&new_path).iter().find(overlaps)?;
        let line = if gone { hunk.old.start } else { hunk.new.start.max(lines.start) };
        Some((new_path, line, hunk.text.clone()))
    }
}

/// The templates that a file imports, and those that they import.
fn imported(view: &View, facts: &Facts, found: &mut Vec<SaltPath>) {
    let mut work: Vec<SaltPath> = facts.imports.iter().filter_map(|import| import.target.clone()).collect();
    while let Some(path) = work.pop() {
        if found.len() >= MAX_IMPORTS || found.contains(&path) {
            continue;
        }
        if let Some(facts) = view.facts(&path) {
            work.extend(facts.imports.iter().filter_map(|import| import.target.clone()));
        }
        found.push(path);
    }
}
