//! The merge in memory: what `git merge` would give, without writing anything into the repository.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use world::{BlobId, Content, ContentSource, EntryKind, SaltPath, Tree, World};

use crate::links::{Node, Nodes, place};
use crate::odb::{OdbSource, read};
use crate::trees::{mark, node_of, nodes_of, placed};
use crate::{CommitId, HistoryError, Repository, Scope};

/// Pairs of files that rename detection compares by content before it keeps to equal content.
const RENAME_LIMIT: u32 = 200;
/// Merge bases that are merged with the first one.
const MAX_BASES: usize = 8;
/// In front of the loose (1) and packed (2) objects: everything new goes to memory.
const MEMPACK_PRIORITY: i32 = 1000;

/// What is merged into.
#[derive(Clone, Copy)]
pub enum Ours<'a> {
    /// A commit.
    Commit(CommitId),
    /// A working copy, with unsaved buffers or not, on top of the commit `head`.
    World {
        /// HEAD's commit.
        head: CommitId,
        /// The files, read with the scope that is given to the merge.
        world: &'a World,
    },
}

/// A merge's outcome.
#[derive(Clone)]
pub struct Merged {
    /// The merged files. At a conflict: ours.
    pub world: World,
    /// Files that conflict in text or by deletion, sorted.
    pub conflicts: Vec<SaltPath>,
}

impl Repository {
    /// Merges `theirs` into `ours`, as `git merge` would. Several merge bases are merged first, as
    /// git does.
    ///
    /// # Errors
    /// A commit or its trees are missing.
    pub fn merge(&self, ours: Ours<'_>, theirs: CommitId, scope: &Scope) -> Result<Merged, HistoryError> {
        // A handle of its own: the mempack stays with it and goes with it.
        let git = self.open_handle()?;
        let failed = || HistoryError::git("merge in memory");
        let odb = git.odb().map_err(failed())?;
        let _mempack = odb.add_new_mempack_backend(MEMPACK_PRIORITY).map_err(failed())?;
        let (head, like) = match ours {
            Ours::Commit(commit) => (commit, None),
            Ours::World { head, world } => (head, Some(&world.tree)),
        };
        let head_nodes = nodes_of(&git, head)?;
        let (index, kept) = merged_index(&git, ours, theirs, scope, Some(&head_nodes))?;
        let conflicts = conflicts_of(&index, scope).map_err(failed())?;
        let mut nodes = nodes_of_index(&git, &index).map_err(failed())?;
        let their_nodes = nodes_of(&git, theirs)?;
        let fresh = fresh(&git, &nodes, &[&head_nodes, &their_nodes]);
        mark(&git, &mut nodes);
        let tree = place(&nodes, scope, like).tree;
        let below = OdbSource(self.clone());
        let tree = if let Ours::World { world, .. } = ours { keep_ours(tree, world, kept) } else { tree };
        let source = MergedSource { fresh, ours: like_source(ours), below };
        Ok(Merged { world: World { tree, source: Arc::new(source) }, conflicts })
    }

    /// The files at which [`Repository::merge`] conflicts, sorted; quicker than the whole merge.
    ///
    /// # Errors
    /// A commit or its trees are missing.
    pub fn conflicts(&self, ours: Ours<'_>, theirs: CommitId, scope: &Scope) -> Result<Vec<SaltPath>, HistoryError> {
        let git = self.open_handle()?;
        let failed = || HistoryError::git("merge in memory");
        let odb = git.odb().map_err(failed())?;
        let _mempack = odb.add_new_mempack_backend(MEMPACK_PRIORITY).map_err(failed())?;
        let (index, _) = merged_index(&git, ours, theirs, scope, None)?;
        conflicts_of(&index, scope).map_err(failed())
    }
}

/// The merged index, and the paths of ours that could not be put into it. `head_nodes`: those of ours'
/// commit, if they are known.
fn merged_index(
    git: &git2::Repository,
    ours: Ours<'_>,
    theirs: CommitId,
    scope: &Scope,
    head_nodes: Option<&Nodes>,
) -> Result<(git2::Index, Vec<SaltPath>), HistoryError> {
    let failed = || HistoryError::git("merge in memory");
    let commit = |id: CommitId| {
        let id = id.oid().ok_or_else(|| HistoryError::NoSuchRevision(id.to_string()))?;
        git.find_commit(id).map_err(failed())
    };
    let (our_commit, kept) = match ours {
        Ours::Commit(head) => (commit(head)?, Vec::new()),
        Ours::World { head, world } => {
            let read;
            let nodes = match head_nodes {
                Some(nodes) => nodes,
                None => {
                    read = nodes_of(git, head)?;
                    &read
                }
            };
            commit_world(git, &commit(head)?, nodes, world, scope).map_err(failed())?
        }
    };
    let mut options = git2::MergeOptions::new();
    options.target_limit(RENAME_LIMIT);
    let index = git.merge_commits(&our_commit, &commit(theirs)?, Some(&options)).map_err(failed())?;
    Ok((index, kept))
}

