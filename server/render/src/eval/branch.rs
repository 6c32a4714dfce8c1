//! Branches: what happens under a condition is noted, taken back, and joined afterwards.

use std::sync::Arc;

use super::Evaluator;
use super::halt::R;
use super::unknown::{negate, unknown};
use crate::When;
use python::value::{Changes, DictData, Kind, ListData, MAX_ALTERNATIVES, Slot, Value};

/// One branch that ran: its condition, relative to where it was entered, and what it changed.
pub(crate) struct Ran {
    pub when: When,
    pub changes: Changes,
    pub repeated: bool,
}

impl<'a> Evaluator<'a> {
    /// Runs `run` under `when` and takes its changes back; `None`: it can never happen here.
    pub(crate) fn branch<T>(
        &mut self,
        when: &When,
        repeated: bool,
        run: impl FnOnce(&mut Self) -> R<T>,
    ) -> R<Option<(T, Ran)>> {
        let Some(inside) = self.when.both(when) else { return Ok(None) };
        let before = std::mem::replace(&mut self.when, inside);
        let was_repeated = {
            let before = self.repeated;
            self.repeated |= repeated;
            before
        };
        let loaded = self.loaded.len();
        let globals = self.globals.clone();
        self.heap.enter();
        let result = run(self);
        let changes = self.heap.leave();
        self.when = before;
        self.repeated = was_repeated;
        if self.loaded.len() > loaded {
            // A module that this branch loaded belongs to it: another branch loads its own.
            for name in self.loaded.drain(loaded..) {
                if let Some(one) = self.by_name.get_mut(&name) {
                    one.module = None;
                }
            }
            self.globals = globals;
        }
        Ok(Some((result?, Ran { when: when.clone(), changes, repeated })))
    }

    /// Runs `run` under `when`, its changes joined with what was before.
    pub(crate) fn under<T>(
        &mut self,
        when: &When,
        repeated: bool,
        run: impl FnOnce(&mut Self) -> R<T>,
    ) -> R<Option<T>> {
        if self.when.both(when).as_ref() == Some(&self.when) && !repeated {
            return run(self).map(Some);
        }
        let Some((result, ran)) = self.branch(when, repeated, run)? else { return Ok(None) };
        if !ran.changes.is_empty() {
            let otherwise = Ran { when: negate(when), changes: Changes::default(), repeated: false };
            self.join_heap(vec![ran, otherwise]);
        }
        Ok(Some(result))
    }

    /// One dict for alternatives that are all dicts, joined key by key; `None` if one is not.
    pub(crate) fn joined_dict(&mut self, options: &[(When, Value)]) -> Option<Value> {
        let mut variants = Vec::new();
        for (when, option) in options {
            match &option.kind {
                Kind::Dict(id) => variants.push((when.clone(), false, Some(self.heap.share_dict(*id)))),
                // Where nothing fits there is nothing to look into: such renderings fail.
                Kind::None => {}
                _ => return None,
            }
        }
        let joined = self.join_dicts(&DictData::default(), variants);
        let id = self.heap.dict();
        *self.heap.dict_mut(id) = joined;
        Some(Kind::Dict(id).into())
    }

    /// Joins the changes of branches, of which exactly one is taken.
    pub(crate) fn join_heap(&mut self, mut arms: Vec<Ran>) {
        let mut lists: Vec<_> = arms.iter().flat_map(|arm| arm.changes.lists.keys().copied()).collect();
        lists.sort_by_key(|id| id.0);
        lists.dedup();
        for id in lists {
            let variants: Vec<(When, bool, Option<Arc<ListData>>)> =
                arms.iter_mut().map(|arm| (arm.when.clone(), arm.repeated, arm.changes.lists.remove(&id))).collect();
            let joined = self.join_lists(&self.heap.share_list(id), variants);
            *self.heap.list_mut(id) = joined;
        }
        let mut dicts: Vec<_> = arms.iter().flat_map(|arm| arm.changes.dicts.keys().copied()).collect();
        dicts.sort_by_key(|id| id.0);
        dicts.dedup();
        for id in dicts {
            let variants: Vec<(When, bool, Option<Arc<DictData>>)> =
                arms.iter_mut().map(|arm| (arm.when.clone(), arm.repeated, arm.changes.dicts.remove(&id))).collect();
            let joined = self.join_dicts(&self.heap.share_dict(id), variants);
            *self.heap.dict_mut(id) = joined;
        }
    }

