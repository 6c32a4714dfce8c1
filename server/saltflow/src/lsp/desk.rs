//! The one mutable state of the server: open documents and workspaces. Notifications change it
//! under its lock; requests take a [`Snapshot`] of it and never look back. A request that comes while
//! a folder is being opened keeps the documents as they are and waits for the folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ide::Analysis;
use text::{Buffer, BufferError, Encoding};
use tokio::sync::watch;
use tower_lsp::ls_types as lsp;
use world::{BlobId, Content, ContentSource, Entry, EntryKind, SaltPath, Stop, Stopped, World};

use crate::analyst::{Analyst, Urgency};
use crate::drift::Report;
use crate::lsp::completion::Abilities;
use crate::lsp::convert;
use crate::workspace::Workspace;

/// To which of its questions a client takes links for an answer.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "LSP has a flag for each")]
pub struct Links {
    /// `textDocument/definition`
    pub definition: bool,
    /// `textDocument/declaration`
    pub declaration: bool,
    /// `textDocument/typeDefinition`
    pub type_definition: bool,
    /// `textDocument/implementation`
    pub implementation: bool,
}

/// What the client can do, as far as it matters here.
#[derive(Clone, Debug)]
pub struct Client {
    /// The unit of columns.
    pub encoding: Encoding,
    /// What it can do with completions.
    pub completion: Abilities,
    /// It pulls diagnostics.
    pub pulls: bool,
    /// It takes `workspace/diagnostic/refresh`.
    pub refreshes: bool,
    /// It shows work-done progress.
    pub progress: bool,
    /// It registers file watchers.
    pub watches: bool,
    /// It answers `workspace/configuration`.
    pub configuration: bool,
    /// Which answers may be links from the origin.
    pub links: Links,
    /// Its document links have tooltips.
    pub link_tooltips: bool,
    /// It asks what can be renamed before it asks for a name.
    pub prepares_renames: bool,
    /// It takes parameters of signatures as offsets of their labels.
    pub label_offsets: bool,
    /// How many folding ranges it takes.
    pub folds: Option<u32>,
    /// It takes a file's symbols as a tree.
    pub nested_symbols: bool,
    /// It takes `workspace/codeLens/refresh`.
    pub lenses: bool,
    /// It opens our read-only documents (`saltflow-git:`, `saltflow-page:`).
    pub documents: bool,
    /// It shows `saltflow/status`.
    pub status: bool,
    /// It has the command `saltflow.openDiff`.
    pub diffs: bool,
    /// It takes versioned edits (`documentChanges`).
    pub document_changes: bool,
    /// It asks for the edits of a quick fix when one is chosen.
    pub resolves_edits: bool,
    /// Its workspace edits may create, rename and delete files.
    pub file_operations: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            encoding: Encoding::Utf16,
            completion: Abilities::default(),
            pulls: false,
            refreshes: false,
            progress: false,
            watches: false,
            configuration: false,
            links: Links::default(),
            link_tooltips: false,
            prepares_renames: false,
            label_offsets: false,
            folds: None,
            nested_symbols: false,
            lenses: false,
            documents: false,
            status: false,
            diffs: false,
            document_changes: false,
            resolves_edits: false,
            file_operations: false,
        }
    }
}

/// An open document.
#[derive(Clone)]
struct Document {
    buffer: Buffer,
    version: i32,
    file: PathBuf,
    /// The buffer's content.
    exact: Stored,
    /// The same with `\n` for `\r\n`, if there are any.
    plain: Option<Stored>,
}

/// A content as worlds hold it.
#[derive(Clone)]
struct Stored {
    blob: BlobId,
    content: Content,
}

impl Stored {
    fn new(text: &str) -> Self {
        let content = Content::from(text.as_bytes());
        Self { blob: BlobId::of(&content), content }
    }
}

type Documents = BTreeMap<String, Document>;

/// A workspace folder at work.
struct Folder {
    workspace: Arc<Workspace>,
    analyst: Arc<Analyst>,
    /// The snapshot of one generation: requests between two changes share its world.
    taken: Option<Snapshot>,
}

