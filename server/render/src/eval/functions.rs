//! Salt's execution functions: evaluated, recorded, or unknown; and those whose result has a shape
//! though the minion is not known.

use std::rc::Rc;
use std::sync::Arc;

use text::TextRange;

use super::Evaluator;
use super::calls::Arguments;
use super::fileserver;
use super::halt::R;
use super::knowledge::json_value;
use super::scope::Frame;
use super::unknown::{child, from_contributor, from_one, unknown};
use crate::UseKind;
use builtins::{self, Call, Read};
use python::origin::Contributor;
use python::value::{Key, Kind, Value};
use python::{Fail, KeyPath};

impl<'a> Evaluator<'a> {
    /// `salt[name](…)`.
    pub(crate) fn call_function(
        &mut self,
        name: &str,
        arguments: Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        at: TextRange,
    ) -> R<Value> {
        self.record(UseKind::Function, crate::Pattern::literal(name), frame, at, false, None);
        // Functions that are evaluated raise by themselves; Python looks at arguments when it uses them.
        let module = name.split('.').next().unwrap_or_default();
        let strict = !matches!(module, "match" | "log" | "test" | "file" | "network" | "hashutil" | "slsutil");
        for (n, value) in arguments.values().enumerate().filter(|_| strict || !builtins::is_function(name)) {
            if let Kind::Undefined(message) = &value.kind
                && n == 0
            {
                let at = arguments.ranges.first().copied().unwrap_or(range);
                return Err(self.undefined(message, frame, at));
            }
        }
        // It compares the default with its own mark, which an undefined value refuses.
        if let ("pillar.get", Some(Value { kind: Kind::Undefined(message), .. })) = (name, arguments.get(1, "default"))
            && !super::unknown::is_soft(message)
        {
            let at = arguments.ranges.get(1).copied().unwrap_or(range);
            return Err(self.undefined(message, frame, at));
        }
        match name {
            "pillar.get" | "grains.get" | "config.get" => return self.get_function(name, arguments, frame, range),
            "grains.filter_by" => return self.filter_by(arguments, frame, range),
            "slsutil.merge" | "slsutil.merge_all" | "slsutil.update" | "defaults.merge" => {
                if let Some(value) = self.merge_function(name, &arguments)? {
                    return Ok(value);
                }
            }
            _ => {}
        }
        self.plain_function(name, &arguments, frame, range)
    }

    /// A function over concrete arguments; unknown where nobody knows its result.
    pub(super) fn plain_function(
        &mut self,
        name: &str,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        if let Some(key) = self.call_key(name, arguments)
            && let Some(result) = self.known.call(&key)
        {
            let value = json_value(&mut self.heap, result);
            return Ok(Value { source: Some(from_one(Contributor::Call(key))), ..value });
        }
        let mut all: Vec<Value> = arguments.positional.clone();
        all.extend(arguments.keyword.iter().map(|(_, value)| value.clone()));
        let count = arguments.positional.len();
        let mut answered = !arguments.unknown;
        let mut not_known = false;
        let result = if arguments.unknown {
            Ok(unknown(""))
        } else {
            self.apply(&all, &arguments.ranges.clone(), frame, range, &mut |this, values| {
                if fileserver::is_answered(name) {
                    let names: Vec<_> = arguments.keyword.iter().map(|(name, _)| name.clone()).collect();
                    let result = this.ask_file_server(name, values, &names, frame, range);
                    not_known |= matches!(result, Err(Fail::Unknown(_)));
                    return result;
                }
                let args = values[..count].to_vec();
                let names = arguments.keyword.iter().map(|(name, _)| name.clone());
                let kwargs = names.zip(values[count..].iter().cloned()).collect();
                this.known.read.clear();
                let mut cx = Call { heap: &mut this.heap, args, kwargs, knowledge: &mut this.known };
                let result = builtins::call_function(&mut cx, name).unwrap_or_else(|| {
                    answered = false;
                    Err(Fail::Unknown("".into()))
                });
                not_known |= matches!(result, Err(Fail::Unknown(_)));
                let read = std::mem::take(&mut this.known.read);
                let at = arguments.ranges.first().copied().unwrap_or(range);
                for (what, key) in read {
                    let from = match what {
                        Read::Pillar => Contributor::Pillar(KeyPath::parse(&key)),
                        Read::Grain => Contributor::Grain(KeyPath::parse(&key)),
                        Read::Opts => Contributor::Call(format!("opts:{key}")),
                    };
                    this.record_contributor(&from, frame, at, true);
                }
                result
            })
        }?;
        if answered && !not_known && !matches!(result.kind, Kind::Unknown(_)) {
            return Ok(result);
        }
        self.may_have_changed(name, answered, arguments);
        if matches!(result.kind, Kind::Unknown(_)) {
            self.partial = true;
            let call = self.call_text(name, arguments);
            let mut value = from_contributor(Contributor::Call(call.clone()));
            let also = arguments.values().flat_map(super::unknown::contributors).take(8).collect();
            value.source = Some(Arc::new(python::value::Source { from: Contributor::Call(call), also }));
            return Ok(value);
        }
        Ok(result)
    }

