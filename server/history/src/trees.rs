//! Worlds of commits.

use std::sync::Arc;

use world::{BlobId, Entry, EntryKind, Tree, World};

use crate::attributes::Attributes;
use crate::links::{Node, Nodes, place};
use crate::odb::{OdbSource, read};
use crate::{CommitId, HistoryError, Repository, Scope};

/// Folders within folders that are read.
const MAX_DEPTH: usize = 128;
/// Entries of one commit that are read. Trees may be shared, so that a small repository shows any number of files.
const MAX_ENTRIES: usize = 1_000_000;

impl Repository {
    /// The files of `commit` within `scope`. Links inside the repository are resolved, submodules
    /// left out; what a filter (git-crypt, LFS) stores and what a partial clone lacks is `Missing`.
    /// What equals `like` (another world's tree of this scope) is shared with it.
    ///
    /// # Errors
    /// There is no such commit, or its trees are missing.
    pub fn world_at(&self, commit: CommitId, scope: &Scope, like: Option<&Tree>) -> Result<World, HistoryError> {
        let (tree, plain) = self.with(|git| {
            let nodes = nodes_of(git, commit)?;
            let plain = nodes.values().all(|node| matches!(node, Node::File(_))) && !crate::state::is_partial(git);
            Ok::<_, HistoryError>((place(&nodes, scope, like).tree, plain && !has_attributes(&nodes)))
        })??;
        if plain {
            self.note_plain(commit);
        }
        Ok(World { tree, source: Arc::new(OdbSource(self.clone())) })
    }

    /// As [`Repository::world_at`], beside the world of another commit that was read with the same
    /// scope: where neither has links or attributes, only their difference is looked at.
    ///
    /// # Errors
    /// As [`Repository::world_at`].
    pub fn world_beside(
        &self,
        commit: CommitId,
        scope: &Scope,
        known: (CommitId, &World),
    ) -> Result<World, HistoryError> {
        let (other, world) = known;
        if self.is_plain(other)
            && let Some(tree) = self.with(|git| patched(git, (other, &world.tree), commit, scope))?
        {
            self.note_plain(commit);
            return Ok(World { tree, source: Arc::new(OdbSource(self.clone())) });
        }
        self.world_at(commit, scope, Some(&world.tree))
    }
}

/// The tree of `commit`, made of that of `known`; `None`: that is not enough to know.
fn patched(git: &git2::Repository, known: (CommitId, &Tree), commit: CommitId, scope: &Scope) -> Option<Tree> {
    let tree_of = |id: CommitId| git.find_commit(id.oid()?).ok()?.tree().ok();
    let (before, after) = (tree_of(known.0)?, tree_of(commit)?);
    let mut options = git2::DiffOptions::new();
    options.skip_binary_check(true).include_typechange(true);
    let diff = git.diff_tree_to_tree(Some(&before), Some(&after), Some(&mut options)).ok()?;
    let mut tree = known.1.clone();
    for delta in diff.deltas() {
        let (old, new) = (delta.old_file(), delta.new_file());
        for (file, gone) in [(old, true), (new, false)] {
            if !file.exists() {
                continue;
            }
            let path = file.path_bytes().and_then(|path| std::str::from_utf8(path).ok())?;
            let is_file = matches!(file.mode(), git2::FileMode::Blob | git2::FileMode::BlobExecutable);
            if !is_file || is_attributes(path) || !path.split('/').all(is_name) {
                return None;
            }
            let Some(path) = scope.place(path) else { continue };
            if gone {
                tree.remove(&path);
            } else {
                let blob = BlobId::from_bytes(file.id().as_bytes())?;
                tree.insert(path, Entry { kind: EntryKind::File, blob });
            }
        }
    }
    Some(tree)
}

fn is_attributes(path: &str) -> bool {
    path.rsplit('/').next() == Some(".gitattributes")
}

fn has_attributes(nodes: &Nodes) -> bool {
    nodes.keys().any(|path| is_attributes(path))
}

