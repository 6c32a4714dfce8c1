//! Definition, references and outline.

mod support;

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use support::{Tree, path, profile, tree, webshop};
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
    - require:
      - pkg: nginx_pkg
=== states/nginx/files/nginx.conf
worker_processes 1;
=== states/macros.jinja
{% macro site(name) %}
{{ name }}:
  test.nop: []
{% endmacro %}
{% set app = salt['pillar.get']('app', {'port': 80}, merge=True) %}
=== states/_states/shop.py
def deployed(name):
    return {}
=== pillar/top.sls
base:
  '*': [app]
=== pillar/app.sls
app:
  port: 8080
  db:
    host: db1
";

fn case(text: &str) -> Tree {
    let profiles = [profile("web1", r#"{"id": "web1"}"#, None)];
    tree(&format!("{}=== states/here.sls\n{text}\n", OTHERS.trim_start()), &profiles)
}

#[track_caller]
fn leads(tree: &Tree, expected: &str) {
    let found = ide::definition(&tree.analysis, &tree.cursor(), &Stop::new()).expect("nobody stops it");
    let places: Vec<String> = found.iter().map(|target| tree.place(&target.name.path, target.name.range)).collect();
    assert_eq!(places.join("; "), expected);
}

/// From `$0` in `states/here.sls` to these places.
#[track_caller]
fn check(text: &str, expected: &str) {
    leads(&case(text), expected);
}

#[test]
fn definitions_of_states() {
    let pkg = "states/nginx/init.sls:2:1 nginx_pkg";
    check("include: [nginx]\na:\n  test.nop:\n    - require:\n      - pkg: nginx_$0pkg", pkg);
    check("include: [nginx]\na:\n  test.nop:\n    - require:\n      - pkg: ngi$0nx", pkg);
    check("include: [nginx]\na:\n  test.nop:\n    - require:\n      - nginx_$0pkg", pkg);
    check("include: [nginx]\na:\n  test.nop:\n    - require: [{pkg: 'nginx_$0pkg'}]", pkg);
    check("a:\n  test.nop:\n    - watch_in:\n      - file: nginx_c$0onf", "states/nginx/conf.sls:1:1 nginx_conf");
    check("include: [nginx]\nextend:\n  nginx_p$0kg:\n    pkg:\n      - version: 1", pkg);
    check("exclude:\n  - id: nginx_$0pkg", pkg);
    check("a:\n  test.nop:\n    - require:\n      - sls: ngi$0nx", "states/nginx/init.sls:1:1 ");
    check("a:\n  test.nop:\n    - require:\n      - pkg: go$0ne", "");
    check("a:\n  shop.deplo$0yed: []", "states/_states/shop.py:1:5 deployed");
}

#[test]
fn definitions_of_files() {
    check("include:\n  - ngi$0nx", "states/nginx/init.sls:1:1 ");
    check("include:\n  - .nginx.co$0nf", "states/nginx/conf.sls:1:1 ");
    check("a:\n  file.managed:\n    - source: salt://nginx/files/ngi$0nx.conf", "states/nginx/files/nginx.conf:1:1 ");
    check("{% from 'mac$0ros.jinja' import site %}", "states/macros.jinja:1:1 ");
    let top = OTHERS.trim_start().replace("[here, nginx]", "[here, ngi$0nx]");
    leads(&tree(&format!("{top}=== states/here.sls\n\n"), &[]), "states/nginx/init.sls:1:1 ");
}

#[test]
fn definitions_of_pillar_keys() {
    check("a: {{ salt['pillar.get']('app:po$0rt') }}", "pillar/app.sls:2:3 port");
    check("a: {{ pillar['app']['db']['ho$0st'] }}", "pillar/app.sls:4:5 host");
    check("{% set app = pillar.get('app', {}) %}\na: {{ app.db.ho$0st }}", "pillar/app.sls:4:5 host");
    check(
        "{% from 'macros.jinja' import app with context %}\na: {{ app.po$0rt }}",
        "pillar/app.sls:2:3 port; states/macros.jinja:5:42 port",
    );
    check("a: {{ salt['pillar.get']('app:nope:no$0ne') }}", "pillar/app.sls:1:1 app");
    check(
        "{% for k, v in pillar.get('app', {}).items() %}{% endfor %}\na: {{ pillar.ap$0p }}",
        "pillar/app.sls:1:1 app",
    );
}

#[test]
fn definitions_of_template_names() {
    check("{% from 'macros.jinja' import site %}\n{{ si$0te('a') }}", "states/macros.jinja:1:10 site");
    check("{% from 'macros.jinja' import si$0te %}", "states/macros.jinja:1:10 site");
    check("{% import 'macros.jinja' as m %}\n{{ m.si$0te('a') }}", "states/macros.jinja:1:10 site");
    check("{% import 'macros.jinja' as m %}\n{{ $0m.site('a') }}", "states/here.sls:1:29 m");
    check("{% set one = 1 %}\n{{ on$0e }}: test.nop", "states/here.sls:1:8 one");
    check("{% for one in [1] %}\n{{ on$0e }}: test.nop\n{% endfor %}", "states/here.sls:1:8 one");
    check("{% macro m(one) %}{{ on$0e }}{% endmacro %}", "states/here.sls:1:12 one");
}

#[test]
fn a_key_path_is_its_keys() {
    let pillar = OTHERS
        .trim_start()
        .replace("=== pillar/app.sls\n", "=== pillar/app.sls\n'c:d': 1\n'e*f': 2\nexf: 3\nc: {d: 4}\n");
    let leads_in = |text: &str, expected: &str| {
        leads(&tree(&format!("{pillar}=== states/here.sls\n{text}\n"), &[]), expected);
    };
    leads_in("a: {{ salt['pillar.get']('c:$0d') }}", "pillar/app.sls:4:5 d");
    leads_in("a: {{ pillar['c:$0d'] }}", "pillar/app.sls:1:1 'c:d'");
    leads_in("a: {{ pillar['c']['$0d'] }}", "pillar/app.sls:4:5 d");
    leads_in("a: {{ salt['pillar.get']('e*$0f', 'x') }}", "pillar/app.sls:2:1 'e*f'");
    // Salt gives the default, and refuses
    check("a: {{ salt['pillar.get']('a*$0p', 'd') }}", "");
    check("a: {{ pillar['app:po$0rt'] }}", "");
}

#[test]
fn definitions_of_members() {
    let here = |line: u32, column: u32, word: &str| format!("states/here.sls:{line}:{column} {word}");
    check("{% load_yaml as cfg %}\nport: 80\n{% endload %}\na: {{ cfg.po$0rt }}", &here(2, 1, "port"));
    check("{% macro m(s) %}{{ s.ro$0ot }}{% endmacro %}{{ m({'root': '/'}) }}", &here(1, 50, "root"));
    check("{% set ns = namespace(v={'k': 1}) %}{{ ns.v.$0k }}", &here(1, 27, "k"));
    check("{% for k, v in {'a': {'b': 1}}|dictsort %}{{ v.$0b }}{% endfor %}", &here(1, 24, "b"));
    check("{% set d = {'a': {'b': 1}} %}{% if False %}{{ d.a.get('$0b') }}{% endif %}", &here(1, 20, "b"));
    check("{% set d = {'a': 1} %}{% macro m() %}{{ d.$0a }}{% endmacro %}", &here(1, 14, "a"));
    check("{% set d = {'a': 1} %}{% do d.update({'b': 2}) %}{{ d.$0b }}", &here(1, 40, "b"));
    let tree = |text: &str| {
        let module = "=== states/_modules/own.py\ndef reply(name):\n    return name\n";
        tree(&format!("{}{module}=== states/here.sls\n{text}\n", OTHERS.trim_start()), &[])
    };
    for text in ["a: {{ salt['own.re$0ply']('x') }}", "a: {{ salt.own.re$0ply('x') }}"] {
        leads(&tree(text), "states/_modules/own.py:1:5 reply");
    }
}

#[test]
fn definitions_of_the_sample_repository() {
    #[track_caller]
    fn check(file: &str, text: &str, expected: &str) {
        leads(&webshop(Some((file, text))), expected);
    }
    let import = "{% from 'webshop/map.jinja' import webshop with context %}\n";
    check(
        "states/webshop/x.sls",
        &format!("{import}a: {{{{ webshop.db.ho$0st }}}}"),
        "pillar/env/staging.sls:4:5 host; pillar/webshop/init.sls:7:5 host",
    );
    let db = "pillar/env/staging.sls:3:3 db; pillar/webshop/init.sls:6:3 db; states/webshop/map.jinja:5:6 db";
    check("states/webshop/x.sls", &format!("{import}{{% if webshop.d$0b %}}{{% endif %}}"), db);
    check(
        "states/webshop/x.sls",
        &format!("{import}a: {{{{ webshop['ho$0me'] }}}}"),
        "states/webshop/map.jinja:3:6 home",
    );
    let require =
        "include: [webshop.source]\na:\n  cmd.run:\n    - require:\n      - webshop_release: webshop_re$0lease";
    check("states/webshop/x.sls", require, "states/webshop/source.sls:9:1 webshop_release");
}

#[track_caller]
fn check_references(text: &str, expected: Expect) {
    let tree = case(text);
    let found = ide::references(&tree.analysis, &tree.cursor(), true, &Stop::new()).expect("nobody stops it");
    let mut shown = String::new();
    for place in found {
        let _ = writeln!(shown, "{}", tree.place(&place.path, place.range));
    }
    expected.assert_eq(&shown);
}

#[test]
fn references_from_anywhere() {
    check_references(
        "include: [nginx]\na:\n  test.nop:\n    - require:\n      - pkg: nginx_$0pkg",
        expect![[r"
            states/here.sls:5:14 nginx_pkg
            states/nginx/conf.sls:5:14 nginx_pkg
            states/nginx/init.sls:2:1 nginx_pkg
        "]],
    );
    check_references(
        "a: {{ pillar['app']['po$0rt'] }}",
        expect![[r#"
            pillar/app.sls:2:3 port
            states/here.sls:1:7 pillar['app']['port']
        "#]],
    );
    check_references(
        "{% from 'macros.jinja' import site %}\n{{ si$0te('a') }}",
        expect![[r#"
            states/here.sls:1:31 site
            states/here.sls:2:4 site
            states/macros.jinja:1:10 site
        "#]],
    );
    check_references(
        "include: [nginx$0]",
        expect![[r#"
            states/here.sls:1:11 nginx
            states/nginx/init.sls:1:1 
            states/top.sls:2:15 nginx
        "#]],
    );
    check_references(
        "{% set one = 1 %}\n{{ on$0e }}: test.nop",
        expect![[r#"
            states/here.sls:1:8 one
            states/here.sls:2:4 one
        "#]],
    );
}

#[test]
fn outlines_nest() {
    let tree = case(
        "{% set one = 1 %}\n{% macro m(a, b=1) %}{% endmacro %}\na:\n  pkg.installed: []\n  service.running: []\nb: test.nop$0",
    );
    let show = |file: &str| {
        fn write(out: &mut String, symbols: &[ide::Symbol], depth: usize) {
            for symbol in symbols {
                let _ = writeln!(out, "{}{} {:?} {}", "  ".repeat(depth), symbol.name, symbol.kind, symbol.detail);
                write(out, &symbol.children, depth + 1);
            }
        }
        let mut out = String::new();
        write(&mut out, &ide::document_symbols(&tree.analysis, &path(file), &Stop::new()).expect("found"), 0);
        out
    };
    expect![[r"
        one Variable 
        m Macro (a, b)
        a StateId pkg.installed, service.running
          pkg.installed Function 
          service.running Function 
        b StateId test.nop
          test.nop Function 
    "]]
    .assert_eq(&show("states/here.sls"));
    expect![[r"
        app PillarKey pillar-key
          port PillarKey pillar-key
          db PillarKey pillar-key
            host PillarKey pillar-key
    "]]
    .assert_eq(&show("pillar/app.sls"));
    expect![[r"
        * Target compound
          here Sls 
          nginx Sls 
    "]]
    .assert_eq(&show("states/top.sls"));
}
