//! Quick fixes in LSP's terms. What they edit is worked out, and tried, when one is chosen; it is for
//! the documents just as they are then, and never applied to others.

use ide::Analysis;
use ide::fix::{self, FactKey, FileEdits, Offer, Remedy};
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::ls_types as lsp;
use world::{SaltPath, Stop, Stopped};

use crate::analyst::Urgency;
use crate::drift::Report;
use crate::lsp::convert;
use crate::lsp::desk::Snapshot;
use crate::lsp::lens::{OPEN_DIFF, diff};
use crate::lsp::places::Places;

/// The server's command that says which git command helps.
pub const SHOW_COMMAND: &str = "saltflow.showCommand";

/// LSP 3.17, `LSPErrorCodes.RequestFailed`.
pub const REQUEST_FAILED: i64 = -32_803;

/// How a fix is known again when it is chosen.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chosen {
    /// The document.
    pub uri: lsp::Uri,
    /// Its version when the fix was offered.
    version: Option<i32>,
    kind: String,
    name: String,
    start: u32,
    remedy: String,
}

impl Chosen {
    /// The one that an action carries.
    #[must_use]
    pub fn of(action: &lsp::CodeAction) -> Option<Self> {
        serde_json::from_value(action.data.clone()?).ok()
    }
}

/// The fixes for what `range` touches in the document.
///
/// # Errors
/// [`Stopped`].
pub fn actions(
    snapshot: &Snapshot,
    analysis: &Analysis,
    path: &SaltPath,
    params: &lsp::CodeActionParams,
    stop: &Stop,
) -> Result<Vec<lsp::CodeActionOrCommand>, Stopped> {
    let places = Places::new(snapshot);
    let Some(lines) = places.lines(path) else { return Ok(Vec::new()) };
    let range = text::TextRange::new(lines.offset(params.range.start), lines.offset(params.range.end));
    let wanted = params.context.only.as_ref();
    let quick = |only: &Vec<lsp::CodeActionKind>| {
        only.iter().any(|kind| kind.as_str().is_empty() || kind.as_str() == lsp::CodeActionKind::QUICKFIX.as_str())
    };
    // comparing anew may take a while: not where nothing was found
    let near = |fact: &compare::DriftFact| {
        fact.place
            .as_ref()
            .is_some_and(|(file, at)| file == path && (range.touches(at.start) || at.touches(range.start)))
    };
    let mut mending = crate::lsp::quick::actions(snapshot, analysis, path, range, &params.context, stop)?;
    if wanted.is_some_and(|only| !quick(only)) || !analysis.drift.facts.iter().any(near) {
        return Ok(mending);
    }
    snapshot.compare(stop)?;
    let analysis = snapshot.analysis(Urgency::Asked, stop)?;
    let mut found = Vec::new();
    for offer in fix::offers(&analysis, path, range, stop)? {
        found.extend(action(snapshot, &analysis, &params.text_document.uri, offer, stop)?);
    }
    let same =
        |one: &lsp::CodeAction, other: &lsp::CodeAction| one.title == other.title && one.command == other.command;
    let mut kept: Vec<lsp::CodeAction> = Vec::new();
    for mut action in found {
        action.diagnostics = matching(&params.context.diagnostics, &action);
        if !kept.iter().any(|other| same(other, &action)) {
            kept.push(action);
        }
    }
    mending.extend(kept.into_iter().map(lsp::CodeActionOrCommand::CodeAction));
    Ok(mending)
}

/// The diagnostics of the request that an action is for.
fn matching(given: &[lsp::Diagnostic], action: &lsp::CodeAction) -> Option<Vec<lsp::Diagnostic>> {
    let chosen = Chosen::of(action)?;
    let code = lsp::NumberOrString::String(format!("drift/{}", chosen.kind));
    let found: Vec<_> = given.iter().filter(|one| one.code.as_ref() == Some(&code)).cloned().collect();
    (!found.is_empty()).then_some(found)
}

fn action(
    snapshot: &Snapshot,
    analysis: &Analysis,
    uri: &lsp::Uri,
    offer: Offer,
    stop: &Stop,
) -> Result<Option<lsp::CodeAction>, Stopped> {
    let client = &snapshot.client;
    let chosen = Chosen {
        uri: uri.clone(),
        version: snapshot.versions.get(&offer.fact.path).copied(),
        kind: offer.fact.kind.clone(),
        name: offer.fact.name.clone(),
        start: offer.fact.start,
        remedy: offer.remedy.name().to_owned(),
    };
    let mut action = lsp::CodeAction {
        title: offer.title.clone(),
        kind: Some(lsp::CodeActionKind::QUICKFIX),
        is_preferred: (offer.remedy == Remedy::Rename).then_some(true),
        data: serde_json::to_value(chosen).ok(),
        ..lsp::CodeAction::default()
    };
    match offer.remedy {
        Remedy::Diff => {
            let arguments = offer.files.and_then(|(there, here)| diff(snapshot, analysis, &there, &here));
            let Some(arguments) = arguments else { return Ok(None) };
            let (title, command) = (offer.title, OPEN_DIFF.to_owned());
            action.command = Some(lsp::Command { title, command, arguments: Some(vec![arguments]) });
        }
        Remedy::Command => {
            let (title, command) = (offer.title, SHOW_COMMAND.to_owned());
            let arguments = serde_json::json!({ "uri": uri });
            action.command = Some(lsp::Command { title, command, arguments: Some(vec![arguments]) });
        }
        _ if !client.document_changes || (offer.file_operations && !client.file_operations) => return Ok(None),
        _ if client.resolves_edits => {}
        remedy => match fix::edits(analysis, &offer.fact, remedy, stop)? {
            Ok(edits) => action.edit = Some(workspace_edit(snapshot, &edits)),
            Err(_) => return Ok(None),
        },
    }
    Ok(Some(action))
}

