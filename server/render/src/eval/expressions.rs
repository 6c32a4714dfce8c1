//! Expressions.

use std::rc::Rc;

use num_bigint::BigInt;
use syntax::jinja::{Args, BinaryOp, Expr, ExprKind, Statement, StatementKind, UnaryOp};
use text::TextRange;

use super::Evaluator;
use super::branch::one_of;
use super::calls::Arguments;
use super::decide::Decision;
use super::halt::{Halt, R};
use super::scope::Frame;
use super::unknown::unknown;
use python::str_builder::StrBuilder;
use python::value::{EvaluatorObject, Kind, Object, Raise, Segment, Value};

impl<'a> Evaluator<'a> {
    /// The value of an expression; an undefined one is a value too.
    pub(crate) fn eval(&mut self, e: &'a Expr, frame: &Rc<Frame<'a>>) -> R<Value> {
        if !self.step()? {
            return Ok(unknown("not evaluated further"));
        }
        if !self.has_room() {
            self.limit("expressions and calls nest too deep", frame.source.file, e.range);
            return Ok(unknown("it nests too deep"));
        }
        let value = self.eval_kind(e, frame)?;
        match &value.kind {
            Kind::Undefined(message) if self.allow_undefined && !super::unknown::is_soft(message) => {
                Ok(Kind::Undefined(format!("{}{message}", python::SOFT).into()).into())
            }
            _ => Ok(value),
        }
    }

