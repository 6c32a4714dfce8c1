//! Files that states take from the file roots: whether they are there, and how they are rendered.

use codes::{Code, Level};
use model::SaltFile;
use render::{EntryKind, Node, NodeKind, When};
use world::{Minion, SaltPath};

use super::{Called, each};
use crate::near::nearest;
use crate::{Check, Fix, meant};

const SCHEME: &str = "salt://";
/// The engines of `TEMPLATE_REGISTRY` in `salt/utils/templates.py`.
const ENGINES: [&str; 7] = ["jinja", "mako", "cheetah", "genshi", "wempy", "py", "aws"];
/// Functions of `file` whose sources may be rendered.
const RENDERED: [&str; 4] = ["managed", "recurse", "append", "prepend"];

pub(super) fn check(check: &mut Check<'_>, called: &Called<'_>) {
    if check.facts.kind != EntryKind::State {
        return;
    }
    for arg in &called.state.args {
        if !matches!(arg.name.as_literal(), Some("source" | "name")) || called.function == "absent" {
            continue;
        }
        let Some(when) = called.when.both(&arg.when) else { continue };
        match &arg.value.kind {
            // Salt takes the first of them that is there
            NodeKind::List(items) => {
                let known = |item: &Node| matches!(file(check, item), Some(file) if file.targets.is_empty());
                if !items.is_empty()
                    && items.iter().all(|item| known(item) && item.when.is_always())
                    && let Some(first) = items.first()
                {
                    missing(check, first, &when);
                }
            }
            _ => {
                let mut values = Vec::new();
                each(&arg.value, &mut values);
                for value in values {
                    if let Some(when) = when.both(&value.when)
                        && matches!(file(check, value), Some(file) if file.targets.is_empty())
                    {
                        missing(check, value, &when);
                    }
                }
            }
        }
    }
    if called.module == "file" && RENDERED.contains(&called.function) {
        engine(check, called);
        if called.function == "managed" {
            unrendered(check, called);
        }
    }
}

/// What the facts say of the `salt://` URL that `value` is; `None` if it is none, or not wholly known.
fn file<'a>(check: &Check<'a>, value: &Node) -> Option<&'a SaltFile> {
    let NodeKind::Str(text) = &value.kind else { return None };
    if !text.as_literal()?.starts_with(SCHEME) {
        return None;
    }
    check.facts.salt_files.iter().find(|file| file.origin == value.origin && file.url.as_literal().is_some())
}

/// Tells of a file that is not there: a hint where the checkout lacks the whole folder, which another
/// root may have.
fn missing(check: &mut Check<'_>, value: &Node, when: &When) {
    let Some(url) = file(check, value).and_then(|file| file.url.as_literal()).map(str::to_owned) else { return };
    if url.contains("saltenv=") || url.is_empty() {
        return;
    }
    let env = check.env().to_owned();
    let (folder, name) = url.rsplit_once('/').unwrap_or(("", &url));
    let first = url.split('/').next().unwrap_or("");
    let (mut near, mut there, mut first_there) = (None, false, false);
    for root in Minion::roots(&check.view.minion.file_roots, &env) {
        let Ok(place) = root.join(folder) else { continue };
        let names: Vec<&str> =
            check.scope.world.tree.below(&place).filter_map(|(path, _)| path.below(&place)).collect();
        there |= !names.is_empty();
        first_there |= root.join(first).is_ok_and(|path| check.scope.world.tree.has_folder(&path));
        let files = names.into_iter().filter(|name| !name.contains('/'));
        near = near.or_else(|| nearest(name, files).map(str::to_owned));
    }
    let full = near.map(|near| if folder.is_empty() { near } else { format!("{folder}/{near}") });
    let message = format!(
        "Source file {SCHEME}{url} not found in saltenv '{env}': the file roots have no such file.{}",
        meant(full.as_deref().map(|full| format!("{SCHEME}{full}")).as_deref())
    );
    let fix =
        full.as_ref().and_then(|full| Fix::word(&value.origin, &format!("{SCHEME}{url}"), &format!("{SCHEME}{full}")));
    // what a macro computes in one of its branches may not be what is taken
    let doubtful = !value.origin.chain.is_empty() && !when.is_always();
    let finding = check.tell(Code::SourceMissing, &value.origin, when, message);
    finding.fix = fix;
    if doubtful || (full.is_none() && !(there && first_there)) {
        finding.level = Level::Hint;
    }
}

