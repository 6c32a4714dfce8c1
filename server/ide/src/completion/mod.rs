//! Completion: where the cursor is decides what is offered. Works from the source text around the
//! cursor, so that half-written lines are no obstacle.

mod argument;
mod block;
mod items;
mod jinja;
mod names;
mod pillar;
mod requisite;
mod salt_file;
mod sls;
mod state;
mod string;
pub(crate) mod tag;
mod top;

pub(crate) use names::exported;
use render::EntryKind;
use world::{Stop, Stopped};

use crate::source::text_of;
use crate::{Analysis, Completion, FilePosition};
use block::{Block, Step};
use items::Items;

/// More are not offered; what is near comes first.
pub(crate) const MAX_ITEMS: usize = 3_000;

/// Where so many or more are offered there may be others: ask again when more is typed.
pub const MANY_COMPLETIONS: usize = requisite::MAX_ELSEWHERE;

/// What may be typed at the cursor, best first.
///
/// # Errors
/// [`Stopped`].
pub fn completion(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Completion>, Stopped> {
    stop.check()?;
    let text = text_of(analysis, &at.path);
    let offset = at.offset as usize;
    if !text.is_char_boundary(offset) {
        return Ok(Vec::new());
    }
    let cursor = Cursor { analysis, path: &at.path, text: &text, offset, stop };
    let mut items = Items::default();
    match tag::around(&text, offset) {
        tag::Around::Comment => {}
        tag::Around::Tag { statement, start, before } => jinja::offer(&cursor, statement, start, before, &mut items)?,
        tag::Around::Outside => {
            if let Some(block) = block::block_at(&text, offset) {
                yaml(&cursor, &block, &mut items)?;
            }
        }
    }
    Ok(items.finish())
}

/// A question with its file's text.
pub(crate) struct Cursor<'a> {
    pub analysis: &'a Analysis,
    pub path: &'a world::SaltPath,
    pub text: &'a str,
    pub offset: usize,
    pub stop: &'a Stop,
}

/// What is offered outside tags, by the file's kind and the keys above.
fn yaml(cursor: &Cursor<'_>, block: &Block, items: &mut Items) -> Result<(), Stopped> {
    let kind = cursor.analysis.catalog.layout.kind_of(cursor.path);
    if block.prefix.starts_with("salt:") || block.prefix.starts_with("salt://") {
        salt_file::offer(cursor, &block.prefix, block.word, items);
        return Ok(());
    }
    let keys: Vec<Option<&str>> = block
        .path
        .iter()
        .map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item => None,
        })
        .collect();
    match kind {
        Some(EntryKind::StateTop) => top::offer(cursor, block, &keys, false, items),
        Some(EntryKind::PillarTop) => top::offer(cursor, block, &keys, true, items),
        Some(EntryKind::Pillar | EntryKind::PillarExample) => match (keys.as_slice(), block.key.as_deref()) {
            ([Some("include"), None], None) => sls::offer(cursor, block, true, items),
            _ => pillar::keys(cursor, block, &keys, items),
        },
        Some(EntryKind::State | EntryKind::Orchestrate | EntryKind::Reactor | EntryKind::Macros) => {
            state_file(cursor, block, &keys, items)?;
        }
        _ => {}
    }
    Ok(())
}

fn state_file(cursor: &Cursor<'_>, block: &Block, keys: &[Option<&str>], items: &mut Items) -> Result<(), Stopped> {
    let key = block.key.as_deref();
    let keys = match keys {
        [Some("extend")] if key.is_none() => {
            requisite::ids(cursor, block, None, ": ", items)?;
            return Ok(());
        }
        [Some("extend"), rest @ ..] if !rest.is_empty() => rest,
        keys => keys,
    };
    match (keys, key) {
        ([], None) => state::top_level(block, items),
        ([Some("include"), None], None) => sls::offer(cursor, block, false, items),
        ([Some("exclude"), None], None) => {
            items.word(block, "sls", crate::SymbolKind::Keyword, 0, ": ");
            items.word(block, "id", crate::SymbolKind::Keyword, 0, ": ");
            requisite::ids(cursor, block, None, "", items)?;
        }
        ([Some("exclude"), None], Some("sls")) => sls::offer(cursor, block, false, items),
        ([Some("exclude"), None], Some("id")) => requisite::ids(cursor, block, None, "", items)?,
        ([Some(id)], None) if !block.item && *id != "include" => state::functions(cursor, block, items),
        ([], Some(_)) => state::functions(cursor, block, items),
        ([Some(_), Some(function), None], None) => argument::names(cursor, block, function, items),
        ([Some(_), Some(function), None], Some(argument)) => {
            if model::requisite::is_requisite(argument) {
                requisite::modules(cursor, block, items)?;
            } else {
                argument::values(cursor, block, function, argument, items);
            }
        }
        ([Some(_), Some(_), None, Some(word), ..], key) if model::requisite::is_requisite(word) => match key {
            None => requisite::modules(cursor, block, items)?,
            Some("sls") => sls::offer(cursor, block, false, items),
            Some("id") => requisite::ids(cursor, block, None, "", items)?,
            Some(module) => requisite::ids(cursor, block, Some(module), "", items)?,
        },
        ([Some(_), Some(_), None, Some("source"), None], None) => {
            salt_file::offer(cursor, &block.prefix, block.word, items);
        }
        _ => {}
    }
    Ok(())
}
