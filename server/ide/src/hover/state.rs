//! State IDs, functions and arguments.

use model::mask::is_secret_value;
use model::{Declaration, Entity, Facts, Found, Slot};
use render::Node;

use super::Asked;
use crate::catalogue;
use crate::is_secret_key;
use crate::markdown::{argument_documentation, block, code, function_documentation, plain};
use crate::value::inline;

const MAX_ARGUMENTS: usize = 12;
const MAX_USES: usize = 8;

/// What a state ID declares, and who requires it.
pub(super) fn declaration(asked: &Asked<'_>, entity: &Entity) -> Option<String> {
    let (facts, declaration) = declared(asked, entity)?;
    let sls = facts.names.first().map_or_else(|| facts.path.to_string(), |(_, name)| name.to_string());
    let mut out = format!("{} in {}", code(&declaration.id.to_string()), code(&sls));
    if !declaration.is_certain() {
        out.push_str(" (not in every rendering)");
    }
    let mut yaml = String::new();
    for state in &declaration.states {
        let function = state.function.as_ref().map_or(String::new(), |function| format!(".{function}"));
        yaml.push_str(&format!("{}{function}:\n", state.module));
        for argument in state.args.iter().take(MAX_ARGUMENTS) {
            let name = argument.name.to_string();
            let secret = is_secret_key(&name) || is_secret_value(&asked.analysis.world, &argument.value);
            yaml.push_str(&format!("  - {name}: {}\n", one_line(&inline(&argument.value, secret))));
        }
        if state.args.len() > MAX_ARGUMENTS {
            yaml.push_str("  # …\n");
        }
        for requisite in &state.requisites {
            let module = requisite.module.as_ref().map_or(String::new(), |module| format!("{module}: "));
            yaml.push_str(&format!("  - {}: {module}{}\n", requisite.kind, requisite.name));
        }
    }
    if !yaml.is_empty() {
        out.push_str("\n\n");
        out.push_str(&block("yaml", &yaml));
    }
    let users = users(asked, entity);
    if !users.is_empty() {
        out.push_str("\n\nReferred to by ");
        out.push_str(&users.join(", "));
    }
    Some(out)
}

fn one_line(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("").to_owned();
    if lines.next().is_some() { format!("{first} …") } else { first }
}

/// The declaration whose ID is written at the entity's place, perhaps printed into another file.
fn declared<'a>(asked: &Asked<'a>, entity: &Entity) -> Option<(&'a Facts, &'a Declaration)> {
    for view in &asked.analysis.catalog.views {
        let printed = view.index().files(Slot::WrittenIn, entity.path.as_str());
        for facts in std::iter::once(&entity.path).chain(printed).filter_map(|path| view.facts(path)) {
            let is_it = |declaration: &&Declaration| {
                declaration.origin.path == entity.path
                    && declaration.origin.range == entity.range
                    && declaration.id.to_string() == entity.name
            };
            if let Some(found) = facts.declarations.iter().find(is_it) {
                return Some((facts, found));
            }
        }
    }
    None
}

fn users(asked: &Asked<'_>, entity: &Entity) -> Vec<String> {
    let catalog = &asked.analysis.catalog;
    let found = catalog.entity_at(&entity.path, entity.range.start);
    let same = |found: &&Found| found.entity.kind == entity.kind && found.entity.name == entity.name;
    let Some(found) = found.iter().find(same) else { return Vec::new() };
    let uses = catalog.uses_of(found);
    let mut places: Vec<String> =
        uses.iter().map(|used| code(used.sls.as_deref().unwrap_or(used.path.as_str()))).collect();
    places.dedup();
    let more = places.len().saturating_sub(MAX_USES);
    places.truncate(MAX_USES);
    if more > 0 {
        places.push(format!("{more} more"));
    }
    places
}

/// A state function.
pub(super) fn function(asked: &Asked<'_>, name: &str) -> Option<String> {
    let found = catalogue::state_function(asked.analysis, name)?;
    let mut out = function_documentation(&found);
    if let Some((path, _)) = &found.file {
        out.push_str(&format!("\n\nDefined in {}", code(path.as_str())));
    }
    Some(out)
}

/// A state's argument: what Salt says of it, and its value.
pub(super) fn argument(asked: &Asked<'_>, function: &str, name: &str, value: &Node) -> String {
    let mut parts = Vec::new();
    if let Some(found) = catalogue::state_function(asked.analysis, function) {
        parts.push(argument_documentation(&found, name));
    }
    let general = library::global_arguments().iter().chain(library::requisites()).find(|word| word.name == name);
    if parts.iter().all(String::is_empty) {
        parts.clear();
        parts.push(match general {
            Some(word) => plain(word.doc),
            None => format!("Argument of {}", code(function)),
        });
    }
    let shown = inline(value, is_secret_key(name) || is_secret_value(&asked.analysis.world, value));
    if !shown.is_empty() {
        parts.push(format!("Value: {}", code(&shown)));
    }
    parts.join("\n\n")
}
