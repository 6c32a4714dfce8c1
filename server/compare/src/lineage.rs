//! Which file of one world is which file of another: by path, else by rename. A file's *key* is its
//! path in the merge base, or, if it was added since, its own path.

use rustc_hash::{FxHashMap, FxHashSet};
use world::{EntryKind, SaltPath, World};

use crate::Sides;

/// Ours or theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// The working copy.
    Ours,
    /// The base branch's tip.
    Theirs,
}

impl Side {
    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Ours => Self::Theirs,
            Self::Theirs => Self::Ours,
        }
    }
}

/// The files' history on one side.
#[derive(Default)]
struct Moves {
    from_base: FxHashMap<SaltPath, SaltPath>,
    to_base: FxHashMap<SaltPath, SaltPath>,
    changed: FxHashSet<SaltPath>,
}

/// Both sides' file histories.
pub(crate) struct Lineage {
    ours: Moves,
    theirs: Moves,
}

impl Lineage {
    pub(crate) fn new(sides: &Sides<'_>) -> Self {
        let moves = |world: &World, renames: &[(SaltPath, SaltPath)]| {
            let mut moves = Moves::default();
            for (old, new) in renames {
                moves.from_base.insert(old.clone(), new.clone());
                moves.to_base.insert(new.clone(), old.clone());
            }
            for path in sides.base_world.tree.changed(&world.tree) {
                let key = moves.to_base.get(&path).unwrap_or(&path).clone();
                let renamed = moves.from_base.get(&key).unwrap_or(&key);
                let blob = |world: &World, path| world.tree.get(path).map(|entry| entry.blob);
                if blob(sides.base_world, &key) != blob(world, renamed) {
                    moves.changed.insert(key);
                }
            }
            moves
        };
        Self {
            ours: moves(sides.ours_world, sides.ours_renames),
            theirs: moves(sides.theirs_world, sides.theirs_renames),
        }
    }

    fn moves(&self, side: Side) -> &Moves {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }

    /// The key of the file at `path` on `side`.
    pub(crate) fn key<'a>(&'a self, side: Side, path: &'a SaltPath) -> &'a SaltPath {
        self.moves(side).to_base.get(path).unwrap_or(path)
    }

    /// Where the file with the key stands on `side`, if it stands there.
    pub(crate) fn path<'a>(&'a self, side: Side, key: &'a SaltPath) -> &'a SaltPath {
        self.moves(side).from_base.get(key).unwrap_or(key)
    }

    /// Its new path, if it was renamed on `side`.
    pub(crate) fn renamed(&self, side: Side, key: &SaltPath) -> Option<&SaltPath> {
        self.moves(side).from_base.get(key)
    }

    /// Whether the content of the file with the key differs between the base and `side` (a rename
    /// alone is no change).
    pub(crate) fn changed(&self, side: Side, key: &SaltPath) -> bool {
        self.moves(side).changed.contains(key)
    }
}

/// Whether something stands at `path` that cannot be read: what it says is unknown, not gone.
pub(crate) fn unreadable(world: &World, path: &SaltPath) -> bool {
    world.tree.get(path).is_some_and(|entry| entry.kind != EntryKind::File)
}
