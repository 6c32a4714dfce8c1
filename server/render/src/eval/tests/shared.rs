//! Imports that are shared between evaluations give what imports evaluated in place give.

use std::fmt::Write;
use std::sync::Arc;

use world::{Memo, MemoOptions, Minion, Reader, Stop, World};

use super::{Files, minion};
use crate::EntryKind;
use crate::eval::frozen::SHARED;
use crate::eval::{Evaluated, Job, evaluate_with};

/// All of an evaluation, files and calls by name.
fn text(evaluated: &Evaluated) -> String {
    let output = &evaluated.output;
    let file = |id: crate::FileId| output.files[id.0 as usize].as_str();
    let mut all = format!("{}\npartial {}\n", output.text, evaluated.partial);
    for piece in &output.pieces {
        let _ = write!(all, "{:?} {:?} {} {:?} {:?}", piece.at, piece.kind, file(piece.file), piece.range, piece.when);
        let tests: Vec<u64> = piece.when.tests().iter().map(|(atom, _)| atom.id).collect();
        let _ = write!(all, " {tests:?} {} {:?}", piece.repeated, piece.contributors);
        let mut next = piece.chain;
        while let Some((at, range, outer)) = next.map(|id| output.chains[id as usize]) {
            let _ = write!(all, " < {} {range:?}", file(at));
            next = outer;
        }
        all.push('\n');
    }
    for problem in &evaluated.problems {
        let _ = writeln!(all, "{problem:?}");
    }
    for one in &evaluated.uses {
        let _ = writeln!(all, "{one:?}");
    }
    all
}

/// Evaluates each `states/….sls`, twice, both ways; gives how many imports were shared.
fn compare(world: &World, minion: &Arc<Minion>) -> usize {
    let before = SHARED.get();
    let memo = Memo::with(MemoOptions { check_purity: true, ..MemoOptions::default() });
    let (plain, stop) = (Memo::new(), Stop::new());
    let shared = Reader::new(world, &memo, &stop);
    let plain = Reader::new(world, &plain, &stop);
    for (path, _) in world.tree.iter().filter(|(path, _)| path.as_str().ends_with(".sls")) {
        let Some(content) = plain.content(path).unwrap() else { continue };
        let Ok(source) = std::str::from_utf8(&content) else { continue };
        let sls = path.as_str().trim_start_matches("states/").trim_end_matches(".sls").trim_end_matches("/init");
        let job = Job {
            minion,
            path: path.clone(),
            kind: EntryKind::State,
            sls: Some(sls.replace('/', ".").into()),
            saltenv: "base".into(),
            source: source.into(),
            blob: plain.blob(path).unwrap(),
            extra: Vec::new(),
        };
        let expected = text(&evaluate_with(&job, &plain, false).unwrap());
        for round in ["first", "second"] {
            let found = text(&evaluate_with(&job, &shared, true).unwrap());
            assert_eq!(found, expected, "{path}, {round}, {:?}", minion.profile.is_some());
        }
    }
    assert_eq!(memo.impurities(), [""; 0]);
    SHARED.get() - before
}

const GRAINS: &str = r#"{"os": "Debian", "os_family": "Debian", "roles": ["web"], "net": {"ip": ["10.0.0.1"]}}"#;
const PILLAR: &str = r#"{"app": {"port": 81, "sites": {"a": 1}}, "list": [1, {"x": [2]}]}"#;

fn check(files: Files<'_>) {
    let paths: Vec<(String, &str)> = files.iter().map(|(path, text)| (format!("states/{path}"), *text)).collect();
    let world = World::in_memory(paths.iter().map(|(path, text)| (path.as_str(), *text)));
    for known in [None, Some((GRAINS, PILLAR))] {
        let shared = compare(&world, &minion(known));
        assert!(shared > 60, "{shared} imports were shared");
    }
}

const MAP: &str = "{% import_yaml 'app/defaults.yaml' as defaults %}\n\
    {% set os = salt['grains.filter_by']({'Debian': {'pkg': 'app2', 'opts': {}}, 'RedHat': {'pkg': 'app'}}) %}\n\
    {% do defaults.app.update(os or {}) %}\n\
    {% set app = salt['pillar.get']('app', default=defaults.app, merge=True) %}\n\
    {% set alias = app %}{% set sites = salt['pillar.get']('app:sites', {}) %}{% set net = grains['net'] %}\n\
    {% set ns = namespace(n=1, of=app) %}{% set all = pillar %}{% set items = app.items() %}{% set get = app.get %}\n\
    {% set block %}printed {{ app.pkg }}{% if grains.os == 'Debian' %} deb{% endif %}{% endset %}\n\
    {% macro name(x, y='{}') %}{{ x }}-{{ app.pkg }}-{{ tpldir }}-{{ own }}-{{ y }}{% endmacro %}\n\
    {% macro wrap(x) %}<{{ caller() }}{{ name(x) }}>{% endmacro %}\n";
