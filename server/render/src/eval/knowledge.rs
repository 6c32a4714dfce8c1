//! What is known of the minion, as values: grains, pillar, options, recorded results.

use std::sync::Arc;

use num_traits::FromPrimitive;
use rustc_hash::{FxHashMap, FxHashSet};
use world::{Profile, Reader};

use super::Job;
use super::unknown::from_contributor;
use crate::{EntryKind, Node, NodeKind, When};
use builtins::{Knowledge, Read};
use python::KeyPath;
use python::origin::Contributor;
use python::value::{DictId, Heap, Key, Kind, Slot, Source, Value};

/// Where the pillar comes from.
enum PillarSource<'a> {
    /// Pillar SLS see none.
    Empty,
    /// Nobody knows it.
    Unknown,
    /// The profile has all of it.
    Profile(&'a serde_json::Map<String, serde_json::Value>),
    /// The pillar roots, or a file handed over.
    Compiled,
}

/// The minion's side of an evaluation.
pub(crate) struct Known<'a> {
    profile: Option<&'a Profile>,
    job: &'a Job<'a>,
    reader: &'a Reader<'a>,
    grains: Option<Value>,
    /// Grains that are in the dict if they exist.
    grains_keys: FxHashSet<String>,
    /// Whether all of them are.
    grains_whole: bool,
    pillar: Option<Value>,
    /// Keys of the pillar's root that are in the dict if they exist.
    pillar_keys: FxHashSet<String>,
    /// Whether all of them are.
    pillar_whole: bool,
    opts: Option<Value>,
    /// Whether compiling the pillar was cancelled.
    pub stopped: bool,
    /// Key paths that functions looked up.
    pub read: Vec<(Read, String)>,
}

impl<'a> Known<'a> {
    pub fn new(job: &'a Job<'a>, reader: &'a Reader<'a>) -> Self {
        let profile = job.minion.profile.as_ref();
        Self {
            profile,
            job,
            reader,
            grains: None,
            grains_keys: FxHashSet::default(),
            grains_whole: false,
            pillar: None,
            pillar_keys: FxHashSet::default(),
            pillar_whole: false,
            opts: None,
            stopped: false,
            read: Vec::new(),
        }
    }

