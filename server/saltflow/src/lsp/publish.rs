//! Bringing the meaning up to date once typing pauses, and showing it: diagnostics pushed to clients
//! that do not pull, a refresh for those that do, progress of the first index.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio::task::JoinHandle;
use tower_lsp::ls_types as lsp;
use tower_lsp::{NotCancellable, OngoingProgress, Unbounded};
use world::{Stop, Stopped};

use crate::analyst::Urgency;
use crate::lsp::background::{Background, blocking};
use crate::lsp::convert;
use crate::lsp::desk::{Snapshot, canonical};
use crate::lsp::places::Places;
use crate::lsp::pull;
use crate::lsp::status::{self, Status};
use crate::lsp::todo::Event;

/// How long a client may take to make a place for progress.
const ANSWER: std::time::Duration = std::time::Duration::from_secs(2);

/// How often an analysis gives way to persons before it is computed whatever they do.
const PATIENCE: u8 = 3;

/// What a client knows of a workspace.
#[derive(Default)]
pub struct Published {
    /// Diagnostics by URI.
    files: BTreeMap<String, Vec<lsp::Diagnostic>>,
    /// The first index is done.
    indexed: bool,
    /// How often the analysis gave way since the last one that was done.
    gave_way: u8,
    /// The comparison with the base branch under way, and how many were stopped before it.
    comparing: Option<(Stop, JoinHandle<()>)>,
    stopped: u8,
    /// What was said in the status bar last.
    status: Option<Status>,
}

/// A workspace's diagnostics.
struct Found {
    files: BTreeMap<String, File>,
    /// What a person should know of the settings.
    notes: Vec<String>,
}

struct File {
    uri: lsp::Uri,
    version: Option<i32>,
    diagnostics: Vec<lsp::Diagnostic>,
}

impl Background {
    /// Brings every workspace's meaning up to date and shows its diagnostics. `surprising`: not only
    /// documents changed. The diagnostics of `opened` files are pushed even if they are the same as
    /// before: a client that reads a buffer again (close, then open) drops what it showed. `compared`: there
    /// is drift to show.
    pub(super) async fn publish(&mut self, surprising: bool, compared: bool, opened: &[PathBuf]) {
        let (snapshots, client) = {
            let mut desk = self.desk.lock();
            let moment = desk.moment();
            (desk.snapshots(&moment), desk.client.clone())
        };
        if !client.pulls {
            let opened: Vec<lsp::Uri> =
                opened.iter().filter_map(|file| convert::to_uri(&canonical(file.clone()))).collect();
            for published in self.published.values_mut() {
                published.files.retain(|uri, _| opened.iter().all(|opened| opened.as_str() != uri));
            }
        }
        let mut refresh = surprising;
        for snapshot in snapshots {
            let root = snapshot.workspace.root.clone();
            let Some(found) = self.find(snapshot.clone()).await else { continue };
            for note in found.notes {
                self.tell(lsp::MessageType::WARNING, note).await;
            }
            if client.pulls {
                refresh |= self.remember(&root, found.files);
            } else {
                self.push(&root, found.files).await;
            }
            self.say_status(&snapshot).await;
            self.compare(snapshot);
        }
        if client.lenses && compared {
            let client = self.client.clone();
            tokio::spawn(async move { client.code_lens_refresh().await });
        }
        if client.pulls && client.refreshes && refresh {
            let client = self.client.clone();
            // the answer is of no interest, and waiting for it would hold up the background
            tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
        }
    }

    /// The diagnostics of `snapshot`; `None`: a person's request came first, so it is tried again
    /// later.
    async fn find(&mut self, snapshot: Snapshot) -> Option<Found> {
        let published = self.published.entry(snapshot.workspace.root.clone()).or_default();
        let (first, gave_way) = (!published.indexed, published.gave_way);
        let urgency = if gave_way < PATIENCE { Urgency::Background } else { Urgency::Asked };
        let stop = self.desk.lock().session.child();
        let root = snapshot.workspace.root.clone();
        let for_work = snapshot.clone();
        let work = tokio::spawn(blocking(move || work(&for_work, urgency, &stop)));
        let progress = if first { self.begin(&snapshot).await } else { None };
        let done = work.await.ok().flatten();
        if let Some(progress) = progress {
            progress.finish().await;
        }
        let published = self.published.entry(root).or_default();
        match done? {
            Ok(found) => {
                published.indexed = true;
                published.gave_way = 0;
                Some(found)
            }
            Err(Stopped) => {
                published.gave_way = gave_way.saturating_add(1);
                // the session is over if nobody listens
                let _ = self.events.send(Event::Edited);
                None
            }
        }
    }

    /// Has drift found out beside everything else. What is under way about an older text is stopped,
    /// unless that was so a few times in a row.
    fn compare(&mut self, snapshot: Snapshot) {
        let published = self.published.entry(snapshot.workspace.root.clone()).or_default();
        match &published.comparing {
            Some((stop, task)) if !task.is_finished() => {
                if published.stopped >= PATIENCE {
                    // its end is an event: then it is this text's turn
                    return;
                }
                stop.raise();
                published.stopped += 1;
            }
            _ => published.stopped = 0,
        }
        let stop = self.desk.lock().session.child();
        let (events, raised) = (self.events.clone(), stop.clone());
        let task = tokio::spawn(async move {
            if let Some(Ok(true)) = blocking(move || snapshot.compare(&raised)).await {
                // the session is over if nobody listens
                let _ = events.send(Event::Compared);
            }
        });
        published.comparing = Some((stop, task));
    }

