//! Drift of a workspace: finds base branch and merge base, reads their worlds, has them compared,
//! and says who changed what when.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use compare::{Drift, DriftFact, DriftKind, DriftSeverity, Place, Sides};
use history::{Base, BaseRequest, CommitId, CommitInfo, Head, HistoryError, Ours, Repository};
use ide::Analysis;
use model::Catalog;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use world::{SaltPath, Stop, Stopped, World};

use crate::workspace::Workspace;

/// Drift with the branches that it was found between.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings.
    pub drift: Arc<Drift>,
    /// The branch compared with.
    pub base: Option<Base>,
    /// Where the two parted.
    pub merge_base: Option<CommitId>,
    /// Commits of HEAD that the base lacks, and the other way round.
    pub ahead_behind: (usize, usize),
    /// HEAD's branch, or its commit.
    pub here: String,
    /// What a person should know: why nothing was compared, which branch was taken.
    pub notes: Vec<String>,
    /// Who changed a file of the base branch last, by its path there.
    pub commits: FxHashMap<SaltPath, CommitInfo>,
    /// When the last fetch ended, in seconds since the epoch.
    pub last_fetch: Option<i64>,
    /// How the comparison went.
    pub mode: Mode,
    /// What was compared, for those who look closer; `None`: nothing was.
    pub upstream: Option<Arc<ide::Upstream>>,
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

/// Why drift cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum DriftError {
    /// The repository cannot be read, or has no such branch.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A newer request made this one useless.
    #[error("interrupted")]
    Stopped,
}

impl From<Stopped> for DriftError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// A commit's world and its meaning.
#[derive(Clone)]
struct Side {
    world: World,
    catalog: Catalog,
}

/// Compares, and keeps what does not change: the sides of commits.
#[derive(Default)]
pub struct Comparer {
    sides: Mutex<Vec<(CommitId, Side)>>,
    lacking: crate::flow::Lacking,
}

/// Commits whose sides are kept.
const MAX_SIDES: usize = 4;

impl Comparer {
    /// Compares the working copy as `analysis` sees it with its base branch. `None`: no git here.
    ///
    /// # Errors
    /// [`DriftError`].
    #[allow(clippy::too_many_lines, reason = "one step after the other, each with its note for people")]
    pub fn compare(
        &self,
        workspace: &Workspace,
        analysis: &Analysis,
        request: BaseRequest<'_>,
        stop: &Stop,
    ) -> Result<Option<Report>, DriftError> {
        let Some(repository) = &workspace.repository else { return Ok(None) };
        let state = repository.state()?;
        let mut report =
            Report { here: here(&state.head), last_fetch: state.last_fetch.and_then(seconds), ..Report::default() };
        let Some(head) = state.head.commit() else {
            report.mode = Mode::Unborn;
            report.notes.push("the branch has no commit yet: there is nothing to compare".to_owned());
            return Ok(Some(report));
        };
        if let Some(pause) = state.paused {
            report.mode = Mode::Paused;
            report.notes.push(format!("a {} is in progress: drift is paused until it ends", pause.name()));
            return Ok(Some(report));
        }
        let Some(base) = repository.base_branch(request)? else {
            report.mode = Mode::NoBase;
            report.notes.push(
                "there is no branch to compare with (no develop, dev, main or master); name one with --base or the setting `base`"
                    .to_owned(),
            );
            return Ok(Some(report));
        };
        report.notes.extend(base.notes.iter().cloned());
        report.ahead_behind = repository.ahead_behind(head, base.commit)?;
        let bases = repository.merge_bases(head, base.commit)?;
        report.merge_base = bases.first().copied();
        let two_way = bases.is_empty();
        report.mode = if two_way { Mode::TwoWay } else { Mode::On };
        if two_way {
            report.notes.push(if state.shallow {
                "the history is cut off (shallow clone) before the merge base: only what the base branch lacks is compared; `git fetch --unshallow` brings the rest".to_owned()
            } else {
                "the branches have no common commit: only what the base branch lacks is compared".to_owned()
            });
        }
        let theirs = self.side(repository, workspace, analysis, base.commit, stop)?;
        let parted = self.side(repository, workspace, analysis, report.merge_base.unwrap_or(head), stop)?;
        let conflicts =
            if two_way { Vec::new() } else { conflicts(repository, workspace, analysis, head, base.commit)? };
        let (ours_renames, theirs_renames) =
            (history::renames(&parted.world, &analysis.world), history::renames(&parted.world, &theirs.world));
        let mut drift = compare::compare(
            &Sides {
                base: &parted.catalog,
                ours: &analysis.catalog,
                theirs: &theirs.catalog,
                base_world: &parted.world,
                ours_world: &analysis.world,
                theirs_world: &theirs.world,
                ours_renames: &ours_renames,
                theirs_renames: &theirs_renames,
                conflicts: &conflicts,
                base_name: &base.reference,
                two_way,
            },
            stop,
        )?;
        if let Some(merge_base) = report.merge_base {
            report.commits = say_who(repository, workspace, &mut drift, merge_base, base.commit)?;
        }
        let flow = crate::flow::Branches { repository, head, base: &base, layout: &theirs.catalog.layout };
        drift.facts.extend(self.lacking.not_merged_back(&flow, &workspace.scope)?);
        drift.facts.extend(crate::flow::stale(&report, &base, repository, &workspace.settings)?);
        drift.facts.sort_by_key(|fact| std::cmp::Reverse(fact.severity));
        let version = |side: Side, commit: CommitId| ide::Version {
            world: side.world,
            catalog: side.catalog,
            commit: commit.to_string(),
        };
        let (request, _) = workspace.request(&analysis.world, stop)?;
        report.upstream = Some(Arc::new(ide::Upstream {
            name: base.reference.clone(),
            base: report.merge_base.map(|commit| version(parted, commit)),
            theirs: version(theirs, base.commit),
            ours_renames,
            theirs_renames,
            request,
        }));
        report.base = Some(base);
        report.drift = Arc::new(drift);
        Ok(Some(report))
    }

