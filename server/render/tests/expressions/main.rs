//! Templates of one line, rendered by Salt's own environment and by us: the same text, or refused
//! with the same words. Needs `SALTFLOW_ORACLE_PYTHON` (a Python with Salt); without it, only that
//! nothing panics is tested. `SALTFLOW_FAMILY` picks families by a part of their name,
//! `SALTFLOW_ALL` compares every combination.

mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;

use render::{Code, EntryKind, PieceKind};
use table::{Question, questions};
use world::{Memo, Minion, Profile, Reader, SaltPath, Stop, World};

const TABLES: &[&str] = &[
    include_str!("tables/samples.txt"),
    include_str!("tables/operators.txt"),
    include_str!("tables/methods.txt"),
    include_str!("tables/tests.txt"),
    include_str!("tables/filters.txt"),
    include_str!("tables/functions.txt"),
];

const GRAINS: &str = r#"{"id": "web1", "os": "Debian", "os_family": "Debian", "osmajorrelease": 12, "roles": ["web", "db"],
    "ipv4": ["127.0.0.1", "10.1.2.3"], "nested": {"a": {"b": [1, {"c": "x"}]}, "1": "one"}, "num": 4}"#;
const PILLAR: &str = r#"{"nginx": {"port": 80, "sites": ["a", "b"], "opts": {"x": 1, "y": {"z": 2}}}, "list": [1, 2],
    "empty": {}, "none": null, "name": "value", "users": {"bob": {"uid": 1}, "amy": {"uid": 2}}}"#;

/// What Salt has, and what its templates give.
struct Salt {
    names: serde_json::Value,
    answers: Vec<String>,
}

#[allow(clippy::disallowed_types, reason = "tests may start the oracle")]
fn salt(templates: &[&str]) -> Option<Salt> {
    let Ok(python) = std::env::var("SALTFLOW_ORACLE_PYTHON") else {
        println!("skipped: SALTFLOW_ORACLE_PYTHON is not set");
        return None;
    };
    let mut child = std::process::Command::new(python)
        .args(["-c", include_str!("oracle.py")])
        .env("PYTHONHASHSEED", "0")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let question = serde_json::json!({
        "grains": serde_json::from_str::<serde_json::Value>(GRAINS).expect("grains"),
        "pillar": serde_json::from_str::<serde_json::Value>(PILLAR).expect("pillar"),
        "templates": templates,
    });
    child.stdin.take().expect("stdin").write_all(question.to_string().as_bytes()).expect("asked");
    let output = child.wait_with_output().expect("answered");
    assert!(output.status.success(), "the oracle failed");
    let mut answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("answers");
    Some(Salt {
        names: answer["names"].take(),
        answers: serde_json::from_value(answer["answers"].take()).expect("texts"),
    })
}

fn minion() -> Arc<Minion> {
    let object = |text: &str| serde_json::from_str(text).expect("an object");
    let profile = Profile {
        name: "web1".into(),
        id: "web1".into(),
        grains: object(GRAINS),
        pillar: Some(object(PILLAR)),
        ..Profile::default()
    };
    Minion {
        file_roots: [("base".to_owned(), vec![SaltPath::new("states").expect("a path")])].into(),
        pillar_roots: [].into(),
        saltenv: "base".into(),
        profile: Some(profile),
        pillar_file: None,
        salt: None,
        ..Minion::default()
    }
    .shared()
}

