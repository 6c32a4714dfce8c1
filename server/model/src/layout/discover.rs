//! Finds the roots: what the user says, what Salt configuration files say, `top.sls` files, formulas,
//! conventional folder names, in this order.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use world::{Reader, Roots, SaltPath, Stopped};

use super::evidence::Evidence;
use super::{Layout, Note, Overrides, config, ignored};
use render::names::fnmatch;

/// Folders that never hold SLS of this repository.
const SKIPPED: [&str; 5] = ["node_modules", "__pycache__", "venv", "site-packages", "htmlcov"];
/// Folders whose SLS are test data or somebody else's: roots there count only if there are no others.
const TESTS: [&str; 9] = ["test", "tests", "spec", "kitchen", "docs", "examples", "vendor", "bundle", "target"];
/// Conventional names of state folders, best first.
const STATES: [&str; 14] = [
    "srv/salt",
    "salt/states",
    "salt/roots",
    "roots/salt",
    "saltstack/salt",
    "saltstack/states",
    "states",
    "salt",
    "state",
    "file_roots",
    "salt-states",
    "salt-root",
    "salt_states",
    "roots",
];
/// Conventional names of pillar folders, best first.
const PILLARS: [&str; 12] = [
    "srv/pillar",
    "salt/pillar",
    "salt/pillars",
    "roots/pillar",
    "saltstack/pillar",
    "pillar",
    "pillars",
    "pillar_roots",
    "salt-pillar",
    "pillar-root",
    "salt_pillar",
    "pillardata",
];
/// Folders are walked this deep.
const MAX_DEPTH: usize = 64;

/// Where everything is: in the tree itself, then in each repository that is mounted in it.
///
/// # Errors
/// [`Stopped`].
pub fn discover(reader: &Reader<'_>, overrides: &Overrides) -> Result<Layout, Stopped> {
    let mut layout = discover_in(reader, &SaltPath::root(), overrides)?;
    for mount in &overrides.mounts {
        let (file_roots, pillar_roots) = (mount.file_roots.clone(), mount.pillar_roots.clone());
        let own = Overrides { file_roots, pillar_roots, ..Overrides::default() };
        let mut other = discover_in(reader, &mount.path, &own)?.below(&mount.path);
        // Roots that the user names are all there are.
        if overrides.file_roots.is_some() {
            other.file_roots.clear();
        }
        if overrides.pillar_roots.is_some() {
            other.pillar_roots.clear();
        }
        layout.join(other);
    }
    Ok(layout)
}

/// Where everything is below `top`, as paths relative to it.
fn discover_in(reader: &Reader<'_>, top: &SaltPath, overrides: &Overrides) -> Result<Layout, Stopped> {
    let mut files = Vec::new();
    walk(reader, top, overrides, MAX_DEPTH, &mut files)?;
    let files = files.iter().filter_map(|path| SaltPath::new(path.below(top)?).ok()).collect();
    let mut search = Search::new(files, top.clone());
    search.layout.as_states = overrides.as_states;
    for folder in &overrides.modules {
        for kind in ["states", "modules", "renderers"] {
            let found = folder.join(kind).ok().filter(|found| search.folders.contains(found));
            search.layout.module_folders.extend(found);
        }
    }
    search.renderers();
    search.layout.ignored = ignored::read(reader, top, &search.files)?;
    let candidates: Vec<&SaltPath> = search.files.iter().filter(|path| config::is_candidate(path)).collect();
    let content = |path: &SaltPath| top.join(path.as_str()).map_or(Ok(None), |path| reader.content(&path));
    let mut configured = config::read(&content, &candidates, &|folder| search.folders.contains(folder))?;
    search.layout.notes.append(&mut configured.notes);
    search.formulas();
    search.layout.ext_pillar = configured.ext_pillar;
    let free = overrides.file_roots.is_none() && configured.file_roots.is_empty();
    search.choose(Side::States, overrides.file_roots.as_ref(), configured.file_roots);
    search.choose(Side::Pillar, overrides.pillar_roots.as_ref(), configured.pillar_roots);
    search.single_root(reader, overrides)?;
    if free {
        search.weigh(reader)?;
    }
    let mut layout = search.finish();
    layout.salt = overrides
        .salt_version
        .as_deref()
        .and_then(|version| version.trim_start_matches('v').split('.').next()?.parse().ok());
    layout.reactors = reactors(&layout, &configured.reactors);
    Ok(layout)
}

