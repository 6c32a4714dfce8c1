//! Looking into a running evaluation: what expressions of one statement are worth when it begins, and
//! which variables are visible there. The one way in which editors learn of values; evaluation itself
//! does not depend on it. Knows nothing of cursors.

use std::rc::Rc;
use std::sync::Arc;

use num_bigint::BigInt;
use smol_str::SmolStr;
use syntax::jinja::walk::{self, Role, Visitor};
use syntax::jinja::{Expr, Statement, StatementKind};
use text::TextRange;
use world::{Reader, SaltPath, Stopped};

use super::calls::Arguments;
use super::halt::{Halt, R};
use super::scope::Frame;
use super::source::Templates;
use super::unknown::{contributors, from_contributor, unknown};
use super::{Evaluator, Job};
use crate::{Node, NodeKind, Origin, Pattern, PatternPart, SourceKind, When};
use python::value::{EvaluatorObject, Kind, Object, Str, Value, ViewKind};

/// Different values of one expression that are kept: a loop may have thousands.
const MAX_VALUES: usize = 32;
/// Parts of one value that are kept.
const MAX_PARTS: usize = 4_000;

/// What to look at.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The file whose statement is watched: the one that is rendered, or one that it imports.
    pub path: SaltPath,
    /// All bytes of the statement.
    pub statement: TextRange,
    /// Expressions among the statement's own, each by its exact bytes.
    pub expressions: Vec<TextRange>,
    /// How deep values are looked into.
    pub depth: u32,
    /// Whether evaluation goes where the statement stands even if rendering would not: into the arm of
    /// a condition that is false, a loop over nothing, a macro that nobody calls.
    pub forced: bool,
}

/// What was seen of a [`Watch`].
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// For each expression its values, alternatives apart, each once.
    pub values: Vec<Vec<Seen>>,
    /// Variables, those of the nearest scope first; of the first time that the statement ran.
    pub scope: Vec<Variable>,
    /// Whether the statement ran.
    pub reached: bool,
}

/// A variable that is visible at a statement.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: SmolStr,
    /// How many scopes it is away; what the template did not set itself is farther than all it set.
    pub distance: usize,
    /// Its values, looked into one level deep.
    pub values: Vec<Seen>,
}

/// A value as it is seen from outside of the evaluation.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Data: keys know where they were written; what has a source says so in its origin's contributors.
    Data(Node),
    /// Something to call or to look into.
    Thing(Thing),
}

/// What is not data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A macro.
    Macro {
        /// The file that holds it.
        path: SaltPath,
        /// Where its name is written.
        range: TextRange,
        /// Its parameters as `(name, has a default)`.
        params: Vec<(SmolStr, bool)>,
    },
    /// An imported template, with what it exports.
    Module {
        /// Its file.
        path: SaltPath,
        /// The names that it exports, sorted.
        names: Vec<SmolStr>,
    },
    /// `loop`
    Loop,
    /// Salt's loader: `salt`.
    Salt,
    /// A function of the loader; without a dot the module of functions to come (`salt.pillar`).
    SaltFunction(SmolStr),
    /// A method, not called.
    Method(SmolStr),
    /// A function of the Jinja environment.
    Global(SmolStr),
    /// Anything else that templates can hold.
    Other,
}

/// Evaluates a template with `watch`.
///
/// # Errors
/// [`Stopped`] when cancelled.
pub fn observe(job: &Job<'_>, reader: &Reader<'_>, watch: &Watch) -> Result<Observed, Stopped> {
    let templates = Templates::default();
    let mut evaluator = Evaluator::new(job, reader, &templates);
    // an import that other evaluations share is not evaluated here, so nothing of it would be seen
    evaluator.share = watch.path == job.path && !watch.forced;
    let values = vec![Vec::new(); watch.expressions.len()];
    let observed = Observed { values, ..Observed::default() };
    evaluator.observer = Some(Box::new(Observer { watch, observed, uncalled: Vec::new() }));
    let ran = evaluator.run().and_then(|()| evaluator.call_uncalled());
    match ran {
        Err(Halt::Stopped) => Err(Stopped),
        Ok(()) | Err(Halt::Raise(_)) => Ok(evaluator.observer.map(|observer| observer.observed).unwrap_or_default()),
    }
}

/// A [`Watch`] with what was seen so far.
pub(super) struct Observer<'a> {
    watch: &'a Watch,
    observed: Observed,
    /// Macros that hold the statement, to be called at the end.
    uncalled: Vec<(Value, Rc<Frame<'a>>)>,
}

