//! The pillar of a minion: top match, includes, merging (`salt/pillar/__init__.py`).

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;
use smol_str::SmolStr;
use world::{Minion, Reader, SaltPath, Stopped};

use super::merge::{Entries, Strategy, merge};
use super::{names, plain, top};
use crate::{Atom, Code, EntryKind, Extra, Node, NodeKind, Origin, Pattern, PatternPart, Problem, Rendered, When};

/// Includes inside includes that are followed.
const MAX_DEPTH: usize = 100;

/// A minion's pillar.
#[derive(Clone, Debug)]
pub struct Pillar {
    /// A mapping, or Unknown if nothing says what it is. A key that is a hole and `repeated` stands
    /// for unknown further keys. Its places lead to the pillar files; those of a profile's pillar
    /// have the empty path.
    pub data: Node,
    /// What Salt would put under `_errors`, and warnings about what it passes over in silence.
    /// Where a problem is certain, state runs refuse to start.
    pub errors: Vec<Problem>,
    /// Whether something unknown decided anything.
    pub partial: bool,
    /// The pillar SLS that took part, each once, includers before what they include.
    pub sls: Vec<PillarSls>,
}

/// A pillar SLS that takes part in a pillar.
#[derive(Clone, Debug, PartialEq)]
pub struct PillarSls {
    /// Its saltenv.
    pub saltenv: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// Its file, if there is one.
    pub path: Option<SaltPath>,
    /// When it takes part.
    pub when: When,
}

impl Pillar {
    /// A pillar of which nothing is known; why.
    #[must_use]
    pub fn unknown(reason: &str) -> Self {
        let data = Node::nowhere(NodeKind::Unknown(reason.into()));
        Self { data, errors: Vec::new(), partial: true, sls: Vec::new() }
    }

    fn known(entries: Entries) -> Self {
        let data = Node::nowhere(NodeKind::Map(entries));
        Self { data, errors: Vec::new(), partial: false, sls: Vec::new() }
    }
}

/// Compiles it: the pillar file, else the profile's pillar, else the pillar roots.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn compile(reader: &Reader<'_>, minion: &Arc<Minion>) -> Result<Pillar, Stopped> {
    if let Some(path) = &minion.pillar_file {
        let rendered = crate::render(reader, minion, path, EntryKind::PillarExample, None)?;
        return Ok(from_file(&rendered));
    }
    let Some(profile) = &minion.profile else {
        return Ok(Pillar::unknown("the pillar is not known without a minion profile"));
    };
    if let Some(pillar) = &profile.pillar {
        return Ok(Pillar::known(plain::entries(pillar)));
    }
    if minion.pillar_roots.values().all(Vec::is_empty) {
        return Ok(Pillar::unknown("the profile names no pillar and there are no pillar roots"));
    }
    let top = top::pillar_only(reader, minion)?;
    let opt = |name: &str| profile.opts.get(name);
    let flag = |name: &str| opt(name).and_then(Value::as_bool).unwrap_or(false);
    let text = |name: &str, default: &'static str| opt(name).and_then(Value::as_str).unwrap_or(default).to_owned();
    let strategy = Strategy::new(
        &text("pillar_source_merging_strategy", "smart"),
        &text("renderer", "jinja|yaml"),
        flag("pillar_merge_lists"),
    );
    let mut compiler = Compiler {
        reader,
        minion,
        strategy,
        overriding: flag("pillar_includes_override_sls"),
        pillar: Pillar { errors: top.errors, partial: top.partial, ..Pillar::known(Vec::new()) },
    };
    let mut data = Entries::new();
    for matched in ordered(top.pillar, opt("env_order")) {
        compiler.environment(&matched, &mut data)?;
    }
    let mut pillar = compiler.pillar;
    if flag("pillar_opts") {
        // The master's configuration, of which a repository has little.
        let key = Node::nowhere(NodeKind::Str(Pattern::literal("master")));
        data.push((key, Node::nowhere(NodeKind::Unknown("the master's options are not known".into()))));
        pillar.partial = true;
    }
    if minion.ext_pillar {
        data.push(open_entry("the master's ext_pillar may add keys"));
        pillar.partial = true;
    }
    pillar.data.kind = NodeKind::Map(data);
    Ok(pillar)
}

