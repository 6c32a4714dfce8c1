//! Templates that states manage: variables that nobody hands over.

use codes::{Code, Level};
use model::{Slot, State};
use render::{EntryKind, NodeKind, Origin, Related, When};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use world::{SaltPath, Stopped};

use super::local::LocalQuery;
use crate::near::nearest;
use crate::{Check, Fix, meant};

/// What `file.managed` hands to every template (`get_managed` in `salt/modules/file.py`), and names that
/// Jinja2 and Salt define anywhere.
const GIVEN: [&str; 40] = [
    "salt",
    "grains",
    "pillar",
    "opts",
    "saltenv",
    "name",
    "source",
    "user",
    "group",
    "mode",
    "attrs",
    "proxy",
    "sls",
    "slspath",
    "slsdotpath",
    "slscolonpath",
    "sls_path",
    "tpldir",
    "tplfile",
    "tpldot",
    "tplpath",
    "tplroot",
    "loop",
    "caller",
    "varargs",
    "kwargs",
    "range",
    "dict",
    "namespace",
    "self",
    "super",
    "true",
    "false",
    "none",
    "raise",
    "show_full_context",
    "cycler",
    "joiner",
    "lipsum",
    "ifelse",
];

/// A state that renders a template.
struct User<'a> {
    path: &'a SaltPath,
    state: &'a State,
    keys: FxHashSet<SmolStr>,
}

pub(super) fn check(check: &mut Check<'_>, _: &super::Local) -> Result<(), Stopped> {
    if check.facts.kind != EntryKind::State {
        return Ok(());
    }
    let facts = check.facts;
    for target in &facts.managed {
        let local = check.reader().ask(&LocalQuery { path: target.clone() })?;
        if local.free.is_empty() || local.includes || local.broken {
            continue;
        }
        let Some(users) = users(check, target) else { continue };
        // each template is told of once: by the first SLS that renders it
        if users.iter().map(|user| user.path).min() != Some(&facts.path) {
            continue;
        }
        for (name, range) in &local.free {
            if GIVEN.contains(&name.as_str()) || users.iter().any(|user| user.keys.contains(name)) {
                continue;
            }
            let given: FxHashSet<&str> = users.iter().flat_map(|user| &user.keys).map(SmolStr::as_str).collect();
            let mut given: Vec<&str> = given.into_iter().collect();
            given.sort_unstable();
            let near = nearest(name, given.iter().copied());
            let message = format!(
                "Jinja variable '{name}' is undefined: the template does not set it, and no state that renders it hands \
                 it over in `context` or `defaults`.{}",
                meant(near)
            );
            let origin = Origin::exact(target.clone(), *range);
            let fix = near.and_then(|near| Fix::word(&origin, name, near));
            let related = users.iter().take(3).map(|user| Related {
                origin: (*user.state.origin).clone(),
                message: "the template is rendered here".to_owned(),
            });
            let related: Vec<Related> = related.collect();
            let finding = check.tell(Code::ManagedUndefined, &origin, &When::ALWAYS, message);
            finding.fix = fix;
            finding.problem.related = related;
            // inside a branch it may never be read
            if !local.always.contains(range) {
                finding.level = Level::Hint;
            }
        }
    }
    Ok(())
}

/// All states that render `target`, with what they hand over; `None` if not all is known.
fn users<'a>(check: &Check<'a>, target: &SaltPath) -> Option<Vec<User<'a>>> {
    let index = check.view.index();
    // imported by others, it gets its names from them
    if index.files(Slot::ImportOf, target.as_str()).next().is_some() {
        return None;
    }
    let mut users = Vec::new();
    for path in index.files(Slot::SaltFileOf, target.as_str()) {
        let facts = check.view.facts(path)?;
        if !facts.managed.contains(target) {
            continue;
        }
        let states = facts.declarations.iter().chain(&facts.extends).flat_map(|one| &one.states);
        for state in states {
            if !sources(state).any(|origin| {
                facts.salt_files.iter().any(|file| file.origin == *origin && file.targets.contains(target))
            }) {
                continue;
            }
            let keys = handed_over(state)?;
            users.push(User { path: &facts.path, state, keys });
        }
    }
    // a folder's files, a source in a variable: somebody whom nobody sees
    (!users.is_empty()).then_some(users)
}

/// Where the state's sources are written.
fn sources(state: &State) -> impl Iterator<Item = &std::sync::Arc<Origin>> {
    let values = state.args.iter().filter(|arg| arg.name.as_literal() == Some("source")).map(|arg| &arg.value);
    values.flat_map(|value| match &value.kind {
        NodeKind::List(items) | NodeKind::Choice(items) => items.iter().map(|item| &item.origin).collect::<Vec<_>>(),
        _ => vec![&value.origin],
    })
}

/// The names that a state hands over: keys of `context` and `defaults`, and whatever further arguments it
/// has; `None` if they are not all known.
fn handed_over(state: &State) -> Option<FxHashSet<SmolStr>> {
    let mut keys = FxHashSet::default();
    if state.requisites.iter().any(|one| one.kind.starts_with("use")) {
        return None;
    }
    for arg in &state.args {
        let name = arg.name.as_literal()?;
        // each of `names` may bring arguments of its own
        let plain = |item: &render::Node| matches!(item.kind, NodeKind::Str(_));
        if name == "names" && !matches!(&arg.value.kind, NodeKind::List(items) if items.iter().all(plain)) {
            return None;
        }
        if matches!(name, "context" | "defaults") {
            collect(&arg.value, &mut keys)?;
        } else {
            keys.insert(name.into());
        }
    }
    Some(keys)
}

fn collect(node: &render::Node, keys: &mut FxHashSet<SmolStr>) -> Option<()> {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, _) in entries {
                if let NodeKind::Choice(names) = &key.kind {
                    for name in names {
                        keys.insert(name.as_str()?.into());
                    }
                } else {
                    keys.insert(key.as_str()?.into());
                }
            }
            Some(())
        }
        NodeKind::Choice(nodes) => nodes.iter().try_for_each(|node| collect(node, keys)),
        NodeKind::Null => Some(()),
        _ => None,
    }
}
