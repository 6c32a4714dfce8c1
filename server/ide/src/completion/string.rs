//! Inside a string of a tag: what the string is, from what stands before it.

use text::TextRange;

use super::items::{Item, Items};
use super::tag::{Token, enclosing_call, operand};
use super::{Cursor, jinja, pillar, salt_file};
use crate::shape::{Shape, Shapes, grain_children, pillar_paths};
use crate::{SymbolKind, catalogue};

/// The string at the cursor.
pub(crate) struct Place<'a> {
    /// From the quote to the cursor.
    pub value: &'a str,
    /// Where it begins in the file, behind the quote.
    pub at: usize,
}

/// Offers what fits into the string behind `rest`, tokens of `before`.
pub(crate) fn offer(
    cursor: &Cursor<'_>,
    before: &str,
    rest: &[(Token<'_>, usize)],
    place: &Place<'_>,
    items: &mut Items,
) {
    let word = whole(cursor.text, place.at, cursor.offset);
    if place.value.starts_with("salt:") {
        salt_file::offer(cursor, place.value, word, items);
        return;
    }
    let text = |from: usize, to: usize| {
        let (from, to) = (rest.get(from)?.1, rest.get(to)?.1);
        before.get(from..to)
    };
    let last = rest.len().checked_sub(1);
    match last.and_then(|n| rest.get(n)).map(|(token, _)| *token) {
        Some(Token::Name("import" | "from" | "include" | "extends")) => return templates(cursor, false, word, items),
        Some(Token::Name("import_yaml" | "import_json" | "import_text")) => {
            return templates(cursor, true, word, items);
        }
        Some(Token::Op('[')) => {
            let bracket = last.unwrap_or(0);
            let base = operand(rest, bracket).and_then(|from| text(from, bracket));
            match base {
                Some(base) => jinja::members(cursor, base.trim(), word, false, items),
                None if rest.first().is_some_and(|(token, _)| *token == Token::Name("include")) => {
                    templates(cursor, false, word, items);
                }
                None => {}
            }
            return;
        }
        _ => {}
    }
    let Some((bracket, argument)) = enclosing_call(rest, rest.len()) else { return };
    let Some(callee) = operand(rest, bracket).and_then(|from| text(from, bracket)) else { return };
    if argument == 0 {
        first_argument(cursor, callee.trim(), word, items);
    }
}

/// The string's text up to its closing quote, or to the cursor where there is none.
fn whole(text: &str, start: usize, offset: usize) -> TextRange {
    let rest = text.get(offset..).unwrap_or("");
    let end = rest.find(['\'', '"', '\n', '}', ')', ']', ',', '%']).unwrap_or(rest.len());
    let closed = rest.get(end..).is_some_and(|rest| rest.starts_with(['\'', '"']));
    TextRange::of(start, if closed { offset + end } else { offset })
}

fn first_argument(cursor: &Cursor<'_>, callee: &str, word: TextRange, items: &mut Items) {
    let Some(mut shapes) = Shapes::new(cursor.analysis) else { return };
    let functions = shapes.of_text(cursor.path, callee);
    for function in &functions {
        let Shape::SaltFunction(function) = function else { continue };
        match function.as_str() {
            "pillar.get" | "pillar.item" | "pillar.fetch" | "pillar.keys" | "pillar.raw" => {
                pillar_keys(cursor, word, items);
            }
            "grains.get" | "grains.item" | "grains.fetch" | "grains.has_value" => grain_keys(cursor, word, items),
            "config.get" | "config.option" => {
                pillar_keys(cursor, word, items);
                grain_keys(cursor, word, items);
            }
            name if name.starts_with("cp.") => salt_file::offer(cursor, "salt://", word, items),
            _ => {}
        }
    }
    let salt = |shape: &Shape| matches!(shape, Shape::SaltFunction(_));
    if let Some(base) = callee.strip_suffix(".get").filter(|_| !functions.iter().any(salt)) {
        jinja::members(cursor, base, word, false, items);
    }
}

fn pillar_keys(cursor: &Cursor<'_>, word: TextRange, items: &mut Items) {
    let typed = cursor.text.get(word.start as usize..cursor.offset).unwrap_or("");
    // all keys below the last colon that is typed
    let above = typed.rfind(':').and_then(|at| typed.get(..=at)).unwrap_or("");
    for path in pillar_paths(cursor.analysis) {
        let Some(rest) = path.strip_prefix(above) else { continue };
        if items.full() {
            return;
        }
        let depth = u32::try_from(rest.matches(':').count()).unwrap_or(9);
        let item = Item::new(&path, SymbolKind::PillarKey, depth * 10);
        items.push(word, item.detail(pillar::defining_files(cursor, &path)));
    }
}

fn grain_keys(cursor: &Cursor<'_>, word: TextRange, items: &mut Items) {
    for member in grain_children(cursor.analysis, "") {
        items.push(word, Item::new(&member.name, SymbolKind::Grain, 0).detail("grain"));
    }
    for (name, what) in catalogue::grains() {
        items.push(word, Item::new(name, SymbolKind::Grain, 10).detail("grain").documentation(what));
    }
}

/// Files that can be imported: templates and SLS, or data files.
fn templates(cursor: &Cursor<'_>, data: bool, word: TextRange, items: &mut Items) {
    let layout = &cursor.analysis.catalog.layout;
    let own = cursor.path.parent();
    let typed = cursor.text.get(word.start as usize..cursor.offset).unwrap_or("");
    if typed.starts_with("./") || typed.starts_with('.') {
        for (path, _) in cursor.analysis.world.tree.below(&own) {
            let Some(below) = path.below(&own).filter(|_| path != cursor.path) else { continue };
            if wanted(below, data) {
                items.push(word, Item::new(&format!("./{below}"), SymbolKind::File, 0));
            }
        }
        return;
    }
    for root in layout.file_roots.values().chain(layout.pillar_roots.values()).flatten() {
        for (path, _) in cursor.analysis.world.tree.below(root) {
            let Some(below) = path.below(root).filter(|_| path != cursor.path) else { continue };
            if wanted(below, data) && !items.full() {
                let sls = std::path::Path::new(below).extension().is_some_and(|extension| extension == "sls");
                let rank = u32::from(path.below(&own).is_none()) * 10 + u32::from(sls) * 20;
                items.push(word, Item::new(below, SymbolKind::File, rank));
            }
        }
    }
}

fn wanted(below: &str, data: bool) -> bool {
    let path = std::path::Path::new(below);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    if data {
        matches!(extension, "yaml" | "yml" | "json" | "txt" | "jinja" | "map")
    } else {
        matches!(extension, "jinja" | "jinja2" | "j2" | "sls" | "macro" | "macros" | "tmpl")
    }
}
