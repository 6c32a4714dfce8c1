//! Statements.

use std::rc::Rc;

use syntax::jinja::{Arm, Expr, ExprKind, Statement, StatementKind};
use text::TextRange;

use super::Evaluator;
use super::branch::{Ran, one_of};
use super::decide::Decision;
use super::halt::R;
use super::scope::{Frame, Vars};
use super::sink::Print;
use super::unknown::{negate, unknown};
use crate::{PieceKind, Site, When};
use python::output::HOLE;
use python::value::{EvaluatorObject, Fragment, Key, Kind, Object, Raise, Value};

/// How a statement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Normal,
    Break,
    Continue,
}

/// What one arm of a split `if` did.
struct ArmRun {
    ran: Ran,
    vars: Vars,
    printed: Fragment,
    flow: Flow,
}

impl<'a> Evaluator<'a> {
    /// Runs statements in order.
    pub(crate) fn exec_body(&mut self, body: &'a [Statement], frame: &Rc<Frame<'a>>) -> R<Flow> {
        for statement in body {
            if !self.step()? {
                return Ok(Flow::Normal);
            }
            if !self.has_room() {
                self.limit("statements and calls nest too deep", frame.source.file, statement.range);
                return Ok(Flow::Normal);
            }
            let flow = self.exec(statement, frame)?;
            if flow != Flow::Normal {
                return Ok(flow);
            }
        }
        Ok(Flow::Normal)
    }

