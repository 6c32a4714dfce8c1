//! In which files something else may be found than before an edit, so that only those are looked at
//! again.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use world::SaltPath;

use super::{Catalog, View};
use crate::Facts;

impl Catalog {
    /// The files in which something else may be found than in `before`, by whatever looks at a file,
    /// at the files that its states render, and at names. `None`: in any.
    #[must_use]
    pub fn touched_since(&self, before: &Self) -> Option<FxHashSet<SaltPath>> {
        if self.views.len() != before.views.len() || self.layout.files != before.layout.files {
            return None;
        }
        let mut touched = FxHashSet::default();
        for (new, old) in self.views.iter().zip(&before.views) {
            new.touched(old, &mut touched)?;
        }
        Some(touched)
    }
}

impl View {
    fn touched(&self, old: &Self, touched: &mut FxHashSet<SaltPath>) -> Option<()> {
        // What any file says may depend on a name that came or went anywhere, and on what runs where.
        let same = Arc::ptr_eq(&self.minion, &old.minion)
            && Arc::ptr_eq(&self.top, &old.top)
            && Arc::ptr_eq(&self.names, &old.names)
            && Arc::ptr_eq(&self.managed, &old.managed)
            && Arc::ptr_eq(&self.edges(), &old.edges())
            && self.files.len() == old.files.len();
        if !same {
            return None;
        }
        for ((path, new), (old_path, facts)) in self.files.iter().zip(old.files.iter()) {
            if path != old_path {
                return None;
            }
            if !Arc::ptr_eq(new, facts) || !Arc::ptr_eq(&self.check(new), &old.check(facts)) {
                shown_in(facts, touched);
                shown_in(new, touched);
            }
        }
        Some(())
    }
}

/// The files in which something that `facts` lead to may show.
fn shown_in(facts: &Facts, files: &mut FxHashSet<SaltPath>) {
    files.insert(facts.path.clone());
    let origins = super::index::origins(facts);
    files.extend(origins.into_iter().flat_map(|origin| {
        let chain = origin.chain.iter().map(|(path, _)| path);
        std::iter::once(&origin.path).chain(chain).cloned()
    }));
    files.extend(facts.managed.iter().cloned());
    files.extend(facts.salt_files.iter().flat_map(|file| file.targets.iter().cloned()));
    files.extend(facts.imports.iter().filter_map(|import| import.target.clone()));
}