    /// One of the minion's options.
    pub fn opt(&self, name: &str) -> Option<&'a serde_json::Value> {
        self.profile?.opts.get(name)
    }

    /// A recorded result.
    pub fn call(&self, key: &str) -> Option<&'a serde_json::Value> {
        self.profile?.calls.get(key)
    }

    /// Whether any result was recorded.
    pub fn has_calls(&self) -> bool {
        self.profile.is_some_and(|profile| !profile.calls.is_empty())
    }

    pub fn has_profile(&self) -> bool {
        self.profile.is_some()
    }

    /// `grains`, all of them: the dict, or unknown with the source of its keys.
    pub fn grains_value(&mut self, heap: &mut Heap) -> Value {
        let root = self.grains_root(heap);
        let (Kind::Dict(id), Some(profile)) = (&root.kind, self.profile) else { return root };
        if std::mem::replace(&mut self.grains_whole, true) {
            return root;
        }
        let own_id = (!profile.id.is_empty() && !profile.grains.contains_key("id")).then_some("id");
        let keys: Vec<&str> = profile.grains.keys().map(String::as_str).chain(own_id).collect();
        for key in &keys {
            if !self.grains_keys.contains(*key) {
                fill_grain(heap, *id, profile, key);
            }
        }
        let order: Vec<Key> = keys.into_iter().map(|key| Key::Str(key.into())).collect();
        heap.reorder(*id, &order);
        root
    }

    /// `grains`, of which only one is looked at: a minion has hundreds, and most templates ask for one.
    pub fn grains_key(&mut self, heap: &mut Heap, key: &str) -> Value {
        let root = self.grains_root(heap);
        if let (Kind::Dict(id), Some(profile)) = (&root.kind, self.profile)
            && !self.grains_whole
            && self.grains_keys.insert(key.to_owned())
        {
            fill_grain(heap, *id, profile, key);
        }
        root
    }

    fn grains_root(&mut self, heap: &mut Heap) -> Value {
        if let Some(grains) = &self.grains {
            return grains.clone();
        }
        let from = Contributor::Grain(KeyPath::default());
        let sizes = heap.sizes();
        let grains = match self.profile {
            None => from_contributor(from),
            Some(_) => {
                Value { kind: Kind::Dict(heap.dict()), source: Some(Arc::new(Source { from, also: Vec::new() })) }
            }
        };
        heap.mark_outside(sizes);
        self.grains = Some(grains.clone());
        grains
    }

    /// `pillar`, all of it: the dict, or unknown with the source of its keys. Pillar SLS see an
    /// empty one (salt.md 4).
    pub fn pillar_value(&mut self, heap: &mut Heap) -> Value {
        let root = self.pillar_root(heap);
        let Kind::Dict(id) = &root.kind else { return root };
        if std::mem::replace(&mut self.pillar_whole, true) {
            return root;
        }
        let mut order = Vec::new();
        match self.pillar_source() {
            PillarSource::Profile(map) => {
                for (key, value) in map {
                    order.push(Key::Str(key.as_str().into()));
                    self.fill_json(heap, *id, key, value);
                }
            }
            PillarSource::Compiled => match crate::engine::pillar(self.reader, self.job.minion) {
                Ok(pillar) => {
                    let NodeKind::Map(entries) = &pillar.data.kind else { return root };
                    order.extend(entries.iter().filter_map(|(key, _)| node_key(&key.kind)));
                    self.fill_nodes(heap, *id, entries, None);
                }
                Err(world::Stopped) => self.stopped = true,
            },
            PillarSource::Empty | PillarSource::Unknown => {}
        }
        heap.reorder(*id, &order);
        root
    }

    /// `pillar`, of which only one key is looked at: nothing else of it is asked for.
    pub fn pillar_key(&mut self, heap: &mut Heap, key: &str) -> Value {
        let root = self.pillar_root(heap);
        let Kind::Dict(id) = &root.kind else { return root };
        if self.pillar_whole || !self.pillar_keys.insert(key.to_owned()) {
            return root;
        }
        match self.pillar_source() {
            PillarSource::Profile(map) => {
                if let Some(value) = map.get(key) {
                    self.fill_json(heap, *id, key, value);
                }
            }
            PillarSource::Compiled => match crate::engine::pillar_part(self.reader, self.job.minion, &[key.into()]) {
                Ok(pillar) => {
                    if let NodeKind::Map(entries) = &pillar.data.kind {
                        self.fill_nodes(heap, *id, entries, Some(key));
                    }
                }
                Err(world::Stopped) => self.stopped = true,
            },
            PillarSource::Empty | PillarSource::Unknown => {}
        }
        root
    }

    fn pillar_source(&self) -> PillarSource<'a> {
        if matches!(self.job.kind, EntryKind::Pillar | EntryKind::PillarTop) {
            return PillarSource::Empty;
        }
        match (&self.job.minion.pillar_file, self.profile) {
            (Some(_), _) => PillarSource::Compiled,
            (None, None) => PillarSource::Unknown,
            (None, Some(profile)) => profile.pillar.as_ref().map_or(PillarSource::Compiled, PillarSource::Profile),
        }
    }

    fn pillar_root(&mut self, heap: &mut Heap) -> Value {
        if let Some(pillar) = &self.pillar {
            return pillar.clone();
        }
        let from = Contributor::Pillar(KeyPath::default());
        let sizes = heap.sizes();
        let pillar = match self.pillar_source() {
            PillarSource::Unknown => from_contributor(from),
            _ => Value { kind: Kind::Dict(heap.dict()), source: Some(Arc::new(Source { from, also: Vec::new() })) },
        };
        heap.mark_outside(sizes);
        self.pillar = Some(pillar.clone());
        pillar
    }

    fn fill_json(&self, heap: &mut Heap, id: DictId, key: &str, value: &serde_json::Value) {
        let hashed = Key::Str(key.into());
        if heap.get_dict(id).entries.contains_key(&hashed) || (self.pillar_whole && self.pillar_keys.contains(key)) {
            return;
        }
        let sizes = heap.sizes();
        let value = json_value(heap, value);
        let value = stamped(heap, value, &KeyPath::of([key]), MAX_STAMPED_DEPTH);
        heap.mark_outside(sizes);
        heap.fill(id, &hashed, &Value::str(key), &Slot { value, when: When::ALWAYS, repeated: false });
    }

    fn fill_nodes(&self, heap: &mut Heap, id: DictId, entries: &[(Node, Node)], only: Option<&str>) {
        let asked = |key: &Node| match (&key.kind, only) {
            (_, None) => true,
            (NodeKind::Str(text), Some(only)) => text.as_literal() == Some(only),
            _ => false,
        };
        let wanted: Vec<&(Node, Node)> = entries.iter().filter(|(key, _)| asked(key)).collect();
        let sizes = heap.sizes();
        let fresh = super::context::entries_value(heap, &wanted);
        let data = heap.get_dict(fresh).clone();
        for (key, (key_value, slot)) in &data.entries {
            let taken = matches!(key, Key::Str(text) if only.is_none() && self.pillar_keys.contains(&**text));
            if !taken {
                let mut slot = slot.clone();
                if let Key::Str(text) = key {
                    slot.value = stamped(heap, slot.value, &KeyPath::of([&**text]), MAX_STAMPED_DEPTH);
                }
                heap.fill(id, key, key_value, &slot);
            }
        }
        heap.mark_outside(sizes);
        if let Some(reason) = &data.open {
            heap.open(id, reason);
        }
    }

    /// `opts`: what the profile says of them; further ones are unknown.
    pub fn opts_value(&mut self, heap: &mut Heap) -> Value {
        if let Some(opts) = &self.opts {
            return opts.clone();
        }
        let source = Contributor::Call("opts".into());
        let sizes = heap.sizes();
        let opts = match self.profile {
            None => from_contributor(source),
            Some(profile) => {
                let value = dict_of(heap, &profile.opts);
                if let Kind::Dict(id) = &value.kind {
                    // The minion's daemon runs highstates; `salt-call` calls itself so.
                    let given =
                        [("id", profile.id.as_str()), ("saltenv", self.job.saltenv.as_str()), ("__cli", "salt-minion")];
                    for (key, text) in given {
                        if !text.is_empty() && !profile.opts.contains_key(key) {
                            heap.insert(*id, Key::Str(key.into()), Value::str(key), Value::str(text));
                        }
                    }
                    heap.dict_mut(*id).open = Some("the minion's other options are not known".into());
                }
                Value { source: Some(Arc::new(Source { from: source, also: Vec::new() })), ..value }
            }
        };
        heap.mark_outside(sizes);
        self.opts = Some(opts.clone());
        opts
    }
}

