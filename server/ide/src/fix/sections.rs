//! Where states, pillar keys and macros stand in a text, and how one version's text of such a thing is
//! put into the other's file: in the place of what is there, or behind the same neighbour.

use model::{Facts, joined};
use render::SourceKind;
use syntax::jinja;
use text::TextRange;

use super::edits::{Attempt, FileEdits, refuse};

/// What is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    State,
    PillarKey,
    Macro,
}

impl What {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::PillarKey => "pillar key",
            Self::Macro => "macro",
        }
    }
}

/// A thing in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) name: String,
    /// Its name's place.
    pub(super) range: TextRange,
    /// All of it, blanks at the end not included.
    pub(super) extent: TextRange,
}

/// The things of a file in order; of pillar keys those below `parent`.
pub(super) fn sections(facts: &Facts, text: &str, what: What, parent: &str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    match what {
        What::State => {
            for one in &facts.declarations {
                if one.origin.path == facts.path && one.origin.kind == SourceKind::Exact {
                    found.push(Section { name: one.id.to_string(), range: one.origin.range, extent: one.extent });
                }
            }
        }
        What::PillarKey => {
            for key in &facts.pillar_keys {
                let name = joined(&key.path);
                let above = name.rsplit_once(':').map_or("", |(above, _)| above);
                if key.origin.path == facts.path && key.origin.kind == SourceKind::Exact && above == parent {
                    found.push(Section { name, range: key.origin.range, extent: key.extent });
                }
            }
        }
        What::Macro => {
            for export in facts.exports.iter().filter(|export| export.params.is_some()) {
                found.push(Section { name: export.name.to_string(), range: export.range, extent: export.extent });
            }
        }
    }
    if what != What::Macro {
        // an ID may be a literal inside of a tag
        let template = jinja::parse(text, &jinja::Options::default());
        let outside = |section: &Section| {
            let token = jinja::walk::token_at(&template, section.range.start);
            token.is_none_or(|token| token.kind == jinja::TokenKind::Data)
        };
        found.retain(outside);
    }
    for section in &mut found {
        let slice = section.extent.slice(text);
        let kept = slice.trim_end().len().max((section.range.end - section.range.start) as usize);
        section.extent.end = section.extent.start + u32::try_from(kept).unwrap_or(0);
    }
    found.sort_by_key(|section| (section.extent.start, std::cmp::Reverse(section.extent.end)));
    found
}

/// From the beginning of the line that holds `range`'s start to the end of its last, line end included.
/// `None`: something else stands in these lines.
fn lines_of(text: &str, range: TextRange) -> Option<TextRange> {
    let (start, end) = (range.start as usize, range.end as usize);
    let from = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(end..)?;
    let to = rest.find('\n').map_or(text.len(), |at| end + at + 1);
    let before = text.get(from..start)?;
    let after = text.get(end..to)?.trim();
    // a comment in the last line goes with it
    (before.trim().is_empty() && (after.is_empty() || after.starts_with('#'))).then(|| TextRange::of(from, to))
}

fn indent(text: &str, range: TextRange) -> usize {
    let before = text.get(..range.start as usize).unwrap_or("");
    before.len() - before.rfind('\n').map_or(0, |at| at + 1)
}

/// The comment lines right above something, as indented as it is; empty where there are none.
fn remarks(text: &str, range: TextRange) -> TextRange {
    let blanks = indent(text, range);
    let line = range.start as usize - blanks;
    let mut start = line;
    if text.get(line..range.start as usize).is_some_and(|before| before.trim().is_empty()) {
        for above in text.get(..line).unwrap_or("").split_inclusive('\n').rev() {
            let bare = above.trim_start_matches(' ');
            if !bare.starts_with('#') || above.len() - bare.len() != blanks || bare.starts_with("#!") {
                break;
            }
            start -= above.len();
        }
    }
    TextRange::of(start, line)
}

/// Whether the piece of a template stands by itself: no tag is opened or closed in it alone.
pub(super) fn is_whole(text: &str) -> bool {
    jinja::parse(text, &jinja::Options::default()).errors.is_empty()
}

/// `text` with the lines behind the first one moved from indentation `from` to `to`.
fn moved(text: &str, from: usize, to: usize) -> String {
    if from == to {
        return text.to_owned();
    }
    let mut lines = text.split_inclusive('\n');
    let mut out = lines.next().unwrap_or("").to_owned();
    for line in lines {
        let bare = line.trim_start_matches(' ');
        let spaces = line.len() - bare.len();
        if bare.trim().is_empty() {
            out.push_str(bare);
        } else {
            out.push_str(&" ".repeat((spaces + to).saturating_sub(from)));
            out.push_str(bare);
        }
    }
    out
}

/// A version of a file: its text and what is in it.
pub(super) struct Side<'a> {
    pub(super) facts: &'a Facts,
    pub(super) text: &'a str,
}

