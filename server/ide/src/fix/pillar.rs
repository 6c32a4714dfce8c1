//! Rename a pillar key everywhere on this branch: where it is defined, and in every expression that
//! reads it or what is below it.

use compare::DriftFact;
use model::joined;
use render::SourceKind;
use render::UseKind;
use syntax::jinja::walk::{Role, Visitor, walk_body};
use syntax::jinja::{self, Expr, ExprKind};
use text::TextRange;
use world::SaltPath;

use super::Fixer;
use super::edits::{Attempt, FileEdits, refuse};
use crate::upstream::text_in;

/// Keys that differ in one part: the parts above it, and both names of it.
struct Step<'n> {
    above: Vec<&'n str>,
    old: &'n str,
    new: &'n str,
}

/// `None`: more than one part differs, or something moved to another depth.
fn step<'n>(old: &'n str, new: &'n str) -> Option<Step<'n>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split(':').collect(), new.split(':').collect());
    // a key whose mapping was renamed may be told by the mapping's new name alone
    let shared = a.len().min(b.len());
    let at = (0..shared).find(|n| a.get(*n) != b.get(*n))?;
    let rest = |parts: &[&str]| parts.get(at + 1..).unwrap_or(&[]).join(":");
    if a.len() == b.len() && rest(&a) != rest(&b) || b.len() > a.len() {
        return None;
    }
    Some(Step { above: a.get(..at)?.to_vec(), old: a.get(at)?, new: b.get(at)? })
}

/// The expression at just this range, or the string literal within its quotes.
struct At {
    range: TextRange,
    found: Option<TextRange>,
    /// How many parts from the end the renamed one is, of the key that the expression names.
    back: usize,
    prefix: String,
    old: String,
}

impl At {
    /// The place of the part in an expression that names a whole key.
    fn part(&self, expr: &Expr) -> Option<TextRange> {
        if let ExprKind::Str { value, parts, plain: true } = &*expr.kind {
            let [place] = parts.as_slice() else { return None };
            return self.in_text(value, *place);
        }
        let (mut expr, mut back) = (expr, self.back);
        loop {
            let (base, range, text) = match &*expr.kind {
                ExprKind::Attribute(base, name) => (base, name.range, name.text.to_string()),
                ExprKind::Item(base, index) => match &*index.kind {
                    ExprKind::Str { value, parts, plain: true } => (base, *parts.first()?, value.to_string()),
                    _ => return None,
                },
                ExprKind::CallExpr(callee, args) => {
                    // `pillar.get('a:b')`, `x.get('b')`
                    let first = args.positional.first()?;
                    let ExprKind::Str { value, parts, plain: true } = &*first.kind else { return None };
                    let place = *parts.first()?;
                    let count = value.split(':').count();
                    if back < count {
                        return self.nth_from_end(value, place, back);
                    }
                    back -= count;
                    match &*callee.kind {
                        ExprKind::Attribute(base, _) => {
                            expr = base;
                            continue;
                        }
                        _ => return None,
                    }
                }
                ExprKind::Filter { input: Some(input), .. } => {
                    expr = input;
                    continue;
                }
                _ => return None,
            };
            if back == 0 {
                return (text == self.old).then_some(range);
            }
            back -= 1;
            expr = base;
        }
    }

    fn nth_from_end(&self, value: &str, place: TextRange, back: usize) -> Option<TextRange> {
        let mut end = value.len();
        for part in value.rsplit(':').take(back) {
            end = end.checked_sub(part.len() + 1)?;
        }
        let part = value.get(..end)?.rsplit(':').next()?;
        let start = place.start as usize + end - part.len();
        (part == self.old).then(|| TextRange::of(start, start + part.len()))
    }

    /// `above:old…` in a literal.
    fn in_text(&self, value: &str, place: TextRange) -> Option<TextRange> {
        let rest = value.strip_prefix(self.prefix.as_str())?.strip_prefix(self.old.as_str())?;
        let start = place.start as usize + self.prefix.len();
        (rest.is_empty() || rest.starts_with(':')).then(|| TextRange::of(start, start + self.old.len()))
    }
}

impl<'t> Visitor<'t> for At {
    fn enter_expr(&mut self, expr: &'t Expr, _: Role) -> bool {
        let literal = matches!(&*expr.kind, ExprKind::Str { parts, .. } if parts.first() == Some(&self.range));
        if self.found.is_none() && (expr.range == self.range || literal) {
            self.found = self.part(expr);
        }
        true
    }
}

