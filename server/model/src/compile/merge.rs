//! Rendered SLS merged along their includes (`BaseHighState.render_state`, `render_highstate`).

use render::{Code, names};
use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;
use world::{Reader, SaltPath, Stopped};

use super::plain::Plain;
use super::refusal::{Files, Refusal, Spot};
use crate::{View, resolve_state_include};

/// Includes nested deeper are not followed. Salt itself ends near Python's recursion limit.
const MAX_DEPTH: usize = 200;

/// High data before extend.
#[derive(Default)]
pub(super) struct Built {
    pub high: Map<String, Value>,
    pub files: Vec<SaltPath>,
    /// The files of the SLS that take part.
    pub names: Files,
    pub errors: Vec<Refusal>,
    pub partial: bool,
}

/// `render_highstate({saltenv: [name]})`
pub(super) fn render(view: &View, reader: &Reader<'_>, name: &str) -> Result<Built, Stopped> {
    render_all(view, reader, &[(view.minion.saltenv.as_str().into(), vec![name.into()])])
}

/// `render_highstate(matches)`
pub(super) fn render_all(
    view: &View,
    reader: &Reader<'_>,
    matches: &[(SmolStr, Vec<SmolStr>)],
) -> Result<Built, Stopped> {
    let opts = view.minion.profile.as_ref().map(|profile| &profile.opts);
    let ordered = opts.and_then(|opts| opts.get("state_auto_order")) != Some(&Value::Bool(false));
    let mut builder =
        Builder { view, reader, rendered: FxHashSet::default(), order: 10_000, ordered, built: Built::default() };
    let mut high = Map::new();
    for (env, name) in matches.iter().flat_map(|(env, names)| names.iter().map(move |name| (env, name))) {
        let mut targets = builder.matching(env, name)?;
        if targets.is_empty() {
            targets.push(name.clone());
        }
        for sls in targets {
            if !builder.rendered.contains(&(env.clone(), sls.clone())) {
                let state = builder.state(&sls, env, None, 0)?;
                builder.merge(&mut high, state);
            }
        }
        for error in &mut builder.built.errors {
            if error.message.starts_with(&format!("Specified SLS {name} in saltenv")) {
                error.message = format!("No matching sls found for '{name}' in env '{env}'");
            }
        }
    }
    unique_extends(&mut high);
    builder.built.high = high;
    Ok(builder.built)
}

struct Builder<'a> {
    view: &'a View,
    reader: &'a Reader<'a>,
    /// `mods`
    rendered: FxHashSet<(SmolStr, SmolStr)>,
    /// `iorder`
    order: u64,
    ordered: bool,
    built: Built,
}

