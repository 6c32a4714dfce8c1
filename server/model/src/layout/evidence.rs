//! Which folders are state roots, told by what resolves from them: each absolute include, import and
//! `salt://` URL votes for the folders below which it names something. Knows texts only as far as these
//! references go; a sample of the files is enough.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use world::{Fingerprint, Hasher, Query, Reader, SaltPath, Stopped};

/// So many files are read: references repeat, and an edit of a file that was read may move a root.
const MAX_READ: usize = 1200;
/// So many references of one file count.
const MAX_REFERENCES: usize = 64;
/// So many places of one name are looked at.
const MAX_PLACES: usize = 64;

/// What one file refers to by absolute names, as paths below a root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    /// SLS, with slashes and without their extension.
    sls: Vec<SmolStr>,
    /// Templates and other files.
    files: Vec<SmolStr>,
}

/// The references of the text at a path, memoised: a layout depends on nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ReferencesQuery {
    path: SaltPath,
}

impl Query for ReferencesQuery {
    type Answer = References;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<References, Stopped> {
        let Some(content) = reader.content(&self.path)? else { return Ok(References::default()) };
        Ok(std::str::from_utf8(&content).map_or_else(|_| References::default(), |text| read(text, self.path.name())))
    }

    fn fingerprint(answer: &References) -> Fingerprint {
        let mut hasher = Hasher::default();
        hasher.number(answer.sls.len() as u64);
        answer.sls.iter().chain(&answer.files).for_each(|name| {
            hasher.field(name.as_bytes());
        });
        hasher.finish()
    }

    fn part_fingerprint(answer: &References, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> References {
        References::default()
    }
}

/// The absolute references of an SLS or template called `name`.
fn read(text: &str, name: &str) -> References {
    let mut found = References::default();
    let mut listing = false;
    for line in text.lines() {
        let bare = line.split(" #").next().unwrap_or("").trim_end();
        if bare.trim_start().is_empty() || bare.trim_start().starts_with('#') {
            continue;
        }
        match bare.trim_start().strip_prefix("- ") {
            Some(item) if listing || name == "top.sls" => {
                let item = item.trim().trim_matches(['\'', '"']);
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
                if !item.starts_with('.') && !item.is_empty() && item.chars().all(plain) {
                    let listed = crate::catalog::listed_name(item).unwrap_or_else(|| item.to_owned());
                    found.sls.push(listed.replace('.', "/").into());
                }
            }
            Some(_) => {}
            None if bare.trim_start().starts_with("{%") => {}
            None => listing = bare == "include:",
        }
        if found.sls.len() >= MAX_REFERENCES {
            break;
        }
    }
    found.files = templates(text).chain(urls(text)).take(MAX_REFERENCES).collect();
    for names in [&mut found.sls, &mut found.files] {
        names.sort();
        names.dedup();
    }
    found
}

/// The literal, absolute templates of `import`, `from`, `include` and `extends` statements.
fn templates(text: &str) -> impl Iterator<Item = SmolStr> + '_ {
    text.split("{%").skip(1).filter_map(|rest| {
        let tag = rest.split("%}").next()?.trim_start_matches(['-', '+']).trim_start();
        let (word, rest) = tag.split_once(char::is_whitespace)?;
        if !matches!(word, "from" | "import" | "include" | "extends" | "import_yaml" | "import_json" | "import_text") {
            return None;
        }
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (name, behind) = rest.get(1..)?.split_once(quote)?;
        let whole = !behind.trim_start().starts_with(['~', '+', '%', '|', '.']);
        (whole && name.contains('/') && !name.starts_with('.')).then(|| name.trim_start_matches('/').into())
    })
}

/// The paths of `salt://` URLs that are written out.
fn urls(text: &str) -> impl Iterator<Item = SmolStr> + '_ {
    text.split("salt://").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '{' | '}' | '?' | '|' | ',' | '~'));
        let path = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches('/');
        let whole = !rest.get(path.len()..)?.trim_start_matches('/').starts_with('{');
        (whole && path.contains('/')).then(|| path.into())
    })
}

/// One reference: whose it is, and the folders below which it names something.
struct Vote {
    file: SaltPath,
    roots: Vec<SaltPath>,
}

/// What all references say.
pub(super) struct Evidence {
    votes: Vec<Vote>,
}

impl Evidence {
    /// Reads the references of `readers`, files below `top`, which may mean any of `files`.
    ///
    /// # Errors
    /// [`Stopped`].
    pub(super) fn gather(
        reader: &Reader<'_>,
        top: &SaltPath,
        readers: &[&SaltPath],
        files: &[SaltPath],
    ) -> Result<Self, Stopped> {
        let places = Places::new(files);
        let step = readers.len().div_ceil(MAX_READ).max(1);
        let mut votes = Vec::new();
        for file in readers.iter().step_by(step) {
            let Ok(path) = top.join(file.as_str()) else { continue };
            let references = reader.ask(&ReferencesQuery { path })?;
            let sls = references.sls.iter().map(|name| places.sls(name));
            let found = sls.chain(references.files.iter().map(|name| places.file(name)));
            // A reference that nothing can answer says nothing of roots.
            let found = found.filter(|roots| !roots.is_empty());
            votes.extend(found.map(|roots| Vote { file: (*file).clone(), roots }));
        }
        Ok(Self { votes })
    }

