//! `test.*`, as far as it is certain (`salt/modules/test.py`), and `log.*` (`salt/modules/logmod.py`).

use crate::Call;
use python::concrete::{boolean, none, raise, text_dict, tuple, type_name};
use python::value::{Kind, Value};
use python::{Res, repr, truthy};

/// A function of `test`; `None`: there is none of that name.
pub(super) fn test(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    let nothing = |cx: &Call<'_>, name: &str| cx.bind::<0>(name, 0, [], 0).map(|_| ());
    Some(match name {
        "echo" => cx.bind("echo", 0, ["text"], 1).map(|[value]| value.unwrap_or_else(none)),
        "outputter" => cx.bind("outputter", 0, ["data"], 1).map(|[value]| value.unwrap_or_else(none)),
        "true" => nothing(cx, "true_").map(|()| boolean(true)),
        "false" => nothing(cx, "false_").map(|()| boolean(false)),
        "ping" => nothing(cx, "ping").map(|()| boolean(true)),
        "retcode" => cx.bind("retcode", 0, ["code"], 0).map(|_| boolean(true)),
        "kwarg" => cx.bind_rest("kwarg").map(|()| {
            let kwargs = cx.kwargs.clone();
            text_dict(cx.heap, kwargs.iter().map(|(name, value)| (name.as_str(), value.clone())))
        }),
        "arg" => Ok(arguments(cx)),
        "arg_repr" => {
            let given = arguments(cx);
            shown(cx, &given)
        }
        "arg_type" => Ok(types(cx)),
        "assertion" => cx.bind("assertion", 0, ["assertion"], 1).and_then(|[value]| {
            if truthy(cx.heap, &value.unwrap_or_else(none))? { Ok(none()) } else { raise("AssertionError", "") }
        }),
        "exception" => cx.bind("exception", 0, ["message"], 0).and_then(|[message]| {
            let message = message.unwrap_or_else(|| Value::str("Test Exception"));
            raise("Exception", python::to_str(cx.heap, &message)?)
        }),
        _ => return None,
    })
}

fn arguments(cx: &mut Call<'_>) -> Value {
    let (args, kwargs) = (tuple(cx.args.clone()), cx.kwargs.clone());
    let kwargs = text_dict(cx.heap, kwargs.iter().map(|(name, value)| (name.as_str(), value.clone())));
    text_dict(cx.heap, [("args", args), ("kwargs", kwargs)])
}

fn shown(cx: &mut Call<'_>, given: &Value) -> Res<Value> {
    let Kind::Dict(id) = given.kind else { return Ok(none()) };
    let mut parts = Vec::new();
    for (key, value) in python::concrete::pairs(cx.heap, id)? {
        parts.push((key.as_str().unwrap_or_default().to_owned(), Value::str(repr(cx.heap, &value)?)));
    }
    Ok(text_dict(cx.heap, parts.iter().map(|(name, value)| (name.as_str(), value.clone()))))
}

fn types(cx: &mut Call<'_>) -> Value {
    let class = |value: &Value| Value::str(format!("<class '{}'>", type_name(value)));
    let args: Vec<Value> = cx.args.iter().map(class).collect();
    let kwargs: Vec<(String, Value)> = cx.kwargs.iter().map(|(name, value)| (name.to_string(), class(value))).collect();
    let args = cx.heap.list(args);
    let kwargs = text_dict(cx.heap, kwargs.iter().map(|(name, value)| (name.as_str(), value.clone())));
    text_dict(cx.heap, [("args", args), ("kwargs", kwargs)])
}

/// A function of `log`; `None`: there is none of that name.
pub(super) fn log(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    matches!(name, "debug" | "info" | "warning" | "error" | "critical" | "exception")
        .then(|| cx.bind(name, 0, ["message"], 1).map(|_| boolean(true)))
}
