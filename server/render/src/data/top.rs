//! Top files of states and pillar: which SLS they give a minion (`salt/state.py`,
//! `salt/pillar/__init__.py`).

use std::sync::Arc;

use serde_json::{Map, Value};
use smol_str::SmolStr;
use world::{Minion, Reader, Roots, SaltPath, Stopped};

use super::plain;
use super::target::Matching;
use super::topfile::{Files, NO_TARGETS, Section, Target, read_files};
use crate::{Code, Origin, Pattern, Problem, When};

/// What the top files give a minion.
#[derive(Clone, Debug, Default)]
pub struct Top {
    /// The state SLS by saltenv, in Salt's order; names are fnmatch patterns as written.
    pub states: Vec<TopEnv>,
    /// The pillar SLS by saltenv, `order` applied.
    pub pillar: Vec<TopEnv>,
    /// What Salt refuses, in both.
    pub errors: Vec<Problem>,
    /// The top files that were read, the states' first.
    pub files: Vec<SaltPath>,
    /// Whether something unknown decided anything.
    pub partial: bool,
}

/// What a minion gets from one saltenv.
#[derive(Clone, Debug, PartialEq)]
pub struct TopEnv {
    /// The saltenv.
    pub saltenv: SmolStr,
    /// The entries in order; without repetition where Salt drops it.
    pub sls: Vec<TopSls>,
}

/// One matched entry of a top file.
#[derive(Clone, Debug, PartialEq)]
pub struct TopSls {
    /// The SLS name, an fnmatch pattern; with holes where it is not known.
    pub name: Pattern,
    /// The target expression that gives it.
    pub target: Pattern,
    /// Where the name is written.
    pub origin: Arc<Origin>,
    /// When the entry exists.
    pub when: When,
    /// Whether its target certainly matches the minion (false without a profile).
    pub matched: bool,
    /// Pillar only: whether a missing file is passed over (`ignore_missing: true`).
    pub ignore_missing: bool,
}

impl TopSls {
    /// Whether the minion gets it whatever is unknown.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.matched && self.when.is_always() && !self.name.is_pattern()
    }
}

/// Compiles it.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn compile(reader: &Reader<'_>, minion: &Arc<Minion>) -> Result<Top, Stopped> {
    let mut top = Top::default();
    let (states, pillar) = (States::of(minion), Pillars::of(minion));
    let known = crate::pillar(reader, minion)?;
    let pillar_data = match plain::json(&known.data) {
        Some(Value::Object(map)) => Some(map),
        _ => None,
    };
    let files = read_files(reader, minion, false, &states.envs, &mut top)?;
    // One top file that cannot be rendered, and Salt has none (`get_top`).
    let fatal = |problem: &Problem| {
        problem.certain && (problem.code != Code::TopMalformed || problem.message.starts_with(NO_TARGETS))
    };
    if !top.errors.iter().any(fatal) {
        let sections = states.merge(files);
        match states.matched(minion, sections, pillar_data.as_ref(), &mut top.partial) {
            Ok(matched) => top.states = matched,
            Err(problem) => top.errors.push(*problem),
        }
    }
    let files = read_files(reader, minion, true, &pillar.envs, &mut top)?;
    top.pillar = pillar.matched(minion, files, &mut top);
    top.partial |= minion.profile.is_none();
    Ok(top)
}

/// What the pillar's top gives; for the pillar's compilation, which must not ask for the pillar.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn pillar_only(reader: &Reader<'_>, minion: &Arc<Minion>) -> Result<Top, Stopped> {
    let mut top = Top::default();
    let pillar = Pillars::of(minion);
    let files = read_files(reader, minion, true, &pillar.envs, &mut top)?;
    top.pillar = pillar.matched(minion, files, &mut top);
    Ok(top)
}

/// An option of the minion.
fn opt<'m>(minion: &'m Minion, name: &str) -> Option<&'m Value> {
    minion.profile.as_ref()?.opts.get(name).filter(|value| !value.is_null())
}

pub(super) fn text_opt<'m>(minion: &'m Minion, name: &str, default: &'m str) -> &'m str {
    opt(minion, name).and_then(Value::as_str).filter(|text| !text.is_empty()).unwrap_or(default)
}

/// The minion to match, if one is chosen.
fn matching(minion: &Minion, pillar: Option<&Map<String, Value>>) -> Option<Matching> {
    let profile = minion.profile.as_ref()?;
    // Salt's default: there are none.
    let none = Value::Object(Map::new());
    let nodegroups = opt(minion, "nodegroups").unwrap_or(&none);
    Some(Matching::new(&profile.id, &profile.grains, pillar, Some(nodegroups)))
}

/// Whether a target matches; `None`: not known.
fn confirm(matching: &mut Option<Matching>, target: &Target) -> Option<bool> {
    let expression = target.expression.as_literal()?;
    let matcher = match &target.matcher {
        Some(matcher) => matcher.as_literal()?,
        None => "compound",
    };
    // Every minion's name matches it, whoever asks.
    if matches!(matcher, "compound" | "glob") && !expression.is_empty() && expression.bytes().all(|byte| byte == b'*') {
        return Some(true);
    }
    matching.as_mut()?.matches(matcher, expression)
}

