//! The values of templates: Python's, plus what partial knowledge needs.
//!
//! Mutable values live in a [`Heap`] and are named by ids, so that aliases see each other's changes
//! as in Python, a branch's changes can be taken back and joined, and a module's exports can be
//! frozen and thawed. A [`Value`] is small and cheap to clone.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use indexmap::IndexMap;
use num_bigint::BigInt;
use smol_str::SmolStr;
use text::TextRange;

use crate::Meter;
use crate::When;
use crate::origin::Contributor;
use crate::output::{FileId, Piece};

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it came from, nearest first; `None`: computed here.
    pub source: Option<Arc<Source>>,
}

/// A value's provenance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// A literal, pillar key, grain or call.
    pub from: Contributor,
    /// For a value made of several (a merge): the others.
    pub also: Vec<Contributor>,
}

/// Kinds of values.
#[derive(Clone, Debug)]
pub enum Kind {
    /// jinja2's Undefined, with the text of its error (`'dict object' has no attribute 'nope'`).
    Undefined(Arc<str>),
    /// `None`
    None,
    /// A boolean.
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A larger integer.
    Big(Arc<BigInt>),
    /// A float.
    Float(f64),
    /// Text that is known.
    Str(Str),
    /// Text with unknown parts, or parts that are there only under conditions.
    Partial(Arc<Fragment>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(ListId),
    /// A tuple.
    Tuple(Arc<[Value]>),
    /// A dict, OrderedDict or anything that behaves so.
    Dict(DictId),
    /// A set (also dict views that behave so).
    Set(ListId),
    /// `range(start, stop, step)`
    Range(i64, i64, i64),
    /// A value that the evaluator knows how to call or look into.
    Object(Arc<Object>),
    /// One of several, each under a condition, the conditions exclusive. Never nested, at most
    /// [`MAX_ALTERNATIVES`]. An `Undefined` alternative means that it may be missing.
    OneOf(Arc<[(When, Value)]>),
    /// Nothing is known; why (for hovers: `pillar 'nginx:port' is not known`).
    Unknown(Arc<str>),
}

/// More alternatives than this collapse to [`Kind::Unknown`].
pub const MAX_ALTERNATIVES: usize = 8;

/// Known text with the places that its parts were written at.
#[derive(Clone, Debug)]
pub struct Str {
    /// The text.
    pub text: Arc<str>,
    /// Where its parts come from; `None`: all of it was computed. Segments are in order and do not
    /// overlap; bytes between them were computed.
    pub segments: Option<Arc<[Segment]>>,
    /// Whether it is a `Markup` of markupsafe: text that is taken to be escaped.
    pub markup: bool,
}

impl Str {
    /// About how many bytes it takes: its places weigh more than its text.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.text.len() + self.segments.as_ref().map_or(0, |segments| segments.len() * size_of::<Segment>())
    }

    /// Computed text.
    #[must_use]
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), segments: None, markup: false }
    }

    /// The same text as a `Markup`.
    #[must_use]
    pub fn into_markup(self) -> Self {
        Self { markup: true, ..self }
    }
}

/// Bytes of a [`Str`] with a place. Cut and put together with [`crate::str_builder::StrBuilder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The bytes in the text.
    pub at: TextRange,
    /// The file.
    pub file: FileId,
    /// Exact: the bytes in the file, of the same length, one to one. Else the expression that
    /// computed the bytes.
    pub range: TextRange,
    /// Whether the bytes are the file's own.
    pub exact: bool,
    /// Index into [`crate::output::Output::chains`], if they were printed inside a macro or an included
    /// template.
    pub chain: Option<u32>,
    /// Where the printed value came from: an index that only the evaluator understands.
    pub contributors: Option<u32>,
}

/// Printed text that is not wholly known: what [`crate::output::Output`] is, without the tables, which are
/// the evaluation's.
#[derive(Clone, Debug, Default)]
pub struct Fragment {
    /// The joint text; holes stand in it as [`crate::output::HOLE`].
    pub text: String,
    /// Its pieces in order, without gaps; conditions are absolute.
    pub pieces: Vec<Piece>,
}

