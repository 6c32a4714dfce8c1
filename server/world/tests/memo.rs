//! What the memo recomputes, and what it doesn't.

mod toy;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use toy::{Eval, ask, during, eval, path, world};
use world::{
    BlobId, Content, ContentSource, Fingerprint, Memo, MemoOptions, Query, Reader, SaltPath, Stop, Stopped, World,
};

/// 100 files that use one of ten maps.
fn hundred() -> World {
    let maps = (0..10).map(|n| (format!("map{n}"), format!("say a={n}\nsay b={n}\n")));
    let files = (0..100).map(|n| (format!("sls{n}"), format!("say {n}\nuse map{}\nexists none{n}\n", n % 10)));
    let all: Vec<_> = maps.chain(files).collect();
    World::in_memory(all.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

fn ask_all(memo: &Memo, world: &World) {
    for n in 0..100 {
        ask(memo, world, &format!("sls{n}"));
    }
}

fn computed(memo: &Memo, world: &World, file: &str, expected: &str) -> u64 {
    during(memo, || assert_eq!(ask(memo, world, file), expected, "{file}")).computed
}

#[test]
fn a_second_world_costs_only_its_differences() {
    let (memo, first) = (Memo::new(), hundred());
    assert_eq!(during(&memo, || ask_all(&memo, &first)).computed, 110);
    // Not derived from the first one, and without knowledge of which trace holds where.
    let second = hundred().with(&path("map3"), Some(b"say a=x\n")).with(&path("sls0"), Some(b"say new\n"));
    let stats = during(&memo, || ask_all(&memo, &second));
    assert_eq!(stats.computed, 1 + 10 + 1, "the map, its ten users, sls0");
    let again = during(&memo, || ask_all(&memo, &first));
    assert_eq!((again.computed, again.validated), (0, 0));
}

#[test]
fn a_world_that_is_no_longer_live_is_validated() {
    let memo = Memo::with(MemoOptions { worlds: 1, ..MemoOptions::default() });
    let first = hundred();
    ask_all(&memo, &first);
    ask(&memo, &world(&[("a", "say 1\n")]), "a");
    let stats = during(&memo, || ask_all(&memo, &first));
    assert_eq!((stats.computed, stats.validated), (0, 110));
}

#[test]
fn undo_recomputes_nothing() {
    let (memo, first) = (Memo::new(), hundred());
    ask_all(&memo, &first);
    let edited = first.with(&path("map3"), Some(b"say a=x\n"));
    ask_all(&memo, &edited);
    let undone = edited.with(&path("map3"), Some(b"say a=3\nsay b=3\n"));
    let stats = during(&memo, || ask_all(&memo, &undone));
    assert_eq!((stats.computed, stats.validated, stats.hits), (0, 0, 100));
}

#[test]
fn absence_and_listing_are_questions() {
    let memo = Memo::new();
    let first = world(&[("a", "exists b\n"), ("l", "list dir\n"), ("dir/x/y", ""), ("other", "")]);
    assert_eq!(computed(&memo, &first, "a", "no\n"), 1);
    assert_eq!(computed(&memo, &first, "l", "x\n"), 1);
    let appeared = first.with(&path("b"), Some(b""));
    assert_eq!(computed(&memo, &appeared, "a", "yes\n"), 1);
    assert_eq!(computed(&memo, &appeared, "l", "x\n"), 0);
    let check = |change: &str, content: Option<&[u8]>, runs: u64, expected: &str| {
        let changed = first.with(&path(change), content);
        assert_eq!(computed(&memo, &changed, "l", expected), runs, "{change}");
    };
    check("dir/x/y", Some(b"changed"), 0, "x\n");
    check("dir/x/z", Some(b""), 0, "x\n");
    check("dir/w", Some(b""), 1, "w\nx\n");
    check("dir/new/deep/file", Some(b""), 1, "new\nx\n");
    check("dir/x/y", None, 1, "");
    check("other", None, 0, "x\n");
}

#[test]
fn an_unrelated_part_dirties_nothing() {
    let memo = Memo::new();
    let first = world(&[("pillar", "say port=80\nsay user=www\n"), ("web", "part pillar port\n")]);
    assert_eq!(computed(&memo, &first, "web", "80\n"), 2);
    let unrelated = first.with(&path("pillar"), Some(b"say port=80\nsay user=root\n"));
    assert_eq!(computed(&memo, &unrelated, "web", "80\n"), 1, "the pillar alone");
    let related = first.with(&path("pillar"), Some(b"say port=81\nsay user=www\n"));
    assert_eq!(computed(&memo, &related, "web", "81\n"), 2);
}

#[test]
fn early_cutoff_keeps_askers_of_an_equal_answer() {
    let memo = Memo::new();
    let first = world(&[("top", "use mid\n"), ("mid", "use low\n"), ("low", "say 1\n")]);
    assert_eq!(computed(&memo, &first, "top", "1\n"), 3);
    let commented = first.with(&path("low"), Some(b"# a remark\nsay 1\n"));
    let stats = during(&memo, || assert_eq!(ask(&memo, &commented, "top"), "1\n"));
    assert_eq!((stats.computed, stats.validated), (1, 2));
}

#[test]
fn a_question_is_not_asked_after_a_different_answer() {
    let memo = Memo::new();
    let first = world(&[("a", "exists b\nuse b\n"), ("b", "say 1\n")]);
    assert_eq!(computed(&memo, &first, "a", "yes\n1\n"), 2);
    let edited = first.with(&path("a"), Some(b"say 2\n")).with(&path("b"), Some(b"say 3\n"));
    assert_eq!(computed(&memo, &edited, "a", "2\n"), 1, "b is not computed to validate a");
}

#[test]
fn old_traces_are_dropped() {
    let memo = Memo::with(MemoOptions { traces: 2, worlds: 1, check_purity: false });
    let say = |n: u32| world(&[("a", &format!("say {n}\nexists b\nexists b{n}\n"))]);
    (0..10).for_each(|n| _ = ask(&memo, &say(n), "a"));
    assert_eq!(computed(&memo, &say(9), "a", "9\nno\nno\n"), 0);
    assert_eq!(computed(&memo, &say(8), "a", "8\nno\nno\n"), 0);
    assert_eq!(computed(&memo, &say(0), "a", "0\nno\nno\n"), 1);
    // Questions that only dropped traces asked lead nowhere, the others still do.
    let touched = |now: &World, change: &str| memo.affected(now, &now.with(&path(change), Some(b""))).len();
    let now = say(0);
    assert_eq!((touched(&now, "b5"), touched(&now, "b0"), touched(&now, "b")), (0, 1, 1));
}

#[test]
fn affected_follows_the_questions() {
    let (memo, first) = (Memo::new(), hundred());
    ask_all(&memo, &first);
    let check = |new: &World, expected: &[&str]| {
        let affected = memo.affected(&first, new);
        let mut found: Vec<_> = affected.queries::<Eval>().map(|query| query.0.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!((affected.len(), affected.is_empty()), (expected.len(), expected.is_empty()));
        assert_eq!(affected.contains(&eval("sls7")), expected.contains(&"sls7"));
    };
    check(&first, &[]);
    check(&first.with(&path("unasked"), Some(b"")), &[]);
    check(&first.with(&path("none7"), Some(b"")), &["sls7"]);
    let users = ["map4", "sls14", "sls24", "sls34", "sls4", "sls44", "sls54", "sls64", "sls74", "sls84", "sls94"];
    check(&first.with(&path("map4"), None), &users);
}

/// Hands on what `inner` has, but for one path.
struct Faulty {
    inner: Arc<dyn ContentSource>,
    path: SaltPath,
    stop: Option<Stop>,
}

impl ContentSource for Faulty {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        if *path == self.path {
            self.stop.as_ref()?.raise();
        }
        self.inner.content(path, blob)
    }
}

fn faulty(world: &World, file: &str, stop: Option<Stop>) -> World {
    let source = Arc::new(Faulty { inner: world.source.clone(), path: path(file), stop });
    World { tree: world.tree.clone(), source }
}

#[test]
fn an_interrupted_run_stores_nothing() {
    let memo = Memo::new();
    let good = world(&[("a", "use b\nuse c\n"), ("b", "say b\n"), ("c", "say c\nuse b\n")]);
    let stop = Stop::new();
    let bad = faulty(&good, "c", Some(stop.clone()));
    assert_eq!(Reader::new(&bad, &memo, &stop).ask(&eval("a")), Err(Stopped));
    assert_eq!(memo.stats().computed, 1, "b was finished before");
    assert_eq!(computed(&memo, &good, "a", "b\nc\nb\n"), 2);
}

#[test]
fn a_content_that_vanished_stores_nothing() {
    let memo = Memo::new();
    let good = world(&[("a", "use b\nuse c\n"), ("b", "say b\n"), ("c", "say c\n")]);
    assert_eq!(ask(&memo, &faulty(&good, "c", None), "a"), "b\nabsent\n");
    assert_eq!(computed(&memo, &good, "a", "b\nc\n"), 2, "a and c again, b was stored");
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Impure;

impl Query for Impure {
    type Answer = u32;
    type Part = ();

    fn compute(&self, _: &Reader<'_>) -> Result<u32, Stopped> {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        Ok(RUNS.fetch_add(1, Ordering::Relaxed))
    }

    fn fingerprint(answer: &u32) -> Fingerprint {
        Fingerprint((*answer).into())
    }

    fn part_fingerprint(answer: &u32, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> u32 {
        0
    }
}

#[test]
#[cfg(debug_assertions)]
fn the_purity_check_catches_an_impure_query() {
    let memo = Memo::with(MemoOptions { check_purity: true, ..MemoOptions::default() });
    let world = world(&[("a", "use b\nlist \n"), ("b", "use a\n")]);
    ask(&memo, &world, "a");
    assert_eq!(memo.impurities(), [""; 0]);
    Reader::new(&world, &memo, &Stop::new()).ask(&Impure).unwrap();
    assert_eq!(memo.impurities(), ["Impure"]);
}
