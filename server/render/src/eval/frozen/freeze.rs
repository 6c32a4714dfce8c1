//! Taking a module and all that it reaches out of the evaluation that made it.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::relocate::{self, FIRST, OUTSIDE, Places, Texts};
use super::{Below, Exports, FrozenFrame, FrozenSource, macros_of};
use crate::eval::knowledge::EnvPath;
use crate::eval::scope::{Frame, Globals, Unit, Vars};
use crate::eval::source::Source;
use crate::eval::{Evaluator, Module};
use python::value::{DictId, EvaluatorObject, ListId, Value};

/// Numbers given so far, and what is still to be copied: everything behind `done`.
struct Freezer<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    layers: &'e [Rc<Globals>; 2],
    lists: Numbers<ListId>,
    dicts: Numbers<DictId>,
    macros: Numbers<u32>,
    modules: Numbers<u32>,
    frames: Numbers<usize>,
    units: Numbers<usize>,
    globals: Numbers<usize>,
    frame_values: Vec<Rc<Frame<'a>>>,
    unit_values: Vec<Rc<Unit<'a>>>,
    global_values: Vec<Rc<Globals>>,
    sources: FxHashMap<usize, u32>,
    paths: Option<FxHashMap<Outside, EnvPath>>,
    outside: Vec<EnvPath>,
    outside_numbers: FxHashMap<Outside, u32>,
    /// Whether that happened since it was last reset.
    names_outside: bool,
}

/// Whether a dict, and its id.
type Outside = (bool, u32);

#[derive(Default)]
struct Numbers<K> {
    numbers: FxHashMap<K, u32>,
    order: Vec<K>,
}

impl<K: Copy + Eq + std::hash::Hash> Numbers<K> {
    fn of(&mut self, key: K) -> u32 {
        let next = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(key).or_insert_with(|| {
            self.order.push(key);
            next
        })
    }
}

impl Places for Freezer<'_, '_> {
    fn list(&mut self, id: ListId) -> Option<ListId> {
        if self.evaluator.heap.is_outside_list(id) {
            return self.outside((false, id.0)).map(ListId);
        }
        Some(ListId(FIRST + self.lists.of(id)))
    }

    fn dict(&mut self, id: DictId) -> Option<DictId> {
        if self.evaluator.heap.is_outside_dict(id) {
            return self.outside((true, id.0)).map(DictId);
        }
        Some(DictId(FIRST + self.dicts.of(id)))
    }

