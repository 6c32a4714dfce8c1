//! Hover: the narrowest thing under the cursor of which something can be said. Text from the
//! repository is escaped, secrets are never shown.

mod files;
mod pillar;
mod state;
mod template;
mod three;

use model::{Entity, EntityKind, Facts, Found, View};
use render::UseKind;
use text::TextRange;
use world::{Stop, Stopped};

use crate::markdown::{code, plain};
use crate::{Analysis, FilePosition, Hover, Versions};

/// A question.
struct Asked<'a> {
    analysis: &'a Analysis,
    at: &'a FilePosition,
    stop: &'a Stop,
}

/// Something under the cursor.
enum Thing<'a> {
    Entity(Found),
    Grain(String),
    Execution(String),
    Argument { function: String, name: String, value: &'a render::Node },
    Filter(String),
    Test(String),
    Expression(TextRange),
}

/// What the thing under the cursor is.
///
/// # Errors
/// [`Stopped`].
pub fn hover(analysis: &Analysis, at: &FilePosition, stop: &Stop) -> Result<Option<Hover>, Stopped> {
    stop.check()?;
    let asked = Asked { analysis, at, stop };
    let mut things: Vec<(TextRange, u32, Thing<'_>)> = Vec::new();
    for found in analysis.catalog.entity_at(&at.path, at.offset) {
        let rank = match found.entity.kind {
            EntityKind::PillarUse => 1,
            EntityKind::JinjaVariable => 2,
            _ => 0,
        };
        things.push((found.entity.range, rank, Thing::Entity(found)));
    }
    for view in &analysis.catalog.views {
        if let Some(facts) = view.facts(&at.path) {
            things.extend(uses(facts, at));
            things.extend(arguments(facts, at));
        }
    }
    things.extend(template::syntax(&asked));
    things.sort_by_key(|(range, rank, _)| (range.len(), *rank));
    let drift = drift(analysis, at);
    for (range, _, thing) in &things {
        stop.check()?;
        if let Some(mut markdown) = asked.describe(thing)? {
            for message in &drift {
                markdown.push_str("\n\n---\n\n");
                markdown.push_str(message);
            }
            let table = three::table(&asked, thing);
            let versions = table.map(|table| {
                markdown.push_str("\n\n---\n\n");
                markdown.push_str(&table.markdown);
                Versions { here: table.here, there: table.there }
            });
            return Ok(Some(Hover { range: *range, markdown, versions }));
        }
    }
    let here = analysis.drift.facts.iter().filter_map(|fact| fact.place.as_ref());
    let range =
        here.filter(|(path, range)| *path == at.path && range.touches(at.offset)).map(|(_, range)| *range).min();
    Ok(range.map(|range| Hover { range, markdown: drift.join("\n\n---\n\n"), versions: None }))
}

/// Reads of grains and execution functions at the cursor.
fn uses<'a>(facts: &'a Facts, at: &'a FilePosition) -> impl Iterator<Item = (TextRange, u32, Thing<'a>)> {
    let here = |used: &&render::Use| used.origin.path == at.path && used.origin.range.touches(at.offset);
    facts.rendered.uses.iter().filter(here).filter_map(|used| {
        let name = used.name.as_literal()?.to_owned();
        match used.kind {
            UseKind::Grain => Some((used.origin.range, 1, Thing::Grain(name))),
            UseKind::Function => Some((used.origin.range, 3, Thing::Execution(name))),
            _ => None,
        }
    })
}

/// Names of states' arguments at the cursor.
fn arguments<'a>(facts: &'a Facts, at: &'a FilePosition) -> Vec<(TextRange, u32, Thing<'a>)> {
    let mut found = Vec::new();
    let states = facts.declarations.iter().chain(&facts.extends).flat_map(|declaration| &declaration.states);
    for state in states {
        for argument in &state.args {
            let origin = &argument.origin;
            if origin.path == at.path && origin.range.touches(at.offset) {
                let function = state.function.as_ref().map_or(String::new(), ToString::to_string);
                let function = format!("{}.{function}", state.module);
                let name = argument.name.to_string();
                found.push((origin.range, 0, Thing::Argument { function, name, value: &argument.value }));
            }
        }
    }
    found
}

/// What drift says of the place.
fn drift(analysis: &Analysis, at: &FilePosition) -> Vec<String> {
    let here =
        analysis.drift.facts.iter().filter(|fact| {
            fact.place.as_ref().is_some_and(|(path, range)| *path == at.path && range.touches(at.offset))
        });
    here.map(|fact| format!("**{}**: {}", plain(fact.kind.name()), plain(&fact.message))).collect()
}

impl Asked<'_> {
    fn describe(&self, thing: &Thing<'_>) -> Result<Option<String>, Stopped> {
        match thing {
            Thing::Entity(found) => self.entity(found),
            Thing::Grain(name) => Ok(Some(pillar::grain(self, name))),
            Thing::Execution(name) => Ok(template::execution(self, name)),
            Thing::Argument { function, name, value } => Ok(Some(state::argument(self, function, name, value))),
            Thing::Filter(name) => Ok(template::filter(name)),
            Thing::Test(name) => Ok(template::test(name)),
            Thing::Expression(range) => template::expression(self, *range),
        }
    }

    fn entity(&self, found: &Found) -> Result<Option<String>, Stopped> {
        let entity = &found.entity;
        let definitions = || self.analysis.catalog.definitions_of(found);
        match entity.kind {
            EntityKind::StateId => Ok(state::declaration(self, entity)),
            EntityKind::Requisite | EntityKind::Extend => {
                let mut parts = Vec::new();
                for definition in definitions().iter().take(4) {
                    parts.extend(match definition.kind {
                        EntityKind::Sls => files::sls(self, definition),
                        _ => state::declaration(self, definition),
                    });
                }
                if parts.is_empty() {
                    parts.push(format!("{}: nothing in the tree is called so.", code(&entity.name)));
                }
                Ok(Some(parts.join("\n\n---\n\n")))
            }
            EntityKind::Include | EntityKind::Exclude | EntityKind::TopTarget | EntityKind::Sls => {
                let parts: Vec<String> = definitions().iter().take(8).filter_map(|sls| files::sls(self, sls)).collect();
                Ok((!parts.is_empty()).then(|| parts.join("\n\n---\n\n")))
            }
            EntityKind::PillarKey | EntityKind::PillarUse => pillar::key(self, &entity.name).map(Some),
            EntityKind::Macro => Ok(definitions().first().and_then(|definition| template::macro_of(self, definition))),
            EntityKind::JinjaVariable => template::variable(self, entity, definitions().first()),
            EntityKind::Import => Ok(files::template(self, entity)),
            EntityKind::SaltFile => Ok(Some(files::salt_file(self, entity))),
            EntityKind::Function => Ok(state::function(self, &entity.name)),
        }
    }
}

/// The first view's facts that hold `entity` at its place.
fn facts_of<'a>(analysis: &'a Analysis, entity: &Entity) -> Option<(&'a View, &'a Facts)> {
    analysis.catalog.views.iter().find_map(|view| Some((view, view.facts(&entity.path)?.as_ref())))
}
