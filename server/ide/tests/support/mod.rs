//! Fixtures as snapshots, and questions at their cursors.

#![allow(dead_code, reason = "each test crate uses its part")]

pub mod tries;

use std::sync::Arc;

use fixture::Fixture;
use ide::{Analysis, FilePosition};
use model::Request;
use text::{Encoding, LineIndex, TextRange};
use world::{Memo, Profile, SaltPath, Stop, World};

/// A fixture with its meaning.
pub struct Tree {
    /// The fixture.
    pub fixture: Fixture,
    /// Its base world.
    pub analysis: Analysis,
}

/// The path `text`.
pub fn path(text: &str) -> SaltPath {
    SaltPath::new(text).expect("a path of a fixture")
}

/// A profile with these grains and, if given, this pillar (JSON).
pub fn profile(name: &str, grains: &str, pillar: Option<&str>) -> Arc<Profile> {
    let map = |text: &str| serde_json::from_str(text).expect("JSON of a test");
    Arc::new(Profile {
        name: name.to_owned(),
        id: name.to_owned(),
        grains: map(grains),
        pillar: pillar.map(map),
        ..Profile::default()
    })
}

/// The snapshot of a fixture's base world: structural view, and the profiles' ones.
pub fn tree(text: &str, profiles: &[Arc<Profile>]) -> Tree {
    let fixture = Fixture::parse(text);
    let world = World::in_memory(fixture.files("base").iter().map(|(path, text)| (*path, text.as_bytes())));
    let request = Request { structural: true, profiles: profiles.to_vec(), ..Request::default() };
    let analysis = Analysis::build(&world, &Arc::new(Memo::new()), &request, None, Vec::new(), &Stop::new());
    Tree { fixture, analysis: analysis.expect("nobody stops it") }
}

/// The bundled sample repository with its profiles, one file replaced: `(path, text with $0)`.
pub fn webshop(file: Option<(&str, &str)>) -> Tree {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/webshop");
    let mut text = String::new();
    let mut profiles = Vec::new();
    read(&root, "", &mut |path, content| {
        if let Some(name) = path.strip_prefix("minions/").and_then(|name| name.strip_suffix(".json")) {
            profiles.push(Arc::new(Profile::parse(name, content).expect("a profile")));
        } else if file.is_none_or(|(replaced, _)| replaced != path) {
            text.push_str(&format!("=== {path}\n{}\n", content.replace('$', "\\$").trim_end()));
        }
    });
    if let Some((path, content)) = file {
        text.push_str(&format!("=== {path}\n{content}\n"));
    }
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    tree(&text, &profiles)
}

#[allow(clippy::disallowed_methods, reason = "tests read the sample repository")]
fn read(folder: &std::path::Path, below: &str, each: &mut dyn FnMut(&str, &str)) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).expect("the sample").flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().into_string().expect("a name");
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            read(&entry.path(), &path, each);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            each(&path, &text);
        }
    }
}

/// A fixture's worlds `base` (the merge base), `working` (ours) and `develop` (theirs) with their drift.
/// `renamed`: (old, new) of files that develop renamed.
pub fn three(text: &str, renamed: &[(&str, &str)]) -> Tree {
    let fixture = Fixture::parse(text);
    let world = |name: &str| {
        let name = if fixture.has_world(name) { name } else { "base" };
        World::in_memory(fixture.files(name).iter().map(|(path, text)| (*path, text.as_bytes())))
    };
    let [base, ours, theirs] = ["base", "working", "develop"].map(world);
    let (memo, stop) = (Arc::new(Memo::new()), Stop::new());
    let request = Request { structural: true, ..Request::default() };
    let analysis = Analysis::build(&ours, &memo, &request, None, Vec::new(), &stop).expect("nobody stops it");
    let version = |world: &World, commit: &str| ide::Version {
        world: world.clone(),
        catalog: model::Catalog::build(world, &memo, &stop, &request, None).expect("nobody stops it"),
        commit: commit.repeat(40),
        commits: Vec::new(),
    };
    let upstream = ide::Upstream {
        name: "develop".to_owned(),
        base: Some(version(&base, "b")),
        theirs: version(&theirs, "d"),
        ours_renames: Vec::new(),
        theirs_renames: renamed.iter().map(|(old, new)| (path(old), path(new))).collect(),
        request,
    };
    let drift =
        upstream.drift(&analysis.world, &analysis.catalog, &[], &analysis.memo, &stop).expect("nobody stops it");
    Tree { fixture, analysis: analysis.with_drift(Arc::new(drift)).with_upstream(Some(Arc::new(upstream))) }
}

impl Tree {
    /// The cursor in the world `working`.
    pub fn our_cursor(&self) -> FilePosition {
        let marks = self.fixture.marks("working");
        let mark = marks.iter().find(|mark| mark.number == 0).expect("a cursor in working");
        FilePosition { path: path(&mark.path), offset: mark.offset }
    }

    /// The fixture's cursor.
    pub fn cursor(&self) -> FilePosition {
        let (file, offset) = self.fixture.cursor();
        FilePosition { path: path(file), offset }
    }

    /// `path:line:column` (1-based) and the text there.
    pub fn place(&self, file: &SaltPath, range: TextRange) -> String {
        let text = self.fixture.text("base", file.as_str());
        let at = LineIndex::new(text).position(text, range.start, Encoding::Utf8);
        format!("{file}:{}:{} {}", at.line + 1, at.column + 1, range.slice(text).lines().next().unwrap_or(""))
    }
}
