//! What differs without meaning anything for the merge: no diagnostic, whatever is on record.

mod support;

use support::{Options, check, check_with, renamed};

#[test]
fn writing_is_no_meaning() {
    // comments, blanks, quoting, order of keys, equal YAML 1.1 scalars, `{{x}}`, line ends
    check(
        "
        === pillar/web.sls
        web:
          on: yes
          mode: 0644
          port: 80
        === states/web.sls
        {% set name = 'x' %}
        conf:
          file.managed:
            - name: /etc/{{ name }}
            - mode: '0644'
            - makedirs: true
            - context: {a: 1, b: 2}
        @ develop
        === pillar/web.sls
        # the web
        web:
          port: 0x50
          mode: 420
          'on': true
        === states/web.sls
        {% set name = 'x' %}
        conf:
          file.managed:
            - makedirs: yes
            - name: /etc/{{name}}   # where
            - mode: \"0644\"

            - context:
                b: 2
                a: 1
        @ working
        === pillar/web.sls
        web:

          on: True
          mode: 0644
          port: 80
        === states/web.sls
        {%- set name = \"x\" -%}
        {# a comment #}
        conf:
          file.managed:
            - name: '/etc/{{ name }}'
            - mode: '0644'
            - makedirs: on
            - context: {b: 2, a: 1}
        ",
    );
}

#[test]
fn converged_edits_and_cherry_picks() {
    check(
        "
        === states/web.sls
        a: {cmd.run: [{name: a}]}
        b: {cmd.run: [{name: b}]}
        @ develop
        === states/web.sls
        a: {cmd.run: [{name: a2}]}
        picked: {cmd.run: [{name: p}]}
        @ working
        === states/web.sls
        a: {cmd.run: [{name: a2}]}
        picked:
          cmd.run:
            - name: p
        ",
    );
}

#[test]
fn both_sides_renamed_alike() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: [{name: postgresql}]}
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        @ develop
        === states/db.sls
        postgres_pkg: {pkg.installed: [{name: postgresql}]}
        app: {service.running: [{require: [{pkg: postgres_pkg}]}]}
        @ working
        === states/db.sls
        postgres_pkg: {pkg.installed: [{name: postgresql}]}
        app: {service.running: [{require: [{pkg: postgres_pkg}]}]}
        ",
    );
}

#[test]
fn they_removed_the_target_and_its_uses() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: []}
        keep: {test.nop: []}
        === states/web.sls
        include: [db, old]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        === states/old.sls
        old: {test.nop: []}
        === pillar/web.sls
        web: {port: 80, host: a}
        === states/port.sls
        port: {cmd.run: [{name: {{ pillar['web']['port'] }}}]}
        @ develop
        === states/db.sls
        keep: {test.nop: []}
        === states/web.sls
        include: [db]
        app: {service.running: []}
        === states/old.sls (deleted)
        === pillar/web.sls
        web: {host: a}
        === states/port.sls
        port: {cmd.run: [{name: x}]}
        @ working
        === states/unrelated.sls
        new: {test.nop: []}
        ",
    );
}

#[test]
fn the_target_lives_on_elsewhere() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: [{name: pg}]}
        keep: {test.nop: []}
        === states/common.sls
        common: {test.nop: []}
        @ develop
        === states/db.sls
        include: [common]
        keep: {test.nop: []}
        named: {pkg.installed: [{name: db_pkg}]}
        @ working
        === states/db.sls
        db_pkg: {pkg.installed: [{name: pg}]}
        keep: {test.nop: []}
        === states/web.sls
        include: [db]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        ",
    );
}

#[test]
fn we_keep_the_target_in_another_file() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: [{name: pg}]}
        keep: {test.nop: []}
        @ develop
        === states/db.sls
        keep: {test.nop: []}
        @ working
        === states/db.sls
        keep: {test.nop: []}
        === states/pkg.sls
        db_pkg: {pkg.installed: [{name: other}, {version: 2}, {refresh: true}]}
        ^^^^^^ W edited-here-removed-upstream: state 'db_pkg' was moved to states/pkg.sls here and removed on develop
        === states/web.sls
        include: [pkg]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        ",
    );
}

#[test]
fn we_bring_another_target_of_that_name() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: [{name: pg}]}
        keep: {test.nop: []}
        === states/own.sls
        own: {test.nop: []}
        @ develop
        === states/db.sls
        keep: {test.nop: []}
        @ working
        === states/own.sls
        own: {test.nop: []}
        mine: {pkg.installed: [{name: db_pkg}]}
        === states/web.sls
        include: [own]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        ",
    );
}

#[test]
fn an_sls_became_a_folder() {
    let theirs_renames = renamed(&[("states/db.sls", "states/db/init.sls")]);
    let options = Options { theirs_renames, ..Options::default() };
    check_with(
        "
        === states/db.sls
        db_pkg: {pkg.installed: []}
        === states/web.sls
        app: {service.running: []}
        @ develop
        === states/db/init.sls (renamed from states/db.sls)
        @ working
        === states/db.sls
        db_pkg: {pkg.installed: [{version: 2}]}
        === states/web.sls
        include: [db]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        ",
        &options,
    );
}

