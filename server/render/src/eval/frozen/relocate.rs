//! Copies of values whose ids, files and calls have other numbers.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use python::output::{FileId, Piece, Site};
use python::value::{
    DictData, DictId, EvaluatorObject, Fragment, Kind, ListData, ListId, Object, Segment, Slot, Str, Value,
};

/// Ids from here on name what the minion gave: indexes into [`super::Exports::outside`].
pub(super) const OUTSIDE: u32 = 1 << 31;

/// The first id of frozen lists and dicts: a heap that is no larger takes them as they are.
pub(super) const FIRST: u32 = 64;

/// Values that nest deeper are not frozen.
const MAX_DEPTH: u32 = 40;

/// The new numbers. `None`: it has none, so that the value cannot be copied.
pub(super) trait Places {
    fn list(&mut self, id: ListId) -> Option<ListId>;
    fn dict(&mut self, id: DictId) -> Option<DictId>;
    fn object(&mut self, kind: EvaluatorObject, id: u32) -> Option<u32>;
    /// The new numbers of files, calls and contributors, unless they are the old ones.
    fn text(&mut self) -> Option<&mut Texts>;
}

/// New numbers of what printed text refers to.
pub(super) struct Texts {
    pub files: Vec<FileId>,
    pub chains: Vec<u32>,
    pub contributors: u32,
    /// Fragments that were copied, by address: a copy is one value too.
    pub fragments: FxHashMap<usize, Arc<Fragment>>,
}

impl Texts {
    pub fn file(&self, file: FileId) -> FileId {
        self.files.get(file.0 as usize).copied().unwrap_or(file)
    }

    pub fn chain(&self, chain: Option<u32>) -> Option<u32> {
        chain.and_then(|id| self.chains.get(id as usize).copied())
    }

    fn str(&self, text: &Str) -> Str {
        let segment = |one: &Segment| Segment {
            file: self.file(one.file),
            chain: self.chain(one.chain),
            contributors: one.contributors.map(|n| n + self.contributors),
            ..*one
        };
        let segments = text.segments.as_ref().map(|all| all.iter().map(segment).collect());
        Str { text: text.text.clone(), segments, markup: text.markup }
    }

    fn fragment(&mut self, fragment: &Arc<Fragment>) -> Arc<Fragment> {
        let address = Arc::as_ptr(fragment) as usize;
        if let Some(copy) = self.fragments.get(&address) {
            return copy.clone();
        }
        let site = |one: Site| Site { file: self.file(one.file), chain: self.chain(one.chain), ..one };
        let piece = |one: &Piece| Piece {
            file: self.file(one.file),
            chain: self.chain(one.chain),
            site: one.site.map(site),
            ..one.clone()
        };
        let pieces = fragment.pieces.iter().map(piece).collect();
        let copy = Arc::new(Fragment { text: fragment.text.clone(), pieces });
        self.fragments.insert(address, copy.clone());
        copy
    }
}

/// A value with the new numbers.
pub(super) fn value(places: &mut impl Places, old: &Value, depth: u32) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let kind = match &old.kind {
        Kind::Str(text) => match places.text() {
            Some(texts) if text.segments.is_some() => Kind::Str(texts.str(text)),
            _ => return Some(old.clone()),
        },
        Kind::Partial(fragment) => match places.text() {
            Some(texts) => Kind::Partial(texts.fragment(fragment)),
            None => return Some(old.clone()),
        },
        Kind::List(id) => Kind::List(places.list(*id)?),
        Kind::Set(id) => Kind::Set(places.list(*id)?),
        Kind::Dict(id) => Kind::Dict(places.dict(*id)?),
        Kind::Tuple(items) => {
            Kind::Tuple(items.iter().map(|item| value(places, item, depth + 1)).collect::<Option<_>>()?)
        }
        Kind::OneOf(options) => {
            let option = |(when, one): &(crate::When, Value)| Some((when.clone(), value(places, one, depth + 1)?));
            Kind::OneOf(options.iter().map(option).collect::<Option<_>>()?)
        }
        Kind::Object(object) => Kind::Object(match &**object {
            Object::Method(receiver, name) => Object::Method(value(places, receiver, depth + 1)?, name.clone()).into(),
            Object::View(id, kind) => Object::View(places.dict(*id)?, *kind).into(),
            Object::Iterator(id, name) => Object::Iterator(places.list(*id)?, name.clone()).into(),
            Object::Evaluator(EvaluatorObject::Namespace, id) => {
                Object::Evaluator(EvaluatorObject::Namespace, places.dict(DictId(*id))?.0).into()
            }
            Object::Evaluator(kind, id) => Object::Evaluator(*kind, places.object(*kind, *id)?).into(),
            Object::Global(_) | Object::Salt | Object::SaltFunction(_) => object.clone(),
        }),
        Kind::Undefined(_)
        | Kind::None
        | Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Big(_)
        | Kind::Float(_)
        | Kind::Bytes(_)
        | Kind::Range(..)
        | Kind::Unknown(_) => return Some(old.clone()),
    };
    Some(Value { kind, source: old.source.clone() })
}

fn slot(places: &mut impl Places, old: &Slot) -> Option<Slot> {
    Some(Slot { value: value(places, &old.value, 0)?, when: old.when.clone(), repeated: old.repeated })
}

/// A list's content with the new numbers.
pub(super) fn list(places: &mut impl Places, old: &ListData) -> Option<ListData> {
    let items = old.items.iter().map(|item| slot(places, item)).collect::<Option<_>>()?;
    Some(ListData { items, open: old.open })
}

/// A dict's content with the new numbers.
pub(super) fn dict(places: &mut impl Places, old: &DictData) -> Option<DictData> {
    // A clone keeps the table of hashes.
    let mut new = old.clone();
    for (key_value, one) in new.entries.values_mut() {
        *key_value = value(places, key_value, 0)?;
        one.value = value(places, &one.value, 0)?;
    }
    Some(new)
}
