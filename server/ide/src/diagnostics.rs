//! Diagnostics of a file: what Salt refuses in it, under which profiles, and drift at its lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compare::{DriftFact, DriftSeverity, Place};
use model::{Facts, Slot, View};
use render::{Code, Doubt, EntryKind, Origin, Problem, When};
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::lints;
use crate::severity::severity;
use crate::suppress::Suppressed;
use crate::{Analysis, Diagnostic, Drifted, FileRange, Severity};

/// More drift findings than this in one file are summarised (drift.md, section 4).
const MAX_DRIFT_PER_FILE: usize = 20;

/// The findings in `path`, in source order.
///
/// # Errors
/// [`Stopped`].
pub fn diagnostics(analysis: &Analysis, path: &SaltPath, stop: &Stop) -> Result<Vec<Diagnostic>, Stopped> {
    let mut found = Found::default();
    for view in &analysis.catalog.views {
        stop.check()?;
        let foreign = view.index().files(Slot::WrittenIn, path.as_str());
        for file in std::iter::once(path).chain(foreign) {
            if let Some(facts) = view.facts(file) {
                found.facts(view, facts, path);
                found.lints(view, facts, path, &lints::of(analysis, view, facts, stop)?);
            }
        }
        for file in lints::tellers(view, path) {
            if let Some(facts) = view.facts(&file) {
                found.lints(view, facts, path, &lints::of(analysis, view, facts, stop)?);
            }
        }
    }
    let mut all = found.finish(&analysis.catalog.views, path);
    all.extend(drift(analysis, path));
    if all.is_empty() && !lint::is_marked(&lints::scope(analysis, stop), path)? {
        return Ok(all);
    }
    let mut suppressed = Suppressed::read(analysis, path);
    all.retain(|diagnostic| !suppressed.covers(diagnostic));
    all.extend(suppressed.unused(path));
    all.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(all)
}

/// The files that have findings, in order.
///
/// # Errors
/// [`Stopped`].
pub fn files_with_diagnostics(analysis: &Analysis, stop: &Stop) -> Result<Vec<SaltPath>, Stopped> {
    let mut paths: Vec<SaltPath> = Vec::new();
    for view in &analysis.catalog.views {
        stop.check()?;
        for facts in view.files.values() {
            stop.check()?;
            let across = view.check(facts);
            let problems = facts.problems.iter().chain(across.iter());
            paths.extend(problems.map(|problem| place(problem, &facts.path).0.clone()));
            if lint::is_marked(&lints::scope(analysis, stop), &facts.path)? {
                paths.push(facts.path.clone());
            }
            let lints = lints::of(analysis, view, facts, stop)?;
            paths.extend(lints.iter().map(|finding| place(&finding.problem, &facts.path).0.clone()));
        }
    }
    paths.extend(analysis.drift.facts.iter().filter_map(|fact| Some(fact.place.as_ref()?.0.clone())));
    paths.sort();
    paths.dedup();
    let mut kept = Vec::new();
    for path in paths {
        if !diagnostics(analysis, &path, stop)?.is_empty() {
            kept.push(path);
        }
    }
    Ok(kept)
}

/// The files whose findings may be others than in `before`; `None`: any file's may.
#[must_use]
pub fn changed_since(analysis: &Analysis, before: &Analysis) -> Option<BTreeSet<SaltPath>> {
    let same = |a: &Arc<compare::Drift>, b: &Arc<compare::Drift>| Arc::ptr_eq(a, b);
    if !Arc::ptr_eq(&analysis.library, &before.library) || !Arc::ptr_eq(&analysis.modules, &before.modules) {
        return None;
    }
    let upstream = match (&analysis.upstream, &before.upstream) {
        (Some(now), Some(then)) => Arc::ptr_eq(now, then),
        (now, then) => now.is_none() && then.is_none(),
    };
    if !upstream {
        return None;
    }
    let mut changed: BTreeSet<SaltPath> = analysis.catalog.touched_since(&before.catalog)?.into_iter().collect();
    if !same(&analysis.drift, &before.drift) {
        let (now, then) = (by_file(&analysis.drift), by_file(&before.drift));
        changed
            .extend(now.iter().filter(|(path, facts)| then.get(*path) != Some(facts)).map(|(path, _)| (*path).clone()));
        changed.extend(then.keys().filter(|path| !now.contains_key(*path)).map(|path| (*path).clone()));
    }
    Some(changed)
}

