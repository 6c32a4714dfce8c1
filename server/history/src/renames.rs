//! Which files were renamed between two worlds: equal content first, then similar content under the
//! same base name. Capped, so that a rewritten history costs no seconds.

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};
use world::{BlobId, EntryKind, SaltPath, World};

/// Pairs whose contents are compared.
const MAX_PAIRS: usize = 1_000;
/// Candidates, the nearest paths, with which one removed file is compared.
const MAX_CANDIDATES: usize = 10;
/// Candidates whose paths are looked at for one removed file.
const MAX_LOOKED_AT: usize = 200;
/// Common lines, in percent of the larger file, from which on two files are one.
const SIMILAR: usize = 50;

/// (old, new) of the files that `other` has under another path than `base`, sorted by the old path.
/// Each path occurs at most once on each side.
#[must_use]
pub fn renames(base: &World, other: &World) -> Vec<(SaltPath, SaltPath)> {
    let mut removed: Vec<(SaltPath, BlobId)> = Vec::new();
    let mut added: Vec<(SaltPath, BlobId)> = Vec::new();
    for path in base.tree.changed(&other.tree) {
        let file = |world: &World| world.tree.get(&path).filter(|entry| entry.kind == EntryKind::File);
        match (file(base), file(other), other.tree.get(&path), base.tree.get(&path)) {
            (Some(entry), None, None, _) => removed.push((path, entry.blob)),
            (None, Some(entry), _, None) => added.push((path, entry.blob)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let mut taken: FxHashSet<SaltPath> = FxHashSet::default();
    let mut by_blob: FxHashMap<BlobId, Vec<&SaltPath>> = FxHashMap::default();
    let mut by_name: FxHashMap<&str, Vec<&(SaltPath, BlobId)>> = FxHashMap::default();
    let empty = BlobId::of(b"");
    for pair in &added {
        if pair.1 != empty {
            by_blob.entry(pair.1).or_default().push(&pair.0);
        }
        by_name.entry(base_name(&pair.0)).or_default().push(pair);
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
    let mut pairs = 0;
    for (old, blob) in &removed {
        let candidates = by_name.get(base_name(old)).into_iter().flatten();
        let candidates = candidates.filter(|(new, _)| !taken.contains(new)).take(MAX_LOOKED_AT);
        let mut candidates: Vec<_> = candidates.map(|pair| (closeness(old, &pair.0), pair)).collect();
        candidates.sort_by(|(one, _), (other, _)| other.cmp(one));
        candidates.truncate(MAX_CANDIDATES);
        if candidates.is_empty() || pairs >= MAX_PAIRS {
            continue;
        }
        let Some(text) = base.source.content(old, *blob) else { continue };
        let best = candidates.into_iter().filter_map(|(near, (new, blob))| {
            pairs += 1;
            let score = similarity(&text, &other.source.content(new, *blob)?);
            (score >= SIMILAR).then_some((score, near, new))
        });
        if let Some((_, _, new)) = best.max() {
            taken.insert(new.clone());
            found.push((old.clone(), new.clone()));
        }
    }
    found.sort();
    found
}

/// `nginx` for `nginx.sls` and `nginx/init.sls` alike: both are the SLS of that name.
fn base_name(path: &SaltPath) -> &str {
    let name = path.as_str();
    let name = name.strip_suffix("/init.sls").or_else(|| name.strip_suffix(".sls")).unwrap_or(name);
    name.rsplit('/').next().unwrap_or(name)
}

/// How alike two paths are: the same base name, then common leading and trailing parts.
fn closeness(one: &SaltPath, other: &SaltPath) -> (bool, usize, std::cmp::Reverse<SaltPath>) {
    let (a, b): (Vec<&str>, Vec<&str>) = (one.as_str().split('/').collect(), other.as_str().split('/').collect());
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (base_name(one) == base_name(other), front + back, std::cmp::Reverse(other.clone()))
}

/// Bytes in common lines, in percent of the larger text.
fn similarity(one: &[u8], other: &[u8]) -> usize {
    let larger = one.len().max(other.len());
    if larger == 0 || one.len().min(other.len()) * 100 < larger * SIMILAR {
        return 0;
    }
    let lines = |text: &[u8]| -> Vec<(u64, usize)> {
        text.split_inclusive(|byte| *byte == b'\n')
            .map(|line| {
                let mut hasher = FxHasher::default();
                line.trim_ascii_end().hash(&mut hasher);
                (hasher.finish(), line.len())
            })
            .collect()
    };
    let mut count: FxHashMap<u64, usize> = FxHashMap::default();
    lines(one).iter().for_each(|(hash, _)| *count.entry(*hash).or_default() += 1);
    let mut common = 0;
    for (hash, len) in lines(other) {
        if let Some(left) = count.get_mut(&hash).filter(|left| **left > 0) {
            *left -= 1;
            common += len;
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
        // similar, but neither equal nor of the same name
        check(&[("nginx.sls", nginx)], &[("web/proxy.sls", edited)], &[]);
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
