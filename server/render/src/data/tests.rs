//! Loading joint texts: a small notation for what the evaluator prints, and trees as text.

use std::sync::Arc;

use expect_test::{Expect, expect};
use text::TextRange;
use world::{Memo, Reader, SaltPath, Stop, World};

use super::load::{Format, Loaded, load};
use crate::{Atom, FileId, Node, NodeKind, Output, Piece, PieceKind, SourceKind, When};
use python::output::HOLE;

fn atom(name: &str) -> Atom {
    // `os1`, `os2` …: different constants of one subject, which exclude each other.
    let id = name.bytes().fold(7, |hash: u64, byte| hash * 31 + u64::from(byte));
    let equals = name.strip_prefix("os").map(|constant| (1, constant.parse().unwrap()));
    Atom { id, equals, text: name.into() }
}

fn when(text: &str) -> When {
    text.split('&').filter(|test| !test.is_empty()).fold(When::ALWAYS, |when, test| {
        let (name, answer) = test.strip_prefix('!').map_or((test, true), |name| (name, false));
        when.and(&atom(name), answer).unwrap()
    })
}

/// `«a&!b:text»` is printed under a condition, `«+:text»` by an unknown loop, `«*»` is a hole,
/// `«=a:x|!a:y|?»` one of several texts (`?` unknown). The source is the notation itself.
fn output(notation: &str) -> Output {
    let mut output = Output { files: vec![SaltPath::new("a.sls").unwrap()], ..Output::default() };
    let mut push = |range: TextRange, text: &str, kind: PieceKind, when: When, repeated: bool| {
        let start = output.text.len();
        output.text.push_str(text);
        let at = TextRange::of(start, output.text.len());
        let contributors = Arc::from([]);
        output.pieces.push(Piece {
            at,
            kind,
            file: FileId(0),
            range,
            chain: None,
            when,
            repeated,
            contributors,
            site: None,
        });
    };
    let mut rest = notation;
    let mut at = 0;
    while let Some(open) = rest.find('«') {
        push(TextRange::of(at, at + open), &rest[..open], PieceKind::Exact, When::ALWAYS, false);
        let close = rest.find('»').unwrap();
        let body = &rest[open + '«'.len_utf8()..close];
        let whole = TextRange::of(at + open, at + close + '»'.len_utf8());
        let hole = HOLE.to_string();
        if let Some(choices) = body.strip_prefix('=') {
            let alternatives: Vec<(When, Option<smol_str::SmolStr>)> = choices
                .split('|')
                .map(|choice| match choice.split_once(':') {
                    Some((guard, text)) => (when(guard), Some(text.into())),
                    None => (When::ALWAYS, None),
                })
                .collect();
            let text = alternatives[0].1.clone().unwrap();
            push(whole, &text, PieceKind::Choice(alternatives.into()), When::ALWAYS, false);
        } else if let Some((condition, text)) = body.split_once(':') {
            let repeated = condition.contains('+');
            let condition = when(&condition.replace('+', ""));
            let start = at + close - text.len();
            // A hole inside is written `*…*`.
            for (n, part) in text.split('*').enumerate() {
                if n % 2 == 1 {
                    push(whole, &hole, PieceKind::Hole("unknown".into()), condition.clone(), repeated);
                } else {
                    let from = start + (part.as_ptr() as usize - text.as_ptr() as usize);
                    push(TextRange::of(from, from + part.len()), part, PieceKind::Exact, condition.clone(), repeated);
                }
            }
        } else {
            push(whole, &hole, PieceKind::Hole("unknown".into()), When::ALWAYS, false);
        }
        at += close + '»'.len_utf8();
        rest = &rest[close + '»'.len_utf8()..];
    }
    push(TextRange::of(at, notation.len()), rest, PieceKind::Exact, When::ALWAYS, false);
    output.pieces.retain(|piece| !piece.at.is_empty());
    output
}

