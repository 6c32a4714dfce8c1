//! Which branch is the base, rule by rule, on real repositories.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "tests make repositories with git")]

mod common;

use common::Repo;
use history::{BaseRequest, HistoryError};

/// Runs `script` (one git command a line, words split at blanks; `commit` makes an empty commit) in
/// a repository with master and develop, then checks "ref | further targets | notes".
fn check(script: &str, expected: &str) {
    let repo = Repo::flow();
    run(&repo, script);
    assert_eq!(answer(&repo, BaseRequest::Rules), expected, "after:\n{script}");
}

fn run(repo: &Repo, script: &str) {
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line {
            "commit" => drop(repo.commit("more")),
            line => drop(repo.git(&line.split_ascii_whitespace().collect::<Vec<_>>())),
        }
    }
}

fn answer(repo: &Repo, request: BaseRequest<'_>) -> String {
    let Some(base) = repo.open().base_branch(request).unwrap() else { return "none".to_owned() };
    assert!(!base.reason.is_empty());
    let also: Vec<String> = base.also.iter().map(|t| format!("{} {:?}", t.reference, t.role)).collect();
    format!("{} | {} | {}", base.reference, also.join(", "), base.notes.join("; "))
}

#[test]
fn prefixes_decide() {
    check("checkout -qb feature/x", "develop |  | ");
    check("checkout -qb bugfix/x", "develop |  | ");
    check("checkout -qb release/1.0", "develop | master Released | ");
    check("checkout -qb hotfix/1.0.1 master", "master | develop SecondTarget | ");
    check(
        "checkout -qb support/1.x master",
        "master |  | a support branch is never merged into develop: no drift against develop",
    );
    check("checkout -qb wip", "develop |  | ");
    check("checkout -q master", "develop |  | ");
}

#[test]
fn configured_prefixes_beat_default_ones_and_the_longest_wins() {
    check("config gitflow.prefix.hotfix fix/\n checkout -qb fix/a master", "master | develop SecondTarget | ");
    check("config gitflow.prefix.hotfix fix/\n checkout -qb hotfix/a master", "develop |  | ");
    check(
        "config gitflow.prefix.feature f-\n config gitflow.prefix.hotfix f-hot-\n checkout -qb f-hot-1 master",
        "master | develop SecondTarget | ",
    );
    check("branch -m develop next\n config gitflow.branch.develop next\n checkout -qb feature/x", "next |  | ");
    check("branch -m master main\n checkout -qb hotfix/1 main", "main | develop SecondTarget | ");
    check(
        "branch -m master live\n config gitflow.branch.master live\n checkout -qb hotfix/1 live",
        "live | develop SecondTarget | ",
    );
}

#[test]
fn what_git_flow_noted_comes_first() {
    check(
        "checkout -qb feature/a\n checkout -qb feature/b.c\n config gitflow.branch.feature/b.c.base feature/a",
        "feature/a |  | ",
    );
    // stale: the branch is gone
    check("checkout -qb feature/b\n config gitflow.branch.feature/b.base feature/gone", "develop |  | ");
    check("checkout -qb release/1.0\n config gitflow.branch.release/1.0.base develop", "develop | master Released | ");
}

#[test]
fn git_flow_nexts_keys() {
    let topic = "config gitflow.branch.task.type topic\n config gitflow.branch.task.prefix task/\n";
    check(&format!("{topic} config gitflow.branch.task.parent master\n checkout -qb task/1"), "master |  | ");
    // a release is merged into main but starts from develop
    let release = "config gitflow.branch.release.type topic\n config gitflow.branch.release.prefix release/\n \
         config gitflow.branch.release.parent master\n config gitflow.branch.release.startPoint develop\n";
    check(&format!("{release} checkout -qb release/2"), "develop | master Released | ");
    let staging = "branch staging master\n config gitflow.branch.staging.type base\n \
         config gitflow.branch.staging.parent master\n";
    check(&format!("{staging} checkout -q staging"), "master |  | ");
    check(&format!("{staging} checkout -qb hotfix/1 master"), "master | develop SecondTarget, staging SecondTarget | ");
}

#[test]
fn local_or_remote_the_one_that_contains_the_other() {
    let remote = "update-ref refs/remotes/origin/develop develop\n";
    check(&format!("{remote} checkout -qb feature/x"), "develop |  | ");
    check(&format!("commit\n {remote} reset -q --hard HEAD~1\n checkout -qb feature/x"), "origin/develop |  | ");
    check(&format!("{remote} commit\n checkout -qb feature/x"), "develop |  | ");
    let diverged = "commit\n update-ref refs/remotes/origin/develop develop\n reset -q --hard HEAD~1\n \
         commit -q --allow-empty -m other\n checkout -qb feature/x";
    check(diverged, "origin/develop |  | 'develop' and 'origin/develop' have diverged: 'origin/develop' is taken");
    check(
        "update-ref refs/remotes/origin/develop develop\n checkout -qb feature/x\n branch -qD develop",
        "origin/develop |  | ",
    );
    check(
        "config gitflow.origin up\n update-ref refs/remotes/up/develop develop\n checkout -qb feature/x\n branch -qD develop",
        "up/develop |  | ",
    );
}

#[test]
fn develop_itself_is_compared_with_what_was_pushed() {
    check("update-ref refs/remotes/origin/develop develop\n commit", "origin/develop | master MergedBack | ");
    check("", "develop | master MergedBack | there is no origin/develop: nothing incoming is known");
}

#[test]
fn without_develop_something_stands_in_and_says_so() {
    let note = |name: &str| format!("{name} |  | no branch 'develop' exists: compared with '{name}' instead");
    check("checkout -qb feature/x\n branch -m develop dev", &note("dev"));
    check("checkout -qb wip\n branch -m develop development", &note("development"));
    check("checkout -qb wip\n branch -D develop", &note("master"));
    check("checkout -qb wip\n branch -D develop\n branch -m master main", &note("main"));
    check(
        "checkout -qb wip\n branch -D develop\n update-ref refs/remotes/origin/trunk master\n \
         symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/trunk",
        &note("origin/trunk"),
    );
    check("checkout -qb wip\n branch -D develop\n branch -D master", "none");
}

#[test]
fn detached_and_unborn() {
    let repo = Repo::flow();
    let id = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["checkout", "-q", "--detach"]);
    let expected = format!("develop |  | HEAD is detached: its commit {} is compared", &id[..7]);
    assert_eq!(answer(&repo, BaseRequest::Rules), expected);
    assert_eq!(answer(&Repo::new("develop"), BaseRequest::Rules), "none");
}

#[test]
fn what_the_user_asks_for_beats_all_rules() {
    let repo = Repo::flow();
    run(&repo, "commit\n update-ref refs/remotes/origin/develop develop\n reset -q --hard HEAD~1");
    run(&repo, "tag v1 master\n checkout -qb feature/x");
    assert_eq!(answer(&repo, BaseRequest::Branch("master")), "master |  | ");
    assert_eq!(answer(&repo, BaseRequest::Branch("develop")), "origin/develop |  | ");
    assert_eq!(answer(&repo, BaseRequest::Exact("develop")), "develop |  | ");
    assert_eq!(answer(&repo, BaseRequest::Exact("v1")), "v1 |  | ");
    run(&repo, "branch -D develop");
    assert_eq!(answer(&repo, BaseRequest::Exact("develop")), "origin/develop |  | ");
    let error = repo.open().base_branch(BaseRequest::Exact("gone")).unwrap_err();
    assert!(matches!(error, HistoryError::NoSuchRevision(ref name) if name == "gone"), "{error}");
}
