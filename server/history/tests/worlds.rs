//! Worlds of commits, working copies and merges.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "tests make repositories with git")]

mod common;

use common::{Repo, changed, path, paths, text};
use history::{Ours, Scope, folder_world};

#[test]
fn working_copy_equals_its_commit_until_edited() {
    let repo = Repo::flow();
    repo.write("web/init.sls", "web: {}\n");
    repo.write("files/logo.png", "\0\r\n");
    repo.commit("web");
    assert_eq!(changed(&repo.at("HEAD"), &repo.working()), "");
    repo.write("web/init.sls", "WEB: {}\n");
    repo.write("new.sls", "new: {}\n");
    std::fs::remove_file(repo.root.join("top.sls")).unwrap();
    let working = repo.working();
    assert_eq!(changed(&repo.at("HEAD"), &working), "new.sls top.sls web/init.sls");
    assert_eq!(text(&working, "web/init.sls"), "WEB: {}\n");
    // gone meanwhile: the old content cannot be had, a new one is never passed off as the old one
    repo.write("new.sls", "other: {}\n");
    assert_eq!(text(&working, "new.sls"), "<gone>");
}

#[test]
fn the_index_is_trusted_only_while_the_file_is_untouched() {
    let repo = Repo::flow();
    repo.write("a.sls", "aaa: {}\n");
    repo.commit("a");
    // the same size, in the same instant as the index was written
    repo.write("a.sls", "bbb: {}\n");
    assert_eq!(changed(&repo.at("HEAD"), &repo.working()), "a.sls");
    // the same size and modification time: the change time tells
    let file = repo.root.join("a.sls");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    let set = || std::fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    repo.write("a.sls", "aaa: {}\n");
    set();
    repo.git(&["update-index", "--refresh"]);
    assert_eq!(changed(&repo.at("HEAD"), &repo.working()), "");
    repo.write("a.sls", "ccc: {}\n");
    set();
    assert_eq!(changed(&repo.at("HEAD"), &repo.working()), "a.sls");
}

#[test]
fn ignored_files_do_not_count_unless_tracked() {
    let repo = Repo::flow();
    repo.write(".gitignore", "*.bak\nbuild/\n");
    repo.write("kept.bak", "x");
    repo.git(&["add", "-f", "kept.bak"]);
    repo.write("build/kept.sls", "x");
    repo.git(&["add", "-f", "build/kept.sls"]);
    repo.commit("ignore");
    repo.write("a.bak", "");
    repo.write("build/x.sls", "");
    repo.write(".hidden.sls", "");
    repo.write(".git/x.sls", "");
    repo.write("states/.gitignore", "local.sls\n");
    repo.write("states/local.sls", "");
    std::fs::write(repo.root.join(".git/info/exclude"), "mine.sls\n").unwrap();
    repo.write("mine.sls", "");
    assert_eq!(paths(&repo.working()), ".gitignore .hidden.sls build/kept.sls kept.bak states/.gitignore top.sls");
}

#[test]
fn a_scope_shows_a_folder_and_skips_globs_in_every_world() {
    let repo = Repo::flow();
    repo.write("salt/web/init.sls", "web: {}\n");
    repo.write("salt/vendor/x.sls", "");
    repo.link("salt/shared.sls", "../top.sls");
    repo.commit("salt");
    let scope = Scope::new(path("salt"), &["vendor/".to_owned()]).unwrap();
    let repository = repo.open();
    let head = repository.resolve("HEAD").unwrap();
    let committed = repository.world_at(head, &scope, None).unwrap();
    let working = repository.working_world(&scope, Some(&committed.tree)).unwrap();
    assert_eq!(paths(&committed), "shared.sls web/init.sls");
    assert_eq!(changed(&committed, &working), "");
    assert_eq!(text(&working, "shared.sls"), "base:\n  '*':\n    - web\n");
    assert_eq!(text(&working, "web/init.sls"), "web: {}\n");
    assert!(Scope::new(path(""), &["a{".to_owned()]).is_err());
}