    /// How people write the call.
    pub(super) fn call_text(&self, name: &str, arguments: &Arguments) -> String {
        let mut parts: Vec<String> = arguments.positional.iter().map(|value| self.subject(value)).collect();
        parts.extend(arguments.keyword.iter().map(|(key, value)| format!("{key}={}", self.subject(value))));
        let text = format!("salt['{name}']({})", parts.join(", "));
        if text.chars().count() > 160 { text.chars().take(160).collect() } else { text }
    }

    /// The key of a recorded call, `name(arg, …, k=v, …)` with JSON arguments.
    fn call_key(&self, name: &str, arguments: &Arguments) -> Option<String> {
        if !self.known.has_calls() || arguments.unknown {
            return None;
        }
        let mut parts = Vec::new();
        for value in &arguments.positional {
            parts.push(self.json(value, 0)?.to_string());
        }
        for (key, value) in &arguments.keyword {
            parts.push(format!("{key}={}", self.json(value, 0)?));
        }
        Some(format!("{name}({})", parts.join(", ")))
    }

    fn json(&self, value: &Value, depth: u32) -> Option<serde_json::Value> {
        if depth > 20 {
            return None;
        }
        Some(match &value.kind {
            Kind::None => serde_json::Value::Null,
            Kind::Bool(is) => (*is).into(),
            Kind::Int(number) => (*number).into(),
            Kind::Float(number) => (*number).into(),
            Kind::Str(text) => text.text.as_ref().into(),
            Kind::List(id) => {
                let data = self.heap.get_list(*id);
                data.items.iter().map(|slot| self.json(&slot.value, depth + 1)).collect::<Option<Vec<_>>>()?.into()
            }
            Kind::Tuple(items) => {
                items.iter().map(|item| self.json(item, depth + 1)).collect::<Option<Vec<_>>>()?.into()
            }
            Kind::Dict(id) => {
                let data = self.heap.get_dict(*id);
                let mut map = serde_json::Map::new();
                for (key, (_, slot)) in &data.entries {
                    let Key::Str(key) = key else { return None };
                    map.insert(key.to_string(), self.json(&slot.value, depth + 1)?);
                }
                map.into()
            }
            _ => return None,
        })
    }

