//! JSON values out of JSON or YAML text, bounded. For profiles only: sources of Salt go through
//! `syntax`, which has Salt's YAML 1.1; here YAML is 1.2's core schema (`yes` is a text).

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// More values than this are refused: YAML's aliases make a short text stand for a huge one. (Depth
/// is limited to 128 by both parsers.)
const MAX_VALUES: usize = 1_000_000;

/// The value of `text`; errors are sentences that name the line.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let left = Cell::new(MAX_VALUES);
    if text.trim_start().starts_with('{') {
        let mut json = serde_json::Deserializer::from_str(text);
        let value = Bounded(&left).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
        if let Ok(value) = value {
            return Ok(value);
        }
        // A flow mapping of YAML begins alike.
        left.set(MAX_VALUES);
    }
    let yaml = serde_yaml::Deserializer::from_str(text);
    Bounded(&left).deserialize(yaml).map_err(|error| format!("The profile is no valid JSON or YAML: {error}."))
}

struct Bounded<'a>(&'a Cell<usize>);

impl Bounded<'_> {
    fn count<E: Error>(&self) -> Result<(), E> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.ok_or_else(|| E::custom("it is over the limit of 1,000,000 values"))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without tags")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom(format!("{value} is no number that JSON has")))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Bounded(self.0))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        let mut merged = Vec::new();
        while let Some(key) = map.next_key_seed(Bounded(self.0))? {
            let value = map.next_value_seed(Bounded(self.0))?;
            match (key, value) {
                (Value::String(key), Value::Object(other)) if key == "<<" => merged.push(other),
                (Value::String(key), value) => _ = values.insert(key, value),
                (Value::Array(_) | Value::Object(_), _) => {
                    return Err(A::Error::custom("a key is a list or a mapping"));
                }
                (key, value) => _ = values.insert(key.to_string(), value),
            }
        }
        for (key, value) in merged.into_iter().flatten() {
            values.entry(key).or_insert(value);
        }
        Ok(Value::Object(values))
    }
}
