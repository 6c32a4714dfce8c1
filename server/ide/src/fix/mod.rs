//! Quick fixes of drift: what can be done about a finding, and the edits of one of them. Edits are
//! tried in memory first: they are handed out only if the finding is gone then and nothing new is
//! found, else the fix is refused with the reason. Nothing here runs git.

mod edits;
mod ignore;
mod pillar;
mod rename;
mod sections;
mod take;
mod verify;

use compare::{DriftFact, DriftKind, DriftSeverity};
use model::EntityKind;
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::upstream::text_in;
use crate::{Analysis, Upstream};

pub use edits::{FileEdits, Refused};

/// What a fix does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Rename it everywhere on this branch, as the base branch did.
    Rename,
    /// Take the base branch's version of the state, pillar key or macro.
    Take,
    /// Take the base branch's version of the file.
    TakeFile,
    /// Show both versions side by side.
    Diff,
    /// Show the git command, never run it.
    Command,
    /// A comment at the line.
    Ignore,
    /// A line in the settings.
    IgnoreKind,
}

impl Remedy {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Rename, Self::Take, Self::TakeFile, Self::Diff, Self::Command, Self::Ignore, Self::IgnoreKind];

    /// A stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Take => "take",
            Self::TakeFile => "take-file",
            Self::Diff => "diff",
            Self::Command => "command",
            Self::Ignore => "ignore",
            Self::IgnoreKind => "ignore-kind",
        }
    }

    /// Whether it changes files.
    #[must_use]
    pub fn is_edit(self) -> bool {
        !matches!(self, Self::Diff | Self::Command)
    }
}

/// How a finding is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactKey {
    /// The kind's stable name.
    pub kind: String,
    /// The entity's name.
    pub name: String,
    /// The file.
    pub path: SaltPath,
    /// Where in it.
    pub start: u32,
}

/// Something that can be done about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it says; never a secret.
    pub title: String,
    /// What it does.
    pub remedy: Remedy,
    /// The finding.
    pub fact: FactKey,
    /// Whether it needs more than edits of files that are there.
    pub file_operations: bool,
    /// For [`Remedy::Diff`]: the files there and here.
    pub files: Option<(SaltPath, SaltPath)>,
}

pub(super) struct Fixer<'a> {
    analysis: &'a Analysis,
    upstream: &'a Upstream,
}

/// What can be done about the findings of drift that `range` of the file at `path` touches, best first.
/// The analysis must know the drift of just its world.
///
/// # Errors
/// [`Stopped`].
pub fn offers(analysis: &Analysis, path: &SaltPath, range: TextRange, stop: &Stop) -> Result<Vec<Offer>, Stopped> {
    let Some(upstream) = analysis.upstream.as_deref() else { return Ok(Vec::new()) };
    let fixer = Fixer { analysis, upstream };
    let mut found = Vec::new();
    for fact in &analysis.drift.facts {
        stop.check()?;
        let Some((file, at)) = fact.place.as_ref().filter(|_| fact.severity > DriftSeverity::None) else { continue };
        if file != path || !(range.touches(at.start) || at.touches(range.start)) {
            continue;
        }
        for remedy in Remedy::ALL {
            found.extend(fixer.offer(fact, remedy));
        }
    }
    Ok(found)
}

