//! Files on disk: walking a folder without following links, hashing, and reading contents later.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{WalkBuilder, WalkState};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use world::{BlobId, Content, ContentSource, SaltPath, Tree, World};

use crate::attributes::{Conversion, is_placeholder};
use crate::links::{Node, Nodes, is_below, place};
use crate::odb::OdbSource;
use crate::recent::Recent;
use crate::{HistoryError, MAX_FILE_BYTES, Scope};

/// A longer `.gitignore` is none.
const MAX_IGNORE_BYTES: u64 = 4 << 20;

/// Files that a walk takes in before it stops.
const MAX_FILES: usize = 2_000_000;

/// What git's index remembers of a file, to tell whether it was touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Stat {
    pub size: u64,
    pub mtime: (i64, i64),
    pub ctime: (i64, i64),
    pub inode: u64,
}

impl Stat {
    #[cfg(unix)]
    pub fn of(meta: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            size: meta.len(),
            mtime: (meta.mtime(), meta.mtime_nsec()),
            ctime: (meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
        }
    }

    #[cfg(not(unix))]
    pub fn of(meta: &std::fs::Metadata) -> Self {
        let since = meta.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let mtime = since.map_or((0, 0), |d| (d.as_secs().cast_signed(), i64::from(d.subsec_nanos())));
        Self { size: meta.len(), mtime, ..Self::default() }
    }
}

/// What stands on disk at a path.
pub(crate) enum Found {
    File(Stat),
    Link(String),
}

/// What stands at `path`, which is not followed; `None`: nothing, a folder or a device.
pub(crate) fn look(path: &Path) -> Option<Found> {
    let meta = path.symlink_metadata().ok()?;
    if meta.is_file() {
        Some(Found::File(Stat::of(&meta)))
    } else if meta.is_symlink() {
        Some(Found::Link(path.read_link().ok()?.to_str()?.to_owned()))
    } else {
        None
    }
}

/// What a walk found.
#[derive(Default)]
pub(crate) struct Walked {
    /// Files and links, by path relative to the root.
    pub found: Vec<(String, Found)>,
    /// Folders that were not entered because the scope shows nothing of them.
    pub hidden: BTreeSet<String>,
}

impl Walked {
    /// Whether `path` lies in a folder that was not entered.
    pub fn hides(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        !self.hidden.is_empty() && folders.into_iter().any(|folder| self.hidden.contains(folder))
    }

    /// Whether a link leads into one of those folders, or to a folder that holds one.
    fn has_link_to_hidden(&self) -> bool {
        let links = self.found.iter().filter_map(|(path, what)| match what {
            Found::Link(text) => Some(lexical(path, text)),
            Found::File(_) => None,
        });
        links.flatten().any(|target| {
            let first_below = if target.is_empty() { String::new() } else { format!("{target}/") };
            self.hidden.contains(&target)
                || self.hides(&target)
                || self.hidden.range(first_below..).next().is_some_and(|folder| is_below(folder, &target))
        })
    }
}

