//! `require_in` and its like, `use` and `use_in`: turned into extensions, which are then carried out
//! (`State.requisite_in`).

use render::Code;
use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};

use super::plain::text;
use super::refusal::{Refusal, Spot};
use super::{Options, extend, first, states};

/// `req_in`
const TURNED: [&str; 7] = ["require_in", "watch_in", "onfail_in", "onchanges_in", "use", "use_in", "prereq_in"];
/// What `use` never copies, beside `name`, `names` and what the target has (`req_in_all`).
const NOT_USED: [&str; 8] = ["require", "watch", "prereq", "onfail", "onfail_stop", "onchanges", "name", "names"];

/// One more argument of a state.
fn add((id, module): (&str, &str), argument: Value, extensions: &mut Extensions) {
    let Value::Object(body) = extensions.entry(id).or_insert_with(|| json!({})) else { return };
    if let Value::Array(arguments) = body.entry(module).or_insert_with(|| json!([])) {
        arguments.push(argument);
    }
}

type Extensions = Map<String, Value>;

/// Carries out what the states of `high` say of others. `None` where Salt ends with an exception.
pub(super) fn apply(high: &mut Map<String, Value>, options: &Options, errors: &mut Vec<Refusal>) -> Option<()> {
    let mut extensions = Extensions::new();
    for (id, body) in high.iter() {
        for (module, run) in states(body) {
            for arg in run.as_array().into_iter().flatten() {
                let Some((word, items)) = first(arg) else { continue };
                let turned = TURNED.contains(&word.as_str()) || options.old && word == "prereq";
                if !turned || options.disabled.contains(word) {
                    continue;
                }
                let state = Holder { high, id, body, module, word, old: options.old };
                match items {
                    Value::Object(items) => state.single(items, &mut extensions, errors),
                    Value::Array(items) => state.list(items, &mut extensions, errors)?,
                    _ => {}
                }
            }
        }
    }
    let extensions = extensions.into_iter().map(|(name, body)| json!({ (name): body })).collect();
    high.insert("__extend__".to_owned(), Value::Array(extensions));
    extend::reconcile(high, true, errors)
}

/// A state that holds such a requisite.
struct Holder<'a> {
    high: &'a Map<String, Value>,
    id: &'a str,
    body: &'a Value,
    module: &'a str,
    word: &'a str,
    /// Before 3008, whoever has a `prereq` on others is written into them.
    old: bool,
}

