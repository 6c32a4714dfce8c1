//! Methods of `str` that change or ask about characters.

use super::super::Call;
use super::super::args::{index, index_or, text};
use python::concrete::{boolean, type_error};
use python::format::{Fields, str_format};
use python::number::is_space;
use python::strings::{Builder, chars};
use python::value::{Kind, Str, Value};
use python::{Res, printable};

/// A method of `str`; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Option<Res<Value>> {
    if let Some(found) = super::split::call(cx, receiver, name).or_else(|| super::search::call(cx, receiver, name)) {
        return Some(found);
    }
    let text = &*receiver.text;
    Some(match name {
        "lower" | "upper" | "title" | "capitalize" | "swapcase" | "casefold" => {
            cx.positional::<0>(&format!("str.{name}"), 0).map(|_| Value::str(case(text, name)))
        }
        "isdigit" | "isdecimal" | "isnumeric" | "isalpha" | "isalnum" | "isspace" | "isupper" | "islower"
        | "istitle" | "isascii" | "isprintable" | "isidentifier" => {
            cx.positional::<0>(&format!("str.{name}"), 0).map(|_| boolean(is(text, name)))
        }
        "center" | "ljust" | "rjust" => justify(cx, receiver, name),
        "zfill" => zfill(cx, receiver),
        "expandtabs" => expandtabs(cx, text),
        "encode" => super::encode::encode(cx, text),
        "translate" => super::encode::translate(cx, text),
        "maketrans" => super::encode::maketrans(cx),
        "format" => {
            let (positional, named) = (cx.args.clone(), cx.kwargs.clone());
            str_format(cx.heap, text, &mut Fields::new(&positional, &named)).map(Value::str)
        }
        "format_map" => format_map(cx, text),
        _ => return None,
    })
}

fn format_map(cx: &mut Call<'_>, template: &str) -> Res<Value> {
    let [mapping] = cx.positional::<1>("format_map", 1)?;
    let mapping = mapping.unwrap_or_else(|| Kind::None.into());
    let Kind::Dict(id) = mapping.kind else {
        // Only a field looks into it.
        if !template.replace("{{", "").contains('{') {
            return str_format(cx.heap, template, &mut Fields::new(&[], &[])).map(Value::str);
        }
        python::concrete::defined(&mapping)?;
        return type_error(format!("'{}' object is not subscriptable", python::type_name(&mapping)));
    };
    let named: Vec<(smol_str::SmolStr, Value)> = python::concrete::pairs(cx.heap, id)?
        .into_iter()
        .filter_map(|(key, value)| Some((key.as_str()?.into(), value)))
        .collect();
    str_format(cx.heap, template, &mut Fields::new(&[], &named)).map(Value::str)
}

fn title_char(c: char) -> String {
    match c {
        'Ǆ' | 'ǆ' | 'ǅ' => return "ǅ".to_owned(),
        'Ǉ' | 'ǉ' | 'ǈ' => return "ǈ".to_owned(),
        'Ǌ' | 'ǌ' | 'ǋ' => return "ǋ".to_owned(),
        'Ǳ' | 'ǳ' | 'ǲ' => return "ǲ".to_owned(),
        _ => {}
    }
    // Title case differs from upper case only for a few ligatures and digraphs.
    let upper: String = c.to_uppercase().collect();
    let mut chars = upper.chars();
    match (chars.next(), chars.as_str()) {
        (Some(first), rest) if !rest.is_empty() => first.to_string() + &rest.to_lowercase(),
        _ => upper,
    }
}

/// `str.title`.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if c.is_alphabetic() && (c.is_uppercase() || c.is_lowercase()) {
            if inside {
                out.extend(c.to_lowercase())
            } else {
                out.push_str(&title_char(c))
            }
            inside = true;
        } else {
            out.push(c);
            inside = false;
        }
    }
    out
}

fn case(text: &str, name: &str) -> String {
    match name {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "casefold" => text
            .chars()
            .flat_map(|c| match c {
                // Ligatures fold to their letters.
                'ß' | 'ẞ' => vec!['s', 's'],
                'ς' => vec!['σ'],
                'ſ' => vec!['s'],
                '\u{fb00}'..='\u{fb06}' => c.to_uppercase().flat_map(char::to_lowercase).collect(),
                c => c.to_lowercase().collect(),
            })
            .collect(),
        "title" => title(text),
        "capitalize" => {
            let mut chars = text.chars();
            chars.next().map_or_else(String::new, |first| title_char(first) + &chars.as_str().to_lowercase())
        }
        _ => text
            .chars()
            .flat_map(|c| {
                if c.is_uppercase() { c.to_lowercase().collect::<String>() } else { c.to_uppercase().collect() }
                    .chars()
                    .collect::<Vec<_>>()
            })
            .collect(),
    }
}

