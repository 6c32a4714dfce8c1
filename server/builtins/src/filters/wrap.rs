//! `truncate`, `wordwrap` and Python's `textwrap.wrap`.

use crate::Call;
use crate::args::{absent, flag, index_or, soft_str, text};
use python::Res;
use python::concrete::{raise, type_error, value_error};
use python::strings::{byte_at, chars, split_lines, substr};
use python::value::{Kind, Value};

pub(super) fn truncate(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [length, killwords, end, leeway] = cx.bind("do_truncate", 2, ["length", "killwords", "end", "leeway"], 0)?;
    length.as_ref().map_or(Ok(()), python::concrete::defined)?;
    let length = index_or(length.as_ref(), 255)?;
    let killwords = flag(cx.heap, killwords.as_ref(), false)?;
    let end = end.unwrap_or_else(|| Value::str("..."));
    let size = |cx: &Call<'_>, value: &Value| -> Res<i64> {
        Ok(i64::try_from(python::length(cx.heap, value)?).unwrap_or(i64::MAX))
    };
    let end_len = size(cx, &end)?;
    if length < end_len {
        return raise("AssertionError", format!("expected length >= {end_len}, got {length}"));
    }
    let leeway = leeway.filter(|leeway| !absent(Some(leeway))).unwrap_or_else(|| Kind::Int(5).into());
    let Some(room) = python::number::Number::of(&leeway) else {
        python::concrete::defined(&leeway)?;
        let kind = python::type_name(&leeway).to_owned();
        return type_error(format!("'>=' not supported between instances of '{kind}' and 'int'"));
    };
    let room = room.float()?;
    if room < 0.0 {
        let shown = python::to_str(cx.heap, &leeway)?;
        return raise("AssertionError", format!("expected leeway >= 0, got {shown}"));
    }
    #[allow(clippy::cast_precision_loss, reason = "lengths are small")]
    if size(cx, input)? as f64 <= length as f64 + room {
        return Ok(input.clone());
    }
    if !matches!(input.kind, Kind::Str(_)) {
        let kind = python::type_name(input);
        return match (&input.kind, killwords) {
            (Kind::List(_) | Kind::Tuple(_), true) => {
                type_error(format!("can only concatenate {kind} (not \"{}\") to {kind}", python::type_name(&end)))
            }
            (Kind::List(_) | Kind::Tuple(_) | Kind::Range(..), _) => {
                raise("AttributeError", format!("'{kind}' object has no attribute 'rsplit'"))
            }
            (Kind::Dict(_), _) => type_error("unhashable type: 'slice'"),
            _ => type_error(format!("'{kind}' object is not subscriptable")),
        };
    }
    let end = text(&end, |kind| format!("can only concatenate str (not \"{kind}\") to str"))?.text;
    let receiver = text(input, |kind| format!("object of type '{kind}' has no len()"))?;
    let cut = byte_at(&receiver.text, usize::try_from(length - end_len).unwrap_or(0));
    let mut kept = substr(&receiver, 0, cut);
    if !killwords {
        let at = kept.text.rfind(' ').unwrap_or(kept.text.len());
        kept = substr(&kept, 0, at);
    }
    let mut builder = python::strings::Builder::default();
    builder.push(&kept);
    builder.push_str(&end);
    Ok(builder.value())
}

pub(super) fn wordwrap(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let parameters = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, long, separator, hyphens] = cx.bind("do_wordwrap", 2, parameters, 0)?;
    width.as_ref().map_or(Ok(()), python::concrete::defined)?;
    let width = index_or(width.as_ref(), 79)?;
    let (long, hyphens) = (flag(cx.heap, long.as_ref(), true)?, flag(cx.heap, hyphens.as_ref(), true)?);
    let separator = match separator {
        Some(separator) if !absent(Some(&separator)) => soft_str(cx.heap, &separator)?.text,
        _ => "\n".into(),
    };
    let receiver = text(input, |kind| format!("'{kind}' object has no attribute 'splitlines'"))?;
    if width <= 0 {
        return value_error(format!("invalid width {width} (must be > 0)"));
    }
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    // A line begins with every blank at most, or at every character that is cut.
    let breaks = if long { receiver.text.len() / width } else { 0 }
        + receiver.text.bytes().filter(u8::is_ascii_whitespace).count();
    cx.heap.meter.build(breaks.saturating_mul(separator.len() + 64).saturating_add(receiver.text.len()))?;
    let lines: Vec<String> = split_lines(&receiver.text, false)
        .into_iter()
        .map(|line| wrap(line, width, long, hyphens).join(&separator))
        .collect();
    Ok(Value::str(lines.join(&separator)))
}

