//! Soundness under partial knowledge, on generated trees: what is said with less knowledge covers
//! what is so with more; what is called certain is so; what is called an error is one for everybody.
//! `SALTFLOW_GENERATED=FIRST..LAST` runs other seeds than the usual ones.

#[path = "support/cover.rs"]
mod cover;

use std::sync::Arc;

use fixture::generate;
use model::{Facts, FileKind};
use render::{Code, EntryKind};
use world::{Memo, Minion, Profile, Reader, SaltPath, Stop, World};

/// Minions that each template is rendered for.
const MINIONS: u64 = 6;

fn roots(path: &str) -> world::Roots {
    [("base".to_owned(), vec![SaltPath::new(path).unwrap()])].into()
}

fn minion(profile: Option<Profile>) -> Arc<Minion> {
    let pillar_roots = roots("pillar");
    let (file_roots, saltenv) = (roots("states"), "base".into());
    Minion { file_roots, pillar_roots, saltenv, profile, pillar_file: None, salt: None, ..Minion::default() }.shared()
}

/// The same minion with less and less knowledge; the first is known wholly.
fn levels(seed: u64) -> [Arc<Minion>; 3] {
    let known = generate::minion(seed);
    let object = |text: &str| serde_json::from_str(text).unwrap();
    let full = Profile {
        name: "m".into(),
        id: "m".into(),
        grains: object(&known.grains),
        pillar: Some(object(&known.pillar)),
        calls: object(&known.calls),
        ..Profile::default()
    };
    let without_calls = Profile { calls: serde_json::Map::default(), ..full.clone() };
    [minion(Some(full)), minion(Some(without_calls)), minion(None)]
}

/// The pillar roots of a minion of whose pillar some values are not known, and the minion.
fn hidden_pillar(seed: u64) -> ([(String, String); 2], Arc<Minion>) {
    let known = generate::minion(seed);
    let mut random = generate::Random::new(seed);
    let object = |text: &str| -> serde_json::Map<String, serde_json::Value> { serde_json::from_str(text).unwrap() };
    let mut sls = String::new();
    for (key, value) in object(&known.pillar) {
        let hidden = random.chance(50);
        sls += &if hidden {
            format!("{key}: {{{{ salt['vault.read']('{key}') }}}}\n")
        } else {
            format!("{key}: {value}\n")
        };
    }
    let profile = Profile {
        name: "m".into(),
        id: "m".into(),
        grains: object(&known.grains),
        calls: object(&known.calls),
        ..Profile::default()
    };
    let top = "base:\n  '*': [p]\n".to_owned();
    ([("pillar/top.sls".into(), top), ("pillar/p.sls".into(), sls)], minion(Some(profile)))
}

fn refused(facts: &Facts) -> Option<String> {
    let sure = |one: &&render::Problem| {
        one.certain && !matches!(one.code, Code::UnknownRenderer | Code::SlsMissing | Code::Limit | Code::NotText)
    };
    facts.problems.iter().find(sure).map(|problem| problem.message.clone())
}

/// What is unsound about one template, as a report.
fn check(seed: u64) -> Option<(usize, String)> {
    let pillar = seed.is_multiple_of(5);
    let template = generate::states(seed, "t");
    let top = if pillar { "pillar" } else { "states" };
    let paths: Vec<(String, &str)> =
        template.files.iter().map(|(path, text)| (format!("{top}/{path}"), text.as_str())).collect();
    let world = World::in_memory(paths.iter().map(|(path, text)| (path.as_str(), *text)));
    let (memo, stop) = (Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let kind =
        FileKind { kind: if pillar { EntryKind::Pillar } else { EntryKind::State }, certain: true, settled: true };
    let path = SaltPath::new(&paths[0].0).unwrap();
    let facts = |minion: &Arc<Minion>| model::facts(&reader, minion, &path, kind).unwrap();
    let with_hidden = |seed: u64| {
        let (files, minion) = hidden_pillar(seed);
        let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let world = World::in_memory(paths.iter().map(|(path, text)| (path.as_str(), *text)).chain(files));
        let memo = Memo::new();
        model::facts(&Reader::new(&world, &memo, &stop), &minion, &path, kind).unwrap()
    };
    let mut found: Vec<String> = Vec::new();
    let mut accepted = None;
    let mut nothing = None;
    for n in 0..MINIONS {
        let who = generate::minion(seed * 100 + n);
        let of = format!("\n  grains {}\n  pillar {}\n  calls {}", who.grains, who.pillar, who.calls);
        let [full, without_calls, unknown] = levels(seed * 100 + n);
        let full = facts(&full);
        let own = facts(&without_calls);
        let bare = nothing.get_or_insert_with(|| facts(&unknown));
        if refused(&full).is_some() {
            continue;
        }
        accepted = Some(of.clone());
        let hidden = if pillar { own.clone() } else { with_hidden(seed * 100 + n) };
        let levels = [("without calls", &own), ("with parts of the pillar", &hidden), ("with nothing known", &*bare)];
        for (level, partial) in levels {
            if let Some(error) = refused(partial) {
                found.push(format!("{level}: refused ({error}) though accepted for{of}"));
            }
            let mut lines = cover::unsound(partial, &full);
            lines.truncate(3);
            found.extend(lines.into_iter().map(|line| format!("{level}: {line} for{of}")));
        }
    }
    let files: Vec<String> = template.files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
    found.truncate(4);
    let size = template.files.iter().map(|(_, text)| text.len()).sum();
    let report = format!("== seed {seed}\n{}\n{}\n", files.join("\n"), found.join("\n"));
    ACCEPTED.fetch_add(usize::from(accepted.is_some()), std::sync::atomic::Ordering::Relaxed);
    (!found.is_empty()).then_some((size, report))
}

static ACCEPTED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

fn seeds(usual: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("SALTFLOW_GENERATED") else { return usual };
    let (first, last) = text.split_once("..").unwrap();
    first.parse().unwrap()..last.parse().unwrap()
}

#[test]
fn less_knowledge_says_less_but_never_anything_wrong() {
    let seeds = seeds(0..400);
    let count = seeds.clone().count();
    let mut failures: Vec<(usize, String)> = seeds.filter_map(check).collect();
    failures.sort();
    let accepted = ACCEPTED.load(std::sync::atomic::Ordering::Relaxed);
    println!("{count} templates, {accepted} accepted for some minion, {} unsound", failures.len());
    let shown: Vec<&str> = failures.iter().take(40).map(|(_, text)| text.as_str()).collect();
    assert!(failures.is_empty(), "{} of {count} are unsound\n{}", failures.len(), shown.join("\n"));
    assert!(accepted * 3 > count, "only {accepted} of {count} are accepted for any minion");
}
