//! A world: a persistent map from path to content.

use std::any::Any;
use std::hash::{BuildHasher, RandomState};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use imbl::OrdMap;

use crate::{BlobId, Listed, SaltPath};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// The content's address; for other kinds than files, of the link's text or of nothing.
    pub blob: BlobId,
}

/// What a tree holds, as one number: trees with the same entries have the same identity, whatever
/// their history; others differ but for accidents. Valid within this process only (it is keyed, so
/// that no repository can be made to collide).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TreeId(u128);

/// All files of a world. Cloning and changing one slot cost O(log n). Folders exist through their
/// files only, as in git.
#[derive(Clone, Debug)]
pub struct Tree {
    entries: OrdMap<SaltPath, Entry>,
    /// The sum of all entries' hashes.
    id: u128,
    /// Trees that were cloned from each other have the same number, and share structure.
    lineage: u64,
}

impl Default for Tree {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { entries: OrdMap::default(), id: 0, lineage: NEXT.fetch_add(1, Ordering::Relaxed) }
    }
}

fn identity(path: &SaltPath, entry: &Entry) -> u128 {
    static KEYS: OnceLock<[RandomState; 2]> = OnceLock::new();
    let keys = KEYS.get_or_init(|| [RandomState::new(), RandomState::new()]);
    let [high, low] = keys.each_ref().map(|key| key.hash_one((path, entry)));
    u128::from(high) << 64 | u128::from(low)
}

impl Tree {
    /// The identity of what it holds; O(1).
    #[must_use]
    pub fn id(&self) -> TreeId {
        TreeId(self.id)
    }

    /// The entry at `path`.
    #[must_use]
    pub fn get(&self, path: &SaltPath) -> Option<Entry> {
        self.entries.get(path).copied()
    }

    /// Puts `entry` at `path`.
    pub fn insert(&mut self, path: SaltPath, entry: Entry) {
        self.id = self.id.wrapping_add(identity(&path, &entry));
        if let Some(old) = self.entries.insert(path.clone(), entry) {
            self.id = self.id.wrapping_sub(identity(&path, &old));
        }
    }

    /// Removes what stands at `path`.
    pub fn remove(&mut self, path: &SaltPath) {
        if let Some(old) = self.entries.remove(path) {
            self.id = self.id.wrapping_sub(identity(path, &old));
        }
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
        self.changes(other).into_iter().map(|change| change.path).collect()
    }

    pub(crate) fn changes(&self, other: &Self) -> Vec<Change> {
        use imbl::ordmap::DiffItem;
        let change = |path: &SaltPath, replaced| Change { path: path.clone(), replaced };
        if self.lineage != other.lineage {
            return self.merged(other);
        }
        self.entries
            .diff(&other.entries)
            .map(|item| match item {
                DiffItem::Add(path, _) | DiffItem::Remove(path, _) => change(path, false),
                DiffItem::Update { old: (path, _), .. } => change(path, true),
            })
            .collect()
    }

    /// [`Tree::changes`] by walking both trees: quicker where they share nothing.
    fn merged(&self, other: &Self) -> Vec<Change> {
        let (mut ours, mut theirs) = (self.entries.iter().peekable(), other.entries.iter().peekable());
        let mut changes = Vec::new();
        loop {
            let order = match (ours.peek(), theirs.peek()) {
                (None, None) => return changes,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((ours, _)), Some((theirs, _))) => ours.cmp(theirs),
            };
            let one = if order.is_gt() { None } else { ours.next() };
            let two = if order.is_lt() { None } else { theirs.next() };
            if one != two
                && let Some((path, _)) = one.or(two)
            {
                changes.push(Change { path: path.clone(), replaced: order.is_eq() });
            }
        }
    }

    pub(crate) fn lineage(&self) -> u64 {
        self.lineage
    }

    /// Entries whose path starts with `folder/`, in order: O(log n) to the first one.
    pub fn below<'a>(&'a self, folder: &'a SaltPath) -> impl Iterator<Item = (&'a SaltPath, &'a Entry)> {
        // '0' follows '/', so that these bounds hold all of the folder and no sibling (`a-b`, `a.sls`).
        let (start, end) = (format!("{folder}/"), format!("{folder}0"));
        let bounds = if folder.is_root() {
            (Bound::Unbounded, Bound::Unbounded)
        } else {
            (Bound::Excluded(start.as_str()), Bound::Excluded(end.as_str()))
        };
        self.entries.range::<_, str>(bounds)
    }

    /// Whether any entry lies below `folder`.
    #[must_use]
    pub fn has_folder(&self, folder: &SaltPath) -> bool {
        self.below(folder).next().is_some()
    }

    /// The names directly in `folder`, sorted. A subfolder is stepped over, not read: the cost is in
    /// the number of names.
    pub(crate) fn names(&self, folder: &SaltPath) -> Vec<Listed> {
        let mut listed: Vec<Listed> = Vec::new();
        let end = format!("{folder}0");
        let end = if folder.is_root() { Bound::Unbounded } else { Bound::Excluded(end.as_str()) };
        let mut start = if folder.is_root() { String::new() } else { format!("{folder}/") };
        let mut entries = self.entries.range::<_, str>((Bound::Excluded(start.as_str()), end));
        while let Some((path, _)) = entries.next() {
            let Some(rest) = path.below(folder) else { break };
            match rest.split_once('/') {
                None => listed.push(Listed { name: rest.into(), folder: false }),
                Some((name, _)) => {
                    start.clear();
                    start.push_str(&path.as_str()[..path.as_str().len() - rest.len() + name.len()]);
                    start.push('0');
                    listed.push(Listed { name: name.into(), folder: true });
                    entries = self.entries.range::<_, str>((Bound::Included(start.as_str()), end));
                }
            }
        }
        // Entries are in the order of whole paths: `a-b`, `a.sls`, `a/…`.
        listed.sort_by(|a, b| a.name.cmp(&b.name).then(b.folder.cmp(&a.folder)));
        listed.dedup_by(|a, b| a.name == b.name);
        listed
    }
}

