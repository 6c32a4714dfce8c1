//! Merges in memory against `git merge-tree`: over generated histories, and over the merges of real
//! repositories that `SALTFLOW_MERGES` names (folders, separated by colons).
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "tests make repositories with git")]

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::Repo;
use history::{Ours, Repository, Scope};
use world::SaltPath;

/// Numbers that look random, the same for a seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}

fn files(repo: &Repo) -> Vec<String> {
    repo.git(&["ls-files"]).lines().map(str::to_owned).collect()
}

/// A few changes of one side, committed.
fn change(repo: &Repo, dice: &mut Dice, side: &str) {
    for n in 0..1 + dice.next(4) {
        let all = files(repo);
        let Some(file) = all.get(dice.next(all.len())) else { continue };
        let text = std::fs::read_to_string(repo.root.join(file)).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        match dice.next(8) {
            0 => _ = repo.git(&["rm", "-q", file]),
            1 => {
                let new = format!("moved/{}/{}", dice.next(3), file.rsplit('/').next().unwrap());
                if !repo.root.join(&new).exists() {
                    std::fs::create_dir_all(repo.root.join(&new).parent().unwrap()).unwrap();
                    repo.git(&["mv", file, &new]);
                }
            }
            2 => repo.write(&format!("new/{}.sls", dice.next(4)), &format!("{side} {n}\nline\n")),
            3 => {
                lines.insert(dice.next(lines.len() + 1), format!("added by {side} {n}"));
                repo.write(file, &(lines.join("\n") + "\n"));
            }
            4 if lines.len() > 2 => {
                lines.remove(dice.next(lines.len()));
                repo.write(file, &(lines.join("\n") + "\n"));
            }
            _ => {
                let at = dice.next(lines.len());
                if let Some(line) = lines.get_mut(at) {
                    *line = format!("changed {}", dice.next(3));
                }
                repo.write(file, &(lines.join("\n") + "\n"));
            }
        }
        repo.git(&["add", "-A"]);
    }
    repo.git(&["commit", "-q", "--allow-empty", "-m", side]);
}

/// Whether git merges without a question, and its tree's files by their blobs.
fn by_git(run: &dyn Fn(&[&str]) -> (bool, String), ours: &str, theirs: &str) -> (bool, Vec<(String, String)>) {
    let (clean, out) = run(&["merge-tree", "--write-tree", "--no-messages", "-z", ours, theirs]);
    let tree = out.split('\0').next().unwrap_or_default().trim().to_owned();
    let (_, listed) = run(&["ls-tree", "-r", "-z", &tree]);
    let entry = |line: &str| {
        let (meta, path) = line.split_once('\t')?;
        let mut words = meta.split(' ');
        let (mode, _, blob) = (words.next()?, words.next()?, words.next()?);
        mode.starts_with("100").then(|| (path.to_owned(), blob.to_owned()))
    };
    (clean, listed.split('\0').filter_map(entry).collect())
}

/// What differs between git's merge and ours; nothing where both conflict.
fn differs(repository: &Repository, ours: &str, theirs: &str, git: &(bool, Vec<(String, String)>)) -> Option<String> {
    let id = |spec: &str| repository.resolve(spec).unwrap();
    let merged = repository.merge(Ours::Commit(id(ours)), id(theirs), &Scope::default()).unwrap();
    let (clean, tree) = git;
    if merged.conflicts.is_empty() != *clean {
        return Some(format!(
            "git is {}, we conflict at {:?}",
            if *clean { "clean" } else { "in conflict" },
            merged.conflicts
        ));
    }
    if !clean {
        return None;
    }
    let mut found = String::new();
    for (path, blob) in tree {
        let mine = SaltPath::new(path).ok().and_then(|path| merged.world.tree.get(&path));
        if mine.is_none_or(|entry| entry.kind == world::EntryKind::File && hex(entry.blob.as_bytes()) != *blob) {
            let _ = write!(found, "{path} ");
        }
    }
    (!found.is_empty()).then_some(found)
}

#[test]
fn generated_histories_merge_as_git_merges_them() {
    let mut wrong = Vec::new();
    for seed in 0..24 {
        let mut dice = Dice(seed * 7 + 1);
        let repo = Repo::new("develop");
        for n in 0..6 {
            let lines: String =
                (0..6 + dice.next(20)).map(|line| format!("file {n} line {line} {}\n", dice.next(5))).collect();
            repo.write(&format!("{}/{n}.sls", ["a", "b", "c"][n % 3]), &lines);
        }
        repo.commit("start");
        repo.git(&["checkout", "-q", "-b", "feature"]);
        change(&repo, &mut dice, "ours");
        repo.git(&["checkout", "-q", "develop"]);
        change(&repo, &mut dice, "theirs");
        let git = by_git(&|words| repo.try_git(&repo.root, words), "feature", "develop");
        let before = repo.written();
        wrong.extend(differs(&repo.open(), "feature", "develop", &git).map(|why| format!("{seed}: {why}")));
        assert_eq!(repo.written(), before, "{seed}: something was written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn real_merges_are_as_git_makes_them() {
    let Ok(all) = std::env::var("SALTFLOW_MERGES") else { return };
    let (mut count, mut wrong) = (0, Vec::new());
    for folder in all.split(':') {
        let run = |words: &[&str]| {
            let out = std::process::Command::new("git").args(words).current_dir(folder).output().unwrap();
            (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
        };
        let repository = Repository::discover(Path::new(folder)).unwrap().unwrap();
        let (_, merges) = run(&["rev-list", "--merges", "--parents", "--all", "-n", "60"]);
        for line in merges.lines() {
            let [merge, ours, theirs] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
            count += 1;
            let git = by_git(&run, ours, theirs);
            wrong.extend(differs(&repository, ours, theirs, &git).map(|why| format!("{folder} {merge}: {why}")));
        }
    }
    println!("{count} merges");
    assert!(wrong.is_empty(), "of {count} merges\n{}", wrong.join("\n"));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
