//! Quick fixes of what both sides changed: the edits leave a tree without the finding and without a new
//! one. What cannot be mended so is refused.
#![allow(clippy::too_many_lines, reason = "fixtures with what can be done about them")]

mod support;

use std::sync::Arc;

use expect_test::expect;
use ide::fix::Remedy;
use support::tries::{apply, check, check_moved, ours};
use support::{path, three};
use text::TextRange;
use world::Stop;

#[test]
fn we_removed_what_they_use_or_edited() {
    let results = check(
        "
        === states/top.sls
        base: {'*': [web]}
        === states/db.sls
        first:
          pkg.installed: []

        db_pkg:
          pkg.installed: []

        edited:
          cmd.run:
            - name: a
        === states/web.sls
        include: [db]
        @ develop
        === states/db.sls
        first:
          pkg.installed: []

        db_pkg:
          pkg.installed: []

        edited:
          cmd.run:
            - name: b
        === states/web.sls
        include: [db]
        web:
          service.running:
            - require:
              - pkg: db_pkg
        @ working
        === states/db.sls
        first:
          pkg.installed: []
        ",
        expect![[r#"
            removed-here-used-upstream db_pkg
              Restore state 'db_pkg' as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/removed-here-used-upstream]
        "#]],
    );
    let after = &results["removed-here-used-upstream db_pkg take"];
    assert_eq!(after["states/db.sls"], "first:\n  pkg.installed: []\n\ndb_pkg:\n  pkg.installed: []\n");
}

#[test]
fn we_removed_what_they_edited() {
    let results = check(
        "
        === states/web.sls
        first: {test.nop: []}

        removed:
          cmd.run:
            - name: a
        @ develop
        === states/web.sls
        first: {test.nop: []}

        removed:
          cmd.run:
            - name: b
        @ working
        === states/web.sls
        first: {test.nop: []}
        ",
        expect![[r#"
            removed-here-edited-upstream removed
              Restore state 'removed' as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/removed-here-edited-upstream]
        "#]],
    );
    let after = &results["removed-here-edited-upstream removed take"]["states/web.sls"];
    assert_eq!(after, "first: {test.nop: []}\n\nremoved:\n  cmd.run:\n    - name: b\n");
}

#[test]
fn we_renamed_what_they_use() {
    check(
        "
        === states/top.sls
        base: {'*': [web]}
        === states/db.sls
        db_pkg:
          pkg.installed:
            - name: postgresql
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
        postgres_pkg:
          pkg.installed:
            - name: postgresql
        own:
          cmd.run:
            - require:
              - pkg: postgres_pkg
        ",
        expect![[r#"
            removed-here-used-upstream db_pkg
              Rename 'postgres_pkg' to 'db_pkg' everywhere on this branch, as on develop
              Take develop's version of state 'db_pkg': refused: Salt would refuse the result (requisite-missing)
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/removed-here-used-upstream]
        "#]],
    );
}

#[test]
fn a_macro_changed() {
    check(
        "
        === states/macros.jinja
        {% macro user(name, shell='/bin/sh') %}{{ name }} {{ shell }}{% endmacro %}
        {% macro gone(name) %}{{ name }}-{% endmacro %}
        {% macro old_name(name) %}{{ name }}+{{ name }}{% endmacro %}
        === states/web.sls
        {% from 'macros.jinja' import user, gone %}
        a: {cmd.run: [{name: {{ user('a') }}}]}
        @ develop
        === states/macros.jinja
        {% macro user(name, home, shell='/bin/sh') %}{{ name }} {{ home }} {{ shell }}{% endmacro %}
        {% macro new_name(name) %}{{ name }}+{{ name }}{% endmacro %}
        === states/web.sls
        {% from 'macros.jinja' import user %}
        a: {cmd.run: [{name: {{ user('a', '/') }}}]}
        @ working
        === states/web.sls
        {% from 'macros.jinja' import user, gone, old_name %}
        a: {cmd.run: [{name: {{ user('a', shell='x') }}}]}
        b: {cmd.run: [{name: {{ gone('b') }}}]}
        c: {cmd.run: [{name: {{ old_name('c') }}}]}
        ",
        expect![[r#"
            macro-call-broken user
              Take develop's version of state 'a'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/macro-call-broken]
            macro-call-broken gone
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/macro-call-broken]
            macro-call-broken old_name
              Rename 'old_name' to 'new_name' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/macro-call-broken]
            conflicting-change a
              Take develop's version of state 'a': refused: the finding would still be there: mend it by hand
              Take develop's version of this file: refused: the finding would still be there: mend it by hand
              Ignore: # saltflow: ignore[drift/conflicting-change]
        "#]],
    );
}

#[test]
fn we_changed_a_macro_that_they_call() {
    check(
        "
        === states/macros.jinja
        {% macro user(name) %}{{ name }}{% endmacro %}
        {% macro kept(name) %}{{ name }}{% endmacro %}
        === states/web.sls
        {% from 'macros.jinja' import user, kept %}
        a: {cmd.run: [{name: a}]}
        @ develop
        === states/web.sls
        {% from 'macros.jinja' import user, kept %}
        a: {cmd.run: [{name: {{ user('a') }}}]}
        b: {cmd.run: [{name: {{ kept('a') }}}]}
        @ working
        === states/macros.jinja
        {% macro user(name, home) %}{{ name }}{{ home }}{% endmacro %}
        ",
        expect![[r#"
            removed-here-used-upstream kept
              Restore macro 'kept' as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/removed-here-used-upstream]
            macro-call-broken user
              Take develop's version of macro 'user'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/macro-call-broken]
        "#]],
    );
}

#[test]
fn ids_were_added_twice() {
    let results = check(
        "
        === states/web.sls
        include: [lib]
        a: {pkg.installed: []}
        z: {pkg.installed: []}
        === states/lib.sls
        b: {pkg.installed: []}
        @ develop
        === states/web.sls
        include: [lib]
        cache:
          file.directory:
            - name: /var/cache/web
        a: {pkg.installed: []}
        z: {pkg.installed: []}
        === states/lib.sls
        b: {pkg.installed: []}
        across: {file.directory: []}
        @ working
        === states/web.sls
        include: [lib]
        a: {pkg.installed: []}
        z: {pkg.installed: []}
        cache:
          file.directory:
            - name: /srv/cache
        across: {file.absent: []}
        ",
        expect![[r#"
            duplicate-id-after-merge cache
              Take develop's version of state 'cache'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/duplicate-id-after-merge]
            duplicate-id-cross-file across
              Take develop's version of state 'across'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/duplicate-id-cross-file]
        "#]],
    );
    let after = &results["duplicate-id-after-merge cache take"]["states/web.sls"];
    assert!(after.starts_with("include: [lib]\ncache:\n  file.directory:\n    - name: /var/cache/web\na:"), "{after}");
}

#[test]
fn both_changed_a_state() {
    let results = check(
        "
        === states/web.sls
        conf:
          file.managed:
            - name: /etc/web.conf
            - mode: '0600'
            - user: root
        parts:
          file.managed:
            - name: /etc/parts.conf
            - mode: '0600'
            - user: root
        edited:
          cmd.run:
            - name: a
        # the end
        @ develop
        === states/web.sls
        conf:
          file.managed:
            - name: /etc/web.conf
            - mode: '0640'
            - user: root
        parts:
          file.managed:
            - name: /etc/parts.conf
            - mode: '0600'
            - user: web
        # the end
        @ working
        === states/web.sls
        conf:
          file.managed:
            - name: /etc/web.conf
            - mode: '0644'
            - user: root
        parts:
          file.managed:
            - name: /etc/parts.conf
            - mode: '0640'
            - user: root
        edited:
          cmd.run:
            - name: b
        # the end
        ",
        expect![[r#"
            conflicting-change conf
              Take develop's version of state 'conf'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/conflicting-change]
            edited-here-removed-upstream edited
              Remove state 'edited', as develop did
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/edited-here-removed-upstream]
            both-changed-same-state parts
              Take develop's version of state 'parts'
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/both-changed-same-state]
        "#]],
    );
    let after = &results["edited-here-removed-upstream edited take"]["states/web.sls"];
    assert!(after.ends_with("- user: root\n# the end\n"), "{after}");
}

#[test]
fn states_were_renamed_and_moved() {
    check(
        "
        === states/web.sls
        old_name:
          pkg.installed:
            - name: nginx
        old_conf:
          file.managed:
            - name: /etc/web.conf
            - source: /x
            - mode: '0600'
        moved:
          cmd.run:
            - name: a
        doomed:
          cmd.run:
            - name: d
        === states/lib.sls
        lib: {test.nop: []}
        @ develop
        === states/web.sls
        new_name:
          pkg.installed:
            - name: nginx
        new_conf:
          file.managed:
            - name: /etc/web.conf
            - source: /x
            - mode: '0600'
        === states/lib.sls
        lib: {test.nop: []}
        moved:
          cmd.run:
            - name: a
        doomed:
          cmd.run:
            - name: d
        @ working
        === states/web.sls
        old_name:
          pkg.installed:
            - name: nginx
        old_conf:
          file.managed:
            - name: /etc/web.conf
            - source: /x
            - mode: '0644'
        moved:
          cmd.run:
            - name: a
        ",
        expect![[r#"
            renamed-upstream old_conf
              Rename 'old_conf' to 'new_conf' everywhere on this branch, as on develop
              Take develop's version of state 'old_conf'
              Take develop's version of this file: refused: it would cause drift/removal-lost at 'moved'
              Ignore: # saltflow: ignore[drift/renamed-upstream]
            removal-lost doomed
              Restore state 'doomed' as on develop
              Take develop's version of this file: refused: the finding would still be there: mend it by hand
              Ignore: # saltflow: ignore[drift/removal-lost]
            renamed-upstream old_name
              Rename 'old_name' to 'new_name' everywhere on this branch, as on develop
              Take develop's version of state 'old_name'
              Take develop's version of this file: refused: it would cause drift/removal-lost at 'moved'
              Ignore: # saltflow: ignore[drift/renamed-upstream]
        "#]],
    );
}

#[test]
fn a_state_was_moved() {
    check(
        "
        === states/web.sls
        first: {test.nop: []}
        moved:
          cmd.run:
            - name: a
        === states/lib.sls
        lib: {test.nop: []}
        @ develop
        === states/web.sls
        first: {test.nop: []}
        === states/lib.sls
        lib: {test.nop: []}
        moved:
          cmd.run:
            - name: a
        @ working
        === states/web.sls
        first: {test.nop: []}
        moved:
          cmd.run:
            - name: b
        ",
        expect![[r#"
            moved-upstream moved
              Take develop's version of state 'moved'
              Take develop's version of this file: refused: it would cause drift/removal-lost at 'moved'
              Ignore: # saltflow: ignore[drift/moved-upstream]
        "#]],
    );
}

#[test]
fn an_sls_was_moved_that_was_edited_here() {
    check_moved(
        "
        === states/top.sls
        base: {'*': [web]}
        === states/web.sls
        web: {cmd.run: [{name: a}]}
        === states/other.sls
        other: {test.nop: []}
        @ develop
        === states/www.sls (renamed from states/web.sls)
        === states/top.sls
        base: {'*': [www]}
        @ working
        === states/web.sls
        web: {cmd.run: [{name: b}]}
        ",
        &[("states/web.sls", "states/www.sls")],
        expect![[r#"
            moved-upstream web
              Rename 'web' to 'www' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/moved-upstream]
        "#]],
    );
}

#[test]
fn a_file_conflicts_in_text() {
    let mut tree = three(
        "=== a.sls\na: {test.nop: []}\n@ develop\n=== a.sls\na: {test.nop: [{x: 1}]}\n@ working\n=== a.sls\na: {test.nop: [{x: 2}]}\n",
        &[],
    );
    let upstream = tree.analysis.upstream.clone().expect("it was compared");
    let conflicts = [path("a.sls")];
    let drift =
        upstream.drift(&tree.analysis.world, &tree.analysis.catalog, &conflicts, &tree.analysis.memo, &Stop::new());
    tree.analysis = tree.analysis.clone().with_drift(Arc::new(drift.expect("nobody stops it")));
    let key =
        ide::fix::FactKey { kind: "textual-conflict".to_owned(), name: "a".to_owned(), path: path("a.sls"), start: 0 };
    for remedy in [Remedy::TakeFile, Remedy::Ignore] {
        let made = ide::fix::edits(&tree.analysis, &key, remedy, &Stop::new()).expect("nobody stops it");
        let after = apply(&ours(&tree), &made.expect("edits"));
        match remedy {
            Remedy::TakeFile => assert_eq!(after["a.sls"], "a: {test.nop: [{x: 1}]}\n"),
            _ => assert!(after["a.sls"].starts_with("# saltflow: ignore"), "{after:?}"),
        }
    }
}

#[test]
fn what_a_template_writes_is_not_edited() {
    check(
        "
        === states/db.sls
        {% set name = 'db_pkg' %}
        {{ name }}:
          pkg.installed:
            - name: postgresql
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
        {% if grains['os'] == 'Debian' %}
        web:
          service.running:
            - require:
              - pkg: db_pkg
            {% for one in pillar['all'] %}
            - name: {{ one }}
        {% endfor %}
        {% endif %}
        ",
        expect![[r#"
            renamed-upstream db_pkg
              Rename 'db_pkg' to 'postgres_pkg' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/renamed-upstream]
            requisite-target-removed-upstream pkg:db_pkg
              Rename 'db_pkg' to 'postgres_pkg' everywhere on this branch, as on develop
              Take develop's version of this file
              Ignore: # saltflow: ignore[drift/requisite-target-removed-upstream]
        "#]],
    );
}

#[test]
fn an_old_offer_is_refused() {
    let tree = three("=== a.sls\na: {test.nop: []}\n", &[]);
    let key =
        ide::fix::FactKey { kind: "renamed-upstream".to_owned(), name: "a".to_owned(), path: path("a.sls"), start: 0 };
    let made = ide::fix::edits(&tree.analysis, &key, Remedy::Rename, &Stop::new()).expect("nobody stops it");
    assert!(made.is_err());
    let offers = ide::fix::offers(&tree.analysis, &path("a.sls"), TextRange::of(0, 5), &Stop::new());
    assert!(offers.expect("nobody stops it").is_empty());
}
