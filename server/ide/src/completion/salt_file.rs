//! `salt://` URLs: files below the file roots.

use text::TextRange;

use super::Cursor;
use super::items::{Item, Items};
use crate::SymbolKind;

/// URLs of files that start as `typed` does, in place of `range`. Files beside the cursor's come first.
pub(crate) fn offer(cursor: &Cursor<'_>, typed: &str, range: TextRange, items: &mut Items) {
    let layout = &cursor.analysis.catalog.layout;
    let folder = typed.strip_prefix("salt://").and_then(|path| path.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let own = cursor.path.parent();
    let beside = folders_here(cursor.text);
    for root in layout.file_roots.values().flatten() {
        let Ok(start) = root.join(folder) else { continue };
        for (path, _) in cursor.analysis.world.tree.below(&start) {
            let Some(below) = path.below(root) else { continue };
            if below.starts_with('.') || below.starts_with("_") {
                continue;
            }
            let sls = std::path::Path::new(below).extension().is_some_and(|extension| extension == "sls");
            let near = path.below(&own).is_some();
            let folder = below.rsplit_once('/').map_or("", |(folder, _)| folder);
            let known = beside.contains(&folder);
            let package = below.split('/').next() == own.below(root).and_then(|own| own.split('/').next());
            let rank = match (near, known, package) {
                (_, true, _) => 4,
                (true, ..) => 6,
                (_, _, true) => 10,
                _ => 16,
            };
            let rank = rank + u32::from(sls) * 20;
            items.push(range, Item::new(&format!("salt://{below}"), SymbolKind::File, rank));
            if items.full() {
                return;
            }
        }
    }
}

/// The folders of the URLs that a text names already.
fn folders_here(text: &str) -> Vec<&str> {
    let urls = text.match_indices("salt://").filter_map(|(at, scheme)| text.get(at + scheme.len()..));
    let mut folders: Vec<&str> = urls
        .map(|rest| rest.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '?')).next().unwrap_or(""))
        .filter_map(|path| path.rsplit_once('/'))
        .map(|(folder, _)| folder)
        .collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}
