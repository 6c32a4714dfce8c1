//! Where roots are found, and as what files are read.

mod support;

use model::{Mount, Overrides, Request};
use support::{path, tree, tree_with};
use world::Roots;

fn roots(roots: &Roots) -> String {
    let env = |(env, folders): (&String, &Vec<world::SaltPath>)| {
        let folders: Vec<&str> = folders.iter().map(|f| if f.is_root() { "." } else { f.as_str() }).collect();
        format!("{env}={}", folders.join(","))
    };
    roots.iter().map(env).collect::<Vec<_>>().join(" ")
}

const STATE: &str = "x:\n  pkg.installed: []\n";

/// `files`: paths of SLS files (`PATH: TEXT` for others).
fn check(what: &str, files: &[&str], states: &str, pillar: &str) {
    let mut fixture = String::new();
    for file in files {
        let (path, text) = file.split_once(": ").unwrap_or((file, STATE));
        fixture.push_str(&format!("=== {path}\n{}\n", text.trim_end()));
    }
    let layout = tree(&fixture).catalog.layout;
    assert_eq!(
        (roots(&layout.file_roots).as_str(), roots(&layout.pillar_roots).as_str()),
        (states, pillar),
        "{what}: {:#?}",
        layout.notes
    );
}

#[test]
fn roots_are_discovered() {
    check(
        "top files",
        &["states/top.sls", "states/web.sls", "pillar/top.sls", "pillar/a.sls"],
        "base=states",
        "base=pillar",
    );
    check("the repository is the root", &["top.sls", "web/init.sls", "pillar/top.sls"], "base=.", "base=pillar");
    check("a top inside a root is an SLS", &["salt/top.sls", "salt/web/top.sls"], "base=salt", "");
    check("one folder per saltenv", &["salt/base/top.sls", "salt/dev/top.sls"], "base=salt/base dev=salt/dev", "");
    check("conventional names", &["srv/salt/web.sls", "srv/pillar/web.sls: a: 1"], "base=srv/salt", "base=srv/pillar");
    check("saltenvs without top", &["salt/base/web.sls", "salt/dev/web.sls"], "base=salt/base dev=salt/dev", "");
    check(
        "formula",
        &["nginx/init.sls", "pillar.example: nginx: {}", "test/salt/pillar/top.sls: base: {}"],
        "base=.",
        "",
    );
    check(
        "a formula whose name is a conventional one",
        &["salt/init.sls", "salt/master.sls", "pillar.example: salt: {}", "test/salt/states/top.sls: base: {}"],
        "base=.",
        "",
    );
    check(
        "formulas beside states",
        &["states/top.sls", "formulas/nginx-formula/nginx/init.sls", "formulas/nginx-formula/FORMULA: name: nginx"],
        "base=states,formulas/nginx-formula",
        "",
    );
    check("only SLS", &["infra/a.sls", "infra/b/init.sls"], "base=infra", "");
    check("only pillar", &["web.sls: port: web", "top.sls: base: {}"], "", "base=.");
    check(
        "tests only",
        &["test/salt/states/top.sls", "test/salt/pillar/top.sls: base: {}"],
        "base=test/salt/states",
        "base=test/salt/pillar",
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn what_resolves_tells_the_roots() {
    let includes =
        |names: &str| format!("include: [{names}]\nx: test.nop\n").replace(": [", ":\n  - ").replace(']', "");
    check(
        "one folder is the first part of every include",
        &[
            &format!("distro/server.sls: {}", includes("distro.packages")),
            "distro/packages/git.sls",
            "distro/packages/init.sls: {% from 'distro/map.jinja' import x %}",
            "distro/map.jinja: {% set x = 1 %}",
        ],
        "base=.",
        "",
    );
    check(
        "a formula that is called as roots often are",
        &[
            &format!("salt/master.sls: {}", includes("salt.minion")),
            "salt/minion.sls: {% from 'users/map.jinja' import x %}",
            "users/map.jinja: {% set x = 1 %}",
            "users/init.sls",
        ],
        "base=.",
        "",
    );
    check(
        "an example pillar inside the root makes no formula of its folder",
        &[
            &format!("formulas/chat/init.sls: {}", includes("chat.server")),
            "formulas/chat/server/init.sls",
            "formulas/chat/pillar.example: chat: {}",
            "formulas/mail/init.sls",
        ],
        "base=formulas",
        "",
    );
    check(
        "formulas without a marker",
        &["a-formula/a/init.sls", "b-formula/b/init.sls", "b-formula/metadata/form.yml: x: 1"],
        "base=a-formula,b-formula",
        "",
    );
    check(
        "a root in a root answers what the outer one cannot",
        &[
            &format!("top.sls: {}", "base: {}"),
            &format!("roles/web.sls: {}", includes("roles.base")),
            "roles/base.sls",
            "services/web/init.sls: {% from 'web/map.jinja' import x %}",
            "services/web/a.sls: {% from 'web/map.jinja' import x %}",
            "services/web/b.sls: {% from 'web/map.jinja' import x %}",
            "services/web/map.jinja: {% set x = 1 %}",
        ],
        "base=.,services",
        "",
    );
    check(
        "nothing speaks against what is there",
        &["salt/top.sls: base: {}", &format!("salt/web.sls: {}", includes("gone")), "other/gone/x.sls"],
        "base=salt",
        "",
    );
}

#[test]
fn configuration_files_name_roots() {
    let config = "etc/salt/master: {file_roots: {base: [/srv/repo/formulas, /srv/repo/roots/states], dev: [/srv/none]}, pillar_roots: {base: [/srv/repo/data]}}";
    check(
        "longest suffix",
        &[config, "formulas/a.sls", "roots/states/b.sls", "data/c.sls: a: 1"],
        "base=formulas,roots/states",
        "base=data",
    );
}

#[test]
fn further_modules_are_found_where_the_user_says() {
    let request = |modules: &str| Request {
        overrides: Overrides { modules: vec![path(modules)], ..Overrides::default() },
        ..Request::default()
    };
    let fixture = "=== salt/top.sls\nbase: {}\n=== ext/states/shop.py\ndef deployed(name): pass\n";
    let tree = tree_with(fixture, &request("ext"));
    assert_eq!(tree.catalog.layout.module_folders, [path("ext/states")]);
    let tree = tree_with(fixture, &request("elsewhere"));
    assert!(tree.catalog.layout.module_folders.is_empty());
}

#[test]
fn repositories_in_the_tree_are_laid_out_by_themselves() {
    let check = |overrides: Overrides, states: &str, pillar: &str| {
        let fixture = "=== top.sls\nbase: {'*': [web]}\n=== web.sls\nweb:\n  pkg.installed: []\n\
             === secrets/top.sls\nbase: {'*': [a]}\n=== secrets/a.sls\nport: 80\nname: web\n\
             === secrets/vault/b.sls\nport: 80\n";
        let layout = tree_with(fixture, &Request { overrides, ..Request::default() }).catalog.layout;
        let found = (roots(&layout.file_roots), roots(&layout.pillar_roots));
        assert_eq!((found.0.as_str(), found.1.as_str()), (states, pillar), "{:#?}", layout.notes);
    };
    let base = |folder: &str| Some(Roots::from([("base".to_owned(), vec![path(folder)])]));
    let mount = Mount { path: path("secrets"), ..Mount::default() };
    check(Overrides::default(), "base=.", "");
    let mounts = vec![mount.clone()];
    check(Overrides { mounts: mounts.clone(), ..Overrides::default() }, "base=.", "base=secrets");
    // the settings of that repository, then the user's word over them
    let set = Mount { pillar_roots: base("vault"), ..mount };
    check(Overrides { mounts: vec![set.clone()], ..Overrides::default() }, "base=.,secrets", "base=secrets/vault");
    let set = Mount { file_roots: Some(Roots::new()), ..set };
    check(Overrides { mounts: vec![set], ..Overrides::default() }, "base=.", "base=secrets/vault");
    check(
        Overrides { mounts, pillar_roots: base("secrets/vault"), ..Overrides::default() },
        "base=.",
        "base=secrets/vault",
    );
}

#[test]
fn the_user_decides() {
    let overrides = Overrides {
        file_roots: Some(Roots::from([("prod".to_owned(), vec![path("a")])])),
        ignore: vec!["a/skip*".to_owned()],
        ..Overrides::default()
    };
    let request = Request { overrides, ..Request::default() };
    let tree = tree_with(
        "=== states/top.sls\nbase: {}\n=== a/x.sls\nx: pkg.installed\n=== a/skipped.sls\nx: pkg.installed\n",
        &request,
    );
    assert_eq!(roots(&tree.catalog.layout.file_roots), "prod=a");
    let files: Vec<String> = tree.catalog.views[0].files.keys().map(ToString::to_string).collect();
    assert_eq!(files, ["a/x.sls"]);
}

#[test]
fn kinds_follow_from_where_files_stand() {
    let tree = tree(
        "
        === etc/salt/master
        reactor:
          - 'salt/minion/*/start':
            - /srv/salt/states/react/start.sls
        === states/top.sls
        base: {}
        === states/web/init.sls
        === states/web/map.jinja
        === states/web/files/vhost.conf.j2
        === states/web/files/plain.txt
        === states/orch/deploy.sls
        === states/react/start.sls
        === states/reactor/job.sls
        === states/test/pillar/web.sls
        === states/test/web.sls
        === states/state_top.sls
        === pillar/top.sls
        base: {}
        === pillar/web.sls
        === elsewhere/x.sls
        ",
    );
    let kinds: Vec<String> = (tree.catalog.layout.files.iter())
        .filter_map(|path| {
            let found = tree.catalog.layout.classify(path)?;
            Some(format!("{path} {:?}{}", found.kind, if found.certain { "" } else { "?" }))
        })
        .collect();
    expect_test::expect![[r#"
        pillar/top.sls PillarTop
        pillar/web.sls Pillar
        states/orch/deploy.sls Orchestrate
        states/react/start.sls Reactor
        states/reactor/job.sls Reactor?
        states/state_top.sls State?
        states/test/pillar/web.sls Pillar?
        states/test/web.sls State?
        states/top.sls StateTop
        states/web/files/vhost.conf.j2 Managed?
        states/web/init.sls State
        states/web/map.jinja Macros?"#]]
    .assert_eq(&kinds.join("\n"));
}
