//! One thing under two IDs: both sides add a state for the same file (package, service, user), and whoever
//! runs both gets it changed twice at every highstate.

use model::{Declaration, EntityKind, State, state_names};
use rustc_hash::FxHashMap;
use world::Stopped;

use crate::body;
use crate::context::Comparison;
use crate::diff::Id;
use crate::lineage::Side;
use crate::{DriftFact, DriftKind, DriftSeverity};

/// Functions that want all of a file for themselves.
const OWNERS: [&str; 8] = ["managed", "serialize", "symlink", "absent", "copy", "copy_", "hardlink", "decode"];
/// Functions that want the opposite of each other.
const OPPOSITES: [(&str, &[&str], &[&str]); 6] = [
    ("pkg", &["installed", "latest"], &["removed", "purged"]),
    ("service", &["running", "enabled"], &["dead", "disabled", "masked"]),
    ("user", &["present"], &["absent"]),
    ("group", &["present"], &["absent"]),
    ("cron", &["present"], &["absent"]),
    ("mount", &["mounted"], &["unmounted"]),
];

/// A state that wants something of a thing.
type Wanting<'d> = (&'d Id, &'d Declaration, &'d State);

/// What the state is about: its module with each name.
fn things(declaration: &Declaration, state: &State) -> Vec<(String, String)> {
    let module = state.module.to_string();
    let mut names: Vec<String> =
        state_names(state).iter().filter_map(|name| name.as_literal().map(str::to_owned)).collect();
    if !state.args.iter().any(|arg| matches!(arg.name.as_literal(), Some("name" | "names"))) {
        names.extend(declaration.id.as_literal().map(str::to_owned));
    }
    names.into_iter().map(|name| (module.clone(), name)).collect()
}

/// Whether the two states fight over their thing.
fn fight(one: &State, other: &State) -> bool {
    let function =
        |state: &State| state.function.as_ref().and_then(|function| function.as_literal().map(str::to_owned));
    let (Some(a), Some(b)) = (function(one), function(other)) else { return false };
    let module = one.module.to_string();
    if module == "file" {
        return OWNERS.contains(&a.as_str()) && OWNERS.contains(&b.as_str());
    }
    OPPOSITES.iter().any(|(of, left, right)| {
        let against = |x: &str, y: &str| left.contains(&x) && right.contains(&y);
        *of == module && (against(&a, &b) || against(&b, &a))
    })
}

/// Whether both want the same of it.
fn agree(one: &State, other: &State) -> bool {
    let said = |state: &State| {
        let about = |arg: &&model::Argument| !matches!(arg.name.as_literal(), Some("name" | "names"));
        let mut all: Vec<(String, u64)> =
            state.args.iter().filter(about).map(|arg| (arg.name.to_string(), body::value(&arg.value))).collect();
        all.sort();
        (state.function.clone(), all)
    };
    said(one) == said(other)
}

impl Comparison<'_> {
    /// Both sides' new states for one thing.
    pub(crate) fn same_targets(&mut self) -> Result<(), Stopped> {
        let theirs = self.diff(Side::Theirs);
        let mut known: FxHashMap<(String, String), Vec<Wanting<'_>>> = FxHashMap::default();
        for id in &theirs.added {
            for declaration in theirs.after(id) {
                for state in &declaration.states {
                    for thing in things(declaration, state) {
                        known.entry(thing).or_default().push((id, declaration, state));
                    }
                }
            }
        }
        let mut found = Vec::new();
        for id in &self.diff(Side::Ours).added {
            self.stop.check()?;
            for declaration in self.diff(Side::Ours).after(id) {
                for state in &declaration.states {
                    for thing in things(declaration, state) {
                        for other in known.get(&thing).into_iter().flatten() {
                            found.extend(self.same_target(&thing.1, (id, declaration, state), other));
                        }
                    }
                }
            }
        }
        self.found.extend(found);
        Ok(())
    }

    fn same_target(
        &self,
        thing: &str,
        (id, declaration, state): (&Id, &Declaration, &State),
        (other_id, other, their_state): &Wanting<'_>,
    ) -> Option<DriftFact> {
        // One ID twice is a finding of its own.
        if id.1 == other_id.1 || !fight(state, their_state) || agree(state, their_state) {
            return None;
        }
        let when = declaration.when.both(&state.when)?;
        let their_when = other.when.both(&their_state.when)?;
        if !when.compatible(&their_when) {
            return None;
        }
        let together = self.together(&id.0, &other_id.0)?;
        let certain = together && when.is_always() && their_when.is_always();
        let path = self.lineage.path(Side::Ours, &id.0);
        let wanted = if certain { DriftSeverity::Warning } else { DriftSeverity::Hint };
        let severity = self.severity(wanted, certain, path);
        let develop = self.sides.base_name;
        let file = self.lineage.path(Side::Theirs, &other_id.0);
        let message = format!(
            "'{}' and '{}', which {develop} added in {file}, want different things of '{thing}': it would change at every highstate",
            id.1, other_id.1
        );
        let place = Some(Self::place(&declaration.origin, path));
        let kind = DriftKind::SameTargetTwice;
        let mut fact = Self::fact(kind, severity, (EntityKind::StateId, thing), place, message);
        fact.theirs = Some(Self::place_of(&other.origin));
        Some(fact)
    }
}
