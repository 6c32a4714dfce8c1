//! The other worlds that drift was found between, as features need them beside the open one: what the
//! merge base and the base branch say. Knows commits by their names only, not git.

use compare::{Drift, Merge, Sides};
use merge::Merged;
use model::{Catalog, Request};
use world::{Memo, SaltPath, Stop, Stopped, World};

/// A commit's files and their meaning.
#[derive(Clone)]
pub struct Version {
    /// The files.
    pub world: World,
    /// What they mean, under the same minions as here.
    pub catalog: Catalog,
    /// The commit's full name; with several repositories, that of the first one compared.
    pub commit: String,
    /// The commit of each repository that was compared, by the folder at which it stands in the world.
    pub commits: Vec<(SaltPath, String)>,
}

impl Version {
    /// The commit that the file at `path` is of.
    #[must_use]
    pub fn commit_of(&self, path: &SaltPath) -> &str {
        let holding = self.commits.iter().filter(|(mount, _)| path.below(mount).is_some());
        holding.max_by_key(|(mount, _)| mount.as_str().len()).map_or(&self.commit, |(_, commit)| commit)
    }
}

/// The branch that this one merges into, and where the two parted.
#[derive(Clone)]
pub struct Upstream {
    /// What messages call the base branch, such as `develop`.
    pub name: String,
    /// The merge base; `None` without common history.
    pub base: Option<Version>,
    /// The base branch's tip.
    pub theirs: Version,
    /// (old, new) of files renamed here since the merge base.
    pub ours_renames: Vec<(SaltPath, SaltPath)>,
    /// (old, new) of files renamed there since the merge base.
    pub theirs_renames: Vec<(SaltPath, SaltPath)>,
    /// What the catalogs were asked for.
    pub request: Request,
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstream")
            .field("name", &self.name)
            .field("commit", &self.theirs.commit)
            .finish_non_exhaustive()
    }
}

impl Upstream {
    /// How `ours` and the base branch have drifted apart; `conflicts` are files of ours that conflict in
    /// text. Files' renames here are those known.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn drift(
        &self,
        ours: &World,
        meaning: &Catalog,
        conflicts: &[SaltPath],
        memo: &Memo,
        stop: &Stop,
    ) -> Result<Drift, Stopped> {
        let merged = self.merged(ours, meaning, memo, stop)?;
        compare::compare(&self.sides((ours, meaning), conflicts, &self.mounts(), merged.as_ref()), stop)
    }

    /// What merging the base branch into `ours` gives, and its meaning; `None` without common history.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn merged(
        &self,
        ours: &World,
        meaning: &Catalog,
        memo: &Memo,
        stop: &Stop,
    ) -> Result<Option<(Merged, Catalog)>, Stopped> {
        let Some(base) = &self.base else { return Ok(None) };
        let merged = merge::merge(&base.world, ours, &self.theirs.world);
        let catalog = Catalog::build(&merged.world, memo, stop, &self.request, Some(meaning))?;
        Ok(Some((merged, catalog)))
    }

    /// The same with what hides behind other findings at the same places.
    ///
    /// # Errors
    /// [`Stopped`].
    pub(crate) fn all_drift(
        &self,
        ours: &World,
        meaning: &Catalog,
        memo: &Memo,
        stop: &Stop,
    ) -> Result<Drift, Stopped> {
        let merged = self.merged(ours, meaning, memo, stop)?;
        compare::compare_fully(&self.sides((ours, meaning), &[], &self.mounts(), merged.as_ref()), stop)
    }

    /// Whether `other` says the same of the same commits: who holds `other` need not look again.
    #[must_use]
    pub fn is_as(&self, other: &Self) -> bool {
        let same = |a: &Version, b: &Version| {
            a.commit == b.commit && a.commits == b.commits && a.world.tree.id() == b.world.tree.id()
        };
        let base = match (&self.base, &other.base) {
            (Some(a), Some(b)) => same(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        base && same(&self.theirs, &other.theirs)
            && self.name == other.name
            && self.ours_renames == other.ours_renames
            && self.theirs_renames == other.theirs_renames
            && self.request == other.request
    }

    /// Where further repositories are mounted.
    #[must_use]
    pub fn mounts(&self) -> Vec<SaltPath> {
        self.request.overrides.mounts.iter().map(|mount| mount.path.clone()).collect()
    }

    fn sides<'a>(
        &'a self,
        (ours, meaning): (&'a World, &'a Catalog),
        conflicts: &'a [SaltPath],
        mounts: &'a [SaltPath],
        merged: Option<&'a (Merged, Catalog)>,
    ) -> Sides<'a> {
        let (base, base_world) = match &self.base {
            Some(base) => (&base.catalog, &base.world),
            None => (meaning, ours),
        };
        Sides {
            base,
            ours: meaning,
            theirs: &self.theirs.catalog,
            base_world,
            ours_world: ours,
            theirs_world: &self.theirs.world,
            ours_renames: &self.ours_renames,
            theirs_renames: &self.theirs_renames,
            conflicts,
            base_name: &self.name,
            two_way: self.base.is_none(),
            mounts,
            merge: merged.map(|(merged, catalog)| Merge {
                catalog,
                world: &merged.world,
                conflicts: &merged.conflicts,
            }),
        }
    }

    /// The path that a file of ours had in the merge base.
    #[must_use]
    pub fn in_base(&self, ours: &SaltPath) -> SaltPath {
        let renamed = self.ours_renames.iter().find(|(_, new)| new == ours);
        renamed.map_or_else(|| ours.clone(), |(old, _)| old.clone())
    }

    /// The path that a file of ours has on the base branch.
    #[must_use]
    pub fn in_theirs(&self, ours: &SaltPath) -> SaltPath {
        let base = self.in_base(ours);
        let renamed = self.theirs_renames.iter().find(|(old, _)| *old == base);
        renamed.map_or(base, |(_, new)| new.clone())
    }

    /// The path that a file of the base branch has here.
    #[must_use]
    pub fn in_ours(&self, theirs: &SaltPath) -> SaltPath {
        let base = self.theirs_renames.iter().find(|(_, new)| new == theirs).map_or(theirs, |(old, _)| old);
        let renamed = self.ours_renames.iter().find(|(old, _)| old == base);
        renamed.map_or_else(|| base.clone(), |(_, new)| new.clone())
    }
}

/// The text of a file of a world; `None`: there is none, or it is no text.
#[must_use]
pub(crate) fn text_in(world: &World, path: &SaltPath) -> Option<String> {
    let entry = world.tree.get(path)?;
    String::from_utf8(world.source.content(path, entry.blob)?.to_vec()).ok()
}
