//! The language server: what each message does. House rules: a notification handler has no
//! `.await`; a request handler takes its snapshot first and hands the work to [`task::run`]; no
//! handler awaits the client.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ide::{Analysis, FilePosition, FileRange};
use parking_lot::Mutex;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types as lsp;
use world::{SaltPath, Stop, Stopped};

use crate::lsp::capabilities;
use crate::lsp::convert::{self, Lines};
use crate::lsp::desk::{Desk, Snapshot};
use crate::lsp::task::{self, Latency};

/// What the background has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The session starts: open the folders and watch them.
    Start(Vec<PathBuf>),
    /// A document changed; publish once typing pauses.
    Edited,
    /// Files below these paths may have changed on disk.
    Disk(Vec<PathBuf>),
    /// Refs of a repository may have moved.
    Refs,
    /// The editor's settings changed: what it sent, if it did.
    Settings(Option<serde_json::Value>),
    /// Folders were added and removed.
    Folders {
        /// To open.
        added: Vec<PathBuf>,
        /// To close.
        removed: Vec<PathBuf>,
    },
    /// A document outside of all folders was opened: open the repository it lies in.
    Stray(PathBuf),
    /// The session ends.
    Stop,
}

/// The server behind the transport.
pub struct Server {
    desk: Arc<Mutex<Desk>>,
    events: UnboundedSender<Event>,
}

impl Server {
    /// A server whose background work is told of through `events`.
    #[must_use]
    pub fn new(desk: Arc<Mutex<Desk>>, events: UnboundedSender<Event>) -> Self {
        Self { desk, events }
    }

    fn tell(&self, event: Event) {
        // the background is gone only while the process ends
        let _ = self.events.send(event);
    }

    /// Runs `work` on the document `uri` as it is now. No workspace holds it: the default answer.
    async fn on_document<T: Default + Send + 'static>(
        &self,
        uri: &lsp::Uri,
        latency: Latency,
        work: impl FnOnce(&Document<'_>) -> std::result::Result<T, Stopped> + Send + 'static,
    ) -> Result<T> {
        let snapshot = self.desk.lock().snapshot_of(uri);
        let Some((snapshot, path)) = snapshot else { return Ok(T::default()) };
        task::run(latency, Stop::new(), move |stop| {
            let analysis = snapshot.analyst.analysis(&snapshot.workspace, &snapshot.world, stop)?;
            let Some(lines) = lines(&snapshot, &path) else { return Ok(T::default()) };
            work(&Document { snapshot: &snapshot, analysis: &analysis, path: &path, lines: &lines, stop })
        })
        .await
    }
}

/// A document as one request sees it.
pub struct Document<'a> {
    snapshot: &'a Snapshot,
    analysis: &'a Analysis,
    path: &'a SaltPath,
    lines: &'a Lines,
    stop: &'a Stop,
}

impl Document<'_> {
    fn position(&self, position: lsp::Position) -> FilePosition {
        FilePosition { path: self.path.clone(), offset: self.lines.offset(position) }
    }
}

/// The text of `path` in the snapshot's world.
#[must_use]
pub fn lines(snapshot: &Snapshot, path: &SaltPath) -> Option<Lines> {
    let entry = snapshot.world.tree.get(path)?;
    let content = snapshot.world.source.content(path, entry.blob)?;
    Some(Lines::new(String::from_utf8_lossy(&content).into_owned(), snapshot.client.encoding))
}

/// Where `place` is, for the client.
#[must_use]
pub fn location(snapshot: &Snapshot, place: &FileRange) -> Option<lsp::Location> {
    let uri = convert::to_uri(&snapshot.workspace.file(&place.path))?;
    let range = lines(snapshot, &place.path).map(|lines| lines.range(place.range)).unwrap_or_default();
    Some(lsp::Location { uri, range })
}

