//! Under which roots, saltenv and knowledge something is rendered.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Fingerprint, Hasher, Profile, SaltPath};

/// The folders of one kind, by saltenv; the first folder that has a file wins.
pub type Roots = BTreeMap<String, Vec<SaltPath>>;

/// Everything but the world that a rendering depends on. Without a profile nothing is known of the
/// minion: grains and pillar are Unknown.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Minion {
    /// `file_roots`.
    pub file_roots: Roots,
    /// `pillar_roots`.
    pub pillar_roots: Roots,
    /// The saltenv that states are read from, usually `base`.
    pub saltenv: String,
    /// What is known of the minion.
    pub profile: Option<Profile>,
    /// A file that is rendered and handed over as the pillar (`--pillar-file`, a formula's
    /// `pillar.example`); it beats the profile's pillar.
    pub pillar_file: Option<SaltPath>,
    /// The Salt version's first number, such as 3008, if the user says it.
    pub salt: Option<u16>,
    /// Renderers that the tree brings along (`_renderers`), beside those that Salt ships.
    pub renderers: Vec<String>,
    /// What git ignores: the folder of each `.gitignore` and one of its patterns. Where Salt runs, files of
    /// these names may exist.
    pub ignored: Vec<(SaltPath, String)>,
    /// Whether sources outside of the roots (`ext_pillar`) add to the pillar.
    pub ext_pillar: bool,
}

impl Minion {
    /// Shared, with its fingerprint taken once.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = Hasher::default();
        // Debug text of plain data: stable within one run, which is all that a memo lives for.
        hasher.field(format!("{self:?}").as_bytes());
        hasher.finish()
    }

    /// The roots of `env` (`file_roots`), falling back on the `__env__` entry as Salt does.
    #[must_use]
    pub fn roots<'a>(roots: &'a Roots, env: &str) -> &'a [SaltPath] {
        roots.get(env).or_else(|| roots.get("__env__")).map_or(&[], Vec::as_slice)
    }

    /// Whether its Salt is that version or a later one, as far as anybody says: the user, else the grain
    /// `saltversion`. The newest Salt is assumed.
    #[must_use]
    pub fn has_salt(&self, version: u16) -> bool {
        let grain = || self.profile.as_ref()?.grains.get("saltversion")?.as_str()?.split('.').next()?.parse().ok();
        self.salt.or_else(grain).is_none_or(|own| own >= version)
    }

    /// The minion behind an [`Arc`].
    #[must_use]
    pub fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }
}
