//! What a template binds its names to, all scopes together. Knows nothing of values.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::walk::{self, Visitor};
use syntax::jinja::{Expr, ExprKind, Statement, StatementKind, Template};

/// What a file binds, scopes put together.
#[derive(Default)]
pub(crate) struct Bindings {
    /// Values that a name is given, or that are merged into it.
    pub(super) values: FxHashMap<SmolStr, Vec<Bound>>,
}

#[derive(Clone)]
pub(super) enum Bound {
    Value(Expr),
    /// An item of the value: a loop's variable. The flag: of pairs of a mapping, the value.
    Item(Expr),
    Template(Expr),
    Member(Expr, SmolStr),
    Data(Expr),
}

impl Bindings {
    pub(super) fn read(template: &Template) -> Self {
        let mut bindings = Self::default();
        walk::walk_body(&template.body, &mut Collect(&mut bindings));
        bindings
    }

    fn bind(&mut self, name: &SmolStr, bound: Bound) {
        self.values.entry(name.clone()).or_default().push(bound);
    }

    /// `x.update(y)` and `salt['slsutil.update'](x, y)` add to `x`.
    fn merge(&mut self, expr: &Expr) {
        let ExprKind::CallExpr(callee, args) = &*expr.kind else { return };
        let (target, more) = match &*callee.kind {
            ExprKind::Attribute(base, name) if name.text == "update" => (Some(base), args.positional.as_slice()),
            _ => match args.positional.split_first() {
                Some((first, more)) => (Some(first), more),
                None => (None, &[][..]),
            },
        };
        if let Some(ExprKind::Name(name)) = target.map(|target| &*target.kind) {
            more.iter().for_each(|value| self.bind(name, Bound::Value(value.clone())));
        }
    }
}

struct Collect<'b>(&'b mut Bindings);

impl<'t> Visitor<'t> for Collect<'_> {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        match &statement.kind {
            StatementKind::Set { target, value } => {
                if let ExprKind::Name(name) = &*target.kind {
                    self.0.bind(name, Bound::Value(value.clone()));
                }
            }
            StatementKind::With { bindings, .. } => {
                for (target, value) in bindings {
                    if let ExprKind::Name(name) = &*target.kind {
                        self.0.bind(name, Bound::Value(value.clone()));
                    }
                }
            }
            StatementKind::For { target, iter, .. } => match &*target.kind {
                ExprKind::Name(name) => self.0.bind(name, Bound::Item(iter.clone())),
                ExprKind::Tuple(parts) => {
                    if let Some(ExprKind::Name(name)) = parts.get(1).map(|part| &*part.kind) {
                        self.0.bind(name, Bound::Item(iter.clone()));
                    }
                }
                _ => {}
            },
            StatementKind::Import { template, target, .. } => {
                self.0.bind(&target.text, Bound::Template(template.clone()));
            }
            StatementKind::ImportData { template, target, .. } => {
                self.0.bind(&target.text, Bound::Data(template.clone()));
            }
            StatementKind::FromImport { template, names, .. } => {
                for (name, alias) in names {
                    let here = alias.as_ref().unwrap_or(name);
                    self.0.bind(&here.text, Bound::Member(template.clone(), name.text.clone()));
                }
            }
            StatementKind::Do(expr) => self.0.merge(expr),
            _ => {}
        }
        true
    }
}
