//! Whether a command did what it was asked for: how much was read, what it was compared with, and
//! what could not be done. A pipeline that looked at nothing must not pass for one that found nothing.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::between::{Between, Mode};
use crate::cli::session::Session;
use crate::drift::Report;
use crate::escape;

/// The status of a command that did not do what it was asked for.
pub const UNDONE: u8 = 2;

/// How much the caller wants a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Left out.
    Unwanted,
    /// As part of everything: where there is nothing to compare with, that is told.
    Usual,
    /// It is what the caller wants to know.
    Wanted,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// SLS that were read.
    pub sls: usize,
    /// The branches compared with.
    pub against: Vec<String>,
    /// What was not done though it was asked for, ready to print.
    pub undone: Vec<String>,
    /// Those that were told when the session was opened.
    pub(crate) told: Vec<String>,
    /// Why nothing was compared.
    pub(crate) not_compared: Option<String>,
    /// Whether every branch is where its base is.
    pub(crate) level: bool,
}

impl Done {
    /// What was done in `session`; `report` is what was compared.
    #[must_use]
    pub fn of(session: &Session, comparison: Comparison, report: Option<&Report>) -> Self {
        let mut done = Self { sls: session.sls(), undone: session.undone.clone(), ..Self::default() };
        done.told = session.undone.iter().chain(&session.workspace.git_off).cloned().collect();
        if done.sls == 0 {
            done.undone.push(format!(
                "there is no SLS in {}: is it the right folder? (-C names another one, --state-root the states)",
                session.workspace.root.display()
            ));
        }
        if comparison == Comparison::Unwanted {
            done.not_compared = Some("not compared".to_owned());
            return done;
        }
        done.undone.extend(session.workspace.git_off.iter().cloned());
        let Some(report) = report else {
            let why = format!("{} is in no git repository", session.workspace.root.display());
            if comparison == Comparison::Wanted && session.workspace.git_off.is_empty() {
                done.undone.push(format!("{why}: there is nothing to compare with"));
            }
            done.not_compared = Some("not compared: no git repository".to_owned());
            return done;
        };
        for one in &report.repositories {
            let own = one.mount.is_root();
            let comparison = if own { comparison } else { Comparison::Usual };
            done.undone.extend(undone(one, comparison));
            done.against.extend(one.base.as_ref().map(|base| base.reference.clone()));
        }
        done.against.dedup();
        let level = |one: &Between| one.base.as_ref().map(|base| base.commit) == one.head;
        done.level = report.repositories.iter().all(level);
        if done.against.is_empty() {
            let mode = report.repositories.first().map_or(Mode::Off, |one| one.mode);
            done.not_compared = Some(format!("not compared: {}", why(mode)));
        }
        done
    }

    /// `34 SLS read, compared with origin/develop`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("{} SLS read", self.sls);
        match &self.not_compared {
            Some(why) => {
                let _ = write!(line, ", {why}");
            }
            None => {
                let _ = write!(line, ", compared with {}", escape::terminal(&self.against.join(" and "), 400));
                if self.level {
                    line.push_str(" (nothing to merge: it is the same commit)");
                }
            }
        }
        line
    }

    /// Says on stderr what was not done, and for programs' formats, which have no place for it, what was.
    pub fn tell(&self, with_line: bool) {
        if with_line {
            anstream::eprintln!("saltflow: {}", self.line());
        }
        for undone in self.undone.iter().filter(|undone| !self.told.contains(undone)) {
            anstream::eprintln!("saltflow: not done: {}", crate::cli::hidden(&escape::terminal(undone, 2_000)));
        }
    }

    /// The members `sls`, `compared_with` and `undone` of a JSON document.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({ "sls": self.sls, "compared_with": self.against, "undone": self.undone })
    }

    /// The exit status: `status`, unless something was not done.
    #[must_use]
    pub fn status(&self, status: u8) -> u8 {
        if self.undone.is_empty() { status } else { UNDONE }
    }
}

/// Why a repository was not compared, in few words; [`Between::notes`] has the whole of it.
fn why(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "git is off",
        Mode::Unborn => "no commit yet",
        Mode::Paused => "a merge or rebase is in progress",
        Mode::NoBase => "no branch to compare with",
        Mode::TwoWay | Mode::On => "nothing differs",
    }
}

/// What a person does about a history that is cut off.
const DEEPEN: &str = "`git fetch --unshallow` brings the rest, and `git fetch origin BRANCH` the branch to compare \
    with; in pipelines: `fetch-depth: 0` (GitHub), `GIT_DEPTH: 0` (GitLab); --no-drift leaves the comparison out";

/// Why the comparison of a repository is not what was asked for.
fn undone(one: &Between, comparison: Comparison) -> Option<String> {
    let wanted = comparison == Comparison::Wanted;
    let name = &one.name;
    let note = || one.notes.join("; ");
    match one.mode {
        // the only version here is compared with itself
        Mode::On if one.shallow && one.base.as_ref().map(|base| base.commit) == one.head => Some(format!(
            "{name} was not compared: its history is cut off (shallow clone), and its only commit is the branch to compare with; {DEEPEN}"
        )),
        Mode::TwoWay if one.shallow => Some(format!(
            "{name} was not compared as a merge would: its history is cut off (shallow clone) before the branches parted; {DEEPEN}"
        )),
        Mode::NoBase if one.shallow => Some(format!(
            "{name} was not compared: its history is cut off (shallow clone), and the branch to compare with was not fetched; {DEEPEN}"
        )),
        Mode::NoBase if one.detached => Some(format!(
            "{name} was not compared: no branch is checked out and none of develop, dev, main, master is here; `git fetch origin BRANCH` and --base origin/BRANCH name one, --no-drift leaves the comparison out"
        )),
        Mode::Off | Mode::Unborn | Mode::Paused | Mode::NoBase if wanted => {
            Some(format!("{name} was not compared: {}", note()))
        }
        _ => None,
    }
}
