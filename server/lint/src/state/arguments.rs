//! The names of a state's arguments: those that its function lacks, needs, or gets twice, and values that
//! slipped out of the argument that they were meant for.

use codes::{Code, Level};
use library::Function;
use model::requisite::{GLOBAL_ARGUMENTS, INVERSE, REQUISITES, is_requisite};
use model::{Argument, Slot};
use render::{NodeKind, Related, SourceKind};

use super::Called;
use crate::near::nearest;
use crate::{Check, Edit, Fix, meant};

/// Functions whose further arguments are names of the author's own.
const FREE: [&str; 9] = [
    "module.run",
    "module.wait",
    "salt.function",
    "salt.runner",
    "salt.wheel",
    "salt.parallel_runners",
    "schedule.present",
    "test.configurable_test_state",
    "loop.until",
];

/// Words that are close to a requisite's and that functions of firewalls and others really take.
const WORDS: [&str; 4] = ["match", "batch", "patch", "latch"];

/// Whether two words share what stands before the last underscore, and what stands behind it is another
/// word than `in`: `listen_ip` is no `listen_in`.
fn other_ending(name: &str, near: &str) -> bool {
    let (Some((stem, end)), Some((near_stem, _))) = (name.rsplit_once('_'), near.rsplit_once('_')) else {
        return false;
    };
    stem == near_stem && end.len() == 2 && end != "ni"
}

/// Whether every state may have an argument of this name.
fn is_global(name: &str) -> bool {
    GLOBAL_ARGUMENTS.contains(&name) || is_requisite(name) || name.starts_with('_') || name == "reload_modules"
}

/// Arguments that the function does not have.
pub(super) fn names(check: &mut Check<'_>, called: &Called<'_>, function: &Function) {
    let full = called.name();
    if FREE.contains(&full.as_str()) {
        return;
    }
    let runs = called.module == "cmd" && matches!(called.function, "run" | "wait" | "script" | "wait_script");
    for arg in &called.state.args {
        let Some(name) = arg.name.as_literal() else { continue };
        if is_global(name) || function.param(name).is_some() || name.is_empty() {
            continue;
        }
        let Some(when) = called.when.both(&arg.when) else { continue };
        if runs && name == "user" && called.args("runas").next().is_none() {
            let message = format!(
                "{full} has no argument `user` and swallows it: the command runs as the minion does, usually as root. \
                 Write `runas`."
            );
            check.tell(Code::UserNotRunas, &arg.origin, &when, message).fix = Fix::word(&arg.origin, name, "runas");
            continue;
        }
        let words = REQUISITES.iter().chain(&INVERSE).copied();
        let words = words.filter(|word| !matches!(*word, "prerequired" | "onfail_stop"));
        let params = function.params.iter().map(|param| param.name.as_ref());
        let global = GLOBAL_ARGUMENTS.iter().copied().filter(|word| word.len() > 4 && !word.starts_with('_'));
        let near = nearest(name, words.clone().chain(params).chain(global));
        let is_word = near.is_some_and(is_requisite);
        let (code, message) = if !function.kwargs {
            let code = if is_word { Code::MisspeltRequisite } else { Code::InvalidArgument };
            (
                code,
                format!("'{name}' is an invalid keyword argument for '{full}': Salt refuses the call.{}", meant(near)),
            )
        } else if let Some(near) = near {
            // what the execution functions of that name take may be handed on to them
            if handed_on(check, called.module, name) || (is_word && (WORDS.contains(&name) || other_ending(name, near)))
            {
                continue;
            }
            let code = if is_word { Code::MisspeltRequisite } else { Code::MisspeltArgument };
            let what = if is_word { "it orders nothing" } else { "it does nothing" };
            (code, format!("{full} swallows `{name}`: {what}. Did you mean `{near}`?"))
        } else {
            continue;
        };
        let fix = near.and_then(|near| Fix::word(&arg.origin, name, near));
        check.tell(code, &arg.origin, &when, message).fix = fix;
    }
}

/// Whether an execution function of the same module's name, or another state function, takes it.
fn handed_on(check: &Check<'_>, module: &str, argument: &str) -> bool {
    let library = check.scope.library;
    let takes = |function: &Function| function.param(argument).is_some();
    library.execution_functions_of(module).iter().any(takes) || library.functions_of(module).iter().any(takes)
}

/// Arguments without which the function cannot be called.
pub(super) fn missing(check: &mut Check<'_>, called: &Called<'_>, function: &Function) {
    let state = called.state;
    let given = |name: &str| called.args(name).next().is_some();
    let open = state.args.iter().any(|arg| arg.name.is_pattern());
    let used = state.requisites.iter().any(|one| one.kind.starts_with("use"));
    if called.extends || open || used || called.declaration.id.is_pattern() || given("names") {
        return;
    }
    let mut lacks = function.params.iter().filter(|param| param.required() && param.name != "name");
    let lacks: Vec<&str> = lacks.by_ref().map(|param| param.name.as_ref()).filter(|name| !given(name)).collect();
    if lacks.is_empty() || completed_elsewhere(check, called) {
        return;
    }
    let full = called.name();
    let message = format!("Missing parameter {} for state {full}: Salt cannot call it.", lacks.join(", "));
    check.tell(Code::MissingArgument, &state.origin, &called.when, message);
}

