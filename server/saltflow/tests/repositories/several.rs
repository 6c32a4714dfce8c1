//! States and pillar in two repositories, each with its own develop.

use crate::place::Place;

/// Two repositories in git flow; feature branches checked out that changed nothing yet.
const START: &str = r"
    in states
    init -q -b develop
    write top.sls base:\n  '*':\n    - web\n
    write web.sls web:\n  pkg.installed: []\n
    commit start
    checkout -q -b feature/x
    in pillar
    init -q -b develop
    write top.sls base:\n  '*':\n    - ports\n
    write ports.sls web:\n  port: 80\n  name: shop\n
    commit start
    checkout -q -b feature/x
    ";

/// The states' branch reads a key.
const READS: &str = r"
    in states
    write web.sls web:\n  pkg.installed:\n    - version: {{ pillar['web']['port'] }}\n
    commit reads the port
    ";

/// The pillar's develop renames it.
const RENAMES: &str = r"
    in pillar
    checkout -q develop
    write ports.sls web:\n  listen: 80\n  name: shop\n
    commit another name
    checkout -q feature/x
    ";

const RENAMED: &str = "error pillar-key-removed-upstream states/web.sls:3: \
    pillar key 'web:port' read here was renamed to 'web:listen' on develop\n";

fn check(script: &str, words: &[&str], expected: &str) {
    let place = Place::new();
    place.run(&format!("{START}{script}"));
    assert_eq!(place.drift("states", words), expected, "after {script}");
}

const PILLAR: &[&str] = &["--pillar-root", "../pillar"];

#[test]
fn a_key_that_is_gone_on_the_pillars_develop_is_told_where_it_is_read() {
    check(&format!("{READS}{RENAMES}"), PILLAR, RENAMED);
    check(READS, PILLAR, "");
    check(RENAMES, PILLAR, "");
    // it was read there always
    let old = format!("{READS}checkout -q develop\nmerge -q feature/x\ncheckout -q -b feature/y\n");
    check(&format!("{old}{RENAMES}"), PILLAR, RENAMED);
    // and the states' develop follows
    let adapted = "in states\ncheckout -q develop\nwrite web.sls web:\\n  pkg.installed:\\n    - version: {{ pillar['web']['listen'] }}\\n\ncommit follows\ncheckout -q feature/y\n";
    check(&format!("{old}{RENAMES}{adapted}"), PILLAR, "");
    // the branches need not be called alike
    let renamed = "in pillar\nbranch -m develop main\n";
    check(
        &format!("{READS}{RENAMES}{renamed}"),
        PILLAR,
        &format!(
            "{}note: pillar: no branch 'develop' exists: compared with 'main' instead\n",
            RENAMED.replace("on develop", "on main")
        ),
    );
}

#[test]
fn and_the_other_way_round() {
    let removed = r"
        in pillar
        write ports.sls web:\n  listen: 80\n  name: shop\n
        commit another name
        in states
        checkout -q develop
        write web.sls web:\n  pkg.installed:\n    - version: {{ pillar['web']['port'] }}\n
        commit reads the port
        checkout -q feature/x
        ";
    let told = "warning removed-here-used-upstream pillar/ports.sls:2: \
        pillar key 'web:port' was renamed to 'web:listen' here, but develop reads it in web.sls\n";
    check(removed, PILLAR, told);
    // seen from the pillar's repository
    let place = Place::new();
    place.run(&format!("{START}{removed}"));
    assert_eq!(
        place.drift("pillar", &["--pillar-root", ".", "--state-root", "../states"]),
        told.replace("web.sls\n", "states/web.sls\n")
    );
    // what a top file names in the same repository, with the other one at its side
    let moved = r"
        in states
        write top.sls base:\n  '*':\n    - web\n    - lib\n
        write lib.sls lib: {test.nop: []}\n
        commit uses lib
        checkout -q develop
        write lib.sls lib: {test.nop: []}\n
        commit lib is here
        rm -q lib.sls
        commit and gone
        checkout -q feature/x
        in pillar
        write top.sls base:\n  '*':\n    - ports\n    - more\n
        write more.sls more: 1\n
        commit more
        ";
    check(moved, PILLAR, "");
    let gone = r"
        in pillar
        write more.sls more: 1\n
        commit more
        checkout -q develop
        merge -q feature/x
        rm -q more.sls
        commit no more
        checkout -q feature/x
        write top.sls base:\n  '*':\n    - ports\n    - more\n
        commit names more
        ";
    check(
        gone,
        PILLAR,
        "error include-removed-upstream pillar/top.sls:4: SLS 'more' targeted here was removed on develop\n",
    );
}

