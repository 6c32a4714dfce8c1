//! Diagnostics as the client pulls or gets them pushed (LSP 3.17, `textDocument/diagnostic`,
//! `workspace/diagnostic`).

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ide::Analysis;
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::ls_types as lsp;
use world::{SaltPath, Stop, Stopped};

use crate::lsp::convert;
use crate::lsp::desk::Snapshot;
use crate::lsp::places::Places;

/// LSP 3.17, `LSPErrorCodes.ServerCancelled`.
const SERVER_CANCELLED: i64 = -32_802;

/// A file's diagnostics in LSP's terms.
///
/// # Errors
/// [`Stopped`].
pub fn diagnostics(
    places: &Places<'_>,
    snapshot: &Snapshot,
    analysis: &Analysis,
    path: &SaltPath,
    stop: &Stop,
) -> Result<Vec<lsp::Diagnostic>, Stopped> {
    let found = snapshot.workspace.weighed(ide::diagnostics(analysis, path, stop)?);
    let Some(lines) = places.lines(path) else { return Ok(Vec::new()) };
    let diagnostics = found.iter().filter_map(|finding| {
        let range = finding.place.as_ref().map(|place| lines.range(place.range)).unwrap_or_default();
        let mut shown = convert::diagnostic(finding, range, |place| places.location(place))?;
        if let Some(drift) = &finding.drift {
            convert::drifted(
                &mut shown,
                drift,
                analysis.upstream.as_deref(),
                snapshot.client.documents,
                |upstream, place| places.their_location(upstream, place),
            );
        } else if snapshot.client.documents {
            let page = crate::lsp::documents::page_uri(&finding.code);
            shown.code_description = page.map(|href| lsp::CodeDescription { href });
        }
        Some(shown)
    });
    Ok(diagnostics.collect())
}

/// Names a list of diagnostics: the same list has the same name within this session.
fn result_id(items: &[lsp::Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    for item in items {
        serde_json::to_string(item).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:x}-{}", hasher.finish(), items.len())
}

/// The answer about one document; `previous` is the name of what the client has.
#[must_use]
pub fn document_report(items: Vec<lsp::Diagnostic>, previous: Option<&str>) -> lsp::DocumentDiagnosticReportResult {
    let id = result_id(&items);
    lsp::DocumentDiagnosticReportResult::Report(if previous == Some(id.as_str()) {
        lsp::DocumentDiagnosticReport::Unchanged(lsp::RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport { result_id: id },
        })
    } else {
        lsp::DocumentDiagnosticReport::Full(lsp::RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport { result_id: Some(id), items },
        })
    })
}

/// The answer about everything.
pub struct WorkspaceReport {
    /// Names of what the client has, by URI.
    previous: BTreeMap<String, String>,
    items: Vec<lsp::WorkspaceDocumentDiagnosticReport>,
}

impl WorkspaceReport {
    /// A report to a client that has `previous`.
    #[must_use]
    pub fn new(previous: Vec<lsp::PreviousResultId>) -> Self {
        let previous = previous.into_iter().map(|one| (one.uri.as_str().to_owned(), one.value)).collect();
        Self { previous, items: Vec::new() }
    }

    /// Adds a workspace's files that have findings.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn add(&mut self, snapshot: &Snapshot, stop: &Stop) -> Result<(), Stopped> {
        let analysis = snapshot.analysis(crate::analyst::Urgency::Background, stop)?;
        let places = Places::new(snapshot);
        for path in ide::files_with_diagnostics(&analysis, stop)? {
            let Some(uri) = convert::to_uri(&snapshot.workspace.file(&path)) else { continue };
            let items = diagnostics(&places, snapshot, &analysis, &path, stop)?;
            let version = snapshot.versions.get(&path).map(|version| i64::from(*version));
            let previous = self.previous.remove(uri.as_str());
            self.put(uri, version, items, previous);
        }
        Ok(())
    }

    fn put(&mut self, uri: lsp::Uri, version: Option<i64>, items: Vec<lsp::Diagnostic>, previous: Option<String>) {
        let id = result_id(&items);
        let report = if previous.as_ref() == Some(&id) {
            lsp::WorkspaceDocumentDiagnosticReport::Unchanged(lsp::WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport { result_id: id },
            })
        } else {
            lsp::WorkspaceDocumentDiagnosticReport::Full(lsp::WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport { result_id: Some(id), items },
            })
        };
        self.items.push(report);
    }

    /// The report; what the client has of files without findings is taken back.
    #[must_use]
    pub fn finish(mut self) -> lsp::WorkspaceDiagnosticReportResult {
        for (uri, previous) in std::mem::take(&mut self.previous) {
            if let Ok(uri) = uri.parse() {
                self.put(uri, None, Vec::new(), Some(previous));
            }
        }
        lsp::WorkspaceDiagnosticReportResult::Report(lsp::WorkspaceDiagnosticReport { items: self.items })
    }
}

/// A stopped pull is asked for again (LSP 3.17, `ServerCancelled` with `retriggerRequest`).
pub fn retry(error: Error) -> Error {
    if error.code == ErrorCode::ContentModified {
        let data = Some(serde_json::json!({ "retriggerRequest": true }));
        return Error { code: ErrorCode::ServerError(SERVER_CANCELLED), data, ..error };
    }
    error
}
