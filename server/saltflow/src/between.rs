//! Between which branches each repository of a workspace is compared, and why one is not; who changed
//! a file of the base branch.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use history::{Base, BaseRequest, CommitId, CommitInfo, Head, HistoryError, Repository};
use rustc_hash::FxHashMap;
use world::SaltPath;

use crate::parts::Part;

/// One repository's branches.
#[derive(Clone, Debug, Default)]
pub struct Between {
    /// The repository's folder.
    pub root: PathBuf,
    /// Its name for people.
    pub name: String,
    /// Where its files stand in the workspace's worlds.
    pub mount: SaltPath,
    /// The branch compared with.
    pub base: Option<Base>,
    /// HEAD's commit; `None`: it is not compared.
    pub head: Option<CommitId>,
    /// Where the two parted; several after criss-cross merges, none if their common history is not known.
    pub merge_bases: Vec<CommitId>,
    /// Commits of HEAD that the base lacks, and the other way round.
    pub ahead_behind: (usize, usize),
    /// HEAD's branch, or its commit.
    pub here: String,
    /// What a person should know: why nothing was compared, which branch was taken.
    pub notes: Vec<String>,
    /// When the last fetch ended, in seconds since the epoch.
    pub last_fetch: Option<i64>,
    /// How the comparison goes.
    pub mode: Mode,
    /// The history is cut off (a clone with a depth).
    pub shallow: bool,
    /// HEAD is at no branch.
    pub detached: bool,
}

/// How a comparison went; the names are stable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// There is no repository, or it cannot be read.
    #[default]
    Off,
    /// The branch has no commit yet.
    Unborn,
    /// A merge, rebase, … is in progress.
    Paused,
    /// There is no branch to compare with.
    NoBase,
    /// Without common history: only what the base branch lacks is told.
    TwoWay,
    /// All three sides were compared.
    On,
}

impl Mode {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Unborn => "unborn",
            Self::Paused => "paused",
            Self::NoBase => "no-base",
            Self::TwoWay => "two-way",
            Self::On => "on",
        }
    }
}

impl Between {
    /// The branches of `part`; `None`: it has no git.
    ///
    /// # Errors
    /// The repository cannot be read, or has no such branch.
    pub fn of(part: &Part, request: BaseRequest<'_>) -> Result<Option<Self>, HistoryError> {
        let Some(repository) = &part.repository else { return Ok(None) };
        let state = repository.state()?;
        let mut between = Self {
            root: part.root.clone(),
            name: part.name(),
            mount: part.mount.clone(),
            here: here(&state.head),
            last_fetch: state.last_fetch.and_then(seconds),
            shallow: state.shallow,
            detached: matches!(state.head, Head::Detached(_)),
            ..Self::default()
        };
        let Some(head) = state.head.commit() else {
            between.mode = Mode::Unborn;
            between.notes.push("the branch has no commit yet: there is nothing to compare".to_owned());
            return Ok(Some(between));
        };
        if let Some(pause) = state.paused {
            between.mode = Mode::Paused;
            between.notes.push(format!("a {} is in progress: drift is paused until it ends", pause.name()));
            return Ok(Some(between));
        }
        let Some(base) = repository.base_branch(request)? else {
            between.mode = Mode::NoBase;
            between.notes.push(
                "there is no branch to compare with (no develop, dev, main or master); name one with --base or the setting `base`"
                    .to_owned(),
            );
            return Ok(Some(between));
        };
        between.notes.extend(base.notes.iter().cloned());
        between.ahead_behind = repository.ahead_behind(head, base.commit)?;
        between.merge_bases = repository.merge_bases(head, base.commit)?;
        between.mode = if between.merge_bases.is_empty() { Mode::TwoWay } else { Mode::On };
        if between.mode == Mode::TwoWay {
            between.notes.push(if state.shallow {
                "the history is cut off (shallow clone) before the merge base: only what the base branch lacks is compared; `git fetch --unshallow` brings the rest".to_owned()
            } else {
                "the branches have no common commit: only what the base branch lacks is compared".to_owned()
            });
        }
        if state.partial {
            between.notes.push(
                "this is a partial clone: files that were never fetched are unknown, not removed; `git checkout` of a branch fetches its files"
                    .to_owned(),
            );
        }
        (between.base, between.head) = (Some(base), Some(head));
        Ok(Some(between))
    }

    /// The same branch against another target; `None`: they have no common commit, or the target has
    /// nothing new.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn against(&self, target: &history::Target, repository: &Repository) -> Result<Option<Self>, HistoryError> {
        let (Some(base), Some(head)) = (&self.base, self.head) else { return Ok(None) };
        let merge_bases = repository.merge_bases(head, target.commit)?;
        if merge_bases.is_empty() || merge_bases.contains(&target.commit) {
            return Ok(None);
        }
        let base = Base { reference: target.reference.clone(), commit: target.commit, ..base.clone() };
        let ahead_behind = repository.ahead_behind(head, target.commit)?;
        Ok(Some(Self { base: Some(base), merge_bases, ahead_behind, notes: Vec::new(), ..self.clone() }))
    }

    /// Whether only what is missing on the base branch can be told.
    #[must_use]
    pub fn is_two_way(&self) -> bool {
        self.mode == Mode::TwoWay
    }

    /// Who changed files of the base branch last since the two parted, by their paths in the
    /// workspace. `files`: paths in the workspace.
    ///
    /// # Errors
    /// An object is missing.
    pub fn who(&self, part: &Part, files: &[SaltPath]) -> Result<FxHashMap<SaltPath, CommitInfo>, HistoryError> {
        let (Some(repository), Some(base), Some(from)) = (&part.repository, &self.base, self.merge_bases.first())
        else {
            return Ok(FxHashMap::default());
        };
        let in_repository = |file: &SaltPath| {
            let inner = SaltPath::new(file.below(&self.mount)?).ok()?;
            SaltPath::new(&part.scope.in_repository(&inner)).ok()
        };
        let inside: Vec<(SaltPath, SaltPath)> =
            files.iter().filter_map(|file| Some((in_repository(file)?, file.clone()))).collect();
        let paths: Vec<SaltPath> = inside.iter().map(|(path, _)| path.clone()).collect();
        let mut found = repository.who_changed_all(&paths, *from, base.commit)?;
        Ok(inside.into_iter().filter_map(|(path, file)| Some((file, found.remove(&path)?))).collect())
    }

    /// The repository and its two tips; `None`: it is not compared.
    #[must_use]
    pub fn tips<'a>(&'a self, part: &'a Part) -> Option<(&'a Repository, CommitId, &'a Base)> {
        Some((part.repository.as_ref()?, self.head?, self.base.as_ref()?))
    }
}

fn here(head: &Head) -> String {
    match head {
        Head::Branch(name, _) | Head::Unborn(name) => name.clone(),
        Head::Detached(commit) => format!("{} (detached)", commit.short()),
    }
}

/// Seconds since the epoch.
#[must_use]
pub fn seconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// `2 days ago`; the time in seconds.
#[must_use]
pub fn ago(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        86_400..5_184_000 => (seconds / 86_400, "day"),
        5_184_000..63_072_000 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn times_are_told_as_people_do() {
        for (seconds, expected) in [
            (5, "just now"),
            (60, "1 minute ago"),
            (7_200, "2 hours ago"),
            (2 * 86_400, "2 days ago"),
            (90 * 86_400, "3 months ago"),
            (800 * 86_400, "2 years ago"),
        ] {
            assert_eq!(ago(seconds), expected);
        }
    }
}