fn by_file(drift: &compare::Drift) -> BTreeMap<&SaltPath, Vec<&DriftFact>> {
    let mut files: BTreeMap<&SaltPath, Vec<&DriftFact>> = BTreeMap::new();
    for fact in &drift.facts {
        if let Some((path, _)) = &fact.place {
            files.entry(path).or_default().push(fact);
        }
    }
    files
}

fn order(diagnostic: &Diagnostic) -> (TextRange, std::cmp::Reverse<Severity>, &str) {
    let range = diagnostic.place.as_ref().map(|place| place.range).unwrap_or_default();
    (range, std::cmp::Reverse(diagnostic.severity), &diagnostic.code)
}

/// One finding.
struct Entry {
    diagnostic: Diagnostic,
    /// Found with nothing known of the minion, whatever the tests in the file say.
    always: bool,
    /// When it happens, with nothing known of the minion.
    conditions: Vec<When>,
}

#[derive(Default)]
struct Found {
    entries: BTreeMap<(TextRange, &'static str, String), Entry>,
}

impl Found {
    /// Takes the problems of `facts` that show in the file `path`.
    fn facts(&mut self, view: &View, facts: &Facts, path: &SaltPath) {
        let across = view.check(facts);
        // What is malformed refers to nothing.
        let own = |problem: &&Problem| !facts.problems.iter().any(|one| one.origin.range == problem.origin.range);
        let broken = facts.problems.iter().any(|problem| problem.code == Code::JinjaSyntax);
        let everywhere = refused_everywhere(facts, &across);
        for problem in facts.problems.iter().chain(across.iter().filter(own)) {
            let (file, range) = place(problem, &facts.path);
            // Salt stops at the syntax error: what follows from the mended template says nothing.
            if file != path || (broken && problem.code != Code::JinjaSyntax) {
                continue;
            }
            let mut severity = severity_in(view, facts, problem);
            let conditional = severity == Severity::Warning && problem.doubt == Doubt::None;
            if conditional && everywhere {
                severity = Severity::Error;
            }
            let condition = (conditional && !everywhere && !problem.when.is_always()).then_some(&problem.when);
            if severity > Severity::None {
                self.add(view, problem, (severity, condition), (path, range), &facts.path);
            }
        }
    }

    /// Takes what the checks found about `facts` and shows in the file `path`.
    fn lints(&mut self, view: &View, facts: &Facts, path: &SaltPath, lints: &[lint::Finding]) {
        for finding in lints {
            let (file, range) = place(&finding.problem, &facts.path);
            if file == path {
                let severity = lints::severity_of(finding.level);
                self.add(view, &finding.problem, (severity, None), (path, range), &facts.path);
            }
        }
    }

    fn add(
        &mut self,
        view: &View,
        problem: &Problem,
        (severity, condition): (Severity, Option<&When>),
        (path, range): (&SaltPath, TextRange),
        own: &SaltPath,
    ) {
        let key = (range, problem.code.name(), problem.message.clone());
        let entry = self.entries.entry(key).or_insert_with(|| Entry {
            diagnostic: Diagnostic {
                code: problem.code.name().to_owned(),
                severity,
                message: problem.message.clone(),
                place: Some(FileRange { path: path.clone(), range }),
                related: related(problem, own),
                profiles: Vec::new(),
                drift: None,
            },
            always: false,
            conditions: Vec::new(),
        });
        entry.diagnostic.severity = entry.diagnostic.severity.max(severity);
        if let Some(profile) = view.profile() {
            if !entry.diagnostic.profiles.iter().any(|known| known == profile) {
                entry.diagnostic.profiles.push(profile.to_owned());
            }
        } else if let Some(condition) = condition {
            entry.conditions.push(condition.clone());
        } else {
            entry.always = true;
        }
    }

