//! `salt://` URLs: in what a file renders to, and in the strings of its template.

use std::sync::Arc;

use render::{Node, NodeKind, Origin, Pattern, PatternPart, Rendered, When};
use rustc_hash::FxHashSet;
use text::TextRange;
use world::{Minion, Reader, Roots, SaltPath, Stopped};

use crate::high::alternatives::{alternatives, known_prefix, scalar_text};
use crate::template::Summary;
use crate::{Facts, SaltFile};

/// Data is searched this deep.
const MAX_DEPTH: usize = 64;
const SCHEME: &str = "salt://";

/// All URLs of a file, those of the data first.
pub(crate) fn collect(
    reader: &Reader<'_>,
    roots: &Roots,
    env: &str,
    path: &SaltPath,
    rendered: &Rendered,
    summary: &Summary,
) -> Result<Vec<SaltFile>, Stopped> {
    let mut found = Vec::new();
    if let Some(root) = &rendered.data {
        search(root, &When::ALWAYS, MAX_DEPTH, &mut found);
    }
    let written: FxHashSet<TextRange> =
        found.iter().filter(|file| file.origin.path == *path).map(|file| file.origin.range).collect();
    for (url, range) in &summary.urls {
        // `source: {{ 'salt://x' }}` is in the data already.
        let known = written.iter().any(|other| other.covers(*range) || range.covers(*other));
        if !known {
            let origin = Arc::new(Origin::exact(path.clone(), *range));
            let url = Pattern::literal(url);
            found.push(SaltFile { url, origin, targets: Vec::new(), when: When::ALWAYS });
        }
    }
    for file in &mut found {
        let Some(url) = file.url.as_literal() else { continue };
        let (name, query) = url.split_once('?').unwrap_or((url, ""));
        let env = query.split('&').find_map(|part| part.strip_prefix("saltenv=")).unwrap_or(env).to_owned();
        let name = name.trim_end_matches('/').to_owned();
        file.targets = targets(reader, roots, &env, &name)?;
        file.url = Pattern::literal(&name);
    }
    Ok(found)
}

/// What the states of a file render by Jinja: the targets of their `source` where they have a
/// `template` that may be `jinja` (`file.managed`, `file.recurse` and others).
pub(crate) fn managed(facts: &Facts) -> Vec<SaltPath> {
    let mut found = Vec::new();
    for state in facts.declarations.iter().chain(&facts.extends).flat_map(|declaration| &declaration.states) {
        let named =
            |word: &str| state.args.iter().find(|arg| arg.name.as_literal() == Some(word)).map(|arg| &arg.value);
        let Some(template) = named("template") else { continue };
        let may_be_jinja = alternatives(template, &When::ALWAYS)
            .iter()
            .any(|value| scalar_text(value.node).is_some_and(|text| text.matches("jinja")));
        if !may_be_jinja {
            continue;
        }
        let mut sources = Vec::new();
        named("source").into_iter().for_each(|source| search(source, &When::ALWAYS, MAX_DEPTH, &mut sources));
        for file in &facts.salt_files {
            if sources.iter().any(|source| source.origin == file.origin) {
                found.extend(file.targets.iter().cloned());
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The file, else the folders, that a path under the file roots names.
fn targets(reader: &Reader<'_>, roots: &Roots, env: &str, name: &str) -> Result<Vec<SaltPath>, Stopped> {
    if let Some(file) = render::names::find_file(reader, roots, env, name)? {
        return Ok(vec![file]);
    }
    let mut folders = Vec::new();
    for root in Minion::roots(roots, env) {
        let Ok(folder) = root.join(name) else { continue };
        if folder.below(root).is_some_and(|rest| !rest.is_empty()) && !reader.list(&folder)?.is_empty() {
            folders.push(folder);
        }
    }
    Ok(folders)
}

fn search(node: &Node, outer: &When, depth: usize, found: &mut Vec<SaltFile>) {
    if depth == 0 {
        return;
    }
    let Some(when) = outer.both(&node.when) else { return };
    match &node.kind {
        NodeKind::Str(text) if known_prefix(text).starts_with(SCHEME) => {
            let mut url = Pattern::default();
            for (n, part) in text.0.iter().enumerate() {
                url.push(match part {
                    PatternPart::Text(text) if n == 0 => PatternPart::Text(text.replacen(SCHEME, "", 1).into()),
                    part => part.clone(),
                });
            }
            found.push(SaltFile { url, origin: node.origin.clone(), targets: Vec::new(), when });
        }
        NodeKind::List(items) | NodeKind::Set(items) | NodeKind::Choice(items) => {
            items.iter().for_each(|item| search(item, &when, depth - 1, found));
        }
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                search(key, &when, depth - 1, found);
                let Some(when) = when.both(&key.when) else { continue };
                search(value, &when, depth - 1, found);
            }
        }
        _ => {}
    }
}
