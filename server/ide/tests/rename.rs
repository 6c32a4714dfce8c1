//! Renames: what is edited, what is refused, on ordinary, templated and broken text.

mod support;

use expect_test::{Expect, expect};
use support::{Tree, profile, tree};
use world::Stop;

const OTHERS: &str = "
=== states/top.sls
base:
  '*': [here, nginx, users]
=== states/nginx/init.sls
include: [.conf]
nginx_pkg:
  pkg.installed:
    - name: nginx
=== states/nginx/conf.sls
include:
  - nginx
nginx_conf:
  file.managed:
    - name: /etc/nginx.conf
    - source: salt://nginx/files/nginx.conf
    - require:
      - pkg: nginx_pkg
=== states/nginx/files/nginx.conf
worker_processes 1;
=== states/macros.jinja
{% macro site(name, port=80) %}
{{ name }}_site:
  test.nop:
    - port: {{ port }}
{% endmacro %}
{% set limit = 3 %}
{{ limit }}
=== states/users.sls
{% import 'macros.jinja' as m %}
{{ m.site('a', port=81) }}
x:
  test.nop:
    - limit: {{ m.limit }}
    - port: {{ salt['pillar.get']('app:port', 1) }}
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

/// The lines that change, or why nothing does.
fn outcome(tree: &Tree, new: &str) -> String {
    let stop = Stop::new();
    let at = tree.cursor();
    let prepared = ide::prepare_rename(&tree.analysis, &at, &stop).expect("nobody stops it");
    let edits = match ide::rename(&tree.analysis, &at, new, &stop).expect("nobody stops it") {
        Ok(edits) => edits,
        Err(refused) => return format!("refused: {}", refused.0),
    };
    let prepared = prepared.expect("what is renamed can be renamed");
    let mut out = format!("{}\n", prepared.name);
    for (path, edits) in &edits.edits {
        let text = tree.fixture.text("base", path.as_str());
        let mut changed = text.to_owned();
        for edit in edits.iter().rev() {
            changed.replace_range(edit.range.start as usize..edit.range.end as usize, &edit.new_text);
        }
        let old: Vec<&str> = text.lines().collect();
        for line in changed.lines().filter(|line| !old.contains(line)) {
            out.push_str(&format!("{path}: {line}\n"));
        }
    }
    for (old, new) in &edits.renamed {
        out.push_str(&format!("{old} → {new}\n"));
    }
    out
}

#[track_caller]
fn check(text: &str, new: &str, expected: Expect) {
    expected.assert_eq(&outcome(&case(text), new));
}

