//! What the background is told, and how tellings add up to things to do.

use std::path::{Path, PathBuf};

/// What the background has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client is ready to be talked to (`initialized`).
    Greeted,
    /// A document changed; publish once typing pauses.
    Edited,
    /// A document was opened: the client may have forgotten what was shown for this file.
    Opened(PathBuf),
    /// Files below these paths may have changed on disk.
    Disk(Vec<PathBuf>),
    /// Anything may have changed on disk: refs moved, or events were lost.
    Everything,
    /// The editor's settings changed: what it sent, if it did.
    Settings(Option<serde_json::Value>),
    /// Folders were added and removed.
    Folders {
        /// To open.
        added: Vec<PathBuf>,
        /// To close.
        removed: Vec<PathBuf>,
    },
    /// A document outside of all folders was opened: open the repository it lies in.
    Stray(PathBuf),
    /// Drift was found out anew.
    Compared,
    /// A person asked for this to be said.
    Say(String),
    /// The session ends.
    Stop,
}

/// What a batch of events asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Todo {
    /// Folders that the client names.
    pub open: Vec<PathBuf>,
    /// Folders of documents outside of all others.
    pub strays: Vec<PathBuf>,
    /// Folders that the client names no more.
    pub close: Vec<PathBuf>,
    /// Files whose diagnostics are shown even if they are the same as before.
    pub opened: Vec<PathBuf>,
    /// Paths to read again.
    pub disk: Vec<PathBuf>,
    /// Read everything again.
    pub everything: bool,
    /// New settings of the editor; `Some(None)`: ask for them.
    pub settings: Option<Option<serde_json::Value>>,
    /// The client is ready.
    pub greeted: bool,
    /// There is drift to show.
    pub compared: bool,
    /// To be said to a person who asked.
    pub say: Vec<String>,
    /// The session ends.
    pub end: bool,
}

impl Todo {
    /// Adds what `event` asks for.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Greeted => {
                self.greeted = true;
                self.settings.get_or_insert(None);
            }
            Event::Edited => {}
            Event::Opened(file) => self.opened.push(file),
            Event::Disk(paths) => self.disk.extend(paths),
            Event::Everything => self.everything = true,
            // what the editor sent beats the order to ask for it
            Event::Settings(sent) => match &mut self.settings {
                Some(_) if sent.is_none() => {}
                settings => *settings = Some(sent),
            },
            Event::Folders { added, removed } => {
                self.open.extend(added);
                self.close.extend(removed);
            }
            Event::Stray(file) => self.strays.extend(file.parent().map(Path::to_path_buf)),
            Event::Compared => self.compared = true,
            Event::Say(text) => self.say.push(text),
            Event::Stop => self.end = true,
        }
    }

    /// Whether somebody waits for it: then no more events are waited for.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        self.end
            || self.greeted
            || self.compared
            || !self.say.is_empty()
            || self.settings.is_some()
            || !(self.open.is_empty() && self.strays.is_empty())
    }

    /// Whether answers may change beyond diagnostics, which are compared when they are shown.
    #[must_use]
    pub fn is_more_than_edits(&self) -> bool {
        let folders = [&self.open, &self.strays, &self.close, &self.disk];
        self.greeted || self.everything || self.settings.is_some() || folders.iter().any(|paths| !paths.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sent_settings_beat_the_order_to_ask() {
        let sent = serde_json::json!({"base": "develop"});
        for order in [[None, Some(sent.clone())], [Some(sent.clone()), None]] {
            let mut todo = Todo::default();
            order.into_iter().for_each(|settings| todo.add(Event::Settings(settings)));
            assert_eq!(todo.settings, Some(Some(sent.clone())));
        }
    }

    #[test]
    fn only_edits_wait_for_a_pause() {
        let mut todo = Todo::default();
        todo.add(Event::Edited);
        assert!(!todo.is_urgent() && !todo.is_more_than_edits());
        todo.add(Event::Disk(vec!["/a".into()]));
        assert!(!todo.is_urgent() && todo.is_more_than_edits());
        todo.add(Event::Stray("/a/b".into()));
        assert!(todo.is_urgent());
        assert_eq!(todo.strays, [PathBuf::from("/a")]);
    }
}
