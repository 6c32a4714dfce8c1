//! What is wrong in the merge and on neither side, whatever the other rules looked for: what Salt refuses in
//! files that one of the sides changed.

use model::{EntityKind, Facts};
use render::{Code, Origin, Pattern, Problem};
use rustc_hash::FxHashSet;
use world::{SaltPath, Stopped};

use crate::context::{Comparison, In};
use crate::lineage::Side;
use crate::merged::{MergedView, is_judged};
use crate::rules::states::references;
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

/// A problem as it is compared between worlds: its places differ.
type Said = (Code, String);

/// Whether another rule told of the same break, perhaps from its other end.
fn is_same_break(fact: &DriftFact, other: &DriftFact) -> bool {
    use DriftKind as Kind;
    let breaks = matches!(
        other.kind,
        Kind::RequisiteTargetRemovedUpstream
            | Kind::IncludeRemovedUpstream
            | Kind::SaltFileRemovedUpstream
            | Kind::PillarKeyRemovedUpstream
            | Kind::MapKeyRemovedUpstream
            | Kind::RemovedHereUsedUpstream
            | Kind::MacroCallBroken
            | Kind::DuplicateIdAfterMerge
            | Kind::DuplicateIdCrossFile
    );
    let last = |name: &str| name.rsplit(['/', ':']).next().unwrap_or(name).to_owned();
    let home = fact.place.as_ref().map(|(path, _)| path);
    let ends = [other.place.as_ref().map(|(path, _)| path), other.theirs.as_ref().map(|place| &place.path)];
    let named = last(&fact.name) == last(&other.name);
    // A rendering that fails is told where its cause is.
    let caused = fact.kind == Kind::BrokenAfterMerge && home.is_some() && ends.contains(&home);
    breaks && other.severity > DriftSeverity::None && (named || caused)
}

