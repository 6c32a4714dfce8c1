//! What is read from broken texts, where chunks begin, and that no input brings the loader down.

mod yaml_corpus;

use syntax::yaml::{Value, chunks, load, load_chunked};

/// Top-level keys that are left, then the errors.
fn check(text: &str, expected: &str) {
    let document = load(text);
    let mut shown = match document.root.map(|root| root.value) {
        Some(Value::Map(pairs)) => pairs
            .iter()
            .map(|(key, _)| match &key.value {
                Value::Str(text) => text.value.to_string(),
                other => format!("{other:?}"),
            })
            .collect::<Vec<_>>()
            .join(" "),
        None => "nothing".to_owned(),
        Some(_) => "no mapping".to_owned(),
    };
    for error in &document.errors {
        shown.push_str(&format!(" ! {} @{}", error.message, error.range.start));
    }
    assert_eq!(shown, expected, "of {text:?}");
}

#[test]
fn the_other_keys_survive() {
    for (text, expected) in [
        ("a: 1\nb: [x\nc: 2\nd: 3\n", "a b c d ! did not find expected ',' or ']' @12"),
        ("a: 1\nb: 'x\nc: 2\nd: 3\n", "a b c d ! found unexpected end of stream @21"),
        ("a: 1\nb: c: d\nc: 2\n", "a b c ! mapping values are not allowed in this context @9"),
        (
            "a: 1\nb:\n  - x\n y: z\nc: 2\nd: e: f\ng: 1\n",
            "a b c d g ! did not find expected key @15 ! mapping values are not allowed in this context @29",
        ),
        (
            "<<<<<<< HEAD\na: 1\n=======\nb: 2\n>>>>>>> x\n",
            "a b ! mapping values are not allowed in this context @14 ! could not find expected ':' @26 ! did not find expected comment or line break @32",
        ),
        ("  a: 1\n  b: }\n  c: 2\n", "a b c ! did not find expected node content @12"),
        ("a: 1\nnewkey\nb: 2\n", "a b ! could not find expected ':' @12"),
        (
            "a: |\n  x: 1\n  y: 'z\nb: [\nc: |\n x: 1\n\nd: 1\n",
            "a b c d ! found character that cannot start any token @28",
        ),
        ("a: &x 1\nb: [\nc: *x\n", "a b c ! did not find expected ',' or ']' @19"),
    ] {
        check(text, expected);
    }
}

#[test]
fn chunks_begin_at_keys_of_the_top_mapping() {
    let text = "# head\n---\na: 1\n# c\n'b':\n  - x\n? c\n: 'q\nz: 1'\nd: |\n  k: v\n\n# e\ne: [\n]\nf: [x\ng: 1\n";
    let pieces: Vec<_> = chunks::split(text).iter().map(|chunk| chunk.range.slice(text)).collect();
    assert_eq!(
        pieces,
        [
            "# head\n---\na: 1\n# c\n",
            "'b':\n  - x\n",
            "? c\n: 'q\nz: 1'\n",
            "d: |\n  k: v\n\n# e\n",
            "e: [\n]\n",
            "f: [x\n",
            "g: 1\n"
        ]
    );
}

/// On every document that is accepted, reading by chunks gives the same tree, ranges and map
/// entries included.
#[test]
fn chunked_equals_whole() {
    let mut compared = 0;
    for text in yaml_corpus::documents() {
        for text in yaml_corpus::mutations(&text, 12).into_iter().chain([text]) {
            let whole = load(&text);
            if whole.errors.is_empty() {
                // NaN differs from itself, so the printed form is compared
                assert_eq!(format!("{:?}", load_chunked(&text)), format!("{whole:?}"), "of {text:?}");
                compared += 1;
            } else {
                assert!(!load_chunked(&text).errors.is_empty(), "errors of {text:?}: {:?}", whole.errors);
            }
        }
    }
    assert!(compared > 5_000, "only {compared} documents were accepted");
}

#[test]
fn chunks_cover_the_text() {
    for text in yaml_corpus::documents().iter().flat_map(|text| yaml_corpus::mutations(text, 4)) {
        let mut at = 0;
        for chunk in chunks::split(&text) {
            assert_eq!(chunk.range.start, at, "of {text:?}");
            at = chunk.range.end;
        }
    }
}

#[test]
fn hostile_texts_end_soon() {
    let many = |piece: &str, count: usize| piece.repeat(count);
    let bomb: String =
        (0..20).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","))).skip(1).collect();
    for text in [
        many("[", 20_000),
        many("{", 20_000),
        many("{a: ", 20_000),
        many("- ", 20_000),
        many("? ", 20_000),
        (0..3_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
        many("a: [\n", 20_000),
        many("a: 'x\n", 20_000),
        many("a: \"x\n", 20_001),
        many("k: v\n", 20_000),
        (0..200_000).map(|i| format!("key{i}: value\n")).collect(),
        many("x", 5_000_000),
        many("a: |\n  x\n", 200_000),
        many("\0", 10_000),
        many("\r", 100_000),
        many("\u{2028}", 100_000),
        many("&a ", 10_000),
        many("!a ", 10_000),
        many("*a ", 10_000),
        many("[a,", 120) + &many("x,", 1_000_000),
        "a0: &a0 x\n".to_owned() + &bomb,
        "&a [*a, *a]".to_owned(),
        "a: &a\n  <<: *a\n  b: 1\n".to_owned(),
    ] {
        let document = load(&text);
        assert!(
            text.trim().is_empty() || document.root.is_some() || !document.errors.is_empty(),
            "of {:?}…",
            text.get(..20)
        );
    }
}
