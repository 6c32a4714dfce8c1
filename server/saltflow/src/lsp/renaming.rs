//! Renames in LSP's terms.

use ide::fix::Refused;
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::ls_types as lsp;
use world::{SaltPath, Stop, Stopped};

use crate::analyst::Urgency;
use crate::lsp::actions::{REQUEST_FAILED, workspace_edit};
use crate::lsp::convert;
use crate::lsp::desk::{Desk, Moment, Snapshot};
use crate::lsp::document::Document;

/// An answer, or the reason why there is none, which the client shows.
type Told<T> = Result<Result<T, Error>, Stopped>;

fn refused(reason: &Refused) -> Error {
    Error {
        code: ErrorCode::ServerError(REQUEST_FAILED),
        message: format!("saltflow: {}", reason.0).into(),
        data: None,
    }
}

/// `textDocument/prepareRename`
///
/// # Errors
/// [`Stopped`].
pub fn prepare(document: &Document<'_>, at: lsp::Position) -> Told<lsp::PrepareRenameResponse> {
    let found = ide::prepare_rename(document.analysis, &document.position(at), document.stop)?;
    Ok(match found {
        Ok(place) => Ok(lsp::PrepareRenameResponse::RangeWithPlaceholder {
            range: document.lines.range(place.range),
            placeholder: place.name,
        }),
        Err(reason) => Err(refused(&reason)),
    })
}

/// `textDocument/rename`
///
/// # Errors
/// [`Stopped`].
pub fn rename(document: &Document<'_>, at: lsp::Position, new: &str) -> Told<lsp::WorkspaceEdit> {
    let found = ide::rename(document.analysis, &document.position(at), new, document.stop)?;
    Ok(match found {
        Ok(edits) if edits.has_file_operations() && !document.snapshot.client.file_operations => {
            let reason = "this editor does not let a server move files: rename the file in its file browser";
            Err(refused(&Refused(reason.to_owned())))
        }
        Ok(edits) => Ok(workspace_edit(document.snapshot, &edits)),
        Err(reason) => Err(refused(&reason)),
    })
}

/// `workspace/willRenameFiles`, for the files of one workspace.
///
/// # Errors
/// [`Stopped`].
pub fn moved(snapshot: &Snapshot, moves: &[(SaltPath, SaltPath)], stop: &Stop) -> Told<lsp::WorkspaceEdit> {
    let analysis = snapshot.analysis(Urgency::Asked, stop)?;
    Ok(match ide::moved(&analysis, moves, stop)? {
        Ok(edits) => Ok(workspace_edit(snapshot, &edits)),
        Err(reason) => Err(refused(&reason)),
    })
}

/// The moves of one workspace's files, and the workspace; those of others are left alone.
#[must_use]
pub fn moves(
    desk: &mut Desk,
    moment: &Moment,
    params: &lsp::RenameFilesParams,
) -> (Option<Snapshot>, Vec<(SaltPath, SaltPath)>) {
    let uri = |text: &str| text.parse::<lsp::Uri>().ok();
    let (mut moves, mut found) = (Vec::new(), None);
    for file in &params.files {
        let (Some(old), Some(new)) = (uri(&file.old_uri), uri(&file.new_uri)) else { continue };
        let Some((snapshot, old)) = desk.snapshot_of(moment, &old) else { continue };
        let first = found.get_or_insert(snapshot);
        if let Some(new) = convert::to_file(&new).and_then(|new| first.workspace.place(&new)) {
            moves.push((old, new));
        }
    }
    (found, moves)
}
