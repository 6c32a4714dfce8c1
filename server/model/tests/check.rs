//! What Salt refuses because of other files.

mod support;

use fixture::Annotation;
use support::tree;

/// Every finding of every file is annotated with its code, `?` behind it if it isn't certain.
fn check(rule: &str, fixture: &str) {
    let tree = tree(fixture);
    let view = &tree.catalog.views[0];
    let mut found: Vec<Annotation> = Vec::new();
    for facts in view.files.values() {
        for problem in facts.problems.iter().chain(view.check(facts).iter()).cloned() {
            let label = format!("{}{}", problem.code.name(), if problem.certain { "" } else { "?" });
            found.push(Annotation { path: problem.origin.path.to_string(), range: problem.origin.range, label });
        }
    }
    let mut expected = tree.fixture.annotations("base");
    let order = |a: &Annotation| (a.path.clone(), a.range);
    found.sort_by_key(order);
    expected.sort_by_key(order);
    assert_eq!(found, expected, "{rule}");
}

#[test]
fn includes_and_tops_name_existing_sls() {
    check(
        "missing SLS",
        "
        === states/top.sls
        base:
          '*':
            - web
            - gone
        #     ^^^^ sls-missing
            - we*
        nowhere:
          '*': [gone]
        === states/web.sls
        include:
          - db
          - .away
        #   ^^^^^ sls-missing
          - dev: db
        #        ^^ sls-missing
          - d*
        === states/db.sls
        === pillar/top.sls
        base:
          '*':
            - ignore_missing: true
            - gone
          'db*':
            - gone
        #     ^^^^ sls-missing
        ",
    );
}

#[test]
fn requisites_have_targets() {
    check(
        "requisites",
        "
        === states/top.sls
        base:
          '*': [web, user]
        === states/web.sls
        a:
          test.nop:
            - require:
              - pkg: nowhere
        #            ^^^^^^^ requisite-missing
              - pkg: users
              - pkg: alone
        #            ^^^^^ requisite-missing?
            - listen:
              - pkg: nowhere
        #            ^^^^^^^ requisite-missing?
            - watch_in:
              - nowhere
        #       ^^^^^^^ requisite-missing?
              - service: nowhere
        #                ^^^^^^^ requisite-missing
            - use:
              - test: nowhere
        #             ^^^^^^^ requisite-missing?
        === states/user.sls
        users: pkg.installed
        === states/alone.sls
        alone: pkg.installed
        ",
    );
}

#[test]
fn extends_have_targets() {
    check(
        "extends",
        "
        === states/top.sls
        base:
          '*': [web]
        === states/web.sls
        include: [db]
        extend:
          nowhere:
        # ^^^^^^^ extend-missing
            pkg.installed: []
          db:
            pkg.installed:
              - version: 1
          database:
            service.running:
              - watch: [pkg: db]
        === states/db.sls
        db: pkg.installed
        base:
          service.running:
            - name: database
        ",
    );
}

#[test]
fn ids_are_declared_once_in_a_run() {
    check(
        "conflicts",
        "
        === states/top.sls
        base:
          'web*': [web]
        === states/web.sls
        include: [db]
        nginx: pkg.installed
        ^^^^^ conflicting-id
        === states/db.sls
        nginx: pkg.installed
        ^^^^^ conflicting-id
        === states/other.sls
        nginx: pkg.installed
        ",
    );
}
