//! What imported templates export, evaluated once for all importers that agree on what the template
//! reads: frozen after its evaluation, thawed into each importer's heap, because importers change
//! what they import. An import that cannot be shared is evaluated in place; both ways give the
//! same. Knows nothing of what a template means.

mod freeze;
mod relocate;
mod thaw;

use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;
use syntax::jinja::{Body, Macro, Options, StatementKind};
use text::TextRange;
use world::{BlobId, Fingerprint, Hasher, Query, Reader, SaltPath, Stopped};

use super::halt::{Halt, R};
use super::knowledge::EnvPath;
use super::scope::{Asked, Globals, Vars};
use super::source::{self, Source, Templates};
use super::{Evaluator, Job, Loaded, Module, stack_address};
use crate::data::fingerprint;
use crate::{Code, EntryKind, MinionKey, Problem, Use, When};
use python::output::FileId;
use python::value::{self, DictData, Kind, ListData, Slot, Value};

/// Rounds of asking for further variables after which a template is evaluated in place.
const MAX_ROUNDS: usize = 16;
/// Native stack that the evaluation of a shared template may use, and an importer may have used.
const MAX_STACK: [usize; 2] = [600_000, 300_000];
/// Calls that may be open around a shared import.
const MAX_OUTER_CALLS: u32 = 20;

#[cfg(test)]
thread_local! {
    /// Imports that were shared, for tests.
    pub(crate) static SHARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// An importer's variable, as far as it can be part of a question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Given {
    name: SmolStr,
    value: Plain,
    source: Option<Arc<value::Source>>,
}

/// Values without places or identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Plain {
    /// There is no such variable.
    Absent,
    /// Another value: a template that reads it is not shared.
    Opaque,
    None,
    Bool(bool),
    Int(i64),
    Str(Arc<str>),
    Unknown(Arc<str>),
}

impl Given {
    fn of(globals: &Globals, name: &SmolStr) -> Self {
        let name = name.clone();
        let Some(value) = globals.get(&name) else { return Self { name, value: Plain::Absent, source: None } };
        let plain = match &value.kind {
            Kind::None => Plain::None,
            Kind::Bool(is) => Plain::Bool(*is),
            Kind::Int(number) => Plain::Int(*number),
            Kind::Str(text) if text.segments.is_none() => Plain::Str(text.text.clone()),
            Kind::Unknown(reason) => Plain::Unknown(reason.clone()),
            _ => return Self { name, value: Plain::Opaque, source: None },
        };
        Self { name, value: plain, source: value.source.clone() }
    }

    fn layer(all: &[Self]) -> Rc<Globals> {
        let (mut vars, mut asked) = (Vars::default(), Asked::default());
        for one in all {
            let kind = match &one.value {
                Plain::Absent => {
                    asked.absent.insert(one.name.clone());
                    continue;
                }
                Plain::Opaque => {
                    asked.opaque.insert(one.name.clone());
                    continue;
                }
                Plain::None => Kind::None,
                Plain::Bool(is) => Kind::Bool(*is),
                Plain::Int(number) => Kind::Int(*number),
                Plain::Str(text) => Kind::Str(value::Str::plain(text.clone())),
                Plain::Unknown(reason) => Kind::Unknown(reason.clone()),
            };
            vars.insert(one.name.clone(), Value { kind, source: one.source.clone() });
        }
        Rc::new(Globals { vars, below: None, asked: Some(asked) })
    }
}

/// What does the template at `path` export, given these variables of its importer?
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ExportsQuery {
    minion: MinionKey,
    kind: EntryKind,
    saltenv: SmolStr,
    options: Options,
    name: Arc<str>,
    path: SaltPath,
    with_context: bool,
    /// Variables of the environment, and of the importer's context.
    given: [Vec<Given>; 2],
}

/// The answer.
enum Exported {
    /// It cannot be shared.
    No,
    /// It takes more work than one rendering may do; so does whatever imports it.
    Spent,
    /// It depends on further variables, of the environment and of the context.
    Missing([Vec<SmolStr>; 2]),
    Frozen(Box<Exports>),
}

