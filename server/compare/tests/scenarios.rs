//! Runs the scenarios of `scenarios/*.md`: prose whose fences are three worlds and what drift says
//! about them (the notation stands in `scenarios/README.md`). Every scenario must be able to fail: a
//! silent one shows beside it what would not be silent, and every expectation is also tried turned
//! round.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use compare::DriftSeverity;
use support::{Options, drift_of, path, severity};
use text::{Encoding, LineIndex};
use world::{Profile, SaltPath, World};

/// Files of one world.
type Files = BTreeMap<String, String>;

/// One fence.
#[derive(Clone, Debug)]
struct Fence {
    language: String,
    words: Vec<String>,
    body: String,
}

/// A heading with its fences.
#[derive(Clone, Debug)]
struct Scenario {
    title: String,
    fences: Vec<Fence>,
}

/// What the fences of one comparison say.
struct Setting {
    worlds: [Files; 3],
    options: Options,
    expected: Vec<String>,
    all: bool,
}

/// The scenarios of a document.
fn scenarios(text: &str) -> Vec<Scenario> {
    let mut found: Vec<Scenario> = Vec::new();
    let mut open: Option<Fence> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(fence), None) => fence.body += &format!("{line}\n"),
            (Some(_), Some(_)) => {
                let fence = open.take().expect("it is open");
                found.last_mut().expect("a fence under a heading").fences.push(fence);
            }
            (None, Some(info)) => {
                let mut words = info.split_whitespace().map(ToOwned::to_owned);
                let language = words.next().expect("a fence names its language");
                open = Some(Fence { language, words: words.collect(), body: String::new() });
            }
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    found.push(Scenario { title: title.to_owned(), fences: Vec::new() });
                }
            }
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    found
}

/// Puts a file fence into its worlds.
fn put(fence: &Fence, setting: &mut Setting) {
    let [worlds, file, rest @ ..] = fence.words.as_slice() else {
        panic!("a file fence names worlds and path: {fence:?}")
    };
    for letter in worlds.chars() {
        let n = "BOT".find(letter).expect("worlds are B, O and T");
        match rest {
            [word] if word == "deleted" => assert!(setting.worlds[n].remove(file).is_some(), "{file} is not there"),
            [word, old] if word == "from" => {
                let before = setting.worlds[n].remove(old).expect("the file that moves is there");
                let now = if fence.body.is_empty() { before } else { fence.body.clone() };
                setting.worlds[n].insert(file.clone(), now);
                let renames =
                    if n == 1 { &mut setting.options.ours_renames } else { &mut setting.options.theirs_renames };
                match renames.iter_mut().find(|(_, new)| *new == path(old)) {
                    Some(first) => first.1 = path(file),
                    None => renames.push((path(old), path(file))),
                }
            }
            [] => {
                // What the base has, the sides have until they say otherwise.
                let targets = if n == 0 { 0..3 } else { n..n + 1 };
                targets.for_each(|n| _ = setting.worlds[n].insert(file.clone(), fence.body.clone()));
            }
            _ => panic!("a file is `deleted` or comes `from` a path: {fence:?}"),
        }
    }
}

/// The comparison that a scenario's fences describe; with `otherwise` the one that must not be silent.
fn setting(scenario: &Scenario, otherwise: bool) -> Setting {
    let mut setting =
        Setting { worlds: Default::default(), options: Options::default(), expected: Vec::new(), all: false };
    for fence in &scenario.fences {
        let mut fence = fence.clone();
        let is_other = fence.words.last().is_some_and(|word| word == "otherwise");
        if is_other {
            fence.words.pop();
            if !otherwise {
                continue;
            }
        }
        match fence.language.as_str() {
            "facts" if is_other == otherwise => {
                setting.all = fence.words.iter().any(|word| word == "all");
                setting.expected = fence.body.lines().map(ToOwned::to_owned).collect();
            }
            "facts" => {}
            "profile" => {
                let name = fence.words.first().expect("a profile has a name");
                let profile = Profile::parse(name, &fence.body).expect("a profile");
                setting.options.profiles.push(Arc::new(profile));
            }
            "conflicts" => setting.options.conflicts.extend(fence.body.lines().map(path)),
            "shallow" => setting.options.two_way = true,
            _ => put(&fence, &mut setting),
        }
    }
    setting
}

fn line(world: &World, place: Option<&(SaltPath, text::TextRange)>) -> String {
    let Some((path, range)) = place else { return "-".to_owned() };
    let content = world.tree.get(path).and_then(|entry| world.source.content(path, entry.blob));
    let text = content.map(|content| String::from_utf8_lossy(&content).into_owned()).unwrap_or_default();
    let at = LineIndex::new(&text).position(&text, range.start, Encoding::Utf8);
    format!("{path}:{}", at.line + 1)
}

