//! Calls: macros, methods, filters, tests, global functions.

use std::rc::Rc;

use smol_str::SmolStr;
use syntax::jinja::{Args, CompareOp, Expr, ExprKind, Name};
use text::TextRange;

use super::Evaluator;
use super::branch::one_of;
use super::decide::{Decision, split};
use super::halt::R;
use super::macros::object;
use super::scope::Frame;
use super::unknown::{child, from_contributor, unknown};
use crate::builtins::{self, Call};
use crate::python::{Fail, Res};
use crate::value::{DictId, EvaluatorObject, Key, Kind, Object, Raise, Value};

/// Evaluated arguments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    pub positional: Vec<Value>,
    pub keyword: Vec<(SmolStr, Value)>,
    /// Where the positional ones stand.
    pub ranges: Vec<TextRange>,
    /// Whether there may be more (`*args` of something unknown).
    pub unknown: bool,
}

impl Arguments {
    /// All values, positional ones first.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.positional.iter().chain(self.keyword.iter().map(|(_, value)| value))
    }

    /// The argument at a position or of a name.
    pub fn get(&self, position: usize, name: &str) -> Option<&Value> {
        let named = || self.keyword.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        self.positional.get(position).or_else(named)
    }
}

/// `cycler(…)` or `joiner(…)`.
pub(crate) struct Helper {
    items: Vec<Value>,
    position: usize,
    joiner: bool,
}

impl<'a> Evaluator<'a> {
    /// A call expression, with the `caller` of a call block.
    pub(crate) fn eval_call(&mut self, e: &'a Expr, frame: &Rc<Frame<'a>>, caller: Option<Value>) -> R<Value> {
        let ExprKind::CallExpr(callee, args) = &*e.kind else { return self.eval(e, frame) };
        if let ExprKind::Attribute(inner, name) = &*callee.kind {
            let lenient = self.be_lenient(name.text == "get");
            let receiver = self.eval(inner, frame);
            self.lenient = lenient;
            let receiver = receiver?;
            if let Kind::Undefined(message) = &receiver.kind {
                return Err(self.undefined(message, frame, inner.range));
            }
            let arguments = self.arguments_with(args, frame, caller)?;
            return self.call_member(&receiver, &name.text, arguments, frame, [e.range, callee.range, inner.range]);
        }
        let value = self.eval(callee, frame)?;
        let arguments = self.arguments_with(args, frame, caller)?;
        self.call_value(&value, arguments, frame, e.range, callee.range)
    }

    fn arguments_with(&mut self, args: &'a Args, frame: &Rc<Frame<'a>>, caller: Option<Value>) -> R<Arguments> {
        let mut arguments = self.arguments(args, frame)?;
        if let Some(caller) = caller {
            arguments.keyword.push((SmolStr::new_static("caller"), caller));
        }
        Ok(arguments)
    }

    /// `receiver.name(…)`; ranges: the call, the callee, the receiver.
    fn call_member(
        &mut self,
        receiver: &Value,
        name: &str,
        arguments: Arguments,
        frame: &Rc<Frame<'a>>,
        ranges: [TextRange; 3],
    ) -> R<Value> {
        match &receiver.kind {
            Kind::OneOf(options) => {
                let options = options.clone();
                self.each(options.iter().cloned(), |this, option| {
                    this.call_member(&option, name, arguments.clone(), frame, ranges)
                })
            }
            Kind::Unknown(_) => Ok(self.unknown_method(receiver, name, &arguments, frame, ranges)),
            Kind::Dict(id) if name == "get" && !arguments.unknown && !arguments.positional.is_empty() => {
                self.dict_get(*id, receiver, arguments, frame, ranges[0])
            }
            _ => {
                let callee = self.get_attribute(receiver, name, frame, ranges[1], ranges[2])?;
                self.call_value(&callee, arguments, frame, ranges[0], ranges[1])
            }
        }
    }