/// See the module.
#[derive(Default)]
pub struct Desk {
    /// What the client can do.
    pub client: Client,
    documents: Arc<Documents>,
    folders: Vec<Folder>,
    /// How many folders are being opened.
    opening: watch::Sender<usize>,
    /// Whether `shutdown` was asked for.
    pub shut_down: bool,
    /// Raised at the session's end.
    pub session: Stop,
    /// Grows with every change that may change an answer.
    pub generation: u64,
}

/// What one request sees: a workspace and its files, unsaved buffers included, at one moment.
#[derive(Clone)]
pub struct Snapshot {
    /// The workspace.
    pub workspace: Arc<Workspace>,
    /// Its files with the open buffers over them.
    pub world: World,
    /// What the client can do.
    pub client: Client,
    /// The desk's generation.
    pub generation: u64,
    /// Versions of the open documents, by path.
    pub versions: BTreeMap<SaltPath, i32>,
    analyst: Arc<Analyst>,
}

impl Snapshot {
    /// What its files mean.
    ///
    /// # Errors
    /// [`Stopped`], see [`Analyst::analysis_for`].
    pub fn analysis(&self, urgency: Urgency, stop: &Stop) -> Result<Arc<Analysis>, Stopped> {
        self.analyst.analysis_for(&self.workspace, &self.world, urgency, stop)
    }

    /// Finds out how its files have drifted apart from the base branch. Whether there was anything to
    /// find out.
    ///
    /// # Errors
    /// [`Stopped`], see [`Analyst::compare`].
    pub fn compare(&self, stop: &Stop) -> Result<bool, Stopped> {
        self.analyst.compare(&self.workspace, &self.world, stop)
    }

    /// What was found when files of the workspace were compared last.
    #[must_use]
    pub fn report(&self) -> Option<Arc<Report>> {
        self.analyst.report()
    }
}

/// The documents at the moment of a request, and how to learn that all folders are open.
pub struct Moment {
    documents: Arc<Documents>,
    opening: Option<watch::Receiver<usize>>,
}

impl Moment {
    /// Waits until no folder is being opened. Where none is, nothing is awaited.
    pub async fn settled(&mut self) {
        if let Some(opening) = &mut self.opening {
            // the desk lives as long as the session
            let _ = opening.wait_for(|folders| *folders == 0).await;
        }
    }
}

/// A change that does not fit the document.
#[derive(Debug, PartialEq, Eq)]
pub enum ChangeError {
    /// The document is not open.
    NotOpen,
    /// The range is reversed.
    Reversed,
}

impl Desk {
    /// Adds a workspace, replacing the one with the same root.
    pub fn add_folder(&mut self, workspace: Workspace) {
        self.generation += 1;
        let analyst = Arc::new(Analyst::new(workspace.memo.clone()));
        let workspace = Arc::new(workspace);
        match self.folders.iter_mut().find(|folder| folder.workspace.root == workspace.root) {
            Some(folder) => {
                *folder = Folder { workspace, analyst, taken: None };
            }
            None => self.folders.push(Folder { workspace, analyst, taken: None }),
        }
    }

    /// Puts a workspace whose files were read again in the place of the one with the same root.
    pub fn replace_disk(&mut self, workspace: Workspace) {
        self.generation += 1;
        if let Some(folder) = self.folders.iter_mut().find(|folder| folder.workspace.root == workspace.root) {
            folder.workspace = Arc::new(workspace);
        }
    }

    /// Removes the workspace at `root`.
    pub fn remove_folder(&mut self, root: &Path) {
        self.generation += 1;
        self.folders.retain(|folder| folder.workspace.root != root);
    }

    /// All workspaces.
    #[must_use]
    pub fn workspaces(&self) -> Vec<Arc<Workspace>> {
        self.folders.iter().map(|folder| folder.workspace.clone()).collect()
    }

    /// Whether some workspace holds `file`.
    #[must_use]
    pub fn holds(&self, file: &Path) -> bool {
        self.folder_of(&canonical(file.to_path_buf())).is_some()
    }

