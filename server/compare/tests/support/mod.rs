//! Fixtures as three worlds, and drift as text. A fixture's worlds are `base` (the merge base),
//! `working` (ours) and `develop` (theirs); the latter two default to base. Annotations on the files
//! of `working` are the expected findings, `SEVERITY KIND: MESSAGE`.

#![allow(dead_code, reason = "each test crate uses its part")]

use std::sync::Arc;

use compare::{Drift, DriftFact, DriftSeverity, Sides, compare};
use fixture::Fixture;
use model::{Catalog, Request};
use world::{Memo, Profile, SaltPath, Stop, World};

/// Options of a comparison.
#[derive(Default)]
pub struct Options {
    /// One view each, beside the structural one if there are none.
    pub profiles: Vec<Arc<Profile>>,
    /// Without a merge base.
    pub two_way: bool,
    /// (old, new) that ours renamed.
    pub ours_renames: Vec<(SaltPath, SaltPath)>,
    /// (old, new) that theirs renamed.
    pub theirs_renames: Vec<(SaltPath, SaltPath)>,
    /// Textual conflicts.
    pub conflicts: Vec<SaltPath>,
    /// Repositories of their own.
    pub mounts: Vec<SaltPath>,
}

/// The path `text`.
pub fn path(text: &str) -> SaltPath {
    SaltPath::new(text).expect("a path of a test")
}

/// Pairs of paths.
pub fn renamed(pairs: &[(&str, &str)]) -> Vec<(SaltPath, SaltPath)> {
    pairs.iter().map(|(old, new)| (path(old), path(new))).collect()
}

/// The drift between three worlds.
pub fn drift_of([base, ours, theirs]: [&World; 3], options: &Options) -> Drift {
    let (memo, stop) = (Memo::new(), Stop::new());
    let profiles = options.profiles.clone();
    let request = Request { structural: profiles.is_empty(), profiles, ..Request::default() };
    let build = |world: &World| Catalog::build(world, &memo, &stop, &request, None).expect("nobody stops it");
    let catalogs = [build(base), build(ours), build(theirs)];
    let merged = merge::merge(base, ours, theirs);
    let meaning = build(&merged.world);
    let sides = Sides {
        base: &catalogs[0],
        ours: &catalogs[1],
        theirs: &catalogs[2],
        base_world: base,
        ours_world: ours,
        theirs_world: theirs,
        ours_renames: &options.ours_renames,
        theirs_renames: &options.theirs_renames,
        conflicts: &options.conflicts,
        base_name: "develop",
        two_way: options.two_way,
        mounts: &options.mounts,
        merge: Some(compare::Merge { catalog: &meaning, world: &merged.world, conflicts: &merged.conflicts }),
    };
    compare(&sides, &stop).expect("nobody stops it")
}

/// The world of a fixture; base's files if the fixture does not write it down.
pub fn world(fixture: &Fixture, name: &str) -> World {
    let name = if fixture.has_world(name) { name } else { "base" };
    World::in_memory(fixture.files(name))
}

/// The name of a severity.
pub fn severity(severity: DriftSeverity) -> &'static str {
    match severity {
        DriftSeverity::None => "none",
        DriftSeverity::Hint => "H",
        DriftSeverity::Information => "I",
        DriftSeverity::Warning => "W",
        DriftSeverity::Error => "E",
    }
}

/// Compares the drift of a fixture, but for what is no diagnostic, with its annotations.
pub fn check_with(fixture: &str, options: &Options) -> Drift {
    check_but(fixture, options, |_| false)
}

/// The same without the findings that `leave_out` chooses.
pub fn check_but(fixture: &str, options: &Options, leave_out: impl Fn(&DriftFact) -> bool) -> Drift {
    let fixture = Fixture::parse(fixture);
    let [base, ours, theirs] = ["base", "working", "develop"].map(|name| world(&fixture, name));
    let drift = drift_of([&base, &ours, &theirs], options);
    let mut found: Vec<String> = Vec::new();
    for fact in drift.facts.iter().filter(|fact| fact.severity != DriftSeverity::None && !leave_out(fact)) {
        let place =
            fact.place.as_ref().map_or_else(|| "nowhere".to_owned(), |(path, range)| format!("{path} {range:?}"));
        found.push(format!("{place} {} {}: {}", severity(fact.severity), fact.kind.name(), fact.message));
    }
    let ours = if fixture.has_world("working") { "working" } else { "base" };
    let mut expected: Vec<String> = Vec::new();
    for annotation in fixture.annotations(ours) {
        expected.push(format!("{} {:?} {}", annotation.path, annotation.range, annotation.label));
    }
    found.sort();
    expected.sort();
    assert_eq!(found.join("\n"), expected.join("\n"), "\nfound (left), expected (right)");
    drift
}

/// The same in the structural view.
pub fn check(fixture: &str) -> Drift {
    check_with(fixture, &Options::default())
}
