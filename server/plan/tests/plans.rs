//! Plans of small trees: what changes, on whom, why, and what is not said.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use model::{Catalog, Request};
use plan::{Ignore, Plan, Side};
use world::{Memo, Profile, Stop, World};

const TOP: (&str, &str) = ("salt/top.sls", "base:\n  '*': [common]\n  'web*': [web]\n  'db*': [db]\n");

fn plan_of(before: &[(&str, &str)], after: &[(&str, &str)], profiles: &[&str], ignore: &Ignore) -> Plan {
    let world = |files: &[(&str, &str)]| {
        let mut all: Vec<(&str, &str)> = vec![TOP];
        all.retain(|(path, _)| !files.iter().any(|(other, _)| other == path));
        all.extend(files);
        World::in_memory(all)
    };
    let (before, after) = (world(before), world(after));
    let (memo, stop) = (Memo::new(), Stop::new());
    let profile = |text: &&str| {
        let name = text.split('"').nth(3).expect("an id").to_owned();
        Arc::new(Profile::parse(&name, text).expect("a profile"))
    };
    let request = Request { structural: true, profiles: profiles.iter().map(profile).collect(), ..Request::default() };
    let build = |world: &World| Catalog::build(world, &memo, &stop, &request, None).expect("nobody stops it");
    let (old, new) = (build(&before), build(&after));
    let renames = [];
    let sides = [Side { catalog: &old, world: &before }, Side { catalog: &new, world: &after }];
    plan::plan(sides[0], sides[1], &memo, &renames, ignore, &stop).expect("nobody stops it")
}

fn shown(plan: &Plan) -> String {
    let mut out = String::new();
    for group in &plan.groups {
        let _ = writeln!(out, "{}", group.minions.join(" "));
        for (what, all) in [
            ("gained", &group.gained),
            ("lost", &group.lost),
            ("error", &group.errors),
            ("unknown", &group.unknown),
            ("order", &group.reordered),
        ] {
            all.iter().for_each(|one| _ = writeln!(out, "  {what} {one}"));
        }
        for change in &group.changes {
            let old = change.old_id.as_ref().map_or_else(String::new, |old| format!(" was {old}"));
            let when = if change.when.is_empty() { String::new() } else { format!(" when {}", change.when) };
            let _ = writeln!(out, "  {} {} {}{old}{when}", change.action.name(), change.function, change.id);
            if change.action == plan::Action::Change {
                for one in &change.arguments {
                    let value = |value: &Option<serde_json::Value>| {
                        value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
                    };
                    let _ = writeln!(out, "    {}: {} -> {}", one.name, value(&one.old), value(&one.new));
                }
            }
            change.contents.iter().for_each(|one| _ = writeln!(out, "    {} {:?}", one.path, one.lines));
            change.risks.iter().for_each(|risk| _ = writeln!(out, "    risk {}", risk.text()));
        }
        for key in &group.pillar {
            let _ = writeln!(out, "  pillar {} {:?} -> {:?}", key.name, key.old, key.new);
        }
    }
    for cause in &plan.causes {
        let _ = writeln!(out, "{}:{} {} ({} states)", cause.path, cause.line + 1, cause.text, cause.states);
    }
    out
}

fn check(before: &[(&str, &str)], after: &[(&str, &str)], profiles: &[&str], expected: &Expect) {
    expected.assert_eq(&shown(&plan_of(before, after, profiles, &Ignore::default())));
}

const COMMON: (&str, &str) =
    ("salt/common.sls", "motd:\n  file.managed:\n    - name: /etc/motd\n    - contents: hello\n");
const DB: (&str, &str) = ("salt/db.sls", "postgres:\n  pkg.installed: []\n");
const WEB: (&str, &str) = (
    "salt/web.sls",
    "nginx_conf:\n  file.managed:\n    - name: /etc/nginx.conf\n    - source: salt://nginx.conf\nnginx:\n  \
     service.running:\n    - watch:\n      - file: nginx_conf\n",
);
const CONF: (&str, &str) = ("salt/nginx.conf", "workers 2\n");
const WEB1: &str = r#"{"id": "web1", "grains": {"id": "web1"}, "pillar": {}}"#;
const WEB2: &str = r#"{"id": "web2", "grains": {"id": "web2"}, "pillar": {}}"#;
const DB1: &str = r#"{"id": "db1", "grains": {"id": "db1"}, "pillar": {}}"#;