/// Below this depth, a value of the pillar does not say by itself which key it is.
const MAX_STAMPED_DEPTH: usize = 16;

/// A fresh value of the pillar that says at each key where it came from, so that it still does after it
/// was merged into something else.
fn stamped(heap: &mut Heap, value: Value, path: &KeyPath, depth: usize) -> Value {
    if depth == 0 {
        return value;
    }
    if let Kind::Dict(id) = &value.kind {
        let nested: Vec<(Key, Value)> =
            heap.get_dict(*id).entries.iter().map(|(key, (_, slot))| (key.clone(), slot.value.clone())).collect();
        for (key, inner) in nested {
            let Key::Str(text) = &key else { continue };
            let inner = stamped(heap, inner, &path.child((&**text).into()), depth - 1);
            if let Some((_, slot)) = heap.dict_mut(*id).entries.get_mut(&key) {
                slot.value = inner;
            }
        }
    }
    if value.source.is_some() || matches!(value.kind, Kind::OneOf(_)) {
        return value;
    }
    Value { source: Some(super::unknown::from_one(Contributor::Pillar(path.clone()))), ..value }
}

/// Where something lies in what the minion gave.
#[derive(Clone, Debug)]
pub(crate) struct EnvPath {
    root: Root,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Root {
    Grains,
    Pillar,
    Opts,
}

#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Item(usize),
    Alternative(usize),
}

