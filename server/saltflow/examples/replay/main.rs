//! Replays the merges of git repositories: what drift would have said just before each of them. Most
//! merges that git finds clean are right, so what is told about them is read by hand:
//!
//! `cargo run --release --example replay -- --limit 100 REPOSITORY...`
//!
//! With `--plant` breaks are planted into clean merges instead, and the share that drift finds is counted.
#![allow(clippy::disallowed_types, reason = "the replay clones nothing and asks git for the merges")]
#![allow(clippy::disallowed_methods, reason = "a tool for developers, which asks git for the merges")]

mod plant;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use clap::Parser;
use compare::{Drift, DriftFact, DriftSeverity, Sides};
use history::{CommitId, Repository, Scope};
use model::{Catalog, Request};
use plant::{Break, Soil};
use world::{Memo, SaltPath, Stop, World};

/// Merges after which what is remembered is dropped, so that long histories fit into memory.
const MERGES_PER_MEMO: usize = 100;

/// Replays merges: the second parent as this branch, the first as the base branch
#[derive(Parser)]
struct Words {
    /// Folders of git repositories
    #[arg(required = true)]
    repositories: Vec<PathBuf>,
    /// At most this many merges of each, the latest first
    #[arg(long, default_value_t = usize::MAX)]
    limit: usize,
    /// Only this merge
    #[arg(long)]
    merge: Option<String>,
    /// Print findings from this severity on: none, hint, information, warning or error
    #[arg(long, default_value = "hint", value_parser = severity)]
    from: DriftSeverity,
    /// Plant breaks into the clean merges and count how many are found; those that are not are printed
    #[arg(long)]
    plant: bool,
}

/// Of one kind of break: how many were planted, how many are told as errors, warnings, and mildly.
#[derive(Clone, Copy, Default)]
struct Share {
    planted: usize,
    errors: usize,
    warnings: usize,
    mild: usize,
}

fn severity(word: &str) -> Result<DriftSeverity, String> {
    use DriftSeverity::{Error, Hint, Information, None, Warning};
    let all = [None, Hint, Information, Warning, Error];
    all.into_iter().find(|one| name(*one) == word).ok_or_else(|| "no such severity".to_owned())
}