    /// `pillar.get`, `grains.get`, `config.get`: key path, default, and a merge for the pillar's.
    #[allow(clippy::too_many_lines, reason = "the cases of one function, in the order in which they are ruled out")]
    fn get_function(&mut self, name: &str, arguments: Arguments, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        let Some(key) = arguments.get(0, "key").cloned() else {
            return self.plain_function(name, &arguments, frame, range);
        };
        if let Kind::OneOf(options) = &key.kind {
            let options = options.clone();
            return self.each(options.iter().cloned(), |this, option| {
                let mut arguments = arguments.clone();
                if let Some(first) = arguments.positional.first_mut() {
                    *first = option;
                } else {
                    arguments.keyword.retain(|(name, _)| name != "key");
                    arguments.positional.push(option);
                }
                this.get_function(name, arguments, frame, range)
            });
        }
        let most = if name == "grains.get" { 4 } else { 8 };
        if arguments.positional.len() > most {
            return self.plain_function(name, &arguments, frame, range);
        }
        // `default == NOT_SET` looks at it at once.
        if let ("pillar.get", Some(Value { kind: Kind::Undefined(message), .. })) = (name, arguments.get(1, "default"))
        {
            let message = message.clone();
            return Err(self.undefined(&message, frame, range));
        }
        let at = arguments.ranges.first().copied().unwrap_or(range);
        let mut path = self.key_text(&key);
        let mut keys = self.key_part(&key).split(":");
        if let Some(delimiter) = arguments.get(usize::MAX, "delimiter").and_then(|value| value.as_str())
            && delimiter != ":"
        {
            keys = self.key_part(&key).split(delimiter);
            path = path.replace(delimiter, ":");
        }
        let from = match name {
            "pillar.get" => Contributor::Pillar(keys.clone()),
            "grains.get" => Contributor::Grain(keys.clone()),
            _ => Contributor::Call(format!("opts:{path}")),
        };
        let given = arguments.get(1, "default").cloned();
        if name == "config.get" {
            for also in [Contributor::Grain(keys.clone()), Contributor::Pillar(keys.clone())] {
                self.record_contributor(&also, frame, at, true);
            }
        } else {
            self.record_contributor(&from, frame, at, given.is_some());
        }
        let root = match name {
            "pillar.get" => {
                let first = path.split(':').next().unwrap_or_default().to_owned();
                if matches!(key.kind, Kind::Str(_)) {
                    self.known.pillar_key(&mut self.heap, &first)
                } else {
                    self.known.pillar_value(&mut self.heap)
                }
            }
            "grains.get" if matches!(key.kind, Kind::Str(_)) => {
                let first = path.split(':').next().unwrap_or_default().to_owned();
                // a grain's own name may hold a colon
                self.known.grains_key(&mut self.heap, &path);
                self.known.grains_key(&mut self.heap, &first)
            }
            "grains.get" => self.known.grains_value(&mut self.heap),
            _ => self.known.opts_value(&mut self.heap),
        };
        let key_known = matches!(key.kind, Kind::Str(_) | Kind::Int(_));
        if key_known && self.known.has_profile() && matches!(root.kind, Kind::Dict(_)) && name != "config.get" {
            return self.get_path(name, &root, &path, given, &arguments, frame, range);
        }
        if matches!(key.kind, Kind::List(_) | Kind::Tuple(_) | Kind::None | Kind::Bool(_)) && self.known.has_profile() {
            return self.plain_function(name, &arguments, frame, range);
        }
        if key_known
            && self.known.has_profile()
            && let Ok(value) = self.plain_function(name, &arguments, frame, range)
            && !matches!(value.kind, Kind::Unknown(_))
        {
            return Ok(value);
        }
        let value = if name == "config.get" {
            let call = self.call_text(name, &arguments);
            let value = from_contributor(Contributor::Call(call.clone()));
            let also = vec![Contributor::Grain(keys.clone()), Contributor::Pillar(keys)];
            Value { source: Some(Arc::new(python::value::Source { from: Contributor::Call(call), also })), ..value }
        } else {
            from_contributor(from)
        };
        self.with_default(name, value, given, &arguments, frame, range)
    }

