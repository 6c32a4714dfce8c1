//! The states under an ID: `pkg.installed: […]`, `pkg: [installed, …]`.

use render::{Code, Node, NodeKind, Pattern, When};

use super::Findings;
use super::alternatives::{alternatives, beyond, hole, scalar_text, split_once};
use super::declaration::Role;
use super::requisite;
use crate::requisite::{had_to_be_list, is_requisite, must_be_list};
use crate::{Argument, State};

/// What is known of the ID whose states are read.
pub(super) struct Context<'a> {
    pub id: &'a Pattern,
    /// When its body is there.
    pub when: &'a When,
    /// The same, given the ID.
    pub given: &'a When,
    /// Whether it is there once.
    pub sure: bool,
}

pub(super) fn read_all(
    entries: &[(Node, Node)],
    role: Role,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    let mut behind = Vec::new();
    for (key, value) in entries {
        for key in alternatives(key, &When::ALWAYS) {
            let Some(name) = scalar_text(key.node) else { continue };
            if name.as_literal().is_some_and(|name| name.starts_with('_')) {
                continue;
            }
            for body in alternatives(value, &key.when) {
                let Some(when) = context.when.both(&body.when) else { continue };
                let sure = context.sure && !key.repeated && !body.repeated;
                let given = context.given.both(&beyond(body.when.clone(), context.when)).unwrap_or_default();
                let here = Context { id: context.id, when: &when, given: &given, sure };
                let (state, others) = read_one(key.node, &name, body.node, &here, role, findings);
                if role == Role::Declared {
                    same_module(&states, &state, &name, &here, findings);
                }
                let others = others.into_iter().filter_map(|(function, asked)| {
                    let when = given.both(&beyond(asked, &when))?;
                    Some(State { function: Some(function), when, ..state.clone() })
                });
                let others: Vec<State> = others.collect();
                behind.resize(states.len() + 1 + others.len(), split_once(&name, '.').is_some());
                states.push(state);
                states.extend(others);
            }
        }
    }
    // Salt takes keys with a dot out and puts them in again by their module, behind the others.
    let mut sorted: Vec<(bool, State)> = behind.into_iter().zip(states).collect();
    sorted.sort_by_key(|(behind, _)| *behind);
    sorted.into_iter().map(|(_, state)| state).collect()
}

/// `_handle_state_decls`: two functions of one module under one ID.
fn same_module(before: &[State], state: &State, key: &Pattern, context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(module) = state.module.as_literal() else { return };
    let dotted = split_once(key, '.').is_some();
    let other = before.iter().find(|other| {
        other.module.as_literal() == Some(module) && together(&other.when, &state.when) && other.origin != state.origin
    });
    let Some(other) = other.filter(|_| dotted) else { return };
    let message =
        format!("ID '{}' in SLS '{}' contains multiple state declarations of the same type", context.id, findings.sls);
    let when = context.when.both(&other.when).unwrap_or_default();
    let related = render::Related { origin: (*other.origin).clone(), message: format!("the first `{module}` state") };
    let count = findings.problems.len();
    findings.refuse(Code::SameModuleTwice, &state.origin, &when, context.sure, message);
    if let Some(problem) = findings.problems.get_mut(count) {
        problem.related.push(related);
    }
}

