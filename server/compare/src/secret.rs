//! What may be shown of a value in a message.

use model::mask::is_secret_value;
use model::secrets::{is_secret_key, is_secret_text};
use python::origin::Contributor;
use render::{Node, NodeKind};
use world::World;

/// Longer texts are not shown.
const MAX_SHOWN: usize = 40;

/// Words in names whose values are nobody's business.
const WORDS: [&str; 13] = [
    "passw",
    "secret",
    "token",
    "private",
    "credential",
    "api_key",
    "apikey",
    "access_key",
    "auth",
    "passphrase",
    "salt",
    "cert",
    "hash",
];

/// A scalar as it may be shown under `name`; `None` if it is none, is long, or may be a secret: by its
/// name, because it came from the pillar, or from a place in `world` where secrets stand.
pub(crate) fn shown(world: &World, name: &str, node: &Node) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let secret = WORDS.iter().any(|word| name.contains(word))
        || name.split(':').any(is_secret_key)
        || node.origin.contributors.iter().any(|from| matches!(from, Contributor::Pillar(_)));
    let text = match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Int(value) => value.to_string(),
        NodeKind::Float(value) => value.to_string(),
        NodeKind::Str(text) => text.as_literal()?.to_owned(),
        _ => return None,
    };
    let secret = secret || is_secret_value(world, node);
    (!secret && !is_secret_text(&text) && text.chars().count() <= MAX_SHOWN && !text.contains(char::is_control))
        .then_some(text)
}
