//! What refers to a state. A state whose name is not wholly known may be what any reference means;
//! those that something surely answers are passed over without being resolved.

use std::sync::Arc;

use render::Pattern;
use rustc_hash::{FxHashMap, FxHashSet};
use world::SaltPath;

use super::index::state_names;
use super::lookup::requisite;
use super::named::Key;
use super::run::plain;
use super::{Slot, Target, View};
use crate::{At, Declaration, Entity, Facts, Requisite};

/// A definition as references see it.
struct Meant<'a> {
    /// Where it is declared: the file (that of a macro's caller, too) and which declaration it is there.
    declared: Vec<(SaltPath, usize)>,
    names: Vec<Pattern>,
    modules: Vec<&'a Pattern>,
}

impl Meant<'_> {
    fn is(&self, target: &Target) -> bool {
        target.declaration.is_some_and(|d| self.declared.iter().any(|(path, n)| *path == target.path && *n == d))
    }

    /// Whether `name` may be one of its names; and whether it surely is.
    fn is_named(&self, name: &Pattern) -> (bool, bool) {
        let surely = name.as_literal().is_some() && self.names.contains(name);
        (surely || self.names.iter().any(|own| own.overlaps(name)), surely)
    }

    /// Whether it has a state of the module, or one of a module that is not known.
    fn has(&self, module: Option<&str>) -> bool {
        let is = |own: &&Pattern| own.as_literal().is_none_or(|own| Some(own) == module);
        module.is_none() || self.modules.iter().any(is)
    }
}

/// What states there are for each module and name that was asked for.
type Known<'a> = FxHashMap<(Option<&'a Pattern>, &'a Pattern), Arc<Vec<Target>>>;

impl View {
    pub(super) fn uses_of_state(&self, definition: &Entity) -> Vec<Entity> {
        let meant = self.meant(definition);
        let mut files: Vec<SaltPath> = Vec::new();
        for name in &meant.names {
            for slot in [Slot::ExtendOf, Slot::ExcludeOf] {
                files.extend(self.index().candidates(slot, name));
            }
            match name.as_literal() {
                Some(_) => files.extend(self.index().candidates(Slot::RequisiteTo, name)),
                None => files.extend(self.unanswered().iter().cloned()),
            }
        }
        files.sort();
        files.dedup();
        let mut uses = Vec::new();
        let mut known = Known::default();
        for facts in files.iter().filter_map(|path| self.facts(path)) {
            let mut refers = |at| match at {
                At::Requisite(block, d, s, r) => requisite(facts, block, d, s, r)
                    .is_some_and(|requisite| self.means_by_requisite(facts, requisite, &meant, &mut known)),
                At::Extend(n) => facts.extends.get(n).is_some_and(|extend| self.means_by_extend(facts, extend, &meant)),
                At::Exclude(n) => {
                    facts.excludes.get(n).is_some_and(|exclude| !exclude.sls && meant.names.contains(&exclude.name))
                }
                _ => false,
            };
            uses.extend(crate::entities(facts).into_iter().filter(|(_, at)| refers(*at)).map(|(entity, _)| entity));
        }
        uses
    }

