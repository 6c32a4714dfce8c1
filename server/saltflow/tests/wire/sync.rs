//! Documents: incremental edits in every encoding, and requests that see exactly the edits before
//! them.

use serde_json::json;

use crate::client::{Client, Setup, outline, uri};
use crate::tree::{Tree, sls};

#[test]
fn edits_count_columns_as_agreed() {
    // the columns of the same three edits: behind the glyph, the ID's `b`, the line's end
    for (encoding, columns) in [("utf-8", [4, 5, 6]), ("utf-16", [2, 3, 4]), ("utf-32", [1, 2, 3])] {
        let tree = Tree::new(&[("web.sls", "")]);
        let web = tree.path("web.sls");
        let mut client = Client::start(Setup { encodings: vec![encoding], ..Setup::on(tree.root()) });
        assert_eq!(client.server["capabilities"]["positionEncoding"], encoding);
        client.open(&web, "😀b:\n  pkg.installed: []\n");
        let [glyph, b, end] = columns;
        assert_eq!(client.symbols(&web), [format!("😀b 0:0-{b}")]);
        client.edit(&web, 2, [0, glyph, 0, b], "c");
        assert_eq!(client.symbols(&web), [format!("😀c 0:0-{b}")]);
        client.edit(&web, 3, [0, 0, 0, glyph], "");
        assert_eq!(client.symbols(&web), ["c 0:0-1"]);
        // inside of a glyph, behind a line and behind the text are clamped
        client.edit(&web, 4, [0, 0, 0, 0], "😀");
        client.edit(&web, 5, [0, 0, 0, end - 2], "");
        client.edit(&web, 6, [99, 99, 99, 99], "d:\n  pkg.installed: []\n");
        let found: Vec<String> =
            client.symbols(&web).iter().map(|name| name.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(found.last().map(String::as_str), Some("d"), "{encoding}: {found:?}");
        client.finish();
    }
}

#[test]
fn changes_of_one_message_apply_in_order() {
    let tree = Tree::new(&[("web.sls", "")]);
    let web = tree.path("web.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.open(&web, "");
    let at = |line: u32, from: u32, to: u32| json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}});
    client.change(
        &web,
        2,
        json!([
            {"text": "one:\n  pkg.installed: []\n"},
            {"range": at(0, 0, 3), "text": "two"},
            {"range": at(0, 3, 3), "text": "_three"},
        ]),
    );
    assert_eq!(client.symbols(&web), ["two_three 0:0-9"]);
    // a reversed range fits nothing: the text stays
    client.change(&web, 3, json!([{"range": at(0, 5, 2), "text": "x"}]));
    assert_eq!(client.symbols(&web), ["two_three 0:0-9"]);
    client.finish();
}

#[test]
fn every_answer_sees_exactly_the_edit_before_it() {
    const EDITS: i32 = 2_000;
    let tree = Tree::new(&[("web.sls", &sls("other")), ("top.sls", "base:\n  '*': [web]\n")]);
    let web = tree.path("web.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.open(&web, &sls("id_0000"));
    let mut asked = Vec::new();
    for edit in 1..=EDITS {
        client.edit(&web, edit + 1, [0, 3, 0, 7], &format!("{edit:04}"));
        let document = json!({"uri": uri(&web)});
        let at = json!({"textDocument": document, "position": {"line": 0, "character": 1}});
        let hover = client.request("textDocument/hover", at);
        let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": document}));
        asked.push((edit, hover, symbols));
    }
    for (edit, hover, symbols) in asked {
        let hover = client.wait(hover).expect("a hover").to_string();
        assert!(hover == "null" || hover.contains(&format!("id_{edit:04}")), "edit {edit}: {hover}");
        let symbols = client.wait(symbols).expect("an outline");
        assert_eq!(outline(&symbols), [format!("id_{edit:04} 0:0-7")]);
    }
    client.finish();
}

#[test]
fn requests_that_come_before_the_folder_is_read_see_their_own_edit() {
    let tree = Tree::new(&[("web.sls", &sls("disk"))]);
    let web = tree.path("web.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    let ask = json!({"textDocument": {"uri": uri(&web)}});
    let disk = client.request("textDocument/documentSymbol", ask.clone());
    client.open(&web, &sls("one"));
    let one = client.request("textDocument/documentSymbol", ask.clone());
    client.replace(&web, 2, &sls("two"));
    let two = client.request("textDocument/documentSymbol", ask.clone());
    client.close(&web);
    let closed = client.request("textDocument/documentSymbol", ask);
    for (request, expected) in [(disk, "disk"), (one, "one"), (two, "two"), (closed, "disk")] {
        let found = client.wait(request).expect("an outline");
        assert_eq!(outline(&found), [format!("{expected} 0:0-{}", expected.len())]);
    }
    client.finish();
}

#[test]
fn cancelled_requests_answer_so() {
    const REQUEST_CANCELLED: i64 = -32_800;
    let files: Vec<(String, String)> = (0..200).map(|n| (format!("s{n}.sls"), sls(&format!("id{n}")))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let tree = Tree::new(&files);
    let mut client = Client::start(Setup::on(tree.root()));
    let first = tree.path("s0.sls");
    client.open(&first, &sls("first"));
    // more requests than run at once, each about another text: the last ones wait for their turn
    let mut requests = Vec::new();
    for version in 2..200 {
        client.replace(&first, version, &sls(&format!("edit{version}")));
        requests.push(client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(&first)}})));
    }
    let last = requests.pop().expect("some request");
    client.notify("$/cancelRequest", json!({"id": last}));
    assert_eq!(client.wait(last), Err(REQUEST_CANCELLED));
    for request in requests {
        client.wait(request).expect("the others are answered");
    }
    assert_eq!(client.symbols(&first), ["edit199 0:0-7"]);
    client.finish();
}

#[test]
fn carriage_returns_change_neither_meaning_nor_places() {
    let text = "one:\n  pkg.installed: []\ntwo:\n  pkg.installed:\n    - require:\n      - pkg: gone\n";
    let crlf = text.replace('\n', "\r\n");
    for committed in [text, crlf.as_str()] {
        let tree = Tree::git(&[("web.sls", committed), (".gitattributes", "")]);
        let web = tree.path("web.sls");
        tree.write("web.sls", &crlf);
        let mut client = Client::start(Setup::pulling(tree.root()));
        let before = client.pull(&web, None);
        client.open(&web, &crlf);
        assert_eq!(client.symbols(&web), ["one 0:0-3", "two 2:0-3"]);
        let id = before["resultId"].as_str();
        assert_eq!(client.pull(&web, id)["kind"], "unchanged", "{before}");
        // behind the line's end is before its carriage return
        client.edit(&web, 2, [1, 99, 1, 99], "\r\nthree:\r\n  pkg.installed: []");
        assert_eq!(client.symbols(&web), ["one 0:0-3", "three 2:0-5", "two 4:0-3"]);
        client.finish();
    }
}
