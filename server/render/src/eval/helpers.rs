//! Objects with a state of their own: a recursive `loop`, `loop.cycle`, `cycler`, `joiner`.

use std::rc::Rc;

use text::TextRange;

use super::Evaluator;
use super::calls::Arguments;
use super::halt::R;
use super::macros::object;
use super::scope::Frame;
use super::unknown::unknown;
use python::value::{EvaluatorObject, Kind, Object, Raise, Value};

/// `cycler(…)` or `joiner(…)`.
pub(crate) struct Helper {
    pub items: Vec<Value>,
    pub position: usize,
    pub joiner: bool,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn call_loop(
        &mut self,
        id: u32,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let Some(state) = self.loops.get(id as usize) else { return Ok(unknown("a loop that is gone")) };
        let (node, outer, depth) = (state.node, state.frame.clone(), state.depth0 + 1);
        if !node.recursive {
            let text = "The loop must have the 'recursive' marker to be called recursively.";
            return Err(self.thrown(Raise::new("TypeError", text), frame, range));
        }
        let Some(iterable) = arguments.positional.first().cloned() else { return Ok(unknown("nothing to loop over")) };
        if let Kind::Undefined(message) = &iterable.kind {
            return Err(self.undefined(message, frame, range));
        }
        self.call_body(frame, range, |this| this.run_loop(node, &iterable, &outer, depth))
    }

    pub(crate) fn call_helper_method(
        &mut self,
        inner: &Object,
        name: &str,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        match inner {
            Object::Evaluator(EvaluatorObject::Loop, id) if name == "cycle" => {
                if arguments.positional.is_empty() {
                    return Err(self.thrown(Raise::new("TypeError", "no items for cycling given"), frame, range));
                }
                match self.loops.get(*id as usize).and_then(|state| state.index0) {
                    Some(n) => Ok(arguments.positional[n % arguments.positional.len()].clone()),
                    None => Ok(self.derived(frame, range, &arguments.values().collect::<Vec<_>>())),
                }
            }
            Object::Evaluator(EvaluatorObject::Loop, id) => {
                let Some(state) = self.loops.get(*id as usize) else { return Ok(unknown("a loop that is gone")) };
                if state.index0.is_none() {
                    return Ok(self.derived(frame, range, &arguments.values().collect::<Vec<_>>()));
                }
                let before = state.last_changed.clone();
                let equal = before.is_some_and(|before| {
                    before.len() == arguments.positional.len()
                        && before
                            .iter()
                            .zip(&arguments.positional)
                            .all(|(a, b)| python::equals(&self.heap, a, b).unwrap_or(false))
                });
                self.loops[*id as usize].last_changed = Some(arguments.positional.clone());
                Ok(Kind::Bool(!equal).into())
            }
            Object::Evaluator(EvaluatorObject::Helper, id) => {
                let Some(helper) = self.helpers.get_mut(*id as usize) else { return Ok(unknown("gone")) };
                match name {
                    "reset" => {
                        helper.position = 0;
                        Ok(Kind::None.into())
                    }
                    _ => {
                        let value = helper.items[helper.position % helper.items.len()].clone();
                        helper.position = (helper.position + 1) % helper.items.len();
                        Ok(value)
                    }
                }
            }
            _ => Ok(unknown("not evaluated")),
        }
    }

    pub(crate) fn call_joiner(&mut self, id: u32) -> Value {
        let Some(helper) = self.helpers.get_mut(id as usize) else { return unknown("gone") };
        if !helper.joiner {
            return unknown("a cycler is not callable");
        }
        helper.position += 1;
        if helper.position == 1 { Value::str("") } else { helper.items[0].clone() }
    }

    /// `cycler.next`, `cycler.current`.
    pub(crate) fn helper_member(&mut self, id: u32, name: &str) -> Option<Value> {
        let helper = self.helpers.get(id as usize)?;
        match name {
            "current" if !helper.joiner => Some(helper.items[helper.position].clone()),
            "next" | "reset" if !helper.joiner => {
                let receiver = object(EvaluatorObject::Helper, id as usize);
                Some(super::lookup::method(&receiver, name))
            }
            _ => None,
        }
    }
}
