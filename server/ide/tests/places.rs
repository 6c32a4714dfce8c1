//! Highlights, folding, selection, links, linked tags, workspace symbols and call hierarchies: on
//! ordinary, templated and broken text.

mod support;

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use support::{Tree, path, tree};
use text::TextRange;
use world::Stop;

const OTHERS: &str = "
=== states/top.sls
base:
  '*': [here, nginx]
=== states/nginx/init.sls
include: [.conf]
nginx_pkg:
  pkg.installed:
    - name: nginx
=== states/nginx/conf.sls
nginx_conf:
  file.managed:
    - name: /etc/nginx.conf
    - source: salt://nginx/files/nginx.conf
    - require:
      - pkg: nginx_pkg
=== states/nginx/files/nginx.conf
worker_processes {{ port }};
=== states/macros.jinja
{% macro site(name, port=80) %}
{{ name }}:
  test.nop: []
{% endmacro %}
{% macro two() %}{{ site('a') }}{{ site('b') }}{% endmacro %}
=== states/_states/shop.py
def deployed(name):
    return {}
=== pillar/top.sls
base:
  '*': [app, more]
=== pillar/app.sls
app:
  port: 8080
=== pillar/more.sls
app:
  port: 9090
";

fn case(text: &str) -> Tree {
    tree(&format!("{}=== states/here.sls\n{text}\n", OTHERS.trim_start()), &[])
}

fn shown(tree: &Tree, file: &str, range: TextRange) -> String {
    tree.place(&path(file), range)
}

#[track_caller]
fn highlights(text: &str, expected: Expect) {
    let tree = case(text);
    let found = ide::highlights(&tree.analysis, &tree.cursor(), &Stop::new()).expect("nobody stops it");
    let mut out = String::new();
    for one in found {
        let _ = writeln!(out, "{:?} {}", one.kind, shown(&tree, "states/here.sls", one.range));
    }
    expected.assert_eq(&out);
}

