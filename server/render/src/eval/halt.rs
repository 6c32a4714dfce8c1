//! Why evaluating something ended early, and how Salt words it.

use text::TextRange;
use world::Stopped;

use crate::{Code, When};
use python::output::FileId;
use python::value::Raise;

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Halt {
    /// An exception.
    Raise(Box<Thrown>),
    /// The evaluation was cancelled.
    Stopped,
}

/// An exception with its place.
#[derive(Debug)]
pub(crate) struct Thrown {
    pub raise: Raise,
    pub file: FileId,
    pub range: TextRange,
    /// The call chain at the place.
    pub chain: Option<u32>,
    /// A code other than what the class says.
    pub code: Option<Code>,
    /// The condition of what was being evaluated.
    pub when: When,
    /// Whether that was the body of an unknown loop.
    pub repeated: bool,
}

/// A result of evaluation.
pub(crate) type R<T> = Result<T, Halt>;

impl From<Stopped> for Halt {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl Thrown {
    /// The diagnostic's code and Salt's wording (`salt/utils/templates.py`, `render_jinja_tmpl`).
    pub fn worded(&self) -> (Code, String) {
        let message = &self.raise.message;
        let (code, text) = match self.raise.class {
            "UndefinedError" => (Code::JinjaUndefined, format!("Jinja variable {message}")),
            "TemplateAssertionError" => (Code::JinjaUnknownName, format!("Jinja syntax error: {message}")),
            "TemplateRuntimeError" | "TemplateSyntaxError" | "SecurityError" | "FilterArgumentError" => {
                (Code::JinjaRuntime, format!("Jinja syntax error: {message}"))
            }
            "SaltInvocationError" | "CommandExecutionError" => {
                (Code::JinjaRuntime, format!("Problem running salt function in Jinja template: {message}"))
            }
            "TemplateNotFound" | "TemplatesNotFound" => (Code::TemplateNotFound, format!("Jinja error: {message}")),
            _ => (Code::JinjaRuntime, format!("Jinja error: {message}")),
        };
        (self.code.unwrap_or(code), text)
    }
}
