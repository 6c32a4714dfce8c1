//! References that survive the merge while their targets don't, and IDs that collide.

mod support;

use support::{Options, check, check_with, renamed};

#[test]
fn a_required_state_was_renamed() {
    let drift = check(
        "
        === states/db.sls
        db_pkg:
          pkg.installed:
            - name: postgresql
        === states/web.sls
        include: [db]
        web:
          service.running: []
        @ develop
        === states/db.sls
        postgres_pkg:
          pkg.installed:
            - name: postgresql
        @ working
        === states/db.sls
        db_pkg:
        ^^^^^^ I renamed-upstream: state 'db_pkg' was renamed to 'postgres_pkg' on develop
          pkg.installed:
            - name: postgresql
        === states/web.sls
        include: [db]
        web:
          service.running:
            - require:
              - pkg: db_pkg
        #            ^^^^^^ E requisite-target-removed-upstream: state 'db_pkg' required here was renamed to 'postgres_pkg' on develop
        ",
    );
    let fact = &drift.facts[0];
    assert_eq!(fact.renamed_to.as_deref(), Some("postgres_pkg"));
    assert_eq!(fact.name, "pkg:db_pkg");
    let theirs = fact.theirs.as_ref().expect("their place");
    assert_eq!((theirs.path.as_str(), theirs.range.start, theirs.range.end), ("states/db.sls", 0, 12));
    assert!(fact.ours.is_some());
}

#[test]
fn a_required_state_was_removed_or_lost_its_module() {
    check(
        "
        === states/db.sls
        db_pkg:
          pkg.installed: []
        conf:
          file.managed: []
          service.running: []
        === states/web.sls
        include: [db]
        @ develop
        === states/db.sls
        conf:
          service.running: []
        @ working
        === states/web.sls
        include: [db]
        web:
          service.running:
            - watch:
              - file: conf
        #             ^^^^ E requisite-target-removed-upstream: state 'conf' watched here was removed on develop
            - require:
              - pkg: db_pkg
        #            ^^^^^^ E requisite-target-removed-upstream: state 'db_pkg' required here was removed on develop
              - service: conf
        ",
    );
}

#[test]
fn an_extended_state_was_removed() {
    check(
        "
        === states/db.sls
        db_pkg:
          pkg.installed: []
        other:
          pkg.installed: []
        === states/web.sls
        include: [db]
        @ develop
        === states/db.sls
        other:
          pkg.installed: []
        @ working
        === states/web.sls
        include: [db]
        extend:
          db_pkg:
        # ^^^^^^ E requisite-target-removed-upstream: state 'db_pkg' extended here was removed on develop
            pkg:
              - version: '1'
        ",
    );
}

#[test]
fn a_reference_under_an_unknown_test_is_a_hint() {
    check(
        "
        === states/db.sls
        db_pkg:
          pkg.installed: []
        === states/web.sls
        include: [db]
        @ develop
        === states/db.sls
        other:
          service.running: []
        @ working
        === states/web.sls
        include: [db]
        {% if grains['os'] == 'Debian' %}
        web:
          service.running:
            - require:
              - pkg: db_pkg
        #            ^^^^^^ H requisite-target-removed-upstream: state 'db_pkg' required here was removed on develop
        {% endif %}
        ",
    );
}

#[test]
fn an_included_sls_was_removed_or_moved() {
    let fixture = "
        === states/top.sls
        base:
          '*': [web]
        === states/db.sls
        db_pkg:
          pkg.installed: []
        === states/old.sls
        old_pkg:
          pkg.installed: []
        === states/web.sls
        include: []
        @ develop
        === states/sql/server.sls (renamed from states/db.sls)
        === states/old.sls (deleted)
        @ working
        === states/top.sls
        base:
          '*': [web]
          'old*': [old]
        #          ^^^ E include-removed-upstream: SLS 'old' targeted here was removed on develop
        === states/db.sls
        db_pkg:
          pkg.installed: []
        === states/web.sls
        include:
          - db
        #   ^^ E include-removed-upstream: SLS 'db' included here was moved to 'sql.server' on develop
        web:
          service.running:
            - require:
              - sls: db
        #            ^^ E include-removed-upstream: SLS 'db' required here was moved to 'sql.server' on develop
        ";
    let theirs_renames = renamed(&[("states/db.sls", "states/sql/server.sls")]);
    let options = Options { theirs_renames, ..Options::default() };
    let drift = check_moved(fixture, &options);
    let include = drift.facts.iter().find(|fact| fact.name == "db").expect("the include");
    assert_eq!(include.renamed_to.as_deref(), Some("sql.server"));
    assert_eq!(include.theirs.as_ref().expect("their place").path.as_str(), "states/sql/server.sls");
}

/// [`check_with`] without findings about whole files, which no caret can show.
fn check_moved(fixture: &str, options: &Options) -> compare::Drift {
    support::check_but(fixture, options, |fact| fact.kind == compare::DriftKind::MovedUpstream)
}

