//! Writing down what was found: problems, uses, origins.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;
use text::TextRange;
use world::{Minion, SaltPath};

use super::Evaluator;
use super::halt::{Halt, R, Thrown};
use super::scope::Frame;
use super::sink::Print;
use super::source::Source;
use crate::data::names;
use crate::{Code, Doubt, EntryKind, Origin, Pattern, PieceKind, Problem, Related, SourceKind, Use, UseKind};
use python::output::FileId;
use python::value::Raise;
use python::{Fail, KeyPath, Res};

impl<'a> Evaluator<'a> {
    /// A place in a file, with the calls that led there.
    pub(crate) fn origin(&self, file: FileId, range: TextRange, chain: Option<u32>) -> Origin {
        let path = |file: FileId| self.files.get(file.0 as usize).cloned().unwrap_or_default();
        let mut calls = Vec::new();
        let mut next = chain;
        while let Some((file, range, outer)) = next.and_then(|n| self.chains.get(n as usize)) {
            if calls.len() >= 32 {
                break;
            }
            calls.push((path(*file), *range));
            next = *outer;
        }
        Origin { path: path(file), range, kind: SourceKind::Exact, chain: calls, contributors: Vec::new(), site: None }
    }

    /// What a print at this place looks like.
    pub(crate) fn print_at(&self, file: FileId, range: TextRange) -> Print {
        Print { kind: PieceKind::Derived, file, range, chain: self.chain, contributors: self.nothing.clone() }
    }

    /// An exception at a place.
    pub(crate) fn thrown(&self, raise: Raise, frame: &Frame<'a>, range: TextRange) -> Halt {
        Halt::Raise(Box::new(Thrown {
            raise,
            file: frame.source.file,
            range,
            chain: self.chain,
            code: None,
            when: self.when.clone(),
            repeated: self.repeated,
        }))
    }

    /// An exception that ends every alternative: it happens whatever they are.
    pub(crate) fn surely(&self, halt: Halt) -> Halt {
        match halt {
            Halt::Raise(thrown) => {
                Halt::Raise(Box::new(Thrown { when: self.when.clone(), repeated: self.repeated, ..*thrown }))
            }
            stopped @ Halt::Stopped => stopped,
        }
    }