const DEFAULTS: &str = "app:\n  pkg: app\n  conf: /etc/app\n  list: [a, b]\n";

#[test]
#[allow(clippy::too_many_lines, reason = "a list of templates")]
fn sharing_changes_nothing() {
    let base = [("app/map.jinja", MAP), ("app/defaults.yaml", DEFAULTS)];
    let entries = [
        "{% from 'app/map.jinja' import app, name with context %}a: {{ app.conf }} {{ name(1) }} {{ app | tojson }}\n",
        "{% from 'app/map.jinja' import app, name, wrap %}a: {{ app.pkg }} {% call wrap(2) %}x{% endcall %}\n",
        "{% import 'app/map.jinja' as m with context %}{% do m.app.update({'pkg': 'x'}) %}a: {{ m.alias.pkg }} {{ m.ns.of.pkg }}\n",
        "{% from 'app/map.jinja' import app %}{% from 'app/map.jinja' import alias %}{% do app.update({'k': 1}) %}a: {{ alias }}\n",
        "{% from 'app/map.jinja' import app with context %}{% from 'app/map.jinja' import alias with context %}{% do app.update({'k': 1}) %}a: {{ alias }}\n",
        "{% from 'app/map.jinja' import sites, net, all %}{% do sites.update({'b': 2}) %}{% do net.ip.append('x') %}a: {{ pillar.app }} {{ grains.net }} {{ all }}\n",
        "{% do pillar.app.update({'port': 99}) %}{% from 'app/map.jinja' import app %}a: {{ app.port }}\n",
        "{% set own = 'mine' %}{% from 'app/map.jinja' import name with context %}a: {{ name('x') }}\n",
        "{% from 'app/map.jinja' import block, items, get, ns %}{{ block }}: {{ items | list }} {{ get('pkg') }} {{ ns.n }}\n",
        "{% set x = 1 %}{% if grains.os == 'Debian' %}{% from 'app/map.jinja' import app %}a: {{ app.pkg }}{% endif %}\n",
        "{% import_yaml 'app/defaults.yaml' as d %}{% from 'app/map.jinja' import app with context %}a: {{ d.app.conf }} {{ app.conf }}\n",
        "{% import 'app/map.jinja' as m %}{% for r in grains.roles %}{% from 'app/map.jinja' import app with context %}{{ r }}: {{ app.pkg }}\n{% endfor %}{{ m.nope }}\n",
        "{% from 'app/map.jinja' import missing, app as a %}{% import './lib.jinja' as lib with context %}a: {{ a.pkg }} {{ missing }} {{ lib.here }}\n",
        "{% set opaque = {'a': 1} %}{% import 'app/lib.jinja' as lib with context %}a: {{ lib.opaque_seen }} {{ lib.here }}\n",
        "{% set opaque = 'text' %}{% import 'app/lib.jinja' as lib with context %}a: {{ lib.opaque_seen }} {{ lib.told('é') }}\n",
        "{% macro m() %}{% from 'app/map.jinja' import app with context %}{{ app.pkg }}{% endmacro %}a: {{ m() }} {{ m() }} {{ m() | default('x') }}\n",
        "{% include 'app/lib.jinja' %}\n{% import 'app/errors.jinja' as e %}a: {{ e.late }}\n",
        "{% import 'app/cycle.jinja' as c %}{% import 'app/back.jinja' as b %}a: {{ c }}{{ b }}\n",
        "{% import 'app/blocks.jinja' as b %}a: {{ b }}{% import 'app/child.jinja' as c %}{{ c }}\n",
        "{% import 'app/tools.jinja' as t %}a: {{ t.turn.next() }} {{ t.turn.next() }} {{ t.partial }} {{ t.same }} {{ t.joined }}\n",
        "{% macro m() %}{% import 'app/twice.jinja' as t %}{{ t.twice }}{% endmacro %}a: {{ m() }}\n",
        // mere data, read once for all
        "{% import_yaml 'app/table.yaml' as t %}{{ t.name }}: {{ t }}\nb: {{ t.list[1].x }}{{ t.folded }}\n",
        "{% import_yaml 'app/crlf.yaml' as t with context %}a: {{ t.a ~ t.b }}\n{% do t.update({'a': 3}) %}{% import_yaml 'app/crlf.yaml' as u %}b: {{ u.a }}\n",
        "{% if grains.os == 'Debian' %}{% import_yaml 'app/table.yaml' as t %}{% endif %}a: {{ t | default('x') }}\n",
        "{% for r in grains.roles %}{% import_yaml 'app/table.yaml' as t %}{{ r }}: {{ t.name }}\n{% endfor %}\n",
        "{% import_yaml 'app/refused.yaml' as t %}a: {{ t }}\n{% import_yaml 'app/empty.yaml' as e %}b: {{ e }}\n",
        "{% import_yaml 'app/list.yaml' as t %}{% import_json 'app/data.json' as j %}{% import_text 'app/list.yaml' as x %}a: {{ t }} {{ j.k }} {{ x }}\n",
    ];
    let lib = "{% from './map.jinja' import app with context %}{% set here = tpldir ~ tplfile %}\
        {% set opaque_seen = opaque | default('none') %}\
        {% macro told(x) %}{{ x }}{{ sls }}{{ app.pkg }}{{ opaque }}{% endmacro %}{{ app.conf }}: 1\n";
    let errors =
        "{% set a = nope.b %}{% set late = salt['cmd.run']('x') %}{{ {}.x.y }}{% for x in late %}{{ x }}{% endfor %}\n";
    let tools = "{% set turn = cycler('a', 'b') %}{% set partial %}{% if salt['cmd.run']('x') %}y\n{% else %}n\n{% endif %}{% endset %}\
        {% set same = (partial, [partial, pillar.get('list')]) %}{% set joined = 'a' ~ pillar.get('nope', 'd') %}\n";
    let mut files: Vec<(String, &str)> = base.iter().map(|(path, text)| ((*path).to_owned(), *text)).collect();
    for (path, text) in [
        ("app/lib.jinja", lib),
        ("app/errors.jinja", errors),
        ("app/tools.jinja", tools),
        ("app/twice.jinja", "{% import_yaml 'app/twice.yaml' as twice %}{% set twice = twice %}"),
        ("app/twice.yaml", "a: 1\n{% if grains.os == 'Debian' %}b: 1\nb: 2\n{% endif %}b: 3\n"),
        ("app/table.yaml", "# a table\nname: &n 'it''s'\nlist: [1, {x: *n}]\nfolded: >\n  one\n  two\nmode: 0644\n"),
        ("app/crlf.yaml", "a: 1\r\nb: \"x\\ty\"\r\n\r\n"),
        ("app/refused.yaml", "a: 1\na: 2\n"),
        ("app/empty.yaml", ""),
        ("app/list.yaml", "- a\n- é: b\n"),
        ("app/data.json", "{\"k\": [1]}\n"),
        ("app/cycle.jinja", "{% import 'app/cycle2.jinja' as x %}1"),
        ("app/cycle2.jinja", "{% import 'app/cycle.jinja' as x %}2"),
        ("app/back.jinja", "{% import 'app/s17.sls' as x %}3"),
        ("app/blocks.jinja", "{% block one %}1{% endblock %}{% block two %}2{{ self.one() }}{% endblock %}"),
        ("app/child.jinja", "{% extends 'app/blocks.jinja' %}{% block one %}c{{ super() }}{% endblock %}"),
    ] {
        files.push((path.to_owned(), text));
    }
    for (n, text) in entries.iter().enumerate() {
        files.push((format!("app/s{n}.sls"), text));
        files.push((format!("other/deep/s{n}/init.sls"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    check(&files);
}

/// A tree on disk, for whoever has one: `SALTFLOW_SHARED_TREE` names it.
#[test]
#[allow(clippy::disallowed_methods, reason = "a tree that is not part of the repository")]
fn sharing_changes_nothing_in_a_given_tree() {
    let Ok(root) = std::env::var("SALTFLOW_SHARED_TREE") else {
        println!("skipped: SALTFLOW_SHARED_TREE is not set");
        return;
    };
    let (mut files, mut folders) = (Vec::new(), vec![std::path::PathBuf::from(&root)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if let Ok(content) = std::fs::read(&path) {
                let below = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                files.push((format!("states/{below}"), content));
            }
        }
    }
    let world = World::in_memory(files.iter().map(|(path, content)| (path.as_str(), content)));
    for known in [None, Some((GRAINS, PILLAR))] {
        println!("{} imports were shared", compare(&world, &minion(known)));
    }
}