    /// `dict.get(key, default)`: the slot under its condition, else the default.
    fn dict_get(
        &mut self,
        id: DictId,
        receiver: &Value,
        arguments: Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let key = arguments.positional[0].clone();
        let default = arguments.positional.get(1).cloned().unwrap_or_else(|| Kind::None.into());
        if let Kind::OneOf(options) = &key.kind {
            let options = options.clone();
            return self.each(options.iter().cloned(), |this, option| {
                let mut arguments = arguments.clone();
                arguments.positional[0] = option;
                this.dict_get(id, receiver, arguments, frame, range)
            });
        }
        let at = arguments.ranges.first().copied().unwrap_or(range);
        let text = self.key_text(&key);
        let Ok(hashed) = crate::python::key_of(&self.heap, &key) else {
            if matches!(key.kind, Kind::Unknown(_) | Kind::Partial(_)) {
                self.record_source(&unknown(""), receiver, &text, frame, at, true);
                return Ok(self.derived(frame, range, &[receiver, &key]));
            }
            return self.call_method(receiver, "get", arguments, frame, range);
        };
        let (slot, open) = {
            let data = self.heap.get_dict(id);
            (data.entries.get(&hashed).map(|(_, slot)| slot.clone()), data.open.is_some())
        };
        let Some(slot) = slot else {
            self.record_source(&unknown(""), receiver, &text, frame, at, true);
            if open {
                let value = match receiver.source.as_ref().and_then(|source| child(source, &text)) {
                    Some(from) => from_contributor(from),
                    None => self.derived(frame, range, &[receiver, &key]),
                };
                let Decision::Split(yes, no) = split(&format!("{} is set", self.subject(&value))) else {
                    return Ok(value);
                };
                self.partial = true;
                return Ok(one_of(vec![(no, default), (yes, value)]));
            }
            return Ok(default);
        };
        let value = self.with_path(slot.value.clone(), receiver, &text);
        self.record_source(&value, receiver, &text, frame, at, true);
        let mut options = Vec::new();
        match &value.kind {
            Kind::OneOf(inner) => {
                for (when, option) in inner.iter() {
                    let missing = matches!(option.kind, Kind::Undefined(_));
                    options.push((when.clone(), if missing { default.clone() } else { option.clone() }));
                }
            }
            _ => options.push((slot.when.clone(), value)),
        }
        if !slot.when.implied_by(&self.when) {
            options.push((super::unknown::negate(&slot.when), default));
        }
        if options.len() == 1 { Ok(options.remove(0).1) } else { Ok(self.narrow(one_of(options))) }
    }

    /// A method of something unknown: what its type could be is not asked.
    fn unknown_method(
        &mut self,
        receiver: &Value,
        name: &str,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        ranges: [TextRange; 3],
    ) -> Value {
        self.partial = true;
        match name {
            "get" if !arguments.positional.is_empty() => {
                let key = self.key_text(&arguments.positional[0]);
                let at = arguments.ranges.first().copied().unwrap_or(ranges[0]);
                let Some(from) = receiver.source.as_ref().and_then(|source| child(source, &key)) else {
                    return self.derived(frame, ranges[0], &[receiver, &arguments.positional[0]]);
                };
                self.record_contributor(&from, frame, at, true);
                let default = arguments.positional.get(1).cloned().unwrap_or_else(|| Kind::None.into());
                self.or_default(&from_contributor(from), default)
            }
            "items" | "iteritems" | "values" | "itervalues" | "copy" => receiver.clone(),
            "keys" | "iterkeys" => unknown(&format!("the keys of {}", self.subject(receiver))),
            "append" | "extend" | "insert" | "update" | "clear" | "sort" | "reverse" | "remove" | "add" => {
                Kind::None.into()
            }
            _ => {
                let all: Vec<&Value> = std::iter::once(receiver).chain(arguments.values()).collect();
                self.derived(frame, ranges[0], &all)
            }
        }
    }

