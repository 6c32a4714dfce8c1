//! Tries every fix of a fixture's findings, and looks whether they are gone then.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use compare::{Drift, DriftSeverity};
use expect_test::Expect;
use ide::fix::{FileEdits, Remedy};
use model::Catalog;
use world::{Memo, Stop, World};

use super::{Tree, three};

/// Texts by path.
pub type Files = BTreeMap<String, String>;

/// The working copy.
pub fn ours(tree: &Tree) -> Files {
    let name = if tree.fixture.has_world("working") { "working" } else { "base" };
    tree.fixture.files(name).iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// The files after the edits: made here once more, by other means than the fix's own trial.
pub fn apply(files: &Files, edits: &FileEdits) -> Files {
    let mut files = files.clone();
    for (path, edits) in &edits.edits {
        let text = files.get_mut(path.as_str()).expect("an edited file");
        let mut done = String::new();
        let mut at = 0;
        for edit in edits {
            assert!(edit.range.start as usize >= at, "overlap: {edits:?}");
            done += &text[at..edit.range.start as usize];
            done += &edit.new_text;
            at = edit.range.end as usize;
        }
        done += &text[at..];
        *text = done;
    }
    files.extend(edits.created.iter().map(|(path, text)| (path.to_string(), text.clone())));
    for path in &edits.deleted {
        files.remove(path.as_str());
    }
    for (old, new) in &edits.renamed {
        let text = files.remove(old.as_str()).expect("a renamed file");
        files.insert(new.to_string(), text);
    }
    files
}

/// The drift of other files of ours.
pub fn drift(tree: &Tree, files: &Files, edits: &FileEdits) -> (Drift, ide::Analysis) {
    let world = World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
    let mut upstream = (**tree.analysis.upstream.as_ref().expect("it was compared")).clone();
    upstream.ours_renames.extend(edits.renamed.clone());
    let (memo, stop) = (Memo::new(), Stop::new());
    let catalog = Catalog::build(&world, &memo, &stop, &upstream.request, None).expect("nobody stops it");
    let drift = upstream.drift(&world, &catalog, &[], &memo, &stop).expect("nobody stops it");
    let analysis = ide::Analysis::build(&world, &Arc::new(memo), &upstream.request, None, Vec::new(), &stop);
    let analysis = analysis.expect("nobody stops it").with_drift(Arc::new(drift.clone()));
    (drift, analysis.with_upstream(Some(Arc::new(upstream))))
}

/// All drift, also what hides behind a finding at the same place.
pub fn all_of(tree: &Tree) -> Drift {
    let upstream = tree.analysis.upstream.as_ref().expect("it was compared");
    let base = upstream.base.as_ref().expect("a merge base");
    let sides = compare::Sides {
        base: &base.catalog,
        ours: &tree.analysis.catalog,
        theirs: &upstream.theirs.catalog,
        base_world: &base.world,
        ours_world: &tree.analysis.world,
        theirs_world: &upstream.theirs.world,
        ours_renames: &[],
        theirs_renames: &upstream.theirs_renames,
        conflicts: &[],
        base_name: "develop",
        two_way: false,
        mounts: &[],
        merge: None,
    };
    compare::compare_fully(&sides, &Stop::new()).expect("nobody stops it")
}

/// What is told.
pub fn loud(drift: &Drift) -> Vec<(String, String)> {
    let loud = drift.facts.iter().filter(|fact| fact.severity > DriftSeverity::None);
    loud.map(|fact| (fact.kind.name().to_owned(), fact.name.clone())).collect()
}

/// Tries every fix of every finding; gives the files after each by `KIND NAME REMEDY`.
pub fn try_all(tree: &Tree) -> (String, BTreeMap<String, Files>) {
    let (mut shown, mut results) = (String::new(), BTreeMap::new());
    let files = ours(tree);
    let stop = Stop::new();
    for fact in tree.analysis.drift.facts.iter().filter(|fact| fact.severity > DriftSeverity::None) {
        let (file, range) = fact.place.clone().expect("a place");
        let _ = writeln!(shown, "{} {}", fact.kind.name(), fact.name);
        let offers = ide::fix::offers(&tree.analysis, &file, range, &stop).expect("nobody stops it");
        for offer in offers.iter().filter(|offer| offer.fact.kind == fact.kind.name() && offer.fact.name == fact.name) {
            if offer.fact.start != range.start || !offer.remedy.is_edit() || offer.remedy == Remedy::IgnoreKind {
                continue;
            }
            let made = ide::fix::edits(&tree.analysis, &offer.fact, offer.remedy, &stop).expect("nobody stops it");
            let edits = match made {
                Ok(edits) => edits,
                Err(refused) => {
                    let _ = writeln!(shown, "  {}: refused: {}", offer.title, refused.0);
                    continue;
                }
            };
            let _ = writeln!(shown, "  {}", offer.title);
            let after = apply(&files, &edits);
            let (found, analysis) = drift(tree, &after, &edits);
            let (before, found, hidden) = (loud(&tree.analysis.drift), loud(&found), loud(&all_of(tree)));
            let count =
                |all: &[(String, String)], one: &(String, String)| all.iter().filter(|other| *other == one).count();
            let mine = (fact.kind.name().to_owned(), fact.name.clone());
            if offer.remedy == Remedy::Ignore {
                let shown = ide::diagnostics(&analysis, &file, &stop).expect("nobody stops it");
                let code = format!("drift/{}", fact.kind.name());
                let left = shown.iter().filter(|one| one.code == code).count();
                assert!(left < count_code(&tree.analysis, &file, &code), "{after:?}");
            } else {
                assert!(count(&found, &mine) < count(&before, &mine), "{mine:?} is still there:\n{after:#?}");
                for new in &found {
                    let known = before.contains(new) || hidden.contains(new);
                    assert!(known, "{new:?} is new:\n{after:#?}");
                }
            }
            results.insert(format!("{} {} {}", fact.kind.name(), fact.name, offer.remedy.name()), after);
        }
    }
    (shown, results)
}

/// How many diagnostics of a file have the code.
pub fn count_code(analysis: &ide::Analysis, file: &world::SaltPath, code: &str) -> usize {
    let shown = ide::diagnostics(analysis, file, &Stop::new()).expect("nobody stops it");
    shown.iter().filter(|one| one.code == code).count()
}

/// The same with files that develop renamed.
#[track_caller]
pub fn check_moved(fixture: &str, renamed: &[(&str, &str)], expected: Expect) -> BTreeMap<String, Files> {
    let (shown, results) = try_all(&three(fixture, renamed));
    expected.assert_eq(&shown);
    results
}

/// What can be done about every finding of a fixture; the files after each by `KIND NAME REMEDY`.
#[track_caller]
pub fn check(fixture: &str, expected: Expect) -> BTreeMap<String, Files> {
    check_moved(fixture, &[], expected)
}
