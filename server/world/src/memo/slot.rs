//! One key of the memo: its stored answers, and the one way to get an answer in some world.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};
use rustc_hash::FxHashMap;

use super::frame::{Frame, Head, Provisional, Recorded};
use super::trace::{self, Dep, Dependants};
use super::{Memo, Query};
use crate::{Fingerprint, Reader, Stopped};

/// Deeper chains of questions are cut with [`Query::cycle`], so that no repository can exhaust the
/// stack.
const MAX_DEPTH: usize = 64;

/// How often a waiting thread looks whether it was stopped.
const PATIENCE: Duration = Duration::from_millis(5);

/// An answer and why it holds.
pub(crate) struct Stored<Q: Query> {
    pub(crate) answer: Arc<Q::Answer>,
    fingerprint: Fingerprint,
    parts: Mutex<FxHashMap<Q::Part, Fingerprint>>,
    trace: Arc<[Dep]>,
    /// The keys, sorted, that took part in a cycle which this answer closes; usually none.
    members: Box<[u32]>,
}

/// A [`Stored`] of any query.
pub(crate) trait AnyStored: Any + Send + Sync {
    fn trace(&self) -> &[Dep];
}

impl<Q: Query> AnyStored for Stored<Q> {
    fn trace(&self) -> &[Dep] {
        &self.trace
    }
}

impl<Q: Query> Stored<Q> {
    /// The fingerprint of one part, taken once.
    pub(crate) fn part(&self, part: &Q::Part) -> Fingerprint {
        if let Some(known) = self.parts.lock().get(part) {
            return *known;
        }
        let fingerprint = Q::part_fingerprint(&self.answer, part);
        self.parts.lock().insert(part.clone(), fingerprint);
        fingerprint
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether it may be used below `frame`: not while something that took part in its cycle is
    /// being computed.
    fn usable(&self, frame: Option<&Frame<'_>>) -> bool {
        self.members.is_empty()
            || frame.is_none_or(|frame| frame.chain().all(|f| self.members.binary_search(&f.slot).is_err()))
    }
}

/// What asking gives.
pub(crate) enum Resolved<Q: Query> {
    /// An answer that holds in every world which agrees with its trace.
    Stored(Arc<Stored<Q>>),
    /// One that holds below an unfinished question.
    Provisional(Arc<Q::Answer>, Provisional),
    /// One that must not be stored.
    Loose(Arc<Q::Answer>),
}

/// One key.
pub(crate) struct Slot<Q: Query> {
    id: u32,
    pub(crate) query: Q,
    state: Mutex<State<Q>>,
    finished: Condvar,
    asked_by: Dependants,
}

struct State<Q: Query> {
    /// Most recently used first.
    stored: Vec<Arc<Stored<Q>>>,
    /// How many threads compute it: one, or more where waiting would have closed a cycle.
    running: usize,
}

/// A [`Slot`] of any query.
pub(crate) trait AnySlot: Send + Sync {
    fn id(&self) -> u32;
    fn dependants(&self) -> &Dependants;
    fn query(&self) -> &dyn Any;
    /// The answer's fingerprint in the reader's world; `None` if it has none that can be stored.
    fn fingerprint_in(&self, reader: &Reader<'_>) -> Result<Option<Fingerprint>, Stopped>;
    fn part_fingerprint_in(&self, reader: &Reader<'_>, part: &dyn Any) -> Result<Option<Fingerprint>, Stopped>;
    /// Forgets all answers.
    fn clear(&self);
}

impl<Q: Query> AnySlot for Slot<Q> {
    fn id(&self) -> u32 {
        self.id
    }

    fn dependants(&self) -> &Dependants {
        &self.asked_by
    }

    fn query(&self) -> &dyn Any {
        &self.query
    }

    fn fingerprint_in(&self, reader: &Reader<'_>) -> Result<Option<Fingerprint>, Stopped> {
        Ok(match self.resolve(reader)? {
            Resolved::Stored(stored) => Some(stored.fingerprint),
            Resolved::Provisional(..) | Resolved::Loose(_) => None,
        })
    }

    fn part_fingerprint_in(&self, reader: &Reader<'_>, part: &dyn Any) -> Result<Option<Fingerprint>, Stopped> {
        let Resolved::Stored(stored) = self.resolve(reader)? else { return Ok(None) };
        Ok(part.downcast_ref::<Q::Part>().map(|part| stored.part(part)))
    }

    fn clear(&self) {
        self.state.lock().stored.clear();
    }
}

/// Holds a key as being computed; releases it however the computation ends.
struct Running<'a, Q: Query>(&'a Slot<Q>);

impl<Q: Query> Drop for Running<'_, Q> {
    fn drop(&mut self) {
        self.0.state.lock().running -= 1;
        self.0.finished.notify_all();
    }
}

impl<Q: Query> Slot<Q> {
    pub(crate) fn new(id: u32, query: Q) -> Self {
        let state = State { stored: Vec::new(), running: 0 };
        Self { id, query, state: Mutex::new(state), finished: Condvar::new(), asked_by: Dependants::default() }
    }

