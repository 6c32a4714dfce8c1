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
mod top;
mod usage;

pub(crate) use names::exported;
use render::EntryKind;
use world::{Stop, Stopped};

use crate::members::resolve_template;
use crate::observe::{Sight, Spot};
use crate::source::text_of;
use crate::typing::{Around, Typing};
use crate::{Analysis, Completions, FilePosition};
use block::{Block, Step};
use items::Items;
use render::{Observed, Seen};
use text::TextRange;

/// What may be typed at the cursor, best first.
///
/// # Errors
/// [`Stopped`].
pub fn completion(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Completions, Stopped> {
    stop.check()?;
    let text = text_of(analysis, &at.path);
    let offset = at.offset as usize;
    if !text.is_char_boundary(offset) {
        return Ok(Completions::default());
    }
    let typing = Typing::new(&text, offset);
    let cursor = Cursor { analysis, path: &at.path, text: &text, offset, typing, stop };
    let mut items = Items::default();
    let mut word = cursor.typing.word;
    match cursor.typing.around() {
        _ if is_shebang(&text, offset) => {
            word = TextRange::of(2, text.find('\n').unwrap_or(text.len()));
            renderers(word, &mut items);
        }
        Around::Comment => {}
        Around::Tag(statement) => {
            word = cursor.typing.literal().map_or(word, |literal| literal.content);
            jinja::offer(&cursor, statement, &mut items)?;
        }
        Around::Text if is_raw(&cursor.typing) => {}
        Around::Text => {
            if let Some(block) = block::block_at(&text, offset) {
                word = block.word;
                yaml(&cursor, &block, &mut items)?;
            }
        }
    }
    Ok(items.finish(&text, word, offset))
}

/// Whether the cursor is behind the `#!` of the first line.
fn is_shebang(text: &str, offset: usize) -> bool {
    text.starts_with("#!") && !text.starts_with("#!/") && (2..=text.find('\n').unwrap_or(text.len())).contains(&offset)
}

/// Renderer pipes that are common.
fn renderers(word: TextRange, items: &mut Items) {
    for (n, (pipe, what)) in [
        ("jinja|yaml", "the default"),
        ("yaml", "no templates"),
        ("jinja|yaml|gpg", "with encrypted values"),
        ("yaml|gpg", "encrypted values, no templates"),
        ("py", "a Python function run()"),
        ("jinja|json", "JSON"),
        ("jinja", "text alone"),
        ("mako|yaml", "Mako's templates"),
        ("jinja|yaml|nacl", "with values encrypted by NaCl"),
        ("pyobjects", "states as Python objects"),
        ("pydsl", "states by a Python library"),
        ("stateconf -G yaml . jinja", "stateconf"),
    ]
    .into_iter()
    .enumerate()
    {
        let item = items::Item::new(pipe, crate::SymbolKind::Keyword, u32::try_from(n).unwrap_or(0));
        items.push(word, item.detail(what));
    }
}

/// Whether the cursor is in text that Jinja leaves alone.
fn is_raw(typing: &Typing) -> bool {
    use syntax::jinja::{StatementKind, walk::Node};
    let path = typing.path();
    matches!(path.last(), Some(Node::Statement(statement)) if matches!(statement.kind, StatementKind::Raw(_)))
}

/// A question with its file's text.
pub(crate) struct Cursor<'a> {
    pub analysis: &'a Analysis,
    pub path: &'a world::SaltPath,
    pub text: &'a str,
    pub offset: usize,
    /// The text with a name at the cursor.
    pub typing: Typing,
    pub stop: &'a Stop,
}

impl Cursor<'_> {
    /// What expressions of the statement at the cursor are, by their ranges in [`Cursor::typing`].
    pub(crate) fn look(&self, expressions: &[TextRange], depth: u32) -> Result<Observed, Stopped> {
        let nothing = || Observed { values: vec![Vec::new(); expressions.len()], ..Observed::default() };
        let Some(spot) = Spot::of(&self.typing.path()) else { return Ok(nothing()) };
        Sight::new(self.analysis, self.path, Some(&self.typing.text), self.stop).look(spot, expressions, depth)
    }

    /// The text that expressions give one after the other, where all of it is known.
    pub(crate) fn texts(&self, expressions: &[TextRange]) -> Result<Option<String>, Stopped> {
        let values = self.look(expressions, 1)?.values;
        let text = |seen: &Vec<Seen>| match seen.first() {
            Some(Seen::Data(node)) => node.as_str().map(str::to_owned),
            _ => None,
        };
        Ok(values.iter().map(text).collect())
    }

    /// The file that the expression at `range` names as a template.
    pub(crate) fn template_at(&self, range: TextRange) -> Result<Option<world::SaltPath>, Stopped> {
        let name = self.texts(&[range])?;
        Ok(name.and_then(|name| resolve_template(self.analysis, self.path, &name)))
    }

    /// Whether `name` is just the word that is being typed.
    pub(crate) fn is_word(&self, name: &str) -> bool {
        let (before, behind) = (self.text.get(..self.offset), self.text.get(self.offset..));
        let is_part = |c: char| !c.is_whitespace() && !matches!(c, ':' | '\'' | '"' | '[' | ']' | '{' | '}' | ',');
        let start = before.unwrap_or("").trim_end_matches(is_part).len();
        let rest = behind.unwrap_or("");
        let end = self.text.len() - rest.trim_start_matches(is_part).len();
        self.text.get(start..end) == Some(name)
    }
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
