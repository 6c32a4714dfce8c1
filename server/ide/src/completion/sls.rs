//! Names of SLS: absolute, and relative where a dot is typed.

use model::Slot;
use render::{EntryKind, names};

use super::Cursor;
use super::block::Block;
use super::items::{Item, Items};
use crate::SymbolKind;

/// SLS names at `block`.
pub(crate) fn offer(cursor: &Cursor<'_>, block: &Block, pillar: bool, items: &mut Items) {
    let slot = if pillar { Slot::PillarSls } else { Slot::Sls };
    let own = cursor.analysis.catalog.views.iter().find_map(|view| view.facts(cursor.path)?.names.first());
    let own = own.map(|(_, name)| name.to_string());
    let dotted = dotted_share(cursor);
    for view in &cursor.analysis.catalog.views {
        for (name, path) in view.index().starting_with(slot, "") {
            let top =
                view.facts(path).is_some_and(|facts| matches!(facts.kind, EntryKind::StateTop | EntryKind::PillarTop));
            let itself = path == cursor.path || top;
            if itself || block.beside.iter().any(|known| known == name.as_str()) {
                continue;
            }
            let near = path.parent() == cursor.path.parent();
            let used = view.index().files(Slot::IncludeOf, name).count();
            let weight = u32::try_from(used).unwrap_or(u32::MAX);
            let rank =
                if near { 6 } else { 16 } - super::usage::rank_of(0).saturating_sub(super::usage::rank_of(weight)) / 2;
            let mut push = |label: &str, rank: u32| {
                let item = Item::new(label, SymbolKind::Sls, rank).weight(weight);
                items.push(block.word, item.detail(path.as_str()));
            };
            let dots = |text: &str| text.bytes().take_while(|byte| *byte == b'.').count();
            let typed = dots(&block.prefix);
            if let Some(own) = own.as_ref().filter(|_| typed > 0 || (dotted > 0 && near)) {
                for label in relative(own, names::is_init(cursor.path), name) {
                    if dots(&label) >= typed && !block.beside.contains(&label) {
                        // as others write it here
                        let rank = if dotted >= HALF { rank.saturating_sub(1) } else { rank + 1 };
                        push(&label, rank + u32::try_from(dots(&label)).unwrap_or(9) - 1);
                    }
                }
            }
            if typed == 0 {
                push(name, rank);
            }
        }
    }
}

/// Half of all, in hundredths.
const HALF: usize = 50;
/// Files whose includes are counted.
const MAX_FILES: usize = 200;

/// How many of a hundred includes are written with dots in front, in the folders around here first.
fn dotted_share(cursor: &Cursor<'_>) -> usize {
    let Some(view) = cursor.analysis.catalog.views.first() else { return 0 };
    let near = view.files.values().filter(|facts| facts.path.parent() == cursor.path.parent());
    let includes = near.chain(view.files.values().take(MAX_FILES)).flat_map(|facts| &facts.includes);
    let (mut dotted, mut all) = (0_usize, 0_usize);
    for include in includes.take(MAX_FILES) {
        all += 1;
        dotted += usize::from(include.written.to_string().starts_with('.'));
    }
    dotted * 100 / all.max(1)
}

/// The ways to write `name` with dots in front, in the SLS `own` (`names::state_include` the other way
/// round).
fn relative(own: &str, init: bool, name: &str) -> Vec<String> {
    let mut package: Vec<&str> = own.split('.').collect();
    if !init {
        package.pop();
    }
    let mut found = Vec::new();
    let mut dots = String::from(".");
    loop {
        let folder = package.join(".");
        let rest = if folder.is_empty() { Some(name) } else { name.strip_prefix(&format!("{folder}.")) };
        // at the root every name would fit: those are absolute
        if let Some(rest) = rest.filter(|_| !folder.is_empty() || dots.len() == 1) {
            found.push(format!("{dots}{rest}"));
            return found;
        }
        if package.pop().is_none() || package.is_empty() {
            return found;
        }
        dots.push('.');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_names_lead_back() {
        for (own, init, name, expected) in [
            ("a.b", true, "a.b.c", Some(".c")),
            ("a.b", true, "a.sib", Some("..sib")),
            ("a.b", false, "a.c", Some(".c")),
            ("a.b.c", false, "a.x", Some("..x")),
            ("a.b", false, "z", None),
            ("a", false, "z", Some(".z")),
        ] {
            let found = relative(own, init, name);
            assert_eq!(found.first().map(String::as_str), expected, "{own} {name}");
            if let Some(text) = expected {
                assert_eq!(names::state_include(own, init, text).ok().as_deref(), Some(name));
            }
        }
    }
}
