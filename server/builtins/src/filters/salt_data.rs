//! Salt's data filters (`salt/utils/data.py`, `salt/utils/stringutils.py`, `salt/utils/jinja.py`).

use num_traits::ToPrimitive;

use super::salt_more::{compare_dicts, contains_whitespace, mysql_to_dict, recoded};
use crate::Call;
use crate::args::{absent, flag, index_or, rescue, text};
use crate::regexp::{Flags, compile, fnmatch, is_match};
use crate::traverse::traverse;
use python::concrete::{boolean, defined, none, raise, text_dict, type_error, type_name};
use python::number::{is_space, parse_float, parse_int};
use python::value::{Kind, Value};
use python::{Res, contains, iterate, length, to_str, truthy};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "traverse" => traversed(cx, input),
        "sequence" => Ok(match input.kind {
            Kind::List(_) | Kind::Tuple(_) | Kind::Set(_) | Kind::Dict(_) => input.clone(),
            _ => cx.heap.list([input.clone()]),
        }),
        "to_bool" => to_bool(cx, input),
        "is_list" => Ok(boolean(matches!(input.kind, Kind::List(_)))),
        "is_iter" => defined(input).map(|()| boolean(!matches!(input.kind, Kind::Str(_)) && iterable(input))),
        "substring_in_list" => substring(cx, input),
        "exactly_n_true" | "exactly_one_true" => exactly(cx, input),
        "sorted_ignorecase" => sorted_ignorecase(cx, input),
        "flatten" => flatten(cx, input),
        "compare_lists" => compare_lists(cx, input),
        "json_decode_dict" | "json_decode_list" | "json_encode_dict" | "json_encode_list" => recoded(cx, name, input),
        "to_num" | "str_to_num" => to_num(input),
        "is_hex" => is_hex(input),
        "contains_whitespace" => contains_whitespace(cx, input),
        "compare_dicts" => compare_dicts(cx, input),
        "json_query" => cx
            .bind("json_query", 1, ["expr"], 1)
            .and_then(|[expression]| crate::jmespath::search(cx, input, &expression.unwrap_or_else(none))),
        "mysql_to_dict" => mysql_to_dict(cx, input),
        "random_sample" => cx.bind("sample", 1, ["size", "seed"], 1).and_then(|[size, seed]| {
            let size = crate::args::index_or(size.as_ref(), 0)?;
            crate::functions::hashing::sample(cx, input, Some(size), seed.as_ref())
        }),
        "random_shuffle" => cx
            .bind("shuffle", 1, ["seed"], 0)
            .and_then(|[seed]| crate::functions::hashing::sample(cx, input, None, seed.as_ref())),
        "human_to_bytes" => human_to_bytes(cx, input),
        "check_whitelist_blacklist" => whitelist(cx, input),
        "to_snake_case" => to_snake_case(input),
        "to_camelcase" => to_camelcase(cx, input),
        "path_join" => {
            let mut parts = vec![input.clone()];
            parts.extend(cx.args.clone());
            crate::paths::path_join(&parts)
        }
        _ => return None,
    })
}

/// Whether `iter(value)` works.
pub fn iterable(value: &Value) -> bool {
    match &value.kind {
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) | Kind::Float(_) => false,
        Kind::Object(object) => {
            matches!(**object, python::value::Object::View(..) | python::value::Object::Iterator(..))
        }
        _ => true,
    }
}

fn traversed(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [key, default, delimiter] = cx.bind("traverse_dict_and_list", 1, ["key", "default", "delimiter"], 1)?;
    let delimiter = delimiter.unwrap_or_else(|| Value::str(":"));
    if matches!(delimiter.kind, Kind::None) && key.as_ref().is_some_and(|key| matches!(key.kind, Kind::Str(_))) {
        let parts =
            cx.with(Vec::new(), Vec::new(), |cx| crate::call_method(cx, &key.clone().unwrap_or_else(none), "split"))?;
        let found = traverse(cx.heap, input, &parts, ":")?;
        return Ok(found.unwrap_or_else(|| default.unwrap_or_else(none)));
    }
    let delimiter = text(&delimiter, |kind| format!("must be str or None, not {kind}"))?.text;
    let found = traverse(cx.heap, input, &key.unwrap_or_else(none), &delimiter)?;
    Ok(found.unwrap_or_else(|| default.unwrap_or_else(none)))
}

