//! Evaluates a Jinja template as Salt's environment does, under partial knowledge: prints one joint
//! text of all branches that may be taken, with every byte's place and condition. Knows nothing of
//! YAML, high data or what the text is for.

mod branch;
mod calls;
mod combine;
mod context;
mod decide;
mod expressions;
mod fileserver;
mod filter_by;
mod filters;
mod frozen;
mod functions;
mod halt;
mod helpers;
mod knowledge;
mod load;
mod lookup;
mod loops;
mod macros;
mod modules;
mod mutate;
pub mod observe;
mod print;
mod report;
mod scope;
mod sink;
mod source;
mod statements;
#[cfg(test)]
mod tests;
mod text_filters;
mod unknown;

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use syntax::jinja::Options;
use text::TextRange;
use world::{BlobId, Minion, Reader, SaltPath, Stopped};

use crate::{EntryKind, Node, Output, Piece, PieceKind, Problem, Use, When};
use python::origin::Contributor;
use python::output::FileId;
use python::value::{Fragment, Heap, Value};

use halt::Halt;
use knowledge::Known;
use scope::{Asked, Frame, Globals, Unit};
pub use source::{Parse, parsed as parse};
use source::{Source, Templates};

/// What to evaluate.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Under which roots and knowledge.
    pub minion: &'a Arc<Minion>,
    /// The file.
    pub path: SaltPath,
    /// As what it is rendered.
    pub kind: EntryKind,
    /// The dotted name, for SLS.
    pub sls: Option<SmolStr>,
    /// The saltenv that it is rendered in; imports come from this saltenv's roots.
    pub saltenv: SmolStr,
    /// The file's text as it is on disk, shebang and `#jinja2:` header included.
    pub source: Arc<str>,
    /// The text's address, under which its parse is kept; `None`: it is not kept.
    pub blob: Option<BlobId>,
    /// Further variables: `data`, `tag`, `context`, a pillar include's `defaults`.
    pub extra: Vec<(SmolStr, Node)>,
}

/// What evaluation gave.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// The joint text.
    pub output: Output,
    /// What Salt refuses, in evaluation order.
    pub problems: Vec<Problem>,
    /// What was read, in evaluation order.
    pub uses: Vec<Use>,
    /// Whether something unknown decided anything.
    pub partial: bool,
}

/// Printed bytes, captured ones included, after which an evaluation gives up.
const MAX_OUTPUT: usize = 20 << 20;
/// What a statement or expression costs, in units of the heap's meter.
const STEP: usize = 16;
/// What a call of a macro, block or template costs.
const CALL: usize = 100;
/// What a template costs that is imported or included, beside its statements.
const TEMPLATE: usize = 1000;
/// A table of `grains.filter_by` with more entries is not looked at entry by entry.
const MAX_TABLE: usize = 256;
/// What a byte costs that is loaded as YAML or JSON: scanned, kept, given its place.
const LOADED: usize = 4;
/// What a piece of printed text costs, beside its bytes.
const PIECE: usize = 32;
/// Calls of macros, imports and includes inside each other.
const MAX_CALLS: u32 = 100;
/// Calls of one macro inside each other where something unknown decides how often: one rendering's
/// shape is enough.
const MAX_UNKNOWN_RECURSION: usize = 3;
/// Native stack that an evaluation may use, in bytes: well under the 2 MB that threads have.
const MAX_STACK: usize = 1_300_000;

/// Evaluates a template.
///
/// # Errors
/// [`Stopped`] when cancelled.
pub fn evaluate(job: &Job<'_>, reader: &Reader<'_>) -> Result<Evaluated, Stopped> {
    evaluate_with(job, reader, true)
}

/// As [`evaluate`]; imported templates are evaluated in place unless `share`: the same, but slower.
fn evaluate_with(job: &Job<'_>, reader: &Reader<'_>, share: bool) -> Result<Evaluated, Stopped> {
    let templates = Templates::default();
    let mut evaluator = Evaluator::new(job, reader, &templates);
    (evaluator.share, evaluator.share_data) = (share, share);
    match evaluator.run() {
        Err(Halt::Stopped) => Err(Stopped),
        Ok(()) | Err(Halt::Raise(_)) => Ok(evaluator.finish()),
    }
}

/// An imported template.
struct Module<'a> {
    top: Rc<Frame<'a>>,
    printed: Value,
    source: &'a Source,
}

