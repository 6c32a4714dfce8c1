//! The worlds that are in use, and which stored answer is known to hold in each. A new world starts
//! with what holds in the one it comes from, less what their difference reaches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use parking_lot::RwLock;
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::Memo;
use super::slot::AnyStored;
use super::trace::{self, Question};
use crate::tree::TreeId;
use crate::{Fingerprint, Listed, SaltPath, Tree};

const SHARDS: usize = 16;

type Valid = imbl::GenericHashMap<u32, Arc<dyn AnyStored>, FxBuildHasher, imbl::shared_ptr::DefaultSharedPtr>;

/// A folder's names and their fingerprint.
pub(crate) type Listing = (Arc<[Listed]>, Fingerprint);

/// One world.
pub(crate) struct LiveWorld {
    id: TreeId,
    tree: Tree,
    valid: [RwLock<Valid>; SHARDS],
    listings: DashMap<SaltPath, Listing, FxBuildHasher>,
    used: AtomicU64,
}

impl LiveWorld {
    fn new(tree: &Tree) -> Self {
        Self {
            id: tree.id(),
            tree: tree.clone(),
            valid: std::array::from_fn(|_| RwLock::default()),
            listings: DashMap::with_hasher_and_shard_amount(FxBuildHasher, 4),
            used: AtomicU64::new(0),
        }
    }

    /// What is known to hold for a key.
    pub(crate) fn get(&self, slot: u32) -> Option<Arc<dyn AnyStored>> {
        self.valid[slot as usize % SHARDS].read().get(&slot).cloned()
    }

    pub(crate) fn put(&self, slot: u32, stored: Arc<dyn AnyStored>) {
        self.valid[slot as usize % SHARDS].write().insert(slot, stored);
    }

    /// The names in a folder, read once per world.
    pub(crate) fn listing(&self, folder: &SaltPath) -> Listing {
        if let Some(known) = self.listings.get(folder) {
            return known.clone();
        }
        let names: Arc<[Listed]> = self.tree.names(folder).into();
        let listing = (names.clone(), trace::list_fingerprint(&names));
        self.listings.insert(folder.clone(), listing.clone());
        listing
    }
}

/// All live worlds.
#[derive(Default)]
pub(crate) struct Live {
    worlds: RwLock<Vec<Arc<LiveWorld>>>,
    clock: AtomicU64,
}

impl Live {
    fn find(worlds: &[Arc<LiveWorld>], id: TreeId) -> Option<Arc<LiveWorld>> {
        worlds.iter().find(|world| world.id == id).cloned()
    }

    /// Whether some live world relies on `stored`.
    pub(crate) fn holds(&self, slot: u32, stored: &Arc<dyn AnyStored>) -> bool {
        self.worlds.read().iter().any(|world| world.get(slot).is_some_and(|other| Arc::ptr_eq(&other, stored)))
    }

    /// The live world of `tree`; the least recently used one makes room for a new one.
    pub(crate) fn enter(&self, memo: &Memo, tree: &Tree) -> Arc<LiveWorld> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        if let Some(world) = Self::find(&self.worlds.read(), tree.id()) {
            world.used.store(now, Ordering::Relaxed);
            return world;
        }
        // Held until the new world is in the list: no answer that it takes over is dropped meanwhile.
        let mut worlds = self.worlds.write();
        if let Some(world) = Self::find(&worlds, tree.id()) {
            return world;
        }
        let world = LiveWorld::new(tree);
        let used = |world: &Arc<LiveWorld>| world.used.load(Ordering::Relaxed);
        let related = |world: &&Arc<LiveWorld>| world.tree.lineage() == tree.lineage();
        let from =
            worlds.iter().filter(related).max_by_key(|w| used(w)).or_else(|| worlds.iter().max_by_key(|w| used(w)));
        if let Some(from) = from {
            carry(memo, from, &world);
        }
        world.used.store(now, Ordering::Relaxed);
        let world = Arc::new(world);
        while worlds.len() >= memo.options.worlds.max(1) {
            let Some(oldest) = (0..worlds.len()).min_by_key(|&at| used(&worlds[at])) else { break };
            worlds.remove(oldest);
        }
        worlds.push(world.clone());
        world
    }

    /// The keys that the difference of two worlds reaches.
    pub(crate) fn affected(&self, memo: &Memo, old: &Tree, new: &Tree) -> FxHashSet<u32> {
        let live = Self::find(&self.worlds.read(), old.id());
        let seeds = differing(memo, old, new);
        match live {
            // What was not asked in the world itself may have been taken over from one that it agrees with.
            Some(live) => reach(memo, &seeds, |slot| live.get(slot).map(Some)),
            None => reach(memo, &seeds, |_| None),
        }
    }
}

/// Takes over what holds in `from` and is not reached by the difference.
fn carry(memo: &Memo, from: &LiveWorld, to: &LiveWorld) {
    // All of it before who asks what is read: see `Slot::settle`.
    for (from, to) in from.valid.iter().zip(&to.valid) {
        *to.write() = from.read().clone();
    }
    if to.valid.iter().all(|shard| shard.read().is_empty()) {
        return;
    }
    let seeds = differing(memo, &from.tree, &to.tree);
    for slot in reach(memo, &seeds, |slot| Some(to.get(slot))) {
        to.valid[slot as usize % SHARDS].write().remove(&slot);
    }
}

/// The questions asked of the worlds themselves whose answers differ.
fn differing(memo: &Memo, old: &Tree, new: &Tree) -> Vec<Arc<Question>> {
    let mut seeds = Vec::new();
    for change in old.changes(new) {
        seeds.extend(memo.entries.get(&change.path).map(|question| question.clone()));
        if change.replaced {
            continue;
        }
        // A name comes or goes in its folder; the folder itself, if it has no other file, in its own.
        let mut folder = change.path;
        loop {
            folder = folder.parent();
            seeds.extend(memo.lists.get(&folder).map(|question| question.clone()));
            if folder.is_root() || (old.has_folder(&folder) && new.has_folder(&folder)) {
                break;
            }
        }
    }
    seeds
}

/// All keys that depend on `seeds`, directly or not. `holding` narrows it to the traces that hold in
/// one world: `Some(None)`, the key isn't in it; `None`: all stored traces count.
fn reach(
    memo: &Memo,
    seeds: &[Arc<Question>],
    holding: impl Fn(u32) -> Option<Option<Arc<dyn AnyStored>>>,
) -> FxHashSet<u32> {
    let mut reached = FxHashSet::default();
    let mut queue = Vec::new();
    for seed in seeds {
        for slot in seed.dependants().to_vec() {
            let asks = |stored: &dyn AnyStored| stored.trace().iter().any(|dep| Arc::ptr_eq(&dep.question, seed));
            if !reached.contains(&slot) && holding(slot).is_none_or(|held| held.is_some_and(|s| asks(s.as_ref()))) {
                reached.insert(slot);
                queue.push(slot);
            }
        }
    }
    while let Some(from) = queue.pop() {
        let Some(dependants) = memo.slot(from).map(|slot| slot.dependants().to_vec()) else { continue };
        for slot in dependants {
            let asks = |stored: &dyn AnyStored| stored.trace().iter().any(|dep| dep.question.slot() == Some(from));
            if !reached.contains(&slot) && holding(slot).is_none_or(|held| held.is_some_and(|s| asks(s.as_ref()))) {
                reached.insert(slot);
                queue.push(slot);
            }
        }
    }
    reached
}
