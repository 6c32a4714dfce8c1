//! Settings: `.saltflow.yaml` at the repository's root, the same keys under `saltflow.*` in editors,
//! and the command line over both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::explain;

/// The name of the settings file at a repository's root.
pub const FILE_NAME: &str = ".saltflow.yaml";

/// How large a settings file may be, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// How deep a settings file may nest: its reader takes time in the square of the depth.
const MAX_NESTING: usize = 100;

/// The settings' names, for those who misspell one.
const NAMES: [&str; 18] = [
    "file_roots",
    "pillar_roots",
    "saltenv",
    "base",
    "profiles",
    "pillar_file",
    "modules",
    "repositories",
    "stale_commits",
    "stale_days",
    "ignore",
    "skip",
    "secrets",
    "severity",
    "checks",
    "inlay_hints",
    "salt_version",
    "debounce_ms",
];

/// What a user may set. Every key is optional.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "snake_case")]
pub struct Settings {
    /// Folders of the states by saltenv, relative to the root; without it they are discovered.
    pub file_roots: BTreeMap<String, Vec<String>>,
    /// Folders of the pillar by saltenv.
    pub pillar_roots: BTreeMap<String, Vec<String>>,
    /// The saltenv that states are read from (default `base`).
    pub saltenv: Option<String>,
    /// The branch that this branch merges into; without it git flow's rules decide.
    pub base: Option<String>,
    /// Files of minion profiles, relative to the root.
    pub profiles: Vec<String>,
    /// A file that is rendered and handed over as the pillar.
    pub pillar_file: Option<String>,
    /// Folders laid out like `extension_modules`.
    pub modules: Vec<String>,
    /// Folders of further repositories that belong to this one, such as the pillar's.
    pub repositories: Vec<String>,
    /// So many commits behind its base, a branch is stale (default 200).
    pub stale_commits: Option<u32>,
    /// So many days after it parted from its base, a branch is stale (default 60).
    pub stale_days: Option<u32>,
    /// Globs of paths that are not read.
    pub ignore: Vec<String>,
    /// Globs of SLS names that are left out.
    pub skip: Vec<String>,
    /// Globs of pillar keys, parts joined by colons, whose values are secrets beside those found by name and form.
    pub secrets: Vec<String>,
    /// Severity by diagnostic code: `error`, `warning`, `information`, `hint` or `none`.
    pub severity: BTreeMap<String, SeverityName>,
    /// How much of what is no refusal of Salt's is told (default `recommended`).
    pub checks: Option<Checks>,
    /// The Salt version whose modules are offered, such as `3006`.
    pub salt_version: Option<String>,
    /// The inlay hints that editors show: `parameters`, `names`, `ids`, `pillar`; without it all.
    pub inlay_hints: Option<Vec<String>>,
    /// Wait this long after the last keystroke before diagnostics are pushed, in milliseconds.
    pub debounce_ms: Option<u64>,
}

/// How much the checks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checks {
    /// What Salt refuses, and what certainly does not do what it says.
    Basic,
    /// Likely mistakes beside those.
    Recommended,
    /// The same, with a warning for every hint of a check.
    Strict,
}

impl Checks {
    /// How bad a finding of this severity counts; [`ide::Severity::None`]: it is left out.
    #[must_use]
    pub fn weigh(self, code: &str, severity: ide::Severity) -> ide::Severity {
        let Some(row) = codes::Code::of(code).map(codes::Code::row) else { return severity };
        let check = matches!(row.finder, codes::Finder::Lint | codes::Finder::Comments);
        match self {
            Self::Basic if check && row.strictness > codes::Strictness::Basic => ide::Severity::None,
            Self::Strict if check => severity.max(ide::Severity::Warning),
            _ => severity,
        }
    }
}

/// A severity as it is written in settings and outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeverityName {
    /// Not shown.
    None,
    /// A hint.
    Hint,
    /// Information.
    Information,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

impl SeverityName {
    /// The severity that it names.
    #[must_use]
    pub fn severity(self) -> ide::Severity {
        match self {
            Self::None => ide::Severity::None,
            Self::Hint => ide::Severity::Hint,
            Self::Information => ide::Severity::Information,
            Self::Warning => ide::Severity::Warning,
            Self::Error => ide::Severity::Error,
        }
    }
}

