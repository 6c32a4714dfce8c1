//! `saltflow doctor`: what was found here, why, and what a person can do about what is not as it should
//! be. It reads what every command reads and starts nothing.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use world::{Roots, SaltPath};

use crate::between::{Between, Mode, ago};
use crate::cli::args::{Common, PlainFormat};
use crate::cli::asked::{Comparison, Done};
use crate::cli::print::{print, say};
use crate::cli::session::{self, Session};
use crate::{escape, settings};

/// A fact, and why it is so.
struct Line {
    /// What it is about, a stable word.
    about: &'static str,
    /// The fact.
    is: String,
    /// Reasons, ready to print.
    why: Vec<String>,
}

/// Prints what was found. Exit status 0, or 1 if there is something to do.
///
/// # Errors
/// The folder cannot be opened.
pub fn run(common: &Common, base: Option<&str>, format: PlainFormat) -> anyhow::Result<u8> {
    let session = session::open(common, &[])?;
    let mut lines = vec![program(), folder(&session), own_settings(&session)];
    let layout = &session.analysis.catalog.layout;
    lines.push(roots(&session, "states", &layout.file_roots));
    lines.push(roots(&session, "pillar", &layout.pillar_roots));
    lines.push(Line { about: "SLS", is: format!("{} read", session.sls()), why: Vec::new() });
    let mut todo = Vec::new();
    match session.drift(base) {
        Ok(report) => {
            let found = report.iter().flat_map(|report| &report.repositories);
            lines.extend(found.map(git));
            if report.is_none() {
                lines.push(without_git(&session));
            }
            let comparison = if base.is_some() { Comparison::Wanted } else { Comparison::Usual };
            todo.extend(Done::of(&session, comparison, report.as_ref()).undone);
        }
        Err(error) => todo.push(error.to_string()),
    }
    lines.push(salt(&session));
    lines.push(profiles(&session));
    if layout.file_roots.values().all(Vec::is_empty) {
        todo.push(format!("no folder with states was found: name them in {} as file_roots", settings::FILE_NAME));
    }
    todo.dedup();
    match format {
        PlainFormat::Json => {
            let facts: Vec<Value> =
                lines.iter().map(|line| json!({ "about": line.about, "is": line.is, "why": line.why })).collect();
            say!("{:#}", json!({ "schema": 1, "found": facts, "todo": todo }));
        }
        PlainFormat::Human => print(&human(&lines, &todo)),
    }
    Ok(u8::from(!todo.is_empty()))
}

fn human(lines: &[Line], todo: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(&format!("{:10} {}\n", line.about, escape::terminal(&line.is, 2_000)));
        for why in &line.why {
            out.push_str(&format!("{:10}   {}\n", "", escape::terminal(why, 2_000)));
        }
    }
    if todo.is_empty() {
        out.push_str("\nAll is well.\n");
    } else {
        out.push_str("\nTo do:\n");
    }
    for what in todo {
        out.push_str(&format!("  - {}\n", escape::terminal(what, 2_000)));
    }
    out
}

/// Which saltflow this is, for those who have several.
fn program() -> Line {
    let path = std::env::current_exe().map_or_else(|_| "saltflow".to_owned(), |path| path.display().to_string());
    let why = vec![format!("editors start it as `{path} lsp`")];
    Line { about: "saltflow", is: env!("CARGO_PKG_VERSION").to_owned(), why }
}

fn folder(session: &Session) -> Line {
    let workspace = &session.workspace;
    let root = &workspace.root;
    let is_top = |part: &crate::parts::Part| {
        part.repository.as_ref().and_then(|git| git.workdir()).is_some_and(|top| top == root.as_path())
    };
    let why = if root.join(settings::FILE_NAME).is_file() {
        format!("the nearest folder upwards with {}", settings::FILE_NAME)
    } else if workspace.parts.first().is_some_and(is_top) {
        "the top of the git repository".to_owned()
    } else {
        "the folder it was started in".to_owned()
    };
    let mut reasons = vec![why];
    reasons.extend(workspace.companions().map(|part| format!("with the repository {}", part.display())));
    Line { about: "folder", is: root.display().to_string(), why: reasons }
}

fn own_settings(session: &Session) -> Line {
    let there = session.workspace.root.join(settings::FILE_NAME).is_file();
    let is = if there { settings::FILE_NAME } else { "none: everything is found" };
    let wrong = session.workspace.notes.iter().filter(|note| !session.workspace.git_off.contains(note));
    Line { about: "settings", is: is.to_owned(), why: wrong.cloned().collect() }
}

fn roots(session: &Session, about: &'static str, roots: &Roots) -> Line {
    let shown = |path: &SaltPath| if path.is_root() { ".".to_owned() } else { session.workspace.shown(path) };
    let mut listed = Vec::new();
    for (env, folders) in roots {
        let folders: Vec<String> = folders.iter().map(shown).collect();
        listed.push(format!("{env}: {}", folders.join(", ")));
    }
    let notes = &session.analysis.catalog.layout.notes;
    let mine = |path: &SaltPath| roots.values().flatten().any(|root| root == path);
    let about_mine = notes.iter().filter(|note| mine(&note.path));
    let why = about_mine.map(|note| format!("{}: {}", shown(&note.path), note.text)).collect();
    Line { about, is: if listed.is_empty() { "none found".to_owned() } else { listed.join("; ") }, why }
}

fn without_git(session: &Session) -> Line {
    let off = session.workspace.git_off.clone();
    let is = if off.is_empty() { "no repository: no drift is told" } else { "not read" };
    Line { about: "git", is: is.to_owned(), why: off }
}

fn git(one: &Between) -> Line {
    let mut why = Vec::new();
    let is = match &one.base {
        Some(base) => {
            let (ahead, behind) = one.ahead_behind;
            why.push(base.reason.clone());
            format!("{}: {} → {}, {behind} behind, {ahead} ahead", one.name, one.here, base.reference)
        }
        None => format!("{}: {}, not compared ({})", one.name, one.here, one.mode.name()),
    };
    why.extend(one.notes.iter().cloned());
    let now = crate::cli::demo::now();
    if one.mode != Mode::Off {
        why.push(match one.last_fetch {
            Some(fetched) => format!("last fetch: {}", ago(now - fetched)),
            None => "never fetched: what others pushed is not known".to_owned(),
        });
    }
    Line { about: "git", is, why }
}

/// The Salt whose functions are offered, and whether one is installed here: nothing of it is run.
fn salt(session: &Session) -> Line {
    let versions: Vec<String> = library::VERSIONS.iter().map(ToString::to_string).collect();
    let known = versions.join(", ");
    let is = match &session.workspace.settings.salt_version {
        Some(version) => format!("{version}, as the settings say"),
        None => format!("the rules of the newest of {known}; the setting `salt_version` names yours"),
    };
    let found = ["salt-call", "salt-ssh", "salt-master"].into_iter().find_map(on_path);
    let installed = match found {
        Some(path) => format!("installed here: {} (saltflow does not need it and does not run it)", path.display()),
        None => "none is installed here, and none is needed".to_owned(),
    };
    Line { about: "salt", is, why: vec![installed] }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| Path::is_file(path))
}

fn profiles(session: &Session) -> Line {
    let names: Vec<&str> = session.analysis.catalog.views.iter().filter_map(|view| view.profile()).collect();
    let mut why = session.analysis.notes.clone();
    if names.is_empty() {
        why.push("nothing is known of a minion: grains and pillar of all are looked at (docs/settings.md)".to_owned());
    }
    Line { about: "profiles", is: if names.is_empty() { "none".to_owned() } else { names.join(", ") }, why }
}
