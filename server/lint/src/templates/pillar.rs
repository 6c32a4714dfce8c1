//! Pillar keys that are read behind a default and that no pillar file defines, but for one close to it.

use codes::{Code, Level};
use model::Slot;
use render::{EntryKind, Origin, UseKind};

use crate::near::nearest;
use crate::{Check, Fix};

pub(super) fn check(check: &mut Check<'_>) {
    if check.facts.kind != EntryKind::State {
        return;
    }
    let rendered = check.facts.rendered.clone();
    for used in rendered.uses.iter().filter(|used| used.kind == UseKind::Pillar && used.has_default) {
        let Some(name) = used.name.as_literal().filter(|name| name.len() > 3) else { continue };
        let index = check.view.index();
        let defined = |key: &str| index.files(Slot::PillarKey, key).next().is_some();
        let (parent, last) = name.rsplit_once(':').map_or((None, name), |(parent, last)| (Some(parent), last));
        if defined(name) || index.patterns(Slot::PillarKey, &used.name).next().is_some() {
            continue;
        }
        // a section that nobody defines at all is optional as a whole
        if parent.is_some_and(|parent| !defined(parent)) {
            continue;
        }
        let prefix = parent.map_or_else(String::new, |parent| format!("{parent}:"));
        let keys = index.starting_with(Slot::PillarKey, &prefix);
        let keys = keys.filter_map(|(key, _)| key.strip_prefix(prefix.as_str())).filter(|rest| !rest.contains(':'));
        let Some(near) = nearest(last, keys) else { continue };
        let full = format!("{prefix}{near}");
        // both are known words if the other one is read, too
        let below = format!("{full}:");
        let read = index.files(Slot::PillarUse, &full).next().is_some()
            || index.starting_with(Slot::PillarUse, &below).next().is_some();
        if read || is_plural(last, near) {
            continue;
        }
        let message = format!(
            "No pillar file defines '{name}', so the default is always taken; '{full}' is defined and read nowhere. \
             Did you mean `{full}`?"
        );
        let text = check.text(&used.origin.path);
        let at = text.as_deref().and_then(|text| super::place(text, used.origin.range, last));
        let place = at.map(|range| Origin::exact(used.origin.path.clone(), range));
        let fix = place.as_ref().and_then(|place| Fix::word(place, last, near));
        let whole = parent.is_some_and(|parent| index.files(Slot::PillarUse, parent).next().is_some());
        let finding = check.tell(Code::MisspeltPillarKey, place.as_ref().unwrap_or(&used.origin), &used.when, message);
        finding.fix = fix;
        finding.problem.origin.chain.clone_from(&used.origin.chain);
        if whole || parent.is_none() {
            finding.level = Level::Hint;
        }
    }
}

/// Whether one word is the other's plural: often both exist.
fn is_plural(a: &str, b: &str) -> bool {
    a.strip_suffix('s') == Some(b) || b.strip_suffix('s') == Some(a)
}
