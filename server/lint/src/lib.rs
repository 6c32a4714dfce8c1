//! What Salt refuses only when a state runs, and what it swallows: functions and arguments that do not
//! exist, words that are misspelt, values that vanish. One file for each group of checks. Asks the view of
//! one world and the library of what Salt offers; knows nothing of LSP, settings or other worlds.

mod extra;
mod fixes;
mod near;
mod state;
mod templates;
mod tree;

use std::sync::Arc;

pub use codes::{Code, Level};
use library::Library;
use model::{Facts, Layout, View};
use render::{EntryKind, Origin, Problem, When};
use text::TextRange;
use world::{Memo, Reader, SaltPath, Stop, Stopped, World};

pub use fixes::fix_of;
pub use near::nearest;
use state::functions as state_functions;

/// What the checks ask, beside the view.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The files.
    pub world: &'a World,
    /// Where what the checks derive from single files is kept.
    pub memo: &'a Memo,
    /// What Salt and the workspace offer.
    pub library: &'a Library,
    /// Where the roots are.
    pub layout: &'a Layout,
    /// Raised when nobody wants the answer any more.
    pub stop: &'a Stop,
}

/// A finding with how bad it is here, and how it may be mended.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What, where, when.
    pub problem: Problem,
    /// How bad: the code's own level, or a milder one where less is known.
    pub level: Level,
    /// What was meant, where that is clear.
    pub fix: Option<Fix>,
}

/// A change of text that mends a finding; not tried yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for people: `write source`.
    pub title: String,
    /// What is replaced.
    pub edits: Vec<Edit>,
}

/// A replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: SaltPath,
    /// The bytes that go.
    pub range: TextRange,
    /// What must stand there; quotes around it are kept. `None`: whatever is there.
    pub old: Option<String>,
    /// What comes instead.
    pub new: String,
}

impl Fix {
    /// Another word where one is written.
    fn word(origin: &Origin, old: &str, new: &str) -> Option<Self> {
        if origin.kind != render::SourceKind::Exact {
            return None;
        }
        let edit =
            Edit { path: origin.path.clone(), range: origin.range, old: Some(old.to_owned()), new: new.to_owned() };
        Some(Self { title: format!("write `{new}`"), edits: vec![edit] })
    }
}

/// The findings about `facts` in `view`, in no particular order.
///
/// # Errors
/// [`Stopped`].
pub fn check(scope: &Scope<'_>, view: &View, facts: &Facts) -> Result<Vec<Finding>, Stopped> {
    scope.stop.check()?;
    let mut check = Check { scope, view, facts, found: Vec::new() };
    match facts.kind {
        EntryKind::State | EntryKind::Orchestrate => {
            // top files of other names are read as states where nobody says what they are
            let stem = facts.path.name().trim_end_matches(".sls");
            if facts.rendered.complete && !stem.ends_with("_top") && !stem.starts_with("top_") {
                state::check(&mut check);
            }
            tree::reachable(&mut check);
        }
        EntryKind::Pillar => {
            extra::values(&mut check);
            tree::reachable(&mut check);
        }
        EntryKind::StateTop | EntryKind::PillarTop => tree::top(&mut check),
        EntryKind::Reactor
        | EntryKind::Cloud
        | EntryKind::Data
        | EntryKind::Managed
        | EntryKind::Macros
        | EntryKind::PillarExample => {}
    }
    templates::check(&mut check)?;
    Ok(check.found)
}

/// Whether the file at `path` holds a comment that suppresses findings.
///
/// # Errors
/// [`Stopped`].
pub fn is_marked(scope: &Scope<'_>, path: &SaltPath) -> Result<bool, Stopped> {
    let reader = Reader::new(scope.world, scope.memo, scope.stop);
    Ok(reader.ask(&templates::LocalQuery { path: path.clone() })?.marked)
}

/// One file under its checks.
struct Check<'a> {
    scope: &'a Scope<'a>,
    view: &'a View,
    facts: &'a Facts,
    found: Vec<Finding>,
}

impl<'a> Check<'a> {
    /// A finding with its code's own level; gives it back for what is special about it.
    fn tell(&mut self, code: Code, origin: &Origin, when: &When, message: impl Into<String>) -> &mut Finding {
        let problem = Problem {
            code,
            message: message.into(),
            origin: origin.clone(),
            related: Vec::new(),
            when: when.clone(),
            certain: when.is_always(),
            doubt: render::Doubt::Carried,
        };
        let n = self.found.len();
        self.found.push(Finding { problem, level: code.row().level, fix: None });
        &mut self.found[n]
    }

    /// A reader of the world.
    fn reader(&self) -> Reader<'a> {
        Reader::new(self.scope.world, self.scope.memo, self.scope.stop)
    }

    /// The text of a file; `None` if it is none.
    fn text(&self, path: &SaltPath) -> Option<Arc<str>> {
        let entry = self.scope.world.tree.get(path)?;
        let content = self.scope.world.source.content(path, entry.blob)?;
        std::str::from_utf8(&content).ok().map(Arc::from)
    }

    /// The saltenv that the file is read from.
    fn env(&self) -> &str {
        self.facts.names.first().map_or("base", |(env, _)| env.as_str())
    }
}

/// ` Did you mean X?`, or nothing.
fn meant(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"))
}
