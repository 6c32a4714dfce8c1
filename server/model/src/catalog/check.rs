//! What Salt refuses because of what is, or is not, in other files: missing SLS, requisite targets and
//! extended IDs, IDs declared twice in one run.

use std::sync::Arc;

use render::{Code, Doubt, EntryKind, Origin, Pattern, Problem, Related, When};
use rustc_hash::FxHashSet;
use world::SaltPath;

use super::derived::{Checked, RestsOn};
use super::named::Key;
use super::resolve::targets_in;
use super::run::{Judged, Run};
use super::{Resolved, Slot, Verdict, View};
use crate::requisite::{INVERSE, REQUISITES};
use crate::{Declaration, Facts, Requisite, State};

impl View {
    /// The findings about `facts` that need other files, in no particular order. Those that are not
    /// certain depend on something unknown, or only hold for some runs.
    #[must_use]
    pub fn check(&self, facts: &Facts) -> Arc<Vec<Problem>> {
        if let Some(problems) = self.derived.known(facts) {
            return problems;
        }
        let (problems, rests_on) = self.findings(facts);
        let problems = Arc::new(problems);
        if let Some(own) = self.facts(&facts.path).filter(|own| std::ptr::eq(&***own, facts)) {
            let (facts, rests_on) = (own.clone(), Arc::new(rests_on));
            self.derived.keep(Checked { facts, problems: problems.clone(), rests_on });
        }
        problems
    }

    fn findings(&self, facts: &Facts) -> (Vec<Problem>, RestsOn) {
        let run = Run::new(self, facts);
        let (found, rests_on) = (Vec::new(), RestsOn::default());
        let mut checker = Checker { view: self, facts, run, found, rests_on, resolved: FxHashSet::default() };
        match facts.kind {
            EntryKind::State | EntryKind::Orchestrate => {
                checker.includes();
                checker.requisites();
                checker.extends();
                checker.conflicts();
            }
            EntryKind::Pillar => checker.includes(),
            EntryKind::StateTop | EntryKind::PillarTop => checker.targets(),
            _ => {}
        }
        checker.rests_on.keys.sort_unstable();
        checker.rests_on.keys.dedup();
        (checker.found, checker.rests_on)
    }
}

/// So many files with the same ID are named for one declaration.
const MAX_CONFLICTS: usize = 10;

struct Checker<'a> {
    view: &'a View,
    facts: &'a Facts,
    run: Run<'a>,
    found: Vec<Problem>,
    rests_on: RestsOn,
    /// Targets that were looked for and found.
    resolved: FxHashSet<(Option<&'a Pattern>, &'a Pattern)>,
}

/// What of a finding is certain.
struct Certainty<'a> {
    when: &'a When,
    /// Whether Salt refuses wherever `when` holds.
    certain: bool,
}

impl<'a> Checker<'a> {
    fn add(&mut self, code: Code, origin: &Origin, how: &Certainty<'_>, message: String, related: Vec<Related>) {
        let (origin, when) = (origin.clone(), how.when.clone());
        let sure = how.certain && self.facts.rendered.complete;
        let (certain, doubt) = (sure && when.is_always(), Doubt::unless(sure));
        self.found.push(Problem { code, message, origin, related, when, certain, doubt });
    }

    /// An SLS called `name` is missing, which Salt tells with `message`; `fatal`: Salt then refuses this file.
    fn missing(&mut self, slot: Slot, origin: &Origin, (when, fatal): (&When, bool), (name, message): (&str, String)) {
        let slip = self.view.slip(slot, name);
        let cased = slip.as_deref().is_some_and(|slip| crate::near::same_letters(slip, name));
        let absent = !cased && self.view.may_be_elsewhere(slot, name);
        let message = match &slip {
            Some(slip) => format!("{message} Did you mean '{slip}'?"),
            None if absent => format!("{message} It is not in this checkout."),
            None => format!("{message} Create it, or correct the name."),
        };
        self.add(Code::SlsMissing, origin, &Certainty { when, certain: true }, message, Vec::new());
        let Some(problem) = self.found.last_mut() else { return };
        if absent && slip.is_none() {
            problem.doubt = problem.doubt.max(Doubt::Absent);
        } else if absent || !fatal {
            (problem.certain, problem.doubt) = (false, problem.doubt.max(Doubt::Carried));
        }
    }

    /// Whether a run that anybody knows of has this file: all do where no top file says what runs.
    fn runs(&self) -> bool {
        !self.view.has_top(Slot::Sls) || self.view.highstate().contains(&self.facts.path)
    }

    /// The names that Salt's messages use.
    fn own(&self) -> (&str, &str) {
        self.facts.names.first().map_or(("base", self.facts.path.as_str()), |(env, name)| (env, name))
    }

