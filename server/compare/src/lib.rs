//! The semantic difference of worlds: drift as an entity-level three-way merge of catalogs. Knows
//! nothing of git or LSP: it is handed worlds and what was renamed between them.

mod body;
mod conditions;
mod context;
mod diff;
mod drift;
mod finish;
mod lineage;
mod merged;
mod rules;
mod secret;

use model::Catalog;
use world::{SaltPath, Stop, Stopped, World};

use context::{Comparison, Orphans};
pub use drift::{Drift, DriftFact, DriftKind, DriftSeverity, Place};
use lineage::{Lineage, Side};
use merged::MergedView;

/// What is compared: three worlds with the same request's catalogs.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The merge base's meaning.
    pub base: &'a Catalog,
    /// The working copy's, open buffers included.
    pub ours: &'a Catalog,
    /// The base branch's tip's.
    pub theirs: &'a Catalog,
    /// The merge base.
    pub base_world: &'a World,
    /// The working copy.
    pub ours_world: &'a World,
    /// The base branch's tip.
    pub theirs_world: &'a World,
    /// (old, new) of files renamed between the merge base and ours.
    pub ours_renames: &'a [(SaltPath, SaltPath)],
    /// (old, new) of files renamed between the merge base and theirs.
    pub theirs_renames: &'a [(SaltPath, SaltPath)],
    /// Files of ours that conflict in text.
    pub conflicts: &'a [SaltPath],
    /// What messages call the base branch, such as `develop`.
    pub base_name: &'a str,
    /// There is no merge base (a shallow clone); `base` is then not asked, and only what we use and
    /// they don't have is told, as hints. Pass `ours` for it.
    pub two_way: bool,
    /// Folders that are repositories of their own. They are merged apart from the rest: what another
    /// repository uses is told even where that one's own base branch uses it, too.
    pub mounts: &'a [SaltPath],
    /// What merging gives; `None`: it is not known. Without it no finding is confirmed in the merge.
    pub merge: Option<Merge<'a>>,
}

/// The merge of ours and theirs, made in memory.
#[derive(Clone, Copy)]
pub struct Merge<'a> {
    /// Its meaning, under the same request as the sides'.
    pub catalog: &'a Catalog,
    /// Its files; where git would ask, ours stand.
    pub world: &'a World,
    /// The files at which git would ask, sorted.
    pub conflicts: &'a [SaltPath],
}

/// How the sides have drifted apart: one fact for each entity, worst first, then by place.
///
/// # Errors
/// [`Stopped`].
pub fn compare(sides: &Sides<'_>, stop: &Stop) -> Result<Drift, Stopped> {
    let found = compare_fully(sides, stop)?;
    Ok(Drift { facts: finish::once(found.facts), ..found })
}

/// The same, but for one place all that is to be said of it: what [`compare`] tells may hide more
/// behind it.
///
/// # Errors
/// [`Stopped`].
pub fn compare_fully(sides: &Sides<'_>, stop: &Stop) -> Result<Drift, Stopped> {
    let lineage = Lineage::new(sides);
    let orphans = Orphans::new(sides.ours, sides.theirs);
    let (mut facts, mut conflicts) = (Vec::new(), true);
    for ours in &sides.ours.views {
        let same = |catalog: &'_ Catalog| catalog.views.iter().position(|view| view.profile() == ours.profile());
        let (Some(base), Some(theirs)) = (same(sides.base), same(sides.theirs)) else { continue };
        let views = [&sides.base.views[base], ours, &sides.theirs.views[theirs]];
        let merge = sides.merge.filter(|_| !sides.two_way);
        let merged = merge.and_then(|merge| {
            let view = same(merge.catalog).and_then(|n| merge.catalog.views.get(n))?;
            Some(MergedView { view, world: merge.world, conflicts: merge.conflicts })
        });
        let mut comparison = Comparison::new(sides, &lineage, views, merged, &orphans, stop)?;
        comparison.dangling_states(Side::Ours)?;
        comparison.dangling_files(Side::Ours)?;
        comparison.dangling_pillar(Side::Ours)?;
        comparison.upstream_broken();
        if !sides.two_way {
            comparison.unreachable_targets(Side::Ours)?;
            comparison.dangling_states(Side::Theirs)?;
            comparison.unreachable_targets(Side::Theirs)?;
            comparison.dangling_files(Side::Theirs)?;
            comparison.dangling_pillar(Side::Theirs)?;
            comparison.macros(Side::Ours)?;
            comparison.macros(Side::Theirs)?;
            comparison.duplicates()?;
            comparison.same_targets()?;
            comparison.map_keys()?;
            comparison.changes()?;
            comparison.pillar_changes()?;
            comparison.records()?;
            comparison.moved_files();
            comparison.after_merge()?;
        }
        if conflicts {
            conflicts = false;
            facts.extend(comparison.textual_conflicts());
        }
        facts.append(&mut comparison.found);
    }
    let mut drift = Drift { facts, notes: Vec::new() };
    if sides.two_way {
        let note = format!(
            "No common history with {} is known (a shallow clone?): only what is used here and missing there is shown.",
            sides.base_name
        );
        drift.notes.push(note);
    }
    Ok(drift)
}