#[test]
fn what_a_scope_hides_is_there_where_links_lead_to_it() {
    let repo = Repo::flow();
    repo.write("vendor/apache/apache/init.sls", "apache: {}\n");
    repo.write("vendor/other/x.sls", "");
    repo.write("web/init.sls", "web: {}\n");
    let scope = Scope::new(path(""), &["vendor/".to_owned()]).unwrap();
    let shown = |repo: &Repo| {
        let repository = repo.open();
        let working = repository.working_world(&scope, None).unwrap();
        let committed = repository.world_at(repository.resolve("HEAD").unwrap(), &scope, None).unwrap();
        assert_eq!(changed(&committed, &working), "");
        assert_eq!(paths(&folder_world(&repo.root, &scope, None).unwrap()), paths(&working));
        paths(&working)
    };
    repo.commit("vendor");
    assert_eq!(shown(&repo), "top.sls web/init.sls");
    repo.link("apache", "vendor/apache/apache");
    repo.commit("link");
    assert_eq!(shown(&repo), "apache/init.sls top.sls web/init.sls");
    // an exception in a folder that is left out
    let exception = Scope::new(path(""), &["vendor/*".to_owned(), "!vendor/other".to_owned()]).unwrap();
    let working = repo.open().working_world(&exception, None).unwrap();
    assert_eq!(paths(&working), "apache/init.sls top.sls vendor/other/x.sls web/init.sls");
}

#[test]
fn links_are_resolved_inside_and_never_followed_out() {
    let repo = Repo::flow();
    let outside = repo.root.parent().unwrap().join("secret");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("key.sls"), "secret").unwrap();
    repo.write("web/init.sls", "web: {}\n");
    repo.link("nginx", "web");
    repo.link("out", "../secret");
    repo.link("absolute", outside.to_str().unwrap());
    repo.link("self", ".");
    repo.commit("links");
    for world in [repo.at("HEAD"), repo.working()] {
        assert_eq!(paths(&world), "absolute nginx/init.sls out self top.sls web/init.sls");
        assert_eq!(text(&world, "nginx/init.sls"), "web: {}\n");
        assert_eq!([text(&world, "out"), text(&world, "absolute"), text(&world, "self")], ["<broken>"; 3]);
    }
    assert_eq!(changed(&repo.at("HEAD"), &repo.working()), "");
    // a tracked folder that was replaced by a link out, while the world is in use
    let world = repo.working();
    repo.write("web/new.sls", "new: {}\n");
    let newer = repo.working();
    std::fs::remove_dir_all(repo.root.join("web")).unwrap();
    std::fs::write(outside.join("init.sls"), "web: {}\n").unwrap();
    repo.link("web", "../secret");
    std::fs::write(outside.join("new.sls"), "new: {}\n").unwrap();
    assert_eq!(paths(&repo.working()), "absolute nginx out self top.sls web");
    assert_eq!(text(&world, "web/init.sls"), "web: {}\n", "from the object database");
    assert_eq!(text(&newer, "web/new.sls"), "<gone>");
}

#[test]
fn line_ends_are_those_of_the_blob() {
    let check = |prepare: &dyn Fn(&Repo), expected: &str| {
        let repo = Repo::flow();
        repo.write("a.sls", "a: {}\nb: {}\n");
        repo.commit("a");
        prepare(&repo);
        repo.write("a.sls", "a: {}\r\nb: {}\r\n");
        repo.write("new.sls", "n: {}\r\n");
        let working = repo.working();
        let shown = format!("{} | {:?}", changed(&repo.at("HEAD"), &working), text(&working, "new.sls"));
        assert_eq!(shown, expected);
        assert_eq!(text(&working, "a.sls"), "a: {}\nb: {}\n");
    };
    check(&|repo| drop(repo.git(&["config", "core.autocrlf", "true"])), "new.sls | \"n: {}\\n\"");
    check(&|repo| repo.write(".git/info/attributes", "*.sls text\n"), "new.sls | \"n: {}\\n\"");
    // no conversion: the known file is recognised, of the new one the bytes count
    check(&|_| (), "new.sls | \"n: {}\\r\\n\"");
    // CRLF in the blob itself stays
    let repo = Repo::flow();
    repo.write("a.sls", "a: {}\r\n");
    repo.commit("a");
    repo.git(&["config", "core.autocrlf", "true"]);
    assert_eq!(changed(&repo.at("HEAD"), &repo.working()), "");
    assert_eq!(text(&repo.working(), "a.sls"), "a: {}\r\n");
}

