//! Findings as SARIF 2.1.0, for code scanning services. Fingerprints are made of code and entity, so
//! that a finding stays the same one when lines move.

use std::collections::BTreeMap;

use ide::Severity;
use serde_json::{Value, json};
use text::Encoding;
use world::SaltPath;

use crate::cli::asked::Done;
use crate::cli::formats::{Finding, fingerprints};
use crate::cli::report::Places;
use crate::escape;
use crate::parts::Part;

/// The name of our fingerprints.
const FINGERPRINT: &str = "saltflow/v1";
/// The only fingerprint that GitHub looks at.
const LINE_HASH: &str = "primaryLocationLineHash";
/// Where the project and its pages are.
const HOME: &str = "https://github.com/saltflow/saltflow";
/// The longest message, in characters.
const MAX_MESSAGE: usize = 2_000;

/// The document. Code scanning takes no result without a place: what is about the whole repository stands
/// at the first line of its top file.
#[must_use]
pub fn document(findings: &[Finding<'_>], places: &Places<'_>, done: &Done) -> Value {
    let mut codes: BTreeMap<&str, Severity> = BTreeMap::new();
    for finding in findings {
        let worst = codes.entry(&finding.diagnostic.code).or_insert(finding.diagnostic.severity);
        *worst = (*worst).max(finding.diagnostic.severity);
    }
    let index: BTreeMap<&str, usize> = codes.keys().enumerate().map(|(n, code)| (*code, n)).collect();
    let rules: Vec<Value> = codes.iter().map(|(code, worst)| rule(code, *worst)).collect();
    let whole = places.whole_repository();
    let results: Vec<Value> = findings
        .iter()
        .zip(fingerprints(findings))
        .map(|(finding, print)| {
            let diagnostic = finding.diagnostic;
            let related: Vec<Value> = diagnostic
                .related
                .iter()
                .map(|(at, message)| {
                    let mut place = location(&at.path, Some(at.range), places);
                    place["message"] = json!({ "text": text(message) });
                    place
                })
                .collect();
            let mut value = json!({
                "ruleId": diagnostic.code,
                "ruleIndex": index.get(diagnostic.code.as_str()),
                "level": level(diagnostic.severity),
                "message": { "text": text(&diagnostic.message) },
                "partialFingerprints": { FINGERPRINT: print, LINE_HASH: print },
            });
            let place = diagnostic.place.as_ref().map(|place| (&place.path, Some(place.range)));
            if let Some((path, range)) = place.or(whole.as_ref().map(|path| (path, None))) {
                value["locations"] = json!([location(path, range, places)]);
            }
            if !related.is_empty() {
                value["relatedLocations"] = Value::Array(related);
            }
            value
        })
        .collect();
    let undone: Vec<Value> =
        done.undone.iter().map(|undone| json!({ "level": "error", "message": { "text": text(undone) } })).collect();
    let version = env!("CARGO_PKG_VERSION");
    let driver = json!({
        "name": "saltflow", "version": version, "semanticVersion": version, "informationUri": HOME, "rules": rules,
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "invocations": [{
                "executionSuccessful": undone.is_empty(), "toolExecutionNotifications": undone,
            }],
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": bases(places),
            "results": results,
        }],
    })
}

/// A code, with what its page says.
fn rule(code: &str, worst: Severity) -> Value {
    let page = crate::cli::explain::page(code).unwrap_or(code);
    let mut paragraphs = page.split("\n\n").map(str::trim);
    let full = paragraphs.find(|text| !(text.is_empty() || text.starts_with('#') || text.starts_with("Severity:")));
    let full = full.unwrap_or(code).replace('\n', " ");
    let short = full.split_inclusive(". ").next().unwrap_or(&full).trim();
    let file = code.rsplit('/').next().unwrap_or(code);
    json!({
        "id": code,
        "shortDescription": { "text": cut(short) },
        "fullDescription": { "text": cut(&full) },
        "help": { "text": page, "markdown": page },
        "helpUri": format!("{HOME}/blob/main/docs/diagnostics/{}.md", uri_of(file)),
        "defaultConfiguration": { "level": level(worst) },
    })
}

/// Descriptions are plain texts of at most 1,024 characters.
fn cut(text: &str) -> String {
    text.chars().take(1_024).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
        Severity::None => "none",
    }
}

/// Control characters are shown; brackets and backslashes have a meaning in SARIF's messages, and
/// braces are placeholders.
fn text(message: &str) -> String {
    let shown = escape::terminal(message, MAX_MESSAGE);
    let mut out = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '\\' | '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            _ => out.push(c),
        }
    }
    out
}

fn location(path: &SaltPath, range: Option<text::TextRange>, places: &Places<'_>) -> Value {
    let artifact = match places.companion(path) {
        Some((part, _)) => json!({ "uri": uri_of(&places.in_repository(path)), "uriBaseId": base_id(part) }),
        None => json!({ "uri": uri_of(&places.in_repository(path)), "uriBaseId": "ROOT" }),
    };
    let mut physical = json!({ "artifactLocation": artifact });
    if let Some((range, file)) = range.zip(places.file(path)) {
        let at = |offset| file.index.position(&file.text, offset, Encoding::Utf16);
        let (start, end) = (at(range.start), at(range.end));
        physical["region"] = json!({
            "startLine": start.line + 1,
            "startColumn": start.column + 1,
            "endLine": end.line + 1,
            "endColumn": end.column + 1,
        });
    }
    json!({ "physicalLocation": physical })
}

/// What paths are relative to.
fn bases(places: &Places<'_>) -> Value {
    let mut bases = json!({ "ROOT": { "description": { "text": "the repository's root" } } });
    for part in places.companions() {
        let description = format!("the root of the repository {}", escape::terminal(&part.name(), MAX_MESSAGE));
        bases[base_id(part)] = json!({ "description": { "text": text(&description) } });
    }
    bases
}

/// A further repository's name for its base: no other one has its mount.
fn base_id(part: &Part) -> String {
    format!("ROOT-{}", escape::terminal(part.mount.as_str(), 1_000))
}

/// The path as a relative reference.
fn uri_of(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
