//! Fixtures as catalogs, and catalogs as text.

#![allow(dead_code, reason = "each test crate uses its part")]

use std::fmt::Write as _;
use std::sync::Arc;

use fixture::Fixture;
use model::{Catalog, Entity, Request, Role};
use text::LineIndex;
use world::{Memo, Profile, SaltPath, Stop, World};

/// A fixture with its catalog.
pub struct Tree {
    /// The fixture.
    pub fixture: Fixture,
    /// Its base world.
    pub world: World,
    /// What its answers are kept in.
    pub memo: Memo,
    /// Its meaning.
    pub catalog: Catalog,
}

/// The path `text`.
pub fn path(text: &str) -> SaltPath {
    SaltPath::new(text).expect("a path of a fixture")
}

/// The catalog of a fixture's base world, structural view only.
pub fn tree(text: &str) -> Tree {
    tree_with(text, &Request::default())
}

/// The catalog of a fixture's base world under `request`.
pub fn tree_with(text: &str, request: &Request) -> Tree {
    let fixture = Fixture::parse(text);
    let world = World::in_memory(fixture.files("base").iter().map(|(path, text)| (*path, text.as_bytes())));
    let memo = Memo::new();
    let catalog = Catalog::build(&world, &memo, &Stop::new(), request, None).expect("nobody stops it");
    Tree { fixture, world, memo, catalog }
}

/// A profile with these grains (JSON) and, if given, this pillar.
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

impl Tree {
    /// `path:line:column` of an entity, 1-based, with the text that its range covers.
    pub fn place(&self, entity: &Entity) -> String {
        let text = self.fixture.text("base", entity.path.as_str());
        let lines = LineIndex::new(text);
        let at = lines.position(text, entity.range.start, text::Encoding::Utf8);
        format!("{}:{}:{}", entity.path, at.line + 1, at.column + 1)
    }

    /// One line for each entity.
    pub fn list(&self, entities: &[Entity]) -> String {
        let mut out = String::new();
        for entity in entities {
            let role = if entity.role == Role::Definition { "def" } else { "use" };
            let certain = if entity.certain { "" } else { " ?" };
            let _ = writeln!(out, "{} {role} {} {}{certain}", self.place(entity), entity.kind.name(), entity.name);
        }
        out
    }
}
