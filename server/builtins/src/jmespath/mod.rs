//! JMESPath, as the Python library `jmespath` reads and evaluates it, for Salt's `json_query`.

mod functions;
mod lex;
mod parse;

use std::sync::Arc;

use parse::Node;

use super::Call;
use python::concrete::{MAX_DEPTH, known, none, pairs, raise, type_name, unknown};
use python::value::{Kind, Value};
use python::{Res, elements, equals, key_of};

/// `jmespath.search(expression, data)`.
///
/// # Errors
/// The library's, and what is not known of the data.
pub fn search(cx: &mut Call<'_>, data: &Value, expression: &Value) -> Res<Value> {
    known(expression)?;
    let text = match &expression.kind {
        Kind::Str(text) if !text.text.is_empty() => text.text.clone(),
        Kind::Undefined(message) => return Err(python::concrete::undefined_error(message)),
        Kind::List(_) | Kind::Dict(_) | Kind::Set(_) => {
            return raise("TypeError", format!("unhashable type: '{}'", type_name(expression)));
        }
        _ if !python::truthy(cx.heap, expression)? => {
            return raise("EmptyExpressionError", "Invalid JMESPath expression: cannot be empty.");
        }
        Kind::Str(_) => return unknown("an expression"),
        _ => return raise("TypeError", format!("'{}' object is not iterable", type_name(expression))),
    };
    cx.heap.meter.build(text.len().saturating_mul(16))?;
    let node = match parse::parse(&text) {
        Ok(node) => node,
        Err(message) => return raise("ParseError", message),
    };
    visit(cx, &node, data, 0)
}

/// An expression that is handed to a function (`&port`) is kept apart from values.
enum Argument {
    Value(Value),
    Expression(Arc<Node>),
}

fn is_false(cx: &mut Call<'_>, value: &Value) -> Res<bool> {
    Ok(match &value.kind {
        Kind::None | Kind::Bool(false) => true,
        Kind::Str(text) => text.text.is_empty(),
        Kind::List(_) | Kind::Dict(_) => python::length(cx.heap, value)? == 0,
        _ => {
            known(value)?;
            false
        }
    })
}

fn field(cx: &mut Call<'_>, value: &Value, name: &str) -> Res<Value> {
    match &value.kind {
        Kind::Dict(id) => {
            let key = key_of(cx.heap, &Value::str(name))?;
            Ok(python::concrete::dict_get(cx.heap, *id, &key)?.unwrap_or_else(none))
        }
        _ => python::concrete::defined(value).map(|()| none()),
    }
}

fn list_of(cx: &mut Call<'_>, value: &Value) -> Res<Option<Vec<Value>>> {
    known(value)?;
    if matches!(value.kind, Kind::List(_)) { elements(cx.heap, value).map(Some) } else { Ok(None) }
}

/// Each item through `node`, without those that give null.
fn project(cx: &mut Call<'_>, items: Vec<Value>, node: &Node, depth: usize) -> Res<Value> {
    let mut out = Vec::new();
    for item in items {
        let found = visit(cx, node, &item, depth)?;
        if !matches!(found.kind, Kind::None) {
            out.push(found);
        }
    }
    Ok(cx.heap.list(out))
}

/// Whether the library compares by order: numbers that are no booleans, and texts.
fn comparable(value: &Value) -> bool {
    matches!(value.kind, Kind::Int(_) | Kind::Big(_) | Kind::Float(_) | Kind::Str(_))
}

fn compare(cx: &mut Call<'_>, op: &str, a: &Value, b: &Value) -> Res<Value> {
    use syntax::jinja::CompareOp;
    let boolean = |is: bool| Value::from(Kind::Bool(is));
    if op == "==" || op == "!=" {
        // 0 and 1 are not false and true.
        let number = |v: &Value| matches!(v.kind, Kind::Int(_) | Kind::Big(_) | Kind::Float(_));
        let mixed = matches!(a.kind, Kind::Bool(_)) && number(b) || matches!(b.kind, Kind::Bool(_)) && number(a);
        let same = if mixed { false } else { equals(cx.heap, a, b)? };
        return Ok(boolean(same == (op == "==")));
    }
    if !comparable(a) || !comparable(b) {
        return Ok(none());
    }
    let op = match op {
        "<" => CompareOp::Lt,
        "<=" => CompareOp::Le,
        ">" => CompareOp::Gt,
        _ => CompareOp::Ge,
    };
    python::compare(cx.heap, op, a, b).map(boolean)
}