fn loaded(output: &Output) -> Loaded {
    let world = World::in_memory([("a", "")]);
    let (memo, stop) = (Memo::new(), Stop::new());
    load(&Reader::new(&world, &memo, &stop), output, Format::Yaml).unwrap()
}

fn condition(node: &Node) -> String {
    let when = if node.when.is_always() { String::new() } else { format!(" [{:?}]", node.when) };
    let repeated = if node.repeated { " [repeated]" } else { "" };
    format!("{when}{repeated}")
}

fn scalar(node: &Node, notation: &str) -> String {
    let shown = match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Int(value) => value.to_string(),
        NodeKind::Float(value) => format!("{value:?}"),
        NodeKind::Str(text) => format!("{:?}", text.to_string()),
        NodeKind::Unknown(_) => "?".to_owned(),
        NodeKind::Map(entries) if entries.is_empty() => "{}".to_owned(),
        NodeKind::List(items) if items.is_empty() => "[]".to_owned(),
        other => format!("{other:?}"),
    };
    let source = node.origin.range.slice(notation);
    let place = match node.origin.kind {
        SourceKind::Exact if shown.trim_matches('"') == source || source.is_empty() => String::new(),
        kind => format!(" <{kind:?} {source:?}>"),
    };
    format!("{shown}{}{place}", condition(node))
}

fn dump(node: &Node, notation: &str, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    let mut child = |mark: String, node: &Node| match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => {
            out.push_str(&format!("{pad}{mark}{}\n", condition(node)));
            dump(node, notation, indent + 1, out);
        }
        NodeKind::List(items) if !items.is_empty() => {
            out.push_str(&format!("{pad}{mark}{}\n", condition(node)));
            dump(node, notation, indent + 1, out);
        }
        NodeKind::Choice(_) => {
            out.push_str(&format!("{pad}{mark}{}\n", condition(node)));
            dump(node, notation, indent + 1, out);
        }
        _ => out.push_str(&format!("{pad}{mark} {}\n", scalar(node, notation))),
    };
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                child(format!("{}:", scalar(key, notation)), value);
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| child("-".to_owned(), item)),
        NodeKind::Choice(items) => items.iter().for_each(|item| child("|".to_owned(), item)),
        _ => out.push_str(&scalar(node, notation)),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as `expect!` is written")]
fn check(notation: &str, expected: Expect) {
    let loaded = loaded(&output(notation));
    let mut shown = String::new();
    if let Some(data) = &loaded.data {
        dump(data, notation, 0, &mut shown);
    }
    for problem in &loaded.problems {
        let certain = if problem.certain { "certain" } else { "maybe" };
        let at = problem.origin.range.slice(notation).lines().next().unwrap_or("");
        let text = problem.message.split(": ").next().unwrap_or("");
        shown.push_str(&format!("! {certain} [{:?}] {at:?} {text}\n", problem.when));
    }
    if !loaded.complete {
        shown.push_str("incomplete\n");
    }
    expected.assert_eq(&shown);
}

