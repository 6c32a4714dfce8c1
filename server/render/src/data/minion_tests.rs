//! Pillars and tops of minions, over whole trees.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use world::{Memo, Minion, Profile, Reader, Roots, SaltPath, Stop, World};

use super::plain;
use crate::{Problem, Top};

fn roots(text: &str) -> Roots {
    let mut roots = Roots::new();
    for one in text.split_whitespace() {
        let (env, folder) = one.split_once('=').unwrap_or(("base", one));
        roots.entry(env.to_owned()).or_default().push(SaltPath::new(folder).unwrap());
    }
    roots
}

fn minion(profile: Option<Value>) -> Minion {
    let map = |value: &Value, key: &str| value.get(key).and_then(Value::as_object).cloned();
    Minion {
        file_roots: roots("states dev=dev"),
        pillar_roots: roots("pillar dev=pillar_dev"),
        saltenv: "base".to_owned(),
        profile: profile.map(|profile| Profile {
            id: profile.get("id").and_then(Value::as_str).unwrap_or("web1").to_owned(),
            grains: map(&profile, "grains").unwrap_or_default(),
            pillar: map(&profile, "pillar"),
            opts: map(&profile, "opts").unwrap_or_default(),
            ..Profile::default()
        }),
        pillar_file: None,
        salt: None,
        ..Minion::default()
    }
}

/// `=== path` lines and texts.
fn world(files: &str) -> World {
    let files = files.split("=== ").filter_map(|file| file.split_once('\n'));
    let files: Vec<(String, String)> = files.map(|(path, text)| (path.trim().to_owned(), text.to_owned())).collect();
    World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
}

