//! Behaviour of the parser on templates as they are while somebody types them. What it accepts and
//! how it reads it is held against jinja2 itself in `tests/jinja_oracle`.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::walk::{NameRole, Node, Role, Visitor, walk_body};
use super::{Expr, ExprKind, Name, Options, Statement, StatementKind, Template, TokenKind, parse, path_at, token_at};

/// Prints the tree by node kinds with the bytes they stand for.
struct Outline<'a> {
    source: &'a str,
    depth: usize,
    out: String,
}

impl Outline<'_> {
    fn line(&mut self, kind: &str, range: text::TextRange) {
        let text = range.slice(self.source);
        let _ = writeln!(self.out, "{:width$}{kind} {text:?}", "", width = self.depth * 2);
    }
}

/// The variant's name of a derived `Debug`.
fn variant(debug: &str) -> &str {
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or(debug)
}

impl<'t> Visitor<'t> for Outline<'_> {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        self.line(variant(&format!("{:?}", statement.kind)), statement.range);
        self.depth += 1;
        true
    }
    fn leave_statement(&mut self, _: &'t Statement) {
        self.depth -= 1;
    }
    fn enter_expr(&mut self, expr: &'t Expr, role: Role) -> bool {
        let kind = format!("{:?}", expr.kind);
        let mark = if role == Role::Target { "->" } else { "" };
        self.line(&format!("{mark}{}", variant(&kind)), expr.range);
        self.depth += 1;
        true
    }
    fn leave_expr(&mut self, _: &'t Expr) {
        self.depth -= 1;
    }
    fn name(&mut self, name: &'t Name, role: NameRole) {
        self.line(&format!(".{role:?}"), name.range);
    }
}

fn outline(source: &str, template: &Template) -> String {
    let mut outline = Outline { source, depth: 0, out: String::new() };
    walk_body(&template.body, &mut outline);
    let mut out = outline.out;
    for error in &template.errors {
        let _ = writeln!(out, "! {} at {:?} {:?}", error.message, error.range, error.range.slice(source));
        if let Some((range, why)) = &error.related {
            let _ = writeln!(out, "  {why}: {:?}", range.slice(source));
        }
    }
    out
}

fn check(source: &str, expected: &Expect) {
    let template = parse(source, &Options::default());
    let joined: String = template.tokens.iter().map(|t| t.range.slice(source)).collect();
    assert_eq!(joined, source, "the tokens cover the source");
    expected.assert_eq(&outline(source, &template));
}