impl Observer<'_> {
    fn holds(&self, body: &[Statement], frame: &Frame<'_>) -> bool {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return false };
        let wanted = self.watch.statement;
        first.range.start <= wanted.start && wanted.end <= last.range.end && frame.source.path == self.watch.path
    }
}

impl<'a> Evaluator<'a> {
    /// Whether evaluation is to go into `body` whatever decides about it.
    pub(super) fn is_forced(&self, body: &[Statement], frame: &Frame<'a>) -> bool {
        self.observer.as_ref().is_some_and(|observer| observer.watch.forced && observer.holds(body, frame))
    }

    /// A macro that holds the watched statement is called at the end if it was not before.
    pub(super) fn keep_uncalled(&mut self, called: &Value, body: &[Statement], frame: &Rc<Frame<'a>>) {
        if self.is_forced(body, frame)
            && let Some(observer) = &mut self.observer
            && observer.uncalled.len() < MAX_VALUES
        {
            observer.uncalled.push((called.clone(), frame.clone()));
        }
    }

    /// Calls macros that nobody called, with nothing known of their arguments.
    fn call_uncalled(&mut self) -> R<()> {
        // a macro's body may define the next one
        for _ in 0..MAX_VALUES {
            let Some(observer) = &mut self.observer else { return Ok(()) };
            if observer.observed.reached {
                return Ok(());
            }
            let Some((called, frame)) = observer.uncalled.pop() else { return Ok(()) };
            let arguments = Arguments { unknown: true, ..Arguments::default() };
            let result = self.call_value(&called, arguments, &frame, TextRange::default(), TextRange::default());
            self.caught(result)?;
        }
        Ok(())
    }

