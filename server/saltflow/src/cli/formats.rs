//! Findings for programs that show them beside a merge request: GitHub's annotations, GitLab's code
//! quality report, JUnit, Markdown for a comment. Text of the repository is escaped as each needs it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ide::{Diagnostic, Severity};
use serde_json::{Value, json};
use text::Encoding;
use world::Hasher;

use crate::cli::findings::counts;
use crate::cli::report::Places;
use crate::escape;

/// The longest message, in characters.
const MAX_MESSAGE: usize = 2_000;
/// Findings that a comment lists.
const MAX_LISTED: usize = 50;

/// A finding with what makes it the same one after an edit: its entity, else its message.
pub struct Finding<'a> {
    /// The finding.
    pub diagnostic: &'a Diagnostic,
    /// The kind and the name of its entity, if it has one.
    pub entity: Option<(&'a str, &'a str)>,
}

/// One fingerprint for each finding: of code, file and entity, not of the line. The same thing told
/// twice is told apart by its order.
#[must_use]
pub fn fingerprints(findings: &[Finding<'_>]) -> Vec<String> {
    let mut seen: BTreeMap<u128, usize> = BTreeMap::new();
    let print = |finding: &Finding<'_>| {
        let diagnostic = finding.diagnostic;
        let path = diagnostic.place.as_ref().map_or("", |place| place.path.as_str());
        let (kind, name) = finding.entity.unwrap_or(("", &diagnostic.message));
        let mut hasher = Hasher::default();
        for part in [diagnostic.code.as_str(), path, kind, name] {
            hasher.field(part.as_bytes());
        }
        let print = hasher.finish().0;
        let times = seen.entry(print).or_default();
        *times += 1;
        if *times > 1 { format!("{print:032x}:{times}") } else { format!("{print:032x}") }
    };
    findings.iter().map(print).collect()
}

/// Path relative to the workspace, first and last line (one-based) and first column.
fn lines(diagnostic: &Diagnostic, places: &Places<'_>) -> Option<(String, u32, u32, u32)> {
    let shown = places.shown(&diagnostic.place.as_ref()?.path);
    lines_in(diagnostic, places, &shown)
}

/// The same with the path that a service which shows the repository knows.
fn lines_there(diagnostic: &Diagnostic, places: &Places<'_>) -> Option<(String, u32, u32, u32)> {
    let path = places.in_repository(&diagnostic.place.as_ref()?.path);
    lines_in(diagnostic, places, &path)
}

fn lines_in(diagnostic: &Diagnostic, places: &Places<'_>, path: &str) -> Option<(String, u32, u32, u32)> {
    let place = diagnostic.place.as_ref()?;
    let path = escape::terminal(path, 1_000);
    let Some(file) = places.file(&place.path) else { return Some((path, 1, 1, 1)) };
    let at = |offset| file.index.position(&file.text, offset, Encoding::Utf32);
    let (start, end) = (at(place.range.start), at(place.range.end));
    Some((path, start.line + 1, end.line + 1, start.column + 1))
}

/// Workflow commands of GitHub Actions, one a line.
#[must_use]
pub fn github(findings: &[Finding<'_>], places: &Places<'_>) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut out = String::new();
    for diagnostic in findings.iter().map(|finding| finding.diagnostic) {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            _ => "notice",
        };
        let place = lines_there(diagnostic, places).map_or_else(String::new, |(path, line, end, column)| {
            format!("file={},line={line},endLine={end},col={column},", property(&path))
        });
        let message = data(&escape::terminal(&diagnostic.message, MAX_MESSAGE));
        let _ = writeln!(out, "::{command} {place}title={}::{message}", property(&diagnostic.code));
    }
    out
}

/// GitLab's code quality report, a part of Code Climate's.
#[must_use]
pub fn codeclimate(findings: &[Finding<'_>], places: &Places<'_>) -> Value {
    let issues = findings.iter().zip(fingerprints(findings)).map(|(finding, fingerprint)| {
        let diagnostic = finding.diagnostic;
        let severity = match diagnostic.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            _ => "info",
        };
        // a location must be there
        let whole = || places.whole_repository().map_or_else(|| ".".to_owned(), |path| places.in_repository(&path));
        let (path, begin, end, _) = lines_there(diagnostic, places).unwrap_or_else(|| (whole(), 1, 1, 1));
        json!({
            "type": "issue",
            "check_name": diagnostic.code,
            "description": escape::terminal(&diagnostic.message, MAX_MESSAGE),
            "categories": ["Bug Risk"],
            "severity": severity,
            "fingerprint": fingerprint,
            "location": { "path": path, "lines": { "begin": begin, "end": end } },
        })
    });
    Value::Array(issues.collect())
}

