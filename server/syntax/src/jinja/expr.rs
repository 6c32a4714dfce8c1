//! Expressions, with the precedence of `jinja2/parser.py`. Knows nothing of statements.

use smol_str::SmolStr;
use text::TextRange;

use super::cursor::Cursor;
use super::literal;
use super::token::{Kind, Op};
use super::{Args, BinaryOp, CompareOp, Expr, ExprKind, Name, UnaryOp};

const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const ADD: u8 = 5;
const CONCAT: u8 = 6;
const MUL: u8 = 7;
const POW: u8 = 8;

/// An operator between two operands.
enum Infix {
    Binary(BinaryOp),
    Compare(CompareOp),
    Concat,
}

/// How a tuple may look (the arguments of `parse_tuple`).
#[derive(Clone, Copy, Default)]
pub(super) struct TupleRules {
    /// Only names and literals: an assignment's target.
    pub(super) simplified: bool,
    /// `a if b` is not read.
    pub(super) no_conditional: bool,
    /// Parentheses stand around it.
    pub(super) explicit: bool,
    /// `ns.attribute` is a target.
    pub(super) namespace: bool,
}

impl Cursor<'_> {
    /// `parse_expression`
    pub(super) fn expression(&mut self) -> Expr {
        if !self.enter() {
            return self.no_expr();
        }
        let start = self.start();
        let mut left = self.binary(OR);
        while self.skip_word("if") {
            let mut height = self.height;
            let test = self.binary(OR);
            height = height.max(self.height);
            let otherwise = if self.skip_word("else") { Some(self.expression()) } else { None };
            height = height.max(self.height);
            left = self.make(ExprKind::Conditional { test, then: left, otherwise }, start, height);
        }
        self.leave();
        left
    }

    /// `parse_expression(with_condexpr=False)`
    pub(super) fn expression_without_condition(&mut self) -> Expr {
        if !self.enter() {
            return self.no_expr();
        }
        let expr = self.binary(OR);
        self.leave();
        expr
    }

    /// The operator at the cursor: itself, its level, and how many tokens it takes.
    fn infix(&mut self) -> Option<(Infix, u8, usize)> {
        let (infix, level) = match self.kind() {
            Kind::Op(op) => match op {
                Op::Eq => (Infix::Compare(CompareOp::Eq), COMPARE),
                Op::Ne => (Infix::Compare(CompareOp::Ne), COMPARE),
                Op::Lt => (Infix::Compare(CompareOp::Lt), COMPARE),
                Op::Le => (Infix::Compare(CompareOp::Le), COMPARE),
                Op::Gt => (Infix::Compare(CompareOp::Gt), COMPARE),
                Op::Ge => (Infix::Compare(CompareOp::Ge), COMPARE),
                Op::Add => (Infix::Binary(BinaryOp::Add), ADD),
                Op::Sub => (Infix::Binary(BinaryOp::Sub), ADD),
                Op::Tilde => (Infix::Concat, CONCAT),
                Op::Mul => (Infix::Binary(BinaryOp::Mul), MUL),
                Op::Div => (Infix::Binary(BinaryOp::Div), MUL),
                Op::FloorDiv => (Infix::Binary(BinaryOp::FloorDiv), MUL),
                Op::Mod => (Infix::Binary(BinaryOp::Mod), MUL),
                Op::Pow => (Infix::Binary(BinaryOp::Pow), POW),
                _ => return None,
            },
            Kind::Name => match self.text() {
                "or" => (Infix::Binary(BinaryOp::Or), OR),
                "and" => (Infix::Binary(BinaryOp::And), AND),
                "in" => (Infix::Compare(CompareOp::In), COMPARE),
                "not" if self.next_is_word("in") => return Some((Infix::Compare(CompareOp::NotIn), COMPARE, 2)),
                _ => return None,
            },
            _ => return None,
        };
        Some((infix, level, 1))
    }

    /// Operators of level `min` and above. `not` is one only in front of a comparison: deeper down
    /// jinja2 takes it for a variable's name.
    fn binary(&mut self, min: u8) -> Expr {
        let start = self.start();
        let mut left = if min <= NOT && self.is_word("not") {
            self.advance();
            if !self.enter() {
                return self.no_expr();
            }
            let operand = self.binary(NOT);
            self.leave();
            let height = self.height;
            self.make(ExprKind::Unary(UnaryOp::Not, operand), start, height)
        } else {
            self.unary(true)
        };
        while let Some((infix, level, tokens)) = self.infix() {
            if level < min {
                break;
            }
            let mut height = self.height;
            let kind = match infix {
                Infix::Binary(op) => {
                    self.advance();
                    let right = if level == POW { self.unary(true) } else { self.binary(level + 1) };
                    height = height.max(self.height);
                    ExprKind::Binary(op, left, right)
                }
                Infix::Concat => {
                    let mut parts = vec![left];
                    while self.skip(Op::Tilde) {
                        parts.push(self.binary(MUL));
                        height = height.max(self.height);
                    }
                    ExprKind::Concat(parts)
                }
                Infix::Compare(first) => {
                    let (mut op, mut tokens) = (first, tokens);
                    let mut rest = Vec::with_capacity(1);
                    loop {
                        for _ in 0..tokens {
                            self.advance();
                        }
                        rest.push((op, self.binary(ADD)));
                        height = height.max(self.height);
                        match self.infix() {
                            Some((Infix::Compare(next), _, n)) => (op, tokens) = (next, n),
                            _ => break,
                        }
                    }
                    ExprKind::Compare(left, rest)
                }
            };
            left = self.make(kind, start, height);
        }
        left
    }

    fn unary(&mut self, with_filter: bool) -> Expr {
        let start = self.start();
        let sign = match self.kind() {
            Kind::Op(Op::Sub) => Some(UnaryOp::Neg),
            Kind::Op(Op::Add) => Some(UnaryOp::Pos),
            _ => None,
        };
        let mut node = if let Some(op) = sign {
            self.advance();
            if !self.enter() {
                return self.no_expr();
            }
            let operand = self.unary(false);
            self.leave();
            let height = self.height;
            self.make(ExprKind::Unary(op, operand), start, height)
        } else {
            self.primary(false)
        };
        node = self.postfix(node, start);
        if with_filter { self.filters_and_tests(node, start) } else { node }
    }

    /// `parse_primary`
    pub(super) fn primary(&mut self, namespace: bool) -> Expr {
        let start = self.start();
        let text = self.text();
        match self.kind() {
            Kind::Name => {
                self.advance();
                let kind = match text {
                    "true" | "True" => ExprKind::Bool(true),
                    "false" | "False" => ExprKind::Bool(false),
                    "none" | "None" => ExprKind::None,
                    _ if namespace && self.skip(Op::Dot) => ExprKind::NsRef(SmolStr::new(text), self.expect_name()),
                    _ => ExprKind::Name(SmolStr::new(text)),
                };
                self.make(kind, start, 0)
            }
            Kind::Str | Kind::OpenStr => self.string(),
            Kind::Int => {
                self.advance();
                self.make(ExprKind::Int(SmolStr::new(text)), start, 0)
            }
            Kind::Float => {
                self.advance();
                let value = text.replace('_', "").parse().unwrap_or(f64::INFINITY);
                self.make(ExprKind::Float(value), start, 0)
            }
            Kind::Op(Op::LParen) => {
                self.advance();
                let mut inner = self.tuple(TupleRules { explicit: true, ..TupleRules::default() });
                let is_tuple = inner.1;
                self.expect_closer(Op::RParen);
                if is_tuple {
                    inner.0.range = TextRange::new(start, self.previous_end());
                }
                inner.0
            }
            Kind::Op(Op::LBracket) => self.list(),
            Kind::Op(Op::LBrace) => self.dict(),
            _ => {
                self.fail(format!("unexpected '{}'", self.describe()));
                self.no_expr()
            }
        }
    }

    /// One string literal, or several side by side.
    fn string(&mut self) -> Expr {
        let start = self.start();
        let mut value = SmolStr::default();
        let mut parts = Vec::with_capacity(1);
        let mut plain = true;
        // several literals are joined here, so that many of them cost no more than their length
        let mut pieces: Option<String> = None;
        while let Kind::Str | Kind::OpenStr = self.kind() {
            let range = self.range();
            let end = if self.kind() == Kind::Str { range.end - 1 } else { range.end };
            let inner = TextRange::new(range.start + 1, end);
            match literal::decode(inner.slice(self.source)) {
                Ok(decoded) => {
                    plain &= decoded.plain;
                    value = if parts.is_empty() {
                        SmolStr::new(decoded.value)
                    } else {
                        let joined = pieces.get_or_insert_with(|| value.to_string());
                        joined.push_str(&decoded.value);
                        value
                    };
                }
                Err(_) => plain = false,
            }
            parts.push(inner);
            self.advance();
        }
        plain &= parts.len() == 1;
        let value = pieces.map_or(value, SmolStr::new);
        self.make(ExprKind::Str { value, parts, plain }, start, 0)
    }

    /// `is_tuple_end`. The words that jinja2 means to end a tuple too (`in`, `recursive`) don't: it
    /// tests for the tuple of them instead of each.
    fn at_tuple_end(&self) -> bool {
        matches!(self.kind(), Kind::VariableEnd | Kind::BlockEnd | Kind::Op(Op::RParen))
    }

    /// `parse_tuple`: the expression, and whether commas (or empty parentheses) made it a tuple.
    pub(super) fn tuple(&mut self, rules: TupleRules) -> (Expr, bool) {
        let start = self.start();
        let mut items = Vec::new();
        let mut is_tuple = false;
        let mut height = 0;
        loop {
            if !items.is_empty() && !self.expect(Op::Comma) {
                break;
            }
            if self.at_tuple_end() {
                break;
            }
            items.push(if rules.simplified {
                self.target_part(rules.namespace)
            } else if rules.no_conditional {
                self.expression_without_condition()
            } else {
                self.expression()
            });
            height = height.max(self.height);
            if !self.is(Op::Comma) {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            if let Some(only) = items.pop() {
                self.height = height;
                return (only, false);
            }
            if !rules.explicit {
                self.fail(format!("Expected an expression, got '{}'", self.describe()));
                return (self.no_expr(), false);
            }
        }
        (self.make(ExprKind::Tuple(items), start, height), true)
    }

    fn target_part(&mut self, namespace: bool) -> Expr {
        if !self.enter() {
            return self.no_expr();
        }
        let part = self.primary(namespace);
        self.leave();
        part
    }

    fn list(&mut self) -> Expr {
        let start = self.start();
        self.advance();
        let (mut items, mut height) = (Vec::new(), 0);
        while !self.is(Op::RBracket) {
            if !items.is_empty() && !self.expect(Op::Comma) {
                break;
            }
            if self.is(Op::RBracket) {
                break;
            }
            items.push(self.expression());
            height = height.max(self.height);
        }
        self.expect_closer(Op::RBracket);
        self.make(ExprKind::List(items), start, height)
    }

    fn dict(&mut self) -> Expr {
        let start = self.start();
        self.advance();
        let (mut items, mut height) = (Vec::new(), 0);
        while !self.is(Op::RBrace) {
            if !items.is_empty() && !self.expect(Op::Comma) {
                break;
            }
            if self.is(Op::RBrace) {
                break;
            }
            let key = self.expression();
            height = height.max(self.height);
            let value = if self.expect(Op::Colon) { self.expression() } else { self.no_expr() };
            height = height.max(self.height);
            items.push((key, value));
        }
        self.expect_closer(Op::RBrace);
        self.make(ExprKind::Dict(items), start, height)
    }

    /// `parse_postfix`
    fn postfix(&mut self, mut node: Expr, start: u32) -> Expr {
        loop {
            let height = self.height;
            node = match self.kind() {
                Kind::Op(Op::Dot) => self.attribute(node, start),
                Kind::Op(Op::LBracket) => {
                    self.advance();
                    let index = self.index();
                    let height = height.max(self.height);
                    self.make(ExprKind::Item(node, index), start, height)
                }
                Kind::Op(Op::LParen) => self.call(node, start),
                _ => return node,
            };
        }
    }

    fn attribute(&mut self, node: Expr, start: u32) -> Expr {
        let height = self.height;
        self.advance();
        match self.kind() {
            Kind::Int => {
                let index = self.primary(false);
                self.make(ExprKind::Item(node, index), start, height)
            }
            Kind::Name => {
                let name = self.expect_name();
                self.make(ExprKind::Attribute(node, name), start, height)
            }
            kind => {
                // jinja2 goes on before it complains, so what the lexer refuses next comes first
                let range = self.range();
                if kind != Kind::Bad {
                    self.look();
                }
                self.fail_at(range, "expected name or number");
                let name = Name { text: SmolStr::default(), range: TextRange::empty(self.previous_end()) };
                self.make(ExprKind::Attribute(node, name), start, height)
            }
        }
    }

    /// What stands between `[` and `]`.
    fn index(&mut self) -> Expr {
        let start = self.start();
        let (mut items, mut height) = (Vec::new(), 0);
        while !self.is(Op::RBracket) {
            if !items.is_empty() && !self.expect(Op::Comma) {
                break;
            }
            items.push(self.subscribed());
            height = height.max(self.height);
        }
        let end = self.previous_end();
        self.expect_closer(Op::RBracket);
        if items.len() == 1
            && let Some(only) = items.pop()
        {
            self.height = height;
            return only;
        }
        let mut tuple = self.make(ExprKind::Tuple(items), start, height);
        tuple.range = TextRange::new(start.min(end), end);
        tuple
    }

    /// `parse_subscribed`: an expression or a slice.
    fn subscribed(&mut self) -> Expr {
        let start = self.start();
        let mut height = 0;
        let first = if self.is(Op::Colon) {
            None
        } else {
            let expr = self.expression();
            height = self.height;
            if !self.is(Op::Colon) {
                return expr;
            }
            Some(expr)
        };
        self.advance();
        let open = |cursor: &Self| !matches!(cursor.kind(), Kind::Op(Op::RBracket | Op::Comma));
        let stop = if !self.is(Op::Colon) && open(self) { Some(self.expression()) } else { None };
        height = height.max(stop.as_ref().map_or(0, |_| self.height));
        let step = if self.skip(Op::Colon) && open(self) { Some(self.expression()) } else { None };
        height = height.max(step.as_ref().map_or(0, |_| self.height));
        self.make(ExprKind::Slice(first, stop, step), start, height)
    }

    fn call(&mut self, callee: Expr, start: u32) -> Expr {
        let mut height = self.height;
        let args = self.args();
        height = height.max(self.height);
        self.make(ExprKind::CallExpr(callee, args), start, height)
    }

    /// `parse_call_args`; sets the height of the highest argument.
    fn args(&mut self) -> Args {
        let open = self.range();
        let mut args = Args::default();
        let mut height = 0;
        let mut comma = false;
        self.expect(Op::LParen);
        let ensure = |cursor: &mut Self, holds: bool| {
            if !holds {
                cursor.fail_at(open, "invalid syntax for function call expression");
            }
        };
        while !self.is(Op::RParen) {
            if comma && (!self.expect(Op::Comma) || self.is(Op::RParen)) {
                break;
            }
            if self.is(Op::Mul) {
                ensure(self, args.star.is_none() && args.star_star.is_none());
                self.advance();
                args.star = Some(self.expression());
            } else if self.is(Op::Pow) {
                ensure(self, args.star_star.is_none());
                self.advance();
                args.star_star = Some(self.expression());
            } else if self.kind() == Kind::Name && self.look() == Kind::Op(Op::Assign) {
                ensure(self, args.star_star.is_none());
                let name = self.expect_name();
                self.advance();
                args.keyword.push((name, self.expression()));
            } else {
                ensure(self, args.star.is_none() && args.star_star.is_none() && args.keyword.is_empty());
                args.positional.push(self.expression());
            }
            height = height.max(self.height);
            comma = true;
        }
        self.expect_closer(Op::RParen);
        args.range = TextRange::new(open.start, self.previous_end());
        self.height = height;
        args
    }

    /// `parse_filter_expr`
    fn filters_and_tests(&mut self, mut node: Expr, start: u32) -> Expr {
        loop {
            node = match self.kind() {
                Kind::Op(Op::Pipe) => {
                    self.advance();
                    self.filter(Some(node), start)
                }
                Kind::Op(Op::LParen) => self.call(node, start),
                Kind::Name if self.text() == "is" => self.test(node, start),
                _ => return node,
            };
        }
    }

    /// A filter's or test's name, dots included.
    fn dotted_name(&mut self) -> Name {
        let mut name = self.expect_name();
        while self.skip(Op::Dot) {
            let part = self.expect_name();
            name.text = SmolStr::new(format!("{}.{}", name.text, part.text));
            name.range = name.range.join(part.range);
        }
        name
    }

    fn optional_args(&mut self) -> Args {
        if self.is(Op::LParen) {
            return self.args();
        }
        self.height = 0;
        Args { range: TextRange::empty(self.previous_end()), ..Args::default() }
    }

    /// One filter, the `|` in front of it being read already.
    fn filter(&mut self, input: Option<Expr>, start: u32) -> Expr {
        let mut height = if input.is_some() { self.height } else { 0 };
        let name = self.dotted_name();
        let args = self.optional_args();
        height = height.max(self.height);
        self.make(ExprKind::Filter { input, name, args }, start, height)
    }

    /// `parse_filter(None, start_inline)`: a chain without an input.
    pub(super) fn filter_chain(&mut self, start_inline: bool) -> Option<Expr> {
        let start = self.start();
        let mut chain = start_inline.then(|| self.filter(None, start));
        while self.skip(Op::Pipe) {
            chain = Some(self.filter(chain, start));
        }
        chain
    }

    fn test(&mut self, input: Expr, start: u32) -> Expr {
        let mut height = self.height;
        self.advance();
        let negated = self.skip_word("not");
        let name = self.dotted_name();
        let mut args = self.optional_args();
        let takes_operand = match self.kind() {
            _ if !args.range.is_empty() => false,
            Kind::Name => !matches!(self.text(), "else" | "or" | "and"),
            Kind::Str | Kind::OpenStr | Kind::Int | Kind::Float | Kind::Op(Op::LBracket | Op::LBrace) => true,
            _ => false,
        };
        if takes_operand {
            if self.is_word("is") {
                self.fail("You cannot chain multiple tests with is");
            }
            let from = self.start();
            let operand = self.primary(false);
            args.positional.push(self.postfix(operand, from));
        }
        height = height.max(self.height);
        let test = self.make(ExprKind::Test { input, name, args }, start, height);
        if !negated {
            return test;
        }
        let height = self.height;
        self.make(ExprKind::Unary(UnaryOp::Not, test), start, height)
    }
}
