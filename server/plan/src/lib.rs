//! What a merge changes, and on which minions: the highstates of two worlds compared, state by state, each
//! difference with the changed line that causes it. Knows nothing of git, LSP or how a plan is shown.

mod causes;
mod chunks;
mod contents;
mod differences;
mod minions;
mod risks;
mod secrets;

use model::Catalog;
use render::Pattern;
use rustc_hash::FxHashMap;
use serde_json::Value;
use text::TextRange;
use world::{Memo, SaltPath, Stop, Stopped, World};

pub use causes::Cause;
pub use contents::ContentChange;
pub use risks::Risk;

/// One of the two worlds, under the same request as the other.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Its meaning.
    pub catalog: &'a Catalog,
    /// Its files.
    pub world: &'a World,
}

/// What changes from one world to the other.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Minions with what changes on them; those with the same changes are one group. Those on which nothing
    /// changes are in the last group.
    pub groups: Vec<Group>,
    /// The changed lines behind it, those with most states first.
    pub causes: Vec<Cause>,
    /// What a person should know: what was not looked at.
    pub notes: Vec<String>,
}

/// Minions with the same plan.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Profiles' names, or target expressions.
    pub minions: Vec<String>,
    /// Whether they are minions of whom everything is known; else each is whoever matches a target.
    pub profiles: bool,
    /// What changes.
    pub changes: Vec<Change>,
    /// SLS that they run now and did not before.
    pub gained: Vec<String>,
    /// SLS that they ran before and don't now.
    pub lost: Vec<String>,
    /// Pillar keys that change: old and new value; profiles only.
    pub pillar: Vec<Argument>,
    /// States that run at another place in the order.
    pub reordered: Vec<String>,
    /// Why Salt refuses the highstate now, and did not before.
    pub errors: Vec<String>,
    /// What is not known, so that it may change without being told.
    pub unknown: Vec<String>,
    /// How many states they run now.
    pub states: usize,
}

/// What happens to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// It is new.
    Add,
    /// It is not run any more. Salt does not undo what it did.
    Remove,
    /// It is run with other arguments, or serves other contents.
    Change,
    /// It has another ID, and says the same.
    Rename,
}

impl Action {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Change => "change",
            Self::Rename => "rename",
        }
    }
}

/// An argument's or a key's values.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Before; `None`: it was not given.
    pub old: Option<Value>,
    /// After.
    pub new: Option<Value>,
}

/// One state that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// `pkg.installed`
    pub function: String,
    /// Its ID, the new one of a rename.
    pub id: String,
    /// The ID before, of a rename.
    pub old_id: Option<String>,
    /// Its `name`.
    pub name: String,
    /// Its SLS.
    pub sls: String,
    /// Where it is written: after, of what is removed before.
    pub place: Option<(SaltPath, TextRange)>,
    /// Arguments that differ; of a new state those that it has, of a removed one those that it had.
    pub arguments: Vec<Argument>,
    /// Files behind `salt://` whose contents differ.
    pub contents: Vec<ContentChange>,
    /// Only when this holds; empty: for sure.
    pub when: String,
    /// What to look at twice.
    pub risks: Vec<Risk>,
    /// Index of the cause in [`Plan::causes`]; `None`: it was not found.
    pub cause: Option<usize>,
}

/// What a plan leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// fnmatch patterns of state IDs.
    pub states: Vec<String>,
    /// fnmatch patterns of `function.argument`, such as `file.managed.mode`.
    pub arguments: Vec<String>,
    /// fnmatch patterns of minions.
    pub minions: Vec<String>,
}

impl Ignore {
    fn has(patterns: &[String], text: &str) -> bool {
        patterns.iter().any(|pattern| render::names::fnmatch(text, pattern))
    }
}

/// Compares the highstates of all profiles of the catalogs, or, without profiles, of every implicit minion.
/// `renames`: files (old, new) that have another path in `after`.
///
/// # Errors
/// [`Stopped`].
pub fn plan(
    before: Side<'_>,
    after: Side<'_>,
    memo: &Memo,
    renames: &[(SaltPath, SaltPath)],
    ignore: &Ignore,
    stop: &Stop,
) -> Result<Plan, Stopped> {
    let mut plan = Plan::default();
    let secrets = secrets::Secrets::of([before, after]);
    let mut groups: Vec<Group> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    let work = differences::Work { before, after, memo, stop, secrets: &secrets, ignore };
    let minions = minions::all(before, after);
    if minions.is_empty() {
        plan.notes.push("no top file gives any minion anything: there is no highstate to compare".to_owned());
    }
    for minion in minions {
        stop.check()?;
        if Ignore::has(&ignore.minions, &minion.name) {
            continue;
        }
        let group = work.minion(&minion)?;
        let print = fingerprint(&group);
        match known.get(&print).and_then(|at| groups.get_mut(*at)) {
            Some(same) => same.minions.extend(group.minions),
            None => {
                known.insert(print, groups.len());
                groups.push(group);
            }
        }
    }
    groups.sort_by_key(|group| (group.is_empty(), std::cmp::Reverse(group.changes.len())));
    plan.causes = causes::find(before, after, renames, &mut groups);
    plan.groups = groups;
    Ok(plan)
}

impl Group {
    /// Whether nothing changes on these minions, as far as is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.errors.is_empty()
            && self.unknown.is_empty()
            && self.gained.is_empty()
            && self.lost.is_empty()
            && self.reordered.is_empty()
            && self.pillar.is_empty()
    }
}

/// The same for groups that say the same.
fn fingerprint(group: &Group) -> String {
    let Group { minions: _, profiles, changes, gained, lost, pillar, reordered, errors, unknown, states: _ } = group;
    format!("{profiles} {changes:?} {gained:?} {lost:?} {pillar:?} {reordered:?} {errors:?} {unknown:?}")
}

/// A pattern as people read it.
fn shown(pattern: &Pattern) -> String {
    pattern.to_string()
}
