//! What Salt refuses in one file's high data: a table of rules, each with what is fine beside it.

mod support;

use fixture::Annotation;
use support::{path, tree};

/// Every problem of the SLS is annotated with `CODE`, or `CODE?` if it isn't certain, and nothing else.
fn check(rule: &str, sls: &str) {
    let tree = tree(&format!("=== states/top.sls\nbase:\n  '*': [web]\n=== states/web.sls\n{sls}"));
    let facts = tree.catalog.views[0].facts(&path("states/web.sls")).expect("the SLS is known");
    let mut found: Vec<Annotation> = Vec::new();
    for problem in &facts.problems {
        let label = format!("{}{}", problem.code.name(), if problem.certain { "" } else { "?" });
        let (path, range) = (problem.origin.path.to_string(), problem.origin.range);
        found.push(Annotation { path, range, label });
    }
    found.sort_by_key(|found| found.range);
    let mut expected = tree.fixture.annotations("base");
    expected.sort_by_key(|found| found.range);
    assert_eq!(found, expected, "{rule}\n{sls}\n{:#?}", facts.problems);
}

#[test]
fn well_formed_states_are_accepted() {
    check("short form", "nginx: pkg.installed\n");
    check("function in the list", "nginx:\n  pkg:\n    - installed\n    - version: '1'\n");
    check("several modules", "nginx:\n  pkg.installed: []\n  service.running:\n    - enable: true\n");
    check(
        "requisites of every form",
        "a: pkg.installed\nb:\n  pkg.installed:\n    - require:\n      - a\n      - pkg: a\n      - id: a\n      - sls: web\n",
    );
    check("inverse requisite as a mapping", "b:\n  pkg.installed:\n    - watch_in:\n        service: x\n");
    check("names with overrides", "b:\n  user.present:\n    - names:\n      - alice\n      - bob:\n        - uid: 1\n");
    check("several arguments in one mapping", "b:\n  pkg.installed:\n    - version: 1\n      refresh: true\n");
}

#[test]
fn ids_are_strings_with_mappings() {
    check("number as ID", "80:\n^^ id-not-string\n  pkg.installed: []\n");
    check("yes is True", "yes:\n^^^ id-not-string\n  pkg.installed: []\n");
    check("a list under an ID", "nginx:\n  - pkg\n# ^^^^^ id-not-a-dictionary\n");
    check("a word that is no state", "nginx: installed\n#      ^^^^^^^^^ id-not-a-dictionary\n");
}

#[test]
fn states_are_lists_with_one_function() {
    check("trailing colon", "nginx:\n  pkg.installed:\n# ^^^^^^^^^^^^^ trailing-colon\n");
    check("mapping instead of list", "nginx:\n  pkg.installed:\n    version: 1\n#   ^^^^^^^^^^ state-not-a-list\n");
    check("no function", "nginx:\n  pkg:\n# ^^^ no-function\n    - version: 1\n");
    check("two functions", "nginx:\n  pkg.installed:\n# ^^^^^^^^^^^^^ too-many-functions\n    - latest\n");
    check("blank in a function", "nginx:\n  pkg:\n    - installed now\n#     ^^^^^^^^^^^^^ function-whitespace\n");
    check("module twice", "nginx:\n  pkg.installed: []\n  pkg.latest: []\n# ^^^^^^^^^^ same-module-twice\n");
    check(
        "arguments shared by an alias: the function is appended for each",
        "a:\n  test.nop: &args\n# ^^^^^^^^ too-many-functions\n    - x: 1\nb:\n  test.nop: *args\n# ^^^^^^^^ too-many-functions\n",
    );
    check("single arguments shared by an alias", "a:\n  test.nop:\n    - &x {x: 1}\nb:\n  test.nop:\n    - *x\n");
    check("names as text", "nginx:\n  pkg.installed:\n    - names: a\n#            ^ names-not-a-list\n");
}

