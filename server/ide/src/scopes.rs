//! The names of one template by Jinja's scopes: where each variable is bound and where it is read.
//! Bindings of one name in one scope are one variable. Knows the syntax only: no values, no other files.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::{Args, Body, Expr, ExprKind, Macro, Statement, StatementKind, Template};
use text::TextRange;

/// Deeper templates are read so far.
const MAX_DEPTH: usize = 200;

/// What makes a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Binder {
    /// `macro`
    Macro,
    /// A macro's parameter.
    Parameter,
    /// `for`
    Loop,
    /// `set`, `with`, a load tag, `import_yaml`
    Assignment,
    /// `import … as name`
    Module,
    /// `from … import name`: another template's name, under its own name here.
    Member,
    /// `from … import name as alias`
    Alias,
}

/// One variable of a template.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// Its name.
    pub name: SmolStr,
    /// What makes it; the first of several.
    pub binder: Binder,
    /// Whether other templates can import it.
    pub top: bool,
    /// Where it is bound.
    pub bound: Vec<TextRange>,
    /// Where it is read.
    pub read: Vec<TextRange>,
    /// The macro that it is a parameter of: the range of that macro's name (empty for `caller`).
    pub of: Option<TextRange>,
}

impl Variable {
    /// All places of it.
    pub(crate) fn places(&self) -> impl Iterator<Item = TextRange> {
        self.bound.iter().chain(&self.read).copied()
    }
}

/// The names of a template.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    /// Its variables in the order of their first bindings.
    pub variables: Vec<Variable>,
    /// Names that nothing here binds: Salt's own, a caller's context.
    pub free: Vec<(SmolStr, TextRange)>,
}

impl Scopes {
    /// Reads a template.
    pub(crate) fn of(template: &Template) -> Self {
        let mut walk = Walk { scopes: vec![FxHashMap::default()], ..Walk::default() };
        walk.body(&template.body);
        for (name, range) in std::mem::take(&mut walk.late) {
            // a macro's body runs when it is called: it sees what is set at top level after it
            match walk.scopes.first().and_then(|top| top.get(&name)) {
                Some(&n) => walk.found.variables[n].read.push(range),
                None => walk.found.free.push((name, range)),
            }
        }
        walk.found
    }

    /// The variable that a place at `offset` belongs to, with that place.
    pub(crate) fn at(&self, offset: u32) -> Option<(&Variable, TextRange)> {
        let all = self.variables.iter().flat_map(|one| one.places().map(move |range| (one, range)));
        all.filter(|(_, range)| range.touches(offset)).min_by_key(|(_, range)| range.len())
    }
}

#[derive(Default)]
struct Walk {
    found: Scopes,
    scopes: Vec<FxHashMap<SmolStr, usize>>,
    late: Vec<(SmolStr, TextRange)>,
    depth: usize,
}

impl Walk {
    fn scoped(&mut self, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(FxHashMap::default());
        walk(self);
        self.scopes.pop();
    }

    fn bind(&mut self, name: &SmolStr, range: TextRange, binder: Binder, of: Option<TextRange>) {
        let top = self.scopes.len() == 1;
        let Some(scope) = self.scopes.last_mut() else { return };
        match scope.get(name) {
            Some(&n) => self.found.variables[n].bound.push(range),
            None => {
                scope.insert(name.clone(), self.found.variables.len());
                let (bound, read) = (vec![range], Vec::new());
                self.found.variables.push(Variable { name: name.clone(), binder, top, bound, read, of });
            }
        }
    }

