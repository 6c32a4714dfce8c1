//! `workspace/symbol` over all workspaces.

use tower_lsp::ls_types as lsp;
use world::{Stop, Stopped};

use crate::analyst::Urgency;
use crate::lsp::convert;
use crate::lsp::desk::Snapshot;
use crate::lsp::places::Places;

/// Symbols that are answered at most.
const MAX_SYMBOLS: usize = 256;

/// The symbols of all workspaces that fit `query`, each workspace's best first.
///
/// # Errors
/// [`Stopped`].
#[allow(deprecated, reason = "the field `deprecated` has to be written out")]
pub fn workspace_symbols(
    snapshots: &[Snapshot],
    query: &str,
    stop: &Stop,
) -> Result<Vec<lsp::SymbolInformation>, Stopped> {
    let mut found = Vec::new();
    let each = MAX_SYMBOLS / snapshots.len().max(1);
    for snapshot in snapshots {
        let analysis = snapshot.analysis(Urgency::Asked, stop)?;
        let places = Places::new(snapshot);
        for symbol in ide::workspace_symbols(&analysis, query, each, stop)? {
            let Some(location) = places.location(&symbol.place) else { continue };
            found.push(lsp::SymbolInformation {
                kind: convert::symbol_kind(symbol.kind),
                container_name: (!symbol.container.is_empty()).then_some(symbol.container),
                name: symbol.name,
                tags: None,
                deprecated: None,
                location,
            });
        }
    }
    Ok(found)
}
