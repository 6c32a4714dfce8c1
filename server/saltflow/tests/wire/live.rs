//! What is compared anew, and when: moved refs however they move, edits, buffers, undo; and that
//! nothing is where nothing moved.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::client::{Client, Setup, uri};
use crate::tree::Tree;

const REMOVED: &str = "drift/requisite-target-removed-upstream";

fn git(folder: &Path, words: &[&str]) {
    let done = Command::new("git")
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "Bob"), ("GIT_AUTHOR_EMAIL", "bob@example.org")])
        .envs([("GIT_COMMITTER_NAME", "Bob"), ("GIT_COMMITTER_EMAIL", "bob@example.org")])
        .output()
        .expect("git runs");
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A clone on a feature branch that requires `nginx`, its origin and a colleague's clone.
struct Three {
    _folder: tempfile::TempDir,
    mine: std::path::PathBuf,
    other: std::path::PathBuf,
}

const WEB: &str = "nginx:\n  pkg.installed:\n    - name: nginx-full\nother:\n  pkg.installed: []\n";

impl Three {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it exists");
        let start = Tree::git(&[
            ("salt/top.sls", "base:\n  '*': [web, app]\n"),
            ("salt/web.sls", WEB),
            ("salt/app.sls", "app:\n  pkg.installed: []\n"),
        ]);
        let (origin, mine, other) = (root.join("origin.git"), root.join("mine"), root.join("other"));
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        git(&root, &["clone", "--quiet", "--bare", &text(start.root()), &text(&origin)]);
        git(&root, &["clone", "--quiet", &text(&origin), &text(&mine)]);
        git(&root, &["clone", "--quiet", &text(&origin), &text(&other)]);
        git(&mine, &["switch", "--quiet", "--create", "feature/x"]);
        let three = Self { _folder: folder, mine, other };
        three.write(&three.mine, "salt/app.sls", "app:\n  pkg.installed:\n    - require:\n      - pkg: nginx\n");
        git(&three.mine, &["commit", "--quiet", "--all", "--message", "app needs nginx"]);
        three
    }

    fn write(&self, clone: &Path, path: &str, text: &str) {
        std::fs::write(clone.join(path), text).expect("it can be written");
    }

    /// The colleague renames or restores the state on develop and pushes.
    fn push(&self, id: &str) {
        self.write(&self.other, "salt/web.sls", &WEB.replace("nginx:", &format!("{id}:")));
        git(&self.other, &["commit", "--quiet", "--all", "--message", id]);
        git(&self.other, &["push", "--quiet", "origin", "develop"]);
    }
}

#[test]
fn what_others_push_shows_after_a_fetch() {
    let three = Three::new();
    let app = three.mine.join("salt/app.sls");
    let mut client = Client::start(Setup::extended(&three.mine));
    client.until_status("develop ↑1");
    three.push("nginx_pkg");
    // pushed is not fetched: nothing here has moved
    client.take_some(std::time::Duration::from_millis(600));
    assert_eq!(client.unread("saltflow/status"), 0);
    git(&three.mine, &["fetch", "--quiet"]);
    client.finding(&app, REMOVED);
    client.until_status("origin/develop ↓1 ↑1 ⚠1");
    let at = json!({"textDocument": {"uri": uri(&app)}, "position": {"line": 3, "character": 15}});
    let hover =
        client.call("textDocument/hover", at.clone())["contents"]["value"].as_str().expect("Markdown").to_owned();
    assert!(hover.contains("| ID | `nginx` | `nginx` | `nginx_pkg` |") && hover.contains(", Bob"), "{hover}");
    // they change their mind
    three.push("nginx");
    git(&three.mine, &["fetch", "--quiet"]);
    client.until_pushed(&app, &[]);
    client.until_status("origin/develop ↓2 ↑1");
    let hover = client.call("textDocument/hover", at)["contents"]["value"].as_str().expect("Markdown").to_owned();
    assert!(!hover.contains("| base |"), "{hover}");
    client.finish();
}

#[test]
fn packing_refs_and_collecting_garbage_move_nothing() {
    let three = Three::new();
    three.push("nginx_pkg");
    git(&three.mine, &["fetch", "--quiet"]);
    let app = three.mine.join("salt/app.sls");
    let mut client = Client::start(Setup::extended(&three.mine));
    client.finding(&app, REMOVED);
    client.until_status("origin/develop ↓1 ↑1 ⚠1");
    client.take_some(std::time::Duration::from_millis(600));
    let shown = client.unread("textDocument/publishDiagnostics");
    git(&three.mine, &["pack-refs", "--all"]);
    git(&three.mine, &["gc", "--quiet", "--prune=now"]);
    client.take_some(std::time::Duration::from_millis(600));
    assert_eq!((client.unread("saltflow/status"), client.unread("textDocument/publishDiagnostics")), (0, shown));
    // and what moves afterwards is seen, from packed to loose
    three.push("nginx");
    git(&three.mine, &["fetch", "--quiet"]);
    client.until_pushed(&app, &[]);
    client.until_status("origin/develop ↓2 ↑1");
    client.finish();
}

#[test]
fn buffers_edits_and_undo_count_at_once() {
    let three = Three::new();
    three.push("nginx_pkg");
    git(&three.mine, &["fetch", "--quiet"]);
    let (app, web) = (three.mine.join("salt/app.sls"), three.mine.join("salt/web.sls"));
    let mut client = Client::start(Setup::extended(&three.mine));
    client.finding(&app, REMOVED);
    client.until_status("origin/develop ↓1 ↑1 ⚠1");
    let text = std::fs::read_to_string(&app).expect("a file");
    client.open(&app, &text);
    client.until_pushed(&app, &[REMOVED]);
    // an unsaved edit takes the requisite away, undo brings it back
    client.replace(&app, 2, "app:\n  pkg.installed: []\n");
    client.until_pushed(&app, &[]);
    client.until_status("origin/develop ↓1 ↑1");
    client.replace(&app, 3, &text);
    client.until_pushed(&app, &[REMOVED]);
    client.until_status("origin/develop ↓1 ↑1 ⚠1");
    // an edit of another file: the ID is renamed here as it was there
    client.open(&web, WEB);
    client.replace(&web, 2, &WEB.replace("nginx:", "nginx_pkg:"));
    client.until_status("origin/develop ↓1 ↑1");
    client.replace(&web, 3, WEB);
    client.until_status("origin/develop ↓1 ↑1 ⚠1");
    client.close(&web);
    client.close(&app);
    client.finish();
}

#[test]
fn the_branch_is_switched_under_open_findings() {
    let three = Three::new();
    three.push("nginx_pkg");
    git(&three.mine, &["fetch", "--quiet"]);
    let app = three.mine.join("salt/app.sls");
    let mut client = Client::start(Setup::extended(&three.mine));
    client.finding(&app, REMOVED);
    git(&three.mine, &["switch", "--quiet", "develop"]);
    client.until_pushed(&app, &[]);
    let status = client.notified("saltflow/status", |params| (params["branch"] == "develop").then(|| params.clone()));
    assert_eq!((&status["errors"], &status["behind"]), (&json!(0), &json!(1)));
    git(&three.mine, &["switch", "--quiet", "feature/x"]);
    client.finding(&app, REMOVED);
    client.finish();
}
