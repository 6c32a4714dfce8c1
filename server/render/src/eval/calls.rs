//! Calls: macros, methods, filters, tests, global functions.

use std::rc::Rc;

use smol_str::SmolStr;
use syntax::jinja::{Args, Expr, ExprKind};
use text::TextRange;

use super::Evaluator;
use super::branch::one_of;
use super::decide::{Decision, split};
use super::halt::R;
use super::macros::object;
use super::scope::Frame;
use super::unknown::{child, from_contributor, unknown};
use builtins::{self, Call};
use python::value::{DictId, EvaluatorObject, Key, Kind, Object, Raise, Value};
use python::{Fail, Res};

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

impl<'a> Evaluator<'a> {
    /// A call expression, with the `caller` of a call block.
    pub(crate) fn eval_call(&mut self, e: &'a Expr, frame: &Rc<Frame<'a>>, caller: Option<Value>) -> R<Value> {
        let ExprKind::CallExpr(callee, args) = &*e.kind else { return self.eval(e, frame) };
        if let ExprKind::Attribute(inner, name) = &*callee.kind {
            let lenient = self.be_lenient(name.text == "get");
            let key = match args.positional.first().map(|first| &*first.kind) {
                Some(ExprKind::Str { value, .. }) if name.text == "get" => Some(value.as_str()),
                _ => None,
            };
            let receiver = self.eval_for(inner, key, frame);
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
            Kind::Dict(id)
                if name == "get"
                    && !arguments.unknown
                    && arguments.keyword.is_empty()
                    && (1..=2).contains(&arguments.positional.len()) =>
            {
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
        let text = self.key_part(&key);
        let Ok(hashed) = python::key_of(&self.heap, &key) else {
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
            if let Some(from) = self.member_source(receiver, &text) {
                self.record_contributor(&from, frame, at, true);
            }
            if open {
                let value = match self.member_source(receiver, &text) {
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
                let key = self.key_part(&arguments.positional[0]);
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
                for value in arguments.values() {
                    self.may_change(value, "something that is not known");
                }
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
        let name = python::type_name(value);
        self.thrown(Raise::new("TypeError", format!("'{name}' object is not callable")), frame, range)
    }

    /// Runs a builtin over concrete arguments, distributed over alternatives.
    pub(crate) fn builtin(
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
            for value in values {
                let Kind::Str(text) = &value.kind else { continue };
                this.heap.meter.read(text.text.len())?;
            }
            let mut cx = Call { heap: &mut this.heap, args, kwargs, knowledge: &mut this.known };
            let result = call(&mut cx, &values[..own])?;
            if let Kind::Str(text) = &result.kind {
                this.heap.meter.build(text.text.len())?;
            }
            Ok(result)
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
            failed |= matches!(result, Err(Fail::Unknown(_) | Fail::Limit(_)));
            result
        })?;
        let not_known = |value: &Value| matches!(value.kind, Kind::Unknown(_) | Kind::Partial(_));
        if failed || arguments.values().any(not_known) {
            self.blur(receiver, name, &arguments);
        }
        let view = matches!(&result.kind, Kind::Object(object) if matches!(&**object, Object::View(..)));
        Ok(if view && result.source.is_none() { Value { source: receiver.source.clone(), ..result } } else { result })
    }

    #[allow(clippy::too_many_lines, reason = "one global after the other")]
    fn call_global(&mut self, name: &str, arguments: Arguments, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        match name {
            "namespace" => {
                let id = self.heap.dict();
                if arguments.positional.len() > 1 {
                    let text = format!("dict expected at most 1 argument, got {}", arguments.positional.len());
                    return Err(self.thrown(Raise::new("TypeError", text), frame, range));
                }
                for value in &arguments.positional {
                    if !matches!(value.kind, Kind::Unknown(_) | Kind::OneOf(_) | Kind::Partial(_) | Kind::Dict(_)) {
                        let one = Arguments { positional: vec![value.clone()], ..Arguments::default() };
                        let made = self.builtin(Vec::new(), &one, frame, range, &mut |cx, _| {
                            builtins::call_global(cx, "dict").unwrap_or_else(|| Err(Fail::Unknown("".into())))
                        })?;
                        if let Kind::Dict(other) = made.kind {
                            let data = self.heap.get_dict(other).clone();
                            *self.heap.dict_mut(id) = data;
                            continue;
                        }
                    }
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
                self.helpers.push(super::helpers::Helper { items, position: 0, joiner });
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
            let copy = self.copied(*id);
            self.heap.dict_mut(copy).ordered = name != "dict";
            return Ok(Kind::Dict(copy).into());
        }
        self.builtin(Vec::new(), &arguments, frame, range, &mut |cx, _| {
            builtins::call_global(cx, name).unwrap_or_else(|| Err(Fail::Unknown("not evaluated".into())))
        })
    }
}
