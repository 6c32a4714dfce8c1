//! Attributes and items, of known and unknown values.

use std::rc::Rc;

use text::TextRange;

use super::Evaluator;
use super::branch::one_of;
use super::halt::R;
use super::scope::Frame;
use super::unknown::{child, from_contributor, from_one, negate};
use crate::UseKind;
use python::origin::Contributor;
use python::value::{DictId, EvaluatorObject, Key, Kind, Object, Slot, Source, Value};
use python::{KeyPart, KeyPath};

/// Methods of dicts, which attribute access finds before items.
const DICT_METHODS: [&str; 14] = [
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "iteritems",
    "iterkeys",
    "itervalues",
    "keys",
    "move_to_end",
    "pop",
    "popitem",
    "setdefault",
    "update",
];

/// Whether attribute access on a dict finds a method of this name.
pub(crate) fn is_dict_method(name: &str) -> bool {
    name == "values" || DICT_METHODS.contains(&name)
}

impl<'a> Evaluator<'a> {
    /// `value.name` (jinja2's sandboxed `getattr`: attribute, then item).
    pub(crate) fn get_attribute(
        &mut self,
        value: &Value,
        name: &str,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        inner: TextRange,
    ) -> R<Value> {
        match &value.kind {
            Kind::Undefined(message) => Err(self.undefined(message, frame, inner)),
            Kind::OneOf(options) => {
                let options = options.clone();
                self.each(options.iter().cloned(), |this, option| {
                    this.get_attribute(&option, name, frame, range, inner)
                })
            }
            Kind::Unknown(_) => Ok(self.unknown_member(value, &name.into(), frame, range)),
            Kind::Dict(id) => {
                if is_dict_method(name) {
                    return Ok(method(value, name));
                }
                match self.slot(*id, &Key::Str(name.into())) {
                    Some(slot) => Ok(self.slot_value(&slot, value, &name.into(), frame, range)),
                    None => self.missing_member(*id, value, &name.into(), frame, range, |this| {
                        python::getattr(&mut this.heap, value, name)
                    }),
                }
            }
            Kind::Partial(_) => Ok(method(value, name)),
            Kind::Object(object) => match &**object {
                Object::Salt => Ok(Kind::Object(Object::SaltFunction(name.into()).into()).into()),
                Object::SaltFunction(module) if !module.contains('.') => {
                    Ok(Kind::Object(Object::SaltFunction(format!("{module}.{name}").into()).into()).into())
                }
                Object::Evaluator(kind, id) => {
                    let (kind, id) = (*kind, *id);
                    Ok(self.object_member(kind, id, name, frame, range))
                }
                _ => self.python_member(value, frame, range, |this| python::getattr(&mut this.heap, value, name)),
            },
            _ => {
                let found =
                    self.python_member(value, frame, range, |this| python::getattr(&mut this.heap, value, name))?;
                Ok(found)
            }
        }
    }

    /// `value[key]` (jinja2's sandboxed `getitem`: item, then attribute).
    #[allow(clippy::too_many_lines, reason = "one arm per kind of container")]
    pub(crate) fn get_item(
        &mut self,
        value: &Value,
        key: &Value,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        inner: [TextRange; 2],
    ) -> R<Value> {
        for (one, at) in [(value, inner[0]), (key, inner[1])] {
            if let Kind::Undefined(message) = &one.kind {
                return Err(self.undefined(message, frame, at));
            }
        }
        if let Kind::OneOf(options) = &value.kind {
            let options = options.clone();
            return self.each(options.iter().cloned(), |this, option| this.get_item(&option, key, frame, range, inner));
        }
        if let Kind::OneOf(options) = &key.kind {
            let options = options.clone();
            return self
                .each(options.iter().cloned(), |this, option| this.get_item(value, &option, frame, range, inner));
        }
        match &value.kind {
            Kind::Unknown(_) => {
                let text = self.key_part(key);
                Ok(self.unknown_member(value, &text, frame, range))
            }
            Kind::Object(object) if matches!(&**object, Object::Salt) => match key.as_str() {
                Some(name) => Ok(Kind::Object(Object::SaltFunction(name.into()).into()).into()),
                None => Ok(self.derived(frame, range, &[key])),
            },
            Kind::Object(object) if matches!(&**object, Object::Evaluator(..)) => match (&**object, key.as_str()) {
                (Object::Evaluator(kind, id), Some(name)) => {
                    let (kind, id) = (*kind, *id);
                    Ok(self.object_member(kind, id, name, frame, range))
                }
                _ => Ok(self.derived(frame, range, &[value, key])),
            },
            Kind::Dict(id) => {
                let hashed = match python::key_of(&self.heap, key) {
                    Ok(hashed) => hashed,
                    Err(python::Fail::Raise(_)) => {
                        return self
                            .python_member(value, frame, range, |this| python::getitem(&mut this.heap, value, key));
                    }
                    Err(fail) => {
                        if let python::Fail::Limit(why) = fail {
                            self.bound(why, frame, range);
                        }
                        let text = self.key_part(key);
                        return Ok(self.unknown_member_of(value, key, &text, frame, range));
                    }
                };
                let text = self.key_part(key);
                match self.slot(*id, &hashed) {
                    Some(slot) => Ok(self.slot_value(&slot, value, &text, frame, range)),
                    None => self.missing_member(*id, value, &text, frame, range, |this| {
                        python::getitem(&mut this.heap, value, key)
                    }),
                }
            }
            _ => {
                let unknown = matches!(key.kind, Kind::Unknown(_) | Kind::Partial(_));
                if unknown || matches!(value.kind, Kind::Partial(_)) {
                    return Ok(self.derived(frame, range, &[value, key]));
                }
                let found =
                    self.python_member(value, frame, range, |this| python::getitem(&mut this.heap, value, key))?;
                let text = self.key_part(key);
                Ok(self.with_path(found, value, &text))
            }
        }
    }

