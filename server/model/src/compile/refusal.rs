//! What the state compiler refuses, and its place: found again among the declarations of the SLS that
//! Salt names, because the compiler itself works on plain data.

use render::{Code, Doubt, Origin, Pattern, Problem, Related, When};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use text::TextRange;
use world::SaltPath;

use crate::{Declaration, Facts, Requisite, View};

/// The files of the SLS that take part, by name.
pub(super) type Files = FxHashMap<SmolStr, SaltPath>;

/// One of Salt's refusals.
pub(super) struct Refusal {
    pub code: Code,
    /// Salt's words.
    pub message: String,
    /// The SLS at fault.
    pub sls: String,
    /// What in it.
    pub spot: Spot,
    /// An ID in another SLS that explains it.
    pub related: Option<(String, String)>,
}

/// What in an SLS is at fault.
pub(super) enum Spot {
    /// Nothing narrower.
    File,
    /// An entry of its include list, as written.
    Include(String),
    /// A state ID.
    Id(String),
    /// A requisite under an ID; without a word any whose target has this name.
    Requisite {
        /// Of which ID.
        id: Option<String>,
        /// `require`, …
        word: Option<String>,
        /// The target's names.
        names: Vec<String>,
    },
    /// An extended ID, else the requisite that extends it.
    Extend(String),
}

impl Refusal {
    /// `message` about `spot` in `sls`.
    pub fn new(code: Code, sls: &str, spot: Spot, message: String) -> Self {
        Self { code, message, sls: sls.to_owned(), spot, related: None }
    }

    /// At its place.
    pub fn place(self, view: &View, files: &Files) -> Problem {
        let origin = files.get(self.sls.as_str()).map_or_else(
            || Origin::exact(SaltPath::root(), TextRange::empty(0)),
            |path| {
                let found = view.facts(path).and_then(|facts| spot(facts, &self.spot));
                found.unwrap_or_else(|| Origin::exact(path.clone(), TextRange::empty(0)))
            },
        );
        let related = self.related.and_then(|(sls, id)| {
            let facts = view.facts(files.get(sls.as_str())?)?;
            Some(Related { origin: declared(facts, &id)?, message: format!("'{id}' is declared here, too") })
        });
        let related = related.into_iter().collect();
        Problem {
            code: self.code,
            message: self.message,
            origin,
            related,
            when: When::ALWAYS,
            certain: true,
            doubt: Doubt::None,
        }
    }
}

fn is(pattern: &Pattern, text: &str) -> bool {
    pattern.as_literal() == Some(text)
}

fn named<'a>(declarations: &'a [Declaration], id: &str) -> Option<&'a Declaration> {
    declarations.iter().find(|one| is(&one.id, id))
}

fn declared(facts: &Facts, id: &str) -> Option<Origin> {
    let found = named(&facts.declarations, id).or_else(|| named(&facts.extends, id))?;
    Some((*found.origin).clone())
}

fn spot(facts: &Facts, spot: &Spot) -> Option<Origin> {
    match spot {
        Spot::File => None,
        Spot::Include(written) => {
            let named = |name: &Pattern| is(name, written);
            let found = facts.includes.iter().find(|one| named(&one.written) || one.sls.as_ref().is_some_and(named));
            found.map(|include| (*include.origin).clone())
        }
        Spot::Id(id) => declared(facts, id),
        Spot::Extend(id) => named(&facts.extends, id)
            .map(|extend| (*extend.origin).clone())
            .or_else(|| target(facts, None, &|one| crate::requisite::INVERSE.contains(&one.kind.as_str()), id)),
        Spot::Requisite { id, word, names } => {
            let own = id.as_deref();
            let of_kind = |one: &Requisite| word.as_deref().is_none_or(|word| one.kind == word);
            let found = names.iter().find_map(|name| target(facts, own, &of_kind, name));
            found.or_else(|| declared(facts, own?))
        }
    }
}

/// Where a requisite names `name`.
fn target(facts: &Facts, id: Option<&str>, fits: &dyn Fn(&Requisite) -> bool, name: &str) -> Option<Origin> {
    let all = facts.declarations.iter().chain(&facts.extends);
    let states = all.filter(|one| id.is_none_or(|id| is(&one.id, id))).flat_map(|one| &one.states);
    let found = states.flat_map(|state| &state.requisites).find(|one| fits(one) && is(&one.name, name))?;
    Some((*found.name_origin).clone())
}