#[test]
fn what_a_filter_stores_is_missing_what_is_on_disk_is_read() {
    let repo = Repo::flow();
    repo.git(&["config", "filter.seal.clean", "tr a-z b-za"]);
    repo.write(".gitattributes", "secret/** filter=seal\n");
    repo.write("secret/key.sls", "key: {}\n");
    repo.write("open.sls", "open: {}\n");
    repo.commit("sealed");
    let (committed, working) = (repo.at("HEAD"), repo.working());
    assert_eq!(text(&committed, "secret/key.sls"), "<missing>");
    assert_eq!(text(&working, "secret/key.sls"), "key: {}\n");
    assert_eq!(text(&committed, "open.sls"), "open: {}\n");
    // locked: the stored form stands on disk
    repo.write("secret/key.sls", "version https://git-lfs.github.com/spec/v1\noid sha256:00\n");
    assert_eq!(text(&repo.working(), "secret/key.sls"), "<missing>");
}

#[test]
fn outside_a_sparse_checkout_is_not_deleted() {
    for sparse_index in ["--no-sparse-index", "--sparse-index"] {
        let repo = Repo::flow();
        repo.write("web/init.sls", "web: {}\n");
        repo.write("db/init.sls", "db: {}\n");
        repo.commit("two");
        repo.git(&["sparse-checkout", "set", sparse_index, "web"]);
        assert!(!repo.root.join("db").exists());
        assert!(repo.open().state().unwrap().sparse);
        let working = repo.working();
        assert_eq!(changed(&repo.at("HEAD"), &working), "", "{sparse_index}");
        assert_eq!(text(&working, "db/init.sls"), "db: {}\n");
        std::fs::remove_file(repo.root.join("web/init.sls")).unwrap();
        assert_eq!(changed(&repo.at("HEAD"), &repo.working()), "web/init.sls", "{sparse_index}");
    }
}

#[test]
fn worlds_share_what_is_equal() {
    let repo = Repo::flow();
    repo.write("a.sls", "a");
    repo.commit("a");
    let repository = repo.open();
    let head = repository.resolve("HEAD").unwrap();
    let first = repository.world_at(head, &Scope::default(), None).unwrap();
    repo.write("a.sls", "b");
    std::fs::remove_file(repo.root.join("top.sls")).unwrap();
    let alone = repository.working_world(&Scope::default(), None).unwrap();
    let shared = repository.working_world(&Scope::default(), Some(&first.tree)).unwrap();
    assert_eq!(changed(&alone, &shared), "");
    assert_eq!(changed(&first, &shared), "a.sls top.sls");
}

#[test]
fn rereading_some_files_equals_reading_all() {
    let repo = Repo::flow();
    repo.write("web/init.sls", "web: {}\n");
    repo.write("web/old/a.sls", "a: {}\n");
    repo.write("db.sls", "db: {}\n");
    repo.write(".gitignore", "*.bak\n");
    repo.commit("start");
    let (repository, scope) = (repo.open(), Scope::default());
    let before = repo.working();
    repo.write("web/init.sls", "web: [edited]\n");
    repo.write("web/new.sls", "new: {}\n");
    repo.write("web/x.bak", "");
    std::fs::remove_dir_all(repo.root.join("web/old")).unwrap();
    std::fs::remove_file(repo.root.join("db.sls")).unwrap();
    let reread = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| path(name)).collect();
        repository.reread(&before, &scope, &names).unwrap()
    };
    let after = reread(&["web/init.sls", "web/new.sls", "web/x.bak", "web/old", "db.sls", ".git/index"]).unwrap();
    assert_eq!(changed(&after, &repo.working()), "");
    assert_eq!(changed(&before, &after), "db.sls web/init.sls web/new.sls web/old/a.sls");
    assert_eq!(text(&after, "web/init.sls"), "web: [edited]\n");
    // what may change other files needs a walk
    assert!(reread(&[".gitignore"]).is_none());
    assert!(reread(&["web"]).is_none());
    repo.link("alias.sls", "web/init.sls");
    assert!(reread(&["alias.sls"]).is_none());
    repo.git(&["add", "alias.sls"]);
    assert!(reread(&["web/init.sls"]).is_none());
}

#[test]
fn a_folder_without_git_is_a_world() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &str| {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    };
    put("web/init.sls", "web: {}\n");
    put(".gitignore", "web/\n");
    put(".git/config", "");
    std::os::unix::fs::symlink("web/init.sls", dir.path().join("nginx.sls")).unwrap();
    let world = folder_world(dir.path(), &Scope::default(), None).unwrap();
    assert_eq!(paths(&world), ".gitignore nginx.sls web/init.sls");
    assert_eq!(text(&world, "nginx.sls"), "web: {}\n");
    assert!(folder_world(&dir.path().join("gone"), &Scope::default(), None).is_err());
}