#[test]
fn highlights_of_states_and_variables() {
    highlights(
        "a$0b:\n  test.nop: []\nc:\n  test.nop:\n    - require: [{test: ab}]\n",
        expect![[r#"
            Write states/here.sls:1:1 ab
            Read states/here.sls:5:24 ab
        "#]],
    );
    highlights(
        "{% set x = 1 %}{{ $0x }}{% for x in [x] %}{{ x }}{% endfor %}",
        expect![[r#"
        Write states/here.sls:1:8 x
        Read states/here.sls:1:19 x
        Read states/here.sls:1:36 x
    "#]],
    );
    highlights(
        "{% i$0f a %}b{% elif c %}d{% else %}e{% endif %}",
        expect![[r#"
        Text states/here.sls:1:4 if
        Text states/here.sls:1:15 elif
        Text states/here.sls:1:28 else
        Text states/here.sls:1:39 endif
    "#]],
    );
    highlights(
        "{{ pillar['app']['po$0rt'] }}{{ salt['pillar.get']('app:port') }}",
        expect![[r#"
        Read states/here.sls:1:4 pillar['app']['port']
        Read states/here.sls:1:50 'app:port'
    "#]],
    );
    highlights(
        "{% if x %}{{ y$0",
        expect![[r#"
        Read states/here.sls:1:14 y
    "#]],
    );
}

#[track_caller]
fn folds(text: &str, expected: Expect) {
    let tree = case(text);
    let mut out = String::new();
    for fold in ide::folds(&tree.analysis, &path("states/here.sls")) {
        let _ = writeln!(out, "{}-{} {:?}", fold.first + 1, fold.last + 1, fold.kind);
    }
    expected.assert_eq(&out);
}

#[test]
fn folds_of_blocks_comments_and_lists() {
    folds(
        "# one\n# two\ninclude:\n  - nginx\n\na:\n  pkg.installed:\n    - name: b\n    - require:\n      - pkg: c\n\nb:\n  test.nop: []",
        expect![[r#"
            1-2 Comment
            3-4 Imports
            6-10 Block
            7-10 Block
            9-10 Block
            12-13 Block
        "#]],
    );
    folds(
        "{% if a %}\na:\n  test.nop\n{% else %}\nb:\n  test.nop\n{% endif %}\nc: d",
        expect![[r#"
        1-3 Block
        2-3 Block
        4-6 Block
        5-6 Block
    "#]],
    );
    folds(
        "{% for a in b %}\na:\n  test.nop:\n    - x: y\n{# a\nb #}",
        expect![[r#"
        2-4 Block
        3-4 Block
        5-6 Comment
    "#]],
    );
}

#[track_caller]
fn selects(text: &str, expected: Expect) {
    let tree = case(text);
    let at = tree.cursor();
    let source = tree.fixture.text("base", at.path.as_str());
    let mut out = String::new();
    for range in ide::selections(&tree.analysis, &at.path, &[at.offset]).concat() {
        let _ = writeln!(out, "{:?}", range.slice(source));
    }
    expected.assert_eq(&out);
}

#[test]
fn selection_grows_from_the_word_to_the_file() {
    selects(
        "a:\n  pkg.installed:\n    - name: na$0me\n    - x: y\nb:\n  test.nop: []",
        expect![[r#"
        "name"
        "name: name"
        "- name: name"
        "pkg.installed:\n    - name: name\n    - x: y"
        "a:\n  pkg.installed:\n    - name: name\n    - x: y"
        "a:\n  pkg.installed:\n    - name: name\n    - x: y\nb:\n  test.nop: []\n"
    "#]],
    );
    selects(
        "a: {{ f(1, b.c$0d | e) }}\n",
        expect![[r#"
        "cd"
        "b.cd"
        "b.cd | e"
        "f(1, b.cd | e)"
        "{{ f(1, b.cd | e) }}"
        "a: {{ f(1, b.cd | e) }}"
        "a: {{ f(1, b.cd | e) }}\n\n"
    "#]],
    );
    selects(
        "{% if a %}\nb:\n  - {{ c$0",
        expect![[r#"
        "c"
        "{{ c"
        "- {{ c"
        "b:\n  - {{ c"
        "{% if a %}\nb:\n  - {{ c"
        "{% if a %}\nb:\n  - {{ c\n"
    "#]],
    );
}

#[track_caller]
fn links(text: &str, expected: Expect) {
    let tree = case(text);
    let here = path("states/here.sls");
    let mut out = String::new();
    for link in ide::links(&tree.analysis, &here, &Stop::new()).expect("nobody stops it") {
        let _ = writeln!(out, "{} → {}", shown(&tree, "states/here.sls", link.range), link.target);
    }
    expected.assert_eq(&out);
}

#[test]
fn links_lead_to_files() {
    links(
        "{% from 'macros.jinja' import site %}\ninclude:\n  - nginx\n  - .nginx.conf\n  - gone\na:\n  file.managed:\n    - source: salt://nginx/files/nginx.conf\n    - require:\n      - sls: nginx",
        expect![[r#"
            states/here.sls:1:9 'macros.jinja' → states/macros.jinja
            states/here.sls:3:5 nginx → states/nginx/init.sls
            states/here.sls:4:5 .nginx.conf → states/nginx/conf.sls
            states/here.sls:8:15 salt://nginx/files/nginx.conf → states/nginx/files/nginx.conf
            states/here.sls:10:14 nginx → states/nginx/init.sls
        "#]],
    );
    links(
        "{% set n = 'nginx' %}\ninclude:\n  - {{ n }}\n  - {{ n }}.conf\n  - {{ unknown }}",
        expect![[r#"
        states/here.sls:1:13 nginx → states/nginx/init.sls
        states/here.sls:4:5 {{ n }}.conf → states/nginx/conf.sls
    "#]],
    );
    links(
        "include:\n  - nginx\n  - {{ a",
        expect![[r#"
        states/here.sls:2:5 nginx → states/nginx/init.sls
    "#]],
    );
}

#[test]
fn the_words_of_a_block_are_edited_together() {
    let linked = |text: &str| {
        let tree = case(text);
        let at = tree.cursor();
        let source = tree.fixture.text("base", at.path.as_str()).to_owned();
        let found = ide::linked_ranges(&tree.analysis, &at.path, at.offset);
        found.iter().map(|range| format!("{} {}", range.start, range.slice(&source))).collect::<Vec<_>>()
    };
    assert_eq!(linked("{% f$0or a in b %}{% if c %}{% endif %}{% endfor %}"), ["3 for", "43 for"]);
    assert_eq!(linked("{% for a in b %}{% endi$0f %}"), [""; 0]);
    assert_eq!(linked("{% if a %}{% e$0lse %}{% endif %}"), [""; 0]);
    assert_eq!(linked("{%- if a %}{%- endi$0f -%}"), ["4 if", "18 if"]);
}

#[test]
fn symbols_of_the_workspace_are_found_fuzzily() {
    let tree = case("a:\n  test.nop: []\n{% macro mine() %}{% endmacro %}");
    let found = |query: &str| {
        let all = ide::workspace_symbols(&tree.analysis, query, 5, &Stop::new()).expect("nobody stops it");
        all.iter()
            .map(|one| format!("{:?} {} in {:?} at {}", one.kind, one.name, one.container, one.place.path))
            .collect::<Vec<_>>()
            .join("\n")
    };
    expect![[r#"
        Sls nginx.conf in "" at states/nginx/conf.sls
        StateId nginx_conf in "nginx.conf" at states/nginx/conf.sls"#]]
    .assert_eq(&found("ngconf"));
    expect![[r#"
        PillarKey app:port in "app" at pillar/app.sls
        PillarKey app:port in "more" at pillar/more.sls"#]]
    .assert_eq(&found("app:port"));
    expect![[r#"Macro mine in "here" at states/here.sls"#]].assert_eq(&found("MINE"));
    assert_eq!(found("zzzz"), "");
    assert_eq!(found("").lines().count(), 5);
}

#[track_caller]
fn calls(text: &str, expected: Expect) {
    let tree = case(text);
    let stop = Stop::new();
    let mut out = String::new();
    for item in ide::prepare_calls(&tree.analysis, &tree.cursor()) {
        let _ = writeln!(out, "{:?} {} {}", item.kind, item.name, item.place.path);
        for call in ide::incoming_calls(&tree.analysis, &item, &stop).expect("nobody stops it") {
            let _ = writeln!(out, "  from {:?} {} × {}", call.item.kind, call.item.name, call.ranges.len());
        }
        for call in ide::outgoing_calls(&tree.analysis, &item, &stop).expect("nobody stops it") {
            let _ = writeln!(out, "  to {:?} {} × {}", call.item.kind, call.item.name, call.ranges.len());
        }
    }
    expected.assert_eq(&out);
}

#[test]
fn calls_follow_includes_requisites_and_macros() {
    calls(
        "include:\n  - ng$0inx",
        expect![[r#"
        Sls nginx states/nginx/init.sls
          from Sls here × 1
          to Sls nginx.conf × 1
    "#]],
    );
    calls(
        "include: [nginx]\na:\n  test.nop:\n    - require:\n      - pkg: nginx_$0pkg",
        expect![[r#"
        StateId nginx_pkg states/nginx/init.sls
          from StateId a × 1
          from StateId nginx_conf × 1
    "#]],
    );
    calls(
        "{% from 'macros.jinja' import site %}\n{{ si$0te('a') }}{{ site('b') }}",
        expect![[r#"
        Macro site states/macros.jinja
          from Sls here × 3
          from Macro two × 2
    "#]],
    );
    calls(
        "$0\na:\n  test.nop: []",
        expect![[r#"
        Sls here states/here.sls
    "#]],
    );
}

#[test]
fn declarations_implementations_and_types() {
    let check = |text: &str, which: &str, expected: &str| {
        let tree = case(text);
        let stop = Stop::new();
        let at = tree.cursor();
        let found = match which {
            "declaration" => ide::declaration(&tree.analysis, &at),
            "implementation" => ide::implementation(&tree.analysis, &at, &stop).expect("nobody stops it"),
            _ => ide::type_definition(&tree.analysis, &at),
        };
        let places: Vec<_> = found.iter().map(|one| tree.place(&one.name.path, one.name.range)).collect();
        assert_eq!(places.join("; "), expected, "{which} of {text}");
    };
    check("{% from 'macros.jinja' import site %}{{ si$0te('a') }}", "declaration", "states/here.sls:1:31 site");
    check("a: {{ nothing$0 }}", "declaration", "");
    check(
        "{{ salt['pillar.get']('app:po$0rt') }}",
        "implementation",
        "pillar/app.sls:2:3 port; pillar/more.sls:2:3 port",
    );
    check("$0a:\n  shop.deployed: []", "type", "states/_states/shop.py:1:5 deployed");
    let top = OTHERS.trim_start().replace("worker_processes", "worker$0_processes");
    let tree = tree(&format!("{top}=== states/here.sls\na: b\n"), &[]);
    let found = ide::implementation(&tree.analysis, &tree.cursor(), &Stop::new()).expect("nobody stops it");
    let places: Vec<_> = found.iter().map(|one| tree.place(&one.name.path, one.name.range)).collect();
    assert_eq!(places, ["states/nginx/conf.sls:4:15 salt://nginx/files/nginx.conf"]);
}
