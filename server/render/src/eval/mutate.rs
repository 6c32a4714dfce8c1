//! Changes to lists and dicts with values that are not all known, and merges of dicts.

use std::rc::Rc;

use text::TextRange;

use super::Evaluator;
use super::branch::one_of;
use super::calls::Arguments;
use super::halt::R;
use super::scope::Frame;
use super::unknown::{child, from_contributor, unknown};
use python::value::{DictData, DictId, Key, Kind, Value};

/// Data nested deeper than this is left as it is.
const MAX_DEPTH: u32 = 50;

impl<'a> Evaluator<'a> {
    /// How many slots a value may fill elsewhere.
    fn slots_of(&self, value: &Value) -> usize {
        match &value.kind {
            Kind::List(id) | Kind::Set(id) => self.heap.get_list(*id).items.len(),
            Kind::Dict(id) => self.heap.get_dict(*id).entries.len(),
            Kind::Tuple(items) => items.len(),
            _ => 1,
        }
    }

    /// Methods that only put values somewhere: they need not be known.
    #[allow(clippy::too_many_lines, reason = "one arm per method")]
    pub(crate) fn mutate(
        &mut self,
        receiver: &Value,
        name: &str,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Option<Value>> {
        let coming: usize = arguments.values().map(|value| self.slots_of(value)).sum();
        if self.heap.meter.slots(coming).is_err() {
            self.bound(python::meter::SPENT, frame, range);
            return Ok(Some(unknown("not evaluated further")));
        }
        let first = arguments.positional.first();
        match (&receiver.kind, name, first) {
            (Kind::List(id), "append", Some(value))
                if arguments.positional.len() == 1 && arguments.keyword.is_empty() =>
            {
                let slot = python::value::Slot { value: value.clone(), when: crate::When::ALWAYS, repeated: false };
                self.heap.list_mut(*id).items.push(slot);
                Ok(Some(Kind::None.into()))
            }
            (Kind::List(id), "extend", Some(value)) if matches!(value.kind, Kind::Unknown(_) | Kind::List(_)) => {
                let more = match &value.kind {
                    Kind::List(other) => self.heap.get_list(*other).clone(),
                    _ => python::value::ListData { items: Vec::new(), open: true },
                };
                let data = self.heap.list_mut(*id);
                data.items.extend(more.items);
                data.open |= more.open;
                Ok(Some(Kind::None.into()))
            }
            (Kind::Dict(id), "update", Some(value))
                if arguments.keyword.is_empty()
                    && arguments.positional.len() == 1
                    && let Some(over) = self.only_unknown(value)
                    && !Self::refuses(value) =>
            {
                self.overlay(*id, &over, false);
                Ok(Some(Kind::None.into()))
            }
            (Kind::Dict(id), "update", Some(value))
                if arguments.keyword.is_empty() && arguments.positional.len() == 1 =>
            {
                match &value.kind {
                    Kind::OneOf(options) => {
                        let options = options.clone();
                        self.each(options.iter().cloned(), |this, option| {
                            let arguments = Arguments { positional: vec![option], ..arguments.clone() };
                            this.call_method(receiver, "update", arguments, frame, range)
                        })?;
                        Ok(Some(Kind::None.into()))
                    }
                    Kind::Unknown(_) => {
                        self.overlay(*id, value, false);
                        Ok(Some(Kind::None.into()))
                    }
                    Kind::Dict(other) => {
                        self.update_dict(*id, *other, value);
                        Ok(Some(Kind::None.into()))
                    }
                    _ => Ok(None),
                }
            }
            (Kind::Dict(id), "setdefault", Some(key))
                if arguments.keyword.is_empty() && arguments.positional.len() <= 2 =>
            {
                let Ok(hashed) = python::key_of(&self.heap, key) else { return Ok(None) };
                let data = self.heap.get_dict(*id);
                if data.entries.contains_key(&hashed) || data.open.is_some() {
                    return Ok(None);
                }
                let value = arguments.positional.get(1).cloned().unwrap_or_else(|| Kind::None.into());
                self.heap.insert(*id, hashed, key.clone(), value.clone());
                Ok(Some(value))
            }
            _ => Ok(None),
        }
    }

    /// Lays something unknown over a dict: each value may be another's, and there may be more. Deep:
    /// so in the dicts inside, too, in place.
    pub(crate) fn overlay(&mut self, id: DictId, over: &Value, deep: bool) {
        self.overlay_below(id, over, deep, 0);
    }

    fn overlay_below(&mut self, id: DictId, over: &Value, deep: bool, depth: u32) {
        self.partial = true;
        self.heap.meter.note_slots(1 + self.heap.get_dict(id).entries.len());
        if self.heap.meter.is_spent() {
            return;
        }
        let keys: Vec<(Key, Value, Value)> = self
            .heap
            .get_dict(id)
            .entries
            .iter()
            .map(|(key, (key_value, slot))| (key.clone(), key_value.clone(), slot.value.clone()))
            .collect();
        for (key, key_value, value) in keys {
            let text = self.key_part(&key_value);
            let over = match over.source.as_ref().and_then(|source| child(source, &text)) {
                Some(from) => from_contributor(from),
                None => unknown(&format!("'{text}' of {}", self.subject(over))),
            };
            let joined = match (&value.kind, deep && depth < MAX_DEPTH) {
                (Kind::Dict(inner), true) => {
                    self.overlay_below(*inner, &over, true, depth + 1);
                    Value { source: over.source.clone().or_else(|| value.source.clone()), ..value }
                }
                _ => self.or_default(&over, value),
            };
            if let Some((_, slot)) = self.heap.dict_mut(id).entries.get_mut(&key) {
                slot.value = joined;
            }
        }
        let reason = match &over.kind {
            Kind::Unknown(reason) => reason.clone(),
            _ => "something unknown was merged into it".into(),
        };
        let data = self.heap.dict_mut(id);
        data.open = Some(reason);
        data.open_source = over.source.clone().or_else(|| data.open_source.take());
    }

    /// Opens a dict that something unknown lies under, and the dicts inside: what it holds stays,
    /// there may be more.
    fn underlay(&mut self, id: DictId, under: &Value, depth: u32) {
        self.partial = true;
        self.heap.meter.note_slots(1 + self.heap.get_dict(id).entries.len());
        if self.heap.meter.is_spent() {
            return;
        }
        let inner: Vec<(Value, DictId)> = self
            .heap
            .get_dict(id)
            .entries
            .values()
            .filter_map(|(key, slot)| match &slot.value.kind {
                Kind::Dict(inner) => Some((key.clone(), *inner)),
                _ => None,
            })
            .collect();
        if depth < MAX_DEPTH {
            for (key, inner) in inner {
                let text = self.key_part(&key);
                let under = match under.source.as_ref().and_then(|source| child(source, &text)) {
                    Some(from) => from_contributor(from),
                    None => unknown(&format!("'{text}' of {}", self.subject(under))),
                };
                self.underlay(inner, &under, depth + 1);
            }
        }
        let reason = match &under.kind {
            Kind::Unknown(reason) => reason.clone(),
            _ => "it was merged over something unknown".into(),
        };
        let data = self.heap.dict_mut(id);
        data.open = Some(reason);
        data.open_source = data.open_source.take().or_else(|| under.source.clone());
    }

    /// Merges `over` into a dict in place (`salt.utils.dictupdate.update`); not deep: as
    /// `dict.update`.
    pub(crate) fn merge_into(&mut self, id: DictId, over: &Value, deep: bool) -> R<()> {
        let lone = self.only_unknown(over);
        let over = lone.as_ref().unwrap_or(over);
        match &over.kind {
            Kind::OneOf(options) => {
                let options = options.clone();
                self.each(options.iter().cloned(), |this, option| {
                    this.merge_into(id, &option, deep)?;
                    Ok(Kind::None.into())
                })?;
            }
            Kind::Dict(from) if deep => self.merge_dicts(id, *from, 0)?,
            Kind::Dict(from) => self.update_dict(id, *from, over),
            Kind::Unknown(_) => self.overlay(id, over, deep),
            _ => {}
        }
        Ok(())
    }

    fn update_dict(&mut self, id: DictId, from: DictId, over: &Value) {
        let data = self.heap.get_dict(from).clone();
        self.stay_open(id, &data);
        for (key, (key_value, slot)) in data.entries {
            let key_path: python::KeyPart =
                if let Key::Str(text) = &key { (&**text).into() } else { python::KeyPart::default() };
            let item = self.with_path(slot.value.clone(), over, &key_path);
            self.put_under(id, key, key_value, item, &slot.when);
        }
    }

    /// The dict `id` is as open as what is merged into it.
    fn stay_open(&mut self, id: DictId, from: &DictData) {
        if let Some(open) = &from.open {
            let data = self.heap.dict_mut(id);
            data.open = Some(open.clone());
            data.open_source = from.open_source.clone().or_else(|| data.open_source.take());
        }
    }

    /// After a call that nobody evaluates: the lists and dicts handed to it may hold anything now.
    pub(crate) fn may_change(&mut self, value: &Value, call: &str) {
        let mut budget = 10_000;
        self.may_change_below(value, call, &mut budget, 0);
    }

    fn may_change_below(&mut self, value: &Value, call: &str, budget: &mut u32, depth: u32) {
        *budget = budget.saturating_sub(1);
        if *budget == 0 || depth > MAX_DEPTH {
            return;
        }
        let reason = format!("{call} may have changed it");
        match &value.kind {
            Kind::OneOf(options) => {
                for (when, option) in options.clone().iter() {
                    let _ = self.under(when, false, |this| {
                        this.may_change_below(option, call, budget, depth + 1);
                        Ok(())
                    });
                }
            }
            Kind::Tuple(items) => {
                items.clone().iter().for_each(|item| self.may_change_below(item, call, budget, depth + 1));
            }
            Kind::List(id) | Kind::Set(id) => {
                self.partial = true;
                for slot in self.heap.get_list(*id).items.clone() {
                    self.may_change_below(&slot.value, call, budget, depth + 1);
                }
                self.heap.list_mut(*id).open = true;
            }
            Kind::Dict(id) => {
                self.partial = true;
                for (key, (key_value, slot)) in self.heap.get_dict(*id).entries.clone() {
                    if matches!(slot.value.kind, Kind::Dict(_) | Kind::List(_) | Kind::Set(_)) {
                        self.may_change_below(&slot.value, call, budget, depth + 1);
                        continue;
                    }
                    let text = format!("{call} changes '{}'", self.key_text(&key_value));
                    let changed = super::unknown::atom(&text, &text);
                    let options = vec![
                        (super::unknown::answer(&changed, false), slot.value),
                        (super::unknown::answer(&changed, true), unknown(&reason)),
                    ];
                    if let Some((_, slot)) = self.heap.dict_mut(*id).entries.get_mut(&key) {
                        slot.value = one_of(options);
                    }
                }
                self.heap.dict_mut(*id).open = Some(reason.into());
            }
            _ => {}
        }
    }

    /// A shallow copy of a dict.
    pub(crate) fn copied(&mut self, id: DictId) -> DictId {
        let data = self.heap.get_dict(id).clone();
        let copy = self.heap.dict();
        *self.heap.dict_mut(copy) = data;
        copy
    }

    /// After a method that could not be evaluated: what it may have changed is not known.
    pub(crate) fn blur(&mut self, receiver: &Value, name: &str, arguments: &Arguments) {
        match (&receiver.kind, name) {
            (Kind::List(id) | Kind::Set(id), "append" | "extend" | "insert" | "add" | "update") => {
                self.heap.list_mut(*id).open = true;
            }
            (Kind::List(id) | Kind::Set(id), "pop" | "remove" | "clear" | "discard") => {
                let data = self.heap.list_mut(*id);
                for slot in &mut data.items {
                    slot.repeated = true;
                }
            }
            (Kind::Dict(id), "update" | "setdefault") => {
                let over = arguments.positional.first().cloned().unwrap_or_else(|| unknown("not known"));
                if name == "update" {
                    self.overlay(*id, &over, false);
                } else {
                    self.heap.dict_mut(*id).open = Some("a key that is not known was set".into());
                }
            }
            (Kind::Dict(id), "pop" | "popitem" | "clear") => {
                let text = format!("{} stays", self.subject(receiver));
                let atom = super::unknown::atom(&text, &text);
                for (_, slot) in self.heap.dict_mut(*id).entries.values_mut() {
                    slot.when = slot.when.and(&atom, true).unwrap_or_default();
                }
            }
            _ => {}
        }
    }

    fn put_under(&mut self, id: DictId, key: Key, key_value: Value, value: Value, when: &crate::When) {
        if when.is_always() {
            self.heap.insert(id, key, key_value, value);
            return;
        }
        let old = self.heap.get_dict(id).entries.get(&key).map(|(_, slot)| slot.clone());
        let slot = match old {
            None => python::value::Slot { value, when: when.clone(), repeated: false },
            Some(old) => {
                let both = one_of(vec![(when.clone(), value), (super::unknown::negate(when), old.value)]);
                python::value::Slot { value: both, when: old.when, repeated: old.repeated }
            }
        };
        self.heap.dict_mut(id).entries.insert(key, (key_value, slot));
    }

    /// Whether an alternative is `None`, which `update` refuses.
    fn refuses(value: &Value) -> bool {
        let Kind::OneOf(options) = &value.kind else { return false };
        options.iter().any(|(_, option)| matches!(option.kind, Kind::None))
    }

    /// The one unknown alternative of a value whose others are empty: laid over something, it is
    /// the only one that may change it.
    pub(crate) fn only_unknown(&self, value: &Value) -> Option<Value> {
        let Kind::OneOf(options) = &value.kind else { return None };
        let empty = |value: &Value| match &value.kind {
            Kind::None => true,
            Kind::Str(text) => text.text.is_empty(),
            Kind::Dict(id) => {
                let data = self.heap.get_dict(*id);
                data.entries.is_empty() && data.open.is_none()
            }
            _ => false,
        };
        let mut unknown = None;
        for (_, option) in options.iter() {
            match &option.kind {
                Kind::Unknown(_) if unknown.is_none() && option.source.is_some() => unknown = Some(option.clone()),
                _ if empty(option) => {}
                _ => return None,
            }
        }
        unknown
    }

    /// A recursive merge of `over` over `base`, both left as they are.
    pub(crate) fn merge_values(&mut self, base: &Value, over: &Value) -> R<Value> {
        let lone = self.only_unknown(over);
        let over = lone.as_ref().unwrap_or(over);
        for (value, other, swapped) in [(base, over, false), (over, base, true)] {
            if let Kind::OneOf(options) = &value.kind {
                let options = options.clone();
                return self.each(options.iter().cloned(), |this, option| {
                    if swapped { this.merge_values(other, &option) } else { this.merge_values(&option, other) }
                });
            }
        }
        Ok(match (&base.kind, &over.kind) {
            (Kind::Dict(a), Kind::Dict(b)) => {
                let copy = self.deep_copy(*a, 0);
                self.merge_dicts(copy, *b, 0)?;
                Value { kind: Kind::Dict(copy), source: over.source.clone().or_else(|| base.source.clone()) }
            }
            (Kind::Unknown(_), Kind::Dict(b)) => {
                let copy = self.deep_copy(*b, 0);
                self.underlay(copy, base, 0);
                Value { kind: Kind::Dict(copy), source: over.source.clone().or_else(|| base.source.clone()) }
            }
            (Kind::Dict(a), Kind::Unknown(_)) => {
                let copy = self.deep_copy(*a, 0);
                self.overlay(copy, over, true);
                Value { kind: Kind::Dict(copy), source: over.source.clone() }
            }
            // `pillar.get` of nothing is the empty text: nothing is merged then.
            (_, Kind::None | Kind::Str(_)) | (Kind::Unknown(_), _) => base.clone(),
            _ => over.clone(),
        })
    }

    pub(crate) fn deep_copy(&mut self, id: DictId, depth: u32) -> DictId {
        let copy = self.copied(id);
        self.heap.meter.note_slots(1 + self.heap.get_dict(copy).entries.len());
        if depth > MAX_DEPTH || self.heap.meter.is_spent() {
            return copy;
        }
        let inner: Vec<(Key, DictId)> = self
            .heap
            .get_dict(copy)
            .entries
            .iter()
            .filter_map(|(key, (_, slot))| match &slot.value.kind {
                Kind::Dict(inner) => Some((key.clone(), *inner)),
                _ => None,
            })
            .collect();
        for (key, inner) in inner {
            let new = self.deep_copy(inner, depth + 1);
            if let Some((_, slot)) = self.heap.dict_mut(copy).entries.get_mut(&key) {
                slot.value.kind = Kind::Dict(new);
            }
        }
        copy
    }

    /// A recursive merge of the dict `from` into `into`, in place.
    pub(crate) fn merge_dicts(&mut self, into: DictId, from: DictId, depth: u32) -> R<()> {
        let data = self.heap.get_dict(from).clone();
        self.heap.meter.note_slots(1 + data.entries.len());
        if self.heap.meter.is_spent() {
            return Ok(());
        }
        self.stay_open(into, &data);
        let was_open = self.heap.get_dict(into).open.is_some();
        for (key, (key_value, slot)) in data.entries {
            let old = self.heap.get_dict(into).entries.get(&key).map(|(_, slot)| slot.value.clone());
            let merged = match (old.as_ref().map(|old| &old.kind), &slot.value.kind) {
                (Some(Kind::Dict(a)), Kind::Dict(b)) if depth < MAX_DEPTH && slot.when.implied_by(&self.when) => {
                    self.merge_dicts(*a, *b, depth + 1)?;
                    continue;
                }
                (Some(Kind::Dict(a)), Kind::Unknown(_)) => {
                    self.overlay(*a, &slot.value, true);
                    continue;
                }
                (Some(Kind::Dict(_) | Kind::OneOf(_) | Kind::Unknown(_)), Kind::Dict(_) | Kind::OneOf(_))
                    if depth < MAX_DEPTH =>
                {
                    let old = old.clone().unwrap_or_else(|| Kind::None.into());
                    self.merge_values(&old, &slot.value)?
                }
                (None, Kind::Dict(b)) if was_open => {
                    let copy = self.deep_copy(*b, depth + 1);
                    let under = unknown("what was there before");
                    self.underlay(copy, &under, depth + 1);
                    Value { kind: Kind::Dict(copy), ..slot.value.clone() }
                }
                (_, Kind::Dict(b)) => Value { kind: Kind::Dict(self.deep_copy(*b, depth + 1)), ..slot.value.clone() },
                _ => slot.value.clone(),
            };
            if slot.when.is_always() {
                self.heap.insert(into, key, key_value, merged);
            } else {
                self.put_under(into, key, key_value, merged, &slot.when);
            }
        }
        Ok(())
    }

    pub(crate) fn is_partial(&self, value: &Value) -> bool {
        self.is_partial_within(value, MAX_DEPTH)
    }

    fn is_partial_within(&self, value: &Value, depth: u32) -> bool {
        let Kind::Dict(id) = &value.kind else { return false };
        let data = self.heap.get_dict(*id);
        let special = |slot: &python::value::Slot| {
            !slot.when.is_always() || matches!(slot.value.kind, Kind::OneOf(_) | Kind::Unknown(_) | Kind::Partial(_))
        };
        data.open.is_some()
            || data
                .entries
                .values()
                .any(|(_, slot)| special(slot) || depth > 0 && self.is_partial_within(&slot.value, depth - 1))
    }
}
