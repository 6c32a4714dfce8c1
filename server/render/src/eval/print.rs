//! Printing values: pieces that keep the places of their parts.

use std::rc::Rc;
use std::sync::Arc;

use text::TextRange;

use super::Evaluator;
use super::halt::R;
use super::scope::Frame;
use super::unknown::contributors;
use crate::When;
use python::value::{EvaluatorObject, Fragment, Kind, Object, Value};
use python::{self, Fail};

impl<'a> Evaluator<'a> {
    /// Prints `value` as the expression at `range` does; with `finalize`, as `{{ }}` does.
    pub(crate) fn print(&mut self, value: &Value, frame: &Rc<Frame<'a>>, range: TextRange, finalize: bool) -> R<()> {
        let mut print = self.print_at(frame.source.file, range);
        let from = contributors(value);
        if !from.is_empty() {
            print.contributors = from.into();
        }
        match &value.kind {
            Kind::Str(text) => self.emit_str(text, &print),
            Kind::Partial(fragment) => self.emit_fragment(&fragment.clone()),
            Kind::Unknown(reason) => self.emit_hole(reason, print),
            Kind::Undefined(message) if super::unknown::is_soft(message) => {}
            Kind::Undefined(message) => return Err(self.undefined(message, frame, range)),
            Kind::OneOf(options) => {
                let options = options.clone();
                self.print_options(&options, frame, range, finalize)?;
            }
            Kind::Object(object) => match &**object {
                Object::Evaluator(EvaluatorObject::Module, id) => {
                    if let Some(module) = self.modules.get(*id as usize) {
                        let text = module.printed.clone();
                        self.print(&text, frame, range, false)?;
                    }
                }
                Object::Evaluator(EvaluatorObject::Macro, id) => {
                    let name = self.macros.get(*id as usize).map(|one| one.node.name.text.clone()).unwrap_or_default();
                    self.emit(&format!("<Macro '{name}'>"), print);
                }
                Object::Evaluator(EvaluatorObject::Namespace, id) => {
                    let dict: Value = Kind::Dict(python::value::DictId(*id)).into();
                    match python::repr(&self.heap, &dict) {
                        Ok(text) => self.emit(&format!("<Namespace {text}>"), print),
                        Err(_) => self.emit_hole(&"it holds what is not known".into(), print),
                    }
                }
                _ => self.print_python(value, frame, range, finalize)?,
            },
            _ => self.print_python(value, frame, range, finalize)?,
        }
        Ok(())
    }

    fn print_python(&mut self, value: &Value, frame: &Rc<Frame<'a>>, range: TextRange, finalize: bool) -> R<()> {
        let text = if finalize { python::finalize_str(&self.heap, value) } else { python::to_str(&self.heap, value) };
        let mut print = self.print_at(frame.source.file, range);
        let from = contributors(value);
        if !from.is_empty() {
            print.contributors = from.into();
        }
        match text {
            Ok(text) => self.emit(&text, print),
            Err(Fail::Unknown(reason)) => {
                let reason: Arc<str> = if reason.is_empty() { "it holds what is not known".into() } else { reason };
                self.emit_hole(&reason, print);
            }
            Err(Fail::Limit(why)) => {
                self.bound(why, frame, range);
                self.emit_hole(&why.into(), print);
            }
            Err(Fail::Raise(raise)) => return Err(self.thrown(raise, frame, range)),
        }
        Ok(())
    }

    /// Prints alternatives: single-line ones as one piece, else each under its condition.
    #[allow(clippy::too_many_lines, reason = "the steps of one print share their state")]
    fn print_options(
        &mut self,
        options: &[(When, Value)],
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        finalize: bool,
    ) -> R<()> {
        self.partial = true;
        let mut printed: Vec<(When, Fragment)> = Vec::new();
        let mut failed = None;
        for (when, option) in options {
            let Some(inside) = self.when.both(when) else { continue };
            let before = std::mem::replace(&mut self.when, inside);
            let (result, fragment) = self.capture(|this| this.print(option, frame, range, finalize));
            match result {
                Ok(()) => printed.push((when.clone(), fragment)),
                Err(super::halt::Halt::Stopped) => return Err(super::halt::Halt::Stopped),
                Err(halt) if options.len() == 1 => failed = Some(halt),
                Err(halt) => {
                    failed = None;
                    self.caught::<()>(Err(halt))?;
                }
            }
            self.when = before;
        }
        if let Some(halt) = failed {
            return Err(self.surely(halt));
        }
        let base = self.when.clone();
        let mut texts = Some(Vec::new());
        for (when, fragment) in &printed {
            let Some(all) = texts.as_mut() else { break };
            let inside = base.both(when).unwrap_or_else(|| base.clone());
            match Self::inline_texts(fragment, &inside, self.repeated) {
                Some(found) => all.extend(found.into_iter().filter_map(|(w, text)| when.both(&w).map(|w| (w, text)))),
                None => texts = None,
            }
        }
        match texts {
            Some(texts) if texts.len() <= python::value::MAX_ALTERNATIVES => {
                let mut print = self.print_at(frame.source.file, range);
                let mut from = Vec::new();
                for (_, option) in options {
                    for one in contributors(option) {
                        if from.len() < 8 && !from.contains(&one) {
                            from.push(one);
                        }
                    }
                }
                print.contributors = from.into();
                if let [(_, Some(only))] = texts.as_slice() {
                    let only = only.clone();
                    self.emit(&only, print);
                } else {
                    let reason = printed.iter().flat_map(|(_, fragment)| &fragment.pieces).find_map(|piece| {
                        if let crate::PieceKind::Hole(reason) = &piece.kind { Some(reason.clone()) } else { None }
                    });
                    let reason = reason.unwrap_or_else(|| "it depends on what is not known".into());
                    self.emit_choice(texts, &reason, print);
                }
            }
            _ => {
                for (_, fragment) in &printed {
                    self.emit_fragment(fragment);
                }
            }
        }
        Ok(())
    }
}