#[test]
fn an_imported_template_was_removed() {
    check(
        "
        === states/web/map.jinja
        {% set web = {'port': 80} %}
        === states/web/init.sls
        web: {pkg.installed: []}
        @ develop
        === states/web/map.jinja (deleted)
        @ working
        === states/web/init.sls
        {% from 'web/map.jinja' import web %}
        {#      ^^^^^^^^^^^^^^^ E include-removed-upstream: template 'states/web/map.jinja' imported here was removed on develop #}
        web: {pkg.installed: []}
        ",
    );
}

#[test]
fn a_salt_file_was_removed() {
    check(
        "
        === states/web/files/a.conf
        a
        === states/web/files/b.conf
        b
        === states/web/init.sls
        web: {pkg.installed: []}
        @ develop
        === states/web/files/a.conf (deleted)
        @ working
        === states/web/init.sls
        web: {pkg.installed: []}
        conf:
          file.managed:
            - source: salt://web/files/a.conf
        #             ^^^^^^^^^^^^^^^^^^^^^^^ E salt-file-removed-upstream: file 'web/files/a.conf' used here was removed on develop
        either:
          file.managed:
            - source:
              - salt://web/files/a.conf
        #       ^^^^^^^^^^^^^^^^^^^^^^^ H salt-file-removed-upstream: file 'web/files/a.conf' used here was removed on develop
              - salt://web/files/b.conf
        ",
    );
}

#[test]
fn a_pillar_key_was_renamed() {
    let drift = check(
        "
        === pillar/top.sls
        base: {'*': [web]}
        === pillar/web.sls
        web:
          db:
            host: db1
            name: shop
        === states/web.sls
        web: {pkg.installed: []}
        @ develop
        === pillar/web.sls
        web:
          database:
            host: db1
            name: shop
        @ working
        === states/web.sls
        web: {pkg.installed: []}
        a:
          cmd.run:
            - name: run {{ salt['pillar.get']('web:db:host') }}
        #                                     ^^^^^^^^^^^^^ W pillar-key-removed-upstream: pillar key 'web:db:host' read here was renamed to 'web:database:host' on develop
        b:
          cmd.run:
            - name: run {{ pillar['web']['db']['name'] }}
        #                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ E pillar-key-removed-upstream: pillar key 'web:db:name' read here was renamed to 'web:database:name' on develop
        c:
          cmd.run:
            - name: run {{ salt['pillar.get']('web:db:name', 'x') }}
        #                                     ^^^^^^^^^^^^^ I pillar-key-removed-upstream: pillar key 'web:db:name' read here was renamed to 'web:database:name' on develop
        ",
    );
    assert!(drift.facts.iter().all(|fact| fact.message.find("shop").is_none()));
}

#[test]
fn a_pillar_key_is_read_through_a_map() {
    check(
        "
        === pillar/top.sls
        base: {'*': [web]}
        === pillar/web.sls
        web:
          db:
            host: db1
        === states/map.jinja
        {% set web = salt['pillar.get']('web', {}) %}
        === states/web.sls
        web: {pkg.installed: []}
        @ develop
        === pillar/web.sls
        web:
          database:
            host: db1
        @ working
        === states/web.sls
        {% from 'map.jinja' import web with context %}
        web: {pkg.installed: []}
        a:
          cmd.run:
            - name: run {{ web.db.host }}
        #                  ^^^^^^^^^^^ W pillar-key-removed-upstream: pillar key 'web:db:host' read here was renamed to 'web:database:host' on develop
        ",
    );
}

#[test]
fn we_removed_what_they_use() {
    check(
        "
        === states/db.sls
        first:
          pkg.installed: []
        db_pkg:
          pkg.installed: []
        === states/web.sls
        include: [db]
        @ develop
        === states/web.sls
        include: [db]
        web:
          service.running:
            - require:
              - pkg: db_pkg
        @ working
        === states/db.sls
        first:
        ^^^^^ W removed-here-used-upstream: state 'db_pkg' was removed here, but develop uses it in states/web.sls
          pkg.installed: []
        ",
    );
}

#[test]
fn a_macro_takes_other_arguments() {
    check(
        "
        === states/macros.jinja
        {% macro user(name, shell='/bin/sh') %}{{ name }} {{ shell }}{% endmacro %}
        {% macro gone(name) %}{{ name }}{% endmacro %}
        {% macro group(name, gid) %}{{ name }}{{ gid }}{% endmacro %}
        === states/web.sls
        {% from 'macros.jinja' import user, group, gone %}
        a: {cmd.run: [{name: {{ user('a') }}}]}
        @ develop
        === states/macros.jinja
        {% macro user(name, home, shell='/bin/sh') %}{{ name }} {{ home }} {{ shell }}{% endmacro %}
        {% macro group(name) %}{{ name }}{% endmacro %}
        === states/web.sls
        {% from 'macros.jinja' import user, group %}
        a: {cmd.run: [{name: {{ user('a', '/') }}}]}
        @ working
        === states/web.sls
        {% from 'macros.jinja' import user, group, gone %}
        a: {cmd.run: [{name: {{ user('a') }}}]}
        b: {cmd.run: [{name: {{ user('b', shell='x') }}}]}
        {#                      ^^^^ E macro-call-broken: macro 'user' called here needs the argument 'home' on develop, which this call does not give #}
        c: {cmd.run: [{name: {{ group('b', gid=1) }}}]}
        {#                      ^^^^^ W macro-call-broken: macro 'group' called here has no argument 'gid' on develop #}
        d: {cmd.run: [{name: {{ gone('b') }}}]}
        {#                      ^^^^ E macro-call-broken: macro 'gone' called here was removed on develop #}
        e: {cmd.run: [{name: {{ user('b', '/bin/zsh') }}}]}
        ",
    );
}

#[test]
fn an_id_was_added_on_both_sides() {
    check(
        "
        === states/web.sls
        a: {pkg.installed: []}
        z: {pkg.installed: []}
        @ develop
        === states/web.sls
        cache:
          file.directory:
            - name: /var/cache/web
        a: {pkg.installed: []}
        z: {pkg.installed: []}
        @ working
        === states/web.sls
        a: {pkg.installed: []}
        z: {pkg.installed: []}
        cache:
        ^^^^^ E duplicate-id-after-merge: state ID 'cache' was added here and on develop: the merge declares it twice
          file.directory:
            - name: /srv/cache
        ",
    );
}

#[test]
fn an_id_was_added_in_two_files_that_run_together() {
    check(
        "
        === states/web.sls
        include: [lib]
        a: {pkg.installed: []}
        === states/lib.sls
        b: {pkg.installed: []}
        === states/alone.sls
        c: {pkg.installed: []}
        @ develop
        === states/lib.sls
        b: {pkg.installed: []}
        cache: {file.directory: []}
        only: {file.directory: []}
        @ working
        === states/web.sls
        include: [lib]
        a: {pkg.installed: []}
        cache: {file.absent: []}
        ^^^^^ E duplicate-id-cross-file: state ID 'cache' was also added on develop, in states/lib.sls, which runs together with this
        === states/alone.sls
        c: {pkg.installed: []}
        only: {file.directory: []}
        ",
    );
}

#[test]
fn an_id_was_added_in_two_files_of_one_target() {
    let tree = |top: &str, severity: &str, on: &str| {
        format!(
            "
=== states/top.sls
{top}
=== states/a.sls
one: {{pkg.installed: []}}
=== states/b.sls
two: {{pkg.installed: []}}
@ develop
=== states/b.sls
two: {{pkg.installed: []}}
shared: {{pkg.installed: []}}
@ working
=== states/a.sls
one: {{pkg.installed: []}}
shared: {{pkg.latest: []}}
^^^^^^ {severity} duplicate-id-cross-file: state ID 'shared' was also added on develop, in states/b.sls, which runs together with this{on}
"
        )
    };
    check(&tree("base: {'G@role:web': [a, b]}", "E", " on minions of 'role:web'"));
    check(&tree("base: {'*': [a], '**': [b]}", "E", " on minions of '*'"));
    // Whoever matches the narrower target matches the wider one, too.
    check(&tree("base: {'*': [a], 'web*': [b]}", "E", " on minions of 'web*'"));
    check(&tree("base: {'web*': [a], 'web-prod*': [b]}", "E", " on minions of 'web-prod*'"));
    // Two that know nothing of each other may meet in a minion.
    check(&tree("base: {'web*': [a], '*-prod': [b]}", "H", ""));
}

#[test]
fn a_file_that_no_top_reaches_is_one_step_down() {
    check(
        "
        === states/top.sls
        base: {'*': [web]}
        === states/web.sls
        a: {pkg.installed: []}
        === states/lib.sls
        b: {pkg.installed: []}
        @ develop
        === states/lib.sls
        other: {service.running: []}
        @ working
        === states/lost.sls
        include: [lib]
        c:
          pkg.installed:
            - require: [{pkg: b}]
        #                     ^ W requisite-target-removed-upstream: state 'b' required here was removed on develop
        ",
    );
}

#[test]
fn without_a_merge_base_there_are_hints_only() {
    let options = Options { two_way: true, ..Options::default() };
    let drift = check_with(
        "
        === states/lib.sls
        b: {pkg.installed: []}
        === states/web.sls
        a: {pkg.installed: []}
        @ develop
        === states/lib.sls
        other: {service.running: []}
        @ working
        === states/web.sls
        include: [lib]
        c:
          pkg.installed:
            - require: [{pkg: b}]
        #                     ^ H requisite-target-removed-upstream: state 'b' required here was removed on develop
        ",
        &options,
    );
    assert_eq!(drift.notes.len(), 1);
}

#[test]
fn a_pattern_that_stood_beside_the_target_was_not_meant() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: []}
        === states/names.sls
        {% for name in pillar['names'] %}
        {{ name }}_pkg: {pkg.installed: []}
        {% endfor %}
        === states/web.sls
        app: {service.running: []}
        @ develop
        === states/db.sls
        other: {service.running: []}
        @ working
        === states/web.sls
        include: [db]
        app: {service.running: [{require: [{pkg: db_pkg}]}]}
        #                                        ^^^^^^ E requisite-target-removed-upstream: state 'db_pkg' required here was removed on develop
        ",
    );
}
