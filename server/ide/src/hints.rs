//! Inlay hints: what a file does not say where it is read: the parameters that a macro's arguments
//! stand for, the name that a state takes from its ID, IDs that expressions make, and pillar values of
//! the first minion profile. Secrets are masked.

use model::{Facts, State, View};
use render::{Node, NodeKind, UseKind};
use syntax::jinja::walk::{Visitor, walk_body};
use syntax::jinja::{Expr, ExprKind, Options, parse};
use text::TextRange;
use world::{Reader, SaltPath, Stop, Stopped};

use crate::source::text_of;
use crate::value::inline;
use crate::{Analysis, is_secret_key, is_secret_text};

/// More in one view would hide the text.
const MAX_HINTS: usize = 500;
/// Longer hints are cut.
const MAX_LENGTH: usize = 40;

/// Kinds of hints, each of which may be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HintKind {
    /// The parameter before a macro's argument.
    Parameter,
    /// The name that a state takes from its ID.
    Name,
    /// What an expression prints for an ID.
    Id,
    /// A pillar value.
    Pillar,
}

impl HintKind {
    /// All, by their names in settings.
    pub const ALL: [(&'static str, Self); 4] =
        [("parameters", Self::Parameter), ("names", Self::Name), ("ids", Self::Id), ("pillar", Self::Pillar)];
}

/// A hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it is shown.
    pub offset: u32,
    /// What it says.
    pub label: String,
    /// What it is.
    pub kind: HintKind,
}

/// The hints of the file at `path` within `within`, in order.
///
/// # Errors
/// [`Stopped`].
pub fn hints(
    analysis: &Analysis,
    path: &SaltPath,
    within: TextRange,
    wanted: &[HintKind],
    stop: &Stop,
) -> Result<Vec<Hint>, Stopped> {
    let text = text_of(analysis, path);
    let mut found = Vec::new();
    if wanted.contains(&HintKind::Parameter) {
        parameters(analysis, path, &text, &mut found);
    }
    // the first profile is what hovers name first; without one nothing is known of a minion
    let views = &analysis.catalog.views;
    let view = views.iter().find(|view| view.profile().is_some()).or(views.first());
    if let Some((view, facts)) = view.and_then(|view| Some((view, view.facts(path)?))) {
        stop.check()?;
        names(facts, wanted, &mut found);
        if wanted.contains(&HintKind::Pillar) && view.profile().is_some() {
            pillar(analysis, view, facts, &text, stop, &mut found)?;
        }
    }
    found.retain(|hint| within.touches(hint.offset));
    found.sort_by(|a, b| (a.offset, a.kind, &a.label).cmp(&(b.offset, b.kind, &b.label)));
    found.dedup_by(|a, b| a.offset == b.offset && a.kind == b.kind);
    found.truncate(MAX_HINTS);
    Ok(found)
}

fn short(text: &str) -> String {
    if text.chars().count() <= MAX_LENGTH {
        return text.to_owned();
    }
    text.chars().take(MAX_LENGTH - 1).chain(['…']).collect()
}

/// Collects the calls of a template.
struct Calls<'t>(Vec<(&'t Expr, &'t [Expr])>);

impl<'t> Visitor<'t> for Calls<'t> {
    fn enter_expr(&mut self, expr: &'t Expr, _: syntax::jinja::walk::Role) -> bool {
        if let ExprKind::CallExpr(callee, args) = &*expr.kind
            && !args.positional.is_empty()
        {
            self.0.push((callee, &args.positional));
        }
        true
    }
}

/// `vhost(⟨name:⟩ 'a', ⟨port:⟩ 80)`; an argument that is called like its parameter needs no hint.
fn parameters(analysis: &Analysis, path: &SaltPath, text: &str, found: &mut Vec<Hint>) {
    let template = parse(text, &Options::default());
    let mut calls = Calls(Vec::new());
    walk_body(&template.body, &mut calls);
    let facts: Vec<&Facts> = analysis.catalog.views.iter().filter_map(|view| Some(&**view.facts(path)?)).collect();
    for (callee, arguments) in calls.0 {
        let name = match &*callee.kind {
            ExprKind::Name(_) => callee.range,
            ExprKind::Attribute(_, name) => name.range,
            _ => continue,
        };
        let mut references = facts.iter().flat_map(|facts| &facts.references);
        let Some(target) = references.find(|one| one.is_macro && one.range == name).and_then(|one| one.target.as_ref())
        else {
            continue;
        };
        let there = analysis.catalog.views.iter().filter_map(|view| view.facts(&target.0));
        let export = there.into_iter().find_map(|facts| facts.exports.iter().find(|one| one.range == target.1));
        let Some(parameters) = export.and_then(|export| export.params.as_ref()) else { continue };
        for (argument, (name, _)) in arguments.iter().zip(parameters) {
            let same = matches!(&*argument.kind, ExprKind::Name(word) if word == name)
                || matches!(&*argument.kind, ExprKind::Attribute(_, word) if word.text == *name);
            if !same {
                let (offset, kind) = (argument.range.start, HintKind::Parameter);
                found.push(Hint { offset, label: format!("{name}:"), kind });
            }
        }
    }
}