    fn slot(&self, id: DictId, key: &Key) -> Option<Slot> {
        self.heap.get_dict(id).entries.get(key).map(|(_, slot)| slot.clone())
    }

    /// What a dict's slot gives: its value where it is certainly there, else that or undefined.
    fn slot_value(
        &mut self,
        slot: &Slot,
        container: &Value,
        key: &KeyPart,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Value {
        let value = self.with_path(slot.value.clone(), container, key);
        self.record_source(&value, container, key, frame, range, false);
        let value = if slot.when.implied_by(&self.when) {
            value
        } else {
            let missing = Kind::Undefined(format!("'dict object' has no attribute '{key}'").into());
            one_of(vec![(slot.when.clone(), value), (negate(&slot.when), missing.into())])
        };
        self.narrow(value)
    }

    fn missing_member(
        &mut self,
        id: DictId,
        value: &Value,
        key: &KeyPart,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        get: impl FnOnce(&mut Self) -> python::Res<Value>,
    ) -> R<Value> {
        let open = self.heap.get_dict(id).open.clone();
        if open.is_some() {
            return Ok(self.unknown_member(value, key, frame, range));
        }
        self.record_source(&Value::str(""), value, key, frame, range, false);
        self.python_member(value, frame, range, get)
    }

    fn python_member(
        &mut self,
        value: &Value,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        get: impl FnOnce(&mut Self) -> python::Res<Value>,
    ) -> R<Value> {
        let result = get(self);
        match self.known(result, frame, range)? {
            Ok(found) => Ok(found),
            Err(_) => Ok(self.derived(frame, range, &[value])),
        }
    }

    /// A member of something unknown: unknown, its source one step longer.
    pub(crate) fn unknown_member(
        &mut self,
        value: &Value,
        key: &KeyPart,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Value {
        let key_value = Value::str(key.to_string());
        self.unknown_member_of(value, &key_value, key, frame, range)
    }

    fn unknown_member_of(
        &mut self,
        value: &Value,
        key_value: &Value,
        key: &KeyPart,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Value {
        self.partial = true;
        match self.member_source(value, key) {
            Some(from) => {
                self.record_contributor(&from, frame, range, false);
                from_contributor(from)
            }
            None => self.derived(frame, range, &[value, key_value]),
        }
    }

    /// Where the key `key` of `container` comes from, which nothing known says to be there.
    pub(crate) fn member_source(&self, container: &Value, key: &KeyPart) -> Option<Contributor> {
        let merged = match &container.kind {
            Kind::Dict(id) => self.heap.get_dict(*id).open_source.as_ref(),
            _ => None,
        };
        merged.or(container.source.as_ref()).and_then(|source| child(source, key))
    }

    /// The value with the path of where it lies inside `container`, unless it has a source.
    pub(crate) fn with_path(&self, value: Value, container: &Value, key: &KeyPart) -> Value {
        match (&container.source, &value.source) {
            (Some(source), None) if !matches!(value.kind, Kind::OneOf(_) | Kind::Undefined(_)) => {
                Value { source: child(source, key).map(from_one), ..value }
            }
            _ => value,
        }
    }

    /// Writes down that a key of something from outside was read.
    pub(crate) fn record_source(
        &mut self,
        value: &Value,
        container: &Value,
        key: &KeyPart,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        has_default: bool,
    ) {
        let sources: Vec<std::sync::Arc<Source>> = match &value.kind {
            Kind::OneOf(options) => options.iter().filter_map(|(_, option)| option.source.clone()).collect(),
            _ => value.source.iter().cloned().collect(),
        };
        if sources.is_empty() {
            if let Some(from) = container.source.as_ref().and_then(|source| child(source, key)) {
                self.record_contributor(&from, frame, range, has_default);
            }
            return;
        }
        // A value of the template's own stands in where there is none from outside.
        let given = |option: &Value| {
            !matches!(option.kind, Kind::Unknown(_) | Kind::Undefined(_))
                && option.source.as_ref().is_none_or(|source| matches!(source.from, Contributor::Literal(..)))
        };
        let has_default = has_default
            || matches!(&value.kind, Kind::OneOf(options) if options.iter().any(|(_, option)| given(option)));
        for source in sources {
            self.record_contributor(&source.from, frame, range, has_default);
        }
    }

    /// Writes down the read of one pillar key, grain or option.
    pub(crate) fn record_contributor(
        &mut self,
        from: &Contributor,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        has_default: bool,
    ) {
        let (kind, path) = match from {
            Contributor::Pillar(path) => (UseKind::Pillar, path.clone()),
            Contributor::Grain(path) => (UseKind::Grain, path.clone()),
            Contributor::Call(call) => match call.strip_prefix("opts:") {
                Some(key) => (UseKind::Opts, KeyPath::parse(key)),
                None => return,
            },
            Contributor::Literal(..) => return,
        };
        if !path.is_root() {
            self.record_key(kind, path, frame, range, has_default);
        }
    }

    /// A key as a part of a key path.
    pub(crate) fn key_part(&self, key: &Value) -> KeyPart {
        let Kind::Partial(fragment) = &key.kind else {
            return match &key.kind {
                Kind::Unknown(_) | Kind::OneOf(_) => KeyPart::unknown(),
                Kind::Str(text) => (&*text.text).into(),
                _ => python::to_str(&self.heap, key).map_or_else(|_| KeyPart::unknown(), |text| (&*text).into()),
            };
        };
        let mut part = KeyPart::default();
        for piece in &fragment.pieces {
            let known = matches!(piece.kind, crate::PieceKind::Exact | crate::PieceKind::Derived);
            part.push(known.then(|| piece.at.slice(&fragment.text)));
        }
        part
    }

    /// A key as people read it; `*` where it is not known.
    pub(crate) fn key_text(&self, key: &Value) -> String {
        self.key_part(key).to_string()
    }

    /// A member of a macro, module, namespace, loop or template.
    fn object_member(
        &mut self,
        kind: EvaluatorObject,
        id: u32,
        name: &str,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Value {
        let (found, class) = match kind {
            EvaluatorObject::Module => {
                (self.module_member(id, name, frame, range), "jinja2.environment.TemplateModule object")
            }
            EvaluatorObject::Loop => (self.loop_attribute(id, name), "jinja2.runtime.LoopContext object"),
            EvaluatorObject::Namespace => {
                let container: Value = Kind::Dict(DictId(id)).into();
                let slot = self.slot(DictId(id), &Key::Str(name.into()));
                let found = slot.map(|slot| self.slot_value(&slot, &container, &name.into(), frame, range));
                (found, "jinja2.utils.Namespace object")
            }
            EvaluatorObject::Template => return self.block_of(id, name),
            EvaluatorObject::Macro => (self.macro_member(id, name), "jinja2.runtime.Macro object"),
            EvaluatorObject::Helper => (self.helper_member(id, name), "jinja2.utils.Cycler object"),
            EvaluatorObject::Block => (None, "jinja2.runtime.BlockReference object"),
        };
        found.unwrap_or_else(|| Kind::Undefined(format!("'{class}' has no attribute '{name}'").into()).into())
    }

    fn macro_member(&mut self, id: u32, name: &str) -> Option<Value> {
        let node = self.macros.get(id as usize)?.node;
        match name {
            "name" => Some(Value::str(node.name.text.as_str())),
            "arguments" => {
                let names: Vec<Value> = node.params.iter().map(|p| Value::str(p.name.text.as_str())).collect();
                Some(Kind::Tuple(names.into()).into())
            }
            _ => None,
        }
    }
}

/// `receiver.name`, not yet called.
pub(crate) fn method(receiver: &Value, name: &str) -> Value {
    Kind::Object(Object::Method(receiver.clone(), name.into()).into()).into()
}
