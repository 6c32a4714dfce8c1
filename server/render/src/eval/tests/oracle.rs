//! Whole templates against the real thing: Salt's Jinja environment, run in the interpreter that
//! `SALTFLOW_ORACLE_PYTHON` names.

use std::io::Write;

use serde_json::{Value, json};

use super::run;

const GRAINS: &str =
    r#"{"id": "m", "os": "Ubuntu", "os_family": "Debian", "list": ["a", "b"], "deep": {"a": {"b": "c"}}}"#;
const PILLAR: &str = r#"{"nginx": {"port": 8080, "user": "www"}, "users": [{"name": "ann", "uid": 7}, {"name": "bob", "groups": ["x", "y"]}], "override": {"d": {"y": 2}}}"#;

struct Case {
    name: String,
    files: Vec<(String, String)>,
}

/// `=== name` begins a case (`=== @path name` names its SLS), `--- path` a further file; `\r` at a
/// line's end is a carriage return, `\` there joins the next line without a break.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in include_str!("templates.txt").split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("=== ") {
            let name = name.trim();
            let (path, name) = match name.strip_prefix('@').and_then(|rest| rest.split_once(' ')) {
                Some((path, name)) => (path, name),
                None => ("a.sls", name),
            };
            cases.push(Case { name: name.into(), files: vec![(path.into(), String::new())] });
            continue;
        }
        let case = cases.last_mut().unwrap();
        if let Some(path) = line.strip_prefix("--- ") {
            case.files.push((path.trim().into(), String::new()));
            continue;
        }
        let line = line.replace("\\r\n", "\r\n").replace("\\\n", "");
        case.files.last_mut().unwrap().1.push_str(&line);
    }
    cases
}

fn ask_salt(python: &str, cases: &[Case]) -> Vec<Value> {
    let parse = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let questions: Vec<Value> = cases
        .iter()
        .map(|case| json!({"files": case.files, "grains": parse(GRAINS), "pillar": parse(PILLAR)}))
        .collect();
    #[allow(clippy::disallowed_types, reason = "the oracle is a development tool, run on this crate's own templates")]
    let mut child = std::process::Command::new(python)
        .args(["-c", include_str!("oracle.py")])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::from(questions).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn whole_templates_render_as_in_salt() {
    let Ok(python) = std::env::var("SALTFLOW_ORACLE_PYTHON") else {
        println!("skipped: SALTFLOW_ORACLE_PYTHON is not set");
        return;
    };
    let cases = cases();
    assert!(cases.len() >= 100);
    let mut failures = String::new();
    for (case, answer) in cases.iter().zip(ask_salt(&python, &cases)) {
        let files: Vec<(&str, &str)> = case.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let evaluated = run(&files, Some((GRAINS, PILLAR)));
        let problem = evaluated.problems.iter().find(|problem| problem.certain);
        let (ours, theirs) = match (answer["text"].as_str(), problem) {
            (Some(text), None) => (evaluated.output.text.clone(), text.to_owned()),
            (Some(text), Some(problem)) => (format!("error: {}", problem.message), text.to_owned()),
            (None, problem) => (
                problem.map_or_else(|| evaluated.output.text.clone(), |problem| problem.message.clone()),
                answer["error"].as_str().unwrap().to_owned(),
            ),
        };
        let theirs = theirs.split("; line ").next().unwrap_or_default().to_owned();
        if ours != theirs {
            failures += &format!("== {}\nours:   {ours:?}\ntheirs: {theirs:?}\n", case.name);
        } else if answer["text"].is_string() && evaluated.partial {
            failures += &format!("== {}\nis partial though all is known\n", case.name);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
