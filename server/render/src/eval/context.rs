//! The variables that a template begins with, and data as values.

use std::sync::Arc;

use smol_str::SmolStr;
use text::TextRange;

use super::Evaluator;
use super::knowledge::node_key;
use super::scope::Vars;
use super::unknown::{from_contributor, from_one, unknown};
use crate::{EntryKind, Node, NodeKind, PatternPart, SourceKind};
use python::origin::Contributor;
use python::output::FileId;
use python::str_builder::StrBuilder;
use python::value::{DictId, Heap, Key, Kind, Segment, Slot, Value};

/// Nesting of data after which the rest is unknown.
const MAX_NESTING: u32 = 100;

/// Entries of a mapping as a dict, without places.
pub(crate) fn entries_value(heap: &mut Heap, entries: &[&(Node, Node)]) -> DictId {
    let id = heap.dict();
    for (key, value) in entries {
        node_entry(heap, id, key, value, &mut |_| None, 0);
    }
    id
}

fn node_entry(
    heap: &mut Heap,
    id: DictId,
    key: &Node,
    value: &Node,
    file: &mut dyn FnMut(&world::SaltPath) -> Option<FileId>,
    depth: u32,
) {
    let Some(hashed) = node_key(&key.kind) else {
        heap.dict_mut(id).open = Some("a key is not known".into());
        return;
    };
    let key_value = node_value(heap, key, file, depth + 1);
    let item = node_value(heap, value, file, depth + 1);
    let when = key.when.both(&value.when).unwrap_or_default();
    add_entry(heap, id, hashed, key_value, Slot { value: item, when, repeated: key.repeated || value.repeated });
}

/// Data as a value. Texts that were written in a file keep their place, where `file` names it.
#[allow(clippy::too_many_lines, reason = "one arm per kind of data")]
pub(crate) fn node_value(
    heap: &mut Heap,
    node: &Node,
    file: &mut dyn FnMut(&world::SaltPath) -> Option<FileId>,
    depth: u32,
) -> Value {
    if depth > MAX_NESTING {
        return unknown("it nests too deep");
    }
    let kind = match &node.kind {
        NodeKind::Null => Kind::None,
        NodeKind::Bool(is) => Kind::Bool(*is),
        NodeKind::Int(number) => match i64::try_from(number) {
            Ok(number) => Kind::Int(number),
            Err(_) => Kind::Big(Arc::new(number.clone())),
        },
        NodeKind::Float(number) => Kind::Float(*number),
        NodeKind::Binary(bytes) => Kind::Bytes(bytes.as_slice().into()),
        NodeKind::Str(pattern) => match pattern.as_literal() {
            Some(text) => {
                let mut builder = StrBuilder::default();
                let range = node.origin.range;
                let exact = node.origin.kind == SourceKind::Exact && range.len() as usize == text.len();
                if let Some(file) = file(&node.origin.path)
                    && !text.is_empty()
                {
                    builder.segment(Segment {
                        at: TextRange::of(0, text.len()),
                        file,
                        range,
                        exact,
                        chain: None,
                        contributors: None,
                    });
                }
                builder.computed(text);
                Kind::Str(builder.finish())
            }
            None => {
                let text: String = pattern
                    .0
                    .iter()
                    .map(|part| match part {
                        PatternPart::Text(text) => text.as_str(),
                        PatternPart::Hole => "*",
                    })
                    .collect();
                Kind::Unknown(format!("only '{text}' is known of it").into())
            }
        },
        NodeKind::List(items) | NodeKind::Set(items) => {
            let slots: Vec<Slot> = items
                .iter()
                .map(|item| Slot {
                    value: node_value(heap, item, file, depth + 1),
                    when: item.when.clone(),
                    repeated: item.repeated,
                })
                .collect();
            let list = heap.list([]);
            if let Kind::List(id) = &list.kind {
                heap.list_mut(*id).items = slots;
                if matches!(node.kind, NodeKind::Set(_)) {
                    return Kind::Set(*id).into();
                }
            }
            return list;
        }
        NodeKind::Map(entries) => {
            let id = heap.dict();
            for (key, value) in entries {
                node_entry(heap, id, key, value, file, depth);
            }
            Kind::Dict(id)
        }
        NodeKind::Choice(options) => {
            let options =
                options.iter().map(|one| (one.when.clone(), node_value(heap, one, file, depth + 1))).collect();
            return super::branch::one_of(options);
        }
        NodeKind::Unknown(reason) => Kind::Unknown(reason.clone()),
    };
    Kind::into(kind)
}

