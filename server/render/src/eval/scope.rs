//! Variables: frames inside one template's context, as jinja2 scopes them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use syntax::jinja::Statement;

use super::source::Source;
use python::value::Value;

/// Names and their values.
pub(crate) type Vars = FxHashMap<SmolStr, Value>;

/// The definitions of each block, most derived first, with the templates that hold them.
pub(crate) type Blocks<'a> = FxHashMap<SmolStr, Vec<(&'a Source, &'a Statement)>>;

/// Variables from outside a template's frames, in layers: copying a context to hand it on costs
/// nothing, and what is asked of the lowest layer can be watched.
#[derive(Default)]
pub(crate) struct Globals {
    /// This layer's own.
    pub vars: Vars,
    /// What it lies on.
    pub below: Option<Rc<Globals>>,
    /// The lowest layer of a module that is evaluated for all its importers: see [`Asked`].
    pub asked: Option<Asked>,
}

/// Of a layer that stands for an importer's variables, of which only some are given.
#[derive(Default)]
pub(crate) struct Asked {
    /// Names that the importer certainly has not.
    pub absent: FxHashSet<SmolStr>,
    /// Names of variables that cannot be part of a question.
    pub opaque: FxHashSet<SmolStr>,
    /// Whether one of them was read.
    pub refused: Cell<bool>,
    /// Names that were asked for and are neither given nor known to be absent.
    pub missing: RefCell<Vec<SmolStr>>,
}

impl Asked {
    fn note(&self, name: &str) {
        if self.absent.contains(name) {
            return;
        }
        if self.opaque.contains(name) {
            self.refused.set(true);
            return;
        }
        let mut missing = self.missing.borrow_mut();
        if !missing.iter().any(|one| one == name) {
            missing.push(name.into());
        }
    }

    /// Whether evaluation cannot go on with what is given.
    pub fn is_stuck(&self) -> bool {
        self.refused.get() || !self.missing.borrow().is_empty()
    }
}

impl Globals {
    /// These variables over others.
    pub fn over(vars: Vars, below: Option<Rc<Self>>) -> Rc<Self> {
        Rc::new(Self { vars, below, asked: None })
    }

    /// The topmost variable of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut layer = self;
        loop {
            if let Some(value) = layer.vars.get(name) {
                return Some(value);
            }
            if let Some(asked) = &layer.asked {
                asked.note(name);
            }
            layer = layer.below.as_deref()?;
        }
    }

    /// As [`Globals::get`], where the name will be read perhaps.
    pub fn announce(&self, name: &str) {
        let mut layer = Some(self);
        while let Some(one) = layer.filter(|one| !one.vars.contains_key(name)) {
            if let Some(asked) = one.asked.as_ref().filter(|asked| !asked.opaque.contains(name)) {
                asked.note(name);
            }
            layer = one.below.as_deref();
        }
    }
}

/// jinja2's Context of one template's evaluation, without the top frame's variables.
pub(crate) struct Unit<'a> {
    /// Its number in [`super::Evaluator::units`].
    pub id: u32,
    /// Globals and passed variables, as they were when it began.
    pub globals: Rc<Globals>,
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
    pub fn visible(&self) -> Rc<Globals> {
        let mut all = Vars::default();
        let mut chain = vec![self];
        while let Some(parent) = &chain[chain.len() - 1].parent {
            chain.push(parent);
        }
        for frame in chain.iter().rev() {
            all.extend(frame.vars.borrow().iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        Globals::over(all, Some(self.unit.globals.clone()))
    }
}
