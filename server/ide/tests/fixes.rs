//! Quick fixes of references that lost their target: the edits leave a tree without the finding and without a new
//! one. What cannot be mended so is refused.
#![allow(clippy::too_many_lines, reason = "fixtures with what can be done about them")]

mod support;

use expect_test::expect;
use support::tries::{check, check_moved};

#[test]
fn a_required_state_was_renamed() {
    let results = check(
        "
        === states/top.sls
        base: {'*': [web]}
        === states/db.sls
        # the database
        db_pkg:
          pkg.installed:
            - name: postgresql
        === states/web.sls
        include: [db]
        web:
          service.running: []
        @ develop
        === states/db.sls
        # the database
        postgres_pkg:
          pkg.installed:
            - name: postgresql
        @ working
        === states/web.sls
        include: [db]
        extend:
          db_pkg:
            pkg:
              - version: '1'
        web:
          service.running:
            - require:
              - pkg: db_pkg
            - watch:
              - pkg: 'db_pkg'
        ",
        expect![[r#"
            requisite-target-removed-upstream db_pkg
              Rename 'db_pkg' to 'postgres_pkg' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/requisite-target-removed-upstream]
            requisite-target-removed-upstream pkg:db_pkg
              Rename 'db_pkg' to 'postgres_pkg' everywhere on this branch, as on develop
              Take develop's version of state 'web'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/requisite-target-removed-upstream]
            requisite-target-removed-upstream pkg:db_pkg
              Rename 'db_pkg' to 'postgres_pkg' everywhere on this branch, as on develop
              Take develop's version of state 'web'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/requisite-target-removed-upstream]
            renamed-upstream db_pkg
              Rename 'db_pkg' to 'postgres_pkg' everywhere on this branch, as on develop
              Take develop's version of state 'db_pkg': refused: Salt would refuse the result (extend-missing)
              Take develop's version of this file: refused: Salt would refuse the result (extend-missing)
              Ignore: # saltflow: ignore[drift/renamed-upstream]
        "#]],
    );
    let after = &results["requisite-target-removed-upstream pkg:db_pkg rename"];
    assert_eq!(after["states/db.sls"], "# the database\npostgres_pkg:\n  pkg.installed:\n    - name: postgresql\n");
    assert!(after["states/web.sls"].contains("- pkg: 'postgres_pkg'"), "{after:?}");
}

#[test]
fn a_state_was_renamed_whose_id_is_its_name() {
    let results = check(
        "
        === states/db.sls
        postgresql:
          pkg.installed: []
        === states/web.sls
        include: [db]
        web: {service.running: []}
        @ develop
        === states/db.sls
        postgres_pkg:
          pkg.installed:
            - name: postgresql
        @ working
        === states/web.sls
        include: [db]
        web:
          service.running:
            - require:
              - pkg: postgresql
              - service: other
        other:
          service.running: []
        ",
        expect![[r#"
            renamed-upstream postgresql
              Rename 'postgresql' to 'postgres_pkg' everywhere on this branch, as on develop
              Take develop's version of state 'postgresql'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/renamed-upstream]
        "#]],
    );
    for (name, after) in results.iter().filter(|(name, _)| name.ends_with("rename")) {
        assert!(after["states/db.sls"].contains("- name: postgresql"), "{name} {after:?}");
    }
}

#[test]
fn a_required_state_was_removed() {
    check(
        "
        === states/db.sls
        db_pkg: {pkg.installed: []}
        other: {test.nop: []}
        === states/web.sls
        include: [db]
        web:
          service.running: []
        @ develop
        === states/db.sls
        other: {test.nop: []}
        @ working
        === states/web.sls
        include: [db]
        web:
          service.running:
            - require:
              - pkg: db_pkg
        new:
          service.running:
            - require:
              - pkg: db_pkg
        ",
        expect![[r#"
            requisite-target-removed-upstream pkg:db_pkg
              Take develop's version of state 'web'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/requisite-target-removed-upstream]
            requisite-target-removed-upstream pkg:db_pkg
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/requisite-target-removed-upstream]
        "#]],
    );
}

#[test]
fn an_sls_was_moved() {
    let results = check_moved(
        "
        === states/top.sls
        base: {'*': [web]}
        === states/db.sls
        db_pkg: {pkg.installed: []}
        === states/old.sls
        old_pkg: {pkg.installed: []}
        === states/web.sls
        include: []
        @ develop
        === states/sql/server.sls (renamed from states/db.sls)
        === states/old.sls (deleted)
        @ working
        === states/top.sls
        base: {'*': [web], 'db*': [db]}
        === states/web.sls
        include:
          - .db
          - old
        web:
          service.running:
            - require:
              - sls: db
        ",
        &[("states/db.sls", "states/sql/server.sls")],
        expect![[r#"
            include-removed-upstream db
              Rename 'db' to 'sql.server' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/include-removed-upstream]
            include-removed-upstream db
              Rename 'db' to 'sql.server' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/include-removed-upstream]
            include-removed-upstream old
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/include-removed-upstream]
            include-removed-upstream db
              Rename 'db' to 'sql.server' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/include-removed-upstream]
            moved-upstream db
              Rename 'db' to 'sql.server' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/moved-upstream]
        "#]],
    );
    let after = &results["include-removed-upstream db rename"];
    assert!(!after.contains_key("states/db.sls") && after.contains_key("states/sql/server.sls"));
    assert!(after["states/web.sls"].contains("- sql.server\n") && after["states/web.sls"].contains("sls: sql.server"));
}

#[test]
fn templates_and_files_were_moved() {
    check_moved(
        "
        === states/web/map.jinja
        {% set web = {'port': 80} %}
        === states/web/files/a.conf
        a
        === states/web/init.sls
        web: {pkg.installed: []}
        @ develop
        === states/lib/map.jinja (renamed from states/web/map.jinja)
        === states/web/conf/a.conf (renamed from states/web/files/a.conf)
        @ working
        === states/web/init.sls
        {% from 'web/map.jinja' import web %}
        web: {pkg.installed: []}
        conf:
          file.managed:
            - name: /etc/a
            - source: salt://web/files/a.conf
        ",
        &[("states/web/map.jinja", "states/lib/map.jinja"), ("states/web/files/a.conf", "states/web/conf/a.conf")],
        expect![[r#"
            include-removed-upstream states/web/map.jinja
              Rename 'states/web/map.jinja' to 'states/lib/map.jinja' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/include-removed-upstream]
            salt-file-removed-upstream web/files/a.conf
              Rename 'web/files/a.conf' to 'web/conf/a.conf' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/salt-file-removed-upstream]
        "#]],
    );
}

#[test]
fn a_pillar_key_was_renamed() {
    let results = check(
        "
        === pillar/top.sls
        base: {'*': [web]}
        === pillar/web.sls
        web:
          db:
            host: db1
            name: shop
        === states/map.jinja
        {% set web = salt['pillar.get']('web', {}) %}
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
        {% from 'map.jinja' import web with context %}
        web: {pkg.installed: []}
        a:
          cmd.run:
            - name: run {{ salt['pillar.get']('web:db:host') }}
        b:
          cmd.run:
            - name: run {{ pillar['web']['db']['name'] }}
        c:
          cmd.run:
            - name: run {{ salt['pillar.get']('web:db:name', 'x') }}
        d:
          cmd.run:
            - name: run {{ web.db.host }} {{ web['db'].get('name') }}
        ",
        expect![[r#"
            pillar-key-removed-upstream web:db:name
              Rename 'web:db:name' to 'web:database:name' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
            pillar-key-removed-upstream web:db:host
              Rename 'web:db:host' to 'web:database:host' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
            pillar-key-removed-upstream web:db:host
              Rename 'web:db:host' to 'web:database:host' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
            pillar-key-removed-upstream web:db:name
              Rename 'web:db:name' to 'web:database:name' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
            pillar-key-removed-upstream web:db
              Rename 'web:db' to 'web:database' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
            pillar-key-removed-upstream web:db:name
              Rename 'web:db:name' to 'web:database:name' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
        "#]],
    );
    let after = results.iter().find(|(name, _)| name.ends_with("rename")).expect("renamed").1;
    assert!(!after["states/web.sls"].contains("db"), "{}", after["states/web.sls"].replace("database", "…"));
}

#[test]
fn a_pillar_key_was_removed_or_changed() {
    check(
        "
        === pillar/top.sls
        base: {'*': [web]}
        === pillar/web.sls
        web:
          port: 80
          host: a
          gone: 1
        other: x
        === states/web.sls
        web: {pkg.installed: []}
        @ develop
        === pillar/web.sls
        web:
          port: 81
        other: y
        @ working
        === pillar/web.sls
        web:
          port: 82
          host: b
          gone: 1
        other: z
        === states/web.sls
        web: {pkg.installed: [{version: {{ pillar['web']['gone'] }}}]}
        ",
        expect![[r#"
            pillar-key-removed-upstream web:gone
              Take develop's version of state 'web'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
            conflicting-change web:port
              Take develop's version of pillar key 'web:port'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/conflicting-change]
            edited-here-removed-upstream web:host
              Remove pillar key 'web:host', as develop did
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/edited-here-removed-upstream]
            conflicting-change other
              Take develop's version of pillar key 'other'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/conflicting-change]
        "#]],
    );
}

#[test]
fn a_map_has_defaults_under_the_old_key() {
    let results = check(
        "
        === pillar/top.sls
        base: {'*': [web]}
        === pillar/web.sls
        web: {db: {host: db1}}
        === states/map.jinja
        {% set web = {'db': {'port': 5432}} %}
        {% do salt['slsutil.update'](web, salt['pillar.get']('web', {})) %}
        === states/web.sls
        {% from 'map.jinja' import web with context %}
        a: {cmd.run: [{name: 'run {{ web.db.port }}'}]}
        @ develop
        === pillar/web.sls
        web: {database: {host: db1}}
        === states/map.jinja
        {% set web = {'database': {'port': 5432}} %}
        {% do salt['slsutil.update'](web, salt['pillar.get']('web', {})) %}
        === states/web.sls
        {% from 'map.jinja' import web with context %}
        a: {cmd.run: [{name: 'run {{ web.database.port }}'}]}
        @ working
        === states/new.sls
        {% from 'map.jinja' import web with context %}
        b: {cmd.run: [{name: 'run {{ web.db.host }}'}]}
        ",
        expect![[r#"
            pillar-key-removed-upstream web:db:host
              Rename 'web:db:host' to 'web:database:host' everywhere on this branch, as on develop
              Ignore: # saltflow: ignore[drift/pillar-key-removed-upstream]
        "#]],
    );
    let after = results.iter().find(|(name, _)| name.ends_with("rename")).expect("renamed").1;
    assert!(after["states/map.jinja"].contains("'database'") && after["states/new.sls"].contains("web.database.host"));
}

#[test]
fn every_kind_with_a_place_has_its_fixture() {
    let tried = [include_str!("fixes.rs"), include_str!("fixes_of_changes.rs")].concat();
    for kind in [
        "requisite-target-removed-upstream",
        "include-removed-upstream",
        "salt-file-removed-upstream",
        "pillar-key-removed-upstream",
        "removed-here-used-upstream",
        "macro-call-broken",
        "duplicate-id-after-merge",
        "duplicate-id-cross-file",
        "conflicting-change",
        "edited-here-removed-upstream",
        "removed-here-edited-upstream",
        "renamed-upstream",
        "moved-upstream",
        "removal-lost",
        "both-changed-same-state",
        "textual-conflict",
    ] {
        assert!(tried.matches(kind).count() > 1, "{kind}");
    }
}