/// The edits of a chosen fix, or why there are none.
///
/// # Errors
/// [`Stopped`].
pub fn resolved(
    snapshot: &Snapshot,
    path: &SaltPath,
    chosen: &Chosen,
    stop: &Stop,
) -> Result<Result<lsp::WorkspaceEdit, Error>, Stopped> {
    let newer = Error {
        code: ErrorCode::ContentModified,
        message: "saltflow: the document has changed since this fix was offered".into(),
        data: None,
    };
    if snapshot.versions.get(path).copied() != chosen.version {
        return Ok(Err(newer));
    }
    let Some(remedy) = Remedy::ALL.into_iter().find(|remedy| remedy.name() == chosen.remedy) else {
        return Ok(Err(Error::invalid_params("no such fix")));
    };
    snapshot.compare(stop)?;
    let analysis = snapshot.analysis(Urgency::Asked, stop)?;
    let key = FactKey { kind: chosen.kind.clone(), name: chosen.name.clone(), path: path.clone(), start: chosen.start };
    let refused = |reason: String| Error {
        code: ErrorCode::ServerError(REQUEST_FAILED),
        message: format!("saltflow: {reason}").into(),
        data: None,
    };
    Ok(match fix::edits(&analysis, &key, remedy, stop)? {
        Ok(edits) => Ok(workspace_edit(snapshot, &edits)),
        Err(reason) => Err(refused(reason.0)),
    })
}

/// Edits in LSP's terms; as plain changes where the client takes no versioned ones.
#[must_use]
pub fn workspace_edit(snapshot: &Snapshot, edits: &FileEdits) -> lsp::WorkspaceEdit {
    use lsp::{DocumentChangeOperation as Change, ResourceOp};
    let places = Places::new(snapshot);
    let uri = |path: &SaltPath| convert::to_uri(&snapshot.workspace.file(path));
    let document = |uri: lsp::Uri, version: Option<i32>, edits: Vec<lsp::TextEdit>| {
        Change::Edit(lsp::TextDocumentEdit {
            text_document: lsp::OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(lsp::OneOf::Left).collect(),
        })
    };
    let mut changes = Vec::new();
    for (path, text) in &edits.created {
        let Some(uri) = uri(path) else { continue };
        let options = Some(lsp::CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) });
        let create = lsp::CreateFile { uri: uri.clone(), options, annotation_id: None };
        changes.push(Change::Op(ResourceOp::Create(create)));
        let edit = lsp::TextEdit { range: lsp::Range::default(), new_text: text.clone() };
        changes.push(document(uri, None, vec![edit]));
    }
    for (path, edits) in &edits.edits {
        let (Some(uri), Some(lines)) = (uri(path), places.lines(path)) else { continue };
        let edit =
            |edit: &text::TextEdit| lsp::TextEdit { range: lines.range(edit.range), new_text: edit.new_text.clone() };
        changes.push(document(uri, snapshot.versions.get(path).copied(), edits.iter().map(edit).collect()));
    }
    for path in &edits.deleted {
        let Some(uri) = uri(path) else { continue };
        let delete = lsp::DeleteFile { uri, options: None, annotation_id: None };
        changes.push(Change::Op(ResourceOp::Delete(delete)));
    }
    for (old, new) in &edits.renamed {
        let (Some(old_uri), Some(new_uri)) = (uri(old), uri(new)) else { continue };
        let options = Some(lsp::RenameFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) });
        let rename = lsp::RenameFile { old_uri, new_uri, options, annotation_id: None };
        changes.push(Change::Op(ResourceOp::Rename(rename)));
    }
    if !snapshot.client.document_changes && !edits.has_file_operations() {
        let mut plain = std::collections::HashMap::new();
        for (path, edits) in &edits.edits {
            let (Some(uri), Some(lines)) = (uri(path), places.lines(path)) else { continue };
            let edit = |edit: &text::TextEdit| lsp::TextEdit {
                range: lines.range(edit.range),
                new_text: edit.new_text.clone(),
            };
            plain.insert(uri, edits.iter().map(edit).collect());
        }
        return lsp::WorkspaceEdit { changes: Some(plain), ..lsp::WorkspaceEdit::default() };
    }
    lsp::WorkspaceEdit {
        document_changes: Some(lsp::DocumentChanges::Operations(changes)),
        ..lsp::WorkspaceEdit::default()
    }
}

/// A branch as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if name.chars().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// Which command brings the base branch into this one, in words; it is never run.
#[must_use]
pub fn advice(report: &Report) -> Option<String> {
    use history::BranchKind as Kind;
    let base = report.base.as_ref()?;
    let merge = format!("git merge {}", quoted(&base.reference));
    let flow = match base.kind {
        Kind::Feature => Some("feature"),
        Kind::Bugfix => Some("bugfix"),
        _ => None,
    };
    let short = report.here.split_once('/').map(|(_, short)| quoted(short));
    Some(match flow.zip(short) {
        Some((kind, short)) => format!("run `{merge}`, or with git flow `git flow {kind} rebase {short}`"),
        None => format!("run `{merge}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn branches_are_quoted_for_a_shell() {
        assert_eq!(quoted("feature/x-1.0"), "feature/x-1.0");
        assert_eq!(quoted("a;b"), "'a;b'");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}
