//! In which state a repository is: what HEAD is, what is in progress, what is not there.

use std::time::SystemTime;

use crate::{CommitId, HistoryError, Repository};

/// What HEAD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch, by its short name (`feature/x`), and its tip.
    Branch(String, CommitId),
    /// No branch: this commit.
    Detached(CommitId),
    /// A branch without a commit: drift is off.
    Unborn(String),
}

impl Head {
    /// Its commit.
    #[must_use]
    pub fn commit(&self) -> Option<CommitId> {
        match self {
            Self::Branch(_, commit) | Self::Detached(commit) => Some(*commit),
            Self::Unborn(_) => None,
        }
    }

    /// Its branch's short name.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch(name, _) | Self::Unborn(name) => Some(name),
            Self::Detached(_) => None,
        }
    }
}

/// What is in progress and pauses drift: the files are in between two states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pause {
    /// `git merge` stopped.
    Merge,
    /// `git rebase` or `git am` stopped.
    Rebase,
    /// `git cherry-pick` stopped.
    CherryPick,
    /// `git revert` stopped.
    Revert,
    /// `git bisect` runs.
    Bisect,
}

impl Pause {
    /// As in "a … is in progress".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Rebase => "rebase",
            Self::CherryPick => "cherry-pick",
            Self::Revert => "revert",
            Self::Bisect => "bisect",
        }
    }
}

/// The state of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// What HEAD is.
    pub head: Head,
    /// What is in progress.
    pub paused: Option<Pause>,
    /// History is cut off (`git clone --depth`): a merge base may be missing.
    pub shallow: bool,
    /// Some blobs were never fetched (`git clone --filter`): missing is unknown, not removed.
    pub partial: bool,
    /// Not all files are checked out: absent is not deleted.
    pub sparse: bool,
    /// When the last fetch ended; `None`: never, as far as git noted.
    pub last_fetch: Option<SystemTime>,
    /// Paths of submodules, relative to the repository's root; each is a repository of its own.
    pub submodules: Vec<String>,
}

impl Repository {
    /// What HEAD is now.
    ///
    /// # Errors
    /// HEAD is broken.
    pub fn head(&self) -> Result<Head, HistoryError> {
        self.with(head)?
    }

    /// The state now.
    ///
    /// # Errors
    /// HEAD is broken.
    pub fn state(&self) -> Result<State, HistoryError> {
        let (head, paused, shallow, partial, sparse, submodules) = self.with(|git| {
            let flag = |key: &str| git.config().and_then(|config| config.get_bool(key)).unwrap_or(false);
            let sparse = flag("core.sparseCheckout");
            let found = (head(git)?, paused(git), git.is_shallow(), is_partial(git), sparse, submodules(git));
            Ok::<_, HistoryError>(found)
        })??;
        // FETCH_HEAD belongs to the working copy that fetched; any worktree's fetch moves the same refs
        let fetched = |dir: &std::path::Path| dir.join("FETCH_HEAD").metadata().and_then(|m| m.modified()).ok();
        let last_fetch = fetched(self.git_dir()).max(fetched(self.common_dir()));
        Ok(State { head, paused, shallow, partial, sparse, last_fetch, submodules })
    }
}

pub(crate) fn head(git: &git2::Repository) -> Result<Head, HistoryError> {
    let broken = HistoryError::git("read HEAD");
    match git.head() {
        Ok(reference) => {
            let commit = reference.peel_to_commit().map_err(broken)?.id().into();
            if reference.is_branch() {
                let name = String::from_utf8_lossy(reference.shorthand_bytes()).into_owned();
                Ok(Head::Branch(name, commit))
            } else {
                Ok(Head::Detached(commit))
            }
        }
        Err(error) if error.code() == git2::ErrorCode::UnbornBranch => {
            let head = git.find_reference("HEAD").map_err(broken)?;
            let target = head.symbolic_target().ok().flatten().unwrap_or("HEAD");
            Ok(Head::Unborn(target.strip_prefix("refs/heads/").unwrap_or(target).to_owned()))
        }
        Err(error) => Err(broken(error)),
    }
}

pub(crate) fn paused(git: &git2::Repository) -> Option<Pause> {
    use git2::RepositoryState as S;
    Some(match git.state() {
        S::Clean => return None,
        S::Merge => Pause::Merge,
        S::Revert | S::RevertSequence => Pause::Revert,
        S::CherryPick | S::CherryPickSequence => Pause::CherryPick,
        S::Bisect => Pause::Bisect,
        S::Rebase | S::RebaseInteractive | S::RebaseMerge | S::ApplyMailbox | S::ApplyMailboxOrRebase => Pause::Rebase,
    })
}

/// Whether a promisor remote is configured (`git clone --filter`).
pub(crate) fn is_partial(git: &git2::Repository) -> bool {
    let Ok(config) = git.config() else { return false };
    let mut found = false;
    if let Ok(entries) = config.entries(Some(r"^remote\..*\.(promisor|partialclonefilter)$")) {
        let _ = entries.for_each(|_| found = true);
    }
    found || config.get_entry("extensions.partialclone").is_ok()
}

fn submodules(git: &git2::Repository) -> Vec<String> {
    let Ok(index) = git.index() else { return Vec::new() };
    let links = index.iter().filter(|entry| entry.mode == 0o160_000);
    links.map(|entry| String::from_utf8_lossy(&entry.path).into_owned()).collect()
}
