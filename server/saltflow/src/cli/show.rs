//! `saltflow show`: what SLS render to, in Salt's own terms.

use std::collections::BTreeMap;

use anyhow::anyhow;
use model::{Declaration, Facts, Include, State, View};
use render::Problem;
use serde_json::{Map, Value, json};
use world::{Reader, SaltPath, Stop};

use crate::cli::args::{DataFormat, Show};
use crate::cli::data::{Shown, is_unknown};
use crate::cli::print::{print, say};
use crate::cli::report::Places;
use crate::cli::session::Session;

/// Prints the SLS that were asked for. Exit status 0, or 1 if Salt refuses one of them.
///
/// # Errors
/// An SLS that does not exist.
pub fn run(session: &Session, words: &Show) -> anyhow::Result<u8> {
    let view = session.analysis.catalog.views.first().ok_or_else(|| anyhow!("there is nothing to render"))?;
    let names = names(session, view, words)?;
    let places = Places::new(&session.analysis.world).of(&session.workspace);
    let printer = Printer { places: &places, shown: Shown::of(session) };
    let stop = Stop::new();
    let reader = Reader::new(&session.analysis.world, &session.analysis.memo, &stop);
    let mut all = Map::new();
    let mut refused = false;
    for (name, path) in &names {
        let facts = path.as_ref().and_then(|path| view.facts(path));
        let sls = match facts {
            None => unreachable(name, view),
            Some(_) if words.merged || words.low => printer.compiled(view, &reader, name, words.low)?,
            Some(facts) => printer.sls(facts),
        };
        refused |= sls["ok"] == json!(false);
        all.insert(name.clone(), sls);
    }
    let document = json!({ "schema": 1, "sls": all });
    match words.format {
        DataFormat::Json => say!("{document:#}"),
        DataFormat::Yaml => {
            print(&yaml(&document["sls"])?);
            if words.origins {
                let shown = names.values().flatten().filter_map(|path| view.facts(path));
                shown.for_each(|facts| print_origins(facts, &places));
            }
        }
    }
    Ok(u8::from(refused))
}

/// Where each ID of a file was written, as comments; JSON says it with every ID.
fn print_origins(facts: &Facts, places: &Places<'_>) {
    for id in &facts.declarations {
        let place = places.human(&id.origin.path, id.origin.range.start);
        let name = crate::escape::terminal(&id.id.to_string(), 200);
        say!("# {name}  {}", crate::escape::terminal(&place, 400));
    }
}

fn yaml(value: &Value) -> anyhow::Result<String> {
    Ok(serde_yaml::to_string(value)?)
}

/// The SLS to show: names and files, in order of names.
fn names(session: &Session, view: &View, words: &Show) -> anyhow::Result<BTreeMap<String, Option<SaltPath>>> {
    let (roots, env) = (&view.minion.file_roots, view.minion.saltenv.as_str());
    let stop = Stop::new();
    let reader = Reader::new(&session.analysis.world, &session.analysis.memo, &stop);
    let stopped = |_| anyhow!("interrupted");
    let listed = if words.all {
        let all = render::names::list_sls(&reader, roots, env).map_err(stopped)?;
        // a pillar file that lies outside is no part of the roots
        let outside = format!("{}.", crate::parts::PILLAR_FOLDER);
        all.iter().filter(|name| !name.starts_with(&outside)).map(ToString::to_string).collect()
    } else {
        words.sls.clone()
    };
    let skip = session.workspace.skip();
    let mut names = BTreeMap::new();
    for name in listed {
        if words.all && skip.iter().any(|glob| render::names::fnmatch(&name, glob)) {
            continue;
        }
        match render::names::find_sls(&reader, roots, env, &name).map_err(stopped)? {
            found if found.is_some() || words.all => {
                names.insert(name, found);
            }
            _ => {
                let known = render::names::list_sls(&reader, roots, env).map_err(stopped)?;
                let hint = crate::near::hint(&name, known.iter().map(AsRef::as_ref));
                let folders = folders(roots, env);
                return Err(anyhow!("there is no SLS {name} in saltenv {env} (folders: {folders}){hint}"));
            }
        }
    }
    Ok(names)
}

/// An SLS that Salt lists but cannot find: a dot in its path reads as a folder (`salt/fileclient.py`,
/// `get_state`).
fn unreachable(name: &str, view: &View) -> Value {
    let message = format!(
        "No matching sls found for '{name}' in env '{}': a dot in its path reads as a folder",
        view.minion.saltenv
    );
    let error = json!({ "code": "sls-missing", "message": message, "path": null, "range": null });
    json!({
        "path": null, "ok": false, "partial": false, "errors": [error],
        "ids": [], "includes": [], "extends": [], "excludes": [],
    })
}

fn folders(roots: &world::Roots, env: &str) -> String {
    let folders = world::Minion::roots(roots, env);
    let shown: Vec<&str> = folders.iter().map(|root| if root.is_root() { "." } else { root.as_str() }).collect();
    if shown.is_empty() { "none found; name one with --state-root".to_owned() } else { shown.join(", ") }
}

struct Printer<'a> {
    places: &'a Places<'a>,
    shown: Shown<'a>,
}

