//! Templates that would run on or grow without end: each ends by the meter, and says so.

use world::{Memo, Reader, SaltPath, Stop, World};

use crate::eval::{Evaluator, Halt, Job, Templates};
use crate::{Code, EntryKind};

/// Units that these evaluations have; a fraction of what others have, as tests are not optimised.
const BUDGET: u64 = 1_000_000;

/// The codes of what is told of a template, and whether it ended by its meter.
fn told(text: &str) -> (Vec<Code>, bool) {
    let world = World::in_memory([("states/a.sls", text)]);
    let (memo, stop) = (Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let job = Job {
        minion: &super::minion(None),
        path: SaltPath::new("states/a.sls").unwrap(),
        kind: EntryKind::State,
        sls: Some("a".into()),
        saltenv: "base".into(),
        source: text.into(),
        blob: None,
        extra: Vec::new(),
    };
    let templates = Templates::default();
    let mut evaluator = Evaluator::new(&job, &reader, &templates);
    evaluator.heap.meter = python::Meter::of(BUDGET);
    assert!(!matches!(evaluator.run(), Err(Halt::Stopped)));
    let spent = evaluator.heap.meter.is_spent();
    (evaluator.finish().problems.into_iter().map(|problem| problem.code).collect(), spent)
}

fn repeat(times: usize, text: &str) -> String {
    text.repeat(times)
}

#[test]
#[allow(clippy::too_many_lines, reason = "one bomb after the other")]
fn what_takes_too_much_work_ends_and_is_told() {
    let macros: String = (1..40)
        .map(|n| format!("{{% macro m{n}() %}}{{{{ m{}() }}}}{{{{ m{0}() }}}}{{% endmacro %}}", n - 1))
        .collect();
    let lists =
        "{% set l = [1] %}{% set m = [1] %}".to_owned() + &repeat(40, "{% set l = [l, l] %}{% set m = [m, m] %}");
    let dicts = "{% set l = {'a': 1} %}".to_owned() + &repeat(40, "{% set l = {'a': l, 'b': l} %}");
    let tuples = "{% set l = (1,) %}".to_owned() + &repeat(40, "{% set l = (l, l) %}");
    let long = "{% set s = 'a' * 100000 %}";
    let many = "{% set l = range(9999) | list %}";
    let bombs = [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}".to_owned(),
        "{% for a in range(9999) %}{% for b in range(9999) if b < 0 %}{% endfor %}{% endfor %}".to_owned(),
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}".to_owned(),
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}".to_owned(),
        "{% macro f(n) %}{% if n > 1 %}{{ f(n - 1) }}{{ f(n - 2) }}{% endif %}{% endmacro %}{{ f(60) }}".to_owned(),
        format!("{{% macro m0() %}}x{{% endmacro %}}{macros}{{{{ m39() }}}}"),
        format!("{lists}{{{{ l == m }}}}"),
        format!("{lists}{{{{ l < m }}}}"),
        format!("{lists}{{{{ l }}}}"),
        format!("{lists}{{{{ l | tojson }}}}"),
        format!("{lists}{{{{ l | pprint }}}}"),
        format!("{lists}{{{{ l | flatten | length }}}}"),
        format!("{lists}{{{{ [l, m] | unique | length }}}}"),
        format!("{lists}{{{{ m in [l] }}}}"),
        format!("{dicts}{{{{ l }}}}"),
        format!("{dicts}{{{{ l | tojson }}}}"),
        format!("{tuples}{{{{ {{l: 1}} | length }}}}"),
        "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}".to_owned(),
        "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}".to_owned(),
        "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}"
            .to_owned(),
        "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}"
            .to_owned(),
        "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = ns.s.replace('a', 'aaa') %}{% endfor %}"
            .to_owned(),
        "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] | join %}{% endfor %}"
            .to_owned(),
        "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set x %}{{ ns.s }}{{ ns.s }}{% endset %}\
         {% set ns.s = x %}{% endfor %}"
            .to_owned(),
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}".to_owned(),
        "{% set l = [1] %}{% for i in range(60) %}{% do l.extend(l) %}{% endfor %}".to_owned(),
        "{% set ns = namespace(n=3) %}{% for i in range(60) %}{% set ns.n = ns.n * ns.n %}{% endfor %}".to_owned(),
        "{% set l = [] %}{% for i in range(9999) %}{% do l.append('a' * 1000) %}{% endfor %}".to_owned(),
        "{{ 'a' * 10 ** 9 }}".to_owned(),
        "{{ ([1] * 10 ** 9) | length }}".to_owned(),
        "{{ ([] * 10 ** 9) | length }}".to_owned(),
        "{{ ((1,) * 10 ** 9) | length }}".to_owned(),
        "{{ [1] | slice(10 ** 9) | list | length }}".to_owned(),
        "{{ [1] | batch(10 ** 9, 'x') | list | length }}".to_owned(),
        "{{ '\t'.expandtabs(10 ** 9) }}".to_owned(),
        format!("{long}{{{{ s.replace('', s) | length }}}}"),
        format!("{long}{{{{ s | replace('a', s) | length }}}}"),
        format!("{long}{{{{ s.join(s.split('') if false else ['x'] * 9999) | length }}}}"),
        format!("{long}{{{{ (['x'] * 9999) | join(s) | length }}}}"),
        format!("{long}{{% for i in range(9999) %}}{{% if 'b' in s %}}{{% endif %}}{{% endfor %}}"),
        format!("{long}{{% for i in range(9999) %}}{{% set x = s | upper %}}{{% endfor %}}"),
        format!("{long}{{% for i in range(9999) %}}{{{{ s.find('b') }}}}{{% endfor %}}"),
        format!("{long}{{{{ s | regex_search('((a?){{60}}){{60}}') }}}}"),
        format!("{many}{{% for i in range(9999) %}}{{{{ -1 in l }}}}{{% endfor %}}"),
        format!("{many}{{% for i in range(9999) %}}{{% set x = l | sort %}}{{% endfor %}}"),
        format!("{many}{{% for i in range(9999) %}}{{% set x = l | length %}}{{% endfor %}}"),
        format!("{many}{{% for i in range(9999) %}}{{% set x = l.copy() %}}{{% endfor %}}"),
        format!("{many}{{% for i in range(9999) %}}{{% set x = l[1:] %}}{{% endfor %}}"),
        format!("{many}{{{{ (l | map('string') | list) | difference(l) | length }}}}"),
        format!("{many}{{{{ l | map('string') | list | unique | length }}}}"),
    ];
    for bomb in &bombs {
        let (codes, spent) = told(bomb);
        assert!(spent && codes.contains(&Code::Limit), "{codes:?}, spent {spent}: {bomb}");
    }
}

