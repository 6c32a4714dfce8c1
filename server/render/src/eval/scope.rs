//! Variables: frames inside one template's context, as jinja2 scopes them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::Statement;

use super::source::Source;
use crate::value::Value;

/// Names and their values.
pub(crate) type Vars = FxHashMap<SmolStr, Value>;

/// The definitions of each block, most derived first, with the templates that hold them.
pub(crate) type Blocks<'a> = FxHashMap<SmolStr, Vec<(&'a Source, &'a Statement)>>;

/// jinja2's Context of one template's evaluation, without the top frame's variables.
pub(crate) struct Unit<'a> {
    /// Its number in [`super::Evaluator::units`].
    pub id: u32,
    /// Globals and passed variables, as they were when it began.
    pub globals: Rc<Vars>,
    /// The definitions of each block, most derived first.
    pub blocks: Rc<RefCell<Blocks<'a>>>,
    /// The template that it extends.
    pub parent: Cell<Option<&'a Source>>,
}

/// One scope.
pub(crate) struct Frame<'a> {
    pub vars: RefCell<Vars>,
    /// The lexically enclosing scope; `None`: the top of a template.
    pub parent: Option<Rc<Frame<'a>>>,
    pub unit: Rc<Unit<'a>>,
    /// The template whose text runs in it.
    pub source: &'a Source,
}

impl<'a> Frame<'a> {
    /// The top scope of a template.
    pub fn top(unit: Rc<Unit<'a>>, source: &'a Source) -> Rc<Self> {
        Rc::new(Self { vars: RefCell::default(), parent: None, unit, source })
    }

    /// A scope inside `self`.
    pub fn inner(self: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self {
            vars: RefCell::default(),
            parent: Some(self.clone()),
            unit: self.unit.clone(),
            source: self.source,
        })
    }

    /// The variable as this and the enclosing scopes have it.
    pub fn get(&self, name: &str) -> Option<Value> {
        let mut frame = self;
        loop {
            if let Some(value) = frame.vars.borrow().get(name) {
                return Some(value.clone());
            }
            match &frame.parent {
                Some(parent) => frame = parent,
                None => return self.unit.globals.get(name).cloned(),
            }
        }
    }

    /// Sets a variable of this scope.
    pub fn set(&self, name: SmolStr, value: Value) {
        self.vars.borrow_mut().insert(name, value);
    }

    /// The template's top scope.
    pub fn root(self: &Rc<Self>) -> Rc<Self> {
        let mut frame = self.clone();
        while let Some(parent) = frame.parent.clone() {
            frame = parent;
        }
        frame
    }

    /// All that is visible here (what `with context` hands over).
    pub fn visible(&self) -> Vars {
        let mut all = (*self.unit.globals).clone();
        let mut chain = vec![self];
        while let Some(parent) = &chain[chain.len() - 1].parent {
            chain.push(parent);
        }
        for frame in chain.iter().rev() {
            all.extend(frame.vars.borrow().iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        all
    }
}
