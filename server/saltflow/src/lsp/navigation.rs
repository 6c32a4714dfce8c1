//! Answers about places, in LSP's terms: going somewhere, what belongs together, hierarchies.

use ide::{Call, CallItem, CallKind, FileRange, FoldKind, HighlightKind, Target};
use serde_json::json;
use tower_lsp::ls_types as lsp;
use world::{SaltPath, Stopped};

use crate::lsp::convert;
use crate::lsp::document::Document;

type Answer<T> = Result<Option<T>, Stopped>;

/// Targets as links where the client takes those, else as locations.
pub fn targets(document: &Document<'_>, targets: &[Target], links: bool) -> Option<lsp::GotoDefinitionResponse> {
    if targets.is_empty() {
        return None;
    }
    let places = document.places;
    if !links {
        let locations = targets.iter().filter_map(|target| places.location(&target.name));
        return Some(lsp::GotoDefinitionResponse::Array(locations.collect()));
    }
    let links = targets.iter().filter_map(|target| {
        let name = places.location(&target.name)?;
        let extent = FileRange { path: target.name.path.clone(), range: target.extent.join(target.name.range) };
        Some(lsp::LocationLink {
            origin_selection_range: Some(document.lines.range(target.origin)),
            target_uri: name.uri,
            target_range: places.location(&extent)?.range,
            target_selection_range: name.range,
        })
    });
    Some(lsp::GotoDefinitionResponse::Link(links.collect()))
}

/// `textDocument/documentHighlight`
pub fn highlights(document: &Document<'_>, at: lsp::Position) -> Answer<Vec<lsp::DocumentHighlight>> {
    let found = ide::highlights(document.analysis, &document.position(at), document.stop)?;
    let one = |highlight: &ide::Highlight| lsp::DocumentHighlight {
        range: document.lines.range(highlight.range),
        kind: Some(match highlight.kind {
            HighlightKind::Text => lsp::DocumentHighlightKind::TEXT,
            HighlightKind::Read => lsp::DocumentHighlightKind::READ,
            HighlightKind::Write => lsp::DocumentHighlightKind::WRITE,
        }),
    };
    Ok(Some(found.iter().map(one).collect()))
}

/// `textDocument/foldingRange`
pub fn folds(document: &Document<'_>) -> Vec<lsp::FoldingRange> {
    let most = document.snapshot.client.folds.unwrap_or(u32::MAX) as usize;
    let one = |fold: ide::Fold| lsp::FoldingRange {
        start_line: fold.first,
        end_line: fold.last,
        kind: match fold.kind {
            FoldKind::Block => None,
            FoldKind::Comment => Some(lsp::FoldingRangeKind::Comment),
            FoldKind::Imports => Some(lsp::FoldingRangeKind::Imports),
        },
        ..lsp::FoldingRange::default()
    };
    ide::folds(document.analysis, document.path).into_iter().take(most).map(one).collect()
}

/// `textDocument/selectionRange`: one chain for each position.
pub fn selections(document: &Document<'_>, positions: &[lsp::Position]) -> Vec<lsp::SelectionRange> {
    let offsets: Vec<u32> = positions.iter().map(|at| document.lines.offset(*at)).collect();
    let chain = |ranges: Vec<text::TextRange>| {
        let outer = |parent: Option<lsp::SelectionRange>, range: text::TextRange| {
            Some(lsp::SelectionRange { range: document.lines.range(range), parent: parent.map(Box::new) })
        };
        ranges.into_iter().rev().fold(None, outer)
    };
    ide::selections(document.analysis, document.path, &offsets).into_iter().filter_map(chain).collect()
}

/// `textDocument/documentLink`
pub fn links(document: &Document<'_>) -> Answer<Vec<lsp::DocumentLink>> {
    let found = ide::links(document.analysis, document.path, document.stop)?;
    let one = |link: &ide::Link| {
        Some(lsp::DocumentLink {
            range: document.lines.range(link.range),
            target: Some(convert::to_uri(&document.snapshot.workspace.file(&link.target))?),
            tooltip: document.snapshot.client.link_tooltips.then(|| link.target.to_string()),
            data: None,
        })
    };
    Ok(Some(found.iter().filter_map(one).collect()))
}

/// `textDocument/linkedEditingRange`
pub fn linked(document: &Document<'_>, at: lsp::Position) -> Option<lsp::LinkedEditingRanges> {
    let found = ide::linked_ranges(document.analysis, document.path, document.lines.offset(at));
    let ranges: Vec<lsp::Range> = found.into_iter().map(|range| document.lines.range(range)).collect();
    (!ranges.is_empty()).then(|| lsp::LinkedEditingRanges { ranges, word_pattern: Some("[a-z_]+".to_owned()) })
}

