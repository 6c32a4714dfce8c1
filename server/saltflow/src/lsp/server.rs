//! The language server: what each message does. House rules: a notification handler has no
//! `.await`; a request handler takes its snapshot first and hands the work to [`task::run`]; no
//! handler awaits the client.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types as lsp;
use world::{Stop, Stopped};

use crate::analyst::Urgency;
use crate::lsp::actions::{self, Chosen};
use crate::lsp::capabilities;
use crate::lsp::completion;
use crate::lsp::convert;
use crate::lsp::desk::{Desk, Moment};
use crate::lsp::document::Document;
use crate::lsp::documents::{self, ContentParams};
use crate::lsp::lens;
use crate::lsp::navigation;
use crate::lsp::places::Places;
use crate::lsp::pull;
use crate::lsp::reading::{self, Answered};
use crate::lsp::renaming;
use crate::lsp::search;
use crate::lsp::task::{self, Latency};
use crate::lsp::todo::Event;
use crate::lsp::who;

/// The server behind the transport.
pub struct Server {
    desk: Arc<Mutex<Desk>>,
    events: UnboundedSender<Event>,
    answered: Arc<Answered>,
}

impl Server {
    /// A server whose background work is told of through `events`.
    #[must_use]
    pub fn new(desk: Arc<Mutex<Desk>>, events: UnboundedSender<Event>) -> Self {
        Self { desk, events, answered: Arc::default() }
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
        let (mut moment, stop) = self.moment();
        moment.settled().await;
        let snapshot = self.desk.lock().snapshot_of(&moment, uri);
        drop(moment);
        let Some((snapshot, path)) = snapshot else { return Ok(T::default()) };
        task::run(latency, stop, move |stop| {
            let urgency = if latency == Latency::Typing { Urgency::Asked } else { Urgency::Background };
            let analysis = snapshot.analysis(urgency, stop)?;
            let places = Places::new(&snapshot);
            let Some(lines) = places.lines(&path) else { return Ok(T::default()) };
            work(&Document {
                snapshot: &snapshot,
                analysis: &analysis,
                places: &places,
                path: &path,
                lines: &lines,
                stop,
            })
        })
        .await
    }

    /// The documents as they are now, and what stops a request about them.
    fn moment(&self) -> (Moment, Stop) {
        let desk = self.desk.lock();
        (desk.moment(), desk.session.child())
    }

    /// Answers `saltflow/content` (docs/lsp-extensions.md): a read-only document, or nothing.
    ///
    /// # Errors
    /// There is no such commit; as [`task::run`].
    pub async fn content(&self, params: ContentParams) -> Result<Option<documents::Content>> {
        if let Some(page) = documents::page(&params.uri) {
            return Ok(Some(page));
        }
        let Some(wanted) = documents::git_file(&params.uri) else { return Ok(None) };
        let (mut moment, stop) = self.moment();
        moment.settled().await;
        let snapshot = convert::to_uri(&wanted.file).and_then(|uri| self.desk.lock().snapshot_of(&moment, &uri));
        drop(moment);
        let Some((snapshot, path)) = snapshot else { return Ok(None) };
        let found = task::run(Latency::Typing, stop, move |_| {
            let workspace = &snapshot.workspace;
            let wanted = documents::GitFile { file: workspace.file(&path), ..wanted };
            Ok(documents::content(workspace, &wanted))
        });
        found.await?.map_err(|error| Error::invalid_params(error.to_string()))
    }

