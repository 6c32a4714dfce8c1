//! The working copy as a world: what is on disk, with git's index telling which files need no
//! hashing.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use world::{BlobId, Tree, World};

use crate::attributes::{Attributes, Conversion};
use crate::disk::{DiskSource, Found, Stat, Unhashed, bounded, hash, look, walk};
use crate::links::{Node, Nodes, place};
use crate::odb::OdbSource;
use crate::recent::Recent;
use crate::{Head, HistoryError, Repository, Scope};

/// What the index says of a file.
#[derive(Clone, Copy)]
struct Indexed {
    blob: BlobId,
    stat: Stat,
    /// Outside a sparse checkout.
    skipped: bool,
    /// Touched in the same instant as the index was written: its stat proves nothing.
    racy: bool,
}

impl Indexed {
    /// Whether the file was not touched since the index noted it. Fields that the index has not are
    /// zero and don't count.
    fn is_fresh(&self, now: &Stat) -> bool {
        let same_time = |noted: (i64, i64), now: (i64, i64)| {
            (noted.0 == 0 || noted.0 == now.0) && (noted.1 == 0 || noted.1 == now.1)
        };
        !self.racy
            && self.stat.size == now.size & 0xffff_ffff
            && self.stat.mtime.0 != 0
            && same_time(self.stat.mtime, now.mtime)
            && same_time(self.stat.ctime, now.ctime)
            && (self.stat.inode == 0 || self.stat.inode == now.inode & 0xffff_ffff)
    }
}

type Index = FxHashMap<String, Indexed>;

impl Repository {
    /// The files on disk within `scope`: tracked ones, and untracked ones that are not ignored. A
    /// tracked file outside a sparse checkout counts as unchanged. Contents are read when asked for.
    /// What equals `like` is shared with it.
    ///
    /// # Errors
    /// The repository is bare.
    pub fn working_world(&self, scope: &Scope, like: Option<&Tree>) -> Result<World, HistoryError> {
        let root = self.workdir().ok_or_else(|| HistoryError::Bare(self.git_dir().to_path_buf()))?.to_path_buf();
        let index = self.with(|git| (read_index(git), user_attributes(git)))?;
        let (index, mut attributes) = index;
        let walked = walk(&root, true, scope);
        let mut nodes = Nodes::new();
        let mut files: FxHashMap<String, Stat> = FxHashMap::default();
        for (path, what) in &walked.found {
            match what {
                Found::File(stat) => drop(files.insert(path.clone(), *stat)),
                Found::Link(text) => drop(nodes.insert(path.clone(), Node::Link(text.clone()))),
            }
        }
        let index = match index {
            Some(index) => index,
            // libgit2 cannot read a sparse index: what HEAD has in folders that are not there stands
            None => self.outside_cone(&root)?,
        };
        for (path, entry) in &index {
            if files.contains_key(path) || nodes.contains_key(path) || walked.hides(path) {
                continue;
            }
            // tracked though ignored, or not checked out
            match look_inside(&root, path) {
                Some(Found::File(stat)) => drop(files.insert(path.clone(), stat)),
                Some(Found::Link(text)) => drop(nodes.insert(path.clone(), Node::Link(text))),
                None if entry.skipped => drop(nodes.insert(path.clone(), Node::File(entry.blob))),
                None => {}
            }
        }
        self.add_attributes(&root, &files, &mut attributes);
        let mut unhashed = Vec::new();
        for (path, stat) in files {
            let conversion = if attributes.is_empty() { Conversion::default() } else { attributes.of(&path) };
            let entry = index.get(&path);
            match entry {
                Some(entry) if !conversion.any() && entry.is_fresh(&stat) => {
                    nodes.insert(path, Node::File(entry.blob));
                }
                _ => unhashed.push(Unhashed { known: entry.map(|entry| entry.blob), path, conversion }),
            }
        }
        nodes.append(&mut hash(&root, unhashed));
        let placed = place(&nodes, scope, like);
        let objects = Some(OdbSource(self.clone()));
        let source =
            DiskSource { root, scope: scope.clone(), behind: placed.behind, objects, recent: Recent::default() };
        Ok(World { tree: placed.tree, source: Arc::new(source) })
    }

