//! Where a repository's roots are, and as what each of its files is read. A pure function of the
//! world's listing and of the Salt configuration files in it; knows nothing of what SLS hold, but for
//! a sample where a single root may be either states or pillar.

mod classify;
mod config;
mod content;
mod discover;
mod evidence;
mod ignored;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use world::{Minion, Profile, Roots, SaltPath};

pub use classify::FileKind;
pub use content::refine;
pub use discover::discover;

/// What settings and the command line say instead of discovery.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Overrides {
    /// `--state-root`; `None`: discovered.
    pub file_roots: Option<Roots>,
    /// `--pillar-root`; `None`: discovered.
    pub pillar_roots: Option<Roots>,
    /// Globs of paths that are no part of the tree (settings' `ignore`), matched with fnmatch.
    pub ignore: Vec<String>,
    /// `--modules`: folders laid out like `extension_modules` (`states/`, `modules/`).
    pub modules: Vec<SaltPath>,
    /// The Salt version that the minions run, such as `3006.9`.
    pub salt_version: Option<String>,
    /// Whether every SLS below the state roots is read as a state SLS, as `state.show_sls` would read it,
    /// whatever its folder is called.
    pub as_states: bool,
    /// Folders that are repositories of their own: roots are looked for in each as if it stood alone.
    pub mounts: Vec<Mount>,
}

/// A folder of the world that is a repository of its own, such as the pillar's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Mount {
    /// The folder.
    pub path: SaltPath,
    /// State roots that its settings name, relative to it; `None`: discovered.
    pub file_roots: Option<Roots>,
    /// Pillar roots likewise.
    pub pillar_roots: Option<Roots>,
}

/// Why something is as it is, for people (`saltflow doctor`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about; the root folder for the whole repository.
    pub path: SaltPath,
    /// The reason.
    pub text: String,
}

/// Where things are in one world.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Layout {
    /// State roots by saltenv.
    pub file_roots: Roots,
    /// Pillar roots by saltenv.
    pub pillar_roots: Roots,
    /// Files made to be handed over as the pillar: formulas' `pillar.example`.
    pub pillar_examples: Vec<SaltPath>,
    /// Folders of formulas: each holds `NAME/init.sls` beside a `pillar.example` or `FORMULA` file.
    pub formulas: Vec<SaltPath>,
    /// SLS paths that a master's `reactor` configuration names.
    pub reactors: FxHashSet<SaltPath>,
    /// Folders with Salt modules of the repository (`_states`, `_modules`, …).
    pub module_folders: Vec<SaltPath>,
    /// Whether every SLS below the state roots counts as a state SLS ([`Overrides::as_states`]).
    pub as_states: bool,
    /// Every file of the world that may mean something to Salt, in order.
    pub files: Vec<SaltPath>,
    /// The first number of the Salt version that the user names.
    pub salt: Option<u16>,
    /// Renderers of the repository's own (`_renderers`, `--modules DIR/renderers`).
    pub renderers: Vec<String>,
    /// Whether sources outside of the roots add to the pillar, as a master's configuration says.
    pub ext_pillar: bool,
    /// What git ignores, as [`Minion::ignored`].
    pub ignored: Vec<(SaltPath, String)>,
    /// Why each root was chosen.
    pub notes: Vec<Note>,
}

impl Layout {
    /// The minion that renders under this layout with `profile`'s knowledge.
    #[must_use]
    pub fn minion(&self, saltenv: &str, profile: Option<Profile>, pillar_file: Option<SaltPath>) -> Minion {
        Minion {
            file_roots: self.file_roots.clone(),
            pillar_roots: self.pillar_roots.clone(),
            saltenv: saltenv.to_owned(),
            profile,
            pillar_file,
            salt: self.salt,
            renderers: self.renderers.clone(),
            ignored: self.ignored.clone(),
            ext_pillar: self.ext_pillar,
        }
    }

    /// This layout with `folder` put before every path.
    fn below(self, folder: &SaltPath) -> Self {
        let put = |path: &SaltPath| folder.join(path.as_str()).unwrap_or_else(|_| path.clone());
        let all = |paths: &[SaltPath]| paths.iter().map(put).collect::<Vec<_>>();
        let roots = |roots: &Roots| roots.iter().map(|(env, folders)| (env.clone(), all(folders))).collect();
        Self {
            file_roots: roots(&self.file_roots),
            pillar_roots: roots(&self.pillar_roots),
            pillar_examples: all(&self.pillar_examples),
            formulas: all(&self.formulas),
            reactors: self.reactors.iter().map(put).collect(),
            module_folders: all(&self.module_folders),
            files: all(&self.files),
            salt: self.salt,
            notes: self.notes.into_iter().map(|note| Note { path: put(&note.path), text: note.text }).collect(),
            as_states: self.as_states,
            renderers: self.renderers,
            ext_pillar: self.ext_pillar,
            ignored: self.ignored.into_iter().map(|(folder, pattern)| (put(&folder), pattern)).collect(),
        }
    }

    /// Adds what `other` found.
    fn join(&mut self, other: Self) {
        for (mine, theirs) in [(&mut self.file_roots, other.file_roots), (&mut self.pillar_roots, other.pillar_roots)] {
            for (env, folders) in theirs {
                mine.entry(env).or_default().extend(folders);
            }
        }
        self.salt = self.salt.or(other.salt);
        self.pillar_examples.extend(other.pillar_examples);
        self.formulas.extend(other.formulas);
        self.reactors.extend(other.reactors);
        self.module_folders.extend(other.module_folders);
        self.files.extend(other.files);
        self.files.sort();
        self.renderers.extend(other.renderers);
        self.ignored.extend(other.ignored);
        self.ext_pillar |= other.ext_pillar;
        self.notes.extend(other.notes);
    }

    /// The saltenvs that states may be read from, `base` first.
    #[must_use]
    pub fn saltenvs(&self) -> Vec<SmolStr> {
        let mut envs: Vec<SmolStr> = self.file_roots.keys().map(Into::into).collect();
        envs.sort_by_key(|env| (env != "base", env.clone()));
        if envs.is_empty() {
            envs.push("base".into());
        }
        envs
    }
}