    /// Sends the status if the client shows it and it is another one than before.
    async fn say_status(&mut self, snapshot: &Snapshot) {
        let has_git = snapshot.workspace.parts.iter().any(|part| part.repository.is_some());
        let report = snapshot.report().or_else(|| (!has_git).then(std::sync::Arc::default));
        let Some(report) = report.filter(|_| snapshot.client.status) else { return };
        let root = &snapshot.workspace.root;
        let status = status::of(convert::to_uri(root), &report);
        let published = self.published.entry(root.clone()).or_default();
        if published.status.as_ref() != Some(&status) {
            published.status = Some(status.clone());
            self.client.send_notification::<status::Notification>(status).await;
        }
    }

    async fn begin(&self, snapshot: &Snapshot) -> Option<OngoingProgress<Unbounded, NotCancellable>> {
        if !snapshot.client.progress {
            return None;
        }
        let token = lsp::ProgressToken::String(format!("saltflow-index-{}", snapshot.generation));
        let created = self.client.create_work_done_progress(token.clone());
        tokio::time::timeout(ANSWER, created).await.ok()?.ok()?;
        let files = snapshot.world.tree.len();
        let begun = self.client.progress(token, "saltflow").with_message(format!("reading {files} files"));
        Some(begun.begin().await)
    }

    /// Notes what there is to pull. Whether a document that was not edited has other diagnostics now.
    fn remember(&mut self, root: &Path, found: BTreeMap<String, File>) -> bool {
        let known = &mut self.published.entry(root.to_path_buf()).or_default().files;
        let files: BTreeMap<String, Vec<lsp::Diagnostic>> =
            found.into_iter().map(|(uri, file)| (uri, file.diagnostics)).collect();
        let has_changed = |uri: &String| {
            known.get(uri).map_or(&[][..], Vec::as_slice) != files.get(uri).map_or(&[][..], Vec::as_slice)
        };
        let changed = known.keys().chain(files.keys()).any(has_changed);
        *known = files;
        changed
    }

    /// Pushes what changed since the last time.
    async fn push(&mut self, root: &Path, found: BTreeMap<String, File>) {
        let known = &mut self.published.entry(root.to_path_buf()).or_default().files;
        let gone = take_unless(known, |uri| found.contains_key(uri));
        let mut news: Vec<File> = gone.into_iter().filter_map(cleared).collect();
        for (uri, file) in found {
            if known.get(&uri) != Some(&file.diagnostics) {
                known.insert(uri, file.diagnostics.clone());
                news.push(file);
            }
        }
        self.send(news).await;
    }

    /// Takes back what was shown of a workspace that is closed.
    pub(super) async fn withdraw(&mut self, root: &PathBuf) {
        let Some(published) = self.published.remove(root) else { return };
        if !self.desk.lock().client.pulls {
            self.send(published.files.into_iter().filter_map(cleared).collect()).await;
        }
    }

    async fn send(&self, files: Vec<File>) {
        for file in files {
            self.client.publish_diagnostics(file.uri, file.diagnostics, file.version).await;
        }
    }
}

/// Takes the entries out of `known` that are not to be kept.
fn take_unless(
    known: &mut BTreeMap<String, Vec<lsp::Diagnostic>>,
    keep: impl Fn(&String) -> bool,
) -> BTreeMap<String, Vec<lsp::Diagnostic>> {
    let (kept, gone) = std::mem::take(known).into_iter().partition(|(uri, _)| keep(uri));
    *known = kept;
    gone
}

/// The empty list for a file that had findings.
fn cleared((uri, had): (String, Vec<lsp::Diagnostic>)) -> Option<File> {
    let uri = uri.parse().ok().filter(|_| !had.is_empty())?;
    Some(File { uri, version: None, diagnostics: Vec::new() })
}

/// The meaning of a snapshot as diagnostics of its open documents and of all files that have some.
fn work(snapshot: &Snapshot, urgency: Urgency, stop: &Stop) -> Result<Found, Stopped> {
    let analysis = snapshot.analysis(urgency, stop)?;
    let places = Places::new(snapshot);
    let mut files = BTreeMap::new();
    let open = snapshot.versions.keys().cloned();
    for path in open.chain(ide::files_with_diagnostics(&analysis, stop)?) {
        let Some(uri) = convert::to_uri(&snapshot.workspace.file(&path)) else { continue };
        let diagnostics = pull::diagnostics(&places, snapshot, &analysis, &path, stop)?;
        let version = snapshot.versions.get(&path).copied();
        files.insert(uri.as_str().to_owned(), File { uri, version, diagnostics });
    }
    Ok(Found { files, notes: analysis.notes.clone() })
}
