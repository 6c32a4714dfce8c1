//! markupsafe's `Markup`: a text that counts as escaped and escapes what it is put together with.
//! Salt's `json`, `yaml` and `python` filters give such texts.

use super::{Res, to_str};
use crate::value::{Heap, Kind, Str, Value};

/// `markupsafe.escape` of plain text.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '>' => out.push_str("&gt;"),
            '<' => out.push_str("&lt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    out
}

/// `markupsafe.escape(value)`: what is a `Markup` already stays as it is.
///
/// # Errors
/// As `str(value)`.
pub fn escaped(heap: &Heap, value: &Value) -> Res<Str> {
    match &value.kind {
        Kind::Str(text) => Ok(escaped_str(text)),
        _ => Ok(Str::plain(escape(&to_str(heap, value)?)).into_markup()),
    }
}

/// A text as a `Markup`, escaped unless it is one.
pub fn escaped_str(text: &Str) -> Str {
    if text.markup {
        return text.clone();
    }
    // Text that stays the same keeps its places.
    if text.text.contains(['&', '<', '>', '\'', '"']) {
        Str::plain(escape(&text.text)).into_markup()
    } else {
        text.clone().into_markup()
    }
}

/// Marks a result that is a text.
pub fn marked(value: Value) -> Value {
    match value.kind {
        Kind::Str(text) => Value { kind: Kind::Str(text.into_markup()), source: value.source },
        _ => value,
    }
}

/// Whether a value is a `Markup`.
pub fn is_markup(value: &Value) -> bool {
    matches!(&value.kind, Kind::Str(text) if text.markup)
}
