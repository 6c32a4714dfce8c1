//! A file's outline: state IDs with their functions, pillar keys, targets, macros and variables.

use model::{Declaration, EntityKind, Export, Facts, PillarKey};
use render::Origin;
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::source::text_of;
use crate::{Analysis, Symbol, SymbolKind};

/// What the file declares, nested, in source order. What only a profile's view has is listed too.
///
/// # Errors
/// [`Stopped`].
pub fn document_symbols(analysis: &Analysis, path: &SaltPath, stop: &Stop) -> Result<Vec<Symbol>, Stopped> {
    let text = text_of(analysis, path);
    let mut symbols: Vec<Symbol> = Vec::new();
    for view in &analysis.catalog.views {
        stop.check()?;
        let Some(facts) = view.facts(path) else { continue };
        for mut symbol in of_file(facts) {
            stretch(&text, &mut symbol);
            let same = |known: &Symbol| known.name == symbol.name && known.range == symbol.range;
            if !symbols.iter().any(same) {
                symbols.push(symbol);
            }
        }
    }
    symbols.sort_by_key(|symbol| symbol.range);
    Ok(symbols)
}

/// Lets each state reach to the next one of its ID, or to the ID's end.
fn stretch(text: &str, symbol: &mut Symbol) {
    let end = symbol.extent.end;
    for n in 0..symbol.children.len() {
        let next = symbol.children.get(n + 1).map_or(end, |next| next.extent.start.min(end));
        let Some(child) = symbol.children.get_mut(n).filter(|child| child.kind == SymbolKind::Function) else { return };
        let whole = TextRange::new(child.extent.start, next.max(child.extent.end));
        let ink = u32::try_from(whole.slice(text).trim_end().len()).unwrap_or(0);
        child.extent = TextRange::new(whole.start, (whole.start + ink).max(child.extent.end));
    }
}

fn of_file(facts: &Facts) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    symbols.extend(facts.declarations.iter().filter_map(|id| declaration(facts, id, "")));
    symbols.extend(facts.extends.iter().filter_map(|id| declaration(facts, id, "extend")));
    symbols.extend(pillar_keys(facts));
    for target in &facts.targets {
        let Some(range) = here(facts, &target.origin) else { continue };
        let children: Vec<Symbol> = target
            .sls
            .iter()
            .filter_map(|(name, origin, _)| {
                let range = here(facts, origin)?;
                Some(leaf(name.to_string(), String::new(), SymbolKind::Sls, range, range))
            })
            .collect();
        let extent = children.iter().fold(range, |extent, child| extent.join(child.range));
        let symbol = leaf(target.target.to_string(), target.matcher.to_string(), SymbolKind::Target, extent, range);
        symbols.push(Symbol { children, ..symbol });
    }
    symbols.extend(facts.exports.iter().map(export));
    symbols
}

fn leaf(name: String, detail: String, kind: SymbolKind, extent: TextRange, range: TextRange) -> Symbol {
    Symbol { name, detail, kind, extent, range, children: Vec::new() }
}

/// A place in the file itself; what a macro of another file wrote shows at the call.
fn here(facts: &Facts, origin: &Origin) -> Option<TextRange> {
    if origin.path == facts.path {
        return Some(origin.range);
    }
    let outer = origin.chain.iter().rev().find(|(path, _)| *path == facts.path);
    outer.map(|(_, range)| *range)
}

fn declaration(facts: &Facts, id: &Declaration, detail: &str) -> Option<Symbol> {
    let range = here(facts, &id.origin)?;
    let extent = if id.origin.path == facts.path { id.extent.join(range) } else { range };
    let children = id.states.iter().filter_map(|state| {
        let range = here(facts, &state.origin)?;
        let module = &state.module;
        let name = match &state.function {
            Some(function) => format!("{module}.{function}"),
            None => module.to_string(),
        };
        Some(leaf(name, String::new(), SymbolKind::Function, range, range))
    });
    let mut children: Vec<Symbol> = children.filter(|child| extent.covers(child.range)).collect();
    children.sort_by_key(|child| child.range);
    let functions: Vec<&str> = children.iter().map(|child| child.name.as_str()).collect();
    let detail = if detail.is_empty() { functions.join(", ") } else { detail.to_owned() };
    Some(Symbol { children, ..leaf(id.id.to_string(), detail, SymbolKind::StateId, extent, range) })
}

/// Pillar keys come in order with their paths; nesting follows from the paths' lengths.
fn pillar_keys(facts: &Facts) -> Vec<Symbol> {
    fn close(open: &mut Vec<(usize, Symbol)>, roots: &mut Vec<Symbol>, depth: usize) {
        while open.last().is_some_and(|(at, _)| *at >= depth) {
            let Some((_, symbol)) = open.pop() else { return };
            match open.last_mut() {
                Some((_, parent)) => {
                    parent.extent = parent.extent.join(symbol.extent);
                    parent.children.push(symbol);
                }
                None => roots.push(symbol),
            }
        }
    }
    let mut roots = Vec::new();
    let mut open: Vec<(usize, Symbol)> = Vec::new();
    for key in &facts.pillar_keys {
        let Some(symbol) = pillar_key(facts, key) else { continue };
        close(&mut open, &mut roots, key.path.len());
        open.push((key.path.len(), symbol));
    }
    close(&mut open, &mut roots, 0);
    roots
}

fn pillar_key(facts: &Facts, key: &PillarKey) -> Option<Symbol> {
    let range = here(facts, &key.origin)?;
    let extent = if key.origin.path == facts.path { key.extent.join(range) } else { range };
    let name = key.path.last()?.to_string();
    Some(leaf(name, EntityKind::PillarKey.name().to_owned(), SymbolKind::PillarKey, extent, range))
}

fn export(export: &Export) -> Symbol {
    let (kind, detail) = match &export.params {
        Some(params) => {
            let names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
            (SymbolKind::Macro, format!("({})", names.join(", ")))
        }
        None => (SymbolKind::Variable, String::new()),
    };
    leaf(export.name.to_string(), detail, kind, export.extent.join(export.range), export.range)
}