/// The state under one key; and the functions that it may have instead, with their conditions.
fn read_one(
    key: &Node,
    name: &Pattern,
    body: &Node,
    context: &Context<'_>,
    role: Role,
    findings: &mut Findings<'_>,
) -> (State, Vec<(Pattern, When)>) {
    let (module, function) = match split_once(name, '.') {
        Some((module, rest)) => {
            let function = split_once(&rest, '.').map_or(rest, |(function, _)| function);
            (module, Some(function))
        }
        // A hole may hold the dot.
        None if name.is_pattern() => (name.clone(), Some(hole())),
        None => (name.clone(), None),
    };
    let (origin, when) = (key.origin.clone(), context.given.clone());
    let mut state = State { module, function, origin, when, args: Vec::new(), requisites: Vec::new() };
    let mut others = Vec::new();
    match &body.kind {
        NodeKind::List(items) => others = read_arguments(items, name, &mut state, context, role, findings),
        NodeKind::Unknown(_) => {
            state.function.get_or_insert_with(hole);
            unknown_argument(body, context.given.clone(), &mut state);
        }
        NodeKind::Null => {
            let message = format!(
                "ID '{}' in SLS '{}' contains a short declaration ({name}) with a trailing colon. When not passing \
                 any arguments to a state, the colon must be omitted.",
                context.id, findings.sls
            );
            findings.refuse(Code::TrailingColon, &key.origin, context.when, context.sure, message);
        }
        _ => {
            let message = format!("State '{}' in SLS '{}' is not formed as a list", context.id, findings.sls);
            let origin = if body.origin.path == key.origin.path { &body.origin } else { &key.origin };
            findings.refuse(Code::StateNotList, origin, context.when, context.sure, message);
        }
    }
    (state, others)
}

/// Whether both are there in every rendering that has one of them: conditions that only seem to be
/// compatible may exclude each other for reasons that nobody sees.
fn together(a: &When, b: &When) -> bool {
    a.compatible(b) && (a.implied_by(b) || b.implied_by(a))
}

/// A function named in the list, or by the key.
struct Function {
    name: Pattern,
    when: When,
    certain: bool,
}

fn read_arguments(
    items: &[Node],
    key: &Pattern,
    state: &mut State,
    context: &Context<'_>,
    role: Role,
    findings: &mut Findings<'_>,
) -> Vec<(Pattern, When)> {
    let mut functions: Vec<Function> = Vec::new();
    let by_key = state.function.clone();
    functions.extend(by_key.map(|name| Function { name, when: When::ALWAYS, certain: !key.is_pattern() }));
    let mut open = false;
    for item in items.iter().flat_map(|item| alternatives(item, &When::ALWAYS)) {
        let Some(when) = context.when.both(&item.when) else { continue };
        let sure = context.sure && !item.repeated;
        match &item.node.kind {
            NodeKind::Str(text) => {
                whitespace(text, item.node, &Context { when: &when, sure, ..*context }, findings);
                functions.push(Function { name: text.clone(), when: item.when, certain: !item.repeated });
            }
            NodeKind::Unknown(_) => {
                open = true;
                let given = context.given.both(&beyond(item.when, context.when)).unwrap_or_default();
                unknown_argument(item.node, given, state);
            }
            NodeKind::Map(entries) => {
                let given = beyond(item.when.clone(), context.when);
                let here = Context { id: context.id, when: &when, given: &given, sure };
                read_argument(entries, item.node, state, &here, findings);
            }
            _ => {}
        }
    }
    if state.function.is_none() {
        state.function = functions.first().map(|function| function.name.clone());
    }
    if open && state.function.is_none() {
        state.function = Some(hole());
    }
    if role == Role::Declared {
        count_functions(&functions, open, state, context, findings);
    }
    let mut functions = functions.into_iter();
    let Some(first) = functions.next() else { return Vec::new() };
    let (mut others, mut known) = (Vec::new(), vec![first.name]);
    for other in functions.filter(|other| !together(&other.when, &first.when)) {
        if !known.contains(&other.name) {
            known.push(other.name.clone());
            others.push((other.name, other.when));
        }
    }
    others
}

/// What may be any argument, or any number of them.
fn unknown_argument(node: &Node, when: When, state: &mut State) {
    // One says as much as many.
    if let Some(known) = state.args.iter_mut().find(|known| known.name == hole()) {
        known.when = known.when.common(&when);
        return;
    }
    let (origin, value) = (node.origin.clone(), node.clone());
    state.args.push(Argument { name: hole(), origin, value, when });
}

