//! `saltflow drift`: how this branch and its base have drifted apart.

use std::fmt::Write as _;

use anyhow::bail;
use compare::DriftFact;
use ide::Severity;
use serde_json::{Value, json};
use world::World;

use crate::cli::args::{Drift, DriftFormat};
use crate::cli::check::{fails, inside};
use crate::cli::findings::{self, Printer};
use crate::cli::formats::{self, Finding};
use crate::cli::print::{print, say};
use crate::cli::report::Places;
use crate::cli::sarif;
use crate::cli::session::Session;
use crate::drift::{Report, ago};
use crate::escape;

/// Prints the findings. Exit status 1 if one is at least as bad as `--fail-on`.
///
/// # Errors
/// There is no git repository, or no such branch.
pub fn run(session: &Session, words: &Drift) -> anyhow::Result<u8> {
    let filter = words.path.as_deref().map(|path| inside(session, path)).transpose()?;
    let Some(report) = session.drift(words.base.as_deref())? else {
        bail!("{} is in no git repository: there is nothing to compare with", session.workspace.root.display());
    };
    let facts: Vec<&DriftFact> = report
        .drift
        .facts
        .iter()
        .filter(|fact| match (&filter, &fact.place) {
            (None, _) => true,
            (Some(filter), Some((path, _))) => path.below(filter).is_some(),
            (Some(_), None) => false,
        })
        .collect();
    let places = Places::new(&session.analysis.world);
    match words.format {
        DriftFormat::Json => say!("{:#}", json(session, &report, &facts, &places)),
        DriftFormat::Human => print(&human(&report, &facts, &places)),
        DriftFormat::Sarif => {
            let told = told(&facts);
            say!("{:#}", sarif::document(&findings_of(&told), &places));
        }
        DriftFormat::Markdown => {
            let told = told(&facts);
            let heading: Vec<String> = report.repositories.iter().map(|one| heading(one, &report)).collect();
            let heading = format!("Drift of {}", heading.join("; "));
            let heading = escape::terminal(&heading, 600);
            let notes: Vec<&String> = report.notes.iter().chain(&report.drift.notes).collect();
            print(&formats::markdown(&heading, &findings_of(&told), &notes, &places));
        }
    }
    let severities = facts.iter().map(|fact| ide::drift_severity(fact.severity));
    Ok(u8::from(fails(severities, words.fail_on)))
}

/// What is more than on record.
fn told<'a>(facts: &[&'a DriftFact]) -> Vec<(&'a DriftFact, ide::Diagnostic)> {
    let told = facts.iter().filter(|fact| ide::drift_severity(fact.severity) > Severity::None);
    told.map(|fact| (*fact, ide::of_drift(fact))).collect()
}

fn findings_of<'a>(told: &'a [(&'a DriftFact, ide::Diagnostic)]) -> Vec<Finding<'a>> {
    let finding = |(fact, diagnostic): &'a (&'a DriftFact, ide::Diagnostic)| Finding {
        diagnostic,
        entity: Some((fact.entity.name(), fact.name.as_str())),
    };
    told.iter().map(finding).collect()
}

fn json(session: &Session, report: &Report, facts: &[&DriftFact], places: &Places<'_>) -> Value {
    let side = |commit: Option<history::CommitId>| -> Option<World> {
        let repository = session.workspace.repository.as_ref()?;
        repository.world_at(commit?, &session.workspace.scope, Some(&session.analysis.world.tree)).ok()
    };
    let base_commit = report.base.as_ref().map(|base| base.commit);
    let theirs_world = side(base_commit).unwrap_or_else(|| session.analysis.world.clone());
    let theirs_places = Places::new(&theirs_world);
    let facts: Vec<Value> = facts
        .iter()
        .map(|fact| {
            let mut value = json!({
                "kind": fact.kind.name(),
                "severity": ide::drift_severity(fact.severity).name(),
                "entity": { "kind": fact.entity.name(), "name": fact.name },
                "path": fact.place.as_ref().map(|(path, _)| path.as_str()),
                "range": fact.place.as_ref().map(|(path, range)| places.json(path, *range)),
                "message": fact.message,
            });
            if let Some(place) = &fact.theirs {
                value["theirs"] = json!({
                    "path": place.path.as_str(),
                    "range": theirs_places.json(&place.path, place.range),
                    "commit": report.commits.get(&place.path).map(|commit| commit.id).or(base_commit).map(|commit| commit.to_string()),
                });
            }
            if let Some(place) = &fact.ours {
                value["ours"] =
                    json!({ "path": place.path.as_str(), "range": places.json(&place.path, place.range) });
            }
            value
        })
        .collect();
    json!({
        "schema": 1,
        "base": report.base.as_ref().map(|base| json!({ "ref": base.reference, "commit": base.commit.to_string() })),
        "merge_base": report.merge_base.map(|commit| commit.to_string()),
        "ahead": report.ahead_behind.0,
        "behind": report.ahead_behind.1,
        "facts": facts,
        "notes": report.notes.iter().chain(&report.drift.notes).collect::<Vec<_>>(),
    })
}

fn human(report: &Report, facts: &[&DriftFact], places: &Places<'_>) -> String {
    let mut out = String::new();
    if let Some(base) = &report.base {
        let (ahead, behind) = report.ahead_behind;
        let _ = writeln!(
            out,
            "{} → {} ({}): {behind} commits behind, {ahead} ahead",
            escape::terminal(&report.here, 200),
            escape::terminal(&base.reference, 200),
            escape::terminal(&base.reason, 400),
        );
        if let Some(fetched) = report.last_fetch {
            let now = crate::cli::demo::now();
            let _ = writeln!(out, "last fetch: {}", ago(now - fetched));
        }
        out.push('\n');
    }
    let printer = Printer { places };
    let (shown, quiet): (Vec<&DriftFact>, Vec<&DriftFact>) =
        facts.iter().partition(|fact| ide::drift_severity(fact.severity) > Severity::None);
    for fact in &shown {
        out.push_str(&printer.finding(&ide::of_drift(fact)));
        out.push('\n');
    }
    for fact in quiet.iter().take(50) {
        let place = fact.place.as_ref().map_or_else(String::new, |(path, range)| places.human(path, range.start));
        let _ = writeln!(
            out,
            "{:10} {}  {}",
            fact.kind.name(),
            escape::terminal(&place, 400),
            escape::terminal(&fact.message, 400)
        );
    }
    if quiet.len() > 50 {
        let _ = writeln!(out, "… and {} more changes of one side", quiet.len() - 50);
    }
    for note in report.notes.iter().chain(&report.drift.notes) {
        let _ = writeln!(out, "note: {}", escape::terminal(note, 2_000));
    }
    let counts = findings::counts(shown.iter().map(|fact| ide::drift_severity(fact.severity)));
    let _ = writeln!(out, "{counts}");
    out
}