/// Names a list of a [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListId(pub u32);

/// Names a dict of a [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DictId(pub u32);

/// A list's item or a dict's value, which may be there only under a condition.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The value.
    pub value: Value,
    /// When it is there.
    pub when: When,
    /// Whether there may be any number of it (lists built by unknown loops).
    pub repeated: bool,
}

/// A list's content.
#[derive(Clone, Debug, Default)]
pub struct ListData {
    /// The items.
    pub items: Vec<Slot>,
    /// Whether unknown further items may follow or be mixed in.
    pub open: bool,
}

/// A dict's content, in insertion order.
#[derive(Clone, Debug, Default)]
pub struct DictData {
    /// Key and value by hashed key.
    pub entries: IndexMap<Key, (Value, Slot), rustc_hash::FxBuildHasher>,
    /// Whether unknown further keys may be there (an unknown dict was merged into it); why.
    pub open: Option<Arc<str>>,
    /// Where those further keys come from: the source of what was merged into it.
    pub open_source: Option<Arc<Source>>,
    /// Whether it is an `OrderedDict`, which prints and compares in its own way.
    pub ordered: bool,
}

/// A hashable value, equal as in Python: `1 == 1.0 == True`, `'1' != 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `None`
    None,
    /// Integers, booleans and integral floats.
    Int(BigInt),
    /// Other floats, by bits.
    Float(u64),
    /// Text.
    Str(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// Tuples.
    Tuple(Vec<Key>),
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::None => 0_u8.hash(state),
            Self::Int(n) => n.hash(state),
            Self::Float(bits) => bits.hash(state),
            Self::Str(text) => text.hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Tuple(parts) => parts.hash(state),
        }
    }
}

/// What the evaluator calls or looks into: the owner of the evaluator adds kinds as needed.
#[derive(Debug)]
pub enum Object {
    /// A method of a value, not yet called: `x.append`.
    Method(Value, SmolStr),
    /// `d.keys()`, `d.values()`, `d.items()`: a live view of a dict.
    View(DictId, ViewKind),
    /// A generator or iterator (`x|map(…)`), with its type's name: iterating empties the list.
    Iterator(ListId, SmolStr),
    /// A global function or class: `range`, `dict`, `namespace`, `cycler`, …
    Global(SmolStr),
    /// Salt's loader (`salt`).
    Salt,
    /// A function of Salt's loader: `pillar.get`.
    SaltFunction(SmolStr),
    /// What only the evaluator knows: macros, modules, namespaces, loops; the id is its own.
    Evaluator(EvaluatorObject, u32),
}

/// Kinds of views of a dict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewKind {
    /// `keys()`
    Keys,
    /// `values()`
    Values,
    /// `items()`
    Items,
}

/// Kinds of objects that only the evaluator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvaluatorObject {
    /// A macro.
    Macro,
    /// An imported template.
    Module,
    /// `namespace(…)`
    Namespace,
    /// `loop`
    Loop,
    /// `cycler`, `joiner`
    Helper,
    /// `self`
    Template,
    /// `self.name`, `super`
    Block,
}

/// A Python exception raised while rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raise {
    /// Its class: `TypeError`, `UndefinedError`, `CommandExecutionError`, …
    pub class: &'static str,
    /// `str(exception)`.
    pub message: String,
}

impl Raise {
    /// An exception of `class`.
    #[must_use]
    pub fn new(class: &'static str, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
}

/// All mutable values of one rendering.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    /// What the rendering may still do.
    pub meter: Meter,
    /// Shared with what they were copied from until they are changed.
    lists: Vec<Arc<ListData>>,
    dicts: Vec<Arc<DictData>>,
    journal: Vec<Changes>,
    /// Ids of what the minion gave (grains, pillar, options): lists, dicts.
    outside: Vec<[std::ops::Range<u32>; 2]>,
    outside_changed: bool,
}