/// A rendered file, taken for the pillar. One that Salt refuses gives nothing.
fn from_file(rendered: &Rendered) -> Pillar {
    let refused = |problem: &Problem| problem.certain && problem.code != Code::UnknownRenderer;
    let mut pillar = match &rendered.data {
        _ if rendered.problems.iter().any(refused) => {
            return Pillar { errors: rendered.problems.clone(), ..Pillar::known(Vec::new()) };
        }
        Some(data @ Node { kind: NodeKind::Map(_), .. }) => Pillar { data: data.clone(), ..Pillar::known(Vec::new()) },
        _ => Pillar::known(Vec::new()),
    };
    if let (false, NodeKind::Map(entries)) = (rendered.complete, &mut pillar.data.kind) {
        entries.push(open_entry("the pillar file could not be read completely"));
    }
    pillar.errors.clone_from(&rendered.problems);
    pillar.partial = rendered.partial || !rendered.complete;
    pillar
}

/// `env_order` first, the others behind (`render_pillar`).
fn ordered(mut matched: Vec<top::TopEnv>, order: Option<&Value>) -> Vec<top::TopEnv> {
    let order: Vec<&str> =
        order.and_then(Value::as_array).map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    matched.sort_by_key(|env| order.iter().position(|name| *name == env.saltenv).unwrap_or(usize::MAX));
    matched
}

/// Unknown further keys.
fn open_entry(reason: &str) -> (Node, Node) {
    let key = Node { repeated: true, ..Node::nowhere(NodeKind::Str(Pattern(vec![PatternPart::Hole]))) };
    (key, Node::nowhere(NodeKind::Unknown(reason.into())))
}

struct Compiler<'c> {
    reader: &'c Reader<'c>,
    minion: &'c Arc<Minion>,
    strategy: Strategy,
    overriding: bool,
    pillar: Pillar,
}

/// What is rendered in one saltenv: own data without includes, by name (`mods`).
type Mods = FxHashMap<SmolStr, Option<Entries>>;

/// From where an SLS is asked for.
#[derive(Clone)]
struct Asked {
    saltenv: SmolStr,
    origin: Arc<Origin>,
    when: When,
    certain: bool,
    ignore_missing: bool,
    defaults: Extra,
    depth: usize,
}

