//! Python's regular expressions, translated for `fancy_regex`, and shell patterns (`fnmatch`).

use fancy_regex::{Captures, Regex};

use python::concrete::{unknown, value_error};
use python::value::Heap;
use python::{Fail, Res};

/// Flags of `re.compile` that Salt passes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `re.I`
    pub ignore_case: bool,
    /// `re.M`
    pub multi_line: bool,
    /// `re.match`: only at the start.
    pub anchored: bool,
}

/// A pattern that expands to more places than this is not built.
const MAX_WEIGHT: usize = 20_000;
/// Units that one search may cost that goes back and forth, as its bound on steps back allows.
const BACKTRACKING: usize = 20_000;

/// About how many places a pattern has once its counted repetitions are written out: what it is
/// compiled to, and what each character of a text may be held against.
fn weight(pattern: &str) -> usize {
    // the weight so far and of the last piece, for each open group
    let mut open = vec![(0_usize, 0_usize)];
    let bytes = pattern.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        let inner = open.len() > 1;
        let Some((sum, last)) = open.last_mut() else { break };
        match byte {
            b'(' => open.push((0, 0)),
            b')' if inner => {
                let group = open.pop().map_or(0, |(sum, last)| sum.saturating_add(last));
                if let Some((sum, last)) = open.last_mut() {
                    *sum = sum.saturating_add(*last);
                    *last = group.saturating_add(1);
                }
            }
            b'{' => {
                let count = |text: &str| text.parse::<usize>().ok();
                let end = pattern.get(at..).and_then(|rest| rest.find('}')).map_or(at, |end| at + end);
                let most = pattern.get(at..end).and_then(|body| body.rsplit(',').find_map(count));
                if let Some(most) = most {
                    *last = last.saturating_mul(most.max(1));
                    at = end + 1;
                }
            }
            b'\\' => {
                // classes of characters are large
                *sum = sum.saturating_add(*last);
                *last = if bytes.get(at).is_some_and(|byte| b"wWdDsS".contains(byte)) { 8 } else { 1 };
                at += 1;
            }
            _ => {
                *sum = sum.saturating_add(*last);
                *last = 1;
            }
        }
    }
    open.iter().fold(0, |all, (sum, last)| all.saturating_add(*sum).saturating_add(*last))
}

/// Whether matching may go back and forth, which takes time beyond the text's length.
fn backtracks(pattern: &str) -> bool {
    let back = |pair: &[u8]| pair[0] == b'\\' && pair[1].is_ascii_digit();
    ["(?=", "(?!", "(?<", "(?P="].iter().any(|look| pattern.contains(look)) || pattern.as_bytes().windows(2).any(back)
}

/// `re.compile(pattern)`, for a text of `len` bytes: what matching it may take is charged here.
///
/// # Errors
/// Unknown where the translation is not understood; Python may accept it.
pub fn compile(heap: &Heap, pattern: &str, flags: Flags, len: usize) -> Res<Regex> {
    let weight = weight(pattern);
    if weight > MAX_WEIGHT {
        return python::concrete::beyond("a regular expression is too large");
    }
    heap.meter.touch(weight.saturating_mul(10).saturating_add(weight.saturating_mul(len) / 4))?;
    if backtracks(pattern) {
        heap.meter.touch(BACKTRACKING)?;
    }
    let mut text = String::new();
    text.push_str(match (flags.ignore_case, flags.multi_line) {
        (true, true) => "(?im)",
        (true, false) => "(?i)",
        (false, true) => "(?m)",
        (false, false) => "",
    });
    let translated = translate(pattern, flags.multi_line);
    if flags.anchored {
        text.push_str(&format!("\\A(?:{translated})"));
    } else {
        text.push_str(&translated);
    }
    match fancy_regex::RegexBuilder::new(&text).backtrack_limit(200_000).build() {
        Ok(regex) => Ok(regex),
        Err(_) => match refusal(pattern) {
            Some(message) => python::concrete::raise("error", message),
            None => unknown(format!("the regular expression {pattern} is not understood")),
        },
    }
}

