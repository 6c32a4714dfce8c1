//! Document highlight: the places of this file that mean what the cursor means, and the tags of the
//! block that the cursor's tag belongs to. Knows no other file's text.

use model::Role;
use syntax::jinja;
use text::TextRange;
use world::{Stop, Stopped};

use crate::occurrences::occurrences;
use crate::scopes::Scopes;
use crate::source::text_of;
use crate::tags::keywords_at;
use crate::{Analysis, FilePosition};

/// What happens to the thing at a highlighted place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HighlightKind {
    /// A word of the syntax that belongs together with the one under the cursor.
    Text,
    /// It is read or referred to.
    Read,
    /// It is made or assigned.
    Write,
}

/// A highlighted place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Where.
    pub range: TextRange,
    /// What happens there.
    pub kind: HighlightKind,
}

/// The places to highlight, in order; empty where the cursor stands on nothing that has a name.
///
/// # Errors
/// [`Stopped`].
pub fn highlights(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Highlight>, Stopped> {
    let text = text_of(analysis, &at.path);
    let template = jinja::parse(&text, &jinja::Options::default());
    let tags = keywords_at(&template, &text, at.offset);
    if !tags.is_empty() {
        return Ok(tags.into_iter().map(|range| Highlight { range, kind: HighlightKind::Text }).collect());
    }
    let scopes = Scopes::of(&template);
    let mut found: Vec<Highlight> = Vec::new();
    if let Some((variable, _)) = scopes.at(at.offset) {
        let write = variable.bound.iter().map(|range| Highlight { range: *range, kind: HighlightKind::Write });
        let read = variable.read.iter().map(|range| Highlight { range: *range, kind: HighlightKind::Read });
        found.extend(write.chain(read));
    } else if let Some((name, _)) = scopes.free.iter().find(|(_, range)| range.touches(at.offset)) {
        let same = scopes.free.iter().filter(|(other, _)| other == name);
        found.extend(same.map(|(_, range)| Highlight { range: *range, kind: HighlightKind::Read }));
    } else {
        for (place, role) in occurrences(analysis, at, stop)? {
            let kind = if role == Role::Definition { HighlightKind::Write } else { HighlightKind::Read };
            if place.path == at.path && !place.range.is_empty() {
                found.push(Highlight { range: place.range, kind });
            }
        }
    }
    found.sort_by_key(|one| (one.range, std::cmp::Reverse(one.kind)));
    found.dedup_by_key(|one| one.range);
    Ok(found)
}
