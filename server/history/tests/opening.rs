//! Opening repositories of every shape, and the state they are in.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "tests make repositories with git")]

mod common;

use common::{Repo, paths, text};
use history::{Head, HistoryError, Pause, Repository, Scope};

#[test]
fn no_repository_is_none() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Repository::discover(dir.path()).unwrap().is_none());
    assert!(matches!(Repository::discover(&dir.path().join("gone")), Err(HistoryError::Io { .. })));
}

#[test]
fn found_from_a_folder_within() {
    let repo = Repo::flow();
    repo.write("states/web/init.sls", "");
    let found = Repository::discover(&repo.root.join("states/web")).unwrap().unwrap();
    assert_eq!(found.workdir(), Some(repo.root.as_path()));
    assert_eq!(found.mount(&repo.root.join("states")).unwrap().as_str(), "states");
    assert_eq!(found.mount(repo.dir.path()), None);
}

/// A repository that must not or cannot be read says why and what to do.
#[test]
fn unreadable_repositories_say_why() {
    let check = |prepare: &dyn Fn(&Repo), expected: &str| {
        let repo = Repo::flow();
        prepare(&repo);
        let error = Repository::discover(&repo.root).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    let format = |repo: &Repo, key: &str, value: &str| {
        repo.git(&["config", "core.repositoryFormatVersion", "1"]);
        repo.git(&["config", key, value]);
    };
    check(&|repo| format(repo, "extensions.refStorage", "reftable"), "reftable");
    check(&|repo| format(repo, "extensions.somethingNew", "yes"), "newer format");
    check(&|repo| std::fs::remove_dir_all(repo.root.join(".git/objects")).unwrap(), "repository");
    check(
        &|repo| {
            repo.git(&["config", "core.worktree", "../.."]);
        },
        "core.worktree",
    );
    check(
        &|repo| {
            std::fs::remove_dir_all(repo.root.join(".git")).unwrap();
            repo.write(".git", "gitdir: ../gone\n");
        },
        "open the repository",
    );
    let sha256 = tempfile::tempdir().unwrap();
    let helper = Repo::new("x");
    helper.git_in(sha256.path(), &["init", "-q", "--object-format=sha256"]);
    let error = Repository::discover(sha256.path()).unwrap_err().to_string();
    assert!(error.contains("SHA-256"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_foreign_owner_gets_gits_advice() {
    let repo = Repo::flow();
    if std::os::unix::fs::chown(&repo.root, Some(4711), None).is_err()
        || std::os::unix::fs::chown(repo.root.join(".git"), Some(4711), None).is_err()
    {
        println!("skipped: only root can give a folder away");
        return;
    }
    let error = Repository::discover(&repo.root).unwrap_err();
    assert!(matches!(error, HistoryError::ForeignOwner(_)), "{error}");
    assert!(error.to_string().contains("safe.directory"), "{error}");
}

#[test]
fn heads() {
    let repo = Repo::new("develop");
    assert_eq!(repo.open().head().unwrap(), Head::Unborn("develop".into()));
    assert_eq!(paths(&repo.working()), "");
    repo.write("a.sls", "");
    repo.commit("a");
    assert_eq!(repo.open().head().unwrap().branch(), Some("develop"));
    repo.git(&["checkout", "-q", "--detach"]);
    assert!(matches!(repo.open().head().unwrap(), Head::Detached(_)));
}

#[test]
fn bare_repositories_have_history_but_no_files() {
    let repo = Repo::flow();
    let bare = repo.dir.path().join("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let bare = Repository::discover(&bare).unwrap().unwrap();
    assert_eq!(bare.workdir(), None);
    assert!(matches!(bare.working_world(&Scope::default(), None), Err(HistoryError::Bare(_))));
    let develop = bare.resolve("develop").unwrap();
    assert_eq!(paths(&bare.world_at(develop, &Scope::default(), None).unwrap()), "top.sls");
    // a copy that lost its configuration
    std::fs::remove_file(repo.dir.path().join("bare.git/config")).unwrap();
    assert_eq!(Repository::discover(&repo.dir.path().join("bare.git")).unwrap().unwrap().workdir(), None);
}

/// Two branches that conflict in `web.sls`; `develop` is checked out.
fn conflicting() -> Repo {
    let repo = Repo::flow();
    repo.git(&["checkout", "-q", "-b", "feature/x"]);
    repo.write("web.sls", "here: {}\n");
    repo.commit("ours");
    repo.git(&["checkout", "-q", "develop"]);
    repo.write("web.sls", "there: {}\n");
    repo.commit("theirs");
    repo
}

#[test]
fn what_is_in_progress_pauses_drift() {
    let check = |command: &[&str], expected: Pause| {
        let repo = conflicting();
        repo.try_git(&repo.root, command);
        assert_eq!(repo.open().state().unwrap().paused, Some(expected), "{command:?}");
        // the files with their conflict marks are a world all the same
        assert!(!paths(&repo.working()).is_empty());
    };
    check(&["merge", "feature/x"], Pause::Merge);
    check(&["rebase", "feature/x"], Pause::Rebase);
    check(&["cherry-pick", "feature/x"], Pause::CherryPick);
    check(&["bisect", "start"], Pause::Bisect);
    assert_eq!(conflicting().open().state().unwrap().paused, None);
}

#[test]
fn worktrees_share_refs_but_not_head() {
    let repo = Repo::flow();
    let other = repo.root.parent().unwrap().join("other");
    repo.git(&["worktree", "add", "-q", "-b", "feature/x", other.to_str().unwrap()]);
    std::fs::write(other.join("web.sls"), "web: {}\n").unwrap();
    let worktree = Repository::discover(&other).unwrap().unwrap();
    assert_eq!(worktree.head().unwrap().branch(), Some("feature/x"));
    assert_eq!(worktree.workdir(), Some(other.as_path()));
    assert_eq!(worktree.common_dir(), repo.root.join(".git"));
    let watched: Vec<_> = worktree.watch_paths().into_iter().map(|watch| watch.path).collect();
    assert_eq!(watched, [repo.root.join(".git/worktrees/other"), repo.root.join(".git"), repo.root.join(".git/refs")]);
    // many threads: each needs a handle of its own
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let world = worktree.working_world(&Scope::default(), None).unwrap();
                assert_eq!(paths(&world), "top.sls web.sls");
                assert_eq!(text(&world, "web.sls"), "web: {}\n");
            });
        }
    });
}

