//! Targeting expressions (`salt/matchers/`, `salt/utils/minions.py`): which minions a top file, a
//! `match.*` call or a compound expression means. Knows nothing of top files.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::filters::{address, interface};
use super::regexp::{Flags, compile, fnmatch, is_match};
use super::traverse::{mapping, traverse};
use python::concrete::{MAX_DEPTH, beyond, items, unknown};
use python::value::{Heap, Kind, Value};
use python::{Fail, Res, to_str};

/// Nodegroups inside nodegroups, and words of one, that are followed.
const MAX_GROUPS: usize = 20;
const MAX_WORDS: usize = 2_000;

/// What is known of the minion that is matched.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Its id.
    pub id: Option<String>,
    /// All its grains.
    pub grains: Option<Value>,
    /// Its whole pillar.
    pub pillar: Option<Value>,
    /// `nodegroups` of the configuration.
    pub nodegroups: Option<Value>,
}

/// Whether `expression` means the minion. `engine` is a matcher's name as in a top file's `match:`
/// (`compound`, `glob`, `pcre`, `list`, `grain`, `grain_pcre`, `pillar`, `pillar_pcre`, `pillar_exact`,
/// `ipcidr`, `nodegroup`).
///
/// # Errors
/// [`Fail::Unknown`] where it depends on what is not known. Malformed expressions match nothing.
pub fn matches(heap: &mut Heap, target: &Target, engine: &str, expression: &str, delimiter: &str) -> Res<bool> {
    let regex = Flags { anchored: true, ..Flags::default() };
    match engine {
        "glob" => Ok(fnmatch(id(target)?, expression)),
        "pcre" => {
            let id = id(target)?;
            is_match(&compile(heap, expression, regex, id.len())?, id)
        }
        "list" => {
            let id = id(target)?;
            let listed = expression.contains(&format!(",{id},"))
                || expression.starts_with(&format!("{id},"))
                || expression.ends_with(&format!(",{id}"));
            Ok(listed || expression == id)
        }
        "grain" | "grain_pcre" | "pillar" | "pillar_pcre" | "pillar_exact" => {
            let (data, name) = if engine.starts_with("grain") {
                (&target.grains, "grains are")
            } else {
                (&target.pillar, "pillar is")
            };
            if !expression.contains(delimiter) {
                return Ok(false);
            }
            let Some(data) = data.clone() else { return unknown(format!("the minion's {name} not known")) };
            let how = match engine {
                "grain_pcre" | "pillar_pcre" => How::Regex,
                "pillar_exact" => How::Exact,
                _ => How::Glob,
            };
            subdict(heap, &data, expression, delimiter, how, 0)
        }
        "ipcidr" => ipcidr(heap, target, expression),
        "compound" => compound(heap, target, expression.split_whitespace().map(str::to_owned).collect()),
        "nodegroup" => match expand(heap, target, expression, &mut Vec::new())? {
            Some(words) => compound(heap, target, words),
            None => Ok(false),
        },
        _ => unknown(format!("the matcher {engine}")),
    }
}

fn id(target: &Target) -> Res<&str> {
    target.id.as_deref().ok_or_else(|| Fail::Unknown("the minion's id is not known".into()))
}

/// How a value is compared with a pattern.
#[derive(Clone, Copy)]
enum How {
    Glob,
    Regex,
    Exact,
}

fn one(heap: &Heap, target: &Value, pattern: &str, how: How) -> Res<bool> {
    let (target, pattern) = (to_str(heap, target)?.to_lowercase(), pattern.to_lowercase());
    match how {
        How::Glob => return Ok(fnmatch(&target, &pattern)),
        How::Exact => return Ok(target == pattern),
        How::Regex => {}
    }
    is_match(&compile(heap, &pattern, Flags { anchored: true, ..Flags::default() }, target.len())?, &target)
}

