//! What is known of the minion, as values: grains, pillar, options, recorded results.

use std::sync::Arc;

use world::{Profile, Reader};

use super::Job;
use super::unknown::from_contributor;
use crate::builtins::{Knowledge, Read};
use crate::origin::Contributor;
use crate::value::{Heap, Key, Kind, Source, Value};
use crate::{EntryKind, NodeKind};

/// The minion's side of an evaluation.
pub(crate) struct Known<'a> {
    profile: Option<&'a Profile>,
    job: &'a Job<'a>,
    reader: &'a Reader<'a>,
    grains: Option<Value>,
    pillar: Option<Value>,
    opts: Option<Value>,
    /// Whether compiling the pillar was cancelled.
    pub stopped: bool,
    /// Key paths that functions looked up.
    pub read: Vec<(Read, String)>,
}

impl<'a> Known<'a> {
    pub fn new(job: &'a Job<'a>, reader: &'a Reader<'a>) -> Self {
        let profile = job.minion.profile.as_ref();
        Self { profile, job, reader, grains: None, pillar: None, opts: None, stopped: false, read: Vec::new() }
    }

    /// One of the minion's options.
    pub fn opt(&self, name: &str) -> Option<&'a serde_json::Value> {
        self.profile?.opts.get(name)
    }

    /// A recorded result.
    pub fn call(&self, key: &str) -> Option<&'a serde_json::Value> {
        self.profile?.calls.get(key)
    }

    pub fn has_profile(&self) -> bool {
        self.profile.is_some()
    }

    /// `grains`: the dict, or unknown with the source of its keys.
    pub fn grains_value(&mut self, heap: &mut Heap) -> Value {
        if let Some(grains) = &self.grains {
            return grains.clone();
        }
        let source = Contributor::Grain(String::new());
        let grains = match self.profile {
            None => from_contributor(source),
            Some(profile) => {
                let value = dict_of(heap, &profile.grains);
                if let Kind::Dict(id) = &value.kind
                    && !profile.id.is_empty()
                    && !profile.grains.contains_key("id")
                {
                    heap.insert(*id, Key::Str("id".into()), Value::str("id"), Value::str(profile.id.as_str()));
                }
                Value { source: Some(Arc::new(Source { from: source, also: Vec::new() })), ..value }
            }
        };
        self.grains = Some(grains.clone());
        grains
    }

    /// `pillar`: the dict, or unknown with the source of its keys. Pillar SLS see an empty one
    /// (salt.md 4).
    pub fn pillar_value(&mut self, heap: &mut Heap) -> Value {
        if let Some(pillar) = &self.pillar {
            return pillar.clone();
        }
        let from = Contributor::Pillar(String::new());
        let source = Some(Arc::new(Source { from: from.clone(), also: Vec::new() }));
        let pillar = if matches!(self.job.kind, EntryKind::Pillar | EntryKind::PillarTop) {
            Value { kind: Kind::Dict(heap.dict()), source }
        } else {
            match self.compiled(heap) {
                Some(kind) => Value { kind, source },
                None => from_contributor(from),
            }
        };
        self.pillar = Some(pillar.clone());
        pillar
    }

    fn compiled(&mut self, heap: &mut Heap) -> Option<Kind> {
        if self.job.minion.pillar_file.is_none() {
            let profile = self.profile?;
            if let Some(pillar) = &profile.pillar {
                return Some(dict_of(heap, pillar).kind);
            }
        }
        match super::context::compiled_pillar(self.job, self.reader, heap) {
            Ok(kind) => kind,
            Err(world::Stopped) => {
                self.stopped = true;
                None
            }
        }
    }

    /// `opts`: what the profile says of them; further ones are unknown.
    pub fn opts_value(&mut self, heap: &mut Heap) -> Value {
        if let Some(opts) = &self.opts {
            return opts.clone();
        }
        let source = Contributor::Call("opts".into());
        let opts = match self.profile {
            None => from_contributor(source),
            Some(profile) => {
                let value = dict_of(heap, &profile.opts);
                if let Kind::Dict(id) = &value.kind {
                    for (key, text) in [("id", profile.id.as_str()), ("saltenv", self.job.saltenv.as_str())] {
                        if !text.is_empty() && !profile.opts.contains_key(key) {
                            heap.insert(*id, Key::Str(key.into()), Value::str(key), Value::str(text));
                        }
                    }
                    heap.dict_mut(*id).open = Some("the minion's other options are not known".into());
                }
                Value { source: Some(Arc::new(Source { from: source, also: Vec::new() })), ..value }
            }
        };
        self.opts = Some(opts.clone());
        opts
    }
}

impl Knowledge for Known<'_> {
    fn grains(&mut self, heap: &mut Heap) -> Option<Value> {
        let value = self.grains_value(heap);
        matches!(value.kind, Kind::Dict(_)).then_some(value)
    }

    fn pillar(&mut self, heap: &mut Heap) -> Option<Value> {
        let value = self.pillar_value(heap);
        matches!(value.kind, Kind::Dict(_)).then_some(value)
    }

    fn opts(&mut self, heap: &mut Heap) -> Option<Value> {
        let value = self.opts_value(heap);
        matches!(value.kind, Kind::Dict(_)).then_some(value)
    }

    fn minion_id(&self) -> Option<&str> {
        self.profile.map(|profile| profile.id.as_str()).filter(|id| !id.is_empty())
    }

    fn recorded(&self, call_key: &str) -> Option<serde_json::Value> {
        self.call(call_key).cloned()
    }

    fn read(&mut self, what: Read, key: &str) {
        self.read.push((what, key.to_owned()));
    }
}

/// A JSON object as a dict.
pub(crate) fn dict_of(heap: &mut Heap, map: &serde_json::Map<String, serde_json::Value>) -> Value {
    let id = heap.dict();
    for (key, value) in map {
        let value = json_value(heap, value);
        let key: Arc<str> = key.as_str().into();
        heap.insert(id, Key::Str(key.clone()), Value::str(key), value);
    }
    Kind::Dict(id).into()
}

/// A JSON value. Its depth is bounded by the JSON parser.
pub(crate) fn json_value(heap: &mut Heap, json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Kind::None.into(),
        serde_json::Value::Bool(is) => Kind::Bool(*is).into(),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Kind::Int(number).into(),
            (None, Some(number)) => Kind::Big(Arc::new(number.into())).into(),
            _ => Kind::Float(number.as_f64().unwrap_or(f64::NAN)).into(),
        },
        serde_json::Value::String(text) => Value::str(text.as_str()),
        serde_json::Value::Array(items) => {
            let values: Vec<Value> = items.iter().map(|item| json_value(heap, item)).collect();
            heap.list(values)
        }
        serde_json::Value::Object(map) => dict_of(heap, map),
    }
}

/// The key of a mapping's entry, if it can be one.
pub(crate) fn node_key(kind: &NodeKind) -> Option<Key> {
    Some(match kind {
        NodeKind::Null => Key::None,
        NodeKind::Bool(is) => Key::Int(u8::from(*is).into()),
        NodeKind::Int(number) => Key::Int(number.clone()),
        NodeKind::Float(number) => Key::Float(number.to_bits()),
        NodeKind::Str(text) => Key::Str(text.as_literal()?.into()),
        NodeKind::Binary(bytes) => Key::Bytes(bytes.as_slice().into()),
        _ => return None,
    })
}