    #[allow(clippy::too_many_lines, reason = "one arm per statement")]
    fn exec(&mut self, statement: &'a Statement, frame: &Rc<Frame<'a>>) -> R<Flow> {
        if self.observer.is_some() {
            self.look(statement, frame)?;
        }
        match &statement.kind {
            StatementKind::Data(range) | StatementKind::Raw(range) => self.emit_source(*range, frame),
            StatementKind::Comment | StatementKind::Error => {}
            StatementKind::Output(e) => self.exec_output(e, frame, statement.range)?,
            StatementKind::Print(all) => {
                for e in all {
                    self.exec_output(e, frame, statement.range)?;
                }
            }
            StatementKind::Set { target, value } => {
                let result = self.eval(value, frame);
                let new = self.caught(result)?.unwrap_or_else(|| unknown("its value could not be computed"));
                let new = if self.repeated { self.accumulated(target, value, new) } else { new };
                self.assign_caught(target, new, frame)?;
            }
            StatementKind::SetBlock { target, filter, body } => {
                let inner = frame.inner();
                let (flow, printed) = self.capture(|this| this.exec_body(body, &inner));
                flow?;
                let mut value = self.text_value(printed);
                if let Some(filter) = filter {
                    let result = self.filter_chain(filter, value, &inner);
                    value = self.caught(result)?.unwrap_or_else(|| unknown("its value could not be computed"));
                }
                self.assign_caught(target, value, frame)?;
            }
            StatementKind::If(arms) => return self.exec_if(statement, arms, frame),
            StatementKind::For { target, iter, filter, recursive, body, otherwise } => {
                let node = super::loops::ForNode {
                    target,
                    filter: filter.as_ref(),
                    recursive: *recursive,
                    body,
                    otherwise: otherwise.as_deref(),
                    iter_range: iter.range,
                };
                let result = self.eval(iter, frame);
                let iterable =
                    self.caught(result)?.unwrap_or_else(|| unknown("what is looped over could not be computed"));
                let result = self.run_loop(node, &iterable, frame, 0);
                self.caught(result)?;
                if let Some(otherwise) = otherwise.as_deref().filter(|body| self.is_forced(body, frame)) {
                    self.exec_body(otherwise, &frame.inner())?;
                }
            }
            StatementKind::Macro(node) => {
                let value = self.define_macro(node, frame);
                self.keep_uncalled(&value, &node.body, frame);
                frame.set(node.name.text.clone(), value);
            }
            StatementKind::Call { caller, call } => {
                let body = &caller.body;
                let caller = self.define_macro(caller, frame);
                self.keep_uncalled(&caller, body, frame);
                let result = self.eval_call(call, frame, Some(caller));
                self.print_result(result, frame, call.range, Some(call.range))?;
            }
            StatementKind::FilterBlock { filter, body } => {
                let inner = frame.inner();
                let (flow, printed) = self.capture(|this| this.exec_body(body, &inner));
                flow?;
                let value = self.text_value(printed);
                let result = self.filter_chain(filter, value, &inner);
                self.print_result(result, frame, filter.range, None)?;
            }
            StatementKind::Block { name, scoped, required, .. } => {
                self.exec_block(statement, name, *scoped, *required, frame)?;
            }
            StatementKind::Extends(template) => self.exec_extends(template, frame)?,
            StatementKind::Include { template, ignore_missing, with_context } => {
                self.exec_include(statement.range, template, *ignore_missing, *with_context, frame)?;
            }
            StatementKind::Import { template, target, with_context } => {
                let module = self.import(template, *with_context, frame)?;
                frame.set(target.text.clone(), module);
            }
            StatementKind::FromImport { template, names, with_context } => {
                self.exec_from_import(template, names, *with_context, frame)?;
            }
            StatementKind::With { bindings, body } => {
                let inner = frame.inner();
                for (target, value) in bindings {
                    let result = self.eval(value, frame);
                    let value = self.caught(result)?.unwrap_or_else(|| unknown("its value could not be computed"));
                    self.assign_caught(target, value, &inner)?;
                }
                return self.exec_body(body, &inner);
            }
            StatementKind::Autoescape { value, body } => {
                let result = self.eval(value, frame);
                self.caught(result)?;
                return self.exec_body(body, &frame.inner());
            }
            StatementKind::Do(e) => {
                let result = self.eval(e, frame);
                self.caught(result)?;
            }
            StatementKind::Break => return Ok(Flow::Break),
            StatementKind::Continue => return Ok(Flow::Continue),
            StatementKind::Load { format, target, body } => {
                let inner = frame.inner();
                let (flow, printed) = self.capture(|this| this.exec_body(body, &inner));
                flow?;
                let value = self.text_value(printed);
                let result = self.load(*format, &value, frame, statement.range);
                let value = self.caught(result)?.unwrap_or_else(|| unknown("it could not be loaded"));
                self.assign_caught(target, value, frame)?;
            }
            StatementKind::ImportData { format, template, target, with_context } => {
                let module = self.import(template, *with_context, frame)?;
                let result = self.load(*format, &module, frame, template.range);
                let value = self.caught(result)?.unwrap_or_else(|| unknown("it could not be loaded"));
                frame.set(target.text.clone(), value);
            }
            StatementKind::Profile { label, body } => {
                let result = self.eval(label, frame);
                self.caught(result)?;
                return self.exec_body(body, frame);
            }
        }
        Ok(Flow::Normal)
    }

    /// In the body of an unknown loop: what an attribute that is computed from itself may have become
    /// after any number of runs.
    fn accumulated(&mut self, target: &'a Expr, expression: &'a Expr, value: Value) -> Value {
        let ExprKind::NsRef(name, _) = &*target.kind else { return value };
        let mut reads = false;
        super::expressions::walk_expr(expression, &mut |read| reads |= read == name.as_str());
        let grows = |kind: &Kind| !matches!(kind, Kind::Bool(_) | Kind::None | Kind::Undefined(_) | Kind::Dict(_));
        match &value.kind {
            _ if !reads => value,
            Kind::List(id) => {
                let mut data = self.heap.get_list(*id).clone();
                data.items.iter_mut().for_each(|slot| slot.repeated = true);
                let copy = self.heap.list([]);
                if let Kind::List(id) = &copy.kind {
                    *self.heap.list_mut(*id) = data;
                }
                Value { source: value.source, ..copy }
            }
            Kind::OneOf(options) if !options.iter().any(|(_, option)| grows(&option.kind)) => value,
            kind if !grows(kind) => value,
            _ => Value { source: value.source, ..unknown("a loop over unknown items changes it") },
        }
    }

