//! `find`, `count`, `startswith` and their kin.

use super::super::Call;
use super::super::args::text;
use python::Res;
use python::concrete::{boolean, count, type_error, type_name, value_error};
use python::number::as_index;
use python::strings::{byte_at, chars, clamp_index};
use python::value::{Kind, Str, Value};

/// The bytes that `start` and `end` arguments bound, and the character that `start` is.
fn bounds(receiver: &str, start: Option<&Value>, end: Option<&Value>) -> Res<Option<(usize, usize, usize)>> {
    let len = chars(receiver);
    let part = |value: Option<&Value>, default: i64| -> Res<i64> {
        match value {
            None => Ok(default),
            Some(value) if matches!(value.kind, Kind::None) => Ok(default),
            Some(value) => match as_index(value) {
                Some(n) => Ok(n),
                None => type_error("slice indices must be integers or None or have an __index__ method"),
            },
        }
    };
    let (start, end) = (part(start, 0)?, part(end, i64::MAX)?);
    if start > i64::try_from(len).unwrap_or(i64::MAX) {
        return Ok(None);
    }
    let (start, end) = (clamp_index(start, len), clamp_index(end, len));
    Ok((start <= end).then(|| (byte_at(receiver, start), byte_at(receiver, end), start)))
}

/// Searching methods; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "find" | "index" | "rfind" | "rindex" => find(cx, &receiver.text, name),
        "count" => occurrences(cx, &receiver.text),
        "startswith" | "endswith" => affix(cx, &receiver.text, name),
        _ => return None,
    })
}

fn must_be_str(kind: &str) -> String {
    format!("must be str, not {kind}")
}

/// The arguments of searching methods.
fn arguments(cx: &Call<'_>, name: &str) -> Res<[Option<Value>; 3]> {
    match cx.args.len() {
        _ if !cx.kwargs.is_empty() => type_error(format!("str.{name}() takes no keyword arguments")),
        0 => type_error(format!("{name}() takes at least 1 argument (0 given)")),
        n @ 4.. => type_error(format!("{name}() takes at most 3 arguments ({n} given)")),
        _ => Ok(std::array::from_fn(|n| cx.args.get(n).cloned())),
    }
}

fn find(cx: &mut Call<'_>, receiver: &str, name: &str) -> Res<Value> {
    let [part, start, end] = arguments(cx, name)?;
    let bounds = bounds(receiver, start.as_ref(), end.as_ref())?;
    let part = text(&part.unwrap_or_else(|| Value::str("")), must_be_str)?;
    let found = bounds.and_then(|(from, to, _)| {
        let within = receiver.get(from..to)?;
        let at = if name.starts_with('r') { within.rfind(&*part.text) } else { within.find(&*part.text) };
        at.map(|at| from + at)
    });
    match found {
        Some(at) => Ok(count(chars(&receiver[..at]))),
        None if name.ends_with("index") => value_error("substring not found"),
        None => Ok(Kind::Int(-1).into()),
    }
}

fn occurrences(cx: &mut Call<'_>, receiver: &str) -> Res<Value> {
    let [part, start, end] = arguments(cx, "count")?;
    let bounds = bounds(receiver, start.as_ref(), end.as_ref())?;
    let part = text(&part.unwrap_or_else(|| Value::str("")), must_be_str)?;
    let Some((from, to, _)) = bounds else { return Ok(count(0)) };
    let within = receiver.get(from..to).unwrap_or("");
    Ok(count(if part.text.is_empty() { chars(within) + 1 } else { within.matches(&*part.text).count() }))
}

fn affix(cx: &mut Call<'_>, receiver: &str, name: &str) -> Res<Value> {
    let [part, start, end] = arguments(cx, name)?;
    let part = part.unwrap_or_else(|| Value::str(""));
    python::concrete::known(&part)?;
    let within = bounds(receiver, start.as_ref(), end.as_ref())?.and_then(|(from, to, _)| receiver.get(from..to));
    let holds =
        |text: &str| within.is_some_and(|s| if name == "startswith" { s.starts_with(text) } else { s.ends_with(text) });
    match &part.kind {
        Kind::Str(text) => Ok(boolean(holds(&text.text))),
        Kind::Tuple(parts) => {
            for part in &**parts {
                let part = text(part, |kind| format!("tuple for {name} must only contain str, not {kind}"))?;
                if holds(&part.text) {
                    return Ok(boolean(true));
                }
            }
            Ok(boolean(false))
        }
        _ => type_error(format!("{name} first arg must be str or a tuple of str, not {}", type_name(&part))),
    }
}
