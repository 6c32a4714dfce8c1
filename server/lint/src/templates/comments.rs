//! Jinja in YAML comments, which runs: only what calls something is told.

use syntax::jinja::walk::{self, Role, Visitor};
use syntax::jinja::{Expr, ExprKind, Statement, StatementKind, Template};
use text::TextRange;

/// Jinja in a comment.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    /// The statement.
    pub range: TextRange,
    /// What happens, for the message.
    pub what: String,
    /// The comment from its `#` to the line's end.
    pub line: TextRange,
    /// The same as a comment of Jinja; empty where that cannot be.
    pub rewritten: String,
}

/// Functions whose call costs nothing and changes nothing.
const QUIET: [&str; 5] = ["pillar.", "grains.", "config.", "defaults.", "slsutil."];
/// So many lines are looked back over for a block scalar's head.
const MAX_LINES: usize = 400;

/// The comments of a template in which functions or its own macros are called.
pub(super) fn comments(text: &str, template: &Template) -> Vec<Comment> {
    let mut found = Vec::new();
    let macros = template.body.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Macro(one) => Some(one.name.text.as_str()),
        _ => None,
    });
    let macros: Vec<&str> = macros.collect();
    for statement in &template.body {
        let StatementKind::Output(expr) = &statement.kind else { continue };
        if let Some(line) = comment(text, statement)
            && let Some(what) = called(expr, &macros)
        {
            let inside = line.slice(text);
            let plain = !inside.contains("{#") && !inside.contains("#}") && !inside.contains("{%");
            let body = inside.trim_start_matches('#');
            let rewritten = if plain { format!("{{#{} #}}", body.trim_end()) } else { String::new() };
            found.push(Comment { range: statement.range, what, line, rewritten });
        }
    }
    found.dedup_by_key(|comment| comment.line);
    found
}

/// The YAML comment that a statement stands in, from its `#` to the end of the line.
fn comment(text: &str, statement: &Statement) -> Option<TextRange> {
    let start = statement.range.start as usize;
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..start)?;
    let indent = before.len() - before.trim_start().len();
    if !before.trim_start().starts_with('#') || in_block_scalar(text.get(..line)?, indent) {
        return None;
    }
    let end = text.get(start..)?.find('\n').map_or(text.len(), |at| start + at);
    Some(TextRange::of(line + indent, end))
}

/// Whether a line of this indent behind `before` belongs to a block scalar, where `#` is text.
fn in_block_scalar(before: &str, indent: usize) -> bool {
    let mut least = indent;
    for line in before.lines().rev().take(MAX_LINES) {
        let depth = line.len() - line.trim_start().len();
        if line.trim().is_empty() || depth >= least {
            continue;
        }
        least = depth;
        let end = line.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
        if end.ends_with(['|', '>']) && (end.len() < 2 || end.ends_with(" |") || end.ends_with(" >")) {
            return true;
        }
        if least == 0 {
            return false;
        }
    }
    false
}

/// What of an expression is a call that does something: `cmd.run is called`.
fn called(expr: &Expr, macros: &[&str]) -> Option<String> {
    let mut calls = Calls { macros, found: None };
    walk::walk_expr(expr, Role::Read, &mut calls);
    calls.found
}

struct Calls<'a> {
    macros: &'a [&'a str],
    found: Option<String>,
}

impl<'t> Visitor<'t> for Calls<'_> {
    fn enter_expr(&mut self, expr: &'t Expr, _: Role) -> bool {
        let ExprKind::CallExpr(callee, _) = &*expr.kind else { return true };
        let name = match &*callee.kind {
            ExprKind::Name(name) if self.macros.contains(&name.as_str()) => {
                self.found.get_or_insert(format!("the macro `{name}` is called"));
                return true;
            }
            ExprKind::Item(of, key) => match (&*of.kind, &*key.kind) {
                (ExprKind::Name(salt), ExprKind::Str { value, .. }) if salt == "salt" => value.to_string(),
                _ => return true,
            },
            ExprKind::Attribute(of, function) => match &*of.kind {
                ExprKind::Attribute(salt, module) if matches!(&*salt.kind, ExprKind::Name(n) if n == "salt") => {
                    format!("{}.{}", module.text, function.text)
                }
                _ => return true,
            },
            _ => return true,
        };
        if !QUIET.iter().any(|quiet| name.starts_with(quiet)) {
            self.found.get_or_insert(format!("`{name}` is called"));
        }
        true
    }
}
