//! `.gitattributes`, as far as they make a file on disk differ from its blob: filters (git-crypt,
//! LFS), line ends, `ident`, encodings. Nothing is run: only whether one applies is asked.

use globset::{GlobBuilder, GlobMatcher};
use rustc_hash::FxHashMap;

/// How a file on disk may differ from its blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Conversion {
    /// A filter driver applies: the blob is not what people edit.
    pub filter: bool,
    /// CRLF on disk is LF in the blob.
    pub line_ends: bool,
    /// `ident` or an encoding: the bytes may differ.
    pub other: bool,
}

impl Conversion {
    /// Whether the blob may differ from the file in any way.
    pub fn any(self) -> bool {
        self.filter || self.line_ends || self.other
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Set,
    Unset,
    Unspecified,
}

struct Rule {
    folder: String,
    /// Whether it is matched against the file's name alone.
    name_only: bool,
    glob: GlobMatcher,
    sets: Vec<(String, Value)>,
}

/// The attribute rules of one tree, in increasing precedence.
#[derive(Default)]
pub(crate) struct Attributes {
    rules: Vec<Rule>,
    /// `core.autocrlf` is `true` or `input`.
    autocrlf: bool,
}

impl Attributes {
    /// No rules but `core.autocrlf`.
    pub fn new(autocrlf: bool) -> Self {
        Self { rules: Vec::new(), autocrlf }
    }

    /// Whether no file can differ from its blob.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && !self.autocrlf
    }

    /// Whether a rule names a filter.
    pub fn has_filters(&self) -> bool {
        self.rules.iter().any(|rule| rule.sets.iter().any(|(name, _)| name == "filter"))
    }

    /// Adds one file's rules. Files are added in git's order: the user's, the tree's from the root
    /// downwards, `info/attributes`. `folder` is where the file stands (empty: the root).
    pub fn add(&mut self, folder: &str, text: &str) {
        let mut macros: FxHashMap<&str, Vec<(String, Value)>> = FxHashMap::default();
        let binary = ["diff", "merge", "text"].map(|name| (name.to_owned(), Value::Unset)).to_vec();
        macros.insert("binary", binary);
        for line in text.lines().take(100_000) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (pattern, rest) = pattern_of(line);
            let mut sets = Vec::new();
            for word in rest.split_ascii_whitespace() {
                let (name, value) = parse(word);
                if value == Value::Set
                    && let Some(more) = macros.get(name)
                {
                    sets.extend(more.iter().cloned());
                }
                sets.push((name.to_owned(), value));
            }
            if let Some(name) = line.strip_prefix("[attr]").and_then(|rest| rest.split_ascii_whitespace().next()) {
                macros.insert(name, sets);
                continue;
            }
            sets.retain(|(name, _)| {
                matches!(name.as_str(), "filter" | "text" | "crlf" | "eol" | "ident" | "working-tree-encoding")
            });
            if sets.is_empty() {
                continue;
            }
            let name_only = !pattern.trim_end_matches('/').contains('/');
            let pattern = pattern.trim_start_matches('/');
            let glob = GlobBuilder::new(&pattern.replace('{', "[{]").replace('}', "[}]"))
                .literal_separator(true)
                .backslash_escape(true)
                .build();
            if let Ok(glob) = glob {
                self.rules.push(Rule { folder: folder.to_owned(), name_only, glob: glob.compile_matcher(), sets });
            }
        }
    }

    /// What applies to `path`, relative to the repository's root.
    pub fn of(&self, path: &str) -> Conversion {
        let (mut filter, mut text, mut eol) = (Value::Unspecified, Value::Unspecified, Value::Unspecified);
        let (mut ident, mut encoding) = (Value::Unspecified, Value::Unspecified);
        for rule in &self.rules {
            let below = if rule.folder.is_empty() {
                path
            } else {
                match path.strip_prefix(rule.folder.as_str()).and_then(|rest| rest.strip_prefix('/')) {
                    Some(below) => below,
                    None => continue,
                }
            };
            let subject = if rule.name_only { below.rsplit('/').next().unwrap_or(below) } else { below };
            if !rule.glob.is_match(subject) {
                continue;
            }
            for (name, value) in &rule.sets {
                match name.as_str() {
                    "filter" => filter = *value,
                    "text" | "crlf" => text = *value,
                    "eol" => eol = *value,
                    "ident" => ident = *value,
                    _ => encoding = *value,
                }
            }
        }
        let line_ends = match text {
            Value::Set => true,
            Value::Unset => false,
            Value::Unspecified => eol == Value::Set || self.autocrlf,
        };
        Conversion { filter: filter == Value::Set, line_ends, other: ident == Value::Set || encoding == Value::Set }
    }
}

/// The pattern, unquoted, and the rest of the line.
fn pattern_of(line: &str) -> (String, &str) {
    if let Some(quoted) = line.strip_prefix('"')
        && let Some((pattern, rest)) = quoted.split_once('"')
    {
        return (pattern.to_owned(), rest);
    }
    let (pattern, rest) = line.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((line, ""));
    (pattern.to_owned(), rest)
}

fn parse(word: &str) -> (&str, Value) {
    if let Some(name) = word.strip_prefix('-') {
        (name, Value::Unset)
    } else if let Some(name) = word.strip_prefix('!') {
        (name, Value::Unspecified)
    } else if let Some((name, value)) = word.split_once('=') {
        let off = value == "false" || value.is_empty() || (name == "crlf" && value == "no");
        (name, if off { Value::Unset } else { Value::Set })
    } else {
        (word, Value::Set)
    }
}

/// Whether `bytes` are what git-crypt or LFS store instead of the content.
pub(crate) fn is_placeholder(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0GITCRYPT\0") || bytes.starts_with(b"version https://git-lfs.github.com/spec/v1\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_matching_rule_decides() {
        let check = |rules: &[(&str, &str)], path: &str, expected: &str| {
            let mut attributes = Attributes::new(false);
            rules.iter().for_each(|(folder, text)| attributes.add(folder, text));
            let found = attributes.of(path);
            let names = [(found.filter, "filter"), (found.line_ends, "line-ends"), (found.other, "other")];
            let shown: Vec<&str> = names.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
            assert_eq!(shown.join(" "), expected, "{path} under {rules:?}");
        };
        check(&[("", "*.key filter=git-crypt diff=git-crypt")], "pillar/a.key", "filter");
        check(&[("", "secret/** filter=git-crypt\n.gitattributes !filter")], "secret/a/b.sls", "filter");
        check(&[("", "secret/** filter=x\n*.md !filter")], "secret/readme.md", "");
        check(&[("", "* text=auto")], "a.sls", "line-ends");
        check(&[("", "* text=auto\n*.bin binary")], "a.bin", "");
        check(&[("", "* -text"), ("win", "*.ps1 eol=crlf text")], "win/x.ps1", "line-ends");
        check(&[("", "/top.sls ident")], "top.sls", "other");
        check(&[("", "/top.sls ident")], "a/top.sls", "");
        check(&[("", "[attr]sealed filter=git-crypt -text\n*.sls sealed")], "a.sls", "filter");
        check(&[("", "*.ps1 working-tree-encoding=UTF-16")], "x.ps1", "other");
    }
}
