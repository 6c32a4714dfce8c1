//! From a place to definitions and uses, and what can be said of requisites.

mod support;

use expect_test::{Expect, expect};
use model::Verdict;
use support::{Tree, path, tree};

/// The entity at `$0`, its definitions and its uses.
fn check(fixture: &str, expected: &Expect) {
    let tree = tree(fixture);
    let (file, offset) = tree.fixture.cursor();
    let found = tree.catalog.entity_at(&path(file), offset);
    let Some(first) = found.first() else { return expected.assert_eq("nothing") };
    let text = format!(
        "{}definitions\n{}uses\n{}",
        tree.list(std::slice::from_ref(&first.entity)),
        tree.list(&tree.catalog.definitions_of(first)),
        tree.list(&tree.catalog.uses_of(first)),
    );
    expected.assert_eq(&text);
}

#[test]
fn a_requisite_leads_to_its_state_and_back() {
    check(
        "
        === states/top.sls
        base:
          '*': [web]
        === states/web.sls
        include: [db]
        app:
          service.running:
            - require:
              - pkg: pos$0tgres
        === states/db.sls
        database:
          pkg.installed:
            - name: postgres
        other:
          service.running:
            - require:
              - pkg: database
        === states/unrelated.sls
        postgres:
          pkg.installed: []
        ",
        &expect![[r#"
            states/web.sls:5:14 use requisite pkg:postgres
            definitions
            states/db.sls:1:1 def state-id database
            uses
            states/db.sls:7:14 use requisite pkg:database
            states/web.sls:5:14 use requisite pkg:postgres
        "#]],
    );
}

#[test]
fn a_pillar_key_leads_to_its_reads() {
    check(
        "
        === states/top.sls
        base:
          '*': [web]
        === states/web.sls
        {% set nginx = salt['pillar.get']('nginx', {}) %}
        web:
          pkg.installed:
            - name: {{ nginx.package }}
            - version: {{ pillar['nginx']['version'] }}
        === pillar/top.sls
        base:
          '*': [nginx]
        === pillar/nginx.sls
        nginx:
          pack$0age: nginx-full
          version: '1'
        ",
        &expect![[r#"
            pillar/nginx.sls:2:3 def pillar-key nginx:package
            definitions
            pillar/nginx.sls:2:3 def pillar-key nginx:package
            uses
            states/web.sls:4:16 use pillar-use nginx:package ?
        "#]],
    );
}

#[test]
fn a_macro_leads_to_its_calls() {
    check(
        "
        === states/top.sls
        base:
          '*': [web]
        === states/lib.jinja
        {% macro vh$0ost(name) %}{{ name }}{% endmacro %}
        === states/web.sls
        {% import 'lib.jinja' as lib %}
        {% from 'lib.jinja' import vhost as v %}
        {{ lib.vhost('a') }}: pkg.installed
        {{ v('b') }}: pkg.installed
        ",
        &expect![[r#"
            states/lib.jinja:1:10 def macro vhost
            definitions
            states/lib.jinja:1:10 def macro vhost
            uses
            states/web.sls:2:28 use macro vhost
            states/web.sls:3:8 use macro vhost
            states/web.sls:4:4 use macro v
        "#]],
    );
}

#[test]
fn an_sls_is_used_by_includes_requisites_and_tops() {
    check(
        "
        === states/top.sls
        base:
          '*': [web.*]
        === states/web/init.sls
        include: [.ng$0inx]
        x:
          test.nop:
            - require: [{sls: web.nginx}]
        === states/web/nginx.sls
        nginx: pkg.installed
        ",
        &expect![[r#"
            states/web/init.sls:1:11 use include web.nginx
            definitions
            states/web/nginx.sls:1:1 def sls web.nginx
            uses
            states/top.sls:2:9 use top-target web.*
            states/web/init.sls:1:11 use include web.nginx
            states/web/init.sls:4:23 use requisite sls:web.nginx
        "#]],
    );
}

fn verdict(tree: &Tree, file: &str) -> Vec<(String, Verdict)> {
    let view = &tree.catalog.views[0];
    let facts = view.facts(&path(file)).expect("the file is known");
    let requisites = facts.declarations.iter().flat_map(|d| &d.states).flat_map(|state| &state.requisites);
    requisites.map(|r| (r.name.to_string(), view.resolve_requisite(&path(file), r).verdict)).collect()
}

#[test]
fn what_can_be_said_of_a_requisite() {
    let tree = tree(
        "
        === states/top.sls
        base:
          '*': [web, base]
        === states/web.sls
        include: [db]
        a:
          test.nop:
            - require:
              - own
              - test: own
              - pkg: own
              - pkg: in-include
              - pkg: in-highstate
              - pkg: elsewhere
              - pkg: nowhere
              - pkg: in-*
              - sls: db
              - sls: gone
              - test: name of own
              - user: role_web
        own:
          test.nop:
            - name: name of own
        === states/db.sls
        in-include: pkg.installed
        === states/base.sls
        in-highstate: pkg.installed
        === states/other.sls
        elsewhere: pkg.installed
        {% for role in pillar.roles %}
        role_{{ role }}: user.present
        {% endfor %}
        ",
    );
    let found = verdict(&tree, "states/web.sls");
    let expected = [
        ("own", Verdict::Found),
        ("own", Verdict::Found),
        ("own", Verdict::Missing),
        ("in-include", Verdict::Found),
        ("in-highstate", Verdict::Found),
        ("elsewhere", Verdict::Elsewhere),
        ("nowhere", Verdict::Missing),
        ("in-*", Verdict::Found),
        ("db", Verdict::Found),
        ("gone", Verdict::Missing),
        ("name of own", Verdict::Found),
        ("role_web", Verdict::Maybe),
    ];
    let expected: Vec<(String, Verdict)> =
        expected.iter().map(|(name, verdict)| ((*name).to_owned(), *verdict)).collect();
    assert_eq!(found, expected);
}

/// States of which names, IDs or modules are computed, and references to them.
const COMPUTED: &str = "
        === states/top.sls
        base:
          '*': [web, far]
        === states/web.sls
        include: [db]
        {% set given = grains['given'] %}
        known:
          pkg.installed:
            - name: {{ given }}
            - require: [file: conf, pkg: only, id: plain, pkg: nowhere, bare, sls: db]
        {{ given }}-id:
          service.running:
            - name: conf
            - watch: [pkg: {{ given }}, service: x-id, service: conf, pkg: known]
        plain:
          test.nop: []
        === states/db.sls
        {% set given = grains['given'] %}
        extend:
          known:
            pkg.installed:
              - require: [pkg: lonely, service: anything]
          unknown-id:
            service.running: []
        only:
          pkg.installed: []
        nameless:
          pkg.installed:
            - name: {{ given }}
        conf:
          file.managed:
            - names: [/etc/a, {{ given }}]
            - require_in: [pkg: only, file: /etc/a, {{ given }}: conf]
        === states/far.sls
        {% set given = grains['given'] %}
        elsewhere:
          pkg.installed:
            - name: only
            - require: [pkg: only, pkg: lonely, bare, file: /etc/b, {{ given }}]
        bare:
          {{ given }}.x:
            - name: bare
        exclude: [conf]
        ";

/// Every state's uses are just the references that have it among their definitions, however little is
/// known of names and modules.
#[test]
fn uses_are_the_references_that_are_resolved_to_a_state() {
    let tree = tree(COMPUTED);
    let view = &tree.catalog.views[0];
    let all: Vec<model::Found> = view
        .files
        .values()
        .flat_map(|facts| {
            let place = |at| model::Place { view: 0, path: facts.path.clone(), at };
            model::entities(facts).into_iter().map(move |(entity, at)| model::Found { entity, place: place(at) })
        })
        .collect();
    let (mut states, mut used) = (0, 0);
    for state in all.iter().filter(|found| found.entity.kind == model::EntityKind::StateId) {
        let refers = |found: &&model::Found| {
            matches!(found.entity.kind, model::EntityKind::Requisite | model::EntityKind::Extend)
                && tree.catalog.definitions_of(found).contains(&state.entity)
        };
        let expected: Vec<model::Entity> = all.iter().filter(refers).map(|found| found.entity.clone()).collect();
        let mut uses = tree.catalog.uses_of(state);
        uses.retain(|used| used.kind != model::EntityKind::Exclude);
        let sorted = |list: String| list.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(sorted(tree.list(&uses)), sorted(tree.list(&expected)), "{}", state.entity.name);
        states += 1;
        used += uses.len();
    }
    assert!(states >= 7 && used >= 10, "{states} states, {used} uses");
}