/// A module and all that its evaluation did. Ids are its own, from [`relocate::FIRST`]; [`relocate::OUTSIDE`] and above are
/// those of what the minion gave (grains, pillar).
#[derive(Default)]
struct Exports {
    /// Files by [`FileId`]; the first stands for the importer's entry.
    files: Vec<SaltPath>,
    /// The first call is the import itself.
    chains: Vec<(FileId, TextRange, Option<u32>)>,
    contributors: Vec<Arc<[python::origin::Contributor]>>,
    /// Templates in the order in which they were opened, its own first.
    sources: Vec<FrozenSource>,
    /// Content, and whether it names something that the minion gave.
    lists: Vec<(Arc<ListData>, bool)>,
    dicts: Vec<(Arc<DictData>, bool)>,
    outside: Vec<EnvPath>,
    globals: Vec<(Vec<(SmolStr, Value)>, Below)>,
    units: Vec<Below>,
    frames: Vec<FrozenFrame>,
    /// Template, number in it, closure.
    macros: Vec<(u32, u32, u32)>,
    /// Frame, printed text, template; its own is the first.
    modules: Vec<(u32, Value, u32)>,
    /// Template names that were looked up, found or not.
    asked: Vec<Arc<str>>,
    /// Those found, with template and module, but for its own.
    by_name: Vec<(Arc<str>, u32, Option<u32>)>,
    /// Names whose modules are there, in order.
    loaded: Vec<Arc<str>>,
    /// The environment's variables afterwards.
    outgoing: Option<Below>,
    problems: Vec<Problem>,
    uses: Vec<Use>,
    partial: bool,
    spent: u64,
    printed: usize,
}

/// A layer of variables: the importer's environment, its context, or one of [`Exports::globals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    Environment,
    Context,
    Layer(u32),
}

#[derive(Clone, Debug)]
struct FrozenSource {
    file: FileId,
    path: SaltPath,
    blob: BlobId,
    name: Option<Arc<str>>,
}

#[derive(Debug)]
struct FrozenFrame {
    vars: Vec<(SmolStr, Value)>,
    parent: Option<u32>,
    unit: u32,
    source: u32,
}

impl Query for ExportsQuery {
    type Answer = Exported;
    type Part = ();

    #[allow(clippy::too_many_lines, reason = "what an evaluation is set up with, then what it came to")]
    fn compute(&self, reader: &Reader<'_>) -> Result<Exported, Stopped> {
        let Some(blob) = reader.blob(&self.path)? else { return Ok(Exported::No) };
        let Some(parsed) = source::open(reader, &self.path, blob, &self.options)? else { return Ok(Exported::No) };
        let job = Job {
            minion: self.minion.minion(),
            path: self.path.clone(),
            kind: self.kind,
            sls: None,
            saltenv: self.saltenv.clone(),
            source: parsed.text.clone(),
            blob: Some(blob),
            extra: Vec::new(),
        };
        let templates = Templates::default();
        let mut evaluator = Evaluator::new(&job, reader, &templates);
        let environment = Given::layer(&self.given[0]);
        let context = if self.with_context { Given::layer(&self.given[1]) } else { environment.clone() };
        let layers = [environment, context];
        evaluator.stack = stack_address();
        evaluator.stack_limit = MAX_STACK[0];
        evaluator.share_data = true;
        evaluator.options = self.options.clone();
        evaluator.base = layers[0].clone();
        evaluator.globals = layers[0].clone();
        evaluator.layers = Some(layers.clone());
        // The entry and the import, whatever they are.
        evaluator.file_id(&SaltPath::root());
        evaluator.chains.push((FileId(0), TextRange::default(), None));
        evaluator.chain = Some(0);
        evaluator.calls = 1;
        let file = evaluator.file_id(&self.path);
        let own = Source {
            file,
            path: self.path.clone(),
            name: Some(self.name.clone()),
            blob: Some(blob),
            parsed,
            skip: TextRange::default(),
        };
        let own = templates.add(own);
        evaluator.by_name.insert(self.name.clone(), Loaded { source: own, module: None });
        evaluator.importing.push((self.path.clone(), FileId(0), TextRange::default()));
        let (result, printed) = evaluator.capture(|this| this.run_template(own, layers[1].clone()));
        let missing = [&layers[0], &layers[1]].map(|layer| {
            let mut names = layer.asked.as_ref().map_or_else(Vec::new, |asked| asked.missing.borrow().clone());
            names.sort_unstable();
            names
        });
        if missing.iter().any(|names| !names.is_empty()) {
            return Ok(Exported::Missing(missing));
        }
        if layers.iter().any(|layer| layer.asked.as_ref().is_some_and(Asked::is_stuck)) {
            return Ok(Exported::No);
        }
        let top = match result {
            Ok(top) => top,
            Err(Halt::Stopped) => return Err(Stopped),
            Err(Halt::Raise(_)) => return Ok(Exported::No),
        };
        let limited = |problem: &Problem| matches!(problem.code, Code::Limit | Code::ImportCycle);
        if evaluator.heap.meter.is_spent() {
            return Ok(Exported::Spent);
        }
        if evaluator.exhausted || evaluator.problems.iter().any(limited) {
            return Ok(Exported::No);
        }
        let printed = evaluator.text_value(printed);
        let module = Module { top, printed, source: own };
        Ok(freeze::freeze(evaluator, module, &layers).map_or(Exported::No, |exports| Exported::Frozen(exports.into())))
    }

