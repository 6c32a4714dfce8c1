//! Tests: known, or split by the answers to atoms.

use std::rc::Rc;

use syntax::jinja::{BinaryOp, CompareOp, Expr, ExprKind, UnaryOp};
use text::TextRange;

use super::Evaluator;
use super::halt::R;
use super::scope::Frame;
use super::unknown::{answer, atom, equals_atom, negate};
use crate::When;
use python::value::{Kind, Object, Value, ViewKind};
use python::{self, Fail};

/// Execution modules that every minion loads.
const ALWAYS_LOADED: [&str; 14] = [
    "cmd", "config", "cp", "defaults", "environ", "event", "grains", "pillar", "saltutil", "slsutil", "state", "sys",
    "test", "match",
];

/// The outcome of a test.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// The same in every rendering.
    Known(bool),
    /// When it holds and when not.
    Split(When, When),
}

impl Decision {
    pub fn not(self) -> Self {
        match self {
            Self::Known(is) => Self::Known(!is),
            Self::Split(yes, no) => Self::Split(no, yes),
        }
    }

    /// The test's value: a boolean, or one under each condition.
    pub fn value(self) -> Value {
        match self {
            Self::Known(is) => Kind::Bool(is).into(),
            Self::Split(yes, no) => {
                Kind::OneOf([(yes, Kind::Bool(true).into()), (no, Kind::Bool(false).into())].into()).into()
            }
        }
    }
}

impl<'a> Evaluator<'a> {
    /// Whether the expression's value is true.
    pub(crate) fn decide(&mut self, e: &'a Expr, frame: &Rc<Frame<'a>>) -> R<Decision> {
        match &*e.kind {
            ExprKind::Unary(UnaryOp::Not, inner) => Ok(self.decide(inner, frame)?.not()),
            ExprKind::Binary(BinaryOp::And, a, b) => self.decide_and(e, a, b, frame, false),
            ExprKind::Binary(BinaryOp::Or, a, b) => self.decide_and(e, a, b, frame, true),
            ExprKind::Compare(first, rest) => self.decide_compare(e, first, rest, frame),
            ExprKind::Test { input, name, args } => self.decide_test(e, input, name, args, frame),
            _ => {
                let value = self.eval(e, frame)?;
                self.truth(&value, frame, e.range)
            }
        }
    }

    /// `a and b`; with `flip`, `a or b` (by De Morgan).
    fn decide_and(&mut self, e: &'a Expr, a: &'a Expr, b: &'a Expr, frame: &Rc<Frame<'a>>, flip: bool) -> R<Decision> {
        let turn = |decision: Decision| if flip { decision.not() } else { decision };
        let first = turn(self.decide(a, frame)?);
        let (yes, no) = match first {
            Decision::Known(false) => return Ok(turn(Decision::Known(false))),
            Decision::Known(true) => return self.decide(b, frame),
            Decision::Split(yes, no) => (yes, no),
        };
        let before = self.when.clone();
        let second = self.under(&yes, false, |this| {
            let result = this.decide(b, frame);
            if this.when == before { result.map(Some) } else { this.caught(result) }
        })?;
        // Where the second test raises, nothing that follows matters.
        let second = second.map(|second| second.unwrap_or(Decision::Known(!flip)));
        let both = match second.map(turn) {
            None | Some(Decision::Known(false)) => Decision::Known(false),
            Some(Decision::Known(true)) => Decision::Split(yes, no),
            Some(Decision::Split(yes2, _)) => match yes.both(&yes2) {
                None => Decision::Known(false),
                Some(all) => {
                    // The whole has an atom of its own, so that its opposite is a conjunction too.
                    let text = format!("({all:?})");
                    let whole = atom(&text, frame.source.slice(e.range));
                    let yes = all.and(&whole, true).unwrap_or(all);
                    Decision::Split(yes, answer(&whole, false))
                }
            },
        };
        Ok(turn(both))
    }

