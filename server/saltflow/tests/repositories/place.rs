//! A temporary folder with repositories in it, made by the real git, apart from the user's settings.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub struct Place {
    _dir: tempfile::TempDir,
    pub root: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        Self { _dir: dir, root }
    }

    /// Runs a script: `in FOLDER` (made if needed) and `day N` for what follows; `write PATH TEXT` with `\n` in the
    /// text; `commit MESSAGE` of all files as the author of `by NAME`; `remove PATH`; everything else is git's,
    /// words split at blanks. A line that starts with `!` may fail.
    pub fn run(&self, script: &str) {
        let (mut folder, mut day, mut by) = (self.root.clone(), 0, "Ada".to_owned());
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_once(' ') {
                Some(("in", name)) => {
                    folder = self.root.join(name);
                    std::fs::create_dir_all(&folder).unwrap();
                }
                Some(("day", number)) => day = number.parse().unwrap(),
                Some(("by", name)) => name.clone_into(&mut by),
                Some(("write", rest)) => {
                    let (path, text) = rest.split_once(' ').unwrap();
                    let path = folder.join(path);
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, text.replace("\\n", "\n")).unwrap();
                }
                Some(("remove", path)) => std::fs::remove_file(folder.join(path)).unwrap(),
                Some(("commit", message)) => {
                    git(&folder, &["add", "-A"], day, &by);
                    git(&folder, &["commit", "-q", "--allow-empty", "-m", message], day, &by);
                }
                _ => {
                    let words = line.trim_start_matches('!').split_ascii_whitespace().collect::<Vec<_>>();
                    let out = command(&folder, &words, day, &by).output().unwrap();
                    assert!(line.starts_with('!') || out.status.success(), "git {words:?}: {out:?}");
                }
            }
        }
    }

    pub fn git(&self, folder: &str, words: &[&str]) -> String {
        git(&self.root.join(folder), words, 0, "Ada")
    }

    /// saltflow in `folder`.
    pub fn saltflow(&self, folder: &str, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_saltflow"))
            .arg("-C")
            .arg(self.root.join(folder))
            .args(words)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", "/nowhere")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap()
    }

    pub fn json(&self, folder: &str, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--format", "json"]).collect();
        let output = self.saltflow(folder, &words);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    /// What `drift` says that is more than on record: `severity kind entity root/path:line: message`, the root
    /// relative to the place and only where there is one, without who did it; then the notes.
    pub fn drift(&self, folder: &str, words: &[&str]) -> String {
        let words: Vec<&str> = std::iter::once("drift").chain(words.iter().copied()).collect();
        let document = self.json(folder, &words);
        let mut out = String::new();
        for fact in document["facts"].as_array().unwrap().iter().filter(|fact| fact["severity"] != "none") {
            let text = |key: &str| fact[key].as_str().unwrap_or_default().to_owned();
            let root = fact["root"].as_str().map_or_else(String::new, |root| {
                let name = Path::new(root).strip_prefix(&self.root).unwrap().display().to_string();
                format!("{name}/")
            });
            let line = fact["range"][0].as_u64().map_or_else(String::new, |line| format!(":{}", line + 1));
            let message = text("message");
            // the commit differs from run to run
            let message = message.rfind(" (").filter(|_| message.ends_with(')')).map_or(&*message, |at| &message[..at]);
            let _ = writeln!(out, "{} {} {root}{}{line}: {message}", text("severity"), text("kind"), text("path"));
        }
        for note in document["notes"].as_array().unwrap() {
            let _ = writeln!(out, "note: {}", note.as_str().unwrap());
        }
        out
    }
}

fn command(folder: &Path, words: &[&str], day: i64, by: &str) -> Command {
    let date = format!("{} +0000", 1_700_000_000 + day * 86_400);
    let mut command = Command::new("git");
    command
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_EDITOR", "true")
        .env("GIT_MERGE_AUTOEDIT", "no")
        .envs([("GIT_AUTHOR_NAME", by), ("GIT_AUTHOR_EMAIL", "a@example.org"), ("GIT_AUTHOR_DATE", &date)])
        .envs([("GIT_COMMITTER_NAME", by), ("GIT_COMMITTER_EMAIL", "a@example.org"), ("GIT_COMMITTER_DATE", &date)]);
    command
}

fn git(folder: &Path, words: &[&str], day: i64, by: &str) -> String {
    let out = command(folder, words, day, by).output().unwrap();
    assert!(out.status.success(), "git {words:?}: {out:?}");
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}
