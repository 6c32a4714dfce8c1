//! A toy language over a world's files, for tests of the memo. Each line of a file is an
//! instruction: `say TEXT`, `use FILE`, `part FILE KEY`, `list FOLDER`, `exists FILE`; others are
//! comments.

#![allow(dead_code, reason = "each test binary uses a part")]

use world::{Fingerprint, Hasher, Memo, MemoStats, Query, Reader, SaltPath, Stop, Stopped, World};

/// What a file says.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Eval(pub SaltPath);

pub fn path(text: &str) -> SaltPath {
    SaltPath::new(text).unwrap()
}

pub fn eval(text: &str) -> Eval {
    Eval(path(text))
}

fn hash(text: &str) -> Fingerprint {
    Hasher::default().field(text.as_bytes()).finish()
}

/// The value of `KEY=value` among lines.
pub fn value<'a>(lines: &'a str, key: &str) -> &'a str {
    lines.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or("")
}

impl Query for Eval {
    type Answer = String;
    type Part = String;

    fn compute(&self, reader: &Reader<'_>) -> Result<String, Stopped> {
        let Some(content) = reader.content(&self.0)? else { return Ok("absent\n".into()) };
        let mut out = String::new();
        for line in std::str::from_utf8(&content).unwrap().lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["say", text] => out += &format!("{text}\n"),
                ["use", file] => out += &reader.ask(&eval(file))?,
                ["part", file, key] => {
                    out += &format!("{}\n", value(&reader.ask_part(&eval(file), &key.into())?, key));
                }
                ["list", folder] => {
                    out.extend(reader.list(&path(folder))?.iter().map(|listed| format!("{}\n", listed.name)));
                }
                ["exists", file] => out += if reader.blob(&path(file))?.is_some() { "yes\n" } else { "no\n" },
                _ => {}
            }
        }
        Ok(out)
    }

    fn fingerprint(answer: &String) -> Fingerprint {
        hash(answer)
    }

    fn part_fingerprint(answer: &String, key: &String) -> Fingerprint {
        hash(value(answer, key))
    }

    fn cycle(&self) -> String {
        "cycle\n".into()
    }
}

pub fn world(files: &[(&str, &str)]) -> World {
    World::in_memory(files.iter().copied())
}

pub fn ask(memo: &Memo, world: &World, file: &str) -> String {
    Reader::new(world, memo, &Stop::new()).ask(&eval(file)).unwrap().to_string()
}

/// What `work` adds to the memo's counters.
pub fn during(memo: &Memo, work: impl FnOnce()) -> MemoStats {
    let before = memo.stats();
    work();
    let after = memo.stats();
    MemoStats {
        computed: after.computed - before.computed,
        hits: after.hits - before.hits,
        validated: after.validated - before.validated,
    }
}
