//! Whether what is said with less knowledge covers what is so with more.

use model::{Declaration, Facts, Requisite, State};
use render::{Node, NodeKind, Pattern};

/// Everything of `full` that `partial` neither names nor has a pattern for, and everything that
/// `partial` calls certain though it is not in `full`, as lines.
pub fn unsound(partial: &Facts, full: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    let mut miss = |what: String| found.push(format!("not covered: {what}"));
    for (label, own, whole) in
        [("ID", &partial.declarations, &full.declarations), ("extended ID", &partial.extends, &full.extends)]
    {
        for declaration in whole {
            let covering: Vec<&Declaration> = own.iter().filter(|one| covers(&one.id, &declaration.id)).collect();
            if covering.is_empty() {
                miss(format!("{label} {}", declaration.id));
            }
            for state in &declaration.states {
                uncovered_state(&covering, &declaration.id, state, &mut miss);
            }
        }
    }
    for include in &full.includes {
        let same = |one: &model::Include| {
            covers(&one.written, &include.written)
                || matches!((&one.sls, &include.sls), (Some(a), Some(b)) if covers(a, b))
        };
        if !partial.includes.iter().any(same) {
            miss(format!("include {}", include.written));
        }
    }
    for exclude in &full.excludes {
        if !partial.excludes.iter().any(|one| one.sls == exclude.sls && covers(&one.name, &exclude.name)) {
            miss(format!("exclude {}", exclude.name));
        }
    }
    for key in &full.pillar_keys {
        if !partial.pillar_keys.iter().any(|own| covers_path(own, &key.path)) {
            miss(format!("pillar key {:?}", key.path));
        }
    }
    uncertain(partial, full, &mut found);
    found
}

/// A key's path, or the path of something above it of which nothing is known.
fn covers_path(own: &model::PillarKey, path: &[Pattern]) -> bool {
    let open = own.path.len() < path.len() && holds_unknown(&own.value);
    (own.path.len() == path.len() || open) && own.path.iter().zip(path).all(|(a, b)| covers(a, b))
}

fn holds_unknown(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Unknown(_) => true,
        NodeKind::Choice(options) => options.iter().any(holds_unknown),
        NodeKind::Str(text) => text.is_pattern(),
        _ => false,
    }
}

fn covers(pattern: &Pattern, name: &Pattern) -> bool {
    name.as_literal().map_or_else(|| pattern == name, |name| pattern.matches(name))
}

fn uncovered_state(covering: &[&Declaration], id: &Pattern, state: &State, miss: &mut impl FnMut(String)) {
    let same = |one: &&State| {
        covers(&one.module, &state.module)
            && match (&one.function, &state.function) {
                (Some(a), Some(b)) => covers(a, b),
                (_, None) => true,
                (None, Some(_)) => false,
            }
    };
    let states: Vec<&State> = covering.iter().flat_map(|one| &one.states).filter(same).collect();
    let function = state.function.clone().unwrap_or_default();
    if states.is_empty() {
        return miss(format!("state {}.{function} of {id}", state.module));
    }
    // Nothing is known of such a state, or of one of its arguments.
    let open = |state: &&State| {
        state.module.to_string() == "*" && state.args.is_empty()
            || state.args.iter().any(|arg| arg.name.to_string() == "*")
    };
    for arg in &state.args {
        let known = states.iter().any(|one| open(one) || one.args.iter().any(|own| covers(&own.name, &arg.name)));
        if !known {
            miss(format!("argument {} of {id}", arg.name));
        }
    }
    for requisite in &state.requisites {
        let known = states.iter().any(|one| open(one) || one.requisites.iter().any(|own| same_target(own, requisite)));
        if !known {
            miss(format!("requisite {} {:?}:{} of {id}", requisite.kind, requisite.module, requisite.name));
        }
    }
}

fn same_target(own: &Requisite, other: &Requisite) -> bool {
    let module = match (&own.module, &other.module) {
        (Some(a), Some(b)) => covers(a, b),
        (a, b) => a == b,
    };
    // A bare name that is a pattern may be a mapping.
    let open = own.name.to_string() == "*";
    own.kind == other.kind && (module || open) && covers(&own.name, &other.name)
}

