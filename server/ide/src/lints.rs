//! The findings of `lint` for one analysis, each file's computed once, and which of them show where.

use std::sync::{Arc, Mutex, PoisonError};

use lint::{Finding, Level, Scope};
use model::{Facts, Slot, View};
use render::{Code, EntryKind};
use rustc_hash::FxHashMap;
use world::{SaltPath, Stop, Stopped};

use crate::diagnostics::lent;
use crate::{Analysis, Severity};

/// What was found, by profile and file.
type Known = FxHashMap<(Option<String>, SaltPath), Arc<Vec<Finding>>>;

/// What the checks of an analysis found so far.
#[derive(Default)]
pub struct Lints(Mutex<Known>);

/// The findings about `facts` in `view` that are worth telling.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn of(analysis: &Analysis, view: &View, facts: &Facts, stop: &Stop) -> Result<Arc<Vec<Finding>>, Stopped> {
    let key = (view.profile().map(str::to_owned), facts.path.clone());
    let known = || analysis.lints.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(&key) {
        return Ok(found.clone());
    }
    let scope = scope(analysis, stop);
    let mut found = if is_silent(view, facts) { Vec::new() } else { lint::check(&scope, view, facts)? };
    // what Salt refuses as it is written is told already
    found.retain(|finding| {
        let same = |range: text::TextRange| range == finding.problem.origin.range;
        finding.level > Level::Off && !facts.problems.iter().any(|one| one.certain && same(one.origin.range))
    });
    let found = Arc::new(found);
    known().insert(key, found.clone());
    Ok(found)
}

/// What the checks of an analysis ask.
pub(crate) fn scope<'a>(analysis: &'a Analysis, stop: &'a Stop) -> Scope<'a> {
    let (world, memo, library) = (&analysis.world, analysis.memo.as_ref(), analysis.library.as_ref());
    Scope { world, memo, library, layout: &analysis.catalog.layout, stop }
}

/// Whether nothing can be said of the file: jinja2 stops in it, or others decide what it is.
fn is_silent(view: &View, facts: &Facts) -> bool {
    facts.problems.iter().any(|problem| problem.code == Code::JinjaSyntax)
        || (facts.kind == EntryKind::State && lent(view, facts))
        // a profile says nothing of SLS that its minion never runs
        || (view.profile().is_some()
            && facts.kind == EntryKind::State
            && !view.top.files.is_empty()
            && !view.highstate().contains(&facts.path))
}

/// The files whose findings may show in the file at `path`: beside itself those whose states render it.
pub(crate) fn tellers(view: &View, path: &SaltPath) -> Vec<SaltPath> {
    let users = view.index().files(Slot::SaltFileOf, path.as_str()).filter(|user| *user != path);
    let manages = |user: &&SaltPath| view.facts(user).is_some_and(|facts| facts.managed.contains(path));
    users.filter(manages).cloned().collect()
}

/// A level as a diagnostic's severity.
#[must_use]
pub fn severity_of(level: Level) -> Severity {
    match level {
        Level::Off => Severity::None,
        Level::Hint => Severity::Hint,
        Level::Information => Severity::Information,
        Level::Warning => Severity::Warning,
        Level::Error => Severity::Error,
    }
}
