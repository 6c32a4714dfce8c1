//! Closures, highstates, profiles, and catalogs made from the one before.

mod support;

use model::{Catalog, Closure, Request};
use support::{path, profile, tree, tree_with};
use world::{Stop, World};

fn text(closure: &Closure) -> String {
    let mut files: Vec<String> = closure
        .files
        .iter()
        .map(|(path, reached)| format!("{path}{}", if reached.certain { "" } else { "?" }))
        .collect();
    files.sort();
    format!("{}{}", files.join(" "), if closure.open { " ..." } else { "" })
}

const CYCLE: &str = "
    === states/top.sls
    base:
      '*': [a]
      'db*': [d]
    === states/a.sls
    include: [b, lib.*]
    === states/b.sls
    include: [a]
    {% if grains.os == 'Debian' %}
    include2: test.nop
    {% endif %}
    === states/lib/x.sls
    x: test.nop
    === states/lib/y.sls
    y: test.nop
    === states/c.sls
    {% if grains.os == 'Debian' %}
    include: [d]
    {% endif %}
    === states/d.sls
    d: test.nop
    === states/e.sls
    include: [gone]
    === states/files/x.conf
    {{ pillar.x }}
    ";

#[test]
fn closures_follow_includes() {
    let tree = tree(CYCLE);
    let view = &tree.catalog.views[0];
    let closure = |name: &str| text(&view.closure(&path(name)));
    assert_eq!(closure("states/a.sls"), "states/a.sls states/b.sls states/lib/x.sls states/lib/y.sls");
    assert_eq!(closure("states/c.sls"), "states/c.sls states/d.sls?");
    assert_eq!(closure("states/e.sls"), "states/e.sls ...");
    let mut includers: Vec<String> =
        view.includers(&path("states/lib/x.sls")).iter().map(ToString::to_string).collect();
    includers.sort();
    assert_eq!(includers, ["states/a.sls", "states/b.sls", "states/lib/x.sls"]);
}

