//! What is known of a minion.

use serde_json::{Map, Value};

/// A minion profile (the `--minion` file): what is known of one minion. Values are JSON.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Profile {
    /// How findings name it: the settings' name or the minion id.
    pub name: String,
    /// The minion id, grain `id`.
    pub id: String,
    /// All of its grains.
    pub grains: Map<String, Value>,
    /// All of its pillar; `None`: compiled from the pillar roots.
    pub pillar: Option<Map<String, Value>>,
    /// Recorded results by call text, `name(arg, …, k=v, …)` with JSON arguments.
    pub calls: Map<String, Value>,
    /// Minion options beside the roots (`opts` in templates).
    pub opts: Map<String, Value>,
}
