//! `urlize` (`jinja2/utils.py`).

use std::sync::LazyLock;

use fancy_regex::Regex;

use crate::Call;
use crate::args::{absent, flag, index, text};
use python::Res;
use python::concrete::raise;
use python::markup::{escape, escaped};
use python::number::is_space;
use python::percent::quoted;
use python::strings::{byte_at, chars};
use python::value::Value;

fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static HTTP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?ix)\A((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})
        |([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)
        |(https?://)((([\d]{1,3})(\.[\d]{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}])))
        (?::[\d]{1,5})?(?:[/?\#]\S*)?\n?\z",
    )
});
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"\A\S+@\w[\w.-]*\.\w+\n?\z"));
static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"\A([(<]|&lt;)+"));
static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"([)>.,\n]|&gt;)+\z"));
static SCHEME: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"\A[\w.+-]{2,}:(/){0,2}\z"));

fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text).unwrap_or(false))
}

fn end_of(regex: &LazyLock<Option<Regex>>, text: &str) -> Option<(usize, usize)> {
    let found = regex.as_ref()?.find(text).ok()??;
    Some((found.start(), found.end()))
}

struct Link {
    limit: Option<i64>,
    attributes: String,
    schemes: Vec<String>,
}

impl Link {
    fn trimmed(&self, text: &str) -> String {
        match self.limit {
            Some(limit) if i64::try_from(chars(text)).is_ok_and(|len| len > limit) => {
                let len = i64::try_from(chars(text)).unwrap_or(0);
                let keep = if limit < 0 { (len + limit).max(0) } else { limit };
                format!("{}...", &text[..byte_at(text, usize::try_from(keep).unwrap_or(0))])
            }
            _ => text.to_owned(),
        }
    }

    fn word(&self, word: &str) -> String {
        let (_, start) = end_of(&HEAD, word).unwrap_or((0, 0));
        let (head, rest) = word.split_at(start);
        let end = end_of(&TAIL, rest).map_or(rest.len(), |(start, _)| start);
        let (mut middle, mut tail) = (rest[..end].to_owned(), rest[end..].to_owned());
        // Parentheses that the address opens are closed in it.
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
            let opened = middle.matches(open).count();
            if opened <= middle.matches(close).count() {
                continue;
            }
            for _ in 0..opened.min(tail.matches(close).count()) {
                let Some(at) = tail.find(close) else { break };
                let rest = tail.split_off(at + close.len());
                middle.push_str(&tail);
                tail = rest;
            }
        }
        let middle = self.linked(middle);
        format!("{head}{middle}{tail}")
    }

    fn linked(&self, mut middle: String) -> String {
        let attributes = &self.attributes;
        if matches(&HTTP, &middle) {
            let scheme = if middle.starts_with("https://") || middle.starts_with("http://") { "" } else { "https://" };
            return format!("<a href=\"{scheme}{middle}\"{attributes}>{}</a>", self.trimmed(&middle));
        }
        if let Some(address) = middle.strip_prefix("mailto:").filter(|address| matches(&MAIL, address)) {
            return format!("<a href=\"{middle}\">{address}</a>");
        }
        let plain = middle.contains('@') && !middle.starts_with("www.") && !middle.starts_with('@');
        if plain && !middle.contains(':') && matches(&MAIL, &middle) {
            return format!("<a href=\"mailto:{middle}\">{middle}</a>");
        }
        for scheme in &self.schemes {
            if middle != *scheme && middle.starts_with(scheme) {
                middle = format!("<a href=\"{middle}\"{attributes}>{middle}</a>");
            }
        }
        middle
    }
}

pub(super) fn urlize(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let parameters = ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"];
    let [limit, nofollow, target, rel, schemes] = cx.bind("do_urlize", 2, parameters, 0)?;
    let given = |value: Option<Value>| value.filter(|value| !absent(Some(value)));
    let limit = given(limit).map(|limit| index(&limit)).transpose()?;
    let string = |value: Value| -> Res<String> {
        Ok(text(&value, |kind| format!("'{kind}' object has no attribute 'split'"))?.text.to_string())
    };
    let mut parts: Vec<String> = match given(rel) {
        Some(rel) => string(rel)?.split(is_space).filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        None => Vec::new(),
    };
    if flag(cx.heap, nofollow.as_ref(), false)? {
        parts.push("nofollow".to_owned());
    }
    parts.push("noopener".to_owned());
    parts.sort();
    parts.dedup();
    let mut attributes = format!(" rel=\"{}\"", escape(&parts.join(" ")));
    if let Some(target) = given(target) {
        attributes.push_str(&format!(" target=\"{}\"", escaped(cx.heap, &target)?.text));
    }
    let mut found = Vec::new();
    for scheme in python::iterate(cx.heap, &given(schemes).unwrap_or_else(|| python::concrete::tuple(vec![])))? {
        let scheme = string(scheme)?;
        if !matches(&SCHEME, &scheme) {
            return raise("FilterArgumentError", format!("{} is not a valid URI scheme prefix.", quoted(&scheme)));
        }
        found.push(scheme);
    }
    python::concrete::defined(input)?;
    let link = Link { limit, attributes, schemes: found };
    let whole = escaped(cx.heap, input)?.text;
    let mut out = String::new();
    let mut rest = &*whole;
    while !rest.is_empty() {
        let blank = rest.starts_with(is_space);
        let end = rest.find(|c: char| is_space(c) != blank).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        out.push_str(&if blank { part.to_owned() } else { link.word(part) });
        rest = after;
    }
    Ok(Value::str(out))
}