/// A file's symbols without a tree, for clients that take no other.
#[allow(deprecated, reason = "the field `deprecated` has to be written out")]
pub fn flat_symbols(document: &Document<'_>, symbols: &[ide::Symbol]) -> Vec<lsp::SymbolInformation> {
    let mut flat = Vec::new();
    let mut open: Vec<(&ide::Symbol, Option<&str>)> = symbols.iter().rev().map(|symbol| (symbol, None)).collect();
    while let Some((symbol, above)) = open.pop() {
        let place = FileRange { path: document.path.clone(), range: symbol.extent.join(symbol.range) };
        if let Some(location) = document.places.location(&place) {
            let kind = convert::symbol_kind(symbol.kind);
            let (name, container_name) = (symbol.name.clone(), above.map(str::to_owned));
            flat.push(lsp::SymbolInformation { name, kind, tags: None, deprecated: None, location, container_name });
        }
        open.extend(symbol.children.iter().rev().map(|child| (child, Some(symbol.name.as_str()))));
    }
    flat
}

fn call_item(document: &Document<'_>, item: &CallItem) -> Option<lsp::CallHierarchyItem> {
    let place = document.places.location(&item.place)?;
    let extent = FileRange { path: item.place.path.clone(), range: item.extent.join(item.place.range) };
    let data = json!({
        "kind": item.kind.name(),
        "path": item.place.path.as_str(),
        "name": [item.place.range.start, item.place.range.end],
        "extent": [item.extent.start, item.extent.end],
    });
    Some(lsp::CallHierarchyItem {
        name: item.name.clone(),
        kind: match item.kind {
            CallKind::Sls => lsp::SymbolKind::MODULE,
            CallKind::StateId => lsp::SymbolKind::OBJECT,
            CallKind::Macro => lsp::SymbolKind::FUNCTION,
        },
        tags: None,
        detail: Some(item.place.path.to_string()),
        range: document.places.location(&extent)?.range,
        uri: place.uri,
        selection_range: place.range,
        data: Some(data),
    })
}

/// The item that the client sends back.
fn known(item: &lsp::CallHierarchyItem) -> Option<CallItem> {
    let data = item.data.as_ref()?;
    let range = |key: &str| {
        let numbers = data.get(key)?.as_array()?;
        let at = |n: usize| u32::try_from(numbers.get(n)?.as_u64()?).ok();
        let (start, end) = (at(0)?, at(1)?);
        (start <= end).then(|| text::TextRange::new(start, end))
    };
    Some(CallItem {
        kind: CallKind::named(data.get("kind")?.as_str()?)?,
        name: item.name.clone(),
        place: FileRange { path: SaltPath::new(data.get("path")?.as_str()?).ok()?, range: range("name")? },
        extent: range("extent")?,
    })
}

/// `textDocument/prepareCallHierarchy`
pub fn calls_at(document: &Document<'_>, at: lsp::Position) -> Option<Vec<lsp::CallHierarchyItem>> {
    let found = ide::prepare_calls(document.analysis, &document.position(at));
    let items: Vec<_> = found.iter().filter_map(|item| call_item(document, item)).collect();
    (!items.is_empty()).then_some(items)
}

fn ranges(document: &Document<'_>, path: &SaltPath, call: &Call) -> Vec<lsp::Range> {
    let Some(lines) = document.places.lines(path) else { return Vec::new() };
    call.ranges.iter().map(|range| lines.range(*range)).collect()
}

/// `callHierarchy/incomingCalls`
pub fn incoming(document: &Document<'_>, item: &lsp::CallHierarchyItem) -> Answer<Vec<lsp::CallHierarchyIncomingCall>> {
    let Some(item) = known(item) else { return Ok(None) };
    let calls = ide::incoming_calls(document.analysis, &item, document.stop)?;
    let one = |call: &Call| {
        let from_ranges = ranges(document, &call.item.place.path, call);
        Some(lsp::CallHierarchyIncomingCall { from: call_item(document, &call.item)?, from_ranges })
    };
    Ok(Some(calls.iter().filter_map(one).collect()))
}

/// `callHierarchy/outgoingCalls`
pub fn outgoing(document: &Document<'_>, item: &lsp::CallHierarchyItem) -> Answer<Vec<lsp::CallHierarchyOutgoingCall>> {
    let Some(item) = known(item) else { return Ok(None) };
    let calls = ide::outgoing_calls(document.analysis, &item, document.stop)?;
    let one = |call: &Call| {
        let from_ranges = ranges(document, &item.place.path, call);
        Some(lsp::CallHierarchyOutgoingCall { to: call_item(document, &call.item)?, from_ranges })
    };
    Ok(Some(calls.iter().filter_map(one).collect()))
}
