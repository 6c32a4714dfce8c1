//! Fingerprints of what rendering gives: by content, cheap enough for every rendering.

use python::key_path::KeyPath;
use python::origin::Contributor;
use smol_str::SmolStr;
use world::{Fingerprint, Hasher};

use crate::{Node, NodeKind, Origin, PatternPart, PieceKind, Problem, Rendered, SourceKind, Top, Use, When};

/// All of a rendering, for questions whose answers follow from it. What YAML made of the output follows from the output, so only that is read.
#[must_use]
pub fn rendered(answer: &Rendered) -> Fingerprint {
    let mut hasher = Hasher::default();
    hasher.field(answer.path.as_str().as_bytes()).number(answer.kind as u64);
    for part in &answer.pipe {
        hasher.field(part.as_bytes());
    }
    let output = &*answer.output;
    hasher.field(output.text.as_bytes()).number(output.pieces.len() as u64);
    for piece in &output.pieces {
        let kind = match &piece.kind {
            PieceKind::Exact => 0,
            PieceKind::Derived => 1,
            PieceKind::Hole(_) => 2,
            PieceKind::Choice(_) => 3,
        };
        hasher.number(kind | u64::from(piece.repeated) << 8 | u64::from(piece.file.0) << 32);
        hasher.number(u64::from(piece.at.start) << 32 | u64::from(piece.at.end));
        hasher.number(u64::from(piece.range.start) << 32 | u64::from(piece.range.end));
        hasher.number(piece.chain.map_or(u64::MAX, u64::from));
        if let Some(site) = &piece.site {
            hasher.number(u64::from(site.file.0) << 32 | u64::from(site.chain.unwrap_or(u32::MAX)));
            hasher.number(u64::from(site.range.start) << 32 | u64::from(site.range.end));
        }
        when(&mut hasher, &piece.when);
        match &piece.kind {
            PieceKind::Exact | PieceKind::Derived => {}
            PieceKind::Hole(reason) => drop(hasher.field(reason.as_bytes())),
            PieceKind::Choice(alternatives) => {
                hasher.number(alternatives.len() as u64);
                for (condition, text) in alternatives.iter() {
                    when(&mut hasher, condition);
                    match text {
                        Some(text) => hasher.field(text.as_bytes()),
                        None => hasher.number(u64::MAX),
                    };
                }
            }
        }
        contributors(&mut hasher, &piece.contributors);
    }
    for file in &output.files {
        hasher.field(file.as_str().as_bytes());
    }
    hasher.number(output.chains.len() as u64);
    for (file, range, outer) in &output.chains {
        hasher.number(u64::from(file.0)).number(u64::from(range.start) << 32 | u64::from(range.end));
        hasher.number(outer.map_or(u64::MAX, u64::from));
    }
    problems(&mut hasher, &answer.problems);
    hasher.number(u64::from(answer.partial) << 1 | u64::from(answer.complete));
    uses(&mut hasher, &answer.uses);
    hasher.finish()
}

/// What the top files give.
pub(crate) fn top(answer: &Top) -> Fingerprint {
    let mut hasher = Hasher::default();
    for envs in [&answer.states, &answer.pillar] {
        hasher.number(envs.len() as u64);
        for env in envs {
            hasher.field(env.saltenv.as_bytes()).number(env.sls.len() as u64);
            for one in &env.sls {
                parts(&mut hasher, &one.name.0);
                parts(&mut hasher, &one.target.0);
                origin(&mut hasher, &one.origin);
                when(&mut hasher, &one.when);
                hasher.number(u64::from(one.matched) << 1 | u64::from(one.ignore_missing));
            }
        }
    }
    problems(&mut hasher, &answer.errors);
    for file in &answer.files {
        hasher.field(file.as_str().as_bytes());
    }
    hasher.number(u64::from(answer.partial));
    hasher.finish()
}

/// Reads of things outside the template.
pub(crate) fn uses(hasher: &mut Hasher, uses: &[Use]) {
    hasher.number(uses.len() as u64);
    for used in uses {
        hasher.number(used.kind as u64 | u64::from(used.has_default) << 8);
        parts(hasher, &used.name.0);
        keys(hasher, &used.path);
        origin(hasher, &used.origin);
        when(hasher, &used.when);
        hasher.field(used.target.as_ref().map_or(&[], |path| path.as_str().as_bytes()));
    }
}

/// Findings.
pub(crate) fn problems(hasher: &mut Hasher, problems: &[Problem]) {
    hasher.number(problems.len() as u64);
    for problem in problems {
        hasher.number(problem.code as u64).field(problem.message.as_bytes());
        origin(hasher, &problem.origin);
        hasher.number(problem.related.len() as u64);
        for related in &problem.related {
            origin(hasher, &related.origin);
            hasher.field(related.message.as_bytes());
        }
        when(hasher, &problem.when);
        hasher.number(u64::from(problem.certain));
    }
}