    /// Looks at `statement` if it is the watched one.
    pub(super) fn look(&mut self, statement: &'a Statement, frame: &Rc<Frame<'a>>) -> R<()> {
        let wanted = |observer: &Observer<'_>| {
            observer.watch.statement == statement.range && frame.source.path == observer.watch.path
        };
        // what the expressions call is not watched
        let Some(mut observer) = self.observer.take_if(|observer| wanted(observer)) else { return Ok(()) };
        if !std::mem::replace(&mut observer.observed.reached, true) {
            observer.observed.scope = self.visible(frame);
        }
        let mut result = Ok(());
        for (range, seen) in observer.watch.expressions.iter().zip(&mut observer.observed.values) {
            let mut finder = Finder { range: *range, found: None };
            walk::walk_statement(statement, &mut finder);
            let Some(expr) = finder.found.filter(|_| seen.len() < MAX_VALUES) else { continue };
            match self.peek(expr, frame, observer.watch.depth) {
                Ok(values) => values.into_iter().for_each(|value| keep(seen, value)),
                Err(stopped @ Halt::Stopped) => result = Err(stopped),
                Err(Halt::Raise(_)) => {}
            }
        }
        self.observer = Some(observer);
        result
    }

    /// What an expression is worth here; what it changes is taken back.
    fn peek(&mut self, expr: &'a Expr, frame: &Rc<Frame<'a>>, depth: u32) -> R<Vec<Seen>> {
        self.heap.enter();
        let when = self.when.clone();
        let (result, _) = self.capture(|this| this.eval(expr, frame));
        let seen = result.map(|value| self.seen(&value, depth));
        self.heap.leave();
        self.when = when;
        seen
    }

    fn visible(&mut self, frame: &Rc<Frame<'a>>) -> Vec<Variable> {
        let mut all: Vec<(SmolStr, usize, Value)> = Vec::new();
        let mut distance = 0;
        let mut scope = Some(frame.clone());
        while let Some(one) = scope {
            all.extend(one.vars.borrow().iter().map(|(name, value)| (name.clone(), distance, value.clone())));
            distance += 1;
            scope = one.parent.clone();
        }
        let mut layer = Some(frame.unit.globals.clone());
        while let Some(one) = layer {
            distance += 1;
            all.extend(one.vars.iter().map(|(name, value)| (name.clone(), distance, value.clone())));
            layer = one.below.clone();
        }
        all.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        all.dedup_by(|a, b| a.0 == b.0);
        all.sort_by_key(|(_, distance, _)| *distance);
        all.into_iter()
            .map(|(name, distance, value)| Variable { name, distance, values: self.seen(&value, 1) })
            .collect()
    }

    /// A value's alternatives, each once.
    fn seen(&mut self, value: &Value, depth: u32) -> Vec<Seen> {
        let mut found = Vec::new();
        let mut parts = MAX_PARTS;
        match &value.kind {
            Kind::OneOf(options) => {
                for (when, option) in options.iter() {
                    let one = self.seen_one(option, when, depth, &mut parts);
                    one.into_iter().for_each(|one| keep(&mut found, one));
                }
            }
            _ => found.extend(self.seen_one(value, &When::ALWAYS, depth, &mut parts)),
        }
        found
    }

    fn seen_one(&mut self, value: &Value, when: &When, depth: u32, parts: &mut usize) -> Option<Seen> {
        if let Kind::Object(object) = &value.kind
            && let Some(thing) = self.thing(object)
        {
            return Some(Seen::Thing(thing));
        }
        let node = self.seen_node(value, depth, parts)?;
        Some(Seen::Data(Node { when: when.clone(), ..node }))
    }

    fn thing(&self, object: &Object) -> Option<Thing> {
        Some(match object {
            Object::Salt => Thing::Salt,
            Object::SaltFunction(name) => Thing::SaltFunction(name.clone()),
            Object::Global(name) => Thing::Global(name.clone()),
            Object::Method(_, name) => Thing::Method(name.clone()),
            Object::Evaluator(EvaluatorObject::Macro, id) => {
                let one = self.macros.get(*id as usize)?;
                let params = one.node.params.iter().map(|p| (p.name.text.clone(), p.default.is_some())).collect();
                Thing::Macro { path: one.frame.source.path.clone(), range: one.node.name.range, params }
            }
            Object::Evaluator(EvaluatorObject::Module, id) => {
                let module = self.modules.get(*id as usize)?;
                let vars = module.top.vars.borrow();
                let mut names: Vec<SmolStr> = vars.keys().filter(|name| !name.starts_with('_')).cloned().collect();
                names.sort_unstable();
                Thing::Module { path: module.source.path.clone(), names }
            }
            Object::Evaluator(EvaluatorObject::Loop, _) => Thing::Loop,
            Object::View(..) | Object::Iterator(..) | Object::Evaluator(EvaluatorObject::Namespace, _) => return None,
            Object::Evaluator(..) => Thing::Other,
        })
    }

    #[allow(clippy::too_many_lines, reason = "one arm per kind of value")]
    fn seen_node(&mut self, value: &Value, depth: u32, parts: &mut usize) -> Option<Node> {
        *parts = parts.checked_sub(1)?;
        let mut origin = Origin { contributors: contributors(value), ..Origin::nowhere() };
        let kind = match &value.kind {
            Kind::Undefined(_) => return None,
            Kind::None => NodeKind::Null,
            Kind::Bool(is) => NodeKind::Bool(*is),
            Kind::Int(number) => NodeKind::Int(BigInt::from(*number)),
            Kind::Big(number) => NodeKind::Int((**number).clone()),
            Kind::Float(number) => NodeKind::Float(*number),
            Kind::Bytes(bytes) => NodeKind::Binary(bytes.to_vec()),
            Kind::Str(text) => {
                self.place(text, &mut origin);
                NodeKind::Str(Pattern::literal(&text.text))
            }
            Kind::Partial(fragment) => {
                let mut pattern = Pattern::default();
                for piece in &fragment.pieces {
                    let known = matches!(piece.kind, crate::PieceKind::Exact | crate::PieceKind::Derived);
                    let text = || PatternPart::Text(piece.at.slice(&fragment.text).into());
                    pattern.push(if known { text() } else { PatternPart::Hole });
                }
                NodeKind::Str(pattern)
            }
            Kind::Range(..) => NodeKind::List(Vec::new()),
            Kind::Tuple(items) => {
                let items = items.clone();
                let inner = depth.checked_sub(1);
                let seen = |this: &mut Self, item: &Value| this.seen_node(item, inner?, parts);
                NodeKind::List(collect(self, &items, seen))
            }
            Kind::List(id) | Kind::Set(id) => self.seen_list(*id, depth, parts),
            Kind::Dict(id) => self.seen_dict(*id, depth, parts),
            Kind::Object(object) => match &**object {
                Object::Evaluator(EvaluatorObject::Namespace, id) => {
                    self.seen_dict(python::value::DictId(*id), depth, parts)
                }
                Object::Iterator(id, _) => self.seen_list(*id, depth, parts),
                Object::View(id, ViewKind::Values) => {
                    let values: Vec<Value> =
                        self.heap.get_dict(*id).entries.values().map(|(_, slot)| slot.value.clone()).collect();
                    let inner = depth.checked_sub(1);
                    NodeKind::List(collect(self, &values, |this, item| this.seen_node(item, inner?, parts)))
                }
                Object::View(id, _) => {
                    let keys: Vec<Value> =
                        self.heap.get_dict(*id).entries.values().map(|(key, _)| key.clone()).collect();
                    let inner = depth.checked_sub(1);
                    NodeKind::List(collect(self, &keys, |this, item| this.seen_node(item, inner?, parts)))
                }
                _ => NodeKind::Unknown("something to call".into()),
            },
            Kind::OneOf(options) => {
                let options = options.clone();
                let mut choices = Vec::new();
                for (when, option) in options.iter() {
                    let node = self.seen_node(option, depth, parts);
                    choices.extend(node.map(|node| Node { when: when.clone(), ..node }));
                }
                if choices.len() == 1 {
                    return choices.pop();
                }
                NodeKind::Choice(choices)
            }
            Kind::Unknown(reason) => NodeKind::Unknown(reason.clone()),
        };
        Some(Node::new(kind, Arc::new(origin)))
    }

    fn seen_list(&mut self, id: python::value::ListId, depth: u32, parts: &mut usize) -> NodeKind {
        let slots = self.heap.get_list(id).items.clone();
        let Some(depth) = depth.checked_sub(1) else { return NodeKind::List(Vec::new()) };
        let mut items = Vec::new();
        for slot in slots {
            let node = self.seen_node(&slot.value, depth, parts);
            items.extend(node.map(|node| Node { when: slot.when.clone(), repeated: slot.repeated, ..node }));
        }
        NodeKind::List(items)
    }

    fn seen_dict(&mut self, id: python::value::DictId, depth: u32, parts: &mut usize) -> NodeKind {
        let entries: Vec<_> = self.heap.get_dict(id).entries.values().cloned().collect();
        let open = self.heap.get_dict(id).open_source.clone();
        let Some(depth) = depth.checked_sub(1) else { return NodeKind::Map(Vec::new()) };
        let mut found = Vec::new();
        for (key, slot) in entries {
            let key = self.seen_node(&key, depth, parts);
            let value = self.seen_node(&slot.value, depth, parts);
            if let (Some(key), Some(value)) = (key, value) {
                found.push((Node { when: slot.when.clone(), repeated: slot.repeated, ..key }, value));
            }
        }
        match open {
            // beside the entries, all that lies where they were merged from
            Some(source) => {
                let rest = from_contributor(source.from.clone());
                let rest = self.seen_node(&rest, depth, parts);
                let own = Node::nowhere(NodeKind::Map(found));
                NodeKind::Choice(std::iter::once(own).chain(rest).collect())
            }
            None => NodeKind::Map(found),
        }
    }

    /// Where a text's first written part stands.
    fn place(&self, text: &Str, origin: &mut Origin) {
        let Some(segment) = text.segments.iter().flat_map(|segments| segments.iter()).next() else { return };
        let exact = segment.exact && segment.at.len() as usize == text.text.len();
        let placed = self.origin(segment.file, segment.range, segment.chain);
        origin.path = placed.path;
        origin.range = placed.range;
        origin.chain = placed.chain;
        origin.kind = if exact { SourceKind::Exact } else { SourceKind::Derived };
    }

    /// The one item that stands for any, where a loop over nothing is run all the same.
    pub(super) fn any_item() -> Value {
        unknown("an item of an empty list")
    }
}

fn collect<'a>(
    evaluator: &mut Evaluator<'a>,
    items: &[Value],
    mut seen: impl FnMut(&mut Evaluator<'a>, &Value) -> Option<Node>,
) -> Vec<Node> {
    items.iter().filter_map(|item| seen(evaluator, item)).collect()
}

fn keep(found: &mut Vec<Seen>, value: Seen) {
    if found.len() < MAX_VALUES && !found.contains(&value) {
        found.push(value);
    }
}

/// Finds the outermost expression with a range.
struct Finder<'t> {
    range: TextRange,
    found: Option<&'t Expr>,
}

impl<'t> Visitor<'t> for Finder<'t> {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        statement.range.covers(self.range) && !matches!(statement.kind, StatementKind::Comment)
    }

    fn enter_expr(&mut self, expr: &'t Expr, _: Role) -> bool {
        if self.found.is_none() && expr.range == self.range {
            self.found = Some(expr);
        }
        self.found.is_none() && expr.range.covers(self.range)
    }
}