    /// How many references something answers below one of `roots`.
    pub(super) fn resolved(&self, roots: &[SaltPath]) -> usize {
        self.votes.iter().filter(|vote| vote.roots.iter().any(|root| roots.contains(root))).count()
    }

    /// `claimed` and the folders that answer most of the other references, as few as possible: one that
    /// lies in another needs many that only it answers.
    pub(super) fn best(&self, claimed: Vec<SaltPath>, prefer: &[SaltPath]) -> Vec<SaltPath> {
        let mut chosen = claimed;
        loop {
            let open = |vote: &&Vote| !vote.roots.iter().any(|root| chosen.contains(root));
            let mut counts: FxHashMap<&SaltPath, usize> = FxHashMap::default();
            for vote in self.votes.iter().filter(open) {
                vote.roots.iter().for_each(|root| *counts.entry(root).or_default() += 1);
            }
            let fits = |root: &SaltPath, count: usize| {
                let nested = |other: &SaltPath| root.below(other).is_some() || other.below(root).is_some();
                if !chosen.iter().any(nested) {
                    return true;
                }
                let inside = self.votes.iter().filter(open).filter(|vote| vote.file.below(root).is_some()).count();
                count >= 3 && count * 2 >= inside && inside > 0
            };
            let depth = |root: &SaltPath| root.as_str().matches('/').count();
            let candidates = counts.into_iter().filter(|(root, count)| fits(root, *count));
            let best = candidates.max_by_key(|(root, count)| {
                (*count, prefer.contains(root), std::cmp::Reverse(depth(root)), std::cmp::Reverse((*root).clone()))
            });
            match best {
                Some((root, _)) if chosen.len() < 64 => chosen.push(root.clone()),
                _ => return chosen,
            }
        }
    }
}

/// Where each name stands.
struct Places<'a> {
    sls: FxHashMap<&'a str, Vec<&'a str>>,
    files: FxHashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Places<'a> {
    fn new(all: &'a [SaltPath]) -> Self {
        let (mut sls, mut files) = (FxHashMap::<_, Vec<_>>::default(), FxHashMap::<_, Vec<_>>::default());
        let mut folders: FxHashSet<&str> = FxHashSet::default();
        for path in all {
            let text = path.as_str();
            files.entry(last(text)).or_default().push(text);
            if let Some(stem) = text.strip_suffix("/init.sls").or_else(|| text.strip_suffix(".sls")) {
                sls.entry(last(stem)).or_default().push(stem);
            }
            // `file.recurse` names folders.
            let mut folder = text;
            while let Some((above, _)) = folder.rsplit_once('/').filter(|(above, _)| folders.insert(above)) {
                files.entry(last(above)).or_default().push(above);
                folder = above;
            }
        }
        Self { sls, files }
    }

    fn sls(&self, name: &str) -> Vec<SaltPath> {
        above(self.sls.get(last(name)), name)
    }

    fn file(&self, name: &str) -> Vec<SaltPath> {
        above(self.files.get(last(name)), name)
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folders below which `name` is one of `places`.
fn above(places: Option<&Vec<&str>>, name: &str) -> Vec<SaltPath> {
    let root = |place: &&str| {
        let rest = place.strip_suffix(name)?;
        if rest.is_empty() { Some(SaltPath::root()) } else { SaltPath::new(rest.strip_suffix('/')?).ok() }
    };
    places.into_iter().flatten().filter_map(root).take(MAX_PLACES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_from_texts() {
        let text = "{% from 'a/map.jinja' import x %}\n{%- import_yaml \"a/d.yaml\" as d -%}\n{% from './b' import y %}\n\
                    {% include \"c/\" ~ z %}\ninclude:\n  # - no\n  - a.b\n  - .c\n  - d/init\n{% if x %}\n  - 'e'\n{% endif %}\n\
                    x:\n  file.managed:\n    - source: salt://a/files/x.conf\n    - source: salt://a/{{ y }}\n    - include: g\n";
        let found = read(text, "init.sls");
        assert_eq!(found.sls, ["a/b", "d", "e"]);
        assert_eq!(found.files, ["a/d.yaml", "a/files/x.conf", "a/map.jinja"]);
        assert_eq!(read("base:\n  '*':\n    - a.b\n    - match: x\n", "top.sls").sls, ["a/b"]);
    }

    #[test]
    fn the_folder_that_answers_most_is_best() {
        let paths = |texts: &[&str]| texts.iter().map(|text| SaltPath::new(text).unwrap()).collect::<Vec<_>>();
        let files = paths(&["x/a/b.sls", "x/a/init.sls", "x/c.sls", "y/c.sls"]);
        let places = Places::new(&files);
        let vote = |name: &str| Vote { file: files[0].clone(), roots: places.sls(name) };
        let evidence = Evidence { votes: ["a/b", "a", "c"].map(vote).into() };
        assert_eq!(evidence.best(Vec::new(), &[]), paths(&["x"]));
        assert_eq!((evidence.resolved(&paths(&["x"])), evidence.resolved(&paths(&["y"]))), (3, 1));
    }
}
