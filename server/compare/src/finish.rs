//! From what every view and every rule found to the report: each entity once, worst first.

use rustc_hash::FxHashSet;

use model::EntityKind;

use crate::{DriftFact, DriftKind, DriftSeverity};

/// Findings in the order of the report, without repetition.
pub(crate) fn once(mut facts: Vec<DriftFact>) -> Vec<DriftFact> {
    facts.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut places = FxHashSet::default();
    let mut entities = FxHashSet::default();
    facts.retain(|fact| {
        // A place and an entity speak once; what is on record only must not hide behind a finding.
        let place = fact.place.clone().map(|(path, range)| (path, range, fact.severity == DriftSeverity::None));
        let entity = (fact.entity, fact.name.clone(), fact.place.as_ref().map(|(path, _)| path.clone()), fact.kind);
        let whole_file =
            fact.kind == DriftKind::TextualConflict || fact.place.as_ref().is_none_or(|(_, range)| range.is_empty());
        let new_place = place.is_none() || whole_file || places.insert(place);
        let is_new = match fact.kind {
            DriftKind::UpstreamBroken => entities.insert((EntityKind::Requisite, String::new(), None, fact.kind)),
            _ if fact.place.is_none() || whole_file => entities.insert(entity),
            _ => true,
        };
        new_place && is_new
    });
    facts
}

type Order<'a> = (std::cmp::Reverse<DriftSeverity>, Option<(&'a world::SaltPath, text::TextRange)>, DriftKind, &'a str);

fn order(fact: &DriftFact) -> Order<'_> {
    let place = fact.place.as_ref().map(|(path, range)| (path, *range));
    (std::cmp::Reverse(fact.severity), place, fact.kind, &fact.name)
}
