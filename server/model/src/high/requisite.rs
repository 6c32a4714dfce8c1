//! The targets of one requisite.

use std::sync::Arc;

use render::{Code, Node, NodeKind, When};
use smol_str::SmolStr;

use super::Findings;
use super::alternatives::{Alternative, alternatives, beyond, scalar_text};
use super::state::Context;
use crate::{Requisite, State};

/// Reads `kind: value` under a state. `checked`: Salt's compiler looks at its form.
pub(super) fn read(
    kind: &str,
    value: &Node,
    checked: bool,
    state: &mut State,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) {
    let list = state.requisites.last().map_or(0, |last| last.list + 1);
    let mut reader = Reader { kind: kind.into(), list, checked, context, findings, found: Vec::new() };
    for value in alternatives(value, &When::ALWAYS) {
        reader.value(&value);
    }
    state.requisites.append(&mut reader.found);
}

struct Reader<'a, 'b, 'c> {
    kind: SmolStr,
    list: usize,
    checked: bool,
    context: &'a Context<'a>,
    findings: &'b mut Findings<'c>,
    found: Vec<Requisite>,
}

impl Reader<'_, '_, '_> {
    fn value(&mut self, value: &Alternative<'_>) {
        match &value.node.kind {
            NodeKind::List(items) => {
                for item in items.iter().flat_map(|item| alternatives(item, &value.when)) {
                    self.item(&item);
                }
            }
            NodeKind::Unknown(_) => self.bare(value),
            other => {
                let message = format!(
                    "The {} statement in state '{}' in SLS '{}' needs to be formed as a list",
                    self.kind, self.context.id, self.findings.sls
                );
                self.refuse(Code::RequisiteMalformed, value, message);
                // `watch_in: {pkg: x}` is legal (`requisite_in`); elsewhere the targets are clear enough.
                match other {
                    NodeKind::Map(entries) => entries.iter().for_each(|(key, name)| self.pair(key, name, value)),
                    NodeKind::Str(_) => self.bare(value),
                    _ => {}
                }
            }
        }
    }

    fn refuse(&mut self, code: Code, at: &Alternative<'_>, message: String) {
        let Some(when) = self.context.when.both(&at.when).filter(|_| self.checked) else { return };
        let sure = self.context.sure && !at.repeated;
        self.findings.refuse(code, &at.node.origin, &when, sure, message);
    }

    fn item(&mut self, item: &Alternative<'_>) {
        match &item.node.kind {
            // Of an unknown one not even the form is known.
            NodeKind::Str(_) | NodeKind::Unknown(_) => self.bare(item),
            NodeKind::Map(entries) => {
                let plain = entries.iter().all(|(key, _)| key.when.is_always() && !key.repeated);
                // Before 3008 the first pair counted, and the others were passed over.
                if entries.len() > 1 && plain && !self.findings.old || entries.is_empty() {
                    self.not_single(item);
                }
                entries.iter().for_each(|(key, name)| self.pair(key, name, item));
            }
            _ => self.not_single(item),
        }
    }

    fn not_single(&mut self, item: &Alternative<'_>) {
        let state = if self.findings.old { String::new() } else { format!(" in state {}", self.context.id) };
        let message = format!(
            "Requisite declaration {}{state} in SLS {} is not formed as a single key dictionary",
            written(item.node, 0),
            self.findings.sls
        );
        self.refuse(Code::RequisiteMalformed, item, message);
    }

    fn given(&self, when: &When) -> When {
        self.context.given.both(&beyond(when.clone(), self.context.when)).unwrap_or_default()
    }

    fn bare(&mut self, item: &Alternative<'_>) {
        let Some(name) = scalar_text(item.node) else { return };
        let (origin, name_origin) = (item.node.origin.clone(), item.node.origin.clone());
        let (kind, when) = (self.kind.clone(), self.given(&item.when));
        self.found.push(Requisite { kind, list: self.list, module: None, name, origin, name_origin, when });
    }

    fn pair(&mut self, key: &Node, name: &Node, item: &Alternative<'_>) {
        for key in alternatives(key, &item.when) {
            let Some(module) = scalar_text(key.node) else { continue };
            if let Some(word) = module.as_literal()
                && let Some((before, _)) = word.split_once('.')
            {
                let message = format!(
                    "Invalid requisite type '{word}' in state '{}', in SLS '{}'. Requisite types must not contain \
                     dots, did you mean '{before}'?",
                    self.context.id, self.findings.sls
                );
                self.refuse(Code::RequisiteDots, &key, message);
            }
            for name in alternatives(name, &key.when) {
                self.target(&module, &key, &name);
            }
        }
    }

    fn target(&mut self, module: &render::Pattern, key: &Alternative<'_>, name: &Alternative<'_>) {
        if matches!(name.node.kind, NodeKind::List(_) | NodeKind::Map(_) | NodeKind::Set(_)) {
            let sls = if self.findings.old { String::new() } else { format!(" in SLS \"{}\"", self.findings.sls) };
            let message = format!(
                "Illegal requisite \"{}\"{sls}, please check your syntax. The target of `{module}` in state '{}' must \
                 be an ID or a name",
                written(name.node, 0),
                self.context.id
            );
            self.refuse(Code::RequisiteMalformed, name, message);
            return;
        }
        if matches!(name.node.kind, NodeKind::Null) {
            return; // `DependencyGraph.add_requisites` skips it
        }
        if !matches!(name.node.kind, NodeKind::Str(_) | NodeKind::Unknown(_)) {
            let message = format!(
                "Requisite [{}: {module}] in state [{}] in SLS [{}] must have a string as the value",
                self.kind, self.context.id, self.findings.sls
            );
            // Run-time requisites are not in the dependency graph.
            if !matches!(self.kind.as_str(), "listen" | "onfail_stop" | "prerequired") && !self.findings.old {
                self.refuse(Code::RequisiteMalformed, name, message);
            }
        }
        let Some(text) = scalar_text(name.node) else { return };
        let name_origin = name.node.origin.clone();
        let origin = if key.node.origin.path == name_origin.path {
            let mut whole = (*key.node.origin).clone();
            whole.range = whole.range.join(name_origin.range);
            Arc::new(whole)
        } else {
            name_origin.clone()
        };
        let (kind, when) = (self.kind.clone(), self.given(&name.when));
        let module = Some(module.clone());
        self.found.push(Requisite { kind, list: self.list, module, name: text, origin, name_origin, when });
    }
}

