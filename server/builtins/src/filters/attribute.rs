//! jinja2's `make_attrgetter`: `attribute='a.0.b'` of `map`, `sort`, `groupby`, ….

use crate::Call;
use python::concrete::defined;
use python::value::{Kind, Value};
use python::{Res, getitem};

/// The parts of an `attribute` argument; digits are indexes.
pub(super) fn parts(attribute: Option<&Value>) -> Res<Vec<Value>> {
    let Some(attribute) = attribute else { return Ok(Vec::new()) };
    Ok(match &attribute.kind {
        Kind::None => Vec::new(),
        Kind::Str(text) => text
            .text
            .split('.')
            .map(|part| match part.parse::<i64>() {
                Ok(n) if part.bytes().all(|b| b.is_ascii_digit()) => Kind::Int(n).into(),
                _ => Value::str(part),
            })
            .collect(),
        _ => {
            defined(attribute)?;
            vec![attribute.clone()]
        }
    })
}

/// The item at the parts; undefined ones become `default`.
pub(super) fn get(cx: &mut Call<'_>, item: &Value, parts: &[Value], default: Option<&Value>) -> Res<Value> {
    let mut item = item.clone();
    for part in parts {
        item = getitem(cx.heap, &item, part)?;
        if let (Kind::Undefined(_), Some(default)) = (&item.kind, default.filter(|d| !matches!(d.kind, Kind::None))) {
            item = default.clone();
        }
    }
    Ok(item)
}

/// jinja2's `ignore_case`.
pub(super) fn ignore_case(value: Value) -> Value {
    match &value.kind {
        Kind::Str(text) => Value::str(text.text.to_lowercase()),
        _ => value,
    }
}
