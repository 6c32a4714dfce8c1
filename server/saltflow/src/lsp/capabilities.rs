//! What the two sides of a session can do (LSP 3.17, `ClientCapabilities`, `ServerCapabilities`).

use text::Encoding;
use tower_lsp::ls_types as lsp;

use crate::lsp::actions::SHOW_COMMAND;
use crate::lsp::completion::Abilities;
use crate::lsp::desk::{Client, Links};

/// What matters of the client's capabilities.
#[must_use]
#[allow(clippy::too_many_lines, reason = "one entry for each capability")]
pub fn of_client(given: &lsp::ClientCapabilities) -> Client {
    let general = given.general.as_ref();
    let encodings = general.and_then(|general| general.position_encodings.as_deref()).unwrap_or(&[]);
    let encoding = if encodings.contains(&lsp::PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if encodings.contains(&lsp::PositionEncodingKind::UTF32)
        && !encodings.contains(&lsp::PositionEncodingKind::UTF16)
    {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    };
    let document = given.text_document.as_ref();
    let workspace = given.workspace.as_ref();
    let window = given.window.as_ref();
    let refreshes = workspace
        .and_then(|workspace| workspace.diagnostics.as_ref())
        .is_some_and(|diagnostics| diagnostics.refresh_support == Some(true));
    let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
    // docs/lsp-extensions.md
    let experimental = given.experimental.as_ref().and_then(|experimental| experimental.get("saltflow"));
    let ours = |name: &str| experimental.and_then(|can| can.get(name)) == Some(&serde_json::Value::Bool(true));
    Client {
        encoding,
        completion: Abilities::of(document),
        // a client that pulls but cannot be told to pull again (Neovim 0.11) would keep what it got
        // before the repository was read, and never see what an edit elsewhere changes
        pulls: refreshes && document.is_some_and(|document| document.diagnostic.is_some()),
        refreshes,
        progress: window.and_then(|window| window.work_done_progress) == Some(true),
        watches: workspace
            .and_then(|workspace| workspace.did_change_watched_files.as_ref())
            .is_some_and(|watched| watched.dynamic_registration == Some(true)),
        configuration: workspace.and_then(|workspace| workspace.configuration) == Some(true),
        links: links(document),
        link_tooltips: document
            .and_then(|document| document.document_link.as_ref())
            .is_some_and(|link| link.tooltip_support == Some(true)),
        label_offsets: label_offsets(document),
        prepares_renames: document
            .and_then(|document| document.rename.as_ref())
            .is_some_and(|rename| rename.prepare_support == Some(true)),
        folds: document.and_then(|document| document.folding_range.as_ref()).and_then(|folding| folding.range_limit),
        nested_symbols: document
            .and_then(|document| document.document_symbol.as_ref())
            .is_some_and(|symbol| symbol.hierarchical_document_symbol_support == Some(true)),
        lenses: workspace
            .and_then(|workspace| workspace.code_lens.as_ref())
            .is_some_and(|lens| lens.refresh_support == Some(true)),
        documents: ours("documents"),
        status: ours("status"),
        diffs: ours("openDiff"),
        // operations on files exist only in versioned edits, which Neovim 0.11 does not name
        document_changes: edits.is_some_and(|edit| {
            edit.document_changes == Some(true) || edit.resource_operations.as_ref().is_some_and(|ops| !ops.is_empty())
        }),
        resolves_edits: document
            .and_then(|document| document.code_action.as_ref())
            .filter(|action| action.data_support == Some(true))
            .and_then(|action| action.resolve_support.as_ref())
            .is_some_and(|support| support.properties.iter().any(|property| property == "edit")),
        file_operations: edits.and_then(|edit| edit.resource_operations.as_ref()).is_some_and(|operations| {
            use lsp::ResourceOperationKind as Kind;
            [Kind::Create, Kind::Rename, Kind::Delete].iter().all(|kind| operations.contains(kind))
        }),
    }
}

fn label_offsets(document: Option<&lsp::TextDocumentClientCapabilities>) -> bool {
    document
        .and_then(|document| document.signature_help.as_ref())
        .and_then(|help| help.signature_information.as_ref())
        .and_then(|information| information.parameter_information.as_ref())
        .is_some_and(|information| information.label_offset_support == Some(true))
}

fn links(document: Option<&lsp::TextDocumentClientCapabilities>) -> Links {
    let takes = |goto: Option<&lsp::GotoCapability>| goto.is_some_and(|goto| goto.link_support == Some(true));
    Links {
        definition: takes(document.and_then(|document| document.definition.as_ref())),
        declaration: takes(document.and_then(|document| document.declaration.as_ref())),
        type_definition: takes(document.and_then(|document| document.type_definition.as_ref())),
        implementation: takes(document.and_then(|document| document.implementation.as_ref())),
    }
}

/// What this server offers to that client.
#[must_use]
pub fn of_server(client: &Client) -> lsp::InitializeResult {
    let encoding = match client.encoding {
        Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
        Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        Encoding::Utf32 => lsp::PositionEncodingKind::UTF32,
    };
    let sync = lsp::TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
        save: Some(lsp::TextDocumentSyncSaveOptions::SaveOptions(lsp::SaveOptions { include_text: Some(false) })),
        ..lsp::TextDocumentSyncOptions::default()
    };
    let diagnostics = client.pulls.then(|| {
        lsp::DiagnosticServerCapabilities::Options(lsp::DiagnosticOptions {
            identifier: Some("saltflow".to_owned()),
            inter_file_dependencies: true,
            workspace_diagnostics: true,
            ..lsp::DiagnosticOptions::default()
        })
    });
    lsp::InitializeResult {
        capabilities: lsp::ServerCapabilities {
            position_encoding: Some(encoding),
            text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(sync)),
            diagnostic_provider: diagnostics,
            workspace: Some(lsp::WorkspaceServerCapabilities {
                workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                    supported: Some(true),
                    change_notifications: Some(lsp::OneOf::Left(true)),
                }),
                file_operations: Some(file_operations()),
            }),
            rename_provider: Some(if client.prepares_renames {
                lsp::OneOf::Right(lsp::RenameOptions {
                    prepare_provider: Some(true),
                    work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
                })
            } else {
                lsp::OneOf::Left(true)
            }),
            ..features()
        },
        server_info: Some(lsp::ServerInfo {
            name: "saltflow".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        offset_encoding: None,
    }
}

