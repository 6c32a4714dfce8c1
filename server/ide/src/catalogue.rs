//! What Salt offers to this workspace: the facts of `library` together with the workspace's own
//! `_states` and `_modules`.

use std::sync::Arc;

use library::{Module, ModuleKind};
use model::Catalog;
use world::{BlobId, SaltPath, World};

use crate::markdown::{argument_documentation, function_documentation};
use crate::{Analysis, Topic};

/// A state or execution function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// `pkg.installed`
    pub name: String,
    /// Its arguments in order.
    pub arguments: Vec<Argument>,
    /// Whether it takes any further argument.
    pub open: bool,
    /// Its docstring, if the source is there.
    pub documentation: String,
    /// Where Salt documents it.
    pub link: String,
    /// The workspace's file that holds it.
    pub file: Option<(world::SaltPath, text::TextRange)>,
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// Its name.
    pub name: String,
    /// Its default as written in Python; `None`: it must be given.
    pub default: Option<String>,
}

impl Function {
    /// `installed(name, version=None)`, short.
    pub(crate) fn signature(&self) -> String {
        let mut words: Vec<String> = self
            .arguments
            .iter()
            .map(|argument| match &argument.default {
                Some(default) => format!("{}={default}", argument.name),
                None => argument.name.clone(),
            })
            .collect();
        if self.open {
            words.push("**kwargs".to_owned());
        }
        format!("{}({})", self.name, words.join(", "))
    }
}

/// State functions whose name starts with `prefix`.
pub(crate) fn state_functions(analysis: &Analysis, prefix: &str) -> Vec<Function> {
    let library = &analysis.library;
    let modules = library.state_modules().into_iter().filter(|name| is_wanted(name, prefix));
    let found = modules.filter_map(|name| Some((name, library.state_module(name)?)));
    functions(analysis, ModuleKind::State, prefix, found)
}

/// The state function called `name`.
pub(crate) fn state_function(analysis: &Analysis, name: &str) -> Option<Function> {
    state_functions(analysis, name).into_iter().find(|function| function.name == name)
}

/// Execution functions whose name starts with `prefix`.
pub(crate) fn execution_functions(analysis: &Analysis, prefix: &str) -> Vec<Function> {
    let library = &analysis.library;
    let modules = library.execution_modules().into_iter().filter(|name| is_wanted(name, prefix));
    let found = modules.filter_map(|name| Some((name, library.execution_module(name)?)));
    functions(analysis, ModuleKind::Execution, prefix, found)
}

/// The execution function called `name`.
pub(crate) fn execution_function(analysis: &Analysis, name: &str) -> Option<Function> {
    execution_functions(analysis, name).into_iter().find(|function| function.name == name)
}

/// Names of execution functions that start with `prefix`, each with whether it is the workspace's own.
pub(crate) fn execution_names(analysis: &Analysis, prefix: &str) -> Vec<(String, bool)> {
    let library = &analysis.library;
    let mut found = Vec::new();
    for name in library.execution_modules().into_iter().filter(|name| is_wanted(name, prefix)) {
        let Some(module) = library.execution_module(name) else { continue };
        let named = module.functions.iter().map(|function| (format!("{name}.{}", function.name), function));
        found.extend(named.filter(|(name, _)| name.starts_with(prefix)).map(|(name, function)| {
            let own = function.range.is_some() && own_file(analysis, ModuleKind::Execution, &name).is_some();
            (name, own)
        }));
    }
    found
}

/// What there is to read about `topic`, as Markdown; empty where nothing is known.
#[must_use]
pub fn documentation(analysis: &Analysis, topic: &Topic) -> String {
    let function = |found: Option<Function>| found.map_or(String::new(), |found| function_documentation(&found));
    match topic {
        Topic::StateFunction(name) => function(state_function(analysis, name)),
        Topic::ExecutionFunction(name) => function(execution_function(analysis, name)),
        Topic::Argument { function, name } => {
            state_function(analysis, function).map_or(String::new(), |found| argument_documentation(&found, name))
        }
    }
}

