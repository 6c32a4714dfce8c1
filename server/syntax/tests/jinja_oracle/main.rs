//! The parser against the real jinja2 with Salt's extensions: the same templates accepted, the same
//! trees, the same first message. Needs `SALTFLOW_ORACLE_PYTHON` (a Python with Salt).

mod corpus;
mod tree;

use std::collections::BTreeSet;
use std::io::Write as _;

use syntax::jinja::{Options, Template, parse};

/// Environment options of one case.
#[derive(Clone, Copy, Debug, Default)]
struct Rules {
    trim: bool,
    lstrip: bool,
    lines: bool,
    keep: bool,
    custom: bool,
}

impl Rules {
    fn of(bits: u64) -> Self {
        let bit = |n: u64| bits & (1 << n) != 0;
        Self { trim: bit(0), lstrip: bit(1), lines: bit(2), keep: bit(3), custom: bit(4) }
    }

    fn options(self) -> Options {
        let mut options = Options {
            trim_blocks: self.trim,
            lstrip_blocks: self.lstrip,
            keep_trailing_newline: self.keep,
            ..Options::default()
        };
        if self.lines {
            options.line_statement_prefix = Some("%".into());
            options.line_comment_prefix = Some("##".into());
        }
        if self.custom {
            options.delimiters = ["<%", "%>", "${", "}", "<!--", "-->"].map(Into::into);
        }
        options
    }

    fn python(self) -> serde_json::Value {
        let mut out = serde_json::json!({
            "trim_blocks": self.trim, "lstrip_blocks": self.lstrip, "keep_trailing_newline": self.keep,
        });
        if self.lines {
            out["line_statement_prefix"] = "%".into();
            out["line_comment_prefix"] = "##".into();
        }
        if self.custom {
            for (name, value) in [
                ("block_start_string", "<%"),
                ("block_end_string", "%>"),
                ("variable_start_string", "${"),
                ("variable_end_string", "}"),
                ("comment_start_string", "<!--"),
                ("comment_end_string", "-->"),
            ] {
                out[name] = value.into();
            }
        }
        out
    }
}

/// What the real jinja2 says about each case; `None` without an oracle.
#[allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "the oracle is a Python process, in tests only")]
fn oracle(cases: &[(String, Rules)]) -> Option<Vec<serde_json::Value>> {
    use std::process::{Command, Stdio};
    let Ok(python) = std::env::var("SALTFLOW_ORACLE_PYTHON") else {
        println!("skipped: SALTFLOW_ORACLE_PYTHON is not set");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jinja_oracle/dump.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let input: Vec<_> = cases.iter().map(|(source, rules)| serde_json::json!([source, rules.python()])).collect();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(serde_json::to_string(&input).unwrap().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The properties that hold for every text.
fn check_shape(source: &str, template: &Template) {
    let mut at = 0;
    for token in &template.tokens {
        assert_eq!(token.range.start, at, "gap in the tokens of {source:?}");
        assert!(token.range.end > at, "empty token in {source:?}");
        assert!(source.is_char_boundary(token.range.end as usize));
        at = token.range.end;
    }
    assert_eq!(at as usize, source.len(), "the tokens of {source:?} end early");
    for error in &template.errors {
        assert!(!error.message.is_empty());
        assert!(!error.range.is_empty() || error.range.end as usize >= source.trim_end().len(), "{source:?} {error:?}");
    }
}

/// Compares all cases and lists the differences.
fn compare(cases: &[(String, Rules)]) {
    let parsed: Vec<_> = cases
        .iter()
        .map(|(source, rules)| {
            let template = parse(source, &rules.options());
            check_shape(source, &template);
            template
        })
        .collect();
    let Some(expected) = oracle(cases) else { return };
    let mut differences = Vec::new();
    let mut seen = BTreeSet::new();
    for (((source, rules), template), expected) in cases.iter().zip(&parsed).zip(&expected) {
        let ours = match template.errors.first() {
            None => serde_json::json!({ "tree": tree::dump(template, source) }),
            Some(_) if expected.get("other").is_some() => expected.clone(),
            Some(error) => serde_json::json!({ "error": error.message }),
        };
        if ours != *expected && seen.insert(source.replace('\r', "")) {
            differences.push(format!("{source:?} {rules:?}\n   ours  {ours}\n   jinja {expected}"));
        }
    }
    let accepted = expected.iter().filter(|e| e.get("tree").is_some()).count();
    println!("{} cases, {accepted} accepted, {} differ", cases.len(), differences.len());
    differences.truncate(40);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A small generator, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % (below.max(1) as u64)).unwrap()
    }
}

/// Changes a template in one to three places.
fn mutate(source: &str, dice: &mut Dice) -> String {
    let mut chars: Vec<char> = source.chars().collect();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(chars.len() + 1);
        let end = (at + 1 + dice.roll(4)).min(chars.len());
        let piece = corpus::PIECES[dice.roll(corpus::PIECES.len())].chars();
        match dice.roll(6) {
            0 => drop(chars.drain(at..end)),
            1 => drop(chars.splice(at..at, piece)),
            2 => drop(chars.splice(at..end, piece)),
            3 => chars.truncate(at),
            4 => {
                let copy = chars[at..end].to_vec();
                let to = dice.roll(chars.len() + 1);
                drop(chars.splice(to..to, copy));
            }
            _ if at + 1 < chars.len() => chars.swap(at, at + 1),
            _ => {}
        }
    }
    chars.into_iter().collect()
}

#[test]
fn corpus_as_in_jinja2() {
    let distinct: BTreeSet<_> = corpus::SNIPPETS.iter().collect();
    assert!(distinct.len() >= 200, "only {} snippets", distinct.len());
    let mut cases = Vec::new();
    for source in corpus::SNIPPETS {
        for bits in [0, 1, 2, 3, 4, 7, 8, 15] {
            cases.push(((*source).to_owned(), Rules::of(bits)));
            cases.push((source.replace('\n', "\r\n"), Rules::of(bits)));
        }
    }
    compare(&cases);
}

#[test]
fn mutations_as_in_jinja2() {
    let rounds = std::env::var("SALTFLOW_ORACLE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let seed = std::env::var("SALTFLOW_ORACLE_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(7);
    let mut dice = Dice(seed);
    let mut cases = Vec::new();
    for source in corpus::SNIPPETS {
        for _ in 0..rounds {
            let bits = if dice.roll(2) == 0 { 0 } else { dice.roll(32) as u64 };
            cases.push((mutate(source, &mut dice), Rules::of(bits)));
        }
    }
    compare(&cases);
}
