//! Answers that decorate a text, in LSP's terms: semantic tokens, inlay hints, signatures.

use std::collections::HashMap;

use ide::{HintKind, Modifiers, SemanticToken, TokenType};
use parking_lot::Mutex;
use tower_lsp::ls_types as lsp;
use world::Stopped;

use crate::lsp::convert::Lines;
use crate::lsp::document::Document;

/// Documents whose last tokens are kept, for differences to them.
const MAX_KEPT: usize = 64;

/// The tokens that were answered last, by document.
#[derive(Default)]
pub struct Answered {
    kept: Mutex<HashMap<String, (u64, Vec<lsp::SemanticToken>)>>,
    next: std::sync::atomic::AtomicU64,
}

impl Answered {
    /// Keeps an answer; gives its name.
    fn keep(&self, uri: &lsp::Uri, tokens: &[lsp::SemanticToken]) -> String {
        let id = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut kept = self.kept.lock();
        if kept.len() >= MAX_KEPT && !kept.contains_key(uri.as_str()) {
            let oldest = kept.iter().min_by_key(|(_, (id, _))| *id).map(|(uri, _)| uri.clone());
            oldest.and_then(|uri| kept.remove(&uri));
        }
        kept.insert(uri.as_str().to_owned(), (id, tokens.to_vec()));
        id.to_string()
    }

    /// The answer called `id`, if it is the last one.
    fn get(&self, uri: &lsp::Uri, id: &str) -> Option<Vec<lsp::SemanticToken>> {
        let kept = self.kept.lock();
        kept.get(uri.as_str()).filter(|(known, _)| known.to_string() == id).map(|(_, tokens)| tokens.clone())
    }

    /// Forgets a document that was closed.
    pub fn forget(&self, uri: &lsp::Uri) {
        self.kept.lock().remove(uri.as_str());
    }
}

/// What the numbers of tokens mean.
#[must_use]
pub fn legend() -> lsp::SemanticTokensLegend {
    lsp::SemanticTokensLegend {
        token_types: TokenType::LEGEND.map(lsp::SemanticTokenType::new).to_vec(),
        token_modifiers: Modifiers::LEGEND.map(lsp::SemanticTokenModifier::new).to_vec(),
    }
}

fn encoded(lines: &Lines, tokens: &[SemanticToken]) -> Vec<lsp::SemanticToken> {
    let mut before = lsp::Position::default();
    let mut found = Vec::with_capacity(tokens.len());
    for token in tokens {
        let range = lines.range(token.range);
        let delta_line = range.start.line - before.line;
        let column = if delta_line == 0 { before.character } else { 0 };
        found.push(lsp::SemanticToken {
            delta_line,
            delta_start: range.start.character.saturating_sub(column),
            length: range.end.character.saturating_sub(range.start.character),
            token_type: token.kind as u32,
            token_modifiers_bitset: token.modifiers,
        });
        before = range.start;
    }
    found
}

/// `textDocument/semanticTokens/full`
pub fn tokens(document: &Document<'_>, uri: &lsp::Uri, answered: &Answered) -> Result<lsp::SemanticTokens, Stopped> {
    let found = ide::semantic_tokens(document.analysis, document.path, None, document.stop)?;
    let data = encoded(document.lines, &found);
    Ok(lsp::SemanticTokens { result_id: Some(answered.keep(uri, &data)), data })
}

/// `textDocument/semanticTokens/range`
pub fn tokens_within(document: &Document<'_>, range: lsp::Range) -> Result<lsp::SemanticTokens, Stopped> {
    let within = Some(document.range(range));
    let found = ide::semantic_tokens(document.analysis, document.path, within, document.stop)?;
    Ok(lsp::SemanticTokens { result_id: None, data: encoded(document.lines, &found) })
}

/// `textDocument/semanticTokens/full/delta`: all tokens where the answer before is not known any more.
pub fn tokens_since(
    document: &Document<'_>,
    uri: &lsp::Uri,
    before: &str,
    answered: &Answered,
) -> Result<lsp::SemanticTokensFullDeltaResult, Stopped> {
    let old = answered.get(uri, before);
    let new = tokens(document, uri, answered)?;
    Ok(match old {
        None => lsp::SemanticTokensFullDeltaResult::Tokens(new),
        Some(old) => lsp::SemanticTokensFullDeltaResult::TokensDelta(lsp::SemanticTokensDelta {
            result_id: new.result_id,
            edits: difference(&old, &new.data).into_iter().collect(),
        }),
    })
}

