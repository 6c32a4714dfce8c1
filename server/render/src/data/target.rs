//! Whether a target expression matches a minion (`salt/matchers/*.py`, `salt/utils/data.py`,
//! `subdict_match`). Every answer is true, false or not known. Knows nothing of top files.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::names::fnmatch;

/// Nodegroups inside nodegroups, and words of one expression.
const MAX_WORDS: usize = 1000;

/// What is known of the minion that is to be matched.
pub(crate) struct Minion<'a> {
    /// Its id.
    pub(crate) id: &'a str,
    /// Its grains.
    pub(crate) grains: &'a Map<String, Value>,
    /// Its pillar; `None`: not known.
    pub(crate) pillar: Option<&'a Map<String, Value>>,
    /// `nodegroups` of the options.
    pub(crate) nodegroups: Option<&'a Map<String, Value>>,
}

/// How texts are compared.
#[derive(Clone, Copy)]
enum How {
    Glob,
    Regex,
    Exact,
}

/// Whether `expression` matches by the matcher of that name; `None`: not known, also for matchers
/// that ask others (`data`, `range`, a repository's own).
pub(crate) fn matches(minion: &Minion<'_>, matcher: &str, expression: &str) -> Option<bool> {
    match matcher {
        "compound" => compound(minion, expression),
        "glob" => Some(fnmatch(minion.id, expression)),
        "pcre" => Some(regex(expression, minion.id)),
        "list" => Some(expression.split(',').any(|id| id == minion.id)),
        "grain" => Some(expression.contains(':') && subdict(minion.grains, expression, ':', How::Glob)),
        "grain_pcre" => Some(expression.contains(':') && subdict(minion.grains, expression, ':', How::Regex)),
        "pillar" => in_pillar(minion, expression, ':', How::Glob),
        "pillar_pcre" => in_pillar(minion, expression, ':', How::Regex),
        "pillar_exact" => in_pillar(minion, expression, ':', How::Exact),
        "ipcidr" => Some(ipcidr(minion, expression)),
        "nodegroup" => match minion.nodegroups.is_some_and(|groups| groups.contains_key(expression)) {
            true => compound(minion, &format!("N@{expression}")),
            false => Some(false),
        },
        _ => None,
    }
}

fn in_pillar(minion: &Minion<'_>, expression: &str, delimiter: char, how: How) -> Option<bool> {
    if !expression.contains(delimiter) {
        return Some(false);
    }
    Some(subdict(minion.pillar?, expression, delimiter, how))
}

/// Python's `re.match`; a broken expression matches nothing.
fn regex(pattern: &str, text: &str) -> bool {
    let Ok(regex) = fancy_regex::Regex::new(&format!("^(?:{pattern})")) else { return false };
    regex.is_match(text).unwrap_or(false)
}

fn ipcidr(minion: &Minion<'_>, expression: &str) -> bool {
    let addresses = |version: &str| -> Vec<String> {
        let list = minion.grains.get(version).and_then(Value::as_array);
        list.map(|list| list.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()).unwrap_or_default()
    };
    let version = |address: IpAddr| if address.is_ipv4() { "ipv4" } else { "ipv6" };
    if let Ok(address) = expression.parse::<IpAddr>() {
        return addresses(version(address)).contains(&address.to_string());
    }
    // Python's `ip_network` refuses a network with host bits.
    let Some(net) = expression.parse::<IpNet>().ok().filter(|net| net.addr() == net.network()) else { return false };
    addresses(version(net.addr())).iter().any(|item| item.parse::<IpAddr>().is_ok_and(|item| net.contains(&item)))
}

/// A word of a compound expression.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    And,
    Or,
    Not,
    Open,
    Close,
    Answer(Option<bool>),
}