#[test]
fn shallow_partial_and_submodules() {
    let repo = Repo::flow();
    repo.write("web.sls", "old: {}\n");
    repo.commit("old");
    repo.write("web.sls", "web: {}\n");
    repo.commit("more");
    let url = format!("file://{}", repo.root.display());
    let clone = |name: &str, args: &[&str]| {
        let to = repo.root.parent().unwrap().join(name);
        let mut all = vec!["clone", "-q"];
        all.extend(args);
        all.extend([url.as_str(), to.to_str().unwrap()]);
        repo.git(&all);
        Repository::discover(&to).unwrap().unwrap()
    };
    let shallow = clone("shallow", &["--depth", "1", "--no-single-branch"]);
    assert!(shallow.state().unwrap().shallow);
    let bases =
        shallow.merge_bases(shallow.resolve("HEAD").unwrap(), shallow.resolve("origin/master").unwrap()).unwrap();
    assert_eq!(bases, []);

    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = clone("partial", &["--filter=blob:none"]);
    assert!(partial.state().unwrap().partial);
    let old = partial.world_at(partial.resolve("HEAD~1").unwrap(), &Scope::default(), None).unwrap();
    assert_eq!(
        (text(&old, "web.sls"), text(&old, "top.sls")),
        ("<missing>".into(), "base:\n  '*':\n    - web\n".into())
    );

    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "formulas/nginx"]);
    repo.commit("submodule");
    assert_eq!(repo.open().state().unwrap().submodules, ["formulas/nginx"]);
    assert_eq!(paths(&repo.at("HEAD")), ".gitmodules top.sls web.sls");
    assert_eq!(changed(&repo), "");
    let module = Repository::discover(&repo.root.join("formulas/nginx")).unwrap().unwrap();
    assert_eq!(module.workdir(), Some(repo.root.join("formulas/nginx").as_path()));
}

fn changed(repo: &Repo) -> String {
    common::changed(&repo.at("HEAD"), &repo.working())
}

#[test]
fn the_last_fetch_is_known() {
    let repo = Repo::flow();
    assert_eq!(repo.open().state().unwrap().last_fetch, None);
    repo.git(&["fetch", "-q", ".", "develop"]);
    assert!(repo.open().state().unwrap().last_fetch.is_some());
}

#[test]
fn the_fingerprint_moves_with_what_matters_only() {
    let repo = Repo::flow();
    let repository = repo.open();
    let mut last = repository.refs_fingerprint(&[]).unwrap();
    let mut moved = |args: &[&str]| {
        repo.git(args);
        let now = repository.refs_fingerprint(&[]).unwrap();
        std::mem::replace(&mut last, now.clone()) != now
    };
    assert!(!moved(&["pack-refs", "--all"]));
    assert!(!moved(&["gc", "-q"]));
    assert!(!moved(&["branch", "unrelated"]));
    assert!(moved(&["commit", "-q", "--allow-empty", "-m", "x"]));
    assert!(moved(&["checkout", "-q", "-b", "feature/x"]));
    assert!(moved(&["update-ref", "refs/remotes/origin/develop", "master"]));
    assert!(moved(&["config", "gitflow.branch.feature/x.base", "master"]));
    assert!(moved(&["checkout", "-q", "--detach"]));
}
