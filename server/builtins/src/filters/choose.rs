//! Filters that go over a sequence with another filter, a test or an attribute: `map`, `select`,
//! `sort`, `groupby`, ….

use super::attribute::{get, ignore_case, parts};
use crate::args::flag;
use crate::{Call, call_filter, call_test};
use python::concrete::{iterator, known, raise, tuple, type_error};
use python::percent::quoted;
use python::value::{Kind, Value};
use python::{Res, binary, equals, iterate, less, sort_by_keys, to_str, truthy};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "map" => map(cx, input),
        "select" => select(cx, input, true, false),
        "reject" => select(cx, input, false, false),
        "selectattr" => select(cx, input, true, true),
        "rejectattr" => select(cx, input, false, true),
        "sort" => sort(cx, input),
        "dictsort" => dictsort(cx, input),
        "groupby" => groupby(cx, input),
        "sum" => sum(cx, input),
        "min" | "max" => extreme(cx, name, input),
        _ => return None,
    })
}

fn map(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    if !truthy(cx.heap, input)? {
        return Ok(iterator(cx.heap, "generator", Vec::new()));
    }
    let items = iterate(cx.heap, input)?;
    let mut out = Vec::with_capacity(items.len());
    let by_attribute = cx.kwargs.iter().any(|(name, _)| name == "attribute");
    if cx.args.is_empty() && by_attribute {
        let take = |cx: &Call<'_>, wanted: &str| cx.kwargs.iter().find(|(n, _)| n == wanted).map(|(_, v)| v.clone());
        if let Some((name, _)) = cx.kwargs.iter().find(|(name, _)| name != "attribute" && name != "default") {
            return raise("FilterArgumentError", format!("Unexpected keyword argument {}", quoted(name)));
        }
        let (attribute, default) = (take(cx, "attribute"), take(cx, "default"));
        let parts = parts(attribute.as_ref())?;
        for item in &items {
            out.push(get(cx, item, &parts, default.as_ref())?);
        }
    } else {
        let Some(name) = cx.args.first().cloned() else {
            return raise("FilterArgumentError", "map requires a filter argument");
        };
        let name = to_str(cx.heap, &name)?;
        let (args, kwargs) = (cx.args[1..].to_vec(), cx.kwargs.clone());
        for item in &items {
            match cx.with(args.clone(), kwargs.clone(), |cx| call_filter(cx, &name, item)) {
                Some(value) => out.push(value?),
                None => return raise("TemplateRuntimeError", format!("No filter named {}.", quoted(&name))),
            }
        }
    }
    Ok(iterator(cx.heap, "generator", out))
}

fn select(cx: &mut Call<'_>, input: &Value, wanted: bool, by_attribute: bool) -> Res<Value> {
    if !truthy(cx.heap, input)? {
        return Ok(iterator(cx.heap, "generator", Vec::new()));
    }
    let items = iterate(cx.heap, input)?;
    let path = if by_attribute {
        match cx.args.first() {
            Some(attribute) => parts(Some(attribute))?,
            None => return raise("FilterArgumentError", "Missing parameter for attribute name"),
        }
    } else {
        Vec::new()
    };
    let offset = usize::from(by_attribute);
    let test = match cx.args.get(offset).cloned() {
        Some(name) => Some(to_str(cx.heap, &name)?),
        None => None,
    };
    let args = cx.args.get(offset + 1..).unwrap_or(&[]).to_vec();
    let kwargs = cx.kwargs.clone();
    let mut out = Vec::new();
    for item in items {
        let value = get(cx, &item, &path, None)?;
        let holds = match &test {
            None => truthy(cx.heap, &value)?,
            Some(name) => match cx.with(args.clone(), kwargs.clone(), |cx| call_test(cx, name, &value)) {
                Some(holds) => holds?,
                None => return raise("TemplateRuntimeError", format!("No test named {}.", quoted(name))),
            },
        };
        if holds == wanted {
            out.push(item);
        }
    }
    Ok(iterator(cx.heap, "generator", out))
}

