//! Quick fixes over the wire: offered, worked out when chosen, applied as an editor does.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::{Client, Setup, uri};
use crate::drift::renamed;
use crate::tree::Tree;

const REMOVED: &str = "drift/requisite-target-removed-upstream";

fn at(line: u32, character: u32) -> Value {
    let place = json!({"line": line, "character": character});
    json!({"start": place, "end": place})
}

/// The actions at a place.
fn actions(client: &mut Client, path: &Path, range: &Value) -> Vec<Value> {
    let context = json!({"diagnostics": []});
    let params = json!({"textDocument": {"uri": uri(path)}, "range": range, "context": context});
    client.call("textDocument/codeAction", params).as_array().expect("a list").clone()
}

fn named(actions: &[Value], beginning: &str) -> Value {
    let found =
        actions.iter().find(|action| action["title"].as_str().is_some_and(|title| title.starts_with(beginning)));
    let titles: Vec<&Value> = actions.iter().map(|action| &action["title"]).collect();
    found.unwrap_or_else(|| panic!("{beginning} is not among {titles:?}")).clone()
}

fn file(uri: &Value) -> PathBuf {
    url::Url::parse(uri.as_str().expect("a URI")).expect("a URI").to_file_path().expect("a file")
}

fn offset(text: &str, place: &Value) -> usize {
    let line = usize::try_from(place["line"].as_u64().expect("a line")).expect("small");
    let column = usize::try_from(place["character"].as_u64().expect("a column")).expect("small");
    text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + column
}

/// Does to the disk what an editor does to its buffers.
pub fn apply(edit: &Value) {
    for change in edit["documentChanges"].as_array().expect("versioned changes") {
        match change["kind"].as_str() {
            Some("create") => std::fs::write(file(&change["uri"]), "").expect("it can be made"),
            Some("rename") => {
                let new = file(&change["newUri"]);
                std::fs::create_dir_all(new.parent().expect("a folder")).expect("it can be made");
                std::fs::rename(file(&change["oldUri"]), new).expect("it can be renamed");
            }
            Some("delete") => std::fs::remove_file(file(&change["uri"])).expect("it can be removed"),
            _ => {
                let path = file(&change["textDocument"]["uri"]);
                let mut text = std::fs::read_to_string(&path).expect("a file");
                for edit in change["edits"].as_array().expect("edits").iter().rev() {
                    let (start, end) = (offset(&text, &edit["range"]["start"]), offset(&text, &edit["range"]["end"]));
                    text.replace_range(start..end, edit["newText"].as_str().expect("a text"));
                }
                std::fs::write(path, text).expect("it can be written");
            }
        }
    }
}

#[test]
fn a_rename_is_followed_everywhere() {
    let tree = renamed();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::extended(tree.root()));
    client.finding(&app, REMOVED);
    let offered = actions(&mut client, &app, &at(3, 15));
    let rename = named(&offered, "Rename 'nginx' to 'nginx_pkg' everywhere on this branch");
    assert_eq!((&rename["edit"], &rename["kind"]), (&Value::Null, &json!("quickfix")));
    named(&offered, "Take develop's version of state 'app'");
    let diff = named(&offered, "Show develop's version beside this one");
    assert_eq!(diff["command"]["command"], "saltflow.openDiff");
    let chosen = client.call("codeAction/resolve", rename);
    apply(&chosen["edit"]);
    client.until_pushed(&app, &[]);
    let web = std::fs::read_to_string(tree.path("salt/web.sls")).expect("a file");
    assert!(web.starts_with("# the server\nnginx_pkg:\n"), "with the remark above it: {web}");
    // and git agrees
    tree.commit("as on develop");
    tree.run(&["merge", "--quiet", "--no-edit", "develop"]);
    assert!(actions(&mut client, &app, &at(3, 15)).is_empty());
    client.finish();
}

#[test]
fn a_newer_document_is_not_edited() {
    let tree = renamed();
    let app = tree.path("salt/app.sls");
    let text = std::fs::read_to_string(&app).expect("a file");
    let mut client = Client::start(Setup::extended(tree.root()));
    client.finding(&app, REMOVED);
    client.open(&app, &text);
    let rename = named(&actions(&mut client, &app, &at(3, 15)), "Rename");
    client.edit(&app, 2, [0, 0, 0, 0], "# one more line\n");
    assert_eq!(client.refused("codeAction/resolve", rename), -32_801);
    // asked again, it is for the new text, and says for which version
    let rename = named(&actions(&mut client, &app, &at(4, 15)), "Rename");
    let chosen = client.call("codeAction/resolve", rename.clone());
    let changes = chosen["edit"]["documentChanges"].as_array().expect("changes").clone();
    let mine = changes.iter().find(|change| change["textDocument"]["uri"] == uri(&app)).expect("the open document");
    assert_eq!(mine["textDocument"]["version"], 2);
    assert_eq!(mine["edits"][0]["range"]["start"], json!({"line": 4, "character": 13}));
    let other = changes.iter().find(|change| change["textDocument"]["uri"] != uri(&app)).expect("the other one");
    assert_eq!(other["textDocument"]["version"], Value::Null);
    // the finding is mended meanwhile
    client.replace(&app, 3, "app:\n  pkg.installed: []\n");
    assert_eq!(client.refused("codeAction/resolve", rename), -32_801);
    assert!(actions(&mut client, &app, &at(0, 1)).is_empty());
    client.finish();
}

