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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
    );
}
