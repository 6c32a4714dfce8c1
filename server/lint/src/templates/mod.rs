//! Jinja in files of every kind, read without rendering: names, loops, comments, imports; and what
//! rendering read of grains, pillar and functions.

mod comments;
pub(crate) mod grains;
mod local;
mod loops;
mod managed;
mod pillar;

use codes::{Code, Level};
use model::Slot;
use render::{EntryKind, Origin, UseKind, When};
use text::TextRange;
use world::Stopped;

use crate::near::nearest;
use crate::state_functions;
use crate::{Check, Edit, Fix, meant};
pub(crate) use local::{Local, LocalQuery};

pub(crate) fn check(check: &mut Check<'_>) -> Result<(), Stopped> {
    let reader = check.reader();
    let local = reader.ask(&local::LocalQuery { path: check.facts.path.clone() })?;
    let facts = check.facts;
    let plain = facts.rendered.uses.is_empty() && facts.managed.is_empty() && facts.exports.is_empty();
    if local.is_empty() && plain {
        return Ok(());
    }
    names(check, &local);
    if matches!(check.facts.kind, EntryKind::State | EntryKind::Pillar | EntryKind::StateTop | EntryKind::PillarTop) {
        comments(check, &local);
    }
    loops(check, &local);
    imports(check, &local);
    macros(check, &local);
    grains::check(check, &local);
    pillar::check(check);
    functions(check);
    managed::check(check, &local)?;
    Ok(())
}

/// Filters and tests that neither Jinja2 nor Salt has, wherever they stand.
fn names(check: &mut Check<'_>, local: &Local) {
    let facts = check.facts;
    for unknown in &local.unknown {
        let known = facts
            .problems
            .iter()
            .any(|one| one.certain && one.origin.path == facts.path && one.origin.range.touches(unknown.range.start));
        if known || own_filters(check) {
            continue;
        }
        let list = if unknown.test { library::tests() } else { library::filters() };
        let near = nearest(&unknown.name, list.iter().map(|one| one.name));
        let what = if unknown.test { "test" } else { "filter" };
        let message = format!("No {what} named '{}'.{}", unknown.name, meant(near));
        let origin = Origin::exact(facts.path.clone(), unknown.range);
        let fix = near.and_then(|near| Fix::word(&origin, &unknown.name, near));
        let finding = check.tell(Code::JinjaUnknownName, &origin, &When::ALWAYS, message);
        finding.fix = fix;
        finding.level = Level::Warning;
    }
}

/// Whether a Python file of the workspace may register filters.
fn own_filters(check: &Check<'_>) -> bool {
    let python = |path: &world::SaltPath| path.name().ends_with(".py");
    let folders = &check.scope.layout.module_folders;
    folders.iter().any(|folder| {
        let files = check.scope.world.tree.below(folder).filter(|(path, _)| python(path)).take(200);
        files.into_iter().any(|(path, _)| {
            check.text(path).is_some_and(|text| text.contains("jinja_filter") || text.contains("jinja_test"))
        })
    })
}

/// Jinja in YAML comments that calls functions or macros.
fn comments(check: &mut Check<'_>, local: &Local) {
    for comment in &local.comments {
        let message = format!(
            "Jinja knows no `#`: {} in this comment on every rendering. Write the comment as `{{# … #}}`.",
            comment.what
        );
        let origin = Origin::exact(check.facts.path.clone(), comment.range);
        let edit =
            Edit { path: check.facts.path.clone(), range: comment.line, old: None, new: comment.rewritten.clone() };
        let fix = Fix { title: "make it a comment of Jinja".to_owned(), edits: vec![edit] };
        check.tell(Code::JinjaInComment, &origin, &When::ALWAYS, message).fix =
            (!comment.rewritten.is_empty()).then_some(fix);
    }
}