impl Builder<'_> {
    fn matching(&self, env: &str, pattern: &str) -> Result<Vec<SmolStr>, Stopped> {
        names::match_sls(self.reader, &self.view.minion.file_roots, env, pattern)
    }

    /// `render_state`
    fn state(&mut self, sls: &str, env: &str, from: Option<&str>, depth: usize) -> Result<Map<String, Value>, Stopped> {
        self.rendered.insert((env.into(), sls.into()));
        let path = names::find_sls(self.reader, &self.view.minion.file_roots, env, sls)?;
        let Some(path) = path else {
            let message = format!(
                "Specified SLS {sls} in saltenv {env} is not available on the salt master or through a configured \
                 fileserver"
            );
            let spot = Spot::Include(sls.to_owned());
            self.built.errors.push(Refusal::new(Code::SlsMissing, from.unwrap_or(sls), spot, message));
            return Ok(Map::new());
        };
        let facts = self.view.facts(&path).cloned();
        let init = path.as_str().ends_with("/init.sls") || path.as_str() == "init.sls";
        self.built.names.insert(sls.into(), path.clone());
        self.built.files.push(path);
        let Some(facts) = facts else {
            self.built.partial = true;
            return Ok(Map::new());
        };
        self.built.partial |= !facts.rendered.complete;
        let Some(data) = &facts.rendered.data else { return Ok(Map::new()) };
        let mut plain = Plain::default();
        let value = plain.value(data);
        self.built.partial |= plain.partial;
        // What is no mapping is among the file's own problems.
        let Value::Object(mut state) = value else { return Ok(Map::new()) };
        if state.contains_key("!map") || state.contains_key("!unknown") || state.contains_key("!one of") {
            return Ok(Map::new());
        }
        let include = state.get("include").is_some_and(Value::is_array).then(|| state.shift_remove("include"));
        self.extend(&mut state, sls, env);
        if let Some(Value::Array(items)) = state.shift_remove("exclude") {
            put(&mut state, "__exclude__", items);
        }
        self.declarations(&mut state, sls, env);
        if let Some(Some(Value::Array(items))) = include {
            for item in &items {
                self.include(&mut state, item, (sls, env, init), depth)?;
            }
        }
        if self.ordered {
            self.number(&mut state);
        }
        Ok(state)
    }

    fn include(
        &mut self,
        state: &mut Map<String, Value>,
        item: &Value,
        (sls, env, init): (&str, &str, bool),
        depth: usize,
    ) -> Result<(), Stopped> {
        // `popitem` takes the last one.
        let (key, written) = match item {
            Value::String(written) => (env, written),
            Value::Object(map) => match map.iter().next_back() {
                Some((key, Value::String(written))) if !key.starts_with('!') => (key.as_str(), written),
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let roots = &self.view.minion.file_roots;
        if !roots.contains_key(key) && !roots.contains_key("__env__") {
            let message =
                format!("Nonexistent saltenv '{key}' found in include of '{written}' within SLS '{env}:{sls}'");
            self.built.errors.push(Refusal::new(Code::SlsMissing, sls, Spot::Include(written.clone()), message));
            return Ok(());
        }
        // Leading above the root is among the file's own problems.
        let Ok(name) = resolve_state_include(sls, init, &render::Pattern::literal(written)) else { return Ok(()) };
        let name = name.as_literal().unwrap_or_default().to_owned();
        let own = self.view.minion.saltenv.as_str();
        let found = match key {
            "_xenv" => (!self.matching(own, &name)?.is_empty()).then_some(own),
            key => (key == own || !self.matching(key, &name)?.is_empty()).then_some(key),
        };
        let Some(target) = found else {
            let envs = if key == "_xenv" { own } else { key };
            let message = format!(
                "Unknown include: Specified SLS {key}: {name} is not available on the salt master in saltenv(s): {envs}"
            );
            self.built.errors.push(Refusal::new(Code::SlsMissing, sls, Spot::Include(written.clone()), message));
            return Ok(());
        };
        let target = target.to_owned();
        // Matched in the including saltenv, whichever is named (`render_state`).
        let mut targets = self.matching(env, &name)?;
        if targets.is_empty() {
            targets.push(name.into());
        }
        for included in targets {
            if self.rendered.contains(&(target.as_str().into(), included.clone())) {
                continue;
            }
            if depth >= MAX_DEPTH {
                self.built.partial = true;
                continue;
            }
            let mut nested = self.state(&included, &target, Some(sls), depth + 1)?;
            for (id, body) in &mut nested {
                if let (false, Value::Object(body)) = (id.starts_with("__") || !self.view.minion.has_salt(3008), body)
                    && let Value::Array(from) = body.entry("__sls_included_from__").or_insert_with(|| json!([]))
                {
                    from.push(json!(sls));
                }
            }
            self.merge(state, nested);
        }
        Ok(())
    }

    /// `merge_included_states` and the `update` that follows.
    fn merge(&mut self, high: &mut Map<String, Value>, mut state: Map<String, Value>) {
        for key in ["__extend__", "__exclude__"] {
            if let Some(Value::Array(items)) = state.shift_remove(key) {
                put(high, key, items);
            }
        }
        for (id, body) in state {
            if let Some(other) = high.get(&id).filter(|other| **other != body) {
                let word = |body: &Value, key: &str| body[key].as_str().unwrap_or_default().to_owned();
                let message = format!(
                    "Detected conflicting IDs, SLS IDs need to be globally unique.\n    The conflicting ID is '{id}' \
                     and is found in SLS '{}:{}' and SLS '{}:{}'",
                    word(other, "__env__"),
                    word(other, "__sls__"),
                    word(&body, "__env__"),
                    word(&body, "__sls__")
                );
                let mut refusal =
                    Refusal::new(Code::ConflictingId, &word(other, "__sls__"), Spot::Id(id.clone()), message);
                refusal.related = Some((word(&body, "__sls__"), id.clone()));
                self.built.errors.push(refusal);
            }
            high.insert(id, body);
        }
    }

    /// `_handle_extend`
    fn extend(&mut self, state: &mut Map<String, Value>, sls: &str, env: &str) {
        let Some(Value::Object(mut extend)) = state.shift_remove("extend") else { return };
        if extend.contains_key("!map") {
            self.built.partial = true;
            return;
        }
        for (_, body) in &mut extend {
            let Value::Object(body) = body else { continue };
            body.entry("__sls__").or_insert_with(|| json!(sls));
            body.entry("__env__").or_insert_with(|| json!(env));
            for key in body.keys().cloned().collect::<Vec<_>>() {
                if !key.starts_with('_') && body.get(&key).is_some_and(Value::is_array) {
                    undot(body, &key);
                }
            }
        }
        put(state, "__extend__", vec![Value::Object(extend)]);
    }

    /// `_handle_state_decls`; what it refuses is among the file's own problems.
    #[allow(clippy::unused_self, reason = "a step of rendering like the others")]
    fn declarations(&self, state: &mut Map<String, Value>, sls: &str, env: &str) {
        for (_, value) in state.iter_mut().filter(|(name, _)| *name != "__extend__" && *name != "__exclude__") {
            if let Value::String(text) = value {
                let mut parts = text.split('.');
                if let (Some(module), Some(function)) = (parts.next(), parts.next()) {
                    *value = json!({ "__sls__": sls, "__env__": env, (module): [function] });
                }
                continue;
            }
            let Value::Object(body) = value else { continue };
            let mut modules: FxHashSet<String> = FxHashSet::default();
            for key in body.keys().cloned().collect::<Vec<_>>() {
                if key.starts_with('_') || !body.get(&key).is_some_and(Value::is_array) {
                    continue;
                }
                let module = key.split('.').next().unwrap_or(&key).to_owned();
                if key.contains('.') && modules.contains(&module) {
                    continue;
                }
                undot(body, &key);
                modules.insert(module);
            }
            body.entry("__sls__").or_insert_with(|| json!(sls));
            body.entry("__env__").or_insert_with(|| json!(env));
        }
    }

    /// `_handle_iorder`
    fn number(&mut self, state: &mut Map<String, Value>) {
        for (_, body) in state.iter_mut() {
            let Value::Object(body) = body else { continue };
            for (module, items) in body.iter_mut() {
                let Value::Array(items) = items else { continue };
                if module.starts_with('_') || items.iter().any(|arg| super::first(arg).is_some_and(|a| a.0 == "order"))
                {
                    continue;
                }
                items.push(json!({ "order": self.order }));
                self.order += 1;
            }
        }
    }
}

/// `module.function: […]` becomes `module: […, function]`, at the end of the mapping.
fn undot(body: &mut Map<String, Value>, key: &str) {
    let mut parts = key.split('.');
    let (Some(module), Some(function)) = (parts.next(), parts.next()) else { return };
    if let Some(Value::Array(mut items)) = body.shift_remove(key) {
        items.push(json!(function));
        body.insert(module.to_owned(), Value::Array(items));
    }
}

/// `high.setdefault(key, []).extend(items)`
fn put(high: &mut Map<String, Value>, key: &str, items: Vec<Value>) {
    if let Value::Array(all) = high.entry(key).or_insert_with(|| json!([])) {
        all.extend(items);
    }
}

/// `clean_duplicate_extends`
fn unique_extends(high: &mut Map<String, Value>) {
    let Some(Value::Array(extends)) = high.get_mut("__extend__") else { return };
    let mut unique: Vec<Value> = Vec::new();
    for (id, body) in std::mem::take(extends)
        .into_iter()
        .filter_map(|extend| match extend {
            Value::Object(extend) => Some(extend),
            _ => None,
        })
        .flatten()
    {
        let item = json!({ (id): body });
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    *extends = unique;
}