/// The edits of an offer, tried: see the module.
///
/// # Errors
/// [`Stopped`].
pub fn edits(
    analysis: &Analysis,
    key: &FactKey,
    remedy: Remedy,
    stop: &Stop,
) -> Result<Result<FileEdits, Refused>, Stopped> {
    let Some(upstream) = analysis.upstream.as_deref() else {
        return Ok(edits::refuse("this branch is not compared with another one now"));
    };
    let fixer = Fixer { analysis, upstream };
    let is_it = |fact: &&DriftFact| {
        let at = fact.place.as_ref().is_some_and(|(path, range)| *path == key.path && range.start == key.start);
        fact.kind.name() == key.kind && fact.name == key.name && at
    };
    let Some(fact) = analysis.drift.facts.iter().find(is_it) else {
        return Ok(edits::refuse("the finding is not there any more"));
    };
    let found = match fixer.edits(fact, remedy) {
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    if remedy == Remedy::IgnoreKind {
        return Ok(Ok(found));
    }
    let tried = fixer.verified(fact, remedy, &found, stop)?;
    if tried.is_err()
        && remedy == Remedy::Rename
        && matches!(fact.entity, EntityKind::PillarKey | EntityKind::PillarUse)
    {
        // a map may give the key its defaults under the old name
        let more = fixer.with_maps(fact, found.clone()).and_then(|more| more.checked(&analysis.world));
        if let Ok(more) = more
            && fixer.verified(fact, remedy, &more, stop)?.is_ok()
        {
            return Ok(Ok(more));
        }
    }
    Ok(tried.map(|()| found))
}

impl Fixer<'_> {
    fn edits(&self, fact: &DriftFact, remedy: Remedy) -> Result<FileEdits, Refused> {
        let code = format!("drift/{}", fact.kind.name());
        let found = match remedy {
            Remedy::Rename => self.rename(fact),
            Remedy::Take => match self.taken(fact) {
                Some(taken) => self.take(fact, &taken),
                None => edits::refuse(format!("{} has no version of it", self.upstream.name)),
            },
            Remedy::TakeFile => self.take_file(fact),
            Remedy::Ignore => {
                let Some((path, range)) = &fact.place else { return edits::refuse("it has no line") };
                let Some(text) = text_in(&self.analysis.world, path) else {
                    return edits::refuse(format!("{path} cannot be read"));
                };
                ignore::at_line(path, &text, *range, &code)
            }
            Remedy::IgnoreKind => {
                let settings = SaltPath::new(".saltflow.yaml").ok();
                let text = settings.and_then(|path| text_in(&self.analysis.world, &path));
                ignore::in_settings(text.as_deref(), &code)
            }
            Remedy::Diff | Remedy::Command => edits::refuse("this edits nothing"),
        };
        found?.checked(&self.analysis.world)
    }

    fn offer(&self, fact: &DriftFact, remedy: Remedy) -> Option<Offer> {
        let (path, range) = fact.place.clone()?;
        let develop = &self.upstream.name;
        let mut file_operations = false;
        if remedy.is_edit() {
            file_operations = self.edits(fact, remedy).ok()?.has_file_operations();
        }
        let files = || {
            let there = match &fact.theirs {
                Some(theirs) => theirs.path.clone(),
                None => self.upstream.in_theirs(&path),
            };
            let here = self.upstream.in_ours(&there);
            let here = if self.analysis.world.tree.get(&here).is_some() { here } else { path.clone() };
            self.upstream.theirs.world.tree.get(&there).map(|_| (there, here))
        };
        let title = match remedy {
            Remedy::Rename => {
                let new = fact.renamed_to.as_ref()?;
                let (old, new) = match fact.kind {
                    DriftKind::RemovedHereUsedUpstream => (new, &fact.name),
                    _ => (&fact.name, new),
                };
                let bare = matches!(fact.entity, EntityKind::Requisite)
                    && fact.kind == DriftKind::RequisiteTargetRemovedUpstream;
                let old = if bare { old.rsplit_once(':').map_or(old.as_str(), |(_, name)| name) } else { old.as_str() };
                let moved = fact.theirs.as_ref().filter(|_| fact.entity == EntityKind::Import);
                let new = moved.map_or(new.as_str(), |theirs| theirs.path.as_str());
                format!("Rename '{old}' to '{new}' everywhere on this branch, as on {develop}")
            }
            Remedy::Take => {
                let taken = self.taken(fact)?;
                let (word, name) = (taken.what.word(), &taken.name);
                match (&taken.here, &taken.there) {
                    (Some(_), None) => format!("Remove {word} '{name}', as {develop} did"),
                    (None, Some(_)) => format!("Restore {word} '{name}' as on {develop}"),
                    _ => format!("Take {develop}'s version of {word} '{name}'"),
                }
            }
            Remedy::TakeFile => format!("Take {develop}'s version of this file"),
            Remedy::Diff => {
                files()?;
                format!("Show {develop}'s version beside this one")
            }
            Remedy::Command => format!("Show the command that brings {develop} into this branch"),
            Remedy::Ignore => format!("Ignore: # saltflow: ignore[drift/{}]", fact.kind.name()),
            Remedy::IgnoreKind => format!("Never report drift/{} (in .saltflow.yaml)", fact.kind.name()),
        };
        let files = if remedy == Remedy::Diff { files() } else { None };
        let fact = FactKey { kind: fact.kind.name().to_owned(), name: fact.name.clone(), path, start: range.start };
        Some(Offer { title, remedy, fact, file_operations, files })
    }
}
