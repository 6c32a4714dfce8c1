//! Every check speaks of its mistake, at its line, and is silent about the same tree mended.

use std::sync::Arc;

use codes::{Finder, Level, TABLE};
use fixture::Fixture;
use library::Library;
use lint::{Finding, Scope};
use model::{Catalog, Request};
use text::{Encoding, LineIndex};
use world::{Memo, Stop, World};

/// The findings in a tree that nothing is known about, as `path:line code level`, with themselves.
fn findings(text: &str) -> Vec<(String, Finding)> {
    let fixture = Fixture::parse(text);
    let world = World::in_memory(fixture.files("base").iter().map(|(path, text)| (*path, text.as_bytes())));
    let (memo, stop) = (Arc::new(Memo::new()), Stop::new());
    let request = Request { structural: true, ..Request::default() };
    let catalog = Catalog::build(&world, &memo, &stop, &request, None).expect("nobody stops it");
    let library = Library::bundled(None);
    let scope = Scope { world: &world, memo: &memo, library: &library, layout: &catalog.layout, stop: &stop };
    let mut found = Vec::new();
    for view in &catalog.views {
        for facts in view.files.values() {
            for finding in lint::check(&scope, view, facts).expect("nobody stops it") {
                if finding.level == Level::Off {
                    continue;
                }
                let origin = &finding.problem.origin;
                let text = fixture.text("base", origin.path.as_str());
                let line = LineIndex::new(text).position(text, origin.range.start, Encoding::Utf8).line + 1;
                let (code, level) = (finding.problem.code.name(), finding.level.name());
                found.push((format!("{}:{line} {code} {level}", origin.path), finding));
            }
        }
    }
    found
}

/// The file of most cases; a case that names files itself is taken as it is.
fn tree(text: &str) -> String {
    if text.starts_with("=== ") {
        text.to_owned()
    } else {
        format!("=== states/top.sls\n# none\n=== states/here.sls\n{text}")
    }
}

/// What is wrong, where and how bad; the same mended.
struct Case {
    expected: &'static str,
    broken: &'static str,
    mended: &'static str,
}

const fn case(expected: &'static str, broken: &'static str, mended: &'static str) -> Case {
    Case { expected, broken, mended }
}