impl Printer<'_> {
    fn sls(&self, facts: &Facts) -> Value {
        let errors: Vec<Value> = facts
            .problems
            .iter()
            .filter(|problem| ide::is_refusal(problem))
            .map(|problem| self.error(problem))
            .collect();
        let value = json!({
            "ok": errors.is_empty(),
            "partial": facts.rendered.partial,
            "errors": errors,
            "ids": facts.declarations.iter().map(|id| self.declaration(id)).collect::<Vec<_>>(),
            "includes": facts.includes.iter().map(include).collect::<Vec<_>>(),
            "extends": facts.extends.iter().map(|id| self.declaration(id)).collect::<Vec<_>>(),
            "excludes": facts.excludes.iter().map(|exclude| {
                json!({ (if exclude.sls { "sls" } else { "id" }): exclude.name.to_string() })
            }).collect::<Vec<_>>(),
        });
        self.places.at(value, Some(&facts.path))
    }

    /// High data or low chunks of an SLS with all that it includes. `errors` are those of every file
    /// that takes part, then those of their sum; there is no data where Salt gives none.
    fn compiled(&self, view: &View, reader: &Reader<'_>, name: &str, low: bool) -> anyhow::Result<Value> {
        let compiled = model::compile(view, reader, name).map_err(|_| anyhow!("interrupted"))?;
        let problems = compiled.files.iter().filter_map(|path| view.facts(path)).flat_map(|facts| &facts.problems);
        let mut errors: Vec<Value> =
            problems.filter(|problem| ide::is_refusal(problem)).map(|problem| self.error(problem)).collect();
        for problem in &compiled.errors {
            if errors.iter().any(|error| error["message"] == json!(problem.message)) {
                continue;
            }
            let mut error = self.error(problem);
            if problem.origin.path.is_root() {
                (error["path"], error["range"]) = (Value::Null, Value::Null);
            }
            errors.push(error);
        }
        let ok = errors.is_empty();
        let data = match (ok, low) {
            (false, _) => Value::Null,
            (true, false) => compiled.high.iter().map(|(id, body)| (id.clone(), self.body(body))).collect(),
            (true, true) => compiled.low.iter().map(|chunk| self.shown.hide(chunk)).collect(),
        };
        let kind = if low { "low" } else { "high" };
        Ok(json!({ "ok": ok, "partial": compiled.partial, "errors": errors, (kind): data }))
    }

    /// The states under an ID, secrets hidden. IDs and modules are no names of secrets.
    fn body(&self, body: &Value) -> Value {
        let hide = |items: &Value| match items {
            Value::Array(items) => items.iter().map(|item| self.shown.hide(item)).collect(),
            other => other.clone(),
        };
        match body {
            Value::Object(states) => states.iter().map(|(key, items)| (key.clone(), hide(items))).collect(),
            other => other.clone(),
        }
    }

    fn error(&self, problem: &Problem) -> Value {
        let value = json!({
            "code": problem.code.name(),
            "message": problem.message,
            "range": self.places.json(&problem.origin.path, problem.origin.range),
        });
        self.places.at(value, Some(&problem.origin.path))
    }

    fn declaration(&self, id: &Declaration) -> Value {
        let value = json!({
            "id": self.shown.name(&id.id, &id.origin),
            "pattern": id.id.is_pattern(),
            "certain": id.is_certain(),
            "range": self.places.json(&id.origin.path, id.origin.range),
            "states": id.states.iter().map(|state| self.state(state)).collect::<Vec<_>>(),
        });
        self.places.at(value, Some(&id.origin.path))
    }

    fn state(&self, state: &State) -> Value {
        let args: Vec<Value> = state
            .args
            .iter()
            .map(|arg| {
                let name = arg.name.to_string();
                let unknown = is_unknown(&arg.value) || !arg.when.is_always();
                if unknown {
                    json!({ "name": name, "unknown": true })
                } else if ide::is_secret_key(&name) && !self.shown.reveal {
                    json!({ "name": name, "value": ide::HIDDEN })
                } else {
                    json!({ "name": name, "value": self.shown.json(&arg.value) })
                }
            })
            .collect();
        json!({
            "module": state.module.to_string(),
            "function": state.function.as_ref().map(ToString::to_string),
            "args": args,
            "requisites": requisites(state, self.shown),
        })
    }
}

/// Requisites as they were written, list by list.
fn requisites(state: &State, shown: Shown<'_>) -> Vec<Value> {
    let mut lists: Vec<(&str, usize, Vec<Value>)> = Vec::new();
    for requisite in &state.requisites {
        let target = json!({
            "module": requisite.module.as_ref().map(ToString::to_string),
            "name": shown.name(&requisite.name, &requisite.name_origin),
        });
        match lists.last_mut() {
            Some((_, list, targets)) if *list == requisite.list => targets.push(target),
            _ => lists.push((requisite.kind.as_str(), requisite.list, vec![target])),
        }
    }
    lists.into_iter().map(|(kind, _, targets)| json!({ "kind": kind, "targets": targets })).collect()
}

fn include(include: &Include) -> Value {
    let written = include.written.to_string();
    match &include.saltenv {
        Some(env) => json!({ (env.as_str()): written }),
        None => Value::String(written),
    }
}