/// Why Python refuses a pattern, for the commonest reasons.
fn refusal(pattern: &str) -> Option<String> {
    let chars: Vec<char> = pattern.chars().collect();
    let (mut at, mut open) = (0, Vec::new());
    // Whether what was read last can be repeated; `None`: it was a repetition.
    let mut repeatable = Some(false);
    while let Some(c) = chars.get(at) {
        let start = at;
        at += 1;
        match c {
            '\\' if at == chars.len() => return Some(format!("bad escape (end of pattern) at position {start}")),
            '\\' => {
                repeatable = Some(!matches!(chars[at], 'b' | 'B' | 'A' | 'Z'));
                at += 1;
            }
            '[' => {
                at += usize::from(chars.get(at) == Some(&'^'));
                at += usize::from(chars.get(at) == Some(&']'));
                while chars.get(at) != Some(&']') {
                    match chars.get(at) {
                        Some('\\') => at += 2,
                        Some(_) => at += 1,
                        None => return Some(format!("unterminated character set at position {start}")),
                    }
                }
                at += 1;
                repeatable = Some(true);
            }
            '(' => {
                open.push(start);
                if chars.get(at) == Some(&'?') {
                    at += 2;
                }
                repeatable = Some(false);
            }
            ')' => {
                if open.pop().is_none() {
                    return Some(format!("unbalanced parenthesis at position {start}"));
                }
                repeatable = Some(true);
            }
            '|' | '^' | '$' => repeatable = Some(false),
            '*' | '+' | '?' => {
                match repeatable {
                    Some(true) => {}
                    Some(false) => return Some(format!("nothing to repeat at position {start}")),
                    None => return Some(format!("multiple repeat at position {start}")),
                }
                at += usize::from(matches!(chars.get(at), Some('?' | '+')));
                repeatable = None;
            }
            _ => repeatable = Some(true),
        }
    }
    open.last().map(|start| format!("missing ), unterminated subpattern at position {start}"))
}

/// Where Python and `fancy_regex` read the same text differently: `$` before a last line end, `\Z`,
/// literal braces, and brackets and operators inside classes.
#[allow(clippy::too_many_lines, reason = "one character after the other")]
fn translate(pattern: &str, multi_line: bool) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    let mut class_start = None;
    while let Some(c) = chars.get(at).copied() {
        let next = chars.get(at + 1).copied();
        if c == '\\' {
            match next {
                Some('Z') => out.push_str("\\z"),
                Some(n) if !n.is_ascii() || n == ' ' => out.push(n),
                Some(n @ ('<' | '>' | '"' | '\'' | '/' | ',' | '=' | ':' | ';' | '@' | '!' | '%' | '`' | '_')) => {
                    out.push(n)
                }
                Some(n) => {
                    out.push('\\');
                    out.push(n);
                }
                None => out.push('\\'),
            }
            at += 2;
            continue;
        }
        if let Some(start) = class_start {
            match c {
                ']' if at > start => {
                    class_start = None;
                    out.push(']');
                }
                ']' => out.push_str("\\]"),
                '[' => out.push_str("\\["),
                '&' | '~' if next == Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                '-' if next == Some('-') => out.push_str("\\-"),
                c => out.push(c),
            }
            at += 1;
            continue;
        }
        match c {
            '[' => {
                out.push('[');
                if next == Some('^') {
                    out.push('^');
                    at += 1;
                }
                class_start = Some(at + 1);
            }
            '$' if !multi_line => out.push_str("(?=\\n?\\z)"),
            '{' => {
                let body: String = chars[at + 1..].iter().take_while(|c| c.is_ascii_digit() || **c == ',').collect();
                let closed = chars.get(at + 1 + body.len()) == Some(&'}');
                if closed && body.starts_with(',') && body.len() > 1 {
                    out.push_str("{0");
                } else if closed && !body.is_empty() && body != "," && body.matches(',').count() < 2 && at > 0 {
                    out.push('{');
                } else {
                    out.push_str("\\{");
                }
            }
            '}' => {
                let open = out.rfind('{').filter(|open| *open == 0 || out.as_bytes().get(open - 1) != Some(&b'\\'));
                let quantifier = open.is_some_and(|open| {
                    let body = &out[open + 1..];
                    !body.is_empty() && body.bytes().all(|b| b.is_ascii_digit() || b == b',')
                });
                out.push_str(if quantifier { "}" } else { "\\}" });
            }
            c => out.push(c),
        }
        at += 1;
    }
    out
}

fn lift<T>(result: Result<T, fancy_regex::Error>) -> Res<T> {
    result.or_else(|_| python::concrete::beyond("a regular expression takes too long"))
}

/// The first match.
///
/// # Errors
/// Unknown if matching takes too long.
pub fn search<'t>(regex: &Regex, text: &'t str) -> Res<Option<Captures<'t>>> {
    lift(regex.captures(text))
}

/// Whether there is a match.
///
/// # Errors
/// As [`search`].
pub fn is_match(regex: &Regex, text: &str) -> Res<bool> {
    lift(regex.is_match(text))
}

