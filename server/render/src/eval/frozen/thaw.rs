//! Putting what a module exports into the evaluation that imports it.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHasher};
use smol_str::SmolStr;
use syntax::jinja::Macro;
use text::TextRange;
use world::SaltPath;

use super::relocate::{self, FIRST, OUTSIDE, Places, Texts};
use super::{Below, Exports, macros_of};
use crate::Origin;
use crate::eval::halt::R;
use crate::eval::macros::MacroValue;
use crate::eval::scope::{Frame, Globals, Unit, Vars};
use crate::eval::source::{self, Source};
use crate::eval::{Evaluator, Loaded, Module};
use python::output::FileId;
use python::value::{DictId, EvaluatorObject, Kind, ListId, Value};

/// Calls that explain a problem of loaded data, as many as [`crate::data`] lists.
const MAX_RELATED_CALLS: usize = 8;

/// The numbers that the exports' own get.
struct Thawer<'e> {
    lists: u32,
    dicts: u32,
    macros: u32,
    modules: u32,
    outside: &'e [Value],
    texts: Option<Texts>,
}

impl Places for Thawer<'_> {
    fn list(&mut self, id: ListId) -> Option<ListId> {
        match id.0.checked_sub(OUTSIDE) {
            None => Some(ListId(id.0 - FIRST + self.lists)),
            Some(n) => match self.outside.get(n as usize)?.kind {
                Kind::List(id) | Kind::Set(id) => Some(id),
                _ => None,
            },
        }
    }

    fn dict(&mut self, id: DictId) -> Option<DictId> {
        match id.0.checked_sub(OUTSIDE) {
            None => Some(DictId(id.0 - FIRST + self.dicts)),
            Some(n) => match self.outside.get(n as usize)?.kind {
                Kind::Dict(id) => Some(id),
                _ => None,
            },
        }
    }

    fn object(&mut self, kind: EvaluatorObject, id: u32) -> Option<u32> {
        match kind {
            EvaluatorObject::Macro => Some(id + self.macros),
            EvaluatorObject::Module => Some(id + self.modules),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<&mut Texts> {
        self.texts.as_mut()
    }
}

/// All that could fail, done before anything is changed.
struct Ready {
    outside: Vec<Value>,
    parsed: Vec<std::sync::Arc<source::Parsed>>,
}

impl<'a> Evaluator<'a> {
    /// The number of the module; `None`: it does not fit in here.
    #[allow(
        clippy::too_many_lines,
        reason = "one step per kind of thing that was frozen, in the order of their references"
    )]
    pub(super) fn thaw(
        &mut self,
        exports: &Exports,
        loaded: Loaded<'a>,
        context: Option<&Rc<Globals>>,
        (file, range): (FileId, TextRange),
    ) -> R<Option<u32>> {
        let Some(Ready { outside, parsed }) = self.prepare(exports)? else { return Ok(None) };
        #[cfg(test)]
        super::SHARED.set(super::SHARED.get() + 1);
        let outer = self.chain;
        let files: Vec<FileId> = exports
            .files
            .iter()
            .enumerate()
            .map(|(n, path)| if n == 0 { FileId(0) } else { self.file_id(path) })
            .collect();
        let texts = self.thaw_chains(exports, &files, (file, range, outer));
        let sources: Vec<&'a Source> = exports
            .sources
            .iter()
            .zip(std::iter::once(loaded.source.parsed.clone()).chain(parsed))
            .enumerate()
            .map(|(n, (one, parsed))| {
                if n == 0 {
                    return loaded.source;
                }
                let file = files.get(one.file.0 as usize).copied().unwrap_or(one.file);
                let skip = TextRange::default();
                let (path, name) = (one.path.clone(), one.name.clone());
                self.templates.add(Source { file, path, name, blob: Some(one.blob), parsed, skip })
            })
            .collect();
        self.heap.pad(FIRST);
        let (lists, dicts) = self.heap.sizes();
        let modules = u32::try_from(self.modules.len()).unwrap_or(u32::MAX);
        let macros = u32::try_from(self.macros.len()).unwrap_or(u32::MAX);
        let mut thawer = Thawer { lists, dicts, macros, modules, outside: &outside, texts };
        // Frozen values have places for all that they name: nothing below fails half way.
        let as_it_is = thawer.texts.is_none() && [lists, dicts, macros, modules] == [FIRST, FIRST, 0, 0];
        for (list, names_outside) in &exports.lists {
            let shared = as_it_is && !names_outside;
            let copy = if shared { list.clone() } else { relocate::list(&mut thawer, list).unwrap_or_default().into() };
            self.heap.add_list(copy);
        }
        for (dict, names_outside) in &exports.dicts {
            let shared = as_it_is && !names_outside;
            let copy = if shared { dict.clone() } else { relocate::dict(&mut thawer, dict).unwrap_or_default().into() };
            self.heap.add_dict(copy);
        }
        let environment = self.globals.clone();
        let context = context.unwrap_or(&environment).clone();
        let frames = self.thaw_frames(exports, &sources, &mut thawer, [&environment, &context]);
        let mut trees: FxHashMap<u32, Vec<&'a Macro>> = FxHashMap::default();
        for (source, number, frame) in &exports.macros {
            let tree = trees.entry(*source).or_insert_with(|| {
                let mut all = Vec::new();
                macros_of(&sources[*source as usize].parsed.template.body, &mut all);
                all
            });
            self.macros.push(MacroValue { node: tree[*number as usize], frame: frames[*frame as usize].clone() });
        }
        for (frame, printed, source) in &exports.modules {
            let printed = relocate::value(&mut thawer, printed, 0).unwrap_or_else(|| Kind::None.into());
            let top = frames[*frame as usize].clone();
            self.modules.push(Module { top, printed, source: sources[*source as usize] });
        }
        for (name, source, module) in &exports.by_name {
            let module = module.map(|id| id + modules);
            self.by_name.insert(name.clone(), Loaded { source: sources[*source as usize], module });
        }
        self.loaded.extend(exports.loaded.iter().cloned());
        self.contributors.extend(exports.contributors.iter().cloned());
        self.report_thawed(exports, (file, range, outer));
        self.partial |= exports.partial;
        // As if it had been evaluated here.
        self.heap.meter.note(usize::try_from(exports.spent).unwrap_or(usize::MAX));
        self.printed += exports.printed;
        Ok(Some(modules))
    }

    fn prepare(&mut self, exports: &Exports) -> R<Option<Ready>> {
        // A template that is known here by a name that the module looked up would have been that one.
        let known = exports.asked.iter().any(|name| self.by_name.contains_key(name));
        let cycle = self.importing.iter().any(|(open, ..)| exports.sources.iter().any(|one| one.path == *open));
        if known || cycle {
            return Ok(None);
        }
        let mut parsed = Vec::with_capacity(exports.sources.len().saturating_sub(1));
        for one in exports.sources.iter().skip(1) {
            let Some(tree) = source::open(self.reader, &one.path, one.blob, &self.options)? else { return Ok(None) };
            parsed.push(tree);
        }
        let mut outside = Vec::with_capacity(exports.outside.len());
        for path in &exports.outside {
            let found = self.known.find(&mut self.heap, path);
            if self.known.stopped {
                return Err(super::Halt::Stopped);
            }
            let Some(value) = found else { return Ok(None) };
            outside.push(value);
        }
        Ok(Some(Ready { outside, parsed }))
    }

    /// The calls of the exports below the import; the new numbers, if they are not the old ones.
    fn thaw_chains(
        &mut self,
        exports: &Exports,
        files: &[FileId],
        import: (FileId, TextRange, Option<u32>),
    ) -> Option<Texts> {
        let contributors = u32::try_from(self.contributors.len()).unwrap_or(u32::MAX);
        let mut texts =
            Texts { files: files.to_vec(), chains: Vec::new(), contributors, fragments: FxHashMap::default() };
        for (n, (file, range, outer)) in exports.chains.iter().enumerate() {
            let call = if n == 0 { import } else { (texts.file(*file), *range, texts.chain(*outer)) };
            let id = self.chain_id(call);
            texts.chains.push(id);
        }
        let same = contributors == 0
            && files.iter().enumerate().all(|(n, file)| file.0 as usize == n)
            && texts.chains.iter().enumerate().all(|(n, id)| *id as usize == n);
        (!same).then_some(texts)
    }

    fn thaw_frames(
        &mut self,
        exports: &Exports,
        sources: &[&'a Source],
        thawer: &mut Thawer<'_>,
        [environment, context]: [&Rc<Globals>; 2],
    ) -> Vec<Rc<Frame<'a>>> {
        // What a layer or frame lies on was frozen after it.
        let mut layers: Vec<Option<Rc<Globals>>> = vec![None; exports.globals.len()];
        let at = |below: Below, layers: &[Option<Rc<Globals>>]| match below {
            Below::Environment => environment.clone(),
            Below::Context => context.clone(),
            Below::Layer(n) => layers.get(n as usize).cloned().flatten().unwrap_or_default(),
        };
        for order in in_order(&exports.globals, |(_, below)| match below {
            Below::Layer(n) => Some(*n),
            _ => None,
        }) {
            let (vars, below) = &exports.globals[order];
            let below = at(*below, &layers);
            layers[order] = Some(Globals::over(thaw_vars(vars, thawer), Some(below)));
        }
        let units: Vec<Rc<Unit<'a>>> = exports
            .units
            .iter()
            .map(|below| {
                let id = u32::try_from(self.units.len()).unwrap_or(u32::MAX);
                let (blocks, parent) = (Rc::default(), std::cell::Cell::new(None));
                let unit = Rc::new(Unit { id, globals: at(*below, &layers), blocks, parent });
                self.units.push(unit.clone());
                // Its top frame follows below.
                self.tops.push(Frame::top(unit.clone(), sources[0]));
                unit
            })
            .collect();
        let mut frames: Vec<Option<Rc<Frame<'a>>>> = vec![None; exports.frames.len()];
        for order in in_order(&exports.frames, |frame| frame.parent) {
            let one = &exports.frames[order];
            let parent = one.parent.and_then(|parent| frames[parent as usize].clone());
            let unit = units[one.unit as usize].clone();
            let vars = thaw_vars(&one.vars, thawer).into();
            let frame = Rc::new(Frame { vars, parent, unit, source: sources[one.source as usize] });
            if frame.parent.is_none() {
                self.tops[frame.unit.id as usize] = frame.clone();
            }
            frames[order] = Some(frame);
        }
        if let Some(below) = exports.outgoing {
            self.globals = match below {
                Below::Layer(n) => {
                    let layer = at(below, &layers);
                    match exports.globals.get(n as usize) {
                        // Only where templates are is ever rewritten, and always all of it.
                        Some((_, Below::Environment)) => {
                            let (vars, below) = (layer.vars.clone(), environment.below.clone());
                            Globals::over(vars, below.or_else(|| Some(environment.clone())))
                        }
                        _ => layer,
                    }
                }
                _ => at(below, &layers),
            };
        }
        frames.into_iter().flatten().collect()
    }

    fn report_thawed(&mut self, exports: &Exports, (file, range, outer): (FileId, TextRange, Option<u32>)) {
        let calls = self.origin(file, range, outer);
        let calls: Vec<(SaltPath, TextRange)> =
            std::iter::once((calls.path.clone(), range)).chain(calls.chain).collect();
        let placed = |origin: &Origin| {
            let mut origin = origin.clone();
            if origin.chain.last().is_some_and(|(path, _)| path.is_root()) {
                origin.chain.pop();
                origin.chain.extend(calls.iter().take(32_usize.saturating_sub(origin.chain.len())).cloned());
            }
            origin
        };
        for problem in &exports.problems {
            let mut problem = problem.clone();
            problem.origin = placed(&problem.origin);
            let related = std::mem::take(&mut problem.related);
            for one in related {
                if one.origin.path.is_root() {
                    // The call that led to the import: here it is one or more.
                    let before = problem.related.iter().filter(|other| other.message == one.message).count();
                    let room = MAX_RELATED_CALLS.saturating_sub(before);
                    problem.related.extend(calls.iter().take(room).map(|(path, range)| crate::Related {
                        origin: Origin::exact(path.clone(), *range),
                        message: one.message.clone(),
                    }));
                } else {
                    problem.related.push(crate::Related { origin: placed(&one.origin), ..one });
                }
            }
            self.problem(problem);
        }
        for one in &exports.uses {
            let mut hasher = FxHasher::default();
            let file = self.file_id(&one.origin.path);
            (one.kind, &one.name, file, one.origin.range).hash(&mut hasher);
            if self.seen_uses.insert(hasher.finish()) {
                self.uses.push(crate::Use { origin: placed(&one.origin), ..one.clone() });
            }
        }
    }
}

fn thaw_vars(vars: &[(SmolStr, Value)], thawer: &mut Thawer<'_>) -> Vars {
    let value = |value: &Value, thawer: &mut Thawer<'_>| relocate::value(thawer, value, 0);
    vars.iter().filter_map(|(name, one)| Some((name.clone(), value(one, thawer)?))).collect()
}

/// Indexes such that what an element lies on comes before it.
fn in_order<T>(all: &[T], below: impl Fn(&T) -> Option<u32>) -> Vec<usize> {
    let mut order = Vec::with_capacity(all.len());
    let mut placed = vec![false; all.len()];
    for start in 0..all.len() {
        let mut pending = Vec::new();
        let mut next = Some(start);
        while let Some(n) = next.filter(|n| !placed[*n]) {
            placed[n] = true;
            pending.push(n);
            next = all.get(n).and_then(&below).map(|n| n as usize);
        }
        order.extend(pending.into_iter().rev());
    }
    order
}
