//! SLS names and the files they stand for (`get_state` in `salt/fileclient.py`).

use smol_str::SmolStr;
use world::{Minion, Reader, Roots, SaltPath, Stopped};

/// The SLS name of a path relative to a root, and whether it is an `init.sls`; `None` for other files.
/// A folder with a dot in its name can be listed but never be reached, so it has no name.
#[must_use]
pub fn sls_name(relative: &str) -> Option<(SmolStr, bool)> {
    let stem = relative.strip_suffix(".sls")?;
    let (stem, init) = match stem.strip_suffix("/init") {
        Some(folder) => (folder, true),
        None => (stem, false),
    };
    if stem.is_empty() || stem.contains('.') {
        return None;
    }
    Some((stem.replace('/', ".").into(), init))
}

/// All `(saltenv, name)` of the file at `path` under `roots`, and whether it is an `init.sls`.
#[must_use]
pub fn names_of(roots: &Roots, path: &SaltPath) -> Vec<(SmolStr, SmolStr, bool)> {
    let mut names = Vec::new();
    for (env, folders) in roots {
        for folder in folders {
            if let Some((name, init)) = path.below(folder).and_then(sls_name) {
                let name = (env.as_str().into(), name, init);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    names
}

/// The file that the SLS `name` stands for in the saltenv `env`: `x.sls` in any root beats
/// `x/init.sls`; of equal ones the first root wins.
///
/// # Errors
/// [`Stopped`].
pub fn find_sls(reader: &Reader<'_>, roots: &Roots, env: &str, name: &str) -> Result<Option<SaltPath>, Stopped> {
    let stem = name.replace('.', "/");
    for suffix in [".sls", "/init.sls"] {
        if let Some(path) = find_file(reader, roots, env, &format!("{stem}{suffix}"))? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The file at `relative` in the first root of `env` that has it.
///
/// # Errors
/// [`Stopped`].
pub fn find_file(reader: &Reader<'_>, roots: &Roots, env: &str, relative: &str) -> Result<Option<SaltPath>, Stopped> {
    for folder in Minion::roots(roots, env) {
        let Ok(path) = folder.join(relative.trim_start_matches('/')) else { continue };
        if reader.blob(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Python's `fnmatch.fnmatchcase`: `*`, `?`, `[…]`, `[!…]`.
#[must_use]
pub fn fnmatch(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    // Where to go on after a mismatch: behind the last star, one character further.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        let step = match (pattern.get(p), text.get(t)) {
            (Some('*'), _) => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            (Some('?'), Some(_)) => Some(p + 1),
            (Some('['), Some(c)) => match class(&pattern, p + 1, *c) {
                Some((true, end)) => Some(end),
                Some((false, _)) => None,
                None => (*c == '[').then_some(p + 1),
            },
            (Some(a), Some(b)) => (a == b).then_some(p + 1),
            _ => None,
        };
        match (step, &mut retry) {
            (Some(next), _) => {
                p = next;
                t += 1;
            }
            (None, Some((star, from))) => {
                *from += 1;
                (p, t) = (*star, *from);
            }
            (None, None) => return false,
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|c| *c == '*'))
}

/// Whether `c` is in the class that starts at `from`, behind its `[`, and where it ends; `None` if it
/// is not closed.
fn class(pattern: &[char], from: usize, c: char) -> Option<(bool, usize)> {
    let negated = pattern.get(from) == Some(&'!');
    let first = from + usize::from(negated);
    // A `]` right at the start is a member.
    let end = (first + 1..pattern.len()).find(|&at| pattern.get(at) == Some(&']'))?;
    let members = pattern.get(first..end)?;
    let mut at = 0;
    let mut inside = false;
    while let Some(&low) = members.get(at) {
        if members.get(at + 1) == Some(&'-')
            && let Some(&high) = members.get(at + 2)
        {
            inside |= low <= c && c <= high;
            at += 3;
        } else {
            inside |= low == c;
            at += 1;
        }
    }
    Some((inside != negated, end + 1))
}

/// Whether `text` is an fnmatch pattern, as Salt decides it (`_is_fnmatch_pattern` in
/// `salt/utils/requisite.py`).
#[must_use]
pub fn is_fnmatch(text: &str) -> bool {
    text.contains(['*', '?', '[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_path() {
        let name =
            |path: &str| sls_name(path).map(|(name, init)| format!("{name}{}", if init { " (init)" } else { "" }));
        assert_eq!(name("web/nginx.sls").as_deref(), Some("web.nginx"));
        assert_eq!(name("web/nginx/init.sls").as_deref(), Some("web.nginx (init)"));
        assert_eq!(name("init.sls").as_deref(), Some("init"));
        assert_eq!(name("v1.2/web.sls"), None);
        assert_eq!(name("web/map.jinja"), None);
    }

    #[test]
    fn fnmatch_is_pythons() {
        for (text, pattern, expected) in [
            ("web.nginx", "web.*", true),
            ("web", "web.*", false),
            ("web1", "web[0-9]", true),
            ("webx", "web[!0-9]", true),
            ("web1", "web[!0-9]", false),
            ("a]", "a[]]", true),
            ("a[b", "a[b", true),
            ("abcabd", "*ab?", true),
            ("", "*", true),
            ("ab", "a", false),
        ] {
            assert_eq!(fnmatch(text, pattern), expected, "{text} {pattern}");
        }
    }
}
