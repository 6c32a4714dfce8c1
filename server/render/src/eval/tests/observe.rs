//! Looking into evaluations.

use std::fmt::Write as _;

use syntax::jinja::{self, Options, walk};
use text::TextRange;
use world::{Memo, Reader, SaltPath, Stop, World};

use super::{Files, minion};
use crate::eval::observe::{Observed, Seen, Thing, Watch};
use crate::{EntryKind, Node, NodeKind, Question, SourceKind};

/// The innermost statement at the `¦` of `text`, and the range from there to `¦¦`'s end.
fn marked(text: &str) -> (String, TextRange, TextRange) {
    let start = text.find('¦').expect("a start");
    let plain = text.replace('¦', "");
    let end = text.rfind('¦').expect("an end") - '¦'.len_utf8();
    let template = jinja::parse(&plain, &Options::default());
    let nodes = walk::path_at(&template.body, u32::try_from(end).unwrap());
    let statement = nodes.iter().rev().find_map(|node| match node {
        walk::Node::Statement(statement) => Some(statement.range),
        _ => None,
    });
    (plain, statement.expect("a statement"), TextRange::of(start, end))
}

fn observed(files: Files<'_>, entry: &str, forced: bool, known: Option<(&str, &str)>) -> Observed {
    let (path, text) = files.iter().find(|(_, text)| text.contains('¦')).expect("a mark");
    let (plain, statement, expression) = marked(text);
    let own: Vec<(String, &str)> = files
        .iter()
        .map(|(other, text)| (format!("states/{other}"), if other == path { plain.as_str() } else { *text }))
        .collect();
    let world = World::in_memory(own.iter().map(|(path, text)| (path.as_str(), *text)));
    let (memo, stop) = (Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let path = |name: &str| SaltPath::new(&format!("states/{name}")).unwrap();
    let watch = Watch { path: path(path_of(files)), statement, expressions: vec![expression], depth: 4, forced };
    let kind = if entry.ends_with(".sls") { EntryKind::State } else { EntryKind::Macros };
    let minion = minion(known);
    let question = Question { minion: &minion, entry: &path(entry), kind, extra: crate::Extra::default(), watch };
    crate::observe(&reader, &question).unwrap()
}

fn path_of<'f>(files: Files<'f>) -> &'f str {
    files.iter().find(|(_, text)| text.contains('¦')).expect("a mark").0
}

fn shown(node: &Node, out: &mut String) {
    match &node.kind {
        NodeKind::Map(entries) => {
            out.push('{');
            for (n, (key, value)) in entries.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                shown(key, out);
                out.push_str(": ");
                shown(value, out);
            }
            out.push('}');
        }
        NodeKind::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                shown(item, out);
            }
            out.push(']');
        }
        NodeKind::Choice(choices) => {
            for (n, choice) in choices.iter().enumerate() {
                out.push_str(if n > 0 { " or " } else { "" });
                shown(choice, out);
            }
        }
        NodeKind::Str(text) => {
            let _ = write!(out, "{text}");
            if node.origin.kind == SourceKind::Exact && !node.origin.range.is_empty() {
                let file = node.origin.path.as_str().rsplit('/').next().unwrap_or("");
                let _ = write!(out, "@{file}:{}", node.origin.range.start);
            }
        }
        NodeKind::Int(number) => out.push_str(&number.to_string()),
        NodeKind::Unknown(_) => {
            let _ = write!(out, "?{:?}", node.origin.contributors);
        }
        other => {
            let _ = write!(out, "{other:?}");
        }
    }
}

