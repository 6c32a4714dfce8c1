//! `config.get`, `config.option` (`salt/modules/config.py`): options, grains, pillar, master.

use super::lookup::{at, whole};
use super::options::is_option;
use crate::builtins::args::{flag, soft_str};
use crate::builtins::traverse::traverse;
use crate::builtins::{Call, Read};
use crate::python::Res;
use crate::python::concrete::{none, unknown};
use crate::value::{Key, Kind, Value};

/// A function of the module; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "get" => get(cx),
        "option" => option(cx),
        _ => whole(cx, Read::Opts),
    })
}

/// The value among the minion's options. Where those are not known, names that Salt's own
/// configuration has are unknown; others are taken to be absent.
fn in_options(cx: &mut Call<'_>, key: &Value, delimiter: &str) -> Res<Option<Value>> {
    let first = key.as_str().and_then(|key| key.split(delimiter).next()).unwrap_or("").to_owned();
    cx.knowledge.read(Read::Opts, &first);
    match cx.knowledge.opts(cx.heap) {
        Some(options) => {
            // What a profile says of the options is never all of them.
            let there = match &options.kind {
                Kind::Dict(id) => cx.heap.get_dict(*id).entries.contains_key(&Key::Str(first.as_str().into())),
                _ => true,
            };
            match if there { traverse(cx.heap, &options, key, delimiter)? } else { None } {
                None if is_option(&first) => unknown(format!("the minion's option {first} is not known")),
                found => Ok(found),
            }
        }
        None if is_option(&first) => unknown(format!("the minion's option {first} is not known")),
        None => Ok(None),
    }
}

fn search(cx: &mut Call<'_>, key: &Value, delimiter: &str, omit: [bool; 4]) -> Res<Option<Value>> {
    let [opts, grains, pillar, master] = omit;
    if !opts && let Some(found) = in_options(cx, key, delimiter)? {
        return Ok(Some(found));
    }
    if !grains && let Some(found) = at(cx, Read::Grain, key, delimiter)? {
        return Ok(Some(found));
    }
    if !pillar && let Some(found) = at(cx, Read::Pillar, key, delimiter)? {
        return Ok(Some(found));
    }
    if !master && let Some(data) = at(cx, Read::Pillar, &Value::str("master"), ":")? {
        return traverse(cx.heap, &data, key, delimiter);
    }
    Ok(None)
}

fn get(cx: &mut Call<'_>) -> Res<Value> {
    let parameters = ["key", "default", "delimiter", "merge", "omit_opts", "omit_pillar", "omit_master", "omit_grains"];
    let [key, default, delimiter, merge, opts, pillar, master, grains] = cx.bind("get", 0, parameters, 1)?;
    if merge.is_some_and(|merge| !matches!(merge.kind, Kind::None)) {
        return unknown("config.get with merge");
    }
    let delimiter = soft_str(cx.heap, &delimiter.unwrap_or_else(|| Value::str(":")))?.text;
    let mut omit = [false; 4];
    for (slot, value) in omit.iter_mut().zip([opts, grains, pillar, master]) {
        *slot = flag(cx.heap, value.as_ref(), false)?;
    }
    match search(cx, &key.unwrap_or_else(none), &delimiter, omit)? {
        Some(found) if found.as_str().is_some_and(|text| text.starts_with("sdb://")) => unknown("a value from sdb"),
        Some(found) => Ok(found),
        None => Ok(default.unwrap_or_else(|| Value::str(""))),
    }
}

fn option(cx: &mut Call<'_>) -> Res<Value> {
    let parameters =
        ["value", "default", "omit_opts", "omit_grains", "omit_pillar", "omit_master", "omit_all", "wildcard"];
    let [key, default, opts, grains, pillar, master, all, wildcard] = cx.bind("option", 0, parameters, 1)?;
    if flag(cx.heap, wildcard.as_ref(), false)? {
        return unknown("config.option with wildcard");
    }
    let all = flag(cx.heap, all.as_ref(), false)?;
    let mut omit = [all; 4];
    for (slot, value) in omit.iter_mut().zip([opts, grains, pillar, master]) {
        *slot |= flag(cx.heap, value.as_ref(), false)?;
    }
    // A delimiter that no key holds: `option` knows no paths.
    let found = search(cx, &key.unwrap_or_else(none), "\u{0}", omit)?;
    let default = default.filter(|default| !matches!(default.kind, Kind::None));
    Ok(found.unwrap_or_else(|| default.unwrap_or_else(|| Value::str(""))))
}