    /// The unknown value, or the default where it is not set, or both merged.
    fn with_default(
        &mut self,
        name: &str,
        value: Value,
        given: Option<Value>,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        self.partial = true;
        let merge = match arguments.get(2, "merge") {
            Some(flag) if name == "pillar.get" => {
                let flag = flag.clone();
                !matches!(self.truth(&flag, frame, range)?, super::decide::Decision::Known(false))
            }
            _ => false,
        };
        let default = match given {
            Some(default) => default,
            None if name == "config.get" || name == "pillar.get" || name == "grains.get" => Value::str(""),
            None => Kind::None.into(),
        };
        if merge && let Kind::Dict(id) = &default.kind {
            let copy = self.deep_copy(*id, 0);
            self.overlay(copy, &value, true);
            return Ok(Value { kind: Kind::Dict(copy), source: value.source });
        }
        Ok(self.or_default(&value, default))
    }

    /// A key path in a known dict (`salt.utils.data.traverse_dict_and_list`).
    #[allow(clippy::too_many_arguments, reason = "one call's parts")]
    fn get_path(
        &mut self,
        name: &str,
        root: &Value,
        path: &str,
        given: Option<Value>,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let concrete = self.walk(root, path);
        match concrete {
            Walk::Found(value) => {
                if name == "pillar.get" && arguments.get(2, "merge").is_some() {
                    let merged = self.plain_function(name, arguments, frame, range)?;
                    let source = merged.source.clone().or(value.source);
                    return Ok(Value { source, ..merged });
                }
                Ok(value)
            }
            Walk::Missing => {
                if let Some(default) = given {
                    return Ok(default);
                }
                self.plain_function(name, arguments, frame, range)
            }
            Walk::Unknown(value) => self.with_default(name, value, given, arguments, frame, range),
        }
    }

    fn walk(&mut self, root: &Value, path: &str) -> Walk {
        let mut here = root.clone();
        for part in path.split(':') {
            let from = here.source.as_ref().and_then(|source| child(source, &part.into()));
            let next = match &here.kind {
                Kind::Dict(id) => {
                    let data = self.heap.get_dict(*id);
                    let number = part.parse::<i64>().ok().map(|n| Key::Int(n.into()));
                    let slot = data.entries.get(&Key::Str(part.into())).or_else(|| data.entries.get(&number?));
                    match slot {
                        Some((_, slot)) if slot.when.implied_by(&self.when) => Some(slot.value.clone()),
                        None if data.open.is_none() => return Walk::Missing,
                        _ => None,
                    }
                }
                Kind::List(id) => {
                    let data = self.heap.get_list(*id);
                    let plain = !data.open && data.items.iter().all(|slot| slot.when.is_always() && !slot.repeated);
                    let Ok(n) = part.parse::<i64>() else {
                        return if plain {
                            self.walk_list(*id, part, from)
                        } else {
                            Walk::Unknown(unknown("not known"))
                        };
                    };
                    let index = if n < 0 { n + i64::try_from(data.items.len()).unwrap_or(0) } else { n };
                    let found = usize::try_from(index).ok().and_then(|n| data.items.get(n));
                    match found {
                        Some(slot) if plain => Some(slot.value.clone()),
                        None if plain => return Walk::Missing,
                        _ => None,
                    }
                }
                Kind::Unknown(_) | Kind::OneOf(_) | Kind::Partial(_) => None,
                _ => return Walk::Missing,
            };
            let source = from.map(from_one);
            match next {
                Some(value) if !matches!(value.kind, Kind::OneOf(_) | Kind::Unknown(_)) => {
                    here = Value { source: value.source.clone().or(source), ..value };
                }
                Some(value) => here = value,
                None => {
                    let value = match source {
                        Some(source) => from_contributor(source.from.clone()),
                        None => unknown("it depends on what is not known"),
                    };
                    return Walk::Unknown(value);
                }
            }
        }
        match here.kind {
            Kind::Unknown(_) => Walk::Unknown(here),
            _ => Walk::Found(here),
        }
    }