    fn fingerprint(answer: &Exported) -> Fingerprint {
        let mut text = Text(Hasher::default());
        // Writing into a hasher does not fail.
        let _ = match answer {
            Exported::No => text.write_str("no"),
            Exported::Spent => text.write_str("spent"),
            Exported::Missing(names) => write!(text, "{names:?}"),
            Exported::Frozen(exports) => exports.hash(&mut text),
        };
        text.0.finish()
    }

    fn part_fingerprint(answer: &Exported, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> Exported {
        Exported::No
    }
}

/// Debug text of plain data as a fingerprint's input.
struct Text(Hasher);

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.field(text.as_bytes());
        Ok(())
    }
}

impl Text {
    /// A condition: its debug text has not all of its identity.
    fn when(&mut self, when: &When) {
        fingerprint::when(&mut self.0, when);
    }

    fn value(&mut self, value: &Value) -> std::fmt::Result {
        match &value.source {
            None => {
                self.0.number(0);
            }
            Some(source) => write!(self, "{source:?}")?,
        }
        let range = |range: TextRange| u64::from(range.start) << 32 | u64::from(range.end);
        match &value.kind {
            Kind::Str(text) => {
                self.0.number(1).field(text.text.as_bytes());
                for one in text.segments.iter().flat_map(|all| all.iter()) {
                    self.0.number(range(one.at)).number(range(one.range));
                    self.0.number(u64::from(one.file.0) << 1 | u64::from(one.exact));
                    self.0.number(one.chain.map_or(u64::MAX, u64::from));
                    self.0.number(one.contributors.map_or(u64::MAX, u64::from));
                }
                self.0.number(text.segments.as_ref().map_or(u64::MAX, |all| all.len() as u64));
                return Ok(());
            }
            Kind::List(id) => {
                self.0.number(2).number(id.0.into());
                return Ok(());
            }
            Kind::Dict(id) => {
                self.0.number(3).number(id.0.into());
                return Ok(());
            }
            Kind::OneOf(options) => {
                self.0.number(4).number(options.len() as u64);
                for (when, option) in options.iter() {
                    self.when(when);
                    self.value(option)?;
                }
                return Ok(());
            }
            Kind::Tuple(items) => {
                self.0.number(5).number(items.len() as u64);
                return items.iter().try_for_each(|item| self.value(item));
            }
            Kind::Partial(fragment) => fragment.pieces.iter().for_each(|piece| self.when(&piece.when)),
            _ => {}
        }
        write!(self, "{:?}", value.kind)
    }

    fn slot(&mut self, slot: &Slot) -> std::fmt::Result {
        self.when(&slot.when);
        self.0.number(u64::from(slot.repeated));
        self.value(&slot.value)
    }

    fn vars(&mut self, vars: &[(SmolStr, Value)]) -> std::fmt::Result {
        self.0.number(vars.len() as u64);
        vars.iter().try_for_each(|(name, value)| {
            self.write_str(name)?;
            self.value(value)
        })
    }
}

