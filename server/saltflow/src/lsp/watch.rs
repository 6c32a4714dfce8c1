//! Watching files and git directories. Events only say where to look: whether anything changed is
//! decided by what is found there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use history::{RefsFingerprint, Repository};
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::UnboundedSender;

use crate::lsp::background::blocking;
use crate::lsp::todo::Event;
use crate::workspace::Workspace;

/// The server's own watcher. Where the system has none left, the client's events still come.
pub struct Watcher {
    events: UnboundedSender<Event>,
    watched: BTreeMap<PathBuf, Watched>,
}

/// What is watched of a workspace; dropped, it ends.
struct Watched {
    _watcher: RecommendedWatcher,
    /// The repository that it was when watching began.
    git_dir: Option<PathBuf>,
}

impl Watcher {
    /// A watcher that reports to `events`.
    #[must_use]
    pub fn new(events: UnboundedSender<Event>) -> Self {
        Self { events, watched: BTreeMap::new() }
    }

    /// Watches a workspace's files and its repository's refs. Whether that begins now: events before
    /// were not seen.
    pub async fn watch(&mut self, workspace: Workspace) -> bool {
        let root = workspace.root.clone();
        let git_dir = workspace.repository.as_ref().map(|git| git.git_dir().to_path_buf());
        if workspace.is_lone() || self.watched.get(&root).is_some_and(|watched| watched.git_dir == git_dir) {
            return false;
        }
        let events = self.events.clone();
        match blocking(move || start(&workspace, events)).await {
            Some(Ok(watcher)) => {
                self.watched.insert(root, Watched { _watcher: watcher, git_dir });
                true
            }
            Some(Err(error)) => {
                tracing::warn!("changes of files in {} may be missed: {error}", root.display());
                false
            }
            None => false,
        }
    }

    /// Ends watching the workspace at `root`.
    pub fn unwatch(&mut self, root: &Path) {
        self.watched.remove(root);
    }
}

fn start(workspace: &Workspace, events: UnboundedSender<Event>) -> notify::Result<RecommendedWatcher> {
    let git = workspace.repository.clone();
    let git_dirs: Vec<PathBuf> =
        git.iter().flat_map(|git| [git.git_dir().to_path_buf(), git.common_dir().to_path_buf()]).collect();
    let mut refs = Refs::new(git, workspace.settings.base.clone());
    let report = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else {
            let _ = events.send(Event::Everything);
            return;
        };
        if event.kind.is_access() {
            return;
        }
        let lost = event.need_rescan();
        let in_git = |path: &Path| git_dirs.iter().any(|dir| path.starts_with(dir));
        let (git, files): (Vec<PathBuf>, Vec<PathBuf>) = event.paths.into_iter().partition(|path| in_git(path));
        if lost || !git.is_empty() && refs.moved() {
            let _ = events.send(Event::Everything);
        }
        if !files.is_empty() {
            let _ = events.send(Event::Disk(files));
        }
    };
    // a link may lead out of the workspace, or in a circle
    let mut watcher = RecommendedWatcher::new(report, Config::default().with_follow_symlinks(false))?;
    watcher.watch(&workspace.root, RecursiveMode::Recursive)?;
    for path in workspace.repository.iter().flat_map(Repository::watch_paths) {
        let mode = if path.recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        if !path.path.starts_with(&workspace.root) {
            watcher.watch(&path.path, mode)?;
        }
    }
    Ok(watcher)
}

/// Whether anything that matters has moved in a repository (gc and pack-refs touch many files).
struct Refs {
    git: Option<Repository>,
    /// The base branch of the settings.
    base: Option<String>,
    last: Option<RefsFingerprint>,
}

impl Refs {
    fn new(git: Option<Repository>, base: Option<String>) -> Self {
        let mut refs = Self { git, base, last: None };
        refs.moved();
        refs
    }

    fn moved(&mut self) -> bool {
        let Some(git) = &self.git else { return false };
        let further: Vec<&str> = self.base.iter().map(String::as_str).collect();
        let Ok(now) = git.refs_fingerprint(&further) else { return false };
        let moved = self.last.as_ref() != Some(&now);
        self.last = Some(now);
        moved
    }
}