/// A path at which two trees differ.
pub(crate) struct Change {
    pub(crate) path: SaltPath,
    /// Both trees have something there.
    pub(crate) replaced: bool,
}

/// A file's bytes.
pub type Content = Arc<[u8]>;

/// Where contents come from: disk, an object database, open buffers, memory.
pub trait ContentSource: Any + Send + Sync {
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
        let below: &dyn Any = &*self.source;
        let mut overlay = below
            .downcast_ref::<Overlay>()
            .cloned()
            .unwrap_or_else(|| Overlay { contents: OrdMap::default(), below: self.source.clone() });
        overlay.contents.insert(path.clone(), (blob, content.into()));
        Self { tree, source: Arc::new(overlay) }
    }
}

struct InMemory(rustc_hash::FxHashMap<BlobId, Content>);

impl ContentSource for InMemory {
    fn content(&self, _: &SaltPath, blob: BlobId) -> Option<Content> {
        self.0.get(&blob).cloned()
    }
}

/// Changed contents over another source; one layer, however often a world is changed.
#[derive(Clone)]
struct Overlay {
    contents: OrdMap<SaltPath, (BlobId, Content)>,
    below: Arc<dyn ContentSource>,
}

impl ContentSource for Overlay {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        let changed = self.contents.get(path).filter(|(changed, _)| *changed == blob);
        changed.map(|(_, content)| content.clone()).or_else(|| self.below.content(path, blob))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        World::in_memory(paths.iter().map(|path| (*path, "x"))).tree
    }

    fn path(text: &str) -> SaltPath {
        SaltPath::new(text).unwrap()
    }

    #[test]
    fn below_and_names_are_by_parts() {
        let tree = tree(&["a-b", "a.sls", "a/x", "a/y/z", "a/y-z", "a0", "ab/c", "b/a/x"]);
        let check = |folder: &str, below: &[&str], names: &[&str]| {
            let folder = path(folder);
            let found: Vec<_> = tree.below(&folder).map(|(path, _)| path.as_str()).collect();
            assert_eq!(found, below, "below {folder}");
            let name = |l: Listed| if l.folder { l.name + "/" } else { l.name };
            let found: Vec<_> = tree.names(&folder).into_iter().map(name).collect();
            assert_eq!(found, names, "names in {folder}");
            assert_eq!(tree.has_folder(&folder), !below.is_empty());
        };
        check("a", &["a/x", "a/y-z", "a/y/z"], &["x", "y/", "y-z"]);
        check("a/y", &["a/y/z"], &["z"]);
        check("ab", &["ab/c"], &["c"]);
        check("a.sls", &[], &[]);
        check("none", &[], &[]);
        let all = ["a-b", "a.sls", "a/x", "a/y-z", "a/y/z", "a0", "ab/c", "b/a/x"];
        check("", &all, &["a/", "a-b", "a.sls", "a0", "ab/", "b/"]);
    }

    #[test]
    fn identity_is_by_content_not_by_history() {
        let world = World::in_memory([("a", "1"), ("b", "2")]);
        let changed = world.with(&path("a"), Some(b"3"));
        assert_ne!(world.tree.id(), changed.tree.id());
        assert_eq!(world.tree.id(), changed.with(&path("a"), Some(b"1")).tree.id());
        assert_eq!(world.tree.id(), World::in_memory([("b", "2"), ("a", "1")]).tree.id());
        assert_ne!(world.tree.id(), world.with(&path("a"), None).tree.id());
    }

    #[test]
    fn changes_are_the_same_with_and_without_a_common_history() {
        let before = [("a", "1"), ("b", "2"), ("c", "3")];
        let after = [("a", "1"), ("b", "x"), ("d", "4")];
        let shared = World::in_memory(before);
        let shared = [("b", Some("x")), ("c", None), ("d", Some("4"))]
            .iter()
            .fold(shared, |world, (file, text)| world.with(&path(file), text.map(str::as_bytes)));
        for other in [&shared, &World::in_memory(after)] {
            let there = World::in_memory(before).tree.changed(&other.tree);
            assert_eq!(there, [path("b"), path("c"), path("d")]);
            assert_eq!(other.tree.changed(&World::in_memory(before).tree), there);
        }
        let base = World::in_memory(before);
        assert_eq!(base.tree.changed(&base.with(&path("c"), None).tree), [path("c")]);
    }
}
