//! What this repository uses how often: what is common here is what is meant most often. Counts over a
//! bounded share of its files, so that an answer never takes long.

use model::{Facts, Slot};
use render::{NodeKind, UseKind};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::TokenKind;

use super::Cursor;

/// Files that are counted over.
const MAX_FILES: usize = 400;
/// Texts that are read once more.
const MAX_TEXTS: usize = 40;
/// Names of the index that are counted.
const MAX_NAMES: usize = 20_000;

/// How often names occur.
#[derive(Default)]
pub(crate) struct Usage(FxHashMap<SmolStr, u32>);

/// Smaller where something occurs more often: 0 to 10.
pub(crate) fn rank_of(count: u32) -> u32 {
    10 - (32 - count.leading_zeros()).min(10)
}

impl Usage {
    fn add(&mut self, name: &str) {
        *self.0.entry(name.into()).or_default() += 1;
    }

    /// How often `name` occurs.
    pub(crate) fn count(&self, name: &str) -> u32 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Smaller where `name` occurs more often: 0 to 10.
    pub(crate) fn rank(&self, name: &str) -> u32 {
        rank_of(self.count(name))
    }

    /// The names with their counts, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&SmolStr, u32)> {
        self.0.iter().map(|(name, count)| (name, *count))
    }
}

/// A share of the files of the first view, spread over the tree.
fn sample<'a>(cursor: &Cursor<'a>) -> impl Iterator<Item = &'a Facts> {
    let files = cursor.analysis.catalog.views.first().map(|view| &view.files);
    let step = files.map_or(1, |files| files.len() / MAX_FILES + 1);
    files.into_iter().flat_map(|files| files.values()).step_by(step).map(std::convert::AsRef::as_ref)
}

/// Reads of one kind by templates, what stands at the cursor left out.
pub(crate) fn uses(cursor: &Cursor<'_>, kind: UseKind) -> Usage {
    let mut usage = Usage::default();
    for facts in sample(cursor) {
        for used in facts.rendered.uses.iter().filter(|used| used.kind == kind) {
            if let Some(name) = used.name.as_literal().filter(|_| !is_here(cursor, &used.origin)) {
                usage.add(name);
            }
        }
    }
    usage
}

fn is_here(cursor: &Cursor<'_>, origin: &render::Origin) -> bool {
    origin.path == *cursor.path && origin.range.touches(u32::try_from(cursor.offset).unwrap_or(u32::MAX))
}

/// State functions that begin with `prefix`, by files that use them; half-typed ones left out.
pub(crate) fn functions(cursor: &Cursor<'_>, prefix: &str) -> Usage {
    let mut usage = Usage::default();
    for view in cursor.analysis.catalog.views.iter().take(1) {
        let names = view.index().starting_with(Slot::Function, prefix).take(MAX_NAMES);
        for (name, _) in
            names.filter(|(name, path)| *path != cursor.path || !(cursor.is_word(name) || name.contains(' ')))
        {
            usage.add(name);
        }
    }
    usage
}

/// Arguments and requisites of a state function, as other states give them.
pub(crate) fn arguments(cursor: &Cursor<'_>, function: &str) -> Usage {
    let mut usage = Usage::default();
    let Some(view) = cursor.analysis.catalog.views.first() else { return usage };
    let (module, name) = function.split_once('.').unwrap_or((function, ""));
    let is_it = |state: &&model::State| {
        state.module.as_literal() == Some(module)
            && state.function.as_ref().is_some_and(|known| name.is_empty() || known.as_literal() == Some(name))
    };
    for path in view.index().files(Slot::Function, function).take(MAX_FILES) {
        let Some(facts) = view.facts(path) else { continue };
        for state in facts.declarations.iter().flat_map(|declaration| &declaration.states).filter(is_it) {
            for argument in state.args.iter().filter(|argument| !is_here(cursor, &argument.origin)) {
                argument.name.as_literal().into_iter().for_each(|name| usage.add(name));
            }
            let mut kinds: Vec<&SmolStr> = state.requisites.iter().map(|requisite| &requisite.kind).collect();
            kinds.dedup();
            kinds.into_iter().for_each(|kind| usage.add(kind));
        }
    }
    usage
}

/// Scalars that other states give to an argument: words and numbers, never texts that are long or secret.
pub(crate) fn values(cursor: &Cursor<'_>, function: &str, argument: &str) -> Usage {
    let mut usage = Usage::default();
    let Some(view) = cursor.analysis.catalog.views.first().filter(|_| !crate::is_secret_key(argument)) else {
        return usage;
    };
    for path in view.index().files(Slot::Function, function).take(MAX_FILES) {
        let Some(facts) = view.facts(path) else { continue };
        let states = facts.declarations.iter().flat_map(|declaration| &declaration.states);
        let given = states.filter(|state| full_name(state).as_deref() == Some(function)).flat_map(|state| &state.args);
        for value in given.filter(|given| given.name.as_literal() == Some(argument)).map(|given| &given.value) {
            if is_here(cursor, &value.origin) {
                continue;
            }
            match &value.kind {
                NodeKind::Bool(is) => usage.add(if *is { "true" } else { "false" }),
                NodeKind::Int(number) => usage.add(&number.to_string()),
                NodeKind::Str(text) => {
                    let text = text.as_literal().filter(|text| text.len() <= 40 && !text.contains(['\n', ':', '#']));
                    text.filter(|text| !crate::is_secret_text(text)).into_iter().for_each(|text| usage.add(text));
                }
                _ => {}
            }
        }
    }
    usage
}

fn full_name(state: &model::State) -> Option<String> {
    Some(format!("{}.{}", state.module.as_literal()?, state.function.as_ref()?.as_literal()?))
}

/// Filters of templates, this file's folder first.
pub(crate) fn filters(cursor: &Cursor<'_>) -> Usage {
    let mut usage = Usage::default();
    let folder = cursor.path.parent();
    let near = sample(cursor).filter(|facts| facts.path.parent() == folder);
    for facts in near.chain(sample(cursor)).take(MAX_TEXTS) {
        let text = crate::source::text_of(cursor.analysis, &facts.path);
        let template = syntax::jinja::parse(&text, &syntax::jinja::Options::default());
        let mut piped = false;
        for token in template.tokens.iter().filter(|token| token.kind != TokenKind::Blank) {
            if piped && token.kind == TokenKind::Name {
                usage.add(token.range.slice(&text));
            }
            piped = token.kind == TokenKind::Operator && token.range.slice(&text) == "|";
        }
    }
    usage
}

/// Requisites of all states.
pub(crate) fn requisites(cursor: &Cursor<'_>) -> Usage {
    let mut usage = Usage::default();
    for facts in sample(cursor) {
        for state in facts.declarations.iter().flat_map(|declaration| &declaration.states) {
            state.requisites.iter().for_each(|requisite| usage.add(&requisite.kind));
        }
    }
    usage
}