/// All files below `folder`, without hidden and foreign folders.
fn walk(
    reader: &Reader<'_>,
    folder: &SaltPath,
    overrides: &Overrides,
    depth: usize,
    files: &mut Vec<SaltPath>,
) -> Result<(), Stopped> {
    if depth == 0 {
        return Ok(());
    }
    for entry in reader.list(folder)?.iter() {
        let Ok(path) = folder.join(&entry.name) else { continue };
        let mounted = overrides.mounts.iter().any(|mount| mount.path == path);
        if mounted || overrides.ignore.iter().any(|glob| fnmatch(path.as_str(), glob)) {
            continue;
        }
        if !entry.folder {
            files.push(path);
        } else if !entry.name.starts_with('.') && !SKIPPED.contains(&entry.name.as_str()) {
            walk(reader, &path, overrides, depth - 1, files)?;
        }
    }
    Ok(())
}

/// Paths of a master's configuration, as files under the roots.
fn reactors(layout: &Layout, named: &[SaltPath]) -> FxHashSet<SaltPath> {
    let files: FxHashSet<&SaltPath> = layout.files.iter().collect();
    let mut found = FxHashSet::default();
    for name in named {
        let parts: Vec<&str> = name.as_str().split('/').collect();
        // `salt://` paths are below a root; absolute ones end in a path of this repository.
        let below = layout.file_roots.values().flatten().filter_map(|root| root.join(name.as_str()).ok());
        let suffixes = (0..parts.len()).filter_map(|from| SaltPath::new(&parts.get(from..)?.join("/")).ok());
        found.extend(below.chain(suffixes).find(|path| files.contains(path)));
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    States,
    Pillar,
}

struct Search {
    /// The folder that everything is relative to.
    top: SaltPath,
    files: Vec<SaltPath>,
    folders: FxHashSet<SaltPath>,
    /// Folders that hold an SLS directly.
    sls_folders: BTreeSet<SaltPath>,
    layout: Layout,
}

fn is_test(path: &SaltPath) -> bool {
    path.as_str().split('/').any(|part| TESTS.contains(&part))
}

fn is_sls(path: &SaltPath) -> bool {
    path.as_str().ends_with(".sls")
}

impl Search {
    fn new(files: Vec<SaltPath>, top: SaltPath) -> Self {
        let mut folders = FxHashSet::default();
        let mut sls_folders = BTreeSet::new();
        let mut layout = Layout::default();
        for path in &files {
            let mut folder = path.parent();
            if is_sls(path) {
                sls_folders.insert(folder.clone());
            }
            if path.name() == "pillar.example" || path.name() == "pillar.sls.example" {
                layout.pillar_examples.push(path.clone());
            }
            while folders.insert(folder.clone()) && !folder.is_root() {
                if matches!(folder.name(), "_states" | "_modules" | "_grains" | "_renderers" | "_runners" | "_utils") {
                    layout.module_folders.push(folder.clone());
                }
                folder = folder.parent();
            }
        }
        layout.module_folders.sort();
        Self { top, files, folders, sls_folders, layout }
    }

    fn note(&mut self, path: &SaltPath, text: impl Into<String>) {
        self.layout.notes.push(Note { path: path.clone(), text: text.into() });
    }

    /// Whether some SLS lies in `folder` or below.
    fn has_sls(&self, folder: &SaltPath) -> bool {
        self.sls_folders
            .range(folder.clone()..)
            .take_while(|at| at.as_str().starts_with(folder.as_str()))
            .any(|at| at.below(folder).is_some())
    }

    /// The names of the repository's own renderers.
    fn renderers(&mut self) {
        // Where `extension_modules` points is the master's secret.
        let own = |path: &&SaltPath| matches!(path.parent().name(), "_renderers" | "renderers");
        let names = self.files.iter().filter(own).filter_map(|path| path.name().strip_suffix(".py"));
        self.layout.renderers = names.map(str::to_owned).collect();
    }

    /// Replaces the state roots by the folders from which more of the tree's references resolve.
    fn weigh(&mut self, reader: &Reader<'_>) -> Result<(), Stopped> {
        let before: Vec<SaltPath> = self.layout.file_roots.values().flatten().cloned().collect();
        if before.is_empty() {
            return Ok(());
        }
        let pillar: Vec<SaltPath> = self.layout.pillar_roots.values().flatten().cloned().collect();
        let tested = before.iter().any(is_test);
        let counts = |path: &&SaltPath| {
            let named = path.as_str().split('/').any(|part| part.to_lowercase().contains("pillar"));
            let in_pillar = pillar.iter().any(|root| {
                path.below(root).is_some()
                    && !before.iter().any(|own| path.below(own).is_some() && own.below(root).is_some())
            });
            let template = [".sls", ".jinja", ".j2"].iter().any(|end| path.name().ends_with(end));
            template && !in_pillar && !named && (tested || !is_test(path))
        };
        let readers: Vec<&SaltPath> = self.files.iter().filter(counts).collect();
        let evidence = Evidence::gather(reader, &self.top, &readers, &self.files)?;
        // A top file claims its folder, if anything at all resolves from it.
        let claims = |root: &&SaltPath| {
            let top = root.join("top.sls").is_ok_and(|top| self.files.binary_search(&top).is_ok());
            top && evidence.resolved(std::slice::from_ref(*root)) > 0
        };
        let claimed: Vec<SaltPath> = before.iter().filter(claims).cloned().collect();
        let best = evidence.best(claimed, &before);
        let (then, now) = (evidence.resolved(&before), evidence.resolved(&best));
        let of_pillar = |root: &SaltPath| pillar.iter().any(|other| root == other || root.below(other).is_some());
        let lost = best.iter().any(of_pillar)
            || best.is_empty()
            || now <= then
            || best.iter().any(|root| !tested && is_test(root));
        if lost || before.iter().all(|root| best.contains(root)) && best.iter().all(|root| before.contains(root)) {
            return Ok(());
        }
        // What lies apart from the new roots stays one: nothing speaks against it.
        let apart = |root: &&SaltPath| {
            !best.iter().any(|new| *new == **root || root.below(new).is_some() || new.below(root).is_some())
        };
        let mut roots: Vec<SaltPath> = before.iter().filter(apart).cloned().collect();
        roots.extend(best.iter().cloned());
        roots.sort();
        for root in best.iter().filter(|root| !before.contains(root)) {
            self.note(root, format!("{now} of the references of the SLS resolve from it, {then} from elsewhere"));
        }
        self.layout.file_roots = by_saltenv(&roots);
        Ok(())
    }

    /// Folders laid out as a formula: `F/NAME/init.sls` beside `F/pillar.example` or `F/FORMULA`, or
    /// `NAME-formula/NAME` with SLS.
    fn formulas(&mut self) {
        let marked = |path: &&SaltPath| matches!(path.name(), "pillar.example" | "FORMULA");
        let mut found: BTreeSet<SaltPath> = BTreeSet::new();
        for marker in self.files.iter().filter(marked) {
            let folder = marker.parent();
            let has_state = self
                .sls_folders
                .range(folder.clone()..)
                .take(4096)
                .any(|at| at.parent() == folder && *at != folder && at.name() != "pillar" && !is_test(at));
            if has_state && !is_test(&folder) {
                found.insert(folder);
            }
        }
        for at in &self.sls_folders {
            let above = at.parent();
            let named = above.name().strip_suffix("-formula").is_some_and(|name| name == at.name());
            if named && !is_test(&above) {
                found.insert(above);
            }
        }
        self.layout.formulas = found.into_iter().collect();
    }

    fn choose(&mut self, side: Side, user: Option<&Roots>, configured: Roots) {
        let what = if side == Side::States { "state" } else { "pillar" };
        let mut roots = if let Some(roots) = user {
            self.note(&SaltPath::root(), format!("{what} roots are set by the user"));
            roots.clone()
        } else if !configured.is_empty() {
            configured
        } else {
            let mut roots = self.tops(side, false);
            if roots.is_empty() {
                roots = self.conventional(side);
            }
            if side == Side::States {
                self.add_formulas(&mut roots);
            }
            // A pillar for tests belongs to states for tests.
            let tested = side == Side::States || self.layout.file_roots.values().flatten().any(is_test);
            if roots.is_empty() && tested {
                roots = self.tops(side, true);
            }
            roots
        };
        roots.retain(|_, folders| !folders.is_empty());
        match side {
            Side::States => self.layout.file_roots = roots,
            Side::Pillar => self.layout.pillar_roots = roots,
        }
    }

    /// Folders with a `top.sls`, the outermost of each chain.
    fn tops(&mut self, side: Side, tests: bool) -> Roots {
        let pillar_like =
            |folder: &SaltPath| folder.as_str().split('/').any(|part| part.to_lowercase().contains("pillar"));
        let tops = self.files.iter().filter(|path| path.name() == "top.sls").map(SaltPath::parent);
        let tops: Vec<SaltPath> =
            tops.filter(|folder| pillar_like(folder) == (side == Side::Pillar) && is_test(folder) == tests).collect();
        // `x/top.sls` inside a root is an SLS called `x.top`.
        let outermost: Vec<SaltPath> = tops
            .iter()
            .filter(|folder| !tops.iter().any(|other| other != *folder && folder.below(other).is_some()))
            .cloned()
            .collect();
        for folder in &outermost {
            self.note(folder, "holds a top.sls");
        }
        by_saltenv(&outermost)
    }

    fn conventional(&mut self, side: Side) -> Roots {
        let names: &[&str] = if side == Side::States { &STATES } else { &PILLARS };
        let found = names.iter().filter_map(|name| SaltPath::new(name).ok()).find(|folder| {
            let other = side == Side::States && folder.name() == "salt" && !self.has_state_below(folder);
            // A formula's own SLS: `salt/init.sls` of the formula `salt`.
            let other = other || self.is_formulas_own(folder);
            self.folders.contains(folder) && self.has_sls(folder) && !other
        });
        let Some(folder) = found else { return Roots::new() };
        let envs = self.env_folders(&folder);
        if envs.is_empty() {
            self.note(&folder, "is a conventional folder name and holds SLS files");
            return BTreeMap::from([("base".to_owned(), vec![folder])]);
        }
        self.note(&folder, "is a conventional folder name with one folder per saltenv");
        envs
    }

    /// Whether `folder` is the `NAME` of a formula.
    fn is_formulas_own(&self, folder: &SaltPath) -> bool {
        let init = folder.join("init.sls").is_ok_and(|init| self.files.binary_search(&init).is_ok());
        init && self.layout.formulas.contains(&folder.parent())
    }

    /// `salt/pillar/…` alone makes `salt` no state root.
    fn has_state_below(&self, folder: &SaltPath) -> bool {
        let pillar = |at: &SaltPath| at.as_str().contains("pillar");
        self.sls_folders.iter().any(|at| at.below(folder).is_some() && !pillar(at))
    }

    /// `FOLDER/base` beside other such folders, and no SLS in `FOLDER` itself.
    fn env_folders(&self, folder: &SaltPath) -> Roots {
        let base = folder.join("base").ok().filter(|base| self.has_sls(base));
        if base.is_none() || self.sls_folders.contains(folder) {
            return Roots::new();
        }
        let children = self.folders.iter().filter(|at| at.parent() == *folder && **at != *folder && self.has_sls(at));
        children.map(|at| (at.name().to_owned(), vec![at.clone()])).collect()
    }

    fn add_formulas(&mut self, roots: &mut Roots) {
        for formula in self.layout.formulas.clone() {
            let inside = roots.values().flatten().any(|root| *root == formula);
            // A formula folder that stands in a root is reached under its folder's name already.
            if !inside {
                self.note(&formula, "is a formula: NAME/init.sls beside a pillar.example or FORMULA file");
                roots.entry("base".to_owned()).or_default().push(formula);
            }
        }
    }

    /// Without any state root: the repository itself, unless its SLS are pillar.
    fn single_root(&mut self, reader: &Reader<'_>, overrides: &Overrides) -> Result<(), Stopped> {
        let free = |roots: &Option<Roots>| roots.is_none();
        let states = self.layout.file_roots.values().flatten().cloned().collect::<Vec<_>>();
        if states.is_empty() && free(&overrides.file_roots) {
            let root = self.common_folder();
            if let Some(root) = root {
                self.note(&root, "holds SLS files, and nothing says where the state root is");
                self.layout.file_roots = BTreeMap::from([("base".to_owned(), vec![root])]);
            }
        }
        let only = self.layout.file_roots.len() == 1 && self.layout.formulas.is_empty();
        if only && self.layout.pillar_roots.is_empty() && free(&overrides.file_roots) && free(&overrides.pillar_roots) {
            let folders: Vec<SaltPath> = self.layout.file_roots.values().flatten().cloned().collect();
            let named = |folder: &SaltPath| STATES.iter().any(|name| name.rsplit('/').next() == Some(folder.name()));
            if let [folder] = folders.as_slice()
                && !named(folder)
                && self.looks_like_pillar(reader, folder)?
            {
                self.note(folder, "its SLS files hold no state functions: taken as a pillar root");
                self.layout.pillar_roots = std::mem::take(&mut self.layout.file_roots);
            }
        }
        Ok(())
    }

    /// The deepest folder that holds every SLS outside tests and pillar roots; the part above an
    /// `init.sls` where that is all there is.
    fn common_folder(&self) -> Option<SaltPath> {
        let pillar: Vec<&SaltPath> = self.layout.pillar_roots.values().flatten().collect();
        let outside = |at: &&SaltPath| !is_test(at) && !pillar.iter().any(|root| at.below(root).is_some());
        let mut folders = self.sls_folders.iter().filter(outside);
        let first = folders.next()?.clone();
        let mut common = folders.fold(first, |common, at| {
            let mut common = common;
            while at.below(&common).is_none() {
                common = common.parent();
            }
            common
        });
        let holds_init = common.join("init.sls").is_ok_and(|init| self.files.binary_search(&init).is_ok());
        if holds_init {
            common = common.parent();
        }
        Some(common)
    }

    /// Whether none of a sample of its SLS has a line that can only be a state function.
    fn looks_like_pillar(&self, reader: &Reader<'_>, folder: &SaltPath) -> Result<bool, Stopped> {
        let sample =
            self.files.iter().filter(|path| is_sls(path) && path.name() != "top.sls" && path.below(folder).is_some());
        let mut seen = false;
        for path in sample.take(40) {
            let Ok(path) = self.top.join(path.as_str()) else { continue };
            let Some(content) = reader.content(&path)? else { continue };
            let text = String::from_utf8_lossy(&content);
            if text.lines().any(is_state_line) {
                return Ok(false);
            }
            // Includes and Jinja alone say nothing.
            seen |= text
                .lines()
                .any(|line| line.trim_end().ends_with(|c: char| c.is_alphanumeric()) && line.contains(": "));
        }
        Ok(seen)
    }

    fn finish(mut self) -> Layout {
        self.files.sort();
        self.layout.files = self.files;
        self.layout
    }
}

/// State modules that are in nearly every tree: enough to tell states from pillar.
const COMMON: [&str; 34] = [
    "pkg",
    "pkgrepo",
    "file",
    "service",
    "cmd",
    "user",
    "group",
    "git",
    "test",
    "cron",
    "sysctl",
    "archive",
    "mount",
    "module",
    "host",
    "ssh_auth",
    "ssh_known_hosts",
    "pip",
    "virtualenv",
    "docker_container",
    "docker_image",
    "salt",
    "alternatives",
    "locale",
    "timezone",
    "network",
    "mysql_user",
    "mysql_database",
    "postgres_user",
    "postgres_database",
    "iptables",
    "firewalld",
    "ini",
    "x509",
];

/// Whether a line holds a function of a common state module: `  pkg.installed:`, `x: pkg.installed`,
/// `- pkg.installed`.
pub(super) fn is_state_line(line: &str) -> bool {
    let line = line.trim();
    let word = match line.strip_suffix(':').or_else(|| line.strip_suffix(": []")) {
        Some(key) => key,
        None => line.rsplit(": ").next().unwrap_or(line),
    };
    let word = word.trim_start_matches("- ");
    let Some((module, function)) = word.split_once('.') else { return false };
    COMMON.contains(&module) && !function.is_empty() && function.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// Sibling folders of which one is called `base` are saltenvs; else all belong to `base`.
fn by_saltenv(folders: &[SaltPath]) -> Roots {
    let mut roots = Roots::new();
    for folder in folders {
        let siblings = |other: &&SaltPath| other.parent() == folder.parent() && !folder.is_root();
        let by_name = folders.iter().filter(siblings).any(|other| other.name() == "base");
        let env = if by_name { folder.name() } else { "base" };
        roots.entry(env.to_owned()).or_default().push(folder.clone());
    }
    roots
}
