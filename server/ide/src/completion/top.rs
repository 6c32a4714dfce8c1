//! Top files: saltenvs, targets, matchers and SLS.

use super::block::Block;
use super::items::{Item, Items};
use super::{Cursor, sls};
use crate::SymbolKind;

/// Matchers (`salt/matchers/`) with what they compare.
const MATCHERS: [(&str, &str); 12] = [
    ("compound", "several matchers with and, or, not"),
    ("glob", "the minion's ID by shell wildcards"),
    ("grain", "a grain by shell wildcards"),
    ("grain_pcre", "a grain by a regular expression"),
    ("list", "a list of minion IDs"),
    ("nodegroup", "a node group of the master's configuration"),
    ("pcre", "the minion's ID by a regular expression"),
    ("pillar", "a pillar key by shell wildcards"),
    ("pillar_exact", "a pillar key, exactly"),
    ("pillar_pcre", "a pillar key by a regular expression"),
    ("ipcidr", "an address or network"),
    ("data", "the minion's data store"),
];

/// What may stand at `block` in a top file.
pub(crate) fn offer(cursor: &Cursor<'_>, block: &Block, keys: &[Option<&str>], pillar: bool, items: &mut Items) {
    match (keys, block.key.as_deref()) {
        ([], None) => {
            let layout = &cursor.analysis.catalog.layout;
            let roots = if pillar { &layout.pillar_roots } else { &layout.file_roots };
            for env in roots.keys() {
                items.word(block, env, SymbolKind::Target, 0, ":");
            }
        }
        ([Some(_)], None) => targets(cursor, block, items),
        ([Some(_), Some(_), None], None) => {
            sls::offer(cursor, block, pillar, items);
            items.word(block, "match", SymbolKind::Keyword, 20, ": ");
            if pillar {
                items.word(block, "ignore_missing", SymbolKind::Keyword, 20, ": ");
            }
        }
        ([Some(_), Some(_), None], Some("match")) => {
            for (name, what) in MATCHERS {
                items.push(block.word, Item::new(name, SymbolKind::Keyword, 0).detail(what));
            }
        }
        ([Some(_), Some(_), None], Some("ignore_missing")) => items.word(block, "true", SymbolKind::Keyword, 0, ""),
        _ => {}
    }
}

/// Targets of this and other top files, and the profiles' minions.
fn targets(cursor: &Cursor<'_>, block: &Block, items: &mut Items) {
    let quoted =
        block.word.start > 0 && matches!(cursor.text.as_bytes().get(block.word.start as usize - 1), Some(b'\'' | b'"'));
    let colon = if block.followed { "" } else { ":" };
    let mut push = |label: &str, detail: String, rank: u32| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        let text = if quoted || plain { label.to_owned() } else { format!("'{}'", label.replace('\'', "''")) };
        items
            .push(block.word, Item::new(label, SymbolKind::Target, rank).detail(detail).text(format!("{text}{colon}")));
    };
    for view in &cursor.analysis.catalog.views {
        if let Some(profile) = &view.minion.profile {
            push(&profile.id, format!("minion of profile {}", profile.name), 10);
        }
        for facts in view.files.values().filter(|facts| !facts.targets.is_empty()) {
            for target in &facts.targets {
                let label = target.target.as_literal().filter(|label| !block.beside.iter().any(|known| known == label));
                if let Some(label) = label {
                    push(label, format!("{} · {}", target.matcher, facts.path), 5);
                }
            }
        }
    }
    push("*", "all minions".to_owned(), 0);
}
