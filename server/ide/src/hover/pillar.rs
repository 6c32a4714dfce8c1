//! Pillar keys and grains: their values under each profile, and the files that define them.

use model::mask::is_secret_value;
use render::{Node, NodeKind, Pattern};
use world::{Reader, Stopped, World};

use super::Asked;
use crate::markdown::{code, plain};
use crate::value::{inline, inline_json, readable};
use crate::{catalogue, is_secret_key};

const MAX_FILES: usize = 8;

/// A pillar key.
///
/// # Errors
/// [`Stopped`].
pub(super) fn key(asked: &Asked<'_>, name: &str) -> Result<String, Stopped> {
    let mut out = format!("pillar {}", code(if name.is_empty() { "(all of it)" } else { name }));
    let secret = name.split(':').any(is_secret_key);
    for view in &asked.analysis.catalog.views {
        let Some(profile) = view.profile() else { continue };
        let reader = Reader::new(&asked.analysis.world, &asked.analysis.memo, asked.stop);
        let pillar = render::pillar(&reader, &view.minion)?;
        let shown = match at(&pillar.data, name) {
            Some(node) => readable(node, secret),
            None if matches!(pillar.data.kind, NodeKind::Unknown(_)) => "not known".to_owned(),
            None => "not there".to_owned(),
        };
        out.push_str(&format!("\n\n{}: {shown}", plain(profile)));
    }
    let pattern = Pattern::literal(name);
    let mut lines: Vec<String> = Vec::new();
    for view in &asked.analysis.catalog.views {
        for definition in view.pillar_definitions(&pattern) {
            let nearest =
                if definition.name == name { String::new() } else { format!(" defines {}", code(&definition.name)) };
            let line = format!(
                "- {}{nearest}{}",
                code(definition.path.as_str()),
                value_there(&asked.analysis.world, view, &definition, secret)
            );
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() {
        out.push_str("\n\nNo pillar file defines it.");
    } else {
        let more = lines.len().saturating_sub(MAX_FILES);
        lines.truncate(MAX_FILES);
        out.push_str(&format!("\n\nDefined in\n\n{}", lines.join("\n")));
        if more > 0 {
            out.push_str(&format!("\n- and {more} more"));
        }
    }
    Ok(out)
}

fn value_there(world: &World, view: &model::View, definition: &model::Entity, secret: bool) -> String {
    let Some(facts) = view.facts(&definition.path) else { return String::new() };
    let key = facts
        .pillar_keys
        .iter()
        .find(|key| key.origin.range == definition.range && model::entity::joined(&key.path) == definition.name);
    key.map_or(String::new(), |key| {
        let secret = secret || is_secret_value(world, &key.value);
        format!(": {}", code(&first_line(&key.value, secret)))
    })
}

/// A value in a list of places: one line, and a short one.
fn first_line(node: &Node, secret: bool) -> String {
    let line = inline(node, secret);
    if line.chars().count() <= 60 { line } else { line.chars().take(60).chain(['…']).collect() }
}

fn at<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let mut node = node;
    for part in name.split(':').filter(|part| !part.is_empty()) {
        node = match &node.kind {
            NodeKind::List(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => node.get(part)?,
        };
    }
    Some(node)
}

/// A grain: what it is, and its value under each profile.
pub(super) fn grain(asked: &Asked<'_>, name: &str) -> String {
    let mut out = format!("grain {}", code(name));
    let known = catalogue::grains();
    let first = name.split(':').next().unwrap_or(name);
    if let Some((_, what)) = known.iter().find(|(grain, _)| *grain == first) {
        out.push_str(&format!("\n\n{}", plain(what)));
    }
    for view in &asked.analysis.catalog.views {
        let Some(profile) = &view.minion.profile else { continue };
        let mut parts = name.split(':');
        let mut value = parts.next().and_then(|part| profile.grains.get(part));
        for part in parts {
            value = value.and_then(|value| match value.as_array() {
                Some(items) => items.get(part.parse::<usize>().ok()?),
                None => value.get(part),
            });
        }
        let secret = name.split(':').any(is_secret_key);
        let shown = value.map_or("not there".to_owned(), |value| code(&inline_json(value, secret)));
        out.push_str(&format!("\n\n{}: {shown}", plain(&profile.name)));
    }
    out
}