/// JUnit's XML: a test case for each finding; those that are bad enough failed.
#[must_use]
pub fn junit(findings: &[Finding<'_>], places: &Places<'_>, fails: impl Fn(Severity) -> bool) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let failures = findings.iter().filter(|finding| fails(finding.diagnostic.severity)).count();
    let _ = writeln!(out, "<testsuite name=\"saltflow\" tests=\"{}\" failures=\"{failures}\">", findings.len().max(1));
    if findings.is_empty() {
        out.push_str("  <testcase classname=\"saltflow\" name=\"nothing found\"/>\n");
    }
    for diagnostic in findings.iter().map(|finding| finding.diagnostic) {
        let place = lines(diagnostic, places).map(|(path, line, ..)| format!("{path}:{line}"));
        let place = xml(&place.unwrap_or_else(|| "repository".to_owned()));
        let message = xml(&escape::terminal(&diagnostic.message, MAX_MESSAGE));
        let (code, severity) = (xml(&diagnostic.code), diagnostic.severity.name());
        let _ = write!(out, "  <testcase classname=\"{code}\" name=\"{place}\">");
        let _ = match fails(diagnostic.severity) {
            true => write!(out, "<failure type=\"{severity}\" message=\"{message}\">{place}: {message}</failure>"),
            false => write!(out, "<system-out>{severity}: {message}</system-out>"),
        };
        out.push_str("</testcase>\n");
    }
    out.push_str("</testsuite>\n");
    out
}

fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// Markdown for a comment: a heading, a table, notes.
#[must_use]
pub fn markdown(heading: &str, findings: &[Finding<'_>], notes: &[&String], places: &Places<'_>) -> String {
    let mut out = format!("### {}\n\n", plain(heading));
    if findings.is_empty() {
        out.push_str("Nothing found.\n");
    } else {
        let counts = counts(findings.iter().map(|finding| finding.diagnostic.severity));
        let _ = writeln!(out, "{counts}\n\n| | what | where |\n|---|---|---|");
    }
    for diagnostic in findings.iter().take(MAX_LISTED).map(|finding| finding.diagnostic) {
        let place =
            lines(diagnostic, places).map_or_else(String::new, |(path, line, ..)| plain(&format!("{path}:{line}")));
        let message = plain(&escape::terminal(&diagnostic.message, MAX_MESSAGE));
        let (severity, code) = (diagnostic.severity.name(), plain(&diagnostic.code));
        let _ = writeln!(out, "| {severity} | {message} ({code}) | {place} |");
    }
    if findings.len() > MAX_LISTED {
        let _ = writeln!(out, "\n… and {} more.", findings.len() - MAX_LISTED);
    }
    for note in notes {
        let _ = writeln!(out, "\n{}", plain(&escape::terminal(note, MAX_MESSAGE)));
    }
    out
}

/// Text that means nothing to Markdown and HTML: no table cell, link, mention, reference or image is
/// made of it.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // mentions and references of forges look at the text, not at the Markdown
            '@' | '#' | '!' | '~' | '$' | '%' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            // an address would become a link
            ':' if rest.as_str().starts_with("//") => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '|' | '+' | '^' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use ide::FileRange;
    use text::TextRange;
    use world::{SaltPath, World};

    use super::*;
    use crate::cli::asked::Done;
    use crate::cli::sarif;

    fn hostile(message: &str, line: u32) -> Diagnostic {
        Diagnostic {
            code: "drift/removal-lost".to_owned(),
            severity: Severity::Error,
            message: message.to_owned(),
            place: Some(FileRange {
                path: SaltPath::new("a,b:c %.sls").expect("a path"),
                range: TextRange::new(line, line + 1),
            }),
            related: Vec::new(),
            profiles: Vec::new(),
            drift: None,
        }
    }

    fn with<T>(diagnostics: &[Diagnostic], work: impl FnOnce(&[Finding<'_>], &Places<'_>) -> T) -> T {
        let world = World::in_memory([("a,b:c %.sls", "a\nb\nc\n")]);
        let findings: Vec<Finding<'_>> =
            diagnostics.iter().map(|diagnostic| Finding { diagnostic, entity: Some(("state-id", "web")) }).collect();
        work(&findings, &Places::new(&world))
    }

    #[test]
    fn annotations_end_where_they_should() {
        let out = with(&[hostile("100%\n::error::x\r", 2)], github);
        assert_eq!(
            out,
            "::error file=a%2Cb%3Ac %25.sls,line=2,endLine=2,col=1,title=drift/removal-lost::100%25\\n::error::x\\u{d}\n"
        );
        assert_eq!(out.lines().count(), 1);
    }

    #[test]
    fn comments_hold_no_markup_of_the_repository() {
        let text = "a|b <img src=x> [l](http://x) @all #1 `c`\n| d | e |";
        let out = with(&[hostile(text, 0)], |findings, places| markdown("x → *develop*", findings, &[], places));
        let expected = "### x → \\*develop\\*\n\n1 error\n\n| | what | where |\n|---|---|---|\n\
            | error | a\\|b &lt;img src=x&gt; \\[l\\]\\(http&#58;//x\\) &#64;all &#35;1 \\`c\\`\\\\n\\| d \\| e \\| \\(drift/removal-lost\\) \
            | a,b:c &#37;.sls:1 |\n";
        // the code is ours
        assert_eq!(out, expected.replace("\\(drift/removal-lost\\)", "(drift/removal-lost)"));
    }

    #[test]
    fn xml_stays_xml() {
        let out = with(&[hostile("<a b=\"c\">&]]>\u{1}", 0)], |findings, places| junit(findings, places, |_| true));
        assert!(out.contains("message=\"&lt;a b=&quot;c&quot;&gt;&amp;]]&gt;\\u{1}\""), "{out}");
        assert!(with(&[], |findings, places| junit(findings, places, |_| true)).contains("failures=\"0\""));
    }

    #[test]
    fn fingerprints_outlive_moved_lines_and_times() {
        let of = |diagnostics: &[Diagnostic]| with(diagnostics, |findings, _| fingerprints(findings));
        let (before, after) = (of(&[hostile("gone (2 days ago)", 0)]), of(&[hostile("gone (3 days ago)", 4)]));
        assert_eq!(before, after);
        let twice = of(&[hostile("a", 0), hostile("b", 2)]);
        assert_eq!(twice[0], before[0]);
        assert_ne!(twice[0], twice[1]);
        let quality = with(&[hostile("a", 2)], codeclimate);
        assert_eq!(quality[0]["fingerprint"], before[0]);
        assert_eq!(quality[0]["location"]["lines"]["begin"], 2);
    }

    #[test]
    fn sarif_names_rules_places_and_fingerprints() {
        let done = Done::default();
        let document =
            with(&[hostile("see [x](1) {0}", 2)], |findings, places| sarif::document(findings, places, &done));
        let run = &document["runs"][0];
        assert_eq!(document["version"], "2.1.0");
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "drift/removal-lost");
        let result = &run["results"][0];
        assert_eq!((&result["ruleIndex"], &result["level"]), (&json!(0), &json!("error")));
        assert_eq!(result["message"]["text"], "see \\[x\\](1) {{0}}");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%2Cb%3Ac%20%25.sls");
        assert_eq!(place["region"], json!({ "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 2 }));
        assert_eq!(result["partialFingerprints"]["saltflow/v1"].as_str().map(str::len), Some(32));
        valid(&document);
    }

    /// What code scanning asks of a report beyond the schema, and the schema's own rules for all that is
    /// ever written: required members, no others, texts that are not empty.
    fn valid(document: &Value) {
        let has = |value: &Value, required: &[&str], allowed: &[&str]| {
            let object = value.as_object().expect("an object");
            for name in required {
                assert!(object.get(*name).is_some_and(|member| *member != json!("")), "{name} is missing: {value}");
            }
            for name in object.keys() {
                assert!(required.contains(&name.as_str()) || allowed.contains(&name.as_str()), "{name}: {value}");
            }
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        has(document, &["$schema", "version", "runs"], &[]);
        let run = &document["runs"][0];
        has(run, &["tool", "results", "invocations"], &["columnKind", "originalUriBaseIds"]);
        let driver = &run["tool"]["driver"];
        has(driver, &["name", "version", "semanticVersion", "informationUri", "rules"], &[]);
        for rule in list(&driver["rules"]) {
            let required = ["id", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration"];
            has(&rule, &required, &["properties"]);
            has(&rule["help"], &["text", "markdown"], &[]);
            assert!(rule["helpUri"].as_str().is_some_and(|uri| uri.starts_with("https://")), "{rule}");
            assert!(matches!(
                rule["defaultConfiguration"]["level"].as_str(),
                Some("none" | "note" | "warning" | "error")
            ));
        }
        for result in list(&run["results"]) {
            let required = ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"];
            has(&result, &required, &["relatedLocations"]);
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one");
            assert_eq!(driver["rules"][index]["id"], result["ruleId"]);
            assert!(!list(&result["locations"]).is_empty(), "a result without a location is refused: {result}");
            for place in list(&result["locations"]).iter().chain(&list(&result["relatedLocations"])) {
                has(place, &["physicalLocation"], &["message"]);
                let physical = &place["physicalLocation"];
                has(physical, &["artifactLocation"], &["region"]);
                let uri = physical["artifactLocation"]["uri"].as_str().expect("a reference");
                assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains([' ', '\\']), "{uri}");
                for member in physical["region"].as_object().into_iter().flat_map(|region| region.values()) {
                    assert!(member.as_u64().is_some_and(|number| number >= 1), "{physical}");
                }
            }
        }
        for invocation in list(&run["invocations"]) {
            has(&invocation, &["executionSuccessful"], &["toolExecutionNotifications"]);
            for told in list(&invocation["toolExecutionNotifications"]) {
                has(&told, &["message", "level"], &[]);
            }
        }
    }

    #[test]
    fn code_scanning_takes_what_has_no_place_and_hears_what_was_not_done() {
        let nowhere = Diagnostic { place: None, code: "drift/no-such-page".to_owned(), ..hostile("stale", 0) };
        let done = Done { undone: vec!["x was not compared".to_owned()], ..Done::default() };
        let document = with(&[nowhere, hostile("y", 1)], |findings, places| sarif::document(findings, places, &done));
        valid(&document);
        let run = &document["runs"][0];
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%2Cb%3Ac%20%25.sls");
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        let quality = with(&[Diagnostic { place: None, ..hostile("stale", 0) }], codeclimate);
        assert_eq!(quality[0]["location"]["path"], "a,b:c %.sls");
    }
}
