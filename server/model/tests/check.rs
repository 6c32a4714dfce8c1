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
fn names_of_sls_are_those_that_salt_opens() {
    check(
        "slashes, init, dots",
        "
        === states/top.sls
        base:
          '*':
            - base/ssl
            - web.init
        === states/web/init.sls
        include:
          - .
          - web/deep
          - base/ssl.sls
        #   ^^^^^^^^^^^^ sls-missing
        === states/web/deep.sls
        include: [web.]
        deep:
          test.nop:
            - require:
              - sls: base/ssl
        === states/base/ssl.sls
        ssl: test.nop
        ^^^ conflicting-id
        === states/dup.sls
        include:
          - base/ssl
        ssl: test.nop
        ^^^ conflicting-id
        === pillar/top.sls
        base:
          '*':
            - a/b
            - c.init
        === pillar/a/b.sls
        include: [e/f, c/init]
        === pillar/c/init.sls
        === pillar/e/f.sls
        ",
    );
}

#[test]
fn absence_is_told_by_what_is_there() {
    let tree = tree(
        "
        === .gitignore
        states/web/secret*
        /states/private/
        === states/top.sls
        base:
          '*': [web, vendor.base]
        === states/web/init.sls
        include:
          - web.gone
          - vendor.base
          - private.keys
          - web.secrets
          - web.confg
          - Web.config
        === states/web/config.sls
        === states/alone.sls
        include: [web.gone]
        === pillar/top.sls
        base:
          '*': [here.gone]
        === pillar/here/it.sls
        ",
    );
    let view = &tree.catalog.views[0];
    let mut shown = String::new();
    for facts in view.files.values() {
        for problem in view.check(facts).iter() {
            let how = if problem.certain { "refused" } else { "" };
            shown.push_str(&format!("{} {how} {:?}: {}\n", facts.path, problem.doubt, problem.message));
        }
    }
    expect_test::expect![[r#"
        pillar/top.sls  Carried: Specified SLS 'here.gone' in environment 'base' is not available on the salt master: nothing of it gets into the pillar, without a word. Create it, or correct the name.
        states/alone.sls  Carried: Specified SLS web.gone in saltenv base is not available on the salt master or through a configured fileserver. Create it, or correct the name.
        states/top.sls refused Absent: No matching sls found for 'vendor.base' in env 'base'. It is not in this checkout.
        states/web/init.sls refused None: Specified SLS web.gone in saltenv base is not available on the salt master or through a configured fileserver. Create it, or correct the name.
        states/web/init.sls refused Absent: Specified SLS vendor.base in saltenv base is not available on the salt master or through a configured fileserver. It is not in this checkout.
        states/web/init.sls refused Absent: Specified SLS private.keys in saltenv base is not available on the salt master or through a configured fileserver. It is not in this checkout.
        states/web/init.sls refused Absent: Specified SLS web.secrets in saltenv base is not available on the salt master or through a configured fileserver. It is not in this checkout.
        states/web/init.sls refused None: Specified SLS web.confg in saltenv base is not available on the salt master or through a configured fileserver. Did you mean 'web.config'?
        states/web/init.sls refused None: Specified SLS Web.config in saltenv base is not available on the salt master or through a configured fileserver. Did you mean 'web.config'?
    "#]]
    .assert_eq(&shown);
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
