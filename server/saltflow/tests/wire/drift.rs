//! What editors show of drift: findings with places, read-only documents, the status bar.

use serde_json::{Value, json};

use crate::client::{Client, Setup, uri};
use crate::tree::Tree;

const REMOVED: &str = "drift/requisite-target-removed-upstream";

/// A feature branch that requires what develop has renamed.
pub fn renamed() -> Tree {
    let tree = Tree::git(&[
        ("salt/top.sls", "base:\n  '*': [web, app]\n"),
        ("salt/web.sls", "nginx:\n  pkg.installed:\n    - name: nginx-full\nother:\n  pkg.installed: []\n"),
        ("salt/app.sls", "app:\n  pkg.installed: []\n"),
    ]);
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    tree.write("salt/app.sls", "app:\n  pkg.installed:\n    - require:\n      - pkg: nginx\n");
    tree.commit("app needs nginx");
    tree.run(&["switch", "--quiet", "develop"]);
    tree.write(
        "salt/web.sls",
        "# the server\nnginx_pkg:\n  pkg.installed:\n    - name: nginx-full\nother:\n  pkg.installed: []\n",
    );
    tree.commit("nginx_pkg");
    tree.run(&["switch", "--quiet", "feature/x"]);
    tree
}

fn content(client: &mut Client, uri: &str) -> Value {
    client.call("saltflow/content", json!({"uri": uri}))
}

#[test]
fn a_finding_leads_to_both_versions() {
    let tree = renamed();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::extended(tree.root()));
    let finding = client.finding(&app, REMOVED);
    assert_eq!(finding["data"]["renamedTo"], "nginx_pkg");
    assert_eq!(finding["codeDescription"]["href"], "saltflow-page:///requisite-target-removed-upstream.md");
    let related = finding["relatedInformation"].as_array().expect("related places");
    let theirs = &related[0]["location"];
    assert_eq!(theirs["range"]["start"], json!({"line": 1, "character": 0}), "{related:?}");
    let there = theirs["uri"].as_str().expect("a URI").to_owned();
    assert!(there.starts_with(&uri(&tree.path("salt/web.sls")).replacen("file:", "saltflow-git:", 1)), "{there}");
    assert_eq!(related[1]["location"]["uri"], uri(&tree.path("salt/web.sls")));
    let document = content(&mut client, &there);
    assert!(document["text"].as_str().is_some_and(|text| text.starts_with("# the server\nnginx_pkg:")), "{document}");
    assert_eq!(document["languageId"], "sls");
    let page = content(&mut client, "saltflow-page:///requisite-target-removed-upstream.md");
    assert!(page["text"].as_str().is_some_and(|text| text.starts_with("# ")), "{page}");
    client.finish();
}

#[test]
fn a_client_without_our_documents_gets_no_place_that_it_cannot_open() {
    let tree = renamed();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    let finding = client.finding(&app, REMOVED);
    assert_eq!(finding["codeDescription"], Value::Null);
    let related = finding["relatedInformation"].as_array().expect("related places");
    assert!(related.iter().all(|one| one["location"]["uri"].as_str().is_some_and(|uri| uri.starts_with("file:"))));
    client.finish();
}

#[test]
fn documents_show_files_of_the_repository_and_no_secrets() {
    let tree = Tree::git(&[
        ("pillar/db.sls", "db:\n  password: hunter2\n  port: 1\n"),
        (".saltflow.yaml", "ignore: [hidden]\n"),
        ("hidden/a.sls", "a: 1\n"),
    ]);
    let mut client = Client::start(Setup::extended(tree.root()));
    let at = |path: &str, revision: &str| {
        format!("{}?{revision}", uri(&tree.path(path)).replacen("file:", "saltflow-git:", 1))
    };
    assert_eq!(content(&mut client, &at("pillar/db.sls", "develop"))["text"], "db:\n  password: ***\n  port: 1\n");
    for absent in [at("pillar/gone.sls", "develop"), at("hidden/a.sls", "develop"), at(".git/config", "develop")] {
        assert_eq!(content(&mut client, &absent), Value::Null, "{absent}");
    }
    for outside in ["saltflow-git:///etc/passwd?develop", "saltflow-git:///?develop", "file:///etc/passwd?develop"] {
        assert_eq!(content(&mut client, outside), Value::Null, "{outside}");
    }
    let climbing = at("pillar/../../x.sls", "develop");
    assert_eq!(content(&mut client, &climbing), Value::Null);
    let unknown = client.refused("saltflow/content", json!({"uri": at("pillar/db.sls", "nowhere")}));
    assert_eq!(unknown, -32_602);
    client.finish();
}