/// Settings together with what a person should know about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The settings; defaults where the file could not be used.
    pub settings: Settings,
    /// What was wrong with the file, ready to print.
    pub problems: Vec<String>,
}

impl Settings {
    /// Reads `text`, the content of the file shown as `name`. Unknown keys are named, known ones
    /// still count.
    #[must_use]
    pub fn parse(text: &str, name: &str) -> Loaded {
        let mut problems = Vec::new();
        if text.trim().is_empty() {
            return Loaded::default();
        }
        if world::nests_deeper(text, MAX_NESTING) {
            problems.push(format!("{name} is ignored: it nests more than {MAX_NESTING} levels deep"));
            return Loaded { settings: Self::default(), problems };
        }
        let value: serde_yaml::Value = match serde_yaml::from_str(text) {
            Ok(value) => value,
            Err(error) => {
                problems.push(format!("{name} is no YAML and is ignored: {error}"));
                return Loaded { settings: Self::default(), problems };
            }
        };
        let Some(mapping) = value.as_mapping() else {
            if !value.is_null() {
                problems.push(format!("{name} is ignored: it must be a mapping of settings"));
            }
            return Loaded { settings: Self::default(), problems };
        };
        let mut settings = Self::default();
        for (key, value) in mapping {
            let Some(key) = key.as_str() else {
                problems.push(format!("{name}: a setting's name must be a text"));
                continue;
            };
            if let Err(problem) = settings.set(key, value.clone()) {
                problems.push(format!("{name}: {problem}"));
            }
        }
        Loaded { settings, problems }
    }

    /// Sets one key; `file_roots` and `fileRoots` are the same key.
    fn set(&mut self, key: &str, value: serde_yaml::Value) -> Result<(), String> {
        fn read<T: serde::de::DeserializeOwned>(key: &str, value: serde_yaml::Value) -> Result<T, String> {
            serde_yaml::from_value(value).map_err(|error| format!("`{key}` is ignored: {error}"))
        }
        match snake(key).as_str() {
            "file_roots" => self.file_roots = read::<RootsSetting>(key, value)?.0,
            "pillar_roots" => self.pillar_roots = read::<RootsSetting>(key, value)?.0,
            "saltenv" => self.saltenv = read(key, value)?,
            "base" | "base_branch" => self.base = read(key, value)?,
            "profiles" => self.profiles = read(key, value)?,
            "pillar_file" => self.pillar_file = read(key, value)?,
            "modules" => self.modules = read(key, value)?,
            "repositories" | "pillar_repository" => self.repositories = read::<OneOrMore>(key, value)?.0,
            "stale_commits" => self.stale_commits = read(key, value)?,
            "stale_days" => self.stale_days = read(key, value)?,
            "ignore" => self.ignore = read(key, value)?,
            "skip" => self.skip = read(key, value)?,
            "secrets" => self.secrets = read(key, value)?,
            "severity" => {
                self.severity = read(key, value)?;
                // the others still count
                let unknown = self.severity.keys().find(|code| !is_code(code));
                if let Some(code) = unknown {
                    let hint = crate::near::hint(code.trim_start_matches("drift/"), explain::codes());
                    return Err(format!("`{key}`: there is no diagnostic code `{code}`{hint}"));
                }
            }
            "checks" => self.checks = read(key, value)?,
            "salt_version" => self.salt_version = read::<VersionSetting>(key, value)?.0,
            "inlay_hints" => self.inlay_hints = read(key, value)?,
            "debounce_ms" => self.debounce_ms = read(key, value)?,
            known => {
                let hint = crate::near::hint(known, NAMES);
                return Err(format!("there is no setting `{key}`{hint} (see docs/settings.md)"));
            }
        }
        Ok(())
    }

    /// Reads the settings file of `root`, or `explicit` if one is given.
    #[must_use]
    pub fn load(root: &Path, explicit: Option<&Path>) -> Loaded {
        let path: PathBuf = explicit.map_or_else(|| root.join(FILE_NAME), Path::to_path_buf);
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        // the user's own file may be anywhere, a repository's must be in it
        let bytes = match explicit {
            Some(path) => history::read_named(path, MAX_BYTES),
            None => history::read_inside(root, &path, MAX_BYTES),
        };
        let refused = |problem: String| Loaded { settings: Self::default(), problems: vec![problem] };
        match bytes.map(String::from_utf8) {
            Ok(Ok(text)) => Self::parse(&text, &name),
            Ok(Err(_)) => refused(format!("{name} is ignored: it is not UTF-8 text")),
            Err(error) if explicit.is_none() && error.is_missing() => Loaded::default(),
            Err(error) => refused(format!("{name} is ignored: {error}")),
        }
    }