const CASES: &[Case] = &[
    case(
        "states/here.sls:2 unknown-function warning",
        "a:\n  file.manged:\n    - contents: x\n",
        "a:\n  file.managed:\n    - contents: x\n",
    ),
    case(
        "states/here.sls:2 unknown-module warning",
        "a:\n  flie.managed:\n    - contents: x\n",
        "a:\n  file.managed:\n    - contents: x\n",
    ),
    case(
        "states/here.sls:2 module-moved hint",
        "a:\n  docker_container.running:\n    - image: x\n",
        "a:\n  service.running: []\n",
    ),
    case(
        "states/here.sls:3 invalid-argument warning",
        "a:\n  user.present:\n    - homedir: /a\n",
        "a:\n  user.present:\n    - home: /a\n",
    ),
    case(
        "states/here.sls:3 misspelt-argument warning",
        "a:\n  file.managed:\n    - makedir: true\n    - contents: x\n",
        "a:\n  file.managed:\n    - makedirs: true\n    - contents: x\n",
    ),
    case(
        "states/here.sls:2 missing-argument warning",
        "/a:\n  file.symlink:\n    - force: true\n",
        "/a:\n  file.symlink:\n    - force: true\n    - target: /b\n",
    ),
    case(
        "states/here.sls:5 argument-twice warning",
        "/a:\n  file.managed:\n    - mode: '0600'\n    - contents: x\n    - mode: '0644'\n",
        "/a:\n  file.managed:\n    - mode: '0600'\n    - contents: x\n",
    ),
    case(
        "states/here.sls:7 argument-twice warning",
        "/a:\n  file.managed:\n    - contents: x\n    - require:\n      - test: b\n    - require:\n      - test: c\nb: test.nop\nc: test.nop\n",
        "/a:\n  file.managed:\n    - contents: x\n    - require:\n      - test: b\n      - test: c\nb: test.nop\nc: test.nop\n",
    ),
    case(
        "states/here.sls:4 misspelt-requisite warning",
        "/a:\n  file.managed:\n    - contents: x\n    - requires:\n      - test: b\nb: test.nop\n",
        "/a:\n  file.managed:\n    - contents: x\n    - require:\n      - test: b\nb: test.nop\n",
    ),
    case(
        "states/here.sls:3 order-word warning",
        "a:\n  test.nop:\n    - order: fist\n",
        "a:\n  test.nop:\n    - order: first\n",
    ),
    case(
        "states/here.sls:4 user-not-runas warning",
        "a:\n  cmd.run:\n    - name: id\n    - user: nobody\n",
        "a:\n  cmd.run:\n    - name: id\n    - runas: nobody\n",
    ),
    case(
        "states/here.sls:3 not-a-list warning",
        "a:\n  pkg.installed:\n    - pkgs: vim\n",
        "a:\n  pkg.installed:\n    - pkgs: [vim]\n",
    ),
    case(
        "states/here.sls:5 not-a-mapping warning",
        "/a:\n  file.managed:\n    - contents: x\n    - template: jinja\n    - context: x\n",
        "/a:\n  file.managed:\n    - contents: x\n    - template: jinja\n    - context: {x: 1}\n",
    ),
    case(
        "states/here.sls:6 under-indented warning",
        "/a:\n  file.managed:\n    - contents: x\n    - template: jinja\n    - context:\n      user: www-data\n",
        "/a:\n  file.managed:\n    - contents: x\n    - template: jinja\n    - context:\n        user: www-data\n",
    ),
    case(
        "states/here.sls:4 requisite-ignored warning",
        "a:\n  test.nop:\n    - require_in:\n      - service-b\nservice-a: test.nop\n",
        "a:\n  test.nop:\n    - require_in:\n      - service-a\nservice-a: test.nop\n",
    ),
    case(
        "states/here.sls:4 exclude-missing hint",
        "include:\n  - there\nexclude:\n  - sls: theer\na: test.nop\n=== states/there.sls\nb: test.nop\n",
        "include:\n  - there\nexclude:\n  - sls: there\na: test.nop\n=== states/there.sls\nb: test.nop\n",
    ),
    case(
        "states/here.sls:3 unknown-execution-function warning",
        "a:\n  module.run:\n    - tset.ping: []\n",
        "a:\n  module.run:\n    - test.ping: []\n",
    ),
    case(
        "states/here.sls:1 unknown-execution-function error",
        "a{{ salt['pillar.gett']('x', 1) }}: test.nop\n",
        "a{{ salt['pillar.get']('x', 1) }}: test.nop\n",
    ),
    case(
        "states/here.sls:4 none-printed warning",
        "/a:\n  file.managed:\n    - contents: x\n    - user: {{ salt['pillar.get']('owner', none) }}\n",
        "/a:\n  file.managed:\n    - contents: x\n    - user: {{ salt['pillar.get']('owner', 'root') }}\n",
    ),
    case(
        "states/here.sls:3 value-changed warning",
        "a:\n  pkg.installed:\n    - version: 1.10\n",
        "a:\n  pkg.installed:\n    - version: '1.10'\n",
    ),
    case(
        "states/here.sls:3 value-changed warning",
        "a:\n  cron.present:\n    - minute: 22:22\n",
        "a:\n  cron.present:\n    - minute: '22:22'\n",
    ),
    case(
        "states/here.sls:1 jinja-in-comment hint",
        "# {{ salt['cmd.run']('id') }}\na: test.nop\n",
        "{# {{ salt['cmd.run']('id') }} #}\na: test.nop\n",
    ),
    case(
        "states/here.sls:3 set-in-loop warning",
        "{% set found = false %}\n{% for x in salt['pillar.get']('users', []) %}\n{% set found = true %}\n{% endfor %}\n{% if found %}\na: test.nop\n{% endif %}\n",
        "{% set ns = namespace(found=false) %}\n{% for x in salt['pillar.get']('users', []) %}\n{% set ns.found = true %}\n{% endfor %}\n{% if ns.found %}\na: test.nop\n{% endif %}\n",
    ),
    case(
        "states/here.sls:1 unused-import hint",
        "{% from 'map.jinja' import x %}\na: test.nop\n=== states/map.jinja\n{% set x = 1 %}\n",
        "{% from 'map.jinja' import x %}\na{{ x }}: test.nop\n=== states/map.jinja\n{% set x = 1 %}\n",
    ),
    case(
        "states/here.sls:1 unused-macro hint",
        "{% macro m() %}b: test.nop{% endmacro %}\na: test.nop\n",
        "{% macro m() %}b: test.nop{% endmacro %}\na: test.nop\n{{ m() }}\n",
    ),
    case(
        "states/here.sls:1 misspelt-grain hint",
        "{% if grains.get('os_famliy') == 'Debian' %}\na: test.nop\n{% endif %}\n",
        "{% if grains.get('os_family') == 'Debian' %}\na: test.nop\n{% endif %}\n",
    ),
    case(
        "states/here.sls:1 misspelt-grain-value hint",
        "{% if grains['os_family'] == 'debian' %}\na: test.nop\n{% endif %}\n",
        "{% if grains['os_family'] | lower == 'debian' %}\na: test.nop\n{% endif %}\n",
    ),
    case(
        "states/here.sls:2 misspelt-pillar-key warning",
        "a:\n  cmd.run: [{name: 'x {{ salt['pillar.get']('app:prot', 80) }}'}]\n=== pillar/top.sls\nbase:\n  '*': [app]\n=== pillar/app.sls\napp:\n  port: 8080\n",
        "a:\n  cmd.run: [{name: 'x {{ salt['pillar.get']('app:port', 80) }}'}]\n=== pillar/top.sls\nbase:\n  '*': [app]\n=== pillar/app.sls\napp:\n  port: 8080\n",
    ),
    case(
        "states/here.sls:3 source-missing warning",
        "/a:\n  file.managed:\n    - source: salt://files/ap.conf\n=== states/files/app.conf\nx\n",
        "/a:\n  file.managed:\n    - source: salt://files/app.conf\n=== states/files/app.conf\nx\n",
    ),
    case(
        "states/here.sls:3 template-argument-missing hint",
        "/a:\n  file.managed:\n    - source: salt://app.conf.jinja\n=== states/app.conf.jinja\nhost = {{ grains.id }}\n",
        "/a:\n  file.managed:\n    - source: salt://app.conf.jinja\n    - template: jinja\n=== states/app.conf.jinja\nhost = {{ grains.id }}\n",
    ),
    case(
        "states/here.sls:4 unknown-template-engine warning",
        "/a:\n  file.managed:\n    - source: salt://app.conf\n    - template: jinaj\n=== states/app.conf\nx\n",
        "/a:\n  file.managed:\n    - source: salt://app.conf\n    - template: jinja\n=== states/app.conf\nx\n",
    ),
    case(
        "states/app.conf:1 managed-undefined warning",
        "/a:\n  file.managed:\n    - source: salt://app.conf\n    - template: jinja\n    - context: {hots: x}\n=== states/app.conf\nhost = {{ host }}\n",
        "/a:\n  file.managed:\n    - source: salt://app.conf\n    - template: jinja\n    - context: {host: x}\n=== states/app.conf\nhost = {{ host }}\n",
    ),
    case(
        "states/top.sls:3 unknown-matcher error",
        "=== states/top.sls\nbase:\n  'os:Debian':\n    - match: garin\n    - here\n=== states/here.sls\na: test.nop\n",
        "=== states/top.sls\nbase:\n  'os:Debian':\n    - match: grain\n    - here\n=== states/here.sls\na: test.nop\n",
    ),
    case(
        "states/top.sls:2 target-malformed warning",
        "=== states/top.sls\nbase:\n  'G@os:Debian and':\n    - here\n=== states/here.sls\na: test.nop\n",
        "=== states/top.sls\nbase:\n  'G@os:Debian and web*':\n    - here\n=== states/here.sls\na: test.nop\n",
    ),
    case(
        "states/top.sls:3 target-not-a-list error",
        "=== states/top.sls\nbase:\n  '*':\n    here\n=== states/here.sls\na: test.nop\n",
        "=== states/top.sls\nbase:\n  '*':\n    - here\n=== states/here.sls\na: test.nop\n",
    ),
    case(
        "states/top.sls:2 unknown-saltenv warning",
        "=== states/top.sls\nbsae:\n  '*':\n    - here\n=== states/here.sls\na: test.nop\n",
        "=== states/top.sls\nbase:\n  '*':\n    - here\n=== states/here.sls\na: test.nop\n",
    ),
    case(
        "pillar/app.sls:2 plain-secret hint",
        "a: test.nop\n=== pillar/top.sls\nbase:\n  '*': [app]\n=== pillar/app.sls\napp:\n  db_password: correcthorse7battery\n",
        "a: test.nop\n=== pillar/top.sls\nbase:\n  '*': [app]\n=== pillar/app.sls\napp:\n  db_user: correcthorse7battery\n",
    ),
    case(
        "states/web.conf.sls:1 unreachable-sls warning",
        "a: test.nop\n=== states/web.conf.sls\nb: test.nop\n",
        "a: test.nop\n=== states/web/conf.sls\nb: test.nop\n",
    ),
    case(
        "states/here.sls:2 jinja-unknown-name warning",
        "{% if grains['x'] %}\na{{ 'x' | uper }}: test.nop\n{% endif %}\n",
        "{% if grains['x'] %}\na{{ 'x' | upper }}: test.nop\n{% endif %}\n",
    ),
];