/// `compound_match.py`: words joined by `and`, `or`, `not` and parentheses; anything malformed
/// matches nothing.
fn compound(minion: &Minion<'_>, expression: &str) -> Option<bool> {
    let mut words: Vec<String> = expression.split_whitespace().rev().map(str::to_owned).collect();
    let mut parsed: Vec<Word> = Vec::new();
    let mut read = 0;
    while let Some(word) = words.pop() {
        read += 1;
        if read > MAX_WORDS {
            return None;
        }
        let operator = match word.as_str() {
            "and" => Some(Word::And),
            "or" => Some(Word::Or),
            "not" => Some(Word::Not),
            "(" => Some(Word::Open),
            ")" => Some(Word::Close),
            _ => None,
        };
        if let Some(operator) = operator {
            let binary = matches!(operator, Word::And | Word::Or);
            match parsed.last() {
                None if !matches!(operator, Word::Open | Word::Not) => return Some(false),
                Some(Word::Open) if binary => return Some(false),
                Some(last) if operator == Word::Not && !matches!(last, Word::And | Word::Or | Word::Open) => {
                    parsed.push(Word::And);
                }
                _ => {}
            }
            parsed.push(operator);
            continue;
        }
        match engine(&word) {
            None => parsed.push(Word::Answer(Some(fnmatch(minion.id, &word)))),
            Some(('N', _, name)) => {
                if let Some(group) = minion.nodegroups.and_then(|groups| groups.get(name)) {
                    words.extend(nodegroup(group).into_iter().rev());
                }
            }
            Some((engine, delimiter, pattern)) => {
                let answer = match engine {
                    'G' => Some(pattern.contains(delimiter) && subdict(minion.grains, pattern, delimiter, How::Glob)),
                    'P' => Some(pattern.contains(delimiter) && subdict(minion.grains, pattern, delimiter, How::Regex)),
                    'I' => in_pillar(minion, pattern, delimiter, How::Glob),
                    'J' => in_pillar(minion, pattern, delimiter, How::Regex),
                    'L' => matches(minion, "list", pattern),
                    'S' => matches(minion, "ipcidr", pattern),
                    'E' => matches(minion, "pcre", pattern),
                    // Range needs a server; resources and managing minions are not known here.
                    _ => None,
                };
                parsed.push(Word::Answer(answer));
            }
        }
    }
    let mut rest = parsed.as_slice();
    let answer = any_of(&mut rest, 0);
    if rest.is_empty() { answer.unwrap_or(Some(false)) } else { Some(false) }
}

/// `X@pattern` or `X<delimiter>@pattern` (`salt/utils/minions.py`, `TARGET_REX`).
fn engine(word: &str) -> Option<(char, char, &str)> {
    let mut chars = word.chars();
    let engine = chars.next().filter(|c| "GPIJLNSERTM".contains(*c))?;
    let rest = chars.as_str();
    if let Some(pattern) = rest.strip_prefix('@').filter(|pattern| !pattern.is_empty()) {
        return Some((engine, ':', pattern));
    }
    let delimiter = rest.chars().next().filter(|_| "GPIJ".contains(engine))?;
    let pattern = rest.get(delimiter.len_utf8()..)?.strip_prefix('@').filter(|pattern| !pattern.is_empty())?;
    Some((engine, delimiter, pattern))
}

/// The words of a nodegroup, in parentheses; a plain list of ids is a list match.
fn nodegroup(group: &Value) -> Vec<String> {
    let mut words = vec!["(".to_owned()];
    match group {
        Value::String(text) => words.extend(text.split_whitespace().map(str::to_owned)),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let plain =
                items.iter().all(|item| engine(item).is_none() && !matches!(*item, "and" | "or" | "not" | "(" | ")"));
            if plain {
                words.push(format!("L@{}", items.join(",")));
            } else {
                words.extend(items.into_iter().map(str::to_owned));
            }
        }
        _ => {}
    }
    words.push(")".to_owned());
    words
}

// Python's boolean grammar; the outer `None` is a syntax error.
type Answer = Option<Option<bool>>;

fn any_of(words: &mut &[Word], depth: usize) -> Answer {
    let mut answer = all_of(words, depth)?;
    while let Some((Word::Or, rest)) = words.split_first() {
        *words = rest;
        let other = all_of(words, depth)?;
        answer = match (answer, other) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
    }
    Some(answer)
}

fn all_of(words: &mut &[Word], depth: usize) -> Answer {
    let mut answer = one(words, depth)?;
    while let Some((Word::And, rest)) = words.split_first() {
        *words = rest;
        let other = one(words, depth)?;
        answer = match (answer, other) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
    }
    Some(answer)
}

fn one(words: &mut &[Word], depth: usize) -> Answer {
    let (first, rest) = words.split_first()?;
    *words = rest;
    match first {
        Word::Not if depth < 200 => Some(one(words, depth + 1)?.map(|answer| !answer)),
        Word::Open if depth < 200 => {
            let answer = any_of(words, depth + 1)?;
            let (close, rest) = words.split_first()?;
            *words = rest;
            (*close == Word::Close).then_some(answer)
        }
        Word::Answer(answer) => Some(*answer),
        _ => None,
    }
}