fn to_bool(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    Ok(boolean(match &input.kind {
        Kind::Str(text) => ["yes", "1", "true"].contains(&text.text.to_lowercase().as_str()),
        Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) => {
            python::number::as_int(input).is_some_and(|n| n > num_bigint::BigInt::from(0))
        }
        Kind::List(_) | Kind::Dict(_) | Kind::Set(_) => length(cx.heap, input)? > 0,
        Kind::Object(object) if matches!(**object, python::value::Object::View(_, kind) if kind != python::value::ViewKind::Values) => {
            length(cx.heap, input)? > 0
        }
        _ => false,
    }))
}

fn substring(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [list] = cx.bind("substring_in_list", 1, ["lst"], 1)?;
    let list = list.unwrap_or_else(none);
    for item in iterate(cx.heap, &list)? {
        if contains(cx.heap, &item, input)? {
            return Ok(boolean(true));
        }
    }
    Ok(boolean(false))
}

fn exactly(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [amount] = cx.bind("exactly_n", 1, ["amount"], 0)?;
    let amount = index_or(amount.as_ref(), 1)?;
    let mut n = 0;
    for item in iterate(cx.heap, input)? {
        n += i64::from(truthy(cx.heap, &item)?);
    }
    Ok(boolean(n == amount.max(0)))
}

fn sorted_ignorecase(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let mut keyed = Vec::new();
    for item in iterate(cx.heap, input)? {
        let Some(key) = item.as_str().map(str::to_lowercase) else {
            defined(&item)?;
            return raise("AttributeError", format!("'{}' object has no attribute 'lower'", type_name(&item)));
        };
        keyed.push((Value::str(key), item));
    }
    let sorted = python::sort_by_keys(cx.heap, keyed, false)?;
    Ok(cx.heap.list(sorted))
}

fn flatten(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [levels, nulls] = cx.bind("flatten", 1, ["levels", "preserve_nulls"], 0)?;
    let levels = match levels.filter(|levels| !absent(Some(levels))) {
        Some(levels) => match python::number::Number::of(&levels) {
            Some(levels) => levels.float()?.floor().to_i64(),
            None => Some(index_or(Some(&levels), 0)?),
        },
        None => None,
    };
    let nulls = flag(cx.heap, nulls.as_ref(), false)?;
    let mut out = Vec::new();
    flatten_into(cx, input, levels, nulls, 0, &mut out)?;
    Ok(cx.heap.list(out))
}

fn flatten_into(
    cx: &mut Call<'_>,
    input: &Value,
    levels: Option<i64>,
    nulls: bool,
    depth: usize,
    out: &mut Vec<Value>,
) -> Res<()> {
    if depth > python::concrete::MAX_DEPTH {
        return raise("RecursionError", "Reference cycle detected. Check input list.");
    }
    for item in iterate(cx.heap, input)? {
        defined(&item)?;
        let null = matches!(item.kind, Kind::None) || matches!(item.as_str(), Some("None" | "null"));
        if null && !nulls {
            continue;
        }
        if !matches!(item.kind, Kind::Str(_)) && iterable(&item) && levels.is_none_or(|levels| levels >= 1) {
            // Salt forgets `preserve_nulls` never, but counts levels down only where they are given.
            flatten_into(cx, &item, levels.map(|levels| levels - 1), nulls, depth + 1, out)?;
        } else {
            cx.heap.meter.slots(2)?;
            out.push(item);
        }
    }
    Ok(())
}

fn compare_lists(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [new] = cx.bind("compare_lists", 1, ["new"], 0)?;
    let new = new.unwrap_or_else(none);
    let mut found = Vec::new();
    for (name, from, other) in [("new", &new, input), ("old", input, &new)] {
        let mut items = Vec::new();
        for item in iterate(cx.heap, from)? {
            if !contains(cx.heap, other, &item)? {
                items.push(item);
            }
        }
        if !items.is_empty() {
            let list = cx.heap.list(items);
            found.push((name, list));
        }
    }
    Ok(text_dict(cx.heap, found))
}

pub(super) fn to_num(input: &Value) -> Res<Value> {
    if let Kind::Bytes(bytes) = &input.kind {
        let text = Value::str(String::from_utf8_lossy(bytes).into_owned());
        let number = to_num(&text)?;
        return Ok(if matches!(number.kind, Kind::Str(_)) { input.clone() } else { number });
    }
    if let Some(value) = rescue(super::number::to_int(input, 10), &["ValueError"])? {
        return Ok(value);
    }
    let float = rescue(super::number::to_float(input), &["ValueError"])?;
    Ok(float.map_or_else(|| input.clone(), |n| Kind::Float(n).into()))
}

