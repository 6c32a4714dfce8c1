//! What must not be shown: values under secret names, texts that are secrets by their form, and whatever holds
//! a value that the pillar has under a secret name.

use model::secrets::{is_secret_key, is_secret_text};
use render::NodeKind;
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};

use crate::Side;

/// What stands for a secret.
pub const HIDDEN: &str = "***";
/// Shorter values would hide half of everything.
const MIN_LENGTH: usize = 4;
/// Secret values that are looked for.
const MAX_VALUES: usize = 2_000;

/// The secret values of both worlds' pillars.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn of(sides: [Side<'_>; 2]) -> Self {
        let mut found: FxHashSet<String> = FxHashSet::default();
        for facts in sides.iter().flat_map(|side| &side.catalog.views).flat_map(|view| view.files.values()) {
            for key in &facts.pillar_keys {
                let secret = key.path.iter().any(|part| part.as_literal().is_some_and(is_secret_key));
                let NodeKind::Str(text) = &key.value.kind else { continue };
                if let Some(text) = text.as_literal().filter(|text| secret && text.len() >= MIN_LENGTH) {
                    found.insert(text.to_owned());
                }
            }
            if found.len() > MAX_VALUES {
                break;
            }
        }
        let mut values: Vec<String> = found.into_iter().collect();
        // A longer one may hold a shorter one.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values)
    }

    /// The text without secrets.
    pub(crate) fn hidden(&self, text: &str) -> String {
        if is_secret_text(text) {
            return HIDDEN.to_owned();
        }
        let mut shown = text.to_owned();
        for value in self.0.iter().filter(|value| text.contains(value.as_str())) {
            shown = shown.replace(value.as_str(), HIDDEN);
        }
        shown
    }

    /// The value of `name` without secrets.
    pub(crate) fn value(&self, name: &str, value: &Value) -> Value {
        let secret = name.split([':', '.', ' ']).any(is_secret_key);
        self.deep(value, secret)
    }

    fn deep(&self, value: &Value, secret: bool) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::Array(items) => Value::Array(items.iter().map(|item| self.deep(item, secret)).collect()),
            Value::Object(map) => {
                let entry = |(key, value): (&String, &Value)| {
                    (self.hidden(key), self.deep(value, secret || is_secret_key(key)))
                };
                Value::Object(map.iter().map(entry).collect::<Map<String, Value>>())
            }
            _ if secret => Value::String(HIDDEN.to_owned()),
            Value::String(text) => Value::String(self.hidden(text)),
            other => other.clone(),
        }
    }
}
