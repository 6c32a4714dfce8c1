//! Who waits for whom, so that no wait closes a cycle between threads.

use std::cell::RefCell;

use parking_lot::Mutex;

thread_local! {
    /// The keys that this thread is computing, with their memo's address. A thread pool may put an
    /// unrelated computation on top of another one: then it too waits while this thread waits.
    static COMPUTING: RefCell<Vec<(usize, u32)>> = const { RefCell::new(Vec::new()) };
}

/// The waits of one memo.
#[derive(Default)]
pub(crate) struct Waits {
    waits: Mutex<Vec<Wait>>,
}

struct Wait {
    number: u64,
    /// The keys that cannot finish before `on` has.
    held_up: Vec<u32>,
    on: u32,
}

/// A registered wait; it ends when this is dropped.
pub(crate) struct Waiting<'a> {
    waits: &'a Waits,
    number: u64,
}

/// Marks a key as computed by this thread until it is dropped.
pub(crate) struct Computing;

impl Waits {
    /// Registers that `chain` (what asked, directly or not) and all that this thread is computing
    /// wait for `on`; `None` if `on` waits for one of them.
    pub(crate) fn register(&self, chain: impl Iterator<Item = u32>, on: u32) -> Option<Waiting<'_>> {
        let mut held_up: Vec<u32> = chain.collect();
        let memo = self.address();
        COMPUTING.with_borrow(|all| held_up.extend(all.iter().filter(|(of, _)| *of == memo).map(|(_, slot)| *slot)));
        let mut waits = self.waits.lock();
        let mut reached = vec![on];
        let mut next = 0;
        while let Some(&slot) = reached.get(next) {
            if held_up.contains(&slot) {
                return None;
            }
            for wait in waits.iter().filter(|wait| wait.held_up.contains(&slot)) {
                if !reached.contains(&wait.on) {
                    reached.push(wait.on);
                }
            }
            next += 1;
        }
        let number = waits.last().map_or(0, |last| last.number + 1);
        waits.push(Wait { number, held_up, on });
        Some(Waiting { waits: self, number })
    }

    pub(crate) fn computing(&self, slot: u32) -> Computing {
        COMPUTING.with_borrow_mut(|all| all.push((self.address(), slot)));
        Computing
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waits.waits.lock().retain(|wait| wait.number != self.number);
    }
}

impl Drop for Computing {
    fn drop(&mut self) {
        COMPUTING.with_borrow_mut(Vec::pop);
    }
}
