//! A state's arguments, requisites among them, and their values.

use super::block::Block;
use super::items::{Item, Items};
use super::{Cursor, salt_file};
use crate::{SymbolKind, catalogue};

/// Names of arguments behind `- ` under `function`; those that are given already are left out.
pub(crate) fn names(cursor: &Cursor<'_>, block: &Block, function: &str, items: &mut Items) {
    let given = |name: &str| block.beside.iter().any(|known| known == name);
    let colon = if block.followed { "" } else { ": " };
    // `pkg:` with `- installed` among the arguments
    let function = if function.contains('.') {
        function.to_owned()
    } else {
        let prefix = format!("{function}.");
        let all = catalogue::state_functions(cursor.analysis, &prefix);
        let chosen = all.iter().find(|known| known.name.strip_prefix(&prefix).is_some_and(&given));
        if chosen.is_none() {
            for known in &all {
                let short = known.name.strip_prefix(&prefix).unwrap_or(&known.name);
                let item = Item::new(short, SymbolKind::Function, 0).detail(known.signature());
                items.push(block.word, item.documentation(crate::markdown::function_documentation(known)));
            }
        }
        chosen.map_or(function.to_owned(), |chosen| chosen.name.clone())
    };
    if let Some(found) = catalogue::state_function(cursor.analysis, &function) {
        for argument in &found.arguments {
            if given(&argument.name) {
                continue;
            }
            let rank = if argument.default.is_none() { 0 } else { 5 };
            let detail = match &argument.default {
                Some(default) => format!("{function}, default {default}"),
                None => format!("{function}, required"),
            };
            let text = format!("{}{colon}", argument.name);
            let item = Item::new(&argument.name, SymbolKind::Argument, rank).detail(detail).text(text);
            items.push(block.word, item.documentation(crate::markdown::argument_documentation(&found, &argument.name)));
        }
    }
    let colon_only = if block.followed { "" } else { ":" };
    for word in model::requisite::REQUISITES.iter().chain(&model::requisite::INVERSE) {
        // `prerequired` is Salt's own mark
        if *word != "prerequired" && !given(word) {
            let about = library::requisites().iter().find(|known| known.name == *word).map_or("", |known| known.doc);
            let item = Item::new(word, SymbolKind::Keyword, 20).detail("requisite").documentation(about);
            items.push(block.word, item.text(format!("{word}{colon_only}")));
        }
    }
    for word in model::requisite::GLOBAL_ARGUMENTS.iter().filter(|word| !word.starts_with("__")) {
        if !matches!(*word, "fun" | "state") && !given(word) {
            let rank = if matches!(*word, "name" | "names") { 3 } else { 25 };
            let known = library::global_arguments().iter().find(|known| known.name == *word);
            let about = known.map_or("", |known| known.doc);
            let item = Item::new(word, SymbolKind::Argument, rank).detail("argument of every state");
            let item = item.documentation(about);
            items.push(block.word, item.text(format!("{word}{colon}")));
        }
    }
}

/// Values of `argument`.
pub(crate) fn values(cursor: &Cursor<'_>, block: &Block, function: &str, argument: &str, items: &mut Items) {
    let mut words = |list: &[&str]| {
        for (n, word) in list.iter().enumerate() {
            let rank = u32::try_from(n).unwrap_or(0);
            items.push(block.word, Item::new(word, SymbolKind::Keyword, rank));
        }
    };
    match argument {
        "template" => words(&["jinja", "mako", "cheetah", "genshi", "wempy", "py"]),
        "order" => words(&["first", "last"]),
        "failhard" | "parallel" | "reload_modules" | "reload_grains" | "reload_pillar" | "no_log" => {
            words(&["true", "false"]);
        }
        "source" | "sources" => salt_file::offer(cursor, &block.prefix, block.word, items),
        _ => {
            let found = catalogue::state_function(cursor.analysis, function);
            let default = found.iter().flat_map(|found| &found.arguments).find(|known| known.name == argument);
            if matches!(default.and_then(|known| known.default.as_deref()), Some("True" | "False")) {
                words(&["true", "false"]);
            }
        }
    }
}
