//! What is not known: values with a reason and a source, the tests on them as atoms.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;
use smol_str::SmolStr;
use text::TextRange;

use super::Evaluator;
use super::scope::Frame;
use crate::{Atom, When};
use python::KeyPart;
use python::origin::Contributor;
use python::value::{Kind, Source, Value};

/// At most so many contributors are kept.
const MAX_CONTRIBUTORS: usize = 8;

/// A source of one contributor.
pub(crate) fn from_one(from: Contributor) -> Arc<Source> {
    Arc::new(Source { from, also: Vec::new() })
}

/// An unknown value that came from `from`.
pub(crate) fn from_contributor(from: Contributor) -> Value {
    let reason = match &from {
        Contributor::Pillar(key) if key.is_root() => "the pillar is not known".to_owned(),
        Contributor::Pillar(key) => format!("pillar '{key}' is not known"),
        Contributor::Grain(key) if key.is_root() => "the grains are not known".to_owned(),
        Contributor::Grain(key) => format!("grain '{key}' is not known"),
        Contributor::Call(call) => format!("{call} is not evaluated"),
        Contributor::Literal(path, _) => format!("a value of {path} is not known"),
    };
    Value { kind: Kind::Unknown(reason.into()), source: Some(from_one(from)) }
}

/// An unknown value without a source.
pub(crate) fn unknown(reason: &str) -> Value {
    Kind::Unknown(reason.into()).into()
}

/// The source of `key` inside what has this source.
pub(crate) fn child(source: &Source, key: &KeyPart) -> Option<Contributor> {
    match &source.from {
        Contributor::Pillar(path) => Some(Contributor::Pillar(path.child(key.clone()))),
        Contributor::Grain(path) => Some(Contributor::Grain(path.child(key.clone()))),
        Contributor::Call(call) if !call.starts_with('`') => Some(Contributor::Call(format!("{call}:{key}"))),
        _ => None,
    }
}

/// All contributors of a value, nearest first.
pub(crate) fn contributors(value: &Value) -> Vec<Contributor> {
    let mut all: Vec<Contributor> = Vec::new();
    let mut add = |source: &Source| {
        let own = !matches!(&source.from, Contributor::Call(call) if call.starts_with('`'));
        for one in own.then_some(&source.from).into_iter().chain(&source.also) {
            if all.len() < MAX_CONTRIBUTORS && !all.contains(one) {
                all.push(one.clone());
            }
        }
    };
    if let Some(source) = &value.source {
        add(source);
    }
    match &value.kind {
        Kind::OneOf(options) => options.iter().filter_map(|(_, option)| option.source.as_ref()).for_each(|s| add(s)),
        Kind::Partial(fragment) => {
            for piece in &fragment.pieces {
                for one in piece.contributors.iter() {
                    if all.len() < MAX_CONTRIBUTORS && !all.contains(one) {
                        all.push(one.clone());
                    }
                }
            }
        }
        _ => {}
    }
    all
}

/// How people name a source.
pub(crate) fn name_of(from: &Contributor) -> String {
    match from {
        Contributor::Pillar(key) => format!("pillar['{key}']"),
        Contributor::Grain(key) => format!("grains['{key}']"),
        Contributor::Call(call) => call.clone(),
        Contributor::Literal(path, range) => format!("{path}:{range:?}"),
    }
}

pub(crate) use python::is_soft;

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The atom of a test, identified by its text.
pub(crate) fn atom(identity: &str, text: &str) -> Atom {
    Atom { id: hash(identity), equals: None, text: SmolStr::new(text) }
}

/// The atom `subject == constant`.
pub(crate) fn equals_atom(subject: &str, constant: &str) -> Atom {
    let text = format!("{subject} == {constant}");
    Atom { id: hash(&text), equals: Some((hash(subject), hash(constant))), text: text.into() }
}

/// The condition that the atom has this answer.
pub(crate) fn answer(atom: &Atom, answer: bool) -> When {
    When::ALWAYS.and(atom, answer).unwrap_or_default()
}

/// The opposite of a condition: exact for one test, else an atom of its own.
pub(crate) fn negate(when: &When) -> When {
    match when.tests() {
        [] => answer(&atom("never", "never"), true),
        [(test, is)] => answer(test, !is),
        _ => {
            let text = format!("({when:?})");
            answer(&atom(&text, &text), false)
        }
    }
}

