//! References that survive the merge while their targets don't.

mod support;

use support::check;

#[test]
fn a_required_state_was_renamed() {
    check(
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
        === states/web.sls
        include: [db]
        web:
          service.running:
            - require:
              - pkg: db_pkg
        #            ^^^^^^ E requisite-target-removed-upstream: state 'db_pkg' required here was renamed to 'postgres_pkg' on develop
        ",
    );
}