/// What is called certain and does not exist.
fn uncertain(partial: &Facts, full: &Facts, found: &mut Vec<String>) {
    for (label, own, whole) in
        [("ID", &partial.declarations, &full.declarations), ("extended ID", &partial.extends, &full.extends)]
    {
        for declaration in own.iter().filter(|one| one.is_certain()) {
            let there: Vec<&Declaration> = whole.iter().filter(|one| one.id == declaration.id).collect();
            if there.is_empty() {
                found.push(format!("certain but absent: {label} {}", declaration.id));
                continue;
            }
            for state in declaration.states.iter().filter(|state| state.when.is_always()) {
                let one = |other: &State| other.origin == state.origin && other.function != state.function;
                if declaration.states.iter().any(one) {
                    continue;
                }
                let (Some(module), Some(Some(function))) =
                    (state.module.as_literal(), state.function.as_ref().map(Pattern::as_literal))
                else {
                    continue;
                };
                let name = format!("{module}.{function}");
                let states: Vec<&State> = there
                    .iter()
                    .flat_map(|one| &one.states)
                    .filter(|one| one.module == state.module && one.function == state.function)
                    .collect();
                if states.is_empty() {
                    found.push(format!("certain but absent: {name} of {}", declaration.id));
                    continue;
                }
                certain_parts(&declaration.id, state, &states, found);
            }
        }
    }
    for include in partial.includes.iter().filter(|one| one.when.is_always() && !one.written.is_pattern()) {
        if !full.includes.iter().any(|one| one.written == include.written) {
            found.push(format!("certain but absent: include {}", include.written));
        }
    }
    for key in
        partial.pillar_keys.iter().filter(|key| key.when.is_always() && !key.path.iter().any(Pattern::is_pattern))
    {
        match full.pillar_keys.iter().find(|one| one.path == key.path) {
            None => found.push(format!("certain but absent: pillar key {:?}", key.path)),
            Some(one) => differing(&format!("pillar key {:?}", key.path), &key.value, &one.value, found),
        }
    }
}

fn certain_parts(id: &Pattern, state: &State, states: &[&State], found: &mut Vec<String>) {
    for arg in state.args.iter().filter(|arg| arg.when.is_always() && !arg.name.is_pattern()) {
        let there: Vec<_> = states.iter().flat_map(|one| &one.args).filter(|one| one.name == arg.name).collect();
        match there.as_slice() {
            [] => found.push(format!("certain but absent: argument {} of {id}", arg.name)),
            [one] => differing(&format!("argument {} of {id}", arg.name), &arg.value, &one.value, found),
            _ => {}
        }
    }
    for requisite in state.requisites.iter().filter(|one| one.when.is_always() && !one.name.is_pattern()) {
        let same = |one: &Requisite| {
            (&one.kind, &one.module, &one.name) == (&requisite.kind, &requisite.module, &requisite.name)
        };
        let pattern = requisite.module.as_ref().is_some_and(Pattern::is_pattern);
        if !pattern && !states.iter().flat_map(|one| &one.requisites).any(same) {
            found.push(format!("certain but absent: requisite {} {} of {id}", requisite.kind, requisite.name));
        }
    }
}

fn differing(what: &str, partial: &Node, full: &Node, found: &mut Vec<String>) {
    if let (Some(a), Some(b)) = (plain(partial), plain(full))
        && a != b
    {
        found.push(format!("certain but other: {what} is {a}, not {b}"));
    }
}

/// The value as text, if all of it is known.
fn plain(node: &Node) -> Option<String> {
    if !node.when.is_always() || node.repeated {
        return None;
    }
    let all = |nodes: &[Node]| nodes.iter().map(plain).collect::<Option<Vec<_>>>().map(|all| all.join(", "));
    Some(match &node.kind {
        NodeKind::Unknown(_) | NodeKind::Choice(_) => return None,
        NodeKind::Str(text) => format!("{:?}", text.as_literal()?),
        NodeKind::List(items) => format!("[{}]", all(items)?),
        NodeKind::Set(items) => format!("set({})", all(items)?),
        NodeKind::Map(entries) => {
            let mut parts = Vec::new();
            for (key, value) in entries {
                parts.push(format!("{}: {}", plain(key)?, plain(value)?));
            }
            format!("{{{}}}", parts.join(", "))
        }
        other => format!("{other:?}"),
    })
}
