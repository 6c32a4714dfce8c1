//! Loops: over known items one by one, over unknown ones once for all.

use std::rc::Rc;

use smol_str::SmolStr;
use syntax::jinja::{Expr, Statement};
use text::TextRange;

use super::Evaluator;
use super::decide::Decision;
use super::halt::R;
use super::scope::Frame;
use super::statements::Flow;
use super::unknown::{child, from_contributor, from_one, negate, unknown};
use crate::When;
use python::KeyPart;
use python::value::{EvaluatorObject, Key, Kind, Object, Raise, Slot, Value, ViewKind};

/// The parts of a `for`.
#[derive(Clone, Copy)]
pub(crate) struct ForNode<'a> {
    pub target: &'a Expr,
    pub filter: Option<&'a Expr>,
    pub recursive: bool,
    pub body: &'a [Statement],
    pub otherwise: Option<&'a [Statement]>,
    pub iter_range: TextRange,
}

/// What `loop` is in one running loop.
pub(crate) struct LoopState<'a> {
    pub node: ForNode<'a>,
    pub frame: Rc<Frame<'a>>,
    /// All items; empty where they are not known.
    pub items: Rc<[Value]>,
    /// The current item's position; `None`: not known.
    pub index0: Option<usize>,
    pub depth0: usize,
    pub last_changed: Option<Vec<Value>>,
    /// The condition under which no iteration has left the loop yet.
    when: When,
}

/// One thing to loop over.
struct Item {
    value: Value,
    when: When,
    repeated: bool,
}

impl<'a> Evaluator<'a> {
    /// Runs a loop over `iterable`.
    pub(crate) fn run_loop(
        &mut self,
        node: ForNode<'a>,
        iterable: &Value,
        frame: &Rc<Frame<'a>>,
        depth0: usize,
    ) -> R<()> {
        if let Kind::OneOf(options) = &iterable.kind {
            let options = options.clone();
            for (when, option) in options.iter() {
                self.under(when, false, |this| {
                    let result = this.run_loop(node, option, frame, depth0);
                    this.caught(result)
                })?;
            }
            return Ok(());
        }
        let mut items = self.items(iterable, frame, node.iter_range)?;
        if let Some(filter) = node.filter {
            items = self.filtered(items, node.target, filter, frame)?;
        }
        if items.is_empty() && self.is_forced(node.body, frame) {
            items.push(Item { value: Self::any_item(), when: When::ALWAYS, repeated: true });
        }
        self.run_items(node, &items, frame, depth0)
    }

    #[allow(clippy::too_many_lines, reason = "the steps of one loop share their state")]
    fn run_items(&mut self, node: ForNode<'a>, items: &[Item], frame: &Rc<Frame<'a>>, depth0: usize) -> R<()> {
        let outer = self.when.clone();
        let certain = items.iter().all(|item| !item.repeated && item.when.implied_by(&outer));
        let values: Rc<[Value]> =
            if certain { items.iter().map(|item| item.value.clone()).collect() } else { Rc::new([]) };
        let id = self.loops.len();
        self.loops.push(LoopState {
            node,
            frame: frame.clone(),
            items: values,
            index0: None,
            depth0,
            last_changed: None,
            when: outer.clone(),
        });
        let object =
            Kind::Object(Object::Evaluator(EvaluatorObject::Loop, u32::try_from(id).unwrap_or(u32::MAX)).into());
        let object = Value::from(object);
        self.active_loops.push(id);
        let named = node.recursive || self.reads_loop(node.body);
        let mut result = Ok(());
        // The iterations that came to their end, and whether they may have been left before.
        let mut ended: Vec<(When, bool)> = Vec::new();
        for (n, item) in items.iter().enumerate() {
            let state = &mut self.loops[id];
            state.index0 = certain.then_some(n);
            self.when = state.when.clone();
            match self.step() {
                Ok(true) => {}
                Ok(false) => break,
                Err(halt) => {
                    result = Err(halt);
                    break;
                }
            }
            let value = item.value.clone();
            let repeated = item.repeated;
            let mut left = false;
            let begun = self.when.beyond(&outer);
            let ran = self.under(&item.when, repeated, |this| {
                let inner = frame.inner();
                if named {
                    inner.set(SmolStr::new_static("loop"), object.clone());
                }
                this.assign(node.target, value, &inner)?;
                let before = this.when.clone();
                let flow = this.exec_body(node.body, &inner);
                left = this.when != before;
                flow
            });
            if matches!(ran, Ok(Some(Flow::Normal))) {
                ended.push((item.when.both(&begun).unwrap_or(begun), left || repeated));
            }
            match ran {
                Ok(Some(Flow::Break)) if item.when.implied_by(&outer) && !repeated => break,
                Ok(Some(Flow::Break)) if !repeated => self.leave_loop(&negate(&item.when)),
                Ok(_) => {}
                Err(halt) => {
                    result = Err(halt);
                    break;
                }
            }
        }
        self.when = outer;
        self.active_loops.pop();
        result?;
        let Some(otherwise) = node.otherwise else { return Ok(()) };
        // jinja2 runs it unless some iteration came to its body's end.
        let mut when = When::ALWAYS;
        for (ran, maybe) in ended {
            if maybe && ran.implied_by(&self.when) {
                let text = format!("no iteration ends in {}", frame.source.slice(node.iter_range));
                let never = super::unknown::answer(&super::unknown::atom(&text, &text), true);
                when = when.both(&never).unwrap_or(when);
                continue;
            }
            if ran.implied_by(&self.when) {
                return Ok(());
            }
            match when.both(&negate(&ran)) {
                Some(next) => when = next,
                None => return Ok(()),
            }
        }
        let inner = frame.inner();
        self.under(&when, false, |this| this.exec_body(otherwise, &inner))?;
        Ok(())
    }

