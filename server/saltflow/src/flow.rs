//! Drift of whole branches: released changes that never reached develop, and branches that are stale.

use compare::{DriftFact, DriftKind, DriftSeverity};
use history::{Base, BranchKind, CommitId, HistoryError, Released, Repository};
use model::{EntityKind, Layout};
use parking_lot::Mutex;
use world::SaltPath;

use crate::between::Between;
use crate::parts::Part;
use crate::settings::Settings;

/// A branch is stale so many commits behind its base.
const STALE_COMMITS: u32 = 200;
/// Or so many days after it parted from its base.
const STALE_DAYS: u32 = 60;
/// Files that a message names.
const NAMED: usize = 3;
const DAY: i64 = 86_400;

/// What is checked.
pub struct Branches<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// HEAD's commit.
    pub head: CommitId,
    /// The branch that HEAD's branch merges into.
    pub base: &'a Base,
    /// Where Salt's files are.
    pub layout: &'a Layout,
    /// The repository's place in the workspace.
    pub part: &'a Part,
}

/// What released branches have that develop lacks; kept while no branch moves.
#[derive(Default)]
pub struct Lacking {
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    target: CommitId,
    released: Vec<Released>,
    lacking: Vec<Vec<SaltPath>>,
}

impl Lacking {
    /// One finding for each released branch with changes to Salt's files that develop lacks. Nothing on
    /// branches that don't go to develop.
    ///
    /// # Errors
    /// A commit or its trees are missing.
    pub fn not_merged_back(&self, branches: &Branches<'_>) -> Result<Vec<DriftFact>, HistoryError> {
        let Branches { repository, head, base, layout, part } = branches;
        let (target, develop) = match base.kind {
            BranchKind::Develop => (*head, "develop"),
            BranchKind::Main | BranchKind::Hotfix | BranchKind::Support => return Ok(Vec::new()),
            _ if repository.is_develop(&base.reference)? => (base.commit, base.reference.as_str()),
            _ => return Ok(Vec::new()),
        };
        let released = repository.released()?;
        let mut kept = self.kept.lock();
        if kept.as_ref().is_none_or(|kept| kept.target != target || kept.released != released) {
            let lacking = released.iter().map(|branch| repository.lacking(target, branch.commit, &part.scope));
            let lacking = lacking.collect::<Result<_, _>>()?;
            *kept = Some(Kept { target, released, lacking });
        }
        let Some(kept) = kept.as_ref() else { return Ok(Vec::new()) };
        let severity = match base.kind {
            BranchKind::Develop | BranchKind::Release => DriftSeverity::Warning,
            _ => DriftSeverity::Information,
        };
        let tell = |(branch, files): (&Released, &Vec<SaltPath>)| {
            let files: Vec<&SaltPath> = files.iter().filter(|path| is_salts(layout, &part.outer(path))).collect();
            (!files.is_empty()).then(|| finding(branch, &files, develop, severity))
        };
        Ok(kept.released.iter().zip(&kept.lacking).filter_map(tell).collect())
    }
}

fn is_salts(layout: &Layout, path: &SaltPath) -> bool {
    let mut roots = layout.file_roots.values().chain(layout.pillar_roots.values()).flatten();
    // A whole repository that is a root holds much that Salt never reads.
    roots.any(|root| path.below(root).is_some() && (!root.is_root() || layout.kind_of(path).is_some()))
}

fn finding(branch: &Released, files: &[&SaltPath], develop: &str, severity: DriftSeverity) -> DriftFact {
    let named: Vec<&str> = files.iter().take(NAMED).map(|path| path.as_str()).collect();
    let more = if files.len() > NAMED { format!(" and {} more", files.len() - NAMED) } else { String::new() };
    let (kind, what) = match branch.kind {
        BranchKind::Release => (DriftKind::ReleaseNotMergedBack, "the release"),
        _ => (DriftKind::HotfixNotMergedBack, "a hotfix"),
    };
    let reference = &branch.reference;
    let message =
        format!("{reference} has changes that {develop} lacks: {}{more}; merge {what} back", named.join(", "));
    whole(kind, severity, reference, message)
}

