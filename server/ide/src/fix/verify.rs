//! Tries edits in memory: the finding must be gone, and nothing new may be found.

use std::collections::{BTreeMap, BTreeSet};

use compare::{Drift, DriftFact, DriftSeverity};
use model::Catalog;
use world::{SaltPath, Stop, Stopped};

use super::edits::{Attempt, FileEdits, refuse};
use super::{Fixer, Remedy};
use crate::{Analysis, Severity, Upstream};

/// Files besides the touched ones whose errors are counted.
const MAX_NEIGHBOURS: usize = 200;

/// What a finding is about, wherever it stands.
type What = (&'static str, &'static str, String);

fn what(fact: &DriftFact) -> What {
    (fact.kind.name(), fact.entity.name(), fact.name.clone())
}

fn named(drift: &Drift) -> BTreeSet<What> {
    drift.facts.iter().filter(|fact| fact.severity > DriftSeverity::None).map(what).collect()
}

fn counted(drift: &Drift) -> BTreeMap<What, usize> {
    let mut counts = BTreeMap::new();
    for fact in drift.facts.iter().filter(|fact| fact.severity > DriftSeverity::None) {
        *counts.entry(what(fact)).or_default() += 1;
    }
    counts
}

impl Fixer<'_> {
    pub(super) fn verified(
        &self,
        fact: &DriftFact,
        remedy: Remedy,
        edits: &FileEdits,
        stop: &Stop,
    ) -> Result<Attempt<()>, Stopped> {
        let world = match edits.applied(&self.analysis.world) {
            Ok(world) => world,
            Err(refused) => return Ok(Err(refused)),
        };
        let request = &self.upstream.request;
        let memo = &self.analysis.memo;
        let catalog = Catalog::build(&world, &self.analysis.memo, stop, request, Some(&self.analysis.catalog))?;
        let upstream = self.followed(edits);
        let before = self.upstream.drift(&self.analysis.world, &self.analysis.catalog, &[], memo, stop)?;
        let after = upstream.drift(&world, &catalog, &[], memo, stop)?;
        let (old, new) = (counted(&before), counted(&after));
        let analysis = Analysis { world, catalog, drift: std::sync::Arc::new(after), ..self.analysis.clone() };
        if remedy == Remedy::Ignore {
            return self.ignored(fact, &analysis, stop);
        }
        let count = |counts: &BTreeMap<What, usize>| counts.get(&what(fact)).copied().unwrap_or_default();
        if fact.kind != compare::DriftKind::TextualConflict && count(&new) >= count(&old).max(1) {
            return Ok(refuse("the finding would still be there: mend it by hand"));
        }
        let known = named(&self.upstream.all_drift(&self.analysis.world, &self.analysis.catalog, memo, stop)?);
        if let Some((kind, _, name)) = new.keys().find(|what| !known.contains(*what)) {
            return Ok(refuse(format!("it would cause drift/{kind} at '{name}'")));
        }
        self.no_new_errors(edits, &analysis, stop)
    }

    /// The renames of files that there are after the edits.
    fn followed(&self, edits: &FileEdits) -> Upstream {
        let mut upstream = self.upstream.clone();
        for (old, new) in &edits.renamed {
            let key = self.upstream.in_base(old);
            upstream.ours_renames.retain(|(from, _)| *from != key);
            let in_base = upstream.base.as_ref().is_some_and(|base| base.world.tree.get(&key).is_some());
            if in_base && key != *new {
                upstream.ours_renames.push((key, new.clone()));
            }
        }
        upstream
    }

    fn ignored(&self, fact: &DriftFact, after: &Analysis, stop: &Stop) -> Result<Attempt<()>, Stopped> {
        let Some((path, _)) = &fact.place else { return Ok(refuse("it has no line")) };
        let code = format!("drift/{}", fact.kind.name());
        let count = |analysis: &Analysis| -> Result<usize, Stopped> {
            let found = crate::diagnostics(analysis, path, stop)?;
            Ok(found.iter().filter(|one| one.code == code).count())
        };
        let before = count(self.analysis)?;
        // conflicts in text are not looked for again
        if fact.kind != compare::DriftKind::TextualConflict && count(after)? >= before {
            return Ok(refuse("a comment would not silence it here"));
        }
        Ok(Ok(()))
    }

    /// Whether Salt would refuse something that it took before.
    fn no_new_errors(&self, edits: &FileEdits, after: &Analysis, stop: &Stop) -> Result<Attempt<()>, Stopped> {
        let mut paths = edits.touched();
        let mut more: Vec<SaltPath> = Vec::new();
        for (analysis, touched) in [(self.analysis, &paths), (after, &paths)] {
            for view in &analysis.catalog.views {
                more.extend(touched.iter().flat_map(|path| view.direct_includers(path)));
            }
        }
        more.sort();
        more.dedup();
        more.truncate(MAX_NEIGHBOURS);
        paths.extend(more);
        paths.extend(edits.renamed.iter().map(|(_, new)| new.clone()));
        paths.sort();
        paths.dedup();
        let errors = |analysis: &Analysis| -> Result<Vec<(String, String)>, Stopped> {
            // messages may hold values: they are compared, and never shown
            let mut found = Vec::new();
            for path in &paths {
                let all = crate::diagnostics(analysis, path, stop)?;
                let own = all.into_iter().filter(|one| one.severity == Severity::Error && one.drift.is_none());
                found.extend(own.map(|one| (one.code, one.message)));
            }
            found.sort();
            Ok(found)
        };
        let (old, new) = (errors(self.analysis)?, errors(after)?);
        Ok(match new.iter().find(|error| !old.contains(error)) {
            Some((code, _)) => refuse(format!("Salt would refuse the result ({code})")),
            None => Ok(()),
        })
    }
}
