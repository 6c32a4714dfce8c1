//! Secrets that both sides changed are planted everywhere, every output about drift is read, and no
//! secret text is in any of them. Only the edits of a chosen quick fix carry the real text.

use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, Setup, uri};
use crate::tree::Tree;

/// Stands in every planted secret, and nowhere else.
const PLANTED: &str = "hush";

fn pillar(side: &str) -> String {
    format!(
        "db:
  password: {PLANTED}-password-{side}
  port: {port}
  token: hvs.{PLANTED}{side}abcdefghijkl
  api_keys:
    - {PLANTED}-api-{side}
  credentials: {{user: u, value: {PLANTED}-credential-{side}}}
  plain: $6$salt${PLANTED}{side}abcdefghijkl
  tls: |
    -----BEGIN RSA PRIVATE KEY-----
    {PLANTED}private{side}
    -----END RSA PRIVATE KEY-----
  gpg: |
    -----BEGIN PGP MESSAGE-----

    {PLANTED}pgp{side}
    -----END PGP MESSAGE-----
",
        port = side.len()
    )
}

fn states(side: &str) -> String {
    format!(
        "{{% from 'lib.jinja' import login %}}
{{% set db_password = '{PLANTED}-jinja-{side}' %}}
user:
  user.present:
    - password: {PLANTED}-state-{side}
    - uid: {uid}
run:
  cmd.run:
    - name: mysql --password={PLANTED}-option-{side}
    - env:
      - API_TOKEN: {PLANTED}-env-{side}
use:
  cmd.run:
    - name: login {{{{ db_password }}}}
    - cwd: {{{{ pillar['db']['password'] }}}}
    - unless: {{{{ login() }}}}
conf:
  file.managed:
    - name: /etc/key
    - contents: |
        -----BEGIN OPENSSH PRIVATE KEY-----
        {PLANTED}contents{side}
        -----END OPENSSH PRIVATE KEY-----
doomed_{side}:
  cmd.run:
    - name: a
",
        uid = side.len()
    )
}

fn library(side: &str) -> String {
    format!("{{% macro login(password='{PLANTED}-macro-{side}') %}}login {{{{ password }}}}{{% endmacro %}}\n")
}

const FILES: [&str; 5] = ["pillar/top.sls", "pillar/db.sls", "salt/top.sls", "salt/web.sls", "salt/lib.jinja"];

fn planted() -> Tree {
    let tree = Tree::git(&[
        ("pillar/top.sls", "base:\n  '*': [db]\n"),
        ("salt/top.sls", "base:\n  '*': [web]\n"),
        ("pillar/db.sls", &pillar("base")),
        ("salt/web.sls", &states("base")),
        ("salt/lib.jinja", &library("base")),
    ]);
    let change = |side: &str| {
        tree.write("pillar/db.sls", &pillar(side));
        tree.write("salt/web.sls", &states(side));
        tree.write("salt/lib.jinja", &library(side));
        tree.commit("other secrets");
    };
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    change("ours");
    tree.run(&["switch", "--quiet", "develop"]);
    change("develop");
    tree.run(&["switch", "--quiet", "feature/x"]);
    tree
}

#[test]
fn the_command_line_shows_none() {
    let tree = planted();
    let formats = ["human", "json", "sarif", "markdown"].map(|format| ["drift", "--format", format]);
    let checks =
        ["human", "json", "sarif", "github", "codeclimate", "junit"].map(|format| ["check", "--format", format]);
    for words in formats.iter().chain(&checks) {
        let done = Command::new(env!("CARGO_BIN_EXE_saltflow"))
            .args(words)
            .arg("-v")
            .env("SALTFLOW_LOG", "trace")
            .current_dir(tree.root())
            .output()
            .expect("it runs");
        let all = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(all.contains("password"), "{words:?} tells of the conflict: {all}");
        let leak = all.lines().find(|line| line.contains(PLANTED));
        assert_eq!(leak, None, "{words:?}");
    }
}

#[test]
fn the_editor_shows_none() {
    let tree = planted();
    let setup = Setup { log: Some("trace"), ..Setup::extended(tree.root()) };
    let mut client = Client::start(setup);
    client.notified("saltflow/status", |params| (params["mode"] == "on").then_some(()));
    let mut fixes = 0;
    for file in FILES {
        let path = tree.path(file);
        let document = json!({"uri": uri(&path)});
        let text = std::fs::read_to_string(&path).expect("a file");
        for (line, content) in text.lines().enumerate() {
            for character in (0..=content.len()).step_by(3) {
                let position = json!({"line": line, "character": character});
                client.call("textDocument/hover", json!({"textDocument": document, "position": position}));
            }
            let place = json!({"line": line, "character": content.len()});
            let range = json!({"start": {"line": line, "character": 0}, "end": place});
            let params = json!({"textDocument": document, "range": range, "context": {"diagnostics": []}});
            let actions = client.call("textDocument/codeAction", params);
            for action in actions.as_array().expect("a list").clone() {
                let id = client.request("codeAction/resolve", action);
                fixes += usize::from(client.wait(id).is_ok());
            }
        }
        let lenses = client.call("textDocument/codeLens", json!({"textDocument": document}));
        for lens in lenses.as_array().expect("lenses").clone() {
            client.call("codeLens/resolve", lens);
        }
        client.call("textDocument/documentSymbol", json!({"textDocument": document}));
        for revision in ["develop", "feature/x", "develop~1"] {
            let uri = format!("{}?{revision}", uri(&path).replacen("file:", "saltflow-git:", 1));
            assert_ne!(client.call("saltflow/content", json!({"uri": uri})), Value::Null);
        }
    }
    assert!(fixes > 10, "{fixes} fixes were tried");
    let mut heard = std::mem::take(&mut client.heard);
    let mut carried = false;
    for message in &mut heard {
        if let Some(answer) = message["result"].as_object_mut() {
            carried |= answer.remove("edit").is_some_and(|edit| edit.to_string().contains(PLANTED));
        }
        assert!(!message.to_string().contains(PLANTED), "{message:#}");
    }
    assert!(carried, "edits carry the real text");
    client.call("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.ended(), 0);
    let leak = client.said.lines().find(|line| line.contains(PLANTED));
    assert_eq!(leak, None, "the log");
}
