//! Writes a small git repository, commit by commit, into an empty folder: for the demo and for
//! tests. The only place that writes through git2, and never into a repository that it did not
//! create itself.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{Index, IndexEntry, IndexTime, Oid, Signature, Time};

use crate::HistoryError;

/// One commit of the sample.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The branch that it goes to.
    pub branch: String,
    /// The branch that `branch` starts from; `None`: it exists, or this is the first commit.
    pub from: Option<String>,
    /// The commit message.
    pub message: String,
    /// The author's name; the mail address is made of it.
    pub author: String,
    /// Seconds since the epoch.
    pub time: i64,
    /// Files that are laid over the branch's tree: path and content.
    pub files: Vec<(String, Vec<u8>)>,
    /// Paths that are removed.
    pub delete: Vec<String>,
}

/// Creates a repository in `folder`, which must be empty or not exist, commits `steps` in order and
/// leaves `head` checked out. `configuration` are entries for the repository's own configuration.
///
/// # Errors
/// The folder holds something already, or cannot be written.
pub fn write(folder: &Path, steps: &[Step], head: &str, configuration: &[(&str, &str)]) -> Result<(), HistoryError> {
    let io = |source| HistoryError::Io { path: folder.to_path_buf(), source };
    std::fs::create_dir_all(folder).map_err(io)?;
    if std::fs::read_dir(folder).map_err(io)?.next().is_some() {
        let source = std::io::Error::other("the folder is not empty");
        return Err(io(source));
    }
    build(folder, steps, head, configuration).map_err(|error| HistoryError::Git {
        doing: format!("write the sample repository into {}", folder.display()),
        message: error.message().to_owned(),
    })?;
    Ok(())
}

fn build(folder: &Path, steps: &[Step], head: &str, configuration: &[(&str, &str)]) -> Result<(), git2::Error> {
    let mut options = git2::RepositoryInitOptions::new();
    let first = steps.first().map_or("master", |step| step.branch.as_str());
    options.initial_head(first).external_template(false);
    let repository = git2::Repository::init_opts(folder, &options)?;
    let mut config = repository.config()?.open_level(git2::ConfigLevel::Local)?;
    for (key, value) in configuration {
        config.set_str(key, value)?;
    }
    let mut tips: BTreeMap<&str, Oid> = BTreeMap::new();
    for step in steps {
        let parent = tips.get(step.branch.as_str()).or_else(|| tips.get(step.from.as_deref()?)).copied();
        let tip = match parent {
            // a branch that only starts
            Some(tip) if step.files.is_empty() && step.delete.is_empty() => tip,
            parent => commit(&repository, parent, step)?,
        };
        repository.reference(&format!("refs/heads/{}", step.branch), tip, true, "saltflow: sample")?;
        tips.insert(&step.branch, tip);
    }
    repository.set_head(&format!("refs/heads/{head}"))?;
    check_out(&repository, folder, tips.get(head).copied())
}

fn commit(repository: &git2::Repository, parent: Option<Oid>, step: &Step) -> Result<Oid, git2::Error> {
    let parent = parent.map(|oid| repository.find_commit(oid)).transpose()?;
    let mut index = Index::new()?;
    if let Some(parent) = &parent {
        index.read_tree(&parent.tree()?)?;
    }
    for path in &step.delete {
        index.remove(Path::new(path), 0)?;
    }
    for (path, content) in &step.files {
        let id = repository.blob(content)?;
        index.add(&entry(path, id))?;
    }
    let tree = repository.find_tree(index.write_tree_to(repository)?)?;
    let mail = format!("{}@webshop.example", step.author.split(' ').next().unwrap_or("somebody").to_lowercase());
    let author = Signature::new(&step.author, &mail, &Time::new(step.time, 0))?;
    let parents: Vec<_> = parent.iter().collect();
    repository.commit(None, &author, &author, &step.message, &tree, &parents)
}

fn entry(path: &str, id: Oid) -> IndexEntry {
    let zero = IndexTime::new(0, 0);
    IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// Writes the files of `tip` and an index that knows them.
fn check_out(repository: &git2::Repository, folder: &Path, tip: Option<Oid>) -> Result<(), git2::Error> {
    let Some(tip) = tip else { return Ok(()) };
    let failed = |error: std::io::Error| git2::Error::from_str(&error.to_string());
    let mut index = repository.index()?;
    index.read_tree(&repository.find_commit(tip)?.tree()?)?;
    let entries: Vec<(Vec<u8>, Oid)> = index.iter().map(|entry| (entry.path, entry.id)).collect();
    for (path, id) in entries {
        let path = String::from_utf8_lossy(&path).into_owned();
        let file = folder.join(&path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&file, repository.find_blob(id)?.content()).map_err(failed)?;
        index.add_path(Path::new(&path))?;
    }
    index.write()
}
