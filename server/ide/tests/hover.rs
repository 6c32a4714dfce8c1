//! What hovers say.

mod support;

use std::sync::Arc;

use compare::{Drift, DriftFact, DriftKind, DriftSeverity};
use support::{Tree, profile, tree, webshop};
use world::Stop;

const OTHERS: &str = "
=== states/nginx/init.sls
# Web servers.
# One for all sites.
include: [here]
nginx_pkg:
  pkg.installed:
    - name: nginx
    - require:
      - cmd: mine
=== states/nginx/files/nginx.conf
# Written by Salt.
worker_processes 1;
=== states/macros.jinja
{# A site with its port. #}
{% macro site(name, port=80) %}
{{ name }}:
  test.nop: []
{% endmacro %}
{% set answer = 42 %}
=== pillar/top.sls
base:
  '*': [app]
=== pillar/app.sls
app:
  port: 8080
  db_password: hunter2
  note: '[click](http://evil) `x`'
";

fn case(text: &str) -> Tree {
    let profiles = vec![
        profile("web1", r#"{"id": "web1", "os": "Debian"}"#, None),
        profile("db1", r#"{"id": "db1", "os": "Redhat"}"#, Some(r#"{"app": {"port": 1}}"#)),
    ];
    tree(&format!("{}=== states/here.sls\n{text}\n", OTHERS.trim_start()), &profiles)
}

#[track_caller]
fn says(tree: &Tree, parts: &[&str]) {
    let hover = ide::hover(&tree.analysis, &tree.cursor(), &Stop::new()).expect("nobody stops it");
    let Some(hover) = hover else {
        assert!(parts.is_empty(), "no hover, wanted {parts:?}");
        return;
    };
    assert!(!parts.is_empty(), "a hover: {}", hover.markdown);
    for part in parts {
        match part.strip_prefix("not ") {
            Some(part) => assert!(!hover.markdown.contains(part), "has {part:?}:\n{}", hover.markdown),
            None => assert!(hover.markdown.contains(part), "lacks {part:?}:\n{}", hover.markdown),
        }
    }
}

/// Hovering at `$0` in `states/here.sls` says all `parts` (`not x`: and not x); none: no hover.
#[track_caller]
fn check(text: &str, parts: &[&str]) {
    says(&case(text), parts);
}

#[test]
fn states_say_what_they_do_and_who_requires_them() {
    check("min$0e:\n  cmd.run:\n    - name: ls", &["`mine`", "cmd.run:", "name: ls", "Referred to by `nginx`"]);
    check(
        "include: [nginx]\na:\n  test.nop:\n    - require:\n      - pkg: nginx_$0pkg",
        &["`nginx_pkg` in `nginx`", "pkg.installed", "- require: cmd: mine"],
    );
    check("a:\n  test.nop:\n    - require:\n      - pkg: go$0ne", &["nothing in the tree"]);
    check("include: [nginx]\nextend:\n  nginx_$0pkg:\n    pkg:\n      - version: 1", &["`nginx_pkg` in `nginx`"]);
    check("a:\n  user.present:\n    - pass$0word: hunter2", &["***", "not hunter2"]);
    check("a$0:\n  user.present:\n    - password: hunter2", &["password: ***", "not hunter2"]);
}

#[test]
fn functions_and_arguments_come_from_salt() {
    check("a:\n  pkg.inst$0alled: []", &["installed(name", "docs.saltproject.io"]);
    check("a:\n  file.managed:\n    - mo$0de: '0644'", &["`file.managed`", "Value: `0644`"]);
    check("a:\n  test.nop:\n    - only$0if: ls", &["Value: `ls`"]);
}

#[test]
fn names_of_files_say_what_is_in_them() {
    check("include:\n  - ngi$0nx", &["SLS `nginx` in `states/nginx/init.sls`", "1 state ID", "Web servers."]);
    check(
        "a:\n  file.managed:\n    - source: salt://nginx/files/ngi$0nx.conf",
        &["`states/nginx/files/nginx.conf`", "2 lines", "Written by Salt."],
    );
    check("{% from 'mac$0ros.jinja' import site %}", &["template `states/macros.jinja`", "`site(name, port=…)`"]);
}

#[test]
fn pillar_keys_have_values_per_profile() {
    check(
        "a: {{ salt['pillar.get']('app:po$0rt') }}",
        &["`app:port`", "web1: `8080`", "db1: `1`", "`pillar/app.sls`: `8080`"],
    );
    check("a: {{ pillar['app']['db_pass$0word'] }}", &["***", "not hunter2"]);
    check("a: {{ pillar['a$0pp'] }}", &["***", "not hunter2"]);
    check("a: {{ pillar['app']['no$0te'] }}", &["`` [click](http://evil) `x` ``"]);
    check("a: {{ salt['pillar.get']('nope:no$0ne', 1) }}", &["No pillar file defines it"]);
}

#[test]
fn templates_names_say_what_they_hold() {
    check(
        "{% from 'macros.jinja' import site %}\n{{ si$0te('a') }}",
        &["macro site(name, port=80)", "A site with its port."],
    );
    check("{% set por$0t = 80 %}", &["set port = 80", "`80`"]);
    check("{% set port = pillar['app']['port'] %}\na: {{ po$0rt }}", &["web1: `8080`", "db1: `1`"]);
    check("{% set app_password = 'hunter2' %}\na: {{ app_pass$0word }}", &["***", "not hunter2"]);
    check(
        "{% set db = {'password': 'hunter2', 'port': 1} %}\na: {{ d$0b }}",
        &["password: ***, port: 1", "not hunter2"],
    );
    check("{% from 'macros.jinja' import answer %}\na: {{ ans$0wer }}", &["`42`", "states/macros.jinja"]);
    let long = (0..30).map(|n| format!("'key{n}': 'a value of some length'")).collect::<Vec<_>>().join(", ");
    check(
        &format!("{{% set d = {{{long}}} %}}\na: {{{{ $0d }}}}"),
        &["```yaml\nkey0: a value of some length\nkey1:", "# and 16 more lines"],
    );
    check("{% set app_pass$0word = 'hunter2' %}", &["***", "not hunter2"]);
    check("{% load_yaml as cfg %}\nport: 80\n{% endload %}\na: {{ cf$0g }}", &["{port: 80}"]);
    check("{% for p in [80, 81] %}{{ $0p }}{% endfor %}", &["`80`, `81`"]);
    check("{% macro m(p) %}{{ $0p }}{% endmacro %}{{ m(7) }}", &["`7`"]);
    check("{% set port = 1 %}\na: {{ po$0rt }}\n{% set port = 2 %}", &["`1`", "not `2`"]);
    check("a: {{ grains['o$0s'] }}", &["grain `os`", "web1: `\"Debian\"`", "db1: `\"Redhat\"`"]);
    check("a: {{ x | def$0ault(1) }}", &["value | default", "filter of Jinja"]);
    check("{% if x is defi$0ned %}{% endif %}", &["value is defined"]);
    check("{% set m = {'a': {'b': 7}} %}\nx: {{ m.a.$0b }}", &["`7`"]);
    check("{# no$0thing #}", &[]);
    check("# no$0thing", &[]);
}

#[test]
fn drift_is_told_at_its_place() {
    let mut tree = case("a:\n  pkg.in$0stalled: []");
    let at = tree.cursor();
    let place = Some((at.path.clone(), text::TextRange::empty(at.offset)));
    let fact = DriftFact {
        kind: DriftKind::RenamedUpstream,
        severity: DriftSeverity::Information,
        entity: model::EntityKind::StateId,
        name: "a".to_owned(),
        place,
        message: "develop calls it [b]".to_owned(),
        theirs: None,
        ours: None,
        renamed_to: None,
        origin: None,
    };
    tree.analysis = tree.analysis.clone().with_drift(Arc::new(Drift { facts: vec![fact], notes: Vec::new() }));
    says(&tree, &["renamed-upstream", r"develop calls it \[b\]"]);
}

#[test]
fn the_sample_repository_is_explained() {
    #[track_caller]
    fn check(file: &str, text: &str, parts: &[&str]) {
        says(&webshop(Some((file, text))), parts);
    }
    let import = "{% from 'webshop/map.jinja' import webshop with context %}\n";
    check("states/webshop/x.sls", &format!("{import}a: {{{{ webshop.db.ho$0st }}}}"), &["db1.prod.webshop.example"]);
    check("states/webshop/x.sls", "a:\n  webshop_release.deplo$0yed: []", &["deployed(name, version", "Make sure"]);
    check("states/webshop/x.sls", "include:\n  - webshop.so$0urce", &["2 state IDs"]);
}
