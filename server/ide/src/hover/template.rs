//! Macros, variables, expressions, filters, tests and execution functions.

use model::Entity;
use syntax::jinja::walk::{NameRole, Node, path_at};
use syntax::jinja::{self, ExprKind, Options};
use text::TextRange;
use world::Stopped;

use super::{Asked, Thing, facts_of};
use crate::catalogue;
use crate::markdown::{block, code, function_documentation, plain};
use crate::source::{comment_above, text_of};
use crate::value::{inline_json, probe};
use crate::{is_secret_key, masked};

/// Values are computed under so many profiles.
const MAX_PROFILES: usize = 4;

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
                    found.push((expr.range, 4, Thing::Expression(expr.range.slice(&text).to_owned())));
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
    let values = values(asked, &entity.name)?;
    out.push_str(&values);
    Ok((definition.is_some() || !values.is_empty()).then_some(out))
}

/// An expression such as `nginx.port`: its value under each profile.
///
/// # Errors
/// [`Stopped`].
pub(super) fn expression(asked: &Asked<'_>, text: &str) -> Result<Option<String>, Stopped> {
    let values = values(asked, text)?;
    Ok((!values.is_empty()).then(|| format!("{}{values}", code(text))))
}

fn values(asked: &Asked<'_>, text: &str) -> Result<String, Stopped> {
    let secret = is_secret_key(text);
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    let profiles = asked.analysis.catalog.views.iter().filter(|view| view.profile().is_some()).take(MAX_PROFILES);
    for view in profiles {
        let Some(value) = probe(asked.analysis, view, &asked.at.path, text, asked.stop)? else { continue };
        let shown = inline_json(&value, secret);
        let name = view.profile().unwrap_or_default().to_owned();
        match lines.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, names)) => names.push(name),
            None => lines.push((shown, vec![name])),
        }
    }
    let line = |(value, names): &(String, Vec<String>)| format!("\n\n{}: {}", plain(&names.join(", ")), code(value));
    Ok(lines.iter().map(line).collect())
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
