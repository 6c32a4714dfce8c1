//! The two worlds of a plan: what is there, and what a merge makes of it.

use anyhow::{Context, anyhow, bail};
use history::{CommitId, CommitInfo};
use model::Catalog;
use plan::{Ignore, Plan, Side};
use rustc_hash::FxHashMap;
use world::{SaltPath, Stop, World};

use crate::cli::session::Session;
use crate::parts;

/// What is asked.
pub enum Question<'a> {
    /// What happens if this branch is merged into its base, or into this one.
    IntoBase(Option<&'a str>),
    /// What happens if this revision is merged into this branch.
    Merge(&'a str),
    /// What differs between two revisions.
    Between(&'a str, &'a str),
}

/// A plan with its two worlds.
pub struct Planned {
    /// What changes.
    pub plan: Plan,
    /// What is compared, for people: `merging feature/x into develop`.
    pub title: String,
    /// Names of the two worlds, such as `develop` and `develop with feature/x`.
    pub names: [String; 2],
    /// Commits that they are made of, where they are commits.
    pub commits: [Option<CommitId>; 2],
    /// Files at which git would ask: what ours have stands there.
    pub conflicts: Vec<SaltPath>,
    /// The world after.
    pub after: World,
    /// Who changed the causes' files last.
    pub who: FxHashMap<SaltPath, CommitInfo>,
    /// What a person should know.
    pub notes: Vec<String>,
}

struct Version {
    world: World,
    catalog: Catalog,
}

fn interrupted(_: world::Stopped) -> anyhow::Error {
    anyhow!("interrupted")
}

/// Answers it.
///
/// # Errors
/// There is nothing to compare: no git, no such revision, no common history.
pub fn planned(session: &Session, question: &Question<'_>, ignore: &Ignore) -> anyhow::Result<Planned> {
    match question {
        Question::Between(from, to) => between(session, from, to, ignore),
        Question::IntoBase(base) => merged(session, *base, true, ignore),
        Question::Merge(revision) => merged(session, Some(revision), false, ignore),
    }
}

fn merged(session: &Session, base: Option<&str>, into_base: bool, ignore: &Ignore) -> anyhow::Result<Planned> {
    let stop = Stop::new();
    let (workspace, analysis) = (&session.workspace, &session.analysis);
    let Some(report) = session.drift(base)? else {
        bail!("{}", crate::cli::drift::without_git(session, "merge with"));
    };
    let Some(upstream) = &report.upstream else {
        bail!("there is nothing to plan: {}", report.notes.join("; "));
    };
    let Some(parted) = &upstream.base else {
        bail!(
            "{} has no commit in common with this branch, as far as this clone knows: no merge can be planned (in CI: fetch-depth: 0, or git fetch --unshallow)",
            upstream.name
        );
    };
    // Where git would ask, the side that is merged into stands.
    let merged = match into_base {
        true => merge::merge(&parted.world, &upstream.theirs.world, &analysis.world),
        false => merge::merge(&parted.world, &analysis.world, &upstream.theirs.world),
    };
    let request = &upstream.request;
    let after =
        Catalog::build(&merged.world, &analysis.memo, &stop, request, Some(&analysis.catalog)).map_err(interrupted)?;
    let (here, there) = (report.here.clone(), upstream.name.clone());
    let (before, names, title) = match into_base {
        true => (
            Side { catalog: &upstream.theirs.catalog, world: &upstream.theirs.world },
            [there.clone(), format!("{there} with {here}")],
            format!("merging {here} into {there}"),
        ),
        false => (
            Side { catalog: &analysis.catalog, world: &analysis.world },
            [here.clone(), format!("{here} with {there}")],
            format!("merging {there} into {here}"),
        ),
    };
    let renames = merge::renames(before.world, &merged.world);
    let side = Side { catalog: &after, world: &merged.world };
    let plan = plan::plan(before, side, &analysis.memo, &renames, ignore, &stop).map_err(interrupted)?;
    let base_commit = report.base.as_ref().map(|base| base.commit);
    let head = report.repositories.iter().find_map(|one| one.head);
    let tip = if into_base { head } else { base_commit };
    let who = who(session, &plan, report.merge_base, tip);
    let commits = if into_base { [base_commit, None] } else { [None, None] };
    let mut notes = report.notes.clone();
    notes.extend(plan.notes.iter().cloned());
    let _ = workspace;
    Ok(Planned { plan, title, names, commits, conflicts: merged.conflicts, after: merged.world, who, notes })
}

fn between(session: &Session, from: &str, to: &str, ignore: &Ignore) -> anyhow::Result<Planned> {
    let stop = Stop::new();
    let (workspace, analysis) = (&session.workspace, &session.analysis);
    let part = workspace.parts.first().context("there is no repository")?;
    let Some(repository) = &part.repository else {
        bail!("{}", crate::cli::drift::without_git(session, "compare with"));
    };
    let (request, notes) = workspace.request(&analysis.world, &stop).map_err(interrupted)?;
    let version = |name: &str| -> anyhow::Result<(CommitId, Version)> {
        let name = if name.is_empty() { "HEAD" } else { name };
        let commit = repository.resolve(name)?;
        let world = repository.world_at(commit, &part.scope, Some(&part.disk.tree))?;
        let mut versions = vec![Some(world)];
        versions.resize(workspace.parts.len(), None);
        let world = parts::at(&workspace.parts, &workspace.disk, &analysis.world, &versions);
        let before = Some(&analysis.catalog);
        let catalog = Catalog::build(&world, &analysis.memo, &stop, &request, before).map_err(interrupted)?;
        Ok((commit, Version { world, catalog }))
    };
    let ((one, before), (two, after)) = (version(from)?, version(to)?);
    let renames = merge::renames(&before.world, &after.world);
    let sides = [&before, &after].map(|version| Side { catalog: &version.catalog, world: &version.world });
    let plan = plan::plan(sides[0], sides[1], &analysis.memo, &renames, ignore, &stop).map_err(interrupted)?;
    let who = who(session, &plan, repository.merge_bases(one, two)?.first().copied(), Some(two));
    let mut all = notes;
    all.extend(plan.notes.iter().cloned());
    Ok(Planned {
        plan,
        title: format!("from {from} to {to}"),
        names: [from.to_owned(), to.to_owned()],
        commits: [Some(one), Some(two)],
        conflicts: Vec::new(),
        after: after.world,
        who,
        notes: all,
    })
}

/// Who changed the causes' files last; nobody where history does not say.
fn who(
    session: &Session,
    plan: &Plan,
    from: Option<CommitId>,
    tip: Option<CommitId>,
) -> FxHashMap<SaltPath, CommitInfo> {
    let (Some(part), Some(from), Some(tip)) = (session.workspace.parts.first(), from, tip) else {
        return FxHashMap::default();
    };
    let Some(repository) = &part.repository else { return FxHashMap::default() };
    let mut paths: Vec<(SaltPath, SaltPath)> = Vec::new();
    for cause in &plan.causes {
        if let Ok(inside) = SaltPath::new(&part.scope.in_repository(&cause.path)) {
            paths.push((inside, cause.path.clone()));
        }
    }
    paths.sort();
    paths.dedup();
    let asked: Vec<SaltPath> = paths.iter().map(|(path, _)| path.clone()).collect();
    let Ok(mut found) = repository.who_changed_all(&asked, from, tip) else { return FxHashMap::default() };
    paths.into_iter().filter_map(|(path, file)| Some((file, found.remove(&path)?))).collect()
}
