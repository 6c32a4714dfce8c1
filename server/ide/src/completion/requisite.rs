//! Targets of requisites: modules, IDs and names, nearest first.

use model::{Declaration, Facts, Reach, Slot, View};
use rustc_hash::FxHashSet;
use world::{SaltPath, Stopped};

use super::Cursor;
use super::block::Block;
use super::items::{Item, Items, scalar, snippet};
use crate::SymbolKind;

/// How many IDs of other parts of the tree are offered.
const MAX_ELSEWHERE: usize = 1_000;
/// How many whole targets are offered.
const MAX_WHOLE: usize = 1_000;

/// Files by how near they are to the cursor's.
fn reaches(view: &View, path: &SaltPath) -> Vec<(SaltPath, Reach)> {
    let closure = view.closure(path);
    let mut files: Vec<(SaltPath, Reach)> = closure.files.keys().map(|file| (file.clone(), Reach::Closure)).collect();
    let mut seen: FxHashSet<SaltPath> = closure.files.keys().cloned().collect();
    let together = view.together(path);
    let highstate = together.highstate.iter().flat_map(|highstate| highstate.files.keys());
    for file in together.including.files.keys().chain(highstate) {
        if seen.insert(file.clone()) {
            files.push((file.clone(), Reach::Together));
        }
    }
    files
}

