//! Macro calls that the other side's definition does not take any more.

use model::{EntityKind, Export, Facts, Reference, Slot};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use text::TextRange;
use world::{SaltPath, Stopped};

use crate::context::{Comparison, In, Presence};
use crate::lineage::Side;
use crate::rules::pillar::text_of;
use crate::{DriftFact, DriftKind, DriftSeverity, Place};

/// Numbers of positional and names of keyword arguments.
type Call = (usize, Vec<SmolStr>);

/// Why a call does not bind.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Misfit {
    Missing(SmolStr),
    TooMany(usize),
    Unexpected(SmolStr),
    Twice(SmolStr),
    /// The position of the call's argument means another parameter now: what it was, what it is.
    Moved(SmolStr, SmolStr),
}

impl Misfit {
    /// What the macro `there` (`here`, `on develop`) makes of the call `by`.
    fn text(&self, there: &str, by: &str) -> String {
        match self {
            Self::Missing(name) => format!("needs the argument '{name}' {there}, which {by} does not give"),
            Self::TooMany(1) => format!("takes at most 1 positional argument {there}"),
            Self::TooMany(most) => format!("takes at most {most} positional arguments {there}"),
            Self::Unexpected(name) => format!("has no argument '{name}' {there}"),
            Self::Twice(name) => format!("gets the argument '{name}' twice {there} from {by}"),
            Self::Moved(was, is) => {
                format!("takes another order of parameters {there}: {by} would give '{is}' what is meant for '{was}'")
            }
        }
    }
}

/// Why `call` does not bind to the macro (`Macro.__call__` in jinja2's `runtime.py`).
fn misfits(export: &Export, (positional, keywords): &Call) -> Vec<Misfit> {
    let Some(params) = &export.params else { return Vec::new() };
    let (varargs, kwargs) = export.variadic;
    let mut found = Vec::new();
    if *positional > params.len() && !varargs {
        found.push(Misfit::TooMany(params.len()));
    }
    for (n, (name, has_default)) in params.iter().enumerate() {
        match (n < *positional, keywords.contains(name)) {
            (true, true) => found.push(Misfit::Twice(name.clone())),
            (false, false) if !has_default => found.push(Misfit::Missing(name.clone())),
            _ => {}
        }
    }
    // Jinja hands `caller` over by itself.
    let known = |name: &SmolStr| name == "caller" || params.iter().any(|(param, _)| param == name);
    if !kwargs {
        found.extend(keywords.iter().filter(|name| !known(name)).cloned().map(Misfit::Unexpected));
    }
    found
}

/// The first position of `call` that means another parameter in `after` than in `before`, where both have
/// that parameter: a new name alone is no other order.
fn moved(before: &Export, after: &Export, (positional, _): &Call) -> Option<Misfit> {
    let (Some(old), Some(new)) = (&before.params, &after.params) else { return None };
    let has = |params: &[(SmolStr, bool)], name: &SmolStr| params.iter().any(|(param, _)| param == name);
    old.iter().zip(new).take(*positional).find_map(|((was, _), (is, _))| {
        (was != is && has(new, was) && has(old, is)).then(|| Misfit::Moved(was.clone(), is.clone()))
    })
}

fn macro_called<'f>(facts: &'f Facts, name: &str) -> Option<&'f Export> {
    facts.exports.iter().find(|export| export.name == name && export.params.is_some())
}

/// Calls in a file of the macro `name` that the file at `path` defines.
fn calls<'f>(facts: &'f Facts, path: &'f SaltPath, name: &'f str) -> impl Iterator<Item = (&'f Reference, &'f Call)> {
    let meant = move |reference: &&Reference| {
        reference.name == name && reference.target.as_ref().is_some_and(|(file, _)| file == path)
    };
    facts.references.iter().filter(meant).filter_map(|reference| Some((reference, reference.call.as_ref()?)))
}

