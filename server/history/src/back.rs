//! What released branches changed and the branch that they should be merged back into lacks. Decided by
//! content, never by ancestry: git flow's original `finish` never makes master an ancestor of develop,
//! and a squashed merge does neither.

use rustc_hash::FxHashSet;
use world::{SaltPath, World};

use crate::flow::Flow;
use crate::{BranchKind, CommitId, HistoryError, Repository, Scope};

/// Release branches that are looked at.
const MAX_RELEASES: usize = 8;

/// A branch whose changes should reach develop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its short name, such as `master` or `origin/release/1.2`.
    pub reference: String,
    /// Its tip.
    pub commit: CommitId,
    /// [`BranchKind::Main`] or [`BranchKind::Release`].
    pub kind: BranchKind,
}

impl Repository {
    /// The production branch, then release branches by name; a remote one only if there is no local
    /// one of its name.
    ///
    /// # Errors
    /// The references cannot be read.
    pub fn released(&self) -> Result<Vec<Released>, HistoryError> {
        self.with(|git| {
            let flow = Flow::read(git);
            let remote = format!("{}/", flow.origin());
            let (mut main, mut releases, mut names) = (None, Vec::new(), FxHashSet::default());
            for kind in [git2::BranchType::Local, git2::BranchType::Remote] {
                let mut found = Vec::new();
                for (branch, _) in git.branches(Some(kind))?.flatten() {
                    let Ok(Some(name)) = branch.name().map(|name| name.map(ToOwned::to_owned)) else { continue };
                    let Ok(commit) = branch.get().peel_to_commit() else { continue };
                    found.push((name, commit.id()));
                }
                found.sort();
                for (name, commit) in found {
                    let short = match kind {
                        git2::BranchType::Local => Some(name.as_str()),
                        git2::BranchType::Remote => name.strip_prefix(&remote),
                    };
                    let Some(short) = short.map(ToOwned::to_owned) else { continue };
                    let released = |kind| Released { reference: name.clone(), commit: commit.into(), kind };
                    match flow.kind(&short).0 {
                        BranchKind::Main if main.is_none() => main = Some(released(BranchKind::Main)),
                        BranchKind::Release if names.insert(short) && releases.len() < MAX_RELEASES => {
                            releases.push(released(BranchKind::Release));
                        }
                        _ => {}
                    }
                }
            }
            Ok::<_, git2::Error>(main.into_iter().chain(releases).collect())
        })?
        .map_err(HistoryError::git("list branches"))
    }

    /// Whether `reference`, such as `origin/develop`, is git flow's develop, here or on the remote.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn is_develop(&self, reference: &str) -> Result<bool, HistoryError> {
        self.with(|git| {
            let flow = Flow::read(git);
            let short = reference.strip_prefix(&format!("{}/", flow.origin())).unwrap_or(reference);
            short == flow.develop()
        })
    }

    /// Files that `from` changed since its history parted from that of `target` and that don't have the
    /// change there: merging `from` would still change them. A file that conflicts counts as merged if
    /// `target` has all lines that `from` added.
    ///
    /// # Errors
    /// A commit or its trees are missing.
    pub fn lacking(&self, target: CommitId, from: CommitId, scope: &Scope) -> Result<Vec<SaltPath>, HistoryError> {
        let bases = self.merge_bases(target, from)?;
        let Some(base) = bases.first().copied().filter(|_| !bases.contains(&from)) else { return Ok(Vec::new()) };
        let before = self.world_at(base, scope, None)?;
        let there = self.world_at(from, scope, Some(&before.tree))?;
        let changed = before.tree.changed(&there.tree);
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let here = self.world_at(target, scope, Some(&before.tree))?;
        let merged = ::merge::merge(&before, &here, &there);
        let blob = |world: &World, path: &SaltPath| world.tree.get(path).map(|entry| entry.blob);
        let lacks = |path: &SaltPath| {
            if merged.conflicts.binary_search(path).is_ok() {
                return !has_added_lines(path, [&before, &there, &here]);
            }
            blob(&merged.world, path) != blob(&here, path)
        };
        Ok(changed.into_iter().filter(lacks).collect())
    }
}

/// Whether `here` has every line that `there` has and `before` has not.
fn has_added_lines(path: &SaltPath, [before, there, here]: [&World; 3]) -> bool {
    let text = |world: &World| -> Option<String> {
        let entry = world.tree.get(path)?;
        let content = world.source.content(path, entry.blob)?;
        Some(String::from_utf8_lossy(&content).into_owned())
    };
    // Deleted on one side and changed on the other is no merge of the change.
    let (Some(there), Some(here)) = (text(there), text(here)) else { return false };
    let before = text(before).unwrap_or_default();
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<FxHashSet<String>>();
    let (before, there, here) = (lines(&before), lines(&there), lines(&here));
    let mut added = there.difference(&before).peekable();
    added.peek().is_some() && added.all(|line| here.contains(line))
}