impl Compiler<'_> {
    fn environment(&mut self, matched: &top::TopEnv, data: &mut Entries) -> Result<(), Stopped> {
        let roots = &self.minion.pillar_roots;
        let mut mods = Mods::default();
        for entry in &matched.sls {
            self.reader.tick()?;
            let when = if entry.matched { entry.when.clone() } else { maybe(&entry.when, &entry.target) };
            let Some(name) = entry.name.as_literal() else {
                self.pillar.partial = true;
                data.push(guarded(open_entry("an SLS of the pillar top is not known"), &when));
                continue;
            };
            let asked = Asked {
                saltenv: matched.saltenv.clone(),
                origin: entry.origin.clone(),
                when,
                certain: entry.is_certain(),
                ignore_missing: entry.ignore_missing,
                defaults: Extra::default(),
                depth: 0,
            };
            if Minion::roots(roots, &matched.saltenv).is_empty() {
                let message = format!("No matching pillar environment for environment '{}' found", matched.saltenv);
                self.error(Code::SlsMissing, message, &asked, asked.certain);
            }
            let mut found = names::match_sls(self.reader, roots, &matched.saltenv, name)?;
            if found.is_empty() {
                found.push(name.into());
            }
            for sls in found {
                if let Some(entries) = self.sls(&sls, &asked, &mut mods)? {
                    let entries = entries.into_iter().map(|entry| guarded(entry, &asked.when)).collect();
                    merge(data, entries, self.strategy);
                }
            }
        }
        Ok(())
    }

    fn error(&mut self, code: Code, message: String, asked: &Asked, certain: bool) {
        let origin = (*asked.origin).clone();
        let (when, doubt) = (asked.when.clone(), crate::Doubt::unless(certain));
        let problem = Problem { code, message, origin, related: Vec::new(), when, certain, doubt };
        if !self.pillar.errors.contains(&problem) {
            self.pillar.errors.push(problem);
        }
    }

    /// `render_pstate`: an SLS with what it includes.
    fn sls(&mut self, sls: &SmolStr, asked: &Asked, mods: &mut Mods) -> Result<Option<Entries>, Stopped> {
        self.reader.tick()?;
        let path = names::find_sls(self.reader, &self.minion.pillar_roots, &asked.saltenv, sls)?;
        self.takes_part(sls, path.clone(), asked);
        let Some(path) = path else {
            self.missing(sls, asked);
            return Ok(None);
        };
        let rendered = crate::render_in(
            self.reader,
            self.minion,
            &path,
            EntryKind::Pillar,
            Some(sls),
            &asked.saltenv,
            &asked.defaults,
        )?;
        let Some(mut own) = self.own_data(sls, &rendered, asked) else {
            mods.insert(sls.clone(), None);
            return Ok(None);
        };
        let include = own.iter().position(|(key, _)| key.as_str() == Some("include"));
        let Some(include) = include.filter(|_| asked.depth < MAX_DEPTH) else {
            mods.insert(sls.clone(), Some(own.clone()));
            return Ok(Some(own));
        };
        let (key, include) = own.remove(include);
        mods.insert(sls.clone(), Some(own.clone()));
        let items = match include.kind {
            NodeKind::List(items) => items,
            NodeKind::Unknown(_) | NodeKind::Choice(_) => {
                self.pillar.partial = true;
                own.push(open_entry("an include is not known"));
                return Ok(Some(own));
            }
            _ => {
                let message = format!("Include Declaration in SLS '{sls}' is not formed as a list");
                let at = Asked { origin: include.origin.clone(), ..asked.clone() };
                self.error(Code::PillarRender, message, &at, asked.certain && key.when.is_always());
                own.insert(0, (key, include));
                return Ok(Some(own));
            }
        };
        let included =
            self.includes(sls, names::is_init(&path), &items, &Asked { when: key.when, ..asked.clone() }, mods)?;
        Ok(Some(self.with_includes(own, included)))
    }

    fn takes_part(&mut self, sls: &SmolStr, path: Option<SaltPath>, asked: &Asked) {
        if !self.pillar.sls.iter().any(|known| known.name == *sls && known.saltenv == asked.saltenv) {
            let (saltenv, name, when) = (asked.saltenv.clone(), sls.clone(), asked.when.clone());
            self.pillar.sls.push(PillarSls { saltenv, name, path, when });
        }
    }

    /// Included data first, then the SLS's own; the other way round if so configured.
    fn with_includes(&self, mut own: Entries, included: Vec<Entries>) -> Entries {
        if self.overriding {
            for entries in included {
                merge(&mut own, entries, self.strategy);
            }
            return own;
        }
        let mut all = included.into_iter().chain([own]);
        let mut merged = all.next().unwrap_or_default();
        for entries in all {
            merge(&mut merged, entries, self.strategy);
        }
        merged
    }

    fn missing(&mut self, sls: &str, asked: &Asked) {
        if asked.ignore_missing {
            return;
        }
        let env = &asked.saltenv;
        if Minion::roots(&self.minion.pillar_roots, env).is_empty() {
            let message = format!(
                "Specified SLS '{sls}' in environment '{env}' was not found: Salt passes over it in silence, \
                 name the environment in pillar_roots or mend the name"
            );
            self.error(Code::SlsMissing, message, asked, false);
        } else {
            let message = format!(
                "Specified SLS '{sls}' in environment '{env}' is not available on the salt master: create it, mend \
                 the name, or put `- ignore_missing: true` beside it in the pillar's top file"
            );
            self.error(Code::SlsMissing, message, asked, asked.certain);
        }
    }

    /// The mapping that an SLS renders to; `None`: Salt drops it.
    fn own_data(&mut self, sls: &str, rendered: &Rendered, asked: &Asked) -> Option<Entries> {
        let fatal = |problem: &&Problem| problem.certain && problem.code != Code::UnknownRenderer;
        if let Some(problem) = rendered.problems.iter().find(fatal) {
            let message = if problem.code == Code::NotADictionary {
                problem.message.clone()
            } else {
                format!("Rendering SLS '{sls}' failed, render error:\n{}", problem.message)
            };
            let at = Asked { origin: Arc::new(problem.origin.clone()), ..asked.clone() };
            self.error(Code::PillarRender, message, &at, asked.certain);
            return None;
        }
        self.pillar.partial |= rendered.partial;
        let mut entries = match rendered.data.as_ref().map(|data| &data.kind) {
            Some(NodeKind::Map(entries)) => entries.clone(),
            None => Entries::new(),
            Some(_) => {
                self.pillar.partial = true;
                vec![open_entry("a pillar SLS is not known")]
            }
        };
        if !rendered.complete {
            self.pillar.partial = true;
            entries.push(open_entry("a pillar SLS could not be read completely"));
        }
        Some(entries)
    }

    /// What an include list gives, entry by entry.
    fn includes(
        &mut self,
        sls: &str,
        init: bool,
        items: &[Node],
        asked: &Asked,
        mods: &mut Mods,
    ) -> Result<Vec<Entries>, Stopped> {
        let mut included = Vec::new();
        // As in Salt, an entry's defaults hold for the entries behind it too.
        let mut defaults = asked.defaults.clone();
        for item in items {
            let (name, options) = match &item.kind {
                NodeKind::Map(entries) => match entries.first() {
                    Some((key, value)) => (key, Some(value)),
                    None => continue,
                },
                _ => (item, None),
            };
            let when = asked.when.both(&item.when).unwrap_or_else(|| asked.when.clone());
            let Some(written) = name.as_str() else {
                self.pillar.partial = true;
                included.push(vec![guarded(open_entry("an include is not known"), &when)]);
                continue;
            };
            let mut key = None;
            if let Some(options) = options {
                key = options.get("key").and_then(Node::as_str);
                let given = match options.get("defaults").map(|given| &given.kind) {
                    Some(NodeKind::Map(entries)) => entries
                        .iter()
                        .filter_map(|(name, value)| Some((SmolStr::from(name.as_str()?), value.clone())))
                        .collect(),
                    _ => Vec::new(),
                };
                defaults = Extra::new(given);
            }
            let patterns = names::pillar_include(sls, init, written);
            let mut found = Vec::new();
            for pattern in &patterns {
                found.extend(names::match_sls(self.reader, &self.minion.pillar_roots, &asked.saltenv, pattern)?);
            }
            if found.is_empty() {
                found.push(SmolStr::from(patterns[1].as_str()));
            }
            for name_found in found {
                let inner = Asked {
                    origin: name.origin.clone(),
                    certain: asked.certain && when.is_always(),
                    when: when.clone(),
                    defaults: defaults.clone(),
                    depth: asked.depth + 1,
                    ..asked.clone()
                };
                let entries = match mods.get(&name_found) {
                    Some(known) => known.clone(),
                    None => self.sls(&name_found, &inner, mods)?,
                };
                let Some(entries) = entries.filter(|entries| !entries.is_empty()) else { continue };
                let entries = key.map_or(entries.clone(), |key| nested(key, entries, &name.origin));
                included.push(entries.into_iter().map(|entry| guarded(entry, &when)).collect());
            }
        }
        Ok(included)
    }
}

/// `key: a:b` puts what is included under `a`, `b`.
fn nested(key: &str, entries: Entries, origin: &Arc<Origin>) -> Entries {
    key.rsplit(':').fold(entries, |inner, part| {
        let name = Node::new(NodeKind::Str(Pattern::literal(part)), origin.clone());
        vec![(name, Node::new(NodeKind::Map(inner), origin.clone()))]
    })
}

fn guarded((mut key, value): (Node, Node), when: &When) -> (Node, Node) {
    if let Some(both) = key.when.both(when) {
        key.when = both;
    }
    (key, value)
}

/// The condition that a target matches, which is not known.
fn maybe(when: &When, target: &Pattern) -> When {
    let text = target.to_string();
    let mut hasher = world::Hasher::default();
    hasher.field(b"target").field(text.as_bytes());
    let id = u64::try_from(hasher.finish().0 >> 64).unwrap_or_default();
    let atom = Atom { id, equals: None, text: format!("target '{text}' matches").into() };
    when.and(&atom, true).unwrap_or_else(|| when.clone())
}