impl Known<'_> {
    /// The places of all lists (`false`) and dicts (`true`) that the minion gave so far.
    pub fn paths(&self, heap: &Heap) -> FxHashMap<(bool, u32), EnvPath> {
        let mut paths = FxHashMap::default();
        let roots = [(Root::Grains, &self.grains), (Root::Pillar, &self.pillar), (Root::Opts, &self.opts)];
        let mut pending: Vec<(Value, EnvPath)> = roots
            .into_iter()
            .filter_map(|(root, value)| Some((value.clone()?, EnvPath { root, steps: Vec::new() })))
            .collect();
        while let Some((value, path)) = pending.pop() {
            let below = |step: Step, value: &Value| {
                let mut path = path.clone();
                path.steps.push(step);
                (value.clone(), path)
            };
            match &value.kind {
                Kind::Dict(id) if !paths.contains_key(&(true, id.0)) => {
                    let entries = &heap.get_dict(*id).entries;
                    pending.extend(entries.iter().map(|(key, (_, slot))| below(Step::Key(key.clone()), &slot.value)));
                    paths.insert((true, id.0), path);
                }
                Kind::List(id) | Kind::Set(id) if !paths.contains_key(&(false, id.0)) => {
                    let items = heap.get_list(*id).items.iter().enumerate();
                    pending.extend(items.map(|(n, slot)| below(Step::Item(n), &slot.value)));
                    paths.insert((false, id.0), path);
                }
                Kind::OneOf(options) => {
                    let options = options.iter().enumerate();
                    pending.extend(options.map(|(n, (_, option))| below(Step::Alternative(n), option)));
                }
                _ => {}
            }
        }
        paths
    }

    /// What lies at `path`.
    pub fn find(&mut self, heap: &mut Heap, path: &EnvPath) -> Option<Value> {
        let mut value = match (path.root, path.steps.first()) {
            (Root::Grains, Some(Step::Key(Key::Str(key)))) => self.grains_key(heap, key),
            (Root::Grains, _) => self.grains_value(heap),
            (Root::Opts, _) => self.opts_value(heap),
            (Root::Pillar, Some(Step::Key(Key::Str(key)))) => self.pillar_key(heap, key),
            (Root::Pillar, _) => self.pillar_value(heap),
        };
        for step in &path.steps {
            value = match (&value.kind, step) {
                (Kind::Dict(id), Step::Key(key)) => heap.get_dict(*id).entries.get(key)?.1.value.clone(),
                (Kind::List(id) | Kind::Set(id), Step::Item(n)) => heap.get_list(*id).items.get(*n)?.value.clone(),
                (Kind::OneOf(options), Step::Alternative(n)) => options.get(*n)?.1.clone(),
                _ => return None,
            };
        }
        Some(value)
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

/// Puts one grain into the dict of the minion's grains, if there is one of that name.
fn fill_grain(heap: &mut Heap, id: DictId, profile: &Profile, key: &str) {
    let sizes = heap.sizes();
    let value = match profile.grains.get(key) {
        Some(value) => json_value(heap, value),
        None if key == "id" && !profile.id.is_empty() => Value::str(profile.id.as_str()),
        None => return,
    };
    heap.mark_outside(sizes);
    heap.fill(id, &Key::Str(key.into()), &Value::str(key), &Slot { value, when: When::ALWAYS, repeated: false });
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
        NodeKind::Float(number) => match num_bigint::BigInt::from_f64(*number).filter(|_| number.fract() == 0.0) {
            // Equal to the integer, so the same key.
            Some(number) => Key::Int(number),
            None => Key::Float(number.to_bits()),
        },
        NodeKind::Str(text) => Key::Str(text.as_literal()?.into()),
        NodeKind::Binary(bytes) => Key::Bytes(bytes.as_slice().into()),
        _ => return None,
    })
}