    /// The value where it is set, else the default.
    pub(crate) fn or_default(&mut self, value: &Value, default: Value) -> Value {
        self.partial = true;
        match split(&format!("{} is set", self.subject(value))) {
            Decision::Split(yes, no) => one_of(vec![(no, default), (yes, value.clone())]),
            Decision::Known(_) => default,
        }
    }

    /// `callee(…)`.
    pub(crate) fn call_value(
        &mut self,
        callee: &Value,
        arguments: Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        at: TextRange,
    ) -> R<Value> {
        match &callee.kind {
            Kind::OneOf(options) => {
                let options = options.clone();
                self.each(options.iter().cloned(), |this, option| {
                    this.call_value(&option, arguments.clone(), frame, range, at)
                })
            }
            Kind::Undefined(message) => Err(self.undefined(message, frame, at)),
            Kind::Unknown(_) => {
                let all: Vec<&Value> = std::iter::once(callee).chain(arguments.values()).collect();
                Ok(self.derived(frame, range, &all))
            }
            Kind::Object(object) => match &**object {
                Object::Method(receiver, name) => match &receiver.kind {
                    Kind::Object(inner) if matches!(&**inner, Object::Evaluator(..)) => {
                        self.call_helper_method(inner, name, &arguments, frame, range)
                    }
                    _ => self.call_method(&receiver.clone(), &name.clone(), arguments, frame, range),
                },
                Object::Global(name) => self.call_global(&name.clone(), arguments, frame, range),
                Object::SaltFunction(name) => self.call_function(&name.clone(), arguments, frame, range, at),
                Object::Evaluator(EvaluatorObject::Macro, id) => self.call_macro(*id, arguments, frame, range),
                Object::Evaluator(EvaluatorObject::Block, id) => self.call_block(*id, frame, range),
                Object::Evaluator(EvaluatorObject::Loop, id) => self.call_loop(*id, &arguments, frame, range),
                Object::Evaluator(EvaluatorObject::Helper, id) => Ok(self.call_joiner(*id)),
                _ => Err(self.not_callable(callee, frame, range)),
            },
            _ => Err(self.not_callable(callee, frame, range)),
        }
    }

    fn not_callable(&self, value: &Value, frame: &Frame<'a>, range: TextRange) -> super::halt::Halt {
        let name = crate::python::type_name(value);
        self.thrown(Raise::new("TypeError", format!("'{name}' object is not callable")), frame, range)
    }

