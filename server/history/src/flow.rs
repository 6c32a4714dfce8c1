//! git flow's configuration, as nvie's original, AVH and git-flow-next write it: names, prefixes and
//! the branch that a branch was started from.

use std::collections::BTreeMap;

/// What a branch is in git flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BranchKind {
    /// The branch that features merge into.
    Develop,
    /// The branch that releases end on (master, main).
    Main,
    /// `feature/`.
    Feature,
    /// `bugfix/`.
    Bugfix,
    /// `release/`.
    Release,
    /// `hotfix/`.
    Hotfix,
    /// `support/`.
    Support,
    /// None of these.
    Other,
}

impl BranchKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Develop => "develop",
            Self::Main => "main",
            Self::Feature => "feature",
            Self::Bugfix => "bugfix",
            Self::Release => "release",
            Self::Hotfix => "hotfix",
            Self::Support => "support",
            Self::Other => "other",
        }
    }
}

/// The kinds that have a prefix, with git flow's default one (`NAME/`).
const PREFIXED: [BranchKind; 5] =
    [BranchKind::Feature, BranchKind::Bugfix, BranchKind::Release, BranchKind::Hotfix, BranchKind::Support];

/// A branch type or base branch of git-flow-next (`gitflow.branch.NAME.*`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NextType {
    pub parent: Option<String>,
    pub start: Option<String>,
    pub prefix: Option<String>,
    pub is_base: bool,
}

/// All of the `gitflow` section.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    keys: BTreeMap<String, String>,
    next: BTreeMap<String, NextType>,
}

impl Flow {
    /// Reads the configuration; the last value of a key wins, as in git.
    pub fn read(git: &git2::Repository) -> Self {
        let mut keys = BTreeMap::new();
        let entries = git.config().and_then(|mut config| config.snapshot());
        if let Ok(config) = &entries
            && let Ok(entries) = config.entries(Some(r"^gitflow\."))
        {
            let _ = entries.for_each(|entry| {
                if let (Ok(name), Ok(value)) = (entry.name(), entry.value()) {
                    keys.insert(name.to_owned(), value.to_owned());
                }
            });
        }
        Self::of(keys)
    }

    pub fn of(keys: BTreeMap<String, String>) -> Self {
        let mut next: BTreeMap<String, NextType> = BTreeMap::new();
        for (key, value) in &keys {
            let Some((name, field)) = key.strip_prefix("gitflow.branch.").and_then(|rest| rest.rsplit_once('.')) else {
                continue;
            };
            let value = value.clone();
            match field {
                "parent" => next.entry(name.to_owned()).or_default().parent = Some(value),
                "startpoint" => next.entry(name.to_owned()).or_default().start = Some(value),
                "prefix" => next.entry(name.to_owned()).or_default().prefix = Some(value),
                "type" => next.entry(name.to_owned()).or_default().is_base = value == "base",
                _ => {}
            }
        }
        Self { keys, next }
    }

    fn key(&self, name: &str) -> Option<&str> {
        self.keys.get(&format!("gitflow.{name}")).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of it as one text, to tell whether it changed.
    pub fn fingerprint_text(&self) -> String {
        format!("{:?}", self.keys)
    }

    /// The remote's name.
    pub fn origin(&self) -> &str {
        self.key("origin").unwrap_or("origin")
    }

    /// The development branch's name.
    pub fn develop(&self) -> &str {
        self.key("branch.develop").unwrap_or("develop")
    }

    /// Names that the production branch may have, the likeliest first. The key is called `master`
    /// even when the branch is `main`.
    pub fn masters(&self) -> Vec<&str> {
        match self.key("branch.master") {
            Some(name) => vec![name],
            None => vec!["master", "main"],
        }
    }

    /// `gitflow.branch.<branch>.base`: what AVH noted at `start`.
    pub fn noted_base(&self, branch: &str) -> Option<&str> {
        self.key(&format!("branch.{branch}.base"))
    }

    /// git-flow-next's type of `branch`: a base branch of that name, or the topic type with the
    /// longest matching prefix.
    pub fn next_type(&self, branch: &str) -> Option<(&str, &NextType)> {
        if let Some((name, found)) = self.next.get_key_value(branch)
            && found.is_base
        {
            return Some((name, found));
        }
        let of_prefix = self.next.iter().filter_map(|(name, kind)| {
            let prefix = kind.prefix.as_deref().filter(|prefix| !prefix.is_empty())?;
            (branch.starts_with(prefix) && kind.parent.is_some()).then_some((prefix.len(), name.as_str(), kind))
        });
        of_prefix.max_by_key(|(len, ..)| *len).map(|(_, name, kind)| (name, kind))
    }

    /// git-flow-next's base branches whose parent is `parent`.
    pub fn children(&self, parent: &str) -> Vec<&str> {
        let below = self.next.iter().filter(|(_, kind)| kind.is_base && kind.parent.as_deref() == Some(parent));
        below.map(|(name, _)| name.as_str()).collect()
    }

    /// The kind of `branch` and the prefix that decided: configured prefixes (which may be empty)
    /// or the default ones, the longest match.
    pub fn kind(&self, branch: &str) -> (BranchKind, String) {
        if branch == self.develop() {
            return (BranchKind::Develop, String::new());
        }
        if self.masters().contains(&branch) {
            return (BranchKind::Main, String::new());
        }
        let mut best: Option<(BranchKind, String)> = None;
        for kind in PREFIXED {
            let configured = self.keys.get(&format!("gitflow.prefix.{}", kind.name())).cloned();
            let prefix = configured.unwrap_or_else(|| format!("{}/", kind.name()));
            let longer = best.as_ref().is_none_or(|(_, found)| prefix.len() > found.len());
            if branch.starts_with(&prefix) && longer {
                best = Some((kind, prefix));
            }
        }
        best.unwrap_or((BranchKind::Other, String::new()))
    }
}
