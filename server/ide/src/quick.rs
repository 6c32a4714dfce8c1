//! Quick fixes of single findings: small edits that say what was meant. Each is tried in memory first, and
//! handed out only if its finding is gone then and Salt refuses nothing that it took before.

use std::collections::BTreeMap;

use lint::{Edit, Fix};
use model::{Catalog, Facts, View};
use text::{TextEdit, TextRange};
use world::{SaltPath, Stop, Stopped};

use crate::diagnostics::{diagnostics, place};
use crate::fix::FileEdits;
use crate::upstream::text_in;
use crate::{Analysis, Diagnostic, Severity, lints};

/// So many fixes are tried for one request.
const MAX_TRIED: usize = 16;
/// So many findings of a file are mended at once.
const MAX_AT_ONCE: usize = 400;

/// A quick fix of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct QuickFix {
    /// What it does, with the finding's code.
    pub title: String,
    /// The finding's code.
    pub code: &'static str,
    /// Where the finding is shown.
    pub range: TextRange,
    /// What it edits.
    pub edits: FileEdits,
}

/// The fixes for the findings that `range` of the file at `path` touches, each tried.
///
/// # Errors
/// [`Stopped`].
pub fn quick_fixes(
    analysis: &Analysis,
    path: &SaltPath,
    range: TextRange,
    stop: &Stop,
) -> Result<Vec<QuickFix>, Stopped> {
    let mut found: Vec<QuickFix> = Vec::new();
    for (code, at, fix) in candidates(analysis, path, stop)?
        .into_iter()
        .filter(|(_, at, _)| range.touches(at.start) || at.touches(range.start))
    {
        if found.len() >= MAX_TRIED {
            break;
        }
        let Some(edits) = edits(analysis, std::slice::from_ref(&fix)) else { continue };
        if found.iter().any(|known| known.edits == edits) || !mends(analysis, path, code, &edits, stop)? {
            continue;
        }
        found.push(QuickFix { title: format!("{} ({code})", sentence(&fix.title)), code, range: at, edits });
    }
    Ok(found)
}

/// The fixes of all findings of the file at `path` at once, of one code if it is given; `None` where there
/// is nothing to mend, or where the result would be worse.
///
/// # Errors
/// [`Stopped`].
pub fn fix_all(
    analysis: &Analysis,
    path: &SaltPath,
    code: Option<&str>,
    stop: &Stop,
) -> Result<Option<FileEdits>, Stopped> {
    let all = candidates(analysis, path, stop)?;
    let wanted = all.into_iter().filter(|(name, ..)| code.is_none_or(|code| code == *name));
    let (mut taken, mut kept): (Vec<TextRange>, Vec<Fix>) = (Vec::new(), Vec::new());
    for (_, _, fix) in wanted.take(MAX_AT_ONCE) {
        let ours = |edit: &Edit| edit.path == *path;
        let clear =
            |edit: &Edit| taken.iter().all(|range| edit.range.end < range.start || range.end < edit.range.start);
        if fix.edits.iter().all(|edit| ours(edit) && clear(edit)) {
            taken.extend(fix.edits.iter().map(|edit| edit.range));
            kept.push(fix);
        }
    }
    let Some(edits) = edits(analysis, &kept) else { return Ok(None) };
    let (before, after) = (diagnostics(analysis, path, stop)?, tried(analysis, path, &edits, stop)?);
    let Some(after) = after else { return Ok(None) };
    let better = after.len() < before.len() && errors(&after) <= errors(&before);
    Ok(better.then_some(edits))
}

/// The untried fixes of the findings that show in the file, each with its code and place.
fn candidates(
    analysis: &Analysis,
    path: &SaltPath,
    stop: &Stop,
) -> Result<Vec<(&'static str, TextRange, Fix)>, Stopped> {
    let mut found = Vec::new();
    for view in &analysis.catalog.views {
        let mut files = vec![path.clone()];
        files.extend(lints::tellers(view, path));
        for facts in files.iter().filter_map(|file| view.facts(file)) {
            stop.check()?;
            of_file(analysis, view, facts, path, stop, &mut found)?;
        }
    }
    found.sort_by_key(|(code, range, _): &(&str, TextRange, Fix)| (range.start, range.end, *code));
    found.dedup();
    Ok(found)
}

fn of_file(
    analysis: &Analysis,
    view: &View,
    facts: &Facts,
    path: &SaltPath,
    stop: &Stop,
    found: &mut Vec<(&'static str, TextRange, Fix)>,
) -> Result<(), Stopped> {
    for finding in lints::of(analysis, view, facts, stop)?.iter() {
        let (file, range) = place(&finding.problem, &facts.path);
        if let Some(fix) = finding.fix.clone().filter(|_| file == path) {
            found.push((finding.problem.code.name(), range, fix));
        }
    }
    let scope = lints::scope(analysis, stop);
    let across = view.check(facts);
    for problem in facts.problems.iter().chain(across.iter()) {
        let (file, range) = place(problem, &facts.path);
        if file == path
            && let Some(fix) = lint::fix_of(&scope, view, facts, problem)
        {
            found.push((problem.code.name(), range, fix));
        }
    }
    Ok(())
}

/// The edits of fixes, quotes kept; `None` if a text is not what it was, or nothing changes.
fn edits(analysis: &Analysis, fixes: &[Fix]) -> Option<FileEdits> {
    let mut found: BTreeMap<SaltPath, Vec<TextEdit>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        let text = text_in(&analysis.world, &edit.path)?;
        let there = text.get(edit.range.start as usize..edit.range.end as usize)?;
        let mut new_text = edit.new.clone();
        if let Some(old) = &edit.old {
            let quote = there.chars().next().filter(|c| matches!(c, '\'' | '"') && there.len() > old.len() + 1);
            let inner = quote.map_or(there, |quote| there.trim_matches(quote));
            if inner != old {
                return None;
            }
            if let Some(quote) = quote {
                new_text = format!("{quote}{new_text}{quote}");
            }
        }
        found.entry(edit.path.clone()).or_default().push(TextEdit { range: edit.range, new_text });
    }
    let edits = FileEdits { edits: found, ..FileEdits::default() };
    edits.checked(&analysis.world).ok()
}

/// Whether the edits leave fewer findings of that code in the file, and no error that was not there.
fn mends(analysis: &Analysis, path: &SaltPath, code: &str, edits: &FileEdits, stop: &Stop) -> Result<bool, Stopped> {
    let before = diagnostics(analysis, path, stop)?;
    let Some(after) = tried(analysis, path, edits, stop)? else { return Ok(false) };
    let count = |all: &[Diagnostic]| all.iter().filter(|one| one.code == code).count();
    Ok(count(&after) < count(&before) && errors(&after) <= errors(&before))
}

fn errors(all: &[Diagnostic]) -> usize {
    all.iter().filter(|one| one.severity == Severity::Error && one.drift.is_none()).count()
}

/// The findings of the file after the edits.
fn tried(
    analysis: &Analysis,
    path: &SaltPath,
    edits: &FileEdits,
    stop: &Stop,
) -> Result<Option<Vec<Diagnostic>>, Stopped> {
    let Ok(world) = edits.applied(&analysis.world) else { return Ok(None) };
    let catalog = Catalog::build(&world, &analysis.memo, stop, &analysis.request, Some(&analysis.catalog))?;
    let after = Analysis { world, catalog, lints: std::sync::Arc::default(), ..analysis.clone() };
    Ok(Some(diagnostics(&after, path, stop)?))
}

/// With a capital, as titles of actions are written.
fn sentence(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
