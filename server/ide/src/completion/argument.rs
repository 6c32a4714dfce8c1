//! A state's arguments, requisites among them, and their values.

use super::block::Block;
use super::items::{Item, Items};
use super::{Cursor, salt_file, usage};
use crate::{SymbolKind, Topic, catalogue};

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
            let used = usage::functions(cursor, &prefix);
            for known in &all {
                let short = known.name.strip_prefix(&prefix).unwrap_or(&known.name);
                let item = Item::new(short, SymbolKind::Function, used.rank(&known.name)).detail(known.signature());
                items.push(block.word, item.topic(Topic::StateFunction(known.name.clone())));
            }
        }
        chosen.map_or(function.to_owned(), |chosen| chosen.name.clone())
    };
    let used = usage::arguments(cursor, &function);
    // what the state itself takes comes before what every state takes, unless this repository says otherwise
    let rank = |name: &str, base: u32| if used.count(name) > 0 { used.rank(name).min(base) } else { base };
    if let Some(found) = catalogue::state_function(cursor.analysis, &function) {
        for (n, argument) in found.arguments.iter().enumerate() {
            if given(&argument.name) {
                continue;
            }
            let base = if argument.default.is_none() && argument.name != "name" { 0 } else { 11 };
            let base = if matches!(argument.name.as_str(), "name" | "pkgs" | "source" | "contents") { 9 } else { base };
            let base = base + u32::try_from(n.min(12)).unwrap_or(0) / 4;
            let detail = match &argument.default {
                Some(default) => format!("{function}, default {default}"),
                None => format!("{function}, required"),
            };
            let text = format!("{}{colon}", argument.name);
            let item = Item::new(&argument.name, SymbolKind::Argument, rank(&argument.name, base)).detail(detail);
            let topic = Topic::Argument { function: function.clone(), name: argument.name.clone() };
            let item = item.weight(used.count(&argument.name));
            items.push(block.word, item.text(text).topic(topic));
        }
    }
    requisites(cursor, block, &given, &rank, items);
    for word in model::requisite::GLOBAL_ARGUMENTS.iter().filter(|word| !word.starts_with("__")) {
        if !matches!(*word, "fun" | "state") && !given(word) {
            let base = if matches!(*word, "name" | "names") { 9 } else { 25 };
            let known = library::global_arguments().iter().find(|known| known.name == *word);
            let about = known.map_or("", |known| known.doc);
            let item = Item::new(word, SymbolKind::Argument, rank(word, base)).detail("argument of every state");
            items.push(block.word, item.documentation(about).text(format!("{word}{colon}")));
        }
    }
}

/// Requisites: those that authors write most first.
fn requisites(
    cursor: &Cursor<'_>,
    block: &Block,
    given: &dyn Fn(&str) -> bool,
    rank: &dyn Fn(&str, u32) -> u32,
    items: &mut Items,
) {
    const COMMON: [&str; 8] = ["require", "watch", "onchanges", "require_in", "watch_in", "onfail", "prereq", "listen"];
    let colon = if block.followed { "" } else { ":" };
    let everywhere = usage::requisites(cursor);
    for word in model::requisite::REQUISITES.iter().chain(&model::requisite::INVERSE) {
        // `prerequired` is Salt's own mark
        if *word == "prerequired" || given(word) {
            continue;
        }
        let common = COMMON.iter().position(|known| known == word);
        let base = common.map_or(24, |n| 10 + u32::try_from(n).unwrap_or(0));
        let base = if everywhere.count(word) > 0 { base.min(4 + everywhere.rank(word)) } else { base };
        let about = library::requisites().iter().find(|known| known.name == *word).map_or("", |known| known.doc);
        let item = Item::new(word, SymbolKind::Keyword, rank(word, base)).detail("requisite").documentation(about);
        items.push(block.word, item.text(format!("{word}{colon}")));
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
            let used = usage::values(cursor, function, argument);
            let is_flag = |word: &str| matches!(word, "true" | "false");
            if matches!(default.and_then(|known| known.default.as_deref()), Some("True" | "False"))
                || used.iter().any(|(word, _)| is_flag(word))
            {
                words(&["true", "false"]);
            }
            // once is chance, twice is a habit
            for (word, count) in used.iter().filter(|(word, count)| *count > 1 || is_flag(word)) {
                let item = Item::new(word, SymbolKind::Keyword, 2 + used.rank(word)).weight(count);
                items.push(block.word, item.text(super::items::scalar(word)));
            }
        }
    }
}
