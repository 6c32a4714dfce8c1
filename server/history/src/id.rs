//! Commit ids, free of git2's types.

use std::fmt;

/// A commit's object id. `Display` gives all 40 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId([u8; 20]);

impl CommitId {
    /// The first seven digits, as git shows it.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(7).collect()
    }

    pub(crate) fn oid(self) -> Option<git2::Oid> {
        git2::Oid::from_bytes(&self.0).ok()
    }
}

impl From<git2::Oid> for CommitId {
    fn from(oid: git2::Oid) -> Self {
        let mut bytes = [0; 20];
        let given = oid.as_bytes();
        let len = given.len().min(20);
        bytes[..len].copy_from_slice(&given[..len]);
        Self(bytes)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}
