//! The contents that were read last. A file is asked for several times in a row (its rendering, its
//! syntax, the lines of what is printed of it), and reading it means looking at every folder on the
//! way and hashing it again. Knows nothing of files.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use world::{BlobId, Content};

/// Bytes kept in all: a few files for each thread, no copy of the tree.
const MAX_BYTES: usize = 512 << 10;

/// Larger contents are not kept: they would drive out all others.
const MAX_ONE: usize = 64 << 10;

/// Contents by their address, so that what is given can never be another version's.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    contents: FxHashMap<BlobId, Content>,
    bytes: usize,
}

impl Recent {
    /// The content, if it is kept.
    pub(crate) fn get(&self, blob: BlobId) -> Option<Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contents.get(&blob).cloned()
    }

    /// Keeps `content`. Once there is too much, all that was kept goes: who reads a tree comes back to
    /// no file of long ago, so there is nothing to choose between.
    pub(crate) fn put(&self, blob: BlobId, content: &Content) {
        if content.len() > MAX_ONE {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + content.len() > MAX_BYTES {
            *kept = Kept::default();
        }
        if kept.contents.insert(blob, content.clone()).is_none() {
            kept.bytes += content.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let recent = Recent::default();
        let content = |n: usize, size: usize| -> Content { vec![u8::try_from(n % 256).unwrap(); size].into() };
        for n in 0..64 {
            let one = content(n, MAX_ONE);
            recent.put(BlobId::of(&one), &one);
            assert!(recent.0.lock().unwrap().bytes <= MAX_BYTES);
            assert_eq!(recent.get(BlobId::of(&one)), Some(one));
        }
        let large = content(1, MAX_ONE + 1);
        recent.put(BlobId::of(&large), &large);
        assert_eq!(recent.get(BlobId::of(&large)), None);
        // the same content twice counts once
        let fresh = Recent::default();
        let one = content(7, 10);
        fresh.put(BlobId::of(&one), &one);
        fresh.put(BlobId::of(&one), &one);
        assert_eq!(fresh.0.lock().unwrap().bytes, 10);
    }
}
