//! Quick fixes of findings that are not drift, and "fix all", in LSP's terms. They are small: their edits
//! go with the answer.

use ide::Analysis;
use ide::quick::{QuickFix, fix_all, quick_fixes};
use text::TextRange;
use tower_lsp::ls_types as lsp;
use world::{SaltPath, Stop, Stopped};

use crate::lsp::actions::workspace_edit;
use crate::lsp::desk::Snapshot;

/// The kind of the action that mends all that can be mended in a file.
pub const FIX_ALL: &str = "source.fixAll.saltflow";

/// Whether an action of `kind` is asked for.
fn asks(wanted: Option<&Vec<lsp::CodeActionKind>>, kind: &str, unasked: bool) -> bool {
    let Some(wanted) = wanted else { return unasked };
    wanted.iter().any(|asked| {
        let asked = asked.as_str();
        asked.is_empty() || kind == asked || kind.strip_prefix(asked).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// The fixes for what `range` touches in the document.
///
/// # Errors
/// [`Stopped`].
pub fn actions(
    snapshot: &Snapshot,
    analysis: &Analysis,
    path: &SaltPath,
    range: TextRange,
    context: &lsp::CodeActionContext,
    stop: &Stop,
) -> Result<Vec<lsp::CodeActionOrCommand>, Stopped> {
    let mut found = Vec::new();
    if !snapshot.client.document_changes {
        return Ok(found);
    }
    if asks(context.only.as_ref(), lsp::CodeActionKind::QUICKFIX.as_str(), true) {
        for fix in quick_fixes(analysis, path, range, stop)? {
            found.push(lsp::CodeActionOrCommand::CodeAction(action(snapshot, fix, context)));
        }
    }
    if asks(context.only.as_ref(), FIX_ALL, false)
        && let Some(edits) = fix_all(analysis, path, None, stop)?
    {
        found.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
            title: "Fix all that saltflow can fix".to_owned(),
            kind: Some(FIX_ALL.into()),
            edit: Some(workspace_edit(snapshot, &edits)),
            ..lsp::CodeAction::default()
        }));
    }
    Ok(found)
}

fn action(snapshot: &Snapshot, fix: QuickFix, context: &lsp::CodeActionContext) -> lsp::CodeAction {
    let code = lsp::NumberOrString::String(fix.code.to_owned());
    let given: Vec<_> = context.diagnostics.iter().filter(|one| one.code.as_ref() == Some(&code)).cloned().collect();
    lsp::CodeAction {
        title: fix.title,
        kind: Some(lsp::CodeActionKind::QUICKFIX),
        diagnostics: (!given.is_empty()).then_some(given),
        edit: Some(workspace_edit(snapshot, &fix.edits)),
        is_preferred: Some(true),
        ..lsp::CodeAction::default()
    }
}
