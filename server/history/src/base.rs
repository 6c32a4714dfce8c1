//! Which branch this branch will be merged into: the user's setting, git flow's configuration, git
//! flow's prefixes, and what stands in where there is no git flow.

use crate::flow::Flow;
use crate::{BranchKind, CommitId, Head, HistoryError, Repository};

/// What the user asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BaseRequest<'a> {
    /// Nothing: git flow's rules decide.
    #[default]
    Rules,
    /// A branch of the settings: of the local and the remote one, the one that contains the other.
    Branch(&'a str),
    /// A revision of the command line, taken literally.
    Exact(&'a str),
}

/// Why a further branch matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// This branch is merged into it, too (a hotfix into develop).
    SecondTarget,
    /// What this branch ends on (a release on master).
    Released,
    /// Its changes should have been merged back here (master, seen from develop).
    MergedBack,
}

/// A branch to compare with beside the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its short name, such as `origin/master`.
    pub reference: String,
    /// Its tip.
    pub commit: CommitId,
    /// Why it matters.
    pub role: Role,
}

/// The base branch of HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Its short name, such as `develop` or `origin/develop`; for [`BaseRequest::Exact`] the text
    /// as given.
    pub reference: String,
    /// Its tip.
    pub commit: CommitId,
    /// What HEAD's branch is in git flow.
    pub kind: BranchKind,
    /// Why this one, as in "compared with develop: …".
    pub reason: String,
    /// Further branches, the most important first.
    pub also: Vec<Target>,
    /// What the user should know: diverged, detached, no develop.
    pub notes: Vec<String>,
}

/// A branch that exists.
struct Picked {
    reference: String,
    commit: git2::Oid,
    note: Option<String>,
}

impl Repository {
    /// The base branch of HEAD. `None`: HEAD is unborn, or there is no branch to compare with.
    ///
    /// # Errors
    /// The requested revision does not exist, or the repository cannot be read.
    pub fn base_branch(&self, request: BaseRequest<'_>) -> Result<Option<Base>, HistoryError> {
        self.with(|git| {
            let flow = Flow::read(git);
            let head = crate::state::head(git)?;
            if head.commit().is_none() {
                return Ok(None);
            }
            Choice { git, flow: &flow, head: &head }.choose(request)
        })?
    }
}

struct Choice<'a> {
    git: &'a git2::Repository,
    flow: &'a Flow,
    head: &'a Head,
}

