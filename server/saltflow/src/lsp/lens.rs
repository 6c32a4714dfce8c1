//! Code lenses in LSP's terms; what they say is found when they come into view.

use ide::{Analysis, Lens};
use serde::{Deserialize, Serialize};
use tower_lsp::ls_types as lsp;
use world::SaltPath;

use crate::lsp::convert::{self, Lines};
use crate::lsp::desk::Snapshot;
use crate::lsp::documents;
use crate::lsp::who;

/// The command that shows two documents side by side, if the client has it.
pub const OPEN_DIFF: &str = "saltflow.openDiff";

/// How a lens is known again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Known {
    /// The document.
    pub uri: lsp::Uri,
    kind: String,
    name: String,
}

impl Known {
    /// The one that a lens carries.
    #[must_use]
    pub fn of(lens: &lsp::CodeLens) -> Option<Self> {
        serde_json::from_value(lens.data.clone()?).ok()
    }
}

/// The lenses of a document, without what they say.
#[must_use]
pub fn lenses(analysis: &Analysis, path: &SaltPath, uri: &lsp::Uri, lines: &Lines) -> Vec<lsp::CodeLens> {
    let one = |lens: &Lens| {
        let known = Known { uri: uri.clone(), kind: lens.kind.to_owned(), name: lens.name.clone() };
        let data = serde_json::to_value(known).ok();
        lsp::CodeLens { range: lines.range(lens.range), command: None, data }
    };
    ide::code_lenses(analysis, path).iter().map(one).collect()
}

/// What a lens says.
#[must_use]
pub fn resolved(snapshot: &Snapshot, analysis: &Analysis, path: &SaltPath, known: &Known) -> lsp::Command {
    let nothing = |title: String| lsp::Command { title, command: String::new(), arguments: None };
    let lenses = ide::code_lenses(analysis, path);
    let Some(lens) = lenses.into_iter().find(|lens| lens.kind == known.kind && lens.name == known.name) else {
        return nothing("no drift any more".to_owned());
    };
    let mut title = lens.title;
    if let (Some(upstream), Some(file)) = (analysis.upstream.as_deref(), &lens.who) {
        title.push_str(&who::bracket(snapshot, upstream, file));
    }
    let diff = lens.theirs.and_then(|theirs| diff(snapshot, analysis, &theirs.path, path));
    match diff {
        Some(arguments) => lsp::Command { title, command: OPEN_DIFF.to_owned(), arguments: Some(vec![arguments]) },
        None => nothing(title),
    }
}

/// The arguments of [`OPEN_DIFF`]: the base branch's version of `theirs` beside our `ours`. `None`: the
/// client does not have it.
#[must_use]
pub fn diff(snapshot: &Snapshot, analysis: &Analysis, theirs: &SaltPath, ours: &SaltPath) -> Option<serde_json::Value> {
    let upstream = analysis.upstream.as_deref().filter(|_| snapshot.client.diffs && snapshot.client.documents)?;
    upstream.theirs.world.tree.get(theirs)?;
    let left = documents::git_uri(&snapshot.workspace.file(theirs), upstream.theirs.commit_of(theirs))?;
    let right = convert::to_uri(&snapshot.workspace.file(ours))?;
    let name = crate::escape::terminal(&upstream.name, 100);
    Some(serde_json::json!({ "left": left, "right": right, "title": format!("{}: {name} ↔ here", ours.name()) }))
}
