//! Folders and git repositories for one test.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that vanishes with the test.
pub struct Tree {
    root: PathBuf,
    _folder: tempfile::TempDir,
}

impl Tree {
    /// A folder with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it exists");
        let tree = Self { root, _folder: folder };
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    /// The same in a new git repository: one commit on `develop`.
    pub fn git(files: &[(&str, &str)]) -> Self {
        let tree = Self::new(files);
        tree.run(&["init", "--quiet", "--initial-branch=develop"]);
        tree.commit("start");
        tree
    }

    /// Its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of a file in it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path(path)).expect("it can be removed");
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) {
        self.run(&["add", "--all"]);
        self.run(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    /// Runs git in it.
    pub fn run(&self, words: &[&str]) {
        let done = Command::new("git")
            .args(words)
            .current_dir(&self.root)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.org")])
            .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "ann@example.org")])
            .output()
            .expect("git runs");
        assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// An SLS that declares `id`.
pub fn sls(id: &str) -> String {
    format!("{id}:\n  pkg.installed: []\n")
}
