//! What extensions may have broken (`_verify_high`): the checks of one file alone saw less.

use indexmap::IndexMap;
use render::Code;
use serde_json::{Map, Value};

use super::refusal::{Refusal, Spot};
use super::{Options, first, states};
use crate::requisite::{had_to_be_list, must_be_list};

/// Functions missing or too many, requisites and names that are no lists.
pub(super) fn verify(high: &Map<String, Value>, options: &Options, errors: &mut Vec<Refusal>) {
    let needs_list = if options.old { had_to_be_list } else { must_be_list };
    if options.old {
        recursive(high, errors);
    }
    for (id, body) in high.iter().filter(|(id, _)| !id.starts_with("__")) {
        let sls = body.get("__sls__").and_then(Value::as_str).unwrap_or_default();
        let mut refuse = |code: Code, message: String| {
            errors.push(Refusal::new(code, sls, Spot::Id(id.clone()), message));
        };
        for (module, run) in states(body) {
            // Other shapes are among the file's own problems.
            let Some(items) = run.as_array() else { continue };
            let mut functions: Vec<&str> = module.split_once('.').map(|(_, function)| function).into_iter().collect();
            functions.extend(items.iter().filter_map(Value::as_str));
            if functions.is_empty() {
                refuse(Code::NoFunction, format!("No function declared in state '{id}' in SLS '{sls}'"));
            } else if functions.len() > 1 {
                let all = functions.join(", ");
                refuse(
                    Code::TooManyFunctions,
                    format!(
                        "Too many functions declared in state '{id}' in SLS '{sls}'. Please choose one of the \
                         following: {all}"
                    ),
                );
            }
            for (word, value) in items.iter().filter_map(first) {
                if !value.is_array() && word == "names" {
                    let message =
                        format!("The 'names' argument in state '{id}' in SLS '{sls}' needs to be formed as a list");
                    refuse(Code::NamesNotList, message);
                } else if !value.is_array() && needs_list(word) {
                    let message =
                        format!("The {word} statement in state '{id}' in SLS '{sls}' needs to be formed as a list");
                    refuse(Code::RequisiteMalformed, message);
                }
            }
        }
    }
}

/// Two states that require each other, or one itself; longer circles were not found before 3008
/// (`verify_high`).
fn recursive(high: &Map<String, Value>, errors: &mut Vec<Refusal>) {
    let mut known: IndexMap<&str, (&str, IndexMap<&str, &str>)> = IndexMap::new();
    for (id, body) in high.iter().filter(|(id, _)| !id.starts_with("__")) {
        let sls = body.get("__sls__").and_then(Value::as_str).unwrap_or_default();
        for (module, run) in states(body) {
            for (word, targets) in run.as_array().into_iter().flatten().filter_map(first) {
                let Some(targets) = targets.as_array().filter(|_| had_to_be_list(word)) else { continue };
                known.insert(id, (module, IndexMap::new()));
                for target in targets {
                    let (key, name) = match target {
                        Value::String(name) => ("id", name.as_str()),
                        other => match first(other) {
                            Some((key, Value::String(name))) => (key.as_str(), name.as_str()),
                            _ => continue,
                        },
                    };
                    if let Some((_, own)) = known.get_mut(id.as_str()) {
                        own.insert(name, key);
                    }
                    let back = known
                        .get(name)
                        .filter(|(state, seen)| seen.get(id.as_str()) == Some(&module.as_str()) && *state == key);
                    if back.is_some() {
                        let message =
                            format!("A recursive requisite was found, SLS \"{sls}\" ID \"{id}\" ID \"{name}\"");
                        let spot = Spot::Requisite {
                            id: Some(id.clone()),
                            word: Some(word.clone()),
                            names: vec![name.to_owned()],
                        };
                        errors.push(Refusal::new(Code::RequisiteCycle, sls, spot, message));
                    }
                }
            }
        }
    }
}
