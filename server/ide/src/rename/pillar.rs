//! Renaming one part of a pillar key's path, in the files that define it and wherever it is read.

use model::{At, EntityKind, Found, entities};
use render::{Pattern, UseKind};
use syntax::jinja::walk::{Node, path_at};
use syntax::jinja::{Expr, ExprKind, Options, parse};
use text::TextRange;
use world::{SaltPath, World};

use super::proof::Allowed;
use super::{Attempt, bare, place, refuse, scalar};
use crate::fix::FileEdits;
use crate::upstream::text_in;
use crate::{Analysis, FilePosition};

/// One part of a key's path.
pub(super) struct Segment {
    /// The path down to it.
    path: Vec<String>,
    /// Where it stands under the cursor.
    pub range: TextRange,
}

impl Segment {
    /// The part's name.
    pub(super) fn name(&self) -> String {
        self.path.last().cloned().unwrap_or_default()
    }
}

/// The part of a pillar key that the cursor is in.
pub(super) fn segment(analysis: &Analysis, at: &FilePosition, text: &str) -> Option<Segment> {
    for found in analysis.catalog.entity_at(&at.path, at.offset) {
        let entity = &found.entity;
        if entity.path != at.path || entity.name.contains('*') {
            continue;
        }
        let path: Vec<String> = entity.name.split(':').map(str::to_owned).collect();
        match entity.kind {
            EntityKind::PillarKey => {
                let range = bare(text, entity.range);
                if range.slice(text) == path.last()?.as_str() {
                    return Some(Segment { path, range });
                }
            }
            EntityKind::PillarUse => {
                let parts = written_parts(text, entity.range, &path);
                let here = parts.into_iter().find(|(_, range)| range.touches(at.offset));
                if let Some((depth, range)) = here {
                    return Some(Segment { path: path.get(..=depth)?.to_vec(), range });
                }
            }
            _ => {}
        }
    }
    None
}

/// The parts of `path` that the expression at `range` writes out, each with its place, last first. What
/// is missing at the front, a variable carries.
fn written_parts(text: &str, range: TextRange, path: &[String]) -> Vec<(usize, TextRange)> {
    let template = parse(text, &Options::default());
    let nodes = path_at(&template.body, range.end);
    let near =
        |node: &&Node<'_>| matches!(node, Node::Expr(expr, _) if expr.range.covers(range) || range.covers(expr.range));
    let expr = nodes.iter().rev().filter(near).find_map(|node| match node {
        Node::Expr(expr, _) if expr.range == range => Some(*expr),
        _ => None,
    });
    let Some(expr) = expr else { return Vec::new() };
    let mut segments = Vec::new();
    collect(text, expr, &mut segments, 32);
    let mut found = Vec::new();
    let mut depth = path.len();
    for (word, place) in segments {
        let Some(next) = depth.checked_sub(1).filter(|n| path.get(*n).is_some_and(|part| *part == word)) else { break };
        depth = next;
        found.push((depth, place));
    }
    found
}

/// The parts that an expression writes, last first.
fn collect(text: &str, expr: &Expr, found: &mut Vec<(String, TextRange)>, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match &*expr.kind {
        ExprKind::Attribute(of, name) => {
            found.push((name.text.to_string(), name.range));
            collect(text, of, found, depth);
        }
        ExprKind::Item(of, index) if literal(text, index, found) => collect(text, of, found, depth),
        // `pillar.get('a:b')`, `app.get('x')`, `salt['pillar.get']('a:b')`
        ExprKind::CallExpr(callee, args) => {
            let Some(first) = args.positional.first() else { return };
            if literal(text, first, found)
                && let ExprKind::Attribute(of, name) = &*callee.kind
                && name.text == "get"
            {
                collect(text, of, found, depth);
            }
        }
        ExprKind::Str { .. } => {
            literal(text, expr, found);
        }
        _ => {}
    }
}

/// The parts of a literal, last first; false: it is none that can be edited.
fn literal(text: &str, expr: &Expr, found: &mut Vec<(String, TextRange)>) -> bool {
    let ExprKind::Str { parts, plain: true, .. } = &*expr.kind else { return false };
    let [range] = parts.as_slice() else { return false };
    let mut end = range.end;
    for word in range.slice(text).rsplit(':') {
        let start = end - u32::try_from(word.len()).unwrap_or(0);
        found.push((word.to_owned(), TextRange::new(start, end)));
        end = start.saturating_sub(1);
    }
    true
}