/// Lists and dicts that changed in one branch, by id. While the branch runs: their content before.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Changed lists.
    pub lists: rustc_hash::FxHashMap<ListId, Arc<ListData>>,
    /// Changed dicts.
    pub dicts: rustc_hash::FxHashMap<DictId, Arc<DictData>>,
    first_list: usize,
    first_dict: usize,
}

impl Changes {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.dicts.is_empty()
    }
}

impl Heap {
    /// A new list of certain items.
    pub fn list(&mut self, items: impl IntoIterator<Item = Value>) -> Value {
        let items: Vec<Slot> =
            items.into_iter().map(|value| Slot { value, when: When::ALWAYS, repeated: false }).collect();
        self.meter.note_slots(items.len() + 1);
        self.lists.push(Arc::new(ListData { items, open: false }));
        Value::from(Kind::List(ListId(u32::try_from(self.lists.len() - 1).unwrap_or(u32::MAX))))
    }

    /// A new, empty dict.
    pub fn dict(&mut self) -> DictId {
        self.meter.note_slots(1);
        self.dicts.push(Arc::default());
        DictId(u32::try_from(self.dicts.len() - 1).unwrap_or(u32::MAX))
    }

    /// A list's content.
    #[must_use]
    pub fn get_list(&self, id: ListId) -> &ListData {
        &self.lists[id.0 as usize]
    }

    /// A list's content, to change.
    pub fn list_mut(&mut self, id: ListId) -> &mut ListData {
        if let Some(changes) = self.journal.last_mut()
            && (id.0 as usize) < changes.first_list
        {
            changes.lists.entry(id).or_insert_with(|| self.lists[id.0 as usize].clone());
        }
        self.outside_changed |= self.is_outside_list(id);
        let data = &mut self.lists[id.0 as usize];
        if Arc::strong_count(data) > 1 {
            self.meter.note_slots(data.items.len());
        }
        Arc::make_mut(data)
    }

    /// A dict's content.
    #[must_use]
    pub fn get_dict(&self, id: DictId) -> &DictData {
        &self.dicts[id.0 as usize]
    }

    /// A dict's content, to change.
    pub fn dict_mut(&mut self, id: DictId) -> &mut DictData {
        if let Some(changes) = self.journal.last_mut()
            && (id.0 as usize) < changes.first_dict
        {
            changes.dicts.entry(id).or_insert_with(|| self.dicts[id.0 as usize].clone());
        }
        self.outside_changed |= self.is_outside_dict(id);
        let data = &mut self.dicts[id.0 as usize];
        if Arc::strong_count(data) > 1 {
            self.meter.note_slots(data.entries.len());
        }
        Arc::make_mut(data)
    }

    /// How many lists and dicts there are: the ids that the next ones get.
    pub fn sizes(&self) -> (u32, u32) {
        let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        (size(self.lists.len()), size(self.dicts.len()))
    }

    /// Appends a list; its id is the number of lists before.
    pub fn add_list(&mut self, list: Arc<ListData>) {
        self.lists.push(list);
    }

    /// Appends a dict; its id is the number of dicts before.
    pub fn add_dict(&mut self, dict: Arc<DictData>) {
        self.dicts.push(dict);
    }

    /// The next list and dict get the id `size`, unless one of them is larger already.
    pub fn pad(&mut self, size: u32) {
        let size = size as usize;
        if self.lists.len() <= size && self.dicts.len() <= size {
            let (list, dict) = (Arc::default(), Arc::default());
            self.lists.resize(size, list);
            self.dicts.resize(size, dict);
        }
    }

    /// A list's content, to share.
    pub fn share_list(&self, id: ListId) -> Arc<ListData> {
        self.lists[id.0 as usize].clone()
    }

    /// A dict's content, to share.
    pub fn share_dict(&self, id: DictId) -> Arc<DictData> {
        self.dicts[id.0 as usize].clone()
    }

