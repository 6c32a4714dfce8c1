//! Symbolic links: what stands behind them inside the repository stands at their path, too. Never
//! follows anything on disk; works on paths and link texts alone.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use world::{BlobId, Entry, EntryKind, SaltPath, Tree};

use crate::Scope;

/// What stands at a path before links are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A file.
    File(BlobId),
    /// A link with its text.
    Link(String),
    /// Content that cannot be had.
    Missing(BlobId),
}

/// All that a tree holds, by path relative to the repository's root.
pub(crate) type Nodes = BTreeMap<String, Node>;

/// Links followed for one path before it counts as a circle (Linux follows 40).
const MAX_HOPS: usize = 40;
/// Paths that links to folders may add in all.
const MAX_ADDED: usize = 200_000;

/// A world's tree.
pub(crate) struct Placed {
    pub tree: Tree,
    /// For files that stand behind a link: the repository's path of the file itself.
    pub behind: FxHashMap<SaltPath, String>,
}

/// Resolves links, applies `scope`, and keeps as much of `like` as is equal, so that both share it.
pub(crate) fn place(nodes: &Nodes, scope: &Scope, like: Option<&Tree>) -> Placed {
    let mut links = Links { nodes, added: Vec::new() };
    for (path, node) in nodes {
        if let Node::Link(text) = node {
            links.follow(path, path, text, &mut Vec::new());
        }
    }
    let mut behind = FxHashMap::default();
    let mut wanted: Vec<(SaltPath, Entry)> = Vec::with_capacity(nodes.len());
    for (path, node) in nodes {
        if let (Some(entry), Some(path)) = (entry(node), scope.place(path)) {
            wanted.push((path, entry));
        }
    }
    for (path, target, found) in links.added {
        let Some(path) = scope.place(&path) else { continue };
        if let Some(target) = target {
            behind.insert(path.clone(), target);
        }
        wanted.push((path, found));
    }
    let mut tree = like.cloned().unwrap_or_default();
    if !tree.is_empty() {
        let keep: rustc_hash::FxHashSet<&SaltPath> = wanted.iter().map(|(path, _)| path).collect();
        let gone: Vec<SaltPath> = tree.iter().map(|(path, _)| path).filter(|p| !keep.contains(p)).cloned().collect();
        gone.iter().for_each(|path| tree.remove(path));
    }
    for (path, entry) in wanted {
        if tree.get(&path) != Some(entry) {
            tree.insert(path, entry);
        }
    }
    Placed { tree, behind }
}

fn entry(node: &Node) -> Option<Entry> {
    match node {
        Node::File(blob) => Some(Entry { kind: EntryKind::File, blob: *blob }),
        Node::Missing(blob) => Some(Entry { kind: EntryKind::Missing, blob: *blob }),
        Node::Link(_) => None,
    }
}

struct Links<'a> {
    nodes: &'a Nodes,
    /// Path, the target's own path, entry.
    added: Vec<(String, Option<String>, Entry)>,
}

enum Target {
    File(String, Entry),
    Folder(String),
    Broken,
}

impl Links<'_> {
    /// Adds what the link `at` (text `text`) shows. `seen_at` is the path at which it is seen: not
    /// `at` if that lies behind another link. `through` holds the links on the way here.
    fn follow(&mut self, seen_at: &str, at: &str, text: &str, through: &mut Vec<String>) {
        through.push(at.to_owned());
        match self.target(at, text) {
            Target::File(target, entry) => self.added.push((seen_at.to_owned(), Some(target), entry)),
            Target::Folder(folder)
                if through.len() <= MAX_HOPS
                    && self.added.len() < MAX_ADDED
                    && !through.iter().any(|link| is_below(link, &folder)) =>
            {
                let nodes = self.nodes;
                for (path, node) in below(nodes, &folder) {
                    if self.added.len() >= MAX_ADDED {
                        break;
                    }
                    let rest = &path[if folder.is_empty() { 0 } else { folder.len() + 1 }..];
                    let seen = format!("{seen_at}/{rest}");
                    match (node, entry(node)) {
                        (Node::Link(text), _) => self.follow(&seen, path, text, through),
                        (_, Some(entry)) => self.added.push((seen, Some(path.clone()), entry)),
                        _ => {}
                    }
                }
            }
            Target::Folder(_) | Target::Broken => {
                let broken = Entry { kind: EntryKind::BrokenLink, blob: BlobId::of(text.as_bytes()) };
                self.added.push((seen_at.to_owned(), None, broken));
            }
        }
        through.pop();
    }

    /// What the link `at` leads to, following links on the way.
    fn target(&self, at: &str, text: &str) -> Target {
        let parent = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
        let mut here = parent(at);
        let mut rest: Vec<String> = text.split('/').rev().map(str::to_owned).collect();
        let mut hops = 0;
        if text.starts_with('/') {
            return Target::Broken;
        }
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." if here.is_empty() => return Target::Broken,
                ".." => {
                    here = parent(&here);
                    continue;
                }
                _ => {}
            }
            let next = if here.is_empty() { part } else { format!("{here}/{part}") };
            match self.nodes.get(&next) {
                Some(Node::Link(text)) => {
                    hops += 1;
                    if hops > MAX_HOPS || text.starts_with('/') || rest.len() > 4096 {
                        return Target::Broken;
                    }
                    rest.extend(text.split('/').rev().map(str::to_owned));
                }
                Some(node) => {
                    let done = rest.iter().all(|part| matches!(part.as_str(), "" | "."));
                    return match entry(node) {
                        Some(entry) if done => Target::File(next, entry),
                        _ => Target::Broken,
                    };
                }
                None => here = next,
            }
        }
        if below(self.nodes, &here).next().is_some() { Target::Folder(here) } else { Target::Broken }
    }
}

