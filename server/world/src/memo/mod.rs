//! Derived answers, shared by all worlds that agree on what they depend on.
//!
//! An answer is stored with its trace (the questions it asked, and the fingerprint of each answer) and
//! holds in any world that answers these alike. For worlds in use the memo knows which stored answer
//! holds, so that asking again costs a look-up. Knows nothing of what is asked.

mod frame;
mod live;
mod slot;
mod trace;
mod wait;

use std::any::{Any, TypeId};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use parking_lot::{Mutex, RwLock};
use rustc_hash::{FxBuildHasher, FxHashMap};

pub(crate) use frame::Frame;
pub(crate) use live::{Listing, LiveWorld};
pub(crate) use slot::Resolved;
pub(crate) use trace::{Dep, Question, entry_fingerprint};

use crate::{Fingerprint, Reader, SaltPath, Stopped, World};
use live::Live;
use slot::{AnySlot, Slot};
use trace::Kind;
use wait::Waits;

/// A question whose answer is a pure function of a world.
pub trait Query: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// What it gives.
    type Answer: Send + Sync + 'static;
    /// A name for a part of the answer that can be asked for on its own; `()` if there is none.
    type Part: Clone + Eq + Hash + Debug + Send + Sync + 'static;

    /// Computes the answer, seeing the world through `reader` only.
    ///
    /// # Errors
    /// [`Stopped`] when cancelled.
    fn compute(&self, reader: &Reader<'_>) -> Result<Self::Answer, Stopped>;

    /// The answer's fingerprint: equal fingerprints, equal answers.
    fn fingerprint(answer: &Self::Answer) -> Fingerprint;

    /// The fingerprint of one part.
    fn part_fingerprint(answer: &Self::Answer, part: &Self::Part) -> Fingerprint;

    /// The answer for a question that is being computed further up (a cycle), or lies 64 questions
    /// deep. It is not stored, nor is what depends on it, but for the question that the cycle comes
    /// back to: seen from outside, that one is a function of the world.
    fn cycle(&self) -> Self::Answer;
}

/// Bounds and switches of a [`Memo`].
#[derive(Clone, Copy, Debug)]
pub struct MemoOptions {
    /// Stored answers per key, beside those that hold in a live world.
    pub traces: usize,
    /// Worlds for which the memo knows what holds.
    pub worlds: usize,
    /// Compute everything twice and compare (in builds with debug assertions only), see
    /// [`Memo::impurities`].
    pub check_purity: bool,
}

impl Default for MemoOptions {
    fn default() -> Self {
        Self { traces: 4, worlds: 8, check_purity: false }
    }
}

/// How answers were had, since the memo was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MemoStats {
    /// By running the query.
    pub computed: u64,
    /// Known to hold in the world that was asked.
    pub hits: u64,
    /// Shown to hold by a trace made in another world.
    pub validated: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    computed: AtomicU64,
    hits: AtomicU64,
    validated: AtomicU64,
}

impl Counters {
    pub(crate) fn computed(&self) {
        self.computed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn validated(&self) {
        self.validated.fetch_add(1, Ordering::Relaxed);
    }
}

/// The store of derived answers; shared by all threads and worlds.
#[derive(Default)]
pub struct Memo {
    pub(crate) options: MemoOptions,
    pub(crate) counters: Counters,
    pub(crate) live: Live,
    pub(crate) waits: Waits,
    pub(crate) entries: DashMap<SaltPath, Arc<Question>, FxBuildHasher>,
    pub(crate) lists: DashMap<SaltPath, Arc<Question>, FxBuildHasher>,
    tables: RwLock<FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    slots: RwLock<Vec<Arc<dyn AnySlot>>>,
    impure: Mutex<Vec<String>>,
}

/// The keys of one query type.
pub(crate) struct Table<Q: Query> {
    keys: DashMap<Q, Key<Q>, FxBuildHasher>,
    parts: DashMap<(u32, Q::Part), Arc<Question>, FxBuildHasher>,
}

/// A key and the question for its whole answer.
pub(crate) struct Key<Q: Query> {
    pub(crate) slot: Arc<Slot<Q>>,
    pub(crate) question: Arc<Question>,
}

impl<Q: Query> Clone for Key<Q> {
    fn clone(&self) -> Self {
        Self { slot: self.slot.clone(), question: self.question.clone() }
    }
}

impl<Q: Query> Table<Q> {
    /// The question for a part of a key's answer.
    pub(crate) fn part(&self, key: &Key<Q>, part: &Q::Part) -> Arc<Question> {
        let entry = self.parts.entry((key.slot.id(), part.clone()));
        entry.or_insert_with(|| Question::new(Kind::Part(key.slot.clone(), Box::new(part.clone())))).clone()
    }
}

impl Memo {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store with its own bounds.
    #[must_use]
    pub fn with(options: MemoOptions) -> Self {
        let mut memo = Self::default();
        memo.options = options;
        memo
    }

