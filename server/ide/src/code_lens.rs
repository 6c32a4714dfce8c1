//! Code lenses: what the base branch and this one did to each state and pillar key, above it.

use compare::{DriftFact, DriftKind, Place};
use model::EntityKind;
use text::TextRange;
use world::SaltPath;

use crate::{Analysis, FileRange};

/// More in one file would hide it.
const MAX_LENSES: usize = 300;
/// Names that the lens of a file lists.
const NAMED: usize = 3;

/// A lens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// Above what it stands.
    pub range: TextRange,
    /// The kind of drift, its stable name.
    pub kind: &'static str,
    /// The entity's name; empty: the whole file.
    pub name: String,
    /// What it says.
    pub title: String,
    /// Where the base branch has it.
    pub theirs: Option<FileRange>,
    /// The file whose history on the base branch tells who did it, unless the title says so.
    pub who: Option<SaltPath>,
}

fn is_shown(kind: DriftKind) -> bool {
    use DriftKind as K;
    matches!(
        kind,
        K::RenamedUpstream
            | K::MovedUpstream
            | K::BothChangedSameState
            | K::EditedHereRemovedUpstream
            | K::Incoming
            | K::Outgoing
            | K::Converged
    )
}

/// The lenses of the file at `path`, in order.
#[must_use]
pub fn code_lenses(analysis: &Analysis, path: &SaltPath) -> Vec<Lens> {
    let mut lenses: Vec<Lens> = Vec::new();
    let mut new: Vec<&DriftFact> = Vec::new();
    for fact in &analysis.drift.facts {
        let Some((_, range)) = fact.place.as_ref().filter(|(file, _)| file == path) else { continue };
        let entity = matches!(fact.entity, EntityKind::StateId | EntityKind::PillarKey | EntityKind::Sls);
        if !is_shown(fact.kind) || !entity {
            continue;
        }
        if range.is_empty() && fact.kind == DriftKind::Incoming {
            new.push(fact);
            continue;
        }
        let at = |place: &Place| FileRange { path: place.path.clone(), range: place.range };
        let told = fact.severity > compare::DriftSeverity::None;
        let theirs = fact.theirs.as_ref().map(at);
        let who = theirs.as_ref().filter(|_| !told && fact.kind != DriftKind::Outgoing).map(|place| place.path.clone());
        lenses.push(Lens {
            range: *range,
            kind: fact.kind.name(),
            name: fact.name.clone(),
            title: fact.message.clone(),
            theirs,
            who,
        });
    }
    if let Some(first) = new.first() {
        let mut names: Vec<&str> = new.iter().map(|fact| fact.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let more = names.len().saturating_sub(NAMED);
        let develop = analysis.upstream.as_ref().map_or("the base branch", |upstream| &upstream.name);
        let mut title =
            format!("added on {develop}: {}", names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", "));
        if more > 0 {
            title.push_str(&format!(" and {more} more"));
        }
        let theirs = first.theirs.as_ref().map(|place| FileRange { path: place.path.clone(), range: place.range });
        let who = theirs.as_ref().map(|place| place.path.clone());
        let (kind, name) = (DriftKind::Incoming.name(), String::new());
        lenses.push(Lens { range: TextRange::empty(0), kind, name, title, theirs, who });
    }
    lenses.sort_by(|a, b| (a.range, a.kind, &a.name).cmp(&(b.range, b.kind, &b.name)));
    lenses.truncate(MAX_LENSES);
    lenses
}
