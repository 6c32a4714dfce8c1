//! Questions about commits: merge bases, how far apart, who and when.

use rustc_hash::FxHashMap;
use world::SaltPath;

use crate::{CommitId, HistoryError, Repository};

/// Commits that [`Repository::who_changed`] looks at before it gives up.
const MAX_WALK: usize = 5_000;

/// What people want to know of a commit. Its texts come from the repository: escape them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: CommitId,
    /// The author's name.
    pub author: String,
    /// When it was written, seconds since 1970 UTC.
    pub time: i64,
    /// The message's first line.
    pub summary: String,
}

impl CommitInfo {
    fn of(commit: &git2::Commit<'_>) -> Self {
        let author = commit.author();
        Self {
            id: commit.id().into(),
            author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
            time: author.when().seconds(),
            summary: commit.summary_bytes().map(String::from_utf8_lossy).unwrap_or_default().into_owned(),
        }
    }
}

fn oid(commit: CommitId) -> Result<git2::Oid, HistoryError> {
    commit.oid().ok_or_else(|| HistoryError::NoSuchRevision(commit.to_string()))
}

impl Repository {
    /// All best common ancestors; empty if there is none (unrelated or shallow histories).
    ///
    /// # Errors
    /// An object is missing.
    pub fn merge_bases(&self, one: CommitId, other: CommitId) -> Result<Vec<CommitId>, HistoryError> {
        let (one, other) = (oid(one)?, oid(other)?);
        self.with(|git| match git.merge_bases(one, other) {
            Ok(found) => Ok(found.iter().map(|id| CommitId::from(*id)).collect()),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(Vec::new()),
            Err(error) => Err(HistoryError::git("find the merge base")(error)),
        })?
    }

    /// How many commits `here` has that `base` lacks, and the other way round: (ahead, behind).
    ///
    /// # Errors
    /// An object is missing.
    pub fn ahead_behind(&self, here: CommitId, base: CommitId) -> Result<(usize, usize), HistoryError> {
        let (here, base) = (oid(here)?, oid(base)?);
        self.with(|git| git.graph_ahead_behind(here, base))?.map_err(HistoryError::git("count commits"))
    }

    /// Author, time and summary.
    ///
    /// # Errors
    /// There is no such commit.
    pub fn commit_info(&self, commit: CommitId) -> Result<CommitInfo, HistoryError> {
        let id = oid(commit)?;
        self.with(|git| git.find_commit(id).map(|commit| CommitInfo::of(&commit)))?
            .map_err(HistoryError::git("read a commit"))
    }

    /// The commit that last touched the file `path` (relative to the repository's root) among those
    /// that `to` has and `from` lacks. `None`: none of the latest few thousand.
    ///
    /// # Errors
    /// An object is missing.
    pub fn who_changed(
        &self,
        path: &SaltPath,
        from: CommitId,
        to: CommitId,
    ) -> Result<Option<CommitInfo>, HistoryError> {
        Ok(self.who_changed_all(std::slice::from_ref(path), from, to)?.remove(path))
    }

    /// [`Repository::who_changed`] for several paths in one walk.
    ///
    /// # Errors
    /// As there.
    pub fn who_changed_all(
        &self,
        paths: &[SaltPath],
        from: CommitId,
        to: CommitId,
    ) -> Result<FxHashMap<SaltPath, CommitInfo>, HistoryError> {
        let (from, to) = (oid(from)?, oid(to)?);
        self.with(|git| walk(git, paths, from, to))?.map_err(HistoryError::git("walk the history"))
    }
}

fn walk(
    git: &git2::Repository,
    paths: &[SaltPath],
    from: git2::Oid,
    to: git2::Oid,
) -> Result<FxHashMap<SaltPath, CommitInfo>, git2::Error> {
    let mut found = FxHashMap::default();
    let mut open: Vec<&SaltPath> = paths.iter().filter(|path| !path.is_root()).collect();
    let mut walk = git.revwalk()?;
    walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::TIME)?;
    walk.push(to)?;
    walk.hide(from)?;
    for id in walk.take(MAX_WALK) {
        if open.is_empty() {
            break;
        }
        let commit = git.find_commit(id?)?;
        let tree = commit.tree()?;
        // A merge touched a file only if it differs from what each of its parents has. A parent
        // beyond a shallow boundary is as good as none.
        let parents: Vec<git2::Tree<'_>> = commit.parents().filter_map(|parent| parent.tree().ok()).collect();
        open.retain(|path| {
            let at = |tree: &git2::Tree<'_>| tree.get_path(std::path::Path::new(path.as_str())).ok().map(|e| e.id());
            let here = at(&tree);
            let touched = if parents.is_empty() { here.is_some() } else { parents.iter().all(|p| at(p) != here) };
            if touched {
                found.insert((*path).clone(), CommitInfo::of(&commit));
            }
            !touched
        });
    }
    Ok(found)
}