#[test]
#[allow(clippy::too_many_lines, reason = "cases with what they give")]
fn state_ids() {
    let uses = "include: [nginx]\nextend:\n  nginx_pkg:\n    pkg:\n      - version: 1\na:\n  test.nop:\n    - require:\n      - pkg: nginx_$0pkg\n    - watch: ['nginx_pkg']";
    check(
        uses,
        "web_pkg",
        expect![[r#"
        nginx_pkg
        states/here.sls:   web_pkg:
        states/here.sls:       - pkg: web_pkg
        states/here.sls:     - watch: ['web_pkg']
        states/nginx/conf.sls:       - pkg: web_pkg
        states/nginx/init.sls: web_pkg:
    "#]],
    );
    check(
        "ng$0inx:\n  pkg.installed: []\nb:\n  test.nop:\n    - require: [{pkg: nginx}]",
        "web",
        expect![[r#"
        nginx
        states/here.sls: web:
        states/here.sls:   pkg.installed:
        states/here.sls:     - name: nginx
        states/here.sls:     - require: [{pkg: web}]
    "#]],
    );
    check(
        "ng$0inx:\n  pkg.installed\n",
        "web",
        expect![[r#"
        nginx
        states/here.sls: web:
        states/here.sls:   pkg.installed:
        states/here.sls:     - name: nginx
    "#]],
    );
    check(
        "ng$0inx:\n  pkg.installed:\n    - version: 1\n  service.running:\n    - name: nginx\n",
        "a b: c",
        expect![[r#"
        nginx
        states/here.sls: 'a b: c':
    "#]],
    );
    check(
        "{% set v = 'ng' %}\n{{ v$0 }}inx:\n  pkg.installed\n",
        "w",
        expect![[r#"
        v
        states/here.sls: {% set w = 'ng' %}
        states/here.sls: {{ w }}inx:
    "#]],
    );
    check(
        "{% for n in ['a', 'b'] %}\n{{ n }}_x$0y:\n  test.nop: []\n{% endfor %}",
        "c",
        expect!["refused: the ID is computed at states/here.sls:2"],
    );
    check(
        "a$0b:\n  test.nop: []\nc:\n  test.nop:\n    - require: [{test: 'a{{ grains.x }}'}]\n",
        "d",
        expect!["refused: states/here.sls:5 may refer to it by a name that is not wholly known"],
    );
    check(
        "a$0b:\n  test.nop: []\n",
        "nginx_pkg",
        expect!["refused: states/nginx/init.sls:2 declares 'nginx_pkg' already"],
    );
    check("a$0b:\n  test.nop: []\n  {{ x", "cd", expect!["refused: whether * has a name is not known"]);
}

#[test]
#[allow(clippy::too_many_lines, reason = "cases with what they give")]
fn variables_macros_and_parameters() {
    check(
        "{% set o$0ne = 1 %}{{ one }}{% for one in [one] %}{{ one }}{% endfor %}: b",
        "two",
        expect![[r#"
        one
        states/here.sls: {% set two = 1 %}{{ two }}{% for one in [two] %}{{ one }}{% endfor %}: b
    "#]],
    );
    check(
        "{% from 'macros.jinja' import site %}\n{{ si$0te('a') }}",
        "vhost",
        expect![[r#"
        site
        states/here.sls: {% from 'macros.jinja' import vhost %}
        states/here.sls: {{ vhost('a') }}
        states/macros.jinja: {% macro vhost(name, port=80) %}
        states/users.sls: {{ m.vhost('a', port=81) }}
    "#]],
    );
    check(
        "{% from 'macros.jinja' import site as s %}\n{{ $0s('a') }}",
        "vhost",
        expect![[r#"
        s
        states/here.sls: {% from 'macros.jinja' import site as vhost %}
        states/here.sls: {{ vhost('a') }}
    "#]],
    );
    check(
        "{% import 'macros.jinja' as lib %}\na: {test.nop: [{x: {{ lib.lim$0it }}}]}",
        "most",
        expect![[r#"
        limit
        states/here.sls: a: {test.nop: [{x: {{ lib.most }}}]}
        states/macros.jinja: {% set most = 3 %}
        states/macros.jinja: {{ most }}
        states/users.sls:     - limit: {{ m.most }}
    "#]],
    );
    let definition = OTHERS.trim_start().replace("port=80", "po$0rt=80");
    let here = "{% from 'macros.jinja' import site %}{{ site('q', port=1) }}";
    expect![[r#"
        port
        states/here.sls: {% from 'macros.jinja' import site %}{{ site('q', listen=1) }}
        states/macros.jinja: {% macro site(name, listen=80) %}
        states/macros.jinja:     - port: {{ listen }}
        states/users.sls: {{ m.site('a', listen=81) }}
    "#]]
    .assert_eq(&outcome(&tree(&format!("{definition}=== states/here.sls\n{here}\n"), &[]), "listen"));
    let here = "{% from 'macros.jinja' import site %}{{ site('q', **kw) }}";
    expect!["refused: states/here.sls:1 passes arguments whose names are not known"]
        .assert_eq(&outcome(&tree(&format!("{definition}=== states/here.sls\n{here}\n"), &[]), "listen"));
    check("{% set o$0ne = 1 %}{{ two }}", "two", expect!["refused: states/here.sls uses the name 'two' already"]);
    check("{% set o$0ne = 1 %}", "a-b", expect!["refused: a name in a template is made of letters, digits and _"]);
    check(
        "{% set o$0ne = 1 %}{{ one",
        "two",
        expect![[r#"
        one
        states/here.sls: {% set two = 1 %}{{ two
    "#]],
    );
}

#[test]
fn pillar_keys() {
    check(
        "a: {test.nop: [{x: {{ pillar['app']['po$0rt'] }}}]}",
        "listen",
        expect![[r#"
        port
        pillar/app.sls:   listen: 8080
        states/here.sls: a: {test.nop: [{x: {{ pillar['app']['listen'] }}}]}
        states/users.sls:     - port: {{ salt['pillar.get']('app:listen', 1) }}
    "#]],
    );
    check(
        "{% set app = pillar.get('app', {}) %}\na: {test.nop: [{x: {{ app.port }}, y: {{ app.db.ho$0st }}}]}",
        "name",
        expect![[r#"
        host
        pillar/app.sls:     name: db1
        states/here.sls: a: {test.nop: [{x: {{ app.port }}, y: {{ app.db.name }}}]}
    "#]],
    );
    check(
        "a: {test.nop: [{x: {{ salt['pillar.get']('ap$0p:port') }}}]}",
        "shop",
        expect![[r#"
        app
        pillar/app.sls: shop:
        states/here.sls: a: {test.nop: [{x: {{ salt['pillar.get']('shop:port') }}}]}
        states/users.sls:     - port: {{ salt['pillar.get']('shop:port', 1) }}
    "#]],
    );
    check(
        "a: {test.nop: [{x: {{ salt['pillar.get']('app:' ~ grains.x) }}, y: {{ pillar.app.po$0rt }}}]}",
        "q",
        expect!["refused: states/here.sls:1 may read the key by a name that is not wholly known"],
    );
    check(
        "a: {test.nop: [{x: {{ pillar.app.po$0rt }}}]}",
        "db",
        expect!["refused: pillar/app.sls:3 defines 'app:db' already"],
    );
    check("a: {test.nop: [{x: {{ pillar.go$0ne }}}]}", "db", expect!["refused: no pillar file defines 'gone'"]);
}

#[test]
fn sls_and_folders() {
    check(
        "include:\n  - ng$0inx\n{% from 'nginx/map.jinja' import x %}",
        "web.server",
        expect![[r#"
            nginx
            states/here.sls:   - web.server
            states/nginx/conf.sls:   - web.server
            states/nginx/conf.sls:     - source: salt://web/server/files/nginx.conf
            states/top.sls:   '*': [here, web.server, users]
            states/nginx/conf.sls → states/web/server/conf.sls
            states/nginx/files/nginx.conf → states/web/server/files/nginx.conf
            states/nginx/init.sls → states/web/server/init.sls
        "#]],
    );
    check(
        "include:\n  - nginx.co$0nf",
        "nginx.config",
        expect![[r#"
        nginx.conf
        states/here.sls:   - nginx.config
        states/nginx/init.sls: include: [nginx.config]
        states/nginx/conf.sls → states/nginx/config.sls
    "#]],
    );
    check(
        "include:\n  - nginx.co$0nf",
        "nginx",
        expect!["refused: states/nginx/init.sls has the name 'nginx' already"],
    );
    check(
        "include:\n  - ng$0inx\n  - nginx.{{ grains.x }}",
        "web",
        expect!["refused: states/here.sls:3 may include it by a name that is not wholly known"],
    );
    check(
        "a:\n  test.nop:\n    - require:\n      - sls: us$0ers",
        "people",
        expect![[r#"
        users
        states/here.sls:       - sls: people
        states/top.sls:   '*': [here, nginx, people]
        states/users.sls → states/people.sls
    "#]],
    );
}

#[test]
fn nothing_is_renamed_where_nothing_has_a_name() {
    check("# comm$0ent\na: b", "x", expect!["refused: there is no name here that could be changed everywhere"]);
    check("a:\n  test.no$0p: []", "x", expect!["refused: there is no name here that could be changed everywhere"]);
}
