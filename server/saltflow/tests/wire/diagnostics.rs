//! Diagnostics, pulled and pushed, and progress.

use serde_json::{Value, json};

use crate::client::{Client, Setup, codes, uri};
use crate::tree::{Tree, sls};

const BROKEN: &str = "broken:\n  pkg.installed: [\n";

fn broken() -> Vec<&'static str> {
    vec!["yaml-syntax"]
}

#[test]
fn pushed_when_something_changes() {
    let tree = Tree::new(&[("web.sls", &sls("web")), ("bad.sls", BROKEN)]);
    let (web, bad) = (tree.path("web.sls"), tree.path("bad.sls"));
    let mut client = Client::start(Setup::on(tree.root()));
    client.until_pushed(&bad, &broken());
    client.open(&web, BROKEN);
    client.until_pushed(&web, &broken());
    client.replace(&web, 2, &sls("web"));
    client.until_pushed(&web, &[]);
    client.open(&bad, &sls("good"));
    client.until_pushed(&bad, &[]);
    client.close(&bad);
    client.until_pushed(&bad, &broken());
    // an edit that changes no finding pushes nothing; the next one that does is the next to come
    client.replace(&web, 3, &sls("same"));
    client.symbols(&web);
    client.replace(&web, 4, BROKEN);
    client.until_pushed(&web, &broken());
    assert_eq!(client.unread("textDocument/publishDiagnostics"), 0);
    client.finish();
}

/// A client that reads a buffer again (Neovim's `:edit`) drops what it showed.
#[test]
fn pushed_again_when_opened_again() {
    let tree = Tree::new(&[("bad.sls", BROKEN)]);
    let bad = tree.path("bad.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.until_pushed(&bad, &broken());
    for _ in 0..2 {
        client.open(&bad, BROKEN);
        client.until_pushed(&bad, &broken());
        client.close(&bad);
    }
    client.finish();
}

#[test]
fn pushed_with_the_version_they_are_about() {
    let tree = Tree::new(&[("web.sls", &sls("web"))]);
    let web = tree.path("web.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.open(&web, &sls("web"));
    client.replace(&web, 7, BROKEN);
    let version = client.notified("textDocument/publishDiagnostics", |params| {
        let is_broken = codes(&params["diagnostics"]) == broken();
        is_broken.then(|| params["version"].clone())
    });
    assert_eq!(version, 7);
    client.finish();
}

#[test]
fn pulled_and_never_pushed() {
    let tree = Tree::new(&[("web.sls", &sls("web")), ("bad.sls", BROKEN)]);
    let (web, bad) = (tree.path("web.sls"), tree.path("bad.sls"));
    let mut client = Client::start(Setup::pulling(tree.root()));
    client.open(&web, &sls("web"));
    let report = client.pull(&bad, None);
    assert_eq!((report["kind"].as_str(), codes(&report["items"])), (Some("full"), broken()));
    let id = report["resultId"].as_str().map(str::to_owned);
    assert_eq!(client.pull(&bad, id.as_deref())["kind"], "unchanged");
    let report = client.pull(&web, None);
    assert_eq!(codes(&report["items"]), Vec::<&str>::new());
    client.replace(&web, 2, BROKEN);
    assert_eq!(codes(&client.pull(&web, report["resultId"].as_str())["items"]), broken());
    client.until("the server asks to pull again", |client| {
        client.asked.iter().any(|method| method == "workspace/diagnostic/refresh")
    });
    assert_eq!(client.unread("textDocument/publishDiagnostics"), 0);
    client.finish();
}

/// The files of a workspace report with their codes, and what to send with the next pull.
fn workspace_report(client: &mut Client, previous: &Value) -> (Vec<String>, Value) {
    let id = client.request("workspace/diagnostic", json!({"previousResultIds": previous}));
    let report = match client.wait(id) {
        Ok(report) => report,
        Err(code) => {
            assert_eq!(code, -32_802);
            return workspace_report(client, previous);
        }
    };
    let items = report["items"].as_array().expect("items");
    let ids = items.iter().map(|item| json!({"uri": item["uri"], "value": item["resultId"]})).collect();
    let one = |item: &Value| {
        let name = item["uri"].as_str().and_then(|uri| uri.rsplit('/').next()).unwrap_or_default();
        format!("{name} {} {:?}", item["kind"].as_str().unwrap_or_default(), codes(&item["items"]))
    };
    (items.iter().map(one).collect(), Value::Array(ids))
}

#[test]
fn workspace_reports_tell_what_changed_and_what_is_gone() {
    let tree = Tree::new(&[("a.sls", BROKEN), ("b.sls", BROKEN), ("c.sls", &sls("c"))]);
    let mut client = Client::start(Setup::pulling(tree.root()));
    let full = |name: &str| format!("{name} full {:?}", broken());
    let (found, ids) = workspace_report(&mut client, &json!([]));
    assert_eq!(found, [full("a.sls"), full("b.sls")]);
    client.open(&tree.path("a.sls"), &sls("a"));
    client.open(&tree.path("c.sls"), BROKEN);
    let (found, ids) = workspace_report(&mut client, &ids);
    assert_eq!(found, ["b.sls unchanged []".to_owned(), full("c.sls"), "a.sls full []".to_owned()]);
    let (found, _) = workspace_report(&mut client, &ids);
    assert_eq!(found, ["b.sls unchanged []", "c.sls unchanged []", "a.sls unchanged []"]);
    client.finish();
}

#[test]
fn progress_of_the_first_index() {
    let tree = Tree::new(&[("web.sls", &sls("web"))]);
    let mut client = Client::start(Setup { progress: true, ..Setup::on(tree.root()) });
    client.until("progress ends", |client| client.finished.len() == 1);
    client.open(&tree.path("web.sls"), BROKEN);
    client.until_pushed(&tree.path("web.sls"), &broken());
    assert_eq!(client.finished.len(), 1, "later work is not announced");
    client.finish();
}

#[test]
fn severities_follow_the_settings() {
    let tree = Tree::new(&[("bad.sls", BROKEN), (".saltflow.yaml", "severity: {yaml-syntax: hint}\n")]);
    let bad = tree.path("bad.sls");
    let mut client = Client::start(Setup::pulling(tree.root()));
    assert_eq!(client.pull(&bad, None)["items"][0]["severity"], 4);
    let settings = json!({"saltflow": {"severity": {"yaml-syntax": "none"}}});
    client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
    let uri = uri(&bad);
    client.until("the finding is off", |client| {
        let id = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
        client.wait(id).is_ok_and(|report| codes(&report["items"]).is_empty())
    });
    client.finish();
}
