//! Evaluates a Jinja template as Salt's environment does, under partial knowledge: prints one joint
//! text of all branches that may be taken, with every byte's place and condition. Knows nothing of
//! YAML, high data or what the text is for.

use std::sync::Arc;

use smol_str::SmolStr;
use world::{BlobId, Minion, SaltPath};

use crate::{EntryKind, Node, Output, Problem, Use};

/// What to evaluate.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Under which roots and knowledge.
    pub minion: &'a Arc<Minion>,
    /// The file.
    pub path: SaltPath,
    /// As what it is rendered.
    pub kind: EntryKind,
    /// The dotted name, for SLS.
    pub sls: Option<SmolStr>,
    /// The saltenv that it is rendered in; imports come from this saltenv's roots.
    pub saltenv: SmolStr,
    /// The file's text as it is on disk, shebang and `#jinja2:` header included.
    pub source: Arc<str>,
    /// The text's address, under which its parse is kept; `None`: it is computed.
    pub blob: Option<BlobId>,
    /// Further variables: `data`, `tag`, `context`, a pillar include's `defaults`.
    pub extra: Vec<(SmolStr, Node)>,
}

/// What evaluation gave.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// The joint text.
    pub output: Output,
    /// What Salt refuses, in evaluation order.
    pub problems: Vec<Problem>,
    /// What was read, in evaluation order.
    pub uses: Vec<Use>,
    /// Whether something unknown decided anything.
    pub partial: bool,
}