/// `str.isX`.
pub fn is(text: &str, name: &str) -> bool {
    let all = |test: fn(char) -> bool| !text.is_empty() && text.chars().all(test);
    let superscript =
        |c: char| matches!(c, '²' | '³' | '¹' | '\u{2070}' | '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}');
    match name {
        "isdecimal" => all(|c| python::number::decimal(c).is_some()),
        "isdigit" => !text.is_empty() && text.chars().all(|c| python::number::decimal(c).is_some() || superscript(c)),
        "isnumeric" => all(|c| c.is_numeric() || "一二三四五六七八九十百千万億兆〇".contains(c)),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(is_space),
        "isascii" => text.is_ascii(),
        "isprintable" => text.chars().all(printable),
        "isupper" => text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
        "islower" => text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
        "istitle" => text.chars().any(|c| c.is_uppercase() || c.is_lowercase()) && title(text) == text,
        _ => {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
                && chars.all(|c| c.is_alphanumeric() || c == '_')
        }
    }
}

/// Pads to `width` characters as `center`, `ljust` or `rjust` do.
pub fn justified(receiver: &Str, width: i64, fill: char, name: &str) -> Res<Value> {
    let len = chars(&receiver.text);
    let width = usize::try_from(width).unwrap_or(0);
    if width > 1_000_000 {
        return python::concrete::beyond("a text is too wide to be built");
    }
    let missing = width.saturating_sub(len);
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        // CPython's centre: the odd blank stands left if the width is odd.
        _ => missing / 2 + (missing & width & 1),
    };
    let mut builder = Builder::default();
    builder.push_str(&String::from(fill).repeat(left));
    builder.push(receiver);
    builder.push_str(&String::from(fill).repeat(missing - left));
    Ok(builder.value())
}

fn justify(cx: &mut Call<'_>, receiver: &Str, name: &str) -> Res<Value> {
    let [width, fill] = cx.positional::<2>(&format!("str.{name}"), 1)?;
    let width = index(&width.unwrap_or_else(|| Kind::None.into()))?;
    let fill = match fill {
        None => ' ',
        Some(value) => {
            let fill = text(&value, |kind| format!("The fill character must be a unicode character, not {kind}"))?;
            let mut found = fill.text.chars();
            match (found.next(), found.next()) {
                (Some(c), None) => c,
                _ => return type_error("The fill character must be exactly one character long"),
            }
        }
    };
    justified(receiver, width, fill, name)
}

fn zfill(cx: &mut Call<'_>, receiver: &Str) -> Res<Value> {
    let [width] = cx.positional::<1>("str.zfill", 1)?;
    let width = index(&width.unwrap_or_else(|| Kind::None.into()))?;
    let (sign, digits) = match receiver.text.strip_prefix(['+', '-']) {
        Some(digits) => (&receiver.text[..1], digits),
        None => ("", &*receiver.text),
    };
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(chars(&receiver.text));
    if missing > 1_000_000 {
        return python::concrete::beyond("a text is too wide to be built");
    }
    Ok(Value::str(format!("{sign}{}{digits}", "0".repeat(missing))))
}

fn expandtabs(cx: &mut Call<'_>, text: &str) -> Res<Value> {
    let [size] = cx.bind_native("expandtabs", ["tabsize"], 0)?;
    let size = usize::try_from(index_or(size.as_ref(), 8)?).unwrap_or(0);
    let tabs = text.bytes().filter(|byte| *byte == b'\t').count();
    cx.heap.meter.build(tabs.saturating_mul(size).saturating_add(text.len()))?;
    let (mut out, mut column) = (String::new(), 0);
    for c in text.chars() {
        match c {
            '\t' => {
                let missing = if size == 0 { 0 } else { size - column % size };
                out.push_str(&" ".repeat(missing));
                column += missing;
            }
            c => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(Value::str(out))
}
