//! The real `git flow` (AVH, from the distribution), and the configurations of the others.

use crate::place::Place;
use crate::situations::{BREAK, BROKEN};

/// Whether `git flow` is there; says so if not.
fn has_flow() -> bool {
    let version = std::process::Command::new("git").args(["flow", "version"]).output();
    let found = version.is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: there is no `git flow` (Debian's package git-flow)");
    }
    found
}

/// master and develop by `git flow init`, a state on each.
const START: &str = r"
    in .
    init -q -b master
    write top.sls base:\n  '*':\n    - web\n    - app\n
    write web.sls web:\n  pkg.installed: []\nother:\n  test.nop: []\n
    write app.sls app:\n  pkg.installed: []\n
    commit start
    flow init -d
    ";

/// What `drift` compares with and says after `script`, which follows `git flow init`.
fn check(script: &str, base: &str, expected: &str) {
    let place = Place::new();
    place.run(&format!("{START}{script}"));
    let document = place.json(".", &["drift"]);
    assert_eq!(document["base"]["ref"], base, "after {script}: {document:#}");
    let found = place.drift(".", &[]);
    assert_eq!(
        found.replace("note: there is no origin/develop: nothing incoming is known\n", ""),
        expected,
        "after {script}"
    );
}

const NEEDS: &str = r"write app.sls app:\n  pkg.installed:\n    - require:\n      - pkg: web\n
    commit needs web
    ";
const GONE: &str = r"write web.sls other:\n  test.nop: []\n
    commit no web
    ";

#[test]
fn features() {
    if !has_flow() {
        return;
    }
    let start = format!("flow feature start x\n{NEEDS}");
    check(&start, "develop", "");
    check(&format!("{start}checkout -q develop\n{GONE}checkout -q feature/x\n"), "develop", BROKEN);
    // of a feature: what it started from is its base, until that is gone
    let second = format!("flow feature start x\n{GONE}checkout -q develop\nflow feature start y feature/x\n{NEEDS}");
    check(&second, "feature/x", "");
    let late = format!(
        "flow feature start x\nflow feature start y feature/x\n{NEEDS}checkout -q feature/x\n{GONE}checkout -q feature/y\n"
    );
    check(&late, "feature/x", &BROKEN.replace("on develop", "on feature/x"));
    check(&format!("{late}checkout -q feature/x\nflow feature finish x\ncheckout -q feature/y\n"), "develop", BROKEN);
    // renamed, it has no note of its base any more
    check(&format!("{late}branch -m feature/z\n"), "develop", "");
    // finished, develop has it
    check(&format!("{start}flow feature finish x\n"), "develop", "");
}

#[test]
fn releases() {
    if !has_flow() {
        return;
    }
    let fix = "write web.sls web:\\n  pkg.latest: []\\nother:\\n  test.nop: []\\n\ncommit fix\n";
    let told = "warning release-not-merged-back : release/1.0 has changes that develop lacks: web.sls; merge the release back\n";
    let start = format!("flow release start 1.0\n{fix}");
    check(&start, "develop", told);
    check(&format!("{start}checkout -q develop\n"), "develop", told);
    check(
        &format!("{start}checkout -q develop\n{GONE}checkout -q release/1.0\n"),
        "develop",
        &format!(
            "warning edited-here-removed-upstream web.sls:1: state 'web' was changed here and removed on develop\n{told}information textual-conflict web.sls:1: this file conflicts in text with develop: merging will stop here\n"
        ),
    );
    check(&format!("{start}flow release finish -m 1.0 1.0\n"), "develop", "");
    // squashed into develop, without a merge
    check(&format!("{start}checkout -q develop\nmerge -q --squash release/1.0\ncommit squashed\n"), "develop", "");
}

#[test]
fn hotfixes() {
    if !has_flow() {
        return;
    }
    let fix = "write web.sls web:\\n  pkg.latest: []\\nother:\\n  test.nop: []\\n\ncommit fix\n";
    let start = format!("flow hotfix start 1.0.1\n{fix}");
    check(&start, "master", "");
    check(&format!("{start}flow hotfix finish -m 1.0.1 1.0.1\n"), "develop", "");
    // merged into master only
    let half = format!(
        "{start}checkout -q master\nmerge -q --no-ff -m 1.0.1 hotfix/1.0.1\nbranch -q -D hotfix/1.0.1\ncheckout -q develop\n"
    );
    let told = "warning hotfix-not-merged-back : master has changes that develop lacks: web.sls; merge a hotfix back\n";
    check(&half, "develop", told);
    check(&format!("{half}flow feature start x\n"), "develop", &told.replace("warning", "information"));
    // as nvie's git flow finishes: the branch is merged into both, master never into develop
    let nvie = format!(
        "{start}checkout -q master\nmerge -q --no-ff -m 1.0.1 hotfix/1.0.1\ntag 1.0.1\ncheckout -q develop\nmerge -q --no-ff -m back hotfix/1.0.1\nbranch -q -D hotfix/1.0.1\n"
    );
    check(&nvie, "develop", "");
    check(&format!("{half}cherry-pick -m 1 master\n"), "develop", "");
}

#[test]
fn the_configuration_of_each_git_flow() {
    let check = |configuration: &str, base: &str, expected: &str| {
        let place = Place::new();
        place.run(&format!("{BREAK}{configuration}"));
        assert_eq!(place.json(".", &["drift"])["base"]["ref"], base, "{configuration}");
        assert_eq!(place.drift(".", &[]), expected, "{configuration}");
    };
    // nvie's original notes branches and prefixes
    let nvie = "in .\nconfig gitflow.branch.master live\nconfig gitflow.branch.develop next\nconfig gitflow.prefix.feature feature/\nconfig gitflow.prefix.versiontag v\n";
    let renamed = "branch -m develop next\nbranch -m master live\n";
    check(&format!("{nvie}{renamed}"), "next", &BROKEN.replace("on develop", "on next"));
    // AVH notes what a branch started from, too
    let avh = format!("{nvie}{renamed}config gitflow.branch.feature/x.base next\nconfig gitflow.origin origin\n");
    check(&avh, "next", &BROKEN.replace("on develop", "on next"));
    // git-flow-next has types with parents
    let next = "in .\nconfig gitflow.version 1.0\nconfig gitflow.branch.develop.type base\nconfig gitflow.branch.develop.parent main\n\
        config gitflow.branch.feature.type topic\nconfig gitflow.branch.feature.parent integration\nconfig gitflow.branch.feature.startPoint integration\n\
        config gitflow.branch.feature.prefix feature/\nbranch -m develop integration\n";
    check(next, "integration", &BROKEN.replace("on develop", "on integration"));
    // none at all
    check("", "develop", BROKEN);
    // prefixes of one's own
    let own = "in .\nconfig gitflow.prefix.hotfix fix-\nbranch -m feature/x fix-web\n";
    // a hotfix goes back to develop, too: what develop removed breaks it there
    check(own, "master", BROKEN);
    check("in .\nbranch -m feature/x anything\n", "develop", BROKEN);
}