#[test]
fn commits_and_who_changed_what() {
    let repo = Repo::flow();
    let start = repo.git(&["rev-parse", "HEAD"]);
    repo.write("web.sls", "one: {}\n");
    let one = repo.commit("first version of web");
    repo.write("db.sls", "db: {}\n");
    repo.commit("db");
    repo.git(&["checkout", "-q", "-b", "feature/x"]);
    repo.write("x.sls", "");
    repo.commit("x");
    repo.git(&["checkout", "-q", "develop"]);
    repo.git(&["rm", "-q", "db.sls"]);
    let removed = repo.commit("no db");
    repo.git(&["merge", "-q", "--no-ff", "feature/x", "-m", "merge"]);
    let repository = repo.open();
    let id = |spec: &str| repository.resolve(spec).unwrap();
    let who = |file: &str, from: &str| {
        let found = repository.who_changed(&path(file), id(from), id("develop")).unwrap();
        found.map(|commit| (commit.id.to_string(), commit.author, commit.time, commit.summary))
    };
    let by_ada = |id: &str, summary: &str| Some((id.to_owned(), "Ada".to_owned(), 1_700_000_000, summary.to_owned()));
    assert_eq!(who("web.sls", &start), by_ada(&one, "first version of web"));
    assert_eq!(who("db.sls", &start), by_ada(&removed, "no db"));
    assert_eq!(who("web.sls", &one), None);
    assert_eq!(who("x.sls", &start).unwrap().3, "x");
    assert_eq!(who("top.sls", &start), None);
    assert_eq!(repository.ahead_behind(id("feature/x"), id("develop")).unwrap(), (0, 2));
    assert_eq!(repository.merge_bases(id("feature/x"), id("master")).unwrap(), [id("master")]);
    assert_eq!(id("master").short(), start[..7]);
}

#[test]
fn criss_cross_has_two_merge_bases() {
    let repo = Repo::flow();
    repo.git(&["checkout", "-q", "-b", "a"]);
    repo.commit("a1");
    repo.git(&["checkout", "-q", "-b", "b", "develop"]);
    repo.commit("b1");
    repo.git(&["branch", "old-b"]);
    repo.git(&["merge", "-q", "a", "-m", "a into b"]);
    repo.git(&["checkout", "-q", "a"]);
    repo.git(&["merge", "-q", "old-b", "-m", "b into a"]);
    let repository = repo.open();
    let id = |spec: &str| repository.resolve(spec).unwrap();
    assert_eq!(repository.merge_bases(id("a"), id("b")).unwrap().len(), 2);
    assert!(repository.merge(Ours::Commit(id("a")), id("b"), &Scope::default()).unwrap().conflicts.is_empty());
}

/// develop and feature/x (checked out), both away from their common start.
/// What any of several merge bases has counts, but for what another one took away.
#[test]
fn several_merge_bases_are_one() {
    let repo = Repo::flow();
    repo.write("web.sls", "one: {}\n\n\n\ntwo: {}\n");
    repo.write("gone.sls", "gone: {}\n");
    repo.write("fought.sls", "start: {}\n");
    repo.commit("start");
    repo.git(&["checkout", "-q", "-b", "feature/x"]);
    repo.write("web.sls", "mine: {}\none: {}\n\n\n\ntwo: {}\n");
    repo.write("fought.sls", "here: {}\n");
    repo.git(&["rm", "-q", "gone.sls"]);
    repo.commit("ours");
    repo.git(&["branch", "first"]);
    repo.git(&["checkout", "-q", "develop"]);
    repo.write("web.sls", "one: {}\n\n\n\ntwo: {}\ntheirs: {}\n");
    repo.write("fought.sls", "there: {}\n");
    repo.commit("theirs");
    // each merges the other's commit
    repo.git(&["branch", "second"]);
    for (here, other) in [("develop", "first"), ("feature/x", "second")] {
        repo.git(&["checkout", "-q", here]);
        repo.git(&["merge", "-q", "--no-ff", "-X", "ours", "-m", "criss-cross", other]);
    }
    let repository = repo.open();
    let id = |spec: &str| repository.resolve(spec).unwrap();
    let bases = repository.merge_bases(id("feature/x"), id("develop")).unwrap();
    assert_eq!(bases.len(), 2);
    let before = repo.written();
    for bases in [bases.clone(), bases.into_iter().rev().collect()] {
        let base = repository.base_world(&bases, &Scope::default(), None).unwrap();
        assert_eq!(text(&base, "web.sls"), "mine: {}\none: {}\n\n\n\ntwo: {}\ntheirs: {}\n");
        let fought = text(&base, "fought.sls");
        assert!(fought.contains("here: {}\n") && fought.contains("there: {}\n"), "{fought}");
        assert_eq!(text(&base, "gone.sls"), "<absent>");
    }
    assert_eq!(repo.written(), before);
}