    #[allow(clippy::too_many_lines, reason = "one arm per kind of expression")]
    fn eval_kind(&mut self, e: &'a Expr, frame: &Rc<Frame<'a>>) -> R<Value> {
        Ok(match &*e.kind {
            ExprKind::Name(name) => self.lookup(name, frame),
            ExprKind::NsRef(name, _) => self.lookup(name, frame),
            ExprKind::None => Kind::None.into(),
            ExprKind::Bool(is) => Kind::Bool(*is).into(),
            ExprKind::Int(text) => integer(text),
            ExprKind::Float(number) => Kind::Float(*number).into(),
            ExprKind::Str { value, parts, plain } => {
                self.heap.meter.note_built(value.len());
                let mut builder = StrBuilder::default();
                if !value.is_empty() {
                    let exact = *plain && parts.len() == 1 && parts[0].len() as usize == value.len();
                    builder.segment(Segment {
                        at: TextRange::of(0, value.len()),
                        file: frame.source.file,
                        range: if exact { parts[0] } else { e.range },
                        exact,
                        chain: None,
                        contributors: None,
                    });
                }
                builder.computed(value);
                Kind::Str(builder.finish()).into()
            }
            ExprKind::Tuple(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.eval(item, frame)?);
                }
                Kind::Tuple(values.into()).into()
            }
            ExprKind::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.eval(item, frame)?);
                }
                self.heap.list(values)
            }
            ExprKind::Dict(items) => self.eval_dict(items, frame)?,
            ExprKind::Unary(UnaryOp::Not, _) | ExprKind::Compare(..) | ExprKind::Test { .. } => {
                self.decide(e, frame)?.value()
            }
            ExprKind::Unary(op, inner) => {
                let value = self.eval(inner, frame)?;
                let op = *op;
                self.apply(&[value], &[inner.range], frame, e.range, &mut |this, values| {
                    python::unary(&mut this.heap, op, &values[0])
                })?
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b) => self.eval_logic(*op, a, b, frame)?,
            ExprKind::Binary(op, a, b) => {
                let values = [self.eval(a, frame)?, self.eval(b, frame)?];
                self.binary(*op, values, [a.range, b.range], frame, e.range)?
            }
            ExprKind::Concat(parts) => {
                let mut values = Vec::with_capacity(parts.len());
                let mut ranges = Vec::with_capacity(parts.len());
                for part in parts {
                    values.push(self.eval(part, frame)?);
                    ranges.push(part.range);
                }
                self.concat(&values, &ranges, frame, e.range)?
            }
            ExprKind::Conditional { test, then, otherwise } => {
                let decision = self.decide(test, frame)?;
                let nothing = || {
                    let text =
                        "the inline if-expression on line {} evaluated to false and no else section was defined.";
                    let text = text.replace("{}", &frame.source.line(e.range.start).to_string());
                    let text = match &frame.source.name {
                        Some(name) => text.replace(" evaluated", &format!(" in '{name}' evaluated")),
                        None => text,
                    };
                    Value::from(Kind::Undefined(text.into()))
                };
                match decision {
                    Decision::Known(true) => self.eval(then, frame)?,
                    Decision::Known(false) => match otherwise {
                        Some(otherwise) => self.eval(otherwise, frame)?,
                        None => nothing(),
                    },
                    Decision::Split(yes, no) => {
                        self.partial = true;
                        let arms = [(yes, Some(then)), (no, otherwise.as_ref())];
                        self.each(arms, |this, arm| match arm {
                            Some(e) => this.eval(e, frame),
                            None => Ok(nothing()),
                        })?
                    }
                }
            }
            ExprKind::Attribute(inner, name) => {
                let value = self.eval_for(inner, Some(&name.text), frame)?;
                self.get_attribute(&value, &name.text, frame, e.range, inner.range)?
            }
            ExprKind::Item(inner, index) => {
                let constant = match &*index.kind {
                    ExprKind::Str { value, .. } => Some(value.as_str()),
                    _ => None,
                };
                let value = self.eval_for(inner, constant, frame)?;
                if let ExprKind::Slice(start, stop, step) = &*index.kind {
                    let mut parts = vec![value];
                    let mut ranges = vec![inner.range];
                    let mut given = [false; 3];
                    for (n, part) in [start, stop, step].into_iter().enumerate() {
                        if let Some(part) = part {
                            parts.push(self.eval(part, frame)?);
                            ranges.push(part.range);
                            given[n] = true;
                        }
                    }
                    return self.apply(&parts, &ranges, frame, e.range, &mut |this, values| {
                        let mut rest = values[1..].iter();
                        let parts = given.map(|given| if given { rest.next() } else { None });
                        python::slice(&mut this.heap, &values[0], parts)
                    });
                }
                let key = self.eval(index, frame)?;
                self.get_item(&value, &key, frame, e.range, [inner.range, index.range])?
            }
            ExprKind::Slice(..) => Kind::None.into(),
            ExprKind::CallExpr(..) => self.eval_call(e, frame, None)?,
            ExprKind::Filter { input, name, args } => {
                let Some(input) = input else { return Ok(unknown("a filter without input")) };
                let lenient = matches!(name.text.as_str(), "default" | "d");
                let before = self.be_lenient(lenient);
                let value = self.eval(input, frame);
                self.lenient = before;
                self.filter(&value?, input.range, name, args, frame, e.range)?
            }
            ExprKind::Error => unknown("a syntax error"),
        })
    }

    /// The value of what one key is looked up in: of the pillar's root and of the grains, only that key is
    /// asked for.
    pub(crate) fn eval_for(&mut self, e: &'a Expr, key: Option<&str>, frame: &Rc<Frame<'a>>) -> R<Value> {
        if let (ExprKind::Name(name), Some(key)) = (&*e.kind, key)
            && matches!(name.as_str(), "pillar" | "grains")
            && !super::lookup::is_dict_method(key)
            && frame.get(name).is_none()
        {
            return Ok(match name.as_str() {
                "pillar" => self.known.pillar_key(&mut self.heap, key),
                _ => self.known.grains_key(&mut self.heap, key),
            });
        }
        self.eval(e, frame)
    }

    /// A filter chain of a block, applied to `value`.
    pub(crate) fn filter_chain(&mut self, e: &'a Expr, value: Value, frame: &Rc<Frame<'a>>) -> R<Value> {
        let ExprKind::Filter { input, name, args } = &*e.kind else { return Ok(value) };
        let value = match input {
            Some(input) => self.filter_chain(input, value, frame)?,
            None => value,
        };
        self.filter(&value, e.range, name, args, frame, e.range)
    }

    fn eval_dict(&mut self, items: &'a [(Expr, Expr)], frame: &Rc<Frame<'a>>) -> R<Value> {
        let dict = self.heap.dict();
        for (key, value) in items {
            let key_value = self.eval(key, frame)?;
            let value = self.eval(value, frame)?;
            if let Kind::Undefined(message) = &key_value.kind {
                return Err(self.undefined(message, frame, key.range));
            }
            let hashed = python::key_of(&self.heap, &key_value);
            match self.known(hashed, frame, key.range)? {
                Ok(hashed) => self.heap.insert(dict, hashed, key_value, value),
                Err(reason) => self.heap.dict_mut(dict).open = Some(reason),
            }
        }
        Ok(Kind::Dict(dict).into())
    }

    fn eval_logic(&mut self, op: BinaryOp, a: &'a Expr, b: &'a Expr, frame: &Rc<Frame<'a>>) -> R<Value> {
        let and = op == BinaryOp::And;
        let lenient = self.be_lenient(!and);
        let first = self.eval(a, frame);
        self.lenient = lenient;
        let first = first?;
        let decision = self.truth(&first, frame, a.range)?;
        match decision {
            Decision::Known(is) if is == and => self.eval(b, frame),
            Decision::Known(_) => Ok(first),
            Decision::Split(yes, no) => {
                self.partial = true;
                let (stays, goes) = if and { (no, yes) } else { (yes, no) };
                let kept = self.narrowed_to(&first, &stays);
                let before = self.when.clone();
                let second = self.under(&goes, false, |this| {
                    let result = this.eval(b, frame);
                    if this.when == before { result.map(Some) } else { this.caught(result) }
                })?;
                let mut options = vec![(stays, kept)];
                options.extend(second.flatten().map(|second| (goes, second)));
                Ok(one_of(options))
            }
        }
    }

    /// A variable, narrowed to what the path condition leaves of it.
    pub(crate) fn lookup(&mut self, name: &str, frame: &Rc<Frame<'a>>) -> Value {
        if let Some(value) = frame.get(name) {
            return self.narrow(value);
        }
        match name {
            "grains" => return self.known.grains_value(&mut self.heap),
            "pillar" => return self.known.pillar_value(&mut self.heap),
            "opts" => return self.known.opts_value(&mut self.heap),
            "salt" => return Kind::Object(Object::Salt.into()).into(),
            "self" => return super::macros::object(EvaluatorObject::Template, frame.unit.id as usize),
            "cycler" | "joiner" | "namespace" | "lipsum" => {
                return Kind::Object(Object::Global(name.into()).into()).into();
            }
            _ => {}
        }
        if builtins::is_global(name) {
            return Kind::Object(Object::Global(name.into()).into()).into();
        }
        if !self.strict {
            self.partial = true;
            return super::unknown::from_contributor(python::origin::Contributor::Call(name.to_owned()));
        }
        Kind::Undefined(format!("'{name}' is undefined").into()).into()
    }

    /// Drops alternatives that the path condition excludes.
    pub(crate) fn narrow(&self, value: Value) -> Value {
        self.narrowed_to(&value, &crate::When::ALWAYS)
    }

    fn narrowed_to(&self, value: &Value, when: &crate::When) -> Value {
        let Kind::OneOf(options) = &value.kind else { return value.clone() };
        let Some(here) = self.when.both(when) else { return value.clone() };
        if options.iter().all(|(when, _)| here.compatible(when)) {
            return value.clone();
        }
        one_of(options.iter().filter(|(when, _)| here.compatible(when)).cloned().collect())
    }

    /// The arguments of a call, evaluated.
    pub(crate) fn arguments(&mut self, args: &'a Args, frame: &Rc<Frame<'a>>) -> R<Arguments> {
        let mut all = Arguments::default();
        for e in &args.positional {
            all.positional.push(self.eval(e, frame)?);
            all.ranges.push(e.range);
        }
        for (name, e) in &args.keyword {
            all.keyword.push((name.text.clone(), self.eval(e, frame)?));
        }
        if let Some(e) = &args.star {
            let value = self.eval(e, frame)?;
            let result = python::iterate(&mut self.heap, &value);
            match self.known(result, frame, e.range)? {
                Ok(values) => {
                    all.ranges.extend(values.iter().map(|_| e.range));
                    all.positional.extend(values);
                }
                Err(_) => all.unknown = true,
            }
        }
        if let Some(e) = &args.star_star {
            let value = self.eval(e, frame)?;
            match &value.kind {
                Kind::Dict(id) => {
                    let data = self.heap.get_dict(*id);
                    all.unknown |= data.open.is_some();
                    for (key, (_, slot)) in &data.entries {
                        match key {
                            python::value::Key::Str(name) if slot.when.is_always() => {
                                all.keyword.push((name.as_ref().into(), slot.value.clone()));
                            }
                            _ => all.unknown = true,
                        }
                    }
                }
                Kind::Undefined(message) => return Err(self.undefined(message, frame, e.range)),
                Kind::Unknown(_) | Kind::OneOf(_) => all.unknown = true,
                _ => {
                    let raise = Raise::new("TypeError", "argument after ** must be a mapping");
                    return Err(self.thrown(raise, frame, e.range));
                }
            }
        }
        Ok(all)
    }

    /// The error of using something undefined.
    pub(crate) fn undefined(&self, message: &str, frame: &Frame<'a>, range: TextRange) -> Halt {
        let class = if message.starts_with("access to attribute ") { "SecurityError" } else { "UndefinedError" };
        self.thrown(Raise::new(class, message.trim_start_matches(python::SOFT)), frame, range)
    }
}