#[test]
fn the_status_tells_how_far_apart() {
    let tree = renamed();
    let mut client = Client::start(Setup::extended(tree.root()));
    let status = client.until_status("develop ↓1 ↑1 ⚠1");
    assert_eq!((&status["mode"], &status["errors"], &status["branch"]), (&json!("on"), &json!(1), &json!("feature/x")));
    assert_eq!(status["root"], uri(tree.root()));
    let app = tree.path("salt/app.sls");
    client.open(&app, "app:\n  pkg.installed: []\n");
    client.until_status("develop ↓1 ↑1");
    tree.write(".git/MERGE_HEAD", "0123456789012345678901234567890123456789\n");
    let status = client.until_status("drift paused");
    assert_eq!(status["mode"], "paused");
    tree.remove(".git/MERGE_HEAD");
    client.until_status("develop ↓1 ↑1");
    tree.run(&["branch", "--quiet", "--delete", "--force", "develop"]);
    let status = client.until_status("no base branch");
    assert_eq!(status["mode"], "no-base");
    client.finish();
    let plain = Tree::new(&[("a.sls", "a: test.nop\n")]);
    let mut client = Client::start(Setup::extended(plain.root()));
    assert_eq!(client.until_status("")["mode"], "off");
    client.finish();
}

/// The command that a resolved lens has, by its title's beginning.
fn lens(client: &mut Client, path: &std::path::Path, beginning: &str) -> Value {
    let lenses = client.call("textDocument/codeLens", json!({"textDocument": {"uri": uri(path)}}));
    let lenses = lenses.as_array().expect("lenses").clone();
    assert!(lenses.iter().all(|lens| lens["command"].is_null()), "what they say is found later: {lenses:?}");
    let commands: Vec<Value> =
        lenses.into_iter().map(|lens| client.call("codeLens/resolve", lens)["command"].clone()).collect();
    let found =
        commands.iter().find(|command| command["title"].as_str().is_some_and(|title| title.starts_with(beginning)));
    found.unwrap_or_else(|| panic!("none of {commands:?} begins with {beginning}")).clone()
}

#[test]
fn hovers_and_lenses_say_who_did_what() {
    let tree = renamed();
    let (app, web) = (tree.path("salt/app.sls"), tree.path("salt/web.sls"));
    let mut client = Client::start(Setup::extended(tree.root()));
    client.finding(&app, REMOVED);
    let at = json!({"textDocument": {"uri": uri(&app)}, "position": {"line": 3, "character": 15}});
    let hover = client.call("textDocument/hover", at);
    let hover = hover["contents"]["value"].as_str().expect("Markdown").to_owned();
    assert!(hover.contains("| ID | `nginx` | `nginx` | `nginx_pkg` |"), "{hover}");
    let who = hover.lines().find(|line| line.starts_with("develop: ")).expect("who did it");
    assert!(who.ends_with(", just now, Ann"), "{who}");
    let command = lens(&mut client, &web, "state 'nginx' was renamed to 'nginx_pkg' on develop (");
    assert_eq!(command["command"], "saltflow.openDiff");
    let arguments = &command["arguments"][0];
    assert_eq!(arguments["right"], uri(&web));
    let left = content(&mut client, arguments["left"].as_str().expect("a URI"));
    assert!(left["text"].as_str().is_some_and(|text| text.contains("nginx_pkg")), "{left}");
    // a changed buffer: who changed it here is not known to git
    client.open(&web, "nginx:\n  pkg.installed:\n    - name: nginx-light\nother:\n  pkg.installed: []\n");
    let at = json!({"textDocument": {"uri": uri(&web)}, "position": {"line": 0, "character": 1}});
    let hover = client.call("textDocument/hover", at);
    let hover = hover["contents"]["value"].as_str().expect("Markdown").to_owned();
    assert!(hover.contains("| name | `nginx-full` | `nginx-light` | `nginx-full` |"), "{hover}");
    assert!(hover.contains("here: not committed yet"), "{hover}");
    client.finish();
}
