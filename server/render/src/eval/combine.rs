//! Operators over values of which something is not known: distributed over alternatives, texts put
//! together piece by piece, else unknown.

use std::rc::Rc;

use syntax::jinja::BinaryOp;
use text::TextRange;

use super::Evaluator;
use super::branch::{Ran, one_of};
use super::halt::{Halt, R};
use super::scope::Frame;
use crate::When;
use python::value::{Kind, Value};
use python::{self, Fail, Res};

/// Combinations of alternatives after which a result is unknown.
const MAX_COMBINATIONS: usize = 64;

impl<'a> Evaluator<'a> {
    /// Runs `run` for each alternative under its condition and joins results and changes. An
    /// exception ends its alternative; if it ends all of them, it is the result.
    pub(crate) fn each<T>(
        &mut self,
        options: impl IntoIterator<Item = (When, T)>,
        mut run: impl FnMut(&mut Self, T) -> R<Value>,
    ) -> R<Value> {
        let mut results: Vec<(When, Value)> = Vec::new();
        let mut arms: Vec<Ran> = Vec::new();
        let mut failed: Vec<(When, Halt)> = Vec::new();
        for (when, option) in options {
            match self.branch(&when, false, |this| Ok(run(this, option)))? {
                None => {}
                Some((Ok(value), ran)) => {
                    results.push((when, value));
                    arms.push(ran);
                }
                Some((Err(Halt::Stopped), _)) => return Err(Halt::Stopped),
                Some((Err(halt), ran)) => {
                    arms.push(ran);
                    failed.push((when, halt));
                }
            }
        }
        if results.is_empty() {
            return match failed.into_iter().next() {
                Some((_, halt)) => Err(self.surely(halt)),
                None => Ok(super::unknown::unknown("no alternative is possible here")),
            };
        }
        for (when, halt) in failed {
            self.under(&when, false, |this| this.caught::<()>(Err(halt)))?;
        }
        if arms.iter().any(|ran| !ran.changes.is_empty()) {
            self.join_heap(arms);
        }
        Ok(one_of(results))
    }

    /// Applies `op` to operands: to each combination of their alternatives; unknown where one of
    /// them is, or where `op` says so.
    pub(crate) fn apply(
        &mut self,
        operands: &[Value],
        ranges: &[TextRange],
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        op: &mut dyn FnMut(&mut Self, &[Value]) -> Res<Value>,
    ) -> R<Value> {
        let mut combinations = 1_usize;
        for operand in operands {
            if let Kind::OneOf(options) = &operand.kind {
                combinations = combinations.saturating_mul(options.len().max(1));
            }
        }
        if combinations > MAX_COMBINATIONS {
            return Ok(self.derived(frame, range, &operands.iter().collect::<Vec<_>>()));
        }
        self.apply_each(operands.to_vec(), ranges, frame, range, op)
    }

    fn apply_each(
        &mut self,
        operands: Vec<Value>,
        ranges: &[TextRange],
        frame: &Rc<Frame<'a>>,
        range: TextRange,
        op: &mut dyn FnMut(&mut Self, &[Value]) -> Res<Value>,
    ) -> R<Value> {
        let split = operands.iter().position(|operand| matches!(operand.kind, Kind::OneOf(_)));
        if let Some(n) = split
            && let Kind::OneOf(options) = &operands[n].kind
        {
            let options = options.clone();
            return self.each(options.iter().cloned(), |this, option| {
                let mut operands = operands.clone();
                operands[n] = option;
                this.apply_each(operands, ranges, frame, range, op)
            });
        }
        if operands.iter().any(|operand| matches!(operand.kind, Kind::Unknown(_) | Kind::Partial(_))) {
            // An undefined operand fails whatever the others are.
            for (n, operand) in operands.iter().enumerate() {
                if let Kind::Undefined(message) = &operand.kind {
                    return Err(self.undefined(message, frame, ranges.get(n).copied().unwrap_or(range)));
                }
            }
            return Ok(self.derived(frame, range, &operands.iter().collect::<Vec<_>>()));
        }
        match op(self, &operands) {
            Ok(value) => Ok(value),
            Err(Fail::Limit(why)) => {
                self.bound(why, frame, range);
                Ok(self.derived(frame, range, &operands.iter().collect::<Vec<_>>()))
            }
            Err(Fail::Unknown(_)) => Ok(self.derived(frame, range, &operands.iter().collect::<Vec<_>>())),
            Err(Fail::Raise(raise)) => {
                let at = operands.iter().position(
                    |operand| matches!(&operand.kind, Kind::Undefined(message) if **message == *raise.message),
                );
                let at = at.and_then(|n| ranges.get(n).copied()).unwrap_or(range);
                Err(self.thrown(raise, frame, at))
            }
        }
    }