#[test]
fn what_is_too_deep_or_wide_is_told_and_the_rest_goes_on() {
    let deep = "{% set ns = namespace(l=[], m=[]) %}{% for i in range(500) %}{% set ns.l = [ns.l] %}\
                {% set ns.m = [ns.m] %}{% endfor %}";
    let tuple = "{% set ns = namespace(l=()) %}{% for i in range(500) %}{% set ns.l = (ns.l,) %}{% endfor %}";
    let own = "{% set a = [] %}{% do a.append(a) %}{% set b = [] %}{% do b.append(b) %}";
    let bounds = [
        format!("{deep}{{{{ ns.l }}}}"),
        format!("{deep}{{{{ ns.l == ns.m }}}}"),
        format!("{deep}{{{{ ns.l | tojson }}}}"),
        format!("{tuple}{{{{ {{ns.l: 1}} | length }}}}"),
        format!("{own}{{{{ a == b }}}}"),
        "{{ '%1000000000d' % 1 }}".to_owned(),
        "{{ '{:1000000000}'.format(1) }}".to_owned(),
        "{{ 'a'.ljust(10 ** 9) }}".to_owned(),
        "{{ 'a'.zfill(10 ** 9) }}".to_owned(),
        "{{ 9 ** (9 ** 9) }}".to_owned(),
        "{{ 'a' | regex_search('a{1000}{1000}{1000}') }}".to_owned(),
        "{{ range(50) | permutations(20) | list | length }}".to_owned(),
    ];
    for bound in &bounds {
        let (codes, spent) = told(bound);
        assert!(!spent && codes.contains(&Code::Limit), "{codes:?}, spent {spent}: {bound}");
    }
}

#[test]
fn what_shares_or_chains_much_is_no_bomb() {
    let lists = "{% set l = [1] %}".to_owned() + &repeat(40, "{% set l = [l, l] %}");
    let calm = [
        format!("{lists}{{{{ l | length }}}}"),
        format!("{lists}{{{{ l == l }}}}"),
        "{{ range(10 ** 5)[::3] | length }}{{ 5 in range(10) }}".to_owned(),
        format!("{{{{ {{'a': 1}} | json_query('{}a') }}}}", repeat(5000, "a.")),
        "{% set s = 'ab' * 1000 %}{{ s.split('a') | length }}".to_owned(),
        "{% for i in range(500) %}{{ i }}: {{ 'x' * 10 }}\n{% endfor %}".to_owned(),
    ];
    for text in &calm {
        let (codes, spent) = told(text);
        assert!(!spent && !codes.contains(&Code::Limit), "{codes:?}, spent {spent}: {text}");
    }
}