    fn finish(self, views: &[View], path: &SaltPath) -> Vec<Diagnostic> {
        self.entries
            .into_values()
            .map(|entry| {
                let mut diagnostic = entry.diagnostic;
                if entry.always {
                    diagnostic.profiles.clear();
                    return diagnostic;
                }
                if let Some(words) = when(&entry.conditions) {
                    diagnostic.message = format!("{} (when {words})", diagnostic.message);
                }
                if views.iter().any(|view| spared(view, &diagnostic, path)) {
                    // refused only by some minions: Salt runs it for the others
                    diagnostic.severity = diagnostic.severity.min(Severity::Warning);
                }
                diagnostic
            })
            .collect()
    }
}

/// The conditions, any of which is enough, as people read them; not more than they would read.
fn when(conditions: &[When]) -> Option<String> {
    let words: Vec<String> = conditions.iter().take(3).map(When::words).filter(|words| !words.is_empty()).collect();
    let text = words.join(", or ");
    (!text.is_empty()).then(|| text.chars().take(400).collect())
}

/// Whether the conditions under which Salt refuses the file leave no rendering out.
fn refused_everywhere(facts: &Facts, across: &[Problem]) -> bool {
    let all = facts.problems.iter().chain(across);
    let refused = all.filter(|problem| problem.doubt == Doubt::None && !problem.certain);
    let whens: Vec<When> = refused.map(|problem| problem.when.clone()).collect();
    !whens.is_empty() && When::cover_everything(&whens)
}

/// The severity of a problem of `facts` under `view`.
fn severity_in(view: &View, facts: &Facts, problem: &Problem) -> Severity {
    let severity = severity(problem);
    let about_context = matches!(
        problem.code,
        Code::JinjaUndefined | Code::JinjaRuntime | Code::JinjaUnknownName | Code::TemplateNotFound
    );
    match facts.kind {
        // who imports or manages them decides what they see
        EntryKind::Macros | EntryKind::Managed | EntryKind::Data | EntryKind::PillarExample
            if problem.code != Code::JinjaSyntax =>
        {
            Severity::None
        }
        EntryKind::Managed | EntryKind::Data | EntryKind::PillarExample => severity.min(Severity::Warning),
        // an include's `defaults` may set what one SLS alone has not
        EntryKind::Pillar if about_context && !named_by_top(view, facts) => Severity::None,
        // what others render as a template gets its variables from them
        EntryKind::State if lent(view, facts) => match problem.code {
            Code::JinjaSyntax => severity.min(Severity::Warning),
            _ => Severity::None,
        },
        EntryKind::Reactor | EntryKind::Cloud | EntryKind::Orchestrate if about_context => severity.min(Severity::Hint),
        EntryKind::State if view.profile().is_some() => {
            // a profile says nothing of SLS that its minion never runs
            if runs(view, &facts.path) { severity } else { Severity::None }
        }
        EntryKind::Pillar if view.profile().is_some() => {
            if named_by_top(view, facts) || !view.has_top(Slot::PillarSls) { severity } else { Severity::None }
        }
        _ => severity,
    }
}

/// Whether the view is of a minion that runs the file at `path` without the finding.
fn spared(view: &View, diagnostic: &Diagnostic, path: &SaltPath) -> bool {
    let Some(profile) = view.profile() else { return false };
    // Of templates and pillar files nobody knows here who uses them.
    let state = view.facts(path).is_some_and(|facts| facts.kind == EntryKind::State);
    !diagnostic.profiles.iter().any(|known| known == profile) && (!state || runs(view, path))
}

/// Whether the view's minion may run the state SLS: any where no top file says what it runs.
fn runs(view: &View, path: &SaltPath) -> bool {
    !view.has_top(Slot::Sls) || view.highstate().contains(path)
}

/// Whether the pillar's top file gives the SLS to the minion by itself.
fn named_by_top(view: &View, facts: &Facts) -> bool {
    view.top
        .pillar
        .iter()
        .flat_map(|env| &env.sls)
        .any(|sls| facts.names.iter().any(|(_, name)| sls.name.matches(name) || sls.name.as_literal() == Some(name)))
}

/// Whether a state SLS is only used as a template: imported or managed by other files, in no run.
pub(crate) fn lent(view: &View, facts: &Facts) -> bool {
    let index = view.index();
    let path = facts.path.as_str();
    let others = |slot| index.files(slot, path).any(|user| *user != facts.path);
    let template = others(Slot::ImportOf) || others(Slot::SaltFileOf);
    template && view.direct_includers(&facts.path).is_empty() && !view.highstate().contains(&facts.path)
}

/// Where a problem of the file `own` shows: where it was written, if that is in `own`; else at the
/// outermost call in `own` that led there; else where it was written.
pub(crate) fn place<'a>(problem: &'a Problem, own: &SaltPath) -> (&'a SaltPath, TextRange) {
    let origin = &problem.origin;
    if origin.path != *own
        && let Some((path, range)) = origin.chain.iter().rev().find(|(path, _)| path == own)
    {
        return (path, *range);
    }
    (&origin.path, origin.range)
}