/// `salt.utils.data.subdict_match`.
///
/// # Errors
/// What is not known of `data`.
fn subdict(heap: &mut Heap, data: &Value, expression: &str, delimiter: &str, how: How, depth: usize) -> Res<bool> {
    if depth > MAX_DEPTH {
        return beyond("values nest too deep to be matched");
    }
    let parts: Vec<&str> = expression.split(delimiter).collect();
    for at in (1..parts.len()).rev() {
        let key = parts[..at].join(delimiter);
        let (pattern, found) = if key == "*" {
            (expression.to_owned(), Some(data.clone()))
        } else {
            (parts[at..].join(delimiter), traverse(heap, data, &Value::str(key), delimiter)?)
        };
        let Some(found) = found else { continue };
        if let Some(pairs) = mapping(heap, &found)? {
            if !pairs.is_empty() && in_dict(heap, &found, &pattern, how, depth)? {
                return Ok(true);
            }
            continue;
        }
        let members = match &found.kind {
            Kind::List(id) => items(heap, *id)?,
            Kind::Tuple(values) => values.to_vec(),
            _ => vec![found.clone()],
        };
        for member in members {
            if matches!(member.kind, Kind::Dict(_)) && in_dict(heap, &member, &pattern, how, depth)? {
                return Ok(true);
            }
            if one(heap, &member, &pattern, how)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn in_dict(heap: &mut Heap, target: &Value, pattern: &str, how: How, depth: usize) -> Res<bool> {
    if depth > MAX_DEPTH {
        return beyond("values nest too deep to be matched");
    }
    let Some(pairs) = mapping(heap, target)? else { return Ok(false) };
    let (pattern, wildcard) = pattern.strip_prefix("*:").map_or((pattern, false), |rest| (rest, true));
    if pattern == "*" || pairs.iter().any(|(key, _)| key.as_str() == Some(pattern)) {
        return Ok(true);
    }
    for (key, _) in &pairs {
        if one(heap, key, pattern, how)? {
            return Ok(true);
        }
    }
    if subdict(heap, target, pattern, ":", how, depth + 1)? {
        return Ok(true);
    }
    if wildcard {
        for (_, value) in &pairs {
            let found = match &value.kind {
                Kind::Dict(_) => in_dict(heap, value, pattern, how, depth + 1)?,
                Kind::List(id) => {
                    let mut any = false;
                    for item in items(heap, *id)? {
                        any |= one(heap, &item, pattern, how)?;
                    }
                    any
                }
                _ => one(heap, value, pattern, how)?,
            };
            if found {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether an address lies in a network given by its address and prefix length.
pub fn in_network(ip: IpAddr, network: (IpAddr, u8)) -> bool {
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)) << 96,
        IpAddr::V6(ip) => u128::from(ip),
    };
    let mask = u128::MAX.checked_shl(128 - u32::from(network.1)).unwrap_or(0);
    ip.is_ipv4() == network.0.is_ipv4() && bits(ip) & mask == bits(network.0) & mask
}

fn ipcidr(heap: &mut Heap, target: &Target, expression: &str) -> Res<bool> {
    let single = address(expression);
    // Python's `ip_network` refuses host bits.
    let clean = |(ip, prefix): &(IpAddr, u8)| ipnet::IpNet::new(*ip, *prefix).is_ok_and(|net| net.network() == *ip);
    let Some(network) = interface(expression).filter(clean) else { return Ok(false) };
    let Some(grains) = target.grains.clone() else { return unknown("the minion's grains are not known") };
    let name = if network.0.is_ipv4() { "ipv4" } else { "ipv6" };
    let Some(found) = traverse(heap, &grains, &Value::str(name), ":")? else { return Ok(false) };
    let addresses = match &found.kind {
        Kind::List(id) => items(heap, *id)?,
        _ => vec![found],
    };
    Ok(addresses.iter().filter_map(Value::as_str).any(|text| match single {
        Some(single) => text == single.to_string(),
        None => address(text).is_some_and(|ip| in_network(ip, network)),
    }))
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Is(Option<bool>),
    And,
    Or,
    Not,
    Open,
    Close,
}

/// Splits `E:@pattern` into engine, delimiter and pattern (`TARGET_REX`).
fn engine_of(word: &str) -> Option<(char, Option<String>, &str)> {
    let engine = word.chars().next().filter(|c| "GPIJLNSERTM".contains(*c))?;
    let rest = &word[1..];
    if let Some(pattern) = rest.strip_prefix('@').filter(|pattern| !pattern.is_empty()) {
        return Some((engine, None, pattern));
    }
    let delimiter = rest.chars().next().filter(|_| "GPIJ".contains(engine))?;
    let pattern = rest[delimiter.len_utf8()..].strip_prefix('@').filter(|pattern| !pattern.is_empty())?;
    Some((engine, Some(delimiter.to_string()), pattern))
}

/// `compound_match.match`. A nodegroup is put in its place word by word, with parentheses only if it
/// names others: `not N@x` may turn round its first word alone.
#[allow(clippy::too_many_lines, reason = "one arm per kind of word")]
fn compound(heap: &mut Heap, target: &Target, expression: Vec<String>) -> Res<bool> {
    let mut words: Vec<Word> = Vec::new();
    let mut reason: Option<Fail> = None;
    let mut open: VecDeque<String> = expression.into();
    let mut fuel = 10_000;
    while let Some(text) = open.pop_front() {
        fuel -= 1;
        if fuel == 0 {
            return beyond("a target is too long");
        }
        let text = text.as_str();
        let operator = match text {
            "and" => Some(Word::And),
            "or" => Some(Word::Or),
            "not" => Some(Word::Not),
            "(" => Some(Word::Open),
            ")" => Some(Word::Close),
            _ => None,
        };
        if let Some(word) = operator {
            match words.last() {
                None if !matches!(word, Word::Open | Word::Not) => return Ok(false),
                Some(Word::Open) if matches!(word, Word::And | Word::Or) => return Ok(false),
                Some(last) if word == Word::Not && !matches!(last, Word::And | Word::Or | Word::Open) => {
                    words.push(Word::And);
                }
                _ => {}
            }
            words.push(word);
            continue;
        }
        let answer = match engine_of(text) {
            None => matches(heap, target, "glob", text, ":"),
            Some(('N', _, group)) => match expand(heap, target, group, &mut Vec::new()) {
                Ok(found) => {
                    for word in found.unwrap_or_default().into_iter().rev() {
                        open.push_front(word);
                    }
                    continue;
                }
                Err(fail) => Err(fail),
            },
            Some((engine, delimiter, pattern)) => {
                let engine = match engine {
                    'G' => "grain",
                    'P' => "grain_pcre",
                    'I' => "pillar",
                    'J' => "pillar_pcre",
                    'L' => "list",
                    'S' => "ipcidr",
                    'E' => "pcre",
                    _ => "other",
                };
                matches(heap, target, engine, pattern, delimiter.as_deref().unwrap_or(":"))
            }
        };
        words.push(Word::Is(match answer {
            Ok(answer) => Some(answer),
            Err(Fail::Raise(_)) => return Ok(false),
            Err(fail) => {
                reason = Some(fail);
                None
            }
        }));
    }
    let mut at = 0;
    match disjunction(&words, &mut at, 0) {
        Some(answer) if at == words.len() => {
            answer.ok_or_else(|| reason.unwrap_or_else(|| Fail::Unknown("a target that is not known".into())))
        }
        _ => Ok(false),
    }
}

/// `or`, three-valued; `None`: a syntax error.
fn disjunction(words: &[Word], at: &mut usize, depth: usize) -> Option<Option<bool>> {
    let mut value = conjunction(words, at, depth)?;
    while words.get(*at) == Some(&Word::Or) {
        *at += 1;
        let other = conjunction(words, at, depth)?;
        value = match (value, other) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
    }
    Some(value)
}

fn conjunction(words: &[Word], at: &mut usize, depth: usize) -> Option<Option<bool>> {
    let mut value = negation(words, at, depth)?;
    while words.get(*at) == Some(&Word::And) {
        *at += 1;
        let other = negation(words, at, depth)?;
        value = match (value, other) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
    }
    Some(value)
}

fn negation(words: &[Word], at: &mut usize, depth: usize) -> Option<Option<bool>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let word = words.get(*at)?;
    *at += 1;
    match word {
        Word::Not => Some(negation(words, at, depth + 1)?.map(|value| !value)),
        Word::Open => {
            let value = disjunction(words, at, depth + 1)?;
            *at += 1;
            (words.get(*at - 1) == Some(&Word::Close)).then_some(value)
        }
        Word::Is(value) => Some(*value),
        _ => None,
    }
}

/// `nodegroup_comp`: the words of a nodegroup, those that it names put in their places; `None`: there is
/// no such group. `within`: the groups that are being expanded.
fn expand(heap: &mut Heap, target: &Target, group: &str, within: &mut Vec<String>) -> Res<Option<Vec<String>>> {
    let Some(groups) = target.nodegroups.clone() else { return unknown("the nodegroups are not known") };
    let found = mapping(heap, &groups)?
        .and_then(|pairs| pairs.into_iter().find(|(key, _)| key.as_str() == Some(group)))
        .map(|(_, value)| value);
    let Some(found) = found.filter(|_| !within.iter().any(|other| other == group)) else { return Ok(None) };
    let words: Vec<String> = match &found.kind {
        Kind::Str(text) => text.text.split_whitespace().map(str::to_owned).collect(),
        Kind::List(id) => {
            let words = items(heap, *id)?;
            words.iter().map(|word| to_str(heap, word)).collect::<Res<_>>()?
        }
        _ => return Ok(None),
    };
    if within.len() >= MAX_GROUPS {
        return beyond("nodegroups nest too deep");
    }
    let first = within.is_empty();
    if let Some(joined) = plain_names(&words).filter(|_| !first || !words.iter().any(|word| is_group(word))) {
        return Ok(Some(vec![joined]));
    }
    if first && !words.iter().any(|word| is_group(word)) {
        return Ok(Some(words));
    }
    within.push(group.to_owned());
    let mut expanded = vec!["(".to_owned()];
    for word in words {
        match word.strip_prefix("N@").filter(|_| is_group(&word)) {
            Some(inner) => expanded.extend(expand(heap, target, inner, within)?.unwrap_or_default()),
            None => expanded.push(word),
        }
        if expanded.len() > MAX_WORDS {
            return beyond("nodegroups are too long");
        }
    }
    within.pop();
    expanded.push(")".to_owned());
    Ok(Some(expanded))
}

fn is_group(word: &str) -> bool {
    word.len() >= 3 && word.starts_with("N@")
}

/// `_nodegroup_regex`: plain names are a list of minions, or a regular expression.
fn plain_names(words: &[String]) -> Option<String> {
    let typed = |word: &str| word.starts_with(|c: char| c.is_ascii_uppercase()) && word.get(1..2) == Some("@");
    let plain = |word: &String| {
        !matches!(word.as_str(), "and" | "or" | "not" | "(" | ")") && !word.contains('*') && !typed(word)
    };
    if words.is_empty() || !words.iter().all(plain) {
        return None;
    }
    let regex = words.iter().any(|word| word.contains(['(', '[', '{', '\\', '?', '}', ']', ')']));
    Some(format!("{}@{}", if regex { "E" } else { "L" }, words.join(",")))
}
