//! What hovers and lenses say of three versions.

mod support;

use expect_test::{Expect, expect};
use support::three;
use world::Stop;

/// The table at `$0`, `-` for none, and whose histories are asked.
#[track_caller]
fn hover(text: &str, expected: Expect) {
    let tree = three(text, &[]);
    let hover =
        ide::hover(&tree.analysis, &tree.our_cursor(), &Stop::new()).expect("nobody stops it").expect("a hover");
    let table: Vec<&str> = hover.markdown.lines().filter(|line| line.starts_with('|')).collect();
    let versions = hover.versions.map(|versions| {
        let name = |path: Option<world::SaltPath>| path.map_or_else(|| "-".to_owned(), |path| path.to_string());
        format!("here {}, there {}", name(versions.here), name(versions.there))
    });
    expected.assert_eq(&format!("{}\n{}\n", table.join("\n"), versions.unwrap_or_else(|| "-".to_owned())));
}

const STATES: &str = "
=== states/db.sls
db_pkg:
  pkg.installed:
    - name: postgresql
    - version: '1'
    - password: hunter2
=== states/web.sls
include: [db]
web:
  service.running: []
@ develop
=== states/db.sls
postgres_pkg:
  pkg.installed:
    - name: postgresql
    - version: '1'
    - password: hunter3
@ working
";

#[test]
fn a_state_has_three_versions() {
    let head = STATES.trim_start();
    hover(
        &format!(
            "{head}=== states/db.sls\ndb_$0pkg:\n  pkg.installed:\n    - name: postgresql\n    - version: '2'\n    - password: hunter2\n"
        ),
        expect![[r#"
            | | base | here | develop |
            |---|---|---|---|
            | ID | `db_pkg` | `db_pkg` | `postgres_pkg` |
            | version | `1` | `2` | `1` |
            | password | `***` | `***` | `changed` |
            here states/db.sls, there states/db.sls
        "#]],
    );
    hover(
        &format!(
            "{head}=== states/web.sls\ninclude: [db]\nweb:\n  service.running:\n    - require:\n      - pkg: db_$0pkg\n"
        ),
        expect![[r#"
            | | base | here | develop |
            |---|---|---|---|
            | ID | `db_pkg` | `db_pkg` | `postgres_pkg` |
            | password | `***` | `***` | `changed` |
            here -, there states/db.sls
        "#]],
    );
    hover(
        &format!(
            "{head}=== states/db.sls\ndb_pkg:\n  pkg.installed:\n    - name: postgresql\n    - ver$0sion: '2'\n    - password: hunter2\n"
        ),
        expect![[r#"
            | | base | here | develop |
            |---|---|---|---|
            | version | `1` | `2` | `1` |
            here states/db.sls, there -
        "#]],
    );
    hover(
        &format!(
            "{head}=== states/db.sls\ndb_pkg:\n  pkg.installed:\n    - name: postgresql\n    - version: '1'\n    - pass$0word: hunter4\n"
        ),
        expect![[r#"
            | | base | here | develop |
            |---|---|---|---|
            | password | `***` | `changed` | `changed` |
            here states/db.sls, there states/db.sls
        "#]],
    );
    // nothing differs
    hover(
        &format!("{head}=== states/web.sls\ninclude: [db]\nw$0eb:\n  service.running: []\n"),
        expect![[r#"

        -
    "#]],
    );
}

#[test]
fn pillar_macros_and_files_have_three_versions() {
    let pillar = "=== pillar/top.sls\nbase:\n  '*': [app]\n=== pillar/app.sls\napp:\n  port: 80\n  db: {host: a}\n  token: x1234\n=== states/top.sls\nbase:\n  '*': [a]\n=== states/a.sls\na: test.nop\n=== states/m.jinja\n{% macro site(name) %}{% endmacro %}\n@ develop\n=== pillar/app.sls\napp:\n  port: 81\n  db: {host: b}\n  token: x12345\n=== states/m.jinja\n{% macro site(name, port) %}{% endmacro %}\n@ working\n";
    hover(
        &format!("{pillar}=== states/a.sls\na: {{{{ pillar['app']['po$0rt'] }}}}\n"),
        expect![[r#"
        | | base | here | develop |
        |---|---|---|---|
        | app:port | `80` | `80` | `81` |
        here -, there pillar/app.sls
    "#]],
    );
    hover(
        &format!("{pillar}=== pillar/app.sls\nap$0p:\n  port: 82\n  db: {{host: a}}\n  token: x1234\n"),
        expect![[r#"
        | | base | here | develop |
        |---|---|---|---|
        | app:port | `80` | `82` | `81` |
        | app:db:host | `a` | `a` | `b` |
        | app:token | `***` | `***` | `changed` |
        here pillar/app.sls, there pillar/app.sls
    "#]],
    );
    hover(
        &format!("{pillar}=== states/a.sls\n{{% from 'm.jinja' import site %}}\n{{{{ si$0te('a') }}}}\n"),
        expect![[r#"
            | | base | here | develop |
            |---|---|---|---|
            | signature | `site(name)` | `site(name)` | `site(name, port)` |
            | text | `as it was` | `as it was` | `changed` |
            here -, there states/m.jinja
        "#]],
    );
    hover(
        &format!("{pillar}=== states/a.sls\n{{% from 'm.ji$0nja' import site %}}\n"),
        expect![[r#"
        | | base | here | develop |
        |---|---|---|---|
        | content | `as it was` | `as it was` | `changed` |
        here -, there states/m.jinja
    "#]],
    );
}

#[test]
fn lenses_stand_above_what_drifted() {
    let text = "=== states/db.sls\ndb_pkg:\n  pkg.installed:\n    - name: postgresql\nother:\n  test.nop: []\nthird:\n  cmd.run:\n    - name: a\n@ develop\n=== states/db.sls\npostgres_pkg:\n  pkg.installed:\n    - name: postgresql\nother:\n  test.nop: []\nthird:\n  cmd.run:\n    - name: b\nnew:\n  test.nop: []\n@ working\n=== states/db.sls\ndb_pkg:\n  pkg.installed:\n    - name: postgresql\nother:\n  test.fail_without_changes: []\nthird:\n  cmd.run:\n    - name: a\n";
    let tree = three(text, &[]);
    let path = support::path("states/db.sls");
    let text = tree.fixture.text("working", "states/db.sls");
    let lenses = ide::code_lenses(&tree.analysis, &path);
    let shown: Vec<String> = lenses
        .iter()
        .map(|lens| format!("{}: {} {} {}", lens.range.slice(text), lens.kind, lens.title, lens.who.is_some()))
        .collect();
    expect![[r#"
        : incoming added on develop: new true
        db_pkg: renamed-upstream state 'db_pkg' was renamed to 'postgres_pkg' on develop false
        other: outgoing 'other' was changed here false
        third: incoming 'third' was changed on develop true"#]]
    .assert_eq(&shown.join("\n"));
}