fn whole(kind: DriftKind, severity: DriftSeverity, name: &str, message: String) -> DriftFact {
    DriftFact {
        kind,
        severity,
        entity: EntityKind::Sls,
        name: name.to_owned(),
        place: None,
        message,
        theirs: None,
        ours: None,
        renamed_to: None,
        origin: None,
    }
}

/// Whether the branch is stale by the settings: on record only.
///
/// # Errors
/// A commit is missing.
pub fn stale(
    between: &Between,
    base: &Base,
    repository: &Repository,
    settings: &Settings,
) -> Result<Option<DriftFact>, HistoryError> {
    let (_, behind) = between.ahead_behind;
    let Some(parted) = between.merge_bases.first().copied().filter(|_| behind > 0) else { return Ok(None) };
    let since = repository.commit_info(base.commit)?.time - repository.commit_info(parted)?.time;
    let days = since / DAY;
    let commits_bound = settings.stale_commits.unwrap_or(STALE_COMMITS) as usize;
    let days_bound = i64::from(settings.stale_days.unwrap_or(STALE_DAYS));
    if behind < commits_bound && days < days_bound {
        return Ok(None);
    }
    let reference = &base.reference;
    let message = format!("this branch is {behind} commits and {days} days behind {reference}: merge {reference} soon");
    Ok(Some(whole(DriftKind::Stale, DriftSeverity::None, &between.here, message)))
}

