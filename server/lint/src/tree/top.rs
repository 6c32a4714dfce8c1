//! Top files: matchers, target expressions, saltenvs, and targets without a list.

use codes::{Code, Level};
use model::TopTarget;
use render::{EntryKind, Node, NodeKind};

use crate::near::nearest;
use crate::templates::grains;
use crate::{Check, Edit, Fix, meant};

/// The modules of `salt/matchers` by what `match` says; `cache_match` and `confirm_top` are no words for it.
const MATCHERS: [&str; 14] = [
    "compound",
    "glob",
    "grain",
    "grain_pcre",
    "pillar",
    "pillar_pcre",
    "pillar_exact",
    "list",
    "pcre",
    "nodegroup",
    "ipcidr",
    "data",
    "range",
    "compound_pillar_exact",
];
/// The letters before `@` in a compound target (`parse_target` in `salt/utils/minions.py`).
const ENGINES: &str = "GPIJLNSEFRTM";

pub(crate) fn check(check: &mut Check<'_>) {
    let facts = check.facts;
    let own_matchers = check.scope.layout.module_folders.iter().any(|folder| folder.name() == "_matchers");
    for target in &facts.targets {
        if !own_matchers {
            matcher(check, target);
        }
        saltenv(check, target);
        if let (Some(text), true) = (target.target.as_literal(), target.matcher == "compound")
            && let Some(why) = malformed(text)
        {
            let message = format!("The target '{text}' matches nobody: {why}.");
            check.tell(Code::TargetMalformed, &target.origin, &target.when, message);
        }
        grain(check, target);
    }
    let rendered = facts.rendered.clone();
    if let Some(root) = &rendered.data {
        texts(check, root);
    }
}

fn matcher(check: &mut Check<'_>, target: &TopTarget) {
    let word = target.matcher.as_str();
    if MATCHERS.contains(&word) || word.contains('*') || word.is_empty() {
        return;
    }
    let near = nearest(word, MATCHERS);
    let message = format!("Salt has no matcher '{word}': it cannot compile the highstate.{}", meant(near));
    let origin = matcher_origin(check, target).unwrap_or_else(|| (*target.origin).clone());
    let fix = near.filter(|_| origin != *target.origin).and_then(|near| Fix::word(&origin, word, near));
    check.tell(Code::UnknownMatcher, &origin, &target.when, message).fix = fix;
}

/// Where the word behind `match:` is written.
fn matcher_origin(check: &Check<'_>, target: &TopTarget) -> Option<render::Origin> {
    let root = check.facts.rendered.data.as_ref()?;
    let list = root.get(target.saltenv.as_literal()?)?.get(target.target.as_literal()?)?;
    let NodeKind::List(items) = &list.kind else { return None };
    let word = items.iter().find_map(|item| item.get("match"))?;
    (word.as_str() == Some(target.matcher.as_str())).then(|| (*word.origin).clone())
}

/// An environment that is close to one that is served, and is not served itself: others may be served from
/// elsewhere.
fn saltenv(check: &mut Check<'_>, target: &TopTarget) {
    let minion = &check.view.minion;
    let roots = if check.facts.kind == EntryKind::PillarTop { &minion.pillar_roots } else { &minion.file_roots };
    let Some(env) = target.saltenv.as_literal() else { return };
    if roots.contains_key(env) || roots.contains_key("__env__") || minion.file_roots.contains_key(env) {
        return;
    }
    let Some(near) = nearest(env, roots.keys().map(String::as_str)) else { return };
    let message = format!("No root serves the saltenv '{env}'. Did you mean `{near}`?");
    check.tell(Code::UnknownSaltenv, &target.origin, &target.when, message);
}

