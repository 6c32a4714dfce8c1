//! Macros, callers and blocks: pieces of template that are run from elsewhere.

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;
use syntax::jinja::{self, Name, Statement, StatementKind};
use text::TextRange;

use super::calls::Arguments;
use super::expressions::walk_names;
use super::halt::R;
use super::scope::{Frame, Unit};
use super::{CALL, Evaluator, MAX_CALLS};
use crate::UseKind;
use python::value::{EvaluatorObject, Key, Kind, Object, Raise, Value};

/// A macro with what it closes over.
#[derive(Clone)]
pub(crate) struct MacroValue<'a> {
    pub node: &'a jinja::Macro,
    pub frame: Rc<Frame<'a>>,
}

/// What a macro's body reads beside its parameters.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flags {
    caller: bool,
    varargs: bool,
    kwargs: bool,
}

/// `self.name` or `super`, at a depth of the block's definitions.
#[derive(Clone)]
pub(crate) struct BlockValue<'a> {
    pub name: SmolStr,
    pub depth: usize,
    pub unit: Rc<Unit<'a>>,
    pub frame: Rc<Frame<'a>>,
}

/// A value that only the evaluator can look into.
pub(crate) fn object(kind: EvaluatorObject, id: usize) -> Value {
    Kind::Object(Object::Evaluator(kind, u32::try_from(id).unwrap_or(u32::MAX)).into()).into()
}

impl<'a> Evaluator<'a> {
    /// The macro's value.
    pub(crate) fn define_macro(&mut self, node: &'a jinja::Macro, frame: &Rc<Frame<'a>>) -> Value {
        self.macros.push(MacroValue { node, frame: frame.clone() });
        object(EvaluatorObject::Macro, self.macros.len() - 1)
    }

    fn flags(&mut self, node: &'a jinja::Macro) -> Flags {
        let address = std::ptr::from_ref(node) as usize;
        if let Some(flags) = self.macro_flags.get(&address) {
            return *flags;
        }
        let mut flags = Flags::default();
        walk_names(&node.body, true, &mut |name| match name {
            "caller" => flags.caller = true,
            "varargs" => flags.varargs = true,
            "kwargs" => flags.kwargs = true,
            _ => {}
        });
        for param in &node.params {
            match param.name.text.as_str() {
                "caller" => flags.caller = false,
                "varargs" => flags.varargs = false,
                "kwargs" => flags.kwargs = false,
                _ => {}
            }
        }
        self.macro_flags.insert(address, flags);
        flags
    }

    /// Calls a macro (`jinja2.runtime.Macro.__call__`); what it prints is its value.
    #[allow(clippy::too_many_lines, reason = "follows Macro.__call__ step by step")]
    pub(crate) fn call_macro(
        &mut self,
        id: u32,
        mut arguments: Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let Some(MacroValue { node, frame: closure }) = self.macros.get(id as usize).cloned() else {
            return Ok(super::unknown::unknown("a macro that is gone"));
        };
        let decided = self.when.is_always() && !self.repeated;
        if !decided && self.running.iter().filter(|running| **running == id).count() >= super::MAX_UNKNOWN_RECURSION {
            self.partial = true;
            return Ok(super::unknown::unknown("a recursion over what is not known"));
        }
        let inner = closure.inner();
        let flags = self.flags(node);
        let name = || -> String {
            if node.name.text.is_empty() { "'caller'".into() } else { format!("'{}'", node.name.text) }
        };
        let raise = |this: &Self, text: String| Err(this.thrown(Raise::new("TypeError", text), frame, range));
        let given = arguments.positional.len().min(node.params.len());
        let mut missing = Vec::new();
        for (n, param) in node.params.iter().enumerate() {
            let value = if n < given {
                Some(arguments.positional[n].clone())
            } else {
                let position = arguments.keyword.iter().position(|(name, _)| *name == param.name.text);
                position.map(|position| arguments.keyword.remove(position).1)
            };
            match value {
                Some(value) => inner.set(param.name.text.clone(), value),
                None => missing.push(param),
            }
        }
        if flags.caller {
            let position = arguments.keyword.iter().position(|(name, _)| name == "caller");
            let caller = position.map(|position| arguments.keyword.remove(position).1);
            let none = || Kind::Undefined("No caller defined".into()).into();
            inner.set(SmolStr::new_static("caller"), caller.unwrap_or_else(none));
        }
        if flags.kwargs {
            let dict = self.heap.dict();
            for (name, value) in std::mem::take(&mut arguments.keyword) {
                let text: Arc<str> = name.as_str().into();
                self.heap.insert(dict, Key::Str(text.clone()), Value::str(text), value);
            }
            inner.set(SmolStr::new_static("kwargs"), Kind::Dict(dict).into());
        } else if let Some((keyword, _)) = arguments.keyword.first() {
            if arguments.keyword.iter().any(|(name, _)| name == "caller") {
                return raise(
                    self,
                    format!(
                        "macro {} was invoked with two values for the special caller argument. This is most likely a bug.",
                        name()
                    ),
                );
            }
            return raise(self, format!("macro {} takes no keyword argument '{keyword}'", name()));
        }
        if flags.varargs {
            let rest: Vec<Value> = arguments.positional.drain(given..).collect();
            inner.set(SmolStr::new_static("varargs"), Kind::Tuple(rest.into()).into());
        } else if arguments.positional.len() > node.params.len() {
            let count = node.params.len();
            return raise(self, format!("macro {} takes not more than {count} argument(s)", name()));
        }
        self.running.push(id);
        let result = self.call_body(frame, range, |this| {
            for param in missing {
                let value = match &param.default {
                    Some(default) => {
                        let result = this.eval(default, &inner);
                        this.caught(result)?.unwrap_or_else(|| super::unknown::unknown("the default failed"))
                    }
                    None if arguments.unknown => super::unknown::unknown("the arguments are not known"),
                    None => Kind::Undefined(format!("parameter '{}' was not provided", param.name.text).into()).into(),
                };
                inner.set(param.name.text.clone(), value);
            }
            this.exec_body(&node.body, &inner).map(|_| ())
        });
        self.running.pop();
        result
    }