/// A kept byte range of the text, or a replacement.
pub type Replaced = (Option<(usize, usize)>, String);

/// `re.sub(pattern, replacement, text)`: pieces of the text and of the replacements, as
/// `(Some(byte range of the text), "")` or `(None, replacement)`.
///
/// # Errors
/// `invalid group reference 1 at position 1`, as Python.
pub fn sub(heap: &Heap, regex: &Regex, replacement: &str, text: &str) -> Res<Vec<Replaced>> {
    let each = if backtracks(regex.as_str()) { BACKTRACKING } else { 100 };
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while at <= text.len() {
        heap.meter.touch(each)?;
        let Some(found) = lift(regex.captures_from_pos(text, at))? else { break };
        let Some(whole) = found.get(0) else { break };
        out.push((Some((copied, whole.start())), String::new()));
        let groups = replacement.bytes().filter(|byte| *byte == b'\\').count();
        heap.meter.build(groups.saturating_mul(whole.end() - whole.start()).saturating_add(replacement.len()))?;
        let expanded = expand(replacement, &found)?;
        out.push((None, expanded));
        copied = whole.end();
        at = whole.end();
        if whole.start() == whole.end() {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    out.push((Some((copied, text.len())), String::new()));
    Ok(out)
}

#[allow(clippy::too_many_lines, reason = "one escape after the other")]
fn expand(template: &str, found: &Captures<'_>) -> Res<String> {
    let mut out = String::new();
    let mut chars = template.char_indices().peekable();
    let group = |n: usize, at: usize| -> Res<String> {
        if n >= found.len() {
            return Err(Fail::Raise(python::value::Raise::new(
                "error",
                format!("invalid group reference {n} at position {at}"),
            )));
        }
        Ok(found.get(n).map_or_else(String::new, |m| m.as_str().to_owned()))
    };
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next().map(|(_, c)| c) {
            Some('g') => {
                let rest = &template[at + 2..];
                let Some(name) = rest.strip_prefix('<').and_then(|r| r.split_once('>')).map(|(name, _)| name) else {
                    return value_error("missing <");
                };
                match name.parse::<usize>() {
                    Ok(n) => out.push_str(&group(n, at + 3)?),
                    Err(_) => match found.name(name) {
                        Some(m) => out.push_str(m.as_str()),
                        None => return unknown("a group by name"),
                    },
                }
                for _ in 0..name.chars().count() + 2 {
                    chars.next();
                }
            }
            Some('0') => return unknown("an octal escape in a replacement"),
            Some(digit) if digit.is_ascii_digit() => {
                let mut n = digit.to_digit(10).unwrap_or(0) as usize;
                if let Some(second) = chars.peek().and_then(|(_, c)| c.to_digit(10)) {
                    n = n * 10 + second as usize;
                    chars.next();
                }
                out.push_str(&group(n, at + 1)?);
            }
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some('a' | 'b' | 'f' | 'v') => return unknown("a control character in a replacement"),
            Some(letter) if letter.is_ascii_alphabetic() => {
                return Err(Fail::Raise(python::value::Raise::new(
                    "error",
                    format!("bad escape \\{letter} at position {at}"),
                )));
            }
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => {
                return Err(Fail::Raise(python::value::Raise::new(
                    "error",
                    format!("bad escape (end of pattern) at position {at}"),
                )));
            }
        }
    }
    Ok(out)
}

/// `re.escape(text)`.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `fnmatch.fnmatchcase(text, pattern)`.
#[must_use]
pub fn fnmatch(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, t));
            p += 1;
            continue;
        }
        if let Some(width) = one(&pattern[p..], text[t]) {
            (t, p) = (t + 1, p + width);
            continue;
        }
        match star {
            Some((after, from)) => {
                star = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
            None => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// How many pattern characters the item at its start has, if it matches `c`.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => {
            let negated = pattern.get(1) == Some(&'!');
            let start = 1 + usize::from(negated);
            let from = start + usize::from(pattern.get(start) == Some(&']'));
            let Some(end) = pattern.iter().skip(from).position(|c| *c == ']').map(|n| from + n) else {
                return (c == '[').then_some(1);
            };
            let body = &pattern[start..end];
            let mut found = false;
            let mut at = 0;
            while at < body.len() {
                if body.get(at + 1) == Some(&'-') && at + 2 < body.len() {
                    found |= body[at] <= c && c <= body[at + 2];
                    at += 3;
                } else {
                    found |= body[at] == c;
                    at += 1;
                }
            }
            (found != negated).then_some(end + 1)
        }
        other => (*other == c).then_some(1),
    }
}