fn is_hex(input: &Value) -> Res<Value> {
    Ok(boolean(input.as_str().is_some_and(|text| parse_int(text, 16).is_some())))
}

fn human_to_bytes(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [default, metric] = cx.bind("human_to_bytes", 1, ["default_unit", "handle_metric"], 0)?;
    let metric = flag(cx.heap, metric.as_ref(), false)?;
    let text = to_str(cx.heap, input)?;
    let text = text.trim_matches(is_space);
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let unit = text[split..].trim_start_matches(is_space).to_lowercase();
    if unit.contains('\n') {
        return raise("AttributeError", "'NoneType' object has no attribute 'group'");
    }
    let unit = if unit.is_empty() {
        let default = default.unwrap_or_else(|| Value::str("B"));
        match default.as_str() {
            Some(default) => default.to_lowercase(),
            None => {
                defined(&default)?;
                return raise("AttributeError", format!("'{}' object has no attribute 'lower'", type_name(&default)));
            }
        }
    } else {
        unit
    };
    let zero = || Kind::Int(0).into();
    let Some(power) = unit.chars().next().and_then(|c| "bkmgtpezy".find(c)) else { return Ok(zero()) };
    let rest = &unit[1..];
    let decimal = rest == "b" && power > 0;
    if !(decimal || rest.is_empty() || (rest == "ib" && power > 0)) {
        return Ok(zero());
    }
    let factor = if decimal && metric {
        num_bigint::BigInt::from(10).pow(u32::try_from(power * 3).unwrap_or(0))
    } else {
        num_bigint::BigInt::from(2).pow(u32::try_from(power * 10).unwrap_or(0))
    };
    if let Some(n) = parse_int(&text[..split], 10) {
        return Ok(python::concrete::integer(n * factor));
    }
    match parse_float(&text[..split]) {
        Some(n) => {
            let value = n * factor.to_f64().unwrap_or(0.0);
            python::number::float_to_int(value).map(python::concrete::integer)
        }
        None => Ok(zero()),
    }
}

fn whitelist(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [white, black] = cx.bind("check_whitelist_blacklist", 1, ["whitelist", "blacklist"], 0)?;
    let mut lists = Vec::new();
    for (name, list) in [("whitelist", white), ("blacklist", black)] {
        let list = list.unwrap_or_else(none);
        if !truthy(cx.heap, &list)? {
            lists.push((false, false));
            continue;
        }
        let expressions = match &list.kind {
            Kind::Str(_) => vec![list],
            _ if !iterable(&list) => {
                let shown = to_str(cx.heap, &list)?;
                return type_error(format!("Expecting iterable {name}, but got {} ({shown})", type_name(&list)));
            }
            _ => iterate(cx.heap, &list)?,
        };
        let mut matches = false;
        for expression in expressions {
            if let (Some(line), Some(pattern)) = (input.as_str(), expression.as_str()) {
                matches |= fnmatch(line, pattern) || {
                    let whole = format!("\\A{pattern}\\Z");
                    // A pattern that is none matches nothing.
                    rescue(compile(cx.heap, &whole, Flags::default(), line.len()), &["error"])?
                        .map_or(Ok(false), |regex| is_match(&regex, line))?
                };
            }
        }
        lists.push((true, matches));
    }
    let [(white, in_white), (black, in_black)] = [lists[0], lists[1]];
    Ok(boolean((!white || in_white) && (!black || !in_black)))
}

fn to_snake_case(input: &Value) -> Res<Value> {
    let receiver = text(input, |kind| format!("'{kind}' object is not subscriptable"))?;
    let all: Vec<char> = receiver.text.chars().collect();
    let Some(first) = all.first() else { return raise("IndexError", "string index out of range") };
    let mut out: String = first.to_lowercase().collect();
    for (n, c) in all.iter().enumerate().skip(1) {
        if c.is_uppercase() && (all[n - 1].is_lowercase() || all.get(n + 1).is_some_and(|c| c.is_lowercase())) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    Ok(Value::str(out))
}

fn to_camelcase(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [upper] = cx.bind("snake_to_camel_case", 1, ["uppercamel"], 0)?;
    let upper = flag(cx.heap, upper.as_ref(), false)?;
    let receiver = text(input, |kind| format!("'{kind}' object has no attribute 'split'"))?;
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars
            .next()
            .map_or_else(String::new, |c| c.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect())
    };
    let words: Vec<String> = receiver
        .text
        .split('_')
        .enumerate()
        .map(|(n, word)| if n > 0 || upper { capital(word) } else { word.to_owned() })
        .collect();
    Ok(Value::str(words.concat()))
}