/// Whether functions of the module `name` can start with `prefix`: a module is read when it is asked
/// for.
fn is_wanted(name: &str, prefix: &str) -> bool {
    match prefix.split_once('.') {
        Some((module, _)) => module == name,
        None => name.starts_with(prefix),
    }
}

/// Modules with execution functions that start with `typed`.
pub(crate) fn execution_modules(analysis: &Analysis, typed: &str) -> Vec<String> {
    let all = analysis.library.execution_modules().into_iter();
    all.filter(|name| name.starts_with(typed)).map(str::to_owned).collect()
}

fn functions<'a>(
    analysis: &Analysis,
    kind: ModuleKind,
    prefix: &str,
    modules: impl Iterator<Item = (&'a str, &'a Module)>,
) -> Vec<Function> {
    let mut found = Vec::new();
    for (name, module) in modules {
        for function in &module.functions {
            let full = format!("{name}.{}", function.name);
            if full.starts_with(prefix) {
                found.push(described(analysis, kind, full, function));
            }
        }
    }
    found
}

fn described(analysis: &Analysis, kind: ModuleKind, name: String, function: &library::Function) -> Function {
    let url = match kind {
        ModuleKind::State => analysis.library.doc_url(&name),
        _ => analysis.library.execution_doc_url(&name),
    };
    let argument = |param: &library::Param| Argument {
        name: param.name.to_string(),
        default: param.default.as_ref().map(|text| if text.is_empty() { "…".to_owned() } else { text.to_string() }),
    };
    Function {
        arguments: function.params.iter().map(argument).collect(),
        open: function.kwargs,
        documentation: function.doc.clone(),
        file: function.range.and_then(|range| Some((own_file(analysis, kind, &name)?, range))),
        link: url.unwrap_or_default(),
        name,
    }
}

/// The workspace's file with the function `name`.
pub(crate) fn own_file(analysis: &Analysis, kind: ModuleKind, name: &str) -> Option<SaltPath> {
    let (module, function) = name.split_once('.')?;
    let has = |own: &&OwnModule| {
        own.module.kind == kind
            && own.module.names.iter().any(|known| known == module)
            && own.module.function(function).is_some()
    };
    analysis.modules.iter().find(has).map(|own| own.path.clone())
}

/// Salt's grains, each with what it says.
pub(crate) fn grains() -> Vec<(&'static str, &'static str)> {
    library::common_grains().iter().map(|grain| (grain.name, grain.doc)).collect()
}

/// A module of the workspace.
#[derive(Clone, Debug)]
pub struct OwnModule {
    /// Its file.
    pub path: SaltPath,
    /// The file's content.
    pub blob: BlobId,
    /// What it shows.
    pub module: Arc<Module>,
}

/// The modules in the folders of `catalog`'s layout, those of `before` where files are the same.
pub(crate) fn own_modules(world: &World, catalog: &Catalog, before: &[OwnModule]) -> Vec<OwnModule> {
    let mut found = Vec::new();
    for folder in &catalog.layout.module_folders {
        let kind = match folder.name() {
            "_states" | "states" => ModuleKind::State,
            "_modules" | "modules" => ModuleKind::Execution,
            _ => continue,
        };
        for (path, entry) in world.tree.below(folder) {
            let name = path.below(folder).unwrap_or("");
            let stem = name.strip_suffix("/__init__.py").or_else(|| name.strip_suffix(".py"));
            let Some(stem) = stem.filter(|stem| !stem.contains('/') && *stem != "__init__") else { continue };
            let known =
                before.iter().find(|own| own.path == *path && own.blob == entry.blob && own.module.kind == kind);
            if let Some(known) = known {
                found.push(known.clone());
                continue;
            }
            let Some(content) = world.source.content(path, entry.blob) else { continue };
            let source = String::from_utf8_lossy(&content);
            let module = Arc::new(library::module(stem, &source, kind));
            found.push(OwnModule { path: path.clone(), blob: entry.blob, module });
        }
    }
    found
}
