//! Whose highstates are compared: the profiles, else whoever matches a target.

use model::{Run, View};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::Side;

/// What a top file names: SLS by saltenv.
pub(crate) type Named = Vec<(SmolStr, Vec<SmolStr>)>;

/// A minion in both worlds.
pub(crate) struct Minion<'a> {
    pub(crate) name: String,
    pub(crate) profile: bool,
    pub(crate) views: [&'a View; 2],
    pub(crate) named: [Named; 2],
    /// Whether something unknown decides what else the top files name, before or after.
    pub(crate) partial: bool,
}

/// What the top file certainly gives a minion of whom all is known.
fn of_profile(view: &View) -> (Named, bool) {
    let mut partial = view.top.partial;
    let mut all = Named::new();
    for env in &view.top.states {
        let mut names = Vec::new();
        for entry in &env.sls {
            match entry.name.as_literal().filter(|_| entry.is_certain()) {
                Some(name) => names.push(SmolStr::from(name)),
                None => partial = true,
            }
        }
        if !names.is_empty() {
            all.push((env.saltenv.clone(), names));
        }
    }
    (all, partial)
}

/// All minions, in order of their names.
pub(crate) fn all<'a>(before: Side<'a>, after: Side<'a>) -> Vec<Minion<'a>> {
    let mut found = Vec::new();
    for new in &after.catalog.views {
        let Some(old) = before.catalog.views.iter().find(|view| view.profile() == new.profile()) else { continue };
        if let Some(name) = new.profile() {
            let ((one, a), (two, b)) = (of_profile(old), of_profile(new));
            let name = name.to_owned();
            found.push(Minion { name, profile: true, views: [old, new], named: [one, two], partial: a || b });
        }
    }
    if !found.is_empty() {
        return found;
    }
    for new in after.catalog.views.iter().take(1) {
        let Some(old) = before.catalog.views.iter().find(|view| view.profile() == new.profile()) else { continue };
        let by_target = |view: &View| -> FxHashMap<String, Run> {
            view.runs().into_iter().map(|run| (run.target.clone(), run)).collect()
        };
        let (mut one, mut two) = (by_target(old), by_target(new));
        let mut targets: Vec<String> = one.keys().chain(two.keys()).cloned().collect();
        targets.sort();
        targets.dedup();
        for name in targets {
            // Whoever matches a target that the top file has on one side only gets there what '*' gives.
            let take = |runs: &mut FxHashMap<String, Run>| {
                let run = runs.remove(&name).or_else(|| runs.get("*").cloned());
                run.map_or_else(|| (Named::new(), false), |run| (run.sls, run.partial))
            };
            let everybody = name == "*";
            let keep = (one.get("*").cloned(), two.get("*").cloned());
            let ((a, first), (b, second)) = (take(&mut one), take(&mut two));
            if everybody {
                one.extend(keep.0.map(|run| (name.clone(), run)));
                two.extend(keep.1.map(|run| (name.clone(), run)));
            }
            found.push(Minion { name, profile: false, views: [old, new], named: [a, b], partial: first || second });
        }
    }
    found
}
