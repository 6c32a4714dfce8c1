//! State functions, and the words of a state file's top level.

use super::Cursor;
use super::block::Block;
use super::items::{Item, Items};
use super::usage;
use crate::{SymbolKind, Topic, catalogue};

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
    let used = usage::functions(cursor, &wanted);
    for function in catalogue::state_functions(cursor.analysis, &wanted) {
        let module = function.name.split('.').next().unwrap_or("");
        let own = function.file.is_some();
        let rank = match (taken.contains(&module), used.count(&function.name)) {
            (true, _) => 60,
            (_, 0) if own => 11,
            (_, 0) => 20 + u32::from(!COMMON.contains(&module)) * 5,
            _ => used.rank(&function.name),
        };
        let item = Item::new(&function.name, SymbolKind::Function, rank)
            .detail(function.signature())
            .topic(Topic::StateFunction(function.name.clone()))
            .weight(used.count(&function.name))
            .text(format!("{}{colon}", function.name));
        items.push(block.word, item);
    }
    for (name, _) in used.iter().filter(|(name, _)| !name.contains('*')) {
        let item = Item::new(name, SymbolKind::Function, used.rank(name)).text(format!("{name}{colon}"));
        items.push(block.word, item);
    }
}

/// State modules that states use most.
const COMMON: [&str; 10] = ["file", "pkg", "service", "cmd", "user", "group", "git", "pkgrepo", "cron", "archive"];
