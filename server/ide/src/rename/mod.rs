//! Rename: what the cursor names gets another name wherever it is named. The edits are tried in memory
//! first and handed out only if everything renders to what it rendered to, up to the new name; where
//! something unknown makes that unsafe, the rename is refused with the reason.

mod files;
mod pillar;
mod proof;
mod state;
mod variable;

use model::{At, EntityKind, Found};
use syntax::jinja::{Options, parse};
use text::TextRange;
use world::{SaltPath, Stop, Stopped, World};

use crate::fix::{FileEdits, Refused};
use crate::scopes::Scopes;
use crate::upstream::text_in;
use crate::{Analysis, FilePosition};

pub use files::moved;

/// A result or the reason why there is none.
pub(crate) type Attempt<T> = Result<T, Refused>;

fn refuse<T>(why: impl Into<String>) -> Attempt<T> {
    Err(Refused(why.into()))
}

/// What can be renamed at a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamable {
    /// The name in the file asked about.
    pub range: TextRange,
    /// The name as it is to be edited.
    pub name: String,
}

/// The thing that is renamed.
enum Thing {
    /// A variable, parameter or macro of the file's template, by a place of it.
    Variable,
    /// A macro or variable of another template, read as `module.name`.
    Member(Box<Found>),
    /// A pillar key: its path and which of its parts.
    Pillar(pillar::Segment),
    /// A state ID.
    State(Box<Found>),
    /// An SLS.
    Sls(Box<Found>),
}

/// What is under the cursor, and the name to be edited there.
fn thing(analysis: &Analysis, at: &FilePosition) -> Attempt<(Thing, Renamable)> {
    let Some(text) = text_in(&analysis.world, &at.path) else { return refuse("the file cannot be read") };
    let template = parse(&text, &Options::default());
    if let Some((variable, range)) = Scopes::of(&template).at(at.offset) {
        return Ok((Thing::Variable, Renamable { range, name: variable.name.to_string() }));
    }
    if let Some(segment) = pillar::segment(analysis, at, &text) {
        let place = Renamable { range: segment.range, name: segment.name() };
        return Ok((Thing::Pillar(segment), place));
    }
    for found in analysis.catalog.entity_at(&at.path, at.offset) {
        let entity = &found.entity;
        let range = bare(&text, entity.range);
        let written = range.slice(&text).to_owned();
        if entity.path != at.path || !range.touches(at.offset) || range.is_empty() {
            continue;
        }
        let thing = match (entity.kind, found.place.at) {
            (EntityKind::Macro | EntityKind::JinjaVariable, At::Reference(_)) => Thing::Member(Box::new(found)),
            (EntityKind::Requisite, _) if entity.name.starts_with("sls:") => Thing::Sls(Box::new(found)),
            (EntityKind::StateId | EntityKind::Requisite | EntityKind::Extend, _) => Thing::State(Box::new(found)),
            (EntityKind::Include, _) | (EntityKind::TopTarget, At::TargetSls(..)) => Thing::Sls(Box::new(found)),
            _ => continue,
        };
        let name = match &thing {
            Thing::Sls(found) => files::name_of(analysis, found).unwrap_or(written),
            _ => written,
        };
        return Ok((thing, Renamable { range, name }));
    }
    refuse("there is no name here that could be changed everywhere")
}

/// What would be renamed at the cursor, or why nothing can be.
///
/// # Errors
/// [`Stopped`].
pub fn prepare_rename(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Attempt<Renamable>, Stopped> {
    stop.check()?;
    Ok(thing(analysis, at).map(|(_, place)| place))
}

/// The edits that give what is under the cursor the name `new`, or why there are none.
///
/// # Errors
/// [`Stopped`].
pub fn rename(analysis: &Analysis, at: &FilePosition, new: &str, stop: &Stop) -> Result<Attempt<FileEdits>, Stopped> {
    let (thing, place) = match thing(analysis, at) {
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    if place.name == new {
        return Ok(refuse("that is its name already"));
    }
    if new.is_empty() || new.len() > 1_000 || new.chars().any(char::is_control) {
        return Ok(refuse("that is no name"));
    }
    let planned = match &thing {
        Thing::Variable => variable::edits(analysis, at, new),
        Thing::Member(found) => variable::member_edits(analysis, found, new),
        Thing::Pillar(segment) => pillar::edits(analysis, segment, new),
        Thing::State(found) => state::edits(analysis, found, new),
        Thing::Sls(found) => files::edits(analysis, found, new),
    };
    let (edits, allowed) = match planned {
        Ok(planned) => planned,
        Err(refused) => return Ok(Err(refused)),
    };
    let edits = match edits.checked(&analysis.world) {
        Ok(edits) => edits,
        Err(refused) => return Ok(Err(refused)),
    };
    Ok(proof::proved(analysis, &edits, &allowed, stop)?.map(|()| edits))
}

/// `range` without quotes around its text.
fn bare(text: &str, range: TextRange) -> TextRange {
    let slice = range.slice(text);
    let quoted = |quote: char| slice.len() >= 2 && slice.starts_with(quote) && slice.ends_with(quote);
    if quoted('\'') || quoted('"') { TextRange::new(range.start + 1, range.end - 1) } else { range }
}

/// The place within `range` that says just `name`, if it does; `None`: it is computed there.
fn written(world: &World, path: &SaltPath, range: TextRange, name: &str) -> Option<TextRange> {
    let text = text_in(world, path)?;
    let range = bare(&text, range);
    (range.slice(&text) == name).then_some(range)
}

/// Where something stands, for a refusal.
fn place(world: &World, path: &SaltPath, range: TextRange) -> String {
    let text = text_in(world, path).unwrap_or_default();
    let line = text.get(..range.start as usize).map_or(0, |before| before.matches('\n').count());
    format!("{path}:{}", line + 1)
}

/// A name as YAML reads it back, given how the old one was written.
fn scalar(name: &str) -> String {
    let plain = name.chars().next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '.'))
        && name.chars().all(|c| c.is_alphanumeric() || "_-./+@=~ ".contains(c))
        && !name.ends_with(' ')
        && name.chars().any(|c| c.is_alphabetic() || c == '/')
        && !matches!(
            name.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "none" | "~"
        );
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}
