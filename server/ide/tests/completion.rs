//! Completion at cursors of half-written files.

mod support;

use std::sync::Arc;

use ide::Completion;
use support::{Tree, profile, tree, webshop};
use world::{Profile, Stop};

/// What the cases stand in: `states/here/init.sls` is each case's own.
const OTHERS: &str = "
=== states/top.sls
base:
  '*': [here, base.time]
  'db*': [postgres]
=== states/nginx/init.sls
# Web servers.
nginx_pkg:
  pkg.installed:
    - name: nginx
nginx_conf:
  file.managed:
    - name: /etc/nginx/nginx.conf
    - source: salt://nginx/files/nginx.conf
nginx:
  service.running: []
=== states/nginx/files/nginx.conf
worker_processes 1;
=== states/base/time.sls
ntp:
  pkg.installed: []
=== states/postgres.sls
postgres_pkg:
  pkg.installed: []
=== states/here/other.sls
other: test.nop
=== states/here/map.jinja
{% set defaults = {'port': 80, 'tls': {'enabled': true}} %}
{% set app = salt['pillar.get']('app', defaults, merge=True) %}
{% macro vhost(name, port=80) %}{% endmacro %}
=== states/lib/data.yaml
alpha: 1
beta: {gamma: 2}
=== pillar/top.sls
base:
  '*': [app]
=== pillar/app.sls
app:
  user: www
  db:
    host: db1
    name: shop
users:
  ann: {uid: 1}
";

