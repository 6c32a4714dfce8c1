//! The look-ups: the bundled table of one Salt version, with modules read from sources on top.
//! Knows nothing of where those sources stand.

mod table;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, OnceLock},
};

use crate::types::{Function, Module, ModuleKind};
pub use table::VERSIONS;
use table::{ALL, TABLE};

/// A module or function that the chosen version lacks but another one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// First bundled version with it; `None` if the oldest has it.
    pub since: Option<&'static str>,
    /// Last bundled version with it (later it is in an extension package, or gone); `None` if the newest has it.
    pub until: Option<&'static str>,
}

/// What one Salt offers. Cheap to clone: modules are parsed once and shared.
#[derive(Clone, Debug)]
pub struct Library {
    /// The versions that count: one, or all when the version is not known.
    column: u8,
    state: Side,
    execution: Side,
}

/// One kind of modules.
#[derive(Clone, Debug)]
struct Side {
    kind: ModuleKind,
    bundled: Arc<BTreeMap<&'static str, OnceLock<Arc<Module>>>>,
    extra: Arc<BTreeMap<String, Arc<Module>>>,
}

impl Side {
    fn bundled(kind: ModuleKind, column: u8) -> Self {
        let here = TABLE.side(kind).values().filter(|entry| entry.mask & column != 0);
        let bundled = here.map(|entry| (entry.name, OnceLock::new())).collect();
        Self { kind, bundled: Arc::new(bundled), extra: Arc::default() }
    }

    fn shipped(&self, name: &str, column: u8) -> Option<&Arc<Module>> {
        let (name, slot) = self.bundled.get_key_value(name)?;
        let entry = TABLE.side(self.kind).get(name)?;
        Some(slot.get_or_init(|| Arc::new(entry.parse(self.kind, column))))
    }

    fn module(&self, name: &str, column: u8) -> Option<&Arc<Module>> {
        self.extra.get(name).or_else(|| self.shipped(name, column))
    }

    fn names(&self) -> Vec<&str> {
        let names: BTreeSet<&str> = self.bundled.keys().copied().chain(self.extra.keys().map(String::as_str)).collect();
        names.into_iter().collect()
    }

    /// Puts `module` under each of its names: it replaces a module of the same file name, as Salt's
    /// loader does, and else adds its functions behind those of the same name.
    fn add(&mut self, module: &Module, column: u8) {
        for name in &module.names {
            let merged = match self.module(name, column) {
                Some(known) if !replaces(module, known) => merge(known, module),
                _ => module.clone(),
            };
            Arc::make_mut(&mut self.extra).insert(name.to_string(), Arc::new(merged));
        }
    }
}

/// Whether all that `known` has comes from files that `module` stands in for.
fn replaces(module: &Module, known: &Module) -> bool {
    known.files.iter().all(|file| module.files.contains(file))
}

/// Both modules' functions. A workspace's own function wins: it is the one that its author edits.
fn merge(known: &Module, module: &Module) -> Module {
    let mut functions: BTreeMap<&str, &Function> = known.functions.iter().map(|f| (f.name.as_ref(), f)).collect();
    functions.extend(module.functions.iter().map(|f| (f.name.as_ref(), f)));
    let mut files = known.files.clone();
    files.extend(module.files.iter().filter(|file| !known.files.contains(file)).cloned());
    Module {
        names: known.names.clone(),
        files,
        kind: known.kind,
        functions: functions.into_values().cloned().collect(),
        complete: known.complete && module.complete,
        doc: if module.doc.is_empty() { known.doc.clone() } else { module.doc.clone() },
    }
}

impl Library {
    /// What the given Salt version offers, by its first number (`3006`, `3007.1`, `v3008.3`): older
    /// than the table's oldest counts as that, newer as the newest. `None` or a text that is no
    /// version: everything that any of [`VERSIONS`] offers. Shared, so cheap to ask again.
    #[must_use]
    pub fn bundled(version: Option<&str>) -> Arc<Self> {
        static ALL_VERSIONS: LazyLock<[Arc<Library>; 4]> =
            LazyLock::new(|| [0b001, 0b010, 0b100, ALL].map(|column| Arc::new(Library::of(column))));
        let [oldest, middle, newest, all] = &*ALL_VERSIONS;
        let number = version.and_then(major);
        Arc::clone(match number {
            None => all,
            Some(..=3006) => oldest,
            Some(3007) => middle,
            Some(_) => newest,
        })
    }

    fn of(column: u8) -> Self {
        let side = |kind| Side::bundled(kind, column);
        Self { column, state: side(ModuleKind::State), execution: side(ModuleKind::Execution) }
    }

    /// This library with further modules, read by [`crate::module`]; later ones win. Renderers and
    /// other kinds are passed over.
    #[must_use]
    pub fn with(&self, extra: impl IntoIterator<Item = Module>) -> Self {
        let mut library = self.clone();
        for module in extra {
            match module.kind {
                ModuleKind::State => library.state.add(&module, self.column),
                ModuleKind::Execution => library.execution.add(&module, self.column),
                ModuleKind::Renderer | ModuleKind::Other => {}
            }
        }
        library
    }

