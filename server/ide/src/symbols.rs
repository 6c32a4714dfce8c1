//! Workspace symbols: state IDs, SLS, pillar keys, macros and variables by a fuzzy query. Matches names
//! in the index; only what is answered is looked up in files.

use model::entity::joined;
use model::{Facts, Slot, View};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use rustc_hash::FxHashSet;
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::{Analysis, FileRange, SymbolKind};

/// A thing that has a name somewhere in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    /// Its name: of a pillar key the whole path.
    pub name: String,
    /// Where it belongs: its SLS, else its file.
    pub container: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Where its name is written.
    pub place: FileRange,
}

const SLOTS: [(Slot, SymbolKind); 6] = [
    (Slot::StateId, SymbolKind::StateId),
    (Slot::Sls, SymbolKind::Sls),
    (Slot::PillarSls, SymbolKind::Sls),
    (Slot::PillarKey, SymbolKind::PillarKey),
    (Slot::Macro, SymbolKind::Macro),
    (Slot::Variable, SymbolKind::Variable),
];

/// How often the bell for giving up is looked at.
const LOOK_UP: usize = 4_096;

/// The symbols that fit `query` best, best first, at most `most`. An empty query fits all.
///
/// # Errors
/// [`Stopped`].
pub fn workspace_symbols(
    analysis: &Analysis,
    query: &str,
    most: usize,
    stop: &Stop,
) -> Result<Vec<WorkspaceSymbol>, Stopped> {
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, usize, Named<'_>)> = Vec::new();
    let mut seen: FxHashSet<(usize, &str, &SaltPath)> = FxHashSet::default();
    for view in &analysis.catalog.views {
        for (n, (slot, kind)) in SLOTS.into_iter().enumerate() {
            for (count, (name, path)) in view.index().starting_with(slot, "").enumerate() {
                if count % LOOK_UP == 0 {
                    stop.check()?;
                }
                let Some(score) = pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher) else { continue };
                if seen.insert((n, name.as_str(), path)) {
                    scored.push((score, name.len(), Named { view, slot, kind, name, path }));
                }
            }
        }
    }
    scored.sort_by(|(a, short, one), (b, long, other)| {
        (b, short, one.name, one.path).cmp(&(a, long, other.name, other.path))
    });
    let mut found = Vec::new();
    for (_, _, named) in scored {
        if found.len() >= most {
            break;
        }
        found.extend(named.symbols());
    }
    found.truncate(most);
    Ok(found)
}

/// A name of the index.
struct Named<'a> {
    view: &'a View,
    slot: Slot,
    kind: SymbolKind,
    name: &'a str,
    path: &'a SaltPath,
}

impl Named<'_> {
    fn symbols(&self) -> Vec<WorkspaceSymbol> {
        let Some(facts) = self.view.facts(self.path) else { return Vec::new() };
        let container = facts.names.first().map_or_else(|| self.path.to_string(), |(_, sls)| sls.to_string());
        let places = self.places(facts).into_iter();
        places
            .map(|place| WorkspaceSymbol {
                name: self.name.to_owned(),
                container: if self.kind == SymbolKind::Sls { String::new() } else { container.clone() },
                kind: self.kind,
                place,
            })
            .collect()
    }

    fn places(&self, facts: &Facts) -> Vec<FileRange> {
        let here = |range| FileRange { path: self.path.clone(), range };
        let mut found: Vec<FileRange> = match self.slot {
            Slot::StateId => facts
                .declarations
                .iter()
                .filter(|one| one.id.as_literal() == Some(self.name))
                .map(|one| FileRange { path: one.origin.path.clone(), range: one.origin.range })
                .collect(),
            Slot::PillarKey => facts
                .pillar_keys
                .iter()
                .filter(|key| joined(&key.path) == self.name)
                .map(|key| FileRange { path: key.origin.path.clone(), range: key.origin.range })
                .collect(),
            Slot::Macro | Slot::Variable => {
                let wanted = |export: &&model::Export| {
                    export.name == self.name && export.params.is_some() == (self.slot == Slot::Macro)
                };
                facts.exports.iter().filter(wanted).map(|export| here(export.range)).collect()
            }
            _ => vec![here(TextRange::empty(0))],
        };
        found.dedup();
        found
    }
}
