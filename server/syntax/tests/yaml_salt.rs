//! Held against the original: every document and every damaged one must be accepted by our loader
//! exactly when PyYAML with Salt's constructors accepts it, load to the same values, and fail on
//! the same line with the same words.
#![allow(clippy::disallowed_types, reason = "the oracle is a Python process")]

mod yaml_corpus;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value as Json, json};
use syntax::yaml::{Document, Node, Value, YamlErrorKind, load, load_json};

/// Python with Salt, fed with lists of texts.
struct Oracle(Child);

impl Oracle {
    fn start(language: &str) -> Option<Self> {
        let Ok(python) = std::env::var("SALTFLOW_ORACLE_PYTHON") else {
            println!("skipped: SALTFLOW_ORACLE_PYTHON is not set");
            return None;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/yaml_corpus/oracle.py");
        let child = Command::new(python).args([script, language]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        Some(Self(child.expect("the oracle's Python starts")))
    }

    fn ask(mut self, texts: &[String]) -> Vec<Json> {
        let mut input = self.0.stdin.take().expect("piped");
        let mut output = BufReader::new(self.0.stdout.take().expect("piped"));
        let mut answers = Vec::new();
        for batch in texts.chunks(500) {
            writeln!(input, "{}", json!(batch)).expect("the oracle reads");
            let mut line = String::new();
            output.read_line(&mut line).expect("the oracle answers");
            answers.extend(serde_json::from_str::<Vec<Json>>(&line).expect("the oracle writes JSON"));
        }
        drop(input);
        self.0.wait().expect("the oracle ends");
        answers
    }
}

fn typed(node: &Node) -> Json {
    let list = |nodes: &[Node]| nodes.iter().map(typed).collect::<Vec<_>>();
    match &node.value {
        Value::Null => json!(["null"]),
        Value::Bool(truth) => json!(["bool", truth]),
        Value::Int(int) => json!(["int", int.to_string()]),
        Value::Float(float) => json!(["float", float.to_bits().to_string()]),
        Value::Str(text) => json!(["str", text.value.as_str()]),
        Value::Binary(bytes) => json!(["bytes", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()]),
        Value::Seq(nodes) => json!(["seq", list(nodes)]),
        Value::Map(pairs) => json!(["map", pairs.iter().map(|(k, v)| json!([typed(k), typed(v)])).collect::<Vec<_>>()]),
        Value::Set(nodes) => {
            let mut items: Vec<String> = nodes.iter().map(|node| python_json(&typed(node))).collect();
            items.sort();
            json!(["set", items])
        }
    }
}

/// As Python's `json.dumps` spaces it; enough for sets of simple scalars.
fn python_json(value: &Json) -> String {
    value.to_string().replace("\",\"", "\", \"")
}

/// Python prints floats; both sides are compared by their bits.
fn float_bits(value: &mut Json) {
    match value {
        Json::Array(items) if items.first() == Some(&json!("float")) => {
            let bits = items[1].as_str().and_then(|text| text.parse::<f64>().ok()).expect("a float").to_bits();
            items[1] = json!(bits.to_string());
        }
        Json::Array(items) => items.iter_mut().for_each(float_bits),
        _ => {}
    }
}

/// Line of a byte offset by libyaml's line breaks.
fn line_of(text: &str, offset: u32) -> u64 {
    let text = text.strip_prefix('\u{feff}').map_or(text, |_| text);
    let head = text.get(..offset as usize).unwrap_or(text).replace("\r\n", "\n");
    let crlf = u64::from(head.ends_with('\r') && text.as_bytes().get(offset as usize) == Some(&b'\n'));
    head.matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() as u64 - crlf
}

/// What differs, if anything.
fn compare(text: &str, document: &Document, theirs: &Json) -> Option<String> {
    if let Some(value) = theirs.get("value") {
        if let Some(error) = document.errors.first() {
            return Some(format!("refused: {} at {:?}", error.message, error.range));
        }
        let ours = document.root.as_ref().map_or(json!(["null"]), typed);
        let mut value = value.clone();
        float_bits(&mut value);
        return (ours != value).then(|| format!("value {ours}, Salt has {value}"));
    }
    let problem = theirs["problem"].as_str().unwrap_or_default();
    if document.errors.is_empty() {
        return Some(format!("accepted, Salt says {problem} (line {})", theirs["line"]));
    }
    let line = theirs["line"].as_u64()?;
    // at the end of a text without a final line break libyaml counts one line more
    let last = line_of(text, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let line = line.min(last);
    let found = document.errors.iter().any(|error| {
        let same_words = error.message == problem
            || (error.kind == YamlErrorKind::UnhashableKey && problem.starts_with("found unacceptable key"));
        // Salt names the anchor's place where we name the alias's
        let through_alias = matches!(error.kind, YamlErrorKind::DuplicateKey | YamlErrorKind::Merge)
            && text.get(error.range.start as usize..).is_some_and(|rest| rest.starts_with('*'));
        // and a missing value stands right after its colon, not where the next token is
        let missing = error.kind == YamlErrorKind::Merge && error.range.is_empty();
        same_words && (through_alias || missing || line_of(text, error.range.start) == line)
    });
    let ours: Vec<_> = document.errors.iter().map(|error| (&error.message, line_of(text, error.range.start))).collect();
    (!found).then(|| format!("errors {ours:?}, Salt has {problem} on line {line}"))
}

fn check(language: &str, load: fn(&str) -> Document, texts: &[String]) {
    let Some(oracle) = Oracle::start(language) else { return };
    let answers = oracle.ask(texts);
    let mut differing = Vec::new();
    for (text, theirs) in texts.iter().zip(&answers) {
        if let Some(difference) = compare(text, &load(text), theirs) {
            differing.push(format!("{text:?}: {difference}"));
        }
    }
    println!("{} documents compared", texts.len());
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing[..differing.len().min(60)].join("\n"));
}

#[test]
fn corpus_loads_as_in_salt() {
    check("yaml", load, &yaml_corpus::documents());
}

#[test]
fn damaged_documents_load_as_in_salt() {
    let documents = yaml_corpus::documents();
    let damaged: Vec<String> = documents.iter().flat_map(|text| yaml_corpus::mutations(text, 40)).collect();
    check("yaml", load, &damaged);
}

#[test]
fn json_loads_as_in_python() {
    let documents = [
        "",
        " ",
        "null",
        "[]",
        "{}",
        " [1, -0, 0.5, 1e3, 1E-2, -1.5e+3, 01, 1., .5, +1]",
        "[1, -0, 0.5, 1e3, 1E-2, -1.5e+3, 1e999, 123456789012345678901234567890]",
        "[NaN, Infinity, -Infinity, true, false, null]",
        "{\"a\": 1, \"b\": [2, {\"c\": null}], \"a\": 3}",
        "\"x\\n\\u00e9\\ud83d\\ude00\\/\\\"\"",
        "{\"a\" 1}",
        "{\"a\": 1,}",
        "[1,]",
        "[1 2]",
        "{a: 1}",
        "'a'",
        "\"a\tb\"",
        "\"a",
        "\"\\q\"",
        "\"\\u12\"",
        "[1]\n x",
        "\u{feff}[]",
        "{\n  \"pkg\": {\"installed\": [{\"name\": \"nginx\"}]},\n  \"é\": \"日本\"\n}\n",
        "// no comments\n{}",
    ];
    let mut texts: Vec<String> = documents.map(str::to_owned).to_vec();
    texts.extend(documents.iter().flat_map(|text| yaml_corpus::mutations(text, 200)));
    check("json", load_json, &texts);
}
