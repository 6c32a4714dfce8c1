//! Which files were renamed between two worlds, as git finds them: equal content first, then a base name
//! that only one of each side has, then similar content. Bounded, so that a rewritten history costs no
//! seconds.

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use world::{BlobId, EntryKind, SaltPath, World};

/// Pairs whose contents are compared; beyond, only files of one base name are. (Git: 7000 × 7000.)
const MAX_PAIRS: usize = 4_000_000;
/// Candidates whose paths are looked at for one removed file.
const MAX_LOOKED_AT: usize = 200;
/// Bytes in common chunks, in percent of the larger file, from which on two files are one (git's 50 %).
const SIMILAR: usize = 50;
/// The same for files whose base names are alike and unique (git: half-way from 50 % to all).
const SIMILAR_NAMESAKES: usize = 75;
/// Longer lines are cut into chunks of so many bytes, as git's estimate does (`diffcore-delta.c`).
const CHUNK: usize = 64;
/// Larger files are one only with their equals.
const MAX_BYTES: usize = 4 << 20;

/// (old, new) of the files that `other` has under another path than `base`, sorted by the old path.
/// Each path occurs at most once on each side.
#[must_use]
pub fn renames(base: &World, other: &World) -> Vec<(SaltPath, SaltPath)> {
    let mut removed: Vec<(SaltPath, BlobId)> = Vec::new();
    let mut added: Vec<(SaltPath, BlobId)> = Vec::new();
    let empty = BlobId::of(b"");
    for path in base.tree.changed(&other.tree) {
        let file = |world: &World| world.tree.get(&path).filter(|entry| entry.kind == EntryKind::File);
        match (file(base), file(other), other.tree.get(&path), base.tree.get(&path)) {
            (Some(entry), None, None, _) if entry.blob != empty => removed.push((path, entry.blob)),
            (None, Some(entry), _, None) if entry.blob != empty => added.push((path, entry.blob)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let taken = equal(&mut removed, &added, &mut found);
    added.retain(|(new, _)| !taken.contains(new));
    if removed.is_empty() || added.is_empty() {
        found.sort();
        return found;
    }
    let mut search = Search { base, other, removed, added, known: [FxHashMap::default(), FxHashMap::default()], found };
    search.namesakes();
    search.similar();
    let mut found = search.found;
    found.sort();
    found
}

/// Files of equal content, each with the nearest; gives the new paths.
fn equal(
    removed: &mut Vec<(SaltPath, BlobId)>,
    added: &[(SaltPath, BlobId)],
    found: &mut Vec<(SaltPath, SaltPath)>,
) -> FxHashSet<SaltPath> {
    let mut taken = FxHashSet::default();
    let mut by_blob: FxHashMap<BlobId, Vec<&SaltPath>> = FxHashMap::default();
    for (path, blob) in added {
        by_blob.entry(*blob).or_default().push(path);
    }
    removed.retain(|(old, blob)| {
        let Some(candidates) = by_blob.get_mut(blob) else { return true };
        let near = candidates.iter().enumerate().take(MAX_LOOKED_AT);
        let Some((at, _)) = near.max_by_key(|(_, new)| closeness(old, new)) else { return true };
        let new = candidates.remove(at);
        taken.insert(new.clone());
        found.push((old.clone(), new.clone()));
        false
    });
    taken
}

/// The chunks of a text with the bytes that they make up in it, in order.
struct Chunks {
    counts: Vec<(u64, usize)>,
    bytes: usize,
}

/// What is left when equal contents are paired.
struct Search<'w> {
    base: &'w World,
    other: &'w World,
    removed: Vec<(SaltPath, BlobId)>,
    added: Vec<(SaltPath, BlobId)>,
    /// Chunks of removed and of added files, as far as they were asked for.
    known: [FxHashMap<usize, Option<Chunks>>; 2],
    found: Vec<(SaltPath, SaltPath)>,
}

impl Search<'_> {
    fn score(&mut self, old: usize, new: usize) -> usize {
        let [olds, news] = &mut self.known;
        let read = |world: &World, files: &[(SaltPath, BlobId)], n: usize| {
            let (path, blob) = files.get(n)?;
            chunks(&world.source.content(path, *blob)?)
        };
        let one = olds.entry(old).or_insert_with(|| read(self.base, &self.removed, old));
        let two = news.entry(new).or_insert_with(|| read(self.other, &self.added, new));
        match (one, two) {
            (Some(one), Some(two)) => similarity(one, two),
            _ => 0,
        }
    }

    fn take(&mut self, pairs: &[(usize, usize)]) {
        for (old, new) in pairs {
            if let (Some(old), Some(new)) = (self.removed.get(*old), self.added.get(*new)) {
                self.found.push((old.0.clone(), new.0.clone()));
            }
        }
        let (olds, news): (FxHashSet<usize>, FxHashSet<usize>) = pairs.iter().copied().unzip();
        let rest = |files: &mut Vec<(SaltPath, BlobId)>, gone: &FxHashSet<usize>| {
            let mut n = 0..;
            files.retain(|_| n.next().is_none_or(|n| !gone.contains(&n)));
        };
        rest(&mut self.removed, &olds);
        rest(&mut self.added, &news);
        self.known.iter_mut().for_each(FxHashMap::clear);
    }

    /// Files whose base name only one removed and one added file has.
    fn namesakes(&mut self) {
        let by_name = |files: &[(SaltPath, BlobId)]| {
            let mut names: FxHashMap<String, Vec<usize>> = FxHashMap::default();
            for (n, (path, _)) in files.iter().enumerate() {
                names.entry(path.name().to_owned()).or_default().push(n);
            }
            names
        };
        let (olds, news) = (by_name(&self.removed), by_name(&self.added));
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (name, old) in &olds {
            if let ([old], Some([new])) = (old.as_slice(), news.get(name).map(Vec::as_slice))
                && self.score(*old, *new) >= SIMILAR_NAMESAKES
            {
                pairs.push((*old, *new));
            }
        }
        self.take(&pairs);
    }

    /// The most similar ones of all that are left.
    fn similar(&mut self) {
        let all = self.removed.len().saturating_mul(self.added.len()) <= MAX_PAIRS;
        let mut by_name: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (n, (path, _)) in self.added.iter().enumerate() {
            by_name.entry(sls_name(path).to_owned()).or_default().push(n);
        }
        let every: Vec<usize> = (0..self.added.len()).collect();
        let mut scored = Vec::new();
        for old in 0..self.removed.len() {
            let name = self.removed.get(old).map_or("", |(path, _)| sls_name(path)).to_owned();
            let namesakes = by_name.get(&name).map_or(&[][..], Vec::as_slice);
            let candidates = if all { &every } else { namesakes.get(..MAX_LOOKED_AT).unwrap_or(namesakes) };
            for new in candidates.iter().copied() {
                let score = self.score(old, new);
                if score < SIMILAR {
                    continue;
                }
                if let (Some((from, _)), Some((to, _))) = (self.removed.get(old), self.added.get(new)) {
                    scored.push((Reverse((score, closeness(from, to))), old, new));
                }
            }
        }
        scored.sort();
        let (mut olds, mut news) = (FxHashSet::default(), FxHashSet::default());
        let mut pairs = Vec::new();
        for (_, old, new) in scored {
            if !olds.contains(&old) && !news.contains(&new) {
                olds.insert(old);
                news.insert(new);
                pairs.push((old, new));
            }
        }
        self.take(&pairs);
    }
}

/// `nginx` for `nginx.sls` and `nginx/init.sls` alike: both are the SLS of that name.
fn sls_name(path: &SaltPath) -> &str {
    let name = path.as_str();
    let name = name.strip_suffix("/init.sls").or_else(|| name.strip_suffix(".sls")).unwrap_or(name);
    name.rsplit('/').next().unwrap_or(name)
}

/// How alike two paths are: the same base name, then common leading and trailing parts.
fn closeness(one: &SaltPath, other: &SaltPath) -> (bool, usize, Reverse<SaltPath>) {
    let (a, b): (Vec<&str>, Vec<&str>) = (one.as_str().split('/').collect(), other.as_str().split('/').collect());
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (sls_name(one) == sls_name(other), front + back, Reverse(other.clone()))
}

fn chunks(text: &[u8]) -> Option<Chunks> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut counts: FxHashMap<u64, usize> = FxHashMap::default();
    let mut bytes = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let line = match line {
            [start @ .., b'\r', b'\n'] => &[start, b"\n"].concat(),
            line => line,
        };
        for chunk in line.chunks(CHUNK) {
            let mut hasher = FxHasher::default();
            chunk.hash(&mut hasher);
            *counts.entry(hasher.finish()).or_default() += chunk.len();
            bytes += chunk.len();
        }
    }
    let mut counts: Vec<(u64, usize)> = counts.into_iter().collect();
    counts.sort_unstable();
    Some(Chunks { counts, bytes })
}