/// All entries of `commit`.
pub(crate) fn nodes_of(git: &git2::Repository, commit: CommitId) -> Result<Nodes, HistoryError> {
    let missing = || HistoryError::NoSuchRevision(commit.to_string());
    let id = commit.oid().ok_or_else(missing)?;
    let failed = || HistoryError::git("read a commit's files");
    let tree = git.find_commit(id).and_then(|commit| commit.tree()).map_err(failed())?;
    let mut nodes = Nodes::new();
    let mut left = MAX_ENTRIES;
    collect(git, &tree, ("", 0), &mut left, &mut nodes).map_err(failed())?;
    if left == 0 {
        return Err(HistoryError::TooManyFiles { commit: commit.to_string(), most: MAX_ENTRIES });
    }
    mark(git, &mut nodes);
    Ok(nodes)
}

fn collect(
    git: &git2::Repository,
    tree: &git2::Tree<'_>,
    (folder, depth): (&str, usize),
    left: &mut usize,
    nodes: &mut Nodes,
) -> Result<(), git2::Error> {
    for entry in tree {
        *left = left.saturating_sub(1);
        if *left == 0 {
            break;
        }
        // a name that is no UTF-8 is no SLS; `..` and `a/b` occur in malicious trees only
        let Ok(name) = entry.name() else { continue };
        if !is_name(name) {
            continue;
        }
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        if entry.kind() == Some(git2::ObjectType::Tree) {
            if depth < MAX_DEPTH {
                collect(git, &git.find_tree(entry.id())?, (&path, depth + 1), left, nodes)?;
            }
        } else if let Some(node) = node_of(git, entry.id(), entry.filemode().unsigned_abs()) {
            nodes.insert(path, node);
        }
    }
    Ok(())
}

/// Whether `name` may stand in a folder.
pub(crate) fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']) && !name.eq_ignore_ascii_case(".git")
}

/// The node of a tree's or an index's entry; `None` for submodules.
pub(crate) fn node_of(git: &git2::Repository, id: git2::Oid, mode: u32) -> Option<Node> {
    let blob = BlobId::from_bytes(id.as_bytes())?;
    match mode & 0o170_000 {
        0o120_000 => match read(git, blob) {
            Some(text) => Some(Node::Link(String::from_utf8_lossy(&text).into_owned())),
            None => Some(Node::Missing(blob)),
        },
        0o100_000 => Some(Node::File(blob)),
        _ => None,
    }
}

/// Marks what cannot be had: stored by a filter, or never fetched.
pub(crate) fn mark(git: &git2::Repository, nodes: &mut Nodes) {
    let mut attributes = Attributes::new(false);
    let files = nodes.iter().filter(|(path, _)| is_attributes(path));
    let mut files: Vec<(&str, BlobId)> = files
        .filter_map(|(path, node)| match node {
            Node::File(blob) => Some((path.rsplit_once('/').map_or("", |(folder, _)| folder), *blob)),
            _ => None,
        })
        .collect();
    files.sort_by_key(|(folder, _)| if folder.is_empty() { 0 } else { folder.matches('/').count() + 1 });
    for (folder, blob) in files {
        if let Some(text) = read(git, blob) {
            attributes.add(folder, &String::from_utf8_lossy(&text));
        }
    }
    let filters = attributes.has_filters();
    let partial = crate::state::is_partial(git);
    if !filters && !partial {
        return;
    }
    let odb = git.odb().ok();
    let lacks = |blob: &BlobId| {
        let id = git2::Oid::from_bytes(blob.as_bytes());
        // no refresh of the packs per object: a partial clone lacks thousands
        let quick = git2::OdbLookupFlags::NO_REFRESH;
        matches!((&odb, id), (Some(odb), Ok(id)) if !odb.exists_ext(id, quick))
    };
    for (path, node) in nodes.iter_mut() {
        if let Node::File(blob) = node
            && ((filters && attributes.of(path).filter) || (partial && lacks(blob)))
        {
            *node = Node::Missing(*blob);
        }
    }
}
