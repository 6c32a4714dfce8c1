//! What decorates a text: semantic tokens, inlay hints, signatures: on ordinary, templated and broken
//! text.

mod support;

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use ide::{HintKind, Modifiers, TokenType};
use support::{Tree, path, profile, tree};
use text::TextRange;
use world::Stop;

const OTHERS: &str = "
=== states/top.sls
base:
  '*': [here]
=== states/macros.jinja
{# A site.
   With its port. #}
{% macro site(name, port=80) %}{{ name }}:
  test.nop: []
{% endmacro %}
=== pillar/top.sls
base:
  '*': [app]
=== pillar/app.sls
app:
  port: 8080
  password: hunter2
";

fn case(text: &str) -> Tree {
    let profiles = [profile("web1", r#"{"id": "web1"}"#, None)];
    tree(&format!("{}=== states/here.sls\n{text}\n", OTHERS.trim_start()), &profiles)
}

#[track_caller]
fn tokens(text: &str, expected: Expect) {
    let tree = case(text);
    let here = path("states/here.sls");
    let source = tree.fixture.text("base", "states/here.sls");
    let found = ide::semantic_tokens(&tree.analysis, &here, None, &Stop::new()).expect("nobody stops it");
    let mut out = String::new();
    let mut end = 0;
    for token in &found {
        assert!(token.range.start >= end && !token.range.is_empty(), "{found:?}");
        end = token.range.end;
        let word = token.range.slice(source);
        assert!(!word.contains('\n'), "{word}");
        let modifiers = Modifiers::LEGEND.iter().enumerate().filter(|(n, _)| token.modifiers & (1 << n) != 0);
        let modifiers: Vec<&str> = modifiers.map(|(_, name)| *name).collect();
        if token.kind != TokenType::Operator {
            let _ = writeln!(out, "{word} {} {}", TokenType::LEGEND[token.kind as usize], modifiers.join(" "));
        }
    }
    expected.assert_eq(&out);
    // a part of the file has the same tokens
    let half = TextRange::of(0, source.len() / 2);
    let part = ide::semantic_tokens(&tree.analysis, &here, Some(half), &Stop::new()).expect("nobody stops it");
    assert!(found.starts_with(&part));
}

#[test]
fn tokens_of_states() {
    tokens(
        "# why\ninclude:\n  - gone\nnginx:\n  pkg.installed:\n    - version: '1' # pinned\n    - require:\n      - pkg: other\nfile:\n  file.managed:\n    - contents: |\n        key: value\n    - mode: '0644'",
        expect![[r#"
            # why comment 
            include keyword 
            gone namespace 
            nginx class declaration
            pkg.installed function defaultLibrary
            version property 
            # pinned comment 
            require keyword defaultLibrary
            pkg property 
            other class 
            file class declaration
            file.managed function defaultLibrary
            contents property 
            mode property 
        "#]],
    );
}

#[test]
fn tokens_of_templates() {
    tokens(
        "{% from 'macros.jinja' import site as s %}\n{% macro m(p) %}{{ p | upper }}{% endmacro %}\n{{ s('a', port=1) }}{{ salt['pillar.get']('app:port') }}{{ grains['os'] }}\n{% if False %}\nb: {{ dead }}\n{% endif %}{# c\nd #}",
        expect![[r#"
            from keyword 
            'macros.jinja' string 
            import keyword 
            site variable 
            as keyword 
            s variable declaration
            macro keyword 
            m macro declaration
            p parameter declaration
            p parameter 
            upper function defaultLibrary
            endmacro keyword 
            s variable 
            'a' string 
            port parameter 
            1 number 
            salt variable defaultLibrary
            'pillar.get' function defaultLibrary
            'app:port' property 
            grains variable defaultLibrary
            'os' enumMember 
            if keyword 
            False keyword 
            b property unreachable
            dead variable unreachable
            endif keyword 
            {# c comment 
            d #} comment 
        "#]],
    );
    tokens(
        "{% set x = [1, \n{{ y",
        expect![[r#"
        set keyword 
        x variable declaration
        1 number 
        y variable 
    "#]],
    );
}

#[track_caller]
fn signature(text: &str, expected: Expect) {
    let tree = case(text);
    let shown = match ide::signature(&tree.analysis, &tree.cursor()) {
        None => String::new(),
        Some(found) => {
            let active = found.active.and_then(|n| found.parameters.get(n));
            let active = active.and_then(|(start, end)| found.label.get(*start..*end)).unwrap_or("-");
            format!("{} [{active}] {}", found.label.chars().take(90).collect::<String>(), found.documentation)
        }
    };
    expected.assert_eq(&shown);
}

#[test]
fn signatures_of_macros_functions_and_filters() {
    let import = "{% from 'macros.jinja' import site %}";
    signature(
        &format!("{import}{{{{ site($0) }}}}"),
        expect![[r#"
        site(name, port=80) [name] A site.  
        With its port."#]],
    );
    signature(
        &format!("{import}{{{{ site('a', $0) }}}}"),
        expect![[r#"
        site(name, port=80) [port=80] A site.  
        With its port."#]],
    );
    signature(
        &format!("{import}{{{{ site(port=[1, 2], name=$0"),
        expect![[r#"
        site(name, port=80) [name] A site.  
        With its port."#]],
    );
    signature(
        "{{ salt['test.sleep']($0) }}",
        expect![
            "test.sleep(length) [length] [test.sleep](https://docs.saltproject.io/en/latest/ref/modules/all/salt.modules.test.html#salt.modules.test.sleep)"
        ],
    );
    signature(
        "{{ salt.test.sleep($0",
        expect![
            "test.sleep(length) [length] [test.sleep](https://docs.saltproject.io/en/latest/ref/modules/all/salt.modules.test.html#salt.modules.test.sleep)"
        ],
    );
    signature("{{ 'a' | replace('b', $0) }}", expect!["replace(old, new, count=None) [new] of Jinja"]);
    signature("{{ ('a', $0) }}", expect![[r#""#]]);
    signature("{{ f('a') $0 }}", expect![[r#""#]]);
    signature("a: (b$0)", expect![[r#""#]]);
}

#[track_caller]
fn hints(text: &str, expected: Expect) {
    let tree = case(text);
    let here = path("states/here.sls");
    let source = tree.fixture.text("base", "states/here.sls");
    let all = HintKind::ALL.map(|(_, kind)| kind);
    let whole = TextRange::of(0, source.len());
    let found = ide::hints(&tree.analysis, &here, whole, &all, &Stop::new()).expect("nobody stops it");
    let mut out = source.to_owned();
    for hint in found.iter().rev() {
        out.insert_str(hint.offset as usize, &format!("⟨{}⟩", hint.label));
    }
    expected.assert_eq(&out);
    assert_eq!(ide::hints(&tree.analysis, &here, whole, &[], &Stop::new()), Ok(Vec::new()));
}

#[test]
fn hints_say_what_is_not_written() {
    hints(
        "nginx:\n  pkg.installed: []\nb:\n  pkg.installed:\n    - name: c\nd:\n  test.nop: []",
        expect![[r#"
        nginx:
          pkg.installed⟨name: nginx⟩: []
        b:
          pkg.installed:
            - name: c
        d:
          test.nop: []
    "#]],
    );
    hints(
        "{% from 'macros.jinja' import site %}{% set port = 1 %}\n{{ site('a', port) }}{{ site('b', 2) }}",
        expect![[r#"
            {% from 'macros.jinja' import site %}{% set port = 1 %}
            {{ site(⟨name:⟩'a', port) }}{{ site(⟨name:⟩'b', ⟨port:⟩2) }}
        "#]],
    );
    hints(
        "{% set v = 'x' %}\n{{ v }}_conf:\n  test.nop:\n    - a: {{ pillar['app']['port'] }}\n    - b: {{ salt['pillar.get']('app:password', 'x') }}",
        expect![[r#"
            {% set v = 'x' %}
            {{ v }}_conf⟨= x_conf⟩:
              test.nop:
                - a: {{ pillar['app']['port']⟨= 8080⟩ }}
                - b: {{ salt['pillar.get']('app:password', 'x')⟨= ***⟩ }}
        "#]],
    );
    hints(
        "a:\n  pkg.installed\nb: {{ pillar.app.port",
        expect![[r#"
        a:
          pkg.installed⟨name: a⟩
        b: {{ pillar.app.port⟨= 8080⟩
    "#]],
    );
}