    /// Runs a body that a call at `range` leads to, and gives what it prints.
    pub(crate) fn call_body(
        &mut self,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        run: impl FnOnce(&mut Self) -> R<()>,
    ) -> R<Value> {
        if self.calls >= MAX_CALLS {
            self.limit("calls nest more than 100 deep", frame.source.file, range);
            return Ok(super::unknown::unknown("calls nest too deep"));
        }
        let outer = self.enter_chain(frame, range);
        let when = self.when.clone();
        let (result, printed) = self.capture(run);
        self.when = when;
        self.leave_chain(outer);
        result?;
        Ok(self.text_value(printed))
    }

    /// What is printed from now on was called at `range`; gives what [`Self::leave_chain`] needs.
    pub(crate) fn enter_chain(&mut self, frame: &Frame<'a>, range: TextRange) -> Option<u32> {
        self.calls += 1;
        self.heap.meter.note(CALL);
        let id = self.chain_id((frame.source.file, range, self.chain));
        self.chain.replace(id)
    }

    /// The number of a call.
    pub(crate) fn chain_id(&mut self, call: (crate::FileId, TextRange, Option<u32>)) -> u32 {
        let next = u32::try_from(self.chains.len()).unwrap_or(u32::MAX);
        let id = *self.chain_ids.entry(call).or_insert(next);
        if id == next {
            self.chains.push(call);
        }
        id
    }

    pub(crate) fn leave_chain(&mut self, outer: Option<u32>) {
        self.calls -= 1;
        self.chain = outer;
    }

    /// Prints a block where it stands: its most derived definition.
    pub(crate) fn exec_block(
        &mut self,
        statement: &'a Statement,
        name: &'a Name,
        scoped: bool,
        required: bool,
        frame: &Rc<Frame<'a>>,
    ) -> R<()> {
        if frame.parent.is_none() && frame.unit.parent.get().is_some() {
            return Ok(());
        }
        let count = frame.unit.blocks.borrow().get(&name.text).map_or(0, Vec::len);
        if required && count <= 1 {
            let raise = Raise::new("TemplateRuntimeError", format!("Required block '{}' not found", name.text));
            let halt = self.thrown(raise, frame, name.range);
            self.caught::<()>(Err(halt))?;
            return Ok(());
        }
        let scope = if scoped { frame.clone() } else { frame.root() };
        let block = BlockValue { name: name.text.clone(), depth: 0, unit: frame.unit.clone(), frame: scope };
        self.run_block(&block, statement, frame)
    }

    fn run_block(&mut self, block: &BlockValue<'a>, default: &'a Statement, frame: &Rc<Frame<'a>>) -> R<()> {
        let definition = block.unit.blocks.borrow().get(&block.name).and_then(|all| all.get(block.depth).copied());
        let (source, statement) = definition.unwrap_or((frame.source, default));
        let StatementKind::Block { body, .. } = &statement.kind else { return Ok(()) };
        let inner = Rc::new(Frame {
            vars: std::cell::RefCell::default(),
            parent: Some(block.frame.clone()),
            unit: block.unit.clone(),
            source,
        });
        let next = block.depth + 1;
        let has_parent = block.unit.blocks.borrow().get(&block.name).is_some_and(|all| all.len() > next);
        let parent = if has_parent {
            self.blocks.push(BlockValue { depth: next, ..block.clone() });
            object(EvaluatorObject::Block, self.blocks.len() - 1)
        } else {
            Kind::Undefined(format!("there is no parent block called '{}'.", block.name).into()).into()
        };
        inner.set(SmolStr::new_static("super"), parent);
        self.exec_body(body, &inner).map(|_| ())
    }

    /// `super()`, `self.name()`.
    pub(crate) fn call_block(&mut self, id: u32, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        let Some(block) = self.blocks.get(id as usize).cloned() else {
            return Ok(super::unknown::unknown("a block that is gone"));
        };
        let definition = block.unit.blocks.borrow().get(&block.name).and_then(|all| all.get(block.depth).copied());
        let Some((_, statement)) = definition else { return Ok(super::unknown::unknown("a block that is gone")) };
        self.call_body(frame, range, |this| this.run_block(&block, statement, frame))
    }

    /// `self.name`.
    pub(crate) fn block_of(&mut self, unit: u32, name: &str) -> Value {
        let Some(unit) = self.units.get(unit as usize).cloned() else {
            return super::unknown::unknown("a template that is gone");
        };
        if !unit.blocks.borrow().contains_key(name) {
            return Kind::Undefined(
                format!("'jinja2.runtime.TemplateReference object' has no attribute '{name}'").into(),
            )
            .into();
        }
        let top = self.tops.get(unit.id as usize).cloned();
        let Some(frame) = top else { return super::unknown::unknown("a template that is gone") };
        self.blocks.push(BlockValue { name: name.into(), depth: 0, unit, frame });
        object(EvaluatorObject::Block, self.blocks.len() - 1)
    }

    /// `module.name`, for a module of an import.
    pub(crate) fn module_member(
        &mut self,
        id: u32,
        name: &str,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Option<Value> {
        let module = self.modules.get(id as usize)?;
        let value = if name.starts_with('_') { None } else { module.top.vars.borrow().get(name).cloned() };
        let target = module.source.path.clone();
        self.record(UseKind::Member, crate::Pattern::literal(name), frame, range, false, Some(target));
        value
    }
}
