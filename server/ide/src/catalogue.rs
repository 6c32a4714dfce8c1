//! What Salt offers to this workspace: the facts of `library` together with the workspace's own
//! `_states` and `_modules`.

use crate::Analysis;

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
    let _ = (analysis, prefix);
    Vec::new()
}

/// The state function called `name`.
pub(crate) fn state_function(analysis: &Analysis, name: &str) -> Option<Function> {
    state_functions(analysis, name).into_iter().find(|function| function.name == name)
}

/// Execution functions whose name starts with `prefix`.
pub(crate) fn execution_functions(analysis: &Analysis, prefix: &str) -> Vec<Function> {
    let _ = (analysis, prefix);
    Vec::new()
}

/// Salt's grains, each with what it says.
pub(crate) fn grains() -> Vec<(&'static str, &'static str)> {
    Vec::new()
}

/// Filters of Jinja and Salt, each with what it does.
pub(crate) fn filters() -> Vec<(&'static str, &'static str)> {
    Vec::new()
}

/// Tests of Jinja and Salt, each with what it says.
pub(crate) fn tests() -> Vec<(&'static str, &'static str)> {
    Vec::new()
}
