//! What is dangling on their side alone: told once, never on our lines.

use model::EntityKind;

use crate::context::Comparison;
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

/// A reference that dangles on their side: what it is, what it names, its place in their world.
pub(crate) type Broken = (EntityKind, String, Place);

impl Comparison<'_> {
    /// One finding for all references that both sides have and whose targets they took away.
    pub(crate) fn upstream_broken(&mut self) {
        let mut broken = std::mem::take(&mut self.broken_upstream);
        broken.sort_by(|a, b| (&a.2.path, a.2.range, &a.1).cmp(&(&b.2.path, b.2.range, &b.1)));
        // Of nested expressions (`pillar['a']['b']`) the longest counts.
        broken.dedup_by(|later, kept| {
            let nested = later.2.path == kept.2.path && later.2.range.covers(kept.2.range);
            if nested {
                std::mem::swap(later, kept);
            }
            nested
        });
        let Some((entity, name, place)) = broken.first().cloned() else { return };
        let develop = self.sides.base_name;
        let more = match broken.len() {
            1 => String::new(),
            2 => " (and 1 more such reference)".to_owned(),
            n => format!(" (and {} more such references)", n - 1),
        };
        let message = format!("{develop} itself refers to '{name}', which it does not have any more{more}");
        let kind = DriftKind::UpstreamBroken;
        let fact = Self::fact(kind, DriftSeverity::Information, (entity, name), None, message);
        self.found.push(DriftFact { theirs: Some(place), ..fact });
    }
}