impl Choice<'_> {
    fn choose(&self, request: BaseRequest<'_>) -> Result<Option<Base>, HistoryError> {
        let branch = self.head.branch();
        let (kind, prefix) = branch.map_or((BranchKind::Other, String::new()), |branch| self.flow.kind(branch));
        let found = match request {
            BaseRequest::Rules => self.by_rules(kind, &prefix),
            BaseRequest::Branch(name) => Some(self.asked(name, true)?),
            BaseRequest::Exact(name) => Some(self.asked(name, false)?),
        };
        let Some((picked, reason, rule_notes)) = found else { return Ok(None) };
        let mut notes = rule_notes;
        if let Head::Detached(commit) = self.head {
            notes.push(format!("HEAD is detached: its commit {} is compared", commit.short()));
        }
        notes.extend(picked.note);
        let also = self.also(kind, &picked.reference);
        Ok(Some(Base { reference: picked.reference, commit: picked.commit.into(), kind, reason, also, notes }))
    }

    /// What the user named.
    fn asked(&self, name: &str, either: bool) -> Result<Found, HistoryError> {
        let reason = format!("'{name}' was asked for");
        if either && let Some(picked) = self.pick(name) {
            return Ok((picked, reason, Vec::new()));
        }
        let object = self.git.revparse_single(name).ok();
        if let Some(commit) = object.and_then(|object| object.peel_to_commit().ok()) {
            return Ok((Picked { reference: name.to_owned(), commit: commit.id(), note: None }, reason, Vec::new()));
        }
        let missing = || HistoryError::NoSuchRevision(name.to_owned());
        self.pick(name).map(|picked| (picked, reason, Vec::new())).ok_or_else(missing)
    }

    fn by_rules(&self, kind: BranchKind, prefix: &str) -> Option<Found> {
        let found = |picked: Picked, reason: String| Some((picked, reason, Vec::new()));
        if let Some(branch) = self.head.branch() {
            if let Some(name) = self.flow.noted_base(branch)
                && name != branch
                && let Some(picked) = self.pick(name)
            {
                return found(picked, format!("git flow noted '{name}' as the base of '{branch}'"));
            }
            if kind != BranchKind::Develop
                && let Some(answer) = self.by_next(branch)
            {
                return Some(answer);
            }
        }
        let develop = self.flow.develop();
        let after = |what: &str| format!("branches with the prefix '{prefix}' are merged into {what}");
        match kind {
            BranchKind::Feature | BranchKind::Bugfix | BranchKind::Release => {
                if let Some(picked) = self.pick(develop) {
                    return found(picked, after(develop));
                }
            }
            BranchKind::Hotfix => {
                if let Some((name, picked)) = self.master() {
                    return found(picked, after(&format!("{name} first")));
                }
            }
            BranchKind::Support => {
                if let Some((name, picked)) = self.master() {
                    let reason = format!("branches with the prefix '{prefix}' start from {name}");
                    let note = "a support branch is never merged into develop: no drift against develop".to_owned();
                    return Some((picked, reason, vec![note]));
                }
            }
            BranchKind::Develop => {
                let picked = self.pick(develop)?;
                let here = picked.reference == develop;
                let reason = format!("'{develop}' is compared with what was pushed to it");
                let note = format!("there is no {}/{develop}: nothing incoming is known", self.flow.origin());
                return Some((picked, reason, if here { vec![note] } else { Vec::new() }));
            }
            BranchKind::Main | BranchKind::Other => {
                if let Some(picked) = self.pick(develop) {
                    return found(picked, format!("no prefix of git flow matches, and '{develop}' exists"));
                }
            }
        }
        self.without_develop(develop)
    }

    /// git-flow-next's configuration of this type of branch.
    fn by_next(&self, branch: &str) -> Option<Found> {
        let (name, kind) = self.flow.next_type(branch)?;
        let parent = kind.parent.as_deref()?;
        // A release starts from develop and ends on main: what comes in comes from where it started.
        let from = kind.start.as_deref().filter(|start| *start != parent);
        let picked = from.and_then(|start| self.pick(start)).or_else(|| self.pick(parent))?;
        Some((picked, format!("git flow's configuration of '{name}' branches says so"), Vec::new()))
    }

    /// The stand-ins, first that exists.
    fn without_develop(&self, develop: &str) -> Option<Found> {
        let origin_head = format!("refs/remotes/{}/HEAD", self.flow.origin());
        let origin_head = self.git.find_reference(&origin_head).ok();
        let default = origin_head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
        let default = default.and_then(|target| target.strip_prefix(&format!("refs/remotes/{}/", self.flow.origin())));
        let names = [Some("dev"), Some("development"), default, Some("main"), Some("master")];
        let (name, picked) = names.into_iter().flatten().find_map(|name| Some((name, self.pick(name)?)))?;
        let reason = format!("there is no branch '{develop}'; '{name}' stands in for it");
        let note = format!("no branch '{develop}' exists: compared with '{}' instead", picked.reference);
        Some((picked, reason, vec![note]))
    }

    /// The production branch.
    fn master(&self) -> Option<(&str, Picked)> {
        self.flow.masters().into_iter().find_map(|name| Some((name, self.pick(name)?)))
    }

    fn also(&self, kind: BranchKind, base: &str) -> Vec<Target> {
        let mut also = Vec::new();
        let mut add = |picked: Option<Picked>, role| {
            let Some(picked) = picked.filter(|picked| picked.reference != base) else { return };
            also.push(Target { reference: picked.reference, commit: picked.commit.into(), role });
        };
        match kind {
            BranchKind::Release => add(self.master().map(|(_, picked)| picked), Role::Released),
            BranchKind::Hotfix => {
                add(self.pick(self.flow.develop()), Role::SecondTarget);
                for child in self.flow.masters().into_iter().flat_map(|name| self.flow.children(name)) {
                    if child != self.flow.develop() {
                        add(self.pick(child), Role::SecondTarget);
                    }
                }
            }
            BranchKind::Develop => add(self.master().map(|(_, picked)| picked), Role::MergedBack),
            _ => {}
        }
        also
    }

    /// The branch `name`, local or remote: the one that contains the other; the remote one if they
    /// diverged. Of HEAD's own branch only the remote one tells something new.
    fn pick(&self, name: &str) -> Option<Picked> {
        let tip = |reference: &str| self.git.find_reference(reference).ok()?.peel_to_commit().ok().map(|c| c.id());
        let short = format!("{}/{name}", self.flow.origin());
        let local = tip(&format!("refs/heads/{name}"));
        let remote = tip(&format!("refs/remotes/{short}"));
        let own = self.head.branch() == Some(name);
        let remote_only = |commit, note| Some(Picked { reference: short.clone(), commit, note });
        match (local, remote) {
            (None, None) => None,
            (None, Some(remote)) => remote_only(remote, None),
            (Some(local), None) => Some(Picked { reference: name.to_owned(), commit: local, note: None }),
            (Some(_), Some(remote)) if own => remote_only(remote, None),
            (Some(local), Some(remote)) => {
                let contains = |one, other| one == other || self.git.graph_descendant_of(one, other).unwrap_or(false);
                if contains(local, remote) {
                    Some(Picked { reference: name.to_owned(), commit: local, note: None })
                } else if contains(remote, local) {
                    remote_only(remote, None)
                } else {
                    let note = format!("'{name}' and '{short}' have diverged: '{short}' is taken");
                    remote_only(remote, Some(note))
                }
            }
        }
    }
}

/// The branch, the reason, notes.
type Found = (Picked, String, Vec<String>);
