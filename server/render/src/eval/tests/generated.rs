//! Generated templates against Salt's Jinja environment, byte by byte: everything is known.

use std::io::Write;

use fixture::generate;
use serde_json::{Value, json};
use world::{Memo, Minion, Profile, Reader, SaltPath, Stop, World};

use crate::EntryKind;
use crate::eval::{Evaluated, Job, evaluate};

/// One template with one minion.
struct Case {
    seed: u64,
    files: Vec<(String, String)>,
    minion: generate::Minion,
}

fn case(seed: u64) -> Case {
    let folder = format!("t{seed}");
    let template = if seed.is_multiple_of(4) { generate::states(seed, &folder) } else { generate::text(seed, &folder) };
    Case { seed, files: template.files, minion: generate::minion(seed / 4096 * 16 + seed % 16) }
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn ask_salt(python: &str, cases: &[Case]) -> Vec<Value> {
    let questions: Vec<Value> = cases
        .iter()
        .map(|case| {
            let of = &case.minion;
            json!({"files": case.files, "grains": parse(&of.grains), "pillar": parse(&of.pillar), "calls": parse(&of.calls)})
        })
        .collect();
    #[allow(clippy::disallowed_types, reason = "the oracle is a development tool, run on this crate's own templates")]
    let mut child = std::process::Command::new(python)
        .args(["-c", include_str!("generated.py")])
        .env("PYTHONHASHSEED", "0")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::from(questions).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn render(case: &Case) -> Evaluated {
    let object = |text: &str| serde_json::from_str(text).unwrap();
    let root = |path: &str| [("base".to_owned(), vec![SaltPath::new(path).unwrap()])].into();
    let minion = Minion {
        file_roots: root("states"),
        pillar_roots: root("pillar"),
        saltenv: "base".into(),
        profile: Some(Profile {
            name: "m".into(),
            id: "m".into(),
            grains: object(&case.minion.grains),
            pillar: Some(object(&case.minion.pillar)),
            calls: object(&case.minion.calls),
            ..Profile::default()
        }),
        pillar_file: None,
        salt: None,
        ..Minion::default()
    }
    .shared();
    let paths: Vec<(String, &str)> =
        case.files.iter().map(|(path, text)| (format!("states/{path}"), text.as_str())).collect();
    let world = World::in_memory(paths.iter().map(|(path, text)| (path.as_str(), *text)));
    let (memo, stop) = (Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let (path, text) = &case.files[0];
    let job = Job {
        minion: &minion,
        path: SaltPath::new(&format!("states/{path}")).unwrap(),
        kind: EntryKind::State,
        sls: Some(path.trim_end_matches(".sls").replace('/', ".").into()),
        saltenv: "base".into(),
        source: text.as_str().into(),
        blob: None,
        extra: Vec::new(),
    };
    evaluate(&job, &reader).unwrap()
}

/// What is wrong with saltflow's answer, if anything.
fn difference(case: &Case, answer: &Value) -> Option<String> {
    let evaluated = render(case);
    let problem = evaluated.problems.iter().find(|problem| problem.certain);
    match (answer["text"].as_str(), problem) {
        (Some(_), Some(problem)) => Some(format!("refuses what Salt renders: {}", problem.message)),
        (None, None) => {
            Some(format!("renders what Salt refuses: {}\nours: {:?}", answer["error"], evaluated.output.text))
        }
        (None, Some(_)) => None,
        (Some(text), None) if text != evaluated.output.text => {
            Some(format!("ours:   {:?}\ntheirs: {text:?}", evaluated.output.text))
        }
        (Some(_), None) if evaluated.partial => Some("is partial though all is known".into()),
        _ => None,
    }
}

/// The seeds to try: `SALTFLOW_GENERATED=FIRST..LAST` for a deep run.
fn seeds(usual: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("SALTFLOW_GENERATED") else { return usual };
    let (first, last) = text.split_once("..").unwrap();
    first.parse().unwrap()..last.parse().unwrap()
}

#[test]
fn generated_templates_render_as_in_salt() {
    let Ok(python) = std::env::var("SALTFLOW_ORACLE_PYTHON") else {
        println!("skipped: SALTFLOW_ORACLE_PYTHON is not set");
        return;
    };
    let cases: Vec<Case> = seeds(0..2000).map(case).collect();
    let answers = ask_salt(&python, &cases);
    let accepted = answers.iter().filter(|answer| answer["text"].is_string()).count();
    let mut failures: Vec<(usize, String)> = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        if let Some(text) = difference(case, answer) {
            let files: Vec<String> = case.files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
            let size = case.files.iter().map(|(_, text)| text.len()).sum();
            let of = &case.minion;
            let known = format!("grains {}\npillar {}\ncalls {}", of.grains, of.pillar, of.calls);
            failures.push((size, format!("== seed {}\n{}\n{known}\n{text}\n", case.seed, files.join("\n"))));
        }
    }
    println!("{} templates, {accepted} accepted by Salt, {} differ", cases.len(), failures.len());
    failures.sort();
    let shown: Vec<&str> = failures.iter().take(40).map(|(_, text)| text.as_str()).collect();
    assert!(failures.is_empty(), "{} of {} differ\n{}", failures.len(), cases.len(), shown.join("\n"));
    assert!(accepted * 2 > cases.len(), "only {accepted} of {} templates render", cases.len());
}
