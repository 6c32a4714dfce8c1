//! Content addresses and fingerprints.

use std::fmt;

use sha1::Digest;

/// A content's address: git's object id of a blob (SHA-1's 20 bytes or SHA-256's 32).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId {
    bytes: [u8; 32],
    len: u8,
}

impl BlobId {
    /// The address that git gives to `content` in a SHA-1 repository (`blob <len>\0<content>`).
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut hash = sha1::Sha1::new();
        hash.update(format!("blob {}\0", content.len()));
        hash.update(content);
        let mut bytes = [0; 32];
        bytes[..20].copy_from_slice(&hash.finalize());
        Self { bytes, len: 20 }
    }

    /// An object id as git holds it; `None` unless it has 20 or 32 bytes.
    #[must_use]
    pub fn from_bytes(id: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        bytes.get_mut(..id.len())?.copy_from_slice(id);
        let len = u8::try_from(id.len()).ok().filter(|len| matches!(len, 20 | 32))?;
        Some(Self { bytes, len })
    }

    /// The id's bytes, 20 or 32.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()[..4].iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// A 128-bit fingerprint of a derived answer: equal answers have equal fingerprints, different ones
/// differ but for accidents of one in 2¹²⁸ (SHA-256 cut to 16 bytes).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u128);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0 >> 96)
    }
}

/// Builds a [`Fingerprint`]. Every field is written with its length, so that `("a", "bc")` and
/// `("ab", "c")` differ.
#[derive(Clone, Default)]
pub struct Hasher(sha2::Sha256);

impl Hasher {
    /// Adds bytes, preceded by their number.
    pub fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(number.to_le_bytes());
        self
    }

    /// The fingerprint of all that was added.
    #[must_use]
    pub fn finish(&self) -> Fingerprint {
        let hash = self.0.clone().finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Fingerprint(u128::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_ids_are_gits() {
        // git hash-object of an empty file and of "a: 1\n"
        assert_eq!(format!("{:?}", BlobId::of(b"")), "e69de29b");
    }
}
