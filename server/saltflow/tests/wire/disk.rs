//! What happens on disk and in git behind the editor's back.

use serde_json::json;

use crate::client::{Client, Setup, uri};
use crate::tree::{Tree, sls};

#[test]
fn files_change_outside_of_the_editor() {
    for is_git in [false, true] {
        let files = [("web.sls", sls("web"))];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let tree = if is_git { Tree::git(&files) } else { Tree::new(&files) };
        let web = tree.path("web.sls");
        let mut client = Client::start(Setup::on(tree.root()));
        assert_eq!(client.symbols(&web), ["web 0:0-3"]);
        tree.write("web.sls", &sls("changed"));
        client.until_symbols(&web, &["changed 0:0-7"]);
        tree.write("new/folder/app.sls", &sls("app"));
        client.until_symbols(&tree.path("new/folder/app.sls"), &["app 0:0-3"]);
        tree.write("new/folder/app.sls", &sls("again"));
        client.until_symbols(&tree.path("new/folder/app.sls"), &["again 0:0-5"]);
        tree.remove("web.sls");
        client.until_symbols(&web, &[]);
        std::fs::rename(tree.path("new"), tree.path("old")).expect("a folder can be moved");
        client.until_symbols(&tree.path("old/folder/app.sls"), &["again 0:0-5"]);
        client.until_symbols(&tree.path("new/folder/app.sls"), &[]);
        client.finish();
    }
}

#[test]
fn an_open_document_beats_the_disk() {
    let tree = Tree::git(&[("web.sls", &sls("web")), ("app.sls", &sls("app"))]);
    let (web, app) = (tree.path("web.sls"), tree.path("app.sls"));
    let mut client = Client::start(Setup::on(tree.root()));
    client.open(&web, &sls("buffer"));
    tree.write("web.sls", &sls("disk"));
    tree.write("app.sls", &sls("seen"));
    client.until_symbols(&app, &["seen 0:0-4"]);
    assert_eq!(client.symbols(&web), ["buffer 0:0-6"]);
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri(&web)}}));
    client.close(&web);
    assert_eq!(client.symbols(&web), ["disk 0:0-4"]);
    client.finish();
}

#[test]
fn branches_are_switched() {
    let tree = Tree::git(&[("web.sls", &sls("develop")), ("app.sls", &sls("app"))]);
    let (web, app) = (tree.path("web.sls"), tree.path("app.sls"));
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    tree.write("web.sls", &sls("feature"));
    tree.remove("app.sls");
    tree.commit("feature");
    let mut client = Client::start(Setup::on(tree.root()));
    assert_eq!(client.symbols(&web), ["feature 0:0-7"]);
    assert!(client.symbols(&app).is_empty());
    tree.run(&["switch", "--quiet", "develop"]);
    client.until_symbols(&web, &["develop 0:0-7"]);
    client.until_symbols(&app, &["app 0:0-3"]);
    tree.run(&["switch", "--quiet", "feature/x"]);
    client.until_symbols(&web, &["feature 0:0-7"]);
    client.until_symbols(&app, &[]);
    client.finish();
}

#[test]
fn another_branch_moves() {
    let tree = Tree::git(&[("web.sls", &sls("web"))]);
    let web = tree.path("web.sls");
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    let mut client = Client::start(Setup::pulling(tree.root()));
    assert_eq!(client.symbols(&web), ["web 0:0-3"]);
    client.until("the first refresh", |client| !client.asked.is_empty());
    let before = client.asked.len();
    tree.run(&["update-ref", "refs/heads/develop", "feature/x^{commit}"]);
    tree.commit("feature only");
    tree.run(&["update-ref", "refs/heads/develop", "feature/x"]);
    client.until("the moved branch is noticed", |client| client.asked.len() > before);
    assert_eq!(client.symbols(&web), ["web 0:0-3"]);
    client.finish();
}

