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
    for root in layout.file_roots.values().flatten() {
        let Ok(start) = root.join(folder) else { continue };
        for (path, _) in cursor.analysis.world.tree.below(&start) {
            let Some(below) = path.below(root) else { continue };
            if below.starts_with('.') || below.starts_with("_") {
                continue;
            }
            let sls = std::path::Path::new(below).extension().is_some_and(|extension| extension == "sls");
            let near = path.below(&own).is_some();
            let rank = u32::from(!near) * 10 + u32::from(sls) * 20;
            items.push(range, Item::new(&format!("salt://{below}"), SymbolKind::File, rank));
            if items.full() {
                return;
            }
        }
    }
}
