//! The states of a highstate, in one form whether they come from Salt's low chunks (all is known) or from
//! what the files declare (something is not).

use std::collections::BTreeMap;

use model::{Compiled, Declaration, Facts, View};
use serde_json::{Value, json};
use text::TextRange;
use world::SaltPath;

use crate::shown;

/// Keys of low chunks that are no arguments: Salt's own and those with a field here.
const OWN: [&str; 9] =
    ["state", "fun", "name", "__id__", "__sls__", "__env__", "__sls_included_from__", "order", "name_order"];

/// One state.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) id: String,
    pub(crate) module: String,
    pub(crate) function: String,
    pub(crate) name: String,
    pub(crate) sls: String,
    /// Arguments and requisites, by name.
    pub(crate) arguments: BTreeMap<String, Value>,
    /// Empty: it is there for sure.
    pub(crate) when: String,
    pub(crate) place: Option<(SaltPath, TextRange)>,
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// Where the SLS declares the ID.
fn place(view: &View, sls: &str, id: &str) -> Option<(SaltPath, TextRange)> {
    let files = view.index().files(model::Slot::Sls, sls).filter_map(|path| view.facts(path));
    let mut declared = files.flat_map(|facts| &facts.declarations);
    let found = declared.find(|one| one.id.as_literal().map_or_else(|| one.id.matches(id), |text| text == id))?;
    Some((found.origin.path.clone(), found.origin.range))
}

/// The chunks of a compiled highstate, in their order.
pub(crate) fn of_low(view: &View, compiled: &Compiled) -> Vec<Chunk> {
    let chunks = compiled.low.iter().filter_map(Value::as_object);
    let chunk = |low: &serde_json::Map<String, Value>| {
        let (id, sls) = (text(low.get("__id__")), text(low.get("__sls__")));
        let arguments = low.iter().filter(|(key, _)| !OWN.contains(&key.as_str()));
        Chunk {
            module: text(low.get("state")),
            function: text(low.get("fun")),
            name: text(low.get("name")),
            arguments: arguments.map(|(key, value)| (key.clone(), value.clone())).collect(),
            when: String::new(),
            place: place(view, &sls, &id),
            id,
            sls,
        }
    };
    chunks.map(chunk).collect()
}

/// The states that the files declare and extend, in order.
pub(crate) fn of_files<'f>(files: impl IntoIterator<Item = &'f Facts>) -> Vec<Chunk> {
    let mut found = Vec::new();
    for facts in files {
        let sls = facts.names.first().map_or_else(|| facts.path.to_string(), |(_, name)| name.to_string());
        for declaration in &facts.declarations {
            of_declaration(declaration, &sls, "", &mut found);
        }
        for extend in &facts.extends {
            of_declaration(extend, &sls, "extend ", &mut found);
        }
    }
    found
}

fn of_declaration(declaration: &Declaration, sls: &str, prefix: &str, found: &mut Vec<Chunk>) {
    for state in &declaration.states {
        let Some(when) = declaration.when.both(&state.when) else { continue };
        let mut arguments: BTreeMap<String, Value> = BTreeMap::new();
        let mut name = shown(&declaration.id);
        for argument in &state.args {
            let (value, _) = model::plain(&argument.value);
            let key = shown(&argument.name);
            if key == "name" && argument.when.is_always() {
                name = text(Some(&value));
                continue;
            }
            let key = if argument.when.is_always() { key } else { format!("{key} (when {:?})", argument.when) };
            arguments.insert(key, value);
        }
        for requisite in &state.requisites {
            let target = match &requisite.module {
                Some(module) => json!({ (shown(module)): shown(&requisite.name) }),
                None => json!(shown(&requisite.name)),
            };
            let all = arguments.entry(requisite.kind.to_string()).or_insert_with(|| json!([]));
            if let Value::Array(all) = all {
                all.push(target);
            }
        }
        let repeated = if declaration.repeated { "in a loop over what is not known" } else { "" };
        let when = match (when.is_always(), repeated) {
            (true, repeated) => repeated.to_owned(),
            (false, _) => format!("{when:?}"),
        };
        found.push(Chunk {
            id: format!("{prefix}{}", shown(&declaration.id)),
            module: shown(&state.module),
            function: state.function.as_ref().map(shown).unwrap_or_default(),
            name,
            sls: sls.to_owned(),
            arguments,
            when,
            place: Some((declaration.origin.path.clone(), declaration.origin.range)),
        });
    }
}