fn problems(all: &[Problem], out: &mut String) {
    for problem in all {
        let certain = if problem.certain { "certain" } else { "maybe" };
        let (path, first) = (problem.origin.path.as_str(), problem.message.lines().next().unwrap_or(""));
        let message: String = first.chars().take(100).collect();
        out.push_str(&format!("! {certain} {} {path}:{} {message}\n", problem.code.name(), problem.origin.range.start));
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as `expect!` is written")]
fn check_pillar(files: &str, profile: Value, expected: Expect) {
    let (world, memo, stop) = (world(files), Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let pillar = crate::pillar(&reader, &minion(Some(profile)).shared()).unwrap();
    let mut out = match plain::json(&pillar.data) {
        Some(data) => data.to_string(),
        None => format!("{:?}", pillar.data.kind),
    };
    let names: Vec<&str> = pillar.sls.iter().map(|sls| sls.name.as_str()).collect();
    out.push_str(&format!("\nsls: {}{}\n", names.join(" "), if pillar.partial { " (partial)" } else { "" }));
    problems(&pillar.errors, &mut out);
    expected.assert_eq(&out);
}

fn show(top: &Top) -> String {
    let mut out = String::new();
    for (kind, envs) in [("states", &top.states), ("pillar", &top.pillar)] {
        for env in envs {
            let names: Vec<String> =
                env.sls.iter().map(|sls| format!("{}{}", sls.name, if sls.is_certain() { "" } else { "?" })).collect();
            out.push_str(&format!("{kind} {}: {}\n", env.saltenv, names.join(" ")));
        }
    }
    problems(&top.errors, &mut out);
    out
}

#[allow(clippy::needless_pass_by_value, reason = "as `expect!` is written")]
fn check_top(files: &str, profile: Option<Value>, expected: Expect) {
    let (world, memo, stop) = (world(files), Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let top = crate::top(&reader, &minion(profile).shared()).unwrap();
    expected.assert_eq(&show(&top));
}

const PILLAR: &str = "=== pillar/top.sls
base:
  '*':
    - order: 2
    - late
  'web*':
    - web
    - common.*
  'db*': [db]
=== pillar/late.sls
a: {late: 1}
list: [3]
=== pillar/web/init.sls
include:
  - .inner
  - keyed:
      key: k:l
  - gone
a: {web: 1, over: web}
=== pillar/web/inner.sls
a: {inner: 1, over: inner}
list: [1, 2]
=== pillar/keyed.sls
x: 1
=== pillar/common/one.sls
c: 1
=== pillar/common/two.sls
c: 2
";

#[test]
fn pillars_are_merged_as_salt_does() {
    check_pillar(
        PILLAR,
        json!({}),
        expect![[r#"
        {"a":{"inner":1,"over":"web","web":1,"late":1},"list":[3],"k":{"l":{"x":1}},"c":2}
        sls: web web.inner keyed gone common.one common.two late
        ! certain sls-missing pillar/web/init.sls:50 Specified SLS 'gone' in environment 'base' is not available on the salt master: create it, mend the 
    "#]],
    );
    check_pillar(
        PILLAR,
        json!({"opts": {"pillar_merge_lists": true, "pillar_includes_override_sls": true}}),
        expect![[r#"
            {"a":{"web":1,"over":"inner","inner":1,"late":1},"list":[1,2,3],"k":{"l":{"x":1}},"c":2}
            sls: web web.inner keyed gone common.one common.two late
            ! certain sls-missing pillar/web/init.sls:50 Specified SLS 'gone' in environment 'base' is not available on the salt master: create it, mend the 
        "#]],
    );
    check_pillar(
        PILLAR,
        json!({"opts": {"pillar_source_merging_strategy": "overwrite"}}),
        expect![[r#"
        {"a":{"late":1},"list":[3],"k":{"l":{"x":1}},"c":2}
        sls: web web.inner keyed gone common.one common.two late
        ! certain sls-missing pillar/web/init.sls:50 Specified SLS 'gone' in environment 'base' is not available on the salt master: create it, mend the 
    "#]],
    );
    check_pillar(
        PILLAR,
        json!({"opts": {"pillar_source_merging_strategy": "list"}}),
        expect![[r#"
        {}
        sls: web web.inner keyed gone common.one common.two late
        ! certain sls-missing pillar/web/init.sls:50 Specified SLS 'gone' in environment 'base' is not available on the salt master: create it, mend the 
    "#]],
    );
    check_pillar(
        PILLAR,
        json!({"pillar": {"only": "this"}}),
        expect![[r#"
        {"only":"this"}
        sls: 
    "#]],
    );
}

#[test]
fn errors_drop_one_sls() {
    check_pillar(
        "=== pillar/top.sls
base:
  '*': [good, bad, list, missing, loop]
dev:
  'web1': [there]
qa:
  'web1': [x]
=== pillar/good.sls
a: 1
=== pillar/bad.sls
b: [1
=== pillar/list.sls
- c
=== pillar/loop.sls
include: [loop2]
l: 1
=== pillar/loop2.sls
include: [loop]
l: 2
m: 2
=== pillar_dev/there.sls
#!yaml
d: 1
",
        json!({}),
        expect![[r#"
            {"a":1,"l":1,"m":2,"d":1}
            sls: good bad list missing loop loop2 there x
            ! certain pillar-render pillar/bad.sls:6 Rendering SLS 'bad' failed, render error:
            ! certain pillar-render pillar/list.sls:0 SLS 'list' does not render to a dictionary: its top level must be `key:` lines
            ! certain sls-missing pillar/top.sls:31 Specified SLS 'missing' in environment 'base' is not available on the salt master: create it, mend t
            ! certain sls-missing pillar/top.sls:84 No matching pillar environment for environment 'qa' found
            ! maybe sls-missing pillar/top.sls:84 Specified SLS 'x' in environment 'qa' was not found: Salt passes over it in silence, name the enviro
        "#]],
    );
}

#[test]
fn opaque_sls_leave_the_pillar_open() {
    check_pillar(
        "=== pillar/top.sls\nbase:\n  '*': [p]\n=== pillar/p.sls\n#!py\ndef run():\n    return build()\n",
        json!({}),
        expect![[r#"
            Map([(Node { kind: Str(`*`), origin: Origin { path: "", range: 0..0, kind: Exact, chain: [], contributors: [], site: None }, when: always, repeated: true }, Node { kind: Unknown("a pillar SLS could not be read completely"), origin: Origin { path: "", range: 0..0, kind: Exact, chain: [], contributors: [], site: None }, when: always, repeated: false })])
            sls: p (partial)
        "#]],
    );
}

const TOP: &str = "=== states/top.sls
base:
  '*': [common]
  'G@os:Debian and web*':
    - web
    - dev: devthing
  'db*': [db]
  'role:web':
    - match: pillar
    - bypillar
  'os:(Debian|Ubuntu)':
    - match: grain_pcre
    - deb
dev:
  'web1': [fromdev]
qa:
  'web1': [fromqa]
=== dev/top.sls
dev:
  'web1': [ignored]
=== pillar/top.sls
base:
  '*': [p]
=== pillar/p.sls
role: web
";

#[test]
fn tops_match_targets() {
    check_top(
        TOP,
        Some(json!({"grains": {"os": "Debian"}})),
        expect![[r#"
        states base: common web bypillar deb
        states dev: devthing fromdev
        states qa: fromqa
        pillar base: p
    "#]],
    );
    check_top(
        TOP,
        Some(json!({"grains": {"os": "Suse"}, "id": "db1", "pillar": {}})),
        expect![[r#"
        states base: common db
        pillar base: p
    "#]],
    );
    check_top(
        TOP,
        Some(json!({"opts": {"saltenv": "dev"}})),
        expect![[r#"
        states dev: ignored
        pillar base: p
    "#]],
    );
    check_top(
        TOP,
        Some(json!({"opts": {"top_file_merging_strategy": "same"}})),
        expect![[r#"
        states base: common bypillar
        states dev: ignored
        pillar base: p
    "#]],
    );
    check_top(
        TOP,
        Some(json!({"opts": {"top_file_merging_strategy": "merge_all"}})),
        expect![[r#"
        states base: common bypillar
        states dev: fromdev ignored
        states qa: fromqa
        pillar base: p
    "#]],
    );
    check_top(
        TOP,
        None,
        expect![[r#"
            states base: common web? db? bypillar? deb?
            states dev: devthing? fromdev?
            states qa: fromqa?
            pillar base: p
        "#]],
    );
}

#[test]
fn malformed_tops_are_reported() {
    check_top(
        "=== states/top.sls\nbase:\n  '*': web\n'': {x: [y]}\n1: {x: [y]}\n2: {}\nqa: []\ndev: x\n",
        Some(json!({})),
        expect![[r#"
            ! certain top-malformed states/top.sls:8 Malformed topfile: state declarations for matcher '*' in saltenv 'base' are not formed as a list (go
            ! certain top-malformed states/top.sls:17 Empty saltenv statement in top file
            ! certain top-malformed states/top.sls:30 Environment 1 in top file is not formed as a string
            ! certain top-malformed states/top.sls:55 Unable to render top file. No targets found. Put targets below the saltenv dev
        "#]],
    );
    check_top(
        "=== states/top.sls\n- a\n",
        Some(json!({})),
        expect![[r#"
            ! certain top-malformed states/top.sls:0 Unable to render top file. No targets found. Top data was not formed as a dict: 'list' object has no
        "#]],
    );
}