fn words(observed: &Observed) -> String {
    let mut all = Vec::new();
    for seen in observed.values.iter().flatten() {
        all.push(match seen {
            Seen::Data(node) => {
                let mut out = String::new();
                shown(node, &mut out);
                out
            }
            Seen::Thing(Thing::Macro { params, .. }) => format!("macro of {}", params.len()),
            Seen::Thing(thing) => format!("{thing:?}"),
        });
    }
    all.join(" | ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let found = observed(&[("a.sls", text)], "a.sls", false, None);
    assert_eq!(words(&found), expected, "{text}");
}

#[test]
fn values_are_those_of_the_place() {
    check("{% set x = 1 %}{{ ¦x¦ }}{% set x = 2 %}", "1");
    check("{% for x in ['a', 'b'] %}{{ ¦x¦ }}{% endfor %}", "a@a.sls:14 | b@a.sls:19");
    check("{% macro m(x) %}{{ ¦x¦ }}{% endmacro %}{{ m(1) }}{{ m(2) }}", "1 | 2");
    check("{% load_yaml as x %}\nport: 80\n{% endload %}{{ ¦x¦ }}", "{port@a.sls:21: 80}");
    check("{% set n = namespace(v={'k': 1}) %}{{ ¦n¦ }}", "{v: {k@a.sls:25: 1}}");
    check("{% set l = [1] %}{{ ¦l.pop()¦ }}{{ l }}", "1");
    check(
        "{% set p = pillar.get('app', {'d': 1}) %}{{ ¦p¦ }}",
        "{d@a.sls:31: 1} | ?[Pillar(KeyPath([KeyPart([Some(\"app\")])]))]",
    );
    check("{{ ¦salt¦['pillar.get']('x') }}", "Salt");
    check("{{ ¦salt['pillar.get']¦('x') }}", "SaltFunction(\"pillar.get\")");
    check("{% for k, v in {'a': {'b': 1}}.items() %}{{ ¦v¦ }}{% endfor %}", "{b@a.sls:23: 1}");
    check("{% for k, v in {'a': {'b': 1}}|dictsort %}{{ ¦v¦ }}{% endfor %}", "{b@a.sls:23: 1}");
    check("{% if grains.os == 'x' %}{% set v = 1 %}{% else %}{% set v = 2 %}{% endif %}{{ ¦v¦ }}", "1 | 2");
    check(
        "{% macro m() %}{{ caller({'q': 1}) }}{% endmacro %}{% call(o) m() %}{{ ¦o¦ }}{% endcall %}",
        "{q@a.sls:27: 1}",
    );
}

#[test]
fn what_never_runs_is_seen_when_forced() {
    for (text, expected) in [
        ("{% if False %}{% set v = 1 %}{{ ¦v¦ }}{% endif %}", "1"),
        ("{% macro m(x={'k': 1}) %}{{ ¦x¦ }}{% endmacro %}", "{k@a.sls:15: 1}"),
        ("{% for x in [] %}{% set v = 1 %}{{ ¦v¦ }}{% endfor %}", "1"),
        ("{% for x in [1] %}{% else %}{{ ¦[2]¦ }}{% endfor %}", "[2]"),
        ("{{ 0 and ¦[3]¦ }}", "[3]"),
    ] {
        let found = observed(&[("a.sls", text)], "a.sls", true, None);
        assert_eq!(words(&found), expected, "{text}");
    }
}

#[test]
fn an_imported_file_is_seen_through_its_importer() {
    let files: Files<'_> = &[
        ("a.sls", "{% import 'm.jinja' as m %}{{ m.show({'k': 1}) }}"),
        ("m.jinja", "{% macro show(x) %}{{ ¦x¦ }}{% endmacro %}"),
    ];
    assert_eq!(words(&observed(files, "a.sls", false, None)), "{k@a.sls:39: 1}");
    let files: Files<'_> = &[
        ("a.sls", "{% from 'm.jinja' import app with context %}{{ ¦app¦ }}"),
        ("m.jinja", "{% import_yaml 'd.yaml' as d %}{% set app = d.app %}"),
        ("d.yaml", "app:\n  port: 80\n"),
    ];
    assert_eq!(words(&observed(files, "a.sls", false, None)), "{port@d.yaml:7: 80}");
}

#[test]
fn known_pillar_tells_where_it_lies() {
    let found = observed(&[("a.sls", "{{ ¦pillar.app¦ }}")], "a.sls", false, Some(("{}", r#"{"app": {"port": 1}}"#)));
    assert_eq!(words(&found), "{port: 1}");
    let Some(Seen::Data(node)) = found.values[0].first() else { panic!("no data") };
    assert_eq!(format!("{:?}", node.origin.contributors), "[Pillar(KeyPath([KeyPart([Some(\"app\")])]))]");
}

#[test]
fn near_variables_come_first() {
    let text = "{% set a = 1 %}{% macro m(b) %}{% for c in [1] %}{{ ¦c¦ }}{% endfor %}{% endmacro %}{{ m(2) }}";
    let found = observed(&[("a.sls", text)], "a.sls", false, None);
    let names: Vec<&str> = found.scope.iter().map(|one| one.name.as_str()).filter(|name| name.len() == 1).collect();
    assert_eq!(names, ["c", "b", "a", "m"]);
}
