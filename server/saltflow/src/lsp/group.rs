//! Which of the client's folders belong together: the states' repository and the pillar's become one
//! workspace, so that what one uses of the other is found. Folders that hold both, or that nothing tells
//! apart, stay alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use model::Overrides;
use tower_lsp::ls_types as lsp;
use world::{Reader, Stop};

use crate::lsp::background::{Background, blocking};
use crate::workspace::Workspace;

/// What a repository holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// States, and no pillar.
    States,
    /// A pillar, and no states.
    Pillar,
    /// Both, or neither.
    Whole,
}

/// What the workspace's own repository holds.
fn role(workspace: &Workspace) -> Role {
    let Some(own) = workspace.parts.first() else { return Role::Whole };
    let stop = Stop::new();
    let overrides = Overrides { mounts: Vec::new(), ..workspace.overrides() };
    let Ok(layout) = model::discover(&Reader::new(&own.disk, &workspace.memo, &stop), &overrides) else {
        return Role::Whole;
    };
    match (layout.file_roots.is_empty(), layout.pillar_roots.is_empty()) {
        (false, true) => Role::States,
        (true, false) => Role::Pillar,
        _ => Role::Whole,
    }
}

/// The pillars that belong to each folder with states: all to the only one; with as many pillars as
/// states, one each, in order; else nothing tells.
fn pairs(roles: &[(PathBuf, Role)]) -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let with = |role: Role| roles.iter().filter(move |(_, one)| *one == role).map(|(root, _)| root.clone());
    let (states, pillars): (Vec<PathBuf>, Vec<PathBuf>) = (with(Role::States).collect(), with(Role::Pillar).collect());
    match states.as_slice() {
        [only] if !pillars.is_empty() => BTreeMap::from([(only.clone(), pillars)]),
        _ if states.len() == pillars.len() => {
            states.into_iter().zip(pillars.into_iter().map(|one| vec![one])).collect()
        }
        _ => BTreeMap::new(),
    }
}

impl Background {
    /// Makes one workspace of the folders that belong together, and several of those that don't any
    /// more.
    pub(super) async fn group(&mut self) {
        self.places = self.opened.keys().cloned().collect();
        let roots: BTreeSet<PathBuf> = self.opened.values().cloned().collect();
        self.roles.retain(|root, _| roots.contains(root));
        for workspace in self.workspaces().iter().filter(|workspace| roots.contains(&workspace.root)) {
            let (root, workspace) = (workspace.root.clone(), workspace.clone());
            if let Some(role) = blocking(move || role(&workspace)).await {
                self.roles.insert(root, role);
            }
        }
        let known: Vec<(PathBuf, Role)> = self.roles.iter().map(|(root, role)| (root.clone(), *role)).collect();
        let mut wanted = pairs(&known);
        for workspace in self.workspaces() {
            let companions = wanted.remove(&workspace.root).unwrap_or_default();
            let (had, places) = workspace.asked();
            let may_name = workspace.settings.repositories.is_empty() || places == self.places;
            if had == companions && may_name {
                continue;
            }
            let places = self.places.clone();
            match blocking(move || workspace.with_companions(companions, places)).await {
                Some(Ok(joint)) => self.take(joint).await,
                Some(Err(error)) => self.tell(lsp::MessageType::ERROR, error.to_string()).await,
                None => {}
            }
        }
        // a companion is no workspace of its own
        let mut gone: BTreeSet<PathBuf> = BTreeSet::new();
        for workspace in self.workspaces() {
            if !gone.contains(&workspace.root) {
                gone.extend(workspace.companions().filter(|root| **root != workspace.root).cloned());
            }
        }
        for workspace in self.workspaces().iter().filter(|workspace| gone.contains(&workspace.root)) {
            self.drop_workspace(&workspace.root).await;
        }
        let here: Vec<PathBuf> = self.workspaces().iter().map(|workspace| workspace.root.clone()).collect();
        let alone = self.opened.iter().filter(|(_, root)| !here.contains(root) && !gone.contains(*root));
        for folder in alone.map(|(folder, _)| folder.clone()).collect::<Vec<_>>() {
            self.open(folder, false).await;
        }
    }

    fn workspaces(&self) -> Vec<Arc<Workspace>> {
        self.desk.lock().workspaces()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pillars_belong_to_states() {
        let check = |roles: &[(&str, Role)], expected: &str| {
            let roles: Vec<_> = roles.iter().map(|(root, role)| (PathBuf::from(root), *role)).collect();
            let found = pairs(&roles);
            let found = found.iter().map(|(root, pillars)| format!("{}: {pillars:?}", root.display()));
            assert_eq!(found.collect::<Vec<_>>().join(", "), expected);
        };
        use Role::{Pillar, States, Whole};
        check(&[("a", States), ("b", Pillar)], "a: [\"b\"]");
        check(&[("a", Pillar), ("b", States), ("c", Pillar)], "b: [\"a\", \"c\"]");
        check(&[("a", States), ("b", States), ("c", Pillar), ("d", Pillar)], "a: [\"c\"], b: [\"d\"]");
        check(&[("a", States), ("b", States), ("c", Pillar)], "");
        check(&[("a", States), ("b", Whole)], "");
        check(&[("a", Pillar)], "");
    }
}
