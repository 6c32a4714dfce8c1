//! High data and low chunks of an SLS with its includes, and what is said where not all is known.

mod support;

use model::{Overrides, Request, compile};
use support::{profile, tree, tree_with};
use world::{Reader, Stop};

const TREE: &str = "
    === states/top.sls
    base: {'*': [web]}
    === states/web.sls
    include: [base]
    extend:
      conf:
        file:
          - mode: '0600'
    reload:
      cmd.run:
        - name: 'true'
        - require_in: [{file: conf}]
    {% if grains.os == 'Debian' %}
    extra: test.nop
    {% endif %}
    === states/base.sls
    conf:
      file.managed:
        - name: /etc/conf
        - mode: '0644'
    gone: test.nop
    === states/without.sls
    include: [base]
    exclude: [{id: gone}]
    === states/wrong.sls
    extend:
      nowhere:
        file: [{mode: '0600'}]
    a: test.nop
    === states/longer.sls
    a:
      test.nop:
        - require: [{test: b}]
    b:
      test.nop:
        - require: [{test: c}]
    c:
      test.nop:
        - require: [{test: a}]
    === states/circle.sls
    a:
      test.nop:
        - require: [{test: b}]
    b:
      test.nop:
        - require: [{test: a}]
    ";

/// IDs of the high data and of the low chunks, errors' first words, and whether it is partial.
fn check(known: bool, sls: &str, wanted: &str) {
    check_in(None, known, sls, wanted);
}

/// The same with the Salt of that version.
fn check_in(version: Option<&str>, known: bool, sls: &str, wanted: &str) {
    let request = Request {
        profiles: vec![profile("web1", r#"{"id": "web1", "os": "Debian"}"#, Some("{}"))],
        overrides: Overrides { salt_version: version.map(str::to_owned), ..Overrides::default() },
        ..Request::default()
    };
    let tree = if known { tree_with(TREE, &request) } else { tree(TREE) };
    let stop = Stop::new();
    let reader = Reader::new(&tree.world, &tree.memo, &stop);
    let compiled = compile(tree.catalog.views.first().expect("a view"), &reader, sls).expect("nobody stops it");
    let high: Vec<&str> = compiled.high.keys().map(String::as_str).collect();
    let low: Vec<&str> = compiled.low.iter().filter_map(|chunk| chunk["__id__"].as_str()).collect();
    let errors: Vec<String> = compiled
        .errors
        .iter()
        .map(|error| {
            let words = error.message.split(' ').take(3).collect::<Vec<_>>().join(" ");
            format!("{words} at {}:{}", error.origin.path, error.origin.range.start)
        })
        .collect();
    let partial = if compiled.partial { "; partial" } else { "" };
    let text = format!("{}; {}; {}{partial}", high.join(" "), low.join(" "), errors.join(", "));
    assert_eq!(text, wanted, "{sls}, known: {known}");
}

#[test]
fn compiles_like_salt() {
    check(true, "web", "reload extra conf gone; reload conf gone extra; ");
    check(true, "without", "conf; conf; ");
    check(true, "wrong", "a; ; Cannot extend ID at states/wrong.sls:10");
    check(true, "circle", "a b; ; Recursive requisites were at states/circle.sls:80");
    check(true, "nowhere", "; ; No matching sls at :0");
    check(false, "web", "reload conf gone; reload conf gone; ; partial");
}

#[test]
fn older_versions_have_their_own_rules() {
    check_in(Some("3006.9"), true, "longer", "a b c; a b c; ");
    check_in(Some("3008"), true, "longer", "a b c; ; Recursive requisites were at states/longer.sls:122");
    check_in(Some("3006"), true, "circle", "a b; ; A recursive requisite at states/circle.sls:80");
}