/// A `template` that names no engine.
fn engine(check: &mut Check<'_>, called: &Called<'_>) {
    for arg in called.args("template") {
        let mut values = Vec::new();
        each(&arg.value, &mut values);
        for value in values {
            let Some(text) = value.as_str() else { continue };
            let Some(when) = called.when.both(&arg.when).and_then(|when| when.both(&value.when)) else { continue };
            if ENGINES.contains(&text) || text.is_empty() || text == "None" {
                continue;
            }
            let near = nearest(text, ENGINES).or_else(|| text.contains("jinja").then_some("jinja"));
            let message = format!("Specified template format {text} is not supported by Salt.{}", meant(near));
            let fix = near.and_then(|near| Fix::word(&value.origin, text, near));
            check.tell(Code::UnknownTemplateEngine, &value.origin, &when, message).fix = fix;
        }
    }
}

/// A source with Salt's Jinja in it that nothing renders.
fn unrendered(check: &mut Check<'_>, called: &Called<'_>) {
    let open = called.state.args.iter().any(|arg| arg.name.is_pattern());
    let uses = called.state.requisites.iter().any(|one| one.kind.starts_with("use"));
    if open || uses || called.extends || called.args("template").next().is_some() {
        return;
    }
    for arg in called.args("source") {
        let Some(found) = file(check, &arg.value) else { continue };
        let [target] = found.targets.as_slice() else { continue };
        let Some(text) = check.text(&target.clone()) else { continue };
        if !is_salt_jinja(target, &text) {
            continue;
        }
        let Some(when) = called.when.both(&arg.when) else { continue };
        let message = format!(
            "{target} holds Jinja, and the state has no `template`: the file is written with its tags. Add \
             `- template: jinja`."
        );
        let fix = added(check, called, arg);
        check.tell(Code::TemplateArgumentMissing, &arg.origin, &when, message).fix = fix;
    }
}

/// `- template: jinja` on a line of its own behind the argument's.
fn added(check: &Check<'_>, called: &Called<'_>, arg: &model::Argument) -> Option<Fix> {
    let text = check.text(&arg.origin.path)?;
    let start = arg.origin.range.start as usize;
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let indent = text.get(line..start)?;
    if indent.trim() != "-" || called.state.origin.path != arg.origin.path {
        return None;
    }
    let end = start + text.get(start..)?.find('\n').unwrap_or(text.len() - start);
    let range = text::TextRange::of(end, end);
    let new = format!("\n{indent}template: jinja");
    let edit = crate::Edit { path: arg.origin.path.clone(), range, old: None, new };
    Some(Fix { title: "add `- template: jinja`".to_owned(), edits: vec![edit] })
}

/// Whether a text is surely a template that was made for Salt: its name says so, or it reads what only
/// Salt has.
fn is_salt_jinja(path: &SaltPath, text: &str) -> bool {
    let extension = path.name().rsplit_once('.').map_or("", |(_, extension)| extension);
    let named = matches!(extension, "jinja" | "jinja2" | "j2");
    if !text.contains("{{") && !text.contains("{%") {
        return false;
    }
    let template = syntax::jinja::parse(text, &syntax::jinja::Options::default());
    if !template.errors.is_empty() {
        return false;
    }
    let reads = ["pillar", "grains", "salt"].iter().any(|word| {
        ["{{ ", "{{", "in ", "if ", "= ", "{{- "]
            .iter()
            .any(|before| [".", "[", "("].iter().any(|after| text.contains(&format!("{before}{word}{after}"))))
    });
    let tags = text.contains("{{") || text.contains("{%");
    reads || (named && tags)
}
