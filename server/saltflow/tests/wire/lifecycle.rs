//! From `initialize` to `exit` (LSP 3.17, "Server lifecycle"), and what is no message at all.

use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, Setup, uri};
use crate::tree::{Tree, sls};

const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;
const NOT_INITIALIZED: i64 = -32_002;

#[test]
fn exit_after_shutdown_is_success() {
    Client::start(Setup::default()).finish();
}

#[test]
fn exit_without_shutdown_is_failure() {
    for is_initialized in [false, true] {
        let mut client = Client::silent(Setup::default());
        if is_initialized {
            client.initialize();
        }
        client.notify("exit", Value::Null);
        assert_eq!(client.ended(), 1);
    }
}

#[test]
fn closed_stdin_ends_the_server() {
    let tree = Tree::new(&[("web.sls", &sls("nginx"))]);
    let mut client = Client::start(Setup::on(tree.root()));
    client.hang_up();
    assert_eq!(client.ended(), 1);
}

#[test]
fn requests_before_initialize_are_refused() {
    let mut client = Client::silent(Setup::default());
    let document = json!({"textDocument": {"uri": "file:///a.sls"}});
    assert_eq!(client.refused("textDocument/documentSymbol", document), NOT_INITIALIZED);
    assert_eq!(client.refused("shutdown", Value::Null), NOT_INITIALIZED);
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": "file:///a.sls"}}));
    client.initialize();
    client.finish();
}

#[test]
fn initialize_is_for_once() {
    let mut client = Client::start(Setup::default());
    assert_eq!(client.refused("initialize", json!({"capabilities": {}})), INVALID_REQUEST);
    client.finish();
}

#[test]
fn requests_after_shutdown_are_refused() {
    let mut client = Client::start(Setup::default());
    client.call("shutdown", Value::Null);
    let document = json!({"textDocument": {"uri": "file:///a.sls"}});
    assert_eq!(client.refused("textDocument/documentSymbol", document), INVALID_REQUEST);
    assert_eq!(client.refused("shutdown", Value::Null), INVALID_REQUEST);
    client.notify("exit", Value::Null);
    assert_eq!(client.ended(), 0);
}

#[test]
fn unknown_methods_are_refused_and_unknown_notifications_ignored() {
    let mut client = Client::start(Setup::default());
    assert_eq!(client.refused("textDocument/brew", json!({})), METHOD_NOT_FOUND);
    client.notify("textDocument/didBrew", json!({}));
    client.notify("$/setTrace", json!({"value": "off"}));
    client.notify("$/cancelRequest", json!({"id": 4711}));
    client.finish();
}

#[test]
fn malformed_messages_do_not_end_the_session() {
    let tree = Tree::new(&[("web.sls", &sls("nginx"))]);
    let mut client = Client::start(Setup::on(tree.root()));
    let cases: &[(&[u8], i64)] = &[
        (b"Content-Length: 9\r\n\r\n{\"jsonrpc", PARSE_ERROR),
        (b"Content-Length: 4\r\n\r\n\"\xff\xfe\"", PARSE_ERROR),
        (b"Content-Length: 2\r\n\r\n[]", INVALID_REQUEST),
        (b"Content-Length: 17\r\n\r\n{\"jsonrpc\": true}", INVALID_REQUEST),
        (b"Content-Length: lots\r\n\r\n", PARSE_ERROR),
        (b"Content-Length: 0\r\n\r\n", PARSE_ERROR),
        (b"GET / HTTP/1.1\r\n\r\n", PARSE_ERROR),
    ];
    for (bytes, code) in cases {
        client.raw(bytes);
        let found = client.notified("error", Value::as_i64);
        assert_eq!(found, *code, "{}", String::from_utf8_lossy(bytes));
        assert_eq!(client.symbols(&tree.path("web.sls")), ["nginx 0:0-5"]);
    }
    client.finish();
}

#[test]
fn wrong_params_are_refused() {
    let mut client = Client::start(Setup::default());
    assert_eq!(client.refused("textDocument/hover", json!({"textDocument": 1})), -32_602);
    assert_eq!(client.refused("textDocument/hover", Value::Null), -32_602);
    client.notify("textDocument/didChange", json!({"textDocument": 1}));
    client.finish();
}

#[test]
fn documents_that_were_never_opened_cannot_be_changed() {
    let tree = Tree::new(&[("web.sls", &sls("nginx"))]);
    let mut client = Client::start(Setup::on(tree.root()));
    let web = tree.path("web.sls");
    client.edit(&web, 2, [0, 0, 0, 0], "x");
    client.close(&web);
    assert_eq!(client.symbols(&web), ["nginx 0:0-5"]);
    client.finish();
}

#[test]
fn other_schemes_get_empty_answers() {
    let mut client = Client::start(Setup::default());
    for uri in ["untitled:Untitled-1", "git:/a/b.sls?x", "file://server/share/a.sls"] {
        let item = json!({"uri": uri, "languageId": "sls", "version": 1, "text": "a: 1\n"});
        client.notify("textDocument/didOpen", json!({"textDocument": item}));
        let at = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}});
        assert_eq!(client.call("textDocument/hover", at), Value::Null, "{uri}");
        client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }
    client.finish();
}

#[test]
fn the_server_ends_with_its_editor() {
    let mut editor = Command::new("sleep").arg("600").spawn().expect("an editor");
    let mut client = Client::start(Setup { process: editor.id().into(), ..Setup::default() });
    editor.kill().expect("it ends");
    assert_eq!(client.ended(), 1);
    editor.wait().expect("it has ended");
}

#[test]
fn what_the_server_offers() {
    let mut client = Client::start(Setup { encodings: vec!["utf-8", "utf-16"], pulls: true, ..Setup::default() });
    let offered = client.server["capabilities"].clone();
    assert_eq!(offered["positionEncoding"], "utf-8");
    assert_eq!(offered["diagnosticProvider"]["workspaceDiagnostics"], true);
    assert_eq!(client.call("workspace/diagnostic", json!({"previousResultIds": []})), json!({"items": []}));
    client.finish();
    let client =
        Client::start(Setup { folders: vec![uri(std::path::Path::new("/nowhere/at/all"))], ..Setup::default() });
    assert_eq!(client.server["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(client.server["capabilities"]["diagnosticProvider"], Value::Null);
    let mut client = client;
    client.notified("window/showMessage", |params| {
        params["message"].as_str().filter(|text| text.contains("/nowhere/at/all")).map(drop)
    });
    client.finish();
}
