//! Names at an expression's start: variables in scope, macros, imported names, Salt's and Jinja's own.

use syntax::jinja::walk::{self, NameRole, Role, Visitor};
use syntax::jinja::{self, Expr, ExprKind, Options, Statement, StatementKind};
use text::TextRange;
use world::SaltPath;

use super::Cursor;
use super::items::{Item, Items};
use super::tag::{Token, enclosing_call};
use crate::{Analysis, SymbolKind};

/// Variables of every template (`salt/utils/templates.py`, `wrap_tmpl_func`) and Jinja's functions.
const GIVEN: [(&str, &str); 24] = [
    ("salt", "execution functions"),
    ("grains", "the minion's grains"),
    ("pillar", "the minion's pillar"),
    ("opts", "the minion's options"),
    ("proxy", "functions of a proxy minion"),
    ("saltenv", "the environment"),
    ("sls", "this SLS's name"),
    ("slspath", "this SLS's folder"),
    ("slsdotpath", "this SLS's folder, with dots"),
    ("slscolonpath", "this SLS's folder, with colons"),
    ("sls_path", "this SLS's folder, with underscores"),
    ("tpldir", "this template's folder"),
    ("tplfile", "this template's path"),
    ("tpldot", "this template's folder, with dots"),
    ("tplpath", "this template's path on disk"),
    ("range", "numbers from, to, by"),
    ("dict", "a mapping of its keywords"),
    ("namespace", "variables that loops may set"),
    ("true", "a constant"),
    ("false", "a constant"),
    ("none", "a constant"),
    ("not", "an operator"),
    ("raise", "fails with a message"),
    ("ifelse", "picks by a target expression"),
];

/// Names that fit at `word`; in a macro's call its parameters, too.
pub(crate) fn offer(cursor: &Cursor<'_>, rest: &[(Token<'_>, usize)], word: TextRange, items: &mut Items) {
    let offset = u32::try_from(cursor.offset).unwrap_or(u32::MAX);
    let template = jinja::parse(cursor.text, &Options::default());
    let mut scope = Scope { offset, found: Vec::new() };
    walk::walk_body(&template.body, &mut scope);
    if let Some((bracket, _)) = enclosing_call(rest, rest.len())
        && let Some(Token::Name(callee)) = bracket.checked_sub(1).and_then(|n| rest.get(n)).map(|(token, _)| *token)
    {
        for parameter in parameters(cursor, callee) {
            let item = Item::new(&parameter, SymbolKind::Argument, 0).detail(format!("parameter of {callee}"));
            items.push(word, item.text(format!("{parameter}=")));
        }
    }
    for (name, range, kind, detail) in scope.found {
        if !range.touches(offset) {
            items.push(word, Item::new(&name, kind, 5).detail(detail));
        }
    }
    for (name, what) in GIVEN {
        items.push(word, Item::new(name, SymbolKind::Variable, 20).detail(what));
    }
}

/// The parameters of the macro that the file calls `name`.
fn parameters(cursor: &Cursor<'_>, name: &str) -> Vec<String> {
    for view in &cursor.analysis.catalog.views {
        let Some(facts) = view.facts(cursor.path) else { continue };
        let own = facts.exports.iter().find(|export| export.name == name && export.params.is_some());
        let target = || facts.references.iter().find(|reference| reference.name == name && reference.is_macro);
        let foreign = || {
            let (file, range) = target()?.target.as_ref()?;
            view.facts(file)?.exports.iter().find(|export| export.range == *range)
        };
        if let Some(params) = own.or_else(foreign).and_then(|export| export.params.as_ref()) {
            return params.iter().map(|(name, _)| name.to_string()).collect();
        }
    }
    Vec::new()
}

/// What the template at `file` exports: name, kind, signature.
pub(crate) fn exported(analysis: &Analysis, file: &SaltPath) -> Vec<(String, SymbolKind, String)> {
    let Some(facts) = analysis.catalog.views.iter().find_map(|view| view.facts(file)) else {
        let template = jinja::parse(&crate::source::text_of(analysis, file), &Options::default());
        let summary = model::template::summarise(&template);
        return summary.exports.iter().map(described).collect();
    };
    facts.exports.iter().map(described).collect()
}

fn described(export: &model::Export) -> (String, SymbolKind, String) {
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

/// Collects names that are visible at `offset`.
struct Scope {
    offset: u32,
    found: Vec<(String, TextRange, SymbolKind, String)>,
}

impl Scope {
    fn add(&mut self, name: &str, range: TextRange, kind: SymbolKind, detail: &str) {
        self.found.push((name.to_owned(), range, kind, detail.to_owned()));
    }

    fn target(&mut self, expr: &Expr, detail: &str) {
        match &*expr.kind {
            ExprKind::Name(name) => self.add(name, expr.range, SymbolKind::Variable, detail),
            ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().for_each(|part| self.target(part, detail)),
            _ => {}
        }
    }
}

impl<'t> Visitor<'t> for Scope {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        let inside = statement.range.touches(self.offset);
        match &statement.kind {
            StatementKind::Set { target, .. }
            | StatementKind::SetBlock { target, .. }
            | StatementKind::Load { target, .. } => self.target(target, "variable"),
            StatementKind::For { target, .. } if inside => {
                self.target(target, "of the loop");
                self.add("loop", TextRange::empty(0), SymbolKind::Variable, "the loop itself");
            }
            StatementKind::With { bindings, .. } if inside => {
                bindings.iter().for_each(|(target, _)| self.target(target, "of this block"));
            }
            StatementKind::Macro(found) => {
                let params: Vec<(smol_str::SmolStr, bool)> =
                    found.params.iter().map(|param| (param.name.text.clone(), param.default.is_some())).collect();
                let signature = signature(&found.name.text, &params);
                self.add(&found.name.text, found.name.range, SymbolKind::Macro, &signature);
                if inside {
                    for param in &found.params {
                        self.add(&param.name.text, param.name.range, SymbolKind::Variable, "parameter");
                    }
                }
                return inside;
            }
            StatementKind::Import { target, .. } => {
                self.add(&target.text, target.range, SymbolKind::Variable, "imported template");
            }
            StatementKind::ImportData { target, .. } => {
                self.add(&target.text, target.range, SymbolKind::Variable, "imported data");
            }
            StatementKind::FromImport { names, .. } => {
                for (name, alias) in names {
                    let here = alias.as_ref().unwrap_or(name);
                    self.add(&here.text, here.range, SymbolKind::Variable, "imported");
                }
            }
            _ => {}
        }
        // what scopes elsewhere bind is not seen here
        inside || matches!(statement.kind, StatementKind::If(_) | StatementKind::Set { .. })
    }

    fn enter_expr(&mut self, _: &'t Expr, _: Role) -> bool {
        false
    }

    fn name(&mut self, _: &'t jinja::Name, _: NameRole) {}
}