/// Why a compound target cannot be read; `None` if it can (`match` in `salt/matchers/compound_match.py`).
fn malformed(target: &str) -> Option<String> {
    let mut operand_before = false;
    let mut open = 0_usize;
    let mut last = "";
    for word in target.split_whitespace() {
        match word {
            "and" | "or" => {
                if !operand_before {
                    return Some(format!("`{word}` has nothing before it"));
                }
                operand_before = false;
            }
            "not" => operand_before = false,
            "(" => {
                if operand_before {
                    return Some("there is no `and` or `or` before `(`".to_owned());
                }
                open += 1;
            }
            ")" => {
                if !operand_before || open == 0 {
                    return Some("`)` closes nothing".to_owned());
                }
                open -= 1;
            }
            _ => {
                if let Some(why) = operand(word) {
                    return Some(why);
                }
                if operand_before {
                    return Some(format!("there is no `and` or `or` between `{last}` and `{word}`"));
                }
                operand_before = true;
                last = word;
            }
        }
    }
    if open > 0 {
        return Some("a parenthesis is not closed".to_owned());
    }
    let several = target.split_whitespace().count() > 1;
    (several && !operand_before).then(|| "it ends with an operator".to_owned())
}

/// Why one part of a compound target matches nobody.
fn operand(word: &str) -> Option<String> {
    let mut chars = word.chars();
    if let (Some(letter), Some('@')) = (chars.next(), chars.next())
        && letter.is_ascii_alphabetic()
        && !ENGINES.contains(letter)
    {
        return Some(format!("Salt knows no `{letter}@`"));
    }
    let glued = (word.starts_with('(') && !word.contains(')')) || (word.ends_with(')') && !word.contains('('));
    glued.then(|| "parentheses need blanks around them".to_owned())
}

/// A grain of the target that is close to one of Salt's.
fn grain(check: &mut Check<'_>, target: &TopTarget) {
    let Some(text) = target.target.as_literal() else { return };
    let names: Vec<String> = match target.matcher.as_str() {
        "grain" | "grain_pcre" => text.split(':').next().map(str::to_owned).into_iter().collect(),
        "compound" => text
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("G@").or_else(|| word.strip_prefix("P@")))
            .filter_map(|rest| rest.split(':').next().map(str::to_owned))
            .collect(),
        _ => return,
    };
    for name in names {
        grains::misspelt(check, &name, &target.origin, &target.when, None);
    }
}

/// `'*': common`: Salt walks over the letters of the text.
fn texts(check: &mut Check<'_>, root: &Node) {
    let NodeKind::Map(envs) = &root.kind else { return };
    for (_, targets) in envs {
        let NodeKind::Map(targets) = &targets.kind else { continue };
        for (target, list) in targets {
            let Some(text) = list.as_str().filter(|text| !text.is_empty()) else { continue };
            let message = format!(
                "The SLS of a target have to be a list: Salt takes each letter of '{text}' for an SLS. Write `- {text}`."
            );
            let edit = Edit {
                path: list.origin.path.clone(),
                range: list.origin.range,
                old: Some(text.to_owned()),
                new: format!("- {text}"),
            };
            let exact = list.origin.kind == render::SourceKind::Exact && text.len() == list.origin.range.len() as usize;
            let fix = exact.then(|| Fix { title: format!("write `- {text}`"), edits: vec![edit] });
            let when = target.when.both(&list.when).unwrap_or_default();
            let finding = check.tell(Code::TargetNotAList, &list.origin, &when, message);
            finding.fix = fix;
            if !when.is_always() {
                finding.level = Level::Warning;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::malformed;

    #[test]
    fn compound_targets_are_read_as_salt_reads_them() {
        for good in [
            "*",
            "web*",
            "G@os:Debian and web*",
            "not web*",
            "( a or b ) and not c",
            "E@web(1|2)",
            "N@group",
            "a and ( not b )",
        ] {
            assert_eq!(malformed(good), None, "{good}");
        }
        for bad in
            ["G@os:Debian and", "and a", "a b", "( a or b", "X@os:Debian", "a or ( and b )", "(a or b)", "a ) or b"]
        {
            assert!(malformed(bad).is_some(), "{bad}");
        }
    }
}
