//! The chain of questions that are being computed, each asked by the one before, and what each has
//! recorded.
//!
//! **Cycles.** A question that is asked again further down gets [`crate::Query::cycle`]. What is
//! computed from that answer holds below that question only (it is *provisional*): it is not stored,
//! and what it asked counts as asked by its asker. The question that closed the cycle is itself a pure
//! function of the world again, so it is stored, with the questions of all that took part; while one
//! of those is being computed, the stored answer is not used, so that what an answer says does not
//! depend on what was asked before.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::trace::Dep;

/// The frame, by depth and serial number, that a provisional answer assumes to be unfinished: the
/// outermost one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Head {
    depth: usize,
    serial: u64,
}

/// An answer that holds below its head only.
#[derive(Clone)]
pub(crate) struct Provisional {
    pub(crate) answer: Arc<dyn Any + Send + Sync>,
    pub(crate) deps: Arc<[Dep]>,
    pub(crate) head: Head,
    /// The keys that took part.
    pub(crate) members: Arc<[u32]>,
    pub(crate) unstorable: bool,
}

/// What a computation has asked so far.
#[derive(Default)]
pub(crate) struct Recorded {
    pub(crate) deps: Vec<Dep>,
    pub(crate) head: Option<Head>,
    pub(crate) members: Vec<u32>,
    /// Something was used that is no function of the world: a content that vanished, an answer cut
    /// short by depth.
    pub(crate) unstorable: bool,
}

/// One question that is being computed or validated.
pub(crate) struct Frame<'a> {
    pub(crate) slot: u32,
    parent: Option<&'a Frame<'a>>,
    me: Head,
    pub(crate) recorded: Mutex<Recorded>,
    /// Of the outermost frame only: provisional answers, so that a knot of n questions that ask each
    /// other costs n computations and not one for each path through it.
    provisional: Mutex<FxHashMap<u32, Provisional>>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(slot: u32, parent: Option<&'a Frame<'a>>) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let depth = parent.map_or(0, |parent| parent.me.depth + 1);
        let me = Head { depth, serial: SERIAL.fetch_add(1, Ordering::Relaxed) };
        Self { slot, parent, me, recorded: Mutex::default(), provisional: Mutex::default() }
    }

    /// This frame and those that asked it, innermost first.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Frame<'a>> {
        let mut next = Some(self);
        std::iter::from_fn(move || {
            let frame = next?;
            next = frame.parent;
            Some(frame)
        })
    }

    pub(crate) fn depth(&self) -> usize {
        self.me.depth
    }

    /// The frame that computes `slot`, if it is on the chain.
    pub(crate) fn head(&self, slot: u32) -> Option<Head> {
        self.chain().find(|frame| frame.slot == slot).map(|frame| frame.me)
    }

    /// A provisional answer that holds here.
    pub(crate) fn provisional(&self, slot: u32) -> Option<Provisional> {
        let found = self.root().provisional.lock().get(&slot).cloned()?;
        self.chain().any(|frame| frame.me == found.head).then_some(found)
    }

    /// Whether `head` is another frame than this, further out.
    pub(crate) fn lies_below(&self, head: Head) -> bool {
        head.depth < self.me.depth
    }

    /// Keeps a provisional answer of this frame; what took part in it now assumes the same head.
    pub(crate) fn keep(&self, provisional: Provisional) {
        let mut kept = self.root().provisional.lock();
        for member in provisional.members.iter() {
            if let Some(other) = kept.get_mut(member) {
                other.head = other.head.min(provisional.head);
            }
        }
        kept.insert(self.slot, provisional);
    }

    fn root(&self) -> &Frame<'a> {
        self.chain().last().unwrap_or(self)
    }
}

impl Recorded {
    /// Takes over what a provisional answer depends on.
    pub(crate) fn absorb(&mut self, provisional: &Provisional) {
        let head = provisional.head;
        self.head = Some(self.head.map_or(head, |known| known.min(head)));
        self.deps.extend_from_slice(&provisional.deps);
        self.members.extend_from_slice(&provisional.members);
        self.unstorable |= provisional.unstorable;
    }
}
