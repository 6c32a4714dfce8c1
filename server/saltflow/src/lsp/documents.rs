//! Read-only documents that exist in no folder (docs/lsp-extensions.md): a file as a commit has it,
//! `saltflow-git:///PATH?COMMIT`, secrets hidden; and the page of a diagnostic code,
//! `saltflow-page:///CODE.md`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types as lsp;

use crate::lsp::convert;
use crate::workspace::Workspace;

/// The scheme of files as a commit has them.
pub const GIT: &str = "saltflow-git";
/// The scheme of pages.
pub const PAGE: &str = "saltflow-page";

/// What `saltflow/content` asks for.
#[derive(Debug, Deserialize)]
pub struct ContentParams {
    /// The document.
    pub uri: lsp::Uri,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The text, secrets hidden.
    pub text: String,
    /// The language, as editors call it.
    pub language_id: String,
}

/// The document of `file` as `commit` has it.
#[must_use]
pub fn git_uri(file: &Path, commit: &str) -> Option<lsp::Uri> {
    let file = convert::to_uri(file)?;
    let path = file.as_str().strip_prefix("file:")?;
    format!("{GIT}:{path}?{commit}").parse().ok()
}

/// The page of a diagnostic code.
#[must_use]
pub fn page_uri(code: &str) -> Option<lsp::Uri> {
    format!("{PAGE}:///{code}.md").parse().ok()
}

/// A file of a commit.
#[derive(Debug, PartialEq, Eq)]
pub struct GitFile {
    /// Where the file stands, or stood, in the working copy.
    pub file: PathBuf,
    /// The branch, tag or commit.
    pub revision: String,
}

/// Reads a `saltflow-git:` URI; `None`: it is none.
#[must_use]
pub fn git_file(uri: &lsp::Uri) -> Option<GitFile> {
    if uri.scheme().as_str() != GIT {
        return None;
    }
    let revision = uri.query()?.decode().to_string_lossy().into_owned();
    // VS Code may write `ref=` as other schemes have it
    let revision = revision.strip_prefix("ref=").unwrap_or(&revision).to_owned();
    let path = uri.as_str().strip_prefix(GIT)?.split(['?', '#']).next()?;
    let path = if path.starts_with(":///") { path.to_owned() } else { format!("://{}", path.strip_prefix(':')?) };
    let file = convert::to_file(&format!("file{path}").parse().ok()?)?;
    Some(GitFile { file, revision })
}

/// The page that a `saltflow-page:` URI names.
#[must_use]
pub fn page(uri: &lsp::Uri) -> Option<Content> {
    if uri.scheme().as_str() != PAGE {
        return None;
    }
    let code = uri.path().as_str().trim_start_matches('/').strip_suffix(".md")?.to_owned();
    let text = crate::cli::explain::page(&code)?.to_owned();
    Some(Content { text, language_id: "markdown".to_owned() })
}

/// The file in the commit, as far as the workspace shows it there. `None`: there is none.
///
/// # Errors
/// There is no such commit, or it cannot be read.
pub fn content(workspace: &Workspace, file: &GitFile) -> Result<Option<Content>, history::HistoryError> {
    let Some(path) = workspace.place(&file.file).filter(|path| workspace.shows(path)) else {
        return Ok(None);
    };
    let (part, path) = workspace.part_of(&path);
    let Some(repository) = &part.repository else { return Ok(None) };
    let commit = repository.resolve(&file.revision)?;
    let world = repository.world_at(commit, &part.scope, Some(&part.disk.tree))?;
    let content = world.tree.get(&path).and_then(|entry| world.source.content(&path, entry.blob));
    let Some(content) = content else { return Ok(None) };
    let text = match std::str::from_utf8(&content) {
        Ok(text) => ide::masked(text),
        Err(_) => "(this file is no text)\n".to_owned(),
    };
    let language_id = match path.name().rsplit('.').next() {
        Some("sls") => "sls",
        Some("jinja" | "j2" | "jinja2") => "jinja",
        Some("yml" | "yaml") => "yaml",
        _ => "plaintext",
    };
    Ok(Some(Content { text, language_id: language_id.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_name_a_file_and_a_commit() {
        let check = |uri: &str, expected: Option<(&str, &str)>| {
            let found = git_file(&uri.parse().expect("a URI"));
            let found = found.map(|found| (found.file.display().to_string(), found.revision));
            assert_eq!(found, expected.map(|(file, revision)| (file.to_owned(), revision.to_owned())), "{uri}");
        };
        check("saltflow-git:///a/b%20c.sls?develop", Some(("/a/b c.sls", "develop")));
        check("saltflow-git:/a/b.sls?feature%2Fx", Some(("/a/b.sls", "feature/x")));
        check("saltflow-git:///a.sls?ref%3Ddevelop", Some(("/a.sls", "develop")));
        check("saltflow-git:///a.sls", None);
        check("file:///a.sls?develop", None);
        let uri = git_uri(Path::new("/a/b c.sls"), "abc").expect("a URI");
        assert_eq!(uri.as_str(), "saltflow-git:///a/b%20c.sls?abc");
    }
}