/// What a `set` in a loop was meant for is not there behind it.
fn loops(check: &mut Check<'_>, local: &Local) {
    for lost in &local.lost {
        let message = format!(
            "This `set` ends with the loop's turn: behind it, `{name}` is what it was before. Use \
             `{{% set ns = namespace({name}=…) %}}` and `{{% set ns.{name} = … %}}`.",
            name = lost.name
        );
        let origin = Origin::exact(check.facts.path.clone(), lost.range);
        let finding = check.tell(Code::SetInLoop, &origin, &When::ALWAYS, message);
        if lost.doubtful {
            finding.level = Level::Hint;
        }
    }
}

/// Imports of what the file does not use.
fn imports(check: &mut Check<'_>, local: &Local) {
    // what is included, or imported with context, sees the names of its importer
    if local.includes {
        return;
    }
    for import in &local.imports {
        if local.reads.contains(&import.name) || seen_by_others(check, local, &import.name) {
            continue;
        }
        let message = format!("`{}` is imported and never used.", import.name);
        let origin = Origin::exact(check.facts.path.clone(), import.range);
        let fix = import.alone.then(|| {
            let edit = Edit { path: check.facts.path.clone(), range: import.line, old: None, new: String::new() };
            Fix { title: "remove the import".to_owned(), edits: vec![edit] }
        });
        check.tell(Code::UnusedImport, &origin, &When::ALWAYS, message).fix = fix;
    }
}

/// Whether a template that is imported with context reads the name.
fn seen_by_others(check: &Check<'_>, local: &Local, name: &str) -> bool {
    if !local.with_context {
        return false;
    }
    let targets = check.facts.imports.iter().filter_map(|import| import.target.as_ref());
    let mut targets = targets.filter_map(|path| check.view.facts(path));
    targets.any(|facts| facts.references.iter().any(|read| read.target.is_none() && read.name == name))
}

/// Macros of an SLS that nobody calls.
fn macros(check: &mut Check<'_>, local: &Local) {
    let facts = check.facts;
    if !matches!(facts.kind, EntryKind::State | EntryKind::Pillar) || local.includes || local.with_context {
        return;
    }
    let index = check.view.index();
    if index.files(Slot::ImportOf, facts.path.as_str()).any(|path| *path != facts.path) {
        return;
    }
    // a library of macros is there for others, in this repository or elsewhere
    if facts.declarations.is_empty() && facts.pillar_keys.is_empty() && facts.includes.is_empty() {
        return;
    }
    for export in facts.exports.iter().filter(|export| export.params.is_some()) {
        if !local.reads.contains(&export.name) {
            let message = format!("The macro `{}` is never called: what it holds is never there.", export.name);
            let origin = Origin::exact(facts.path.clone(), export.range);
            check.tell(Code::UnusedMacro, &origin, &When::ALWAYS, message);
        }
    }
}

/// Execution functions that templates call and no Salt has.
fn functions(check: &mut Check<'_>) {
    let rendered = check.facts.rendered.clone();
    for used in rendered.uses.iter().filter(|used| used.kind == UseKind::Function && !used.has_default) {
        let Some(name) = used.name.as_literal() else { continue };
        let before = check.found.len();
        let text = check.text(&used.origin.path);
        let at = text.as_deref().and_then(|text| place(text, used.origin.range, name));
        let origin = at.map_or_else(|| used.origin.clone(), |range| Origin::exact(used.origin.path.clone(), range));
        state_functions::execution(check, name, &origin, &used.when);
        for finding in check.found.iter_mut().skip(before) {
            // a template that calls what is not there is refused as a whole
            if finding.fix.is_some() && used.when.is_always() && rendered.kind == EntryKind::State {
                finding.level = Level::Error;
            }
            finding.problem.origin.chain.clone_from(&used.origin.chain);
        }
    }
}

/// Where in `range` of `text` the name stands.
fn place(text: &str, range: TextRange, name: &str) -> Option<TextRange> {
    let found = range.slice(text).find(name)?;
    let start = range.start as usize + found;
    Some(TextRange::of(start, start + name.len()))
}
