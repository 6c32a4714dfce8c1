//! Macros, variables, expressions, filters, tests and execution functions.

use model::Entity;
use render::{NodeKind, Seen};
use syntax::jinja::walk::{NameRole, Node, path_at};
use syntax::jinja::{self, ExprKind, Options, StatementKind};
use text::TextRange;
use world::Stopped;

use super::{Asked, Thing, facts_of};
use crate::catalogue;
use crate::markdown::{block, code, function_documentation, plain};
use crate::observe::{Sight, Spot};
use crate::source::{comment_above, text_of};
use crate::value::readable;
use crate::{is_secret_key, masked};

/// Values are computed under so many profiles.
const MAX_PROFILES: usize = 4;
/// So many different values are shown, of what a loop or several calls give.
const MAX_VALUES: usize = 4;
/// How deep they are shown.
const MAX_DEPTH: u32 = 8;

/// What the syntax says is under the cursor.
pub(super) fn syntax<'a>(asked: &Asked<'_>) -> Vec<(TextRange, u32, Thing<'a>)> {
    let text = text_of(asked.analysis, &asked.at.path);
    let template = jinja::parse(&text, &Options::default());
    let mut found = Vec::new();
    for node in path_at(&template.body, asked.at.offset) {
        match node {
            Node::Name(name, NameRole::Filter) => found.push((name.range, 0, Thing::Filter(name.text.to_string()))),
            Node::Name(name, NameRole::Test) => found.push((name.range, 0, Thing::Test(name.text.to_string()))),
            Node::Expr(expr, jinja::walk::Role::Read) => {
                if matches!(&*expr.kind, ExprKind::Attribute(..) | ExprKind::Item(..)) {
                    found.push((expr.range, 4, Thing::Expression(expr.range)));
                }
            }
            _ => {}
        }
    }
    found
}

/// A macro: signature and the comment above it.
pub(super) fn macro_of(asked: &Asked<'_>, definition: &Entity) -> Option<String> {
    let (_, facts) = facts_of(asked.analysis, definition)?;
    let export = facts.exports.iter().find(|export| export.range == definition.range)?;
    let text = text_of(asked.analysis, &definition.path);
    let head = export.extent.slice(&text).lines().next().unwrap_or("");
    let head = head.split("%}").next().unwrap_or(head).trim_start_matches(['{', '%', '-', '+', ' ']);
    let head = head.trim_end_matches(['-', ' ']);
    let mut out = format!("{}\n\nin {}", block("jinja", &masked(head)), code(definition.path.as_str()));
    let comment = comment_above(&text, export.extent.start);
    if !comment.is_empty() {
        out.push_str(&format!("\n\n{}", plain(&comment)));
    }
    Some(out)
}

/// A variable: where it is set, and its value under each profile.
///
/// # Errors
/// [`Stopped`].
pub(super) fn variable(
    asked: &Asked<'_>,
    entity: &Entity,
    definition: Option<&Entity>,
) -> Result<Option<String>, Stopped> {
    let mut out = format!("variable {}", code(&entity.name));
    if let Some(definition) = definition {
        let text = text_of(asked.analysis, &definition.path);
        let line = text.get(..definition.range.start as usize).unwrap_or("").rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(line..).and_then(|rest| rest.lines().next()).unwrap_or("").trim();
        out.push_str(&format!("\n\n{}\n\nin {}", block("jinja", &masked(line)), code(definition.path.as_str())));
    }
    let values = values(asked, entity.range)?;
    out.push_str(&values);
    Ok((definition.is_some() || !values.is_empty()).then_some(out))
}

/// An expression such as `nginx.port`: its value under each profile.
///
/// # Errors
/// [`Stopped`].
pub(super) fn expression(asked: &Asked<'_>, range: TextRange) -> Result<Option<String>, Stopped> {
    let values = values(asked, range)?;
    let text = text_of(asked.analysis, &asked.at.path);
    Ok((!values.is_empty()).then(|| format!("{}{values}", code(&masked(range.slice(&text))))))
}