#[test]
fn every_mistake_is_told_and_its_mended_twin_is_not() {
    let mut wrong = Vec::new();
    for case in CASES {
        let told: Vec<String> = findings(&tree(case.broken)).into_iter().map(|(line, _)| line).collect();
        if told != [case.expected] {
            wrong.push(format!("{}\n  told: {told:?}\n", case.expected));
        }
        let twin: Vec<String> = findings(&tree(case.mended)).into_iter().map(|(line, _)| line).collect();
        if !twin.is_empty() {
            wrong.push(format!("{}\n  twin: {twin:?}\n", case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join(""));
}

#[test]
fn every_code_of_the_checks_has_a_case() {
    let has = |name: &str| CASES.iter().any(|case| case.expected.contains(&format!(" {name} ")));
    let lacks = TABLE.iter().filter(|row| row.finder == Finder::Lint && !has(row.name));
    assert_eq!(lacks.map(|row| row.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

/// A fix, made, leaves nothing to tell.
#[test]
fn fixes_mend_what_they_are_for() {
    let mut fixed = 0;
    for case in CASES {
        let text = tree(case.broken);
        for (line, finding) in findings(&text) {
            let Some(fix) = &finding.fix else { continue };
            let fixture = Fixture::parse(&text);
            let mut files: Vec<(String, String)> =
                fixture.files("base").iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
            let mut edits = fix.edits.clone();
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
            for edit in edits {
                let file = files.iter_mut().find(|(path, _)| path == edit.path.as_str()).expect("the edited file");
                let range = edit.range.start as usize..edit.range.end as usize;
                let there = &file.1[range.clone()];
                let (quote, inner) = match there.chars().next() {
                    Some(c @ ('\'' | '"')) if there.len() > 1 => (c.to_string(), &there[1..there.len() - 1]),
                    _ => (String::new(), there),
                };
                if let Some(old) = &edit.old {
                    assert_eq!(inner, old, "{line}");
                }
                file.1.replace_range(range, &format!("{quote}{}{quote}", edit.new));
            }
            let mended: String = files.iter().map(|(path, text)| format!("=== {path}\n{text}")).collect();
            let told: Vec<String> = findings(&mended).into_iter().map(|(line, _)| line).collect();
            assert_eq!(told, Vec::<String>::new(), "{line} after `{}`:\n{mended}", fix.title);
            fixed += 1;
        }
    }
    assert!(fixed > 20, "{fixed}");
}