    fn decide_compare(
        &mut self,
        e: &'a Expr,
        first: &'a Expr,
        rest: &'a [(CompareOp, Expr)],
        frame: &Rc<Frame<'a>>,
    ) -> R<Decision> {
        let mut left = self.eval(first, frame)?;
        let mut left_range = first.range;
        let mut all: Option<Decision> = None;
        for (op, right) in rest {
            let value = if matches!(op, CompareOp::In | CompareOp::NotIn) {
                let lenient = std::mem::replace(&mut self.lenient, true);
                let key = left.as_str().map(str::to_owned);
                let value = self.eval_for(right, key.as_deref(), frame);
                self.lenient = lenient;
                value?
            } else {
                self.eval(right, frame)?
            };
            let decision = self.compare(*op, (&left, left_range), (&value, right.range), frame, e.range)?;
            all = Some(match (all, decision) {
                (None, decision) | (Some(Decision::Known(true)), decision) => decision,
                (Some(before), Decision::Known(true)) => before,
                (_, Decision::Known(false)) => return Ok(Decision::Known(false)),
                (Some(Decision::Split(yes, no)), Decision::Split(yes2, _)) => match yes.both(&yes2) {
                    None => Decision::Known(false),
                    Some(yes) => Decision::Split(yes.clone(), if yes.tests().len() == 1 { no } else { negate(&yes) }),
                },
                (Some(Decision::Known(false)), _) => Decision::Known(false),
            });
            if matches!(all, Some(Decision::Known(false))) {
                break;
            }
            left = value;
            left_range = right.range;
        }
        Ok(all.unwrap_or(Decision::Known(true)))
    }

