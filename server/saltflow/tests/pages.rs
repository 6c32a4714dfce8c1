//! Every diagnostic code has its page, and the page its sections.
#![allow(clippy::disallowed_methods, reason = "reads the pages")]

use std::path::Path;

#[test]
fn every_code_has_a_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics");
    let sources = ["../render/src/problem.rs", "../compare/src/drift.rs"].map(|file| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    let mut missing = Vec::new();
    for source in &sources {
        for line in source.lines().filter(|line| line.contains("Self::") && line.contains("=> \"")) {
            let code = line.split('"').nth(1).unwrap_or_default();
            // what has severity `none` is no diagnostic
            let quiet = ["incoming", "outgoing", "converged", "upstream-broken", "stale"];
            if !quiet.contains(&code) && !folder.join(format!("{code}.md")).is_file() {
                missing.push(code.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "codes without a page in docs/diagnostics: {missing:?}");
}
