//! Watching files and git directories. Events only say where to look: whether anything changed is
//! decided by what is found there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use history::{RefsFingerprint, Repository};
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::UnboundedSender;

use crate::lsp::background::blocking;
use crate::lsp::todo::Event;
use crate::parts::Part;
use crate::workspace::Workspace;

/// The server's own watcher. Where the system has none left, the client's events still come.
pub struct Watcher {
    events: UnboundedSender<Event>,
    watched: BTreeMap<PathBuf, Watched>,
}

/// What is watched of a workspace; dropped, it ends.
struct Watched {
    _watcher: RecommendedWatcher,
    /// Its folders and repositories when watching began.
    parts: Vec<(PathBuf, Option<PathBuf>)>,
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
        let git_dir = |part: &Part| part.repository.as_ref().map(|git| git.git_dir().to_path_buf());
        let parts: Vec<_> = workspace.parts.iter().map(|part| (part.root.clone(), git_dir(part))).collect();
        if workspace.is_lone() || self.watched.get(&root).is_some_and(|watched| watched.parts == parts) {
            return false;
        }
        let events = self.events.clone();
        match blocking(move || start(&workspace, events)).await {
            Some(Ok(watcher)) => {
                self.watched.insert(root, Watched { _watcher: watcher, parts });
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
    let git = workspace.parts.iter().filter_map(|part| Some((part.repository.clone()?, part.base.clone())));
    let mut refs: Vec<Refs> = git.map(|(git, base)| Refs::new(git, base)).collect();
    let git_dirs: Vec<PathBuf> =
        refs.iter().flat_map(|refs| [refs.git.git_dir(), refs.git.common_dir()]).map(Path::to_path_buf).collect();
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
        // each notes where it is now
        let moved = !git.is_empty() && refs.iter_mut().filter_map(|refs| refs.moved().then_some(())).count() > 0;
        if lost || moved {
            let _ = events.send(Event::Everything);
        }
        if !files.is_empty() {
            let _ = events.send(Event::Disk(files));
        }
    };
    // a link may lead out of the workspace, or in a circle
    let mut watcher = RecommendedWatcher::new(report, Config::default().with_follow_symlinks(false))?;
    let roots: Vec<&PathBuf> = workspace.parts.iter().map(|part| &part.root).collect();
    for root in &roots {
        if !roots.iter().any(|other| other != root && root.starts_with(other)) {
            watcher.watch(root, RecursiveMode::Recursive)?;
        }
    }
    for path in workspace.parts.iter().filter_map(|part| part.repository.as_ref()).flat_map(Repository::watch_paths) {
        let mode = if path.recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        if !roots.iter().any(|root| path.path.starts_with(root)) {
            watcher.watch(&path.path, mode)?;
        }
    }
    Ok(watcher)
}

/// Whether anything that matters has moved in a repository (gc and pack-refs touch many files).
struct Refs {
    git: Repository,
    /// The base branch of the settings.
    base: Option<String>,
    last: Option<RefsFingerprint>,
}

impl Refs {
    fn new(git: Repository, base: Option<String>) -> Self {
        let mut refs = Self { git, base, last: None };
        refs.moved();
        refs
    }

    fn moved(&mut self) -> bool {
        let further: Vec<&str> = self.base.iter().map(String::as_str).collect();
        let Ok(now) = self.git.refs_fingerprint(&further) else { return false };
        let moved = self.last.as_ref() != Some(&now);
        self.last = Some(now);
        moved
    }
}
