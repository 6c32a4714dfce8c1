//! Paths of keys into pillar and grains. A path is a list of keys, not a text: a key may hold a colon or
//! a star of its own.

use std::fmt;

use smol_str::SmolStr;

/// Keys from the root inwards.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct KeyPath(Vec<KeyPart>);

/// One key: its texts in order, `None` for each stretch that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct KeyPart(Vec<Option<SmolStr>>);

impl From<&str> for KeyPart {
    fn from(text: &str) -> Self {
        Self(vec![Some(text.into())])
    }
}

impl KeyPart {
    /// A key of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self(vec![None])
    }

    /// Appends a text, or (`None`) something that is not known.
    pub fn push(&mut self, text: Option<&str>) {
        match (self.0.last_mut(), text) {
            (Some(None), None) | (_, Some("")) => {}
            (Some(Some(last)), Some(text)) => *last = format!("{last}{text}").into(),
            (_, text) => self.0.push(text.map(SmolStr::from)),
        }
    }

    /// The key, if all of it is known.
    #[must_use]
    pub fn as_known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Some(text)] => Some(text),
            _ => None,
        }
    }

    /// Its texts in order, `None` for what is not known.
    #[must_use]
    pub fn texts(&self) -> &[Option<SmolStr>] {
        &self.0
    }

    /// The path that this text means to Salt's functions: keys with `delimiter` between them.
    #[must_use]
    pub fn split(&self, delimiter: &str) -> KeyPath {
        let mut parts = vec![Self::default()];
        for text in &self.0 {
            let mut pieces = text.as_deref().map_or_else(Vec::new, |text| {
                if delimiter.is_empty() { vec![text] } else { text.split(delimiter).collect() }
            });
            let first = if pieces.is_empty() { None } else { Some(pieces.remove(0)) };
            if let Some(last) = parts.last_mut() {
                last.push(first);
            }
            parts.extend(pieces.into_iter().map(Self::from));
        }
        KeyPath(parts)
    }
}

impl KeyPath {
    /// The path of these keys.
    #[must_use]
    pub fn of<'k>(keys: impl IntoIterator<Item = &'k str>) -> Self {
        Self(keys.into_iter().map(KeyPart::from).collect())
    }

    /// The path that Salt's functions read in `text`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.is_empty() { Self::default() } else { KeyPart::from(text).split(":") }
    }

    /// This path and one key more.
    #[must_use]
    pub fn child(&self, key: KeyPart) -> Self {
        let mut parts = self.0.clone();
        parts.push(key);
        Self(parts)
    }

    /// Its keys.
    #[must_use]
    pub fn parts(&self) -> &[KeyPart] {
        &self.0
    }

    /// Whether it leads nowhere: all of it.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `of` says so of one of its keys, as far as they are known.
    pub fn any(&self, mut of: impl FnMut(&str) -> bool) -> bool {
        self.0.iter().flat_map(|part| &part.0).flatten().any(|text| of(text))
    }
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|text| f.write_str(text.as_deref().unwrap_or("*")))
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.0.iter().enumerate() {
            write!(f, "{}{part}", if n > 0 { ":" } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_its_keys() {
        assert_eq!(KeyPath::parse("a:b").parts().len(), 2);
        assert_eq!(KeyPath::of(["a:b"]).parts().len(), 1);
        assert_ne!(KeyPath::parse("a:b"), KeyPath::of(["a:b"]));
        assert_ne!(KeyPart::from("*"), KeyPart::unknown());
        let mut key = KeyPart::from("app:");
        key.push(None);
        key.push(Some("-x:port"));
        let path = key.split(":");
        assert_eq!(path.parts().iter().map(KeyPart::as_known).collect::<Vec<_>>(), [Some("app"), None, Some("port")]);
        assert_eq!(path.to_string(), "app:*-x:port");
    }
}
