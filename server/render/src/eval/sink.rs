//! Where printing goes: the joint text and its pieces; captured text as a value.

use std::sync::Arc;

use text::TextRange;

use crate::When;
use python::output::{HOLE, Piece, PieceKind};
use python::str_builder::StrBuilder;
use python::value::{Fragment, Kind, Segment, Str, Value};
use smol_str::SmolStr;

use super::Evaluator;

/// One piece to print, without its place in the joint text.
pub(crate) struct Print {
    pub kind: PieceKind,
    pub file: crate::FileId,
    pub range: TextRange,
    pub chain: Option<u32>,
    pub contributors: Arc<[python::origin::Contributor]>,
}

impl<'a> Evaluator<'a> {
    /// Prints `text` under the current condition.
    pub(crate) fn emit(&mut self, text: &str, print: Print) {
        if text.is_empty() && !matches!(print.kind, PieceKind::Choice(_)) {
            return;
        }
        self.printed += text.len();
        if self.printed > super::MAX_OUTPUT {
            self.exhaust("the output is larger than 20 MB", print.file, print.range);
            return;
        }
        self.heap.meter.note_built(text.len());
        let Some(sink) = self.sinks.last_mut() else { return };
        let start = sink.text.len();
        sink.text.push_str(text);
        let at = TextRange::of(start, sink.text.len());
        if let Some(last) = sink.pieces.last_mut()
            && print.kind == PieceKind::Exact
            && last.kind == PieceKind::Exact
            && last.file == print.file
            && last.range.end == print.range.start
            && last.chain == print.chain
            && last.repeated == self.repeated
            && last.when == self.when
            && last.site == self.site
        {
            last.at = last.at.join(at);
            last.range = last.range.join(print.range);
            return;
        }
        self.heap.meter.note(super::PIECE);
        sink.pieces.push(Piece {
            at,
            kind: print.kind,
            file: print.file,
            range: print.range,
            chain: print.chain,
            when: self.when.clone(),
            repeated: self.repeated,
            contributors: print.contributors,
            site: self.site,
        });
    }

    /// Prints a fragment: its pieces with their conditions under the current one.
    pub(crate) fn emit_fragment(&mut self, fragment: &Fragment) {
        self.printed += fragment.text.len();
        if self.printed > super::MAX_OUTPUT {
            return;
        }
        self.heap.meter.note(fragment.pieces.len().saturating_mul(super::PIECE));
        self.heap.meter.note_built(fragment.text.len());
        let (when, repeated, site) = (self.when.clone(), self.repeated, self.site);
        let Some(sink) = self.sinks.last_mut() else { return };
        for piece in &fragment.pieces {
            let Some(when) = when.both(&piece.when) else { continue };
            let start = sink.text.len();
            sink.text.push_str(piece.at.slice(&fragment.text));
            let at = TextRange::of(start, sink.text.len());
            let (repeated, site) = (repeated || piece.repeated, site.or(piece.site));
            sink.pieces.push(Piece { at, when, repeated, site, ..piece.clone() });
        }
    }