/// Whether `path` lies below `folder`.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn below<'a>(nodes: &'a Nodes, folder: &str) -> impl Iterator<Item = (&'a String, &'a Node)> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    nodes.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[&str], links: &[(&str, &str)], expected: &[(&str, &str)]) {
        let mut nodes: Nodes = files.iter().map(|f| ((*f).to_owned(), Node::File(BlobId::of(f.as_bytes())))).collect();
        nodes.extend(links.iter().map(|(path, text)| ((*path).to_owned(), Node::Link((*text).to_owned()))));
        let placed = place(&nodes, &Scope::default(), None);
        let shown: Vec<(String, String)> = placed
            .tree
            .iter()
            .filter(|(path, _)| !files.contains(&path.as_str()))
            .map(|(path, entry)| {
                let what = match entry.kind {
                    EntryKind::File => {
                        (*files.iter().find(|f| BlobId::of(f.as_bytes()) == entry.blob).unwrap()).to_owned()
                    }
                    EntryKind::BrokenLink => "broken".to_owned(),
                    EntryKind::Missing => "missing".to_owned(),
                };
                (path.to_string(), what)
            })
            .collect();
        let shown: Vec<(&str, &str)> = shown.iter().map(|(p, w)| (p.as_str(), w.as_str())).collect();
        assert_eq!(shown, expected, "files {files:?}, links {links:?}");
    }

    #[test]
    fn links_show_what_they_lead_to() {
        check(&["web/init.sls"], &[("nginx.sls", "web/init.sls")], &[("nginx.sls", "web/init.sls")]);
        check(
            &["web/init.sls", "web/a/map.jinja"],
            &[("nginx", "web")],
            &[("nginx/a/map.jinja", "web/a/map.jinja"), ("nginx/init.sls", "web/init.sls")],
        );
        check(
            &["a/x.sls"],
            &[("b", "a"), ("c.sls", "b/x.sls"), ("d", "./b/")],
            &[("b/x.sls", "a/x.sls"), ("c.sls", "a/x.sls"), ("d/x.sls", "a/x.sls")],
        );
    }

    #[test]
    fn links_out_to_nothing_and_in_circles_are_broken() {
        check(
            &["a.sls"],
            &[("b", "../a.sls"), ("c", "/etc/passwd"), ("d", "none"), ("e", "a.sls/x")],
            &[("b", "broken"), ("c", "broken"), ("d", "broken"), ("e", "broken")],
        );
        check(&[], &[("a", "b"), ("b", "a")], &[("a", "broken"), ("b", "broken")]);
        check(&["w/x.sls"], &[("w/self", ".")], &[("w/self", "broken")]);
        check(
            &["a/x.sls", "b/y.sls"],
            &[("a/l", "../b"), ("b/m", "../a")],
            &[("a/l/m", "broken"), ("a/l/y.sls", "b/y.sls"), ("b/m/l", "broken"), ("b/m/x.sls", "a/x.sls")],
        );
    }

    #[test]
    fn links_that_multiply_stay_bounded() {
        // each folder shows the next one nine times: 9^9 paths without a bound
        let mut nodes = Nodes::new();
        for level in 0..9 {
            for copy in 0..9 {
                nodes.insert(format!("d{level}/l{copy}"), Node::Link(format!("../d{}", level + 1)));
            }
        }
        nodes.insert("d9/x.sls".into(), Node::File(BlobId::of(b"x")));
        assert!(place(&nodes, &Scope::default(), None).tree.len() <= MAX_ADDED + nodes.len());
    }
}