    fn read(&mut self, name: &SmolStr, range: TextRange) {
        match self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            Some(&n) => self.found.variables[n].read.push(range),
            None => self.late.push((name.clone(), range)),
        }
    }

    fn body(&mut self, body: &Body) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        body.iter().for_each(|statement| self.statement(statement));
        self.depth -= 1;
    }

    fn target(&mut self, target: &Expr, binder: Binder) {
        match &*target.kind {
            ExprKind::Name(name) => self.bind(name, target.range, binder, None),
            ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().for_each(|part| self.target(part, binder)),
            ExprKind::NsRef(name, attribute) => {
                let end = attribute.range.start.saturating_sub(1).max(target.range.start);
                self.read(name, TextRange::new(target.range.start, end));
            }
            _ => {}
        }
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each kind of statement")]
    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Data(_)
            | StatementKind::Comment
            | StatementKind::Raw(_)
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Error => {}
            StatementKind::Output(expr) | StatementKind::Extends(expr) | StatementKind::Do(expr) => self.expr(expr),
            StatementKind::Include { template, .. } => self.expr(template),
            StatementKind::Print(all) => all.iter().for_each(|expr| self.expr(expr)),
            StatementKind::Set { target, value } => {
                self.expr(value);
                self.target(target, Binder::Assignment);
            }
            StatementKind::SetBlock { target, filter, body } => {
                filter.iter().for_each(|filter| self.expr(filter));
                self.scoped(|walk| walk.body(body));
                self.target(target, Binder::Assignment);
            }
            StatementKind::Load { target, body, .. } => {
                self.scoped(|walk| walk.body(body));
                self.target(target, Binder::Assignment);
            }
            // `if` opens no scope
            StatementKind::If(arms) => {
                for arm in arms {
                    arm.test.iter().for_each(|test| self.expr(test));
                    self.body(&arm.body);
                }
            }
            StatementKind::For { target, iter, filter, body, otherwise, .. } => {
                self.expr(iter);
                self.scoped(|walk| {
                    walk.target(target, Binder::Loop);
                    filter.iter().for_each(|filter| walk.expr(filter));
                    walk.body(body);
                });
                self.scoped(|walk| otherwise.iter().for_each(|body| walk.body(body)));
            }
            StatementKind::Macro(found) => {
                self.bind(&found.name.text, found.name.range, Binder::Macro, None);
                self.macro_body(found);
            }
            StatementKind::Call { caller, call } => {
                self.expr(call);
                self.macro_body(caller);
            }
            StatementKind::FilterBlock { filter: value, body } | StatementKind::Autoescape { value, body } => {
                self.expr(value);
                self.scoped(|walk| walk.body(body));
            }
            StatementKind::Block { body, .. } => self.scoped(|walk| walk.body(body)),
            StatementKind::Import { template, target, .. } => {
                self.expr(template);
                self.bind(&target.text, target.range, Binder::Module, None);
            }
            StatementKind::ImportData { template, target, .. } => {
                self.expr(template);
                self.bind(&target.text, target.range, Binder::Assignment, None);
            }
            StatementKind::FromImport { template, names, .. } => {
                self.expr(template);
                for (name, alias) in names {
                    match alias {
                        Some(alias) => self.bind(&alias.text, alias.range, Binder::Alias, None),
                        None => self.bind(&name.text, name.range, Binder::Member, None),
                    }
                }
            }
            StatementKind::With { bindings, body } => {
                bindings.iter().for_each(|(_, value)| self.expr(value));
                self.scoped(|walk| {
                    bindings.iter().for_each(|(target, _)| walk.target(target, Binder::Assignment));
                    walk.body(body);
                });
            }
            StatementKind::Profile { label, body } => {
                self.expr(label);
                self.body(body);
            }
        }
    }

    fn macro_body(&mut self, found: &Macro) {
        self.scoped(|walk| {
            for param in &found.params {
                param.default.iter().for_each(|default| walk.expr(default));
                walk.bind(&param.name.text, param.name.range, Binder::Parameter, Some(found.name.range));
            }
            walk.body(&found.body);
        });
    }

    fn args(&mut self, args: &Args) {
        args.positional.iter().for_each(|expr| self.expr(expr));
        args.keyword.iter().for_each(|(_, expr)| self.expr(expr));
        args.star.iter().chain(&args.star_star).for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        self.expr_kind(expr);
        self.depth -= 1;
    }

    fn expr_kind(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str { .. }
            | ExprKind::Error => {}
            ExprKind::Name(name) | ExprKind::NsRef(name, _) => self.read(name, expr.range),
            ExprKind::Attribute(of, _) | ExprKind::Unary(_, of) => self.expr(of),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Concat(items) => {
                items.iter().for_each(|item| self.expr(item));
            }
            ExprKind::Dict(entries) => entries.iter().flat_map(|(k, v)| [k, v]).for_each(|item| self.expr(item)),
            ExprKind::Binary(_, left, right) | ExprKind::Item(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Compare(first, rest) => {
                self.expr(first);
                rest.iter().for_each(|(_, operand)| self.expr(operand));
            }
            ExprKind::Conditional { test, then, otherwise } => {
                self.expr(test);
                self.expr(then);
                otherwise.iter().for_each(|otherwise| self.expr(otherwise));
            }
            ExprKind::Slice(start, stop, step) => {
                start.iter().chain(stop).chain(step).for_each(|part| self.expr(part));
            }
            ExprKind::CallExpr(callee, args) => {
                self.expr(callee);
                self.args(args);
            }
            ExprKind::Filter { input, args, .. } => {
                input.iter().for_each(|input| self.expr(input));
                self.args(args);
            }
            ExprKind::Test { input, args, .. } => {
                self.expr(input);
                self.args(args);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use syntax::jinja::{Options, parse};

    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let scopes = Scopes::of(&parse(source, &Options::default()));
        let shown: Vec<String> = scopes
            .variables
            .iter()
            .map(|one| {
                let at = |all: &[TextRange]| all.iter().map(|r| r.start.to_string()).collect::<Vec<_>>().join(",");
                format!("{} {:?} bound {} read {}", one.name, one.binder, at(&one.bound), at(&one.read))
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn bindings_of_one_scope_are_one_variable() {
        check("{% set a = 1 %}{% if a %}{% set a = 2 %}{% endif %}{{ a }}", &["a Assignment bound 7,32 read 21,54"]);
        check(
            "{% set a = 1 %}{% for x in a %}{% set a = x %}{{ a }}{% endfor %}{{ a }}",
            &["a Assignment bound 7 read 27,68", "x Loop bound 22 read 42", "a Assignment bound 38 read 49"],
        );
    }

    #[test]
    fn macros_see_what_comes_later_and_broken_text_what_it_has() {
        check(
            "{% macro m(p) %}{{ p }}{{ late }}{% endmacro %}{% set late = 1 %}{{ m(",
            &["m Macro bound 9 read 68", "p Parameter bound 11 read 19", "late Assignment bound 54 read 26"],
        );
    }
}
