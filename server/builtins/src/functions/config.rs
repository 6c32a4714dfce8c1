//! `config.get`, `config.option` (`salt/modules/config.py`): options, grains, pillar, master.

use super::lookup::{at, whole};
use super::options::is_option;
use crate::args::{flag, soft_str};
use crate::traverse::traverse;
use crate::{Call, Read};
use python::concrete::{boolean, none, unknown};
use python::value::{Key, Kind, Value};
use python::{Res, truthy};

/// A function of the module; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "get" => get(cx),
        "option" => option(cx),
        "merge" => merge(cx),
        "dot_vals" => unknown("config.dot_vals looks into the minion's options"),
        "valid_fileproto" => cx.bind("valid_fileproto", 0, ["uri"], 1).and_then(|[uri]| {
            let uri = uri.unwrap_or_else(none);
            let Some(text) = uri.as_str() else { return unknown("a URI that is no text") };
            let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_lowercase();
            let protocols = ["salt", "file", "http", "https", "ftp", "swift", "s3"];
            Ok(boolean(protocols.contains(&scheme.as_str())))
        }),
        "manage_mode" => manage_mode(cx),
        "backup_mode" => cx.bind("backup_mode", 0, ["backup"], 0).and_then(|[mode]| match mode {
            Some(mode) if truthy(cx.heap, &mode)? => Ok(mode),
            _ => unknown("the minion's option backup_mode is not known"),
        }),
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
    let delimiter = soft_str(cx.heap, &delimiter.unwrap_or_else(|| Value::str(":")))?.text;
    let mut omit = [false; 4];
    for (slot, value) in omit.iter_mut().zip([opts, grains, pillar, master]) {
        *slot = flag(cx.heap, value.as_ref(), false)?;
    }
    let key = key.unwrap_or_else(none);
    let found = match merge.filter(|merge| !matches!(merge.kind, Kind::None)) {
        Some(merge) => merged(cx, &key, &delimiter, merge.as_str() == Some("overwrite"))?,
        None => search(cx, &key, &delimiter, omit)?,
    };
    match found {
        Some(found) if found.as_str().is_some_and(|text| text.starts_with("sdb://")) => unknown("a value from sdb"),
        Some(found) => Ok(found),
        None => Ok(default.unwrap_or_else(|| Value::str(""))),
    }
}

/// `config.get` with `merge`: the master's pillar data, the pillar, the grains and the options, put
/// over each other. Only the first part of the key needs to be looked at in each.
fn merged(cx: &mut Call<'_>, key: &Value, delimiter: &str, _overwrite: bool) -> Res<Option<Value>> {
    let Some(first) = key.as_str().and_then(|key| key.split(delimiter).next()).map(Value::str) else {
        return unknown("config.get with merge and a key that is no text");
    };
    let name = first.as_str().unwrap_or_default().to_owned();
    if is_option(&name) {
        return unknown(format!("the minion's option {name} is not known"));
    }
    let data: Value = Kind::Dict(cx.heap.dict()).into();
    let mut sources = vec![at(cx, Read::Pillar, &Value::str("master"), ":")?];
    cx.knowledge.read(Read::Pillar, key.as_str().unwrap_or_default());
    sources.push(Some(whole(cx, Read::Pillar)?));
    cx.knowledge.read(Read::Grain, key.as_str().unwrap_or_default());
    sources.push(Some(whole(cx, Read::Grain)?));
    sources.push(cx.knowledge.opts(cx.heap));
    let hashed = Key::Str(name.as_str().into());
    for source in sources.into_iter().flatten() {
        if let Kind::Dict(id) = source.kind
            && let Some((_, slot)) = cx.heap.get_dict(id).entries.get(&hashed).cloned()
        {
            if !slot.when.is_always() || slot.repeated {
                return unknown("a key that may be missing");
            }
            let found = super::data::deep_copy(cx.heap, &slot.value)?;
            let one = cx.heap.dict();
            cx.heap.insert(one, hashed.clone(), first.clone(), found);
            super::data::update(cx.heap, &data, &Kind::Dict(one).into(), true, false)?;
        }
    }
    traverse(cx.heap, &data, key, delimiter)
}

/// `config.merge`, as far as no option has the name.
fn merge(cx: &mut Call<'_>) -> Res<Value> {
    let parameters = ["value", "default", "omit_opts", "omit_master", "omit_pillar"];
    let [key, default, opts, master, pillar] = cx.bind("merge", 0, parameters, 1)?;
    let key = key.unwrap_or_else(none);
    let mut omit = [false; 3];
    for (slot, value) in omit.iter_mut().zip([opts, master, pillar]) {
        *slot = flag(cx.heap, value.as_ref(), false)?;
    }
    let name = key.as_str().unwrap_or_default().to_owned();
    if is_option(&name) {
        return unknown(format!("the minion's option {name} is not known"));
    }
    let data = at(cx, Read::Pillar, &Value::str("master"), ":")?.unwrap_or_else(none);
    let of_master = if omit[1] { None } else { super::lookup::direct(cx, &data, &key)? };
    let data = whole(cx, Read::Pillar)?;
    let of_pillar = if omit[2] { None } else { super::lookup::direct(cx, &data, &key)? };
    match (of_master, of_pillar) {
        (Some(_), Some(_)) => unknown("config.merge of the master's data and the pillar"),
        (Some(found), None) | (None, Some(found)) if !matches!(found.kind, Kind::None) => Ok(found),
        _ => Ok(default.unwrap_or_else(|| Value::str(""))),
    }
}