/// What a template gives: `= text`, `! error`, `? reason`.
fn ours(minion: &Arc<Minion>, template: &str) -> String {
    let world = World::in_memory([("states/a.sls", template)]);
    let (memo, stop) = (Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let path = SaltPath::new("states/a.sls").expect("a path");
    let rendered = render::render(&reader, minion, &path, EntryKind::State, Some("a")).expect("not stopped");
    if let Some(problem) = rendered.problems.iter().find(|problem| problem.code == Code::Limit) {
        return format!("? {}", problem.message);
    }
    let refused = |code: Code| {
        use Code::{ImportCycle, JinjaRuntime, JinjaSyntax, JinjaUndefined, JinjaUnknownName, TemplateNotFound};
        matches!(code, ImportCycle | JinjaRuntime | JinjaSyntax | JinjaUndefined | JinjaUnknownName | TemplateNotFound)
    };
    if let Some(problem) = rendered.problems.iter().find(|problem| problem.certain && refused(problem.code)) {
        return format!("! {}", problem.message.lines().next().unwrap_or_default());
    }
    let known = |kind: &PieceKind| matches!(kind, PieceKind::Exact | PieceKind::Derived);
    match rendered.output.pieces.iter().find(|piece| !known(&piece.kind) || !piece.when.is_always()) {
        Some(piece) => format!("? {:?}", piece.kind),
        None if rendered.partial => "? partial".to_owned(),
        None => format!("= {}", rendered.output.text),
    }
}

#[derive(Clone, Copy)]
enum Verdict {
    Same = 1,
    Reworded,
    Unknown,
    Different,
}

fn verdict(ours: &str, theirs: &str) -> Verdict {
    match (ours.as_bytes().first(), theirs.as_bytes().first()) {
        (Some(b'?'), _) => Verdict::Unknown,
        _ if ours == theirs => Verdict::Same,
        (Some(b'!'), Some(b'!')) => Verdict::Reworded,
        _ => Verdict::Different,
    }
}

#[test]
fn templates_of_one_line_give_what_they_give_in_salt() {
    let wanted = std::env::var("SALTFLOW_FAMILY").unwrap_or_default();
    let asked: Vec<Question> =
        TABLES.iter().flat_map(|table| questions(table)).filter(|q| q.family.contains(&wanted)).collect();
    let minion = minion();
    let answers: Vec<String> = asked.iter().map(|question| ours(&minion, &question.template)).collect();
    let templates: Vec<&str> = asked.iter().map(|question| question.template.as_str()).collect();
    let Some(salt) = salt(&templates) else { return };
    // Compared, the same, refused with other words, unknown, known to differ.
    let mut families: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    let mut wrong: BTreeMap<(usize, &str), Vec<String>> = BTreeMap::new();
    let mut lines: Vec<&str> = Vec::new();
    for ((question, ours), theirs) in asked.iter().zip(&answers).zip(&salt.answers) {
        let counts = families.entry(&question.family).or_default();
        let verdict = verdict(ours, theirs);
        counts[0] += 1;
        counts[verdict as usize] += 1;
        let fine = match verdict {
            Verdict::Same => true,
            Verdict::Reworded => question.any_refusal,
            Verdict::Unknown => question.may_be_unknown,
            Verdict::Different => false,
        };
        if fine || question.differs {
            continue;
        }
        if lines.last() != Some(&question.line.as_str()) {
            lines.push(&question.line);
        }
        let shown = format!("   {}\n      salt {theirs:?}\n      ours {ours:?}", question.template);
        wrong.entry((lines.len(), &question.line)).or_default().push(shown);
    }
    for (family, [compared, same, reworded, unknown, different]) in &families {
        println!(
            "{family}: {compared} compared, {same} equal, {reworded} refused with other words, {unknown} unknown, \
             {different} different"
        );
    }
    let mut report = String::new();
    for ((_, line), differences) in &wrong {
        let _ = writeln!(
            report,
            "{line}: {} differ\n{}",
            differences.len(),
            differences[..differences.len().min(60)].join("\n")
        );
    }
    let count: usize = wrong.values().map(Vec::len).sum();
    assert!(wrong.is_empty(), "{count} of {} differ:\n{report}", asked.len());
}

#[test]
fn every_name_of_salts_environment_is_known() {
    let Some(salt) = salt(&[]) else { return };
    let names = |key: &str| -> Vec<String> { serde_json::from_value(salt.names[key].clone()).expect("names") };
    let mut missing: Vec<String> = Vec::new();
    missing.extend(names("filters").into_iter().filter(|name| !builtins::is_filter(name)));
    missing.extend(names("tests").into_iter().filter(|name| !builtins::is_test(name)));
    let minion = minion();
    for name in names("globals") {
        let answer = ours(&minion, &format!("{{{{ {name} is defined }}}}"));
        // Where Salt caches files is not known.
        if answer != "= True" && name != "tplpath" {
            missing.push(format!("global {name}: {answer}"));
        }
    }
    for (written, methods) in salt.names["methods"].as_object().expect("types") {
        for method in methods.as_array().expect("methods").iter().filter_map(|name| name.as_str()) {
            let answer = ours(&minion, &format!("{{{{ ({written}).{method} is defined }}}}"));
            if answer != "= True" {
                missing.push(format!("({written}).{method}: {answer}"));
            }
        }
    }
    assert!(missing.is_empty(), "not known: {missing:#?}");
}