    /// Gives Python's result a place; `None`: it is unknown, for the reason.
    pub(crate) fn known<T>(
        &mut self,
        result: Res<T>,
        frame: &Frame<'a>,
        range: TextRange,
    ) -> R<Result<T, std::sync::Arc<str>>> {
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(Fail::Unknown(reason)) => Ok(Err(reason)),
            Err(Fail::Limit(why)) => {
                self.bound(why, frame, range);
                Ok(Err(why.into()))
            }
            Err(Fail::Raise(raise)) => Err(self.thrown(raise, frame, range)),
        }
    }

    /// Writes down a problem, once.
    pub(crate) fn problem(&mut self, problem: Problem) {
        let mut hasher = FxHasher::default();
        (&problem.origin.path, problem.origin.range, &problem.message).hash(&mut hasher);
        if self.problems.len() < 1000 && self.seen_problems.insert(hasher.finish()) {
            self.problems.push(problem);
        }
    }

    /// Writes down an exception that ends the current statement.
    pub(crate) fn report(&mut self, thrown: &Thrown) {
        let (code, message) = thrown.worded();
        let origin = self.origin(thrown.file, thrown.range, thrown.chain);
        let sure = !thrown.repeated && self.strict;
        let certain = thrown.when.is_always() && sure;
        let mut doubt = Doubt::unless(sure);
        let mut certain = certain;
        if sure && code == Code::TemplateNotFound && self.may_be_elsewhere(&thrown.raise.message) {
            doubt = Doubt::Absent;
            // Of a minion that is known Salt's answer on this checkout is wanted.
            certain &= self.job.minion.profile.is_some();
        }
        self.partial |= !certain;
        let (when, related) = (thrown.when.clone(), Vec::new());
        self.problem(Problem { code, message, origin, related, when, certain, doubt });
    }

    /// Whether a template that no root has may be there where Salt runs.
    fn may_be_elsewhere(&self, name: &str) -> bool {
        let minion = self.job.minion;
        let roots = match self.job.kind {
            EntryKind::Pillar | EntryKind::PillarTop => &minion.pillar_roots,
            _ => &minion.file_roots,
        };
        let roots = Minion::roots(roots, &self.job.saltenv);
        let holds = |folder: &SaltPath| self.reader.list(folder).is_ok_and(|entries| !entries.is_empty());
        name.trim_start_matches('/').contains('/')
            && !name.starts_with('.')
            && names::may_be_elsewhere(minion, roots, name, &holds)
    }

    /// `Ok` as `Some`; an exception is written down and gives `None`.
    pub(crate) fn caught<T>(&mut self, result: R<T>) -> Result<Option<T>, Halt> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Halt::Raise(thrown)) => {
                self.report(&thrown);
                Ok(None)
            }
            Err(stopped @ Halt::Stopped) => Err(stopped),
        }
    }

    /// What jinja2's parser refuses in a file.
    pub(crate) fn report_syntax(&mut self, source: &Source) {
        for error in &source.parsed.template.errors {
            let origin = self.origin(source.file, error.range, self.chain);
            let related = error
                .related
                .iter()
                .map(|(range, message)| Related {
                    origin: self.origin(source.file, *range, None),
                    message: message.clone(),
                })
                .collect();
            let certain = self.when.is_always() && !self.repeated;
            self.problem(Problem {
                code: Code::JinjaSyntax,
                message: format!("Jinja syntax error: {}", error.message),
                origin,
                related,
                when: self.when.clone(),
                certain,
                doubt: Doubt::unless(!self.repeated),
            });
        }
    }

    /// Gives up: a limit of saltflow's own was reached.
    pub(crate) fn exhaust(&mut self, why: &str, file: FileId, range: TextRange) {
        self.partial = true;
        if !self.exhausted {
            self.exhausted = true;
            self.limit(why, file, range);
        }
    }

    /// What Python's semantics were too large for: that value is not known, or, where all work is spent, nothing more.
    pub(crate) fn bound(&mut self, why: &str, frame: &Frame<'a>, range: TextRange) {
        if self.heap.meter.is_spent() {
            self.exhaust(python::meter::SPENT, frame.source.file, range);
        } else if !self.exhausted {
            self.limit(why, frame.source.file, range);
        }
    }

    /// A limit of saltflow's own; what comes of it is unknown.
    pub(crate) fn limit(&mut self, why: &str, file: FileId, range: TextRange) {
        self.partial = true;
        let origin = self.origin(file, range, self.chain);
        self.problem(Problem {
            code: Code::Limit,
            message: format!("Not evaluated further: {why}"),
            origin,
            related: Vec::new(),
            when: self.when.clone(),
            certain: false,
            doubt: Doubt::Value,
        });
    }

    /// From now on reads cope with absence, if `also`; gives the state before.
    pub(crate) fn be_lenient(&mut self, also: bool) -> bool {
        let before = self.lenient;
        self.lenient |= also;
        before
    }

    /// Writes down a read, once per place.
    pub(crate) fn record(
        &mut self,
        kind: UseKind,
        name: Pattern,
        frame: &Frame<'a>,
        range: TextRange,
        has_default: bool,
        target: Option<SaltPath>,
    ) {
        let mut hasher = FxHasher::default();
        (kind, &name, frame.source.file, range).hash(&mut hasher);
        if !self.seen_uses.insert(hasher.finish()) {
            return;
        }
        let origin = self.origin(frame.source.file, range, self.chain);
        let has_default = has_default || self.lenient;
        let when = self.when.clone();
        self.uses.push(Use { kind, name, path: KeyPath::default(), origin, has_default, when, target });
    }

    /// Writes down a read of a pillar key, grain or option, once per place.
    pub(crate) fn record_key(
        &mut self,
        kind: UseKind,
        path: KeyPath,
        frame: &Frame<'a>,
        range: TextRange,
        has_default: bool,
    ) {
        let before = self.uses.len();
        self.record(kind, Pattern::of_path(&path), frame, range, has_default, None);
        if let Some(used) = self.uses.get_mut(before) {
            used.path = path;
        }
    }
}