/// Files and folders whose moves other files have to follow: all of them, as anything may be named by a
/// `salt://` URL.
fn file_operations() -> lsp::WorkspaceFileOperationsServerCapabilities {
    let pattern = |matches| lsp::FileOperationFilter {
        scheme: Some("file".to_owned()),
        pattern: lsp::FileOperationPattern { glob: "**/*".to_owned(), matches: Some(matches), options: None },
    };
    let filters = vec![pattern(lsp::FileOperationPatternKind::File), pattern(lsp::FileOperationPatternKind::Folder)];
    lsp::WorkspaceFileOperationsServerCapabilities {
        will_rename: Some(lsp::FileOperationRegistrationOptions { filters }),
        ..lsp::WorkspaceFileOperationsServerCapabilities::default()
    }
}

/// What is offered to every client.
fn features() -> lsp::ServerCapabilities {
    let completion = lsp::CompletionOptions {
        trigger_characters: Some([":", ".", "'", "\"", "/", "-", " ", "{", "|"].map(str::to_owned).to_vec()),
        resolve_provider: Some(true),
        ..lsp::CompletionOptions::default()
    };
    let progress = lsp::WorkDoneProgressOptions::default();
    let tokens = lsp::SemanticTokensOptions {
        work_done_progress_options: progress,
        legend: crate::lsp::reading::legend(),
        range: Some(true),
        full: Some(lsp::SemanticTokensFullOptions::Delta { delta: Some(true) }),
    };
    let signatures = lsp::SignatureHelpOptions {
        trigger_characters: Some(vec!["(".to_owned(), ",".to_owned()]),
        retrigger_characters: None,
        work_done_progress_options: progress,
    };
    lsp::ServerCapabilities {
        completion_provider: Some(completion),
        hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
        definition_provider: Some(lsp::OneOf::Left(true)),
        declaration_provider: Some(lsp::DeclarationCapability::Simple(true)),
        type_definition_provider: Some(lsp::TypeDefinitionProviderCapability::Simple(true)),
        implementation_provider: Some(lsp::ImplementationProviderCapability::Simple(true)),
        references_provider: Some(lsp::OneOf::Left(true)),
        document_symbol_provider: Some(lsp::OneOf::Left(true)),
        document_highlight_provider: Some(lsp::OneOf::Left(true)),
        workspace_symbol_provider: Some(lsp::OneOf::Left(true)),
        folding_range_provider: Some(lsp::FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(lsp::SelectionRangeProviderCapability::Simple(true)),
        document_link_provider: Some(lsp::DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: progress,
        }),
        linked_editing_range_provider: Some(lsp::LinkedEditingRangeServerCapabilities::Simple(true)),
        call_hierarchy_provider: Some(lsp::CallHierarchyServerCapability::Simple(true)),
        semantic_tokens_provider: Some(lsp::SemanticTokensServerCapabilities::SemanticTokensOptions(tokens)),
        inlay_hint_provider: Some(lsp::OneOf::Left(true)),
        signature_help_provider: Some(signatures),
        code_action_provider: Some(lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
            code_action_kinds: Some(vec![lsp::CodeActionKind::QUICKFIX, crate::lsp::quick::FIX_ALL.into()]),
            resolve_provider: Some(true),
            ..lsp::CodeActionOptions::default()
        })),
        execute_command_provider: Some(lsp::ExecuteCommandOptions {
            commands: vec![SHOW_COMMAND.to_owned()],
            ..lsp::ExecuteCommandOptions::default()
        }),
        code_lens_provider: Some(lsp::CodeLensOptions { resolve_provider: Some(true) }),
        ..lsp::ServerCapabilities::default()
    }
}