/// `normalize_mode` (`salt/utils/files.py`).
fn manage_mode(cx: &mut Call<'_>) -> Res<Value> {
    let [mode] = cx.bind("manage_mode", 0, ["mode"], 1)?;
    let mode = mode.unwrap_or_else(none);
    if matches!(mode.kind, Kind::None) {
        return Ok(none());
    }
    let text = python::to_str(cx.heap, &mode)?.replace("0o", "0");
    let text = text.trim_matches('"').trim_matches('\'').trim_start_matches('0');
    let missing = 4_usize.saturating_sub(text.chars().count());
    let sign = text.strip_prefix(['+', '-']).map_or(0, |_| 1);
    let (sign, digits) = text.split_at(sign);
    Ok(Value::str(format!("{sign}{}{digits}", "0".repeat(missing))))
}

fn option(cx: &mut Call<'_>) -> Res<Value> {
    let parameters =
        ["value", "default", "omit_opts", "omit_grains", "omit_pillar", "omit_master", "omit_all", "wildcard"];
    let [key, default, opts, grains, pillar, master, all, wildcard] = cx.bind("option", 0, parameters, 1)?;
    let all = flag(cx.heap, all.as_ref(), false)?;
    let mut omit = [all; 4];
    for (slot, value) in omit.iter_mut().zip([opts, grains, pillar, master]) {
        *slot |= flag(cx.heap, value.as_ref(), false)?;
    }
    let key = key.unwrap_or_else(none);
    let default = default.filter(|default| !matches!(default.kind, Kind::None));
    if flag(cx.heap, wildcard.as_ref(), false)? {
        return wildcards(cx, &key, default, omit);
    }
    let hashed = python::key_of(cx.heap, &key)?;
    let Some(name) = key.as_str().map(str::to_owned) else {
        return Ok(default.unwrap_or_else(|| Value::str("")));
    };
    if !omit[0] {
        // No path: a colon is a part of the name.
        let options = cx.knowledge.opts(cx.heap);
        cx.knowledge.read(Read::Opts, &name);
        if let Some(Kind::Dict(id)) = options.map(|options| options.kind)
            && let Some((_, slot)) = cx.heap.get_dict(id).entries.get(&hashed)
        {
            // What a profile says of the options is never all of them.
            return Ok(slot.value.clone());
        }
        if is_option(&name) {
            return unknown(format!("the minion's option {name} is not known"));
        }
    }
    for (omitted, what) in [(omit[1], Read::Grain), (omit[2], Read::Pillar)] {
        if omitted {
            continue;
        }
        cx.knowledge.read(what, &name);
        let data = whole(cx, what)?;
        if let Some(found) = super::lookup::direct(cx, &data, &key)? {
            return Ok(found);
        }
    }
    if !omit[3]
        && let Some(data) = at(cx, Read::Pillar, &Value::str("master"), ":")?
        && let Some(found) = super::lookup::direct(cx, &data, &key)?
    {
        return Ok(found);
    }
    Ok(default.unwrap_or_else(|| Value::str("")))
}

/// All names that match, of each source that is not left out.
fn wildcards(cx: &mut Call<'_>, key: &Value, default: Option<Value>, omit: [bool; 4]) -> Res<Value> {
    let Some(pattern) = key.as_str().map(str::to_owned) else {
        return unknown("config.option with a wildcard that is no text");
    };
    if !omit[0] {
        return unknown("the names of the minion's options are not all known");
    }
    if super::options::matching(&pattern) {
        return unknown("a default of Salt's own");
    }
    let result = cx.heap.dict();
    let mut sources = Vec::new();
    if !omit[3] {
        sources.extend(at(cx, Read::Pillar, &Value::str("master"), ":")?);
    }
    if !omit[2] {
        sources.push(whole(cx, Read::Pillar)?);
    }
    if !omit[1] {
        sources.push(whole(cx, Read::Grain)?);
    }
    for source in sources {
        let Kind::Dict(id) = source.kind else { continue };
        for (name, value) in python::concrete::pairs(cx.heap, id)? {
            if name.as_str().is_some_and(|name| crate::fnmatch(name, &pattern)) {
                let hashed = python::key_of(cx.heap, &name)?;
                cx.heap.insert(result, hashed, name, value);
            }
        }
    }
    if cx.heap.get_dict(result).entries.is_empty() {
        return Ok(default.unwrap_or_else(|| Kind::Dict(result).into()));
    }
    Ok(Kind::Dict(result).into())
}
