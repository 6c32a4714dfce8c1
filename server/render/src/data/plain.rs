//! Between data with places and plain JSON, and data as Python names it in messages.

use serde_json::{Map, Number, Value};

use crate::{Node, NodeKind, Pattern};

/// The value as JSON; `None` if anything of it is unknown or conditional, or JSON lacks it.
pub(crate) fn json(node: &Node) -> Option<Value> {
    if !node.when.is_always() || node.repeated {
        return None;
    }
    Some(match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::Int(value) => match i64::try_from(value) {
            Ok(value) => value.into(),
            Err(_) => Value::String(value.to_string()),
        },
        NodeKind::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
        NodeKind::Str(text) => Value::String(text.as_literal()?.to_owned()),
        NodeKind::Binary(bytes) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
        NodeKind::List(items) | NodeKind::Set(items) => Value::Array(items.iter().map(json).collect::<Option<_>>()?),
        NodeKind::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                if !key.when.is_always() || key.repeated {
                    return None;
                }
                let name = match &key.kind {
                    NodeKind::Str(text) => text.as_literal()?.to_owned(),
                    _ => text(key),
                };
                map.insert(name, json(value)?);
            }
            Value::Object(map)
        }
        NodeKind::Choice(_) | NodeKind::Unknown(_) => return None,
    })
}

/// JSON as data that no file holds.
pub(crate) fn node(value: &Value) -> Node {
    Node::nowhere(match value {
        Value::Null => NodeKind::Null,
        Value::Bool(value) => NodeKind::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => NodeKind::Int(value.into()),
            (_, Some(value)) => NodeKind::Int(value.into()),
            _ => NodeKind::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => NodeKind::Str(Pattern::literal(text)),
        Value::Array(items) => NodeKind::List(items.iter().map(node).collect()),
        Value::Object(map) => NodeKind::Map(entries(map)),
    })
}

/// The entries of a JSON object.
pub(crate) fn entries(map: &Map<String, Value>) -> Vec<(Node, Node)> {
    map.iter().map(|(key, value)| (Node::nowhere(NodeKind::Str(Pattern::literal(key))), node(value))).collect()
}

/// A scalar as Python's `str` prints it, for messages.
pub(crate) fn text(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "None".to_owned(),
        NodeKind::Bool(true) => "True".to_owned(),
        NodeKind::Bool(false) => "False".to_owned(),
        NodeKind::Int(value) => value.to_string(),
        NodeKind::Float(value) => format!("{value:?}"),
        NodeKind::Str(text) => text.to_string(),
        _ => format!("a {}", type_name(node)),
    }
}

/// The name of its Python type.
pub(crate) fn type_name(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Null => "NoneType",
        NodeKind::Bool(_) => "bool",
        NodeKind::Int(_) => "int",
        NodeKind::Float(_) => "float",
        NodeKind::Str(_) => "str",
        NodeKind::Binary(_) => "bytes",
        NodeKind::List(_) => "list",
        NodeKind::Map(_) => "dict",
        NodeKind::Set(_) => "set",
        NodeKind::Choice(_) | NodeKind::Unknown(_) => "unknown value",
    }
}
