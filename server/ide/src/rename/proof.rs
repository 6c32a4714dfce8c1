//! The proof of a rename: everything is rendered with the edits made, and must say what it said, up to
//! the new name; and Salt must refuse nothing that it took.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::requisite::{INVERSE, REQUISITES};
use model::{Catalog, Facts, View};
use render::{EntryKind, Node, NodeKind, Pattern};
use world::{SaltPath, Stop, Stopped};

use super::{Attempt, refuse};
use crate::fix::FileEdits;
use crate::{Analysis, Severity};

/// Nodes deeper than this are taken as they are.
const MAX_DEPTH: u32 = 64;
/// Files whose findings are counted.
const MAX_CHECKED: usize = 2_000;

/// What may differ.
pub(super) enum Allowed {
    /// Nothing.
    Nothing,
    /// A state ID, where IDs and requisites stand; states may get the old ID as their name.
    Id(String, String),
    /// A pillar key: the path down to it, and its new name.
    Key(Vec<String>, String),
    /// Names of SLS and paths of files, as (old, new).
    Names(Vec<(String, String)>),
}

/// Whether the edits do what they should and nothing else.
pub(super) fn proved(
    analysis: &Analysis,
    edits: &FileEdits,
    allowed: &Allowed,
    stop: &Stop,
) -> Result<Attempt<()>, Stopped> {
    let world = match edits.applied(&analysis.world) {
        Ok(world) => world,
        Err(refused) => return Ok(Err(refused)),
    };
    let catalog = Catalog::build(&world, &analysis.memo, stop, &analysis.request, Some(&analysis.catalog))?;
    let moved = |path: &SaltPath| -> SaltPath {
        edits.renamed.iter().find(|(old, _)| old == path).map_or_else(|| path.clone(), |(_, new)| new.clone())
    };
    let mut touched: Vec<SaltPath> = Vec::new();
    for (before, after) in analysis.catalog.views.iter().zip(&catalog.views) {
        for (path, old) in &before.files {
            stop.check()?;
            let target = moved(path);
            let Some(new) = after.facts(&target) else {
                return Ok(refuse(format!("{path} would not be read any more")));
            };
            if Arc::ptr_eq(old, new) {
                continue;
            }
            touched.push(path.clone());
            if let Err(what) = same_facts(old, new, allowed) {
                return Ok(refuse(format!("{path} would not mean the same any more ({what})")));
            }
        }
    }
    let (drift, lints) = (Arc::default(), Arc::default());
    let after = Analysis { world, catalog, drift, lints, upstream: None, ..analysis.clone() };
    let before = Analysis { drift: Arc::default(), upstream: None, ..analysis.clone() };
    no_new_findings(&before, &after, touched, &moved, stop)
}

/// What differs between two readings of a file, if anything does that may not.
fn same_facts(old: &Facts, new: &Facts, allowed: &Allowed) -> Result<(), &'static str> {
    let is_data = !matches!(old.kind, EntryKind::Macros | EntryKind::Managed);
    let text = |facts: &Facts| facts.rendered.output.text.clone();
    if text(old) == text(new) {
        return Ok(());
    }
    match allowed {
        Allowed::Nothing => Err("what it renders to"),
        _ if !is_data => {
            let follows = matches!(allowed, Allowed::Names(pairs) if follows(&text(old), &text(new), pairs));
            if follows { Ok(()) } else { Err("what it renders to") }
        }
        _ => match (&old.rendered.data, &new.rendered.data) {
            (Some(a), Some(b)) => {
                let walk = Walk { allowed, pillar: matches!(old.kind, EntryKind::Pillar | EntryKind::PillarExample) };
                if walk.file(a, b) { Ok(()) } else { Err("its data") }
            }
            (None, None) => Ok(()),
            _ => Err("its data"),
        },
    }
}

/// Whether `b` says one of the new names where `a` says the old one.
fn follows(a: &str, b: &str, pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(old, new)| a.contains(old.as_str()) && a.replace(old.as_str(), new) == b)
}

/// Two entries that stand at the same place of two mappings.
type Twins<'n> = (&'n (Node, Node), &'n (Node, Node));

struct Walk<'a> {
    allowed: &'a Allowed,
    pillar: bool,
}