impl Exports {
    fn hash(&self, text: &mut Text) -> std::fmt::Result {
        write!(text, "{:?} {:?} {:?} {:?}", self.files, self.chains, self.contributors, self.sources)?;
        for (list, _) in &self.lists {
            text.0.number(list.items.len() as u64).number(u64::from(list.open));
            list.items.iter().try_for_each(|slot| text.slot(slot))?;
        }
        for (dict, _) in &self.dicts {
            write!(text, "{} {:?} {:?}", dict.entries.len(), dict.open, dict.open_source)?;
            for (key, (key_value, slot)) in &dict.entries {
                write!(text, "{key:?}")?;
                text.value(key_value)?;
                text.slot(slot)?;
            }
        }
        for (vars, below) in &self.globals {
            text.vars(vars)?;
            write!(text, "{below:?}")?;
        }
        for frame in &self.frames {
            text.vars(&frame.vars)?;
            write!(text, "{:?} {} {}", frame.parent, frame.unit, frame.source)?;
        }
        for (frame, printed, source) in &self.modules {
            text.value(printed)?;
            write!(text, "{frame} {source}")?;
        }
        write!(text, "{:?} {:?} {:?} {:?}", self.outside, self.units, self.macros, self.asked)?;
        write!(text, "{:?} {:?} {:?} {}", self.by_name, self.loaded, self.outgoing, self.partial)?;
        fingerprint::problems(&mut text.0, &self.problems);
        fingerprint::uses(&mut text.0, &self.uses);
        text.0.number(self.spent).number(self.printed as u64);
        Ok(())
    }
}

/// All macros and callers of a body, in the order in which they are written.
fn macros_of<'a>(body: &'a Body, found: &mut Vec<&'a Macro>) {
    for statement in body {
        match &statement.kind {
            StatementKind::Macro(node) => {
                found.push(node);
                macros_of(&node.body, found);
            }
            StatementKind::Call { caller, .. } => {
                found.push(caller);
                macros_of(&caller.body, found);
            }
            StatementKind::If(arms) => arms.iter().for_each(|arm| macros_of(&arm.body, found)),
            StatementKind::For { body, otherwise, .. } => {
                macros_of(body, found);
                otherwise.iter().for_each(|body| macros_of(body, found));
            }
            StatementKind::Block { body, .. }
            | StatementKind::With { body, .. }
            | StatementKind::Autoescape { body, .. }
            | StatementKind::FilterBlock { body, .. }
            | StatementKind::SetBlock { body, .. }
            | StatementKind::Profile { body, .. }
            | StatementKind::Load { body, .. } => macros_of(body, found),
            _ => {}
        }
    }
}

impl<'a> Evaluator<'a> {
    /// The module of an import out of the exports that all importers share; `None`: it must be
    /// evaluated in place. `context`: what the template sees, if that is not the environment.
    pub(super) fn import_shared(
        &mut self,
        loaded: Loaded<'a>,
        context: Option<&Rc<Globals>>,
        import: (FileId, TextRange),
    ) -> R<Option<u32>> {
        let plain = self.share
            && self.when.is_always()
            && !self.repeated
            && !self.lenient
            && !self.heap.outside_changed()
            && self.calls <= MAX_OUTER_CALLS
            && self.stack.abs_diff(stack_address()) < MAX_STACK[1];
        let (true, Some(name)) = (plain, &loaded.source.name) else { return Ok(None) };
        let mut query = ExportsQuery {
            minion: self.minion_key.get_or_insert_with(|| MinionKey::new(self.job.minion)).clone(),
            kind: self.job.kind,
            saltenv: self.job.saltenv.clone(),
            options: self.options.clone(),
            name: name.clone(),
            path: loaded.source.path.clone(),
            with_context: context.is_some(),
            given: Default::default(),
        };
        for _ in 0..MAX_ROUNDS {
            let answer = self.reader.ask(&query)?;
            match &*answer {
                Exported::No => return Ok(None),
                Exported::Spent => {
                    // evaluated in place it would take as much again, at each importer up to the entry
                    self.heap.meter.note(usize::MAX);
                    return Ok(None);
                }
                Exported::Frozen(exports) => return self.thaw(exports, loaded, context, import),
                Exported::Missing(names) => {
                    let layers = [&self.globals, context.unwrap_or(&self.globals)];
                    for ((names, layer), given) in names.iter().zip(layers).zip(&mut query.given) {
                        for name in names {
                            given.push(Given::of(layer, name));
                        }
                    }
                }
            }
        }
        Ok(None)
    }
}