/// The path that the text of the link `at` names, links on the way not followed; `None`: outside.
fn lexical(at: &str, text: &str) -> Option<String> {
    if text.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = at.split('/').collect();
    parts.pop();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// All files and links below `root` of which `scope` may show something. With `git`, ignored files and
/// other repositories (submodules) are left out; `.git` always is.
pub(crate) fn walk(root: &Path, git: bool, scope: &Scope) -> Walked {
    let walked = walk_some(root, git, Some(scope));
    // rare, and then what is behind the links is shown at their place
    if walked.has_link_to_hidden() { walk_some(root, git, None) } else { walked }
}

fn walk_some(root: &Path, git: bool, scope: Option<&Scope>) -> Walked {
    let mut walked = Walked::default();
    // folders and whether their `.gitignore` counts
    let mut open = vec![(root.to_path_buf(), git && ignores_are_plain(root))];
    while let Some((folder, ignoring)) = open.pop() {
        let barred = walk_folder(root, (&folder, ignoring), git, scope, &mut walked);
        open.extend(barred.into_iter().map(|folder| (folder, false)));
        if walked.found.len() >= MAX_FILES {
            break;
        }
    }
    walked
}

/// Whether what stands as `folder`'s `.gitignore` may be opened. git follows no link there, and what
/// is no regular file holds no patterns.
fn ignores_are_plain(folder: &Path) -> bool {
    match folder.join(".gitignore").symlink_metadata() {
        Ok(meta) => meta.is_file() && meta.len() <= MAX_IGNORE_BYTES,
        Err(_) => true,
    }
}

/// Adds the files below `folder` to `walked`; gives the folders that were not entered because their
/// `.gitignore` must not be opened.
fn walk_folder(
    root: &Path,
    (folder, ignoring): (&Path, bool),
    git: bool,
    scope: Option<&Scope>,
    walked: &mut Walked,
) -> Vec<PathBuf> {
    let found = Mutex::new(Vec::new());
    let barred = Arc::new(Mutex::new(Vec::new()));
    let hidden = Arc::new(Mutex::new(BTreeSet::new()));
    let (bar, left_out, scope, top) = (barred.clone(), hidden.clone(), scope.cloned(), root.to_path_buf());
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get().min(8));
    let nested = folder.to_path_buf();
    let walker = WalkBuilder::new(folder)
        .hidden(false)
        .ignore(false)
        .parents(false)
        .require_git(false)
        .git_ignore(ignoring)
        .git_exclude(ignoring)
        .git_global(git)
        .follow_links(false)
        .threads(threads)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let other =
                git && is_folder && entry.path() != nested && entry.path().join(".git").symlink_metadata().is_ok();
            if entry.file_name() == ".git" || other {
                return false;
            }
            let relative =
                || Some(entry.path().strip_prefix(&top).ok()?.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"));
            if let Some(scope) = scope.as_ref().filter(|_| is_folder && entry.path() != nested)
                && let Some(folder) = relative().filter(|folder| scope.hides_folder(folder))
            {
                if let Ok(mut hidden) = left_out.lock() {
                    hidden.insert(folder);
                }
                return false;
            }
            if ignoring && is_folder && entry.path() != nested && !ignores_are_plain(entry.path()) {
                if let Ok(mut bar) = bar.lock() {
                    bar.push(entry.path().to_path_buf());
                }
                return false;
            }
            true
        })
        .build_parallel();
    walker.run(|| {
        let mut batch = Batch { found: Vec::new(), all: &found };
        Box::new(move |entry| {
            let Ok(entry) = entry else { return WalkState::Continue };
            if entry.file_type().is_none_or(|kind| kind.is_dir()) {
                return WalkState::Continue;
            }
            let relative = entry.path().strip_prefix(root).ok().and_then(Path::to_str);
            if let (Some(relative), Some(what)) = (relative, look(entry.path())) {
                batch.found.push((relative.replace(std::path::MAIN_SEPARATOR, "/"), what));
            }
            if batch.found.len() >= MAX_FILES { WalkState::Quit } else { WalkState::Continue }
        })
    });
    walked.found.append(&mut found.into_inner().unwrap_or_default());
    walked.hidden.append(&mut hidden.lock().unwrap_or_else(PoisonError::into_inner));
    std::mem::take(&mut *barred.lock().unwrap_or_else(PoisonError::into_inner))
}

/// One thread's finds, handed over at its end.
struct Batch<'a> {
    found: Vec<(String, Found)>,
    all: &'a Mutex<Vec<(String, Found)>>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if let Ok(mut all) = self.all.lock() {
            all.append(&mut self.found);
        }
    }
}

/// A file whose bytes have to be hashed.
pub(crate) struct Unhashed {
    pub path: String,
    pub conversion: Conversion,
    /// The index's id of it.
    pub known: Option<BlobId>,
}

/// Hashes files below `root`, on all cores.
pub(crate) fn hash(root: &Path, files: Vec<Unhashed>) -> Nodes {
    let one = |file: Unhashed| {
        let blob = bounded(&root.join(&file.path)).map(|bytes| identify(&bytes, file.conversion, file.known));
        let unreadable = Node::Missing(file.known.unwrap_or_else(|| BlobId::of(b"")));
        (file.path, blob.map_or(unreadable, |(blob, had)| if had { Node::File(blob) } else { Node::Missing(blob) }))
    };
    if files.len() < 64 { files.into_iter().map(one).collect() } else { files.into_par_iter().map(one).collect() }
}

/// The id that git would give to a file, and whether its content is to be had. Of a file that equals
/// the index's blob either as it is or with its line ends normalised, the index's id.
pub(crate) fn identify(bytes: &[u8], conversion: Conversion, known: Option<BlobId>) -> (BlobId, bool) {
    let raw = BlobId::of(bytes);
    if conversion.filter && is_placeholder(bytes) {
        return (raw, false);
    }
    if known == Some(raw) || conversion.filter {
        return (raw, true);
    }
    let binary = bytes.iter().take(8000).any(|byte| *byte == 0);
    if !binary && let Some(plain) = without_cr(bytes) {
        let plain = BlobId::of(&plain);
        if conversion.line_ends || known == Some(plain) {
            return (plain, true);
        }
    }
    (raw, true)
}

