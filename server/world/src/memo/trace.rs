//! Traces: the questions that an answer depends on, each with the fingerprint of its answer. A
//! question that is derived itself refers to the other question, whose trace is its own: traces form a
//! graph, they are not flattened. Questions are interned.

use std::any::Any;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashSet;

use super::slot::AnySlot;
use crate::{Entry, EntryKind, Fingerprint, Listed, Reader, SaltPath, Stopped};

/// What can be asked of a world.
pub(crate) enum Kind {
    /// What stands at a path; absence is an answer.
    Entry(SaltPath),
    /// The names in a folder.
    List(SaltPath),
    /// A derived answer.
    Answer(Arc<dyn AnySlot>),
    /// A part of one.
    Part(Arc<dyn AnySlot>, Box<dyn Any + Send + Sync>),
}

/// An interned question.
pub(crate) struct Question {
    pub(crate) kind: Kind,
    asked_by: Dependants,
}

/// The keys of which some stored trace asks a question.
#[derive(Default)]
pub(crate) struct Dependants(Mutex<FxHashSet<u32>>);

impl Dependants {
    pub(crate) fn add(&self, slot: u32) {
        self.0.lock().insert(slot);
    }

    pub(crate) fn remove(&self, slot: u32) {
        self.0.lock().remove(&slot);
    }

    pub(crate) fn to_vec(&self) -> Vec<u32> {
        self.0.lock().iter().copied().collect()
    }
}

impl Question {
    pub(crate) fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self { kind, asked_by: Dependants::default() })
    }

    /// Who asks it; parts are kept with the whole, which they change with.
    pub(crate) fn dependants(&self) -> &Dependants {
        match &self.kind {
            Kind::Entry(_) | Kind::List(_) => &self.asked_by,
            Kind::Answer(slot) | Kind::Part(slot, _) => slot.dependants(),
        }
    }

    /// The derived question behind it.
    pub(crate) fn slot(&self) -> Option<u32> {
        match &self.kind {
            Kind::Entry(_) | Kind::List(_) => None,
            Kind::Answer(slot) | Kind::Part(slot, _) => Some(slot.id()),
        }
    }

    /// Whether both are kept with the same [`Dependants`].
    pub(crate) fn same_source(self: &Arc<Self>, other: &Arc<Self>) -> bool {
        Arc::ptr_eq(self, other) || (self.slot().is_some() && self.slot() == other.slot())
    }

    /// Its answer in the reader's world; `None` if it has none that holds outside of this
    /// computation (it would close a cycle, or cannot be stored).
    fn answer(&self, reader: &Reader<'_>) -> Result<Option<Fingerprint>, Stopped> {
        match &self.kind {
            Kind::Entry(path) => Ok(Some(entry_fingerprint(reader.world.tree.get(path)))),
            Kind::List(folder) => Ok(Some(reader.listing(folder).1)),
            Kind::Answer(slot) => slot.fingerprint_in(reader),
            Kind::Part(slot, part) => slot.part_fingerprint_in(reader, part.as_ref()),
        }
    }
}

/// One step of a trace.
#[derive(Clone)]
pub(crate) struct Dep {
    pub(crate) question: Arc<Question>,
    /// Little-endian halves, so that a step takes 24 bytes.
    answer: [u64; 2],
}

impl Dep {
    pub(crate) fn new(question: Arc<Question>, answer: Fingerprint) -> Self {
        Self { question, answer: halves(answer) }
    }

    fn key(&self) -> (usize, [u64; 2]) {
        (Arc::as_ptr(&self.question).addr(), self.answer)
    }
}

impl PartialEq for Dep {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the two halves of a number")]
fn halves(fingerprint: Fingerprint) -> [u64; 2] {
    [fingerprint.0 as u64, (fingerprint.0 >> 64) as u64]
}

/// Keeps the first of equal steps, in order.
pub(crate) fn without_repeats(mut deps: Vec<Dep>) -> Arc<[Dep]> {
    let mut seen = FxHashSet::default();
    deps.retain(|dep| seen.insert(dep.key()));
    deps.into()
}

/// Whether two runs asked the same, in whatever order.
pub(crate) fn same_questions(a: &[Dep], b: &[Dep]) -> bool {
    let keys = |deps: &[Dep]| deps.iter().map(Dep::key).collect::<FxHashSet<_>>();
    keys(a) == keys(b)
}

/// Whether every question of `trace` has the recorded answer in the reader's world. They are asked in
/// the order in which they were asked first: a question that follows a different answer might make no
/// sense any more, and is not asked.
pub(crate) fn holds(trace: &[Dep], reader: &Reader<'_>) -> Result<bool, Stopped> {
    for dep in trace {
        reader.tick()?;
        if dep.question.answer(reader)?.map(halves) != Some(dep.answer) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The answer to "what stands there", without hashing: the content's address is a hash already.
pub(crate) fn entry_fingerprint(entry: Option<Entry>) -> Fingerprint {
    let Some(entry) = entry else { return Fingerprint(0) };
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&entry.blob.as_bytes()[..16]);
    let kind = match entry.kind {
        EntryKind::File => 1,
        EntryKind::BrokenLink => 2,
        EntryKind::Missing => 3,
    };
    Fingerprint(u128::from_le_bytes(bytes) ^ kind)
}

pub(crate) fn list_fingerprint(names: &[Listed]) -> Fingerprint {
    let mut hasher = crate::Hasher::default();
    for listed in names {
        hasher.field(listed.name.as_bytes()).number(u64::from(listed.folder));
    }
    hasher.finish()
}
