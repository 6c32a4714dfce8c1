//! State functions and modules that do not exist, and `module.run`'s execution functions.

use codes::{Code, Level};
use library::{Function, Library, ModuleKind, Presence};
use render::{NodeKind, Origin, When};

use super::{Called, each};
use crate::near::nearest;
use crate::{Check, Fix, meant};

/// Modules that nobody replaces by another one of the same name: what they lack is a mistake also where
/// nothing is close to it. Others may come from an extension that the repository does not show.
const CORE: [&str; 16] = [
    "archive", "cmd", "cron", "file", "git", "grains", "group", "host", "mount", "pillar", "pip", "pkg", "service",
    "sysctl", "test", "user",
];

/// Tells what Salt does not have; gives the function if it does.
pub(super) fn check<'a>(check: &mut Check<'a>, called: &Called<'_>) -> Option<&'a Function> {
    let library = check.scope.library;
    if matches!(called.module, "module") && matches!(called.function, "run" | "wait") {
        module_run(check, called);
    }
    let name = called.name();
    let Some(module) = library.state_module(called.module) else {
        unknown_module(check, called, &name);
        return None;
    };
    if let Some(function) = module.function(called.function) {
        // which Salt the minions run is not said: tell what the newest lacks
        if library.version().is_none()
            && function.range.is_none()
            && let Some(until) = function.until
        {
            moved(check, called, &name, Some(until), None);
        }
        return Some(function);
    }
    if !module.complete {
        return None;
    }
    match library.presence(ModuleKind::State, &name) {
        Some(Presence { since, until }) => moved(check, called, &name, until, since),
        None => {
            let near = nearest(called.function, module.functions.iter().map(|f| f.name.as_ref()));
            let full = near.map(|near| format!("{}.{near}", called.module));
            let message = format!(
                "State '{name}' was not found: the state module {} has no function {}.{}",
                called.module,
                called.function,
                meant(full.as_deref())
            );
            let fix = near.and_then(|near| rename(&called.state.origin, &name, called, called.module, near));
            let sure = near.is_some() || CORE.contains(&called.module);
            let finding = check.tell(Code::UnknownFunction, &called.state.origin, &called.when, message);
            finding.fix = fix;
            if !sure {
                finding.level = Level::Hint;
            }
        }
    }
    None
}

/// Another `module.function` at the key that names it; in the long form, where the two stand apart, the
/// module's key alone is changed.
fn rename(origin: &Origin, name: &str, called: &Called<'_>, module: &str, function: &str) -> Option<Fix> {
    let long = origin.range.len() as usize == called.module.len();
    if long {
        return (called.function == function).then(|| Fix::word(origin, called.module, module)).flatten();
    }
    Fix::word(origin, name, &format!("{module}.{function}"))
}

fn unknown_module(check: &mut Check<'_>, called: &Called<'_>, name: &str) {
    let library = check.scope.library;
    if let Some(Presence { since, until }) = library.presence(ModuleKind::State, name) {
        return moved(check, called, name, until, since);
    }
    if library.presence(ModuleKind::State, called.module).is_some() {
        return;
    }
    // a module of another repository is no mistake: only a near miss that has the function is
    let has = |module: &&str| library.state_module(module).is_some_and(|m| m.function(called.function).is_some());
    let modules: Vec<&str> = library.state_modules().into_iter().filter(has).collect();
    let Some(near) = nearest(called.module, modules) else { return };
    let message =
        format!("State '{name}' was not found: there is no state module {}. Did you mean `{near}`?", called.module);
    let fix = rename(&called.state.origin, name, called, near, called.function);
    check.tell(Code::UnknownModule, &called.state.origin, &called.when, message).fix = fix;
}

fn moved(check: &mut Check<'_>, called: &Called<'_>, name: &str, until: Option<&str>, since: Option<&str>) {
    let message = match (until, since, check.scope.library.version()) {
        (Some(until), _, None) => format!(
            "{name} is part of Salt up to {until} only: later it is in an extension package, or gone. Say in the \
             setting `salt_version` which Salt the minions run."
        ),
        (Some(until), _, Some(version)) => {
            format!(
                "{name} is part of Salt up to {until} only; the minions run {version}. Install its extension package."
            )
        }
        (None, Some(since), Some(version)) => {
            format!("{name} is part of Salt from {since} on; the minions run {version}.")
        }
        _ => return,
    };
    check.tell(Code::ModuleMoved, &called.state.origin, &called.when, message);
}

/// `module.run: [mod.fn: […]]`, and before 2017.7's form `- name: mod.fn`.
fn module_run(check: &mut Check<'_>, called: &Called<'_>) {
    for arg in &called.state.args {
        let Some(name) = arg.name.as_literal() else { continue };
        let Some(when) = called.when.both(&arg.when) else { continue };
        if name.contains('.') {
            execution(check, name, &arg.origin, &when);
        } else if name == "name" || name == "m_name" {
            let mut values = Vec::new();
            each(&arg.value, &mut values);
            for value in values {
                if let NodeKind::Str(text) = &value.kind
                    && let Some(text) = text.as_literal()
                    && text.contains('.')
                {
                    execution(check, text, &value.origin, &when);
                }
            }
        }
    }
}

/// Tells if no Salt has the execution function `name`.
pub(crate) fn execution(check: &mut Check<'_>, name: &str, origin: &Origin, when: &When) {
    let library = check.scope.library;
    let Some((module, function)) = name.split_once('.') else { return };
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain(module) || !plain(function) || library.presence(ModuleKind::Execution, name).is_some() {
        return;
    }
    let near = match library.execution_module(module) {
        Some(known) if known.complete && known.function(function).is_none() => {
            let near = nearest(function, known.functions.iter().map(|f| f.name.as_ref()));
            near.map(|near| format!("{module}.{near}"))
        }
        Some(_) => return,
        None => {
            if library.presence(ModuleKind::Execution, module).is_some() {
                return;
            }
            let Some(near) = near_module(library, module, function) else { return };
            Some(format!("{near}.{function}"))
        }
    };
    let message = format!("'{name}' is not available: Salt has no such execution function.{}", meant(near.as_deref()));
    let sure = near.is_some() || CORE.contains(&module);
    let fix = near.and_then(|near| Fix::word(origin, name, &near));
    let finding = check.tell(Code::UnknownExecutionFunction, origin, when, message);
    if !sure {
        finding.level = Level::Hint;
    }
    finding.fix = fix;
}

/// The execution module with `function` whose name is close to `module`.
fn near_module<'a>(library: &'a Library, module: &str, function: &str) -> Option<&'a str> {
    let has = |name: &&str| library.execution_module(name).is_some_and(|m| m.function(function).is_some());
    nearest(module, library.execution_modules().into_iter().filter(has))
}