fn integer(text: &str) -> Value {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        _ => (10, lower.as_str()),
    };
    match i64::from_str_radix(body, radix) {
        Ok(number) => Kind::Int(number).into(),
        Err(_) => match BigInt::parse_bytes(body.as_bytes(), radix) {
            Some(number) => Kind::Big(number.into()).into(),
            None => unknown("a number that could not be read"),
        },
    }
}

/// Calls `found` with every name that is read in a body, nested bodies included; those of macros
/// only if `macros`.
pub(crate) fn walk_names<'a>(body: &'a [Statement], macros: bool, found: &mut dyn FnMut(&'a str)) {
    for statement in body {
        match &statement.kind {
            StatementKind::Output(e) | StatementKind::Do(e) | StatementKind::Extends(e) => walk_expr(e, found),
            StatementKind::Print(all) => all.iter().for_each(|e| walk_expr(e, found)),
            StatementKind::Set { value, .. } => walk_expr(value, found),
            StatementKind::SetBlock { filter, body, .. } => {
                filter.iter().for_each(|e| walk_expr(e, found));
                walk_names(body, macros, found);
            }
            StatementKind::If(arms) => arms.iter().for_each(|arm| {
                arm.test.iter().for_each(|e| walk_expr(e, found));
                walk_names(&arm.body, macros, found);
            }),
            StatementKind::For { iter, filter, body, otherwise, .. } => {
                walk_expr(iter, found);
                filter.iter().for_each(|e| walk_expr(e, found));
                walk_names(body, macros, found);
                otherwise.iter().for_each(|body| walk_names(body, macros, found));
            }
            StatementKind::Macro(node) => {
                node.params.iter().filter_map(|p| p.default.as_ref()).for_each(|e| walk_expr(e, found));
                if macros {
                    walk_names(&node.body, macros, found);
                }
            }
            StatementKind::Call { caller, call } => {
                walk_expr(call, found);
                walk_names(&caller.body, macros, found);
            }
            StatementKind::FilterBlock { filter, body } => {
                walk_expr(filter, found);
                walk_names(body, macros, found);
            }
            StatementKind::Include { template, .. }
            | StatementKind::Import { template, .. }
            | StatementKind::FromImport { template, .. }
            | StatementKind::ImportData { template, .. } => walk_expr(template, found),
            StatementKind::With { bindings, body } => {
                bindings.iter().for_each(|(_, e)| walk_expr(e, found));
                walk_names(body, macros, found);
            }
            StatementKind::Autoescape { body, .. }
            | StatementKind::Load { body, .. }
            | StatementKind::Profile { body, .. } => walk_names(body, macros, found),
            _ => {}
        }
    }
}

