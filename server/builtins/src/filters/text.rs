//! Filters over texts.

use crate::args::{absent, flag, index, index_or, soft_str, text};
use crate::methods::split::replaced;
use crate::methods::text::justified;
use crate::{Call, call_method};
use python::concrete::{count, defined, known, raise, tuple};
use python::markup::{is_markup, marked};
use python::number::is_space;
use python::strings::{Builder, split_lines, subslice};
use python::value::{Kind, Str, Value};
use python::{Fail, Res, binary};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "default" | "d" => default(cx, input),
        "upper" | "lower" | "capitalize" => by_method(cx, input, name),
        "title" => title(cx, input),
        "string" => soft_str(cx.heap, input).map(|text| Kind::Str(text).into()),
        "trim" => trim(cx, input),
        "replace" => replace(cx, input),
        "indent" => indent(cx, input).map(|value| like(input, value)),
        "center" => center(cx, input).map(|value| like(input, value)),
        "format" => format(cx, input),
        "truncate" => super::wrap::truncate(cx, input),
        "wordwrap" => super::wrap::wordwrap(cx, input),
        "wordcount" => wordcount(cx, input),
        "attr" => attr(cx, input),
        "pprint" => super::pretty::pprint(cx.heap, input).map(Value::str),
        _ => return None,
    })
}

/// A text made of a `Markup` is one.
fn like(input: &Value, value: Value) -> Value {
    if is_markup(input) { marked(value) } else { value }
}

fn default(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [default, boolean] = cx.bind("do_default", 1, ["default_value", "boolean"], 0)?;
    let default = default.unwrap_or_else(|| Value::str(""));
    if matches!(input.kind, Kind::Undefined(_)) {
        return Ok(default);
    }
    if flag(cx.heap, boolean.as_ref(), false)? && !python::truthy(cx.heap, input)? {
        return Ok(default);
    }
    Ok(input.clone())
}

fn by_method(cx: &mut Call<'_>, input: &Value, name: &str) -> Res<Value> {
    let _: [Option<Value>; 0] = cx.bind(&format!("do_{name}"), 1, [], 0)?;
    let text = Kind::Str(soft_str(cx.heap, input)?).into();
    cx.with(Vec::new(), Vec::new(), |cx| call_method(cx, &text, name))
}

fn title(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let text = soft_str(cx.heap, input)?;
    let mut out = String::new();
    let mut start = true;
    for c in text.text.chars() {
        if is_space(c) || "-({[<".contains(c) {
            out.push(c);
            start = true;
        } else if start {
            out.extend(c.to_uppercase());
            start = false;
        } else {
            out.extend(c.to_lowercase());
        }
    }
    Ok(Value::str(out))
}

fn trim(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [chars] = cx.bind("do_trim", 1, ["chars"], 0)?;
    let text = Kind::Str(soft_str(cx.heap, input)?).into();
    cx.with(chars.into_iter().collect(), Vec::new(), |cx| call_method(cx, &text, "strip"))
}

fn replace(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [old, new, most] = cx.bind("do_replace", 2, ["old", "new", "count"], 2)?;
    let none = || Kind::None.into();
    let text = soft_str(cx.heap, input)?;
    let (old, new) = (soft_str(cx.heap, &old.unwrap_or_else(none))?, soft_str(cx.heap, &new.unwrap_or_else(none))?);
    let most = if absent(most.as_ref()) { -1 } else { index_or(most.as_ref(), -1)? };
    Ok(Kind::Str(replaced(cx.heap, &text, &old.text, &new, most)?).into())
}

fn indent(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [width, first, blank] = cx.bind("do_indent", 1, ["width", "first", "blank"], 0)?;
    let width = width.unwrap_or_else(|| Kind::Int(4).into());
    let indention = match &width.kind {
        Kind::Str(text) => text.clone(),
        _ => {
            defined(&width)?;
            let blanks = usize::try_from(index(&width)?.clamp(0, 10_000)).unwrap_or(0);
            Str::plain(" ".repeat(blanks))
        }
    };
    let (first, blank) = (flag(cx.heap, first.as_ref(), false)?, flag(cx.heap, blank.as_ref(), false)?);
    let newline = Value::str("\n");
    // The quirk of jinja2: `s += "\n"` raises for whatever is no text.
    let quirk = match binary(cx.heap, syntax::jinja::BinaryOp::Add, input, &newline) {
        Err(Fail::Raise(error)) if error.message.starts_with("unsupported operand") => {
            return raise("TypeError", error.message.replacen(" for +:", " for +=:", 1));
        }
        other => other?,
    };
    let Kind::Str(whole) = &quirk.kind else {
        let name = python::type_name(input);
        return raise("AttributeError", format!("'{name}' object has no attribute 'splitlines'"));
    };
    let lines = split_lines(&whole.text, false);
    cx.heap.meter.build(lines.len().saturating_mul(indention.text.len() + 16).saturating_add(whole.text.len()))?;
    let mut builder = Builder::default();
    if first {
        builder.push(&indention);
    }
    for (n, line) in lines.into_iter().enumerate() {
        if n > 0 {
            builder.push_str("\n");
            if blank || !line.is_empty() {
                builder.push(&indention);
            }
        }
        builder.push(&subslice(whole, line));
    }
    Ok(builder.value())
}

fn center(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [width] = cx.bind("do_center", 1, ["width"], 0)?;
    let text = soft_str(cx.heap, input)?;
    justified(&text, index_or(width.as_ref(), 80)?, ' ', "center")
}

fn format(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let (args, kwargs) = (cx.args.clone(), cx.kwargs.clone());
    if !args.is_empty() && !kwargs.is_empty() {
        return raise("FilterArgumentError", "can't handle positional and keyword arguments at the same time");
    }
    let text = Kind::Str(soft_str(cx.heap, input)?).into();
    let arguments = if kwargs.is_empty() {
        tuple(args)
    } else {
        python::concrete::text_dict(cx.heap, kwargs.iter().map(|(name, value)| (name.as_str(), value.clone())))
    };
    binary(cx.heap, syntax::jinja::BinaryOp::Mod, &text, &arguments)
}

fn wordcount(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let text = soft_str(cx.heap, input)?;
    let words = text.text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    Ok(count(words.count()))
}

fn attr(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [name] = cx.bind("do_attr", 2, ["name"], 1)?;
    defined(input)?;
    let name = text(&name.unwrap_or_else(|| Kind::None.into()), |kind| {
        format!("attribute name must be string, not '{kind}'")
    })?;
    // An item never answers: look the attribute up in an empty value of the type.
    let found = python::getattr(cx.heap, input, &name.text)?;
    known(&found)?;
    if matches!(input.kind, Kind::Dict(_))
        && !matches!(&found.kind, Kind::Object(o) if matches!(**o, python::value::Object::Method(..)))
    {
        let message = format!("'dict object' has no attribute {}", python::percent::quoted(&name.text));
        return Ok(Kind::Undefined(message.into()).into());
    }
    Ok(found)
}
