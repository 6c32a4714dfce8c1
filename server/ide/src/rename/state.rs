//! Renaming state IDs, through requisites, `extend` and `exclude`. A state that took its name from its
//! ID gets the old ID as its name, so that Salt does what it did.

use model::{Declaration, EntityKind, Facts, Found, Role, State};
use text::TextRange;
use world::SaltPath;

use super::proof::Allowed;
use super::{Attempt, place, refuse, scalar, written};
use crate::Analysis;
use crate::fix::FileEdits;
use crate::upstream::text_in;

/// The edits for the state ID that `found` is or refers to.
pub(super) fn edits(analysis: &Analysis, found: &Found, new: &str) -> Attempt<(FileEdits, Allowed)> {
    let catalog = &analysis.catalog;
    let definitions: Vec<_> = catalog.definitions_of(found);
    let definition = match definitions.as_slice() {
        [only] if only.kind == EntityKind::StateId => only,
        [] => return refuse("no state with this ID is known"),
        [_] => return refuse("it does not refer to a state ID"),
        [first, ..] => {
            let at = place(&analysis.world, &first.path, first.range);
            return refuse(format!("several states may be meant, the first at {at}"));
        }
    };
    let old = definition.name.clone();
    let Some(range) = written(&analysis.world, &definition.path, definition.range, &old) else {
        let at = place(&analysis.world, &definition.path, definition.range);
        return refuse(format!("the ID is computed at {at}"));
    };
    if definition.site.is_some() {
        let at = place(&analysis.world, &definition.path, definition.range);
        return refuse(format!("a variable carries the ID from {at}"));
    }
    if let Some(other) = catalog.definitions(EntityKind::StateId, new).first() {
        let at = place(&analysis.world, &other.path, other.range);
        return refuse(format!("{at} declares '{new}' already"));
    }
    let mut edits = FileEdits::default();
    quoted(analysis, &definition.path, range, new, &mut edits);
    let start = catalog.entity_at(&definition.path, definition.range.start);
    let declared = start.iter().find(|one| {
        one.entity.kind == EntityKind::StateId
            && one.entity.role == Role::Definition
            && one.entity.range == definition.range
    });
    let Some(declared) = declared else { return refuse("the declaration cannot be found") };
    names(analysis, declared, &old, &mut edits)?;
    for used in catalog.uses_of(declared) {
        let name = if used.kind == EntityKind::Requisite {
            used.name.split_once(':').map_or(used.name.as_str(), |(_, name)| name)
        } else {
            &used.name
        };
        if name != old {
            // by the state's own name, which stays
            if !name.contains('*') {
                continue;
            }
            let at = place(&analysis.world, &used.path, used.range);
            return refuse(format!("{at} may refer to it by a name that is not wholly known"));
        }
        let Some(range) = written(&analysis.world, &used.path, used.range, &old).filter(|_| used.site.is_none()) else {
            let at = place(&analysis.world, &used.path, used.range);
            return refuse(format!("{at} computes the ID that it refers to"));
        };
        quoted(analysis, &used.path, range, new, &mut edits);
    }
    Ok((edits, Allowed::Id(old, new.to_owned())))
}

/// Replaces a name, within its quotes if it has some that do.
fn quoted(analysis: &Analysis, path: &SaltPath, range: TextRange, new: &str, edits: &mut FileEdits) {
    let text = text_in(&analysis.world, path).unwrap_or_default();
    let before = text.get(..range.start as usize).and_then(|text| text.chars().next_back());
    let behind = text.get(range.end as usize..).and_then(|text| text.chars().next());
    match (before, behind) {
        (Some('\''), Some('\'')) => edits.replace(path, range, new.replace('\'', "''")),
        (Some('"'), Some('"')) => edits.replace(path, range, new.replace('\\', "\\\\").replace('"', "\\\"")),
        _ => edits.replace(path, range, scalar(new)),
    }
}

/// Gives the states under the ID the name that they took from it.
fn names(analysis: &Analysis, declared: &Found, old: &str, edits: &mut FileEdits) -> Attempt<()> {
    let Some((_, facts)) = analysis.catalog.facts_of(&declared.place) else { return Ok(()) };
    let model::At::Declaration(n) = declared.place.at else { return Ok(()) };
    let Some(declaration) = facts.declarations.get(n) else { return Ok(()) };
    for state in &declaration.states {
        let named = |name: &str| state.args.iter().any(|argument| argument.name.as_literal() == Some(name));
        if named("name") || named("names") {
            continue;
        }
        if state.args.iter().any(|argument| argument.name.as_literal().is_none()) {
            return refuse(format!("whether {} has a name is not known", state.module));
        }
        name(analysis, facts, declaration, state, old, edits)?;
    }
    Ok(())
}

/// Writes `- name: old` as a state's first argument.
fn name(
    analysis: &Analysis,
    facts: &Facts,
    declaration: &Declaration,
    state: &State,
    old: &str,
    edits: &mut FileEdits,
) -> Attempt<()> {
    let path = &facts.path;
    let unclear = || {
        let at = place(&analysis.world, path, state.origin.range);
        refuse(format!("the state at {at} takes its name from the ID, and no name can be written there"))
    };
    if state.origin.path != *path || declaration.origin.path != *path || state.origin.site.is_some() {
        return unclear();
    }
    let Some(text) = text_in(&analysis.world, path) else { return unclear() };
    let key = super::bare(&text, state.origin.range);
    let line_start = text.get(..key.start as usize).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let Some(indent) = text.get(line_start..key.start as usize) else { return unclear() };
    let rest = text.get(key.end as usize..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
    let bare_line = line.trim_matches(['\'', '"']).trim();
    let item = format!("- name: {}", scalar(old));
    if !indent.chars().all(|c| c == ' ') || indent.is_empty() {
        return unclear();
    }
    let end = key.end + u32::try_from(line.len()).unwrap_or(0);
    match bare_line {
        // a list of arguments follows, or nothing
        ":" => {
            let inner = rest.get(line.len()..).unwrap_or("").trim_start_matches(['\r', '\n']);
            let first = inner.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
            let dashes = first.filter(|line| line.trim_start().starts_with("- "));
            let width = dashes.map_or(indent.len() + 2, |line| line.len() - line.trim_start().len());
            if width < indent.len() {
                return unclear();
            }
            edits.replace(path, TextRange::empty(end), format!("\n{}{item}", " ".repeat(width)));
        }
        ": []" => edits.replace(path, TextRange::new(key.end, end), format!(":\n{indent}  {item}")),
        // `x:\n  pkg.installed`
        "" => edits.replace(path, TextRange::new(key.end, end), format!(":\n{indent}  {item}")),
        _ => return unclear(),
    }
    Ok(())
}