    /// The version that counts, if one was chosen.
    #[must_use]
    pub fn version(&self) -> Option<&'static str> {
        (self.column != ALL).then(|| VERSIONS.get(self.column.trailing_zeros() as usize).copied()).flatten()
    }

    fn side(&self, kind: ModuleKind) -> &Side {
        if kind == ModuleKind::State { &self.state } else { &self.execution }
    }

    /// Names of all state modules, sorted.
    #[must_use]
    pub fn state_modules(&self) -> Vec<&str> {
        self.state.names()
    }

    /// Names of all execution modules, sorted.
    #[must_use]
    pub fn execution_modules(&self) -> Vec<&str> {
        self.execution.names()
    }

    /// The state module of that name.
    #[must_use]
    pub fn state_module(&self, name: &str) -> Option<&Module> {
        self.state.module(name, self.column).map(Arc::as_ref)
    }

    /// The execution module of that name.
    #[must_use]
    pub fn execution_module(&self, name: &str) -> Option<&Module> {
        self.execution.module(name, self.column).map(Arc::as_ref)
    }

    /// The functions of a state module, sorted by name; none for an unknown module.
    #[must_use]
    pub fn functions_of(&self, module: &str) -> &[Function] {
        self.state_module(module).map_or(&[], |m| &m.functions)
    }

    /// The functions of an execution module, sorted by name; none for an unknown module.
    #[must_use]
    pub fn execution_functions_of(&self, module: &str) -> &[Function] {
        self.execution_module(module).map_or(&[], |m| &m.functions)
    }

    /// The state function of a full name such as `pkg.installed`.
    #[must_use]
    pub fn state_function(&self, name: &str) -> Option<&Function> {
        let (module, function) = name.split_once('.')?;
        self.state_module(module)?.function(function)
    }

    /// The execution function of a full name such as `pillar.get`.
    #[must_use]
    pub fn execution_function(&self, name: &str) -> Option<&Function> {
        let (module, function) = name.split_once('.')?;
        self.execution_module(module)?.function(function)
    }

    /// Whether the state module is known with all its functions, so that another function name is wrong.
    #[must_use]
    pub fn is_complete(&self, module: &str) -> bool {
        self.state_module(module).is_some_and(|m| m.complete)
    }

    /// [`Self::is_complete`] of an execution module.
    #[must_use]
    pub fn is_complete_execution(&self, module: &str) -> bool {
        self.execution_module(module).is_some_and(|m| m.complete)
    }

    /// Where in the bundled versions a module (`docker_container`) or function
    /// (`docker_container.running`) is, whatever version this library is of; `None` if in none.
    /// For a name that this version lacks, it tells when it came or went.
    #[must_use]
    pub fn presence(&self, kind: ModuleKind, name: &str) -> Option<Presence> {
        let (module, function) = name.split_once('.').map_or((name, None), |(m, f)| (m, Some(f)));
        let entry = TABLE.side(kind).get(module)?;
        let Some(function) = function else {
            return Some(Presence { since: table::since(entry.mask), until: table::until(entry.mask) });
        };
        let all = Self::bundled(None);
        let known = all.side(kind).shipped(module, ALL)?;
        known.function(function).map(|f| Presence { since: f.since, until: f.until })
    }

    /// The page and anchor in Salt's documentation for a state module or function; `None` for what
    /// is not Salt's own.
    #[must_use]
    pub fn doc_url(&self, name: &str) -> Option<String> {
        self.url(ModuleKind::State, name)
    }

    /// The page and anchor in Salt's documentation for an execution module or function.
    #[must_use]
    pub fn execution_doc_url(&self, name: &str) -> Option<String> {
        self.url(ModuleKind::Execution, name)
    }

    fn url(&self, kind: ModuleKind, name: &str) -> Option<String> {
        let (module, function) = name.split_once('.').map_or((name, None), |(m, f)| (m, Some(f)));
        let entry = TABLE.side(kind).get(module)?;
        if let Some(own) = self.side(kind).extra.get(module) {
            // Salt's documentation tells of Salt's functions only: those without a source of their own.
            let shipped = |f: &Function| f.range.is_none();
            let told = match function {
                Some(function) => own.function(function).is_some_and(shipped),
                None => own.functions.iter().any(shipped),
            };
            if !told {
                return None;
            }
        }
        let folder = if kind == ModuleKind::State { "states" } else { "modules" };
        let edition = match self.version().or(table::until(entry.mask)) {
            None => "latest",
            Some(version) => version.split('.').next().unwrap_or("latest"),
        };
        let edition =
            if VERSIONS.last().is_some_and(|newest| newest.starts_with(edition)) { "latest" } else { edition };
        let (page, anchors) = entry.page();
        let mut url = format!("https://docs.saltproject.io/en/{edition}/ref/{folder}/all/salt.{folder}.{page}.html");
        if let (Some(function), true) = (function, anchors) {
            url.push_str(&format!("#salt.{folder}.{page}.{function}"));
        }
        Some(url)
    }
}

/// The first number of a version text.
fn major(version: &str) -> Option<u32> {
    let version = version.trim().trim_start_matches('v');
    version.split('.').next()?.parse().ok()
}
