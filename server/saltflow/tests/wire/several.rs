//! States and pillar in two workspace folders, each a repository of its own.

use serde_json::json;

use crate::client::{Client, Setup, uri};
use crate::tree::Tree;

const LOST: &str = "drift/pillar-key-removed-upstream";
const READS: &str = "web:\n  pkg.installed:\n    - version: {{ pillar['web']['port'] }}\n";

fn states() -> Tree {
    let tree = Tree::git(&[("top.sls", "base:\n  '*': [web]\n"), ("web.sls", READS)]);
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    tree
}

fn pillar() -> Tree {
    let tree = Tree::git(&[("top.sls", "base:\n  '*': [ports]\n"), ("ports.sls", "web:\n  port: 80\n  name: shop\n")]);
    tree.run(&["switch", "--quiet", "--create", "feature/y"]);
    tree
}

/// The pillar's develop gives the key another name.
fn rename(pillar: &Tree) {
    pillar.run(&["switch", "--quiet", "develop"]);
    pillar.write("ports.sls", "web:\n  listen: 80\n  name: shop\n");
    pillar.commit("listen");
    pillar.run(&["switch", "--quiet", "feature/y"]);
}

#[test]
fn drift_of_the_pillar_is_shown_in_the_states_and_follows_its_branches() {
    let (states, pillar) = (states(), pillar());
    let web = states.path("web.sls");
    let folders = vec![uri(pillar.root()), uri(states.root())];
    let mut client = Client::start(Setup { folders, ..Setup::default() });
    client.open(&web, READS);
    client.until_pushed(&web, &[]);
    rename(&pillar);
    client.until_pushed(&web, &[LOST]);
    // an edit takes it away, and brings it back
    client.replace(&web, 2, &READS.replace("'port'", "'name'"));
    client.until_pushed(&web, &[]);
    client.replace(&web, 3, READS);
    client.until_pushed(&web, &[LOST]);
    // the pillar's branch moves back
    pillar.run(&["update-ref", "refs/heads/develop", "develop~1"]);
    client.until_pushed(&web, &[]);
    client.finish();
}

#[test]
fn files_of_both_are_one_workspace() {
    let (states, pillar) = (states(), pillar());
    let (web, ports) = (states.path("web.sls"), pillar.path("ports.sls"));
    let folders = vec![uri(states.root()), uri(pillar.root())];
    let mut client = Client::start(Setup { folders, ..Setup::default() });
    let at = json!({"textDocument": {"uri": uri(&web)}, "position": {"line": 2, "character": 33}});
    let target = client.call("textDocument/definition", at.clone());
    assert_eq!(target[0]["uri"], uri(&ports), "{target}");
    // an unsaved buffer of the other repository
    client.open(&ports, "# first\nweb:\n  port: 80\n  name: shop\n");
    let moved = client.call("textDocument/definition", at.clone());
    assert_eq!(moved[0]["range"]["start"]["line"], 2, "{moved}");
    // a change on disk there
    client.close(&ports);
    pillar.write("ports.sls", "# 1\n# 2\n# 3\nweb:\n  port: 80\n  name: shop\n");
    client.until("the new place", |client| {
        client.call("textDocument/definition", at.clone())[0]["range"]["start"]["line"] == 4
    });
    client.finish();
}

#[test]
fn folders_come_and_go() {
    let (states, pillar) = (states(), pillar());
    rename(&pillar);
    let web = states.path("web.sls");
    let mut client = Client::start(Setup::on(states.root()));
    client.open(&web, READS);
    client.until_pushed(&web, &[]);
    let folder = json!([{"uri": uri(pillar.root()), "name": "pillar"}]);
    let changed = |added, removed| json!({"event": {"added": added, "removed": removed}});
    client.notify("workspace/didChangeWorkspaceFolders", changed(folder.clone(), json!([])));
    client.until_pushed(&web, &[LOST]);
    client.notify("workspace/didChangeWorkspaceFolders", changed(json!([]), folder.clone()));
    client.until_pushed(&web, &[]);
    assert!(client.symbols(&pillar.path("ports.sls")).is_empty());
    // the states go, and the pillar stays alone
    client.notify("workspace/didChangeWorkspaceFolders", changed(folder, json!([])));
    client.until_pushed(&web, &[LOST]);
    let folder = json!([{"uri": uri(states.root()), "name": "states"}]);
    client.notify("workspace/didChangeWorkspaceFolders", changed(json!([]), folder));
    client.until("the pillar alone", |client| !client.symbols(&pillar.path("ports.sls")).is_empty());
    client.finish();
}

#[test]
fn settings_may_name_a_folder_of_the_workspace_only() {
    let (states, pillar) = (states(), pillar());
    rename(&pillar);
    let web = states.path("web.sls");
    // something with states in it: nothing tells that it is the pillar's repository
    pillar.write("lib/init.sls", "lib:\n  pkg.installed: []\n");
    states.write(".saltflow.yaml", &format!("repositories: ['{}']\n", pillar.root().display()));
    let mut client = Client::start(Setup::on(states.root()));
    let told = |params: &serde_json::Value| {
        params["message"].as_str().filter(|text| text.contains("lies outside of the workspace")).map(drop)
    };
    client.notified("window/showMessage", told);
    client.finish();
    pillar.write(".saltflow.yaml", "pillar_roots: ['.']\nfile_roots: [lib]\n");
    let folders = vec![uri(states.root()), uri(pillar.root())];
    let mut client = Client::start(Setup { folders, ..Setup::default() });
    client.until_pushed(&web, &[LOST]);
    client.finish();
}
