//! What a request sees of a workspace: one world and its meaning.

use std::sync::Arc;

use compare::Drift;
use library::Library;
use model::{Catalog, Request};
use world::{Memo, Stop, Stopped, World};

use crate::Upstream;
use crate::catalogue::{OwnModule, own_modules};

/// `library` with the workspace's modules.
fn with_own(library: Arc<Library>, modules: &[OwnModule]) -> Arc<Library> {
    if modules.is_empty() {
        return library;
    }
    Arc::new(library.with(modules.iter().map(|own| (*own.module).clone())))
}

/// One world and its meaning. Cheap to clone; immutable.
#[derive(Clone)]
pub struct Analysis {
    /// The files.
    pub world: World,
    /// Derived answers.
    pub memo: Arc<Memo>,
    /// What the files declare and use, under each minion.
    pub catalog: Catalog,
    /// What Salt offers, the workspace's own modules included.
    pub library: Arc<Library>,
    /// The workspace's own modules.
    pub modules: Arc<Vec<OwnModule>>,
    /// How the branch has drifted apart from its base; empty where there is no git.
    pub drift: Arc<Drift>,
    /// What drift was found between; `None`: nothing was compared.
    pub upstream: Option<Arc<Upstream>>,
    /// What a person should know of the settings, ready to print.
    pub notes: Vec<String>,
    /// What the catalog was made of.
    pub request: Arc<Request>,
    /// What the checks of single files found so far.
    pub lints: Arc<crate::lints::Lints>,
}

impl Analysis {
    /// The meaning of `world`, building on `before`; without drift.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn build(
        world: &World,
        memo: &Arc<Memo>,
        request: &Request,
        before: Option<&Self>,
        notes: Vec<String>,
        stop: &Stop,
    ) -> Result<Self, Stopped> {
        let catalog = Catalog::build(world, memo, stop, request, before.map(|before| &before.catalog))?;
        let known = before.map(|before| before.modules.as_slice()).unwrap_or_default();
        let modules = own_modules(world, &catalog, known);
        let same = |before: &&Self| {
            before.modules.len() == modules.len()
                && before.modules.iter().zip(&modules).all(|(a, b)| Arc::ptr_eq(&a.module, &b.module))
        };
        let (library, modules) = match before.filter(same) {
            Some(before) => (before.library.clone(), before.modules.clone()),
            None => (with_own(Library::bundled(None), &modules), Arc::new(modules)),
        };
        let (world, memo, drift) = (world.clone(), memo.clone(), Arc::default());
        let (lints, request) = (Arc::default(), Arc::new(request.clone()));
        Ok(Self { world, memo, catalog, library, modules, drift, upstream: None, notes, request, lints })
    }

    /// What `catalog` knows, for those who ask nothing else: Salt's own modules, no drift.
    #[must_use]
    pub fn of(catalog: Catalog, world: &World, memo: &Arc<Memo>, request: &Request, notes: Vec<String>) -> Self {
        let (world, memo, request) = (world.clone(), memo.clone(), Arc::new(request.clone()));
        let (library, modules, drift, lints) = (Library::bundled(None), Arc::default(), Arc::default(), Arc::default());
        Self { world, memo, catalog, library, modules, drift, upstream: None, notes, request, lints }
    }

    /// This analysis for the Salt version `version`, such as `3006`.
    #[must_use]
    pub fn with_salt_version(self, version: Option<&str>) -> Self {
        let bundled = Library::bundled(version);
        if self.library.version() == bundled.version() {
            return self;
        }
        Self { library: with_own(bundled, &self.modules), lints: Arc::default(), ..self }
    }

    /// This analysis with `drift`.
    #[must_use]
    pub fn with_drift(self, drift: Arc<Drift>) -> Self {
        Self { drift, ..self }
    }

    /// This analysis with what drift was found between.
    #[must_use]
    pub fn with_upstream(self, upstream: Option<Arc<Upstream>>) -> Self {
        Self { upstream, ..self }
    }
}