/// `salt.utils.data.subdict_match`: each way of cutting the expression into a key path and a value.
fn subdict(data: &Map<String, Value>, expression: &str, delimiter: char, how: How) -> bool {
    let cuts: Vec<(usize, char)> = expression.char_indices().filter(|(_, c)| *c == delimiter).collect();
    cuts.iter().rev().any(|(at, c)| {
        let (key, rest) = (&expression[..*at], &expression[at + c.len_utf8()..]);
        if key == "*" {
            return in_dict(data, expression, how);
        }
        match traverse(data, key, delimiter) {
            None => false,
            Some(Value::Object(map)) => !map.is_empty() && in_dict(map, rest, how),
            Some(Value::Array(items)) => items
                .iter()
                .any(|item| matches!(item, Value::Object(map) if in_dict(map, rest, how)) || same(item, rest, how)),
            Some(value) => same(value, rest, how),
        }
    })
}

fn traverse<'a>(data: &'a Map<String, Value>, key: &str, delimiter: char) -> Option<&'a Value> {
    let mut parts = key.split(delimiter);
    let mut at = data.get(parts.next()?)?;
    for part in parts {
        at = match at {
            Value::Object(map) => map.get(part)?,
            Value::Array(items) => {
                let embedded = items.iter().find_map(|item| item.as_object().and_then(|map| map.get(part)));
                embedded.or_else(|| items.get(part.parse::<usize>().ok()?))?
            }
            _ => return None,
        };
    }
    Some(at)
}

fn in_dict(map: &Map<String, Value>, pattern: &str, how: How) -> bool {
    let (wildcard, pattern) = pattern.strip_prefix("*:").map_or((false, pattern), |rest| (true, rest));
    if pattern == "*" || map.contains_key(pattern) || map.keys().any(|key| compare(key, pattern, how)) {
        return true;
    }
    // Shorter at each level: a pattern has finitely many delimiters.
    if pattern.contains(':') && !pattern.starts_with("*:") && subdict(map, pattern, ':', how) {
        return true;
    }
    wildcard
        && map.values().any(|value| match value {
            Value::Object(inner) => in_dict(inner, pattern, how),
            Value::Array(items) => items.iter().any(|item| same(item, pattern, how)),
            value => same(value, pattern, how),
        })
}

fn same(value: &Value, pattern: &str, how: How) -> bool {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    };
    compare(&text, pattern, how)
}

fn compare(text: &str, pattern: &str, how: How) -> bool {
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    match how {
        How::Glob => fnmatch(&text, &pattern),
        How::Regex => regex(&pattern, &text),
        How::Exact => text == pattern,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn targets_match_as_in_salt() {
        let grains = json!({
            "os": "Debian", "roles": ["web", "db"], "ipv4": ["10.0.0.5", "127.0.0.1"],
            "disks": {"sda": {"size": 10}}, "virtual": true
        });
        let groups = json!({"g1": "web1 or web2", "g2": ["web1", "db1"], "g3": "N@g1 and not web2"});
        let minion =
            Minion { id: "web1", grains: grains.as_object().unwrap(), pillar: None, nodegroups: groups.as_object() };
        for (matcher, expression, expected) in [
            ("compound", "*", Some(true)),
            ("compound", "web* and G@os:debian", Some(true)),
            ("compound", "not web1", Some(false)),
            ("compound", "db1 or ( G@roles:db and not S@10.1.0.0/16 )", Some(true)),
            ("compound", "and web1", Some(false)),
            ("compound", "web1 web1", Some(false)),
            ("compound", "E@web\\d", Some(true)),
            ("compound", "I@role:web", None),
            ("compound", "web1 or I@role:web", Some(true)),
            ("compound", "N@g3", Some(true)),
            ("compound", "G|@disks|sda|size|10", Some(true)),
            ("nodegroup", "g2", Some(true)),
            ("nodegroup", "none", Some(false)),
            ("glob", "web?", Some(true)),
            ("pcre", "eb", Some(false)),
            ("list", "db1,web1", Some(true)),
            ("grain", "roles:w*", Some(true)),
            ("grain", "disks:sda", Some(true)),
            ("grain", "os", Some(false)),
            ("grain", "virtual:true", Some(true)),
            ("grain_pcre", "os:(debian|ubuntu)", Some(true)),
            ("ipcidr", "10.0.0.0/24", Some(true)),
            ("ipcidr", "10.0.0.5", Some(true)),
            ("ipcidr", "10.0.0.5/24", Some(false)),
            ("pillar", "a:b", None),
            ("own_matcher", "x", None),
        ] {
            assert_eq!(matches(&minion, matcher, expression), expected, "{matcher} {expression}");
        }
    }
}
