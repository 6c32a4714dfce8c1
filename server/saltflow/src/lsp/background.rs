//! What happens beside requests: opening folders, reading the disk again, watching. Never holds the
//! desk's lock while it works.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout, timeout_at};
use tower_lsp::Client;
use tower_lsp::ls_types as lsp;

use crate::lsp::desk::Desk;
use crate::lsp::group::Role;
use crate::lsp::outgoing::Secrets;
use crate::lsp::publish::Published;
use crate::lsp::todo::{Event, Todo};
use crate::lsp::watch::Watcher;
use crate::workspace::{Options, Workspace};

/// How long to wait for more events before acting, when the settings say nothing.
const DEBOUNCE: Duration = Duration::from_millis(150);

/// How long events may keep coming before something is done about them.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a client may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// The background of a session.
pub struct Background {
    pub(super) client: Client,
    pub(super) desk: Arc<Mutex<Desk>>,
    pub(super) events: UnboundedSender<Event>,
    /// What outgoing messages must not hold.
    pub(super) secrets: Secrets,
    watcher: Watcher,
    editor: serde_json::Value,
    /// Roots of the workspaces that the client's folders lie in.
    pub(super) opened: BTreeMap<PathBuf, PathBuf>,
    /// The client's folders.
    pub(super) places: Vec<PathBuf>,
    /// What the repositories hold that the client's folders lie in.
    pub(super) roles: BTreeMap<PathBuf, Role>,
    /// Whether the client may be talked to.
    pub(super) greeted: bool,
    /// What the client was shown, by workspace.
    pub(super) published: BTreeMap<PathBuf, Published>,
    /// Messages until the client may be talked to, then the texts that it was shown.
    unsaid: Vec<(lsp::MessageType, String)>,
    said: BTreeSet<String>,
}

impl Background {
    /// The background of the session with `client`.
    #[must_use]
    pub fn new(client: Client, desk: Arc<Mutex<Desk>>, events: UnboundedSender<Event>, secrets: Secrets) -> Self {
        Self {
            client,
            desk,
            secrets,
            watcher: Watcher::new(events.clone()),
            events,
            editor: serde_json::Value::Null,
            opened: BTreeMap::new(),
            places: Vec::new(),
            roles: BTreeMap::new(),
            greeted: false,
            published: BTreeMap::new(),
            unsaid: Vec::new(),
            said: BTreeSet::new(),
        }
    }