impl Comparison<'_> {
    /// All of it.
    pub(crate) fn after_merge(&mut self) -> Result<(), Stopped> {
        let Some(merged) = self.merged else { return Ok(()) };
        let mut keys: FxHashSet<SaltPath> = FxHashSet::default();
        for side in [Side::Ours, Side::Theirs] {
            keys.extend(self.diff(side).files.iter().map(|pair| pair.key.clone()));
        }
        let mut keys: Vec<SaltPath> = keys.into_iter().collect();
        keys.sort();
        let mut found: Vec<DriftFact> = Vec::new();
        for key in keys {
            self.stop.check()?;
            let Some(facts) = self.facts(In::Merged, &key).filter(|facts| is_judged(facts)) else { continue };
            if !self.is_settled(&key) {
                continue;
            }
            let known = self.known_problems(&key);
            let across = merged.view.check(facts);
            for problem in facts.problems.iter().chain(across.iter()) {
                let said = (problem.code, problem.message.clone());
                if problem.code == Code::Limit || known.contains(&said) || !self.is_news(&merged, problem) {
                    continue;
                }
                let news = self.news(&key, facts, problem);
                found.extend(news.filter(|fact| !self.found.iter().any(|other| is_same_break(fact, other))));
            }
        }
        self.found.extend(found);
        for side in [Side::Ours, Side::Theirs] {
            let lost = self.lost_references(&merged, side)?;
            let news = lost.into_iter().filter(|fact| !self.found.iter().any(|other| is_same_break(fact, other)));
            let news: Vec<DriftFact> = news.collect();
            self.found.extend(news);
        }
        Ok(())
    }

    /// References in files that `side` changed which find their state on that side for sure, and in the merge
    /// nowhere for sure. What else is unknown beside them was unknown before.
    fn lost_references(&self, merged: &MergedView<'_>, side: Side) -> Result<Vec<DriftFact>, Stopped> {
        let view = self.view(side);
        let mut found = Vec::new();
        for pair in &self.diff(side).files {
            self.stop.check()?;
            let (Some(mine), Some(facts)) = (pair.other, self.settled_facts(&pair.key)) else { continue };
            let after = references(facts);
            for reference in references(mine).iter().filter(|reference| reference.certain) {
                let Some((_, requisite)) = reference.requisite.filter(|_| !reference.name().is_pattern()) else {
                    continue;
                };
                let same = |other: &&crate::rules::states::Reference<'_>| {
                    let of = |one: &model::Requisite| (one.kind.clone(), one.module.clone(), one.name.clone());
                    other.certain && other.requisite.is_some_and(|(_, one)| of(one) == of(requisite))
                };
                let Some((_, there)) = after.iter().find(same).and_then(|other| other.requisite) else { continue };
                // A pattern that stood beside the target already was not meant; a new one may be.
                let known = view.states_named(reference.module(), &requisite.name);
                let stood = |target: &model::Target| known.iter().any(|one| !one.literal && one.path == target.path);
                let now = merged.view.states_named(reference.module(), &there.name);
                if now.iter().any(|target| target.literal || !stood(target)) {
                    continue;
                }
                let resolved = view.resolve_requisite(&mine.path, requisite);
                let sure = |target: &model::Target| target.literal && target.reach == model::Reach::Closure;
                if !resolved.targets.iter().any(sure) || self.is_in_a_conflict(reference.module(), &requisite.name) {
                    continue;
                }
                found.push(self.lost_reference(side, reference, requisite));
            }
        }
        Ok(found)
    }

    fn lost_reference(
        &self,
        side: Side,
        reference: &crate::rules::states::Reference<'_>,
        requisite: &model::Requisite,
    ) -> DriftFact {
        let develop = self.sides.base_name;
        let facts = reference.facts;
        let name = &requisite.name;
        let label = requisite.module.as_ref().map_or_else(|| name.to_string(), |module| format!("{module}:{name}"));
        let shown = Self::place(&requisite.name_origin, &facts.path);
        let is_mine = side == Side::Ours;
        let home = if is_mine {
            shown.0.clone()
        } else {
            self.lineage.path(Side::Ours, self.lineage.key(side, &shown.0)).clone()
        };
        let here = self.world(Side::Ours).tree.get(&home).is_some();
        let range = if is_mine { shown.1 } else { text::TextRange::empty(0) };
        let (kind, wanted, what) = match side {
            Side::Ours => (DriftKind::RequisiteTargetRemovedUpstream, DriftSeverity::Error, "required here"),
            Side::Theirs => (DriftKind::RemovedHereUsedUpstream, DriftSeverity::Warning, "required there"),
        };
        let severity = self.severity(wanted, true, &home);
        let message =
            format!("state '{label}' {what} is gone when {develop} is merged: neither side alone took it away");
        let mut fact =
            Self::fact(kind, severity, (EntityKind::Requisite, label), here.then_some((home, range)), message);
        fact.theirs = (!is_mine).then(|| Self::place_of(&requisite.name_origin));
        fact
    }

    /// What is wrong on either side already.
    fn known_problems(&self, key: &SaltPath) -> FxHashSet<Said> {
        let mut known = FxHashSet::default();
        for side in [Side::Ours, Side::Theirs] {
            let Some(facts) = self.facts(In::Side(side), key) else { continue };
            let across = self.view(side).check(facts);
            let said = facts.problems.iter().chain(across.iter());
            known.extend(said.map(|problem| (problem.code, problem.message.clone())));
        }
        known
    }

    /// Whether the merge alone is to blame: nothing that git would ask about plays a part in it.
    fn is_news(&self, merged: &MergedView<'_>, problem: &Problem) -> bool {
        let unsettled = |path: &SaltPath| merged.conflicts.binary_search(path).is_ok();
        let written = |origin: &Origin| unsettled(&origin.path) || origin.chain.iter().any(|(path, _)| unsettled(path));
        !written(&problem.origin) && problem.certain && !problem.related.iter().any(|related| written(&related.origin))
    }

    fn news(&self, key: &SaltPath, facts: &Facts, problem: &Problem) -> Option<DriftFact> {
        let origin = &problem.origin;
        let develop = self.sides.base_name;
        let shown = Self::place(origin, &facts.path);
        let ours_path = |path: &SaltPath| {
            let key = if *path == facts.path { key.clone() } else { self.lineage.key(Side::Theirs, path).clone() };
            self.lineage.path(Side::Ours, &key).clone()
        };
        let home = ours_path(&shown.0);
        let here = self.world(Side::Ours).tree.get(&home).is_some();
        let range = if here { self.in_ours(&shown.0, shown.1, &home) } else { text::TextRange::empty(0) };
        let place = here.then(|| (home.clone(), range));
        let severity = self.severity(DriftSeverity::Error, true, &home);
        let (kind, entity, name) = match problem.code {
            Code::RequisiteMissing | Code::ExtendMissing => {
                let (entity, name, module) = self.missing(facts, origin)?;
                if self.is_in_a_conflict(module.as_ref(), &name) {
                    return None;
                }
                let label = module.map_or_else(|| name.to_string(), |module| format!("{module}:{name}"));
                (DriftKind::RequisiteTargetRemovedUpstream, entity, label)
            }
            Code::SlsMissing => {
                let (entity, name) = self.missing_sls(facts, origin)?;
                (DriftKind::IncludeRemovedUpstream, entity, name)
            }
            Code::ConflictingId => {
                (DriftKind::DuplicateIdCrossFile, EntityKind::StateId, self.declared_at(facts, origin)?)
            }
            Code::YamlDuplicateKey => {
                let name = self.declared_at(facts, origin).unwrap_or_else(|| self.sls_of(facts));
                (DriftKind::DuplicateIdAfterMerge, EntityKind::StateId, name)
            }
            _ => (DriftKind::BrokenAfterMerge, EntityKind::Sls, self.sls_of(facts)),
        };
        // A reference that only they wrote is theirs: we took away what it means.
        let mine = self.facts(In::Side(Side::Ours), key).is_some_and(|ours| self.says(ours, facts, origin));
        let (kind, severity) = match kind {
            DriftKind::RequisiteTargetRemovedUpstream | DriftKind::IncludeRemovedUpstream if !mine => {
                (DriftKind::RemovedHereUsedUpstream, severity.min(DriftSeverity::Warning))
            }
            _ => (kind, severity),
        };
        let message = format!("after merging {develop}: {}", problem.message);
        let mut fact = Self::fact(kind, severity, (entity, name), place, message);
        let theirs = self.facts(In::Side(Side::Theirs), key);
        fact.theirs = theirs.map(|facts| Place { path: facts.path.clone(), range: text::TextRange::empty(0) });
        Some(fact)
    }

    fn sls_of(&self, facts: &Facts) -> String {
        facts.names.first().map_or_else(|| facts.path.to_string(), |(_, name)| name.to_string())
    }

    fn declared_at(&self, facts: &Facts, origin: &Origin) -> Option<String> {
        let at =
            facts.declarations.iter().find(|one| one.origin.range == origin.range && one.origin.path == origin.path);
        at.map(|declaration| declaration.id.to_string())
    }

    /// What the reference at `origin` names: its kind, name and module.
    fn missing(&self, facts: &Facts, origin: &Origin) -> Option<(EntityKind, Pattern, Option<Pattern>)> {
        references(facts).into_iter().find_map(|reference| match reference.requisite {
            Some((_, requisite)) if requisite.name_origin.range == origin.range => {
                Some((EntityKind::Requisite, requisite.name.clone(), requisite.module.clone()))
            }
            None if reference.declaration.origin.range == origin.range => {
                Some((EntityKind::Extend, reference.declaration.id.clone(), None))
            }
            _ => None,
        })
    }

    /// What the include or top target at `origin` names.
    fn missing_sls(&self, facts: &Facts, origin: &Origin) -> Option<(EntityKind, String)> {
        let include = facts.includes.iter().find(|include| include.origin.range == origin.range);
        if let Some(name) = include.and_then(|include| include.sls.as_ref()) {
            return Some((EntityKind::Include, name.to_string()));
        }
        let mut targets = facts.targets.iter().flat_map(|target| &target.sls);
        let target = targets.find(|(_, at, _)| at.range == origin.range);
        target.map(|(name, _, _)| (EntityKind::TopTarget, name.to_string()))
    }

    /// Whether one of the sides declares it in a file that git asks about: whoever answers decides.
    fn is_in_a_conflict(&self, module: Option<&Pattern>, name: &Pattern) -> bool {
        [Side::Ours, Side::Theirs].into_iter().any(|side| {
            let found = self.view(side).states_named(module, name);
            found.iter().any(|target| !self.is_settled(self.lineage.key(side, &target.path)))
        })
    }

    /// Whether our version of the file has what stands at `origin` in the merged one: a reference of the
    /// same words, else a line.
    fn says(&self, ours: &Facts, merged: &Facts, origin: &Origin) -> bool {
        match self.missing(merged, origin) {
            Some((entity, name, module)) => references(ours).iter().any(|reference| match reference.requisite {
                Some((_, one)) => entity == EntityKind::Requisite && one.name == name && one.module == module,
                None => entity == EntityKind::Extend && reference.declaration.id == name,
            }),
            None => {
                let named = |facts: &Facts| -> Vec<String> {
                    let includes = facts.includes.iter().filter_map(|include| include.sls.as_ref());
                    let targets = facts.targets.iter().flat_map(|target| target.sls.iter().map(|(name, _, _)| name));
                    includes.chain(targets).map(ToString::to_string).collect()
                };
                let at = merged.includes.iter().find(|include| include.origin.range == origin.range);
                at.and_then(|include| include.sls.as_ref()).is_none_or(|name| named(ours).contains(&name.to_string()))
            }
        }
    }
}