    /// Prints the source's own bytes, line ends as jinja2 makes them.
    fn emit_source(&mut self, range: TextRange, frame: &Rc<Frame<'a>>) {
        let source = frame.source;
        let mut start = range.start;
        if start < source.skip.end {
            start = source.skip.end.min(range.end);
            if range.start < source.skip.start {
                self.emit_lines(TextRange::new(range.start, source.skip.start.min(range.end)), frame);
            }
        }
        self.emit_lines(TextRange::new(start, range.end), frame);
    }

    fn emit_lines(&mut self, range: TextRange, frame: &Rc<Frame<'a>>) {
        let source = frame.source;
        let text = source.slice(range);
        let exact = |this: &Self, start: usize, end: usize| {
            let at = TextRange::of(range.start as usize + start, range.start as usize + end);
            Print { kind: PieceKind::Exact, ..this.print_at(source.file, at) }
        };
        if memchr::memchr(b'\r', text.as_bytes()).is_none() && !text.contains(HOLE) {
            let print = exact(self, 0, text.len());
            self.emit(text, print);
            return;
        }
        let bytes = text.as_bytes();
        let mut start = 0;
        for (n, c) in text.char_indices() {
            let replaced = match c {
                '\r' if bytes.get(n + 1) == Some(&b'\n') => "",
                '\r' => "\n",
                HOLE => "\u{FFFD}",
                _ => continue,
            };
            let end = n + c.len_utf8();
            let print = exact(self, start, n);
            self.emit(&text[start..n], print);
            let print = exact(self, n, end);
            self.emit(replaced, print);
            start = end;
        }
        let print = exact(self, start, text.len());
        self.emit(&text[start..], print);
    }

    fn exec_output(&mut self, e: &'a Expr, frame: &Rc<Frame<'a>>, tag: TextRange) -> R<()> {
        let result = self.eval(e, frame);
        self.print_result(result, frame, e.range, Some(tag))
    }

    /// Prints the value of the expression at `range`; where there is none because of an exception, a
    /// hole. `tag`: what prints it, unless that is text of the template itself.
    fn print_result(
        &mut self,
        result: R<Value>,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        tag: Option<TextRange>,
    ) -> R<()> {
        self.site = tag.map(|range| Site { file: frame.source.file, range, chain: self.chain });
        let printed = result.and_then(|value| self.print(&value, frame, range, true));
        let caught = self.caught(printed);
        if matches!(caught, Ok(None)) {
            let print = self.print_at(frame.source.file, range);
            self.emit_hole(&"it could not be computed".into(), print);
        }
        self.site = None;
        caught.map(drop)
    }

    fn assign_caught(&mut self, target: &'a Expr, value: Value, frame: &Rc<Frame<'a>>) -> R<()> {
        let result = self.assign(target, value, frame);
        self.caught(result).map(|_| ())
    }

