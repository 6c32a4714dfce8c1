//! Requisites and excludes that Salt passes over, and lists of them that stand twice.

use codes::Code;
use model::requisite::INVERSE;
use model::{Declaration, Requisite, Slot, State, Verdict};
use render::{Pattern, Related, When};

use crate::near::nearest;
use crate::{Check, Fix, meant};

/// Targets that exist nowhere, where Salt says nothing about it.
pub(super) fn ignored(check: &mut Check<'_>, declaration: &Declaration, state: &State, when: &When) {
    for requisite in &state.requisites {
        let kind = requisite.kind.as_str();
        let by_module = requisite.module.as_ref().and_then(Pattern::as_literal).is_some_and(|module| module != "sls");
        let silent = kind.starts_with("use") || (INVERSE.contains(&kind) && !by_module);
        if !silent || requisite.name.is_pattern() || requisite.module.as_ref().is_some_and(Pattern::is_pattern) {
            continue;
        }
        if check.view.resolve_requisite(&check.facts.path, requisite).verdict != Verdict::Missing {
            continue;
        }
        let Some(name) = requisite.name.as_literal() else { continue };
        let Some(when) = when.both(&requisite.when) else { continue };
        let near = near_id(check, name);
        let message = format!(
            "Salt passes over '{name}' in {kind} of state [{}]: nothing of that name is anywhere.{}",
            declaration.id,
            meant(near.as_deref())
        );
        let fix = near.and_then(|near| Fix::word(&requisite.name_origin, name, &near));
        check.tell(Code::RequisiteIgnored, &requisite.name_origin, &when, message).fix = fix;
    }
}

/// The state ID that `name` is close to.
fn near_id(check: &Check<'_>, name: &str) -> Option<String> {
    let ids = check.view.index().starting_with(Slot::StateId, "").map(|(id, _)| id.as_str());
    nearest(name, ids).map(str::to_owned)
}

/// Two lists of one kind in one state: `compile_high_data` in `salt/state.py` keeps the last.
pub(super) fn twice(check: &mut Check<'_>, state: &State, when: &When) {
    let certain = |one: &&Requisite| one.when.is_always();
    let mut told: Vec<usize> = Vec::new();
    for (n, second) in state.requisites.iter().enumerate().filter(|(_, one)| certain(one)) {
        let other = |first: &&Requisite| certain(first) && first.kind == second.kind && first.list != second.list;
        let Some(first) = state.requisites.iter().take(n).find(other) else { continue };
        // `*_in` and `use` are taken from each list before that
        if INVERSE.contains(&second.kind.as_str()) || told.contains(&second.list) {
            continue;
        }
        told.push(second.list);
        let message = format!("`{}` stands twice in this state: the first list is dropped. Join the two.", second.kind);
        let related = Related { origin: (*first.origin).clone(), message: "dropped".to_owned() };
        check.tell(Code::ArgumentTwice, &second.origin, when, message).problem.related.push(related);
    }
}

/// Excludes of what is nowhere.
pub(super) fn excludes(check: &mut Check<'_>) {
    let facts = check.facts;
    for exclude in &facts.excludes {
        let Some(name) = exclude.name.as_literal() else { continue };
        let index = check.view.index();
        let slot = if exclude.sls { Slot::Sls } else { Slot::StateId };
        if name.contains(['*', '?', '[', '/']) || !index.candidates(slot, &exclude.name).is_empty() {
            continue;
        }
        let near = nearest(name, index.starting_with(slot, "").map(|(name, _)| name.as_str())).map(str::to_owned);
        let what = if exclude.sls { "SLS" } else { "ID" };
        let message = format!("Salt passes over this exclude: there is no {what} '{name}'.{}", meant(near.as_deref()));
        let fix = near.and_then(|near| Fix::word(&exclude.origin, name, &near));
        check.tell(Code::ExcludeMissing, &exclude.origin, &exclude.when, message).fix = fix;
    }
}