    /// Whether a body reads `loop`: elsewise jinja2 does not define it (an included template sees).
    fn reads_loop(&mut self, body: &'a [Statement]) -> bool {
        let address = body.as_ptr() as usize;
        if let Some(known) = self.loop_flags.get(&address) {
            return *known;
        }
        let mut found = false;
        super::expressions::walk_names(body, true, &mut |name| found |= name == "loop");
        let scoped =
            body.iter().any(|one| matches!(one.kind, syntax::jinja::StatementKind::Block { scoped: true, .. }));
        self.loop_flags.insert(address, found || scoped);
        found || scoped
    }

    /// The innermost loop goes on only where `stays` holds.
    pub(crate) fn leave_loop(&mut self, stays: &When) {
        if let Some(state) = self.active_loops.last().and_then(|id| self.loops.get_mut(*id))
            && let Some(when) = state.when.both(stays)
        {
            state.when = when;
        }
    }

    fn filtered(
        &mut self,
        items: Vec<Item>,
        target: &'a Expr,
        filter: &'a Expr,
        frame: &Rc<Frame<'a>>,
    ) -> R<Vec<Item>> {
        let mut kept = Vec::new();
        for item in items {
            let value = item.value.clone();
            let decision = self.under(&item.when, item.repeated, |this| {
                let inner = frame.inner();
                this.assign(target, value, &inner)?;
                this.decide(filter, &inner)
            })?;
            match decision {
                None | Some(Decision::Known(false)) => {}
                Some(Decision::Known(true)) => kept.push(item),
                Some(Decision::Split(yes, _)) => {
                    if let Some(when) = item.when.both(&yes) {
                        kept.push(Item { when, ..item });
                    }
                }
            }
        }
        Ok(kept)
    }

