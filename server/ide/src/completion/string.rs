//! Inside a string of a tag: what the string is, from what it is part of.

use render::{Seen, Thing, UseKind};
use syntax::jinja::walk::{Node, Role};
use syntax::jinja::{Expr, ExprKind, StatementKind};
use text::TextRange;
use world::Stopped;

use super::items::{Item, Items};
use super::usage;
use super::{Cursor, jinja, pillar, salt_file};
use crate::SymbolKind;
use crate::members::{grain_children, pillar_paths};

/// Offers what fits into the string whose text is `word`.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn offer(cursor: &Cursor<'_>, word: TextRange, items: &mut Items) -> Result<(), Stopped> {
    let typed = cursor.text.get(word.start as usize..cursor.offset).unwrap_or("");
    if typed.starts_with("salt:") {
        salt_file::offer(cursor, typed, word, items);
        return Ok(());
    }
    let path = cursor.typing.path();
    let mut around = path.iter().rev();
    let Some(Node::Expr(own, role)) = around.next() else { return Ok(()) };
    let is_own = |other: &Expr| other.range == own.range;
    let parent = around.next();
    if *role == Role::Template || matches!(parent, Some(Node::Expr(_, Role::Template))) {
        return templates(cursor, &path, word, items);
    }
    let Some(Node::Expr(parent, _)) = parent else { return Ok(()) };
    match &*parent.kind {
        ExprKind::Item(base, index) if is_own(index) => {
            let seen = cursor.look(&[base.range], 2)?.values.into_iter().next().unwrap_or_default();
            jinja::offer_members(cursor, &seen, word, false, items);
        }
        ExprKind::CallExpr(callee, args) => {
            let position = args.positional.iter().position(is_own);
            let keyword = args.keyword.iter().find(|(_, value)| is_own(value)).map(|(name, _)| name.text.as_str());
            if position == Some(0) || keyword == Some("key") {
                return first_argument(cursor, callee, word, items);
            }
        }
        ExprKind::Compare(first, rest) => {
            let others = std::iter::once(first).chain(rest.iter().map(|(_, other)| other)).filter(|one| !is_own(one));
            let others: Vec<TextRange> = others.map(|other| other.range).collect();
            compared(cursor, &others, word, items)?;
        }
        // `x in ['a', 'b']`
        ExprKind::List(_) | ExprKind::Tuple(_) => {
            if let Some(Node::Expr(outer, _)) = around.next()
                && let ExprKind::Compare(first, _) = &*outer.kind
            {
                compared(cursor, &[first.range], word, items)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn first_argument(cursor: &Cursor<'_>, callee: &Expr, word: TextRange, items: &mut Items) -> Result<(), Stopped> {
    let mut asked = vec![callee.range];
    let method = match &*callee.kind {
        ExprKind::Attribute(base, name) if matches!(name.text.as_str(), "get" | "pop" | "setdefault") => {
            asked.push(base.range);
            true
        }
        _ => false,
    };
    let mut values = cursor.look(&asked, 2)?.values.into_iter();
    let callees = values.next().unwrap_or_default();
    let mut salt = false;
    for value in &callees {
        let Seen::Thing(Thing::SaltFunction(function)) = value else { continue };
        salt = true;
        match function.as_str() {
            "pillar.get" | "pillar.item" | "pillar.fetch" | "pillar.keys" | "pillar.raw" | "pillar.items" => {
                pillar_keys(cursor, word, items);
            }
            "grains.get" | "grains.item" | "grains.fetch" | "grains.has_value" | "grains.equals" => {
                grain_keys(cursor, word, items);
            }
            "config.get" | "config.option" | "defaults.get" => {
                pillar_keys(cursor, word, items);
                grain_keys(cursor, word, items);
            }
            name if name.starts_with("cp.") => salt_file::offer(cursor, "salt://", word, items),
            _ => {}
        }
    }
    if method && !salt {
        jinja::offer_members(cursor, &values.next().unwrap_or_default(), word, false, items);
    }
    Ok(())
}

/// What a value that is compared with the string may be.
fn compared(cursor: &Cursor<'_>, others: &[TextRange], word: TextRange, items: &mut Items) -> Result<(), Stopped> {
    use python::origin::Contributor;
    for seen in cursor.look(others, 2)?.values.iter().flatten() {
        let Seen::Data(node) = seen else { continue };
        if let Some(text) = node.as_str() {
            items.push(word, Item::new(text, SymbolKind::Variable, 0).detail("its value"));
        }
        let grain = node.origin.contributors.iter().find_map(|source| match source {
            Contributor::Grain(path) => Some(path.to_string()),
            _ => None,
        });
        for (n, value) in grain.as_deref().map_or(&[][..], library::grain_values).iter().enumerate() {
            let rank = 1 + u32::try_from(n).unwrap_or(0);
            items.push(word, Item::new(value, SymbolKind::Grain, rank).detail("value of the grain"));
        }
    }
    Ok(())
}

fn pillar_keys(cursor: &Cursor<'_>, word: TextRange, items: &mut Items) {
    let typed = cursor.text.get(word.start as usize..cursor.offset).unwrap_or("");
    // all keys below the last colon that is typed
    let above = typed.rfind(':').and_then(|at| typed.get(..=at)).unwrap_or("");
    let used = usage::uses(cursor, UseKind::Pillar);
    for path in pillar_paths(cursor.analysis) {
        let Some(rest) = path.strip_prefix(above) else { continue };
        let depth = u32::try_from(rest.matches(':').count()).unwrap_or(9).min(9);
        let rank = depth * 11 + used.rank(&path);
        items.push(word, Item::new(&path, SymbolKind::PillarKey, rank));
    }
    // keys that other templates read, though no pillar file here defines them
    for (name, _) in used.iter().filter(|(name, _)| name.starts_with(above) && !name.contains('*')) {
        let depth = u32::try_from(name.get(above.len()..).unwrap_or("").matches(':').count()).unwrap_or(9).min(9);
        let rank = depth * 11 + used.rank(name) + 2;
        items.push(word, Item::new(name, SymbolKind::PillarKey, rank).detail("read elsewhere"));
    }
    items.describe(|label| pillar::defining_files(cursor, label));
}

fn grain_keys(cursor: &Cursor<'_>, word: TextRange, items: &mut Items) {
    let used = usage::uses(cursor, UseKind::Grain);
    for member in grain_children(cursor.analysis, "") {
        let rank = used.rank(&member.name);
        items.push(word, Item::new(&member.name, SymbolKind::Grain, rank).detail("grain"));
    }
    jinja::offer_grains(&used, word, items);
}

/// Files that can be imported: templates and SLS, or data files.
fn templates(cursor: &Cursor<'_>, path: &[Node<'_>], word: TextRange, items: &mut Items) -> Result<(), Stopped> {
    let data = path.iter().rev().any(
        |node| matches!(node, Node::Statement(statement) if matches!(statement.kind, StatementKind::ImportData { .. })),
    );
    let layout = &cursor.analysis.catalog.layout;
    let own = cursor.path.parent();
    let typed = cursor.text.get(word.start as usize..cursor.offset).unwrap_or("");
    // `tplroot ~ '/map.jinja'`: what stands before the string is a part of the path
    let prefix = match path.iter().rev().nth(1) {
        Some(Node::Expr(parent, _)) if matches!(&*parent.kind, ExprKind::Concat(_)) => {
            let ExprKind::Concat(parts) = &*parent.kind else { return Ok(()) };
            let before: Vec<TextRange> =
                parts.iter().map(|part| part.range).take_while(|range| !range.touches(cursor.typing.at)).collect();
            cursor.texts(&before)?
        }
        _ => Some(String::new()),
    };
    let Some(prefix) = prefix else { return Ok(()) };
    if prefix.is_empty() && typed.starts_with('.') {
        for (path, _) in cursor.analysis.world.tree.below(&own) {
            let Some(below) = path.below(&own).filter(|_| path != cursor.path) else { continue };
            if wanted(below, data) {
                items.push(word, Item::new(&format!("./{below}"), SymbolKind::File, 0));
            }
        }
        return Ok(());
    }
    for root in layout.file_roots.values().chain(layout.pillar_roots.values()).flatten() {
        for (path, _) in cursor.analysis.world.tree.below(root) {
            let Some(below) = path.below(root).filter(|_| path != cursor.path) else { continue };
            let Some(rest) = below.strip_prefix(prefix.as_str()).filter(|_| wanted(below, data)) else { continue };
            let sls = std::path::Path::new(below).extension().is_some_and(|extension| extension == "sls");
            let depth = u32::try_from(rest.matches('/').count()).unwrap_or(9).min(9);
            let rank = u32::from(path.below(&own).is_none()) * 10 + u32::from(sls) * 20 + depth;
            let known = rest.contains("map.jinja") || rest.contains("macro");
            items.push(word, Item::new(rest, SymbolKind::File, rank + u32::from(!known)));
        }
    }
    Ok(())
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