#[test]
fn a_folder_moved() {
    let pairs =
        [("states/web/init.sls", "states/apps/web/init.sls"), ("states/web/conf.sls", "states/apps/web/conf.sls")];
    let options = Options { theirs_renames: renamed(&pairs), ..Options::default() };
    check_with(
        "
        === states/web/init.sls
        include: [.conf]
        web: {service.running: [{require: [{file: conf}]}]}
        === states/web/conf.sls
        conf: {file.managed: []}
        === states/top.sls
        base: {'*': [web]}
        @ develop
        === states/apps/web/init.sls (renamed from states/web/init.sls)
        === states/apps/web/conf.sls (renamed from states/web/conf.sls)
        === states/top.sls
        base: {'*': [apps.web]}
        @ working
        === states/web/conf.sls
        conf: {file.managed: [{mode: '0600'}]}
        more: {file.managed: []}
        ",
        &options,
    );
}

#[test]
fn exclusive_branches_never_collide() {
    check(
        "
        === states/web.sls
        a: {test.nop: []}
        z: {test.nop: []}
        @ develop
        === states/web.sls
        {% if grains['os'] == 'Debian' %}
        cache: {file.directory: [{name: /a}]}
        {% endif %}
        a: {test.nop: []}
        z: {test.nop: []}
        @ working
        === states/web.sls
        a: {test.nop: []}
        z: {test.nop: []}
        {% if grains['os'] == 'RedHat' %}
        cache: {file.directory: [{name: /b}]}
        {% endif %}
        ",
    );
}

#[test]
fn a_macro_changed_with_its_callers() {
    check(
        "
        === states/macros.jinja
        {% macro user(name) %}{{ name }}{% endmacro %}
        === states/web.sls
        {% from 'macros.jinja' import user %}
        a: {cmd.run: [{name: {{ user('a') }}}]}
        @ develop
        === states/macros.jinja
        {% macro user(name, home) %}{{ name }}{{ home }}{% endmacro %}
        === states/web.sls
        {% from 'macros.jinja' import user %}
        a: {cmd.run: [{name: {{ user('a', '/') }}}]}
        @ working
        === states/other.sls
        b: {test.nop: []}
        ",
    );
}

#[test]
fn saltenvs_of_top_files_are_branches() {
    check(
        "
        === states/top.sls
        develop: {'*': [web]}
        === states/web.sls
        a: {test.nop: []}
        @ develop
        === states/top.sls
        base: {'*': [web]}
        @ working
        === states/top.sls
        feature: {'*': [web]}
        ",
    );
}

#[test]
fn nothing_is_said_of_what_cannot_be_read() {
    // their file is broken: what it declares is unknown, not gone
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: []}
        === states/web.sls
        app: {service.running: []}
        @ develop
        === states/db.sls
        db_pkg: {pkg.installed: [
        @ working
        === states/web.sls
        include: [db]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        ",
    );
    // so is one of another renderer
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: []}
        === states/web.sls
        app: {service.running: []}
        @ develop
        === states/db.sls
        #!py
        def run(): return {'db_pkg': {'pkg.installed': []}}
        @ working
        === states/web.sls
        include: [db]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        ",
    );
}

#[test]
fn a_pattern_may_be_the_target() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: []}
        === states/web.sls
        app: {service.running: []}
        @ develop
        === states/db.sls
        {% for name in pillar['names'] %}
        {{ name }}_pkg: {pkg.installed: []}
        {% endfor %}
        @ working
        === states/web.sls
        include: [db]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        ",
    );
}

#[test]
fn values_that_flow_in_from_another_file_are_told_there() {
    check(
        "
        === states/map.jinja
        {% set rev = 'one' %}
        === states/web.sls
        {% from 'map.jinja' import rev %}
        app:
          pip.installed:
            - name: app@{{ rev }}
            - upgrade: true
            - user: root
        @ develop
        === states/map.jinja
        {% set rev = 'two' %}
        === states/web.sls
        {% from 'map.jinja' import rev %}
        app:
          pip.installed:
            - name: app@{{ rev }}
            - upgrade: false
            - user: root
        @ working
        === states/map.jinja
        {% set rev = 'three' %}
        === states/web.sls
        {% from 'map.jinja' import rev %}
        app:
        ^^^ H both-changed-same-state: state 'app' was changed here and, in other parts, on develop
          pip.installed:
            - name: app@{{ rev }}
            - upgrade: true
            - user: web
        ",
    );
}

#[test]
fn what_a_map_imports_is_theirs_to_adapt() {
    let fixture = "
        === states/web/osmap.yaml
        Debian: {port: 80}
        === states/web/map.jinja
        {% import_yaml 'web/osmap.yaml' as osmap %}
        {% set web = osmap['Debian'] %}
        @ develop
        === states/web/osmap.yaml (deleted)
        === states/web/osfamilymap.yaml
        Debian: {port: 80}
        === states/web/map.jinja
        {% import_yaml 'web/osfamilymap.yaml' as osmap %}
        {% set web = osmap['Debian'] %}
        @ working
        === states/web/macos.sls
        {% from 'web/map.jinja' import web with context %}
        web: {pkg.installed: [{port: {{ web.port }}}]}
        ";
    let theirs_renames = renamed(&[("states/web/osmap.yaml", "states/web/osfamilymap.yaml")]);
    check_with(fixture, &Options { theirs_renames, ..Options::default() });
}
