//! SLS, templates and files that a place names.

use model::Entity;

use super::{Asked, facts_of};
use crate::markdown::{code, plain};
use crate::source::{first_comment, text_of};

/// An SLS: its file, how many IDs it declares, its first comment.
pub(super) fn sls(asked: &Asked<'_>, definition: &Entity) -> Option<String> {
    let (_, facts) = facts_of(asked.analysis, definition)?;
    let mut out = format!("SLS {} in {}", code(&definition.name), code(facts.path.as_str()));
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let parts: Vec<String> = [
        counted(facts.declarations.len(), "state ID", "state IDs"),
        counted(facts.includes.len(), "include", "includes"),
        counted(facts.pillar_keys.iter().filter(|key| key.path.len() == 1).count(), "pillar key", "pillar keys"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !parts.is_empty() {
        out.push_str(&format!(": {}", parts.join(", ")));
    }
    comment(asked, &facts.path, &mut out);
    Some(out)
}

fn comment(asked: &Asked<'_>, path: &world::SaltPath, out: &mut String) {
    let comment = first_comment(&text_of(asked.analysis, path));
    if !comment.is_empty() {
        out.push_str(&format!("\n\n{}", plain(&comment)));
    }
}

/// An imported template: its file and what it exports.
pub(super) fn template(asked: &Asked<'_>, entity: &Entity) -> Option<String> {
    let path = world::SaltPath::new(&entity.name).ok()?;
    asked.analysis.world.tree.get(&path)?;
    let mut out = format!("template {}", code(path.as_str()));
    let exports = crate::completion::exported(asked.analysis, &path);
    let mut names: Vec<String> = Vec::new();
    for (name, _, detail) in &exports {
        let word = code(if detail == "variable" { name } else { detail });
        if !names.contains(&word) {
            names.push(word);
        }
    }
    if !names.is_empty() {
        out.push_str(&format!("\n\nExports {}", names.join(", ")));
    }
    comment(asked, &path, &mut out);
    Some(out)
}

/// A `salt://` URL: the files that it means.
pub(super) fn salt_file(asked: &Asked<'_>, entity: &Entity) -> String {
    let mut out = code(&format!("salt://{}", entity.name));
    let mut targets: Vec<world::SaltPath> = Vec::new();
    for view in &asked.analysis.catalog.views {
        let files = view.facts(&entity.path).into_iter().flat_map(|facts| &facts.salt_files);
        let here = files.filter(|file| file.origin.range == entity.range && file.url.to_string() == entity.name);
        targets.extend(here.flat_map(|file| file.targets.clone()));
    }
    targets.sort();
    targets.dedup();
    match targets.as_slice() {
        [] => out.push_str("\n\nNo file of this name in the file roots."),
        [one] => {
            let text = text_of(asked.analysis, one);
            out.push_str(&format!("\n\n{}, {} lines", code(one.as_str()), text.lines().count()));
            comment(asked, one, &mut out);
        }
        many => {
            let list: Vec<String> = many.iter().take(8).map(|path| format!("- {}", code(path.as_str()))).collect();
            out.push_str(&format!("\n\nOne of\n\n{}", list.join("\n")));
        }
    }
    out
}
