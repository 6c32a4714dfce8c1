//! Between values, JSON and loaded YAML.

use python::concrete::{integer, none};
use python::number::float_repr;
use python::value::{Heap, Key, Kind, Object, Value};

/// A value of JSON data.
pub fn json_to_value(heap: &mut Heap, json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => none(),
        serde_json::Value::Bool(b) => Kind::Bool(*b).into(),
        serde_json::Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(n), _) => Kind::Int(n).into(),
            (None, _) if !n.to_string().contains(['.', 'e', 'E']) => {
                n.to_string().parse().map_or_else(|_| none(), integer)
            }
            (None, n) => Kind::Float(n.unwrap_or(f64::NAN)).into(),
        },
        serde_json::Value::String(text) => Value::str(text.as_str()),
        serde_json::Value::Array(values) => {
            let values: Vec<Value> = values.iter().map(|value| json_to_value(heap, value)).collect();
            heap.list(values)
        }
        serde_json::Value::Object(entries) => {
            let id = heap.dict();
            for (key, value) in entries {
                let value = json_to_value(heap, value);
                heap.insert(id, Key::Str(key.as_str().into()), Value::str(key.as_str()), value);
            }
            Kind::Dict(id).into()
        }
    }
}

/// A value of loaded YAML. Later equal keys win (the loader has reported them).
pub fn yaml_to_value(heap: &mut Heap, node: &syntax::yaml::Node) -> Value {
    use syntax::yaml::Value as Yaml;
    match &node.value {
        Yaml::Null => none(),
        Yaml::Bool(b) => Kind::Bool(*b).into(),
        Yaml::Int(n) => integer(n.clone()),
        Yaml::Float(n) => Kind::Float(*n).into(),
        Yaml::Str(text) => Value::str(text.value.as_str()),
        Yaml::Binary(bytes) => Kind::Bytes(bytes.as_slice().into()).into(),
        Yaml::Seq(nodes) => {
            let values: Vec<Value> = nodes.iter().map(|node| yaml_to_value(heap, node)).collect();
            heap.list(values)
        }
        Yaml::Set(nodes) => {
            let values: Vec<Value> = nodes.iter().map(|node| yaml_to_value(heap, node)).collect();
            python::concrete::new_set(heap, values).unwrap_or_else(|_| none())
        }
        Yaml::Map(pairs) => {
            let id = heap.dict();
            for (key, value) in pairs {
                let key = yaml_to_value(heap, key);
                let value = yaml_to_value(heap, value);
                // A key that cannot be hashed was reported by the loader.
                if let Ok(hashed) = python::key_of(heap, &key) {
                    heap.insert(id, hashed, key, value);
                }
            }
            Kind::Dict(id).into()
        }
    }
}

/// The value as JSON, if it is wholly known and JSON can hold it; keys become texts as
/// `json.dumps` makes them.
#[must_use]
pub fn value_to_json(heap: &Heap, value: &Value) -> Option<serde_json::Value> {
    to_json(heap, value, 0)
}

fn to_json(heap: &Heap, value: &Value, depth: usize) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    if depth > python::concrete::MAX_DEPTH {
        return None;
    }
    let list = |values: &[Value]| {
        values.iter().map(|value| to_json(heap, value, depth + 1)).collect::<Option<Vec<_>>>().map(Json::Array)
    };
    Some(match &value.kind {
        Kind::None => Json::Null,
        Kind::Bool(b) => Json::Bool(*b),
        Kind::Int(n) => Json::from(*n),
        Kind::Big(n) => match n.to_string().parse::<serde_json::Number>() {
            Ok(number) => Json::Number(number),
            Err(_) => return None,
        },
        Kind::Float(n) => Json::Number(serde_json::Number::from_f64(*n)?),
        Kind::Str(text) => Json::String(text.text.to_string()),
        Kind::List(id) | Kind::Set(id) => list(&python::concrete::items(heap, *id).ok()?)?,
        Kind::Tuple(values) => list(values)?,
        Kind::Dict(id) => {
            let mut entries = serde_json::Map::new();
            for (key, value) in python::concrete::pairs(heap, *id).ok()? {
                let key = match &key.kind {
                    Kind::Str(text) => text.text.to_string(),
                    Kind::None => "null".to_owned(),
                    Kind::Bool(b) => b.to_string(),
                    Kind::Int(n) => n.to_string(),
                    Kind::Big(n) => n.to_string(),
                    Kind::Float(n) => float_repr(*n),
                    _ => return None,
                };
                entries.insert(key, to_json(heap, &value, depth + 1)?);
            }
            Json::Object(entries)
        }
        Kind::Object(object) => match &**object {
            Object::View(id, kind) => list(&python::view_items(heap, *id, *kind).ok()?)?,
            _ => return None,
        },
        _ => return None,
    })
}