    /// Assigns to a name, a (nested) tuple of targets or a namespace's attribute.
    pub(crate) fn assign(&mut self, target: &'a Expr, value: Value, frame: &Rc<Frame<'a>>) -> R<()> {
        match &*target.kind {
            ExprKind::Name(name) => frame.set(name.clone(), value),
            ExprKind::NsRef(name, attribute) => {
                let namespace = self.lookup(name, frame);
                match &namespace.kind {
                    Kind::Object(object) => {
                        if let Object::Evaluator(EvaluatorObject::Namespace, id) = &**object {
                            let key = Key::Str(attribute.text.as_str().into());
                            let id = python::value::DictId(*id);
                            self.heap.insert(id, key, Value::str(attribute.text.as_str()), value);
                            return Ok(());
                        }
                        return Err(self.not_a_namespace(frame, target.range));
                    }
                    Kind::Unknown(_) | Kind::OneOf(_) => {}
                    _ => return Err(self.not_a_namespace(frame, target.range)),
                }
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let values = self.unpack(&value, targets.len(), frame, target.range)?;
                for (target, value) in targets.iter().zip(values) {
                    self.assign(target, value, frame)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn not_a_namespace(&self, frame: &Frame<'a>, range: TextRange) -> super::halt::Halt {
        let raise = Raise::new("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
        self.thrown(raise, frame, range)
    }

    /// Exactly `count` items of a value.
    fn unpack(&mut self, value: &Value, count: usize, frame: &Frame<'a>, range: TextRange) -> R<Vec<Value>> {
        match &value.kind {
            Kind::Unknown(_) | Kind::Partial(_) => Ok((0..count).map(|n| self.unknown_item(value, n, count)).collect()),
            Kind::OneOf(options) => {
                let options = options.clone();
                let mut columns: Vec<Vec<(When, Value)>> = vec![Vec::new(); count];
                for (when, option) in options.iter() {
                    let items = self.unpack(option, count, frame, range)?;
                    for (column, item) in columns.iter_mut().zip(items) {
                        column.push((when.clone(), item));
                    }
                }
                Ok(columns.into_iter().map(one_of).collect())
            }
            _ => {
                let mut result = python::iterate(&mut self.heap, value);
                if let Err(python::Fail::Raise(raise)) = &mut result
                    && raise.class == "TypeError"
                {
                    raise.message = format!("cannot unpack non-iterable {} object", python::type_name(value));
                }
                let Ok(items) = self.known(result, frame, range)? else {
                    return Ok(vec![self.derived(frame, range, &[value]); count]);
                };
                if items.len() == count {
                    return Ok(items);
                }
                let message = if items.len() > count {
                    format!("too many values to unpack (expected {count})")
                } else {
                    format!("not enough values to unpack (expected {count}, got {})", items.len())
                };
                Err(self.thrown(Raise::new("ValueError", message), frame, range))
            }
        }
    }

    fn exec_if(&mut self, statement: &'a Statement, arms: &'a [Arm], frame: &Rc<Frame<'a>>) -> R<Flow> {
        if let Some(arm) = arms.iter().find(|arm| self.is_forced(&arm.body, frame)) {
            return self.exec_body(&arm.body, frame);
        }
        let mut rest = When::ALWAYS;
        let mut split: Vec<(When, Option<&'a [Statement]>)> = Vec::new();
        let mut open = true;
        for arm in arms {
            let decision = match &arm.test {
                None => Decision::Known(true),
                Some(test) => match self.under(&rest, false, |this| {
                    let result = this.decide(test, frame);
                    this.caught(result)
                })? {
                    None => Decision::Known(false),
                    Some(Some(decision)) => decision,
                    // The test fails: nothing is known of where rendering would go.
                    Some(None) => super::decide::split(&format!("{} holds", frame.source.slice(test.range))),
                },
            };
            match decision {
                Decision::Known(false) => {}
                Decision::Known(true) if split.is_empty() => return self.exec_body(&arm.body, frame),
                Decision::Known(true) => {
                    split.push((rest.clone(), Some(&arm.body)));
                    open = false;
                    break;
                }
                Decision::Split(yes, no) => {
                    if let Some(when) = rest.both(&yes) {
                        split.push((when, Some(&arm.body)));
                    }
                    match rest.both(&no) {
                        Some(next) => rest = next,
                        None => {
                            open = false;
                            break;
                        }
                    }
                }
            }
        }
        if split.is_empty() {
            return Ok(Flow::Normal);
        }
        if open {
            split.push((rest, None));
        }
        self.partial = true;
        self.run_arms(split, frame, statement.range)
    }

    /// Runs all arms, each under its condition, and joins what they did.
    fn run_arms(
        &mut self,
        arms: Vec<(When, Option<&'a [Statement]>)>,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Flow> {
        let before = frame.vars.borrow().clone();
        let mut runs: Vec<ArmRun> = Vec::new();
        for (when, body) in arms {
            let ran = self.branch(&when, false, |this| {
                let (flow, printed) = this.capture(|this| match body {
                    Some(body) => this.exec_body(body, frame),
                    None => Ok(Flow::Normal),
                });
                Ok((flow?, printed))
            })?;
            let vars = std::mem::replace(&mut *frame.vars.borrow_mut(), before.clone());
            if let Some(((flow, printed), ran)) = ran {
                runs.push(ArmRun { ran, vars, printed, flow });
            }
        }
        self.join_vars(frame, &before, &runs);
        let base = self.when.clone();
        self.print_arms(&runs, &base, frame, range);
        let flows: Vec<(When, Flow)> = runs.iter().map(|run| (run.ran.when.clone(), run.flow)).collect();
        let changes: Vec<Ran> = runs.into_iter().map(|run| run.ran).collect();
        if changes.iter().any(|ran| !ran.changes.is_empty()) {
            self.join_heap(changes);
        }
        if flows.iter().all(|(_, flow)| *flow != Flow::Normal) && !flows.is_empty() {
            return Ok(if flows.iter().all(|(_, flow)| *flow == Flow::Break) { Flow::Break } else { Flow::Continue });
        }
        for (when, flow) in flows.iter().filter(|(_, flow)| *flow != Flow::Normal) {
            let stays = negate(when);
            self.when = self.when.both(&stays).unwrap_or_else(|| self.when.clone());
            if *flow == Flow::Break {
                self.leave_loop(&stays);
            }
        }
        Ok(Flow::Normal)
    }

    fn join_vars(&mut self, frame: &Rc<Frame<'a>>, before: &Vars, runs: &[ArmRun]) {
        let mut names: Vec<_> = runs.iter().flat_map(|run| run.vars.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let old = before.get(name);
            let unchanged = |vars: &Vars| match (vars.get(name), old) {
                (Some(a), Some(b)) => super::branch::same(a, b),
                _ => false,
            };
            if runs.iter().all(|run| unchanged(&run.vars)) {
                continue;
            }
            let options = runs
                .iter()
                .map(|run| {
                    let value = run.vars.get(name).cloned().or_else(|| {
                        frame.parent.as_ref().map_or_else(|| frame.unit.globals.get(name).cloned(), |up| up.get(name))
                    });
                    let value =
                        value.unwrap_or_else(|| Kind::Undefined(format!("'{name}' is undefined").into()).into());
                    (run.ran.when.clone(), value)
                })
                .collect();
            frame.set(name.clone(), one_of(options));
        }
    }

    /// Prints what arms printed: as one piece if no arm has a line break, else one after the other.
    fn print_arms(&mut self, runs: &[ArmRun], base: &When, frame: &Rc<Frame<'a>>, range: TextRange) {
        if runs.iter().all(|run| run.printed.text.is_empty()) {
            return;
        }
        let mut options = Some(Vec::new());
        for run in runs {
            let Some(all) = options.as_mut() else { break };
            let inside = base.both(&run.ran.when).unwrap_or_else(|| base.clone());
            match Self::inline_texts(&run.printed, &inside, self.repeated) {
                Some(texts) => all.extend(
                    texts.into_iter().filter_map(|(when, text)| run.ran.when.both(&when).map(|when| (when, text))),
                ),
                None => options = None,
            }
        }
        match options {
            Some(options) if options.len() <= python::value::MAX_ALTERNATIVES => {
                let print = self.print_at(frame.source.file, range);
                let pieces = runs.iter().flat_map(|run| &run.printed.pieces);
                let mut reasons = pieces.filter_map(|piece| match &piece.kind {
                    PieceKind::Hole(reason) => Some(reason.clone()),
                    _ => None,
                });
                let reason = reasons.next().unwrap_or_else(|| "it depends on what is not known".into());
                self.emit_choice(options, &reason, print);
            }
            _ => {
                for run in runs {
                    self.emit_fragment(&run.printed);
                }
            }
        }
    }
}