#[test]
fn one_of_them_has_no_git_or_no_drift() {
    let plain = |folder: &str| {
        let place = Place::new();
        place.run(&format!("{START}{READS}{RENAMES}"));
        std::fs::remove_dir_all(place.root.join(folder).join(".git")).unwrap();
        place
    };
    // only the pillar is a repository: what its develop lacks is read here
    let place = plain("states");
    assert_eq!(place.drift("states", PILLAR), RENAMED);
    assert_eq!(plain("pillar").drift("states", PILLAR), "");
    std::fs::remove_dir_all(place.root.join("pillar/.git")).unwrap();
    let output = place.saltflow("states", &["drift", "--pillar-root", "../pillar"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn each_is_in_its_own_situation() {
    let both = format!("{READS}{RENAMES}");
    let detached = "in states\ncheckout -q --detach\n";
    let place = Place::new();
    place.run(&format!("{START}{both}{detached}"));
    let id = &place.git("states", &["rev-parse", "HEAD"])[..7];
    let note = format!("note: states: HEAD is detached: its commit {id} is compared\n");
    assert_eq!(place.drift("states", PILLAR), format!("{RENAMED}{note}"));

    let merging = r"
        in pillar
        write ports.sls web:\n  port: 8080\n  name: shop\n
        commit another port
        !merge -q develop
        ";
    let note = "note: pillar: a merge is in progress: drift is paused until it ends\n";
    check(&format!("{both}{merging}"), PILLAR, note);
    let unborn = "in pillar\ncheckout -q --orphan empty\n";
    check(
        &format!("{both}{unborn}"),
        PILLAR,
        "note: pillar: the branch has no commit yet: there is nothing to compare\n",
    );

    // without common history in one, the other is compared in full
    let strange = r"
        in pillar
        checkout -q --orphan other
        write ports.sls web:\n  port: 80\n  extra: 1\n
        commit unrelated
        in states
        checkout -q develop
        write web.sls db:\n  pkg.installed: []\n
        commit no web
        checkout -q feature/x
        write app.sls app:\n  pkg.installed:\n    - require:\n      - pkg: web\n
        commit needs web
        ";
    let found = {
        let place = Place::new();
        place.run(&format!("{START}{strange}"));
        place.drift("states", PILLAR)
    };
    assert!(found.contains("requisite-target-removed-upstream states/app.sls:4"), "{found}");
    assert!(found.contains("note: pillar: the branches have no common commit"), "{found}");
}

#[test]
fn a_repository_may_name_another_one_only_inside_the_workspace() {
    let place = Place::new();
    place.run(&format!("{START}{READS}{RENAMES}"));
    place.run("in states\nwrite .saltflow.yaml repositories: [../pillar]\n");
    let output = place.saltflow("states", &["drift"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("../pillar lies outside of the workspace"), "{told}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("web:port"));
    // the user's own settings may
    place.run("in .\nwrite mine.yaml pillar-repository: ../pillar\n");
    let mine = place.root.join("mine.yaml");
    assert_eq!(place.drift("states", &["--config", mine.to_str().unwrap()]), RENAMED);
    // inside, as the folder around both
    place.run("in states\nremove .saltflow.yaml\nin .\nwrite .saltflow.yaml repositories: [states, pillar]\n");
    assert_eq!(place.drift(".", &[]), RENAMED);
    place.run("in .\nwrite .saltflow.yaml repositories: [gone, states, pillar]\n");
    assert_eq!(place.drift(".", &[]), RENAMED);
    let told = String::from_utf8_lossy(&place.saltflow(".", &["drift"]).stderr).into_owned();
    assert!(told.contains("there is no folder gone"), "{told}");
}

#[test]
fn every_path_has_its_root() {
    let place = Place::new();
    place.run(&format!("{START}{READS}{RENAMES}"));
    let document = place.json("states", &["drift", "--pillar-root", "../pillar"]);
    let root = |folder: &str| place.root.join(folder).display().to_string();
    let fact = &document["facts"][0];
    assert_eq!((fact["root"].as_str(), fact["path"].as_str()), (Some(&*root("states")), Some("web.sls")));
    let theirs = &fact["theirs"];
    assert_eq!((theirs["root"].as_str(), theirs["path"].as_str()), (Some(&*root("pillar")), Some("ports.sls")));
    let develop = place.git("pillar", &["rev-parse", "develop"]);
    assert_eq!(theirs["commit"], develop);
    assert_eq!(theirs["range"][0], 1);
    assert_eq!(document["repositories"][1]["base"]["commit"], develop);
    assert_eq!(document["repositories"][0]["ahead"], 1);
    let checked = place.json("states", &["check", "--pillar-root", "../pillar"]);
    let found = &checked["diagnostics"][0];
    assert_eq!((found["root"].as_str(), found["path"].as_str()), (Some(&*root("states")), Some("web.sls")));
    let human = place.saltflow("states", &["drift", "--pillar-root", "../pillar"]);
    let human = String::from_utf8_lossy(&human.stdout).into_owned();
    assert!(human.contains("pillar: feature/x → develop"), "{human}");
    let index = place.json("states", &["index", "--pillar-root", "../pillar"]);
    let key = index["entities"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "web:port" && one["role"] == "definition");
    assert_eq!(key.unwrap()["root"].as_str(), Some(&*root("pillar")));
    // alone, there is no root
    let alone = place.json("states", &["drift"]);
    assert!(
        alone.get("repositories").is_none()
            && alone["facts"].as_array().unwrap().iter().all(|fact| fact.get("root").is_none())
    );
}

#[test]
fn each_has_its_own_base() {
    let both = format!("{READS}{RENAMES}");
    // of its own settings
    let trunk = "in pillar\nbranch -m develop trunk\nwrite .saltflow.yaml base: trunk\n";
    check(&format!("{both}{trunk}"), PILLAR, &RENAMED.replace("on develop", "on trunk"));
    // a revision that one of them has
    let place = Place::new();
    place.run(&format!("{START}{both}in pillar\ntag v2 develop\nbranch -f develop develop~1\n"));
    assert_eq!(place.drift("states", PILLAR), "");
    let words = ["--pillar-root", "../pillar", "--base", "v2"];
    let note = "note: states: there is no branch, tag or commit 'v2' in this repository\n";
    assert_eq!(place.drift("states", &words), format!("{}{note}", RENAMED.replace("on develop", "on v2")));
    let output = place.saltflow("states", &["drift", "--pillar-root", "../pillar", "--base", "v3"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn the_merge_of_both_is_looked_at() {
    let place = Place::new();
    place.run(&format!("{START}{READS}{RENAMES}"));
    place.run("in states\nwrite minion.json {\"id\": \"a\", \"grains\": {}}\n");
    // with the minion known, Salt would refuse the merged tree; drift has told why
    let words = ["check", "--merged", "--pillar-root", "../pillar", "--minion", "minion.json"];
    let minion = place.root.join("states/minion.json").display().to_string();
    let words: Vec<&str> =
        words.iter().map(|word| if *word == "minion.json" { minion.as_str() } else { word }).collect();
    let document = place.json("states", &words);
    let codes: Vec<&str> =
        document["diagnostics"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect();
    assert_eq!(codes, ["drift/pillar-key-removed-upstream"], "{document:#}");
    let before = place.json("states", &["check", "--no-drift", "--pillar-root", "../pillar", "--minion", &minion]);
    assert_eq!(before["diagnostics"].as_array().map(Vec::len), Some(0), "{before:#}");
}
