//! `saltflow check`: everything that is broken, drift included.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{anyhow, bail};
use history::BaseRequest;
use ide::{Diagnostic, Severity};
use serde_json::{Value, json};
use world::{SaltPath, Stop};

use crate::cli::args::{Check, CheckFormat, FailOn};
use crate::cli::asked::{Comparison, Done};
use crate::cli::baseline;
use crate::cli::findings::{Printer, counts};
use crate::cli::formats::{self, Finding};
use crate::cli::print::{print, say};
use crate::cli::report::Places;
use crate::cli::sarif;
use crate::cli::session::Session;
use crate::drift::Report;

/// Prints all findings. Exit status 1 if one is at least as bad as `--fail-on`, 2 if something was not
/// done that was asked for.
///
/// # Errors
/// A path, the base branch or the baseline does not exist.
pub fn run(session: &Session, words: &Check, started: Instant) -> anyhow::Result<u8> {
    let below: Vec<SaltPath> = words.paths.iter().map(|path| inside(session, path)).collect::<Result<_, _>>()?;
    let comparison = match words {
        _ if words.no_drift => Comparison::Unwanted,
        _ if words.base.is_some() || words.merged => Comparison::Wanted,
        _ => Comparison::Usual,
    };
    let report = if words.no_drift { None } else { session.drift(words.base.as_deref())? };
    let mut all = match &report {
        Some(report) if words.merged => merged(session, report, &below)?,
        None if words.merged => {
            bail!("{}", crate::cli::drift::without_git(session, "merge"))
        }
        report => findings(session, report.as_ref(), &below)?,
    };
    let mut done = Done::of(session, comparison, report.as_ref());
    for (path, below) in words.paths.iter().zip(&below) {
        if !below.is_root() && session.sls_below(below) == 0 && session.workspace.file(below).is_dir() {
            done.undone.push(format!("there is no SLS in {}", path.display()));
        }
    }
    if let Some(baseline) = &words.baseline {
        let told = with_entities(&all, report.as_ref());
        let (new, note) = baseline::apply(baseline, words.update_baseline, below.is_empty(), &told)?;
        anstream::eprintln!("saltflow: {note}");
        let mut new = new.into_iter();
        all.retain(|_| new.next().unwrap_or(true));
    }
    let places = Places::new(&session.analysis.world).of(&session.workspace);
    let seconds = started.elapsed().as_secs_f64();
    match words.format {
        CheckFormat::Json => {
            say!("{:#}", json(&all, &places, session.analysis.world.tree.len(), seconds, &done));
        }
        CheckFormat::Human => print(&human(&all, &places, report.as_ref(), seconds, &done)),
        CheckFormat::Sarif => say!("{:#}", sarif::document(&with_entities(&all, report.as_ref()), &places, &done)),
        CheckFormat::Github => print(&formats::github(&with_entities(&all, report.as_ref()), &places)),
        CheckFormat::Codeclimate => say!("{:#}", formats::codeclimate(&with_entities(&all, report.as_ref()), &places)),
        CheckFormat::Junit => {
            let bad = |severity| fails(std::iter::once(severity), words.fail_on);
            print(&formats::junit(&with_entities(&all, report.as_ref()), &places, bad));
        }
    }
    done.tell(words.format != CheckFormat::Human);
    Ok(done.status(u8::from(fails(all.iter().map(|diagnostic| diagnostic.severity), words.fail_on))))
}

/// The findings, those of drift with their entities.
fn with_entities<'a>(all: &'a [Diagnostic], report: Option<&'a Report>) -> Vec<Finding<'a>> {
    let entity = |diagnostic: &Diagnostic| {
        let kind = diagnostic.code.strip_prefix("drift/")?;
        let place = diagnostic.place.as_ref().map(|place| (&place.path, place.range));
        let mut facts = report?.drift.facts.iter();
        let fact = facts.find(|fact| {
            fact.kind.name() == kind && fact.place.as_ref().map(|(path, range)| (path, *range)) == place
        })?;
        Some((fact.entity.name(), fact.name.as_str()))
    };
    all.iter().map(|diagnostic| Finding { diagnostic, entity: entity(diagnostic) }).collect()
}

/// All findings below one of `filter` (none: everywhere), in order of files and lines, with the settings' severities; those of
/// the whole repository last.
///
/// # Errors
/// Interrupted.
pub fn findings(session: &Session, report: Option<&Report>, filter: &[SaltPath]) -> anyhow::Result<Vec<Diagnostic>> {
    let analysis = match report {
        Some(report) => (*session.analysis).clone().with_drift(report.drift.clone()),
        None => (*session.analysis).clone(),
    };
    let stop = Stop::new();
    let mut all: Vec<Diagnostic> = Vec::new();
    for path in ide::files_with_diagnostics(&analysis, &stop).map_err(|_| anyhow!("interrupted"))? {
        if is_below(&path, filter) {
            all.extend(ide::diagnostics(&analysis, &path, &stop).map_err(|_| anyhow!("interrupted"))?);
        }
    }
    if filter.is_empty() {
        let nowhere = analysis.drift.facts.iter().filter(|fact| fact.place.is_none());
        all.extend(nowhere.map(ide::of_drift).filter(|diagnostic| diagnostic.severity > Severity::None));
    }
    Ok(session.workspace.weighed(all))
}