    /// A key in a list of dicts: the first dict that has it.
    fn walk_list(&mut self, id: python::value::ListId, part: &str, from: Option<Contributor>) -> Walk {
        let data = self.heap.get_list(id).clone();
        for slot in &data.items {
            if let Kind::Dict(inner) = &slot.value.kind
                && let Some((_, found)) = self.heap.get_dict(*inner).entries.get(&Key::Str(part.into()))
            {
                return Walk::Found(Value { source: from.map(from_one), ..found.value.clone() });
            }
        }
        Walk::Missing
    }

    /// `slsutil.merge(a, b)`, `slsutil.update(a, b)`, `defaults.merge(a, b)` and `slsutil.merge_all`
    /// with something unknown in them; `None`: all is known, or too little.
    fn merge_function(&mut self, name: &str, arguments: &Arguments) -> R<Option<Value>> {
        let certain = |value: Option<&Value>, expected: bool| match value.map(|value| &value.kind) {
            None => true,
            Some(Kind::Bool(is)) => *is == expected,
            _ => false,
        };
        if arguments.unknown || !certain(arguments.get(usize::MAX, "merge_lists"), false) {
            return Ok(None);
        }
        if name == "slsutil.merge_all" {
            let Some(Value { kind: Kind::List(list), .. }) = arguments.get(0, "lst") else { return Ok(None) };
            let data = self.heap.get_list(*list).clone();
            let partly = data.items.iter().any(|slot| self.is_unsettled(&slot.value));
            if data.open || !partly || data.items.iter().any(|slot| !slot.when.is_always() || slot.repeated) {
                return Ok(None);
            }
            let mut merged = Value::from(Kind::Dict(self.heap.dict()));
            for slot in data.items {
                merged = self.merge_values(&merged, &slot.value)?;
            }
            return Ok(Some(merged));
        }
        let first = if name.starts_with("slsutil.merge") { "obj_a" } else { "dest" };
        let second = match name {
            "slsutil.merge" => "obj_b",
            "slsutil.update" => "upd",
            _ => "src",
        };
        let (Some(a), Some(b)) = (arguments.get(0, first), arguments.get(1, second)) else { return Ok(None) };
        let (a, b) = (a.clone(), b.clone());
        if !self.is_unsettled(&a) && !self.is_unsettled(&b) {
            return Ok(None);
        }
        let in_place = match name {
            "slsutil.update" => true,
            "defaults.merge" => certain(arguments.get(3, "in_place"), true),
            _ => false,
        };
        if !in_place {
            return self.merge_values(&a, &b).map(Some);
        }
        let deep = name != "slsutil.update" || certain(arguments.get(2, "recursive_update"), true);
        match &a.kind {
            Kind::Dict(id) => {
                self.merge_into(*id, &b, deep)?;
                Ok(Some(a))
            }
            Kind::OneOf(options) => {
                let options = options.clone();
                let merged = self.each(options.iter().cloned(), |this, option| {
                    if let Kind::Dict(id) = &option.kind {
                        this.merge_into(*id, &b, deep)?;
                    }
                    Ok(option)
                })?;
                Ok(Some(merged))
            }
            _ => self.merge_values(&a, &b).map(Some),
        }
    }

    fn is_unsettled(&self, value: &Value) -> bool {
        matches!(value.kind, Kind::Unknown(_) | Kind::OneOf(_)) || self.is_partial(value)
    }

    /// A function that nobody evaluates, or could evaluate here, may have changed what it was given.
    fn may_have_changed(&mut self, name: &str, answered: bool, arguments: &Arguments) {
        let in_place = matches!(name, "slsutil.update" | "defaults.merge" | "defaults.update" | "dictupdate.update")
            || name.ends_with("_dict_key_value");
        if answered && !in_place {
            return;
        }
        let call = format!("salt['{name}']");
        let given: Vec<Value> = arguments.values().take(if answered { 1 } else { 64 }).cloned().collect();
        for value in given {
            self.may_change(&value, &call);
        }
    }
}

/// Where a key path leads.
enum Walk {
    Found(Value),
    Missing,
    Unknown(Value),
}
