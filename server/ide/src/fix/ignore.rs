//! Ignore a finding: a comment at its line, a comment for the file, or a line in the settings.

use syntax::jinja::{self, TokenKind};
use text::TextRange;
use world::SaltPath;

use super::edits::{Attempt, FileEdits, refuse};

/// The repository's settings file.
const SETTINGS: &str = ".saltflow.yaml";

/// A comment above the line of `range`, indented as it is.
pub(super) fn at_line(path: &SaltPath, text: &str, range: TextRange, code: &str) -> Attempt<FileEdits> {
    let mut edits = FileEdits::default();
    let start = text.get(..range.start as usize).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    // a shebang stays the first line, and an empty range stands for the file
    if (range.is_empty() && range.start == 0) || line.starts_with("#!") {
        return for_file(path, text, code);
    }
    let offset = u32::try_from(start).unwrap_or(u32::MAX);
    let template = jinja::parse(text, &jinja::Options::default());
    let inside = template.tokens.iter().find(|token| token.range.start < offset && offset < token.range.end);
    let mut open = false;
    for token in template.tokens.iter().take_while(|token| token.range.end <= offset) {
        match token.kind {
            TokenKind::Open => open = true,
            TokenKind::Close => open = false,
            _ => {}
        }
    }
    if open || inside.is_some_and(|token| token.kind != TokenKind::Data) {
        // no comment may stand inside of a tag
        return for_file(path, text, code);
    }
    let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or("");
    let comment = if is_yaml(path) && !in_block_scalar(text, start) {
        format!("{indent}# saltflow: ignore[{code}]\n")
    } else {
        // leaves no trace in what is rendered: it eats the line end before it
        format!("{indent}{{#- saltflow: ignore[{code}] #}}\n")
    };
    edits.replace(path, TextRange::empty(offset), comment);
    Ok(edits)
}

/// A comment at the file's beginning, behind its shebang.
pub(super) fn for_file(path: &SaltPath, text: &str, code: &str) -> Attempt<FileEdits> {
    let mut edits = FileEdits::default();
    let at = if text.starts_with("#!") { text.find('\n').map_or(text.len(), |at| at + 1) } else { 0 };
    let lead = if at > 0 && !text.get(..at).is_some_and(|text| text.ends_with('\n')) { "\n" } else { "" };
    let comment = if is_yaml(path) {
        format!("{lead}# saltflow: ignore-file[{code}]\n")
    } else {
        format!("{lead}{{# saltflow: ignore-file[{code}] -#}}\n")
    };
    edits.replace(path, TextRange::empty(u32::try_from(at).unwrap_or(0)), comment);
    Ok(edits)
}

fn is_yaml(path: &SaltPath) -> bool {
    matches!(path.name().rsplit('.').next(), Some("sls" | "yaml" | "yml"))
}

/// Whether the line at `start` is text of a block scalar: a `#` there is no comment.
fn in_block_scalar(text: &str, start: usize) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, indent);
    let mut least = own;
    for line in text.get(..start).unwrap_or("").lines().rev().filter(|line| !line.trim().is_empty()) {
        if indent(line) >= least {
            continue;
        }
        least = indent(line);
        let head = line.split(" #").next().unwrap_or("").trim_end();
        let last = head.rsplit([' ', ':']).next().unwrap_or("");
        let is_header = last.starts_with(['|', '>']) && last.len() <= 3;
        if is_header && !head.contains("{{") {
            return true;
        }
        if least == 0 {
            return false;
        }
    }
    false
}

/// A line in the settings; `text` is their text, if there are any.
pub(super) fn in_settings(text: Option<&str>, code: &str) -> Attempt<FileEdits> {
    let Ok(path) = SaltPath::new(SETTINGS) else { return refuse("no settings") };
    let mut edits = FileEdits::default();
    let Some(text) = text else {
        edits.created.insert(path, format!("severity:\n  {code}: none\n"));
        return Ok(edits);
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(rest) = line.strip_prefix("severity:") {
            if !rest.trim().is_empty() && !rest.trim().starts_with('#') {
                return refuse(format!("{SETTINGS} has its severities in one line: add `{code}: none` by hand"));
            }
            let next = text.get(end..).and_then(|rest| rest.lines().find(|line| !line.trim().is_empty())).unwrap_or("");
            let indent = next.len() - next.trim_start().len();
            let lead = if line.ends_with('\n') { "" } else { "\n" };
            let entry = format!("{lead}{}{code}: none\n", " ".repeat(if indent == 0 { 2 } else { indent }));
            edits.replace(&path, TextRange::empty(u32::try_from(end).unwrap_or(0)), entry);
            return Ok(edits);
        }
        at = end;
    }
    let lead = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let entry = format!("{lead}severity:\n  {code}: none\n");
    edits.replace(&path, TextRange::empty(u32::try_from(text.len()).unwrap_or(0)), entry);
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(edits: Attempt<FileEdits>, text: &str) -> String {
        let edits = edits.expect("edits");
        let mut text = text.to_owned();
        for edit in edits.edits.values().flatten() {
            text.insert_str(edit.range.start as usize, &edit.new_text);
        }
        edits.created.into_values().next().unwrap_or(text)
    }

    #[track_caller]
    fn check(path: &str, text: &str, part: &str, expected: &str) {
        let at = text.find(part).unwrap();
        let path = SaltPath::new(path).unwrap();
        let edits = at_line(&path, text, TextRange::of(at, at + part.len()), "drift/x");
        assert_eq!(applied(edits, text), expected);
    }

    #[test]
    fn comments_stand_where_they_do_no_harm() {
        check("a.sls", "a:\n  b: c\n", "b", "a:\n  # saltflow: ignore[drift/x]\n  b: c\n");
        check("a.sls", "#!jinja|yaml\na: b\n", "#!", "#!jinja|yaml\n# saltflow: ignore-file[drift/x]\na: b\n");
        check("m.jinja", "{% set a = b %}\n", "b", "{#- saltflow: ignore[drift/x] #}\n{% set a = b %}\n");
        let scalar = "a:\n  b: |\n    x\n    {{ y }}\n";
        check("a.sls", scalar, "y", "a:\n  b: |\n    x\n    {#- saltflow: ignore[drift/x] #}\n    {{ y }}\n");
        let tag = "{% set a = {\n  'b': c} %}\nd: e\n";
        check("a.sls", tag, "c}", "# saltflow: ignore-file[drift/x]\n{% set a = {\n  'b': c} %}\nd: e\n");
    }

    #[test]
    fn settings_are_added_to() {
        let check = |text: Option<&str>, expected: &str| {
            assert_eq!(applied(in_settings(text, "drift/x"), text.unwrap_or("")), expected);
        };
        check(None, "severity:\n  drift/x: none\n");
        check(Some("base: develop"), "base: develop\nseverity:\n  drift/x: none\n");
        check(
            Some("severity:\n    limit: none\nbase: x\n"),
            "severity:\n    drift/x: none\n    limit: none\nbase: x\n",
        );
        assert!(in_settings(Some("severity: {limit: none}\n"), "drift/x").is_err());
    }
}