/// What merging the base branch would add: findings of the merged files that neither side has, in order of
/// files and lines, and drift.
fn merged(session: &Session, report: &Report, filter: &[SaltPath]) -> anyhow::Result<Vec<Diagnostic>> {
    let mut all = findings(session, Some(report), filter)?;
    all.retain(|finding| finding.code.starts_with("drift/"));
    let mut added = crate::preview::added(&session.workspace, &session.analysis, report, &Stop::new())?;
    let below = |finding: &Diagnostic| match &finding.place {
        Some(place) => is_below(&place.path, filter),
        None => filter.is_empty(),
    };
    added.retain(below);
    all.append(&mut session.workspace.weighed(added));
    let order = |diagnostic: &Diagnostic| {
        let place = diagnostic.place.as_ref();
        (place.is_none(), place.map(|place| (place.path.clone(), place.range)), std::cmp::Reverse(diagnostic.severity))
    };
    all.sort_by_key(order);
    Ok(all)
}

/// Whether `path` is below one of `folders`, or there are none.
fn is_below(path: &SaltPath, folders: &[SaltPath]) -> bool {
    folders.is_empty() || folders.iter().any(|folder| path.below(folder).is_some())
}

/// Whether a finding is at least as bad as `fail_on`.
#[must_use]
pub fn fails(mut severities: impl Iterator<Item = Severity>, fail_on: FailOn) -> bool {
    let bound = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Information => Severity::Information,
        FailOn::Hint => Severity::Hint,
        FailOn::None => return false,
    };
    severities.any(|severity| severity >= bound)
}

/// The path of a file or folder that the command line names.
///
/// # Errors
/// It does not exist or lies outside.
pub fn inside(session: &Session, path: &Path) -> anyhow::Result<SaltPath> {
    let root = &session.workspace.root;
    let start = session.start.join(path);
    let full = std::fs::canonicalize(&start).map_err(|error| anyhow!("cannot read {}: {error}", start.display()))?;
    let outside = || anyhow!("{} lies outside of {}", full.display(), root.display());
    session.workspace.place(&full).ok_or_else(outside)
}

fn json(all: &[Diagnostic], places: &Places<'_>, files: usize, seconds: f64, done: &Done) -> Value {
    let mut by_severity: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for finding in all {
        *by_severity.entry(finding.severity.name()).or_default() += 1;
        *by_code.entry(&finding.code).or_default() += 1;
        let place = finding.place.as_ref();
        let related: Vec<Value> = finding
            .related
            .iter()
            .map(|(at, message)| {
                places.at(json!({ "range": places.json(&at.path, at.range), "message": message }), Some(&at.path))
            })
            .collect();
        let mut value = json!({
            "code": finding.code,
            "severity": finding.severity.name(),
            "message": finding.message,
            "range": place.map(|place| places.json(&place.path, place.range)),
            "related": related,
        });
        value = places.at(value, place.map(|place| &place.path));
        if !finding.profiles.is_empty() {
            value["profiles"] = json!(finding.profiles);
        }
        diagnostics.push(value);
    }
    json!({
        "schema": 1,
        "diagnostics": diagnostics,
        "summary": {
            "files": files, "by_severity": by_severity, "by_code": by_code, "seconds": seconds,
            "sls": done.sls, "compared_with": done.against, "undone": done.undone,
        },
    })
}

/// The findings for people, with a line that counts them.
#[must_use]
pub fn human(all: &[Diagnostic], places: &Places<'_>, report: Option<&Report>, seconds: f64, done: &Done) -> String {
    let printer = Printer { places };
    let mut out = String::new();
    for finding in all {
        out.push_str(&printer.finding(finding));
        out.push('\n');
    }
    for note in report.iter().flat_map(|report| report.notes.iter().chain(&report.drift.notes)) {
        out.push_str(&format!("note: {}\n", crate::escape::terminal(note, 2_000)));
    }
    let counts = counts(all.iter().map(|finding| finding.severity));
    out.push_str(&format!("{counts}; {} ({seconds:.2} s)\n", done.line()));
    out
}

/// The setting or the command line's word for the branch to compare with.
#[must_use]
pub fn base_request<'a>(word: Option<&'a str>, setting: Option<&'a str>) -> BaseRequest<'a> {
    match (word, setting) {
        (Some(word), _) => BaseRequest::Exact(word),
        (None, Some(setting)) => BaseRequest::Branch(setting),
        (None, None) => BaseRequest::Rules,
    }
}