#[test]
fn highstates_follow_the_top() {
    let request = Request {
        structural: true,
        profiles: vec![profile("web1", r#"{"id": "web1", "os": "Debian"}"#, Some("{}"))],
        ..Request::default()
    };
    let tree = tree_with(CYCLE, &request);
    let all = text(&tree.catalog.views[0].highstate());
    assert_eq!(all, "states/a.sls states/b.sls states/d.sls? states/lib/x.sls states/lib/y.sls");
    let web1 = text(&tree.catalog.views[1].highstate());
    assert_eq!(web1, "states/a.sls states/b.sls states/lib/x.sls states/lib/y.sls");
}

#[test]
fn views_are_merged() {
    let request = Request {
        structural: true,
        profiles: vec![profile("web1", r#"{"id": "web1", "role": "web"}"#, Some("{}"))],
        ..Request::default()
    };
    let tree = tree_with(
        "=== states/top.sls\nbase: {}\n=== states/a.sls\nrole_{{ grains.role }}: test.nop\nb: test.nop\n",
        &request,
    );
    let ids: Vec<(String, bool)> = (tree.catalog.entities().into_iter())
        .filter(|entity| entity.kind == model::EntityKind::StateId)
        .map(|entity| (entity.name, entity.certain))
        .collect();
    let expected = [("role_*", false), ("role_web", false), ("b", true)];
    assert_eq!(ids, expected.map(|(name, certain)| (name.to_owned(), certain)));
}

/// Every change gives what a catalog from nothing gives, and keeps what did not change.
#[test]
fn catalogs_follow_changes() {
    let tree = tree(CYCLE);
    let request = Request::default();
    let managed = "m:\n  file.managed:\n    - source: salt://files/x.conf\n    - template: jinja\n";
    let changes: [(&str, Option<&str>); 9] = [
        ("states/m.sls", Some(managed)),
        ("states/files/x.conf", Some("{{ pillar.y }}\n")),
        ("states/m.sls", Some("m:\n  file.managed:\n    - source: salt://files/x.conf\n")),
        ("states/top.sls", None),
        ("states/lib/x.sls", Some("x2: test.nop\n")),
        ("states/lib/z.sls", Some("z:\n  test.nop:\n    - require: [{test: x2}]\n")),
        ("states/b.sls", None),
        ("states/d.sls", Some("d: [\n")),
        ("states/d.sls", Some("d: test.nop\n")),
    ];
    let (mut world, mut catalog): (World, Catalog) = (tree.world.clone(), tree.catalog.clone());
    for (file, content) in changes {
        world = world.with(&path(file), content.map(str::as_bytes));
        let next = Catalog::build(&world, &tree.memo, &Stop::new(), &request, Some(&catalog)).unwrap();
        let fresh = Catalog::build(&world, &world::Memo::new(), &Stop::new(), &request, None).unwrap();
        assert_eq!(next.entities(), fresh.entities(), "{file}");
        let (view, old) = (&next.views[0], &catalog.views[0]);
        let paths = |catalog: &Catalog| catalog.views[0].files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&next), paths(&fresh), "{file}");
        assert_eq!(text(&view.highstate()), text(&fresh.views[0].highstate()), "{file}");
        for (path, facts) in &view.files {
            if path.as_str() != file {
                // One that wasn't there may have become a template.
                let kept = old.facts(path).is_none_or(|old| std::sync::Arc::ptr_eq(old, facts));
                assert!(kept, "{path} does not depend on {file}");
            }
        }
        for name in ["x", "x2", "z", "d"] {
            let mut files: Vec<_> = view.index().files(model::Slot::StateId, name).collect();
            let mut expected: Vec<_> = fresh.views[0].index().files(model::Slot::StateId, name).collect();
            files.sort();
            expected.sort();
            assert_eq!(files, expected, "{file}: {name}");
        }
        catalog = next;
    }
}

#[test]
fn an_edit_is_seen_whatever_other_worlds_were_looked_at_in_between() {
    let memo = world::Memo::new();
    let of = |world: &World, before: Option<&Catalog>| {
        Catalog::build(world, &memo, &Stop::new(), &Request::default(), before).expect("nobody stops it")
    };
    let ids = |catalog: &Catalog| -> Vec<String> {
        let facts = catalog.views[0].facts(&path("states/a.sls")).expect("the file");
        facts.declarations.iter().map(|declaration| declaration.id.to_string()).collect()
    };
    let first = World::in_memory([("states/a.sls", "one: test.nop\n"), ("states/b.sls", "b: test.nop\n")]);
    let edit = |world: &World, file: &str, text: &str| world.with(&path(file), Some(text.as_bytes()));
    let here = of(&first, None);
    // Develop differs in `a`, and is what was looked at last.
    let develop = edit(&first, "states/a.sls", "theirs: test.nop\n");
    assert_eq!(ids(&of(&develop, Some(&here))), ["theirs"]);
    // Here first `b` is edited, then `a`.
    let second = edit(&first, "states/b.sls", "c: test.nop\n");
    let here = of(&second, Some(&here));
    assert_eq!(ids(&here), ["one"]);
    let third = edit(&second, "states/a.sls", "two: test.nop\n");
    assert_eq!(ids(&of(&third, Some(&here))), ["two"]);
}

/// Files, and texts that they may have.
const VARIANTS: [(&str, &[Option<&str>]); 5] = [
    (
        "states/a.sls",
        &[
            Some("include: [b]\na:\n  test.nop:\n    - require: [{test: b}]\n"),
            Some("a:\n  test.nop:\n    - require: [{test: b}, {pkg: nginx}, {test: c*}]\n"),
            Some("include: ['{{ grains.x }}']\na:\n  test.nop:\n    - require: [{test: b}]\n"),
            Some("# moved\n\nextend:\n  b:\n    test:\n      - order: 1\na: test.nop\n"),
            None,
        ],
    ),
    (
        "states/b.sls",
        &[
            Some("b: test.nop\n"),
            Some("\n\nb: test.nop\na: test.nop\n"),
            Some("{% if grains.x %}\nb: test.nop\na: test.nop\n{% endif %}\n"),
            Some("b-{{ grains.x }}:\n  pkg.installed:\n    - name: nginx\n"),
            Some("{{ grains.x }}: test.nop\n"),
            None,
        ],
    ),
    (
        "states/c.sls",
        &[
            Some("include: [a, b]\nc:\n  test.nop:\n    - watch: [{test: a}, {sls: b}]\n"),
            Some("include: ['*']\nc1: test.nop\n"),
            Some("c:\n  test.nop:\n    - require: [{id: b}, {sls: gone}]\n"),
            Some("c: ["),
        ],
    ),
    ("states/d/init.sls", &[Some("include: [.x, c]\nb: test.nop\n"), None]),
    ("states/top.sls", &[Some("base:\n  '*': [a, b]\n"), Some("base:\n  '*': [c]\n  'x*': [gone]\n"), None]),
];

/// Findings that are kept over edits are those that a catalog from nothing has, whatever the order of
/// the edits: names, includes, certainty and the top file come and go.
#[test]
fn findings_follow_changes() {
    let memo = world::Memo::new();
    let build = |world: &World, memo: &world::Memo, before: Option<&Catalog>| {
        Catalog::build(world, memo, &Stop::new(), &Request::default(), before).expect("nobody stops it")
    };
    let said = |catalog: &Catalog| -> Vec<String> {
        let view = &catalog.views[0];
        let of = |facts: &std::sync::Arc<model::Facts>| -> Vec<String> {
            let found = view.check(facts);
            found.iter().map(|problem| format!("{} {problem:?}", facts.path)).collect()
        };
        view.files.values().flat_map(of).collect()
    };
    let mut world = World::in_memory([("states/b.sls", "b: test.nop\n")]);
    let mut catalog = build(&world, &memo, None);
    let (mut seed, mut spoken) = (7_u64, 0);
    for step in 0..250 {
        let mut draw = |most: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % most
        };
        let (file, texts) = VARIANTS[draw(VARIANTS.len())];
        let text = texts[draw(texts.len())];
        world = world.with(&path(file), text.map(str::as_bytes));
        catalog = build(&world, &memo, Some(&catalog));
        let fresh = said(&build(&world, &world::Memo::new(), None));
        assert_eq!(said(&catalog), fresh, "step {step}: {file} is {text:?}");
        spoken += fresh.len();
    }
    assert!(spoken > 250, "the trees have something to say: {spoken}");
}
