//! What happens beside requests: opening folders, reading the disk again, watching, publishing
//! diagnostics once typing pauses, progress.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tower_lsp::Client;
use tower_lsp::ls_types as lsp;
use world::{Stop, Stopped};

use crate::lsp::convert;
use crate::lsp::desk::{Desk, Snapshot};
use crate::lsp::server::{self, Event};
use crate::lsp::watch::Watcher;
use crate::workspace::{Options, Workspace};

/// How long to wait for more events before acting, when the settings say nothing.
const DEBOUNCE: Duration = Duration::from_millis(150);

/// The background of a session.
pub struct Background {
    client: Client,
    desk: Arc<Mutex<Desk>>,
    watcher: Watcher,
    editor: serde_json::Value,
    /// Workspaces whose first index was announced.
    announced: Vec<PathBuf>,
    /// What was pushed last, by URI.
    pushed: BTreeMap<String, Vec<lsp::Diagnostic>>,
    /// Notes that were shown already.
    told: Vec<String>,
    stop: Stop,
}

/// What a batch of events asks for.
#[derive(Default)]
struct Todo {
    open: Vec<PathBuf>,
    close: Vec<PathBuf>,
    disk: Vec<PathBuf>,
    refs: bool,
    settings: Option<Option<serde_json::Value>>,
    end: bool,
}

impl Todo {
    fn add(&mut self, event: Event) {
        match event {
            Event::Start(folders) => self.open.extend(folders),
            Event::Edited => {}
            Event::Disk(paths) => self.disk.extend(paths),
            Event::Refs => self.refs = true,
            // what the editor sent beats the order to ask for it
            Event::Settings(sent) => match &mut self.settings {
                Some(before) if sent.is_none() => drop(before),
                settings => *settings = Some(sent),
            },
            Event::Folders { added, removed } => {
                self.open.extend(added);
                self.close.extend(removed);
            }
            Event::Stray(file) => self.open.extend(file.parent().map(Path::to_path_buf)),
            Event::Stop => self.end = true,
        }
    }
}

impl Background {
    /// The background of the session with `client`.
    #[must_use]
    pub fn new(client: Client, desk: Arc<Mutex<Desk>>, events: UnboundedSender<Event>) -> Self {
        Self {
            client,
            desk,
            watcher: Watcher::new(events),
            editor: serde_json::Value::Null,
            announced: Vec::new(),
            pushed: BTreeMap::new(),
            told: Vec::new(),
            stop: Stop::new(),
        }
    }

    /// Works until the session ends.
    pub async fn run(mut self, mut inbox: UnboundedReceiver<Event>) {
        while let Some(first) = inbox.recv().await {
            let mut todo = Todo::default();
            todo.add(first);
            // typing pauses when no event came for the debounce time
            while let Ok(Some(event)) = tokio::time::timeout(self.debounce(), inbox.recv()).await {
                todo.add(event);
                if todo.end {
                    break;
                }
            }
            if todo.end {
                self.stop.raise();
                return;
            }
            self.act(todo).await;
        }
    }

    fn debounce(&self) -> Duration {
        let set = self.desk.lock().workspaces().iter().find_map(|workspace| workspace.settings.debounce_ms);
        set.map_or(DEBOUNCE, |ms| Duration::from_millis(ms.min(5_000)))
    }

    async fn act(&mut self, todo: Todo) {
        let mut reopen = false;
        if let Some(sent) = todo.settings {
            reopen = self.configure(sent).await;
        }
        for folder in &todo.close {
            let root = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
            self.desk.lock().remove_folder(&root);
        }
        reopen |= todo.disk.iter().any(|file| server::is_settings(file));
        if reopen {
            self.reconfigure().await;
        }
        for folder in todo.open {
            self.open(folder).await;
        }
        if todo.refs || !todo.disk.is_empty() {
            self.reread(&todo.disk, todo.refs).await;
        }
        self.publish().await;
    }

    /// Takes the editor's settings, asking for them if it did not send them. Whether they changed.
    async fn configure(&mut self, sent: Option<serde_json::Value>) -> bool {
        let settings = match sent {
            Some(settings) => settings,
            None if self.desk.lock().client.configuration => {
                let item = lsp::ConfigurationItem { scope_uri: None, section: Some("saltflow".to_owned()) };
                let asked = self.client.configuration(vec![item]);
                match tokio::time::timeout(Duration::from_secs(5), asked).await {
                    Ok(Ok(mut answers)) if !answers.is_empty() => answers.swap_remove(0),
                    _ => return false,
                }
            }
            None => return false,
        };
        if settings == self.editor || (settings.is_null() && self.editor.is_null()) {
            return false;
        }
        self.editor = settings;
        true
    }

    async fn reconfigure(&mut self) {
        let workspaces = self.desk.lock().workspaces();
        for workspace in workspaces {
            let editor = self.editor.clone();
            let opened = blocking(move || workspace.reconfigured(editor)).await;
            match opened {
                Some(Ok(workspace)) => self.take(workspace).await,
                Some(Err(error)) => self.tell(lsp::MessageType::ERROR, error.to_string()).await,
                None => {}
            }
        }
    }

    async fn open(&mut self, folder: PathBuf) {
        let options = Options { editor: self.editor.clone(), ..Options::default() };
        match blocking(move || Workspace::open(&folder, options)).await {
            Some(Ok(workspace)) => self.take(workspace).await,
            Some(Err(error)) => self.tell(lsp::MessageType::ERROR, error.to_string()).await,
            None => {}
        }
    }