#[test]
fn what_is_certain_is_just_loaded() {
    check(
        "nginx:\n  pkg.installed:\n    - name: 'x'\n    - port: 0644\n",
        expect![[r#"
        "nginx":
          "pkg.installed":
            -
              "name": "x" <Exact "'x'">
            -
              "port": 644 <Exact "0644">
    "#]],
    );
    check(
        "a: 1\nb: [x, {y: z}]\na: 2\n",
        expect![[r#"
        "a": 1
        "b":
          - "x"
          -
            "y": "z"
        "a": 2
        ! certain [always] "a" found conflicting ID 'a'
        incomplete
    "#]],
    );
    check(
        "a:\n\t- b\n",
        expect![[r#"
        "a": null
        ! certain [always] "\t" found character that cannot start any token
        incomplete
    "#]],
    );
}

#[test]
fn branches_are_laid_side_by_side() {
    check(
        "a: 1\n«x:b: 2\n»«!x:b: 3\n»c: 4\n",
        expect![[r#"
            "a": 1
            "b" [x]: 2
            "b" [not x]: 3
            "c": 4
        "#]],
    );
    check(
        "a:\n«x:  - b\n»  - c\n«y:  - d\n  - e\n»",
        expect![[r#"
        "a":
          - "b" [x]
          - "c"
          - "d" [y]
          - "e" [y]
    "#]],
    );
    check(
        "a:\n«x:  b: 1\n  c: 2\n»d: 5\n",
        expect![[r#"
        "a": [x]
          "b": 1
          "c": 2
        "d": 5
    "#]],
    );
    check(
        "a:\n  - b: 1\n«x:    c: 2\n»",
        expect![[r#"
        "a":
          -
            "b": 1
            "c" [x]: 2
    "#]],
    );
}

#[test]
fn texts_that_differ_are_choices() {
    check(
        "port: «x:80»«!x:443»\n",
        expect![[r#"
        "port":
          | 443 [not x]
          | 80 [x]
    "#]],
    );
    check(
        "port: 80«x:81»\n",
        expect![[r#"
        "port":
          | 80 [not x]
          | 8081 [x] <Derived "80«x:81">
    "#]],
    );
    check(
        "- «x:file»«!x:ini»: x\n",
        expect![[r#"
        -
          "ini" [not x]: "x"
          "file" [x]: "x"
    "#]],
    );
    check(
        "name: apache«=os1:2|os2:\"|?»\n",
        expect![[r#"
        "name":
          | "apache2" [os1] <Derived "apache«=os1:2|os2:\"|?»">
          | "apache\"" [os2] <Derived "apache«=os1:2|os2:\"|?»">
          | "apache*" <Derived "apache«=os1:2|os2:\"|?»">
    "#]],
    );
    check(
        "text: |\n  one\n«x:  two\n»  three\n",
        expect![[r#"
            "text":
              | "one\nthree\n" [not x] <Derived "|\n  one\n«x:  two\n»  three">
              | "one\ntwo\nthree\n" [x] <Derived "|\n  one\n«x:  two\n»  three">
        "#]],
    );
    check(
        "a: «=x:[1, 2]|!x:3»\n",
        expect![[r#"
        "a":
          | [x]
            - 1 <Derived "«=x:[1, 2]|!x:3»">
            - 2 <Derived "«=x:[1, 2]|!x:3»">
          | 3 [not x] <Derived "«=x:[1, 2]|!x:3»">
    "#]],
    );
}

#[test]
fn structure_that_differs_is_forked() {
    check(
        "«x:foo:\n»«!x:bar:\n»  pkg.installed: []\nz: 1\n",
        expect![[r#"
        "foo" [x]:
          "pkg.installed": []
        "bar" [not x]:
          "pkg.installed": []
        "z": 1
    "#]],
    );
    check(
        "foo:\n«x:  pkg.installed:\n»«!x:  pkg.latest:\n»    - name: x\n    - y: 1\n",
        expect![[r#"
        "foo":
          "pkg.installed" [x]:
            -
              "name": "x"
            -
              "y": 1
          "pkg.latest" [not x]:
            -
              "name": "x"
            -
              "y": 1
    "#]],
    );
    check(
        "foo:\n  a: 1\n«x:bar:\n»  b: 2\n",
        expect![[r#"
        "foo":
          "a": 1
          "b" [not x]: 2
        "bar" [x]:
          "b": 2
    "#]],
    );
    check(
        "l:\n  - a: 1\n«x:  - b: 1\n»«!x:  - c: 1\n»    d: 2\n",
        expect![[r#"
        "l":
          -
            "a": 1
          - [x]
            "b": 1
            "d": 2
          - [not x]
            "c": 1
            "d": 2
    "#]],
    );
    check(
        "ok: 1\nfoo: {«x:a: 1}\n»«!x:b: 2}\n»bar: 2\n",
        expect![[r#"
            "ok": 1
            "foo":
              "a" [x]: 1
              "b" [not x]: 2
            "bar": 2
        "#]],
    );
}

#[test]
fn errors_stay_in_their_branch() {
    check(
        "a: 1\n«x:b: c: d\n»e: 5\n",
        expect![[r#"
            "a": 1
            "b" [x]: "c"
            "e": 5
            ! maybe [x] ":" mapping values are not allowed in this context
            incomplete
        "#]],
    );
    check(
        "a: 1\n«x:b: 2\nb: 3\n»«y:a: 4\n»",
        expect![[r#"
        "a": 1
        "b" [x]: 2
        "b" [x]: 3
        "a" [y]: 4
        ! maybe [x] "b" found conflicting ID 'b'
        ! maybe [y] "a" found conflicting ID 'a'
        incomplete
    "#]],
    );
    check(
        "b: c: d\n«x:e: 5\n»",
        expect![[r#"
            "b": "c"
            "e" [x]: 5
            ! certain [always] ":" mapping values are not allowed in this context
            incomplete
        "#]],
    );
    check(
        "«x:a: 1\n»«!x:a: 2\n»",
        expect![[r#"
            "a" [x]: 1
            "a" [not x]: 2
        "#]],
    );
}

#[test]
fn holes_are_what_they_may_be() {
    check(
        "a: «*»\nb: x-«*»-y\nc: \"«*»\"\n«*»: 1\n",
        expect![[r#"
        "a": ? <Derived "«*»">
        "b": "x-*-y" <Derived "x-«*»-y">
        "c": "*" <Derived "\"«*»\"">
        "*" <Derived "«*»">: 1
    "#]],
    );
    check(
        "a: 1\n«*»\nb: 2\n",
        expect![[r#"
        "a": 1
        "*" [repeated] <Derived "«*»">: ? <Derived "«*»">
        "b": 2
    "#]],
    );
    check(
        "a:\n  «*»\nb:\n  - c\n  «*»\n  - d\n",
        expect![[r#"
        "a": ?
        "b":
          - "c"
          - ? [repeated] <Derived "«*»">
          - "d"
    "#]],
    );
    check(
        "a:\n  b: 1\n    «*»\n  c: 2\n  «*»\nd: 3\n",
        expect![[r#"
        "a":
          "b": 1
          "c": 2
          "*" [repeated] <Derived "«*»">: ? <Derived "«*»">
        "d": 3
    "#]],
    );
    check(
        "«*»\n",
        expect![[r#"
        "*" [repeated] <Derived "«*»">: ? <Derived "«*»">
    "#]],
    );
    check(
        "t: |\n  one\n  «*»\n  two «*»\n",
        expect![[r#"
        "t": "one\n*\ntwo *\n" <Derived "|\n  one\n  «*»\n  two «*»">
    "#]],
    );
    check(
        "a: 1\n«*» b: c: d\n",
        expect![[r#"
        "a": 1
        "* b" <Derived "«*» b">: "c"
        incomplete
    "#]],
    );
}

#[test]
fn unknown_loops_repeat() {
    check(
        "a:\n«+:  - x: *1*\n    y: 2\n»  - z\n«+:u*1*:\n  p.q: []\n»",
        expect![[r#"
            "a":
              - [repeated]
                "x": ? <Derived "«+:  - x: *1*\n    y: 2\n»">
                "y": 2
              - "z"
            "u*" [repeated] <Derived "«+:u*1*:\n  p.q: []\n»">:
              "p.q": []
        "#]],
    );
}

/// The value of `node` in the rendering that answers `x`, `y`, `z` so.
fn resolve(node: &Node, answers: &[(Atom, bool)]) -> String {
    let holds = |when: &When| when.tests().iter().all(|test| answers.contains(test));
    let value = |node: &Node| if holds(&node.when) { resolve(node, answers) } else { "null".to_owned() };
    match &node.kind {
        NodeKind::Choice(items) => {
            let fitting: Vec<String> = items.iter().filter(|item| holds(&item.when)).map(value).collect();
            assert_eq!(fitting.len(), 1, "a choice has one value in each rendering: {items:?}");
            fitting.into_iter().next().unwrap()
        }
        NodeKind::List(items) => {
            let items: Vec<String> = items.iter().filter(|item| holds(&item.when)).map(value).collect();
            if items.is_empty() { "null".to_owned() } else { format!("[{}]", items.join(", ")) }
        }
        NodeKind::Map(entries) => {
            let entries = entries.iter().filter(|(key, _)| holds(&key.when));
            let entries: Vec<String> = entries.map(|(k, v)| format!("{}: {}", resolve(k, answers), value(v))).collect();
            if entries.is_empty() { "null".to_owned() } else { format!("{{{}}}", entries.join(", ")) }
        }
        NodeKind::Null => "null".to_owned(),
        NodeKind::Int(value) => value.to_string(),
        NodeKind::Str(text) => format!("{:?}", text.to_string()),
        other => format!("{other:?}"),
    }
}

/// Random lines of a small SLS, with conditions that may tear its structure.
fn random_notation(mut seed: u64) -> String {
    let mut next = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let mut notation = String::new();
    // Whether it is a list, whether its last line is a bare key.
    let mut levels = vec![(false, false)];
    let mut open = None;
    for line in 0..3 + next(8) {
        if open.is_some() && next(3) == 0 {
            notation.push('»');
            open = None;
        }
        if open.is_none() && next(3) == 0 {
            let condition = ["x:", "!x:", "y:", "!y:", "x&y:", "z:"][usize::try_from(next(6)).unwrap()];
            notation.push('«');
            notation.push_str(condition);
            open = Some(condition);
        }
        // Deeper only below a bare key; otherwise beside something that stands above.
        let opened = matches!(levels.last(), Some((_, true)));
        if opened && next(3) > 0 {
            levels.push((next(2) == 0, false));
        } else {
            let keep = 1 + usize::try_from(next(levels.len() as u64)).unwrap();
            levels.truncate(keep);
        }
        let depth = levels.len() - 1;
        let (list, bare) = levels.last_mut().unwrap();
        *bare = !*list && next(2) == 0;
        let body = match (*list, *bare) {
            (false, true) => format!("k{line}:"),
            (false, false) => format!("k{line}: v{line}"),
            (true, _) if next(2) == 0 => format!("- i{line}"),
            (true, _) => format!("- k{line}: {line}"),
        };
        notation.push_str(&"  ".repeat(depth));
        notation.push_str(&body);
        if open.is_none() && next(8) == 0 {
            notation.push_str("«y:q»");
        }
        notation.push('\n');
    }
    if open.is_some() {
        notation.push('»');
    }
    notation
}

#[test]
fn one_tree_stands_for_every_rendering() {
    let mut compared = 0;
    for seed in 0..4000 {
        let notation = random_notation(seed);
        let output = output(&notation);
        let loaded = loaded(&output);
        for bits in 0..8_u8 {
            let answers: Vec<(Atom, bool)> =
                ["x", "y", "z"].iter().enumerate().map(|(n, name)| (atom(name), bits >> n & 1 == 1)).collect();
            let printed =
                output.pieces.iter().filter(|piece| piece.when.tests().iter().all(|test| answers.contains(test)));
            let text: String = printed.map(|piece| piece.at.slice(&output.text)).collect();
            let plain = super::source::verbatim(&SaltPath::new("a.sls").unwrap(), &text);
            let expected = self::loaded(&plain);
            if !expected.problems.is_empty() || !loaded.complete {
                continue;
            }
            let expected = expected.data.map_or("null".to_owned(), |data| resolve(&data, &[]));
            let data = loaded.data.as_ref();
            let data = data.filter(|data| data.when.tests().iter().all(|test| answers.contains(test)));
            let ours = data.map_or("null".to_owned(), |data| resolve(data, &answers));
            assert_eq!(ours, expected, "seed {seed}, {bits:03b}:\n{notation}\n--- rendered:\n{text}");
            compared += 1;
        }
    }
    assert!(compared > 2000, "only {compared} renderings were compared");
}