#[test]
fn requisites_are_lists_of_pairs() {
    check("mapping", "a:\n  pkg.installed:\n    - require: b\n#              ^ requisite-malformed\n");
    check(
        "dotted",
        "a:\n  pkg.installed:\n    - require:\n      - pkg.installed: b\n#       ^^^^^^^^^^^^^ requisite-dots\n",
    );
    check(
        "list as target",
        "a:\n  pkg.installed:\n    - require:\n      - pkg: [b]\n#            ^^^ requisite-malformed\n",
    );
    check(
        "number as target",
        "a:\n  pkg.installed:\n    - watch:\n      - pkg: 80\n#            ^^ requisite-malformed\n",
    );
    check(
        "number for prereq",
        "a:\n  pkg.installed:\n    - prereq:\n      - pkg: 80\n#            ^^ requisite-malformed\n",
    );
    check("number for listen", "a:\n  pkg.installed:\n    - listen:\n      - pkg: 80\n");
    check("nothing as target", "a:\n  pkg.installed:\n    - require:\n      - pkg:\n");
    check("module twice, the last without function", "a:\n  pkg.latest: []\n  pkg: [installed]\n");
    check(
        "two in one",
        "a:\n  pkg.installed:\n    - require:\n      - {pkg: b, file: c}\n#       ^^^^^^^^^^^^^^^^^ requisite-malformed\n",
    );
}

#[test]
fn includes_extends_and_excludes_have_their_forms() {
    check("include as text", "include: db\n#        ^^ include-malformed\n");
    check("beyond the root", "include:\n  - ..db\n#   ^^^^ include-beyond-root\n");
    check("extend as a list", "extend: [a]\n#       ^^^ extend-malformed\n");
    check("extended ID without mapping", "extend:\n  a: b\n#    ^ extend-malformed\n");
    check("exclude as text", "exclude: db\n#        ^^ exclude-malformed\n");
    check("exclude of both kinds", "exclude:\n  - db\n  - id: x\n  - sls: a.*\n");
}

#[test]
fn what_jinja_leaves_open_is_not_certain() {
    check(
        "alternatives exclude each other",
        "nginx:\n  {% if grains.os == 'Debian' %}\n  pkg.installed: []\n  {% else %}\n  pkg.latest: []\n  {% endif %}\n",
    );
    check(
        "only in one branch",
        "{% if grains.os == 'Debian' %}\nnginx:\n  pkg.installed:\n# ^^^^^^^^^^^^^ trailing-colon?\n{% endif %}\n",
    );
    check("unknown function", "nginx:\n  pkg.{{ pillar.how }}:\n    - refresh: true\n");
    check(
        "flags of their own",
        "a:\n  pkg:\n    {% if pillar.a %}\n    - installed\n    {% endif %}\n    {% if pillar.b %}\n    - removed\n    {% endif %}\n",
    );
    check(
        "one branch beside the key",
        "a:\n  pkg.installed:\n# ^^^^^^^^^^^^^ too-many-functions?\n    {% if pillar.a %}\n    - latest\n    {% endif %}\n    - refresh: true\n",
    );
    check("unknown body", "nginx: {{ pillar.body }}\n");
    check("unknown list", "nginx:\n  pkg.installed: {{ pillar.args }}\n");
}

#[test]
fn errors_in_imported_macros_tell_the_calls() {
    let tree = tree(
        "=== states/lib.jinja\n{% macro wrong() %}{{ nothing_here }}{% endmacro %}\n=== states/other.jinja\n{% from 'lib.jinja' \
         import wrong %}\n{% macro via() %}{{ wrong() }}{% endmacro %}\n=== states/web.sls\n{% from 'other.jinja' import via \
         %}\n{{ via() }}\n",
    );
    let facts = tree.catalog.views[0].facts(&path("states/web.sls")).expect("the SLS is known");
    let problem = facts.problems.first().expect("it is refused");
    assert_eq!((problem.origin.path.as_str(), problem.certain), ("states/lib.jinja", true), "{problem:?}");
    // `ide` shows these as related places.
    let calls: Vec<&str> = problem.origin.chain.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(calls, ["states/other.jinja", "states/web.sls"], "{problem:?}");
}
