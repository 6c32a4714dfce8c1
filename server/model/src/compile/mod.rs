//! Salt's state compiler over an SLS with everything that it includes: high data merged, extended,
//! requisites turned round, excludes applied (`HighState.render_highstate`, `State.call_high` in
//! `salt/state.py`), and low chunks in the order in which they run (`compile_high_data`,
//! `salt/utils/requisite.py`). Works on plain data, step by step as Salt does. What is not known of
//! the minion is left out, and said: such a result is partial. Knows nothing of how it is shown.

mod extend;
mod graph;
mod low;
mod merge;
mod plain;
mod refusal;
mod requisite_in;
mod verify;

use refusal::{Refusal, Spot};
use render::{Code, Node, Problem};
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};
use smol_str::SmolStr;
use world::{Reader, SaltPath, Stopped};

use crate::View;

/// What Salt makes of one SLS and its includes.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The files that take part, in the order in which Salt renders them.
    pub files: Vec<SaltPath>,
    /// High data after extend, `*_in` requisites, `use` and exclude; with Salt's `__sls__`, `__env__`
    /// and `__sls_included_from__`. What JSON lacks has a mark: `{"!unknown": reason}`,
    /// `{"!one of": […]}`, `{"!binary": hex}`, `{"!set": […]}`, `{"!float": text}`, `{"!int": digits}`,
    /// `{"!map": [[key, value], …]}`.
    pub high: Map<String, Value>,
    /// Low chunks in order.
    pub low: Vec<Value>,
    /// What Salt refuses beyond what it refuses in one file alone, in its words; at the root path
    /// where no file is at fault.
    pub errors: Vec<Problem>,
    /// Whether something unknown may add to this, take from it or change its order. Nothing that is
    /// missing is an error then.
    pub partial: bool,
}

/// Compiles the SLS `name` of the view's saltenv.
///
/// # Errors
/// [`Stopped`].
pub fn compile(view: &View, reader: &Reader<'_>, name: &str) -> Result<Compiled, Stopped> {
    Ok(finished(view, merge::render(view, reader, name)?, name))
}

/// Compiles a whole highstate: the SLS of each saltenv, as a top file names them.
///
/// # Errors
/// [`Stopped`].
pub fn compile_highstate(
    view: &View,
    reader: &Reader<'_>,
    matches: &[(SmolStr, Vec<SmolStr>)],
) -> Result<Compiled, Stopped> {
    Ok(finished(view, merge::render_all(view, reader, matches)?, "the highstate"))
}

/// A value as plain data, with the marks of [`Compiled::high`]; and whether something in it is left out or
/// not known.
#[must_use]
pub fn plain(node: &Node) -> (Value, bool) {
    let mut plain = plain::Plain::default();
    let value = plain.value(node);
    (value, plain.partial)
}

fn finished(view: &View, mut built: merge::Built, name: &str) -> Compiled {
    let options = Options::new(view);
    let merged = |built: &mut merge::Built| -> Option<()> {
        extend::reconcile(&mut built.high, false, &mut built.errors)?;
        verify::verify(&built.high, &options, &mut built.errors);
        if built.errors.is_empty() || built.partial {
            requisite_in::apply(&mut built.high, &options, &mut built.errors)?;
        }
        extend::exclude(&mut built.high);
        Some(())
    };
    if merged(&mut built).is_none() {
        // Salt ends with a Python exception here.
        let message = format!("SLS {name} cannot be compiled: Salt fails on malformed extend or requisite data");
        built.errors.push(Refusal::new(Code::ExtendMalformed, name, Spot::File, message));
    }
    let mut low = Vec::new();
    if built.errors.is_empty() || built.partial {
        match low::chunks(&built.high, &options) {
            Some(chunks) if options.old => low = graph::by_number(chunks),
            Some(chunks) => low = graph::order(chunks, &options, &mut built.errors),
            None => {
                let message = format!("SLS {name} cannot be compiled: malformed names");
                built.errors.push(Refusal::new(Code::NamesNotList, name, Spot::File, message));
            }
        }
    }
    let mut errors = if built.partial { Vec::new() } else { built.errors };
    let mut seen = FxHashSet::default();
    errors.retain(|error| seen.insert(error.message.clone()));
    let errors = errors.into_iter().map(|error| error.place(view, &built.names)).collect();
    let low = low.into_iter().map(Value::Object).collect();
    Compiled { files: built.files, high: built.high, low, errors, partial: built.partial }
}

/// The minion's options that matter here.
struct Options {
    /// `disabled_requisites`.
    disabled: Vec<String>,
    /// The grain `state_runs_disabled`.
    runs_disabled: Vec<String>,
    /// Whether Salt is older than 3008: chunks run in the order of their numbers, and what requisites
    /// point to is looked for when they run.
    old: bool,
}

impl Options {
    fn new(view: &View) -> Self {
        let profile = view.minion.profile.as_ref();
        let texts = |value: Option<&Value>| match value {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        };
        Self {
            disabled: texts(profile.and_then(|profile| profile.opts.get("disabled_requisites"))),
            runs_disabled: texts(profile.and_then(|profile| profile.grains.get("state_runs_disabled"))),
            old: !view.minion.has_salt(3008),
        }
    }
}

/// The first pair of a mapping.
fn first(value: &Value) -> Option<(&String, &Value)> {
    value.as_object()?.iter().next()
}

/// The states of a body: its keys that are Salt's own are left out.
fn states(body: &Value) -> impl Iterator<Item = (&String, &Value)> {
    body.as_object().into_iter().flatten().filter(|(key, _)| !key.starts_with("__"))
}