    fn join_lists(&self, base: &ListData, variants: Vec<(When, bool, Option<Arc<ListData>>)>) -> ListData {
        let mut common = base.items.len();
        for (_, _, data) in &variants {
            let Some(data) = data else { continue };
            let same = base.items.iter().zip(&data.items).take_while(|(a, b)| same_slot(a, b)).count();
            common = common.min(same);
        }
        let mut joined = ListData { items: base.items[..common].to_vec(), open: base.open };
        for (when, repeated, data) in variants {
            let (items, changed, open) = match &data {
                Some(data) => (&data.items, true, data.open),
                None => (&base.items, false, base.open),
            };
            joined.open |= open;
            for slot in &items[common..] {
                if let Some(when) = slot.when.both(&when) {
                    joined.items.push(Slot {
                        value: slot.value.clone(),
                        when,
                        repeated: slot.repeated || (repeated && changed),
                    });
                }
            }
        }
        joined
    }

    pub(crate) fn join_dicts(
        &mut self,
        base: &DictData,
        variants: Vec<(When, bool, Option<Arc<DictData>>)>,
    ) -> DictData {
        let mut joined = base.clone();
        for (when, repeated, data) in &variants {
            let Some(data) = data else { continue };
            joined.open = joined.open.or_else(|| data.open.clone());
            joined.open_source = joined.open_source.or_else(|| data.open_source.clone());
            for (key, (key_value, _)) in &data.entries {
                if !joined.entries.contains_key(key) {
                    let absent = Slot { value: unknown(""), when: when.clone(), repeated: *repeated };
                    joined.entries.insert(key.clone(), (key_value.clone(), absent));
                }
            }
        }
        for (key, (_, slot)) in &mut joined.entries {
            let before = base.entries.get(key).map(|(_, slot)| slot);
            let present: Vec<(&When, bool, Option<&Slot>)> = variants
                .iter()
                .map(|(when, repeated, data)| match data {
                    Some(data) => (when, *repeated, data.entries.get(key).map(|(_, slot)| slot)),
                    None => (when, false, before),
                })
                .collect();
            let same = |a: Option<&Slot>| match (a, before) {
                (Some(a), Some(b)) => same_slot(a, b),
                _ => false,
            };
            if present.iter().all(|(_, _, slot)| same(*slot)) {
                continue;
            }
            let widened = |repeated: bool, slot: &Slot| {
                if repeated && !same(Some(slot)) { widen(&slot.value) } else { slot.value.clone() }
            };
            let there: Vec<_> = present.iter().filter_map(|(w, r, slot)| slot.map(|slot| (*w, *r, slot))).collect();
            if let [(when, repeated, one)] = there.as_slice() {
                slot.value = widened(*repeated, one);
                slot.when = one.when.both(when).unwrap_or_default();
                slot.repeated = one.repeated;
                continue;
            }
            let mut options = Vec::new();
            for (when, repeated, one) in &present {
                match one {
                    Some(one) => {
                        let when = when.both(&one.when);
                        options.extend(when.map(|when| (when, widened(*repeated, one))));
                    }
                    None => options
                        .push(((*when).clone(), Kind::Undefined("it is set in other branches only".into()).into())),
                }
            }
            slot.value = one_of(options);
            slot.when = When::ALWAYS;
            slot.repeated = false;
        }
        joined
    }
}

/// What a loop that runs any number of times may leave where one run left `value`.
fn widen(value: &Value) -> Value {
    match &value.kind {
        Kind::Int(_) | Kind::Float(_) | Kind::Big(_) | Kind::Partial(_) => {
            unknown("a loop over unknown items changes it")
        }
        Kind::Str(text) if text.segments.is_none() => unknown("a loop over unknown items changes it"),
        _ => value.clone(),
    }
}

/// Whether two values are certainly the same, seen from a template.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    // Tuples in tuples may show one value any number of times: what takes long is taken for different.
    same_within(a, b, &mut 10_000)
}

fn same_within(a: &Value, b: &Value, left: &mut u32) -> bool {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return false;
    }
    match (&a.kind, &b.kind) {
        (Kind::None, Kind::None) => true,
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Int(a), Kind::Int(b)) => a == b,
        (Kind::Big(a), Kind::Big(b)) => a == b,
        (Kind::Float(a), Kind::Float(b)) => a.to_bits() == b.to_bits(),
        (Kind::Str(a), Kind::Str(b)) => a.text == b.text && a.segments == b.segments,
        (Kind::Undefined(a), Kind::Undefined(b)) => a == b,
        (Kind::Unknown(x), Kind::Unknown(y)) => x == y && a.source == b.source,
        (Kind::Partial(a), Kind::Partial(b)) => Arc::ptr_eq(a, b),
        (Kind::Bytes(a), Kind::Bytes(b)) => a == b,
        (Kind::List(a), Kind::List(b)) | (Kind::Set(a), Kind::Set(b)) => a == b,
        (Kind::Dict(a), Kind::Dict(b)) => a == b,
        (Kind::Tuple(a), Kind::Tuple(b)) => {
            Arc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_within(a, b, left)))
        }
        (Kind::Range(a, b, c), Kind::Range(d, e, f)) => (a, b, c) == (d, e, f),
        (Kind::Object(a), Kind::Object(b)) => Arc::ptr_eq(a, b) || same_object(a, b),
        (Kind::OneOf(a), Kind::OneOf(b)) => {
            Arc::ptr_eq(a, b)
                || (a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|((v, a), (w, b))| v == w && same_within(a, b, left)))
        }
        _ => false,
    }
}