    /// How answers were had so far.
    #[must_use]
    pub fn stats(&self) -> MemoStats {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { computed, hits, validated } = &self.counters;
        MemoStats { computed: load(computed), hits: load(hits), validated: load(validated) }
    }

    /// The derived questions that were answered in `old` and may have another answer in `new`. Costs
    /// in proportion to the difference and what it reaches. It is exact about who asked what, but
    /// doesn't look at answers: a question whose answer turns out to be the same is listed too. What
    /// was not asked in `old` itself, or not while it was live, is listed if it was asked in any world.
    #[must_use]
    pub fn affected(&self, old: &World, new: &World) -> Affected {
        let reached = self.live.affected(self, &old.tree, &new.tree);
        Affected(reached.into_iter().filter_map(|slot| self.slot(slot)).collect())
    }

    /// The queries (as debug text) whose second run gave another answer or asked other questions;
    /// empty unless [`MemoOptions::check_purity`] is on.
    #[must_use]
    pub fn impurities(&self) -> Vec<String> {
        self.impure.lock().clone()
    }

    pub(crate) fn impure(&self, query: String) {
        self.impure.lock().push(query);
    }

    pub(crate) fn slot(&self, id: u32) -> Option<Arc<dyn AnySlot>> {
        self.slots.read().get(id as usize).cloned()
    }

    pub(crate) fn table<Q: Query>(&self) -> Arc<Table<Q>> {
        let id = TypeId::of::<Q>();
        let known = self.tables.read().get(&id).cloned();
        let table = known.unwrap_or_else(|| {
            let empty = || Arc::new(Table::<Q> { keys: DashMap::default(), parts: DashMap::default() });
            self.tables.write().entry(id).or_insert_with(|| empty()).clone()
        });
        match table.downcast() {
            Ok(table) => table,
            Err(_) => unreachable!("tables are filed by their query's type"),
        }
    }

    pub(crate) fn key<Q: Query>(&self, table: &Table<Q>, query: &Q) -> Key<Q> {
        if let Some(key) = table.keys.get(query) {
            return key.clone();
        }
        let new = || {
            let mut slots = self.slots.write();
            let slot = Arc::new(Slot::new(u32::try_from(slots.len()).unwrap_or(u32::MAX), query.clone()));
            slots.push(slot.clone());
            Key { question: Question::new(Kind::Answer(slot.clone())), slot }
        };
        table.keys.entry(query.clone()).or_insert_with(new).clone()
    }

    pub(crate) fn entry_question(&self, path: &SaltPath) -> Arc<Question> {
        if let Some(known) = self.entries.get(path) {
            return known.clone();
        }
        self.entries.entry(path.clone()).or_insert_with(|| Question::new(Kind::Entry(path.clone()))).clone()
    }

    pub(crate) fn list_question(&self, folder: &SaltPath) -> Arc<Question> {
        if let Some(known) = self.lists.get(folder) {
            return known.clone();
        }
        self.lists.entry(folder.clone()).or_insert_with(|| Question::new(Kind::List(folder.clone()))).clone()
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        // Traces of different worlds may refer to each other in a circle.
        for slot in self.slots.get_mut().iter() {
            slot.clear();
        }
    }
}

/// Derived questions, of any type: see [`Memo::affected`].
pub struct Affected(Vec<Arc<dyn AnySlot>>);

impl Affected {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of one type, in no particular order.
    pub fn queries<Q: Query>(&self) -> impl Iterator<Item = &Q> {
        self.0.iter().filter_map(|slot| slot.query().downcast_ref())
    }

    /// Whether `query` is one of them.
    #[must_use]
    pub fn contains<Q: Query>(&self, query: &Q) -> bool {
        self.queries::<Q>().any(|other| other == query)
    }
}
