//! Filters over text and lists of which something is not known: what is known of them stays.

use std::rc::Rc;

use text::TextRange;

use super::Evaluator;
use super::calls::Arguments;
use super::halt::R;
use super::scope::Frame;
use python::output::{HOLE, Piece, PieceKind};
use python::value::{Fragment, Kind, Slot, Value};

impl<'a> Evaluator<'a> {
    /// What the filter gives where its input is partly known; `None`: it has nothing to say.
    pub(crate) fn filter_partial(
        &mut self,
        input: &Value,
        name: &str,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Option<Value>> {
        if name == "load_yaml" {
            return self.load(syntax::jinja::LoadFormat::Yaml, input, frame, range).map(Some);
        }
        match &input.kind {
            Kind::Partial(fragment) => {
                let fragment = fragment.clone();
                Ok(match name {
                    "string" | "safe" | "load_text" => Some(input.clone()),
                    "trim" if arguments.positional.is_empty() => Some(Kind::Partial(trim(&fragment).into()).into()),
                    "indent" => self.indent(&fragment, arguments, frame, range),
                    _ => None,
                })
            }
            Kind::List(_) | Kind::Tuple(_) if name == "join" => self.join_partial(input, arguments, frame, range),
            Kind::List(id) if matches!(name, "list" | "unique" | "sort") => {
                let data = self.heap.get_list(*id).clone();
                if !data.open && data.items.iter().all(|slot| slot.when.is_always() && !slot.repeated) {
                    return Ok(None);
                }
                let copy = self.heap.list([]);
                if let Kind::List(copy) = &copy.kind {
                    *self.heap.list_mut(*copy) = data;
                }
                Ok(Some(copy))
            }
            _ => Ok(None),
        }
    }

    /// `indent(width=4, first=False, blank=False)` over pieces.
    fn indent(
        &mut self,
        fragment: &Fragment,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Option<Value> {
        let width = match arguments.get(0, "width").map(|value| &value.kind) {
            None => "    ".to_owned(),
            Some(Kind::Int(width)) => " ".repeat(usize::try_from(*width).ok()?.min(1000)),
            Some(Kind::Str(text)) => text.text.to_string(),
            Some(_) => return None,
        };
        let flag = |position: usize, name: &str| match arguments.get(position, name).map(|value| &value.kind) {
            None => Some(false),
            Some(Kind::Bool(is)) => Some(*is),
            Some(_) => None,
        };
        let (first, blank) = (flag(1, "first")?, flag(2, "blank")?);
        let print = self.print_at(frame.source.file, range);
        let mut out = Fragment::default();
        let space = |out: &mut Fragment, like: &Piece, text: &str| {
            let start = out.text.len();
            out.text.push_str(text);
            out.pieces.push(Piece {
                at: TextRange::of(start, out.text.len()),
                kind: PieceKind::Derived,
                file: print.file,
                range: print.range,
                chain: print.chain,
                when: like.when.clone(),
                repeated: like.repeated,
                contributors: print.contributors.clone(),
                site: None,
            });
        };
        // A line's indent is printed before its first character, under that character's condition.
        let mut line_start = first;
        for piece in &fragment.pieces {
            let text = piece.at.slice(&fragment.text);
            if !matches!(piece.kind, PieceKind::Exact | PieceKind::Derived) {
                if std::mem::take(&mut line_start) {
                    space(&mut out, piece, &width);
                }
                push(&mut out, piece, text, 0);
                continue;
            }
            let mut offset = 0;
            for line in text.split_inclusive('\n') {
                if line_start && (blank || line != "\n") {
                    space(&mut out, piece, &width);
                }
                push(&mut out, piece, line, offset);
                offset += line.len();
                line_start = line.ends_with('\n');
            }
        }
        Some(Kind::Partial(out.into()).into())
    }

    /// `join` of items that are not all known.
    fn join_partial(
        &mut self,
        input: &Value,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Option<Value>> {
        let (slots, open): (Vec<Slot>, bool) = match &input.kind {
            Kind::List(id) => {
                let data = self.heap.get_list(*id);
                (data.items.clone(), data.open)
            }
            Kind::Tuple(items) => {
                let slot = |value: &Value| Slot { value: value.clone(), when: crate::When::ALWAYS, repeated: false };
                (items.iter().map(slot).collect(), false)
            }
            _ => return Ok(None),
        };
        let plain = |slot: &Slot| {
            slot.when.is_always()
                && !slot.repeated
                && !matches!(slot.value.kind, Kind::Unknown(_) | Kind::Partial(_) | Kind::OneOf(_))
        };
        if (slots.iter().all(plain) && !open) || arguments.get(1, "attribute").is_some() {
            return Ok(None);
        }
        if open || slots.iter().any(|slot| !slot.when.is_always() || slot.repeated) {
            return Ok(Some(self.derived(frame, range, &[input])));
        }
        let separator = arguments.get(0, "d").cloned().unwrap_or_else(|| Value::str(""));
        let mut parts = Vec::new();
        for (n, slot) in slots.iter().enumerate() {
            if n > 0 {
                parts.push(separator.clone());
            }
            parts.push(slot.value.clone());
        }
        let ranges = vec![range; parts.len()];
        self.concat(&parts, &ranges, frame, range).map(Some)
    }
}

/// Appends part of a piece: `text` stands at `offset` in it.
fn push(out: &mut Fragment, piece: &Piece, text: &str, offset: usize) {
    if text.is_empty() {
        return;
    }
    let start = out.text.len();
    out.text.push_str(text);
    let range = if piece.kind == PieceKind::Exact {
        let from = piece.range.start as usize + offset;
        TextRange::of(from, from + text.len())
    } else {
        piece.range
    };
    out.pieces.push(Piece { at: TextRange::of(start, out.text.len()), range, ..piece.clone() });
}

/// The fragment without blanks at its ends, as far as they are certain.
fn trim(fragment: &Fragment) -> Fragment {
    let text = &fragment.text;
    let mut start = 0;
    let mut end = text.len();
    for piece in &fragment.pieces {
        let known = matches!(piece.kind, PieceKind::Exact | PieceKind::Derived);
        let slice = piece.at.slice(text);
        if known && slice.trim().is_empty() && !slice.contains(HOLE) {
            start = piece.at.end as usize;
            continue;
        }
        if known {
            start = piece.at.end as usize - slice.trim_start().len();
        }
        break;
    }
    for piece in fragment.pieces.iter().rev() {
        let known = matches!(piece.kind, PieceKind::Exact | PieceKind::Derived);
        let slice = piece.at.slice(text);
        if known && slice.trim().is_empty() && !slice.contains(HOLE) {
            end = piece.at.start as usize;
            continue;
        }
        if known {
            end = piece.at.start as usize + slice.trim_end().len();
        }
        break;
    }
    let mut out = Fragment::default();
    for piece in &fragment.pieces {
        let (from, to) = ((piece.at.start as usize).max(start), (piece.at.end as usize).min(end));
        if from < to {
            push(&mut out, piece, &text[from..to], from - piece.at.start as usize);
        }
    }
    out
}
