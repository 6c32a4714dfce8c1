//! A working copy's world after some files changed on disk, without walking all of it.

use world::{BlobId, Entry, EntryKind, SaltPath, World};

use crate::attributes::Attributes;
use crate::disk::{Found, Unhashed, hash};
use crate::links::Node;
use crate::working::{look_inside, user_attributes};
use crate::{HistoryError, Repository, Scope};

impl Repository {
    /// `world` (of [`Repository::working_world`] with the same `scope`) with the slots of `paths`
    /// as they are on disk now; folders may be among them. `None`: what changed may affect other
    /// files, too (ignore rules, attributes, links, a new folder), so read the working copy anew.
    ///
    /// # Errors
    /// The repository is bare.
    pub fn reread(&self, world: &World, scope: &Scope, paths: &[SaltPath]) -> Result<Option<World>, HistoryError> {
        let root = self.workdir().ok_or_else(|| HistoryError::Bare(self.git_dir().to_path_buf()))?;
        let (has_links, mut attributes) = self.with(|git| (tracks_links(git), user_attributes(git)))?;
        // rules outside the scope's folder are not in the world: then only a walk knows them all
        if has_links || !scope.mount().is_root() && attributes_above(root, scope) {
            return Ok(None);
        }
        add_attributes(world, scope, &mut attributes);
        if let Some(text) = crate::disk::bounded(&self.common_dir().join("info/attributes")) {
            attributes.add("", &String::from_utf8_lossy(&text));
        }
        let mut next = world.clone();
        let mut unhashed = Vec::new();
        for path in paths {
            if matches!(path.name(), ".gitignore" | ".gitattributes" | ".gitmodules") {
                return Ok(None);
            }
            let full = scope.in_repository(path);
            if scope.place(&full).is_none() || full.split('/').any(|part| part == ".git") {
                continue;
            }
            let known = next.tree.get(path);
            match look_inside(root, &full) {
                Some(Found::Link(_)) => return Ok(None),
                Some(Found::File(_)) => {
                    let is_ignored = || self.with(|git| git.is_path_ignored(&full).unwrap_or(false));
                    if known.is_none() && is_ignored()? {
                        continue;
                    }
                    let (conversion, known) = (attributes.of(&full), self.with(|git| indexed(git, &full))?);
                    unhashed.push(Unhashed { path: full, conversion, known });
                }
                None if root.join(&full).symlink_metadata().is_ok() => return Ok(None),
                None => {
                    let below: Vec<SaltPath> = next.tree.below(path).map(|(path, _)| path.clone()).collect();
                    below.iter().chain([path]).for_each(|path| next.tree.remove(path));
                }
            }
        }
        for (full, node) in hash(root, unhashed) {
            let entry = match node {
                Node::File(blob) => Entry { kind: EntryKind::File, blob },
                Node::Missing(blob) => Entry { kind: EntryKind::Missing, blob },
                Node::Link(_) => return Ok(None),
            };
            if let Some(path) = scope.place(&full)
                && next.tree.get(&path) != Some(entry)
            {
                next.tree.insert(path, entry);
            }
        }
        Ok(Some(next))
    }
}

/// The index's id of `path`.
fn indexed(git: &git2::Repository, path: &str) -> Option<BlobId> {
    let entry = git.index().ok()?.get_path(std::path::Path::new(path), 0)?;
    BlobId::from_bytes(entry.id.as_bytes())
}

/// Whether the index holds a link: one file may then stand at several paths.
fn tracks_links(git: &git2::Repository) -> bool {
    let Ok(mut index) = git.index() else { return true };
    index.read(false).is_err() || index.iter().any(|entry| entry.mode == 0o120_000)
}

/// Whether a folder above the scope's has attribute rules.
fn attributes_above(root: &std::path::Path, scope: &Scope) -> bool {
    let mut folder = scope.mount().clone();
    while !folder.is_root() {
        folder = folder.parent();
        if root.join(folder.as_str()).join(".gitattributes").symlink_metadata().is_ok() {
            return true;
        }
    }
    false
}

fn add_attributes(world: &World, scope: &Scope, attributes: &mut Attributes) {
    let named = world.tree.iter().filter(|(path, _)| path.name() == ".gitattributes");
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(path, _)| path.as_str().matches('/').count());
    for (path, entry) in named {
        if let Some(text) = world.source.content(path, entry.blob) {
            let full = scope.in_repository(path);
            let folder = full.rsplit_once('/').map_or("", |(folder, _)| folder);
            attributes.add(folder, &String::from_utf8_lossy(&text));
        }
    }
}
