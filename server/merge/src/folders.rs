//! Folders that one side moved as a whole. What the other side puts into such a folder lands in the new
//! one, and git asks first (`merge.directoryRenames=conflict`, its default).

use rustc_hash::FxHashMap;
use world::{SaltPath, Tree};

/// Where the files of folders went that a side has no more.
pub(super) struct MovedFolders(FxHashMap<SaltPath, SaltPath>);

impl MovedFolders {
    /// Of a side that moved these files (old, new) and has `tree` now.
    pub(super) fn new(moved: &[(SaltPath, SaltPath)], tree: &Tree) -> Self {
        let mut votes: FxHashMap<SaltPath, FxHashMap<SaltPath, usize>> = FxHashMap::default();
        for (old, new) in moved {
            let (mut from, mut to) = (old.parent(), new.parent());
            // `a/b/c` → `x/b/c` speaks for `a/b` → `x/b` and `a` → `x`, too.
            while from != to && !from.is_root() {
                *votes.entry(from.clone()).or_default().entry(to.clone()).or_default() += 1;
                if from.name() != to.name() || to.is_root() {
                    break;
                }
                (from, to) = (from.parent(), to.parent());
            }
        }
        let winner = |(from, votes): (SaltPath, FxHashMap<SaltPath, usize>)| {
            if tree.has_folder(&from) {
                return None;
            }
            let most = *votes.values().max()?;
            let mut best = votes.into_iter().filter(|(_, count)| *count == most).map(|(to, _)| to);
            // Split evenly, it moved nowhere.
            best.next().filter(|_| best.next().is_none()).map(|to| (from, to))
        };
        Self(votes.into_iter().filter_map(winner).collect())
    }

    /// Where a new file of the other side would land; `None`: where it was put.
    pub(super) fn target(&self, path: &SaltPath) -> Option<SaltPath> {
        if self.0.is_empty() {
            return None;
        }
        let mut folder = path.parent();
        while !folder.is_root() {
            if let Some(to) = self.0.get(&folder) {
                let rest = path.below(&folder)?;
                return to.join(rest).ok();
            }
            folder = folder.parent();
        }
        None
    }
}
