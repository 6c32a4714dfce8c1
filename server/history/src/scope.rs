//! Which part of a repository a world shows.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use world::SaltPath;

use crate::HistoryError;

/// A folder of the repository and the files in it that count. It applies to every world alike, so
/// that a file left out is not taken for a deleted one.
#[derive(Clone, Debug)]
pub struct Scope {
    mount: SaltPath,
    skip: Gitignore,
}

impl Default for Scope {
    fn default() -> Self {
        Self { mount: SaltPath::root(), skip: Gitignore::empty() }
    }
}

impl Scope {
    /// What lies below the folder `mount` (the root folder: all) but for the paths that a glob of
    /// `skip` matches, in `.gitignore`'s syntax, relative to `mount`. A world's paths are relative
    /// to `mount`.
    ///
    /// # Errors
    /// [`HistoryError::BadGlob`].
    pub fn new(mount: SaltPath, skip: &[String]) -> Result<Self, HistoryError> {
        let mut builder = GitignoreBuilder::new("");
        for glob in skip {
            let bad = |error: ignore::Error| HistoryError::BadGlob { glob: glob.clone(), reason: error.to_string() };
            builder.add_line(None, glob).map_err(bad)?;
        }
        let bad = |error: ignore::Error| HistoryError::BadGlob { glob: skip.join(" "), reason: error.to_string() };
        Ok(Self { mount, skip: builder.build().map_err(bad)? })
    }

    /// The folder of the repository.
    #[must_use]
    pub fn mount(&self) -> &SaltPath {
        &self.mount
    }

    /// Where the world shows the repository's file `path`; `None`: nowhere.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<SaltPath> {
        let path = SaltPath::new(path).ok()?;
        let below = path.below(&self.mount)?;
        let skipped = !self.skip.is_empty() && self.skip.matched_path_or_any_parents(below, false).is_ignore();
        if below.is_empty() || skipped { None } else { SaltPath::new(below).ok() }
    }

    /// Whether nothing below the repository's folder `path` is shown at its own place, so that nobody
    /// need look into it (but for what links lead to).
    pub(crate) fn hides_folder(&self, path: &str) -> bool {
        let Ok(path) = SaltPath::new(path) else { return false };
        if self.mount.below(&path).is_some() {
            return false;
        }
        let Some(below) = path.below(&self.mount) else { return true };
        // an exception may show a file in a folder that is left out
        self.skip.num_whitelists() == 0
            && !self.skip.is_empty()
            && self.skip.matched_path_or_any_parents(below, true).is_ignore()
    }

    /// The repository's path of a world's `path`.
    #[must_use]
    pub fn in_repository(&self, path: &SaltPath) -> String {
        if self.mount.is_root() { path.to_string() } else { format!("{}/{path}", self.mount) }
    }
}
