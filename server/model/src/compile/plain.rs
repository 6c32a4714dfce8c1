//! Rendered data as plain data. What may or may not be there is left out, and that is said.

use render::{Node, NodeKind};
use serde_json::{Map, Value, json};

/// Converts nodes, and notes whether anything in them decides what is not known.
#[derive(Default)]
pub(super) struct Plain {
    /// Something was left out, or a key is not known.
    pub partial: bool,
}

impl Plain {
    /// `node` as JSON.
    pub fn value(&mut self, node: &Node) -> Value {
        match &node.kind {
            NodeKind::List(items) => {
                let known: Vec<&Node> = items.iter().filter(|item| self.is_there(item)).collect();
                Value::Array(known.into_iter().map(|item| self.value(item)).collect())
            }
            NodeKind::Set(items) => {
                let mut texts: Vec<String> = items.iter().map(|item| text(&self.value(item))).collect();
                texts.sort();
                json!({ "!set": texts })
            }
            NodeKind::Map(pairs) => self.map(pairs),
            NodeKind::Choice(choices) => {
                let mut values: Vec<Value> = Vec::new();
                for choice in choices {
                    let value = self.value(choice);
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
                self.partial |= values.len() != 1;
                if values.len() == 1 { values.swap_remove(0) } else { json!({ "!one of": values }) }
            }
            NodeKind::Unknown(reason) => {
                self.partial = true;
                json!({ "!unknown": &**reason })
            }
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Int(number) => {
                let text = number.to_string();
                let small = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
                small.unwrap_or_else(|_| json!({ "!int": text }))
            }
            NodeKind::Float(number) => match serde_json::Number::from_f64(*number) {
                Some(number) => Value::Number(number),
                None if number.is_nan() => json!({ "!float": "nan" }),
                None => json!({ "!float": if *number > 0.0 { "inf" } else { "-inf" } }),
            },
            NodeKind::Str(text) => {
                self.partial |= text.is_pattern();
                Value::String(text.as_literal().map_or_else(|| text.to_string(), str::to_owned))
            }
            NodeKind::Binary(bytes) => {
                json!({ "!binary": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() })
            }
        }
    }

    fn is_there(&mut self, node: &Node) -> bool {
        let certain = node.when.is_always() && !node.repeated;
        self.partial |= !certain;
        certain
    }

    fn map(&mut self, pairs: &[(Node, Node)]) -> Value {
        let mut known: Vec<(Value, Value)> = Vec::new();
        for (key, value) in pairs {
            if self.is_there(key) && self.is_there(value) {
                known.push((self.value(key), self.value(value)));
            }
        }
        if known.iter().all(|(key, _)| key.is_string()) {
            let text = |(key, value): (Value, Value)| match key {
                Value::String(key) => Some((key, value)),
                _ => None,
            };
            return Value::Object(known.into_iter().filter_map(text).collect::<Map<String, Value>>());
        }
        json!({ "!map": known.into_iter().map(|(key, value)| json!([key, value])).collect::<Vec<_>>() })
    }
}

/// How Python's `str` shows a plain value.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        value => value.to_string(),
    }
}