/// Adds an entry; the same key under another condition becomes an alternative.
fn add_entry(heap: &mut Heap, id: DictId, key: Key, key_value: Value, slot: Slot) {
    let entries = &mut heap.dict_mut(id).entries;
    match entries.get_mut(&key) {
        None => {
            entries.insert(key, (key_value, slot));
        }
        Some((_, old)) if old.when.compatible(&slot.when) => *old = slot,
        Some((_, old)) => {
            let both = vec![(old.when.clone(), old.value.clone()), (slot.when.clone(), slot.value)];
            *old = Slot { value: super::branch::one_of(both), when: crate::When::ALWAYS, repeated: false };
        }
    }
}

impl<'a> Evaluator<'a> {
    /// Data of a file as a value.
    pub(crate) fn value_of(&mut self, node: &Node) -> Value {
        let mut heap = std::mem::take(&mut self.heap);
        let value = node_value(&mut heap, node, &mut |path| Some(self.file_id(path)), 0);
        self.heap = heap;
        value
    }

    /// Salt's context beside `salt`, `grains`, `pillar` and `opts`
    /// (`salt/utils/templates.py`, `generate_sls_context`).
    pub(crate) fn entry_variables(&mut self) -> Vars {
        let mut vars = Vars::default();
        let job = self.job;
        let mut set = |name: &'static str, value: Value| {
            vars.insert(SmolStr::new_static(name), value);
        };
        set("saltenv", Value::str(job.saltenv.as_str()));
        set("proxy", from_contributor(Contributor::Call("proxy".into())));
        let file = self.entry_file();
        match &job.sls {
            Some(sls) if !sls.is_empty() => {
                let path = sls.replace('.', "/");
                let init = format!("{path}/init.sls");
                let template =
                    if file == init || file.ends_with(&format!("/{init}")) { init } else { format!("{path}.sls") };
                let folder = template.rsplit_once('/').map_or("", |(folder, _)| folder);
                set("sls", Value::str(sls.as_str()));
                set("tplfile", Value::str(template.as_str()));
                set("tpldir", Value::str(if folder.is_empty() { "." } else { folder }));
                set("tpldot", Value::str(folder.replace('/', ".")));
                set("slspath", Value::str(folder));
                set("slsdotpath", Value::str(folder.replace('/', ".")));
                set("slscolonpath", Value::str(folder.replace('/', ":")));
                set("sls_path", Value::str(folder.replace('/', "_")));
                set("tplpath", unknown("where Salt caches the file is not known"));
            }
            _ if matches!(job.kind, EntryKind::StateTop | EntryKind::PillarTop) => {
                for name in ["sls", "slspath", "slsdotpath", "slscolonpath", "sls_path", "tpldot"] {
                    set(name, Value::str(""));
                }
                let name = file.rsplit('/').next().unwrap_or(&file);
                set("tplfile", Value::str(name));
                set("tpldir", Value::str("."));
                set("tplpath", unknown("where Salt caches the file is not known"));
            }
            _ => {
                // Managed templates are named by their path; the rest of the SLS's names are absent.
                let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
                set("tplfile", Value::str(file.as_str()));
                set("tpldir", Value::str(if folder.is_empty() { "." } else { folder }));
                set("tpldot", Value::str(folder.replace('/', ".")));
                set("tplpath", unknown("where Salt caches the file is not known"));
                if !self.strict {
                    for name in ["sls", "slspath", "slsdotpath", "slscolonpath", "sls_path"] {
                        set(name, from_contributor(Contributor::Call(name.to_owned())));
                    }
                }
            }
        }
        if job.kind == EntryKind::Reactor {
            for name in ["data", "tag"] {
                set(name, from_contributor(Contributor::Call(name.to_owned())));
            }
        }
        for (name, node) in &job.extra {
            let mut value = self.value_of(node);
            if value.source.is_none() && matches!(value.kind, Kind::Unknown(_)) {
                value.source = Some(from_one(Contributor::Call(name.to_string())));
            }
            vars.insert(name.clone(), value);
        }
        vars
    }

    /// The entry's path below the root that holds it.
    fn entry_file(&self) -> String {
        let roots = match self.job.kind {
            EntryKind::Pillar | EntryKind::PillarTop => &self.job.minion.pillar_roots,
            _ => &self.job.minion.file_roots,
        };
        let own = world::Minion::roots(roots, &self.job.saltenv).iter();
        let all = roots.values().flatten();
        let below = own.chain(all).find_map(|root| self.job.path.below(root).filter(|rest| !rest.is_empty()));
        below.unwrap_or(self.job.path.as_str()).to_owned()
    }
}
