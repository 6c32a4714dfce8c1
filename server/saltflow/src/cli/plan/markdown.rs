//! A plan as a comment of a merge request: folded, and bounded in size.

use std::fmt::Write as _;

use plan::{Change, Group};

use super::{argument, by, counts, follows, minions, nothing, sign, summary};
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::escape;
use crate::planned::Planned;

/// Forges cut comments at 65,536 characters.
const MAX_BYTES: usize = 60_000;
/// States of one group that are listed.
const MAX_STATES: usize = 60;

/// Text of the repository inside of a code span or a cell.
fn code(text: &str) -> String {
    format!("`{}`", escape::terminal(text, 200).replace('`', "'").replace('|', "\\|"))
}

/// Text outside of code.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in escape::terminal(text, 400).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '*' | '_' | '`' | '[' | ']' | '#' | '|' | '\\' | '@' | '!' | '~' | '>' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// All of it.
pub(super) fn text(session: &Session, found: &Planned) -> String {
    let places = Places::new(&found.after).of(&session.workspace);
    let mut out = format!("### Plan: {}\n\n", plain(&found.title));
    if !found.conflicts.is_empty() {
        let names: Vec<String> = found.conflicts.iter().map(|path| code(&places.shown(path))).collect();
        let _ =
            writeln!(out, "Git asks about {}: planned as they are on {}.\n", names.join(", "), plain(&found.names[0]));
    }
    if found.plan.groups.iter().all(Group::is_empty) {
        let _ = writeln!(out, "{}", plain(&nothing(found)));
        return out;
    }
    let _ = writeln!(out, "{}\n", plain(&summary(found)));
    if !found.plan.causes.is_empty() {
        let _ = writeln!(out, "| cause | line | commit | states |\n|---|---|---|---|");
        for cause in found.plan.causes.iter().take(30) {
            let place = code(&format!("{}:{}", places.shown(&cause.path), cause.line + 1));
            let _ = writeln!(
                out,
                "| {place} | {} | {} | {} |",
                code(&cause.text),
                plain(&by(found, &cause.path)),
                follows(cause.states, cause.follows)
            );
        }
        out.push('\n');
    }
    let mut left = 0;
    for group in found.plan.groups.iter().filter(|group| !group.is_empty()) {
        let section = section(group);
        if out.len() + section.len() > MAX_BYTES {
            left += 1;
            continue;
        }
        out.push_str(&section);
    }
    if left > 0 {
        let _ = writeln!(out, "… and {left} more groups of minions: `saltflow plan` lists them.");
    }
    for note in &found.notes {
        let _ = writeln!(out, "\n{}", plain(note));
    }
    out
}

fn section(group: &Group) -> String {
    let [added, changed, removed] = counts(group);
    let mut out = format!(
        "<details><summary>{}: {added} to add, {changed} to change, {removed} to remove</summary>\n\n",
        plain(&minions(group))
    );
    for error in &group.errors {
        let _ = writeln!(out, "- **Salt refuses it**: {}", plain(error));
    }
    for (what, names) in [("runs SLS", &group.gained), ("no longer runs SLS", &group.lost)] {
        if !names.is_empty() {
            let _ = writeln!(out, "- {what} {}", names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "));
        }
    }
    for unknown in &group.unknown {
        let _ = writeln!(out, "- not known: {}", plain(unknown));
    }
    out.push_str("\n```diff\n");
    for change in group.changes.iter().take(MAX_STATES) {
        state(&mut out, change);
    }
    for key in group.pillar.iter().take(MAX_STATES) {
        let _ = writeln!(out, "! pillar {}", fenced(&argument(key)));
    }
    out.push_str("```\n");
    if group.changes.len() > MAX_STATES {
        let _ = writeln!(out, "… and {} more states.", group.changes.len() - MAX_STATES);
    }
    out.push_str("\n</details>\n\n");
    out
}

/// A line in a fence, which it cannot close.
fn fenced(text: &str) -> String {
    escape::terminal(text, 300).replace("```", "'''")
}

fn state(out: &mut String, change: &Change) {
    let sign = match sign(change.action) {
        '+' => '+',
        '-' => '-',
        _ => '!',
    };
    let renamed = change.old_id.as_ref().map_or_else(String::new, |old| format!(" (was {old})"));
    let when = if change.when.is_empty() { String::new() } else { format!(" when {}", change.when) };
    let _ = writeln!(out, "{sign} {}", fenced(&format!("{} {}{renamed}{when}", change.function, change.id)));
    if change.action == plan::Action::Change {
        change.arguments.iter().for_each(|one| {
            let _ = writeln!(out, "    {}", fenced(&argument(one)));
        });
    }
    for content in &change.contents {
        let _ = writeln!(out, "    {}: +{} -{}", fenced(content.path.as_str()), content.added, content.removed);
    }
    for risk in &change.risks {
        let _ = writeln!(out, "    risk: {}", fenced(&risk.text()));
    }
}
