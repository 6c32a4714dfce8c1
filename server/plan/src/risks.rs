//! What to look at twice before merging.

use serde_json::Value;

use crate::chunks::Chunk;
use crate::{Action, Change};

/// A kind of risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Risk {
    /// A service restarts (or reloads) because it watches what changes.
    Restarts(String),
    /// Packages are taken off.
    RemovesPackage,
    /// A file, a folder, a user, a group is deleted.
    Deletes,
    /// A command runs.
    Runs,
}

impl Risk {
    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Restarts(_) => "restarts",
            Self::RemovesPackage => "removes-package",
            Self::Deletes => "deletes",
            Self::Runs => "runs-command",
        }
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Restarts(service) => format!("restarts {service}"),
            Self::RemovesPackage => "removes packages".to_owned(),
            Self::Deletes => "deletes".to_owned(),
            Self::Runs => "runs a command".to_owned(),
        }
    }
}

/// What the change does by itself.
fn own(change: &Change) -> Option<Risk> {
    match change.function.as_str() {
        "pkg.removed" | "pkg.purged" | "pip.removed" => Some(Risk::RemovesPackage),
        "file.absent" | "file.tidied" | "user.absent" | "group.absent" | "mount.unmounted" | "lvm.lv_absent"
        | "lvm.vg_absent" => Some(Risk::Deletes),
        "cmd.run" | "cmd.script" | "cmd.wait" | "cmd.wait_script" | "module.run" | "module.wait" | "salt.function" => {
            Some(Risk::Runs)
        }
        _ => None,
    }
}

/// Whether the requisite list of a state names this one.
fn names(list: &Value, chunk: &Chunk) -> bool {
    let is_it = |text: &Value| text.as_str().is_some_and(|text| text == chunk.id || text == chunk.name);
    list.as_array().into_iter().flatten().any(|item| match item {
        Value::Object(map) => map.iter().any(|(module, name)| {
            (module == &chunk.module && is_it(name)) || (module == "sls" && name.as_str() == Some(&chunk.sls))
        }),
        other => is_it(other),
    })
}

/// The risks of a change to a state, among all that the minion runs after it.
pub(crate) fn of(change: &Change, chunk: &Chunk, after: &[Chunk]) -> Vec<Risk> {
    let mut found = Vec::new();
    if change.action == Action::Remove || change.action == Action::Rename {
        return found;
    }
    found.extend(own(change));
    for other in after.iter().filter(|other| other.module == "service" || other.module == "docker_container") {
        let watches = other.arguments.iter().filter(|(key, _)| key.starts_with("watch") || key.starts_with("listen"));
        if watches.into_iter().any(|(_, list)| names(list, chunk)) {
            found.push(Risk::Restarts(other.name.clone()));
        }
    }
    found.dedup();
    found
}
