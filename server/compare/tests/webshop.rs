//! The sample repository's history: what it plants is found, and nothing else that is loud.

#![allow(clippy::disallowed_methods, reason = "a test reads the sample")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compare::DriftSeverity;
use expect_test::expect;
use support::{Options, drift_of, path, renamed, severity};
use text::LineIndex;
use world::{Profile, World};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn lay(world: World, folder: &str, delete: &[&str]) -> World {
    let root = examples().join(folder);
    let mut folders = vec![root.clone()];
    let mut world = world;
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().expect("the sample").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let name = entry.strip_prefix(&root).expect("below").to_str().expect("UTF-8").replace('\\', "/");
            let text = read(&entry);
            world = world.with(&path(&name), Some(text.as_bytes()));
        }
    }
    delete.iter().fold(world, |world, file| world.with(&path(file), None))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a file of the sample")
}

fn worlds() -> [World; 3] {
    let base = lay(World::in_memory([("", "")]), "webshop", &[]);
    let mut develop = base.clone();
    for step in ["develop-postgres", "develop-database"] {
        develop = lay(develop, &format!("webshop-history/{step}"), &[]);
    }
    let gone = "states/monitoring/node_exporter.sls";
    develop = lay(develop, "webshop-history/develop-exporters", &[gone]);
    develop = lay(develop, "webshop-history/develop-cache", &[]);
    let mut working = base.clone();
    for step in ["wishlist", "wishlist-cache"] {
        working = lay(working, &format!("webshop-history/{step}"), &[]);
    }
    [base, working, develop]
}

fn report(profiles: Vec<Arc<Profile>>) -> String {
    let [base, ours, theirs] = worlds();
    let exporters = ("states/monitoring/node_exporter.sls", "states/monitoring/exporters.sls");
    let equal = |a: &World, b: &World| {
        a.tree.get(&path(exporters.0)).map(|e| e.blob) == b.tree.get(&path(exporters.1)).map(|e| e.blob)
    };
    let theirs_renames = if equal(&base, &theirs) { renamed(&[exporters]) } else { Vec::new() };
    let options = Options { profiles, theirs_renames, ..Options::default() };
    let drift = drift_of([&base, &ours, &theirs], &options);
    let mut out = String::new();
    for fact in drift.facts.iter().filter(|fact| fact.severity != DriftSeverity::None) {
        let place = fact.place.as_ref().map_or_else(
            || "-".to_owned(),
            |(path, range)| {
                let content = ours.source.content(path, ours.tree.get(path).expect("a file").blob).expect("content");
                let text = String::from_utf8(content.to_vec()).expect("UTF-8");
                let at = LineIndex::new(&text).position(&text, range.start, text::Encoding::Utf8);
                format!("{path}:{}:{} `{}`", at.line + 1, at.column + 1, range.slice(&text))
            },
        );
        out += &format!("{} {} {place}\n    {}\n", severity(fact.severity), fact.kind.name(), fact.message);
    }
    out
}

#[test]
fn the_planted_findings_are_there_in_the_structural_view() {
    expect![[r#"
        E duplicate-id-after-merge states/webshop/config.sls:21:1 `webshop_cache_dir`
            state ID 'webshop_cache_dir' was added here and on develop: the merge declares it twice
        E include-removed-upstream states/webshop/wishlist.sls:6:5 `monitoring.node_exporter`
            SLS 'monitoring.node_exporter' included here was moved to 'monitoring.exporters' on develop
        E requisite-target-removed-upstream states/webshop/wishlist.sls:28:14 `postgres_pkg`
            state 'postgres_pkg' required here was renamed to 'postgresql_package' on develop
        W pillar-key-removed-upstream states/webshop/wishlist.sls:15:18 `webshop.db.host`
            pillar key 'webshop:db:host' read here was renamed to 'webshop:database:host' on develop
        I moved-upstream states/monitoring/node_exporter.sls:1:1 ``
            SLS 'monitoring.node_exporter' was moved to 'monitoring.exporters' on develop
        I renamed-upstream states/postgres/install.sls:2:1 `postgres_pkg`
            state 'postgres_pkg' was renamed to 'postgresql_package' on develop
    "#]]
    .assert_eq(&report(Vec::new()));
}

#[test]
fn the_planted_findings_are_there_with_the_profiles() {
    let profile = |name: &str| {
        let text = read(&examples().join(format!("webshop/minions/{name}.json")));
        Arc::new(Profile::parse(name, &text).expect("a profile"))
    };
    expect![[r#"
        E duplicate-id-after-merge states/webshop/config.sls:21:1 `webshop_cache_dir`
            state ID 'webshop_cache_dir' was added here and on develop: the merge declares it twice
        E include-removed-upstream states/webshop/wishlist.sls:6:5 `monitoring.node_exporter`
            SLS 'monitoring.node_exporter' included here was moved to 'monitoring.exporters' on develop
        E requisite-target-removed-upstream states/webshop/wishlist.sls:28:14 `postgres_pkg`
            state 'postgres_pkg' required here was renamed to 'postgresql_package' on develop
        W pillar-key-removed-upstream states/webshop/wishlist.sls:15:18 `webshop.db.host`
            pillar key 'webshop:db:host' read here was renamed to 'webshop:database:host' on develop
        I moved-upstream states/monitoring/node_exporter.sls:1:1 ``
            SLS 'monitoring.node_exporter' was moved to 'monitoring.exporters' on develop
        I renamed-upstream states/postgres/install.sls:2:1 `postgres_pkg`
            state 'postgres_pkg' was renamed to 'postgresql_package' on develop
    "#]]
    .assert_eq(&report(["web1", "db1"].map(profile).to_vec()));
}
