//! The states of an SLS beside what their functions take. Knows nothing of templates.

mod arguments;
pub(crate) mod functions;
mod requisites;
mod sources;
mod values;

use library::Function;
use model::{Argument, Declaration, State};
use render::{Node, NodeKind, When};

use crate::Check;

/// One state of the file, with what is known of its function.
pub(crate) struct Called<'a> {
    pub declaration: &'a Declaration,
    pub state: &'a State,
    /// Whether it stands in an `extend` block.
    pub extends: bool,
    /// The state module's name.
    pub module: &'a str,
    /// The function's name.
    pub function: &'a str,
    /// When it is there.
    pub when: When,
}

impl Called<'_> {
    /// `pkg.installed`
    fn name(&self) -> String {
        format!("{}.{}", self.module, self.function)
    }

    /// Its arguments of this name.
    fn args<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Argument> {
        self.state.args.iter().filter(move |arg| arg.name.as_literal() == Some(name))
    }
}

pub(crate) fn check(check: &mut Check<'_>) {
    let facts = check.facts;
    let own = facts.declarations.iter().map(|one| (one, false));
    for (declaration, extends) in own.chain(facts.extends.iter().map(|one| (one, true))) {
        for state in &declaration.states {
            let Some(when) = declaration.when.both(&state.when) else { continue };
            requisites::ignored(check, declaration, state, &when);
            requisites::twice(check, state, &when);
            let (Some(module), Some(function)) =
                (state.module.as_literal(), state.function.as_ref().and_then(render::Pattern::as_literal))
            else {
                continue;
            };
            // what is refused as it is written has no function to speak of
            if function.contains(char::is_whitespace) || module.is_empty() || function.is_empty() {
                continue;
            }
            let called = Called { declaration, state, extends, module, function, when };
            let known: Option<&Function> = functions::check(check, &called);
            if let Some(known) = known.filter(|known| !known.opaque) {
                arguments::names(check, &called, known);
                arguments::missing(check, &called, known);
            }
            arguments::twice(check, &called);
            arguments::under_indented(check, &called, known);
            values::check(check, &called);
            sources::check(check, &called);
        }
    }
    requisites::excludes(check);
    crate::extra::values(check);
}

/// What a value may be, choices taken apart; at most a few, for checks that look at each.
pub(crate) fn each<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    match &node.kind {
        NodeKind::Choice(nodes) if found.len() < 32 => nodes.iter().for_each(|node| each(node, found)),
        _ => found.push(node),
    }
}