fn same_object(a: &python::value::Object, b: &python::value::Object) -> bool {
    use python::value::Object as O;
    match (a, b) {
        (O::Global(a), O::Global(b)) | (O::SaltFunction(a), O::SaltFunction(b)) => a == b,
        (O::Salt, O::Salt) => true,
        (O::Evaluator(a, n), O::Evaluator(b, m)) => (a, n) == (b, m),
        (O::View(a, x), O::View(b, y)) => (a, x) == (b, y),
        (O::Iterator(a, _), O::Iterator(b, _)) => a == b,
        (O::Method(a, x), O::Method(b, y)) => x == y && same(a, b),
        _ => false,
    }
}

fn same_slot(a: &Slot, b: &Slot) -> bool {
    a.when == b.when && a.repeated == b.repeated && same(&a.value, &b.value)
}

/// One of several values: flattened, equal ones merged, at most [`MAX_ALTERNATIVES`].
pub(crate) fn one_of(options: Vec<(When, Value)>) -> Value {
    let mut flat: Vec<(When, Value)> = Vec::new();
    for (when, value) in options {
        match &value.kind {
            Kind::OneOf(inner) => {
                flat.extend(inner.iter().filter_map(|(w, v)| when.both(w).map(|w| (w, v.clone()))));
            }
            _ => flat.push((when, value)),
        }
    }
    let mut merged: Vec<(When, Value)> = Vec::new();
    'next: for (mut when, value) in flat {
        let mut n = 0;
        while n < merged.len() {
            if same(&merged[n].1, &value)
                && let Some(both) = complement(&merged[n].0, &when)
            {
                merged.remove(n);
                when = both;
                n = 0;
                continue;
            }
            n += 1;
        }
        for (other, known) in &merged {
            if same(known, &value) && other.implied_by(&when) {
                continue 'next;
            }
        }
        merged.push((when, value));
    }
    if let Some((_, first)) = merged.first()
        && merged.iter().all(|(_, value)| same(first, value))
    {
        return first.clone();
    }
    let mut merged = grouped(merged);
    if merged.len() == 1 {
        return merged.remove(0).1;
    }
    if merged.len() > MAX_ALTERNATIVES {
        let mut value = unknown("it is one of more than 8 values");
        value.source = merged.iter().find_map(|(_, value)| value.source.clone());
        return value;
    }
    match merged.len() {
        0 => unknown("no branch gives it a value"),
        _ => Kind::OneOf(merged.into()).into(),
    }
}

/// Alternatives of the same value as one, under the tests that they share, where those exclude all
/// other alternatives: what the shared tests leave is then covered by these alone.
fn grouped(mut options: Vec<(When, Value)>) -> Vec<(When, Value)> {
    let mut n = 0;
    while n < options.len() {
        let value = &options[n].1;
        let group: Vec<usize> = (n..options.len()).filter(|m| same(&options[*m].1, value)).collect();
        if group.len() > 1 {
            let mut shared =
                options[n].0.tests().iter().filter(|test| group.iter().all(|m| options[*m].0.tests().contains(test)));
            let shared = shared.try_fold(When::ALWAYS, |when, (atom, is)| when.and(atom, *is)).unwrap_or_default();
            let others = (0..options.len()).filter(|m| !group.contains(m));
            if others.clone().all(|m| !shared.compatible(&options[m].0)) {
                options[n].0 = shared;
                for m in group.into_iter().skip(1).rev() {
                    options.remove(m);
                }
            }
        }
        n += 1;
    }
    options
}

/// The condition that holds where one of two holds, if they differ in the answer to one test only.
fn complement(a: &When, b: &When) -> Option<When> {
    if a == b {
        return Some(a.clone());
    }
    let (x, y) = (a.tests(), b.tests());
    if x.len() != y.len() || !x.iter().zip(y).all(|((a, _), (b, _))| a == b) {
        return None;
    }
    let mut differ = x.iter().zip(y).filter(|((_, a), (_, b))| a != b);
    let ((test, _), _) = differ.next()?;
    if differ.next().is_some() {
        return None;
    }
    x.iter().filter(|(atom, _)| atom != test).try_fold(When::ALWAYS, |when, (atom, is)| when.and(atom, *is))
}