/// A template found by name.
#[derive(Clone, Copy)]
struct Loaded<'a> {
    source: &'a Source,
    module: Option<u32>,
}

/// The state of one evaluation.
pub(crate) struct Evaluator<'a> {
    job: &'a Job<'a>,
    reader: &'a Reader<'a>,
    templates: &'a Templates,
    heap: Heap,
    known: Known<'a>,
    /// Whether names that nobody defines are errors (else someone else may define them).
    strict: bool,
    /// `allow_undefined`: jinja2's `Undefined` instead of `StrictUndefined`.
    allow_undefined: bool,
    /// `environment.globals`: what the next template begins with.
    globals: Rc<Globals>,
    /// Those of them that are never rewritten.
    base: Rc<Globals>,
    /// Whether imports may be shared with other evaluations.
    share: bool,
    /// Whether imported data files may be.
    share_data: bool,
    /// Where the variables are watched: the module is evaluated for all its importers.
    layers: Option<[Rc<Globals>; 2]>,
    /// Template names that were looked up, where variables are watched.
    asked: Vec<Arc<str>>,
    minion_key: Option<crate::MinionKey>,
    by_name: FxHashMap<Arc<str>, Loaded<'a>>,
    /// Names whose modules are there, in the order in which they were loaded.
    loaded: Vec<Arc<str>>,
    units: Vec<Rc<Unit<'a>>>,
    /// Their top frames, by the same number.
    tops: Vec<Rc<Frame<'a>>>,
    options: Options,
    modules: Vec<Module<'a>>,
    macros: Vec<macros::MacroValue<'a>>,
    loops: Vec<loops::LoopState<'a>>,
    active_loops: Vec<usize>,
    blocks: Vec<macros::BlockValue<'a>>,
    helpers: Vec<helpers::Helper>,
    macro_flags: FxHashMap<usize, macros::Flags>,
    loop_flags: FxHashMap<usize, bool>,
    /// Files that are being imported, with the place of the import.
    importing: Vec<(SaltPath, FileId, TextRange)>,
    sinks: Vec<Fragment>,
    files: Vec<SaltPath>,
    chains: Vec<(FileId, TextRange, Option<u32>)>,
    chain_ids: FxHashMap<(FileId, TextRange, Option<u32>), u32>,
    contributors: Vec<Arc<[Contributor]>>,
    nothing: Arc<[Contributor]>,
    /// The condition of what is being evaluated.
    when: When,
    /// Whether it runs in the body of an unknown loop.
    repeated: bool,
    /// The call chain of what is being evaluated.
    chain: Option<u32>,
    /// The tag whose value is being printed.
    site: Option<crate::Site>,
    /// Whether reads cope with absence (inside `default`, `is defined`).
    lenient: bool,
    problems: Vec<Problem>,
    seen_problems: FxHashSet<u64>,
    uses: Vec<Use>,
    seen_uses: FxHashSet<u64>,
    partial: bool,
    exhausted: bool,
    printed: usize,
    steps: u8,
    calls: u32,
    /// Macros that are running, outermost first.
    running: Vec<u32>,
    /// Where the native stack was when evaluation began.
    stack: usize,
    /// How much of it may be used, in bytes.
    stack_limit: usize,
    /// What looks into the evaluation, if anything does.
    observer: Option<Box<observe::Observer<'a>>>,
}

impl<'a> Evaluator<'a> {
    fn new(job: &'a Job<'a>, reader: &'a Reader<'a>, templates: &'a Templates) -> Self {
        let lenient = matches!(job.kind, EntryKind::Cloud | EntryKind::Data | EntryKind::Managed | EntryKind::Macros);
        Self {
            job,
            reader,
            templates,
            heap: Heap::default(),
            known: Known::new(job, reader),
            strict: !lenient,
            allow_undefined: job.minion.profile.as_ref().is_some_and(|profile| {
                profile.opts.get("allow_undefined").is_some_and(|value| value == &serde_json::Value::Bool(true))
            }),
            globals: Rc::default(),
            base: Rc::default(),
            share: false,
            share_data: false,
            layers: None,
            asked: Vec::new(),
            minion_key: None,
            by_name: FxHashMap::default(),
            loaded: Vec::new(),
            units: Vec::new(),
            tops: Vec::new(),
            options: Options::default(),
            modules: Vec::new(),
            macros: Vec::new(),
            loops: Vec::new(),
            active_loops: Vec::new(),
            blocks: Vec::new(),
            helpers: Vec::new(),
            macro_flags: FxHashMap::default(),
            loop_flags: FxHashMap::default(),
            importing: Vec::new(),
            sinks: vec![Fragment::default()],
            files: Vec::new(),
            chains: Vec::new(),
            chain_ids: FxHashMap::default(),
            contributors: Vec::new(),
            nothing: Arc::new([]),
            when: When::ALWAYS,
            repeated: false,
            chain: None,
            site: None,
            lenient: false,
            problems: Vec::new(),
            seen_problems: FxHashSet::default(),
            uses: Vec::new(),
            seen_uses: FxHashSet::default(),
            partial: false,
            exhausted: false,
            printed: 0,
            steps: 0,
            calls: 0,
            running: Vec::new(),
            stack: 0,
            stack_limit: MAX_STACK,
            observer: None,
        }
    }

