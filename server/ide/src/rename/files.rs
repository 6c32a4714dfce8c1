//! Renaming SLS, and what has to follow when files and folders move: includes, top files, `sls`
//! requisites, imports, `salt://` URLs.

use std::collections::BTreeMap;

use model::{EntityKind, Facts, Found, Slot, View};
use render::{EntryKind, Origin, names};
use world::{Roots, SaltPath, Stop, Stopped};

use super::proof::{Allowed, is_just, proved};
use super::{Attempt, place, refuse, written};
use crate::Analysis;
use crate::fix::FileEdits;

/// More files than this are not moved at once.
const MAX_MOVED: usize = 20_000;

/// The SLS that an entity names.
pub(super) fn name_of(analysis: &Analysis, found: &Found) -> Option<String> {
    let definitions = analysis.catalog.definitions_of(found);
    match definitions.as_slice() {
        [only] if only.kind == EntityKind::Sls => Some(only.name.clone()),
        _ => None,
    }
}

/// The edits that give the SLS that `found` names the name `new`: its file moves, of `x/init.sls` the
/// whole folder.
pub(super) fn edits(analysis: &Analysis, found: &Found, new: &str) -> Attempt<(FileEdits, Allowed)> {
    let definitions = analysis.catalog.definitions_of(found);
    let definition = match definitions.as_slice() {
        [only] if only.kind == EntityKind::Sls => only,
        [] => return refuse("no file is known by this name"),
        _ => return refuse("several files may be meant"),
    };
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_-+@ ".contains(c));
    if !new.split('.').all(part) {
        return refuse("the name of an SLS is made of words with dots between them");
    }
    let path = &definition.path;
    let old = definition.name.replace('.', "/");
    let (source, target) = match path.as_str().strip_suffix(&format!("{old}/init.sls")) {
        Some(root) => (format!("{root}{old}"), format!("{root}{}", new.replace('.', "/"))),
        None => match path.as_str().strip_suffix(&format!("{old}.sls")) {
            Some(root) => (path.to_string(), format!("{root}{}.sls", new.replace('.', "/"))),
            None => return refuse(format!("the name does not follow from {path}")),
        },
    };
    let (Ok(source), Ok(target)) = (SaltPath::new(&source), SaltPath::new(&target)) else {
        return refuse("that is no path");
    };
    let mut edits = plan(analysis, &[(source.clone(), target.clone())])?;
    let moves = moved_files(analysis, &[(source, target)])?;
    edits.renamed.extend(moves.clone());
    let allowed = Allowed::Names(pairs(analysis, &moves));
    Ok((edits, allowed))
}

/// The edits in all files that have to follow when files or folders move, as (old, new), without the
/// moves themselves: the editor makes those.
///
/// # Errors
/// [`Stopped`].
pub fn moved(analysis: &Analysis, moves: &[(SaltPath, SaltPath)], stop: &Stop) -> Result<Attempt<FileEdits>, Stopped> {
    let planned = plan(analysis, moves).and_then(|edits| Ok((edits, moved_files(analysis, moves)?)));
    let (edits, files) = match planned {
        Ok(planned) => planned,
        Err(refused) => return Ok(Err(refused)),
    };
    let tried = FileEdits { renamed: files.clone(), ..edits.clone() };
    let tried = match tried.checked(&analysis.world) {
        Ok(tried) => tried,
        Err(refused) => return Ok(Err(refused)),
    };
    let allowed = Allowed::Names(pairs(analysis, &files));
    Ok(proved(analysis, &tried, &allowed, stop)?.map(|()| FileEdits { renamed: Vec::new(), ..tried }))
}

/// The files that move, each with its new place.
fn moved_files(analysis: &Analysis, moves: &[(SaltPath, SaltPath)]) -> Attempt<Vec<(SaltPath, SaltPath)>> {
    let mut files = Vec::new();
    for (old, new) in moves {
        if analysis.world.tree.get(old).is_some() {
            files.push((old.clone(), new.clone()));
            continue;
        }
        for (path, _) in analysis.world.tree.below(old) {
            let target = path.below(old).and_then(|rest| new.join(rest).ok());
            let Some(target) = target else { return refuse(format!("{path} would get no path")) };
            files.push((path.clone(), target));
        }
        if files.len() > MAX_MOVED {
            return refuse("too many files would move");
        }
    }
    if files.is_empty() { refuse("there is no such file") } else { Ok(files) }
}

/// The names by which Salt knows a file, per view: of states and of the pillar.
fn sls_names(view: &View, path: &SaltPath) -> Vec<String> {
    let roots: [&Roots; 2] = [&view.minion.file_roots, &view.minion.pillar_roots];
    let mut found: Vec<String> =
        roots.iter().flat_map(|roots| names::names_of(roots, path)).map(|(_, name)| name.to_string()).collect();
    found.sort();
    found.dedup();
    found
}

