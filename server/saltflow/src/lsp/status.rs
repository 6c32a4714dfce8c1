//! What the status bar says of drift (docs/lsp-extensions.md, `saltflow/status`).

use compare::DriftSeverity;
use serde::{Deserialize, Serialize};
use tower_lsp::ls_types as lsp;

use crate::drift::{Mode, Report};

/// The notification.
#[derive(Debug)]
pub enum Notification {}

impl lsp::notification::Notification for Notification {
    type Params = Status;
    const METHOD: &'static str = "saltflow/status";
}

/// What is to be said of one workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The workspace.
    pub root: Option<lsp::Uri>,
    /// How the comparison went: `on`, `two-way`, `paused`, `no-base`, `unborn` or `off`.
    pub mode: String,
    /// A short text: `develop ↓104 ↑3 ⚠2`.
    pub text: String,
    /// The same in words, with what a person should know.
    pub tooltip: String,
    /// HEAD's branch, or its commit.
    pub branch: String,
    /// The branch compared with.
    pub base: Option<Base>,
    /// Commits of HEAD that the base lacks.
    pub ahead: usize,
    /// Commits of the base that HEAD lacks.
    pub behind: usize,
    /// Findings of drift that are errors.
    pub errors: usize,
    /// Those that are warnings.
    pub warnings: usize,
}

/// A branch and its tip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Its name.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its commit.
    pub commit: String,
}

/// What `report` is to say of the workspace at `root`.
#[must_use]
pub fn of(root: Option<lsp::Uri>, report: &Report) -> Status {
    let count = |severity| report.drift.facts.iter().filter(|fact| fact.severity == severity).count();
    let (errors, warnings) = (count(DriftSeverity::Error), count(DriftSeverity::Warning));
    let (ahead, behind) = report.ahead_behind;
    let base = report.base.as_ref();
    let name = base.map(|base| crate::escape::terminal(&base.reference, 100)).unwrap_or_default();
    let text = match report.mode {
        Mode::On | Mode::TwoWay => {
            let mut text = name.clone();
            for (sign, count) in [("↓", behind), ("↑", ahead), ("⚠", errors + warnings)] {
                if count > 0 {
                    text.push_str(&format!(" {sign}{count}"));
                }
            }
            text
        }
        Mode::Paused => "drift paused".to_owned(),
        Mode::NoBase => "no base branch".to_owned(),
        Mode::Unborn | Mode::Off => String::new(),
    };
    let mut lines = Vec::new();
    let several = report.repositories.len() > 1;
    for one in &report.repositories {
        let Some(base) = &one.base else { continue };
        let [repository, branch, base] =
            [&one.name, &one.here, &base.reference].map(|text| crate::escape::terminal(text, 200));
        let repository = if several { format!("{repository}: ") } else { String::new() };
        let (ahead, behind) = one.ahead_behind;
        lines.push(format!("{repository}{branch} is {behind} commits behind {base} and {ahead} ahead of it"));
    }
    if base.is_some() {
        lines.push(format!("drift: {errors} errors, {warnings} warnings"));
    }
    lines.extend(report.notes.iter().chain(&report.drift.notes).map(|note| crate::escape::terminal(note, 500)));
    Status {
        root,
        mode: report.mode.name().to_owned(),
        text,
        tooltip: lines.join("\n"),
        branch: report.here.clone(),
        base: base.map(|base| Base { reference: base.reference.clone(), commit: base.commit.to_string() }),
        ahead,
        behind,
        errors,
        warnings,
    }
}
