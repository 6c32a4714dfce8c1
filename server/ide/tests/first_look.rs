//! What a person sees who opens a repository for the first time, with no settings and no profile: every
//! finding of the whole tree. Each tree is of a kind that was once taken wrongly.

mod support;

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use support::{path, profile, tree};
use world::Stop;

/// The findings of all files, and of what they are about.
#[track_caller]
fn look(text: &str, profiles: &[std::sync::Arc<world::Profile>], expected: Expect) {
    let tree = tree(text, profiles);
    let mut shown = String::new();
    let files: Vec<_> = tree.analysis.catalog.views[0].files.keys().cloned().collect();
    for file in files {
        for finding in ide::diagnostics(&tree.analysis, &file, &Stop::new()).expect("nobody stops it") {
            // What checks say of names that nobody uses is not about roots, kinds and branches.
            if finding.code == "unused-import" {
                continue;
            }
            let place = finding.place.as_ref().expect("a place");
            let at = tree.place(&place.path, place.range);
            let condition = finding.message.rsplit_once(" (when ").map_or("", |(_, condition)| condition);
            let _ = writeln!(
                shown,
                "{at}: {} {} {}",
                finding.severity.name(),
                finding.code,
                [finding.profiles.join(" "), condition.trim_end_matches(')').to_owned()].concat()
            );
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn reactions_and_packages_beside_states_are_none() {
    look(
        "
        === salt/top.sls
        base:
          '*': [lb]
        === salt/lb/init.sls
        lb:
          test.nop
        === salt/lb/kick.sls
        {% if data['act'] == 'start' %}
        restart_{{ data['id'] }}:
          local.service.restart:
            - tgt: 'role:lb'
        {% endif %}
        === salt/win/repo-ng/foo.sls
        foo:
          '1.2.3':
            full_name: 'Foo 1.2.3'
            installer: 'https://example.org/foo.exe'
        {% for v in ['1.1', '1.0'] %}
          '{{ v }}':
            full_name: 'Foo {{ v }}'
            installer: 'https://example.org/foo-{{ v }}.exe'
        {% endfor %}
        === salt/lb/pillar-example.sls
        lb:
          port: 80
          names:
            a: 1
        ",
        &[],
        expect![[""]],
    );
}

#[test]
fn renderers_of_the_tree_make_files_opaque() {
    look(
        "
        === salt/_renderers/manifest.py
        def render(data, **kwargs): return {}
        === salt/a.sls
        #!jinja | manifest
        kind: Service
        === salt/b.sls
        #!nothing
        kind: Service
        ",
        &[],
        expect![[r#"
            salt/b.sls:1:1 #!nothing: warning unknown-renderer 
        "#]],
    );
}

#[test]
fn templates_of_other_formulas_are_elsewhere() {
    look(
        "
        === .gitignore
        private/
        === salt/top.sls
        base:
          '*': [app, app.other]
        === salt/app/init.sls
        {% from 'vendor/macros.jinja' import thing %}
        app:
          test.nop:
            - name: {{ thing }}
        === salt/app/other.sls
        {% import_yaml 'private/net.yaml' as net %}
        {% from 'app/gone.jinja' import x %}
        other:
          test.nop
        ",
        &[],
        expect![[r#"
            salt/app/init.sls:1:9 'vendor/macros.jinja': hint template-not-found 
            salt/app/other.sls:1:16 'private/net.yaml': hint template-not-found 
            salt/app/other.sls:2:9 'app/gone.jinja': error template-not-found 
        "#]],
    );
}

#[test]
fn a_fault_under_a_condition_is_told_with_it() {
    look(
        "
        === salt/one.sls
        {% if grains['os'] == 'Debian' %}
        a:
          pkg.installed: x
        {% endif %}
        === salt/both.sls
        {% if grains['os'] == 'Debian' %}
        a:
          pkg.installed: x
        {% else %}
        a:
          pkg: []
        {% endif %}
        === salt/exclusive.sls
        {% macro dep() -%}
        {%- if grains['libc'] == 'glibc' -%}
        - pkg: glibc
        {%- elif grains['libc'] == 'musl' -%}
        - pkg: musl
        {%- endif -%}
        {%- endmacro %}
        glibc: pkg.installed
        musl: pkg.installed
        app:
          pkg.installed:
            - require:
              - pkg: glibc
              {{ dep() }}
        ",
        &[],
        expect![[r#"
            salt/both.sls:3:18 x: error state-not-a-list 
            salt/both.sls:6:3 pkg: error no-function 
            salt/one.sls:3:18 x: warning state-not-a-list grains['os'] is 'Debian'
        "#]],
    );
}

#[test]
fn profiles_add_and_never_take_away() {
    look(
        "
        === salt/top.sls
        base:
          '*': [a]
        === salt/a.sls
        a:
          test.nop:
            - name: {{ grains['osx'] }}
        === salt/b.sls
        b:
          pkg: []
        ",
        &[profile("m", r#"{"id": "m", "os": "Debian"}"#, Some("{}"))],
        expect![[r#"
            salt/a.sls:3:16 grains['osx']: error jinja-undefined m
            salt/b.sls:2:3 pkg: error no-function 
        "#]],
    );
    let _ = path("a");
}
