//! All files of one world under one or several minions: who declares what, who refers to whom.
//! Rebuilt from the one before at the cost of what changed; knows nothing of other worlds.

mod build;
mod check;
mod derived;
mod edges;
mod graph;
mod index;
mod lookup;
mod named;
mod resolve;
mod run;
mod runs;
mod some;
mod touched;
mod uses;

use std::sync::Arc;

use imbl::OrdMap;
use render::Top;
use rustc_hash::FxHashSet;
use world::{Minion, Profile, SaltPath, World};

use crate::{Facts, Layout, Overrides};
use derived::Derived;
pub use graph::{Closure, Reached, Together};
pub(crate) use index::listed_name;
pub use index::{Index, Slot, state_names};
pub use lookup::{Found, Place};
pub use resolve::{How, Reach, Resolved, Target, Verdict};
pub use runs::Run;

/// What a catalog is made of, beside the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// What the user says of the roots.
    pub overrides: Overrides,
    /// The saltenv of states; `None`: `base`, or the only one there is.
    pub saltenv: Option<String>,
    /// Whether to have the structural view, under which nothing is known of the minion. It is there
    /// anyway if there are no profiles.
    pub structural: bool,
    /// One view each.
    pub profiles: Vec<Arc<Profile>>,
    /// Handed over as the pillar in every view.
    pub pillar_file: Option<SaltPath>,
}

/// One world's meaning. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    /// Where everything is.
    pub layout: Arc<Layout>,
    /// The structural view first, if it is there; then one for each profile.
    pub views: Vec<View>,
    world: World,
}

/// One world's meaning for one minion. Cheap to clone.
#[derive(Clone)]
pub struct View {
    /// For whom.
    pub minion: Arc<Minion>,
    /// What every file says.
    pub files: OrdMap<SaltPath, Arc<Facts>>,
    /// What the top files give the minion (without a profile: all that they may give).
    pub top: Arc<Top>,
    index: Index,
    /// Nothing but an address: the same as long as all names in the index are.
    names: Arc<()>,
    /// Files that are templates only because states render them.
    managed: Arc<FxHashSet<SaltPath>>,
    derived: Arc<Derived>,
}

impl View {
    /// The profile's name; `None` for the structural view.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.minion.profile.as_ref().map(|profile| profile.name.as_str())
    }

    /// What the file at `path` says.
    #[must_use]
    pub fn facts(&self, path: &SaltPath) -> Option<&Arc<Facts>> {
        self.files.get(path)
    }

    /// Which files hold which names.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }
}
