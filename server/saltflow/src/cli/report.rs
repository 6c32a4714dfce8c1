//! What commands share while they print: line indexes of files, human and JSON ranges, colours.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use text::{Encoding, LineIndex, TextRange};
use world::{SaltPath, World};

/// Converts byte ranges of a world's files, reading each file once.
pub struct Places<'a> {
    world: &'a World,
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
        Self { world, files: RefCell::default() }
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
        let Some(file) = self.file(path) else { return Value::Null };
        let at = |offset| file.index.position(&file.text, offset, Encoding::Utf16);
        let (start, end) = (at(range.start), at(range.end));
        json!([start.line, start.column, end.line, end.column])
    }

    /// `path:line:column` for people, one-based, columns in characters.
    #[must_use]
    pub fn human(&self, path: &SaltPath, offset: u32) -> String {
        let Some(file) = self.file(path) else { return path.to_string() };
        let at = file.index.position(&file.text, offset, Encoding::Utf32);
        format!("{path}:{}:{}", at.line + 1, at.column + 1)
    }
}