/// Whether an `extend` or a `use_in` may give the state further arguments.
fn completed_elsewhere(check: &Check<'_>, called: &Called<'_>) -> bool {
    let index = check.view.index();
    let id = &called.declaration.id;
    let users = index.candidates(Slot::RequisiteTo, id);
    let uses = |path| {
        check.view.facts(path).is_some_and(|facts| {
            let states = facts.declarations.iter().flat_map(|one| &one.states);
            states.flat_map(|state| &state.requisites).any(|one| one.kind == "use_in")
        })
    };
    !index.candidates(Slot::ExtendOf, id).is_empty() || users.iter().any(uses)
}

/// Arguments that stand twice.
pub(super) fn twice(check: &mut Check<'_>, called: &Called<'_>) {
    let args = &called.state.args;
    for (n, second) in args.iter().enumerate() {
        let Some(name) = second.name.as_literal() else { continue };
        let same = |first: &&Argument| {
            first.name == second.name
                && first.origin != second.origin
                && first.when.is_always()
                && second.when.is_always()
                && !first.value.repeated
        };
        let Some(first) = args.iter().take(n).find(same) else { continue };
        // what a macro or a variable gives may well be overwritten on purpose
        let written = first.origin.kind == SourceKind::Exact && second.origin.kind == SourceKind::Exact;
        if !written || first.origin.path != second.origin.path {
            continue;
        }
        if called.module == "module" || second.value.repeated || first.value.kind == second.value.kind {
            continue;
        }
        let message = format!("`{name}` stands twice in this state: what the first one says is dropped.");
        let related = Related { origin: (*first.origin).clone(), message: "the first one".to_owned() };
        check.tell(Code::ArgumentTwice, &second.origin, &called.when, message).problem.related.push(related);
    }
}

/// `- context:` with nothing in it, and its values beside it.
pub(super) fn under_indented(check: &mut Check<'_>, called: &Called<'_>, function: Option<&Function>) {
    let args = &called.state.args;
    for pair in args.windows(2) {
        let [empty, next] = pair else { continue };
        let (Some(name), Some(inner)) = (empty.name.as_literal(), next.name.as_literal()) else { continue };
        if !matches!(empty.value.kind, NodeKind::Null) || empty.origin.path != next.origin.path {
            continue;
        }
        let Some(text) = check.text(&empty.origin.path) else { continue };
        let (start, end) = (empty.origin.range.end as usize, next.origin.range.start as usize);
        // the next argument is no item of its own, and stands just below
        let Some(between) = text.get(start..end) else { continue };
        let Some((colon, indent)) = between.split_once('\n') else { continue };
        if colon.trim() != ":" || !indent.chars().all(|c| c == ' ') {
            continue;
        }
        let message = format!(
            "`{name}` has no value: `{inner}` stands beside it, as an argument of {}. Indent it below `{name}`.",
            called.name()
        );
        let Some(when) = called.when.both(&empty.when) else { continue };
        let fix = indented(&text, &empty.origin.path, end, indent.len());
        // `file.managed` hands what it does not know to the template, too
        let harmless = called.module == "file"
            && function.is_none_or(|function| {
                !args.iter().skip_while(|arg| arg.origin != next.origin).any(|arg| {
                    arg.name
                        .as_literal()
                        .is_some_and(|name| function.param(name).is_some() && below(&text, arg, indent.len()))
                })
            });
        let finding = check.tell(Code::UnderIndented, &next.origin, &when, message);
        finding.fix = fix;
        if harmless {
            finding.level = Level::Hint;
        }
    }
}

/// Whether an argument stands at the start of its line, at this column.
fn below(text: &str, arg: &Argument, column: usize) -> bool {
    let before = text.get(..arg.origin.range.start as usize).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    line.len() == column && line.trim().is_empty()
}

/// Indents the lines from the one at `start` on that stand at `column` or deeper.
fn indented(text: &str, path: &world::SaltPath, start: usize, column: usize) -> Option<Fix> {
    let mut at = start.checked_sub(column)?;
    let mut edits = Vec::new();
    for line in text.get(at..)?.split_inclusive('\n') {
        let depth = line.len() - line.trim_start_matches(' ').len();
        let blank = line.trim().is_empty();
        if !blank && (depth < column || line.trim_start().starts_with("{%")) {
            break;
        }
        if !blank {
            let range = text::TextRange::of(at, at);
            edits.push(Edit { path: path.clone(), range, old: None, new: "  ".to_owned() });
        }
        at += line.len();
    }
    (!edits.is_empty()).then(|| Fix { title: "indent the values".to_owned(), edits })
}
