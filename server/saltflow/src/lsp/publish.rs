//! Bringing the meaning up to date once typing pauses, and showing it: diagnostics pushed to clients
//! that do not pull, a refresh for those that do, progress of the first index.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ide::Analysis;

use tokio::task::JoinHandle;
use tower_lsp::ls_types as lsp;
use tower_lsp::{NotCancellable, OngoingProgress, Unbounded};
use world::{SaltPath, Stop, Stopped};

use crate::analyst::Urgency;
use crate::lsp::background::{Background, blocking};
use crate::lsp::convert;
use crate::lsp::desk::{Snapshot, canonical};
use crate::lsp::outgoing::Secrets;
use crate::lsp::places::Places;
use crate::lsp::pull;
use crate::lsp::status::{self, Status};
use crate::lsp::todo::Event;
use crate::workspace::Workspace;

/// How long a client may take to make a place for progress.
const ANSWER: std::time::Duration = std::time::Duration::from_secs(2);

/// How often an analysis gives way to persons before it is computed whatever they do.
const PATIENCE: u8 = 3;

/// What a client knows of a workspace.
#[derive(Default)]
pub struct Published {
    /// Diagnostics by URI.
    files: BTreeMap<String, Arc<File>>,
    /// What was found last, for the next time to build on.
    last: Option<Arc<Last>>,
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

/// What was found in a workspace, and in which.
struct Last {
    workspace: Arc<Workspace>,
    analysis: Arc<Analysis>,
    files: BTreeMap<SaltPath, Arc<File>>,
}

/// A workspace's diagnostics.
struct Found {
    files: BTreeMap<String, Arc<File>>,
    last: Arc<Last>,
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
        let last = published.last.clone();
        let secrets = self.secrets.clone();
        let work = tokio::spawn(blocking(move || work(&for_work, last.as_deref(), urgency, &secrets, &stop)));
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
                published.last = Some(found.last.clone());
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
    fn remember(&mut self, root: &Path, found: BTreeMap<String, Arc<File>>) -> bool {
        let known = &mut self.published.entry(root.to_path_buf()).or_default().files;
        let has_changed = |uri: &String| match (known.get(uri), found.get(uri)) {
            (Some(known), Some(found)) => !Arc::ptr_eq(known, found) && known.diagnostics != found.diagnostics,
            (known, found) => known.or(found).is_some_and(|file| !file.diagnostics.is_empty()),
        };
        let changed = known.keys().chain(found.keys()).any(has_changed);
        *known = found;
        changed
    }

    /// Pushes what changed since the last time.
    async fn push(&mut self, root: &Path, found: BTreeMap<String, Arc<File>>) {
        let known = &mut self.published.entry(root.to_path_buf()).or_default().files;
        let gone = take_unless(known, |uri| found.contains_key(uri));
        let mut news: Vec<Arc<File>> = gone.into_values().filter_map(|file| cleared(&file)).collect();
        for (uri, file) in found {
            let same = |known: &Arc<File>| Arc::ptr_eq(known, &file) || known.diagnostics == file.diagnostics;
            if !known.get(&uri).is_some_and(same) {
                known.insert(uri, file.clone());
                news.push(file);
            }
        }
        self.send(news).await;
    }

    /// Takes back what was shown of a workspace that is closed.
    pub(super) async fn withdraw(&mut self, root: &PathBuf) {
        let Some(published) = self.published.remove(root) else { return };
        if !self.desk.lock().client.pulls {
            self.send(published.files.values().filter_map(|file| cleared(file)).collect()).await;
        }
    }

    async fn send(&self, files: Vec<Arc<File>>) {
        for file in files {
            self.client.publish_diagnostics(file.uri.clone(), file.diagnostics.clone(), file.version).await;
        }
    }
}

/// Takes the entries out of `known` that are not to be kept.
fn take_unless(known: &mut BTreeMap<String, Arc<File>>, keep: impl Fn(&String) -> bool) -> BTreeMap<String, Arc<File>> {
    let (kept, gone) = std::mem::take(known).into_iter().partition(|(uri, _)| keep(uri));
    *known = kept;
    gone
}

/// The empty list for a file that had findings.
fn cleared(had: &File) -> Option<Arc<File>> {
    let file = File { uri: had.uri.clone(), version: None, diagnostics: Vec::new() };
    (!had.diagnostics.is_empty()).then(|| Arc::new(file))
}

/// The meaning of a snapshot as diagnostics of its open documents and of all files that have some. Of
/// files that nothing touched since `last` they are not found again.
fn work(
    snapshot: &Snapshot,
    last: Option<&Last>,
    urgency: Urgency,
    secrets: &Secrets,
    stop: &Stop,
) -> Result<Found, Stopped> {
    let analysis = snapshot.analysis(urgency, stop)?;
    secrets.learn(&snapshot.workspace, &analysis);
    let places = Places::new(snapshot);
    let open: BTreeSet<SaltPath> = snapshot.versions.keys().cloned().collect();
    let last = last.filter(|last| last.workspace.is_configured_as(&snapshot.workspace));
    let changed = last.and_then(|last| Some((last, ide::changed_since(&analysis, &last.analysis)?)));
    let (mut files, anew) = match changed {
        Some((last, mut changed)) => {
            // a document that is closed now has no version any more
            changed.extend(last.files.iter().filter(|(_, file)| file.version.is_some()).map(|(path, _)| path.clone()));
            changed.extend(open.iter().cloned());
            (last.files.clone(), changed)
        }
        None => {
            let mut all = open.clone();
            all.extend(ide::files_with_diagnostics(&analysis, stop)?);
            (BTreeMap::new(), all)
        }
    };
    for path in anew {
        let Some(uri) = convert::to_uri(&snapshot.workspace.file(&path)) else { continue };
        let diagnostics = pull::diagnostics(&places, snapshot, &analysis, &path, stop)?;
        if diagnostics.is_empty() && !open.contains(&path) {
            files.remove(&path);
            continue;
        }
        let version = snapshot.versions.get(&path).copied();
        files.insert(path, Arc::new(File { uri, version, diagnostics }));
    }
    let by_uri = files.values().map(|file| (file.uri.as_str().to_owned(), file.clone())).collect();
    let notes = analysis.notes.clone();
    let last = Arc::new(Last { workspace: snapshot.workspace.clone(), analysis, files });
    Ok(Found { files: by_uri, last, notes })
}
