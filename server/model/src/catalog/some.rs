//! The catalog of a few SLS and what they include: what somebody who asks for one SLS of a large tree
//! waits for. Knows only what [`Catalog::build`] would say of these files, too.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use render::{MinionKey, Pattern, names};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use world::{Memo, Minion, Reader, SaltPath, Stop, Stopped, World};

use super::build::{LayoutQuery, minions};
use super::derived::Derived;
use super::named::Renamed;
use super::{Catalog, Index, Request, View};
use crate::{Facts, Include, query};

impl Catalog {
    /// The state SLS `wanted` with all that they include, for the first minion of `request`. No other
    /// file is rendered but what these import: top files are not read, nothing else is indexed.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn of_sls(
        world: &World,
        memo: &Memo,
        stop: &Stop,
        request: &Request,
        wanted: &[String],
    ) -> Result<Self, Stopped> {
        let reader = Reader::new(world, memo, stop);
        let layout = reader.ask(&LayoutQuery::new(&request.overrides))?;
        let minion = Arc::new(minions(&layout, request).into_iter().next().unwrap_or_default());
        let key = MinionKey::new(&minion);
        let mut files: OrdMap<SaltPath, Arc<Facts>> = OrdMap::new();
        let mut index = Index::default();
        let mut seen: FxHashSet<SaltPath> = FxHashSet::default();
        let mut work: Vec<SaltPath> = Vec::new();
        for name in wanted {
            let found = named(&reader, &minion, &minion.saltenv, &Pattern::literal(name))?;
            work.extend(found.into_iter().filter(|path| seen.insert(path.clone())));
        }
        while let Some(path) = work.pop() {
            reader.tick()?;
            let Some(kind) = layout.classify(&path) else { continue };
            let facts = query::facts_of(&reader, &key, &path, kind)?;
            for include in &facts.includes {
                let found = included(&reader, &minion, &facts, include)?;
                work.extend(found.into_iter().filter(|path| seen.insert(path.clone())));
            }
            index.replace(None, Some(&facts), &mut Renamed::default());
            files.insert(path, facts);
        }
        let (top, managed, derived) = (Arc::default(), Arc::default(), Arc::new(Derived::default()));
        let views = vec![View { minion, files, top, index, names: Arc::default(), managed, derived }];
        Ok(Self { layout, views, world: world.clone() })
    }
}

/// The files that an include names (`View::included`, which knows the names of read files only).
fn included(
    reader: &Reader<'_>,
    minion: &Minion,
    facts: &Facts,
    include: &Include,
) -> Result<BTreeSet<SaltPath>, Stopped> {
    let Some(sls) = &include.sls else { return Ok(BTreeSet::new()) };
    let envs: Vec<SmolStr> = match &include.saltenv {
        Some(env) if env == "_xenv" => minion.file_roots.keys().map(Into::into).collect(),
        Some(env) => vec![env.clone()],
        None => vec![facts.names.first().map_or_else(|| minion.saltenv.as_str().into(), |(env, _)| env.clone())],
    };
    let mut found = BTreeSet::new();
    for env in envs {
        found.extend(named(reader, minion, &env, sls)?);
    }
    Ok(found)
}

/// The files of the SLS that `name` may mean in `env`.
fn named(reader: &Reader<'_>, minion: &Minion, env: &str, name: &Pattern) -> Result<BTreeSet<SaltPath>, Stopped> {
    let roots = &minion.file_roots;
    let listed: Vec<SmolStr> = match name.as_literal() {
        Some(text) if text.contains(['*', '?', '[']) => names::match_sls(reader, roots, env, text)?,
        Some(text) => vec![text.into()],
        None => names::list_sls(reader, roots, env)?.iter().filter(|listed| name.matches(listed)).cloned().collect(),
    };
    let mut found = BTreeSet::new();
    for one in listed {
        found.extend(names::find_sls(reader, roots, env, &one)?);
    }
    Ok(found)
}