/// What drift says.
fn said(setting: &Setting) -> Vec<String> {
    let worlds = setting
        .worlds
        .each_ref()
        .map(|files| World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))));
    let drift = drift_of(worlds.each_ref(), &setting.options);
    let told = drift.facts.iter().filter(|fact| setting.all || fact.severity != DriftSeverity::None);
    let mut lines: Vec<String> = told
        .map(|fact| {
            let place = line(&worlds[1], fact.place.as_ref());
            format!("{} {} {place} {}", severity(fact.severity), fact.kind.name(), fact.message)
        })
        .collect();
    lines.sort();
    lines
}

/// Whether drift says what is expected; what differs.
fn verify(setting: &Setting) -> Result<(), String> {
    let found = said(setting);
    let mut expected = setting.expected.clone();
    expected.sort();
    match found == expected {
        true => Ok(()),
        false => Err(format!("said:\n{}\nexpected:\n{}\n", found.join("\n"), expected.join("\n"))),
    }
}

/// Every expectation that is nearly the right one, which must not pass.
fn turned(expected: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for n in 0..expected.len() {
        let mut missing = expected.to_vec();
        missing.remove(n);
        let mut milder = expected.to_vec();
        milder[n] = match milder[n].split_once(' ') {
            Some(("E", rest)) => format!("W {rest}"),
            Some((_, rest)) => format!("E {rest}"),
            None => panic!("an expectation begins with its severity"),
        };
        all.extend([missing, milder]);
    }
    if expected.is_empty() {
        all.push(vec!["E requisite-target-removed-upstream - anything".to_owned()]);
    }
    all
}

fn documents() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    #[allow(clippy::disallowed_methods, reason = "a test reads its scenarios")]
    let entries = std::fs::read_dir(folder).expect("the scenarios' folder");
    let mut all = Vec::new();
    for entry in entries {
        let file = entry.expect("an entry").path();
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if name.ends_with(".md") && name != "README.md" {
            #[allow(clippy::disallowed_methods, reason = "a test reads its scenarios")]
            all.push((name, std::fs::read_to_string(&file).expect("UTF-8")));
        }
    }
    all.sort();
    all
}

/// Every scenario with its document's name.
fn every() -> Vec<(String, Scenario)> {
    let mut all = Vec::new();
    for (name, text) in documents() {
        all.extend(scenarios(&text).into_iter().map(|scenario| (format!("{name}: {}", scenario.title), scenario)));
    }
    assert!(all.len() > 40, "{} scenarios", all.len());
    all
}

#[test]
fn drift_says_what_the_scenarios_say() {
    let mut failed = Vec::new();
    for (name, scenario) in every() {
        for otherwise in [false, true] {
            let setting = setting(&scenario, otherwise);
            let has = |wanted: bool| {
                let facts = scenario.fences.iter().filter(|fence| fence.language == "facts");
                facts.filter(|fence| (fence.words.last().is_some_and(|word| word == "otherwise")) == wanted).count()
            };
            if otherwise && has(true) == 0 {
                let silent = setting_is_silent(&scenario);
                assert!(!silent, "{name}: nothing is said; show `otherwise` what would be");
                continue;
            }
            assert_eq!(has(otherwise), 1, "{name}: one fence of facts");
            if otherwise {
                assert!(!setting.expected.is_empty(), "{name}: otherwise something is said");
            }
            if let Err(why) = verify(&setting) {
                failed.push(format!("{name}{}\n{why}", if otherwise { " (otherwise)" } else { "" }));
            }
        }
    }
    assert!(failed.is_empty(), "{} failed\n\n{}", failed.len(), failed.join("\n"));
}

fn setting_is_silent(scenario: &Scenario) -> bool {
    setting(scenario, false).expected.is_empty()
}

#[test]
fn every_scenario_can_fail() {
    for (name, scenario) in every() {
        let mut setting = setting(&scenario, false);
        assert_ne!(
            setting.worlds[1..],
            [setting.worlds[0].clone(), setting.worlds[0].clone()],
            "{name}: no side differs"
        );
        let found = said(&setting);
        for wrong in turned(&setting.expected) {
            let mut sorted = wrong.clone();
            sorted.sort();
            assert_ne!(found, sorted, "{name}: passes though turned round");
            setting.expected = wrong;
            assert!(verify(&setting).is_err(), "{name}: passes though turned round");
        }
    }
}

#[test]
fn every_kind_has_a_scenario() {
    // What only the repository knows, not its worlds: told by the binary, and tested there.
    let elsewhere = ["hotfix-not-merged-back", "release-not-merged-back", "stale"];
    let text: String =
        every().iter().flat_map(|(_, scenario)| &scenario.fences).map(|fence| fence.body.as_str()).collect();
    let missing: Vec<&str> = compare::DriftKind::ALL
        .iter()
        .map(|kind| kind.name())
        .filter(|kind| !elsewhere.contains(kind) && !text.contains(&format!(" {kind} ")))
        .collect();
    assert!(missing.is_empty(), "no scenario says {missing:?}");
}