/// Sets `target` in the section of `env`, as a dict does: an equal one is replaced in its place.
fn put(sections: &mut Vec<Section>, env: &SmolStr, when: &When, target: Target) {
    let at = sections.iter().position(|section| section.saltenv == *env).unwrap_or_else(|| {
        sections.push(Section { saltenv: env.clone(), when: When::ALWAYS, targets: Vec::new() });
        sections.len() - 1
    });
    let target = Target { when: when.both(&target.when).unwrap_or_else(|| when.clone()), ..target };
    let targets = &mut sections[at].targets;
    let same = targets.iter_mut().find(|known| known.expression == target.expression && known.when == target.when);
    match same {
        Some(known) => *known = target,
        None => targets.push(target),
    }
}

/// The rules of the states' top.
struct States {
    envs: Vec<SmolStr>,
    only: Option<SmolStr>,
    strategy: String,
    default_top: String,
    roots: Vec<SmolStr>,
}

impl States {
    fn of(minion: &Minion) -> Self {
        let roots = envs(&minion.file_roots);
        let chosen = text_opt(minion, "saltenv", if minion.saltenv == "base" { "" } else { &minion.saltenv });
        let only = (!chosen.is_empty()).then(|| SmolStr::from(chosen));
        let top_env = text_opt(minion, "state_top_saltenv", "");
        let envs = match &only {
            Some(only) => vec![only.clone()],
            None if !top_env.is_empty() => vec![top_env.into()],
            None => ordered(minion, roots.clone()),
        };
        let strategy = text_opt(minion, "top_file_merging_strategy", "merge").to_owned();
        let default_top = text_opt(minion, "default_top", "base").to_owned();
        Self { envs, only, strategy, default_top, roots }
    }

    /// `merge_tops`.
    fn merge(&self, files: Files) -> Vec<Section> {
        let mut merged: Vec<Section> = Vec::new();
        let mut add = |section: &Section| {
            for target in &section.targets {
                put(&mut merged, &section.saltenv, &section.when, target.clone());
            }
        };
        match self.strategy.as_str() {
            "merge_all" => {
                let mut all: Vec<Section> = Vec::new();
                for section in files.into_iter().flat_map(|(_, sections)| sections) {
                    append(&mut all, section);
                }
                return all;
            }
            "same" => {
                for (env, sections) in &files {
                    let own_file = files.iter().any(|(other, sections)| other == env && !sections.is_empty());
                    let fallback = || files.iter().filter(|(other, _)| *other == self.default_top).flat_map(|(_, s)| s);
                    let sections: Vec<&Section> =
                        if own_file { sections.iter().collect() } else { fallback().collect() };
                    sections.into_iter().filter(|section| section.saltenv == *env).for_each(&mut add);
                }
            }
            _ => {
                let (base, others): (Files, Files) = files.into_iter().partition(|(env, _)| env == "base");
                let base: Vec<Section> = base.into_iter().flat_map(|(_, sections)| sections).collect();
                base.iter().for_each(&mut add);
                for (env, sections) in &others {
                    let own = sections.iter().filter(|section| section.saltenv == *env);
                    // A saltenv that base's top defines is base's affair.
                    own.filter(|section| !base.iter().any(|known| known.saltenv == section.saltenv)).for_each(&mut add);
                }
            }
        }
        merged
    }

    /// `top_matches`; an error where Salt ends with an exception.
    fn matched(
        &self,
        minion: &Minion,
        sections: Vec<Section>,
        pillar: Option<&Map<String, Value>>,
        partial: &mut bool,
    ) -> Result<Vec<TopEnv>, Box<Problem>> {
        let mut known = matching(minion, pillar);
        let mut matched: Vec<TopEnv> = Vec::new();
        for section in sections {
            if self.only.as_ref().is_some_and(|only| *only != section.saltenv) {
                continue;
            }
            for target in section.targets {
                self.add(&mut known, &section.saltenv, target, &mut matched, partial)?;
            }
        }
        Ok(matched)
    }

    /// `_filter_matches`
    fn add(
        &self,
        known: &mut Option<Matching>,
        saltenv: &SmolStr,
        target: Target,
        matched: &mut Vec<TopEnv>,
        partial: &mut bool,
    ) -> Result<(), Box<Problem>> {
        if let Some((false, problem)) = target.raises {
            return Err(problem);
        }
        let answer = confirm(known, &target);
        *partial |= answer.is_none();
        if answer == Some(false) {
            return Ok(());
        }
        if let (Some((_, problem)), Some(true)) = (target.raises, answer) {
            return Err(problem);
        }
        let at = env_at(matched, saltenv);
        for nested in target.nested {
            self.add(known, saltenv, nested, matched, partial)?;
        }
        for (env, name, origin, when) in target.items {
            let at = match env {
                Some(env) if self.roots.contains(&env) => env_at(matched, &env),
                Some(_) => continue,
                None => at,
            };
            let when = target.when.both(&when).unwrap_or(when);
            let (target, matched_for_sure) = (target.expression.clone(), answer == Some(true));
            let sls = TopSls { name, target, origin, when, matched: matched_for_sure, ignore_missing: false };
            matched[at].sls.push(sls);
        }
        Ok(())
    }
}