/// How Python's `str` shows a value of Salt's YAML; `…` where it is not known or too long.
fn written(node: &Node, depth: usize) -> String {
    let many =
        |items: &[Node]| items.iter().take(20).map(|item| written(item, depth + 1)).collect::<Vec<_>>().join(", ");
    match &node.kind {
        _ if depth > 4 => "…".to_owned(),
        NodeKind::Null => "None".to_owned(),
        NodeKind::Bool(true) => "True".to_owned(),
        NodeKind::Bool(false) => "False".to_owned(),
        NodeKind::Int(number) => number.to_string(),
        NodeKind::Float(number) => format!("{number:?}"),
        NodeKind::Str(text) if depth == 0 => text.to_string(),
        NodeKind::Str(text) => format!("'{text}'"),
        NodeKind::List(items) => format!("[{}]", many(items)),
        NodeKind::Map(entries) => {
            let pair =
                |(key, value): &(Node, Node)| format!("({}, {})", written(key, depth + 1), written(value, depth + 1));
            format!("OrderedDict([{}])", entries.iter().take(20).map(pair).collect::<Vec<_>>().join(", "))
        }
        NodeKind::Binary(_) | NodeKind::Set(_) | NodeKind::Choice(_) | NodeKind::Unknown(_) => "…".to_owned(),
    }
}