impl Repository {
    /// What `ours` and `theirs` parted from, for several merge bases: their merge, as git makes one, but
    /// with both texts where they conflict. So what any of them has is in it, unless another one took
    /// it away.
    ///
    /// # Errors
    /// A commit or its trees are missing.
    pub fn base_world(&self, bases: &[CommitId], scope: &Scope, like: Option<&Tree>) -> Result<World, HistoryError> {
        let (first, others) = match bases {
            [] => return Err(HistoryError::Unborn),
            [only] => return self.world_at(*only, scope, like),
            [first, others @ ..] => (*first, others),
        };
        let git = self.open_handle()?;
        let failed = || HistoryError::git("merge the merge bases in memory");
        let odb = git.odb().map_err(failed())?;
        let _mempack = odb.add_new_mempack_backend(MEMPACK_PRIORITY).map_err(failed())?;
        let merged = merge_all(&git, first, others).map_err(failed())?;
        let mut nodes = nodes_of(&git, merged)?;
        let known = bases.iter().take(MAX_BASES).map(|base| nodes_of(&git, *base)).collect::<Result<Vec<_>, _>>()?;
        let fresh = fresh(&git, &nodes, &known.iter().collect::<Vec<_>>());
        mark(&git, &mut nodes);
        let tree = place(&nodes, scope, like).tree;
        let source = MergedSource { fresh, ours: None, below: OdbSource(self.clone()) };
        Ok(World { tree, source: Arc::new(source) })
    }
}

/// A commit, in memory, that merges `first` with all of `others`.
fn merge_all(git: &git2::Repository, first: CommitId, others: &[CommitId]) -> Result<CommitId, git2::Error> {
    let find = |id: CommitId| match id.oid() {
        Some(id) => git.find_commit(id),
        None => Err(git2::Error::from_str("no such commit")),
    };
    let mut options = git2::MergeOptions::new();
    options.target_limit(RENAME_LIMIT).file_favor(git2::FileFavor::Union);
    let mut merged = find(first)?;
    for other in others.iter().take(MAX_BASES) {
        let other = find(*other)?;
        let mut index = git.merge_commits(&merged, &other, Some(&options))?;
        keep_either(&mut index)?;
        let tree = git.find_tree(index.write_tree_to(git)?)?;
        let who = git2::Signature::new("saltflow", "saltflow@localhost", &git2::Time::new(0, 0))?;
        merged = git.find_commit(git.commit(None, &who, &who, "merge bases", &tree, &[&merged, &other])?)?;
    }
    Ok(merged.id().into())
}

/// Settles what still conflicts (deleted on one side, or a file against a folder): what there is stands.
fn keep_either(index: &mut git2::Index) -> Result<(), git2::Error> {
    if !index.has_conflicts() {
        return Ok(());
    }
    let conflicts: Vec<_> = index.conflicts()?.collect::<Result<_, _>>()?;
    for conflict in conflicts {
        let sides = [&conflict.our, &conflict.their, &conflict.ancestor];
        if let Some(named) = sides.into_iter().flatten().next() {
            index.conflict_remove(std::path::Path::new(&*String::from_utf8_lossy(&named.path)))?;
        }
        if let Some(mut entry) = conflict.our.or(conflict.their) {
            // no stage: settled
            entry.flags &= !(3 << 12);
            // a file where a folder is now cannot stand beside it
            drop(index.add(&entry));
        }
    }
    Ok(())
}

fn like_source(ours: Ours<'_>) -> Option<Arc<dyn ContentSource>> {
    match ours {
        Ours::Commit(_) => None,
        Ours::World { world, .. } => Some(world.source.clone()),
    }
}

/// Where the merge cannot know, ours stand as they are: at `kept`, and where a filter seals in the
/// repository what is readable on disk.
fn keep_ours(mut tree: Tree, ours: &World, kept: Vec<SaltPath>) -> Tree {
    let sealed = tree.iter().filter(|(_, entry)| entry.kind == EntryKind::Missing).map(|(path, _)| path.clone());
    for path in sealed.chain(kept).collect::<Vec<_>>() {
        if let Some(entry) = ours.tree.get(&path) {
            tree.insert(path, entry);
        }
    }
    tree
}

