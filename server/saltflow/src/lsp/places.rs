//! Where things are, for the client: the texts of one snapshot with their lines, each read once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ide::FileRange;
use tower_lsp::ls_types as lsp;
use world::SaltPath;

use crate::lsp::convert::{self, Lines};
use crate::lsp::desk::Snapshot;
use crate::lsp::documents;

/// The texts of a snapshot, as one request needs them.
pub struct Places<'a> {
    snapshot: &'a Snapshot,
    read: RefCell<BTreeMap<SaltPath, Option<Rc<Lines>>>>,
}

impl<'a> Places<'a> {
    /// No text is read yet.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, read: RefCell::default() }
    }

    /// The text of `path` in the snapshot's world; `None`: there is none, or it cannot be had.
    #[must_use]
    pub fn lines(&self, path: &SaltPath) -> Option<Rc<Lines>> {
        if let Some(known) = self.read.borrow().get(path) {
            return known.clone();
        }
        let world = &self.snapshot.world;
        let content = world.tree.get(path).and_then(|entry| world.source.content(path, entry.blob));
        let lines = content.map(|content| {
            Rc::new(Lines::new(String::from_utf8_lossy(&content).into_owned(), self.snapshot.client.encoding))
        });
        self.read.borrow_mut().insert(path.clone(), lines.clone());
        lines
    }

    /// Where `place` is in the base branch's version, as a read-only document; `None`: the client opens
    /// none, or nothing was compared.
    #[must_use]
    pub fn their_location(&self, upstream: Option<&ide::Upstream>, place: &FileRange) -> Option<lsp::Location> {
        let upstream = upstream.filter(|_| self.snapshot.client.documents)?;
        let world = &upstream.theirs.world;
        let content = world.source.content(&place.path, world.tree.get(&place.path)?.blob)?;
        let text = String::from_utf8_lossy(&content).into_owned();
        let range = Lines::new(text, self.snapshot.client.encoding).range(place.range);
        let uri =
            documents::git_uri(&self.snapshot.workspace.file(&place.path), upstream.theirs.commit_of(&place.path))?;
        Some(lsp::Location { uri, range })
    }

    /// Where `place` is.
    #[must_use]
    pub fn location(&self, place: &FileRange) -> Option<lsp::Location> {
        let uri = convert::to_uri(&self.snapshot.workspace.file(&place.path))?;
        let range = self.lines(&place.path).map(|lines| lines.range(place.range)).unwrap_or_default();
        Some(lsp::Location { uri, range })
    }
}
