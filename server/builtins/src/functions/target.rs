//! `match.*` (`salt/modules/match.py`).

use super::lookup::with_merge;
use crate::args::{soft_str, text};
use crate::matcher::{Target, matches};
use crate::{Call, Read};
use python::concrete::{boolean, none, raise, unknown};
use python::value::{Kind, Value};
use python::{Fail, Res, to_str};

/// A function of the module; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "filter_by" => filter_by(cx),
        "search_by" => search_by(cx),
        "ipcidr" => ipcidr(cx),
        "grain" | "grain_pcre" | "pillar" | "pillar_pcre" => with_delimiter(cx, name),
        _ => with_id(cx, name),
    })
}

fn target(cx: &mut Call<'_>, id: Option<&Value>) -> Res<Target> {
    let id = match id {
        Some(id) if !matches!(id.kind, Kind::None) => Some(to_str(cx.heap, id)?),
        _ => cx.knowledge.minion_id().map(str::to_owned),
    };
    let options = cx.knowledge.opts(cx.heap);
    // Only expressions that name a nodegroup need to know them.
    let nodegroups = match options.map(|options| options.kind) {
        Some(Kind::Dict(id)) => {
            let found = python::concrete::dict_get(cx.heap, id, &python::value::Key::Str("nodegroups".into()));
            // Salt's default: there are none.
            Some(found.unwrap_or(None).unwrap_or_else(|| python::concrete::text_dict(cx.heap, [])))
        }
        _ => None,
    };
    Ok(Target { id, grains: cx.knowledge.grains(cx.heap), pillar: cx.knowledge.pillar(cx.heap), nodegroups })
}

fn answer(cx: &mut Call<'_>, target: &Target, engine: &str, expression: &Value, delimiter: &str) -> Res<Value> {
    python::concrete::known(expression)?;
    let expression = match &expression.kind {
        Kind::Str(text) => text.text.to_string(),
        // The words of an expression.
        Kind::List(_) | Kind::Tuple(_) if engine == "compound" => {
            let words = python::iterate(cx.heap, expression)?;
            words.iter().map(|word| to_str(cx.heap, word)).collect::<Res<Vec<_>>>()?.join(" ")
        }
        // A list of names: `minion_id in tgt`.
        Kind::List(_) | Kind::Tuple(_) if engine == "list" => match &target.id {
            Some(id) => return python::contains(cx.heap, expression, &Value::str(id.as_str())).map(boolean),
            None => return unknown("the minion's id is not known"),
        },
        _ => return Ok(boolean(false)),
    };
    if let (true, Some(key)) = (engine.starts_with("grain"), expression.split(delimiter).next()) {
        cx.knowledge.read(Read::Grain, key);
    }
    match matches(cx.heap, target, engine, &expression, delimiter) {
        Ok(found) => Ok(boolean(found)),
        // Salt logs whatever goes wrong and answers False.
        Err(Fail::Raise(_)) => Ok(boolean(false)),
        Err(fail) => Err(fail),
    }
}

fn with_delimiter(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    let [expression, delimiter] = cx.bind(name, 0, ["tgt", "delimiter"], 1)?;
    let delimiter = soft_str(cx.heap, &delimiter.unwrap_or_else(|| Value::str(":")))?.text;
    let target = target(cx, None)?;
    answer(cx, &target, name, &expression.unwrap_or_else(none), &delimiter)
}

fn with_id(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    let [expression, id] = cx.bind(name, 0, ["tgt", "minion_id"], 1)?;
    let target = target(cx, id.as_ref())?;
    answer(cx, &target, name, &expression.unwrap_or_else(none), ":")
}

/// Neither an address nor a network: an empty list.
fn ipcidr(cx: &mut Call<'_>) -> Res<Value> {
    let [expression] = cx.bind("ipcidr", 0, ["tgt"], 1)?;
    let expression = expression.unwrap_or_else(none);
    python::concrete::known(&expression)?;
    let valid = crate::args::rescue(crate::ip::to_network(cx.heap, &expression, true), &["ValueError"])?;
    let Some(network) = valid else { return Ok(cx.heap.list([])) };
    let target = target(cx, None)?;
    let whole = network.prefix() == network.bits() && !expression.as_str().is_some_and(|text| text.contains('/'));
    let text = if whole { crate::ip::plain(network.address) } else { network.text() };
    answer(cx, &target, "ipcidr", &Value::str(text), ":")
}

fn filter_by(cx: &mut Call<'_>) -> Res<Value> {
    let parameters = ["lookup", "tgt_type", "minion_id", "merge", "merge_lists", "default"];
    let [table, engine, id, merge, _lists, default] = cx.bind("filter_by", 0, parameters, 1)?;
    let engine = text(&engine.unwrap_or_else(|| Value::str("compound")), |_| "'tgt_type'".to_owned())?.text;
    let table = table.unwrap_or_else(none);
    python::concrete::defined(&table)?;
    let Kind::Dict(dict) = table.kind else {
        return raise("TypeError", format!("'{}' object is not iterable", python::type_name(&table)));
    };
    let target = target(cx, id.as_ref())?;
    for (key, value) in python::concrete::pairs(cx.heap, dict)? {
        let found = answer(cx, &target, &engine, &key, ":")?;
        if matches!(found.kind, Kind::Bool(true)) {
            let value = Some(value).filter(|value| !matches!(value.kind, Kind::None));
            return with_merge(cx, value, merge);
        }
    }
    let default = python::key_of(cx.heap, &default.unwrap_or_else(|| Value::str("default")))?;
    Ok(python::concrete::dict_get(cx.heap, dict, &default)?.unwrap_or_else(none))
}

/// The keys of the table with a target that matches, one for each that does; `None` if there is none.
fn search_by(cx: &mut Call<'_>) -> Res<Value> {
    let [table, engine, id] = cx.bind("search_by", 0, ["lookup", "tgt_type", "minion_id"], 1)?;
    let engine = text(&engine.unwrap_or_else(|| Value::str("compound")), |_| "'tgt_type'".to_owned())?.text;
    let target = target(cx, id.as_ref())?;
    let mut found = Vec::new();
    for (key, targets) in python::concrete::iterate_keys(cx.heap, &table.unwrap_or_else(none))? {
        for one in python::iterate(cx.heap, &targets)? {
            if matches!(answer(cx, &target, &engine, &one, ":")?.kind, Kind::Bool(true)) {
                found.push(key.clone());
            }
        }
    }
    Ok(if found.is_empty() { none() } else { cx.heap.list(found) })
}
