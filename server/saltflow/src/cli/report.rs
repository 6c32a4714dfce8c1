//! What commands share while they print: line indexes of files, human and JSON ranges, colours.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use text::{Encoding, LineIndex, TextRange};
use world::{SaltPath, World};

use crate::parts::Part;
use crate::workspace::Workspace;

/// Converts byte ranges of a world's files, reading each file once.
pub struct Places<'a> {
    world: &'a World,
    /// Whose paths are told with their repository, where there are several.
    workspace: Option<&'a Workspace>,
    /// Whose repositories have a top that paths may be relative to.
    whole: Option<&'a Workspace>,
    files: RefCell<BTreeMap<SaltPath, Option<Rc<File>>>>,
}

/// A file's text and its lines.
pub struct File {
    /// The text; bytes that are no UTF-8 are replaced.
    pub text: String,
    /// Its lines.
    pub index: LineIndex,
}

impl<'a> Places<'a> {
    /// Places of the files of `world`.
    #[must_use]
    pub fn new(world: &'a World) -> Self {
        Self { world, workspace: None, whole: None, files: RefCell::default() }
    }

    /// These places as those of `workspace`, which may be made of several repositories.
    #[must_use]
    pub fn of(self, workspace: &'a Workspace) -> Self {
        let joint = Some(workspace).filter(|workspace| workspace.is_joint());
        Self { workspace: joint, whole: Some(workspace), ..self }
    }

    /// `path` relative to the top of the repository that holds it, as services that show the repository
    /// know the file.
    #[must_use]
    pub fn in_repository(&self, path: &SaltPath) -> String {
        let Some(workspace) = self.whole else { return path.to_string() };
        let (part, inner) = workspace.part_of(path);
        part.scope.in_repository(&inner)
    }

    /// Where a finding stands that is about the whole repository, for services that take none without a
    /// file: the first top file, else the first SLS, else the first file.
    #[must_use]
    pub fn whole_repository(&self) -> Option<SaltPath> {
        let own = |path: &&SaltPath| self.companion(path).is_none();
        let named = |name: &str| {
            let fits = |path: &&SaltPath| path.name().ends_with(name);
            self.world.tree.iter().map(|(path, _)| path).filter(own).find(fits)
        };
        named("top.sls").or_else(|| named(".sls")).or_else(|| named("")).cloned()
    }

    /// `value`, an object, with `path`, and with `root` beside it where there are several repositories:
    /// the folder that the path is relative to.
    #[must_use]
    pub fn at(&self, mut value: Value, path: Option<&SaltPath>) -> Value {
        let known = self.workspace.zip(path).map(|(workspace, path)| workspace.part_of(path));
        match known {
            Some((part, inner)) => {
                value["path"] = json!(inner.as_str());
                value["root"] = json!(part.root.display().to_string());
            }
            None => {
                value["path"] = json!(path.map(SaltPath::as_str));
                if self.workspace.is_some() {
                    value["root"] = Value::Null;
                }
            }
        }
        value
    }

    /// A path for people: relative to the workspace's root, wherever its repository is.
    #[must_use]
    pub fn shown(&self, path: &SaltPath) -> String {
        match self.workspace {
            Some(workspace) => workspace.shown(path),
            None => path.to_string(),
        }
    }

    /// The repository that `path` belongs to, where there are several and it is not the own one; the
    /// path there.
    #[must_use]
    pub fn companion(&self, path: &SaltPath) -> Option<(&'a Part, SaltPath)> {
        let found = self.workspace?.part_of(path);
        (!found.0.mount.is_root()).then_some(found)
    }

    /// The repositories beside the own one.
    pub fn companions(&self) -> impl Iterator<Item = &'a Part> {
        self.workspace.into_iter().flat_map(|workspace| workspace.parts.iter().skip(1))
    }

    /// The file at `path`; `None` if it is not there.
    #[must_use]
    pub fn file(&self, path: &SaltPath) -> Option<Rc<File>> {
        let mut files = self.files.borrow_mut();
        let read = || {
            let entry = self.world.tree.get(path)?;
            let content = self.world.source.content(path, entry.blob)?;
            let text = String::from_utf8_lossy(&content).into_owned();
            let index = LineIndex::new(&text);
            Some(Rc::new(File { text, index }))
        };
        files.entry(path.clone()).or_insert_with(read).clone()
    }

    /// `[line, column, line, column]`, zero-based, UTF-16 columns; null if the file is gone.
    #[must_use]
    pub fn json(&self, path: &SaltPath, range: TextRange) -> Value {
        json!(self.quad(path, range))
    }

    /// The same as numbers; `None` if the file is gone.
    #[must_use]
    pub fn quad(&self, path: &SaltPath, range: TextRange) -> Option<[u32; 4]> {
        let file = self.file(path)?;
        let at = |offset| file.index.position(&file.text, offset, Encoding::Utf16);
        let (start, end) = (at(range.start), at(range.end));
        Some([start.line, start.column, end.line, end.column])
    }

    /// `path:line:column` for people, one-based, columns in characters.
    #[must_use]
    pub fn human(&self, path: &SaltPath, offset: u32) -> String {
        let shown = self.shown(path);
        let Some(file) = self.file(path) else { return shown };
        let at = file.index.position(&file.text, offset, Encoding::Utf32);
        format!("{shown}:{}:{}", at.line + 1, at.column + 1)
    }
}