impl Walk<'_> {
    fn file(&self, a: &Node, b: &Node) -> bool {
        match self.allowed {
            Allowed::Nothing => same(a, b, MAX_DEPTH),
            Allowed::Names(pairs) => self.names(a, b, pairs, MAX_DEPTH),
            Allowed::Key(path, new) if self.pillar => self.keys(a, b, path, new),
            Allowed::Key(..) => same(a, b, MAX_DEPTH),
            Allowed::Id(old, new) => self.high(a, b, old, new),
        }
    }

    /// Entries of two mappings, which must have the same number of them.
    fn entries<'n>(&self, a: &'n Node, b: &'n Node) -> Option<Vec<Twins<'n>>> {
        match (&a.kind, &b.kind) {
            (NodeKind::Map(a), NodeKind::Map(b)) if a.len() == b.len() => Some(a.iter().zip(b).collect()),
            _ => None,
        }
    }

    fn keys(&self, a: &Node, b: &Node, path: &[String], new: &str) -> bool {
        if let (NodeKind::Choice(a), NodeKind::Choice(b)) = (&a.kind, &b.kind) {
            return a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.keys(a, b, path, new));
        }
        let (Some((first, rest)), Some(entries)) = (path.split_first(), self.entries(a, b)) else {
            return same(a, b, MAX_DEPTH);
        };
        entries.into_iter().all(|((key, value), (other, changed))| {
            let here = key.as_str() == Some(first.as_str());
            let named = same(key, other, MAX_DEPTH) || (here && rest.is_empty() && other.as_str() == Some(new));
            named && if here { self.keys(value, changed, rest, new) } else { same(value, changed, MAX_DEPTH) }
        })
    }

    fn high(&self, a: &Node, b: &Node, old: &str, new: &str) -> bool {
        let is_it = |a: &Node, b: &Node| same(a, b, MAX_DEPTH) || (a.as_str() == Some(old) && b.as_str() == Some(new));
        let Some(entries) = self.entries(a, b) else { return same(a, b, MAX_DEPTH) };
        entries.into_iter().all(|((key, value), (other, changed))| match key.as_str() {
            Some("include") => same(key, other, MAX_DEPTH) && same(value, changed, MAX_DEPTH),
            Some("extend") => same(key, other, MAX_DEPTH) && self.high(value, changed, old, new),
            Some("exclude") => same(key, other, MAX_DEPTH) && renamed(value, changed, old, new, MAX_DEPTH),
            _ => is_it(key, other) && self.body(value, changed, old, new),
        })
    }

    /// What stands under an ID.
    fn body(&self, a: &Node, b: &Node, old: &str, new: &str) -> bool {
        if same(a, b, MAX_DEPTH) {
            return true;
        }
        // `x: pkg.installed` may have become a mapping, to hold the name
        if let (NodeKind::Str(function), NodeKind::Map(entries)) = (&a.kind, &b.kind) {
            let [(key, value)] = entries.as_slice() else { return false };
            return matches!(&key.kind, NodeKind::Str(other) if other == function)
                && matches!(&value.kind, NodeKind::List(items) if items.len() == 1 && items.iter().all(|item| is_name(item, old)));
        }
        let Some(entries) = self.entries(a, b) else { return false };
        entries.into_iter().all(|((key, value), (other, changed))| {
            same(key, other, MAX_DEPTH) && self.arguments(value, changed, old, new)
        })
    }

    fn arguments(&self, a: &Node, b: &Node, old: &str, new: &str) -> bool {
        let (NodeKind::List(before), NodeKind::List(after)) = (&a.kind, &b.kind) else { return same(a, b, MAX_DEPTH) };
        let added = after.len() == before.len() + 1 && after.first().is_some_and(|item| is_name(item, old));
        let after = if added { after.get(1..).unwrap_or(&[]) } else { after };
        before.len() == after.len()
            && before.iter().zip(after).all(|(a, b)| {
                let Some(entries) = self.entries(a, b) else { return same(a, b, MAX_DEPTH) };
                entries.into_iter().all(|((key, value), (other, changed))| {
                    let requisite = key.as_str().is_some_and(|key| REQUISITES.contains(&key) || INVERSE.contains(&key));
                    let fits =
                        same(value, changed, MAX_DEPTH) || (requisite && renamed(value, changed, old, new, MAX_DEPTH));
                    same(key, other, MAX_DEPTH) && fits
                })
            })
    }

    fn names(&self, a: &Node, b: &Node, pairs: &[(String, String)], depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return true };
        match (&a.kind, &b.kind) {
            (NodeKind::Str(a), NodeKind::Str(b)) => {
                let (a, b) = (a.to_string(), b.to_string());
                a == b || follows(&a, &b, pairs) || is_moved(&a, &b, pairs)
            }
            (NodeKind::Map(x), NodeKind::Map(y)) => {
                x.len() == y.len()
                    && x.iter().zip(y).all(|((key, value), (other, changed))| {
                        // what is included is compared by what it means
                        key.as_str() == Some("include") && other.as_str() == Some("include")
                            || (self.names(key, other, pairs, depth) && self.names(value, changed, pairs, depth))
                    })
            }
            (NodeKind::List(x), NodeKind::List(y))
            | (NodeKind::Set(x), NodeKind::Set(y))
            | (NodeKind::Choice(x), NodeKind::Choice(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(a, b)| self.names(a, b, pairs, depth))
            }
            _ => same(a, b, depth),
        }
    }
}

