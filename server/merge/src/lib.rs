//! Three worlds made one, as `git merge` would, and the files that were renamed between two. Made of worlds
//! alone: nothing is ever written, nothing touched, no object, no time stamp. Knows nothing of git's API.

mod folders;
mod renames;
mod text;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use world::{BlobId, Content, ContentSource, Entry, EntryKind, SaltPath, Tree, World};

use folders::MovedFolders;
pub use renames::renames;
pub use text::Favor;

/// A merge's outcome.
#[derive(Clone)]
pub struct Merged {
    /// The merged files. Where lines conflict: ours; where one side deleted what the other changed: ours.
    pub world: World,
    /// Files at which git would ask somebody, by their paths in ours (in theirs, where ours has none), sorted.
    pub conflicts: Vec<SaltPath>,
}

/// What `git merge` makes of two worlds that parted at `base`.
#[must_use]
pub fn merge(base: &World, ours: &World, theirs: &World) -> Merged {
    merge_with(base, ours, theirs, Favor::Ours)
}

/// The same with another choice of lines where both sides changed the same ones; under [`Favor::Union`] what
/// one side deleted and the other changed stays, too.
#[must_use]
pub fn merge_with(base: &World, ours: &World, theirs: &World, favor: Favor) -> Merged {
    let work = Work {
        sides: [base, ours, theirs],
        moves: [Moves::new(base, ours), Moves::new(base, theirs)],
        favor,
        tree: ours.tree.clone(),
        arrivals: Vec::new(),
        conflicts: Vec::new(),
        fresh: FxHashMap::default(),
    };
    work.run()
}

/// Where a side has the files of the base.
struct Moves {
    to: FxHashMap<SaltPath, SaltPath>,
    /// New paths of moved files.
    arrived: FxHashSet<SaltPath>,
    folders: MovedFolders,
}

impl Moves {
    fn new(base: &World, side: &World) -> Self {
        let all = renames(base, side);
        let folders = MovedFolders::new(&all, &side.tree);
        let arrived = all.iter().map(|(_, new)| new.clone()).collect();
        Self { to: all.into_iter().collect(), arrived, folders }
    }

    fn now<'p>(&'p self, path: &'p SaltPath) -> &'p SaltPath {
        self.to.get(path).unwrap_or(path)
    }
}

/// A file's content after the merge.
enum Content3 {
    /// Settled.
    Entry(Entry),
    /// Git would ask; what stands there meanwhile.
    Conflict(Entry),
    /// A text is not to be had: nobody knows.
    Unknown,
}

struct Work<'w> {
    /// Base, ours, theirs.
    sides: [&'w World; 3],
    /// Of ours and theirs.
    moves: [Moves; 2],
    favor: Favor,
    /// Starts as ours.
    tree: Tree,
    /// Files at new paths; they come when all that goes is gone.
    arrivals: Vec<(SaltPath, Entry)>,
    conflicts: Vec<SaltPath>,
    fresh: FxHashMap<BlobId, Content>,
}

