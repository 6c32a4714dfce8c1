//! What extensions may have broken (`_verify_high`): the checks of one file alone saw less.

use render::Code;
use serde_json::{Map, Value};

use super::refusal::{Refusal, Spot};
use super::{first, states};
use crate::requisite::must_be_list;

/// Functions missing or too many, requisites and names that are no lists.
pub(super) fn verify(high: &Map<String, Value>, errors: &mut Vec<Refusal>) {
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
                } else if !value.is_array() && must_be_list(word) {
                    let message =
                        format!("The {word} statement in state '{id}' in SLS '{sls}' needs to be formed as a list");
                    refuse(Code::RequisiteMalformed, message);
                }
            }
        }
    }
}
