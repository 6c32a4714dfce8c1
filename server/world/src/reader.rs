//! The only way in which pure code sees a world: questions.

use std::sync::Arc;

use crate::{BlobId, Content, EntryKind, Memo, Query, SaltPath, Stop, Stopped, World};

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
}

/// A view of one world that records what it is asked.
pub struct Reader<'a> {
    world: &'a World,
    memo: &'a Memo,
    stop: &'a Stop,
}

impl<'a> Reader<'a> {
    /// A reader of `world` whose derived answers are shared through `memo`.
    #[must_use]
    pub fn new(world: &'a World, memo: &'a Memo, stop: &'a Stop) -> Self {
        Self { world, memo, stop }
    }

    /// # Errors
    /// [`Stopped`] once the computation was cancelled. Call it in every loop.
    pub fn tick(&self) -> Result<(), Stopped> {
        self.stop.check()
    }

    /// The address of the file at `path`; `None`: no file there (absence is an answer too).
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn blob(&self, path: &SaltPath) -> Result<Option<BlobId>, Stopped> {
        self.tick()?;
        Ok(self.world.tree.get(path).filter(|e| e.kind == EntryKind::File).map(|e| e.blob))
    }

    /// The bytes of the file at `path`; `None`: no file there, or its content cannot be had.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn content(&self, path: &SaltPath) -> Result<Option<Content>, Stopped> {
        Ok(self.blob(path)?.and_then(|blob| self.world.source.content(path, blob)))
    }

    /// The names in `folder`, sorted; empty if there is no such folder.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn list(&self, folder: &SaltPath) -> Result<Arc<[Listed]>, Stopped> {
        self.tick()?;
        let mut listed: Vec<Listed> = Vec::new();
        for (path, _) in self.world.tree.below(folder) {
            let Some(rest) = path.below(folder) else { continue };
            let (name, is_folder) = rest.split_once('/').map_or((rest, false), |(name, _)| (name, true));
            if listed.last().is_none_or(|last| last.name != name) {
                listed.push(Listed { name: name.to_owned(), folder: is_folder });
            }
        }
        Ok(listed.into())
    }

    /// The answer to a derived question, computed at most once for all worlds that agree on what it
    /// depends on.
    ///
    /// # Errors
    /// [`Stopped`]; nothing is stored then.
    pub fn ask<Q: Query>(&self, query: &Q) -> Result<Arc<Q::Answer>, Stopped> {
        self.tick()?;
        self.memo.ask(self, query)
    }

    /// One part of a derived answer (a pillar subtree, one export). The asker depends on that part
    /// only.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn ask_part<Q: Query>(&self, query: &Q, part: &Q::Part) -> Result<Arc<Q::Answer>, Stopped> {
        let _ = part;
        self.ask(query)
    }
}