#[test]
fn a_folder_becomes_a_repository() {
    let tree =
        Tree::new(&[("web.sls", &sls("web")), ("ignored.sls", &sls("ignored")), (".gitignore", "ignored.sls\n")]);
    let mut client = Client::start(Setup::on(tree.root()));
    assert_eq!(client.symbols(&tree.path("ignored.sls")), ["ignored 0:0-7"]);
    tree.run(&["init", "--quiet", "--initial-branch=develop"]);
    client.until_symbols(&tree.path("ignored.sls"), &[]);
    tree.commit("start");
    tree.write("web.sls", &sls("changed"));
    client.until_symbols(&tree.path("web.sls"), &["changed 0:0-7"]);
    client.finish();
}

#[test]
fn clients_that_watch_are_asked_to() {
    let tree = Tree::new(&[("web.sls", &sls("web"))]);
    let web = tree.path("web.sls");
    let mut client = Client::start(Setup { watches: true, ..Setup::on(tree.root()) });
    client.until("the registration", |client| client.asked.iter().any(|method| method == "client/registerCapability"));
    tree.write("web.sls", &sls("changed"));
    let event = json!({"changes": [{"uri": uri(&web), "type": 2}]});
    client.notify("workspace/didChangeWatchedFiles", event);
    client.until_symbols(&web, &["changed 0:0-7"]);
    client.finish();
}

/// A feature branch that requires what develop has removed.
fn drifted() -> Tree {
    let tree = Tree::git(&[
        ("salt/top.sls", "base:\n  '*': [web, app]\n"),
        ("salt/web.sls", "nginx:\n  pkg.installed: []\nother:\n  pkg.installed: []\n"),
        ("salt/app.sls", "app:\n  pkg.installed: []\n"),
    ]);
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    tree.write("salt/app.sls", "app:\n  pkg.installed:\n    - require:\n      - pkg: nginx\n");
    tree.commit("app needs nginx");
    tree.run(&["switch", "--quiet", "develop"]);
    tree.write("salt/web.sls", "other:\n  pkg.installed: []\n");
    tree.commit("no nginx any more");
    tree.run(&["switch", "--quiet", "feature/x"]);
    tree
}

const REMOVED: &str = "drift/requisite-target-removed-upstream";

#[test]
fn drift_is_shown_after_the_rest_and_moves_with_edits() {
    let tree = drifted();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.until_pushed(&app, &[REMOVED]);
    let text = std::fs::read_to_string(&app).expect("a file");
    client.open(&app, &text);
    // the finding is at its line in every text that is shown, compared or not yet
    client.edit(
        &app,
        2,
        [0, 0, 0, 0],
        "# a remark that is longer than all of the file below, so that no place stays\n# two\n",
    );
    let uri = uri(&app);
    let range = client.notified("textDocument/publishDiagnostics", |params| {
        let is_it = params["uri"] == uri.as_str() && params["version"] == 2;
        is_it.then(|| params["diagnostics"][0]["range"].clone())
    });
    let end = json!({"line": 5, "character": 18});
    assert_eq!(range["end"], end, "{range}");
    client.replace(&app, 3, "app:\n  pkg.installed: []\n");
    client.until_pushed(&app, &[]);
    client.replace(&app, 4, &text);
    client.until_pushed(&app, &[REMOVED]);
    client.finish();
}

#[test]
fn drift_follows_the_branches() {
    let tree = drifted();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.until_pushed(&app, &[REMOVED]);
    let before = "develop~1";
    tree.run(&["update-ref", "refs/heads/kept", "develop"]);
    tree.run(&["update-ref", "refs/heads/develop", before]);
    client.until_pushed(&app, &[]);
    tree.run(&["update-ref", "refs/heads/develop", "kept"]);
    client.until_pushed(&app, &[REMOVED]);
    client.finish();
}

#[test]
fn drift_is_pulled_after_a_refresh() {
    let tree = drifted();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::pulling(tree.root()));
    client.until("drift is there", |client| {
        let report = client.pull(&app, None);
        crate::client::codes(&report["items"]) == [REMOVED]
    });
    client.until("both refreshes", |client| {
        client.asked.iter().filter(|method| *method == "workspace/diagnostic/refresh").count() >= 2
    });
    client.finish();
}