fn related(problem: &Problem, own: &SaltPath) -> Vec<(FileRange, String)> {
    let at = |origin: &Origin| FileRange { path: origin.path.clone(), range: origin.range };
    let mut related: Vec<(FileRange, String)> =
        problem.related.iter().map(|related| (at(&related.origin), related.message.clone())).collect();
    let shown = place(problem, own);
    if shown != (&problem.origin.path, problem.origin.range) {
        related.push((at(&problem.origin), "it happens here".to_owned()));
    }
    for (path, range) in &problem.origin.chain {
        if (path, *range) != shown {
            related.push((FileRange { path: path.clone(), range: *range }, "called from here".to_owned()));
        }
    }
    related
}

fn drift(analysis: &Analysis, path: &SaltPath) -> Vec<Diagnostic> {
    let here = |fact: &&DriftFact| fact.place.as_ref().is_some_and(|(file, _)| file == path);
    let facts: Vec<&DriftFact> =
        analysis.drift.facts.iter().filter(here).filter(|fact| fact.severity > DriftSeverity::None).collect();
    let mut shown: Vec<Diagnostic> = facts.iter().take(MAX_DRIFT_PER_FILE).map(|fact| of_drift(fact)).collect();
    if facts.len() > MAX_DRIFT_PER_FILE {
        let more = facts.len() - MAX_DRIFT_PER_FILE;
        shown.push(Diagnostic {
            code: "drift/summary".to_owned(),
            severity: Severity::Information,
            message: format!("{more} more findings of drift in this file: `saltflow drift {path}` lists them"),
            place: Some(FileRange { path: path.clone(), range: TextRange::empty(0) }),
            related: Vec::new(),
            profiles: Vec::new(),
            drift: None,
        });
    }
    shown
}

/// A finding of drift as a diagnostic.
#[must_use]
pub fn of_drift(fact: &DriftFact) -> Diagnostic {
    let place = |(path, range): &(SaltPath, TextRange)| FileRange { path: path.clone(), range: *range };
    let at = |place: &Place| FileRange { path: place.path.clone(), range: place.range };
    Diagnostic {
        code: format!("drift/{}", fact.kind.name()),
        severity: drift_severity(fact.severity),
        message: fact.message.clone(),
        place: fact.place.as_ref().map(place),
        related: fact.ours.iter().map(|ours| (at(ours), "it is here on this branch".to_owned())).collect(),
        profiles: Vec::new(),
        drift: Some(Drifted {
            kind: fact.kind.name(),
            entity: fact.entity.name(),
            name: fact.name.clone(),
            renamed_to: fact.renamed_to.clone(),
            theirs: fact.theirs.as_ref().map(at),
        }),
    }
}

/// Drift's severity as a diagnostic's.
#[must_use]
pub fn drift_severity(severity: DriftSeverity) -> Severity {
    match severity {
        DriftSeverity::None => Severity::None,
        DriftSeverity::Hint => Severity::Hint,
        DriftSeverity::Information => Severity::Information,
        DriftSeverity::Warning => Severity::Warning,
        DriftSeverity::Error => Severity::Error,
    }
}
