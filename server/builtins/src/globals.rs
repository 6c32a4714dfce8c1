//! Global functions of templates that hold no state: `range`, `dict`, `odict`, `raise`, ….

use super::Call;
use super::args::{index, soft_str};
use python::Res;
use python::concrete::{none, raise, type_error, unknown, value_error};
use python::sequence_len;
use python::value::{Kind, Value};

/// Whether jinja2 or Salt has a global function or class of this name. `cycler`, `joiner` and
/// `namespace` are the evaluator's: they hold state.
#[must_use]
pub fn is_global(name: &str) -> bool {
    matches!(
        name,
        "range"
            | "dict"
            | "lipsum"
            | "cycler"
            | "joiner"
            | "namespace"
            | "odict"
            | "raise"
            | "ifelse"
            | "show_full_context"
    )
}

/// `name(args…)` for global functions; `None`: not one that is evaluated here.
pub fn call_global(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "range" => range(cx),
        "dict" | "odict" => {
            let id = cx.heap.dict();
            cx.heap.dict_mut(id).ordered = name == "odict";
            super::methods::update(cx, id).map(|()| Kind::Dict(id).into()).map_err(|fail| match fail {
                python::Fail::Raise(raise) => python::Fail::Raise(python::value::Raise::new(
                    raise.class,
                    raise.message.replacen("update expected", "dict expected", 1),
                )),
                fail => fail,
            })
        }
        "raise" => {
            let [message] = match cx.bind("jinja_raise", 0, ["msg"], 1) {
                Ok(bound) => bound,
                Err(fail) => return Some(Err(fail)),
            };
            match soft_str(cx.heap, &message.unwrap_or_else(none)) {
                Ok(message) => raise("TemplateError", &*message.text),
                Err(fail) => Err(fail),
            }
        }
        "ifelse" => ifelse(cx),
        "lipsum" => unknown("random text"),
        "show_full_context" => unknown("the whole context"),
        _ => return None,
    })
}

/// jinja2's `safe_range`: at most 100,000 items.
fn range(cx: &mut Call<'_>) -> Res<Value> {
    if !cx.kwargs.is_empty() {
        return type_error("range() takes no keyword arguments");
    }
    let mut parts = Vec::new();
    for arg in &cx.args {
        parts.push(index(arg)?);
    }
    let (start, stop, step) = match *parts.as_slice() {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] => (start, stop, step),
        [] => return type_error("range expected at least 1 argument, got 0"),
        _ => return type_error(format!("range expected at most 3 arguments, got {}", parts.len())),
    };
    if step == 0 {
        return value_error("range() arg 3 must not be zero");
    }
    if sequence_len(start, stop, step) > 100_000 {
        let message = "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).";
        return raise("OverflowError", message);
    }
    Ok(Kind::Range(start, stop, step).into())
}

/// Salt's `ifelse` (`salt/modules/match.py`): as a global of templates it stands outside of the
/// loader, so whatever needs to be matched fails.
fn ifelse(cx: &mut Call<'_>) -> Res<Value> {
    let known = ["tgt_type", "minion_id", "merge", "merge_lists"];
    if let Some((name, _)) = cx.kwargs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        let name = python::percent::quoted(name);
        return type_error(format!("ifelse() got an unexpected keyword argument {name}"));
    }
    match cx.args.as_slice() {
        [only] => Ok(only.clone()),
        args if args.len() % 2 == 0 => {
            raise("SaltException", "The ifelse function must have an odd number of arguments!")
        }
        args => {
            for key in args.iter().step_by(2).take(args.len() / 2) {
                python::key_of(cx.heap, key)?;
            }
            raise("NameError", "name '__context__' is not defined")
        }
    }
}
