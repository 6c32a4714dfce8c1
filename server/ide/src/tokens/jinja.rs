//! The tokens of Jinja: words by their part in expressions, variables by their scopes.

use rustc_hash::FxHashMap;
use syntax::jinja::walk::{self, NameRole, Role, Visitor};
use syntax::jinja::{Expr, ExprKind, Name, Statement, StatementKind, Template, TokenKind};
use text::TextRange;

use super::{Modifiers, TokenType, Tokens};
use crate::scopes::{Binder, Scopes};

/// Names that Salt and Jinja give every template.
const GIVEN: [&str; 14] = [
    "salt",
    "grains",
    "pillar",
    "opts",
    "saltenv",
    "sls",
    "slspath",
    "tpldir",
    "tplfile",
    "tpldot",
    "range",
    "dict",
    "namespace",
    "loop",
];

/// Adds the tokens of all tags and comments.
pub(super) fn read(tokens: &mut Tokens<'_>, template: &Template) {
    let mut words = Words::default();
    let scopes = Scopes::of(template);
    for variable in &scopes.variables {
        let kind = match variable.binder {
            Binder::Macro => TokenType::Macro,
            Binder::Parameter => TokenType::Parameter,
            Binder::Module => TokenType::Namespace,
            _ => TokenType::Variable,
        };
        variable.bound.iter().for_each(|range| words.note(*range, kind, Modifiers::DECLARATION));
        variable.read.iter().for_each(|range| words.note(*range, kind, 0));
    }
    for (name, range) in &scopes.free {
        let given = if GIVEN.contains(&name.as_str()) { Modifiers::LIBRARY } else { 0 };
        words.note(*range, TokenType::Variable, given);
    }
    walk::walk_body(&template.body, &mut words);
    tokens.layer();
    for token in &template.tokens {
        let word = token.range.slice(tokens.text);
        let known = words.found.get(&token.range.start).copied();
        let (kind, modifiers) = match token.kind {
            TokenKind::Comment => (TokenType::Comment, 0),
            TokenKind::Keyword => (TokenType::Keyword, 0),
            TokenKind::Open | TokenKind::Close => (TokenType::Operator, 0),
            TokenKind::Operator if word.starts_with(|c: char| c.is_ascii_alphabetic()) => (TokenType::Keyword, 0),
            TokenKind::Operator => (TokenType::Operator, 0),
            TokenKind::Number => (TokenType::Number, 0),
            TokenKind::String => known.unwrap_or((TokenType::String, 0)),
            TokenKind::Name => known.unwrap_or(match word {
                "if" | "else" | "in" | "is" | "not" | "and" | "or" | "as" | "with" | "without" | "context"
                | "import" | "ignore" | "missing" | "recursive" | "scoped" | "required" | "true" | "false" | "none"
                | "True" | "False" | "None" => (TokenType::Keyword, 0),
                _ => (TokenType::Variable, 0),
            }),
            TokenKind::Data | TokenKind::Blank | TokenKind::Bad => continue,
        };
        tokens.add(token.range, kind, modifiers);
    }
}

/// What words mean, by where they start.
#[derive(Default)]
struct Words {
    found: FxHashMap<u32, (TokenType, u32)>,
}

impl Words {
    fn note(&mut self, range: TextRange, kind: TokenType, modifiers: u32) {
        self.found.insert(range.start, (kind, modifiers));
    }

    /// `salt['mod.fn'](key, …)`, `pillar.get(key)`, `m(…)`.
    fn call(&mut self, callee: &Expr, first: Option<&Expr>) {
        let (function, of) = match &*callee.kind {
            ExprKind::Item(of, index) => match &*index.kind {
                ExprKind::Str { value, .. } if is_name(of, "salt") => {
                    self.note(index.range, TokenType::Function, Modifiers::LIBRARY);
                    (value.as_str(), "salt")
                }
                _ => return,
            },
            ExprKind::Attribute(of, name) => {
                self.note(name.range, TokenType::Function, 0);
                match &*of.kind {
                    ExprKind::Name(of) => (name.text.as_str(), of.as_str()),
                    ExprKind::Attribute(..) => ("", ""),
                    _ => return,
                }
            }
            ExprKind::Name(_) => return,
            _ => return,
        };
        let Some(first) = first.filter(|first| matches!(&*first.kind, ExprKind::Str { .. })) else { return };
        match (of, function) {
            ("salt", "pillar.get" | "pillar.fetch" | "pillar.item" | "config.get") | ("pillar", "get") => {
                self.note(first.range, TokenType::Property, 0);
            }
            ("salt", "grains.get" | "grains.fetch" | "grains.item") | ("grains", "get") => {
                self.note(first.range, TokenType::EnumMember, 0);
            }
            _ => {}
        }
    }
}

fn is_name(expr: &Expr, wanted: &str) -> bool {
    matches!(&*expr.kind, ExprKind::Name(name) if name == wanted)
}

impl<'t> Visitor<'t> for Words {
    fn enter_expr(&mut self, expr: &'t Expr, _: Role) -> bool {
        match &*expr.kind {
            ExprKind::CallExpr(callee, args) => self.call(callee, args.positional.first()),
            ExprKind::Item(of, index) if matches!(&*index.kind, ExprKind::Str { .. }) => {
                if is_name(of, "pillar") {
                    self.note(index.range, TokenType::Property, 0);
                } else if is_name(of, "grains") {
                    self.note(index.range, TokenType::EnumMember, 0);
                }
            }
            _ => {}
        }
        true
    }

    fn name(&mut self, name: &'t Name, role: NameRole) {
        let (kind, modifiers) = match role {
            // a method that was noted as one stays one
            NameRole::Attribute if self.found.contains_key(&name.range.start) => return,
            NameRole::Attribute => (TokenType::Property, 0),
            NameRole::Filter | NameRole::Test => (TokenType::Function, Modifiers::LIBRARY),
            NameRole::Keyword => (TokenType::Parameter, 0),
            NameRole::Block => (TokenType::Namespace, Modifiers::DECLARATION),
            NameRole::Imported => (TokenType::Variable, 0),
            NameRole::Macro | NameRole::Param | NameRole::Import | NameRole::FromImport | NameRole::Alias => return,
        };
        self.note(name.range, kind, modifiers);
    }
}

/// The bodies of arms that a constant rules out.
pub(super) fn dead(template: &Template) -> Vec<TextRange> {
    let mut found = Dead(Vec::new());
    walk::walk_body(&template.body, &mut found);
    found.0
}

struct Dead(Vec<TextRange>);

impl<'t> Visitor<'t> for Dead {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        let StatementKind::If(arms) = &statement.kind else { return true };
        let mut certain = false;
        for arm in arms {
            let constant = arm.test.as_ref().and_then(|test| match &*test.kind {
                ExprKind::Bool(value) => Some(*value),
                ExprKind::None => Some(false),
                _ => None,
            });
            if certain || constant == Some(false) {
                let body = arm.body.iter().map(|statement| statement.range).reduce(TextRange::join);
                self.0.extend(body);
            }
            certain |= constant == Some(true);
        }
        true
    }
}