/// A commit, in memory, of `world`'s differences from `head`, and the paths that could not be put
/// into it.
fn commit_world<'g>(
    git: &'g git2::Repository,
    head: &git2::Commit<'g>,
    head_nodes: &Nodes,
    world: &World,
    scope: &Scope,
) -> Result<(git2::Commit<'g>, Vec<SaltPath>), git2::Error> {
    let mut kept = Vec::new();
    let before = place(head_nodes, scope, Some(&world.tree)).tree;
    let mut update = git2::build::TreeUpdateBuilder::new();
    let mut changed = false;
    for path in before.changed(&world.tree) {
        let full = scope.in_repository(&path);
        let was = before.get(&path);
        // what lies behind a link has no slot of its own; what is sealed has no comparable bytes
        if behind_link(head_nodes, &full) || was.is_some_and(|entry| entry.kind == EntryKind::Missing) {
            continue;
        }
        match world.tree.get(&path) {
            Some(entry) if entry.kind == EntryKind::File => {
                let content = world.source.content(&path, entry.blob);
                let Some(content) = content.filter(|_| !under_file(head_nodes, &full)) else {
                    kept.push(path);
                    continue;
                };
                update.upsert(full.as_str(), git.blob(&content)?, git2::FileMode::Blob);
                changed = true;
            }
            None if head_nodes.contains_key(&full) => {
                update.remove(full.as_str());
                changed = true;
            }
            _ => {}
        }
    }
    if !changed {
        return Ok((head.clone(), kept));
    }
    let tree = git.find_tree(update.create_updated(git, &head.tree()?)?)?;
    let who = git2::Signature::new("saltflow", "saltflow@localhost", &git2::Time::new(0, 0))?;
    let id = git.commit(None, &who, &who, "working copy", &tree, &[head])?;
    Ok((git.find_commit(id)?, kept))
}

/// Whether `path` or a folder above it is a link.
fn behind_link(nodes: &Nodes, path: &str) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.into_iter().any(|end| matches!(nodes.get(&path[..end]), Some(Node::Link(_))))
}

/// Whether a folder above `path` is a file in `nodes`: a file that became a folder.
fn under_file(nodes: &Nodes, path: &str) -> bool {
    path.match_indices('/').any(|(at, _)| nodes.contains_key(&path[..at]))
}

/// The entries of a merged index; at a conflict, ours.
fn nodes_of_index(git: &git2::Repository, index: &git2::Index) -> Result<Nodes, git2::Error> {
    let mut nodes = Nodes::new();
    let mut add = |entry: &git2::IndexEntry| {
        if let Ok(path) = std::str::from_utf8(&entry.path)
            && let Some(node) = node_of(git, entry.id, entry.mode)
        {
            nodes.insert(path.to_owned(), node);
        }
    };
    index.iter().filter(|entry| (entry.flags >> 12) & 3 == 0).for_each(|entry| add(&entry));
    if index.has_conflicts() {
        for conflict in index.conflicts()? {
            conflict?.our.iter().for_each(&mut add);
        }
    }
    Ok(nodes)
}

fn conflicts_of(index: &git2::Index, scope: &Scope) -> Result<Vec<SaltPath>, git2::Error> {
    let mut conflicts = Vec::new();
    if index.has_conflicts() {
        for conflict in index.conflicts()? {
            let conflict = conflict?;
            let named = conflict.our.as_ref().or(conflict.their.as_ref()).or(conflict.ancestor.as_ref());
            conflicts.extend(named.and_then(|entry| placed(scope, &entry.path)));
        }
    }
    conflicts.sort();
    conflicts.dedup();
    Ok(conflicts)
}

/// Contents that exist in memory only: merged files and what the working copy changed.
fn fresh(git: &git2::Repository, nodes: &Nodes, known: &[&Nodes]) -> FxHashMap<BlobId, Content> {
    let blobs = |nodes: &Nodes| -> Vec<BlobId> {
        let of = |node: &Node| match node {
            Node::File(blob) | Node::Missing(blob) => Some(*blob),
            Node::Link(_) => None,
        };
        nodes.values().filter_map(of).collect()
    };
    let known: FxHashSet<BlobId> = known.iter().copied().flat_map(blobs).collect();
    let new = blobs(nodes).into_iter().filter(|blob| !known.contains(blob));
    new.filter_map(|blob| Some((blob, read(git, blob)?))).collect()
}

struct MergedSource {
    fresh: FxHashMap<BlobId, Content>,
    ours: Option<Arc<dyn ContentSource>>,
    below: OdbSource,
}

impl ContentSource for MergedSource {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        if let Some(content) = self.fresh.get(&blob) {
            return Some(content.clone());
        }
        self.below.content(path, blob).or_else(|| self.ours.as_ref()?.content(path, blob))
    }
}
