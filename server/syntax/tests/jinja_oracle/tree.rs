//! The parser's tree in the form in which `dump.py` prints jinja2's: Salt's tags as what Salt's
//! extension makes of them, comments and empty texts left out.

use num_bigint::BigInt;
use syntax::jinja::*;

/// Prints a parsed template.
pub fn dump(template: &Template, source: &str) -> String {
    Dump { source }.body(&template.body)
}

struct Dump<'a> {
    source: &'a str,
}

fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn flag(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn format_name(format: LoadFormat) -> &'static str {
    match format {
        LoadFormat::Yaml => "load_yaml",
        LoadFormat::Json => "load_json",
        LoadFormat::Text => "load_text",
    }
}

impl Dump<'_> {
    fn data(&self, range: text::TextRange) -> String {
        if range.is_empty() {
            return String::new();
        }
        format!("(data {})", quote(&range.slice(self.source).replace("\r\n", "\n").replace('\r', "\n")))
    }

    fn body(&self, body: &[Statement]) -> String {
        let parts: Vec<_> = body.iter().map(|s| self.statement(s)).filter(|s| !s.is_empty()).collect();
        format!("[{}]", parts.join(" "))
    }

    fn params(&self, of: &Macro) -> String {
        let params: Vec<_> =
            of.params.iter().map(|p| format!("{} {}", p.name.text, self.optional(p.default.as_ref()))).collect();
        format!("({})", params.join(" "))
    }

    #[allow(clippy::too_many_lines, reason = "one arm per kind")]
    fn statement(&self, statement: &Statement) -> String {
        let none = Vec::new();
        match &statement.kind {
            StatementKind::Data(range) | StatementKind::Raw(range) => self.data(*range),
            StatementKind::Comment => String::new(),
            StatementKind::Output(e) => format!("(out {})", self.expr(e)),
            StatementKind::Print(items) => {
                items.iter().map(|e| format!("(out {})", self.expr(e))).collect::<Vec<_>>().join(" ")
            }
            StatementKind::Set { target, value } => format!("(set {} {})", self.expr(target), self.expr(value)),
            StatementKind::SetBlock { target, filter, body } => {
                format!("(setblock {} {} {})", self.expr(target), self.optional(filter.as_ref()), self.body(body))
            }
            StatementKind::If(arms) => {
                let mut out = "(if".to_owned();
                for arm in arms {
                    out += &format!(" {} {}", self.optional(arm.test.as_ref()), self.body(&arm.body));
                }
                if arms.last().is_none_or(|a| a.test.is_some()) {
                    out += " _ []";
                }
                out + ")"
            }
            StatementKind::For { target, iter, filter, recursive, body, otherwise } => format!(
                "(for {} {} {} {} {} {})",
                self.expr(target),
                self.expr(iter),
                self.optional(filter.as_ref()),
                flag(*recursive),
                self.body(body),
                self.body(otherwise.as_ref().unwrap_or(&none))
            ),
            StatementKind::Macro(m) => format!("(macro {} {} {})", m.name.text, self.params(m), self.body(&m.body)),
            StatementKind::Call { caller, call } => {
                format!("(callblock {} {} {})", self.params(caller), self.expr(call), self.body(&caller.body))
            }
            StatementKind::FilterBlock { filter, body } => {
                format!("(filterblock {} {})", self.expr(filter), self.body(body))
            }
            StatementKind::Block { name, scoped, required, body } => {
                format!("(block {} {} {} {})", name.text, flag(*scoped), flag(*required), self.body(body))
            }
            StatementKind::Extends(template) => format!("(extends {})", self.expr(template)),
            StatementKind::Include { template, ignore_missing, with_context } => {
                format!("(include {} {} {})", self.expr(template), flag(*ignore_missing), flag(*with_context))
            }
            StatementKind::Import { template, target, with_context } => {
                format!("(import {} {} {})", self.expr(template), target.text, flag(*with_context))
            }
            StatementKind::FromImport { template, names, with_context } => {
                let names: Vec<_> = names
                    .iter()
                    .map(|(name, alias)| format!("{} {}", name.text, alias.as_ref().map_or("_", |a| a.text.as_str())))
                    .collect();
                format!("(from {} ({}) {})", self.expr(template), names.join(" "), flag(*with_context))
            }
            StatementKind::With { bindings, body } => {
                let pairs: String =
                    bindings.iter().map(|(t, v)| format!(" {} {}", self.expr(t), self.expr(v))).collect();
                format!("(with{pairs} {})", self.body(body))
            }
            StatementKind::Autoescape { value, body } => {
                format!("(autoescape {} {})", self.expr(value), self.body(body))
            }
            StatementKind::Do(e) => format!("(do {})", self.expr(e)),
            StatementKind::Break => "(break)".into(),
            StatementKind::Continue => "(continue)".into(),
            StatementKind::Load { format, target, body } => format!(
                "(macro LOADED () {}) (set {} (filter {} (call (name LOADED))))",
                self.body(body),
                self.expr(target),
                format_name(*format)
            ),
            StatementKind::ImportData { format, template, target, with_context } => format!(
                "(import {} {name} {}) (set (name {name}) (filter {} (name {name})))",
                self.expr(template),
                flag(*with_context),
                format_name(*format),
                name = target.text
            ),
            StatementKind::Profile { body, .. } => {
                let inner = self.body(body);
                inner[1..inner.len() - 1].to_owned()
            }
            StatementKind::Error => "(error)".into(),
        }
    }

    fn optional(&self, expr: Option<&Expr>) -> String {
        expr.map_or_else(|| "_".into(), |e| self.expr(e))
    }

    fn many<'e>(&self, exprs: impl IntoIterator<Item = &'e Expr>) -> String {
        exprs.into_iter().map(|e| format!(" {}", self.expr(e))).collect()
    }

    fn args(&self, args: &Args) -> String {
        let mut out = self.many(&args.positional);
        for (name, value) in &args.keyword {
            out += &format!(" (kw {} {})", name.text, self.expr(value));
        }
        if let Some(star) = &args.star {
            out += &format!(" (star {})", self.expr(star));
        }
        if let Some(star) = &args.star_star {
            out += &format!(" (starstar {})", self.expr(star));
        }
        out
    }

    fn expr(&self, expr: &Expr) -> String {
        match &*expr.kind {
            ExprKind::Name(name) => format!("(name {name})"),
            ExprKind::NsRef(name, attribute) => format!("(nsref {name} {})", attribute.text),
            ExprKind::None => "none".into(),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Int(text) => format!("(int {})", integer(text)),
            ExprKind::Float(value) => format!("(float {:016x})", value.to_bits()),
            ExprKind::Str { value, parts, plain } => {
                if *plain {
                    assert_eq!(parts[0].slice(self.source), value, "a plain string is its slice");
                }
                format!("(str {})", quote(value))
            }
            ExprKind::Tuple(items) => format!("(tuple{})", self.many(items)),
            ExprKind::List(items) => format!("(list{})", self.many(items)),
            ExprKind::Dict(items) => format!("(dict{})", self.many(items.iter().flat_map(|(k, v)| [k, v]))),
            ExprKind::Unary(op, operand) => {
                let op = match op {
                    UnaryOp::Not => "not",
                    UnaryOp::Neg => "neg",
                    UnaryOp::Pos => "pos",
                };
                format!("({op} {})", self.expr(operand))
            }
            ExprKind::Binary(op, left, right) => {
                format!("({} {} {})", format!("{op:?}").to_lowercase(), self.expr(left), self.expr(right))
            }
            ExprKind::Concat(parts) => format!("(concat{})", self.many(parts)),
            ExprKind::Compare(first, rest) => {
                let rest: String = rest.iter().map(|(op, e)| format!(" {} {}", compare(*op), self.expr(e))).collect();
                format!("(compare {}{rest})", self.expr(first))
            }
            ExprKind::Conditional { test, then, otherwise } => {
                format!("(cond {} {} {})", self.expr(test), self.expr(then), self.optional(otherwise.as_ref()))
            }
            ExprKind::Attribute(node, name) => format!("(attr {} {})", self.expr(node), name.text),
            ExprKind::Item(node, index) => format!("(item {} {})", self.expr(node), self.expr(index)),
            ExprKind::Slice(a, b, c) => {
                let [a, b, c] = [a, b, c].map(|e| self.optional(e.as_ref()));
                format!("(slice {a} {b} {c})")
            }
            ExprKind::CallExpr(callee, args) => format!("(call {}{})", self.expr(callee), self.args(args)),
            ExprKind::Filter { input, name, args } => {
                format!("(filter {} {}{})", name.text, self.optional(input.as_ref()), self.args(args))
            }
            ExprKind::Test { input, name, args } => {
                format!("(test {} {}{})", name.text, self.expr(input), self.args(args))
            }
            ExprKind::Error => "(error)".into(),
        }
    }
}

fn compare(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "eq",
        CompareOp::Ne => "ne",
        CompareOp::Lt => "lt",
        CompareOp::Le => "lteq",
        CompareOp::Gt => "gt",
        CompareOp::Ge => "gteq",
        CompareOp::In => "in",
        CompareOp::NotIn => "notin",
    }
}

fn integer(text: &str) -> BigInt {
    let digits = text.replace('_', "").to_lowercase();
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (digits.as_str(), 10),
    };
    BigInt::parse_bytes(digits.as_bytes(), radix).unwrap()
}