/// Whether the state is given no name, so that its ID is the name.
fn takes_id(state: &State) -> bool {
    !state.args.iter().any(|argument| matches!(argument.name.as_literal(), Some("name" | "names") | None))
}

/// Names that come from IDs, and IDs that expressions make.
fn names(facts: &Facts, wanted: &[HintKind], found: &mut Vec<Hint>) {
    for declaration in &facts.declarations {
        let Some(id) = declaration.id.as_literal().filter(|id| !is_secret_text(id)) else { continue };
        let origin = &declaration.origin;
        let printed = match &origin.site {
            Some((path, range)) if *path == facts.path => Some(*range),
            None if origin.path == facts.path && origin.kind == render::SourceKind::Derived => Some(origin.range),
            _ => None,
        };
        if let Some(range) = printed.filter(|_| wanted.contains(&HintKind::Id)) {
            found.push(Hint { offset: range.end, label: format!("= {}", short(id)), kind: HintKind::Id });
        }
        if !wanted.contains(&HintKind::Name) {
            continue;
        }
        for state in declaration.states.iter().filter(|state| takes_id(state)) {
            let here = state.origin.path == facts.path && declaration.origin.path == facts.path;
            if here && names_something(state) {
                let (offset, kind) = (state.origin.range.end, HintKind::Name);
                found.push(Hint { offset, label: format!("name: {}", short(id)), kind });
            }
        }
    }
}

/// Whether a name means anything to the function: not to `test.nop` and its like.
fn names_something(state: &State) -> bool {
    !matches!(state.module.as_literal(), Some("test") | None)
}

/// The values that pillar keys have for the minion, behind the expressions that read them.
fn pillar(
    analysis: &Analysis,
    view: &View,
    facts: &Facts,
    text: &str,
    stop: &Stop,
    found: &mut Vec<Hint>,
) -> Result<(), Stopped> {
    let uses: Vec<_> = facts.rendered.uses.iter().filter(|used| used.kind == UseKind::Pillar).collect();
    if uses.is_empty() {
        return Ok(());
    }
    let reader = Reader::new(&analysis.world, &analysis.memo, stop);
    let pillar = render::pillar(&reader, &view.minion)?;
    for used in uses {
        let Some(name) = used.name.as_literal().filter(|_| used.origin.path == facts.path) else { continue };
        let Some(node) = at(&pillar.data, name) else { continue };
        if matches!(node.kind, NodeKind::Map(_) | NodeKind::List(_) | NodeKind::Unknown(_)) {
            continue;
        }
        let value = inline(node, name.split(':').any(is_secret_key));
        // behind the call whose argument names the key
        let behind = used.origin.range.slice(text).starts_with(['\'', '"']);
        let offset = if behind { close(text, used.origin.range.end) } else { used.origin.range.end };
        found.push(Hint { offset, label: format!("= {}", short(&value)), kind: HintKind::Pillar });
    }
    Ok(())
}

/// Behind the parenthesis that closes the call in which `offset` stands, if it is on the same line.
fn close(text: &str, offset: u32) -> u32 {
    let mut depth = 0_u32;
    for (n, c) in text.get(offset as usize..).unwrap_or("").char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth > 0 => depth -= 1,
            ')' => return offset + u32::try_from(n).unwrap_or(0) + 1,
            '\n' | '}' => break,
            _ => {}
        }
    }
    offset
}

fn at<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    name.split(':').filter(|part| !part.is_empty()).try_fold(node, |node, part| match &node.kind {
        NodeKind::List(items) => items.get(part.parse::<usize>().ok()?),
        _ => node.get(part),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_hints_are_cut() {
        assert_eq!(short("abc"), "abc");
        assert_eq!(short(&"ä".repeat(50)).chars().count(), MAX_LENGTH);
        assert_eq!(close("f('a', g(1)) b", 5), 12);
        assert_eq!(close("f('a',\n1)", 5), 5);
    }
}
