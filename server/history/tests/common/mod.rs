//! Repositories in temporary folders, made by the real git program, apart from the user's
//! configuration.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, dead_code, reason = "tests make repositories with git")]

use std::path::{Path, PathBuf};
use std::process::Command;

use history::{Repository, Scope};
use world::{EntryKind, SaltPath, World};

pub struct Repo {
    pub dir: tempfile::TempDir,
    pub root: PathBuf,
}

impl Repo {
    /// An empty repository whose first branch is `branch`.
    pub fn new(branch: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir(&root).unwrap();
        let repo = Self { dir, root };
        repo.git(&["init", "-q", "-b", branch]);
        repo
    }

    /// master and develop, each with the same commit; develop checked out.
    pub fn flow() -> Self {
        let repo = Self::new("master");
        repo.write("top.sls", "base:\n  '*':\n    - web\n");
        repo.commit("start");
        repo.git(&["checkout", "-q", "-b", "develop"]);
        repo
    }

    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.root, args)
    }

    pub fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let (ok, out) = self.try_git(dir, args);
        assert!(ok, "git {args:?}: {out}");
        out.trim().to_owned()
    }

    pub fn try_git(&self, dir: &Path, args: &[&str]) -> (bool, String) {
        let out = Command::new("git")
            .args(args)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.dir.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", "1700000000 +0000")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_DATE", "1700000000 +0000")
            .env("GIT_EDITOR", "true")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (out.status.success(), text(&out.stdout) + &text(&out.stderr))
    }

    pub fn write(&self, path: &str, content: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn link(&self, path: &str, target: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    /// Commits all files; gives the id.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub fn open(&self) -> Repository {
        Repository::discover(&self.root).unwrap().unwrap()
    }

    pub fn working(&self) -> World {
        self.open().working_world(&Scope::default(), None).unwrap()
    }

    pub fn at(&self, spec: &str) -> World {
        let repository = self.open();
        repository.world_at(repository.resolve(spec).unwrap(), &Scope::default(), None).unwrap()
    }

    /// Number of objects and of files under the git directory, with the index's bytes.
    pub fn written(&self) -> (String, usize, Vec<u8>) {
        let mut files = 0;
        let mut folders = vec![self.root.join(".git")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { files += 1 }
            }
        }
        let index = std::fs::read(self.root.join(".git/index")).unwrap_or_default();
        (self.git(&["count-objects", "-v"]), files, index)
    }
}

pub fn path(text: &str) -> SaltPath {
    SaltPath::new(text).unwrap()
}

/// The text at `path`; `<missing>`, `<broken>`, `<absent>` or `<gone>` otherwise.
pub fn text(world: &World, at: &str) -> String {
    let at = path(at);
    match world.tree.get(&at) {
        None => "<absent>".to_owned(),
        Some(entry) => match entry.kind {
            EntryKind::BrokenLink => "<broken>".to_owned(),
            EntryKind::Missing => "<missing>".to_owned(),
            EntryKind::File => match world.source.content(&at, entry.blob) {
                Some(content) => String::from_utf8_lossy(&content).into_owned(),
                None => "<gone>".to_owned(),
            },
        },
    }
}

/// All paths, joined by spaces.
pub fn paths(world: &World) -> String {
    world.tree.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>().join(" ")
}

/// Paths at which two worlds differ.
pub fn changed(one: &World, other: &World) -> String {
    one.tree.changed(&other.tree).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