    /// Puts an opened workspace on the desk, says what is wrong with it, and watches it.
    async fn take(&mut self, workspace: Workspace) {
        let notes = workspace.notes.clone();
        self.watcher.watch(&workspace);
        self.desk.lock().add_folder(workspace);
        for note in notes {
            self.tell(lsp::MessageType::WARNING, note).await;
        }
    }

    /// Reads the disk again where one of `files` lies, or everywhere if refs moved.
    async fn reread(&mut self, files: &[PathBuf], refs: bool) {
        let workspaces = self.desk.lock().workspaces();
        for workspace in workspaces {
            if !refs && !files.iter().any(|file| file.starts_with(&workspace.root)) {
                continue;
            }
            let mut fresh = (*workspace).clone();
            let read = blocking(move || fresh.reread().map(|()| fresh)).await;
            match read {
                Some(Ok(fresh)) => {
                    if refs {
                        self.watcher.watch(&fresh);
                    }
                    self.desk.lock().replace_disk(fresh);
                }
                Some(Err(error)) => self.tell(lsp::MessageType::WARNING, error.to_string()).await,
                None => {}
            }
        }
    }

    /// Brings every workspace's meaning up to date and shows its diagnostics.
    async fn publish(&mut self) {
        let snapshots = self.desk.lock().snapshots();
        for snapshot in snapshots {
            let root = snapshot.workspace.root.clone();
            let first = !self.announced.contains(&root);
            let progress = if first { self.begin(&snapshot).await } else { None };
            let stop = self.stop.clone();
            let pushes = !snapshot.client.pulls;
            let work = blocking(move || work(&snapshot, pushes, &stop)).await;
            if let Some(progress) = progress {
                progress.finish().await;
            }
            match work {
                Some(Ok(Some(found))) => {
                    self.announced.push(root.clone());
                    self.push(&root, found).await;
                }
                Some(Ok(None)) => self.announced.push(root),
                Some(Err(Stopped)) | None => {}
            }
        }
        let client = self.desk.lock().client.clone();
        if client.pulls && client.refreshes {
            let client = self.client.clone();
            // the answer is of no interest, and waiting for it would hold up the background
            tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
        }
    }

    async fn begin(
        &self,
        snapshot: &Snapshot,
    ) -> Option<tower_lsp::OngoingProgress<tower_lsp::Unbounded, tower_lsp::NotCancellable>> {
        if !snapshot.client.progress {
            return None;
        }
        let token = lsp::ProgressToken::String(format!("saltflow-index-{}", snapshot.generation));
        let created = self.client.create_work_done_progress(token.clone());
        tokio::time::timeout(Duration::from_secs(2), created).await.ok()?.ok()?;
        let files = snapshot.world.tree.len();
        let begun = self.client.progress(token, "saltflow").with_message(format!("reading {files} files"));
        Some(begun.begin().await)
    }

    /// Pushes what changed since the last time.
    async fn push(&mut self, root: &Path, found: BTreeMap<String, (lsp::Uri, Vec<lsp::Diagnostic>, Option<i32>)>) {
        let gone: Vec<String> = self
            .pushed
            .iter()
            .filter(|(uri, old)| !old.is_empty() && !found.contains_key(*uri) && is_below(uri, root))
            .map(|(uri, _)| uri.clone())
            .collect();
        for uri in gone {
            self.pushed.remove(&uri);
            if let Ok(uri) = uri.parse::<lsp::Uri>() {
                self.client.publish_diagnostics(uri, Vec::new(), None).await;
            }
        }
        for (key, (uri, diagnostics, version)) in found {
            if self.pushed.get(&key) != Some(&diagnostics) {
                self.pushed.insert(key, diagnostics.clone());
                self.client.publish_diagnostics(uri, diagnostics, version).await;
            }
        }
    }

    /// Says something once.
    async fn tell(&mut self, kind: lsp::MessageType, text: String) {
        tracing::warn!("{text}");
        if !self.told.contains(&text) {
            self.told.push(text.clone());
            self.client.show_message(kind, format!("saltflow: {text}")).await;
        }
    }
}

fn is_below(uri: &str, root: &Path) -> bool {
    uri.parse::<lsp::Uri>().ok().and_then(|uri| convert::to_file(&uri)).is_some_and(|file| file.starts_with(root))
}

type Found = BTreeMap<String, (lsp::Uri, Vec<lsp::Diagnostic>, Option<i32>)>;

/// The meaning of a snapshot, and its diagnostics if they are to be pushed.
fn work(snapshot: &Snapshot, pushes: bool, stop: &Stop) -> Result<Option<Found>, Stopped> {
    let analysis = snapshot.analyst.analysis(&snapshot.workspace, &snapshot.world, stop)?;
    if !pushes {
        return Ok(None);
    }
    let mut found = Found::new();
    let open = snapshot.versions.keys().cloned();
    for path in open.chain(ide::files_with_diagnostics(&analysis, stop)?) {
        let Some(uri) = convert::to_uri(&snapshot.workspace.file(&path)) else { continue };
        let diagnostics = server::diagnostics(snapshot, &analysis, &path, stop)?;
        found.insert(uri.as_str().to_owned(), (uri, diagnostics, snapshot.versions.get(&path).copied()));
    }
    Ok(Some(found))
}

/// Runs `work` on a blocking thread; a panic is logged and gives `None`.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Some(done),
        Err(panic) => {
            tracing::error!("background work failed: {panic}");
            None
        }
    }
}
