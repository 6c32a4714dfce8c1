//! Checks of how files are found and handed out: SLS that no name reaches, top files.

mod top;

use codes::{Code, Level};
use render::{Origin, When};
use text::TextRange;

use crate::Check;
pub(crate) use top::check as top;

/// An SLS whose file name keeps Salt from finding it.
pub(crate) fn reachable(check: &mut Check<'_>) {
    let facts = check.facts;
    let Some(stem) = facts.path.name().strip_suffix(".sls") else { return };
    if !facts.names.is_empty() || !stem.contains('.') || stem.starts_with('.') {
        return;
    }
    // templates of SLS, written elsewhere under another name
    if facts
        .path
        .as_str()
        .split('/')
        .any(|part| matches!(part, "template" | "templates" | "files" | "example" | "examples"))
    {
        return;
    }
    // what is no state at all is no SLS that anybody would look for
    if facts.declarations.is_empty() && facts.pillar_keys.is_empty() {
        return;
    }
    let origin = Origin::exact(facts.path.clone(), TextRange::empty(0));
    let message = format!(
        "Salt never finds this file: it turns the dots of a name into folders, so '{stem}' is looked for at {}.sls. \
         Rename it.",
        stem.replace('.', "/")
    );
    // an imported file is found by its path
    let imported = check.view.index().files(model::Slot::ImportOf, facts.path.as_str()).next().is_some();
    let finding = check.tell(Code::UnreachableSls, &origin, &When::ALWAYS, message);
    if imported {
        finding.level = Level::Off;
    }
}
