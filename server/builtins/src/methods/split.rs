//! `split`, `partition`, `strip`, `join`, `replace` and their kin: they keep where the parts of a
//! text were written.

use super::super::Call;
use super::super::args::{absent, index_or, text};
use python::concrete::{tuple, type_error, type_name, value_error};
use python::number::is_space;
use python::strings::{Builder, split_lines, subslice, substr};
use python::value::{Heap, Kind, Str, Value};
use python::{Res, iterate};

/// Splitting and joining methods; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "split" | "rsplit" => split(cx, receiver, name == "rsplit"),
        "splitlines" => splitlines(cx, receiver),
        "partition" | "rpartition" => partition(cx, receiver, name),
        "strip" | "lstrip" | "rstrip" => strip(cx, receiver, name),
        "join" => join(cx, receiver),
        "replace" => replace(cx, receiver),
        "removeprefix" | "removesuffix" => remove(cx, receiver, name),
        _ => return None,
    })
}

fn part(text: &Str, slice: &str) -> Value {
    Kind::Str(subslice(text, slice)).into()
}

fn split(cx: &mut Call<'_>, receiver: &Str, from_right: bool) -> Res<Value> {
    let name = if from_right { "rsplit" } else { "split" };
    let [separator, most] = cx.bind_native(name, ["sep", "maxsplit"], 0)?;
    let most = usize::try_from(index_or(most.as_ref(), -1)?).unwrap_or(usize::MAX);
    let slices: Vec<&str> = if absent(separator.as_ref()) {
        split_spaces(&receiver.text, most, from_right)
    } else {
        let separator =
            text(&separator.unwrap_or_else(|| Value::str("")), |kind| format!("must be str or None, not {kind}"))?;
        if separator.text.is_empty() {
            return value_error("empty separator");
        }
        let pieces = most.saturating_add(1);
        if from_right {
            let mut slices: Vec<&str> = receiver.text.rsplitn(pieces, &*separator.text).collect();
            slices.reverse();
            slices
        } else {
            receiver.text.splitn(pieces, &*separator.text).collect()
        }
    };
    let values: Vec<Value> = slices.into_iter().map(|slice| part(receiver, slice)).collect();
    Ok(cx.heap.list(values))
}

fn split_spaces(text: &str, most: usize, from_right: bool) -> Vec<&str> {
    let mut slices = Vec::new();
    let mut rest = if from_right { text.trim_end_matches(is_space) } else { text.trim_start_matches(is_space) };
    while !rest.is_empty() {
        if slices.len() == most {
            // What is left keeps the white space at its far end, as in Python.
            slices.push(rest);
            break;
        }
        if from_right {
            let at = rest.rfind(is_space).map_or(0, |at| at + rest[at..].chars().next().map_or(1, char::len_utf8));
            slices.push(&rest[at..]);
            rest = rest[..at].trim_end_matches(is_space);
        } else {
            let at = rest.find(is_space).unwrap_or(rest.len());
            slices.push(&rest[..at]);
            rest = rest[at..].trim_start_matches(is_space);
        }
    }
    if from_right {
        slices.reverse();
    }
    slices
}

fn splitlines(cx: &mut Call<'_>, receiver: &Str) -> Res<Value> {
    let [keep] = cx.bind_native("splitlines", ["keepends"], 0)?;
    let keep = index_or(keep.as_ref(), 0)? != 0;
    let values: Vec<Value> = split_lines(&receiver.text, keep).into_iter().map(|slice| part(receiver, slice)).collect();
    Ok(cx.heap.list(values))
}

