//! Workspaces and documents that are broken, huge, or not what they seem.

use serde_json::json;

use crate::client::{Client, Setup, uri};
use crate::tree::{Tree, sls};

#[test]
fn huge_documents() {
    let tree = Tree::new(&[("web.sls", &sls("web"))]);
    let web = tree.path("web.sls");
    let mut client = Client::start(Setup::pulling(tree.root()));
    let of_size = |megabytes: usize| {
        let mut text = sls("first");
        while text.len() < megabytes << 20 {
            text.push_str("# a comment that fills the file, as generated files have them: 😀 and more of the same\n");
        }
        text + &sls("last")
    };
    client.open(&web, &of_size(3));
    assert_eq!(client.symbols(&web).len(), 2);
    client.edit(&web, 2, [0, 0, 0, 5], "edited");
    assert_eq!(client.symbols(&web)[0], "edited 0:0-6");
    // more than is read
    client.replace(&web, 3, &of_size(5));
    assert!(client.symbols(&web).is_empty());
    assert_eq!(client.pull(&web, None)["items"][0]["code"], "limit");
    client.replace(&web, 4, &sls("small"));
    assert_eq!(client.symbols(&web), ["small 0:0-5"]);
    client.finish();
}

#[test]
fn documents_that_nest_deeply() {
    let tree = Tree::new(&[("web.sls", &sls("web"))]);
    let mut client = Client::start(Setup::on(tree.root()));
    let many = 20_000;
    let texts = [
        "[".repeat(many),
        format!("a: {}", "{b: ".repeat(many)),
        (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
        "{% if x %}".repeat(many),
        format!("{{{{ {}1{} }}}}", "(".repeat(many), ")".repeat(many)),
        format!("{{{{ {}x }}}}", "not ".repeat(many)),
        format!("{{{{ x{} }}}}", ".y".repeat(many)),
        format!("{{{{ 1{} }}}}", " + 1".repeat(many)),
        "- ".repeat(many),
        "&a [*a, ".repeat(many),
    ];
    for (at, text) in texts.iter().enumerate() {
        let path = tree.path(&format!("deep{at}.sls"));
        client.open(&path, text);
        client.call("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(&path)}}));
        client.close(&path);
    }
    assert_eq!(client.symbols(&tree.path("web.sls")), ["web 0:0-3"]);
    client.finish();
}

#[test]
fn binary_and_unreadable_files() {
    let tree = Tree::git(&[("web.sls", &sls("web"))]);
    std::fs::write(tree.path("binary.sls"), [0_u8, 159, 146, 150, 255, b'\n', b':', 0]).expect("a file");
    std::fs::write(tree.path("latin.sls"), b"caf\xe9:\n  pkg.installed: []\n").expect("a file");
    tree.write("secret.sls", &sls("secret"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let nobody = std::fs::Permissions::from_mode(0o0);
        std::fs::set_permissions(tree.path("secret.sls"), nobody).expect("permissions");
    }
    let mut client = Client::start(Setup::pulling(tree.root()));
    for name in ["binary.sls", "latin.sls", "secret.sls"] {
        client.symbols(&tree.path(name));
        client.pull(&tree.path(name), None);
    }
    client.open(&tree.path("binary.sls"), "a\0b: \u{fffd}\n");
    client.symbols(&tree.path("binary.sls"));
    assert_eq!(client.symbols(&tree.path("web.sls")), ["web 0:0-3"]);
    client.finish();
}

#[cfg(unix)]
#[test]
fn links_in_circles_and_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let outside = Tree::new(&[("outside.sls", &sls("outside"))]);
    let tree = Tree::new(&[("salt/web.sls", &sls("web"))]);
    symlink(tree.path("salt"), tree.path("salt/again")).expect("a link");
    symlink("b", tree.path("a")).expect("a link");
    symlink("a", tree.path("b")).expect("a link");
    symlink(outside.root(), tree.path("out")).expect("a link");
    symlink("web.sls", tree.path("salt/www.sls")).expect("a link");
    let mut client = Client::start(Setup::on(tree.root()));
    assert_eq!(client.symbols(&tree.path("salt/web.sls")), ["web 0:0-3"]);
    assert_eq!(client.symbols(&tree.path("salt/www.sls")), ["web 0:0-3"]);
    assert!(client.symbols(&tree.path("out/outside.sls")).is_empty(), "what lies outside is not read");
    tree.write("salt/web.sls", &sls("changed"));
    client.until_symbols(&tree.path("salt/web.sls"), &["changed 0:0-7"]);
    client.finish();
}

#[test]
fn the_root_vanishes_and_comes_back() {
    for is_git in [false, true] {
        let tree = Tree::new(&[("repo/web.sls", &sls("web"))]);
        if is_git {
            tree.run(&["init", "--quiet", "repo"]);
        }
        let (root, web) = (tree.path("repo"), tree.path("repo/web.sls"));
        let mut client = Client::start(Setup::on(&root));
        assert_eq!(client.symbols(&web), ["web 0:0-3"]);
        std::fs::remove_dir_all(&root).expect("it can be removed");
        client.until_symbols(&web, &[]);
        client.notified("window/showMessage", |params| {
            params["message"]
                .as_str()
                .filter(|text| text.contains("cannot read") || text.contains("cannot open"))
                .map(drop)
        });
        tree.write("repo/web.sls", &sls("back"));
        client.open(&web, &sls("open"));
        assert_eq!(client.symbols(&web), ["open 0:0-4"]);
        client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri(&web)}}));
        client.close(&web);
        client.until_symbols(&web, &["back 0:0-4"]);
        // it is watched again
        tree.write("repo/web.sls", &sls("again"));
        client.until_symbols(&web, &["again 0:0-5"]);
        client.finish();
    }
}

#[test]
fn repositories_that_git_cannot_read() {
    let check = |break_it: &dyn Fn(&Tree), message: Option<&str>| {
        let tree = Tree::new(&[("web.sls", &sls("web"))]);
        break_it(&tree);
        let mut client = Client::start(Setup::on(tree.root()));
        assert_eq!(client.symbols(&tree.path("web.sls")), ["web 0:0-3"]);
        if let Some(message) = message {
            client.notified("window/showMessage", |params| {
                params["message"].as_str().filter(|text| text.contains(message)).map(drop)
            });
        }
        tree.write("web.sls", &sls("changed"));
        client.until_symbols(&tree.path("web.sls"), &["changed 0:0-7"]);
        client.finish();
    };
    check(&|_| {}, None);
    // no commit yet
    check(&|tree| tree.run(&["init", "--quiet"]), None);
    check(&|tree| tree.write(".git", "gitdir: /nowhere/at/all\n"), Some("git is off"));
    check(
        &|tree| {
            tree.run(&["init", "--quiet"]);
            tree.run(&["config", "core.repositoryFormatVersion", "1"]);
            tree.run(&["config", "extensions.brewing", "true"]);
        },
        Some("git is off"),
    );
    #[cfg(unix)]
    check(
        &|tree| {
            tree.run(&["init", "--quiet"]);
            let nobody = Some(65_534);
            // only root may give files away; others cannot have such a repository
            if std::os::unix::fs::chown(tree.path(".git"), nobody, nobody).is_err() {
                tree.write(".git/config", "[core]\n\trepositoryformatversion = 99\n");
            }
            let _ = std::os::unix::fs::chown(tree.root(), nobody, nobody);
        },
        Some("git is off"),
    );
}