/// Words and the white space between them; with `hyphens`, words also end after their hyphens
/// (`textwrap.TextWrapper.wordsep_re`).
fn chunks(text: &str, hyphens: bool) -> Vec<String> {
    const SPACE: &str = r"[\t\n\x0b\x0c\r ]";
    const HYPHENS: &str = r#"(?x) [\t\n\x0b\x0c\r\x20]+ | (?<=[\w!"'&.,?])-{2,}(?=\w)
        | [^\t\n\x0b\x0c\r\x20]+? (?:
            -(?: (?<=[^\d\W]{2}-) | (?<=[^\d\W]-[^\d\W]-) ) (?= [^\d\W] -? [^\d\W] )
            | (?=[\t\n\x0b\x0c\r\x20]|\z) | (?<=[\w!"'&.,?]) (?=-{2,}\w) )"#;
    static WORDS: std::sync::LazyLock<Option<fancy_regex::Regex>> =
        std::sync::LazyLock::new(|| fancy_regex::Regex::new(HYPHENS).ok());
    static BLANKS: std::sync::LazyLock<Option<fancy_regex::Regex>> =
        std::sync::LazyLock::new(|| fancy_regex::Regex::new(&format!("{SPACE}+")).ok());
    let Some(regex) = (if hyphens { WORDS.as_ref() } else { BLANKS.as_ref() }) else { return vec![text.to_owned()] };
    let mut out = Vec::new();
    let mut at = 0;
    for found in regex.find_iter(text).flatten() {
        out.push(text[at..found.start()].to_owned());
        out.push(found.as_str().to_owned());
        at = found.end();
    }
    out.push(text[at..].to_owned());
    out.retain(|chunk| !chunk.is_empty());
    out
}

/// Where a word too long for the rest of a line is cut.
fn cut_of(chunk: &str, room: usize, hyphens: bool) -> usize {
    let end = byte_at(chunk, room);
    match chunk[..end].rfind('-') {
        Some(at) if hyphens && at > 0 && chunk[..at].contains(|c| c != '-') => at + 1,
        _ => end,
    }
}

/// `textwrap.wrap(text, width, expand_tabs=False, replace_whitespace=False)`.
pub fn wrap(text: &str, width: usize, long: bool, hyphens: bool) -> Vec<String> {
    let mut chunks: Vec<String> = chunks(text, hyphens);
    chunks.reverse();
    let blank = |chunk: &str| chunk.trim().is_empty();
    let mut lines: Vec<String> = Vec::new();
    while !chunks.is_empty() {
        let (mut line, mut len) = (Vec::new(), 0);
        if !lines.is_empty() && chunks.last().is_some_and(|chunk| blank(chunk)) {
            chunks.pop();
        }
        while let Some(chunk) = chunks.pop_if(|chunk| len + chars(chunk) <= width) {
            len += chars(&chunk);
            line.push(chunk);
        }
        if let Some(chunk) = chunks.pop_if(|chunk| chars(chunk) > width) {
            if long {
                let cut = cut_of(&chunk, width - len, hyphens);
                line.push(chunk[..cut].to_owned());
                chunks.push(chunk[cut..].to_owned());
            } else if line.is_empty() {
                line.push(chunk);
            } else {
                chunks.push(chunk);
            }
        }
        if line.last().is_some_and(|chunk| blank(chunk)) {
            line.pop();
        }
        if !line.is_empty() {
            lines.push(line.concat());
        }
    }
    lines
}