    /// The answer in the reader's world: known to hold there, shown to hold by a stored trace, or
    /// computed.
    pub(crate) fn resolve(&self, reader: &Reader<'_>) -> Result<Resolved<Q>, Stopped> {
        if let Some(stored) = self.known(reader) {
            reader.memo.counters.hit();
            return Ok(Resolved::Stored(stored));
        }
        if let Some(frame) = reader.frame {
            if let Some(head) = frame.head(self.id) {
                return Ok(self.cut(head));
            }
            if let Some(kept) = frame.provisional(self.id)
                && let Ok(answer) = kept.answer.clone().downcast::<Q::Answer>()
            {
                return Ok(Resolved::Provisional(answer, kept));
            }
            if frame.depth() >= MAX_DEPTH {
                return Ok(Resolved::Loose(Arc::new(self.query.cycle())));
            }
        }
        let Some(_running) = self.claim(reader)? else { return self.resolve(reader) };
        let _computing = reader.memo.waits.computing(self.id);
        if let Some(stored) = self.validate(reader)? {
            return Ok(Resolved::Stored(stored));
        }
        self.compute(reader)
    }

    /// The answer to a question that its own computation asks.
    fn cut(&self, head: Head) -> Resolved<Q> {
        let answer = Arc::new(self.query.cycle());
        let (deps, members) = (Vec::new().into(), Vec::new().into());
        Resolved::Provisional(answer.clone(), Provisional { answer, deps, head, members, unstorable: false })
    }

    /// What is known to hold in the reader's world.
    fn known(&self, reader: &Reader<'_>) -> Option<Arc<Stored<Q>>> {
        let stored: Arc<dyn Any + Send + Sync> = reader.live.get(self.id)?;
        stored.downcast::<Stored<Q>>().ok().filter(|stored| stored.usable(reader.frame))
    }

