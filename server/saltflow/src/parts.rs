//! Several repositories as one world: a workspace's own files, and those of further repositories (the
//! pillar's, say) below a folder each. Knows how paths, contents and versions of the parts make those
//! of the whole; nothing of settings and drift.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use history::{Repository, Scope};
use model::Mount;
use world::{BlobId, Content, ContentSource, SaltPath, Tree, World};

/// Where a pillar file that lies outside stands in the workspace's worlds; hidden, so that nothing is
/// looked for in it.
pub const PILLAR_FOLDER: &str = ".pillar-file";

/// A repository, or a plain folder, of a workspace.
#[derive(Clone)]
pub struct Part {
    /// Where its files stand in the workspace's worlds; the root folder for the workspace's own.
    pub mount: SaltPath,
    /// Its absolute path.
    pub root: PathBuf,
    /// The repository that it lies in.
    pub repository: Option<Repository>,
    /// Which part of the repository it shows.
    pub scope: Scope,
    /// Its files on disk, relative to its root.
    pub disk: World,
    /// The base branch of its settings.
    pub base: Option<String>,
    /// State roots and pillar roots of its settings, relative to its root; the workspace's own are not
    /// written here.
    pub roots: Mount,
    /// It is this file of its folder alone: a pillar file that lies outside.
    pub only: Option<SaltPath>,
}

impl Part {
    /// What people call it: its folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.root
            .file_name()
            .map_or_else(|| self.root.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// The path of `file` in the workspace's worlds; `None`: it lies elsewhere.
    #[must_use]
    pub fn place(&self, file: &Path) -> Option<SaltPath> {
        self.mount.join(SaltPath::new(file.strip_prefix(&self.root).ok()?.to_str()?).ok()?.as_str()).ok()
    }

    /// The path of one of its files in the workspace's worlds.
    #[must_use]
    pub fn outer(&self, path: &SaltPath) -> SaltPath {
        if self.mount.is_root() {
            path.clone()
        } else {
            self.mount.join(path.as_str()).unwrap_or_else(|_| path.clone())
        }
    }
}

/// The part that `path` of the workspace's worlds belongs to, and the path there. `parts`: the own one
/// first.
#[must_use]
pub fn part_of(parts: &[Part], path: &SaltPath) -> (usize, SaltPath) {
    let inner = |(n, part): (usize, &Part)| Some((n, SaltPath::new(path.below(&part.mount)?).ok()?));
    let mut mounted = parts.iter().enumerate().skip(1).filter_map(inner).filter(|(_, path)| !path.is_root());
    mounted.next().unwrap_or_else(|| (0, path.clone()))
}

/// The part's share of a path at which its own tree differs: `None` for what another part covers.
fn seen(parts: &[Part], n: usize, path: &SaltPath) -> Option<SaltPath> {
    let outer = parts.get(n)?.outer(path);
    (part_of(parts, &outer).0 == n).then_some(outer)
}

/// Brings `tree`, a whole world's, from one version of part `n` to another.
fn bring(tree: &mut Tree, parts: &[Part], n: usize, from: &Tree, to: &Tree) {
    for path in from.changed(to) {
        let Some(outer) = seen(parts, n, &path) else { continue };
        match to.get(&path) {
            Some(entry) => tree.insert(outer, entry),
            None => tree.remove(&outer),
        }
    }
}

/// Where a part's contents come from.
#[derive(Clone)]
struct Piece {
    mount: SaltPath,
    source: Arc<dyn ContentSource>,
    /// The source knows the paths of the whole.
    whole: bool,
}

struct Joined(Vec<Piece>);

impl ContentSource for Joined {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        let (own, mounted) = self.0.split_first()?;
        let holds = |piece: &&Piece| path.below(&piece.mount).is_some_and(|below| !below.is_empty());
        let piece = mounted.iter().find(holds).unwrap_or(own);
        if piece.whole {
            return piece.source.content(path, blob);
        }
        piece.source.content(&SaltPath::new(path.below(&piece.mount)?).ok()?, blob)
    }
}

fn source(parts: &[Part], of: impl Fn(usize, &Part) -> (Arc<dyn ContentSource>, bool)) -> Arc<dyn ContentSource> {
    let pieces = parts.iter().enumerate().map(|(n, part)| {
        let (source, whole) = of(n, part);
        Piece { mount: part.mount.clone(), source, whole }
    });
    Arc::new(Joined(pieces.collect()))
}

