//! The smallest evaluator that reaches every builtin: expressions over known values, no statements.

use render::builtins::{
    Call, Knowledge, call_filter, call_function, call_global, call_method, call_test, json_to_value,
};
use render::python::{self, Fail, Res};
use render::value::{Heap, Key, Kind, Object, Raise, Value};
use smol_str::SmolStr;
use syntax::jinja::{Args, BinaryOp, Expr, ExprKind, Options, StatementKind, parse};

/// What an expression printed (`= text`) or raised (`! Class: message`).
#[derive(Debug)]
pub enum Outcome {
    Known(String),
    Unknown(#[allow(dead_code, reason = "shown by Debug")] String),
}

struct Minion {
    grains: Value,
    pillar: Value,
}

impl Knowledge for Minion {
    fn grains(&mut self, _: &mut Heap) -> Option<Value> {
        Some(self.grains.clone())
    }
    fn pillar(&mut self, _: &mut Heap) -> Option<Value> {
        Some(self.pillar.clone())
    }
    fn opts(&mut self, _: &mut Heap) -> Option<Value> {
        None
    }
    fn minion_id(&self) -> Option<&str> {
        Some("web1")
    }
    fn recorded(&self, _: &str) -> Option<serde_json::Value> {
        None
    }
}

struct Evaluator {
    heap: Heap,
    minion: Minion,
}

/// Evaluates `{{ expression }}`.
pub fn evaluate(expression: &str, grains: &str, pillar: &str) -> Outcome {
    let template = parse(&format!("{{{{ {expression} }}}}"), &Options::default());
    let Some(StatementKind::Output(expr)) = template.body.first().map(|s| &s.kind) else {
        return Outcome::Unknown(format!("no expression: {:?}", template.errors));
    };
    let mut heap = Heap::default();
    let mut load = |text: &str| json_to_value(&mut heap, &serde_json::from_str(text).expect("JSON"));
    let minion = Minion { grains: load(grains), pillar: load(pillar) };
    let mut evaluator = Evaluator { heap, minion };
    let result = evaluator.expr(expr).and_then(|value| python::finalize_str(&evaluator.heap, &value));
    match result {
        Ok(text) => Outcome::Known(format!("= {text}")),
        Err(Fail::Raise(raise)) => Outcome::Known(format!("! {}: {}", raise.class, raise.message)),
        Err(Fail::Unknown(reason)) => Outcome::Unknown(reason.to_string()),
    }
}

impl Evaluator {
    fn all(&mut self, exprs: &[Expr]) -> Res<Vec<Value>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn call<T>(&mut self, args: &Args, run: impl FnOnce(&mut Call<'_>) -> T) -> Res<T> {
        let mut positional = self.all(&args.positional)?;
        if let Some(star) = &args.star {
            let star = self.expr(star)?;
            positional.extend(python::iterate(&mut self.heap, &star)?);
        }
        let mut kwargs: Vec<(SmolStr, Value)> = Vec::new();
        for (name, expr) in &args.keyword {
            kwargs.push((name.text.clone(), self.expr(expr)?));
        }
        Ok(run(&mut Call { heap: &mut self.heap, args: positional, kwargs, knowledge: &mut self.minion }))
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    fn expr(&mut self, expr: &Expr) -> Res<Value> {
        Ok(match &*expr.kind {
            ExprKind::Name(name) => match name.as_str() {
                "grains" => self.minion.grains.clone(),
                "pillar" => self.minion.pillar.clone(),
                "salt" => Kind::Object(Object::Salt.into()).into(),
                name if render::builtins::is_global(name) => Kind::Object(Object::Global(name.into()).into()).into(),
                name => Kind::Undefined(format!("'{name}' is undefined").into()).into(),
            },
            ExprKind::None => Kind::None.into(),
            ExprKind::Bool(b) => Kind::Bool(*b).into(),
            ExprKind::Int(text) => match text.replace('_', "").parse::<i64>() {
                Ok(n) => Kind::Int(n).into(),
                Err(_) => return Err(Fail::Unknown("a literal".into())),
            },
            ExprKind::Float(n) => Kind::Float(*n).into(),
            ExprKind::Str { value, .. } => Value::str(value.as_str()),
            ExprKind::Tuple(parts) => Kind::Tuple(self.all(parts)?.into()).into(),
            ExprKind::List(parts) => {
                let values = self.all(parts)?;
                self.heap.list(values)
            }
            ExprKind::Dict(pairs) => {
                let id = self.heap.dict();
                for (key, value) in pairs {
                    let (key, value) = (self.expr(key)?, self.expr(value)?);
                    let hashed: Key = python::key_of(&self.heap, &key)?;
                    self.heap.insert(id, hashed, key, value);
                }
                Kind::Dict(id).into()
            }
            ExprKind::Unary(op, operand) => {
                let value = self.expr(operand)?;
                python::unary(&mut self.heap, *op, &value)?
            }
            ExprKind::Binary(op, a, b) => {
                let a = self.expr(a)?;
                match op {
                    BinaryOp::And if !python::truthy(&self.heap, &a)? => a,
                    BinaryOp::Or if python::truthy(&self.heap, &a)? => a,
                    _ => {
                        let b = self.expr(b)?;
                        python::binary(&mut self.heap, *op, &a, &b)?
                    }
                }
            }
            ExprKind::Concat(parts) => {
                let values = self.all(parts)?;
                python::concat(&self.heap, &values)?
            }
            ExprKind::Compare(first, rest) => {
                let mut left = self.expr(first)?;
                for (op, right) in rest {
                    let right = self.expr(right)?;
                    if !python::compare(&mut self.heap, *op, &left, &right)? {
                        return Ok(Kind::Bool(false).into());
                    }
                    left = right;
                }
                Kind::Bool(true).into()
            }
            ExprKind::Conditional { test, then, otherwise } => {
                let test = self.expr(test)?;
                match (python::truthy(&self.heap, &test)?, otherwise) {
                    (true, _) => self.expr(then)?,
                    (false, Some(otherwise)) => self.expr(otherwise)?,
                    (false, None) => Kind::Undefined("the inline if-expression".into()).into(),
                }
            }
            ExprKind::Attribute(object, name) => {
                let object = self.expr(object)?;
                python::getattr(&mut self.heap, &object, &name.text)?
            }
            ExprKind::Item(object, index) => self.item(object, index)?,
            ExprKind::CallExpr(callee, args) => self.call_expr(callee, args)?,
            ExprKind::Filter { input, name, args } => {
                let input = match input {
                    Some(input) => self.expr(input)?,
                    None => Value::str(""),
                };
                match self.call(args, |cx| call_filter(cx, &name.text, &input))? {
                    Some(value) => value?,
                    None => return Err(Fail::Unknown("no such filter".into())),
                }
            }
            ExprKind::Test { input, name, args } => {
                let input = self.expr(input)?;
                match self.call(args, |cx| call_test(cx, &name.text, &input))? {
                    Some(holds) => Kind::Bool(holds?).into(),
                    None => return Err(Fail::Unknown("no such test".into())),
                }
            }
            ExprKind::Slice(..) | ExprKind::NsRef(..) | ExprKind::Error => {
                return Err(Fail::Unknown("no expression".into()));
            }
        })
    }

    fn item(&mut self, object: &Expr, index: &Expr) -> Res<Value> {
        let object = self.expr(object)?;
        if let ExprKind::Slice(start, stop, step) = &*index.kind {
            let mut parts = Vec::new();
            for part in [start, stop, step] {
                parts.push(part.as_ref().map(|part| self.expr(part)).transpose()?);
            }
            return python::slice(&mut self.heap, &object, [parts[0].as_ref(), parts[1].as_ref(), parts[2].as_ref()]);
        }
        let index = self.expr(index)?;
        match (&object.kind, index.as_str()) {
            (Kind::Object(o), Some(name)) if matches!(**o, Object::Salt) => {
                Ok(Kind::Object(Object::SaltFunction(name.into()).into()).into())
            }
            _ => python::getitem(&mut self.heap, &object, &index),
        }
    }

    fn call_expr(&mut self, callee: &Expr, args: &Args) -> Res<Value> {
        let callee = self.expr(callee)?;
        python::truthy(&self.heap, &callee)?;
        let found = match &callee.kind {
            Kind::Object(object) => match &**object {
                Object::Method(receiver, name) => Some(self.call(args, |cx| call_method(cx, receiver, name))?),
                Object::Global(name) => self.call(args, |cx| call_global(cx, name))?,
                Object::SaltFunction(name) => self.call(args, |cx| call_function(cx, name))?,
                _ => None,
            },
            _ => None,
        };
        found.unwrap_or_else(|| {
            let name = python::type_name(&callee);
            Err(Raise::new("TypeError", format!("'{name}' object is not callable")).into())
        })
    }
}
