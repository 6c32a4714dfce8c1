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
    let mut own = None;
    for view in &cursor.analysis.catalog.views {
        let facts = view.facts(cursor.path);
        own = own.or_else(|| facts.and_then(|facts| facts.names.first()).map(|(_, name)| name.to_string()));
        for (name, path) in view.index().starting_with(slot, "") {
            let top =
                view.facts(path).is_some_and(|facts| matches!(facts.kind, EntryKind::StateTop | EntryKind::PillarTop));
            let itself = path == cursor.path || top;
            if itself || block.beside.iter().any(|known| known == name.as_str()) {
                continue;
            }
            let near = path.parent() == cursor.path.parent();
            let rank = if near { 0 } else { 10 };
            if block.prefix.starts_with('.') {
                let Some(own) = &own else { continue };
                for label in relative(own, names::is_init(cursor.path), name) {
                    let dots = |text: &str| text.bytes().take_while(|byte| *byte == b'.').count();
                    if dots(&label) >= dots(&block.prefix) && !block.beside.contains(&label) {
                        let rank = rank + u32::try_from(dots(&label)).unwrap_or(9);
                        items.push(block.word, Item::new(&label, SymbolKind::Sls, rank).detail(path.as_str()));
                    }
                }
            } else {
                items.push(block.word, Item::new(name, SymbolKind::Sls, rank).detail(path.as_str()));
            }
        }
    }
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