fn walk_args<'a>(args: &'a Args, found: &mut dyn FnMut(&'a str)) {
    args.positional.iter().for_each(|e| walk_expr(e, found));
    args.keyword.iter().for_each(|(_, e)| walk_expr(e, found));
    args.star.iter().chain(&args.star_star).for_each(|e| walk_expr(e, found));
}

pub(crate) fn walk_expr<'a>(e: &'a Expr, found: &mut dyn FnMut(&'a str)) {
    match &*e.kind {
        ExprKind::Name(name) => found(name),
        ExprKind::Tuple(all) | ExprKind::List(all) | ExprKind::Concat(all) => {
            all.iter().for_each(|e| walk_expr(e, found));
        }
        ExprKind::Dict(all) => all.iter().for_each(|(k, v)| {
            walk_expr(k, found);
            walk_expr(v, found);
        }),
        ExprKind::Unary(_, a) | ExprKind::Attribute(a, _) => walk_expr(a, found),
        ExprKind::Binary(_, a, b) | ExprKind::Item(a, b) => {
            walk_expr(a, found);
            walk_expr(b, found);
        }
        ExprKind::Compare(a, rest) => {
            walk_expr(a, found);
            rest.iter().for_each(|(_, e)| walk_expr(e, found));
        }
        ExprKind::Conditional { test, then, otherwise } => {
            walk_expr(test, found);
            walk_expr(then, found);
            otherwise.iter().for_each(|e| walk_expr(e, found));
        }
        ExprKind::Slice(a, b, c) => [a, b, c].into_iter().flatten().for_each(|e| walk_expr(e, found)),
        ExprKind::CallExpr(callee, args) => {
            walk_expr(callee, found);
            walk_args(args, found);
        }
        ExprKind::Filter { input, args, .. } => {
            input.iter().for_each(|e| walk_expr(e, found));
            walk_args(args, found);
        }
        ExprKind::Test { input, args, .. } => {
            walk_expr(input, found);
            walk_args(args, found);
        }
        _ => {}
    }
}
