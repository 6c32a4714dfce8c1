//! A world: a persistent map from path to content.

use std::sync::Arc;

use imbl::OrdMap;

use crate::{BlobId, SaltPath};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A link that leads out of the world, to nothing, or in a circle. Links inside the world are
    /// resolved when the tree is built: their target's content stands at their path too.
    BrokenLink,
    /// Content that exists but cannot be had (a partial clone's missing blob, an unreadable file).
    Missing,
}

/// One slot of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// The content's address; for other kinds than files, of the link's text or of nothing.
    pub blob: BlobId,
}

/// All files of a world. Cloning and changing one slot cost O(log n). Folders exist through their
/// files only, as in git.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    entries: OrdMap<SaltPath, Entry>,
}

impl Tree {
    /// The entry at `path`.
    #[must_use]
    pub fn get(&self, path: &SaltPath) -> Option<Entry> {
        self.entries.get(path).copied()
    }

    /// Puts `entry` at `path`.
    pub fn insert(&mut self, path: SaltPath, entry: Entry) {
        self.entries.insert(path, entry);
    }

    /// Removes what stands at `path`.
    pub fn remove(&mut self, path: &SaltPath) {
        self.entries.remove(path);
    }

    /// All entries in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&SaltPath, &Entry)> {
        self.entries.iter()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Paths at which `self` and `other` differ, in order; costs in proportion to the difference
    /// where the two share structure.
    #[must_use]
    pub fn changed(&self, other: &Self) -> Vec<SaltPath> {
        use imbl::ordmap::DiffItem;
        self.entries
            .diff(&other.entries)
            .map(|item| match item {
                DiffItem::Add(path, _) | DiffItem::Remove(path, _) => path.clone(),
                DiffItem::Update { old: (path, _), .. } => path.clone(),
            })
            .collect()
    }

    /// Entries whose path starts with `folder/`, in order.
    pub fn below<'a>(&'a self, folder: &'a SaltPath) -> impl Iterator<Item = (&'a SaltPath, &'a Entry)> {
        self.entries
            .range(folder.clone()..)
            .skip_while(move |(path, _)| *path == folder && !folder.is_root())
            .take_while(move |(path, _)| path.as_str().starts_with(folder.as_str()))
            .filter(move |(path, _)| path.below(folder).is_some_and(|rest| !rest.is_empty()))
    }
}

/// A file's bytes.
pub type Content = Arc<[u8]>;

/// Where contents come from: disk, an object database, open buffers, memory.
pub trait ContentSource: Send + Sync {
    /// The bytes of `blob`, which a tree names at `path`; `None` if it cannot be had any more.
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content>;
}

/// path → content. Cheap to clone, immutable once read from.
#[derive(Clone)]
pub struct World {
    /// Its files.
    pub tree: Tree,
    /// Where their contents are.
    pub source: Arc<dyn ContentSource>,
}

impl World {
    /// A world held in memory, for tests and for merges: `(path, content)` pairs, the content as text
    /// or bytes.
    #[must_use]
    pub fn in_memory<'a, C: AsRef<[u8]> + ?Sized + 'a>(files: impl IntoIterator<Item = (&'a str, &'a C)>) -> Self {
        let mut tree = Tree::default();
        let mut contents = rustc_hash::FxHashMap::default();
        for (path, content) in files {
            let Ok(path) = SaltPath::new(path) else { continue };
            let content = content.as_ref();
            let blob = BlobId::of(content);
            tree.insert(path, Entry { kind: EntryKind::File, blob });
            contents.insert(blob, Content::from(content));
        }
        Self { tree, source: Arc::new(InMemory(contents)) }
    }

    /// This world with the content of `path` replaced (`None` removes it): one slot changes.
    #[must_use]
    pub fn with(&self, path: &SaltPath, content: Option<&[u8]>) -> Self {
        let mut tree = self.tree.clone();
        let Some(content) = content else {
            tree.remove(path);
            return Self { tree, source: self.source.clone() };
        };
        let blob = BlobId::of(content);
        tree.insert(path.clone(), Entry { kind: EntryKind::File, blob });
        let source = Overlay { blob, content: content.into(), below: self.source.clone() };
        Self { tree, source: Arc::new(source) }
    }
}

struct InMemory(rustc_hash::FxHashMap<BlobId, Content>);

impl ContentSource for InMemory {
    fn content(&self, _: &SaltPath, blob: BlobId) -> Option<Content> {
        self.0.get(&blob).cloned()
    }
}

struct Overlay {
    blob: BlobId,
    content: Content,
    below: Arc<dyn ContentSource>,
}

impl ContentSource for Overlay {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        if blob == self.blob { Some(self.content.clone()) } else { self.below.content(path, blob) }
    }
}
