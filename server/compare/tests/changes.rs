//! What both sides did to the same thing, and what is only put on record.

mod support;

use compare::DriftSeverity;
use expect_test::{Expect, expect};
use fixture::Fixture;
use support::{Options, check, check_with, drift_of, path, renamed, world};

#[test]
fn an_argument_was_changed_differently() {
    check(
        "
        === states/web.sls
        conf:
          file.managed:
            - name: /etc/web.conf
            - mode: '0600'
            - user: root
            - context:
                port: 80
                host: a
        @ develop
        === states/web.sls
        conf:
          file.managed:
            - name: /etc/web.conf
            - mode: '0640'
            - user: root
            - context:
                port: 8080
                host: b
        @ working
        === states/web.sls
        conf:
          file.managed:
            - name: /etc/web.conf
            - mode: '0644'
        #     ^^^^ W conflicting-change: argument 'mode' of 'conf' was changed to '0644' here and to '0640' on develop
            - user: root
            - context:
        #     ^^^^^^^ W conflicting-change: argument 'context:host' of 'conf' was changed to 'c' here and to 'b' on develop
                port: 80
                host: c
        ",
    );
}

#[test]
fn secrets_are_never_shown() {
    let drift = check(
        "
        === pillar/web.sls
        web:
          password: one
        === states/web.sls
        user:
          user.present:
            - password: aaa
        @ develop
        === pillar/web.sls
        web:
          password: two
        === states/web.sls
        user:
          user.present:
            - password: bbb
        @ working
        === pillar/web.sls
        web:
          password: three
        # ^^^^^^^^ W conflicting-change: pillar key 'web:password' was changed differently here and on develop
        === states/web.sls
        user:
          user.present:
            - password: ccc
        #     ^^^^^^^^ W conflicting-change: argument 'password' of 'user' was changed differently here and on develop
        ",
    );
    let all = format!("{:?}", drift.facts.iter().map(|fact| &fact.message).collect::<Vec<_>>());
    assert!(["aaa", "bbb", "ccc", "one", "two", "three"].iter().all(|secret| !all.contains(secret)), "{all}");
}

#[test]
fn one_side_edits_what_the_other_removes() {
    check(
        "
        === pillar/web.sls
        web: {port: 80, host: a}
        === states/web.sls
        first: {test.nop: []}
        edited:
          service.running:
            - enable: true
        removed:
          cmd.run:
            - name: a
        @ develop
        === pillar/web.sls
        web: {host: a}
        === states/web.sls
        first: {test.nop: []}
        removed:
          cmd.run:
            - name: b
        @ working
        === pillar/web.sls
        web: {port: 81, host: a}
        #     ^^^^ W edited-here-removed-upstream: pillar key 'web:port' was changed here and removed on develop
        === states/web.sls
        first: {test.nop: []}
        edited:
        ^^^^^^ W edited-here-removed-upstream: state 'edited' was changed here and removed on develop
          service.running:
            - enable: false
        #  the other one is told at what stood before it: at the same place, the first one speaks
        ",
    );
}

#[test]
fn we_removed_what_they_edited() {
    check(
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
        ^^^^^ W removed-here-edited-upstream: state 'removed' was removed here and changed on develop
        ",
    );
}

#[test]
fn a_removal_is_lost_where_they_moved_it() {
    check(
        "
        === states/web.sls
        first: {test.nop: []}
        doomed:
          cmd.run:
            - name: a
        === states/lib.sls
        lib: {test.nop: []}
        @ develop
        === states/web.sls
        first: {test.nop: []}
        === states/lib.sls
        lib: {test.nop: []}
        doomed:
          cmd.run:
            - name: a
        @ working
        === states/web.sls
        first: {test.nop: []}
        ^^^^^ W removal-lost: state 'doomed' was removed here, but was moved to states/lib.sls on develop: the merge still has it
        ",
    );
}

#[test]
fn they_renamed_or_moved_what_we_have() {
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
        @ working
        === states/web.sls
        old_name:
        ^^^^^^^^ I renamed-upstream: state 'old_name' was renamed to 'new_name' on develop
          pkg.installed:
            - name: nginx
        old_conf:
        ^^^^^^^^ W renamed-upstream: state 'old_conf' was renamed to 'new_conf' on develop, and changed here
          file.managed:
            - name: /etc/web.conf
            - source: /x
            - mode: '0644'
        moved:
        ^^^^^ I moved-upstream: state 'moved' was moved to states/lib.sls on develop
          cmd.run:
            - name: a
        ",
    );
}

#[test]
fn new_names_of_what_nobody_here_cares_for_are_on_record_only() {
    check(
        "
        === pillar/web.sls
        dir: /srv
        === states/web.sls
        old_name:
          pkg.installed:
            - name: nginx
        === states/win.sls
        {{ pillar['dir'] }}/install.bat:
          cmd.run:
            - cwd: /x
        === states/other.sls
        old: {test.nop: []}
        @ develop
        === states/web.sls
        new_name:
          pkg.installed:
            - name: nginx
        === states/win.sls
        /install.bat:
          cmd.run:
            - cwd: /x
        @ working
        === states/win.sls
        {{ pillar['dir'] }}/install.bat:
          cmd.run:
            - cwd: /y
        === states/other.sls
        old: {test.nop: []}
        new: {test.nop: []}
        ",
    );
}

#[test]
fn both_changed_a_state_in_different_parts() {
    check(
        "
        === states/web.sls
        conf:
          file.managed:
            - mode: '0600'
            - user: root
        @ develop
        === states/web.sls
        conf:
          file.managed:
            - mode: '0600'
            - user: web
        @ working
        === states/web.sls
        conf:
        ^^^^ H both-changed-same-state: state 'conf' was changed here and, in other parts, on develop
          file.managed:
            - mode: '0640'
            - user: root
        ",
    );
}