    /// What a loop walks over: known items, items under conditions, an unknown rest.
    fn items(&mut self, iterable: &Value, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Vec<Item>> {
        let source = iterable.source.clone();
        let with_source = |value: Value, key: usize| match (&source, &value.source) {
            (Some(source), None) => {
                Value { source: child(source, &key.to_string().as_str().into()).map(from_one), ..value }
            }
            _ => value,
        };
        let slot_item = |slot: &Slot, value: Value| Item { value, when: slot.when.clone(), repeated: slot.repeated };
        match &iterable.kind {
            Kind::Undefined(message) if super::unknown::is_soft(message) => Ok(Vec::new()),
            Kind::Undefined(message) => Err(self.undefined(message, frame, range)),
            Kind::Unknown(_) | Kind::Partial(_) => Ok(vec![self.unknown_items(iterable, frame, range)]),
            Kind::List(id) | Kind::Set(id) => {
                let data = self.heap.get_list(*id).clone();
                let mut items: Vec<Item> = Vec::with_capacity(data.items.len());
                for (n, slot) in data.items.iter().enumerate() {
                    items.push(slot_item(slot, with_source(slot.value.clone(), n)));
                }
                if data.open {
                    items.push(self.unknown_items(iterable, frame, range));
                }
                Ok(items)
            }
            Kind::Dict(id) => self.dict_items(*id, ViewKind::Keys, iterable, frame, range),
            Kind::Object(object) => match &**object {
                Object::View(id, view) => self.dict_items(*id, *view, iterable, frame, range),
                Object::Iterator(id, _) => {
                    let data = std::mem::take(self.heap.list_mut(*id));
                    Ok(data.items.iter().map(|slot| slot_item(slot, slot.value.clone())).collect())
                }
                Object::Evaluator(..) => {
                    let message = format!("{} object is not iterable", "'Undefined'");
                    Err(self.thrown(Raise::new("TypeError", message), frame, range))
                }
                _ => self.python_items(iterable, frame, range),
            },
            _ => self.python_items(iterable, frame, range),
        }
    }

    fn python_items(&mut self, iterable: &Value, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Vec<Item>> {
        let result = python::iterate(&mut self.heap, iterable);
        match self.known(result, frame, range)? {
            Ok(values) => {
                Ok(values.into_iter().map(|value| Item { value, when: When::ALWAYS, repeated: false }).collect())
            }
            Err(_) => Ok(vec![self.unknown_items(iterable, frame, range)]),
        }
    }

    fn dict_items(
        &mut self,
        id: python::value::DictId,
        view: ViewKind,
        iterable: &Value,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Vec<Item>> {
        let entries: Vec<(Key, Value, Slot)> =
            self.heap.get_dict(id).entries.iter().map(|(k, (v, s))| (k.clone(), v.clone(), s.clone())).collect();
        let open = self.heap.get_dict(id).open.is_some();
        let mut items = Vec::with_capacity(entries.len());
        for (key, key_value, slot) in entries {
            let (mut value, mut when) = (slot.value.clone(), slot.when.clone());
            if let Kind::OneOf(options) = &value.kind
                && let Some((missing, _)) = options.iter().find(|(_, v)| matches!(v.kind, Kind::Undefined(_)))
            {
                when = when.both(&negate(missing)).unwrap_or(when);
                let rest = options.iter().filter(|(_, v)| !matches!(v.kind, Kind::Undefined(_))).cloned().collect();
                value = super::branch::one_of(rest);
            }
            if let (Some(source), None, Key::Str(key)) = (&iterable.source, &value.source, &key) {
                value.source = child(source, &(&**key).into()).map(from_one);
            }
            let value = match view {
                ViewKind::Keys => key_value,
                ViewKind::Values => value,
                ViewKind::Items => Kind::Tuple([key_value, value].into()).into(),
            };
            items.push(Item { value, when, repeated: slot.repeated });
        }
        if open {
            let rest = self.unknown_items(iterable, frame, range);
            let value = match view {
                ViewKind::Items => Kind::Tuple([unknown("a key that is not known"), rest.value].into()).into(),
                _ => rest.value,
            };
            items.push(Item { value, ..rest });
        }
        Ok(items)
    }

    /// The one item that stands for all items of something unknown.
    fn unknown_items(&mut self, iterable: &Value, frame: &Rc<Frame<'a>>, range: TextRange) -> Item {
        self.partial = true;
        let value = match iterable.source.as_ref().and_then(|source| child(source, &KeyPart::unknown())) {
            Some(from) => from_contributor(from),
            None => {
                let mut value = self.derived(frame, range, &[iterable]);
                value.source = value.source.map(|source| {
                    let from = match &source.from {
                        python::origin::Contributor::Call(text) => {
                            python::origin::Contributor::Call(format!("`an item of {}", text.trim_start_matches('`')))
                        }
                        other => other.clone(),
                    };
                    std::sync::Arc::new(python::value::Source { from, also: source.also.clone() })
                });
                value
            }
        };
        let text = format!("{} is true", self.subject(iterable));
        let when = super::unknown::answer(&super::unknown::atom(&text, &self.subject(iterable)), true);
        Item { value, when, repeated: true }
    }

    /// Item `n` of `count` of something unknown that is unpacked (key and value of `items()`).
    pub(crate) fn unknown_item(&mut self, value: &Value, n: usize, count: usize) -> Value {
        match (&value.source, count, n) {
            (Some(source), 2, 0) if is_path(&source.from) => unknown(&format!("a key of {}", self.subject(value))),
            (Some(source), 2, 1) if is_path(&source.from) => value.clone(),
            _ => unknown(&format!("part {n} of {}", self.subject(value))),
        }
    }

    /// `loop.name`.
    pub(crate) fn loop_attribute(&mut self, id: u32, name: &str) -> Option<Value> {
        let state = self.loops.get(id as usize)?;
        let length = state.items.len();
        let known = state.index0;
        let int = |n: usize| Value::from(Kind::Int(i64::try_from(n).unwrap_or(i64::MAX)));
        let undefined = |text: &str| Value::from(Kind::Undefined(text.into()));
        match name {
            "depth0" => return Some(int(state.depth0)),
            "depth" => return Some(int(state.depth0 + 1)),
            "cycle" | "changed" => {
                let object: Value = Kind::Object(Object::Evaluator(EvaluatorObject::Loop, id).into()).into();
                return Some(Kind::Object(Object::Method(object, name.into()).into()).into());
            }
            "index" | "index0" | "revindex" | "revindex0" | "first" | "last" | "length" | "previtem" | "nextitem" => {}
            _ => return None,
        }
        let Some(n) = known else {
            self.partial = true;
            return Some(unknown(&format!("loop.{name} of a loop over unknown items")));
        };
        Some(match name {
            "index" => int(n + 1),
            "index0" => int(n),
            "revindex" => int(length - n),
            "revindex0" => int(length - n - 1),
            "first" => Kind::Bool(n == 0).into(),
            "last" => Kind::Bool(n + 1 == length).into(),
            "length" => int(length),
            "previtem" if n == 0 => undefined("there is no previous item"),
            "previtem" => state.items[n - 1].clone(),
            _ => state.items.get(n + 1).cloned().unwrap_or_else(|| undefined("there is no next item")),
        })
    }
}

fn is_path(from: &python::origin::Contributor) -> bool {
    matches!(from, python::origin::Contributor::Pillar(_) | python::origin::Contributor::Grain(_))
}
