//! Visiting a tree, and what stands under a cursor: the base of references, completion and hover.
//! Knows what nodes hold, not what they mean.

use super::{Args, Arm, Body, Expr, ExprKind, Macro, Name, Statement, StatementKind, Template, Token, TokenKind};

/// Called for every node, outer ones first, in the order of evaluation's scopes: a statement's own
/// expressions before its body. Every method may be left out.
pub trait Visitor<'t> {
    /// Before a statement's parts. False: they are skipped (and `leave_statement` with them).
    fn enter_statement(&mut self, _statement: &'t Statement) -> bool {
        true
    }
    /// After a statement's parts.
    fn leave_statement(&mut self, _statement: &'t Statement) {}
    /// Before an expression's parts. False: they are skipped (and `leave_expr` with them).
    fn enter_expr(&mut self, _expr: &'t Expr, _role: Role) -> bool {
        true
    }
    /// After an expression's parts.
    fn leave_expr(&mut self, _expr: &'t Expr) {}
    /// A name that is no expression.
    fn name(&mut self, _name: &'t Name, _role: NameRole) {}
}

/// How an expression is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Its value is read.
    Read,
    /// Its names are assigned: a target of `set`, `for`, `with` or a load tag.
    Target,
    /// It names a template.
    Template,
}

/// What a name that is no expression names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameRole {
    /// `a.NAME`
    Attribute,
    /// `a | NAME`
    Filter,
    /// `a is NAME`
    Test,
    /// `f(NAME=…)`
    Keyword,
    /// `macro NAME`
    Macro,
    /// `macro m(NAME)`
    Param,
    /// `block NAME`
    Block,
    /// `import … as NAME`, `import_yaml … as NAME`
    Import,
    /// `from … import NAME`, without an alias
    FromImport,
    /// `from … import NAME as alias`
    Imported,
    /// `from … import name as NAME`
    Alias,
}

/// Visits all statements of `body` and everything in them.
pub fn walk_body<'t>(body: &'t [Statement], visitor: &mut impl Visitor<'t>) {
    for statement in body {
        walk_statement(statement, visitor);
    }
}

/// Visits a statement and everything in it.
#[allow(clippy::too_many_lines, reason = "one arm per kind")]
pub fn walk_statement<'t>(statement: &'t Statement, visitor: &mut impl Visitor<'t>) {
    if !visitor.enter_statement(statement) {
        return;
    }
    match &statement.kind {
        StatementKind::Data(_)
        | StatementKind::Comment
        | StatementKind::Raw(_)
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Error => {}
        StatementKind::Output(expr) | StatementKind::Do(expr) => walk_expr(expr, Role::Read, visitor),
        StatementKind::Print(items) => items.iter().for_each(|e| walk_expr(e, Role::Read, visitor)),
        StatementKind::Set { target, value } => {
            walk_expr(value, Role::Read, visitor);
            walk_expr(target, Role::Target, visitor);
        }
        StatementKind::SetBlock { target, filter, body } => {
            walk_expr(target, Role::Target, visitor);
            if let Some(filter) = filter {
                walk_expr(filter, Role::Read, visitor);
            }
            walk_body(body, visitor);
        }
        StatementKind::If(arms) => {
            for Arm { test, body, .. } in arms {
                if let Some(test) = test {
                    walk_expr(test, Role::Read, visitor);
                }
                walk_body(body, visitor);
            }
        }
        StatementKind::For { target, iter, filter, body, otherwise, .. } => {
            walk_expr(iter, Role::Read, visitor);
            walk_expr(target, Role::Target, visitor);
            if let Some(filter) = filter {
                walk_expr(filter, Role::Read, visitor);
            }
            walk_body(body, visitor);
            walk_body(otherwise.as_deref().unwrap_or(&[]), visitor);
        }
        StatementKind::Macro(definition) => {
            visitor.name(&definition.name, NameRole::Macro);
            walk_macro(definition, visitor);
        }
        StatementKind::Call { caller, call } => {
            walk_expr(call, Role::Read, visitor);
            walk_macro(caller, visitor);
        }
        StatementKind::FilterBlock { filter: value, body }
        | StatementKind::Autoescape { value, body }
        | StatementKind::Profile { label: value, body } => {
            walk_expr(value, Role::Read, visitor);
            walk_body(body, visitor);
        }
        StatementKind::Block { name, body, .. } => {
            visitor.name(name, NameRole::Block);
            walk_body(body, visitor);
        }
        StatementKind::Extends(template) | StatementKind::Include { template, .. } => {
            walk_expr(template, Role::Template, visitor);
        }
        StatementKind::Import { template, target, .. } | StatementKind::ImportData { template, target, .. } => {
            walk_expr(template, Role::Template, visitor);
            visitor.name(target, NameRole::Import);
        }
        StatementKind::FromImport { template, names, .. } => {
            walk_expr(template, Role::Template, visitor);
            for (name, alias) in names {
                visitor.name(name, if alias.is_some() { NameRole::Imported } else { NameRole::FromImport });
                if let Some(alias) = alias {
                    visitor.name(alias, NameRole::Alias);
                }
            }
        }
        StatementKind::With { bindings, body } => {
            for (target, value) in bindings {
                walk_expr(value, Role::Read, visitor);
                walk_expr(target, Role::Target, visitor);
            }
            walk_body(body, visitor);
        }
        StatementKind::Load { target, body, .. } => {
            walk_body(body, visitor);
            walk_expr(target, Role::Target, visitor);
        }
    }
    visitor.leave_statement(statement);
}