#[allow(clippy::too_many_lines, reason = "one kind of node after the other")]
fn visit(cx: &mut Call<'_>, node: &Node, value: &Value, depth: usize) -> Res<Value> {
    if depth > MAX_DEPTH {
        return python::concrete::beyond("an expression nests too deep");
    }
    let depth = depth + 1;
    cx.heap.meter.touch(1)?;
    Ok(match node {
        Node::Current => value.clone(),
        Node::Field(name) => field(cx, value, name)?,
        Node::Literal(literal) => crate::json_to_value(cx.heap, literal),
        Node::Chain(parts) => {
            let mut value = value.clone();
            for part in parts {
                value = visit(cx, part, &value, depth)?;
            }
            value
        }
        Node::Index(index) => match list_of(cx, value)? {
            Some(items) => {
                let at = if *index < 0 { index + i64::try_from(items.len()).unwrap_or(i64::MAX) } else { *index };
                usize::try_from(at).ok().and_then(|at| items.get(at).cloned()).unwrap_or_else(none)
            }
            None => none(),
        },
        Node::Slice(parts) => {
            if list_of(cx, value)?.is_none() {
                return Ok(none());
            }
            let parts: Vec<Option<Value>> = parts.iter().map(|part| part.map(|n| Kind::Int(n).into())).collect();
            python::slice(cx.heap, value, [parts[0].as_ref(), parts[1].as_ref(), parts[2].as_ref()])?
        }
        Node::Flatten(inner) => {
            let base = visit(cx, inner, value, depth)?;
            let Some(items) = list_of(cx, &base)? else { return Ok(none()) };
            let mut out = Vec::new();
            for item in items {
                match list_of(cx, &item)? {
                    Some(inner) => out.extend(inner),
                    None => out.push(item),
                }
            }
            cx.heap.list(out)
        }
        Node::Projection(base, right) => {
            let base = visit(cx, base, value, depth)?;
            match list_of(cx, &base)? {
                Some(items) => project(cx, items, right, depth)?,
                None => none(),
            }
        }
        Node::Values(base, right) => {
            let base = visit(cx, base, value, depth)?;
            let Kind::Dict(id) = base.kind else { return known(&base).map(|()| none()) };
            let items = pairs(cx.heap, id)?.into_iter().map(|(_, value)| value).collect();
            project(cx, items, right, depth)?
        }
        Node::Filter(base, right, condition) => {
            let base = visit(cx, base, value, depth)?;
            let Some(items) = list_of(cx, &base)? else { return Ok(none()) };
            let mut kept = Vec::new();
            for item in items {
                let holds = visit(cx, condition, &item, depth)?;
                if !is_false(cx, &holds)? {
                    kept.push(item);
                }
            }
            project(cx, kept, right, depth)?
        }
        Node::List(parts) => {
            if matches!(value.kind, Kind::None) {
                return Ok(none());
            }
            let found = parts.iter().map(|part| visit(cx, part, value, depth)).collect::<Res<Vec<_>>>()?;
            cx.heap.list(found)
        }
        Node::Hash(parts) => {
            if matches!(value.kind, Kind::None) {
                return Ok(none());
            }
            let result = cx.heap.dict();
            for (name, part) in parts {
                let found = visit(cx, part, value, depth)?;
                let key = Value::str(name.as_str());
                let hashed = key_of(cx.heap, &key)?;
                cx.heap.insert(result, hashed, key, found);
            }
            Kind::Dict(result).into()
        }
        Node::Or(a, b) => {
            let found = visit(cx, a, value, depth)?;
            if is_false(cx, &found)? { visit(cx, b, value, depth)? } else { found }
        }
        Node::And(a, b) => {
            let found = visit(cx, a, value, depth)?;
            if is_false(cx, &found)? { found } else { visit(cx, b, value, depth)? }
        }
        Node::Not(inner) => {
            let found = visit(cx, inner, value, depth)?;
            let number = matches!(found.kind, Kind::Int(_) | Kind::Big(_) | Kind::Float(_));
            Kind::Bool(!number && !python::truthy(cx.heap, &found)?).into()
        }
        Node::Compare(op, a, b) => {
            let (a, b) = (visit(cx, a, value, depth)?, visit(cx, b, value, depth)?);
            compare(cx, op, &a, &b)?
        }
        Node::Expression(_) => return unknown("an expression that no function takes"),
        Node::Call(name, arguments) => {
            let mut given = Vec::new();
            for argument in arguments {
                given.push(match argument {
                    Node::Expression(inner) => Argument::Expression(inner.clone()),
                    other => Argument::Value(visit(cx, other, value, depth)?),
                });
            }
            functions::call(cx, name, &given, depth)?
        }
    })
}
