//! The only way in which pure code sees a world: questions, each recorded with its answer.

use std::sync::Arc;

use crate::memo::{Dep, Frame, Listing, LiveWorld, Question, Resolved, entry_fingerprint};
use crate::{BlobId, Content, Entry, EntryKind, Fingerprint, Memo, Query, SaltPath, Stop, Stopped, World};

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
}

/// A view of one world that records what it is asked. May be shared by threads.
pub struct Reader<'a> {
    pub(crate) world: &'a World,
    pub(crate) memo: &'a Memo,
    stop: &'a Stop,
    pub(crate) live: Arc<LiveWorld>,
    /// The computation that asks; `None` outside of any.
    pub(crate) frame: Option<&'a Frame<'a>>,
}

impl<'a> Reader<'a> {
    /// A reader of `world` whose derived answers are shared through `memo`.
    #[must_use]
    pub fn new(world: &'a World, memo: &'a Memo, stop: &'a Stop) -> Self {
        Self { world, memo, stop, live: memo.live.enter(memo, &world.tree), frame: None }
    }

    /// The reader that the computation of `frame` sees.
    pub(crate) fn below<'b>(&'b self, frame: &'b Frame<'b>) -> Reader<'b> {
        Reader { world: self.world, memo: self.memo, stop: self.stop, live: self.live.clone(), frame: Some(frame) }
    }

    /// # Errors
    /// [`Stopped`] once the computation was cancelled. Call it in every loop.
    pub fn tick(&self) -> Result<(), Stopped> {
        self.stop.check()
    }

    /// What stands at `path`; `None`: nothing (absence is an answer too).
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn entry(&self, path: &SaltPath) -> Result<Option<Entry>, Stopped> {
        self.tick()?;
        let entry = self.world.tree.get(path);
        self.record(|| self.memo.entry_question(path), || entry_fingerprint(entry));
        Ok(entry)
    }

    /// The address of the file at `path`; `None`: no file there.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn blob(&self, path: &SaltPath) -> Result<Option<BlobId>, Stopped> {
        Ok(self.entry(path)?.filter(|entry| entry.kind == EntryKind::File).map(|entry| entry.blob))
    }

    /// The bytes of the file at `path`; `None`: no file there, or its content cannot be had. What is
    /// computed without a content that the tree promises is not stored.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn content(&self, path: &SaltPath) -> Result<Option<Content>, Stopped> {
        let Some(blob) = self.blob(path)? else { return Ok(None) };
        let content = self.world.source.content(path, blob);
        if content.is_none() {
            self.taint();
        }
        Ok(content)
    }

    /// The names in `folder`, sorted; empty if there is no such folder.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn list(&self, folder: &SaltPath) -> Result<Arc<[Listed]>, Stopped> {
        self.tick()?;
        let (names, fingerprint) = self.listing(folder);
        self.record(|| self.memo.list_question(folder), || fingerprint);
        Ok(names)
    }

    /// The answer to a derived question, computed at most once for all worlds that agree on what it
    /// depends on.
    ///
    /// # Errors
    /// [`Stopped`]; nothing is stored then.
    pub fn ask<Q: Query>(&self, query: &Q) -> Result<Arc<Q::Answer>, Stopped> {
        self.tick()?;
        let key = self.memo.key(&self.memo.table::<Q>(), query);
        match key.slot.resolve(self)? {
            Resolved::Stored(stored) => {
                self.record(|| key.question, || stored.fingerprint());
                Ok(stored.answer.clone())
            }
            other => Ok(self.unstored(other)),
        }
    }

    /// A derived answer of which the asker looks at one part only (a pillar subtree, one export) and
    /// depends on nothing else: the rest of what it is given may be another world's.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn ask_part<Q: Query>(&self, query: &Q, part: &Q::Part) -> Result<Arc<Q::Answer>, Stopped> {
        self.tick()?;
        let table = self.memo.table::<Q>();
        let key = self.memo.key(&table, query);
        match key.slot.resolve(self)? {
            Resolved::Stored(stored) => {
                self.record(|| table.part(&key, part), || stored.part(part));
                Ok(stored.answer.clone())
            }
            other => Ok(self.unstored(other)),
        }
    }

    pub(crate) fn listing(&self, folder: &SaltPath) -> Listing {
        self.live.listing(folder)
    }

    fn record(&self, question: impl FnOnce() -> Arc<Question>, answer: impl FnOnce() -> Fingerprint) {
        if let Some(frame) = self.frame {
            frame.recorded.lock().deps.push(Dep::new(question(), answer()));
        }
    }

    fn taint(&self) {
        if let Some(frame) = self.frame {
            frame.recorded.lock().unstorable = true;
        }
    }

    /// Notes in the asking computation that it used an answer which isn't stored.
    fn unstored<Q: Query>(&self, resolved: Resolved<Q>) -> Arc<Q::Answer> {
        match resolved {
            Resolved::Stored(stored) => stored.answer.clone(),
            Resolved::Loose(answer) => {
                self.taint();
                answer
            }
            Resolved::Provisional(answer, provisional) => {
                if let Some(frame) = self.frame {
                    frame.recorded.lock().absorb(&provisional);
                }
                answer
            }
        }
    }
}