    fn includes(&mut self) {
        let facts = self.facts;
        let (env, own) = self.own();
        let (env, own) = (env.to_owned(), own.to_owned());
        for include in &facts.includes {
            let Some(name) = include.sls.as_ref().and_then(Pattern::as_literal) else { continue };
            if !self.view.included(facts, include).is_empty() {
                continue;
            }
            let env = include.saltenv.as_deref().unwrap_or(&env);
            let message = if facts.kind == EntryKind::Pillar {
                format!("Specified SLS '{name}' in environment '{env}' is not available on the salt master.")
            } else if env != "_xenv" && !self.view.minion.file_roots.contains_key(env) {
                format!("Nonexistent saltenv '{env}' found in include of '{name}' within SLS '{own}'.")
            } else {
                format!(
                    "Specified SLS {name} in saltenv {env} is not available on the salt master or through a \
                     configured fileserver."
                )
            };
            let slot = if facts.kind == EntryKind::Pillar { Slot::PillarSls } else { Slot::Sls };
            let fatal = facts.kind == EntryKind::Pillar || self.runs();
            self.missing(slot, &include.origin, (&include.when, fatal), (name, message));
        }
    }

    fn targets(&mut self) {
        let facts = self.facts;
        let pillar = facts.kind == EntryKind::PillarTop;
        let (slot, roots) = if pillar {
            (Slot::PillarSls, &self.view.minion.pillar_roots)
        } else {
            (Slot::Sls, &self.view.minion.file_roots)
        };
        for target in facts.targets.iter().filter(|target| !target.ignore_missing) {
            let Some(env) = target.saltenv.as_literal().filter(|env| roots.contains_key(*env)) else { continue };
            for (name, origin, when) in &target.sls {
                let Some(text) = name.as_literal() else { continue };
                let Some(when) = target.when.both(when) else { continue };
                if !self.view.sls(slot, Some(env), name).is_empty() {
                    continue;
                }
                let message = if pillar {
                    format!(
                        "Specified SLS '{text}' in environment '{env}' is not available on the salt master: nothing of \
                         it gets into the pillar, without a word."
                    )
                } else {
                    format!("No matching sls found for '{text}' in env '{env}'.")
                };
                self.missing(slot, origin, (&when, !pillar), (text, message));
            }
        }
    }

    fn requisites(&mut self) {
        let facts = self.facts;
        for declaration in facts.declarations.iter().chain(&facts.extends) {
            for state in &declaration.states {
                for requisite in &state.requisites {
                    self.requisite(declaration, state, requisite);
                }
            }
        }
    }

    fn requisite(&mut self, declaration: &'a Declaration, state: &'a State, requisite: &'a Requisite) {
        let kind = requisite.kind.as_str();
        // Salt passes over the targets of `use` and of bare `…_in` entries that it does not find, and
        // looks for those of `listen` when the state has run.
        let by_module = requisite.module.as_ref().and_then(Pattern::as_literal).is_some_and(|module| module != "sls");
        let silent = kind.starts_with("use") || (INVERSE.contains(&kind) && !by_module);
        let refused = !silent && !kind.starts_with("listen") && kind != "prerequired" && kind != "onfail_stop";
        if requisite.name.is_pattern() || requisite.module.as_ref().is_some_and(Pattern::is_pattern) {
            return;
        }
        let asked = (requisite.module.as_ref(), &requisite.name);
        if self.resolved.contains(&asked) {
            return;
        }
        let module = requisite.module.as_ref().filter(|module| module.as_literal() != Some("id"));
        self.asks(module, &requisite.name);
        let judged = self.run.requisite(requisite);
        let resolved =
            self.full(judged, module, &requisite.name, || self.view.resolve_requisite(&self.facts.path, requisite));
        if matches!(resolved.verdict, Verdict::Found | Verdict::Maybe) {
            self.resolved.insert(asked);
            return;
        }
        let (_, sls) = self.own();
        let module = requisite.module.as_ref().map_or_else(|| "id".to_owned(), ToString::to_string);
        let (name, id) = (&requisite.name, &declaration.id);
        let mut message = if REQUISITES.contains(&kind) {
            format!(
                "Referenced state does not exist for requisite [{kind}: ({module}: {name})] in state [{id}] in SLS \
                 [{sls}]."
            )
        } else {
            format!("Cannot extend ID '{name}' by {kind} of state [{id}] in SLS [{sls}]: it is not part of the run.")
        };
        let related = self.elsewhere(&resolved, &mut message);
        if related.is_empty() {
            message.push_str(" Declare it, or correct the reference.");
        }
        let when = declaration.when.both(&state.when).and_then(|when| when.both(&requisite.when));
        let Some(when) = when else { return };
        let certain = refused && !declaration.repeated && resolved.verdict == Verdict::Missing;
        self.add(Code::RequisiteMissing, &requisite.name_origin, &Certainty { when: &when, certain }, message, related);
    }

    /// Notes that it was looked up who has the name.
    fn asks(&mut self, module: Option<&Pattern>, name: &Pattern) {
        self.rests_on.loose = true;
        match (module.map(Pattern::as_literal), name.as_literal()) {
            (None, Some(name)) => self.rests_on.keys.push(Key::new(None, name)),
            (Some(Some(module)), Some(name)) => self.rests_on.keys.push(Key::new(Some(module), name)),
            _ => self.rests_on.all_names = true,
        }
        if name.as_literal().is_some_and(|name| name.contains(['*', '?', '[', ']'])) {
            self.rests_on.all_names = true;
        }
    }

