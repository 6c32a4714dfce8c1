//! Top files of states and pillar: which SLS they give a minion (`salt/state.py`,
//! `salt/pillar/__init__.py`).

use std::sync::Arc;

use smol_str::SmolStr;
use world::{Minion, Reader, SaltPath, Stopped};

use crate::{Origin, Pattern, Problem, When};

/// What the top files give a minion.
#[derive(Clone, Debug, Default)]
pub struct Top {
    /// The state SLS by saltenv, in Salt's order; names are fnmatch patterns as written.
    pub states: Vec<TopEnv>,
    /// The pillar SLS by saltenv, `order` applied.
    pub pillar: Vec<TopEnv>,
    /// What Salt refuses, in both.
    pub errors: Vec<Problem>,
    /// The top files that were read, the states' first.
    pub files: Vec<SaltPath>,
    /// Whether something unknown decided anything.
    pub partial: bool,
}

/// What a minion gets from one saltenv.
#[derive(Clone, Debug, PartialEq)]
pub struct TopEnv {
    /// The saltenv.
    pub saltenv: SmolStr,
    /// The entries in order; without repetition where Salt drops it.
    pub sls: Vec<TopSls>,
}

/// One matched entry of a top file.
#[derive(Clone, Debug, PartialEq)]
pub struct TopSls {
    /// The SLS name, an fnmatch pattern; with holes where it is not known.
    pub name: Pattern,
    /// The target expression that gives it.
    pub target: Pattern,
    /// Where the name is written.
    pub origin: Arc<Origin>,
    /// When the entry exists.
    pub when: When,
    /// Whether its target certainly matches the minion (false without a profile).
    pub matched: bool,
    /// Pillar only: whether a missing file is passed over (`ignore_missing: true`).
    pub ignore_missing: bool,
}

impl TopSls {
    /// Whether the minion gets it whatever is unknown.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.matched && self.when.is_always() && !self.name.is_pattern()
    }
}

/// Compiles it.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn compile(reader: &Reader<'_>, minion: &Arc<Minion>) -> Result<Top, Stopped> {
    reader.tick()?;
    let _ = minion;
    Ok(Top::default())
}