/// `merge_all`: an equal target gets the other's states behind its own.
fn append(all: &mut Vec<Section>, section: Section) {
    for target in section.targets {
        let known =
            all.iter_mut().filter(|known| known.saltenv == section.saltenv).flat_map(|known| &mut known.targets);
        let same = known.into_iter().find(|known| known.expression == target.expression && known.when == target.when);
        match same {
            Some(known) => {
                known.matcher = target.matcher.or(known.matcher.take());
                for item in target.items {
                    if !known.items.iter().any(|other| other.1 == item.1) {
                        known.items.push(item);
                    }
                }
            }
            None => put(all, &section.saltenv, &section.when, target),
        }
    }
}

/// The rules of the pillar's top.
struct Pillars {
    envs: Vec<SmolStr>,
    only: Option<SmolStr>,
}

impl Pillars {
    fn of(minion: &Minion) -> Self {
        let roots = envs(&minion.pillar_roots);
        let profile = minion.profile.as_ref();
        let flag = |name: &str| profile.and_then(|profile| profile.opts.get(name)?.as_bool()).unwrap_or(false);
        // `pillarenv_from_saltenv`: the saltenv that the minion is pinned to is its pillarenv, too.
        let pinned = if flag("pillarenv_from_saltenv") { text_opt(minion, "saltenv", "") } else { "" };
        let only = [text_opt(minion, "pillarenv", ""), pinned].into_iter().find(|env| !env.is_empty());
        let only = only.map(SmolStr::from);
        let envs = match &only {
            Some(only) => roots.into_iter().filter(|env| env == only).collect(),
            None if text_opt(minion, "pillar_source_merging_strategy", "smart") == "none" => {
                let env = text_opt(minion, "saltenv", "base");
                roots.into_iter().filter(|known| known == env).collect()
            }
            None => roots,
        };
        Self { envs, only }
    }

    /// `merge_tops` and `top_matches`; nothing where Salt ends with an exception.
    fn matched(&self, minion: &Minion, files: Files, top: &mut Top) -> Vec<TopEnv> {
        let targets = files.iter().flat_map(|(_, sections)| sections).flat_map(|section| &section.targets);
        if let Some((_, problem)) = targets.filter_map(|target| target.raises.as_ref()).find(|(late, _)| !late) {
            let message = format!("Error encountered while rendering pillar top file. {}", problem.message);
            top.errors.push(Problem { message, ..(**problem).clone() });
            return Vec::new();
        }
        let partial = &mut top.partial;
        let mut sections: Vec<Section> = Vec::new();
        for section in files.into_iter().flat_map(|(_, sections)| sections) {
            for target in section.targets {
                put(&mut sections, &section.saltenv, &section.when, target);
            }
        }
        // While the pillar is compiled there is none to match by.
        let mut known = matching(minion, Some(&Map::new()));
        let mut matched: Vec<TopEnv> = Vec::new();
        for mut section in sections {
            if self.only.as_ref().is_some_and(|only| *only != section.saltenv) {
                continue;
            }
            section.targets.sort_by_key(|target| target.order);
            for target in section.targets {
                let answer = confirm(&mut known, &target);
                *partial |= answer.is_none();
                if answer == Some(false) {
                    continue;
                }
                let at = env_at(&mut matched, &section.saltenv);
                for (_, name, origin, when) in target.items {
                    let when = target.when.both(&when).unwrap_or(when);
                    let sls = TopSls {
                        name,
                        target: target.expression.clone(),
                        origin,
                        when,
                        matched: answer == Some(true),
                        ignore_missing: target.ignore_missing,
                    };
                    if !matched[at].sls.iter().any(|known| known.name == sls.name && known.is_certain()) {
                        matched[at].sls.push(sls);
                    }
                }
            }
        }
        matched
    }
}

fn env_at(matched: &mut Vec<TopEnv>, env: &SmolStr) -> usize {
    matched.iter().position(|known| known.saltenv == *env).unwrap_or_else(|| {
        matched.push(TopEnv { saltenv: env.clone(), sls: Vec::new() });
        matched.len() - 1
    })
}

/// The saltenvs of roots, base first.
fn envs(roots: &Roots) -> Vec<SmolStr> {
    let mut envs = vec![SmolStr::new_static("base")];
    envs.extend(roots.keys().filter(|env| *env != "base" && *env != "__env__").map(SmolStr::from));
    envs
}

/// `env_order` first (`salt/state.py`, `_get_envs`).
fn ordered(minion: &Minion, envs: Vec<SmolStr>) -> Vec<SmolStr> {
    let Some(order) = opt(minion, "env_order").and_then(Value::as_array).filter(|order| !order.is_empty()) else {
        return envs;
    };
    let first: Vec<SmolStr> = order.iter().filter_map(Value::as_str).map(SmolStr::from).collect();
    first.into_iter().filter(|env| envs.contains(env)).collect()
}