#[test]
fn contents_that_change_restart_who_watches_them() {
    check(
        &[COMMON, DB, WEB, CONF],
        &[COMMON, DB, WEB, ("salt/nginx.conf", "workers 4\n")],
        &[WEB1, WEB2, DB1],
        &expect![[r#"
            web1 web2
              change file.managed nginx_conf
                salt/nginx.conf ["-workers 2", "+workers 4"]
                risk restarts nginx
            db1
            salt/nginx.conf:1 workers 4 (1 states)
        "#]],
    );
}

#[test]
fn one_line_of_a_map_is_one_cause() {
    let web = (
        "salt/web.sls",
        "{% from 'map.jinja' import port %}\na:\n  file.managed:\n    - name: /a-{{ port }}\nb:\n  file.managed:\n    - name: /b\n    - contents: {{ port }}\n",
    );
    check(
        &[COMMON, DB, web, ("salt/map.jinja", "{% set port = 80 %}\n")],
        &[COMMON, DB, web, ("salt/map.jinja", "{% set port = 81 %}\n")],
        &[WEB1],
        &expect![[r#"
            web1
              change file.managed a
                name: "/a-80" -> "/a-81"
              change file.managed b
                contents: 80 -> 81
            salt/map.jinja:1 {% set port = 81 %} (2 states)
        "#]],
    );
}

#[test]
fn without_profiles_each_target_is_planned() {
    let common = (
        "salt/common.sls",
        "motd:\n  file.managed:\n    - name: /etc/motd\n    - contents: hello\n{% if grains['os'] == 'Debian' %}\nold:\n  pkg.removed: []\n{% endif %}\n",
    );
    check(
        &[COMMON, DB, WEB, CONF],
        &[common, DB, WEB, CONF, ("salt/top.sls", "base:\n  '*': [common]\n  'web*': [web]\n  'db*': [db, web]\n")],
        &[],
        &expect![[r#"
            db*
              gained web
              add pkg.removed old when grains['os'] == 'Debian'
                risk removes packages
              add file.managed nginx_conf
                risk restarts nginx
              add service.running nginx
            * web*
              add pkg.removed old when grains['os'] == 'Debian'
                risk removes packages
            salt/top.sls:4 'db*': [db, web] (2 states)
            salt/common.sls:6 {% if grains['os'] == 'Debian' %} (1 states)
        "#]],
    );
}

#[test]
fn renames_are_no_new_states() {
    check(
        &[COMMON, DB, WEB, CONF],
        &[COMMON, ("salt/db.sls", "postgres_pkg:\n  pkg.installed:\n    - name: postgres\n"), WEB, CONF],
        &[DB1],
        &expect![[r#"
            db1
              rename pkg.installed postgres_pkg was postgres
            salt/db.sls:1 postgres_pkg: (1 states)
        "#]],
    );
}

#[test]
fn what_salt_refuses_is_an_error_of_the_plan() {
    check(
        &[COMMON, DB, WEB, CONF],
        &[COMMON, ("salt/db.sls", "postgres:\n  pkg.installed:\n    - require:\n      - pkg: nothing\n"), WEB, CONF],
        &[DB1],
        &expect![[r#"
            db1
              error Referenced state does not exist for requisite [require: (pkg: nothing)] in state [postgres] in SLS [db]
              change pkg.installed postgres
                require: - -> [{"pkg":"nothing"}]
            salt/db.sls:2 pkg.installed: (1 states)
        "#]],
    );
}

#[test]
fn secrets_only_change() {
    let web = (
        "salt/web.sls",
        "app:\n  file.managed:\n    - name: /app\n    - contents: key={{ pillar['app']['password'] }}\n",
    );
    let pillar = |secret: &'static str| [("pillar/top.sls", "base:\n  '*': [app]\n"), ("pillar/app.sls", secret)];
    let profile = r#"{"id": "web1", "grains": {"id": "web1"}}"#;
    let mut before = vec![COMMON, DB, web];
    before.extend(pillar("app:\n  password: hunter2hunter2\n"));
    let mut after = vec![COMMON, DB, web];
    after.extend(pillar("app:\n  password: swordfish99\n"));
    let plan = plan_of(&before, &after, &[profile], &Ignore::default());
    let text = format!("{plan:?}");
    assert!(!text.contains("hunter2") && !text.contains("swordfish"), "{text}");
    expect![[r#"
        web1
          change file.managed app
            contents: "***" -> "*** (changed)"
          pillar app:password Some(String("***")) -> Some(String("*** (changed)"))
        pillar/app.sls:2 *** (1 states)
    "#]]
    .assert_eq(&shown(&plan));
}

#[test]
fn what_is_ignored_is_left_out() {
    let after = [COMMON, ("salt/db.sls", "postgres:\n  pkg.installed:\n    - version: 2\n"), WEB, CONF];
    let before = [COMMON, DB, WEB, CONF];
    for ignore in [
        Ignore { states: vec!["post*".to_owned()], ..Ignore::default() },
        Ignore { arguments: vec!["pkg.installed.version".to_owned()], ..Ignore::default() },
        Ignore { minions: vec!["db*".to_owned()], ..Ignore::default() },
    ] {
        let plan = plan_of(&before, &after, &[DB1, WEB1], &ignore);
        assert!(plan.groups.iter().all(plan::Group::is_empty), "{ignore:?} {}", shown(&plan));
    }
    let plan = plan_of(&before, &after, &[DB1, WEB1], &Ignore::default());
    assert!(plan.groups.iter().any(|group| !group.is_empty()));
}