fn walk_macro<'t>(definition: &'t Macro, visitor: &mut impl Visitor<'t>) {
    for param in &definition.params {
        visitor.name(&param.name, NameRole::Param);
        if let Some(default) = &param.default {
            walk_expr(default, Role::Read, visitor);
        }
    }
    walk_body(&definition.body, visitor);
}

/// Visits an expression and everything in it. The items of a target tuple are targets.
pub fn walk_expr<'t>(expr: &'t Expr, role: Role, visitor: &mut impl Visitor<'t>) {
    if !visitor.enter_expr(expr, role) {
        return;
    }
    let mut read = |e: &'t Expr| walk_expr(e, Role::Read, visitor);
    match &*expr.kind {
        ExprKind::Name(_)
        | ExprKind::None
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str { .. }
        | ExprKind::Error => {}
        ExprKind::NsRef(_, name) => visitor.name(name, NameRole::Attribute),
        ExprKind::Tuple(items) => items.iter().for_each(|e| walk_expr(e, role, visitor)),
        ExprKind::List(items) => {
            let role = if role == Role::Template { role } else { Role::Read };
            items.iter().for_each(|e| walk_expr(e, role, visitor));
        }
        ExprKind::Concat(items) => items.iter().for_each(read),
        ExprKind::Dict(items) => items.iter().flat_map(|(k, v)| [k, v]).for_each(read),
        ExprKind::Unary(_, operand) => read(operand),
        ExprKind::Binary(_, left, right) | ExprKind::Item(left, right) => {
            read(left);
            read(right);
        }
        ExprKind::Compare(first, rest) => {
            read(first);
            rest.iter().for_each(|(_, e)| read(e));
        }
        ExprKind::Conditional { test, then, otherwise } => {
            read(test);
            read(then);
            otherwise.iter().for_each(read);
        }
        ExprKind::Attribute(node, name) => {
            read(node);
            visitor.name(name, NameRole::Attribute);
        }
        ExprKind::Slice(start, stop, step) => [start, stop, step].into_iter().flatten().for_each(read),
        ExprKind::CallExpr(callee, args) => {
            read(callee);
            walk_args(args, visitor);
        }
        ExprKind::Filter { input, name, args } => {
            input.iter().for_each(read);
            visitor.name(name, NameRole::Filter);
            walk_args(args, visitor);
        }
        ExprKind::Test { input, name, args } => {
            read(input);
            visitor.name(name, NameRole::Test);
            walk_args(args, visitor);
        }
    }
    visitor.leave_expr(expr);
}

fn walk_args<'t>(args: &'t Args, visitor: &mut impl Visitor<'t>) {
    args.positional.iter().for_each(|e| walk_expr(e, Role::Read, visitor));
    for (name, value) in &args.keyword {
        visitor.name(name, NameRole::Keyword);
        walk_expr(value, Role::Read, visitor);
    }
    args.star.iter().chain(&args.star_star).for_each(|e| walk_expr(e, Role::Read, visitor));
}

/// The token at a cursor: the one that holds the byte at `offset`; at a boundary the word, string or
/// number that ends there wins over what begins there, unless that is a word too. `None` only for an
/// empty template.
#[must_use]
pub fn token_at(template: &Template, offset: u32) -> Option<Token> {
    let is_word = |token: &Token| {
        matches!(token.kind, TokenKind::Keyword | TokenKind::Name | TokenKind::String | TokenKind::Number)
    };
    let index = template.tokens.partition_point(|t| t.range.end <= offset);
    let here = template.tokens.get(index).copied();
    let before = index.checked_sub(1).and_then(|n| template.tokens.get(n)).copied();
    match (before, here) {
        (Some(before), Some(here)) if before.range.end == offset && is_word(&before) && !is_word(&here) => Some(before),
        (Some(before), None) => Some(before),
        (_, here) => here,
    }
}

/// A node of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node<'t> {
    /// A statement.
    Statement(&'t Statement),
    /// An expression.
    Expr(&'t Expr, Role),
    /// A name that is no expression.
    Name(&'t Name, NameRole),
}

/// The nodes around a cursor, outermost first: each one's range touches `offset` and lies in the one
/// before. Where two neighbours touch it, the later one is taken.
#[must_use]
pub fn path_at(body: &Body, offset: u32) -> Vec<Node<'_>> {
    let mut finder = Finder { offset, open: Vec::new(), best: Vec::new() };
    walk_body(body, &mut finder);
    finder.best
}

struct Finder<'t> {
    offset: u32,
    open: Vec<Node<'t>>,
    best: Vec<Node<'t>>,
}

impl<'t> Finder<'t> {
    /// Keeps the path to the node just entered if it goes at least as deep.
    fn keep(&mut self) {
        if self.open.len() >= self.best.len() {
            self.best.clone_from(&self.open);
        }
    }
}

impl<'t> Visitor<'t> for Finder<'t> {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        let inside = statement.range.touches(self.offset);
        if inside {
            self.open.push(Node::Statement(statement));
            self.keep();
        }
        inside
    }

    fn leave_statement(&mut self, _: &'t Statement) {
        self.open.pop();
    }

    fn enter_expr(&mut self, expr: &'t Expr, role: Role) -> bool {
        let inside = expr.range.touches(self.offset);
        if inside {
            self.open.push(Node::Expr(expr, role));
            self.keep();
        }
        inside
    }

    fn leave_expr(&mut self, _: &'t Expr) {
        self.open.pop();
    }

    fn name(&mut self, name: &'t Name, role: NameRole) {
        if name.range.touches(self.offset) {
            self.open.push(Node::Name(name, role));
            self.keep();
            self.open.pop();
        }
    }
}
