//! What Salt's loader makes of small texts: types, styles, offset maps and refusals.

use syntax::yaml::{Node, Value, load};

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