    /// Works until the session ends.
    pub async fn run(mut self, mut inbox: UnboundedReceiver<Event>) {
        while let Some(first) = inbox.recv().await {
            let mut todo = Todo::default();
            todo.add(first);
            let latest = Instant::now() + PATIENCE;
            while !todo.is_urgent() {
                // typing pauses when no event came for the debounce time
                let pause = latest.min(Instant::now() + self.debounce());
                let Ok(Some(event)) = timeout_at(pause, inbox.recv()).await else { break };
                todo.add(event);
            }
            while let Ok(event) = inbox.try_recv() {
                todo.add(event);
            }
            if todo.end {
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
        let surprising = todo.is_more_than_edits();
        for text in &todo.say {
            self.client.show_message(lsp::MessageType::INFO, format!("saltflow: {text}")).await;
        }
        if todo.greeted {
            self.greet().await;
        }
        let changed = match todo.settings {
            Some(sent) => self.configure(sent).await,
            None => false,
        };
        for folder in &todo.close {
            self.close(folder).await;
        }
        let decided = todo.disk.iter().any(|file| decides_workspaces(file));
        if changed || decided {
            self.reconfigure(changed).await;
        }
        let opening = todo.open.len();
        self.places = self.opened.keys().chain(&todo.open).cloned().collect();
        let regroup = decided || opening > 0 || !todo.close.is_empty();
        for folder in todo.open {
            self.open(folder, false).await;
        }
        if regroup {
            self.group().await;
        }
        self.desk.lock().end_opening(opening);
        for folder in todo.strays {
            self.open(folder, true).await;
            self.desk.lock().end_opening(1);
        }
        if todo.everything || !todo.disk.is_empty() {
            self.reread(&todo.disk, todo.everything).await;
        }
        if self.greeted {
            self.publish(surprising, todo.compared, &todo.opened).await;
        }
    }

    /// The client may be talked to from now on.
    async fn greet(&mut self) {
        self.greeted = true;
        for (kind, text) in std::mem::take(&mut self.unsaid) {
            self.tell(kind, text).await;
        }
        if !self.desk.lock().client.watches {
            return;
        }
        // a second source of events, for where the system's own watching ends
        let watcher = lsp::FileSystemWatcher { glob_pattern: lsp::GlobPattern::String("**/*".to_owned()), kind: None };
        let options = lsp::DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher] };
        let registration = lsp::Registration {
            id: "saltflow-files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let client = self.client.clone();
        // nothing depends on the answer
        tokio::spawn(async move { client.register_capability(vec![registration]).await });
    }

    /// Takes the editor's settings, asking for them if it did not send them. Whether they changed.
    async fn configure(&mut self, sent: Option<serde_json::Value>) -> bool {
        let settings = match sent {
            Some(settings) => settings,
            None if self.greeted && self.desk.lock().client.configuration => {
                let item = lsp::ConfigurationItem { scope_uri: None, section: Some("saltflow".to_owned()) };
                match timeout(ANSWER, self.client.configuration(vec![item])).await {
                    Ok(Ok(mut answers)) if !answers.is_empty() => answers.swap_remove(0),
                    _ => return false,
                }
            }
            None => return false,
        };
        // a client without settings of ours answers null: what it sent before stands
        if settings == self.editor || settings.is_null() {
            return false;
        }
        self.editor = settings;
        true
    }

    /// Opens all workspaces anew whose settings or repository are others now.
    async fn reconfigure(&mut self, all: bool) {
        let workspaces = self.desk.lock().workspaces();
        for workspace in workspaces {
            let editor = self.editor.clone();
            let before = workspace.clone();
            match blocking(move || workspace.reconfigured(editor)).await {
                Some(Ok(after)) if all || !after.is_configured_as(&before) => self.take(after).await,
                Some(Ok(_)) | None => {}
                Some(Err(error)) => self.tell(lsp::MessageType::ERROR, error.to_string()).await,
            }
        }
    }

    pub(super) async fn open(&mut self, folder: PathBuf, lone: bool) {
        let (editor, places) = (self.editor.clone(), self.places.clone());
        let options = Options { editor, lone, places, ..Options::default() };
        let start = folder.clone();
        match blocking(move || Workspace::open(&start, options)).await {
            Some(Ok(workspace)) => {
                let held = self.desk.lock().workspaces().into_iter().find(|held| held.root == workspace.root);
                if !lone {
                    self.opened.insert(folder, workspace.root.clone());
                }
                if held.is_none_or(|held| held.is_lone() && !workspace.is_lone()) {
                    self.take(workspace).await;
                }
            }
            // a new document may be about to make its folder
            Some(Err(error)) if lone => tracing::info!("{error}"),
            Some(Err(error)) => self.tell(lsp::MessageType::ERROR, error.to_string()).await,
            None => {}
        }
    }

    /// Closes the workspace of a folder unless another folder lies in it, too.
    async fn close(&mut self, folder: &Path) {
        let Some(root) = self.opened.remove(folder) else { return };
        if self.opened.values().any(|other| *other == root) {
            return;
        }
        self.drop_workspace(&root).await;
    }

    /// Takes a workspace off the desk.
    pub(super) async fn drop_workspace(&mut self, root: &PathBuf) {
        self.watcher.unwatch(root);
        self.desk.lock().remove_folder(root);
        self.secrets.forget(root);
        self.withdraw(root).await;
    }

    /// Puts an opened workspace on the desk, says what is wrong with it, and watches it.
    pub(super) async fn take(&mut self, workspace: Workspace) {
        let notes = workspace.notes.clone();
        let root = workspace.root.clone();
        self.desk.lock().add_folder(workspace.clone());
        for note in notes {
            self.tell(lsp::MessageType::WARNING, note).await;
        }
        if self.watcher.watch(workspace).await {
            // what changed between reading and watching
            let _ = self.events.send(Event::Disk(vec![root]));
        }
    }

    /// Reads the disk again where `files` lie, or everywhere.
    async fn reread(&mut self, files: &[PathBuf], everything: bool) {
        let workspaces = self.desk.lock().workspaces();
        for workspace in workspaces {
            let mine: Vec<PathBuf> = files.iter().filter(|file| workspace.holds(file).is_some()).cloned().collect();
            if !everything && mine.is_empty() {
                continue;
            }
            let mut fresh = (*workspace).clone();
            let read = move || if everything { fresh.reread() } else { fresh.reread_files(&mine) }.map(|()| fresh);
            match blocking(read).await {
                Some(Ok(fresh)) => {
                    let root = fresh.root.clone();
                    self.desk.lock().replace_disk(fresh.clone());
                    if self.watcher.watch(fresh).await {
                        let _ = self.events.send(Event::Disk(vec![root]));
                    }
                }
                Some(Err(error)) => {
                    // its folder may come back as another one
                    self.watcher.unwatch(&workspace.root);
                    self.tell(lsp::MessageType::WARNING, error.to_string()).await;
                }
                None => {}
            }
        }
    }

    /// Says something once, as soon as the client may be talked to.
    pub(super) async fn tell(&mut self, kind: lsp::MessageType, text: String) {
        if !self.greeted {
            self.unsaid.push((kind, text));
        } else if self.said.insert(text.clone()) {
            tracing::info!("{text}");
            self.client.show_message(kind, format!("saltflow: {text}")).await;
        }
    }
}

/// Whether `file` decides what a workspace is: its settings, or whether it is a repository.
fn decides_workspaces(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == crate::settings::FILE_NAME || name == ".git")
}

/// Runs `work` on a blocking thread; a panic is logged and gives `None`.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Some(done),
        Err(panic) => {
            tracing::error!("background work failed: {panic}");
            None
        }
    }
}
