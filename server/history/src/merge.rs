//! The merge in memory: what `git merge` would give, read from commits; the merging itself is of worlds.

use ::merge::{Favor, Merged};
use world::{Tree, World};

use crate::{CommitId, HistoryError, Repository, Scope};

/// Merge bases that are merged with the first one.
const MAX_BASES: usize = 8;
/// How deep the merge bases of merge bases are looked for.
const MAX_DEPTH: usize = 4;

/// What is merged into.
#[derive(Clone, Copy)]
pub enum Ours<'a> {
    /// A commit.
    Commit(CommitId),
    /// A working copy, with unsaved buffers or not, on top of the commit `head`.
    World {
        /// HEAD's commit.
        head: CommitId,
        /// The files, read with the scope that is given to the merge.
        world: &'a World,
    },
}

impl Repository {
    /// Merges `theirs` into `ours`, as `git merge` would. Several merge bases are merged first, as
    /// git does.
    ///
    /// # Errors
    /// A commit or its trees are missing.
    pub fn merge(&self, ours: Ours<'_>, theirs: CommitId, scope: &Scope) -> Result<Merged, HistoryError> {
        let read;
        let (head, world) = match ours {
            Ours::World { head, world } => (head, world),
            Ours::Commit(commit) => {
                read = self.world_at(commit, scope, None)?;
                (commit, &read)
            }
        };
        let bases = self.merge_bases(head, theirs)?;
        let base = match bases.as_slice() {
            [] => World::in_memory::<[u8]>([]),
            bases => self.base_world(bases, scope, Some(&world.tree))?,
        };
        let theirs = self.world_at(theirs, scope, Some(&world.tree))?;
        Ok(::merge::merge(&base, world, &theirs))
    }

    /// What `ours` and `theirs` parted from, for several merge bases: their merge, as git makes one, but
    /// with both texts where they conflict. So what any of them has is in it, unless another one took
    /// it away.
    ///
    /// # Errors
    /// A commit or its trees are missing.
    pub fn base_world(&self, bases: &[CommitId], scope: &Scope, like: Option<&Tree>) -> Result<World, HistoryError> {
        self.joined(bases, scope, like, MAX_DEPTH)
    }

    fn joined(
        &self,
        bases: &[CommitId],
        scope: &Scope,
        like: Option<&Tree>,
        depth: usize,
    ) -> Result<World, HistoryError> {
        let [first, others @ ..] = bases else { return Err(HistoryError::Unborn) };
        let mut world = self.world_at(*first, scope, like)?;
        for other in others.iter().take(MAX_BASES) {
            let further = if depth == 0 { Vec::new() } else { self.merge_bases(*first, *other)? };
            let start = match further.as_slice() {
                [] => World::in_memory::<[u8]>([]),
                [one, ..] if depth == 1 => self.world_at(*one, scope, like)?,
                further => self.joined(further, scope, like, depth - 1)?,
            };
            let other = self.world_at(*other, scope, like)?;
            world = ::merge::merge_with(&start, &world, &other, Favor::Union).world;
        }
        Ok(world)
    }
}