impl<'a> Evaluator<'a> {
    /// What identifies a value in a test: where it came from, else what it is.
    pub(crate) fn subject(&self, value: &Value) -> String {
        if let Some(source) = &value.source {
            let mut text = name_of(&source.from);
            if text.starts_with('`') {
                for one in &source.also {
                    text.push(' ');
                    text.push_str(&name_of(one));
                }
            }
            return text;
        }
        match &value.kind {
            Kind::Unknown(reason) => reason.to_string(),
            Kind::OneOf(options) => {
                let all: Vec<String> =
                    options.iter().map(|(when, option)| format!("{}[{when:?}]", self.subject(option))).collect();
                format!("one of {}", all.join(", "))
            }
            Kind::Partial(fragment) => {
                let from: Vec<String> = contributors(value).iter().map(name_of).collect();
                format!("{} {}", fragment.text, from.join(" "))
            }
            Kind::List(_) | Kind::Dict(_) | Kind::Set(_) | Kind::Tuple(_) => match python::repr(&self.heap, value) {
                Ok(text) if text.len() <= 60 => text,
                _ => {
                    let mut hasher = FxHasher::default();
                    self.hash_content(value, &mut hasher, &mut 2000);
                    let brackets = if matches!(value.kind, Kind::Dict(_)) { ('{', '}') } else { ('[', ']') };
                    format!("{}…{:08x}{}", brackets.0, hasher.finish() >> 32, brackets.1)
                }
            },
            Kind::Object(object) => match &**object {
                python::value::Object::Evaluator(kind, _) => format!("<{kind:?}>"),
                python::value::Object::View(id, _) => {
                    let dict = Value { kind: Kind::Dict(*id), source: value.source.clone() };
                    self.subject(&dict)
                }
                _ => "<object>".into(),
            },
            _ => python::repr(&self.heap, value).unwrap_or_else(|_| "<value>".into()),
        }
    }

    /// Hashes what a value holds, the same in every evaluation that gives it the same content.
    fn hash_content(&self, value: &Value, hasher: &mut FxHasher, budget: &mut u32) {
        *budget = budget.saturating_sub(1);
        if *budget == 0 {
            return;
        }
        match &value.kind {
            Kind::List(id) | Kind::Set(id) => {
                for slot in &self.heap.get_list(*id).items {
                    slot.when.hash(hasher);
                    self.hash_content(&slot.value, hasher, budget);
                }
            }
            Kind::Tuple(items) => items.iter().for_each(|item| self.hash_content(item, hasher, budget)),
            Kind::Dict(id) => {
                for (key, (_, slot)) in &self.heap.get_dict(*id).entries {
                    key.hash(hasher);
                    slot.when.hash(hasher);
                    self.hash_content(&slot.value, hasher, budget);
                }
            }
            Kind::OneOf(options) => {
                for (when, option) in options.iter() {
                    when.hash(hasher);
                    self.hash_content(option, hasher, budget);
                }
            }
            _ => self.subject(value).hash(hasher),
        }
    }

    /// What an expression over partly unknown operands gives when nothing more can be said.
    pub(crate) fn derived(&mut self, frame: &Frame<'a>, range: TextRange, operands: &[&Value]) -> Value {
        let mut also: Vec<Contributor> = Vec::new();
        let mut reason: Option<Arc<str>> = None;
        for operand in operands {
            for one in contributors(operand) {
                if also.len() < MAX_CONTRIBUTORS && !also.contains(&one) {
                    also.push(one);
                }
            }
            let found = match &operand.kind {
                Kind::Unknown(reason) => Some(reason.clone()),
                Kind::OneOf(options) => options.iter().find_map(|(_, option)| match &option.kind {
                    Kind::Unknown(reason) => Some(reason.clone()),
                    _ => None,
                }),
                _ => None,
            };
            reason = reason.or(found);
        }
        self.partial = true;
        let text: String = frame.source.slice(range).chars().take(80).collect();
        let reason = reason.unwrap_or_else(|| "it depends on what is not known".into());
        let from = Contributor::Call(format!("`{text}`"));
        Value { kind: Kind::Unknown(reason), source: Some(Arc::new(Source { from, also })) }
    }
}