/// A value; its places too if `origins`.
pub(crate) fn node(hasher: &mut Hasher, value: &Node, origins: bool) {
    when(hasher, &value.when);
    hasher.number(u64::from(value.repeated));
    if origins {
        origin(hasher, &value.origin);
    }
    let mut all = |tag: u64, nodes: &[Node]| {
        hasher.number(tag).number(nodes.len() as u64);
        nodes.iter().for_each(|item| node(hasher, item, origins));
    };
    match &value.kind {
        NodeKind::List(items) => all(10, items),
        NodeKind::Set(items) => all(11, items),
        NodeKind::Choice(items) => all(12, items),
        NodeKind::Map(entries) => {
            hasher.number(13).number(entries.len() as u64);
            for (key, item) in entries {
                node(hasher, key, origins);
                node(hasher, item, origins);
            }
        }
        NodeKind::Null => drop(hasher.number(0)),
        NodeKind::Bool(value) => drop(hasher.number(1 + u64::from(*value))),
        NodeKind::Int(value) => drop(hasher.number(3).field(&value.to_signed_bytes_le())),
        NodeKind::Float(value) => drop(hasher.number(4).number(value.to_bits())),
        NodeKind::Str(text) => {
            hasher.number(5);
            parts(hasher, &text.0);
        }
        NodeKind::Binary(bytes) => drop(hasher.number(6).field(bytes)),
        NodeKind::Unknown(reason) => drop(hasher.number(7).field(reason.as_bytes())),
    }
}

/// What a look-up of the keys `path` can see of `value`, without places: the value there, or where
/// the path ends early all that it depends on.
pub(crate) fn part(hasher: &mut Hasher, value: &Node, path: &[SmolStr]) {
    let (Some((first, rest)), NodeKind::Map(entries)) = (path.split_first(), &value.kind) else {
        return node(hasher, value, false);
    };
    hasher.number(20);
    when(hasher, &value.when);
    for (key, item) in entries {
        let fits = match &key.kind {
            NodeKind::Str(text) => text.matches(first),
            // Other keys than text may be found by their text; a few hashes too many do no harm.
            _ => true,
        };
        if fits {
            node(hasher, key, false);
            part(hasher, item, rest);
        }
    }
}

fn parts(hasher: &mut Hasher, parts: &[PatternPart]) {
    hasher.number(parts.len() as u64);
    for part in parts {
        match part {
            PatternPart::Text(text) => hasher.field(text.as_bytes()),
            PatternPart::Hole => hasher.number(u64::MAX),
        };
    }
}

/// A condition by its tests' identities: their text does not tell two of the same words apart.
pub(crate) fn when(hasher: &mut Hasher, when: &When) {
    hasher.number(when.tests().len() as u64);
    for (atom, answer) in when.tests() {
        hasher.number(atom.id).number(u64::from(*answer));
    }
}

fn origin(hasher: &mut Hasher, origin: &Origin) {
    hasher.field(origin.path.as_str().as_bytes());
    hasher.number(u64::from(origin.range.start) << 32 | u64::from(origin.range.end));
    // one number for the rest where there is none, which is the rule
    hasher.number(u64::from(origin.kind == SourceKind::Derived) << 32 | origin.chain.len() as u64);
    for (path, range) in &origin.chain {
        hasher.field(path.as_str().as_bytes()).number(u64::from(range.start) << 32 | u64::from(range.end));
    }
    if let Some((path, range)) = &origin.site {
        hasher.field(path.as_str().as_bytes()).number(u64::from(range.start) << 32 | u64::from(range.end));
    }
    contributors(hasher, &origin.contributors);
}

fn contributors(hasher: &mut Hasher, contributors: &[Contributor]) {
    hasher.number(contributors.len() as u64);
    for one in contributors {
        match one {
            Contributor::Literal(path, range) => {
                hasher.number(u64::from(range.start) << 32 | u64::from(range.end));
                hasher.field(path.as_str().as_bytes())
            }
            Contributor::Pillar(path) => keys(hasher.number(u64::MAX), path),
            Contributor::Grain(path) => keys(hasher.number(u64::MAX - 1), path),
            Contributor::Call(call) => hasher.number(u64::MAX - 2).field(call.as_bytes()),
        };
    }
}

fn keys<'h>(hasher: &'h mut Hasher, path: &KeyPath) -> &'h mut Hasher {
    hasher.number(path.parts().len() as u64);
    for part in path.parts() {
        hasher.number(part.texts().len() as u64);
        for text in part.texts() {
            match text {
                Some(text) => hasher.field(text.as_bytes()),
                None => hasher.number(u64::MAX),
            };
        }
    }
    hasher
}
