//! Who changed what, found when somebody looks: the last commit of a file since the merge base.

use std::time::{SystemTime, UNIX_EPOCH};

use history::CommitInfo;
use world::SaltPath;

use crate::drift::ago;
use crate::lsp::desk::Snapshot;

/// The last commit that touched `path` on the base branch.
fn there(snapshot: &Snapshot, upstream: &ide::Upstream, path: &SaltPath) -> Option<CommitInfo> {
    last(snapshot, path, upstream.base.as_ref()?.commit_of(path), upstream.theirs.commit_of(path))
}

/// The same on this branch.
fn here(snapshot: &Snapshot, upstream: &ide::Upstream, path: &SaltPath) -> Option<CommitInfo> {
    last(snapshot, path, upstream.base.as_ref()?.commit_of(path), "HEAD")
}

fn last(snapshot: &Snapshot, path: &SaltPath, from: &str, to: &str) -> Option<CommitInfo> {
    let (part, inner) = snapshot.workspace.part_of(path);
    let repository = part.repository.as_ref()?;
    let path = SaltPath::new(&part.scope.in_repository(&inner)).ok()?;
    repository.who_changed(&path, repository.resolve(from).ok()?, repository.resolve(to).ok()?).ok().flatten()
}

/// `a1b2c3d, 2 days ago, Ada`: plain text, nothing in it moves a terminal.
fn told(commit: &CommitInfo) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let age = ago(i64::try_from(now).unwrap_or(i64::MAX).saturating_sub(commit.time));
    format!("{}, {age}, {}", commit.id.short(), crate::escape::terminal(&commit.author, 60))
}

/// The lines under a hover's table.
#[must_use]
pub fn lines(snapshot: &Snapshot, upstream: &ide::Upstream, versions: &ide::Versions) -> String {
    let mut out = String::new();
    if let Some(path) = &versions.here {
        let found = here(snapshot, upstream, path);
        let found = found.map_or_else(|| "not committed yet".to_owned(), |commit| told(&commit));
        out.push_str(&format!("\n\nhere: {}", ide::plain(&found)));
    }
    if let Some(commit) = versions.there.as_ref().and_then(|path| there(snapshot, upstream, path)) {
        let name = ide::plain(&upstream.name);
        out.push_str(&format!("\n\n{name}: {}", ide::plain(&told(&commit))));
    }
    out
}

/// Who changed a file on the base branch, in brackets; empty: nobody knows.
#[must_use]
pub fn bracket(snapshot: &Snapshot, upstream: &ide::Upstream, path: &SaltPath) -> String {
    there(snapshot, upstream, path).map_or_else(String::new, |commit| format!(" ({})", told(&commit)))
}