    /// Runs a builtin over concrete arguments, distributed over alternatives.
    fn builtin(
        &mut self,
        operands: Vec<Value>,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        call: &mut dyn FnMut(&mut Call<'_>, &[Value]) -> Res<Value>,
    ) -> R<Value> {
        let own = operands.len();
        let positional = arguments.positional.len();
        let mut all = operands;
        all.extend(arguments.values().cloned());
        let mut ranges = vec![range; own];
        ranges.extend(arguments.ranges.iter().copied());
        let names: Vec<SmolStr> = arguments.keyword.iter().map(|(name, _)| name.clone()).collect();
        self.apply(&all, &ranges, frame, range, &mut |this, values| {
            let args = values[own..own + positional].to_vec();
            let kwargs = names.iter().cloned().zip(values[own + positional..].iter().cloned()).collect();
            let mut cx = Call { heap: &mut this.heap, args, kwargs, knowledge: &mut this.known };
            call(&mut cx, &values[..own])
        })
    }

    /// A method of a value whose type is known.
    pub(crate) fn call_method(
        &mut self,
        receiver: &Value,
        name: &str,
        arguments: Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        if let Kind::Undefined(message) = &receiver.kind {
            return Err(self.undefined(message, frame, range));
        }
        if arguments.unknown {
            self.blur(receiver, name, &arguments);
            let all: Vec<&Value> = std::iter::once(receiver).chain(arguments.values()).collect();
            return Ok(self.derived(frame, range, &all));
        }
        if matches!(receiver.kind, Kind::List(_) | Kind::Set(_) | Kind::Dict(_))
            && let Some(value) = self.mutate(receiver, name, &arguments, frame, range)?
        {
            return Ok(value);
        }
        let mut failed = false;
        let result = self.builtin(vec![receiver.clone()], &arguments, frame, range, &mut |cx, operands| {
            let result = builtins::call_method(cx, &operands[0], name);
            failed |= matches!(result, Err(Fail::Unknown(_)));
            result
        })?;
        let not_known = |value: &Value| matches!(value.kind, Kind::Unknown(_) | Kind::Partial(_));
        if failed || arguments.values().any(not_known) {
            self.blur(receiver, name, &arguments);
        }
        let view = matches!(&result.kind, Kind::Object(object) if matches!(&**object, Object::View(..)));
        Ok(if view && result.source.is_none() { Value { source: receiver.source.clone(), ..result } } else { result })
    }

    /// Methods that only put values somewhere: they need not be known.
    fn mutate(
        &mut self,
        receiver: &Value,
        name: &str,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Option<Value>> {
        let first = arguments.positional.first();
        match (&receiver.kind, name, first) {
            (Kind::List(id), "append", Some(value))
                if arguments.positional.len() == 1 && arguments.keyword.is_empty() =>
            {
                let slot = crate::value::Slot { value: value.clone(), when: crate::When::ALWAYS, repeated: false };
                self.heap.list_mut(*id).items.push(slot);
                Ok(Some(Kind::None.into()))
            }
            (Kind::List(id), "extend", Some(value)) if matches!(value.kind, Kind::Unknown(_) | Kind::List(_)) => {
                let more = match &value.kind {
                    Kind::List(other) => self.heap.get_list(*other).clone(),
                    _ => crate::value::ListData { items: Vec::new(), open: true },
                };
                let data = self.heap.list_mut(*id);
                data.items.extend(more.items);
                data.open |= more.open;
                Ok(Some(Kind::None.into()))
            }
            (Kind::Dict(id), "update", Some(value)) if arguments.keyword.is_empty() => match &value.kind {
                Kind::OneOf(options) => {
                    let options = options.clone();
                    let result = self.each(options.iter().cloned(), |this, option| {
                        let arguments = Arguments { positional: vec![option], ..arguments.clone() };
                        this.call_method(receiver, "update", arguments, frame, range)
                    })?;
                    let _ = result;
                    Ok(Some(Kind::None.into()))
                }
                Kind::Unknown(_) => {
                    self.overlay(*id, value, false);
                    Ok(Some(Kind::None.into()))
                }
                Kind::Dict(other) => {
                    let data = self.heap.get_dict(*other).clone();
                    if let Some(open) = data.open {
                        self.heap.dict_mut(*id).open = Some(open);
                    }
                    for (key, (key_value, slot)) in data.entries {
                        let key_path = if let Key::Str(text) = &key { text.to_string() } else { String::new() };
                        let item = self.with_path(slot.value.clone(), value, &key_path);
                        self.put(*id, key, key_value, item, &slot.when);
                    }
                    Ok(Some(Kind::None.into()))
                }
                _ => Ok(None),
            },
            (Kind::Dict(id), "setdefault", Some(key)) if arguments.keyword.is_empty() => {
                let Ok(hashed) = crate::python::key_of(&self.heap, key) else { return Ok(None) };
                let data = self.heap.get_dict(*id);
                if data.entries.contains_key(&hashed) || data.open.is_some() {
                    return Ok(None);
                }
                let value = arguments.positional.get(1).cloned().unwrap_or_else(|| Kind::None.into());
                self.heap.insert(*id, hashed, key.clone(), value.clone());
                Ok(Some(value))
            }
            _ => Ok(None),
        }
    }

    /// Sets a key where `when` holds.
    fn put(&mut self, id: DictId, key: Key, key_value: Value, value: Value, when: &crate::When) {
        if when.is_always() {
            self.heap.insert(id, key, key_value, value);
            return;
        }
        let old = self.heap.get_dict(id).entries.get(&key).map(|(_, slot)| slot.clone());
        let entries = &mut self.heap.dict_mut(id).entries;
        match old {
            None => {
                let slot = crate::value::Slot { value, when: when.clone(), repeated: false };
                entries.insert(key, (key_value, slot));
            }
            Some(old) => {
                let both = one_of(vec![(when.clone(), value), (super::unknown::negate(when), old.value)]);
                if let Some((_, slot)) = entries.get_mut(&key) {
                    slot.value = both;
                }
            }
        }
    }

    /// Lays something unknown over a dict: each value may be another's, and there may be more.
    pub(crate) fn overlay(&mut self, id: DictId, over: &Value, deep: bool) {
        self.partial = true;
        let keys: Vec<(Key, Value)> =
            self.heap.get_dict(id).entries.iter().map(|(key, (_, slot))| (key.clone(), slot.value.clone())).collect();
        for (key, value) in keys {
            let Key::Str(text) = &key else { continue };
            let from = over.source.as_ref().and_then(|source| child(source, text));
            let Some(from) = from else {
                let joined = unknown("something unknown was merged over it");
                if let Some((_, slot)) = self.heap.dict_mut(id).entries.get_mut(&key) {
                    slot.value = joined;
                }
                continue;
            };
            let over = from_contributor(from);
            let joined = match (&value.kind, deep) {
                (Kind::Dict(inner), true) => {
                    let copy = self.copied(*inner);
                    self.overlay(copy, &over, true);
                    Kind::Dict(copy).into()
                }
                _ => self.or_default(&over, value),
            };
            if let Some((_, slot)) = self.heap.dict_mut(id).entries.get_mut(&key) {
                slot.value = joined;
            }
        }
        let reason = match &over.kind {
            Kind::Unknown(reason) => reason.clone(),
            _ => "something unknown was merged into it".into(),
        };
        self.heap.dict_mut(id).open = Some(reason);
    }

    /// A shallow copy of a dict.
    pub(crate) fn copied(&mut self, id: DictId) -> DictId {
        let data = self.heap.get_dict(id).clone();
        let copy = self.heap.dict();
        *self.heap.dict_mut(copy) = data;
        copy
    }

    /// After a method that could not be evaluated: what it may have changed is not known.
    fn blur(&mut self, receiver: &Value, name: &str, arguments: &Arguments) {
        match (&receiver.kind, name) {
            (Kind::List(id) | Kind::Set(id), "append" | "extend" | "insert" | "add" | "update") => {
                self.heap.list_mut(*id).open = true;
            }
            (Kind::List(id) | Kind::Set(id), "pop" | "remove" | "clear" | "discard") => {
                let data = self.heap.list_mut(*id);
                for slot in &mut data.items {
                    slot.repeated = true;
                }
            }
            (Kind::Dict(id), "update" | "setdefault") => {
                let over = arguments.positional.first().cloned().unwrap_or_else(|| unknown("not known"));
                if name == "update" {
                    self.overlay(*id, &over, false);
                } else {
                    self.heap.dict_mut(*id).open = Some("a key that is not known was set".into());
                }
            }
            (Kind::Dict(id), "pop" | "popitem" | "clear") => {
                let text = format!("{} stays", self.subject(receiver));
                let atom = super::unknown::atom(&text, &text);
                for (_, slot) in self.heap.dict_mut(*id).entries.values_mut() {
                    slot.when = slot.when.and(&atom, true).unwrap_or_default();
                }
            }
            _ => {}
        }
    }

    fn call_global(&mut self, name: &str, arguments: Arguments, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        match name {
            "namespace" => {
                let id = self.heap.dict();
                for value in &arguments.positional {
                    match &value.kind {
                        Kind::Dict(other) => {
                            let data = self.heap.get_dict(*other).clone();
                            *self.heap.dict_mut(id) = data;
                        }
                        _ => self.heap.dict_mut(id).open = Some("what it was made of is not known".into()),
                    }
                }
                for (name, value) in arguments.keyword {
                    self.heap.insert(id, Key::Str(name.as_str().into()), Value::str(name.as_str()), value);
                }
                if arguments.unknown {
                    self.heap.dict_mut(id).open = Some("what it was made of is not known".into());
                }
                return Ok(object(EvaluatorObject::Namespace, id.0 as usize));
            }
            "cycler" | "joiner" => {
                if name == "cycler" && arguments.positional.is_empty() {
                    return Err(self.thrown(
                        Raise::new("RuntimeError", "at least one item has to be provided"),
                        frame,
                        range,
                    ));
                }
                let joiner = name == "joiner";
                let items = if joiner {
                    vec![arguments.get(0, "sep").cloned().unwrap_or_else(|| Value::str(", "))]
                } else {
                    arguments.positional
                };
                self.helpers.push(Helper { items, position: 0, joiner });
                return Ok(object(EvaluatorObject::Helper, self.helpers.len() - 1));
            }
            _ => {}
        }
        if arguments.unknown {
            return Ok(self.derived(frame, range, &arguments.values().collect::<Vec<_>>()));
        }
        if let ("dict" | "odict" | "OrderedDict", Some(Value { kind: Kind::Dict(id), .. })) =
            (name, arguments.positional.first())
            && arguments.keyword.is_empty()
        {
            return Ok(Kind::Dict(self.copied(*id)).into());
        }
        self.builtin(Vec::new(), &arguments, frame, range, &mut |cx, _| {
            builtins::call_global(cx, name).unwrap_or_else(|| Err(Fail::Unknown("not evaluated".into())))
        })
    }

    fn call_loop(&mut self, id: u32, arguments: &Arguments, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        let Some(state) = self.loops.get(id as usize) else { return Ok(unknown("a loop that is gone")) };
        let (node, outer, depth) = (state.node, state.frame.clone(), state.depth0 + 1);
        if !node.recursive {
            let text = "The loop must have the 'recursive' marker to be called recursively.";
            return Err(self.thrown(Raise::new("TypeError", text), frame, range));
        }
        let Some(iterable) = arguments.positional.first().cloned() else { return Ok(unknown("nothing to loop over")) };
        if let Kind::Undefined(message) = &iterable.kind {
            return Err(self.undefined(message, frame, range));
        }
        self.call_body(frame, range, |this| this.run_loop(node, &iterable, &outer, depth))
    }

    fn call_helper_method(
        &mut self,
        inner: &Object,
        name: &str,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        match inner {
            Object::Evaluator(EvaluatorObject::Loop, id) if name == "cycle" => {
                if arguments.positional.is_empty() {
                    return Err(self.thrown(Raise::new("TypeError", "no items for cycling given"), frame, range));
                }
                match self.loops.get(*id as usize).and_then(|state| state.index0) {
                    Some(n) => Ok(arguments.positional[n % arguments.positional.len()].clone()),
                    None => Ok(self.derived(frame, range, &arguments.values().collect::<Vec<_>>())),
                }
            }
            Object::Evaluator(EvaluatorObject::Loop, id) => {
                let Some(state) = self.loops.get(*id as usize) else { return Ok(unknown("a loop that is gone")) };
                if state.index0.is_none() {
                    return Ok(self.derived(frame, range, &arguments.values().collect::<Vec<_>>()));
                }
                let before = state.last_changed.clone();
                let equal = before.is_some_and(|before| {
                    before.len() == arguments.positional.len()
                        && before
                            .iter()
                            .zip(&arguments.positional)
                            .all(|(a, b)| crate::python::equals(&self.heap, a, b).unwrap_or(false))
                });
                self.loops[*id as usize].last_changed = Some(arguments.positional.clone());
                Ok(Kind::Bool(!equal).into())
            }
            Object::Evaluator(EvaluatorObject::Helper, id) => {
                let Some(helper) = self.helpers.get_mut(*id as usize) else { return Ok(unknown("gone")) };
                match name {
                    "reset" => {
                        helper.position = 0;
                        Ok(Kind::None.into())
                    }
                    _ => {
                        let value = helper.items[helper.position % helper.items.len()].clone();
                        helper.position = (helper.position + 1) % helper.items.len();
                        Ok(value)
                    }
                }
            }
            _ => Ok(unknown("not evaluated")),
        }
    }

    fn call_joiner(&mut self, id: u32) -> Value {
        let Some(helper) = self.helpers.get_mut(id as usize) else { return unknown("gone") };
        if !helper.joiner {
            return unknown("a cycler is not callable");
        }
        helper.position += 1;
        if helper.position == 1 { Value::str("") } else { helper.items[0].clone() }
    }

    /// `cycler.next`, `cycler.current`.
    pub(crate) fn helper_member(&mut self, id: u32, name: &str) -> Option<Value> {
        let helper = self.helpers.get(id as usize)?;
        match name {
            "current" if !helper.joiner => Some(helper.items[helper.position].clone()),
            "next" | "reset" if !helper.joiner => {
                let receiver = object(EvaluatorObject::Helper, id as usize);
                Some(super::lookup::method(&receiver, name))
            }
            _ => None,
        }
    }

    /// `input|name(…)`.
    pub(crate) fn filter(
        &mut self,
        input: &Value,
        input_range: TextRange,
        name: &'a Name,
        args: &'a Args,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let arguments = self.arguments(args, frame)?;
        let key = name.text.as_str();
        if matches!(key, "default" | "d") {
            return self.default_filter(input, &arguments, frame, input_range);
        }
        if let Kind::Object(object) = &input.kind
            && let Object::Evaluator(EvaluatorObject::Module, id) = &**object
            && let Some(module) = self.modules.get(*id as usize)
        {
            let printed = module.printed.clone();
            return self.filter_value(&printed, input_range, name, &arguments, frame, range);
        }
        self.filter_value(input, input_range, name, &arguments, frame, range)
    }

    fn filter_value(
        &mut self,
        input: &Value,
        input_range: TextRange,
        name: &'a Name,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let key = name.text.as_str();
        let empty = Value::str("");
        let input = match &input.kind {
            Kind::Undefined(message) if super::unknown::is_soft(message) => &empty,
            _ => input,
        };
        if let Some(value) = self.filter_partial(input, key, arguments, frame, range)? {
            return Ok(value);
        }
        if arguments.unknown {
            let all: Vec<&Value> = std::iter::once(input).chain(arguments.values()).collect();
            return Ok(self.derived(frame, range, &all));
        }
        let mut missing = false;
        let result = self.builtin(vec![input.clone()], arguments, frame, range, &mut |cx, operands| {
            builtins::call_filter(cx, key, &operands[0]).unwrap_or_else(|| {
                missing = true;
                Err(Fail::Unknown("no such filter".into()))
            })
        });
        if (missing || !builtins::is_filter(key)) && !builtins::is_filter(key) {
            let raise = Raise::new("TemplateAssertionError", format!("No filter named '{key}'."));
            return Err(self.thrown(raise, frame, name.range));
        }
        match result {
            Err(super::halt::Halt::Raise(mut thrown)) if matches!(&input.kind, Kind::Undefined(message) if **message == *thrown.raise.message) =>
            {
                thrown.range = input_range;
                Err(super::halt::Halt::Raise(thrown))
            }
            other => other,
        }
    }

    /// `default`: rescues what is undefined (and with its second argument what is false).
    fn default_filter(
        &mut self,
        input: &Value,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let default = arguments.get(0, "default_value").cloned().unwrap_or_else(|| Value::str(""));
        let boolean = match arguments.get(1, "boolean") {
            Some(value) => !matches!(self.truth(&value.clone(), frame, range)?, Decision::Known(false)),
            None => false,
        };
        match &input.kind {
            Kind::Undefined(_) => Ok(default),
            Kind::OneOf(options) => {
                let options = options.clone();
                self.each(options.iter().cloned(), |this, option| this.default_filter(&option, arguments, frame, range))
            }
            Kind::Unknown(_) if !boolean => Ok(self.or_default(input, default)),
            _ if boolean => match self.truth(input, frame, range)? {
                Decision::Known(true) => Ok(input.clone()),
                Decision::Known(false) => Ok(default),
                Decision::Split(yes, no) => Ok(one_of(vec![(yes, input.clone()), (no, default)])),
            },
            _ => Ok(input.clone()),
        }
    }

    /// `input is name(…)`.
    pub(crate) fn decide_test(
        &mut self,
        e: &'a Expr,
        input: &'a Expr,
        name: &'a Name,
        args: &'a Args,
        frame: &Rc<Frame<'a>>,
    ) -> R<Decision> {
        let key = name.text.as_str();
        let lenient = self.be_lenient(matches!(key, "defined" | "undefined"));
        let value = self.eval(input, frame);
        self.lenient = lenient;
        let value = value?;
        let arguments = self.arguments(args, frame)?;
        self.test_value(&value, name, &arguments, frame, e.range)
    }

    fn test_value(
        &mut self,
        value: &Value,
        name: &'a Name,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Decision> {
        let key = name.text.as_str();
        if let Kind::OneOf(options) = &value.kind {
            let options = options.clone();
            return self
                .decide_options(&options, |this, option| this.test_value(option, name, arguments, frame, range));
        }
        match key {
            "defined" | "undefined" => {
                let defined = match &value.kind {
                    Kind::Undefined(_) => Decision::Known(false),
                    Kind::Unknown(_) => {
                        self.partial = true;
                        split(&format!("{} is set", self.subject(value)))
                    }
                    _ => Decision::Known(true),
                };
                return Ok(if key == "defined" { defined } else { defined.not() });
            }
            _ => {}
        }
        let compared = match key {
            "eq" | "equalto" | "==" => Some(CompareOp::Eq),
            "in" => Some(CompareOp::In),
            _ => None,
        };
        let not_known = |value: &Value| matches!(value.kind, Kind::Unknown(_) | Kind::Partial(_) | Kind::OneOf(_));
        if let (Some(op), Some(other)) = (compared, arguments.positional.first())
            && (not_known(value) || not_known(other))
        {
            return self.compare_values(op, value, other, frame, range);
        }
        let known_text = matches!(value.kind, Kind::Partial(_));
        if known_text && matches!(key, "string" | "sequence" | "iterable" | "mapping" | "number" | "none" | "boolean") {
            return Ok(Decision::Known(matches!(key, "string" | "sequence" | "iterable")));
        }
        let text = format!("{} is {key}", self.subject(value));
        if not_known(value) || arguments.values().any(not_known) || arguments.unknown {
            self.partial = true;
            let rest: Vec<String> = arguments.values().map(|value| self.subject(value)).collect();
            let text = if rest.is_empty() { text } else { format!("{text}({})", rest.join(", ")) };
            return Ok(split(&text));
        }
        let mut cx = Call {
            heap: &mut self.heap,
            args: arguments.positional.clone(),
            kwargs: arguments.keyword.clone(),
            knowledge: &mut self.known,
        };
        match builtins::call_test(&mut cx, key, value) {
            Some(Ok(is)) => Ok(Decision::Known(is)),
            Some(Err(Fail::Raise(raise))) => Err(self.thrown(raise, frame, range)),
            Some(Err(Fail::Unknown(_))) => {
                self.partial = true;
                Ok(split(&text))
            }
            None => {
                let raise = Raise::new("TemplateAssertionError", format!("No test named '{key}'."));
                Err(self.thrown(raise, frame, name.range))
            }
        }
    }
}
