//! The plain data: modules, functions, parameters. Knows nothing of where they come from.

use std::borrow::Cow;

use text::TextRange;

/// A name or a default's text: borrowed from the bundled table, or owned when read from a source.
pub type Name = Cow<'static, str>;

/// What a Python file is loaded as; it decides which functions Salt shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleKind {
    /// `salt/states`, `_states`: `mod_*` functions are Salt's own hooks.
    State,
    /// `salt/modules`, `_modules`.
    Execution,
    /// `salt/renderers`, `_renderers`.
    Renderer,
    /// Anything else that Salt loads: grains, utils, runners.
    Other,
}

/// One Python module as Salt shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Names under which it is called (`pkg`), at least one; several for `__virtual_aliases__` or a
    /// `__virtual__` with several answers.
    pub names: Vec<Name>,
    /// The files (stems) it comes from, such as `aptpkg`.
    pub files: Vec<Name>,
    /// What it is loaded as.
    pub kind: ModuleKind,
    /// Its functions, sorted by name.
    pub functions: Vec<Function>,
    /// Whether `functions` is all: nothing is made at run time and the source could be read.
    pub complete: bool,
    /// The module's docstring; empty for the bundled table.
    pub doc: String,
}

impl Module {
    /// The function of that name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        let at = self.functions.binary_search_by(|f| f.name.as_ref().cmp(name)).ok()?;
        self.functions.get(at)
    }
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Function {
    /// Its name without the module, as Salt shows it (after `__func_alias__`).
    pub name: Name,
    /// Its parameters in order, without `*args` and `**kwargs`.
    pub params: Vec<Param>,
    /// It takes `**kwargs`: further arguments are no error.
    pub kwargs: bool,
    /// It takes `*args`.
    pub varargs: bool,
    /// Its parameters are not known: made by a call, imported, or just `*args, **kwargs`.
    pub opaque: bool,
    /// Its docstring without the indent; empty for the bundled table.
    pub doc: String,
    /// Where it is defined in the source it was read from: the name in its `def`, or of its assignment.
    pub range: Option<TextRange>,
    /// First of the bundled versions with it; `None` if all the way from the oldest.
    pub since: Option<&'static str>,
    /// Last of the bundled versions with it; `None` if the newest has it.
    pub until: Option<&'static str>,
}

impl Function {
    /// The parameter of that name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|p| p.name == name)
    }

    /// `installed(name, version=None, **kwargs)`; `*args` stands last, wherever it is in the source.
    #[must_use]
    pub fn signature(&self) -> String {
        let mut parts: Vec<String> = self.params.iter().map(Param::label).collect();
        if self.varargs {
            parts.push("*args".to_owned());
        }
        if self.kwargs {
            parts.push("**kwargs".to_owned());
        }
        format!("{}({})", self.name, parts.join(", "))
    }
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// The default as Python text (`None`, `'root'`); `None` here means required, an empty text
    /// means optional with a value that depends on the platform.
    pub default: Option<Name>,
    /// First of the bundled versions with it, as in [`Function::since`].
    pub since: Option<&'static str>,
    /// Last of the bundled versions with it, as in [`Function::until`].
    pub until: Option<&'static str>,
}

impl Param {
    /// Whether a call without it fails.
    #[must_use]
    pub fn required(&self) -> bool {
        self.default.is_none()
    }

    /// `version=None`; an unknown default is written `…`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.default.as_deref() {
            None => self.name.to_string(),
            Some("") => format!("{}=…", self.name),
            Some(default) => format!("{}={default}", self.name),
        }
    }
}
