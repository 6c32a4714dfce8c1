//! Drift of a workspace: reads the worlds of its repositories' branches, has them compared, and says
//! who changed what when.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use compare::{Drift, DriftFact, DriftKind, DriftSeverity, Place, Sides};
use history::{Base, BaseRequest, CommitId, CommitInfo, HistoryError, Role};
use ide::Analysis;
use model::{Catalog, Request};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use world::{SaltPath, Stop, Stopped, World};

use crate::between::seconds;
pub use crate::between::{Between, Mode, ago};
use crate::parts::{self, Part};
use crate::workspace::Workspace;

/// Drift with the branches that it was found between.
#[derive(Clone, Default)]
pub struct Report {
    /// The findings.
    pub drift: Arc<Drift>,
    /// The branches of each repository, the workspace's own first. What follows is about the first one
    /// of them that was compared.
    pub repositories: Vec<Between>,
    /// The branch compared with.
    pub base: Option<Base>,
    /// Where the two parted.
    pub merge_base: Option<CommitId>,
    /// Commits of HEAD that the base lacks, and the other way round.
    pub ahead_behind: (usize, usize),
    /// HEAD's branch, or its commit.
    pub here: String,
    /// How the comparison went.
    pub mode: Mode,
    /// What a person should know: why nothing was compared, which branch was taken.
    pub notes: Vec<String>,
    /// Who changed a file of the base branch last, by its path there.
    pub commits: FxHashMap<SaltPath, CommitInfo>,
    /// What was compared, for those who look closer; `None`: nothing was.
    pub upstream: Option<Arc<ide::Upstream>>,
}

impl Report {
    /// The report on these repositories, before anything is compared.
    fn on(repositories: Vec<Between>) -> Self {
        let several = repositories.len() > 1;
        let notes = repositories.iter().flat_map(|one| {
            one.notes.iter().map(move |note| if several { format!("{}: {note}", one.name) } else { note.clone() })
        });
        let notes = notes.collect();
        let first = repositories.iter().find(|one| one.base.is_some()).or_else(|| repositories.first());
        let first = first.cloned().unwrap_or_default();
        Self {
            base: first.base,
            merge_base: first.merge_bases.first().copied(),
            ahead_behind: first.ahead_behind,
            here: first.here,
            mode: first.mode,
            repositories,
            notes,
            ..Self::default()
        }
    }