impl Holder<'_> {
    /// `require` for `require_in`.
    fn kind(&self) -> &str {
        self.word.split('_').next().unwrap_or(self.word)
    }

    /// `require_in: {module: name}`
    fn single(&self, items: &Map<String, Value>, extensions: &mut Extensions, errors: &mut Vec<Refusal>) {
        for (module, name) in items {
            let module = self.undotted(module, name, errors);
            self.point(&text(name), &module, extensions);
        }
    }

    fn list(&self, items: &[Value], extensions: &mut Extensions, errors: &mut Vec<Refusal>) -> Option<()> {
        // Not emptied between items: Salt goes over the earlier ones again.
        let mut hinges: Vec<(Value, String)> = Vec::new();
        for item in items {
            let (module, name) = match item {
                Value::Object(item) => match item.iter().next() {
                    Some((module, name)) => (module.clone(), name.clone()),
                    None => continue,
                },
                bare => match self.bare(&text(bare))? {
                    Some(found) => found,
                    None => continue,
                },
            };
            if module == "sls" {
                hinges = self.of_sls(&name);
            } else {
                hinges.push((name.clone(), module.clone()));
            }
            self.undotted(&module, &name, errors);
            for (name, module) in &hinges {
                let name = text(name);
                if self.old && self.word == "prereq_in" {
                    let target = json!({ "prerequired": [{ (module.as_str()): name }] });
                    add((self.id, self.module), target, extensions);
                }
                match self.word {
                    "prereq" => {
                        for (id, module) in extend::find_name(&name, module, self.high, true)? {
                            let holder = json!({ "prerequired": [{ (self.module): self.id }] });
                            add((&id, &module), holder, extensions);
                        }
                    }
                    "use_in" => {
                        for (id, module) in extend::find_name(&name, module, self.high, true)? {
                            let from = (self.id, self.module);
                            self.lend(from, (&id, &module), extensions);
                        }
                    }
                    "use" => {
                        for (id, module) in extend::find_name(&name, module, self.high, true)? {
                            self.lend((&id, &module), (self.id, self.module), extensions);
                        }
                    }
                    _ => self.point(&name, module, extensions),
                }
            }
        }
        Some(())
    }

    /// What a bare name means: an ID, else a state with that name. `None` inside: nothing.
    #[allow(clippy::option_option, reason = "an exception of Salt's, or nothing found")]
    fn bare(&self, name: &str) -> Option<Option<(String, Value)>> {
        if let Some(body) = self.high.get(name) {
            let (module, _) = states(body).next()?;
            return Some(Some((module.clone(), json!(name))));
        }
        for (id, body) in self.high {
            if id == "__exclude__" && body.as_array().is_some_and(|items| !items.is_empty()) {
                return None;
            }
            for (module, run) in states(body) {
                if run.as_array().into_iter().flatten().any(|arg| arg.get("name").and_then(Value::as_str) == Some(name))
                {
                    return Some(Some((module.clone(), json!(id))));
                }
            }
        }
        Some(None)
    }

    /// `find_sls_ids`
    fn of_sls(&self, sls: &Value) -> Vec<(Value, String)> {
        let same = self.high.iter().filter(|(_, body)| body.get("__sls__") == Some(sls));
        same.flat_map(|(id, body)| states(body).map(move |(module, _)| (json!(id), module.clone()))).collect()
    }

    fn undotted(&self, module: &str, name: &Value, errors: &mut Vec<Refusal>) -> String {
        let Some((before, _)) = module.split_once('.') else { return module.to_owned() };
        let sls = self.body["__sls__"].as_str().unwrap_or_default();
        let message = format!(
            "Invalid requisite in {}: {module} for {}, in SLS '{sls}'. Requisites must not contain dots, did you mean \
             '{before}'?",
            self.kind(),
            text(name)
        );
        let (id, word) = (Some(self.id.to_owned()), Some(self.word.to_owned()));
        let spot = Spot::Requisite { id, word, names: vec![text(name)] };
        errors.push(Refusal::new(Code::RequisiteDots, sls, spot, message));
        before.to_owned()
    }

    /// The target gets a requisite on the holder.
    fn point(&self, name: &str, module: &str, extensions: &mut Extensions) {
        let Value::Object(body) = extensions.entry(name).or_insert_with(|| json!({})) else { return };
        body.entry(module).or_insert_with(|| json!([]));
        body.insert("__env__".to_owned(), self.body["__env__"].clone());
        body.insert("__sls__".to_owned(), self.body["__sls__"].clone());
        let Some(Value::Array(args)) = body.get_mut(module) else { return };
        let kind = self.kind();
        let target = json!({ (self.module): self.id });
        let mut found = false;
        for arg in args.iter_mut().filter(|arg| first(arg).is_some_and(|(word, _)| word == kind)) {
            if let Some(Value::Array(targets)) = arg.get_mut(kind) {
                targets.push(target.clone());
                found = true;
            }
        }
        if !found {
            args.push(json!({ (kind): [target] }));
        }
    }

    /// One state gets another's arguments that it lacks.
    fn lend(&self, from: (&str, &str), to: (&str, &str), extensions: &mut Extensions) {
        let args = |(id, module): (&str, &str)| self.high.get(id).and_then(|body| body.get(module)?.as_array());
        let single = |arg: &Value| arg.as_object().filter(|arg| arg.len() == 1)?.keys().next().cloned();
        let own: FxHashSet<String> = args(to).into_iter().flatten().filter_map(single).collect();
        let Value::Object(body) = extensions.entry(to.0).or_insert_with(|| json!({})) else { return };
        let Value::Array(lent) = body.entry(to.1).or_insert_with(|| json!([])) else { return };
        for arg in args(from).into_iter().flatten() {
            let Some(word) = single(arg) else { continue };
            let word = word.as_str();
            if !own.contains(word) && !NOT_USED.contains(&word) && !TURNED.contains(&word) {
                lent.push(arg.clone());
            }
        }
    }
}
