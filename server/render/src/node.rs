//! Data that a file renders to, with origins and path conditions: an SLS's high data, a pillar.

use std::fmt;
use std::sync::Arc;

use num_bigint::BigInt;
use smol_str::SmolStr;

use crate::{Origin, When};

/// A value with its place and its condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub kind: NodeKind,
    /// Where it was written; for a collection, from its first to its last part in the file of the
    /// first.
    pub origin: Arc<Origin>,
    /// When it exists, given that what holds it exists.
    pub when: When,
    /// Whether it may exist any number of times (it was printed by an unknown loop).
    pub repeated: bool,
}

/// Values. What [`syntax::yaml::Value`] has, plus what partial knowledge needs.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `None`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(BigInt),
    /// A float.
    Float(f64),
    /// Text, possibly with holes.
    Str(Pattern),
    /// Bytes.
    Binary(Vec<u8>),
    /// A list. Items under conditions or `repeated` may be missing.
    List(Vec<Node>),
    /// A mapping in order. Equal keys occur only under incompatible conditions.
    Map(Vec<(Node, Node)>),
    /// A set.
    Set(Vec<Node>),
    /// One of these, each under its condition.
    Choice(Vec<Node>),
    /// Nothing is known of it; why.
    Unknown(Arc<str>),
}

/// Text with unknown parts.
#[derive(Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Pattern(pub Vec<PatternPart>);

/// A part of a [`Pattern`]. Two texts, or two holes, never stand side by side; no text is empty.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PatternPart {
    /// Known text.
    Text(SmolStr),
    /// Any text, also the empty one.
    Hole,
}

impl Node {
    /// A certain value at a place.
    #[must_use]
    pub fn new(kind: NodeKind, origin: Arc<Origin>) -> Self {
        Self { kind, origin, when: When::ALWAYS, repeated: false }
    }

    /// A certain value that no file holds.
    #[must_use]
    pub fn nowhere(kind: NodeKind) -> Self {
        Self::new(kind, Arc::new(Origin::nowhere()))
    }

    /// The text, if it is known text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Str(text) => text.as_literal(),
            _ => None,
        }
    }

    /// The first value under a key that is this text.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Map(entries) => entries.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(_, value)| value),
            _ => None,
        }
    }
}

impl Pattern {
    /// Known text.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(if text.is_empty() { Vec::new() } else { vec![PatternPart::Text(text.into())] })
    }

    /// A key of a key path.
    #[must_use]
    pub fn of_key(key: &crate::KeyPart) -> Self {
        let mut pattern = Self::default();
        for text in key.texts() {
            pattern.push(text.clone().map_or(PatternPart::Hole, PatternPart::Text));
        }
        pattern
    }

    /// A key path, its keys with colons between them.
    #[must_use]
    pub fn of_path(path: &crate::KeyPath) -> Self {
        let mut pattern = Self::default();
        for (n, key) in path.parts().iter().enumerate() {
            if n > 0 {
                pattern.push(PatternPart::Text(SmolStr::new_static(":")));
            }
            Self::of_key(key).0.into_iter().for_each(|part| pattern.push(part));
        }
        pattern
    }

    /// The text, if nothing of it is unknown.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [PatternPart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it has holes.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.as_literal().is_none()
    }

    /// Appends a part, joining neighbours.
    pub fn push(&mut self, part: PatternPart) {
        match (self.0.last_mut(), part) {
            (Some(PatternPart::Hole), PatternPart::Hole) => {}
            (_, PatternPart::Text(text)) if text.is_empty() => {}
            (Some(PatternPart::Text(last)), PatternPart::Text(text)) => *last = format!("{last}{text}").into(),
            (_, part) => self.0.push(part),
        }
    }

    /// Whether `text` is among what this may stand for.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if let Some(own) = self.as_literal() {
            return own == text;
        }
        let (before, behind) = self.ends();
        let Some(rest) = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind)) else { return false };
        // What stands between holes fits if it fits as far to the left as it can.
        let count = self.0.len();
        let inner = self.0.iter().enumerate().filter_map(|(n, part)| match part {
            PatternPart::Text(text) if n > 0 && n + 1 < count => Some(text),
            _ => None,
        });
        let mut rest = rest;
        for text in inner {
            let Some(at) = rest.find(&**text) else { return false };
            rest = rest.get(at + text.len()..).unwrap_or("");
        }
        true
    }

    /// The text before the first hole and the text behind the last.
    fn ends<'a>(&'a self) -> (&'a str, &'a str) {
        let text = |part: Option<&'a PatternPart>| match part {
            Some(PatternPart::Text(text)) => text.as_str(),
            _ => "",
        };
        (text(self.0.first()), text(self.0.last()))
    }

    /// Whether some text is matched by both, in linear time.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.as_literal(), other.as_literal()) {
            (Some(a), Some(b)) => a == b,
            (Some(text), None) => other.matches(text),
            (None, Some(text)) => self.matches(text),
            // A hole of the one takes whatever the other has between its ends, and the other way round.
            (None, None) => {
                let ((before, behind), (other_before, other_behind)) = (self.ends(), other.ends());
                (before.starts_with(other_before) || other_before.starts_with(before))
                    && (behind.ends_with(other_behind) || other_behind.ends_with(behind))
            }
        }
    }
}

/// `*` for a hole, `\*` for a literal star, `\\` for a backslash before either (design.md, section 8).
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = !self.is_pattern();
        for part in &self.0 {
            match part {
                PatternPart::Text(text) if plain => f.write_str(text)?,
                PatternPart::Text(text) => f.write_str(&text.replace('*', "\\*"))?,
                PatternPart::Hole => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        for (n, part) in text.split('*').enumerate() {
            if n > 0 {
                pattern.push(PatternPart::Hole);
            }
            pattern.push(PatternPart::Text(part.into()));
        }
        pattern
    }

    #[test]
    fn patterns_overlap_where_a_common_text_exists() {
        for (a, b, expected) in [
            ("role_*", "role_1", true),
            ("role_*", "rule_1", false),
            ("*", "", true),
            ("a*c", "ab*", true),
            ("a*c", "*d", false),
            ("*a", "b*", true),
            ("a", "a", true),
            ("x*y*z", "xz", false),
            ("x*y*z", "xyz", true),
            ("x*y*z", "x*w*z", true),
            ("aa*aa", "aaa", false),
            ("*_key", "user_*", true),
            ("*_key", "*_cert", false),
            ("*x*", "abc", false),
        ] {
            assert_eq!(pattern(a).overlaps(&pattern(b)), expected, "{a} {b}");
            assert_eq!(pattern(b).overlaps(&pattern(a)), expected, "{b} {a}");
        }
    }
}
