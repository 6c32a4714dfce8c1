//! What evaluation writes down of what was read.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::run;

fn check(files: &[(&str, &str)], known: Option<(&str, &str)>, expected: &Expect) {
    let evaluated = run(files, known);
    let mut text = String::new();
    for one in &evaluated.uses {
        let source = files.iter().find(|(path, _)| one.origin.path.as_str().ends_with(path)).unwrap().1;
        let _ = write!(text, "{:?} {} `{}`", one.kind, one.name, one.origin.range.slice(source));
        if one.has_default {
            text.push_str(" with default");
        }
        if !one.when.is_always() {
            let _ = write!(text, " when {:?}", one.when);
        }
        if let Some(target) = &one.target {
            let _ = write!(text, " -> {target}");
        }
        text.push('\n');
    }
    expected.assert_eq(&text);
}

const READS: &str = "{% set nginx = salt['pillar.get']('nginx', {}) %}
{{ nginx.port }} {{ pillar['a']['b'] }} {{ pillar.get('c', 1) }} {{ salt.pillar.get('d:e') }}
{% if grains.os == 'Debian' %}{{ grains['osrelease'] | default('x') }}{% endif %}
{% if pillar.f is defined %}{{ pillar.f }}{% endif %}{% if 'g' in pillar %}{{ opts.id }}{% endif %}
{% for name, user in pillar.get('users', {}).items() %}{{ user.shell }}{% endfor %}
{{ pillar['x' ~ pillar.y ~ 'z'] }} {{ salt['cmd.run']('true') }}
";

#[test]
fn reads_have_their_key_paths_without_a_profile() {
    check(
        &[("a.sls", READS)],
        None,
        &expect![[r#"
            Function pillar.get `salt['pillar.get']`
            Pillar nginx `'nginx'` with default
            Pillar nginx:port `nginx.port` when pillar['nginx'] is set
            Pillar a `pillar['a']`
            Pillar a:b `pillar['a']['b']`
            Pillar c `'c'` with default
            Function pillar.get `salt.pillar.get`
            Pillar d:e `'d:e'`
            Grain os `grains.os`
            Grain osrelease `grains['osrelease']` with default when grains['os'] == 'Debian'
            Pillar f `pillar.f` with default
            Pillar f `pillar.f` when pillar['f'] is set
            Pillar g `'g'` with default
            Opts id `opts.id` when pillar['g'] is set
            Pillar users `'users'` with default
            Pillar users:*:shell `user.shell` when pillar['users'] and pillar['users'] is set
            Pillar y `pillar.y`
            Pillar x*z `pillar['x' ~ pillar.y ~ 'z']`
            Function cmd.run `salt['cmd.run']`
        "#]],
    );
}

#[test]
fn reads_have_the_same_key_paths_with_one() {
    let pillar = r#"{"nginx": {"port": 80}, "a": {"b": 1}, "users": {"ann": {"shell": "sh"}}, "y": "y", "xyz": 1}"#;
    check(
        &[("a.sls", READS)],
        Some((r#"{"os": "Debian"}"#, pillar)),
        &expect![[r#"
            Function pillar.get `salt['pillar.get']`
            Pillar nginx `'nginx'` with default
            Pillar nginx:port `nginx.port`
            Pillar a `pillar['a']`
            Pillar a:b `pillar['a']['b']`
            Pillar c `'c'` with default
            Function pillar.get `salt.pillar.get`
            Pillar d:e `'d:e'`
            Grain os `grains.os`
            Grain osrelease `grains['osrelease']` with default
            Pillar f `pillar.f` with default
            Pillar g `'g'` with default
            Pillar users `'users'` with default
            Pillar users:ann:shell `user.shell`
            Pillar y `pillar.y`
            Pillar xyz `pillar['x' ~ pillar.y ~ 'z']`
            Function cmd.run `salt['cmd.run']`
        "#]],
    );
}

#[test]
fn templates_and_their_members() {
    check(
        &[
            (
                "web/init.sls",
                "{% from 'web/map.jinja' import web, show as s %}{% import './lib.jinja' as lib %}{{ lib.x }}{% include 'nope.jinja' ignore missing %}{% import grains.os ~ '.jinja' as o %}",
            ),
            ("web/map.jinja", "{% set web = {} %}{% macro show() %}{% endmacro %}"),
            ("web/lib.jinja", "{% set x = 1 %}"),
        ],
        None,
        &expect![[r#"
            Template web/map.jinja `'web/map.jinja'` -> states/web/map.jinja
            Member web `web` -> states/web/map.jinja
            Member show `show` -> states/web/map.jinja
            Template web/lib.jinja `'./lib.jinja'` -> states/web/lib.jinja
            Member x `lib.x` -> states/web/lib.jinja
            Template nope.jinja `'nope.jinja'`
            Grain os `grains.os`
            Template *.jinja `grains.os ~ '.jinja'`
        "#]],
    );
}