/// Calls `each` with every declaration, near files first, then those whose ID starts with `prefix`.
fn declarations(
    cursor: &Cursor<'_>,
    prefix: &str,
    each: &mut dyn FnMut(&Facts, &Declaration, Reach) -> bool,
) -> Result<(), Stopped> {
    for view in &cursor.analysis.catalog.views {
        cursor.stop.check()?;
        let near = reaches(view, cursor.path);
        let mut seen: FxHashSet<&SaltPath> = FxHashSet::default();
        for (path, reach) in &near {
            seen.insert(path);
            let Some(facts) = view.facts(path) else { continue };
            if !facts.declarations.iter().all(|declaration| each(facts, declaration, *reach)) {
                return Ok(());
            }
        }
        let mut count = 0;
        let start = prefix.trim_start_matches(['\'', '"']);
        for (id, path) in view.index().starting_with(Slot::StateId, start) {
            if seen.contains(path) || count >= MAX_ELSEWHERE {
                continue;
            }
            count += 1;
            let Some(facts) = view.facts(path) else { continue };
            let found = facts.declarations.iter().find(|declaration| declaration.id.as_literal() == Some(id));
            if found.is_some_and(|declaration| !each(facts, declaration, Reach::Elsewhere)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn rank(reach: Reach) -> u32 {
    match reach {
        Reach::Closure => 10,
        Reach::Together => 20,
        Reach::Elsewhere => 30,
    }
}

/// The SLS and how near it is.
fn place(facts: &Facts, cursor: &Cursor<'_>, reach: Reach) -> String {
    if facts.path == *cursor.path {
        return "this file".to_owned();
    }
    let sls = facts.names.first().map_or_else(|| facts.path.to_string(), |(_, name)| name.to_string());
    match reach {
        Reach::Closure => sls,
        Reach::Together => format!("{sls} (runs together)"),
        Reach::Elsewhere => format!("{sls} (not included)"),
    }
}

/// IDs and names, of states of `module` if one is given; `after` is typed behind them.
pub(crate) fn ids(
    cursor: &Cursor<'_>,
    block: &Block,
    module: Option<&str>,
    after: &str,
    items: &mut Items,
) -> Result<(), Stopped> {
    let prefix = block.prefix.clone();
    let own_id = block.path.iter().find_map(|step| match step {
        super::Step::Key(key) if key != "extend" => Some(key.clone()),
        _ => None,
    });
    let after = if block.followed { "" } else { after };
    declarations(cursor, &prefix, &mut |facts, declaration, reach| {
        let fitting: Vec<&model::State> = declaration
            .states
            .iter()
            .filter(|state| module.is_none_or(|module| state.module.matches(module)))
            .collect();
        if module.is_some() && fitting.is_empty() {
            return true;
        }
        let functions: Vec<String> = fitting.iter().map(|state| function_name(state)).collect();
        let detail = format!("{} · {}", functions.join(", "), place(facts, cursor, reach));
        let itself = facts.path == *cursor.path && declaration.id.as_literal() == own_id.as_deref();
        // a state that requires itself is refused
        let near = if facts.path == *cursor.path { nearness(facts, declaration, own_id.as_deref()) } else { 5 };
        let rank = rank(reach) - 5 + near + if itself && module.is_some() { 50 } else { 0 };
        match declaration.id.as_literal() {
            Some(id) => {
                let text = if block.followed { id.to_owned() } else { format!("{}{after}", scalar(id)) };
                items.push(block.word, Item::new(id, SymbolKind::StateId, rank).detail(detail.clone()).text(text));
            }
            None => {
                let label = declaration.id.to_string();
                if label != "*" {
                    let text = snippet(&declaration.id);
                    let item = Item::new(&label, SymbolKind::StateId, rank + 5).detail(detail.clone()).text(text);
                    items.push(block.word, Item { snippet: true, ..item });
                }
            }
        }
        if module.is_some() {
            for name in fitting.iter().flat_map(|state| literal_names(state)) {
                let text = if block.followed { name.clone() } else { scalar(&name) };
                let detail = format!("name of {} · {}", declaration.id, place(facts, cursor, reach));
                items.push(block.word, Item::new(&name, SymbolKind::StateId, rank + 2).detail(detail).text(text));
            }
        }
        !items.full()
    })
}

/// How far a declaration of this file is from the one with the cursor: those above, the last one first.
fn nearness(facts: &Facts, declaration: &Declaration, own: Option<&str>) -> u32 {
    let position = |wanted: &dyn Fn(&Declaration) -> bool| facts.declarations.iter().position(wanted);
    let own = position(&|one| own.is_some() && one.id.as_literal() == own);
    let at = position(&|one| std::ptr::eq(one, declaration));
    match (own, at) {
        (Some(own), Some(at)) if at < own => u32::try_from(own - at - 1).unwrap_or(4).min(4),
        _ => 4,
    }
}

fn function_name(state: &model::State) -> String {
    state.function.as_ref().map_or_else(|| state.module.to_string(), |f| format!("{}.{f}", state.module))
}

/// The literal `name` and `names` of a state.
pub(crate) fn literal_names(state: &model::State) -> Vec<String> {
    let mut found = Vec::new();
    for argument in &state.args {
        match (argument.name.as_literal(), &argument.value.kind) {
            (Some("name"), _) => found.extend(argument.value.as_str().map(str::to_owned)),
            (Some("names"), render::NodeKind::List(list)) => {
                found.extend(list.iter().filter_map(|item| item.as_str().map(str::to_owned)));
            }
            _ => {}
        }
    }
    found
}

/// What may follow `- require:` and a dash: modules of states in reach, whole targets, `sls`, `id`.
pub(crate) fn modules(cursor: &Cursor<'_>, block: &Block, items: &mut Items) -> Result<(), Stopped> {
    let colon = if block.followed { "" } else { ": " };
    let mut whole: Vec<(String, String, String, u32)> = Vec::new();
    let mut modules: Vec<(String, u32)> = Vec::new();
    declarations(cursor, &block.prefix, &mut |facts, declaration, reach| {
        for module in declaration.states.iter().filter_map(|state| state.module.as_literal()) {
            match modules.iter_mut().find(|(known, _)| known == module) {
                Some(known) => known.1 = known.1.min(rank(reach)),
                None => modules.push((module.to_owned(), rank(reach))),
            }
            if let (Some(id), true) = (declaration.id.as_literal(), reach < Reach::Elsewhere && !block.followed) {
                let label = format!("{module}: {id}");
                whole.push((label, format!("{module}: {}", scalar(id)), place(facts, cursor, reach), rank(reach) + 2));
            }
        }
        whole.len() < MAX_WHOLE
    })?;
    for (module, rank) in &modules {
        let text = format!("{module}{colon}");
        items.push(block.word, Item::new(module, SymbolKind::Function, rank - 10).detail("state module").text(text));
    }
    for (word, detail) in [("sls", "all states of an SLS"), ("id", "a state ID, of any module")] {
        let text = format!("{word}{colon}");
        items.push(block.word, Item::new(word, SymbolKind::Keyword, 15).detail(detail).text(text));
    }
    for (label, text, detail, rank) in whole {
        items.push(block.word, Item::new(&label, SymbolKind::StateId, rank).detail(detail).text(text));
    }
    Ok(())
}
