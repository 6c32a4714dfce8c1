//! What Salt's loader makes of small texts: types, styles, offset maps and refusals.

mod yaml_corpus;

use syntax::yaml::{Node, Style, Value, load, python_key_eq, resolve_plain};

/// A value on one line, strings quoted as Rust does.
fn show(node: &Node) -> String {
    let list = |nodes: &[Node]| nodes.iter().map(show).collect::<Vec<_>>().join(", ");
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => format!("{float:?}"),
        Value::Str(text) => format!("{:?}", text.value.as_str()),
        Value::Binary(bytes) => format!("b{bytes:?}"),
        Value::Seq(nodes) => format!("[{}]", list(nodes)),
        Value::Set(nodes) => format!("set({})", list(nodes)),
        Value::Map(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{}: {}", show(key), show(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn check(text: &str, expected: &str) {
    let document = load(text);
    let mut shown = document.root.as_ref().map_or("-".to_owned(), show);
    for error in &document.errors {
        shown.push_str(&format!(" ! {} @{}..{}", error.message, error.range.start, error.range.end));
    }
    assert_eq!(shown, expected, "of {text:?}");
}

#[test]
fn values() {
    for (text, expected) in [
        ("", "-"),
        ("# only a comment\n", "-"),
        ("a: 0644", r#"{"a": 644}"#),
        ("a: -010", r#"{"a": -8}"#),
        ("a: 010_0", r#"{"a": 100}"#),
        ("a: [00, 08, 0o644, 0_8, 0b11, 0x1F, 1_000, +1]", r#"{"a": [0, "08", "0o644", "0_8", 3, 31, 1000, 1]}"#),
        ("a: [22:22, 1:30, 12:30:45, 08:30]", r#"{"a": [1342, 90, 45045, "08:30"]}"#),
        ("a: [1e3, 1.5e3, 1.e+3, .5, 1., 3.10]", r#"{"a": ["1e3", "1.5e3", 1000.0, 0.5, 1.0, 3.1]}"#),
        ("yes: [no, On, y, n, ~, null, ]", r#"{true: [false, true, "y", "n", null, null]}"#),
        ("a: 2001-01-01", r#"{"a": "2001-01-01"}"#),
        ("a:\n- b\n-\n", r#"{"a": ["b", null]}"#),
        ("a: |\n  x\n   y\n\nb: >-\n  p\n  q\n", r#"{"a": "x\n y\n", "b": "p q"}"#),
        ("a: &x {k: 1}\nb:\n  <<: *x\n  j: 2\n", r#"{"a": {"k": 1}, "b": {"k": 1, "j": 2}}"#),
        ("a: !!binary aGk", r#"{"a": b[104, 105]}"#),
        ("a: !!set {x, y}", r#"{"a": set("x", "y")}"#),
    ] {
        check(text, expected);
    }
}

#[test]
fn refusals() {
    for (text, expected) in [
        ("a: 1\nb: 2\na: 3\n", r#"{"a": 1, "b": 2, "a": 3} ! found conflicting ID 'a' @10..11"#),
        ("a: *x\n", r#"{"a": null} ! found undefined alias @3..5"#),
        ("a: <<\n", r#"{"a": "<<"} ! could not determine a constructor for the tag 'tag:yaml.org,2002:merge' @3..5"#),
        ("{{ x }}: 1\n", r#"{{{"x": null}: null}: 1} ! found unacceptable key @0..7"#),
        ("a: 1\n---\nb: 2\n", r#"{"a": 1} ! but found another document @5..8"#),
    ] {
        check(text, expected);
    }
}

/// Every copied piece of a string is what the text says at its range.
#[test]
fn maps_lead_back_to_the_text() {
    let text = "p: one\n  two\nq: 'it''s'\nd: \"a\\tb\n  c\"\nl: |\n    x\n    y\nf: >\n  m\n  n\n";
    let document = load(text);
    let Some(Node { value: Value::Map(pairs), .. }) = document.root else { panic!("no mapping") };
    let mut shown = String::new();
    for (_, value) in &pairs {
        let Value::Str(string) = &value.value else { panic!("no string") };
        let pieces: Vec<_> = string.map.iter().map(|(at, range)| format!("{at}={:?}", range.slice(text))).collect();
        shown.push_str(&format!("{:?} {}\n", string.value.as_str(), pieces.join(" ")));
    }
    expect_test::expect![[r#"
        "one two" 0="one" 3="\n  " 4="two"
        "it's" 0="it" 2="''" 3="s"
        "a\tb c" 0="a" 1="\\t" 2="b" 3="\n  " 4="c"
        "x\ny\n" 0="x\n" 2="y\n"
        "m n\n" 0="m" 1="\n  " 2="n\n"
    "#]]
    .assert_eq(&shown);
}

/// Calls `look` on every node below `node`.
fn walk(node: &Node, look: &mut impl FnMut(&Node)) {
    look(node);
    match &node.value {
        Value::Seq(nodes) | Value::Set(nodes) => nodes.iter().for_each(|node| walk(node, look)),
        Value::Map(pairs) => pairs.iter().for_each(|(key, value)| {
            walk(key, look);
            walk(value, look);
        }),
        _ => {}
    }
}

/// Over the whole corpus: maps are in order, cover the value, lie inside the scalar, and a piece as
/// long as its range is the range's own text unless an escape or a line break stands there.
#[test]
fn maps_are_sound_everywhere() {
    let mut pieces = 0;
    for text in yaml_corpus::documents().iter().flat_map(|text| yaml_corpus::mutations(text, 6)) {
        let document = load(&text);
        // a NUL, which Salt refuses, reads as a question mark
        let Some(root) = document.root.as_ref().filter(|_| !text.contains('\0')) else { continue };
        walk(root, &mut |node| {
            let Value::Str(string) = &node.value else { return };
            let value = string.value.as_str();
            if string.map.is_empty() {
                let same = value.is_empty() || node.range.slice(&text) == value;
                assert!(same, "{value:?} of {text:?} has no map");
                return;
            }
            assert_eq!(string.map[0].0, 0, "of {text:?}");
            let ends = string.map.iter().skip(1).map(|(at, _)| *at as usize).chain([value.len()]);
            let mut last = node.range.start;
            for ((at, range), end) in string.map.iter().zip(ends) {
                let (piece, slice) = (&value[*at as usize..end], range.slice(&text));
                assert!(node.range.covers(*range) || string.style == Style::Literal || string.style == Style::Folded);
                assert!(range.start >= last, "{value:?} of {text:?}");
                last = range.end;
                let made = piece.len() != slice.len() || slice.starts_with(['\\', '\n', '\r', '\u{85}']);
                assert!(piece == slice || made, "{piece:?} is not {slice:?} in {text:?}");
                pieces += 1;
            }
        });
    }
    assert!(pieces > 1_000, "only {pieces} pieces");
}

#[test]
fn one_plain_scalar() {
    let check = |text: &str, expected: &str| {
        let node = Node { value: resolve_plain(text), range: text::TextRange::default(), alias: None };
        assert_eq!(show(&node), expected, "of {text:?}");
    };
    check("0644", "644");
    check("on", "true");
    check("", "null");
    check("3.10", "3.1");
    check("0x_", r#""0x_""#);
    check("<<", r#""<<""#);
    check("a: b # c", r#""a: b # c""#);
    check("22:22", "1342");
}

#[test]
fn keys_are_equal_as_in_python() {
    let check = |a: &str, b: &str, equal: bool| {
        let (x, y) = (resolve_plain(a), resolve_plain(b));
        assert_eq!(python_key_eq(&x, &y), equal, "{a} and {b}");
        assert_eq!(python_key_eq(&y, &x), equal, "{b} and {a}");
    };
    check("1", "1.0", true);
    check("1", "true", true);
    check("0.0", "off", true);
    check("1", "a", false);
    check("1.5", "1", false);
    check("9007199254740993", "9007199254740992.0", false);
    check("~", "0", false);
    check(".nan", ".NaN", true);
    assert!(!python_key_eq(&Value::Seq(Vec::new()), &Value::Seq(Vec::new())), "lists are no keys");
}
