//! Findings of drift carried over edits: while the newer text is not compared yet, those outside of
//! what was edited stay where they belong. Knows nothing of LSP and git.

use std::collections::BTreeMap;
use std::sync::Arc;

use compare::{Drift, DriftFact, Place};
use text::TextRange;
use world::{SaltPath, World};

/// `drift`, found in the world `from`, as it stands in `to`: findings in files that are gone, or where
/// the text was edited, are left out.
#[must_use]
pub fn carry(drift: &Arc<Drift>, from: &World, to: &World) -> Arc<Drift> {
    if from.tree.id() == to.tree.id() || drift.facts.is_empty() {
        return drift.clone();
    }
    let mut edits: BTreeMap<SaltPath, Option<Edit>> = BTreeMap::new();
    let mut carried = |fact: &DriftFact| {
        let mut moved = |path: &SaltPath, range: TextRange| {
            let edit = edits.entry(path.clone()).or_insert_with(|| Edit::between(from, to, path));
            edit.as_ref()?.carry(range)
        };
        let place = match &fact.place {
            Some((path, range)) => Some((path.clone(), moved(path, *range)?)),
            None => None,
        };
        let ours =
            fact.ours.as_ref().and_then(|ours| Some(Place { range: moved(&ours.path, ours.range)?, ..ours.clone() }));
        Some(DriftFact { place, ours, ..fact.clone() })
    };
    Arc::new(Drift { facts: drift.facts.iter().filter_map(&mut carried).collect(), notes: drift.notes.clone() })
}

/// The part of a text that another text has in its place.
struct Edit {
    /// The old part.
    start: u32,
    end: u32,
    /// By how much what follows moves.
    by: i64,
}

impl Edit {
    fn between(from: &World, to: &World, path: &SaltPath) -> Option<Self> {
        let (old, new) = (from.tree.get(path)?, to.tree.get(path)?);
        if old == new {
            return Some(Self { start: u32::MAX, end: u32::MAX, by: 0 });
        }
        let (old, new) = (from.source.content(path, old.blob)?, to.source.content(path, new.blob)?);
        Self::of(&old, &new)
    }

    fn of(old: &[u8], new: &[u8]) -> Option<Self> {
        let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let rest = old.len().min(new.len()) - start;
        let same = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
        let by = i64::try_from(new.len()).ok()? - i64::try_from(old.len()).ok()?;
        Some(Self { start: u32::try_from(start).ok()?, end: u32::try_from(old.len() - same).ok()?, by })
    }

    fn carry(&self, range: TextRange) -> Option<TextRange> {
        if range.end <= self.start {
            return Some(range);
        }
        let moved = |offset: u32| u32::try_from(i64::from(offset) + self.by).ok();
        if range.start >= self.end { Some(TextRange::new(moved(range.start)?, moved(range.end)?)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_move_with_what_is_around_them() {
        let check = |old: &str, new: &str, expected: Option<&str>| {
            let start = u32::try_from(old.find("here").unwrap()).unwrap();
            let edit = Edit::of(old.as_bytes(), new.as_bytes()).unwrap();
            let found = edit.carry(TextRange::new(start, start + 4));
            assert_eq!(found.map(|range| range.slice(new)), expected, "{old:?} → {new:?}");
            if let Some(found) = found {
                assert_eq!(Some(found.start as usize), new.find("here"));
            }
        };
        check("a here b", "a here b", Some("here"));
        check("a here b", "longer here b", Some("here"));
        check("a here b", " here b", Some("here"));
        check("a here b", "a here and more", Some("here"));
        check("a here b", "a he b", None);
        check("a here b", "a heere b", None);
        check("a here b", "", None);
    }
}
