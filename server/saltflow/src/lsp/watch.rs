//! Watching files and git directories. Events only say where to look: whether anything changed is
//! decided by what is found there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use history::{RefsFingerprint, Repository};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::UnboundedSender;

use crate::lsp::server::Event;
use crate::workspace::Workspace;

/// The server's own watcher. Where the system has none left, the client's events still come.
pub struct Watcher {
    events: UnboundedSender<Event>,
    watched: BTreeMap<PathBuf, RecommendedWatcher>,
}

impl Watcher {
    /// A watcher that reports to `events`.
    #[must_use]
    pub fn new(events: UnboundedSender<Event>) -> Self {
        Self { events, watched: BTreeMap::new() }
    }

    /// Watches a workspace's files and its repository's refs; a second call changes nothing.
    pub fn watch(&mut self, workspace: &Workspace) {
        if self.watched.contains_key(&workspace.root) {
            return;
        }
        match self.start(workspace) {
            Ok(watcher) => {
                self.watched.insert(workspace.root.clone(), watcher);
            }
            Err(error) => tracing::warn!("cannot watch {}: {error}", workspace.root.display()),
        }
    }

    fn start(&self, workspace: &Workspace) -> notify::Result<RecommendedWatcher> {
        let events = self.events.clone();
        let git = workspace.repository.clone();
        let git_dirs: Vec<PathBuf> =
            git.iter().flat_map(|git| [git.git_dir().to_path_buf(), git.common_dir().to_path_buf()]).collect();
        let mut refs = Refs { last: git.as_ref().and_then(|git| git.refs_fingerprint(&[]).ok()), git };
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if event.kind.is_access() {
                return;
            }
            let in_git = |path: &Path| git_dirs.iter().any(|dir| path.starts_with(dir));
            let (git, files): (Vec<PathBuf>, Vec<PathBuf>) = event.paths.into_iter().partition(|path| in_git(path));
            if !git.is_empty() && refs.moved() {
                let _ = events.send(Event::Refs);
            }
            if !files.is_empty() {
                let _ = events.send(Event::Disk(files));
            }
        })?;
        watcher.watch(&workspace.root, RecursiveMode::Recursive)?;
        for path in workspace.repository.iter().flat_map(Repository::watch_paths) {
            let mode = if path.recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            if !path.path.starts_with(&workspace.root) {
                watcher.watch(&path.path, mode)?;
            }
        }
        Ok(watcher)
    }
}

/// Whether anything that matters has moved in a repository (gc and pack-refs touch many files).
struct Refs {
    git: Option<Repository>,
    last: Option<RefsFingerprint>,
}

impl Refs {
    fn moved(&mut self) -> bool {
        let Some(git) = &self.git else { return false };
        let Ok(now) = git.refs_fingerprint(&[]) else { return false };
        let moved = self.last.as_ref() != Some(&now);
        self.last = Some(now);
        moved
    }
}