    /// `folders` more are being opened: requests wait.
    pub fn begin_opening(&mut self, folders: usize) {
        self.opening.send_modify(|opening| *opening += folders);
    }

    /// `folders` of them are open, or cannot be opened.
    pub fn end_opening(&mut self, folders: usize) {
        self.opening.send_modify(|opening| *opening = opening.saturating_sub(folders));
    }

    /// Opens a document; one that is open already is replaced.
    pub fn open(&mut self, uri: &lsp::Uri, version: i32, text: &str) {
        self.generation += 1;
        let Some(file) = convert::to_file(uri) else { return };
        let (exact, plain) = stored(text);
        let document = Document { buffer: Buffer::new(text), version, file: canonical(file), exact, plain };
        Arc::make_mut(&mut self.documents).insert(uri.as_str().to_owned(), document);
    }

    /// Applies the changes of one `didChange` in order.
    ///
    /// # Errors
    /// [`ChangeError`]; changes before the one that does not fit are applied.
    pub fn change(
        &mut self,
        uri: &lsp::Uri,
        version: i32,
        changes: Vec<lsp::TextDocumentContentChangeEvent>,
    ) -> Result<(), ChangeError> {
        self.generation += 1;
        let encoding = self.client.encoding;
        let document = Arc::make_mut(&mut self.documents).get_mut(uri.as_str()).ok_or(ChangeError::NotOpen)?;
        let mut result = Ok(());
        for change in changes {
            match change.range {
                None => document.buffer = Buffer::new(&change.text),
                Some(range) => {
                    let at = |p: lsp::Position| text::Position { line: p.line, column: p.character };
                    let done = document.buffer.edit(at(range.start), at(range.end), encoding, &change.text);
                    if done == Err(BufferError::Reversed) {
                        result = Err(ChangeError::Reversed);
                        break;
                    }
                }
            }
        }
        document.version = version;
        (document.exact, document.plain) = stored(&document.buffer.text());
        result
    }

    /// Closes a document: what is on disk counts again.
    pub fn close(&mut self, uri: &lsp::Uri) {
        self.generation += 1;
        Arc::make_mut(&mut self.documents).remove(uri.as_str());
    }

    /// The documents as they are now: a request's first step.
    #[must_use]
    pub fn moment(&self) -> Moment {
        let opening = (*self.opening.borrow() > 0).then(|| self.opening.subscribe());
        Moment { documents: self.documents.clone(), opening }
    }

    /// What a request about `uri` sees, with the path that the document has there. `None`: it lies
    /// in no workspace.
    #[must_use]
    pub fn snapshot_of(&mut self, moment: &Moment, uri: &lsp::Uri) -> Option<(Snapshot, SaltPath)> {
        let file = match moment.documents.get(uri.as_str()) {
            Some(document) => document.file.clone(),
            None => canonical(convert::to_file(uri)?),
        };
        let folder = self.folder_of(&file)?;
        let path = self.folders.get(folder)?.workspace.place(&file)?;
        Some((self.snapshot(moment, folder)?, path))
    }

    /// What a request about everything sees: one snapshot per workspace.
    #[must_use]
    pub fn snapshots(&mut self, moment: &Moment) -> Vec<Snapshot> {
        (0..self.folders.len()).filter_map(|folder| self.snapshot(moment, folder)).collect()
    }

    /// The innermost workspace that holds `file`.
    fn folder_of(&self, file: &Path) -> Option<usize> {
        let holding = self.folders.iter().enumerate();
        let holding = holding.filter_map(|(n, folder)| Some((folder.workspace.holds(file)?, n)));
        // of two that hold it alike, the one that was opened first
        Some(holding.max_by_key(|(length, n)| (*length, std::cmp::Reverse(*n)))?.1)
    }