#[test]
fn what_cannot_be_mended_is_refused_with_the_reason() {
    let tree = renamed();
    tree.write("salt/app.sls", "include: [web]\napp:\n  pkg.installed:\n    - require:\n      - pkg: nginx\n");
    tree.write("salt/use.sls", "include: [web]\nextend:\n  nginx:\n    pkg:\n      - version: 1\n");
    tree.commit("also extended");
    let web = tree.path("salt/web.sls");
    let mut client = Client::start(Setup::extended(tree.root()));
    client.until("drift is there", |client| !actions(client, &web, &at(0, 1)).is_empty());
    let take = named(&actions(&mut client, &web, &at(0, 1)), "Take develop's version of state 'nginx'");
    assert_eq!(client.refused("codeAction/resolve", take), -32_803);
    client.finish();
}

#[test]
fn an_editor_without_our_commands_is_offered_edits_only() {
    let tree = renamed();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::on(tree.root()));
    client.finding(&app, REMOVED);
    let offered = actions(&mut client, &app, &at(3, 15));
    let titles: Vec<&str> = offered.iter().filter_map(|action| action["title"].as_str()).collect();
    assert_eq!(titles, ["Show the command that brings develop into this branch"], "edits need versions");
    client.finish();
}

#[test]
fn the_command_is_shown_and_not_run() {
    let tree = renamed();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::extended(tree.root()));
    client.finding(&app, REMOVED);
    let action = named(&actions(&mut client, &app, &at(3, 15)), "Show the command");
    let command = &action["command"];
    client.call("workspace/executeCommand", json!({"command": command["command"], "arguments": command["arguments"]}));
    let said = client.notified("window/showMessage", |params| params["message"].as_str().map(str::to_owned));
    assert_eq!(said, "saltflow: run `git merge develop`, or with git flow `git flow feature rebase x`");
    assert_eq!(client.refused("workspace/executeCommand", json!({"command": "rm"})), -32_602);
    client.finish();
}

#[test]
fn an_id_that_both_added_is_there_once_after_the_fix_and_the_merge() {
    let tree = Tree::git(&[
        ("salt/top.sls", "base:\n  '*': [web]\n"),
        ("salt/web.sls", "a: {test.nop: []}\n\nz: {test.nop: []}\n"),
    ]);
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    tree.write(
        "salt/web.sls",
        "a: {test.nop: []}\n\nz: {test.nop: []}\n\ncache:\n  file.directory:\n    - name: /srv\n",
    );
    tree.commit("cache");
    tree.run(&["switch", "--quiet", "develop"]);
    tree.write(
        "salt/web.sls",
        "cache:\n  file.directory:\n    - name: /var\n\na: {test.nop: []}\n\nz: {test.nop: []}\n",
    );
    tree.commit("cache");
    tree.run(&["switch", "--quiet", "feature/x"]);
    let web = tree.path("salt/web.sls");
    let mut client = Client::start(Setup::extended(tree.root()));
    client.finding(&web, "drift/duplicate-id-after-merge");
    let take = named(&actions(&mut client, &web, &at(4, 2)), "Take develop's version of state 'cache'");
    apply(&client.call("codeAction/resolve", take)["edit"]);
    client.until_pushed(&web, &[]);
    tree.commit("as on develop");
    tree.run(&["merge", "--quiet", "--no-edit", "develop"]);
    let merged = std::fs::read_to_string(&web).expect("a file");
    assert_eq!(merged.matches("cache:").count(), 1, "{merged}");
    client.finish();
}

#[test]
fn a_comment_silences_a_finding() {
    let tree = renamed();
    let app = tree.path("salt/app.sls");
    let mut client = Client::start(Setup::extended(tree.root()));
    client.finding(&app, REMOVED);
    let ignore = named(&actions(&mut client, &app, &at(3, 15)), "Ignore: ");
    apply(&client.call("codeAction/resolve", ignore)["edit"]);
    client.until_pushed(&app, &[]);
    let text = std::fs::read_to_string(&app).expect("a file");
    assert!(
        text.contains("      # saltflow: ignore[drift/requisite-target-removed-upstream]\n      - pkg: nginx"),
        "{text}"
    );
    tree.run(&["checkout", "--quiet", "--", "salt/app.sls"]);
    client.finding(&app, REMOVED);
    let never = named(&actions(&mut client, &app, &at(3, 15)), "Never report");
    apply(&client.call("codeAction/resolve", never)["edit"]);
    client.until_pushed(&app, &[]);
    let settings = std::fs::read_to_string(tree.path(".saltflow.yaml")).expect("settings");
    assert_eq!(settings, "severity:\n  drift/requisite-target-removed-upstream: none\n");
    client.until("no message is left", |client| client.unread("window/showMessage") == 0);
    client.finish();
}
