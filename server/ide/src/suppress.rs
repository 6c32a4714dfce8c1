//! `# saltflow: ignore[code]`: on a line for that line, on a line of its own for the next one, and
//! `# saltflow: ignore-file[code]` for the file.

use text::{Encoding, LineIndex};
use world::SaltPath;

use crate::{Analysis, Diagnostic};

/// What a file's comments suppress.
pub struct Suppressed {
    text: String,
    index: LineIndex,
    /// Line (`None`: the file) and code (empty: every code).
    marks: Vec<(Option<u32>, String)>,
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
        for (n, line) in text.lines().enumerate() {
            let Some((before, after)) = line.split_once("saltflow: ignore") else { continue };
            let Some(comment) = before.rfind('#') else { continue };
            let number = u32::try_from(n).unwrap_or(u32::MAX);
            let (file, rest) = match after.strip_prefix("-file") {
                Some(rest) => (true, rest),
                None => (false, after),
            };
            let codes = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(codes, _)| codes);
            let alone =
                before[..comment].trim_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '#')).is_empty();
            for code in codes.split(',').map(str::trim) {
                let line = if file { None } else { Some(number + u32::from(alone)) };
                marks.push((line, code.to_owned()));
            }
        }
        let index = LineIndex::new(&text);
        Self { text, index, marks }
    }

    /// Whether a comment suppresses the finding.
    #[must_use]
    pub fn covers(&self, diagnostic: &Diagnostic) -> bool {
        if self.marks.is_empty() {
            return false;
        }
        let at = diagnostic.place.as_ref().map(|place| place.range.start).unwrap_or_default();
        let line = self.index.position(&self.text, at, Encoding::Utf8).line;
        self.marks
            .iter()
            .any(|(on, code)| on.is_none_or(|on| on == line) && (code.is_empty() || *code == diagnostic.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileRange, Severity};
    use text::TextRange;

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
    }
}