/// What the expression at `range` gives where it stands: under each profile, or without one.
fn values(asked: &Asked<'_>, range: TextRange) -> Result<String, Stopped> {
    let text = text_of(asked.analysis, &asked.at.path);
    let template = jinja::parse(&text, &Options::default());
    let nodes = path_at(&template.body, asked.at.offset);
    // the name that is looked at says what it holds, not what computes it
    let secret = is_secret_key(range.slice(&text));
    let (Some(spot), Some(range)) = (Spot::of(&nodes), evaluated(&nodes, range)) else { return Ok(String::new()) };
    let secret = secret || is_secret_key(range.slice(&text));
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    let views = &asked.analysis.catalog.views;
    let with_profile = views.iter().any(|view| view.profile().is_some());
    let wanted = views.iter().filter(|view| view.profile().is_some() == with_profile).take(MAX_PROFILES);
    let sight = Sight::new(asked.analysis, &asked.at.path, None, asked.stop);
    for view in wanted {
        let observed = sight.look_under(view, spot, &[range], MAX_DEPTH)?;
        let Some(shown) = shown(observed.values.first().map_or(&[], Vec::as_slice), secret) else { continue };
        let name = view.profile().unwrap_or("value").to_owned();
        match lines.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, names)) => names.push(name),
            None => lines.push((shown, vec![name])),
        }
    }
    let line = |(value, names): &(String, Vec<String>)| format!("\n\n{}: {value}", plain(&names.join(", ")));
    Ok(lines.iter().map(line).collect())
}

/// The expression to evaluate for the one at `range`: of a name that is being set, what it is set to.
fn evaluated(nodes: &[Node<'_>], range: TextRange) -> Option<TextRange> {
    let role = nodes.iter().rev().find_map(|node| match node {
        Node::Expr(expr, role) if expr.range == range => Some(*role),
        _ => None,
    })?;
    if role != jinja::walk::Role::Target {
        return Some(range);
    }
    let statement = nodes.iter().rev().find_map(|node| match node {
        Node::Statement(statement) => Some(&statement.kind),
        _ => None,
    })?;
    match statement {
        StatementKind::Set { target, value } if target.range == range => Some(value.range),
        StatementKind::With { bindings, .. } => {
            bindings.iter().find(|(target, _)| target.range == range).map(|(_, value)| value.range)
        }
        _ => None,
    }
}

/// Different values on one line; `None` where nothing is known.
fn shown(seen: &[Seen], secret: bool) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for value in seen {
        let Seen::Data(node) = value else { continue };
        if matches!(node.kind, NodeKind::Unknown(_)) {
            continue;
        }
        let word = readable(node, secret);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let more = words.len().saturating_sub(MAX_VALUES);
    words.truncate(MAX_VALUES);
    let list = words.join(", ");
    (!list.is_empty()).then(|| if more > 0 { format!("{list} and {more} more") } else { list })
}

/// An execution function.
pub(super) fn execution(asked: &Asked<'_>, name: &str) -> Option<String> {
    let all = catalogue::execution_functions(asked.analysis, name);
    let found = all.iter().find(|function| function.name == name)?;
    Some(function_documentation(found))
}

/// A filter.
pub(super) fn filter(name: &str) -> Option<String> {
    let found = library::filters().iter().find(|filter| filter.name == name)?;
    let whose = if found.salt { "Salt" } else { "Jinja" };
    Some(format!("{}\n\nfilter of {whose}", block("jinja", &format!("value | {}", found.signature()))))
}

/// A test.
pub(super) fn test(name: &str) -> Option<String> {
    let found = library::tests().iter().find(|test| test.name == name)?;
    let whose = if found.salt { "Salt" } else { "Jinja" };
    Some(format!("{}\n\ntest of {whose}", block("jinja", &format!("value is {}", found.signature()))))
}
