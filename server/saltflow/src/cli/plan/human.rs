//! A plan for people at a terminal.

use std::fmt::Write as _;

use plan::{Change, Group};

use super::{argument, by, counts, follows, minions, nothing, sign, summary};
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::escape;
use crate::planned::Planned;

/// States that follow from one cause are told up to here.
const MAX_OF_CAUSE: usize = 4;
/// Arguments of one state that are told, and lines of its files.
const MAX_ARGUMENTS: usize = 12;
const MAX_LINES: usize = 12;
/// Pillar keys that are told of one group.
const MAX_KEYS: usize = 12;

fn colour(sign: char) -> &'static str {
    match sign {
        '+' => "\u{1b}[32m",
        '-' => "\u{1b}[31m",
        _ => "\u{1b}[33m",
    }
}

const END: &str = "\u{1b}[0m";
const BOLD: &str = "\u{1b}[1m";

/// All of it.
pub(super) fn text(session: &Session, found: &Planned) -> String {
    let mut out = String::new();
    let places = Places::new(&found.after).of(&session.workspace);
    let _ = writeln!(out, "{BOLD}Plan: {}{END}", escape::terminal(&found.title, 400));
    for path in &found.conflicts {
        let _ = writeln!(out, "  git asks about {}: planned as it is on {}", places.shown(path), found.names[0]);
    }
    for note in &found.notes {
        let _ = writeln!(out, "note: {}", escape::terminal(note, 2_000));
    }
    if found.plan.groups.iter().all(Group::is_empty) {
        let _ = writeln!(out, "{}", nothing(found));
        return out;
    }
    let _ = writeln!(out, "{}\n", summary(found));
    for group in found.plan.groups.iter().filter(|group| !group.is_empty()) {
        one(&mut out, found, group, &places);
    }
    let calm: Vec<&Group> = found.plan.groups.iter().filter(|group| group.is_empty()).collect();
    if !calm.is_empty() {
        let names: Vec<String> = calm.iter().map(|group| minions(group)).collect();
        let _ = writeln!(out, "No change on {}.", names.join(", "));
    }
    out
}

fn one(out: &mut String, found: &Planned, group: &Group, places: &Places<'_>) {
    let [added, changed, removed] = counts(group);
    let _ = writeln!(out, "{BOLD}{}{END}  +{added} ~{changed} -{removed}", minions(group));
    for error in &group.errors {
        let _ = writeln!(out, "  \u{1b}[31merror{END} Salt refuses it: {}", escape::terminal(error, 600));
    }
    for (what, names) in [("runs", &group.gained), ("no longer runs", &group.lost)] {
        if !names.is_empty() {
            let _ = writeln!(out, "  {what} SLS {}", escape::terminal(&names.join(", "), 400));
        }
    }
    let mut causes: Vec<Option<usize>> = group.changes.iter().map(|change| change.cause).collect();
    causes.sort_by_key(|cause| cause.unwrap_or(usize::MAX));
    causes.dedup();
    for at in causes {
        let mine: Vec<&Change> = group.changes.iter().filter(|change| change.cause == at).collect();
        if let Some(cause) = at.and_then(|at| found.plan.causes.get(at)) {
            let who = by(found, &cause.path);
            let who = if who.is_empty() { String::new() } else { format!(" ({who})") };
            let _ = writeln!(
                out,
                "  {}:{}{who}: {}\n    {}",
                places.shown(&cause.path),
                cause.line + 1,
                follows(mine.len(), cause.follows),
                escape::terminal(&cause.text, 120)
            );
        }
        let shown = if mine.len() > MAX_OF_CAUSE { MAX_OF_CAUSE - 1 } else { mine.len() };
        mine.iter().take(shown).for_each(|change| state(out, change));
        if mine.len() > shown {
            let risky: Vec<&&Change> = mine.iter().skip(shown).filter(|change| !change.risks.is_empty()).collect();
            risky.iter().for_each(|change| state(out, change));
            let _ = writeln!(out, "    … and {} states more", mine.len() - shown - risky.len());
        }
    }
    for key in group.pillar.iter().take(MAX_KEYS) {
        let _ = writeln!(out, "  pillar {}", argument(key));
    }
    if group.pillar.len() > MAX_KEYS {
        let _ = writeln!(out, "  … and {} pillar keys more", group.pillar.len() - MAX_KEYS);
    }
    if !group.reordered.is_empty() {
        let _ = writeln!(out, "  in another order: {}", escape::terminal(&group.reordered.join(", "), 400));
    }
    for unknown in &group.unknown {
        let _ = writeln!(out, "  not known: {}", escape::terminal(unknown, 400));
    }
    out.push('\n');
}

fn state(out: &mut String, change: &Change) {
    let sign = sign(change.action);
    let renamed =
        change.old_id.as_ref().map_or_else(String::new, |old| format!(" (was {})", escape::terminal(old, 100)));
    let when =
        if change.when.is_empty() { String::new() } else { format!("  when {}", escape::terminal(&change.when, 200)) };
    let _ = writeln!(
        out,
        "    {}{sign} {} {}{END}{renamed}{when}",
        colour(sign),
        escape::terminal(&change.function, 100),
        escape::terminal(&change.id, 200)
    );
    if change.action == plan::Action::Change {
        for one in change.arguments.iter().take(MAX_ARGUMENTS) {
            let _ = writeln!(out, "        {}", argument(one));
        }
        if change.arguments.len() > MAX_ARGUMENTS {
            let _ = writeln!(out, "        … and {} arguments more", change.arguments.len() - MAX_ARGUMENTS);
        }
    }
    for content in &change.contents {
        let template = if content.template { ", a template: what it renders to is not said" } else { "" };
        let path = escape::terminal(content.path.as_str(), 200);
        let _ = writeln!(out, "        {path}: +{} -{} lines{template}", content.added, content.removed);
        for line in content.lines.iter().take(MAX_LINES) {
            let _ = writeln!(out, "          {}", escape::terminal(line, 160));
        }
    }
    for risk in &change.risks {
        let _ = writeln!(out, "        ⚠ {}", escape::terminal(&risk.text(), 200));
    }
}
