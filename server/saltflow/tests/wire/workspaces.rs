//! Folders: none, several, nested, added and removed; settings of the editor and of the repository.

use serde_json::json;

use crate::client::{Client, Setup, uri};
use crate::tree::{Tree, sls};

const BROKEN: &str = "broken:\n  pkg.installed: [\n";

#[test]
fn several_roots_have_worlds_of_their_own() {
    let one = Tree::new(&[("web.sls", &sls("one"))]);
    let two = Tree::git(&[("web.sls", &sls("two"))]);
    let mut client = Client::start(Setup { folders: vec![uri(one.root()), uri(two.root())], ..Setup::default() });
    assert_eq!(client.symbols(&one.path("web.sls")), ["one 0:0-3"]);
    assert_eq!(client.symbols(&two.path("web.sls")), ["two 0:0-3"]);
    client.open(&one.path("web.sls"), &sls("changed"));
    assert_eq!(client.symbols(&one.path("web.sls")), ["changed 0:0-7"]);
    assert_eq!(client.symbols(&two.path("web.sls")), ["two 0:0-3"]);
    client.finish();
}

#[test]
fn the_same_repository_twice_is_one() {
    let tree = Tree::git(&[("salt/bad.sls", BROKEN), ("pillar/a.sls", "a: 1\n")]);
    let bad = tree.path("salt/bad.sls");
    let folders = ["salt", "pillar"].map(|folder| uri(&tree.path(folder)));
    let mut client = Client::start(Setup { folders: folders.to_vec(), ..Setup::default() });
    client.until_pushed(&bad, &["yaml-syntax"]);
    let folder = |at: usize| json!([{"uri": folders[at], "name": "x"}]);
    let changed = |added, removed| json!({"event": {"added": added, "removed": removed}});
    client.notify("workspace/didChangeWorkspaceFolders", changed(json!([]), folder(1)));
    assert_eq!(client.symbols(&tree.path("pillar/a.sls")), ["a 0:0-1"], "the other folder needs it");
    client.notify("workspace/didChangeWorkspaceFolders", changed(json!([]), folder(0)));
    client.until_pushed(&bad, &[]);
    client.finish();
}

#[test]
fn folders_come_and_go() {
    let one = Tree::new(&[("web.sls", &sls("one"))]);
    let two = Tree::new(&[("bad.sls", BROKEN), ("web.sls", &sls("two"))]);
    let mut client = Client::start(Setup::on(one.root()));
    let folder = json!([{"uri": uri(two.root()), "name": "two"}]);
    assert!(client.symbols(&two.path("web.sls")).is_empty());
    let event = json!({"event": {"added": folder, "removed": []}});
    client.notify("workspace/didChangeWorkspaceFolders", event);
    assert_eq!(client.symbols(&two.path("web.sls")), ["two 0:0-3"]);
    client.until_pushed(&two.path("bad.sls"), &["yaml-syntax"]);
    let event = json!({"event": {"added": [], "removed": folder}});
    client.notify("workspace/didChangeWorkspaceFolders", event);
    client.until_pushed(&two.path("bad.sls"), &[]);
    assert!(client.symbols(&two.path("web.sls")).is_empty());
    assert_eq!(client.symbols(&one.path("web.sls")), ["one 0:0-3"]);
    client.finish();
}

#[test]
fn a_document_outside_of_all_folders_brings_its_repository() {
    let tree = Tree::git(&[("salt/web.sls", &sls("web")), ("salt/bad.sls", BROKEN)]);
    let web = tree.path("salt/web.sls");
    let mut client = Client::start(Setup::default());
    client.open(&web, &sls("edited"));
    assert_eq!(client.symbols(&web), ["edited 0:0-6"]);
    client.until_pushed(&tree.path("salt/bad.sls"), &["yaml-syntax"]);
    client.finish();
}

#[test]
fn a_document_without_a_repository_is_read_alone() {
    let tree = Tree::new(&[("web.sls", &sls("web")), ("bad.sls", BROKEN)]);
    let web = tree.path("web.sls");
    let mut client = Client::start(Setup::default());
    client.open(&web, BROKEN);
    client.until_pushed(&web, &["yaml-syntax"]);
    client.replace(&web, 2, &sls("edited"));
    client.until_pushed(&web, &[]);
    assert_eq!(client.symbols(&web), ["edited 0:0-6"]);
    assert!(client.symbols(&tree.path("bad.sls")).is_empty(), "nobody asked for its neighbours");
    client.finish();
}

#[test]
fn settings_of_the_editor() {
    let tree = Tree::new(&[("states/bad.sls", BROKEN)]);
    let bad = tree.path("states/bad.sls");
    let off = json!({"severity": {"yaml-syntax": "none"}});
    // sent with initialize, asked for, sent later without and with the settings in it
    let mut client = Client::start(Setup { options: off.clone(), ..Setup::on(tree.root()) });
    client.open(&bad, BROKEN);
    client.until_pushed(&bad, &[]);
    client.finish();

    let mut client = Client::start(Setup { configuration: Some(off.clone()), ..Setup::on(tree.root()) });
    client.open(&bad, BROKEN);
    client.until_pushed(&bad, &[]);
    client.configure(json!({"severity": {"yaml-syntax": "warning"}}));
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.until_pushed(&bad, &["yaml-syntax"]);
    client.notify("workspace/didChangeConfiguration", json!({"settings": {"saltflow": off}}));
    client.until_pushed(&bad, &[]);
    client.finish();
}

#[test]
fn settings_of_the_repository_are_read_again() {
    let tree = Tree::new(&[("bad.sls", BROKEN)]);
    let bad = tree.path("bad.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.until_pushed(&bad, &["yaml-syntax"]);
    tree.write(".saltflow.yaml", "severity: {yaml-syntax: none}\n");
    client.until_pushed(&bad, &[]);
    tree.write(".saltflow.yaml", "severity: [\n");
    client.until_pushed(&bad, &["yaml-syntax"]);
    let told = |params: &serde_json::Value| {
        params["message"].as_str().filter(|text| text.contains(".saltflow.yaml is no YAML")).map(drop)
    };
    client.notified("window/showMessage", told);
    tree.remove(".saltflow.yaml");
    tree.write("bad.sls", &sls("good"));
    client.until_pushed(&bad, &[]);
    client.finish();
}

#[test]
fn profiles_that_cannot_be_used_are_named() {
    let tree = Tree::new(&[("web.sls", &sls("web")), (".saltflow.yaml", "profiles: [gone.yaml]\n")]);
    let mut client = Client::start(Setup::on(tree.root()));
    let told = |params: &serde_json::Value| params["message"].as_str().filter(|text| text.contains("gone")).map(drop);
    client.notified("window/showMessage", told);
    assert_eq!(client.symbols(&tree.path("web.sls")), ["web 0:0-3"]);
    client.finish();
}

#[test]
fn what_the_settings_ignore_is_not_seen_when_it_is_open() {
    let tree = Tree::git(&[("web.sls", &sls("web")), (".saltflow.yaml", "ignore: [vendor/]\n")]);
    tree.write("vendor/bad.sls", BROKEN);
    let mut client = Client::start(Setup::pulling(tree.root()));
    for path in ["vendor/bad.sls", ".git/COMMIT_EDITMSG"] {
        let path = tree.path(path);
        client.open(&path, BROKEN);
        assert_eq!(client.pull(&path, None)["items"], json!([]));
        assert!(client.symbols(&path).is_empty());
    }
    client.finish();
}
