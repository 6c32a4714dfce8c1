//! `saltflow plan`: what a merge changes, on which minions.

mod html;
mod human;
mod json;
mod markdown;

use std::path::Path;

use anyhow::bail;
use plan::{Action, Argument, Change, Group, Ignore};
use serde_json::Value;

use crate::cli::args::{PlanFailOn, PlanFormat, PlanWords};
use crate::cli::check::inside;
use crate::cli::print::{print, say};
use crate::cli::session::Session;
use crate::escape;
use crate::planned::{Planned, Question, planned};

/// Prints the plan. Exit status 1 if it has what `--fail-on` names.
///
/// # Errors
/// There is nothing to compare.
pub fn run(session: &Session, words: &PlanWords) -> anyhow::Result<u8> {
    let range = words.what.as_deref().and_then(|what| what.split_once(".."));
    let question = match (&words.base, &words.merge, range) {
        (None, None, Some((from, to))) => Question::Between(from, to.trim_start_matches('.')),
        (_, _, Some(_)) => bail!("A..B stands for itself: leave --base and --merge out"),
        (_, Some(merge), None) => Question::Merge(merge),
        (base, None, None) => Question::IntoBase(base.as_deref()),
    };
    let ignore = Ignore {
        states: words.ignore_state.clone(),
        arguments: words.ignore_argument.clone(),
        minions: words.ignore_minion.clone(),
    };
    let mut found = planned(session, &question, &ignore)?;
    if let Some(path) = words.what.as_deref().filter(|_| range.is_none()) {
        let filter = inside(session, Path::new(path))?;
        let within = |change: &Change| change.place.as_ref().is_some_and(|(path, _)| path.below(&filter).is_some());
        found.plan.groups.iter_mut().for_each(|group| group.changes.retain(within));
    }
    match words.format {
        PlanFormat::Human => print(&human::text(session, &found)),
        PlanFormat::Json => say!("{:#}", json::document(session, &found)),
        PlanFormat::Markdown => print(&markdown::text(session, &found)),
        PlanFormat::Html => print(&html::page(session, &found)),
    }
    Ok(u8::from(fails(&found, words.fail_on)))
}

fn fails(found: &Planned, on: PlanFailOn) -> bool {
    let groups = &found.plan.groups;
    let errors = !found.conflicts.is_empty() || groups.iter().any(|group| !group.errors.is_empty());
    let risks = groups.iter().flat_map(|group| &group.changes).any(|change| !change.risks.is_empty());
    match on {
        PlanFailOn::Change => errors || groups.iter().any(|group| !group.is_empty()),
        PlanFailOn::Risk => errors || risks,
        PlanFailOn::Error => errors,
        PlanFailOn::None => false,
    }
}

/// The sign of a change.
fn sign(action: Action) -> char {
    match action {
        Action::Add => '+',
        Action::Remove => '-',
        Action::Change => '~',
        Action::Rename => '»',
    }
}

/// How many states of a group are added, changed (renamed ones included) and removed.
fn counts(group: &Group) -> [usize; 3] {
    let count = |wanted: &[Action]| group.changes.iter().filter(|change| wanted.contains(&change.action)).count();
    [count(&[Action::Add]), count(&[Action::Change, Action::Rename]), count(&[Action::Remove])]
}

/// `web1, web2 and 14 more`; whoever matches a target is told as that.
fn minions(group: &Group) -> String {
    let shown: Vec<String> = group
        .minions
        .iter()
        .take(3)
        .map(|name| {
            let name = escape::terminal(name, 80);
            if group.profiles { name } else { format!("'{name}'") }
        })
        .collect();
    let what = if group.profiles { "" } else { "minions of " };
    match group.minions.len() {
        n if n > 3 => format!("{what}{} and {} more", shown.join(", "), n - 3),
        _ => format!("{what}{}", shown.join(", ")),
    }
}

/// A value in one line.
fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    escape::terminal(&text, 200)
}

/// `enable: true → false`
fn argument(argument: &Argument) -> String {
    let name = escape::terminal(&argument.name, 100);
    match (&argument.old, &argument.new) {
        (Some(old), Some(new)) => format!("{name}: {} → {}", value(old), value(new)),
        (None, Some(new)) => format!("{name}: {}", value(new)),
        (Some(old), None) => format!("{name}: {} (gone)", value(old)),
        (None, None) => name,
    }
}

/// In how many words the plan can be told: minions, states, causes.
fn summary(found: &Planned) -> String {
    let plan = &found.plan;
    let total: usize = plan.groups.iter().map(|group| group.minions.len()).sum();
    let touched: usize = plan.groups.iter().filter(|group| !group.is_empty()).map(|group| group.minions.len()).sum();
    let sum =
        plan.groups.iter().map(counts).fold([0; 3], |sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]]);
    let kind = if plan.groups.iter().any(|group| group.profiles) { "minions" } else { "targets" };
    format!(
        "{touched} of {total} {kind} change: {} states to add, {} to change, {} to remove; {} causes",
        sum[0],
        sum[1],
        sum[2],
        plan.causes.len()
    )
}

/// Why an empty plan may be believed.
fn nothing(found: &Planned) -> String {
    let groups = &found.plan.groups;
    let minions: usize = groups.iter().map(|group| group.minions.len()).sum();
    let states: usize = groups.iter().map(|group| group.states * group.minions.len()).sum();
    let kind = if groups.iter().any(|group| group.profiles) {
        "minions, of whom everything is known".to_owned()
    } else {
        "targets of the top file, as far as it can be known without profiles".to_owned()
    };
    format!("Nothing changes: the highstates of {minions} {kind}, were compared, {states} states in all.")
}

/// Why a cause matters, such as `112 states follow`.
fn follows(states: usize, follows: bool) -> String {
    match (states, follows) {
        (1, true) => "1 state follows".to_owned(),
        (n, true) => format!("{n} states follow"),
        (1, false) => "1 state".to_owned(),
        (n, false) => format!("{n} states"),
    }
}

/// Who changed the file last: `a1b2c3d, Ada`.
fn by(found: &Planned, path: &world::SaltPath) -> String {
    found
        .who
        .get(path)
        .map_or_else(String::new, |commit| format!("{}, {}", commit.id.short(), escape::terminal(&commit.author, 60)))
}