    /// One comparison of two values.
    fn compare(
        &mut self,
        op: CompareOp,
        (a, a_range): (&Value, TextRange),
        (b, b_range): (&Value, TextRange),
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Decision> {
        if let CompareOp::Ne | CompareOp::NotIn = op {
            let positive = if op == CompareOp::Ne { CompareOp::Eq } else { CompareOp::In };
            return Ok(self.compare(positive, (a, a_range), (b, b_range), frame, range)?.not());
        }
        for (value, other, swapped) in [(a, b, false), (b, a, true)] {
            if let Kind::OneOf(options) = &value.kind {
                let options = options.clone();
                return self.decide_options(&options, |this, option| {
                    let (a, b) = if swapped { (other, option) } else { (option, other) };
                    this.compare(op, (a, a_range), (b, b_range), frame, range)
                });
            }
        }
        for (value, range) in [(a, a_range), (b, b_range)] {
            if let (Kind::Undefined(message), false) = (&value.kind, op == CompareOp::In)
                && !(op == CompareOp::Eq && super::unknown::is_soft(message))
            {
                return Err(self.undefined(message, frame, range));
            }
        }
        if op == CompareOp::In {
            if is_constant(a)
                && let Some(from) =
                    b.source.as_ref().and_then(|source| super::unknown::child(source, &self.key_part(a)))
                && !matches!(b.kind, Kind::Str(_) | Kind::List(_))
            {
                self.record_contributor(&from, frame, a_range, true);
            }
            if let Some(decision) = self.decide_membership(a, b) {
                return Ok(decision);
            }
        }
        let unknown = |value: &Value| matches!(value.kind, Kind::Unknown(_) | Kind::Partial(_));
        if !unknown(a) && !unknown(b) {
            let result = python::compare(&mut self.heap, op, a, b);
            if let Ok(is) = self.known(result, frame, range)? {
                return Ok(Decision::Known(is));
            }
        }
        self.partial = true;
        if op == CompareOp::Eq {
            for (value, other) in [(a, b), (b, a)] {
                if unknown(value) && is_constant(other) {
                    let (subject, constant) = (self.subject(value), self.subject_of_constant(other));
                    let atom = equals_atom(&subject, &constant);
                    return Ok(Decision::Split(answer(&atom, true), answer(&atom, false)));
                }
            }
        }
        let word = match op {
            CompareOp::Eq | CompareOp::Ne => "==",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
            CompareOp::In | CompareOp::NotIn => "in",
        };
        let text = format!("{} {word} {}", self.subject(a), self.subject(b));
        Ok(split(&text))
    }

    /// `a OP b` for a test of that name.
    pub(crate) fn compare_values(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Decision> {
        self.compare(op, (a, range), (b, range), frame, range)
    }

    fn subject_of_constant(&self, value: &Value) -> String {
        python::repr(&self.heap, value).unwrap_or_default()
    }

    /// `item in container` where slots are conditional, or the container is unknown or a constant
    /// list and the item unknown.
    #[allow(clippy::too_many_lines, reason = "one arm per kind of container")]
    fn decide_membership(&mut self, item: &Value, container: &Value) -> Option<Decision> {
        match &container.kind {
            Kind::Object(object) if matches!(&**object, Object::Salt) => {
                let name = item.as_str().map_or_else(|| self.subject(item), str::to_owned);
                if ALWAYS_LOADED.contains(&name.split('.').next().unwrap_or_default()) && name.contains('.') {
                    return Some(Decision::Known(true));
                }
                if self.is_nowhere(&name) {
                    return Some(Decision::Known(false));
                }
                self.partial = true;
                Some(split(&format!("'{name}' in salt")))
            }
            Kind::Unknown(_) if is_constant(item) => {
                let key = self.key_part(item);
                let source = container.source.as_ref()?;
                Some(self.decide_present(&super::unknown::child(source, &key)?))
            }
            Kind::Dict(id) => {
                let key = python::key_of(&self.heap, item).ok()?;
                let data = self.heap.get_dict(*id);
                match data.entries.get(&key) {
                    Some((_, slot)) if matches!(slot.value.kind, Kind::OneOf(_)) || !slot.when.is_always() => {
                        let (value, when) = (slot.value.clone(), slot.when.clone());
                        Some(self.slot_present(&value, &when))
                    }
                    Some(_) => Some(Decision::Known(true)),
                    None if data.open.is_some() => {
                        let text = format!("{} in {}", self.subject(item), self.subject(container));
                        Some(split(&text))
                    }
                    None => None,
                }
            }
            Kind::List(_) | Kind::Tuple(_) if matches!(item.kind, Kind::Unknown(_)) => {
                let items: Vec<Value> = match &container.kind {
                    Kind::List(id) => {
                        let data = self.heap.get_list(*id);
                        let plain = |slot: &python::value::Slot| slot.when.is_always() && !slot.repeated;
                        if data.open || !data.items.iter().all(plain) {
                            return None;
                        }
                        data.items.iter().map(|slot| slot.value.clone()).collect()
                    }
                    Kind::Tuple(items) => items.to_vec(),
                    _ => return None,
                };
                if !items.iter().all(is_constant) {
                    return None;
                }
                self.partial = true;
                let subject = self.subject(item);
                match items.as_slice() {
                    [] => Some(Decision::Known(false)),
                    [one] => {
                        let atom = equals_atom(&subject, &self.subject_of_constant(one));
                        Some(Decision::Split(answer(&atom, true), answer(&atom, false)))
                    }
                    many => {
                        let all: Vec<String> = many.iter().map(|one| self.subject_of_constant(one)).collect();
                        let text = format!("{subject} in [{}]", all.join(", "));
                        let whole = atom(&text, &text);
                        // Not in the list: equal to none of its items.
                        let mut no = answer(&whole, false);
                        for one in &all {
                            no = no.and(&equals_atom(&subject, one), false).unwrap_or(no);
                        }
                        Some(Decision::Split(answer(&whole, true), no))
                    }
                }
            }
            _ => None,
        }
    }

    /// Whether a key of something unknown is there.
    pub(crate) fn decide_present(&mut self, key: &python::origin::Contributor) -> Decision {
        self.partial = true;
        split(&format!("{} is set", super::unknown::name_of(key)))
    }

    fn slot_present(&mut self, value: &Value, when: &When) -> Decision {
        let mut missing: Vec<When> = Vec::new();
        if let Kind::OneOf(options) = &value.kind {
            missing
                .extend(options.iter().filter(|(_, v)| matches!(v.kind, Kind::Undefined(_))).map(|(w, _)| w.clone()));
        }
        match (when.is_always(), missing.as_slice()) {
            (true, []) => Decision::Known(true),
            (true, [one]) => Decision::Split(negate(one), one.clone()),
            _ => Decision::Split(when.clone(), negate(when)),
        }
        .narrowed(&self.when)
    }

    /// `bool(value)`.
    pub(crate) fn truth(&mut self, value: &Value, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Decision> {
        match &value.kind {
            Kind::OneOf(options) => {
                let options = options.clone();
                self.decide_options(&options, |this, option| this.truth(option, frame, range))
            }
            Kind::Undefined(message) if super::unknown::is_soft(message) => Ok(Decision::Known(false)),
            Kind::Undefined(message) => Err(self.undefined(message, frame, range)),
            Kind::Unknown(_) => {
                self.partial = true;
                Ok(split(&format!("{} is true", self.subject(value))).renamed(&self.subject(value)))
            }
            Kind::Partial(fragment) => {
                let certain = fragment.pieces.iter().any(|piece| {
                    matches!(piece.kind, crate::PieceKind::Exact | crate::PieceKind::Derived)
                        && !piece.repeated
                        && piece.when.implied_by(&self.when)
                });
                if certain {
                    return Ok(Decision::Known(true));
                }
                self.partial = true;
                Ok(split(&format!("{} is true", self.subject(value))))
            }
            Kind::List(id) | Kind::Set(id) => {
                let data = self.heap.get_list(*id);
                let slots: Vec<(When, bool)> = data.items.iter().map(|s| (s.when.clone(), s.repeated)).collect();
                Ok(self.filled(&slots, data.open, value))
            }
            Kind::Dict(id) => Ok(self.dict_filled(*id, value)),
            Kind::Object(object) => match &**object {
                Object::View(id, ViewKind::Keys | ViewKind::Items | ViewKind::Values) => {
                    Ok(self.dict_filled(*id, value))
                }
                Object::Evaluator(..) | Object::Salt | Object::SaltFunction(_) | Object::Method(..) => {
                    Ok(Decision::Known(true))
                }
                _ => self.python_truth(value, frame, range),
            },
            _ => self.python_truth(value, frame, range),
        }
    }

    fn dict_filled(&mut self, id: python::value::DictId, value: &Value) -> Decision {
        let data = self.heap.get_dict(id);
        let slots: Vec<(When, bool)> = data.entries.values().map(|(_, s)| (s.when.clone(), s.repeated)).collect();
        self.filled(&slots, data.open.is_some(), value)
    }

    fn python_truth(&mut self, value: &Value, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Decision> {
        match python::truthy(&self.heap, value) {
            Ok(is) => Ok(Decision::Known(is)),
            Err(Fail::Raise(raise)) => Err(self.thrown(raise, frame, range)),
            Err(fail) => {
                if let Fail::Limit(why) = fail {
                    self.bound(why, frame, range);
                }
                self.partial = true;
                Ok(split(&format!("{} is true", frame.source.slice(range))))
            }
        }
    }

    /// Whether a collection with these slots has items.
    fn filled(&mut self, slots: &[(When, bool)], open: bool, value: &Value) -> Decision {
        if slots.iter().any(|(when, repeated)| !repeated && when.implied_by(&self.when)) {
            return Decision::Known(true);
        }
        match (slots, open) {
            ([], false) => Decision::Known(false),
            ([(when, false)], false) => Decision::Split(when.clone(), negate(when)).narrowed(&self.when),
            _ => {
                self.partial = true;
                let whens: Vec<String> = slots.iter().map(|(when, _)| format!("{when:?}")).collect();
                split(&format!("{} has items ({})", self.subject(value), whens.join("; ")))
            }
        }
    }

    /// A test over alternatives: exact where one alternative decides.
    pub(crate) fn decide_options(
        &mut self,
        options: &[(When, Value)],
        mut test: impl FnMut(&mut Self, &Value) -> R<Decision>,
    ) -> R<Decision> {
        let (mut yes, mut no): (Vec<When>, Vec<When>) = (Vec::new(), Vec::new());
        let mut failed = None;
        let mut any = false;
        for (when, option) in options {
            let decision = match self.under(when, false, |this| test(this, option)) {
                Ok(Some(decision)) => decision,
                Ok(None) => continue,
                Err(super::halt::Halt::Stopped) => return Err(super::halt::Halt::Stopped),
                Err(raise) => {
                    failed = Some(raise);
                    continue;
                }
            };
            any = true;
            match decision {
                Decision::Known(true) => yes.push(when.clone()),
                Decision::Known(false) => no.push(when.clone()),
                Decision::Split(a, b) => {
                    yes.extend(when.both(&a));
                    no.extend(when.both(&b));
                }
            }
        }
        if let (Some(raise), false) = (failed, any) {
            return Err(self.surely(raise));
        }
        Ok(match (yes.as_slice(), no.as_slice()) {
            (_, []) => Decision::Known(true),
            ([], _) => Decision::Known(false),
            ([yes], [no]) => Decision::Split(yes.clone(), no.clone()),
            ([yes], _) => Decision::Split(yes.clone(), negate(yes)),
            (_, [no]) => Decision::Split(negate(no), no.clone()),
            (yes, _) => {
                let all: Vec<String> = yes.iter().map(|when| format!("({when:?})")).collect();
                split(&all.join(" or "))
            }
        })
    }
}

impl Decision {
    /// Known where the path leaves only one answer.
    fn narrowed(self, path: &When) -> Self {
        match &self {
            Self::Split(yes, no) => match (path.both(yes), path.both(no)) {
                (Some(_), None) => Self::Known(true),
                (None, Some(_)) => Self::Known(false),
                _ => self,
            },
            Self::Known(_) => self,
        }
    }

    fn renamed(self, text: &str) -> Self {
        match self {
            Self::Split(yes, _) if yes.tests().len() == 1 => {
                let mut atom = yes.tests()[0].0.clone();
                atom.text = text.into();
                Self::Split(answer(&atom, true), answer(&atom, false))
            }
            other => other,
        }
    }
}

/// A test that nothing more is known of, identified by its text.
pub(crate) fn split(text: &str) -> Decision {
    let atom = atom(text, text);
    Decision::Split(answer(&atom, true), answer(&atom, false))
}

/// Whether a value is a constant that tests may compare with.
pub(crate) fn is_constant(value: &Value) -> bool {
    matches!(
        value.kind,
        Kind::Str(_) | Kind::Int(_) | Kind::Bool(_) | Kind::None | Kind::Float(_) | Kind::Big(_) | Kind::Bytes(_)
    )
}