#[cfg(test)]
#[allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "tests make repositories with git")]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::analyst::Analyst;
    use crate::drift::Comparer;
    use crate::workspace::{Options, Workspace};
    use world::Stop;

    struct Repo(tempfile::TempDir);

    impl Repo {
        fn path(&self) -> &Path {
            self.0.path()
        }

        /// Runs lines of git and `write PATH TEXT`; `day N` is when commits are made.
        fn new(script: &str) -> Self {
            let repo = Self(tempfile::tempdir().expect("a folder"));
            let mut day = 0;
            for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
                match line.split_once(' ') {
                    Some(("day", number)) => day = number.parse().expect("a number"),
                    Some(("write", rest)) => {
                        let (path, text) = rest.split_once(' ').expect("a path and a text");
                        let path = repo.path().join(path);
                        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
                        std::fs::write(path, text.replace("\\n", "\n")).expect("it is written");
                    }
                    Some(("commit", message)) => {
                        repo.git(day, &["add", "-A"]);
                        repo.git(day, &["commit", "-q", "--allow-empty", "-m", message]);
                    }
                    _ => repo.git(day, &line.split(' ').collect::<Vec<_>>()),
                }
            }
            repo
        }

        fn git(&self, day: i64, args: &[&str]) {
            let date = format!("{} +0000", 1_700_000_000 + day * DAY);
            let out = Command::new("git")
                .args(args)
                .current_dir(self.path())
                .env_clear()
                .env("PATH", std::env::var("PATH").expect("a path"))
                .env("HOME", "/nowhere")
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
                .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
                .envs([("GIT_AUTHOR_DATE", &date), ("GIT_COMMITTER_DATE", &date)])
                .output()
                .expect("git runs");
            assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        }
    }

    const START: &str = r"
        init -q -b master
        write states/top.sls base:\n  '*':\n    - web\n
        write states/web.sls a: {test.nop: []}\nb: {test.nop: []}\nc: {test.nop: []}\nd: {test.nop: []}\n
        commit start
        checkout -q -b develop
        write states/lib.sls lib: {test.nop: []}\n
        commit on develop
        ";

    /// A hotfix of `web.sls`, merged into master only.
    const HOTFIX: &str = r"
        checkout -q -b hotfix/1 master
        write states/web.sls a: {test.nop: []}\nb: {test.nop: []}\nc: {test.nop: []}\nd: {cmd.run: []}\n
        commit fix
        checkout -q master
        merge -q --no-ff -m release hotfix/1
        branch -q -D hotfix/1
        ";

    /// The findings about whole branches after `START` and `script`.
    fn check(script: &str, expected: &[&str]) {
        let repo = Repo::new(&format!("{START}{script}"));
        let workspace = Workspace::open(repo.path(), Options::default()).expect("it opens");
        let analyst = Analyst::new(workspace.memo.clone());
        let analysis = analyst.analysis(&workspace, &workspace.disk, &Stop::new()).expect("nobody stops it");
        let report = Comparer::default()
            .compare(&workspace, &analysis, history::BaseRequest::Rules, &Stop::new())
            .expect("it compares")
            .expect("there is git");
        let about = [DriftKind::HotfixNotMergedBack, DriftKind::ReleaseNotMergedBack, DriftKind::Stale];
        let facts = report.drift.facts.iter().filter(|fact| about.contains(&fact.kind));
        let told: Vec<String> = facts.map(|fact| format!("{:?} {}", fact.severity, fact.message)).collect();
        assert_eq!(told, expected, "{script}");
    }

    #[test]
    fn hotfixes_that_develop_lacks() {
        let hotfix = |rest: &str| format!("{HOTFIX}{rest}");
        let warning = "Warning master has changes that develop lacks: states/web.sls; merge a hotfix back";
        check(&hotfix("checkout -q develop"), &[warning]);
        let information = warning.replace("Warning", "Information");
        check(&hotfix("checkout -q -b feature/x develop"), &[&information]);
        check(&hotfix("checkout -q -b release/2 develop"), &[warning]);
        // nobody else has to care
        check(&hotfix("checkout -q -b hotfix/2 master"), &[]);
        check("", &[]);
    }

    #[test]
    fn merged_back_is_what_the_content_says() {
        // the hotfix branch itself, as the original git flow does
        check(&format!("{HOTFIX}checkout -q develop\nmerge -q --no-ff -m back master^2"), &[]);
        // squashed
        check(&format!("{HOTFIX}checkout -q develop\nmerge -q --squash master\ncommit squashed"), &[]);
        // squashed, and changed elsewhere in the same file
        let later = r"write states/web.sls a: {cmd.run: []}\nb: {test.nop: []}\nc: {test.nop: []}\nd: {cmd.run: []}\n";
        check(
            &format!("{HOTFIX}checkout -q develop\nmerge -q --squash master\ncommit squashed\n{later}\ncommit later"),
            &[],
        );
        // only a merge commit, without the content
        let ours = "checkout -q develop\nmerge -q --no-ff -s ours -m ours master";
        check(&format!("{HOTFIX}{ours}"), &[]);
        // what is no file of Salt's
        check("checkout -q master\nwrite VERSION 2\ncommit version\ncheckout -q develop", &[]);
    }

    #[test]
    fn releases_that_develop_lacks() {
        let release = r"
            checkout -q -b release/2 develop
            write states/lib.sls lib: {cmd.run: []}\n
            commit fix
            ";
        let told = "Warning release/2 has changes that develop lacks: states/lib.sls; merge the release back";
        check(release, &[told]);
        check(&format!("{release}checkout -q develop"), &[told]);
        check(&format!("{release}checkout -q develop\ncherry-pick release/2"), &[]);
    }

    #[test]
    fn stale_branches() {
        let commits = "checkout -q -b feature/x\ncheckout -q develop\nday 30\ncommit a\ncommit b\n";
        let back = "checkout -q feature/x\n";
        check(&format!("{commits}{back}"), &[]);
        let told = "None this branch is 3 commits and 70 days behind develop: merge develop soon";
        check(&format!("{commits}day 70\ncommit c\n{back}"), &[told]);
        let told = "None this branch is 2 commits and 30 days behind develop: merge develop soon";
        check(&format!("{commits}{back}write .saltflow.yaml stale_commits: 2\n"), &[told]);
        check(&format!("{commits}{back}write .saltflow.yaml stale_days: 30\n"), &[told]);
        check(&format!("{commits}{back}write .saltflow.yaml stale_days: 31\n"), &[]);
    }
}
