//! Every situation that a repository may be in (drift.md, section 2), made by the real git.

use crate::place::Place;

/// A feature branch that requires what develop has removed.
pub const BREAK: &str = r"
    in .
    init -q -b master
    write top.sls base:\n  '*':\n    - web\n    - app\n
    write web.sls web:\n  pkg.installed: []\nother:\n  test.nop: []\n
    write app.sls app:\n  pkg.installed: []\n
    commit start
    checkout -q -b develop
    checkout -q -b feature/x
    write app.sls app:\n  pkg.installed:\n    - require:\n      - pkg: web\n
    commit needs web
    checkout -q develop
    write web.sls other:\n  test.nop: []\n
    commit no web
    checkout -q feature/x
    ";

pub const BROKEN: &str =
    "error requisite-target-removed-upstream app.sls:4: state 'web' required here was removed on develop\n";

fn broken() -> Place {
    let place = Place::new();
    place.run(BREAK);
    place
}

fn check(script: &str, expected: &str) {
    let place = broken();
    place.run(&format!("in .\n{script}"));
    assert_eq!(place.drift(".", &[]), expected, "after {script}");
}

#[test]
fn the_branch_at_rest() {
    check("", BROKEN);
    check("merge -q -m merged develop", "");
}

/// What a person sees first: between which branches, how far apart, what and where.
#[test]
fn the_report_for_people_and_for_merge_requests() {
    let place = broken();
    place.run("in .\nfetch -q . develop");
    let human = place.saltflow(".", &["drift"]);
    let human = String::from_utf8_lossy(&human.stdout).into_owned();
    let lines: Vec<&str> = human.lines().collect();
    assert_eq!(
        lines[0],
        "feature/x → develop (branches with the prefix 'feature/' are merged into develop): 1 commit behind, 1 ahead"
    );
    assert_eq!(lines[1], "develop ↓1 ↑1 ⚠1 (last fetch: just now)");
    assert!(
        human.contains(", Ada)")
            && human.contains("  --> app.sls:4:14")
            && human.contains("web.sls:1:1: there on develop"),
        "{human}"
    );
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(12 * 86_400);
    let fetched = std::fs::File::options().write(true).open(place.root.join(".git/FETCH_HEAD")).unwrap();
    fetched.set_modified(old).unwrap();
    let human = place.saltflow(".", &["drift"]);
    let told = "(last fetch: 12 days ago: what was pushed since is not known here)";
    let human = String::from_utf8_lossy(&human.stdout).into_owned();
    assert!(human.contains(told), "{human}");
    let markdown = place.saltflow(".", &["drift", "--format", "markdown"]);
    let markdown = String::from_utf8_lossy(&markdown.stdout).into_owned();
    assert!(
        markdown.starts_with("### Drift of feature/x from develop: 1 commit behind, 1 ahead\n\n1 error\n"),
        "{markdown}"
    );
    let sarif = place.saltflow(".", &["drift", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_slice(&sarif.stdout).unwrap();
    let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["id"], "drift/requisite-target-removed-upstream");
    assert!(rule["help"]["markdown"].as_str().is_some_and(|page| page.starts_with("# drift/")), "{rule}");
    assert!(sarif["runs"][0]["results"][0]["partialFingerprints"]["saltflow/v1"].is_string());
}

#[test]
fn detached_and_unborn() {
    let place = broken();
    place.run("in .\ncheckout -q --detach");
    let id = &place.git(".", &["rev-parse", "HEAD"])[..7];
    assert_eq!(place.drift(".", &[]), format!("{BROKEN}note: HEAD is detached: its commit {id} is compared\n"));
    check("checkout -q --orphan empty", "note: the branch has no commit yet: there is nothing to compare\n");
}

#[test]
fn what_is_in_progress_pauses_drift() {
    let conflict = r"
        write both.sls here:\n  test.nop: []\n
        commit here
        checkout -q develop
        write both.sls there:\n  test.nop: []\n
        commit there
        checkout -q feature/x
        ";
    let paused = |what: &str| format!("note: a {what} is in progress: drift is paused until it ends\n");
    check(&format!("{conflict}!merge -q develop"), &paused("merge"));
    check(&format!("{conflict}!rebase -q develop"), &paused("rebase"));
    check(&format!("{conflict}!cherry-pick develop"), &paused("cherry-pick"));
    let undone = "write both.sls late:\\n  test.nop: []\\n\ncommit late\n!revert --no-edit HEAD~1\n";
    check(&format!("{conflict}{undone}"), &paused("revert"));
    check("bisect start", &paused("bisect"));
    // and goes on after it
    check(&format!("{conflict}!merge -q develop\nmerge --abort\nreset -q --hard HEAD~1"), BROKEN);
}

#[test]
fn local_and_remote_develop() {
    // what was fetched is ahead
    let remote = "update-ref refs/remotes/origin/develop develop\nbranch -f develop develop~1\n";
    check(remote, &BROKEN.replace("on develop", "on origin/develop"));
    // they have diverged
    let diverged = format!("{remote}checkout -q develop\ncommit mine\ncheckout -q feature/x\n");
    let note = "note: 'develop' and 'origin/develop' have diverged: 'origin/develop' is taken\n";
    check(&diverged, &format!("{}{note}", BROKEN.replace("on develop", "on origin/develop")));
    // the local one is ahead
    check("update-ref refs/remotes/origin/develop develop~1", BROKEN);
}

#[test]
fn without_develop() {
    let note = "note: no branch 'develop' exists: compared with 'dev' instead\n";
    check("branch -m develop dev", &format!("{}{note}", BROKEN.replace("on develop", "on dev")));
    let none = "branch -D develop\nbranch -D master";
    let note = "note: there is no branch to compare with (no develop, dev, main or master); name one with --base or the setting `base`\n";
    check(none, note);
    let place = broken();
    assert_eq!(place.saltflow(".", &["drift", "--base", "gone"]).status.code(), Some(2));
}

#[test]
fn the_old_name_of_a_branch_is_no_base() {
    // git flow notes it, and `git branch -m` of the base leaves the note behind
    let noted = "branch feature/lib develop\nconfig gitflow.branch.feature/x.base feature/lib\n";
    check(noted, &BROKEN.replace("on develop", "on feature/lib"));
    check(&format!("{noted}branch -m feature/lib feature/library"), BROKEN);
    // the note is of another branch
    check("config gitflow.branch.feature/old.base master\nbranch -m feature/x feature/new", BROKEN);
}

#[test]
fn a_shallow_clone_tells_what_it_can() {
    let place = broken();
    let url = format!("file://{}", place.root.display());
    place.run(&format!(
        "in .\nclone -q --depth 1 --no-single-branch {url} clone\nin clone\nbranch develop origin/develop\n"
    ));
    let found = place.drift("clone", &[]);
    let hint = BROKEN.replace("error", "hint");
    assert!(found.starts_with(&hint), "{found}");
    assert!(found.contains("note: the history is cut off (shallow clone) before the merge base"), "{found}");
    assert!(found.contains("git fetch --unshallow"), "{found}");
    place.run("in clone\nfetch -q --unshallow");
    assert_eq!(place.drift("clone", &[]), BROKEN);
}

#[test]
fn what_a_partial_clone_lacks_is_not_removed() {
    for old in [false, true] {
        let place = broken();
        place.run("in .\nconfig uploadpack.allowFilter true\nconfig uploadpack.allowAnySHA1InWant true\n");
        let url = format!("file://{}", place.root.display());
        place.run(&format!("in .\nclone -q --filter=blob:none {url} clone\n"));
        if old {
            // as git noted it once; libgit2 reads no such repository
            let noted = "in clone\nconfig extensions.partialClone origin\nconfig --unset remote.origin.promisor\n";
            place.run(noted);
            let output = place.saltflow("clone", &["drift"]);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{told}");
            let commands = ["config remote.origin.promisor true", "config --unset extensions.partialClone"];
            for command in commands {
                assert!(told.contains(command), "{told}");
                place.run(&format!("in clone\n{command}"));
            }
        }
        let note = "note: this is a partial clone: files that were never fetched are unknown, not removed";
        let found = place.drift("clone", &[]);
        assert!(found.starts_with(note), "{found}");
        // with develop's version here
        place.run("in clone\ncheckout -q develop\ncheckout -q feature/x\n");
        let found = place.drift("clone", &[]);
        assert!(found.starts_with(BROKEN), "{found}");
    }
}

#[test]
fn what_is_not_checked_out_is_not_deleted() {
    let sparse = r"
        checkout -q -B develop develop~1
        write far/away.sls away:\n  test.nop: []\n
        write far/init.sls far:\n  test.nop: []\n
        commit far
        branch far
        write web.sls other:\n  test.nop: []\n
        commit no web
        checkout -q feature/x
        merge -q -m far far
        write far/use.sls use:\n  test.nop:\n    - require:\n      - test: away\n
        commit uses it
        sparse-checkout set --cone near
        ";
    check(sparse, BROKEN);
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let place = broken();
    place.run("in formula\ninit -q -b main\nwrite nginx/init.sls nginx:\\n  pkg.installed: []\\n\ncommit formula");
    let url = format!("{}/formula", place.root.display());
    place.run(&format!("in .\nwrite .gitignore formula/\\n\n-c protocol.file.allow=always submodule --quiet add {url} formulas/nginx\ncommit submodule"));
    assert_eq!(place.drift(".", &[]), BROKEN);
    // develop moves it on: nothing of it is ours to judge
    place.run(
        "in formulas/nginx\nwrite nginx/init.sls other:\\n  pkg.installed: []\\n\ncommit moved\nin .\ncommit bump",
    );
    assert_eq!(place.drift(".", &[]), BROKEN);
    assert_eq!(place.json("formulas/nginx", &["drift"])["base"]["ref"], "origin/main");
}

#[test]
fn a_worktree_has_its_own_head() {
    let place = broken();
    place.run("in .\ncheckout -q master\nworktree add -q tree feature/x");
    assert_eq!(place.drift("tree", &[]), BROKEN);
    assert_eq!(place.drift(".", &[]), "");
}

#[test]
fn what_cannot_be_read_says_so_and_the_rest_works() {
    let refused = |place: &Place, words: &str| {
        let output = place.saltflow(".", &["drift"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(words) && told.contains("git is off"), "{told}");
        let checked = place.json(".", &["check"]);
        assert!(checked["summary"]["files"].as_u64() >= Some(1), "{checked}");
    };
    let place = Place::new();
    place.run("in .\ninit -q --object-format=sha256\nwrite a.sls a: {test.nop: []}\\n\ncommit start");
    refused(&place, "names its objects by SHA-256");
    let place = Place::new();
    place.run("in .\n!init -q --ref-format=reftable\nwrite a.sls a: {test.nop: []}\\n\n!add -A");
    if place.root.join(".git/reftable").is_dir() {
        refused(&place, "reftable");
    } else {
        println!("skipped: this git knows no reftable");
    }
    let place = broken();
    let given = ["", ".git"].map(|folder| std::os::unix::fs::chown(place.root.join(folder), Some(4711), None).is_ok());
    if given == [true, true] {
        refused(&place, "git config --global --add safe.directory");
    } else {
        println!("skipped: only root can give a folder away");
    }
}

/// A fact that only one of two merge bases has, whichever of them git names first.
#[test]
fn several_merge_bases() {
    let criss_cross = r"
        in .
        init -q -b develop
        write top.sls base:\n  '*':\n    - one\n    - two\n    - app\n
        write app.sls app:\n  test.nop: []\n
        commit start
        checkout -q -b feature/x
        write one.sls one:\n  pkg.installed: []\none_more:\n  test.nop: []\n
        commit one
        branch first
        checkout -q develop
        write two.sls two:\n  pkg.installed: []\ntwo_more:\n  test.nop: []\n
        commit two
        branch second
        merge -q --no-ff -m cross first
        write one.sls one_more:\n  test.nop: []\n
        write two.sls two_more:\n  test.nop: []\n
        commit neither
        checkout -q feature/x
        merge -q --no-ff -m criss second
        write app.sls app:\n  test.nop:\n    - require:\n      - pkg: one\n      - pkg: two\n
        commit needs both
        ";
    let place = Place::new();
    place.run(criss_cross);
    assert_eq!(place.git(".", &["merge-base", "--all", "feature/x", "develop"]).lines().count(), 2);
    let gone = |name: &str, line: u8| {
        format!(
            "error requisite-target-removed-upstream app.sls:{line}: state '{name}' required here was removed on develop\n"
        )
    };
    assert_eq!(place.drift(".", &[]), gone("one", 4) + &gone("two", 5));
}