    /// Adds the working copy's `.gitattributes` from the root downwards, then `info/attributes`.
    fn add_attributes(&self, root: &Path, files: &FxHashMap<String, Stat>, attributes: &mut Attributes) {
        let named = files.keys().filter(|path| path.rsplit('/').next() == Some(".gitattributes"));
        let mut named: Vec<&String> = named.collect();
        named.sort_by_key(|path| (path.matches('/').count(), (*path).clone()));
        for path in named {
            if let Some(text) = bounded(&root.join(path)) {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                attributes.add(folder, &String::from_utf8_lossy(&text));
            }
        }
        if let Some(text) = bounded(&self.common_dir().join("info/attributes")) {
            attributes.add("", &String::from_utf8_lossy(&text));
        }
    }

    /// HEAD's files below folders that are not on disk, if the checkout is sparse.
    fn outside_cone(&self, root: &Path) -> Result<Index, HistoryError> {
        let head = match self.head()? {
            Head::Branch(_, commit) | Head::Detached(commit) => commit,
            Head::Unborn(_) => return Ok(Index::default()),
        };
        let nodes = self.with(|git| {
            let sparse = git.config().and_then(|config| config.get_bool("core.sparseCheckout")).unwrap_or(false);
            if sparse { crate::trees::nodes_of(git, head) } else { Ok(Nodes::new()) }
        })??;
        let mut there: FxHashMap<String, bool> = FxHashMap::default();
        let mut index = Index::default();
        for (path, node) in nodes {
            let (Some((folder, _)), Node::File(blob)) = (path.rsplit_once('/'), node) else { continue };
            if !*there.entry(folder.to_owned()).or_insert_with(|| root.join(folder).symlink_metadata().is_ok()) {
                index.insert(path, Indexed { blob, stat: Stat::default(), skipped: true, racy: true });
            }
        }
        Ok(index)
    }
}

/// [`look`], unless a folder on the way is a link.
pub(crate) fn look_inside(root: &Path, path: &str) -> Option<Found> {
    let mut at = root.to_path_buf();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        at.push(part);
        if !at.symlink_metadata().ok()?.is_dir() {
            return None;
        }
    }
    look(&at.join(name))
}

/// The index; `None` if libgit2 cannot read it.
fn read_index(git: &git2::Repository) -> Option<Index> {
    /// `CE_EXTENDED`'s skip-worktree bit in the second flag word.
    const SKIP_WORKTREE: u16 = 1 << 14;
    let mut index = git.index().ok()?;
    index.read(false).ok()?;
    let written = index.path().and_then(|path| path.metadata().ok()).map(|meta| Stat::of(&meta).mtime);
    let mut read = Index::default();
    for entry in index.iter() {
        let stage = (entry.flags >> 12) & 3;
        let (Ok(path), Some(blob)) = (String::from_utf8(entry.path), BlobId::from_bytes(entry.id.as_bytes())) else {
            continue;
        };
        // of a conflict only "ours" helps; its stat is zero, so the file is hashed
        if entry.mode & 0o170_000 != 0o100_000 || !matches!(stage, 0 | 2) {
            continue;
        }
        let time = |time: git2::IndexTime| (i64::from(time.seconds()), i64::from(time.nanoseconds()));
        let stat = Stat {
            size: u64::from(entry.file_size),
            mtime: time(entry.mtime),
            ctime: time(entry.ctime),
            inode: u64::from(entry.ino),
        };
        // an index or a file without nanoseconds: the whole second is suspect
        let racy = written.is_none_or(|written| {
            stat.mtime >= written || (stat.mtime.0 >= written.0 && (stat.mtime.1 == 0 || written.1 == 0))
        });
        let skipped = entry.flags_extended & SKIP_WORKTREE != 0;
        read.insert(path, Indexed { blob, stat, skipped, racy });
    }
    Some(read)
}

/// `core.autocrlf` and the user's own attributes file.
pub(crate) fn user_attributes(git: &git2::Repository) -> Attributes {
    let config = git.config().and_then(|mut config| config.snapshot());
    let Ok(config) = config else { return Attributes::new(false) };
    let autocrlf = config.get_string("core.autocrlf").unwrap_or_default().to_ascii_lowercase();
    let mut attributes = Attributes::new(matches!(autocrlf.as_str(), "true" | "input" | "1" | "yes" | "on"));
    if let Ok(path) = config.get_path("core.attributesFile")
        && let Some(text) = path.canonicalize().ok().and_then(|path| bounded(&path))
    {
        attributes.add("", &String::from_utf8_lossy(&text));
    }
    attributes
}
