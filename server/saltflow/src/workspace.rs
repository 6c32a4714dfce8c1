//! One opened folder: its settings, its repository, its files on disk, and under which minions it
//! is read. What the command line and the language server share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use history::{HistoryError, Repository, Scope};
use ide::{Diagnostic, Severity};
use model::{Mount, Overrides, Request};
use world::{Memo, Profile, Reader, Roots, SaltPath, Stop, Stopped, World};

use crate::cli::args::Common;
use crate::companions::Companions;
use crate::parts::{self, Part};
use crate::settings::{self, Settings};

/// How large a profile may be, in bytes.
const MAX_PROFILE_BYTES: u64 = 16 << 20;

/// More changed files than this are found by walking the folder.
const MAX_SINGLE_FILES: usize = 1_000;

/// How a note begins that says why a repository is read as a plain folder.
pub(crate) const GIT_OFF: &str = "git is off";

/// A folder as it was opened.
#[derive(Clone)]
pub struct Workspace {
    /// Its absolute path; every [`SaltPath`] is relative to it.
    pub root: PathBuf,
    /// The settings in force.
    pub settings: Settings,
    /// Its files as they are on disk, those of its companions below their mounts.
    pub disk: World,
    /// The workspace's own part, then the further repositories that belong to it. Those are below
    /// folders of their own in all worlds of this workspace.
    pub parts: Arc<Vec<Part>>,
    /// What a person should know, ready to print: settings that are wrong, why git is off.
    pub notes: Vec<String>,
    /// Those of the notes that say why a repository is not read as one.
    pub git_off: Vec<String>,
    /// Derived answers, for all of its worlds.
    pub memo: Arc<Memo>,
    options: Options,
}

/// What the caller says over the settings file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The command line's words.
    pub common: Common,
    /// The editor's settings.
    pub editor: serde_json::Value,
    /// Profiles of the command line (`--minion`); not empty: instead of the settings'.
    pub minions: Vec<Arc<Profile>>,
    /// Every SLS below the state roots is read as a state SLS.
    pub as_states: bool,
    /// What holds with nothing known is wanted beside what the profiles add.
    pub structural: bool,
    /// The folder is opened for the sake of one document: nothing else in it is read unless it
    /// belongs to a repository or has settings.
    pub lone: bool,
    /// Workspace folders of the editor: a repository's own settings may name repositories in them.
    pub places: Vec<PathBuf>,
    /// Further repositories that belong to this one, as the caller found out.
    pub companions: Vec<PathBuf>,
}

