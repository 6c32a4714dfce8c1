//! How findings of rendering, high data and the tree may be mended where it is clear what was meant: each
//! a small edit of the text, not tried yet. The checks' own findings bring theirs with them.

use model::{Facts, Slot, View};
use render::{Code, Origin, Problem, SourceKind};
use text::TextRange;

use crate::near::nearest;
use crate::{Edit, Fix, Scope};

/// Renderers that begin an SLS's first line (`salt/renderers`).
const RENDERERS: [&str; 19] = [
    "aws_kms",
    "cheetah",
    "dson",
    "genshi",
    "gpg",
    "hjson",
    "jinja",
    "json",
    "json5",
    "mako",
    "msgpack",
    "nacl",
    "pass",
    "py",
    "pydsl",
    "pyobjects",
    "stateconf",
    "toml",
    "yaml",
];

/// The fix for a problem of `facts`; `None` where nobody can say what was meant.
#[must_use]
pub fn fix_of(scope: &Scope<'_>, view: &View, facts: &Facts, problem: &Problem) -> Option<Fix> {
    let origin = &problem.origin;
    if origin.kind != SourceKind::Exact {
        return None;
    }
    let entry = scope.world.tree.get(&origin.path)?;
    let content = scope.world.source.content(&origin.path, entry.blob)?;
    let text = std::str::from_utf8(&content).ok()?;
    let written = text.get(origin.range.start as usize..origin.range.end as usize)?;
    let bare = written.trim_matches(['\'', '"']);
    let names = |slot| view.index().starting_with(slot, "").map(|(name, _)| name.as_str());
    match problem.code {
        Code::TrailingColon => {
            let end = origin.range.end;
            let colon = TextRange::new(end, end + 1);
            (colon.end as usize <= text.len() && colon.slice(text) == ":")
                .then(|| one(origin, "remove the colon", colon, ":", ""))
        }
        Code::NamesNotList | Code::IncludeMalformed | Code::ExcludeMalformed => listed(origin, written),
        Code::RequisiteMalformed if is_plain(written) => listed(origin, written),
        Code::RequisiteDots => {
            let (module, rest) = written.split_once('.')?;
            let behind = rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            let cut = written.len() - behind.len();
            let range = TextRange::of(origin.range.start as usize + module.len(), origin.range.start as usize + cut);
            let old = range.slice(text).to_owned();
            Some(one(origin, &format!("write `{module}`"), range, &old, ""))
        }
        Code::IdNotString => {
            let title = format!("put `{written}` in quotes");
            (written == bare && is_plain(written))
                .then(|| one(origin, &title, origin.range, written, &format!("'{written}'")))
        }
        Code::FunctionWhitespace => {
            let (name, value) = bare.split_once(' ')?;
            let new = format!("{name}: {}", value.trim_start());
            (written == bare && !value.contains(':'))
                .then(|| one(origin, &format!("write `{new}`"), origin.range, written, &new))
        }
        Code::StateNotList => dashes(text, origin),
        Code::RequisiteMissing | Code::ExtendMissing => {
            Fix::word(origin, bare, nearest(bare, names(Slot::StateId).chain(names(Slot::StateName)))?)
        }
        Code::SlsMissing => {
            let slot = match facts.kind {
                render::EntryKind::Pillar | render::EntryKind::PillarTop => Slot::PillarSls,
                _ => Slot::Sls,
            };
            Fix::word(origin, bare, nearest(bare, names(slot))?)
        }
        Code::UnknownRenderer => {
            let line = text.lines().next()?.strip_prefix("#!")?;
            let known = |name: &str| RENDERERS.contains(&name);
            let wrong = line.split('|').map(str::trim).find(|name| !known(name))?;
            let at = text.find(wrong)?;
            let near = if wrong == "yml" { "yaml" } else { nearest(wrong, RENDERERS)? };
            Some(one(origin, &format!("write `{near}`"), TextRange::of(at, at + wrong.len()), wrong, near))
        }
        _ => None,
    }
}

fn one(origin: &Origin, title: &str, range: TextRange, old: &str, new: &str) -> Fix {
    let edit = Edit { path: origin.path.clone(), range, old: Some(old.to_owned()), new: new.to_owned() };
    Fix { title: title.to_owned(), edits: vec![edit] }
}

/// A list of the one thing that stands there.
fn listed(origin: &Origin, written: &str) -> Option<Fix> {
    is_plain(written)
        .then(|| one(origin, &format!("write `[{written}]`"), origin.range, written, &format!("[{written}]")))
}

/// Whether a text can stand in a flow list, or between quotes, as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
}

/// A dash before each argument of a state that was written as a mapping.
fn dashes(text: &str, origin: &Origin) -> Option<Fix> {
    let (start, end) = (origin.range.start as usize, origin.range.end as usize);
    let line = text.get(..start)?.rfind('\n')? + 1;
    let column = start - line;
    if !text.get(line..start)?.chars().all(|c| c == ' ') || text.get(start..end)?.contains("{%") {
        return None;
    }
    let (mut at, mut edits) = (line, Vec::new());
    for one in text.get(line..end)?.split_inclusive('\n') {
        let depth = one.len() - one.trim_start_matches(' ').len();
        let new = if depth == column { "- " } else { "  " };
        if !one.trim().is_empty() {
            let range = TextRange::of(at + depth, at + depth);
            edits.push(Edit { path: origin.path.clone(), range, old: None, new: new.to_owned() });
        }
        at += one.len();
    }
    Some(Fix { title: "make the arguments a list".to_owned(), edits })
}
