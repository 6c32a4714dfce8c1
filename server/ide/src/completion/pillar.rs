//! Keys of pillar files: those that states read, and those that other pillar files define.

use model::Slot;
use render::Pattern;

use super::Cursor;
use super::block::Block;
use super::items::{Item, Items};
use crate::SymbolKind;
use crate::members::pillar_children;

/// Keys below the ones around the cursor.
pub(crate) fn keys(cursor: &Cursor<'_>, block: &Block, above: &[Option<&str>], items: &mut Items) {
    let Some(above) = above.iter().copied().collect::<Option<Vec<&str>>>() else { return };
    if block.key.is_some() || block.item {
        return;
    }
    let path = above.join(":");
    let colon = if block.followed { "" } else { ":" };
    let given = |name: &str| block.beside.iter().any(|known| known == name);
    let prefix = if path.is_empty() { String::new() } else { format!("{path}:") };
    for view in &cursor.analysis.catalog.views {
        for (key, file) in view.index().starting_with(Slot::PillarUse, &prefix) {
            let name = key.get(prefix.len()..).and_then(|rest| rest.split(':').next()).unwrap_or("");
            if !name.is_empty() && name != "*" && !given(name) {
                let item = Item::new(name, SymbolKind::PillarKey, 0).detail(format!("read by {file}"));
                items.push(block.word, item.text(format!("{name}{colon}")));
            }
        }
    }
    for member in pillar_children(cursor.analysis, &path) {
        if !given(&member.name) {
            let detail = defining_files(cursor, &format!("{prefix}{}", member.name));
            let item = Item::new(&member.name, SymbolKind::PillarKey, 10).detail(detail);
            items.push(block.word, item.text(format!("{}{colon}", member.name)));
        }
    }
    if above.is_empty() && !given("include") {
        items.word(block, "include", SymbolKind::Keyword, 20, ":");
    }
}

/// The files that define a pillar key, at most three.
pub(crate) fn defining_files(cursor: &Cursor<'_>, key: &str) -> String {
    let pattern = Pattern::literal(key);
    let mut files: Vec<String> = Vec::new();
    for view in &cursor.analysis.catalog.views {
        files.extend(view.index().candidates(Slot::PillarKey, &pattern).iter().map(ToString::to_string));
    }
    files.sort();
    files.dedup();
    let more = files.len().saturating_sub(3);
    files.truncate(3);
    if more > 0 {
        files.push(format!("{more} more"));
    }
    files.join(", ")
}
