//! What the merge says, as far as it is known: whether a reference's line survives it, and whether what it
//! refers to runs with it there.

use model::{Facts, Reach, View};
use render::EntryKind;
use text::TextRange;
use world::{SaltPath, World};

use crate::context::{Comparison, In};
use crate::lineage::Side;
use crate::rules::pillar::text_of;
use crate::rules::states::{Reference, references};

/// The merge under one minion.
#[derive(Clone, Copy)]
pub(crate) struct MergedView<'a> {
    pub(crate) view: &'a View,
    pub(crate) world: &'a World,
    /// Files at which git would ask, sorted.
    pub(crate) conflicts: &'a [SaltPath],
}

impl<'a> Comparison<'a> {
    /// Where the file with the key stands after the merge.
    pub(crate) fn merged_path<'k>(&'k self, key: &'k SaltPath) -> &'k SaltPath {
        self.lineage.renamed(Side::Theirs, key).unwrap_or_else(|| self.lineage.path(Side::Ours, key))
    }

    /// Whether git settles the file with the key by itself.
    pub(crate) fn is_settled(&self, key: &SaltPath) -> bool {
        let Some(merged) = &self.merged else { return false };
        let names = [key, self.lineage.path(Side::Ours, key), self.lineage.path(Side::Theirs, key)];
        names.iter().all(|name| merged.conflicts.binary_search(name).is_err())
    }

    /// What the merged file with the key says, where nobody is asked and all of it is known.
    pub(crate) fn settled_facts(&self, key: &SaltPath) -> Option<&'a Facts> {
        let facts = self.facts(In::Merged, key).filter(|_| self.is_settled(key))?;
        // Of what does not render, nobody sees the rest.
        let whole = facts.rendered.complete && facts.rendered.problems.is_empty();
        whole.then(|| facts.as_ref())
    }

    /// Whether a reference of `side` finds what it means after the merge.
    pub(crate) fn resolves_after_merge(&self, side: Side, reference: &Reference<'_>) -> bool {
        let Some(merged) = &self.merged else { return false };
        let key = self.lineage.key(side, &reference.facts.path);
        let Some(facts) = self.settled_facts(key) else { return false };
        let alike = |other: &&Reference<'_>| match (reference.requisite, other.requisite) {
            (Some((_, one)), Some((_, two))) => {
                (&one.kind, &one.module, &one.name) == (&two.kind, &two.module, &two.name)
            }
            (None, None) => reference.declaration.id == other.declaration.id,
            _ => false,
        };
        let all = references(facts);
        let mut same = all.iter().filter(alike).peekable();
        same.peek().is_some()
            && same.all(|found| {
                let resolved = match found.requisite {
                    Some((_, requisite)) => merged.view.resolve_requisite(&facts.path, requisite),
                    None => merged.view.resolve_extend(&facts.path, found.declaration),
                };
                let near = |target: &model::Target| target.literal && target.reach == Reach::Closure;
                let settled = |target: &model::Target| merged.conflicts.binary_search(&target.path).is_err();
                resolved.targets.iter().any(|target| near(target) && settled(target))
            })
    }

    /// Whether the merge has the file or folder at `path`.
    pub(crate) fn is_merged_in(&self, path: &SaltPath) -> bool {
        let tree = self.merged.as_ref().map(|merged| &merged.world.tree);
        tree.is_some_and(|tree| tree.get(path).is_some() || tree.has_folder(path))
    }

    /// Whether the merge defines the literal pillar key in a file that nobody is asked about.
    pub(crate) fn is_merged_key(&self, name: &str) -> bool {
        let Some(merged) = &self.merged else { return false };
        let mut files = merged.view.index().files(model::Slot::PillarKey, name);
        files.any(|path| merged.conflicts.binary_search(path).is_err())
    }

    /// The place in our text of a place in the merged one: the same line, else the last of ours before it.
    pub(crate) fn in_ours(&self, merged: &SaltPath, range: TextRange, ours: &SaltPath) -> TextRange {
        let world = self.merged.as_ref().map(|merged| merged.world);
        let (Some(there), Some(here)) =
            (world.and_then(|world| text_of(world, merged)), text_of(self.world(Side::Ours), ours))
        else {
            return TextRange::empty(0);
        };
        let (old, new): (Vec<&str>, Vec<&str>) =
            (there.split_inclusive('\n').collect(), here.split_inclusive('\n').collect());
        let start = range.start as usize;
        let line = there.get(..start).map_or(0, |before| before.matches('\n').count());
        let begin = |lines: &[&str], n: usize| lines.iter().take(n).map(|line| line.len()).sum::<usize>();
        let column = start.saturating_sub(begin(&old, line));
        let mut last = 0;
        for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
            if let similar::DiffOp::Equal { old_index, new_index, len } = op {
                if old_index > line {
                    break;
                }
                if line < old_index + len {
                    let at = begin(&new, new_index + line - old_index) + column;
                    return TextRange::of(at, at + (range.end - range.start) as usize);
                }
                last = new_index + len - 1;
            }
        }
        let at = begin(&new, last);
        TextRange::of(at, at + new.get(last).map_or(0, |line| line.trim_end().len()))
    }
}

/// Whether a file of this kind is judged by itself.
pub(crate) fn is_judged(facts: &Facts) -> bool {
    matches!(facts.kind, EntryKind::State | EntryKind::StateTop | EntryKind::Pillar | EntryKind::PillarTop)
}