fn name(severity: DriftSeverity) -> &'static str {
    match severity {
        DriftSeverity::None => "none",
        DriftSeverity::Hint => "hint",
        DriftSeverity::Information => "information",
        DriftSeverity::Warning => "warning",
        DriftSeverity::Error => "error",
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let words = Words::parse();
    let mut total = Counts::default();
    let mut rows = Vec::new();
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for folder in &words.repositories {
        let counts =
            repository(folder, &words, &mut shares).with_context(|| format!("replaying {}", folder.display()))?;
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        rows.push(counts.row(&name));
        total.add(counts);
    }
    println!("\n{}", Counts::HEADING);
    rows.iter().for_each(|row| println!("{row}"));
    println!("{}", total.row("all"));
    if words.plant {
        println!("\n{:14} {:>7} {:>6} {:>8} {:>6} {:>6}", "planted", "number", "errors", "warnings", "mild", "found");
        for (what, share) in &shares {
            let found = share.errors + share.warnings + share.mild;
            let percent = 100.0 * found as f64 / share.planted.max(1) as f64;
            let Share { planted, errors, warnings, mild } = share;
            println!("{what:14} {planted:7} {errors:6} {warnings:8} {mild:6} {percent:5.1}%");
        }
    }
    Ok(if total.panics == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was counted.
#[derive(Default)]
struct Counts {
    merges: usize,
    clean: usize,
    /// Findings on clean merges.
    errors: usize,
    warnings: usize,
    /// Clean merges with errors or warnings.
    noisy: usize,
    panics: usize,
    times: Vec<Duration>,
}

impl Counts {
    const HEADING: &'static str =
        "repository                          merges  clean errors warnings  noisy panics  median     p99";

    fn add(&mut self, other: Self) {
        self.merges += other.merges;
        self.clean += other.clean;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.noisy += other.noisy;
        self.panics += other.panics;
        self.times.extend(other.times);
    }

    fn row(&self, name: &str) -> String {
        let mut times = self.times.clone();
        times.sort();
        let at = |percent: usize| {
            let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
            times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        format!(
            "{name:35} {:6} {:6} {:6} {:8} {:6} {:6} {:4.0} ms {:4.0} ms",
            self.merges,
            self.clean,
            self.errors,
            self.warnings,
            self.noisy,
            self.panics,
            at(50),
            at(99)
        )
    }
}

fn repository(folder: &Path, words: &Words, shares: &mut BTreeMap<String, Share>) -> anyhow::Result<Counts> {
    let repository = Repository::discover(folder)?.ok_or_else(|| anyhow!("there is no git repository"))?;
    let scope = Scope::new(SaltPath::root(), &[])?;
    let mut replay = Replay { repository, scope, memo: Memo::new(), last: None };
    let mut counts = Counts::default();
    println!("== {}", folder.display());
    for (commit, theirs, ours) in merges(folder, words.merge.as_deref())? {
        if counts.merges >= words.limit {
            break;
        }
        let started = Instant::now();
        let replayed = catch_unwind(AssertUnwindSafe(|| replay.merge(ours, theirs)));
        let time = started.elapsed();
        match replayed {
            Ok(Ok(None)) => continue,
            Ok(Ok(Some((drift, clean)))) => {
                counts.clean += usize::from(clean);
                if clean && words.plant {
                    replay.plant(commit, theirs, ours, shares)?;
                }
                let of = |severity| drift.facts.iter().filter(|fact| fact.severity == severity).count();
                if clean {
                    let (errors, warnings) = (of(DriftSeverity::Error), of(DriftSeverity::Warning));
                    counts.errors += errors;
                    counts.warnings += warnings;
                    counts.noisy += usize::from(errors + warnings > 0);
                }
                let found: Vec<&DriftFact> = drift.facts.iter().filter(|fact| fact.severity >= words.from).collect();
                if !found.is_empty() {
                    let text = if clean { "clean" } else { "conflicts" };
                    println!("{} {text} {} ms", commit.short(), time.as_millis());
                    found.iter().for_each(|fact| println!("  {}", line(fact)));
                }
            }
            Ok(Err(error)) => println!("{}: {error:#}", commit.short()),
            Err(_) => {
                counts.panics += 1;
                println!("{}: PANIC", commit.short());
            }
        }
        counts.merges += 1;
        counts.times.push(time);
        if counts.merges % MERGES_PER_MEMO == 0 {
            (replay.memo, replay.last) = (Memo::new(), None);
        }
    }
    Ok(counts)
}

fn line(fact: &DriftFact) -> String {
    let place = fact.place.as_ref().map_or_else(|| "-".to_owned(), |(path, range)| format!("{path}@{}", range.start));
    format!("{} {} {place}: {}", name(fact.severity), fact.kind.name(), fact.message.escape_debug())
}

/// (merge, first parent, second parent), the latest first.
fn merges(folder: &Path, only: Option<&str>) -> anyhow::Result<Vec<(CommitId, CommitId, CommitId)>> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["rev-list", "--parents", "--min-parents=2", "--max-parents=2"]);
    match only {
        Some(merge) => git.args(["--max-count=1", merge]),
        None => git.arg("HEAD"),
    };
    let answer = git.output().context("running git")?;
    if !answer.status.success() {
        bail!("git rev-list: {}", String::from_utf8_lossy(&answer.stderr).trim());
    }
    let text = String::from_utf8(answer.stdout)?;
    let repository = Repository::discover(folder)?.ok_or_else(|| anyhow!("there is no git repository"))?;
    let mut found = Vec::new();
    for line in text.lines() {
        if let [merge, first, second] = line.split(' ').collect::<Vec<_>>().as_slice() {
            found.push((repository.resolve(merge)?, repository.resolve(first)?, repository.resolve(second)?));
        }
    }
    Ok(found)
}

/// One repository's merges, with what its worlds have in common.
struct Replay {
    repository: Repository,
    scope: Scope,
    memo: Memo,
    last: Option<(World, Catalog)>,
}

impl Replay {
    /// Drift, and whether the merge is clean in text; `None` if it is no true merge.
    fn merge(&mut self, ours: CommitId, theirs: CommitId) -> anyhow::Result<Option<(Drift, bool)>> {
        let bases = self.repository.merge_bases(ours, theirs)?;
        if bases.is_empty() || bases.contains(&ours) || bases.contains(&theirs) {
            return Ok(None);
        }
        let last = self.last.take();
        let here = self.side(ours, last.as_ref())?;
        let there = self.side(theirs, Some(&here))?;
        let parted =
            self.catalog(self.repository.base_world(&bases, &self.scope, Some(&here.0.tree))?, Some(&here.1))?;
        let (drift, clean) = self.drift(&parted, &here, &there)?;
        self.last = Some(here);
        Ok(Some((drift, clean)))
    }

    fn side(&self, commit: CommitId, like: Option<&(World, Catalog)>) -> anyhow::Result<(World, Catalog)> {
        let world = self.repository.world_at(commit, &self.scope, like.map(|(world, _)| &world.tree))?;
        self.catalog(world, like.map(|(_, catalog)| catalog))
    }

    fn catalog(&self, world: World, before: Option<&Catalog>) -> anyhow::Result<(World, Catalog)> {
        let catalog = Catalog::build(&world, &self.memo, &Stop::new(), &Request::default(), before)
            .map_err(|_| anyhow!("interrupted"))?;
        Ok((world, catalog))
    }

    /// Plants one break of each kind into the merge.
    fn plant(
        &self,
        merge: CommitId,
        theirs: CommitId,
        ours: CommitId,
        shares: &mut BTreeMap<String, Share>,
    ) -> anyhow::Result<()> {
        let bases = self.repository.merge_bases(ours, theirs)?;
        let here = self.side(ours, self.last.as_ref())?;
        let there = self.side(theirs, Some(&here))?;
        let parted =
            self.catalog(self.repository.base_world(&bases, &self.scope, Some(&here.0.tree))?, Some(&here.1))?;
        let seed = usize::from_str_radix(&merge.short().to_string(), 16).unwrap_or_default();
        let soil = Soil { base: (&parted.0, &parted.1), ours: &here.0, theirs: &there.0, seed };
        for what in Break::ALL {
            let Some(planted) = soil.plant(what) else { continue };
            let ours = self.catalog(planted.ours, Some(&here.1))?;
            let theirs = self.catalog(planted.theirs, Some(&there.1))?;
            let (told, _) = self.drift(&parted, &ours, &theirs)?;
            let about = |fact: &&DriftFact| fact.kind == what.kind() && fact.message.contains(&planted.name);
            let worst = told.facts.iter().filter(about).map(|fact| fact.severity).max();
            let share = shares.entry(format!("{what:?}")).or_default();
            share.planted += 1;
            match worst {
                Some(DriftSeverity::Error) => share.errors += 1,
                Some(DriftSeverity::Warning) => share.warnings += 1,
                Some(DriftSeverity::Information | DriftSeverity::Hint) => share.mild += 1,
                Some(DriftSeverity::None) | None => {
                    println!("{} {what:?} of '{}' in {} is not found", merge.short(), planted.name, planted.path);
                    told.facts
                        .iter()
                        .filter(|fact| fact.severity >= DriftSeverity::Hint)
                        .for_each(|fact| println!("  {}", line(fact)));
                }
            }
        }
        Ok(())
    }

    /// Drift, and whether git would ask nothing.
    fn drift(
        &self,
        base: &(World, Catalog),
        ours: &(World, Catalog),
        theirs: &(World, Catalog),
    ) -> anyhow::Result<(Drift, bool)> {
        let merged = merge::merge(&base.0, &ours.0, &theirs.0);
        let (world, catalog) = self.catalog(merged.world, Some(&ours.1))?;
        let conflicts = merged.conflicts;
        let merge = compare::Merge { catalog: &catalog, world: &world, conflicts: &conflicts };
        Ok((drift(base, ours, theirs, &conflicts, Some(merge))?, conflicts.is_empty()))
    }
}

fn drift(
    base: &(World, Catalog),
    ours: &(World, Catalog),
    theirs: &(World, Catalog),
    conflicts: &[SaltPath],
    merge: Option<compare::Merge<'_>>,
) -> anyhow::Result<Drift> {
    let ours_renames = history::renames(&base.0, &ours.0);
    let theirs_renames = history::renames(&base.0, &theirs.0);
    let sides = Sides {
        base: &base.1,
        ours: &ours.1,
        theirs: &theirs.1,
        base_world: &base.0,
        ours_world: &ours.0,
        theirs_world: &theirs.0,
        ours_renames: &ours_renames,
        theirs_renames: &theirs_renames,
        conflicts,
        base_name: "develop",
        two_way: false,
        mounts: &[],
        merge,
    };
    compare::compare(&sides, &Stop::new()).map_err(|_| anyhow!("interrupted"))
}