/// Bytes in common chunks, in percent of the larger text.
fn similarity(one: &Chunks, other: &Chunks) -> usize {
    let larger = one.bytes.max(other.bytes);
    if larger == 0 || one.bytes.min(other.bytes) * 100 < larger * SIMILAR {
        return 0;
    }
    let (mut a, mut b) = (one.counts.iter().peekable(), other.counts.iter().peekable());
    let mut common = 0;
    while let (Some((x, m)), Some((y, n))) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => _ = a.next(),
            std::cmp::Ordering::Greater => _ = b.next(),
            std::cmp::Ordering::Equal => {
                common += m.min(n);
                a.next();
                b.next();
            }
        }
    }
    common.saturating_mul(100) / larger
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_followed() {
        let check = |base: &[(&str, &str)], other: &[(&str, &str)], expected: &[(&str, &str)]| {
            let world = |files: &[(&str, &str)]| {
                World::in_memory(files.iter().map(|(p, c)| (*p, c.as_bytes())).collect::<Vec<_>>())
            };
            let found = renames(&world(base), &world(other));
            let found: Vec<(&str, &str)> = found.iter().map(|(o, n)| (o.as_str(), n.as_str())).collect();
            assert_eq!(found, expected, "{base:?} → {other:?}");
        };
        let nginx = "nginx:\n  pkg.installed: []\n  service.running:\n    - enable: true\n";
        let edited = "nginx:\n  pkg.installed: []\n  service.running:\n    - enable: false\n";
        check(&[("nginx.sls", nginx)], &[("web/proxy.sls", nginx)], &[("nginx.sls", "web/proxy.sls")]);
        check(&[("nginx.sls", nginx)], &[("nginx/init.sls", edited)], &[("nginx.sls", "nginx/init.sls")]);
        // similar, as git finds it
        check(&[("nginx.sls", nginx)], &[("web/proxy.sls", edited)], &[("nginx.sls", "web/proxy.sls")]);
        // the same name, another content
        check(&[("nginx.sls", nginx)], &[("nginx/init.sls", "include:\n  - nginx.package\n")], &[]);
        // a copy is no rename
        check(&[("nginx.sls", nginx)], &[("nginx.sls", nginx), ("b.sls", nginx)], &[]);
        // equal files keep their names when a folder moves
        check(
            &[("a/x.sls", nginx), ("a/y.sls", nginx)],
            &[("b/x.sls", nginx), ("b/y.sls", nginx)],
            &[("a/x.sls", "b/x.sls"), ("a/y.sls", "b/y.sls")],
        );
        // of several maps the nearest one
        check(
            &[("a/web/map.jinja", nginx), ("a/db/map.jinja", nginx)],
            &[("b/web/map.jinja", edited), ("b/db/map.jinja", edited)],
            &[("a/db/map.jinja", "b/db/map.jinja"), ("a/web/map.jinja", "b/web/map.jinja")],
        );
        // empty files say nothing
        check(&[("a/init.sls", "")], &[("b/map.jinja", "")], &[]);
    }
}
