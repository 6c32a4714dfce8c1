//! Quick fixes, for every kind of drift: the edits leave a tree without the finding and without a new
//! one. What cannot be mended so is refused.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use compare::{Drift, DriftSeverity};
use expect_test::{Expect, expect};
use ide::fix::{FileEdits, Remedy};
use model::Catalog;
use support::{Tree, path, three};
use text::TextRange;
use world::{Memo, Stop, World};

type Files = BTreeMap<String, String>;

fn ours(tree: &Tree) -> Files {
    let name = if tree.fixture.has_world("working") { "working" } else { "base" };
    tree.fixture.files(name).iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// The files after the edits: made here once more, by other means than the fix's own trial.
fn apply(files: &Files, edits: &FileEdits) -> Files {
    let mut files = files.clone();
    for (path, edits) in &edits.edits {
        let text = files.get_mut(path.as_str()).expect("an edited file");
        let mut done = String::new();
        let mut at = 0;
        for edit in edits {
            assert!(edit.range.start as usize >= at, "overlap: {edits:?}");
            done += &text[at..edit.range.start as usize];
            done += &edit.new_text;
            at = edit.range.end as usize;
        }
        done += &text[at..];
        *text = done;
    }
    files.extend(edits.created.iter().map(|(path, text)| (path.to_string(), text.clone())));
    for path in &edits.deleted {
        files.remove(path.as_str());
    }
    for (old, new) in &edits.renamed {
        let text = files.remove(old.as_str()).expect("a renamed file");
        files.insert(new.to_string(), text);
    }
    files
}

/// The drift of other files of ours.
fn drift(tree: &Tree, files: &Files, edits: &FileEdits) -> (Drift, ide::Analysis) {
    let world = World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
    let mut upstream = (**tree.analysis.upstream.as_ref().expect("it was compared")).clone();
    upstream.ours_renames.extend(edits.renamed.clone());
    let (memo, stop) = (Memo::new(), Stop::new());
    let catalog = Catalog::build(&world, &memo, &stop, &upstream.request, None).expect("nobody stops it");
    let drift = upstream.drift(&world, &catalog, &[], &stop).expect("nobody stops it");
    let analysis = ide::Analysis::build(&world, &Arc::new(memo), &upstream.request, None, Vec::new(), &stop);
    let analysis = analysis.expect("nobody stops it").with_drift(Arc::new(drift.clone()));
    (drift, analysis.with_upstream(Some(Arc::new(upstream))))
}

/// All drift, also what hides behind a finding at the same place.
fn all_of(tree: &Tree) -> Drift {
    let upstream = tree.analysis.upstream.as_ref().expect("it was compared");
    let base = upstream.base.as_ref().expect("a merge base");
    let sides = compare::Sides {
        base: &base.catalog,
        ours: &tree.analysis.catalog,
        theirs: &upstream.theirs.catalog,
        base_world: &base.world,
        ours_world: &tree.analysis.world,
        theirs_world: &upstream.theirs.world,
        ours_renames: &[],
        theirs_renames: &upstream.theirs_renames,
        conflicts: &[],
        base_name: "develop",
        two_way: false,
        mounts: &[],
    };
    compare::compare_fully(&sides, &Stop::new()).expect("nobody stops it")
}

fn loud(drift: &Drift) -> Vec<(String, String)> {
    let loud = drift.facts.iter().filter(|fact| fact.severity > DriftSeverity::None);
    loud.map(|fact| (fact.kind.name().to_owned(), fact.name.clone())).collect()
}

/// Tries every fix of every finding; gives the files after each by `KIND NAME REMEDY`.
fn try_all(tree: &Tree) -> (String, BTreeMap<String, Files>) {
    let (mut shown, mut results) = (String::new(), BTreeMap::new());
    let files = ours(tree);
    let stop = Stop::new();
    for fact in tree.analysis.drift.facts.iter().filter(|fact| fact.severity > DriftSeverity::None) {
        let (file, range) = fact.place.clone().expect("a place");
        let _ = writeln!(shown, "{} {}", fact.kind.name(), fact.name);
        let offers = ide::fix::offers(&tree.analysis, &file, range, &stop).expect("nobody stops it");
        for offer in offers.iter().filter(|offer| offer.fact.kind == fact.kind.name() && offer.fact.name == fact.name) {
            if offer.fact.start != range.start || !offer.remedy.is_edit() || offer.remedy == Remedy::IgnoreKind {
                continue;
            }
            let made = ide::fix::edits(&tree.analysis, &offer.fact, offer.remedy, &stop).expect("nobody stops it");
            let edits = match made {
                Ok(edits) => edits,
                Err(refused) => {
                    let _ = writeln!(shown, "  {}: refused: {}", offer.title, refused.0);
                    continue;
                }
            };
            let _ = writeln!(shown, "  {}", offer.title);
            let after = apply(&files, &edits);
            let (found, analysis) = drift(tree, &after, &edits);
            let (before, found, hidden) = (loud(&tree.analysis.drift), loud(&found), loud(&all_of(tree)));
            let count =
                |all: &[(String, String)], one: &(String, String)| all.iter().filter(|other| *other == one).count();
            let mine = (fact.kind.name().to_owned(), fact.name.clone());
            if offer.remedy == Remedy::Ignore {
                let shown = ide::diagnostics(&analysis, &file, &stop).expect("nobody stops it");
                let code = format!("drift/{}", fact.kind.name());
                let left = shown.iter().filter(|one| one.code == code).count();
                assert!(left < count_code(&tree.analysis, &file, &code), "{after:?}");
            } else {
                assert!(count(&found, &mine) < count(&before, &mine), "{mine:?} is still there:\n{after:#?}");
                for new in &found {
                    let known = before.contains(new) || hidden.contains(new);
                    assert!(known, "{new:?} is new:\n{after:#?}");
                }
            }
            results.insert(format!("{} {} {}", fact.kind.name(), fact.name, offer.remedy.name()), after);
        }
    }
    (shown, results)
}

fn count_code(analysis: &ide::Analysis, file: &world::SaltPath, code: &str) -> usize {
    let shown = ide::diagnostics(analysis, file, &Stop::new()).expect("nobody stops it");
    shown.iter().filter(|one| one.code == code).count()
}

#[track_caller]
fn check_moved(fixture: &str, renamed: &[(&str, &str)], expected: Expect) -> BTreeMap<String, Files> {
    let (shown, results) = try_all(&three(fixture, renamed));
    expected.assert_eq(&shown);
    results
}

#[track_caller]
fn check(fixture: &str, expected: Expect) -> BTreeMap<String, Files> {
    check_moved(fixture, &[], expected)
}

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
    let drift = upstream.drift(&tree.analysis.world, &tree.analysis.catalog, &conflicts, &Stop::new());
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