fn sort(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [reverse, case_sensitive, attribute] = cx.bind("do_sort", 2, ["reverse", "case_sensitive", "attribute"], 0)?;
    let (reverse, sensitive) =
        (flag(cx.heap, reverse.as_ref(), false)?, flag(cx.heap, case_sensitive.as_ref(), false)?);
    let paths: Vec<Vec<Value>> = match attribute.as_ref().and_then(Value::as_str) {
        Some(text) => text.split(',').map(|one| parts(Some(&Value::str(one)))).collect::<Res<_>>()?,
        None => vec![parts(attribute.as_ref())?],
    };
    let mut keyed = Vec::new();
    for item in iterate(cx.heap, input)? {
        let mut keys = Vec::with_capacity(paths.len());
        for path in &paths {
            let key = get(cx, &item, path, None)?;
            known(&key)?;
            keys.push(if sensitive { key } else { ignore_case(key) });
        }
        keyed.push((tuple(keys), item));
    }
    let sorted = sort_by_keys(cx.heap, keyed, reverse)?;
    Ok(cx.heap.list(sorted))
}

fn dictsort(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [case_sensitive, by, reverse] = cx.bind("do_dictsort", 1, ["case_sensitive", "by", "reverse"], 0)?;
    let sensitive = flag(cx.heap, case_sensitive.as_ref(), false)?;
    let at = match by.as_ref().map(Value::as_str) {
        None | Some(Some("key")) => 0,
        Some(Some("value")) => 1,
        _ => return raise("FilterArgumentError", "You can only sort by either \"key\" or \"value\""),
    };
    let reverse = flag(cx.heap, reverse.as_ref(), false)?;
    python::concrete::defined(input)?;
    let Kind::Dict(id) = input.kind else {
        let name = python::type_name(input);
        return raise("AttributeError", format!("'{name}' object has no attribute 'items'"));
    };
    let keyed = python::concrete::pairs(cx.heap, id)?
        .into_iter()
        .map(|(key, value)| {
            let by = if at == 0 { key.clone() } else { value.clone() };
            (if sensitive { by } else { ignore_case(by) }, tuple(vec![key, value]))
        })
        .collect();
    let sorted = sort_by_keys(cx.heap, keyed, reverse)?;
    Ok(cx.heap.list(sorted))
}

fn groupby(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [attribute, default, case_sensitive] =
        cx.bind("sync_do_groupby", 2, ["attribute", "default", "case_sensitive"], 1)?;
    let sensitive = flag(cx.heap, case_sensitive.as_ref(), false)?;
    let path = parts(attribute.as_ref())?;
    let mut keyed = Vec::new();
    for item in iterate(cx.heap, input)? {
        let key = get(cx, &item, &path, default.as_ref())?;
        known(&key)?;
        let folded = if sensitive { key.clone() } else { ignore_case(key.clone()) };
        keyed.push((folded.clone(), tuple(vec![folded, key, item])));
    }
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for triple in sort_by_keys(cx.heap, keyed, false)? {
        let Kind::Tuple(triple) = triple.kind else { continue };
        let [folded, key, item] = &*triple else { continue };
        match groups.last_mut() {
            Some((last, _, items)) if equals(cx.heap, last, folded)? => items.push(item.clone()),
            _ => groups.push((folded.clone(), key.clone(), vec![item.clone()])),
        }
    }
    let tuples: Vec<Value> = groups
        .into_iter()
        .map(|(_, key, items)| {
            let items = cx.heap.list(items);
            tuple(vec![key, items])
        })
        .collect();
    Ok(cx.heap.list(tuples))
}

fn sum(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [attribute, start] = cx.bind("sync_do_sum", 2, ["attribute", "start"], 0)?;
    let path = parts(attribute.as_ref())?;
    let mut total = start.unwrap_or_else(|| Kind::Int(0).into());
    if matches!(total.kind, Kind::Str(_)) {
        return type_error("sum() can't sum strings [use ''.join(seq) instead]");
    }
    for item in iterate(cx.heap, input)? {
        let item = get(cx, &item, &path, None)?;
        total = binary(cx.heap, syntax::jinja::BinaryOp::Add, &total, &item)?;
    }
    Ok(total)
}

/// Salt's `min` and `max`: Python's own.
fn extreme(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    let _: [Option<Value>; 0] = cx.bind(&format!("lst_{name}"), 1, [], 0)?;
    let mut best: Option<Value> = None;
    for item in python::elements(cx.heap, input)? {
        best = Some(match best {
            None => item,
            Some(best) => {
                let better = if name == "min" { less(cx.heap, &item, &best)? } else { greater(cx, &item, &best)? };
                if better { item } else { best }
            }
        });
    }
    match best {
        Some(best) => Ok(best),
        None => python::concrete::value_error(format!("{name}() arg is an empty sequence")),
    }
}

fn greater(cx: &mut Call<'_>, a: &Value, b: &Value) -> Res<bool> {
    python::compare(cx.heap, syntax::jinja::CompareOp::Gt, a, b)
}
