//! A plan as one page that needs nothing else: minions by SLS, changes by cause. It folds with the browser's
//! own elements, so that it works with a keyboard and without scripts, in light and in dark.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use plan::{Change, Group};

use super::{argument, by, counts, follows, minions, nothing, sign, summary};
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::escape;
use crate::planned::Planned;

/// Columns of the matrix.
const MAX_COLUMNS: usize = 40;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8886;--add:#1a7f37;--remove:#cf222e;--change:#9a6700}\
@media(prefers-color-scheme:dark){:root{--add:#3fb950;--remove:#f85149;--change:#d29922}}\
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}\
code,pre{font:13px/1.45 ui-monospace,monospace}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}\
table{border-collapse:collapse;display:block;overflow-x:auto}td,th{border:1px solid var(--line);padding:.25rem .6rem;text-align:left}\
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}summary{cursor:pointer}\
.add{color:var(--add)}.remove{color:var(--remove)}.change,.rename{color:var(--change)}\
.error,.risk{color:var(--remove);font-weight:600}ul{padding-left:1.2rem}pre{overflow-x:auto;margin:.3rem 0}";

/// Text of the repository in HTML.
fn esc(text: &str) -> String {
    let mut out = String::new();
    for c in escape::terminal(text, 2_000).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The page.
pub(super) fn page(session: &Session, found: &Planned) -> String {
    let places = Places::new(&found.after).of(&session.workspace);
    let title = esc(&found.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>Plan: {title}</title><style>{STYLE}</style></head><body>\n<main>\n<h1>Plan: {title}</h1>\n"
    );
    if !found.conflicts.is_empty() {
        let names: Vec<String> =
            found.conflicts.iter().map(|path| format!("<code>{}</code>", esc(&places.shown(path)))).collect();
        let _ = writeln!(out, "<p class=\"error\">Git asks about {}.</p>", names.join(", "));
    }
    if found.plan.groups.iter().all(Group::is_empty) {
        let _ = writeln!(out, "<p>{}</p>", esc(&nothing(found)));
    } else {
        let _ = writeln!(out, "<p>{}</p>", esc(&summary(found)));
        causes(&mut out, found, &places);
        matrix(&mut out, found);
        let _ = writeln!(out, "<h2>Minions</h2>");
        for group in found.plan.groups.iter().filter(|group| !group.is_empty()) {
            section(&mut out, found, group, &places);
        }
        for group in found.plan.groups.iter().filter(|group| group.is_empty()) {
            let _ = writeln!(out, "<p>No change on {}.</p>", esc(&minions(group)));
        }
    }
    for note in &found.notes {
        let _ = writeln!(out, "<p>{}</p>", esc(note));
    }
    out.push_str("</main>\n</body></html>\n");
    out
}

fn causes(out: &mut String, found: &Planned, places: &Places<'_>) {
    if found.plan.causes.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<h2>Causes</h2>\n<table><thead><tr><th scope=\"col\">place</th><th scope=\"col\">line</th>\
         <th scope=\"col\">commit</th><th scope=\"col\">states</th></tr></thead><tbody>"
    );
    for (n, cause) in found.plan.causes.iter().enumerate() {
        let _ = writeln!(
            out,
            "<tr id=\"cause-{n}\"><td><code>{}:{}</code></td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            esc(&places.shown(&cause.path)),
            cause.line + 1,
            esc(&cause.text),
            esc(&by(found, &cause.path)),
            follows(cause.states, cause.follows)
        );
    }
    out.push_str("</tbody></table>\n");
}

/// Which SLS change on which minions.
fn matrix(out: &mut String, found: &Planned) {
    let changed = |group: &Group| group.changes.iter().map(|change| change.sls.clone()).collect::<BTreeSet<String>>();
    let groups: Vec<&Group> = found.plan.groups.iter().filter(|group| !group.changes.is_empty()).collect();
    let all: BTreeSet<String> = groups.iter().flat_map(|group| changed(group)).collect();
    if all.is_empty() {
        return;
    }
    let columns: Vec<&String> = all.iter().take(MAX_COLUMNS).collect();
    let _ = write!(out, "<h2>Minions and SLS</h2>\n<table><thead><tr><th scope=\"col\">minions</th>");
    columns.iter().for_each(|sls| _ = write!(out, "<th scope=\"col\">{}</th>", esc(sls)));
    out.push_str("</tr></thead><tbody>\n");
    for group in groups {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", esc(&minions(group)));
        for sls in &columns {
            let count = group.changes.iter().filter(|change| change.sls == **sls).count();
            let _ = write!(out, "<td>{}</td>", if count == 0 { String::new() } else { count.to_string() });
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table>\n");
}

fn section(out: &mut String, found: &Planned, group: &Group, places: &Places<'_>) {
    let [added, changed, removed] = counts(group);
    let _ = writeln!(
        out,
        "<details open><summary><strong>{}</strong> <span class=\"add\">+{added}</span> \
         <span class=\"change\">~{changed}</span> <span class=\"remove\">-{removed}</span></summary>",
        esc(&group.minions.join(", "))
    );
    for error in &group.errors {
        let _ = writeln!(out, "<p class=\"error\">Salt refuses it: {}</p>", esc(error));
    }
    for (what, names) in [("Runs SLS", &group.gained), ("No longer runs SLS", &group.lost)] {
        if !names.is_empty() {
            let _ = writeln!(out, "<p>{what} {}</p>", esc(&names.join(", ")));
        }
    }
    out.push_str("<ul>\n");
    group.changes.iter().for_each(|change| state(out, found, change, places));
    for key in &group.pillar {
        let _ = writeln!(out, "<li>pillar <code>{}</code></li>", esc(&argument(key)));
    }
    out.push_str("</ul>\n");
    if !group.reordered.is_empty() {
        let _ = writeln!(out, "<p>In another order: {}</p>", esc(&group.reordered.join(", ")));
    }
    for unknown in &group.unknown {
        let _ = writeln!(out, "<p>Not known: {}</p>", esc(unknown));
    }
    out.push_str("</details>\n");
}

fn state(out: &mut String, found: &Planned, change: &Change, places: &Places<'_>) {
    let renamed = change.old_id.as_ref().map_or_else(String::new, |old| format!(" (was {})", esc(old)));
    let when = if change.when.is_empty() { String::new() } else { format!(" when <code>{}</code>", esc(&change.when)) };
    let _ = write!(
        out,
        "<li><span class=\"{}\">{} <code>{} {}</code></span>{renamed}{when}",
        change.action.name(),
        sign(change.action),
        esc(&change.function),
        esc(&change.id)
    );
    if let Some((n, cause)) = change.cause.and_then(|n| Some((n, found.plan.causes.get(n)?))) {
        let _ = write!(out, " — <a href=\"#cause-{n}\">{}:{}</a>", esc(&places.shown(&cause.path)), cause.line + 1);
    }
    for risk in &change.risks {
        let _ = write!(out, " <span class=\"risk\">⚠ {}</span>", esc(&risk.text()));
    }
    if !change.arguments.is_empty() && change.action == plan::Action::Change {
        let lines: Vec<String> = change.arguments.iter().map(|one| esc(&argument(one))).collect();
        let _ = write!(out, "<pre>{}</pre>", lines.join("\n"));
    }
    for content in &change.contents {
        let lines: Vec<String> = content.lines.iter().map(|line| esc(line)).collect();
        let _ = write!(
            out,
            "<details><summary><code>{}</code> +{} -{}</summary><pre>{}</pre></details>",
            esc(content.path.as_str()),
            content.added,
            content.removed,
            lines.join("\n")
        );
    }
    out.push_str("</li>\n");
}
