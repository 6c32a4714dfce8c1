//! `saltflow drift`: how this branch and its base have drifted apart.

use std::fmt::Write as _;

use anyhow::bail;
use compare::DriftFact;
use history::Base;
use ide::Severity;
use serde_json::{Value, json};

use crate::cli::args::{Drift, DriftFormat};
use crate::cli::asked::{Comparison, Done};
use crate::cli::check::{fails, inside};
use crate::cli::findings::{self, Printer};
use crate::cli::formats::{self, Finding};
use crate::cli::print::{print, say};
use crate::cli::report::Places;
use crate::cli::sarif;
use crate::cli::session::Session;
use crate::drift::{Between, Report, ago};
use crate::escape;

/// A fetch is old after so many seconds.
const OLD_FETCH: i64 = 7 * 86_400;

/// Prints the findings. Exit status 1 if one is at least as bad as `--fail-on`, 2 if something was not
/// compared.
///
/// # Errors
/// There is no git repository, or no such branch.
pub fn run(session: &Session, words: &Drift) -> anyhow::Result<u8> {
    let filter = words.path.as_deref().map(|path| inside(session, path)).transpose()?;
    let Some(report) = session.drift(words.base.as_deref())? else {
        bail!("{}", without_git(session, "compare with"));
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
    let places = Places::new(&session.analysis.world).of(&session.workspace);
    let done = Done::of(session, Comparison::Wanted, Some(&report));
    match words.format {
        DriftFormat::Json => {
            let mut document = json(session, &report, &facts, &places);
            document["summary"] = done.json();
            say!("{document:#}");
        }
        DriftFormat::Human => print(&human(session, &report, &facts, &places, &done)),
        DriftFormat::Sarif => {
            let told = told(&facts);
            say!("{:#}", sarif::document(&findings_of(&told), &places, &done));
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
    done.tell(words.format != DriftFormat::Human);
    Ok(done.status(u8::from(fails(severities, words.fail_on))))
}

/// Why there is nothing to `what`.
pub(crate) fn without_git(session: &Session, what: &str) -> String {
    let root = session.workspace.root.display();
    // a repository that must not be read was told of when it was opened
    match session.workspace.notes.iter().any(|note| note.starts_with("git is off")) {
        true => format!("git is off in {root}: there is nothing to {what}"),
        false => format!("{root} is in no git repository: there is nothing to {what}"),
    }
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
    let upstream = report.upstream.as_deref();
    let theirs_world =
        upstream.map_or_else(|| session.analysis.world.clone(), |upstream| upstream.theirs.world.clone());
    let theirs_places = Places::new(&theirs_world).of(&session.workspace);
    let facts: Vec<Value> = facts
        .iter()
        .map(|fact| {
            let value = json!({
                "kind": fact.kind.name(),
                "severity": ide::drift_severity(fact.severity).name(),
                "entity": { "kind": fact.entity.name(), "name": fact.name },
                "range": fact.place.as_ref().map(|(path, range)| places.json(path, *range)),
                "message": fact.message,
            });
            let mut value = places.at(value, fact.place.as_ref().map(|(path, _)| path));
            if let Some(place) = &fact.theirs {
                let tip = upstream.map(|upstream| upstream.theirs.commit_of(&place.path).to_owned());
                let commit = report.commits.get(&place.path).map(|commit| commit.id.to_string()).or(tip);
                let theirs = json!({ "range": theirs_places.json(&place.path, place.range), "commit": commit });
                value["theirs"] = places.at(theirs, Some(&place.path));
            }
            if let Some(place) = &fact.ours {
                value["ours"] = places.at(json!({ "range": places.json(&place.path, place.range) }), Some(&place.path));
            }
            value
        })
        .collect();
    let base =
        |base: Option<&Base>| base.map(|base| json!({ "ref": base.reference, "commit": base.commit.to_string() }));
    let mut document = json!({
        "schema": 1,
        "base": base(report.base.as_ref()),
        "merge_base": report.merge_base.map(|commit| commit.to_string()),
        "ahead": report.ahead_behind.0,
        "behind": report.ahead_behind.1,
        "facts": facts,
        "notes": report.notes.iter().chain(&report.drift.notes).collect::<Vec<_>>(),
    });
    if session.workspace.is_joint() {
        let of = |one: &Between| {
            json!({
                "root": one.root.display().to_string(),
                "base": base(one.base.as_ref()),
                "merge_base": one.merge_bases.first().map(ToString::to_string),
                "ahead": one.ahead_behind.0,
                "behind": one.ahead_behind.1,
            })
        };
        document["repositories"] = report.repositories.iter().map(of).collect();
    }
    document
}

/// `feature/x → develop (why): 3 commits behind, 1 ahead`, with the repository's name where there are
/// several.
fn heading(one: &Between, report: &Report) -> String {
    let name = if report.repositories.len() > 1 { format!("{}: ", one.name) } else { String::new() };
    let Some(base) = &one.base else { return format!("{name}{} is not compared", one.here) };
    let (ahead, behind) = one.ahead_behind;
    format!("{name}{} from {}: {}, {ahead} ahead", one.here, base.reference, commits(behind))
}

fn commits(behind: usize) -> String {
    if behind == 1 { "1 commit behind".to_owned() } else { format!("{behind} commits behind") }
}

/// The status line: `develop ↓104 ↑3 ⚠2`.
fn status(one: &Between, report: &Report, facts: &[&DriftFact]) -> String {
    let Some(base) = &one.base else { return String::new() };
    let (ahead, behind) = one.ahead_behind;
    let bad = |fact: &&&DriftFact| {
        let mine = fact.place.as_ref().is_none_or(|(path, _)| report.of(path).is_some_and(|of| of.root == one.root));
        mine && ide::drift_severity(fact.severity) >= Severity::Warning
    };
    let mut line = escape::terminal(&base.reference, 200);
    for (sign, count) in [("↓", behind), ("↑", ahead), ("⚠", facts.iter().filter(bad).count())] {
        if count > 0 {
            let _ = write!(line, " {sign}{count}");
        }
    }
    line
}

/// When the remote was looked at last; nothing where it never was.
fn fetched(one: &Between) -> String {
    let Some(seconds) = one.last_fetch.map(|fetched| crate::cli::demo::now() - fetched) else { return String::new() };
    let old = if seconds > OLD_FETCH { ": what was pushed since is not known here" } else { "" };
    format!(" (last fetch: {}{old})", ago(seconds))
}

/// Where the thing is on the base branch, under a finding; nothing where it is nowhere.
fn there(session: &Session, report: &Report, fact: &DriftFact) -> String {
    let (Some(place), Some(upstream)) = (&fact.theirs, &report.upstream) else { return String::new() };
    let Some(base) = report.of(&place.path).and_then(|one| one.base.as_ref()) else { return String::new() };
    if upstream.theirs.world.tree.get(&place.path).is_none() {
        return String::new();
    }
    let places = Places::new(&upstream.theirs.world).of(&session.workspace);
    let at = places.human(&place.path, place.range.start);
    format!("   = {}: there on {}\n", escape::terminal(&at, 400), escape::terminal(&base.reference, 200))
}

fn human(session: &Session, report: &Report, facts: &[&DriftFact], places: &Places<'_>, done: &Done) -> String {
    let mut out = String::new();
    for one in &report.repositories {
        let Some(base) = &one.base else { continue };
        let (ahead, behind) = one.ahead_behind;
        let name = if report.repositories.len() > 1 { format!("{}: ", one.name) } else { String::new() };
        let _ = writeln!(
            out,
            "{}{} → {} ({}): {}, {ahead} ahead",
            escape::terminal(&name, 200),
            escape::terminal(&one.here, 200),
            escape::terminal(&base.reference, 200),
            escape::terminal(&base.reason, 400),
            commits(behind),
        );
        let _ = writeln!(out, "{}{}", status(one, report, facts), fetched(one));
    }
    if report.base.is_some() {
        out.push('\n');
    }
    let printer = Printer { places };
    let (shown, quiet): (Vec<&DriftFact>, Vec<&DriftFact>) =
        facts.iter().partition(|fact| ide::drift_severity(fact.severity) > Severity::None);
    for fact in &shown {
        out.push_str(&printer.finding(&ide::of_drift(fact)));
        out.push_str(&there(session, report, fact));
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
    let _ = writeln!(out, "{counts}; {}", done.line());
    out
}
