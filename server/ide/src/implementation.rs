//! Declaration, implementation and type definition, where Salt has them: an imported name is declared
//! where it is imported; a pillar key is implemented by all files that give it a value, a template by
//! the states that manage it; a state's type is its function in Python.

use model::{At, EntityKind, Role};
use render::Pattern;
use syntax::jinja;
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::catalogue::state_function;
use crate::scopes::Scopes;
use crate::source::text_of;
use crate::{Analysis, FilePosition, FileRange, Target};

fn target(path: SaltPath, range: TextRange, origin: TextRange) -> Target {
    Target { name: FileRange { path, range }, extent: range, origin }
}

fn once(mut found: Vec<Target>) -> Vec<Target> {
    let mut seen = rustc_hash::FxHashSet::default();
    found.retain(|target| seen.insert(target.name.clone()));
    found
}

/// Where the variable under the cursor gets its name in this file: for an imported one the import.
#[must_use]
pub fn declaration(analysis: &Analysis, at: &FilePosition) -> Vec<Target> {
    let text = text_of(analysis, &at.path);
    let scopes = Scopes::of(&jinja::parse(&text, &jinja::Options::default()));
    let Some((variable, origin)) = scopes.at(at.offset) else { return Vec::new() };
    variable.bound.iter().map(|range| target(at.path.clone(), *range, origin)).collect()
}

/// What stands behind the name under the cursor: all definitions of a pillar key, in the order in which
/// they are merged; the states that manage a file; where a state, an SLS or a macro is written.
///
/// # Errors
/// [`Stopped`].
pub fn implementation(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Vec<Target>, Stopped> {
    let mut found = Vec::new();
    for thing in analysis.catalog.entity_at(&at.path, at.offset) {
        stop.check()?;
        let entity = &thing.entity;
        let origin = entity.place_at(&at.path, at.offset).unwrap_or(entity.range);
        match entity.kind {
            EntityKind::PillarUse | EntityKind::PillarKey => {
                for view in &analysis.catalog.views {
                    let places = view.pillar_definitions(&Pattern::literal(&entity.name));
                    found.extend(places.into_iter().map(|one| target(one.path, one.range, origin)));
                }
            }
            EntityKind::SaltFile => {
                let Some((_, facts)) = analysis.catalog.facts_of(&thing.place) else { continue };
                let At::SaltFile(n) = thing.place.at else { continue };
                let files = facts.salt_files.get(n).map(|file| file.targets.clone()).unwrap_or_default();
                found.extend(files.into_iter().map(|path| target(path, TextRange::empty(0), origin)));
            }
            EntityKind::Macro | EntityKind::StateId | EntityKind::Sls | EntityKind::Requisite => {
                let places = analysis.catalog.definitions_of(&thing);
                found.extend(places.into_iter().map(|one| target(one.path, one.range, origin)));
            }
            _ => continue,
        }
        if !found.is_empty() {
            return Ok(once(found));
        }
    }
    Ok(once(managing(analysis, at)))
}

/// The states whose source is the file itself.
fn managing(analysis: &Analysis, at: &FilePosition) -> Vec<Target> {
    let mut found = Vec::new();
    for view in &analysis.catalog.views {
        for facts in view.index().files(model::Slot::SaltFileOf, at.path.as_str()).filter_map(|file| view.facts(file)) {
            let ours = facts.salt_files.iter().filter(|file| file.targets.contains(&at.path));
            let origin = TextRange::empty(at.offset);
            found.extend(ours.map(|file| target(file.origin.path.clone(), file.origin.range, origin)));
        }
    }
    found
}

/// The Python function of the state under the cursor, or of each state of the ID there, where the
/// workspace has its source.
#[must_use]
pub fn type_definition(analysis: &Analysis, at: &FilePosition) -> Vec<Target> {
    let mut found = Vec::new();
    for thing in analysis.catalog.entity_at(&at.path, at.offset) {
        let Some((_, facts)) = analysis.catalog.facts_of(&thing.place) else { continue };
        let origin = thing.entity.place_at(&at.path, at.offset).unwrap_or(thing.entity.range);
        let names: Vec<String> = match thing.place.at {
            At::Function(..) => vec![thing.entity.name.clone()],
            At::Declaration(n) => {
                let states = facts.declarations.get(n).into_iter().flat_map(|one| &one.states);
                states.filter_map(|state| Some(format!("{}.{}", state.module, state.function.as_ref()?))).collect()
            }
            At::Requisite(..) => {
                let declared = analysis.catalog.definitions_of(&thing);
                let functions = |path: &SaltPath, range: TextRange| -> Vec<String> {
                    let all = analysis.catalog.views.iter().filter_map(|view| view.facts(path));
                    let states = all.flat_map(|facts| &facts.declarations).filter(|one| one.origin.range == range);
                    let states = states.flat_map(|one| &one.states);
                    states.filter_map(|state| Some(format!("{}.{}", state.module, state.function.as_ref()?))).collect()
                };
                let declared = declared.iter().filter(|one| one.role == Role::Definition);
                declared.flat_map(|one| functions(&one.path, one.range)).collect()
            }
            _ => continue,
        };
        for function in names.iter().filter_map(|name| state_function(analysis, name)) {
            found.extend(function.file.map(|(path, range)| target(path, range, origin)));
        }
        if !found.is_empty() {
            break;
        }
    }
    once(found)
}