#[test]
fn attribute_without_a_name_is_kept_for_completion() {
    check(
        "a: {{ foo. }}\nb: {{ c }}\n",
        &expect![[r#"
        Data "a: "
        Output "{{ foo. }}"
          Attribute "foo."
            Name "foo"
            .Attribute ""
        Data "\nb: "
        Output "{{ c }}"
          Name "c"
        ! expected name or number at 11..13 "}}"
    "#]],
    );
    check(
        "a: {{ foo.\nb: {{ c }}\n",
        &expect![[r#"
        Data "a: "
        Output "{{ foo."
          Attribute "foo."
            Name "foo"
            .Attribute ""
        Data "\nb: "
        Output "{{ c }}"
          Name "c"
        ! expected token 'end of print statement', got ':' at 3..10 "{{ foo."
    "#]],
    );
    check(
        "a: {{ foo | }} {{ foo is }} {{ foo.bar.",
        &expect![[r#"
        Data "a: "
        Output "{{ foo | }}"
          Filter "foo |"
            Name "foo"
            .Filter ""
        Data " "
        Output "{{ foo is }}"
          Test "foo is"
            Name "foo"
            .Test ""
        Data " "
        Output "{{ foo.bar."
          Attribute "foo.bar."
            Attribute "foo.bar"
              Name "foo"
              .Attribute "bar"
            .Attribute ""
        ! expected token 'name', got 'end of print statement' at 12..14 "}}"
        ! expected token 'name', got 'end of print statement' at 25..27 "}}"
        ! expected name or number at 28..39 "{{ foo.bar."
    "#]],
    );
}

#[test]
fn call_with_an_unclosed_string_ends_with_its_line() {
    check(
        "a: {{ salt['pillar.get']('a:\nb: {{ c }}\n",
        &expect![[r#"
        Data "a: "
        Output "{{ salt['pillar.get']('a:"
          CallExpr "salt['pillar.get']('a:"
            Item "salt['pillar.get']"
              Name "salt"
              Str "'pillar.get'"
            Str "'a:"
        Data "\nb: "
        Output "{{ c }}"
          Name "c"
        ! unexpected char "'" at 25 at 25..26 "'"
    "#]],
    );
    check(
        "a: {{ salt['pillar.get']('a: }}\nb: {{ d('c') }}\n",
        &expect![[r#"
        Data "a: "
        Output "{{ salt['pillar.get']('a: }}"
          CallExpr "salt['pillar.get']('a:"
            Item "salt['pillar.get']"
              Name "salt"
              Str "'pillar.get'"
            Str "'a:"
        Data "\nb: "
        Output "{{ d('c') }}"
          CallExpr "d('c')"
            Name "d"
            Str "'c'"
        ! expected token ',', got 'c' at 3..31 "{{ salt['pillar.get']('a: }}"
    "#]],
    );
    check(
        "a: {{ f(x, y \nb: {{ c }}\n",
        &expect![[r#"
        Data "a: "
        Output "{{ f(x, y"
          CallExpr "f(x, y"
            Name "f"
            Name "x"
            Name "y"
        Data " \nb: "
        Output "{{ c }}"
          Name "c"
        ! expected token ',', got 'b' at 3..12 "{{ f(x, y"
    "#]],
    );
}

#[test]
fn broken_expression_leaves_the_rest_alone() {
    check(
        "a: {{ 1 + }}\nb: {{ (x y) | d }}{{ [1 2].z }}\n",
        &expect![[r#"
        Data "a: "
        Output "{{ 1 + }}"
          Binary "1 +"
            Int "1"
            Error ""
        Data "\nb: "
        Output "{{ (x y) | d }}"
          Filter "(x y) | d"
            Name "x"
            .Filter "d"
        Output "{{ [1 2].z }}"
          Attribute "[1 2].z"
            List "[1 2]"
              Int "1"
            .Attribute "z"
        ! unexpected 'end of print statement' at 10..12 "}}"
        ! expected token ')', got 'y' at 22..23 "y"
        ! expected token ',', got 'integer' at 37..38 "2"
    "#]],
    );
    check(
        "{% if a = b %}x{% endif %}{% set n = %}{% for in x %}y{% endfor %}",
        &expect![[r#"
        If "{% if a = b %}x{% endif %}"
          Name "a"
          Data "x"
        Set "{% set n = %}"
          Error ""
          ->Name "n"
        For "{% for in x %}y{% endfor %}"
          Error ""
          ->Name "in"
          Data "y"
        ! expected token 'end of statement block', got '=' at 8..9 "="
        ! Expected an expression, got 'end of statement block' at 37..39 "%}"
        ! expected token 'in', got 'x' at 49..50 "x"
    "#]],
    );
    check(
        "{{ a }\nb: {{ c $ d }}{% frob x %}",
        &expect![[r#"
        Output "{{ a }"
          Name "a"
        Data "\nb: "
        Output "{{ c $ d }}"
          Name "c"
        Error "{% frob x %}"
        ! unexpected '}' at 5..6 "}"
        ! unexpected char '$' at 15 at 15..16 "$"
        ! Encountered unknown tag 'frob'. at 24..28 "frob"
    "#]],
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn unclosed_and_stray_blocks() {
    check(
        "{% for a in b %}{% if c %}x{% endfor %}y",
        &expect![[r#"
        For "{% for a in b %}{% if c %}x{% endfor %}"
          Name "b"
          ->Name "a"
          If "{% if c %}x"
            Name "c"
            Data "x"
        Data "y"
        ! Encountered unknown tag 'endfor'. You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'. at 30..36 "endfor"
          `if` starts here: "{% if c %}"
    "#]],
    );
    check(
        "a{% endif %}b{% if c %}d\n",
        &expect![[r#"
        Data "a"
        Error "{% endif %}"
        Data "b"
        If "{% if c %}d"
          Name "c"
          Data "d"
        ! Encountered unknown tag 'endif'. at 4..9 "endif"
        ! Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'. at 24..24 ""
          `if` starts here: "{% if c %}"
    "#]],
    );
    check(
        "{% if foo\n  text {{ x }}\n{% endif %}z",
        &expect![[r#"
        If "{% if foo\n  text {{ x }}\n{% endif %}"
          Name "foo"
          Data "\n  text "
          Output "{{ x }}"
            Name "x"
          Data "\n"
        Data "z"
        ! expected token 'end of statement block', got 'text' at 0..9 "{% if foo"
    "#]],
    );
    check(
        "{% set x %}\na: {{ b }}\n",
        &expect![[r#"
        SetBlock "{% set x %}"
          ->Name "x"
        Data "\na: "
        Output "{{ b }}"
          Name "b"
        ! Unexpected end of template. Jinja was looking for the following tags: 'endset'. The innermost block that needs to be closed is 'set'. at 22..22 ""
          `set` starts here: "{% set x %}"
    "#]],
    );
    check(
        "{# note\na: {{ b }}\n{% raw %}c\n",
        &expect![[r#"
        Comment "{# note"
        Data "\na: "
        Output "{{ b }}"
          Name "b"
        Data "\n"
        Raw "{% raw %}c"
        ! Missing end of comment tag at 0..7 "{# note"
        ! Missing end of raw directive at 19..28 "{% raw %}"
    "#]],
    );
}

#[test]
fn depth_is_bounded_without_overflow() {
    for (open, close, count) in [
        ("{{ ", " }}", 1),
        ("(", ")", 5_000),
        ("[", "]", 5_000),
        ("{1:", "}", 5_000),
        ("f(", ")", 5_000),
        ("a[", "]", 5_000),
        ("not ", "", 5_000),
        ("-", "", 5_000),
        ("", ".a", 5_000),
        ("", " + a", 5_000),
        ("", "()", 5_000),
        ("", "|f", 5_000),
        ("", " is t", 5_000),
        ("a if b else ", "", 5_000),
        ("", " if b", 5_000),
    ] {
        let source = if count == 1 {
            format!("{open}x{close}")
        } else {
            format!("{{{{ {}x{} }}}}", open.repeat(count), close.repeat(count))
        };
        let template = parse(&source, &Options::default());
        assert_eq!(template.errors.is_empty(), count == 1, "{open}…{close}: {:?}", template.errors);
        drop(template.clone());
    }
    for count in [150, 5_000] {
        let source = format!("{}x{}", "{% if a %}".repeat(count), "{% endif %}".repeat(count));
        let template = parse(&source, &Options::default());
        assert_eq!(template.errors.is_empty(), count == 150);
        assert_eq!(template.body.len(), 1);
    }
}

#[test]
fn many_broken_tags_take_linear_work() {
    // quadratic work over half a megabyte would be felt as minutes
    for line in ["{{ a\n", "{% if a\n", "{{ f('a\n", "{# a\n", "{{ a }\n", "{{ ((((\n", "{% endif %}\n", "{{ 'a\"b\n"] {
        let source = line.repeat(40_000);
        let template = parse(&source, &Options::default());
        assert!(template.errors.len() > 50, "{line:?}: {}", template.errors.len());
    }
}

#[test]
fn token_under_the_cursor() {
    let source = "a {%- if b.c == 'd' -%}";
    let template = parse(source, &Options::default());
    let at = |offset: u32| token_at(&template, offset).map(|t| (t.kind, t.range.slice(source)));
    assert_eq!(at(0), Some((TokenKind::Data, "a ")));
    assert_eq!(at(3), Some((TokenKind::Open, "{%-")));
    assert_eq!(at(8), Some((TokenKind::Keyword, "if")), "a cursor behind a word is on it");
    assert_eq!(at(9), Some((TokenKind::Name, "b")));
    assert_eq!(at(10), Some((TokenKind::Name, "b")));
    assert_eq!(at(11), Some((TokenKind::Name, "c")));
    assert_eq!(at(18), Some((TokenKind::String, "'d'")));
    assert_eq!(at(23), Some((TokenKind::Close, "-%}")), "the end of the text");
    assert_eq!(token_at(&parse("", &Options::default()), 0), None);
}

#[test]
fn path_to_the_cursor() {
    let source = "{% if a %}{{ salt['pillar.get']('x:y', d.) }}{% endif %}";
    let template = parse(source, &Options::default());
    let path = |needle: &str| -> Vec<&str> {
        let offset = u32::try_from(source.find(needle).unwrap() + needle.len()).unwrap();
        path_at(&template.body, offset)
            .iter()
            .map(|node| match node {
                Node::Statement(s) => s.range.slice(source),
                Node::Expr(e, _) => e.range.slice(source),
                Node::Name(n, _) => n.range.slice(source),
            })
            .collect()
    };
    let call = "salt['pillar.get']('x:y', d.)";
    let output = "{{ salt['pillar.get']('x:y', d.) }}";
    assert_eq!(path("x:"), [source, output, call, "'x:y'"]);
    assert_eq!(path("pillar"), [source, output, call, "salt['pillar.get']", "'pillar.get'"]);
    assert_eq!(path("d."), [source, output, call, "d.", ""]);
}

#[test]
fn strings_know_their_slices() {
    let source = r"{{ 'a:b' ~ 'c\n' ~ 'd' 'e' }}";
    let template = parse(source, &Options::default());
    let StatementKind::Output(Expr { kind, .. }) = &template.body[0].kind else { panic!() };
    let ExprKind::Concat(parts) = &**kind else { panic!() };
    let seen: Vec<_> = parts
        .iter()
        .map(|e| match &*e.kind {
            ExprKind::Str { value, parts, plain } => {
                (value.as_str(), parts.iter().map(|r| r.slice(source)).collect::<Vec<_>>(), *plain)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [("a:b", vec!["a:b"], true), ("c\n", vec![r"c\n"], false), ("de", vec!["d", "e"], false)]);
}
