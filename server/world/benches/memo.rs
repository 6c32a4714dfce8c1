//! What the memo itself costs: 10,000 queries of ten questions each.

use divan::Bencher;
use world::{Fingerprint, Hasher, Memo, Query, Reader, SaltPath, Stop, Stopped, World};

const FILES: usize = 10_000;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Toy(SaltPath);

fn path(text: String) -> SaltPath {
    SaltPath::new(&text).unwrap_or_default()
}

fn sls(n: usize) -> SaltPath {
    path(format!("states/role{}/file{n}.sls", n % 100))
}

impl Query for Toy {
    type Answer = u64;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<u64, Stopped> {
        let mut sum = reader.content(&self.0)?.map_or(0, |content| content.len() as u64);
        if !self.0.as_str().starts_with("states/") {
            return Ok(sum);
        }
        for n in 0..5 {
            sum += u64::from(reader.blob(&path(format!("{}/absent{n}", self.0)))?.is_some());
        }
        for n in 0..4 {
            sum += *reader.ask(&Toy(path(format!("maps/map{}.jinja", (self.0.as_str().len() + n) % 50))))?;
        }
        Ok(sum)
    }

    fn fingerprint(answer: &u64) -> Fingerprint {
        Hasher::default().number(*answer).finish()
    }

    fn part_fingerprint(answer: &u64, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> u64 {
        0
    }
}

fn repository() -> World {
    let maps = (0..50).map(|n| (path(format!("maps/map{n}.jinja")), "x".repeat(n)));
    let files: Vec<_> = (0..FILES).map(|n| (sls(n), format!("{n}"))).chain(maps).collect();
    World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

fn ask_all(memo: &Memo, world: &World) -> u64 {
    let stop = Stop::new();
    let reader = Reader::new(world, memo, &stop);
    (0..FILES).map(|n| reader.ask(&Toy(sls(n))).map_or(0, |answer| *answer)).sum()
}

/// All 10,000 for the first time.
#[divan::bench]
fn cold(bencher: Bencher<'_, '_>) {
    let world = repository();
    bencher.with_inputs(Memo::new).bench_values(|memo| (ask_all(&memo, &world), memo));
}

/// All 10,000 again: hits.
#[divan::bench]
fn again(bencher: Bencher<'_, '_>) {
    let (memo, world) = (Memo::new(), repository());
    ask_all(&memo, &world);
    bencher.bench(|| ask_all(&memo, &world));
}

/// A separately built world with 100 other files.
#[divan::bench]
fn second_world(bencher: Bencher<'_, '_>) {
    let (memo, first) = (Memo::new(), repository());
    ask_all(&memo, &first);
    let mut round = 0;
    let mut second = || {
        round += 1;
        (0..100).fold(repository(), |world, n| world.with(&sls(n * 7), Some(format!("{round} {n}").as_bytes())))
    };
    bencher.with_inputs(&mut second).bench_local_refs(|second| ask_all(&memo, second));
}

/// One file edited, and asked for.
#[divan::bench]
fn edit(bencher: Bencher<'_, '_>) {
    let (memo, first, stop) = (Memo::new(), repository(), Stop::new());
    ask_all(&memo, &first);
    let mut round = 0;
    bencher.bench_local(|| {
        round += 1;
        let edited = first.with(&sls(42), Some(format!("edit {round}").as_bytes()));
        Reader::new(&edited, &memo, &stop).ask(&Toy(sls(42))).map(|answer| *answer)
    });
}

/// One map edited; what that reaches.
#[divan::bench]
fn affected(bencher: Bencher<'_, '_>) {
    let (memo, first) = (Memo::new(), repository());
    ask_all(&memo, &first);
    let edited = first.with(&path("maps/map25.jinja".into()), Some(b"edited"));
    bencher.bench(|| memo.affected(&first, &edited).len());
}

fn main() {
    divan::main();
}
