//! Completions as LSP has them, for what the client can do: text that is inserted or replaced, snippets,
//! documentation that is sent when it is asked for.

use ide::{Analysis, Completion, SymbolKind, Topic};
use serde::{Deserialize, Serialize};
use text::TextRange;
use tower_lsp::ls_types as lsp;

use crate::lsp::convert::Lines;

/// What a client can do with completions (LSP 3.17, `CompletionClientCapabilities`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It takes snippets.
    pub snippets: bool,
    /// It lets the user choose between inserting and replacing.
    pub replaces: bool,
    /// It asks for the documentation of the item that it shows.
    pub resolves: bool,
    /// It shows Markdown.
    pub markdown: bool,
}

impl Abilities {
    /// Those of the client.
    #[must_use]
    pub fn of(document: Option<&lsp::TextDocumentClientCapabilities>) -> Self {
        let item = document.and_then(|document| document.completion.as_ref()?.completion_item.as_ref());
        let Some(item) = item else { return Self::default() };
        let lazily = item.resolve_support.as_ref();
        Self {
            snippets: item.snippet_support == Some(true),
            replaces: item.insert_replace_support == Some(true),
            resolves: lazily.is_some_and(|lazily| lazily.properties.iter().any(|name| name == "documentation")),
            markdown: item
                .documentation_format
                .as_ref()
                .is_some_and(|formats| formats.contains(&lsp::MarkupKind::Markdown)),
        }
    }
}

/// How an item is known again when its documentation is asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Known {
    /// The document that it was offered in.
    pub uri: lsp::Uri,
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    argument: String,
}

impl Known {
    /// The one that an item carries.
    #[must_use]
    pub fn of(item: &lsp::CompletionItem) -> Option<Self> {
        serde_json::from_value(item.data.clone()?).ok()
    }

    fn new(uri: &lsp::Uri, topic: &Topic) -> Self {
        let (kind, name, argument) = match topic {
            Topic::StateFunction(name) => ("state", name, ""),
            Topic::ExecutionFunction(name) => ("execution", name, ""),
            Topic::Argument { function, name } => ("argument", function, name.as_str()),
        };
        Self { uri: uri.clone(), kind: kind.to_owned(), name: name.clone(), argument: argument.to_owned() }
    }

    fn topic(&self) -> Option<Topic> {
        let (function, name) = (self.name.clone(), self.argument.clone());
        match self.kind.as_str() {
            "state" => Some(Topic::StateFunction(function)),
            "execution" => Some(Topic::ExecutionFunction(function)),
            "argument" => Some(Topic::Argument { function, name }),
            _ => None,
        }
    }
}

/// A list on its way to a client.
pub struct List<'a> {
    /// The document.
    pub uri: &'a lsp::Uri,
    /// What is known of the workspace.
    pub analysis: &'a Analysis,
    /// The document's lines.
    pub lines: &'a Lines,
    /// The cursor.
    pub offset: u32,
    /// What the client can do.
    pub abilities: Abilities,
}

impl List<'_> {
    /// All items; their order is told by `sortText`.
    #[must_use]
    pub fn items(&self, found: &[Completion]) -> Vec<lsp::CompletionItem> {
        found.iter().enumerate().map(|(position, item)| self.item(position, item)).collect()
    }

    fn item(&self, position: usize, item: &Completion) -> lsp::CompletionItem {
        let (new_text, is_snippet) = match item.snippet {
            true if !self.abilities.snippets => (without_stops(&item.edit.new_text), false),
            snippet => (item.edit.new_text.clone(), snippet),
        };
        let whole = item.edit.range;
        let text_edit = if self.abilities.replaces {
            let insert = TextRange::new(whole.start, self.offset.clamp(whole.start, whole.end));
            let (insert, replace) = (self.lines.range(insert), self.lines.range(whole));
            lsp::CompletionTextEdit::InsertAndReplace(lsp::InsertReplaceEdit { new_text, insert, replace })
        } else {
            lsp::CompletionTextEdit::Edit(lsp::TextEdit { range: self.lines.range(whole), new_text })
        };
        let topic = item.topic.as_ref();
        let data = topic.filter(|_| self.abilities.resolves).map(|topic| Known::new(self.uri, topic));
        let documentation = match topic {
            Some(topic) if !self.abilities.resolves => ide::documentation(self.analysis, topic),
            _ => item.documentation.clone(),
        };
        lsp::CompletionItem {
            label: item.label.clone(),
            kind: Some(kind(item.kind)),
            detail: (!item.detail.is_empty()).then(|| item.detail.clone()),
            documentation: (!documentation.is_empty()).then(|| markup(documentation, self.abilities)),
            sort_text: Some(format!("{position:04}")),
            filter_text: Some(item.label.clone()),
            insert_text_format: is_snippet.then_some(lsp::InsertTextFormat::SNIPPET),
            text_edit: Some(text_edit),
            data: data.and_then(|known| serde_json::to_value(known).ok()),
            ..lsp::CompletionItem::default()
        }
    }
}

/// What there is to read about an item.
#[must_use]
pub fn documentation(analysis: &Analysis, known: &Known, abilities: Abilities) -> Option<lsp::Documentation> {
    let text = known.topic().map(|topic| ide::documentation(analysis, &topic)).filter(|text| !text.is_empty())?;
    Some(markup(text, abilities))
}

fn markup(value: String, abilities: Abilities) -> lsp::Documentation {
    if abilities.markdown {
        lsp::Documentation::MarkupContent(lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value })
    } else {
        lsp::Documentation::String(value)
    }
}

/// A snippet's text without its places to type in.
fn without_stops(snippet: &str) -> String {
    let mut out = String::new();
    let mut rest = snippet;
    while let Some(at) = rest.find(['$', '\\']) {
        out.push_str(rest.get(..at).unwrap_or(""));
        let tail = rest.get(at + 1..).unwrap_or("");
        rest = if rest.as_bytes().get(at) == Some(&b'$') {
            tail.split_once('}').map_or("", |(_, behind)| behind)
        } else {
            let mut chars = tail.chars();
            out.extend(chars.next());
            chars.as_str()
        };
    }
    out.push_str(rest);
    out
}

fn kind(kind: SymbolKind) -> lsp::CompletionItemKind {
    match kind {
        SymbolKind::StateId => lsp::CompletionItemKind::REFERENCE,
        SymbolKind::Function | SymbolKind::Macro | SymbolKind::Filter => lsp::CompletionItemKind::FUNCTION,
        SymbolKind::Argument => lsp::CompletionItemKind::PROPERTY,
        SymbolKind::PillarKey => lsp::CompletionItemKind::FIELD,
        SymbolKind::Grain => lsp::CompletionItemKind::CONSTANT,
        SymbolKind::Sls => lsp::CompletionItemKind::MODULE,
        SymbolKind::File => lsp::CompletionItemKind::FILE,
        SymbolKind::Variable => lsp::CompletionItemKind::VARIABLE,
        SymbolKind::Keyword => lsp::CompletionItemKind::KEYWORD,
        SymbolKind::Target => lsp::CompletionItemKind::VALUE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_become_plain_text() {
        assert_eq!(without_stops(r"site_${1}_\$x\}"), "site__$x}");
        assert_eq!(without_stops("plain"), "plain");
    }
}