fn diverged() -> Repo {
    let repo = Repo::flow();
    repo.write("web.sls", "web:\n  pkg.installed: []\n\n\n\ndb:\n  pkg.installed: []\n");
    repo.write("both.sls", "start: {}\n");
    repo.write("gone.sls", "gone:\n  pkg.installed: []\n");
    repo.link("alias", "sub");
    repo.write("sub/x.sls", "x: {}\n");
    repo.commit("start");
    repo.git(&["checkout", "-q", "-b", "feature/x"]);
    repo.write("web.sls", "web:\n  pkg.latest: []\n\n\n\ndb:\n  pkg.installed: []\n");
    repo.write("both.sls", "ours: {}\n");
    repo.commit("ours");
    repo.git(&["checkout", "-q", "develop"]);
    repo.write("web.sls", "web:\n  pkg.installed: []\n\n\n\ndb:\n  pkg.latest: []\n");
    repo.write("both.sls", "theirs: {}\n");
    repo.git(&["rm", "-q", "gone.sls"]);
    repo.commit("theirs");
    repo.git(&["checkout", "-q", "feature/x"]);
    repo
}

#[test]
fn a_merge_in_memory_writes_nothing() {
    let repo = diverged();
    let before = repo.written();
    let repository = repo.open();
    let id = |spec: &str| repository.resolve(spec).unwrap();
    let merged = repository.merge(Ours::Commit(id("HEAD")), id("develop"), &Scope::default()).unwrap();
    assert_eq!(text(&merged.world, "web.sls"), "web:\n  pkg.latest: []\n\n\n\ndb:\n  pkg.latest: []\n");
    assert_eq!(text(&merged.world, "gone.sls"), "<absent>");
    assert_eq!(text(&merged.world, "both.sls"), "ours: {}\n", "at a conflict ours stand");
    assert_eq!(merged.conflicts, [path("both.sls")]);
    assert_eq!(paths(&merged.world), "alias/x.sls both.sls sub/x.sls top.sls web.sls");
    assert_eq!(repo.written(), before);
    // the repository's pooled handles are not touched by the merge's memory
    assert_eq!(text(&repo.working(), "both.sls"), "ours: {}\n");
}

#[test]
fn a_dirty_working_copy_and_unsaved_buffers_merge_too() {
    let repo = diverged();
    repo.write("gone.sls", "gone:\n  pkg.latest: []\n");
    repo.write("new/file.sls", "new: {}\n");
    repo.write("sub/x.sls", "x: [dirty]\n");
    std::fs::remove_file(repo.root.join("both.sls")).unwrap();
    // a file that became a folder
    std::fs::remove_file(repo.root.join("top.sls")).unwrap();
    repo.write("top.sls/init.sls", "inner: {}\n");
    let before = repo.written();
    let repository = repo.open();
    let id = |spec: &str| repository.resolve(spec).unwrap();
    let unsaved = b"web:\n  pkg.removed: []\n\n\n\ndb:\n  pkg.installed: []\n";
    let world = repo.working().with(&path("web.sls"), Some(unsaved));
    let ours = Ours::World { head: id("HEAD"), world: &world };
    let merged = repository.merge(ours, id("develop"), &Scope::default()).unwrap();
    let shown = |file: &str| text(&merged.world, file);
    assert_eq!(shown("web.sls"), "web:\n  pkg.removed: []\n\n\n\ndb:\n  pkg.latest: []\n");
    assert_eq!(shown("new/file.sls"), "new: {}\n");
    assert_eq!([shown("top.sls"), shown("top.sls/init.sls")], ["<absent>", "inner: {}\n"]);
    assert_eq!(shown("gone.sls"), "gone:\n  pkg.latest: []\n");
    assert_eq!([shown("sub/x.sls"), shown("alias/x.sls")], ["x: [dirty]\n"; 2]);
    assert_eq!(merged.conflicts, [path("both.sls"), path("gone.sls")]);
    assert_eq!(repo.written(), before);
}

