//! The keys of values: which may follow a value, and where each is written. Reads what the evaluator
//! saw, and asks the workspace for what lies below a pillar key or grain. Knows nothing of cursors.

use model::View;
use python::KeyPath;
use python::origin::Contributor;
use render::{Node, NodeKind, Pattern, Seen, Thing, names};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use text::TextRange;
use world::{Reader, SaltPath, Stop};

use crate::Analysis;

/// Deeper nesting of profile data is not listed.
const MAX_DEPTH: u32 = 8;

/// A key that may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The key.
    pub name: String,
    /// Where it comes from.
    pub from: From,
    /// What it holds, in a word.
    pub about: &'static str,
}

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The pillar key of this path.
    Pillar(String),
    /// The grain of this path.
    Grain(String),
    /// A mapping or data file.
    File(SaltPath),
    /// A template's macro or variable.
    Export(SaltPath, TextRange),
    /// Computed, or Jinja's own.
    Jinja,
}

/// The attributes of `loop` (`jinja2/runtime.py`, `LoopContext`).
const LOOP: [&str; 13] = [
    "index",
    "index0",
    "revindex",
    "revindex0",
    "first",
    "last",
    "length",
    "depth",
    "depth0",
    "previtem",
    "nextitem",
    "cycle",
    "changed",
];

/// In a word, what a value is.
pub(crate) fn type_of(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Null => "None",
        NodeKind::Bool(_) => "boolean",
        NodeKind::Int(_) => "integer",
        NodeKind::Float(_) => "number",
        NodeKind::Str(_) => "text",
        NodeKind::Binary(_) => "bytes",
        NodeKind::List(_) | NodeKind::Set(_) => "list",
        NodeKind::Map(_) => "mapping",
        NodeKind::Choice(choices) => choices.iter().map(type_of).find(|word| !word.is_empty()).unwrap_or(""),
        NodeKind::Unknown(_) => "",
    }
}

/// The keys that may follow, each once, in the order of the values.
pub(crate) fn members(analysis: &Analysis, seen: &[Seen]) -> Vec<Member> {
    let mut found = Vec::new();
    for value in seen {
        match value {
            Seen::Data(node) => of_node(analysis, node, &mut found),
            Seen::Thing(Thing::Module { path, names }) => {
                let exports = exports(analysis, path);
                let export = |name: &SmolStr| exports.iter().find(|member| member.name == *name).cloned();
                let named =
                    |name: &SmolStr| Member { name: name.to_string(), from: From::File(path.clone()), about: "" };
                found.extend(names.iter().map(|name| export(name).unwrap_or_else(|| named(name))));
            }
            Seen::Thing(Thing::Loop) => {
                found.extend(LOOP.map(|name| Member { name: name.to_owned(), from: From::Jinja, about: "" }));
            }
            Seen::Thing(_) => {}
        }
    }
    let mut seen = FxHashSet::default();
    found.retain(|member| seen.insert(member.name.clone()));
    found
}

fn of_node(analysis: &Analysis, node: &Node, found: &mut Vec<Member>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                let Some(name) = key.as_str() else { continue };
                let placed = !key.origin.range.is_empty();
                let from = match value.origin.contributors.first() {
                    Some(Contributor::Pillar(path)) if !placed => From::Pillar(path.to_string()),
                    Some(Contributor::Grain(path)) if !placed => From::Grain(path.to_string()),
                    _ if placed => From::File(key.origin.path.clone()),
                    _ => From::Jinja,
                };
                found.push(Member { name: name.to_owned(), from, about: type_of(value) });
            }
            below_sources(analysis, node, found);
        }
        NodeKind::Choice(choices) => choices.iter().for_each(|choice| of_node(analysis, choice, found)),
        NodeKind::Unknown(_) => below_sources(analysis, node, found),
        _ => {}
    }
}

fn below_sources(analysis: &Analysis, node: &Node, found: &mut Vec<Member>) {
    for source in &node.origin.contributors {
        match source {
            Contributor::Pillar(path) => found.extend(pillar_children(analysis, &path.to_string())),
            Contributor::Grain(path) => found.extend(grain_children(analysis, &path.to_string())),
            _ => {}
        }
    }
}

