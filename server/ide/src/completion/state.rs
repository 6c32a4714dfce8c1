//! State functions, and the words of a state file's top level.

use model::Slot;

use super::Cursor;
use super::block::Block;
use super::items::{Item, Items};
use crate::{SymbolKind, catalogue};

/// `include`, `extend`, `exclude`.
pub(crate) fn top_level(block: &Block, items: &mut Items) {
    for (word, detail) in [
        ("include", "SLS that run with this one"),
        ("extend", "changes to states of included SLS"),
        ("exclude", "SLS and IDs to leave out"),
    ] {
        if !block.beside.iter().any(|known| known == word) {
            let text = if block.followed { word.to_owned() } else { format!("{word}:") };
            items.push(block.word, Item::new(word, SymbolKind::Keyword, 10).detail(detail).text(text));
        }
    }
}

/// `pkg.installed:` under an ID, or behind it.
pub(crate) fn functions(cursor: &Cursor<'_>, block: &Block, items: &mut Items) {
    let colon = if block.followed || block.key.is_some() { "" } else { ":" };
    // two functions of one module under one ID are refused
    let taken: Vec<&str> = block.beside.iter().map(|key| key.split('.').next().unwrap_or(key)).collect();
    let (module, _) = block.prefix.split_once('.').unwrap_or((&block.prefix, ""));
    let wanted = if block.prefix.contains('.') { format!("{module}.") } else { String::new() };
    let mut used: Vec<String> = Vec::new();
    for view in &cursor.analysis.catalog.views {
        used.extend(view.index().starting_with(Slot::Function, &wanted).map(|(name, _)| name.to_string()));
    }
    used.dedup();
    for function in catalogue::state_functions(cursor.analysis, &wanted) {
        let module = function.name.split('.').next().unwrap_or("");
        let rank = match (taken.contains(&module), used.contains(&function.name), function.file.is_some()) {
            (true, ..) => 40,
            (_, _, true) => 5,
            (_, true, _) => 10,
            _ => 20,
        };
        let item = Item::new(&function.name, SymbolKind::Function, rank)
            .detail(function.signature())
            .documentation(crate::markdown::function_documentation(&function))
            .text(format!("{}{colon}", function.name));
        items.push(block.word, item);
    }
    for name in used {
        if !name.contains('*') {
            let item = Item::new(&name, SymbolKind::Function, 15).text(format!("{name}{colon}"));
            items.push(block.word, item);
        }
    }
}
