//! What a template's syntax says without rendering it: the macros and variables that it exports, where
//! names are read and what they are bound to, `salt://` strings. Other files are named, not read.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::{Args, Body, Expr, ExprKind, Macro, Name, Statement, StatementKind, Template};
use text::TextRange;

use crate::Export;

/// A template's own part of the facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Macros and top-level variables, in source order; a variable set twice is there twice.
    pub exports: Vec<Export>,
    /// `import`, `from … import` and Salt's data imports.
    pub imports: Vec<Import>,
    /// Reads of names.
    pub reads: Vec<Read>,
    /// String literals that are `salt://` URLs, with the place of what is between the quotes.
    pub urls: Vec<(SmolStr, TextRange)>,
}

/// An import statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The expression that names the template.
    pub range: TextRange,
    /// Its text, if it is a literal.
    pub literal: Option<SmolStr>,
    /// Whether the template is data (`import_yaml`), which has no exports.
    pub data: bool,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Binding {
    /// Something defined in this file: the range of its name.
    Here(TextRange),
    /// The module of an import, and the range of its name here.
    Module(usize, TextRange),
    /// `name` of an import's module; the range of the name in the import statement, if there is one.
    Member(usize, SmolStr, Option<TextRange>),
    /// Salt's own, or nothing.
    Unknown,
}

/// A read of a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The name as written.
    pub name: SmolStr,
    /// Where.
    pub range: TextRange,
    /// What it stands for.
    pub binding: Binding,
    /// As in [`crate::Reference::call`].
    pub call: Option<(usize, Vec<SmolStr>)>,
}

/// Expressions and bodies are walked this deep; what lies deeper is left out.
const MAX_DEPTH: usize = 200;

/// Reads a template's tree.
#[must_use]
pub fn summarise(template: &Template) -> Summary {
    let mut walk = Walk { scopes: vec![Scope::default()], ..Walk::default() };
    walk.body(&template.body);
    walk.finish()
}

type Scope = FxHashMap<SmolStr, Binding>;

#[derive(Default)]
struct Walk {
    found: Summary,
    scopes: Vec<Scope>,
    /// For every macro that is being walked: whether it reads `varargs`, `kwargs`.
    variadic: Vec<(bool, bool)>,
    depth: usize,
}

impl Walk {
    /// A macro's body sees what is set at top level after it.
    fn finish(mut self) -> Summary {
        let Some(top) = self.scopes.first() else { return self.found };
        for read in &mut self.found.reads {
            if read.binding == Binding::Unknown
                && let Some(binding) = top.get(&read.name)
            {
                read.binding = binding.clone();
            }
        }
        self.found
    }

