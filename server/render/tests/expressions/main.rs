//! One-line expressions, evaluated by jinja2 in Salt's environment and by us: the same text or the
//! same exception. Needs `SALTFLOW_ORACLE_PYTHON` (a Python with Salt); without it, only that
//! nothing panics is tested.

mod evaluate;

use std::io::Write;

use evaluate::{Outcome, evaluate};

/// Expressions, one a line; `?` in front: we may answer "unknown"; `~`: only the exception's class
/// is compared; `#`: a comment.
const TABLE: &str = include_str!("expressions.txt");

const GRAINS: &str = r#"{"id": "web1", "os": "Debian", "os_family": "Debian", "osmajorrelease": 12, "roles": ["web", "db"],
    "ipv4": ["127.0.0.1", "10.1.2.3"], "nested": {"a": {"b": [1, {"c": "x"}]}, "1": "one"}, "num": 4}"#;
const PILLAR: &str = r#"{"nginx": {"port": 80, "sites": ["a", "b"], "opts": {"x": 1, "y": {"z": 2}}}, "list": [1, 2],
    "empty": {}, "none": null, "name": "value", "users": {"bob": {"uid": 1}, "amy": {"uid": 2}}}"#;

#[allow(clippy::disallowed_types, reason = "tests may start the oracle")]
fn oracle(expressions: &[&str]) -> Option<Vec<String>> {
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
        "expressions": expressions,
    });
    child.stdin.take().expect("stdin").write_all(question.to_string().as_bytes()).expect("asked");
    let output = child.wait_with_output().expect("answered");
    Some(serde_json::from_slice(&output.stdout).expect("answers"))
}

#[test]
fn expressions_give_what_jinja2_in_salt_gives() {
    let lines: Vec<&str> = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let expressions: Vec<&str> = lines.iter().map(|line| line.trim_start_matches(['?', '~']).trim()).collect();
    let ours: Vec<Outcome> = expressions.iter().map(|expression| evaluate(expression, GRAINS, PILLAR)).collect();
    let Some(theirs) = oracle(&expressions) else { return };
    let mut wrong = Vec::new();
    for ((line, ours), theirs) in lines.iter().zip(&ours).zip(&theirs) {
        let same = match ours {
            Outcome::Unknown(_) => line.starts_with('?'),
            Outcome::Known(text) if line.starts_with('~') => text.split(':').next() == theirs.split(':').next(),
            Outcome::Known(text) => text == theirs,
        };
        if !same {
            wrong.push(format!("{line}\n   salt {theirs:?}\n   ours {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}
