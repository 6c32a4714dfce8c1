//! `extend` and `exclude` carried out (`State.reconcile_extend`, `_apply_exclude`, `find_name`).

use render::Code;
use render::names::fnmatch;
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};

use super::refusal::{Refusal, Spot};
use super::{first, states};
use crate::requisite::must_be_list;

/// Carries `__extend__` out. `None` where Salt ends with an exception.
pub(super) fn reconcile(high: &mut Map<String, Value>, strict: bool, errors: &mut Vec<Refusal>) -> Option<()> {
    let Some(Value::Array(extends)) = high.shift_remove("__extend__") else { return Some(()) };
    let excluded = excluded_sls(high);
    for (mut name, body) in extends
        .into_iter()
        .filter_map(|extend| match extend {
            Value::Object(extend) => Some(extend),
            _ => None,
        })
        .flatten()
    {
        let (module, _) = states(&body).next()?;
        if high.get(&name).is_none_or(|own| own.get(module).is_none()) {
            let mut found = find_name(&name, module, high, strict)?;
            let one = if found.len() == 1 { found.pop() } else { None };
            let Some((id, _)) = one else {
                let word = |key: &str| body[key].as_str().unwrap_or("base");
                errors.push(cannot_extend(&name, word("__env__"), word("__sls__")));
                continue;
            };
            name = id;
        }
        if body["__sls__"].as_str().is_some_and(|sls| excluded.contains(sls)) {
            continue;
        }
        let Some(Value::Object(target)) = high.get_mut(&name) else { return None };
        for (module, run) in states(&body) {
            match target.get_mut(module) {
                None => {
                    target.insert(module.clone(), run.clone());
                }
                Some(Value::Array(own)) => {
                    for arg in run.as_array()? {
                        extend_one(own, arg)?;
                    }
                }
                Some(_) => return None,
            }
        }
    }
    Some(())
}

fn cannot_extend(name: &str, env: &str, sls: &str) -> Refusal {
    let message = format!(
        "Cannot extend ID '{name}' in '{env}:{sls}'. It is not part of the high state.\nThis is likely due to a \
         missing include statement or an incorrectly typed ID.\nEnsure that a state with an ID of '{name}' is \
         available\nin environment '{env}' and to SLS '{sls}'"
    );
    Refusal::new(Code::ExtendMissing, sls, Spot::Extend(name.to_owned()), message)
}

/// One item of an extension against the items of a state.
fn extend_one(own: &mut Vec<Value>, arg: &Value) -> Option<()> {
    let mut update = false;
    for item in own.iter_mut() {
        if arg.is_string() && item.is_string() {
            *item = arg.clone();
            update = true;
            continue;
        }
        if !(arg.is_object() && item.is_object()) {
            continue;
        }
        let (word, value) = first(arg)?;
        if first(item)?.0 == word {
            if must_be_list(word) {
                let Some(Value::Array(targets)) = item.get_mut(word) else { return None };
                targets.extend(value.as_array()?.iter().cloned());
            } else {
                *item = arg.clone();
            }
            update = true;
        }
        // A name overwrites names.
        if word == "name" && first(item)?.0 == "names" {
            *item = arg.clone();
        }
    }
    if !update {
        own.push(arg.clone());
    }
    Some(())
}

fn excluded_sls(high: &Map<String, Value>) -> FxHashSet<String> {
    let items = high.get("__exclude__").and_then(Value::as_array);
    let sls = |item: &Value| item.as_str().or_else(|| item.get("sls")?.as_str()).map(str::to_owned);
    items.into_iter().flatten().filter_map(sls).collect()
}

/// `find_name`: which IDs the name of an extension or of `use` means, each with a state module. `None`
/// where Salt ends with an exception.
pub(super) fn find_name(
    name: &str,
    module: &str,
    high: &Map<String, Value>,
    strict: bool,
) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let has = |body: &Value| body.get(module).is_some();
    if let Some(body) = high.get(name).filter(|body| !strict || has(body)) {
        body.as_object()?;
        found.push((name.to_owned(), module.to_owned()));
    } else if module == "sls" {
        for (id, body) in high {
            if body.as_object()?.get("__sls__")?.as_str() == Some(name) {
                found.push((id.clone(), body.as_object()?.keys().next()?.clone()));
            }
        }
    } else {
        for (id, body) in high {
            for arg in body.get(module).and_then(Value::as_array).into_iter().flatten() {
                let one = arg.as_object().filter(|arg| arg.len() == 1);
                if one.and_then(|arg| arg.values().next()).and_then(Value::as_str) == Some(name) {
                    found.push((id.clone(), module.to_owned()));
                }
            }
        }
    }
    Some(found)
}

/// `_apply_exclude`
pub(super) fn exclude(high: &mut Map<String, Value>) {
    let Some(Value::Array(items)) = high.shift_remove("__exclude__") else { return };
    let mut ids: Vec<String> = Vec::new();
    let mut globs: Vec<&str> = Vec::new();
    for item in &items {
        let one = item.as_object().filter(|item| item.len() == 1).and_then(|item| item.iter().next());
        match (item, one) {
            (Value::String(sls), _) => globs.push(sls),
            (_, Some((key, Value::String(sls)))) if key == "sls" => globs.push(sls),
            (_, Some((key, Value::String(id)))) if key == "id" => ids.push(id.clone()),
            _ => {}
        }
    }
    for (id, body) in high.iter().filter(|(id, _)| !id.starts_with("__")) {
        let sls = body.get("__sls__").and_then(Value::as_str).unwrap_or_default();
        if !sls.is_empty() && globs.iter().any(|glob| fnmatch(sls, glob)) {
            ids.push(id.clone());
        }
    }
    for id in ids {
        high.shift_remove(&id);
    }
}
