//! Makes a catalog, from nothing or from the one before.

use std::sync::Arc;

use imbl::OrdMap;
use rayon::prelude::*;
use render::{EntryKind, MinionKey};
use rustc_hash::{FxHashMap, FxHashSet};
use world::{Fingerprint, Hasher, Memo, Minion, Query, Reader, SaltPath, Stop, Stopped, World};

use super::derived::{Changes, Derived};
use super::{Catalog, Index, Request, View};
use crate::layout::discover;
use crate::{Facts, FileKind, Layout, Overrides, query};

impl Catalog {
    /// The meaning of `world`. `before`: a catalog of any world of the same repository; where their
    /// files agree, it is reused.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn build(
        world: &World,
        memo: &Memo,
        stop: &Stop,
        request: &Request,
        before: Option<&Self>,
    ) -> Result<Self, Stopped> {
        let reader = Reader::new(world, memo, stop);
        let layout = reader.ask(&LayoutQuery::new(&request.overrides))?;
        let files = classified(&layout);
        // Of what was there before, only what the difference of the worlds reaches can have changed.
        let before = before.filter(|before| !before.views.is_empty());
        let mut affected = before.map_or_else(FxHashMap::default, |before| query::affected(memo, &before.world, world));
        let same = before.is_some_and(|before| Arc::ptr_eq(&before.layout, &layout));
        let known: FxHashMap<SaltPath, FileKind> = match before {
            Some(before) if !same => classified(&before.layout).into_iter().collect(),
            _ => FxHashMap::default(),
        };
        let mut views = Vec::new();
        for minion in minions(&layout, request) {
            let old = before.and_then(|before| before.views.iter().find(|view| *view.minion == minion));
            // The same minion behind the same pointer keeps its fingerprint.
            let minion = old.map_or_else(|| Arc::new(minion), |view| view.minion.clone());
            let work = Work { world, memo, stop, key: MinionKey::new(&minion) };
            let view = match old {
                Some(old) => {
                    let reached: FxHashSet<SaltPath> = affected.remove(&work.key).into_iter().flatten().collect();
                    let stale = |(path, kind): &&(SaltPath, FileKind)| {
                        reached.contains(path) || (!same && known.get(path) != Some(kind))
                    };
                    let files: Vec<_> = match same {
                        true if reached.len() < 64 => {
                            reached.iter().filter_map(|path| Some((path.clone(), layout.classify(path)?))).collect()
                        }
                        _ => files.iter().filter(stale).cloned().collect(),
                    };
                    let there = (!same).then(|| layout.files.iter().collect());
                    work.view(&layout, &files, Some(old), there.as_ref())?
                }
                None => work.view(&layout, &files, None, None)?,
            };
            views.push(view);
        }
        Ok(Self { layout, views, world: world.clone() })
    }
}

fn classified(layout: &Layout) -> Vec<(SaltPath, FileKind)> {
    layout.files.iter().filter_map(|path| Some((path.clone(), layout.classify(path)?))).collect()
}

pub(super) fn minions(layout: &Layout, request: &Request) -> Vec<Minion> {
    let only = layout.saltenvs().first().map_or_else(|| "base".to_owned(), ToString::to_string);
    let saltenv = request.saltenv.clone().unwrap_or(only);
    let structural = request.structural || request.profiles.is_empty();
    let nobody = structural.then(|| layout.minion(&saltenv, None, request.pillar_file.clone()));
    let profiles = request.profiles.iter();
    let known = profiles.map(|profile| layout.minion(&saltenv, Some((**profile).clone()), request.pillar_file.clone()));
    nobody.into_iter().chain(known).collect()
}

/// What is needed to ask for one minion.
struct Work<'a> {
    world: &'a World,
    memo: &'a Memo,
    stop: &'a Stop,
    key: MinionKey,
}

