//! What can go wrong with a repository, in words for people.

use std::path::{Path, PathBuf};

/// Why a repository, a branch or a folder cannot be read. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// git's ownership check: the repository belongs to somebody else.
    #[error(
        "the repository {} belongs to another user, so git refuses to read it. If you trust it, run: git config --global --add safe.directory '{}'",
        .0.display(), .0.display()
    )]
    ForeignOwner(PathBuf),
    /// A repository format that libgit2 does not read.
    #[error("the repository {} {what}, which saltflow cannot read: everything but drift works", path.display())]
    Unsupported {
        /// The repository.
        path: PathBuf,
        /// What it uses.
        what: String,
    },
    /// `core.worktree` names a folder elsewhere.
    #[error("the repository {} claims that its files are in {} (core.worktree): it is not followed there", git_dir.display(), workdir.display())]
    Elsewhere {
        /// The git directory.
        git_dir: PathBuf,
        /// The folder it names.
        workdir: PathBuf,
    },
    /// A revision that resolves to no commit.
    #[error(
        "there is no branch, tag or commit '{0}' in this repository (saltflow never fetches: run git fetch, or name another base branch)"
    )]
    NoSuchRevision(String),
    /// A commit that shows more files than are read.
    #[error("the commit {commit} has more than {most} files, which are not read")]
    TooManyFiles {
        /// Its id.
        commit: String,
        /// How many are read.
        most: usize,
    },
    /// HEAD has no commit yet.
    #[error("this repository has no commit yet: there is nothing to compare with")]
    Unborn,
    /// A bare repository where files are needed.
    #[error("the repository {} is bare: it has no working copy", .0.display())]
    Bare(PathBuf),
    /// A glob of the settings that is none.
    #[error("'{glob}' is no glob: {reason}")]
    BadGlob {
        /// Its text.
        glob: String,
        /// Why.
        reason: String,
    },
    /// A folder that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Anything else that libgit2 reports.
    #[error("cannot {doing}: {message}")]
    Git {
        /// What was attempted.
        doing: String,
        /// libgit2's words.
        message: String,
    },
}

impl HistoryError {
    /// Wraps libgit2's error with what was attempted.
    pub(crate) fn git(doing: &str) -> impl FnOnce(git2::Error) -> Self {
        let doing = doing.to_owned();
        move |error| Self::Git { doing, message: error.message().to_owned() }
    }

    /// Classifies a failure to open the repository at `path`.
    pub(crate) fn opening(path: &Path, error: &git2::Error) -> Self {
        let path = path.to_path_buf();
        let message = error.message();
        if error.code() == git2::ErrorCode::Owner {
            return Self::ForeignOwner(path);
        }
        let lower = message.to_ascii_lowercase();
        let what = if lower.contains("partialclone") {
            "notes in an old way that it is a partial clone (run: git config remote.origin.promisor true; \
             git config --unset extensions.partialClone)"
        } else if lower.contains("refstorage") {
            "keeps its branches in the reftable format"
        } else if lower.contains("objectformat") || lower.contains("object format") || lower.contains("sha256") {
            "names its objects by SHA-256"
        } else if lower.contains("extension") || lower.contains("repository version") {
            return Self::Unsupported { path, what: format!("has a newer format ({message})") };
        } else {
            return Self::Git { doing: format!("open the repository {}", path.display()), message: message.to_owned() };
        };
        Self::Unsupported { path, what: what.to_owned() }
    }
}