    fn run(&mut self) -> halt::R<()> {
        self.stack = stack_address();
        let mut options = self.base_options();
        let text = self.job.source.clone();
        // Before 3008 such a line is text like any other.
        let skip =
            if self.job.minion.has_salt(3008) { source::header(&text, &mut options) } else { TextRange::default() };
        self.options = options.clone();
        let mut blob = self.job.blob;
        let parsed = if skip.is_empty() {
            source::parse(blob, text, &options)
        } else {
            blob = None;
            source::parse(None, source::blanked(&text, skip), &options)
        };
        let file = self.file_id(&self.job.path);
        let entry = self.templates.add(Source { file, path: self.job.path.clone(), name: None, blob, parsed, skip });
        self.report_syntax(entry);
        self.base = Globals::over(self.entry_variables(), None);
        self.globals = self.base.clone();
        let globals = self.globals.clone();
        self.importing.push((self.job.path.clone(), file, TextRange::default()));
        self.run_template(entry, globals)?;
        let text = &entry.parsed.text;
        if text.ends_with('\n') {
            let end = text.len();
            let print = self.print_at(file, TextRange::of(end - 1, end));
            self.emit("\n", sink::Print { kind: PieceKind::Exact, ..print });
        }
        Ok(())
    }

    /// The lexer options that Salt's configuration gives: `jinja_sls_env` for SLS, else `jinja_env`.
    fn base_options(&self) -> Options {
        let mut options = Options::default();
        let sls = self.job.sls.as_ref().is_some_and(|sls| !sls.is_empty());
        let name = if sls { "jinja_sls_env" } else { "jinja_env" };
        if let Some(serde_json::Value::Object(map)) = self.known.opt(name) {
            source::apply_options(map, &mut options);
        }
        options
    }

    fn finish(mut self) -> Evaluated {
        // It is kept for as long as the file is: nothing is held in reserve.
        let mut printed = self.sinks.into_iter().next().unwrap_or_default();
        printed.text.shrink_to_fit();
        printed.pieces.shrink_to_fit();
        self.uses.shrink_to_fit();
        let pieces: Vec<Piece> = printed.pieces;
        let partial = self.partial || pieces.iter().any(|piece| !piece.when.is_always() || piece.repeated);
        let output = Output { text: printed.text, pieces, files: self.files, chains: self.chains };
        Evaluated { output, problems: self.problems, uses: self.uses, partial }
    }

    fn file_id(&mut self, path: &SaltPath) -> FileId {
        let position = self.files.iter().position(|known| known == path).unwrap_or_else(|| {
            self.files.push(path.clone());
            self.files.len() - 1
        });
        FileId(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// Whether the native stack has room for more nesting.
    fn has_room(&self) -> bool {
        self.stack.abs_diff(stack_address()) < self.stack_limit
    }

    /// Counts a step; false: give up.
    fn step(&mut self) -> halt::R<bool> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps == 0 {
            self.reader.tick()?;
        }
        let stuck =
            |layers: &[Rc<Globals>; 2]| layers.iter().any(|one| one.asked.as_ref().is_some_and(Asked::is_stuck));
        if self.known.stopped || self.layers.as_ref().is_some_and(stuck) {
            return Err(Halt::Stopped);
        }
        self.heap.meter.note(STEP);
        if self.heap.meter.is_spent() && !self.exhausted {
            self.exhaust(python::meter::SPENT, FileId(0), TextRange::default());
        }
        Ok(!self.exhausted)
    }
}

/// About where the native stack is.
#[inline(never)]
fn stack_address() -> usize {
    let here = 0_u8;
    std::hint::black_box(std::ptr::from_ref(&here) as usize)
}