    fn snapshot(&mut self, moment: &Moment, folder: usize) -> Option<Snapshot> {
        let folder = self.folders.get_mut(folder)?;
        // while a moment holds the documents, a change goes to a copy of them
        let is_now = Arc::ptr_eq(&moment.documents, &self.documents);
        if let Some(taken) = folder.taken.as_ref().filter(|taken| is_now && taken.generation == self.generation) {
            return Some(taken.clone());
        }
        let workspace = folder.workspace.clone();
        let mut world = workspace.disk.clone();
        let mut buffers = BTreeMap::new();
        let mut versions = BTreeMap::new();
        for document in moment.documents.values() {
            let Some(path) = workspace.place(&document.file) else { continue };
            if !workspace.shows(&path) {
                continue;
            }
            let stored = standing(document, &workspace.disk, &path);
            let entry = Entry { kind: EntryKind::File, blob: stored.blob };
            if world.tree.get(&path) != Some(entry) {
                world.tree.insert(path.clone(), entry);
            }
            buffers.insert(stored.blob, stored.content.clone());
            versions.insert(path, document.version);
        }
        if !buffers.is_empty() {
            world.source = Arc::new(OpenBuffers { buffers, below: world.source.clone() });
        }
        let (analyst, client) = (folder.analyst.clone(), self.client.clone());
        let taken = Snapshot { workspace, world, client, generation: self.generation, versions, analyst };
        if is_now {
            folder.taken = Some(taken.clone());
        }
        Some(taken)
    }
}

/// Contents of open documents over those of the disk.
struct OpenBuffers {
    buffers: BTreeMap<BlobId, Content>,
    below: Arc<dyn ContentSource>,
}

impl ContentSource for OpenBuffers {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        self.buffers.get(&blob).cloned().or_else(|| self.below.content(path, blob))
    }
}

/// A buffer as worlds may hold it: exactly, and with plain line ends if its own are others.
fn stored(text: &str) -> (Stored, Option<Stored>) {
    (Stored::new(text), text.contains("\r\n").then(|| Stored::new(&text.replace("\r\n", "\n"))))
}

/// A buffer as it stands in a world beside the disk's files. git converts line ends of some files,
/// and worlds hold those with plain ones: such a buffer must not look changed. Lines and columns are
/// the same either way.
fn standing<'a>(document: &'a Document, disk: &World, path: &SaltPath) -> &'a Stored {
    let (exact, Some(plain)) = (&document.exact, &document.plain) else { return &document.exact };
    let Some(entry) = disk.tree.get(path) else { return exact };
    if entry.blob == plain.blob {
        return plain;
    }
    let converted = entry.blob != exact.blob
        && disk.source.content(path, entry.blob).is_some_and(|content| !content.windows(2).any(|two| two == b"\r\n"));
    if converted { plain } else { exact }
}

/// The file's path with links in its folder resolved, as workspace roots are.
pub(crate) fn canonical(file: PathBuf) -> PathBuf {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return file };
    std::fs::canonicalize(folder).map_or_else(|_| file.clone(), |folder| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_line_ends_are_no_change_where_git_converts_them() {
        let check = |disk: Option<&str>, buffer: &str, expected: &str| {
            let path = SaltPath::new("web.sls").unwrap();
            let disk = World::in_memory(disk.map(|text| ("web.sls", text)));
            let (exact, plain) = stored(buffer);
            let file = PathBuf::from("/web.sls");
            let document = Document { buffer: Buffer::new(buffer), version: 1, file, exact, plain };
            let found = standing(&document, &disk, &path);
            assert_eq!(std::str::from_utf8(&found.content), Ok(expected), "{buffer:?}");
            assert_eq!(found.blob, BlobId::of(expected.as_bytes()));
        };
        // as on disk, edited; converted or not
        check(Some("a\nb\n"), "a\r\nb\r\n", "a\nb\n");
        check(Some("a\nb\n"), "a\r\nc\r\n", "a\nc\n");
        check(Some("a\r\nb\r\n"), "a\r\nb\r\n", "a\r\nb\r\n");
        check(Some("a\r\nb\r\n"), "a\r\nc\r\n", "a\r\nc\r\n");
        check(Some("a\nb\n"), "a\nc\n", "a\nc\n");
        check(None, "a\r\n", "a\r\n");
    }
}
