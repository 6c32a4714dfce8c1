//! High data: what an SLS's rendered mapping declares, and what Salt refuses in it when it looks at
//! this one file (`render_state`, `_handle_state_decls` and `_verify_high` in `salt/state.py`).
//! Knows nothing of other files.

pub(crate) mod alternatives;
mod declaration;
mod findings;
mod include;
mod requisite;
mod state;

use render::{Code, Node, NodeKind, Problem, Rendered, When};

use crate::{Declaration, Exclude, Include};
use alternatives::{alternatives, beyond, hole, scalar_text};
pub(crate) use declaration::extent;
pub(crate) use findings::Findings;
pub use include::{BeyondRoot, resolve_pillar_include, resolve_state_include};
pub(crate) use include::{pillar_includes, read_includes};

/// The parts of one file's high data.
#[derive(Clone, Debug, Default)]
pub(crate) struct High {
    pub declarations: Vec<Declaration>,
    pub includes: Vec<Include>,
    pub extends: Vec<Declaration>,
    pub excludes: Vec<Exclude>,
    pub problems: Vec<Problem>,
}

/// Reads a state SLS's data. `env` and `sls` are the names it is known by, `old` whether Salt is
/// older than 3008, `init` whether the file is an
/// `init.sls`.
pub(crate) fn read(rendered: &Rendered, (env, sls, old): (&str, &str, bool), init: bool) -> High {
    let mut high = High::default();
    let Some(root) = &rendered.data else { return high };
    let mut findings = Findings { sls, env, old, active: rendered.complete, problems: Vec::new() };
    for root in alternatives(root, &When::ALWAYS) {
        let NodeKind::Map(entries) = &root.node.kind else {
            if matches!(root.node.kind, NodeKind::Unknown(_)) {
                let (name, when) = (hole(), root.when.clone());
                let entry = declaration::Entry { key: root.node, name, value: root.node, when, repeated: true };
                high.declarations.push(declaration::read(&entry, declaration::Role::Declared, &mut findings));
            }
            continue;
        };
        for (key, value) in entries {
            read_entry(key, value, &root.when, init, &mut high, &mut findings);
        }
    }
    for keys in &rendered.shared {
        shared_list(keys, &high, &mut findings);
    }
    high.problems = findings.problems;
    high
}

/// A list of arguments that several states share through a YAML alias: `_handle_state_decls` appends
/// the function of each dotted key to it, and so to all of them.
fn shared_list(keys: &[(String, String)], high: &High, findings: &mut Findings<'_>) {
    let functions: Vec<&str> = keys.iter().filter_map(|(_, key)| Some(key.split_once('.')?.1)).collect();
    if functions.len() < 2 {
        return;
    }
    for (id, key) in keys {
        let Some(declared) = high.declarations.iter().find(|one| one.id.as_literal() == Some(id)) else { continue };
        let module = key.split('.').next();
        let Some(state) = declared.states.iter().find(|state| state.module.as_literal() == module) else { continue };
        let message = format!(
            "Too many functions declared in state '{id}' in SLS '{}'. Please choose one of the following: {}. The \
             states share one list of arguments: write it out, or merge single arguments with `<<`",
            findings.sls,
            functions.join(", ")
        );
        findings.refuse(Code::TooManyFunctions, &state.origin, &declared.when, !declared.repeated, message);
    }
}

fn read_entry(key: &Node, value: &Node, outer: &When, init: bool, high: &mut High, findings: &mut Findings<'_>) {
    for id in alternatives(key, outer) {
        let repeated = id.repeated || value.repeated;
        let Some(name) = scalar_text(id.node) else { continue };
        match name.as_literal() {
            Some("include") => high.includes.extend(read_includes(value, &id.when, init, findings)),
            Some("extend") => high.extends.extend(read_extends(value, &id.when, findings)),
            Some("exclude") => high.excludes.extend(read_excludes(value, &id.when, findings)),
            Some(name) if name.starts_with("__") => {}
            _ => {
                let entry = declaration::Entry { key: id.node, name, value, when: id.when, repeated };
                high.declarations.push(declaration::read(&entry, declaration::Role::Declared, findings));
            }
        }
    }
}

/// `_handle_extend`
fn read_extends(value: &Node, outer: &When, findings: &mut Findings<'_>) -> Vec<Declaration> {
    let mut extends = Vec::new();
    for block in alternatives(value, outer) {
        let NodeKind::Map(entries) = &block.node.kind else {
            if matches!(block.node.kind, NodeKind::Unknown(_)) {
                let (name, when) = (hole(), block.when.clone());
                let entry = declaration::Entry { key: block.node, name, value: block.node, when, repeated: true };
                extends.push(declaration::read(&entry, declaration::Role::Extended, findings));
            } else {
                let message = format!("Extension value in SLS '{}' is not a dictionary", findings.sls);
                findings.refuse(Code::ExtendMalformed, &block.node.origin, &block.when, !block.repeated, message);
            }
            continue;
        };
        for (key, value) in entries {
            for id in alternatives(key, &block.when) {
                let Some(name) = scalar_text(id.node) else { continue };
                let repeated = block.repeated || id.repeated || value.repeated;
                let entry = declaration::Entry { key: id.node, name, value, when: id.when, repeated };
                extends.push(declaration::read(&entry, declaration::Role::Extended, findings));
            }
        }
    }
    extends
}

/// `_handle_exclude` and `_apply_exclude`: a bare string names an SLS.
fn read_excludes(value: &Node, outer: &When, findings: &mut Findings<'_>) -> Vec<Exclude> {
    let mut excludes = Vec::new();
    for list in alternatives(value, outer) {
        let NodeKind::List(items) = &list.node.kind else {
            if matches!(list.node.kind, NodeKind::Unknown(_)) {
                let (origin, when) = (list.node.origin.clone(), list.when.clone());
                let exclude = |sls| Exclude { sls, name: hole(), origin: origin.clone(), when: when.clone() };
                excludes.extend([true, false].map(exclude));
            } else {
                let message = format!("Exclude Declaration in SLS {} is not formed as a list", findings.sls);
                findings.refuse(Code::ExcludeMalformed, &list.node.origin, &list.when, !list.repeated, message);
            }
            continue;
        };
        for item in items.iter().flat_map(|item| alternatives(item, &list.when)) {
            let (sls, name) = match &item.node.kind {
                NodeKind::Map(entries) if entries.len() == 1 => {
                    let Some((key, name)) = entries.first() else { continue };
                    match scalar_text(key).as_ref().and_then(render::Pattern::as_literal) {
                        Some("sls") => (true, name),
                        Some("id") => (false, name),
                        _ => continue,
                    }
                }
                NodeKind::Str(_) | NodeKind::Unknown(_) => (true, item.node),
                _ => continue,
            };
            for name in alternatives(name, &item.when) {
                if let Some(text) = scalar_text(name.node) {
                    let when = beyond(name.when, &When::ALWAYS);
                    excludes.push(Exclude { sls, name: text, origin: name.node.origin.clone(), when });
                }
            }
        }
    }
    excludes
}