    /// The branches of the repository that `path` belongs to.
    #[must_use]
    pub fn of(&self, path: &SaltPath) -> Option<&Between> {
        let holding = self.repositories.iter().filter(|one| path.below(&one.mount).is_some());
        holding.max_by_key(|one| one.mount.as_str().len())
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

/// A version of the whole: the commits of each part, nothing for those that are as they are here.
type Version = Vec<Vec<CommitId>>;

/// A repository's commits: one, or several that are merged.
type Tips = (PathBuf, Vec<CommitId>);

/// A version's world and its meaning.
#[derive(Clone)]
struct Side {
    version: Version,
    world: World,
    catalog: Catalog,
    /// What the catalog was built with.
    request: Request,
}

impl Side {
    /// The working copy, where there is no version to compare with.
    fn here(analysis: &Analysis) -> Self {
        let (world, catalog) = (analysis.world.clone(), analysis.catalog.clone());
        Self { version: Vec::new(), world, catalog, request: Request::default() }
    }
}

/// Compares, and keeps what does not change: the sides of commits.
#[derive(Default)]
pub struct Comparer {
    sides: Mutex<Vec<Side>>,
    worlds: Mutex<Vec<(Tips, World)>>,
    lacking: Mutex<FxHashMap<PathBuf, Arc<crate::flow::Lacking>>>,
}

/// Versions of the whole that are kept, and commits' worlds.
const MAX_SIDES: usize = 4;
const MAX_WORLDS: usize = 16;
/// Branches beside the base that one branch is compared with.
const MAX_TARGETS: usize = 3;
/// Stands for the base branch in messages while it is not told whose; no text of a repository holds it.
const BRANCH: &str = "\u{fdd0}";

impl Comparer {
    /// Compares the working copy as `analysis` sees it with its base branches. `request` is about the
    /// workspace's own repository; a revision is looked for in each. `None`: no git here.
    ///
    /// # Errors
    /// [`DriftError`].
    pub fn compare(
        &self,
        workspace: &Workspace,
        analysis: &Analysis,
        request: BaseRequest<'_>,
        stop: &Stop,
    ) -> Result<Option<Report>, DriftError> {
        let found = between(&workspace.parts, request)?;
        if found.iter().all(Option::is_none) {
            return Ok(None);
        }
        let mut report = Report::on(found.iter().flatten().cloned().collect());
        let mut drift = Drift::default();
        for two_way in [false, true] {
            let chosen = |one: &Between| one.base.is_some() && one.is_two_way() == two_way;
            let group: Vec<Option<&Between>> = found.iter().map(|one| one.as_ref().filter(|one| chosen(one))).collect();
            if group.iter().any(Option::is_some) {
                let work = Work { workspace, analysis, group: &group, two_way, stop };
                let (found, upstream) = self.group(&work)?;
                drift.facts.extend(found.facts);
                drift.notes.extend(found.notes);
                report.upstream.get_or_insert(Arc::new(upstream));
            }
        }
        report.commits = say_who(&workspace.parts, &found, &mut drift)?;
        for second in second_targets(&workspace.parts, &found)? {
            let group: Vec<Option<&Between>> = second.iter().map(Option::as_ref).collect();
            let work = Work { workspace, analysis, group: &group, two_way: false, stop };
            let (mut further, _) = self.group(&work)?;
            say_who(&workspace.parts, &second, &mut further)?;
            let told = |fact: &DriftFact| (fact.kind, fact.entity, fact.name.clone(), fact.place.clone());
            let known: Vec<_> = drift.facts.iter().map(told).collect();
            // What is on record only is on record against the first target; places there are another world's.
            further.facts.retain(|fact| fact.severity > DriftSeverity::None && !known.contains(&told(fact)));
            drift.facts.extend(further.facts.into_iter().map(|fact| DriftFact {
                theirs: None,
                renamed_to: None,
                ..fact
            }));
        }
        drift.facts.extend(self.whole_branches(workspace, analysis, &found)?);
        drift.facts.sort_by_key(|fact| std::cmp::Reverse(fact.severity));
        report.drift = Arc::new(drift);
        Ok(Some(report))
    }

    /// Compares the repositories of `work` with their base branches, the others being the same on all
    /// sides; gives what they were compared with, too.
    fn group(&self, work: &Work<'_>) -> Result<(Drift, ide::Upstream), DriftError> {
        let (workspace, analysis) = (work.workspace, work.analysis);
        let version = |of: &dyn Fn(&Between) -> Vec<CommitId>| -> Version {
            work.group.iter().map(|one| one.map(of).unwrap_or_default()).collect()
        };
        let parted = match work.two_way {
            true => Side::here(analysis),
            false => self.side(work, version(&|one| one.merge_bases.clone()))?,
        };
        let theirs = self.side(work, version(&|one| one.base.iter().map(|base| base.commit).collect()))?;
        let (ours_renames, theirs_renames) =
            (merge::renames(&parted.world, &analysis.world), merge::renames(&parted.world, &theirs.world));
        let (request, _) = workspace.request(&analysis.world, work.stop)?;
        let merged = match work.two_way {
            true => None,
            false => {
                let merged = merge::merge(&parted.world, &analysis.world, &theirs.world);
                let before = Some(&analysis.catalog);
                let catalog = Catalog::build(&merged.world, &analysis.memo, work.stop, &request, before)?;
                Some((merged, catalog))
            }
        };
        let conflicts = merged.as_ref().map_or(&[][..], |(merged, _)| &merged.conflicts);
        let mut names: Vec<&str> =
            work.group.iter().flatten().filter_map(|one| Some(one.base.as_ref()?.reference.as_str())).collect();
        names.dedup();
        let mounts: Vec<SaltPath> = workspace.parts.iter().skip(1).map(|part| part.mount.clone()).collect();
        let sides = Sides {
            base: &parted.catalog,
            ours: &analysis.catalog,
            theirs: &theirs.catalog,
            base_world: &parted.world,
            ours_world: &analysis.world,
            theirs_world: &theirs.world,
            ours_renames: &ours_renames,
            theirs_renames: &theirs_renames,
            conflicts,
            base_name: if let [name] = names.as_slice() { name } else { BRANCH },
            two_way: work.two_way,
            mounts: &mounts,
            merge: merged.as_ref().map(|(merged, catalog)| compare::Merge {
                catalog,
                world: &merged.world,
                conflicts: &merged.conflicts,
            }),
        };
        let mut drift = compare::compare(&sides, work.stop)?;
        if work.two_way {
            // told of each repository, with the reason
            drift.notes.clear();
        }
        if names.len() > 1 {
            name_branches(&mut drift, workspace, work.group, &names.join(" and "));
        }
        let base = (!work.two_way).then(|| work.version(parted, &|one| one.merge_bases.first().copied()));
        let theirs = work.version(theirs, &|one| one.base.as_ref().map(|base| base.commit));
        let name = names.join(" / ");
        Ok((drift, ide::Upstream { name, base, theirs, ours_renames, theirs_renames, request }))
    }

    fn side(&self, work: &Work<'_>, version: Version) -> Result<Side, DriftError> {
        let (workspace, analysis) = (work.workspace, work.analysis);
        let mut worlds = Vec::new();
        for (part, commits) in workspace.parts.iter().zip(&version) {
            worlds.push(if commits.is_empty() { None } else { Some(self.world(part, commits)?) });
        }
        let world = parts::at(&workspace.parts, &workspace.disk, &analysis.world, &worlds);
        let kept = self.sides.lock().iter().find(|side| side.version == version).cloned();
        // Roots and profiles are those of here: the same minions see both sides.
        let (request, _) = workspace.request(&analysis.world, work.stop)?;
        if let Some(side) =
            kept.as_ref().filter(|side| side.world.tree.id() == world.tree.id() && side.request == request)
        {
            return Ok(Side { world, ..side.clone() });
        }
        let before = kept.as_ref().map_or(&analysis.catalog, |side| &side.catalog);
        let catalog = Catalog::build(&world, &analysis.memo, work.stop, &request, Some(before))?;
        let side = Side { version, world, catalog, request };
        let mut sides = self.sides.lock();
        sides.retain(|other| other.version != side.version);
        sides.push(side.clone());
        if sides.len() > MAX_SIDES {
            sides.remove(0);
        }
        Ok(side)
    }

    /// A part's world at a commit, or at the merge of several.
    fn world(&self, part: &Part, commits: &[CommitId]) -> Result<World, DriftError> {
        let key = (part.root.clone(), commits.to_vec());
        if let Some((_, world)) = self.worlds.lock().iter().find(|(known, _)| *known == key) {
            return Ok(world.clone());
        }
        let Some(repository) = &part.repository else { return Ok(part.disk.clone()) };
        let beside = |(known, world): &(Tips, World)| match known.1.as_slice() {
            [commit] if known.0 == part.root => Some((*commit, world.clone())),
            _ => None,
        };
        let known = self.worlds.lock().iter().rev().find_map(beside);
        let world = match (commits, known) {
            ([commit], Some((other, world))) => repository.world_beside(*commit, &part.scope, (other, &world))?,
            _ => repository.base_world(commits, &part.scope, Some(&part.disk.tree))?,
        };
        let mut worlds = self.worlds.lock();
        worlds.push((key, world.clone()));
        if worlds.len() > MAX_WORLDS {
            worlds.remove(0);
        }
        Ok(world)
    }

    /// What is found about whole branches.
    fn whole_branches(
        &self,
        workspace: &Workspace,
        analysis: &Analysis,
        found: &[Option<Between>],
    ) -> Result<Vec<DriftFact>, DriftError> {
        let mut facts = Vec::new();
        let several = found.iter().flatten().count() > 1;
        for (part, one) in workspace.parts.iter().zip(found) {
            let Some((one, (repository, head, base))) = one.as_ref().and_then(|one| Some((one, one.tips(part)?)))
            else {
                continue;
            };
            let lacking = self.lacking.lock().entry(part.root.clone()).or_default().clone();
            let layout = &analysis.catalog.layout;
            let branches = crate::flow::Branches { repository, head, base, layout, part };
            let mut mine = lacking.not_merged_back(&branches)?;
            mine.extend(crate::flow::stale(one, base, repository, &workspace.settings)?);
            if several {
                mine.iter_mut().for_each(|fact| fact.message = format!("{}: {}", one.name, fact.message));
            }
            facts.append(&mut mine);
        }
        Ok(facts)
    }
}

/// What a group of repositories is compared with.
struct Work<'a> {
    workspace: &'a Workspace,
    analysis: &'a Analysis,
    /// By part; `None`: not in the group.
    group: &'a [Option<&'a Between>],
    two_way: bool,
    stop: &'a Stop,
}