/// Whether a value is all of the grains.
pub(crate) fn is_grains(seen: &[Seen]) -> bool {
    seen.iter().any(|value| {
        matches!(value, Seen::Data(node) if node.origin.contributors.first() == Some(&Contributor::Grain(KeyPath::default())))
    })
}

/// Whether a value is a mapping, or may be one.
pub(crate) fn is_mapping(seen: &[Seen]) -> bool {
    let may = |node: &Node| {
        matches!(node.kind, NodeKind::Map(_) | NodeKind::Choice(_)) || !node.origin.contributors.is_empty()
    };
    seen.iter().any(|value| matches!(value, Seen::Data(node) if may(node) && !matches!(node.kind, NodeKind::Str(_))))
}

/// Where the value that is under `key` is written: keys of mappings, pillar keys, exports.
pub(crate) fn places(analysis: &Analysis, seen: &[Seen], key: &str) -> Vec<(SaltPath, TextRange)> {
    let mut found = Vec::new();
    for value in seen {
        match value {
            Seen::Data(node) => places_in(analysis, node, key, &mut found),
            Seen::Thing(Thing::Module { path, .. }) => {
                let own = exports(analysis, path).into_iter().filter(|member| member.name == key);
                found.extend(own.filter_map(|member| match member.from {
                    From::Export(path, range) => Some((path, range)),
                    _ => None,
                }));
            }
            Seen::Thing(_) => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

fn places_in(analysis: &Analysis, node: &Node, key: &str, found: &mut Vec<(SaltPath, TextRange)>) {
    match &node.kind {
        NodeKind::Choice(choices) => choices.iter().for_each(|choice| places_in(analysis, choice, key, found)),
        NodeKind::Map(entries) => {
            let mut known = false;
            for (name, value) in entries.iter().filter(|(name, _)| name.as_str() == Some(key)) {
                known = true;
                if !name.origin.range.is_empty() {
                    found.push((name.origin.path.clone(), name.origin.range));
                }
                value.origin.contributors.iter().for_each(|source| pillar_places(analysis, source, found));
                if let NodeKind::Choice(choices) = &value.kind {
                    let sources = choices.iter().flat_map(|choice| &choice.origin.contributors);
                    sources.for_each(|source| pillar_places(analysis, source, found));
                }
            }
            if !known {
                below(analysis, node, key, found);
            }
        }
        NodeKind::Unknown(_) => below(analysis, node, key, found),
        _ => {}
    }
}

fn below(analysis: &Analysis, node: &Node, key: &str, found: &mut Vec<(SaltPath, TextRange)>) {
    for source in &node.origin.contributors {
        if let Contributor::Pillar(above) = source {
            pillar_places(analysis, &Contributor::Pillar(above.child(key.into())), found);
        }
    }
}

/// Where exactly this key is defined, not one above it.
fn pillar_places(analysis: &Analysis, source: &Contributor, found: &mut Vec<(SaltPath, TextRange)>) {
    let Contributor::Pillar(path) = source else { return };
    let name = Pattern::of_path(path);
    for view in &analysis.catalog.views {
        let keys = path.parts().len();
        let exact = |definition: &model::Entity| match name.as_literal() {
            Some(name) => name == definition.name || name.ends_with(&format!(":{}", definition.name)),
            None => definition.name.split(':').count() == keys,
        };
        let definitions = match name.as_literal() {
            Some(_) => view.pillar_definitions_at(path),
            // a key of any item
            None => {
                let paths = view.pillar_paths();
                let fitting = paths.iter().filter(|one| name.matches(one));
                fitting.flat_map(|one| view.pillar_definitions(&Pattern::literal(one))).collect()
            }
        };
        found.extend(definitions.into_iter().filter(exact).map(|definition| (definition.path, definition.range)));
    }
}

/// The file that the template name `name` means in the file at `from`.
pub(crate) fn resolve_template(analysis: &Analysis, from: &SaltPath, name: &str) -> Option<SaltPath> {
    if name.starts_with("./") || name.starts_with("../") {
        return from.parent().join(name).ok().filter(|path| analysis.world.tree.get(path).is_some());
    }
    let (stop, layout) = (Stop::new(), &analysis.catalog.layout);
    let reader = Reader::new(&analysis.world, &analysis.memo, &stop);
    let roots = [&layout.pillar_roots, &layout.file_roots];
    let envs = roots.iter().flat_map(|roots| roots.keys().map(move |env| (*roots, env)));
    let mut found: Vec<SaltPath> =
        envs.filter_map(|(roots, env)| names::find_file(&reader, roots, env, name).ok()?).collect();
    // of several roots, the one that the asking file is in
    found.sort_by_key(|path| path.as_str().split('/').next() != from.as_str().split('/').next());
    found.into_iter().next()
}

/// A template's macros and variables.
pub(crate) fn exports(analysis: &Analysis, file: &SaltPath) -> Vec<Member> {
    let Some(facts) = analysis.catalog.views.iter().find_map(|view: &View| view.facts(file)) else { return Vec::new() };
    let member = |export: &model::Export| Member {
        name: export.name.to_string(),
        from: From::Export(file.clone(), export.range),
        about: if export.params.is_some() { "macro" } else { "" },
    };
    facts.exports.iter().map(member).collect()
}

/// The pillar keys right below `path`, of all views and files.
pub(crate) fn pillar_children(analysis: &Analysis, path: &str) -> Vec<Member> {
    let mut found: Vec<Member> = Vec::new();
    let mut seen = FxHashSet::default();
    for key in pillar_paths(analysis) {
        let Some(rest) = below_path(&key, path) else { continue };
        let name = rest.split(':').next().unwrap_or("");
        if !name.is_empty() && seen.insert(name.to_owned()) {
            let above = key.get(..key.len() - rest.len()).unwrap_or("");
            found.push(Member { name: name.to_owned(), from: From::Pillar(format!("{above}{name}")), about: "" });
        }
    }
    found
}

/// All pillar paths: those that files define, and those of the profiles' own pillars.
pub(crate) fn pillar_paths(analysis: &Analysis) -> Vec<SmolStr> {
    let mut paths: Vec<SmolStr> = Vec::new();
    for view in &analysis.catalog.views {
        paths.extend(view.pillar_paths());
        if let Some(pillar) = view.minion.profile.as_ref().and_then(|profile| profile.pillar.as_ref()) {
            for (key, value) in pillar {
                json_paths(key, value, &mut paths, MAX_DEPTH);
            }
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

fn json_paths(path: &str, value: &serde_json::Value, paths: &mut Vec<SmolStr>, depth: u32) {
    paths.push(path.into());
    if let (Some(map), Some(depth)) = (value.as_object(), depth.checked_sub(1)) {
        for (key, value) in map {
            json_paths(&format!("{path}:{key}"), value, paths, depth);
        }
    }
}

/// What of `key` is below `path`, whose parts may be `*`.
fn below_path<'k>(key: &'k str, path: &str) -> Option<&'k str> {
    if path.is_empty() {
        return Some(key);
    }
    let mut rest = key;
    for part in path.split(':') {
        let (first, more) = rest.split_once(':')?;
        if part != "*" && part != first {
            return None;
        }
        rest = more;
    }
    Some(rest)
}

/// The grains right below `path`, of all profiles.
pub(crate) fn grain_children(analysis: &Analysis, path: &str) -> Vec<Member> {
    let mut paths = Vec::new();
    for profile in analysis.catalog.views.iter().filter_map(|view| view.minion.profile.as_ref()) {
        for (key, value) in &profile.grains {
            json_paths(key, value, &mut paths, MAX_DEPTH);
        }
    }
    paths.sort();
    paths.dedup();
    let mut found: Vec<Member> = Vec::new();
    for key in &paths {
        let Some(name) = below_path(key, path).filter(|rest| !rest.contains(':')) else { continue };
        found.push(Member { name: name.to_owned(), from: From::Grain(key.to_string()), about: "" });
    }
    found
}