#[test]
fn verdicts_agree_with_git_merge_tree() {
    let repo = diverged();
    let repository = repo.open();
    let id = |spec: &str| repository.resolve(spec).unwrap();
    for (ours, theirs) in
        [("feature/x", "develop"), ("develop", "feature/x"), ("feature/x", "master"), ("master", "develop")]
    {
        let merged = repository.merge(Ours::Commit(id(ours)), id(theirs), &Scope::default()).unwrap();
        let (clean, out) = repo.try_git(&repo.root, &["merge-tree", "--write-tree", ours, theirs]);
        assert_eq!(merged.conflicts.is_empty(), clean, "{ours} {theirs}");
        if clean {
            let theirs = repo.at(&repo.git(&["commit-tree", out.trim(), "-m", "x"]));
            assert_eq!(changed(&merged.world, &theirs), "");
        }
    }
}

/// Whatever a repository's configuration asks git to run is not run.
#[test]
fn nothing_is_ever_executed() {
    let repo = diverged();
    let marker = repo.root.parent().unwrap().join("executed");
    let script = repo.root.parent().unwrap().join("run.sh");
    std::fs::write(&script, format!("#!/bin/sh\ntouch {}\ncat\n", marker.display())).unwrap();
    repo.git_in(repo.dir.path(), &["-c", "alias.x=!chmod +x run.sh", "x"]);
    let run = script.to_str().unwrap();
    let hooks = repo.root.join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["post-checkout", "pre-commit", "reference-transaction", "post-index-change", "pre-merge-commit"] {
        std::fs::copy(&script, hooks.join(hook)).unwrap();
    }
    let config = format!(
        "\n[core]\n\tfsmonitor = {run}\n\tpager = {run}\n\teditor = {run}\n[filter \"evil\"]\n\tclean = {run}\n\tsmudge = {run}\n\
         \tprocess = {run}\n\trequired = true\n[merge \"evil\"]\n\tdriver = {run}\n[diff \"evil\"]\n\ttextconv = {run}\n\tcommand = {run}\n"
    );
    let file = repo.root.join(".git/config");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &config).unwrap();
    repo.write(".gitattributes", "web.sls filter=evil merge=evil diff=evil\nboth.sls merge=evil\n");
    let repository = repo.open();
    let head = repository.resolve("HEAD").unwrap();
    repository.state().unwrap();
    repository.base_branch(history::BaseRequest::Rules).unwrap();
    let world = repo.working();
    assert_eq!(text(&world, "both.sls"), "ours: {}\n");
    let develop = repository.resolve("develop").unwrap();
    for ours in [Ours::Commit(head), Ours::World { head, world: &world }] {
        repository.merge(ours, develop, &Scope::default()).unwrap();
    }
    assert!(history::renames(&repo.at("develop"), &world).is_empty());
    assert!(!marker.exists());
    // the trap itself works
    repo.try_git(&repo.root, &["status"]);
    assert!(marker.exists());
}

#[test]
fn a_world_read_beside_another_is_the_one_read_alone() {
    let repo = Repo::flow();
    let steps: &[&dyn Fn()] = &[
        &|| repo.write("a.sls", "a: {}\n"),
        &|| repo.write("a.sls", "a: {b: {}}\n"),
        &|| {
            std::fs::remove_file(repo.root.join("a.sls")).unwrap();
            repo.write("a.sls/init.sls", "folder: {}\n");
        },
        &|| repo.write("web/files/x.conf", "\0"),
        &|| {
            std::fs::remove_dir_all(repo.root.join("a.sls")).unwrap();
            repo.write("a.sls", "a file again: {}\n");
        },
        &|| repo.link("web/link", "files"),
        &|| repo.write("web/files/y.conf", "seen through the link"),
        &|| std::fs::remove_file(repo.root.join("web/link")).unwrap(),
        &|| repo.write(".gitattributes", "*.key filter=git-crypt\n"),
        &|| repo.write("secret.key", "sealed"),
    ];
    let commits: Vec<_> = steps
        .iter()
        .map(|step| {
            step();
            repo.commit("step")
        })
        .collect();
    let repository = repo.open();
    for one in &commits {
        for other in &commits {
            let (one, other) = (repository.resolve(one).unwrap(), repository.resolve(other).unwrap());
            for scope in [Scope::default(), Scope::new(path("web"), &["x.*".to_owned()]).unwrap()] {
                let known = repository.world_at(one, &scope, None).unwrap();
                let alone = repository.world_at(other, &scope, None).unwrap();
                let beside = repository.world_beside(other, &scope, (one, &known)).unwrap();
                assert_eq!(changed(&alone, &beside), "", "{one:?} {other:?}");
                assert_eq!(paths(&alone), paths(&beside));
            }
        }
    }
}
