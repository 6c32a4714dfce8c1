//! `file_roots`, `pillar_roots` and `reactor` in Salt configuration files that stand in the repository.

use serde_yaml::Value;
use world::{Content, Roots, SaltPath, Stopped};

use super::Note;

/// What the configuration files say, mapped to folders of the repository.
#[derive(Default)]
pub(super) struct Configured {
    pub file_roots: Roots,
    pub pillar_roots: Roots,
    pub reactors: Vec<SaltPath>,
    /// Whether sources outside of the roots add to the pillar.
    pub ext_pillar: bool,
    pub notes: Vec<Note>,
}

/// A configuration file longer than this is none.
const MAX_BYTES: usize = 256 * 1024;
/// How deep such a file may nest: a reader takes time and stack with the depth.
const MAX_NESTING: usize = 100;

/// Whether a file may be a Salt configuration file, by where it stands.
pub(super) fn is_candidate(path: &SaltPath) -> bool {
    let name = path.name();
    let folder = path.parent();
    matches!(
        name,
        "minion"
            | "master"
            | "minion.yml"
            | "master.yml"
            | "minion.yaml"
            | "master.yaml"
            | "minion.conf"
            | "master.conf"
    ) || (path.as_str().ends_with(".conf") && matches!(folder.name(), "minion.d" | "master.d"))
}

pub(super) fn read(
    content: &dyn Fn(&SaltPath) -> Result<Option<Content>, Stopped>,
    candidates: &[&SaltPath],
    is_folder: &dyn Fn(&SaltPath) -> bool,
) -> Result<Configured, Stopped> {
    let mut found = Configured::default();
    for path in candidates {
        let Some(content) = content(path)?.filter(|content| content.len() <= MAX_BYTES) else { continue };
        let Ok(text) = std::str::from_utf8(&content) else { continue };
        // YAML only where it can matter: most files called `master` are something else.
        if !["file_roots", "pillar_roots", "reactor", "ext_pillar"].iter().any(|key| text.contains(key)) {
            continue;
        }
        let parsed =
            if world::nests_deeper(text, MAX_NESTING) { None } else { serde_yaml::from_str::<Value>(text).ok() };
        let Some(Value::Mapping(config)) = parsed else {
            let text = "mentions roots but is no YAML mapping (a template?); not read".to_owned();
            found.notes.push(Note { path: (*path).clone(), text });
            continue;
        };
        read_roots(config.get("file_roots"), path, is_folder, &mut found.file_roots, &mut found.notes);
        read_roots(config.get("pillar_roots"), path, is_folder, &mut found.pillar_roots, &mut found.notes);
        read_reactor(config.get("reactor"), &mut found.reactors);
        if config.get("ext_pillar").and_then(Value::as_sequence).is_some_and(|sources| !sources.is_empty()) {
            found.ext_pillar = true;
            let text = format!("{path} has an ext_pillar: keys that no pillar SLS defines may come from it");
            found.notes.push(Note { path: (*path).clone(), text });
        }
    }
    Ok(found)
}

fn read_roots(
    value: Option<&Value>,
    path: &SaltPath,
    is_folder: &dyn Fn(&SaltPath) -> bool,
    roots: &mut Roots,
    notes: &mut Vec<Note>,
) {
    let Some(Value::Mapping(envs)) = value else { return };
    for (env, folders) in envs {
        let (Some(env), Value::Sequence(folders)) = (env.as_str(), folders) else { continue };
        for folder in folders.iter().filter_map(Value::as_str) {
            let text = match map_folder(folder, is_folder) {
                Some(found) => {
                    let text = format!("{path} names {folder} as a root of {env}, which is `{found}` here");
                    let list = roots.entry(env.to_owned()).or_default();
                    if !list.contains(&found) {
                        list.push(found);
                    }
                    text
                }
                None => format!("{path} names {folder} as a root of {env}: no folder of this repository matches it"),
            };
            notes.push(Note { path: path.clone(), text });
        }
    }
}

/// The folder that an absolute path of a server means: the longest suffix of it that is a folder here.
fn map_folder(folder: &str, is_folder: &dyn Fn(&SaltPath) -> bool) -> Option<SaltPath> {
    let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    (0..parts.len())
        .filter_map(|from| SaltPath::new(&parts.get(from..)?.join("/")).ok())
        .find(|path| !path.is_root() && is_folder(path))
}

/// `reactor: [{tag: [path, …]}]`; paths are `salt://…` or absolute.
fn read_reactor(value: Option<&Value>, reactors: &mut Vec<SaltPath>) {
    let Some(Value::Sequence(entries)) = value else { return };
    let lists = entries.iter().filter_map(Value::as_mapping).flat_map(|entry| entry.iter().map(|(_, list)| list));
    for name in lists.filter_map(Value::as_sequence).flatten().filter_map(Value::as_str) {
        let relative = name.strip_prefix("salt://").unwrap_or(name).trim_start_matches('/');
        reactors.extend(SaltPath::new(relative).ok());
    }
}
