//! Contents from the object database.

use world::{BlobId, Content, ContentSource, SaltPath};

use crate::attributes::is_placeholder;
use crate::{MAX_FILE_BYTES, Repository};

/// Reads blobs; any thread may ask.
pub(crate) struct OdbSource(pub Repository);

impl ContentSource for OdbSource {
    fn content(&self, _: &SaltPath, blob: BlobId) -> Option<Content> {
        self.0.with(|git| read(git, blob)).ok()?.filter(|content| !is_placeholder(content))
    }
}

/// The bytes of `blob`, unless they are missing or too many.
pub(crate) fn read(git: &git2::Repository, blob: BlobId) -> Option<Content> {
    let id = git2::Oid::from_bytes(blob.as_bytes()).ok()?;
    let odb = git.odb().ok()?;
    let (size, kind) = odb.read_header(id).ok()?;
    if kind != git2::ObjectType::Blob || size as u64 > MAX_FILE_BYTES {
        return None;
    }
    Some(odb.read(id).ok()?.data().into())
}
