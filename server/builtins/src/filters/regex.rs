//! Salt's regular-expression and quoting filters (`salt/utils/jinja.py`).

use crate::Call;
use crate::args::{flag, text};
use crate::regexp::{Flags, compile, escape, search, sub};
use python::Res;
use python::concrete::{none, tuple, type_error};
use python::strings::{Builder, substr};
use python::value::{Kind, Value};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "regex_escape" => string(input).map(|text| Value::str(escape(&text.text))),
        "regex_search" | "regex_match" => groups(cx, name, input),
        "regex_replace" => replace(cx, input),
        // `shlex.quote`: whatever is false is quoted as nothing.
        "quote"
            if !matches!(input.kind, Kind::Str(_) | Kind::Undefined(_))
                && matches!(python::truthy(cx.heap, input), Ok(false)) =>
        {
            Ok(Value::str("''"))
        }
        "quote" => string(input).map(|text| Value::str(quote(&text.text))),
        "skip" => Ok(Value::str("")),
        _ => return None,
    })
}

/// A pattern as `re` takes it.
pub fn pattern(value: Option<Value>) -> Res<python::value::Str> {
    let value = value.unwrap_or_else(none);
    match &value.kind {
        Kind::List(_) | Kind::Dict(_) | Kind::Set(_) => {
            type_error(format!("unhashable type: '{}'", python::type_name(&value)))
        }
        _ => text(&value, |_| "first argument must be string or compiled pattern".to_owned()),
    }
}

fn string(value: &Value) -> Res<python::value::Str> {
    text(value, |kind| format!("expected string or bytes-like object, got '{kind}'"))
}

fn quote(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if text.is_empty() {
        "''".to_owned()
    } else if text.chars().all(safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'"))
    }
}

fn groups(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    let [pattern, ignore_case, multi_line] = cx.bind(name, 1, ["rgx", "ignorecase", "multiline"], 1)?;
    let flags = Flags {
        ignore_case: flag(cx.heap, ignore_case.as_ref(), false)?,
        multi_line: flag(cx.heap, multi_line.as_ref(), false)?,
        anchored: name == "regex_match",
    };
    let pattern = self::pattern(pattern)?;
    let receiver = string(input)?;
    let regex = compile(cx.heap, &pattern.text, flags, receiver.text.len())?;
    let Some(found) = search(&regex, &receiver.text)? else { return Ok(none()) };
    let value = |n: usize| found.get(n).map_or_else(none, |m| Kind::Str(substr(&receiver, m.start(), m.end())).into());
    Ok(if found.len() <= 1 { tuple(vec![value(0)]) } else { tuple((1..found.len()).map(value).collect()) })
}

fn replace(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [pattern, replacement, ignore_case, multi_line] =
        cx.bind("regex_replace", 1, ["rgx", "val", "ignorecase", "multiline"], 2)?;
    let flags = Flags {
        ignore_case: flag(cx.heap, ignore_case.as_ref(), false)?,
        multi_line: flag(cx.heap, multi_line.as_ref(), false)?,
        anchored: false,
    };
    let pattern = self::pattern(pattern)?;
    let replacement =
        text(&replacement.unwrap_or_else(none), |_| "decoding to str: need a bytes-like object".to_owned())?;
    let receiver = string(input)?;
    let regex = compile(cx.heap, &pattern.text, flags, receiver.text.len())?;
    let mut builder = Builder::default();
    for (kept, replaced) in sub(cx.heap, &regex, &replacement.text, &receiver.text)? {
        match kept {
            Some((start, end)) => builder.push(&substr(&receiver, start, end)),
            None => builder.push_str(&replaced),
        }
    }
    Ok(builder.value())
}
