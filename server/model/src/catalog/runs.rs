//! Implicit minions: each target of the top file stands for whoever it matches. What such a minion runs are
//! the target's SLS, those of `'*'`, and those of every target that matches whoever this one matches.

use render::{Pattern, names};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use world::SaltPath;

use super::{Closure, View};

/// Targets that are looked at.
const MAX_RUNS: usize = 300;
/// Files in all closures together that are kept.
const MAX_FILES: usize = 300_000;

/// What one implicit minion runs.
#[derive(Clone, Debug)]
pub struct Run {
    /// The target expression.
    pub target: String,
    /// What the top file names for it, by saltenv, in its order; names may be fnmatch patterns.
    pub sls: Vec<(SmolStr, Vec<SmolStr>)>,
    /// Whether something unknown decides what else the top file names for it.
    pub partial: bool,
    /// All that it runs.
    pub closure: Closure,
}

impl Run {
    /// Whether it runs the file: for sure, perhaps, or not at all (`None`).
    #[must_use]
    pub fn has(&self, path: &SaltPath) -> Option<bool> {
        self.closure.files.get(path).map(|reached| reached.certain)
    }
}

/// A target as the top file writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Matcher {
    kind: String,
    text: String,
}

impl Matcher {
    /// Whether whoever matches `self` matches `other`, too.
    fn implies(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        if other.kind == "glob" && other.text.chars().all(|c| c == '*') {
            return true;
        }
        match (self.kind.as_str(), other.kind.as_str()) {
            // A glob as a text: its stars stand only where the wider one has a star.
            ("glob" | "list", "glob") => self.parts().iter().all(|part| names::fnmatch(part, &other.text)),
            ("glob" | "list", "list") => {
                let wider = other.parts();
                self.parts().iter().all(|part| !part.contains(['*', '?', '[']) && wider.contains(part))
            }
            _ => false,
        }
    }

    fn parts(&self) -> Vec<&str> {
        if self.kind == "list" { self.text.split(',').map(str::trim).collect() } else { vec![&self.text] }
    }

    /// `G@a:b` as a compound target is the grain target `a:b`.
    fn new(kind: &str, text: &str) -> Self {
        let plain = !text.contains([' ', '(', ')']);
        let (kind, text) = match (kind, text.split_once('@')) {
            ("compound", Some(("G", rest))) if plain => ("grain", rest),
            ("compound", Some(("I", rest))) if plain => ("pillar", rest),
            ("compound", Some(("L", rest))) if plain => ("list", rest),
            ("compound", None) if plain => ("glob", text),
            ("" | "glob", _) => ("glob", text),
            (kind, _) => (kind, text),
        };
        Self { kind: kind.to_owned(), text: text.to_owned() }
    }
}

impl View {
    /// The implicit minions; none where there is no top file.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        runs(self)
    }
}

/// What the top file names for who matches these targets.
fn named(view: &View, targets: &[&(SmolStr, String)]) -> (Vec<(SmolStr, Vec<SmolStr>)>, bool) {
    let mut partial = false;
    let mut all = Vec::new();
    for env in &view.top.states {
        let mine = env.sls.iter().filter(|entry| {
            targets.iter().any(|(of, target)| *of == env.saltenv && entry.target.as_literal() == Some(target.as_str()))
        });
        let mut names: Vec<SmolStr> = Vec::new();
        for entry in mine {
            match entry.name.as_literal().filter(|_| entry.when.is_always()) {
                Some(name) if !names.iter().any(|known| known == name) => names.push(name.into()),
                Some(_) => {}
                None => partial = true,
            }
        }
        if !names.is_empty() {
            all.push((env.saltenv.clone(), names));
        }
    }
    partial |= view.top.states.iter().flat_map(|env| &env.sls).any(|entry| Pattern::is_pattern(&entry.target));
    (all, partial)
}

/// A target with its saltenv and text, and the files that it gives.
type Targeted = (Matcher, (SmolStr, String), Vec<(SaltPath, bool)>);

fn runs(view: &View) -> Vec<Run> {
    let mut matchers: FxHashMap<(String, String), String> = FxHashMap::default();
    for facts in view.top.files.iter().filter_map(|path| view.facts(path)) {
        for target in &facts.targets {
            matchers.insert((target.saltenv.to_string(), target.target.to_string()), target.matcher.to_string());
        }
    }
    let mut targets: Vec<Targeted> = Vec::new();
    let mut all: Vec<_> = view.targets().into_iter().collect();
    all.sort();
    for ((env, text), files) in all {
        let kind = matchers.get(&(env.to_string(), text.clone())).map_or("glob", String::as_str);
        targets.push((Matcher::new(kind, &text), (env, text), files));
    }
    let mut found: Vec<Run> = Vec::new();
    let mut files = 0;
    let mut seen: Vec<&Matcher> = Vec::new();
    for (matcher, _, _) in &targets {
        if seen.contains(&matcher) || found.len() >= MAX_RUNS || files >= MAX_FILES {
            continue;
        }
        seen.push(matcher);
        let implied = || targets.iter().filter(|(other, _, _)| matcher.implies(other));
        let closure = view.closure_of(implied().flat_map(|(_, _, files)| files.clone()));
        files += closure.files.len();
        let (sls, partial) = named(view, &implied().map(|(_, target, _)| target).collect::<Vec<_>>());
        found.push(Run { target: matcher.text.clone(), sls, partial, closure });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Matcher;

    #[test]
    fn who_matches_one_target_matches_the_wider_ones() {
        for (one, other, expected) in [
            (("glob", "web1"), ("glob", "*"), true),
            (("grain", "role:web"), ("glob", "*"), true),
            (("glob", "web-prod*"), ("glob", "web*"), true),
            (("glob", "web*"), ("glob", "web-prod*"), false),
            (("glob", "*web"), ("glob", "web*"), false),
            (("list", "web1,web2"), ("glob", "web*"), true),
            (("list", "web1, db1"), ("glob", "web*"), false),
            (("compound", "G@role:web"), ("grain", "role:web"), true),
            (("compound", "G@role:web and web*"), ("grain", "role:web"), false),
            (("grain", "role:web"), ("grain", "role:db"), false),
            (("glob", "web1"), ("list", "web1,db1"), true),
            (("glob", "web*"), ("list", "web*,db1"), false),
        ] {
            let (a, b) = (Matcher::new(one.0, one.1), Matcher::new(other.0, other.1));
            assert_eq!(a.implies(&b), expected, "{one:?} {other:?}");
        }
    }
}