    /// These settings with the editor's over them: a JSON object with the same keys, in snake_case
    /// or camelCase. Null and empty values leave the file's settings as they are.
    pub fn overlay(&mut self, editor: &serde_json::Value) -> Vec<String> {
        let Some(object) = editor.as_object() else { return Vec::new() };
        let mut problems = Vec::new();
        for (key, value) in object {
            let empty = value.is_null()
                || value.as_str().is_some_and(str::is_empty)
                || value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(serde_json::Map::is_empty);
            // what only the client reads
            if empty || matches!(key.as_str(), "trace" | "server" | "enable") {
                continue;
            }
            match serde_yaml::to_value(value).map_err(|error| error.to_string()) {
                Ok(value) => problems.extend(self.set(key, value).err()),
                Err(problem) => problems.push(problem),
            }
        }
        problems
    }
}

/// Whether `text` is a diagnostic code. Those in a group (`drift/*`) are taken as they are: not every one
/// has a page.
fn is_code(text: &str) -> bool {
    text.contains('/') || explain::page(text).is_some()
}

/// `base: [states]` or a plain list, which means `base`.
struct RootsSetting(BTreeMap<String, Vec<String>>);

impl<'de> Deserialize<'de> for RootsSetting {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            List(Vec<String>),
            Map(BTreeMap<String, Vec<String>>),
        }
        let form = Form::deserialize(deserializer)
            .map_err(|_| serde::de::Error::custom("expected a list of folders, or such lists by saltenv"))?;
        Ok(Self(match form {
            Form::List(folders) => BTreeMap::from([("base".to_owned(), folders)]),
            Form::Map(map) => map,
        }))
    }
}

/// One text or a list of them.
struct OneOrMore(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(String),
            More(Vec<String>),
        }
        let form = Form::deserialize(deserializer)
            .map_err(|_| serde::de::Error::custom("expected a folder or a list of folders"))?;
        Ok(Self(match form {
            Form::One(one) => vec![one],
            Form::More(more) => more,
        }))
    }
}

/// `3006`, `3006.9` or `'3006.9'`.
struct VersionSetting(Option<String>);

impl<'de> Deserialize<'de> for VersionSetting {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_yaml::Value::deserialize(deserializer)?;
        match value {
            serde_yaml::Value::Null => Ok(Self(None)),
            serde_yaml::Value::String(text) => Ok(Self(Some(text))),
            serde_yaml::Value::Number(number) => Ok(Self(Some(number.to_string()))),
            _ => Err(serde::de::Error::custom("expected a version such as 3006")),
        }
    }
}

fn snake(key: &str) -> String {
    let mut out = String::new();
    for c in key.replace('-', "_").chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_key_does_not_spoil_the_others() {
        let loaded =
            Settings::parse("profiles: [a.json]\nfile_roots: 3\ncolour: red\nsalt_version: 3006.9\n", "x.yaml");
        assert_eq!(loaded.settings.profiles, ["a.json"]);
        assert_eq!(loaded.settings.salt_version.as_deref(), Some("3006.9"));
        assert_eq!(loaded.problems.len(), 2, "{:?}", loaded.problems);
        assert!(loaded.problems[0].contains("file_roots") && loaded.problems[1].contains("colour"));
    }

    #[test]
    fn editors_write_camel_case_and_empty_values_change_nothing() {
        let mut settings = Settings::parse("base: develop\nprofiles: [a]", "x").settings;
        let problems = settings
            .overlay(&serde_json::json!({"base": "", "profiles": [], "pillarFile": "p", "fileRoots": ["salt"]}));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(settings.base.as_deref(), Some("develop"));
        assert_eq!(settings.pillar_file.as_deref(), Some("p"));
        assert_eq!(settings.file_roots["base"], ["salt"]);
    }
}
