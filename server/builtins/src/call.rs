//! A call's context: the heap, the arguments, and what is known of the minion.

use smol_str::SmolStr;

use python::value::{Heap, Value};

/// What is known of the minion that is rendered for. The evaluator implements it.
pub trait Knowledge {
    /// The whole grains dict, if known.
    fn grains(&mut self, heap: &mut Heap) -> Option<Value>;
    /// The whole pillar dict, if known.
    fn pillar(&mut self, heap: &mut Heap) -> Option<Value>;
    /// The minion's options, if known.
    fn opts(&mut self, heap: &mut Heap) -> Option<Value>;
    /// The minion's id, if known.
    fn minion_id(&self) -> Option<&str>;
    /// A recorded result (`calls` of the profile) by `name(arg, …, k=v, …)`.
    fn recorded(&self, call_key: &str) -> Option<serde_json::Value>;
    /// Told of each look-up by key path (parts joined by colons) that a function makes.
    fn read(&mut self, what: Read, key: &str) {
        let _ = (what, key);
    }
}

/// What a function looks into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// The pillar.
    Pillar,
    /// The grains.
    Grain,
    /// The minion's options.
    Opts,
}

/// A call of a filter, test, method or function.
pub struct Call<'a> {
    /// All mutable values.
    pub heap: &'a mut Heap,
    /// Positional arguments, without a filter's or test's input.
    pub args: Vec<Value>,
    /// Keyword arguments in order, `**` expanded.
    pub kwargs: Vec<(SmolStr, Value)>,
    /// What is known of the minion.
    pub knowledge: &'a mut dyn Knowledge,
}