    /// `a OP b`.
    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        operands: [Value; 2],
        ranges: [TextRange; 2],
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let textual = |value: &Value| matches!(value.kind, Kind::Str(_) | Kind::Partial(_));
        let unknown = |value: &Value| matches!(value.kind, Kind::Unknown(_) | Kind::Partial(_));
        if op == BinaryOp::Add
            && ((textual(&operands[0]) && unknown(&operands[1])) || (unknown(&operands[0]) && textual(&operands[1])))
        {
            return self.concat(&operands, &ranges, frame, range);
        }
        if op == BinaryOp::Add
            && let Some(value) = self.add_lists(&operands)
        {
            return Ok(value);
        }
        if op == BinaryOp::Mod
            && let Some(format) = operands[0].as_str()
            && let Some(value) = self.percent(format, &operands[0], &operands[1], frame, range)?
        {
            return Ok(value);
        }
        self.apply(&operands, &ranges, frame, range, &mut |this, values| {
            python::binary(&mut this.heap, op, &values[0], &values[1])
        })
    }

    /// `a + b` of lists with conditional or unknown items, or with an unknown list.
    fn add_lists(&mut self, operands: &[Value; 2]) -> Option<Value> {
        let mut items = Vec::new();
        let mut open = false;
        let mut special = false;
        let mut lists = 0;
        for operand in operands {
            match &operand.kind {
                Kind::List(id) => {
                    let data = self.heap.get_list(*id);
                    special |= data.open || data.items.iter().any(|slot| !slot.when.is_always() || slot.repeated);
                    open |= data.open;
                    items.extend(data.items.iter().cloned());
                    lists += 1;
                }
                Kind::Unknown(_) => {
                    special = true;
                    open = true;
                }
                _ => return None,
            }
        }
        if !special || lists == 0 {
            return None;
        }
        let list = self.heap.list([]);
        if let Kind::List(id) = &list.kind {
            let data = self.heap.list_mut(*id);
            data.items = items;
            data.open = open;
        }
        Some(list)
    }

    /// `'…%s…' % value` where the value is not known: the text around stays.
    fn percent(
        &mut self,
        format: &str,
        text: &Value,
        value: &Value,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Option<Value>> {
        let values: Vec<Value> = match &value.kind {
            Kind::Tuple(values) => values.to_vec(),
            _ => vec![value.clone()],
        };
        let not_known = |value: &Value| matches!(value.kind, Kind::Unknown(_) | Kind::Partial(_));
        if !values.iter().any(not_known) || format.matches('%').count() != values.len() {
            return Ok(None);
        }
        let Kind::Str(text) = &text.kind else { return Ok(None) };
        let mut parts: Vec<Value> = Vec::new();
        let mut start = 0;
        for value in values {
            let Some(at) = format[start..].find('%').map(|at| start + at) else { return Ok(None) };
            if format.as_bytes().get(at + 1) != Some(&b's') {
                return Ok(None);
            }
            parts.push(Kind::Str(text.cut(start, at)).into());
            parts.push(value);
            start = at + 2;
        }
        parts.push(Kind::Str(text.cut(start, format.len())).into());
        let ranges = vec![range; parts.len()];
        self.concat(&parts, &ranges, frame, range).map(Some)
    }

    /// `a ~ b ~ …`: known text, or text with holes and alternatives.
    pub(crate) fn concat(
        &mut self,
        parts: &[Value],
        ranges: &[TextRange],
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let mut parts = std::borrow::Cow::Borrowed(parts);
        for (n, at) in ranges.iter().enumerate() {
            if let Some(Kind::Undefined(message)) = parts.get(n).map(|part| &part.kind) {
                if !super::unknown::is_soft(message) {
                    return Err(self.undefined(message, frame, *at));
                }
                parts.to_mut()[n] = Value::str("");
            }
        }
        let parts = &*parts;
        let plain = |part: &Value| !matches!(part.kind, Kind::Unknown(_) | Kind::Partial(_) | Kind::OneOf(_));
        if parts.iter().all(plain)
            && let Ok(value) = python::concat(&self.heap, parts)
        {
            return Ok(value);
        }
        let open = |part: &Value| match &part.kind {
            Kind::OneOf(options) => {
                options.iter().any(|(_, option)| matches!(option.kind, Kind::Unknown(_) | Kind::Partial(_)))
            }
            kind => matches!(kind, Kind::Unknown(_) | Kind::Partial(_)),
        };
        if !parts.iter().any(open) {
            let known: Vec<Value> = parts.to_vec();
            return self.apply(&known, ranges, frame, range, &mut |this, values| python::concat(&this.heap, values));
        }
        // Alternatives stay apart, so that what is known of each stays known.
        let options_of = |part: &Value| if let Kind::OneOf(options) = &part.kind { options.len() } else { 1 };
        let combinations = parts.iter().map(options_of).try_fold(1_usize, usize::checked_mul);
        if combinations.is_some_and(|count| count > 1 && count <= python::value::MAX_ALTERNATIVES)
            && let Some(n) = parts.iter().position(|part| matches!(part.kind, Kind::OneOf(_)))
            && let Kind::OneOf(options) = &parts[n].kind
        {
            let options = options.clone();
            return self.each(options.iter().cloned(), |this, option| {
                let mut parts = parts.to_vec();
                parts[n] = option;
                this.concat(&parts, ranges, frame, range)
            });
        }
        let (result, printed) = self.capture(|this| -> R<()> {
            for (part, at) in parts.iter().zip(ranges) {
                this.print(part, frame, *at, false)?;
            }
            Ok(())
        });
        result?;
        Ok(self.text_value(printed))
    }
}