/// The edits for a part of a pillar key.
pub(super) fn edits(analysis: &Analysis, segment: &Segment, new: &str) -> Attempt<(FileEdits, Allowed)> {
    if new.contains(':') {
        return refuse("a pillar key that holds a colon cannot be asked for by a path");
    }
    let path = &segment.path;
    let key = path.join(":");
    let mut edits = FileEdits::default();
    let mut defined = false;
    let pattern = Pattern::literal(&key);
    let sibling: Vec<String> = path.iter().take(path.len() - 1).cloned().chain([new.to_owned()]).collect();
    for view in &analysis.catalog.views {
        if let Some(other) = view.pillar_definitions(&Pattern::literal(&sibling.join(":"))).first()
            && other.name == sibling.join(":")
        {
            let at = place(&analysis.world, &other.path, other.range);
            return refuse(format!("{at} defines '{}' already", other.name));
        }
        for definition in view.pillar_definitions(&pattern) {
            let at = || place(&analysis.world, &definition.path, definition.range);
            if definition.name.contains('*') {
                return refuse(format!("{} may define the key under a name that is not wholly known", at()));
            }
            if definition.name != key {
                if key.ends_with(&format!(":{}", definition.name)) {
                    return refuse(format!("{} is included under another key", at()));
                }
                continue;
            }
            defined = true;
            let Some(range) = super::written(&analysis.world, &definition.path, definition.range, &segment.name())
                .filter(|_| definition.site.is_none())
            else {
                return refuse(format!("{} computes the key", at()));
            };
            replace(&analysis.world, &definition.path, range, new, &mut edits);
        }
        uses(analysis, view, path, &mut edits, new)?;
    }
    if !defined {
        return refuse(format!("no pillar file defines '{key}'"));
    }
    Ok((edits, Allowed::Key(path.clone(), new.to_owned())))
}

fn replace(world: &World, path: &SaltPath, range: TextRange, new: &str, edits: &mut FileEdits) {
    let text = text_in(world, path).unwrap_or_default();
    let before = text.get(..range.start as usize).and_then(|text| text.chars().next_back());
    let inside = matches!(before, Some('\'' | '"'));
    edits.replace(path, range, if inside { new.to_owned() } else { scalar(new) });
}

/// The places that read the key or what is below it.
fn uses(analysis: &Analysis, view: &model::View, path: &[String], edits: &mut FileEdits, new: &str) -> Attempt<()> {
    let depth = path.len() - 1;
    let identifier =
        new.chars().enumerate().all(|(n, c)| c == '_' || c.is_alphabetic() || (n > 0 && c.is_alphanumeric()));
    for facts in view.files.values() {
        for (n, used) in facts.rendered.uses.iter().enumerate() {
            if used.kind != UseKind::Pillar {
                continue;
            }
            let at = || place(&analysis.world, &used.origin.path, used.origin.range);
            let Some(name) = used.name.as_literal() else {
                let found = Pattern::literal(&path.join(":"));
                let known = used
                    .name
                    .0
                    .iter()
                    .any(|part| matches!(part, render::PatternPart::Text(text) if text.chars().any(|c| c != ':')));
                if known && used.name.overlaps(&found) {
                    return refuse(format!("{} may read the key by a name that is not wholly known", at()));
                }
                continue;
            };
            let parts: Vec<String> = name.split(':').map(str::to_owned).collect();
            if parts.len() <= depth || parts.get(..=depth) != Some(path) {
                continue;
            }
            let Some(text) = text_in(&analysis.world, &used.origin.path) else { continue };
            let written = written_parts(&text, used.origin.range, &parts);
            match written.iter().find(|(n, _)| *n == depth) {
                Some((_, range)) => {
                    let before = text.get(..range.start as usize).and_then(|text| text.chars().next_back());
                    if before == Some('.') && !identifier {
                        return refuse(format!("{} reads it as an attribute, which '{new}' cannot be", at()));
                    }
                    edits.replace(&used.origin.path, *range, new);
                }
                // a variable carries the front of the path from where it was read
                None if written.last().is_some_and(|(first, _)| *first > depth) => {}
                None => {
                    let place = model::Place { view: 0, path: facts.path.clone(), at: At::PillarUse(n) };
                    let entity = entities(facts).into_iter().find(|(_, at)| *at == place.at).map(|(entity, _)| entity);
                    let carried = entity.is_some_and(|entity| {
                        let found = Found { entity, place };
                        found.entity.certain && text_of_use(&text, used.origin.range).is_some()
                    });
                    if !carried {
                        return refuse(format!("{} computes the key that it reads", at()));
                    }
                }
            }
        }
    }
    Ok(())
}

/// The variable that stands alone where a key is read: its value comes from elsewhere.
fn text_of_use(text: &str, range: TextRange) -> Option<&str> {
    let slice = range.slice(text);
    let name = !slice.is_empty() && slice.chars().all(|c| c.is_alphanumeric() || c == '_');
    name.then_some(slice)
}