    /// Takes on the computation; `None` if another thread has meanwhile found what holds here.
    fn claim(&self, reader: &Reader<'_>) -> Result<Option<Running<'_, Q>>, Stopped> {
        let mut state = self.state.lock();
        loop {
            if self.known(reader).is_some() {
                return Ok(None);
            }
            if state.running == 0 {
                break;
            }
            let chain = reader.frame.into_iter().flat_map(|frame| frame.chain().map(|f| f.slot));
            let Some(waiting) = reader.memo.waits.register(chain, self.id) else { break };
            self.finished.wait_for(&mut state, PATIENCE);
            drop(waiting);
            reader.tick()?;
        }
        state.running += 1;
        Ok(Some(Running(self)))
    }

    /// A stored answer whose trace holds in the reader's world.
    fn validate(&self, reader: &Reader<'_>) -> Result<Option<Arc<Stored<Q>>>, Stopped> {
        let candidates = self.state.lock().stored.clone();
        for stored in candidates.into_iter().filter(|stored| stored.usable(reader.frame)) {
            let frame = Frame::new(self.id, reader.frame);
            if trace::holds(&stored.trace, &reader.below(&frame))? {
                reader.memo.counters.validated();
                self.settle(reader, &stored);
                return Ok(Some(stored));
            }
        }
        Ok(None)
    }

    /// Runs the query once, recording what it asks.
    fn run(&self, frame: &Frame<'_>, reader: &Reader<'_>) -> Result<(Q::Answer, Recorded), Stopped> {
        let answer = self.query.compute(&reader.below(frame))?;
        let recorded = std::mem::take(&mut *frame.recorded.lock());
        Ok((answer, recorded))
    }

    fn compute(&self, reader: &Reader<'_>) -> Result<Resolved<Q>, Stopped> {
        let frame = Frame::new(self.id, reader.frame);
        let (answer, mut recorded) = self.run(&frame, reader)?;
        reader.memo.counters.computed();
        let fingerprint = Q::fingerprint(&answer);
        if cfg!(debug_assertions) && reader.memo.options.check_purity {
            let (second, again) = self.run(&Frame::new(self.id, reader.frame), reader)?;
            if Q::fingerprint(&second) != fingerprint || !trace::same_questions(&recorded.deps, &again.deps) {
                reader.memo.impure(format!("{:?}", self.query));
            }
        }
        let answer = Arc::new(answer);
        let deps = trace::without_repeats(std::mem::take(&mut recorded.deps));
        let mut members = recorded.members;
        if recorded.head.is_some() {
            members.push(self.id);
            members.sort_unstable();
            members.dedup();
        }
        if let Some(head) = recorded.head.filter(|head| frame.lies_below(*head)) {
            let (members, unstorable) = (members.into(), recorded.unstorable);
            let provisional = Provisional { answer: answer.clone(), deps, head, members, unstorable };
            frame.keep(provisional.clone());
            return Ok(Resolved::Provisional(answer, provisional));
        }
        if recorded.unstorable {
            return Ok(Resolved::Loose(answer));
        }
        // The same answer by another trace shares the memory of the first.
        let same = self.state.lock().stored.iter().find(|s| s.fingerprint == fingerprint).map(|s| s.answer.clone());
        let answer = same.unwrap_or(answer);
        let members = members.into_boxed_slice();
        let stored = Arc::new(Stored { answer, fingerprint, parts: Mutex::default(), trace: deps, members });
        self.settle(reader, &stored);
        Ok(Resolved::Stored(stored))
    }

    /// Notes that `stored` holds in the reader's world.
    fn settle(&self, reader: &Reader<'_>, stored: &Arc<Stored<Q>>) {
        let mut state = self.state.lock();
        if let Some(at) = state.stored.iter().position(|other| Arc::ptr_eq(other, stored)) {
            state.stored[..=at].rotate_right(1);
        } else {
            // Before the world is told: whoever derives a new world from it must find who asks what.
            for dep in stored.trace.iter() {
                dep.question.dependants().add(self.id);
            }
            state.stored.insert(0, stored.clone());
        }
        reader.live.put(self.id, stored.clone());
        self.drop_oldest(reader.memo, &mut state);
    }

    /// Keeps few traces, but all that hold in some live world.
    fn drop_oldest(&self, memo: &Memo, state: &mut MutexGuard<'_, State<Q>>) {
        let mut at = state.stored.len();
        while state.stored.len() > memo.options.traces.max(1) && at > 1 {
            at -= 1;
            let oldest: Arc<dyn AnyStored> = state.stored[at].clone();
            if memo.live.holds(self.id, &oldest) {
                continue;
            }
            state.stored.remove(at);
            for dep in oldest.trace() {
                let asked = |other: &Dep| other.question.same_source(&dep.question);
                if !state.stored.iter().any(|stored| stored.trace.iter().any(asked)) {
                    dep.question.dependants().remove(self.id);
                }
            }
        }
    }
}
