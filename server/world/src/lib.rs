//! Worlds: path → content, addressed by git's blob hash, read only through questions that leave a
//! trace. Holds no I/O and knows nothing of git's API, Jinja, YAML sources or LSP.

mod blob;
mod json;
mod memo;
mod minion;
mod nesting;
mod path;
mod profile;
mod reader;
mod stop;
mod tree;

pub use blob::{BlobId, Fingerprint, Hasher};
pub use memo::{Affected, Memo, MemoOptions, MemoStats, Query};
pub use minion::{Minion, Roots};
pub use nesting::nests_deeper;
pub use path::{PathError, SaltPath};
pub use profile::{Profile, ProfileError};
pub use reader::{Listed, Reader};
pub use stop::{Stop, Stopped};
pub use tree::{Content, ContentSource, Entry, EntryKind, Tree, TreeId, World};