/// Whether a name that was relative became another that means the same.
fn is_moved(a: &str, b: &str, pairs: &[(String, String)]) -> bool {
    a.starts_with('.') && pairs.iter().any(|(old, new)| b == new || b == old)
}

/// `- name: old`
fn is_name(item: &Node, old: &str) -> bool {
    let NodeKind::Map(entries) = &item.kind else { return false };
    matches!(entries.as_slice(), [(key, value)] if key.as_str() == Some("name") && value.as_str() == Some(old))
}

/// Equal but for texts that say the new name where they said the old one.
fn renamed(a: &Node, b: &Node, old: &str, new: &str, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    let each =
        |a: &[Node], b: &[Node]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| renamed(a, b, old, new, depth));
    match (&a.kind, &b.kind) {
        (NodeKind::Str(_), NodeKind::Str(_)) => {
            same(a, b, depth) || (a.as_str() == Some(old) && b.as_str() == Some(new))
        }
        (NodeKind::List(a), NodeKind::List(b)) | (NodeKind::Choice(a), NodeKind::Choice(b)) => each(a, b),
        (NodeKind::Map(a), NodeKind::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((key, value), (other, changed))| {
                    same(key, other, depth) && renamed(value, changed, old, new, depth)
                })
        }
        _ => same(a, b, depth),
    }
}

/// Equal but for places, conditions' names and reasons.
pub(super) fn same(a: &Node, b: &Node, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    let each = |a: &[Node], b: &[Node]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, depth));
    a.repeated == b.repeated
        && a.when.tests().len() == b.when.tests().len()
        && match (&a.kind, &b.kind) {
            (NodeKind::List(a), NodeKind::List(b))
            | (NodeKind::Set(a), NodeKind::Set(b))
            | (NodeKind::Choice(a), NodeKind::Choice(b)) => each(a, b),
            (NodeKind::Map(a), NodeKind::Map(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|((key, value), (other, changed))| same(key, other, depth) && same(value, changed, depth))
            }
            (NodeKind::Unknown(_), NodeKind::Unknown(_)) => true,
            (a, b) => a == b,
        }
}

/// The findings of a file by code; those of styles and hints do not count.
fn counted(analysis: &Analysis, path: &SaltPath, stop: &Stop) -> Result<BTreeMap<String, usize>, Stopped> {
    let mut counts = BTreeMap::new();
    for found in crate::diagnostics(analysis, path, stop)? {
        if found.severity >= Severity::Warning {
            *counts.entry(found.code).or_default() += 1;
        }
    }
    Ok(counts)
}

fn no_new_findings(
    before: &Analysis,
    after: &Analysis,
    mut paths: Vec<SaltPath>,
    moved: &dyn Fn(&SaltPath) -> SaltPath,
    stop: &Stop,
) -> Result<Attempt<()>, Stopped> {
    let near = |view: &View| paths.iter().flat_map(|path| view.direct_includers(path)).collect::<Vec<_>>();
    let more: Vec<SaltPath> = before.catalog.views.iter().flat_map(near).collect();
    paths.extend(more);
    paths.sort();
    paths.dedup();
    for path in paths.iter().take(MAX_CHECKED) {
        let (old, new) = (counted(before, path, stop)?, counted(after, &moved(path), stop)?);
        for (code, count) in new {
            if count > old.get(&code).copied().unwrap_or_default() {
                return Ok(refuse(format!("it would cause {code} in {path}")));
            }
        }
    }
    Ok(Ok(()))
}

/// Whether a pattern is known to be just `name`.
pub(super) fn is_just(pattern: &Pattern, name: &str) -> bool {
    pattern.as_literal() == Some(name)
}
