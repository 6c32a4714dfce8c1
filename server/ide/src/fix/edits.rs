//! Edits of several files as one: collected, checked for overlap, applied to a world.

use std::collections::BTreeMap;

use text::{TextEdit, TextRange};
use world::{SaltPath, World};

use crate::upstream::text_in;

/// Why a fix is not made; ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

/// A fix or why there is none.
pub(crate) type Attempt<T> = Result<T, Refused>;

pub(super) fn refuse<T>(why: impl Into<String>) -> Attempt<T> {
    Err(Refused(why.into()))
}

/// What a fix does to the files of this branch: edits first, then renames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileEdits {
    /// Edits by file, in order, none overlapping another.
    pub edits: BTreeMap<SaltPath, Vec<TextEdit>>,
    /// New files with their text.
    pub created: BTreeMap<SaltPath, String>,
    /// Files that go.
    pub deleted: Vec<SaltPath>,
    /// (old, new), after the edits.
    pub renamed: Vec<(SaltPath, SaltPath)>,
}

impl FileEdits {
    /// Replaces `range` of the file at `path`.
    pub(crate) fn replace(&mut self, path: &SaltPath, range: TextRange, new_text: impl Into<String>) {
        let edit = TextEdit { range, new_text: new_text.into() };
        let edits = self.edits.entry(path.clone()).or_default();
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }

    /// The files that are touched, by their old paths.
    pub(super) fn touched(&self) -> Vec<SaltPath> {
        let mut all: Vec<SaltPath> =
            self.edits.keys().chain(self.created.keys()).chain(&self.deleted).cloned().collect();
        all.extend(self.renamed.iter().map(|(old, _)| old.clone()));
        all.sort();
        all.dedup();
        all
    }

    /// Whether files come, go or change their names.
    #[must_use]
    pub fn has_file_operations(&self) -> bool {
        !(self.created.is_empty() && self.deleted.is_empty() && self.renamed.is_empty())
    }

    /// In order, or refused because edits overlap or nothing is edited.
    pub(crate) fn checked(mut self, world: &World) -> Attempt<Self> {
        self.edits.retain(|path, edits| {
            let text = text_in(world, path);
            edits.retain(|edit| text.as_ref().is_none_or(|text| edit.range.slice(text) != edit.new_text));
            !edits.is_empty()
        });
        for (path, edits) in &mut self.edits {
            // what is inserted at one place keeps the order in which it was said
            edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
            for two in edits.windows(2) {
                if let [one, other] = two
                    && (one.range.end > other.range.start || (one.range == other.range))
                {
                    return refuse(format!("two of the changes to {path} overlap"));
                }
            }
        }
        for (old, new) in &self.renamed {
            if world.tree.get(new).is_some() {
                return refuse(format!("{new} exists already"));
            }
            if world.tree.get(old).is_none() {
                return refuse(format!("{old} is not there"));
            }
        }
        if self.edits.is_empty() && !self.has_file_operations() {
            return refuse("there is nothing to change");
        }
        Ok(self)
    }

    /// The world with the edits made.
    pub(crate) fn applied(&self, world: &World) -> Attempt<World> {
        let mut new = world.clone();
        for (path, edits) in &self.edits {
            let Some(mut text) = text_in(world, path) else { return refuse(format!("{path} cannot be read")) };
            for edit in edits.iter().rev() {
                let (start, end) = (edit.range.start as usize, edit.range.end as usize);
                if text.get(start..end).is_none() {
                    return refuse(format!("{path} is not what it was"));
                }
                text.replace_range(start..end, &edit.new_text);
            }
            new = new.with(path, Some(text.as_bytes()));
        }
        for (path, text) in &self.created {
            new = new.with(path, Some(text.as_bytes()));
        }
        for path in &self.deleted {
            new = new.with(path, None);
        }
        for (old, path) in &self.renamed {
            let content = new.tree.get(old).and_then(|entry| new.source.content(old, entry.blob));
            let Some(content) = content else { return refuse(format!("{old} cannot be read")) };
            new = new.with(path, Some(&content)).with(old, None);
        }
        Ok(new)
    }
}