/// `bytes` with LF for CRLF; `None` if it holds no CRLF.
fn without_cr(bytes: &[u8]) -> Option<Vec<u8>> {
    bytes.windows(2).any(|pair| pair == b"\r\n").then(|| {
        let mut plain = Vec::with_capacity(bytes.len());
        for (at, byte) in bytes.iter().enumerate() {
            if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
                plain.push(*byte);
            }
        }
        plain
    })
}

/// A regular file's bytes, unless they are too many.
pub(crate) fn bounded(path: &Path) -> Option<Vec<u8>> {
    crate::guarded::read(path, MAX_FILE_BYTES).ok()
}

/// Reads files below a root when they are asked for, and only if they still are what the tree says:
/// else the object database may have that version, else it cannot be had any more.
pub(crate) struct DiskSource {
    pub root: PathBuf,
    pub scope: Scope,
    pub behind: FxHashMap<SaltPath, String>,
    pub objects: Option<OdbSource>,
    pub recent: Recent,
}

impl ContentSource for DiskSource {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        if let Some(known) = self.recent.get(blob) {
            return Some(known);
        }
        let found = self.on_disk(path, blob).or_else(|| self.objects.as_ref()?.content(path, blob))?;
        self.recent.put(blob, &found);
        Some(found)
    }
}

impl DiskSource {
    fn on_disk(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        let relative = self.behind.get(path).cloned().unwrap_or_else(|| self.scope.in_repository(path));
        let file = self.root.join(relative);
        // a folder may have become a link since the walk
        let folders = file.ancestors().skip(1).take_while(|folder| folder.as_os_str() != self.root.as_os_str());
        for folder in folders {
            if !folder.symlink_metadata().ok()?.is_dir() {
                return None;
            }
        }
        let bytes = bounded(&file)?;
        if BlobId::of(&bytes) == blob {
            return Some(bytes.into());
        }
        without_cr(&bytes).filter(|plain| BlobId::of(plain) == blob).map(Into::into)
    }
}

/// The files of a folder without git, within `scope` (its mount is relative to `folder`). Nothing is
/// ignored but `.git` folders and what `scope` skips.
///
/// # Errors
/// `folder` cannot be read.
pub fn folder_world(folder: &Path, scope: &Scope, like: Option<&Tree>) -> Result<World, HistoryError> {
    let failed = |source| HistoryError::Io { path: folder.to_path_buf(), source };
    let root = folder.canonicalize().map_err(failed)?;
    std::fs::read_dir(&root).map_err(failed)?;
    let mut nodes = Nodes::new();
    let mut unhashed = Vec::new();
    for (path, found) in walk(&root, false, scope).found {
        match found {
            Found::File(_) => unhashed.push(Unhashed { path, conversion: Conversion::default(), known: None }),
            Found::Link(text) => drop(nodes.insert(path, Node::Link(text))),
        }
    }
    nodes.append(&mut hash(&root, unhashed));
    let placed = place(&nodes, scope, like);
    let source =
        DiskSource { root, scope: scope.clone(), behind: placed.behind, objects: None, recent: Recent::default() };
    Ok(World { tree: placed.tree, source: Arc::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_folders_are_not_entered() {
        let folder = tempfile::tempdir().unwrap();
        for file in
            ["web/init.sls", "vendor/a/x.sls", "vendor/b/y.sls", "node/z.sls", "salt/web/a.sls", "salt/old/b.sls"]
        {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let walked = |mount: &str, skip: &[&str]| {
            let skip: Vec<String> = skip.iter().map(|glob| (*glob).to_owned()).collect();
            let scope = Scope::new(SaltPath::new(mount).unwrap(), &skip).unwrap();
            let walked = walk(folder.path(), false, &scope);
            let mut found: Vec<String> = walked.found.into_iter().map(|(path, _)| path).collect();
            found.sort();
            (found.join(" "), walked.hidden.into_iter().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(
            walked("", &["vendor/", "node", "salt/"]),
            ("web/init.sls".to_owned(), "node salt vendor".to_owned())
        );
        assert_eq!(walked("salt", &["old"]), ("salt/web/a.sls".to_owned(), "node salt/old vendor web".to_owned()));
    }

    #[test]
    fn the_text_of_a_link_names_a_path() {
        for (at, text, expected) in [
            ("a/b", "../c/./d/", Some("c/d")),
            ("a", "b", Some("b")),
            ("a/b", "..", Some("")),
            ("a", "../x", None),
            ("a", "/etc", None),
        ] {
            assert_eq!(lexical(at, text).as_deref(), expected, "{at} → {text}");
        }
    }
}