/// A file's path below its root: what imports and URLs say.
fn below_root(view: &View, path: &SaltPath) -> Option<String> {
    let roots: [&Roots; 2] = [&view.minion.file_roots, &view.minion.pillar_roots];
    let folders = roots.iter().flat_map(|roots| roots.values()).flatten();
    folders.filter_map(|folder| path.below(folder)).map(str::to_owned).min_by_key(String::len)
}

/// What may change in what is rendered: names and paths of moved files.
fn pairs(analysis: &Analysis, moves: &[(SaltPath, SaltPath)]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (old, new) in moves {
        for view in &analysis.catalog.views {
            found.extend(sls_names(view, old).into_iter().zip(sls_names(view, new)));
            found.extend(below_root(view, old).zip(below_root(view, new)));
            let folder = |path: &SaltPath| below_root(view, &path.parent());
            found.extend(folder(old).zip(folder(new)).filter(|(old, _)| !old.is_empty()));
        }
    }
    found.sort();
    found.dedup();
    found.retain(|(old, new)| old != new);
    // longer names first: `web.conf` before `web`
    found.sort_by_key(|(old, _)| std::cmp::Reverse(old.len()));
    found.truncate(2_000);
    found
}

/// What one move of files changes in what other files say.
struct Plan<'a> {
    analysis: &'a Analysis,
    view: &'a View,
    /// By old path.
    moves: &'a BTreeMap<SaltPath, SaltPath>,
    /// New names of SLS by old names, apart for the pillar.
    names: [BTreeMap<String, String>; 2],
    edits: &'a mut FileEdits,
}

fn plan(analysis: &Analysis, moves: &[(SaltPath, SaltPath)]) -> Attempt<FileEdits> {
    let moves: BTreeMap<SaltPath, SaltPath> = moved_files(analysis, moves)?.into_iter().collect();
    for new in moves.values() {
        if analysis.world.tree.get(new).is_some() && !moves.contains_key(new) {
            return refuse(format!("{new} exists already"));
        }
    }
    let mut edits = FileEdits::default();
    for view in &analysis.catalog.views {
        let mut names: [BTreeMap<String, String>; 2] = Default::default();
        for (old, new) in &moves {
            let all: [&Roots; 2] = [&view.minion.file_roots, &view.minion.pillar_roots];
            for (roots, names) in all.into_iter().zip(&mut names) {
                let (before, after) = (names::names_of(roots, old), names::names_of(roots, new));
                taken(analysis, view, &moves, &after)?;
                names.extend(
                    before.into_iter().zip(after).map(|((_, old), (_, new))| (old.to_string(), new.to_string())),
                );
            }
        }
        let mut plan = Plan { analysis, view, moves: &moves, names, edits: &mut edits };
        for facts in view.files.values() {
            plan.includes(facts)?;
            plan.tops(facts)?;
            plan.requisites(facts)?;
            plan.templates(facts);
            plan.urls(facts);
        }
    }
    Ok(edits)
}

/// Refuses names of SLS that other files have already: `x.sls` and `x/init.sls` are one name.
fn taken(
    analysis: &Analysis,
    view: &View,
    moves: &BTreeMap<SaltPath, SaltPath>,
    names: &[(smol_str::SmolStr, smol_str::SmolStr)],
) -> Attempt<()> {
    for (env, name) in names {
        for path in [Slot::Sls, Slot::PillarSls].into_iter().flat_map(|slot| view.index().files(slot, name)) {
            let same_env =
                view.facts(path).is_some_and(|facts| facts.names.iter().any(|(other, n)| other == env && n == name));
            if same_env && !moves.contains_key(path) && analysis.world.tree.get(path).is_some() {
                return refuse(format!("{path} has the name '{name}' already"));
            }
        }
    }
    Ok(())
}

