//! Names at an expression's start: variables in scope, macros, imported names, Salt's and Jinja's own;
//! in a call its parameters, too.

use render::{Seen, Thing, Variable};
use syntax::jinja::walk::Node;
use syntax::jinja::{self, ExprKind, Options, StatementKind};
use text::TextRange;
use world::{SaltPath, Stopped};

use super::Cursor;
use super::items::{Item, Items};
use crate::members::type_of;
use crate::{Analysis, SymbolKind, catalogue};

/// Variables of every template (`salt/utils/templates.py`, `wrap_tmpl_func`) and Jinja's functions, what
/// states use most first.
const GIVEN: [(&str, &str); 24] = [
    ("salt", "execution functions"),
    ("grains", "the minion's grains"),
    ("pillar", "the minion's pillar"),
    ("true", "a constant"),
    ("false", "a constant"),
    ("none", "a constant"),
    ("not", "an operator"),
    ("tpldir", "this template's folder"),
    ("sls", "this SLS's name"),
    ("slspath", "this SLS's folder"),
    ("slsdotpath", "this SLS's folder, with dots"),
    ("opts", "the minion's options"),
    ("range", "numbers from, to, by"),
    ("dict", "a mapping of its keywords"),
    ("namespace", "variables that loops may set"),
    ("saltenv", "the environment"),
    ("tplfile", "this template's path"),
    ("raise", "fails with a message"),
    ("tpldot", "this template's folder, with dots"),
    ("slscolonpath", "this SLS's folder, with colons"),
    ("sls_path", "this SLS's folder, with underscores"),
    ("tplpath", "this template's path on disk"),
    ("proxy", "functions of a proxy minion"),
    ("ifelse", "picks by a target expression"),
];

/// Names that fit at `word`.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn offer(cursor: &Cursor<'_>, path: &[Node<'_>], word: TextRange, items: &mut Items) -> Result<(), Stopped> {
    let callee = path.iter().rev().take(2).find_map(|node| match node {
        Node::Expr(expr, _) => match &*expr.kind {
            // in the arguments, not in what is called
            ExprKind::CallExpr(callee, args) if args.range.touches(cursor.typing.at) => Some(callee.range),
            _ => None,
        },
        _ => None,
    });
    let callee: Vec<TextRange> = callee.into_iter().collect();
    let observed = cursor.look(&callee, 1)?;
    parameters(cursor, observed.values.first().map_or(&[], Vec::as_slice), word, items);
    for variable in &observed.scope {
        if GIVEN.iter().any(|(name, _)| variable.name == *name) {
            continue;
        }
        let (kind, detail) = described(variable);
        let rank = 12 + u32::try_from(variable.distance).unwrap_or(9).min(9);
        items.push(word, Item::new(&variable.name, kind, rank).detail(detail));
    }
    let outer = path.iter().rev().filter_map(|node| match node {
        Node::Statement(statement) => Some(&statement.kind),
        _ => None,
    });
    // the evaluator makes it only where something reads it
    if outer.skip(1).any(|kind| matches!(kind, StatementKind::For { .. })) {
        items.push(word, Item::new("loop", SymbolKind::Variable, 13).detail("the loop itself"));
    }
    for (n, (name, what)) in GIVEN.into_iter().enumerate() {
        let rank = 22 + u32::try_from(n).unwrap_or(0);
        items.push(word, Item::new(name, SymbolKind::Variable, rank).detail(what));
    }
    Ok(())
}

/// `name=` for what may be called here.
fn parameters(cursor: &Cursor<'_>, callees: &[Seen], word: TextRange, items: &mut Items) {
    for callee in callees {
        let (of, names): (String, Vec<String>) = match callee {
            Seen::Thing(Thing::Macro { params, .. }) => {
                ("the macro".to_owned(), params.iter().map(|(name, _)| name.to_string()).collect())
            }
            Seen::Thing(Thing::SaltFunction(name)) => {
                let function = catalogue::execution_function(cursor.analysis, name);
                let names = function.iter().flat_map(|one| &one.arguments).map(|one| one.name.clone()).collect();
                (name.to_string(), names)
            }
            _ => continue,
        };
        for (n, name) in names.iter().enumerate() {
            let rank = u32::try_from(n.min(4)).unwrap_or(0);
            let item = Item::new(name, SymbolKind::Argument, rank).detail(format!("parameter of {of}"));
            items.push(word, item.text(format!("{name}=")));
        }
    }
}

fn described(variable: &Variable) -> (SymbolKind, String) {
    let mut words: Vec<&str> = Vec::new();
    for value in &variable.values {
        match value {
            Seen::Thing(Thing::Macro { params, .. }) => {
                return (SymbolKind::Macro, signature(&variable.name, params));
            }
            Seen::Thing(Thing::Module { path, .. }) => return (SymbolKind::Variable, format!("template {path}")),
            Seen::Thing(_) => {}
            Seen::Data(node) => {
                let word = type_of(node);
                if !word.is_empty() && !words.contains(&word) {
                    words.push(word);
                }
            }
        }
    }
    (SymbolKind::Variable, if words.is_empty() { "variable".to_owned() } else { words.join(" or ") })
}

/// What the template at `file` exports: name, kind, signature.
pub(crate) fn exported(analysis: &Analysis, file: &SaltPath) -> Vec<(String, SymbolKind, String)> {
    let Some(facts) = analysis.catalog.views.iter().find_map(|view| view.facts(file)) else {
        let template = jinja::parse(&crate::source::text_of(analysis, file), &Options::default());
        let summary = model::template::summarise(&template);
        return summary.exports.iter().map(of_export).collect();
    };
    facts.exports.iter().map(of_export).collect()
}

fn of_export(export: &model::Export) -> (String, SymbolKind, String) {
    match &export.params {
        Some(params) => (export.name.to_string(), SymbolKind::Macro, signature(&export.name, params)),
        None => (export.name.to_string(), SymbolKind::Variable, "variable".to_owned()),
    }
}

/// `name(a, b=…)`
pub(crate) fn signature(name: &str, params: &[(smol_str::SmolStr, bool)]) -> String {
    let words: Vec<String> =
        params.iter().map(|(name, default)| if *default { format!("{name}=…") } else { name.to_string() }).collect();
    format!("{name}({})", words.join(", "))
}