fn partition(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Res<Value> {
    let [separator] = cx.positional::<1>(&format!("str.{name}"), 1)?;
    let separator = text(&separator.unwrap_or_else(|| Value::str("")), |kind| format!("must be str, not {kind}"))?;
    if separator.text.is_empty() {
        return value_error("empty separator");
    }
    let whole = || Value::from(Kind::Str(receiver.clone()));
    let found =
        if name == "partition" { receiver.text.find(&*separator.text) } else { receiver.text.rfind(&*separator.text) };
    Ok(tuple(match found {
        Some(at) => {
            let end = at + separator.text.len();
            let cut = |from, to| Kind::Str(substr(receiver, from, to)).into();
            vec![cut(0, at), cut(at, end), cut(end, receiver.text.len())]
        }
        None if name == "partition" => vec![whole(), Value::str(""), Value::str("")],
        None => vec![Value::str(""), Value::str(""), whole()],
    }))
}

fn strip(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Res<Value> {
    let [wanted] = cx.positional::<1>(&format!("str.{name}"), 0)?;
    let wanted = match wanted {
        Some(value) if !matches!(value.kind, Kind::None) => {
            Some(text(&value, |_| format!("{name} arg must be None or str"))?)
        }
        _ => None,
    };
    let matches = |c: char| wanted.as_ref().map_or_else(|| is_space(c), |wanted| wanted.text.contains(c));
    let slice = match name {
        "strip" => receiver.text.trim_matches(matches),
        "lstrip" => receiver.text.trim_start_matches(matches),
        _ => receiver.text.trim_end_matches(matches),
    };
    Ok(part(receiver, slice))
}

fn join(cx: &mut Call<'_>, receiver: &Str) -> Res<Value> {
    let [values] = cx.positional::<1>("str.join", 1)?;
    let values = values.unwrap_or_else(|| Kind::None.into());
    let values = match iterate(cx.heap, &values) {
        Err(python::Fail::Raise(raise)) if raise.class == "TypeError" => {
            return type_error("can only join an iterable");
        }
        other => other?,
    };
    let mut builder = Builder::default();
    for (n, value) in values.iter().enumerate() {
        if n > 0 {
            cx.heap.meter.build(receiver.weight())?;
            builder.push(receiver);
        }
        python::concrete::known(value)?;
        match &value.kind {
            Kind::Str(text) => {
                cx.heap.meter.build(text.weight())?;
                builder.push(text);
            }
            _ => return type_error(format!("sequence item {n}: expected str instance, {} found", type_name(value))),
        }
    }
    Ok(builder.value())
}

/// `text.replace(old, new, count)` with places kept; negative counts are unlimited.
///
/// # Errors
/// Where the result is too long.
pub fn replaced(heap: &Heap, receiver: &Str, old: &str, new: &Str, count: i64) -> Res<Str> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let mut builder = Builder::default();
    let mut at = 0;
    let found: Vec<usize> = receiver.text.match_indices(old).take(count).map(|(at, _)| at).collect();
    heap.meter.build(found.len().saturating_mul(new.weight() + 8).saturating_add(receiver.weight()))?;
    for position in found {
        builder.push(&substr(receiver, at, position));
        builder.push(new);
        at = position + old.len();
    }
    if at == 0 && builder.len() == 0 {
        return Ok(receiver.clone());
    }
    builder.push(&substr(receiver, at, receiver.text.len()));
    Ok(builder.finish())
}

fn replace(cx: &mut Call<'_>, receiver: &Str) -> Res<Value> {
    let [old, new, count] = cx.positional::<3>("str.replace", 2)?;
    let argument = |n: usize, value: Option<Value>| {
        text(&value.unwrap_or_else(|| Kind::None.into()), |kind| {
            format!("replace() argument {n} must be str, not {kind}")
        })
    };
    let (old, new) = (argument(1, old)?, argument(2, new)?);
    let count = index_or(count.as_ref(), -1)?;
    Ok(Kind::Str(replaced(cx.heap, receiver, &old.text, &new, count)?).into())
}

/// `text.strip()`.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

fn remove(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Res<Value> {
    let [affix] = cx.positional::<1>(&format!("str.{name}"), 1)?;
    let affix =
        text(&affix.unwrap_or_else(|| Kind::None.into()), |kind| format!("{name}() argument must be str, not {kind}"))?;
    let slice = match name {
        "removeprefix" => receiver.text.strip_prefix(&*affix.text),
        _ => receiver.text.strip_suffix(&*affix.text),
    };
    Ok(slice.map_or_else(|| Kind::Str(receiver.clone()).into(), |slice| part(receiver, slice)))
}