impl Work<'_> {
    /// `side` under its commits' names.
    fn version(&self, side: Side, commit: &dyn Fn(&Between) -> Option<CommitId>) -> ide::Version {
        let named = self.group.iter().flatten().filter_map(|one| Some((one.mount.clone(), commit(one)?.to_string())));
        let commits: Vec<(SaltPath, String)> = named.collect();
        let commit = commits.first().map(|(_, commit)| commit.clone()).unwrap_or_default();
        ide::Version { world: side.world, catalog: side.catalog, commit, commits }
    }
}

/// What branches are merged into beside their base (a hotfix into develop), one comparison for each rank.
fn second_targets(parts: &[Part], found: &[Option<Between>]) -> Result<Vec<Vec<Option<Between>>>, HistoryError> {
    let targets = |one: &Between| -> Vec<history::Target> {
        let also = one.base.iter().flat_map(|base| &base.also);
        also.filter(|target| target.role == Role::SecondTarget).cloned().collect()
    };
    let ranks = found.iter().flatten().filter(|one| !one.is_two_way()).map(|one| targets(one).len()).max().unwrap_or(0);
    let mut all = Vec::new();
    for rank in 0..ranks.min(MAX_TARGETS) {
        let mut group = Vec::new();
        for (part, one) in parts.iter().zip(found) {
            let target =
                one.as_ref().filter(|one| !one.is_two_way()).and_then(|one| targets(one).into_iter().nth(rank));
            group.push(match (one, target, &part.repository) {
                (Some(one), Some(target), Some(repository)) => one.against(&target, repository)?,
                _ => None,
            });
        }
        if group.iter().any(Option::is_some) {
            all.push(group);
        }
    }
    Ok(all)
}