impl Comparison<'_> {
    /// Calls of `side` to macros that the other side changed or removed.
    pub(crate) fn macros(&mut self, side: Side) -> Result<(), Stopped> {
        let other = side.other();
        let mut found = Vec::new();
        for pair in &self.diff(other).files {
            self.stop.check()?;
            let Some(base) = pair.base.filter(|_| self.lineage.changed(other, &pair.key)) else { continue };
            // A file that is gone is told where it is imported.
            let (Some(here), Some(there)) = (self.facts(In::Side(side), &pair.key), pair.other) else { continue };
            let mut seen = FxHashSet::default();
            for before in base.exports.iter().filter(|export| export.params.is_some()) {
                let after = macro_called(there, &before.name);
                let same = |one: &Export| (&one.params, one.variadic) == (&before.params, before.variadic);
                if !seen.insert(before.name.clone()) || after.is_some_and(same) {
                    continue;
                }
                // Changed on both sides: the merge has to settle it first.
                let Some(ours) = macro_called(here, &before.name).filter(|ours| same(ours)) else { continue };
                self.calls_of(side, here, ours, there, after, &mut found);
            }
        }
        self.found.extend(found);
        Ok(())
    }

    fn calls_of(
        &self,
        side: Side,
        home: &Facts,
        here: &Export,
        there: &Facts,
        after: Option<&Export>,
        found: &mut Vec<DriftFact>,
    ) {
        let view = self.view(side);
        let mut users: Vec<&SaltPath> = view.index().files(Slot::MemberOf, home.path.as_str()).collect();
        users.push(&home.path);
        let new = if after.is_none() { self.renamed_macro(side, home, here, there) } else { None };
        for facts in users.into_iter().filter_map(|path| view.facts(path)) {
            for (reference, call) in calls(facts, &home.path, &here.name) {
                let key = self.lineage.key(side, &home.path);
                let count = |facts: &Facts, world: In| {
                    let path = self.path_in(world, key);
                    // A macro that is gone is nobody's.
                    let gone = facts.references.iter().filter(|one| one.target.is_none() && one.name == here.name);
                    let gone = gone.filter(|one| world == In::Merged && one.call.as_ref() == Some(call)).count();
                    gone + calls(facts, path, &here.name).filter(|(_, other)| *other == call).count()
                };
                if self.presence(side, &facts.path, count) != Presence::Added {
                    continue;
                }
                let before = misfits(here, call);
                let misfit = after.map(|after| {
                    let new = misfits(after, call).into_iter().find(|misfit| !before.contains(misfit));
                    new.or_else(|| moved(here, after, call))
                });
                if misfit == Some(None) {
                    continue;
                }
                let theirs = (there, after, new);
                found.push(self.broken_call(side, (home, here), theirs, (facts, reference), misfit.flatten().as_ref()));
            }
        }
    }

    fn broken_call(
        &self,
        side: Side,
        (home, here): (&Facts, &Export),
        (there, after, new): (&Facts, Option<&Export>, Option<&Export>),
        (facts, reference): (&Facts, &Reference),
        misfit: Option<&Misfit>,
    ) -> DriftFact {
        let develop = self.sides.base_name;
        let name = here.name.as_str();
        let wanted = match misfit {
            None | Some(Misfit::Missing(_)) => DriftSeverity::Error,
            Some(_) => DriftSeverity::Warning,
        };
        let call = (facts.path.clone(), reference.range);
        let changed = after.or(new).map_or(TextRange::empty(0), |export| export.range);
        let definition = (there.path.clone(), changed);
        let fate = |there: &str, by: &str| match (misfit, new) {
            (Some(misfit), _) => misfit.text(there, by),
            (None, Some(new)) => format!("was renamed to '{}' {there}", new.name),
            (None, None) => format!("was removed {there}"),
        };
        let (kind, place, theirs, message) = match side {
            Side::Ours => {
                let fate = fate(&format!("on {develop}"), "this call");
                let message = format!("macro '{name}' called here {fate}");
                (DriftKind::MacroCallBroken, call, definition, message)
            }
            Side::Theirs => {
                let fate = fate("here", &format!("{develop}'s call"));
                let message = format!("macro '{name}' {fate}, but {develop} calls it in {}", facts.path);
                let kind =
                    if misfit.is_none() { DriftKind::RemovedHereUsedUpstream } else { DriftKind::MacroCallBroken };
                (kind, definition, call, message)
            }
        };
        let wanted = if side == Side::Theirs { wanted.min(DriftSeverity::Warning) } else { wanted };
        let severity = self.severity(wanted, true, &place.0);
        let mut fact = Self::fact(kind, severity, (EntityKind::Macro, name), Some(place), message);
        fact.theirs = Some(Place { path: theirs.0, range: theirs.1 });
        fact.ours = (side == Side::Ours).then(|| Place { path: home.path.clone(), range: here.range });
        fact.renamed_to = new.map(|new| new.name.to_string());
        fact
    }

    /// The macro that has the same text but for its name, if there is just one new one.
    fn renamed_macro<'f>(&self, side: Side, home: &Facts, here: &Export, there: &'f Facts) -> Option<&'f Export> {
        let (one, other) = (text_of(self.world(side), &home.path)?, text_of(self.world(side.other()), &there.path)?);
        let body = |text: &str, export: &Export| -> String {
            let from = export.range.end as usize;
            text.get(from..export.extent.end as usize).unwrap_or("").split_whitespace().collect()
        };
        let wanted = body(&one, here);
        let new = |export: &&Export| export.params.is_some() && macro_called(home, &export.name).is_none();
        let mut fitting = there.exports.iter().filter(new).filter(|export| body(&other, export) == wanted);
        fitting.next().filter(|_| fitting.next().is_none())
    }
}
