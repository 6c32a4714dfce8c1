//! Rendered data as JSON and YAML: secrets hidden, unknown parts said.

use ide::{HIDDEN, is_secret_key, is_secret_text};
use model::censor::HiddenPlaces;
use render::{Node, NodeKind, Origin, Pattern};
use serde_json::{Map, Value, json};

use crate::cli::session::Session;

/// How data is printed.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Print secrets.
    pub reveal: bool,
    /// Where files hold secrets: what comes from there is one under any name.
    places: Option<&'a HiddenPlaces>,
}

impl<'a> Shown<'a> {
    /// How the data of `session` is printed.
    #[must_use]
    pub fn of(session: &'a Session) -> Self {
        let places = session.censor.as_ref().map(|censor| censor.places());
        Self { reveal: session.workspace.reveal(), places }
    }

    /// Whether what is rendered there comes from a secret and is hidden.
    #[must_use]
    pub fn is_secret(self, origin: &Origin) -> bool {
        self.places.is_some_and(|places| places.is_secret(origin))
    }

    /// A name that is rendered there.
    #[must_use]
    pub fn name(self, name: &Pattern, origin: &Origin) -> String {
        if self.is_secret(origin) { HIDDEN.to_owned() } else { name.to_string() }
    }

    /// `node` as JSON. What JSON lacks has a mark of its own: `{"!binary": hex}`, `{"!set": […]}`,
    /// `{"!float": "nan"}`, `{"!int": digits}` beyond 64 bits, `{"!map": [[key, value], …]}` where a key is no text, `{"!unknown":
    /// reason}`, `{"!one of": […]}`. Text with unknown parts is a pattern (`*`).
    #[must_use]
    pub fn json(self, node: &Node) -> Value {
        self.value(node, false)
    }

    /// Plain data with its secrets hidden.
    #[must_use]
    pub fn hide(self, value: &Value) -> Value {
        if self.reveal { value.clone() } else { hidden(value, false) }
    }

    fn value(self, node: &Node, secret: bool) -> Value {
        let secret = secret && !self.reveal;
        match &node.kind {
            NodeKind::List(items) => Value::Array(items.iter().map(|item| self.value(item, secret)).collect()),
            NodeKind::Set(items) => {
                let mut items: Vec<String> = items.iter().map(|item| text_of(&self.value(item, secret))).collect();
                items.sort();
                json!({ "!set": items })
            }
            NodeKind::Map(pairs) => self.map(pairs, secret),
            NodeKind::Choice(choices) => {
                let mut values: Vec<Value> = Vec::new();
                for choice in choices {
                    let value = self.value(choice, secret);
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
                if values.len() == 1 { values.swap_remove(0) } else { json!({ "!one of": values }) }
            }
            NodeKind::Unknown(reason) => json!({ "!unknown": &**reason }),
            NodeKind::Null => Value::Null,
            _ if secret || self.is_secret(&node.origin) => Value::String(HIDDEN.to_owned()),
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
                let text = text.to_string();
                Value::String(if is_secret_text(&text) && !self.reveal { HIDDEN.to_owned() } else { text })
            }
            NodeKind::Binary(bytes) => {
                json!({ "!binary": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() })
            }
        }
    }

    fn map(self, pairs: &[(Node, Node)], secret: bool) -> Value {
        let texts = pairs.iter().all(|(key, _)| matches!(&key.kind, NodeKind::Str(_)));
        if texts {
            let mut map = Map::new();
            for (key, value) in pairs {
                let NodeKind::Str(key) = &key.kind else { continue };
                let key = key.to_string();
                let value = self.value(value, secret || is_secret_key(&key));
                map.insert(key, value);
            }
            return Value::Object(map);
        }
        let pairs: Vec<Value> =
            pairs.iter().map(|(key, value)| json!([self.value(key, false), self.value(value, secret)])).collect();
        json!({ "!map": pairs })
    }
}

fn hidden(value: &Value, secret: bool) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| hidden(item, secret)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), hidden(value, secret || is_secret_key(key)))).collect()
        }
        Value::Null => Value::Null,
        _ if secret => Value::String(HIDDEN.to_owned()),
        Value::String(text) if is_secret_text(text) => Value::String(HIDDEN.to_owned()),
        other => other.clone(),
    }
}

/// Whether anything in `node` is unknown or depends on what is.
#[must_use]
pub fn is_unknown(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Unknown(_) => true,
        NodeKind::Str(text) => text.is_pattern(),
        NodeKind::List(items) | NodeKind::Set(items) => items.iter().any(is_unknown_entry),
        NodeKind::Map(pairs) => pairs.iter().any(|(key, value)| is_unknown_entry(key) || is_unknown_entry(value)),
        NodeKind::Choice(choices) => choices.len() != 1 || choices.iter().any(is_unknown),
        _ => false,
    }
}

fn is_unknown_entry(node: &Node) -> bool {
    !node.when.is_always() || node.repeated || is_unknown(node)
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
