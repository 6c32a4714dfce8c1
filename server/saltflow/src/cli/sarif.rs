//! Findings as SARIF 2.1.0, for code scanning services. Fingerprints are made of code and entity, so
//! that a finding stays the same one when lines move.

use std::collections::{BTreeMap, BTreeSet};

use ide::Severity;
use serde_json::{Value, json};
use text::Encoding;
use world::SaltPath;

use crate::cli::formats::{Finding, fingerprints};
use crate::cli::report::Places;
use crate::escape;
use crate::parts::Part;

/// The name of our fingerprints.
const FINGERPRINT: &str = "saltflow/v1";
/// The longest message, in characters.
const MAX_MESSAGE: usize = 2_000;

/// The document.
#[must_use]
pub fn document(findings: &[Finding<'_>], places: &Places<'_>) -> Value {
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.diagnostic.code.as_str()).collect();
    let index: BTreeMap<&str, usize> = codes.iter().enumerate().map(|(n, code)| (*code, n)).collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
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
                "partialFingerprints": { FINGERPRINT: print },
            });
            if let Some(place) = &diagnostic.place {
                value["locations"] = json!([location(&place.path, Some(place.range), places)]);
            }
            if !related.is_empty() {
                value["relatedLocations"] = Value::Array(related);
            }
            value
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "saltflow", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": bases(places),
            "results": results,
        }],
    })
}

/// A code, with what its page says.
fn rule(code: &str) -> Value {
    let Some(page) = crate::cli::explain::page(code) else { return json!({ "id": code }) };
    let title = page
        .lines()
        .find(|line| !(line.trim().is_empty() || line.starts_with('#') || line.starts_with("Severity:")))
        .unwrap_or(code);
    json!({ "id": code, "shortDescription": { "text": text(title) }, "help": { "text": page, "markdown": page } })
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
        Some((part, inner)) => json!({ "uri": uri(&inner), "uriBaseId": base_id(part) }),
        None => json!({ "uri": uri(path), "uriBaseId": "ROOT" }),
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
fn uri(path: &SaltPath) -> String {
    let mut out = String::new();
    for byte in path.as_str().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
