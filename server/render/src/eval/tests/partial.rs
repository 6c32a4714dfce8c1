//! Partial knowledge: joint texts with conditions.

use expect_test::{Expect, expect};

use super::{run, shown};

fn check(template: &str, expected: &Expect) {
    expected.assert_eq(&shown(&run(&[("a.sls", template)], None)));
}

fn check_files(files: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&shown(&run(files, None)));
}

#[test]
fn an_unknown_value_is_a_hole() {
    check(
        "a: {{ pillar['x'] }}\n",
        &expect![[r#"
        "a: "
        ◌ pillar 'x' is not known
        "\n"
    "#]],
    );
}

#[test]
fn a_default_is_one_of_two() {
    check(
        "port: {{ salt['pillar.get']('nginx:port', 80) }}\n",
        &expect![[r#"
        "port: "
        one of: "80" if not pillar['nginx:port'] is set; ? if pillar['nginx:port'] is set
        "\n"
    "#]],
    );
    check(
        "{% set nginx = pillar.get('nginx', {'port': 80}) %}{{ nginx.port }} {{ nginx.user }}\n",
        &expect![[r#"
            one of: "80" if not pillar['nginx'] is set; ? if pillar['nginx'] is set
            " "
            ◌ pillar 'nginx:user' is not known
            "\n"
            maybe: Jinja variable 'dict object' has no attribute 'user' at 71..81
        "#]],
    );
}

#[test]
fn arms_of_an_unknown_test_are_all_printed() {
    check(
        "{% if grains.os == 'Debian' %}\na: 1\n{% elif grains.os == 'RedHat' %}\nb: 2\n{% else %}\nc: 3\n{% endif %}\nd: 4\n",
        &expect![[r#"
            "\na: 1\n"  when grains['os'] == 'Debian'
            "\nb: 2\n"  when grains['os'] == 'RedHat' and not grains['os'] == 'Debian'
            "\nc: 3\n"  when not grains['os'] == 'RedHat' and not grains['os'] == 'Debian'
            "\nd: 4\n"
        "#]],
    );
}

#[test]
fn an_inline_if_is_one_piece() {
    check(
        "- {% if pillar.x %}file{% else %}ini{% endif %}: x\n",
        &expect![[r#"
        "- "
        one of: "file" if pillar['x']; "ini" if not pillar['x']
        ": x\n"
    "#]],
    );
}

#[test]
fn variables_join_after_an_unknown_test() {
    check(
        "{% if grains.os == 'Debian' %}{% set p = 'apache2' %}{% else %}{% set p = 'httpd' %}{% endif %}{{ p }}:\n",
        &expect![[r#"
            one of: "apache2" if grains['os'] == 'Debian'; "httpd" if not grains['os'] == 'Debian'
            ":\n"
        "#]],
    );
    check(
        "{% set p = 'x' %}{% if pillar.a %}{% set p = 'y' %}{% endif %}{% if pillar.a %}{{ p }}\n{% endif %}",
        &expect![[r#"
            "y"  when pillar['a']
            "\n"  when pillar['a']
        "#]],
    );
}

#[test]
fn a_flag_set_by_a_test_is_that_test() {
    check(
        "{% set deb = grains.os_family == 'Debian' %}{% if deb %}\na\n{% endif %}{% if grains['os_family'] == 'Debian' %}\nb\n{% endif %}{% if not deb %}\nc\n{% endif %}",
        &expect![[r#"
            "\na\n"  when grains['os_family'] == 'Debian'
            "\nb\n"  when grains['os_family'] == 'Debian'
            "\nc\n"  when not grains['os_family'] == 'Debian'
        "#]],
    );
}

#[test]
fn a_test_under_itself_is_decided() {
    check(
        "{% if pillar.a %}\n{% if pillar.a %}\nyes\n{% else %}\nnever\n{% endif %}\n{% endif %}",
        &expect![[r#"
        "\n"  when pillar['a']
        "\nyes\n"  when pillar['a']
        "\n"  when pillar['a']
    "#]],
    );
    check(
        "{% if grains.os == 'A' %}\n{% if grains.os == 'B' %}\nnever\n{% endif %}\n{% endif %}",
        &expect![[r#"
        "\n"  when grains['os'] == 'A'
        "\n"  when grains['os'] == 'A'
    "#]],
    );
}

#[test]
fn mutation_under_an_unknown_test_is_conditional() {
    check(
        "{% set l = ['a'] %}{% if pillar.x %}{% do l.append('b') %}{% endif %}{% for i in l %}\n- {{ i }}\n{%- endfor %}\n",
        &expect![[r#"
            "\n- "
            "a"
            "\n- "  when pillar['x']
            "b"  when pillar['x']
            "\n"
        "#]],
    );
    check(
        "{% set d = {'a': 1} %}{% if pillar.x %}{% do d.update({'a': 2, 'b': 3}) %}{% endif %}{{ d.a }} {{ d.get('b', 0) }}\n{% for k, v in d.items() %}\n{{ k }}: {{ v }}\n{%- endfor %}\n",
        &expect![[r#"
            one of: "2" if pillar['x']; "1" if not pillar['x']
            " "
            one of: "3" if pillar['x']; "0" if not pillar['x']
            "\n"
            "\n"
            "a"
            ": "
            one of: "2" if pillar['x']; "1" if not pillar['x']
            "\n"  when pillar['x']
            "b"  when pillar['x']
            ": "  when pillar['x']
            ="3"  when pillar['x']
            "\n"
        "#]],
    );
}

#[test]
fn an_unknown_loop_runs_its_body_once() {
    check(
        "{% for name, user in pillar.get('users', {}).items() %}\n{{ name }}:\n  user.present:\n    - uid: {{ user.uid }}\n{% endfor %}\n",
        &expect![[r#"
            "\n"  when pillar['users'] and pillar['users'] is set  repeated
            ◌ a key of pillar['users:*']  when pillar['users'] and pillar['users'] is set  repeated
            ":\n  user.present:\n    - uid: "  when pillar['users'] and pillar['users'] is set  repeated
            ◌ pillar 'users:*:uid' is not known  when pillar['users'] and pillar['users'] is set  repeated
            "\n"  when pillar['users'] and pillar['users'] is set  repeated
            "\n"
        "#]],
    );
    check(
        "{% set l = [] %}{% for x in pillar.xs %}{% do l.append(x) %}{% endfor %}{% for y in l %}\n- {{ y }}\n{%- endfor %}\n",
        &expect![[r#"
            "\n- "  when pillar['xs']  repeated
            ◌ pillar 'xs:*' is not known  when pillar['xs']  repeated
            "\n"
        "#]],
    );
    check(
        "{% set ns = namespace(n=0, found=false) %}{% for x in pillar.xs %}{% set ns.n = ns.n + 1 %}{% set ns.found = true %}{% endfor %}{{ ns.n }} {{ ns.found }}\n",
        &expect![[r#"
            one of: "0" if not pillar['xs']; ? if pillar['xs']
            " "
            one of: "True" if pillar['xs']; "False" if not pillar['xs']
            "\n"
        "#]],
    );
}

#[test]
fn texts_keep_their_known_parts() {
    check(
        "{% set x = '/etc/' ~ pillar.name ~ '.conf' %}{{ x }}: {{ '%s-%s' % (grains.os, 'x') }}\n",
        &expect![[r#"
        "/etc/"
        ◌ pillar 'name' is not known
        ".conf"
        ": "
        ◌ grain 'os' is not known
        "-"
        "x"
        "\n"
    "#]],
    );
    check(
        "{% macro m(n) %}\n- {{ n }}\n{% endmacro %}a:\n{{ m(pillar.x) | indent(2) }}\n",
        &expect![[r#"
        "a:\n"
        "\n"
        ="  "
        "- "
        ◌ pillar 'x' is not known
        "\n"
        "\n"
    "#]],
    );
}

#[test]
fn errors_stay_in_their_branch() {
    check(
        "{% if pillar.x %}\n{{ nope }}\n{% endif %}\nok\n",
        &expect![[r#"
        "\n"  when pillar['x']
        ◌ it could not be computed  when pillar['x']
        "\n"  when pillar['x']
        "\nok\n"
        maybe: Jinja variable 'nope' is undefined at 21..25
    "#]],
    );
    check(
        "a: {{ nope.x }}\nb: 1\n",
        &expect![[r#"
        "a: "
        ◌ it could not be computed
        "\nb: 1\n"
        error: Jinja variable 'nope' is undefined at 6..10
    "#]],
    );
}

#[test]
fn filter_by_is_one_of_its_entries() {
    check(
        "{% set m = salt['grains.filter_by']({'Debian': {'pkg': 'apache2'}, 'RedHat': {'pkg': 'httpd'}}, merge=salt['pillar.get']('apache:lookup')) %}{{ m.pkg }}\n",
        &expect![[r#"
            one of: "apache2" if grains['os_family'] == 'Debian' and not pillar['apache:lookup:pkg'] is set; "httpd" if not pillar['apache:lookup:pkg'] is set and grains['os_family'] == 'RedHat'; ? if grains['os_family'] == 'Debian' and pillar['apache:lookup:pkg'] is set; ? if pillar['apache:lookup:pkg'] is set and grains['os_family'] == 'RedHat'; ? if not grains['os_family'] == 'Debian' and not grains['os_family'] == 'RedHat'
            "\n"
        "#]],
    );
}

#[test]
fn filter_by_compares_texts() {
    check(
        "{% set m = salt['grains.filter_by']({2: {'pkg': 'python-pip'}, true: {'pkg': 'python3-pip'}}, grain='pythonversion') %}{{ m.pkg }}\n",
        &expect![[r#"
            one of: "python-pip" if grains['pythonversion'] == '2'; "python3-pip" if grains['pythonversion'] == 'True'
            "\n"
            maybe: Jinja variable 'None' has no attribute 'pkg' at 122..127
        "#]],
    );
}

#[test]
fn tests_on_lists_of_constants() {
    check(
        "{% if grains.os in ['A', 'B'] %}\nx\n{% endif %}{% if grains.os == 'A' and pillar.y %}\ny\n{% else %}\nz\n{% endif %}",
        &expect![[r#"
            "\nx\n"  when grains['os'] in ['A', 'B']
            "\ny\n"  when pillar['y'] and grains.os == 'A' and pillar.y and grains['os'] == 'A'
            "\nz\n"  when not grains.os == 'A' and pillar.y
        "#]],
    );
    check(
        "{{ pillar.x or 'd' }} {{ pillar.y | default('e') }} {{ 'f' if pillar.z is defined else 'g' }}\n",
        &expect![[r#"
            one of: "d" if not pillar['x']; ? if pillar['x']
            " "
            one of: "e" if not pillar['y'] is set; ? if pillar['y'] is set
            " "
            one of: "f" if pillar['z'] is set; "g" if not pillar['z'] is set
            "\n"
        "#]],
    );
}

#[test]
fn recursion_over_unknown_data_ends() {
    check(
        "{% macro tree(d) %}{% for k, v in d.items() %}\n{{ k }}{% if v is mapping %}{{ tree(v) }}{% endif %}{% endfor %}{% endmacro %}{{ tree(pillar.x) }}\n",
        &expect![[r#"
            "\n"  when pillar['x']  repeated
            ◌ a key of pillar['x:*']  when pillar['x']  repeated
            "\n"  when pillar['x'] and pillar['x:*'] is mapping and pillar['x:*']  repeated
            ◌ a key of pillar['x:*:*']  when pillar['x'] and pillar['x:*'] is mapping and pillar['x:*']  repeated
            "\n"  when pillar['x:*:*'] and pillar['x'] and pillar['x:*'] is mapping and pillar['x:*:*'] is mapping and pillar['x:*']  repeated
            ◌ a key of pillar['x:*:*:*']  when pillar['x:*:*'] and pillar['x'] and pillar['x:*'] is mapping and pillar['x:*:*'] is mapping and pillar['x:*']  repeated
            ◌ a recursion over what is not known  when pillar['x:*:*'] and pillar['x'] and pillar['x:*'] is mapping and pillar['x:*:*'] is mapping and pillar['x:*']  repeated
            "\n"
        "#]],
    );
}

#[test]
fn loaded_yaml_keeps_what_is_known() {
    check(
        "{% load_yaml as d %}\na: {{ pillar.x }}\nb: lit\n{% if pillar.y %}\nc: 1\n{% endif %}\n{% endload %}{{ d.a }} {{ d.b }} {{ d.c }}\n",
        &expect![[r#"
            ◌ pillar 'x' is not known
            " "
            "lit"
            " "
            ="1"
            "\n"
            maybe: Jinja variable 'dict object' has no attribute 'c' at 117..120
        "#]],
    );
}

#[test]
fn break_under_an_unknown_test() {
    check(
        "{% for i in [1, 2] %}{% if pillar.stop %}{% break %}{% endif %}\n- {{ i }}\n{%- endfor %}\n",
        &expect![[r#"
            "\n- "  when not pillar['stop']
            ="1"  when not pillar['stop']
            "\n- "  when not pillar['stop']
            ="2"  when not pillar['stop']
            "\n"
        "#]],
    );
}

#[test]
fn maps_of_formulas() {
    check_files(
        &[
            (
                "web/init.sls",
                "{% from 'web/map.jinja' import web with context %}\nweb:\n  pkg.installed:\n    - name: {{ web.pkg }}\n    - port: {{ web.port }}\n",
            ),
            (
                "web/map.jinja",
                "{% import_yaml 'web/defaults.yaml' as defaults %}\n{% set os = salt['grains.filter_by']({'Debian': {'pkg': 'apache2'}, 'RedHat': {'pkg': 'httpd'}}, grain='os_family') %}\n{% do defaults.web.update(os) %}\n{% set web = salt['pillar.get']('web', default=defaults.web, merge=True) %}\n",
            ),
            ("web/defaults.yaml", "web:\n  pkg: none\n  port: 80\n"),
        ],
        &expect![[r#"
            "\nweb:\n  pkg.installed:\n    - name: "
            one of: "apache2" if grains['os_family'] == 'Debian' and not pillar['web:pkg'] is set; "httpd" if not pillar['web:pkg'] is set and grains['os_family'] == 'RedHat'; "none" if not grains['os_family'] == 'Debian' and not pillar['web:pkg'] is set and not grains['os_family'] == 'RedHat'; ? if pillar['web:pkg'] is set
            "\n    - port: "
            one of: "80" if not pillar['web:port'] is set; ? if pillar['web:port'] is set
            "\n"
            maybe: Jinja error: 'NoneType' object is not iterable at 175..198
        "#]],
    );
}

#[test]
fn limits_end_what_does_not_end() {
    let endless = run(&[("a.sls", "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}\nx\n")], None);
    assert!(endless.output.text.ends_with("\nx\n"), "what follows is still printed");
    assert!(!endless.problems.is_empty() && endless.problems.iter().all(|problem| problem.code == crate::Code::Limit));
    let nested = run(
        &[("a.sls", "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% else %}end{% endif %}{% endmacro %}{{ m(12) }}")],
        None,
    );
    assert_eq!(nested.output.text, "end");
    check_files(
        &[
            ("a.sls", "{% import 'b.jinja' as b %}x\n"),
            ("b.jinja", "{% import 'c.jinja' as c %}"),
            ("c.jinja", "{% import 'b.jinja' as b %}"),
        ],
        &expect![[r#"
            "x\n"
            error: Jinja error: maximum recursion depth exceeded: templates import each other: states/b.jinja → states/c.jinja → states/b.jinja. Move what they share into a third file at 10..19
        "#]],
    );
}

#[test]
fn an_alternative_that_prints_nothing_leaves_a_trace() {
    check(
        "p_{{ pillar.get('prefix', '') }}: x\n",
        &expect![[r#"
        "p_"
        ◌ pillar 'prefix' is not known
        ": x\n"
    "#]],
    );
    check(
        "p_{{ 'a' if pillar.a else '' }}: x\n",
        &expect![[r#"
        "p_"
        one of: "a" if pillar['a']; "" if not pillar['a']
        ": x\n"
    "#]],
    );
    check(
        "p_{{ ('m' if false) if pillar.a else '2' }}: x\n",
        &expect![[r#"
        "p_"
        one of: "2" if not pillar['a']; "" if pillar['a']
        ": x\n"
    "#]],
    );
    check(
        "p_{{ 'a' ~ pillar.get('b', 'c') }}: x\n",
        &expect![[r#"
            "p_"
            one of: "ac" if not pillar['b'] is set; "a\u{f8f0}" if pillar['b'] is set
            ": x\n"
        "#]],
    );
}

#[test]
fn an_error_is_as_certain_as_the_place_where_it_is_raised() {
    check(
        "{{ pillar.a or nope }}\n",
        &expect![[r#"
        ◌ pillar 'a' is not known
        "\n"
        maybe: Jinja variable 'nope' is undefined at 3..19
    "#]],
    );
    check(
        "{% if pillar.a and nope %}\nx\n{% endif %}\n",
        &expect![[r#"
        "\nx\n"  when pillar['a']
        "\n"
        maybe: Jinja variable 'nope' is undefined at 19..23
    "#]],
    );
    check(
        "{{ nope if pillar.a else nope }}\n",
        &expect![[r#"
        ◌ it could not be computed
        "\n"
        error: Jinja variable 'nope' is undefined at 3..29
    "#]],
    );
}

#[test]
fn what_an_unknown_loop_accumulates_is_unknown() {
    check(
        "{% set ns = namespace(s='n', on=false) %}{% for i in pillar.list %}{% set ns.s = ns.s ~ 'x' %}{% set ns.on = true %}{% endfor %}{{ ns.s }} {{ ns.on }}\n",
        &expect![[r#"
            one of: "n" if not pillar['list']; ? if pillar['list']
            " "
            one of: "True" if pillar['list']; "False" if not pillar['list']
            "\n"
        "#]],
    );
}

#[test]
fn a_loop_that_may_be_left_may_run_its_else() {
    check(
        "{% for i in [1, 2] %}{% if pillar.a %}{% break %}{% endif %}{{ i }}{% else %}\nnone\n{% endfor %}\n",
        &expect![[r#"
            ="1"  when not pillar['a']
            ="2"  when not pillar['a']
            "\nnone\n"  when pillar['a'] and no iteration ends in [1, 2]
            "\n"
        "#]],
    );
}