/// The branches of each part; `None`: it has no git. A revision that only some repositories have is
/// taken there, the others go by their rules.
fn between(parts: &[Part], request: BaseRequest<'_>) -> Result<Vec<Option<Between>>, HistoryError> {
    let mut all = Vec::new();
    let (mut missing, mut asked) = (None, 0);
    for (n, part) in parts.iter().enumerate() {
        let rules = part.base.as_deref().map_or(BaseRequest::Rules, BaseRequest::Branch);
        let wanted = match request {
            BaseRequest::Exact(_) => request,
            _ if n == 0 => request,
            _ => rules,
        };
        let found = match Between::of(part, wanted) {
            Err(HistoryError::NoSuchRevision(name)) if parts.len() > 1 => {
                let mut found = if matches!(wanted, BaseRequest::Exact(_)) {
                    Between::of(part, rules)?
                } else {
                    Between::of(part, BaseRequest::Rules)?
                };
                if let Some(found) = &mut found {
                    found.notes.push(format!("there is no branch, tag or commit '{name}' in this repository"));
                }
                missing.get_or_insert(name);
                found
            }
            found => {
                let found = found?;
                asked += usize::from(found.is_some());
                found
            }
        };
        all.push(found);
    }
    match missing {
        Some(name) if asked == 0 => Err(HistoryError::NoSuchRevision(name)),
        _ => Ok(all),
    }
}

/// Puts each message's branch in: that of the repository whose change explains it. `all` stands where
/// that is not told.
fn name_branches(drift: &mut Drift, workspace: &Workspace, group: &[Option<&Between>], all: &str) {
    let name = |path: &SaltPath| {
        let (n, _) = parts::part_of(&workspace.parts, path);
        group.get(n).copied().flatten()?.base.as_ref().map(|base| base.reference.as_str())
    };
    for fact in &mut drift.facts {
        let places = [fact.theirs.as_ref().map(|place| &place.path), fact.place.as_ref().map(|(path, _)| path)];
        let branch = places.into_iter().flatten().find_map(name).unwrap_or(all);
        fact.message = fact.message.replace(BRANCH, branch);
    }
    for note in &mut drift.notes {
        *note = note.replace(BRANCH, all);
    }
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

/// Appends who did it and when to the findings that a change of a base branch caused; gives the
/// commits by the file's path in the workspace.
fn say_who(
    parts: &[Part],
    found: &[Option<Between>],
    drift: &mut Drift,
) -> Result<FxHashMap<SaltPath, CommitInfo>, HistoryError> {
    let told = |fact: &DriftFact| fact.severity > DriftSeverity::None && is_their_doing(fact.kind);
    let mut files: Vec<SaltPath> =
        drift.facts.iter().filter(|fact| told(fact)).filter_map(their_file).cloned().collect();
    files.sort();
    files.dedup();
    let mut commits = FxHashMap::default();
    for (n, (part, one)) in parts.iter().zip(found).enumerate() {
        let Some(one) = one else { continue };
        let mine: Vec<SaltPath> = files.iter().filter(|file| parts::part_of(parts, file).0 == n).cloned().collect();
        commits.extend(one.who(part, &mine)?);
    }
    let now = seconds(SystemTime::now()).unwrap_or_default();
    for fact in drift.facts.iter_mut().filter(|fact| told(fact)) {
        let Some(commit) = their_file(fact).and_then(|file| commits.get(file)) else { continue };
        let author = crate::escape::terminal(&commit.author, 60);
        fact.message.push_str(&format!(" ({}, {}, {author})", commit.id.short(), ago(now - commit.time)));
    }
    Ok(commits)
}