    fn meant(&self, definition: &Entity) -> Meant<'_> {
        // The declaration may be printed by a macro: look it up where it is declared.
        let holders =
            std::iter::once(&definition.path).chain(self.index().files(Slot::WrittenIn, definition.path.as_str()));
        let mut meant = Meant { declared: Vec::new(), names: Vec::new(), modules: Vec::new() };
        for facts in holders.filter_map(|path| self.facts(path)) {
            for (d, declaration) in facts.declarations.iter().enumerate() {
                let origin = &declaration.origin;
                if origin.path == definition.path && origin.range == definition.range {
                    meant.names.push(declaration.id.clone());
                    meant.names.extend(declaration.states.iter().flat_map(state_names));
                    meant.modules.extend(declaration.states.iter().map(|state| &state.module));
                    meant.declared.push((facts.path.clone(), d));
                }
            }
        }
        meant.names.sort();
        meant.names.dedup();
        meant
    }

    fn means_by_requisite<'a>(
        &'a self,
        facts: &'a Facts,
        requisite: &'a Requisite,
        meant: &Meant<'_>,
        known: &mut Known<'a>,
    ) -> bool {
        let (may, surely) = meant.is_named(&requisite.name);
        let module = by_module(requisite);
        let text = module.and_then(Pattern::as_literal);
        if !may || text == Some("sls") || !meant.has(text) || (!surely && self.is_answered(requisite)) {
            return false;
        }
        let all = known
            .entry((module, &requisite.name))
            .or_insert_with(|| Arc::new(self.states_named(module, &requisite.name)))
            .clone();
        self.is_best(&facts.path, &all, meant)
    }

    /// Whether what is meant is among the [`super::Resolved::best`] of `targets`, as a reference in the
    /// file at `path` has them; asks no more than is needed to know.
    fn is_best(&self, path: &SaltPath, targets: &[Target], meant: &Meant<'_>) -> bool {
        let literal = targets.iter().any(|target| target.literal);
        let fitting: Vec<&Target> = targets.iter().filter(|target| target.literal || !literal).collect();
        let wanted: Vec<&&Target> = fitting.iter().filter(|target| meant.is(target)).collect();
        if wanted.is_empty() {
            return false;
        }
        // `None`: nothing is that near.
        let among = |near: &dyn Fn(&SaltPath) -> bool| -> Option<bool> {
            if wanted.iter().any(|target| near(&target.path)) {
                return Some(true);
            }
            fitting.iter().any(|target| near(&target.path)).then_some(false)
        };
        let own = if literal { among(&|file| file == path) } else { None };
        let own = own.or_else(|| {
            let closure = self.closure(path);
            among(&|file| file == path || closure.contains(file))
        });
        let together = || {
            let together = self.together(path);
            among(&|file| together.contains(file))
        };
        own.or_else(together).unwrap_or(true)
    }

    fn means_by_extend(&self, facts: &Facts, extend: &Declaration, meant: &Meant<'_>) -> bool {
        let (may, surely) = meant.is_named(&extend.id);
        let answered = || plain(&extend.id).is_some_and(|id| self.index().files(Slot::StateId, id).next().is_some());
        may && (surely || !answered())
            && self.resolve_extend(&facts.path, extend).best().iter().any(|target| meant.is(target))
    }

    /// Whether some state surely is what `requisite` names, so that one which only may be is not meant.
    fn is_answered(&self, requisite: &Requisite) -> bool {
        let Some(name) = plain(&requisite.name) else { return false };
        match by_module(requisite).map(Pattern::as_literal) {
            None => self.index().files(Slot::StateId, name).next().is_some(),
            Some(Some("sls")) => true,
            Some(Some(module)) => self.index().named().files(Key::new(Some(module), name)).next().is_some(),
            Some(None) => false,
        }
    }

    /// The files with a requisite that nothing surely answers.
    fn unanswered(&self) -> Arc<FxHashSet<SaltPath>> {
        let compute = || {
            let is_open = |facts: &&Arc<Facts>| {
                let declarations = facts.declarations.iter().chain(&facts.extends);
                let mut requisites = declarations.flat_map(|one| &one.states).flat_map(|state| &state.requisites);
                requisites.any(|requisite| !self.is_answered(requisite))
            };
            Arc::new(self.files.values().filter(is_open).map(|facts| facts.path.clone()).collect())
        };
        self.derived.unanswered.get_or_init(compute).clone()
    }
}

/// The module of a requisite that is looked for by it: `id: x` is any state with that ID.
fn by_module(requisite: &Requisite) -> Option<&Pattern> {
    requisite.module.as_ref().filter(|module| module.as_literal() != Some("id"))
}

/// The modules and names that a file's requisites refer to, sorted.
pub(super) fn wanted(facts: &Facts) -> Vec<(Option<&Pattern>, &Pattern)> {
    let declarations = facts.declarations.iter().chain(&facts.extends);
    let requisites = declarations.flat_map(|one| &one.states).flat_map(|state| &state.requisites);
    let mut wanted: Vec<_> = requisites.map(|one| (one.module.as_ref(), &one.name)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}