fn profiles() -> Vec<Arc<Profile>> {
    vec![profile("web1", r#"{"id": "web1", "os": "Debian", "ip": {"eth0": ["10.0.0.1"]}}"#, None)]
}

fn asked(file: &str, text: &str) -> (Tree, Vec<Completion>) {
    let others = OTHERS.trim_start().split("=== ").filter(|part| !part.is_empty() && !part.starts_with(file));
    let others: String = others.map(|part| format!("=== {part}")).collect();
    let tree = tree(&format!("{others}=== {file}\n{text}\n"), &profiles());
    let found = ide::completion(&tree.analysis, &tree.cursor(), &Stop::new()).expect("nobody stops it");
    (tree, found.items)
}

#[track_caller]
fn compare(found: &[Completion], expected: &str, what: &str) {
    let labels: Vec<&str> = found.iter().map(|item| item.label.as_str()).collect();
    if let Some(some) = expected.strip_prefix("… ") {
        for label in some.split(", ") {
            match label.strip_prefix("no ") {
                Some(label) => assert!(!labels.contains(&label), "{what}\nhas {label}: {labels:?}"),
                None => assert!(labels.contains(&label), "{what}\nlacks {label}: {labels:?}"),
            }
        }
        return;
    }
    let wanted: Vec<&str> = expected.split(", ").filter(|label| !label.is_empty()).collect();
    let shown = &labels[..labels.len().min(wanted.len().max(1))];
    assert_eq!(shown, wanted, "{what}\nall: {labels:?}");
}

/// The first labels at the cursor of `states/here/init.sls`; after `…` labels that must be among all
/// (`no x`: must not); empty: there is nothing at all.
#[track_caller]
fn check(text: &str, expected: &str) {
    compare(&asked("states/here/init.sls", text).1, expected, text);
}

#[track_caller]
fn check_in(file: &str, text: &str, expected: &str) {
    compare(&asked(file, text).1, expected, text);
}

/// The file after taking the completion called `label`.
#[track_caller]
fn check_edit(text: &str, label: &str, expected: &str) {
    let (tree, found) = asked("states/here/init.sls", text);
    let Some(item) = found.iter().find(|item| item.label == label) else {
        panic!("no {label} in {:?}", found.iter().map(|item| &item.label).collect::<Vec<_>>())
    };
    let mut after = tree.fixture.text("base", "states/here/init.sls").to_owned();
    after.replace_range(item.edit.range.start as usize..item.edit.range.end as usize, &item.edit.new_text);
    assert_eq!(after.trim_end(), expected);
}

#[test]
fn requisites_offer_what_is_in_reach_first() {
    check("include: [nginx]\na:\n  test.nop:\n    - require:\n      - pkg: $0", "nginx, nginx_pkg, ntp, postgres_pkg");
    check("include: [nginx]\na:\n  test.nop:\n    - require:\n      - file: $0", "nginx_conf, /etc/nginx/nginx.conf");
    check("a:\n  test.nop:\n    - require:\n      - pkg: n$0", "ntp");
    check("include: [nginx]\na:\n  test.nop:\n    - watch: [{pkg: $0", "nginx");
    check(
        "include: [nginx]\na:\n  test.nop:\n    - require:\n      - $0",
        "… pkg, file, service, sls, id, pkg: nginx_pkg",
    );
    check("a:\n  test.nop:\n    - require:\n      - sls: $0", "here.other, base.time");
    check("a:\n  test.nop:\n    - require:\n      - id: $0", "… ntp, a");
    check("a:\n  test.nop:\n    - onchanges_in:\n      - service: ngi$0", "nginx");
    check("extend:\n  $0", "… ntp, nginx_pkg");
    check("extend:\n  nginx:\n    service.running:\n      - watch:\n        - pkg: $0", "… nginx_pkg");
    check("exclude:\n  - id: $0", "… ntp");
    check("exclude:\n  - $0", "id, sls, ntp");
}

#[test]
fn includes_offer_names_of_sls() {
    check("include:\n  - $0", "here.other, base.time, nginx");
    check("include:\n  - .$0", ".other");
    check("include:\n  - ngi$0\na: test.nop", "… nginx");
    check("include: [nginx, $0]", "… postgres, no nginx");
    check_in("states/here/deep.sls", "include:\n  - .$0", ".other");
    check_in("pillar/x.sls", "include:\n  - $0", "app");
}

#[test]
fn state_functions_come_with_arguments() {
    check("a:\n  $0", "… pkg.installed, file.managed");
    check("a:\n  pkg.$0", "… pkg.installed, no file.managed");
    check("a: pkg.$0", "… pkg.installed");
    check("a:\n  pkg.installed:\n    - $0", "… name, require, onlyif, watch_in");
    check("a:\n  pkg.installed:\n    - name: x\n    - $0\n    - require: []", "… onlyif, no name, no require");
    check("$0", "exclude, extend, include");
    check("include: [x]\n$0", "exclude, extend");
}

#[test]
fn edits_replace_just_the_word() {
    let require = "a:\n  test.nop:\n    - require:\n      - pkg: ";
    check_edit(&format!("{require}n$0tx"), "ntp", &format!("{require}ntp"));
    check_edit(&format!("{require}'n$0'"), "ntp", &format!("{require}'ntp'"));
    check_edit("include:\n  - here.ot$0 # why", "here.other", "include:\n  - here.other # why");
    check_edit("a:\n  pkg.inst$0:\n    - name: x", "pkg.installed", "a:\n  pkg.installed:\n    - name: x");
    check_edit("a:\n  pkg.$0", "pkg.installed", "a:\n  pkg.installed:");
    check_edit("a: {{ salt['pillar.get']('app:db:$0') }}", "app:db:host", "a: {{ salt['pillar.get']('app:db:host') }}");
    check_edit("a: {{ pillar['a$0pp'] }}", "app", "a: {{ pillar['app'] }}");
    check_edit("a: {{ pillar.app.d$0x }}", "db", "a: {{ pillar.app.db }}");
    check_edit("a:\n  test.nop:\n    - req$0", "require", "a:\n  test.nop:\n    - require:");
}

#[test]
fn pillar_keys_are_offered_wherever_they_are_read() {
    check("a: {{ salt['pillar.get']('$0", "app, users, app:db, app:user");
    check("a: {{ salt['pillar.get']('app:$0') }}", "app:db, app:user, app:db:host, app:db:name");
    check("a: {{ salt.pillar.get('$0') }}", "app, users");
    check("a: {{ pillar['$0'] }}", "app, users");
    check("a: {{ pillar['app']['$0", "db, user");
    check("a: {{ pillar.app.db.$0 }}", "host, name");
    check("a: {{ pillar.get('$0", "app, users");
    check("{% set app = pillar.get('app', {}) %}\na: {{ app.$0 }}", "db, user");
    check("{% set app = salt['pillar.get']('app') %}{% set db = app.db %}\na: {{ db.$0", "host, name");
    check("{% for name, user in pillar.get('users', {}).items() %}\n{{ user.$0 }}\n{% endfor %}", "uid");
    check("{% from 'here/map.jinja' import app with context %}\na: {{ app.$0", "db, port, tls, user");
    check("{% from 'here/map.jinja' import app with context %}\na: {{ app.tls.$0", "enabled");
    check("{% import 'here/map.jinja' as map %}\na: {{ map.app.db.$0", "host, name");
    check_in("pillar/x.sls", "app:\n  $0", "db, user");
}

#[test]
fn jinja_offers_its_words() {
    check("{% $0", "… if, for, set, from, import_yaml, load_yaml, do");
    check("{% en$0 %}", "… endif, endfor");
    check("{% set a = 1 %}{{ $0 }}", "a, salt");
    check("{% for x in [1] %}{{ $0 }}{% endfor %}", "x, loop");
    check("{% for x in [1] %}{% endfor %}{{ $0 }}", "… grains, salt, no x");
    check("{% macro m(one, two=2) %}{{ $0 }}{% endmacro %}", "one, two, m");
    check("{% macro m(one, two=2) %}{% endmacro %}{{ m($0) }}", "one, two, m");
    check("{% for x in [1] %}{{ loop.$0 }}{% endfor %}", "… index, last");
    check("{% from 'here/map.jinja' import $0 %}", "app, defaults, vhost");
    check("{% from 'here/map.jinja' import app, $0 %}", "defaults, vhost");
    check("{% from '$0' import x %}", "here/map.jinja");
    check("{% import_yaml '$0", "… lib/data.yaml");
    check("{% import_yaml 'lib/data.yaml' as data %}{{ data.$0 }}", "alpha, beta");
    check("{% import_yaml 'lib/data.yaml' as data %}{{ data.beta['$0'] }}", "gamma");
    check("{% set $0 %}", "");
    check("{% from 'here/map.jinja' $0 %}", "import");
    check("{{ grains.$0 }}", "… id, os, ip");
    check("{{ grains['$0'] }}", "… id, os");
    check("{{ grains.ip.$0 }}", "eth0");
    check("{{ salt['grains.get']('$0", "… os");
    check("{{ a $0 }}", "… if, is, in");
}

#[test]
fn values_are_what_the_evaluator_sees() {
    check("{% load_yaml as cfg %}\nport: 80\nhost: x\n{% endload %}\na: {{ cfg.$0 }}", "host, port");
    check("{% macro m(site) %}{{ site.$0 }}{% endmacro %}{{ m({'root': '/', 'user': 'x'}) }}", "root, user");
    check("{% set ns = namespace(found={'k': 1}) %}{{ ns.found.$0 }}", "k");
    check("{% macro m() %}{{ caller({'q': 1}) }}{% endmacro %}{% call(o) m() %}{{ o.$0 }}{% endcall %}", "q");
    check("{% for k, v in {'a': {'b': 1}}|dictsort %}{{ v.$0 }}{% endfor %}", "b");
    check("{% for one in [{'x': 1}, {'y': 2}] %}{{ one.$0", "x, y");
    check("{% for n, u in pillar.get('users', {}).items() %}{{ u['$0'] }}{% endfor %}", "uid");
    check("{% if False %}{% set d = {'z': 1} %}{{ d.$0 }}{% endif %}", "z");
    check("{% set d = {'a': {'b': 1}} %}\n{% if d.a.$0\nx: {{ d }}", "b");
    check("{% set d = {} %}{% do d.update({'late': 1}) %}{{ d.$0 }}", "late");
    check("{% from tpldir ~ '/$0' import app %}", "/map.jinja");
    check("{% if grains.os_family == 'De$0' %}", "Debian");
    check("{% from 'here/map.jinja' import vhost %}{{ vhost($0) }}", "name, port");
    check("{{ salt['cmd.run']('x', $0) }}", "… cwd, runas, timeout");
}

#[test]
fn values_are_those_that_others_give() {
    let one = |id: &str, more: &str| format!("{id}:\n  user.present:\n    - shell: /bin/zsh\n    - {more}\n");
    let others = format!("{}{}", one("a", "createhome: true"), one("b", "gid: 7"));
    check(&format!("{others}c:\n  user.present:\n    - shell: $0"), "/bin/zsh");
    check(&format!("{others}c:\n  user.present:\n    - createhome: $0"), "true, false");
    // once is chance
    check(&format!("{others}c:\n  user.present:\n    - gid: $0"), "");
    check(
        "a:\n  user.present:\n    - password: hunter2\nb:\n  user.present:\n    - password: hunter2\nc:\n  user.present:\n    - password: $0",
        "",
    );
}

#[test]
fn renderers_stand_behind_the_shebang() {
    check("#!$0\na: test.nop", "jinja|yaml, yaml");
    check("#!jinja|yaml|g$0\na: test.nop", "jinja|yaml|gpg");
    check("# a comment $0", "");
}

#[test]
fn the_open_block_is_closed_first() {
    check("{% if x %}\n{% $0", "endif, else, elif, if, set");
    check("{% for x in y %}\n{% if x %}{% endif %}{% $0 %}", "endfor, else, if");
    check("{% if x %}{% $0 %}{% endif %}", "… else, endif");
    check("{% if x %}{{ y.| }}{% endif %}{% $0 %}", "if, set, for");
}

#[test]
fn what_is_typed_is_not_offered_itself() {
    check("a:\n  pkg.$0\n    - name: x", "… pkg.installed, no pkg., no pkg. - name");
    check("a:\n  pkg.inst$0\n    - name: x", "… pkg.installed, no pkg.inst");
    check("a: {{ salt['pillar.get']('app:nop$0') }}", "… no app:nop");
    check("a: {{ grains.nop$0 }}", "… no nop");
}

#[test]
fn managed_templates_have_their_context() {
    let state = "a:\n  file.managed:\n    - source: salt://nginx/files/nginx.conf\n    - template: jinja\n    - context:\n        vhost: {root: /srv}\n    - defaults: {port: 80}\n=== states/nginx/files/nginx.conf\n";
    let check = |text: &str, expected: &str| {
        let others = OTHERS.trim_start().replace("=== states/nginx/files/nginx.conf\nworker_processes 1;\n", "");
        let tree = tree(&format!("{others}=== states/here/init.sls\n{state}{text}\n"), &profiles());
        let found = ide::completion(&tree.analysis, &tree.cursor(), &Stop::new()).expect("nobody stops it");
        compare(&found.items, expected, text);
    };
    check("listen {{ $0 }};", "… vhost, port");
    check("root {{ vhost.$0 }};", "root");
}

#[test]
fn urls_lead_to_files() {
    let managed = "a:\n  file.managed:\n    - source: ";
    check(&format!("{managed}$0"), "… salt://nginx/files/nginx.conf, salt://here/map.jinja");
    check(&format!("{managed}salt://nginx/$0"), "… salt://nginx/files/nginx.conf");
    check(&format!("{managed}salt://nginx/$0"), "… no salt://here/map.jinja");
}

#[test]
fn top_files_offer_targets_and_sls() {
    check_in("states/top.sls", "base:\n  $0", "*, web1");
    check_in("states/top.sls", "base:\n  '*':\n    - $0", "… nginx, here.other, match");
    check_in("states/top.sls", "base:\n  'os:Debian':\n    - match: $0", "… grain, compound, pillar");
    check_in("pillar/top.sls", "base:\n  '*':\n    - $0", "app, ignore_missing, match");
}

#[test]
fn nothing_is_offered_in_comments_and_texts() {
    for text in [
        "# $0",
        "a: test.nop # $0",
        "{# $0 #}",
        "a:\n  file.managed:\n    - contents: |\n        $0",
        "{% raw %}{{ $0 }}{% endraw %}",
    ] {
        check(text, "");
    }
}

#[test]
fn the_sample_repository_is_completed() {
    #[track_caller]
    fn check(file: &str, text: &str, expected: &str) {
        let tree = webshop(Some((file, text)));
        let found = ide::completion(&tree.analysis, &tree.cursor(), &Stop::new()).expect("nobody stops it");
        compare(&found.items, expected, text);
    }
    let import = "{% from 'webshop/map.jinja' import webshop with context %}\n";
    check("states/webshop/new.sls", &format!("{import}a: {{{{ webshop.$0 }}}}"), "… cache, db, home, user, version");
    check("states/webshop/new.sls", &format!("{import}a: {{{{ webshop.db.$0 }}}}"), "… host, name, port");
    let nginx = "{% from 'nginx/map.jinja' import nginx with context %}\n";
    check("states/nginx/new.sls", &format!("{nginx}a: {{{{ nginx.$0 }}}}"), "… conf_dir, user, vhost_dir, vhosts");
    let require = "include: [webshop.source]\na:\n  cmd.run:\n    - require:\n      - webshop_release: $0";
    check("states/webshop/new.sls", require, "webshop_release");
    check("states/webshop/new.sls", "include:\n  - .$0", ".source, .config, .user");
    check("states/webshop/new.sls", "a:\n  webshop_release.$0", "webshop_release.deployed, webshop_release.absent");
    check("states/webshop/new.sls", "a:\n  webshop_release.deployed:\n    - $0", "version, name");
    check("states/webshop/new.sls", "a:\n  webshop_release:\n    - deployed\n    - $0", "version, name");
    check("states/webshop/new.sls", "a:\n  file.managed:\n    - $0", "… source, mode, template, contents, makedirs");
    check("states/webshop/new.sls", "a:\n  file.managed:\n    - makedirs: $0", "true, false");
    check("states/webshop/new.sls", "a: {{ x | $0 }}", "… default, yaml_dquote, json");
    check("states/webshop/new.sls", "{% if x is $0 %}", "… not, defined, mapping");
    check("states/webshop/new.sls", "a: {{ salt['webshop.$0'] }}", "… no pillar.get");
    check("states/webshop/new.sls", "a: {{ salt['pillar.g$0'] }}", "… pillar.get, no file.file_exists");
    check("states/webshop/new.sls", "a: {{ salt['$0", "… pillar.get, grains.filter_by, file.file_exists");
    check("states/webshop/new.sls", "a: {{ salt.pillar.$0 }}", "… get, items, no managed");
    check("states/webshop/new.sls", "a: {{ salt.$0 }}", "… pillar, file, grains, webshop");
}