/// The one stretch in which two answers differ. Offsets count numbers, five for each token.
fn difference(old: &[lsp::SemanticToken], new: &[lsp::SemanticToken]) -> Option<lsp::SemanticTokensEdit> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(start..)?, new.get(start..)?);
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (gone, come) = (old.len() - same, new.get(..new.len() - same)?);
    if gone == 0 && come.is_empty() {
        return None;
    }
    let numbers = |tokens: usize| u32::try_from(tokens * 5).unwrap_or(u32::MAX);
    Some(lsp::SemanticTokensEdit { start: numbers(start), delete_count: numbers(gone), data: Some(come.to_vec()) })
}

/// `textDocument/inlayHint`
pub fn hints(document: &Document<'_>, range: lsp::Range) -> Result<Vec<lsp::InlayHint>, Stopped> {
    let chosen = document.snapshot.workspace.settings.inlay_hints.as_ref();
    let wanted: Vec<HintKind> = HintKind::ALL
        .into_iter()
        .filter(|(name, _)| chosen.is_none_or(|chosen| chosen.iter().any(|one| one == name)))
        .map(|(_, kind)| kind)
        .collect();
    let found = ide::hints(document.analysis, document.path, document.range(range), &wanted, document.stop)?;
    let hint = |hint: ide::Hint| lsp::InlayHint {
        position: document.lines.position(hint.offset),
        padding_left: Some(hint.kind != HintKind::Parameter),
        padding_right: Some(hint.kind == HintKind::Parameter),
        kind: Some(match hint.kind {
            HintKind::Parameter => lsp::InlayHintKind::PARAMETER,
            _ => lsp::InlayHintKind::TYPE,
        }),
        label: lsp::InlayHintLabel::String(hint.label),
        text_edits: None,
        tooltip: None,
        data: None,
    };
    Ok(found.into_iter().map(hint).collect())
}

/// `textDocument/signatureHelp`
pub fn signature(document: &Document<'_>, at: lsp::Position) -> Option<lsp::SignatureHelp> {
    let found = ide::signature(document.analysis, &document.position(at))?;
    let client = &document.snapshot.client;
    let label = |range: &(usize, usize)| {
        if client.label_offsets {
            let units = |end: usize| {
                let text = found.label.get(..end).unwrap_or("");
                u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
            };
            lsp::ParameterLabel::LabelOffsets([units(range.0), units(range.1)])
        } else {
            lsp::ParameterLabel::Simple(found.label.get(range.0..range.1).unwrap_or("").to_owned())
        }
    };
    let parameters: Vec<lsp::ParameterInformation> = found
        .parameters
        .iter()
        .map(|range| lsp::ParameterInformation { label: label(range), documentation: None })
        .collect();
    let documentation = (!found.documentation.is_empty()).then(|| {
        lsp::Documentation::MarkupContent(lsp::MarkupContent {
            kind: lsp::MarkupKind::Markdown,
            value: found.documentation.clone(),
        })
    });
    // beyond the parameters: none of them
    let beyond = found.parameters.len();
    let active_parameter = u32::try_from(found.active.unwrap_or(beyond)).ok();
    let signature = lsp::SignatureInformation {
        label: found.label.clone(),
        documentation,
        parameters: Some(parameters),
        active_parameter,
    };
    Some(lsp::SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_makes_the_old_answer_the_new_one() {
        let token = |n: u32| lsp::SemanticToken { length: n, ..lsp::SemanticToken::default() };
        let all = |numbers: &[u32]| numbers.iter().map(|n| token(*n)).collect::<Vec<_>>();
        let mut seed = 7_u64;
        let mut next = |bound: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % bound
        };
        for _ in 0..2_000 {
            let mut some = || (0..next(8)).map(|_| u32::try_from(next(3)).unwrap_or(0)).collect::<Vec<_>>();
            let (old, new) = (all(&some()), all(&some()));
            let mut made = old.clone();
            if let Some(edit) = difference(&old, &new) {
                let (start, gone) = (edit.start as usize / 5, edit.delete_count as usize / 5);
                made.splice(start..start + gone, edit.data.unwrap_or_default());
            }
            assert_eq!(made, new);
        }
    }
}