    /// Answers what was sent in place of a malformed message (see [`crate::lsp::frames`]).
    ///
    /// # Errors
    /// JSON-RPC's error for it, always.
    pub async fn malformed(&self, params: serde_json::Value) -> Result<()> {
        Err(match params.get("code").and_then(serde_json::Value::as_i64) {
            Some(-32_600) => Error::invalid_request(),
            Some(-32_601) => Error::method_not_found(),
            _ => Error::parse_error(),
        })
    }
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
        let folders = folders(&params);
        let mut desk = self.desk.lock();
        desk.client = client;
        desk.begin_opening(folders.len());
        drop(desk);
        if let Some(options) = &params.initialization_options {
            self.tell(Event::Settings(Some(options.get("saltflow").unwrap_or(options).clone())));
        }
        self.tell(Event::Folders { added: folders, removed: Vec::new() });
        if let Some(parent) = params.process_id {
            crate::lsp::parent::exit_with(parent);
        }
        Ok(result)
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.tell(Event::Greeted);
    }

    async fn shutdown(&self) -> Result<()> {
        let mut desk = self.desk.lock();
        desk.shut_down = true;
        desk.session.raise();
        drop(desk);
        self.tell(Event::Stop);
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        let document = params.text_document;
        let mut desk = self.desk.lock();
        desk.open(&document.uri, document.version, &document.text);
        let file = convert::to_file(&document.uri);
        let stray = file.clone().filter(|file| !desk.holds(file));
        if stray.is_some() {
            desk.begin_opening(1);
        }
        drop(desk);
        if let Some(file) = stray {
            self.tell(Event::Stray(file));
        }
        self.tell(file.map_or(Event::Edited, Event::Opened));
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
        self.answered.forget(&params.text_document.uri);
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
        let files = |folders: &[lsp::WorkspaceFolder]| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| convert::to_file(&folder.uri)).collect()
        };
        let (added, removed) = (files(&params.event.added), files(&params.event.removed));
        self.desk.lock().begin_opening(added.len());
        self.tell(Event::Folders { added, removed });
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let at = params.text_document_position;
        let uri = at.text_document.uri;
        self.on_document(&uri.clone(), Latency::Typing, move |document| {
            let position = document.position(at.position);
            let found = ide::completion(document.analysis, &position, document.stop)?;
            let list = completion::List {
                uri: &uri,
                analysis: document.analysis,
                lines: document.lines,
                offset: position.offset,
                abilities: document.snapshot.client.completion,
            };
            let items = list.items(&found.items);
            Ok(Some(lsp::CompletionResponse::List(lsp::CompletionList { is_incomplete: found.incomplete, items })))
        })
        .await
    }

    async fn completion_resolve(&self, item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        let Some(known) = completion::Known::of(&item) else { return Ok(item) };
        let uri = known.uri.clone();
        let documentation = self.on_document(&uri, Latency::Typing, move |document| {
            Ok(completion::documentation(document.analysis, &known, document.snapshot.client.completion))
        });
        let documentation = documentation.await?.or_else(|| item.documentation.clone());
        Ok(lsp::CompletionItem { documentation, ..item })
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let at = params.text_document_position_params;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let hover = ide::hover(document.analysis, &document.position(at.position), document.stop)?;
            Ok(hover.map(|hover| {
                let mut value = hover.markdown;
                if let (Some(upstream), Some(versions)) = (document.analysis.upstream.as_deref(), &hover.versions) {
                    value.push_str(&who::lines(document.snapshot, upstream, versions));
                }
                let markup = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value };
                let range = Some(document.lines.range(hover.range));
                lsp::Hover { contents: lsp::HoverContents::Markup(markup), range }
            }))
        })
        .await
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        let uri = params.text_document.uri;
        self.on_document(&uri.clone(), Latency::Typing, move |document| {
            Ok(Some(lens::lenses(document.analysis, document.path, &uri, document.lines)))
        })
        .await
    }

    async fn code_lens_resolve(&self, lens: lsp::CodeLens) -> Result<lsp::CodeLens> {
        let Some(known) = lens::Known::of(&lens) else { return Ok(lens) };
        let command = self
            .on_document(&known.uri.clone(), Latency::Typing, move |document| {
                Ok(Some(lens::resolved(document.snapshot, document.analysis, document.path, &known)))
            })
            .await?;
        Ok(lsp::CodeLens { command, ..lens })
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
        self.on_document(&params.text_document.uri.clone(), Latency::Typing, move |document| {
            actions::actions(document.snapshot, document.analysis, document.path, &params, document.stop).map(Some)
        })
        .await
    }

    async fn code_action_resolve(&self, action: lsp::CodeAction) -> Result<lsp::CodeAction> {
        let Some(chosen) = Chosen::of(&action).filter(|_| action.command.is_none()) else { return Ok(action) };
        let uri = chosen.uri.clone();
        let edit = self.on_document(&uri, Latency::Typing, move |document| {
            actions::resolved(document.snapshot, document.path, &chosen, document.stop).map(Some)
        });
        let edit = edit.await?.transpose()?;
        Ok(lsp::CodeAction { edit, ..action })
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<serde_json::Value>> {
        if params.command != actions::SHOW_COMMAND {
            return Err(Error::invalid_params(format!("there is no command {}", params.command)));
        }
        let (mut moment, _) = self.moment();
        moment.settled().await;
        let uri = params.arguments.first().and_then(|argument| argument.get("uri")).cloned();
        let uri = uri.and_then(|uri| serde_json::from_value::<lsp::Uri>(uri).ok());
        let snapshot = uri.and_then(|uri| self.desk.lock().snapshot_of(&moment, &uri));
        let report = snapshot.and_then(|(snapshot, _)| snapshot.report());
        if let Some(advice) = report.and_then(|report| actions::advice(&report)) {
            self.tell(Event::Say(advice));
        }
        Ok(None)
    }

    async fn goto_definition(&self, params: lsp::GotoDefinitionParams) -> Result<Option<lsp::GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let targets = ide::definition(document.analysis, &document.position(at.position), document.stop)?;
            Ok(navigation::targets(document, &targets, document.snapshot.client.links.definition))
        })
        .await
    }

    async fn goto_declaration(
        &self,
        params: lsp::request::GotoDeclarationParams,
    ) -> Result<Option<lsp::request::GotoDeclarationResponse>> {
        let at = params.text_document_position_params;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let position = document.position(at.position);
            let mut targets = ide::declaration(document.analysis, &position);
            if targets.is_empty() {
                targets = ide::definition(document.analysis, &position, document.stop)?;
            }
            Ok(navigation::targets(document, &targets, document.snapshot.client.links.declaration))
        })
        .await
    }

    async fn goto_type_definition(
        &self,
        params: lsp::request::GotoTypeDefinitionParams,
    ) -> Result<Option<lsp::request::GotoTypeDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let targets = ide::type_definition(document.analysis, &document.position(at.position));
            Ok(navigation::targets(document, &targets, document.snapshot.client.links.type_definition))
        })
        .await
    }

    async fn goto_implementation(
        &self,
        params: lsp::request::GotoImplementationParams,
    ) -> Result<Option<lsp::request::GotoImplementationResponse>> {
        let at = params.text_document_position_params;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let targets = ide::implementation(document.analysis, &document.position(at.position), document.stop)?;
            Ok(navigation::targets(document, &targets, document.snapshot.client.links.implementation))
        })
        .await
    }

    async fn document_highlight(
        &self,
        params: lsp::DocumentHighlightParams,
    ) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        let at = params.text_document_position_params;
        let run = move |document: &Document<'_>| navigation::highlights(document, at.position);
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, run).await
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        let run = |document: &Document<'_>| Ok(Some(navigation::folds(document)));
        self.on_document(&params.text_document.uri, Latency::Typing, run).await
    }

    async fn selection_range(&self, params: lsp::SelectionRangeParams) -> Result<Option<Vec<lsp::SelectionRange>>> {
        let positions = params.positions;
        let run = move |document: &Document<'_>| Ok(Some(navigation::selections(document, &positions)));
        self.on_document(&params.text_document.uri, Latency::Typing, run).await
    }

    async fn document_link(&self, params: lsp::DocumentLinkParams) -> Result<Option<Vec<lsp::DocumentLink>>> {
        self.on_document(&params.text_document.uri, Latency::Typing, navigation::links).await
    }

    async fn linked_editing_range(
        &self,
        params: lsp::LinkedEditingRangeParams,
    ) -> Result<Option<lsp::LinkedEditingRanges>> {
        let at = params.text_document_position_params;
        let run = move |document: &Document<'_>| Ok(navigation::linked(document, at.position));
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, run).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: lsp::CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyItem>>> {
        let at = params.text_document_position_params;
        let run = move |document: &Document<'_>| Ok(navigation::calls_at(document, at.position));
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, run).await
    }

    async fn incoming_calls(
        &self,
        params: lsp::CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyIncomingCall>>> {
        let (item, uri) = (params.item.clone(), params.item.uri);
        let run = move |document: &Document<'_>| navigation::incoming(document, &item);
        self.on_document(&uri, Latency::Typing, run).await
    }

    async fn outgoing_calls(
        &self,
        params: lsp::CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyOutgoingCall>>> {
        let (item, uri) = (params.item.clone(), params.item.uri);
        let run = move |document: &Document<'_>| navigation::outgoing(document, &item);
        self.on_document(&uri, Latency::Typing, run).await
    }

    async fn semantic_tokens_full(
        &self,
        params: lsp::SemanticTokensParams,
    ) -> Result<Option<lsp::SemanticTokensResult>> {
        let (uri, answered) = (params.text_document.uri.clone(), self.answered.clone());
        let run = move |document: &Document<'_>| {
            reading::tokens(document, &uri, &answered).map(|tokens| Some(lsp::SemanticTokensResult::Tokens(tokens)))
        };
        self.on_document(&params.text_document.uri, Latency::Typing, run).await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: lsp::SemanticTokensDeltaParams,
    ) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
        let (uri, answered) = (params.text_document.uri.clone(), self.answered.clone());
        let before = params.previous_result_id;
        let run = move |document: &Document<'_>| reading::tokens_since(document, &uri, &before, &answered).map(Some);
        self.on_document(&params.text_document.uri, Latency::Typing, run).await
    }

    async fn semantic_tokens_range(
        &self,
        params: lsp::SemanticTokensRangeParams,
    ) -> Result<Option<lsp::SemanticTokensRangeResult>> {
        let range = params.range;
        let run = move |document: &Document<'_>| {
            reading::tokens_within(document, range).map(|tokens| Some(lsp::SemanticTokensRangeResult::Tokens(tokens)))
        };
        self.on_document(&params.text_document.uri, Latency::Typing, run).await
    }

    async fn inlay_hint(&self, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
        let range = params.range;
        let run = move |document: &Document<'_>| reading::hints(document, range).map(Some);
        self.on_document(&params.text_document.uri, Latency::Typing, run).await
    }

    async fn signature_help(&self, params: lsp::SignatureHelpParams) -> Result<Option<lsp::SignatureHelp>> {
        let at = params.text_document_position_params;
        let run = move |document: &Document<'_>| Ok(reading::signature(document, at.position));
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, run).await
    }

    async fn prepare_rename(
        &self,
        params: lsp::TextDocumentPositionParams,
    ) -> Result<Option<lsp::PrepareRenameResponse>> {
        let at = params.position;
        let run = move |document: &Document<'_>| renaming::prepare(document, at).map(Some);
        self.on_document(&params.text_document.uri, Latency::Typing, run).await?.transpose()
    }

    async fn rename(&self, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
        let at = params.text_document_position;
        let run = move |document: &Document<'_>| renaming::rename(document, at.position, &params.new_name).map(Some);
        self.on_document(&at.text_document.uri, Latency::Typing, run).await?.transpose()
    }

    async fn will_rename_files(&self, params: lsp::RenameFilesParams) -> Result<Option<lsp::WorkspaceEdit>> {
        let (mut moment, stop) = self.moment();
        moment.settled().await;
        let (snapshot, moves) = renaming::moves(&mut self.desk.lock(), &moment, &params);
        drop(moment);
        let Some(snapshot) = snapshot else { return Ok(None) };
        let run = move |stop: &Stop| renaming::moved(&snapshot, &moves, stop);
        // an editor moves the files in any case: a refusal is no error of its own
        Ok(task::run(Latency::Typing, stop, run).await?.inspect_err(|error| tracing::info!("{error}")).ok())
    }

    async fn symbol(&self, params: lsp::WorkspaceSymbolParams) -> Result<Option<lsp::WorkspaceSymbolResponse>> {
        let (mut moment, stop) = self.moment();
        moment.settled().await;
        let snapshots = self.desk.lock().snapshots(&moment);
        drop(moment);
        let run = move |stop: &Stop| search::workspace_symbols(&snapshots, &params.query, stop);
        task::run(Latency::Background, stop, run).await.map(|found| Some(lsp::WorkspaceSymbolResponse::Flat(found)))
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        let at = params.text_document_position;
        let declaration = params.context.include_declaration;
        self.on_document(&at.text_document.uri.clone(), Latency::Typing, move |document| {
            let found =
                ide::references(document.analysis, &document.position(at.position), declaration, document.stop)?;
            Ok(Some(found.iter().filter_map(|place| document.places.location(place)).collect()))
        })
        .await
    }

    async fn document_symbol(&self, params: lsp::DocumentSymbolParams) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.on_document(&params.text_document.uri, Latency::Typing, move |document| {
            let symbols = ide::document_symbols(document.analysis, document.path, document.stop)?;
            if !document.snapshot.client.nested_symbols {
                return Ok(Some(lsp::DocumentSymbolResponse::Flat(navigation::flat_symbols(document, &symbols))));
            }
            let symbols = symbols.iter().map(|symbol| convert::symbol(symbol, document.lines)).collect();
            Ok(Some(lsp::DocumentSymbolResponse::Nested(symbols)))
        })
        .await
    }

    async fn diagnostic(&self, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReportResult> {
        let items = self
            .on_document(&params.text_document.uri, Latency::Background, move |document| {
                pull::diagnostics(document.places, document.snapshot, document.analysis, document.path, document.stop)
            })
            .await
            .map_err(pull::retry)?;
        Ok(pull::document_report(items, params.previous_result_id.as_deref()))
    }

    async fn workspace_diagnostic(
        &self,
        params: lsp::WorkspaceDiagnosticParams,
    ) -> Result<lsp::WorkspaceDiagnosticReportResult> {
        let (mut moment, stop) = self.moment();
        moment.settled().await;
        let snapshots = self.desk.lock().snapshots(&moment);
        drop(moment);
        task::run(Latency::Background, stop, move |stop| {
            let mut report = pull::WorkspaceReport::new(params.previous_result_ids);
            for snapshot in &snapshots {
                report.add(snapshot, stop)?;
            }
            Ok(report.finish())
        })
        .await
        .map_err(pull::retry)
    }
}