/// Why a folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No such folder, or not readable.
    #[error("cannot open {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        reason: String,
    },
    /// A file that the command line names cannot be used.
    #[error("{0}")]
    Argument(String),
    /// Reading files or the repository failed.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl Workspace {
    /// Opens the Salt repository that `start` lies in: the nearest folder upwards that has settings,
    /// else the git repository's top, else `start` itself. Roots given on the command line are
    /// relative to `start`, which is the root then.
    ///
    /// # Errors
    /// [`OpenError`]; a repository that git refuses is opened as a folder, with a note.
    pub fn open(start: &Path, options: Options) -> Result<Self, OpenError> {
        let folder = |error: std::io::Error| OpenError::Folder { path: start.to_path_buf(), reason: error.to_string() };
        let start = std::fs::canonicalize(start).map_err(folder)?;
        if !start.is_dir() {
            return Err(OpenError::Folder { path: start, reason: "it is no folder".to_owned() });
        }
        let mut notes = Vec::new();
        let repository = match Repository::discover(&start) {
            Ok(repository) => repository,
            Err(error) => {
                notes.push(format!("{GIT_OFF}: {error}"));
                None
            }
        };
        let root = Self::root_of(&start, repository.as_ref(), &options.common);
        let loaded = Settings::load(&root, options.common.config.as_deref());
        notes.extend(loaded.problems);
        let mut settings = loaded.settings;
        // What a repository says of itself opens no door; what the user says does.
        let of_file = std::mem::take(&mut settings.repositories);
        let (of_repository, mut of_user) = match options.common.config {
            Some(_) => (Vec::new(), of_file),
            None => (of_file, Vec::new()),
        };
        notes.extend(settings.overlay(&options.editor));
        of_user.append(&mut settings.repositories);
        let mount = repository.as_ref().map(|repository| repository.mount(&root));
        // a folder that the repository cannot place (bare, or elsewhere) is read as a plain folder
        let (repository, mount) = match mount {
            Some(Some(mount)) => (repository, mount),
            _ => (None, SaltPath::root()),
        };
        let scope = match Scope::new(mount.clone(), &settings.ignore) {
            Ok(scope) => scope,
            Err(error) => {
                notes.push(format!("{}: `ignore` is not used: {error}", settings::FILE_NAME));
                Scope::new(mount, &[])?
            }
        };
        let lone = options.lone && repository.is_none() && !root.join(settings::FILE_NAME).is_file();
        let options = Options { lone, ..options };
        let own = match lone {
            true => World::in_memory::<[u8]>([]),
            false => Self::read_disk(&root, repository.as_ref(), &scope, None)?,
        };
        let base = settings.base.clone();
        let mut parts = vec![Part {
            mount: SaltPath::root(),
            root: root.clone(),
            repository,
            scope,
            disk: own,
            base,
            roots: Mount::default(),
            only: None,
        }];
        let companions = Companions { start: &start, root: &root, options: &options };
        companions.open(&of_user, &of_repository, &mut parts, &mut notes)?;
        settings.repositories = of_user.into_iter().chain(of_repository).collect();
        let disk = parts::joined(&parts, None);
        let (memo, parts) = (Arc::new(Memo::new()), Arc::new(parts));
        let git_off = notes.iter().filter(|note| note.starts_with(GIT_OFF)).cloned().collect();
        Ok(Self { root, settings, disk, parts, notes, git_off, memo, options })
    }

    pub(crate) fn root_of(start: &Path, repository: Option<&Repository>, common: &Common) -> PathBuf {
        if !common.state_root.is_empty() || !common.pillar_root.is_empty() {
            return start.to_path_buf();
        }
        let top =
            repository.and_then(|repository| repository.workdir()).and_then(|top| std::fs::canonicalize(top).ok());
        for folder in start.ancestors() {
            if folder.join(settings::FILE_NAME).is_file() || Some(folder) == top.as_deref() {
                return folder.to_path_buf();
            }
        }
        start.to_path_buf()
    }

    pub(crate) fn read_disk(
        root: &Path,
        repository: Option<&Repository>,
        scope: &Scope,
        before: Option<&World>,
    ) -> Result<World, HistoryError> {
        let like = before.map(|world| &world.tree);
        match repository {
            Some(repository) => repository.working_world(scope, like),
            None => history::folder_world(root, scope, like),
        }
    }

    /// Reads the files on disk again; shares what did not change with the world before.
    ///
    /// # Errors
    /// The folder or the repository cannot be read any more.
    pub fn reread(&mut self) -> Result<(), HistoryError> {
        if self.options.lone {
            return Ok(());
        }
        let mut parts = (*self.parts).clone();
        for part in &mut parts {
            reread(part)?;
        }
        self.put(parts);
        Ok(())
    }

    /// Reads `files` again, which have changed on disk; all files if that may affect others.
    ///
    /// # Errors
    /// As [`Workspace::reread`].
    pub fn reread_files(&mut self, files: &[PathBuf]) -> Result<(), HistoryError> {
        if self.options.lone {
            return Ok(());
        }
        let mut parts = (*self.parts).clone();
        for part in &mut parts {
            let relative = |file: &PathBuf| SaltPath::new(file.strip_prefix(&part.root).ok()?.to_str()?).ok();
            let mut paths: Vec<SaltPath> = files.iter().filter_map(relative).collect();
            paths.sort();
            paths.dedup();
            if paths.is_empty() {
                continue;
            }
            let is_many = paths.len() > MAX_SINGLE_FILES || paths.iter().any(SaltPath::is_root);
            let some = match part.repository.as_ref().filter(|_| !is_many && part.root.is_dir()) {
                Some(repository) => repository.reread(&part.disk, &part.scope, &paths)?,
                None => None,
            };
            match some {
                Some(world) => part.disk = world,
                None => reread(part)?,
            }
        }
        self.put(parts);
        Ok(())
    }

    fn put(&mut self, parts: Vec<Part>) {
        self.disk = parts::joined(&parts, Some((&self.disk, &self.parts)));
        self.parts = Arc::new(parts);
    }

    /// The path of `file` in this workspace's worlds; `None`: it lies elsewhere.
    #[must_use]
    pub fn place(&self, file: &Path) -> Option<SaltPath> {
        self.holder(file)?.place(file)
    }

    /// How much of the path of `file` the part that holds it stands for; `None`: it lies elsewhere.
    #[must_use]
    pub fn holds(&self, file: &Path) -> Option<usize> {
        self.holder(file).map(|part| part.root.as_os_str().len())
    }

    fn holder(&self, file: &Path) -> Option<&Part> {
        let holds = |part: &&Part| match &part.only {
            Some(only) => part.root.join(only.as_str()) == file,
            None => file.starts_with(&part.root),
        };
        let holding = self.parts.iter().filter(holds);
        holding.max_by_key(|part| part.root.as_os_str().len())
    }

    /// The part that the file at `path` belongs to, and its path there.
    #[must_use]
    pub fn part_of(&self, path: &SaltPath) -> (&Part, SaltPath) {
        let (n, inner) = parts::part_of(&self.parts, path);
        // the own part is always there
        self.parts.get(n).map_or_else(|| (&self.parts[0], path.clone()), |part| (part, inner))
    }

    /// `path` for people: relative to the root, wherever its repository is.
    #[must_use]
    pub fn shown(&self, path: &SaltPath) -> String {
        let (part, inner) = self.part_of(path);
        if part.root.starts_with(&self.root) {
            return path.to_string();
        }
        let common = self.root.components().zip(part.root.components()).take_while(|(one, other)| one == other).count();
        let up = self.root.components().skip(common).map(|_| "..");
        let down = part.root.components().skip(common).map(|part| part.as_os_str().to_string_lossy());
        let mut parts: Vec<String> = up.map(str::to_owned).collect();
        parts.extend(down.map(std::borrow::Cow::into_owned));
        parts.push(inner.to_string());
        parts.join("/")
    }

    /// Whether further repositories belong to it.
    #[must_use]
    pub fn is_joint(&self) -> bool {
        self.parts.iter().filter(|part| part.only.is_none()).count() > 1
    }

    /// Roots of the repositories that belong to it.
    pub fn companions(&self) -> impl Iterator<Item = &PathBuf> {
        self.parts.iter().skip(1).filter(|part| part.only.is_none()).map(|part| &part.root)
    }

    /// Whether the workspace shows the file at `path` at all: `.git` and what the settings ignore are
    /// not seen even if they are open in an editor.
    #[must_use]
    pub fn shows(&self, path: &SaltPath) -> bool {
        let (part, inner) = self.part_of(path);
        !path.as_str().split('/').any(|part| part == ".git")
            && part.scope.place(&part.scope.in_repository(&inner)).is_some()
    }

    /// `findings` with the severities of the settings; those set to `none` are left out. A code that
    /// ends in `/*` stands for all codes that start so.
    #[must_use]
    pub fn weighed(&self, mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let (set, checks) = (&self.settings.severity, self.settings.checks);
        if set.is_empty() && checks.is_none() {
            return findings;
        }
        for finding in &mut findings {
            if let Some(checks) = checks {
                finding.severity = checks.weigh(&finding.code, finding.severity);
            }
            let group = finding.code.split_once('/').map(|(group, _)| format!("{group}/*"));
            if let Some(wanted) = set.get(&finding.code).or_else(|| set.get(&group?)) {
                finding.severity = wanted.severity();
            }
        }
        findings.retain(|finding| finding.severity > Severity::None);
        findings
    }

    /// This workspace with its settings read anew and the editor's settings replaced.
    ///
    /// # Errors
    /// As [`Workspace::open`].
    pub fn reconfigured(&self, editor: serde_json::Value) -> Result<Self, OpenError> {
        let options = Options { editor, ..self.options.clone() };
        Self::open(&self.root, options)
    }

    /// This workspace opened anew with other companions, and other folders that its settings may name.
    ///
    /// # Errors
    /// As [`Workspace::open`].
    pub fn with_companions(&self, companions: Vec<PathBuf>, places: Vec<PathBuf>) -> Result<Self, OpenError> {
        let options = Options { companions, places, ..self.options.clone() };
        Self::open(&self.root, options)
    }

    /// What the caller said of companions and of the folders that may be named.
    #[must_use]
    pub fn asked(&self) -> (&[PathBuf], &[PathBuf]) {
        (&self.options.companions, &self.options.places)
    }

    /// The absolute path of `path`.
    #[must_use]
    pub fn file(&self, path: &SaltPath) -> PathBuf {
        let (part, inner) = self.part_of(path);
        if inner.is_root() { part.root.clone() } else { part.root.join(inner.as_str()) }
    }

    /// Whether only open documents are read in it (see [`Options::lone`]).
    #[must_use]
    pub fn is_lone(&self) -> bool {
        self.options.lone
    }

    /// Whether `other` has the same settings, notes and repository.
    #[must_use]
    pub fn is_configured_as(&self, other: &Self) -> bool {
        let known = |workspace: &Self| -> Vec<_> {
            let git_dir = |part: &Part| part.repository.as_ref().map(|git| git.git_dir().to_path_buf());
            let of = |part: &Part| (part.root.clone(), git_dir(part), part.base.clone(), part.roots.clone());
            workspace.parts.iter().map(of).collect()
        };
        self.settings == other.settings && self.notes == other.notes && known(self) == known(other)
    }

    /// Whether `--reveal` was given.
    #[must_use]
    pub fn reveal(&self) -> bool {
        self.options.common.reveal
    }

    /// Globs of SLS names that are left out.
    #[must_use]
    pub fn skip(&self) -> Vec<String> {
        self.settings.skip.iter().chain(&self.options.common.skip).cloned().collect()
    }

    /// What a catalog of `world` is made of: roots, saltenv, profiles; and what was wrong with them,
    /// ready to print.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn request(&self, world: &World, stop: &Stop) -> Result<(Request, Vec<String>), Stopped> {
        let reader = Reader::new(world, &self.memo, stop);
        let mut notes = Vec::new();
        let saltenv = self.options.common.saltenv.as_ref().or(self.settings.saltenv.as_ref());
        let request = Request {
            overrides: self.overrides(),
            saltenv: saltenv.cloned(),
            structural: self.options.structural || self.options.minions.is_empty(),
            profiles: self.profiles(&reader, &mut notes)?,
            pillar_file: self.pillar_file(&mut notes),
        };
        Ok((request, notes))
    }

    pub(crate) fn overrides(&self) -> Overrides {
        let common = &self.options.common;
        let given = |words: &[String], settings: &std::collections::BTreeMap<String, Vec<String>>| -> Option<Roots> {
            let mut roots = Roots::new();
            if words.is_empty() {
                for (env, folders) in settings {
                    let folders = folders.iter().filter_map(|folder| self.inside(Path::new(folder)));
                    roots.insert(env.clone(), folders.collect());
                }
            } else {
                for word in words {
                    let (env, folder) = word.split_once('=').unwrap_or(("base", word));
                    if let Some(folder) = self.inside(Path::new(folder)) {
                        roots.entry(env.to_owned()).or_default().push(folder);
                    }
                }
                // Roots of the command line are complete: nothing else is looked for.
                return Some(roots);
            }
            (!roots.is_empty()).then_some(roots)
        };
        let explicit = !common.state_root.is_empty();
        let pillar_roots = given(&common.pillar_root, &self.settings.pillar_roots);
        Overrides {
            salt_version: self.settings.salt_version.clone(),
            file_roots: given(&common.state_root, &self.settings.file_roots),
            pillar_roots: if explicit && pillar_roots.is_none() { Some(Roots::new()) } else { pillar_roots },
            ignore: self.settings.ignore.clone(),
            modules: self.modules(),
            mounts: self
                .parts
                .iter()
                .skip(1)
                .filter(|part| part.only.is_none())
                .map(|part| part.roots.clone())
                .collect(),
            as_states: self.options.as_states,
        }
    }

    /// Folders of further modules, those inside the root: of the settings, then of the command line.
    fn modules(&self) -> Vec<SaltPath> {
        let settings = self.settings.modules.iter().map(Path::new);
        let given = self.options.common.modules.iter().map(PathBuf::as_path);
        settings.chain(given).filter_map(|folder| self.inside(folder)).collect()
    }

    /// A path of settings or command line in this workspace's worlds; `None` if it leads out of them.
    fn inside(&self, path: &Path) -> Option<SaltPath> {
        match path.to_str().map(SaltPath::new) {
            Some(Ok(inside)) => Some(inside),
            // absolute, or in a companion
            _ => self.place(&std::fs::canonicalize(self.root.join(path)).ok()?),
        }
    }

    fn pillar_file(&self, notes: &mut Vec<String>) -> Option<SaltPath> {
        let given = self.options.common.pillar_file.as_deref();
        let path = given.or(self.settings.pillar_file.as_deref().map(Path::new))?;
        let found = self.inside(path);
        if found.is_none() {
            notes.push(format!(
                "the pillar file {} is not used: it lies outside of {}",
                path.display(),
                self.root.display()
            ));
        }
        found
    }

    /// The profiles of the command line, else of the settings. Those of the settings are read
    /// through the world: a repository's settings name nothing outside of it.
    fn profiles(&self, reader: &Reader<'_>, notes: &mut Vec<String>) -> Result<Vec<Arc<Profile>>, Stopped> {
        if !self.options.minions.is_empty() {
            return Ok(self.options.minions.clone());
        }
        let mut profiles = Vec::new();
        let mut take = |name: &str, text: Result<String, String>| {
            let parsed = text.and_then(|text| Profile::parse(name, &text).map_err(|error| error.to_string()));
            match parsed {
                Ok(profile) => profiles.push(Arc::new(profile)),
                Err(problem) => notes.push(format!("the minion profile {name} is not used: {problem}")),
            }
        };
        for name in &self.settings.profiles {
            let Some(path) = self.inside(Path::new(name)) else {
                take(name, Err("it lies outside of the repository".to_owned()));
                continue;
            };
            let content = reader.content(&path)?;
            let text = content
                .ok_or_else(|| "there is no such file".to_owned())
                .and_then(|bytes| String::from_utf8(bytes.to_vec()).map_err(|_| "it is no UTF-8 text".to_owned()));
            take(&profile_name(Path::new(name)), text);
        }
        Ok(profiles)
    }
}

fn reread(part: &mut Part) -> Result<(), HistoryError> {
    if part.only.is_some() {
        return Ok(());
    }
    let gone = |source| HistoryError::Io { path: part.root.clone(), source };
    std::fs::read_dir(&part.root).map_err(gone)?;
    part.disk = Workspace::read_disk(&part.root, part.repository.as_ref(), &part.scope, Some(&part.disk))?;
    Ok(())
}

fn profile_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |stem| stem.to_string_lossy().into_owned())
}

/// Reads a profile that the command line names, once: it may be a pipe.
///
/// # Errors
/// [`OpenError::Argument`] with a message for people.
pub fn read_profile(path: &Path) -> Result<Profile, OpenError> {
    let problem =
        |problem: String| OpenError::Argument(format!("cannot use the minion profile {}: {problem}", path.display()));
    let bytes = history::read_given(path, MAX_PROFILE_BYTES).map_err(|error| problem(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| problem("it is not UTF-8 text".to_owned()))?;
    Profile::parse(&profile_name(path), &text).map_err(|error| problem(error.to_string()))
}
