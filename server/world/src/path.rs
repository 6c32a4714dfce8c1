//! Paths inside a world.

use std::fmt;

use smol_str::SmolStr;

/// A path relative to the workspace's root: `/` between parts, no leading or trailing `/`, no empty
/// part, no `.` or `..`. The root folder itself is the empty path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SaltPath(SmolStr);

/// Why a text is no [`SaltPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It leads out of the root.
    Outside,
    /// It holds a NUL byte or is absolute.
    Malformed,
}

impl SaltPath {
    /// Normalises `text`: `.` and empty parts vanish, `..` goes up.
    ///
    /// # Errors
    /// [`PathError::Outside`] if it leads above the root; [`PathError::Malformed`] for absolute
    /// paths and NUL bytes.
    pub fn new(text: &str) -> Result<Self, PathError> {
        Self::default().join(text)
    }

    /// The root folder.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// This folder's `relative`, normalised as in [`SaltPath::new`].
    ///
    /// # Errors
    /// As [`SaltPath::new`].
    pub fn join(&self, relative: &str) -> Result<Self, PathError> {
        if relative.starts_with('/') || relative.contains('\0') {
            return Err(PathError::Malformed);
        }
        let mut parts: Vec<&str> = self.0.split('/').filter(|p| !p.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(PathError::Outside)?;
                }
                part => parts.push(part),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The text, such as `states/nginx/init.sls`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root folder.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder that holds it; the root's is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map_or("", |(folder, _)| folder).into())
    }

    /// The last part; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// What follows `folder/`; `None` if the path does not lie below `folder`. The folder itself
    /// gives the empty text.
    #[must_use]
    pub fn below(&self, folder: &Self) -> Option<&str> {
        if folder.is_root() {
            return Some(self.as_str());
        }
        let rest = self.0.strip_prefix(folder.as_str())?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
    }
}

/// A path compares and hashes as its text.
impl std::borrow::Borrow<str> for SaltPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SaltPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SaltPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_never_leave_the_root() {
        assert_eq!(SaltPath::new("a/../../b"), Err(PathError::Outside));
        assert_eq!(SaltPath::new("/etc/passwd"), Err(PathError::Malformed));
        assert_eq!(SaltPath::new("./a//b/../c").unwrap().as_str(), "a/c");
    }

    #[test]
    fn below_is_by_parts() {
        let path = SaltPath::new("states/a.sls").unwrap();
        assert_eq!(path.below(&SaltPath::new("states").unwrap()), Some("a.sls"));
        assert_eq!(path.below(&SaltPath::new("stat").unwrap()), None);
    }
}
