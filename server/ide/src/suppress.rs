//! `# saltflow: ignore[code]`: on a line for that line, on a line of its own for the next one, and
//! `# saltflow: ignore-file[code]` for the file. salt-lint's `# noqa` is honoured where Salt refuses nothing.

use codes::Code;
use text::{Encoding, LineIndex, TextRange};
use world::SaltPath;

use crate::{Analysis, Diagnostic, FileRange, Severity};

/// salt-lint's rules by their numbers, with the codes that tell of the same.
const NOQA: [(&str, Code); 4] = [
    ("207", Code::ValueChanged),
    ("210", Code::ValueChanged),
    ("214", Code::UnreachableSls),
    ("219", Code::UnderIndented),
];

/// A comment's word.
struct Mark {
    /// The line that it is for; `None`: the file.
    line: Option<u32>,
    /// The code; empty: every code.
    code: String,
    /// The code in its comment, or the comment's word.
    range: TextRange,
    /// salt-lint's: it hides no error, and is not ours to complain about.
    foreign: bool,
    /// Whether it suppressed something.
    used: bool,
}

/// What a file's comments suppress.
pub struct Suppressed {
    text: String,
    index: LineIndex,
    marks: Vec<Mark>,
}

impl Suppressed {
    /// Reads the marks of the file at `path`.
    #[must_use]
    pub fn read(analysis: &Analysis, path: &SaltPath) -> Self {
        let content = analysis
            .world
            .tree
            .get(path)
            .and_then(|entry| analysis.world.source.content(path, entry.blob))
            .unwrap_or_default();
        Self::of(String::from_utf8_lossy(&content).into_owned())
    }

    fn of(text: String) -> Self {
        let mut marks = Vec::new();
        let mut start = 0;
        for (n, line) in text.split_inclusive('\n').enumerate() {
            let number = u32::try_from(n).unwrap_or(u32::MAX);
            marks.extend(ours(line, number, start));
            marks.extend(noqa(line, number, start));
            start += line.len();
        }
        let index = LineIndex::new(&text);
        Self { text, index, marks }
    }

    /// Whether a comment suppresses the finding.
    #[must_use]
    pub fn covers(&mut self, diagnostic: &Diagnostic) -> bool {
        if self.marks.is_empty() {
            return false;
        }
        let at = diagnostic.place.as_ref().map(|place| place.range.start).unwrap_or_default();
        let line = self.index.position(&self.text, at, Encoding::Utf8).line;
        let mut covered = false;
        for mark in &mut self.marks {
            let fits = mark.line.is_none_or(|on| on == line) && (mark.code.is_empty() || mark.code == diagnostic.code);
            if fits && !(mark.foreign && diagnostic.severity == Severity::Error) {
                mark.used = true;
                covered = true;
            }
        }
        covered
    }

    /// The comments whose code nothing has where they stand. Drift is not always looked for, and a comment
    /// without a code may be for it.
    pub fn unused<'a>(&'a self, path: &'a SaltPath) -> impl Iterator<Item = Diagnostic> + 'a {
        let ours = self.marks.iter().filter(|mark| !mark.foreign && !mark.used && !mark.code.is_empty());
        ours.filter(|mark| !mark.code.starts_with("drift/")).map(move |mark| {
            let names = codes::TABLE.iter().map(|row| row.name);
            let message = if Code::of(&mark.code).is_some() {
                format!("There is no {} to suppress here: remove it from the comment.", mark.code)
            } else {
                let near = lint::nearest(&mark.code, names);
                let meant = near.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
                format!("There is no diagnostic code '{}'.{meant}", mark.code)
            };
            let row = Code::UnusedSuppression.row();
            Diagnostic {
                code: row.name.to_owned(),
                severity: crate::lints::severity_of(row.level),
                message,
                place: Some(FileRange { path: path.clone(), range: mark.range }),
                related: Vec::new(),
                profiles: Vec::new(),
                drift: None,
            }
        })
    }
}

/// The marks of one line that begins at `start`.
fn ours(line: &str, number: u32, start: usize) -> Vec<Mark> {
    let mut marks = Vec::new();
    let Some((before, after)) = line.split_once("saltflow: ignore") else { return marks };
    let Some(comment) = before.rfind('#') else { return marks };
    let (file, rest) = match after.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, after),
    };
    let codes = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(codes, _)| codes);
    let alone = before[..comment].trim_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '#')).is_empty();
    let list = start + line.len() - rest.len() + 1;
    let mut offset = 0;
    for written in codes.split(',') {
        let code = written.trim();
        let at = list + offset + (written.len() - written.trim_start().len());
        offset += written.len() + 1;
        let line = if file { None } else { Some(number + u32::from(alone)) };
        let range = if code.is_empty() {
            TextRange::empty(u32::try_from(start).unwrap_or(0))
        } else {
            TextRange::of(at, at + code.len())
        };
        marks.push(Mark { line, code: code.to_owned(), range, foreign: false, used: false });
    }
    marks
}

/// salt-lint's `# noqa` and `# noqa: 207 210`.
fn noqa(line: &str, number: u32, start: usize) -> Vec<Mark> {
    let Some((before, after)) = line.split_once("# noqa") else { return Vec::new() };
    let range = TextRange::of(start + before.len(), start + before.len());
    let mark = |code: &str| Mark { line: Some(number), code: code.to_owned(), range, foreign: true, used: false };
    match after.trim_start().strip_prefix(':') {
        None => vec![mark("")],
        Some(rules) => {
            let rules = rules.split(|c: char| !c.is_ascii_digit()).filter(|rule| !rule.is_empty());
            let known = rules.filter_map(|rule| NOQA.iter().find(|(number, _)| *number == rule));
            known.map(|(_, code)| mark(code.name())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(text: &str, needle: &str, code: &str) -> bool {
        let at = text.find(needle).unwrap();
        Suppressed::of(text.to_owned()).covers(&Diagnostic {
            code: code.to_owned(),
            severity: Severity::Error,
            message: String::new(),
            place: Some(FileRange { path: SaltPath::root(), range: TextRange::of(at, at + 1) }),
            related: Vec::new(),
            profiles: Vec::new(),
            drift: None,
        })
    }

    #[test]
    fn marks_cover_their_line_the_next_one_or_the_file() {
        let line = "a: x # saltflow: ignore[yaml-value]\nb: y\n";
        assert!(covered(line, "x", "yaml-value"));
        assert!(!covered(line, "x", "duplicate-key"));
        assert!(!covered(line, "b: y", "yaml-value"));
        let alone = "{# saltflow: ignore #}\nb: y\nc: z\n";
        assert!(covered(alone, "y", "anything") && !covered(alone, "z", "anything"));
        assert!(covered("# saltflow: ignore-file[a, b]\n\nc: z\n", "z", "b"));
        let linted = "a: 22:22 # noqa: 210\n";
        assert!(!covered(linted, "22", "value-changed"), "an error stays");
    }

    #[test]
    fn a_mark_for_nothing_is_told_at_its_code() {
        let text = "a: x # saltflow: ignore[yaml-value, yaml-sintax]\n";
        let path = SaltPath::root();
        let marks = Suppressed::of(text.to_owned());
        let unused: Vec<_> = marks.unused(&path).filter_map(|one| Some((one.place?.range, one.message))).collect();
        let told: Vec<&str> = unused.iter().map(|(range, _)| range.slice(text)).collect();
        assert_eq!(told, ["yaml-value", "yaml-sintax"]);
        assert!(unused.iter().any(|(_, message)| message.contains("Did you mean `yaml-syntax`?")));
    }
}