/// The files on disk of all parts. `before`: what was joined before, with the parts of then; only what
/// changed since is looked at.
#[must_use]
pub fn joined(parts: &[Part], before: Option<(&World, &[Part])>) -> World {
    let [own, mounted @ ..] = parts else { return World::in_memory::<[u8]>([]) };
    if mounted.is_empty() {
        return own.disk.clone();
    }
    let mut tree = match before {
        Some((world, _)) => world.tree.clone(),
        None => Tree::default(),
    };
    for (n, part) in parts.iter().enumerate() {
        let empty = Tree::default();
        let from = before.and_then(|(_, parts)| parts.get(n)).map_or(&empty, |part| &part.disk.tree);
        bring(&mut tree, parts, n, from, &part.disk.tree);
    }
    World { tree, source: source(parts, |_, part| (part.disk.source.clone(), false)) }
}

/// The whole in which each part has the version that `versions` gives, else that of `ours`. `disk` is
/// what [`joined`] gave for `parts`, and `ours` differs from it by unsaved buffers.
#[must_use]
pub fn at(parts: &[Part], disk: &World, ours: &World, versions: &[Option<World>]) -> World {
    if let ([_], [version]) = (parts, versions) {
        return version.clone().unwrap_or_else(|| ours.clone());
    }
    let version = |n: usize| versions.get(n).and_then(Option::as_ref);
    let mut tree = ours.tree.clone();
    for (n, part) in parts.iter().enumerate() {
        if let Some(version) = version(n) {
            bring(&mut tree, parts, n, &part.disk.tree, &version.tree);
        }
    }
    for path in disk.tree.changed(&ours.tree) {
        let (n, inner) = part_of(parts, &path);
        match version(n).map(|version| version.tree.get(&inner)) {
            Some(Some(entry)) => tree.insert(path, entry),
            Some(None) => tree.remove(&path),
            None => {}
        }
    }
    let of = |n: usize, _: &Part| match version(n) {
        Some(version) => (version.source.clone(), false),
        None => (ours.source.clone(), true),
    };
    World { tree, source: source(parts, of) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> SaltPath {
        SaltPath::new(text).expect("a path")
    }

    fn part(mount: &str, files: &[(&str, &str)]) -> Part {
        let (root, disk) = (PathBuf::from("/srv").join(mount), World::in_memory(files.iter().copied()));
        let (repository, scope, base, roots) = (None, Scope::default(), None, Mount::default());
        Part { mount: path(mount), root, repository, scope, disk, base, roots, only: None }
    }

    fn shown(world: &World) -> String {
        let of = |(path, entry): (&SaltPath, &world::Entry)| {
            let content = world.source.content(path, entry.blob).expect("a content");
            format!("{path}={}", String::from_utf8_lossy(&content))
        };
        world.tree.iter().map(of).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn parts_make_a_whole_and_versions_of_them_another_one() {
        let own = [("pillar/own.sls", "hidden"), ("top.sls", "t"), ("web.sls", "w")];
        let hidden = vec![part("", &own), part("pillar", &[("a.sls", "1")])];
        assert_eq!(shown(&joined(&hidden, None)), "pillar/a.sls=1 top.sls=t web.sls=w");
        let mut parts = vec![part("", &own[1..]), part("pillar", &[("a.sls", "1"), ("b/c.sls", "2")])];
        let disk = joined(&parts, None);
        assert_eq!(shown(&disk), "pillar/a.sls=1 pillar/b/c.sls=2 top.sls=t web.sls=w");
        // an unsaved buffer in each part
        let ours = disk.with(&path("web.sls"), Some(b"W")).with(&path("pillar/a.sls"), Some(b"!"));
        let theirs = World::in_memory([("a.sls", "9"), ("new.sls", "n")]);
        let other = at(&parts, &disk, &ours, &[None, Some(theirs.clone())]);
        assert_eq!(shown(&other), "pillar/a.sls=9 pillar/new.sls=n top.sls=t web.sls=W");
        let other =
            at(&parts, &disk, &ours, &[Some(World::in_memory([("pillar/z.sls", "z"), ("top.sls", "T")])), None]);
        assert_eq!(shown(&other), "pillar/a.sls=! pillar/b/c.sls=2 top.sls=T");
        // what changes on disk
        let before = parts.clone();
        parts[1].disk = theirs;
        let now = joined(&parts, Some((&disk, &before)));
        assert_eq!(shown(&now), "pillar/a.sls=9 pillar/new.sls=n top.sls=t web.sls=w");
        assert_eq!(part_of(&parts, &path("pillar")), (0, path("pillar")));
        assert_eq!(parts[1].place(Path::new("/srv/pillar/b/c.sls")), Some(path("pillar/b/c.sls")));
        assert_eq!(parts[1].place(Path::new("/srv/web.sls")), None);
    }
}
