//! `grains.filter_by` where the grain is not known: one of the table's entries.

use std::rc::Rc;

use text::TextRange;

use super::Evaluator;
use super::branch::one_of;
use super::calls::Arguments;
use super::halt::R;
use super::scope::Frame;
use super::unknown::{answer, equals_atom, from_contributor, name_of};
use python::origin::Contributor;
use python::value::{Key, Kind, Value};

impl<'a> Evaluator<'a> {
    /// `grains.filter_by`: each entry of the table that the grain may choose.
    #[allow(clippy::too_many_lines, reason = "the cases of one function, in the order in which they are ruled out")]
    pub(super) fn filter_by(&mut self, arguments: Arguments, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        let grain = arguments.get(1, "grain").cloned().unwrap_or_else(|| Value::str("os_family"));
        let grain_path = self.key_part(&grain).split(":");
        let at = arguments.ranges.get(1).copied().unwrap_or(range);
        self.record_contributor(&Contributor::Grain(grain_path.clone()), frame, at, true);
        let root = self.known.grains_value(&mut self.heap);
        let table = arguments.get(0, "lookup_dict").cloned();
        let merge = arguments.get(2, "merge").cloned();
        let base = arguments.get(4, "base").cloned();
        let known = matches!(root.kind, Kind::Dict(_));
        let simple = merge.as_ref().is_none_or(|merge| !matches!(merge.kind, Kind::Unknown(_) | Kind::OneOf(_)));
        if known && simple {
            let value = self.plain_function("grains.filter_by", &arguments, frame, range)?;
            if !matches!(value.kind, Kind::Unknown(_)) {
                return Ok(value);
            }
        }
        let Some(Value { kind: Kind::Dict(table), .. }) = table else {
            return self.plain_function("grains.filter_by", &arguments, frame, range);
        };
        if self.heap.get_dict(table).open.is_some() {
            return self.plain_function("grains.filter_by", &arguments, frame, range);
        }
        let default_name =
            arguments.get(3, "default").map_or_else(|| "default".to_owned(), |value| self.key_text(value));
        if known {
            // The grain chooses; only what is merged over the entry is not known.
            let mut without = arguments.clone();
            without.positional.truncate(2);
            without.keyword.retain(|(name, _)| name != "merge");
            if arguments.get(3, "default").is_some() && !without.keyword.iter().any(|(name, _)| name == "default") {
                without.keyword.push(("default".into(), Value::str(default_name)));
            }
            if let (Some(base), false) = (&base, without.keyword.iter().any(|(name, _)| name == "base")) {
                without.keyword.push(("base".into(), base.clone()));
            }
            let entry = self.plain_function("grains.filter_by", &without, frame, range)?;
            return self.merged_over(entry, merge.as_ref());
        }
        let subject = name_of(&Contributor::Grain(grain_path));
        let entries: Vec<(Key, Value, Value)> = self
            .heap
            .get_dict(table)
            .entries
            .iter()
            .map(|(key, (written, slot))| (key.clone(), written.clone(), slot.value.clone()))
            .collect();
        self.partial = true;
        if entries.len() > super::MAX_TABLE {
            let call = self.call_text("grains.filter_by", &arguments);
            return Ok(from_contributor(Contributor::Call(call)));
        }
        let base_key = base.as_ref().map(|base| self.key_text(base));
        let base_entry =
            entries.iter().find(|(key, ..)| key_is(key, base_key.as_deref())).map(|(.., value)| value.clone());
        let mut options = Vec::new();
        let mut none = crate::When::ALWAYS;
        let mut fallback = Value::from(Kind::None);
        for (key, written, entry) in entries {
            let entry = match (&base_entry, &entry.kind) {
                (Some(Value { kind: Kind::Dict(base), .. }), Kind::Dict(over))
                    if !key_is(&key, base_key.as_deref()) =>
                {
                    let copy = self.deep_copy(*base, 0);
                    self.merge_dicts(copy, *over, 0)?;
                    Kind::Dict(copy).into()
                }
                _ => entry,
            };
            if key_is(&key, Some(&default_name)) {
                fallback = entry;
                continue;
            }
            // Salt compares texts: the key 3 is the grain's 3 and '3'.
            let atom = equals_atom(&subject, &format!("'{}'", self.key_text(&written)));
            options.push((answer(&atom, true), entry));
            none = none.and(&atom, false).unwrap_or(none);
        }
        options.push((none, fallback));
        if options.len() > python::value::MAX_ALTERNATIVES {
            // Too many to tell apart as a whole; key by key they may not be.
            if let Some(entry) = self.joined_dict(&options) {
                return self.merged_over(entry, merge.as_ref());
            }
            let call = self.call_text("grains.filter_by", &arguments);
            return Ok(from_contributor(Contributor::Call(call)));
        }
        let entry = one_of(options);
        self.merged_over(entry, merge.as_ref())
    }

    /// `entry` with `merge` merged over it, where it is given and true.
    pub(super) fn merged_over(&mut self, entry: Value, merge: Option<&Value>) -> R<Value> {
        let Some(merge) = merge else { return Ok(entry) };
        self.merge_values(&entry, merge)
    }
}

fn key_is(key: &Key, name: Option<&str>) -> bool {
    matches!((key, name), (Key::Str(key), Some(name)) if **key == *name)
}