impl Work<'_> {
    /// The view made of `old` and the facts of `files`. `there`: all files of the world, if some came
    /// or went since `old`.
    fn view(
        &self,
        layout: &Layout,
        files: &[(SaltPath, FileKind)],
        old: Option<&View>,
        there: Option<&FxHashSet<&SaltPath>>,
    ) -> Result<View, Stopped> {
        let mut read = self.read(files)?;
        let top = render::top(&Reader::new(self.world, self.memo, self.stop), self.key.minion())?;
        let mut managed = old.map_or_else(FxHashSet::default, |old| (*old.managed).clone());
        let says = |facts: Option<&Arc<Facts>>| facts.map_or_else(Vec::new, |facts| facts.managed.clone());
        let other = |new: &Arc<Facts>| says(old.and_then(|old| old.files.get(&new.path))) != new.managed;
        // Which files states render as templates changes rarely; then all are asked.
        if there.is_some() || read.iter().any(other) {
            let fresh: FxHashSet<&SaltPath> = read.iter().map(|facts| &facts.path).collect();
            let kept = old.into_iter().flat_map(|old| old.files.values());
            let kept = kept
                .filter(|facts| !fresh.contains(&facts.path) && there.is_none_or(|there| there.contains(&facts.path)));
            let targets: FxHashSet<&SaltPath> = read.iter().chain(kept).flat_map(|facts| &facts.managed).collect();
            managed = templates(layout, &targets);
        }
        let kind = FileKind { kind: EntryKind::Managed, certain: false, settled: true };
        let managed_files: Vec<(SaltPath, FileKind)> = managed.iter().map(|path| (path.clone(), kind)).collect();
        read.extend(self.read(&managed_files)?);
        let (mut kept, mut index) =
            old.map_or_else(|| (OrdMap::new(), Index::default()), |old| (old.files.clone(), old.index.clone()));
        let mut changes = Changes { top: old.is_none_or(|old| !Arc::ptr_eq(&old.top, &top)), ..Changes::default() };
        for new in &read {
            let before = kept.get(&new.path);
            if before.is_some_and(|before| Arc::ptr_eq(before, new)) {
                continue;
            }
            changes.note(before.map(AsRef::as_ref), Some(new));
            index.replace(before.map(AsRef::as_ref), Some(new), &mut changes.renamed);
            kept.insert(new.path.clone(), new.clone());
        }
        let was = old.map(|old| old.managed.clone());
        let unmanaged = was.iter().flat_map(|was| was.iter()).filter(|path| !managed.contains(*path));
        let mut gone: Vec<SaltPath> = unmanaged.filter(|path| layout.classify(path).is_none()).cloned().collect();
        if let Some(there) = there {
            let lost = |path: &&SaltPath| {
                !there.contains(path) || (layout.classify(path).is_none() && !managed.contains(*path))
            };
            gone.extend(kept.keys().filter(lost).cloned());
        }
        for path in gone {
            let before = kept.get(&path).map(AsRef::as_ref);
            changes.note(before, None);
            index.replace(before, None, &mut changes.renamed);
            kept.remove(&path);
        }
        let derived = old.map_or_else(Arc::default, |old| Derived::after(&old.derived, &changes));
        let names = old.filter(|_| !changes.is_of_names()).map_or_else(Arc::default, |old| old.names.clone());
        let managed = was.filter(|was| **was == managed).unwrap_or_else(|| Arc::new(managed));
        Ok(View { minion: self.key.minion().clone(), files: kept, top, index, names, managed, derived })
    }

    fn read(&self, files: &[(SaltPath, FileKind)]) -> Result<Vec<Arc<Facts>>, Stopped> {
        let read = |(path, kind): &(SaltPath, FileKind)| {
            query::facts_of(&Reader::new(self.world, self.memo, self.stop), &self.key, path, *kind)
        };
        files.par_iter().map(read).collect()
    }
}

/// The files that only states make templates: those at or below `targets` of which the layout knows no
/// kind.
fn templates(layout: &Layout, targets: &FxHashSet<&SaltPath>) -> FxHashSet<SaltPath> {
    let mut found = FxHashSet::default();
    for target in targets {
        let start = layout.files.partition_point(|path| path < *target);
        let below = layout.files.iter().skip(start).take_while(|path| path.as_str().starts_with(target.as_str()));
        let below = below.filter(|path| path.below(target).is_some() && layout.classify(path).is_none());
        found.extend(below.cloned());
    }
    found
}

/// Where everything is in a world, memoised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LayoutQuery {
    overrides: Overrides,
}

impl LayoutQuery {
    pub(super) fn new(overrides: &Overrides) -> Self {
        Self { overrides: overrides.clone() }
    }
}

impl Query for LayoutQuery {
    type Answer = Layout;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Layout, Stopped> {
        discover(reader, &self.overrides)
    }

    fn fingerprint(answer: &Layout) -> Fingerprint {
        let mut hasher = Hasher::default();
        hasher.field(format!("{:?}", (&answer.file_roots, &answer.pillar_roots)).as_bytes());
        hasher.field(format!("{:?}", (&answer.pillar_examples, &answer.formulas, &answer.module_folders)).as_bytes());
        let mut reactors: Vec<&SaltPath> = answer.reactors.iter().collect();
        reactors.sort();
        hasher.field(format!("{reactors:?} {:?}", answer.notes).as_bytes());
        for path in &answer.files {
            hasher.field(path.as_str().as_bytes());
        }
        hasher.finish()
    }

    fn part_fingerprint(answer: &Layout, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> Layout {
        Layout::default()
    }
}
