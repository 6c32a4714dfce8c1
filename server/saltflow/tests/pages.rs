//! Every diagnostic code has its page, and the page its sections.
#![allow(clippy::disallowed_methods, reason = "reads the pages")]

use std::path::Path;

#[test]
fn every_code_has_a_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics");
    // those of the table of codes carry theirs with them
    let sources = ["../compare/src/drift.rs"].map(|file| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    let mut missing = Vec::new();
    for source in &sources {
        for line in source.lines().filter(|line| line.contains("Self::") && line.contains("=> \"")) {
            let code = line.split('"').nth(1).unwrap_or_default();
            // what has severity `none` is no diagnostic
            let quiet = ["incoming", "outgoing", "converged", "stale"];
            if !quiet.contains(&code) && !folder.join(format!("{code}.md")).is_file() {
                missing.push(code.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "codes without a page in docs/diagnostics: {missing:?}");
}

/// The list in docs/diagnostics.md names every code of the table with its severity.
#[test]
fn the_list_is_that_of_the_table() {
    let list = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics.md"));
    let list = list.unwrap_or_else(|error| panic!("docs/diagnostics.md: {error}"));
    for row in codes::TABLE {
        let line = format!("| [{0}](diagnostics/{0}.md) | ", row.name);
        let told = list.lines().find_map(|have| have.strip_prefix(&line)).unwrap_or_else(|| panic!("no row {line}"));
        if row.finder == codes::Finder::Lint {
            assert!(told.starts_with(row.level.name()), "{}: {told}", row.name);
        }
    }
}
