//! Quick fixes: what they are called, what the file is then, and that nothing worse is handed out.

mod support;

use ide::quick::{fix_all, quick_fixes};
use support::{path, tree};
use text::TextRange;
use world::Stop;

/// The text with one file's edits made.
fn applied(text: &str, edits: &ide::fix::FileEdits) -> String {
    let mut text = text.to_owned();
    for edit in edits.edits.values().flatten().rev() {
        text.replace_range(edit.range.start as usize..edit.range.end as usize, &edit.new_text);
    }
    text
}

/// The one fix at `needle` of `states/here.sls`: its title, and the file with it.
#[track_caller]
fn fixed(text: &str, needle: &str, title: &str, expected: &str) {
    let tree = tree(&format!("=== states/other.sls\nother: test.nop\n=== states/here.sls\n{text}"), &[]);
    let start = text.find(needle).expect("the needle");
    let range = TextRange::of(start, start + needle.len());
    let found = quick_fixes(&tree.analysis, &path("states/here.sls"), range, &Stop::new()).expect("nobody stops it");
    let titles: Vec<&str> = found.iter().map(|fix| fix.title.as_str()).collect();
    assert_eq!(titles, [title], "{text}");
    assert_eq!(applied(text, &found[0].edits), expected);
}

#[test]
fn what_was_meant_is_written() {
    fixed(
        "a:\n  file.manged:\n    - contents: x\n",
        "manged",
        "Write `file.managed` (unknown-function)",
        "a:\n  file.managed:\n    - contents: x\n",
    );
    fixed(
        "a:\n  test.nop:\n    - order: 'frist'\n",
        "frist",
        "Write `first` (order-word)",
        "a:\n  test.nop:\n    - order: 'first'\n",
    );
    fixed("a:\n  test.nop:\n", "test.nop", "Remove the colon (trailing-colon)", "a:\n  test.nop\n");
    fixed(
        "a:\n  test.nop:\n    - names: x\n",
        "x\n",
        "Write `[x]` (names-not-a-list)",
        "a:\n  test.nop:\n    - names: [x]\n",
    );
    fixed(
        "include:\n  - ohter\na: test.nop\n",
        "ohter",
        "Write `other` (sls-missing)",
        "include:\n  - other\na: test.nop\n",
    );
    fixed(
        "abc-def: test.nop\nb:\n  test.nop:\n    - require:\n      - test: abc-dfe\n",
        "abc-dfe",
        "Write `abc-def` (requisite-missing)",
        "abc-def: test.nop\nb:\n  test.nop:\n    - require:\n      - test: abc-def\n",
    );
    fixed(
        "a: test.nop\nb:\n  test.nop:\n    - require:\n      - test.nop: a\n",
        "test.nop: a",
        "Write `test` (requisite-dots)",
        "a: test.nop\nb:\n  test.nop:\n    - require:\n      - test: a\n",
    );
    fixed("42:\n  test.nop: []\n", "42", "Put `42` in quotes (id-not-string)", "'42':\n  test.nop: []\n");
}

#[test]
fn where_nobody_can_say_what_was_meant_there_is_none() {
    let text = "a:\n  file.frobnicate: []\n";
    let tree = tree(&format!("=== states/here.sls\n{text}"), &[]);
    let range = TextRange::of(0, text.len());
    let found = quick_fixes(&tree.analysis, &path("states/here.sls"), range, &Stop::new()).expect("nobody stops it");
    assert_eq!(found, []);
}

#[test]
fn all_of_a_file_is_mended_at_once() {
    let text = "a:\n  file.manged:\n    - contents: x\n    - requires:\n      - test: b\nb:\n  test.nop:\n    - order: frist\n";
    let tree = tree(&format!("=== states/here.sls\n{text}"), &[]);
    let here = path("states/here.sls");
    let edits = fix_all(&tree.analysis, &here, None, &Stop::new()).expect("nobody stops it").expect("edits");
    let mended = applied(text, &edits);
    assert_eq!(
        mended,
        "a:\n  file.managed:\n    - contents: x\n    - requires:\n      - test: b\nb:\n  test.nop:\n    - order: first\n"
    );
    let one =
        fix_all(&tree.analysis, &here, Some("order-word"), &Stop::new()).expect("nobody stops it").expect("edits");
    assert!(applied(text, &one).contains("file.manged") && applied(text, &one).contains("order: first"));
}
