//! Between LSP's coordinates and ours: URIs and paths, positions and byte offsets, plain answers
//! and LSP's types. The only place where the two meet.

use std::path::{Path, PathBuf};

use ide::{Diagnostic, FileRange, Severity, Symbol, SymbolKind};
use text::{Encoding, LineIndex, TextRange};
use tower_lsp::ls_types as lsp;

/// The file that a `file:` URI names; `None` for other schemes, and for other machines where paths
/// cannot name them.
#[must_use]
pub fn to_file(uri: &lsp::Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let host = uri.authority().map(|authority| authority.host().to_owned()).unwrap_or_default();
    if cfg!(unix) && !(host.is_empty() || host.eq_ignore_ascii_case("localhost")) {
        return None;
    }
    uri.to_file_path().map(std::borrow::Cow::into_owned)
}

/// The `file:` URI of an absolute path.
#[must_use]
pub fn to_uri(path: &Path) -> Option<lsp::Uri> {
    if path.is_absolute() { lsp::Uri::from_file_path(path) } else { None }
}

/// A text with its line index: converts both ways.
pub struct Lines {
    text: String,
    index: LineIndex,
    encoding: Encoding,
}

impl Lines {
    /// Reads the lines of `text`.
    #[must_use]
    pub fn new(text: String, encoding: Encoding) -> Self {
        let index = LineIndex::new(&text);
        Self { text, index, encoding }
    }

    /// Byte offset of an LSP position, clamped.
    #[must_use]
    pub fn offset(&self, position: lsp::Position) -> u32 {
        let position = text::Position { line: position.line, column: position.character };
        self.index.offset(&self.text, position, self.encoding)
    }

    /// LSP position of a byte offset, clamped.
    #[must_use]
    pub fn position(&self, offset: u32) -> lsp::Position {
        let position = self.index.position(&self.text, offset, self.encoding);
        lsp::Position { line: position.line, character: position.column }
    }

    /// LSP range of a byte range.
    #[must_use]
    pub fn range(&self, range: TextRange) -> lsp::Range {
        lsp::Range { start: self.position(range.start), end: self.position(range.end) }
    }
}

/// LSP's severity; `None` for findings that are no diagnostics.
#[must_use]
pub fn severity(severity: Severity) -> Option<lsp::DiagnosticSeverity> {
    match severity {
        Severity::None => None,
        Severity::Hint => Some(lsp::DiagnosticSeverity::HINT),
        Severity::Information => Some(lsp::DiagnosticSeverity::INFORMATION),
        Severity::Warning => Some(lsp::DiagnosticSeverity::WARNING),
        Severity::Error => Some(lsp::DiagnosticSeverity::ERROR),
    }
}

/// A diagnostic at `range`; `place` finds the location of a related place.
#[must_use]
pub fn diagnostic(
    diagnostic: &Diagnostic,
    range: lsp::Range,
    place: impl Fn(&FileRange) -> Option<lsp::Location>,
) -> Option<lsp::Diagnostic> {
    let related: Vec<_> = diagnostic
        .related
        .iter()
        .filter_map(|(at, message)| {
            Some(lsp::DiagnosticRelatedInformation { location: place(at)?, message: message.clone() })
        })
        .collect();
    let mut message = diagnostic.message.clone();
    if !diagnostic.profiles.is_empty() {
        message.push_str(&format!(" (minion profiles: {})", diagnostic.profiles.join(", ")));
    }
    Some(lsp::Diagnostic {
        range,
        severity: Some(severity(diagnostic.severity)?),
        code: Some(lsp::NumberOrString::String(diagnostic.code.clone())),
        source: Some("saltflow".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..lsp::Diagnostic::default()
    })
}

/// Adds what a finding of drift has beyond others: the place in the base branch's version, a link to
/// its page where the client opens those (`documents`), and what quick fixes need to know it again.
pub fn drifted(
    shown: &mut lsp::Diagnostic,
    drift: &ide::Drifted,
    upstream: Option<&ide::Upstream>,
    documents: bool,
    place: impl Fn(Option<&ide::Upstream>, &FileRange) -> Option<lsp::Location>,
) {
    if let (Some(location), Some(upstream)) = (drift.theirs.as_ref().and_then(|at| place(upstream, at)), upstream) {
        let message = match &drift.renamed_to {
            Some(new) => format!("'{new}' on {}", upstream.name),
            None => format!("on {}", upstream.name),
        };
        let related = shown.related_information.get_or_insert_default();
        related.insert(0, lsp::DiagnosticRelatedInformation { location, message });
    }
    if documents {
        shown.code_description = crate::lsp::documents::page_uri(drift.kind).map(|href| lsp::CodeDescription { href });
    }
    shown.data = Some(serde_json::json!({
        "kind": drift.kind,
        "entity": drift.entity,
        "name": drift.name,
        "renamedTo": drift.renamed_to,
    }));
}

/// A file's outline.
#[must_use]
#[allow(deprecated, reason = "the field `deprecated` has to be written out")]
pub fn symbol(symbol: &Symbol, lines: &Lines) -> lsp::DocumentSymbol {
    // LSP asks that the name's range lies inside the whole range.
    let extent = symbol.extent.join(symbol.range);
    lsp::DocumentSymbol {
        name: if symbol.name.is_empty() { "(empty)".to_owned() } else { symbol.name.clone() },
        detail: (!symbol.detail.is_empty()).then(|| symbol.detail.clone()),
        kind: symbol_kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: lines.range(extent),
        selection_range: lines.range(symbol.range),
        children: Some(symbol.children.iter().map(|child| self::symbol(child, lines)).collect()),
    }
}

/// LSP's kind of a symbol.
#[must_use]
pub fn symbol_kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::StateId => lsp::SymbolKind::OBJECT,
        SymbolKind::Function | SymbolKind::Macro | SymbolKind::Filter => lsp::SymbolKind::FUNCTION,
        SymbolKind::Argument => lsp::SymbolKind::PROPERTY,
        SymbolKind::PillarKey | SymbolKind::Grain => lsp::SymbolKind::KEY,
        SymbolKind::Sls => lsp::SymbolKind::MODULE,
        SymbolKind::File => lsp::SymbolKind::FILE,
        SymbolKind::Variable => lsp::SymbolKind::VARIABLE,
        SymbolKind::Keyword => lsp::SymbolKind::OPERATOR,
        SymbolKind::Target => lsp::SymbolKind::NAMESPACE,
    }
}