fn whitespace(text: &Pattern, node: &Node, context: &Context<'_>, findings: &mut Findings<'_>) {
    // Blanks around a name do no harm; inside they make it no function.
    let inside = text.as_literal().is_some_and(|text| text.trim().contains(' '));
    if inside {
        let message = format!(
            "The function \"{text}\" in state \"{}\" in SLS \"{}\" has whitespace, a function with whitespace is not \
             supported, perhaps this is an argument that is missing a \":\"",
            context.id, findings.sls
        );
        findings.refuse(Code::FunctionWhitespace, &node.origin, context.when, context.sure, message);
    }
}

fn count_functions(
    functions: &[Function],
    open: bool,
    state: &State,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) {
    let (id, sls) = (context.id, findings.sls);
    if functions.is_empty() && !open {
        let message = format!("No function declared in state '{id}' in SLS '{sls}'");
        findings.refuse(Code::NoFunction, &state.origin, context.when, context.sure, message);
    }
    let clash = functions.iter().enumerate().find_map(|(n, first)| {
        let second = functions.iter().skip(n + 1).find(|second| together(&first.when, &second.when))?;
        Some((first, second))
    });
    let Some((first, second)) = clash else { return };
    let Some(when) = first.when.both(&second.when).and_then(|when| when.both(context.when)) else { return };
    // Salt moves the key's function behind the list's own (`_handle_state_decls`); either order names both.
    let names: Vec<String> = functions.iter().map(|function| function.name.to_string()).collect();
    let message = format!(
        "Too many functions declared in state '{id}' in SLS '{sls}'. Please choose one of the following: {}",
        names.join(", ")
    );
    let certain = context.sure && first.certain && second.certain;
    findings.refuse(Code::TooManyFunctions, &state.origin, &when, certain, message);
}

/// `- name: value`, `- require: […]`; Salt looks at the first key only where it checks.
fn read_argument(
    entries: &[(Node, Node)],
    item: &Node,
    state: &mut State,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) {
    for (n, (key, value)) in entries.iter().enumerate() {
        for key in alternatives(key, &When::ALWAYS) {
            let Some(name) = scalar_text(key.node) else { continue };
            let Some(when) = context.when.both(&key.when) else { continue };
            let given = context.given.both(&beyond(key.when.clone(), context.when)).unwrap_or_default();
            let here = Context { id: context.id, when: &when, given: &given, sure: context.sure && !key.repeated };
            match name.as_literal() {
                Some(word) if is_requisite(word) => {
                    let checked = if findings.old { had_to_be_list(word) } else { must_be_list(word) };
                    let first = n == 0 && checked;
                    if first && entries.len() > 1 && plain(entries) {
                        let message = format!(
                            "Multiple dictionaries defined in argument of state '{}' in SLS '{}'",
                            context.id, findings.sls
                        );
                        findings.refuse(Code::MultipleDictionaries, &item.origin, &when, here.sure, message);
                    }
                    requisite::read(word, value, first, state, &here, findings);
                }
                _ => {
                    if n == 0 && name.as_literal() == Some("names") {
                        names_is_list(value, &here, findings);
                    }
                    let (origin, value) = (key.node.origin.clone(), value.clone());
                    state.args.push(Argument { name, origin, value, when: given });
                }
            }
        }
    }
}

/// Whether all entries are there whenever the mapping is.
fn plain(entries: &[(Node, Node)]) -> bool {
    entries.iter().all(|(key, value)| {
        let certain = |node: &Node| node.when.is_always() && !node.repeated;
        certain(key) && !value.repeated && !matches!(key.kind, NodeKind::Choice(_) | NodeKind::Unknown(_))
    })
}

fn names_is_list(value: &Node, context: &Context<'_>, findings: &mut Findings<'_>) {
    for value in alternatives(value, &When::ALWAYS) {
        if matches!(value.node.kind, NodeKind::List(_) | NodeKind::Unknown(_)) {
            continue;
        }
        let Some(when) = context.when.both(&value.when) else { continue };
        let message = format!(
            "The 'names' argument in state '{}' in SLS '{}' needs to be formed as a list",
            context.id, findings.sls
        );
        findings.refuse(Code::NamesNotList, &value.node.origin, &when, context.sure, message);
    }
}
