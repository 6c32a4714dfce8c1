//! What to watch, and how to tell whether anything that matters has moved.

use std::path::PathBuf;

use world::{Fingerprint, Hasher};

use crate::{CommitId, HistoryError, Pause, Repository};

/// A folder of git's to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchPath {
    /// The folder.
    pub path: PathBuf,
    /// Whether folders below count, too.
    pub recursive: bool,
}

/// The tips that worlds and drift depend on. Equal fingerprints: nothing to do, whatever events came
/// (gc and pack-refs delete loose refs though no branch moved).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefsFingerprint {
    /// HEAD's branch; `None`: detached.
    pub branch: Option<String>,
    /// HEAD's commit; `None`: unborn.
    pub head: Option<CommitId>,
    /// What is in progress.
    pub paused: Option<Pause>,
    /// Tips of the base branch's candidates.
    pub tips: Fingerprint,
}

impl Repository {
    /// The folders whose events may mean that a ref moved. `HEAD` lies in the git directory, refs
    /// in the common one; both are the same outside of worktrees.
    #[must_use]
    pub fn watch_paths(&self) -> Vec<WatchPath> {
        let mut paths = vec![WatchPath { path: self.git_dir().to_path_buf(), recursive: false }];
        if self.common_dir() != self.git_dir() {
            paths.push(WatchPath { path: self.common_dir().to_path_buf(), recursive: false });
        }
        paths.push(WatchPath { path: self.common_dir().join("refs"), recursive: true });
        paths
    }

    /// HEAD, what is in progress, and the tips of develop, master, their remote ones, the other
    /// candidates, and of `further` references (short names), with git flow's configuration. Costs
    /// well under a millisecond.
    ///
    /// # Errors
    /// HEAD is broken.
    pub fn refs_fingerprint(&self, further: &[&str]) -> Result<RefsFingerprint, HistoryError> {
        self.with(|git| {
            let head = crate::state::head(git)?;
            let flow = crate::flow::Flow::read(git);
            let mut names = vec![flow.develop(), "dev", "development", "main", "master"];
            names.extend(flow.masters());
            names.extend(head.branch().and_then(|branch| flow.noted_base(branch)));
            names.extend(head.branch());
            names.extend(further);
            let origin = flow.origin();
            let mut hasher = Hasher::default();
            hasher.field(flow.fingerprint_text().as_bytes());
            let candidates = names.iter().flat_map(|name| {
                [format!("refs/heads/{name}"), format!("refs/remotes/{origin}/{name}"), format!("refs/remotes/{name}")]
            });
            for name in candidates.chain([format!("refs/remotes/{origin}/HEAD")]) {
                let tip = git.refname_to_id(&name).ok();
                hasher.field(name.as_bytes()).field(tip.as_ref().map_or(&[][..], |tip| tip.as_bytes()));
            }
            Ok(RefsFingerprint {
                branch: head.branch().map(str::to_owned),
                head: head.commit(),
                paused: crate::state::paused(git),
                tips: hasher.finish(),
            })
        })?
    }
}