#[test]
fn a_textual_conflict_stands_at_the_first_line() {
    let options = Options { conflicts: vec![path("states/web.sls")], ..Options::default() };
    check_with(
        "
        === states/web.sls
        web: {test.nop: []}
        ^^^^^^^^^^^^^^^^^^^ I textual-conflict: this file conflicts in text with develop: merging will stop here
        ",
        &options,
    );
}

#[test]
fn they_broke_their_own_branch() {
    let fixture = Fixture::parse(
        "
        === states/lib.sls
        lib: {pkg.installed: []}
        === states/web.sls
        include: [lib]
        web:
          service.running:
            - require: [{pkg: lib}]
        again:
          service.running:
            - require: [{pkg: lib}]
        @ develop
        === states/lib.sls
        other: {service.running: []}
        ",
    );
    let worlds = ["base", "base", "develop"].map(|name| world(&fixture, name));
    let drift = drift_of(worlds.each_ref(), &Options::default());
    let loud: Vec<_> = drift.facts.iter().filter(|fact| fact.severity != DriftSeverity::None).collect();
    assert_eq!(loud.len(), 1, "{loud:#?}");
    assert_eq!(loud[0].kind, compare::DriftKind::UpstreamBroken);
    assert_eq!((loud[0].severity, &loud[0].place), (DriftSeverity::Information, &None));
}

#[test]
fn what_they_broke_in_files_and_pillar_is_told_once_too() {
    let cases = [
        ("states/gone.sls", "include: [gone]", "'gone'"),
        ("states/gone.jinja", "{% import 'gone.jinja' as gone %}", "'gone.jinja'"),
        ("states/gone.conf", "/etc/x:\n  file.managed:\n    - source: salt://gone.conf", "'gone.conf'"),
        (
            "pillar/gone.sls",
            "x:\n  cmd.run:\n    - name: {{ pillar['gone']['key'] }}",
            "'gone', which it does not have any more (and 1 more such reference)",
        ),
    ];
    for (path, user, said) in cases {
        let content = if path.starts_with("pillar") { "gone: {key: 1}" } else { "{}" };
        let text = format!(
            "
=== {path}
{content}
=== pillar/top.sls
base: {{'*': [gone]}}
=== states/user.sls
{user}
@ develop
=== {path} (deleted)
"
        );
        let fixture = Fixture::parse(&text);
        let worlds = ["base", "base", "develop"].map(|name| world(&fixture, name));
        let drift = drift_of(worlds.each_ref(), &Options::default());
        let loud: Vec<_> = drift.facts.iter().filter(|fact| fact.severity != DriftSeverity::None).collect();
        assert_eq!(loud.len(), 1, "{path}: {loud:#?}");
        assert_eq!(loud[0].kind, compare::DriftKind::UpstreamBroken);
        assert!(loud[0].message.contains(said), "{}", loud[0].message);
        assert!(loud[0].place.is_none() && loud[0].theirs.is_some());
    }
}

fn record(fixture: &str, options: &Options, expected: &Expect) {
    let fixture = Fixture::parse(fixture);
    let [base, ours, theirs] = ["base", "working", "develop"].map(|name| world(&fixture, name));
    let drift = drift_of([&base, &ours, &theirs], options);
    let mut out = String::new();
    for fact in &drift.facts {
        let place = fact.place.as_ref().map_or_else(|| "-".to_owned(), |(path, range)| format!("{path} {range:?}"));
        out += &format!("{} {} {place}: {}\n", support::severity(fact.severity), fact.kind.name(), fact.message);
    }
    expected.assert_eq(&out);
}

#[test]
fn what_goes_together_is_on_record() {
    record(
        "
        === pillar/web.sls
        web: {port: 80, host: a}
        === states/web.sls
        a: {cmd.run: [{name: a}]}
        b: {cmd.run: [{name: b}]}
        c: {cmd.run: [{name: c}]}
        @ develop
        === pillar/web.sls
        web: {port: 81, host: a}
        === states/web.sls
        a: {cmd.run: [{name: a2}]}
        b: {cmd.run: [{name: b}]}
        c: {cmd.run: [{name: c2}]}
        new_there: {cmd.run: [{name: n}]}
        @ working
        === pillar/web.sls
        web: {port: 80, host: b}
        === states/web.sls
        a: {cmd.run: [{name: a2}]}
        b: {cmd.run: [{name: b2}]}
        c: {cmd.run: [{name: c}]}
        new_here: {cmd.run: [{name: n}]}
        ",
        &Options::default(),
        &expect![[r#"
            none incoming pillar/web.sls 6..10: pillar key 'web:port' was changed on develop
            none outgoing pillar/web.sls 16..20: pillar key 'web:host' was changed here
            none incoming states/web.sls 0..0: 'new_there' was added on develop
            none converged states/web.sls 0..1: 'a' was changed alike here and on develop
            none outgoing states/web.sls 27..28: 'b' was changed here
            none incoming states/web.sls 54..55: 'c' was changed on develop
            none outgoing states/web.sls 80..88: 'new_here' was added here
        "#]],
    );
}

#[test]
fn a_moved_file_is_told_once() {
    let theirs_renames = renamed(&[("states/web.sls", "states/apps/web.sls")]);
    let options = Options { theirs_renames, ..Options::default() };
    record(
        "
        === states/web.sls
        a: {cmd.run: [{name: a}]}
        @ develop
        === states/apps/web.sls (renamed from states/web.sls)
        ",
        &options,
        &expect![[r#"
            none moved-upstream states/web.sls 0..0: SLS 'web' was moved to 'apps.web' on develop
        "#]],
    );
}
