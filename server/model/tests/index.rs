//! Small trees and all their entities.

mod support;

use expect_test::{Expect, expect};
use support::tree;

fn check(fixture: &str, expected: &Expect) {
    let tree = tree(fixture);
    expected.assert_eq(&tree.list(&tree.catalog.entities()));
}

#[test]
fn states_with_requisites_and_includes() {
    check(
        "
        === states/top.sls
        base:
          'web*':
            - web
        === states/web/init.sls
        include:
          - .service
        nginx:
          pkg.installed: []
        === states/web/service.sls
        nginx-service:
          service.running:
            - name: nginx
            - require:
              - pkg: nginx
              - sls: web
        ",
        &expect![[r#"
            states/top.sls:1:1 def sls top
            states/top.sls:2:3 def top-target web*
            states/top.sls:3:7 use top-target web
            states/web/init.sls:1:1 def sls web
            states/web/init.sls:2:5 use include web.service
            states/web/init.sls:3:1 def state-id nginx
            states/web/init.sls:4:3 use function pkg.installed
            states/web/service.sls:1:1 def sls web.service
            states/web/service.sls:1:1 def state-id nginx-service
            states/web/service.sls:2:3 use function service.running
            states/web/service.sls:5:14 use requisite pkg:nginx
            states/web/service.sls:6:14 use requisite sls:web
        "#]],
    );
}

#[test]
fn pillar_keys_uses_and_targets() {
    check(
        "
        === states/top.sls
        base:
          '*': [web]
        === states/web.sls
        {% set nginx = salt['pillar.get']('nginx', {}) %}
        web:
          pkg.installed:
            - name: {{ nginx.package }}
        === pillar/top.sls
        base:
          'os:Debian':
            - match: grain
            - nginx
        === pillar/nginx.sls
        nginx:
          package: nginx-full
          sites:
            - a
        ",
        &expect![[r#"
            pillar/nginx.sls:1:1 def sls nginx
            pillar/nginx.sls:1:1 def pillar-key nginx
            pillar/nginx.sls:2:3 def pillar-key nginx:package
            pillar/nginx.sls:3:3 def pillar-key nginx:sites
            pillar/top.sls:1:1 def sls top
            pillar/top.sls:2:3 def top-target os:Debian
            pillar/top.sls:4:7 use top-target nginx
            states/top.sls:1:1 def sls top
            states/top.sls:2:3 def top-target *
            states/top.sls:2:9 use top-target web
            states/web.sls:1:1 def sls web
            states/web.sls:1:8 def jinja-variable nginx
            states/web.sls:1:35 use pillar-use nginx
            states/web.sls:2:1 def state-id web
            states/web.sls:3:3 use function pkg.installed
            states/web.sls:4:16 use jinja-variable nginx
            states/web.sls:4:16 use pillar-use nginx:package ?
        "#]],
    );
}

#[test]
fn macros_variables_and_imports() {
    check(
        "
        === states/top.sls
        base:
          '*': [web]
        === states/web/map.jinja
        {% set nginx = {'pkg': 'nginx'} %}
        {% macro vhost(name, port=80) %}
        vhost-{{ name }}:
          file.managed:
            - source: salt://web/files/vhost.conf
        {% endmacro %}
        === states/web/init.sls
        {% from 'web/map.jinja' import nginx, vhost with context %}
        nginx:
          pkg.installed:
            - name: {{ nginx.pkg }}
        {{ vhost('example') }}
        === states/web/files/vhost.conf
        server {}
        ",
        &expect![[r#"
            states/top.sls:1:1 def sls top
            states/top.sls:2:3 def top-target *
            states/top.sls:2:9 use top-target web
            states/web/init.sls:1:1 def sls web
            states/web/init.sls:1:9 use import states/web/map.jinja
            states/web/init.sls:1:32 use jinja-variable nginx
            states/web/init.sls:1:39 use macro vhost
            states/web/init.sls:2:1 def state-id nginx
            states/web/init.sls:3:3 use function pkg.installed
            states/web/init.sls:4:16 use jinja-variable nginx
            states/web/init.sls:5:4 use macro vhost
            states/web/map.jinja:1:8 def jinja-variable nginx
            states/web/map.jinja:2:10 def macro vhost
            states/web/map.jinja:3:1 def state-id vhost-example
            states/web/map.jinja:3:10 use jinja-variable name
            states/web/map.jinja:4:3 use function file.managed
            states/web/map.jinja:5:15 use salt-file web/files/vhost.conf
        "#]],
    );
}

#[test]
fn extends_excludes_and_patterns() {
    check(
        "
        === states/top.sls
        base:
          '*': [web]
        === states/web.sls
        include: [db]
        extend:
          postgres:
            service.running:
              - watch:
                - file: config
        exclude:
          - sls: legacy.*
          - id: old
        === states/db.sls
        postgres:
          service.running: []
        config:
          file.managed: []
        {% for user in pillar.users %}
        user-{{ user }}:
          user.present: []
        {% endfor %}
        ",
        &expect![[r#"
            states/db.sls:1:1 def sls db
            states/db.sls:1:1 def state-id postgres
            states/db.sls:2:3 use function service.running
            states/db.sls:3:1 def state-id config
            states/db.sls:4:3 use function file.managed
            states/db.sls:5:16 use pillar-use users
            states/db.sls:6:1 def state-id user-* ?
            states/db.sls:6:9 use jinja-variable user
            states/db.sls:7:3 use function user.present ?
            states/top.sls:1:1 def sls top
            states/top.sls:2:3 def top-target *
            states/top.sls:2:9 use top-target web
            states/web.sls:1:1 def sls web
            states/web.sls:1:11 use include db
            states/web.sls:3:3 use extend postgres
            states/web.sls:4:5 use function service.running
            states/web.sls:6:17 use requisite file:config
            states/web.sls:8:10 use exclude legacy.*
            states/web.sls:9:9 use exclude old
        "#]],
    );
}

#[test]
fn what_may_be_anything_is_listed() {
    check(
        "=== states/web.sls\nnginx:\n  pkg:\n{% if grains.a %}\n    - installed\n{% else %}\n    - removed\n{% endif %}\n    - require:\n      - {{ pillar.x }}\n      - pkg: y\n  service.running: {{ pillar.args }}\ninclude: {{ pillar.more }}\n",
        &expect![[r#"
            states/web.sls:1:1 def sls web
            states/web.sls:1:1 def state-id nginx
            states/web.sls:2:3 use function pkg.installed ?
            states/web.sls:2:3 use function pkg.removed ?
            states/web.sls:9:12 use requisite * ?
            states/web.sls:9:12 use pillar-use x
            states/web.sls:10:14 use requisite pkg:y
            states/web.sls:11:3 use function service.running
            states/web.sls:11:23 use pillar-use args
            states/web.sls:12:13 use include * ?
            states/web.sls:12:13 use pillar-use more
        "#]],
    );
    check(
        "=== states/web.sls\n{{ salt['x.y']() }}\n",
        &expect![[r#"
            states/web.sls:1:1 def sls web
            states/web.sls:1:4 def state-id * ?
            states/web.sls:1:4 use function *.* ?
        "#]],
    );
    check(
        "=== states/web.sls\np_{{ pillar.get('list', [])|join }}: test.nop\nq_{{ ('m' if false) if pillar.a else '2' }}: test.nop\n",
        &expect![[r#"
            states/web.sls:1:1 def sls web
            states/web.sls:1:1 def state-id p_* ?
            states/web.sls:1:17 use pillar-use list
            states/web.sls:1:38 use function test.nop
            states/web.sls:2:1 def state-id q_ ?
            states/web.sls:2:1 def state-id q_2 ?
            states/web.sls:2:24 use pillar-use a
            states/web.sls:2:46 use function test.nop ?
        "#]],
    );
}

#[test]
fn what_a_loop_prints_keeps_its_known_parts() {
    check(
        "=== states/web.sls\n{% for name, one in pillar.all.items() %}\nx-{{ one.id|d(name) }}-present:\n  test.nop: []\n{% endfor %}\n",
        &expect![[r#"
            states/web.sls:1:1 def sls web
            states/web.sls:1:21 use pillar-use all
            states/web.sls:2:1 def state-id x-*-present ?
            states/web.sls:2:6 use jinja-variable one
            states/web.sls:2:6 use pillar-use all:*:id ?
            states/web.sls:2:15 use jinja-variable name
            states/web.sls:3:3 use function test.nop ?
        "#]],
    );
}
