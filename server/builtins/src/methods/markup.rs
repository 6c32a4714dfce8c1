//! Methods of markupsafe's `Markup`: those of `str`, giving `Markup` and escaping what they put in.

use super::super::Call;
use crate::html::{striptags, unescape};
use python::markup::{escaped, marked};
use python::value::{Kind, Str, Value};
use python::{Res, iterate};

/// A method; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Option<Res<Value>> {
    let plain = Str { markup: false, ..receiver.clone() };
    let nullary = |cx: &Call<'_>| cx.bind::<0>(&format!("Markup.{name}"), 1, [], 0).map(|_| ());
    match name {
        "unescape" => return Some(nullary(cx).and_then(|()| unescape(&receiver.text)).map(Value::str)),
        "striptags" => return Some(nullary(cx).and_then(|()| striptags(&receiver.text)).map(Value::str)),
        "escape" => {
            let given = cx.args.first().cloned().unwrap_or_else(|| Kind::None.into());
            return Some(escaped(cx.heap, &given).map(|text| Kind::Str(text).into()));
        }
        _ => {}
    }
    if let Err(fail) = prepare(cx, name) {
        return Some(Err(fail));
    }
    let result = super::text::call(cx, &plain, name)?;
    Some(result.map(|value| match (&value.kind, name) {
        (
            Kind::Str(_),
            "join" | "format" | "format_map" | "capitalize" | "title" | "lower" | "upper" | "replace" | "ljust"
            | "rjust" | "lstrip" | "rstrip" | "center" | "strip" | "translate" | "expandtabs" | "swapcase" | "zfill"
            | "casefold" | "removeprefix" | "removesuffix",
        ) => marked(value),
        (Kind::List(_), "split" | "rsplit" | "splitlines") => match iterate(cx.heap, &value) {
            Ok(parts) => cx.heap.list(parts.into_iter().map(marked)),
            Err(_) => value,
        },
        (Kind::Tuple(parts), "partition" | "rpartition") => {
            python::concrete::tuple(parts.iter().cloned().map(marked).collect())
        }
        _ => value,
    }))
}

/// Escapes the arguments that end up in the result.
fn prepare(cx: &mut Call<'_>, name: &str) -> Res<()> {
    let put_in = match name {
        "replace" | "ljust" | "rjust" | "center" => 1..2,
        "format" => 0..cx.args.len(),
        "join" => {
            let Some(first) = cx.args.first().cloned() else { return Ok(()) };
            let mut parts = Vec::new();
            for part in iterate(cx.heap, &first)? {
                parts.push(Kind::Str(escaped(cx.heap, &part)?).into());
            }
            cx.args[0] = cx.heap.list(parts);
            return Ok(());
        }
        _ => return Ok(()),
    };
    for at in put_in {
        if let Some(value) = cx.args.get(at).cloned()
            && (name != "format" || matches!(value.kind, Kind::Str(_)))
        {
            cx.args[at] = Kind::Str(escaped(cx.heap, &value)?).into();
        }
    }
    if name == "format" {
        for n in 0..cx.kwargs.len() {
            let value = cx.kwargs[n].1.clone();
            if matches!(value.kind, Kind::Str(_)) {
                cx.kwargs[n].1 = Kind::Str(escaped(cx.heap, &value)?).into();
            }
        }
    }
    Ok(())
}
