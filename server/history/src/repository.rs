//! Finding and opening a repository, and handing libgit2's handles to threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashSet;
use world::SaltPath;

use crate::{CommitId, HistoryError};

/// Handles kept for reuse; more exist only while more threads ask at once.
const POOL: usize = 8;

/// Commits that are remembered as plain.
const MAX_PLAIN: usize = 1_000;

/// A git repository, read only. Cheap to clone; usable from any thread: libgit2's handle may move
/// between threads but not be shared, so each call borrows one from a pool or opens another.
#[derive(Clone)]
pub struct Repository(Arc<Inner>);

struct Inner {
    git_dir: PathBuf,
    common_dir: PathBuf,
    workdir: Option<PathBuf>,
    pool: Mutex<Vec<git2::Repository>>,
    /// Commits without links and attributes, as far as they were read.
    plain: Mutex<FxHashSet<CommitId>>,
}

impl Repository {
    /// The repository that holds `path` (a file or folder), searched upwards; `None`: there is none.
    /// Opening runs nothing.
    ///
    /// # Errors
    /// There is one, but it cannot or must not be read: foreign owner (git's own check, never
    /// disabled), a format that libgit2 doesn't know, a `.git` file that leads nowhere.
    pub fn discover(path: &Path) -> Result<Option<Self>, HistoryError> {
        let start = path.canonicalize().map_err(|source| HistoryError::Io { path: path.to_path_buf(), source })?;
        let none: [&Path; 0] = [];
        let handle = match git2::Repository::open_ext(&start, git2::RepositoryOpenFlags::CROSS_FS, none) {
            Ok(handle) => handle,
            Err(error) => {
                let marked = start.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
                return match marked {
                    None if error.code() == git2::ErrorCode::NotFound => Ok(None),
                    None => Err(HistoryError::opening(&start, &error)),
                    Some(folder) => Err(HistoryError::opening(folder, &error)),
                };
            }
        };
        Self::of(handle, &start).map(Some)
    }

    fn of(handle: git2::Repository, start: &Path) -> Result<Self, HistoryError> {
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let git_dir = canonical(handle.path());
        let mut workdir = handle.workdir().map(canonical);
        // An untrusted repository must not widen the workspace: its files are where its `.git` is.
        let marked = start.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
        if let Some(claimed) = workdir.as_ref().filter(|workdir| marked != Some(workdir.as_path())) {
            if handle.config().and_then(|config| config.get_string("core.worktree")).is_ok() {
                return Err(HistoryError::Elsewhere { git_dir, workdir: claimed.clone() });
            }
            // git counts a git directory that doesn't say whether it is bare as bare
            workdir = None;
        }
        if handle.object_format() != git2::ObjectFormat::Sha1 {
            let what = "names its objects by SHA-256".to_owned();
            return Err(HistoryError::Unsupported { path: git_dir, what });
        }
        let common_dir = canonical(handle.commondir());
        Ok(Self(Arc::new(Inner {
            git_dir,
            common_dir,
            workdir,
            pool: Mutex::new(vec![handle]),
            plain: Mutex::default(),
        })))
    }

    /// The folder with the files; `None` in a bare repository.
    #[must_use]
    pub fn workdir(&self) -> Option<&Path> {
        self.0.workdir.as_deref()
    }

    /// This working copy's git directory (`.git`, or `.git/worktrees/NAME`).
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.0.git_dir
    }

    /// The git directory that all worktrees share.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.0.common_dir
    }

    /// `folder` relative to the repository's root; `None` if it lies outside or the repository is
    /// bare.
    #[must_use]
    pub fn mount(&self, folder: &Path) -> Option<SaltPath> {
        let folder = folder.canonicalize().ok()?;
        SaltPath::new(folder.strip_prefix(self.workdir()?).ok()?.to_str()?).ok()
    }

    /// The commit that `spec` (a branch, tag, id or `HEAD~2`) names.
    ///
    /// # Errors
    /// [`HistoryError::NoSuchRevision`].
    pub fn resolve(&self, spec: &str) -> Result<CommitId, HistoryError> {
        self.with(|git| {
            let object = git.revparse_single(spec).ok();
            let commit = object.and_then(|object| object.peel_to_commit().ok());
            commit.map(|commit| commit.id().into()).ok_or_else(|| HistoryError::NoSuchRevision(spec.to_owned()))
        })?
    }

    /// Whether `commit` is known to have neither links nor attributes, and all of its files.
    pub(crate) fn is_plain(&self, commit: CommitId) -> bool {
        self.0.plain.lock().is_ok_and(|plain| plain.contains(&commit))
    }

    pub(crate) fn note_plain(&self, commit: CommitId) {
        if let Ok(mut plain) = self.0.plain.lock() {
            if plain.len() >= MAX_PLAIN {
                plain.clear();
            }
            plain.insert(commit);
        }
    }

    /// Lends a handle to `work`.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&git2::Repository) -> T) -> Result<T, HistoryError> {
        let pooled = self.0.pool.lock().ok().and_then(|mut pool| pool.pop());
        let handle = match pooled {
            Some(handle) => handle,
            None => self.open_handle()?,
        };
        let answer = work(&handle);
        if let Ok(mut pool) = self.0.pool.lock()
            && pool.len() < POOL
        {
            pool.push(handle);
        }
        Ok(answer)
    }

    /// A handle of its own, outside the pool.
    pub(crate) fn open_handle(&self) -> Result<git2::Repository, HistoryError> {
        git2::Repository::open(self.git_dir()).map_err(|error| HistoryError::opening(self.git_dir(), &error))
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Repository").field(&self.0.git_dir).finish()
    }
}