impl Plan<'_> {
    fn new_name(&self, facts: &Facts, old: &str) -> Option<&String> {
        let pillar = matches!(facts.kind, EntryKind::Pillar | EntryKind::PillarTop);
        self.names.get(usize::from(pillar))?.get(old)
    }

    /// Writes `new` where `old` is written out; false: it is computed there.
    fn write(&mut self, origin: &Origin, old: &str, new: &str) -> bool {
        match written(&self.analysis.world, &origin.path, origin.range, old).filter(|_| origin.site.is_none()) {
            Some(range) => {
                self.edits.replace(&origin.path, range, new);
                true
            }
            None => false,
        }
    }

    fn includes(&mut self, facts: &Facts) -> Attempt<()> {
        let moves = self.moves.get(&facts.path);
        for include in &facts.includes {
            let (Some(meant), Some(said)) =
                (include.sls.as_ref().and_then(|sls| sls.as_literal()), include.written.as_literal())
            else {
                self.unclear_include(facts, include)?;
                continue;
            };
            let target = self.new_name(facts, meant).cloned();
            if target.is_none() && moves.is_none() {
                continue;
            }
            let target = target.unwrap_or_else(|| meant.to_owned());
            // what the same words will mean in the file's new place
            let after = if said.starts_with('.') {
                let path = moves.unwrap_or(&facts.path);
                let own = facts.names.first().map(|(_, name)| name.to_string()).unwrap_or_default();
                let own = self.new_name(facts, &own).cloned().unwrap_or(own);
                match facts.kind {
                    EntryKind::Pillar => names::pillar_include(&own, names::is_init(path), said).into_iter().next(),
                    _ => names::state_include(&own, names::is_init(path), said).ok(),
                }
            } else {
                Some(said.to_owned())
            };
            if after.as_deref() != Some(&target) {
                self.write(&include.origin, said, &target);
            }
        }
        Ok(())
    }

    /// An include whose name is not wholly known must not be able to mean what moves.
    fn unclear_include(&self, facts: &Facts, include: &model::Include) -> Attempt<()> {
        let Some(sls) = include.sls.as_ref() else { return Ok(()) };
        let pillar = usize::from(matches!(facts.kind, EntryKind::Pillar | EntryKind::PillarTop));
        let known = sls
            .0
            .iter()
            .any(|part| matches!(part, render::PatternPart::Text(text) if text.contains(char::is_alphanumeric)));
        let names = self.names.get(pillar).into_iter().flat_map(BTreeMap::keys);
        if known && names.into_iter().any(|name| sls.matches(name)) {
            let at = place(&self.analysis.world, &include.origin.path, include.origin.range);
            return refuse(format!("{at} may include it by a name that is not wholly known"));
        }
        Ok(())
    }

    fn tops(&mut self, facts: &Facts) -> Attempt<()> {
        for (name, origin, _) in facts.targets.iter().flat_map(|target| &target.sls) {
            let Some(old) = name.as_literal() else { continue };
            let Some(new) = self.new_name(facts, old).cloned() else { continue };
            if !self.write(origin, old, &new) {
                let at = place(&self.analysis.world, &origin.path, origin.range);
                return refuse(format!("{at} computes the name"));
            }
        }
        Ok(())
    }

    fn requisites(&mut self, facts: &Facts) -> Attempt<()> {
        let states = facts.declarations.iter().chain(&facts.extends).flat_map(|one| &one.states);
        let all: Vec<_> = states.flat_map(|state| &state.requisites).collect();
        for requisite in all {
            if !requisite.module.as_ref().is_some_and(|module| is_just(module, "sls")) {
                continue;
            }
            let Some(old) = requisite.name.as_literal() else { continue };
            let Some(new) = self.new_name(facts, old).cloned() else { continue };
            // `tpldot` and the like follow by themselves: what does not is found by the proof
            self.write(&requisite.name_origin, old, &new);
        }
        for exclude in facts.excludes.iter().filter(|exclude| exclude.sls) {
            let Some(old) = exclude.name.as_literal() else { continue };
            if let Some(new) = self.new_name(facts, old).cloned() {
                self.write(&exclude.origin, old, &new);
            }
        }
        Ok(())
    }

    fn templates(&mut self, facts: &Facts) {
        for import in &facts.imports {
            let Some(target) = &import.target else { continue };
            let Some(new) = self.moves.get(target) else { continue };
            let (Some(old), Some(new)) = (below_root(self.view, target), below_root(self.view, new)) else { continue };
            for said in [old.clone(), format!("salt://{old}")] {
                let to = said.replace(&old, &new);
                if self.write(&import.origin, &said, &to) {
                    break;
                }
            }
        }
    }

    fn urls(&mut self, facts: &Facts) {
        for file in &facts.salt_files {
            let Some(url) = file.url.as_literal() else { continue };
            for target in &file.targets {
                // a folder has moved if all of it has
                let new = self.moves.get(target).cloned().or_else(|| self.moved_folder(target));
                let Some(new) = new else { continue };
                let (Some(old), Some(new)) = (below_root(self.view, target), below_root(self.view, &new)) else {
                    continue;
                };
                let said = format!("salt://{url}");
                let to = said.replacen(old.trim_end_matches('/'), new.trim_end_matches('/'), 1);
                if !self.write(&file.origin, &said, &to) {
                    self.write(&file.origin, url, url.replacen(&old, &new, 1).as_str());
                }
            }
        }
    }

    fn moved_folder(&self, folder: &SaltPath) -> Option<SaltPath> {
        let mut files = self.analysis.world.tree.below(folder).map(|(path, _)| path);
        let first = files.next()?;
        let rest = first.below(folder)?;
        let new = self.moves.get(first)?;
        let target = SaltPath::new(new.as_str().strip_suffix(rest)?.trim_end_matches('/')).ok()?;
        let follows = |path: &SaltPath| {
            let rest = path.below(folder).and_then(|rest| target.join(rest).ok());
            rest.is_some() && self.moves.get(path) == rest.as_ref()
        };
        files.all(follows).then_some(target)
    }
}