    fn object(&mut self, kind: EvaluatorObject, id: u32) -> Option<u32> {
        match kind {
            EvaluatorObject::Macro => Some(self.macros.of(id)),
            EvaluatorObject::Module => Some(self.modules.of(id)),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<&mut Texts> {
        None
    }
}

impl<'a> Freezer<'_, 'a> {
    fn outside(&mut self, id: Outside) -> Option<u32> {
        self.names_outside = true;
        if let Some(number) = self.outside_numbers.get(&id) {
            return Some(*number);
        }
        let evaluator = self.evaluator;
        let paths = self.paths.get_or_insert_with(|| evaluator.known.paths(&evaluator.heap));
        let number = OUTSIDE + u32::try_from(self.outside.len()).ok()?;
        self.outside.push(paths.get(&id)?.clone());
        self.outside_numbers.insert(id, number);
        Some(number)
    }

    fn frame(&mut self, frame: &Rc<Frame<'a>>) -> u32 {
        let number = self.frames.of(Rc::as_ptr(frame) as usize);
        if number as usize == self.frame_values.len() {
            self.frame_values.push(frame.clone());
        }
        number
    }

    fn unit(&mut self, unit: &Rc<Unit<'a>>) -> u32 {
        let number = self.units.of(Rc::as_ptr(unit) as usize);
        if number as usize == self.unit_values.len() {
            self.unit_values.push(unit.clone());
        }
        number
    }

    fn below(&mut self, globals: &Rc<Globals>) -> Below {
        if Rc::ptr_eq(globals, &self.layers[0]) {
            return Below::Environment;
        }
        if Rc::ptr_eq(globals, &self.layers[1]) {
            return Below::Context;
        }
        let number = self.globals.of(Rc::as_ptr(globals) as usize);
        if number as usize == self.global_values.len() {
            self.global_values.push(globals.clone());
        }
        Below::Layer(number)
    }

    fn source(&self, source: &Source) -> Option<u32> {
        self.sources.get(&(std::ptr::from_ref(source) as usize)).copied()
    }

    fn vars(&mut self, vars: &Vars) -> Option<Vec<(SmolStr, Value)>> {
        let mut sorted: Vec<_> = vars.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        sorted.into_iter().map(|(name, value)| Some((name.clone(), relocate::value(self, value, 0)?))).collect()
    }

    /// Copies all that has a number, and what that reaches.
    fn fill(&mut self, exports: &mut Exports) -> Option<()> {
        let evaluator = self.evaluator;
        loop {
            if let Some(id) = self.lists.order.get(exports.lists.len()).copied() {
                self.names_outside = false;
                let list = relocate::list(self, evaluator.heap.get_list(id))?;
                exports.lists.push((list.into(), self.names_outside));
            } else if let Some(id) = self.dicts.order.get(exports.dicts.len()).copied() {
                self.names_outside = false;
                let dict = relocate::dict(self, evaluator.heap.get_dict(id))?;
                exports.dicts.push((dict.into(), self.names_outside));
            } else if let Some(id) = self.modules.order.get(exports.modules.len()).copied() {
                let module = evaluator.modules.get(id as usize)?;
                let printed = relocate::value(self, &module.printed, 0)?;
                exports.modules.push((self.frame(&module.top), printed, self.source(module.source)?));
            } else if let Some(id) = self.macros.order.get(exports.macros.len()).copied() {
                let one = evaluator.macros.get(id as usize)?;
                let source = self.source(one.frame.source)?;
                let mut all = Vec::new();
                macros_of(&one.frame.source.parsed.template.body, &mut all);
                let number = all.iter().position(|node| std::ptr::eq(*node, one.node))?;
                exports.macros.push((source, u32::try_from(number).ok()?, self.frame(&one.frame)));
            } else if let Some(frame) = self.frame_values.get(exports.frames.len()).cloned() {
                let vars = self.vars(&frame.vars.borrow())?;
                let parent = frame.parent.as_ref().map(|parent| self.frame(parent));
                let (unit, source) = (self.unit(&frame.unit), self.source(frame.source)?);
                exports.frames.push(FrozenFrame { vars, parent, unit, source });
            } else if let Some(unit) = self.unit_values.get(exports.units.len()).cloned() {
                if !unit.blocks.borrow().is_empty() || unit.parent.get().is_some() {
                    return None;
                }
                let below = self.below(&unit.globals);
                exports.units.push(below);
            } else if let Some(globals) = self.global_values.get(exports.globals.len()).cloned() {
                let vars = self.vars(&globals.vars)?;
                let below = self.below(globals.below.as_ref()?);
                exports.globals.push((vars, below));
            } else {
                return Some(());
            }
        }
    }
}

/// What `module` exports and its evaluation did; `None`: something of it cannot be taken out.
pub(super) fn freeze<'a>(
    mut evaluator: Evaluator<'a>,
    module: Module<'a>,
    layers: &[Rc<Globals>; 2],
) -> Option<Exports> {
    if evaluator.heap.outside_changed() || evaluator.helpers.len() + evaluator.blocks.len() > 0 {
        return None;
    }
    let own = u32::try_from(evaluator.modules.len()).ok()?;
    evaluator.modules.push(module);
    let mut exports = Exports::default();
    let mut sources = FxHashMap::default();
    for (n, source) in evaluator.templates.iter().enumerate() {
        sources.insert(std::ptr::from_ref(source) as usize, u32::try_from(n).ok()?);
        let (path, name) = (source.path.clone(), source.name.clone());
        exports.sources.push(FrozenSource { file: source.file, path, blob: source.blob?, name });
    }
    let mut freezer = Freezer {
        evaluator: &evaluator,
        layers,
        lists: Numbers { numbers: FxHashMap::default(), order: Vec::new() },
        dicts: Numbers { numbers: FxHashMap::default(), order: Vec::new() },
        macros: Numbers { numbers: FxHashMap::default(), order: Vec::new() },
        modules: Numbers { numbers: FxHashMap::default(), order: Vec::new() },
        frames: Numbers { numbers: FxHashMap::default(), order: Vec::new() },
        units: Numbers { numbers: FxHashMap::default(), order: Vec::new() },
        globals: Numbers { numbers: FxHashMap::default(), order: Vec::new() },
        frame_values: Vec::new(),
        unit_values: Vec::new(),
        global_values: Vec::new(),
        sources,
        paths: None,
        outside: Vec::new(),
        outside_numbers: FxHashMap::default(),
        names_outside: false,
    };
    freezer.modules.of(own);
    let mut found: Vec<_> = evaluator.by_name.iter().collect();
    found.sort_unstable_by_key(|(name, _)| *name);
    for (name, loaded) in found {
        if loaded.source.name == exports.sources.first()?.name {
            if loaded.module.is_some() {
                return None;
            }
            continue;
        }
        let module = loaded.module.map(|id| freezer.modules.of(id));
        exports.by_name.push((name.clone(), freezer.source(loaded.source)?, module));
    }
    exports.outgoing = Some(freezer.below(&evaluator.globals));
    freezer.fill(&mut exports)?;
    exports.outside = freezer.outside;
    exports.asked.clone_from(&evaluator.asked);
    exports.loaded.clone_from(&evaluator.loaded);
    exports.partial = evaluator.partial;
    exports.spent = evaluator.heap.meter.spent();
    exports.printed = evaluator.printed;
    exports.files = evaluator.files;
    exports.chains = evaluator.chains;
    exports.contributors = evaluator.contributors;
    exports.problems = evaluator.problems;
    exports.uses = evaluator.uses;
    Some(exports)
}
