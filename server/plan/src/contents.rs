//! What lies behind `salt://` in a state: whether it changes, and how.

use model::View;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use world::{EntryKind, Minion, SaltPath, World};

use crate::chunks::Chunk;
use crate::secrets::Secrets;

/// Lines of a difference that are kept.
const MAX_LINES: usize = 40;
/// Larger texts are only said to differ.
const MAX_BYTES: usize = 1 << 20;
/// Files of a folder that are looked at.
const MAX_FILES: usize = 2_000;

/// A file that a state serves and whose contents differ.
#[derive(Clone, Debug, PartialEq)]
pub struct ContentChange {
    /// The file, or for a folder its first differing one.
    pub path: SaltPath,
    /// Lines that come and go.
    pub added: usize,
    /// See `added`.
    pub removed: usize,
    /// The difference, line by line, each with its sign; shortened.
    pub lines: Vec<String>,
    /// A template: what it renders to on the minion is not said.
    pub template: bool,
}

/// The file or folder of a URL.
fn resolve(view: &View, world: &World, url: &str) -> Option<SaltPath> {
    let name = url.strip_prefix("salt://")?.split('?').next()?;
    let roots = &view.minion.file_roots;
    let envs = Minion::roots(roots, &view.minion.saltenv).iter();
    let below = |root: &SaltPath| root.join(name).ok().filter(|path| path.below(root).is_some());
    envs.filter_map(below).find(|path| world.tree.get(path).is_some() || world.tree.has_folder(path))
}

fn sources(chunk: &Chunk) -> Vec<&str> {
    let value = chunk.arguments.get("source");
    let items: Vec<&Value> = match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    items.into_iter().filter_map(Value::as_str).filter(|text| text.starts_with("salt://")).collect()
}

/// What differs behind the sources of a state that both worlds have.
pub(crate) fn changed(
    chunks: [&Chunk; 2],
    views: [&View; 2],
    worlds: [&World; 2],
    secrets: &Secrets,
) -> Vec<ContentChange> {
    let mut found = Vec::new();
    let template = chunks[1].arguments.contains_key("template");
    for (old, new) in sources(chunks[0]).into_iter().zip(sources(chunks[1])) {
        let (Some(from), Some(to)) = (resolve(views[0], worlds[0], old), resolve(views[1], worlds[1], new)) else {
            continue;
        };
        let one = worlds[0].tree.get(&from);
        let two = worlds[1].tree.get(&to);
        match (one, two) {
            (Some(one), Some(two)) if one.blob == two.blob => {}
            (Some(_), Some(_)) => found.extend(difference(worlds, Some(&from), Some(&to), template, secrets)),
            _ => found.extend(folder(worlds, &from, &to, template, secrets)),
        }
    }
    found
}

/// The differing files of a folder.
fn folder(
    worlds: [&World; 2],
    from: &SaltPath,
    to: &SaltPath,
    template: bool,
    secrets: &Secrets,
) -> Vec<ContentChange> {
    let names = |world: &World, folder: &SaltPath| -> Vec<(String, world::BlobId)> {
        let files = world.tree.below(folder).take(MAX_FILES);
        files.filter_map(|(path, entry)| Some((path.below(folder)?.to_owned(), entry.blob))).collect()
    };
    let (old, new) = (names(worlds[0], from), names(worlds[1], to));
    let mut all: Vec<&String> = old.iter().chain(&new).map(|(name, _)| name).collect();
    all.sort();
    all.dedup();
    let blob = |files: &[(String, world::BlobId)], name: &String| {
        files.iter().find(|(other, _)| other == name).map(|(_, blob)| *blob)
    };
    let differing = all.into_iter().filter(|name| blob(&old, name) != blob(&new, name));
    let change = |name: &String| {
        let one = blob(&old, name).and_then(|_| from.join(name).ok());
        let two = blob(&new, name).and_then(|_| to.join(name).ok());
        difference(worlds, one.as_ref(), two.as_ref(), template, secrets)
    };
    differing.filter_map(change).collect()
}

fn difference(
    worlds: [&World; 2],
    from: Option<&SaltPath>,
    to: Option<&SaltPath>,
    template: bool,
    secrets: &Secrets,
) -> Option<ContentChange> {
    let path = to.or(from)?.clone();
    let text = |world: &World, path: Option<&SaltPath>| -> Option<String> {
        let Some(path) = path else { return Some(String::new()) };
        let entry = world.tree.get(path).filter(|entry| entry.kind == EntryKind::File)?;
        let content = world.source.content(path, entry.blob).filter(|content| content.len() <= MAX_BYTES)?;
        String::from_utf8(content.to_vec()).ok()
    };
    let mut change = ContentChange { path, added: 0, removed: 0, lines: Vec::new(), template };
    let (Some(old), Some(new)) = (text(worlds[0], from), text(worlds[1], to)) else { return Some(change) };
    let (old, new) = (model::mask::masked(&old), model::mask::masked(&new));
    let diff = TextDiff::from_lines(&*old, &*new);
    for one in diff.iter_all_changes() {
        let sign = match one.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Insert => {
                change.added += 1;
                '+'
            }
            ChangeTag::Delete => {
                change.removed += 1;
                '-'
            }
        };
        if change.lines.len() < MAX_LINES {
            change.lines.push(format!("{sign}{}", secrets.hidden(one.value().trim_end_matches('\n'))));
        }
    }
    Some(change)
}