    /// All that was made since the heap had these sizes is the minion's.
    pub fn mark_outside(&mut self, (list, dict): (u32, u32)) {
        let (lists, dicts) = self.sizes();
        match self.outside.last_mut() {
            Some([one, two]) if one.end == list && two.end == dict => (one.end, two.end) = (lists, dicts),
            _ => self.outside.push([list..lists, dict..dicts]),
        }
    }

    /// Whether a list is the minion's.
    pub fn is_outside_list(&self, id: ListId) -> bool {
        self.outside.iter().any(|[lists, _]| lists.contains(&id.0))
    }

    /// Whether a dict is the minion's.
    pub fn is_outside_dict(&self, id: DictId) -> bool {
        self.outside.iter().any(|[_, dicts]| dicts.contains(&id.0))
    }

    /// Whether anything that the minion gave was changed.
    pub fn outside_changed(&self) -> bool {
        self.outside_changed
    }

    /// A dict may have further keys, as it had all along: no change of any branch.
    pub fn open(&mut self, id: DictId, reason: &Arc<str>) {
        for data in self.versions(id) {
            data.open.get_or_insert_with(|| reason.clone());
        }
    }

    /// Begins a branch: changes to what exists now are noted until [`Heap::leave`].
    pub fn enter(&mut self) {
        self.journal.push(Changes { first_list: self.lists.len(), first_dict: self.dicts.len(), ..Changes::default() });
    }

    /// Ends the innermost branch: takes its changes back and gives what it changed, as it left it.
    pub fn leave(&mut self) -> Changes {
        let mut changes = self.journal.pop().unwrap_or_default();
        for (id, before) in &mut changes.lists {
            std::mem::swap(before, &mut self.lists[id.0 as usize]);
        }
        for (id, before) in &mut changes.dicts {
            std::mem::swap(before, &mut self.dicts[id.0 as usize]);
        }
        changes
    }

    /// Adds what the dict `id` held all along but nobody had looked at yet: no change of any branch.
    pub fn fill(&mut self, id: DictId, key: &Key, key_value: &Value, slot: &Slot) {
        for data in self.versions(id) {
            data.entries.entry(key.clone()).or_insert_with(|| (key_value.clone(), slot.clone()));
        }
    }

    /// Puts the keys of the dict `id` into `order`, further ones behind; no change of any branch.
    pub fn reorder(&mut self, id: DictId, order: &[Key]) {
        let places: rustc_hash::FxHashMap<&Key, usize> = order.iter().enumerate().map(|(n, key)| (key, n)).collect();
        let place = |key: &Key| places.get(key).copied().unwrap_or(usize::MAX);
        for data in self.versions(id) {
            data.entries.sort_by(|a, _, b, _| place(a).cmp(&place(b)));
        }
    }

    /// A dict as it is, and as it was before each branch that changed it.
    fn versions(&mut self, id: DictId) -> impl Iterator<Item = &mut DictData> {
        let before = self.journal.iter_mut().filter_map(move |changes| changes.dicts.get_mut(&id));
        self.dicts.get_mut(id.0 as usize).into_iter().chain(before).map(Arc::make_mut)
    }

    /// Sets `key` in the dict `id`, as certain; an existing key keeps its place, as in Python.
    pub fn insert(&mut self, id: DictId, key: Key, key_value: Value, value: Value) {
        let slot = Slot { value, when: When::ALWAYS, repeated: false };
        self.meter.note_slots(2);
        let entries = &mut self.dict_mut(id).entries;
        if let Some((_, old)) = entries.get_mut(&key) {
            *old = slot;
        } else {
            entries.insert(key, (key_value, slot));
        }
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { kind, source: None }
    }
}

impl Value {
    /// Computed text.
    #[must_use]
    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Kind::Str(Str::plain(text)).into()
    }

    /// The text, if it is known text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Str(text) => Some(&text.text),
            _ => None,
        }
    }
}
