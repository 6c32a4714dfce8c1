//! SLS names and files: which name a file has, which file a name means, and how includes are made
//! absolute (`salt/fileclient.py`, `salt/state.py`, `salt/pillar/__init__.py`). Knows only paths and
//! roots, nothing of contents.

use std::sync::Arc;

use smol_str::SmolStr;
use world::{Fingerprint, Hasher, Minion, Query, Reader, Roots, SaltPath, Stopped};

/// The file that `salt://path` means in `env`: the first root that has it (`roots.find_file`).
/// `None`: no root has it, or the path leads out of them.
///
/// # Errors
/// [`Stopped`].
pub fn find_file(reader: &Reader<'_>, roots: &Roots, env: &str, path: &str) -> Result<Option<SaltPath>, Stopped> {
    for root in Minion::roots(roots, env) {
        let Ok(file) = root.join(path) else { continue };
        // `join` may leave this root and stay in the workspace: that is outside for Salt.
        if file.below(root).is_some_and(|rest| !rest.is_empty()) && reader.blob(&file)?.is_some() {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// The file of the SLS `name` in `env` (`fileclient.get_state`): every dot becomes a slash, `x.sls`
/// in any root beats `x/init.sls`.
///
/// # Errors
/// [`Stopped`].
pub fn find_sls(reader: &Reader<'_>, roots: &Roots, env: &str, name: &str) -> Result<Option<SaltPath>, Stopped> {
    let base = name.replace('.', "/");
    match find_file(reader, roots, env, &format!("{base}.sls"))? {
        Some(file) => Ok(Some(file)),
        None => find_file(reader, roots, env, &format!("{base}/init.sls")),
    }
}

/// All SLS names of `env`, sorted, each once (`fileclient.list_states`). A name whose file lies in a
/// folder with a dot is listed, although [`find_sls`] does not find it.
///
/// # Errors
/// [`Stopped`].
pub fn list_sls(reader: &Reader<'_>, roots: &Roots, env: &str) -> Result<Arc<Vec<SmolStr>>, Stopped> {
    reader.ask(&SlsListQuery { roots: Minion::roots(roots, env).to_vec() })
}

/// All files of `env`, as paths below its roots, sorted, each once (`fileclient.file_list`).
///
/// # Errors
/// [`Stopped`].
pub(crate) fn list_files(reader: &Reader<'_>, roots: &Roots, env: &str) -> Result<Arc<Vec<SmolStr>>, Stopped> {
    reader.ask(&FileListQuery { roots: Minion::roots(roots, env).to_vec() })
}

/// The names of `env` that `pattern` matches, in their order (`fnmatch.filter`).
///
/// # Errors
/// [`Stopped`].
pub fn match_sls(reader: &Reader<'_>, roots: &Roots, env: &str, pattern: &str) -> Result<Vec<SmolStr>, Stopped> {
    let names = list_sls(reader, roots, env)?;
    if !pattern.contains(['*', '?', '[']) {
        let found = names.binary_search_by(|name| name.as_str().cmp(pattern));
        return Ok(found.ok().and_then(|n| names.get(n).cloned()).into_iter().collect());
    }
    Ok(names.iter().filter(|name| fnmatch(name, pattern)).cloned().collect())
}

/// Whether the SLS of a file with this path is an `init.sls` (relative includes count it one deeper).
#[must_use]
pub fn is_init(path: &SaltPath) -> bool {
    path.name() == "init.sls" && !path.parent().is_root()
}

/// The name that a path below a root has; `None` for other files than SLS.
#[must_use]
pub fn name_of(below_root: &str) -> Option<SmolStr> {
    let stem = below_root.strip_suffix("/init.sls").or_else(|| below_root.strip_suffix(".sls"))?;
    Some(stem.replace('/', ".").into())
}

/// Whether an SLS or file of this name, which the roots of `env` do not have, may well exist where Salt
/// runs: its first folder is not in this checkout at all, so a formula or another repository brings it, or
/// git ignores it. `name`: parts divided by slashes, at least two; `holds`: whether a folder is there.
#[must_use]
pub fn may_be_elsewhere(minion: &Minion, roots: &[SaltPath], name: &str, holds: &dyn Fn(&SaltPath) -> bool) -> bool {
    let name = name.trim_start_matches('/');
    let first = name.split('/').next().unwrap_or(name);
    let known = roots.iter().filter_map(|root| root.join(first).ok()).any(|folder| holds(&folder));
    !known || roots.iter().filter_map(|root| root.join(name).ok()).any(|path| is_ignored(minion, &path))
}

/// Whether a `.gitignore` of the tree names the path or a folder above it.
#[must_use]
pub fn is_ignored(minion: &Minion, path: &SaltPath) -> bool {
    let mut at = path.clone();
    while !at.is_root() {
        let named = |(folder, pattern): &(SaltPath, String)| {
            let Some(below) = at.below(folder) else { return false };
            let pattern = pattern.trim_end_matches('/');
            match pattern.strip_prefix("**/") {
                Some(rest) if !rest.contains('/') => fnmatch(at.name(), rest),
                _ if pattern.contains('/') => fnmatch(below, pattern.trim_start_matches('/')),
                _ => fnmatch(at.name(), pattern),
            }
        };
        if minion.ignored.iter().any(named) {
            return true;
        }
        at = at.parent();
    }
    false
}

/// All `(saltenv, name)` under which `path` is an SLS of these roots, in the saltenvs' order.
#[must_use]
pub fn names_of(roots: &Roots, path: &SaltPath) -> Vec<(SmolStr, SmolStr)> {
    let mut names = Vec::new();
    for (env, folders) in roots {
        for name in folders.iter().filter_map(|root| path.below(root)).filter_map(name_of) {
            let entry = (SmolStr::from(env.as_str()), name);
            if !names.contains(&entry) {
                names.push(entry);
            }
        }
    }
    names
}

/// A relative include that leads above the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboveRoot;

/// The absolute form of an include in the state SLS `sls` (`state.py`, `render_state`): `.` is the
/// folder of the SLS, each further dot one up; an `init.sls` counts as `sls.init`.
///
/// # Errors
/// [`AboveRoot`]: Salt refuses the include and goes on with the rest.
pub fn state_include(sls: &str, init: bool, include: &str) -> Result<String, AboveRoot> {
    let rest = include.trim_start_matches('.');
    let levels = include.len() - rest.len();
    if levels == 0 {
        return Ok(include.to_owned());
    }
    let mut parts: Vec<&str> = sls.split('.').collect();
    if init {
        parts.push("init");
    }
    if levels > parts.len() {
        return Err(AboveRoot);
    }
    parts.truncate(parts.len() - levels);
    parts.push(rest);
    Ok(parts.join("."))
}

/// The patterns that an include in the pillar SLS `sls` is looked up by, in order
/// (`pillar/__init__.py`, `render_pstate`): first without its leading dots and with slashes as dots,
/// then relative to the SLS with just one dot cut. If nothing matches either, the last is taken as a
/// name.
#[must_use]
pub fn pillar_include(sls: &str, init: bool, include: &str) -> [String; 2] {
    let first = include.trim_start_matches('.').replace('/', ".");
    let Some(rest) = include.strip_prefix('.') else { return [first, include.to_owned()] };
    let mut parts: Vec<&str> = sls.split('.').collect();
    if !init {
        parts.pop();
    }
    parts.push(rest);
    [first, parts.join(".")]
}

/// Python's `fnmatch.fnmatchcase`: `*`, `?`, `[seq]`, `[!seq]`, over the whole name. Linear in the
/// name for each star.
#[must_use]
pub fn fnmatch(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    let (mut n, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
        } else if let Some(next) = pattern.get(p..).and_then(|rest| match_one(rest, name[n])) {
            p += next;
            n += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (p, n) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|&c| c == '*')
}

/// How many pattern characters one name character consumes; `None`: no match.
fn match_one(pattern: &[char], c: char) -> Option<usize> {
    match *pattern.first()? {
        '?' => Some(1),
        '[' => {
            let negated = pattern.get(1) == Some(&'!');
            let start = 1 + usize::from(negated);
            // A `]` right behind the opening is a member; without a closing one `[` is literal.
            let Some(end) = pattern.iter().skip(start + 1).position(|&c| c == ']').map(|at| at + start + 1) else {
                return (c == '[').then_some(1);
            };
            let set = pattern.get(start..end)?;
            let (mut hit, mut i) = (false, 0);
            while let Some(&low) = set.get(i) {
                if let (Some('-'), Some(&high)) = (set.get(i + 1), set.get(i + 2)) {
                    hit |= low <= c && c <= high;
                    i += 3;
                } else {
                    hit |= low == c;
                    i += 1;
                }
            }
            (hit != negated).then_some(end + 1)
        }
        literal => (literal == c).then_some(1),
    }
}

/// All SLS names below some roots.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct SlsListQuery {
    roots: Vec<SaltPath>,
}

impl Query for SlsListQuery {
    type Answer = Vec<SmolStr>;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Vec<SmolStr>, Stopped> {
        walk(reader, &self.roots, name_of)
    }

    fn fingerprint(answer: &Vec<SmolStr>) -> Fingerprint {
        of_names(answer)
    }

    fn part_fingerprint(answer: &Vec<SmolStr>, (): &()) -> Fingerprint {
        of_names(answer)
    }

    fn cycle(&self) -> Vec<SmolStr> {
        Vec::new()
    }
}

/// All files below some roots.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct FileListQuery {
    roots: Vec<SaltPath>,
}

impl Query for FileListQuery {
    type Answer = Vec<SmolStr>;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Vec<SmolStr>, Stopped> {
        walk(reader, &self.roots, |path| Some(path.into()))
    }

    fn fingerprint(answer: &Vec<SmolStr>) -> Fingerprint {
        of_names(answer)
    }

    fn part_fingerprint(answer: &Vec<SmolStr>, (): &()) -> Fingerprint {
        of_names(answer)
    }

    fn cycle(&self) -> Vec<SmolStr> {
        Vec::new()
    }
}

/// What `named` makes of the paths of all files below `roots`, sorted, each once.
fn walk(
    reader: &Reader<'_>,
    roots: &[SaltPath],
    named: impl Fn(&str) -> Option<SmolStr>,
) -> Result<Vec<SmolStr>, Stopped> {
    let mut names = Vec::new();
    for root in roots {
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in reader.list(&folder)?.iter() {
                let Ok(path) = folder.join(&entry.name) else { continue };
                if entry.folder {
                    folders.push(path);
                } else if let Some(name) = path.below(root).and_then(&named) {
                    names.push(name);
                }
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn of_names(names: &[SmolStr]) -> Fingerprint {
    let mut hasher = Hasher::default();
    for name in names {
        hasher.field(name.as_bytes());
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use world::{Memo, Stop, World};

    use super::*;

    #[test]
    fn names_follow_python_fnmatch() {
        for (name, pattern, expected) in [
            ("web.nginx", "web.*", true),
            ("web", "web.*", false),
            ("a.b.c", "a.*c", true),
            ("ab", "a?", true),
            ("a", "a?", false),
            ("a1", "a[0-9]", true),
            ("ax", "a[!0-9]", true),
            ("a]", "a[]]", true),
            ("a[", "a[", true),
            ("", "*", true),
            ("aXbXc", "a*b*d", false),
        ] {
            assert_eq!(fnmatch(name, pattern), expected, "{name} {pattern}");
        }
    }

    #[test]
    fn includes_are_made_absolute_as_salt_does() {
        for (sls, init, include, state, pillar) in [
            ("a.b", true, ".c", Some("a.b.c"), "a.b.c"),
            ("a.b", true, "..sib", Some("a.sib"), "a.b..sib"),
            ("a.b", false, ".c", Some("a.c"), "a.c"),
            ("a", false, "..c", None, ".c"),
            ("a", false, "x.y", Some("x.y"), "x.y"),
        ] {
            assert_eq!(state_include(sls, init, include).ok().as_deref(), state, "{sls} {include}");
            assert_eq!(pillar_include(sls, init, include)[1], pillar, "{sls} {include}");
        }
    }

    #[test]
    fn look_up_prefers_the_sls_file_and_the_first_root() {
        let world = World::in_memory([
            ("one/web/init.sls", &b""[..]),
            ("two/web.sls", b""),
            ("two/web/init.sls", b""),
            ("one/x.y/z.sls", b""),
            ("two/db.sls", b""),
        ]);
        let (memo, stop) = (Memo::new(), Stop::new());
        let reader = Reader::new(&world, &memo, &stop);
        let path = |text: &str| SaltPath::new(text).unwrap();
        let roots = Roots::from([("base".to_owned(), vec![path("one"), path("two")])]);
        let find = |name: &str| find_sls(&reader, &roots, "base", name).unwrap();
        assert_eq!(find("web"), Some(path("two/web.sls")));
        assert_eq!(find("db"), Some(path("two/db.sls")));
        assert_eq!(find("x.y.z"), None);
        assert_eq!(find("..etc"), None);
        assert_eq!(list_sls(&reader, &roots, "base").unwrap().as_slice(), ["db", "web", "x.y.z"]);
        assert_eq!(match_sls(&reader, &roots, "base", "w*").unwrap(), ["web"]);
        assert_eq!(names_of(&roots, &path("one/web/init.sls")), [("base".into(), "web".into())]);
    }
}
