//! Finds and opens the repositories that belong to a workspace beside its own: named by the command
//! line, by settings, or by the caller who saw them side by side. A repository's own settings name
//! nothing outside of the workspace's folders.

use std::path::Path;

use history::{HistoryError, Repository, Scope};
use model::Mount;
use world::{Roots, SaltPath, World};

use crate::cli::args::Common;
use crate::parts::{self, Part};
use crate::settings::{self, Settings};
use crate::workspace::{GIT_OFF, Options, Workspace};

/// Repositories beside the own one.
const MAX: usize = 16;

/// A pillar file that lies outside.
const MAX_PILLAR_BYTES: u64 = 16 << 20;

/// What a workspace's companions are looked for with.
pub(crate) struct Companions<'a> {
    /// The folder that the command line's paths are relative to.
    pub start: &'a Path,
    /// The workspace's root, which paths of settings are relative to.
    pub root: &'a Path,
    /// The caller's words.
    pub options: &'a Options,
}

impl Companions<'_> {
    /// Adds the companions to `parts`, which holds the own part, and says in `notes` what was not
    /// opened. `of_user` are folders that the user's settings name, `of_repository` those of the
    /// repository's own.
    ///
    /// # Errors
    /// A companion's files cannot be read.
    pub(crate) fn open(
        &self,
        of_user: &[String],
        of_repository: &[String],
        parts: &mut Vec<Part>,
        notes: &mut Vec<String>,
    ) -> Result<(), HistoryError> {
        let common = &self.options.common;
        for word in common.state_root.iter().chain(&common.pillar_root) {
            let folder = word.split_once('=').map_or(word.as_str(), |(_, folder)| folder);
            // a folder that is not there was told of already
            if let Ok(folder) = std::fs::canonicalize(self.start.join(folder)) {
                self.add(&folder, parts, notes)?;
            }
        }
        if let Some(file) = &common.pillar_file {
            self.add_pillar_file(file, parts, notes);
        }
        for folder in &self.options.companions {
            self.add(folder, parts, notes)?;
        }
        let named = of_user.iter().map(|name| (name, true)).chain(of_repository.iter().map(|name| (name, false)));
        for (name, by_user) in named {
            let folder = match std::fs::canonicalize(self.root.join(name)) {
                Ok(folder) if folder.is_dir() => folder,
                // nobody learns from the note what lies outside
                _ if by_user || self.may_be_named(&self.root.join(name)) => {
                    notes.push(format!("`repositories`: there is no folder {name}"));
                    continue;
                }
                _ => {
                    notes.push(outside(name));
                    continue;
                }
            };
            if by_user || self.may_be_named(&folder) {
                self.add(&folder, parts, notes)?;
            } else {
                notes.push(outside(name));
            }
        }
        Ok(())
    }

    /// Whether a repository's own settings may name `folder`.
    fn may_be_named(&self, folder: &Path) -> bool {
        let is_plain = !folder.components().any(|part| part == std::path::Component::ParentDir);
        let places = self.options.places.iter().filter_map(|place| std::fs::canonicalize(place).ok());
        is_plain && (folder.starts_with(self.root) || places.into_iter().any(|place| folder.starts_with(place)))
    }

    fn add(&self, folder: &Path, parts: &mut Vec<Part>, notes: &mut Vec<String>) -> Result<(), HistoryError> {
        let Ok(folder) = std::fs::canonicalize(folder) else { return Ok(()) };
        let repository = match Repository::discover(&folder) {
            Ok(repository) => repository,
            Err(error) => {
                notes.push(format!("{GIT_OFF} in {}: {error}", folder.display()));
                None
            }
        };
        let root = Workspace::root_of(&folder, repository.as_ref(), &Common::default());
        let known = parts.iter().any(|part| part.root == root);
        let git_dir = |repository: Option<&Repository>| repository.map(|git| git.git_dir().to_path_buf());
        let of_own = git_dir(parts.first().and_then(|own| own.repository.as_ref())) == git_dir(repository.as_ref());
        // a folder of the own repository, or one around it, is no other repository
        let within = of_own && root.starts_with(self.root);
        if known || within || self.root.starts_with(&root) || parts.len() > MAX {
            return Ok(());
        }
        let (repository, within) = match repository.as_ref().map(|repository| repository.mount(&root)) {
            Some(Some(mount)) => (repository, mount),
            _ => (None, SaltPath::root()),
        };
        let mut loaded = Settings::load(&root, None);
        let name = root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        notes.extend(loaded.problems.drain(..).map(|problem| format!("{name}: {problem}")));
        let mut own = loaded.settings;
        // what is wrong with the editor's settings is told of the workspace itself
        drop(own.overlay(&self.options.editor));
        let scope = match Scope::new(within.clone(), &own.ignore) {
            Ok(scope) => scope,
            Err(error) => {
                notes.push(format!("{name}/{}: `ignore` is not used: {error}", settings::FILE_NAME));
                Scope::new(within, &[])?
            }
        };
        let disk = Workspace::read_disk(&root, repository.as_ref(), &scope, None)?;
        let mount = self.mount(&root, &name, parts);
        let roots =
            Mount { path: mount.clone(), file_roots: roots(&own.file_roots), pillar_roots: roots(&own.pillar_roots) };
        parts.push(Part { mount, root, repository, scope, disk, base: own.base, roots, only: None });
        Ok(())
    }

    /// The pillar file of the command line, if it lies outside of all parts: alone, in a hidden folder,
    /// where nothing is looked for.
    fn add_pillar_file(&self, file: &Path, parts: &mut Vec<Part>, notes: &mut Vec<String>) {
        let Ok(file) = std::fs::canonicalize(self.start.join(file)) else { return };
        let name = file.file_name().and_then(|name| SaltPath::new(name.to_str()?).ok());
        let (Some(root), Some(name)) = (file.parent(), name) else { return };
        if parts.iter().any(|part| file.starts_with(&part.root)) {
            return;
        }
        let disk = history::read_named(&file, MAX_PILLAR_BYTES);
        let disk = match disk {
            Ok(bytes) => World::in_memory([(name.as_str(), bytes.as_slice())]),
            Err(problem) => {
                notes.push(format!("the pillar file {} is not used: {problem}", file.display()));
                return;
            }
        };
        let mount = SaltPath::new(parts::PILLAR_FOLDER).unwrap_or_default();
        parts.push(Part {
            roots: Mount::default(),
            mount,
            root: root.to_path_buf(),
            repository: None,
            scope: Scope::default(),
            disk,
            base: None,
            only: Some(name),
        });
    }

    /// The folder at which a companion stands in the workspace's worlds: where it is, if that is inside;
    /// else one with its name that nothing else has.
    fn mount(&self, root: &Path, name: &str, parts: &[Part]) -> SaltPath {
        let inside = root.strip_prefix(self.root).ok().and_then(Path::to_str);
        if let Some(inside) = inside.and_then(|inside| SaltPath::new(inside).ok()) {
            return inside;
        }
        let taken = |path: &SaltPath| {
            let own = parts.first().map(|part| &part.disk.tree);
            let in_own = own.is_some_and(|tree| tree.get(path).is_some() || tree.has_folder(path));
            in_own || parts.iter().any(|part| part.mount == *path)
        };
        let name = if name.is_empty() { "repository" } else { name };
        let candidates = (1..=MAX + 1).map(|n| if n == 1 { name.to_owned() } else { format!("{name}-{n}") });
        let mut free = candidates.filter_map(|name| SaltPath::new(&name).ok()).filter(|path| !taken(path));
        free.next().unwrap_or_else(|| SaltPath::new(&format!("repository-{}", parts.len())).unwrap_or_default())
    }
}

fn outside(name: &str) -> String {
    format!(
        "`repositories`: {name} lies outside of the workspace, so this repository may not name it: open it in the \
         editor, too, or name it in your own settings or by --pillar-root or --state-root"
    )
}

/// Roots of a companion's settings, which are relative to it.
fn roots(named: &std::collections::BTreeMap<String, Vec<String>>) -> Option<Roots> {
    let inside = |folders: &Vec<String>| folders.iter().filter_map(|folder| SaltPath::new(folder).ok()).collect();
    let roots: Roots = named.iter().map(|(env, folders)| (env.clone(), inside(folders))).collect();
    (!roots.is_empty()).then_some(roots)
}