/// A file's diagnostics in LSP's terms.
///
/// # Errors
/// [`Stopped`].
pub fn diagnostics(
    snapshot: &Snapshot,
    analysis: &Analysis,
    path: &SaltPath,
    stop: &Stop,
) -> std::result::Result<Vec<lsp::Diagnostic>, Stopped> {
    let found = ide::diagnostics(analysis, path, stop)?;
    let Some(lines) = lines(snapshot, path) else { return Ok(Vec::new()) };
    Ok(found
        .iter()
        .filter_map(|finding| {
            let range = finding.place.as_ref().map(|place| lines.range(place.range)).unwrap_or_default();
            convert::diagnostic(finding, range, |place| location(snapshot, place))
        })
        .collect())
}

fn folders(params: &lsp::InitializeParams) -> Vec<PathBuf> {
    let given = params.workspace_folders.iter().flatten().filter_map(|folder| convert::to_file(&folder.uri));
    let mut folders: Vec<PathBuf> = given.collect();
    #[allow(deprecated, reason = "older clients send only rootUri")]
    if folders.is_empty() {
        folders.extend(params.root_uri.as_ref().and_then(convert::to_file));
    }
    folders
}

impl LanguageServer for Server {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let client = capabilities::of_client(&params.capabilities);
        let result = capabilities::of_server(&client);
        self.desk.lock().client = client;
        if let Some(options) = &params.initialization_options {
            self.tell(Event::Settings(Some(options.get("saltflow").unwrap_or(options).clone())));
        }
        self.tell(Event::Start(folders(&params)));
        if let Some(parent) = params.process_id {
            crate::lsp::parent::exit_with(parent);
        }
        Ok(result)
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.tell(Event::Settings(None));
    }

    async fn shutdown(&self) -> Result<()> {
        self.desk.lock().shut_down = true;
        self.tell(Event::Stop);
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        let document = params.text_document;
        let mut desk = self.desk.lock();
        desk.open(&document.uri, document.version, &document.text);
        let stray = convert::to_file(&document.uri).filter(|file| !desk.holds(file));
        drop(desk);
        if let Some(file) = stray {
            self.tell(Event::Stray(file));
        }
        self.tell(Event::Edited);
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        let document = params.text_document;
        let changed = self.desk.lock().change(&document.uri, document.version, params.content_changes);
        if let Err(error) = changed {
            tracing::warn!("a change of {} does not fit: {error:?}", document.uri.as_str());
        }
        self.tell(Event::Edited);
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        self.desk.lock().close(&params.text_document.uri);
        self.tell(Event::Edited);
    }

    async fn did_save(&self, params: lsp::DidSaveTextDocumentParams) {
        self.tell(Event::Disk(convert::to_file(&params.text_document.uri).into_iter().collect()));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        self.tell(Event::Disk(params.changes.iter().filter_map(|change| convert::to_file(&change.uri)).collect()));
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        let sent = params.settings.get("saltflow").cloned();
        self.tell(Event::Settings(sent));
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        let files =
            |folders: &[lsp::WorkspaceFolder]| folders.iter().filter_map(|f| convert::to_file(&f.uri)).collect();
        self.tell(Event::Folders { added: files(&params.event.added), removed: files(&params.event.removed) });
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let at = params.text_document_position;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let items = ide::completion(document.analysis, &document.position(at.position), document.stop)?;
            let items: Vec<_> =
                items.iter().enumerate().map(|(n, item)| convert::completion(item, document.lines, n)).collect();
            // what fits may change with every letter, as keys and IDs come from a fuzzy match
            Ok(Some(lsp::CompletionResponse::List(lsp::CompletionList { is_incomplete: false, items })))
        })
        .await
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let at = params.text_document_position_params;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let hover = ide::hover(document.analysis, &document.position(at.position), document.stop)?;
            Ok(hover.map(|hover| lsp::Hover {
                contents: lsp::HoverContents::Markup(lsp::MarkupContent {
                    kind: lsp::MarkupKind::Markdown,
                    value: hover.markdown,
                }),
                range: Some(document.lines.range(hover.range)),
            }))
        })
        .await
    }

    async fn goto_definition(&self, params: lsp::GotoDefinitionParams) -> Result<Option<lsp::GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let targets = ide::definition(document.analysis, &document.position(at.position), document.stop)?;
            if targets.is_empty() {
                return Ok(None);
            }
            let snapshot = document.snapshot;
            let locations = targets.iter().filter_map(|target| location(snapshot, &target.name));
            if !snapshot.client.links {
                return Ok(Some(lsp::GotoDefinitionResponse::Array(locations.collect())));
            }
            let links = targets.iter().filter_map(|target| {
                let name = location(snapshot, &target.name)?;
                let extent = FileRange { path: target.name.path.clone(), range: target.extent.join(target.name.range) };
                Some(lsp::LocationLink {
                    origin_selection_range: Some(document.lines.range(target.origin)),
                    target_uri: name.uri,
                    target_range: location(snapshot, &extent)?.range,
                    target_selection_range: name.range,
                })
            });
            Ok(Some(lsp::GotoDefinitionResponse::Link(links.collect())))
        })
        .await
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        let at = params.text_document_position;
        let declaration = params.context.include_declaration;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let places =
                ide::references(document.analysis, &document.position(at.position), declaration, document.stop)?;
            Ok(Some(places.iter().filter_map(|place| location(document.snapshot, place)).collect()))
        })
        .await
    }

    async fn document_symbol(&self, params: lsp::DocumentSymbolParams) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.on_document(&params.text_document.uri, Latency::Typing, move |document| {
            let symbols = ide::document_symbols(document.analysis, document.path, document.stop)?;
            let symbols = symbols.iter().map(|symbol| convert::symbol(symbol, document.lines)).collect();
            Ok(Some(lsp::DocumentSymbolResponse::Nested(symbols)))
        })
        .await
    }

    async fn diagnostic(&self, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReportResult> {
        let items = self
            .on_document(&params.text_document.uri, Latency::Background, move |document| {
                diagnostics(document.snapshot, document.analysis, document.path, document.stop)
            })
            .await
            .map_err(retry)?;
        let report = lsp::FullDocumentDiagnosticReport { result_id: None, items };
        Ok(lsp::DocumentDiagnosticReportResult::Report(lsp::DocumentDiagnosticReport::Full(
            lsp::RelatedFullDocumentDiagnosticReport {
                related_documents: None,
                full_document_diagnostic_report: report,
            },
        )))
    }

    async fn workspace_diagnostic(
        &self,
        _: lsp::WorkspaceDiagnosticParams,
    ) -> Result<lsp::WorkspaceDiagnosticReportResult> {
        let snapshots = self.desk.lock().snapshots();
        let items = task::run(Latency::Background, Stop::new(), move |stop| {
            let mut items = Vec::new();
            for snapshot in &snapshots {
                let analysis = snapshot.analyst.analysis(&snapshot.workspace, &snapshot.world, stop)?;
                for path in ide::files_with_diagnostics(&analysis, stop)? {
                    let Some(uri) = convert::to_uri(&snapshot.workspace.file(&path)) else { continue };
                    let items_of = diagnostics(snapshot, &analysis, &path, stop)?;
                    let version = snapshot.versions.get(&path).map(|version| i64::from(*version));
                    items.push(lsp::WorkspaceDocumentDiagnosticReport::Full(
                        lsp::WorkspaceFullDocumentDiagnosticReport {
                            uri,
                            version,
                            full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport {
                                result_id: None,
                                items: items_of,
                            },
                        },
                    ));
                }
            }
            Ok(items)
        })
        .await
        .map_err(retry)?;
        Ok(lsp::WorkspaceDiagnosticReportResult::Report(lsp::WorkspaceDiagnosticReport { items }))
    }
}

/// A stopped pull is asked for again (LSP 3.17, `ServerCancelled` with `retriggerRequest`).
fn retry(error: Error) -> Error {
    if error.code == ErrorCode::ContentModified {
        let data = Some(serde_json::json!({ "retriggerRequest": true }));
        return Error { code: ErrorCode::ServerError(-32802), data, ..error };
    }
    error
}

/// Whether `file` is a settings file of a workspace.
#[must_use]
pub fn is_settings(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == crate::settings::FILE_NAME)
}