/// Puts theirs in the place of ours.
pub(super) fn replace(
    edits: &mut FileEdits,
    ours: (&Side<'_>, &Section),
    theirs: (&Side<'_>, &Section),
) -> Attempt<()> {
    let (here, mine) = ours;
    let (there, other) = theirs;
    let (old, new) = (mine.extent.slice(here.text), other.extent.slice(there.text));
    if !is_whole(old) || !is_whole(new) {
        return refuse(format!("'{}' is not written in one piece: a template tag begins or ends in it", mine.name));
    }
    let (from, to) = (indent(there.text, other.extent), indent(here.text, mine.extent));
    let new = moved(new, from, to);
    // remarks right above belong to it: git would find a conflict where they differ
    let (above, their_above) = (remarks(here.text, mine.extent), remarks(there.text, other.extent));
    let (old, lead) = (above.slice(here.text), their_above.slice(there.text));
    if from == to && old != lead {
        let blanks = " ".repeat(to);
        edits.replace(&here.facts.path, TextRange::new(above.start, mine.extent.end), format!("{lead}{blanks}{new}"));
    } else {
        edits.replace(&here.facts.path, mine.extent, new);
    }
    Ok(())
}

/// Takes ours away, with a blank line that would stand double.
pub(super) fn remove(edits: &mut FileEdits, here: &Side<'_>, mine: &Section) -> Attempt<()> {
    if !is_whole(mine.extent.slice(here.text)) {
        return refuse(format!("'{}' is not written in one piece: a template tag begins or ends in it", mine.name));
    }
    let Some(mut range) = lines_of(here.text, mine.extent) else {
        return refuse(format!("'{}' shares its lines with something else", mine.name));
    };
    let blank_before =
        range.start == 0 || here.text.get(..range.start as usize).is_some_and(|text| text.ends_with("\n\n"));
    let rest = here.text.get(range.end as usize..).unwrap_or("");
    if blank_before && rest.starts_with('\n') {
        range.end += 1;
    } else if rest.is_empty() && range.start > 0 && blank_before {
        range.start -= 1;
    }
    edits.replace(&here.facts.path, range, "");
    Ok(())
}

/// Puts theirs into our file behind the neighbour that both have. `without`: a thing of ours that goes.
pub(super) fn insert(
    edits: &mut FileEdits,
    here: &Side<'_>,
    mine: &[Section],
    there: (&Side<'_>, &[Section], &Section),
    without: Option<&Section>,
) -> Attempt<()> {
    let (there, others, other) = there;
    let new = other.extent.slice(there.text);
    if !is_whole(new) {
        return refuse(format!("'{}' is not written in one piece: a template tag begins or ends in it", other.name));
    }
    let Some(their_lines) = lines_of(there.text, other.extent) else {
        return refuse(format!("'{}' shares its lines with something else there", other.name));
    };
    let at = others.iter().position(|section| section == other).unwrap_or(0);
    let known = |section: &&Section| mine.iter().find(|own| own.name == section.name && Some(*own) != without).cloned();
    let before = others.get(..at).unwrap_or(&[]).iter().rev().find_map(|section| known(&section));
    let after = || others.get(at + 1..).unwrap_or(&[]).iter().find_map(|section| known(&section));
    let apart = there.text.get(..their_lines.start as usize).is_some_and(|text| text.ends_with("\n\n"))
        || there.text.get(their_lines.end as usize..).is_some_and(|text| text.starts_with('\n'));
    let column = |section: &Section| indent(here.text, section.extent);
    let their_column = indent(there.text, other.extent);
    let path = &here.facts.path;
    if let Some(neighbour) = before {
        let Some(lines) = lines_of(here.text, neighbour.extent) else {
            return refuse(format!("'{}' shares its lines with something else", neighbour.name));
        };
        let to = column(&neighbour);
        let body = format!("{}{}\n", " ".repeat(to), moved(new, their_column, to));
        let ended = here.text.get(..lines.end as usize).is_some_and(|text| text.ends_with('\n'));
        let lead = if ended { "" } else { "\n" };
        let gap = if apart { "\n" } else { "" };
        edits.replace(path, TextRange::empty(lines.end), format!("{lead}{gap}{body}"));
        return Ok(());
    }
    if let Some(neighbour) = after() {
        let Some(lines) = lines_of(here.text, neighbour.extent) else {
            return refuse(format!("'{}' shares its lines with something else", neighbour.name));
        };
        let to = column(&neighbour);
        let gap = if apart { "\n" } else { "" };
        let body = format!("{}{}\n{gap}", " ".repeat(to), moved(new, their_column, to));
        edits.replace(path, TextRange::empty(lines.start), body);
        return Ok(());
    }
    if other.name.contains(':') && mine.is_empty() {
        return refuse(format!("what holds '{}' is not here", other.name));
    }
    let end = u32::try_from(here.text.len()).unwrap_or(u32::MAX);
    let lead = if here.text.is_empty() || here.text.ends_with('\n') { "" } else { "\n" };
    let gap = if here.text.trim().is_empty() { "" } else { "\n" };
    let body = format!("{lead}{gap}{}{}\n", " ".repeat(their_column), new);
    edits.replace(path, TextRange::empty(end), body);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_whole() {
        let text = "a:\n  b: 1 # why\n  c: {d: 1}\n";
        let range = |part: &str| {
            let at = text.find(part).unwrap();
            TextRange::of(at, at + part.len())
        };
        assert_eq!(lines_of(text, range("b: 1")).map(|lines| lines.slice(text)), Some("  b: 1 # why\n"));
        assert_eq!(lines_of(text, range("d: 1")), None);
    }

    #[test]
    fn indentation_is_moved() {
        assert_eq!(moved("a:\n    b\n\n  c", 2, 4), "a:\n      b\n\n    c");
        assert_eq!(moved("a:\n    b", 4, 0), "a:\nb");
    }
}