    fn bind(&mut self, name: &SmolStr, binding: Binding) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.clone(), binding);
        }
    }

    fn lookup(&self, name: &str) -> Binding {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).cloned().unwrap_or(Binding::Unknown)
    }

    fn scoped(&mut self, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope::default());
        walk(self);
        self.scopes.pop();
    }

    fn body(&mut self, body: &Body) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        body.iter().for_each(|statement| self.statement(statement));
        self.depth -= 1;
    }

    /// Binds an assignment's target.
    fn assign(&mut self, target: &Expr, extent: TextRange) {
        match &*target.kind {
            ExprKind::Name(name) => self.define(name, target.range, extent),
            ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().for_each(|part| self.assign(part, extent)),
            ExprKind::NsRef(name, attribute) => {
                let end = attribute.range.start.saturating_sub(1);
                self.read(name, TextRange::new(target.range.start, end.max(target.range.start)), None);
            }
            _ => {}
        }
    }

    fn define(&mut self, name: &SmolStr, range: TextRange, extent: TextRange) {
        self.bind(name, Binding::Here(range));
        if self.scopes.len() == 1 {
            let export = Export { name: name.clone(), range, extent, params: None, variadic: (false, false) };
            self.found.exports.push(export);
        }
    }

    fn import(&mut self, template: &Expr, data: bool) -> usize {
        self.expr(template);
        let literal = match &*template.kind {
            ExprKind::Str { value, .. } => Some(value.clone()),
            _ => None,
        };
        self.found.imports.push(Import { range: template.range, literal, data });
        self.found.imports.len() - 1
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each kind of statement")]
    fn statement(&mut self, statement: &Statement) {
        let extent = statement.range;
        match &statement.kind {
            StatementKind::Data(_)
            | StatementKind::Comment
            | StatementKind::Raw(_)
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Error => {}
            StatementKind::Output(expr) | StatementKind::Extends(expr) | StatementKind::Do(expr) => self.expr(expr),
            StatementKind::Include { template, .. } => self.expr(template),
            StatementKind::Print(exprs) => exprs.iter().for_each(|expr| self.expr(expr)),
            StatementKind::Set { target, value } => {
                self.expr(value);
                self.assign(target, extent);
            }
            StatementKind::SetBlock { target, filter, body } => {
                filter.iter().for_each(|filter| self.expr(filter));
                self.scoped(|walk| walk.body(body));
                self.assign(target, extent);
            }
            StatementKind::Load { target, body, .. } => {
                self.scoped(|walk| walk.body(body));
                self.assign(target, extent);
            }
            // `if` opens no scope.
            StatementKind::If(arms) => {
                for arm in arms {
                    arm.test.iter().for_each(|test| self.expr(test));
                    self.body(&arm.body);
                }
            }
            StatementKind::For { target, iter, filter, body, otherwise, .. } => {
                self.expr(iter);
                self.scoped(|walk| {
                    walk.assign(target, extent);
                    walk.bind(&"loop".into(), Binding::Unknown);
                    filter.iter().for_each(|filter| walk.expr(filter));
                    walk.body(body);
                });
                self.scoped(|walk| otherwise.iter().for_each(|body| walk.body(body)));
            }
            StatementKind::Macro(found) => {
                let at = self.found.exports.len();
                let top = self.scopes.len() == 1;
                self.bind(&found.name.text, Binding::Here(found.name.range));
                let variadic = self.macro_body(found);
                if top {
                    let params = found.params.iter().map(|param| (param.name.text.clone(), param.default.is_some()));
                    let export = Export {
                        name: found.name.text.clone(),
                        range: found.name.range,
                        extent,
                        params: Some(params.collect()),
                        variadic,
                    };
                    self.found.exports.insert(at.min(self.found.exports.len()), export);
                }
            }
            StatementKind::Call { caller, call } => {
                self.expr(call);
                self.macro_body(caller);
            }
            StatementKind::FilterBlock { filter, body } => {
                self.expr(filter);
                self.scoped(|walk| walk.body(body));
            }
            StatementKind::Block { body, .. } => self.scoped(|walk| walk.body(body)),
            StatementKind::Import { template, target, .. } => {
                let import = self.import(template, false);
                self.bind(&target.text, Binding::Module(import, target.range));
            }
            StatementKind::ImportData { template, target, .. } => {
                self.import(template, true);
                self.define(&target.text, target.range, extent);
            }
            StatementKind::FromImport { template, names, .. } => {
                let import = self.import(template, false);
                for (name, alias) in names {
                    let here = alias.as_ref().unwrap_or(name);
                    let member = Binding::Member(import, name.text.clone(), Some(name.range));
                    self.push_read(name, member.clone());
                    self.bind(&here.text, member);
                }
            }
            StatementKind::With { bindings, body } => {
                bindings.iter().for_each(|(_, value)| self.expr(value));
                self.scoped(|walk| {
                    bindings.iter().for_each(|(target, _)| walk.assign(target, extent));
                    walk.body(body);
                });
            }
            StatementKind::Autoescape { value, body } => {
                self.expr(value);
                self.scoped(|walk| walk.body(body));
            }
            StatementKind::Profile { label, body } => {
                self.expr(label);
                self.body(body);
            }
        }
    }

    fn macro_body(&mut self, found: &Macro) -> (bool, bool) {
        self.variadic.push((false, false));
        self.scoped(|walk| {
            for param in &found.params {
                param.default.iter().for_each(|default| walk.expr(default));
                walk.bind(&param.name.text, Binding::Here(param.name.range));
            }
            walk.body(&found.body);
        });
        self.variadic.pop().unwrap_or_default()
    }

    fn push_read(&mut self, name: &Name, binding: Binding) {
        self.found.reads.push(Read { name: name.text.clone(), range: name.range, binding, call: None });
    }

    fn read(&mut self, name: &SmolStr, range: TextRange, call: Option<(usize, Vec<SmolStr>)>) {
        let binding = self.lookup(name);
        if binding == Binding::Unknown
            && let Some(variadic) = self.variadic.last_mut()
        {
            variadic.0 |= name == "varargs";
            variadic.1 |= name == "kwargs";
        }
        self.found.reads.push(Read { name: name.clone(), range, binding, call });
    }

    fn args(&mut self, args: &Args) {
        args.positional.iter().for_each(|expr| self.expr(expr));
        args.keyword.iter().for_each(|(_, expr)| self.expr(expr));
        args.star.iter().chain(&args.star_star).for_each(|expr| self.expr(expr));
    }

    /// An expression that is called with `args`, or read.
    fn callee(&mut self, expr: &Expr, args: Option<&Args>) {
        let call = args.filter(|args| args.star.is_none() && args.star_star.is_none()).map(|args| {
            let names = args.keyword.iter().map(|(name, _)| name.text.clone());
            (args.positional.len(), names.collect())
        });
        match &*expr.kind {
            ExprKind::Name(name) => self.read(name, expr.range, call),
            ExprKind::Attribute(of, attribute) => {
                self.expr(of);
                if let ExprKind::Name(name) = &*of.kind
                    && let Binding::Module(import, _) = self.lookup(name)
                {
                    let binding = Binding::Member(import, attribute.text.clone(), None);
                    let (name, range) = (attribute.text.clone(), attribute.range);
                    self.found.reads.push(Read { name, range, binding, call });
                }
            }
            _ => self.expr(expr),
        }
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
            ExprKind::None | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Error => {}
            ExprKind::Name(_) | ExprKind::Attribute(..) => self.callee(expr, None),
            ExprKind::NsRef(name, _) => self.read(name, expr.range, None),
            ExprKind::Str { value, parts, .. } => {
                if let Some(url) = value.strip_prefix("salt://")
                    && let [range] = parts.as_slice()
                {
                    self.found.urls.push((url.into(), *range));
                }
            }
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Concat(items) => {
                items.iter().for_each(|item| self.expr(item));
            }
            ExprKind::Dict(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            ExprKind::Unary(_, operand) => self.expr(operand),
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
                self.callee(callee, Some(args));
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
    use expect_test::{Expect, expect};
    use syntax::jinja::{Options, parse};

    use super::*;

    /// Exports, then reads with what they are bound to: a line and column here, or `import.member`.
    fn check(source: &str, expected: &Expect) {
        let template = parse(source, &Options::default());
        assert_eq!(template.errors, [], "{source}");
        let found = summarise(&template);
        let mut out = String::new();
        for export in &found.exports {
            let params = export.params.as_ref().map_or_else(String::new, |params| {
                let params = params.iter().map(|(name, default)| format!("{name}{}", if *default { "=" } else { "" }));
                format!("({}) {:?}", params.collect::<Vec<_>>().join(", "), export.variadic)
            });
            out.push_str(&format!("export {}{params}\n", export.name));
        }
        for import in &found.imports {
            out.push_str(&format!("import {:?} data={}\n", import.literal.as_deref().unwrap_or("?"), import.data));
        }
        let line = |range: TextRange| source[..range.start as usize].matches('\n').count() + 1;
        for read in &found.reads {
            let binding = match &read.binding {
                Binding::Here(range) => format!("line {}", line(*range)),
                Binding::Module(n, range) => format!("module {n}, line {}", line(*range)),
                Binding::Member(n, name, _) => format!("{name} of {n}"),
                Binding::Unknown => "?".to_owned(),
            };
            let call = read.call.as_ref().map_or_else(String::new, |call| format!(" called with {call:?}"));
            out.push_str(&format!("line {}: {} = {binding}{call}\n", line(read.range), read.name));
        }
        for (url, _) in &found.urls {
            out.push_str(&format!("url {url}\n"));
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn names_are_bound_as_jinja_scopes_them() {
        check(
            "{% set a = 1 %}
{% if a %}{% set b = a %}{% endif %}
{% for x, y in b if x %}{% set c = y %}{{ c ~ loop.index }}{% endfor %}
{{ c }}{{ x }}
{% with d = b %}{{ d }}{% endwith %}
{% set block %}{{ a }}{% endset %}
{% set ns = namespace(n=1) %}{% set ns.n = 2 %}",
            &expect![[r#"
                export a
                export b
                export block
                export ns
                line 2: a = line 1
                line 2: a = line 1
                line 3: b = line 2
                line 3: x = line 3
                line 3: y = line 3
                line 3: c = line 3
                line 3: loop = ?
                line 4: c = ?
                line 4: x = ?
                line 5: b = line 2
                line 5: d = line 5
                line 6: a = line 1
                line 7: namespace = ? called with (0, ["n"])
                line 7: ns = line 7
            "#]],
        );
    }

    #[test]
    fn macros_see_what_is_set_later() {
        check(
            "{% macro m(a, b=late) %}{{ a }}{{ late }}{{ kwargs }}{{ m(1) }}{% endmacro %}
{% set late = 1 %}
{% call(x) m(1, b=x) %}{{ x }}{% endcall %}
{{ m(*late) }}",
            &expect![[r#"
                export m(a, b=) (false, true)
                export late
                line 1: late = line 2
                line 1: a = line 1
                line 1: late = line 2
                line 1: kwargs = ?
                line 1: m = line 1 called with (1, [])
                line 3: m = line 1 called with (1, ["b"])
                line 3: x = ?
                line 3: x = line 3
                line 4: m = line 1
                line 4: late = line 2
            "#]],
        );
    }

    #[test]
    fn imports_bind_modules_and_members() {
        check(
            "{% import 'lib.jinja' as lib %}
{% from tplroot ~ '/map.jinja' import nginx as n, other with context %}
{% import_yaml 'x.yaml' as x %}
{{ lib.vhost('a', port=80) }}{{ n.pkg }}{{ other }}{{ x }}
{% load_yaml as y %}a: {{ x }}{% endload %}{{ y }}{{ 'salt://web/a.conf' }}",
            &expect![[r#"
                export x
                export y
                import "lib.jinja" data=false
                import "?" data=false
                import "x.yaml" data=true
                line 2: tplroot = ?
                line 2: nginx = nginx of 1
                line 2: other = other of 1
                line 4: lib = module 0, line 1
                line 4: vhost = vhost of 0 called with (1, ["port"])
                line 4: n = nginx of 1
                line 4: other = other of 1
                line 4: x = line 3
                line 5: x = line 3
                line 5: y = line 5
                url web/a.conf
            "#]],
        );
    }
}