impl Fixer<'_> {
    pub(super) fn rename_pillar(&self, old: &str, new: &str) -> Attempt<FileEdits> {
        let Some(step) = step(old, new) else {
            return refuse(format!(
                "'{old}' became '{new}', which is no new name in the same mapping: change it by hand"
            ));
        };
        let depth = step.above.len();
        let renamed: Vec<&str> = step.above.iter().copied().chain([step.old]).collect();
        let renamed = renamed.join(":");
        let below =
            |name: &str| name.strip_prefix(&renamed).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
        let mut edits = FileEdits::default();
        for view in &self.analysis.catalog.views {
            for facts in view.files.values() {
                for key in &facts.pillar_keys {
                    if joined(&key.path) != renamed {
                        continue;
                    }
                    let Some(text) = text_in(&self.analysis.world, &key.origin.path) else { continue };
                    let slice = key.origin.range.slice(&text);
                    let bare = slice.trim_matches(['\'', '"']);
                    if key.origin.kind != SourceKind::Exact || bare != step.old {
                        return refuse(format!(
                            "'{renamed}' is computed by a template in {}: rename it by hand",
                            key.origin.path
                        ));
                    }
                    let start = key.origin.range.start as usize + slice.find(bare).unwrap_or(0);
                    edits.replace(&key.origin.path, TextRange::of(start, start + bare.len()), step.new);
                }
                for used in &facts.rendered.uses {
                    let Some(name) = used.name.as_literal().filter(|_| used.kind == UseKind::Pillar) else { continue };
                    if below(name) {
                        let back = name.split(':').count() - depth - 1;
                        self.put_part_of_key(&mut edits, &used.origin.path, used.origin.range, &step, back)?;
                    }
                }
            }
        }
        Ok(edits)
    }

    /// The same with develop's version of the files that read what is above the key, where they were not
    /// edited here.
    pub(super) fn with_maps(&self, fact: &DriftFact, mut edits: FileEdits) -> Attempt<FileEdits> {
        let Some(base) = &self.upstream.base else { return refuse("there is no common history") };
        let Some(view) = self.ours() else { return refuse("nothing was read") };
        let mut readers: Vec<&SaltPath> = Vec::new();
        for used in
            view.files.values().flat_map(|facts| &facts.rendered.uses).filter(|used| used.kind == UseKind::Pillar)
        {
            let above = used.name.as_literal().and_then(|name| fact.name.strip_prefix(name));
            if above.is_some_and(|rest| rest.starts_with(':')) {
                readers.push(&used.origin.path);
            }
        }
        readers.sort();
        readers.dedup();
        for path in readers {
            let before = text_in(&base.world, &self.upstream.in_base(path));
            let (ours, theirs) = (
                text_in(&self.analysis.world, path),
                text_in(&self.upstream.theirs.world, &self.upstream.in_theirs(path)),
            );
            if let (Some(before), Some(ours), Some(theirs)) = (before, ours, theirs)
                && before == ours
                && ours != theirs
            {
                edits.edits.remove(path);
                edits.replace(path, TextRange::of(0, ours.len()), theirs);
            }
        }
        Ok(edits)
    }

    fn put_part_of_key(
        &self,
        edits: &mut FileEdits,
        path: &SaltPath,
        range: TextRange,
        step: &Step<'_>,
        back: usize,
    ) -> Attempt<()> {
        let Some(text) = text_in(&self.analysis.world, path) else { return refuse(format!("{path} cannot be read")) };
        let prefix: String = step.above.iter().flat_map(|part| [*part, ":"]).collect();
        let mut at = At { range, found: None, back, prefix, old: step.old.to_owned() };
        walk_body(&jinja::parse(&text, &jinja::Options::default()).body, &mut at);
        if let Some(found) = at.found {
            edits.replace(path, found, step.new);
        }
        // what names the rest only reads through a variable: the variable's own expression is another use
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_of_a_key_is_renamed() {
        let check = |old: &str, new: &str, expected: Option<(usize, &str, &str)>| {
            let found = step(old, new);
            assert_eq!(found.map(|step| (step.above.len(), step.old, step.new)), expected, "{old} {new}");
        };
        check("a:b:c", "a:x:c", Some((1, "b", "x")));
        check("a:b", "a:c", Some((1, "b", "c")));
        check("a:b:c", "a:x", Some((1, "b", "x")));
        check("a:b:c", "x:b:d", None);
        check("a", "a:b", None);
    }
}