impl Work<'_> {
    fn run(mut self) -> Merged {
        let [base, ours, theirs] = self.sides;
        // What only ours changed is there already: their changes are put to it, removals first.
        let mut added = Vec::new();
        for path in base.tree.changed(&theirs.tree) {
            match base.tree.get(&path) {
                Some(before) => self.changed(&path, before),
                None if !self.moves[1].arrived.contains(&path) => added.push(path),
                None => {}
            }
        }
        for (path, entry) in std::mem::take(&mut self.arrivals) {
            self.put_or_ask(path, entry);
        }
        for path in added {
            self.added(&path);
        }
        // What ours put into a folder that theirs moved: git asks where it belongs.
        for path in base.tree.changed(&ours.tree) {
            let is_new = base.tree.get(&path).is_none() && !self.moves[0].arrived.contains(&path);
            if is_new && ours.tree.get(&path).is_some() && self.moves[1].folders.target(&path).is_some() {
                self.conflicts.push(path);
            }
        }
        self.conflicts.sort();
        self.conflicts.dedup();
        let [base, ours, theirs] = [base, ours, theirs].map(|world| world.source.clone());
        let source = MergedSource { fresh: self.fresh, below: [ours, theirs, base] };
        Merged { world: World { tree: self.tree, source: Arc::new(source) }, conflicts: self.conflicts }
    }

    /// Their change of a file of the base.
    fn changed(&mut self, path: &SaltPath, before: Entry) {
        let [_, ours, theirs] = self.sides;
        let (here, there) = (self.moves[0].now(path).clone(), self.moves[1].now(path).clone());
        let (mine, other) = (ours.tree.get(&here), theirs.tree.get(&there));
        let (moved_here, moved_there) = (here != *path, there != *path);
        match (mine, other) {
            // Their file of another content under its old name is another story, told as an addition.
            _ if moved_here && moved_there && here != there => {
                self.conflicts.push(here);
                if self.tree.get(&there).is_none() && self.favor == Favor::Union {
                    self.put(&there, other.unwrap_or(before));
                }
            }
            (None, None) => {}
            (None, Some(other)) => {
                if other != before || moved_there {
                    self.conflicts.push(there.clone());
                    if self.favor == Favor::Union {
                        self.put(&there, other);
                    }
                }
            }
            (Some(mine), None) => {
                if mine != before || moved_here {
                    self.conflicts.push(here);
                } else {
                    self.tree.remove(path);
                }
            }
            (Some(mine), Some(other)) => {
                let target = if moved_there { there } else { here.clone() };
                if let Some(stranger) = ours.tree.get(&target).filter(|_| target != here) {
                    // Ours has something of its own where they moved this to.
                    if stranger == other && mine == before {
                        self.tree.remove(&here);
                    } else {
                        self.conflicts.push(target);
                    }
                    return;
                }
                match self.content([before, mine, other], [path, &here, &target]) {
                    Content3::Entry(entry) => {
                        self.tree.remove(&here);
                        self.arrivals.push((target, entry));
                    }
                    Content3::Conflict(entry) => {
                        self.conflicts.push(here.clone());
                        self.tree.remove(&here);
                        self.arrivals.push((target, entry));
                    }
                    Content3::Unknown => {}
                }
            }
        }
    }

    /// A file that is new on their side.
    fn added(&mut self, path: &SaltPath) {
        let [_, ours, theirs] = self.sides;
        let Some(other) = theirs.tree.get(path) else { return };
        if let Some(target) = self.moves[0].folders.target(path) {
            self.conflicts.push(path.clone());
            if self.tree.get(&target).is_none() {
                self.put(&target, other);
            }
            return;
        }
        match ours.tree.get(path) {
            None => self.put_or_ask(path.clone(), other),
            Some(mine) if mine == other => {}
            Some(mine) => {
                let nothing = Entry { kind: EntryKind::File, blob: BlobId::of(b"") };
                match self.content([nothing, mine, other], [path; 3]) {
                    Content3::Entry(entry) => self.put(path, entry),
                    Content3::Conflict(entry) => {
                        self.conflicts.push(path.clone());
                        self.put(path, entry);
                    }
                    Content3::Unknown => {}
                }
            }
        }
    }

    /// Puts a file where nothing else of ours is in its way; a file where a folder is, or the other way
    /// round, is a question.
    fn put_or_ask(&mut self, path: SaltPath, entry: Entry) {
        let blocked = self.tree.get(&path).is_none()
            && (self.tree.has_folder(&path) || above(&path).any(|folder| self.tree.get(&folder).is_some()));
        if blocked {
            self.conflicts.push(path);
        } else {
            self.put(&path, entry);
        }
    }

    fn put(&mut self, path: &SaltPath, entry: Entry) {
        self.tree.insert(path.clone(), entry);
    }

    /// Three contents made one; `paths`: where they stand, for their texts.
    fn content(&mut self, [before, mine, other]: [Entry; 3], paths: [&SaltPath; 3]) -> Content3 {
        if other == before || other == mine {
            return Content3::Entry(mine);
        }
        if mine == before {
            return Content3::Entry(other);
        }
        let files = [before, mine, other].iter().all(|entry| entry.kind == EntryKind::File);
        if !files {
            let missing = [before, mine, other].iter().any(|entry| entry.kind == EntryKind::Missing);
            return if missing { Content3::Unknown } else { Content3::Conflict(mine) };
        }
        let [base, ours, theirs] = self.sides;
        let text = |world: &World, path: &SaltPath, entry: Entry| {
            if entry.blob == BlobId::of(b"") {
                Some(Content::from(&b""[..]))
            } else {
                world.source.content(path, entry.blob)
            }
        };
        let texts = (text(base, paths[0], before), text(ours, paths[1], mine), text(theirs, paths[2], other));
        let (Some(before), Some(one), Some(two)) = texts else { return Content3::Unknown };
        if text::is_binary(&before) || text::is_binary(&one) || text::is_binary(&two) {
            return Content3::Conflict(mine);
        }
        let merged = text::merge(&before, &one, &two, self.favor);
        let blob = BlobId::of(&merged.text);
        self.fresh.insert(blob, merged.text.into());
        let entry = Entry { kind: EntryKind::File, blob };
        if merged.conflict { Content3::Conflict(entry) } else { Content3::Entry(entry) }
    }
}

/// The folders that `path` lies in, the nearest first, without the root.
fn above(path: &SaltPath) -> impl Iterator<Item = SaltPath> {
    let mut folder = path.parent();
    std::iter::from_fn(move || {
        let next = (!folder.is_root()).then(|| folder.clone())?;
        folder = folder.parent();
        Some(next)
    })
}

/// Merged texts, and those of the three worlds.
struct MergedSource {
    fresh: FxHashMap<BlobId, Content>,
    below: [Arc<dyn ContentSource>; 3],
}

impl ContentSource for MergedSource {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        let fresh = self.fresh.get(&blob).cloned();
        fresh.or_else(|| self.below.iter().find_map(|source| source.content(path, blob)))
    }
}