    /// Runs `run` with a sink of its own and gives what it printed.
    pub(crate) fn capture<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Fragment) {
        let sinks = self.sinks.len();
        self.sinks.push(Fragment::default());
        let result = run(self);
        self.sinks.truncate(sinks + 1);
        let printed = self.sinks.pop().unwrap_or_default();
        (result, printed)
    }

    /// Captured text as a value: known text where all of it is known here, else the fragment.
    pub(crate) fn text_value(&mut self, fragment: Fragment) -> Value {
        let known = fragment.pieces.iter().all(|piece| {
            matches!(piece.kind, PieceKind::Exact | PieceKind::Derived)
                && piece.when.implied_by(&self.when)
                && (!piece.repeated || self.repeated)
        });
        if !known {
            return Kind::Partial(Arc::new(fragment)).into();
        }
        self.heap.meter.note_built(fragment.text.len());
        let mut builder = StrBuilder::default();
        for piece in &fragment.pieces {
            let contributors = if piece.contributors.is_empty() {
                None
            } else {
                self.contributors.push(piece.contributors.clone());
                u32::try_from(self.contributors.len() - 1).ok()
            };
            builder.segment(Segment {
                at: piece.at,
                file: piece.file,
                range: piece.range,
                exact: piece.kind == PieceKind::Exact,
                chain: piece.chain,
                contributors,
            });
        }
        builder.computed(&fragment.text);
        Kind::Str(builder.finish()).into()
    }

    /// Prints known text: its own segments, what is between them as derived by `range`.
    pub(crate) fn emit_str(&mut self, text: &Str, print: &Print) {
        let mut done = 0;
        for segment in text.segments.iter().flat_map(|segments| segments.iter()) {
            let (start, end) = (segment.at.start as usize, segment.at.end as usize);
            self.emit_derived(text.text.get(done..start).unwrap_or(""), print);
            done = end;
            let contributors = segment
                .contributors
                .and_then(|n| self.contributors.get(n as usize).cloned())
                .unwrap_or_else(|| self.nothing.clone());
            self.emit(
                text.text.get(start..end).unwrap_or(""),
                Print {
                    kind: if segment.exact { PieceKind::Exact } else { PieceKind::Derived },
                    file: segment.file,
                    range: segment.range,
                    chain: segment.chain.or(if segment.exact { None } else { print.chain }),
                    contributors,
                },
            );
        }
        self.emit_derived(text.text.get(done..).unwrap_or(""), print);
    }

    fn emit_derived(&mut self, text: &str, print: &Print) {
        if !text.is_empty() {
            let contributors = print.contributors.clone();
            self.emit(text, Print { kind: PieceKind::Derived, contributors, ..*print });
        }
    }

    /// The single-line texts that the fragment may be, each under its condition relative to `base`
    /// and within an unknown loop if `repeated` (`None`: unknown text; [`HOLE`]s stand for unknown
    /// parts); nothing if it has lines or too many shapes.
    pub(crate) fn inline_texts(
        fragment: &Fragment,
        base: &When,
        repeated: bool,
    ) -> Option<Vec<(When, Option<String>)>> {
        if fragment.text.contains('\n') {
            return None;
        }
        let mut bytes = [0; 4];
        let hole = &*HOLE.encode_utf8(&mut bytes);
        let mut texts: Vec<(When, Option<String>)> = vec![(When::ALWAYS, Some(String::new()))];
        for piece in &fragment.pieces {
            if (piece.repeated && !repeated) || !piece.when.implied_by(base) {
                return None;
            }
            match &piece.kind {
                PieceKind::Exact | PieceKind::Derived => {
                    let text = piece.at.slice(&fragment.text);
                    texts.iter_mut().filter_map(|(_, known)| known.as_mut()).for_each(|known| known.push_str(text));
                }
                PieceKind::Hole(_) => texts.iter_mut().filter_map(|(_, known)| known.as_mut()).for_each(|known| {
                    if !known.ends_with(HOLE) {
                        known.push(HOLE);
                    }
                }),
                PieceKind::Choice(options) => {
                    let mut next = Vec::new();
                    for (when, known) in &texts {
                        for (other, text) in options.iter() {
                            let Some(when) = when.both(other) else { continue };
                            let text = text.as_deref().unwrap_or(hole);
                            let joined = known.as_ref().map(|known| match known.ends_with(HOLE) && text == hole {
                                true => known.clone(),
                                false => format!("{known}{text}"),
                            });
                            next.push((when, joined));
                        }
                    }
                    if next.len() > python::value::MAX_ALTERNATIVES {
                        return None;
                    }
                    texts = next;
                }
            }
        }
        // Text of which nothing is known is no text.
        texts.iter_mut().filter(|(_, text)| text.as_deref() == Some(hole)).for_each(|(_, text)| *text = None);
        Some(texts)
    }

    /// Prints one of several single-line texts as one piece.
    pub(crate) fn emit_choice(&mut self, mut options: Vec<(When, Option<String>)>, reason: &Arc<str>, print: Print) {
        // The joint text shows something of it: an empty text would leave no trace there. What makes
        // a comment of its line must not stand there.
        options.sort_by_key(|(_, text)| match text {
            None => 4,
            Some(text) if text.chars().all(|c| c == HOLE) && !text.is_empty() => 4,
            Some(text) if text.contains(HOLE) => 3,
            Some(text) if text.trim_start().starts_with('#') => 2,
            Some(text) if text.trim().is_empty() => 1,
            Some(_) => 0,
        });
        if let [(_, Some(first)), rest @ ..] = options.as_slice()
            && rest.iter().all(|(_, text)| text.as_ref() == Some(first))
        {
            let first = first.clone();
            self.emit_derived(&first, &print);
            return;
        }
        let first = options.first().and_then(|(_, text)| text.clone());
        let empty = first.as_ref().is_some_and(|text| text.is_empty());
        if options.iter().all(|(_, text)| text.is_none()) || (empty && options.iter().any(|(_, text)| text.is_none())) {
            self.emit_hole(reason, print);
            return;
        }
        let options: Arc<[(When, Option<SmolStr>)]> =
            options.into_iter().map(|(when, text)| (when, text.map(SmolStr::from))).collect();
        self.emit(&first.unwrap_or_default(), Print { kind: PieceKind::Choice(options), ..print });
    }

    /// Prints unknown text.
    pub(crate) fn emit_hole(&mut self, reason: &Arc<str>, print: Print) {
        let mut hole = [0; 4];
        let hole = HOLE.encode_utf8(&mut hole);
        self.partial = true;
        self.emit(hole, Print { kind: PieceKind::Hole(reason.clone()), ..print });
    }
}
