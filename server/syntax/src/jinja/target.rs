//! Assignment targets: what `set`, `for`, `with`, `import` and macros assign to. Knows nothing of
//! statements.

use super::cursor::Cursor;
use super::expr::TupleRules;
use super::{BinaryOp, Expr, ExprKind, Name, UnaryOp};

impl Cursor<'_> {
    /// `parse_assign_target`
    pub(super) fn target(&mut self, namespace: bool) -> Expr {
        let rules = TupleRules { simplified: true, namespace, ..TupleRules::default() };
        let (target, _) = self.tuple(rules);
        if !can_assign(&target) {
            self.fail_at(target.range, format!("can't assign to '{}'", node_name(&target)));
        }
        target
    }

    /// `parse_assign_target(name_only=True)`
    pub(super) fn target_name(&mut self) -> Name {
        let name = self.expect_name();
        if matches!(name.text.as_str(), "true" | "false" | "none" | "True" | "False" | "None") {
            self.fail_at(name.range, "can't assign to 'name'");
        }
        name
    }
}

/// `can_assign` of jinja2's nodes.
fn can_assign(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Name(_) | ExprKind::NsRef(..) | ExprKind::Error => true,
        ExprKind::Tuple(items) => items.iter().all(can_assign),
        _ => false,
    }
}

/// The class of jinja2's node, in lower case.
fn node_name(expr: &Expr) -> &'static str {
    match &*expr.kind {
        ExprKind::Name(_) => "name",
        ExprKind::NsRef(..) => "nsref",
        ExprKind::None | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str { .. } => "const",
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) => "list",
        ExprKind::Dict(_) => "dict",
        ExprKind::Unary(UnaryOp::Not, _) => "not",
        ExprKind::Unary(UnaryOp::Neg, _) => "neg",
        ExprKind::Unary(UnaryOp::Pos, _) => "pos",
        ExprKind::Binary(op, ..) => match op {
            BinaryOp::Add => "add",
            BinaryOp::Sub => "sub",
            BinaryOp::Mul => "mul",
            BinaryOp::Div => "div",
            BinaryOp::FloorDiv => "floordiv",
            BinaryOp::Mod => "mod",
            BinaryOp::Pow => "pow",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
        },
        ExprKind::Concat(_) => "concat",
        ExprKind::Compare(..) => "compare",
        ExprKind::Conditional { .. } => "condexpr",
        ExprKind::Attribute(..) => "getattr",
        ExprKind::Item(..) => "getitem",
        ExprKind::Slice(..) => "slice",
        ExprKind::CallExpr(..) => "call",
        ExprKind::Filter { .. } => "filter",
        ExprKind::Test { .. } => "test",
        ExprKind::Error => "",
    }
}
