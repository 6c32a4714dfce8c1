//! The merge with the base branches before anybody makes it: its files, in memory, and what would be
//! wrong in them that is wrong on neither side. Nothing is written anywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use ide::{Analysis, Diagnostic, FileRange, Severity};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use text::{LineIndex, TextRange};
use world::{SaltPath, Stop, World};

use crate::drift::{DriftError, Report};
use crate::workspace::Workspace;

/// The merged files.
pub struct Preview {
    /// Of all repositories; those that are not compared are as they are.
    pub world: World,
    /// Files that conflict in text: ours stand in them.
    pub conflicts: BTreeSet<SaltPath>,
}

/// Merges the base branches that `report` was made with into `ours`. `None`: there is nothing to merge.
#[must_use]
pub fn preview(ours: &World, report: &Report) -> Option<Preview> {
    let upstream = report.upstream.as_ref()?;
    let merged = merge::merge(&upstream.base.as_ref()?.world, ours, &upstream.theirs.world);
    Some(Preview { world: merged.world, conflicts: merged.conflicts.into_iter().collect() })
}

/// Errors and warnings of the merged files that neither side has, at their places in ours, but for what
/// drift tells already. `analysis`: ours, without drift.
///
/// # Errors
/// [`DriftError`].
pub fn added(
    workspace: &Workspace,
    analysis: &Arc<Analysis>,
    report: &Report,
    stop: &Stop,
) -> Result<Vec<Diagnostic>, DriftError> {
    let Some(preview) = preview(&analysis.world, report) else { return Ok(Vec::new()) };
    let Some(upstream) = &report.upstream else { return Ok(Vec::new()) };
    let meaning = |world: &World| -> Result<Analysis, DriftError> {
        let (request, notes) = workspace.request(&analysis.world, stop)?;
        Ok(Analysis::build(world, &analysis.memo, &request, Some(analysis), notes, stop)?)
    };
    let (merged, theirs) = (meaning(&preview.world)?, meaning(&upstream.theirs.world)?);
    let known = |side: &Analysis, path: &SaltPath| -> Result<BTreeSet<(String, String)>, DriftError> {
        let found = ide::diagnostics(side, path, stop)?;
        Ok(found.into_iter().map(|finding| (finding.code, finding.message)).collect())
    };
    let mut added = Vec::new();
    for path in ide::files_with_diagnostics(&merged, stop)? {
        if preview.conflicts.contains(&path) {
            continue;
        }
        let found = ide::diagnostics(&merged, &path, stop)?;
        let mut before = BTreeSet::new();
        // a file that one side moved was called otherwise on the other
        for name in BTreeSet::from([path.clone(), upstream.in_ours(&path), upstream.in_theirs(&path)]) {
            before.append(&mut known(analysis, &name)?);
            before.append(&mut known(&theirs, &name)?);
        }
        let here = if analysis.world.tree.get(&path).is_some() { path.clone() } else { upstream.in_ours(&path) };
        let new = found.into_iter().filter(|finding| {
            finding.severity >= Severity::Warning && !before.contains(&(finding.code.clone(), finding.message.clone()))
        });
        for mut finding in new {
            finding.place = finding.place.map(|place| placed(&preview.world, &analysis.world, &place, &here));
            if is_told(report, &here, &finding) {
                continue;
            }
            // they are places of a text that exists nowhere
            finding.related.clear();
            finding.message = format!("after merging {}: {}", upstream.name, finding.message);
            added.push(finding);
        }
    }
    Ok(added)
}

/// Whether drift tells of the same thing in the file: at an overlapping place, or by its name.
fn is_told(report: &Report, path: &SaltPath, finding: &Diagnostic) -> bool {
    let at = finding.place.as_ref().map(|place| place.range);
    report.drift.facts.iter().any(|fact| {
        let Some((_, range)) = fact.place.as_ref().filter(|(file, _)| file == path) else { return false };
        let overlaps = at.is_some_and(|at| at.start < range.end && range.start < at.end);
        let name = fact.name.rsplit(':').next().unwrap_or(&fact.name);
        let loud = ide::drift_severity(fact.severity) >= Severity::Warning;
        loud && (overlaps || names(&finding.message, name))
    })
}

/// Whether a message names `name`: as a word of its own.
fn names(message: &str, name: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '/')));
    !name.is_empty()
        && message.match_indices(name).any(|(at, _)| {
            let after = message.get(at + name.len()..).and_then(|rest| rest.chars().next());
            let before = message.get(..at).and_then(|start| start.chars().next_back());
            ends(before) && ends(after)
        })
}

fn text(world: &World, path: &SaltPath) -> Option<String> {
    let content = world.source.content(path, world.tree.get(path)?.blob)?;
    Some(String::from_utf8_lossy(&content).into_owned())
}

/// The place in our text of a place in the merged one: the same line, else the last of ours before it.
fn placed(merged: &World, ours: &World, place: &FileRange, path: &SaltPath) -> FileRange {
    let (Some(there), Some(here)) = (text(merged, &place.path), text(ours, path)) else {
        return place.clone();
    };
    let (from, to) = (LineIndex::new(&there), LineIndex::new(&here));
    let (old, new): (Vec<&str>, Vec<&str>) = (there.lines().collect(), here.lines().collect());
    let at = from.position(&there, place.range.start, text::Encoding::Utf8);
    let line = at.line as usize;
    let mut last = 0;
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            if old_index > line {
                break;
            }
            if line < old_index + len {
                let start = to.line_range(u32::try_from(new_index + line - old_index).unwrap_or(0));
                let start = start.map_or(0, |range| range.start) + at.column;
                let range = TextRange::new(start, start + (place.range.end - place.range.start));
                return FileRange { path: path.clone(), range };
            }
            last = new_index + len - 1;
        }
    }
    let range = to.line_range(u32::try_from(last).unwrap_or(0)).unwrap_or(TextRange::empty(0));
    let length = range.slice(&here).trim_end().len();
    let end = range.start + u32::try_from(length).unwrap_or(0);
    FileRange { path: path.clone(), range: TextRange::new(range.start, end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        for (message, name, expected) in [
            ("the ID 'web' is declared twice", "web", true),
            ("the ID 'web_app' is declared twice", "web", false),
            ("no host in localhost", "host", true),
            ("nothing in localhost", "host", false),
            ("anything", "", false),
        ] {
            assert_eq!(names(message, name), expected, "{message:?} {name:?}");
        }
    }

    #[test]
    fn places_are_those_of_our_lines() {
        let check = |merged: &str, ours: &str, at: &str, expected: &str| {
            let path = SaltPath::new("a.sls").expect("a path");
            let start = u32::try_from(merged.find(at).expect("it is there")).expect("a small text");
            let range = TextRange::new(start, start + u32::try_from(at.len()).expect("a small text"));
            let [merged, world] = [merged, ours].map(|text| World::in_memory([("a.sls", text)]));
            let found = placed(&merged, &world, &FileRange { path: path.clone(), range }, &path);
            assert_eq!(found.range.slice(ours), expected);
        };
        check("a: 1\nb: 2\n", "a: 1\nb: 2\n", "b", "b");
        check("new: 1\na: 1\nb: 2\n", "a: 1\nb: 2\n", "b: 2", "b: 2");
        // theirs: the line of ours before it
        check("a: 1\nnew: 1\nb: 2\n", "a: 1\nb: 2\n", "new", "a: 1");
        check("new: 1\na: 1\n", "a: 1\n", "new", "a: 1");
    }
}
