//! The words that Salt reserves among a state's arguments: requisites and global arguments.

/// Requisites whose value must be a list of single-key mappings or names
/// (`STATE_REQUISITE_KEYWORDS` in `salt/state.py`, `RequisiteType` in `salt/utils/requisite.py`).
pub const REQUISITES: [&str; 13] = [
    "require",
    "require_any",
    "watch",
    "watch_any",
    "onchanges",
    "onchanges_any",
    "onfail",
    "onfail_any",
    "onfail_all",
    "prereq",
    "prerequired",
    "listen",
    "onfail_stop",
];

/// Requisites that are turned into `extend` of their target (`requisite_in` in `salt/state.py`),
/// and `listen_in`, which acts at run time.
pub const INVERSE: [&str; 8] =
    ["require_in", "watch_in", "onchanges_in", "onfail_in", "prereq_in", "listen_in", "use", "use_in"];

/// Arguments that every state takes (`STATE_RUNTIME_KEYWORDS` in `salt/state.py`, and the names that
/// its compiler reads itself).
pub const GLOBAL_ARGUMENTS: [&str; 29] = [
    "fun",
    "state",
    "name",
    "names",
    "check_cmd",
    "cmd_opts_exclude",
    "failhard",
    "onlyif",
    "unless",
    "creates",
    "retry",
    "order",
    "parallel",
    "reload_modules",
    "reload_grains",
    "reload_pillar",
    "runas",
    "runas_password",
    "no_log",
    "fire_event",
    "saltenv",
    "umask",
    "timeout",
    "aggregate",
    "force_reload_modules",
    "__env__",
    "__sls__",
    "__id__",
    "__umask__",
];

/// Whether `name` introduces requisites.
#[must_use]
pub fn is_requisite(name: &str) -> bool {
    REQUISITES.contains(&name) || INVERSE.contains(&name)
}

/// Whether Salt refuses a value of `name` that is no list.
#[must_use]
pub(crate) fn must_be_list(name: &str) -> bool {
    REQUISITES.contains(&name)
}

/// The same before Salt 3008 (`verify_high`).
pub(crate) fn had_to_be_list(name: &str) -> bool {
    matches!(name, "require" | "watch" | "prereq" | "onchanges")
}

/// Whether the requisite `name` points from its target to the state that holds it (`require_in`), or
/// changes its target without ordering it (`use_in`).
#[must_use]
pub fn is_inverse(name: &str) -> bool {
    name.ends_with("_in")
}
