//! `#!py` files: what their `run` returns, where it is written out. Python is never run.

use library::{Literal, LiteralValue};
use std::sync::Arc;
use world::SaltPath;

use crate::{Node, NodeKind, Origin, Pattern, PatternPart, Rendered};

/// Why something is not known.
const COMPUTED: &str = "computed by Python";

/// Fills in the data of a `#!py` file. It is complete where no code decides what is in it.
pub(super) fn read(path: &SaltPath, text: &str, rendered: &mut Rendered) {
    let Some((literal, whole)) = library::returned(text) else {
        rendered.complete = false;
        return;
    };
    rendered.complete = whole && literal.value != LiteralValue::Unknown;
    let data = node(path, &literal);
    rendered.partial = !rendered.complete || is_partial(&literal);
    if !matches!(&data.kind, NodeKind::Unknown(_) | NodeKind::Null) {
        rendered.data = Some(data);
    }
}

fn node(path: &SaltPath, literal: &Literal) -> Node {
    let kind = match &literal.value {
        LiteralValue::None => NodeKind::Null,
        LiteralValue::Bool(value) => NodeKind::Bool(*value),
        LiteralValue::Int(digits) => match digits.parse() {
            Ok(number) => NodeKind::Int(number),
            Err(_) => NodeKind::Unknown(COMPUTED.into()),
        },
        LiteralValue::Float(number) => NodeKind::Float(*number),
        LiteralValue::Str(text) => NodeKind::Str(Pattern::literal(text)),
        LiteralValue::List(items) => NodeKind::List(items.iter().map(|item| node(path, item)).collect()),
        LiteralValue::Set(items) => NodeKind::Set(items.iter().map(|item| node(path, item)).collect()),
        LiteralValue::Map(entries) => {
            NodeKind::Map(entries.iter().map(|(name, value)| (key(path, name), node(path, value))).collect())
        }
        LiteralValue::Unknown => NodeKind::Unknown(COMPUTED.into()),
    };
    let mut range = literal.range;
    if let LiteralValue::Str(text) = &literal.value
        && range.len() as usize == text.len() + 2
    {
        // Between the quotes it is the text itself.
        range = text::TextRange { start: range.start + 1, end: range.end - 1 };
    }
    let origin = Arc::new(Origin::exact(path.clone(), range));
    Node { repeated: literal.maybe, ..Node::new(kind, origin) }
}

/// A key; a computed one is any text, any number of times.
fn key(path: &SaltPath, literal: &Literal) -> Node {
    let mut key = node(path, literal);
    if matches!(key.kind, NodeKind::Unknown(_)) {
        key.kind = NodeKind::Str(Pattern(vec![PatternPart::Hole]));
        key.repeated = true;
    }
    key
}

fn is_partial(literal: &Literal) -> bool {
    literal.maybe
        || match &literal.value {
            LiteralValue::List(items) | LiteralValue::Set(items) => items.iter().any(is_partial),
            LiteralValue::Map(entries) => entries.iter().any(|(key, value)| is_partial(key) || is_partial(value)),
            LiteralValue::Unknown => true,
            _ => false,
        }
}