    /// A judgement with the places that a message names; `resolve` is the long way, for references
    /// that are no plain ones.
    fn full(
        &self,
        judged: Option<Judged>,
        module: Option<&Pattern>,
        name: &Pattern,
        resolve: impl FnOnce() -> Resolved,
    ) -> Resolved {
        let Some(judged) = judged else { return resolve() };
        if judged.verdict != Verdict::Elsewhere {
            return Resolved { targets: Vec::new(), verdict: judged.verdict };
        }
        let sls = module.and_then(Pattern::as_literal) == Some("sls");
        let targets = judged.files.iter().take(3).flat_map(|file| match self.view.facts(file) {
            Some(facts) if !sls => targets_in(facts, module, name),
            _ => vec![super::resolve::sls_target(file.clone(), true)],
        });
        Resolved { targets: targets.collect(), verdict: judged.verdict }
    }

    /// Adds to the message in which SLS the target is; gives the places.
    fn elsewhere(&mut self, resolved: &Resolved, message: &mut String) -> Vec<Related> {
        let mut related = Vec::new();
        for target in resolved.best().into_iter().take(3) {
            let Some(facts) = self.view.facts(&target.path) else { continue };
            self.rests_on.read.push(target.path.clone());
            let name = facts.names.first().map_or(facts.path.as_str(), |(_, name)| name.as_str());
            if related.is_empty() {
                message.push_str(&format!(
                    " It is in SLS {name}, which no known run has together with this one: include it."
                ));
            }
            let origin = target.declaration.and_then(|n| facts.declarations.get(n)).map(|d| (*d.origin).clone());
            let origin = origin.unwrap_or_else(|| Origin::exact(facts.path.clone(), text::TextRange::empty(0)));
            related.push(Related { origin, message: format!("declared in SLS {name}") });
        }
        related
    }

    fn extends(&mut self) {
        let facts = self.facts;
        for extend in facts.extends.iter().filter(|extend| !extend.id.is_pattern()) {
            let module = extend.states.first().map(|state| &state.module);
            self.asks(module, &extend.id);
            self.asks(None, &extend.id);
            let judged = self.run.extend(extend);
            let resolved = self.full(judged, None, &extend.id, || self.view.resolve_extend(&facts.path, extend));
            if matches!(resolved.verdict, Verdict::Found | Verdict::Maybe) {
                continue;
            }
            let (env, sls) = self.own();
            let mut message = format!(
                "Cannot extend ID '{}' in '{env}:{sls}'. It is not part of the high state. This is likely due to a \
                 missing include statement or an incorrectly typed ID.",
                extend.id
            );
            let related = self.elsewhere(&resolved, &mut message);
            let certain = !extend.repeated && resolved.verdict == Verdict::Missing;
            let how = Certainty { when: &extend.when, certain };
            self.add(Code::ExtendMissing, &extend.origin, &how, message, related);
        }
    }

    /// `merge_included_states` in `salt/state.py`: an ID may be in one SLS of a run only.
    fn conflicts(&mut self) {
        let facts = self.facts;
        for declaration in facts.declarations.iter().filter(|declaration| declaration.is_certain()) {
            let Some(id) = declaration.id.as_literal() else { continue };
            self.rests_on.keys.push(Key::new(None, id));
            let others = self.view.index().files(Slot::StateId, id);
            if others.filter(|path| **path != facts.path).take(1).count() == 0 {
                continue;
            }
            for other in self.run.namesakes(id, MAX_CONFLICTS) {
                self.conflict(declaration, id, &other);
            }
        }
    }

    fn conflict(&mut self, declaration: &Declaration, id: &str, other: &SaltPath) {
        let Some(theirs) = self.view.facts(other) else { return };
        self.rests_on.read.push(other.clone());
        let same = |d: &&Declaration| d.is_certain() && d.id == declaration.id;
        let Some(second) = theirs.declarations.iter().find(same) else { return };
        let Some(run) = self.common_run(other) else { return };
        let (env, sls) = self.own();
        let (their_env, their_sls) = theirs.names.first().map_or(("base", other.as_str()), |(env, name)| (env, name));
        let message = format!(
            "Detected conflicting IDs, SLS IDs need to be globally unique. The conflicting ID is '{id}' and is found \
             in SLS '{env}:{sls}' and SLS '{their_env}:{their_sls}', which {run} runs together. Rename one of them."
        );
        let related =
            vec![Related { origin: (*second.origin).clone(), message: format!("'{id}' is declared here, too") }];
        let how = Certainty { when: &declaration.when, certain: true };
        self.add(Code::ConflictingId, &declaration.origin, &how, message, related);
    }

    /// What certainly runs both this file and `other`.
    fn common_run(&self, other: &SaltPath) -> Option<String> {
        let highstate = self.view.highstate();
        let certain = |path: &SaltPath| highstate.files.get(path).is_some_and(|reached| reached.certain);
        if certain(&self.facts.path) && certain(other) {
            return Some("the highstate".to_owned());
        }
        let run = self.run.common(other)?;
        let name = self.view.facts(&run)?.names.first()?.1.clone();
        Some(format!("SLS {name}"))
    }
}