    fn side(
        &self,
        repository: &Repository,
        workspace: &Workspace,
        analysis: &Analysis,
        commit: CommitId,
        stop: &Stop,
    ) -> Result<Side, DriftError> {
        let kept = self.sides.lock().iter().find(|(id, _)| *id == commit).map(|(_, side)| side.clone());
        let before = kept.as_ref().map_or(&analysis.catalog, |side| &side.catalog);
        let world = match &kept {
            Some(side) => side.world.clone(),
            None => repository.world_at(commit, &workspace.scope, Some(&analysis.world.tree))?,
        };
        // Roots and profiles are those of here: the same minions see both sides.
        let (request, _) = workspace.request(&analysis.world, stop)?;
        let catalog = Catalog::build(&world, &analysis.memo, stop, &request, Some(before))?;
        let side = Side { world, catalog };
        let mut sides = self.sides.lock();
        sides.retain(|(id, _)| *id != commit);
        sides.push((commit, side.clone()));
        if sides.len() > MAX_SIDES {
            sides.remove(0);
        }
        Ok(side)
    }
}

fn here(head: &Head) -> String {
    match head {
        Head::Branch(name, _) | Head::Unborn(name) => name.clone(),
        Head::Detached(commit) => format!("{} (detached)", commit.short()),
    }
}

fn seconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

fn conflicts(
    repository: &Repository,
    workspace: &Workspace,
    analysis: &Analysis,
    head: CommitId,
    theirs: CommitId,
) -> Result<Vec<SaltPath>, DriftError> {
    let ours = Ours::World { head, world: &analysis.world };
    Ok(repository.merge(ours, theirs, &workspace.scope)?.conflicts)
}

/// Whether a change of the base branch caused the finding.
fn is_their_doing(kind: DriftKind) -> bool {
    !matches!(kind, DriftKind::RemovedHereUsedUpstream | DriftKind::Outgoing | DriftKind::TextualConflict)
}

/// The file that changed there: where the thing is now, else where it was.
fn their_file(fact: &DriftFact) -> Option<&SaltPath> {
    let place: &Place = fact.theirs.as_ref().or(fact.ours.as_ref())?;
    Some(&place.path)
}

/// Appends who did it and when to the findings that a change of the base branch caused; gives the
/// commits by the file's path in the workspace.
fn say_who(
    repository: &Repository,
    workspace: &Workspace,
    drift: &mut Drift,
    from: CommitId,
    to: CommitId,
) -> Result<FxHashMap<SaltPath, CommitInfo>, HistoryError> {
    let told = |fact: &DriftFact| fact.severity > DriftSeverity::None && is_their_doing(fact.kind);
    let in_repository = |path: &SaltPath| SaltPath::new(&workspace.scope.in_repository(path)).ok();
    let mut files: Vec<SaltPath> =
        drift.facts.iter().filter(|fact| told(fact)).filter_map(their_file).cloned().collect();
    files.sort();
    files.dedup();
    let paths: Vec<SaltPath> = files.iter().filter_map(in_repository).collect();
    let mut found = repository.who_changed_all(&paths, from, to)?;
    let commits: FxHashMap<SaltPath, CommitInfo> =
        files.into_iter().filter_map(|file| Some((file.clone(), found.remove(&in_repository(&file)?)?))).collect();
    let now = seconds(SystemTime::now()).unwrap_or_default();
    for fact in drift.facts.iter_mut().filter(|fact| told(fact)) {
        let Some(commit) = their_file(fact).and_then(|file| commits.get(file)) else { continue };
        let author = crate::escape::terminal(&commit.author, 60);
        fact.message.push_str(&format!(" ({}, {}, {author})", commit.id.short(), ago(now - commit.time)));
    }
    Ok(commits)
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
