//! What the workspace knows by name: templates, their exports, pillar keys, grains of profiles.

use model::View;
use render::names;
use smol_str::SmolStr;
use world::{Reader, SaltPath, Stop};

use super::{From, Member};
use crate::Analysis;

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
pub(crate) fn exports(view: &View, file: &SaltPath) -> Vec<Member> {
    let Some(facts) = view.facts(file) else { return Vec::new() };
    let member = |export: &model::Export| Member {
        name: export.name.to_string(),
        from: From::Export(file.clone(), export.range),
    };
    facts.exports.iter().map(member).collect()
}

/// The pillar keys right below `path`, of all views and files.
pub(crate) fn pillar_children(analysis: &Analysis, path: &str) -> Vec<Member> {
    let mut found: Vec<Member> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    for key in pillar_paths(analysis) {
        let Some(rest) = below(&key, path) else { continue };
        let name = rest.split(':').next().unwrap_or("");
        if !name.is_empty() && seen.insert(name.to_owned()) {
            let above = key.get(..key.len() - rest.len()).unwrap_or("");
            found.push(Member { name: name.to_owned(), from: From::Pillar(format!("{above}{name}")) });
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
                json_paths(key, value, &mut paths, 8);
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
pub(super) fn below<'k>(key: &'k str, path: &str) -> Option<&'k str> {
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
            json_paths(key, value, &mut paths, 6);
        }
    }
    paths.sort();
    paths.dedup();
    let mut found: Vec<Member> = Vec::new();
    for key in &paths {
        let Some(name) = below(key, path).filter(|rest| !rest.contains(':')) else { continue };
        found.push(Member { name: name.to_owned(), from: From::Grain(key.to_string()) });
    }
    found
}
